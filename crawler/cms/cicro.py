"""CICRO / DEYA WCM (platforms.md §13): `/info/iList.jsp?node_id=GK…&site_id=CMS…&cat_id=…&cur_page=<k>`.

The list states no total: a page whose list is empty is the end.
"""

from __future__ import annotations

import re

from scrapy.http import Response

from archive.records import Ask, Channel, Listing
from crawler.cms import numbered
from crawler.cms.numbered import Numbered

INTERFACES = (
    Numbered(
        path=r"/i(?:List|Index)\.jsp",
        page="query:cur_page",
        markup=".",
        holder=r"""id=["']list_content|class=["'][^"']*(?:textlist|info-list|am-table-striped)""",
    ),
    Numbered(path=r"/search/searchResultGJ\.jsp", page="query:p", markup="."),
)
SIGNS = re.compile(r"/i(?:List|Index)\.jsp\?|[?&]node_id=GK|[?&]site_id=CMS|/cms\.files/upload/CMS")
WORDS = ("/ilist.jsp?", "/iindex.jsp?", "node_id=gk", "site_id=cms", "/cms.files/upload/cms")


def recognise(response: Response) -> bool:
    return numbered.bears(response, WORDS, SIGNS)


def first(channel: Channel) -> Ask:
    return numbered.first(channel, INTERFACES)


def listing(response: Response) -> Listing:
    return numbered.listing(response, INTERFACES)
