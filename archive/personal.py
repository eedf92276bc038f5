"""Numbers of persons in what was disclosed: identity cards, mobile telephones, bank cards. A flag says that a document
holds them and how many, never which: nothing is copied. What follows from it is for a person to decide (`gongkai
suppress`, `gongkai erase`); PIPL art. 27 and 47.

A number counts only if its own rules hold: the check digit of an identity card (GB 11643, a real day of birth in a
real province), the Luhn digit of a card, the ranges of the carriers. What stands inside a longer number or word, in an
address, or after the label of another number (统一社会信用代码, 文号, 项目编号) does not.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

KINDS = {"identity": "身份证号", "mobile": "手机号码", "card": "银行卡号"}
LONG = re.compile(r"[0-9０-９](?:[ －-]?[0-9０-９]){10}")  # most texts have nothing of that length
WIDE = {0xFF10 + n: str(n) for n in range(10)} | {ord("Ｘ"): "X", ord("ｘ"): "x", ord("－"): "-", 0x3000: " "}

# Kind → what it may look like. One example each.
SHAPES: dict[str, re.Pattern[str]] = {
    # 11010519491231002X, 110105 19491231 002X
    "identity": re.compile(r"(?<![\w./=-])[1-8]\d{5}[ -]?(?:19|20)\d{6}[ -]?\d{3}[\dXx](?![\w-])", re.ASCII),
    # 6222 0212 3456 7890 123, 4392260012345678
    "card": re.compile(r"(?<![\w./=-])(?:62|4|5[1-5]|35|9558)\d{2,4}(?:[ -]?\d{4}){2,3}[ -]?\d{1,7}(?![\w-]|\.\d)",
                       re.ASCII),
    # 13812345678, 138-1234-5678, +86 138 1234 5678
    "mobile": re.compile(r"(?<![\w./=-])(?:\+?86[ -]?)?1(?:3\d|4[5-9]|5[0-35-9]|6[2567]|7[0-8]|8\d|9[0-35-9])"
                         r"([ -]?)\d{4}\1\d{4}(?![\w-]|\.\d|\s?[元万亿])", re.ASCII),
}  # fmt: skip
PROVINCES = frozenset({*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66),
                       71, 81, 82, 83})  # first two digits of GB/T 2260
# Labels of other numbers, as they stand before: 统一社会信用代码：91110000…, 项目代码 2020-…
OTHER = re.compile(r"(?:代码|税号|识别号|文号|字号|索引号|(?<!身份证)(?<!身份)编号|批号|"
                   r"证书号|订单号|流水号|备案号|许可证号|序列号)"
                   r"[为是]?[:：\s]*$")
BANK = re.compile(r"卡号|银行|账[号户]|帐[号户]|储蓄|信用卡|借记卡|开户")  # what a card of 4… or 5… must stand near
NEAR = 24  # characters before a number that say what it is


def found(text: str) -> Iterator[tuple[str, int, int]]:
    """(kind, start, end) of every such number, in the order of the kinds. No two share a digit."""
    if not LONG.search(text):
        return
    plain = text.translate(WIDE)
    taken: list[tuple[int, int]] = []
    for kind, shape in SHAPES.items():
        for hit in shape.finditer(plain):
            start, end = hit.span()
            before = plain[max(0, start - NEAR) : start]
            if OTHER.search(before) or not RULES[kind](re.sub(r"[ -]", "", hit[0]), before):
                continue
            if not any(start < stop and begin < end for begin, stop in taken):
                taken.append((start, end))
                yield kind, start, end


def counted(text: str) -> dict[str, int]:
    """How many numbers of each kind a text holds."""
    return dict(Counter(kind for kind, _, _ in found(text)))


def flag(
    db: sqlite3.Connection, numbers: Mapping[str, int], *, document: int | None = None, file: str | None = None,
) -> None:
    """Note how many numbers of each kind a document holds, or a file (by its SHA-256), in place of what was noted."""
    db.execute("delete from flags where document = ? or file = ?", (document, file))
    for kind, times in numbers.items():
        db.execute("insert into flags (document, file, kind, times) values (?, ?, ?, ?)", (document, file, kind, times))


def _identity(number: str, before: str) -> bool:
    """The eighteenth character is the check digit of the others, ISO 7064 MOD 11-2.

    >>> _identity("11010519491231002X", ""), _identity("110105194912310021", "")
    (True, False)
    """
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * (2 ** (17 - place) % 11) for place, digit in enumerate(number[:17]))
    plausible = int(number[:2]) in PROVINCES and date(1900, 1, 1) <= born <= date.today()
    return plausible and "10X98765432"[total % 11] == number[17].upper()


def _card(number: str, before: str) -> bool:
    """Sixteen to nineteen digits, the last of them by Luhn. What is no UnionPay number must be called one.

    >>> _card("6222021234567890128", ""), _card("6222021234567890129", "")
    (True, False)
    """
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
    luhn = sum(value - 9 * (value > 9) for value in doubled) % 10 == 0
    return 16 <= len(number) <= 19 and luhn and (number.startswith("62") or BANK.search(before) is not None)


RULES: dict[str, Callable[[str, str], bool]] = {
    "identity": _identity, "card": _card, "mobile": lambda number, before: True,
}  # fmt: skip
