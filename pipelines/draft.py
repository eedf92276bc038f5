"""A reading in the making: what passes through the steps, one after the other."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scrapy.http import Response

from archive.records import Ahead, Attachment, Capture, Entry, File, Hashes, Reading

if TYPE_CHECKING:
    from pipelines.body import Body
    from pipelines.html import Page
    from pipelines.index import Stated

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Draft:
    """One response on its way to a reading. `url` is the ledger's, which a redirect may have left; `entry` the listing
    row that led here. Every step fills in what it is named for; `reading` is there once the kind is known. `ahead` is
    filled in by a reader of crawler/readers.py only; without one it is done when the document is stored, or later."""

    response: Response
    url: str
    site: str | None = None
    capture: Capture | None = None
    entry: Entry | None = None
    page: Page | None = None
    stated: Stated | None = None
    body: Body | None = None
    attachments: tuple[Attachment, ...] = ()
    file: File | None = None  # where the page itself is one
    reading: Reading | None = None
    hashes: Hashes | None = None
    ahead: Ahead | None = None

    @property
    def made(self) -> Reading:
        """The finished reading."""
        assert self.reading is not None, "the steps have not been run"
        return self.reading

    def take(self, step: Callable[[Draft], None]) -> Draft:
        """Run a step. One page must not stop a crawl: what a step cannot do makes the page unreadable, with why."""
        if self.reading is None or self.reading.kind == "document":
            try:
                step(self)
            except Exception as error:
                log.error("%s: the extractor failed; please report this page", self.url)
                log.debug("in %s", step, exc_info=True)
                problem = f"the extractor failed: {type(error).__name__}: {error}"
                self.reading = Reading("unreadable", self.response.url, "", problem=problem)
        return self

    def bare(self) -> Draft:
        """Without the tree, which no other process could take over."""
        response = self.response.replace(body=b"")
        return replace(self, response=response, page=None, stated=None, body=None)
