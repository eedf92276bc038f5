"""Outlines of official documents, and their tables."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.outline import Section, number_of, outline, walk
from pipelines.tables import Table, tables

SEEDS = Path(__file__).parents[2] / "shared" / "seeds"
CHECKED = json.loads((Path(__file__).parent / "golden_files" / "seeds.json").read_text("utf-8"))


def shown(text: str) -> list[str]:
    return [f"{s.anchor} {s.title}".strip() for s in walk(outline(text.strip().split("\n")))]


def test_the_four_levels_of_a_notice() -> None:
    text = """
各乡镇人民政府：
为做好档案整理工作，现通知如下：
一、总体要求
（一）指导思想。以服务群众为中心，全面清点。
（二）基本原则
1.分级负责。各乡镇负责本级。
（1）收集；（2）整理。
（2）整理要求：按年度装订。
2．按期完成
二、保障措施
（一）加强领导。
"""
    assert shown(text) == [
        "h1 总体要求", "h1/i1 指导思想", "h1/i2 基本原则", "h1/i2/j1 分级负责", "h1/i2/j1/k1 收集",
        "h1/i2/j1/k2 整理要求", "h1/i2/j2 按期完成", "h2 保障措施", "h2/i1 加强领导",
    ]  # fmt: skip


def test_a_regulation_after_its_table_of_contents() -> None:
    text = """
第一章　总　则
第二章 收集与整理
第一章　总　则
第一条　为了规范档案管理，制定本办法。
第二条 【适用范围】本办法适用于本县。
第二章 收集与整理
第一节 收集
第三条 下列材料应当归档：
（一）公文；
（二）第二十条第（一）项规定的材料。
第二十条第（一）项规定的材料另行整理。
第一百二十条　本办法自印发之日起施行。
"""
    assert shown(text) == [
        "c1 总则", "c1/a1", "c1/a2 适用范围", "c2 收集与整理", "c2/s1 收集", "c2/s1/a3",
        "c2/s1/a3/i1 公文", "c2/s1/a3/i2 第二十条第（一）项规定的材料", "c2/s1/a120",
    ]  # fmt: skip


def test_sections_know_their_lines() -> None:
    assert outline(["前言", "一、甲", "正文", "（一）乙", "正文", "二、丙"]) == (
        Section("h1", "h", 1, "一、", "甲", 1, 5, (Section("h1/i1", "i", 1, "（一）", "乙", 3, 5),)),
        Section("h2", "h", 2, "二、", "丙", 5, 6),
    )


@pytest.mark.parametrize(
    "line",
    [
        "1.5亿元资金已到位",
        "3.其他工作",
        "2024年3月12日",
        "第三条规定的情形",
        "一、概述\t二、说明",
        "5月1日起施行",
        "二是抓好落实。",
    ],
)
def test_lines_that_only_look_like_headings(line: str) -> None:
    assert shown(f"说明\n{line}") == []


def test_files_listed_at_the_end_are_no_sections() -> None:
    assert shown("一、要求\n附件：1.情况表\n2.名册\n附件1\n一、填表说明") == ["h1 要求", "x1", "x1/h1 填表说明"]


def test_half_a_bracket_and_a_second_list() -> None:
    assert shown("一、概述\n一)抓实队伍建设\n(二)健全机制\n一、附则") == [
        "h1 概述", "h1/i1 抓实队伍建设", "h1/i2 健全机制", "h1~2 附则",
    ]  # fmt: skip


def test_numbers_outside_and_brackets_inside() -> None:
    assert shown("1、工作情况\n（一）建章立制\n（二）公开内容\n2、存在问题\n（一）不及时") == [
        "j1 工作情况", "j1/i1 建章立制", "j1/i2 公开内容", "j2 存在问题", "j2/i1 不及时",
    ]  # fmt: skip


def test_an_anchor_holds_when_text_is_added() -> None:
    before = shown("一、甲\n（一）乙\n二、丙\n（一）丁")
    assert shown("新增说明\n一、甲\n新增段落\n（一）乙\n（二）新\n二、丙\n（一）丁") == [
        *before[:2],
        "h1/i2 新",
        *before[2:],
    ]


@pytest.mark.parametrize(
    ("written", "number"), [("十", 10), ("二十三", 23), ("一百零五", 105), ("２", 2), ("③", 3), ("", 1)]
)
def test_numbers_as_written(written: str, number: int) -> None:
    assert number_of(written) == number


@given(st.lists(st.text("一二三十第章条节（）()12.、附件：①正文 \t", max_size=12), max_size=30))
def test_any_text_has_an_outline_of_unique_nested_sections(lines: list[str]) -> None:
    found = list(walk(outline(lines)))
    assert len({section.anchor for section in found}) == len(found)
    for section in found:
        assert 0 <= section.start < section.end <= len(lines)
        assert all(section.start < child.start and child.end <= section.end for child in section.children)


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the real texts are not beside this checkout")
def test_outlines_of_real_texts() -> None:
    """Checked by hand: anchors and titles of five reports of 2016 to 2020."""
    expected = {(name, *section) for name, answers in CHECKED.items() for section in answers["outline"]}
    found = {
        (path.name, section.anchor, re.sub(r"\s", "", section.title))
        for path in SEEDS.glob("*.txt")
        for section in walk(outline([line.strip() for line in path.read_text("utf-8").splitlines() if line.strip()]))
    }
    assert len(expected) > 60
    assert 2 * len(expected & found) / (len(expected) + len(found)) >= 0.97, expected ^ found


def test_spans_of_a_table_are_resolved() -> None:
    html = (
        '<p>说明</p><table><tr><td rowspan="2">乡镇</td><td colspan="2">卷数</td></tr>'
        "<tr><td>文书</td><td>科技</td></tr><tr><td>青石镇</td><td>12</td></tr></table>"
    )
    rows = (("乡镇", "卷数", "卷数"), ("乡镇", "文书", "科技"), ("青石镇", "12", ""))
    assert tables(html) == (Table("t1", rows, begins=((0, 1), (0, 1, 2), (0, 1))),)


def test_a_hostile_span_is_cut() -> None:
    (table,) = tables('<table><tr><td colspan="99999999" rowspan="99999999">甲</td></tr><tr><td>乙</td></tr></table>')
    assert [len(cells) for cells in table.rows] == [201, 201]


@pytest.mark.parametrize("text", ["（" * 100_000, "一" * 100_000, "第" * 100_000, "1." * 50_000, "附件 " * 50_000])
def test_a_hostile_line_is_read_in_linear_time(text: str) -> None:
    assert isinstance(outline([text] * 3), tuple)
