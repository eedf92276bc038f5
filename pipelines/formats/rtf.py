"""Text of RTF by striprtf, with what it leaves to its caller: the code page, surrogate pairs, rows of tables."""

from __future__ import annotations

import re

from striprtf.striprtf import rtf_to_text

from pipelines.formats import Text, TooBig, word97

LIMIT = 40_000_000  # bytes
_PICTURE = re.compile(rb"(?:[0-9a-fA-F]{64,}[\s]{0,2}){4,}")  # pictures are hexadecimal; striprtf would walk each digit
_ENCODINGS = {b"936": "gb18030", b"65001": "utf-8", b"950": "big5hkscs"}
_CODE_PAGE = re.compile(rb"\\ansicpg(\d{3,5})")
_ESCAPED = re.compile(rb"(?:\\'[0-9a-fA-F]{2}\s{0,2}){2,}")
# Marks of private use for what ends cells and rows, and what they are in the text of Word (formats/word97.py).
_MARKED = ((re.compile(rb"\\cell(?![a-z])"), rb"\\u57550 "), (re.compile(rb"\\row(?![a-z])"), rb"\\u57551 "))
_MARKS = str.maketrans({"\ue0ce": word97.CELL, "\ue0cf": word97.ROW, "\n": "\r"})


def read(raw: bytes, text: Text) -> None:
    """An RTF file; unescaped bytes are read in its code page too (WPS writes them)."""
    lean = _PICTURE.sub(b"", raw)
    if len(lean) > LIMIT:
        raise TooBig(f"it has more than {LIMIT // 1_000_000} MB without pictures")
    page = _CODE_PAGE.search(lean[:4096])
    encoding = _ENCODINGS.get(page[1] if page else b"936", "cp1252")
    for shape, mark in _MARKED:
        lean = shape.sub(mark, lean)
    lean = _ESCAPED.sub(lambda run: unescaped(run[0], encoding), lean)
    said: str = rtf_to_text(  # type: ignore[no-untyped-call]
        lean.decode(encoding, "replace"), encoding=encoding, errors="replace"
    )
    word97.say(joined(said).translate(_MARKS), text)


def unescaped(run: bytes, encoding: str) -> bytes:
    r"""`\'bc\'d7` as its bytes, if they are Chinese; striprtf reads two at a time, and GB 18030 has four (㐂)."""
    raw = bytes.fromhex(run.replace(b"\\'", b"").decode())
    try:
        return run if any(map(str.isascii, raw.decode(encoding))) else raw
    except UnicodeDecodeError:
        return run


def joined(said: str) -> str:
    r"""`\u-10178 \u-8777 ` are two halves of one character (𠮷)."""
    return said.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
