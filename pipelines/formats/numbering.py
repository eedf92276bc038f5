"""Numbers that Word counts itself: 一、（一）1. stand in no text, only in the definition of a list (ECMA-376 §17.9,
[MS-DOC] 2.4.6). Without them a document has no outline, so they are counted as Word counts them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a list: its first number, its form (`chineseCounting`), its text (`（%2）`)."""

    start: int = 1
    form: str = "decimal"
    text: str = ""


@dataclass(slots=True)
class Lists:
    """The levels of a document's lists by list and depth, and how far each was counted."""

    levels: dict[tuple[str, int], Level] = field(default_factory=dict)
    counts: dict[str, dict[int, int]] = field(default_factory=dict)

    def label(self, name: str, depth: int) -> str:
        """The next number of a list at a depth, as shown (`（三）`); empty for bullets and unknown lists."""
        level = self.levels.get((name, depth))
        if level is None:
            return ""
        counts = self.counts.setdefault(name, {})
        counts[depth] = counts.get(depth, level.start - 1) + 1
        for deeper in [d for d in counts if d > depth]:
            del counts[deeper]
        if level.form in ("bullet", "none"):
            return ""
        return re.sub(r"%([1-9])", lambda match: self.shown(name, int(match[1]) - 1), level.text)

    def restart(self, name: str, depth: int, start: int) -> None:
        """The next number of this level is `start`."""
        self.counts.setdefault(name, {})[depth] = start - 1

    def shown(self, name: str, depth: int) -> str:
        level = self.levels.get((name, depth), Level())
        return written(self.counts[name].get(depth, level.start), level.form)


_DIGITS = "〇一二三四五六七八九"
_COUNTING = frozenset(
    {"chineseCounting", "chineseCountingThousand", "japaneseCounting", "taiwaneseCounting", "taiwaneseCountingThousand"}
)
_ROMAN = ((100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


def written(number: int, form: str) -> str:
    """A number in one of Word's forms (ST_NumberFormat); forms we do not know are written in digits."""
    if form in _COUNTING:
        return chinese(number)
    if form in ("ideographDigital", "chineseDigital", "japaneseDigitalTenThousand"):
        return "".join(_DIGITS[int(digit)] for digit in str(number))
    if form.startswith("decimalEnclosedCircle") and 1 <= number <= 20:
        return chr(0x2460 + number - 1)
    if form in ("upperLetter", "lowerLetter") and number <= 26:
        return chr((ord("A") if form == "upperLetter" else ord("a")) + number - 1)
    if form in ("upperRoman", "lowerRoman") and number < 400:
        return roman(number).upper() if form == "upperRoman" else roman(number)
    return str(number).translate(_WIDE) if form == "decimalFullWidth" else str(number)


_WIDE: Mapping[int, str] = {ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)}


def chinese(number: int) -> str:
    """1–99 as official documents count: 十, 十一, 二十, 二十三; larger ones digit by digit with 百."""
    if number >= 100:
        hundreds, rest = divmod(number, 100)
        tail = "" if not rest else chinese(rest) if rest >= 20 else ("一" if rest >= 10 else "零") + chinese(rest)
        return f"{chinese(hundreds)}百{tail}"
    tens, ones = divmod(number, 10)
    ten = "" if not tens else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return ten + (_DIGITS[ones] if ones or not tens else "")


def roman(number: int) -> str:
    shown = ""
    for amount, letters in _ROMAN:
        shown += letters * (number // amount)
        number %= amount
    return shown
