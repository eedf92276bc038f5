"""The outline of a Chinese official document as a tree: 一、 （一） 1. (1) ①, 第…编 章 节 条 (GB/T 9704-2012 §7.3.3).

    outline(["一、总体要求", "（一）指导思想。全面……"])[0].children[0].anchor == "h1/i1"

An anchor is the path of numbers, so that it holds when text is added elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, cast

from pipelines.blocks import CELL

Kind = Literal["annex", "part", "chapter", "section", "article", "h", "i", "j", "k", "l"]

_N = "[一二三四五六七八九十百千零〇○两]"
_ARABIC = "[0-9０-９]"
# Kind → letter of its anchors and how a line begins, an example each; outermost first.
_MARKS: dict[Kind, tuple[str, str]] = {
    # 附件2, alone on its line: what follows is another document
    "annex": ("x", rf"附\s{{0,4}}件\s{{0,2}}({_ARABIC}{{1,2}}|{_N}{{1,2}}|)\s{{0,2}}[:：]?$"),
    # 第一编 总则
    "part": ("b", rf"第\s?({_N}{{1,4}}|{_ARABIC}{{1,3}})\s?编(?=\s|[^\W\d])"),
    # 第一章　总　则
    "chapter": ("c", rf"第\s?({_N}{{1,4}}|{_ARABIC}{{1,3}})\s?章(?![第、，,的和与及规])"),
    # 第二节 程序
    "section": ("s", rf"第\s?({_N}{{1,4}}|{_ARABIC}{{1,3}})\s?节(?![第、，,的和与及课])"),
    # 第五条 行政机关应当……; not 第二十条第（一）项, which refers to one
    "article": ("a", rf"第\s?({_N}{{1,7}}|{_ARABIC}{{1,4}})\s?条(?![第、，,。的和与及至或规款之所])"),
    # 一、总体要求
    "h": ("h", rf"({_N}{{1,3}})\s?(?:、|[.．](?!\d))"),
    # （一）加强领导。 一)抓实……: half of the bracket gets lost
    "i": ("i", rf"[（(﹙]?\s?({_N}{{1,3}})\s?[）)﹚]、?"),
    # 1.推进决策公开。 1、存在的问题; not 1.5亿元
    "j": ("j", rf"({_ARABIC}{{1,3}})\s?(?:[.．](?!\d)|、)"),
    # （1）充实内容 1)
    "k": ("k", rf"[（(﹙]?\s?({_ARABIC}{{1,3}})\s?[）)﹚]、?"),
    # ①
    "l": ("l", "([①-⑳])、?"),
}
_MARK = re.compile("|".join(f"(?P<{kind}>{shape})" for kind, (_letter, shape) in _MARKS.items()))
# What a line begins with that has one of them, or a blank.
_FIRST = frozenset(f"附第（(﹙{_N[1:-1]}0123456789０１２３４５６７８９①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳")
_RANK = {kind: rank for rank, kind in enumerate(_MARKS)}
_OUTER = _RANK["h"]  # these are never below a kind that ranks after them
_COUNTED = frozenset({"j", "k", "l"})  # lists count from 1 without gaps; a lone 3. is something else
_ATTACHED = re.compile(r"附\s{0,4}件?\s{0,2}\d?\s?[:：]")  # 附件：1.情况表, and 2.……on the next line: a list of files
_SENTENCE = re.compile(r"[^。；;：:！!？?]{1,50}?(?=[。；;：:！!？?]|$)")
_BRACKETED = re.compile(r"\s?[【〔（(]([^】〕）)]{1,30})[】〕）)]")  # 第五条 【适用范围】


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a document under a number. `label` is the number as printed, `title` the heading without it (empty
    where the text runs on at once, as in articles); `start` and `end` are lines, the end not included."""

    anchor: str
    kind: Kind
    number: int
    label: str
    title: str
    start: int
    end: int
    children: tuple[Section, ...] = ()


@dataclass(slots=True)
class _Open:
    """A section under way; it is given its anchor when all is known."""

    kind: Kind
    number: int
    label: str
    title: str
    start: int
    end: int = 0
    children: list[_Open] = field(default_factory=list)


def outline(lines: Sequence[str]) -> tuple[Section, ...]:
    """The sections of a document, from its text line by line; rows of tables are no headings."""
    builder = _Builder()
    for at, line in enumerate(lines):
        builder.read(at, line.strip())
    builder.close(0, len(lines))
    return anchored(without_contents(builder.roots), "")


