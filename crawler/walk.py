"""One pass over a channel: asks for listing pages, writes them into the ledger, and decides when to stop.

The rule of design.md §6: a walk is closed by the end of the list, or by a page whose every entry was first listed by a
walk that has been closed. Everything else leaves it open (to be continued) or ends it unclosed, and says why.
Lists shift while they are walked: a walk of several pages looks at the first one once more at its end, and one whose
list shrank meanwhile (`moved`: entries slipped up past it) is begun again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Response

from archive.database import Archive
from archive.errors import CatalogueError, Gone, LayoutChanged, PageError, Unreadable
from archive.identity import canonical, unfit, without_user
from archive.records import Ask, Channel, Entry, Listed, Listing, Outcome, Walk
from crawler import cms, turning
from crawler.cms.rows import is_web
from crawler.middlewares import within
from crawler.progress import Tally
from crawler.signs import of_list
from pipelines.html import parse
from pipelines.kinds import LOGS_IN, UNOPENED, filled_by_script

log = logging.getLogger(__name__)

LARGE = 300_000  # bytes of a page from which on it may have more tags than are read
FEW = 2  # entries of a first page that make us look twice whether it is a list
AGAIN = 3  # how often a list that shrank is walked again in one run


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the person asked for: at most so many documents, nothing listed before a day, past what is known."""

    full: bool = False
    limit: int | None = None
    since: date | None = None


@dataclass(slots=True)
class Course:
    """A walk under way: what the ledger does not need to know, and the next answer does."""

    channel: Channel
    hosts: tuple[str, ...]
    wishes: Wishes
    walk: Walk
    first: Ask
    tally: Tally
    taken: int = 0  # documents asked for
    listed: int = 0  # listing pages with entries, in this run
    closing: bool = False  # looking at the first page once more
    empty_once: bool = False
    longest: int = 0  # entries of the longest page of this run
    stale: int = 0  # pages in a row that brought nothing this walk had not met
    repeats: int = 0  # such pages in all: where index_1.html is page 1 again, the last page was not asked for
    copies: int = 0  # those of them that list what other pages than the first did: old copies of these
    again: int = 0
    asked: set[turning.Asked] = field(default_factory=set)
    lean: int = 0  # pages in a row that brought one new entry at most
    cut: str | None = None  # why rows of a page were not read
    top: frozenset[str] = frozenset()  # what the first page lists
    tried: Ask | None = None  # page 2 by the other way of counting
    otherwise: bool = False  # and that was it

    @property
    def nth(self) -> int:
        """Which page of its walk this is, counted over all runs."""
        return self.walk.pages + self.listed


