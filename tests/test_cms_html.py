"""The fallback reads any list: rows of every make, dates in every form, every pager, and nothing that is no row."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote_plus

import pytest
from scrapy.http import HtmlResponse, Request, TextResponse

from archive.records import Ask, Channel, Entry, Listing
from crawler.cms import counts, family, html, pager, recognise, rows
from crawler.reading import read

URL = "http://www.yunshan.gov.cn/zwgk/tzgg/index.html"
BASE = "http://www.yunshan.gov.cn/zwgk/tzgg/"
NAMES = (
    "云山县人民政府关于印发防汛应急预案的通知",
    "云山县2023年政府信息公开工作年度报告",
    "关于征求城市供水管理办法意见的公告",
    "云山县教育局关于义务教育招生工作的意见",
    "关于公布行政规范性文件清理结果的决定",
    "云山县国有土地使用权挂牌出让公告",
)
DAYS = ("2024-03-05", "2024-02-28", "2024-02-01", "2023-12-31", "2023-11-09", "2023-10-10")
NAVIGATION = """<div class="nav"><ul><li><a href="/">首页</a></li><li><a href="/zwgk/">政务公开</a></li>
<li><a href="/zwfw/">政务服务</a></li><li><a href="/hdjl/">互动交流</a></li><li><a href="/sjfb/">数据发布</a></li>
<li><a href="/zjys/">走进云山</a></li></ul></div>"""
HOT = """<div class="right-side"><h3>热点信息</h3><ul class="hot-list">
<li><a href="/xwdt/202403/t20240309_900.html">全县春季农业生产工作推进会议召开</a><span>2024-03-09</span></li>
<li><a href="/xwdt/202403/t20240308_901.html">县领导调研重点项目建设进展情况</a><span>2024-03-08</span></li>
<li><a href="/xwdt/202403/t20240307_902.html">我县举办庆祝国际妇女节主题活动</a><span>2024-03-07</span></li>
</ul></div>"""
FOOTER = """<div class="footer"><div class="links"><a href="http://www.gov.cn/">中国政府网</a>
<a href="http://www.example.gov.cn/">示例省人民政府门户网站</a>
<a href="http://rst.example.gov.cn/">示例省人力资源和社会保障厅</a>
<a href="http://jyt.example.gov.cn/">示例省教育厅门户网站</a></div>
<p>网站标识码：9900000001 备案号：京ICP备12345678号</p></div>"""


def page(main: str, *, url: str = URL, around: bool = True) -> HtmlResponse:
    """A column page of a portal: the list among navigation, a hot list and friend links."""
    body = f"{NAVIGATION}<div class='wrap'><div class='main'>{main}</div>{HOT}</div>{FOOTER}" if around else main
    return HtmlResponse(url, body=f"<html><head><title>通知公告</title></head><body>{body}</body></html>".encode())


def listed(main: str, *, url: str = URL) -> Listing:
    return html.listing(page(main, url=url))


def rows_of(row: str, days: tuple[str, ...] = DAYS) -> str:
    cells = zip(range(len(NAMES)), NAMES, days, strict=True)
    return "".join(
        row.format(n=n, name=name, day=day, d=day[8:], ym=day[:7], md=day[5:], y=day[:4]) for n, name, day in cells
    )


EXPECTED = tuple(Entry(name, f"{BASE}art_{n}.html", day) for n, (name, day) in enumerate(zip(NAMES, DAYS, strict=True)))

MAKES = {
    "list items": "<ul>{rows}</ul>|<li><a href='art_{n}.html'>{name}</a><span>{day}</span></li>",
    "date before the title": "<ul>{rows}</ul>|<li><span>[{day}]</span><a href='art_{n}.html'>{name}</a></li>",
    "date in round brackets": "<ul>{rows}</ul>|<li><a href='art_{n}.html'>· {name}</a>({day})</li>",
    "date with time": "<ul>{rows}</ul>|<li><a href='art_{n}.html'>{name}</a><i>{day} 17:08:33</i></li>",
    "date inside the link": "<ul>{rows}</ul>|<li><a href='art_{n}.html'><em>{day}</em><p>{name}</p></a></li>",
    "date at the end of the link": "<ul>{rows}</ul>|<li><a href='art_{n}.html'>{name} [{day}]</a></li>",
    "split cells": "<ul>{rows}</ul>"
    "|<li><div class='d'><b>{d}</b><i>{ym}</i></div><a href='art_{n}.html'>{name}</a></li>",
    "table": "<table><tr><th>标题</th><th>日期</th></tr>{rows}</table>"
    "|<tr><td>{n}</td><td><a href='art_{n}.html'>{name}</a></td><td>云府发〔2024〕{n}号</td><td>{day}</td></tr>",
    "a table for each row": "<div>{rows}</div>"
    "|<div class='r'><table><tr><td><a href='art_{n}.html'>{name}</a></td><td>{day}</td></tr></table></div>",
    "definition list": "<dl>{rows}</dl>|<dt>{day}</dt><dd><a href='art_{n}.html'>{name}</a></dd>",
    "a definition list for each row": "<div>{rows}</div>"
    "|<dl><dt><a href='art_{n}.html'>{name}</a></dt><dd>{day}</dd></dl>",
    "line breaks": "<div>{rows}</div>|<a href='art_{n}.html'>{name}</a> {day}<br>",
    "line breaks, date first": "<div>{rows}</div>|{day} <a href='art_{n}.html'>{name}</a><br>",
    "div of siblings": "<div>{rows}</div>"
    "|<div class='t'><a href='art_{n}.html'>{name}</a></div><div class='rq'>{day}</div>",
    "link around the row": "<div>{rows}</div>"
    "|<a class='item' href='art_{n}.html'><h4>{name}</h4><p>现将事项通知如下……</p><span>{day}</span></a>",
    "empty link before": "<ul>{rows}</ul>"
    "|<li><a href='art_{n}.html'></a><a href='art_{n}.html'>{name}</a><b>{day}</b></li>",
    "picture link before": "<ul>{rows}</ul>"
    "|<li><a href='art_{n}.html'><img src='{n}.jpg'></a><a href='art_{n}.html'>{name}</a><b>{day}</b></li>",
    "interpretation beside": "<ul>{rows}</ul>"
    "|<li><a href='art_{n}.html'>{name}</a><a href='../zcjd/{n}.html'>解读</a><b>{day}</b></li>",
    "office before": "<ul>{rows}</ul>"
    "|<li><a href='../bm/{n}/'>[县政府办]</a><a href='art_{n}.html'>{name}</a><b>{day}</b></li>",
    "title cut, full form in the attribute": "<ul>{rows}</ul>"
    "|<li><a href='art_{n}.html' title='{name}'>{name:.9}...</a><span>{day}</span></li>",
    "date in a tag of the link": "<ul>{rows}</ul>|<li><a href='art_{n}.html'>{name}<em>{day}</em></a></li>",
    "day after year and month": "<ul>{rows}</ul>"
    "|<li><p><i>{ym}</i><b>{d}</b></p><a href='art_{n}.html'>{name}</a></li>",
    "day and month over the year": "<ul>{rows}</ul>"
    "|<li><p>{md}<br><i>{y}</i></p><a href='art_{n}.html'>{name}</a></li>",
    "lists beside each other": "{rows}"
    "|<ul class='u{n}'><li><a href='art_{n}.html'>{name}</a><span>{day}</span></li></ul>",
    "summary with a link of its own": "<ul>{rows}</ul>|<li><a href='art_{n}.html'><img src='{n}.jpg'></a><h3>"
    "<a href='art_{n}.html'>{name}</a></h3><p>摘要<a href='art_{n}.html'>[详细]</a></p><span>{day}</span></li>",
    "opened by script": "<ul>{rows}</ul>"
    "|<li><a href='javascript:void(0)' onclick=\"window.open('art_{n}.html')\">{name}</a><span>{day}</span></li>",
    "blocks of lists": "{rows}"
    "|<div class='five'><ul><li><a href='art_{n}.html'>{name}</a><span>{day}</span></li></ul></div>",
    "beside a menu in a table": "<table><tr><td><table><tr><td><a href='list.asp?id=1'>机构职能</a></td></tr>"
    "<tr><td><a href='list.asp?id=2'>政策法规</a></td></tr></table></td><td><table>{rows}</table></td></tr></table>"
    "|<tr><td>·<a href='art_{n}.html'>{name}</a></td><td>{day}</td></tr>",
    "mobile twin": "<ul>{rows}</ul>"
    "|<li><a href='art_{n}.html'>{name}</a><b>{day}</b><div class='m'><a href='art_{n}.html'>{name}"
    "</a>{day}</div></li>",
    "commented twins": "<ul>{rows}</ul>"
    "|<li><a href='art_{n}.html'>{name}</a><b>{day}</b></li><!-- <li><a href='old_{n}.html'>{name}"
    "</a><b>{day}</b></li> -->",
    "summary with a date": "<ul>{rows}</ul>"
    "|<li><h3><a href='art_{n}.html'>{name}</a></h3><p>自2019年1月1日起施行。</p><span class='time'>{day}</span></li>",
    "written by script": "<ul>{rows}</ul>"
    "|<li><script>document.write('<a href=\"art_{n}.html\">{name}</a>')</script><span>{day}</span></li>",
    "written by script from variables": "<ul>{rows}</ul>"
    "|<li><script>var u='art_{n}.html';\nvar t=\"{name}\";\ndocument.write('<a href=\"'+u+'\">'+t+'"
    "</a>');</script>{day}</li>",
    "link kept in a variable": "<ul>{rows}</ul>"
    "|<li><script>var doctitle='<a href=\"art_{n}.html\">{name}</a>';show(doctitle)</script><span>{day}</span></li>",
}  # fmt: skip


@pytest.mark.parametrize("make", MAKES)
def test_rows_of_every_make(make: str) -> None:
    frame, row = MAKES[make].split("|", 1)
    assert listed(frame.replace("{rows}", rows_of(row))).entries == EXPECTED


def test_two_columns_of_a_table() -> None:
    cell = "<td>·<a href='art_{}.html'>{}</a></td><td>{}</td>"
    cells = [cell.format(n, entry.title, entry.date) for n, entry in enumerate(EXPECTED)]
    table = "".join(f"<tr>{a}{b}</tr>" for a, b in zip(cells[::2], cells[1::2], strict=True))
    assert listed(f"<table>{table}</table>").entries == EXPECTED


def test_rows_pushed_to_a_table_by_script() -> None:
    pushed = rows_of('datajson.push({{title: "{name}", url: "art_{n}.html", date: "{day}"}});')
    assert html.listing(page(f"<script>{pushed}</script>", around=False)).entries == EXPECTED


def test_a_column_tree_in_a_script_is_no_list() -> None:
    tree = rows_of('{{"name": "{name}", "url": "/col/{n}/"}},')
    assert html.listing(page(f"<script>var tree = [{tree}];</script>", around=False)).entries == ()


def test_rows_without_dates_belong_to_their_list() -> None:
    row = "<li><a href='202403/t20240305_{n}.html'>{name}</a></li>"
    assert [entry.date for entry in listed(f"<ul>{rows_of(row)}</ul>").entries] == [None] * 6


@pytest.mark.parametrize(
    ("printed", "url", "day"),
    [
        ("[09-04]", "./202409/t20240903_1.html", "2024-09-04"),  # its URL names the year
        ("01-02", "./202312/t20231231_1.html", "2024-01-02"),  # published after the turn of the year
        ("[09-04]", "./t_1.html", None),  # nothing names the year
        ("[09-04]", "./202301/t20230115_1.html", None),  # a date of another season names nothing
        ("2024年3月5日", "1.html", "2024-03-05"),
        ("2024/3/5", "1.html", "2024-03-05"),
        ("2024.03.05", "1.html", "2024-03-05"),
        ("2024-\n03-\n05", "1.html", "2024-03-05"),
        ("２０２４－０３－０５", "1.html", "2024-03-05"),
        ("发布时间：2024-03-05 10:00", "1.html", "2024-03-05"),
        ("成文：2024-03-01 发布：2024-03-05", "1.html", "2024-03-05"),  # of several the last is the publication
        ("2024-02-30", "1.html", None),
        ("1970-01-01", "1.html", None),
    ],
)
def test_a_date_is_read_and_never_invented(printed: str, url: str, day: str | None) -> None:
    row = f"<li><a href='{url}'>云山县人民政府关于做好有关工作的通知</a><span>{printed}</span></li>"
    other = "<li><a href='o{}.html'>{}</a><span>2024-01-05</span></li>"
    others = "".join(other.format(n, name) for n, name in enumerate(NAMES))
    assert listed(f"<ul>{row}{others}</ul>").entries[0].date == day


TEMPLATES = ("{{item.url}}", "<?= url ?>", "mailto:a@b.cn")
BLANKED = ("javascript:;", "#", "", "file:///C:/a.doc", "C:\\a.doc", "javascript:open(3)")
NOWHERE = "<li><a href='{}'>关于防范非法集资的风险提示</a><span>2024-03-05</span></li>"
GOOD = "<li><a href='art_{n}.html'>{name}</a><span>{day}</span></li>"


def test_rows_of_a_template_are_no_entries() -> None:
    assert listed(f"<ul>{''.join(map(NOWHERE.format, TEMPLATES))}{rows_of(GOOD)}</ul>").entries == EXPECTED


def test_rows_that_lead_nowhere_are_entries_with_what_is_written_there() -> None:
    """The list shows them: the ledger says why they are not archived."""
    found = listed(f"<ul>{rows_of(GOOD)}{''.join(map(NOWHERE.format, BLANKED))}</ul>").entries
    assert found[:6] == EXPECTED
    assert [entry.url for entry in found[6:]] == list(BLANKED)


def test_rows_that_lead_nowhere_are_told_apart_by_their_titles() -> None:
    found = listed(f"<ul>{rows_of(GOOD.replace('art_{n}.html', 'javascript:;'))}</ul>").entries
    assert found == tuple(Entry(entry.title, "javascript:;", entry.date) for entry in EXPECTED)


def test_buttons_are_no_rows() -> None:
    button = "<a href='javascript:share({n})'>分享到新浪微博客户端</a><a href='#'>加入我的收藏夹</a></li>"
    tabs = "<div><a href='#'>长者模式和无障碍浏览</a><a href='javascript:;'>繁体中文版门户网站</a></div>"
    assert listed(f"{tabs}<ul>{rows_of(GOOD.replace('</li>', button))}</ul>{tabs}").entries == EXPECTED


@pytest.mark.parametrize(
    "row",
    [
        "<li onclick=\"window.open('art_{n}.html')\">{name}<span>{day}</span></li>",
        "<tr onclick=\"location.href='art_{n}.html'\"><td>{n}</td><td>{name}</td><td>{day}</td></tr>",
    ],
)
def test_rows_without_a_link_open_their_page_by_script(row: str) -> None:
    assert listed(f"<table>{rows_of(row)}</table>" if row[1] == "t" else f"<ul>{rows_of(row)}</ul>").entries == EXPECTED


def test_links_start_from_base_href() -> None:
    row = "<li><a href='b/{n}.html'>{name}</a> {day}</li>"
    body = f"<base href='http://xxgk.yunshan.gov.cn/a/'><ul>{rows_of(row)}</ul>"
    assert html.listing(page(body, around=False)).entries[0].url == "http://xxgk.yunshan.gov.cn/a/b/0.html"


def test_an_overview_of_columns_gives_all_its_blocks() -> None:
    def block(kind: str, first: int, day: str) -> str:
        entry = "<li><a href='./202403/t20240305_{}.html'>{}</a>{}</li>"
        lines = "".join(entry.format(first + n, name + str(first), day) for n, name in enumerate(NAMES[:4]))
        return f"<div class='tit'>{kind}<a href='./{first}/'>更多&gt;</a></div><ul class='u{first}'>{lines}</ul>"

    blocks = block("最新政策", 10, "<b>2024-03-05</b>") + block("政策解读", 20, "") + block("案例", 30, "")
    assert len(listed(blocks).entries) == 12


def test_the_heading_of_a_box_may_have_its_more() -> None:
    """`<div class="tit">要闻 <a>更多</a></div><div class="box"><div><ul>…`: the list stands two elements deeper."""

    def box(kind: str, first: int) -> str:
        row = "<li><a href='./202403/t20240305_{}.html'>{}</a><i>2024-03-05</i></li>"
        lines = "".join(row.format(first + n, name + kind) for n, name in enumerate(NAMES[:3]))
        heading = f"<div class='tit'>{kind}<a href='./{first}/'>更多&gt;</a></div>"
        return f"<div>{heading}<div><div><ul>{lines}</ul></div></div></div>"

    assert len(listed(box("要闻", 10) + box("公告", 20)).entries) == 6


@pytest.mark.parametrize("related", [1, 3, 6])
def test_what_a_row_tells_of_itself_is_no_list(related: int) -> None:
    """As on ndrc.gov.cn: a box with the interpretations of each decree opens below its row."""
    link = "<li><a href='../jd/202403/t2024030{k}_9{{n}}.html'>关于《{{name}}》的政策解读之{k}</a></li>"
    box = "<div><h3>相关解读</h3><ul>" + "".join(link.format(k=k) for k in range(related)) + "</ul></div>"
    rows = rows_of("<li><a href='art_{n}.html'>{name}</a>" + box + "<span>{day}</span></li>")
    assert listed(f"<ul>{rows}</ul><script>createPageHTML(9, 0, 'index', 'html')</script>").entries == EXPECTED


def test_a_pager_that_a_script_unpacks() -> None:
    """base64 of its escaped markup, behind the last row, as jyhcms of Yunnan has it."""
    turns = "<a>1463条</a> <a href='index.html'>上一页</a> <b>1</b> <a href='2.html'>2</a> ..<a href='59.html'>59</a>"
    packed = base64.b64encode(quote_plus(turns + " <a href='2.html'>下一页</a>").encode()).decode()
    found = listed(f"<ul>{rows_of('<li><a href=art_{n}.html>{name}</a> <i>{day}</i></li>')}<div>{packed}</div></ul>")
    assert found.entries == EXPECTED
    assert (found.total, found.pages, found.next) == (1463, 59, Ask(BASE + "2.html"))
    assert not listed(f"<ul>{rows_of('<li><a href=art_{n}.html>{name}</a></li>')}</ul><p>JTNDYZZ{'z' * 62}</p>").next


@pytest.mark.parametrize("box", ["/igs/front/search.jhtml", "/irs/front/search", "/queryList"])
def test_a_search_box_makes_no_family(box: str) -> None:
    row = "<li><a href='art_{n}.html'>{name}</a><span>{day}</span></li>"
    response = page(f"<form action='{box}'><input name='q'></form><ul>{rows_of(row)}</ul>")
    assert recognise(response) == "html"
    assert recognise(page(f"<form action='{box}'><input name='q'></form>", around=False)) != "html"


def test_a_trading_centre_has_its_rows_in_the_page() -> None:
    """Epoint pages of files: `class="ewb-list"`; the number of pages stands between the links that turn it."""
    row = "<li class='ewb-list-node'><a href='art_{n}.html' class='ewb-list-name'>{name}</a><span>{day}</span></li>"
    turns = "<ul><li><span>1/1037</span></li><li><a onclick=\"ShowAjaxNewPage(here, 'paging', 2)\">下一页</a></li></ul>"
    listing = read(page(f"<ul class='ewb-list'>{rows_of(row)}</ul>{turns}")).listing
    assert listing
    assert listing.entries == EXPECTED
    assert (listing.pages, listing.next, listing.goes_on) == (1037, None, True)


def test_navigation_alone_is_no_list() -> None:
    side = "".join(f"<li><a href='/zwgk/c{n}/'>{name}</a></li>" for n, name in enumerate(NAMES))
    response = HtmlResponse(URL, body=f"<body>{NAVIGATION}<ul class='tree'>{side}</ul>{FOOTER}</body>".encode())
    assert html.listing(response) == Listing(entries=())


@pytest.mark.parametrize(
    ("said", "attribute", "title"),
    [
        ("云山县人民政府关于…", "云山县人民政府关于印发预案的通知", "云山县人民政府关于印发预案的通知"),
        ("• 关于表彰先进的决定", "", "关于表彰先进的决定"),
        ("· 关于表彰先进的决定", "", "关于表彰先进的决定"),
        ("[置顶] 关于表彰先进的决定", "", "关于表彰先进的决定"),
        ("[县教育局] 关于表彰先进的决定", "", "关于表彰先进的决定"),
        ("2024-03-05 关于表彰先进的决定", "", "关于表彰先进的决定"),
        ("关于表彰先进的决定 (2024-03-05)", "", "关于表彰先进的决定"),
        ("关于表彰先进的决定 NEW", "", "关于表彰先进的决定"),
        ("2023年1-9月经济运行情况", "", "2023年1-9月经济运行情况"),  # begins with a date of its own
        ("12345热线办理情况", "", "12345热线办理情况"),
        ("《条例》（2017年6月1日起施行）", "", "《条例》（2017年6月1日起施行）"),
        ("【公告】关于停水的通知", "", "【公告】关于停水的通知"),
        ("关于表彰先进的决定", "点击查看详情", "关于表彰先进的决定"),
        ("关于表彰…", "标题：关于表彰先进的决定\n发布时间：2024-03-05", "关于表彰先进的决定"),
        ("关于\n  表彰先进\t的决定", "", "关于 表彰先进 的决定"),
        ("", "关于表彰先进的决定", "关于表彰先进的决定"),
    ],
)
def test_titles_are_cleaned(said: str, attribute: str, title: str) -> None:
    assert rows.clean_title(said, attribute) == title


@pytest.mark.parametrize(
    ("said", "records", "pages"),
    [
        ("共632条记录 1/28页", 632, 28),
        ("共<b>10</b>页 <font color=red><b>186</b></font>条 第1/10页", 186, 10),
        ("<span>共24,539条</span><span>共1,227页</span>", 24539, 1227),
        ("第1页 共12页 共230条", 230, 12),
        ("当前第1页/共20页", None, 20),
        ("总共413条，每页15条", 413, None),
        ("共有57条信息", 57, None),
        ("共:<b>60条</b>当前页:<b>1</b>/<b>3</b>", 60, 3),
        ("<a>1463条</a> <a>上一页</a> <span>1</span> <a href='2.html'>2</a>", 1463, None),
        ("<script>laypage.render({elem: 'page', count: 213, limit: 20, curr: 1})</script>", 213, None),
        ("<script>$('.p').whjPaging({totalSize: 133, totalPage: 9})</script>", 133, 9),
        ("<script>var dataTotal = parseInt('45'); var pagenum = 1</script>", 45, None),
        ("总页数：9 总记录数：86", 86, 9),
        ("<script>Ls.pagination('#p', { currPage: 2, pageSize: 15, total: 413, pageCount: 28 })</script>", 413, 28),
        ("<script>var countPage = 25//共多少页</script>", None, 25),
        ("<script>$('.pagination').pagination({totalPage: 20, index: 1})</script>", None, 20),
        ("<script>var maxPage = parseInt('33');</script>", None, 33),
        ("<form><input type='hidden' id='totalPage' value='28'><input name=totalRecord value=632></form>", 632, 28),
        ("共391条&nbsp;&nbsp;1/20&nbsp; 首页 上页", 391, 20),
        ("页次：1/28 检索到632条信息", 632, 28),
        ("<script>chart({type: 'pie', total: 413})</script>", None, None),
        ("<script>//wcm分页，总记录：2</script>", None, None),
        ("<a href='1.html'>云山县出台优化营商环境共35条措施</a>", None, None),
        ("没有记录", None, None),
    ],
)
def test_claims_of_a_list(said: str, records: int | None, pages: int | None) -> None:
    claimed = counts.totals(said)
    assert (claimed.records, claimed.pages) == (records, pages)


ROW = "<li><a href='art_{n}.html'>{name}</a><span>{day}</span></li>"
LIST = f"<ul>{rows_of(ROW)}</ul>"


@pytest.mark.parametrize(
    ("said", "following"),
    [
        ("<a href='index_2.html'>下一页</a>", BASE + "index_2.html"),
        ("<a href='index_2.html'>下页 &gt;</a>", BASE + "index_2.html"),
        ("<a href='?page=2' title='下一页'><font face='webdings'>4</font></a>", URL + "?page=2"),
        ("<a href='#' onclick=\"location.href=encodeURI('index_2.jhtml');\">下一页</a>", BASE + "index_2.jhtml"),
        (
            "<a onclick=\"queryArticleByCondition(this,'2.html')\" tagname='21892-2.html'>下一页</a>",
            BASE + "21892-2.html",
        ),
        ("<p><a class=on>1</a><a href='2.html'>2</a><a href='3.html'>3</a><a href='2.html'>»</a></p>", BASE + "2.html"),
        ("<div><span>1</span><a href='p2.html'>2</a><a href='p3.html'>3</a></div>", BASE + "p2.html"),
        ("<p><a class='current' href='index.html'>1</a><a href='l_2.html'>2</a></p>", BASE + "l_2.html"),
        ("<a href='javascript:;'>下一页</a>", None),
        ("<p><a href='1.html'>1</a><a href='2.html'>2</a><a class=next href='2.html'><img></a></p>", BASE + "2.html"),
        ("<input type='button' value='下一页' onclick=\"location.href='index_2.html'\">", BASE + "index_2.html"),
        ("<a href='index.html'>下一页</a>", None),
        ("<a href='/'>首页</a> > <a href='./'>通知公告</a>", None),
        ("<script>createPageHTML(25, 0, 'index', 'html');</script>", BASE + "index_1.html"),
    ],
)
def test_the_next_page(said: str, following: str | None) -> None:
    listing = listed(LIST + said)
    assert (listing.next.url if listing.next else None) == following


def test_the_last_page_has_no_next_one() -> None:
    said = "第28/28页 <a href='index_28.html'>尾页</a><a href='index_2.html'>下一页</a>"
    assert listed(LIST + said, url=BASE + "index_28.html").next is None


def test_pages_follow_from_the_last_link() -> None:
    one_based = "<a href='index_2.html'>下一页</a><a href='index_20.html'>尾页</a>"
    zero_based = "<a href='index_1.html'>下一页</a><a href='index_19.html'>末页</a>"
    assert listed(LIST + one_based).pages == listed(LIST + zero_based).pages == 20


def test_page_two_is_found_on_its_own() -> None:
    said = "<div><a href='index.html'>1</a><span class='cur'>2</span><a href='index_3.html'>3</a></div>"
    listing = listed(LIST + said, url=BASE + "index_2.html")
    assert listing.next
    assert listing.next.url == BASE + "index_3.html"


@pytest.mark.parametrize(
    ("said", "empty"),
    [
        ("<div class='list'>暂无相关信息</div>", True),
        ("<p>对不起，没有您要查找的内容</p>", True),
        ("<p>共0条记录</p>", True),
        ("<div ms-if='error'>暂无数据</div>", False),  # a template's
        ("<div style='display:none'>暂无数据</div>", False),
        ("<script>var none = '暂无数据';</script>", False),
        ("<!-- 暂无数据 -->", False),
        ("", False),
    ],
)
def test_empty_only_where_it_is_stated(said: str, empty: bool) -> None:
    response = HtmlResponse(URL, body=f"<body>{NAVIGATION}{said}{FOOTER}</body>".encode())
    assert html.listing(response) == Listing(entries=(), total=0 if "共0条" in said else None, says_empty=empty)


def test_a_list_that_lies_about_its_charset() -> None:
    body = f"<html><head><meta charset='utf-8'></head><body>{LIST}</body></html>".encode("gb18030")
    response = HtmlResponse(URL, body=body, headers={"Content-Type": "text/html; charset=utf-8"})
    assert html.listing(response).entries == EXPECTED


def test_json_of_an_unknown_interface() -> None:
    answer = {
        "code": 200,
        "data": {"total": 41, "totalPage": 3, "list": [
            {"id": 1, "Title": "<em>云山</em>县公告", "linkUrl": "/a/1.html", "publishTime": "2024-03-05 10:00:00"},
            {"id": 2, "Title": "无地址的一条", "publishTime": 1709568000000},
        ]},
    }  # fmt: skip
    response = TextResponse("http://a.gov.cn/api?page=1", body=json.dumps(answer).encode())
    listing = html.listing(response)
    assert listing.entries == (Entry("云山县公告", "http://a.gov.cn/a/1.html", "2024-03-05"),)
    assert (listing.total, listing.pages) == (41, 3)
    assert listing.next
    assert listing.next.url == "http://a.gov.cn/api?page=2"


def test_json_as_ministries_spell_it() -> None:
    """`publishUrl` of the energy administration; the financial regulator gives the numbers of documents alone."""
    energy = {"title": NAMES[0], "publishUrl": "../2024/art_0.html", "publishTime": f"{DAYS[0]} 12:00:01"}
    response = TextResponse("http://a.gov.cn/x/ds.json", body=json.dumps({"datasource": [energy]}).encode())
    assert html.listing(response).entries == (Entry(NAMES[0], "http://a.gov.cn/2024/art_0.html", DAYS[0]),)
    finance = {"docId": 7, "docSubtitle": NAMES[0], "publishDate": f"{DAYS[0]} 10:30:00"}
    url = "http://a.gov.cn/cbircweb/DocInfo/SelectDocByItemIdAndChild?itemId=9&pageSize=18&pageIndex="
    answer = json.dumps({"data": {"total": 40, "rows": [finance]}}).encode()
    listing = read(TextResponse(url + "1", body=answer)).listing
    assert listing
    assert listing.entries == (Entry(NAMES[0], "http://a.gov.cn/cn/view/pages/ItemDetail.html?docId=7", DAYS[0]),)
    assert listing.next
    assert listing.next.url == url + "2"


def test_markup_inside_json() -> None:
    response = TextResponse(BASE + "unit", body=json.dumps({"data": {"html": LIST}}).encode())
    assert html.listing(response).entries == EXPECTED


FOREIGN = (b"", b"\x00", b"{", b"[]", b"<", b"%PDF-1.4", b"\xff\xfe\x00", b"<a href='http://['>x</a>")


@pytest.mark.parametrize("body", FOREIGN)
def test_nothing_is_raised_on_foreign_input(body: bytes) -> None:
    for name in ("html", "trs", "hanweb"):
        assert family(name).listing(HtmlResponse(URL, body=body)).entries == ()


def test_the_fallback_takes_what_no_family_knows() -> None:
    assert recognise(page(LIST)) == "html"
    assert html.first(Channel("yunshan", "tzgg", URL)).url == URL


def test_spaces_and_line_breaks_in_an_address() -> None:
    response = page("<a href=' ./附件 1.pdf\n'>关于公布行政规范性文件清理结果的决定</a> 2024-03-05")
    assert html.listing(response).entries[0].url == BASE + "附件%201.pdf"


def test_a_page_that_nests_deep() -> None:
    deep = "<div>" * 1500 + LIST + "</div>" * 1500
    assert html.listing(page(deep, around=False)).entries == EXPECTED
    nested = TextResponse(URL, body=b'{"a":' * 800 + b"[]" + b"}" * 800)
    assert html.listing(nested).entries == ()


ENDLESS = {  # what must cost no more than its length
    "unclosed links": "<a " * 50_000,
    "unclosed scripts": "<script>" * 50_000,
    "unclosed comments": "<!--" * 50_000,
    "numbers as links": "<a href='1.html'>1</a>" * 5_000,
    "digits": "<p>" + "1" * 300_000,
    "white space": "<p>共" + " " * 300_000 + "1",
    "braces": "<script>" + "{page total:" * 20_000,
    "islands": "<datastore><record><![CDATA[" * 20_000,
    "calls": "$('#a').jpage({" * 20_000 + "createPageHTML(" * 20_000,
}


@pytest.mark.parametrize("name", ENDLESS)
def test_a_page_without_end(name: str) -> None:
    for adapter in ("html", "trs", "hanweb"):
        assert family(adapter).listing(HtmlResponse(URL, body=ENDLESS[name].encode())).entries == ()


def test_one_link_a_thousand_times() -> None:
    body = ("<a href=art_0.html>" + NAMES[0]) * 20_000
    assert len(html.listing(page(body, around=False)).entries) == 1


def test_a_page_that_was_asked_for_states_the_same() -> None:
    response = page(LIST + "<a href='index_2.html'>下一页</a>").replace(request=Request(URL))
    assert html.listing(response) == listed(LIST + "<a href='index_2.html'>下一页</a>")


def test_a_folder_without_its_slash() -> None:
    assert pager.directory("http://a.gov.cn/zwgk/tzgg") == "http://a.gov.cn/zwgk/tzgg/"
    assert pager.directory("http://a.gov.cn/zwgk/tzgg/index.html") == "http://a.gov.cn/zwgk/tzgg/index.html"
    assert pager.directory("http://a.gov.cn/list.jsp?id=1") == "http://a.gov.cn/list.jsp?id=1"


@pytest.mark.parametrize(
    "summary", ["text", "各县（区）人民政府，市政府各部门：请认真抓好落实。" * 8, "自2022年1月1日起施行。" * 20]
)
@pytest.mark.parametrize("url", [URL, "http://www.yunshan.gov.cn/abc.html"])
def test_cards_with_split_dates_and_summaries_are_a_list(url: str, summary: str) -> None:
    card = (
        "<div class=it><strong>{d}</strong><span>{ym}</span>"
        f"<h4><a href='{BASE}art_{{n}}.html'>{{name}}</a></h4><p>摘要 {summary}</p></div>"
    )
    cards = f"<h2>通知公告</h2>{rows_of(card)}<a href='index_2.html'>下一页</a>"
    reading = read(page(cards, url=url, around=False))
    assert reading.kind == "listing"
    assert reading.listing
    assert reading.listing.entries == EXPECTED
    assert reading.listing.next
    assert reading.listing.next.url.endswith("/index_2.html")


def test_a_list_that_was_cut_says_so() -> None:
    row = "<li><a href='/zwgk/tzgg/{}.html'>关于某某事项的通知</a>2020-01-01</li>"
    reading = read(page(f"<ul>{''.join(map(row.format, range(25_000)))}</ul>", around=False))
    assert reading.kind == "listing"
    assert (reading.problem or "").startswith("only the first 80,000 tags were read")
    assert reading.listing
    assert 19_000 < len(reading.listing.entries) < 25_000


def test_a_saved_list_without_its_address_asks_for_it() -> None:
    reading = read(HtmlResponse("file:///tmp/list.html", body=f"{LIST}<a href='index_2.html'>下一页</a>".encode()))
    assert reading.problem == "the address of this list is not known, nor where its links lead: name it with --url"
    assert reading.listing
    assert [entry.url for entry in reading.listing.entries] == [f"art_{n}.html" for n in range(6)]
    assert reading.listing.next is None
