"""ASP.NET pagers (platforms.md §14.7): WebForms that post the whole page back, and lists with `page=<k>`.

A WebForms page is turned by posting its hidden fields with the pager's id and the page wanted; both must come from
the page before, so the walk carries them (the request's body) from page to page.
"""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import urlencode

from lxml.html import HtmlElement
from scrapy.http import Response

from archive.records import Ask, Channel, Listing
from crawler.cms import counts, numbered, rows, state
from crawler.cms.numbered import Numbered
from pipelines.html import parse

INTERFACES = (  # NewsList.aspx?CID=…&page=2 · /Category_123/Index_2.aspx (PowerEasy)
    Numbered(path=r"/Category_\d+/Index(?:_\d+)?\.aspx", page="path:{stem}_{k}", markup="."),
    Numbered(path=r"\.aspx(?:\?|$)|[?&]Section_ID=", page="query:page", markup="."),
)
POSTBACK = re.compile(r"""__doPostBack\(['"]([^'"]+)['"]\s*,\s*['"]([^'"]*)['"]\)""")
NEXT = re.compile(r"\A\s*(?:下一?页|>|›|»|Next)\s*")
FIELDS = "//input[@type='hidden'][starts-with(@name, '__')]"


def recognise(response: Response) -> bool:
    text = numbered.decoded(response)
    return ("__VIEWSTATE" in text and bool(POSTBACK.search(text.replace("&#39;", "'")))) or ".aspx" in response.url


def first(channel: Channel) -> Ask:
    return numbered.first(channel, INTERFACES)


def listing(response: Response) -> Listing:
    tree = parse(response).tree
    if tree is None:
        return Listing(entries=())
    target = _next(tree, int(state(response).get("page", 1)))
    if not target:
        return _by_query(response)
    text = numbered.decoded(response)
    found, claimed = rows.entries(tree, response.url), counts.totals(text)
    page = Listing(found, claimed.records, claimed.pages, says_empty=not found and counts.says_empty(text))
    return replace(page, next=_posted(response, tree, *target)) if found else page


def _by_query(response: Response) -> Listing:
    """A list numbered in its address; without a count, only as far as it links to a further page."""
    page = numbered.listing(response, INTERFACES)
    if page.next is None or page.pages is not None:
        return page
    further = re.search(rf"""[?&]page=0*{numbered.get(page.next, "query:page")}\\b""", numbered.decoded(response))
    return page if further else replace(page, next=None)


def _next(tree: HtmlElement, here: int) -> tuple[str, str] | None:
    """(event target, argument) of the pager's link to the next page: by its number, else by its name."""
    links = [(node, found) for node in tree.iter("a") if (found := POSTBACK.search(node.get("href", "")))]
    for wanted in (lambda node, found: found[2] == str(here + 1), lambda node, _: NEXT.fullmatch(rows.shown(node))):
        for node, found in links:
            if wanted(node, found):
                return found[1], found[2]
    return None


def _posted(response: Response, tree: HtmlElement, target: str, argument: str) -> Ask:
    fields = {node.get("name"): node.get("value", "") for node in tree.xpath(FIELDS)}
    body = urlencode({**fields, "__EVENTTARGET": target, "__EVENTARGUMENT": argument})
    page = int(state(response).get("page", 1)) + 1
    return Ask(response.url, "POST", body, numbered.FORM, {"page": page})
