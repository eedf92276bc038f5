"""The next page of a list, where what the list says of it is not to be believed.

Families count pages in ways that look alike (platforms.md §0.2): `index_1.html` is page 2 of one and page 1 of another.
Where the page asked for as page 2 is page 1 again, or is not there, the other way of counting is tried once. And a list
may be a trap: a calendar, an address that grows, pages that lead in a circle.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from archive.identity import identity
from archive.records import Ask
from crawler.middlewares import refusal

CAP = 5_000  # pages of one walk
LEAN = 50  # pages in a row that bring one new entry at most: a calendar, or a page for each day
PLACES = (  # where a request has the number of its page
    re.compile(r"(?:(?<=_)|(?<=/))\d{1,5}(?=\.\w{2,6}$)"),  # index_2.html, tzgg/2.htm
    re.compile(r"(?:(?<=page=)|(?<=[?&]p=)|(?<=pageno=)|(?<=pagenum=)|(?<=pageindex=))\d{1,5}(?=&|$)", re.I),
)

Asked = tuple[str, str, str | None]


def key(ask: Ask) -> Asked:
    """What tells requests apart: session ids in an address do not."""
    return ask.method, identity(ask.url), ask.body


def number(ask: Ask) -> int | None:
    """The number of the page that is asked for, as the request has it."""
    found = next(filter(None, (place.search(_text(ask)) for place in PLACES)), None)
    return int(found[0]) if found else None


def turned(ask: Ask, to: int) -> Ask:
    """The same request for another number."""
    text = _text(ask)
    place = next(place for place in PLACES if place.search(text))
    written = place.sub(str(to), text, count=1)
    return replace(ask, body=written) if ask.body else replace(ask, url=written)


def _text(ask: Ask) -> str:
    return ask.body or ask.url


def otherwise(ask: Ask, first: Ask) -> Ask | None:
    """Page 2 by the other way of counting: from 1 instead of 0, from 0 instead of 1."""
    asked = number(ask)
    if asked == 1:
        return turned(ask, 2)
    return turned(ask, 1) if asked == 2 and number(first) != 1 else None


def trap(following: Ask, asked: set[Asked], listed: int, lean: int, hosts: Sequence[str]) -> str | None:
    """Why the next page is not asked for, if it is not."""
    if key(following) in asked:
        return f"trap:loop: the list leads back to {following.url}"
    if lean >= LEAN:
        return f"trap:calendar: {LEAN} pages in a row brought one new entry at most"
    if listed >= CAP:
        return f"trap:endless: the list does not end within {CAP:,} pages"
    if why := refusal(following.url, hosts):
        return f"{'trap:repeatpath: ' if 'trap' in why else ''}the next page is not asked for: {why}: {following.url}"
    return None
