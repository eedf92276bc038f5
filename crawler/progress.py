"""What a crawl says while it runs: a bar for each channel with the time that it still takes on a terminal, a plain line
now and then elsewhere. On stderr, so that what a command prints can be piped."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from scrapy import signals
from scrapy.crawler import Crawler

from pipelines.store import StoreStage

MOVING, PLAIN = 0.2, 30.0  # seconds between two looks on a terminal, and two lines elsewhere
SHOWN = 6  # channels in a plain line
AWAY = 4  # lines of a terminal that are not for bars


@dataclass(slots=True)
class Tally:
    """How far this run has come in one channel. `claimed` entries are what the walk will see, where it goes to the end
    and the site counts them; `seen` are on the pages it has seen, of which `wanted` were asked for and `done` came."""

    name: str
    before: int = 0  # seen by an interrupted run whose walk goes on
    to_the_end: bool = False
    claimed: int | None = None
    seen: int = 0
    wanted: int = 0
    done: int = 0
    over: bool = False  # its walk ended: nothing more will be listed
    begun: float = field(default_factory=time.monotonic)

    @property
    def total(self) -> int:
        """Entries that it will have seen when it is through, as far as that is known."""
        going_on = 0 if self.over or not self.to_the_end else self.claimed or 0
        return max(self.before + self.seen, going_on)

    @property
    def through(self) -> int:
        """Entries that nothing is left to do for."""
        return self.before + self.seen - (self.wanted - self.done)

    @property
    def active(self) -> bool:
        return self.seen > 0 and not (self.over and self.wanted == self.done)

    def listed(self, new: int, claimed: int | None, wanted: int) -> None:
        """One more page of its list was seen."""
        self.seen, self.wanted = self.seen + new, wanted
        self.claimed = claimed if claimed is not None else self.claimed

    def left(self, now: float) -> float | None:
        """Seconds that it still takes at its pace so far; None where there is none yet."""
        came = self.through - self.before
        return (self.total - self.through) * (now - self.begun) / came if came > 0 else None


class Progress:
    """Scrapy extension: counts answers and pages that were read, and shows the tallies of the walks."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.bars = Bars() if sys.stderr.isatty() else None
        self.begun = self.said = time.monotonic()
        self.answers = 0
        crawler.signals.connect(self.on_answer, signals.response_received)
        crawler.signals.connect(self.on_end, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Progress:
        return cls(crawler)

    def on_answer(self) -> None:
        self.answers += 1
        if time.monotonic() - self.said >= (MOVING if self.bars else PLAIN):
            self.tell()

    def on_end(self) -> None:
        if self.bars:
            self.bars.end()

    def tell(self) -> None:
        """Answers, pages and pace so far, and where each channel is."""
        self.said = time.monotonic()
        walker = getattr(self.crawler.spider, "walker", None)
        tallies: Sequence[Tally] = list(walker.tallies.values()) if walker else []
        pace = self.answers / max(self.said - self.begun, 0.001)
        stage = self.crawler.get_item_pipeline(StoreStage)
        counts = f"{self.answers} answers, {stage.pages if stage else 0} pages read, {pace:.1f} a second"
        if self.bars:
            self.bars.show(counts, tallies)
        else:
            print("; ".join([counts, *plain(tallies, self.said)]), file=sys.stderr, flush=True)


def plain(tallies: Iterable[Tally], now: float) -> list[str]:
    """A phrase for each channel under way, those with the most to do first.

    >>> plain([Tally("a/tzgg", seen=40, wanted=40, done=10, begun=0.0), Tally("a/zcwj")], now=60.0)
    ['a/tzgg 10 of 40, 3:00 left']
    """
    active = sorted((one for one in tallies if one.active), key=lambda one: one.through - one.total)
    said = [f"{one.name} {one.through} of {one.total}{_left(one.left(now))}" for one in active[:SHOWN]]
    return [*said, f"{len(active) - SHOWN} channels more"] if len(active) > SHOWN else said


def _left(seconds: float | None) -> str:
    if seconds is None:
        return ""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f", {hours}:{minutes:02}:{seconds:02} left" if hours else f", {minutes}:{seconds:02} left"


class Bars:
    """The bars on a terminal; they go when the crawl ends."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
        from rich.progress import Progress as Rows

        self.rows = Rows(
            TextColumn("{task.description}", markup=False), BarColumn(bar_width=24), MofNCompleteColumn(),
            TextColumn("{task.fields[left]}", markup=False), console=Console(stderr=True), transient=True,
            auto_refresh=False, redirect_stdout=False, redirect_stderr=False,
        )  # fmt: skip
        self.rows.start()
        self.first = self.rows.add_task("", total=None, left="")
        self.of: dict[str, Any] = {}

    def show(self, counts: str, tallies: Iterable[Tally]) -> None:
        """Draw them anew: `counts` above, then the channels under way, as many as there is room for."""
        room, now = max(1, self.rows.console.size.height - AWAY), time.monotonic()
        active = sorted((one for one in tallies if one.active), key=lambda one: one.through - one.total)[:room]
        for name in self.of.keys() - {one.name for one in active}:
            self.rows.remove_task(self.of.pop(name))
        for one in active:
            if one.name not in self.of:
                self.of[one.name] = self.rows.add_task(one.name, left="")
            left = _left(one.left(now)).removeprefix(", ")
            self.rows.update(self.of[one.name], total=one.total, completed=one.through, left=left)
        self.rows.update(self.first, description=counts)
        self.rows.refresh()

    def end(self) -> None:
        self.rows.stop()
