"""The real walker over a stand-in without a network: what the spider would do, one request after another."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from scrapy import Request
from scrapy.http import HtmlResponse, Response

from archive.database import Archive
from archive.errors import PageError
from archive.records import Channel, Site
from crawler.spiders.pages import PagesSpider, hosts_of
from crawler.walk import Walker, Wishes
from tests import loopback
from tests.loopback import Answer
from tests.stand_ins import Held, StandIn, documents

Answerer = Callable[[loopback.Request], Answer]
AT_WILL = Wishes()


class Steps:
    """Stands in for the spider: asks for listing pages, and notes which documents it would have fetched."""

    def __init__(self, archive: Archive, answer: Answerer) -> None:
        self.archive, self.answer = archive, answer
        self.walker = Walker(archive, self)
        self.fetched: list[str] = []
        self.asked = 0

    def crawl(self, channel: Channel, wishes: Wishes = AT_WILL) -> int:
        """One crawl of a channel, to its end; gives how many listing pages it asked for."""
        site = Site(channel.site, channel.site, channel.url, channel.cms, (channel,))
        self.archive.enrol(site)
        before, waiting = self.asked, deque([self.walker.start(channel, hosts_of(site), wishes)])
        while waiting:
            request = waiting.popleft()
            if request is not None and "course" in request.meta:
                waiting.extend(self._answered(request))
        return self.asked - before

    def _answered(self, request: Request) -> Iterator[Request]:
        return self.walker.on_listing(self.response(request))

    def response(self, request: Request) -> Response:
        """What the site answers now."""
        self.asked += 1
        headers = {name.decode(): b",".join(values).decode() for name, values in request.headers.items()}
        answer = self.answer(loopback.Request.of(request.url, request.method, request.body, headers))
        return HtmlResponse(
            request.url, status=answer.status, headers=dict(answer.headers), body=answer.body, request=request
        )

    # --- what the walker asks of its spider -----------------------------------------------------------------------

    def fetch(self, url: str, site: str, hosts: tuple[str, ...], **meta: Any) -> Request:
        self.fetched.append(url)
        return Request(url, meta={"page": url})

    def on_listing(self, response: Response) -> Iterator[Request]:
        return self.walker.on_listing(response)

    def on_listing_failure(self, failure: Any) -> None:
        raise AssertionError(failure)

    def problem_of(self, response: Response) -> PageError | None:
        return PagesSpider.problem_of(self, response)  # type: ignore[arg-type]

    def is_document(self, response: Response) -> bool:
        return PagesSpider.is_document(self, response)  # type: ignore[arg-type]


@dataclass
class Drift:
    """A stand-in whose list changes between two requests, so many times in all; then it holds still."""

    stand_in: StandIn
    rnd: random.Random
    kinds: tuple[str, ...]
    left: int
    chance: float = 0.5
    happened: list[str] = field(default_factory=list)
    past: list[tuple[Held, ...]] = field(default_factory=list)

    def answer(self, request: loopback.Request) -> Answer:
        """What the site answers now, after something happened to it, or not."""
        kind = self.rnd.choice(self.kinds) if self.left and self.rnd.random() < self.chance else None
        self.past.append(self.stand_in.all)
        if kind is None:
            return self.stand_in.answer(request)
        self.left -= 1
        self.happened.append(kind)
        if kind == "empty":
            return Answer.html("<html><body><ul class='list'></ul></body></html>")
        if kind == "cached":
            return self._as_of(self.rnd.choice(self.past[-4:]), request)
        self._hold(getattr(self, f"_{kind}")(list(self.stand_in.all)))
        return self.stand_in.answer(request)

    def _as_of(self, then: tuple[Held, ...], request: loopback.Request) -> Answer:
        now = self.stand_in.all
        self._hold(list(then))
        answer = self.stand_in.answer(request)
        self._hold(list(now))
        return answer

    def _hold(self, entries: list[Held]) -> None:
        self.stand_in.all, self.stand_in.count = tuple(entries), len(entries)

    def _new(self, entries: list[Held], many: int) -> list[Held]:
        newest = max(held.number for then in self.past for held in then)
        return [held for held in documents(newest + many) if held.number > newest]

    def _publish(self, entries: list[Held]) -> list[Held]:
        return self._new(entries, self.rnd.choice([1, 2, self.stand_in.size])) + entries

    def _insert(self, entries: list[Held]) -> list[Held]:
        entries[self.rnd.randrange(len(entries)) : 0] = self._new(entries, 1)
        return entries

    def _remove(self, entries: list[Held]) -> list[Held]:
        first = self.rnd.randrange(len(entries) - 3)
        del entries[first : first + self.rnd.choice([1, 2])]
        return entries

    def _reorder(self, entries: list[Held]) -> list[Held]:
        entries.insert(self.rnd.randrange(len(entries)), entries.pop(self.rnd.randrange(len(entries))))
        return entries
