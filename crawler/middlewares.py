"""What stands between the spiders and the network, in the order of settings.py:

Guard (scope, schemes, ports) · Challenge (rests a host that refuses) · Robots (RFC 9309) · Record (every response, as
received, into the WARC) · Replay (answers from a recording). `GuardResolver` refuses private addresses underneath.
Each refusal is raised as the `PageError` it means, so that the spider's errback can write it into the ledger.
"""

from __future__ import annotations

import hashlib
import ipaddress
import logging
from asyncio import Future, get_running_loop
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from http.client import responses as REASONS
from typing import Any, ClassVar
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.resolver import CachingThreadedResolver
from scrapy.responsetypes import responsetypes
from twisted.internet.defer import Deferred, fail
from twisted.internet.error import DNSLookupError

from archive.errors import Blocked, Unreachable
from archive.recording import Recording
from archive.records import Capture
from archive.warc import Request as Asked

log = logging.getLogger(__name__)


class Middleware:
    """Gives each of ours the crawler, as Scrapy's own have it."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Middleware:
        return cls(crawler)

    @property
    def spider(self) -> Any:
        return self.crawler.spider


class OutOfScope(IgnoreRequest):
    """A hop that would leave the site, or use what is no web address; its text is the reason."""


class Resting(IgnoreRequest):
    """The host refused too often: this page was not asked for and stays as it is in the ledger."""


class Guard(Middleware):
    """Looks at the URL of every request and every redirect, whatever `dont_filter` says (Scrapy's own off-site
    filter is bypassed by a retry)."""

    PORTS = frozenset({None, 80, 443, *range(8000, 9000)})

    def process_request(self, request: Request) -> None:
        reason = self.refusal(request)
        if reason:
            raise OutOfScope(f"{reason}: {request.url}")

    def refusal(self, request: Request) -> str | None:
        parts = urlsplit(request.url)
        hosts = request.meta.get("hosts")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return "not a web address"
        if parts.username or parts.password:
            return "an address with a user name in it"
        if hosts is not None and not within(parts.hostname, hosts):
            return "leaves the site"
        if parts.port not in self.PORTS and not private(parts.hostname):
            return f"port {parts.port}"
        return None


def within(host: str, hosts: Sequence[str]) -> bool:
    """Is the host one of these? `www.` makes no difference; `.example.gov.cn` stands for all below it.

    >>> within("www.fy.gov.cn", ["fy.gov.cn"]), within("zwgk.fy.gov.cn", [".fy.gov.cn"]), within("a.com", ["b.com"])
    (True, True, False)
    """
    bare = host.lower().removeprefix("www.")
    return any(
        bare == allowed.removeprefix("www.") or (allowed.startswith(".") and f".{bare}".endswith(allowed))
        for allowed in hosts
    )


class GuardResolver(CachingThreadedResolver):
    """Every name and every literal passes here (also 0x7f000001 or [::ffff:127.0.0.1]), so what is refused here is
    never connected to. `trusted` are the hosts of sites whose file says `private = true`."""

    trusted: ClassVar[set[str]] = set()

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> Deferred[str]:
        found: Deferred[str] = super().getHostByName(name, timeout)
        return found.addCallback(self._only_public, name)

    def _only_public(self, address: str, name: str) -> str | Deferred[str]:
        if name in self.trusted or ipaddress.ip_address(address).is_global:
            return address
        return fail(DNSLookupError(f"{name} is the private address {address}; only `private = true` allows that"))


def private(host: str) -> bool:
    """Is this host one that its site file calls private, as the bundled site on loopback?"""
    return host in GuardResolver.trusted


class Challenge(Middleware):
    """Counts refusals in a row by host, and lets a host rest that only refuses. Refusals are reported, never evaded:
    no cookie is replayed, no script run, no header forged (platforms.md §19)."""

    REFUSALS = frozenset({401, 403, 405, 412, 418, 429, 521})

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.limit = crawler.settings.getint("GONGKAI_REFUSALS")
        self.refusals: Counter[str] = Counter()

    def process_request(self, request: Request) -> None:
        host = urlsplit(request.url).netloc
        if self.refusals[host] >= self.limit:
            raise Resting(f"{host} refused {self.limit} times in a row and rests until the next run")

    def process_response(self, request: Request, response: Response) -> Response:
        host = urlsplit(request.url).netloc
        if response.status in self.REFUSALS:
            self.refusals[host] += 1
        else:
            self.refusals[host] = 0
        return response


class Robots(Middleware):
    """RFC 9309: 2xx is parsed, 4xx allows, and what cannot be reached (5xx, time-out, reset) forbids for this run.
    A recording has nobody to ask, so a replay asks nobody."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.rules: dict[str, Future[Protego | str]] = {}

    async def process_request(self, request: Request) -> None:
        if request.meta.get("robots") or self.spider.replay:
            return
        rules = await self.of(request)
        if isinstance(rules, str):
            raise Unreachable(request.url, rules)
        if not rules.can_fetch(request.url, self.crawler.settings["USER_AGENT"]):
            raise Blocked(request.url, "robots.txt disallows it")

    async def of(self, request: Request) -> Protego | str:
        parts = urlsplit(request.url)
        if parts.netloc not in self.rules:
            self.rules[parts.netloc] = get_running_loop().create_future()
            self.rules[parts.netloc].set_result(
                await self.fetch(f"{parts.scheme}://{parts.netloc}/robots.txt", request)
            )
        return await self.rules[parts.netloc]

    async def fetch(self, url: str, asker: Request) -> Protego | str:
        meta = {"robots": True, "hosts": asker.meta.get("hosts")}
        request = Request(url, meta=meta, priority=1000, callback=NO_CALLBACK)
        try:
            answer = await self.crawler.engine.download_async(request)
        except Exception as error:
            return f"robots.txt could not be fetched ({error}), so nothing may be asked"
        return rules_of(answer)


