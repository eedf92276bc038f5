"""Fetches a few pages for a person who asks (`read URL`, `add`, `check --live`, `golden URL`): polite, guarded, and
archiving nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from scrapy import Request, Spider
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response
from scrapy.settings import Settings
from twisted.python.failure import Failure

from archive.errors import GongkaiError, UsageError
from archive.records import Ask
from crawler import middlewares


def settings(**changes: Any) -> Settings:
    """crawler/settings.py, with changes for this run."""
    made = Settings()
    made.setmodule("crawler.settings")
    made.setdict(changes, priority="cmdline")
    return made


Result = TypeVar("Result")


class FetchSpider(Spider):
    """Asks, keeps the answers in order, reads nothing."""

    name = "fetch"
    replay: tuple[Path, ...] = ()

    def __init__(self, asks: Sequence[Ask], answers: list[Response | str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.asks, self.answers = asks, answers

    async def start(self) -> AsyncIterator[Request]:
        for place, ask in enumerate(self.asks):
            yield self.request(ask, place)

    def request(self, ask: Ask, place: int) -> Request:
        return Request(
            ask.url,
            method=ask.method,
            body=ask.body,
            headers=dict(ask.headers),
            meta={"place": place, "state": dict(ask.state), "handle_httpstatus_all": True, "browser": ask.browser},
            callback=self.keep,
            errback=self.keep_failure,
            dont_filter=True,
        )

    def keep(self, response: Response) -> Iterator[Request]:
        return self.kept(response.meta["place"], response)

    def keep_failure(self, failure: Failure) -> Iterator[Request]:
        reason = str(failure.value) or type(failure.value).__name__
        return self.kept(failure.request.meta["place"], reason)  # type: ignore[attr-defined]

    def kept(self, place: int, answer: Response | str) -> Iterator[Request]:
        self.answers[place] = answer
        yield from ()


class TalkSpider(FetchSpider):
    """Holds a conversation: each answer decides what is asked next."""

    name = "talk"

    def __init__(self, talk: Generator[Ask, Response | str, Any], said: list[Any], **kwargs: Any) -> None:
        super().__init__([], [], **kwargs)
        self.talk, self.said = talk, said

    async def start(self) -> AsyncIterator[Request]:
        for request in self.kept(0, None):
            yield request

    def kept(self, place: int, answer: Response | str | None) -> Iterator[Request]:
        try:
            yield self.request(self.talk.send(answer), place + 1)  # type: ignore[arg-type]
        except StopIteration as end:
            self.said.append(end.value)
        except GongkaiError as error:
            self.said.append(error)


def fetch(asks: Sequence[Ask]) -> list[Response | str]:
    """The answer to each ask, or the sentence why there is none. The hosts are trusted, private ones too: a person
    named them. One run per process: Twisted starts once."""
    for ask in asks:
        trust(ask.url)
    answers: list[Response | str] = ["was not answered"] * len(asks)
    run(FetchSpider, asks=asks, answers=answers)
    return answers


def converse(url: str, talk: Generator[Ask, Response | str, Result], **changes: Any) -> Result:
    """What a conversation (crawler/draft.py) comes to when the network answers. Only the host of `url` is trusted:
    where its pages lead is theirs to say. Raises what the conversation raises. One run per process."""
    trust(url)
    said: list[Any] = []
    run(TalkSpider, talk=talk, said=said, changes=changes)
    if not said:
        raise UsageError(f"{url}: interrupted before there was an answer")
    if isinstance(said[0], Exception):
        raise said[0]
    result: Result = said[0]
    return result


def trust(url: str) -> None:
    """A person named this address: its host may be a private one. Raises `UsageError`."""
    if urlsplit(url).scheme not in ("http", "https"):
        raise UsageError(f"{url}: not an address that begins with http:// or https://")
    middlewares.trust(url)


def run(spider: type[Spider], changes: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
    bare = {"crawler.middlewares.Record": None, "crawler.middlewares.Replay": None}
    made = settings(ITEM_PIPELINES={}, LOG_LEVEL="ERROR", **(changes or {}))
    made["DOWNLOADER_MIDDLEWARES"].update(bare, priority="cmdline")
    scrapy = CrawlerProcess(made)
    scrapy.crawl(spider, **kwargs)
    scrapy.start()
