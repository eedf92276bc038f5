"""TRS WCM 拓尔思, static pages (platforms.md §7.1): `./202401/t20240105_123.html`, page k is `index_<k-1>.html`.

Also columns whose pager is an Avalon model (`list2.trsapi`): the first pages stand as blocks in the column page, the
others come from its search interface as JSON.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urljoin

from scrapy.http import Response

from archive.records import Ask, Channel, Listing
from crawler.cms import html, numbered, pager, rows, state
from pipelines import html as pages

ARTICLE = re.compile(r"/t(?:19|20)\d{6}_\d+\.s?html?")
LINK = re.compile(r"[\"'/]t(?:19|20)\d{6}_\d+\.s?html?")
PAGER = re.compile(r"\bcreatePage(?:HTML)?\s*\(\s*[\"']?\d|\bcountPage\s*=\s*\d|\bPager\s*\(\s*\{|\btotalData\b")


def recognise(response: Response) -> bool:
    """A pager call of TRS beside links to its articles, an article's own address, or the Avalon model."""
    if ARTICLE.search(response.url):
        return True
    text = numbered.decoded(response)
    return bool(LINK.search(text) and PAGER.search(text)) or _modelled(text)


def _modelled(text: str) -> bool:
    return all(word in text for word in MODEL)


def first(channel: Channel) -> Ask:
    """The column as a directory: `…/tzgg` without its slash would break every relative link."""
    return Ask(pager.directory(channel.url), state=dict(channel.options))


def listing(response: Response) -> Listing:
    carried = state(response)
    page = pages.parse(response)
    if page.parsed is not None:
        return _answer(response, page.parsed, carried.get("total"))
    if page.tree is None:
        return Listing(entries=())
    return _column(page, carried) if _modelled(page.text) else html.read(page)


# --- the Avalon model (list2.trsapi) ---------------------------------------------------------------------------

MODEL = ("quickMode", "listArgs", "classsql")  # words of the inline script
CALLED = {  # what the interface is sent → how the column's inline script spells it
    "channelid": r"\b(?:channelid|searchId)\s*:\s*[\"']?(\d+)",
    "classsql": r"\bclasssql\s*[:=]\s*(?:[\"']{2}\s*\|\|\s*)[\"']([^\"']+)[\"']|\bclasssql\s*:\s*[\"']([^\"']+)[\"']",
    "sortfield": r"\bsortfield\s*:\s*(?:[\w.]+\s*\|\|\s*)?[\"']([^\"']+)",
    "prepage": r"\bprepage\s*:\s*[\"']?(\d+)",
}
INTERFACE = re.compile(r"\blistApi\s*:\s*\{[^{}]*?\burl\s*:\s*[\"']([^\"']+)")
COUNT = re.compile(r"\brecordCount\s*:\s*[\"']?(\d+)")
STATIC = "//*[contains(@ms-visible, 'showStatic(')]//li"  # blocks of five; the template of later pages has no address
NAMED = re.compile(r"\bif\s*\(\s*'([^']*)'\s*==\s*'([^']*)'")  # if('土地管理' == '管委会文件'): written by the template
ANSWER = numbered.Numbered(
    path="",
    page="form:page",
    size="form:prepage",
    rows="data",
    pages="pageCount",
    title="doctitle",
    url="docpuburl|chnldocurl",
    date="pubdate|docreltime",
    stated={
        "document_number": "fileno",
        "publisher": "puborg",
        "source": "docsourcename",
        "index_number": "idxid",
    },
)


def _column(page: pages.Page, options: Mapping[str, Any]) -> Listing:
    """The static pages of a column, and the request for the first that only the interface has. A column that names
    no interface is asked at the one the site file names (`search = "/fjdzapp/search"`); without it nothing follows."""
    found = rows.entries(page.tree, pager.directory(page.url), STATIC)
    sent = {name: _called(pattern, page.text) for name, pattern in CALLED.items()}
    size, counted, interface = sent["prepage"], COUNT.search(page.text), INTERFACE.search(page.text)
    total = int(counted[1]) if counted else None
    place = interface[1] if interface else options.get("search")
    count = -(-total // int(size)) if total is not None and size else None
    following = None
    if place and all(sent.values()) and size and not _chosen(page.text) and (total is None or len(found) < total):
        body = urlencode({**sent, "page": len(found) // int(size) + 1})
        following = Ask(urljoin(page.url, place), "POST", body, {**numbered.FORM, **numbered.XHR}, {"total": total})
    frame = not found and following is not None
    return Listing(found, total, count, following, says_empty=not found and total == 0, frame=frame)


def _called(pattern: str, text: str) -> str | None:
    found = re.search(pattern, text)
    return next(filter(None, found.groups()), None) if found else None


def _chosen(text: str) -> bool:
    """Does the script give this very column a query of its own, which it works out elsewhere?"""
    return any(ours == theirs for ours, theirs in NAMED.findall(text))


def _answer(response: Response, tree: object, total: int | None) -> Listing:
    """One page of the interface: `{"data": [{"doctitle", "docpuburl", "pubdate", …}], "pageCount": 8}`."""
    answered = numbered.records(tree, ANSWER.rows)
    found = tuple(filter(None, (numbered.entry_of(ANSWER, row, response.url) for row in answered)))
    count, ask = numbered.number(next(numbered.walk(tree, ANSWER.pages), None)), numbered.asked(response)
    number = numbered.number(numbered.get(ask, ANSWER.page))
    more = bool(found) and number is not None and (count is None or number < count)
    following = numbered.put(ask, ANSWER.page, number + 1) if more and number is not None else None
    return Listing(found, total, count, following)
