"""开普 Kaipu / UCAP (platforms.md §6): static `<template>.shtml` lists, `/common/search/<channel id>`, and the
interfaces of Suzhou, Hunan, Hainan and the tax service, which are the same vendor's.

A channel is a list page or one of the interfaces. A list page without rows of its own names its channel id.
"""

from __future__ import annotations

import re
from urllib.parse import urljoin

from scrapy.http import Response

from archive.records import Ask, Channel, Listing
from crawler.cms import numbered
from crawler.cms.numbered import Numbered

_KEY = "domainMetaList/*/resultList/*/key={}/value"  # metadata stand as key–value pairs in groups
STATED = {
    "index_number": _KEY.format("indexnumber"),
    "document_number": _KEY.format("refno"),
    "publisher": _KEY.format("organ") + "|" + _KEY.format("publisher"),
    "written_on": _KEY.format("writedate"),
    "topic": _KEY.format("theme"),
    "keywords": _KEY.format("keyword"),
    "validity": _KEY.format("status"),
    "category": "channelName",
    "source": "source|" + _KEY.format("source"),
}
SEARCH = Numbered(  # GET /common/search/<id>; csrc spells it /searchList/<id>
    path=r"/(?:common/search|searchList)/[\w-]+",
    page="query:page",
    size="query:_pageSize",
    rows="data/results",
    date="publishedTimeStr|publishedTime",
    stated=STATED,
    total="data/total",
    send={"_isAgg": "true", "_isJson": "true", "_pageSize": "20", "_template": "index", "_rangeTimeGte": "",
          "_channelName": ""},
)  # fmt: skip
HUNAN = {  # published, newest first; without the two groups the answer is in no order
    "datas[0][key]": "status", "datas[0][value]": "4", "datas[0][join]": "and", "datas[0][queryType]": "term",
    "datas[1][key]": "publishedTime", "datas[1][sort]": "true", "datas[1][order]": "desc",
    "datas[1][queryType]": "term", "_pageSize": "20", "_isAgg": "true",
}  # fmt: skip
INTERFACES = (
    Numbered(  # POST https://api.hunan.gov.cn/search/common/search/<number>
        path=r"/search/common/search/\d+", page="form:page", size="form:_pageSize", rows="data/results",
        date="publishedTimeStr|publishedTime", stated=STATED, total="data/total", send=HUNAN,
    ),
    Numbered(  # the same as SEARCH, answered as HTML (Gansu)
        path=r"/(?:common/search|searchList)/.*_isJson=false", page="query:page", size="query:_pageSize",
        markup=".", select="//ul[@id='body']/li", holder=r"""<ul id=["']body["']""",
    ),
    SEARCH,
    Numbered(  # chinatax.gov.cn/chinatax/whmanuscriptList/n810755
        path=r"/whmanuscriptList/", page="query:page", size="query:_pageSize",
        markup=".", holder=r"""class=["']list""",
        send={"_isAgg": "0", "_pageSize": "20", "_template": "index", "_keyWH": "wenhao"},
    ),
    Numbered(  # POST chinatax.gov.cn/getFileListByCodeId
        path=r"/getFileListByCodeId", page="form:page", size="form:size", rows="results/data/results",
        date="publishedTimeStr", send={"codeId": "", "size": "20"},
    ),
    Numbered(  # fgk.chinatax.gov.cn: 0-based; it lists the signing date, not that of publication
        path=r"/search5/search/s", page="query:pageNum", first=0, size="query:pageSize",
        rows="searchResultAll/searchTotal", date="pubDate",
        stated={"document_number": "govDoc/docNum", "publisher": "pubName", "written_on": "cwrq", "category": "label",
                "summary": "shortContent", "source": "source"},
        total="searchResultAll/total",
        send={"siteCode": "bm29000002", "searchWord": "", "type": "0", "pageSize": "20", "cwrqStart": "", "cwrqEnd": "",
              "column": "政策法规", "likeDoc": "0", "wordPlace": "0", "orderBy": "5", "indexCode": "1",
              "searchSiteName": "GSFFK"},
        headers={"Referer": "https://fgk.chinatax.gov.cn/"},
    ),
    Numbered(  # suzhou.gov.cn: GET /szinf/info/getInfoCommon/?channelid=<32 hex>
        path=r"/szinf/info/getInfoCommon", page="query:currpage", size="query:pagesize", rows="infolist",
        url="link|url", date="pubtime", send={"pagesize": "15"},
    ),
    Numbered(  # suzhou.gov.cn: POST /szinf/xxgk/interfacesWebZcwj/loadData?pageSize=15
        path=r"/szinf/xxgk/interfacesWebZcwj/loadData", page="form:pageIndex", size="query:pageSize",
        rows="data/list", title="TITLE", url="URL", date="PUBLISHED_TIME_FORMAT",
        stated={"document_number": "C_WJBH", "index_number": "C_SYH", "written_on": "C_FWRQ_FORMAT"},
        total="data/allRow", pages="data/totalPage",
    ),
    Numbered(  # hainan.gov.cn: GET /u/search/wjk/rs
        path=r"/u/search/wjk/rs", page="query:curPage", size="query:PageSize", rows="page/list", date="pubDate",
        stated={"document_number": "c_wjbh"},
        send={"keywords": "", "docYear": "", "docName": "", "fwzh": "", "column": "undefined", "PageSize": "15"},
    ),
    Numbered(path=r"/(?:[\w-]+\.s?html?)?(?:\?|$)", page="path:{stem}_{k}", markup="."),  # list.shtml, list_2.shtml
)  # fmt: skip
SIGNS = re.compile(
    r"<UCAP(?:TITLE|CONTENT)|UCAP-CONTENT|/common/search/|/searchList/|/szinf/"
    r"|/c?\w+/\d{6}/(?:[0-9a-f]{32}|c\d+_[0-9a-f]+)\.shtml",
    re.IGNORECASE,
)
WORDS = ("<ucap", "ucap-content", "/common/search/", "/searchlist/", "/szinf/", ".shtml")  # of which each sign has one
CHANNEL = re.compile(  # var channelId = '<32 hex or number>' · <meta name="channelid" content="<32 hex>">
    r"""\bchannelId\s*[=:]\s*["']([0-9a-f]{32}|\d+)["']|<meta[^<>]+name=["']channelid["'][^<>]+content=["']([0-9a-f]{32})""",
    re.IGNORECASE,
)


def recognise(response: Response) -> bool:
    interface = any(re.search(api.path, response.url) for api in INTERFACES[:-1])
    return interface or numbered.bears(response, WORDS, SIGNS)


def first(channel: Channel) -> Ask:
    return numbered.first(channel, INTERFACES)


def listing(response: Response) -> Listing:
    page = numbered.listing(response, INTERFACES)
    if page.entries or page.says_empty or numbered.match(INTERFACES, response.url) is not INTERFACES[-1]:
        return page
    text = numbered.decoded(response)
    if not (named := CHANNEL.search(text)):
        return page
    path = "/searchList/" if "/searchList/" in text else "/common/search/"
    url = urljoin(response.url, path + (named[1] or named[2]))
    return Listing((), next=numbered.opening(SEARCH, url, {}, referer=response.url), frame=True)
