"""The body and nothing else: every layout of the tables, unknown layouts, tables, pages, bars, titles."""

from __future__ import annotations

import re

import pytest

from archive.records import Document, Reading
from pipelines import extract, layouts
from pipelines.layouts import LAYOUTS
from tests.pages import TEXT, TITLE, article, page, paragraphs, response

WANTED = "\n".join(TEXT)


def document(source: str, url: str = "http://www.pingchuan.gov.cn/xxgk/t20201218_1.html") -> Document:
    reading: Reading = extract(response(source, url))
    assert reading.kind == "document", reading.problem
    assert reading.document is not None
    return reading.document


def opening(selector: str) -> str:
    """The opening tag that a selector names; a prefix is continued as VSB does: `.titlestyle*` → titlestyle12345."""
    name = selector.replace("*", "12345")
    tag, mark, rest = re.fullmatch(r"(\w*)([#.]?)(.*)", name).groups()  # type: ignore[union-attr]
    attribute = {"#": "id", ".": "class"}.get(mark)
    return f'<{tag or "div"} {attribute}="{rest}">' if attribute else f"<{tag or 'div'}>"


BODIES = [(row.family, selector) for row in LAYOUTS for selector in row.bodies.split()]
TITLES = [(row.family, selector) for row in LAYOUTS for selector in row.titles.split()]


@pytest.mark.parametrize(("family", "selector"), BODIES)
def test_every_listed_container_gives_the_body(family: str, selector: str) -> None:
    found = document(page(article(opening(selector))))
    assert found.text == WANTED
    assert found.title == TITLE
    assert found.layout == layouts.BODIES.family([selector.rstrip("*")])


@pytest.mark.parametrize(("family", "selector"), TITLES)
def test_every_listed_heading_gives_the_title(family: str, selector: str) -> None:
    tag = opening(selector)
    heading = f"{tag}{{}}</{tag[1:].split()[0].rstrip('>')}>"
    heading = f"<table><tr>{heading}</tr></table>" if tag.startswith("<td") else heading
    source = page(article('<div class="unheard-of">', heading)).replace(f"<title>{TITLE}_", "<title>")
    assert document(source).title == TITLE


@pytest.mark.parametrize(
    "container",
    ['<div class="x7">', "<div>", '<div class="content">', '<div id="main_2">', "<article>", "<section>"],
)
def test_an_unknown_layout_gives_the_same_body(container: str) -> None:
    found = document(page(article(container)))
    assert found.text == WANTED
    assert found.layout == "density"
    assert any("layout" in doubt for doubt in found.doubts)
    assert found.confidence < 0.9


def test_a_body_of_bare_text_and_line_breaks() -> None:
    source = (
        f"<h1>{TITLE}</h1><div>发布时间：2020-12-18</div><div>"
        + "<br/>".join(f"&nbsp;&nbsp;{line}" for line in TEXT)
        + "</div>"
    )
    assert document(page(source)).text == WANTED


def test_a_whole_article_in_one_cell_of_a_layout_table() -> None:
    cells = (
        f'<table width="100%"><tr><td align="center"><b>{TITLE}</b></td></tr><tr><td>'
        f"发布时间：2020-12-18 点击数：12</td></tr>"
    )
    found = document(page(f"{cells}<tr><td>{paragraphs()}</td></tr><tr><td>【关闭】</td></tr></table>"))
    assert found.text == WANTED
    assert found.title == TITLE


def test_punctuation_and_full_width_forms_stay() -> None:
    line = "“依申请公开”——〔2017〕４７号：①、（二）…… 《办法》，ＡＢ；α￥№"
    assert document(page(article('<div id="zoom">', inner=paragraphs((line, *TEXT))))).text.startswith(line + "\n")


