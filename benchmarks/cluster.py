"""A crawl on a cluster beside one on one machine: the same archive, and what the way there costs.

    .venv/bin/python -m benchmarks.cluster [--sites 12] [--documents 200] [--delay 0.5] [--kill 10]

Three workers as real processes; with `--kill` one of them dies every so many seconds. Goal: an archive equal to that of
one machine, and at most 15 % more wall time and processor. At a polite pace wall time says it, at none (`--delay 0`)
processor does: what the engine itself takes while it waits is in the first and not in the second.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from archive.database import Archive
from benchmarks.measure import gongkai, machine, table

THREADS = 8  # sites at a time in a worker, as docs/cluster.md advises: two that are left take those of the third
ADVISED = {"DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False"}  # of a worker, as there
SERVER = """
import sys
from contextlib import ExitStack
from pathlib import Path
from tests.fake_site import FakeSite
number, documents, delay, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], Path(sys.argv[4])
with ExitStack() as serving:
    for n in range(number):
        site = FakeSite(documents=documents, seed=n + 1, oddities=False)
        base = serving.enter_context(site.serve(host=f"127.0.0.{n + 2}"))
        toml = site.site_toml(base).replace("delay = 0", f"delay = {delay}")
        (folder / f"s{n:02}.toml").write_text(toml, "utf-8")
    print("ready", flush=True)
    sys.stdin.read()
"""
SAID = (
    "select url, state from pages order by url",
    "select k.url, r.kind, d.content, r.metadata, r.evidence from pages p join readings r on r.capture = p.reading "
    "join captures k on k.id = r.capture join documents d on d.n = r.document order by k.url",
    "select content, title, text from documents order by content",
    "select site, channel, claimed, archived, gone, blocked, failed, unread, pending, unexplained, outcome "
    "from coverage order by site, channel",
)  # fmt: skip


def said(folder: Path) -> list[Any]:
    """What an archive says: states, readings, documents, certificates."""
    with Archive(folder) as archive:
        return [archive.db.execute(query).fetchall() for query in SAID]


@contextmanager
def served(number: int, documents: int, delay: str, folder: Path) -> Iterator[None]:
    """Sites on hosts of their own, in a process of its own."""
    folder.mkdir()
    command = [sys.executable, "-c", SERVER, str(number), str(documents), delay, str(folder)]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdout
    server.stdout.readline()
    try:
        yield
    finally:
        server.kill()


class Cluster:
    """A scheduler and three workers, and what processor they and all below them have taken."""

    def __init__(self, folder: Path, threads: int) -> None:
        scheduler = folder / "scheduler.json"
        place = ("--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(scheduler))
        self.started = [self.start("dask_scheduler", "--port", "0", *place)]
        while not scheduler.exists():
            time.sleep(0.05)
        more = ("--nthreads", str(threads), "--local-directory", str(folder))
        self.started += [self.start("dask_worker", *place, *more) for _ in range(3)]
        self.address = scheduler.read_text("utf-8").split('"address": "')[1].partition('"')[0]
        while sum(1 for _ in self.workers()) < 3:
            time.sleep(0.05)
        self.kills = 0

    def start(self, command: str, *arguments: str) -> psutil.Popen:
        made = [sys.executable, "-m", f"distributed.cli.{command}", *arguments]
        return psutil.Popen(made, stderr=subprocess.DEVNULL, start_new_session=True, env={**os.environ, **ADVISED})

    def workers(self) -> Iterator[psutil.Process]:
        return (worker for nanny in self.started[1:] for worker in nanny.children())

    def cpu(self) -> float:
        """Of the processes that are there, and of those that they have waited for."""
        everyone = [one for top in self.started for one in (top, *top.children(recursive=True))]
        return sum(sum(one.cpu_times()[:4]) for one in everyone)

    def kill_every(self, seconds: float, over: threading.Event) -> None:
        """Kill a worker now and then."""
        die = random.Random(1)
        while not over.wait(seconds):
            if found := list(self.workers()):
                die.choice(found).kill()
                self.kills += 1

    def close(self) -> None:
        for one in self.started:
            os.killpg(one.pid, signal.SIGKILL)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sites", type=int, default=12)
    parser.add_argument("--documents", type=int, default=200, help="of each site")
    parser.add_argument("--delay", default="0.5", help="seconds between two requests to a host")
    parser.add_argument("--kill", type=float, help="a worker dies every so many seconds")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder, catalogue = Path(made), Path(made) / "sites"
        with served(given.sites, given.documents, given.delay, catalogue):
            few = ("-s", "GONGKAI_ATTACHMENTS=0", "-s", "GONGKAI_READERS=0")
            one = gongkai("crawl", *few, archive=folder / "one", catalogue=catalogue)
            cluster, over = Cluster(folder, THREADS), threading.Event()
            try:
                if given.kill:
                    threading.Thread(target=cluster.kill_every, args=(given.kill, over), daemon=True).start()
                before = cluster.cpu()
                many = gongkai("crawl", "--cluster", cluster.address, *few, archive=folder / "many",
                               catalogue=catalogue)  # fmt: skip
                over.set()
                cpu = many.cpu + cluster.cpu() - before
            finally:
                cluster.close()
        equal = said(folder / "one") == said(folder / "many")
        rows = [
            ("one machine", f"{one.wall:.1f}", f"{one.cpu:.1f}", "", one.code),
            ("three workers", f"{many.wall:.1f} ({many.wall / one.wall - 1:+.0%})",
             "–" if given.kill else f"{cpu:.1f} ({cpu / one.cpu - 1:+.0%})", cluster.kills, many.code),
        ]  # fmt: skip
        print(f"{given.sites} sites of {given.documents} documents, {given.delay} s between requests; {machine()}, "
              f"load {os.getloadavg()[0]:.0f}\n")  # fmt: skip
        print(table(("crawl", "wall s", "CPU s", "kills", "exit"), rows))
        print(f"\nThe archives are {'equal' if equal else 'NOT EQUAL'}.")
        if not equal or many.code != one.code:
            sys.exit(many.output[-3000:])


if __name__ == "__main__":
    main()
