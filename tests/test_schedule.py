"""Whose turn it is, decided from the archive alone; and the units that run it, as systemd reads them."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from archive.database import Archive
from archive.records import Channel, Site
from crawler.schedule import cron, interval, spoken, turns, units, within_window
from tests.fake_site import KEY, FakeSite
from tests.running import catalogue_of, gongkai
from tests.test_crawl import compare

CHINA = timezone(timedelta(hours=8))
CHANNELS = (Channel("jia", "a", "http://a.gov.cn/a/"), Channel("jia", "b", "http://a.gov.cn/b/"))


def site(**changes: Any) -> Site:
    return Site("jia", "甲市", "http://a.gov.cn/", "html", CHANNELS, **changes)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    with Archive(tmp_path / "a", write=True) as made:
        made.enrol(site())
        yield made


def walked(archive: Archive, *channels: str, closed: bool = True) -> datetime:
    """Walks these channels now; gives when."""
    for channel in CHANNELS:
        if channel.key in channels:
            walk = archive.begin_walk(channel)
            if closed:
                archive.end_walk(walk.id, "exhausted")
    return datetime.now(UTC)


def due(archive: Archive | None, moment: datetime, **changes: str) -> bool:
    (turn,) = turns(archive.db if archive else None, [site(**changes)], moment)
    return turn.due


def test_what_was_never_walked_is_due(archive: Archive) -> None:
    assert due(None, datetime.now(UTC))
    assert due(archive, datetime.now(UTC))
    assert due(archive, walked(archive, "a"))  # the other channel was not


@pytest.mark.parametrize(("every", "before", "after"), [
    ("1d", timedelta(hours=20), timedelta(hours=23, minutes=58)),  # a timer that comes two minutes early
    ("12h", timedelta(hours=10), timedelta(hours=12)),
    ("2w", timedelta(days=12), timedelta(days=14)),
])  # fmt: skip
def test_what_was_walked_is_due_again_later(archive: Archive, every: str, before: timedelta, after: timedelta) -> None:
    at = walked(archive, "a", "b")
    assert not due(archive, at, every=every)
    assert not due(archive, at + before, every=every)
    assert due(archive, at + after, every=every)


def test_a_clock_that_was_ahead_holds_nothing_back(archive: Archive) -> None:
    """One night in 2038, then the clock was set right: nothing would be due for twelve years. Nor is it due each hour
    from now on."""
    at = walked(archive, "a", "b")
    with archive.batch():
        archive.db.execute("update walks set started = '2038-01-19T03:14:00Z', ended = '2038-01-19T03:15:00Z'")
    assert due(archive, at)
    assert not due(archive, walked(archive, "a", "b") + timedelta(hours=1))


def test_a_walk_that_was_broken_off_is_due_at_once(archive: Archive) -> None:
    walked(archive, "a")
    assert due(archive, walked(archive, "b", closed=False))


@pytest.mark.parametrize(("outcome", "left", "expected"), [
    (None, True, True),  # killed
    ("interrupted", True, True),
    ("broken: no room", True, True),
    ("incomplete", True, False),  # its host was left to rest: asking it every hour would be no rest
    (None, False, False),  # nothing was left: it died of something else
])  # fmt: skip
def test_pages_that_a_kill_left_are_due_at_once(
    archive: Archive, outcome: str | None, left: bool, expected: bool
) -> None:
    run = archive.begin_run("listings")
    at = walked(archive, "a", "b")
    archive.offer(["http://a.gov.cn/1.html"] if left else [], "jia")
    if outcome:
        archive.end_run(run, outcome, {})
    assert due(archive, at) == expected
    again = archive.begin_run("listings")  # the next one fetched it, or found its host at rest
    walked(archive, "a", "b")
    archive.end_run(again, "incomplete", {})
    assert not due(archive, at)


def test_a_killed_crawl_is_taken_up_when_something_is_due(city: FakeSite, tmp_path: Path) -> None:
    """Also where its walks had been closed and only files were left."""
    catalogue, folder = catalogue_of(city, tmp_path / "sites"), tmp_path / "a"
    changes = ("-s", "GONGKAI_GROUP=1")
    killed = gongkai("crawl", *changes, archive=folder, catalogue=catalogue, GONGKAI_KILL="before_commit:150")
    assert (killed.code, left(folder, "walks where outcome is null")) == (-9, 0)
    assert left(folder, "downloads where state = 'pending'") > 10
    gongkai("crawl", "--due", archive=folder, catalogue=catalogue)
    assert left(folder, "downloads where state = 'pending'") == 0
    compare(city, folder)


def left(folder: Path, what: str) -> int:
    with Archive(folder) as archive:
        return int(archive.db.execute(f"select count(*) from {what}").fetchone()[0])


def test_a_window_is_the_sites_own_time(archive: Archive) -> None:
    """A server in London or in Urumqi waits for the night of Beijing."""
    night = datetime(2026, 11, 20, 18, 30, tzinfo=UTC).astimezone(CHINA)  # 02:30 in China
    assert due(archive, night, window="01:00-05:00")
    assert not due(archive, night + timedelta(hours=12), window="01:00-05:00")
    assert due(archive, night, window="22:00-06:00")
    for zone in (UTC, timezone(timedelta(hours=-5)), timezone(timedelta(hours=6))):
        assert due(archive, night.astimezone(zone), window="01:00-05:00")
        assert not due(archive, (night + timedelta(hours=12)).astimezone(zone), window="01:00-05:00")


def test_windows_begin_and_end() -> None:
    assert within_window("01:00-05:00", datetime(2026, 1, 1, 1, 0))
    assert not within_window("01:00-05:00", datetime(2026, 1, 1, 5, 0))
    assert within_window("", datetime(2026, 1, 1, 5, 0))
    assert interval("2w") == timedelta(days=14)


def test_crawling_what_is_due(city: FakeSite, tmp_path: Path) -> None:
    """The second time nothing is, nothing is asked, and that is no failure. A site that cannot be reached does not hold
    back the other."""
    catalogue = catalogue_of(city, tmp_path / "sites")
    dead = city.site_toml("http://127.0.0.1:9")
    (catalogue / "a-dead.toml").write_text(dead, "utf-8")
    first = gongkai("crawl", "--due", "--json", "-s", "GONGKAI_BACK_OFF=0", archive=tmp_path / "a", catalogue=catalogue)
    assert first.code == 1, first.err
    report = json.loads(first.out)
    assert report["new"] == len(city.held())
    assert {walk["site"] for walk in report["walks"] if walk["outcome"] is None} == {"a-dead"}
    (catalogue / "a-dead.toml").unlink()
    city.log.clear()
    second = gongkai("crawl", "--due", archive=tmp_path / "a", catalogue=catalogue)
    assert (second.code, city.log) == (0, [])
    assert "nothing is due before" in second.err
    table = gongkai("schedule", archive=tmp_path / "a", catalogue=catalogue).out.split("\t")
    assert table[:2] == [KEY, "1d"]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
@pytest.mark.parametrize("name", ["a", "an archive 100%", "档案"])
def test_systemd_accepts_the_units(name: str, tmp_path: Path) -> None:
    folder = tmp_path / name
    folder.mkdir()
    told = {"GONGKAI_ALARM": """curl -d @- 'https://h.example.org/?a=100%&b="$x"'""", "GONGKAI_CONTACT": "me@a.org"}
    assert gongkai("schedule", "systemd", "--into", tmp_path, archive=folder, **told).code == 0
    files = [str(tmp_path / unit) for unit in ("gongkai.service", "gongkai.timer")]
    checked = subprocess.run(["systemd-analyze", "verify", *files], capture_output=True, text=True)
    assert (checked.returncode, "gongkai" in checked.stderr) == (0, False), checked.stderr


def test_private_addresses_are_closed_to_the_unit(tmp_path: Path) -> None:
    """But for the name servers of this machine; and open where a site is private itself."""
    resolv = "nameserver 127.0.0.53\nnameserver 8.8.8.8\nnameserver fe80::1%eth0\n"
    text = units(tmp_path, None, [site()], resolv, {})["gongkai.service"]
    assert "IPAddressAllow=127.0.0.53 fe80::1\n" in text
    assert "169.254.169.254/16" not in text
    assert "IPAddressDeny=127.0.0.0/8 10.0.0.0/8" in text
    inside = Site("jia", "甲市", "http://127.0.0.1/", "html", CHANNELS, private=True)
    assert "IPAddress" not in units(tmp_path, None, [inside], resolv, {})["gongkai.service"]


@pytest.mark.parametrize("form", [(), ("systemd",), ("cron",)])
def test_a_site_file_that_is_wrong_holds_nothing_back(form: tuple[str, ...], city: FakeSite, tmp_path: Path) -> None:
    catalogue = catalogue_of(city, tmp_path / "sites")
    (catalogue / "a-broken.toml").write_text('cms = "trs', "utf-8")
    said = gongkai("schedule", *form, archive=tmp_path / "a", catalogue=catalogue)
    assert said.code == 1
    assert "a-broken.toml" in said.err
    assert KEY in said.out if not form else "crawl --due" in said.out


def test_what_was_told_by_the_environment_goes_along(tmp_path: Path) -> None:
    """Neither systemd nor cron has the environment of the person who sets them up."""
    told = {"GONGKAI_ALARM": "curl -d @- 'https://h.example.org/100%'", "GONGKAI_METRICS": f"{tmp_path}/prom/g.prom"}
    said = spoken({**told, "GONGKAI_CONTACT": "", "HOME": "/root"})
    assert said == told
    text = units(tmp_path / "a", None, [site()], "", said)["gongkai.service"]
    assert """Environment="GONGKAI_ALARM=curl -d @- 'https://h.example.org/100%%'"\n""" in text
    assert f"ReadWritePaths={tmp_path}/a {tmp_path}/prom\n" in text
    line = cron(tmp_path / "a", None, said)
    heard = subprocess.run(["sh", "-c", line.split("  ", 1)[1].partition("flock")[0].replace(r"\%", "%") + "env"],
                           capture_output=True, text=True)  # fmt: skip
    assert "GONGKAI_ALARM=curl -d @- 'https://h.example.org/100%'\n" in heard.stdout


def test_the_unit_is_run_by_the_owner_of_the_archive(tmp_path: Path) -> None:
    """Root without its capabilities may not write into what is another's. A browser has many threads."""
    if os.geteuid() == 0:
        os.chown(tmp_path, pwd.getpwnam("daemon").pw_uid, -1)
    text = units(tmp_path / "a", None, [site()], "", {})["gongkai.service"]
    assert f"User={tmp_path.owner()}\n" in text
    assert "TasksMax=64\n" in text
    assert "TasksMax=512\n" in units(tmp_path / "a", None, [site(browser=True)], "", {})["gongkai.service"]


def test_where_units_cannot_go_is_said(tmp_path: Path) -> None:
    for form, into in (("systemd", tmp_path / "nowhere"), ("cron", tmp_path)):
        ran = gongkai("schedule", form, "--into", into, archive=tmp_path / "a")
        assert (ran.code, "--into" in ran.err, list(tmp_path.iterdir())) == (2, True, []), ran.err
    assert f"{tmp_path / 'a'} is not there yet" in gongkai("schedule", "systemd", archive=tmp_path / "a").err


def test_cron_has_one_line(tmp_path: Path) -> None:
    line = cron(tmp_path / "100% 档案", None, {})
    assert line.count("\n") == 1
    assert r"100\% 档案" in line
    assert line.startswith("17 * * * *  flock -n ")
    assert "crawl --due" in line
