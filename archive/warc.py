"""Raw bytes as received, in WARC 1.1: written by `warcio`, one gzip member per record, one new file per process.

A file ends in `.open` while its writer lives (and is locked by it); `recover` makes what a killed writer left whole
again. SQLite stores the final name, readers try both. Only `sync` makes records durable: the archive calls it before
every commit, so a crash leaves at worst a record that no row mentions, never a row without its bytes.
"""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import os
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import IO

from warcio.archiveiterator import ArchiveIterator
from warcio.bufferedreaders import ChunkedDataReader
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive.errors import ArchiveError, unwritten, writing
from archive.records import Location

Headers = list[tuple[str, str]]  # one character a byte (latin-1), as HTTP libraries give them: GBK names survive

OPEN = ".open"  # suffix of a file that is being written
LEVEL = 6  # zlib: 9, which warcio always takes, costs half as much again for 2 % of size
GZIP = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"  # a member's head, always the same: `verify` sees a flipped bit here too
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"  # WARC 1.1, §6.7.3
ERASED = "WARC-Erased-Payload-Digest"  # field of a tombstone (archive/suppress.py)
ASKED_BY = "WARC-Asked-By"  # field of what a script of a page asked for (crawler/browser.py): the page's address
CONVERSION = "conversion"
RECEIVED = "WARC-Received-Again-Date"  # field of a record that took the place of a damaged one (archive/mend.py)
CHUNK = 1 << 20  # bytes that are read at a time
ROLL_OVER = 1 << 30  # bytes after which a new file is begun, the custom of the trade


@dataclass(frozen=True, slots=True)
class Request:
    """The request that a response answers. A plain GET is implied by the response and not written; headers never are:
    they may hold secrets."""

    method: str = "GET"
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """An archived answer: `body` as received after transfer decoding, that is, still content-encoded."""

    status: int
    reason: str
    headers: Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class Recorded:
    """One exchange of any WARC file; `fetched_at` as in `Capture`."""

    url: str
    fetched_at: str
    request: Request
    response: Response
    converted: bool = False  # what a browser made of the response before it
    asked_by: str | None = None  # the page whose script asked: replay answers it again, but it is no page itself


def payload_hash(body: bytes) -> str:
    """SHA-256 (hex) of a body as received: `Capture.payload`."""
    return hashlib.sha256(body).hexdigest()


class _AsReceived(StatusAndHeaders):  # type: ignore[misc]
    """Headers byte by byte; warcio would rewrite what is not ASCII, as a file name in GBK."""

    def compute_headers_buffer(self, header_filter: object = None) -> None:
        self.headers_buff = self.to_bytes(encoding="latin-1")


# --- writing -----------------------------------------------------------------------------------------------------


