"""博达 VSB (platforms.md §4): static columns whose page numbers run backwards, `PAGENUM`, and the egovinfo module.

A static column is `tzgg.htm`; of T pages the second is `tzgg/<T-1>.htm` and the oldest `tzgg/1.htm`, so an old page
keeps its number for ever. The dynamic forms count forwards. All print a link to the next page, which is followed;
where a template prints none, the page number of a static column says it all.
"""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import urljoin

from lxml.html import HtmlElement
from scrapy.http import Response

from archive.records import Ask, Channel, Entry, Listing
from crawler.cms import numbered, rows
from pipelines.html import parse

SIGNS = re.compile(
    r"urltype=(?:egovinfo\.|tree\.TreeTempUrl|news\.)|\bvsb_content|/system/_content/download\.jsp|_showDynClicks\(|"
    r"""_simple_list_gotopage_fun|\bid=["']line_?u?\d+_\d+["']|_newscontent_fromname"""
)
# The rows of one unit of the template: line_u9_0 (news), line1501_0 (egovinfo).
UNIT = re.compile(r"(line_?u?\d+)_\d+$")
ROWS = "//*[starts-with(@id, '{}_')]"
NEXT = "//a[normalize-space()='下页' or normalize-space()='下一页']/@href"
PAGES = (r"_simple_list_gotopage_fun\(\s*(\d+)", r"[?&]totalpage=(\d+)", r"[?&]a\w*?\d+t=(\d+)", r"\b\d+/(\d+)\b")
RECORDS = r"共\s*(\d+)\s*条"
HOVER = {  # labels of the hidden row under an egovinfo entry
    "index_number": r"索\s*引\s*号[:：]\s*(\S+)",
    "publisher": r"发布机构[:：]\s*(\S+)",
    "published_on": r"发布日期[:：]\s*(\S+)",
    "document_number": r"文\s*号[:：]\s*(\S+)",
}
EGOVINFO = re.compile(r"/info/egovinfo/.+/([^/]+)/(\d{4}-\d+)\.htm")  # the last two parts are the index number


def recognise(response: Response) -> bool:
    return bool(SIGNS.search(response.url) or SIGNS.search(numbered.decoded(response)))


def first(channel: Channel) -> Ask:
    ask = Ask(channel.url)
    for name, value in channel.options.items():
        ask = numbered.put(ask, f"query:{name}", value)
    return ask


def listing(response: Response) -> Listing:
    tree, text = parse(response).tree, numbered.decoded(response)
    if tree is None:
        return Listing(entries=())
    unit = _unit(tree)
    found = rows.entries(tree, response.url, ROWS.format(unit) if unit else None)
    pages = _claim("|".join(PAGES), text)
    following = _next(tree, response.url, pages) if found else None
    empty = not found and rows.says_empty(text)
    return Listing(_with_index(found, tree), _claim(RECORDS, text), pages, following, says_empty=empty)


def _unit(tree: HtmlElement) -> str | None:
    """The unit with the most rows that link somewhere: side lists are units too."""
    units = [match[1] for row in tree.xpath("//*[@id][.//a]") if (match := UNIT.match(row.get("id")))]
    return max(units, key=units.count) if units else None


def _claim(pattern: str, text: str) -> int | None:
    found = re.search(pattern, rows.visible(text)) or re.search(pattern, text)
    return next((int(group) for group in found.groups() if group), None) if found else None


def _next(tree: HtmlElement, url: str, pages: int | None) -> Ask | None:
    links = [href for href in tree.xpath(NEXT) if not href.lower().startswith(("javascript", "#"))]
    if links:
        return Ask(urljoin(url, links[0].strip()))
    static = re.fullmatch(r"(.*/[^/?]*[^/\d?][^/?]*)(?:/(\d+))?\.htm", url)  # /tzgg.htm or /tzgg/37.htm
    here = (int(static[2]) if static[2] else pages) if static else None
    return Ask(f"{static[1]}/{here - 1}.htm") if static and here and here > 1 else None


def _with_index(found: tuple[Entry, ...], tree: HtmlElement) -> tuple[Entry, ...]:
    """Egovinfo entries with the index number their address ends in, and what the hidden row under them states."""
    hidden = ["".join(row.itertext()) for row in tree.xpath("//tr[contains(@style, 'none')]")]
    return tuple(_indexed(entry, hidden) for entry in found)


def _indexed(entry: Entry, hidden: list[str]) -> Entry:
    address = EGOVINFO.search(entry.url)
    if not address:
        return entry
    identifier = f"{address[1]}/{address[2]}"
    hover = next((row for row in hidden if identifier in row), "")
    stated = {name: match[1] for name, label in HOVER.items() if (match := re.search(label, hover))}
    return replace(entry, stated={"index_number": identifier, **stated, **entry.stated})
