"""Lists that only a script fills: of a site whose file says `browser = true`, every list, and every page that comes as
an empty shell, is opened in the system's chromium, and what it shows is read instead.

The browser has no network: no name resolves in it, and its only proxy does not exist. Each request of a page is taken
from it, asked by Scrapy through all stages of settings.py (scope, private addresses, robots, the turn of the host,
bounds, the WARC), and the answer handed back. So there is no second client that a guard would have to know of, and
`--replay` answers the scripts of a page as well. scrapy-playwright lets chromium resolve and connect by itself, past
all of that; hence Playwright's own interface.

A script may not leave its page (challenges set a cookie and load it anew), keep cookies, open windows, sockets or
service workers, nor download.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import HtmlResponse, Response
from scrapy.http.request import NO_CALLBACK

from archive.errors import ArchiveError, Blocked, Unreachable
from archive.records import Capture
from archive.warc import payload_hash
from crawler import __version__
from crawler.middlewares import Middleware, OutOfScope, Resting
from crawler.patience import REFUSALS, TROUBLE
from pipelines import extract
from pipelines.kinds import SHOWN

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page, Route
    from playwright.async_api import Request as Asked

log = logging.getLogger(__name__)

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync",
    "--disable-component-update", "--js-flags=--max-old-space-size=512",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # it asks no name server, and takes no address as it is
    # The one thing that goes round a proxy: a TURN server in a script got 6 datagrams. `--force-webrtc-…` did not help.
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
)  # fmt: skip
NOWHERE = "http://nowhere.invalid:1"  # the proxy of everything that is not intercepted: RFC 6761 lets it never exist
AT_ONCE = 4  # pages open in one run; one of a host
QUIET = 1.0  # seconds without a request after which a page is taken for complete
PARTING = 5.0  # seconds that a page may take to close
GLANCE = 0.1
MOST = 60  # requests of one page; more are not asked
WANTED = frozenset({"document", "script", "xhr", "fetch"})  # what fills a list; not pictures, fonts, style sheets
ANSWERS = frozenset({"xhr", "fetch"})  # without which what the page shows would be less than there is
OURS = frozenset({"user-agent", "cookie", "accept-encoding", "host", "connection", "content-length"})  # to say, not its
NOT_ITS = frozenset({"content-encoding", "content-length", "transfer-encoding", "connection", "set-cookie", "alt-svc"})
HTML = "text/html; charset=utf-8"


def chromium() -> str | None:
    """Where the system's browser is."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def lacking() -> str | None:
    """What a site with `browser = true` wants and this machine does not have, with the remedy."""
    if find_spec("playwright") is None:
        return "`browser = true` needs the extra gongkai[browser]: pip install playwright"
    return None if chromium() else "`browser = true` needs a browser: apt install chromium"


# --- one page --------------------------------------------------------------------------------------------------------

Ask = Callable[[Request], Awaitable[Response]]


