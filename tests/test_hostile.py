"""Every fault of the hostile server, through every door: each leaves one explained row, the process alive and small."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.database import Archive
from tests.hostile_server import ELSEWHERE, MODES, HostileServer
from tests.running import COMMAND

# A process inherits the largest memory of the one it was forked from, so a small one stands between us and it.
LAUNCHER = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""
LARGEST = 400 * 1024  # KiB of memory
SETTINGS = ("RETRY_TIMES=1", "GONGKAI_BACK_OFF=0", "DOWNLOAD_TIMEOUT=3", "GONGKAI_REFUSALS=99", "DOWNLOAD_DELAY=0")


@pytest.fixture(scope="module")
def server() -> Iterator[HostileServer]:
    with HostileServer().serve() as served:
        yield served


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    """Exit code and stderr of a command, which may not take more memory than it should."""
    changes = [word for change in SETTINGS for word in ("-s", change)]
    command = [*COMMAND, "--archive", str(folder / "a"), "--catalogue", str(folder / "sites"), *arguments, *changes]
    done = subprocess.run([sys.executable, "-c", LAUNCHER, *command], capture_output=True, text=True, timeout=300)
    memory = int(done.stdout)
    assert memory < LARGEST, f"{memory} KiB"
    return done.returncode, done.stderr


def site(server: HostileServer, folder: Path, channels: dict[str, str]) -> None:
    hosts = ", ".join(f'"{server.host(mode)}"' for mode in MODES)
    text = f'name = "甲市"\nurl = "http://127.0.0.1:{server.port}/"\ncms = "html"\nprivate = true\ndelay = 0\n'
    text += f"hosts = [{hosts}]\n"
    for key, url in channels.items():
        text += f'[[channels]]\nkey = "{key}"\nname = "{key}"\nurl = "{url}"\n'
    (folder / "sites").mkdir()
    (folder / "sites" / "jia.toml").write_text(text, "utf-8")


def explained(server: HostileServer, folder: Path) -> None:
    """Each mode has one row with the state and the reason it should have."""
    with Archive(folder / "a") as archive:
        rows = {url: (state, reason or "") for url, state, reason in archive.db.execute(
            "select url, state, reason from pages")}  # fmt: skip
    wrong = []
    for name, mode in MODES.items():
        state, reason = rows.get(server.address(name), ("no row", ""))
        if state != mode.state or mode.why not in reason or (state != "archived" and not reason):
            wrong.append(f"{name}: {state} ({reason[:150]}), expected {mode.state} ({mode.why})")
    assert not wrong, "\n".join(wrong)
    assert len(rows) == len(MODES)


def test_there_are_modes_enough() -> None:
    assert len(MODES) >= 60


def test_as_an_address_that_somebody_names(server: HostileServer, tmp_path: Path) -> None:
    (tmp_path / "sites").mkdir()
    code, said = run(tmp_path, "scrape", *(server.address(mode) for mode in MODES))
    assert (code, "Traceback" in said) == (1, False), said
    explained(server, tmp_path)


def test_as_a_document_that_a_list_links(server: HostileServer, tmp_path: Path) -> None:
    site(server, tmp_path, {"tzgg": f"http://127.0.0.1:{server.port}/list/"})
    server.log.clear()
    code, said = run(tmp_path, "crawl", "jia")
    assert (code, "Traceback" in said) == (1, False), said
    explained(server, tmp_path)
    assert not [url for url in server.log if url.startswith(ELSEWHERE)]
    asked = Counter(url for url in server.log if "/loop/" in url or "/self-loop/" in url)
    assert asked.total() <= 2 * 11


@pytest.mark.parametrize("door", ["list", "next"])
def test_as_a_list_and_as_its_second_page(server: HostileServer, tmp_path: Path, door: str) -> None:
    """No walk over such a page is ever closed as if it had seen the end, and none hinders another."""
    addresses = {mode: server.address(mode) if door == "list" else f"http://{server.host(mode)}:{server.port}/next/{mode}/"
                 for mode in MODES}  # fmt: skip
    site(server, tmp_path, {mode.replace(".", "-"): url for mode, url in addresses.items()})
    code, said = run(tmp_path, "crawl", "jia")
    assert (code, "Traceback" in said) == (1, False), said
    with Archive(tmp_path / "a") as archive:
        rows = archive.db.execute("select channel, outcome, note from coverage").fetchall()
        assert len(rows) == len(MODES)
        silent = [(channel, outcome) for channel, outcome, note in rows if not note]
        assert not silent
        assert not [channel for channel, outcome, _ in rows if outcome in ("exhausted", "caught_up")]
        archived = archive.db.execute("select count(*) from pages where state = 'archived'").fetchone()[0]
    assert archived == (0 if door == "list" else 8 * len(MODES))


