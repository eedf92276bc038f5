"""WARC files piece by piece: every byte of them is part of one, whole or damaged. `verify` names the damaged ones;
`erase` and `verify --repair` write a file anew with others in their place."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from archive.database import Archive
from archive.errors import ArchiveError
from archive.records import Location
from archive.warc import (
    GZIP,
    OPEN,
    abandoned,
    erased_payload,
    located,
    loose_bits,
    packed_member,
    payload_hash,
    read_response,
    sync_folder,
    unpacked,
)
from archive.withheld import why

if TYPE_CHECKING:
    import sqlite3

LOOSE = "a bit was flipped where it does no harm"
MISSING = "the file is missing"
Known = tuple[int, int, str, str, int]  # of a capture: offset, length, payload, url, id


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a WARC file: the record of a capture (its id and the page's address), or one that no row mentions
    (requests, robots.txt). `problem` says what is wrong with it."""

    place: Location
    problem: str | None = None
    capture: int | None = None
    url: str | None = None


def survey(folder: Path, db: sqlite3.Connection) -> Iterator[Piece]:
    """Every piece of every WARC file of a folder, a file at a time; of a file that is missing its captures."""
    rows = db.execute('select file, "offset", length, payload, url, id from captures order by file, "offset"')
    known = set()
    for name, captures in groupby(rows, key=lambda row: row[0]):
        known.add(name)
        yield from _file(folder, db, name, [row[1:] for row in captures])
    for path in sorted([*folder.glob("*.warc.gz"), *folder.glob(f"*.warc.gz{OPEN}")]):
        if path.name.removesuffix(OPEN) not in known:
            yield from _behind(path, path.name, 0)


def pieces(folder: Path, db: sqlite3.Connection, name: str) -> Iterator[Piece]:
    """Those of one file."""
    rows = db.execute('select "offset", length, payload, url, id from captures where file = ? order by "offset"',
                      (name,)).fetchall()
    return _file(folder, db, name, rows)


def _file(folder: Path, db: sqlite3.Connection, name: str, captures: list[Known]) -> Iterator[Piece]:
    """Each capture by its place, so that one damaged record is one piece; then what stands between them."""
    try:
        path = located(folder, name)
    except ArchiveError:
        yield from (Piece(Location(name, at, length), MISSING, n, url) for at, length, _, url, n in captures)
        return
    end = 0
    for offset, length, payload, url, number in captures:
        if offset > end:
            yield from _between(path, name, end, offset)
        place = Location(name, offset, length)
        yield Piece(place, _problem(folder, place, payload, why(db, url) is not None), number, url)
        end = max(end, offset + length)
    yield from _behind(path, name, end)


def _behind(path: Path, name: str, end: int) -> Iterator[Piece]:
    """What stands behind the last capture of a file. Of one that is being written nobody can say yet."""
    size = path.stat().st_size
    if not path.name.endswith(OPEN):
        yield from _between(path, name, end, size)
    elif abandoned(path):
        yield Piece(Location(name, end, size - end), f"{path.name} at byte {end}: its writer was killed, and the "
                    f"{size - end} bytes from there on belong to no capture; gongkai verify --repair, or the next "
                    "command that writes, closes it there and puts them aside as .torn")


def _problem(folder: Path, place: Location, payload: str, withheld: bool) -> str | None:
    """What is wrong with the record of a capture."""
    try:
        if withheld and erased_payload(folder, place) == payload:
            return None
        if payload_hash(read_response(folder, place).body) != payload:
            return f"{place.file} at byte {place.offset}: not the bytes that were received"
        return f"{place.file} at byte {place.offset}: {LOOSE}" if loose_bits(packed_member(folder, place)) else None
    except ArchiveError as error:
        return str(error)


def _between(path: Path, name: str, start: int, end: int) -> Iterator[Piece]:
    """Records that no row mentions must be whole as well, for others to read the file. Behind a damaged one it goes on
    where the next begins. A file that was cut ends before `start` or before `end`."""
    with path.open("rb") as file:
        file.seek(start)
        rest = file.read(max(end - start, 0))
    stop = start + len(rest)
    while rest:
        at, problem = stop - len(rest), None
        try:
            _, after = unpacked(rest)
            if loose_bits(rest[: len(rest) - len(after)]):
                problem = f"at byte {at}: {LOOSE}"
        except ValueError as error:
            following = rest.find(GZIP, 1)
            after, problem = rest[following:] if following > 0 else b"", f"at byte {at}: {error}"
        yield Piece(Location(name, at, len(rest) - len(after)), problem)
        rest = after


def rewrite(
    archive: Archive, path: Path, replaced: Mapping[int, bytes], elsewhere: Mapping[int, Location] | None = None,
) -> None:
    """Write a WARC file anew, other bytes in place of the pieces at the offsets of `replaced` (none: it goes), and let
    its captures point there; those at the offsets of `elsewhere` point to where their record stands now.

    The new file is durable before the database points to it, and the old one goes after that: a kill in between leaves
    a file that nothing refers to."""
    new = _next_name(path)
    if not archive.db.execute("select 1 from captures where file = ?", (new.name,)).fetchone():
        point(archive, path.name, {**_written(archive, path, new, replaced), **(elsewhere or {})})
        archive.flush()
    path.unlink()  # where a kill came between, the new file had taken its place already


def point(archive: Archive, name: str, places: Mapping[int, Location]) -> None:
    """Let the captures of a file point to where their records stand now, by their offsets."""
    with archive.batch():
        archive.db.executemany(
            'update captures set file = ?, "offset" = ?, length = ? where file = ? and "offset" = ?',
            [(place.file, place.offset, place.length, name, offset) for offset, place in places.items()])


def _next_name(path: Path) -> Path:
    """gongkai-….warc.gz, gongkai-…~1.warc.gz, gongkai-…~2.warc.gz"""
    stem, _, number = path.name.removesuffix(".warc.gz").partition("~")
    return path.with_name(f"{stem}~{int(number or 0) + 1}.warc.gz")


def _written(archive: Archive, path: Path, new: Path, replaced: Mapping[int, bytes]) -> dict[int, Location]:
    """The new file; gives the old offset of each piece → its place. What should stand behind the end of a file that was
    cut stays behind its end."""
    places, at, size = {}, 0, path.stat().st_size
    with path.open("rb") as source, new.open("wb") as into:
        for piece in pieces(archive.warc_folder, archive.db, path.name):
            offset, length = piece.place.offset, piece.place.length
            source.seek(offset)
            kept = replaced.get(offset, source.read(length))
            behind = max(offset - size, 0) if piece.problem else 0
            places[offset] = Location(new.name, at + behind, len(kept) or length)
            at += into.write(kept)
        into.flush()
        os.fsync(into.fileno())
    sync_folder(new.parent)
    return places
