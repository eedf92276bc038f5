"""Every CMS family, walked through its stand-in by the pure loop ask → answer → listing → next, without a network."""

from __future__ import annotations

import importlib
import json
from dataclasses import asdict, dataclass, field
from types import ModuleType

import pytest
from scrapy.http import HtmlResponse, Request, Response

from archive.records import Ask, Entry, Listing
from tests import loopback
from tests.stand_ins import StandIn, every

STAND_INS = list(every())


def family(stand_in: StandIn) -> ModuleType:
    return importlib.import_module(f"crawler.cms.{stand_in.family}")


def fetched(stand_in: StandIn, ask: Ask) -> Response:
    """The stand-in's answer to an ask, as the spider would hand it to the adapter."""
    request = Request(
        ask.url, method=ask.method, body=ask.body or b"", headers=dict(ask.headers), meta={"state": dict(ask.state)}
    )
    headers = {name.decode(): b",".join(values).decode() for name, values in request.headers.items()}
    answer = stand_in.answer(loopback.Request.of(request.url, request.method, request.body, headers))
    return HtmlResponse(ask.url, status=answer.status, headers=dict(answer.headers), body=answer.body, request=request)


@dataclass
class Walked:
    """What a walk brought home."""

    entries: dict[str, Entry] = field(default_factory=dict)
    listings: list[Listing] = field(default_factory=list)
    requests: int = 0
    end: str = "limit"


def walk(stand_in: StandIn, limit: int = 40) -> Walked:
    """The universal rule of platforms.md §0.2 included: a further page without a new address ends the walk, cut."""
    walked, ask, adapter = Walked(), family(stand_in).first(stand_in.channel()), family(stand_in)
    while walked.requests < limit:
        walked.requests += 1
        listing = adapter.listing(fetched(stand_in, carried(ask)))
        if not listing.frame:
            new = {entry.url: entry for entry in listing.entries if entry.url not in walked.entries}
            if not listing.entries:
                walked.end = "empty" if listing.says_empty else "broken"
                return walked
            if not new:
                walked.end = "truncated"
                return walked
            walked.entries |= new
            walked.listings.append(listing)
        if listing.next is None:
            walked.end = "exhausted"
            return walked
        ask = listing.next
    return walked


def carried(ask: Ask) -> Ask:
    """The ask as it comes back from the ledger: a walk that was killed goes on from there."""
    return Ask(**json.loads(json.dumps(asdict(ask))))


@pytest.fixture(params=STAND_INS, ids=lambda kind: kind.__name__)
def stand_in(request: pytest.FixtureRequest) -> StandIn:
    kind: type[StandIn] = request.param
    return kind()


def test_walk_brings_home_exactly_what_is_held(stand_in: StandIn) -> None:
    walked, held = walk(stand_in), stand_in.held()
    assert walked.end in ("exhausted", "empty")
    assert {url.partition("#")[0] for url in walked.entries} == set(held)
    for url, entry in walked.entries.items():
        document = held[url.partition("#")[0]]
        assert entry.title == document.title
        assert entry.date == (document.published_on if stand_in.dated else None)


def test_rows_state_index_fields(stand_in: StandIn) -> None:
    held = stand_in.held()
    for url, entry in walk(stand_in).entries.items():
        document = held[url.partition("#")[0]]
        for name in stand_in.stated:
            assert entry.stated[name] == getattr(document, name, entry.stated[name])
        assert not {"null", "undefined", ""} & set(entry.stated.values())


def test_site_claims_are_passed_on(stand_in: StandIn) -> None:
    """What the site claims is reported as claimed, true or not."""
    for site in (stand_in, type(stand_in)(lie=3)):
        assert {listing.total for listing in walk(site).listings} == {site.claimed}


def test_walk_asks_no_more_than_it_must(stand_in: StandIn) -> None:
    walked = walk(stand_in)
    assert walked.requests <= len(walked.listings) + 3


def test_small_channel_is_one_page(stand_in: StandIn) -> None:
    small = type(stand_in)(count=4)
    walked = walk(small)
    assert {url.partition("#")[0] for url in walked.entries} == set(small.held())
    assert walked.end in ("exhausted", "empty")


def test_total_that_claims_too_little_loses_nothing(stand_in: StandIn) -> None:
    modest = type(stand_in)(lie=-20)
    if stand_in.family in ("gkmlpt", "truecms"):  # their end is the count (platforms.md §2.1); coverage shows the gap
        return
    assert {url.partition("#")[0] for url in walk(modest).entries} == set(modest.held())


def column_page(stand_in: StandIn) -> Response:
    ask = Ask(stand_in.channel().url)
    first = family(stand_in).first(stand_in.channel())
    return fetched(stand_in, ask if first.url == ask.url.partition("#")[0] and first.method == "GET" else first)


@pytest.mark.parametrize("name", sorted({kind.family for kind in STAND_INS}))
def test_recognise_knows_its_own_and_no_other(name: str) -> None:
    module = importlib.import_module(f"crawler.cms.{name}")
    recognised = {kind.__name__ for kind in STAND_INS if module.recognise(column_page(kind()))}
    assert recognised == {kind.__name__ for kind in STAND_INS if kind.family == name}
