"""How far a walk goes: learned per channel, from where its new entries have come in."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive import habits, ledger
from archive.coverage import certificates
from archive.database import Archive
from archive.records import Ask, Channel, Entry, Listing, Site
from tests.samples import CHANNEL, SITE, entry, url

SIZE = 5


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path, write=True) as made:
        made.db.execute("pragma synchronous = off")
        made.enrol(SITE)
        yield made


def crawl(archive: Archive, rows: Sequence[Entry], total: int | None = None, channel: Channel = CHANNEL) -> int:
    """One walk of the list by the rule; gives the pages it took."""
    walk = archive.begin_walk(channel)
    for number, top in enumerate(range(0, len(rows), SIZE), start=1):
        more = Ask(channel.url, state={"page": number}) if top + SIZE < len(rows) else None
        page = Listing(tuple(rows[top : top + SIZE]), total, next=more)
        if archive.listed(walk.id, Ask(channel.url, state={"page": number - 1} if top else {}), page, None).caught_up:
            archive.end_walk(walk.id, "caught_up")
            return number
    archive.end_walk(walk.id, "exhausted")
    return number


def entries(*numbers: int) -> list[Entry]:
    """Dated by their numbers: the higher, the newer."""
    return [entry(n, date=f"20{n // 12:02}-{n % 12 + 1:02}-05") for n in numbers]


def rule(archive: Archive) -> str:
    return certificates(archive.db)[0].rule


NEWEST_FIRST = tuple(range(100, 60, -1))
PAGES = len(NEWEST_FIRST) // SIZE


def test_a_list_newest_first_is_left_at_the_first_page_of_known_entries(archive: Archive) -> None:
    assert rule(archive) == "to the end: not seen whole yet"
    assert crawl(archive, entries(*NEWEST_FIRST)) == PAGES
    assert rule(archive).startswith("to the first page of known entries: newest first; whole from 2")
    assert crawl(archive, entries(*NEWEST_FIRST)) == 1
    assert crawl(archive, entries(101, *NEWEST_FIRST)) == 2
    assert rule(archive).startswith("to the first page of known entries: none of 1 arrivals stood below a known one")


def test_pinned_entries_are_looked_past(archive: Archive) -> None:
    """Six old entries stick to the top: more than a page of known ones stands above what is new."""
    pinned = entries(*range(6, 0, -1))
    assert crawl(archive, pinned + entries(*NEWEST_FIRST)) == PAGES + 2
    assert rule(archive).startswith("to 12 known entries in a row: days are out of order by up to 6")
    assert crawl(archive, pinned + entries(*NEWEST_FIRST)) == 3
    crawl(archive, pinned + entries(101, *NEWEST_FIRST))
    assert archive.states([url(101)])
    assert archive.db.execute("select arrived, reach from channels").fetchone() == (1, 6)


def test_a_list_oldest_first_is_walked_to_its_end_whatever_its_site_file_says(archive: Archive) -> None:
    oldest_first = entries(*reversed(NEWEST_FIRST))
    crawl(archive, oldest_first)
    assert crawl(archive, [*oldest_first, *entries(101)]) == PAGES + 1
    assert archive.states([url(101)])


def test_a_list_in_no_order_is_walked_whole_until_enough_arrivals_were_seen(archive: Archive) -> None:
    channel = replace(CHANNEL, ordered=False)
    archive.enrol(replace(SITE, channels=(channel,)))
    undated = [entry(n, date=None) for n in NEWEST_FIRST]
    assert crawl(archive, undated, channel=channel) == PAGES
    for arrival in range(habits.ENOUGH):
        assert rule(archive).startswith(f"to the end: in no order, and only {arrival} of 20 arrivals seen")
        undated.insert(2, entry(200 + arrival, date=None))
        assert crawl(archive, undated, channel=channel) == -(-len(undated) // SIZE)
    assert rule(archive).startswith("to 24 known entries in a row: of 20 arrivals one stood below 2")
    assert crawl(archive, undated, channel=channel) == 5
    undated.insert(7, entry(300, date=None))
    crawl(archive, undated, channel=channel)
    assert archive.states([url(300)])


def test_the_reach_fades_when_nothing_comes_in_so_deep_any_more(archive: Archive) -> None:
    archive.db.execute("update channels set reach = 40, arrived = 30")
    crawl(archive, entries(*NEWEST_FIRST))
    assert archive.db.execute("select reach from channels").fetchone() == (20,)


def test_a_slip_of_the_pen_in_the_future_says_nothing() -> None:
    assert habits.disorder(["2024-01-03", "2924-01-02", "2024-01-01", None, "2023-12-31"]) == 0


@pytest.mark.parametrize(("total", "again"), [(None, True), (len(NEWEST_FIRST), False)])
def test_a_long_walk_of_a_list_that_counts_nothing_is_walked_once_more(
    archive: Archive, total: int | None, again: bool
) -> None:
    """Entries taken down meanwhile let others slip up past the walk; only a count would tell of it."""
    crawl(archive, entries(*NEWEST_FIRST), total)
    started = ledger.stamp(datetime.now(UTC) - habits.UNHURRIED * 2)
    archive.db.execute("update walks set started = ?", (started,))
    assert ("a long walk" in rule(archive)) is again
    assert crawl(archive, entries(*NEWEST_FIRST), total) == (PAGES if again else 1)
    assert crawl(archive, entries(*NEWEST_FIRST), total) == 1


def test_it_is_walked_whole_now_and_then_and_says_when(archive: Archive) -> None:
    crawl(archive, entries(*NEWEST_FIRST))
    started = datetime.now(UTC) - habits.WHOLE_EVERY - timedelta(hours=1)
    archive.db.execute("update walks set started = ?, ended = ?", (ledger.stamp(started),) * 2)
    assert rule(archive) == f"to the end: seen whole last on {started:%Y-%m-%d}"
    assert crawl(archive, entries(*NEWEST_FIRST)) == PAGES


def test_arrivals_within_the_depth_that_was_learned_are_never_missed(archive: Archive) -> None:
    """Two hundred entries come in at random among the first eight of a list that nobody counts; every crawl finds them
    all, and reads a third of what walking the list whole would."""
    rnd = random.Random(4)
    channel = Channel("b", "c", "http://a.gov.cn/c/", ordered=False)
    archive.enrol(Site("b", "乙县", "http://a.gov.cn/", "html", (channel,)))
    rows = [entry(n, date=None) for n in range(200)]
    taken = whole = 0
    crawl(archive, rows, channel=channel)
    for number in range(1000, 1200):
        rows.insert(rnd.randrange(9), entry(number, date=None))
        pages = crawl(archive, rows, channel=channel)
        if number >= 1000 + habits.ENOUGH:
            taken, whole = taken + pages, whole + len(rows) // SIZE
        assert archive.states([url(number)]), f"entry {number} was missed"
    assert taken < whole / 3
