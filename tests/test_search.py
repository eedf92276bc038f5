"""Search finds what stands there and nothing else: it is held to a plain look through every text."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from archive import schema, search
from archive.characters import fold
from archive.database import Archive
from archive.errors import UsageError
from archive.query import Group, Only, Query, parse
from archive.records import File
from archive.search import marked, snippet
from tests.samples import SITE, capture, store, url

# Few characters, so that texts and queries meet: Chinese, rare and beyond the BMP, cases, widths, signs, blanks.
ALPHABET = "政府信息㐂𠮷aAßＡ１1〔(［。，、\n \u3000\"“-*^:+NEAR😀\u0301"
TEXT = st.text(st.sampled_from(ALPHABET), max_size=40)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path, write=True) as made:
        yield made


def found(archive: Archive, query: str, **only: str) -> list[str]:
    return [hit.url for hit in search.search(archive.db, parse(query, Only(**only)))]


# --- the same as looking through every text ----------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=4),
       st.text(st.sampled_from(ALPHABET), min_size=1, max_size=6))
@example([("", "政，府"), ("", "政府")], "政府")
@example([("", "K〔2020〕1号")], "k(2020)1")
@example([("政", "府")], "政府")
@example([("", "strasse")], "STRAßE")
def test_a_phrase_is_found_where_it_stands(texts: list[tuple[str, str]], phrase: str) -> None:
    with made(texts) as db:
        query = Query((Group((phrase,)),))
        assert matching(db, query) == {n for n, fields in enumerate(texts) if query.matches(*fields)}


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=5), st.lists(st.tuples(
    st.lists(st.text(st.sampled_from("政府信息a"), min_size=1, max_size=2), min_size=1, max_size=2),
    st.lists(st.text(st.sampled_from("政府信息a"), min_size=1, max_size=2), max_size=1)), min_size=1, max_size=2))
def test_words_together_without_and_instead(texts: list[tuple[str, str]],
                                            groups: list[tuple[list[str], list[str]]]) -> None:
    query = Query(tuple(Group(tuple(words), tuple(without)) for words, without in groups))
    with made(texts) as db:
        assert matching(db, query) == {n for n, fields in enumerate(texts) if query.matches(*fields)}


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=30), st.text(min_size=1, max_size=3))
def test_any_character_of_unicode_is_found(text: str, phrase: str) -> None:
    query = Query((Group((phrase,)),))
    texts = [text, text + phrase]
    with made([("", text) for text in texts]) as db:
        assert matching(db, query) == {n for n, text in enumerate(texts) if fold(phrase) in fold(text)}


@contextmanager
def made(texts: list[tuple[str, str]]) -> Iterator[sqlite3.Connection]:
    """The index of an archive in the SQLite that Python brings, for speed in memory."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript("".join(schema.MIGRATIONS))
        for title, text in texts:
            place = search.add(db, None, title, text)
            db.execute("insert into documents values (null, ?, ?, ?, ?, ?, '')",
                       (f"{place:064}", title, len(text), place, text))
        yield db


def matching(db: sqlite3.Connection, query: Query) -> set[int]:
    """The texts found, by number; the two tiers of `search` are all of them, none twice."""
    everything = "select rowid from documents_fts where documents_fts match ?"
    found = {n - 1 for (n,) in db.execute(everything, (query.match(),))}
    tiers = [[n - 1 for n in search._newest(db, query, tier, 99, search.Within("1", None))]
             for tier in (search.TITLED, search.UNTITLED)]
    assert sorted(tiers[0] + tiers[1]) == sorted(found)
    return found


# --- what people type --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("typed", "groups"), [
    ("预算", [Group(("预算",))]),
    ("  预算  决算 ", [Group(("预算", "决算"))]),
    ('"三公 经费" 预算', [Group(("三公 经费", "预算"))]),
    ("“三公 经费”", [Group(("三公 经费",))]),
    ("「三公 经费」", [Group(("三公 经费",))]),
    ("预算 -决算", [Group(("预算",), ("决算",))]),
    ('预算 -"决算 表"', [Group(("预算",), ("决算 表",))]),
    ("预算 NOT 决算", [Group(("预算",), ("决算",))]),
    ("预算 AND 决算", [Group(("预算", "决算"))]),
    ("预算 OR 决算 工资", [Group(("预算",)), Group(("决算", "工资"))]),
    ('"never closed', [Group(('"never', "closed"))]),
    ("国发〔2020〕1号", [Group(("国发〔2020〕1号",))]),
    ("11330000-2020-00012", [Group(("11330000-2020-00012",))]),
    ("x:y* ^y NEAR(a, b)", [Group(("x:y*", "^y", "NEAR(a,", "b)"))]),
])
def test_queries_are_read_as_meant(typed: str, groups: list[Group]) -> None:
    assert parse(typed) == Query(tuple(groups))


