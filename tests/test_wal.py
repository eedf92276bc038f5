"""A reader that keeps one moment of the archive: writers go on, the log grows and is told, and shrinks when it may."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive import wal
from archive.database import Archive
from archive.schema import sqlite3  # two SQLites in one process undo each other's locks
from tests.samples import store, url

LONG = 600_000  # bytes


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Archive]:
    for name, value in {"LONG": LONG, "STEP": LONG // 4, "MUCH": 2 * LONG, "GAP": 1}.items():
        monkeypatch.setattr(wal, name, value)
    with Archive(tmp_path, write=True) as made:
        made.db.execute("pragma wal_autocheckpoint = 0")  # ours alone is looked at
        yield made


def test_a_log_that_nobody_reads_stays_short(archive: Archive) -> None:
    for number in range(120):
        store(archive, url(number), title=f"第{number}号", text=f"第{number}号正文。" * 40)
        assert archive.log.size < LONG + 300_000


def test_a_reader_that_holds_a_snapshot_is_told_and_stops_nobody(
    archive: Archive, caplog: pytest.LogCaptureFixture
) -> None:
    reader = sqlite3.connect(archive.file)
    reader.execute("begin")
    assert reader.execute("select count(*) from documents").fetchone() == (0,)
    with caplog.at_level(logging.WARNING):
        number = 0
        while archive.log.size < 3 * LONG:
            store(archive, url(number), title=f"第{number}号", text=f"第{number}号正文。" * 40)
            number += 1
            assert number < 200
    assert reader.execute("select count(*) from documents").fetchone() == (0,)
    assert [("has grown to" in said, str(archive.log.file) in said) for said in caplog.messages] == [(True, True)]
    reader.close()
    while archive.log.size > LONG:
        store(archive, url(number), title=f"第{number}号", text=f"第{number}号正文。" * 40)
        number += 1
        assert number < 200
    assert archive.db.execute("select count(*) from documents").fetchone() == (number,)