def test_white_space_is_that_of_a_browser() -> None:
    inner = paragraphs(("　　第一条 为了\n      规范<span>政府</span>\n<b>信息</b>公开，制定 GB\n 9704 标准。", *TEXT))
    assert document(page(article('<div id="zoom">', inner=inner))).text.splitlines()[0] == (
        "第一条 为了规范政府信息公开，制定 GB 9704 标准。"
    )


TABLE = """<table><thead><tr><th>序号</th><th>单位</th></tr></thead><tbody>
<tr><td><p>1</p></td><td><p>平川市</p><p>财政局</p></td></tr><tr><td>2</td><td></td></tr></tbody></table>"""


def test_rows_of_a_table_are_lines_of_cells_in_their_place() -> None:
    inner = paragraphs(TEXT[:3]) + TABLE + paragraphs(TEXT[3:])
    found = document(page(article('<div id="zoom">', inner=inner)))
    assert found.text.splitlines()[3:6] == ["序号\t单位", "1\t平川市 财政局", "2"]
    assert "<table><tr><th>序号</th><th>单位</th></tr>" in found.html
    assert found.text.replace("序号\t单位\n1\t平川市 财政局\n2\n", "") == WANTED


def test_headings_and_lists_keep_their_order_and_their_markup() -> None:
    inner = f"<h3>一、总则</h3><ul><li>甲项。</li><li>乙项。</li></ul>{paragraphs()}"
    found = document(page(article('<div id="zoom">', inner=inner)))
    assert found.text.startswith("一、总则\n甲项。\n乙项。\n各县")
    assert "<h3>一、总则</h3>" in found.html
    assert "<ul><li>甲项。</li><li>乙项。</li></ul>" in found.html


def test_html_is_strict_and_absolute() -> None:
    inner = (
        paragraphs() + '<p style="color:red" onclick="x()">见<a href="../fj/a.html" onmouseover="y()">办法</a>'
        '<a href="javascript:z()">此处</a>'
        '<img src="./W1.jpg" onerror="w()"><script>alert(1)</script><iframe src="http://evil/"></iframe></p>'
    )
    found = document(page(article('<div id="zoom">', inner=inner)))
    assert '<a href="http://www.pingchuan.gov.cn/fj/a.html">办法</a>' in found.html
    assert '<img src="http://www.pingchuan.gov.cn/xxgk/W1.jpg"' in found.html
    assert not re.search(r"script|style|onerror|onclick|onmouse|evil|javascript", found.html)
    assert "alert" not in found.text


def test_bars_inside_the_container_are_left_out() -> None:
    bars = (
        '<div class="share_box">分享到：<a href="#">微信</a><a href="#">微博</a></div>'
        '<div id="fontsize">字号：大 中 小</div>'
        '<div class="bdsharebuttonbox"><a>QQ空间</a></div><style>.a{}</style><script>var a="中"</script>'
    )
    after = (
        '<div class="relatedNews"><h3>相关链接</h3><ul><li><a href="/1.html">'
        "另一份通知</a></li></ul></div><p>责任编辑：张三</p><p>【打印本页】 【关闭窗口】</p>"
    )
    assert document(page(article('<div id="zoom">', inner=bars + paragraphs() + after))).text == WANTED


def test_neighbours_and_editors_at_the_end_are_cut() -> None:
    after = (
        '<p>（责任编辑：李四）</p><p>上一篇：<a href="/1.html">关于甲的通知</a></p><p>下一篇：'
        '<a href="/2.html">关于乙的通知</a></p><p>扫一扫在手机打开当前页</p>'
    )
    assert document(page(article('<div id="zoom">', inner=paragraphs() + after))).text == WANTED


def test_buttons_with_icons_at_the_end_and_a_caption_of_the_index_block_are_cut() -> None:
    button = '<a class="down" onclick="window.close()"><img src="/images/down.png"/>【关闭窗口】</a>'
    source = page(article('<div id="zoom">', inner=f"<p>目录项的基本信息</p>{paragraphs()}<div>{button}</div>"))
    assert document(source).text == WANTED
    picture = '<p><img src="/2020/map.jpg">规划图</p>'
    assert document(page(article('<div id="zoom">', inner=paragraphs() + picture))).html.count("<img") == 1


