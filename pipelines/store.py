"""The last step: one reading, with its capture, into the archive in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scrapy.crawler import Crawler

from archive.database import Archive
from archive.errors import ArchiveError, Blocked, Gone, PageError, Unreachable, Unreadable
from archive.records import Kind
from pipelines.draft import Draft
from pipelines.kinds import SAYS

# Why a page that is no document is none, as an error: a kind leads to exactly one state of the ledger.
ERRORS: Mapping[Kind, type[PageError]] = {
    "gone": Gone,
    "blocked": Blocked,
    "listing": Unreadable,  # a listing where a document was expected
    "redirect": Unreadable,  # leads nowhere, or further than we follow
    "shell": Unreadable,  # needs a browser
    "unreadable": Unreadable,
}


def problem_of(kind: Kind, url: str, problem: str | None, status: int = 200) -> PageError | None:
    """The error that a kind of page means; None for a document. A server that fails (5xx) is unreachable, whatever
    its error page looks like, unless it refuses; and so is one whose page says that it is being mended, with status
    200: asked later, it has the document."""
    if status >= 500 and kind != "blocked":
        return Unreachable(url, f"the server answers {status}")
    if kind == "unreadable" and problem and problem.startswith(SAYS):
        return Unreachable(url, problem)
    error = ERRORS.get(kind)
    return error(url, problem or f"a {kind}, no document") if error else None


def store(draft: Draft, archive: Archive) -> None:
    """Writes one draft: a document is archived; anything else keeps its capture, and its state says why.

    Raises `ArchiveError` when the archive can no longer be written."""
    reading, capture = draft.made, draft.capture
    error = problem_of(reading.kind, draft.url, reading.problem, draft.response.status)
    if error is not None:
        archive.refuse(draft.url, error, capture, reading, draft.site)
    elif capture is not None and draft.hashes is not None:
        stored = archive.store(capture, reading, draft.hashes, draft.site, draft.ahead)
        if draft.file is not None and stored.document:  # the page is the file: it is not asked for a second time
            archive.keep_file(capture, draft.file.sha256, draft.file)


class StoreStage:
    """Scrapy's stage of this step. A redirect or a list that somebody asked for goes back to the spider first; an
    archive that cannot be written ends the crawl: nothing more can be kept, so nothing more is asked."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.pages = 0  # that came to here

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> StoreStage:
        return cls(crawler)

    def process_item(self, item: Draft) -> Draft:
        spider: Any = self.crawler.spider
        self.pages += 1
        try:
            if not spider.onward(item):
                store(item, spider.archive)
        except (ArchiveError, OSError) as error:
            spider.stop(error)
        return item
