"""The database as others find it: made by migrations, refused when it is not ours, quick at any size."""

from __future__ import annotations

import re
import shutil
import sqlite3
from pathlib import Path

import pytest

from archive import schema
from archive.database import Archive
from archive.errors import ArchiveError
from tests.samples import SITE, store, url


def test_a_new_archive_has_every_migration(tmp_path: Path) -> None:
    with Archive(tmp_path, write=True) as archive:
        assert archive.db.execute("pragma user_version").fetchone() == (schema.VERSION,)
        assert archive.db.execute("pragma integrity_check").fetchone() == ("ok",)
        assert archive.db.execute("pragma journal_mode").fetchone() == ("wal",)


@pytest.mark.parametrize("write", [True, False])
def test_an_older_archive_is_migrated_and_its_copy_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, write: bool,
) -> None:
    with Archive(tmp_path, write=True) as archive:
        store(archive, url(1))
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, "create table later (n integer) strict;"))
    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
    with Archive(tmp_path, write=write) as archive:
        assert archive.db.execute("select count(*) from later").fetchone() == (0,)
        assert archive.counts()["documents"] == 1
    kept = tmp_path / f"gongkai.db.v{schema.VERSION - 1}.bak"
    assert str(kept) in caplog.text
    copy = sqlite3.connect(kept)
    assert copy.execute("select count(*) from documents").fetchone() == (1,)
    assert copy.execute("select count(*) from sqlite_schema where name = 'later'").fetchone() == (0,)
    copy.close()


def test_a_migration_that_fails_leaves_the_archive_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Archive(tmp_path, write=True).close()
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, "create table later (n integer) strict; nonsense;"))
    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
    with pytest.raises(ArchiveError, match="cannot be used"):
        Archive(tmp_path, write=True)
    monkeypatch.undo()
    with Archive(tmp_path, write=True) as archive:
        assert archive.db.execute("select count(*) from sqlite_schema where name = 'later'").fetchone() == (0,)


def test_an_archive_of_the_first_version_is_one_of_now(tmp_path: Path) -> None:
    """All that this version has, an archive that was begun with the first one has as well, once it is opened."""
    (tmp_path / "old").mkdir()
    with sqlite3.connect(tmp_path / "old" / "gongkai.db") as old:
        old.executescript(schema.MIGRATIONS[0])
        old.execute("pragma user_version = 1")
        old.execute(f"pragma application_id = {schema.APPLICATION_ID}")
    Archive(tmp_path / "new", write=True).close()
    made = [Archive(tmp_path / name).db.execute("select type, name, sql from sqlite_schema order by 1, 2").fetchall()
            for name in ("old", "new")]  # fmt: skip
    assert made[0] == made[1]


@pytest.mark.parametrize("write", [True, False])
def test_a_newer_archive_is_refused_with_both_versions(tmp_path: Path, write: bool) -> None:
    with Archive(tmp_path, write=True) as archive:
        archive.db.execute(f"pragma user_version = {schema.VERSION + 4}")
    with pytest.raises(ArchiveError, match=rf"version {schema.VERSION + 4}.*up to {schema.VERSION}.*newer gongkai"):
        Archive(tmp_path, write=write)


@pytest.mark.parametrize("write", [True, False])
def test_somebody_elses_database_is_refused_and_left_alone(tmp_path: Path, write: bool) -> None:
    other = sqlite3.connect(tmp_path / "gongkai.db")
    other.execute("create table songs (title text)")
    other.close()
    before = (tmp_path / "gongkai.db").read_bytes()
    with pytest.raises(ArchiveError, match="not one of gongkai's"):
        Archive(tmp_path, write=write)
    assert (tmp_path / "gongkai.db").read_bytes() == before


@pytest.mark.parametrize("write", [True, False])
def test_what_is_no_database_is_named(tmp_path: Path, write: bool) -> None:
    (tmp_path / "gongkai.db").write_bytes(b"nothing of the kind" * 400)
    with pytest.raises(ArchiveError, match="cannot be used"):
        Archive(tmp_path, write=write)


def test_any_sqlite3_reads_it(tmp_path: Path) -> None:
    with Archive(tmp_path, write=True) as archive:
        archive.enrol(SITE)
        store(archive, url(1), "年度报告", "主动公开政府信息。", site="a")
    stock = sqlite3.connect(tmp_path / "gongkai.db")
    seen = stock.execute("select site_name, title, year from disclosures").fetchall()
    assert seen == [("甲县人民政府", "年度报告", 2024)]
    found = stock.execute("""select d.title from documents_fts f join documents d on d.place = f.rowid
                              where documents_fts match '"政 府 信 息"'""").fetchall()
    assert found == [("年度报告",)]
    for (view,) in stock.execute("select name from sqlite_schema where type = 'view'"):
        stock.execute(f"select * from {view}").fetchall()
    stock.close()


@pytest.mark.parametrize("statement", ["delete from captures", "update captures set payload = payload"])
def test_evidence_is_append_only(tmp_path: Path, statement: str) -> None:
    with Archive(tmp_path, write=True) as archive:
        store(archive, url(1))
        with pytest.raises(schema.sqlite3.IntegrityError, match="evidence and stay"):
            archive.db.execute(statement)


HOT = {
    "a page by its address": "select state from pages where url = 'x'",
    "pages to fetch": "select n from pages where site is 'a' and n > 5 and state in ('pending', 'failed', 'blocked') "
                      "and (next_attempt is null or next_attempt <= 'x') order by n limit 50",
    "how a page is listed": "select title from listings where url = 'x'",
    "an entry of a channel": "select 1 from listings l join walks w on w.walk = l.last_walk "
                             "where l.site = 'a' and l.channel = 'b' and l.url = 'x'",
    "the open walk": "select walk from walks where site = 'a' and channel = 'b' and outcome is null",
    "captures of a page": "select 1 from captures where url = 'x' and fetched_at > 'x' and walk is null",
    "a capture by its place": "select id from captures where file = 'x' and \"offset\" = 1",
    "a document by its content": "select n from documents where content = 'x'",
    "the last place of a day": "select max(place) from documents where place >= 1 and place < 5",
    "readings of a document": "select capture from readings where document = 1",
    "a publisher": "select url from disclosures where publisher = 'x'",
    "an index number": "select url from disclosures where index_number = 'x'",
    "a document number": "select url from disclosures where document_number = 'x'",
    "the newest": "select url from disclosures order by published_on desc limit 50",
    "one page's disclosure": "select title from disclosures where url = 'x'",
    "one site's coverage": "select * from coverage where site = 'a'",
    "one page's history": "select * from history where url = 'x'",
}


@pytest.mark.parametrize("query", HOT.values(), ids=HOT.keys())
def test_hot_queries_go_by_index(tmp_path: Path, query: str) -> None:
    """However many rows there are, none of these reads a table whole or sorts what it does not show."""
    with Archive(tmp_path, write=True) as archive:
        plan = [step for _, _, _, step in archive.db.execute(f"explain query plan {query}")]
    made = {step.split()[1] for step in plan if step.startswith(("CO-ROUTINE", "MATERIALIZE"))}
    assert not [step for step in plan if (scan := re.fullmatch(r"SCAN (\w+)", step)) and scan[1] not in made], plan
    assert "USE TEMP B-TREE FOR ORDER BY" not in plan


def test_the_copy_of_an_archive_is_an_archive(tmp_path: Path) -> None:
    with Archive(tmp_path / "a", write=True) as archive:
        store(archive, url(1))
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    with Archive(tmp_path / "b") as archive:
        (_, taken, _), = archive.captures()
        assert archive.read_payload(taken.location).body == "正文。".encode()
