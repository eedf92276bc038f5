"""Scrapy's HTTP handler, with what it lacks: a bound on headers, a turn at the host (crawler/patience.py), and one
connection to it between all processes of an archive; and its decompression, which keeps no bombs.

Scrapy has no public hook for the first, so private classes of it are taken up here; pyproject.toml pins its version.
"""

from __future__ import annotations

import traceback
from typing import Any

from scrapy import Request, Spider
from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _LenientHTTPClientParser,
)
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from crawler.patience import Patience

HEADER_BYTES, HEADER_LINES = 256 * 1024, 1_000  # 400 MB of headers became 589 MB of memory with none


class TooManyHeaders(ValueError):
    """More header lines, or bytes of them, than any honest server sends."""


class _Parser(_LenientHTTPClientParser):
    lines = heard = 0

    def lineReceived(self, line: bytes) -> None:
        self.lines, self.heard = self.lines + 1, self.heard + len(line)
        if self.lines > HEADER_LINES or self.heard > HEADER_BYTES:
            raise TooManyHeaders(f"more than {HEADER_LINES} header lines or {HEADER_BYTES} bytes of them")
        super().lineReceived(line)


class _Line(_LenientHTTP11ClientProtocol):
    def request(self, request: Any) -> Any:
        answer = super().request(request)
        self._parser.__class__ = _Parser
        return answer


class _Lines(_LenientHTTP11ClientFactory):
    def buildProtocol(self, addr: Any) -> _Line:
        return _Line(self._quiescentCallback)  # type: ignore[no-untyped-call]


class Handler(HTTP11DownloadHandler):
    """Downloads for http and https."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool._factory = _Lines
        self.crawler = crawler

    async def download_request(self, request: Request) -> Response:
        patience = self.crawler.get_downloader_middleware(Patience)
        assert patience is not None, "settings.py names it"
        async with patience.turn(request):
            self.keep_alive(not patience.crowded)
            try:
                response: Response = await super().download_request(request)
            except Exception as error:
                patience.unheard(request, error)
                raise
            patience.heard(request, response)
            return response

    def keep_alive(self, wanted: bool) -> None:
        """Connections are kept for the next request; not where another process may ask the same host meanwhile, which
        would then have two open."""
        if self._pool.persistent and not wanted:
            self._pool.closeCachedConnections()  # type: ignore[no-untyped-call]
        self._pool.persistent = wanted


class Decompression(HttpCompressionMiddleware):
    """Lets go what there is of an answer that is too large: the frames of its exception would keep it until garbage is
    collected, 64 MiB of each file."""

    def process_response(
        self, request: Request, response: Response, spider: Spider | None = None
    ) -> Request | Response:
        try:
            return super().process_response(request, response)
        except IgnoreRequest as error:
            traceback.clear_frames(error.__cause__.__traceback__ if error.__cause__ else None)
            raise
