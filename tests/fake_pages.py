"""The pages of the bundled site: one paper as HTML in the dress of each CMS family, and lists of papers.

Pure functions; the families' markup is that of platforms.md §1.2, §1.5, §7.1 and §D.4, the text is ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Literal
from urllib.parse import quote

from tests.fake_documents import Paper, Table

CITY = "澜江市人民政府"
NAVIGATION = ("首页", "澜江概况", "新闻中心", "政务公开", "政务服务", "互动交流", "数据开放", "专题专栏")
SIDE = (
    "政府信息公开指南",
    "政府信息公开制度",
    "法定主动公开内容",
    "政府信息公开年报",
    "依申请公开",
    "机构职能",
    "规划计划",
)

Header = Literal["table", "dl", "bars", "line", "none"]
Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Charset:
    """How a page is encoded in truth (`codec`), and what header and meta tag say of it."""

    codec: str
    served: str | None
    meta: str | None


HONEST_UTF8 = Charset("utf-8", "utf-8", "utf-8")
HONEST_GBK = Charset("gb18030", None, "gb2312")
LIES: tuple[Charset, ...] = (
    Charset("utf-8", None, "gbk"),  # UTF-8 bytes, the meta tag left over from the old system
    Charset("gb18030", "utf-8", "gb2312"),  # the server's default contradicts the page
    Charset("utf-8", "gbk", "utf-8"),
    Charset("gb18030", "iso-8859-1", None),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a list."""

    href: str
    title: str
    day: str


# --- what a header block says ------------------------------------------------------------------------------------

# Labels as printed, with the Index field whose value stands behind them ("title" and "" are none).
TABLE_LABELS: Pairs = (
    ("索&nbsp;&nbsp;引&nbsp;号：", "index_number"),
    ("信息分类：", "category"),
    ("发布机构：", "publisher"),
    ("成文日期：", "written_on"),
    ("文&nbsp;&nbsp;&nbsp;&nbsp;&nbsp;&nbsp;号：", "document_number"),
    ("发布日期：", "published_on"),
    ("名&nbsp;&nbsp;&nbsp;&nbsp;&nbsp;&nbsp;称：", "title"),
    ("信息来源：", "source"),
    ("关&nbsp;键&nbsp;词：", "keywords"),
    ("有&nbsp;效&nbsp;性：", "validity"),
    ("内容概述：", "summary"),
    ("浏览次数：", ""),
)
DL_LABELS: Pairs = (
    ("索引号", "index_number"),
    ("信息分类", "category"),
    ("主题分类", "topic"),
    ("体裁分类", "genre"),
    ("发布机构", "publisher"),
    ("发布日期", "published_on"),
    ("发文字号", "document_number"),
    ("公开方式", "disclosure"),
    ("成文日期", "written_on"),
)
BAR_LABELS: Pairs = (
    ("索引号", "index_number"),
    ("发布机构", "publisher"),
    ("公开目录", "category"),
    ("发布日期", "published_on"),
    ("文号", "document_number"),
    ("浏览量", ""),
)
LINE_LABELS: Pairs = (("发布时间：", "published_on"), ("来源：", "source"))
STATED: Mapping[Header, Pairs] = {
    "table": TABLE_LABELS,
    "dl": DL_LABELS,
    "bars": BAR_LABELS,
    "line": LINE_LABELS,
    "none": (),
}


def stated(paper: Paper, header: Header, cms: str, column: str) -> dict[str, str]:
    """The Index fields that a page states: in its header block, else in its meta tags, else by its breadcrumb."""
    fields = [field for _, field in STATED[header]]
    values = {field: paper.index[field] for field in fields if field in paper.index}
    if cms != "html":
        values = {"source": paper.index["source"], "published_on": paper.published_on, **values}
    return values if header == "none" else {"category": column, **values}


def _value(paper: Paper, field: str) -> str:
    """As printed: the title's own row, an empty cell where there is nothing, the time behind a date."""
    value = paper.title if field == "title" else paper.index.get(field, "")
    return escape(value + f" {paper.clock}" if field == "published_on" else value)


def _table(paper: Paper) -> str:
    cells = [f"<td><b>{label}</b></td><td>{_value(paper, field)}</td>" for label, field in TABLE_LABELS]
    rows = "\n".join(f"<tr>{left}{right}</tr>" for left, right in zip(cells[::2], cells[1::2], strict=True))
    return f'<table class="xxgk_table" width="100%" cellspacing="1">\n{rows}\n</table>'


