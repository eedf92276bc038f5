"""robots.txt by RFC 9309: 2xx is parsed, 4xx allows, and what cannot be reached (5xx, 429, time-out, reset) forbids for
this run. A challenge page in its place is a refusal, any other web page in its place (a soft 404) says nothing."""

from __future__ import annotations

import logging
from asyncio import Future, get_running_loop
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from archive.errors import ArchiveError, Blocked, Unreachable
from crawler.failures import page_error
from crawler.middlewares import Middleware, OutOfScope, Resting

log = logging.getLogger(__name__)

Rules = Protego | str | IgnoreRequest  # what is permitted, or why nothing is, or that nobody was asked
UNFETCHED = "robots.txt could not be fetched, so nothing may be asked"

MOST = 512 * 1024  # bytes that are read: RFC 9309 §2.5 asks for 500 KiB at least


class Robots(Middleware):
    """Asks each host for its robots.txt before anything else; a replay has nobody to ask."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.rules: dict[str, Future[Rules]] = {}

    async def process_request(self, request: Request) -> None:
        if request.meta.get("robots") or self.spider.replay:
            return
        rules = await self.of(request)
        if isinstance(rules, IgnoreRequest):
            raise rules
        if isinstance(rules, str):
            raise Unreachable(request.url, rules)
        if not rules.can_fetch(request.url, self.crawler.settings["USER_AGENT"]):
            raise Blocked(request.url, "robots.txt disallows it")

    async def of(self, request: Request) -> Rules:
        parts = urlsplit(request.url)
        if parts.netloc not in self.rules:
            self.rules[parts.netloc] = get_running_loop().create_future()
            self.rules[parts.netloc].set_result(
                await self.fetch(f"{parts.scheme}://{parts.netloc}/robots.txt", request)
            )
        return await self.rules[parts.netloc]

    async def fetch(self, url: str, asker: Request) -> Rules:
        meta = {"robots": True, "hosts": asker.meta.get("hosts")}
        request = Request(url, meta=meta, priority=1000, callback=NO_CALLBACK)
        try:
            return rules_of(await self.crawler.engine.download_async(request))
        except Resting as rest:
            return rest
        except OutOfScope as error:
            return OutOfScope(f"{UNFETCHED}: {error}")
        except ArchiveError as error:  # a lease that cannot be written says nothing of the site
            self.spider.stop(error)
            return Resting("the archive cannot be written")
        except Exception as error:
            return f"{UNFETCHED}: {page_error(url, error).reason}"


def rules_of(answer: Response) -> Protego | str:
    """What a robots.txt answer permits: rules, or the sentence why nothing may be asked."""
    from pipelines import extract

    if answer.status >= 500 or answer.status == 429:
        return f"robots.txt answers {answer.status}, so nothing may be asked"
    if answer.status in (401, 403):
        log.warning("%s answers %d, which allows everything by RFC 9309", answer.url, answer.status)
        return Protego.parse("")
    if answer.body.lstrip()[:1] == b"<" and extract(answer).kind == "blocked":
        return "a challenge stands where robots.txt should, so nothing may be asked"
    if not 200 <= answer.status < 300 or answer.body.lstrip()[:1] == b"<":
        return Protego.parse("")
    return Protego.parse(answer.body[:MOST].decode("utf-8-sig", "replace"))
