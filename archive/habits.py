"""How far the next walk of a channel goes, and why: learned from where its new entries have come in.

A list that is newest first may be left at the first page of known entries. Many are not: entries are pinned, back-dated
or put in by hand. So the ledger notes, for each entry that came in after a list was first seen whole, how many known
ones stood above it in a row (`reach`), and how far the days of the list itself are out of order (`disorder`). A walk
goes on until it has met twice as many known entries in a row; a list said to be in no order is walked to its end until
`ENOUGH` arrivals have shown where they come in. What this still misses comes to light when the list is walked whole,
every `WHOLE_EVERY`; each whole walk that finds nothing so deep halves the reach again.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

WHOLE_EVERY = timedelta(days=30)  # what a site changes without telling comes to light by then
UNHURRIED = timedelta(minutes=10)  # in so long a walk entries may be taken down, and others slip up past it
ENOUGH = 20  # arrivals that show where new entries come in
MARGIN = 20  # known entries more, where a list is in no order


@dataclass(frozen=True, slots=True)
class Habits:
    """What was seen of a channel: entries that `arrived` since it was first known whole, the most known ones in a row
    above one of them (`reach`), the most older ones above any entry (`disorder`), how often it was walked to its end
    (`sweeps`, last begun at `swept`, the longest in `seconds`), and whether the site has `counted` its entries."""

    ordered: bool
    arrived: int
    reach: int
    disorder: int
    sweeps: int
    swept: str | None
    seconds: int
    counted: bool

    @property
    def stop(self) -> int | None:
        """After so many known entries in a row a walk may stop, if the page it is on has no others; None: at the end
        of the list."""
        if self.arrived >= ENOUGH:
            return 2 * self.reach + (0 if self.ordered else MARGIN)
        if not self.ordered:
            return None
        return 2 * (self.reach if self.counted else max(self.reach, self.disorder))

    @property
    def unconfirmed(self) -> bool:
        """Seen whole once, slowly, with no count that would tell of entries that slipped past."""
        return self.sweeps == 1 and not self.counted and self.seconds > UNHURRIED.total_seconds()

    def whole(self, now: datetime) -> bool:
        """Does a walk that begins now go to the end of the list?"""
        if self.stop is None or self.unconfirmed:
            return True
        return self.next_whole is not None and not now < self.next_whole <= now + WHOLE_EVERY  # beyond: a wrong clock

    @property
    def next_whole(self) -> datetime | None:
        return datetime.fromisoformat(self.swept) + WHOLE_EVERY if self.swept else None

    @property
    def rule(self) -> str:
        """How far the next walk goes and why, in words."""
        if self.next_whole is None:
            return "to the end: not seen whole yet"
        if self.unconfirmed:
            return "to the end once more: a long walk, and the site counts nothing"
        if self.stop is None:
            return f"to the end: in no order, and only {self.arrived} of {ENOUGH} arrivals seen"
        if self.next_whole <= datetime.now(UTC):
            return f"to the end: seen whole last on {(self.swept or '')[:10]}"
        return f"{self._partly(self.stop)}; whole from {self.next_whole:%Y-%m-%d}"

    def _partly(self, stop: int) -> str:
        if stop == 0:
            why = f"none of {self.arrived} arrivals stood below a known one" if self.arrived else "newest first"
            return f"to the first page of known entries: {why}"
        if self.arrived < ENOUGH and self.disorder > self.reach and not self.counted:
            return f"to {stop} known entries in a row: days are out of order by up to {self.disorder}"
        return f"to {stop} known entries in a row: of {self.arrived} arrivals one stood below {self.reach}"


def of(db: sqlite3.Connection, site: str, channel: str) -> Habits:
    """Those of a channel that is enrolled."""
    row = db.execute(
        "select c.ordered, c.arrived, c.reach, c.disorder, count(w.walk), max(w.started), "
        "coalesce(max(unixepoch(w.ended) - unixepoch(w.started)), 0), coalesce(max(w.claimed is not null), 0) "
        "from channels c left join walks w on w.site = c.site and w.channel = c.channel and w.outcome = 'exhausted' "
        "where c.site = ? and c.channel = ?", (site, channel)).fetchone()
    return Habits(*row)


def disorder(days: Iterable[str | None]) -> int:
    """How far the days of a list, from its top, are from falling: the most older entries above any entry. Entries that
    are not dated, or in the future (a slip of the pen), say nothing.

    >>> disorder(["2024-03-03", "2024-03-02", "2024-03-01"]), disorder(["2020-01-01", "2024-03-02", "2024-03-01"])
    (0, 1)
    """
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    above: list[str] = []
    most = 0
    for day in days:
        if day and day <= today:
            most = max(most, bisect_left(above, day))
            insort(above, day)
    return most