@pytest.mark.parametrize("typed", ["", "   ", "-决算", "预算 OR", "OR", "NOT", "x" * 501])
def test_a_query_that_looks_for_nothing_is_refused(typed: str) -> None:
    with pytest.raises(UsageError):
        parse(typed)


def test_words_of_any_length_are_found_and_no_others(archive: Archive) -> None:
    store(archive, url(1), "甲县政务公开年度报告", "主动公开政府信息1234条。")
    store(archive, url(2), "通知", "政，务分开。信息")
    assert found(archive, "政") == [url(1), url(2)]
    assert found(archive, "政务") == [url(1)]
    assert found(archive, "政务公开年度") == [url(1)]
    assert found(archive, "123") == [url(1)]
    assert found(archive, "分开。信") == [url(2)]
    assert found(archive, "无此") == []
    assert len(search.found(archive.db, parse("信息 -主动"), 9)) == 1


def test_titles_come_first_and_then_the_newer(archive: Archive) -> None:
    for number, (title, text, day) in enumerate([
        ("别的", "预算。旧", "2019-01-01"), ("预算", "旧", "2018-01-01"), ("别的", "预算。新", "2024-06-01"),
        ("预算", "新", "2023-01-01"), ("别的", "预算。无日期", None), ("预算", "古", "1898-01-01"),
    ]):
        store(archive, url(number), title, text, published_on=day)
    assert found(archive, "预算") == [url(n) for n in (3, 1, 5, 2, 0, 4)]
    assert [hit.in_title for hit in search.search(archive.db, parse("预算"), limit=4)] == [True, True, True, False]


def test_a_day_may_hold_more_documents_than_places(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "PER_DAY", 4)
    for number in range(9):
        store(archive, url(number), "预算", f"第{number}号", published_on="2024-01-01")
    assert found(archive, "预算") == [url(n) for n in range(8, -1, -1)]


def test_by_site_and_day(archive: Archive) -> None:
    store(archive, url(1), "预算", "一", site="a", published_on="2024-01-01")
    store(archive, url(2), "预算", "二", site="b", published_on="2024-01-02")
    assert found(archive, "预算", site="a") == [url(1)]
    assert found(archive, "预算", since="2024-01-02") == [url(2)]
    assert found(archive, "预算", until="2024-01-01") == [url(1)]
    assert found(archive, "预算", since="2024-01-01", until="2024-01-02") == [url(2), url(1)]
    with pytest.raises(UsageError, match="2024-03-05"):
        found(archive, "预算", since="yesterday")


def test_fields_narrow(archive: Archive) -> None:
    common = {"publisher": "甲县财政局", "topic": "财政", "validity": "有效"}
    archive.enrol(SITE)
    store(archive, url(1), "预算", "甲", site="a", **common)
    store(archive, url(2), "通知", "预算。乙", published_on="2023-05-06", publisher="甲县环保局")
    for query in ("标题:预算", "预算 机构:财政", "预算 publisher:甲县财政局", "预算 网站:a", "预算 主题:财政",
                  "预算 有效性：有效", "标题: 预算",
                  "预算 机构： 财政", "年份: 2024 标题： 预算",
                  '预算 地区:"某省某市甲县"', "预算 年份:2024", "预算 日期:2024-01-01..", "预算 日期:2024-03-05",
                  "机构:财政", "预算 -乙", "标题:预算 甲"):
        assert found(archive, query) == [url(1)], query
    assert found(archive, "预算 日期:..2023-12-31") == found(archive, "预算 机构:环保") == [url(2)]
    assert found(archive, "标题:乙") == found(archive, "预算 机构:无此") == []
    assert found(archive, "预算", attached="1") == [url(1), url(2)]
    assert found(archive, "预算", attached="0") == []


