"""Which documents a document cites: 《title》（文号）, 文号 alone, and why: as its basis, forwarding, repealing …

Newspapers, programmes and books stand in 《》 too; a title counts if it ends in a genre of official documents
(条例, 办法, 通知 …) or is followed by a document number. 《条例》 is what was last cited under a name ending so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pipelines.numbers import document_number, find_document_number
from pipelines.outline import mark as mark_of

Kind = Literal["basis", "forwards", "repeals", "amends", "issues", "mentions"]

_TITLE = re.compile(r"《((?:[^《》\n]|《[^《》\n]{1,100}》){1,150})》")
_NUMBERS = re.compile(r"\s{0,2}[（(]([^（）()\n]{2,120})[）)]")
_ALIAS = re.compile(r"以下(?:统称|简称|称)(?:为|作)?[“”\"「]?《?([^《》“”\"「」，,；;。]{2,20})")
_EDITION = re.compile(r"(?:[（(][^（）()]{1,30}[）)]|[〔\[][^〔\]〕]{1,30}[〕\]])$")  # （试行）, （2021—2035年）
_NO_LAW = re.compile(r"[说做看想方手写用技书魔兵疗戏]法$")  # 《今夜有说法》 is on television
_LAW = "法"
_GENRES = (
    "条例", "规定", "办法", "细则", "规则", "规程", "规范", "标准", "准则", "守则", "导则", "章程", "公约",
    "解释", "宪法", "法典", "决定", "决议", "命令", "令", "公告", "通告", "通报", "通知", "意见", "批复",
    "复函", "函", "请示", "报告", "纪要", "议案", "提案", "建议", "方案", "规划", "计划", "要点", "纲要",
    "预案", "措施", "安排", "分工", "分解", "制度", "机制", "政策", "规章", "指南", "指引", "目录", "清单",
    "名录", "名单", "事项", "一览表", "统计表", "情况表", "登记表", "申请表", "说明", "须知", "手册", "解读",
    "讲话", "责任书", "承诺书", "协议", "协定", "倡议", "白皮书", "总结", "区划", "定额", "大纲", "范本",
    "文本", "意见书", "通知书", "若干条", "十条", "法规",
)  # fmt: skip

# Why it is cited, by what stands before the title (or a list of titles) and behind it; the first that fits.
_SELF = r"[^《》，,。；;：:]"
_REASONS: tuple[tuple[Kind, re.Pattern[str] | None, re.Pattern[str] | None], ...] = (
    # 《……》（……）同时废止; 废止《……》
    ("repeals", re.compile(r"(?:废止|撤销|宣布失效)了?$"),
     re.compile(rf"{_SELF}{{0,10}}(?:废止|失效|停止执行|不再执行)")),
    # 对《……》作如下修改; 关于修改《……》的决定; but not 新修订的《条例》
    ("amends", re.compile(r"(?:修改|修订|修正|调整)$"),
     re.compile(r"(?:等\S{1,10})?(?:进行|作|做|予以)\S{0,6}(?:修改|修订|修正)")),
    # 现将《……》转发给你们; 转发国务院办公厅《……》
    ("forwards", re.compile(rf"转发了?{_SELF}{{0,12}}$"), re.compile(rf"{_SELF}{{0,12}}转发")),
    # 现将《……》印发给你们; 制定了《……》; 制定配套制度，包括《……》
    ("issues", re.compile(
        r"(?:印发|制定|制发|出台|下发|发布|颁布|公布|编制|完善|起草)(?:实施|下发|印发|出台|发布)?了?$|制定\S{0,20}包括$"),
     re.compile(rf"{_SELF}{{0,16}}印发")),
    # 根据《……》, 按照国务院《……》, 贯彻落实《……》
    ("basis", re.compile(
        rf"(?:根据|依据|依照|按照|遵照|遵循|参照|对照|执行|贯彻|落实|^按|[，,]按){_SELF}{{0,20}}$"), None),
)  # fmt: skip
# A list of titles counts as one: 根据《……》（……）和《……》的规定及《……》.
_TITLED = r"《[^《》\n]{1,150}》|（[^（）\n]{1,80}）|\([^()\n]{1,80}\)"
_RULING = r"(?<=[》）)])(?:[，,]|等?的?(?:有关|相关)?(?:规定|要求|精神)(?=[、和及与以]))"
_LIST_BEFORE = re.compile(rf"(?<![、和及与])(?:[、和及与]|以及|{_RULING}|{_TITLED}){{1,100}}+$")
_LIST_GOES_ON = ("、", "和", "及", "与", "》", "）", ")", "，", ",")  # how what comes before the next title ends
_LIST_BEHIND = re.compile(rf"(?:[、和及与]|以及|{_TITLED})+")
_STOP = re.compile("[。；;！？]")
_NUMBERED = re.compile("号(?:令|公告)?")  # how a document number ends
_WINDOW = 60  # characters a document number has at most, with what stands before it
_NEAR = 600  # characters around a title that are looked at
# What stands before a 机关代字 in running text: 我县下发了临政发〔2015〕3号
_BEFORE_NUMBER = re.compile(
    r"^(?:.*(?:下发|印发|转发|根据|依据|按照|落实|贯彻|执行|办公厅|人民政府(?!令)|[以的了由和与及对在])(?=[^号]{2})|年)"
)


# A line of a list of documents, and what its heading says of them all
_LISTED = re.compile(r"\A([^。；\n]{4,120}?)[（(]([^（）()\n]{4,60}号)[）)]\s?[；;。，、]?$")
_HEADING = re.compile(r"(?:目录|清单|文件|[:：])\s?(?:[（(].{0,20}[）)])?$")
_HEADING_ENDS = ("录", "单", "件", ":", "：", "）", ")")
_HEADINGS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("mentions", re.compile("继续有效|保留")),
    ("repeals", re.compile("废止|失效|停止执行")),
    ("amends", re.compile("修改|修订")),
)


@dataclass(frozen=True, slots=True)
class Citation:
    """One place where a document is cited. `number` is the document number as printed, `canonical` its spelling for
    matching (pipelines/numbers.py); `place` is `title`, or `p3` for the third line of the text; `raw` the words."""

    title: str | None
    number: str | None
    canonical: str | None
    kind: Kind
    place: str
    raw: str


def citations(title: str, lines: Sequence[str], own: str | None = None) -> tuple[Citation, ...]:
    """The citations of a document in order, one for every place. `own` is its own document number."""
    reader = _Reader(document_number(own).canonical if own else None)
    places = [("title", title), *((f"p{number}", line) for number, line in enumerate(lines, 1))]
    return tuple(citation for place, line in places for citation in reader.read(place, line))


class _Reader:
    """What has been cited so far: the long forms of 《条例》 and 《办法》."""

    def __init__(self, own: str | None) -> None:
        self.own = own
        self.names: dict[str, tuple[str, str | None]] = {}  # short → title and number
        self.cited: list[tuple[str, str | None]] = []
        self.kind: Kind = "mentions"  # of the list under way

    def read(self, at: str, line: str) -> Iterator[Citation]:
        """The citations of one line: a line of a list, or titles and the numbers between them."""
        if "号" in line and (listed := self.listed(at, line)):
            yield listed
            return
        if len(line) <= 80 and line.rstrip().endswith(_HEADING_ENDS) and _HEADING.search(line):
            self.kind = next((kind for kind, shape in _HEADINGS if shape.search(line)), "mentions")
        if "号" in line or "《" in line:
            yield from self.titles(at, line)

    def listed(self, at: str, line: str) -> Citation | None:
        """What a line of a list of documents cites: 3.关于印发《……》的通知（吉森防〔2007〕26号）"""
        mark = mark_of(line)
        found = _LISTED.match(line[len(mark[2]) if mark else 0 :].strip())
        if found is None or not is_document(found[1].rstrip("》")) or not (number := first_number(found[2])):
            return None
        whole = _TITLE.fullmatch(found[1])
        return self.citation(whole[1] if whole else found[1], number, self.kind, at, found[0])

    def titles(self, at: str, line: str) -> Iterator[Citation]:
        end = 0
        for match in _TITLE.finditer(line):
            behind = _NUMBERS.match(line, match.end())
            number = first_number(behind[1]) if behind else None
            yield from self.bare(at, line, end, match.start())
            start, end = match.start(), behind.end() if behind and number else match.end()
            is_alias = bool(_ALIAS.search(line[max(0, start - 8) : match.end()]))
            found = None if is_alias else self.titled(match[1], number)
            if found:
                yield self.citation(*found, reason(line, start, end), at, line[start:end])
            self.name(behind, found)
        yield from self.bare(at, line, end, len(line))

    def titled(self, title: str, number: str | None) -> tuple[str, str | None] | None:
        """Title and number of what is cited under a name, short or full; None for a newspaper."""
        if title in self.names:
            return self.names[title]
        if is_bare_genre(title):
            return next((cited for cited in reversed(self.cited) if cited[0].endswith(title)), None)
        if number is None and not is_document(title):
            return None
        self.cited.append((title, number))
        return title, number

    def name(self, behind: re.Match[str] | None, found: tuple[str, str | None] | None) -> None:
        """Remember 以下简称《条例》."""
        alias = _ALIAS.search(behind[1]) if behind else None
        if alias and found:
            self.names[alias[1]] = found

    def bare(self, at: str, line: str, start: int, end: int) -> Iterator[Citation]:
        """Numbers without a title between two places of a line: 以迁政发〔2015〕184号文件."""
        for match in _NUMBERED.finditer(line, start, end):
            window = line[max(start, match.end() - _WINDOW) : match.end()]
            number = find_document_number(window)
            short = _BEFORE_NUMBER.sub("", number) if number else ""
            found = document_number(short)
            if number and found.org and found.canonical != self.own:
                behind = match.end() - len(window) + window.index(number) + len(number)
                start = behind
                yield self.citation(None, short, reason(line, behind - len(short), behind), at, short)

    def citation(self, title: str | None, number: str | None, kind: Kind, at: str, raw: str) -> Citation:
        return Citation(title, number, document_number(number).canonical if number else None, kind, at, raw)


def first_number(bracketed: str) -> str | None:
    """The document number in brackets behind a title: 国务院令第492号，以下简称《条例》."""
    number = find_document_number(bracketed.split("以下")[0])
    return number.removeprefix("年") if number else None  # 2008年市人民政府令第3号


def is_document(title: str) -> bool:
    """Does a title end as official documents do?"""
    title = _EDITION.sub("", title)
    return title.endswith(_GENRES) or (title.endswith(_LAW) and not _NO_LAW.search(title))


def is_bare_genre(title: str) -> bool:
    return title in _GENRES


def reason(line: str, start: int, end: int) -> Kind:
    """Why what stands at a place of a line is cited, from the words around it in its sentence."""
    before = line[max(0, start - _NEAR) : start]
    if before.endswith(_LIST_GOES_ON):
        before = _LIST_BEFORE.sub("", before)
    listed = _LIST_BEHIND.match(line, end, end + _NEAR)
    after_list = listed.end() if listed else end
    behind = line[after_list : after_list + _NEAR]
    before, behind = _STOP.split(before)[-1], _STOP.split(behind)[0]
    for kind, ahead, after in _REASONS:
        if (ahead and ahead.search(before)) or (after and after.match(behind)):
            return kind
    return "mentions"
