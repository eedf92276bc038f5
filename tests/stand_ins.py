"""A stand-in for every CMS family: a small invented site that answers as platforms.md says sites of the family do.

Each is a pure function `answer(request) -> Answer` over documents it holds, with the quirks that crawlers stumble
over: parameters that are ignored, pages counted from 0 or backwards, groups, entries that stick to the top, totals
that lie, answers that repeat page 1. `channel()` says how gongkai is told about it, `held()` what a full crawl must
bring home. They are walked without a network in test_cms_families.py and served on loopback by `Loopback(stand_in)`;
set `base` to where it is served.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qs, quote, urlsplit

from archive.records import Channel
from tests.loopback import Answer, Request

OFFICES = ("示例市人民政府办公室", "示例市发展和改革局", "示例市教育体育局", "示例市水利局")
SUBJECTS = (
    "做好秋冬季森林防火工作",
    "推进农村饮水安全巩固提升",
    "规范学校课后服务",
    "开展老旧小区改造",
    "公布行政许可事项目录",
)
KINDS = ("通知", "意见", "公告", "方案", "批复")


@dataclass(frozen=True, slots=True)
class Held:
    """One document of a stand-in. `key` is 32 hexadecimal digits, `number` counts from the oldest."""

    number: int
    title: str
    published_on: str
    written_on: str
    publisher: str
    document_number: str
    index_number: str
    key: str

    @property
    def text(self) -> tuple[str, ...]:
        """Paragraphs of the body; no two documents share one."""
        return (
            f"各县区人民政府，市直各部门：现将{self.title}的有关事项说明如下，请结合实际认真贯彻落实。",
            f"一、总体要求。第{self.number}号事项由{self.publisher}牵头，有关单位按照职责分工协同推进，确保年内见到成效。",
            f"二、工作安排。自{self.written_on}起分三个阶段组织实施，各阶段结束后五个工作日内报送书面总结。",
            f"三、监督检查。对推进不力的予以通报，联系电话 0900-{8000000 + self.number}。",
        )


def documents(count: int) -> tuple[Held, ...]:
    """Invented documents, newest first, three days apart."""
    return tuple(_document(number) for number in range(count, 0, -1))


def _document(number: int) -> Held:
    published = date(2021, 1, 4) + timedelta(days=3 * number)
    kind, subject, office = (table[number % len(table)] for table in (KINDS, SUBJECTS, OFFICES))
    return Held(
        number=number,
        title=f"{office}关于{subject}的{kind}（第{number}号）",
        published_on=published.isoformat(),
        written_on=(published - timedelta(days=2)).isoformat(),
        publisher=office,
        document_number=f"示政办发〔{published.year}〕{number}号",
        index_number=f"99000001X/{published.year}-{number:05d}",
        key=hashlib.md5(f"document {number}".encode()).hexdigest(),
    )


@dataclass
class StandIn:
    """What all stand-ins share. `count` documents are held; the site claims `lie` more than it has."""

    family: ClassVar[str]
    column: ClassVar[str] = "/column/"  # where a person finds the list
    size: ClassVar[int] = 15
    detail_path: ClassVar[str] = "/detail/{number}.html"
    charset: ClassVar[str] = "utf-8"
    stated: ClassVar[tuple[str, ...]] = ()  # Index fields that rows state
    counted: ClassVar[bool] = True  # whether the list says how many there are
    dated: ClassVar[bool] = True
    repeats: ClassVar[bool] = False
    count: int = 47
    lie: int = 0
    base: str = ""
    all: tuple[Held, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.all = documents(self.count)
        self.base = self.base or f"http://{type(self).__name__.lower()}.example.gov.cn"

    # --- what a test asks -----------------------------------------------------------------------------------------

    def channel(self) -> Channel:
        return Channel("stand-in", "list", self.base + self.column, "示例栏目", self.family, options=self.options())

    def options(self) -> Mapping[str, Any]:
        return {}

    def site_toml(self) -> str:
        """The site file for it, where `base` says that it is served."""
        channel = self.channel()
        options = "\n".join(f"{json.dumps(name)} = {_toml(value)}" for name, value in channel.options.items())
        return (
            f'name = "{type(self).__name__}"\nurl = "{self.base}/"\ncms = "{self.family}"\ndelay = 0.0\n'
            f'private = true\n\n[[channels]]\nkey = "{channel.key}"\nname = "{channel.name}"\nurl = "{channel.url}"\n'
            f"ordered = {str(channel.ordered).lower()}\n{options}\n"
        )

    def held(self) -> dict[str, Held]:
        """The truth: every document by its URL."""
        return {self.url(held): held for held in self.all}

    @property
    def says(self) -> int:
        """How many documents the site says it has."""
        return self.count + self.lie

    @property
    def claimed(self) -> int | None:
        return self.says if self.counted else None

    # --- what the site does ---------------------------------------------------------------------------------------

    def answer(self, request: Request) -> Answer:
        for held in self.all:
            if request.path == urlsplit(self.path(held)).path and self._same_query(held, request):
                return self.html(self.detail(held))
        return self.listing(request) or Answer.html(
            "<html><head><title>404</title></head>页面不存在</html>", status=404
        )

    def _same_query(self, held: Held, request: Request) -> bool:
        wanted = parse_qs(urlsplit(self.path(held)).query)
        return all(request.query.get(name) == values[-1] for name, values in wanted.items())

    def listing(self, request: Request) -> Answer | None:
        """The column page, its further pages, its interface; None for what the site has not."""
        raise NotImplementedError

    def path(self, held: Held) -> str:
        return self.detail_path.format(
            number=held.number,
            key=held.key,
            short=held.key[:24],
            day=held.published_on,
            month=held.published_on[:7].replace("-", ""),
            compact=held.published_on.replace("-", ""),
        )

    def url(self, held: Held) -> str:
        return self.base + self.path(held)

    def page(self, k: int, size: int | None = None) -> tuple[Held, ...]:
        """Page k, counted from 1. One old document sticks to the top; where it `repeats`, it is in its place too."""
        size = size or self.size
        if self.repeats and k == 1:
            return self.all[-2:-1] + self.all[:size]
        ordered = self.all if self.repeats else self.all[-2:-1] + self.all[:-2] + self.all[-1:]
        return ordered[(k - 1) * size : k * size]

    @property
    def pages(self) -> int:
        return -(-self.count // self.size)

    def html(self, body: str) -> Answer:
        head = f'<!DOCTYPE html><html><head><meta charset="{self.charset}"><title>示例市人民政府</title></head>'
        chrome = '<div class="nav"><ul><li><a href="/">首页</a></li><li><a href="/zwgk/">政务公开</a></li></ul></div>'
        return Answer.html(f"{head}<body>{chrome}{body}</body></html>", self.charset)

    def rows(
        self, page: Sequence[Held], row: str = '<li><a href="{url}" title="{title}">{title}</a><span>{day}</span></li>'
    ) -> str:
        return "\n".join(self.row(held, row) for held in page)

    def row(self, held: Held, row: str) -> str:
        return row.format(
            url=self.path(held),
            title=held.title,
            day=held.published_on,
            number=held.document_number,
            index=held.index_number,
            publisher=held.publisher,
            n=held.number,
        )

    def detail(self, held: Held) -> str:
        return _detail(held, '<table class="index">', _pairs_table(held), '<div id="zoom">')


def _toml(value: Any) -> str:
    """A value as TOML has it; tables inline."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(name)} = {_toml(inner)}" for name, inner in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)


def _pairs(held: Held) -> tuple[tuple[str, str], ...]:
    return (
        ("索引号", held.index_number),
        ("发布机构", held.publisher),
        ("成文日期", held.written_on),
        ("发布日期", held.published_on),
        ("文号", held.document_number),
        ("有效性", "有效"),
    )


