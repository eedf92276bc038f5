"""Processes that begin at once, and end with whoever began them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from crawler.forks import Forks

WAIT = 60
SAYS = "import sys, os; open({!r}, 'w').write(f\"{{os.environ['WHO']}} {{'twisted.internet.reactor' in sys.modules}}\")"


@pytest.fixture(scope="module")
def forks() -> Forks:
    return Forks()


def said(forks: Forks, file: Path, who: str) -> str:
    fork = forks.begin("builtins.exec", SAYS.format(str(file)), environment={"WHO": who})
    assert fork.ended(WAIT)
    fork.kill()
    return file.read_text("utf-8")


def test_each_has_its_environment_and_none_a_reactor(forks: Forks, tmp_path: Path) -> None:
    assert [said(forks, tmp_path / who, who) for who in ("one", "two")] == ["one False", "two False"]


def test_one_that_fails_or_is_told_to_stop_ends_and_others_begin(forks: Forks, tmp_path: Path) -> None:
    assert forks.begin("builtins.no_such_function", environment={}).ended(WAIT)
    fork = forks.begin("os.system", "exec sleep 600", environment={})
    assert not fork.ended(0.1)
    fork.stop()
    assert fork.ended(WAIT)
    assert said(forks, tmp_path / "after", "after") == "after False"


def test_what_they_fork_from_is_begun_anew(forks: Forks, tmp_path: Path) -> None:
    forks._parent().close()
    assert said(forks, tmp_path / "anew", "anew") == "anew False"


def test_a_fork_ends_with_whoever_began_it(tmp_path: Path) -> None:
    """It has the write end of a pipe, which nobody else holds: the pipe is at its end when the fork is."""
    pipe = tmp_path / "pipe"
    does = f"import os, time; os.open({str(pipe)!r}, os.O_WRONLY); time.sleep(600)"
    begins = ("import time; from crawler.forks import Forks; "
              f"fork = Forks().begin('builtins.exec', {does!r}, environment={{}}); time.sleep(600)")
    os.mkfifo(pipe)
    with subprocess.Popen([sys.executable, "-c", begins]) as beginner, pipe.open("rb") as opened_by_both:
        beginner.kill()
        assert opened_by_both.read() == b""
