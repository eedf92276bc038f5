"""Fetches a few pages for a person who asks (`read URL`, `add`, `check --live`, `golden URL`): polite, guarded, and
archiving nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request, Spider
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response
from scrapy.settings import Settings
from twisted.python.failure import Failure

from archive.errors import UsageError
from archive.records import Ask
from crawler.middlewares import GuardResolver


def settings(**changes: Any) -> Settings:
    """crawler/settings.py, with changes for this run."""
    made = Settings()
    made.setmodule("crawler.settings")
    made.setdict(changes, priority="cmdline")
    return made


class FetchSpider(Spider):
    """Asks, keeps the answers in order, reads nothing."""

    name = "fetch"
    replay: tuple[Path, ...] = ()

    def __init__(self, asks: Sequence[Ask], answers: list[Response | str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.asks, self.answers = asks, answers

    async def start(self) -> AsyncIterator[Request]:
        for place, ask in enumerate(self.asks):
            yield Request(
                ask.url,
                method=ask.method,
                body=ask.body,
                headers=dict(ask.headers),
                meta={"place": place, "state": dict(ask.state)},
                callback=self.keep,
                errback=self.keep_failure,
                dont_filter=True,
            )

    def keep(self, response: Response) -> None:
        self.answers[response.meta["place"]] = response

    def keep_failure(self, failure: Failure) -> None:
        reason = str(failure.value) or type(failure.value).__name__
        self.answers[failure.request.meta["place"]] = reason  # type: ignore[attr-defined]


def fetch(asks: Sequence[Ask]) -> list[Response | str]:
    """The answer to each ask, or the sentence why there is none. The hosts are trusted, private ones too: a person
    named them. One run per process: Twisted starts once."""
    for ask in asks:
        if urlsplit(ask.url).scheme not in ("http", "https"):
            raise UsageError(f"{ask.url}: not an address that begins with http:// or https://")
        GuardResolver.trusted.add(urlsplit(ask.url).hostname or "")
    answers: list[Response | str] = ["was not answered"] * len(asks)
    bare = {"crawler.middlewares.Record": None, "crawler.middlewares.Replay": None}
    made = settings(ITEM_PIPELINES={}, LOG_LEVEL="ERROR")
    made["DOWNLOADER_MIDDLEWARES"].update(bare, priority="cmdline")
    scrapy = CrawlerProcess(made)
    scrapy.crawl(FetchSpider, asks=asks, answers=answers)
    scrapy.start()
    return answers
