"""Text of files, one module per family of formats. Every reader has the same shape:

    read(raw: bytes, text: Text) -> None

It says what it finds into `text`, line by line, and raises a `FileProblem` where the file cannot be read to its
end; what was said until then is kept. Readers need not defend themselves against every kind of damage: whatever
else they raise means "damaged" (pipelines/files.py), and the child they run in is limited (pipelines/child.py).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from pipelines.blocks import CELL

Status = Literal[
    "ok", "empty", "encrypted", "too_big", "needs_ocr", "damaged", "unsupported", "timeout", "is_html"
]  # fmt: skip
LIMIT = 1_000_000  # characters of text kept of one file; the longest budget book seen has 600,000

# Radicals that PDF fonts map their glyphs to, and the characters meant: ⼯作 → 工作. NFKC knows U+2F00–2FD5, and of
# U+2E80–2EF3 (simplified forms: ⻓沙, ⻔户, ⻋辆) nearly none.
_SIMPLIFIED = dict(
    zip(
        "⺟⺠⻁⻄⻅⻆⻉⻋⻓⻔⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻬⻮⻰⻳",
        "母民虎西见角贝车长门青韦页风飞食马骨鬼鱼鸟卤麦黄齐齿龙龟",
        strict=True,
    )
)
_RADICALS = {ord(a): b for a, b in _SIMPLIFIED.items()} | {
    code: unicodedata.normalize("NFKC", chr(code)) for code in range(0x2F00, 0x2FD6)
}
# Controls, joiners and marks nobody sees; U+FFFE is how PDFium marks a hyphen at the end of a line.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
_GAP = re.compile(r"[ \t\xa0\u2002-\u200a]+")
_LINES = re.compile(r"[\r\n\x0b\x0c\x85\u2028\u2029]+")


class FileProblem(Exception):
    """Why a file has no text, or not all of it; its text is one sentence."""

    status: ClassVar[Status]


class Damaged(FileProblem):
    status = "damaged"


class Encrypted(FileProblem):
    status = "encrypted"

    def __init__(self, sentence: str = "opens only with a password") -> None:
        super().__init__(sentence)


class TooBig(FileProblem):
    status = "too_big"


class NeedsOcr(FileProblem):
    status = "needs_ocr"


class Unsupported(FileProblem):
    status = "unsupported"


class IsHtml(FileProblem):
    status = "is_html"


class Full(Exception):
    """`LIMIT` characters were read: enough."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a ZIP or RAR; `bytes` is its size unpacked, `status` that of its text (None: only listed)."""

    name: str
    bytes: int
    kind: str | None = None
    status: Status | None = None


@dataclass(slots=True)
class Text:
    """What was read of one file so far. `parts` are its pages, sheets or slides; `remarks` what was left out."""

    lines: list[str] = field(default_factory=list)
    parts: int = 0
    members: list[Member] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    characters: int = 0

    @property
    def is_full(self) -> bool:
        return self.characters >= LIMIT

    def say(self, line: str) -> None:
        """Add what a person sees as a line, or several; blank ones are dropped. Raises `Full` at the limit."""
        for part in map(tidy, _LINES.split(line)):
            self.add(part)

    def row(self, cells: Sequence[str]) -> None:
        """Add a row of a table in the form of document texts, with tabs between cells."""
        self.add(CELL.join(tidy(_LINES.sub(" ", cell)) for cell in cells).rstrip(CELL))

    def add(self, line: str) -> None:
        if line:
            self.lines.append(line[: LIMIT - self.characters])
            self.characters += len(line) + 1
        if self.is_full:
            self.remarks.append(f"only the first {LIMIT:,} characters were read")
            raise Full


def tidy(line: str) -> str:
    """One line without controls and radicals, each gap one space."""
    return _GAP.sub(" ", _UNSEEN.sub("", line).translate(_RADICALS)).strip(" \u3000")
