"""The last step: one reading, with its capture, into the archive in one transaction."""

from __future__ import annotations

from collections.abc import Mapping

from scrapy.crawler import Crawler

from archive.errors import ArchiveError, Blocked, Gone, PageError, Unreachable, Unreadable
from archive.records import Kind
from pipelines import Draft

# Why a page that is no document is none, as an error: a kind leads to exactly one state of the ledger.
ERRORS: Mapping[Kind, type[PageError]] = {
    "gone": Gone,
    "blocked": Blocked,
    "listing": Unreadable,  # a listing where a document was expected
    "redirect": Unreadable,  # leads nowhere, or further than we follow
    "shell": Unreadable,  # needs a browser
    "unreadable": Unreadable,
}


def problem_of(kind: Kind, url: str, problem: str | None) -> PageError | None:
    """The error that a kind of page means; None for a document."""
    error = ERRORS.get(kind)
    return error(url, problem or kind) if error else None


def store(draft: Draft, archive: object) -> None:
    """Writes one draft. A document is archived; anything else keeps its capture, and its state says why.

    Raises `ArchiveError` when the archive can no longer be written."""
    reading = draft.reading
    status = draft.response.status
    error = problem_of(reading.kind, draft.url, reading.problem)
    if status >= 500 and not isinstance(error, Blocked):
        error = Unreachable(draft.url, f"status {status}")
    if error:
        archive.refuse(draft.url, error, draft.capture, reading, draft.site)
    else:
        archive.store(draft.capture, reading, draft.hashes, draft.site)


class StoreStage:
    """Scrapy's stage of this step."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> StoreStage:
        return cls(crawler)

    def process_item(self, item: Draft) -> Draft:
        spider = self.crawler.spider
        try:
            store(item, spider.archive)
        except (ArchiveError, OSError) as error:  # no room, no disk: nothing more can be kept, so nothing more is asked
            spider.broken = spider.broken or error
            self.crawler.engine.close_spider(spider, "archive")
        return item
