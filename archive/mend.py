"""What `verify` finds is made whole again as far as it goes: `gongkai verify --repair`.

The recordings first. A record whose sums alone are hit is packed anew; the bytes of a capture may stand in another
record of the same payload; else it is asked for once more (crawler/mend.py), and only the very bytes that were received
take its place. What belongs to no capture and cannot be read is put aside (`….torn`), so that every tool reads the file
to its end. Then the database: what is interpretation is dropped where it is doubtful and read again from the
recordings; the index is made anew; the ledger's columns that follow from others are worked out again. A break in the
chain of captures is never mended: it is what the chain is for.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import struct
import zlib
from base64 import b32encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from archive import ledger, search
from archive.database import Archive
from archive.errors import ArchiveError
from archive.pieces import Piece, pieces, point, rewrite, survey
from archive.records import Capture, Location
from archive.schema import sqlite3
from archive.suppress import drop, enforce
from archive.warc import (
    GZIP,
    Request,
    Response,
    block_of,
    exchange,
    located,
    member,
    named,
    packed,
    packed_member,
    payload_hash,
)

if TYPE_CHECKING:
    from archive.verify import Finding


Reread = Callable[[Archive, Sequence[str]], int]  # reads the captures of pages again; gives how many


@dataclass(frozen=True, slots=True)
class Mended:
    """What was done about a finding of this `kind`: where, and how it went."""

    kind: str
    where: str
    how: str

    def as_dict(self) -> dict[str, str]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Lost:
    """A capture whose bytes cannot be had from the recordings; `request` is what it answered, None if that is lost as
    well; it is of a list (`listed`), of a file (`enclosed`), else of a page."""

    id: int
    capture: Capture
    request: Request | None
    listed: bool
    enclosed: bool


# --- the database --------------------------------------------------------------------------------------------------

# Captures whose reading cannot be trusted, or leads to a document that cannot.
DOUBTFUL = """select r.capture, k.url from readings r join captures k on k.id = r.capture
    left join documents d on d.n = r.document where (r.document is not null and d.n is null)
    or (d.characters != length(d.text) and instr(d.text, char(0)) = 0)"""
LATEST = """(select r.capture from captures k join readings r on r.capture = k.id join documents d on d.n = r.document
    where k.url = pages.url and r.kind = 'document' order by k.fetched_at desc, k.id desc limit 1)"""
# What of the ledger follows from the rest of it, in this order: what is worked out again, and the statement.
LEDGER: tuple[tuple[str, str], ...] = (
    ("pages point to their latest document", f"update pages set reading = {LATEST} where "
     f"(state = 'archived' and reading is null and {LATEST} is not null) or (reading is not null and not exists "
     "(select 1 from captures k join readings r on r.capture = k.id where k.id = pages.reading and k.url = pages.url "
     "and r.kind = 'document'))"),
    ("pages without a document wait for it", "update pages set state = 'pending', reason = null "
     "where state = 'archived' and reading is null"),
    ("pages with a document are archived", "update pages set state = 'archived', reason = null "
     "where state = 'foreign' and reading is not null"),
    ("channels count their entries", "update channels as c set listed = (select count(*) from listings l "
     "where l.site = c.site and l.channel = c.channel and l.missing_since is null) where listed != (select count(*) "
     "from listings l where l.site = c.site and l.channel = c.channel and l.missing_since is null)"),
)


def mend_order(archive: Archive) -> list[Mended]:
    """Work out again in which order the rows of an index stand."""
    with contextlib.suppress(sqlite3.DatabaseError):
        archive.db.execute("reindex")
        return [Mended("database", archive.file.name, "the order of its tables was worked out again")]
    return []


def mend_database(archive: Archive, findings: Sequence[Finding], reread: Reread) -> list[Mended]:
    """Make again what can be made from the rest of it and from the recordings, all in one transaction: a kill leaves
    the damage in full view of the next `verify`."""
    done: list[Mended] = []
    with archive.batch():
        urls = _drop_doubtful(archive.db)
        if urls:
            done.append(Mended("documents", f"{len(urls)} pages", f"{reread(archive, urls)} captures read again"))
        done += [Mended("ledger", url, "an entry of no page: it waits to be fetched") for url in _offer(archive.db)]
        for how, statement in LEDGER:
            if changed := archive.db.execute(statement).rowcount:
                done.append(Mended("ledger", f"{changed} rows", how))
        enforce(archive)
        if pruned := archive.prune():
            done.append(Mended("documents", f"{pruned} documents", "taken out: no reading means them"))
        if urls or any(finding.kind == "search index" for finding in findings):
            done.append(Mended("search index", f"{_index_anew(archive)} texts", "indexed anew"))
    return done


def _drop_doubtful(db: sqlite3.Connection) -> list[str]:
    """Take out readings that cannot be trusted, with their documents; gives their pages."""
    rows = db.execute(DOUBTFUL).fetchall()
    captures = [capture for capture, _ in rows]
    db.execute("pragma defer_foreign_keys = on")
    db.execute("update pages set reading = null where reading in (select value from json_each(?))",
               (json.dumps(captures),))
    drop(db, captures, {})
    return sorted({url for _, url in rows})


def _offer(db: sqlite3.Connection) -> list[str]:
    rows = db.execute("select url, min(site) from listings where url not in (select url from pages) group by url")
    return [url for lost, site in rows.fetchall() for url in ledger.offer(db, [lost], site, None, False)]


def _index_anew(archive: Archive) -> int:
    """Empty the index and fill it from the texts; gives how many."""
    for table in ("documents_fts", "titles_fts", "files_fts"):
        archive.db.execute(f"insert into {table} ({table}) values ('delete-all')")
    return search.refill(archive.db)


# --- the recordings ------------------------------------------------------------------------------------------------


def lost(archive: Archive) -> list[Lost]:
    """The captures whose own record cannot give their bytes back."""
    found, before = [], None
    for piece in survey(archive.warc_folder, archive.db):
        if piece.problem and piece.capture is not None and salvaged(archive, piece) is None:
            found.append(_lost(archive, piece, before))
        before = piece
    return found


def _lost(archive: Archive, piece: Piece, before: Piece | None) -> Lost:
    number, *said, walk, enclosed = archive.db.execute(
        "select id, url, final_url, fetched_at, status, media_type, payload, walk, enclosed from captures where id = ?",
        (piece.capture,)).fetchone()
    capture = Capture(*(*said, piece.place))
    return Lost(number, capture, _asked(archive, before, capture.final_url), walk is not None, bool(enclosed))


def _asked(archive: Archive, before: Piece | None, url: str) -> Request | None:
    """The request whose record stands before that of an answer; none stands before what a plain GET asked for."""
    if before is None or before.capture is not None:
        return Request()
    if before.problem:
        return None
    record = member(archive.warc_folder, before.place)
    if named(record, "WARC-Type") != "request" or named(record, "WARC-Target-URI") != url:
        return Request()
    return exchange(record, record).request


def from_twins(archive: Archive, wanted: Sequence[Lost]) -> dict[int, Location]:
    """New records for what another capture of the same payload holds, by capture."""
    places = {}
    for one in wanted:
        if found := _twin(archive, one):
            (got, at), said = found, one.capture
            places[one.id] = archive.warc.append(said.final_url, got.status, got.reason, got.headers, got.body,
                                                 said.fetched_at, one.request, received=at)
    archive.warc.sync()
    return places


def _twin(archive: Archive, wanted: Lost) -> tuple[Response, str] | None:
    """The same payload as another capture holds it, and when that was fetched."""
    rows = archive.db.execute(
        'select file, "offset", length, fetched_at from captures where payload = ? and status = ? and id != ?',
        (wanted.capture.payload, wanted.capture.status, wanted.id)).fetchall()
    for *place, at in rows:
        with contextlib.suppress(ArchiveError):
            got = archive.read_payload(Location(*place))
            if payload_hash(got.body) == wanted.capture.payload:
                return got, at
    return None


def salvaged(archive: Archive, piece: Piece) -> bytes | None:
    """The record of a damaged piece, if only what surrounds it was hit: its sums still hold, or the digest in it."""
    try:
        raw = packed_member(archive.warc_folder, piece.place)
    except ArchiveError:
        return None
    inflate = zlib.decompressobj(wbits=-15)
    try:
        record = inflate.decompress(raw[len(GZIP):])
    except zlib.error:
        return None
    if not inflate.eof or len(inflate.unused_data) != 8:
        return None
    whole = struct.unpack("<I", inflate.unused_data[:4])[0] == zlib.crc32(record) or _digested(record)
    return record if whole and (piece.capture is None or _is_of(archive, record, piece.capture)) else None


def _digested(record: bytes) -> bool:
    """Is the block of a record what its own digest says?"""
    try:
        digest = hashlib.sha1(block_of(record), usedforsecurity=False).digest()
    except ValueError:  # its length was hit
        return False
    return named(record, "WARC-Block-Digest") == f"sha1:{b32encode(digest).decode()}"


def _is_of(archive: Archive, record: bytes, capture: int) -> bool:
    """Does a record say what the row says?"""
    said = archive.db.execute("select final_url, fetched_at, payload from captures where id = ?", (capture,)).fetchone()
    try:
        found = exchange(record, None)
    except (ValueError, IndexError):
        return False
    return (found.url, found.fetched_at, payload_hash(found.response.body)) == tuple(said)


def mend_recordings(archive: Archive, found: Mapping[int, Location]) -> Iterator[Mended]:
    """Write every damaged WARC file anew; `found` are the records that take the place of lost ones, by capture."""
    damaged = dict.fromkeys(piece.place.file for piece in survey(archive.warc_folder, archive.db) if piece.problem)
    for name in damaged:  # looked at anew: what a killed repair left half written may have been overwritten meanwhile
        broken = [piece for piece in pieces(archive.warc_folder, archive.db, name) if piece.problem]
        moved = {piece.place.offset: found[number] for piece in broken if (number := piece.capture or 0) in found}
        try:
            path = located(archive.warc_folder, name)
        except ArchiveError:
            point(archive, name, moved)
            continue
        replaced: dict[int, bytes] = dict.fromkeys(moved, b"")
        for piece in broken:
            record = salvaged(archive, piece)
            if record is not None:
                replaced[piece.place.offset] = packed(record)
                yield Mended("WARC", piece.url or name, "packed anew: only what surrounds the record was hit")
            elif piece.capture is None:
                with path.with_name(f"{name}.torn").open("ab") as aside:
                    aside.write(packed_member(archive.warc_folder, piece.place))
                replaced[piece.place.offset] = b""
                yield Mended("WARC", name, f"byte {piece.place.offset}: a record of no capture was put aside as .torn")
        if replaced:
            rewrite(archive, path, replaced, moved)
