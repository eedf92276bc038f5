"""The completeness certificate: what a channel claims, and where every entry of it is.

    claimed = archived + gone + blocked + failed + unread + pending + foreign + listed twice + unexplained

It adds up by construction (`unexplained` is what is left, and may be negative where the list holds more than it
claims); whether it *balances* is the finding.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from archive import habits
from archive.records import CLOSED

if TYPE_CHECKING:
    import sqlite3

PLACES = ("archived", "gone", "blocked", "failed", "unread", "pending", "foreign", "listed_twice")
TERMS = ("claimed", *(place.replace("_", " ") for place in PLACES), "unexplained")  # of the sum
COLUMNS = ("site", "channel", *TERMS, "attachments", "walk", "the next goes")
KEPT = ("site", "channel", "claimed", "archived", "unexplained", "walk")  # shown even where all is 0


@dataclass(frozen=True, slots=True)
class Certificate:
    """One channel, in the columns of the view `coverage`. `claimed` and `unexplained` are None where the site claims
    no total; `vanished` entries are listed no longer and part of no sum; `outcome` is that of the last walk, None
    while it is open or none was begun (`walked` None). `unfetched` of the `attachments` of its documents are still to
    be fetched; they are part of no sum. `rule` says how far the next walk goes, and why."""

    site: str
    channel: str
    name: str
    claimed: int | None
    archived: int
    gone: int
    blocked: int
    failed: int
    unread: int
    pending: int
    foreign: int
    listed_twice: int
    unexplained: int | None
    vanished: int
    outcome: str | None
    walked: str | None
    pages: int | None
    note: str | None
    attachments: int
    unfetched: int
    rule: str = ""

    @property
    def listed(self) -> int:
        """Entries of the list as far as the ledger knows it."""
        return self.archived + self.gone + self.blocked + self.failed + self.unread + self.pending + self.foreign

    @property
    def missing(self) -> int:
        """Entries that ought to be here and are not: refused, failed, unread or never asked for."""
        return self.blocked + self.failed + self.unread + self.pending

    @property
    def balanced(self) -> bool:
        """The last walk was closed, nothing is missing, and the sum leaves nothing unexplained."""
        return self.outcome in CLOSED and not self.missing and not self.unexplained

    def row(self) -> list[str]:
        """As `COLUMNS`, for a table; what is not known is a dash."""
        shown = [self.claimed, *(getattr(self, place) for place in PLACES), self.unexplained]
        walk = (self.outcome or "open") if self.walked else "never walked"
        files = f"{self.attachments - self.unfetched} of {self.attachments}"
        return [self.site, self.name, *("–" if n is None else str(n) for n in shown), files,
                f"{walk}: {self.note}" if self.note else walk, self.rule]

    @property
    def remarks(self) -> list[str]:
        """Sentences below the table, where there is no room for columns of words: what a walk met, the attachments
        still to be fetched, how far the next walk goes."""
        fetched = f"{self.attachments - self.unfetched} of {self.attachments} attachments fetched"
        said = (f"{self.outcome or 'open'}: {self.note}" if self.note else "", fetched if self.unfetched else "",
                f"the next walk goes {self.rule}" if self.rule else "")  # fmt: skip
        return [sentence for sentence in said if sentence]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "listed": self.listed, "missing": self.missing, "balanced": self.balanced}


def certificates(db: sqlite3.Connection, sites: Collection[str] = ()) -> list[Certificate]:
    """The certificate of every channel, or of those of some sites."""
    columns = ", ".join(f'"{field.name}"' for field in fields(Certificate) if field.name != "rule")
    where = f"where site in ({', '.join('?' * len(sites))})" if sites else ""
    rows = db.execute(f"select {columns} from coverage {where} order by site, channel", tuple(sites))
    return [Certificate(*(*row, habits.of(db, row[0], row[1]).rule)) for row in rows]
