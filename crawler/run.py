"""Runs a spider over an archive and says truthfully how it ended. Scrapy itself exits 0 when every request failed, so
the commands judge from the ledger."""

from __future__ import annotations

import logging
import re
import signal
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path
from typing import Any

from scrapy import Spider, signals
from scrapy.crawler import CrawlerProcess
from scrapy.settings import Settings

from archive.database import Archive
from archive.errors import ArchiveError
from crawler.fetch import settings
from crawler.middlewares import enough_room
from crawler.report import Run, publish
from crawler.signs import Signs
from pipelines.derive import derive

SECRET = re.compile(r"PASS|TOKEN|SECRET|AUTH|COOKIE|API_?KEY|CREDENTIAL|ALARM", re.I)  # of a setting, of a header


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: `reason` as Scrapy has it (finished, shutdown …; None when it was stopped the hard way), the
    error that stopped it, if any, and the signs of every list that was walked."""

    reason: str | None
    broken: BaseException | None
    run: Run
    tops: Signs
    settings: Settings

    @property
    def interrupted(self) -> bool:
        return self.reason in (None, "shutdown") and self.broken is None

    def close(self, complete: bool) -> dict[str, Any]:
        """Write the report of the run, and tell whoever wants to know."""
        if self.broken:
            outcome = f"broken: {self.broken}"
        else:
            outcome = "interrupted" if self.interrupted else "complete" if complete else "incomplete"
        report = self.run.end(outcome, complete and outcome == "complete", self.tops)
        publish(report, self.settings["GONGKAI_METRICS"], self.settings["GONGKAI_ALARM"])
        return report


def run(
    spider: str | type[Spider],
    archive: Archive,
    *,
    verbose: bool = False,
    changes: dict[str, str] | None = None,
    **wishes: Any,
) -> Ended:
    """One crawl in this process, to its end. One per process: Twisted starts once. Raises `ArchiveError` where there is
    no room for one, and what a spider raises that cannot begin."""
    return finished(crawled(spider, archive, verbose=verbose, changes=changes, **wishes))


def crawled(
    spider: str | type[Spider],
    archive: Archive,
    *,
    verbose: bool = False,
    changes: dict[str, str] | None = None,
    **wishes: Any,
) -> Ended:
    """The same without what is done when all have come in."""
    made = settings(LOG_LEVEL="INFO" if verbose else "WARNING", **(changes or {}))
    enough_room(archive.folder, made.getint("GONGKAI_FREE"))
    noted = Run(archive, spider if isinstance(spider, str) else spider.name)
    scrapy = CrawlerProcess(made)
    logging.getLogger("scrapy").setLevel(made["LOG_LEVEL"])  # else lines that nobody sees cost 1 ms a page
    hide(made)
    crawler = scrapy.create_crawler(spider)
    ended: dict[str, Any] = {}
    crawler.signals.connect(lambda spider, reason: ended.update(reason=reason), signals.spider_closed, weak=False)
    scrapy.crawl(crawler, archive=archive, **wishes).addErrback(lambda failure: ended.update(broken=failure.value))
    scrapy.start()
    listen()
    broken = getattr(crawler.spider, "broken", None) or ended.get("broken")
    walker = getattr(crawler.spider, "walker", None)
    return Ended(ended.get("reason"), broken, noted, walker.tops if walker else {}, made)


def listen() -> None:
    """From now on Ctrl-C and SIGTERM raise `KeyboardInterrupt`. Scrapy's handlers stay when its reactor has ended, and
    talk to nobody."""
    for sent in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sent, signal.default_int_handler)


def finished(ended: Ended) -> Ended:
    """Link what came in and take it apart, unless somebody waits for the end; what is left, the next run does."""
    if ended.broken or ended.interrupted:
        return ended
    try:
        ended.run.archive.link()
        derive(ended.run.archive)
    except KeyboardInterrupt:
        return replace(ended, reason=None)
    except ArchiveError as error:
        return replace(ended, broken=error)
    return ended


def hide(made: Settings) -> None:
    """Scrapy logs the settings of a run: passwords among them are starred out, wherever they turn up in the log."""
    secrets = [value for name, value in made.items()  # of ours, not Scrapy's defaults
               if SECRET.search(name) and made.getpriority(name) and isinstance(value, str) and len(value) > 3]
    usual = logging.LogRecord

    def starred(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = usual(*args, **kwargs)
        said = record.getMessage()
        if any(secret in said for secret in secrets):
            record.msg, record.args = reduce(lambda text, secret: text.replace(secret, "***"), secrets, said), ()
        return record

    if secrets:
        logging.setLogRecordFactory(starred)


def recordings(files: tuple[str, ...]) -> tuple[Path, ...]:
    """The files of `--replay`, checked before anything starts. Raises `UsageError`."""
    from archive.recording import Recording

    for file in files:
        Recording(Path(file))
    return tuple(Path(file) for file in files)
