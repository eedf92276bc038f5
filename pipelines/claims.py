"""Labels of a page with their values, wherever they stand: in one text, in cells side by side, in a head row.

A claim is what the page prints; whether it speaks for this document is for `header.py` to judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from archive.records import Where
from pipelines.html import Element
from pipelines.labels import FIRST, GAP, PATTERN, PLACEHOLDERS, Label, lookup, squeeze
from pipelines.runs import BLANK, CLOSE, ENTRY, LINK, OPEN, Run, printed, text_of

LINE = frozenset({"published_on", "source"})  # what a line under the title states
BARE = Label("", "published_on", 1, False)  # a date without a label
_MANY = frozenset({"category", "topic", "keywords", "publisher", "summary", "title", "genre", "other"})  # several <a>


class Claim(NamedTuple):
    """One value for one field, as printed. `run` is the run of its label, `cell` the element of its value."""

    label: Label
    raw: str
    where: Where
    run: int = -1
    cell: Element | None = None


# 发布时间：, 【发文机构】, 索引号 |
LABELLED = re.compile(
    rf"(?<![\u4e00-\u9fff])(?=[{re.escape(FIRST)}【\[〔])(?P<box>[【\[〔]{GAP})?(?P<name>{PATTERN}){GAP}"
    rf"(?(box)[】\]〕](?:{GAP}[:：])?|[)）】\]〕>]?{GAP}[:：﹕︰|｜])"
)
# A label that is an inline element of its own, or text before one: <em>索引号</em><span>…, 发布时间<span>…
_PIECE = re.compile(rf"(?:^[\s\x01]*|\x01\s*)(?P<name>{PATTERN})\s*(?=[\x01\x02])")
OPENS = re.compile(rf"\A[\s\x01-\x03【\[]*(?:{PATTERN}){GAP}[】\]]?{GAP}[:：]")
_DATED = (
    r"\s*+(?:[\[(（【]\s*+)?"
    r"((?:19|20)\d\d\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}日?(?:[\sT]{0,3}\d{1,2}:\d\d(?::\d\d)?)?)"
    r"\s*+(?:[\])）】]\s*+)?"
)
DATED = re.compile(rf"(?<!\s){_DATED}")
_ENDS_IN_DATE = re.compile(rf"(?:^|(?<!\s)(?=\s)){_DATED}$")
_WEEKDAY = re.compile(r"\s?[(（]?(?:星期|周)[一二三四五六日天][)）]?$")
# What follows a value on its line without a colon of its own: 来源：新华社 打印 分享
CHROME = re.compile(
    r"(?:^|[\s|｜【\[(（])\s{0,3}(?:【|\[)?\s{0,3}(?:字体|字号|打印|关闭|收藏|分享|浏览|点击|阅读|访问|人气|大\s+中\s+小|我要|扫一扫|"
    r"视力|背景色|保护色|责任编辑|作者|编辑|用手机|手机查看|复制链接|语音|朗读|下载).{0,200}$"
    r"|\s[|｜]\s.{0,200}$|\s(?:本报|实习)?(?:记者|通讯员)\s.{0,40}$"  # 来源：云湖日报 | 记者 李四
)
_GLUED = re.compile(
    r"\s[\u4e00-\u9fff]{2,6}\s?[:：]|(?:责任编辑|编辑|作者|记者|发布人|发布者|浏览|点击|阅读|访问|发布时间|时间|日期|字体|字号).{0,4}[:：]"
)
_MARK = re.compile(r"[\x01-\x03]")
_COLONS = re.compile("[:：﹕︰|｜【\\[〔]")
_WORD = re.compile(r"\w")
_MOST = 200  # labels read of one page; the richest block has thirty
_RUN = 10_000  # characters read of one run
_LONG = 300  # a longer run is text, unless it opens with a label
_STARTS = frozenset(FIRST) | frozenset("0123456789【[〔(（•·")


def claims(found: Sequence[Run]) -> list[Claim]:
    """Every label of the page with its value, in document order."""
    claimed: list[Claim] = []
    taken: set[Element | None] = set()
    for number, run in enumerate(found):
        if len(claimed) > _MOST:
            break
        if run.owner in taken or (len(run.text) > _LONG and not OPENS.match(run.text)):
            continue
        starts = run.text.lstrip(BLANK)[:1] in _STARTS
        if not starts and not _COLONS.search(run.text):
            continue
        label = lookup(run.text) if starts and len(run.text) < 120 else None
        here = _alone(found, label, number) if label else in_run(run.text, number)
        taken.update(claim.cell for claim in here if claim.cell is not None)
        claimed += here
    return claimed


# --- in one run --------------------------------------------------------------------------------------------------


def in_run(text: str, number: int, where: Where = "line") -> list[Claim]:
    """The labels of one run, each with the text up to the next: `发布时间：2019-11-25 09:33 来源：县林业局`."""
    text = text[:_RUN]
    matches = list(LABELLED.finditer(text)) if _COLONS.search(text) else []
    if not matches:
        return _in_pieces(text, number, where)
    found = []
    for match, after in zip(matches, [*matches[1:], None], strict=True):
        label = lookup(match["name"])
        if label:
            value = _value(text[match.end() : after.start() if after else len(text)], label)
            found.append(Claim(label, value, where, number))
    if any(claim.label.field in LINE for claim in found):
        before = _WEEKDAY.sub("", printed(text[: matches[0].start()]).rstrip(" |｜·,，[【(（"))
        if _ENDS_IN_DATE.search(before):  # 2024-09-12 10:10  来源：防城港日报
            found.insert(0, Claim(BARE, before, where, number))
    return [part for claim in found for part in _without_date(claim)]


def _in_pieces(text: str, number: int, where: Where) -> list[Claim]:
    """Labels and values without colons, told apart by inline elements: `<em>索引号</em><span>…</span>`."""
    if CLOSE not in text or text.lstrip(BLANK)[:1] not in _STARTS:
        return []
    found = []
    opened = _PIECE.finditer(text) if OPEN in text else filter(None, (_PIECE.match(text),))
    matches = list(opened)
    for match, after in zip(matches, [*matches[1:], None], strict=True) if matches else ():
        label = lookup(match["name"])
        if label:
            value = _value(text[match.end() : after.start() if after else len(text)], label)
            found.append(Claim(label, value, where, number))
    return found


def _value(text: str, label: Label) -> str:
    """The value at the start of `text`: up to where the element around it, or its own, is closed. A form has none."""
    if text.lstrip(BLANK.replace(ENTRY, ""))[:1] == ENTRY:
        return ""
    depth = floor = level = last = 0
    begun = False
    for mark in _MARK.finditer(text):
        if not begun and text[last : mark.start()].strip(BLANK):
            begun, level = True, depth
        last = mark.end()
        depth += -1 if mark.group() == CLOSE else 1
        if not begun:
            floor = min(floor, depth)
        elif depth < floor or (depth < level and label.field not in _MANY and _ends(text, mark.end())):
            return clean(text[: mark.start()], label)
    return clean(text, label)


def _ends(text: str, at: int) -> bool:
    """Does a value end where its element is closed? Not in `<i>2023</i>-<i>05</i>-<i>06</i>`."""
    return text[at : at + 1] in BLANK


_PAIRS = {"】": "【", "]": "[", ")": "(", "）": "（"}


def _is_loose(value: str) -> bool:
    """Does a bracket at the end of a value belong to what stands around it?"""
    return value[-1] in _PAIRS.values() or (value[-1] in _PAIRS and _PAIRS[value[-1]] not in value)


_FONT_SIZES = re.compile(r"\A\W*(?:特?大\W*中\W*小|小\W*中\W*大)")  # 字号：[大 中 小] (platforms.md A.2)


def clean(text: str, label: Label) -> str:
    """A value as printed, without what stands around it; empty for a placeholder (无, ----, null)."""
    value = printed(text).strip(" :：|｜;；,，、﹕")
    if label.field in LINE or label.field == "other":
        value = CHROME.sub("", value[:300]).strip(" |｜;；,，、")
    while value and _is_loose(value):  # 【来源：市政府办】【
        value = value[:-1].rstrip()
    return (
        ""
        if not _WORD.search(value)
        or squeeze(value).lower() in PLACEHOLDERS
        or _FONT_SIZES.match(value)
        or _names_another(value, label)
        else value
    )


def _without_date(claim: Claim) -> Iterator[Claim]:
    """A source that ends in a date is two claims: `来源：云南日报 2016-08-11 08:13:00`. It ends where another, unknown
    or glued label begins: 云州日报 发布人：admin, 本站编辑：张三."""
    named = claim.label.field in ("source", "other") and claim.where != "header"
    dated = DATED.search(claim.raw) if named else None
    source = claim.raw[: dated.start()] if dated else claim.raw
    source = (
        _GLUED.split(source, maxsplit=1)[0].rstrip(" |｜;；,，、[(（【") if claim.label.field == "source" else source
    )
    if source or not dated:
        yield claim._replace(raw=source.strip())
    if dated:
        yield claim._replace(label=BARE, raw=dated.group(1))


# --- in cells ----------------------------------------------------------------------------------------------------

_CELLS = frozenset(("td", "th", "dt", "dd"))
_ROWS = 40  # rows of a table that are looked at
_PASSED = frozenset(("script", "style", "br"))


def _alone(found: Sequence[Run], label: Label, number: int) -> list[Claim]:
    """The claim of a run that is only a label: its value stands in the next cell, element or line."""
    run = found[number]
    cell = _cell(run)
    columns = _columns(cell) if cell is not None and cell.tag in ("td", "th") else None
    if columns is not None:
        return [Claim(known, clean(text_of(box), known), "header", number, box) for known, box in columns]
    beside = _inside(found, number) if cell is run.owner else None
    beside = _next(cell) if beside is None and cell is not None else beside
    if cell is not None and beside is not None and _may_hold(cell, beside, run, label):
        text = text_of(beside)
        if (
            not _names_another(text, label)
            and not OPENS.match(text)
            and (cell.tag in _CELLS or len(text) <= _limit(label))
        ):
            return [Claim(label, clean(text, label), "header", number, beside)]
    elif below := _below(found, label, number):
        return below
    return [] if LINK in run.text else [Claim(label, "", "header", number)]


def _names_another(text: str, label: Label) -> bool:
    """Is this the next label, not the value of this one? 政策解读 is a label, and what 信息分类 often holds."""
    other = lookup(text)
    return other is not None and (other.strong or label.field not in ("category", "topic", "genre"))


def _inside(found: Sequence[Run], number: int) -> Element | None:
    """The block beside a label in their common element: `<li>索引号<div>…</div></li>`."""
    owner, after = found[number].owner, found[number + 1].owner if number + 1 < len(found) else None
    return after if after is not None and after.getparent() is owner else None


def _may_hold(cell: Element, beside: Element, run: Run, label: Label) -> bool:
    """Cells go with cells. Elsewhere a label needs a colon or must be one of index blocks, and must not be a link:
    navigation is full of 主题分类 and 发布机构."""
    inside = beside.getparent() is cell
    if not inside and (cell.tag in _CELLS or beside.tag in _CELLS):
        return cell.tag in _CELLS and beside.tag in _CELLS
    colon = run.text.rstrip(BLANK + "】])）")[-1:] in ":：﹕︰"
    return LINK not in run.text and (colon or inside or label.strong or _is_day(label, beside))


def _is_day(label: Label, beside: Element) -> bool:
    """`<div>发布日期</div><div>2023-05-06</div>`"""
    return label.field == "published_on" and bool(DATED.fullmatch(text_of(beside)))


def _limit(label: Label) -> int:
    """How long a value may be where no table says that it is one; what follows an empty 来源： is often the article."""
    return {"summary": 2000, "title": 200, "source": 40, "published_on": 40}.get(label.field, 120)


def _cell(run: Run) -> Element | None:
    """The outermost element that holds nothing but the label: td of `<td><p><b>索引号</b></p></td>`."""
    element = run.owner
    name = squeeze(run.text)
    for _ in range(4):
        parent = element.getparent() if element is not None and element.tag not in _CELLS else None
        if parent is None or squeeze(_start(parent)) != name:
            break
        element = parent
    return element


def _start(element: Element) -> str:
    """The first 80 characters below an element; a body is not read through for every label in it."""
    text = ""
    for part in element.itertext() if len(element) else [element.text or ""]:
        text += part[:80].strip(BLANK)
        if len(text) > 80:
            break
    return text[:80]


def _next(element: Element) -> Element | None:
    """The next sibling element; None if text stands between."""
    beside = element
    while not (beside.tail or "").strip(BLANK):
        after = beside.getnext()
        if after is None or (isinstance(after.tag, str) and after.tag not in _PASSED):
            return after
        beside = after
    return None


def _below(found: Sequence[Run], label: Label, number: int) -> list[Claim]:
    """The value after a line break: `<td>索引号：<br>003158495/202012-00407</td>`."""
    after = found[number + 1] if number + 1 < len(found) else None
    owner = found[number].owner
    if after is None or owner is None or not (label.strong or owner.tag in _CELLS):
        return []
    if after.owner is not owner or OPENS.match(after.text):
        return []
    return [Claim(label, clean(after.text, label), "header", number)] if len(after.text) < _limit(label) else []


def _columns(cell: Element) -> list[tuple[Label, Element]] | None:
    """Labels in one row and their values in the only other one (Shanghai: 索取号 | 发布时间 | 发布机构 | 备注).

    None if the cell's row is an ordinary one; [] for the cells of a head row after the first.
    """
    row = cell.getparent()
    cells = _row(row)
    if len(cells) < 2 or not all(lookup(_start(c)) for c in cells):
        return None
    table = next(row.iterancestors("table"), None)
    if table is None:
        return None
    labels = [lookup(_start(c)) for c in cells]
    rows = [r for r in islice(table.iter("tr"), _ROWS) if len(_row(r)) == len(labels)]
    if len(rows) != 2 or rows[0] is not row or any(lookup(_start(c)) for c in _row(rows[1])):
        return None
    pairs = [(label, box) for label, box in zip(labels, _row(rows[1]), strict=True) if label]
    return pairs if cell is cells[0] else []


def _row(row: Element) -> list[Element]:
    return [c for c in row if c.tag in ("td", "th")]
