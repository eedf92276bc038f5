"""JEECMS (platforms.md §14.3): `index.jhtml`, then `index_2.jhtml`; searches and libraries are `.jspx?pageNo=<k>`."""

from __future__ import annotations

import re

from scrapy.http import Response

from archive.records import Ask, Channel, Listing
from crawler.cms import numbered
from crawler.cms.numbered import Numbered

INTERFACES = (
    Numbered(path=r"/search_\d+\.jspx", page="path:{stem}_{k}", markup="."),
    Numbered(path=r"\.jspx(?:\?|$)", page="query:pageNo", markup="."),
    Numbered(path=r"(?:\.jhtml|/)(?:\?|$)", page="path:{stem}_{k}", markup="."),  # index_1.jhtml is page 1 again
)
LINKS = re.compile(r"""href=["'][^"']*\.jhtml""")


def recognise(response: Response) -> bool:
    address = re.search(r"\.jhtml\b|\.jspx\b", response.url) is not None
    return address or numbered.bears(response, (".jhtml",), LINKS)


def first(channel: Channel) -> Ask:
    return numbered.first(channel, INTERFACES)


def listing(response: Response) -> Listing:
    return numbered.listing(response, INTERFACES)
