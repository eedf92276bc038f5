"""索引号 and 文号 taken apart (platforms.md §B.5, §B.7, §C), with the test vectors of the standards."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.numbers import (
    credit_code_ok,
    document_number,
    find_document_number,
    index_number,
    organisation_code_ok,
)

CREDIT_CODES = (
    "114403006955506492 11370000MB284723XW 11370521004511115Y 11370800004312466C 1137083000433565XH 113706000042603877 "
    "114110240057660135"
)
ORGANISATION_CODES = (
    "003158495 01606072-9 01526095-6 01400022-0 002489524 01527918X 000014349 003129766 550232674 014500858"
)


@pytest.mark.parametrize("code", CREDIT_CODES.split(" "))
def test_a_credit_code_is_checked(code: str) -> None:
    assert credit_code_ok(code)
    assert organisation_code_ok(code[8:17])
    wrong = ("0" if code[-1] != "0" else "1") + ""
    assert not credit_code_ok(code[:-1] + wrong)


@pytest.mark.parametrize("code", ORGANISATION_CODES.split(" "))
def test_an_organisation_code_is_checked(code: str) -> None:
    assert organisation_code_ok(code)
    assert not organisation_code_ok(code[:-1] + ("1" if code[-1] != "1" else "2"))


def test_the_often_quoted_code_fails() -> None:
    assert not credit_code_ok("11341200003158495Y")
    assert credit_code_ok("11341200003158495C")


@pytest.mark.parametrize("code", ["", "11", "1134120000315849OI", "IIIIIIIIIIIIIIIIII", "００３１５８４９５"])
def test_what_is_no_code_is_not_right(code: str) -> None:
    assert not credit_code_ok(code)
    assert not organisation_code_ok(code)


# printed → organisation, region, year, month, day, serial
SHAPES = {
    "000014349/2020-00012": ("000014349", None, 2020, None, None, "00012"),
    "003158495/202012-00407": ("003158495", None, 2020, 12, None, "00407"),
    "114403006955506492/2021-00426": ("695550649", "440300", 2021, None, None, "00426"),
    "11370000MB284723XW/202103-00007": ("MB284723X", "370000", 2021, 3, None, "00007"),
    "01606072-9-30/2020-1117005": ("016060729", None, 2020, 11, 17, "005"),
    "01526095-6-/2018-0102001": ("015260956", None, 2018, 1, 2, "001"),
    "cxs001-/2023-1026015": (None, None, 2023, 10, 26, "015"),
    "01527918X-2020-153077": ("01527918X", None, 2020, None, None, "153077"),
    "6107280000/2024-001005": (None, "610728", 2024, None, None, "001005"),
    "330201-01-02-03-20240312-1": (None, "330201", 2024, 3, 12, "1"),
    "20191202-189769": (None, None, 2019, 12, 2, "189769"),
    "2026-02-00018": (None, None, 2026, 2, None, "00018"),
    "2012-00407": (None, None, 2012, None, None, "00407"),
    "A0300-010000-2013-000072": (None, None, 2013, None, None, "000072"),
    "PZ00101-1300-2019-00020": (None, None, 2019, None, None, "00020"),
    "360A12-07-2024-0008-1": (None, None, 2024, None, None, "0008-1"),
    "30643-2026-001": (None, None, 2026, None, None, "001"),
    "０００ ０１４３４９／２０２０－０００１２": ("000014349", None, 2020, None, None, "00012"),
}


@pytest.mark.parametrize(("printed", "parts"), SHAPES.items())
def test_an_index_number_is_taken_apart(printed: str, parts: tuple[object, ...]) -> None:
    number = index_number(printed)
    assert (number.organisation, number.region, number.year, number.month, number.day, number.serial) == parts
    assert number.raw == printed
    assert number.warnings == ()


def test_a_wrong_check_character_is_a_warning_and_nothing_is_dropped() -> None:
    number = index_number("11341200003158495Y/202012-00407")
    assert (number.uscc, number.year, number.serial) == ("11341200003158495Y", 2020, "00407")
    assert [w for w in number.warnings if "11341200003158495Y" in w and "GB 32100" in w]


def test_an_unknown_shape_is_kept_as_printed() -> None:
    assert index_number(" GKmzs-甲-7 ").raw == "GKmzs-甲-7"
    assert index_number("GKmzs-甲-7").scheme == "other"


# printed → org, year, number, canonical
NUMBERS = {
    "国办发〔2017〕47号": ("国办发", 2017, "47", "国办发〔2017〕47号"),
    "道人社[2017]16号": ("道人社", 2017, "16", "道人社〔2017〕16号"),
    "穗府办规【2024】13号": ("穗府办规", 2024, "13", "穗府办规〔2024〕13号"),
    "粤府（2019）第003号": ("粤府", 2019, "3", "粤府〔2019〕3号"),
    "京发﹝2020﹞ 8 号": ("京发", 2020, "8", "京发〔2020〕8号"),
    "皖政［２０２０］５号": ("皖政", 2020, "5", "皖政〔2020〕5号"),
    "国发〔2016 5号": ("国发", 2016, "5", "国发〔2016〕5号"),
    "财税2016-36号": ("财税", 2016, "36", "财税〔2016〕36号"),
    "浙政发[2010]15": ("浙政发", 2010, "15", "浙政发〔2010〕15号"),
    "国令第711号": ("国令", None, "711", "国令第711号"),
    "第492号令": ("令", None, "492", "令第492号"),
    "国家税务总局公告2020年第5号": ("国家税务总局公告", 2020, "5", "国家税务总局公告2020年第5号"),
    "2020年 第 5 号": (None, 2020, "5", "2020年第5号"),
    "国发〔2024〕1号、财发〔2024〕2号": ("国发", 2024, "1", "国发〔2024〕1号；财发〔2024〕2号"),
}


@pytest.mark.parametrize(("printed", "parts"), NUMBERS.items())
def test_a_document_number_is_taken_apart_and_its_printed_form_kept(printed: str, parts: tuple[object, ...]) -> None:
    number = document_number(printed)
    assert (number.org, number.year, number.number, number.canonical) == parts
    assert number.raw == printed


def test_what_has_no_known_shape_stays_one_number() -> None:
    number = document_number("苏府 甲字 七")
    assert (number.org, number.canonical, number.raw) == (None, "苏府甲字七", "苏府 甲字 七")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("（皖政务办〔2020〕5号）", "皖政务办〔2020〕5号"),
        ("根据国办发〔２０１７〕４７号文件", "国办发〔２０１７〕４７号"),
        ("中华人民共和国国务院令　第711号", "中华人民共和国国务院令　第711号"),
        ("第五号楼的2020年报告", None),
        ("", None),
    ],
)
def test_a_number_is_found_as_printed(text: str, found: str | None) -> None:
    assert find_document_number(text) == found


@given(st.text(alphabet="国发令公告第号年〔〕[]()2019 0", max_size=200))
def test_no_text_raises(text: str) -> None:
    index_number(text)
    assert document_number(text).raw == text.strip()
    assert (found := find_document_number(text)) is None or found in text
