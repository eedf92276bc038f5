"""The "openness" CMS of Anhui and Hulunbuir (platforms.md §11), both generations.

Generation 1: `/opennessTarget/?branch_id=…&column_code=…&page=<k>`; `/opennessContent/` is the frame around it, and
its channel is asked at the target. Generation 2: `/OpennessContent/showList/<branch>/<column>/page_<k>.html`.
"""

from __future__ import annotations

import re
from dataclasses import replace

from lxml.html import HtmlElement
from scrapy.http import Response

from archive.records import Ask, Channel, Entry, Listing
from crawler.cms import numbered, rows
from crawler.cms.numbered import Numbered
from pipelines.html import parse

TARGET = Numbered(
    path=r"/opennessTarget/",
    page="query:page",
    markup=".",
    select="//tr[contains(@class, 'is-td')] | //*[contains(@class, 'tboxs')]//tr",
    holder="is-xxgkTable|tboxs",
)
SHOW = Numbered(path=r"/showList/[\w/]+?(?:/page_\d+\.html|/?$)", page="path:page_{k}", markup=".")
INTERFACES = (TARGET, SHOW)
SIGNS = re.compile(
    r"/openness(?:Target|Content)/|/(?:Branch)?OpennessContent/show|/(?:mobileO|o)penness/detail/content/[0-9a-f]{24}|"
    r"\bis-xxgk(?:Table|info)\b"
)
WORDS = ("/opennesstarget/", "opennesscontent/", "openness/detail/content/", "is-xxgktable", "is-xxgkinfo")
CELLS = {  # the columns differ between skins; what these two look like does not (platforms.md §C, §B.7)
    "index_number": re.compile(r"\A[0-9A-Z]{8}-?[0-9A-Z]{1,10}[\w-]*/\d{4,6}-\d+"),
    "document_number": re.compile(r"\A\S+[〔\[﹝［]\d{4}[〕\]﹞］]\d+号"),
}


def recognise(response: Response) -> bool:
    return numbered.bears(response, WORDS, SIGNS)


def first(channel: Channel) -> Ask:
    url = channel.url.replace("/opennessContent/", "/opennessTarget/")
    return numbered.first(replace(channel, url=url), INTERFACES)


def listing(response: Response) -> Listing:
    page = numbered.listing(response, INTERFACES)
    if numbered.match(INTERFACES, response.url) is not TARGET or not page.entries:
        return page
    tree = parse(response).tree
    pages = _pages(tree)
    here = numbered.page_of(TARGET, numbered.asked(response))
    following = page.next if here < (pages or here) else None
    return replace(page, entries=_with_cells(page.entries, tree, response.url), pages=pages, next=following)


def _pages(tree: HtmlElement) -> int | None:
    """The highest page that `#page_list` links to; it is left out where there is only one."""
    links = tree.xpath("//*[@id='page_list']//a/@href")
    numbers = [int(found[1]) for link in links if (found := re.search(r"[?&]page=(\d+)", link))]
    return max(numbers, default=None) if links else 1


def _with_cells(entries: tuple[Entry, ...], tree: HtmlElement, url: str) -> tuple[Entry, ...]:
    """Entries with the index and document numbers that stand in other cells of their rows."""
    stated = {link: _cells(row) for row in tree.xpath("//tr[.//a]") for link in _links(row, url)}
    return tuple(replace(entry, stated={**stated.get(entry.url, {}), **entry.stated}) for entry in entries)


def _links(row: HtmlElement, url: str) -> list[str]:
    return [address for node in row.iter("a") if (address := rows.address(node, url))]


def _cells(row: HtmlElement) -> dict[str, str]:
    texts = [rows.shown(cell) for cell in row.xpath("./td[not(.//a)]")]
    return {name: text for name, shape in CELLS.items() for text in texts if shape.fullmatch(text)}
