"""The ledger: what is known and what is still to do. Functions on a connection, inside `Archive`'s transactions.

The closed-walk rule (design.md §6). A walk lists a channel newest first and may stop at what is known. *Nothing new on
this page* is no reason to stop: after a kill it loses what stood below. A page is caught up only if

- every entry of it was listed before by a walk that was closed: that one went on until everything below was listed;
- and, where the site claims a total, claimed − listed is what it was when the list was last seen to its end: else
  something was inserted, or taken away, further down;
- and the claimed total has not fallen during this walk: entries that move up between two requests slip past it;
- and as many known entries stand above its end in a row as new ones have been seen to hide below (archive/habits.py).

A walk that came to the end looks at the top once more, since entries came in meanwhile, and goes down from there until
a page holds nothing but what a walk passed on its own way. What it finds so is *late*: everything below is listed only
if this look is not interrupted, so a late entry vouches for nothing until it is listed again.

A walk is closed by its outcome, `exhausted` or `caught_up`; one whose list shrank meanwhile ends as `moved` and must be
walked again. `tests/test_walk_rule.py` plays this against random histories.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from archive import habits, withheld
from archive.errors import PageError
from archive.identity import identity
from archive.records import CLOSED, Ask, Channel, Entry, Listed, Listing, Outcome, Page, Site, State, Walk

if TYPE_CHECKING:
    import sqlite3

PageRow = tuple[int, str, str | None, State, str | None, int]

FIRST_PAUSE, LONGEST_PAUSE = timedelta(hours=1), timedelta(days=7)  # between attempts, doubled each time
FARTHEST = timedelta(days=31)  # … and whatever a server asks for


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
    """Go on with the channel's open walk, or begin one. It is whole (goes to the end) when asked for, or when the
    channel's habits ask for it."""
    whole = full or habits.of(db, channel.site, channel.key).whole(datetime.now(UTC))
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


def listed(db: sqlite3.Connection, walk: str, ask: Ask, listing: Listing, foreign: Mapping[str, str]) -> Listed:
    """Take in one listing page: its entries, the walk's counts and the request it goes on with. A page that is not the
    one the walk goes on with is one looked at once more: it may bring new entries, but the walk stays where it is."""
    site, channel, whole, seen, claimed, shrank, pages, following = db.execute(
        "select site, channel, whole, seen, claimed, shrank, pages, next from walks where walk = ?", (walk,)).fetchone()
    onward = pages == 0 or following == _saved(ask)
    place, moment = (site, channel, walk), now()
    rows = [_take_in(db, place, entry, position, foreign.get(entry.url), moment, late=not onward)
            for position, entry in enumerate(listing.entries, start=seen + 1)]
    new, unheard = sum(row.new for row in rows), sum(row.unheard for row in rows)
    total = claimed if listing.total is None else listing.total
    rise = total - claimed if total is not None and claimed is not None else 0
    again = len(rows) - new if onward and new else 0  # a page of nothing else is a copy of another
    db.execute(
        "update walks set pages = pages + 1, seen = seen + ?, fresh = fresh + ?, repeated = repeated + ?, "
        "late = late + ?, claimed = ?, grown = grown + ?, shrank = shrank + ?, next = iif(?, ?, next) where walk = ?",
        (new, unheard, again, 0 if onward else new, total, max(rise, 0) if onward else 0,
         max(-rise, 0), int(onward), _saved(listing.next), walk))
    if unheard:
        db.execute("update channels set listed = listed + ? where site = ? and channel = ?", (unheard, site, channel))
    known = bool(rows) and all(row.settled or (row.passed and not onward) for row in rows)
    enough = onward and _learn(db, place, rows)
    caught_up = known and (not onward or (
        enough and shrank == 0 and rise >= 0 and not whole and _agrees(db, place, total)))
    return Listed(new, tuple(row.url for row in rows if row.new and row.state == "pending"), caught_up)


def _learn(db: sqlite3.Connection, place: tuple[str, str, str], rows: list[_Row]) -> bool:
    """Note where new entries came in, below how many known ones in a row; have enough of these been met to stop?"""
    site, channel, walk = place
    seen = habits.of(db, site, channel)
    run, reach = db.execute("select run, reach from walks where walk = ?", (walk,)).fetchone()
    for row in rows:
        reach = max(reach, run) if row.unheard else reach
        run = run + 1 if row.settled else 0
    db.execute("update walks set run = ?, reach = ? where walk = ?", (run, reach, walk))
    if seen.sweeps:
        db.execute("update channels set arrived = arrived + ?, reach = max(reach, ?) where site = ? and channel = ?",
                   (sum(row.unheard for row in rows), reach, site, channel))
    return bool(run >= (seen.stop or 0))


