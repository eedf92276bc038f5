"""Dates as Chinese government pages print them (platforms.md §D.1): ISO only when fully written, never completed.

    read("发布时间：2020年12月18日 17:08").iso == "2020-12-18"
    read("二〇二〇年十二月") == Date(None, "二〇二〇年十二月", "partial")

Wall-clock dates are kept as printed: `2024-04-01T00:00:00.000Z` is the first of April (Asia/Shanghai is what the
sites mean; none of them converts).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Literal

from archive.characters import compatible

Reason = Literal["full", "partial", "impossible", "future", "none"]

_CHINA = timezone(timedelta(hours=8))
_FIRST_YEAR, _LAST_YEAR = 1901, 2099  # 1900-01-01 is what an empty field looks like
_PRINTED = 40  # characters of what may be a date and little else
_NEVER = frozenset({"1970-01-01"})  # an empty time stamp
_MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
# What dateparser may be asked: 3天前, 5 March 2024.
_ASKABLE = re.compile(rf"[前昨今]天|\d(?:分钟|小时|天|周)前|(?:{_MONTHS})[a-z]{{0,6}}\b")

_DIGITS = {"〇": 0, "○": 0, "零": 0} | {c: n for n, c in enumerate("一二三四五六七八九", 1)}
_ZERO_LIKE = str.maketrans("OοoΟ", "〇〇〇〇")  # 二OO八年: typed with letters
_TENS = str.maketrans({"廿": "二十", "卅": "三十", "元": "一"})  # 廿八日, 元月
_N = "[〇○零一二三四五六七八九十廿卅元]"
_Y = "[〇○零一二三四五六七八九]"
_ = r"\s{0,3}"  # 2026-\n01-\n23

# What is written, most complete first; one example each.
_FULL = (
    re.compile(rf"(?<!\d)(\d{{4}}){_}年{_}(\d{{1,2}}){_}月{_}(\d{{1,2}}){_}[日号]"),  # 2020年12月18日
    re.compile(rf"(?<!\d)(\d{{4}}){_}[-/.年]{_}(\d{{1,2}}){_}[-/.月]{_}(\d{{1,2}})(?!\d)"),  # 2026-\n01-\n23
    re.compile(rf"({_Y}{{4}}){_}年{_}({_N}{{1,2}}){_}月{_}({_N}{{1,3}}){_}[日号]"),  # 二○二四年三月十二日
    re.compile(r"^\D{0,12}((?:19|20)\d\d)([01]\d)([0-3]\d)(?:[0-2]\d[0-5]\d(?:[0-5]\d)?)?\D{0,3}$"),  # 20240312093000
)
_PARTIAL = (
    re.compile(rf"(?<!\d)\d{{4}}{_}年{_}\d{{1,2}}{_}月"),  # 2020年12月
    re.compile(rf"{_Y}{{4}}{_}年(?:{_}{_N}{{1,2}}{_}月)?"),  # 二〇二〇年十二月
    re.compile(rf"(?<!\d)\d{{1,2}}{_}月{_}\d{{1,2}}{_}[日号]"),  # 9月28日
    re.compile(rf"{_Y}{{0,3}}年?{_}{_N}{{1,2}}{_}月{_}{_N}{{1,3}}{_}[日号]"),  # 一七年一月八日
    re.compile(r"(?<!\d)(?:19|20)\d\d(?:[-/.]\d{1,2})?(?:年|(?!\d))"),  # 2020-12, 2020年
    re.compile(r"(?<!\d)\d{1,2}[-/]\d{1,2}(?!\d)"),  # [09-04]
)
_EPOCH = re.compile(r"(1\d{9})(?:\d{3})?")  # 1715270400, 1715270400000 (gkmlpt, Kaipu)


@dataclass(frozen=True, slots=True)
class Date:
    """`iso` is `YYYY-MM-DD` or None; `raw` the date as written, NFKC (the whole value where there is none).

    `reason` says why there is no ISO form: `partial` (a part is not written), `impossible` (no such day, or the
    value of an empty field), `future` (after the day of the capture), `none` (no date at all).
    """

    iso: str | None
    raw: str
    reason: Reason


def read(raw: str, base: date | None = None) -> Date:
    """The first date in `raw`. `base` is the day of the capture: relative dates count from it, and what lies more
    than a day after it is refused. Leave it out for dates that may lie ahead (施行日期, 有效期至)."""
    return _read(raw, base) if len(raw) < _PRINTED else _read.__wrapped__(raw, base)


@lru_cache(maxsize=4_000)  # a page prints its date in several places, and a list one day many times
def _read(raw: str, base: date | None) -> Date:
    text = compatible(raw[:200]).translate(_ZERO_LIKE) if raw else ""
    found = _full(text) or _epoch(text.strip()) or _foreign(text.strip(), base) or _partial(text)
    found = found or Date(None, raw.strip(), "none")
    if base and found.iso and date.fromisoformat(found.iso) > base + timedelta(days=1):
        return Date(None, found.raw, "future")
    return found


def read_last(raw: str) -> Date:
    """The last date in `raw`: the end of a span (有效期：2019-01-01至2024-01-01)."""
    text = compatible(raw[:200]).translate(_ZERO_LIKE)
    spans = [m.span() for pattern in _FULL for m in pattern.finditer(text)]
    return read(text[max(spans)[0] :]) if spans else read(raw)


def _full(text: str) -> Date | None:
    """The first complete date; the position decides, not the order of the table."""
    matches = [m for m in (pattern.search(text) for pattern in _FULL) if m]
    if not matches:
        return None
    match = min(matches, key=lambda m: m.start())
    year, month, day = (_number(part) for part in match.groups())
    return _checked(year, month, day, match.group().strip())


def _checked(year: int, month: int, day: int, raw: str) -> Date:
    try:
        iso = date(year, month, day).isoformat()
    except ValueError:
        return Date(None, raw, "impossible")
    possible = _FIRST_YEAR <= year <= _LAST_YEAR and iso not in _NEVER
    return Date(iso, raw, "full") if possible else Date(None, raw, "impossible")


def _number(written: str) -> int:
    """`12`, `十二`, `二十一`, `二○二四` as integers."""
    if written.isascii():
        return int(written)
    written = written.translate(_TENS)
    if "十" not in written:
        return int("".join(str(_DIGITS[c]) for c in written))
    tens, ones = written.split("十", 1)
    return 10 * _DIGITS.get(tens, 1) + _DIGITS.get(ones, 0)


def _epoch(text: str) -> Date | None:
    match = _EPOCH.fullmatch(text)
    if not match:
        return None
    day = datetime.fromtimestamp(int(match.group(1)), _CHINA)
    return _checked(day.year, day.month, day.day, text)


def _partial(text: str) -> Date | None:
    matches = (pattern.search(text) for pattern in _PARTIAL)
    return next((Date(None, m.group().strip(), "partial") for m in matches if m), None)


def _foreign(text: str, base: date | None) -> Date | None:
    """3天前, 昨天, 5 March 2024: rare, and 300 µs each; asked only where our own rules are silent."""
    if len(text) > 40 or not _ASKABLE.search(text):
        return None
    import dateparser  # 0.2 s to import, and most archives never need it

    now = datetime(base.year, base.month, base.day) if base else None
    settings = {"REQUIRE_PARTS": ["day", "month", "year"], "DATE_ORDER": "YMD", "RELATIVE_BASE": now}
    if now is None:
        settings |= {"PARSERS": ["absolute-time"]}
    found = dateparser.parse(text, languages=["zh", "en"], settings={k: v for k, v in settings.items() if v})
    return _checked(found.year, found.month, found.day, text) if found else None
