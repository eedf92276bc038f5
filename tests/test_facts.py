"""The numbers of annual reports: both editions of the fixed tables, and sentences of older reports."""

from __future__ import annotations

import pytest

from pipelines.facts import Fact, facts, imbalances, report_year
from pipelines.tables import tables

TITLE = "临江县2023年政府信息公开工作年度报告"
APPLICANTS = ("自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计")
OUTCOMES_2021 = (
    "一、本年新收政府信息公开申请数量", "二、上年结转政府信息公开申请数量", "（一）予以公开",
    "（二）部分公开（区分处理的，只计这一情形，不计其他情形）", "1.属于国家秘密", "2.其他法律行政法规禁止公开",
    "3.危及“三安全一稳定”", "4.保护第三方合法权益", "5.属于三类内部事务信息", "6.属于四类过程性信息",
    "7.属于行政执法案卷", "8.属于行政查询事项", "1.本机关不掌握相关政府信息", "2.没有现成信息需要另行制作",
    "3.补正后申请内容仍不明确", "1.信访举报投诉类申请", "2.重复申请", "3.要求提供公开出版物",
    "4.无正当理由大量反复申请", "5.要求行政机关确认或重新出具已获取信息",
    "1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请",
    "2.申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请", "3.其他", "（七）总计",
    "四、结转下年度继续办理",
)  # fmt: skip


def row(*cells: str) -> str:
    return f"<tr>{''.join(cell if cell.startswith('<td') else f'<td>{cell}</td>' for cell in cells)}</tr>"


def requests_table(numbers: dict[str, tuple[int, ...]]) -> str:
    """The third table as Word saves it: header cells over rows and columns, outcomes beside their group."""
    head = row(
        '<td colspan="3" rowspan="3">（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）</td>',
        '<td colspan="7">申请人情况</td>',
    )
    head += row(
        '<td rowspan="2">自然人</td>', '<td colspan="5">法人或其他组织</td>', '<td rowspan="2">总计</td>'
    ) + row(*APPLICANTS[1:6])
    rows = []
    for outcome in OUTCOMES_2021:
        counts = [str(n) for n in numbers.get(outcome, (0,) * 7)]
        if outcome[0] in "一二四":
            rows.append(row(f'<td colspan="3">{outcome}</td>', *counts))
        elif outcome.startswith("（一）"):
            rows.append(row('<td rowspan="22">三、本年度办理结果</td>', f'<td colspan="2">{outcome}</td>', *counts))
        elif outcome.startswith("（"):
            rows.append(row(f'<td colspan="2">{outcome}</td>', *counts))
        else:
            rows.append(row("（三）不予公开", outcome, *counts))
    return f"<table>{head}{''.join(rows)}</table>"


def values(html: str, title: str = TITLE) -> dict[str, int | float]:
    return {fact.name: fact.value for fact in facts(title, [], tables(html))}


def test_disclosures_of_the_2021_edition() -> None:
    html = "<table>" + "".join(
        [
            row('<td colspan="4">第二十条第（一）项</td>'),
            row("信息内容", "本年制发件数", "本年废止件数", "现行有效件数"),
            row("规章", "0", "0", "0"),
            row("行政规范性文件", "3", "1", "1,204"),
            row('<td colspan="4">第二十条第（五）项</td>'),
            row("信息内容", '<td colspan="3">本年处理决定数量</td>'),
            row("行政许可", '<td colspan="3">5210</td>'),
            row('<td colspan="4">第二十条第（八）项</td>'),
            row("信息内容", '<td colspan="3">本年收费金额（单位：万元）</td>'),
            row("行政事业性收费", '<td colspan="3">86.45</td>'),
        ]
    )  # fmt: skip
    found = facts(TITLE, [], tables(html + "</table>"))
    assert found[3:6] == (
        Fact("normative_documents/made", 3, "件", 2023, "t1r4", "行政规范性文件 3"),
        Fact("normative_documents/repealed", 1, "件", 2023, "t1r4", "行政规范性文件 1"),
        Fact("normative_documents/in_force", 1204, "件", 2023, "t1r4", "行政规范性文件 1,204"),
    )
    assert found[6:] == (
        Fact("licences/decisions", 5210, "件", 2023, "t1r7", "行政许可 5210"),
        Fact("fees/amount", 86.45, "万元", 2023, "t1r10", "行政事业性收费 86.45"),
    )


