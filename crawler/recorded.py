"""From recorded bytes into the archive, without a network: `gongkai import` and `gongkai reextract`."""

from __future__ import annotations

import os
import zlib
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from scrapy.http import Response
from scrapy.http.headers import Headers
from scrapy.responsetypes import responsetypes
from scrapy.utils.gz import gunzip

from archive.database import Archive
from archive.errors import ArchiveError, UsageError
from archive.identity import canonical
from archive.records import INDEX_FIELDS, Capture, Entry
from archive.warc import Recorded, answer_of, packed_member, payload_hash, recorded
from crawler.files import called
from pipelines import Draft, read
from pipelines.child import read_in_child
from pipelines.derive import derive
from pipelines.files import as_file
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


# --- reextract -----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Changes:
    """What new rules alter: per field, how often, and the first example (page, was, becomes)."""

    read: int = 0
    altered: int = 0
    fields: Counter[str] = field(default_factory=Counter)
    examples: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    damaged: list[str] = field(default_factory=list)

    def note(self, url: str, before: dict[str, Any], after: dict[str, Any]) -> bool:
        """Count the fields that differ; true if any does."""
        self.read += 1
        names = [name for name in after if before.get(name) != after[name]]
        self.altered += bool(names)
        for name in names:
            self.fields[name] += 1
            self.examples.setdefault(name, (url, _short(before.get(name)), _short(after[name])))
        return bool(names)

    def rows(self) -> list[tuple[str, ...]]:
        return [(name, str(number), *self.examples[name]) for name, number in self.fields.most_common()]

    def sentence(self, dry_run: bool) -> str:
        """What it came to, for a person."""
        damaged = len(self.damaged)
        return (f"read {self.read} of {self.read + damaged} captures, {damaged} damaged, "
                f"{self.altered} {'would change' if dry_run else 'changed'}")

    def as_dict(self) -> dict[str, Any]:
        return {"read": self.read, "altered": self.altered, "fields": dict(self.fields), "damaged": self.damaged}


