"""The ledger: what is known and what is still to do. Functions on a connection, inside `Archive`'s transactions.

The closed-walk rule (design.md §6). A walk lists a channel newest first and may stop at what is known. *Nothing new on
this page* is no reason to stop: after a kill it loses what stood below. A page is caught up only if

- every entry of it was listed before by a walk that was closed: that one went on until everything below was listed;
- and, where the site claims a total, claimed − listed is what it was when the list was last seen to its end: else
  something was inserted, or taken away, further down;
- and the claimed total has not fallen during this walk: entries that move up between two requests slip past it.

A walk is closed by its outcome, `exhausted` or `caught_up`; one whose list shrank meanwhile ends as `moved` and must be
walked again. `tests/test_walk_rule.py` plays this against random histories.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from archive.errors import PageError
from archive.records import CLOSED, Ask, Channel, Entry, Listed, Listing, Outcome, Page, Site, State, Walk

if TYPE_CHECKING:
    import sqlite3

PageRow = tuple[int, str, str | None, State, str | None, int]

WALK_WHOLE_EVERY = timedelta(days=30)  # what a site changes without telling comes to light by then
FIRST_PAUSE, LONGEST_PAUSE = timedelta(hours=1), timedelta(days=7)  # between attempts, doubled each time


def now() -> str:
    """UTC, to the second."""
    return stamp(datetime.now(UTC))


def stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def enrol(db: sqlite3.Connection, site: Site) -> None:
    """Mirror a site file. Channels that left the file stay: their documents do."""
    db.execute(
        "insert into sites (site, name, url, cms, region, code, tried) values (?, ?, ?, ?, ?, ?, ?) on conflict (site) "
        "do update set name = excluded.name, url = excluded.url, cms = excluded.cms, region = excluded.region, "
        "code = excluded.code, tried = excluded.tried",
        (site.key, site.name, site.url, site.cms, site.region, site.code, site.tried))
    db.executemany(
        "insert into channels (site, channel, name, url, cms, ordered) values (?, ?, ?, ?, ?, ?) on conflict do update "
        "set name = excluded.name, url = excluded.url, cms = excluded.cms, ordered = excluded.ordered",
        [(c.site, c.key, c.name or c.key, c.url, c.cms, int(c.ordered)) for c in site.channels])


def _mention(db: sqlite3.Connection, site: str | None) -> None:
    """A site that is only a host so far, met by `gongkai scrape`."""
    if site:
        db.execute("insert or ignore into sites (site, name, url, cms) values (?1, ?1, 'http://' || ?1 || '/', 'html')",
                   (site,))


# --- walks -------------------------------------------------------------------------------------------------------


def begin_walk(db: sqlite3.Connection, channel: Channel, full: bool) -> Walk:
    """Go on with the channel's open walk, or begin one. It is whole (goes to the end) when asked for, when the list is
    not newest first, and when the last whole walk is `WALK_WHOLE_EVERY` ago."""
    whole = full or not channel.ordered or _due_whole(db, channel)
    row = db.execute("select walk, next, pages, whole from walks where site = ? and channel = ? and outcome is null",
                     (channel.site, channel.key)).fetchone()
    if row is None:
        walk = uuid.uuid4().hex
        db.execute("insert into walks (walk, site, channel, whole, started) values (?, ?, ?, ?, ?)",
                   (walk, channel.site, channel.key, int(whole), now()))
        return Walk(walk, channel.site, channel.key, whole, None, 0, False)
    walk, following, pages, was_whole = row
    db.execute("update walks set whole = ? where walk = ?", (int(whole or was_whole), walk))
    ask = Ask(**json.loads(following)) if following else None
    return Walk(walk, channel.site, channel.key, bool(whole or was_whole), ask, pages, True)


def _due_whole(db: sqlite3.Connection, channel: Channel) -> bool:
    last = db.execute("select max(started) from walks where site = ? and channel = ? and outcome = 'exhausted'",
                      (channel.site, channel.key)).fetchone()[0]
    return last is not None and last < stamp(datetime.now(UTC) - WALK_WHOLE_EVERY)


def listed(db: sqlite3.Connection, walk: str, ask: Ask, listing: Listing, foreign: Mapping[str, str]) -> Listed:
    """Take in one listing page: its entries, the walk's counts and the request it goes on with. A page that is not the
    one the walk goes on with is one looked at once more: it may bring new entries, but the walk stays where it is."""
    site, channel, whole, seen, claimed, shrank, pages, following = db.execute(
        "select site, channel, whole, seen, claimed, shrank, pages, next from walks where walk = ?", (walk,)).fetchone()
    onward = pages == 0 or following == _saved(ask)
    place, moment = (site, channel, walk), now()
    rows = [_take_in(db, place, entry, position, foreign.get(entry.url), moment)
            for position, entry in enumerate(listing.entries, start=seen + 1)]
    new, unheard = sum(row.new for row in rows), sum(row.unheard for row in rows)
    total = claimed if listing.total is None else listing.total
    rise = total - claimed if total is not None and claimed is not None else 0
    db.execute(
        "update walks set pages = pages + 1, seen = seen + ?, fresh = fresh + ?, repeated = repeated + ?, "
        "late = late + ?, claimed = ?, grown = grown + ?, shrank = shrank + ?, next = iif(?, ?, next) where walk = ?",
        (new, unheard, len(rows) - new if onward else 0, 0 if onward else new, total, max(rise, 0) if onward else 0,
         max(-rise, 0), int(onward), _saved(listing.next), walk))
    if unheard:
        db.execute("update channels set listed = listed + ? where site = ? and channel = ?", (unheard, site, channel))
    known = bool(rows) and all(row.settled for row in rows)
    caught_up = known and shrank == 0 and rise >= 0 and not whole and _agrees(db, place, total)
    return Listed(new, tuple(row.url for row in rows if row.new and row.state == "pending"), caught_up)


def _saved(ask: Ask | None) -> str | None:
    return json.dumps(asdict(ask), ensure_ascii=False) if ask else None


class _Row(NamedTuple):
    """One row of a listing page: `new` to this walk, `unheard` of in its channel or missing there until now,
    `settled`: listed before by a walk that was closed."""

    url: str
    state: str
    new: bool
    unheard: bool
    settled: bool


def _take_in(
    db: sqlite3.Connection, place: tuple[str, str, str], entry: Entry, position: int, foreign: str | None, moment: str,
) -> _Row:
    site, channel, walk = place
    listed_now, missing, settled = db.execute(
        "select l.last_walk = ?, l.missing_since is not null, l.settled or w.closed from listings l "
        "join walks w on w.walk = l.last_walk where l.site = ? and l.channel = ? and l.url = ?",
        (walk, site, channel, entry.url)).fetchone() or (0, None, 0)
    state = _page(db, entry.url, site, moment, foreign, returned=bool(missing))
    if not listed_now:
        db.execute(
            "insert into listings (site, channel, url, title, date, stated, position, first_walk, last_walk) "
            "values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8) on conflict do update set title = ?4, date = ?5, stated = ?6, "
            "position = ?7, last_walk = ?8, settled = ?9, missing_since = null",
            (site, channel, entry.url, entry.title, entry.date, json.dumps(dict(entry.stated), ensure_ascii=False),
             position, walk, settled))
    return _Row(entry.url, state, not listed_now, missing != 0, bool(settled))


def _page(db: sqlite3.Connection, url: str, site: str, moment: str, foreign: str | None, returned: bool) -> str:
    """Note that a URL is listed; gives its state. One that is listed again after it vanished is fetched again."""
    state: str = db.execute(
        "insert into pages (url, site, state, reason, first_seen, last_seen) values (?, ?, ?, ?, ?, ?) "
        "on conflict (url) do update set last_seen = excluded.last_seen, site = coalesce(site, excluded.site), "
        "state = case when state = 'foreign' or (? and state = 'gone') then excluded.state else state end, "
        "reason = case when state = 'foreign' then excluded.reason else reason end "
        "returning state",
        (url, site, "foreign" if foreign else "pending", foreign, moment, moment, int(returned))).fetchone()[0]
    return state


def _agrees(db: sqlite3.Connection, place: tuple[str, str, str], claimed: int | None) -> bool:
    if claimed is None:
        return True
    here, gap = db.execute("select listed, gap from channels where site = ? and channel = ?", place[:2]).fetchone()
    return gap is not None and claimed - here == gap


def end_walk(db: sqlite3.Connection, walk: str, outcome: Outcome, note: str | None) -> Outcome:
    """End a walk; gives the outcome that was recorded. `exhausted` marks what the walk did not see as missing, but
    only if it saw as much of the list as the last one did. A list that shrank meanwhile makes it `moved`."""
    site, channel, claimed, shrank, unseen = db.execute(  # what came in on top shows as rows seen twice
        "select site, channel, claimed, shrank, max(0, min(repeated, grown) - late) from walks where walk = ?",
        (walk,)).fetchone()
    if outcome in CLOSED and shrank:
        outcome, note = "moved", f"the list shrank by {shrank} while it was walked; walk it again"
    if outcome == "exhausted":
        _exhaust(db, (site, channel, walk), claimed - unseen if claimed is not None else None)
    db.execute("update walks set ended = ?, outcome = ?, note = ?, next = case when ? then null else next end "
               "where walk = ? and outcome is null", (now(), outcome, note, outcome in CLOSED, walk))
    return outcome


def _exhaust(db: sqlite3.Connection, place: tuple[str, str, str], claimed: int | None) -> None:
    site, channel, walk = place
    here, gap = db.execute("select listed, gap from channels where site = ? and channel = ?", place[:2]).fetchone()
    seen = db.execute("select seen from walks where walk = ?", (walk,)).fetchone()[0]
    if claimed is None or claimed - seen <= (gap or 0):
        here -= db.execute(
            "update listings set missing_since = ? where site = ? and channel = ? and last_walk != ? "
            "and missing_since is null", (now(), site, channel, walk)).rowcount
    db.execute("update channels set listed = ?, gap = ? where site = ? and channel = ?",
               (here, claimed - here if claimed is not None else None, site, channel))


def pause_walk(db: sqlite3.Connection, walk: str, note: str) -> None:
    """The walk stays open, to be continued by the next crawl, and says why."""
    db.execute("update walks set note = ? where walk = ? and outcome is null", (note, walk))


# --- pages -------------------------------------------------------------------------------------------------------


def offer(db: sqlite3.Connection, urls: Iterable[str], site: str | None, title: str | None, force: bool) -> list[str]:
    """Put URLs into the ledger; gives those to fetch: new and pending ones, and with `force` every one."""
    moment, wanted = now(), []
    _mention(db, site)
    for url in urls:
        state = db.execute(
            "insert into pages (url, site, state, first_seen, last_seen, title) values (?, ?, 'pending', ?, ?, ?) "
            "on conflict (url) do update set last_seen = excluded.last_seen, title = coalesce(title, excluded.title), "
            "site = coalesce(site, excluded.site), state = iif(state = 'foreign', 'pending', state) returning state",
            (url, site, moment, moment, title)).fetchone()[0]
        if force or state == "pending":
            wanted.append(url)
    return wanted


def due(
    db: sqlite3.Connection, sites: Collection[str] | None, limit: int, after: int = 0, moment: str | None = None,
) -> list[Page]:
    """Pages to fetch now, in the order in which they came into the ledger: pending ones, and failed or blocked ones
    whose next attempt is due. `after` is the `row` of the last page seen; `sites` None means all."""
    keys = [None, *(key for (key,) in db.execute("select site from sites"))] if sites is None else list(sites)
    streams = [_waiting(db, key, after, moment or now(), limit) for key in keys]
    return [Page(*row, entry(db, row[1])) for row in islice(merge(*streams), limit)]


def _waiting(db: sqlite3.Connection, site: str | None, after: int, moment: str, limit: int) -> Iterator[PageRow]:
    yield from db.execute(
        "select n, url, site, state, reason, attempts from pages where site is ? and n > ? "
        "and state in ('pending', 'failed', 'blocked') and (next_attempt is null or next_attempt <= ?) "
        "order by n limit ?", (site, after, moment, limit))


def page(db: sqlite3.Connection, url: str) -> Page | None:
    """What the ledger knows of a URL."""
    row: PageRow | None = db.execute("select n, url, site, state, reason, attempts from pages where url = ?",
                                     (url,)).fetchone()
    return Page(*row, entry(db, url)) if row else None


def entry(db: sqlite3.Connection, url: str) -> Entry | None:
    """How the page was listed last, by a channel or else by the link that led to it."""
    row = db.execute("select title, date, stated from listings where url = ? "
                     "order by missing_since is not null, date is null, site, channel limit 1", (url,)).fetchone()
    if row:
        return Entry(row[0], url, row[1], json.loads(row[2]))
    row = db.execute("select title from pages where url = ? and title is not null", (url,)).fetchone()
    return Entry(row[0], url) if row else None


def forget(db: sqlite3.Connection, url: str) -> None:
    """Take out a page that turned out to be none, as a list given to `gongkai scrape`; nothing may refer to it."""
    db.execute("delete from pages where url = ? and state = 'pending' and reading is null "
               "and not exists (select 1 from listings l where l.url = pages.url)", (url,))


def archived(
    db: sqlite3.Connection, url: str, site: str | None, moment: str, reading: int | None, newest: bool,
) -> None:
    """A capture of the page is a document: `reading`, unless a later one is known (None). Its state says what the
    `newest` capture was."""
    _mention(db, site)
    db.execute(
        "insert into pages (url, site, state, first_seen, last_seen, reading) values (?1, ?2, 'archived', ?3, ?3, ?4) "
        "on conflict (url) do update set site = coalesce(site, ?2), reading = coalesce(?4, reading), "
        "last_seen = max(last_seen, ?3), state = iif(?5, 'archived', state), reason = iif(?5, null, reason), "
        "attempts = iif(?5, 0, attempts), next_attempt = iif(?5, null, next_attempt)",
        (url, site, moment, reading, int(newest)))


def demoted(db: sqlite3.Connection, reading: int) -> None:
    """A reading is no document after all (better rules): its page falls back on the document before it, if any."""
    db.execute(
        "update pages set reading = (select r.capture from captures k join readings r on r.capture = k.id "
        "where k.url = pages.url and r.kind = 'document' order by k.fetched_at desc, k.id desc limit 1) "
        "where reading = ? returning url", (reading,)).fetchall()


def refused(db: sqlite3.Connection, error: PageError, site: str | None) -> None:
    """The page could not be archived. What time may mend is tried again, later each time; a page that is archived
    stays so through a failure or a block: neither is a withdrawal."""
    _mention(db, site)
    moment = datetime.now(UTC)
    row = db.execute("select attempts, state, reading from pages where url = ?", (error.url,)).fetchone()
    attempts, state, reading = row or (0, "pending", None)
    keeps = error.retry and state == "archived" and reading is not None
    pause = max(min(FIRST_PAUSE * 2**min(attempts, 20), LONGEST_PAUSE), timedelta(seconds=error.retry_after or 0))
    db.execute(
        "insert into pages (url, site, state, reason, attempts, next_attempt, first_seen, last_seen) "
        "values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7) on conflict (url) do update set state = ?3, reason = ?4, "
        "attempts = ?5, next_attempt = ?6, last_seen = ?7, site = coalesce(site, ?2)",
        (error.url, site, "archived" if keeps else error.state, error.reason, attempts + 1,
         stamp(moment + pause) if error.retry else None, stamp(moment)))
