"""TRS columns: every spelling of the pager call, names of the pages, relative links, the Avalon model."""

from __future__ import annotations

import json
from urllib.parse import parse_qs

import pytest
from scrapy.http import HtmlResponse, Request, Response, TextResponse

from archive.records import Ask, Channel, Entry, Listing
from crawler.cms import recognise, trs

BASE = "http://fgj.yunshan.gov.cn/zwgk/tzgg/"
ROWS = "".join(
    f'<li><a href="./202401/t2024010{n}_{n}.html" title="云山县发展和改革局关于第{n}批项目的通知">'
    f"云山县发展和改革局…</a><span>2024-01-0{n}</span></li>"
    for n in range(1, 6)
)


def column(pager: str, url: str = BASE) -> HtmlResponse:
    body = f"<html><body><ul class='list'>{ROWS}</ul><div class='page'><script>{pager}</script></div></body></html>"
    return HtmlResponse(url, body=body.encode())


CALLS = {
    'createPageHTML(25, 0, "index", "html");': (25, "index_1.html"),
    'createPageHTML("25",0,"index","html")': (25, "index_1.html"),
    "createPageHTML(25, 3, 'list', 'shtml')": (25, "list_4.shtml"),
    'createPageHTML(500, 25, 0, "index_bm", "htm");': (25, "index_bm_1.htm"),  # records first
    'createPage(34, 0, "index", "html"); function createPage(_nPageCount, _nCurrIndex) {}': (34, "index_1.html"),
    'var countPage = 12//共多少页\nvar currentPage = 0;\ns = "index_" + n + ".htm";': (12, "index_1.htm"),
    'var countPage = 9; document.write("<a href=\'index_7206_" + 1 + ".shtml\'>");': (9, "index_7206_1.shtml"),
    "Pager({size:4, current:0, prefix:'index',suffix:'html',visible:5})": (4, "index_1.html"),
    "Pager({size:1, current:0, prefix:'index',suffix:'html'})": (1, None),
    'var totalData = 95, showData = 20; var u = "index_pc_" + n + ".html";': (5, "index_pc_2.html"),
    'var countPage = 6; load("index_8597_1.shtml");': (6, "index_8597_1.shtml"),
    'createPageHTML(25, 24, "index", "html")': (25, None),
    'createPageHTML(0, 0, "index", "html")': (None, None),  # a page without rows, or a broken count
    "createPageHTML('page_div',12, 1,'list','shtml',234);": (12, "list_2.shtml"),  # Kaipu names its element first
    '<!--\ncreatePageHTML(9, 0, "index", "html");\n//-->': (9, "index_1.html"),  # hidden from browsers of old
    '//createPageHTML(3, 0, "index", "html");\ncreatePageHTML(9, 0, "index", "html");': (9, "index_1.html"),
    "{ currentPage:parseInt('0')+1, countPage:parseInt('3'), PAGE_NAME:'index' }": (3, "index_1.html"),
    "var currentPage=0; var countPage=3;": (3, "index_1.html"),  # nothing says how pages end: as the articles do
}
COUNTED = {  # what a call ends with → the records
    'createPageHTML(17, 0,"index", "shtml", "black2", 250);': 250,
    'createPageHTML(55,0, "index","shtml","1089");': 1089,
    "createPageHTML('page_div',12, 1,'list','shtml',234);": 234,
    "createPageHTML('paging',25,1,'index','html',500);": 500,
    'createPageHTML(17, 0,"index", "shtml", "black2", 5);': None,  # no count of 17 pages
    'createPageHTML(25, 0, "index", "html");': None,
}


@pytest.mark.parametrize("call", CALLS)
def test_every_pager_call(call: str) -> None:
    pages, name = CALLS[call]
    listing = trs.listing(column(call))
    assert listing.pages == pages
    assert (listing.next.url if listing.next else None) == (BASE + name if name else None)


@pytest.mark.parametrize("call", COUNTED)
def test_a_call_may_end_with_the_records(call: str) -> None:
    assert trs.listing(column(call)).total == COUNTED[call]


def test_a_call_in_a_comment_turns_nothing() -> None:
    stale = "<!-- <script>createPageHTML(3, 0, 'index', 'html')</script> --><script>var countPage = 1</script>"
    response = HtmlResponse(BASE, body=f"<html><body><ul>{ROWS}</ul>{stale}</body></html>".encode())
    assert (trs.listing(response).pages, trs.listing(response).next) == (1, None)


def test_pages_end_as_the_articles_do() -> None:
    body = column("var currentPage=0; var countPage=3;").text.replace(".html", ".shtml")
    assert trs.listing(HtmlResponse(BASE, body=body.encode())).next == Ask(BASE + "index_1.shtml")


def test_links_start_from_the_directory_of_the_list() -> None:
    expected = Entry("云山县发展和改革局关于第1批项目的通知", BASE + "202401/t20240101_1.html", "2024-01-01")
    for url in (BASE, BASE + "index.html", BASE.rstrip("/")):
        listing = trs.listing(column('createPageHTML(2, 0, "index", "html")', url))
        assert listing.entries[0] == expected
        assert listing.next
        assert listing.next.url == BASE + "index_1.html"


def test_a_column_is_asked_for_as_a_directory() -> None:
    assert trs.first(Channel("fgj", "tzgg", BASE.rstrip("/"))).url == BASE


def test_pages_that_are_numbered_from_one() -> None:
    listing = trs.listing(column("$('.pages').pagination({totalData: 34, showData: 15})", BASE + "index_pc_2.html"))
    assert (listing.total, listing.pages) == (34, 3)
    assert listing.next
    assert listing.next.url == BASE + "index_pc_3.html"


