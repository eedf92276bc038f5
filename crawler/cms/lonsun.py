"""龙讯 Lonsun EX (platforms.md §5): disclosure lists `/public/column/…`, ordinary columns, and the label service.

A channel is the list page. Where the server renders the rows, `pageIndex` turns the page; where the page is a shell,
its script names the label, and the label service `/site/label/8888` answers the rows.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urljoin, urlsplit

from scrapy.http import Response

from archive.records import Ask, Channel, Listing
from crawler.cms import numbered
from crawler.cms.numbered import Numbered

RENDERED = Numbered(
    path=r"/(?:public|content)/column/\d+", page="query:pageIndex", markup=".", holder="page_public_info"
)
LABEL = Numbered(
    path=r"/site/label/\d+",
    page="query:pageIndex",
    size="query:pageSize",
    markup=".",
    holder="xxgk_nav|gk_list|暂无相关信息",
    send={
        "IsAjax": "1", "dataType": "html", "labelName": "publicInfoList", "pageSize": "15", "action": "list",
        "isDate": "true", "dateFormat": "yyyy-MM-dd", "result": "暂无相关信息",
    },
)  # fmt: skip
FULLTEXT = Numbered(  # the site search as JSON
    path=r"/site/label/\d+\?(?:.*&)?labelName=searchDataList",
    page="query:pageIndex",
    size="query:pageSize",
    rows="data/data",
    url="link",
    date="createDate",
    stated={"source": "resources"},
    total="data/total",
    pages="data/pageCount",
    send={"isJson": "true", "isForPage": "true", "pageSize": "10", "sort": "desc", "dateFormat": "yyyy-MM-dd"},
)
STATIC = Numbered(path=r"(?:/|\.s?html?)(?:\?|$)", page="query:pageIndex", markup=".")
INTERFACES = (FULLTEXT, LABEL, RENDERED, STATIC)
SIGNS = re.compile(
    r"/public/column/\d+|/public/content/\d+|/content/(?:article|column)/\d+|/site/label/8888|/site/tpl/\d+|"
    r"page_public_info|\bLs\.(?:pagination|ajax|lang)|\bj-fontContent\b|\bxxgk_navli?\b|\btable_suoyin\b"
)
WORDS = (  # of which each sign has one
    "/public/co", "/content/article/", "/content/column/", "/site/label/8888", "/site/tpl/", "page_public_info",
    "ls.pagination", "ls.ajax", "ls.lang", "j-fontcontent", "xxgk_navl", "table_suoyin",
)  # fmt: skip
# The label's parameters in the script of a shell; `file` is the template and different on every site.
PARAMETERS = ("labelName", "siteId", "organId", "type", "catId", "catIds", "cId", "pageSize", "action", "file",
              "length", "isDate", "dateFormat", "sortType", "isInvalid", "fromCode")  # fmt: skip
PARAMETER = r"""[?&{{,\s"']{}["']?\s*[:=]\s*["']?([^"'&,\s}}]+)"""
SITE = re.compile(r"""<meta[^<>]+name=["']SiteId["'][^<>]+content=["'](\d+)""", re.IGNORECASE)
COLUMN = re.compile(r"""/content/column/(\d+)\?pageIndex|\bcolumnId["']?\s*[:=]\s*["']?(\d+)""")


def recognise(response: Response) -> bool:
    return numbered.bears(response, WORDS, SIGNS)


def first(channel: Channel) -> Ask:
    return numbered.first(channel, INTERFACES)


def listing(response: Response) -> Listing:
    api = numbered.match(INTERFACES, response.url)
    page = numbered.listing(response, INTERFACES)
    if api not in (RENDERED, STATIC) or page.says_empty:
        return page
    if not page.entries:
        return _shell(response)
    return _from_static(page, response) if api is STATIC else page


def _shell(response: Response) -> Listing:
    """A list page without rows: the label's first page, with the parameters of the script that names it."""
    text = numbered.decoded(response)
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", text, re.DOTALL | re.IGNORECASE)
    named = next((script for script in scripts if "labelName" in script), "")
    stated = {name: match[1] for name in PARAMETERS if (match := re.search(PARAMETER.format(name), named))}
    if "file" not in stated or not ("siteId" in stated or SITE.search(text)):
        return Listing(entries=())  # another template's rows would come, or none
    column = re.search(r"/public/column/(\d+)", response.url)
    asked_for = {name: value for name, value in parse_qsl(urlsplit(response.url).query) if name in PARAMETERS}
    site = SITE.search(text)
    parameters = {
        **({"siteId": site[1]} if site else {}), **({"organId": column[1]} if column else {}), **asked_for, **stated
    }  # fmt: skip
    ask = numbered.opening(LABEL, urljoin(response.url, "/site/label/8888"), parameters, referer=response.url)
    return Listing((), next=ask, frame=True)


def _from_static(page: Listing, response: Response) -> Listing:
    """Page 1 of an ordinary column is a static file; the others are `/content/column/<id>?pageIndex=<k>`."""
    column = COLUMN.search(numbered.decoded(response))
    if not column or page.next is None or page.pages is None:
        return Listing(page.entries, page.total, page.pages)
    url = urljoin(response.url, f"/content/column/{column[1] or column[2]}?pageIndex=2")
    return Listing(page.entries, page.total, page.pages, Ask(url))