def test_disclosures_of_the_2019_edition() -> None:
    html = "<table>" + "".join(
        [
            row("信息内容", "上一年项目数量", "本年增/减", "处理决定数量"),
            row("行政许可", "178", "-12", "940"),
            row("信息内容", "采购项目数量", '<td colspan="2">采购总金额</td>'),
            row("政府集中采购", "12", '<td colspan="2">348.6万元</td>'),
        ]
    )  # fmt: skip
    assert values(html + "</table>", "临江县2019年政府信息公开工作年度报告") == {
        "licences/kinds_last_year": 178,
        "licences/kinds_change": -12,
        "licences/decisions": 940,
        "procurement/projects": 12,
        "procurement/amount": 348.6,
    }


def test_requests_by_outcome_and_applicant() -> None:
    found = values(
        requests_table(
            {
                OUTCOMES_2021[0]: (14, 3, 0, 0, 1, 0, 18),
                OUTCOMES_2021[2]: (9, 2, 0, 0, 1, 0, 12),
                OUTCOMES_2021[3]: (1, 0, 0, 0, 0, 0, 1),
                OUTCOMES_2021[20]: (2, 0, 0, 0, 0, 0, 2),
                OUTCOMES_2021[23]: (14, 3, 0, 0, 1, 0, 18),
            }
        )
    )
    assert len(found) == 25 * 7
    assert found["requests/new/natural_persons"] == 14
    assert found["requests/granted/businesses"] == 2
    assert found["requests/granted_in_part/total"] == 1
    assert found["requests/other/not_completed/total"] == 2
    assert found["requests/refused/enforcement_file/total"] == 0
    assert found["requests/settled/law_firms"] == 1


def test_a_table_that_does_not_add_up_is_told() -> None:
    html = requests_table({OUTCOMES_2021[0]: (14, 3, 0, 0, 1, 0, 18), OUTCOMES_2021[23]: (13, 3, 0, 0, 1, 0, 18)})
    assert imbalances(facts(TITLE, [], tables(html))) == (
        "natural_persons: 14 + 0 came in, 13 + 0 went out",
        "requests/settled: the applicants add up to 17, not 18",
    )


def test_reviews_and_suits() -> None:
    rulings = ("结果维持", "结果纠正", "其他结果", "尚未审结", "总计")
    html = "<table>" + "".join(
        [
            row('<td colspan="5" rowspan="2">行政复议</td>', '<td colspan="10">行政诉讼</td>'),
            row('<td colspan="5">未经复议直接起诉</td>', '<td colspan="5">复议后起诉</td>'),
            row(*rulings * 3),
            row(*"100012010300000"),
        ]
    )  # fmt: skip
    found = values(html + "</table>")
    assert found["reviews/upheld"] == 1
    assert found["reviews/total"] == 1
    assert found["suits/direct/upheld"] == 2
    assert found["suits/direct/other"] == 1
    assert found["suits/direct/total"] == 3
    assert found["suits/after_review/total"] == 0


def test_cells_left_open_are_no_zero() -> None:
    html = f"<table>{row('信息内容', '本年处理决定数量')}{row('行政许可', '—')}{row('行政处罚', '')}</table>"
    assert values(html) == {}


@pytest.mark.parametrize(
    ("sentence", "name", "value", "unit", "about"),
    [
        ("截至目前，主动公开政府信息3092条。", "disclosed", 3092, "条", False),
        ("全年主动公开政府信息2.3万余条。", "disclosed", 23000, "条", True),
        ("全年共受理信息公开申请14件，均按时办结。", "requests/new/total", 14, "件", False),
        ("全年未收到政府信息公开申请。", "requests/new/total", 0, "件", False),
        ("因信息公开发生行政复议2件，未审结2件。", "reviews/total", 2, "件", False),
        ("未发生因政府信息公开引起的行政复议。", "reviews/total", 0, "件", False),
        ("发布政策解读稿件11篇。", "explanations", 11, "篇", False),
        ("召开新闻发布会47场次。", "press_conferences", 47, "场次", False),
    ],
)
def test_sentences_state_numbers(sentence: str, name: str, value: int, unit: str, about: bool) -> None:
    fact = next(fact for fact in facts(TITLE, [sentence], ()) if fact.name == name)
    assert (fact.value, fact.unit, fact.year, fact.place, fact.about) == (value, unit, 2023, "p1", about)


