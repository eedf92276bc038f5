"""Which archived pages are asked for again: young documents often, old ones rarely, within a budget per site and run.

What a government corrects or takes down it mostly corrects or takes down soon; what has stood for months is looked at
about twice a year. What lists have lost is looked at first of all: is it gone, or only moved off the list? The plan is
a query over the ledger (`pages.checked` says when a server last answered for a page), so it needs no queue of its own,
holds at once when this table is changed, and is the same whenever it is asked for at one moment.

The request is conditional (RFC 9110 §13): it carries the entity tag and the date of the last capture. A 304 is noted in
`pages.checked` and as a revisit record in the WARC (profile server-not-modified); it makes no capture, since it says
nothing that the last one does not say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from archive.database import Archive
from archive.ledger import stamp
from archive.records import Location

# Published so long ago at most → asked for again after so long. What states no day counts as old.
PAUSES: tuple[tuple[timedelta, timedelta], ...] = (
    (timedelta(days=7), timedelta(days=1)),
    (timedelta(days=60), timedelta(days=7)),
    (timedelta.max, timedelta(days=182)),
)
CONDITIONS: Mapping[str, str] = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}

STANDING = "p.state in ('archived', 'gone') and coalesce(p.next_attempt, '') <= :now"
MISSED = f"""select p.url, p.checked from absences a join pages p on p.url = a.url
    where a.until is null and p.site = :site and p.reading is not null and p.checked < a.since and {STANDING}
    order by a.since, p.n limit :budget"""
YOUNG = f"""select p.url, p.checked from readings r join pages p on p.reading = r.capture
    where r.published_on >= :published and p.site = :site and p.checked <= :checked and {STANDING}
    order by p.checked, p.n limit :budget"""
ANY = f"""select p.url, p.checked from pages p
    where p.site = :site and p.reading is not null and p.checked <= :checked and {STANDING}
    order by p.checked, p.n limit :budget"""


@dataclass(frozen=True, slots=True)
class Revisit:
    """A page to ask for again. `headers` make the request conditional on what was captured at `since` (UTC)."""

    url: str
    since: str
    headers: Mapping[str, str] = field(default_factory=dict)


def revisits(archive: Archive, site: str, budget: int, moment: datetime) -> Iterator[Revisit]:
    """The pages of a site to ask for again at a moment (with a time zone), the most overdue first."""
    for url in overdue(archive, site, budget, moment):
        yield _conditional(archive, url)


def overdue(archive: Archive, site: str, budget: int, moment: datetime) -> list[str]:
    """What lists have lost, then by how many of its pauses a page has waited."""
    known = {"site": site, "budget": budget, "now": stamp(moment)}
    waited: dict[str, float] = {url: float("inf") for url, _ in archive.db.execute(MISSED, known)}
    for age, pause in PAUSES:
        limits = {"published": _before(moment, age)[:10], "checked": _before(moment, pause)}
        for url, checked in archive.db.execute(ANY if age is timedelta.max else YOUNG, {**known, **limits}):
            waited.setdefault(url, (moment - datetime.fromisoformat(checked)) / pause)
    return sorted(waited, key=lambda url: -waited[url])[:budget]


def _before(moment: datetime, span: timedelta) -> str:
    return stamp(moment.astimezone(UTC) - span) if span is not timedelta.max else ""


def _conditional(archive: Archive, url: str) -> Revisit:
    """Conditions only where the capture is what this very address answered, and the page has not gone since."""
    state, since, final, *place = archive.db.execute(
        'select p.state, k.fetched_at, k.final_url, k.file, k."offset", k.length from pages p '
        "join captures k on k.id = p.reading where p.url = ?", (url,)
    ).fetchone()  # fmt: skip
    if state != "archived" or final != url:
        return Revisit(url, since)
    headers = ((name.lower(), value) for name, value in archive.read_payload(Location(*place)).headers)
    return Revisit(url, since, {CONDITIONS[name]: value for name, value in headers if name in CONDITIONS})
