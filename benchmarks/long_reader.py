"""How long the write-ahead log becomes while the archive is read: by Datasette, all the time, and by somebody who keeps
one moment of it.

    .venv/bin/python -m benchmarks.long_reader [--commits 50000]

Goal: no write fails, and the log stays below 300 MB; above 256 MiB it is said.
"""

from __future__ import annotations

import argparse
import logging
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

from archive.database import Archive
from archive.schema import sqlite3  # two SQLites in one process undo each other's locks
from benchmarks.measure import GONGKAI, machine, table
from benchmarks.soak import Seen, await_line, read
from tests.samples import store, url

PORT = 8831
KEPT = 3_000  # commits while one moment is kept: the log then holds them all, so more of them say no more


@contextmanager
def snapshot(folder: Path) -> Iterator[None]:
    """A reader that keeps the moment at which it began."""
    with closing(sqlite3.connect(folder / "gongkai.db")) as db:
        db.execute("begin")
        db.execute("select count(*) from documents").fetchone()
        yield


@contextmanager
def datasette(folder: Path) -> Iterator[None]:
    """People in the browser, all the time."""
    command = [*GONGKAI, "--archive", str(folder), "browse", "--port", str(PORT)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seen, ends = Seen(), threading.Event()
    await_line(PORT)
    readers = [threading.Thread(target=read, args=(PORT, seen, ends, 0.0)) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        yield
    finally:
        ends.set()
        for reader in readers:
            reader.join()
        process.terminate()
        process.wait()
        print(f"Datasette answered {dict(seen.answers)}, at most after {seen.slowest:.1f} s")


def longest(
    folder: Path, commits: int, group: int, reads: Callable[[Path], AbstractContextManager[None]]
) -> tuple[object, ...]:
    """Write so many documents while somebody reads."""
    most, begun = 0, time.process_time()
    with Archive(folder, write=True) as archive:
        store(archive, url(0))
        archive.group(group)
        with reads(folder):
            for number in range(1, commits + 1):
                store(archive, url(number), title=f"第{number}号报告", text=f"第{number}号正文。" * 60)
                most = max(most, archive.log.size)
        spent = time.process_time() - begun
        for number in range(20):
            store(archive, f"{url(number)}x", title="后来", text=f"后来{number}")
        archive.flush()
        after = archive.log.size
        rows = archive.db.execute("select count(*) from captures").fetchone()[0]
    return reads.__name__, group, rows, f"{most / 1e6:.0f}", f"{after / 1e6:.0f}", f"{spent:.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--commits", type=int, default=50_000)
    commits = parser.parse_args().commits
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    rows = []
    for reads in (datasette, snapshot):
        for group in (1, 20):
            with tempfile.TemporaryDirectory() as name:
                rows.append(longest(Path(name), commits if reads is datasette else KEPT, group, reads))
                print(rows[-1], flush=True)
    print(f"\n{commits} documents ({KEPT} beside a snapshot), each stored in a call of its own; {machine()}\n")
    print(table(("reader", "calls a commit", "captures", "log at most, MB", "afterwards, MB", "CPU s"), rows))


if __name__ == "__main__":
    main()