class Walker:
    """Walks channels for a spider, which makes the requests for pages (`fetch`) and names what is wrong with an
    answer (`problem_of`)."""

    def __init__(self, archive: Archive, spider: Any) -> None:
        self.archive, self.spider = archive, spider
        self.tops: dict[str, dict[str, float]] = {}  # the first page of each list, by site/channel (crawler/signs.py)
        self.tallies: dict[str, Tally] = {}  # by site/channel, for whoever watches (crawler/progress.py)

    # --- asking ---------------------------------------------------------------------------------------------------

    def start(self, channel: Channel, hosts: tuple[str, ...], wishes: Wishes, again: int = 0) -> Request | None:
        """The first request of the channel's walk: where an interrupted one stopped, or the top of the list. None
        when the site file lacks what the family needs: that is in the ledger then, and other channels go on."""
        walk = self.archive.begin_walk(channel, full=wishes.full)
        try:
            first = cms.family(channel.cms).first(channel)
        except CatalogueError as error:
            self.archive.end_walk(walk.id, "failed", str(error))
            log.error("%s/%s: %s", channel.site, channel.key, error)
            return None
        at_its_end = walk.pages > 0 and walk.next is None  # killed there: only the look at the top is left
        tally = self.tallies[f"{channel.site}/{channel.key}"] = self.tally(channel, walk)
        course = Course(channel, hosts, wishes, walk, first, tally, closing=at_its_end, again=again)
        return self.request(course, walk.next or first)

    def tally(self, channel: Channel, walk: Walk) -> Tally:
        """What there is to count: on a first walk and a whole one, everything that the site claims."""
        to_the_end = walk.full or self.archive.last_listed(channel) is None
        return Tally(f"{channel.site} {channel.name or channel.key}", self.archive.walk_seen(walk.id), to_the_end)

    def request(self, course: Course, ask: Ask) -> Request:
        """The Scrapy request for an ask. Listings wait behind documents, so that memory stays flat."""
        course.asked.add(turning.key(ask))
        meta = {"course": course, "ask": ask, "state": dict(ask.state), "hosts": course.hosts, "page": ask.url}
        return Request(
            ask.url,
            method=ask.method,
            body=ask.body,
            headers=dict(ask.headers),
            meta=meta,
            callback=self.spider.on_listing,
            errback=self.spider.on_listing_failure,
            dont_filter=True,
            priority=-1,
        )

    # --- answers --------------------------------------------------------------------------------------------------

    def on_listing(self, response: Response) -> Iterator[Request]:
        """One listing page arrived."""
        course: Course = response.meta["course"]
        ask: Ask = response.meta["ask"]
        listing = cms.family(course.channel.cms).listing(response)
        if ask == course.first and not listing.frame:
            self.tops[f"{course.channel.site}/{course.channel.key}"] = of_list(listing)
        course.cut = course.cut or _cut(response)
        if listing.frame and listing.next:
            if turning.key(listing.next) in course.asked:
                yield from self._end(course, "broken", f"trap:loop: the frame leads back to {listing.next.url}")
                return
            if ask == course.first:  # what the frame leads to is page 1
                course.first = listing.next
            else:  # a capped search goes on with a narrower one: that is where a killed walk must go on too
                self.archive.listed(course.walk.id, ask, listing, response.meta.get("capture"))
            yield self.request(course, listing.next)
        elif other := _other(course, ask, listing, response):
            course.tried = other
            self.archive.turn_walk(course.walk.id, other)
            yield self.request(course, other)
        elif not listing.entries or self._is_document(course, listing, response):
            yield from self._without_entries(course, ask, listing, response)
        elif course.nth == 0 and all(unfit(entry.url) for entry in listing.entries):  # onclick="go('…')"
            expected = f"rows that lead somewhere, not as {listing.entries[0].url[:80]}; {UNOPENED}"
            yield from self._end(course, "broken", str(LayoutChanged(ask.url, expected)))
        else:
            yield from self._with_entries(course, ask, listing, response)

    def _is_document(self, course: Course, listing: Listing, response: Response) -> bool:
        """Was a document given where a list was expected? Its dated attachment can look like a list of one."""
        begun = course.listed > 0 or course.walk.pages > 0
        return not begun and len(listing.entries) <= FEW and bool(self.spider.is_document(response))

    def on_failure(self, course: Course, reason: str) -> None:
        """The page did not arrive: the walk stays open and is continued by the next crawl."""
        self.archive.pause_walk(course.walk.id, reason)
        log.warning("%s/%s: %s", course.channel.site, course.channel.key, reason)

    def _without_entries(self, course: Course, ask: Ask, listing: Listing, response: Response) -> Iterator[Request]:
        """Nothing on the page: a refusal, the end that the site states, a passing fault, or a layout that is no longer
        ours."""
        begun = course.listed > 0 or course.walk.pages > 0
        error = None if listing.says_empty else self.spider.problem_of(response)
        if listing.says_empty and begun and course.empty_once:  # no count: the list ends where it says it has no rows
            yield from self._exhausted(course)
        elif not course.empty_once and _passing(listing, error, begun):
            course.empty_once = True
            yield self.request(course, ask)
        elif error and error.retry and error.reason != LOGS_IN and not _stuck(course):
            self.on_failure(course, str(error))
        elif listing.says_empty and not begun:
            self.archive.listed(course.walk.id, ask, replace(listing, total=0), response.meta.get("capture"))
            yield from self._end(course, "exhausted")
        elif begun:  # a page that is counted and not published is an end as well, but not that of the list
            yield from self._end(course, "truncated", f"{ask.url} holds no entries{_because(error)}")
        else:
            yield from self._end(course, "broken", str(LayoutChanged(ask.url, self._expected(course, error, response))))

    def _expected(self, course: Course, error: PageError | None, response: Response) -> str:
        """What was looked for, what the page is instead, and what used to match."""
        family, found = course.channel.cms, cms.recognise(response)
        looks = f"; the page looks like {found}" if found not in (family, "html") else ""
        if error is None and filled_by_script(response):  # beside a menu, which makes it look like a list
            looks += f"; {UNOPENED}"
        before = self.archive.last_listed(course.channel)
        used = f"; it listed {before[0]} entries on {before[1]}" if before else ""
        return f"a list as {family} sites have it{_because(error)}{looks}{used}"

    def _with_entries(self, course: Course, ask: Ask, listing: Listing, response: Response) -> Iterator[Request]:
        listing = _followed(course, ask, _canonical(_wanted(course.wishes, listing)))
        foreign = {entry.url: why for entry in listing.entries if (why := _foreign(entry, course.hosts))}
        step = self.archive.listed(course.walk.id, ask, listing, response.meta.get("capture"), foreign)
        course.listed, course.empty_once = course.listed + 1, False
        course.longest = max(course.longest, len(listing.entries))
        course.top = course.top or (frozenset(e.url for e in listing.entries) if course.nth == 1 else frozenset())
        course.stale = 0 if step.new or course.closing or course.nth == 1 else course.stale + 1
        course.lean = 0 if step.new > 1 or course.closing else course.lean + 1
        course.repeats += course.stale > 0
        course.copies += course.stale > 0 and not {entry.url for entry in listing.entries} <= course.top
        for url in [url for url in step.fresh if not unfit(url)][: _room(course)]:
            course.taken += 1
            yield self.spider.fetch(url, course.channel.site, course.hosts, tally=course.tally)
        course.tally.listed(step.new, listing.total, course.taken)
        outcome, note = _verdict(course, listing, step)
        if outcome == "exhausted":
            yield from self._exhausted(course)
        elif outcome:
            yield from self._end(course, outcome, note)
        elif listing.next:
            yield self.request(course, listing.next)

    def _exhausted(self, course: Course) -> Iterator[Request]:
        """The list came to its end: before the walk is closed, its first page is read once more."""
        if course.listed > 1 and not course.closing:
            course.closing = True
            yield self.request(course, course.first)
        else:
            yield from self._end(course, "exhausted")

    def _end(self, course: Course, outcome: Outcome, note: str | None = None) -> Iterator[Request]:
        recorded = self.archive.end_walk(course.walk.id, outcome, note)
        course.tally.over = True
        log.info("%s/%s: walk %s%s", course.channel.site, course.channel.key, recorded, f" ({note})" if note else "")
        once_more = recorded == "truncated" and course.copies and not course.again  # a cache forgets
        if course.again < AGAIN and (recorded == "moved" or once_more):
            request = self.start(course.channel, course.hosts, course.wishes, course.again + 1)
            if request:
                yield request