def _short(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


Task = tuple[int, Capture, str | None, Entry | None]
Reread = tuple[int, "Draft | str"]
READING = Lock()  # a worker of a cluster has threads; its reader is made for one


def reextract(
    archive: Archive, *, dry_run: bool, jobs: int | None = None, progress: Tell | None = None, afield: Any = None,
) -> Changes:
    """Reads every capture of a page again; writes what differs unless `dry_run`. Restartable: it changes a capture's
    reading or leaves it, and a reading that is right already stays. `afield` are processes on other machines, to which
    the recordings are sent."""
    count = "select count(*) from captures where walk is null and not enclosed"
    changes, total = Changes(), archive.db.execute(count).fetchone()[0]
    chunks = _chunks(archive)
    jobs = jobs or os.cpu_count() or 1
    for drafts in _sent_out(afield, archive, chunks, jobs) if afield else _read_all(archive.warc_folder, chunks, jobs):
        with nullcontext() if dry_run else archive.batch():
            for number, draft in drafts:
                if isinstance(draft, str):
                    changes.damaged.append(draft)
                elif changes.note(draft.url, _stored(archive, number), _said(draft)) and not dry_run:
                    store(draft, archive)
        if progress:
            progress(changes.read + len(changes.damaged), total)
    _reread_files(archive, changes, dry_run)
    if not dry_run:
        archive.prune()
        archive.link()
        derive(archive)
    return changes


def _reread_files(archive: Archive, changes: Changes, dry_run: bool) -> None:
    """Reads again what the files say that documents enclose, each in the limited child."""
    for digest, text, by_server, by_link, capture in archive.kept_files():
        try:
            got = archive.read_payload(capture.location)
        except ArchiveError as error:
            changes.damaged.append(f"{capture.url}: {error}")
            continue
        body = response_of(capture.final_url, got.status, got.headers, got.body).body
        if sha256(body).hexdigest() != digest:
            continue  # its address answered something else since, which was no file
        said = read_in_child(body, by_server or called(by_link, capture.final_url), capture.media_type)
        if changes.note(capture.url, {"attachment": text}, {"attachment": said.text}) and not dry_run:
            archive.reread_file(as_file(digest, len(body), said), capture.url)


def reread(archive: Archive, urls: Sequence[str]) -> int:
    """Reads the captures of these pages again, as after a suppression was lifted; gives how many."""
    wanted, number = set(urls), 0
    for tasks in _chunks(archive):
        for _, draft in _read_chunk(archive.warc_folder, [task for task in tasks if task[1].url in wanted]):
            if isinstance(draft, Draft):
                store(draft, archive)
                number += 1
    return number


def _chunks(archive: Archive) -> Iterator[list[Task]]:
    after = 0
    while rows := archive.captures(after, CHUNK):
        after = rows[-1][0]
        yield [(number, capture, site, archive.entry(capture.url)) for number, capture, site in rows]


def _read_all(folder: Path, chunks: Iterable[list[Task]], jobs: int) -> Iterator[list[Reread]]:
    """The drafts of each chunk, read by so many processes, never more than two chunks a process ahead."""
    if jobs == 1:
        yield from (_read_chunk(folder, chunk) for chunk in chunks)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from _in_turn((pool.submit(_read_chunk, folder, chunk) for chunk in chunks), 2 * jobs)


def _sent_out(afield: Executor, archive: Archive, chunks: Iterable[list[Task]], jobs: int) -> Iterator[list[Reread]]:
    """The same on other machines, which have no WARC files: their records travel along, a few hundred KB a chunk."""
    sent = ([(task, _record(archive.warc_folder, task[1])) for task in chunk] for chunk in chunks)
    yield from _in_turn((afield.submit(_read_sent, tasks) for tasks in sent), 2 * jobs)


def _in_turn(futures: Iterable[Future[list[Reread]]], ahead: int) -> Iterator[list[Reread]]:
    """What each comes to, in their order; no more than so many are begun before the first has ended."""
    waiting: deque[Future[list[Reread]]] = deque()
    for future in futures:
        waiting.append(future)
        if len(waiting) > ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _read_chunk(folder: Path, chunk: list[Task]) -> list[Reread]:
    return _read_sent([(task, _record(folder, task[1])) for task in chunk])


def _read_sent(tasks: list[tuple[Task, bytes | str]]) -> list[Reread]:
    with READING:
        return [(number, _read_again(record, capture, site, entry)) for (number, capture, site, entry), record in tasks]


def _record(folder: Path, capture: Capture) -> bytes | str:
    """The record of a capture as it stands in its file, or why it cannot be had."""
    try:
        return packed_member(folder, capture.location)
    except ArchiveError as error:
        return f"{capture.url}: {error}"


def _read_again(record: bytes | str, capture: Capture, site: str | None, entry: Entry | None) -> Draft | str:
    """The draft of one capture, without what only its making needed; or why its bytes cannot be read."""
    if isinstance(record, str):
        return record
    try:
        got = answer_of(record, f"{capture.location.file} at byte {capture.location.offset}")
    except ArchiveError as error:
        return f"{capture.url}: {error}"
    response = response_of(capture.final_url, got.status, got.headers, got.body)
    return read(Draft(response, capture.url, site, capture, entry)).bare()


def _stored(archive: Archive, number: int) -> dict[str, Any]:
    """What the archive holds of a capture's reading, in the words of `_said`."""
    columns = ", ".join(f"r.{name}" for name in INDEX_FIELDS)
    row = archive.db.execute(
        f"select r.kind, d.title, d.content, d.text, {columns} from readings r "
        "left join documents d on d.n = r.document where r.capture = ?",
        (number,),
    ).fetchone()
    return dict(zip(("kind", "title", "content", "text", *INDEX_FIELDS), row, strict=True)) if row else {}


def _said(draft: Draft) -> dict[str, Any]:
    """What a draft says, field by field."""
    document = draft.made.document
    if document is None:
        return {"kind": draft.made.kind}
    index = {name: getattr(document.index, name) for name in INDEX_FIELDS}
    content = draft.hashes.content if draft.hashes else None
    return {"kind": draft.made.kind, "title": document.title, "content": content, "text": document.text, **index}