def _dl(paper: Paper) -> str:
    pairs = "\n".join(f"<dt>{label}：</dt><dd>{_value(paper, field)}</dd>" for label, field in DL_LABELS)
    return f'<dl class="xxgk_top">\n{pairs}\n</dl>'


def _bars(paper: Paper) -> str:
    cells = [f"{label} | {_value(paper, field)} |" for label, field in BAR_LABELS]
    rows = "".join(f"<p>{left} {right}</p>\n" for left, right in zip(cells[::2], cells[1::2], strict=True))
    return f'<div class="syh_box">\n{rows}</div>'


def _line(paper: Paper) -> str:
    spans = "&nbsp;&nbsp;&nbsp;&nbsp;".join(
        f"<span>{label}{_value(paper, field)}</span>" for label, field in LINE_LABELS
    )
    return (
        f'<div class="info">{spans}&nbsp;&nbsp;浏览次数：<script>document.write(hits(66));</script>'
        '&nbsp;&nbsp;【字体：<a href="javascript:zoom(18)">大</a> <a href="javascript:zoom(14)">小</a>】'
        '&nbsp;<a href="javascript:print()">打印</a></div>'
    )


HEADERS: Mapping[Header, Callable[[Paper], str]] = {
    "table": _table,
    "dl": _dl,
    "bars": _bars,
    "line": _line,
    "none": lambda paper: "",
}

# --- documents ---------------------------------------------------------------------------------------------------

BODY: Mapping[str, tuple[str, str]] = {
    "trs": ('<div class="view TRS_UEDITOR trs_paper_default">', "</div>"),
    "hanweb": ('<div id="zoom"><!--ZJEG_RSS.content.begin-->', "<!--ZJEG_RSS.content.end--></div>"),
    "html": ('<div class="article-content">', "</div>"),
}


def document(paper: Paper, cms: str, header: Header, column: str, links: Sequence[str], charset: Charset) -> bytes:
    """The page of a paper; `links` are the addresses of its enclosures, `column` the last step of the breadcrumb."""
    opening, closing = BODY[cms]
    metas = _metas(paper, column) if cms != "html" else ""
    crumbs = (
        "" if header == "none" else f'<div class="position">您现在的位置：首页 &gt; 政府信息公开 &gt; {column}</div>'
    )
    files = "".join(
        f'<p><a href="{escape(link)}" target="_blank">{escape(enclosure.name)}</a></p>'
        for link, enclosure in zip(links, paper.enclosures, strict=True)
    )
    text = (
        f'{_head(f"{paper.title}_{CITY}", charset, metas)}@TOP@\n<div class="main">{crumbs}\n'
        f'<h1 class="title">{escape(paper.title)}</h1>\n{HEADERS[header](paper)}\n'
        f"{opening}\n{''.join(_blocks(paper))}{closing}\n"
        f"{f'<div class={chr(34)}fujian{chr(34)}>附件：{files}</div>' if files else ''}</div>\n"
    )
    return _dressed(text, charset.codec, paper.serial % 4)


def _head(title: str, charset: Charset, metas: str = "") -> str:
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={charset.meta}">' if charset.meta else ""
    return f"<!DOCTYPE html>\n<html>\n<head>\n{meta}\n<title>{escape(title)}</title>\n{metas}</head>\n<body>\n"


def _metas(paper: Paper, column: str) -> str:
    """The tags of 国办发〔2017〕47号 (platforms.md §B.3)."""
    tags = {
        "SiteName": CITY,
        "SiteDomain": "www.lanjiang.example",
        "SiteIDCode": "9901000001",
        "ColumnName": column,
        "ColumnType": column,
        "ArticleTitle": paper.title,
        "PubDate": f"{paper.published_on} {paper.clock}",
        "ContentSource": paper.index["source"],
    }
    return "".join(f'<meta name="{name}" content="{escape(value)}">\n' for name, value in tags.items())


def _blocks(paper: Paper) -> Iterator[str]:
    for block in paper.blocks:
        if isinstance(block, str):
            yield f'<p style="text-indent: 2em;">{escape(block)}</p>\n'
        else:
            yield _grid(block)


def _grid(table: Table) -> str:
    rows = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>\n" for row in table)
    return f'<table border="1" cellspacing="0">\n<tbody>{rows}</tbody></table>\n'


