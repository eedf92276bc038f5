"""What a page is. Each guard, each way to say "not here", each way to lead elsewhere, each kind of list."""

from __future__ import annotations

import json

import pytest

from archive.records import Reading
from pipelines import extract
from tests.pages import FOOTER, NAVIGATION, TEXT, TITLE, article, page, paragraphs, response

ROWS = "".join(
    f'<li><a href="./202012/t202012{n:02}_{n}.html">平川市人民政府关于第{n}项工作的通知</a>'
    f"<span>2020-12-{n:02}</span></li>"
    for n in range(10, 25)
)
PORTAL = "http://www.pingchuan.gov.cn/xxgk/"


def read(
    source: str | bytes, url: str = "http://www.pingchuan.gov.cn/xxgk/t20201218_1.html", status: int = 200
) -> Reading:
    reading = extract(response(source, url, status=status))
    assert (reading.document is not None) is (reading.kind == "document")
    assert reading.problem or reading.kind in ("document", "listing")
    return reading


def script(code: str, text: str = "") -> str:
    return f"<html><head><meta charset=utf-8><script>{code}</script></head><body>{text}</body></html>"


CHALLENGES = [
    ("瑞数", 412, script("$_ts=window['$_ts'];if(!$_ts)$_ts={};$_ts.nsd=59352;$_ts.cd='qWNq'")),
    ("瑞数", 200, '<html><head><meta content="{qqr0~wX"><script>$_ss="a"</script></head><body></body></html>'),
    ("加速乐", 521, script("document.cookie='__jsl_clearance_s=17.1|-1|x';location.href=location.pathname")),
    ("C3VK", 200, script("document.cookie='C3VK=ab12; path=/';location.reload()")),
    ("云锁", 200, script('self.location="/a.htm?security_verify_data="+stringToHex(d)')),
    ("阿里云盾", 200, script("var arg1='0123456789ABCDEF0123456789ABCDEF01234567';setCookie('acw_sc__v2',x)")),
    ("WZWS", 200, script("var wzws_sessionid='x'")),
    ("cookie probe", 200, script("var HOY_TR='x'")),
    ("sets a cookie", 200, script("document.cookie=('_')+('_')+('j')+(-~[]+'');location.href=location.pathname")),
    ("a check for scripts", 200, "<html><noscript>Please enable JavaScript and refresh the page.</noscript></html>"),
    ("奇安信", 403, "<html><body>QAX reason:GeoBL</body></html>"),
    ("创宇盾", 200, "<html><body><h1>当前访问疑似黑客攻击，已被创宇盾拦截</h1></body></html>"),
    ("360安域", 200, f"<html><body>网站服务器连接异常 由360安域提供支持{'请检查源站是否正常' * 20}</body></html>"),
]


@pytest.mark.parametrize(("guard", "status", "source"), CHALLENGES)
def test_a_challenge_is_named(guard: str, status: int, source: str) -> None:
    reading = read(source, status=status)
    assert reading.kind == "blocked"
    assert guard in (reading.problem or "")


@pytest.mark.parametrize(
    "words",
    [
        "很抱歉，由于您访问的URL有可能对网站造成安全威胁，您的访问被阻断。",
        "您的访问可能对网站造成危险，已被拦截",
        "不合法的参数",
        "访问过于频繁，请输入验证码后继续",
        "请完成安全验证：拖动滑块完成拼图",
        "为保证您的正常访问，请完成以下验证",
        "Access Denied",
        "系统检测到您的访问状态异常，已被临时限制访问！",
        "当前访问疑似黑客攻击，已被拦截。",
        "根据网站管理员设置，该地区无法访问",
        "The requested URL was rejected. Please consult with your administrator.",
    ],
)
def test_a_refusal_in_words_is_blocked(words: str) -> None:
    assert read(f"<html><title>405</title><body><p>{words}</p></body></html>").kind == "blocked"


@pytest.mark.parametrize("title", ["您的访问请求可能对网站造成安全威胁，请求已被阻断。", "访问异常页面"])
def test_a_refusal_may_stand_in_the_title_alone(title: str) -> None:
    assert read(f"<title>{title}</title><body><div id='app'></div><script>x()</script></body>").kind == "blocked"