@pytest.mark.parametrize("few", [1, 2000])
def test_few_or_many_within_makes_no_difference(archive: Archive, monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    monkeypatch.setattr(search.math, "isqrt", lambda _: few)
    for number in range(6):
        store(archive, url(number), "预算", f"第{number}号", site="ab"[number % 2],
              topic="财政" if number < 3 else None)
    assert found(archive, "预算", site="a") == [url(n) for n in (4, 2, 0)]
    assert found(archive, "预算", topic="财政") == [url(n) for n in (2, 1, 0)]
    assert len(search.found(archive.db, parse("预算", Only(site="b")), 9)) == 3


def test_numbers_are_found_with_any_brackets(archive: Archive) -> None:
    store(archive, url(1), "通知", "文中未写。", document_number="澜政办〔2021〕22号",
          index_number="014826305/202206-00088")
    store(archive, url(2), "引用", "根据澜政办〔2021〕22号。", published_on="2025-01-01")
    for typed in ("澜政办〔2021〕22号", "澜政办[2021]22号", "澜政办（2021）22号", "澜政办【2021】22号"):
        assert found(archive, typed) == [url(1), url(2)]
    assert found(archive, "014826305/202206-00088") == [url(1)]
    for typed in ("澜政办〔２０２１〕２２号", "澜政办 〔2021〕 第22号", '"澜政办〔2021〕 22 号"'):
        assert found(archive, typed)[:1] == [url(1)], typed


def test_a_number_is_counted_narrowed_and_sorted_like_any_word(archive: Archive) -> None:
    """It stood in no text: the hit came with "0 results", and went as soon as a filter or an order was chosen."""
    store(archive, url(1), "通知", "文中未写。", site="a", document_number="澜政办〔2021〕22号")
    store(archive, url(2), "引用", "根据澜政办〔2021〕22号。", site="b", published_on="2025-01-01")
    asked = parse("澜政办[2021]22号")
    assert len(search.found(archive.db, asked, 9)) == 2
    assert [hit.url for hit in search.search(archive.db, asked, newest=True)] == [url(2), url(1)]
    assert found(archive, "澜政办[2021]22号", site="a", year="2024") == [url(1)]
    assert found(archive, "澜政办[2021]22号", site="b") == [url(2)]
    assert found(archive, "澜政办[2021]22号", since="2024-04-01") == [url(2)]


def test_a_file_is_found_in_every_document_that_encloses_it(archive: Archive) -> None:
    for number in (1, 2):
        store(archive, url(number), f"第{number}号通知", "见附件。")
    file = File("f" * 64, "pdf", "application/pdf", 4, "ok", "三公经费预算表")
    archive.keep_file(capture(archive, "http://a.gov.cn/f.pdf", b"%PDF"), "f" * 64, file)
    assert found(archive, "三公经费") == [url(2), url(1)]
    assert len(search.found(archive.db, parse("三公经费"), 9)) == 2


def test_until_a_day_there_is_nothing_undated(archive: Archive) -> None:
    store(archive, url(1), "预算", "一", published_on=None)
    store(archive, url(2), "预算", "二", published_on="2023-01-01")
    assert found(archive, "预算") == [url(2), url(1)]
    assert found(archive, "预算 日期:..2023-12-31") == [url(2)]


@pytest.mark.parametrize("typed", ["日期:昨天", "日期:..", "年份:24", "日期:2024-02-31"])
def test_days_that_are_none_are_refused(typed: str) -> None:
    with pytest.raises(UsageError, match=r"2024|2023"):
        parse(f"预算 {typed}")


@pytest.mark.parametrize("typed", ["-网站:a", "预算 -标题:工资", "预算 NOT 机构:财政局"])
def test_a_field_cannot_be_taken_out(typed: str) -> None:
    with pytest.raises(UsageError, match="takes words out, not fields"):
        parse(typed)


def test_pages_of_hits_follow_each_other(archive: Archive) -> None:
    for number in range(7):
        store(archive, url(number), "预算" if number % 2 else "别的", f"预算第{number}号")
    first, *rest = (search.search(archive.db, parse("预算"), 3, offset) for offset in (0, 3, 6, 9))
    assert [hit.url for page in (first, *rest) for hit in page] == [url(n) for n in (5, 3, 1, 6, 4, 2, 0)]
    assert [hit.url for hit in search.search(archive.db, parse("预算"), 3, newest=True)] == [url(6), url(5), url(4)]


def test_what_a_page_said_before_is_found_and_marked_so(archive: Archive) -> None:
    store(archive, url(1), "公告", "原来的说法。")
    store(archive, url(1), "公告", "后来的说法。", at="2026-02-01T00:00:00Z")
    old, = search.search(archive.db, parse("原来"))
    new, = search.search(archive.db, parse("后来"))
    assert [(old.url, old.current), (new.url, new.current)] == [(url(1), False), (url(1), True)]


# --- what is shown -----------------------------------------------------------------------------------------------


def test_snippets_are_cut_from_the_true_text() -> None:
    text = "前" * 200 + "主动公开\n政府信息〔2020〕" + "后" * 200
    parts = snippet(text, ("政府信息[2020]",))
    assert [part for part, hit in parts if hit] == ["政府信息〔2020〕"]
    assert parts[0] == parts[-1] == ("…", False)
    assert "".join(part for part, _ in parts[1:-1]) in text


@settings(max_examples=200, deadline=None)
@given(TEXT, st.lists(st.text(st.sampled_from(ALPHABET), min_size=1, max_size=3), min_size=1, max_size=3))
def test_marking_changes_no_character(text: str, words: list[str]) -> None:
    parts = marked(text, tuple(words))
    assert "".join(part for part, _ in parts) == text
    assert all(part for part, _ in parts)
    assert any(hit for _, hit in parts) == any(fold(word) in fold(text) for word in words)


def test_without_words_nothing_is_marked() -> None:
    assert marked("公开", ()) == snippet("公开", ()) == (("公开", False),)
    assert marked("", ()) == ()


def test_marks_are_right_where_folding_makes_text_longer() -> None:
    assert marked("Straße 1", ("SS",)) == (("Stra", False), ("ß", True), ("e 1", False))