class WarcWriter:
    """Appends to `folder/gongkai-<utc>-<pid>.warc.gz`, begun with the first record. Not for several threads at once."""

    def __init__(self, folder: Path, software: str = "gongkai", on_append: Callable[[], None] = lambda: None) -> None:
        self._folder, self._software, self._on_append = folder, software, on_append
        self._file: IO[bytes] | None = None
        self._path = folder
        self._offset = self._synced = 0
        self._failed: ArchiveError | None = None
        self._buffer = BytesIO()
        self._builder = WARCWriter(self._buffer, gzip=False, warc_version="1.1")

    def append(
        self, url: str, status: int, reason: str, headers: Sequence[tuple[str, str]], body: bytes, fetched_at: str,
        request: Request | None = None, truncated: str | None = None, unchanged_since: str | None = None,
        asked_by: str | None = None, received: str | None = None,
    ) -> Location:
        """Write one response, or, where `unchanged_since` is the moment of an earlier capture, that it still holds (a
        revisit record, so that no replay takes an empty 304 for the page); `truncated` (length, time, disconnect) says
        why `body` is not all there was; `asked_by` is the page whose script asked; `received` is when these bytes came,
        where they take the place of the same bytes of `fetched_at` that were lost (archive/mend.py). What answers no
        plain GET gets a request record before it, so that replay can tell two POSTs to one URL apart."""
        self._begin()
        extra = {"WARC-Payload-Digest": f"sha256:{payload_hash(body)}"}
        if unchanged_since:
            extra = {"WARC-Profile": NOT_MODIFIED, "WARC-Refers-To-Target-URI": url,
                     "WARC-Refers-To-Date": unchanged_since}
        if received:
            extra[RECEIVED] = received
        if truncated:
            extra["WARC-Truncated"] = truncated
        if asked_by:
            extra[ASKED_BY] = asked_by
        kept = [(name, value) for name, value in headers if name.lower() != "transfer-encoding"]  # it is decoded
        kind = "revisit" if unchanged_since else "response"
        response = self._record(kind, url, f"{status} {reason}".rstrip(), kept, body, fetched_at, extra)
        if request and request != Request():
            target = url.split("://", 1)[-1].partition("/")[2]
            name = response.rec_headers.get_header("WARC-Record-ID")
            behind = {ASKED_BY: asked_by} if asked_by else {}
            self._write(self._record("request", url, f"{request.method} /{target} HTTP/1.1", (), request.body,
                                     fetched_at, {"WARC-Concurrent-To": name, **behind}))
        location = self._write(response)
        self._on_append()
        return location

    def convert(self, original: Location, body: bytes, media_type: str) -> Location:
        """Write what a browser made of a response: a `conversion` (WARC 1.1, §6.8) that refers to it. It has no status
        and no headers, since no server sent it."""
        sent = member(self._folder, original)
        self._begin()
        location = self._write(self._builder.create_warc_record(
            named(sent, "WARC-Target-URI"), CONVERSION, payload=BytesIO(body), length=len(body),
            warc_content_type=media_type,
            warc_headers_dict={"WARC-Date": named(sent, "WARC-Date"), "WARC-Refers-To": named(sent, "WARC-Record-ID"),
                               "WARC-Payload-Digest": f"sha256:{payload_hash(body)}"}))
        self._on_append()
        return location

    def sync(self) -> None:
        """Everything appended so far is on the disk when this returns. Once that failed it fails for good: the system
        reports a page that it could not write only once, and takes it for written afterwards."""
        if self._failed:
            raise self._failed
        if self._file is not None and self._synced < self._offset:
            try:
                os.fdatasync(self._file.fileno())
            except OSError as error:
                self._failed = unwritten(self._path, error)
                raise self._failed from error
            self._synced = self._offset

    def close(self) -> None:
        """Give the file its final name; one that cannot be written stays open, to be recovered by the next writer."""
        if self._file is None:
            return
        if self._failed:
            self._file.close()
            self._file = None
            return
        self.sync()
        with writing(self._path):
            self._path.rename(_closed(self._path))
            self._file.close()
            self._file = None
            sync_folder(self._folder)

    def _begin(self) -> None:
        if self._file is not None and self._offset >= ROLL_OVER:
            self.close()
        if self._file is not None:
            return
        with writing(self._folder):
            self._file = self._new_file()
            sync_folder(self._folder)
        self._offset = self._synced = 0
        self._write(self._builder.create_warcinfo_record(_closed(self._path).name, {
            "software": self._software, "format": "WARC File Format 1.1",
            "conformsTo": "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        }))

    def _new_file(self) -> IO[bytes]:
        """A file of ours, locked. Where `recover` of another process came between and took it for a dead one's: a
        further one."""
        while True:
            now = datetime.now(UTC)
            self._path = self._folder / f"gongkai-{now:%Y%m%dT%H%M%S%f}-{os.getpid()}.warc.gz{OPEN}"
            file = self._path.open("xb", buffering=0)
            fcntl.flock(file, fcntl.LOCK_EX)
            if self._path.exists():
                return file
            file.close()

    def _record(
        self, kind: str, url: str, first: str, headers: Sequence[tuple[str, str]], body: bytes, at: str,
        extra: dict[str, str],
    ) -> ArcWarcRecord:
        http = (_AsReceived(first, list(headers), protocol="HTTP/1.1") if kind != "request"
                else _AsReceived(first, list(headers), is_http_request=True))
        return self._builder.create_warc_record(
            url, kind, payload=BytesIO(body), length=len(body), http_headers=http,
            warc_headers_dict={"WARC-Date": at, **extra})

    def _write(self, record: ArcWarcRecord) -> Location:
        assert self._file is not None
        self._buffer.seek(0)
        self._buffer.truncate()
        self._builder.write_record(record)
        member = packed(self._buffer.getvalue())
        offset = self._offset
        with writing(self._path):
            self._put(member)
        self._offset += len(member)
        return Location(_closed(self._path).name, offset, len(member))

    def _put(self, member: bytes) -> None:
        """Write it behind the last whole record, or leave that the last; where not even that can be had, nothing more
        is written to this file: the next writer cuts off what was begun."""
        assert self._file is not None
        if self._failed:
            raise self._failed
        try:
            if self._file.write(member) != len(member):
                raise OSError(28, "only part of a record was written")
        except OSError as error:
            self._failed = unwritten(self._path, error)
            os.ftruncate(self._file.fileno(), self._offset)
            self._file.seek(self._offset)
            self._failed = None
            raise


def packed(record: bytes) -> bytes:
    """A record as a gzip member, as every one of ours is."""
    return GZIP + zlib.compress(record, LEVEL, wbits=-15) + struct.pack("<II", zlib.crc32(record), len(record) % 2**32)


def _closed(path: Path) -> Path:
    return path.with_name(path.name.removesuffix(OPEN))


def sync_folder(folder: Path) -> None:
    """What was created, renamed or removed in a folder is so on the disk when this returns."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def abandoned(path: Path) -> bool:
    """Was the writer of an open file killed?"""
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def recover(folder: Path, known_end: Callable[[str], int]) -> list[str]:
    """Close what killed writers left open. `known_end(name)` is the end of the last record that SQLite knows of the
    file; what stands after it may be torn and is put aside as `.torn`. Returns the names of the mended files."""
    mended = []
    for path in sorted(folder.glob(f"*{OPEN}")):
        with path.open("r+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:  # its writer lives
                continue
            end = known_end(_closed(path).name)
            _cut(file, end, _closed(path).with_suffix(".gz.torn"))
            path.rename(_closed(path)) if end else path.unlink()
        mended.append(_closed(path).name)
    if mended:
        sync_folder(folder)
    return mended


def _cut(file: IO[bytes], end: int, aside: Path) -> None:
    file.seek(end)
    if rest := file.read():
        aside.write_bytes(rest)
    file.truncate(end)
    os.fsync(file.fileno())


# --- reading -----------------------------------------------------------------------------------------------------


def located(folder: Path, name: str) -> Path:
    """Where a WARC file is now: under its name, or still open. ArchiveError if it is nowhere."""
    path = folder / name
    for candidate in (path, path.with_name(path.name + OPEN), path):  # renamed while we looked: look again
        if candidate.exists():
            return candidate
    raise ArchiveError(f"{path} is missing; restore it from a copy of the archive.")


def packed_member(folder: Path, location: Location) -> bytes:
    """The bytes of one record as they stand in the file. ArchiveError if the file is missing or cannot be read."""
    path = located(folder, location.file)
    try:
        with path.open("rb") as file:
            file.seek(location.offset)
            return file.read(location.length)
    except OSError as error:
        raise ArchiveError(f"{path} at byte {location.offset}: cannot be read ({error.strerror}).") from None


def member(folder: Path, location: Location) -> bytes:
    """The bytes of one record, decompressed, its CRC checked. ArchiveError names what is wrong with the place."""
    return _record_of(packed_member(folder, location), f"{folder / location.file} at byte {location.offset}")


def _record_of(packed: bytes, place: str) -> bytes:
    try:
        record, rest = unpacked(packed)
        if rest:
            raise ValueError("the record ends before the database says")
    except ValueError as error:
        raise ArchiveError(f"{place}: {error}.") from None
    return record


def unpacked(packed: bytes) -> tuple[bytes, bytes]:
    """The first gzip member of some bytes, and what follows it. ValueError says what is wrong."""
    inflate = zlib.decompressobj(wbits=31)
    try:
        record = inflate.decompress(packed)
    except zlib.error as error:
        raise ValueError(f"the record is damaged ({error})") from None
    if not inflate.eof:
        raise ValueError("the record breaks off")
    if not packed.startswith(GZIP):
        raise ValueError("the record is damaged (its head is not as we write it)")
    return record, inflate.unused_data


def members(path: Path) -> Iterator[tuple[Location, bytes]]:
    """Every record of one of our files with its place, decompressed, one at a time. ArchiveError where one is
    damaged."""
    with path.open("rb") as file:
        offset, rest = 0, file.read(CHUNK)
        while rest:
            inflate, record, length = zlib.decompressobj(wbits=31), [], 0
            try:
                while not inflate.eof and rest:
                    record.append(inflate.decompress(rest))
                    length += len(rest) - len(inflate.unused_data)
                    rest = inflate.unused_data if inflate.eof else file.read(CHUNK)
            except zlib.error as error:
                raise ArchiveError(f"{path} at byte {offset}: the record is damaged ({error}).") from None
            if not inflate.eof:
                raise ArchiveError(f"{path} at byte {offset}: the record breaks off.")
            yield Location(_closed(path).name, offset, length), b"".join(record)
            offset += length
            rest = rest or file.read(CHUNK)


def named(record: bytes, name: str) -> str:
    """A named field of a record's WARC header; empty where it has none."""
    start = f"{name.lower()}:".encode()
    lines = record.partition(b"\r\n\r\n")[0].split(b"\r\n")
    found = next((line for line in lines if line.lower().startswith(start)), start)
    return found[len(start):].strip().decode("utf-8", "replace")


def loose_bits(packed: bytes) -> bool:
    """Are bits set between the end of a member's deflate stream and the next byte? Every reader skips them and no
    record says otherwise, but we write zeros."""
    before = zlib.decompressobj(wbits=-15)
    before.decompress(packed[len(GZIP) : -9])

    def end(last: int) -> bytes | None:
        stream = before.copy()
        text = stream.decompress(bytes([last]))
        return text if stream.eof else None

    last = packed[-9]
    return any(end(last & mask) == end(last) for mask in (127, 63, 31, 15, 7, 3, 1, 0) if last & mask != last)


def erased_payload(folder: Path, location: Location) -> str | None:
    """The payload hash that a tombstone names which stands in place of an answer; None if the answer is there."""
    digest = named(member(folder, location), ERASED)
    return digest.removeprefix("sha256:") or None


def read_response(folder: Path, location: Location) -> Response:
    """The archived answer at a place."""
    return answer_of(packed_member(folder, location), f"{folder / location.file} at byte {location.offset}")


def answer_of(packed: bytes, place: str) -> Response:
    """The answer that a record holds, whose place is named where it is damaged."""
    record = _record_of(packed, place)
    try:
        return _said(record)
    except ValueError:
        raise ArchiveError(f"{place}: not an HTTP response.") from None


def _split(block: bytes) -> tuple[str, Headers, bytes]:
    """First line, headers and body of an HTTP message; foreign WARCs may end lines with LF alone."""
    gap = b"\r\n\r\n" if b"\r\n\r\n" in block else b"\n\n"
    head, _, body = block.partition(gap)
    first, *lines = head.decode("latin-1").replace("\r\n", "\n").split("\n")
    return first, [(name, value.strip(" \t")) for name, _, value in (line.partition(":") for line in lines)], body


def _response(block: bytes) -> Response:
    first, headers, body = _split(block)
    status, _, reason = first.partition(" ")[2].partition(" ")
    if any(name.lower() == "transfer-encoding" and "chunked" in value.lower() for name, value in headers):
        body = ChunkedDataReader(BytesIO(body)).read()
        headers = [(name, value) for name, value in headers if name.lower() != "transfer-encoding"]
    return Response(int(status), reason, headers, body)


def _request(block: bytes) -> Request:
    first, _, body = _split(block)
    return Request(first.partition(" ")[0] or "GET", body)


def recorded(path: Path) -> Iterator[Recorded]:
    """Every HTTP response of a WARC file (ours or anybody's, gzipped or plain), in its order, with the request that
    it answers where that is recorded; not what only a script asked for. What can be read comes first; then ArchiveError
    when the file is no WARC, breaks off or is damaged."""
    return (answer for _, answer in placed(path) if not answer.asked_by)


def placed(path: Path) -> Iterator[tuple[int, Recorded]]:
    """The same, and what scripts asked for, each with the offset of its record, for `recorded_at`."""
    held: tuple[int, Recorded] | None = None
    name = ""  # of the record that is held
    asked: tuple[str, Request] | None = None
    try:
        for at, kind, url, fetched_at, block, says in _records(path):
            answers = says("WARC-Concurrent-To") or name  # a GET's answer and then a POST to its address: not its own
            if kind == "request" and held and answers == name and held[1].url == url and held[1].request == Request():
                held = held[0], replace(held[1], request=_request(block))  # response first, as most crawlers write
            elif kind == "request":
                asked = url, _request(block)
            elif kind in ("response", CONVERSION):
                if held:
                    yield held
                request = asked[1] if asked and asked[0] == url else Request()
                answer = Recorded(url, fetched_at, request, _response(block), kind == CONVERSION, says(ASKED_BY))
                held, asked, name = (at, answer), None, says("WARC-Record-ID") or ""
    except (ArchiveLoadFailed, EOFError, zlib.error, OSError, ValueError, AttributeError) as error:
        if held:
            yield held
        why = "is no WARC file" if held is None else "is damaged or breaks off"
        detail = " ".join(str(error).split()) or type(error).__name__
        raise ArchiveError(f"{path} {why} ({detail[:120]}); fetch or copy it again.") from None
    if held:
        yield held


def recorded_at(path: Path, offset: int) -> Response:
    """The HTTP response whose record stands there, in a file that `placed` read to its end."""
    with path.open("rb") as file:
        file.seek(offset)
        return _response(next(iter(ArchiveIterator(file, no_record_parse=True))).raw_stream.read())


def _said(record: bytes) -> Response:
    """The answer that a record of ours holds. A conversion stands for what a 2xx answer showed."""
    if named(record, "WARC-Type") == CONVERSION:
        return Response(200, "OK", [("Content-Type", named(record, "Content-Type"))], block_of(record))
    return _response(block_of(record))


def exchange(record: bytes, request: bytes | None) -> Recorded:
    """A response or conversion of ours, decompressed, with the request record that stood before it, if one did."""
    asked = _request(block_of(request)) if request else Request()
    fetched_at = f"{named(record, 'WARC-Date')[:19]}Z"
    return Recorded(named(record, "WARC-Target-URI"), fetched_at, asked, _said(record))


def block_of(record: bytes) -> bytes:
    """What stands behind the WARC header of a record."""
    return record.partition(b"\r\n\r\n")[2][: int(named(record, "Content-Length"))]


def _records(path: Path) -> Iterator[tuple[int, str, str, str, bytes, Callable[[str], str | None]]]:
    """(offset, type, target URI, date, block, its fields by name) of each HTTP record and of each page that was
    converted, the latter as HTTP. warcio says nothing when a file breaks off (webrecorder/warcio#138), so lengths are
    compared and a gzipped file is read to its very end."""
    number = 0
    with path.open("rb") as file:
        records = ArchiveIterator(file, no_record_parse=True)
        for number, record in enumerate(records, start=1):  # noqa: B007
            block, says = record.raw_stream.read(), record.rec_headers.get_header
            at = records.get_record_offset()
            if str(len(block)) != says("Content-Length"):
                raise EOFError("a record breaks off")
            if record.rec_type == CONVERSION and (says("Content-Type") or "").startswith("text/html"):
                block = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\n\r\n%s" % (says("Content-Type").encode(), block)
            elif not (says("Content-Type") or "").startswith("application/http"):
                continue
            url, fetched_at = says("WARC-Target-URI") or "", says("WARC-Date") or ""
            yield at, record.rec_type, url.strip("<>"), f"{fetched_at[:19]}Z", block, says
        file.seek(0)
        packed = file.read(2) == b"\x1f\x8b"
    if not number:
        raise EOFError("it holds no record")
    if packed:
        with gzip.open(path) as stream:
            while stream.read(1 << 20):
                pass