def _saved(ask: Ask | None) -> str | None:
    return json.dumps(asdict(ask), ensure_ascii=False) if ask else None


class _Row(NamedTuple):
    """One row of a listing page: `new` to this walk, `unheard` of in its channel or missing there until now;
    `settled`: a walk that was closed came by here before, `passed`: this walk did, on its own way."""

    url: str
    state: str
    new: bool
    unheard: bool
    settled: bool
    passed: bool


def _take_in(
    db: sqlite3.Connection, place: tuple[str, str, str], entry: Entry, position: int, foreign: str | None, moment: str,
    late: bool,
) -> _Row:
    site, channel, walk = place
    url = known_as(db, entry.url)
    if why := withheld.why(db, url):
        entry, foreign = replace(entry, title=withheld.HIDDEN, stated={}), why
    here, missing, settled, was_late = db.execute(
        "select l.last_walk = ?, l.missing_since is not null, l.settled or (w.closed and not l.late), l.late "
        "from listings l join walks w on w.walk = l.last_walk where l.site = ? and l.channel = ? and l.url = ?",
        (walk, site, channel, url)).fetchone() or (0, None, 0, 0)
    state = _page(db, url, site, moment, foreign, returned=bool(missing))
    if not here or (was_late and not late):
        db.execute(
            "insert into listings (site, channel, url, title, date, stated, position, first_walk, last_walk, late, "
            "listed_as) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9, ?11) on conflict do update set title = ?4, "
            "date = ?5, stated = ?6, position = ?7, last_walk = ?8, late = ?9, settled = ?10, listed_as = ?11, "
            "missing_since = null",
            (site, channel, url, entry.title, entry.date, json.dumps(dict(entry.stated), ensure_ascii=False),
             position, walk, int(late), settled, None if entry.url == url else entry.url))
    return _Row(url, state, not here, missing != 0, bool(settled), bool(here and not was_late))


def _page(db: sqlite3.Connection, url: str, site: str, moment: str, foreign: str | None, returned: bool) -> str:
    """Note that a URL is listed; gives its state. One that is listed again after it vanished is fetched again."""
    db.execute("update absences set until = ? where url = ? and until is null", (moment, url))
    state: str = db.execute(
        "insert into pages (url, identity, site, state, reason, first_seen, last_seen) values (?, ?, ?, ?, ?, ?, ?) "
        "on conflict do update set last_seen = excluded.last_seen, site = coalesce(site, excluded.site), "
        "state = case when state = 'foreign' or (? and state = 'gone') then excluded.state else state end, "
        "reason = case when state = 'foreign' then excluded.reason else reason end "
        "returning state",
        (url, identity(url), site, "foreign" if foreign else "pending", foreign, moment, moment,
         int(returned))).fetchone()[0]
    return state


def _agrees(db: sqlite3.Connection, place: tuple[str, str, str], claimed: int | None) -> bool:
    if claimed is None:
        return True
    here, gap = db.execute("select listed, gap from channels where site = ? and channel = ?", place[:2]).fetchone()
    return gap is not None and claimed - here == gap


def end_walk(db: sqlite3.Connection, walk: str, outcome: Outcome, note: str | None) -> Outcome:
    """End a walk; gives the outcome that was recorded. One that thought itself complete is `moved` when its list
    shrank meanwhile, or when it grew, or is seen to its end for the first time, and the sum is not what it was: only
    two walks that agree show that a site counts more entries than it lists (one may have moved up past the walk)."""
    site, channel, shrank, grown, gap, to_the_end, several = db.execute(
        "select site, channel, shrank, grown + late, claimed - seen, "
        "pages > 0 and next is null, pages > 1 from walks where walk = ?", (walk,)).fetchone()
    gaps = _gaps(db, site, channel)
    doubtful = gap is not None and gap not in gaps and (grown or (several and gaps[1] is None))
    if outcome == "caught_up" and to_the_end:
        outcome = "exhausted"
    if outcome in CLOSED and shrank:
        outcome, note = "moved", f"the list shrank by {shrank} while it was walked; walk it again"
    elif outcome == "exhausted" and doubtful:
        outcome, note = "moved", f"what the site counts and what it lists do not add up ({gap:+}); walk it again"
    elif outcome == "exhausted":
        _exhaust(db, (site, channel, walk), gap)
    db.execute("update walks set ended = ?, outcome = ?, note = ?, gap = ?, next = iif(?, null, next) "
               "where walk = ? and outcome is null",
               (now(), outcome, note, gap if to_the_end else None, outcome in CLOSED, walk))
    return outcome