def test_a_picture_under_its_file_name_is_an_attachment() -> None:
    files = '<p>附件：<a href="/up/1.jpg">标的信息.JPG</a></p><p><a href="/up/2.jpg"><img src="/up/2.jpg"></a></p>'
    found = document(page(article('<div id="zoom">', inner=paragraphs() + files)))
    assert [one.name for one in found.attachments] == ["标的信息.JPG"]


def test_a_wrapper_named_print_is_not_a_bar() -> None:
    assert document(page(article('<div class="print-class share-wrap">'))).text == WANTED


def test_pages_of_one_article_are_joined() -> None:
    half = len(TEXT) // 2
    marked = paragraphs(TEXT[:half]) + "<p>#PAGE_BREAK#</p>" + paragraphs(TEXT[half:])
    assert document(page(article('<div id="UCAP-CONTENT">', inner=marked))).text == WANTED
    more = tuple(
        f"第{n}条 政务公开工作应当坚持以公开为常态、不公开为例外的原则，逐步推进，稳妥有序。" for n in range(9)
    )
    hidden = f'<div class="part">{paragraphs()}</div><div class="part" style="display:none">{paragraphs(more)}</div>'
    assert document(page(article('<div id="zoom">', inner=hidden))).text == "\n".join((*TEXT, *more))


def test_an_article_held_twice_is_read_once() -> None:
    twin = f'<div class="wap">{paragraphs()}</div>'
    assert document(page(article('<div class="pc">') + twin)).text == WANTED


def test_siblings_that_share_the_name_of_the_container_are_joined() -> None:
    half = len(TEXT) // 2
    parts = "".join(f'<div class="TRS_Editor">{paragraphs(part)}</div>' for part in (TEXT[:half], TEXT[half:]))
    assert document(page(f"<h1>{TITLE}</h1><div>发布时间：2020-12-18</div><div class='z'>{parts}</div>")).text == WANTED


def test_the_index_block_inside_the_container_is_left_out() -> None:
    block = (
        "<table><tr><td>索引号：</td><td>003158495/202012-00407</td><td>发布机构：</td><td>"
        "平川市人民政府办公室</td></tr>"
        "<tr><td>文号：</td><td>平政办〔2020〕5号</td><td>发布日期：</td><td>2020-12-18</td></tr></table>"
    )
    assert document(page(article('<div id="zoom">', inner=block + paragraphs()))).text == WANTED


def test_a_document_that_is_only_a_picture() -> None:
    found = document(page(article('<div id="zoom">', inner='<p><img src="./W020.jpg"></p>')))
    assert found.text == ""
    assert '<img src="http://www.pingchuan.gov.cn/xxgk/W020.jpg"' in found.html
    assert any("pictures" in doubt for doubt in found.doubts)
    assert document(page(article("<div>", inner='<p><img src="./W020.jpg"></p>'))).title == TITLE


def test_a_document_that_is_only_a_file() -> None:
    found = document(page(article('<div id="zoom">', inner='<p><a href="./P020.pdf">平川市2020年度报告.pdf</a></p>')))
    assert [one.name for one in found.attachments] == ["平川市2020年度报告.pdf"]
    assert found.doubts


def test_a_short_document_is_doubted() -> None:
    found = document(page(article('<div id="zoom">', inner="<p>经研究，同意。此复。</p>")))
    assert any("short body" in doubt for doubt in found.doubts)


