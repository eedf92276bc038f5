"""A server that breaks, lies and drips: raw sockets on loopback, one fault per path (`/<mode>/…`), each bounded by
bytes and by time. It keeps a log of what was asked, so that tests can assert on that too.

`MODES` says of every fault what must become of the page: its state in the ledger, and a word of the reason.
"""

from __future__ import annotations

import asyncio
import gzip
import re
import threading
import zlib
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from uuid import uuid4

import brotli
from backports import zstd

LONGEST = 14.0  # seconds that one answer may take
MOST = 450_000_000  # bytes that one answer may have
BOMB = 100 * 1024 * 1024  # bytes that a bomb becomes; the crawler takes 32 MiB
ELSEWHERE = "http://elsewhere.invalid/"

Pieces = AsyncIterator[bytes]


@dataclass(frozen=True, slots=True)
class Mode:
    """One fault: what the server says (bytes, or pieces as they come), the page's state, a word of its reason."""

    says: Callable[[str], bytes | Pieces]
    state: str
    why: str = ""


def page(title: str = "关于做好年度报告工作的通知", more: str = "", head: str = "") -> bytes:
    """A document as any site has it."""
    text = "".join(f"<p>第{n}条 各县（市、区）人民政府应当于每年一月底前公布上一年度的报告。</p>" for n in range(1, 6))
    return (
        f"<html><head><title>{title}</title><meta name='ArticleTitle' content='{title}'>"
        f"<meta name='PubDate' content='2021-03-05 10:00:00'>{head}</head><body><h1>{title}</h1>"
        f"<div>发布时间：2021-03-05 来源：办公室</div><div class='TRS_Editor'>{text}{more}</div></body></html>"
    ).encode()