# --- rules --------------------------------------------------------------------------------------------------------


def _verdict(course: Course, listing: Listing, step: Listed) -> tuple[Outcome | None, str | None]:
    """How the walk ends with this page, or (None, None) to go on."""
    following, wishes = listing.next, course.wishes
    if wishes.limit is not None and course.taken >= wishes.limit:
        return "limited", f"stopped at {wishes.limit} documents, as asked"
    if wishes.since and course.channel.ordered and _all_before(listing, wishes.since):
        return "limited", f"stopped before {wishes.since}, as asked"
    if course.cut and (following is None or step.caught_up):
        return "truncated", f"rows are missing: {course.cut}"
    if step.caught_up:
        return "exhausted" if course.closing else "caught_up", None
    deaf = course.tried is not None and not course.otherwise
    if course.stale > 1 or (course.stale and (deaf or (following is None and len(listing.entries) >= course.longest))):
        return "truncated", "trap:samepage: the page repeats what was listed before: the site ignored the page number"
    if following is None and not course.closing and (more := _unasked(course, listing)):
        return "truncated", f"the site {more}, and how to ask for the next page is not known"
    if following is None and course.copies and not _all_seen(course, listing):
        return "truncated", f"trap:samepage: pages in the middle repeat what was listed before ({course.copies})"
    if following is None:
        return "limited" if wishes.since else "exhausted", None
    asked = set() if course.closing else course.asked
    why = turning.trap(following, asked, course.listed, course.lean, course.hosts)
    return ("truncated", why) if why else (None, None)


