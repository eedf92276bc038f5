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
from crawler.cms import counts, days, numbered, rows, state
from pipelines.html import parse

SIGNS = re.compile(
    r"urltype=(?:egovinfo\.|tree\.TreeTempUrl|news\.)|\bvsb_content|/system/_content/download\.jsp|_showDynClicks\(|"
    r"""_simple_list_gotopage_fun|\bid=["']line_?u?\d+_\d+["']|_newscontent_fromname"""
)
WORDS = (  # of which each sign has one
    "urltype=", "vsb_content", "/system/_content/download.jsp", "_showdynclicks(", "_simple_list_gotopage_fun",
    'id="line', "id='line", "_newscontent_fromname",
)  # fmt: skip
# The rows of one unit of the template: line_u9_0 (news), line1501_0 (egovinfo). Side lists are units too, and have
# more rows than the last page of the list; the pager names its unit (`'u9_goto'`).
UNIT = re.compile(r"(line_?u?\d+)_\d+$")
PAGER = re.compile(r"_simple_list_gotopage_fun\(\s*\d+\s*,\s*['\"](u?\d+)_goto|[?&]ainfolist(\d+)p=")
ROWS = "//*[starts-with(@id, '{}_')]"
NEXT = "//a[normalize-space()='下页' or normalize-space()='下一页']/@href"
PAGES = (r"_simple_list_gotopage_fun\(\s*(\d+)", r"[?&]totalpage=(\d+)", r"[?&]a\w*?\d+t=(\d+)")
SHOWN = re.compile(r"(?<![\d/])\d+/(\d+)\s*(?=[首上下尾]页|页)|共\s*(\d+)\s*页")  # 共391条 1/20 首页 上页 下页 尾页
HOVER = {  # labels of the hidden row under an egovinfo entry
    "index_number": r"索\s*引\s*号[:：]\s*(\S+)",
    "publisher": r"发布机构[:：]\s*(\S+)",
    "published_on": r"发布日期[:：]\s*(\S+)",
    "document_number": r"文\s*号[:：]\s*(\S+)",
}
EGOVINFO = re.compile(r"/info/egovinfo/.+/([^/]+)/(\d{4}-\d+)\.htm")  # the last two parts are the index number


def recognise(response: Response) -> bool:
    return numbered.bears(response, WORDS, SIGNS)


def first(channel: Channel) -> Ask:
    ask = Ask(channel.url)
    for name, value in channel.options.items():
        ask = numbered.put(ask, f"query:{name}", value)
    return ask


def listing(response: Response) -> Listing:
    tree, text = parse(response).tree, numbered.decoded(response)
    if tree is None:
        return Listing(entries=())
    unit = state(response).get("unit") or _unit(tree, text)
    found = rows.entries(tree, response.url, ROWS.format(unit) if unit else None)
    pages = _pages(text)
    following = _next(tree, response.url, pages) if found else None
    ask = Ask(following, state={"unit": unit} if unit else {}) if following else None
    records, empty = counts.totals(text).records, not found and counts.says_empty(text)
    return Listing(_with_index(found, tree), records, pages, ask, says_empty=empty)


def _unit(tree: HtmlElement, text: str) -> str | None:
    """The unit of the list: the one the pager names, else the one with the most rows that are dated."""
    lines = [(match[1], row) for row in tree.xpath("//*[@id][.//a]") if (match := UNIT.match(row.get("id")))]
    named = PAGER.search(text)
    turned = next((unit for unit, _ in lines if named and unit.endswith(named[1] or named[2])), None)
    dated = [unit for unit, row in lines if days.date_in(rows.shown(row))] or [unit for unit, _ in lines]
    return turned or (max(dated, key=dated.count) if dated else None)


def _pages(text: str) -> int | None:
    called = next((found for pattern in PAGES if (found := re.search(pattern, text))), None)
    shown = called or SHOWN.search(counts.visible(text))
    return next((int(group) for group in shown.groups() if group), None) if shown else None


def _next(tree: HtmlElement, url: str, pages: int | None) -> str | None:
    links = [href for href in tree.xpath(NEXT) if not href.lower().startswith(("javascript", "#"))]
    if links:
        return str(urljoin(url, links[0].strip()))
    static = re.fullmatch(r"(.*/\d*+[^/\d?][^/?]*)(?:/(\d+))?\.htm", url)  # /tzgg.htm or /tzgg/37.htm
    here = (int(static[2]) if static[2] else pages) if static else None
    return f"{static[1]}/{here - 1}.htm" if static and here and here > 1 else None


def _with_index(found: tuple[Entry, ...], tree: HtmlElement) -> tuple[Entry, ...]:
    """Egovinfo entries with the index number their address ends in, and what the hidden row under them states."""
    hidden = [rows.shown(row) for row in tree.xpath("//tr[contains(@style, 'none')]")]
    return tuple(_indexed(entry, hidden) for entry in found)


def _indexed(entry: Entry, hidden: list[str]) -> Entry:
    address = EGOVINFO.search(entry.url)
    if not address:
        return entry
    identifier = f"{address[1]}/{address[2]}"
    hover = next((row for row in hidden if identifier in row), "")
    stated = {name: match[1] for name, label in HOVER.items() if (match := re.search(label, hover))}
    return replace(entry, stated={"index_number": identifier, **stated, **entry.stated})
