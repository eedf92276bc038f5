"""Archived pages are asked for again: which, when, how often, and what their servers are told."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from archive.database import Archive
from archive.errors import Gone, Unreachable
from archive.verify import verify
from crawler.revisit import revisits
from tests.fake_site import KEY, FakeSite
from tests.running import catalogue_of, gongkai
from tests.samples import capture, store, url

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path, write=True) as made:
        yield made


def ago(days: float) -> str:
    return f"{NOW - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"


def archived(archive: Archive, number: int, *, published: float, checked: float) -> str:
    """A page published and asked for so many days ago."""
    store(archive, url(number), text=f"第{number}号。", at=ago(checked), site="a", published_on=ago(published)[:10])
    return url(number)


def due(archive: Archive, budget: int = 100) -> list[str]:
    return [again.url for again in revisits(archive, "a", budget, NOW)]


# --- which ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("published", "checked", "expected"),
    [(3, 0.5, False), (3, 1, True), (30, 6.5, False), (30, 7, True), (400, 100, False), (400, 182, True)],
)
def test_young_documents_are_looked_at_often_and_old_ones_rarely(
    archive: Archive, published: float, checked: float, expected: bool
) -> None:
    archived(archive, 1, published=published, checked=checked)
    assert due(archive) == ([url(1)] if expected else [])


def test_the_most_overdue_come_first_within_the_budget(archive: Archive) -> None:
    archived(archive, 1, published=3, checked=2)  # two of its pauses
    archived(archive, 2, published=900, checked=800)  # more than four
    archived(archive, 3, published=30, checked=21)  # three
    assert due(archive) == [url(2), url(3), url(1)]
    assert due(archive, budget=2) == [url(2), url(3)]
    assert due(archive, budget=0) == []
    assert list(revisits(archive, "another", 9, NOW)) == []


def test_what_has_no_day_counts_as_old(archive: Archive) -> None:
    store(archive, url(1), at=ago(100), site="a", published_on=None)
    store(archive, url(2), text="另一篇。", at=ago(200), site="a", published_on=None)
    assert due(archive) == [url(2)]


def test_a_page_that_could_not_be_reached_waits_for_its_next_attempt(archive: Archive) -> None:
    archived(archive, 1, published=400, checked=300)
    archive.refuse(url(1), Unreachable(url(1), "no answer"))  # counted from the clock of this machine
    assert due(archive) == []
    archive.unchanged(url(1))
    archive.db.execute("update pages set checked = ?", (ago(300),))
    assert due(archive) == [url(1)]


def test_what_is_gone_is_looked_at_without_conditions(archive: Archive) -> None:
    archived(archive, 1, published=400, checked=300)
    archive.refuse(url(1), Gone(url(1), "404"), capture(archive, url(1), b"", ago(250), 404))
    archive.db.execute("update pages set checked = ?", (ago(250),))
    (again,) = revisits(archive, "a", 9, NOW)
    assert (again.url, again.headers) == (url(1), {})


# --- a crawl -------------------------------------------------------------------------------------------------------


@pytest.fixture
def catalogue(city: FakeSite, tmp_path: Path) -> Path:
    gongkai("crawl", KEY, archive=tmp_path / "a", catalogue=catalogue_of(city, tmp_path / "sites"))
    city.log.clear()
    return tmp_path / "sites"


def forget_checks(folder: Path, where: str = "reading is not null") -> None:
    """As if these pages had been asked for years ago."""
    with closing(sqlite3.connect(folder / "gongkai.db")) as db, db:
        db.execute(f"update pages set checked = '2020-01-01T00:00:00Z' where {where}")


def test_unchanged_pages_answer_304_and_make_no_capture(city: FakeSite, catalogue: Path, tmp_path: Path) -> None:
    folder = tmp_path / "a"
    forget_checks(folder, "url like '%/art/%'")
    with Archive(folder) as archive:
        before = archive.db.execute("select count(*) from captures where walk is null").fetchone()
    gongkai("crawl", KEY, "-s", "GONGKAI_REVISITS=10", archive=folder, catalogue=catalogue)
    asked = [hit for hit in city.log if "if-none-match" in hit.headers]
    assert [hit.status for hit in asked] == [304] * 10
    assert all("if-modified-since" in hit.headers for hit in asked)
    with Archive(folder) as archive:
        assert archive.db.execute("select count(*) from captures where walk is null").fetchone() == before
        assert archive.db.execute("select count(*) from pages where checked > '2026'").fetchone()[0] >= 10
        assert list(verify(folder, archive.db)) == []
    newest = max((folder / "warc").iterdir())
    with newest.open("rb") as file:
        kept = [(record.rec_type, record.rec_headers.get_header("WARC-Profile")) for record in ArchiveIterator(file)]
    assert sum(kind == "revisit" and profile.endswith("server-not-modified") for kind, profile in kept) == 10
    city.log.clear()
    gongkai("crawl", KEY, archive=folder, catalogue=catalogue)  # the rest of them, and then none
    city.log.clear()
    gongkai("crawl", KEY, archive=folder, catalogue=catalogue)
    assert not [hit for hit in city.log if "if-none-match" in hit.headers]


@pytest.mark.parametrize("arguments", [("-s", "GONGKAI_REVISITS=0"), ("--limit", "5")])
def test_none_when_not_wanted(city: FakeSite, catalogue: Path, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    forget_checks(tmp_path / "a")
    gongkai("crawl", KEY, *arguments, archive=tmp_path / "a", catalogue=catalogue)
    assert len(city.log) <= 2 * 3 + 1
