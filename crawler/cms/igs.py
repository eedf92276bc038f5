"""TRS IGS (platforms.md §7.4): policy libraries and lists behind `/igs/front/`.

A channel is the interface itself with its constants (`code` or `index`, `siteId`, filters), in the URL or as options:
    url = "http://www.gxzf.gov.cn/igs/front/search/list.html"
    index = "file2-index-alias"
    "filter[AVAILABLE]" = "true"
"""

from __future__ import annotations

from scrapy.http import Response

from archive.records import Ask, Channel, Listing
from crawler.cms import numbered
from crawler.cms.numbered import Numbered

# Dates look like 2024-04-01T00:00:00.000Z and are China's dates all the same. Tianjin names its fields in pinyin.
# IdxID is no index number (one site joins it to CHNLDESC to make the document number), so it is not read.
TITLE, URL = "DOCTITLE|title|BT", "DOCPUBURL|url"
DATE = "PUBDATE|FBRQ|DOCRELTIME|docreltime|trs_time"
STATED = {
    "document_number": "fileNum|FWZH",
    "publisher": "publisher|FWJG_name|dept",
    "category": "CHNLDESC",
    "genre": "WZFL_name",
    "validity": "Effectivestate",
}
INTERFACES = (
    Numbered(  # Nanjing; asks for pageIndex, obeys pageNumber
        path=r"/igs/front/search/publish/data/list\.html", page="query:pageNumber", size="query:pageSize",
        rows="rows", title=TITLE, url=URL, date=DATE, stated=STATED, total="total",
        send={"pageSize": "20", "orderProperty": "DOCRELTIME", "orderDirection": "desc", "pageIndex": "1"},
    ),
    Numbered(
        path=r"/igs/front/search/list\.html", page="query:pageNumber", size="query:pageSize",
        rows="page/content", title=TITLE, url=URL, date=DATE, stated=STATED,
        total="page/totalElements", pages="page/totalPages",
        send={"pageSize": "10", "orderProperty": "PUBDATE", "orderDirection": "desc"},
    ),
    Numbered(
        path=r"/igs/front/search\.jhtml", page="query:pageNumber", size="query:pageSize",
        rows="page/content", title=TITLE, url=URL, date=DATE, stated=STATED,
        total="page/totalElements", pages="page/totalPages",
        send={"pageSize": "10", "searchWord": "", "orderBy": "time"},
    ),
)  # fmt: skip


def recognise(response: Response) -> bool:
    return "/igs/front/" in numbered.signs(response)


def first(channel: Channel) -> Ask:
    return numbered.first(channel, INTERFACES)


def listing(response: Response) -> Listing:
    return numbered.listing(response, INTERFACES)