def _pairs_table(held: Held, label: str = "<td>{}：</td>", value: str = "<td>{}</td>") -> str:
    cells = [label.format(name) + value.format(text) for name, text in _pairs(held)]
    return "".join(f"<tr>{left}{right}</tr>" for left, right in zip(cells[::2], cells[1::2], strict=True)) + "</table>"


def _detail(held: Held, block: str, index: str, body: str) -> str:
    paragraphs = "".join(f"<p>{text}</p>" for text in held.text)
    return f'{block}{index}<h1 class="title">{held.title}</h1>{body}{paragraphs}</div>'


def ms(day: str) -> int:
    """Midnight of a day in China, in milliseconds since 1970."""
    return (date.fromisoformat(day) - date(1970, 1, 1)).days * 86_400_000 - 8 * 3_600_000


def number_in(request: Request, name: str, default: int = 1) -> int:
    text = request.query.get(name) or request.form.get(name) or ""
    return int(text) if text.isdigit() else default


# --- Hanweb JPaaS (§1.4) -----------------------------------------------------------------------------------------


class Jpaas(StandIn):
    """Obeys the page only in paramJson; several units stand on the column page."""

    family = "jpaas"
    column = "/col/col1229000001/index.html"
    detail_path = "/art/2024/art_{key}.html"
    unit = "/api-gateway/jpaas-publish-server/front/page/build/unit"

    def listing(self, request: Request) -> Answer | None:
        if request.path == self.unit and request.query.get("tagId") == "信息列表":
            asked = json.loads(request.query.get("paramJson") or "{}")
            return Answer.of_json(
                {"success": True, "code": "200", "data": {"html": self._unit(asked.get("pageNo", 1))}}
            )
        if request.path == self.column:
            return self.html(self._script("导航", "TplNav") + self._script("信息列表", "TplList"))
        return None

    def _unit(self, k: int) -> str:
        rows = self.rows(
            self.page(k),
            '<li class="clearfix"><a class="bt-left" href="{url}" title="{title}">{title}</a>'
            '<span class="bt-right">[{day}]</span></li>',
        )
        pager = f'<div class="pagination" rows="{self.size}" count="{self.says}" pageNo="{k}"></div>'
        return f'<ul class="lmy-list-ul">{rows}</ul>{pager}'

    def _script(self, tag: str, template: str) -> str:
        query = {
            "parseType": "bulidstatic",
            "webId": "99",
            "tplSetId": template,
            "pageType": "column",
            "tagId": tag,
            "editType": "null",
            "pageId": "1229000001",
        }
        return f'<script src="/AuthorizedRead/unitbuild.js" url="{self.unit}" queryData="{query}"></script>'


# --- Guangdong (§2) ----------------------------------------------------------------------------------------------


class Gkmlpt(StandIn):
    """A shell with its configuration; 100 articles a page; page 0 is page 1; past the end it answers 550."""

    family = "gkmlpt"
    column = "/gkmlpt/index#103"
    detail_path = "/gkmlpt/content/0/0/post_{number}.html"
    size = 100
    stated = ("index_number", "document_number", "publisher", "written_on")

    def __post_init__(self) -> None:
        self.count = max(self.count, 230)
        super().__post_init__()

    def listing(self, request: Request) -> Answer | None:
        if request.path == "/gkmlpt/index":
            tree = json.dumps(
                [{"id": 103, "name": "规范性文件", "post_count": self.count, "jump_url": "", "children": []}]
            )
            return self.html(
                f"<script>window._CONFIG = {{ SID: '799001',\n TREE: {tree},\n SERVICE_AREA_ID: 799 }};</script>"
            )
        if request.path != "/gkmlpt/api/all/103" or request.query.get("sid") != "799001":
            return None
        k = max(number_in(request, "page"), 1)
        if k > self.pages:
            return Answer(550, {"Content-Type": "text/html"}, b"error")
        classify = {"id": 103, "name": "规范性文件", "post_count": self.says}
        return Answer.of_json({"classify": classify, "articles": [self._article(held) for held in self.page(k)]})

    def _article(self, held: Held) -> Mapping[str, Any]:
        return {
            "id": held.number,
            "title": held.title,
            "document_number": held.document_number,
            "abstract": "",
            "identifier": held.index_number,
            "publisher": held.publisher,
            "keywords": "",
            "source": "本网",
            "date": ms(held.written_on) // 1000,
            "created_at": f"{held.published_on} 09:30:12",
            "display_publish_time": ms(held.published_on) // 1000 + 3600,
            "expired_time": 0,
            "relation": "[]",
            "classify_main_name": "规范性文件",
            "classify_genre_name": "通知",
            "classify_theme_name": "综合政务",
            "url": self.url(held) + "#103",
            "post_url": f"{self.base}/xxgk/content/post_{held.number}.html",
        }

    def detail(self, held: Held) -> str:
        table = _pairs_table(held, '<td class="td-label">{}:</td>', '<td class="td-value"><span>{}</span></td>')
        return _detail(
            held,
            '<div class="classify"><table>',
            table + '</div><div class="content">',
            '<div class="article-content">',
        )


class Nfcms(StandIn):
    """Static pages, `index_2.html` is page 2; the next link is missing on the last."""

    repeats = True
    family = "nfcms"
    column = "/xxgk/tzgg/index.html"
    detail_path = "/xxgk/tzgg/content/post_{number}.html"
    counted = False

    def listing(self, request: Request) -> Answer | None:
        found = re.fullmatch(r"/xxgk/tzgg/index(?:_(\d+))?\.html", request.path)
        k = int(found[1] or 1) if found else 0
        if not 1 <= k <= self.pages:
            return None
        following = f'<a class="next" href="/xxgk/tzgg/index_{k + 1}.html">下一页</a>' if k < self.pages else ""
        return self.html(
            f"<script>var NFCMS_SITE_ID=799001</script><ul class='list'>{self.rows(self.page(k))}</ul>{following}"
        )


class NfcmsColumn(Nfcms):
    """The column's JSON: everything in one answer; custom fields stand twice and disagree."""

    column = "/postmeta/i/9001.json"
    counted = True
    stated = ("document_number",)

    def listing(self, request: Request) -> Answer | None:
        if request.path != self.column:
            return None
        return Answer.of_json(
            {
                "id": 9001,
                "name": "通知公告",
                "publish_count": self.says,
                "children": [],
                "articles": [self._article(held) for held in self.all],
            }
        )

    def _article(self, held: Held) -> Mapping[str, Any]:
        return {
            "id": held.number,
            "title": held.title,
            "url": self.url(held),
            "date": held.published_on,
            "display_publish_time": ms(held.published_on) // 1000,
            "EXT_wh": "旧文号",
            "json_ext": json.dumps({"EXT_wh": held.document_number}),
        }


# --- www.gov.cn (§3) ---------------------------------------------------------------------------------------------


