"""What each part of the pipeline costs by itself, one after the other, on the pages of benchmarks/site.py: the limit
that no arrangement of them goes below.

    .venv/bin/python -m benchmarks.parts [--documents 500]

CPU ms a page, mean; `download` is a bare loop over one connection, without HTTP library, robots or recording.
"""

from __future__ import annotations

import argparse
import socket
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scrapy.http import HtmlResponse

from archive.database import Archive
from archive.records import Ahead, Capture, Location
from benchmarks.measure import machine, table
from benchmarks.site import Served, rendered
from pipelines import Draft, read
from pipelines.derive import ahead
from pipelines.html import parse

Answer = tuple[str, bytes]  # address, body


def downloaded(site: Served, paths: Iterable[bytes]) -> list[Answer]:
    """Every page, one request after the other."""
    where, got = urlsplit(site.base), []
    with socket.create_connection((where.hostname, where.port)) as line, line.makefile("rb") as stream:
        for path in paths:
            line.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n")
            length = 0
            while (header := stream.readline()) != b"\r\n":
                if header.lower().startswith(b"content-length:"):
                    length = int(header[15:])
            got.append((site.base + path.decode(), stream.read(length)))
    return got


def drafts(answers: list[Answer]) -> list[Draft]:
    return [Draft(HtmlResponse(url, body=body), url, "lanjiang") for url, body in answers]


def readings(drafts: list[Draft]) -> list[Draft]:
    """Every page read, and let go before the next, as a reader does: three hundred trees at once make each dearer."""
    return [replace(read(draft), page=None, stated=None, body=None) for draft in drafts]


def recorded(archive: Archive, answers: list[Answer]) -> list[Location]:
    at = "2026-11-27T00:00:00Z"
    return [archive.warc.append(url, 200, "OK", [("Content-Type", "text/html")], body, at) for url, body in answers]


def stored(archive: Archive, drafts: list[Draft], places: list[Location], prepared: list[Ahead]) -> None:
    archive.group(20)
    for draft, place, worked_out in zip(drafts, places, prepared, strict=True):
        capture = Capture(draft.url, draft.url, "2026-11-27T00:00:00Z", 200, "text/html",
                          sha256(draft.response.body).hexdigest(), place)  # fmt: skip
        assert draft.hashes
        archive.store(capture, draft.made, draft.hashes, draft.site, worked_out)
    archive.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=500)
    documents = parser.parse_args().documents
    paths = [held.url.encode() for held in rendered(documents)[0].held()]
    rows: list[tuple[str, str]] = []

    def timed(name: str, work: Callable[[], Any]) -> Any:
        begun = time.process_time()
        came = work()
        rows.append((name, f"{(time.process_time() - begun) / len(paths) * 1000:.2f}"))
        return came

    site = Served.start(documents)
    answers = timed("download", lambda: downloaded(site, paths))
    site.close()
    timed("hash of the answer (SHA-256)", lambda: [sha256(body).hexdigest() for _, body in answers])
    timed("decode and parse", lambda: [bool(parse(draft.response)) for draft in drafts(answers)])
    made = timed("read, with decode and parse", lambda: readings(drafts(answers)))
    found = [draft.made.document for draft in made if draft.made.document]
    prepared = timed("index tokens, outline, citations, facts, sketch", lambda: [ahead(document) for document in found])
    with tempfile.TemporaryDirectory() as folder, Archive(Path(folder), write=True) as archive:
        places = timed("WARC record", lambda: recorded(archive, answers))
        timed("rows and index, 20 to a commit", lambda: stored(archive, made, places, prepared))
    print(f"{len(paths)} pages; {machine()}\n")
    print(table(("part", "CPU ms/page"), rows))


if __name__ == "__main__":
    main()
