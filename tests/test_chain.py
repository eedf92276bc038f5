"""Whoever tampers with captures is found out, wherever it is done."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import pytest

from archive import chain
from archive.database import Archive
from archive.schema import sqlite3 as ours
from archive.verify import verify
from tests.samples import store, url

NUMBER = 12


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with Archive(tmp_path, write=True) as archive:
        for number in range(NUMBER):
            store(archive, url(number), text=f"正文{number}。")
    return tmp_path


def tamper(folder: Path, *statements: str) -> None:
    """Change what the triggers protect, as somebody with the file could."""
    db = sqlite3.connect(folder / "gongkai.db")
    db.executescript("drop trigger captures_stay_so; drop trigger captures_stay; pragma foreign_keys = off;"
                     + ";".join(statements))
    db.close()


def breaks(folder: Path, noted: str | None = None) -> list[str]:
    with Archive(folder) as archive:
        return [found.where for found in verify(archive.folder, archive.db, noted) if found.kind == "chain"]


def end(folder: Path) -> str:
    with Archive(folder) as archive:
        return chain.end(archive.db)


def test_an_untouched_chain_holds_and_grows(folder: Path) -> None:
    noted = end(folder)
    assert breaks(folder, noted) == []
    with Archive(folder, write=True) as archive:
        store(archive, url(99))
    assert end(folder) != noted
    assert breaks(folder, noted) == []
    assert breaks(folder, "0" * 64) == []


def test_every_change_of_a_row_breaks_it_there(folder: Path) -> None:
    whole = (folder / "gongkai.db").read_bytes()
    rnd = random.Random(3)
    changed = {"url": "'http://x/'", "final_url": "'http://x/'", "fetched_at": "'2020-01-01T00:00:00Z'",
               "status": "203", "media_type": "'text/plain'", "payload": f"'{'a' * 64}'", "chain": f"'{'a' * 64}'"}
    for column, value in changed.items():
        row = rnd.randrange(1, NUMBER)
        tamper(folder, f"update captures set {column} = {value} where id = {row}")
        assert breaks(folder) == [f"capture {row}"], column
        (folder / "gongkai.db").write_bytes(whole)


def test_a_row_taken_away_or_exchanged_breaks_it(folder: Path) -> None:
    whole = (folder / "gongkai.db").read_bytes()
    tamper(folder, "delete from readings where capture = 5", "delete from captures where id = 5")
    assert breaks(folder) == ["capture 6"]
    (folder / "gongkai.db").write_bytes(whole)
    tamper(folder, "update captures set id = 100 where id = 5")
    assert breaks(folder)[0] == "capture 6"


def test_who_noted_the_end_sees_that_the_last_rows_went(folder: Path) -> None:
    noted = end(folder)
    tamper(folder, f"delete from readings where capture = {NUMBER}", f"delete from captures where id = {NUMBER}")
    assert breaks(folder) == []
    assert breaks(folder, noted) == [noted]


def test_who_noted_the_end_sees_that_all_was_written_anew(folder: Path) -> None:
    noted = end(folder)
    tamper(folder, "update captures set status = 203 where id = 2")
    db = sqlite3.connect(folder / "gongkai.db")
    before = chain.START
    for capture, *said in db.execute(f"select id, {', '.join(chain.LINKED)} from captures order by id").fetchall():
        before = chain.link(before, said)
        db.execute("update captures set chain = ? where id = ?", (before, capture))
    db.commit()
    db.close()
    assert breaks(folder) == []
    assert breaks(folder, noted) == [noted]


def test_captures_stay_as_they_are_though_records_may_move(folder: Path) -> None:
    with Archive(folder, write=True) as archive:
        archive.db.execute("update captures set \"offset\" = \"offset\" + 1000000 where id = 1")
        for statement in ("update captures set payload = 'x'", "delete from captures", "update captures set id = 7"):
            with pytest.raises(ours.IntegrityError, match="evidence"):
                archive.db.execute(statement)
