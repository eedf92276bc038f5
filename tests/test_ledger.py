"""The ledger: walks, entries and pages, and what becomes of them. The closed-walk rule has test_walk_rule.py."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive import habits, ledger
from archive.coverage import certificates
from archive.database import Archive
from archive.errors import Blocked, Gone, Unreachable, Unreadable
from archive.records import Ask, Entry, Listing
from tests.samples import CHANNEL, SITE, capture, entry, store, url

TOP = Ask(CHANNEL.url)
MORE = Ask("http://a.gov.cn/bg/page", "POST", "page=2", {"X-Requested-With": "XMLHttpRequest"}, {"page": 2})


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path, write=True) as made:
        made.enrol(SITE)
        yield made


def walk(archive: Archive, *numbers: int, total: int | None = None, full: bool = False) -> str:
    """A walk of one page, to its end."""
    begun = archive.begin_walk(CHANNEL, full)
    archive.listed(begun.id, TOP, Listing(tuple(entry(n) for n in numbers), total), None)
    archive.end_walk(begun.id, "exhausted")
    return begun.id


def state(archive: Archive, address: str) -> tuple[str, str | None]:
    (page,) = archive.states([address])
    return page.state, page.reason


# --- walks -------------------------------------------------------------------------------------------------------


def test_a_walk_goes_on_where_it_was_left(archive: Archive) -> None:
    first = archive.begin_walk(CHANNEL)
    assert (first.next, first.pages, first.resumed) == (None, 0, False)
    archive.listed(first.id, TOP, Listing((entry(1),), next=MORE), capture(archive, TOP.url))
    archive.pause_walk(first.id, "timed out")
    again = archive.begin_walk(CHANNEL)
    assert (again.id, again.next, again.pages, again.resumed) == (first.id, MORE, 1, True)
    assert archive.db.execute("select walk from captures").fetchall() == [(first.id,)]


def test_a_page_looked_at_again_does_not_move_the_walk(archive: Archive) -> None:
    begun = archive.begin_walk(CHANNEL)
    archive.listed(begun.id, TOP, Listing((entry(1), entry(2)), next=MORE), None)
    archive.listed(begun.id, MORE, Listing((entry(3),)), None)
    step = archive.listed(begun.id, TOP, Listing((entry(4), entry(1)), next=MORE), None)
    assert (step.new, step.fresh, step.caught_up) == (1, (url(4),), False)
    assert archive.begin_walk(CHANNEL).next is None
    assert archive.listed(begun.id, MORE, Listing((entry(2), entry(3))), None).caught_up
    row = archive.db.execute("select seen, repeated, late from walks").fetchone()
    assert row == (4, 0, 1)


def test_entries_keep_title_date_order_and_first_walk(archive: Archive) -> None:
    first = walk(archive, 1, 2)
    second = walk(archive, 3, 1, 2)
    columns = "url, title, date, position, first_walk, last_walk"
    rows = archive.db.execute(f"select {columns} from listings order by position")
    assert rows.fetchall() == [
        (url(3), "第3号报告", "2024-03-05", 1, second, second),
        (url(1), "第1号报告", "2024-03-05", 2, first, second),
        (url(2), "第2号报告", "2024-03-05", 3, first, second),
    ]


def test_fresh_are_the_pending_ones_that_this_walk_meets_first(archive: Archive) -> None:
    store(archive, url(1))
    begun = archive.begin_walk(CHANNEL)
    listing = Listing((entry(1), entry(2), entry(2), Entry("外站", "http://b.gov.cn/")))
    step = archive.listed(begun.id, TOP, listing, None, {"http://b.gov.cn/": "another site: b.gov.cn"})
    assert step.fresh == (url(2),)
    assert step.new == 3
    assert state(archive, "http://b.gov.cn/") == ("foreign", "another site: b.gov.cn")


def test_a_page_is_caught_up_only_by_closed_walks(archive: Archive) -> None:
    begun = archive.begin_walk(CHANNEL)
    listing = Listing((entry(1), entry(2)))
    assert not archive.listed(begun.id, TOP, listing, None).caught_up
    archive.end_walk(begun.id, "failed")
    second = archive.begin_walk(CHANNEL)
    assert not archive.listed(second.id, TOP, listing, None).caught_up
    archive.end_walk(second.id, "exhausted")
    third = archive.begin_walk(CHANNEL)
    assert archive.listed(third.id, TOP, listing, None).caught_up


@pytest.mark.parametrize(("total", "caught_up"), [(2, True), (3, False), (1, False), (None, True)])
def test_a_total_that_moved_keeps_the_walk_going(archive: Archive, total: int | None, caught_up: bool) -> None:
    walk(archive, 1, 2, total=2)
    begun = archive.begin_walk(CHANNEL)
    assert archive.listed(begun.id, TOP, Listing((entry(1), entry(2)), total), None).caught_up is caught_up


def test_a_count_that_was_always_off_is_no_reason_to_go_on(archive: Archive) -> None:
    walk(archive, 1, 2, total=5)
    begun = archive.begin_walk(CHANNEL)
    assert archive.listed(begun.id, TOP, Listing((entry(1), entry(2)), 5), None).caught_up


def test_whole_walks_are_never_caught_up(archive: Archive) -> None:
    walk(archive, 1)
    begun = archive.begin_walk(CHANNEL, full=True)
    assert begun.full
    assert not archive.listed(begun.id, TOP, Listing((entry(1),)), None).caught_up


def test_a_list_is_walked_whole_now_and_then(archive: Archive) -> None:
    walk(archive, 1)
    assert not archive.begin_walk(CHANNEL).full
    archive.end_walk(archive.begin_walk(CHANNEL).id, "failed")
    long_ago = ledger.stamp(datetime.now(UTC) - habits.WHOLE_EVERY * 2)
    archive.db.execute("update walks set started = ?", (long_ago,))
    assert archive.begin_walk(CHANNEL).full


def test_what_an_exhausted_walk_did_not_see_is_missing_and_may_return(archive: Archive) -> None:
    walk(archive, 1, 2, 3)
    store(archive, url(2), site="a")
    walk(archive, 1, 3)
    missing = archive.db.execute("select url from listings where missing_since is not null").fetchall()
    assert missing == [(url(2),)]
    assert archive.db.execute("select url, reason from withdrawn").fetchall() == [(url(2), "no longer listed")]
    walk(archive, 1, 2, 3)
    assert archive.db.execute("select count(*) from listings where missing_since is not null").fetchone() == (0,)


def test_less_of_the_list_than_before_takes_nothing_away(archive: Archive) -> None:
    """The site still counts three: the page that listed the others has failed, nothing was withdrawn."""
    walk(archive, 1, 2, 3, total=3)
    walk(archive, 1, total=3)
    assert archive.db.execute("select count(*) from listings where missing_since is not null").fetchone() == (0,)


def test_a_gone_page_that_is_listed_again_is_fetched_again(archive: Archive) -> None:
    walk(archive, 1, 2)
    archive.refuse(url(2), Gone(url(2), "404"))
    walk(archive, 1, 2)
    assert state(archive, url(2))[0] == "gone"
    walk(archive, 1)
    walk(archive, 1, 2)
    assert state(archive, url(2))[0] == "pending"


def test_a_list_that_shrank_under_the_walk_must_be_walked_again(archive: Archive) -> None:
    begun = archive.begin_walk(CHANNEL)
    archive.listed(begun.id, TOP, Listing((entry(1), entry(2)), 4, next=MORE), None)
    archive.listed(begun.id, MORE, Listing((entry(4),), 3), None)
    assert archive.end_walk(begun.id, "exhausted") == "moved"
    assert archive.begin_walk(CHANNEL).id != begun.id


# --- pages -------------------------------------------------------------------------------------------------------


def test_due_gives_what_waits_in_its_order_and_by_site(archive: Archive) -> None:
    walk(archive, 1, 2, 3)
    assert archive.offer(["http://b.gov.cn/x"], site="b.gov.cn", title="外站") == ["http://b.gov.cn/x"]
    store(archive, url(2))
    everything = archive.due(None, 10)
    assert [page.url for page in everything] == [url(1), url(3), "http://b.gov.cn/x"]
    assert [page.url for page in archive.due(["a"], 10)] == [url(1), url(3)]
    assert [page.url for page in archive.due(["a"], 1)] == [url(1)]
    assert [page.url for page in archive.due(None, 10, after=everything[0].row)] == [url(3), "http://b.gov.cn/x"]
    assert everything[0].listed == entry(1)
    assert everything[2].listed == Entry("外站", "http://b.gov.cn/x")


def test_failures_are_tried_again_later_each_time(archive: Archive) -> None:
    archive.offer([url(1)])
    waits = []
    for _ in range(3):
        archive.refuse(url(1), Unreachable(url(1), "timed out"))
        assert archive.due(None, 10) == []
        attempt, last = archive.db.execute("select next_attempt, last_seen from pages").fetchone()
        waits.append(datetime.fromisoformat(attempt) - datetime.fromisoformat(last))
        assert [page.attempts for page in archive.due(None, 10, now=attempt)] == [len(waits)]
    assert waits == [ledger.FIRST_PAUSE, ledger.FIRST_PAUSE * 2, ledger.FIRST_PAUSE * 4]
    archive.refuse(url(1), Blocked(url(1), "429", retry_after=10 * 86400))
    assert archive.due(None, 10, now=ledger.stamp(datetime.now(UTC) + ledger.LONGEST_PAUSE)) == []


@pytest.mark.parametrize("error", [Gone, Unreadable])
def test_what_time_does_not_mend_is_not_tried_again(archive: Archive, error: type[Gone] | type[Unreadable]) -> None:
    archive.offer([url(1)])
    archive.refuse(url(1), error(url(1), "why"))
    assert state(archive, url(1)) == (error.state, "why")
    assert archive.due(None, 10, now="2999-01-01T00:00:00Z") == []


def test_a_failure_or_a_block_is_no_withdrawal(archive: Archive) -> None:
    store(archive, url(1))
    archive.refuse(url(1), Unreachable(url(1), "timed out"))
    archive.refuse(url(1), Blocked(url(1), "412"))
    assert state(archive, url(1)) == ("archived", "412")
    archive.refuse(url(1), Gone(url(1), "404"))
    assert state(archive, url(1)) == ("gone", "404")
    assert archive.db.execute("select url, title, state from disclosures").fetchall() == [(url(1), "报告", "gone")]


def test_offer_asks_only_for_what_is_not_here(archive: Archive) -> None:
    store(archive, url(1))
    assert archive.offer([url(1), url(2)]) == [url(2)]
    assert archive.offer([url(1), url(2)], force=True) == [url(1), url(2)]
    archive.forget(url(2))
    archive.forget(url(1))
    assert [page.url for page in archive.states([url(1), url(2)])] == [url(1)]


# --- the certificate ---------------------------------------------------------------------------------------------


def test_the_certificate_adds_up_and_says_what_is_missing(archive: Archive) -> None:
    begun = archive.begin_walk(CHANNEL)
    rows = (*(entry(n) for n in range(1, 8)), entry(7))
    archive.listed(begun.id, TOP, Listing(rows, total=10), None, {url(6): "another site"})
    archive.end_walk(begun.id, "exhausted")
    store(archive, url(1), site="a")
    archive.refuse(url(2), Gone(url(2), "404"))
    archive.refuse(url(3), Blocked(url(3), "412"))
    archive.refuse(url(4), Unreachable(url(4), "timed out"))
    archive.refuse(url(5), Unreadable(url(5), "no body"))
    (found,) = certificates(archive.db, ["a"])
    parts = (found.archived, found.gone, found.blocked, found.failed, found.unread, found.pending, found.foreign,
             found.listed_twice, found.unexplained)
    assert parts == (1, 1, 1, 1, 1, 1, 1, 1, 2)
    assert sum(parts) == found.claimed == 10
    assert (found.missing, found.balanced) == (4, False)


def test_a_certificate_balances_when_all_is_there(archive: Archive) -> None:
    walk(archive, 1, 2, total=2)
    for number in (1, 2):
        store(archive, url(number), text=f"正文{number}")
    (found,) = certificates(archive.db)
    assert (found.claimed, found.archived, found.unexplained, found.balanced) == (2, 2, 0, True)
    assert certificates(archive.db, ["b"]) == []


def test_a_site_that_claims_no_total_leaves_nothing_to_explain(archive: Archive) -> None:
    walk(archive, 1)
    store(archive, url(1))
    (found,) = certificates(archive.db)
    assert (found.claimed, found.unexplained, found.balanced) == (None, None, True)
    assert found.row()[2] == "–"


@pytest.mark.parametrize("outcome", ["truncated", "broken", "limited", "failed"])
def test_a_walk_that_was_not_closed_balances_nothing(archive: Archive, outcome: str) -> None:
    walk(archive, 1, total=1)
    store(archive, url(1))
    begun = archive.begin_walk(CHANNEL)
    assert not certificates(archive.db)[0].balanced
    archive.end_walk(begun.id, outcome, "why")  # type: ignore[arg-type]
    (found,) = certificates(archive.db)
    assert (found.balanced, found.row()[-2]) == (False, f"{outcome}: why")


def test_a_channel_never_walked_is_said_to_be_so(archive: Archive) -> None:
    (found,) = certificates(archive.db)
    assert (found.balanced, found.row()[-2]) == (False, "never walked")


def test_a_clock_that_was_ahead_keeps_no_page_waiting(archive: Archive) -> None:
    """What failed on a night of 2038 is asked for when the clock is right again; a server that asks for a year waits a
    month."""
    archive.refuse(url(1), Unreachable(url(1), "timed out"))
    archive.refuse(url(2), Unreachable(url(2), "the server answers 503", 1e9))
    assert not archive.due(None, 10)
    later = (datetime.now(UTC) + timedelta(days=32)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert len(archive.due(None, 10, now=later)) == 2
    with archive.batch():
        archive.db.execute("update pages set next_attempt = '2038-01-19T04:14:00Z' where url = ?", (url(1),))
    assert [page.url for page in archive.due(None, 10)] == [url(1)]


def test_a_list_that_was_seen_whole_in_a_year_to_come_is_walked_whole(archive: Archive) -> None:
    walk(archive, 1, 2, 3)
    walk(archive, 1, 2, 3)
    assert not habits.of(archive.db, CHANNEL.site, CHANNEL.key).whole(datetime.now(UTC))
    assert habits.of(archive.db, CHANNEL.site, CHANNEL.key).whole(datetime.now(UTC) + timedelta(days=31))
    assert habits.of(archive.db, CHANNEL.site, CHANNEL.key).whole(datetime.now(UTC) - timedelta(days=31))
