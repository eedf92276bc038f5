"""A night in an hour or two: workers crawl sites that publish all the time, one of them is killed every minute, every
line is cut every ten minutes, and people read the archive all the while. At the end every goal that this can judge, as
one table.

    .venv/bin/python -m benchmarks.soak [--minutes 120] [--workers 3] [--sites 6] [--archives 1]

Goals: nothing that a reader ever saw committed is missing, every row has its bytes, every WARC file is whole gzip, the
database is whole, the archive equals the sites field by field, <= 5 % extra requests, no server error for a reader, the
write-ahead log stays below 300 MB, memory stays flat.
"""

from __future__ import annotations

import argparse
import gzip
import os
import random
import signal
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from archive.database import Archive
from archive.verify import verify
from benchmarks.measure import GONGKAI, machine, table
from benchmarks.town import Together, Town, asked
from tests.fake_site import FakeSite
from tests.test_crawl import compare

CUT_FOR, PUBLISH_EVERY, LOOK_EVERY = 60.0, 3.0, 0.5  # seconds
READ = ("/", "/search?q=政务公开", "/gongkai/disclosures.json?_size=50", "/gongkai/coverage.json", "/feed.atom",
        "/sites", "/changes")
WORKER_MEMORY, WAL = 400.0, 300.0  # MB


@dataclass(slots=True)
class Seen:
    """What was seen of the archives while they were written: `captures` are rows that were committed, by archive;
    `memory` of processes in MB, as (process, seconds, MB)."""

    captures: dict[Path, dict[int, tuple[object, ...]]] = field(default_factory=dict)
    answers: Counter[int] = field(default_factory=Counter)
    slowest: float = 0.0
    memory: list[tuple[str, int, float, float]] = field(default_factory=list)
    wal: float = 0.0
    codes: Counter[int] = field(default_factory=Counter)
    kills: int = 0
    cuts: int = 0


# --- who takes part -------------------------------------------------------------------------------------------------


class Worker:
    """Crawls the sites of one catalogue into one archive, again and again until it is told to end."""

    def __init__(self, archive: Path, catalogue: Path, log: Path, seen: Seen, sites: list[FakeSite]) -> None:
        self.archive, self.sites = archive, sites
        self.command = [*GONGKAI, "--archive", str(archive), "--catalogue", str(catalogue), "crawl"]
        self.log, self.seen, self.ends = log, seen, threading.Event()
        self.process: subprocess.Popen[bytes] | None = None
        self.thread = threading.Thread(target=self.work, daemon=True)

    def work(self) -> None:
        while not self.ends.is_set():
            with self.log.open("ab") as log:
                self.process = subprocess.Popen(self.command, stdout=log, stderr=log, env=os.environ)
                self.seen.codes[self.process.wait()] += 1
            self.ends.wait(3)

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """Send it away in mid-sentence."""
        assert self.process
        self.process.kill()

    def end(self) -> float:
        """Ask it to end; gives the seconds that it took."""
        self.ends.set()
        begun = time.monotonic()
        if self.process and self.alive:
            self.process.send_signal(signal.SIGTERM)
        self.thread.join()
        return time.monotonic() - begun


@contextmanager
def reader(archive: Path, port: int, seen: Seen, ends: threading.Event) -> Iterator[None]:
    """Datasette over an archive, and somebody who reads in it all the time."""
    while not (archive / "gongkai.db").exists():
        time.sleep(0.1)
    command = [*GONGKAI, "--archive", str(archive), "browse", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    await_line(port)
    thread = threading.Thread(target=read, args=(port, seen, ends), daemon=True)
    thread.start()
    try:
        yield
    finally:
        thread.join()
        process.send_signal(signal.SIGINT)
        process.wait()


def await_line(port: int) -> None:
    """Until somebody listens."""
    while True:
        with socket.socket() as line:
            if not line.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.1)


def read(port: int, seen: Seen, ends: threading.Event, pause: float = 0.2) -> None:
    pages = [urllib.request.quote(page, safe="/?=&") for page in READ]  # type: ignore[attr-defined]
    while not ends.wait(pause):
        begun = time.monotonic()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{random.choice(pages)}", timeout=60) as answer:
                answer.read()
                seen.answers[answer.status] += 1
        except urllib.error.HTTPError as error:
            seen.answers[error.code] += 1
        except OSError:
            seen.answers[0] += 1
        seen.slowest = max(seen.slowest, time.monotonic() - begun)


