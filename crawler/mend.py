"""`gongkai verify --repair`: captures whose bytes are lost are asked for once more, politely and through the same
middlewares as ever. Only the very bytes that were received, by their hash, take the place of the lost ones; another
answer is a capture of its own, as at any other time, and the lost ones stay lost.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from archive.database import Archive
from archive.mend import Lost, Mended, from_twins, lost, mend_database, mend_order, mend_recordings
from archive.records import Download, Location
from archive.verify import Finding
from crawler.failures import page_error
from crawler.reextract import reread
from crawler.run import run
from crawler.spiders.pages import PagesSpider
from pipelines.derive import derive

CLOSED = "its writer was killed: closed behind its last capture, what stood there is kept as .torn"
OTHER = "asked for again, but its server sends something else now"


@dataclass(slots=True)
class Answers:
    """What became of the lost captures that were asked for again, by their number."""

    places: dict[int, Location] = field(default_factory=dict)
    failed: dict[int, str] = field(default_factory=dict)


class MendSpider(PagesSpider):
    """Asks for lost captures, and for nothing else."""

    name = "mend"

    def __init__(self, wanted: Sequence[Lost], answers: Answers, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.wanted, self.answers = wanted, answers

    async def start(self) -> AsyncIterator[Request]:
        for one in self.wanted:
            yield self.again(one)

    def on_idle(self) -> None:
        """What the ledger wants besides is for a crawl."""

    def again(self, one: Lost) -> Request:
        """The request that was answered by what is lost."""
        url, asked = one.capture.url, one.request
        site, hosts = self.home(url)
        request = (self.files.fetch(Download(0, url, site, None)) if one.enclosed else self.fetch(url, site, hosts))
        return request.replace(
            url=one.capture.final_url,
            method=asked.method if asked else "GET",
            body=asked.body if asked else b"",
            meta={**request.meta, "id": one.id, "lost": one.capture, "listed": one.listed, "enclosed": one.enclosed},
            callback=self.on_again,
            errback=self.on_nothing,
        )

    async def on_again(self, response: Response) -> AsyncIterator[Any]:
        """An answer: the lost bytes, or what the page, or the file, is now."""
        capture, meta = response.meta["capture"], response.meta
        if (capture.payload, capture.fetched_at) == (meta["lost"].payload, meta["lost"].fetched_at):
            self.answers.places[meta["id"]] = capture.location
            return
        self.answers.failed[meta["id"]] = f"{OTHER} ({response.status})"
        if meta["enclosed"]:
            await self.files.on_file(response)
        elif not meta["listed"]:
            for draft in self.on_page(response):
                yield draft

    def on_nothing(self, failure: Failure) -> None:
        meta = failure.request.meta  # type: ignore[attr-defined]
        self.answers.failed[meta["id"]] = f"asked for again: {page_error(meta['page'], failure.value).reason}"


def mend(archive: Archive, findings: Sequence[Finding], catalogue: Path) -> list[Mended]:
    """Make whole what can be; gives what was done, and why what was not. `gongkai verify` says what is left."""
    done = [Mended("WARC", name, CLOSED) for name in archive.recovered]
    if any(finding.kind == "database" for finding in findings):
        done += mend_order(archive)
    done += _recordings(archive, catalogue)
    done += mend_database(archive, findings, reread)
    archive.link()
    if derived := derive(archive):
        done.append(Mended("documents", f"{derived} documents", "outlines, citations and facts made again"))
    return done


def _recordings(archive: Archive, catalogue: Path) -> list[Mended]:
    wanted = lost(archive)
    twins = from_twins(archive, wanted)
    asked = [one for one in wanted if one.id not in twins and one.request is not None]
    answers = Answers(places=dict(twins), failed={one.id: "the request that it answered is lost" for one in wanted})
    done = [Mended("WARC", one.capture.url, "the same bytes stand in another record") for one in wanted
            if one.id in twins]  # fmt: skip
    if asked:
        ended = run(MendSpider, archive, wanted=asked, answers=answers, catalogue=catalogue)
        ended.close(len(answers.places) == len(wanted))
        archive.group(1)
        archive.flush()
        if ended.broken:
            raise ended.broken
    done += list(mend_recordings(archive, answers.places))
    for one in wanted:
        if one.id not in twins:
            how = "asked for again: the same bytes" if one.id in answers.places else answers.failed[one.id]
            done.append(Mended("WARC", one.capture.url, how))
    return done