def test_a_tender_for_a_firewall_is_no_refusal() -> None:
    bid = "<h1>平川市大数据局防火墙采购成交公告</h1><div id='zoom'><p>成交供应商：平川市某某科技有限公司。</p></div>"
    assert read(f"<html><title>防火墙采购成交公告</title><body>{bid}</body></html>").kind == "document"


@pytest.mark.parametrize("head", ["<body><h2>用户登录</h2>", "<title>统一身份认证</title><body>"])
def test_a_login_form_is_blocked(head: str) -> None:
    form = '<form><input name=u><input type="password"><button>登录</button></form></body>'
    assert read(head + form).kind == "blocked"


@pytest.mark.parametrize("status", [401, 403, 412, 429, 521])
def test_a_status_that_refuses(status: int) -> None:
    assert read(page(article('<div id="zoom">')), status=status).kind == "blocked"


def test_a_guards_script_in_a_whole_page_does_not_block_it() -> None:
    source = page(article('<div id="zoom">'), "<script>$_ts=window['$_ts'];$_ts.nsd=59352;</script>")
    assert read(source).kind == "document"


@pytest.mark.parametrize("status", [404, 410])
def test_a_status_of_absence(status: int) -> None:
    assert read("<p>x</p>", status=status).kind == "gone"


@pytest.mark.parametrize(
    "words",
    [
        "您访问的页面不存在或已删除",
        "抱歉，您访问的页面已删除",
        "该信息已被删除",
        "对不起，找不到该页面",
        "文件已归档",
        "404 Not Found",
        "该网站已关停",
        "您要查看的信息不存在",
        "HTTP Status 404 - /a/b.html",
        "Error 404--Not Found",
        "本网站已于2020年12月31日关停",
        "您要访问的页面已经不在这里了",
    ],
)
@pytest.mark.parametrize("dressed", [False, True])
def test_absence_said_with_status_200(words: str, dressed: bool) -> None:
    bare = f"<div class='tip'><h3>{words}</h3><p><a href='/'>返回首页</a></p></div>"
    source = f"<ul class='nav'>{NAVIGATION}</ul>{bare}{FOOTER}" if dressed else bare
    reading = read(f"<html><head><title>平川市人民政府</title></head><body>{source}</body></html>")
    assert reading.kind == "gone"
    assert reading.target is None


def test_absence_said_in_a_window() -> None:
    assert read(script('alert("该信息已被删除！");history.back()')).kind == "gone"


def test_a_document_about_deleted_pages_is_a_document() -> None:
    more = ("对于已经不存在的页面，网站应当返回404状态，并说明该信息已被删除。", *TEXT)
    assert read(page(article('<div id="zoom">', inner=paragraphs(more)))).kind == "document"


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ('<meta http-equiv="Refresh" content="0;URL=./dwzn/">', PORTAL + "dwzn/"),
        ("<META HTTP-EQUIV='refresh' CONTENT=\"3; url='/new/1.html'\">", "http://www.pingchuan.gov.cn/new/1.html"),
        (script('window.location.href="/zwgk/index.html";'), "http://www.pingchuan.gov.cn/zwgk/index.html"),
        (script("location.replace('http://b.gov.cn/')"), "http://b.gov.cn/"),
        ('<frameset rows="*"><frame src="main.html"></frameset>', PORTAL + "main.html"),
        ('<frameset rows="0,*"><frame src="blank.html"><frame src="main.html"></frameset>', PORTAL + "main.html"),
        (script("if(phone)location.href='/wap/';else location.href='/pc/1.html'"), PORTAL[:-6] + "/pc/1.html"),
        (
            '<body><iframe src="/content/1.html" width="100%"></iframe></body>',
            "http://www.pingchuan.gov.cn/content/1.html",
        ),
        (
            script("setTimeout(function(){window.location.href='http://new.gov.cn'},9)", "<p>网站域名变更公告</p>"),
            "http://new.gov.cn",
        ),
    ],
)
def test_a_page_that_only_leads_elsewhere(source: str, target: str) -> None:
    reading = read(source, PORTAL)
    assert (reading.kind, reading.target) == ("redirect", target)


def test_a_script_that_turns_pages_leads_nowhere() -> None:
    source = script("function go(n){location.href='list.php?page='+n}", "<ul><li><a href='1.html'>通知</a></li></ul>")
    assert read(source, PORTAL).target is None


