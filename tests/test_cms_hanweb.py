"""Hanweb columns against a small JCMS that answers as the hosts do: groups of three screens, either calling form,
parameters that are ignored, placeholder totals, the array dialect, the classic catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from urllib.parse import parse_qsl, urlsplit

import pytest
from scrapy.http import HtmlResponse, Request, Response, TextResponse

from archive.records import Ask, Channel, Entry, Listing
from crawler.cms import hanweb, recognise

HOST = "http://www.yunshan.gov.cn"
COLUMN = f"{HOST}/col/col90001/index.html"
PROXY = "/module/web/jpage/dataproxy.jsp"
LINK = f"{PROXY}?page={{page}}&appid=1&webid=9&path=/&columnid=90001&unitid=700001&webname=%E4%BA%91&permissiontype=0"
AJAX = "{col:1,appid:'1',webid:9,path:'/',columnid:90001,sourceContentType:1,unitid:'700001',webname:'云山',p:0}"
SCREEN, GROUP = 5, 15


def entry(n: int) -> Entry:
    title = f"云山县人民政府办公室关于印发第{n}号工作方案的通知"
    return Entry(title, f"{HOST}/art/2024/1/{n % 28 + 1}/art_90001_{n}.html", f"2024-01-{n % 28 + 1:02}")


def record(n: int) -> str:
    one = entry(n)
    link = f"<a href='{one.url.removeprefix(HOST)}'title='{one.title}'target=\"_blank\">{one.title[:12]}...</a>"
    day = (one.date or "").replace("-", "-\n")
    return f"<record><![CDATA[\n<li><span class='dot'>·</span>{link}<span>{day}</span></li>]]></record>\n"


@dataclass
class Jcms:
    """A host: how many records it holds, which forms its pages print, what it ignores, what page=1 means to it."""

    total: int
    prints: str = "both"
    obeys: str = "both"
    first_page: int = 1
    says_total: bool = True
    deep: int | None = None  # pages beyond it answer with nothing

    def answer(self, ask: Ask) -> Response:
        """What the host sends to a request, with that request."""
        asked = {**dict(parse_qsl(urlsplit(ask.url).query)), **dict(parse_qsl(ask.body or ""))}
        text = self.column() if ask.url == COLUMN else self.group(asked)
        request = Request(ask.url, method=ask.method, body=ask.body or "", meta={"state": dict(ask.state)})
        return TextResponse(ask.url, request=request, body=text.encode(), headers={"Content-Type": "text/html"})

    def column(self) -> str:
        variable = f"var param_700001 = {AJAX};" if self.prints != "page" else ""
        argument = ",ajaxParam:param_700001" if variable else ""
        call = "$('#700001').jpage({themeName:'default',totalRecord:%d,%sgroupSize:3,proxyUrl:'%s',perPage:%d%s});"
        store = "dataStore:$('#700001').children('script').html(),"
        calls = call % (1000, "", PROXY, SCREEN, argument) + call % (self.total, store, PROXY, SCREEN, argument)
        island = f"<div id=\"700001\"><script type='text/xml'>{self.store(0, GROUP, '', 1)}</script></div>"
        return f"<html><body>{island}<script>{variable} {calls}</script></body></html>"

    def group(self, asked: dict[str, str]) -> str:
        start, window = 0, GROUP
        if "startrecord" in asked and self.obeys in ("both", "offset"):
            start, window = int(asked["startrecord"]) - 1, int(asked["endrecord"]) - int(asked["startrecord"]) + 1
        elif "page" in asked and self.obeys in ("both", "page"):
            start = (int(asked["page"]) - self.first_page) * GROUP
        if self.deep is not None and start >= self.deep:
            return "<datastore><recordset></recordset></datastore>"
        totals = f"<totalrecord>{self.total}</totalrecord><totalpage>{-(-self.total // SCREEN)}</totalpage>"
        return self.store(start, window, totals if self.says_total else "", start // GROUP + 1)

    def store(self, start: int, window: int, totals: str, page: int) -> str:
        link = f'<nextgroup><![CDATA[<a href="{escape(LINK.format(page=page))}"></a>]]></nextgroup>'
        records = "".join(record(n) for n in range(start, min(start + window, self.total)))
        named = link if self.prints != "offset" else ""
        return f"<datastore>{named}{totals}<recordset>{records}</recordset></datastore>"


def walk(host: Jcms) -> Iterator[tuple[Ask, Listing]]:
    ask: Ask | None = hanweb.first(Channel("yunshan", "zcwj", COLUMN))
    for _ in range(40):
        if ask is None:
            return
        listing = hanweb.listing(host.answer(ask))
        yield ask, listing
        ask = listing.next
    pytest.fail("the walk does not end")


HOSTS = {
    "one group": (Jcms(total=9), 1),
    "a whole group": (Jcms(total=15), 1),
    "offset form": (Jcms(total=52, prints="offset"), 4),
    "both printed": (Jcms(total=52), 4),
    "page form, page=1 is the next group": (Jcms(total=52, prints="page", first_page=0), 4),
    "page form, page=1 is the first group": (Jcms(total=52, prints="page"), 5),
    "startrecord is ignored": (Jcms(total=52, obeys="page", first_page=0), 5),
    "startrecord is ignored, page=1 is the first group": (Jcms(total=52, obeys="page"), 6),
    "answers without totals": (Jcms(total=52, says_total=False), 4),
}


@pytest.mark.parametrize("name", HOSTS)
def test_a_walk_reads_every_record(name: str) -> None:
    host, requests = HOSTS[name]
    asked = list(walk(host))
    found = [one for _, listing in asked for one in listing.entries]
    assert found == [entry(n) for n in range(host.total)]
    assert len(asked) == requests
    assert {listing.total for _, listing in asked} == {host.total}


def test_a_walk_goes_on_from_the_ledger() -> None:
    """What the next request needs travels in the Ask as JSON, so any answer can be read on its own."""
    host = Jcms(total=52, prints="page", first_page=0)
    second = [ask for ask, _ in walk(host)][2]
    assert hanweb.listing(host.answer(second)).entries[0] == entry(30)


def test_an_answer_without_records_ends_the_walk_without_closing_the_count() -> None:
    listings = [listing for _, listing in walk(Jcms(total=100, deep=30))]
    assert listings[-1] == Listing(entries=(), total=100, pages=20)


def test_a_host_that_ignores_both_forms_repeats_nothing() -> None:
    asked = list(walk(Jcms(total=52, obeys="nothing")))
    assert [one for _, listing in asked for one in listing.entries] == [entry(n) for n in range(GROUP)]
    assert len(asked) <= 4


def test_the_offset_request_is_that_of_the_page_script() -> None:
    listing = hanweb.listing(Jcms(total=52).answer(Ask(COLUMN)))
    ask = listing.next
    assert ask
    assert (listing.total, listing.pages) == (52, 11)  # not the placeholder 1000
    assert (ask.method, ask.url) == ("POST", f"{HOST}{PROXY}?startrecord=16&endrecord=30&perpage=5")
    assert ask.body == (
        "col=1&appid=1&webid=9&path=%2F&columnid=90001&sourceContentType=1&unitid=700001"
        "&webname=%E4%BA%91%E5%B1%B1&p=0"
    )
    assert ask.headers["Referer"] == COLUMN
    assert ask.headers["X-Requested-With"] == "XMLHttpRequest"


def test_the_next_group_link_is_used_verbatim() -> None:
    """Central sites put encrypted blobs into columnid and unitid."""
    blob = LINK.replace("90001", "Ab%2BcD%3D%3D").format(page=1)
    text = Jcms(total=52, prints="page").column().replace(escape(LINK.format(page=1)), escape(blob))
    listing = hanweb.listing(HtmlResponse(COLUMN, body=text.encode()))
    assert listing.next
    assert (listing.next.method, listing.next.url) == ("GET", HOST + blob)


def test_of_several_units_the_one_of_the_column_counts() -> None:
    records = "".join(record(n) for n in range(200, 230))
    link = escape(LINK.format(page=1).replace("90001", "80000").replace("700001", "800001"))
    group = f'<nextgroup><![CDATA[<a href="{link}"></a>]]></nextgroup>'
    page = f"<script type='text/xml'><datastore>{group}<recordset>{records}</recordset></datastore></script>"
    text = page + Jcms(total=9).column()
    assert len(hanweb.listing(HtmlResponse(COLUMN, body=text.encode())).entries) == 9
    assert len(hanweb.listing(HtmlResponse(f"{HOST}/col/col80000/index.html", body=text.encode())).entries) == 30


ROWS = {
    "table row": "<tr><td><a href='{url}'>关于示例事项的公告</a></td><td>[2023-11-02]</td></tr>",
    "several spans, the date last": "<li><a href='{url}'>关于示例事项的公告</a>"
    "<span>99000001X/2023-00012</span><span>云政办〔2023〕12号</span><span>2023-11-02</span></li>",
    "bold date": "<a href='{url}'>关于示例事项的公告</a><b>2023-11-02</b>",
    "paragraph": "<p class='lb-list'><a href='{url}'>关于示例事项的公告</a><span>2023-11-02</span></p>",
    "hash address": "<li><a href='{url}' title='关于示例事项的公告'>关于示例…</a>2023年11月2日</li>",
}


@pytest.mark.parametrize("row", ROWS)
def test_records_of_every_make(row: str) -> None:
    made = ROWS[row].format(url="/art/2023/11/2/art_1_5.html")
    text = f"<datastore><recordset><record><![CDATA[{made}]]></record></recordset></datastore>"
    listing = hanweb.listing(TextResponse(HOST + PROXY, body=text.encode()))
    assert listing.entries == (Entry("关于示例事项的公告", f"{HOST}/art/2023/11/2/art_1_5.html", "2023-11-02"),)


ARRAYS = """<script language="javascript">var i=0;
urls[i]='/art/2021/3/5/art_1001_2001.html';headers[i]="关于许可事项的通告";year[i]='2021';month[i]='03';day[i]='05';i++;
urls[i] = '/art/2021/2/18/art_1001_1998.html';headers[i] = "名单\\"公示\\"";
year[i] = '2021';month[i] = '02';day[i] = '18';i++;
</script>"""


def test_the_array_dialect_holds_the_whole_list() -> None:
    response = HtmlResponse(COLUMN, body=ARRAYS.encode())
    assert recognise(response) == "hanweb"
    assert hanweb.listing(response) == Listing(
        (
            Entry("关于许可事项的通告", f"{HOST}/art/2021/3/5/art_1001_2001.html", "2021-03-05"),
            Entry('名单"公示"', f"{HOST}/art/2021/2/18/art_1001_1998.html", "2021-02-18"),
        ),
        total=2,
        pages=1,
    )


# --- /module/xxgk/ ---------------------------------------------------------------------------------------------

TREE = "/module/xxgk/tree.jsp?divid=div90001&area=11370000MB284723XW-ZF&jdid=62&rootName=&standardXxgk=1"
SHELL = f'<div id="div90001"></div><script src="{TREE}"></script>'
CATALOGUE = """<table><tr><td>索引号</td><td>名称</td><td>日期</td></tr>
<tr class="tr_main_value_odd"><td>1</td><td><a href="/art/2024/1/8/art_90001_25.html"
 mc="云山县人民政府关于示例的意见" title="云山县人民政府关于示例的意见"
 syh="99000001X/2024-00003" rq="2024-01-08" wh="云政发〔2024〕1号">
