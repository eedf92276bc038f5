"""The database from the WARC files alone: `gongkai rebuild`. The same documents with the same texts; walks, lists and
sites are no evidence, so the next crawl walks every channel anew and meets pages that are here already."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from scrapy.http import Response

from archive.database import Archive
from archive.identity import canonical
from archive.rebuild import answers, put_aside, withheld_before, withhold
from archive.records import Capture, Download, Entry, Location
from archive.suppress import enforce
from archive.warc import Recorded, payload_hash
from crawler import reading
from crawler.files import called, excuse
from crawler.recorded import BATCH, Tell, response_of
from pipelines import Draft, read
from pipelines.alone import is_file
from pipelines.child import read_in_child
from pipelines.derive import derive
from pipelines.filenames import from_disposition
from pipelines.files import as_file
from pipelines.store import store

LISTS = frozenset({"listing", "unreadable"})  # kinds that a list of whatever length is read as
FROM_PAGES = frozenset({"document", "gone", "blocked"})  # kinds that only an answer to a page's address can be


@dataclass(slots=True)
class Later:
    """Answers that say nothing until everything is read: lists, and the files that these may name."""

    lists: list[Capture] = field(default_factory=list)
    files: list[Capture] = field(default_factory=list)


def rebuild(folder: Path, progress: Tell | None = None) -> Counter[str]:
    """A new database from the WARC files of an archive alone; gives how many answers became what. An old database is
    kept as `.bak`. An answer that is neither a page nor a file of one (lists, robots.txt) stays in its WARC file, and
    nothing more is known of it. Raises `ArchiveError`."""
    aside = put_aside(folder)
    counts: Counter[str] = Counter()
    later = Later()
    with Archive(folder, alone=True) as archive:
        withhold(archive, withheld_before(aside))
        files = sorted(archive.warc_folder.glob("*.warc.gz"))
        moved: dict[str, str] = {}  # over all files: a repair writes what a redirect led to into another one
        for done, file in enumerate(files, start=1):
            found = answers(archive, file)
            while batch := list(islice(found, BATCH)):
                with archive.batch():
                    counts.update(_again(archive, place, answer, moved, later) for place, answer in batch)
            if progress:
                progress(done, len(files))
        counts.update(_listed_again(archive, later))
        waiting = {download.url: download for download in archive.files_due(None, sys.maxsize)}
        counts.update(_files_again(archive, files, waiting))
        enforce(archive)
        archive.link()
        derive(archive)
    return counts


def _again(archive: Archive, place: Location, answer: Recorded, moved: dict[str, str], later: Later) -> str:
    """One answer, read in its place; `moved` leads from where a redirect went to the page that was asked for, until
    its document is met: what is asked for under that address later is a page of its own."""
    got, asked = answer.response, moved.get(canonical(answer.url), answer.url)
    target = next((value for name, value in got.headers if name.lower() == "location"), "")
    if 300 <= got.status < 400 and target:
        moved[canonical(urljoin(answer.url, target))] = asked
        return "redirect"
    url = archive.known_as(canonical(asked))
    if archive.withheld(url) or urlsplit(url).path == "/robots.txt":
        return "other"
    capture = _capture_of(url, answer, place)
    if answer.request.method != "GET":  # a page of a list, if anything
        later.lists.append(capture)
        return "other"
    response = response_of(answer.url, got.status, got.headers, got.body)
    draft = read(Draft(response, url, None, capture, None))
    kind = str(draft.made.kind)
    if is_file(response):
        later.files.append(capture)
    elif kind in LISTS:
        later.lists.append(capture)
    if kind == "document":
        moved.pop(canonical(answer.url), None)
    if draft.made.target:  # a page that sends its reader on by its markup
        moved[canonical(draft.made.target)] = asked
    if kind not in FROM_PAGES or archive.has_capture(url, answer.fetched_at, capture.payload):
        return "other"
    store(draft, archive)
    return kind


def _capture_of(url: str, answer: Recorded, place: Location) -> Capture:
    got = answer.response
    media_type = next((value for name, value in got.headers if name.lower() == "content-type"), "")
    return Capture(url, answer.url, answer.fetched_at, got.status, media_type, payload_hash(got.body), place)


def _listed_again(archive: Archive, later: Later) -> Iterator[str]:
    """The documents that are files: a list names the address, and a file is what it answers."""
    wanted, rows = {capture.url for capture in later.files}, dict[str, Entry]()
    for capture in later.lists if wanted else ():
        listing = reading.read(_response(archive, capture)).listing
        rows |= {url: entry for entry in (listing.entries if listing else ())
                 if (url := archive.known_as(canonical(entry.url))) in wanted}  # fmt: skip
    for capture in later.files:
        if capture.url in rows:
            draft = read(Draft(_response(archive, capture), capture.url, None, capture, rows[capture.url]))
            store(draft, archive)
            yield str(draft.made.kind)


def _response(archive: Archive, capture: Capture) -> Response:
    got = archive.read_payload(capture.location)
    return response_of(capture.final_url, got.status, got.headers, got.body)


def _files_again(archive: Archive, files: Sequence[Path], waiting: Mapping[str, Download]) -> Iterator[str]:
    """The files that documents enclose, now that it is known which these are."""
    for file in files:
        for place, answer in answers(archive, file):
            download = waiting.get(answer.url)
            if download is not None and answer.response.status == 200:
                yield _file_again(archive, _capture_of(download.url, answer, place), answer, download.name)


def _file_again(archive: Archive, capture: Capture, answer: Recorded, name: str | None) -> str:
    got = answer.response
    response = response_of(answer.url, got.status, got.headers, got.body)
    digest, file = sha256(response.body).hexdigest(), None
    given = from_disposition(response.headers.get(b"Content-Disposition") or b"")
    if not archive.has_file(digest):
        said = read_in_child(response.body, given or called(name, response.url), capture.media_type)
        if excuse(capture.url, response, said):
            return "other"
        file = as_file(digest, len(response.body), said)
    archive.keep_file(capture, digest, file, given)
    return "file"
