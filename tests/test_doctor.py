"""What a run came to, and what is wrong with the machine: reports, alarms, metrics, `status` and `doctor`."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from archive.database import Archive
from archive.records import Ask, Listing
from archive.schema import sqlite3
from crawler.report import Run, publish, sentence
from tests.fake_site import KEY, FakeSite
from tests.running import COMMAND, MORTAL, catalogue_of, gongkai
from tests.samples import CHANNEL, SITE, entry


@pytest.fixture
def catalogue(city: FakeSite, tmp_path: Path) -> Path:
    return catalogue_of(city, tmp_path / "sites")


def test_a_report_says_what_is_new_changed_and_failed(city: FakeSite, catalogue: Path, tmp_path: Path) -> None:
    crawl = ("crawl", KEY, "--json")
    first = json.loads(gongkai(*crawl, archive=tmp_path / "a", catalogue=catalogue).out)
    assert (first["new"], first["changed"], first["withdrawn"]) == (len(city.held()), 0, 0)
    assert (first["complete"], first["outcome"], first["suspicions"]) == (False, "incomplete", [])
    assert sum(row["pages"] for row in first["failed"]) == sum(
        state in ("blocked", "failed", "unread") for state in city.states().values()
    )
    assert all(row["reason"] for row in first["failed"])
    for channel in ("tzgg", "zcwj"):
        city.publish(channel)
    second = json.loads(gongkai(*crawl, archive=tmp_path / "a", catalogue=catalogue).out)
    assert (second["new"], second["changed"], second["run"]) == (2, 0, first["run"] + 1)
    status = json.loads(gongkai("status", "--json", archive=tmp_path / "a").out)
    assert status["last run"] == second
    assert "2 new, 0 changed" in gongkai("status", archive=tmp_path / "a").out


def test_a_run_that_is_not_complete_raises_an_alarm(city: FakeSite, catalogue: Path, tmp_path: Path) -> None:
    alarm, metrics = tmp_path / "alarm.json", tmp_path / "gongkai.prom"
    settings = ("-s", f"GONGKAI_ALARM=cat >{alarm}", "-s", f"GONGKAI_METRICS={metrics}")
    gongkai("crawl", KEY, *settings, archive=tmp_path / "a", catalogue=catalogue)
    assert json.loads(alarm.read_text())["complete"] is False
    values = dict(line.split() for line in metrics.read_text().splitlines() if not line.startswith("#"))
    assert int(values["gongkai_run_new"]) == len(city.held())
    assert values["gongkai_run_complete"] == "0"
    assert not list(tmp_path.glob("gongkai.prom.*"))


def test_what_keeps_a_run_from_beginning_raises_an_alarm(city: FakeSite, catalogue: Path, tmp_path: Path) -> None:
    """A full disk, or a database that is damaged: silence would look like a night without news."""
    alarm, metrics = tmp_path / "alarm.json", tmp_path / "gongkai.prom"
    told = {"GONGKAI_ALARM": f"cat >{alarm}", "GONGKAI_METRICS": str(metrics)}
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "gongkai.db").write_bytes(b"SQLite format 3\0" + b"\xff" * 4096)
    under = ("bash", "-c", 'umask 027; exec "$0" "$@"')
    for name, changes, why in (("a", ("-s", f"GONGKAI_FREE={10**15}"), "are free"), ("damaged", (), "gongkai.db")):
        ran = gongkai("crawl", *changes, archive=tmp_path / name, catalogue=catalogue, under=under, **told)
        assert (ran.code, ran.out) == (3, ""), ran.err
        report = json.loads(alarm.read_text())
        assert (report["complete"], why in report["outcome"]) == (False, True)
        assert "gongkai_run_complete 0\n" in metrics.read_text()
        assert metrics.stat().st_mode & 0o777 == 0o644
        alarm.unlink()
        metrics.unlink()


def test_what_an_alarm_prints_is_not_the_report(city: FakeSite, catalogue: Path, tmp_path: Path) -> None:
    crawl = ("crawl", KEY, "--limit", "1", "--json", "-s", "GONGKAI_ALARM=echo sent")
    ran = gongkai(*crawl, archive=tmp_path / "a", catalogue=catalogue)
    assert json.loads(ran.out)["complete"] is False
    assert "sent\n" in ran.err


def test_a_complete_run_raises_none(tmp_path: Path) -> None:
    site, alarm = FakeSite(documents=30, oddities=False), tmp_path / "alarm.json"
    with site.serve():
        catalogue = catalogue_of(site, tmp_path / "sites")
        ran = gongkai("crawl", KEY, "-s", f"GONGKAI_ALARM=cat >{alarm}", archive=tmp_path / "a", catalogue=catalogue)
    assert ran.code == 0, ran.out
    assert not alarm.exists()


def test_an_alarm_that_fails_is_said(city: FakeSite, catalogue: Path, tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere" / "gongkai.prom"
    settings = ("-s", "GONGKAI_ALARM=exit 7", "-s", f"GONGKAI_METRICS={nowhere}")
    ran = gongkai("crawl", KEY, *settings, archive=tmp_path / "a", catalogue=catalogue)
    assert (ran.code, "Traceback" in ran.err) == (1, False)
    assert "GONGKAI_ALARM" in ran.err
    assert f"GONGKAI_METRICS: {nowhere}" in ran.err


def test_no_password_is_logged(city: FakeSite, catalogue: Path, tmp_path: Path) -> None:
    """Scrapy logs the settings that were changed."""
    settings = ("-s", "HTTPAUTH_PASS=canary-4711", "-s", "MAIL_PASS=canary-4712", "--verbose")
    ran = gongkai("crawl", KEY, "--limit", "1", *settings, archive=tmp_path / "a", catalogue=catalogue)
    assert "HTTPAUTH_PASS" in ran.err
    assert "canary" not in ran.err + ran.out
    for file in (tmp_path / "a").rglob("*"):
        assert not file.is_file() or b"canary" not in file.read_bytes()


def test_a_killed_run_is_seen(city: FakeSite, catalogue: Path, tmp_path: Path) -> None:
    gongkai("crawl", KEY, archive=tmp_path / "a", catalogue=catalogue, GONGKAI_KILL="after_warc:20")
    assert "it was killed" in gongkai("status", archive=tmp_path / "a").out
    rows = map(json.loads, gongkai("doctor", "--json", archive=tmp_path / "a").out.splitlines())
    found = {row["what"]: row for row in rows}
    assert found["last run"]["grade"] == "mind"
    assert "still open" in found["warc files"]["says"]


def test_a_machine_that_is_fit(city: FakeSite, catalogue: Path, tmp_path: Path) -> None:
    ran = gongkai("doctor", archive=tmp_path / "a", catalogue=catalogue)
    assert ran.code == 0, ran.out
    whats = {line.split("\t")[0] for line in ran.out.splitlines()}
    assert whats >= {"python", "sqlite", "open files", "clock", "locale", "contact", "disk", "archive", "catalogue"}
    assert not (tmp_path / "a").exists()  # looking changes nothing


def test_a_broken_site_file_and_a_broken_archive_are_named(catalogue: Path, tmp_path: Path) -> None:
    (catalogue / "jia.toml").write_text("name = ", "utf-8")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "gongkai.db").write_bytes(b"SQLite format 3\0" + b"\xff" * 4096)
    ran = gongkai("doctor", archive=tmp_path / "a", catalogue=catalogue)
    assert ran.code == 1
    assert "jia.toml" in ran.out
    assert "gongkai.db" in ran.out


def graded(*, under: Sequence[str] = (), **places: Path) -> dict[str, tuple[str, str]]:
    """What doctor finds: its grade, and what it says."""
    rows = map(json.loads, gongkai("doctor", "--json", under=under, **places).out.splitlines())
    return {row["what"]: (row["grade"], row["says"]) for row in rows}


def test_what_no_crawl_could_use_is_found(catalogue: Path, tmp_path: Path) -> None:
    """A catalogue that is empty or not there, a file in the place of the archive, one that may not be written."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    for folder in (tmp_path / "empty", tmp_path / "nowhere"):
        grade, says = graded(archive=tmp_path / "a", catalogue=folder)["catalogue"]
        assert (grade, str(folder) in says, "--catalogue" in says) == ("wrong", True, True)
    grade, says = graded(archive=tmp_path / "file", catalogue=catalogue)["archive"]
    assert (grade, "--archive" in says) == ("wrong", True)
    Archive(tmp_path / "a", write=True).close()
    assert graded(archive=tmp_path / "a", catalogue=catalogue, under=MORTAL)["writing"][0] == "fine"
    (tmp_path / "a" / "warc").chmod(0o555)
    grade, says = graded(archive=tmp_path / "a", catalogue=catalogue, under=MORTAL)["writing"]
    assert (grade, str(tmp_path / "a" / "warc") in says) == ("mind", True)
    (tmp_path / "a" / "warc").chmod(0o755)


