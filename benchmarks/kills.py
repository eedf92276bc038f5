"""A thousand `kill -9`: at named points of the way of a page into the archive, at any call that writes, and at random
moments between two requests, while sites are crawled, files read, links made, captures read again, damage repaired and
pages erased.

    .venv/bin/python -m benchmarks.kills [--kills 1000] [--documents 40] [--seed 7]

After every kill: the database is whole, every capture that was acknowledged after its commit is there, every row's
bytes are in their place with the right sum, the search index has exactly the documents, and after recovery every WARC
file is whole gzip. When a site is done, its archive says what an undisturbed crawl makes of it.
Goals: 0 lost, 0 rows without bytes, <= 5 % extra requests for one kill in the crawl of 1,000 documents.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import signal
import sqlite3
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from archive.database import Archive
from archive.verify import verify
from benchmarks.measure import machine, table
from benchmarks.soak import whole
from benchmarks.town import asked
from tests.fake_site import KEY, FakeSite
from tests.faults import Fault, calls
from tests.nursery import Ended, Nursery
from tests.running import catalogue_of
from tests.test_crawl import compare
from tests.test_mend import spoil

WARC, WAL, DB = "warc.gz.open", "db-wal", "gongkai.db"
# Name → what ends there, of the calls of one command.
POINTS: dict[str, Fault] = {
    "before a record": Fault(do="kill", only=f"write:{WARC}"),
    "in a record": Fault(do="torn", only=f"write:{WARC}"),
    "before the WARC is synced": Fault(do="kill", only=f"fsync:{WARC}"),
    "after the WARC is synced": Fault(do="late", only=f"fsync:{WARC}"),
    "in the transaction's log": Fault(do="torn", only=f"pwrite:{WAL}"),
    "before the commit is synced": Fault(do="kill", only=f"fsync:{WAL}"),
    "after the commit is synced": Fault(do="late", only=f"fsync:{WAL}"),
    "in a checkpoint": Fault(do="torn", only=f"pwrite:{DB}"),
    "before a checkpoint is synced": Fault(do="kill", only=f"fsync:{DB}"),
    "before the log is cut": Fault(do="kill", only=f"truncate:{WAL}"),
    "before a WARC file is renamed": Fault(do="kill", only=f"rename:{WARC}"),
    "after a WARC file is renamed": Fault(do="late", only=f"rename:{WARC}"),
    "before a WARC file is made": Fault(do="kill", only=f"open:{WARC}"),
    "after a WARC file is made": Fault(do="late", only=f"open:{WARC}"),
}
FIRST = {f"{only}:{end}": most for only, end, most in (
    ("write", WARC, 30), ("fsync", WARC, 4), ("pwrite", WAL, 300), ("fsync", WAL, 6), ("pwrite", DB, 100),
    ("fsync", DB, 1), ("truncate", WAL, 1), ("rename", WARC, 1), ("open", WARC, 1))}  # fmt: skip
CALLS = 900  # that a crawl makes, about: a kill at any of them
# Name → the function after which it ends, and how often that is called at most.
INSIDE = {
    "in the search index": ("archive.search:index", 2),
    "while a list is taken in": ("archive.ledger:listed", 4),
    "while a file is taken in": ("archive.files:keep", 6),
    "while links are made": ("archive.similar:link", 1),
    "while documents are taken apart": ("pipelines.derive:taken_apart", 20),
}
MOMENTS = ("between two requests", "while a file is read")
ANY = "at any call that writes"
LEFT = "its writer was killed"  # what verify says of the tail that a kill leaves: so it must be, until the next command
A_ROUND = 40  # kills of crawls of one site
MAINTENANCE = ("reextract", "repair", "erase", "merge", "rebuild")


@dataclass(slots=True)
class Found:
    """What a trial came to."""

    kills: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    lost: int = 0
    rows: int = 0
    again: int = 0  # answers of documents and files that were asked for again
    problems: list[str] = field(default_factory=list)
    rounds: int = 0


class Trial:
    """One site after the other is crawled through kills, to its end; then its archive is rewritten through kills."""

    def __init__(self, folder: Path, documents: int, seed: int, nursery: Nursery) -> None:
        self.folder, self.documents, self.nursery = folder, documents, nursery
        self.die, self.found = random.Random(seed), Found()
        self.other = folder / "other"  # of the round before, to be merged

    def until(self, kills: int, say: Callable[[str], None]) -> Found:
        """Rounds, until so many kills have struck."""
        found = self.found
        while found.kills.total() < kills:
            self.round(kills - found.kills.total())
            say(f"{found.kills.total()} kills in {found.rounds} rounds, {found.acknowledged} acknowledged, "
                f"{found.lost} lost, {len(found.problems)} problems {found.problems[-1:] or ''}")  # fmt: skip
        return found

    def round(self, most: int) -> None:
        """A new site and a new archive: kills, and then the end in peace."""
        self.found.rounds += 1
        self.archive = self.folder / f"archive{self.found.rounds}"
        self.site = FakeSite(self.documents, seed=self.found.rounds)
        with self.site.serve():
            self.catalogue = catalogue_of(self.site, self.folder / "sites")
            for _ in range(min(A_ROUND, most)):
                self.kill(self.next_point())
                for _ in range(self.die.randint(0, 5)):
                    self.site.publish(self.die.choice(("tzgg", "zcwj", "gzbg")))
            self.finish()
            shutil.copytree(self.archive, self.folder / "kept")
            for task in MAINTENANCE[: max(0, most - A_ROUND)]:
                self.rewrite(task)
        shutil.rmtree(self.archive)
        shutil.rmtree(self.other, ignore_errors=True)
        (self.folder / "kept").rename(self.other)

    # --- crawls -----------------------------------------------------------------------------------------------------

    def next_point(self) -> str:
        """One of those that were tried least."""
        points = (*POINTS, *INSIDE, *MOMENTS, ANY)
        tried = {point: self.found.kills[point] + self.found.missed[point] // 2 for point in points}
        return self.die.choice([point for point in points if tried[point] == min(tried.values())])

    def kill(self, point: str) -> None:
        """Run the crawl into one kill, and look at what it left."""
        ended = self.crawl(point)
        if ended.code != -signal.SIGKILL:
            self.found.missed[point] += 1
            return
        self.found.kills[point] += 1
        self.look(point, ended.acknowledged)

    def crawl(self, point: str) -> Ended:
        files = "file" in point or self.die.random() < 0.3  # the process that reads them costs as much as 20 pages
        alone = ("-s", "GONGKAI_READERS=0") if "taken apart" in point else ()  # else its readers do that, and die of it
        command = self.command("crawl", KEY, "-s", f"GONGKAI_ATTACHMENTS={int(files)}", *alone)
        nothing = Fault().environment(self.archive)
        if point in MOMENTS:
            strike = self.between if point == MOMENTS[0] else self.in_a_file
            return self.nursery.run(command, nothing, strike)
        if point in INSIDE:
            place, most = INSIDE[point]
            return self.nursery.run(command, {"NURSERY_KILL": f"{place} {self.die.randint(1, most)}"})
        return self.nursery.run(command, self.fault(POINTS.get(point)).environment(self.archive))

    def command(self, *words: str, archive: Path | None = None) -> list[str]:
        return ["--archive", str(archive or self.archive), "--catalogue", str(self.catalogue), *words]

    def fault(self, of: Fault | None = None) -> Fault:
        """One of its calls, or any call at all."""
        if of is None:
            return Fault(self.die.randint(1, CALLS), self.die.choice(("kill", "torn", "late")))
        return replace(of, at=self.die.randint(1, FIRST[of.only]))

    def between(self, pid: int) -> None:
        """After some requests of it, and some milliseconds."""
        before, wanted = len(self.site.log), self.die.randint(1, 25)
        while len(self.site.log) - before < wanted and there(pid):
            time.sleep(0.002)
        time.sleep(self.die.uniform(0, 0.02))
        end(pid)

    def in_a_file(self, pid: int) -> None:
        """While its child reads a file; the child must go with it."""
        children = Path(f"/proc/{pid}/task/{pid}/children")
        child: list[str] = []
        while there(pid) and not child:
            with contextlib.suppress(OSError):
                child = children.read_text().split()
            time.sleep(0.002)
        time.sleep(self.die.uniform(0, 0.3))
        end(pid)

    def look(self, point: str, acknowledged: int) -> None:
        """The invariants. What was acknowledged was committed by this process: all captures up to that number."""
        found, said, rows = self.found, list[str](), committed(self.archive / DB)
        found.acknowledged += acknowledged
        found.lost += max(0, acknowledged - rows)
        if rows:
            with Archive(self.archive) as archive:
                wrong = [one for one in verify(self.archive, archive.db) if LEFT not in one.problem]
                said += [f"{one.where}: {one.problem}" for one in wrong]
        if self.die.random() < 0.7:  # else the next crawl recovers, and may be killed in that
            Archive(self.archive, write=True).close()
            said += [f"{path.name}: torn" for path in (self.archive / "warc").glob("*.gz") if not whole(path)]
        found.rows += rows
        found.problems += [f"{point}: {one}" for one in said]

    def finish(self) -> None:
        """Two crawls in peace; then the archive is what the site is."""
        for _ in range(2):
            ended = self.nursery.run(self.command("crawl", KEY), Fault().environment(self.archive))
        odd = dict(committed_states(self.archive).items() ^ self.site.states().items())
        self.found.problems += [f"round {self.found.rounds}: {url} is {state}" for url, state in odd.items()]
        try:
            compare(self.site, self.archive)
        except AssertionError as error:
            where = traceback.extract_tb(error.__traceback__)[-1].line
            self.found.problems.append(f"round {self.found.rounds}: {where} {' '.join(str(error).split())[:300]}")
        if ended.code != 1:  # the site refuses three pages
            self.found.problems.append(f"round {self.found.rounds}: {ended.code} {ended.said[-300:]}")
        self.found.again += asked({KEY: self.site}).again
        self.look("at the end", 0)

    # --- what rewrites an archive -----------------------------------------------------------------------------------

    def rewrite(self, task: str) -> None:
        """Kill it once at any call; the same command then does what it should."""
        if task == "merge" and not self.other.exists():
            return
        words = {"reextract": ["reextract", "--jobs", "1"], "rebuild": ["rebuild"], "merge": ["merge", str(self.other)],
                 "repair": ["verify", "--repair"],
                 "erase": ["erase", self.die.choice(self.site.held()).url, "--yes", "--reason", "x"]}[task]  # fmt: skip
        if task == "repair":
            spoil(self.archive, self.die)
        log = self.folder / "calls"
        copy = self.folder / "copy"
        log.unlink(missing_ok=True)
        shutil.copytree(self.archive, copy, dirs_exist_ok=True)
        counted = self.nursery.run(self.command(*words, archive=copy), Fault().environment(copy, log))
        shutil.rmtree(copy)
        fault = Fault(self.die.randint(1, max(1, len(calls(log)))), self.die.choice(("kill", "torn", "late")))
        ended = self.nursery.run(self.command(*words), fault.environment(self.archive))
        if ended.code != -signal.SIGKILL or counted.code:
            self.found.missed[task] += 1
        else:
            self.found.kills[task] += 1
        for again in (words, *([["erase"]] if task == "erase" else [])):  # what it had written down goes on without it
            ran = self.nursery.run(self.command(*again))
            if ran.code != 0:
                self.found.problems.append(f"{task}: {ran.code} {ran.said[-300:]}")
        self.look(task, 0)


def committed(file: Path) -> int:
    """How many captures a database holds; 0 where there is none yet."""
    if not file.exists():
        return 0
    with contextlib.closing(sqlite3.connect(file)) as db:
        if not db.execute("select 1 from sqlite_schema where name = 'captures'").fetchone():
            return 0
        return int(db.execute("select count(*) from captures").fetchone()[0])


def there(pid: int) -> bool:
    """Is the process there and alive?"""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def end(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def a_thousand(folder: Path, nursery: Nursery, kills: int) -> tuple[int, int, bool]:
    """Requests of all kinds for 1,000 documents: undisturbed, and with so many kills at random moments; and is all of
    it there then? The archives are removed."""
    die, counts = random.Random(3), []
    for name in ("undisturbed", "killed"):
        site, archive = FakeSite(1000), folder / name
        with site.serve():
            catalogue = catalogue_of(site, folder / "sites")
            command = ["--archive", str(archive), "--catalogue", str(catalogue), "crawl", KEY]
            for _ in range(kills if name == "killed" else 0):
                before, wanted = len(site.log), die.randint(20, 150)

                def strike(pid: int, until: int = before + wanted, site: FakeSite = site) -> None:
                    while len(site.log) < until and there(pid):
                        time.sleep(0.002)
                    end(pid)

                nursery.run(command, meanwhile=strike)
            nursery.run(command)
            counts.append(len(site.log))
            states = committed_states(archive) == site.states()
        shutil.rmtree(archive)
    return counts[0], counts[1], states


def committed_states(folder: Path) -> dict[str, str]:
    with Archive(folder) as archive:
        return dict(archive.db.execute("select url, state from pages").fetchall())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--documents", type=int, default=40, help="of each site")
    parser.add_argument("--seed", type=int, default=7)
    given, begun = parser.parse_args(), time.monotonic()
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # a kill takes nothing from the page cache
    with tempfile.TemporaryDirectory(dir=memory) as name, Nursery(Path(name) / "nursery") as nursery:
        trial = Trial(Path(name), given.documents, given.seed, nursery)
        found = trial.until(given.kills, lambda said: print(said, flush=True))
        resumed = {kills: a_thousand(Path(name), nursery, kills) for kills in (1, 10)}
    for problem in found.problems:
        print(problem)
    print(f"\n{found.kills.total()} kills in {found.rounds} rounds of {given.documents} documents and more, "
          f"{(time.monotonic() - begun) / 60:.0f} minutes; {machine()}\n")  # fmt: skip
    print(table(("killed", "times"), found.kills.most_common()))
    each = found.again / max(1, found.kills.total())
    rows = [
        ("acknowledged captures lost", 0, f"{found.lost} of {found.acknowledged}"),
        ("broken invariants", 0, f"{len(found.problems)}, over {found.rows} rows looked at"),
        ("documents and files asked for twice, a kill", "", f"{each:.1f}"),
        *((f"requests for 1,000 documents with {kills} kill{'s' * (kills > 1)}", "≤ 105 % for one",
           f"{100 * killed / least:.1f} % ({killed} for {least}), {'complete' if there else 'INCOMPLETE'}")
          for kills, (least, killed, there) in resumed.items()),
    ]  # fmt: skip
    print("\n" + table(("goal", "asked for", "found"), rows))
    raise SystemExit(bool(found.lost or found.problems or not all(done for *_, done in resumed.values())))


if __name__ == "__main__":
    main()
