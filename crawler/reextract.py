"""Every capture of a page read again by the rules of now, from the recordings, on all cores: `gongkai reextract`.

Processes read the archive, read its pages and compare; only what differs comes back to be written, by this one. How far
that is stands beside the database: a run that was interrupted is taken up there, unless the rules changed meanwhile.
"""

from __future__ import annotations

import json
import os
import signal
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Any, ClassVar

import pipelines
from archive.database import Archive
from archive.errors import ArchiveError
from archive.records import INDEX_FIELDS, Capture, Entry
from archive.warc import answer_of, packed_member
from crawler.files import called
from crawler.recorded import response_of
from pipelines import Draft, read
from pipelines.child import read_in_child
from pipelines.derive import ahead, derive
from pipelines.files import as_file
from pipelines.store import store

CHUNK = 50  # ids of captures that a process takes at a time
AHEAD = 3  # chunks a process is ahead of what was written
MARK = "reextract.json"  # in the archive's folder while a run is not at its end
Tell = Callable[[int, int], None]
READING = threading.Lock()  # a worker of a cluster has threads; its reader is made for one
Said = dict[str, Any]  # what a reading says, field by field
Task = tuple[Capture, str | None, Entry | None, Said, bytes | str]  # its site, its row, what it said, its record


@dataclass(slots=True)
class Changes:
    """What new rules alter: per field, how often, and the first example (page, was, becomes). `skipped` captures were
    read by a run before this one, by the same rules."""

    read: int = 0
    altered: int = 0
    skipped: int = 0
    fields: Counter[str] = field(default_factory=Counter)
    examples: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    damaged: list[str] = field(default_factory=list)

    def note(self, url: str, before: Said, after: Said) -> bool:
        """Count the fields that differ; true if any does."""
        names = differing(before, after)
        self.read += 1
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
        before = f", {self.skipped} by the run before" if self.skipped else ""
        return (f"read {self.read} of {self.read + damaged} captures{before}, {damaged} damaged, "
                f"{self.altered} {'would change' if dry_run else 'changed'}")

    def as_dict(self) -> dict[str, Any]:
        return {"read": self.read, "altered": self.altered, "skipped": self.skipped, "fields": dict(self.fields),
                "damaged": self.damaged}  # fmt: skip


def differing(before: Said, after: Said) -> list[str]:
    return [name for name in after if before.get(name) != after[name]]


def _short(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def reextract(
    archive: Archive, *, dry_run: bool, jobs: int | None = None, progress: Tell | None = None,
    afield: Executor | None = None,
) -> Changes:
    """Reads every capture of a page again; writes what differs unless `dry_run`. `afield` are processes on other
    machines, to which the recordings are sent."""
    mark, changes = Mark(archive.folder, dry_run), Changes()
    after, count = mark.after(), "select count(*) from captures where walk is null and not enclosed and id > ?"
    total = archive.db.execute(count, (0,)).fetchone()[0]
    changes.skipped = total - archive.db.execute(count, (after,)).fetchone()[0]
    for part in _parts(archive, after, jobs or os.cpu_count() or 1, afield):
        with nullcontext() if dry_run else archive.batch():
            changes.read += part.alike
            changes.damaged += part.damaged
            for draft, before, after_all in part.altered:
                changes.note(draft.url, before, after_all)
                if not dry_run:
                    store(draft, archive)
        mark.put(part.last)
        if progress:
            progress(changes.skipped + changes.read + len(changes.damaged), total)
    _reread_files(archive, changes, dry_run)
    if not dry_run:
        archive.prune()
        archive.link()
        derive(archive)
    mark.take_away()
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
    wanted, number, after = set(urls), 0, 0
    while rows := archive.captures(after):
        after = rows[-1][0]
        for _, capture, site in rows:
            if capture.url not in wanted:
                continue
            draft = _read_again(capture, site, archive.entry(capture.url), _record(archive, capture))
            if isinstance(draft, Draft):
                store(draft, archive)
                number += 1
    return number


class Mark:
    """How far a run is, and by which rules: a small file beside the database. A dry run leaves none."""

    def __init__(self, folder: Path, dry_run: bool) -> None:
        self.file, self.dry_run, self.rules = folder / MARK, dry_run, rules()

    def after(self) -> int:
        """The capture to go on after; 0 where none was read by these rules."""
        with suppress(OSError, ValueError):
            held = json.loads(self.file.read_text("utf-8"))
            if not self.dry_run and held["rules"] == self.rules:
                return int(held["after"])
        return 0

    def put(self, after: int) -> None:
        """Everything up to this capture is in the database."""
        if not self.dry_run:
            new = self.file.with_name(f"{MARK}.new")
            new.write_text(json.dumps({"after": after, "rules": self.rules}), "utf-8")
            new.replace(self.file)

    def take_away(self) -> None:
        if not self.dry_run:
            self.file.unlink(missing_ok=True)


def rules() -> str:
    """What the sources of all steps come to: any change of them may change what a page is read as."""
    folder = Path(pipelines.__file__).parent
    sources = b"\0".join(file.read_bytes() for file in sorted(folder.rglob("*.py")))
    return sha256(sources).hexdigest()


# --- reading on all cores ----------------------------------------------------------------------------------------


@dataclass(slots=True)
class Part:
    """What the captures up to `last` say again: how many say the same, which differ and how, which cannot be read."""

    last: int
    alike: int = 0
    altered: list[tuple[Draft, Said, Said]] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)


