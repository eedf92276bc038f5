"""Take documents out: `suppress` hides them and can be lifted, `erase` destroys their bytes.

Neither is a filter that a query could forget. What is suppressed is taken out of the interpretation (documents,
readings, files, search) and stays in the WARC alone, from where it can be read again. What is erased is taken out of
the WARC as well: the file is written anew with a tombstone in place of the record (address, time, payload hash,
reason); the capture rows stay, and so does their chain; the database is rebuilt without its free pages. Either way the
page is not fetched, imported or merged in again, and its certificate counts it as foreign, with the reason.

Recordings of lists stay as they are, evidence of what a site listed, with the titles that they name.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from warcio.warcwriter import WARCWriter

from archive import search
from archive.database import WARC, Archive
from archive.errors import UsageError
from archive.identity import canonical, identity
from archive.ledger import now
from archive.pieces import pieces, rewrite
from archive.related import rows_of
from archive.warc import ASKED_BY, CONVERSION, ERASED, member, named, packed
from archive.withheld import HIDDEN, WHY, why

if TYPE_CHECKING:
    import sqlite3


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be withheld: `kind` and `target` as in the table, `asked` as its name, and the pages that it means."""

    kind: str
    target: str
    asked: str
    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken out: pages, documents that nothing means any more, and records of WARC files."""

    asked: str
    pages: int
    documents: int
    records: int = 0


def find(db: sqlite3.Connection, asked: str) -> Target:
    """A document by its number or content hash, a page by its address, every page by the beginning of its address
    (`http://…/*`). Raises UsageError for what is none, or is not here."""
    if asked.startswith(("http://", "https://")):
        return _by_address(db, asked)
    if db.execute("select 1 from withheld where kind = 'document' and target = ?", (asked,)).fetchone():
        urls = db.execute("select url from pages where identity in (select target from withheld where asked = ?)",
                          (asked,))
        return Target("document", asked, asked, tuple(url for (url,) in urls))
    row = db.execute("select n, content from documents where content = ? or n = ?",
                     (asked, int(asked) if asked.isdigit() else None)).fetchone()
    if row is None:
        raise UsageError(f"{asked}: no document has this number or hash; give one of them, or an address, as "
                         "http://www.example.gov.cn/a.htm or http://www.example.gov.cn/list/*")
    urls = db.execute("select distinct k.url from readings r join captures k on k.id = r.capture where r.document = ?",
                      row[:1])
    return Target("document", row[1], row[1], tuple(url for (url,) in urls))


def _by_address(db: sqlite3.Connection, asked: str) -> Target:
    if asked.endswith("*"):
        start = canonical(asked[:-1])
        urls = db.execute("select url from pages where substr(url, 1, length(?1)) = ?1", (start,)).fetchall()
        return Target("prefix", start, asked, tuple(url for (url,) in urls))
    row = db.execute("select url from pages where identity = ?", (identity(asked),)).fetchone()
    if row is None:
        raise UsageError(f"{asked}: no such page in this archive; all that begins so is {asked}*")
    return Target("page", identity(asked), asked, row)


# --- suppress and lift ---------------------------------------------------------------------------------------------


def suppress(archive: Archive, asked: str, reason: str) -> Taken:
    """Hide what is asked for, in one transaction."""
    return _take_out(archive, find(archive.db, asked), reason, erased=False)


def lift(archive: Archive, asked: str) -> list[str]:
    """Take a suppression back; gives the pages, which wait for being read again from their captures or fetched. Raises
    UsageError for what was not suppressed, or is erased."""
    rows = archive.db.execute("select erased, reason from withheld where asked = ?", (asked,)).fetchall()
    if not rows or any(erased for erased, _ in rows):
        names = [name for (name,) in archive.db.execute("select distinct asked from withheld where not erased")]
        said = "is erased for good" if rows else "is not suppressed"
        raise UsageError(f"{asked} {said}; what can be lifted: {', '.join(names) or 'nothing'}")
    with archive.batch():
        archive.db.execute("delete from withheld where asked = ?", (asked,))
        back = archive.db.execute("select url, identity from pages where state = 'foreign' and reason glob ?",
                                  (f"{WHY}*",)).fetchall()
        urls = [url for url, _ in back if archive.withheld(url) is None]
        for table in ("pages", "downloads"):
            archive.db.executemany(f"update {table} set state = 'pending', reason = null where url = ?",
                                   [(url,) for url in urls])
    return urls


def _take_out(archive: Archive, target: Target, reason: str, *, erased: bool) -> Taken:
    with archive.batch():
        captures = _captures(archive.db, target.urls)
        _note(archive.db, target, reason, erased, captures, _own_files(archive.db, captures))
        return Taken(target.asked, len(target.urls), _put_aside(archive.db, target.urls))


def enforce(archive: Archive) -> int:
    """Put aside what came in again of what is withheld, as by `merge`; gives how many pages."""
    db = archive.db
    with archive.batch():
        urls = [url for (url,) in db.execute(
            "select url from pages p where (reading is not null or state != 'foreign') and ("
            "identity in (select target from withheld where kind = 'page') or exists (select 1 from withheld "
            "where kind = 'prefix' and substr(p.url, 1, length(target)) = target) or reading in (select r.capture from "
            "withheld w join documents d on d.content = w.target join readings r on r.document = d.n))").fetchall()]
        _put_aside(db, urls)
        return len(urls)


def _captures(db: sqlite3.Connection, urls: Iterable[str]) -> list[int]:
    return [number for (number,) in db.execute(
        "select id from captures where walk is null and not enclosed and url in (select value from json_each(?))",
        (json.dumps(list(urls)),))]


def _own_files(db: sqlite3.Connection, captures: Iterable[int]) -> dict[str, str]:
    """Address and hash of the files that only these captures enclose."""
    return dict(db.execute(
        "select url, sha256 from attachments a where sha256 is not null and url is not null and capture in "
        "(select value from json_each(?1)) and not exists (select 1 from attachments b where b.sha256 = a.sha256 "
        "and b.capture not in (select value from json_each(?1)))", (json.dumps(list(captures)),)))


def _note(
    db: sqlite3.Connection, target: Target, reason: str, erased: bool, captures: list[int], files: Iterable[str],
) -> None:
    """The rows of `withheld`: what was asked for, and each address at which it was fetched."""
    fetched = "select final_url from captures where id in (select value from json_each(?))"
    finals = [url for (url,) in db.execute(fetched, (json.dumps(captures),))]
    rows = {(target.kind, target.target), *(("page", identity(url)) for url in (*target.urls, *finals, *files))}
    db.executemany(
        "insert into withheld (kind, target, asked, reason, since, erased) values (?, ?, ?, ?, ?, ?) on conflict do "
        "update set asked = excluded.asked, reason = excluded.reason, erased = max(erased, excluded.erased)",
        [(kind, name, target.asked, reason, now(), int(erased)) for kind, name in sorted(rows)])
    if erased:  # what was suppressed under this name before, with its files
        db.execute("update withheld set erased = 1 where asked = ?", (target.asked,))


def _put_aside(db: sqlite3.Connection, urls: Iterable[str]) -> int:
    """Pages become foreign, without a title; their readings go. Gives how many documents went with them."""
    captures = _captures(db, urls)
    files = _own_files(db, captures)
    for url in urls:
        db.execute("update pages set state = 'foreign', reason = ?, reading = null, title = null, attempts = 0, "
                   "next_attempt = null where url = ?", (why(db, url) or WHY, url))
        db.execute("update listings set title = ?, stated = '{}' where url = ?", (HIDDEN, url))
    return drop(db, captures, files)


def drop(db: sqlite3.Connection, captures: list[int], files: dict[str, str]) -> int:
    """Take the readings out, with all that hangs on them, then documents and files that nothing means any more."""
    one = json.dumps(captures)
    meant = [n for (n,) in db.execute("select n from documents where n in (select document from readings where capture "
                                      "in (select value from json_each(?)))", (one,))]
    for table, column in rows_of(db, "capture"):
        if table != "pages":
            db.execute(f"delete from {table} where {column} in (select value from json_each(?))", (one,))
    idle = [n for n in meant if not db.execute("select 1 from readings where document = ?", (n,)).fetchone()]
    for n in idle:
        search.remove(db, *db.execute("select place, title, text from documents where n = ?", (n,)).fetchone())
        for table, column in rows_of(db, "document"):
            if table != "readings":
                db.execute(f"delete from {table} where {column} = ?", (n,))
        db.execute("delete from documents where n = ?", (n,))
    for url, sha256 in files.items():
        _drop_file(db, url, sha256)
    return len(idle)


def _drop_file(db: sqlite3.Connection, url: str, sha256: str) -> None:
    db.execute("update downloads set state = 'foreign', reason = 'withheld', sha256 = null, name = null "
               "where url = ? or sha256 = ?", (url, sha256))
    row = db.execute("select place, text from files where sha256 = ?", (sha256,)).fetchone()
    if row and row[0] is not None:
        search.remove_file(db, *row)
    db.execute("delete from files where sha256 = ?", (sha256,))


# --- erase -------------------------------------------------------------------------------------------------------


def erase(archive: Archive, asked: str | None, reason: str = "") -> Taken:
    """Destroy what is asked for; None: what came in again, or was left by a kill, of all that was ever erased.

    Order: the database forgets, WARC files are written anew beside the old ones, the database points there, the old
    ones go, the database is rebuilt. A kill in between leaves bytes that nothing refers to; the next `erase` takes
    them. Backups beside the database and torn ends of files go as well, since they may hold the same."""
    archive.db.execute("pragma secure_delete = on")
    target = find(archive.db, asked) if asked else None
    taken = _take_out(archive, target, reason, erased=True) if target else Taken("", enforce(archive), 0)
    records = sum(_scrub(archive, path) for path in sorted(archive.warc_folder.glob("*.warc.gz")))
    for folder, pattern in OLD:
        for path in (archive.folder / folder).glob(pattern):
            path.unlink()
    _rebuild_pages(archive.db)
    return Taken(taken.asked, taken.pages, taken.documents, records)


OLD = ((".", "*.bak"), (WARC, "*.torn"), (WARC, "*.part"))  # what may hold the same bytes beside the archive


def _rebuild_pages(db: sqlite3.Connection) -> None:
    """No deleted text remains in free pages, in segments of the index, or in the write-ahead log."""
    for table in ("documents_fts", "titles_fts", "files_fts"):
        db.execute(f"insert into {table} ({table}) values ('optimize')")
    db.execute("vacuum")
    db.execute("pragma wal_checkpoint(truncate)")


def _scrub(archive: Archive, path: Path) -> int:
    """Write a WARC file anew without what is erased; gives how many records went."""
    doomed = _doomed(archive, path)
    if doomed:
        rewrite(archive, path, doomed)
    return len(doomed)


HELD = ("response", CONVERSION, "request", "revisit")  # kinds of record that hold something of a page


def _doomed(archive: Archive, path: Path) -> dict[int, bytes]:
    """Where in a file the records stand that must go (by their address, or as captures of what is erased) → what comes
    in their place. Of a damaged record between captures nobody knows what it holds: it goes along."""
    db = archive.db
    gone = {target for (target,) in db.execute("select target from withheld where kind = 'page' and erased")}
    starts = tuple(target for (target,) in db.execute("select target from withheld where kind = 'prefix' and erased"))

    def erased(url: str | None) -> bool:
        return url is not None and (identity(url) in gone or canonical(url).startswith(starts))

    doomed, damaged = {}, {}
    for piece in pieces(archive.warc_folder, db, path.name):
        record = b"" if piece.problem else member(archive.warc_folder, piece.place)
        if named(record, ERASED):
            continue
        if piece.capture is not None:
            said = db.execute("select final_url, fetched_at, payload from captures where id = ?",
                              (piece.capture,)).fetchone()
            if erased(piece.url) or erased(said[0]):
                doomed[piece.place.offset] = _tombstone(db, said[0], said[1], f"sha256:{said[2]}")
        elif piece.problem:
            damaged[piece.place.offset] = b""
        elif _kind(record) in HELD and (erased(named(record, "WARC-Target-URI")) or erased(named(record, ASKED_BY))):
            doomed[piece.place.offset] = _instead(db, record)
    return doomed | damaged if doomed else {}


def _kind(record: bytes) -> str:
    return named(record, "WARC-Type")


def _instead(db: sqlite3.Connection, record: bytes) -> bytes:
    """A tombstone in place of an answer that is no capture; nothing in place of a request."""
    said = [named(record, name) for name in ("WARC-Target-URI", "WARC-Date", "WARC-Payload-Digest")]
    return b"" if _kind(record) == "request" else _tombstone(db, *said)


def _tombstone(db: sqlite3.Connection, url: str, at: str, digest: str) -> bytes:
    """What stands in place of a response: its address, time and payload hash, and why it went."""
    row = db.execute("select reason, since from withheld where erased and (target = ? or (kind = 'prefix' and "
                     "substr(?, 1, length(target)) = target))", (identity(url), canonical(url))).fetchone()
    reason, since = row or ("", now())
    said = json.dumps({"erased": since, "reason": reason}, ensure_ascii=False).encode()
    out = BytesIO()
    writer = WARCWriter(out, gzip=False, warc_version="1.1")
    writer.write_record(writer.create_warc_record(
        url, "metadata", payload=BytesIO(said), length=len(said), warc_content_type="application/json",
        warc_headers_dict={"WARC-Date": at, ERASED: digest}))
    return packed(out.getvalue())
