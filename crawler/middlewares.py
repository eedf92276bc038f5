"""What stands between the spiders and the network, in the order of settings.py:

Guard (scope, schemes, ports, traps) · Robots (robots.py) · Patience (patience.py) · Record (every response, as it was
received, into the WARC) · Replay (answers from a recording). `GuardResolver` refuses private addresses underneath.
Whatever is refused reaches the errback of the spider, which writes the reason into the ledger.
"""

from __future__ import annotations

import hashlib
import ipaddress
import shutil
import zlib
from collections import Counter
from collections.abc import Sequence
from http.client import responses as REASONS
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.resolver import CachingThreadedResolver
from scrapy.responsetypes import responsetypes
from twisted.internet.defer import Deferred, fail
from twisted.internet.error import DNSLookupError

from archive.errors import ArchiveError, Unreachable
from archive.identity import without_user
from archive.ledger import now
from archive.recording import Recording
from archive.records import Capture
from archive.warc import Request as Asked

CHUNK = 1 << 20  # bytes that are decompressed at a time, to see where they end


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
    """The host refuses or fails too often, or the run ends: this page was not asked for and stays as it is in the
    ledger."""


# --- where the crawler may go ----------------------------------------------------------------------------------------

PORTS = frozenset({80, 443, *range(8000, 9000)})
SEGMENTS, REPEATS = 20, 2  # of a path: more of them, or one word more often, is a trap (/a/b/a/b/a/b/)


def trust(url: str) -> None:
    """A person or a site file with `private = true` names this address: its host may be private, its port odd."""
    parts = urlsplit(url)
    GuardResolver.trusted.add(parts.hostname or "")
    if parts.port is not None:
        Guard.ports.add(parts.port)


class Guard(Middleware):
    """Looks at the URL of every request and every redirect, whatever `dont_filter` says (Scrapy's own off-site
    filter is bypassed by a retry). `ports` are those allowed, with those of addresses that were named."""

    ports: ClassVar[set[int]] = set(PORTS)

    def process_request(self, request: Request) -> None:
        reason = refusal(request.url, request.meta.get("hosts"))
        if reason:
            raise OutOfScope(f"{reason}: {without_user(request.url)}")


def refusal(url: str, hosts: Sequence[str] | None = None) -> str | None:
    """Why an address is not asked for, None if it may be. `hosts` are those of its site; None: any."""
    try:
        parts, port = urlsplit(url), urlsplit(url).port
    except ValueError:
        return "not a web address"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return "not a web address"
    if parts.username or parts.password:
        return "an address with a user name in it"
    if hosts is not None and not within(parts.hostname, hosts):
        return "leaves the site"
    if port is not None and port not in Guard.ports:
        return f"port {port}"
    words = Counter(word for word in parts.path.split("/") if word and not word.isdigit())
    if parts.path.count("/") > SEGMENTS or (words and words.most_common(1)[0][1] > REPEATS):
        return "a trap: its path repeats itself or does not end"
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


def led_here(request: Request, page: str) -> Request:
    """The request with its `Referer`, as a browser says where a link stood: within one origin, since other sites are
    not told where we were."""
    if request.url.split("/", 3)[:3] == page.split("/", 3)[:3]:
        request.headers.setdefault("Referer", page)
    return request