def _gaps(db: sqlite3.Connection, site: str, channel: str) -> tuple[int, int | None]:
    """By how much the site's count was off when the list was last exhausted, and when its end was last seen."""
    known, last = db.execute(
        "select gap, (select gap from walks w where w.site = c.site and w.channel = c.channel and gap is not null "
        "order by started desc, rowid desc limit 1) from channels c where site = ? and channel = ?",
        (site, channel)).fetchone()
    return known or 0, last


def _exhaust(db: sqlite3.Connection, place: tuple[str, str, str], gap: int | None) -> None:
    """What the walk did not see is missing; but not if it saw less of the list than the one before, by what the site
    counts or, where half of the list is gone, by what the last whole walks saw: that is more like a new layout."""
    site, channel, walk = place
    halved = db.execute(
        "select most >= 10 and seen * 2 < most from walks, (select max(seen) as most from (select seen from walks "
        "where site = ?1 and channel = ?2 and outcome = 'exhausted' order by started desc, rowid desc limit 3)) "
        "where walk = ?3", place).fetchone()[0]
    if not halved and (gap is None or gap <= max(0, _gaps(db, site, channel)[0])):
        moment = now()
        missed = db.execute(
            "update listings set missing_since = ? where site = ? and channel = ? and last_walk != ? "
            "and missing_since is null", (moment, site, channel, walk)).rowcount
        db.execute(
            "insert into absences (url, since) select url, ?1 from listings l where site = ?2 and channel = ?3 "
            "and missing_since = ?1 and not exists (select 1 from listings o where o.url = l.url "
            "and o.missing_since is null) on conflict do update set until = null", (moment, site, channel))
        db.execute("update channels set listed = listed - ? where site = ? and channel = ?", (missed, site, channel))
    days = db.execute("select date from listings where site = ? and channel = ? and last_walk = ? and not late "
                      "order by position", (site, channel, walk))
    db.execute("update channels set gap = ? + (select seen from walks where walk = ?) - listed, disorder = ?, "
               "reach = max(reach / 2, (select reach from walks where walk = ?)) where site = ? and channel = ?",
               (gap, walk, habits.disorder(day for (day,) in days), walk, site, channel))


def turn_walk(db: sqlite3.Connection, walk: str, ask: Ask) -> None:
    """The walk goes on with another request than the list named: its pages are counted otherwise."""
    db.execute("update walks set next = ? where walk = ? and outcome is null", (_saved(ask), walk))


def pause_walk(db: sqlite3.Connection, walk: str, note: str) -> None:
    """The walk stays open, to be continued by the next crawl, and says why."""
    db.execute("update walks set note = ? where walk = ? and outcome is null", (note, walk))


# --- pages -------------------------------------------------------------------------------------------------------


def known_as(db: sqlite3.Connection, url: str) -> str:
    """The address under which the ledger has a page: where it was met first, whatever alias this is."""
    row = db.execute("select url from pages where identity = ?", (identity(url),)).fetchone()
    return str(row[0]) if row else url


def offer(db: sqlite3.Connection, urls: Iterable[str], site: str | None, title: str | None, force: bool) -> list[str]:
    """Put URLs into the ledger; gives those to fetch: new and pending ones, and with `force` every one."""
    moment, wanted = now(), []
    _mention(db, site)
    for url in urls:
        why = withheld.why(db, url)
        known, state = db.execute(
            "insert into pages (url, identity, site, state, reason, first_seen, last_seen, title) "
            "values (?, ?, ?, ?, ?, ?, ?, ?) on conflict do update set last_seen = excluded.last_seen, "
            "title = coalesce(title, excluded.title), site = coalesce(site, excluded.site), "
            "reason = iif(state = 'foreign', excluded.reason, reason), "
            "state = iif(state = 'foreign', excluded.state, state) returning url, state",
            (url, identity(url), site, "foreign" if why else "pending", why, moment, moment,
             None if why else title)).fetchone()
        if not why and (force or state == "pending"):
            wanted.append(known)
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
        "and state in ('pending', 'failed', 'blocked') and (next_attempt is null or next_attempt not between ? and ?) "
        "order by n limit ?", (site, after, *resting(moment), limit))


