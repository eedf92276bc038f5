"""Interfaces that one site or one small product has (platforms.md §14.4–14.8), each with its address.

Only those are here whose answers are described well enough to be read; the others need a look at the live site.
"""

from __future__ import annotations

from scrapy.http import Response

from archive.records import Ask, Channel, Listing
from crawler.cms import numbered
from crawler.cms.numbered import Numbered

INTERFACES = (
    Numbered(  # Henan's "cac" CMS: the offset counts records, 20 or 30 a page as the template has it
        path=r"/viewCmsCac\.do", page="query:offset", offset=True, markup=".",
    ),
    Numbered(  # the same, loaded by script
        path=r"/getHtmlInDivNormal\.do", page="form:offset", offset=True, markup=".",
    ),
    Numbered(  # Ministry of Civil Affairs: the parameters are JSON inside the query
        path=r"/gdnps/searchIndex\.jsp", page="query:params/goPage", size="query:params/pageSize", rows="resultMap",
        url="/gdnps/content.jsp?id={id}", date="publishTime", total="total", send={"callback": "cb"},
    ),
    Numbered(  # 泽元 ZCMS
        path=r"/manager/zcms/catalog/\d+/pc/(?:index)?", page="path:{stem}_{k}", markup=".",
    ),
    Numbered(  # Heilongjiang province (old)
        path=r"/zwgk/publicInfo/searchFile", page="query:page", size="query:limit", rows="data/records",
        url="/zwgk/publicInfo/detail?id={id}", date="publishTime", total="data/total",
        send={"limit": "10", "total": "0"},
    ),
    Numbered(  # Binzhou
        path=r"/zfxxgk/api/news/listQuery", page="query:pageNo", size="query:pageSize", rows="result/records",
        url="/zfxxgk/news/html/?{id}.html", date="fbdate", stated={"publisher": "fwjg"}, total="result/total",
        pages="result/pages", send={"column": "fbdate", "order": "desc", "pageSize": "20"},
    ),
    Numbered(  # Langfang
        path=r"/GKNR/PageData", page="form:indexPage", size="form:pageSize", markup=".",
        send={"pageSize": "15", "menuId": "0"}, headers=numbered.XHR,
    ),
    Numbered(  # Shanxi market regulator
        path=r"/plugin/pager/pager\.jsp", page="query:page", size="query:pagesize", rows="list", title="s_title",
        url="s_url", date="d_fronttime", send={"pagesize": "12"},
    ),
    Numbered(  # Anhui health (old)
        path=r"/xxgk_data\.html", page="query:cp", markup=".", select="//*[contains(@class, 'lb')]//li",
    ),
    Numbered(  # Shanghai market regulator (old)
        path=r"/govInfoPub!toGovInfoPubList\.action", page="form:pageNo", markup=".",
        select="//*[contains(@class, 'table_list')]//tr",
    ),
    Numbered(  # National Financial Regulatory Administration: documents have an address by their number only
        path=r"/cbircweb/DocInfo/Select\w*DocByItemId\w*", page="query:pageIndex", size="query:pageSize",
        rows="data/rows", title="docSubtitle|docTitle", url="/cn/view/pages/ItemDetail.html?docId={docId}",
        date="publishDate", total="data/total", send={"pageSize": "18"},
    ),
    Numbered(path=r"/gova/\w+\.php", page="query:page", markup="."),  # Changzhou
    Numbered(path=r"/list/[0-9a-f]{32}\.html", page="query:page", markup="."),  # Suining
)  # fmt: skip


def recognise(response: Response) -> bool:
    return numbered.match(INTERFACES, response.url) is not None


def first(channel: Channel) -> Ask:
    return numbered.first(channel, INTERFACES)


def listing(response: Response) -> Listing:
    return numbered.listing(response, INTERFACES)
