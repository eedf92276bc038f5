"""Is the archive intact? Every byte of evidence is read, every reference followed, every sum done again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path

from archive import chain
from archive.database import WARC
from archive.pieces import MISSING, survey
from archive.schema import sqlite3

MOST = 20  # findings of one kind that are named one by one


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: its `kind`, `where` it is, and the `problem` in a few words."""

    kind: str
    where: str
    problem: str

    def as_dict(self) -> dict[str, str]:
        """For JSON."""
        return asdict(self)


# What must not be there: kind → the query that finds it, as (where, problem).
RULES: tuple[tuple[str, str], ...] = (
    ("search index", "select 'document ' || n, 'cannot be found by search' from documents "
                     "where place not in (select id from documents_fts_docsize)"),
    ("search index", "select 'row ' || id, 'leads to no document' from documents_fts_docsize "
                     "where id not in (select place from documents)"),
    ("search index", "select 'title ' || id, 'is not that of a document' from titles_fts_docsize "
                     "where id not in (select place from documents)"),
    ("search index", "select 'document ' || n, 'cannot be found by its title' from documents "
                     "where place not in (select id from titles_fts_docsize)"),
    ("ledger", "select url, 'archived, but without a document' from pages "
               "where state = 'archived' and reading is null"),
    ("ledger", "select p.url, 'its reading is that of another page, or no document' from pages p "
               "left join readings r on r.capture = p.reading left join captures k on k.id = p.reading "
               "where p.reading is not null and (r.kind is not 'document' or k.url is not p.url)"),
    ("ledger", "select url, 'foreign, but fetched' from pages where state = 'foreign' and reading is not null"),
    ("ledger", "select site || '/' || channel, 'counts ' || listed || ' entries, its list has ' || (select count(*) "
               "from listings l where l.site = c.site and l.channel = c.channel and l.missing_since is null) "
               "from channels c where listed != (select count(*) from listings l where l.site = c.site "
               "and l.channel = c.channel and l.missing_since is null)"),
    ("documents", "select 'document ' || n, 'no reading means it' from documents d "
                  "where not exists (select 1 from readings r where r.document = d.n)"),
    ("documents", "select 'document ' || n, 'its length is not ' || characters from documents "
                  "where characters != length(text) and instr(text, char(0)) = 0"),
)


def verify(folder: Path, db: sqlite3.Connection, noted: str | None = None) -> Iterator[Finding]:
    """Everything that is wrong with an archive, as one moment saw it; nothing is changed. `noted` is an end of the
    chain of captures that somebody noted earlier: it must still be part of it."""
    db.execute("begin")
    try:
        yield from _database(db)
        yield from _rules(db)
        yield from _chain(db, noted)
        yield from _evidence(folder / WARC, db)
    except sqlite3.DatabaseError as error:
        yield Finding("database", "gongkai.db", f"cannot be read any further: {error}")
    finally:
        db.rollback()


def _database(db: sqlite3.Connection) -> Iterator[Finding]:
    for (problem,) in db.execute(f"pragma integrity_check({MOST})"):
        if problem != "ok":
            yield Finding("database", "gongkai.db", problem)
    for table, row, parent, _ in db.execute("pragma foreign_key_check").fetchmany(MOST):
        yield Finding("database", f"{table} row {row}", f"refers to a row of {parent} that is not there")


def _rules(db: sqlite3.Connection) -> Iterator[Finding]:
    for kind, query in RULES:
        rows = db.execute(query).fetchmany(MOST + 1)
        yield from (Finding(kind, where, problem) for where, problem in rows[:MOST])
        if len(rows) > MOST:
            yield Finding(kind, "…", f"and more of these: {rows[MOST][1]}")


def _chain(db: sqlite3.Connection, noted: str | None) -> Iterator[Finding]:
    first = next(chain.breaks(db), None)
    if first is not None:
        yield Finding("chain", f"capture {first[0]}", f"{first[1]}: the chain of captures breaks first here: this row "
                      "was altered or slipped in, or one before it taken away")
    if noted is not None and not chain.holds(db, noted):
        yield Finding("chain", noted, "this end of the chain was noted, and is not part of it: captures were rewritten "
                      "or taken away since")


# --- the WARC files ----------------------------------------------------------------------------------------------


def _evidence(folder: Path, db: sqlite3.Connection) -> Iterator[Finding]:
    damaged = (piece for piece in survey(folder, db) if piece.problem)
    for name, found in groupby(damaged, key=lambda piece: piece.place.file):
        first = next(found)
        if first.problem == MISSING:
            yield Finding("WARC", name, f"{MISSING}, with {1 + sum(1 for _ in found)} captures")
        else:
            yield from (Finding("WARC", piece.url or name, str(piece.problem)) for piece in (first, *found))
