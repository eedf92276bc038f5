"""The fixed tables of annual reports as files print them: labels broken over lines, numbers at the end of a line."""

from __future__ import annotations

import pytest

from pipelines.printed import of_lines, parted

REPORT = """三、收到和处理政府信息公开申请情况
（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和） 申请人情况
自然人 法人或其他组织 总计
商业企业 科研机构 社会公益组织 法律服务机构 其他
一、本年新收政府信息公开申请数量 14 3 0 0 1 0 18
二、上年结转政府信息公开申请数量 0 0 0 0 0 0 0
三、本年度办理
结果
（一）予以公开 9 2 0 0 1 0 12
（二）部分公开（区分处理的，只计这一情形，不计其
他情形） 1 0 0 0 0 0 1
（三）不予
公开
1.属于国家秘密 2 0 0 0 0 0 2
2.其他法律行政法规禁
止公开 0 0 0 0 0 0 0
3.危及“三安全一稳定” — — — — — — —
（六）其他处理 1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请 2 0 0 0 0 0 2
（七）总计 14 3 0 0 1 0 18
四、结转下年度继续办理 0 0 0 0 0 0 0
四、政府信息公开行政复议、行政诉讼情况
结果维持 结果纠正 其他结果 尚未审结 总计 未经复议直接起诉 复议后起诉
1 0 0 0 1 2 0 1 0 3 0 0 0 0 0"""


def values(lines: list[str]) -> dict[str, int | float]:
    return {fact.name: fact.value for fact in of_lines(lines, "f1", 2023)}


def test_requests_reviews_and_suits() -> None:
    found = values(REPORT.split("\n"))
    assert found["requests/new/natural_persons"] == 14
    assert found["requests/granted/businesses"] == 2
    assert found["requests/granted_in_part/total"] == 1
    assert found["requests/refused/state_secret/total"] == 2
    assert found["requests/refused/forbidden_by_law/total"] == 0
    assert "requests/refused/security_and_stability/total" not in found
    assert found["requests/other/not_completed/total"] == 2
    assert found["requests/settled/total"] == 18
    assert found["requests/carried_out/law_firms"] == 0
    assert (found["reviews/total"], found["suits/direct/total"], found["suits/after_review/total"]) == (1, 3, 0)
    place = {fact.name: fact.place for fact in of_lines(REPORT.split("\n"), "f1", 2023)}
    assert place["requests/granted_in_part/total"] == "f1p11"


EDITION_2021 = """信息内容 本年制发件数 本年废止件数 现行有效件数
规章 0 0 0
行政规范性文件 3 1 1,204
第二十条第（五）项
信息内容 本年处理决定数量
行政许可 5210
信息内容 本年收费金额（单位：万元）
行政事业性收费 86.45"""
EDITION_2019 = """信息内容\t本年新
制作数量\t本年新公开数量\t对外公开总数量
规章\t13\t13\t524
信息内容 上一年项目数量 本年增/减 处理决定数量
其他对外管理服务事项 7 +2 9
信息内容 采购项目数量 采购总金额
政府集中采购 6 251000元"""
EDITIONS = {
    "2021": (EDITION_2021, {
        "rules/made": 0, "rules/repealed": 0, "rules/in_force": 0, "normative_documents/made": 3,
        "normative_documents/repealed": 1, "normative_documents/in_force": 1204, "licences/decisions": 5210,
        "fees/amount": 86.45,
    }),
    "2019": (EDITION_2019, {
        "rules/made": 13, "rules/disclosed": 13, "rules/disclosed_in_total": 524,
        "other_services/kinds_last_year": 7, "other_services/kinds_change": 2, "other_services/decisions": 9,
        "procurement/projects": 6, "procurement/amount": 251000,
    }),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), EDITIONS.values(), ids=EDITIONS.keys())
def test_disclosures_of_both_editions(text: str, expected: dict[str, float]) -> None:
    assert values(text.split("\n")) == expected
    units = {fact.name: fact.unit for fact in of_lines(text.split("\n"), "f1", None)}
    assert units.get("procurement/amount", "元") == "元"


@pytest.mark.parametrize("line", ["", "2023年1月1日至12月31日", "联系电话：0558-1234567", "共收到申请14件。", "1 2 3"])
def test_other_lines_are_no_rows(line: str) -> None:
    assert values(["信息内容 本年处理决定数量", line]) == {}


@pytest.mark.parametrize("text", ["1 " * 50_000, "一、" * 50_000, "—" * 100_000, "1" * 100_000])
def test_a_hostile_line_is_read_in_linear_time(text: str) -> None:
    parted(text)
    values([text] * 5)
