"""The files of a document: every product's way to link them, their names, and what is not one."""

from __future__ import annotations

import pytest

from archive.records import Attachment
from pipelines import extract
from tests.pages import TITLE, article, page, paragraphs, response

SITE = "http://www.pingchuan.gov.cn"


def found(inner: str, after: str = "", container: str = '<div id="zoom">') -> tuple[Attachment, ...]:
    reading = extract(
        response(
            page(f"<div>{article(container, inner=paragraphs() + inner)}{after}</div>"), SITE + "/xxgk/t20201218_1.html"
        )
    )
    assert reading.document is not None
    return reading.document.attachments


@pytest.mark.parametrize(
    ("link", "name", "url"),
    [
        ('<a href="./P020201218.pdf">附件1：名单.pdf</a>', "附件1：名单.pdf", "/xxgk/P020201218.pdf"),
        ('<a href="./P020.DOC"><font>申请表</font></a>', "申请表", "/xxgk/P020.DOC"),
        ('<a href="/attachment/7/7789/7789305/1.pdf">指引</a>', "指引", "/attachment/7/7789/7789305/1.pdf"),
        (
            (
                '<a href="/module/download/downfile.jsp?classid=0&showname=%E5%90%8D%E5%8D%95.doc'
                '&filename=be5f.doc">下载</a>'
            ),
            "名单.doc",
            "/module/download/downfile.jsp?classid=0&showname=%E5%90%8D%E5%8D%95.doc&filename=be5f.doc",
        ),
        (
            (
                '附件【<a href="/system/_content/download.jsp?urltype=news.DownloadAttachUrl&owner=1'
                '&wbfileid=2F">名单.xls</a>】已下载<span>3</span>次'
            ),
            "名单.xls",
            "/system/_content/download.jsp?urltype=news.DownloadAttachUrl&owner=1&wbfileid=2F",
        ),
        ('<a href="/group1/M00/00/1A/rBQ.ofd">通知.ofd</a>', "通知.ofd", "/group1/M00/00/1A/rBQ.ofd"),
        (
            '<a href="/r/files/0123456789abcdef0123456789abcdef">名单</a>',
            "名单",
            "/r/files/0123456789abcdef0123456789abcdef",
        ),
        (
            '<a href="1.pdf" title="平川市2020年政务公开工作要点任务分解表.pdf">平川市2020年政…</a>',
            "平川市2020年政务公开工作要点任务分解表.pdf",
            "/xxgk/1.pdf",
        ),
        ('<p>2020年预算公开表 <a href="y.xlsx">点击下载</a></p>', "2020年预算公开表", "/xxgk/y.xlsx"),
        ('<a href="javascript:;" oldsrc="/protect/P0/1.xls">企业名单.xls</a>', "企业名单.xls", "/protect/P0/1.xls"),
        ('<a href="z.pdf">全文.pdf（1.2MB）</a>', "全文.pdf", "/xxgk/z.pdf"),
        ('<a href="javascript:;" onclick="download(\'/f/1.doc\')">申报表.doc</a>', "申报表.doc", "/f/1.doc"),
        ("<a onclick=\"window.open('/f/2.doc')\">申报表.doc</a>", "申报表.doc", "/f/2.doc"),
        ("<a href=\"javascript:down('/f/3.doc?v=1','x')\">申报表.doc</a>", "申报表.doc", "/f/3.doc?v=1"),
        ('<a href="/module/download/down.jsp?i_ID=1">申报表</a>', "申报表", "/module/download/down.jsp?i_ID=1"),
        (
            '<iframe src="/pdfjs/web/viewer.html?file=/upload/a.pdf"></iframe>',
            "平川市人民政府办公室关于印发政务公开工作要点的通知",
            "/upload/a.pdf",
        ),
        (
            '<div id="pdfshow" data-value="/upload/b.pdf"></div>',
            "平川市人民政府办公室关于印发政务公开工作要点的通知",
            "/upload/b.pdf",
        ),
        ("<script>var fj = '<a href=\"./P03.pdf\">实施细则</a>';</script>", "实施细则", "/xxgk/P03.pdf"),
        ('<script>var fileUrl="/files/c.docx";</script>', "c.docx", "/files/c.docx"),
    ],
)
def test_every_way_to_link_a_file(link: str, name: str, url: str) -> None:
    assert found(link) == (Attachment(name, SITE + url),)


@pytest.mark.parametrize(
    "link",
    [
        '<a href="javascript:window.print()">打印</a>',
        '<a href="file:///C:/Users/a/Desktop/名单.doc">名单.doc</a>',
        '<a href="./W020.jpg"><img src="./W020.jpg"></a>',
        '<img src="/images/qrcode.png">',
        '<a href="http://www.gov.cn/a.html">国务院办公厅通知</a>',
        '<a href="/list.jsp?type=pdf">更多</a>',
        '<div class="share"><a href="/share/app.zip">客户端</a></div>',
    ],
)
def test_what_is_not_a_file_of_the_document(link: str) -> None:
    assert found(link) == ()


def test_files_listed_below_the_body_belong_to_it() -> None:
    after = (
        '<div class="fujian"><h4>附件下载</h4><ul><li><a href="/a/1.doc">表一.doc</a></li><li>'
        '<a href="/a/2.doc">表二.doc</a></li></ul></div>'
    )
    assert [one.name for one in found("", after)] == ["表一.doc", "表二.doc"]


def test_icon_and_text_are_one_file_under_the_name_people_read() -> None:
    link = (
        '<a href="./P1.pdf"><img src="/icons/pdf.gif"></a><a href="./P1.pdf">'
        '关于印发要点的通知.pdf</a><a href="./P1.pdf">下载</a>'
    )
    assert [one.name for one in found(link)] == ["关于印发要点的通知.pdf"]


def test_a_file_link_with_a_blanked_address_keeps_its_name() -> None:
    assert found('<a href="javascript:;">1、报名表.docx</a>') == (Attachment("1、报名表.docx", None),)


def test_lines_that_are_only_files_are_not_text() -> None:
    reading = extract(
        response(page(article('<div id="zoom">', inner=paragraphs() + '<p><a href="./P1.pdf">名单.pdf</a></p>')))
    )
    assert reading.document is not None
    assert "名单.pdf" not in reading.document.text
    assert [one.name for one in reading.document.attachments] == ["名单.pdf"]


@pytest.mark.parametrize(
    "block",
    [
        '<div class="article-appendix">{}</div>',
        '<ul class="fjlist"><li>{}</li></ul>',
        '<div class="fjdown">{}</div>',
        "<div>附件：{}</div>",
        "<p>附件：</p><p>{}</p>",
    ],
)
def test_files_below_the_bodys_wrapper(block: str) -> None:
    listed = block.format('<a href="/a.doc">申请表</a>')
    other = '<div class="x"><a href="/b.doc">别的.doc</a></div>'
    wrapped = f'<div class="m"><div id="zoom">{paragraphs()}</div></div>'
    source = f"<html><head><title>{TITLE}</title></head><body><h1>{TITLE}</h1>{wrapped}{listed}{other}</body></html>"
    reading = extract(response(source, SITE + "/xxgk/t20201218_1.html"))
    assert reading.document is not None
    assert reading.document.attachments == (Attachment("申请表", SITE + "/a.doc"),)
