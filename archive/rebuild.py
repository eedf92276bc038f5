"""The database is lost, the WARC files are there: what `gongkai rebuild` needs of the archive before its pages are read
again (crawler/recorded.py). Evidence is all it goes by, so walks, lists and sites are not known afterwards: the next
crawl walks every channel anew, and meets pages that are here already.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from archive.database import DATABASE, WARC, Archive
from archive.errors import ArchiveError
from archive.identity import identity
from archive.leases import Leases, opening
from archive.ledger import now
from archive.records import Location
from archive.schema import sqlite3
from archive.warc import ASKED_BY, CONVERSION, ERASED, OPEN, Recorded, exchange, members, named


def put_aside(folder: Path) -> Path | None:
    """Rename a database that is there, with its log, so that a new one can begin; gives its new name. Close WARC files
    that were left open behind their last whole record. Raises ArchiveError where nothing can be rebuilt."""
    if not any((folder / WARC).glob("*.warc.gz*")):
        raise ArchiveError(f"{folder / WARC} holds no WARC file; there is nothing to rebuild from.")
    with opening(folder), contextlib.closing(Leases(folder, alone=True)):
        for path in sorted((folder / WARC).glob(f"*{OPEN}")):
            _close(path)
        if not (folder / DATABASE).exists():
            return None
        aside = folder / f"{DATABASE}.{datetime.now(UTC):%Y%m%dT%H%M%S%f}.bak"
        for suffix in ("", "-wal", "-shm"):
            if (log := folder / f"{DATABASE}{suffix}").exists():
                log.rename(f"{aside}{suffix}")
        return aside


def _close(path: Path) -> None:
    end = 0
    try:
        for place, _ in members(path):
            end = place.offset + place.length
    except ArchiveError:  # its writer was killed in the middle of a record
        rest = path.read_bytes()[end:]
        path.with_name(path.name.replace(f".gz{OPEN}", ".gz.torn")).write_bytes(rest)
        with path.open("r+b") as file:
            file.truncate(end)
    path.rename(path.with_name(path.name.removesuffix(OPEN)))


def withheld_before(aside: Path | None) -> list[tuple[str | int, ...]]:
    """What the old database says is withheld, if it can still be read: a suppression stands in no WARC file."""
    if aside is None:
        return []
    db = sqlite3.connect(f"{aside.absolute().as_uri()}?mode=ro", uri=True)
    try:
        return list(db.execute("select target, kind, asked, reason, since, erased from withheld"))
    except sqlite3.DatabaseError:
        return []
    finally:
        db.close()


def answers(archive: Archive, path: Path) -> Iterator[tuple[Location, Recorded]]:
    """Every answer of one of our files with its place; what was erased is noted as such on the way."""
    asked = None
    for place, record in members(path):
        kind = named(record, "WARC-Type")
        if named(record, ERASED):
            _note_erased(archive, record)
        elif kind in ("response", CONVERSION) and not named(record, ASKED_BY):
            yield place, exchange(record, asked)
        asked = record if kind == "request" else None


def _note_erased(archive: Archive, record: bytes) -> None:
    said = json.loads(record.partition(b"\r\n\r\n")[2].strip())
    url = named(record, "WARC-Target-URI")
    withhold(archive, [(identity(url), "page", url, said.get("reason", ""), said.get("erased") or now(), 1)])


def withhold(archive: Archive, rows: list[tuple[str | int, ...]]) -> None:
    """Note what was withheld before."""
    with archive.batch():
        archive.db.executemany("insert or ignore into withheld (target, kind, asked, reason, since, erased) "
                               "values (?, ?, ?, ?, ?, ?)", rows)
