"""Fetches what documents enclose: after the pages, a few files at a time, through the same middlewares as they.

The archive's ledger of downloads is the only list of what is to be done, so a killed crawl goes on where it was. Each
file is read in a limited child process (pipelines/child.py), beside the crawl: what a file does to its reader becomes
a status, never more.
"""

from __future__ import annotations

import asyncio
from hashlib import sha256
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from archive.errors import Blocked, Gone, PageError, Unreachable, Unreadable
from archive.ledger import now
from archive.records import Capture, Download
from crawler.failures import page_error
from crawler.middlewares import OutOfScope, Resting
from crawler.patience import REFUSALS
from pipelines import extract
from pipelines.child import read_in_child
from pipelines.filenames import from_disposition, suffix
from pipelines.files import FileText, as_file
from pipelines.store import problem_of

if TYPE_CHECKING:
    from crawler.spiders.pages import PagesSpider

BATCH = 10  # files taken from the ledger at a time: each may be large
TIME = 600  # seconds that a file may take, where a page has DOWNLOAD_TIMEOUT


class Files:
    """The files of one run. `lately`: only those that its own documents enclose, as it was asked for a few pages."""

    def __init__(self, spider: PagesSpider, lately: bool) -> None:
        settings = spider.crawler.settings
        self.spider, self.since = spider, now() if lately else ""
        self.wanted = settings.getbool("GONGKAI_ATTACHMENTS")
        self.largest = settings.getint("GONGKAI_FILE_SIZE")
        self.cursor = 0  # row of the last file that was taken up

    def due(self, sites: list[str]) -> list[Request]:
        """The next requests, each file once a run; none where attachments are not wanted."""
        if not self.wanted:
            return []
        found = self.spider.archive.files_due(sites, BATCH, self.cursor, self.since)
        self.cursor = found[-1].row if found else self.cursor
        return [self.fetch(download) for download in found]

    def fetch(self, download: Download) -> Request:
        """The request for one file. It may stand on any host of its site's domain, as oss.example.gov.cn."""
        hosts = self.spider.hosts_at(download.site, download.url)
        near = tuple(f".{host.removeprefix('www.')}" for host in hosts if not host.startswith("."))
        return Request(
            download.url,
            meta={
                "page": download.url,
                "name": download.name,
                "hosts": (*hosts, *near),
                "download_maxsize": self.largest,
                "download_timeout": TIME,
            },
            callback=self.on_file,
            errback=self.on_failure,
            dont_filter=True,
        )

    async def on_file(self, response: Response) -> None:
        """A file arrived, or what its server sends instead."""
        address, capture = response.meta["page"], response.meta["capture"]
        name = from_disposition(response.headers.get(b"Content-Disposition") or b"")
        error = refusal(address, response)
        if error is not None:
            self.refuse(error, capture)
            return
        digest, file = sha256(response.body).hexdigest(), None
        if not self.spider.archive.has_file(digest):
            goes_by = name or called(response.meta["name"], response.url)
            said = await asyncio.to_thread(read_in_child, response.body, goes_by, capture.media_type)
            if error := excuse(address, response, said):
                self.refuse(error, capture)
                return
            file = as_file(digest, len(response.body), said)
        with self.spider.kept():
            self.spider.archive.keep_file(capture, digest, file, name)

    def on_failure(self, failure: Failure) -> None:
        """No answer, or one that a middleware refused: the ledger keeps why."""
        if self.spider.ours(failure) or isinstance(failure.value, Resting):
            return
        address = failure.request.meta["page"]  # type: ignore[attr-defined]
        error = page_error(address, failure.value)
        if "too large" in error.reason:
            most = f"it has more than {self.largest / 2**20:.0f} MiB (GONGKAI_FILE_SIZE)"
            error = Unreadable(address, most)
        self.refuse(error, None, "foreign" if isinstance(failure.value, OutOfScope) else None)

    def refuse(self, error: PageError, capture: Capture | None, state: str | None = None) -> None:
        with self.spider.kept():
            self.spider.archive.refuse_file(error, capture, state)


def called(name: str | None, url: str) -> str:
    """What a file goes by: the link's name if that says what it is, else the last part of its address."""
    last = unquote(PurePosixPath(urlsplit(url).path).name)
    return name if name and suffix(name) else last or name or ""


def refusal(url: str, response: Response) -> PageError | None:
    """Why the status of an answer says that it is no file."""
    if response.status == 200:
        return None
    said = f"the server answers {response.status}"
    if response.status in (404, 410):
        return Gone(url, said)
    return Blocked(url, said) if response.status in REFUSALS else Unreachable(url, said)


def excuse(url: str, response: Response, said: FileText) -> PageError | None:
    """Why a web page that came in place of a file is none: it says that the file is gone, or asks for a login."""
    if said.kind != "html":
        return None
    reading = extract(response)
    if reading.kind in ("gone", "blocked"):
        return problem_of(reading.kind, url, reading.problem)
    return Unreadable(url, said.problem or "a web page, no file") if said.status == "is_html" else None