def http(
    body: bytes = b"", status: str = "200 OK", length: int | str | None = -1, kind: str = "text/html; charset=utf-8",
    **headers: str,
) -> bytes:
    """A whole answer; `length` None leaves Content-Length out, -1 tells the truth."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", "Connection: close"]
    if length is not None:
        lines.append(f"Content-Length: {len(body) if length == -1 else length}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def coded(coding: str, body: bytes, **how: str) -> bytes:
    return http(body, Content_Encoding=coding, **how)


def redirect(to: str, status: str = "302 Found") -> Callable[[str], bytes]:
    return lambda path: http(b"", status, Location=to.replace("{path}", path))


def refresh(to: str) -> Callable[[str], bytes]:
    return lambda path: http(f"<html><head><meta http-equiv='refresh' content='0;url={to}'></head></html>"
                             .replace("{path}", path).encode())  # fmt: skip


@cache
def bomb(coding: str) -> bytes:
    zeros = b"<p>0</p>" * (BOMB // 8)
    if coding == "gzip":
        return gzip.compress(zeros, 6)
    if coding == "deflate":
        return zlib.compress(zeros, 6)
    if coding == "br":
        return brotli.compress(zeros, quality=5)
    return zstd.compress(zeros) if coding == "zstd" else gzip.compress(gzip.compress(zeros, 6))


async def drip(head: bytes, piece: bytes, pause: float = 0.0, rest: bytes = b"") -> Pieces:
    """The head, then pieces without end, every so many seconds."""
    yield head
    while True:
        if pause:
            await asyncio.sleep(pause)
        yield piece
    yield rest


TRAPS = ("calendar", "same-page", "session-id", "repeating-path")  # lists without an end
HTML = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
CHUNKED = HTML + b"Transfer-Encoding: chunked\r\n\r\n"
KILO = b"x" * 1024
DEEP = "<div>" * 5_000 + "深" + "</div>" * 5_000
XXE = b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]><html><body>&x;</body></html>'
LOL = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "%b">]><l>%b</l>' % (b"&a;" * 999, b"&b;" * 999)
LOST = "<html><title>404</title><body>对不起，您访问的页面不存在</body></html>".encode()
CLOSED = ("<html><title>系统维护中</title><body><h1>系统维护中，请稍后访问</h1><p>给您带来不便，敬请谅解。</p></body>"
          "</html>").encode()
LOGIN = ("<html><title>用户登录</title><body><form action='/login'><h2>用户登录</h2>用户名<input name='u'>密码"
         "<input type='password' name='p'>验证码<input name='c'><button>登录</button></form></body></html>").encode()
SCRIPT = b"<html><head><script>document.cookie='a=1';location.reload()</script></head><body></body></html>"
UNREADABLE, FAILED, BLOCKED, GONE, ARCHIVED = "unread", "failed", "blocked", "gone", "archived"


def once(first: bytes, then: Callable[[str], bytes]) -> Callable[[str], bytes]:
    """The first time a path is asked, and ever after."""
    asked: set[str] = set()

    def says(path: str) -> bytes:
        new = path not in asked
        asked.add(path)
        return first if new else then(path)

    return says


def trap(following: Callable[[str], str]) -> Callable[[str], bytes]:
    """A list of three pages that are gone, which always has one page more."""
    return lambda path: http(listing([f"/404/row-{n}.html" for n in range(3)], following(path)))


def counted_up(path: str) -> str:
    """`/calendar/7.html` after `/calendar/6.html`."""
    folder, _, name = path.partition("?")[0].rpartition("/")
    return f"{folder}/{int(re.sub(r'[^0-9]', '', name) or 0) + 1}.html"


def short_gzip(tenths: int) -> Callable[[str], bytes]:
    """So much of the stream, and nothing that says how long it is."""
    whole = gzip.compress(page())
    return lambda path: coded("gzip", whole[: len(whole) * tenths // 10], length=None)


def later(value: str, status: str = "503 Busy") -> Callable[[str], bytes]:
    return lambda path: http(b"", status, Retry_After=value)


def chunks(*parts: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    return CHUNKED + b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + end


MODES: Mapping[str, Mode] = {
    # --- as it should be, or nearly
    "ok": Mode(lambda p: http(page()), ARCHIVED),
    "chunk-trailers": Mode(lambda p: chunks(page(), end=b"0\r\nX-After: 1\r\n\r\n"), ARCHIVED),
    "no-length": Mode(lambda p: http(page(), length=None), ARCHIVED),
    "100-continue": Mode(lambda p: b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + http(page()), ARCHIVED),
    "cookies": Mode(lambda p: http(page(), Set_Cookie="a=" + "b" * 4000), ARCHIVED),
    "referrer-policy": Mode(lambda p: http(page(), Referrer_Policy="os.system"), ARCHIVED),
    "nul": Mode(lambda p: http(page(more="<p>甲\0乙\x07丙</p>")), ARCHIVED),
    "deep": Mode(lambda p: http(page(more=DEEP)), ARCHIVED),
    "big-attribute": Mode(lambda p: http(page(more=f"<p title='{'x' * 2_000_000}'>甲</p>")), ARCHIVED),
    "one-line": Mode(lambda p: http(page(more="<p>" + "长行" * 200_000 + "</p>")), ARCHIVED),
    "lying-charset": Mode(lambda p: http(page(), kind="text/html; charset=gbk"), ARCHIVED),
    "unknown-charset": Mode(lambda p: http(page(), kind="text/html; charset=x-none"), ARCHIVED),
    "bom-lies": Mode(lambda p: http(b"\xef\xbb\xbf" + page(), kind="text/html; charset=gb2312"), ARCHIVED),
    "utf-7": Mode(lambda p: http(page(), kind="text/html; charset=utf-7"), ARCHIVED),
    "no-type": Mode(lambda p: b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + page(), ARCHIVED),
    "lf-only": Mode(lambda p: http(page()).replace(b"\r\n", b"\n"), ARCHIVED),
    "header-without-colon": Mode(lambda p: HTML + b"nonsense\r\nConnection: close\r\n\r\n" + page(), ARCHIVED),
    # --- breaks off
    "short": Mode(lambda p: http(page(), length=99_999), FAILED, "breaks off"),
    "short-chunk": Mode(lambda p: CHUNKED + b"ffff\r\n" + page(), FAILED, "breaks off"),
    "short-gzip": Mode(lambda p: coded("gzip", gzip.compress(page())[:-40], length=None), FAILED, "breaks off"),
    "short-gzip-length": Mode(lambda p: coded("gzip", gzip.compress(page())[:300]), FAILED, "breaks off"),
    **{f"short-gzip-{tenths}0": Mode(short_gzip(tenths), FAILED) for tenths in range(1, 10)},
    "short-deflate": Mode(lambda p: coded("deflate", zlib.compress(page())[:-40], length=None), FAILED),
    "short-head": Mode(lambda p: HTML, FAILED),
    "nothing": Mode(lambda p: b"", FAILED),
    "reset": Mode(lambda p: b"RESET", FAILED),
    # --- is no HTTP
    "garbage": Mode(lambda p: bytes(range(256)) * 40, FAILED),
    "half-close": Mode(lambda p: b"EOF" + http(page(), length=None), ARCHIVED),
    "http-0.9": Mode(lambda p: page(), FAILED),
    "h2-preface": Mode(lambda p: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0" * 99, FAILED),
    "bad-status": Mode(lambda p: b"HTTP/1.1 abc OK\r\n\r\n" + page(), FAILED),
    "bad-length": Mode(lambda p: http(page(), length="abc"), FAILED),
    "negative-length": Mode(lambda p: http(page(), length="-5"), FAILED),
    "two-lengths": Mode(lambda p: http(page()).replace(b"\r\n\r\n", b"\r\nContent-Length: 1\r\n\r\n", 1), FAILED),
    "bad-chunk": Mode(lambda p: CHUNKED + b"zz\r\n" + page(), FAILED),
    "gzip-that-is-none": Mode(lambda p: coded("gzip", page()), FAILED),
    # --- too much
    "bomb-gzip": Mode(lambda p: coded("gzip", bomb("gzip")), FAILED, "too large"),
    "bomb-deflate": Mode(lambda p: coded("deflate", bomb("deflate")), FAILED, "too large"),
    "bomb-br": Mode(lambda p: coded("br", bomb("br")), FAILED, "too large"),
    "bomb-zstd": Mode(lambda p: coded("zstd", bomb("zstd")), FAILED, "too large"),
    "bomb-nested": Mode(lambda p: coded("gzip, gzip", bomb("nested")), FAILED, "too large"),
    "huge-length": Mode(lambda p: http(page(), length=10**12), FAILED, "too large"),
    "endless": Mode(lambda p: drip(HTML + b"\r\n", KILO * 64), FAILED, "too large"),
    "endless-chunks": Mode(lambda p: drip(CHUNKED, b"10000\r\n" + KILO * 64 + b"\r\n"), FAILED, "too large"),
    "endless-headers": Mode(lambda p: drip(HTML, b"X-A: " + KILO + b"\r\n"), FAILED, "no valid HTTP"),
    "many-headers": Mode(lambda p: HTML + b"X: 1\r\n" * 200_000 + b"\r\n" + page(), FAILED, "no valid HTTP"),
    "huge-header": Mode(lambda p: HTML + b"X: " + KILO * 20_000 + b"\r\n\r\n" + page(), FAILED, "no valid HTTP"),
    # --- too slow
    "slow-body": Mode(lambda p: drip(http(b"", length=50_000), b"x", 0.1), FAILED, "in time"),
    "slow-head": Mode(lambda p: drip(b"HTTP/1.1 200 OK\r\n", b"X: 1\r\n", 0.1), FAILED, "in time"),
    "silent": Mode(lambda p: drip(b"", b"", 0.1), FAILED, "in time"),
    "continue-for-ever": Mode(lambda p: drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.05), FAILED),
    # --- leads away
    "loop": Mode(redirect("{path}x"), FAILED, "redirections"),
    "self-loop": Mode(redirect("{path}"), FAILED, "redirections"),
    "off-site": Mode(redirect(ELSEWHERE), FAILED, "leaves the site"),
    "off-site-301": Mode(redirect(ELSEWHERE, "301 Moved"), FAILED, "leaves the site"),
    "off-site-303": Mode(redirect(ELSEWHERE, "303 See Other"), FAILED, "leaves the site"),
    "off-site-307": Mode(redirect(ELSEWHERE, "307 Temporary"), FAILED, "leaves the site"),
    "off-site-308": Mode(redirect(ELSEWHERE, "308 Permanent"), FAILED, "leaves the site"),
    "off-site-slashes": Mode(redirect("//elsewhere.invalid/"), FAILED, "leaves the site"),
    "off-site-refresh": Mode(refresh(ELSEWHERE), FAILED, "leaves the site"),
    "flaky-redirect": Mode(once(http(b"", "503 Unavailable"), redirect(ELSEWHERE)), FAILED, "leaves the site"),
    "flaky-refresh": Mode(once(http(b"", "503 Unavailable"), refresh(ELSEWHERE)), FAILED, "leaves the site"),
    "user-name": Mode(redirect("http://a:b@{host}/ok/1.html"), FAILED, "user name"),
    "odd-port": Mode(redirect("http://{host}:22/"), FAILED, "port 22"),
    "repeated-path": Mode(redirect("{path}a/a/a/a/"), FAILED, "trap"),
    "file": Mode(redirect("file:///etc/passwd"), UNREADABLE),
    "script-address": Mode(redirect("javascript:alert(1)"), FAILED, "javascript"),
    "no-address": Mode(redirect("http://[::1"), FAILED),
    "refresh-loop": Mode(refresh("{path}"), UNREADABLE),
    # --- is no document
    "calendar": Mode(trap(counted_up), UNREADABLE),
    "same-page": Mode(trap(lambda p: p.partition("?")[0] + f"?page={len(p)}"), UNREADABLE),
    "session-id": Mode(trap(lambda p: f"{p.partition(';')[0]};jsessionid={uuid4().hex}"), UNREADABLE),
    "repeating-path": Mode(trap(lambda p: f"{p.rpartition('/')[0]}/a/b/"), UNREADABLE),
    "empty": Mode(lambda p: http(b""), UNREADABLE),
    "204": Mode(lambda p: b"HTTP/1.1 204 No Content\r\n\r\n", UNREADABLE),
    "304": Mode(lambda p: b"HTTP/1.1 304 Not Modified\r\n\r\n", UNREADABLE),
    "pdf-as-html": Mode(lambda p: http(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n" + KILO), UNREADABLE),
    "image": Mode(lambda p: http(b"\x89PNG\r\n\x1a\n" + KILO, kind="image/png"), UNREADABLE),
    "xxe": Mode(lambda p: http(XXE, kind="application/xml"), UNREADABLE),
    "billion-laughs": Mode(lambda p: http(LOL, kind="application/xml"), UNREADABLE),
    "maintenance": Mode(lambda p: http(CLOSED), FAILED, "维护"),
    "login": Mode(lambda p: http(LOGIN), BLOCKED),
    "script-only": Mode(lambda p: http(SCRIPT), BLOCKED),
    "404": Mode(lambda p: http(b"<html><body>Not Found</body></html>", "404 Not Found"), GONE),
    "410": Mode(lambda p: http(b"gone", "410 Gone"), GONE),
    "soft-404": Mode(lambda p: http(LOST), GONE),
    "401": Mode(lambda p: http(b"who?", "401 Unauthorized"), BLOCKED),
    "403": Mode(lambda p: http(b"no", "403 Forbidden"), BLOCKED),
    "412": Mode(lambda p: http(SCRIPT, "412 Precondition Failed"), BLOCKED),
    "521": Mode(lambda p: http(SCRIPT, "521 "), BLOCKED),
    "429": Mode(lambda p: http(b"slow down", "429 Too Many Requests"), BLOCKED),
    "retry-after-date": Mode(later("Fri, 20 Nov 2099 12:00:00 GMT"), FAILED, "503"),
    "retry-after-past": Mode(later("Thu, 01 Jan 1970 00:00:00 GMT"), FAILED, "503"),
    "retry-after-huge": Mode(later("9" * 40, "429 No"), BLOCKED, "429"),
    "retry-after-garbage": Mode(later("soon"), FAILED, "503"),
    "500": Mode(lambda p: http(page(), "500 Internal Server Error"), FAILED, "500"),
    "502": Mode(lambda p: http(b"<html><h1>502 Bad Gateway</h1></html>", "502 Bad Gateway"), FAILED, "502"),
    "503": Mode(lambda p: http("系统维护中".encode(), "503 Unavailable"), FAILED, "503"),
}  # fmt: skip


class HostileServer:
    """Every mode on every address of loopback at one port: `http://127.0.1.<n>:<port>/<mode>/1.html` is a host of its
    own to a crawler. `/list/…` is a list of what `entries` names, `/next/<mode>/` one whose second page is a mode."""

    def __init__(self, modes: Collection[str] = ()) -> None:
        self.modes = list(modes or MODES)
        self.log: list[str] = []
        self.port = 0

    def address(self, mode: str, name: str = "1.html") -> str:
        """Each mode on a host of its own, so that slow ones wait side by side."""
        return f"http://{self.host(mode)}:{self.port}/{mode}/{name}"

    def host(self, mode: str) -> str:
        return f"127.0.1.{list(MODES).index(mode) + 1}"

    @contextmanager
    def serve(self) -> Iterator[HostileServer]:
        """Serve from a thread until the block ends."""
        loop = asyncio.new_event_loop()
        server = loop.run_until_complete(asyncio.start_server(self.answer, "0.0.0.0", 0))
        self.port = server.sockets[0].getsockname()[1]
        thread = threading.Thread(target=loop.run_forever, name="hostile", daemon=True)
        thread.start()
        try:
            yield self
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            server.close()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, TimeoutError):
            request = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            path, host = request.split(" ")[1], request.partition("\r\nHost: ")[2].partition("\r\n")[0]
            self.log.append(f"http://{host}{path}")
            async with asyncio.timeout(LONGEST):
                await self.say(path, host, writer)
        with suppress(ConnectionError):
            writer.close()

    async def say(self, path: str, host: str, writer: asyncio.StreamWriter) -> None:
        said = self.said(path)
        if said == b"RESET":
            writer.transport.abort()
            return
        if isinstance(said, bytes) and said.startswith(b"EOF"):
            writer.write(said[3:])
            writer.write_eof()  # our half of the line is closed, theirs stays open
            await asyncio.sleep(1)
            return
        if isinstance(said, bytes):
            writer.write(said.replace(b"{host}", host.split(":")[0].encode()))
            await writer.drain()
            return
        sent = 0
        async for piece in said:
            writer.write(piece)
            await writer.drain()
            sent += len(piece)
            if sent > MOST:
                return

    def said(self, path: str) -> bytes | Pieces:
        first, _, rest = path.lstrip("/").partition("/")
        if first == "robots.txt":
            return http(b"", "404 Not Found")
        if first == "list":
            return http(listing([self.address(mode) for mode in self.modes]))
        if first == "list-of-one":
            return http(listing([f"http://127.0.0.1:{self.port}/encloses/1.html"]))
        if first == "encloses":
            files = "".join(f"<p><a href='{self.address(mode, f'{mode}.doc')}'>附件：{mode}.doc</a></p>"
                            for mode in self.modes)  # fmt: skip
            return http(page(more=files))
        if first == "next":
            mode = rest.strip("/")
            entries = [f"http://{self.host(mode)}:{self.port}/ok/{mode}-{n}.html" for n in range(8)]
            return http(listing(entries, self.address(mode, "index_2.html")))
        return MODES[first].says(path)


def listing(urls: list[str], following: str | None = None) -> bytes:
    """A list as any site has it."""
    rows = "".join(f"<li><a href='{url}'>关于第{n}号事项的通知</a><span>2021-03-{n % 28 + 1:02}</span></li>"
                   for n, url in enumerate(urls))  # fmt: skip
    more = f"<div class='page'><a href='{following}'>下一页</a></div>" if following else ""
    return f"<html><head><title>通知公告</title></head><body><ul class='list'>{rows}</ul>{more}</body></html>".encode()