def test_a_notice_of_a_new_address_without_one_is_gone() -> None:
    assert read("<body><h1>公告</h1><p>我单位网站域名已变更，请广大网友访问新网站。</p></body>").kind == "gone"


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("关于网站域名变更的公告", "我局网站域名已变更，自2023年5月7日起请访问新网站。"),
        ("关于政务服务网系统升级维护的公告", "因系统升级维护，政务服务网将于5月7日零时暂停服务，敬请谅解。"),
    ],
)
def test_a_dated_notice_of_what_becomes_of_a_site_is_a_document(title: str, text: str) -> None:
    shown = f"<h1>{title}</h1><div>发布时间：2023-05-06</div><div class='c'><p>{text}</p></div>"
    assert read(f"<html><head><title>{title}</title></head><body>{shown}</body></html>").kind == "document"


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("<h1>HTTP状态 404 - 未找到</h1><p>消息 请求的资源[/a.html]不可用</p>", "gone"),
        ("<h2>404</h2><p>很抱歉，您要访问的页面丢失了</p>", "gone"),
        ("<h1>您的请求带有不合法参数，已被网站管理员设置拦截！</h1><p>您提交的内容包含危险的请求</p>", "blocked"),
    ],
)
def test_what_servers_and_guards_say_for_themselves(said: str, kind: str) -> None:
    assert read(f"<html><body>{NAVIGATION if kind == 'gone' and 'h2' in said else ''}{said}</body></html>").kind == kind


def test_a_document_that_refreshes_itself_is_a_document() -> None:
    head = f'<meta name="ArticleTitle" content="{TITLE}"><meta http-equiv="refresh" content="30;url=/home">'
    assert read(page(article('<div id="zoom">'), head)).kind == "document"


@pytest.mark.parametrize(
    "source",
    [
        '<body><div id="app"></div><script src="/js/app.js"></script></body>',
        "<body><noscript>We're sorry but it needs JavaScript</noscript><div id=app></div></body>",
        "<body><div v-cloak><h1>{{detail.title}}</h1><p>{{detail.content}}</p></div></body>",
        "<body><h2>${title}</h2><script>$.getJSON('/api/detail',show)</script></body>",
    ],
)
def test_an_empty_template_is_a_shell(source: str) -> None:
    assert read(f"<html><head><title>政务公开</title></head>{source}</html>").kind == "shell"


@pytest.mark.parametrize("words", ["敬请期待", "栏目建设中", "服务器内部错误", "502 Bad Gateway"])
def test_a_page_that_is_not_ready_is_unreadable(words: str) -> None:
    assert read(f"<html><title>平川市</title><body><p>{words}</p></body></html>").kind == "unreadable"


@pytest.mark.parametrize("url", [PORTAL, PORTAL + "index_1.html", "http://www.pingchuan.gov.cn/col/col1/index.html"])
def test_dated_links_are_a_listing(url: str) -> None:
    for rows in (
        f"<ul>{ROWS}</ul>",
        f"<table>{ROWS.replace('<li>', '<tr><td>').replace('</li>', '</td></tr>')}</table>",
    ):
        assert read(page(f"<h2>通知公告</h2>{rows}<div>共12页 下一页</div>"), url).kind == "listing"


def test_links_without_dates_are_a_listing_too() -> None:
    rows = ROWS.replace("<span>", "<!--").replace("</span>", "-->")
    assert read(page(f"<h2>通知公告</h2><ul>{rows}</ul>"), PORTAL).kind == "listing"


@pytest.mark.parametrize(
    "source",
    [
        (
            '<script type="text/xml"><datastore><recordset><record><![CDATA[<li><a href="/art/1.html">'
            "x</a></li>]]></record>"
        ),
        "<script>$('#1').jpage({totalRecord: 1725, proxyUrl:'/module/jpage/dataproxy.jsp'})</script>",
        (
            "<script src='/AuthorizedRead/unitbuild.js' url='/api-gateway/jpaas-pub"
            "lish-server/front/page/build/unit'></script>"
        ),
        "<script>loadPageData({unitid:'380055',perPage:15})</script><script>url='/queryList'</script>",
    ],
)
def test_a_list_that_a_script_fills_is_a_listing(source: str) -> None:
    assert read(page(f"<h2>通知公告</h2><div id='1'></div>{source}"), PORTAL).kind == "listing"


