"""The fixed tables of annual reports where only lines are left of them, as in the text of a PDF, DOCX or XLSX. A row is
a label, maybe over several lines, and the numbers at its end.

    facts = of_lines(["信息内容 本年制发件数 本年废止件数 现行有效件数", "规章 3 5 74"], "f1", 2023)
    [fact.value for fact in facts] == [3, 5, 74]
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile

from pipelines.blocks import CELL
from pipelines.facts import APPLICANTS, DISPUTES, Fact, label, measures, number, outcome_of, subject_of, unit_of

_NUMBERS = re.compile(
    r"(?:(?<=\s)|^|(?<=[^\d\s.,+-]))(?:(?:[+-]?\d[\d,]*(?:\.\d+)?(?:件|项|元|万元)?|[—/-])(?:\s+|$)){1,60}+$"
)
_ONE = re.compile(r"[+-]?\d[\d,]*(?:\.\d+)?")
_BACK = 3  # lines that a label may be broken into
_RULED = 15  # numbers of the row of reviews and suits


def of_lines(lines: Sequence[str], prefix: str, year: int | None) -> Iterator[Fact]:
    """The facts of the fixed tables; `prefix` begins each place: f1p12 is line 12 of the first file."""
    head: tuple[str, ...] = ()
    for at, line in enumerate(lines):
        text = line.replace(CELL, " ").strip()
        if "信息内容" in text:
            head = _head(lines, at)
        words, numbers = parted(text)
        if numbers:
            for name, value, unit in named(lines, at, words, numbers, head):
                if value is not None:
                    yield Fact(name, value, unit, year, f"{prefix}p{at + 1}", text)


def parted(text: str) -> tuple[str, list[str]]:
    """A line and the numbers at its end, those left open among them.

    >>> parted("（一）予以公开 258 12 — 1")
    ('（一）予以公开', ['258', '12', '—', '1'])
    """
    found = _NUMBERS.search(text[-300:])
    if not found:
        return text, []
    start = len(text) - len(found[0])
    return text[:start].strip(), text[start:].split()


def _head(lines: Sequence[str], at: int) -> tuple[str, ...]:
    """What the numbers below 信息内容 measure, its words maybe over three lines."""
    below = takewhile(lambda line: not parted(line.replace(CELL, " "))[1], lines[at + 1 : at + _BACK])
    return measures(lines[at].partition("信息内容")[2] + "".join(below))


def named(
    lines: Sequence[str], at: int, words: str, numbers: list[str], head: tuple[str, ...]
) -> Iterator[tuple[str, int | float | None, str | None]]:
    """Name, value and unit of the numbers of a row."""
    if len(numbers) == _RULED:
        ruled = "".join(lines[max(at - 8, 0) : at])
        if "结果维持" in label(ruled) and "尚未审结" in label(ruled):
            for (dispute, ruling), written in zip(DISPUTES, numbers, strict=True):
                yield f"{dispute}/{ruling}", _value(written), "件"
        return
    for back in range(min(_BACK, at) + 1):
        above = [line.replace(CELL, " ") for line in lines[at - back : at]]
        if any(parted(line)[1] for line in above):
            return
        whole = label("".join([*above, words]))
        if len(numbers) == len(APPLICANTS) and (outcome := outcome_of([_deepest(whole)])):
            for applicant, written in zip(APPLICANTS, numbers, strict=True):
                yield f"requests/{outcome}/{applicant}", _value(written), "件"
            return
        subject = subject_of(whole)
        if subject and len(numbers) == len(head):
            for measure, written in zip(head, numbers, strict=True):
                yield f"{subject}/{measure}", _value(written), unit_of(measure, written)
            return


def _deepest(whole: str) -> str:
    """`三、本年度办理结果(三)不予公开1.属于国家秘密` → `1.属于国家秘密`: the labels before it span rows."""
    starts = [found.start() for found in re.finditer(r"[一二三四]、|\([一二三四五六七]\)|(?<!\d)[1-8][.、]", whole)]
    return whole[starts[-1] :] if starts else whole


def _value(written: str) -> int | float | None:
    found = _ONE.match(written)
    return number(found[0].lstrip("+")) if found else None