def every(seconds: float, jitter: random.Random, ends: threading.Event, do: Callable[[], None]) -> threading.Thread:
    """Do something about every so many seconds, from now on."""

    def loop() -> None:
        while not ends.wait(seconds * jitter.uniform(0.75, 1.25)):
            do()

    thread = threading.Thread(target=loop, daemon=True)
    thread.start()
    return thread


def look(archives: list[Path], workers: list[Worker], begun: float, seen: Seen) -> None:
    """Note what is committed by now, how long the log is, and what memory the workers take."""
    for archive in archives:
        if not (archive / "gongkai.db").exists():
            continue
        known = seen.captures.setdefault(archive, {})
        with closing(sqlite3.connect(f"{(archive / 'gongkai.db').as_uri()}?mode=ro", uri=True, timeout=30)) as db:
            try:
                for row in db.execute(CAPTURES, (max(known, default=0),)):
                    known[row[0]] = row
            except sqlite3.OperationalError:  # its tables are being made
                continue
        wal = archive / "gongkai.db-wal"
        seen.wal = max(seen.wal, wal.stat().st_size / 1e6 if wal.exists() else 0)
    for worker in workers:
        if worker.process and worker.alive and (size := resident(worker.process.pid)):
            seen.memory.append(("worker", worker.process.pid, time.monotonic() - begun, size))


CAPTURES = 'select id, url, payload, file, "offset", length, chain from captures where id > ? order by id'


