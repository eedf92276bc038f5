"""A part of an archive that goes on a journey: the *slice* that a crawl elsewhere needs of some sites, and the *shard*
that becomes of it there, which `merge` takes in.

A slice is an archive by itself. It has the whole ledger of its sites: walks, lists, pages and files with their states,
so that a walk stops where it would have stopped here and nothing known is asked for. Of the evidence it has only what
may be asked for again, with what those pages said and the headers that a conditional request needs. What stays at home
leaves a gap that does not come back: pages without their reading, files without their text, and the names that links
give to files still to be fetched.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from archive.database import Archive
from archive.merge import beside
from archive.records import Location
from archive.related import Table, tables
from archive.warc import packed_member

if TYPE_CHECKING:
    import sqlite3

EVIDENCE = "evidence.warc.gz"  # of a slice: the captures that it has

# Table → which of its rows go along, in an order in which each can refer to those before it.
ALONG: Mapping[str, str] = {
    "pages": "url in (select url from other.pages where site in crawled union "
             "select url from other.listings where site in crawled)",
    "sites": "site in crawled or site in (select site from main.pages)",
    "channels": "site in crawled",
    "walks": "site in crawled",
    "listings": "site in crawled",
    "absences": "url in (select url from main.pages)",
    "withheld": "true",
    "captures": "id in (select id from carried)",
    "documents": "n in (select document from other.readings where capture in (select id from carried))",
    "readings": "capture in (select id from carried)",
    "downloads": "site in crawled",
    "files": "sha256 in (select sha256 from main.downloads)",
    "attachments": "capture in (select id from carried) or url in (select url from main.downloads where state in "
                   "('pending', 'failed', 'blocked'))",
}  # fmt: skip
# What a column holds there instead.
INSTEAD: Mapping[tuple[str, str], str] = {
    ("pages", "reading"): "(select id from carried where id = reading)",
    ("files", "text"): "''",
    ("files", "place"): "null",
    ("captures", "file"): f"'{EVIDENCE}'",
    ("captures", "offset"): "(select place from carried where carried.id = captures.id)",
}


def carve(archive: Archive, sites: Collection[str], again: Iterable[str], folder: Path) -> None:
    """Make a slice of the archive in a new folder: of these sites, with the evidence of the pages to ask for `again`
    and of those that were something once and are to be fetched anew."""
    archive.flush()
    with Archive(folder, write=True) as part, beside(part.db, archive.file):
        part.db.execute("pragma foreign_keys = off")  # for the gaps
        with part.batch():
            _choose(part.db, sites, again)
            part.db.executemany("update carried set place = ? where id = ?", list(_evidence(archive, part)))
            for table, where in ALONG.items():
                _copy(part.db, tables(part.db)[table], where)


def close(folder: Path) -> None:
    """Make an archive out of what a crawl has left, however it ended. Its own line in `runs` is no news at home."""
    with Archive(folder, alone=True) as part, part.batch():
        part.db.execute("delete from runs")


def _choose(db: sqlite3.Connection, sites: Collection[str], again: Iterable[str]) -> None:
    """The tables `crawled` (sites) and `carried` (captures whose evidence goes along)."""
    db.execute("create temp table crawled (site text primary key)")
    db.executemany("insert into crawled values (?)", [(site,) for site in sites])
    db.execute("create temp table again (url text primary key)")
    db.executemany("insert or ignore into again values (?)", [(url,) for url in again])
    db.execute("create temp table carried (id integer primary key, place integer)")
    db.execute("insert into carried (id) select reading from other.pages where site in crawled and reading is not null "
               "and (state not in ('archived', 'foreign') or url in again)")


def _evidence(archive: Archive, part: Archive) -> Iterator[tuple[int, int]]:
    """Write the records of what is carried into one file; gives where (offset, capture) each stands in it."""
    rows = part.db.execute('select id, file, "offset", length from other.captures '
                           'where id in (select id from carried) order by id')
    offset = 0
    with (part.warc_folder / EVIDENCE).open("wb") as file:
        for capture, *place in rows:
            yield offset, capture
            offset += file.write(packed_member(archive.warc_folder, Location(*place)))


def _copy(db: sqlite3.Connection, table: Table, where: str) -> None:
    names = ", ".join(f'"{column}"' for column in table.columns)
    values = ", ".join(INSTEAD.get((table.name, column), f'"{column}"') for column in table.columns)
    db.execute(f"insert into main.{table.name} ({names}) select {values} from other.{table.name} where {where}")
