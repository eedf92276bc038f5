"""Ctrl-C once lets what is in flight finish, twice ends at once; either way the same command goes on."""

from __future__ import annotations

import os
import signal
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from archive.database import Archive
from tests.fake_site import KEY, FakeSite
from tests.running import COMMAND, catalogue_of, gongkai
from tests.test_crawl import compare

INTERRUPTED = 130


def started(site: FakeSite, folder: Path, requests: int, *arguments: str) -> subprocess.Popen[str]:
    """A crawl that has sent so many requests."""
    command = [*COMMAND, "--archive", str(folder / "a"), "--catalogue", str(folder / "sites"), "crawl", KEY, *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ)
    wait_for(site, requests, process)
    return process


def wait_for(site: FakeSite, requests: int, process: subprocess.Popen[str]) -> None:
    while process.poll() is None and len(site.log) < requests:
        with site.asked:
            site.asked.wait(timeout=0.05)


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_once(sent: signal.Signals, tmp_path: Path) -> None:
    """What is in flight is archived, what waits for its turn is not asked any more: even with an hour to wait."""
    site = FakeSite(documents=60)
    with site.serve():
        catalogue = catalogue_of(site, tmp_path / "sites")
        process = started(site, tmp_path, 12)
        process.send_signal(sent)
        _, said = process.communicate(timeout=30)
        assert (process.returncode, "Traceback" in said) == (INTERRUPTED, False), said
        assert "run the same command again" in said
        before = Counter(hit.target for hit in site.log)
        assert gongkai("crawl", KEY, archive=tmp_path / "a", catalogue=catalogue).code == 1
        compare(site, tmp_path / "a")
        assert gongkai("verify", archive=tmp_path / "a").code == 0
    asked = Counter(hit.target for hit in site.log)
    again = [target for target in before if asked[target] > 1 and target.endswith(".html")]
    assert len(again) <= 4  # listing pages, and nothing that was answered


def test_while_a_host_waits(tmp_path: Path) -> None:
    """A pause of a minute that a host asked for does not hold up the end."""
    from tests.loopback import Answer

    site = FakeSite(documents=60)
    with site.serve():
        catalogue_of(site, tmp_path / "sites")
        site.fail("/art/*", Answer(503, {"Retry-After": "60"}))
        site.fail("/zfxxgk/*", Answer(503, {"Retry-After": "60"}))
        site.fail("/article/*", Answer(503, {"Retry-After": "60"}))
        process = started(site, tmp_path, 2)  # robots.txt, and a list that asks for a pause
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    assert process.returncode == INTERRUPTED


def test_twice(tmp_path: Path) -> None:
    """An answer that does not come is not waited for; nothing that was archived is lost."""
    site = FakeSite(documents=60)
    with site.serve():
        catalogue = catalogue_of(site, tmp_path / "sites")
        process = started(site, tmp_path, 12)
        site.delay("*", 25.0)
        wait_for(site, len(site.log) + 1, process)  # in flight, and late for certain
        process.send_signal(signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=1.0)  # it waits for what is in flight
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=15)
        assert (process.returncode, "Traceback" in said) == (INTERRUPTED, False), said
        site.mend()
        with Archive(tmp_path / "a") as archive:
            kept = archive.db.execute("select count(*) from captures").fetchone()[0]
            assert archive.db.execute("select outcome from runs").fetchone()[0] == "interrupted"
        assert gongkai("crawl", KEY, archive=tmp_path / "a", catalogue=catalogue).code == 1
        compare(site, tmp_path / "a")
        with Archive(tmp_path / "a") as archive:
            assert archive.db.execute("select count(*) from captures").fetchone()[0] > kept


STOPPED_LATER = """import os, signal
from archive.database import Archive
Archive.link = lambda archive: os.kill(os.getpid(), signal.{name})
from crawler.cli import main
main()"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_after_the_last_answer(name: str, tmp_path: Path) -> None:
    """While what came in is linked, Scrapy no longer listens. The next run makes up for it."""
    site = FakeSite(documents=16)
    with site.serve():
        catalogue_of(site, tmp_path / "sites")
        command = [*COMMAND, "--archive", str(tmp_path / "a"), "--catalogue", str(tmp_path / "sites"), "crawl", KEY,
                   "-s", "GONGKAI_READERS=0"]  # they leave nothing to be done later
        command[2] = STOPPED_LATER.format(name=name)
        ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert (ran.returncode, "Traceback" in ran.stderr) == (INTERRUPTED, False), ran.stderr
        with Archive(tmp_path / "a") as archive:
            assert archive.db.execute("select outcome from runs").fetchone()[0] == "interrupted"
            assert archive.db.execute("select count(*) from derived").fetchone()[0] == 0
        gongkai("crawl", KEY, archive=tmp_path / "a", catalogue=tmp_path / "sites")
        compare(site, tmp_path / "a")
        with Archive(tmp_path / "a") as archive:
            assert archive.db.execute("select count(*) from derived").fetchone()[0] > 0