def test_answers_with_records_are_listings() -> None:
    records = [{"title": TITLE, "url": "/1.html"}]
    for answer in (
        records,
        {"data": {"list": records}},
        {"data": {"html": "<ul><li><a href='/1.html'>x</a></li></ul>"}},
    ):
        assert read(json.dumps(answer)).kind == "listing"
        assert read(f"callback({json.dumps(answer)})").kind == "listing"
    assert read("<?xml version='1.0'?><datastore><recordset><record/></recordset></datastore>").kind == "listing"
    assert read('{"code": 500, "message": "error"}').kind == "unreadable"


def test_a_document_with_a_list_beside_it_is_a_document() -> None:
    beside = f'<div class="side"><h3>最新文件</h3><ul>{ROWS}</ul></div>'
    assert read(page(article('<div class="x1">') + beside)).kind == "document"
    assert read(page(beside + article('<div class="x1">'))).kind == "document"


@pytest.mark.parametrize("raw", [b"%PDF-1.4 x", b"PK\x03\x04", b"\xff\xd8\xff\xe0"])
def test_a_file_is_not_a_page(raw: bytes) -> None:
    reading = read(raw)
    assert reading.kind == "unreadable"
    assert "file" in (reading.problem or "")


def test_mojibake_is_never_a_document() -> None:
    source = page(article('<div id="zoom">'))
    for wrong in ("cp1252", "gb18030"):
        twice = source.encode().decode(wrong, "replace").encode()
        assert read(twice).kind == "unreadable"


LINE = '<div class="line">发布时间：2020-12-18 来源：平川市财政局</div>'
IN_PLACE_OF_TEXT = {
    "a file": f'<a href="./P0202.pdf">{TITLE}.pdf</a>',
    "a picture": '<img src="./W0202.jpg">',
    "a viewer": '<iframe src="/pdfjs/web/viewer.html?file=/xxgk/P0202.pdf"></iframe>',
}
FILES = {
    "a file": [PORTAL + "gk/P0202.pdf"],
    "a picture": [],
    "a viewer": [PORTAL + "P0202.pdf"],
}


@pytest.mark.parametrize("heading", [f'<div class="t1">{TITLE}</div>', f"<h1>{TITLE}</h1>"])
@pytest.mark.parametrize("shown", IN_PLACE_OF_TEXT)
@pytest.mark.parametrize("chrome", [True, False])
def test_a_file_or_a_picture_in_an_unknown_container_is_a_document(heading: str, shown: str, chrome: bool) -> None:
    inner = f'{heading}{LINE}<div id="ccc">{IN_PLACE_OF_TEXT[shown]}</div>'
    bare = f"<html><head><title>{TITLE}</title></head><body>{inner}</body></html>"
    found = read(page(inner) if chrome else bare, PORTAL + "gk/abc.html").document
    assert found is not None
    assert (found.title, found.text) == (TITLE, "")
    assert [one.url for one in found.attachments] == FILES[shown]
    assert any(doubt.startswith("no text") for doubt in found.doubts)


def test_metas_and_one_file_are_a_document() -> None:
    metas = f'<meta name="ArticleTitle" content="{TITLE}"><meta name="PubDate" content="2020-12-18">'
    inner = f'<div id="ccc"><a href="/xxgk/P0202.pdf">{TITLE}.pdf</a></div>'
    found = read(f"<html><head>{metas}</head><body>{inner}</body></html>").document
    assert found is not None
    assert [one.url for one in found.attachments] == [PORTAL + "P0202.pdf"]


def test_a_logo_a_list_of_files_and_an_empty_template_are_no_document() -> None:
    metas = f'<meta name="ArticleTitle" content="{TITLE}">'
    assert read(f'<html><head>{metas}</head><body><img src="a.png"><div id="app"></div></body></html>').kind == "shell"
    files = "".join(f'<li><a href="{n}.pdf">第{n}号公告</a><span>2020-12-{n}</span></li>' for n in range(10, 20))
    assert read(page(f"<h2>平川市人民政府公告目录一览</h2><ul>{files}</ul>"), PORTAL).kind == "listing"