class Redirect(RedirectMiddleware):
    """Scrapy's, which would complain that its middleware for `Referer` is off. The next hop is sent none."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Redirect:
        made = cls(crawler.settings)
        made.crawler = crawler
        return made


class GuardResolver(CachingThreadedResolver):
    """Every name and every literal passes here (also 0x7f000001 or [::ffff:127.0.0.1]), so what is refused here is
    never connected to. `trusted` are hosts that may be private; `refused` says why others were refused, since Twisted
    loses the reason on its way up."""

    trusted: ClassVar[set[str]] = set()
    refused: ClassVar[dict[str, str]] = {}

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> Deferred[str]:
        found: Deferred[str] = super().getHostByName(name, timeout)
        return found.addCallback(self._only_public, name)

    def _only_public(self, address: str, name: str) -> str | Deferred[str]:
        if name in self.trusted or public(address):
            return address
        self.refused[name] = f"{name} is the private address {address}; only `private = true` allows that"
        return fail(DNSLookupError(self.refused[name]))


def public(address: str) -> bool:
    """Is this an address of the public internet? Not private, loopback, link-local, reserved or multicast, nor an
    IPv6 address that wraps such an IPv4 address.

    >>> public("1.1.1.1"), public("169.254.169.254"), public("224.0.0.1"), public("::ffff:10.0.0.1")
    (True, False, False, False)
    """
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address):
        wrapped = found.ipv4_mapped or found.sixtofour or (found.teredo or (None, None))[1]
        if wrapped is not None:
            return public(str(wrapped))
    return found.is_global and not found.is_multicast


# --- the record ------------------------------------------------------------------------------------------------------


# Content coding → `wbits` of zlib. Where servers say deflate, many send it without the head of zlib.
WBITS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


def breaks_off(body: bytes, coding: str, most: int) -> bool:
    """Does a compressed body end before its end? Scrapy takes what there is of it for the whole page. What is more
    than `most` bytes decompressed is not looked at further.

    >>> import gzip
    >>> breaks_off(gzip.compress(b"text"), "gzip", 99), breaks_off(gzip.compress(b"text")[:-9], "gzip", 99)
    (False, True)
    """
    wbits = WBITS.get(coding, 0)
    if not wbits or (wbits == 31 and not body.startswith(b"\x1f\x8b")):
        return False
    inflate, given = zlib.decompressobj(wbits if wbits == 31 or body[:1] == b"\x78" else -15), 0
    try:
        while not inflate.eof and given <= most:
            got = inflate.decompress(inflate.unconsumed_tail if given else body, CHUNK)
            if not got:
                return True
            given += len(got)
    except zlib.error:
        return False  # damaged, not cut: what it holds is judged by its reading
    return False


def enough_room(folder: Path, least: int) -> None:
    """Raises `ArchiveError` when fewer bytes than that are free: better to stop early than on a half-written page."""
    free = shutil.disk_usage(folder).free
    if free < least:
        raise ArchiveError(f"{folder}: only {free / 2**20:.0f} MiB are free, and a crawl stops below "
                           f"{least / 2**20:.0f} (GONGKAI_FREE); free some space and run it again.")  # fmt: skip


class Record(Middleware):
    """Writes every response into the WARC as it came, before anything decompresses, follows or reads it; the
    capture travels on in `request.meta["capture"]`. An answer that breaks off is recorded as such and not read."""

    def process_response(self, request: Request, response: Response) -> Response:
        coding = (response.headers.get(b"Content-Encoding") or b"").decode("latin-1").strip().lower()
        cut = breaks_off(response.body, coding, self.crawler.settings.getint("DOWNLOAD_MAXSIZE"))
        try:
            enough_room(self.spider.archive.folder, self.crawler.settings.getint("GONGKAI_FREE"))
            request.meta["capture"] = self.recorded(request, response, "disconnect" if cut else None)
        except (ArchiveError, OSError) as error:
            self.spider.stop(error)
            raise Resting("the archive cannot be written") from error
        if cut:
            raise Unreachable(request.url, "the compressed answer breaks off")
        return response

    def recorded(self, request: Request, response: Response, truncated: str | None) -> Capture:
        """The answer, written down. The very bytes of a `lost` capture (crawler/mend.py) bear its date, and their own
        beside it."""
        at, received = request.meta.get("fetched_at") or now(), None
        payload, lost = hashlib.sha256(response.body).hexdigest(), request.meta.get("lost")
        if lost and (lost.final_url, lost.payload, lost.status) == (request.url, payload, response.status):
            at, received = lost.fetched_at, at
        headers = [(k.decode("latin-1"), v.decode("latin-1")) for k, vs in response.headers.items() for v in vs]
        location = self.spider.archive.warc.append(
            url=request.url,
            status=response.status,
            reason=REASONS.get(response.status, ""),
            headers=headers,
            body=response.body,
            fetched_at=at,
            request=Asked(request.method, request.body),
            truncated=truncated,
            unchanged_since=request.meta.get("since") if response.status == 304 else None,
            asked_by=request.meta.get("asked_by"),
            received=received,
        )
        return Capture(
            url=request.meta.get("page", request.url),
            final_url=request.url,
            fetched_at=at,
            status=response.status,
            media_type=(response.headers.get(b"Content-Type") or b"").decode("latin-1"),
            payload=payload,
            location=location,
        )


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
            found = recording.find(request.url, Asked(request.method, request.body))
            if found:
                got, request.meta["fetched_at"] = found
                kind = responsetypes.from_args(headers=None, url=request.url, body=got.body)
                return kind(request.url, status=got.status, headers=_multi(got.headers), body=got.body)
        raise Unreachable(request.url, f"not in the recording {', '.join(file.name for file in self.spider.replay)}")


def _multi(headers: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """Headers as Scrapy takes them: one key, all its values in order."""
    folded: dict[str, list[str]] = {}
    for name, value in headers:
        folded.setdefault(name, []).append(value)
    return folded