class Visit:
    """One page while it is open: what its scripts ask for is asked by us, and counted."""

    def __init__(
        self, main: Response, hosts: Any, ask: Ask, most: int, longest: float, scripts: dict[str, Response]
    ) -> None:
        self.main, self.hosts, self.ask, self.scripts = main, hosts, ask, scripts
        self.room, self.longest = most, longest  # bytes of all answers; seconds without waiting for any
        self.begun = False
        self.asked = self.waiting = 0
        self.last = time.monotonic()
        self.refused: dict[str, str] = {}
        self.lost: Exception | None = None  # why what the page shows cannot be relied on

    async def route(self, route: Route) -> None:
        """Answers one request of the browser."""
        from playwright.async_api import Error

        try:
            answer = await self.answer(route.request)
            if answer is None:
                await route.abort("aborted")  # other words would show a page that says so
            else:
                await route.fulfill(status=answer.status, headers=_headers(answer), body=answer.body)
        except Error as error:
            log.debug("%s: %s", self.main.url, error)  # the page was closed meanwhile

    async def answer(self, asked: Asked) -> Response | None:
        """What a request is answered with; None: it is refused."""
        if asked.is_navigation_request() and _is_main(asked):
            first, self.begun = not self.begun, True
            return self.main if first and urldefrag(asked.url).url == urldefrag(self.main.url).url else None
        if asked.resource_type not in WANTED or self.asked >= MOST or self.lost:
            return None
        if asked.method == "GET" and asked.url in self.scripts:
            return self.scripts[asked.url]
        self.asked, self.waiting = self.asked + 1, self.waiting + 1
        try:
            return await self.fetched(asked)
        except Exception as error:
            self.failed(asked, error)
            return None
        finally:
            self.waiting, self.last = self.waiting - 1, time.monotonic()

    async def fetched(self, asked: Asked) -> Response:
        headers = {name: value for name, value in asked.headers.items() if name not in OURS and name[:4] != "sec-"}
        meta = {"hosts": self.hosts, "asked_by": urldefrag(self.main.url).url}
        answer = await self.ask(Request(asked.url, method=asked.method, headers=headers, meta=meta, dont_filter=True,
                                        body=asked.post_data_buffer or b"", callback=NO_CALLBACK))  # fmt: skip
        self.room -= len(answer.body)
        if self.room < 0:
            raise Unreachable(self.main.url, "its scripts ask for more than DOWNLOAD_MAXSIZE in all")
        if asked.resource_type in ANSWERS:
            self.check(answer)
        if asked.resource_type == "script" and asked.method == "GET" and answer.status == 200:
            self.scripts[asked.url] = answer
        return answer

    def check(self, answer: Response) -> None:
        """A page whose request failed shows fewer entries than there are, or 暂无信息: it is not read at all."""
        said = f"a request of its scripts: {answer.url} answers {answer.status}"
        if answer.status in REFUSALS or (isinstance(answer, HtmlResponse) and extract(answer).kind == "blocked"):
            raise Blocked(self.main.url, f"{said}, which refuses")
        if answer.status in TROUBLE:
            raise Unreachable(self.main.url, said)

    def failed(self, asked: Asked, error: Exception) -> None:
        """An address that is out of bounds is only refused; whatever else did not come makes the page unreliable."""
        self.refused[asked.url] = str(error)
        essential = asked.resource_type in ANSWERS or not isinstance(error, Blocked)
        if not isinstance(error, (OutOfScope, ValueError)) and essential:
            self.lost = self.lost or error

    async def shown(self, page: Page, url: str) -> str:
        """The page as it stands when its scripts have done their work."""
        await page.goto(url, wait_until="commit", timeout=self.longest * 1000)
        spent = 0.0
        while spent < self.longest and not self.lost:
            await asyncio.sleep(GLANCE)
            if self.waiting:
                continue
            spent += GLANCE
            if time.monotonic() - self.last >= QUIET and await self.complete(page):
                return await asyncio.wait_for(page.content(), self.longest)
        raise self.lost or TimeoutError

    async def complete(self, page: Page) -> bool:
        """Asked of the page itself, so a script that is at work still makes it wait."""
        before = self.asked
        state = await asyncio.wait_for(page.evaluate("document.readyState"), self.longest)
        return state == "complete" and before == self.asked and not self.waiting and not self.lost


def _is_main(asked: Asked) -> bool:
    from playwright.async_api import Error

    try:
        return asked.frame.parent_frame is None
    except Error:  # a window that opens: it has no frame yet
        return True


def _headers(answer: Response) -> dict[str, str]:
    """What the page is told of an answer: not its coding, which is undone, and no cookie."""
    named = ((name.decode("latin-1"), b", ".join(values).decode("latin-1")) for name, values in answer.headers.items())
    return {name: value for name, value in named if name.lower() not in NOT_ITS}


# --- the stage -------------------------------------------------------------------------------------------------------