def test_an_empty_catalogue_is_no_night_without_news(tmp_path: Path) -> None:
    ran = gongkai("crawl", "--due", archive=tmp_path / "a", catalogue=tmp_path)
    assert (ran.code, str(tmp_path) in ran.err, "--catalogue" in ran.err) == (2, True, True)


def test_a_run_that_left_something_is_to_be_minded(city: FakeSite, catalogue: Path, tmp_path: Path) -> None:
    gongkai("crawl", KEY, "--limit", "1", archive=tmp_path / "a", catalogue=catalogue)
    grade, says = graded(archive=tmp_path / "a", catalogue=catalogue)["last run"]
    assert (grade, "gongkai status" in says) == ("mind", True)


def test_too_few_open_files_are_named(tmp_path: Path) -> None:
    command = f"ulimit -n 100; exec {COMMAND[0]} -c '{COMMAND[2]}' --archive {tmp_path / 'a'} doctor"
    ran = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env={**os.environ, "NO_COLOR": "1"})
    assert ran.returncode == 1
    assert "ulimit -n" in ran.stdout


def test_sqlite_has_no_wal_reset_bug() -> None:
    """reliability: D8. The archive is only written through this module."""
    assert sqlite3.sqlite_version_info >= (3, 51, 3)
    assert Archive.__module__ == "archive.database"


