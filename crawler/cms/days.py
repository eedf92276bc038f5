"""The day of a row, as lists print it (platforms.md §D.1): whole, split over cells, or without its year."""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import urlsplit

from pipelines import dates

DAY = r"(?:19|20)\d\d\s{0,8}[-./年－]\s{0,8}\d{1,2}\s{0,8}[-./月－]\s{0,8}\d{1,2}(?:\s+\d{1,2}:\d\d(?::\d\d)?)?"
SPLIT: tuple[tuple[re.Pattern[str], tuple[int, int, int]], ...] = (  # cells of one date: groups of year, month, day
    (re.compile(r"(?<!\d)(\d{1,2})日?\s+((?:19|20)\d\d)\s*[-./年]\s*(\d{1,2})(?![\d])"), (2, 3, 1)),  # 28 2026-09
    (re.compile(r"(?<!\d)(\d{1,2})[-./月](\d{1,2})日?\s+((?:19|20)\d\d)(?!\d)"), (3, 1, 2)),  # 09-28 2026
    (re.compile(r"(?<!\d)((?:19|20)\d\d)年?\s+(\d{1,2})[-./月](\d{1,2})(?!\d)"), (1, 2, 3)),  # 2026 09-28
    (re.compile(r"(?<!\d)((?:19|20)\d\d)[-./年](\d{1,2})月?\s+(\d{1,2})(?![\d:])"), (1, 2, 3)),  # 2026-09 28
)
PARTIAL = re.compile(r"(?<![\d./-])(\d{1,2})[-./月](\d{1,2})(?![\d./-])日?")  # [09-04], 9月28日
URL_DAYS = (  # the date in an entry's address, the most exact first; of a month its middle
    re.compile(r"(?<!\d)((?:19|20)\d\d)(\d\d)(\d\d)(?!\d)"),  # /t20240903_1.html
    re.compile(r"(?<!\d)((?:19|20)\d\d)[-/_](\d\d?)[-/_](\d\d?)(?!\d)"),  # /2024/9/3/, /2024-09/03/
    re.compile(r"(?<!\d)((?:19|20)\d\d)[-/]?(\d\d)()(?!\d)"),  # /202409/
)
NEAR = 45  # days between a printed [09-04] and the date in its URL that still names its year
LEAD = re.compile(  # the date of a card, in cells of its own, before a long summary
    r"(?:\d{1,2}\s+(?:19|20)\d\d[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}\s+(?:19|20)\d\d|(?:19|20)\d\d(?:[-./]\d{1,2}){2})(?=\s)"
)
TAIL = 200  # characters of a row in which its date stands; before that it is a summary


def date_in(text: str) -> str | None:
    """The last fully written date of a text as ISO, or None: `[2021-03-05]`, `2026-\\n01-\\n23`, `28 2026-09`."""
    tail = text[-TAIL:]
    if not re.search(r"\d\d|[〇○零一二]{2}", tail):
        return None
    return dates.read_last(tail).iso or next(filter(None, (_split(tail, *form) for form in SPLIT)), None)


def _split(text: str, pattern: re.Pattern[str], order: tuple[int, int, int]) -> str | None:
    found = pattern.search(text)
    return dates.read("-".join(found[group] for group in order)).iso if found else None


def completed(text: str, url: str) -> str | None:
    """A month and day that the date in the entry's own URL completes: `[09-04]` beside `t20240903_1.html`."""
    found = PARTIAL.findall(text)
    near = next(filter(None, (_url_day(pattern, url) for pattern in URL_DAYS)), None) if found else None
    if near is None:
        return None
    given = date.fromisoformat(near)
    years = (dates.read(f"{given.year + step}-{found[-1][0]}-{found[-1][1]}").iso for step in (0, 1, -1))
    return next((iso for iso in years if iso and abs((date.fromisoformat(iso) - given).days) <= NEAR), None)


def _url_day(pattern: re.Pattern[str], url: str) -> str | None:
    days = (dates.read(f"{year}-{month}-{day or 15}").iso for year, month, day in pattern.findall(urlsplit(url).path))
    return next(filter(None, days), None)
