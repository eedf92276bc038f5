"""Runs a spider over an archive and says truthfully how it ended. Scrapy itself exits 0 when every request failed, so
the commands judge from the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scrapy import signals
from scrapy.crawler import CrawlerProcess

from archive.database import Archive
from crawler.fetch import settings


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: `reason` as Scrapy has it (finished, shutdown …), and the error that stopped it, if any."""

    reason: str
    broken: Exception | None

    @property
    def interrupted(self) -> bool:
        return self.reason == "shutdown"


def run(
    spider: str, archive: Archive, *, verbose: bool = False, changes: dict[str, str] | None = None, **wishes: Any
) -> Ended:
    """One crawl in this process, to its end. One per process: Twisted starts once."""
    level = {"LOG_LEVEL": "INFO" if verbose else "WARNING"}
    scrapy = CrawlerProcess(settings(**level, **(changes or {})))
    crawler = scrapy.create_crawler(spider)
    ended: dict[str, str] = {}
    crawler.signals.connect(lambda spider, reason: ended.update(reason=reason), signals.spider_closed, weak=False)
    scrapy.crawl(crawler, archive=archive, **wishes)
    scrapy.start()
    return Ended(ended.get("reason", "did not start"), getattr(crawler.spider, "broken", None))


def recordings(files: tuple[str, ...]) -> tuple[Path, ...]:
    """The files of `--replay`, checked before anything starts. Raises `UsageError`."""
    from archive.recording import Recording

    for file in files:
        Recording(Path(file))
    return tuple(Path(file) for file in files)
