"""The closed-walk rule (design.md §6) against random histories of publishing, removing, killing and resuming.

The ledger under test is the real one; the site is a list, the crawler the smallest loop that obeys the rule. A kill is
a crawl that stops between two calls: each call is one transaction, so nothing else can be seen of it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from archive.database import Archive
from archive.records import CLOSED, Ask, Channel, Entry, Listing, Site

SIZE = 5  # entries of a listing page
HISTORIES = 150  # of each kind


class Column:
    """A channel of a site: newest first, in pages, counting its entries or not."""

    def __init__(self, key: str, claims: bool) -> None:
        self.claims = claims
        self.urls: list[str] = []
        self.published = 0
        self.channel = Channel(key, "c", f"http://{key}.gov.cn/")

    def publish(self, many: int) -> None:
        for _ in range(many):
            self.published += 1
            self.urls.insert(0, f"{self.channel.url}{self.published}.html")

    def insert(self, rnd: random.Random) -> None:
        """Back-dated: it comes in somewhere below the top."""
        self.published += 1
        self.urls.insert(rnd.randrange(len(self.urls) + 1), f"{self.channel.url}{self.published}.html")

    def remove(self, rnd: random.Random, many: int) -> None:
        first = rnd.randrange(len(self.urls) + 1)
        del self.urls[first : first + many]

    def page(self, number: int) -> Listing:
        rows = self.urls[number * SIZE : (number + 1) * SIZE]
        more = (number + 1) * SIZE < len(self.urls)
        return Listing(tuple(Entry(url[-12:], url) for url in rows), len(self.urls) if self.claims else None,
                       next=self.ask(number + 1) if more else None)

    def ask(self, number: int) -> Ask:
        return Ask(self.channel.url, state={"page": number})


class Killed(Exception):
    pass


def crawl(archive: Archive, column: Column, between: Callable[[], None], full: bool = False) -> None:
    """One crawl of the channel by the rule; `between` runs between any two steps and may raise `Killed`."""
    for _ in range(8):
        walk = archive.begin_walk(column.channel, full)
        between()
        ask, closing = walk.next or column.ask(0), walk.resumed and walk.pages > 0 and walk.next is None
        while True:
            listing = column.page(ask.state["page"])
            between()
            step = archive.listed(walk.id, ask, listing, None)
            between()
            if step.caught_up:
                outcome = archive.end_walk(walk.id, "exhausted" if closing else "caught_up")
                break
            if listing.next:
                ask = listing.next
            elif not closing:
                ask, closing = column.ask(0), True
            else:
                outcome = archive.end_walk(walk.id, "exhausted")
                break
        between()
        if outcome in CLOSED:
            return


def crawl_naively(archive: Archive, column: Column, between: Callable[[], None]) -> None:
    """The usual rule: stop at a page that brings nothing new; begin at the top after a kill."""
    known = set(listed(archive, column))
    walk, ask = archive.begin_walk(column.channel), column.ask(0)
    while True:
        listing = column.page(ask.state["page"])
        between()
        archive.listed(walk.id, ask, listing, None)
        between()
        if not listing.next or all(entry.url in known for entry in listing.entries):
            archive.end_walk(walk.id, "exhausted")
            return
        ask = listing.next


def listed(archive: Archive, column: Column) -> list[str]:
    return [url for (url,) in archive.db.execute("select url from listings where site = ?", (column.channel.site,))]


def history(
    archive: Archive, rnd: random.Random, claims: bool, removals: bool, crawl: Callable[..., None],
    backdated: bool = False,
) -> Column:
    """A random history, then two undisturbed crawls."""
    column = Column(f"h{rnd.getrandbits(48):x}", claims)
    archive.enrol(Site(column.channel.site, "", column.channel.url, "html", (column.channel,)))
    column.publish(rnd.randrange(1, 8 * SIZE))

    def between() -> None:
        chance = rnd.random()
        if chance < 0.08:
            column.publish(rnd.choice([1, 2, SIZE, 3 * SIZE]))
        elif chance < 0.14 and removals:
            column.remove(rnd, rnd.choice([1, 2, SIZE]))
        elif chance < 0.16 and backdated:
            column.insert(rnd)
        elif chance < 0.22:
            raise Killed

    for _ in range(rnd.randrange(2, 7)):
        try:
            crawl(archive, column, between)
        except Killed:
            column.publish(rnd.choice([0, 1, SIZE, 3 * SIZE]))
            if removals:
                column.remove(rnd, rnd.choice([0, 1, SIZE]))
    for _ in range(2):
        crawl(archive, column, lambda: None)
    return column


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with Archive(Path(tmp_path_factory.mktemp("walks")), write=True) as made:
        made.db.execute("pragma synchronous = off")  # no power fails here
        yield made


@pytest.mark.parametrize(("claims", "removals"), [(True, True), (True, False), (False, False)])
def test_nothing_listed_is_ever_lost(archive: Archive, claims: bool, removals: bool) -> None:
    for seed in range(HISTORIES):
        column = history(archive, random.Random(f"{seed}/{claims}/{removals}"), claims, removals, crawl)
        lost = set(column.urls) - set(listed(archive, column))
        assert not lost, f"history {seed}: {len(lost)} of {len(column.urls)} entries lost"


@pytest.mark.parametrize("claims", [True, False])
def test_a_whole_walk_finds_whatever_slipped_past(archive: Archive, claims: bool) -> None:
    """What no total betrays (entries removed above, or put in below, while the list was walked) comes to light when
    the list is walked to its end again, as it is every `habits.WHOLE_EVERY`."""
    for seed in range(HISTORIES):
        column = history(archive, random.Random(f"{seed}/{claims}/late"), claims, True, crawl, backdated=True)
        crawl(archive, column, lambda: None, full=True)
        assert set(column.urls) <= set(listed(archive, column)), f"history {seed}"


def test_the_naive_rule_loses_entries(archive: Archive) -> None:
    lost = 0
    for seed in range(HISTORIES):
        column = history(archive, random.Random(f"{seed}/True/True"), True, True, crawl_naively)
        lost += not set(column.urls) <= set(listed(archive, column))
    assert lost > HISTORIES / 20


def test_a_quiet_whole_walk_balances_the_certificate(archive: Archive) -> None:
    for seed in range(HISTORIES):
        column = history(archive, random.Random(f"{seed}/sum"), True, True, crawl, backdated=True)
        crawl(archive, column, lambda: None, full=True)
        claimed, pending, unexplained, outcome = archive.db.execute(
            "select claimed, pending, unexplained, outcome from coverage where site = ?", (column.channel.site,)
        ).fetchone()
        assert (claimed, pending, unexplained) == (len(column.urls), len(column.urls), 0), f"history {seed}"
        assert outcome in CLOSED


def test_an_unchanged_list_costs_one_page(archive: Archive) -> None:
    column = history(archive, random.Random("quiet"), True, True, crawl)
    crawl(archive, column, lambda: None)
    last = archive.db.execute("select pages, outcome from walks where site = ? order by rowid desc limit 1",
                              (column.channel.site,)).fetchone()
    assert last == (1, "caught_up")
