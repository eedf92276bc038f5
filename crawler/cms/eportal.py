"""eportal / EasySite (platforms.md §8): `/eportal/ui?pageId=<p>&currentPage=<k>&moduleId=<32 hex>`.

A channel is the column page, whose next link or hidden inputs name the module, or the interface with its parameters.
The disclosure list of Liaoning (`…portal.url=/portlet/xxgkml!queryList.portlet`) answers JSON.
"""

from __future__ import annotations

import re
from dataclasses import replace

from scrapy.http import Response

from archive.records import Ask, Channel, Listing
from crawler.cms import numbered
from crawler.cms.numbered import Numbered

DISCLOSURE = Numbered(
    path=r"xxgkml(?:!|%21)queryList\.portlet", page="query:pageNo", size="query:pageSize", rows="result",
    total="total", send={"pageSize": "20"},
)  # fmt: skip
PAGE = Numbered(path=r"", page="query:currentPage", size="query:pageSize", markup=".")
SIGNS = re.compile(r"/eportal/ui\?|\beasysite-|eprotalCurrent(?:Page|Column)Id|eportalappPortletId")
PAGED = re.compile(r"""/eportal/ui\?[^"'\s<>]*\bcurrentPage=\d+[^"'\s<>]*""")
HIDDEN = ("eprotalCurrentPageId", "eportalappPortletId")
INPUT = r"""<input[^>]*\bid=["']{}["'][^>]*\bvalue=["']([^"']+)"""


def recognise(response: Response) -> bool:
    return bool(SIGNS.search(response.url) or SIGNS.search(numbered.decoded(response)))


def first(channel: Channel) -> Ask:
    return numbered.first(channel, (DISCLOSURE,) if re.search(DISCLOSURE.path, channel.url) else (PAGE,))


def listing(response: Response) -> Listing:
    if re.search(DISCLOSURE.path, response.url):
        return numbered.listing(response, (DISCLOSURE,))
    page = numbered.page(response, PAGE)
    if page.next is None or page.pages is None:
        return replace(page, next=None)
    module = _module(response)
    turned = numbered.put(replace(page.next, url=module), PAGE.page, _following(page.next)) if module else None
    return replace(page, next=turned)


def _following(ask: Ask) -> int:
    return int(numbered.get(ask, PAGE.page))


def _module(response: Response) -> str | None:
    """The address that turns pages: this one, a link of the pager, or what the hidden inputs put together."""
    if "moduleId=" in response.url and "pageId=" in response.url:
        return response.url
    if link := PAGED.search(numbered.decoded(response).replace("&amp;", "&")):
        return response.urljoin(link[0])
    hidden = [found[1] for name in HIDDEN if (found := re.search(INPUT.format(name), numbered.decoded(response)))]
    return response.urljoin("/eportal/ui?pageId={}&moduleId={}".format(*hidden)) if len(hidden) == 2 else None