class Govcn(StandIn):
    """The policy library, one category; the page is a shell. Past the end: code 1001."""

    family = "govcn"
    column = "/zcwjk/policyDocumentLibrary?t=zhengcelibrary_gw"
    detail_path = "/zhengce/content/{month}/content_{number}.htm"
    size = 20
    stated = ("document_number", "publisher", "written_on")

    def listing(self, request: Request) -> Answer | None:
        if request.path == "/zcwjk/policyDocumentLibrary":
            return Answer.html("<html><head><title>政策文件库</title></head><body><div id=app></div></body></html>")
        if request.path != "/search-gov/data" or request.query.get("searchfield") != "title":
            return None
        return Answer.of_json(self._answer(max(number_in(request, "p"), 1), number_in(request, "n", 5)))

    def _answer(self, k: int, n: int) -> Mapping[str, Any]:
        page = self.page(k, n)
        if not page:
            return {"code": 1001, "msg": "没有找到相关结果", "data": None, "searchVO": None}
        found = {"totalCount": self.says, "totalpage": -(-self.count // n), "currentPage": k, "pageSize": n}
        return {"code": 200, "msg": "操作成功", "searchVO": {**found, "listVO": [self._record(held) for held in page]}}

    def _record(self, held: Held) -> Mapping[str, Any]:
        return {
            "id": f"ex{held.number}",
            "title": held.title.replace("关于", "<em>关于</em>"),
            "summary": "",
            "url": self.url(held),
            "pubtime": ms(held.published_on),
            "pubtimeStr": held.published_on.replace("-", "."),
            "ptime": ms(held.written_on),
            "pcode": held.document_number,
            "puborg": held.publisher,
        }


class GovcnMixed(Govcn):
    """All categories: paged side by side, the common total is 0, the bulletin repeats the others' documents."""

    column = "/search-gov/data?t=zhengcelibrary"
    size = 5

    @property
    def claimed(self) -> int:
        return self.count  # the blocks' own counts, which do not lie

    def _answer(self, k: int, n: int) -> Mapping[str, Any]:
        blocks = {"gongwen": self.all[0::3], "bumenfile": self.all[1::3], "otherfile": self.all[2::3]}
        named = {name: self._block(held[(k - 1) * n : k * n], len(held)) for name, held in blocks.items()}
        again = [{**self._record(held), "url": f"{self.base}/gongbao/{held.number}.htm"} for held in self.page(k, n)]
        named["gongbao"] = {"totalCount": 3001, "currentNum": len(again), "listVO": again}
        return {"code": 200, "searchVO": {"totalCount": 0, "pageSize": 0, "totalpage": 0, "catMap": named}}

    def _block(self, page: Sequence[Held], total: int) -> Mapping[str, Any]:
        return {"totalCount": total, "currentNum": len(page), "listVO": [self._record(held) for held in page]}


class GovcnFeed(Govcn):
    """A rolling feed: an array, no totals."""

    column = "/zhengce/zuixin/ZUIXINZHENGCE.json"
    counted = False
    stated = ()

    def listing(self, request: Request) -> Answer | None:
        if request.path != self.column:
            return None
        return Answer.of_json(
            [
                {"TITLE": held.title, "SUB_TITLE": "", "URL": self.url(held), "DOCRELPUBTIME": held.published_on}
                for held in self.all
            ]
        )


# --- VSB (§4) ----------------------------------------------------------------------------------------------------


class Vsb(StandIn):
    """Static and reversed: of T pages the second is tzgg/<T-1>.htm, the oldest tzgg/1.htm; links are relative."""

    repeats = True
    family = "vsb"
    column = "/index/tzgg.htm"
    detail_path = "/info/1021/{number}.htm"
    counted = False

    def listing(self, request: Request) -> Answer | None:
        found = re.fullmatch(r"/index/tzgg(?:/(\d+))?\.htm", request.path)
        k = (self.pages - int(found[1]) + 1 if found[1] else 1) if found else 0
        if not found or not 1 <= k <= self.pages:
            return None
        folder = "" if found[1] else "tzgg/"
        older = self.pages - k
        following = f'<span class="p_next p_fun"><a href="{folder}{older}.htm">下页</a></span>' if older else ""
        side = self.rows(self.all[:3], '<li id="line_u3_{n}"><a href="{url}">{title}</a></li>')
        goto = f'<a href="javascript:;" onclick="_simple_list_gotopage_fun({self.pages},\'u9_goto\',2)">跳转</a>'
        rows = self.rows(
            self.page(k), '<li id="line_u9_{n}"><a href="{url}" title="{title}">{title}</a><span>{day}</span></li>'
        )
        return self.html(
            f'<ul>{side}</ul><ul>{rows}</ul><span class="p_pages">{following}</span><span class="p_goto">{goto}</span>'
        )

    def detail(self, held: Held) -> str:
        label, value = '<td class="title_govinfocontent">{}：</td>', "<td>{}</td>"
        table = _pairs_table(held, label, value)
        return (
            _detail(
                held,
                '<form name="_newscontent_fromname"><table class="xxgkcont">',
                table,
                '<div id="vsb_content"><div class="v_news_content">',
            )
            + "</div></form>"
        )


class VsbDynamic(Vsb):
    """PAGENUM with the number of pages carried along; `page` is ignored."""

    column = "/list.jsp?urltype=tree.TreeTempUrl&wbtreeid=1310"
    repeats = False
    counted = True

    def listing(self, request: Request) -> Answer | None:
        k = number_in(request, "PAGENUM")
        if request.path != "/list.jsp" or request.query.get("wbtreeid") != "1310":
            return None
        link = f"?totalpage={self.pages}&PAGENUM={{}}&urltype=tree.TreeTempUrl&wbtreeid=1310"
        following = (
            f'<a href="{link.format(k + 1)}">下页</a> <a href="{link.format(self.pages)}">尾页</a>'
            if k < self.pages
            else "下页 尾页"
        )
        rows = self.rows(self.page(k), '<li id="line_u8_{n}"><a href="{url}">{title}</a><span>{day}</span></li>')
        return self.html(
            f"<ul>{rows}</ul><div>共{self.says}条&nbsp;&nbsp;{k}/{self.pages}&nbsp; 首页 上页 {following}</div>"
        )


class VsbEgovinfo(Vsb):
    """The disclosure module: the address ends in the index number, which a hidden row under each entry repeats."""

    column = "/zwgk/xxgkml.jsp?urltype=egovinfo.EgovInfoList&subtype=2&wbtreeid=1232&sccode=zcwj"
    detail_path = "/info/egovinfo/1001/xxgk_content/99000001-X-30/{day}{number:03d}.htm"
    repeats = False
    counted = True
    stated = ("index_number", "publisher")

    def __post_init__(self) -> None:
        super().__post_init__()
        self.all = tuple(replace(held, index_number=self._identifier(held)) for held in self.all)

    def path(self, held: Held) -> str:
        return f"/info/egovinfo/1001/xxgk_content/{held.index_number}.htm"

    @staticmethod
    def _identifier(held: Held) -> str:
        return f"99000001-X-30/{held.published_on[:4]}-{held.published_on[5:].replace('-', '')}{held.number:03d}"

    def listing(self, request: Request) -> Answer | None:
        k = number_in(request, "ainfolist1501p")
        if request.path != "/zwgk/xxgkml.jsp" or request.query.get("sccode") != "zcwj":
            return None
        link = f"?ainfolist1501t={self.pages}&ainfolist1501p={k + 1}&ainfolist1501c={self.size}"
        link += "&urltype=egovinfo.EgovInfoList&wbtreeid=1232&sccode=zcwj"
        following = f'<a href="{link}">下页</a>' if k < self.pages else "下页"
        rows = "".join(self._rows(held) for held in self.page(k))
        return self.html(
            f'<div id="ainfolist1501"><table>{rows}</table><p>共{self.says}条 {k}/{self.pages} {following}</p></div>'
        )

    def _rows(self, held: Held) -> str:
        link = f'<span><a href="..{self.path(held)}" target="_blank">{held.title}</a></span>'
        cells = f"<td>{held.number}</td><td>{link}</td><td>{held.published_on}</td>"
        shown = f'<tr id="line1501_{held.number}">{cells}</tr>'
        hover = f"索引号：{held.index_number} 发布机构：{held.publisher} 发布日期：{held.published_on}"
        return shown + f'<tr style="display:none"><td colspan="3">{hover}</td></tr>'


# --- Lonsun (§5) -------------------------------------------------------------------------------------------------


class Lonsun(StandIn):
    """A disclosure list that the server renders; totals stand in the pager's script."""

    family = "lonsun"
    column = "/public/column/21691?type=4&catId=32712951&action=list"
    detail_path = "/public/content/{number}"

    def listing(self, request: Request) -> Answer | None:
        if request.path != "/public/column/21691":
            return None
        return self.html(self._list(number_in(request, "pageIndex")))

    def _list(self, k: int) -> str:
        page = self.page(k)
        if not page:
            return '<div class="no-data">暂无相关信息</div>'
        rows = self.rows(
            page,
            '<li class="clearfix"><a href="{url}" class="title" target="_blank" title="{title}">{title}</a>'
            '<span class="date">{day}</span></li>',
        )
        counts = f"currPage: {k}, pageSize: {self.size}, total: {self.says}, pageCount: {self.pages}"
        pager = f'Ls.pagination("#page_public_info", {{ {counts} }});'
        return (
            f'<ul class="clearfix xxgk_nav_list">{rows}</ul><div id="page_public_info"></div><script>{pager}</script>'
        )

    def detail(self, held: Held) -> str:
        table = _pairs_table(held, "<th>{}：</th>", '<td class="pmingcheng">{}</td>')
        twice = "".join(
            f'<div class="div_table_suoyin {hidden}"><table class="table_suoyin">{table}</div>'
            for hidden in ("hidden-xs", "hidden-lg hidden-md")
        )
        return _detail(held, twice, "", '<div class="wzcon j-fontContent">')


class LonsunShell(Lonsun):
    """A shell: the label service has the rows, and only the right template file brings them."""

    column = "/xxgk/public/column/21691?type=4&catId=32712951&action=list"

    def listing(self, request: Request) -> Answer | None:
        if request.path == "/xxgk/public/column/21691":
            script = (
                "Ls.ajax({url:'/site/label/8888', data:{labelName:'publicInfoList', siteId:'6781961', pageSize:15,"
                " isDate:true, dateFormat:'yyyy-MM-dd', length:50, file:'/c3/hs/publicInfoList_newest'}})"
            )
            return self.html(
                f'<meta name="SiteId" content="6781961"><div class="xxgk_nav"></div><script>{script}</script>'
            )
        if request.path != "/site/label/8888" or request.query.get("labelName") != "publicInfoList":
            return None
        right = request.query.get("file") == "/c3/hs/publicInfoList_newest" and request.query.get("organId") == "21691"
        return Answer.html(self._list(number_in(request, "pageIndex")) if right else "<div></div>")


class LonsunColumn(Lonsun):
    """An ordinary column: page 1 is a static file, the others are asked at /content/column/<id>."""

    column = "/tzgg/index.html"
    detail_path = "/content/article/{number}"

    def listing(self, request: Request) -> Answer | None:
        if request.path not in ("/tzgg/index.html", "/content/column/6795801"):
            return None
        k = number_in(request, "pageIndex") if request.path.startswith("/content") else 1
        rows = self.rows(self.page(k), '<li><a href="{url}">{title}</a><span class="right date">{day}</span></li>')
        pager = f"Ls.pagination('#page_list', {{ columnId: 6795801, pageCount: {self.pages}, total: {self.says} }});"
        return self.html(f'<ul class="doc_list list-6795801">{rows}</ul><script>{pager}</script>')


# --- Kaipu (§6) --------------------------------------------------------------------------------------------------


class Kaipu(StandIn):
    """Static pages, `list_2.shtml` is page 2; the pager's script names its element first."""

    family = "kaipu"
    column = "/sample/c100123/list.shtml"
    detail_path = "/sample/c100123/{month}/{key}.shtml"

    def listing(self, request: Request) -> Answer | None:
        found = re.fullmatch(r"/sample/c100123/list(?:_(\d+))?\.shtml", request.path)
        k = int(found[1] or 1) if found else 0
        if not 1 <= k <= self.pages:
            return None
        pager = f"createPageHTML('page_div', {self.pages}, {k}, 'list', 'shtml', {self.says});"
        return self.html(
            f'<ul id="list">{self.rows(self.page(k))}</ul><div id="page_div"></div><script>{pager}</script>'
        )

    def detail(self, held: Held) -> str:
        block = (
            '<ul class="clearfix">'
            + "".join(f"<li>{name}:<span>{text}</span></li>" for name, text in _pairs(held))
            + "</ul>"
        )
        paragraphs = "".join(f"<p>{text}</p>" for text in held.text)
        head = f"<UCAPTITLE>{held.title}</UCAPTITLE><PUBLISHTIME>{held.published_on} 16:34</PUBLISHTIME>"
        return f"{block}{head}<div id='zoom'><UCAPCONTENT>{paragraphs}</UCAPCONTENT></div>"


class KaipuSearch(Kaipu):
    """The list page has no rows, its meta names the channel; absent values are the words null and undefined."""

    channel_id = "0123456789abcdef0123456789abcdef"
    column = "/sample/c100123/zfxxgk_list.shtml"
    size = 20
    stated = ("index_number", "document_number", "written_on")

    def listing(self, request: Request) -> Answer | None:
        if request.path == self.column:
            return self.html(f'<meta name="channelid" content="{self.channel_id}"><div id="UCAP-CONTENT"></div>')
        if request.path != f"/common/search/{self.channel_id}" or request.query.get("_isJson") != "true":
            return None
        k, n = number_in(request, "page"), number_in(request, "_pageSize", 10)
        results = [self._record(held) for held in self.page(k, n)]
        return Answer.of_json({"data": {"total": self.says, "page": k, "rows": n, "results": results}})

    def _record(self, held: Held) -> Mapping[str, Any]:
        values = {
            "indexnumber": held.index_number,
            "refno": held.document_number,
            "writedate": held.written_on,
            "theme": "undefined",
            "source": "null",
        }
        meta = [{"key": key, "name": key, "value": value} for key, value in values.items()]
        return {
            "title": held.title,
            "url": self.path(held),
            "publishedTime": ms(held.published_on),
            "publishedTimeStr": f"{held.published_on} 08:00:00",
            "channelName": "规范性文件",
            "manuscriptId": held.key,
            "domainMetaList": [{"domainName": "信息公开", "resultList": meta}],
        }


class KaipuHunan(KaipuSearch):
    """Hunan: a posted form, which without its groups would be answered in another order."""

    column = "/search/common/search/12345"

    def listing(self, request: Request) -> Answer | None:
        form = request.form
        if request.method != "POST" or request.path != self.column or form.get("datas[1][order]") != "desc":
            return None
        results = [
            self._record(held) for held in self.page(number_in(request, "page"), number_in(request, "_pageSize", 20))
        ]
        return Answer.of_json({"data": {"total": self.says, "results": results}})


class KaipuTax(Kaipu):
    """The tax service's search: pages count from 0, rows state the signing date and no other."""

    column = "/search5/search/s?siteCode=bm29000002&label=%E8%A7%84%E8%8C%83%E6%80%A7%E6%96%87%E4%BB%B6"
    counted, dated = True, False
    size = 20
    stated = ("document_number", "publisher", "written_on")

    def listing(self, request: Request) -> Answer | None:
        if request.path != "/search5/search/s" or request.query.get("label") != "规范性文件":
            return None
        page = self.page(number_in(request, "pageNum", 0) + 1, number_in(request, "pageSize", 20))
        return Answer.of_json(
            {"searchResultAll": {"total": self.says, "searchTotal": [self._tax(held) for held in page]}}
        )

    def _tax(self, held: Held) -> Mapping[str, Any]:
        return {
            "title": held.title,
            "url": self.url(held),
            "cwrq": f"{held.written_on} 00:00:00",
            "pubName": held.publisher,
            "govDoc": {"docNum": held.document_number},
        }


class KaipuSuzhou(Kaipu):
    """Suzhou's interface: form body, page size in the query, keys in capitals."""

    column = "/szinf/xxgk/interfacesWebZcwj/loadData?pageSize=15"
    counted = True
    stated = ("document_number", "index_number", "written_on")

    def options(self) -> Mapping[str, Any]:
        return {"channel_id": "0123456789abcdef0123456789abcdef"}

    def listing(self, request: Request) -> Answer | None:
        if not request.path.startswith("/szinf/xxgk/") or request.method != "POST" or "channel_id" not in request.form:
            return None
        rows = [
            {
                "TITLE": held.title,
                "URL": self.path(held),
                "C_WJBH": held.document_number,
                "C_SYH": held.index_number,
                "PUBLISHED_TIME_FORMAT": held.published_on,
                "C_FWRQ_FORMAT": held.written_on,
            }
            for held in self.page(number_in(request, "pageIndex"))
        ]
        return Answer.of_json({"data": {"allRow": self.says, "totalPage": self.pages, "list": rows}})


# --- TRS services (§7.2–7.5) -------------------------------------------------------------------------------------


class Was(StandIn):
    """WAS as JSON, with raw line breaks in its strings; `prepage` is the size, `perpage` is ignored."""

    family = "was"
    column = "/was5/web/search?channelid=210001&templet=docs.jsp&classsql=chnlid%3D123&prepage=15"
    detail_path = "/zwgk/zxwj/{month}/t{compact}_{number}.htm"
    stated = ("document_number",)

    def listing(self, request: Request) -> Answer | None:
        if request.path != "/was5/web/search" or request.query.get("classsql") != "chnlid=123":
            return None
        docs = [
            {
                "title": held.title,
                "url": self.url(held),
                "content": "第一行LF第二行",
                "fileno": held.document_number,
                "time": f"{held.published_on} 10:00:00",
                "pubtime": held.published_on,
            }
            for held in self.page(number_in(request, "page"), number_in(request, "prepage", 10))
        ]
        text = json.dumps({"count": str(self.says), "docs": docs}, ensure_ascii=False).replace("LF", "\r\n")
        return Answer(200, {"Content-Type": "text/html; charset=UTF-8"}, text.encode())


class WasPage(Was):
    """WAS as a page, with its outline bar."""

    column = "/was5/web/search?channelid=210001"
    stated = ()
    counted = False

    def listing(self, request: Request) -> Answer | None:
        if request.path != "/was5/web/search":
            return None
        page = self.page(number_in(request, "page"))
        return self.html(
            f'<ul class="list">{self.rows(page)}</ul><div id="outlinebar"><span>共{self.pages}页</span></div>'
        )


class Govsearch(Was):
    """The older service of Jilin: JSONP without totals; the end is an empty array."""

    column = "/govsearch/jsonp/zf_jd_list.jsp?lb=134657&callback=result&channelId=134657"
    counted = False

    def listing(self, request: Request) -> Answer | None:
        if request.path != "/govsearch/jsonp/zf_jd_list.jsp":
            return None
        rows = [
            {
                "puburl": self.url(held),
                "tip": {
                    "title": held.title,
                    "dates": held.published_on,
                    "filenum": held.document_number,
                    "publisher": held.publisher,
                },
            }
            for held in self.page(number_in(request, "page"))
        ]
        return Answer(200, {"Content-Type": "text/javascript"}, f"result({json.dumps({'data': rows})});".encode())


class Igs(StandIn):
    """A policy library of IGS: dates carry a zone that is not meant."""

    family = "igs"
    column = "/igs/front/search/list.html?index=file2-index-alias&type=governmentdocuments&siteId=4"
    detail_path = "/zfwj/t{number}.shtml"
    size = 10
    stated = ("document_number", "publisher", "validity")

    def options(self) -> Mapping[str, Any]:
        return {"filter[AVAILABLE]": "true"}

    def listing(self, request: Request) -> Answer | None:
        if request.path != "/igs/front/search/list.html" or request.query.get("filter[AVAILABLE]") != "true":
            return None
        content = [self._record(held) for held in self.page(number_in(request, "pageNumber"))]
        return Answer.of_json({"page": {"totalPages": self.pages, "totalElements": self.says, "content": content}})

    def _record(self, held: Held) -> Mapping[str, Any]:
        return {
            "_id": str(held.number),
            "DOCTITLE": held.title,
            "DOCPUBURL": self.url(held),
            "DOCCONTENT": "正文",
            "PUBDATE": f"{held.published_on}T00:00:00.000Z",
            "DOCRELTIME": f"{held.written_on}T00:00:00.000Z",
            "IdxID": "〔2024〕3号",
            "fileNum": held.document_number,
            "publisher": held.publisher,
            "Effectivestate": "有效",
        }


class IgsRows(Igs):
    """Nanjing's form: `rows`, and pageIndex is ignored."""

    column = "/igs/front/search/publish/data/list.html?index=wzqsearch-v20190124&type=infomation&siteId=8"
    size = 20

    def listing(self, request: Request) -> Answer | None:
        if request.path != "/igs/front/search/publish/data/list.html":
            return None
        rows = [self._record(held) for held in self.page(number_in(request, "pageNumber"))]
        return Answer.of_json({"total": self.says, "pageSize": 20, "rows": rows})


class Irs(StandIn):
    """IRS: obfuscated fields, constants in the column page's script; without a filter it answers the whole site."""

    family = "irs"
    column = "/zcwj/index.html"
    detail_path = "/zcwj/t{number}.html"
    stated = ("validity",)

    def options(self) -> Mapping[str, Any]:
        return {
            "channel_id": "90001",
            "fields": {
                "title": "f_202399000001",
                "url": "f_202399000002",
                "date": "f_202399000003",
                "validity": "f_202399000004",
            },
        }

    def listing(self, request: Request) -> Answer | None:
        if request.path == "/zcwj/index.html":
            constants = '{url: "/irs/front/list", code: "18aa0000000", tenantId: "99", tableName: "t_19999aaaaaa"}'
            return self.html(f"<div id='list'></div><script>var request = {constants};</script>")
        if request.path != "/irs/front/list" or request.method != "POST" or request.json.get("code") != "18aa0000000":
            return None
        k = request.json["pageNo"]
        pager = {"pageNo": k, "pageSize": self.size, "pageCount": self.pages, "total": self.says}
        rows = [self._record(held) for held in self.page(k)]
        filtered = request.json.get("customFilter", {}).get("properties", [{}])[0].get("value") == "90001"
        other = {
            "f_202399000001": "别的栏目的一条信息公告",
            "f_202399000002": f"{self.base}/other/1.html",
            "f_202399000003": "2024-01-01",
        }
        return Answer.of_json({"success": True, "data": {"list": rows if filtered else [other, *rows], "pager": pager}})

    def _record(self, held: Held) -> Mapping[str, Any]:
        return {
            "f_202399000001": held.title,
            "f_202399000002": self.url(held),
            "f_202399000003": held.published_on,
            "f_202399000004": "有效",
            "channel_id": "90001",
            "save_time": f"{held.published_on} 11:00:00",
        }


class IrsSearch(Irs):
    """IRS asked at its interface; rows have the common fields, so none need be named."""

    column = "/irs/front/list"
    stated = ()

    def options(self) -> Mapping[str, Any]:
        return {"code": "18aa0000000", "tenantId": "99", "tableName": "t_19999aaaaaa", "channel_id": "90001"}

    def _record(self, held: Held) -> Mapping[str, Any]:
        return {
            "DOCTITLE": held.title,
            "DOCPUBURL": self.url(held),
            "f_1": held.published_on,
            "f_2": "<p>正文</p>",
            "channel_id": "90001",
            "save_time": "2024-04-01 11:00:00",
        }


# --- eportal, Epoint, queryList (§8–10) --------------------------------------------------------------------------


class Eportal(StandIn):
    """The page turns only with the module's id, which the pager's links carry; without it page 1 comes again."""

    family = "eportal"
    column = "/eportal/ui?pageId=1962757"
    detail_path = "/sample/zfxxgk/{number:06d}/index.html"
    module = "0123456789abcdef0123456789abcdef"

    def listing(self, request: Request) -> Answer | None:
        if request.path != "/eportal/ui" or request.query.get("pageId") != "1962757":
            return None
        k = number_in(request, "currentPage") if request.query.get("moduleId") == self.module else 1
        link = f"/eportal/ui?pageId=1962757&amp;currentPage={k + 1}&amp;moduleId={self.module}&amp;staticRequest=yes"
        following = f'<a href="{link}">下一页</a>' if k < self.pages else ""
        rows = self.rows(self.page(k), '<tr><td><a href="{url}">{title}</a></td><td align="center">{day}</td></tr>')
        hidden = '<input type="hidden" id="eprotalCurrentPageId" value="1962757">'
        return self.html(
            f'{hidden}<table class="easysite-list">{rows}</table><p>共{self.says}条 共{self.pages}页 {following}</p>'
        )


class EportalDisclosure(Eportal):
    """Liaoning's disclosure list as JSON."""

    column = "/eportal/ui?moduleId=5&portal.url=/portlet/xxgkml!queryList.portlet&flmc=tcfl&fldm=353"
    size = 20

    def listing(self, request: Request) -> Answer | None:
        if request.path != "/eportal/ui" or request.query.get("fldm") != "353":
            return None
        rows = [
            {"id": str(held.number), "title": held.title, "url": self.path(held), "date": held.published_on}
            for held in self.page(number_in(request, "pageNo"))
        ]
        return Answer.of_json({"total": self.says, "pageSize": 20, "result": rows})


class Epoint(StandIn):
    """Pages count from 0; the site's GUID and the application's path stand in a script of their own, which the site
    file names."""

    family = "epoint"
    column = "/dynamic/zwgk/govInfoPub.html?categorynum=003001&deptcode=990"
    detail_path = "/govxxgk/11990000000000000A/{day}/{key}.html"

    def options(self) -> Mapping[str, Any]:
        return {"script": "/js/webBuilderCommon.js"}

    def listing(self, request: Request) -> Answer | None:
        if request.path == "/dynamic/zwgk/govInfoPub.html":
            return self.html('<div class="ewb-list"></div><script src="/js/webBuilderCommon.js"></script>')
        if request.path == "/js/webBuilderCommon.js":
            text = "var siteInfo={siteGuid:'7eb5f7f1-9041-43ad-8e13-8fcb82ea831a',projectName:\"/EWB-FRONT\"};"
            return Answer(200, {"Content-Type": "application/javascript"}, text.encode())
        if request.path != "/EWB-FRONT/rest/lightfrontaction/getgovinfolist" or request.method != "POST":
            return None
        asked = request.json.get("params", request.json)
        if asked.get("categorynum") != "003001" or not asked.get("siteGuid"):
            return Answer.of_json({"custom": {"total": 0, "data": []}})
        rows = [
            {
                "title": f"<font color=''>{held.title}</font>",
                "realtitle": held.title,
                "infourl": self.path(held),
                "infodate": held.published_on,
            }
            for held in self.page(int(asked["pageIndex"]) + 1)
        ]
        return Answer.of_json({"custom": {"total": self.says, "data": rows}})


class EpointColumn(Epoint):
    """The same, where the site file does not name the script: the column page does."""

    def options(self) -> Mapping[str, Any]:
        return {}


class EpointWrapped(Epoint):
    """An older application, whose parameters are wrapped; asked at its interface."""

    column = "/EWB-FRONT/rest/lightfrontaction/getgovinfolist"

    def options(self) -> Mapping[str, Any]:
        return {"params": {"siteGuid": "7eb5f7f1", "categorynum": "003001", "deptcode": "990", "pageSize": 15}}


class QueryList(StandIn):
    """The list's codes stand in the page's script; values of a row are JSON inside JSON."""

    family = "querylist"
    column = "/sample/col90001/pc/list.html"
    detail_path = "/sample/col90001/content/content_{number}.html"

    def listing(self, request: Request) -> Answer | None:
        if request.path == self.column:
            codes = "unitid: '475431', webSiteCode: ['sample'], channelCode: ['col90001']"
            script = f"$.ajax({{url:'/queryList', data:{{{codes}}}}})"
            return self.html(f'<div id="div475431"></div><script>{script}</script>')
        form = request.form
        if request.path != "/queryList" or request.method != "POST" or form.get("channelCode[]") != "col90001":
            return None
        rows = [
            {"source": self._record(held)} for held in self.page(number_in(request, "current"), int(form["pageSize"]))
        ]
        return Answer.of_json({"code": "200", "data": {"total": self.says, "results": rows}})

    def _record(self, held: Held) -> Mapping[str, Any]:
        return {
            "title": held.title,
            "showTitle": held.title,
            "pubDate": f"{held.published_on} 09:00:00",
            "metadata": '{"author":"示例委"}',
            "content": {"content": "<p>正文</p>"},
            "images": "[]",
            "urls": json.dumps({"pc": self.path(held), "m": ""}),
        }


# --- openness, truecms, CICRO (§11–13) ---------------------------------------------------------------------------


class Openness(StandIn):
    """Generation 1. The frame has no list; past the last page the last page comes again."""

    family = "openness"
    column = "/opennessContent/?branch_id=5a0000000000000000000001&column_code=301000"
    detail_path = "/openness/detail/content/{short}.html"
    counted = False
    stated = ("index_number", "document_number")

    def listing(self, request: Request) -> Answer | None:
        if request.path == "/opennessContent/":
            return self.html('<iframe src="/opennessTarget/"></iframe>')
        if request.path != "/opennessTarget/" or request.query.get("column_code") != "301000":
            return None
        k = min(number_in(request, "page"), self.pages)
        rows = self.rows(
            self.page(k),
            '<tr class="is-td"><td>{index}</td><td><div class="is-tda"><a href="{url}">{title}</a></div></td>'
            "<td>{number}</td><td>{day}</td></tr>",
        )
        link = '<a href="?branch_id=5a0000000000000000000001&column_code=301000&page={0}">{1}</a>'
        links = link.format(2, 2) + link.format(self.pages, self.pages) + link.format(min(k + 1, self.pages), "下一页")
        return self.html(
            f'<table class="is-xxgkTable">{rows}</table><div id="page_list">{links if self.pages > 1 else ""}</div>'
        )

    def detail(self, held: Held) -> str:
        table = '<table class="is-xxgkinfo">' + _pairs_table(held, "<td>{}:</td>")
        title = f'<div class="is-newstitle" id="artibodyTitle">{held.title}</div>'
        body = "".join(f"<p>{text}</p>" for text in held.text)
        return f'<div id="color_printsssss">{table}{title}<div id="zoom" class="is-newscontnet">{body}</div></div>'


class OpennessFiles(Openness):
    """Generation 2: page_<k>.html."""

    column = "/OpennessContent/showList/15/85522/page_1.html"
    detail_path = "/OpennessContent/show/{number:07d}.html"
    stated = ()

    def listing(self, request: Request) -> Answer | None:
        found = re.fullmatch(r"/OpennessContent/showList/15/85522/page_(\d+)\.html", request.path)
        k = int(found[1]) if found else 0
        if not 1 <= k <= self.pages:
            return None
        return self.html(f"<ul>{self.rows(self.page(k))}</ul><div class='page'>第{k}/{self.pages}页</div>")


class Truecms(StandIn):
    """Answers at most 20 records whatever is asked, and 404 without a Referer."""

    family = "truecms"
    column = "/exrmzf/szfwj/szfwj.html"
    detail_path = "/exrmzf/szfwj/content/{number:04d}.html"

    def listing(self, request: Request) -> Answer | None:
        if request.path == self.column:
            script = "proxyUrl:'/truecms/messageController/getMessage.do', columnId:'4b5c9ac8', perPage:15"
            return self.html(f"<div id='list'></div><script>$('#list').page({{{script}}})</script>")
        if request.path != "/truecms/messageController/getMessage.do" or not request.headers.get("referer"):
            return None
        start, end = number_in(request, "startrecord"), number_in(request, "endrecord")
        page = self.all[start - 1 : min(end, start + 19)]
        records = "".join(f"<record><![CDATA[{self.rows([held])}]]></record>" for held in page)
        answer = {"result": f"<recordset>{records}</recordset>", "total": str(self.says)}
        return Answer(200, {"Content-Type": "text/html"}, f"cb({json.dumps(answer, ensure_ascii=False)})".encode())


class Cicro(StandIn):
    """No total: the list after the last page is there, and empty."""

    family = "cicro"
    column = "/info/iList.jsp?node_id=GKexs&site_id=CMSexs&cat_id=15971"
    detail_path = "/info/1001/{number:06d}.htm"
    counted = False

    def listing(self, request: Request) -> Answer | None:
        if request.path != "/info/iList.jsp" or request.query.get("cat_id") != "15971":
            return None
        row = '<li><span>{day}</span><a href="{url}" target="_blank">{title}</a></li>'
        return self.html(
            f'<div id="list_content"><ul>{self.rows(self.page(number_in(request, "cur_page")), row)}</ul></div>'
        )


# --- small families (§14) and places (§15) -----------------------------------------------------------------------


class Nc(StandIn):
    """All page links stand in a hidden box, in an order that is not the pages'."""

    family = "nc"
    column = "/n2588035/n2588320/n2588335/index.html"
    detail_path = "/n2588035/n2588320/n2588335/c{number:08d}/content.html"
    counted = False

    def channel(self) -> Channel:
        return Channel("stand-in", "list", self.base + self.column, "示例栏目", self.family, ordered=False)

    def listing(self, request: Request) -> Answer | None:
        found = re.fullmatch(r"/n2588035/n2588320/n2588335/index(?:_2603340_(\d+))?\.html", request.path)
        k = (self.pages - int(found[1]) + 1 if found[1] else 1) if found else 0
        if not found or not 1 <= k <= self.pages:
            return None
        rows = self.rows(self.page(k), '<li><a href="../../..{url}">{title}</a><span>[{day}]</span></li>')
        further = "".join(f'<a href="index_2603340_{n}.html">{n}</a>' for n in range(1, self.pages))
        hidden = f'<div style="display:none">{further}</div>' if k == 1 else ""
        return self.html(f'<ul class="zsy_conlist">{rows}</ul>{hidden}')


class Enorth(StandIn):
    """GBK; pages are numbered from the oldest, with nine digits."""

    family = "enorth"
    column = "/tzgg/index.shtml"
    detail_path = "/system/2024/03/05/{number:09d}.shtml"
    charset = "gbk"
    counted = False
    counter = "/system/count//0012003/000000000000/000/000/c0012003000000000000_{:09d}.shtml"

    def listing(self, request: Request) -> Answer | None:
        found = re.fullmatch(r"/system/count//?0012003/.*_(\d{9})\.shtml", request.path)
        k = self.pages - int(found[1]) if found else 1 if request.path == self.column else 0
        if not 1 <= k <= self.pages:
            return None
        older = self.pages - k - 1
        following = f'<a href="{self.counter.format(older)}">下一页</a>' if older >= 0 else ""
        return self.html(f"<ul>{self.rows(self.page(k))}</ul><div>共{self.pages}页 {following}</div>")


class Jeecms(StandIn):
    """index_1.jhtml is page 1 again."""

    family = "jeecms"
    column = "/zwgk/tzgg/index.jhtml"
    detail_path = "/zwgk/tzgg/{number:05d}.jhtml"

    def listing(self, request: Request) -> Answer | None:
        found = re.fullmatch(r"/zwgk/tzgg/index(?:_(\d+))?\.jhtml", request.path)
        k = int(found[1] or 1) if found else 0
        if not 1 <= k <= self.pages:
            return None
        return self.html(f"<ul>{self.rows(self.page(k))}</ul><div>共{self.says}条记录 {k}/{self.pages}页</div>")


class Aspnet(StandIn):
    """A WebForms page: the view state must be the one of the page before, else page 1 comes again."""

    family = "aspnet"
    column = "/zwgk/gkmlList.aspx"
    detail_path = "/zwgk/detail.aspx?id={number}"
    counted = False

    def listing(self, request: Request) -> Answer | None:
        if request.path != self.column:
            return None
        form, k = request.form, 1
        if request.method == "POST" and form.get("__EVENTTARGET") == "AspNetPager1":
            wanted = int(form.get("__EVENTARGUMENT") or 1)
            k = wanted if form.get("__VIEWSTATE") == self._token(wanted - 1) and form.get("__EVENTVALIDATION") else 1
        links = "".join(
            f"<a href=\"javascript:__doPostBack('AspNetPager1','{n}')\">{n}</a>"
            for n in range(1, self.pages + 1)
            if n != k
        )
        hidden = "".join(
            f'<input type="hidden" name="{name}" value="{value}">'
            for name, value in (
                ("__VIEWSTATE", self._token(k)),
                ("__EVENTVALIDATION", "/wEd+A=="),
                ("__VIEWSTATEGENERATOR", "CA0B0334"),
            )
        )
        rows = self.rows(self.page(k), '<tr><td><a href="{url}">{title}</a></td><td>{day}</td></tr>')
        return self.html(f'<form method="post">{hidden}<table id="_fill">{rows}</table>{links}</form>')

    def _token(self, k: int) -> str:
        return f"/wEPDwUK+{k}=="


class AspnetQuery(Aspnet):
    """A list turned by `page`; its count says where it ends."""

    column = "/NewsList.aspx?CID=5f0c3b1e"

    counted = True

    def listing(self, request: Request) -> Answer | None:
        if request.path != "/NewsList.aspx":
            return None
        k = number_in(request, "page")
        return self.html(f"<ul>{self.rows(self.page(k))}</ul><div>共{self.says}条 共{self.pages}页</div>")


class Shanghai(StandIn):
    """Entries stand once more in comments; the count is in the pager's script."""

    repeats = True
    family = "regions"
    column = "/nw12344/index.html"
    detail_path = "/nw12344/{compact}/{key}.html"
    counted = False

    def listing(self, request: Request) -> Answer | None:
        found = re.fullmatch(r"/nw12344/index(?:_(\d+))?\.html", request.path)
        k = int(found[1] or 1) if found else 0
        if not 1 <= k <= self.pages:
            return None
        old = f"/nw12344/20190101/{0:032d}.html"
        comment = f'<!-- <li><a href="{old}">旧的一条不应当算在列表里</a><span>2019-01-01</span></li> -->'
        call = f"$('.pagination').pagination({{totalPage:{self.pages},currentPage:{k}}})"
        pager = f"<ul class='pagination'></ul><script>{call}</script>"
        return self.html(f'<ul class="uli14">{comment}{self.rows(self.page(k))}</ul>{pager}')


class Xian(StandIn):
    """Files are called by their number alone; where it lies, one page more is counted than published."""

    family = "regions"
    column = "/zwgk/tzgg/1.html"
    detail_path = "/zwgk/tzgg/1{number:018d}.html"
    counted = False

    def listing(self, request: Request) -> Answer | None:
        found = re.fullmatch(r"/zwgk/tzgg/(\d{1,4})\.html", request.path)
        k = int(found[1]) if found else 0
        if not 1 <= k <= self.pages:
            return None
        return self.html(
            f'<div class="m-lst36"><ul>{self.rows(self.page(k))}</ul></div>'
            f"<script>var maxPage = parseInt('{self.pages + (self.lie > 0)}');</script>"
        )


class Tianjin(StandIn):
    """TRS files: index_1 is page 2."""

    family = "regions"
    column = "/zwgk/tzgg/index.html"
    detail_path = "/zwgk/tzgg/{month}/t{compact}_{number}.html"
    counted = False

    def listing(self, request: Request) -> Answer | None:
        found = re.fullmatch(r"/zwgk/tzgg/index(?:_(\d+))?\.html", request.path)
        k = int(found[1] or 0) + 1 if found else 0
        if not 1 <= k <= self.pages:
            return None
        return self.html(
            f'<div class="commonList-body"><ul>{self.rows(self.page(k))}</ul></div>'
            f"<script>var totalPage = parseInt('{self.pages}');</script>"
        )


class Hebei(StandIn):
    """Named by UUIDs; a single page, or links to the others."""

    family = "regions"
    column = "/columns/4cea91c3-8cd8-4a4b-a1b3-0f2a9ac5f5d6/index.html"
    detail_path = "/columns/4cea91c3-8cd8-4a4b-a1b3-0f2a9ac5f5d6/{month}/05/{key}.html"
    counted = False
    size = 100

    def listing(self, request: Request) -> Answer | None:
        return self.html(f"<ul>{self.rows(self.page(1))}</ul>") if request.path == self.column else None


# --- searches and one-offs (§18, §14.8) --------------------------------------------------------------------------


class Jsearch(StandIn):
    """Hanweb's search: rows are HTML in two skins, addresses hide behind a counter."""

    family = "searchapi"
    column = "/jsearchfront/interfaces/cateSearch.do"
    detail_path = "/art/2024/4/1/art_1_{number}.html"
    size = 12

    def options(self) -> Mapping[str, Any]:
        return {"websiteid": "990000000000000", "cateid": "18081", "tpl": "1621"}

    def listing(self, request: Request) -> Answer | None:
        if request.path != self.column or request.method != "POST" or request.form.get("cateid") != "18081":
            return None
        page = self.page(number_in(request, "p"), number_in(request, "pg", 10))
        return Answer.of_json({"total": self.says, "result": [self._skin(held) for held in page]})

    def _skin(self, held: Held) -> str:
        if held.number % 2:
            link = f"visit/link.do?url={quote(self.url(held), safe='')}&title=x"
            return (
                f'<div class="jcse-result-box"><div class="jcse-news-title"><a href="{link}">{held.title}</a></div>'
                f'<span class="jcse-news-date">{held.published_on}</span>'
                f'<div class="jcse-news-url"><a>{self.url(held)}</a></div></div>'
            )
        return (
            f'<div class="comprehensiveItem"><div class="titleWrapper"><a data-title="{held.title}"'
            f' href="{self.url(held)}">{held.title}</a></div><div class="newsDescribe"><a>摘要…</a></div>'
            f'<div class="sourceTime"><span>来源:示例局</span><span>时间:{held.published_on}</span></div></div>'
        )


class EpointSearch(StandIn):
    """Epoint's search: `pn` counts records."""

    family = "searchapi"
    column = "/inteligentsearch/rest/esinteligentsearch/getFullTextDataNew"
    size = 10

    def listing(self, request: Request) -> Answer | None:
        if request.path != self.column or request.method != "POST":
            return None
        start = int(request.json["pn"])
        rows = [
            {"title": held.title, "linkurl": self.path(held), "showdate": held.published_on}
            for held in self.all[start : start + 10]
        ]
        return Answer.of_json({"result": {"totalcount": self.says, "records": rows}})


class Gdnps(StandIn):
    """Civil Affairs: the page number is in JSON inside the query; addresses are made of the id."""

    family = "oneoffs"
    column = "/gdnps/searchIndex.jsp?params=" + quote(
        '{"goPage":1,"doRepeated":1,"pageSize":15,"queryParam":[{"shortName":"ownSubjectDn","value":"/1/3/102"}]}'
    )
    detail_path = "/gdnps/content.jsp?id={number}"

    def listing(self, request: Request) -> Answer | None:
        if request.path != "/gdnps/searchIndex.jsp":
            return None
        asked = json.loads(request.query["params"])
        rows = [
            {
                "id": str(held.number),
                "title": held.title,
                "htmlContent": "<p>正文</p>",
                "publishTime": held.published_on.replace("-", "") + "000000",
            }
            for held in self.page(asked["goPage"], asked["pageSize"])
        ]
        answer = json.dumps({"total": self.says, "resultMap": rows}, ensure_ascii=False)
        return Answer(200, {"Content-Type": "text/javascript"}, f"{request.query['callback']}({answer});".encode())


class Binzhou(StandIn):
    """Dates in milliseconds, addresses made of the id."""

    family = "oneoffs"
    column = "/zfxxgk/api/news/listQuery?syh=371602"
    detail_path = "/zfxxgk/news/html/?{number}.html"
    size = 20
    stated = ("publisher",)

    def listing(self, request: Request) -> Answer | None:
        if request.path != "/zfxxgk/api/news/listQuery":
            return None
        rows = [
            {"id": str(held.number), "title": held.title, "fwjg": held.publisher, "fbdate": ms(held.published_on)}
            for held in self.page(number_in(request, "pageNo"), number_in(request, "pageSize", 20))
        ]
        return Answer.of_json({"success": True, "result": {"total": self.says, "pages": self.pages, "records": rows}})

    def _same_query(self, held: Held, request: Request) -> bool:
        return f"{held.number}.html" in request.query

    def answer(self, request: Request) -> Answer:
        known = [held for held in self.all if f"{held.number}.html" in request.query]
        if request.path == "/zfxxgk/news/html/" and known:
            return self.html(self.detail(known[0]))
        return self.listing(request) or Answer.html("页面不存在", status=404)


class Cac(StandIn):
    """Henan's CMS: the offset counts records."""

    family = "oneoffs"
    column = "/viewCmsCac.do?cacId=0123456789abcdef0123456789abcdef"
    size = 20
    counted = True

    def listing(self, request: Request) -> Answer | None:
        if request.path != "/viewCmsCac.do":
            return None
        k = number_in(request, "offset", 0) // self.size + 1
        rows = self.rows(
            self.page(k), '<tr height="30"><td>{n}</td><td><a href="{url}">{title}</a></td><td>{day}</td></tr>'
        )
        return self.html(f'<table class="xin2zuo">{rows}</table><div>共{self.says}条 共{self.pages}页</div>')


def every() -> Iterator[type[StandIn]]:
    """All stand-ins: every class of this module that says which family it is of."""
    for kind in list(globals().values()):
        if isinstance(kind, type) and issubclass(kind, StandIn) and kind is not StandIn:
            yield kind