def test_a_sentence_names_its_own_year() -> None:
    found = facts(TITLE, ["2022年，收到政府信息公开申请5件。2023年，收到政府信息公开申请7件。"], ())
    assert [(fact.value, fact.year) for fact in found] == [(5, 2022), (7, 2023)]


def test_other_documents_have_no_facts() -> None:
    assert facts("关于做好防汛工作的通知", ["收到申请5件，主动公开政府信息8条。"], ()) == ()


def test_the_year_comes_from_the_title_or_the_opening() -> None:
    assert report_year("县档案局政府信息公开年报", ["统计期限自2018年1月1日起至2018年12月31日止。"]) == 2018
    assert report_year("县档案局政府信息公开年报", []) is None


@pytest.mark.parametrize(
    "text", ["未收到信息公开" * 20_000, "主动公开政府信息" * 20_000, "申请，" * 40_000, "1" * 100_000]
)
def test_a_hostile_line_is_read_in_linear_time(text: str) -> None:
    assert isinstance(facts(TITLE, [text], ()), tuple)


def test_headers_over_rows_with_blank_cells() -> None:
    """As a city printed them in 2025: no header cell spans rows, the cells below are blank."""
    html = "<table>" + "".join(
        [
            row('<td colspan="3" rowspan="3">（本列数据的勾稽关系）</td>', '<td colspan="7">申请人情况</td>'),
            row("自然人", '<td colspan="5">法人或其他组织</td>', "总计"),
            row("", *APPLICANTS[1:6], ""),
            row('<td colspan="3">一、本年新收政府信息公开申请数量</td>', *"1234560"),
        ]
    )  # fmt: skip
    found = values(html + "</table>")
    assert found["requests/new/natural_persons"] == 1
    assert found["requests/new/others"] == 6
    assert found["requests/new/total"] == 0
    rulings = ("结果维持", "结果纠正", "其他结果", "尚未审结", "总计")
    html = "<table>" + "".join(
        [
            row('<td colspan="5">行政复议</td>', '<td colspan="10">行政诉讼</td>'),
            row(*rulings, '<td colspan="5">未经复议直接起诉</td>', '<td colspan="5">复议后起诉</td>'),
            row(*[""] * 5, *rulings * 2),
            row(*map(str, range(15))),
        ]
    )  # fmt: skip
    found = values(html + "</table>")
    assert [found[f"{kind}/upheld"] for kind in ("reviews", "suits/direct", "suits/after_review")] == [0, 5, 10]
    assert len(found) == 15


def test_cells_that_stand_beside_their_header_and_units_of_their_own() -> None:
    """As a city printed the 2019 edition: other columns in the header than below it, and yuan."""
    html = "<table>" + "".join(
        [
            row("信息内容", "上一年项目数量", '<td colspan="2">本年增/减</td>', "处理决定数量"),
            row("行政许可", '<td colspan="2">7</td>', "+2", "9"),
            row("信息内容", '<td colspan="2">采购项目数量</td>', '<td colspan="2">采购总金额</td>'),
            row("政府集中采购", '<td colspan="2">6</td>', '<td colspan="2">251000元</td>'),
        ]
    )  # fmt: skip
    found = {fact.name: (fact.value, fact.unit) for fact in facts(TITLE, [], tables(html + "</table>"))}
    assert found == {
        "licences/kinds_last_year": (7, "项"),
        "licences/kinds_change": (2, "项"),
        "licences/decisions": (9, "件"),
        "procurement/projects": (6, "件"),
        "procurement/amount": (251000, "元"),
    }