@pytest.mark.parametrize(
    ("head", "heading", "title"),
    [
        (f'<meta name="ArticleTitle" content="{TITLE}">', "<p>{}</p>", TITLE),
        (f'<meta name="articletitle" content="&lt;p&gt;{TITLE}&lt;/p&gt;">', "<p>x</p>", TITLE),
        (f'<meta name="ArticleTitle" content="{TITLE[:20]}...">', "<h2>{}</h2>", TITLE),
        ("", "<h1>{} （2020-12-18）</h1>", TITLE),
        ("", "<h2>{}</h2>", TITLE),
        ("", "<p>无标记的一行</p>", TITLE),
    ],
)
def test_the_title_is_the_heading_as_printed(head: str, heading: str, title: str) -> None:
    assert document(page(article('<div id="zoom">', heading), head)).title == title


def test_a_title_without_markup_is_the_line_over_the_date() -> None:
    source = page(article("<div>", '<div class="a1">{}</div>')).replace(f"<title>{TITLE}_", "<title>")
    found = document(source)
    assert found.title == TITLE
    assert "title taken from the line over the date" in found.doubts


@pytest.mark.parametrize("name", ["双公示行政处罚（标准）", "平川市人民政府规范性文件库查询系统"])
def test_a_title_element_that_names_the_column_gives_way_to_the_line_over_the_date(name: str) -> None:
    source = page(article("<div>", '<div class="a1">{}</div>')).replace(f"{TITLE}_平川市人民政府", name)
    assert document(source).title == TITLE


def test_the_site_is_taken_off_the_title_element() -> None:
    for name in (
        f"{TITLE}-平川市人民政府",
        f"平川市人民政府门户网站 {TITLE}"[12:] + " | 政务公开 | 平川市人民政府",
        f"{TITLE}--通知公告",
    ):
        source = page(f"<div>{paragraphs()}</div>").replace(f"{TITLE}_平川市人民政府", name)
        assert document(source).title == TITLE


def test_plain_text_has_title_header_and_body() -> None:
    text = (
        f"首页 > 信息公开 > 规划计划\n\n{TITLE}\n\n发布时间:2020-12-18    来源:政府办    浏览次数: 【字体:  打印\n\n"
        + "\n\n".join(TEXT)
    )
    found = document(text, "http://www.pingchuan.gov.cn/a/1.txt")
    assert (found.title, found.text, found.layout) == (TITLE, WANTED, "text")


def test_plain_text_without_a_title_is_given_none() -> None:
    found = document("\n".join(TEXT[1:]), "http://www.pingchuan.gov.cn/a/1.txt")
    assert found.title is None
    assert "no title" in found.doubts


def test_what_follows_a_plain_text_is_no_part_of_it_and_files_it_names_are_attachments() -> None:
    tail = ["附件：1.任务分解表.doc", "2、说明.xls", "【打印本页】", "上一篇：无", "下一篇：关于名单的通知"]
    found = document("\n".join([TITLE, "发布时间:2020-12-18", *TEXT, *tail]), "http://www.pingchuan.gov.cn/a/1.txt")
    assert found.text.endswith("附件：1.任务分解表.doc\n2、说明.xls")
    assert [one.name for one in found.attachments] == ["任务分解表.doc", "说明.xls"]


@pytest.mark.parametrize(
    ("lines", "title"),
    [
        (["云湖市自然资源局土地挂牌出让公告", "（云自然资告字〔2024〕3号）"], "云湖市自然资源局土地挂牌出让公告"),
        (["云湖市人民政府", "关于命名文明单位的决定", "云政字〔2023〕88号"], "云湖市人民政府关于命名文明单位的决定"),
        (["云湖市人民政府文件", "关于命名文明单位的决定", "云政字〔2023〕88号"], "关于命名文明单位的决定"),
    ],
)
def test_a_heading_that_only_the_number_below_it_shows(lines: list[str], title: str) -> None:
    head = "".join(f"<p>{line}</p>" for line in lines)
    source = f"<html><head><title>公告</title></head><body><div>{head}{paragraphs()}</div></body></html>"
    assert document(source).title == title


LINE = '<h1>{}</h1><div class="info">发布时间：2020-12-18 来源：市政府办</div>'


