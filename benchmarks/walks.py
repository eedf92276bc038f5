"""Requests for listing pages: of every stand-in, on a first and a second crawl; and of lists that drift while they are
walked, beside a walk that stops where a page brings nothing new. The walker and the ledger are the real ones.

.venv/bin/python -m benchmarks.walks
"""

from __future__ import annotations

import argparse
import logging
import random
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from scrapy import Request

from archive import habits
from archive.database import Archive
from archive.records import CLOSED, Channel
from benchmarks.measure import table
from crawler import cms
from tests.stand_ins import Enorth, QueryList, StandIn, every
from tests.walking import Drift, Steps

COUNT, HISTORIES = 100, 200
KINDS = ("publish", "insert", "remove", "reorder", "cached", "empty")


def quiet(archive: Archive, kind: type[StandIn]) -> tuple[object, ...]:
    """(stand-in, entries, listing pages, requests of the first crawl, of the second, entries listed, outcome)."""
    stand_in = kind(count=COUNT)
    channel = replace(stand_in.channel(), site=kind.__name__.lower())
    steps = Steps(archive, stand_in.answer)
    first, second = steps.crawl(channel), steps.crawl(channel)
    (listed,) = archive.db.execute("select listed from channels where site = ?", (channel.site,)).fetchone()
    return kind.__name__, stand_in.count, stand_in.pages, first, second, listed, outcome(archive, channel)


def drifting(archive: Archive, kind: type[StandIn]) -> tuple[object, ...]:
    """(stand-in, requests and missed entries of the naive walk; requests of our first crawl, how many of these said
    that they were complete, entries that those missed, and still missed after the next crawl)."""
    plain = lost = asked = missed = complete = still = 0
    for seed in range(HISTORIES):
        steps, channel, drift = drifted(archive, kind, seed)
        found = naive(steps, channel)
        lost += len(set(drift.stand_in.held()) - found)
        plain += steps.asked
        steps, channel, drift = drifted(archive, kind, seed)
        asked += steps.crawl(channel)
        if outcome(archive, channel) in CLOSED:
            complete += 1
            missed += unknown(archive, channel, drift)
            drift.left = 0
            steps.crawl(channel)
            still += unknown(archive, channel, drift)
    return kind.__name__, plain, lost, asked, f"{complete} of {HISTORIES}", missed, still


def drifted(archive: Archive, kind: type[StandIn], seed: int) -> tuple[Steps, Channel, Drift]:
    stand_in = kind(count=COUNT, base=f"http://s{seed}.{kind.__name__.lower()}.gov.cn")
    drift = Drift(stand_in, random.Random(seed), KINDS, 4)
    return Steps(archive, drift.answer), replace(stand_in.channel(), site=f"{kind.__name__}{seed}"), drift


def outcome(archive: Archive, channel: Channel) -> object:
    return archive.db.execute("select outcome from coverage where site = ?", (channel.site,)).fetchone()[0]


def unknown(archive: Archive, channel: Channel, drift: Drift) -> int:
    """Entries that the list holds now and the ledger does not know."""
    rows = archive.db.execute("select url from listings where site = ?", (channel.site,))
    return len(set(drift.stand_in.held()) - {url for (url,) in rows})


def naive(steps: Steps, channel: Channel) -> set[str]:
    """The entries that a walk finds which goes on while pages bring something new."""
    family, known = cms.family(channel.cms), set[str]()
    ask = family.first(channel)
    while True:
        meta = {"state": dict(ask.state)}
        listing = family.listing(
            steps.response(Request(ask.url, method=ask.method, body=ask.body, headers=dict(ask.headers), meta=meta))
        )
        new = {entry.url for entry in listing.entries} - known
        known |= new
        if listing.next is None or not (new or listing.frame):
            return known
        ask = listing.next


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder, Archive(Path(folder), write=True) as archive:
        archive.db.execute("pragma synchronous = off")
        columns = ("stand-in", "entries", "pages", "first crawl", "second", "listed", "outcome")
        print(table(columns, [quiet(archive, kind) for kind in every()]))
        print(f"\n{HISTORIES} walks each, up to 4 changes while walking ({', '.join(KINDS)}):\n")
        habits.UNHURRIED = timedelta(seconds=-1)  # no time passes here, as it does while documents are fetched
        heads = ("stand-in", "naive requests", "missed", "our requests", "said complete", "missed", "after the next")
        print(table(heads, [drifting(archive, kind) for kind in (QueryList, Enorth)]))


if __name__ == "__main__":
    main()
