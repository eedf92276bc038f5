"""Lists that change while they are walked: entries inserted, removed, re-ordered, pages cached or empty for a moment.

The walker and the ledger are the real ones, the sites are stand-ins; nothing is fetched but listing pages. A document
is missed if the list holds it when the crawl has ended and the ledger does not know it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive import habits
from archive.database import Archive
from archive.records import CLOSED, Channel
from crawler.walk import AGAIN
from tests.stand_ins import Enorth, QueryList, StandIn, Xian
from tests.walking import Drift, Steps

KINDS = ("publish", "insert", "remove", "reorder", "cached", "empty")
HISTORIES = 60
COUNT = 100  # entries when the first crawl begins: seven pages


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with Archive(Path(tmp_path_factory.mktemp("drift")), write=True) as made:
        made.db.execute("pragma synchronous = off")
        yield made


def drifting(kind: type[StandIn], seed: int, left: int = 4) -> tuple[Drift, Channel]:
    stand_in = kind(count=COUNT, base=f"http://s{seed}.{kind.__name__.lower()}.gov.cn")
    channel = stand_in.channel()
    drift = Drift(stand_in, random.Random(f"{kind.__name__}/{seed}"), KINDS, left)
    return drift, Channel(f"{kind.__name__}{seed}", "c", channel.url, "", channel.cms, options=channel.options)


def missed(archive: Archive, drift: Drift, channel: Channel) -> int:
    known = {url for (url,) in archive.db.execute("select url from listings where site = ?", (channel.site,))}
    return len(set(drift.stand_in.held()) - known)


def outcome(archive: Archive, channel: Channel) -> str:
    found = archive.db.execute("select outcome from coverage where site = ?", (channel.site,)).fetchone()
    return str(found and found[0])


def test_a_counted_list_that_drifts_is_missed_nothing_of(archive: Archive) -> None:
    """By the end of the very crawl, wherever it says that it is complete; and what it costs has a bound."""
    complete = extra = 0
    for seed in range(HISTORIES):
        drift, channel = drifting(QueryList, seed)
        asked = Steps(archive, drift.answer).crawl(channel)
        pages = max(len(then) for then in drift.past) // drift.stand_in.size + 1
        assert asked <= (1 + AGAIN) * (pages + 3), f"history {seed}: {drift.happened}"
        extra += asked - pages
        if outcome(archive, channel) in CLOSED:
            complete += 1
            assert missed(archive, drift, channel) == 0, f"history {seed}: {drift.happened}"
    assert complete > HISTORIES * 0.9
    assert extra < HISTORIES * 2 * pages


@pytest.mark.parametrize("kind", [Enorth, Xian])
def test_a_list_without_a_count_is_missed_nothing_of_by_the_next_crawl(
    archive: Archive, kind: type[StandIn], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first walk of a real list takes longer than `UNHURRIED`, since documents go first; here no time passes."""
    monkeypatch.setattr(habits, "UNHURRIED", -habits.UNHURRIED)
    for seed in range(HISTORIES // 2):
        drift, channel = drifting(kind, seed)
        steps = Steps(archive, drift.answer)
        while outcome(archive, channel) not in CLOSED:
            steps.crawl(channel)
        drift.left = 0
        steps.crawl(channel)
        assert outcome(archive, channel) in CLOSED, f"history {seed}: {drift.happened}"
        assert missed(archive, drift, channel) == 0, f"history {seed}: {drift.happened}"


def test_a_quiet_list_costs_its_pages_and_one(archive: Archive) -> None:
    drift, channel = drifting(QueryList, -1, left=0)
    steps = Steps(archive, drift.answer)
    assert steps.crawl(channel) == drift.stand_in.pages + 2  # the frame, and the first page once more
    assert steps.crawl(channel) == 2