def rules_of(answer: Response) -> Protego | str:
    """What a robots.txt answer permits: rules, or the sentence why nothing may be asked."""
    if answer.status >= 500 or answer.status == 429:
        return f"robots.txt answers {answer.status}, so nothing may be asked"
    if not 200 <= answer.status < 300:
        return Protego.parse("")
    return Protego.parse(answer.body[: 512 * 1024].decode("utf-8-sig", "replace"))


class Record(Middleware):
    """Writes every response into the WARC as it came, before anything decompresses, follows or reads it; the
    capture travels on in `request.meta["capture"]`."""

    def process_response(self, request: Request, response: Response) -> Response:
        at = request.meta.get("fetched_at") or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        headers = [(k.decode("latin-1"), v.decode("latin-1")) for k, vs in response.headers.items() for v in vs]
        location = self.spider.archive.warc.append(
            url=request.url,
            status=response.status,
            reason=REASONS.get(response.status, ""),
            headers=headers,
            body=response.body,
            fetched_at=at,
            request=Asked(request.method, request.body),
        )
        request.meta["capture"] = Capture(
            url=request.meta.get("page", request.url),
            final_url=request.url,
            fetched_at=at,
            status=response.status,
            media_type=(response.headers.get(b"Content-Type") or b"").decode("latin-1"),
            payload=hashlib.sha256(response.body).hexdigest(),
            location=location,
        )
        return response


class Replay(Middleware):
    """With `--replay FILE` every request is answered from the recording, or fails with that as the reason; the
    network is never touched."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.recordings: list[Recording] | None = None

    def process_request(self, request: Request) -> Response | None:
        if not self.spider.replay:
            return None
        if self.recordings is None:
            self.recordings = [Recording(file) for file in self.spider.replay]
        for recording in self.recordings:
            found = recording.find(request.url)
            if found:
                request.meta["fetched_at"] = found.fetched_at
                kind = responsetypes.from_args(headers=None, url=request.url, body=found.body)
                return kind(request.url, status=found.status, headers=_multi(found.headers), body=found.body)
        raise Unreachable(request.url, f"not in the recording {', '.join(file.name for file in self.spider.replay)}")


def _multi(headers: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """Headers as Scrapy takes them: one key, all its values in order."""
    folded: dict[str, list[str]] = {}
    for name, value in headers:
        folded.setdefault(name, []).append(value)
    return folded
