"""A full crawl of every stand-in over loopback, as a person starts it: what they hold is what the archive holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from archive.database import Archive
from tests.loopback import Loopback
from tests.running import Ran, gongkai
from tests.stand_ins import StandIn, every

pytestmark = pytest.mark.slow

READ = ("title", "published_on", "written_on", "publisher", "document_number", "index_number")
FRAMES = 1  # requests that lead to a list and are none: a column page whose script says where it is asked for


@dataclass(frozen=True)
class Crawled:
    """All stand-ins after two crawls, the second of them over unchanged sites."""

    archive: Path
    sites: dict[str, tuple[StandIn, Loopback]]
    first: Ran
    second: Ran
    asked: dict[str, tuple[int, int]]


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    folder = tmp_path_factory.mktemp("families")
    catalogue, archive = folder / "sites", folder / "archive"
    catalogue.mkdir()
    with ExitStack() as served:
        sites = {}
        for kind in every():
            stand_in = kind(count=24)
            loopback = Loopback(stand_in)
            stand_in.base = served.enter_context(loopback.serve())
            sites[kind.__name__.lower()] = (stand_in, loopback)
            (catalogue / f"{kind.__name__.lower()}.toml").write_text(stand_in.site_toml(), "utf-8")
        first = gongkai("crawl", *sites, archive=archive, catalogue=catalogue)
        before = {key: asked(loopback) for key, (_, loopback) in sites.items()}
        second = gongkai("crawl", *sites, archive=archive, catalogue=catalogue)
        after = {key: (count, asked(sites[key][1]) - count) for key, count in before.items()}
        yield Crawled(archive, sites, first, second, after)


def asked(loopback: Loopback) -> int:
    """Requests so far, but for robots.txt, which every run reads once a host."""
    return len(loopback.log) - len(loopback.hits("/robots.txt"))


def test_every_document_is_archived_as_it_is(crawled: Crawled) -> None:
    assert crawled.first.code == 0, crawled.first.err
    with Archive(crawled.archive) as archive:
        for key, (stand_in, _) in crawled.sites.items():
            rows = archive.db.execute(
                "select p.url, d.title, r.published_on, r.written_on, r.publisher, r.document_number, r.index_number "
                "from pages p join readings r on r.capture = p.reading join documents d on d.n = r.document "
                "where p.site = ?",
                (key,),
            ).fetchall()
            found = {url: tuple(read) for url, *read in rows}
            held = {url: tuple(getattr(held, name) for name in READ) for url, held in stand_in.held().items()}
            assert (key, found) == (key, held)


def test_the_certificate_balances(crawled: Crawled) -> None:
    rows = [json.loads(line) for line in gongkai("coverage", "--json", archive=crawled.archive).out.splitlines()]
    assert {row["site"] for row in rows} == set(crawled.sites)
    for row in rows:
        stand_in = crawled.sites[row["site"]][0]
        assert (row["site"], row["claimed"]) == (row["site"], stand_in.claimed)
        assert (row["site"], row["archived"], row["unexplained"] or 0) == (row["site"], stand_in.count, 0)


def test_requests_stay_within_their_figures(crawled: Crawled) -> None:
    """Issue 4: at most listing pages + documents + 3 for a first crawl; at most 2 for one of an unchanged channel. A
    list without an end of its own must be asked for one page more; a list in no order is walked whole."""
    for key, (stand_in, _) in crawled.sites.items():
        first, second = crawled.asked[key]
        assert (key, first) <= (key, stand_in.pages + stand_in.count + 3 + (key == "epointcolumn"))
        whole = stand_in.pages + 1 if not stand_in.channel().ordered else 2
        assert (key, second) <= (key, whole + FRAMES * (key == "epointcolumn"))
