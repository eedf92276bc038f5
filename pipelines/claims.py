"""Labels of a page with their values, wherever they stand: in one text, in cells side by side, in a head row.

A claim is what the page prints; whether it speaks for this document is for `header.py` to judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from lxml import etree
from lxml.html import HtmlElement

from archive.records import Where
from pipelines.labels import FIRST, PATTERN, PLACEHOLDERS, Label, lookup, squeeze
from pipelines.runs import BLANK, CLOSE, LINK, Run, printed, text_of

LINE = frozenset({"published_on", "source"})  # what a line under the title states
BARE = Label("", "published_on", 1, False)  # a date without a label
_MANY = frozenset({"category", "topic", "keywords", "publisher", "summary", "title", "genre", "other"})  # several <a>


class Claim(NamedTuple):
    """One value for one field, as printed. `run` is the run of its label, `cell` the element of its value."""

    label: Label
    raw: str
    where: Where
    run: int = -1
    cell: HtmlElement | None = None


_G = r"[\s\x01-\x03\u200b\ufeff]{0,40}"
# 发布时间：, 【发文机构】, 索引号 |
LABELLED = re.compile(
    rf"(?<![\u4e00-\u9fff])(?=[{re.escape(FIRST)}【\[〔])"
    rf"(?:(?P<name>{PATTERN}){_G}[)）】\]〕>]?{_G}[:：﹕︰|｜]{_G}|[【\[〔]{_G}(?P<boxed>{PATTERN}){_G}[】\]〕]{_G}[:：]?)"
)
_LEADING = re.compile(rf"[\s\x01-\x03]*(?P<name>{PATTERN})(?P<gap>[\s\x02]+)(?=\S)")  # <em>索引号</em><span>…
OPENS = re.compile(rf"[\s\x01-\x03【\[]*(?:{PATTERN}){_G}[】\]]?{_G}[:：]")
DATED = re.compile(
    r"\s*[\[(（【]?\s*((?:19|20)\d\d\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}日?(?:[\sT]{0,3}\d{1,2}:\d\d(?::\d\d)?)?)\s*[\])）】]?\s*"
)
# What follows a value on its line without a colon of its own: 来源：新华社 打印 分享
CHROME = re.compile(
    r"(?:^|[\s|｜【\[(（])\s{0,3}(?:【|\[)?\s{0,3}(?:字体|字号|打印|关闭|收藏|分享|浏览|点击|阅读|访问|人气|大\s+中\s+小|我要|扫一扫|"
    r"视力|背景色|保护色|责任编辑|作者|编辑|用手机|手机查看|复制链接|语音|朗读|下载).{0,200}$"
)
_MARK = re.compile(r"[\x01-\x03]")
_COLONS = re.compile("[:：﹕︰|｜【\\[〔]")
_WORD = re.compile(r"\w")
_LONG = 300  # a longer run is text, unless it opens with a label
_STARTS = frozenset(FIRST) | frozenset("0123456789【[〔(（•·")


def claims(found: Sequence[Run]) -> list[Claim]:
    """Every label of the page with its value, in document order."""
    claimed: list[Claim] = []
    taken: set[HtmlElement | None] = set()
    for number, run in enumerate(found):
        if run.owner in taken or (len(run.text) > _LONG and not OPENS.match(run.text)):
            continue
        starts = run.text.lstrip(BLANK)[:1] in _STARTS
        label = lookup(run.text) if starts and len(run.text) < 120 else None
        here = _alone(found, label, number) if label else in_run(run.text, number)
        taken.update(claim.cell for claim in here if claim.cell is not None)
        claimed += here
    return claimed


# --- in one run --------------------------------------------------------------------------------------------------


def in_run(text: str, number: int, where: Where = "line") -> list[Claim]:
    """The labels of one run, each with the text up to the next: `发布时间：2019-11-25 09:33 来源：县林业局`."""
    matches = list(LABELLED.finditer(text)) if _COLONS.search(text) else []
    if not matches:
        return _in_pieces(text, number, where)
    found = []
    for match, after in zip(matches, [*matches[1:], None], strict=True):
        label = lookup(match["name"] or match["boxed"])
        if label:
            value = _value(text[match.end() : after.start() if after else len(text)], label)
            found.append(Claim(label, value, where, number))
    before = printed(text[: matches[0].start()])
    if DATED.fullmatch(before) and any(c.label.field in LINE for c in found):  # 2024-09-12 10:10  来源：防城港日报
        found.insert(0, Claim(BARE, before, where, number))
    return [part for claim in found for part in _without_date(claim)]


def _in_pieces(text: str, number: int, where: Where) -> list[Claim]:
    """A label and its value in inline elements of their own, without a colon: `<em>索引号</em><span>…</span>`."""
    if CLOSE not in text or text.lstrip(BLANK)[:1] not in _STARTS:
        return []
    leading = _LEADING.match(text)
    label = lookup(leading["name"]) if leading and CLOSE in leading["gap"] else None
    return [Claim(label, _value(text[leading.end() :], label), where, number)] if leading and label else []


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
            return clean(text[: mark.start()], label)
    return clean(text, label)


def clean(text: str, label: Label) -> str:
    """A value as printed, without what stands around it; empty for a placeholder (无, ----, null)."""
    value = printed(text).strip(" :：|｜;；,，、﹕")
    if label.field in LINE:
        value = CHROME.sub("", value[:300]).strip(" |｜;；,，、")
    for opening, closing in ("【】", "[]", "()", "（）"):
        if value.endswith(opening) or (value.endswith(closing) and opening not in value):
            value = value[:-1].rstrip()
    return "" if not _WORD.search(value) or squeeze(value).lower() in PLACEHOLDERS else value


def _without_date(claim: Claim) -> Iterator[Claim]:
    """A source that ends in a date is two claims: `来源：云南日报 2016-08-11 08:13:00`."""
    dated = DATED.search(claim.raw) if claim.label.field == "source" else None
    if not dated:
        yield claim
        return
    source = claim.raw[: dated.start()].rstrip(" |｜;；,，、[(（【")
    if source:
        yield claim._replace(raw=source)
    yield claim._replace(label=BARE, raw=dated.group(1))


# --- in cells ----------------------------------------------------------------------------------------------------

_CELLS = frozenset(("td", "th", "dt", "dd"))
_PASSED = frozenset(("script", "style", "br"))
_STRING: Any = etree.XPath("string(.)", smart_strings=False)


def _alone(found: Sequence[Run], label: Label, number: int) -> list[Claim]:
    """The claim of a run that is only a label: its value stands in the next cell, element or line."""
    run = found[number]
    cell = _cell(run)
    columns = _columns(cell) if cell is not None and cell.tag in ("td", "th") else None
    if columns is not None:
        return [Claim(known, clean(text_of(box), known), "header", number, box) for known, box in columns]
    beside = _next(cell) if cell is not None else None
    if cell is None or beside is None or not _may_hold(cell, beside, run, label):
        return _below(found, label, number)
    text = text_of(beside)
    if lookup(text) or OPENS.match(text) or (cell.tag not in _CELLS and len(text) > _limit(label)):
        return []
    return [Claim(label, clean(text, label), "header", number, beside)]


def _may_hold(cell: HtmlElement, beside: HtmlElement, run: Run, label: Label) -> bool:
    """Cells go with cells. Elsewhere a label needs a colon or must be one of index blocks, and must not be a link:
    navigation is full of 主题分类 and 发布机构."""
    if cell.tag in _CELLS or beside.tag in _CELLS:
        return cell.tag in _CELLS and beside.tag in _CELLS
    colon = run.text.rstrip(BLANK + "】])）")[-1:] in ":：﹕︰"
    return LINK not in run.text and (colon or label.strong)


def _limit(label: Label) -> int:
    """How long a value may be where no table says that it is one; what follows an empty 来源： is often the article."""
    return {"summary": 2000, "title": 200, "source": 40, "published_on": 40}.get(label.field, 120)


def _cell(run: Run) -> HtmlElement | None:
    """The outermost element that holds nothing but the label: td of `<td><p><b>索引号</b></p></td>`."""
    element = run.owner
    name = squeeze(run.text)
    for _ in range(4):
        parent = element.getparent() if element is not None and element.tag not in _CELLS else None
        if parent is None or squeeze(_STRING(parent)[:80]) != name:
            break
        element = parent
    return element


def _next(element: HtmlElement) -> HtmlElement | None:
    """The next sibling element; None if text stands between."""
    beside = element
    while not (beside.tail or "").strip(BLANK):
        beside = beside.getnext()
        if beside is None or (isinstance(beside.tag, str) and beside.tag not in _PASSED):
            return beside
    return None


def _below(found: Sequence[Run], label: Label, number: int) -> list[Claim]:
    """The value after a line break: `<td>索引号：<br>003158495/202012-00407</td>`."""
    after = found[number + 1] if number + 1 < len(found) else None
    if after is None or not label.strong or after.owner is not found[number].owner or OPENS.match(after.text):
        return []
    return [Claim(label, clean(after.text, label), "header", number)] if len(after.text) < _limit(label) else []


def _columns(cell: HtmlElement) -> list[tuple[Label, HtmlElement]] | None:
    """Labels in one row and their values in the only other one (Shanghai: 索取号 | 发布时间 | 发布机构 | 备注).

    None if the cell's row is an ordinary one; [] for the cells of a head row after the first.
    """
    row = cell.getparent()
    cells = _row(row)
    labels = [lookup(_STRING(c)[:80]) for c in cells]
    table = next(row.iterancestors("table"), None) if len(labels) > 1 and all(labels) else None
    if table is None:
        return None
    rows = [r for r in table.iter("tr") if len(_row(r)) == len(labels)]
    if len(rows) != 2 or rows[0] is not row or any(lookup(_STRING(c)[:80]) for c in _row(rows[1])):
        return None
    pairs = [(label, box) for label, box in zip(labels, _row(rows[1]), strict=True) if label]
    return pairs if cell is cells[0] else []


def _row(row: HtmlElement) -> list[HtmlElement]:
    return [c for c in row if c.tag in ("td", "th")]
