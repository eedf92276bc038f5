"""How a host is asked: as late as it says, never faster than its delay, and without holding up others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path

import pytest

from archive.database import Archive
from crawler.patience import retry_after
from tests.hostile_server import page
from tests.loopback import Answer, Loopback, Request
from tests.running import gongkai

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SAID = {
    "120": 120, " 7 ": 7, "0": 0, "999999999999999": 999999999999, "Fri, 20 Nov 2026 12:01:00 GMT": 60,
    "Friday, 20-Nov-26 12:00:30 GMT": 30, "Fri, 20 Nov 2026 11:59:00 GMT": None, "": None, "soon": None, "-5": None,
    "1.5": None, "12h": None, "Fri, 99 Nov 2026 12:01:00 GMT": None, "\xff\xfe": None, "２": None,
}  # fmt: skip


@pytest.mark.parametrize("value", SAID)
def test_what_retry_after_says(value: str) -> None:
    assert retry_after(value, NOW) == SAID[value]


class Site:
    """Robots.txt is not there, pages are; `first` answers the first request for a page."""

    def __init__(self, first: Callable[[], Answer] | None = None) -> None:
        self.first = first

    def answer(self, request: Request) -> Answer:
        if request.path == "/robots.txt":
            return Answer(404)
        first, self.first = self.first, None
        return first() if first else Answer(200, {"Content-Type": "text/html; charset=utf-8"}, page())


@pytest.fixture
def served() -> Iterator[Callable[..., tuple[Loopback, str]]]:
    with ExitStack() as stack:
        def serve(site: Site, host: str = "127.0.0.1") -> tuple[Loopback, str]:
            loopback = Loopback(site)
            return loopback, stack.enter_context(loopback.serve(host=host))

        yield serve


def scrape(folder: Path, urls: list[str], **settings: object) -> int:
    changes = {"DOWNLOAD_DELAY": 0, "GONGKAI_BACK_OFF": 0, **settings}
    words = [word for name, value in changes.items() for word in ("-s", f"{name}={value}")]
    return gongkai("scrape", *urls, *words, archive=folder).code


def pages(loopback: Loopback) -> list[float]:
    return [hit.at for hit in loopback.log if hit.path != "/robots.txt"]


def in_two_seconds() -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=3), usegmt=True)  # a date has no fractions


@pytest.mark.parametrize("value", [lambda: "2", in_two_seconds])
@pytest.mark.parametrize("status", [429, 503])
def test_a_host_is_left_alone_as_long_as_it_asks(
    value: Callable[[], str], status: int, served: Callable[..., tuple[Loopback, str]], tmp_path: Path
) -> None:
    """All of its pages wait, not only the one that was refused; another host is asked meanwhile."""
    asking, base = served(Site(lambda: Answer(status, {"Retry-After": value()})))
    other, elsewhere = served(Site(), "127.0.0.4")
    urls = [f"{base}/{n}.html" for n in range(3)] + [f"{elsewhere}/{n}.html" for n in range(10)]
    assert scrape(tmp_path / "a", urls) == 0
    refused, *later = pages(asking)
    assert len(later) == 3
    assert later[0] - refused >= 1.9
    assert any(refused < at < later[0] for at in pages(other))


def test_a_host_that_asks_for_too_long_rests_until_the_next_run(
    served: Callable[..., tuple[Loopback, str]], tmp_path: Path
) -> None:
    """Nothing else is asked of it, and the pages that were not asked for stay pending."""
    asking, base = served(Site(lambda: Answer(503, {"Retry-After": "86400"})))
    assert scrape(tmp_path / "a", [f"{base}/{n}.html" for n in range(4)]) == 1
    assert len(pages(asking)) == 1
    with Archive(tmp_path / "a") as archive:
        states = dict(archive.db.execute("select state, count(*) from pages group by state").fetchall())
    assert states == {"failed": 1, "pending": 3}
    assert scrape(tmp_path / "a", [f"{base}/{n}.html" for n in range(1, 4)]) == 0


@pytest.mark.parametrize("header", ["soon", "", "Thu, 01 Jan 1970 00:00:00 GMT", "-1", "1 Jan 40000000000 00:00"])
def test_nonsense_means_the_usual_pause(
    header: str, served: Callable[..., tuple[Loopback, str]], tmp_path: Path
) -> None:
    asking, base = served(Site(lambda: Answer(503, {"Retry-After": header})))
    assert scrape(tmp_path / "a", [f"{base}/1.html"], GONGKAI_BACK_OFF=0.5) == 0
    first, second = pages(asking)
    assert second - first >= 0.5


def test_the_delay_is_kept_to_the_end(served: Callable[..., tuple[Loopback, str]], tmp_path: Path) -> None:
    """Between any two requests, robots.txt and the one after a pause among them."""
    asking, base = served(Site(lambda: Answer(503, {"Retry-After": "1"})))
    assert scrape(tmp_path / "a", [f"{base}/{n}.html" for n in range(5)], DOWNLOAD_DELAY=0.3) == 0
    gaps = [after.at - before.at for before, after in pairwise(asking.log)]
    assert len(gaps) == 6
    assert min(gaps) > 0.3 / 2  # the server notes a request when its thread gets to it


def test_a_host_that_only_refuses_rests(served: Callable[..., tuple[Loopback, str]], tmp_path: Path) -> None:
    asking, base = served(Site())
    asking.fail("/*.html", Answer(403))
    assert scrape(tmp_path / "a", [f"{base}/{n}.html" for n in range(20)]) == 1
    assert len(pages(asking)) == 3
    with Archive(tmp_path / "a") as archive:
        states = dict(archive.db.execute("select state, count(*) from pages group by state").fetchall())
    assert states == {"blocked": 3, "pending": 17}


def test_a_host_that_only_fails_rests(served: Callable[..., tuple[Loopback, str]], tmp_path: Path) -> None:
    asking, base = served(Site())
    asking.fail("/*.html", None)
    assert scrape(tmp_path / "a", [f"{base}/{n}.html" for n in range(20)], GONGKAI_FAILURES=6) == 1
    assert len(pages(asking)) <= 7  # the first, on the line of robots.txt, is asked twice by Twisted


def test_a_single_page_that_fails_does_not_hold_up_the_rest(
    served: Callable[..., tuple[Loopback, str]], tmp_path: Path
) -> None:
    asking, base = served(Site())
    asking.fail("/3.html", Answer(500))
    assert scrape(tmp_path / "a", [f"{base}/{n}.html" for n in range(8)]) == 1
    with Archive(tmp_path / "a") as archive:
        states = dict(archive.db.execute("select state, count(*) from pages group by state").fetchall())
    assert states == {"archived": 7, "failed": 1}


def test_a_line_that_is_cut_for_a_while_costs_nothing(
    served: Callable[..., tuple[Loopback, str]], tmp_path: Path
) -> None:
    """The host answered before, so it is tried for longer than one that never did: here it refuses connections after
    its first page, and is back before the patience ends."""
    site = Site()
    loopback, base = served(site)
    port = int(base.rsplit(":", 1)[1])
    assert port
    loopback.fail("/2.html", None, times=2)
    assert scrape(tmp_path / "a", [f"{base}/{n}.html" for n in range(4)], GONGKAI_BACK_OFF=0.05) == 0