云山县人民政府…</a></td>
<td>2024-01-08</td></tr>
<tr class="tr_main_value_even"><td>2</td><td><a class="bt_link" href="/art/2024/1/5/art_80000_24.html"
 mc="云山县人民政府办公室关于转发规定的通知" syh="99000001X/2024-00002" rq="2024-01-05" wh="">
云山县人民政府办公室…</a></td>
<td>2024-01-05</td></tr>
<tr><td colspan="3" align="right">&nbsp;第1页&nbsp;&nbsp;共12页&nbsp;&nbsp;共230条
<a href="javascript:toPage(2)">下一页</a></td></tr>
</table>"""


def xxgk(ask: Ask, text: str = CATALOGUE) -> Response:
    request = Request(ask.url, method=ask.method, body=ask.body or "", meta={"state": dict(ask.state)})
    return HtmlResponse(ask.url, request=request, body=text.encode())


def test_a_catalogue_is_asked_for_what_its_column_page_says() -> None:
    listing = hanweb.listing(HtmlResponse(COLUMN + "?number=B0303", body=SHELL.encode()))
    assert listing.frame
    assert listing.next
    asked = dict(parse_qsl(listing.next.body or "", keep_blank_values=True))
    assert listing.next.method == "POST"
    assert urlsplit(listing.next.url).path == "/module/xxgk/search.jsp"
    assert "standardXxgk=1" in listing.next.url
    said = [asked[name] for name in ("area", "infotypeId", "jdid", "divid", "currpage")]
    assert said == ["11370000MB284723XW-ZF", "B0303", "62", "div90001", "1"]


def test_a_catalogue_without_organisation_and_category_asks_nothing() -> None:
    text = '<div id="div1"></div><script src="/module/xxgk/tree.jsp?divid=div1&area=&rootName="></script>'
    assert hanweb.listing(HtmlResponse(COLUMN, body=text.encode())) == Listing(entries=())


def test_rows_of_the_catalogue_state_their_index() -> None:
    shell = hanweb.listing(HtmlResponse(COLUMN + "?number=B0303", body=SHELL.encode()))
    assert shell.next
    listing = hanweb.listing(xxgk(shell.next))
    assert [one.title for one in listing.entries] == [
        "云山县人民政府关于示例的意见",
        "云山县人民政府办公室关于转发规定的通知",
    ]
    assert listing.entries[0].stated == {
        "index_number": "99000001X/2024-00003",
        "document_number": "云政发〔2024〕1号",
        "published_on": "2024-01-08",
    }
    assert listing.entries[1].stated == {"index_number": "99000001X/2024-00002", "published_on": "2024-01-05"}
    assert (listing.total, listing.pages) == (230, 12)
    assert listing.next
    assert "currpage=2" in listing.next.url
    assert "currpage=2" in (listing.next.body or "")


def test_a_get_catalogue_turns_its_pages_in_the_address() -> None:
    url = f"{HOST}/module/xxgk/search.jsp?area=&infotypeId=A02&currpage=12&sortfield=compaltedate:0"
    listing = hanweb.listing(HtmlResponse(url, body=CATALOGUE.encode()))
    assert listing.next is None  # the twelfth of twelve
    first = hanweb.listing(HtmlResponse(url.replace("=12&", "=3&"), body=CATALOGUE.encode()))
    assert first.next
    assert "currpage=4" in first.next.url


def test_the_site_file_may_keep_one_column_of_a_region() -> None:
    url = f"{HOST}/module/xxgk/search.jsp?infotypeId=&currpage=1"
    channel = Channel("yunshan", "a", url, options={"column": "90001"})
    listing = hanweb.listing(xxgk(hanweb.first(channel)))
    assert [one.url for one in listing.entries] == [f"{HOST}/art/2024/1/8/art_90001_25.html"]


def test_a_column_that_lists_its_links_in_plain_html() -> None:
    row = "<li><a href='{0.url}'>{0.title}</a><span>{0.date}</span></li>"
    rows = "".join(row.format(entry(n)) for n in range(6))
    listing = hanweb.listing(HtmlResponse(COLUMN, body=f"<body><ul>{rows}</ul></body>".encode()))
    assert listing.entries == tuple(entry(n) for n in range(6))


def test_recognised_by_what_the_page_prints() -> None:
    assert recognise(HtmlResponse(COLUMN, body=Jcms(total=9).column().encode())) == "hanweb"
    assert recognise(HtmlResponse(COLUMN, body=SHELL.encode())) == "hanweb"
    assert recognise(HtmlResponse(f"{HOST}/art/2024/3/5/art_1_2.html", body=b"<p>x</p>")) == "hanweb"
    assert not hanweb.recognise(HtmlResponse(f"{HOST}/tzgg/", body=b"<p>x</p>"))


def test_a_bookmarked_page_is_the_column() -> None:
    assert hanweb.first(Channel("yunshan", "a", COLUMN + "?uid=700001&pageNum=2")).url == COLUMN
