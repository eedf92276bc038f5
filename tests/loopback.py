"""A small HTTP server on loopback for sites made of pure functions: tests, benchmarks and the demo crawl it.

A site is anything with `answer(request) -> Answer`: the bundled government site (fake_site.py), a stand-in of one CMS
family (stand_ins.py), or three lines in a test. `Loopback` serves it from a thread, keeps a time-stamped log of every
hit, and can be told to delay or to fail paths. Standard library only; an asyncio protocol with keep-alive, so that
the server is never the bottleneck of a benchmark.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from http import HTTPStatus
from typing import Any, Protocol, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

Rule = TypeVar("Rule")
PHRASES = {int(status): status.phrase for status in HTTPStatus}


@dataclass(frozen=True, slots=True)
class Request:
    """What a crawler asks. `path` is percent-decoded and has no query; of repeated query parameters the last one
    stands; header names are in small letters."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @classmethod
    def of(
        cls, url: str, method: str = "GET", body: str | bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Request:
        """The request for a URL (or a path with its query), so that a test can walk a site without a network."""
        raw = body.encode() if isinstance(body, str) else body or b""
        parts = urlsplit(url)
        names = {name.lower(): value for name, value in (headers or {}).items()}
        query = dict(parse_qsl(parts.query, keep_blank_values=True)) if parts.query else {}
        return cls(method, unquote(parts.path) or "/", query, names, raw)

    @property
    def form(self) -> Mapping[str, str]:
        """The fields of a posted form."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    @property
    def json(self) -> Any:
        """The posted JSON value."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the site answers. `Content-Length` is the server's to add."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @classmethod
    def html(cls, text: str, charset: str = "utf-8", status: int = 200) -> Answer:
        """A page that says honestly how it is encoded."""
        return cls(status, {"Content-Type": f"text/html; charset={charset}"}, text.encode(charset))

    @classmethod
    def of_json(cls, value: Any, media_type: str = "application/json") -> Answer:
        return cls(200, {"Content-Type": media_type}, json.dumps(value, ensure_ascii=False).encode())

    @classmethod
    def redirect(cls, url: str, status: int = 302) -> Answer:
        return cls(status, {"Location": url})


class Answers(Protocol):
    """A site: a pure function from requests to answers, over whatever it holds."""

    def answer(self, request: Request) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Hit:
    """One request as the server saw it. `at` in seconds of `time.monotonic()`; `target` is path and query as sent."""

    at: float
    method: str
    target: str
    status: int
    headers: Mapping[str, str]

    @property
    def path(self) -> str:
        return unquote(self.target.partition("?")[0])


class Failure:
    """What a path does instead of answering, `times` times (for ever if None). `answer` None hangs up the line."""

    def __init__(self, answer: Answer | None, times: int | None) -> None:
        self.answer, self.times = answer, times

    def take(self) -> bool:
        """Whether it fails this time too."""
        if self.times is None:
            return True
        self.times -= 1
        return self.times >= 0


class Loopback:
    """Serves one site. Log, delays and failures outlive a restart of the server."""

    def __init__(self, site: Answers) -> None:
        self.site = site
        self.log: list[Hit] = []
        self.asked = threading.Condition()  # notified with every request
        self.delays: dict[str, float] = {}
        self.failures: dict[str, Failure] = {}
        self.slow: tuple[int, float] | None = None
        self.lines: set[_Line] = set()

    def delay(self, pattern: str, seconds: float) -> None:
        """Answer paths that match the shell pattern (`*` is any path) so many seconds late."""
        self.delays[pattern] = seconds

    def tire(self, hits: int, seconds: float) -> None:
        """Answer so many requests more at once, and every later one so many seconds late."""
        self.slow = len(self.log) + hits, seconds

    def fail(self, pattern: str, answer: Answer | None = None, times: int | None = None) -> None:
        """Let paths that match answer otherwise: a status 503 `Answer(503)`, or a line hung up (None)."""
        self.failures[pattern] = Failure(answer, times)

    def mend(self) -> None:
        """Forget every delay and failure."""
        self.slow = None
        self.delays.clear()
        self.failures.clear()

    def hits(self, pattern: str = "*") -> list[Hit]:
        """The requests so far whose path matches."""
        return [hit for hit in list(self.log) if fnmatchcase(hit.path, pattern)]

    @contextmanager
    def serve(self, port: int = 0, host: str = "127.0.0.1") -> Iterator[str]:
        """Serve from a thread until the block ends; gives the base URL without a slash at its end."""
        loop = asyncio.new_event_loop()
        server = loop.run_until_complete(loop.create_server(lambda: _Line(self), host, port, backlog=1024))
        thread = threading.Thread(target=loop.run_forever, name="loopback", daemon=True)
        thread.start()
        try:
            yield f"http://{host}:{server.sockets[0].getsockname()[1]}"
        finally:
            loop.call_soon_threadsafe(self._hang_up, loop, server)
            thread.join()
            loop.close()

    def _hang_up(self, loop: asyncio.AbstractEventLoop, server: asyncio.Server) -> None:
        """Stop listening, end every connection, and let the loop do that before it stops."""
        server.close()
        for line in list(self.lines):
            line.transport.abort()
        loop.call_later(0, loop.stop)

    def outcome(self, request: Request, target: str) -> tuple[float, Answer | None]:
        """Seconds to wait and what to answer (None: hang up); the hit is in the log."""
        failure = self._rule(self.failures, request.path)
        failed = failure is not None and failure.take()
        answer = failure.answer if failure and failed else self.site.answer(request)
        status = answer.status if answer else 0
        with self.asked:
            self.asked.notify_all()
        self.log.append(Hit(time.monotonic(), request.method, target, status, request.headers))
        tired = self.slow[1] if self.slow and len(self.log) > self.slow[0] else 0.0
        return self._rule(self.delays, request.path) or tired, answer

    @staticmethod
    def _rule(rules: Mapping[str, Rule], path: str) -> Rule | None:
        return next((rule for pattern, rule in list(rules.items()) if fnmatchcase(path, pattern)), None)


class _Line(asyncio.Protocol):
    """One connection: reads requests one after another, writes the answers in their order."""

    def __init__(self, loopback: Loopback) -> None:
        self.loopback = loopback
        self.received = b""
        self.waiting = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.loopback.lines.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self.loopback.lines.discard(self)

    def data_received(self, data: bytes) -> None:
        self.received += data
        self._next()

    def _next(self) -> None:
        """Answer the first complete request, unless an answer is still due."""
        head, end, rest = self.received.partition(b"\r\n\r\n")
        if self.waiting or not end:
            return
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", 0))
        if len(rest) < length:
            return
        self.received = rest[length:]
        method, target, _ = first.split(" ", 2)
        wait, answer = self.loopback.outcome(Request.of(target, method, rest[:length], headers), target)
        self.waiting = True
        close = headers.get("connection", "").lower() == "close"
        if wait:
            asyncio.get_running_loop().call_later(wait, self._write, answer, method == "HEAD", close)
        else:
            self._write(answer, method == "HEAD", close)

    def _write(self, answer: Answer | None, bodiless: bool, close: bool) -> None:
        self.waiting = False
        if answer is None or self.transport.is_closing():
            self.transport.abort()
            return
        self.transport.write(wire(answer, bodiless))
        if close:
            self.transport.close()
        else:
            self._next()


def wire(answer: Answer, bodiless: bool = False) -> bytes:
    """The answer as it goes over the line; header values may be raw bytes of latin-1."""
    phrase = PHRASES.get(answer.status, "Unknown")
    headers = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
    head = f"HTTP/1.1 {answer.status} {phrase}\r\n{headers}Content-Length: {len(answer.body)}\r\n\r\n"
    return head.encode("latin-1") + (b"" if bodiless or answer.status == 304 else answer.body)
