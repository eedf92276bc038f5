"""Charts as plain SVG, drawn here, without script; the template puts the same numbers in a table below each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from markupsafe import Markup

SVG = Markup('<svg class="{}" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>')
BAR = Markup('<rect class="bar" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"><title>{}</title></rect>')
WORD = Markup('<text class="{}" x="{:.1f}" y="{:.1f}">{}</text>')
DAY = Markup('<rect class="day d{}" x="{}" y="{}" width="10" height="10" rx="2"><title>{}</title></rect>')


def columns(rows: Sequence[tuple[int, int]], width: int = 640, height: int = 180) -> Markup:
    """A column for each year; every so many is labelled."""
    if not rows:
        return Markup("")
    most, step = max(count for _, count in rows) or 1, width / len(rows)
    every = -(-len(rows) * 44 // width)  # a label needs 44 units
    parts = []
    for n, (year, count) in enumerate(rows):
        tall = (height - 44) * count / most
        parts.append(BAR.format(n * step + step * 0.1, height - 22 - tall, step * 0.8, tall, f"{year}: {count}"))
        if n % every == 0:
            parts.append(WORD.format("axis", n * step + step / 2, height - 6, year))
        if count == most:
            parts.append(WORD.format("top", n * step + step / 2, height - 28 - tall, count))
    return SVG.format("columns", width, height, f"{rows[0][0]}–{rows[-1][0]}", Markup("").join(parts))


def bars(rows: Sequence[tuple[str, int]], width: int = 640) -> Markup:
    """A bar for each name, the longest first."""
    if not rows:
        return Markup("")
    most = max(count for _, count in rows) or 1
    parts = []
    for n, (name, count) in enumerate(rows):
        top, long = n * 26, 380 * count / most
        shown = name if len(name) <= 12 else f"{name[:11]}…"
        parts.append(WORD.format("name", 180, top + 17, shown or "–"))
        parts.append(BAR.format(190, top + 4, max(long, 1), 18, f"{name}: {count}"))
        parts.append(WORD.format("value", 196 + long, top + 17, count))
    return SVG.format("bars", width, len(rows) * 26 + 4, "", Markup("").join(parts))


def calendar(days: Mapping[str, int], last: date, weeks: int = 53) -> Markup:
    """A square for each day of the year that ends with `last`, darker where more was published; weeks are columns."""
    if not days:
        return Markup("")
    most = max(days.values())
    first = last - timedelta(days=last.weekday() + 7 * (weeks - 1))
    parts = []
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        count = days.get(day.isoformat(), 0)
        shade = -(-4 * count // most) if count else 0
        parts.append(DAY.format(shade, n // 7 * 12, 16 + n % 7 * 12, f"{day.isoformat()}: {count}"))
        if day.day == 1:
            parts.append(WORD.format("month", n // 7 * 12, 10, f"{day.month}月"))
    return SVG.format("calendar", weeks * 12, 102, f"{first.isoformat()} – {last.isoformat()}", Markup("").join(parts))