def _parts(archive: Archive, after: int, jobs: int, afield: Executor | None) -> Iterator[Part]:
    """The captures after one, in their order, some at a time, read by so many processes; by none where few are."""
    end = archive.db.execute("select coalesce(max(id), 0) from captures").fetchone()[0]
    spans = [(first, min(first + CHUNK, end)) for first in range(after, end, CHUNK)]
    if afield:
        yield from _in_turn((afield.submit(_read, last, _tasks(archive, first, last)) for first, last in spans), jobs)
    elif jobs == 1 or len(spans) < 2:
        yield from (_read(last, _tasks(archive, first, last)) for first, last in spans)
    else:
        yield from _here(archive, spans, jobs)


def _in_turn(futures: Iterable[Future[Part]], jobs: int) -> Iterator[Part]:
    """What each comes to, in their order; few are begun before the first has ended."""
    waiting: deque[Future[Part]] = deque()
    for future in futures:
        waiting.append(future)
        if len(waiting) > AHEAD * jobs:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _here(archive: Archive, spans: list[tuple[int, int]], jobs: int) -> Iterator[Part]:
    """Spans read by processes of this machine, which open the archive themselves. When one dies, those after the last
    answer are begun anew, the first of them with care."""
    done = 0
    while done < len(spans):
        readers = _pool(archive.folder, jobs)
        try:
            for part in _in_turn((readers.submit(Worker.read, *span) for span in spans[done:]), jobs):
                yield part
                done += 1
        except BrokenProcessPool:
            yield _alone(archive, *spans[done])
            done += 1
        finally:
            readers.shutdown(cancel_futures=True)


def _pool(folder: Path, jobs: int) -> ProcessPoolExecutor:
    """Processes of their own making: a fork would hold the lock of the archive after its parent was killed."""
    return ProcessPoolExecutor(jobs, get_context("spawn"), Worker.begin, (folder,))


def _alone(archive: Archive, after: int, last: int) -> Part:
    """Some captures read by a process of their own. If it dies they are halved, until the one is known that ends it."""
    with _pool(archive.folder, 1) as alone, suppress(BrokenProcessPool):
        return alone.submit(Worker.read, after, last).result()
    if last - after == 1:
        (_, capture, _), = archive.captures(after, 1, last)
        return Part(last, damaged=[f"{capture.url}: reading it ended the process that read it"])
    one, other = _alone(archive, after, middle := (after + last) // 2), _alone(archive, middle, last)
    return Part(last, one.alike + other.alike, one.altered + other.altered, one.damaged + other.damaged)


class Worker:
    """The side of a process that reads: one archive, open for reading."""

    archive: ClassVar[Archive]

    @classmethod
    def begin(cls, folder: Path) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends us
        threading.Thread(target=_end_with_parent, daemon=True).start()
        cls.archive = Archive(folder)

    @classmethod
    def read(cls, after: int, last: int) -> Part:
        return _read(last, _tasks(cls.archive, after, last))


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _tasks(archive: Archive, after: int, last: int) -> list[Task]:
    return [(capture, site, archive.entry(capture.url), _stored(archive, number), _record(archive, capture))
            for number, capture, site in archive.captures(after, CHUNK, last)]  # fmt: skip


def _record(archive: Archive, capture: Capture) -> bytes | str:
    """The record of a capture as it stands in its file, or why it cannot be had."""
    try:
        return packed_member(archive.warc_folder, capture.location)
    except ArchiveError as error:
        return f"{capture.url}: {error}"


def _read(last: int, tasks: Iterable[Task]) -> Part:
    """Captures read again, and compared with what was said of them."""
    part = Part(last)
    with READING:
        for capture, site, entry, before, record in tasks:
            draft = _read_again(capture, site, entry, record)
            if isinstance(draft, str):
                part.damaged.append(draft)
            elif differing(before, now := _said(draft)):
                part.altered.append((_prepared(draft), before, now))
            else:
                part.alike += 1
    return part


def _read_again(capture: Capture, site: str | None, entry: Entry | None, record: bytes | str) -> Draft | str:
    """The draft of one capture; or why its bytes cannot be read."""
    if isinstance(record, str):
        return record
    try:
        got = answer_of(record, f"{capture.location.file} at byte {capture.location.offset}")
    except ArchiveError as error:
        return f"{capture.url}: {error}"
    response = response_of(capture.final_url, got.status, got.headers, got.body)
    return read(Draft(response, capture.url, site, capture, entry))


def _prepared(draft: Draft) -> Draft:
    """A draft to be stored, without what only its making needed."""
    if draft.made.document is not None:
        draft.ahead = ahead(draft.made.document)
    return draft.bare()


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
