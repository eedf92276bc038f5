"""Charts as plain SVG, drawn here, without script; the template puts the same numbers in a table below each."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

from markupsafe import Markup

from archive.browse.regions import ELSEWHERE, PROVINCES

MOST = 60  # columns
SVG = Markup('<svg class="{}" viewBox="0 0 {} {}" role="{}" aria-label="{}">{}</svg>')
LINK = Markup('<a href="{}" aria-label="{}">{}</a>')
BAR = Markup('<rect class="bar" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"><title>{}</title></rect>')
WORD = Markup('<text class="{}" x="{:.1f}" y="{:.1f}">{}</text>')
TILE = Markup('<g class="tile t{0}"><rect class="d{0}" x="{1}" y="{2}" width="44" height="34" rx="3">'
              '<title>{3}</title></rect><text x="{4}" y="{5}">{6}</text></g>')
DAY = Markup('<rect class="d{}" x="{}" y="{}" width="10" height="10" rx="2"><title>{}</title></rect>')


def columns(
    rows: Sequence[tuple[int, int]], href: Callable[..., str], label: str, width: int = 640, height: int = 180,
    **narrowed: str,
) -> Markup:
    """A column for each year, which leads to its documents; every so many is labelled."""
    most, step = max(count for _, count in rows) or 1, width / len(rows)
    every = -(-len(rows) * 56 // width)  # a label needs 56 units, on a telephone
    parts = []
    for n, (year, count) in enumerate(rows):
        tall = (height - 44) * count / most
        bar = BAR.format(n * step + step * 0.15, height - 22 - tall, step * 0.7, tall, f"{year}: {count}")
        parts.append(LINK.format(href("search", year=year, **narrowed), f"{year}: {count}", bar) if count else bar)
        if n % every == 0:
            parts.append(WORD.format("axis", n * step + step / 2, height - 6, year))
        if count == most or len(rows) <= 12:
            parts.append(WORD.format("top", n * step + step / 2, height - 28 - tall, count or ""))
    return SVG.format("columns", width, height, "group", label, Markup("").join(parts))


def filled(rows: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The years between that have none as well, unless a mistyped one (1020) would make that too many."""
    counted = {year: count for year, count in rows if count}
    years = range(min(counted, default=0), max(counted, default=-1) + 1)
    return [(year, counted.get(year, 0)) for year in (years if len(years) <= MOST else sorted(counted))]


def tiles(rows: Sequence[tuple[str, int]], href: Callable[..., str], label: str) -> Markup:
    """A square for each province, darker where there is more; one that has anything leads to its sites."""
    counted, most = dict(rows), max(count for _, count in rows) or 1
    parts = []
    for name, tile in PROVINCES.items():
        count = counted.get(name, 0)
        if name != ELSEWHERE or count:
            square = TILE.format(_shade(count, most), tile.column * 48, tile.row * 38, f"{name}: {count}",
                                 tile.column * 48 + 22, tile.row * 38 + 23, tile.short)
            parts.append(LINK.format(f"{href('sites')}#{name}", f"{name}: {count}", square) if count else square)
    return SVG.format("tiles", 9 * 48, 8 * 38, "group", label, Markup("").join(parts))


def calendar(days: Mapping[str, int], last: str, t: Callable[[str], str] = str, weeks: int = 53) -> Markup:
    """A square for each day of the year that ends with `last`, darker where more was published; weeks are columns."""
    end, most = date.fromisoformat(last), max(days.values())
    first = end - timedelta(days=end.weekday() + 7 * (weeks - 1))
    parts = [WORD.format("month", 0, 25 + n * 24, t(name)) for n, name in enumerate("一三五日")]
    for n in range((end - first).days + 1):
        day = first + timedelta(days=n)
        count, left = days.get(day.isoformat(), 0), 18 + n // 7 * 12
        parts.append(DAY.format(_shade(count, most), left, 16 + n % 7 * 12, f"{day.isoformat()}: {count}"))
        if day.day == 1:
            parts.append(WORD.format("month", left, 10, str(day.year) if day.month == 1 else t(f"{day.month}月")))
    return SVG.format("calendar", 18 + weeks * 12, 102, "img", f"{first.isoformat()} – {last}", Markup("").join(parts))


def _shade(count: int, most: int) -> int:
    """0 for nothing, then 1 to 4 by the root of the share: a few must not vanish beside many."""
    return math.ceil(4 * math.sqrt(count / most)) if count else 0