def _dressed(text: str, codec: str, bulk: int = 0) -> bytes:
    """The page with what stands around it on every page of the site, encoded."""
    head, _, rest = text.partition("@TOP@")
    return b"".join((head.encode(codec), _top(codec), rest.encode(codec), _bottom(codec, bulk)))


@cache
def _top(codec: str) -> bytes:
    links = "".join(f'<li><a href="/lm/{n}/index.html">{name}</a></li>' for n, name in enumerate(NAVIGATION))
    side = "".join(f'<li><a href="/zfxxgk/{n}/">{name}</a></li>' for n, name in enumerate(SIDE))
    return (
        f'<div class="header"><a href="/"><img src="/images/logo.png" alt="{CITY}"></a>\n'
        f'<ul class="nav">{links}</ul></div>\n<div class="left"><ul class="xxgk_nav_list">{side}</ul></div>'
    ).encode(codec)


@cache
def _bottom(codec: str, bulk: int) -> bytes:
    """Foot, then scripts and styles of 8, 20, 32 or 44 KB, as real pages carry them."""
    script = "var $c={i:0,t:function(n){return n*2+this.i;}};function hits(n){return '<i>'+$c.t(n)+'</i>';}\n"
    style = ".nav li a:hover{color:#c00;background:url(/images/bg.png) no-repeat 0 0;}\n"
    return (
        f'<div class="footer"><p>主办单位：{CITY}办公室&nbsp;&nbsp;网站标识码：9901000001</p>'
        '<p><a href="/gywm/">关于我们</a> | <a href="/wzdt/">网站地图</a></p></div>\n'
        f"<script>{script * (45 + 66 * bulk)}</script><style>{style * (50 + 72 * bulk)}</style>\n</body>\n</html>\n"
    ).encode(codec)


# --- lists -------------------------------------------------------------------------------------------------------


def trs_list(column: str, rows: Sequence[Row], pages: int, page: int) -> bytes:
    """Page `page` (from 0) of a static TRS column; the pager is a script that knows the number of pages only."""
    lines = "".join(
        f'<li><span class="date">{row.day}</span><a href="{row.href}" target="_blank">{escape(row.title)}</a></li>\n'
        for row in rows
    )
    pager = f'<script>createPageHTML({pages}, {page}, "index", "html");</script>'
    text = (
        f'{_head(f"{column}_{CITY}", HONEST_UTF8, _column(column))}@TOP@\n<div class="list">\n'
        f'<ul class="gl-list">\n{lines}</ul>\n<div class="page">{pager}</div></div>\n'
    )
    return _dressed(text, "utf-8")


def html_list(column: str, rows: Sequence[Row], total: int, pages: int, page: int) -> bytes:
    """Page `page` (from 1) of a hand-made column in GBK, with a pager of plain links."""
    lines = "".join(
        f'<tr><td>·<a href="{row.href}">{escape(row.title)}</a></td><td>[{row.day}]</td></tr>\n' for row in rows
    )
    step = {page - 1: "上一页", page + 1: "下一页"}
    links = "".join(
        f'<a href="{"/article/66/" if n == 1 else f"/article/66/list_{n}.html"}">{word}</a> '
        for n, word in step.items()
        if 1 <= n <= pages
    )
    text = (
        f'{_head(f"{column}-{CITY}", HONEST_GBK)}@TOP@\n<table class="newslist">\n{lines}</table>\n'
        f'<div class="pages">共{total}条 第{page}/{pages}页 {links}</div>\n'
    )
    return _dressed(text, "gb18030")


def hanweb_column(
    column: str, rows: Sequence[Row], total: int, per_page: int, ids: Mapping[str, str], forms: str
) -> bytes:
    """The column page of a jpage list: its first group, and how to ask for the next ones (`forms`: offset, page, or
    both)."""
    unit = ids["unitid"]
    ajax = (
        f"ajaxParam: {{col:1,appid:1,webid:{ids['webid']},path:'/',columnid:{ids['columnid']},sourceContentType:1,"
        f"unitid:'{unit}',webname:'{CITY}',permissiontype:0}}"
    )
    text = (
        f"{_head(f'{CITY} {column}', HONEST_UTF8, _column(column))}@TOP@\n"
        f'<div id="{unit}" class="default_pgContainer">\n<script type="text/xml">{_datastore(rows, ids, 1, forms)}'
        f'</script>\n</div>\n<script>\n$("#{unit}").jpage({{\n  theme: "default", perPage: {per_page},\n'
        f'  showMode: "full", groupSize: 3, barPosition: "bottom",\n  totalRecord: {total},\n  proxyUrl: \'{PROXY}\','
        f"\n  {ajax if forms != 'page' else 'ajaxParam: {}'}\n}});\n</script>\n"
    )
    return _dressed(text, "utf-8")


