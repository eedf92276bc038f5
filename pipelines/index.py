"""Index metadata (索引信息) of one page: every place where it stands, with evidence and with what disagreed.

A page is cut into runs (`runs.py`); labels of `labels.py` in them give *claims*. So do meta tags, the page's own JSON,
attributes, the breadcrumb, the row of the listing. For each field the most trusted place wins, the others that
disagree are kept as rivals:

    header      the index block: a table, list or grid with labels of the index proper
    line        the 发布时间 / 来源 line under or over the title, or a bare date there
    json        the page's own record (window._CONFIG.DETAIL, a JSON detail)
    meta        PubDate, ContentSource … of 国办发〔2017〕47号
    title       a 文号 in brackets at the end of the title
    body        a 文号 on a line of its own between title and first sentence, or right before the salutation
    breadcrumb  the last column of 首页 > 政务公开 > 规划计划, as category
    url         VSB: the last two path segments are the index number
    listing     what the row of the listing says
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from lxml import etree
from lxml.html import HtmlElement

from archive.records import INDEX_FIELDS, Attachment, Entry, Evidence, Index, Rival, Where
from pipelines import dates
from pipelines.draft import Draft, Stage
from pipelines.html import Page, parse
from pipelines.labels import (
    ATTRIBUTES,
    CONTENT_PAGE,
    FIRST,
    JSON_KEYS,
    META,
    PATTERN,
    PLACEHOLDERS,
    Label,
    lookup,
    squeeze,
)
from pipelines.numbers import find_document_number
from pipelines.runs import BLANK, CLOSE, LINK, Run, printed, runs, text_of

TRUST: tuple[Where, ...] = ("header", "line", "json", "meta", "title", "body", "breadcrumb", "url", "listing")
DATES = frozenset({"published_on", "written_on", "effective_on", "expires_on"})
_LINE = frozenset({"published_on", "source"})  # what a line under the title states
_MANY = frozenset({"category", "topic", "keywords", "publisher", "summary", "title", "genre", "other"})  # several <a>


@dataclass(frozen=True, slots=True)
class Stated:
    """What a page states beside its body.

    `nodes` are the elements that hold index blocks and the 发布时间 line, for the body to leave out; none of them holds
    the body or the title. `title` is a labelled 名称/标题, the JSON's, or a title line of plain text. `lines` is the span
    (start, end) of header lines in `page.text.splitlines()` of plain text, (0, 0) if none; the title line may stand
    inside it. `attachments` are those the JSON states, or lines of plain text that are only a file name. `body_html`
    is the body that stands in the page's JSON and nowhere else.
    """

    index: Index
    evidence: dict[str, Evidence] = field(default_factory=dict)
    nodes: tuple[HtmlElement, ...] = ()
    title: str | None = None
    lines: tuple[int, int] = (0, 0)
    attachments: tuple[Attachment, ...] = ()
    body_html: str | None = None


class Claim(NamedTuple):
    """One value for one field, as printed. `run` is the run of its label, `cell` the element of its value."""

    label: Label
    raw: str
    where: Where
    run: int = -1
    cell: HtmlElement | None = None


def read(page: Page, entry: Entry | None = None) -> Stated:
    """Everything the page states in labels, tags and records. Pure; never raises on foreign input."""
    if page.tree is not None:
        return _of_html(page, entry)
    if page.plain:
        return _of_text(page, entry)
    return _of_record(page.parsed if isinstance(page.parsed, dict) else {}, entry)


# --- labels in a run ---------------------------------------------------------------------------------------------

_G = r"[\s\x01-\x03\u200b\ufeff]{0,40}"
_LABELLED = re.compile(
    rf"(?<![\u4e00-\u9fff])(?=[{re.escape(FIRST)}【\[〔])"
    rf"(?:(?P<name>{PATTERN}){_G}[)）】\]〕>]?{_G}[:：﹕︰|｜]{_G}|[【\[〔]{_G}(?P<boxed>{PATTERN}){_G}[】\]〕]{_G}[:：]?)"
)
_LEADING = re.compile(rf"[\s\x01-\x03]*(?P<name>{PATTERN})(?P<gap>[\s\x02]+)(?=\S)")  # <em>索引号</em><span>…
_MARK = re.compile(r"[\x01-\x03]")
_LONG = 300  # a longer run is text, unless it opens with a label
_OPENS = re.compile(rf"[\s\x01-\x03【\[]*(?:{PATTERN}){_G}[】\]]?{_G}[:：]")
_COLONS = re.compile("[:：﹕︰|｜【\\[〔]")
# Chrome that follows a value on its line without a colon of its own.
_CHROME = re.compile(
    r"(?:^|[\s|｜【\[(（])\s{0,3}(?:【|\[)?\s{0,3}(?:字体|字号|打印|关闭|收藏|分享|浏览|点击|阅读|访问|人气|大\s+中\s+小|我要|扫一扫|视力|背景色|保护色|"
    r"责任编辑|作者|编辑|用手机|手机查看|复制链接|语音|朗读|下载).{0,200}$"
)
_DATED = re.compile(
    r"\s*[\[(（【]?\s*((?:19|20)\d\d\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}日?(?:[\sT]{0,3}\d{1,2}:\d\d(?::\d\d)?)?)\s*[\])）】]?\s*"
)


def _claims_in(text: str, number: int, where: Where = "line") -> list[Claim]:
    """The labels of one run with the text up to the next label: `发布时间：2019-11-25 09:33 来源：县林业局`."""
    matches = list(_LABELLED.finditer(text)) if _COLONS.search(text) else []
    claims = []
    if not matches:
        leading = _LEADING.match(text)
        label = lookup(leading["name"]) if leading and (CLOSE in leading["gap"]) else None
        return [Claim(label, _value(text[leading.end() :], label), where, number)] if leading and label else []
    for match, after in zip(matches, [*matches[1:], None], strict=True):
        label = lookup(match["name"] or match["boxed"])
        if label:
            value = _value(text[match.end() : after.start() if after else len(text)], label)
            claims.append(Claim(label, value, where, number))
    before = printed(text[: matches[0].start()])
    if _DATED.fullmatch(before) and any(c.label.field in _LINE for c in claims):  # 2024-09-12 10:10  来源：防城港日报
        claims.insert(0, Claim(BARE, before, where, number))
    return [part for claim in claims for part in _without_date(claim)]


def _value(text: str, label: Label) -> str:
    """The value at the start of `text`: up to where the element around it, or its own, is closed."""
    depth = floor = level = last = 0
    begun = False
    for mark in _MARK.finditer(text):
        if not begun and text[last : mark.start()].strip(BLANK):
            begun, level = True, depth
        last = mark.end()
        depth += -1 if mark.group() == CLOSE else 1
        if not begun:
            floor = min(floor, depth)
        elif depth < floor or (depth < level and label.field not in _MANY):
            return _clean(text[: mark.start()], label)
    return _clean(text, label)


def _clean(text: str, label: Label) -> str:
    """A value as printed, without what stands around it."""
    value = printed(text).strip(" :：|｜;；,，、﹕")
    if label.field in _LINE:
        value = _CHROME.sub("", value).strip(" |｜;；,，、")
    for opening, closing in ("【】", "[]", "()", "（）"):
        if value.endswith(closing) and opening not in value:
            value = value[:-1].rstrip()
        if value.endswith(opening):
            value = value[:-1].rstrip()
    return "" if squeeze(value).lower() in PLACEHOLDERS or not re.search(r"\w", value) else value


def _without_date(claim: Claim) -> Iterator[Claim]:
    """A source that ends in a date is two claims: `来源：云南日报 2016-08-11 08:13:00`."""
    dated = _DATED.search(claim.raw) if claim.label.field == "source" else None
    if not dated:
        yield claim
        return
    source = claim.raw[: dated.start()].rstrip(" |｜;；,，、[(（【")
    if source:
        yield claim._replace(raw=source)
    yield claim._replace(label=BARE, raw=dated.group(1))


BARE = Label("", "published_on", 1, False)  # a date without a label


# --- labels in cells ---------------------------------------------------------------------------------------------

_CELLS = frozenset(("td", "th", "dt", "dd"))
_PASSED = frozenset(("script", "style", "br"))


def _beside(run: Run, label: Label, number: int) -> list[Claim]:
    """The claim of a run that is only a label: its value stands in the next cell or element."""
    colon = run.text.rstrip(BLANK + "】])）")[-1:] in ":：﹕︰"
    cell = _cell(run)
    if cell is None or (LINK in run.text and cell.tag not in _CELLS):
        return []
    if cell.tag == "td" or cell.tag == "th":
        columns = _columns(cell)
        if columns is not None:
            return [Claim(known, _clean(text, known), "header", number, box) for known, text, box in columns]
    beside = _next(cell)
    if beside is None or (cell.tag in _CELLS) != (beside.tag in _CELLS):
        return []
    if cell.tag not in _CELLS and not (colon or label.strong):
        return []
    text = text_of(beside)
    if lookup(text) or _OPENS.match(text) or (cell.tag not in _CELLS and len(text) > _limit(label)):
        return []
    return [Claim(label, _clean(text, label), "header", number, beside)]


def _limit(label: Label) -> int:
    """How long a value may be where no table says that it is one; what follows an empty 来源： is often the article."""
    return {"summary": 2000, "title": 200, "source": 40, "published_on": 40}.get(label.field, 120)


def _cell(run: Run) -> HtmlElement | None:
    """The outermost element that holds nothing but the label: td of `<td><p><b>索引号</b></p></td>`."""
    element = run.owner
    name = squeeze(run.text)
    for _ in range(4):
        parent = element.getparent() if element is not None else None
        if element is None or parent is None or element.tag in _CELLS or squeeze(_string(parent)[:80]) != name:
            break
        element = parent
    return element


def _string(element: HtmlElement) -> str:
    return str(_STRING(element))


_STRING = etree.XPath("string(.)", smart_strings=False)


def _next(element: HtmlElement) -> HtmlElement | None:
    """The next sibling element; None if text stands between."""
    beside = element
    while True:
        if (beside.tail or "").strip(BLANK):
            return None
        beside = beside.getnext()
        if beside is None or (isinstance(beside.tag, str) and beside.tag not in _PASSED):
            return beside


def _columns(cell: HtmlElement) -> list[tuple[Label, str, HtmlElement]] | None:
    """Labels in one row and their values in the only other one (Shanghai: 索取号 | 发布时间 | 发布机构 | 文件编号 | 备注).

    None if the cell's row is an ordinary one; [] for the other cells of such a head row.
    """
    row = cell.getparent()
    labels = [lookup(_string(c)[:80]) for c in _row(row)]
    if len(labels) < 2 or not all(labels):
        return None
    table = next(row.iterancestors("table"), None)
    rows = [r for r in table.iter("tr") if len(_row(r)) == len(labels)] if table is not None else []
    if len(rows) != 2 or rows[0] is not row or any(lookup(_string(c)[:80]) for c in _row(rows[1])):
        return None if len(rows) != 2 or rows[0] is not row else []
    if cell is not _row(row)[0]:
        return []
    return [(label, text_of(box), box) for label, box in zip(labels, _row(rows[1]), strict=True) if label]


def _row(row: HtmlElement) -> list[HtmlElement]:
    return [c for c in row if c.tag == "td" or c.tag == "th"]


# --- all claims of a page ----------------------------------------------------------------------------------------

_STARTS = frozenset(FIRST) | frozenset("0123456789【[〔(（•·")


def _claims(found: Sequence[Run]) -> list[Claim]:
    """Every label of the page with its value, in document order; what is metadata of this document is judged later."""
    claims: list[Claim] = []
    taken: set[HtmlElement] = set()
    for number, run in enumerate(found):
        if run.owner in taken or (len(run.text) > _LONG and not _OPENS.match(run.text)):
            continue
        label = lookup(run.text) if run.text.lstrip(BLANK)[:1] in _STARTS and len(run.text) < 120 else None
        if label:
            claimed = _beside(run, label, number) or _below(found, label, number)
        else:
            claimed = _claims_in(run.text, number)
        taken.update(claim.cell for claim in claimed if claim.cell is not None)
        claims += claimed
    return claims


def _below(found: Sequence[Run], label: Label, number: int) -> list[Claim]:
    """The value after a line break: `<td>索引号：<br>003158495/202012-00407</td>`."""
    after = found[number + 1] if number + 1 < len(found) else None
    if after is None or not label.strong or after.owner is not found[number].owner or _OPENS.match(after.text):
        return []
    return [Claim(label, _clean(after.text, label), "header", number)] if len(after.text) < _limit(label) else []


# --- which claims are metadata of this document ------------------------------------------------------------------

_SENTENCE = 40  # characters of a run with a full stop: the body has begun
_NEAR = 4  # runs between two labels of one block: value, a cell without label, a heading
_DOCUMENT_LINE = 80  # a line with a document number and a salutation is not longer


class Head(NamedTuple):
    """Where the head of a page stands: `title` is the run of the heading (-1 unknown), `end` the first run of the body."""

    title: int
    end: int


def _head(found: Sequence[Run], claims: Sequence[Claim], titles: frozenset[str]) -> Head:
    """The heading is the first run that says what <title> or ArticleTitle say, else the last h1–h3 before the text."""
    squeezed = [squeeze(run.text) if len(run.text) < 500 else "" for run in found]
    title = next((n for n, text in enumerate(squeezed) if len(text) > 5 and text in titles), -1)
    labelled = {claim.run for claim in claims} | {claim.run + 1 for claim in claims if claim.cell is not None}
    start = title if title >= 0 else min((c.run for c in claims if c.raw), default=0)
    for number in range(start + 1, len(found)):
        text = found[number].text
        if len(text) > _SENTENCE and "。" in text and len(printed(text)) > _SENTENCE and number not in labelled:
            return Head(title, number)
    return Head(title, len(found))


def _blocks(claims: Sequence[Claim]) -> list[list[Claim]]:
    """Claims that follow each other closely."""
    blocks: list[list[Claim]] = []
    for claim in claims:
        if blocks and claim.run - blocks[-1][-1].run <= _NEAR:
            blocks[-1].append(claim)
        else:
            blocks.append([claim])
    return blocks


def _is_index(block: Sequence[Claim]) -> bool:
    """Two labels of the index proper, or an index number, make a block an index block."""
    strong = {claim.label.field for claim in block if claim.label.strong}
    return len(strong - {"ignore"}) > 1 or any(c.label.field == "index_number" and c.raw for c in block)


def _accepted(found: Sequence[Run], claims: Sequence[Claim], head: Head) -> list[Claim]:
    """The claims that are metadata of this document: index blocks of the head, its line, and what of them stands
    after the body where the head is silent (source of the People's Daily at the foot of the page)."""
    kept: list[Claim] = []
    for block in _blocks(claims):
        before = block[0].run < head.end
        if _is_index(block) and not _of_another(block, kept) and (before or not any(map(_is_header, kept))):
            kept += _placed(found, block)
        elif before:
            kept += [c for c in block if _stands_alone(found, c, head)]
        else:
            known = {c.label.field for c in kept if c.raw}
            kept += [c for c in block if c.label.field in _LINE - known and c.label.group == 0 and _foot(found, c)]
    return kept


def _is_header(claim: Claim) -> bool:
    return claim.where == "header"


def _of_another(block: Sequence[Claim], kept: Sequence[Claim]) -> bool:
    """A hover table of a related document carries another index number."""
    numbers = {squeeze(c.raw) for c in kept if c.label.field == "index_number" and c.raw}
    return bool(numbers) and any(
        c.label.field == "index_number" and c.raw and squeeze(c.raw) not in numbers for c in block
    )


def _placed(found: Sequence[Run], block: Sequence[Claim]) -> list[Claim]:
    """The claims of an index block; a 发布时间 or 来源 that shares no list or table with it is the line beside it."""
    strong = {_container(found[c.run].owner) for c in block if c.label.strong}
    runs_of_strong = {c.run for c in block if c.label.strong}
    return [
        claim._replace(where="header")
        if claim.label.field not in _LINE
        or claim.run in runs_of_strong
        or claim.cell is not None
        or _container(found[claim.run].owner) in strong
        else claim._replace(where="line")
        for claim in block
    ]


def _container(owner: HtmlElement | None) -> HtmlElement | None:
    """The list or table around a label, else its grandparent: `div.row > div.label`."""
    if owner is None:
        return None
    chain = [owner, *owner.iterancestors()][:8]
    listed = next((e for e in chain if e.tag in ("table", "ul", "ol", "dl")), None)
    return listed if listed is not None else chain[min(1, len(chain) - 1)]


def _stands_alone(found: Sequence[Run], claim: Claim, head: Head) -> bool:
    """May a label outside any index block speak for the document?"""
    label = claim.label
    if label.field == "published_on":
        return label.group == 0 or _companions(found, claim)
    if label.field == "source":
        return label.printed != "转载自" and len(claim.raw) <= 80
    if label.field in ("document_number", "publisher", "written_on", "validity", "category", "topic", "index_number"):
        return label.strong and bool(claim.raw) and len(claim.raw) <= 60 and claim.cell is None
    return label.field == "other" and claim.cell is None and bool(claim.raw) and len(claim.raw) <= 30


def _companions(found: Sequence[Run], claim: Claim) -> bool:
    """时间：, 日期： and bare dates are the line's only with a time of day, a source, a counter or the like beside them;
    `时间：3月5日 地点：三楼会议室` opens the text of a notice."""
    text = found[claim.run].text
    others = len(_LABELLED.findall(text)) > 1 or bool(_CHROME.search(printed(text)))
    around = found[max(0, claim.run - 1) : claim.run + 2]
    siblings = any(r.owner is not None and len(r.text) < 120 and "来源" in squeeze(r.text) for r in around)
    return others or siblings or bool(re.search(r"\d{1,2}:\d\d", text))


def _foot(found: Sequence[Run], claim: Claim) -> bool:
    return claim.cell is None and len(found[claim.run].text) < 160 and 0 < len(claim.raw) <= 40


# --- places other than labels ------------------------------------------------------------------------------------

_METAS = etree.XPath("//meta[@name and @content]")
_TITLE = etree.XPath("string(//head/title|//title[1])", smart_strings=False)
_WITH_ATTRIBUTES = etree.XPath("//*[@syh]")
_TITLE_NUMBER = re.compile(
    r"[（(\[【]([^（(\[【]{2,30}号)[）)\]】]?\s*$|[（(]([^（(]{2,20}[〔\[【][^（(]{4,14}号)[）)]\s*$"
)
_RETOLD = re.compile("解读|图解|问答|转发|转载|宣传|废止|失效")  # titles that name another document's number
_CRUMB = re.compile(r"\s*(?:>+|＞|»|›|→|->|/|\\|·)\s*")
_CRUMB_START = re.compile(r"(?:当前|所在|您)[^:：>＞]{0,8}位置|首\s?页\s*(?:>|＞|»|›|→|-|/|·)|^\s*位置\s*[:：]")
_CRUMB_END = frozenset(
    (
        "正文",
        "详情",
        "内容",
        "信息内容",
        "文章内容",
        "详细内容",
        "内容页",
        "详细页面",
        "信息详情",
        "首页",
        "网站首页",
        "列表",
    )
)
_VSB = re.compile(r"/info/egovinfo/.+/([\w-]{4,24})/((?:19|20)\d\d-\d{7})\.html?$")


def _from_meta(metas: Mapping[str, str]) -> Iterator[Claim]:
    """Metas of a content page; on others Keywords and Description speak of the site."""
    if not CONTENT_PAGE & metas.keys():
        return
    fillers = {squeeze(metas.get(name, "")) for name in ("articletitle", "sitename")}
    for name, content in metas.items():
        target = META.get(name)
        label = Label(name, target, 0, False) if target else None
        if label and not (label.field in ("keywords", "summary", "source") and squeeze(content) in fillers):
            value = content.replace(",", " > ").split(" > ")[-1] if name == "columnname" else content
            yield Claim(label, _clean(value, label), "meta")


def _metas(tree: HtmlElement) -> dict[str, str]:
    """Meta names in lower case → content, the first of each name."""
    pairs = [(m.get("name", "").strip().lower(), m.get("content", "")) for m in _METAS(tree)]
    return dict(reversed(pairs))


def _from_attributes(tree: HtmlElement) -> Iterator[Claim]:
    """`<a syh="…" mc="…" rq="…" wh="…">`: the block as attributes, if the page has one such element only."""
    elements = _WITH_ATTRIBUTES(tree)
    if len(elements) == 1:
        for name, target in ATTRIBUTES.items():
            label = Label(name, target, 0, True)
            yield Claim(label, _clean(elements[0].get(name) or "", label), "header")


def _from_title(title: str) -> Iterator[Claim]:
    """国家金融监督管理总局行政处罚信息公开表(金罚决字〔2024〕36号)"""
    match = _TITLE_NUMBER.search(title)
    number = find_document_number(match.group(1) or match.group(2)) if match and not _RETOLD.search(title) else None
    if number:
        yield Claim(Label("", "document_number", 0, True), number, "title")


def _from_lines(lines: Sequence[str], title: str = "") -> Iterator[Claim]:
    """A document number on a line of its own, or with the salutation behind it: 道人社〔2017〕16号 各乡镇人民政府："""
    for line in lines:
        number = find_document_number(line) if "号" in line and len(line) <= _DOCUMENT_LINE else None
        rest = line.replace(number, "", 1).strip(" 　()（）[]【】") if number else ""
        if number and (not rest or (line.lstrip("（(").startswith(number) and rest.endswith(("：", ":")))):
            yield Claim(Label("", "document_number", 0, True), number, "body")
            return


def _from_dates(lines: Sequence[str]) -> Iterator[Claim]:
    """A bare date right under the title: 2022-02-11 09:52, （2024-05-11）."""
    for line in lines:
        match = _DATED.fullmatch(line) if len(line) < 40 else None
        if match:
            yield Claim(BARE, match.group(1), "line")
            return


def _from_crumb(texts: Iterator[str], title: str) -> Iterator[Claim]:
    """当前位置：首页 > 信息公开 > 规划计划 → 规划计划"""
    for text in texts:
        if len(text) < 200 and _CRUMB_START.search(text):
            steps = [s.strip(" :：") for s in _CRUMB.split(text)]
            steps = [s for s in steps if s and s not in _CRUMB_END and squeeze(s) != squeeze(title)]
            if len(steps) > 1 and len(steps[-1]) <= 30 and len(_CRUMB.split(text)) > 2:
                yield Claim(Label("", "category", 2, False), steps[-1], "breadcrumb")
                return


def _from_url(url: str) -> Iterator[Claim]:
    match = _VSB.search(url)
    if match:
        yield Claim(Label("", "index_number", 0, True), f"{match.group(1)}/{match.group(2)}", "url")


def _from_entry(entry: Entry | None) -> Iterator[Claim]:
    """What the listing's row says; `stated` has Index fields as keys."""
    if entry is None:
        return
    stated = dict(entry.stated) | ({"published_on": entry.date} if entry.date else {})
    for name, raw in stated.items():
        label = Label("", name if name in INDEX_FIELDS else "other", 0, True)
        yield Claim(label, _clean(raw, label), "listing")


# --- the page's own record ---------------------------------------------------------------------------------------

_DETAIL = re.compile(r"[\"']?DETAIL[\"']?\s*:\s*(?=\{)")


def _record_in(text: str) -> dict[str, Any]:
    """`window._CONFIG = {… DETAIL: {…}}` of gkmlpt."""
    start = _DETAIL.search(text, max(0, text.find("_CONFIG"))) if "_CONFIG" in text else None
    try:
        record = json.JSONDecoder(strict=False).raw_decode(text, start.end())[0] if start else {}
    except (ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def _from_record(record: Mapping[str, Any]) -> Iterator[Claim]:
    """The keys of JSON_KEYS, in the record itself and in those it carries as text (`json_ext`, `gkml_data`)."""
    for inner in (_nested(record.get("json_ext")), _nested(record.get("gkml_data")), record):
        for key, value in inner.items():
            target = JSON_KEYS.get(key.lower())
            if target and isinstance(value, (str, int)) and value and not isinstance(value, bool):
                label = Label(key, target, 0, False)
                yield Claim(label, _clean(re.sub(r"<[^<>]{0,200}>", "", str(value)), label), "json")


def _nested(value: Any) -> Mapping[str, Any]:
    try:
        inner = json.loads(value) if isinstance(value, str) and value.startswith("{") else value
    except (ValueError, RecursionError):
        return {}
    return inner if isinstance(inner, dict) else {}


def _files(record: Mapping[str, Any]) -> tuple[Attachment, ...]:
    """gkmlpt's `attachment[]`."""
    listed = record.get("attachment")
    found = [f for f in listed if isinstance(f, dict) and f.get("url")] if isinstance(listed, list) else []
    return tuple(Attachment(str(f.get("name") or ""), str(f["url"])) for f in found)


# --- one page ----------------------------------------------------------------------------------------------------


def _of_html(page: Page, entry: Entry | None) -> Stated:
    tree = page.tree
    assert tree is not None
    body = tree.find("body")
    found = runs(body if body is not None else tree)
    metas = _metas(tree)
    whole_title = str(_TITLE(tree)).strip()
    titles = _titles(metas.get("articletitle", ""), whole_title)
    claims = _claims(found)
    head = _head(found, claims, titles)
    kept = _accepted(found, claims, head)
    record = _record_in(page.text)
    claims = [*kept, *_from_attributes(tree), *_from_record(record), *_from_meta(metas)]
    lines = [printed(run.text) for run in found[max(0, head.title) : head.end + 1]]
    title = lines[0] if head.title >= 0 else metas.get("articletitle", whole_title)
    if head.title >= 0:
        claims += _from_dates(lines[1:8])
    claims += [*_from_title(title), *_from_lines(lines), *_from_url(page.url), *_from_entry(entry)]
    claims += _from_crumb((printed(run.text) for run in found[: head.end]), title)
    stated = _decided(claims)
    return Stated(
        stated.index,
        stated.evidence,
        _nodes(found, kept, head),
        stated.title,
        attachments=_files(record),
        body_html=_only_in_record(record, found),
    )


def _titles(*names: str) -> frozenset[str]:
    """What the heading may say: ArticleTitle, <title>, and its part before a site name (标题_某市人民政府)."""
    parts = [part for name in names if name for part in (name, re.split(r"\s*[_|]+\s*|\s+[-–—]+\s+|--+", name)[0])]
    return frozenset(squeeze(part) for part in parts) - {""}


def _only_in_record(record: Mapping[str, Any], found: Sequence[Run]) -> str | None:
    content = record.get("content")
    if not isinstance(content, str) or not content.strip():
        return None
    start = squeeze(re.sub(r"<[^<>]{0,2000}>|&\w{1,8};", "", content[:6000]))[:24]
    return None if start and start in squeeze("".join(run.text for run in found)) else content


def _of_record(record: Mapping[str, Any], entry: Entry | None) -> Stated:
    """A JSON answer that is one document: postmeta's post, gov.cn's content_<id>.json, a gkmlpt detail."""
    inner = next((record[k] for k in ("data", "article", "detail") if isinstance(record.get(k), dict)), record)
    content = inner.get("content") or inner.get("contentHtml")
    stated = _decided([*_from_record(inner), *_from_entry(entry)])
    return Stated(
        stated.index,
        stated.evidence,
        title=stated.title,
        attachments=_files(inner),
        body_html=content if isinstance(content, str) else None,
    )


# --- plain text --------------------------------------------------------------------------------------------------

_FILE_NAME = re.compile(
    r"(?:附件\s?\d{0,2}\s?[:：.、]?\s?)?\S.{0,120}\.(?:pdf|docx?|xlsx?|wps|et|pptx?|zip|rar|7z|ofd|ceb|rtf|csv)", re.I
)
_NOT_A_TITLE = re.compile(r"^[（(]?[一二三四五六七八九十\d]{1,3}[)）、.]|[。；;：:]$")


def _of_text(page: Page, entry: Entry | None) -> Stated:
    """Saved text: breadcrumb, title, rows of labels (also separated by `|`), names of files, then the body."""
    lines = page.text.splitlines()
    found = [Run(None, line) for line in lines]
    end = next((n for n, line in enumerate(lines) if _is_text(line)), min(len(lines), 60))
    claims = [claim for n, run in enumerate(found[:end]) for claim in _claims_in(run.text, n, "text")]
    header = {c.run for c in claims} | {n for n, line in enumerate(lines[:end]) if _CRUMB_START.search(line)}
    files = [n for n, line in enumerate(lines[:end]) if _FILE_NAME.fullmatch(line.strip())]
    span = (min(header | set(files)), max(header | set(files)) + 1) if header or files else (0, 0)
    title = _title_line(lines, header | set(files), span)
    claims += [*_from_lines([line.strip() for line in lines[:end]]), *_from_crumb(iter(lines[:end]), title or "")]
    stated = _decided([*claims, *_from_url(page.url), *_from_entry(entry)])
    attachments = tuple(Attachment(lines[n].strip()) for n in files)
    return Stated(stated.index, stated.evidence, title=stated.title or title, lines=span, attachments=attachments)


def _is_text(line: str) -> bool:
    return len(line) > _SENTENCE and "。" in line and not _OPENS.match(line)


def _title_line(lines: Sequence[str], header: set[int], span: tuple[int, int]) -> str | None:
    """The one line among or before the header lines that is none of them."""
    for number, line in enumerate(lines[: span[1]]):
        text = line.strip()
        if number not in header and 5 < len(text) < 100 and not _NOT_A_TITLE.search(text):
            return text
    return None


# --- the decision ------------------------------------------------------------------------------------------------

_COMPARABLE = DATES | {"index_number", "document_number", "publisher", "source", "validity"}  # one truth, many places


class _Candidate(NamedTuple):
    value: str | None  # None: printed, but not a value of the field (a partial date)
    claim: Claim


def _decided(claims: Sequence[Claim]) -> Stated:
    """Index, evidence and title out of all claims, by the order of TRUST and of the groups of labels."""
    claims = [claim for claim in claims if claim.raw]
    values: dict[str, str] = {}
    evidence: dict[str, Evidence] = {}
    other: dict[str, str] = {c.label.printed: c.raw for c in reversed(claims) if c.label.field == "other"}
    for name in INDEX_FIELDS:
        candidates = _candidates(name, claims)
        if candidates:
            chosen = next((c for c in candidates if c.value), candidates[0])
            evidence[name] = _evidence(name, chosen, candidates)
            other |= _left_over(chosen, candidates)
            if chosen.value:
                values[name] = _completed(chosen, candidates)
    title = next((c.raw for c in claims if c.label.field == "title"), None)
    return Stated(Index(**values, other=other), evidence, title=title)  # type: ignore[arg-type]


def _candidates(name: str, claims: Sequence[Claim]) -> list[_Candidate]:
    """Claims for one field, most trusted first. Two fields have stand-ins:

    published_on  where no place states one: 发文日期, else 成文/生成日期 (platforms.md §A.2, ambiguities)
    category      a page that files its document by topic alone: 主题分类
    """
    own = [c for c in claims if c.label.field == name]
    if name == "category":
        own += [c._replace(label=replace(c.label, group=3)) for c in claims if c.label.field == "topic"]
    own.sort(key=lambda c: (_trust(c.where), c.label.group))
    candidates = [_Candidate(_valued(name, c), c) for c in own]
    if name == "published_on" and not any(c.value for c in candidates):
        written = sorted((c for c in claims if c.label.field == "written_on"), key=lambda c: -c.label.group)
        candidates += [_Candidate(_valued(name, c), c) for c in written[:1]]
    return candidates


def _trust(where: Where) -> int:
    return 0 if where == "text" else TRUST.index(where)


def _valued(name: str, claim: Claim) -> str | None:
    """The field's value in a printed string; None if it holds none."""
    if name in DATES:
        return (dates.read_last(claim.raw) if name == "expires_on" else dates.read(claim.raw)).iso
    if name == "index_number":
        number = claim.raw.replace(" ", "")
        return number if len(number) >= 6 and re.search(r"\d", number) else None
    if name == "document_number":
        return claim.raw if re.search(r"[\d一二三四五六七八九十]", claim.raw) and len(claim.raw) < 120 else None
    return claim.raw


def _evidence(name: str, chosen: _Candidate, candidates: Sequence[_Candidate]) -> Evidence:
    claim = chosen.claim
    rivals: dict[str, Rival] = {}
    for other in candidates:
        same_kind = name in _COMPARABLE or other.claim.where == claim.where
        same_label = other.claim.label.group == claim.label.group or other.claim.where != claim.where
        if other.value and same_kind and same_label and squeeze(other.value) != squeeze(chosen.value or ""):
            rivals.setdefault(squeeze(other.value), Rival(other.value, other.claim.raw, other.claim.where))
    return Evidence(claim.raw, claim.where, claim.label.printed or None, tuple(rivals.values()))


def _left_over(chosen: _Candidate, candidates: Sequence[_Candidate]) -> dict[str, str]:
    """What is printed and found no place: a partial date, the 组配分类 beside a 信息分类."""
    return {
        c.claim.label.printed: c.claim.raw
        for c in candidates
        if c.claim.label.printed
        and c.claim.where in ("header", "line", "text")
        and (
            not c.value
            or (c.claim.label.group > chosen.claim.label.group and c.claim.label.group < 3 and c.value != chosen.value)
        )
    }


def _completed(chosen: _Candidate, candidates: Sequence[_Candidate]) -> str:
    """A value that the page cuts (综合自学习强国、川观新闻...) in the longer form that another place gives."""
    value = chosen.value or ""
    start = squeeze(value).rstrip(".…")
    if not value.endswith(("...", "…")) or not start:
        return value
    return next(
        (c.value for c in candidates if c.value and squeeze(c.value).startswith(start) and c.value != value), value
    )


# --- elements for the body to leave out --------------------------------------------------------------------------

_CHROME_ROOM = 40  # characters of a header element that belong to no claim: 浏览次数 123 【打印】


def _nodes(found: Sequence[Run], kept: Sequence[Claim], head: Head) -> tuple[HtmlElement, ...]:
    """The largest elements around accepted claims that hold little else, and neither heading nor body."""
    title = found[head.title].owner if head.title >= 0 else None
    stated: dict[int, int] = {}
    for claim in kept:
        room = len(claim.raw) if claim.cell is not None else 0
        stated[claim.run] = len(printed(found[claim.run].text)) + room
    nodes: list[HtmlElement] = []
    for number in stated:
        owner = found[number].owner
        if owner is not None and not any(_holds(node, owner) for node in nodes):
            nodes += _wrapper(found, number, stated, title)
    return tuple(nodes)


def _wrapper(
    found: Sequence[Run], number: int, stated: Mapping[int, int], title: HtmlElement | None
) -> list[HtmlElement]:
    """The element to leave out for the claims of one run; its inline parts if it shares a block with the heading."""
    owner = found[number].owner
    best = None
    for element in [] if owner is None else [owner, *owner.iterancestors()][:8]:
        if (
            element.tag == "body"
            or (title is not None and _holds(element, title))
            or not _mostly(found, number, element, stated)
        ):
            break
        best = element
    if best is not None:
        return [best]
    inline = [c for c in owner if isinstance(c.tag, str) and _LABELLED.search(text_of(c))] if owner is not None else []
    return [c for c in inline if squeeze(text_of(c)) in squeeze(found[number].text)]


def _mostly(found: Sequence[Run], number: int, element: HtmlElement, stated: Mapping[int, int]) -> bool:
    """Do accepted claims make up most of the text of an element that holds run `number`?"""
    foreign = claimed = 0
    for step, start in ((-1, number), (1, number + 1)):
        n = start
        while 0 <= n < len(found) and _holds(element, found[n].owner):
            foreign += len(found[n].text) if len(found[n].text) > 500 else len(printed(found[n].text))
            claimed += stated.get(n, 0)
            if foreign - claimed > 4000:
                return False
            n += step
    return foreign - claimed <= _CHROME_ROOM + 0.5 * claimed


def _holds(element: HtmlElement, inner: HtmlElement | None) -> bool:
    return inner is not None and (element is inner or any(a is element for a in inner.iterancestors()))


# --- the step ----------------------------------------------------------------------------------------------------


def step(draft: Draft) -> None:
    """Parse the page and read what it states; nothing to read leaves `stated` empty."""
    draft.page = parse(draft.response)
    if draft.page.tree is not None or draft.page.plain or draft.page.parsed is not None:
        draft.stated = read(draft.page, draft.entry)


class IndexStage(Stage):
    step = step
