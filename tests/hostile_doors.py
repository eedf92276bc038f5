"""Every fault of the hostile server through every door: an address that somebody names, a document that a list links, a
file that a document encloses, a list, and its second page. Each gives what is wrong with what became of it, one line
each, and the memory that the crawl took (MiB)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from archive.database import Archive
from tests.hostile_server import FAILED, GONE, MODES, TRAPS, HostileServer
from tests.running import COMMAND

# A process inherits the largest memory of the one it was forked from, so a small one stands between us and it.
LAUNCHER = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_maxrss, used.ru_utime + used.ru_stime)
sys.exit(code)
"""
SETTINGS = ("RETRY_TIMES=1", "GONGKAI_BACK_OFF=0", "DOWNLOAD_TIMEOUT=10", "GONGKAI_REFUSALS=99", "DOWNLOAD_DELAY=0",
            "GONGKAI_REVISITS=0")  # fmt: skip
Found = tuple[list[str], float]


def run(folder: Path, *arguments: str, expected: int = 1) -> tuple[list[str], float, float]:
    """What is wrong with how a command ended; its memory in MiB, its seconds of processor."""
    changes = [word for change in SETTINGS for word in ("-s", change)]
    command = [*COMMAND, "--archive", str(folder / "a"), "--catalogue", str(folder / "sites"), *arguments, *changes]
    done = subprocess.run([sys.executable, "-c", LAUNCHER, *command], capture_output=True, text=True, timeout=900)
    memory, seconds = map(float, done.stdout.split())
    wrong = [] if done.returncode == expected else [f"exit code {done.returncode}, expected {expected}: {done.stderr}"]
    if "Traceback" in done.stderr:
        wrong.append(done.stderr)
    return wrong, memory / 1024, seconds


def site(server: HostileServer, folder: Path, channels: dict[str, str]) -> None:
    hosts = ", ".join(f'"{server.host(mode)}"' for mode in MODES)
    text = f'name = "甲市"\nurl = "http://127.0.0.1:{server.port}/"\ncms = "html"\nprivate = true\ndelay = 0\n'
    text += f"hosts = [{hosts}]\n"
    for key, url in channels.items():
        text += f'[[channels]]\nkey = "{key}"\nname = "{key}"\nurl = "{url}"\n'
    (folder / "sites").mkdir(parents=True)
    (folder / "sites" / "jia.toml").write_text(text, "utf-8")


def as_addresses(server: HostileServer, folder: Path) -> Found:
    """Each named by a person."""
    (folder / "sites").mkdir(parents=True)
    wrong, memory, _ = run(folder, "scrape", *(server.address(mode) for mode in server.modes))
    lists = [mode for mode in server.modes if mode in TRAPS]  # these are walked
    with Archive(folder / "a") as archive:
        said = archive.db.execute("select count(*) from walks where not closed and note is not null").fetchone()[0]
    if said != len(lists):
        wrong.append(f"{said} walks say why they did not end, of {len(lists)}")
    return wrong + unexplained(server, folder, [mode for mode in server.modes if mode not in TRAPS]), memory


def as_documents(server: HostileServer, folder: Path) -> Found:
    """Each linked by a list."""
    site(server, folder, {"tzgg": f"http://127.0.0.1:{server.port}/list/"})
    wrong, memory, _ = run(folder, "crawl", "jia")
    return wrong + unexplained(server, folder, server.modes), memory


def as_files(server: HostileServer, folder: Path) -> Found:
    """Each enclosed by one document: what is a page, or the text of one, is no file."""
    site(server, folder, {"tzgg": f"http://127.0.0.1:{server.port}/list-of-one/"})
    wrong, memory, _ = run(folder, "crawl", "jia", expected=0)
    with Archive(folder / "a") as archive:
        rows = {url: (state, reason or "") for url, state, reason in archive.db.execute(
            "select url, state, reason from downloads")}  # fmt: skip
    for name in server.modes:
        state, reason = rows.get(server.address(name, f"{name}.doc"), ("no row", ""))
        expected = {MODES[name].state} if MODES[name].state in (FAILED, GONE) and not MODES[name].why.isdigit() \
            else {"archived", "unread", "failed", "blocked", "gone", "foreign"}  # fmt: skip
        if state not in expected | {"foreign", "unread"} or (state != "archived" and not reason):
            wrong.append(f"{name}: {state} ({reason[:150]}), expected {expected}")
    return wrong, memory


def as_lists(server: HostileServer, folder: Path) -> Found:
    """Each where a list should be."""
    return walks(server, folder, {mode: server.address(mode) for mode in server.modes}, 0)


def as_second_pages(server: HostileServer, folder: Path) -> Found:
    """Each where the second page of a list should be."""
    urls = {mode: f"http://{server.host(mode)}:{server.port}/next/{mode}/" for mode in server.modes}
    return walks(server, folder, urls, 8 * len(urls))


def walks(server: HostileServer, folder: Path, urls: dict[str, str], archived: int) -> Found:
    """No walk over such a page is ever closed as if it had seen the end, and none hinders another."""
    site(server, folder, {mode.replace(".", "-"): url for mode, url in urls.items()})
    wrong, memory, _ = run(folder, "crawl", "jia")
    with Archive(folder / "a") as archive:
        rows = archive.db.execute("select channel, outcome, note from coverage").fetchall()
        kept = archive.db.execute("select count(*) from pages where state = 'archived'").fetchone()[0]
    wrong += [f"{channel}: silent, {outcome}" for channel, outcome, note in rows if not note]
    wrong += [f"{channel}: closed" for channel, outcome, _ in rows if outcome in ("exhausted", "caught_up")]
    if len(rows) != len(urls) or kept != archived:
        wrong.append(f"{len(rows)} walks of {len(urls)}, {kept} documents of {archived}")
    return wrong, memory


def unexplained(server: HostileServer, folder: Path, modes: list[str]) -> list[str]:
    """Which modes have not one row with the state and the reason they should have."""
    with Archive(folder / "a") as archive:
        rows = {url: (state, reason or "") for url, state, reason in archive.db.execute(
            "select url, state, reason from pages where url not like '%/404/row-_.html'")}  # fmt: skip
    wrong = []
    for name in modes:
        mode, (state, reason) = MODES[name], rows.get(server.address(name), ("no row", ""))
        if state != mode.state or mode.why not in reason or (state != "archived" and not reason):
            wrong.append(f"{name}: {state} ({reason[:150]}), expected {mode.state} ({mode.why})")
    return wrong if len(rows) == len(modes) else [*wrong, f"{len(rows)} rows of {len(modes)}"]


DOORS = (as_addresses, as_documents, as_files, as_lists, as_second_pages)
