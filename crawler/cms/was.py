"""TRS WAS and govsearch (platforms.md §7.2, §7.3): `/was5/web/search?channelid=…`, as JSON or as a page.

A channel is the interface with its `channelid` and, where the whole site would come otherwise, its `classsql`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from scrapy.http import Response

from archive.records import Ask, Channel, Listing
from crawler.cms import numbered
from crawler.cms.numbered import Numbered
from pipelines.html import from_json

_WAS = r"/was[45]?/web/(?:search|outlinecontent)|/searchweb/search|/search/search\?"
INTERFACES = (
    Numbered(  # templet=docs.jsp (Fujian): JSON with raw line breaks in it; the page size is called prepage there
        path=_WAS, page="query:page", size="query:prepage", rows="docs", url="url|docpuburl", date="pubtime|time",
        stated={"document_number": "fileno", "publisher": "src"}, total="count", markup="",
    ),
    Numbered(  # infogate.jl.gov.cn, JSONP
        path=r"/govsearch/jsonp/", page="query:page", rows="data", title="tip/title", url="puburl", date="tip/dates",
        stated={"document_number": "tip/filenum", "publisher": "tip/publisher"},
    ),
)  # fmt: skip
PAGES = (  # the same addresses answered as HTML
    Numbered(path=_WAS, page="query:page", size="query:perpage", markup=".", holder="outlinebar"),
    Numbered(path=r"/govsearch/search\.jsp", page="query:page", markup="."),
)
SIGNS = re.compile(r"/was[45]?/web/|/govsearch/")
WORDS = ("/was", "/govsearch/")


def recognise(response: Response) -> bool:
    return numbered.bears(response, WORDS, SIGNS)


def first(channel: Channel) -> Ask:
    return numbered.first(channel, (*INTERFACES, *PAGES))


def listing(response: Response) -> Listing:
    answer = from_json(numbered.decoded(response))
    return numbered.listing(response, INTERFACES if isinstance(answer, Mapping) else PAGES)
