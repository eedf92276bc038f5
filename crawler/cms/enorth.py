"""Enorth 北方网 (platforms.md §14.2): `index.shtml`, then `/system/count//<column>/…c<column>000000000000_<n>.shtml`.

The pages are numbered from the oldest: the highest number is the newest full page, and the walk counts down.
"""

from __future__ import annotations

import re
from urllib.parse import urljoin

from lxml.html import HtmlElement
from scrapy.http import Response

from archive.records import Ask, Channel, Listing
from crawler.cms import counts, numbered, rows
from pipelines.html import parse

COUNTED = re.compile(r"(/system/count//?\d{7}/[\d/]+/c\d{19}_)(\d{9})(\.shtml)")
SIGNS = re.compile(COUNTED.pattern + r"|/system/(?:19|20)\d\d/\d\d/\d\d/\d{9,}\.shtml")
WORDS = ("/system/",)
NEXT = "//a[contains(normalize-space(), '下一页') or normalize-space()='下页']/@href"


def recognise(response: Response) -> bool:
    return numbered.bears(response, WORDS, SIGNS)


def first(channel: Channel) -> Ask:
    return Ask(channel.url)


def listing(response: Response) -> Listing:
    tree, text = parse(response).tree, numbered.decoded(response)
    if tree is None:
        return Listing(entries=())
    found, claimed = rows.entries(tree, response.url), counts.totals(text)
    following = _next(tree, text, response.url) if found else None
    empty = not found and counts.says_empty(text)
    return Listing(found, claimed.records, claimed.pages, Ask(following) if following else None, says_empty=empty)


def _next(tree: HtmlElement, text: str, url: str) -> str | None:
    """The next older page: its link, else one less than this page, else the highest number that page 1 knows."""
    links = [href for href in tree.xpath(NEXT) if COUNTED.search(href)]
    if links:
        return str(urljoin(url, links[0]))
    if here := COUNTED.search(url):
        older = int(here[2]) - 1
        return url.replace(here[0], f"{here[1]}{older:09d}{here[3]}") if older >= 1 else None
    known = [match[0] for match in COUNTED.finditer(text)]
    return urljoin(url, max(known)) if known else None