def _unasked(course: Course, listing: Listing) -> str | None:
    """What the site says of pages that were not asked for, where nothing leads to them. Of a list that it counts, that
    is believed on page 1: later ones may have moved."""
    if listing.total is None and (listing.pages or 0) > course.nth - course.repeats:
        return f"states {listing.pages} pages"
    if listing.total and course.nth == 1 and listing.total > len(listing.entries) and listing.pages != 1:
        return f"states {listing.total} entries, lists {len(listing.entries)}"
    return "offers a next page" if listing.goes_on and not _all_seen(course, listing) else None


def _all_seen(course: Course, listing: Listing) -> bool:
    """Has the walk met as many entries as the site counts?"""
    return listing.total is not None and course.tally.before + course.tally.seen >= listing.total


def _other(course: Course, ask: Ask, listing: Listing, response: Response) -> Ask | None:
    """Page 2 by the other way of counting, once: where page 2 is page 1 again, is not there, or stays empty."""
    if course.tried or course.closing or course.nth != 1 or not course.top or ask == course.first:
        return None
    missing = response.status in (404, 410) or (not listing.entries and course.empty_once and not listing.says_empty)
    repeated = bool(listing.entries) and {_known_as(entry) for entry in listing.entries} <= course.top
    return turning.otherwise(ask, course.first) if missing or repeated else None


def _followed(course: Course, ask: Ask, listing: Listing) -> Listing:
    """The listing with the page that follows by the way of counting that was found."""
    repeated = {entry.url for entry in listing.entries} <= course.top
    course.otherwise = course.otherwise or (ask == course.tried and not repeated)
    if not course.otherwise or course.tried is None:
        return listing
    if ask == course.first:
        return replace(listing, next=course.tried)
    ended = listing.pages is not None and course.nth + 1 >= listing.pages
    return replace(listing, next=None if ended else turning.turned(ask, (turning.number(ask) or 0) + 1))


def _cut(response: Response) -> str | None:
    """Why the page was not read to its end, if it was not."""
    return "; ".join(parse(response).notes) or None if len(response.body) > LARGE else None


def _passing(listing: Listing, error: PageError | None, begun: bool) -> bool:
    """Is an empty page worth asking for once more? Where a list begins, not if it says itself that it is empty or gone;
    and never where the site refused."""
    if begun:
        return error is None or isinstance(error, (Gone, Unreadable))
    return not listing.says_empty and (error is None or isinstance(error, Unreadable))


def _stuck(course: Course) -> bool:
    """Does a walk that was continued meet what stopped it? Then the next one begins at the top, where news come in."""
    return course.walk.resumed and course.walk.pages > 0 and course.listed == 0


def _because(error: PageError | None) -> str:
    return f" ({error.reason})" if error else ""


def _room(course: Course) -> int | None:
    """How many documents may still be asked for; None: all."""
    return None if course.wishes.limit is None else max(0, course.wishes.limit - course.taken)


def _wanted(wishes: Wishes, listing: Listing) -> Listing:
    """Without the entries dated before `--since`."""
    if wishes.since is None:
        return listing
    day = wishes.since.isoformat()
    return replace(listing, entries=tuple(entry for entry in listing.entries if (entry.date or day) >= day))


def _all_before(listing: Listing, since: date) -> bool:
    return all(entry.date is not None and entry.date < since.isoformat() for entry in listing.entries)


def _foreign(entry: Entry, hosts: tuple[str, ...]) -> str | None:
    """Why the entry is not ours to fetch: recorded in coverage, not followed."""
    if why := unfit(entry.url):
        return f"{why}: {without_user(entry.url)[:80]}"
    host = urlsplit(entry.url).hostname or ""
    return None if within(host, hosts) else f"another site: {host}"


def _canonical(listing: Listing) -> Listing:
    return replace(listing, entries=tuple(replace(entry, url=_known_as(entry)) for entry in listing.entries))


def _known_as(entry: Entry) -> str:
    """The entry's key in the ledger. What leads nowhere is told apart by what the row shows: `javascript:;` is many."""
    return canonical(entry.url) if is_web(entry.url) else f"{entry.url} {entry.title}".strip()