class InBrowser(Middleware):
    """Opens what is to be opened; chromium starts with the first page and ends with the run."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.playwright: Any = None
        self.browser: Browser | None = None
        self.starting = asyncio.Lock()
        self.places = asyncio.Semaphore(AT_ONCE)
        self.hosts: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.scripts: defaultdict[str, dict[str, Response]] = defaultdict(dict)  # by host: its lists share them
        crawler.signals.connect(self.close, signals.spider_closed)

    def is_list(self, request: Request) -> bool:
        """Is it a list of a site that wants a browser, or did a person ask for one (`add`, `check --live`)?"""
        course = request.meta.get("course")
        return bool(request.meta.get("browser") or (course and self.wants(course.channel.site)))

    def wants(self, key: str | None) -> bool:
        site = getattr(self.spider, "catalogue", {}).get(key or "")
        return site is not None and site.browser

    def process_request(self, request: Request) -> None:
        if self.is_list(request) and (why := lacking()):
            raise Unreachable(request.url, why)

    async def process_response(self, request: Request, response: Response) -> Response:
        if not self.opens(request, response):
            return response
        if why := lacking():
            raise Unreachable(request.url, why)
        html = await self.shown(request, response)
        if "capture" in request.meta:
            request.meta["capture"] = self.kept(request.meta["capture"], html)
        return HtmlResponse(
            response.url, response.status, headers={"Content-Type": HTML}, body=html, encoding="utf-8", request=request
        )

    def opens(self, request: Request, response: Response) -> bool:
        """A refusal or a notice is what it is, and no script of it is run. A list is not asked to be a shell: many have
        a menu, or a script that may lead elsewhere (`if (mobile) location.href = …`)."""
        listed = self.is_list(request)
        if not (listed or self.wants(request.meta.get("site"))) or "asked_by" in request.meta:
            return False
        if request.method != "GET" or not isinstance(response, HtmlResponse) or not 200 <= response.status < 300:
            return False
        kind = extract(response).kind
        return kind == "shell" or (listed and kind not in ("blocked", "gone"))

    async def shown(self, request: Request, response: Response) -> bytes:
        from playwright.async_api import Error

        host = request.meta.get("download_slot", "")
        settings = self.crawler.settings
        most, longest = settings.getint("DOWNLOAD_MAXSIZE"), settings.getfloat("DOWNLOAD_TIMEOUT")
        async with self.hosts[host], self.places:
            visit = Visit(response, request.meta.get("hosts"), self.crawler.engine.download_async, most, longest,
                          self.scripts[host])  # fmt: skip
            try:
                html = await self.visit(visit, request.url)
            except (Error, TimeoutError) as error:
                why = f"not complete in the browser in time{_first(error)}"
                raise visit.lost or Unreachable(request.url, why) from error
        if visit.refused:
            said = "; ".join(visit.refused.values())
            log.warning("%s: its scripts asked for what is refused: %s", response.url, said)
        if len(html) > most:
            raise Unreachable(request.url, "what the browser shows is larger than DOWNLOAD_MAXSIZE")
        return html

    async def visit(self, visit: Visit, url: str) -> bytes:
        context = await self.context()
        try:
            await context.route("**/*", visit.route)
            await context.route_web_socket("**/*", lambda socket: socket.close())
            html = await visit.shown(await context.new_page(), url)
            assert self.browser is not None
            return f"{SHOWN} (Chromium {self.browser.version}, gongkai/{__version__}) -->\n{html}".encode()
        finally:
            await self.leave(context)

    async def leave(self, context: BrowserContext) -> None:
        """A page that does not let itself be closed (a script without end) ends with its browser."""
        from playwright.async_api import Error

        try:
            await asyncio.wait_for(context.close(), PARTING)
        except (Error, TimeoutError):
            await self.close()

    def kept(self, sent: Capture, html: bytes) -> Capture:
        """The capture of what was read: a `conversion` of the answer that stands before it in the WARC. Reading again,
        rebuilding and verifying so need neither a browser nor the site's scripts, and what the server sent is there."""
        try:
            location = self.spider.archive.warc.convert(sent.location, html, HTML)
        except (ArchiveError, OSError) as error:
            self.spider.stop(error)
            raise Resting("the archive cannot be written") from error
        return replace(sent, media_type=HTML, payload=payload_hash(html), location=location)

    # --- chromium -----------------------------------------------------------------------------------------------------

    async def context(self) -> BrowserContext:
        """A browser as if it were new: no cookie, no cache, nothing of the page before."""
        async with self.starting:
            if self.browser is None or not self.browser.is_connected():
                self.browser = await self.start()
        agent = self.crawler.settings["USER_AGENT"]
        return await self.browser.new_context(
            user_agent=agent, locale="zh-CN", service_workers="block", accept_downloads=False
        )

    async def start(self) -> Browser:
        from playwright.async_api import Error, async_playwright

        if self.playwright is None:
            self.playwright = await async_playwright().start()
        for sandboxed in (True, False) if os.geteuid() else (False,):  # chromium refuses it to root
            try:
                browser: Browser = await self.playwright.chromium.launch(
                    executable_path=chromium(), args=list(FLAGS), chromium_sandbox=sandboxed, proxy={"server": NOWHERE},
                    handle_sigint=False, handle_sigterm=False, handle_sighup=False)  # fmt: skip
                return browser
            except Error as error:  # in a container, or under the hardened unit of `gongkai schedule`
                log.info("chromium does not start %s its sandbox%s", "with" if sandboxed else "without", _first(error))
                last = error
        raise last

    async def close(self) -> None:
        """The browser goes, and the helper process that speaks with it."""
        browser, playwright, self.browser, self.playwright = self.browser, self.playwright, None, None
        if browser is not None:
            await browser.close()
        if playwright is not None:
            await playwright.stop()


def _first(error: BaseException) -> str:
    """The first line of an error that says something, as the end of a sentence."""
    said = str(error).strip().splitlines()
    return f" ({said[0][:200]})" if said else ""
