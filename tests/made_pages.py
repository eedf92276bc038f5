"""Documents on sites that nobody has seen: made of parts that real sites combine, under names that no table lists.

`made(number)` is one page and what it must read as. Every number mixes one form each of title, index block, date line,
text, files, neighbours and frame; the mixture is drawn by the number, so a failing page can be made again.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

Draw = random.Random

PLACES = ("云岭县", "平川市", "海宁区", "长河镇", "石门街道")
OFFICES = ("人民政府办公室", "教育体育局", "自然资源局", "医疗保障局", "应急管理局", "统计局")
TITLES = (
    "关于印发{place}防汛抗旱应急预案的通知",
    "{place}2023年度法治政府建设情况报告",
    "关于公布{place}行政规范性文件清理结果的公告",
    "{place}城乡居民基本医疗保险参保缴费公告",
    "关于对{place}第三届人大二次会议第17号建议的答复",
    "{place}2024年一季度国民经济运行情况",
    "关于{place}老旧小区改造项目的批复",
)
SENTENCES = (
    "各乡镇人民政府，县政府各部门，各直属机构：",
    "为进一步规范工作程序，根据国家有关法律、法规的规定，结合我县实际，制定本办法。",
    "今年以来，在上级党委、政府的正确领导下，各项工作有序推进，主要指标保持在合理区间。",
    "一、提高思想认识。各单位要把此项工作摆上重要议事日程，明确专人负责，限期完成整改。",
    "二、加强组织领导。建立联席会议制度，定期通报进展，重大事项及时报告。",
    "（一）完善工作机制，落实“一岗双责”，确保责任到人、措施到位。",
    "三、强化监督检查。对工作不力、造成严重后果的，依法依规追究有关人员的责任。",
    "申请人应当于2024年3月31日前，向所在地的社区居民委员会提交书面材料，逾期不予受理。",
    "全年实现地区生产总值328.6亿元，同比增长5.8%；一般公共预算收入21.3亿元，增长4.1%。",
    "特此通知。",
)
SHORT = ("你单位报送的请示收悉。经研究，原则同意该方案，请按规定程序组织实施。", "此复。")
CHROME = ("网站标识码", "ICP备", "上一篇", "下一篇", "扫一扫", "打印本页", "关于我们", "无障碍浏览", "热点推荐")
RELATED = tuple(f"{place}关于开展第{n}次全国经济普查的公告" for n, place in enumerate(PLACES, 3))


@dataclass(slots=True)
class Made:
    """A page and its answers; `index` has names of `Index` as keys."""

    html: str
    url: str
    title: str
    text: list[str]
    index: dict[str, str] = field(default_factory=dict)
    files: list[tuple[str, str]] = field(default_factory=list)
    parts: tuple[str, ...] = ()


def name(draw: Draw) -> str:
    """A class or id that says nothing: `kx12_ab`."""
    return f"{draw.choice('kmqvwxyz')}{draw.choice('aeiou')}{draw.randrange(100)}{draw.choice(('', '_a', '-b', 'Box'))}"


# --- titles: markup of the heading; whether <title> and metas help ------------------------------------------------


def heading(draw: Draw, title: str) -> tuple[str, str]:
    half = len(title) // 2
    called = name(draw)
    forms = {
        "h1": f"<h1>{title}</h1>",
        "h2 class": f'<h2 class="{called}">{title}</h2>',
        "div": f'<div class="{called}">{title}</div>',
        "strong": f'<p align="center"><strong>{title}</strong></p>',
        "font": f'<table width="100%"><tr><td align="center"><font size="5">{title}</font></td></tr></table>',
        "two lines": f'<div class="{called}">{title[:half]}<br>{title[half:]}</div>',
        "span": f'<div class="{called}"><span style="font-size:24px">{title}</span></div>',
        "h3": f"<h3>{title}</h3>",
    }
    form = draw.choice(sorted(forms))
    return form, forms[form]


def head(draw: Draw, title: str, place: str) -> tuple[str, str]:
    site = f"{place}人民政府"
    forms = {
        "title_site": f"<title>{title}_{site}</title>",
        "title-channel-site": f"<title>{title}-通知公告-{site}门户网站</title>",
        "site first": f"<title>{site} 政务公开 {title}</title>",
        "title only": f"<title>{title}</title>",
        "site - title": f"<title>{site}-{title}</title>",
        "metas": f'<title>{site}</title><meta name="SiteName" content="{site}">'
        f'<meta name="ArticleTitle" content="{title}">',
        "site": f"<title>{site}</title>",
    }
    form = draw.choice(sorted(forms))
    return form, forms[form]


# --- index blocks ------------------------------------------------------------------------------------------------

LABELS = {
    "index_number": ("索引号", "信息索引号", "索 引 号"),
    "publisher": ("发布机构", "发文机关", "公开主体", "信息所属单位"),
    "published_on": ("发布日期", "公开日期", "发布时间"),
    "written_on": ("成文日期", "生成日期"),
    "document_number": ("文号", "发文字号", "文　　号"),
    "category": ("信息分类", "主题分类"),
    "validity": ("有效性", "时效性"),
}


def pairs(draw: Draw, answers: dict[str, str]) -> list[tuple[str, str]]:
    """Label and printed value of what the block states, in some order."""
    labels = [(draw.choice(LABELS[key][:2]), value) for key, value in answers.items()]
    return [(label, value) for label, value in labels]


def as_table(draw: Draw, rows: Sequence[tuple[str, str]]) -> str:
    cell = draw.choice(("td", "th"))
    cells = [f"<{cell}>{label}：</{cell}><td>{value}</td>" for label, value in rows]
    lines = "".join(f"<tr>{''.join(cells[n : n + 2])}</tr>" for n in range(0, len(cells), 2))
    return f'<table class="{name(draw)}">{lines}</table>'


def as_list(draw: Draw, rows: Sequence[tuple[str, str]]) -> str:
    inner = "".join(f"<li><b>{label}：</b><span>{value}</span></li>" for label, value in rows)
    return f'<ul class="{name(draw)}">{inner}</ul>'


def as_terms(draw: Draw, rows: Sequence[tuple[str, str]]) -> str:
    return f"<dl>{''.join(f'<dt>{label}</dt><dd>{value}</dd>' for label, value in rows)}</dl>"


def as_divs(draw: Draw, rows: Sequence[tuple[str, str]]) -> str:
    one, other = name(draw), name(draw)
    inner = "".join(
        f'<div class="row"><div class="{one}">{label}：</div><div class="{other}">{value}</div></div>'
        for label, value in rows
    )
    return f'<div class="{name(draw)}">{inner}</div>'


def as_cells(draw: Draw, rows: Sequence[tuple[str, str]]) -> str:
    cells = [f"<td><strong>{label}:</strong>&nbsp;{value}</td>" for label, value in rows]
    lines = "".join(f"<tr>{''.join(cells[n : n + 2])}</tr>" for n in range(0, len(cells), 2))
    return f"<table border=0>{lines}</table>"


def as_brackets(draw: Draw, rows: Sequence[tuple[str, str]]) -> str:
    return f"<div>{''.join(f'<p>【{label}】{value}</p>' for label, value in rows)}</div>"


BLOCKS: dict[str, Callable[[Draw, Sequence[tuple[str, str]]], str]] = {
    "table": as_table, "list": as_list, "terms": as_terms, "divs": as_divs, "cells": as_cells, "brackets": as_brackets,
}  # fmt: skip


def block(draw: Draw, answers: dict[str, str]) -> tuple[str, str]:
    form = draw.choice([*sorted(BLOCKS), "", ""])
    return (form, BLOCKS[form](draw, pairs(draw, answers))) if form else ("no block", "")


# --- the line under the title ------------------------------------------------------------------------------------


def line(draw: Draw, day: str, source: str) -> tuple[str, str, bool]:
    """Name, markup, and whether it states the source."""
    called = name(draw)
    forms = {
        "time source": (
            f'<div class="{called}"><span>发布时间：{day} 09:31</span><span>来源：{source}</span></div>', True,
        ),
        "source time": (f'<p class="{called}">来源：{source}　　日期：{day}　　浏览次数：<i id="hits"></i></p>', True),
        "buttons": (
            f'<div class="{called}">时间：{day} 10:02:11　作者：admin　字号：[ <a href="#">大</a> <a href="#">中</a> '
            '<a href="#">小</a> ]　<a href="javascript:print()">打印本页</a></div>', False,
        ),
        "bare": (f'<div class="{called}">{day}</div>', False),
        "bars": (f'<div class="{called}">发布日期：{day} | 信息来源：{source} | 阅读：132</div>', True),
        "year": (f'<div class="{called}">发布时间：{day[:4]}年{day[5:7]}月{day[8:]}日　信息来源：{source}</div>', True),
    }  # fmt: skip
    form = draw.choice(sorted(forms))
    return (form, *forms[form])


# --- the text ----------------------------------------------------------------------------------------------------


def lines_of(draw: Draw, place: str, office: str) -> list[str]:
    if draw.random() < 0.15:
        return list(SHORT)
    chosen = [SENTENCES[0], *draw.sample(SENTENCES[1:9], draw.randrange(3, 8))]
    return [*chosen, f"{place}{office}", "2024年2月27日"]


def text(draw: Draw, lines: Sequence[str]) -> tuple[str, str, list[str]]:
    forms = {
        "p": "".join(f"<p>　　{one}</p>" for one in lines),
        "p span": "".join(f'<p style="text-indent:2em"><span class=fs>{one}</span></p>' for one in lines),
        "div": "".join(f"<div>{one}</div>" for one in lines),
        "br": "<br><br>".join(f"&nbsp;&nbsp;{one}" for one in lines),
        "word": "".join(f'<p class=MsoNormal><span lang=EN-US><o:p></o:p></span>{one}<o:p></o:p></p>' for one in lines),
        "section": "".join(f"<section><span>{one}</span></section>" for one in lines),
        "h2 inside": f"<h2>{lines[0]}</h2>" + "".join(f"<p>{one}</p>" for one in lines[1:]),
        "bold": "".join(f"<p><b>{one[:3]}</b>{one[3:]}</p>" for one in lines),
        "one cell": f"<table><tr><td>{''.join(f'<p>{one}</p>' for one in lines)}</td></tr></table>",
    }  # fmt: skip
    form = draw.choice(sorted(forms))
    if draw.random() < 0.2:
        rows = [("指标", "单位", "完成数"), ("粮食产量", "万吨", "12.6"), ("造林面积", "公顷", "480")]
        table = "".join(f"<tr>{''.join(f'<td><p>{cell}</p></td>' for cell in row)}</tr>" for row in rows)
        return f"{form} + table", f"{forms[form]}<table border=1>{table}</table>", ["粮食产量", "造林面积", "480"]
    return form, forms[form], []


# --- files and neighbours ----------------------------------------------------------------------------------------


def files(draw: Draw, title: str) -> tuple[str, str, list[tuple[str, str]]]:
    one = (f"1.{title[:12]}汇总表.xlsx", "/upload/2024/02/a81c.xlsx")
    two = ("2.申请表.doc", "/system/download.jsp?wbfileid=77120")
    three = ("附件：实施细则.pdf", "./P020240227361.pdf")
    links = {
        "none": ("", []),
        "none ": ("", []),
        "paragraphs": (
            f'<p>附件：<a href="{one[1]}">{one[0]}</a></p><p><a href="{two[1]}">{two[0]}</a></p>',
            [one, two],
        ),
        "list": (
            f'<div class="{name(draw)}"><ul><li><a href="{one[1]}" target=_blank>{one[0]}</a></li></ul></div>',
            [one],
        ),
        "icon": (f'<p><img src="/icon_pdf.gif"><a href="{three[1]}" title="{three[0]}">{three[0]}</a></p>', [three]),
    }
    form = draw.choice(sorted(links))
    return (form, *links[form])


def neighbours(draw: Draw) -> tuple[str, str]:
    titles = draw.sample(RELATED, 4)
    rows = "".join(f'<li><a href="/c/{n}.html">{one}</a><span>2024-01-1{n}</span></li>' for n, one in enumerate(titles))
    forms = {
        "pages": f'<div>上一篇：<a href="/c/1.html">{titles[0]}</a></div>'
        f'<div>下一篇：<a href="/c/2.html">{titles[1]}</a></div>',
        "related": f'<div class="{name(draw)}"><div>相关文章</div><ul>{rows}</ul></div>',
        "hot": f'<div class="{name(draw)}"><h4>热点推荐</h4><ul>{rows}</ul></div>',
        "share": '<div>分享到：<a href="#">微信</a><a href="#">微博</a></div>'
        '<div><img src="/ewm.png">扫一扫在手机打开当前页</div>',
        "print": '<p align="right">【<a href="javascript:print()">打印本页</a>】'
        '【<a href="javascript:close()">关闭窗口</a>】</p>',
    }  # fmt: skip
    form = draw.choice(sorted(forms))
    return form, forms[form]


# --- the frame ---------------------------------------------------------------------------------------------------


def frame(draw: Draw, article: str, place: str) -> tuple[str, str]:
    columns = "".join(
        f'<li><a href="/{n}/">{one}</a></li>' for n, one in enumerate(("首页", "政务公开", "办事服务", "互动"))
    )
    side = "".join(
        f'<li><a href="/z/{n}/">{one}</a></li>'
        for n, one in enumerate(("领导之窗", "机构职能", "政策文件", "人事信息"))
    )
    rows = "".join(f'<li><a href="/d/{n}.html">{one}</a></li>' for n, one in enumerate(RELATED))
    crumb = "<div>您当前所在位置：<a href='/'>首页</a> &gt; <a href='/zw/'>政务公开</a> &gt; 通知公告</div>"
    foot = f"<div>主办：{place}人民政府　网站标识码：5300000018　滇ICP备11000123号</div><div>关于我们 | 网站地图</div>"
    for _ in range(draw.randrange(4)):
        article = f'<div class="{name(draw)}">{article}</div>'
    forms = {
        "divs": f'<div><a href="#">无障碍浏览</a></div><ul>{columns}</ul>{crumb}{article}{foot}',
        "left": f"<ul>{columns}</ul><div><div class='{name(draw)}'><ul>{side}</ul></div>"
        f"<div>{crumb}{article}</div></div>{foot}",
        "right": f"{crumb}<div><div>{article}</div><div><h4>热点推荐</h4><ul>{rows}</ul></div></div>{foot}",
        "tables": f"<table><tr><td>{columns}</td></tr><tr><td width=200><ul>{side}</ul></td>"
        f"<td>{crumb}{article}</td></tr><tr><td colspan=2>{foot}</td></tr></table>",
        "html5": f"<header><nav><ul>{columns}</ul></nav></header><main>{crumb}{article}</main>"
        f"<aside><ul>{rows}</ul></aside><footer>{foot}</footer>",
    }  # fmt: skip
    form = draw.choice(sorted(forms))
    return form, forms[form]


def made(number: int) -> Made:
    """The page of that number."""
    draw = random.Random(number)
    place, office = draw.choice(PLACES), draw.choice(OFFICES)
    title = draw.choice(TITLES).format(place=place)
    day = f"2024-0{draw.randrange(1, 10)}-1{draw.randrange(10)}"
    source = f"{place}{office}"
    answers = {
        "index_number": f"01526{draw.randrange(1000, 9999)}-3/2024-{draw.randrange(10000, 99999)}",
        "publisher": source,
        "published_on": day,
        "document_number": f"云政办发〔2024〕{draw.randrange(1, 90)}号",
        "category": draw.choice(("其他", "应急管理", "卫生、体育")),
    }
    kind, block_html = block(draw, answers)
    title_form, heading_html = heading(draw, title)
    line_form, line_html, sourced = line(draw, day, source)
    lines = lines_of(draw, place, office)
    text_form, text_html, cells = text(draw, lines)
    file_form, file_html, listed = files(draw, title)
    beside_form, beside_html = neighbours(draw)
    head_form, head_html = head(draw, title, place)
    inner = draw.random() < 0.5
    body = f'<div class="{name(draw)}">{text_html}{file_html if inner else ""}</div>{"" if inner else file_html}'
    frame_form, html = frame(draw, block_html + heading_html + line_html + body + beside_html, place)
    index = {"published_on": day} | (answers if kind != "no block" else {})
    index |= {"source": source} if sourced else {}
    return Made(
        f"<!DOCTYPE html><html><head><meta charset='utf-8'>{head_html}</head><body>{html}</body></html>",
        f"http://www.yunling{number}.gov.cn/zwgk/2024/{number}.html", title, [*lines, *cells], index, listed,
        (head_form, title_form, kind, line_form, text_form, file_form, beside_form, frame_form),
    )  # fmt: skip
