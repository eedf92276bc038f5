"""How a host is asked: one request at a time, its delay between two of them, later when it says so, and not at all
while it only refuses or fails. Other hosts go on meanwhile.

- The pause after an answer 429 or 5xx is what `Retry-After` asks (RFC 9110 §10.2.3: seconds or a date), or a back-off
  that doubles. A host that asks for more than `GONGKAI_PATIENCE` rests until the next run.
- So many refusals in a row (`GONGKAI_REFUSALS`), or failures (`GONGKAI_FAILURES`): the host rests until the next run.
- A host that answered in this run and cannot be reached any more is an outage: it is tried for some minutes.
- Several processes that crawl into one archive ask a host one after another, with its delay between them, and heed what
  it said to any of them (archive/leases.py).
- Where it is the network of this machine that is gone (outage.py), all wait, and nothing counts as a failure.

Refusals are reported, never evaded: no cookie is replayed, no script run, no header forged (platforms.md §19).
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.core.downloader import Slot
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
from scrapy.http import Response
from twisted.internet.error import ConnectError

from archive.database import Archive
from archive.leases import HostLease
from crawler.middlewares import GuardResolver, Middleware, OutOfScope, Resting
from crawler.outage import Outage
from crawler.readers import ReadStage

REFUSALS = frozenset({401, 403, 405, 412, 418, 429, 521})  # answers that refuse us, not the page
TROUBLE = frozenset({408, 429, 500, 502, 503, 504, 522, 524})  # answers that time may mend
UNREACHED = (CannotResolveHostError, DownloadConnectionRefusedError, ConnectError)
NO_ANSWER = (*UNREACHED, DownloadFailedError, DownloadTimeoutError, ResponseDataLossError)
OUTAGE = 8  # tries while a host is gone that answered before: three minutes, with pauses that double
LONGEST_BACK_OFF = 60.0
GLANCE = 0.2  # seconds between two looks at whether the run is to end
NEVER = float("-inf")


@dataclass(slots=True)
class Host:
    """What this run knows of one host. Times in seconds of `time.monotonic()`; counts are in a row."""

    name: str
    lease: HostLease | None  # None: no archive, and nobody to share a host with
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)
    asked: float = NEVER  # last, or when that was answered
    told: float = NEVER  # until when it asked to be left alone
    quiet_until: float = NEVER
    answered: bool = False
    refusals: int = 0
    failures: int = 0
    rests: str | None = None  # why it is not asked any more in this run

    def take(self, longest: float) -> bool:
        """Try to have it before other processes do, and learn what they know of it. What a machine noted before it was
        started anew means nothing."""
        if self.lease is None:
            return True
        if not self.lease.take():
            return False
        (asked, told), now = self.lease.times, time.monotonic()
        self.asked = max(self.asked, asked if asked <= now else NEVER)
        self.quiet_until = max(self.quiet_until, told if told <= now + longest else NEVER)
        return True

    def ask(self) -> None:
        """It is asked now; let other processes know."""
        self.asked = time.monotonic()
        if self.lease is not None:
            self.lease.times = self.asked, self.told

    def release(self) -> None:
        if self.lease is not None:
            self.lease.release()


class Patience(Middleware):
    """Replaces Scrapy's retry, which tries again at once and never looks at `Retry-After`."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        settings = crawler.settings
        self.tries = settings.getint("RETRY_TIMES")
        self.refusals, self.failures = settings.getint("GONGKAI_REFUSALS"), settings.getint("GONGKAI_FAILURES")
        self.longest, self.back_off = settings.getfloat("GONGKAI_PATIENCE"), settings.getfloat("GONGKAI_BACK_OFF")
        self.hosts: dict[str, Host] = {}
        self.outage = Outage()

    def of(self, request: Request) -> Host:
        name = urlsplit(request.url).netloc
        if name not in self.hosts:
            self.hosts[name] = Host(name, self.archive.host(name) if self.archive else None)
        return self.hosts[name]

    @property
    def archive(self) -> Archive | None:
        """What a crawl writes into; `gongkai read URL` and its like write nothing."""
        return getattr(self.spider, "archive", None)

    @property
    def crowded(self) -> bool:
        """May other processes ask the same hosts?"""
        return self.archive is not None and self.archive.crowded

    @property
    def ending(self) -> bool:
        """Has somebody asked the run to end, or can the archive not be written any more?"""
        return not self.crawler.crawling or getattr(self.spider, "broken", None) is not None

    # --- before a request -------------------------------------------------------------------------------------------

    def process_request(self, request: Request) -> None:
        if reason := self.of(request).rests:
            raise Resting(f"{urlsplit(request.url).netloc} rests until the next run: {reason}")

    @asynccontextmanager
    async def turn(self, request: Request) -> AsyncIterator[None]:
        """Inside, the host may be asked, and nobody else asks it. Entered by the handler that downloads, so a host that
        waits holds up no other; Scrapy's own delay counts from when it let a request go, not from when we asked, and
        without a delay it lets all of them go at once."""
        host, slot = self.of(request), self.crawler.engine.downloader.slots[request.meta["download_slot"]]
        async with host.asking:
            if stage := self.crawler.get_item_pipeline(ReadStage):
                await stage.readers.free()
            try:
                with self.outage.waiting(host.answered):
                    await self.wait(host, slot)
                if self.ending:
                    self.hurry()
                    raise Resting("not asked any more: the run ends")
                self.process_request(request)  # it may have come to rest while this waited
                host.ask()
                try:
                    yield
                finally:
                    host.ask()  # its delay counts from its answer: how long a request is under way nobody knows
            finally:
                host.release()

    async def wait(self, host: Host, slot: Slot) -> None:
        """Until it is this request's turn at its host, and this process's; or there is no use in waiting. Others are
        let in while the host's delay passes."""
        while not self.ending and not host.rests:
            taken = host.take(self.longest)
            wait = max(host.asked + slot.delay, host.quiet_until) - time.monotonic()
            if taken and wait <= 0:
                wait = self.outage.wait(host.answered)
            if taken and wait <= 0:
                return
            host.release()
            await asyncio.sleep(min(wait, GLANCE) if taken else GLANCE)

    def hurry(self) -> None:
        """What waits is not asked any more, so it need not wait."""
        for slot in self.crawler.engine.downloader.slots.values():
            slot.delay = 0.0

    # --- after it: the handler says at once what came, before the next request of the host has its turn ---------------

    def heard(self, request: Request, response: Response) -> None:
        """The host answered."""
        host = self.of(request)
        host.answered = True
        self.outage.heard()
        host.refusals = host.refusals + 1 if response.status in REFUSALS else 0
        if host.refusals >= self.refusals:
            host.rests = f"it refused {host.refusals} times in a row, last with {response.status}"
        if response.status not in TROUBLE:
            host.failures = 0
            return
        asked = retry_after((response.headers.get(b"Retry-After") or b"").decode("latin-1"), datetime.now(UTC))
        if asked is not None and asked > self.longest:
            host.rests = f"it asked to be left alone for {asked:.0f} s"
        self.leave(host, asked or 0.0)

    def unheard(self, request: Request, error: Exception) -> None:
        """The host did not answer, or not with HTTP."""
        host = self.of(request)
        refused = (urlsplit(request.url).hostname or "") in GuardResolver.refused
        if isinstance(error, (*UNREACHED, DownloadTimeoutError)) and not refused:
            self.outage.unheard(host.name)
        if isinstance(error, NO_ANSWER) and not self.outage.lasts:
            self.leave(host, 0.0)

    def leave(self, host: Host, asked: float) -> None:
        """The host is left alone: as long as it asks, or as the number of its failures suggests."""
        host.failures += 1
        pause = min(self.back_off * 2 ** min(host.failures - 1, 10), LONGEST_BACK_OFF) * random.uniform(1, 1.25)
        if asked <= self.longest:  # else it rests, until the next run
            host.told = time.monotonic() + asked
        host.quiet_until = max(host.told, time.monotonic() + min(pause, self.longest))
        if host.failures >= self.failures:
            host.rests = host.rests or f"it failed {host.failures} times in a row"

    # --- once more? ---------------------------------------------------------------------------------------------------

    def process_response(self, request: Request, response: Response) -> Request | Response:
        if response.status not in TROUBLE or self.spider.replay:
            return response
        return self.again(request, self.tries) or response

    def process_exception(self, request: Request, exception: Exception) -> Request | None:
        name, host = urlsplit(request.url).hostname or "", self.of(request)
        if isinstance(exception, CannotResolveHostError) and name in GuardResolver.refused:
            raise OutOfScope(GuardResolver.refused[name])
        if not isinstance(exception, NO_ANSWER):
            return None
        if self.outage.lasts and host.answered and self.outage.seconds < self.longest:
            return once_more(request)
        gone = isinstance(exception, UNREACHED)
        again = self.again(request, OUTAGE if gone and host.answered else self.tries)
        if again is None and gone:
            host.rests = host.rests or "it cannot be reached"
        return again

    def again(self, request: Request, tries: int) -> Request | None:
        """The request once more, if it was not tried too often and its host does not rest."""
        tried = request.meta.get("retry_times", 0)
        if tried >= tries or self.of(request).rests:
            return None
        return once_more(request, retry_times=tried + 1)


def once_more(request: Request, **meta: Any) -> Request:
    repeated: Request = request.replace(dont_filter=True)
    repeated.meta.update(meta)
    return repeated


def retry_after(value: str, now: datetime) -> float | None:
    """Seconds that the header asks for; None where it says nothing that can be understood, or lies in the past.

    >>> from datetime import datetime, UTC
    >>> now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    >>> retry_after("120", now), retry_after("Fri, 20 Nov 2026 12:01:00 GMT", now), retry_after("soon", now)
    (120.0, 60.0, None)
    """
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value[:12])
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):  # the last: a year of eleven digits
        return None
    seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
    return seconds if seconds > 0 else None
