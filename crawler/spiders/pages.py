"""Fetches pages: the URLs it is given, and the ledger's pending pages of its sites.

scrapy crawl pages -a url=https://…        one page, or several separated by white space
scrapy crawl pages                         whatever the ledger still wants
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider
from scrapy.http import Response
from scrapy.utils.defer import deferred_from_coro
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure

from archive.database import Archive
from archive.errors import ArchiveError, CatalogueError, Gone, PageError, UsageError
from archive.identity import ascii_host, canonical, unfit, without_user
from archive.records import Channel, Site
from crawler import cms, sites
from crawler.draft import leads_to_list
from crawler.failures import page_error
from crawler.files import TIME, Files
from crawler.middlewares import GuardResolver, Resting, led_here, trust
from crawler.revisit import revisits
from crawler.walk import Walker, Wishes
from pipelines import Draft, extract
from pipelines.filenames import suffix
from pipelines.files import MEDIA_TYPES
from pipelines.store import problem_of

HOPS = 5  # meta refresh, script and frame redirects followed for one page
FILE_SUFFIXES = frozenset(MEDIA_TYPES) - {"html", "txt"} | {"wps", "et"}
BATCH = 50  # pages taken from the ledger at a time


class PagesSpider(Spider):
    """Every page goes: request → reading → item pipelines → archive; every failure into the ledger with its reason."""

    name = "pages"

    def __init__(
        self,
        url: str | tuple[str, ...] = (),
        site: str = "",
        archive: Archive | str | None = None,
        catalogue: str | Path = sites.BUNDLED,
        replay: str | tuple[Path, ...] = (),
        limit: str | int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        named = url.split() if isinstance(url, str) else url
        self.named = {canonical(address): address for address in named}  # with fragments: `/gkmlpt/index#103`
        self.urls = list(self.named)
        if why := next((f"{without_user(url)}: {why}" for url in self.urls if (why := unfit(url))), None):
            raise UsageError(why)
        broken: list[CatalogueError] = []  # the command says so (crawler/commands/get.py)
        self.catalogue: dict[str, Site] = sites.load(Path(catalogue), broken)
        self.sites = sites.pick(self.catalogue, tuple(key for key in site.split(",") if key), broken) if site else []
        self.replay = tuple(Path(file) for file in replay.split()) if isinstance(replay, str) else replay
        self.limit = int(limit) if limit else None
        self._archive = archive
        self.held: list[str] = []  # keys of the sites that are this run's
        self.cursor = 0  # row of the last page that was taken up
        self.revisited = bool(self.replay)  # whether archived pages were asked for again; a recording has no news
        self.broken: Exception | None = None  # what ended the run: the command answers with its exit code

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> PagesSpider:
        spider: PagesSpider = super().from_crawler(crawler, *args, **kwargs)
        given = spider._archive
        folder = given or crawler.settings["GONGKAI_ARCHIVE"]
        spider.archive = given if isinstance(given, Archive) else Archive(Path(str(folder)), write=True)
        spider.walker = Walker(spider.archive, spider)
        spider.files = Files(spider, lately=bool(spider.urls) or spider.limit is not None)
        if not isinstance(given, Archive):
            crawler.signals.connect(spider.archive.close, signals.engine_stopped)
        spider.archive.group(crawler.settings.getint("GONGKAI_GROUP"))
        crawler.signals.connect(spider.begin, signals.spider_opened)
        crawler.signals.connect(spider.end, signals.spider_closed)
        crawler.signals.connect(spider.on_idle, signals.spider_idle)
        spider.prepare(crawler)
        return spider

    archive: Archive
    walker: Walker
    files: Files

    def begin(self) -> None:
        """Make durable what was written, now and then, whatever the group lacks."""
        self.clock = LoopingCall(self.flush)
        self.clock.start(self.crawler.settings.getfloat("GONGKAI_GROUP_SECONDS"), now=False)

    def end(self) -> None:
        self.clock.stop()
        self.flush()

    def flush(self) -> None:
        with self.kept():
            self.archive.flush()

    def prepare(self, crawler: Crawler) -> None:
        """Each host's own pace, and which hosts may be private, from the site files."""
        slots = {}
        for site in self.sites or self.catalogue.values():
            for host in hosts_of(site):
                slots[host] = {"delay": site.delay, "jitter": 0.0}
                if site.private:
                    GuardResolver.trusted.add(host)
            if site.private:
                for address in (site.url, *(channel.url for channel in site.channels)):
                    trust(address)
        crawler.settings.set(
            "DOWNLOAD_SLOTS", {**slots, **crawler.settings.getdict("DOWNLOAD_SLOTS")}, priority="spider"
        )
        for address in self.urls:  # a person named them
            trust(address)
        self.lease()
        for site in self.sites:
            self.archive.enrol(site)

    def lease(self) -> None:
        """Have the sites of this run to itself: those that another process crawls are left out, unless a page of one
        was asked for. Raises `ArchiveError`."""
        named = {self.home(url)[0] for url in self.urls}
        for key in named or [site.key for site in self.sites] or self.archive.site_keys():
            if (owner := self.archive.lease(key)) is None:
                self.held.append(key)
            elif named:
                raise ArchiveError(f"{key} is being crawled by process {owner}; wait for its end and run it again.")
        self.sites = [site for site in self.sites if site.key in self.held]

    # --- seeds ----------------------------------------------------------------------------------------------------

    async def start(self) -> AsyncIterator[Request]:
        with self.kept():
            for url in self.urls:
                site, hosts = self.home(url)
                for known in self.archive.offer([url], site):
                    yield self.fetch(known, site, hosts, one_off=True, is_start_request=True)

    def home(self, url: str) -> tuple[str, tuple[str, ...]]:
        """The site a URL belongs to, and the hosts it may lead to; an unknown host is a site of its own."""
        host = urlsplit(canonical(url)).hostname or ""
        known = next((site for site in self.catalogue.values() if host in hosts_of(site)), None)
        return (known.key, hosts_of(known)) if known else (host, (host,))

    def hosts_at(self, key: str | None, url: str) -> tuple[str, ...]:
        """The hosts of a site of the ledger, which may have left the catalogue."""
        site = self.catalogue.get(key or "")
        return hosts_of(site) if site else self.home(url)[1]

    def on_idle(self) -> None:
        """The ledger is the only frontier: what earlier runs left pending is taken up here, once a run; then what was
        archived long enough ago is looked at again; then come the files that documents enclose."""
        whole = not self.urls and self.limit is None
        if not self.broken and ((whole and (self.leftover() or self.revisit())) or self.enclosed()):
            raise DontCloseSpider

    def leftover(self) -> bool:
        """Ask for pages that wait; was there one?"""
        pages = self.archive.due(self.held, BATCH, self.cursor)
        for page in pages:
            self.cursor = page.row
            if why := unfit(page.url):  # in ledgers of versions that let it in
                with self.kept():
                    self.archive.exclude(page.url, page.site, why)
            else:
                self.crawler.engine.crawl(self.fetch(page.url, page.site or "", self.hosts_at(page.site, page.url)))
        return bool(pages)

    def enclosed(self) -> bool:
        """Ask for files that documents enclose; was there one?"""
        requests = self.files.due(self.held)
        for request in requests:
            self.crawler.engine.crawl(request)
        return bool(requests)

    def revisit(self) -> bool:
        """Ask again for archived pages, once a run; was there one?"""
        keys = [] if self.revisited else self.held
        self.revisited, budget = True, self.crawler.settings.getint("GONGKAI_REVISITS")
        found = [(key, again) for key in keys for again in revisits(self.archive, key, budget, datetime.now(UTC))]
        for key, again in found:
            site = self.catalogue.get(key)
            hosts = hosts_of(site) if site else self.home(again.url)[1]
            request = self.fetch(again.url, key, hosts, since=again.since)
            self.crawler.engine.crawl(request.replace(headers=dict(again.headers)))
        return bool(found)

    # --- pages ----------------------------------------------------------------------------------------------------

    def fetch(self, url: str, site: str, hosts: tuple[str, ...], **meta: Any) -> Request:
        """The request for one page of the ledger."""
        if suffix(urlsplit(url).path) in FILE_SUFFIXES:  # a list may link the file itself
            meta = {"download_maxsize": self.files.largest, "download_timeout": TIME, **meta}
        return Request(
            url,
            meta={"page": url, "site": site, "hosts": hosts, **meta},
            callback=self.on_page,
            errback=self.on_page_failure,
            dont_filter=True,
        )

    def on_page(self, response: Response) -> Iterator[Draft]:
        """One page arrived: let it be read. What a redirect took down is gone."""
        arrived(response.meta)
        page, capture = response.meta["page"], response.meta["capture"]
        if response.status == 304 and "since" in response.meta:
            self.archive.unchanged(page)
        elif moved_to_parent(page, response.url):
            with self.kept():
                self.archive.refuse(page, Gone(page, f"moved to its parent {response.url}"), capture)
        else:
            yield Draft(response, page, response.meta["site"], capture, self.archive.entry(page))

    def onward(self, draft: Draft) -> bool:
        """Follow where a page leads, or walk it if it is a list that was asked for; False: it is to be stored."""
        meta, reading = draft.response.meta, draft.made
        if meta.get("one_off") and self.walk_one_off(draft):
            return True
        if reading.kind == "redirect" and reading.target and meta.get("hops", 0) < HOPS:
            hosts, hops = meta["hosts"], meta.get("hops", 0) + 1
            request = self.fetch(draft.url, meta["site"], hosts, hops=hops, one_off=meta.get("one_off"))
            self.crawler.engine.crawl(request.replace(url=urljoin(draft.response.url, reading.target)))
            return True
        return False

    def stop(self, error: Exception) -> None:
        """The archive cannot be written any more: end the run, and let the command say why."""
        if self.broken is None:
            self.broken = error
            deferred_from_coro(self.crawler.engine.close_spider_async(reason="archive"))

    def ours(self, failure: Failure) -> bool:
        """Did the archive fail (a lease that cannot be written), and not what was asked for? Then the run ends."""
        if isinstance(failure.value, ArchiveError):
            self.stop(failure.value)
            return True
        return False

    @contextmanager
    def kept(self) -> Iterator[None]:
        """What happens inside is written into the archive, or the run ends."""
        try:
            yield
        except (ArchiveError, OSError) as error:
            self.stop(error)

    def walk_one_off(self, draft: Draft) -> bool:
        """If `gongkai scrape` was given a list: walk it as a channel of its host, without a site file."""
        response, kind = draft.response, draft.made.kind
        key, hosts = self.home(response.url)
        fragment = urldefrag(self.named.get(draft.url, "")).fragment
        channel = Channel(key, draft.url, urljoin(response.url, f"#{fragment}"), cms=cms.recognise(response))
        if kind != "listing" and not leads_to_list(response, channel, kind):
            return False
        known = self.catalogue.get(key) or Site(key, key, response.url, channel.cms, ())
        self.archive.forget(response.meta["page"])
        self.archive.enrol(replace(known, channels=(channel,)))
        request = self.walker.start(channel, hosts, Wishes(limit=self.limit))
        if request is not None:
            self.crawler.engine.crawl(request)
        return True

    def on_page_failure(self, failure: Failure) -> None:
        """No answer, or one that a middleware refused: the ledger keeps why."""
        page = failure.request.meta["page"]  # type: ignore[attr-defined]
        arrived(failure.request.meta)  # type: ignore[attr-defined]
        with self.kept():
            self.refuse(page, failure)

    def refuse(self, page: str, failure: Failure) -> None:
        if not self.ours(failure) and not isinstance(failure.value, Resting):
            self.archive.refuse(page, page_error(page, failure.value), site=failure.request.meta["site"])  # type: ignore[attr-defined]

    # --- listings (for scrape and for ListingSpider) --------------------------------------------------------------

    def on_listing(self, response: Response) -> Iterator[Request]:
        with self.kept():
            for request in self.walker.on_listing(response):
                yield led_here(request, response.url)

    def on_listing_failure(self, failure: Failure) -> None:
        meta = failure.request.meta  # type: ignore[attr-defined]
        if self.ours(failure):
            return
        error = page_error(meta["ask"].url, failure.value)
        with self.kept():
            self.walker.on_failure(meta["course"], str(error))

    def is_document(self, response: Response) -> bool:
        """Is this answer a document, whatever links it has?"""
        return extract(response).kind == "document"

    def problem_of(self, response: Response) -> PageError | None:
        """Why an answer that should be a listing is none (a challenge, a soft 404, a login …), if it says so."""
        reading = extract(response)
        if reading.kind == "listing" or reading.kind == "document":
            return None
        return problem_of(reading.kind, response.url, reading.problem, response.status)


def arrived(meta: dict[str, Any]) -> None:
    """Count the page for whoever watches its channel."""
    if tally := meta.get("tally"):
        tally.done += 1


def hosts_of(site: Site) -> tuple[str, ...]:
    """Every host the site may use: its own, those of its channels, and those its file adds."""
    urls = [site.url, *(channel.url for channel in site.channels)]
    found = [urlsplit(canonical(url)).hostname or "" for url in urls]
    return tuple(dict.fromkeys([*found, *map(ascii_host, site.hosts)]))


def moved_to_parent(asked: str, final: str) -> bool:
    """Did a redirect lead to a folder above the page, as sites do with what they took down?

    >>> moved_to_parent("http://a.cn/x/y/1.html", "http://a.cn/x/"), moved_to_parent("http://a.cn/x/y/1.html", "http://a.cn/z/2.html")
    (True, False)
    """
    before, after = urlsplit(asked).path, urlsplit(final).path
    folder = (
        after
        if after.endswith("/")
        else after[: after.rfind("/") + 1]
        if after.rsplit("/", 1)[-1].startswith("index.")
        else ""
    )
    return bool(folder) and after != before and before.startswith(folder) and before[len(folder) :].strip("/") != ""