def test_the_hour_of_a_meeting_is_text_not_the_line_under_the_title() -> None:
    hour = "时间：2021年1月5日（星期二）上午9时"
    found = document(page(LINE.format(TITLE) + f'<div class="x1"><p>{hour}</p>{paragraphs()}</div>'))
    assert found.text.startswith(hour)
    assert found.index.published_on == "2020-12-18"


@pytest.mark.parametrize("viewer", ['<p id="pdfshow" data-value="/a/b.pdf"></p>', '<p data-pdf="/a/b.pdf"></p>'])
def test_a_document_that_only_a_viewer_shows(viewer: str) -> None:
    found = document(page(LINE.format(TITLE) + viewer))
    assert found.title == TITLE
    assert [one.url for one in found.attachments] == ["http://www.pingchuan.gov.cn/a/b.pdf"]


def test_the_original_s_own_number_and_title_stay_in_its_text() -> None:
    """A page names its document in a table; the text below begins with 文号 and title again."""
    own = f"<p>平政办发〔2020〕17号</p><p>{TITLE}</p>{paragraphs()}"
    table = f"<table><tr><td>标题</td><td>{TITLE}</td></tr><tr><td>索引号</td><td>A01-2020-0012</td></tr></table>"
    found = document(page(f'{table}<div class="x1">{own}</div>'))
    assert found.text.startswith(f"平政办发〔2020〕17号\n{TITLE}\n")


def test_a_crumb_is_no_document() -> None:
    """A page cut behind its header holds no text."""
    crumb = "<div>您当前所在位置：<a href='/'>首页</a> &gt; <a href='/zw/'>政务公开</a> &gt; 通知公告</div>"
    assert extract(response(f"<title>平川市人民政府 政务公开 {TITLE}</title><body>{crumb}")).kind != "document"


@pytest.mark.parametrize(("before", "after"), [("", ""), ("<div>", "</div>")])
def test_the_paragraphs_around_a_dense_table_belong_to_the_body(before: str, after: str) -> None:
    rows = "".join(f"<tr><td>{n}</td><td>平川市第{n}建筑有限公司</td></tr>" for n in range(1, 40))
    table = f"{before}<table>{rows}</table>{after}"
    inner = f"<p>现将名单公示如下：</p>{table}<p>平川市财政局</p><p>2020年12月18日</p>"
    lines = document(page(article('<div id="ccc">', inner=inner))).text.splitlines()
    assert lines[:2] == ["现将名单公示如下：", "1\t平川市第1建筑有限公司"]
    assert lines[-3:] == ["39\t平川市第39建筑有限公司", "平川市财政局", "2020年12月18日"]


@pytest.mark.parametrize("tag", ["p", "span"])
@pytest.mark.parametrize("named", [True, False])
def test_a_title_ends_before_the_line_inside_its_element(tag: str, named: bool) -> None:
    heading = f'<div class="zsy_cotitle">{TITLE}<{tag}>文章来源：质量局　发布时间：2023-04-18</{tag}></div>'
    source = page(f'{heading}<div class="zsy_comain">{paragraphs()}</div>')
    found = document(source if named else source.replace(f"<title>{TITLE}_", "<title>"))
    assert (found.title, found.text) == (TITLE, WANTED)
    assert (found.index.source, str(found.index.published_on)) == ("质量局", "2023-04-18")


def test_font_buttons_are_no_metadata() -> None:
    header = "<table><tr><td>索引号</td><td>K1</td><td>发布机构</td><td>平川市财政局</td></tr></table>"
    buttons = "<div><span>发布时间：2020-12-18</span><span>字号：[<a>大</a> <a>中</a> <a>小</a>]</span></div>"
    found = document(page(f'{header}<h1>{TITLE}</h1>{buttons}<div id="zoom">{paragraphs()}</div>'))
    assert "字号" not in found.index.other
    assert found.index.document_number is None
