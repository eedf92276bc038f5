"""The network goes away in mid-crawl: all wait, nothing counts as a failure, and the same run fetches everything."""

from __future__ import annotations

import os
import subprocess
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest

from archive.database import Archive
from crawler.outage import FAILURES, FIRST_PAUSE, Outage
from tests.loopback import Loopback
from tests.running import COMMAND
from tests.test_patience import Site

pytestmark = pytest.mark.slow

HOSTS = ("127.0.0.5", "127.0.0.6")


def test_what_looks_like_the_network() -> None:
    outage = Outage()
    for _ in range(FAILURES):  # nobody ever answered: there may be no such hosts
        outage.unheard("a")
        outage.unheard("b")
    assert not outage.lasts
    outage.heard()
    for _ in range(FAILURES):
        outage.unheard("a")
    assert not outage.lasts  # one host alone may be gone
    outage.unheard("b")
    assert outage.lasts
    outage.heard()
    assert not outage.lasts


def test_one_request_at_a_time_tries_whether_it_is_back() -> None:
    outage = Outage()
    outage.heard()
    for host in "ab" * FAILURES:
        outage.unheard(host)
    assert 0 < outage.wait(answered=True) <= FIRST_PAUSE
    outage.next = 0.0  # the time has come
    with outage.waiting(answered=True):
        assert outage.wait(answered=False) > 0  # a host that may never have been there proves nothing
        assert outage.wait(answered=True) == 0.0
        assert outage.wait(answered=True) > FIRST_PAUSE


def test_a_crawl_waits_for_the_network(tmp_path: Path) -> None:
    """Both hosts refuse connections once a page of each was fetched, until the crawl says what it thinks of that. With
    no pause between tries, either would have been given up long before."""
    sites = [Loopback(Site()) for _ in HOSTS]
    ports: list[int] = []
    with ExitStack() as stack:
        for site, host in zip(sites, HOSTS, strict=True):
            ports.append(int(stack.enter_context(site.serve(host=host)).rpartition(":")[2]))
        urls = [f"http://{host}:{port}/{n}.html" for host, port in zip(HOSTS, ports, strict=True) for n in range(30)]
        command = [*COMMAND, "--archive", str(tmp_path / "a"), "scrape", *urls, "-s", "GONGKAI_BACK_OFF=0",
                   "-s", "DOWNLOAD_DELAY=0.05", "-s", "GONGKAI_FAILURES=99"]  # fmt: skip
        crawl = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=os.environ)
        for site in sites:
            with site.asked:
                site.asked.wait_for(lambda site=site: len(site.log) > 3, timeout=60)
    assert crawl.stderr
    said = next((line for line in crawl.stderr if "the network is gone" in line), "")
    assert said
    with ExitStack() as stack:
        for site, host, port in zip(sites, HOSTS, ports, strict=True):
            stack.enter_context(site.serve(port, host))
        rest = threading.Thread(target=crawl.stderr.read)
        rest.start()
        assert crawl.wait(timeout=120) == 0
        rest.join()
    with Archive(tmp_path / "a") as archive:
        assert archive.db.execute("select state, count(*) from pages group by state").fetchall() == [("archived", 60)]
