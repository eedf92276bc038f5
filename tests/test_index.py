"""Index metadata from every place where it stands, with evidence, and nothing that is not metadata of the document."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scrapy.http import HtmlResponse, TextResponse

from archive.records import Entry, Index
from pipelines.html import parse
from pipelines.index import Stated, read
from pipelines.labels import LABELS, lookup

TITLE = "云州市开展春季学校食品安全检查"
BODY = (
    "<p>四月以来，云州市教育局会同有关部门对全市中小学校食堂开展春季食品安全专项检查，共检查食堂二百一十六家。</p>"
    "<p>下一步，将建立问题台账，逐项对账销号，确保师生饮食安全。</p>"
)


def stated(html: str, url: str = "http://www.yunzhou.example/a/1.html", entry: Entry | None = None) -> Stated:
    return read(parse(HtmlResponse(url, body=html.encode())), entry)


def page(header: str, body: str = BODY, head: str = "", title: str = TITLE) -> str:
    return (
        f"<html><head><title>{title}-云州市教育局</title>{head}</head><body><ul><li><a href='/'>首页</a></li></ul>"
        f"<h1>{title}</h1>{header}<div class='c'>{body}</div>"
        "<div>上一篇：<a href='2.html'>云州市召开会议</a></div></body></html>"
    )


def block(*rows: str) -> str:
    return "<table class='idx'>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>"


def pair(label: str, value: str) -> str:
    return f"<td>{label}</td><td>{value}</td>"


# --- labels ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "field"),
    [
        ("索 引 号：", "index_number"),
        ("文\xa0\xa0\xa0\xa0号", "document_number"),
        ("标　　题", "title"),
        ("主 题 词 ：", "keywords"),
        ("【发文机构】", "publisher"),
        ("[ 有 效 性 ]", "validity"),
        ("•成文日期:", "written_on"),
        ("1.信息来源", "source"),
        ("文件名称", "title"),
        ("所属分类", "category"),
        ("信息公开日期", "published_on"),
        ("公开方式", "disclosure"),
    ],
)
def test_a_label_is_known_however_it_is_spaced_and_wrapped(printed: str, field: str) -> None:
    label = lookup(printed)
    assert label is not None
    assert label.field == field


@pytest.mark.parametrize("text", ["", "通知公告", "来源于群众", "关于文号管理的通知", "数据来源", "索引号003158495"])
def test_other_words_are_no_labels(text: str) -> None:
    assert lookup(text) is None


def test_every_field_of_the_index_has_labels() -> None:
    named = {label.field for label in LABELS.values()}
    assert named >= {name for name in Index.__dataclass_fields__ if name != "other"}


# --- the line at the title ---------------------------------------------------------------------------------------

LINES = {
    "<div>发布时间：2023-05-06 09:08　|　来源：市气象局　|　作者：办公室　|　点击数：12</div>": "市气象局",
    "<div>2023-05-06 09:08:12 来源：新华社 字体：[大 中 小]</div>": "新华社",
    "<div><span>来源:</span><span>市局</span><span>发布时间:</span><span>2023-05-06</span></div>": "市局",
    "<div><b>来源</b>：市局 <b>时间</b>：2023-05-06</div>": "市局",
    "<ul><li>发布日期: <em>2023年05月06日</em></li><li>信息来源: <em>市局</em></li></ul>": "市局",
    "<p>发布日期：2023-05-06　访问次数：<i>3</i>　信息来源：<a href='#'>云州日报</a>　</p>": "云州日报",
    "<div>文章来源：云州日报  发布人：admin 发布时间：2023-05-06</div>": "云州日报",
    "<div>时间：2023-05-06 来源：本站编辑：张三</div>": "本站",
    "<table><tr><td>发布日期：2023-05-06</td><td>来源：市局</td><td>点击：3</td></tr></table>": "市局",
    "<div>【发布时间:2023-05-06】【来源:市局】【字号 大 中 小】</div>": "市局",
    "<div>【发布日期】2023-05-06 【来源】市局 【打印】</div>": "市局",
    "<h6>时间：<i>2023</i>-<i>05</i>-<i>06</i> 来源：<i>市局</i></h6>": "市局",
    "<div>信息来源：市局网站 责任编辑：李四 2023-05-06 打印</div>": "市局网站",
    "<div>来源：政务服务局|作者：李|时间：2023-05-06</div>": "政务服务局",
    "<div><p>发布日期：</p><p>2023-05-06</p><p>来源：</p><p>市局</p></div>": "市局",
    "<dl><dt>发布日期</dt><dd>2023-05-06</dd><dt>来源</dt><dd>市局</dd></dl>": "市局",
    "<div><label>来源</label><span>市局</span><label>日期</label><span>2023-05-06</span></div>": "市局",
    "<div>来源：云州市人民政府办公室（政务公开办）  时间：2023-05-06</div>": "云州市人民政府办公室（政务公开办）",
    "<div>来源：云州发布公众号  2023-05-06 09:00【字号：大 中 小】【打印】</div>": "云州发布公众号",
    "<div>发布时间：2023-05-06 文章来源：<span></span><span class='x'>打印</span></div>": None,
    "<div>来源： 2023-05-06</div>": None,
    "<p>[ 2023-05-06 ]</p>": None,
    "<p>（2023年5月6日）</p>": None,
    "<p>2023年05月06日 08:30 | 来源：云州日报 | 记者 李四</p>": "云州日报",
    "<p>【信息来源：市教育局】【发布时间：2023-05-06】【字号 大 中 小】</p>": "市教育局",
    "<p>日期：2023-05-06</p>": None,
    "<p>发表于 2023-05-06</p>": None,
    "<div>发布时间<span>2023-05-06</span></div>": None,
    "<div><span>2023-05-06</span><span>市教育局</span></div>": None,
    "<div>发布时间：<script>var d='2023年05月06日'; if(d!=''){document.write(d)}</script></div>": None,
    "<div>2023-05-06 10:11:12 星期六　来源：市教育局　浏览：12次</div>": "市教育局",
    "<p>【信息时间：2023/5/6】</p><p>【阅读次数：<span>12</span>】</p><p>【<a>我要打印</a>】</p>": None,
    "<div>[2023-05-06]　[来源：市教育局]　[浏览：12]</div>": "市教育局",
    "<div>添加时间：2023-05-06　　文章来源：市教育局　　点击数：12</div>": "市教育局",
    "<div>上传时间:2023-05-06　作者:市教育局　浏览次数:12</div>": None,
    "<div>公告日期：2023-05-06　出处：市教育局</div>": "市教育局",
    "<p>2023-05-06<script>if ('市局'!='') { document.write('<b>来源：市局</b>') }</script></p>": "市局",
    "<div>2023-05-06 来源：<script>document.write('<span>市局</span>')</script></div>": "市局",
}


@pytest.mark.parametrize(
    "script", ["if (n > 1) { document.write('来源：市局') }", 'if ("" != "") { document.write("来源：市局") }']
)
def test_what_a_condition_may_keep_a_script_from_writing_is_not_printed(script: str) -> None:
    assert stated(page(f"<div>2023-05-06<script>{script}</script></div>")).index.source is None


@pytest.mark.parametrize(
    "heading", [f"<h1>{TITLE}<small>(2023年05月06日)</small></h1>", f"<p>2023-05-06</p><h1>{TITLE}</h1>"]
)
def test_a_date_in_the_heading_or_right_over_it_is_the_line(heading: str) -> None:
    found = stated(page("").replace(f"<h1>{TITLE}</h1>", heading))
    assert (found.index.published_on, found.evidence["published_on"].where) == ("2023-05-06", "line")


def test_the_office_and_day_that_sign_a_text_are_no_heading_and_line() -> None:
    signed = BODY + "<p>云州市教育局办公室</p><p>2023年5月4日</p>"
    assert stated(page("", signed).replace(f"<h1>{TITLE}</h1>", "")).index.published_on is None


@pytest.mark.parametrize(("line", "source"), LINES.items())
def test_the_line_states_date_and_source(line: str, source: str | None) -> None:
    found = stated(page(line))
    assert (found.index.published_on, found.index.source) == ("2023-05-06", source)
    assert found.evidence["published_on"].where == "line"


def test_a_source_at_the_foot_counts_where_the_head_is_silent() -> None:
    foot = "<ul><li>来源：云州日报　　编辑：苏某</li></ul>"
    assert stated(page("", BODY + foot)).index.source == "云州日报"
    assert stated(page("<p>来源：市局</p>", BODY + foot)).index.source == "市局"


# --- the block ---------------------------------------------------------------------------------------------------

FIELDS = {
    "索引号": "003158495/202012-00407",
    "发布机构": "云州市教育局",
    "成文日期": "2020年12月17日",
    "文号": "云教〔2020〕5号",
    "发布日期": "2020-12-18",
    "有效性": "有效",
}
SHAPES = {
    "two pairs a row": block(
        *(pair(*a) + pair(*b) for a, b in zip(list(FIELDS.items())[::2], list(FIELDS.items())[1::2], strict=True))
    ),
    "heads": block(*(f"<th>{a}：</th><td>{b}</td>" for a, b in FIELDS.items())),
    "one cell": block(*(f"<td>{a}：{b}</td>" for a, b in FIELDS.items())),
    "a break": block(*(f"<td>{a}：<br>{b}</td>" for a, b in FIELDS.items())),
    "paragraphs in cells": block(*(pair(f"<p><b>{a}</b></p>", f"<p><span>{b}</span></p>") for a, b in FIELDS.items())),
    "head row": block("".join(f"<th>{a}</th>" for a in FIELDS), "".join(f"<td>{b}</td>" for b in FIELDS.values())),
    "definitions": "<dl>" + "".join(f"<dt>{a}</dt><dd>{b}</dd>" for a, b in FIELDS.items()) + "</dl>",
    "list": "<ul>" + "".join(f"<li>{a}：{b}</li>" for a, b in FIELDS.items()) + "</ul>",
    "list with spans": "<ul>" + "".join(f"<li><em>{a}</em><span>{b}</span></li>" for a, b in FIELDS.items()) + "</ul>",
    "list with blocks": "<ul>" + "".join(f"<li>{a}<div>{b}</div></li>" for a, b in FIELDS.items()) + "</ul>",
    "boxed": "<ol>" + "".join(f"<li>[{a}] {b}</li>" for a, b in FIELDS.items()) + "</ol>",
    "grid": "".join(f"<div class='r'><div>{a}：</div><div>{b}</div></div>" for a, b in FIELDS.items()),
    "labels of their own": "".join(
        f"<div class='r'><label><font>{a}：</font></label><div class='v'>{b}</div></div>" for a, b in FIELDS.items()
    ),
    "one text": "<div>" + " ".join(f"{a}：{b}" for a, b in FIELDS.items()) + "</div>",
    "bars": "<div>" + " | ".join(f"{a} | {b}" for a, b in FIELDS.items()) + " |</div>",
    "lines": "<div>" + "<br>".join(f"{a}：{b}" for a, b in FIELDS.items()) + "</div>",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_block_is_read_in_every_shape(shape: str) -> None:
    for html in (page(SHAPES[shape]), SHAPES[shape] + page("")):  # under and over the title
        found = stated(html)
        assert found.index == Index(
            index_number="003158495/202012-00407",
            publisher="云州市教育局",
            written_on="2020-12-17",
            document_number="云教〔2020〕5号",
            published_on="2020-12-18",
            validity="有效",
        )
        assert {evidence.where for evidence in found.evidence.values()} == {"header"}
        assert not any(evidence.rivals for evidence in found.evidence.values())


@pytest.mark.parametrize("empty", ["", "无", "----", "—", "/", "暂无", "null", "undefined", "&nbsp;"])
def test_a_placeholder_is_absent(empty: str) -> None:
    found = stated(page(block(pair("索引号", "003158495/202012-00407") + pair("文号", empty))))
    assert found.index.document_number is None
    assert "文号" not in found.index.other


def test_a_block_printed_twice_is_one_block() -> None:
    html = block(pair("索引号", "003158495/202012-00407") + pair("发布机构", "云州市教育局"))
    found = stated(page(f"<div class='hidden-xs'>{html}</div><div class='hidden-lg'>{html}</div>"))
    assert found.index.publisher == "云州市教育局"
    assert found.evidence["publisher"].rivals == ()
    assert len(found.nodes) == 1 or sum("云州市教育局" in "".join(n.itertext()) for n in found.nodes) == 2


def test_a_block_that_stands_twice_once_empty_is_read_where_it_is_filled() -> None:
    rows = pair("索引号", "003158495/202012-00407") + pair("文号", "云教〔2020〕5号")
    empty = f"<div style='display:none'>{block(pair('索引号', '') + pair('文号', ''))}</div>"
    found = stated(page(empty + block(rows))).index
    assert (found.index_number, found.document_number) == ("003158495/202012-00407", "云教〔2020〕5号")


def test_a_day_beside_its_label_needs_no_colon() -> None:
    rows = {"索引号": "003158495/202012-00407", "成文日期": "2020-12-17", "发布日期": "2020-12-18"}
    header = "".join(f"<div class='r'><div>{label}</div><div>{value}</div></div>" for label, value in rows.items())
    found = stated(page(header)).index
    assert (found.published_on, found.written_on) == ("2020-12-18", "2020-12-17")


def test_labels_nobody_mapped_are_kept_with_their_values() -> None:
    html = block(
        pair("索引号", "003158495/202012-00407") + pair("组配分类", "公告"),
        pair("数据标识", "A-7") + pair("信息分类", "教育"),
    )
    found = stated(page(html)).index
    assert found.category == "教育"
    assert found.other == {"数据标识": "A-7", "组配分类": "公告"}


def test_a_page_filed_by_topic_alone_has_it_as_its_category() -> None:
    html = block(pair("索引号", "003158495/202012-00407") + pair("主题分类", "教育\\学校"))
    found = stated(page(f"<div>当前位置：首页 &gt; 通知公告</div>{html}"))
    assert (found.index.topic, found.index.category) == ("教育\\学校", "教育\\学校")
    assert found.evidence["category"].label == "主题分类"


# --- dates: which one is the publication -------------------------------------------------------------------------

STAMP = '<input class="fwrq" type="hidden" value="1608192000000"/><span id="fwrqBox"></span>'  # a script prints it
WRITTEN = pair("索引号", "003158495/202012-00407") + pair("生成日期", "2020-12-17")


@pytest.mark.parametrize(
    ("html", "published_on", "where", "label"),
    [
        (
            page(block(WRITTEN + pair("公开日期", "2020-12-18")) + "<p>发布时间：2020-12-19</p>"),
            "2020-12-18",
            "header",
            "公开日期",
        ),
        (page(block(WRITTEN) + "<p>发布时间：2020-12-19</p>"), "2020-12-19", "line", "发布时间"),
        (
            page(block(WRITTEN), head="<meta name='PubDate' content='2020-12-20 10:00'>"),
            "2020-12-20",
            "meta",
            "pubdate",
        ),
        (page(block(WRITTEN + pair("发文日期", "2020-12-22"))), "2020-12-22", "header", "发文日期"),
        (page(block(WRITTEN)), "2020-12-17", "header", "生成日期"),
        (page(block(WRITTEN.replace("2020-12-17", STAMP))), "2020-12-17", "header", "生成日期"),
    ],
)
def test_the_publication_is_the_most_trusted_date(html: str, published_on: str, where: str, label: str) -> None:
    found = stated(html)
    assert found.index.published_on == published_on
    assert (found.evidence["published_on"].where, found.evidence["published_on"].label) == (where, label)
    assert found.index.written_on == "2020-12-17"


def test_the_row_of_the_listing_serves_before_the_date_of_writing() -> None:
    entry = Entry("题", "http://x.example/", "2020-12-21", {"document_number": "云教〔2020〕5号"})
    found = stated(page(block(WRITTEN)), entry=entry)
    assert (found.index.published_on, found.evidence["published_on"].where) == ("2020-12-21", "listing")
    assert (found.index.document_number, found.evidence["document_number"].where) == ("云教〔2020〕5号", "listing")


def test_places_that_disagree_are_kept_as_rivals() -> None:
    meta = "<meta name='PubDate' content='2020-12-20'><meta name='ContentSource' content='市局'>"
    found = stated(
        page(block(WRITTEN + pair("发布日期", "2020-12-18")) + "<p>发布时间：2020-12-19 来源：市局</p>", head=meta)
    )
    rivals = found.evidence["published_on"].rivals
    assert [(r.value, r.where) for r in rivals] == [("2020-12-19", "line"), ("2020-12-20", "meta")]
    assert found.evidence["source"].rivals == ()


def test_a_partial_date_is_kept_as_printed_and_not_completed() -> None:
    found = stated(page(block(pair("索引号", "003158495/202012-00407") + pair("成文日期", "二〇二〇年十二月"))))
    assert found.index.written_on is None
    assert found.index.other == {"成文日期": "二〇二〇年十二月"}
    assert found.evidence["written_on"].raw == "二〇二〇年十二月"


# --- document numbers outside labels -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "opening",
    [
        "<p style='text-align:center'>云教〔2020〕5号</p><p>各县区教育局：</p>",
        "<p>（云教〔2020〕5号）</p>",
        "<p>云教〔2020〕5号　　各县区教育局：</p>",
        "<p>云州市教育局文件</p><p><b>云教〔2020〕5号</b></p><p>云州市教育局关于检查的通知</p>",
    ],
)
def test_a_number_at_the_head_of_the_body_counts(opening: str) -> None:
    found = stated(page("<p>来源：市局</p>", opening + BODY))
    assert found.index.document_number == "云教〔2020〕5号"
    assert found.evidence["document_number"].where == "body"


@pytest.mark.parametrize(
    "cited",
    [
        "<p>根据《食品安全办法》（云教〔2019〕8号）要求，云州市教育局对全市中小学校食堂开展专项检查，现将结果予以公布。</p>",
        "<p>依据云教〔2019〕8号文件开展检查</p>",
        BODY + "<p>云教〔2019〕8号</p>",
        BODY + "<ul><li><a href='8.html'>云教〔2019〕8号</a></li></ul>",
    ],
)
def test_a_number_merely_cited_does_not(cited: str) -> None:
    assert stated(page("<p>来源：市局</p>", cited + BODY)).index.document_number is None


def test_a_number_of_no_office_counts_where_it_has_a_line_of_its_own() -> None:
    found = stated(page("<p>来源：市局</p>", "<p><span>〔</span><span>2022〕64号</span></p><p>某公司：</p>" + BODY))
    assert (found.index.document_number, found.evidence["document_number"].where) == ("〔2022〕64号", "body")
    assert stated(page("<p>来源：市局</p>", "<p>依据〔2022〕64号文</p>" + BODY)).index.document_number is None


def test_a_number_that_ends_the_title_counts_unless_the_title_retells() -> None:
    own = stated(page("", title="云州市教育局行政处罚信息公开表（云教罚〔2024〕36号）"))
    assert (own.index.document_number, own.evidence["document_number"].where) == ("云教罚〔2024〕36号", "title")
    assert stated(page("", title="一图读懂：食品安全办法解读（云教〔2019〕8号）")).index.document_number is None


# --- what is not metadata ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "noise",
    [
        "<ul><li><a href='/1/'>主题分类</a></li><li><a href='/2/'>发布机构</a></li></ul>",
        "<form>文号：<input> 有效性：<select><option>有效</option></select> 发布机构：<input> <a>搜索</a></form>",
        "<table><tr><td>采购单位</td><td>市财政局</td></tr><tr><td>发布日期</td><td>2021-09-01</td></tr></table>",
        "<p>数据来源：云州市统计局。</p>",
        "<p>会议时间：2023年6月1日</p><p>地点：三楼会议室</p>",
    ],
)
def test_navigation_forms_and_body_are_no_metadata(noise: str) -> None:
    line = "<p>发布时间：2023-05-06 来源：市局</p>"
    for html in (page(noise + line), page(line, noise + BODY), page(line, BODY + noise)):
        assert stated(html).index == Index(published_on="2023-05-06", source="市局")


def test_the_block_of_a_related_document_does_not_speak_for_this_one() -> None:
    own = block(pair("索引号", "003158495/202012-00407") + pair("发布机构", "云州市教育局"))
    other = block(pair("索引号", "003158495/201912-00001") + pair("文号", "云教〔2019〕1号"))
    found = stated(page(own, BODY + "<h4>相关文件</h4>" + other))
    assert (found.index.index_number, found.index.document_number) == ("003158495/202012-00407", None)
    assert found.evidence["index_number"].rivals == ()


def test_metas_that_speak_of_the_site_are_no_keywords_or_summary() -> None:
    site = (
        "<meta name='PubDate' content='2023-05-06'><meta name='Keywords' content='云州市,政府网站'>"
        "<meta name='Description' content='云州市教育局门户网站始建于2001年。'>"
    )
    found = stated(page("", head=site)).index
    assert (found.keywords, found.summary) == (None, None)
    own = (
        "<meta name='PubDate' content='2023-05-06'><meta name='Keywords' content='食品安全,检查'>"
        "<meta name='Description' content='四月以来，云州市教育局会同有关部门对全市中小学校食堂开展检查'>"
    )
    found = stated(page("", head=own)).index
    assert (found.keywords, found.summary) == (
        "食品安全,检查",
        "四月以来，云州市教育局会同有关部门对全市中小学校食堂开展检查",
    )


def test_the_name_of_the_site_is_no_summary_and_a_time_is_cut_off_one() -> None:
    metas = "<meta name='SiteName' content='云州市教育局'><meta name='PubDate' content='2023-05-06'>"
    name = stated(page("<p>主办：云州市教育局</p>", head=metas + "<meta name='description' content='云州市教育局'>"))
    assert name.index.summary is None
    title = "关于印发云州市教育局关于开展食品安全检查的通知"
    part = stated(page("", head=metas + f"<meta name='description' content='{title[4:]}'>", title=title))
    assert part.index.summary == title[4:]
    told = "<meta name='description' content='四月以来，云州市教育局会同有关部门开展检查。,2021-08-01-06:08:00'>"
    assert stated(page("", head=metas + told)).index.summary == "四月以来，云州市教育局会同有关部门开展检查。"


def test_the_block_of_a_law_has_labels_of_its_own() -> None:
    rows = [pair("法规名称", TITLE), pair("颁布机关", "云州市人民政府"), pair("政策文号", "云政〔2023〕12号")]
    dates = [pair("颁布日期", "2023-05-06"), pair("施行日期", "2023-06-01"), pair("时效状态", "现行有效")]
    found = stated(page(block(*rows, *dates))).index
    assert (found.publisher, found.document_number) == ("云州市人民政府", "云政〔2023〕12号")
    assert (found.published_on, found.effective_on, found.validity) == ("2023-05-06", "2023-06-01", "现行有效")


# --- what the body leaves out ------------------------------------------------------------------------------------


def test_nodes_hold_block_and_line_and_neither_heading_nor_body() -> None:
    table = block(WRITTEN, pair("发布机构", "云州市教育局") + pair("文号", "云教〔2020〕5号"))
    html = page(f"{table}<div class='info'><span>发布时间：2020-12-19</span><span>来源：市局</span><a>打印</a></div>")
    texts = ["".join(node.itertext()) for node in stated(html).nodes]
    assert any("003158495/202012-00407" in text and "云教〔2020〕5号" in text for text in texts)
    assert any("来源：市局" in text for text in texts)
    assert not any(TITLE in text or "四月以来" in text for text in texts)


# --- records, plain text -----------------------------------------------------------------------------------------


def test_the_record_of_a_page_states_what_the_page_does_not_print() -> None:
    record = {
        "content": "<p>正文只在记录里，页面由脚本填充。</p>",
        "source": "市局",
        "display_publish_time": 1680166800,
        "attachment": [{"name": "统计表.xlsx", "url": "http://x.example/1.xlsx"}],
        "gkml_data": {"identifier": "11440399007508528C/2023-00015", "date": 1679328000, "publisher": "教育局"},
    }
    script = f"<script>window._CONFIG = {{SID: '1', DETAIL: {json.dumps(record)}, TREE: []}};</script>"
    found = stated(page("", "", head=script))
    assert found.index.index_number == "11440399007508528C/2023-00015"
    assert (found.index.published_on, found.index.written_on) == ("2023-03-30", "2023-03-21")
    assert found.evidence["publisher"].where == "json"
    assert found.body_html == record["content"]
    assert [(a.name, a.url) for a in found.attachments] == [("统计表.xlsx", "http://x.example/1.xlsx")]


def test_a_consultation_keeps_its_article_in_a_record() -> None:
    article = {"title": TITLE, "content": "<p>现向社会公开征求意见。</p>", "published_at": "2026-09-09 18:05"}
    script = (
        f"<script>window._CONFIG = {{QID: '5', question_data: {json.dumps({'id': 5, 'article': article})}}};</script>"
    )
    found = stated(page("", "", head=script))
    assert (found.index.published_on, found.body_html) == ("2026-09-09", article["content"])


def test_the_index_number_of_a_vsb_page_stands_in_its_address() -> None:
    url = "http://www.shanyin.example/info/egovinfo/1001/xxgk_content/01606072-9-30/2020-1117005.htm"
    found = stated(page(""), url)
    assert (found.index.index_number, found.evidence["index_number"].where) == ("01606072-9-30/2020-1117005", "url")


def test_plain_text_has_header_lines_a_title_and_files() -> None:
    line = "发布时间:2017-02-15    来源:政府办    浏览次数: 【字体:  打印"
    text = f"首页 > 信息公开 > 规划计划\n\n{TITLE}\n\n{line}\n\n统计表.rtf\n\n"
    saved = TextResponse("http://x.example/a.txt", body=(text + "四月以来，全市开展检查。" * 6).encode())
    found = read(parse(saved))
    assert (found.index.published_on, found.index.source, found.index.category) == ("2017-02-15", "政府办", "规划计划")
    assert found.title == TITLE
    assert found.lines == (0, 7)
    assert [(a.name, a.url) for a in found.attachments] == [("统计表.rtf", None)]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from([*SHAPES.values(), *LINES, "<table>", "</td>", "<li>", "文号：", "\x01\x02", "[", "<a>"]))
)
def test_no_arrangement_raises(pieces: list[str]) -> None:
    stated(page("".join(pieces)))
    stated("".join(pieces))


def test_values_of_fields_that_nobody_may_fill_in_are_read() -> None:
    filled = pair("索引号", '<input readonly value="003158495/2020-00407">')
    form = pair("发布机构", '<input type="text" value="请输入">')
    found = stated(page(block(filled, form)))
    assert found.index.index_number == "003158495/2020-00407"
    assert found.index.publisher is None
