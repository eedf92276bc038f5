"""中国政府网 www.gov.cn: the policy library's interface and the rolling feeds (platforms.md §3).

A channel is the library page (`https://sousuo.www.gov.cn/zcwjk/policyDocumentLibrary?t=zhengcelibrary_gw`), the
interface itself (`/search-gov/data?t=…`), a feed (`…/ZUIXINZHENGCE.json`) or a static list (`…/bmwj/home.htm`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urljoin, urlsplit

from scrapy.http import Response

from archive.records import Ask, Channel, Listing
from crawler.cms import numbered
from crawler.cms.numbered import Numbered
from pipelines.html import from_json

LIBRARY = Numbered(
    path=r"/search-gov/data|sousuo\.gov\.cn/data",
    page="query:p",
    size="query:n",
    rows="searchVO/listVO",
    date="pubtimeStr|pubtime",
    stated={
        "index_number": "index",
        "document_number": "pcode",
        "publisher": "puborg",
        "written_on": "ptime",
        "topic": "childtype",
        "keywords": "subjectword",
        "summary": "summary",
        "source": "source",
    },
    total="searchVO/totalCount",
    pages="searchVO/totalpage",
    # `q` is ignored unless `searchfield` is there
    send={
        "q": "", "timetype": "timeqb", "sort": "pubtime", "sortType": "1", "searchfield": "title",
        "type": "gwyzcwjk", "n": "20",
    },
)  # fmt: skip
# t=zhengcelibrary mixes categories: every block is paged on its own and the common count is always 0. The bulletin
# (gongbao) re-publishes the documents of the others under other addresses: it is a category of its own, t=…_gb.
BLOCKS = ("gongwen", "bumenfile", "otherfile")
FEED = Numbered(
    path=r"/[A-Z0-9_]+\.json$", page="", rows=".", title="TITLE", url="URL", date="DOCRELPUBTIME"
)  # the ≈ 1,000 newest in one answer
STATIC = Numbered(path=r"/home(?:_\d+)?\.html?$", page="path:{stem}_{k}", first=0, markup=".")
INTERFACES = (LIBRARY, FEED, STATIC)


def recognise(response: Response) -> bool:
    parts = urlsplit(response.url)
    ours = re.fullmatch(r"(?:www\.|sousuo\.|sousuo\.www\.)?gov\.cn", parts.hostname or "")
    return bool(ours or re.search(r"/search-gov/data|policyDocumentLibrary|/ZUIXINZHENGCE\.json$", response.url))


def first(channel: Channel) -> Ask:
    if "policyDocumentLibrary" in channel.url:  # a shell of 958 bytes; its query is the interface's
        interface = urljoin(channel.url, "/search-gov/data") + "?" + urlsplit(channel.url).query
        channel = replace(channel, url=interface)
    return numbered.first(channel, INTERFACES)


def listing(response: Response) -> Listing:
    if numbered.match(INTERFACES, response.url) is not LIBRARY:
        return numbered.listing(response, INTERFACES)
    answer = from_json(numbered.decoded(response))
    if isinstance(answer, Mapping) and answer.get("code") == 1001 and "没有找到" in str(answer.get("msg")):
        return Listing((), total=0, says_empty=True)
    if next(numbered.walk(answer, "searchVO/catMap"), None) is None:
        return numbered.listing(response, INTERFACES)
    return _mixed(response, answer)


def _mixed(response: Response, answer: Any) -> Listing:
    """One page of all categories: the rows of every block. Asked until no block has any."""
    blocks = [block for name in BLOCKS for block in numbered.walk(answer, f"searchVO/catMap/{name}")]
    entries = tuple(
        entry
        for block in blocks
        for row in numbered.records(block, "listVO")
        if (entry := numbered.entry_of(LIBRARY, row, response.url))
    )
    total = sum(numbered.number(block.get("totalCount")) or 0 for block in blocks)
    counted = None if entries else total
    page = numbered.finished(LIBRARY, numbered.asked(response), entries, counted, None, answered=bool(blocks))
    return replace(page, total=total)