def anchored(sections: Sequence[_Open], above: str) -> tuple[Section, ...]:
    """The sections with their paths of numbers; `~2` for a second list in the same place."""
    seen: dict[str, int] = {}
    closed = []
    for one in sections:
        path = f"{above}{_MARKS[one.kind][0]}{one.number}"
        seen[path] = times = seen.get(path, 0) + 1
        anchor = path if times == 1 else f"{path}~{times}"
        children = anchored(one.children, f"{anchor}/")
        closed.append(Section(anchor, one.kind, one.number, one.label, one.title, one.start, one.end, children))
    return tuple(closed)


def walk(sections: Sequence[Section]) -> Iterator[Section]:
    """All sections of a tree in the order of the text."""
    for section in sections:
        yield section
        yield from walk(section.children)


class _Builder:
    """The sections open at a line, and the last number of each kind of list."""

    def __init__(self) -> None:
        self.roots: list[_Open] = []
        self.open: list[_Open] = []
        self.last: dict[Kind, int] = {}
        self.in_files = False

    def read(self, at: int, line: str) -> None:
        found = mark(line)
        files_follow = line[:1] == "附" and _ATTACHED.match(line) is not None
        self.in_files = files_follow or (self.in_files and found is not None and found[0] == "j")
        if found is None or self.in_files or not self.counts(found[0], found[1]):
            return
        kind, number, label = found
        self.close(self.depth(kind, number), at)
        section = _Open(kind, number, label, title(kind, line[len(label) :]), at)
        (self.open[-1].children if self.open else self.roots).append(section)
        self.open.append(section)
        self.last[kind] = number

    def counts(self, kind: Kind, number: int) -> bool:
        """May this number come here?"""
        follows = kind in self.last and 0 < number - self.last[kind] <= 2
        return kind not in _COUNTED or number == 1 or follows

    def depth(self, kind: Kind, number: int) -> int:
        """How many open sections stay open above this one: those above its sister, else those of outer kinds. Some
        number 1、 outside and （一） inside."""
        kinds = [section.kind for section in self.open]
        if kind in kinds:
            return kinds.index(kind)
        if number == 1 and len(kinds) == 1 and _RANK[kind] > _OUTER:
            return 1
        return next((depth for depth, above in enumerate(kinds) if _RANK[above] >= _RANK[kind]), len(kinds))

    def close(self, depth: int, end: int) -> None:
        while len(self.open) > depth:
            self.open.pop().end = end


def begins(line: str) -> bool:
    """May a number stand at the beginning of a line? Most have another character there."""
    return line[:1] in _FIRST or line[:1].isspace()


def mark(line: str) -> tuple[Kind, int, str] | None:
    """Kind, number and printed form of the number a line begins with."""
    match = _MARK.match(line) if begins(line) and CELL not in line else None
    if match is None or match.lastindex is None:
        return None
    return cast(Kind, match.lastgroup), number_of(match[match.lastindex + 1]), match[0]


def title(kind: Kind, rest: str) -> str:
    """The heading behind a number: the first sentence, if it is short; of an article only what stands in brackets."""
    if kind == "article":
        match = _BRACKETED.match(rest)
        return match[1] if match else ""
    match = _SENTENCE.match(rest.strip())
    found = match[0].strip() if match else ""
    return re.sub(r"\s+", "", found) if kind in ("part", "chapter", "section") else found


def without_contents(sections: Sequence[_Open]) -> list[_Open]:
    """Chapters that stand again further down, with their text, stood in a table of contents before."""
    last = {(one.kind, one.number, one.title): one for one in sections}
    return [
        one
        for one in sections
        if one.kind != "chapter" or one.end - one.start > 1 or last[one.kind, one.number, one.title] is one
    ]


_VALUES = {c: n for n, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "○": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}


def number_of(written: str) -> int:
    """`一百二十三`, `２`, `③`, nothing (1) as a number."""
    if not written or "①" <= written <= "⑳":
        return ord(written) - ord("①") + 1 if written else 1
    if written.isdigit():
        return int(written)
    total = digit = 0
    for character in written:
        if character in _UNITS:
            total, digit = total + (digit or 1) * _UNITS[character], 0
        else:
            digit = _VALUES[character]
    return total + digit
