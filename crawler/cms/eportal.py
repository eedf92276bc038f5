"""eportal / EasySite (platforms.md §8): `/eportal/ui?pageId=<p>&currentPage=<k>&moduleId=<32 hex>`.

A channel is the column page, whose next link or hidden inputs name the module, or the interface with its parameters.
The disclosure list of Liaoning (`…portal.url=/portlet/xxgkml!queryList.portlet`) answers JSON.
"""

from __future__ import annotations

import re
from dataclasses import replace

from scrapy.http import Response

from archive.records import Ask, Channel, Listing
from crawler.cms import links, numbered
from crawler.cms.numbered import Numbered
from pipelines.html import parse

DISCLOSURE = Numbered(
    path=r"xxgkml(?:!|%21)queryList\.portlet", page="query:pageNo", size="query:pageSize", rows="result",
    total="total", send={"pageSize": "20"},
)  # fmt: skip
PAGE = Numbered(path=r"", page="query:currentPage", size="query:pageSize", markup=".")
SIGNS = re.compile(r"/eportal/ui\?|\beasysite-|eprotalCurrent(?:Page|Column)Id|eportalappPortletId")
WORDS = ("/eportal/ui?", "easysite-", "eprotalcurrent", "eportalappportletid")  # of which each sign has one
PAGED = re.compile(r"""/eportal/ui\?[^"'\s<>]*\bcurrentPage=\d+[^"'\s<>]*""")
HIDDEN = ("eprotalCurrentPageId", "eportalappPortletId")
INPUT = r"""<input[^>]*\bid=["']{}["'][^>]*\bvalue=["']([^"']+)"""


def recognise(response: Response) -> bool:
    return numbered.bears(response, WORDS, SIGNS)


def first(channel: Channel) -> Ask:
    return numbered.first(channel, (DISCLOSURE,) if re.search(DISCLOSURE.path, channel.url) else (PAGE,))


def listing(response: Response) -> Listing:
    if re.search(DISCLOSURE.path, response.url):
        return numbered.listing(response, (DISCLOSURE,))
    page = numbered.page(response, PAGE)
    return replace(page, next=_next(response, page.next, page.total or page.pages)) if page.next else page


def _next(response: Response, turned: Ask, counted: int | None) -> Ask | None:
    """The next page by the module's address; where that is not known, or nothing is counted, by its link only."""
    module = _module(response) if counted else None
    if module:
        return numbered.put(replace(turned, url=module), PAGE.page, numbered.get(turned, PAGE.page))
    tree = parse(response).tree
    link = links.next_link(tree, response.url) if tree is not None else None
    return replace(turned, url=link) if link else None


def _module(response: Response) -> str | None:
    """The address that turns pages: this one, a link of the pager, or what the hidden inputs put together."""
    if "moduleId=" in response.url and "pageId=" in response.url:
        return response.url
    if link := PAGED.search(numbered.decoded(response).replace("&amp;", "&")):
        return response.urljoin(link[0])
    hidden = [found[1] for name in HIDDEN if (found := re.search(INPUT.format(name), numbered.decoded(response)))]
    return response.urljoin("/eportal/ui?pageId={}&moduleId={}".format(*hidden)) if len(hidden) == 2 else None
