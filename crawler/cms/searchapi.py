"""Site searches as lists (platforms.md §18), for columns that have no list of their own.

A channel is the search interface with the parameters that restrict it to the column (`cateid`, `siteId`, …) and set
the order by date; an empty keyword mostly works. A search may mix other sites in: the walk keeps to the site's hosts.
"""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

from scrapy.http import Response

from archive.records import Ask, Channel, Entry, Listing
from crawler.cms import numbered
from crawler.cms.numbered import Numbered

PRODUCTS = (
    Numbered(  # Hanweb jsearch: POST /jsearchfront/interfaces/cateSearch.do; rows are HTML, in two skins
        path=r"/(?:jsearchfront|jrobotfront)/interfaces/cateSearch\.do", page="form:p", size="form:pg",
        markup="result", total="total", send={"q": "", "pg": "12", "sortType": "2", "isContains": "0"},
        until="form:end", until_as="%Y%m%d",
    ),
    Numbered(  # Hanweb JPaaS: 15 a page
        path=r"/jpaas-jsearch-web-server/interface/search/info", page="query:p", size="query:pg",
        markup="data/searchResult/result", total="data/searchResult/total", send={"q": "", "pg": "15"},
    ),
    Numbered(  # Hanweb jrobot
        path=r"/(?:jrobot|jrobotfront)/search\.do", page="query:p", size="query:pg", markup=".",
        select="//*[contains(@class, 'jsearch-result-box')]", holder="jsearch-info-box", send={"q": "", "pg": "12"},
    ),
    Numbered(  # MIIT
        path=r"/search-front-server/api/search/info", page="query:p", size="query:pg",
        rows="data/searchResult/dataResults/*/data", date="jsearch_date|cdate", total="data/searchResult/total",
        send={"q": "", "pg": "15"},
    ),
    Numbered(  # Kaipu guestweb, counted from 0
        path=r"/(?:guestweb4|search4)/s\?", page="query:pageNum", first=0, size="query:pageSize", markup=".",
        select="//div[contains(@class, 'pubResultList')]", holder="totalNmu",
        send={"searchWord": "", "pageSize": "10", "orderBy": "0", "checkHandle": "1"},
    ),
    Numbered(  # TRS
        path=r"/trs-search/trssearch/v2/searchAll\.do", page="query:pageNum", size="query:pageSize",
        rows="data/data", url="docpuburl", date="docpubtime", stated={"source": "sourcename", "category": "chnldesc"},
        total="data/total",
        send={"searchTag": "all", "sort": "time", "position": "0", "pageSize": "10", "isAlways": "1"},
    ),
    Numbered(  # Epoint: `pn` is an offset in records
        path=r"/inteligentsearch/rest/esinteligentsearch/getFullTextDataNew", page="json:pn", offset=True,
        size="json:rn", rows="result/records", url="linkurl", date="showdate", stated={"category": "syscategory"},
        total="result/totalcount",
        send={"token": "", "pn": "0", "rn": "10", "wd": "", "fields": "title;content", "cl": 500, "noParticiple": "0"},
    ),
    Numbered(  # SolrSearch of Henan's cities: 8 a page
        path=r"/search/SolrSearch/searchData", page="form:offset", offset=True, size="form:limit", rows="rows",
        title="articleTitle", url="articleUri", date="articlePublishTime",
        stated={"source": "siteName", "category": "catalogName"}, pages="totalPage", send={"q": "", "limit": "8"},
    ),
    Numbered(  # Guangdong: 20 a page
        path=r"/api/search/all(?:\?|$)", page="form:page", size="20", rows="data/news/list", date="pub_time",
        stated={"source": "source"}, total="data/news/total",
        send={"keywords": "", "position": "title", "range": "site", "recommand": "1", "sort": "time"},
    ),
    Numbered(  # Hunan, counted from 0
        path=r"searching\.hunan\.gov\.cn/|/hunan/\d{9}/news", page="query:p", first=0, markup=".",
        select="//*[@id='hits']//li", holder="hits", send={"q": "", "timetype": "timeqb"},
    ),
    Numbered(  # the "pcRender" platform
        path=r"/search/pcRender", page="form:pNo", markup=".", select="//*[contains(@class, 'searchMod')]",
        send={"q": ""},
    ),
)  # fmt: skip


def recognise(response: Response) -> bool:
    return numbered.match(PRODUCTS, response.url) is not None


def first(channel: Channel) -> Ask:
    return numbered.first(channel, PRODUCTS)


def listing(response: Response) -> Listing:
    page = numbered.listing(response, PRODUCTS)
    return replace(page, entries=tuple(_unwrapped(entry) for entry in page.entries))


def _unwrapped(entry: Entry) -> Entry:
    """The address behind a counter: `visit/link.do?url=https%3A%2F%2F…&title=…`."""
    if not re.search(r"/visit/link\.do\?", entry.url):
        return entry
    return replace(entry, url=parse_qs(urlsplit(entry.url).query).get("url", [entry.url])[0])