def test_records_first_says_the_total() -> None:
    assert trs.listing(column('createPageHTML(500, 25, 0, "index", "html");')).total == 500


def test_page_by_page() -> None:
    """A walk asks for index_1 … index_4 and ends, whether the call counts or only the file name."""
    for call in ('createPageHTML(5, {n}, "index", "html")', "var countPage = 5;"):
        asked, ask = [], trs.first(Channel("fgj", "tzgg", BASE))
        following: Ask | None = ask
        while following:
            asked.append(following.url.removeprefix(BASE))
            following = trs.listing(column(call.replace("{n}", str(len(asked) - 1)), following.url)).next
        assert asked == ["", "index_1.html", "index_2.html", "index_3.html", "index_4.html"]


def test_recognised_by_pager_and_links_or_by_address() -> None:
    assert recognise(column('createPageHTML(25, 0, "index", "html");')) == "trs"
    assert recognise(HtmlResponse(BASE + "202401/t20240105_123.html", body="<p>正文</p>".encode())) == "trs"
    assert not trs.recognise(HtmlResponse(BASE, body=b"<div class='TRS_Editor'>x</div>"))  # survives migrations


# --- the Avalon model ------------------------------------------------------------------------------------------

MODEL = """<script>var SiteInfo = { searchId: 200210 };
var pageChnlInfo={ quickMode:"动静结合", maxStaticIndex: 2, classsql: "" || "chnlid=627", recordCount:'%s',
  sortfield:'-docorderpri,-docreltime', prepage:5 }
require(['list2.trsapi'], function(listModel) { listModel({ quickMode:pageChnlInfo.quickMode,
  listArgs: { channelid: SiteInfo.searchId, classsql: pageChnlInfo.classsql },
  listApi: { url: "/fjdzapp/search" } }) })</script>"""
DYNAMIC = """<script>var SiteInfo = { searchId: 200210 };
var classsql = "(parentid,chnlid+=1823,1846)"; if('%s' == '管委会文件'){ } else { classsql= "" || "chnlid=1728"; }
listModel({ quickMode: "动态", listArgs: { channelid: SiteInfo.searchId, classsql: classsql, sortfield: "-pubdate" },
  pagebar: { prepage: 10 } })</script>"""
SIDE = "<ul>" + "".join(f"<li><a href='../n{n}/'>法定主动公开内容第{n}项目录</a></li>" for n in range(7)) + "</ul>"
TEMPLATE = """<div ms-visible='!showStatic'><p ms-if='error'>暂无数据</p>
<li ms-repeat='list'><a ms-attr-href='u'></a></li></div>"""


def avalon(script: str, blocks: int) -> HtmlResponse:
    block = "<div ms-visible='$showStatic({})'><ul>{}</ul></div>"
    static = "".join(block.format(1 + 5 * n, _five(5 * n)) for n in range(blocks))
    return HtmlResponse(BASE, body=f"<html><body>{SIDE}{static}{TEMPLATE}{script}</body></html>".encode())


def _five(first: int) -> str:
    row = "<li><a href='./202401/t20240105_{0}.htm'>{0}号规划公示稿件</a><em></em><span>2024-01-05</span></li>"
    return "".join(row.format(first + n) for n in range(5))


def answer(ask: Ask, listed: int, pages: int) -> Response:
    rows = [
        {"doctitle": f"关于第{n}号规划的公示", "docpuburl": f"{BASE}202301/t20230105_{n}.htm", "fileno": "云规1号",
         "pubdate": "2023-01-05 10:00:00"} for n in range(100, 100 + listed)
    ]  # fmt: skip
    request = Request(ask.url, method=ask.method, body=ask.body or "", meta={"state": dict(ask.state)})
    return TextResponse(ask.url, request=request, body=json.dumps({"data": rows, "pageCount": pages}).encode())


def test_static_pages_then_the_interface() -> None:
    listing = trs.listing(avalon(MODEL % 17, 2))
    assert (len(listing.entries), listing.total, listing.pages) == (10, 17, 4)
    ask = listing.next
    assert ask
    assert (ask.method, ask.url) == ("POST", "http://fgj.yunshan.gov.cn/fjdzapp/search")
    assert parse_qs(ask.body or "") == {
        "channelid": ["200210"], "classsql": ["chnlid=627"], "sortfield": ["-docorderpri,-docreltime"],
        "prepage": ["5"], "page": ["3"],
    }  # fmt: skip
    third = trs.listing(answer(ask, 5, 4))
    assert (third.total, third.pages) == (17, 4)
    assert third.entries[0].stated == {"document_number": "云规1号"}
    assert third.next
    assert "page=4" in (third.next.body or "")
    assert trs.listing(answer(third.next, 2, 4)).next is None


def test_a_column_that_is_all_static() -> None:
    listing = trs.listing(avalon(MODEL % 10, 2))
    assert (len(listing.entries), listing.next) == (10, None)


def test_a_column_without_entries_asks_where_the_site_file_says() -> None:
    page = avalon(DYNAMIC % "土地管理", 0)
    assert trs.listing(page) == Listing(entries=())  # it names no interface: nothing is guessed
    state = {"state": dict(trs.first(Channel("fgj", "td", BASE, options={"search": "/fjdzapp/search"})).state)}
    listing = trs.listing(page.replace(request=Request(BASE, meta=state)))
    assert listing.frame
    assert listing.next
    assert parse_qs(listing.next.body or "")["classsql"] == ["chnlid=1728"]


def test_a_query_worked_out_elsewhere_is_not_guessed() -> None:
    asked = Request(BASE, meta={"state": {"search": "/fjdzapp/search"}})
    page = avalon(DYNAMIC % "管委会文件", 0).replace(request=asked)
    assert trs.listing(page) == Listing(entries=())
