"""Dates in every form that pages print (platforms.md §D.1): ISO where fully written, never invented."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.dates import read, read_last

FULL = {
    "2020-12-18": "2020-12-18",
    "2017/2/5": "2017-02-05",
    "2017.02.05": "2017-02-05",
    "2020年12月18日": "2020-12-18",
    "2020 年 12 月 8 日": "2020-12-08",
    "2024年4月6日 16:40": "2024-04-06",
    "2020-12-18 17:08:02": "2020-12-18",
    "2015/8/9 0:00:00": "2015-08-09",
    "2024-04-01 00:00:00.0": "2024-04-01",
    "2024-04-01T00:00:00.000Z": "2024-04-01",
    "2024-04-01T08:00:00+08:00": "2024-04-01",
    "2024-03-12-16:20:11": "2024-03-12",
    "[2020-12-18]": "2020-12-18",
    "（2024-05-11）": "2024-05-11",
    "【2024年5月11日】": "2024-05-11",
    "发布时间：2020年03月02日": "2020-03-02",
    "2026-\n01-\n23": "2026-01-23",
    "２０２４年１２月３１日": "2024-12-31",
    "二○二四年三月十二日": "2024-03-12",
    "二〇二四年五月三十一日": "2024-05-31",
    "二零二四年元月廿八日": "2024-01-28",
    "二OO八年十月二十日": "2008-10-20",
    "20240312": "2024-03-12",
    "20240312093000": "2024-03-12",
    "1715270400": "2024-05-10",  # a time stamp is a moment; in China that was the tenth
    "1715270400000": "2024-05-10",
    "5 March 2024": "2024-03-05",
    "2024-02-29": "2024-02-29",
}


@pytest.mark.parametrize(("printed", "iso"), FULL.items())
def test_a_full_date_is_read(printed: str, iso: str) -> None:
    assert read(printed).iso == iso


@pytest.mark.parametrize(
    "printed",
    [
        "二〇二〇年十二月",
        "2020年12月",
        "2020-12",
        "2020年",
        "9月28日",
        "[09-04]",
        "09-28",
        "一七年一月八日",
        "March 2024",
    ],
)
def test_a_partial_date_is_not_completed(printed: str) -> None:
    assert read(printed).iso is None
    assert read(printed).reason == "partial"


@pytest.mark.parametrize(
    "printed",
    ["0000-00-00", "1970-01-01", "1900-01-01", "2021-02-30", "2023-02-29", "2023-13-01", "二〇一八年二月三十日"],
)
def test_an_impossible_date_is_refused(printed: str) -> None:
    assert (read(printed).iso, read(printed).reason) == (None, "impossible")


@pytest.mark.parametrize("printed", ["", "长期有效", "索引号", "003158495/202012-00407", "t20240105_123456789", "无"])
def test_what_is_no_date_has_none(printed: str) -> None:
    assert (read(printed).iso, read(printed).reason) == (None, "none")


def test_a_date_after_the_capture_is_refused_only_where_a_base_is_given() -> None:
    assert read("2024-06-03", base=date(2024, 6, 1)).reason == "future"
    assert read("2024-06-02", base=date(2024, 6, 1)).iso == "2024-06-02"  # the server's clock may be ahead
    assert read("2029-04-01").iso == "2029-04-01"


@pytest.mark.parametrize(("printed", "iso"), [("昨天 10:00", "2024-05-31"), ("3天前", "2024-05-29")])
def test_a_relative_date_counts_from_the_capture_and_from_nothing_else(printed: str, iso: str) -> None:
    assert read(printed, base=date(2024, 6, 1)).iso == iso
    assert read(printed).iso is None


def test_a_span_ends_with_its_last_date() -> None:
    assert read_last("2021-01-01至2025-12-31").iso == "2025-12-31"
    assert read_last("自2021年1月1日起五年").iso == "2021-01-01"
    assert read_last("五年").iso is None


@given(st.dates(date(1949, 10, 1), date(2099, 12, 31)))
def test_every_day_is_read_back_from_every_way_of_writing_it(day: date) -> None:
    iso = day.isoformat()
    numerals = "".join("〇一二三四五六七八九"[int(digit)] for digit in f"{day.year}")
    chinese = f"{numerals}年{_spoken(day.month)}月{_spoken(day.day)}日"
    for printed in (iso, f"{day.year}年{day.month}月{day.day}日", f"{day:%Y/%m/%d %H:%M}", f"{day:%Y%m%d}", chinese):
        assert read(printed).iso == iso, printed


def _spoken(number: int) -> str:
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else "十" if tens == 1 else f"{' 一二三'[tens]}十") + (" 一二三四五六七八九"[ones].strip())


@given(st.text(max_size=300))
def test_no_text_raises_and_what_is_given_is_a_day(text: str) -> None:
    found = read(text)
    assert found.iso is None or date.fromisoformat(found.iso)