def hanweb_group(
    rows: Sequence[Row], total: int, per_page: int, ids: Mapping[str, str], after: int, forms: str
) -> bytes:
    """The XML answer to one group; `after` is the number that the next group has in the page form."""
    totals = f"<totalrecord>{total}</totalrecord>\n<totalpage>{-(-total // per_page)}</totalpage>\n"
    return f"<?xml version='1.0' encoding='UTF-8'?>\n{_datastore(rows, ids, after, forms, totals)}".encode()


PROXY = "/module/web/jpage/dataproxy.jsp"


def _datastore(rows: Sequence[Row], ids: Mapping[str, str], after: int, forms: str, totals: str = "") -> str:
    records = "".join(
        f'<record><![CDATA[\n<li class="clearfix"><a class="bt-left" title="{escape(row.title)}" href="{row.href}" '
        f'target="_blank">{escape(_cut(row.title))}</a><span class="bt-right">{row.day}</span></li>]]></record>\n'
        for row in rows
    )
    link = (
        f"{PROXY}?page={after}&amp;appid=1&amp;webid={ids['webid']}&amp;path=/&amp;columnid={ids['columnid']}"
        f"&amp;unitid={ids['unitid']}&amp;webname={quote(CITY)}&amp;permissiontype=0"
    )
    group = f'<nextgroup><![CDATA[<a href="{link}"></a>]]></nextgroup>\n' if forms != "offset" else ""
    return f"<datastore>\n{group}{totals}<recordset>\n{records}</recordset>\n</datastore>"


def _cut(title: str) -> str:
    return title if len(title) <= 24 else title[:23] + "…"


def _column(column: str) -> str:
    return (
        f'<meta name="SiteName" content="{CITY}">\n<meta name="SiteDomain" content="www.lanjiang.example">\n'
        f'<meta name="SiteIDCode" content="9901000001">\n<meta name="ColumnName" content="{column}">\n'
        f'<meta name="ColumnType" content="{column}">\n'
    )


def home(columns: Sequence[tuple[str, str]]) -> bytes:
    """The home page: the name of the city and its columns, as name and path."""
    links = "".join(f'<li><a href="{path}">{name}</a></li>\n' for name, path in columns)
    text = f"{_head(CITY, HONEST_UTF8, _column('首页'))}@TOP@\n<h2>政府信息公开</h2><ul>\n{links}</ul>\n"
    return _dressed(text, "utf-8")


# --- what is no document -----------------------------------------------------------------------------------------


def missing() -> str:
    """What the site shows for a page it does not have, with status 404 or, by mistake, 200."""
    return (
        f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>页面不存在_{CITY}</title></head><body>'
        '<div class="error"><p>您访问的页面不存在或已删除！</p><p><a href="/">返回首页</a></p></div></body></html>\n'
    )


def ruishu() -> str:
    """A challenge of the kind that answers 412 with a `$_ts` script (platforms.md §19), without its working parts."""
    return (
        '<!DOCTYPE html><html><head><meta charset="utf-8"><meta content="vJ7pXq0Zk3bTqB1nW5u8Rw" r="m">'
        '<script type="text/javascript" r="m">$_ts=window[\'$_ts\'];if(!$_ts)$_ts={};$_ts.nsd=72281;'
        '$_ts.cd="qErplaQ0rqGgqcVqlqkqhqEe";</script><script src="/9rT2mXkq/aB3cD4e.2f1a9d1.js" r="m"></script></head>'
        "<body></body></html>\n"
    )


def jiasule() -> str:
    """A challenge of the kind that answers 521 with a script that would set a cookie (platforms.md §19)."""
    return (
        "<script>document.cookie='__jsl_clearance_s=1700000000.1|-1|x;Max-age=3600';"
        "location.href=location.pathname</script>"
    )


def refresh(target: str) -> str:
    return (
        f'<html><head><meta charset="utf-8"><meta http-equiv="refresh" content="0;url={target}">'
        "<title>页面跳转</title></head><body></body></html>\n"
    )
