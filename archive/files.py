"""The files that documents enclose: what is still to fetch, and what each of them is. Functions on a connection,
inside `Archive`'s transactions.

`downloads` is their ledger, one row per address. It is filled in the transaction that stores a document, and a file is
marked as fetched in the one that stores its capture: a crawl that is killed fetches what is missing, and nothing twice.
The same bytes under many addresses are one row of `files`, however often they are enclosed.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from archive import ledger, personal, search
from archive.errors import PageError
from archive.records import Attachment, Download, File

if TYPE_CHECKING:
    import sqlite3


# What a document `d` says: its own text, or that of its files as its latest reading has them (view `texts`).
SAID = "coalesce((select text from texts t where t.document = d.n order by t.capture desc limit 1), '')"


def enclosed(db: sqlite3.Connection, capture: int | None) -> dict[str, str]:
    """The files that a capture's reading has, by their addresses."""
    return dict(db.execute("select url, sha256 from attachments where capture = ? and url is not null "
                           "and sha256 is not null", (capture,)))


def enclose(
    db: sqlite3.Connection, capture: int, attachments: Collection[Attachment], had: Mapping[str, str], anew: bool,
) -> None:
    """Write the attachments of a reading. One that it `had` (it is read again, or its page says the same as before)
    stays the file that it was; what is known by its address is that file, unless the document changed since: then it is
    asked for `anew`."""
    for position, one in enumerate(attachments, start=1):
        db.execute(
            "insert into attachments (capture, position, name, url, sha256) values (?1, ?2, ?3, ?4, coalesce(?5, "
            "iif(?6, null, (select sha256 from downloads where url = ?4 and state = 'archived'))))",
            (capture, position, one.name, one.url, had.get(one.url or ""), int(anew)))


def want(db: sqlite3.Connection, attachments: Collection[Attachment], site: str | None, anew: bool) -> None:
    """Note the addresses to fetch; with `anew` also those that were fetched before."""
    moment = ledger.now()
    db.executemany(
        "insert into downloads (url, site, state, first_seen, last_seen) values (?1, ?2, 'pending', ?3, ?3) "
        "on conflict do update set last_seen = ?3, site = coalesce(site, ?2), "
        "state = iif(?4 and state in ('archived', 'gone', 'unread'), 'pending', state)",
        [(one.url, site, moment, int(anew)) for one in attachments
         if one.url and one.url.startswith(("http://", "https://"))])


def due(db: sqlite3.Connection, sites: Collection[str] | None, limit: int, after: int, since: str) -> list[Download]:
    """Files to fetch now, in the order in which they came to be known; `sites` None means all, `since` leaves out
    those that no document enclosed lately."""
    marks = ", ".join("?" * len(sites or ()))
    rows = db.execute(
        f"select n, url, site, (select name from attachments a where a.url = downloads.url limit 1) from downloads "
        f"where {'1' if sites is None else f'site in ({marks})'} and state in ('pending', 'failed', 'blocked') "
        "and n > ? and last_seen >= ? and (next_attempt is null or next_attempt not between ? and ?) "
        "order by n limit ?", (*(sites or ()), after, since, *ledger.resting(ledger.now()), limit))
    return [Download(*row) for row in rows]


def known(db: sqlite3.Connection, sha256: str) -> bool:
    """Are these bytes here, and read?"""
    return db.execute("select 1 from files where sha256 = ?", (sha256,)).fetchone() is not None


def keep(db: sqlite3.Connection, file: File, url: str) -> None:
    """Write what a file, found at this address, is and says, in place of what was known of it; index its text."""
    row = db.execute("select place, text from files where sha256 = ?", (file.sha256,)).fetchone()
    if row and row[0] is not None:
        search.remove_file(db, *row)
    place = search.add_file(db, _day(db, url), file.text) if file.text else None
    db.execute(
        "insert into files (sha256, kind, media_type, bytes, parts, members, text_status, problem, characters, place, "
        "text) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) on conflict do update set kind = ?2, "
        "media_type = ?3, parts = ?5, members = ?6, text_status = ?7, problem = ?8, characters = ?9, place = ?10, "
        "text = ?11",
        (file.sha256, file.kind, file.media_type, file.bytes, file.parts,
         json.dumps([dict(member) for member in file.members], ensure_ascii=False), file.status, file.problem,
         len(file.text), place, file.text))
    personal.flag(db, personal.counted(file.text), file=file.sha256)


def _day(db: sqlite3.Connection, url: str) -> str | None:
    """The day of the latest document that encloses a file."""
    row = db.execute("select max(r.published_on) from attachments a join readings r on r.capture = a.capture "
                     "where a.url = ?", (url,)).fetchone()
    return row[0] if row else None


def fetched(db: sqlite3.Connection, url: str, sha256: str, name: str | None) -> None:
    """An address was answered with this file: so it is in every reading that encloses it and waits for it."""
    db.execute("update downloads set state = 'archived', reason = null, attempts = 0, next_attempt = null, sha256 = ?, "
               "name = coalesce(?, name) where url = ?", (sha256, name, url))
    db.execute("update attachments set sha256 = ? where url = ? and sha256 is null", (sha256, url))
    reread(db, url)


def reread(db: sqlite3.Connection, url: str) -> None:
    """A file came, or says something else: a report that encloses it may have numbers in it (pipelines/derive.py), and
    it is the text of a document that has none of its own."""
    meant = ("select d.n from attachments a join readings r on r.capture = a.capture join documents d "
             "on d.n = r.document where a.url = ?")
    db.execute(f"delete from derived where document in ({meant} and (d.title like '%公开%' or not d.characters))",
               (url,))
    for table in ("sketches", "likenesses"):
        db.execute(f"delete from {table} where document in ({meant} and not d.characters)", (url,))


def texts(db: sqlite3.Connection, document: int) -> list[tuple[int, str]]:
    """Position and text of the files that a document encloses, by its latest reading."""
    latest = "(select max(capture) from readings where document = ?)"
    return db.execute("select a.position, f.text from attachments a join files f on f.sha256 = a.sha256 "
                      f"where f.text != '' and a.capture = {latest} order by a.position", (document,)).fetchall()


def refused(db: sqlite3.Connection, error: PageError, state: str | None = None) -> None:
    """A file could not be had. What time may mend is asked for again, later each time, as pages are."""
    moment = datetime.now(UTC)
    attempts = db.execute("select attempts from downloads where url = ?", (error.url,)).fetchone()[0]
    later = ledger.stamp(moment + ledger.pause_after(attempts, error))
    db.execute("update downloads set state = ?, reason = ?, attempts = attempts + 1, next_attempt = ? where url = ?",
               (state or error.state, error.reason, later if error.retry and not state else None, error.url))