def resident(pid: int) -> float:
    """Resident memory of a process in MB; 0 when it is gone."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


# --- the night ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Night:
    """What is set up: where the archives are, who writes into each."""

    town: Town
    archives: list[Path]
    workers: list[Worker]
    begun: float
    seen: Seen


@contextmanager
def prepared(folder: Path, given: argparse.Namespace) -> Iterator[Night]:
    """Sites, catalogues and workers: each has sites of its own, and shares its archive with the others."""
    seen, archives = Seen(), [folder / f"archive{n}" for n in range(1, given.archives + 1)]
    with Town(given.sites, given.documents or documents_for(given), given.delay) as town:
        keys = list(town.sites)
        shares = {n: keys[n :: given.workers] for n in range(given.workers)}
        workers = [Worker(archives[n % given.archives], town.catalogue(folder / f"sites{n}", share),
                          folder / f"worker{n}.log", seen, [town.sites[key] for key in share])
                   for n, share in shares.items()]  # fmt: skip
        yield Night(town, archives, workers, time.monotonic(), seen)


def documents_for(given: argparse.Namespace) -> int:
    """So many documents a site that the first crawl takes about a third of the time on a calm machine."""
    return max(40, int(given.minutes * 60 * 0.3 / max(given.delay, 0.05) / 1.5))


def live(night: Night, given: argparse.Namespace) -> None:
    """The night itself: everything goes on at once."""
    ends, rested, seen, die = threading.Event(), threading.Event(), night.seen, random.Random(20261127)

    def kill() -> None:
        alive = [worker for worker in night.workers if worker.alive]
        if alive:
            die.choice(alive).kill()
            seen.kills += 1

    def cut() -> None:
        night.town.down()
        ends.wait(CUT_FOR)
        night.town.up()
        seen.cuts += 1

    def publish() -> None:
        site = die.choice(list(night.town.sites.values()))
        site.publish(die.choice(("tzgg", "zcwj", "gzbg")))

    def glance() -> None:
        look(night.archives, night.workers, night.begun, seen)

    for worker in night.workers:
        worker.thread.start()
    with ExitStack() as stack:
        for number, archive in enumerate(night.archives):
            stack.enter_context(reader(archive, given.port + number, seen, rested))
        turns = {kill: given.kill_every, cut: given.cut_every, publish: PUBLISH_EVERY, glance: LOOK_EVERY}
        tasks = [every(seconds, die, ends, do) for do, seconds in turns.items()]
        while time.monotonic() - night.begun < given.minutes * 60:
            time.sleep(min(60, given.minutes * 6))
            print(so_far(night), flush=True)
        ends.set()
        for task in tasks:
            task.join()
        rested.set()


def so_far(night: Night) -> str:
    known, sent = sum(map(len, night.seen.captures.values())), asked(night.town.sites)
    return (f"{(time.monotonic() - night.begun) / 60:5.1f} min: {known} captures committed, {night.seen.kills} kills, "
            f"{night.seen.cuts} cuts, {sent.again} of {sent.wanted} asked twice, WAL {night.seen.wal:.0f} MB, "
            f"ends {dict(night.seen.codes)}, readers {dict(night.seen.answers)}")  # fmt: skip


def settle(night: Night) -> float:
    """Every worker ends; gives the longest that one took. Then each archive is crawled in peace, until nothing waits:
    what failed while a line was cut is due an hour later, so that hour is let pass in the ledger."""
    slowest = max(worker.end() for worker in night.workers)
    for _ in range(3):
        for folder in night.archives:
            with Archive(folder, write=True) as archive:
                archive.db.execute("update pages set next_attempt = null where state = 'failed'")
                archive.db.execute("update downloads set next_attempt = null where state = 'failed'")
        last = [subprocess.Popen(worker.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                for worker in night.workers]  # fmt: skip
        for process in last:
            process.wait()
    return slowest


# --- the table ------------------------------------------------------------------------------------------------------

Row = tuple[str, str, str, bool]  # goal, what is asked for, what was found, is it met?


def judged(night: Night, ending: float) -> Iterator[Row]:
    """Every goal that this can judge."""
    seen, sent = night.seen, asked(night.town.sites)
    known = sum(map(len, seen.captures.values()))
    lost = sum(gone(archive, rows) for archive, rows in seen.captures.items())
    yield "nothing lost", "0 of what was seen committed", f"{lost} of {known} captures, {seen.kills} kills", not lost
    yield from sound(night)
    yield "equal to the sites", "field by field", *equal(night)
    yield from balance(night)
    yield ("work not done twice", "≤ 5 % extra requests for documents and files",
           f"{sent.extra:.2f} % ({sent.again} of {sent.wanted}; lists, robots.txt and refusals: {sent.rest})",
           sent.extra <= 5)  # fmt: skip
    bad = {code: n for code, n in seen.answers.items() if not 200 <= code < 500}
    yield ("readers are served", "no failure", f"{sum(seen.answers.values())} answers, failed {bad or 0}, "
           f"slowest {seen.slowest:.1f} s", not bad)  # fmt: skip
    yield "write-ahead log", f"≤ {WAL:.0f} MB", f"{seen.wal:.0f} MB at most", seen.wal <= WAL
    yield "memory of a worker", f"≤ {WORKER_MEMORY:.0f} MB, flat", *memory(seen)
    yield "SIGTERM", "ends in ≤ 30 s", f"{ending:.1f} s at most", ending <= 30
    odd = {code: n for code, n in seen.codes.items() if code not in (0, 1, 130, -9)}
    yield "exit codes", "0, 1, 130, or killed", f"{dict(sorted(seen.codes.items()))}", not odd


def gone(folder: Path, rows: dict[int, tuple[object, ...]]) -> int:
    """How many captures that were committed are not there, or are not what they were."""
    with Archive(folder) as archive:
        now = {row[0]: row for row in archive.db.execute(CAPTURES, (0,))}
    return sum(now.get(number) != row for number, row in rows.items())


def sound(night: Night) -> Iterator[Row]:
    """The databases and the bytes, by SQLite, by gzip, and by `gongkai verify`."""
    problems: list[str] = []
    rows = files = torn = 0
    integrity, keys = [], 0
    for folder in night.archives:
        with Archive(folder) as archive:
            integrity += [word for (word,) in archive.db.execute("pragma integrity_check")]
            keys += len(archive.db.execute("pragma foreign_key_check").fetchall())
            rows += archive.db.execute("select count(*) from captures").fetchone()[0]
            problems += [f"{found.where}: {found.problem}" for found in verify(folder, archive.db)]
        bad = [path.name for path in sorted((folder / "warc").glob("*.gz")) if not whole(path)]
        problems += [f"{name} is no whole gzip file" for name in bad]
        problems += [f"{path.name} is still open" for path in (folder / "warc").glob("*.open")]
        files += len(list((folder / "warc").glob("*.gz")))
        torn += len(list((folder / "warc").glob("*.torn")))
    yield "integrity_check", "ok", ", ".join(sorted(set(integrity))), set(integrity) == {"ok"}
    yield "foreign_key_check", "0", str(keys), not keys
    yield ("rows without bytes, WARC files", "0; all whole gzip",
           "; ".join(problems[:3]) or f"0 of {rows}; {files} files whole, {torn} torn ends put aside",
           not problems)  # fmt: skip


def whole(path: Path) -> bool:
    """`gzip -t`."""
    try:
        with gzip.open(path) as file:
            while file.read(1 << 20):
                pass
    except (OSError, EOFError):
        return False
    return True


def equal(night: Night) -> tuple[str, bool]:
    """Do the archives hold what the sites hold?"""
    for folder in night.archives:
        sites = (site for worker in night.workers if worker.archive == folder for site in worker.sites)
        together = Together(tuple(sites))
        try:
            compare(together, folder)  # type: ignore[arg-type]
        except AssertionError as error:
            return f"{folder.name}: {' '.join(str(error).split())[:300]}", False
    return f"{sum(len(site.held()) for site in night.town.sites.values())} documents", True


def balance(night: Night) -> Iterator[Row]:
    """The certificates: nothing unexplained, and nothing missing but what the sites refuse."""
    from archive.coverage import certificates

    found = []
    for folder in night.archives:
        with Archive(folder) as archive:
            found += certificates(archive.db)
    left = [one for one in found if one.unexplained or one.failed or one.pending or one.unread or not one.outcome]
    says = "; ".join(f"{one.site}/{one.channel}: {one.note or one.missing}" for one in left[:3])
    blocked = sum(one.blocked for one in found)
    yield ("certificates", "balanced, but for what the sites refuse",
           says or f"{len(found)} channels, {blocked} pages refused by their sites", not left)  # fmt: skip


def memory(seen: Seen) -> tuple[str, bool]:
    """The most, and how it grew in the longest life of a worker after its first half minute."""
    lives: dict[int, list[tuple[float, float]]] = {}
    for _, pid, at, size in seen.memory:
        lives.setdefault(pid, []).append((at, size))
    most = max((size for _, _, _, size in seen.memory), default=0.0)
    longest = max(lives.values(), key=lambda life: life[-1][0] - life[0][0], default=[])
    later = [(at, size) for at, size in longest if at - longest[0][0] > 30]
    minutes = (later[-1][0] - later[0][0]) / 60 if len(later) > 1 else 0.0
    return (f"{most:.0f} MB at most; {slope(later) * 60:+.2f} MB a minute in the longest life ({minutes:.0f} min)",
            most <= WORKER_MEMORY)  # fmt: skip


def slope(points: list[tuple[float, float]]) -> float:
    """Of the straight line nearest to the points."""
    if len(points) < 2:
        return 0.0
    x, y = (sum(values) / len(points) for values in zip(*points, strict=True))
    across = sum((at - x) ** 2 for at, _ in points)
    return sum((at - x) * (size - y) for at, size in points) / across if across else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--sites", type=int, default=6)
    parser.add_argument("--archives", type=int, default=1, help="the workers share them")
    parser.add_argument("--delay", type=float, default=0.4, help="seconds between two requests to a site")
    parser.add_argument("--documents", type=int, help="of each site at the beginning")
    parser.add_argument("--kill-every", type=float, default=60, metavar="SECONDS")
    parser.add_argument("--cut-every", type=float, default=600, metavar="SECONDS")
    parser.add_argument("--port", type=int, default=8801, help="of the first reader")
    parser.add_argument("--folder", type=Path, help="keep everything here")
    given = parser.parse_args()
    with ExitStack() as stack:
        folder = given.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        night = stack.enter_context(prepared(folder, given))
        live(night, given)
        minutes, ending = (time.monotonic() - night.begun) / 60, settle(night)
        rows = list(judged(night, ending))
    print(f"\n{minutes:.0f} minutes, {given.workers} workers on {given.archives} archives, {given.sites} sites, "
          f"{night.seen.cuts} cuts of {CUT_FOR:.0f} s; {machine()}\n")  # fmt: skip
    print(table(("goal", "asked for", "found", "met"), [(*row[:3], "yes" if row[3] else "**no**") for row in rows]))
    raise SystemExit(not all(met for *_, met in rows))


if __name__ == "__main__":
    main()
