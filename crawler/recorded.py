"""From recorded bytes into the archive, without a network: `gongkai import` and `gongkai reextract`."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from scrapy.http import Response
from scrapy.http.headers import Headers
from scrapy.responsetypes import responsetypes
from scrapy.utils.gz import gunzip

from archive.database import Archive
from archive.errors import ArchiveError, UsageError
from archive.identity import canonical
from archive.records import Capture
from archive.warc import Recorded, payload_hash, recorded
from pipelines import Draft, read
from pipelines.derive import derive
from pipelines.store import store

BATCH = 25  # pages that become durable together: each sync costs as much as reading one page
CHUNK = 40  # captures a worker takes at a time
MAXSIZE = 32 * 1024 * 1024  # bytes of one decompressed page, as DOWNLOAD_MAXSIZE
Tell = Callable[[int, int], None]


# --- recorded answers as Scrapy would hand them over ---------------------------------------------------------------


def response_of(url: str, status: int, headers: Sequence[tuple[str, str]], body: bytes) -> Response:
    """A recorded answer as a spider would get it: decompressed, of the class its headers call for."""
    made = Headers()
    for name, value in headers:
        made.appendlist(name, value.encode("latin-1"))
    body = decompressed(body, (made.get(b"Content-Encoding") or b"").decode("latin-1").lower().strip())
    kind = responsetypes.from_args(headers=made, url=url, body=body)
    return kind(url, status=status, headers=made, body=body)


def decompressed(body: bytes, coding: str) -> bytes:
    """The body without its content coding; as it is where the coding is none, unknown, or a lie."""
    try:
        if coding in ("gzip", "x-gzip"):
            return gunzip(body, max_size=MAXSIZE)
        if coding == "deflate":
            return zlib.decompressobj(wbits=15 if body[:1] == b"x" else -15).decompress(body, MAXSIZE)
    except (zlib.error, OSError, EOFError):
        return body
    return body


# --- import --------------------------------------------------------------------------------------------------------


def import_file(archive: Archive, file: Path) -> Counter[str]:
    """Reads every recorded response into the archive; gives how many became what. An answer that is here already adds
    nothing. Raises `UsageError` for what is no WARC or breaks off, after everything that could be read is in."""
    counts: Counter[str] = Counter()
    broken: ArchiveError | None = None
    try:
        for answers in _batches(recorded(file)):
            with archive.batch():
                counts.update(_import(archive, answer) for answer in answers)
    except ArchiveError as error:
        if str(file) not in str(error):
            raise
        broken = error
    archive.link()
    derive(archive)
    if broken:
        saved = f" {counts.total()} responses before that are in the archive." if counts else ""
        raise UsageError(f"{broken}{saved}")
    return counts


def _batches(answers: Iterator[Recorded]) -> Iterator[list[Recorded]]:
    """The answers by `BATCH`; where the file breaks off, those before the break come first, then its error."""
    batch: list[Recorded] = []
    try:
        for answer in answers:
            batch.append(answer)
            if len(batch) == BATCH:
                yield batch
                batch = []
    except ArchiveError:
        yield batch
        raise
    yield batch


def _import(archive: Archive, answer: Recorded) -> str:
    """One recorded answer; gives what it became."""
    url = archive.known_as(canonical(answer.url))
    if urlsplit(url).path == "/robots.txt":
        return "skipped"
    got, payload = answer.response, payload_hash(answer.response.body)
    if archive.withheld(url):
        return "withheld"
    if archive.has_capture(url, answer.fetched_at, payload):
        return "already here"
    original = archive.place_of(url, answer.fetched_at) if answer.converted else None
    if answer.converted and original is None:
        return "skipped"  # of an answer that is not here
    location = archive.warc.convert(original, got.body, got.headers[0][1]) if original else archive.warc.append(
        answer.url, got.status, got.reason, got.headers, got.body, answer.fetched_at, answer.request
    )
    media_type = next((value for name, value in got.headers if name.lower() == "content-type"), "")
    capture = Capture(url, answer.url, answer.fetched_at, got.status, media_type, payload, location)
    response = response_of(answer.url, got.status, got.headers, got.body)
    draft = read(Draft(response, url, None, capture, archive.entry(url)))
    store(draft, archive)
    return str(draft.made.kind)