def pause_after(attempts: int, error: PageError) -> timedelta:
    """How long what failed so often waits: longer each time, and as long as the server asks, within bounds."""
    asked = timedelta(seconds=min(error.retry_after or 0, FARTHEST.total_seconds()))
    usual: timedelta = min(FIRST_PAUSE * 2**min(attempts, 20), LONGEST_PAUSE)
    return max(usual, asked)


def resting(moment: str) -> tuple[str, str]:
    """Between these a next attempt is still to be waited for. What is set for later a wrong clock has set."""
    at = datetime.fromisoformat(moment)
    return stamp(at + timedelta(seconds=1)), stamp(at + FARTHEST)


def page(db: sqlite3.Connection, url: str) -> Page | None:
    """What the ledger knows of a URL."""
    row: PageRow | None = db.execute("select n, url, site, state, reason, attempts from pages where identity = ?",
                                     (identity(url),)).fetchone()
    return Page(*row, entry(db, row[1])) if row else None


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
        "insert into pages (url, identity, site, state, first_seen, last_seen, checked, reading) "
        "values (?1, ?6, ?2, 'archived', ?3, ?3, ?3, ?4) "
        "on conflict do update set site = coalesce(site, ?2), reading = coalesce(?4, reading), "
        "last_seen = max(last_seen, ?3), checked = max(coalesce(checked, ''), ?3), "
        "state = iif(?5, 'archived', state), reason = iif(?5, null, reason), "
        "attempts = iif(?5, 0, attempts), next_attempt = iif(?5, null, next_attempt)",
        (url, site, moment, reading, int(newest), identity(url)))


def put_aside(db: sqlite3.Connection, url: str, site: str | None, moment: str, why: str) -> None:
    """A page turned out to hold what is withheld, or to have an address that nobody can ask for."""
    _mention(db, site)
    db.execute(
        "insert into pages (url, identity, site, state, reason, first_seen, last_seen) values (?1, ?2, ?3, 'foreign', "
        "?4, ?5, ?5) on conflict do update set state = 'foreign', reason = ?4, reading = null, title = null",
        (url, identity(url), site, why, moment))


def demoted(db: sqlite3.Connection, reading: int) -> None:
    """A reading is no document after all (better rules): its page falls back on the document before it, if any."""
    db.execute(
        "update pages set reading = (select r.capture from captures k join readings r on r.capture = k.id "
        "where k.url = pages.url and r.kind = 'document' order by k.fetched_at desc, k.id desc limit 1) "
        "where reading = ? returning url", (reading,)).fetchall()


def refused(db: sqlite3.Connection, error: PageError, site: str | None) -> None:
    """The page could not be archived. What time may mend is tried again, later each time; a page that is archived, or
    gone, stays so through a failure or a block: neither is a withdrawal, or takes one back."""
    _mention(db, site)
    moment = datetime.now(UTC)
    row = db.execute("select attempts, state, reading from pages where identity = ?",
                     (identity(error.url),)).fetchone()
    attempts, state, reading = row or (0, "pending", None)
    keeps = error.retry and (state == "gone" or (state == "archived" and reading is not None))
    pause = pause_after(attempts, error)
    db.execute(
        "insert into pages (url, identity, site, state, reason, attempts, next_attempt, first_seen, last_seen, "
        "checked) values (?1, ?8, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?9) on conflict do update set state = ?3, reason = ?4, "
        "attempts = ?5, next_attempt = ?6, last_seen = ?7, checked = coalesce(?9, checked), site = coalesce(site, ?2)",
        (error.url, site, state if keeps else error.state, error.reason, attempts + 1,
         stamp(moment + pause) if error.retry else None, stamp(moment), identity(error.url),
         None if error.retry else stamp(moment)))


def unchanged(db: sqlite3.Connection, url: str) -> None:
    """The server says (304) that the page is what the last capture of it holds."""
    db.execute("update pages set checked = ?1, last_seen = ?1, attempts = 0, next_attempt = null, reason = null "
               "where url = ?2 and state = 'archived'", (now(), url))
