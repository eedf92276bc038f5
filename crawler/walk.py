"""One pass over a channel: asks for listing pages, writes them into the ledger, and decides when to stop.

The rule of design.md §6: a walk is closed by the end of the list, or by a page whose every entry was first listed by a
walk that has been closed. Everything else leaves it open (to be continued) or ends it unclosed, and says why.
Lists shift while they are walked: where the site's own total falls, the page before is read again (what moved up from
an unread page stands there now); a walk of several pages looks at the first one once more at its end.
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
from archive.errors import LayoutChanged, PageError
from archive.ledger import Listed, Walk
from archive.records import Ask, Channel, Entry, Listing, Outcome
from crawler import cms
from archive.identity import canonical
from crawler.middlewares import within

log = logging.getLogger(__name__)

CAP = 2_000  # pages of one walk: a calendar or session trap ends here, as truncated


@dataclass(slots=True)
class Pass:
    """A walk under way: what the ledger does not need to know, and what the spider needs at the next answer."""

    channel: Channel
    walk: Walk
    hosts: tuple[str, ...]
    full: bool = False
    limit: int | None = None
    since: date | None = None
    taken: int = 0
    claimed: int | None = None
    previous: Ask | None = None
    first: Ask | None = None
    closing: bool = False
    empty_once: bool = False
    asked: set[tuple[str, str, str | None]] = field(default_factory=set)


class Walker:
    """Walks channels for a spider. `fetch` makes the request for one page; `listing_request` those for listings."""

    def __init__(self, archive: Archive, spider: Any) -> None:
        self.archive, self.spider = archive, spider
        self.open = 0

    # --- asking ---------------------------------------------------------------------------------------------------

    def start(self, channel: Channel, hosts: tuple[str, ...], **wishes: Any) -> Request | None:
        """The first request of the channel's walk: where an interrupted one stopped, or the top of the list."""
        family = cms.family(channel.cms)
        walk = self.archive.begin_walk(channel, full=wishes.get("full", False))
        course = Pass(channel, walk, hosts, **wishes)
        course.first = family.first(channel)
        return self.request(course, walk.next or course.first)

    def request(self, course: Pass, ask: Ask) -> Request:
        """The Scrapy request for an ask. Listings wait behind documents, so that memory stays flat."""
        course.asked.add((ask.method, ask.url, ask.body))
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
        course: Pass = response.meta["course"]
        ask: Ask = response.meta["ask"]
        listing = cms.family(course.channel.cms).listing(response)
        if listing.frame and listing.next:
            yield self.request(course, listing.next)
        elif not listing.entries:
            yield from self._without_entries(course, ask, listing, response)
        else:
            yield from self._with_entries(course, ask, listing, response)

    def on_failure(self, course: Pass, ask: Ask, reason: str) -> None:
        """The page did not arrive: the walk stays open and is continued by the next crawl."""
        self.archive.pause_walk(course.walk.id, f"{ask.url}: {reason}")
        log.warning("%s/%s: %s: %s", course.channel.site, course.channel.key, ask.url, reason)

    def _without_entries(self, course: Pass, ask: Ask, listing: Listing, response: Response) -> Iterator[Request]:
        """Nothing on the page: the end that the site states, a passing fault, or a layout that is no longer ours."""
        begun = course.walk.pages > 0 or course.claimed is not None
        if listing.says_empty and not begun:
            self.archive.listed(course.walk.id, ask, replace(listing, total=0), response.meta.get("capture"))
            self._end(course, "exhausted")
        elif not begun:
            problem = self.spider.problem_of(response)
            if isinstance(problem, PageError):
                self.on_failure(course, ask, problem.reason)
            else:
                self._end(course, "broken", str(LayoutChanged(ask.url, f"a list as {course.channel.cms} sites have it")))
        elif not course.empty_once:  # a transient empty page is common: ask once more
            course.empty_once = True
            yield self.request(course, ask)
        else:
            self._end(course, "truncated", f"{ask.url} holds no entries")

    def _with_entries(self, course: Pass, ask: Ask, listing: Listing, response: Response) -> Iterator[Request]:
        listing = _canonical(self._wanted(course, listing), response.url)
        foreign = {entry.url: why for entry in listing.entries if (why := self._foreign(entry, course))}
        step = self.archive.listed(course.walk.id, ask, listing, response.meta.get("capture"), foreign)
        course.walk = replace(course.walk, pages=course.walk.pages + 1)
        for url in step.fresh[: self._room(course, len(step.fresh))]:
            course.taken += 1
            yield self.spider.fetch(url, course.channel.site, course.hosts)
        yield from self._onward(course, ask, listing, step)

    def _onward(self, course: Pass, ask: Ask, listing: Listing, step: Listed) -> Iterator[Request]:
        """The next request, or the end of the walk."""
        shrunk = course.claimed is not None and listing.total is not None and listing.total < course.claimed
        before, course.previous, course.empty_once = course.previous, ask, False
        course.claimed = listing.total if listing.total is not None else course.claimed
        outcome, note = self._verdict(course, listing, step)
        if outcome == "exhausted" and course.walk.pages > 1 and not course.closing and course.first:
            course.closing = True
            yield self.request(course, course.first)
        elif outcome:
            self._end(course, outcome, note)
        elif shrunk and before is not None:  # entries moved up over the page boundary: the page before holds them now
            course.previous = None
            yield self.request(course, before)
        elif listing.next:
            yield self.request(course, listing.next)

    def _verdict(self, course: Pass, listing: Listing, step: Listed) -> tuple[Outcome | None, str | None]:
        """How the walk ends with this page, or (None, None) to go on."""
        following = listing.next
        if course.limit is not None and course.taken >= course.limit:
            return "limited", f"stopped at {course.limit} documents, as asked"
        if course.since and course.channel.ordered and _all_before(listing, course.since):
            return "limited", f"stopped before {course.since}, as asked"
        if course.closing:
            return (None, None) if step.new and following else ("exhausted", None)
        if step.caught_up and course.channel.ordered and not course.full:
            return "caught_up", None
        if following is None:
            return "exhausted", None
        if course.walk.pages > 1 and not step.new and course.previous is not None and not course.walk.resumed:
            return "truncated", f"{course.previous.url} repeats what was listed before"
        if course.walk.pages >= CAP or (following.method, following.url, following.body) in course.asked:
            return "truncated", f"the list leads back to {following.url} or does not end"
        return None, None

    def _end(self, course: Pass, outcome: Outcome, note: str | None = None) -> None:
        self.archive.end_walk(course.walk.id, outcome, note)
        log.info("%s/%s: walk %s%s", course.channel.site, course.channel.key, outcome, f" ({note})" if note else "")

    # --- entries --------------------------------------------------------------------------------------------------

    def _room(self, course: Pass, wanted: int) -> int:
        return wanted if course.limit is None else max(0, course.limit - course.taken)

    @staticmethod
    def _wanted(course: Pass, listing: Listing) -> Listing:
        """Without the entries dated before `--since`."""
        if course.since is None:
            return listing
        day = course.since.isoformat()
        return replace(listing, entries=tuple(entry for entry in listing.entries if (entry.date or day) >= day))

    @staticmethod
    def _foreign(entry: Entry, course: Pass) -> str | None:
        """Why the entry is not ours to fetch: recorded in coverage, not followed."""
        parts = urlsplit(entry.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return f"not a web address: {entry.url[:80]}"
        return None if within(parts.hostname, course.hosts) else f"another site: {parts.hostname}"


def _canonical(listing: Listing, base: str) -> Listing:
    return replace(listing, entries=tuple(replace(e, url=canonical(e.url)) for e in listing.entries))


def _all_before(listing: Listing, since: date) -> bool:
    dates = [entry.date for entry in listing.entries]
    return not dates or all(day is not None and day < since.isoformat() for day in dates)