def walked(archive: Archive, days: list[date], alarm: Path) -> dict[str, object]:
    """A run that saw a list with these days; gives its report."""
    archive.lease(CHANNEL.site)
    run = Run(archive, "crawl")
    walk = archive.begin_walk(CHANNEL, full=True)
    entries = tuple(entry(number, date=day.isoformat()) for number, day in enumerate(days))
    archive.listed(walk.id, Ask(CHANNEL.url), Listing(entries), None)
    archive.end_walk(walk.id, "exhausted")
    report = run.end("complete", True, {})
    publish(report, "", f"cat >>{alarm}")
    return report


def test_a_channel_that_falls_silent_raises_an_alarm_once(tmp_path: Path) -> None:
    """It published every third day, and then no more; one that was never heard otherwise is old, not fallen silent."""
    alarm, today = tmp_path / "alarm", datetime.now(UTC).date()
    lively = [today - timedelta(days=3 * n) for n in range(20)]
    stale = [day - timedelta(days=60) for day in lively]
    for name, first in (("lively", lively), ("stale", stale)):
        with Archive(tmp_path / name, write=True) as archive:
            archive.enrol(SITE)
            before, after, later = (walked(archive, days, alarm) for days in (first, stale, stale))
        assert (before["fell_silent"], later["fell_silent"], alarm.exists()) == ([], [], name == "lively")
        assert after["fell_silent"] == (["a 年度报告"] if name == "lively" else [])
        if name == "lively":
            assert "a 年度报告 fell silent: nothing since" in sentence(after)
            assert json.loads(alarm.read_text())["run"] == after["run"]
            alarm.unlink()


def test_no_secret_is_kept_wherever_it_was_given(city: FakeSite, catalogue: Path, tmp_path: Path) -> None:
    """reliability: R5. A canary as proxy, cookie, password, webhook, and in the address of a page."""
    proxy = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY"), "http://me:canary-1@127.0.0.1:9/")
    settings = {
        "GONGKAI_ALARM": "false https://hooks.example.org/canary-2", "HTTPAUTH_PASS": "canary-3",
        "MAIL_PASS": "canary-4",
        "DEFAULT_REQUEST_HEADERS": '{"Cookie": "session=canary-6", "Authorization": "Bearer canary-7"}',
    }  # fmt: skip
    changes = [word for name, value in settings.items() for word in ("-s", f"{name}={value}")]
    address = city.base_url.replace("://", "://me:canary-8@") + "/article/66/30118.html"
    said = ""
    for command in (("crawl", KEY, "--limit", "2", "--json"), ("scrape", address), ("status", "--json")):
        more = [*changes, "--verbose"] if command[0] != "status" else []
        ran = gongkai(*command, *more, archive=tmp_path / "a", catalogue=catalogue, **proxy)
        assert "Traceback" not in ran.err
        said += ran.out + ran.err
    assert "GONGKAI_ALARM" in said
    assert "canary" not in said
    with Archive(tmp_path / "a") as archive:
        payloads = [str(archive.read_payload(capture.location)) for _, capture, _ in archive.captures()]
    assert payloads
    assert all(b"canary" not in file.read_bytes() for file in (tmp_path / "a").glob("gongkai.db*"))
    assert "canary" not in "".join(payloads)
    for file in (tmp_path / "a" / "warc").iterdir():
        with gzip.open(file) as unpacked:
            assert b"canary" not in unpacked.read()
