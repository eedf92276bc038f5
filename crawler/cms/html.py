"""The fallback: any list, without knowing its CMS (platforms.md §16).

Entries are the rows of the one list on the page, or of a JSON answer; totals and the next page are what the page
itself says. What it does not say stays unknown: an address of page 2 is never made up.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from scrapy.http import Response

from archive.records import Ask, Channel, Entry, Listing
from crawler.cms import numbered, pager, rows, written
from pipelines import html as pages

# Keys of interfaces nobody has described yet, the best first; compared without case.
TITLES = "title|doctitle|showtitle|docsubtitle|infotitle|articletitle|realtitle|subject|bt|mc|name"
URLS = "url|link|docpuburl|href|linkurl|infourl|puburl|viewurl|post_url|articleurl|urlpath|pcurl|publishurl"
DATES = (
    "publishedtimestr|published_time_format|publishtime|publish_time|pubdate|publishdate|publisheddate|pubtime|"
    "docreltime|docdate|showdate|infodate|releasetime|fbrq|noticetime|createdate|created_at|daytime|date|time"
)
TOTALS = "total|totalcount|totalelements|recordcount|allrow|totalhits|totalrecord|count"
PAGES = "totalpages|totalpage|pagecount|pages|totalpagecount"
PAGE_PARAMETER = re.compile(r"([?&](?:page(?:no|num|number|index)?|cur(?:rent)?page|current)=)(\d+)", re.I)


def recognise(response: Response) -> bool:
    """Everything that is text: the last resort."""
    return pages.magic(response.body) is None


def first(channel: Channel) -> Ask:
    return Ask(channel.url)


def listing(response: Response) -> Listing:
    page = pages.parse(response)
    if page.parsed is not None:
        return _from_json(page.parsed, response.url)
    return read(page)


def read(page: pages.Page) -> Listing:
    """The listing of a page of which nothing is known but its markup and its scripts."""
    stated = pager.read(page)
    return stated if stated.entries else replace(stated, entries=_objects(page.text, page.url))


def _objects(source: str, url: str) -> tuple[Entry, ...]:
    """Rows that stand as objects in a script. Only dated ones: column trees stand there too."""
    listed = (entry for row in written.objects(source) if (entry := _entry(row, url)) and entry.date)
    return rows.unique(listed)


# --- JSON ------------------------------------------------------------------------------------------------------


def _from_json(answer: object, url: str) -> Listing:
    """The longest array of objects that have a title and an address; markup inside JSON is read as a page's rows."""
    arrays = [[row for row in node if isinstance(row, Mapping)] for node in _nodes(answer) if isinstance(node, list)]
    read_rows = [tuple(filter(None, (_entry(row, url) for row in array))) for array in arrays]
    found = max(read_rows, key=len, default=())
    found = found or _markup(answer, url)
    total, count = numbered.number(_first(answer, TOTALS)), numbered.number(_first(answer, PAGES))
    step = PAGE_PARAMETER.search(url)
    more = bool(found) and step is not None and (count is None or int(step[2]) < count)
    following = Ask(PAGE_PARAMETER.sub(lambda m: m[1] + str(int(m[2]) + 1), url, count=1)) if more else None
    return Listing(found, total, count, following, says_empty=not found and total == 0)


def _nodes(tree: object) -> Iterator[object]:
    """Every value of an answer, from the outside in; without recursion, for answers nest as deep as they like."""
    waiting = deque([tree])
    while waiting:
        node = waiting.popleft()
        yield node
        waiting.extend(node.values() if isinstance(node, Mapping) else node if isinstance(node, list) else ())


def _markup(tree: object, url: str) -> tuple[Entry, ...]:
    """Rows of the HTML strings in an answer: `{"data": {"html": "<ul>…"}}`, `{"result": ["<div>…", …]}`."""
    markup = "".join(text for text in _nodes(tree) if isinstance(text, str) and "<a " in text)
    return rows.entries(rows.fragment(markup), url) if markup else ()


def _entry(row: Mapping[str, Any], base: str) -> Entry | None:
    title, link = numbered.plain(_value(row, TITLES)), numbered.plain(_value(row, URLS))
    url = rows.joined(base, link) if link else None
    return Entry(rows.clean_title(title), url, numbered.day(_value(row, DATES))) if title and url else None


def _value(row: Mapping[str, Any], names: str) -> Any:
    lower = {str(key).lower(): value for key, value in row.items() if value not in (None, "", [])}
    return next((lower[name] for name in names.split("|") if name in lower), None)


def _first(tree: object, names: str) -> Any:
    """The outermost whole number of these names."""
    values = (_value(node, names) for node in _nodes(tree) if isinstance(node, Mapping))
    return next((value for value in values if isinstance(value, (int, str)) and str(value).isdigit()), None)
