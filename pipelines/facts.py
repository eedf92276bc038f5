"""The numbers of an annual report on disclosure (政府信息公开工作年度报告), as facts with the place they stand.

The tables are those of 国办公开办函〔2019〕60号 (reports for 2019 and 2020) and 〔2021〕30号 (since 2021). Older
reports, and reports without tables, state numbers in sentences.

    facts("2016年政府信息公开工作年度报告", ["……主动公开政府信息3092条"], ())[0].value == 3092
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from archive.characters import compatible
from pipelines.blocks import CELL
from pipelines.tables import Table

_REPORT = re.compile(r"(?:信息公开|政务公开).{0,30}(?:报告|总结|年报|情况)")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)\s?年")
_NUMBER = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d{1,4})?|-?\d{1,12}(?:\.\d{1,4})?")
_ABSENT = frozenset({"", "-", "—", "——", "/", "\\", "无"})


@dataclass(frozen=True, slots=True)
class Fact:
    """One number. `name` has the subject and what it is counted by (`requests/granted/natural_persons`); `year` is
    the one reported on; `place` a line (`p12`) or row (`t1r5`) of the document; `raw` the words. `about`: the text
    says 余, more than the number."""

    name: str
    value: int | float
    unit: str | None
    year: int | None
    place: str
    raw: str
    about: bool = False


def is_report(title: str, lines: Sequence[str]) -> bool:
    """Is this a report on disclosure, by its title or its opening?"""
    return bool(_REPORT.search(title)) or any("年度报告" in line and "信息公开" in line for line in lines[:5])


def facts(title: str, lines: Sequence[str], tables: Sequence[Table]) -> tuple[Fact, ...]:
    """The facts of a report, those of its tables first; nothing where neither title nor opening call it one."""
    if not is_report(title, lines):
        return ()
    year = report_year(title, lines)
    stated = [fact for table in tables for fact in of_table(table, year)]
    said = [
        fact for number, line in enumerate(lines, 1) if CELL not in line for fact in of_line(line, f"p{number}", year)
    ]
    return (*stated, *said)


def report_year(title: str, lines: Sequence[str]) -> int | None:
    """The year reported on: by the title, else by the period or name the opening gives."""
    for text in (title, *lines[:10]):
        match = _YEAR.search(text)
        if match:
            return int(match[1])
    return None


# --- the fixed tables --------------------------------------------------------------------------------------------

# Labels without white space, numbering and notes in brackets → names. Both editions; an edition changes the columns.
_COUNTED: Mapping[str, str] = {  # 二、主动公开政府信息情况 (第二十条第……项)
    "规章": "rules",
    "规范性文件": "normative_documents",
    "行政规范性文件": "normative_documents",
    "行政许可": "licences",
    "其他对外管理服务事项": "other_services",
    "行政处罚": "penalties",
    "行政强制": "coercive_measures",
    "行政事业性收费": "fees",
    "政府集中采购": "procurement",
}
_MEASURES: Mapping[str, str] = {
    "本年新制作数量": "made",
    "本年新公开数量": "disclosed",
    "对外公开总数量": "disclosed_in_total",
    "上一年项目数量": "kinds_last_year",
    "本年增/减": "kinds_change",
    "处理决定数量": "decisions",
    "采购项目数量": "projects",
    "采购总金额": "amount",
    "本年制发件数": "made",
    "本年废止件数": "repealed",
    "现行有效件数": "in_force",
    "本年处理决定数量": "decisions",
    "本年收费金额": "amount",
}
_MEASURED = re.compile("|".join(sorted(_MEASURES, key=len, reverse=True)))
_APPLICANTS: Mapping[str, str] = {
    "自然人": "natural_persons",
    "商业企业": "businesses",
    "科研机构": "research_institutions",
    "社会公益组织": "charities",
    "法律服务机构": "law_firms",
    "其他": "others",
    "总计": "total",
}
_OUTCOMES: Mapping[str, str] = {  # 三、收到和处理政府信息公开申请情况; longer labels are compared by their beginning
    "本年新收政府信息公开申请数量": "new",
    "上年结转政府信息公开申请数量": "carried_in",
    "予以公开": "granted",
    "部分公开": "granted_in_part",
    "属于国家秘密": "refused/state_secret",
    "其他法律行政法规禁止公开": "refused/forbidden_by_law",
    "危及“三安全一稳定”": "refused/security_and_stability",
    "保护第三方合法权益": "refused/third_party",
    "属于三类内部事务信息": "refused/internal_affairs",
    "属于四类过程性信息": "refused/deliberative",
    "属于行政执法案卷": "refused/enforcement_file",
    "属于行政查询事项": "refused/public_register",
    "本机关不掌握相关政府信息": "unable/not_held",
    "没有现成信息需要另行制作": "unable/not_existing",
    "补正后申请内容仍不明确": "unable/unclear",
    "信访举报投诉类申请": "not_processed/complaint",
    "重复申请": "not_processed/repeated",
    "要求提供公开出版物": "not_processed/publication",
    "无正当理由大量反复申请": "not_processed/excessive",
    "要求行政机关确认或重新出具已获取信息": "not_processed/confirmation",
    "申请人无正当理由逾期不补正": "other/not_completed",
    "申请人逾期未按收费通知要求缴纳费用": "other/fee_unpaid",
    "其他处理": "other",
    "其他": "other/remaining",
    "总计": "settled",
    "结转下年度继续办理": "carried_out",
    "结转下一年度继续办理": "carried_out",
}
_RULINGS: Mapping[str, str] = {  # 四、因政府信息公开工作被申请行政复议、提起行政诉讼情况
    "结果维持": "upheld",
    "结果纠正": "corrected",
    "其他结果": "other",
    "尚未审结": "pending",
    "总计": "total",
}
_DISPUTES = ("reviews", "suits/direct", "suits/after_review")  # 行政复议, 行政诉讼 未经复议直接起诉, 复议后起诉
APPLICANTS = tuple(_APPLICANTS.values())  # in the order of the columns
DISPUTES = tuple((dispute, ruling) for dispute in _DISPUTES for ruling in _RULINGS.values())

_ORDINAL = re.compile(r"^(?:[一二三四五六七八九十]{1,2}、|\([一二三四五六七八九十]\)|\d{1,2}[.、])")
_NOTE = re.compile(r"\([^()]*\)")
_UNIT = re.compile(r"单位:?(万元|元|件|项)")


def of_table(table: Table, year: int | None) -> Iterator[Fact]:
    """The facts of one of the three tables, whichever it is; nothing of any other."""
    cells = [[label(cell) for cell in row] for row in table.rows]
    for number, row in enumerate(cells):
        place = f"{table.anchor}r{number + 1}"
        for name, column, unit in named(table, cells, number):
            written = table.rows[number][column]
            value, own = number_in(written)
            if value is not None:
                yield Fact(name, value, own or unit, year, place, f"{row[0]} {written}".strip())


Cells = Sequence[Sequence[str]]


def named(table: Table, cells: Cells, at: int) -> Iterator[tuple[str, int, str | None]]:
    """Name, column and unit of the values of a row, by the labels above it."""
    header = next((above for above in range(at - 1, -1, -1) if cells[above][0] == "信息内容"), None)
    found = list(counted(table, cells, header, at)) if header is not None else []
    found = found or outcomes(headings(cells, at, _APPLICANTS), cells[at])
    yield from found or rulings(headings(cells, at, _RULINGS))


def headings(cells: Cells, at: int, known: Mapping[str, str]) -> list[str]:
    """What stands above each cell of a row, the nearest of the labels that are known: headers are two or three rows,
    whose cells span others or are left blank.

        自然人 | 法人或其他组织 ×2 | 总计
               | 商业企业 | 科研机构 |
    """
    return [next((cells[above][column] for above in range(at - 1, -1, -1) if cells[above][column] in known), "")
            for column in range(len(cells[at]))]


def counted(table: Table, cells: Cells, header: int, at: int) -> Iterator[tuple[str, int, str | None]]:
    """A row of what was disclosed. Cells belong to those of the header by their order, as columns do not always: Word
    writes 本年新制作数量 over one column and the number under it over two."""
    subject = _COUNTED.get(cells[at][0])
    heads, columns = table.begins[header], table.begins[at]
    if not subject or len(heads) != len(columns):
        return
    for head, column in zip(heads[1:], columns[1:], strict=True):
        text = cells[header][head]
        if measure := _MEASURES.get(_NOTE.sub("", text)):
            yield f"{subject}/{measure}", column, unit_of(measure, text)


def unit_of(measure: str, text: str) -> str:
    """What a measure counts, by its header or its cell, else as the edition has it."""
    stated = _UNIT.search(text) or re.search(r"\d(万元|元|件|项)$", text)
    usual = "万元" if measure == "amount" else "项" if measure.startswith("kinds") else "件"
    return stated[1] if stated else usual


def subject_of(text: str) -> str | None:
    """What is counted, by a label or its end: `第二十条第(五)项行政许可` → licences."""
    return _COUNTED.get(text) or next((name for words, name in _COUNTED.items() if text.endswith(f"项{words}")), None)


def measures(text: str) -> tuple[str, ...]:
    """The measures that a header names, in its order.

    >>> measures("本年新 制作数量 本年新公开数量 对外公开总数量")
    ('made', 'disclosed', 'disclosed_in_total')
    """
    return tuple(_MEASURES[found[0]] for found in _MEASURED.finditer(label(text)))


def outcomes(header: Sequence[str], row: Sequence[str]) -> list[tuple[str, int, str | None]]:
    """A row of what became of requests, by applicant. Its name is the deepest label before the numbers."""
    if "自然人" not in header or "商业企业" not in header:
        return []
    first = header.index("自然人")
    outcome = outcome_of([cell for cell in row[:first] if cell])
    found = [(_APPLICANTS[head], column) for column, head in enumerate(header[first:], first) if head]
    return [(f"requests/{outcome}/{applicant}", column, "件") for applicant, column in found if outcome]


def outcome_of(labels: Sequence[str]) -> str | None:
    """`予以公开` → granted; a label may go on (部分公开（区分处理的，……）, 申请人……不再处理其政府信息公开申请)."""
    bare = _NOTE.sub("", _ORDINAL.sub("", labels[-1])) if labels else ""
    bare = bare.translate(_QUOTES).replace("、", "")
    return _OUTCOMES.get(bare) or next(
        (name for text, name in _OUTCOMES.items() if len(text) > 6 and bare.startswith(text)), None
    )


_QUOTES = str.maketrans({'"': "“", "＂": "“", "‘": "“", "’": "”"})


def rulings(header: Sequence[str]) -> Iterator[tuple[str, int, str | None]]:
    """The one row of reviews and suits: three times five numbers."""
    if tuple(header) == tuple(_RULINGS) * 3:
        for column, ruling in enumerate(header):
            yield f"{_DISPUTES[column // 5]}/{_RULINGS[ruling]}", column, "件"


def label(cell: str) -> str:
    """A cell for comparison: half width, without white space."""
    text = "".join(compatible(cell).split())
    return "总计" if text == "合计" else text


def number_in(cell: str) -> tuple[int | float | None, str | None]:
    """The number of a cell that holds nothing else, and the unit that it gives; None where it is left open.

    >>> number_in("251000元"), number_in("+14"), number_in("—")
    ((251000, '元'), (14, None), (None, None))
    """
    text = label(cell).removeprefix("+")
    match = _NUMBER.match(text)
    if text in _ABSENT or match is None or text[match.end() :] not in ("", "件", "项", "条", "元", "万元"):
        return None, None
    return number(match[0]), text[match.end() :] or None


def number(written: str) -> int | float:
    plain = written.replace(",", "")
    return float(plain) if "." in plain else int(plain)


# --- sentences ---------------------------------------------------------------------------------------------------

_N = r"(?P<number>\d[\d,，]{0,11}(?:\.\d{1,4})?)\s?(?P<scale>[万亿]?)(?P<about>余|多)?"
_ANY = r"[^，,。；;\d]"
_CASES = r"(?P<unit>件|份|条|宗|次|起|例)"
_NONE = r"(?:(?:未|没有)(?:发生|出现|收到|接到|受理|产生|引起)(?:过)?|无(?=因|行政))"
# Name → a word that is there, how a sentence states it, an example each. A row without a number states none: 0.
_SENTENCES = tuple(
    (name, word, re.compile(shape))
    for name, word, shape in (
        # 主动公开政府信息3092条
        ("disclosed", "主动公开", rf"主动公开(?:各类|各项)?(?:政府|政务)?信息{_ANY}{{0,8}}{_N}(?P<unit>条|件|篇|份)"),
        # 受理信息公开申请14件; 收到依申请公开65件
        (
            "requests/new/total",
            "申请",
            rf"(?:收到|受理|接收){_ANY}{{0,16}}(?:申请|依申请公开){_ANY}{{0,6}}{_N}{_CASES}",
        ),
        # 未收到政府信息公开申请
        ("requests/new/total", "申请", rf"{_NONE}{_ANY}{{0,16}}(?:信息公开|依申请公开)(?:的)?申请(?!行政|提起)"),
        # 收到依申请公开65件，办结53件
        (
            "requests/settled/total",
            "申请",
            rf"(?:申请|依申请公开)[^。；;]{{0,20}}?[,，](?:已|按时|全部|均已)*(?:办结|答复){_ANY}{{0,4}}{_N}{_CASES}",
        ),
        # 发生行政复议2件
        ("reviews/total", "行政复议", rf"行政复议(?:案件|申请)?{_N}{_CASES}"),
        # 未出现申请行政复议、提起行政诉讼的情况
        ("reviews/total", "行政复议", rf"{_NONE}[^。；;\d]{{0,24}}行政复议(?!机|\D{{0,4}}\d)"),
        # 发生行政诉讼1件
        ("suits/total", "行政诉讼", rf"行政诉讼(?:案件)?{_N}{_CASES}"),
        ("suits/total", "行政诉讼", rf"{_NONE}[^。；;\d]{{0,30}}行政诉讼(?!\D{{0,4}}\d)"),
        # 发布政策解读稿件11篇
        ("explanations", "解读", rf"(?:政策解读|文字解读)(?:稿件|材料|信息|文章)?{_N}(?P<unit>篇|件|条|个|份)"),
        # 回应公众关注热点2次
        (
            "responses",
            "回应",
            rf"回应(?:公众|社会)?(?:关注|关切)(?:的)?(?:热点)?(?:或重大舆情)?{_N}(?P<unit>次|件|条|个)",
        ),
        # 召开新闻发布会47场次
        ("press_conferences", "新闻发布会", rf"新闻发布会{_N}(?P<unit>场次|场|次)"),
        # 编发市政府公报6期
        ("gazettes", "政府公报", rf"政府公报{_N}(?P<unit>期|册)"),
    )
)
_SCALES = {"": 1, "万": 10_000, "亿": 100_000_000}


def of_line(line: str, place: str, year: int | None) -> Iterator[Fact]:
    """The facts of the sentences of a paragraph."""
    shapes = [(name, shape) for name, word, shape in _SENTENCES if word in line]
    for sentence in re.split(r"(?<=[。；;])", line) if shapes else ():
        for name, shape in shapes:
            for match in shape.finditer(sentence):
                yield stated(name, match, place, year_of(sentence[: match.start()], year))


def stated(name: str, match: re.Match[str], place: str, year: int | None) -> Fact:
    part = match.groupdict()
    if part.get("number") is None:
        return Fact(name, 0, "件", year, place, match[0])
    value = number(part["number"].replace("，", ",")) * _SCALES[part["scale"]]
    value = int(value) if float(value).is_integer() else value
    return Fact(name, value, part["unit"], year, place, match[0], bool(part["about"]))


def year_of(before: str, otherwise: int | None) -> int | None:
    """The year a sentence names before its number, else that of the report."""
    named_years = _YEAR.findall(before)
    return int(named_years[-1]) if named_years else otherwise


# --- do the tables add up? ---------------------------------------------------------------------------------------


def imbalances(found: Sequence[Fact]) -> tuple[str, ...]:
    """Where a table of requests contradicts itself, by the rules it prints: new and carried in are settled or carried
    out, and the applicants add up to the total."""
    value = {fact.name: fact.value for fact in found if fact.place.startswith("t")}
    wrong = []
    for applicant in _APPLICANTS.values():
        names = [f"requests/{part}/{applicant}" for part in ("new", "carried_in", "settled", "carried_out")]
        if all(name in value for name in names):
            new, carried_in, settled, carried_out = (value[name] for name in names)
            if new + carried_in != settled + carried_out:
                wrong.append(f"{applicant}: {new} + {carried_in} came in, {settled} + {carried_out} went out")
    for outcome in sorted({name.rpartition("/")[0] for name in value if name.startswith("requests/")}):
        counts = [value.get(f"{outcome}/{applicant}", 0) for applicant in _APPLICANTS.values()]
        if f"{outcome}/total" in value and sum(counts[:-1]) != counts[-1]:
            wrong.append(f"{outcome}: the applicants add up to {sum(counts[:-1])}, not {counts[-1]}")
    return tuple(wrong)
