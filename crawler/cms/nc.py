"""The "n/c" static CMS (platforms.md §14.1): `/n2588035/n2588320/index.html`, articles `/n…/c<id>/content.html`.

Page 1 has the links of all further pages in a hidden `<div>`: they are collected once and walked one after another.
In which order they stand nobody knows, so a channel of this family is not ordered (`ordered = false`).
"""

from __future__ import annotations

import re
from urllib.parse import urljoin

from scrapy.http import Response

from archive.records import Ask, Channel, Entry, Listing
from crawler.cms import counts, numbered, rows, state
from pipelines.html import parse

SIGNS = (  # two expressions that begin with a word are found in a tenth of the time that one of both takes
    re.compile(r"/n\d+/(?:n\d+/){0,9}(?:c\d+/content|index(?:_\d+_\d+)?)\.html"),
    re.compile(r"index_(?<!\windex_)\d{3,}_\d+\.html"),
)
HIDDEN = "//div[contains(translate(@style, ' ', ''), 'display:none')]//a/@href"
FURTHER = re.compile(r"index_\d+_\d+\.html")


def recognise(response: Response) -> bool:
    text = numbered.signs(response)
    return any(sign.search(text) for sign in SIGNS)


def first(channel: Channel) -> Ask:
    return Ask(channel.url)


def listing(response: Response) -> Listing:
    tree, text = parse(response).tree, numbered.decoded(response)
    if tree is None:
        return Listing(entries=())
    found = rows.entries(tree, response.url) or _scripted(text, response.url)
    carried = state(response).get("rest")
    further = [urljoin(response.url, href) for href in tree.xpath(HIDDEN) if FURTHER.search(href)]
    rest = list(carried) if carried is not None else [url for url in dict.fromkeys(further) if url != response.url]
    following = Ask(rest[0], state={"rest": rest[1:]}) if rest else None
    pages = len(rest) + 1 if carried is None else None
    empty = not found and counts.says_empty(text)
    return Listing(found, counts.totals(text).records, pages, following, says_empty=empty)


def _scripted(text: str, url: str) -> tuple[Entry, ...]:
    """Rows that stand as text inside a script."""
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", text, re.DOTALL | re.IGNORECASE)
    holding = " ".join(script for script in scripts if re.search(r"c\d+/content\.html", script))
    return rows.entries(rows.fragment(holding.replace("\\/", "/").replace('\\"', '"')), url) if holding else ()
