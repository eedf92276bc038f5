"""What a person sees on a terminal, and a program in a pipe."""

from __future__ import annotations

import os
import pty
import re
import subprocess
from pathlib import Path
from unicodedata import east_asian_width

import pytest

from archive.coverage import COLUMNS
from archive.database import Archive
from tests.fake_site import KEY, FakeSite
from tests.running import COMMAND, Ran, catalogue_of, gongkai

ROOT = Path(__file__).parent.parent
BROKEN = 'name = "甲'
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@pytest.fixture
def crawled(city: FakeSite, tmp_path: Path) -> Path:
    gongkai("crawl", KEY, archive=tmp_path / "a", catalogue=catalogue_of(city, tmp_path / "sites"))
    return tmp_path / "a"


def on_a_terminal(*arguments: str, archive: Path, width: int = 80) -> str:
    """What a command prints on a terminal of so many columns, without colours."""
    ours, theirs = pty.openpty()
    plain = {**os.environ, "COLUMNS": str(width), "TERM": "dumb", "NO_COLOR": "1"}
    running = subprocess.Popen([*COMMAND, "--archive", str(archive), *arguments], stdout=theirs, env=plain)
    os.close(theirs)
    shown = bytearray()
    try:
        while piece := os.read(ours, 4096):
            shown += piece
    except OSError:  # how Linux says that the other end was closed
        pass
    finally:
        running.wait(timeout=60)
        os.close(ours)
    return "\n".join(line.rstrip() for line in shown.decode().splitlines())


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_certificate_on_a_terminal_is_as_the_readme_shows_it(name: str, crawled: Path) -> None:
    shown = on_a_terminal("coverage", archive=crawled)
    (sample,) = re.findall(r"^```text\n(site +channel .*?)\n```$", (ROOT / name).read_text("utf-8"), re.M | re.S)
    assert DAY.sub("DAY", shown) == DAY.sub("DAY", sample)


def test_a_table_that_is_too_wide_is_folded_and_not_cut(crawled: Path) -> None:
    """An address of which the end is missing leads nowhere."""
    with Archive(crawled) as archive:
        (address,) = archive.db.execute("select url from channels where channel = 'tzgg'").fetchone()
    shown = on_a_terminal("audit", archive=crawled)
    assert "…" not in shown
    assert all(len(line) <= 80 for line in shown.splitlines())
    column = shown.splitlines()[0].index("look at")
    assert address in "".join(line[column - wide(line) :].strip() for line in shown.splitlines())


def wide(line: str) -> int:
    """How many characters of a line take two columns."""
    return sum(east_asian_width(character) == "W" for character in line)


def test_the_certificate_in_a_pipe_has_every_column(crawled: Path) -> None:
    first, *rows = gongkai("coverage", archive=crawled).out.splitlines()
    assert first.split("\t") == list(COLUMNS)
    assert len(rows) == 3
    assert {len(row.split("\t")) for row in rows} == {len(COLUMNS)}


def test_what_a_walk_met_stands_below_the_table(city: FakeSite, tmp_path: Path) -> None:
    catalogue = catalogue_of(city, tmp_path / "sites")
    gongkai("crawl", KEY, "--limit", "3", archive=tmp_path / "a", catalogue=catalogue)
    table, _, below = on_a_terminal("coverage", archive=tmp_path / "a", width=120).partition("\n\n")
    assert len(table.splitlines()) == 4
    assert "pending" in table.splitlines()[0]
    assert "the next walk goes to the end: not seen whole yet" in " ".join(below.split())


# --- one site file that is wrong does not stop the others ---------------------------------------------------------


@pytest.fixture
def half_broken(city: FakeSite, tmp_path: Path) -> Path:
    folder = catalogue_of(city, tmp_path / "sites")
    (folder / "jia.toml").write_text(BROKEN, "utf-8")
    return folder


def names_it(ran: Ran) -> bool:
    return "jia.toml, line 1" in ran.err and "Traceback" not in ran.err


def test_a_named_site_is_crawled_beside_a_broken_file(half_broken: Path, tmp_path: Path) -> None:
    ran = gongkai("crawl", KEY, "--limit", "1", archive=tmp_path / "a", catalogue=half_broken)
    assert (ran.code, "jia.toml" in ran.err) == (1, False), ran.err
    assert "3 new" in ran.err
    assert gongkai("check", KEY, archive=tmp_path / "a", catalogue=half_broken).code == 0


@pytest.mark.parametrize("options", [(), ("--due",)], ids=["all", "due"])
def test_all_others_are_crawled_and_the_broken_file_is_named(
    options: tuple[str, ...], half_broken: Path, tmp_path: Path
) -> None:
    ran = gongkai("crawl", *options, "--limit", "1", archive=tmp_path / "a", catalogue=half_broken)
    assert (ran.code, names_it(ran)) == (1, True), ran.err
    assert "3 new" in ran.err
    if options:  # nothing is due any more, and still not all is well
        again = gongkai("crawl", "--due", archive=tmp_path / "a", catalogue=half_broken)
        assert (again.code, names_it(again), "nothing is due" in again.err) == (1, True, True), again.err


def test_the_broken_file_is_refused_by_name_and_named_by_who_looks(half_broken: Path, tmp_path: Path) -> None:
    for command in (("crawl", "jia"), ("check",), ("check", "jia"), ("sites",)):
        ran = gongkai(*command, archive=tmp_path / "a", catalogue=half_broken)
        assert (command, ran.code, names_it(ran)) == (command, 2, True), ran.err
    assert "jia.toml, line 1" in gongkai("doctor", archive=tmp_path / "a", catalogue=half_broken).out
    assert KEY in gongkai("sites", archive=tmp_path / "a", catalogue=half_broken).out


# --- settings and sites that are none -----------------------------------------------------------------------------

WRONG = {
    "DOWNLOAD_DELAY=abc": "a number",
    "DOWNLOAD_DELAY=nan": "a number",
    "DOWNLOAD_DELAY=inf": "a number",
    "CONCURRENT_REQUESTS=1.5": "a whole number",
    "ROBOTSTXT_OBEY=perhaps": "True or False",
    "DOWNLOAD_DELY=1": "did you mean DOWNLOAD_DELAY",
    "NOPE=1": "no such setting",
}


@pytest.mark.parametrize("change", WRONG)
def test_a_setting_that_cannot_be(change: str, tmp_path: Path) -> None:
    ran = gongkai("crawl", "fuyang", "-s", change, archive=tmp_path / "a")
    assert (ran.code, len(ran.err.splitlines())) == (2, 1), ran.err
    assert WRONG[change] in ran.err
    assert not (tmp_path / "a").exists()


def test_a_site_that_is_not_of_the_archive(crawled: Path) -> None:
    for command in ("coverage", "changes", "audit"):
        ran = gongkai(command, "nope", archive=crawled)
        assert (command, ran.code) == (command, 2), ran.err
        assert f"it has {KEY}" in ran.err
