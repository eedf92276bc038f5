"""What a crawl says while it runs: bars per channel on a terminal, plain lines elsewhere, nothing of it on stdout."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from pathlib import Path

import pytest

from crawler.progress import Tally, plain
from tests.fake_site import KEY, FakeSite
from tests.running import COMMAND, catalogue_of

EVERY_ANSWER = """import crawler.progress
crawler.progress.MOVING = crawler.progress.PLAIN = 0.0
from crawler.cli import main
main()"""


@pytest.fixture
def crawl(city: FakeSite, tmp_path: Path) -> list[str]:
    """A crawl that tells of every answer."""
    catalogue = catalogue_of(city, tmp_path / "sites")
    where = ["--archive", str(tmp_path / "a"), "--catalogue", str(catalogue)]
    return [COMMAND[0], "-c", EVERY_ANSWER, *where, "crawl", KEY]


def on_a_terminal(command: list[str], rows: int = 24, columns: int = 100) -> tuple[str, str]:
    """What the terminal got on stderr, and what came on stdout."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    usual = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "LINES")}
    environment = {**usual, "TERM": "xterm"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, env=environment, text=True)
    os.close(theirs)
    shown = bytearray()
    try:
        while piece := os.read(ours, 65536):
            shown += piece
    except OSError:  # how Linux says that the other end was closed
        pass
    os.close(ours)
    said, _ = process.communicate(timeout=60)
    return shown.decode(), said


def test_a_bar_for_each_channel_with_the_time_that_is_left(crawl: list[str]) -> None:
    shown, said = on_a_terminal(crawl)
    bare = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
    assert "Traceback" not in bare
    for name in ("通知公告", "政策文件", "工作报告"):
        counts = re.findall(rf"lanjiang {name} .*? (\d+)/(\d+) +(\d+:\d\d left)?", bare)
        assert counts, name
        assert any(left for *_, left in counts), name
        assert max(int(through) for through, _, _ in counts) > min(int(through) for through, _, _ in counts)
    assert re.search(r"lanjiang 工作报告 .*/30 ", bare)  # as many as the site claims, from its first page on
    assert re.search(r"\d+ answers, \d+ pages read, \d+\.\d a second", bare)
    assert shown.rindex("\x1b[2K") > shown.rindex("answers, ")  # in the end it is wiped away
    assert "answers" not in said


def test_plain_lines_elsewhere(crawl: list[str]) -> None:
    ran = subprocess.run(crawl, capture_output=True, text=True, timeout=60)
    lines = [line for line in ran.stderr.splitlines() if " answers, " in line]
    assert lines
    assert "\x1b" not in ran.stderr
    assert any(re.search(r"; lanjiang \S+ \d+ of \d+, \d+:\d\d left", line) for line in lines), lines[:9]


def test_an_incremental_walk_promises_no_more_than_it_has_seen() -> None:
    tally = Tally("a/tzgg", begun=0.0)
    tally.listed(15, 1342, 2)
    assert (tally.total, tally.through) == (15, 13)
    tally.over, tally.done = True, 2
    assert not tally.active


def test_a_first_walk_counts_what_the_site_claims_and_what_an_interrupted_one_had_seen() -> None:
    tally = Tally("a/tzgg", before=100, to_the_end=True, begun=0.0)
    tally.listed(20, 1000, 20)
    tally.done = 10
    assert (tally.through, tally.total, tally.left(now=5.0)) == (110, 1000, 445.0)
    assert plain([tally], now=5.0) == ["a/tzgg 110 of 1000, 7:25 left"]
    assert plain([tally] * 9, now=5.0)[-1] == "3 channels more"
