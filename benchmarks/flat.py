"""Does it cost the same at a million documents as at ten thousand? Each command on archives of several sizes.

    .venv/bin/python -m benchmarks.flat --folder DIR [--sizes 10000 100000 1000000] [--characters 300] [--known 0]

The archives are made where the folder lacks them (`DIR/<size>`, rows at once: benchmarks/made.py). Each is first added
to as a crawl does, then a site of 24 documents is crawled into it, twice, then every command is asked for what it says
of all, or of one of the fifty sites. `--known` strews so many more addresses into the ledger that are gone. Goals: an
insert at 1,000,000 at most 1.3 x that at 10,000; memory at most 1 MB more for 10,000 documents.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from archive.database import Archive
from benchmarks.made import CHARACTERS, ROWS, made, make, page, site, store
from benchmarks.measure import Run, gongkai, machine, own_memory, run, table
from crawler.reextract import _read, _tasks
from tests.fake_site import KEY, FakeSite

WARM, MORE = 500, 2000  # documents stored before the measuring, and in it
FIRST = 50_000_000  # numbers of these: none that was made
SMALL = 24  # documents of the site that is crawled
PER_SITE = ("-s", "GONGKAI_ATTACHMENTS=0")
ASKED = (("status",), ("coverage",), ("coverage", "s7"), ("sites",), ("search", "公开"), ("search", "主动公开 报告"),
         ("search", "网站:s7 公开"), ("changes", "--since", "2026-06-01"), ("schedule",), ("doctor",))  # fmt: skip


def know(folder: Path, number: int) -> None:
    """Put addresses into the ledger that a walk once listed and that are gone."""
    with Archive(folder, write=True) as archive, archive.batch():
        here = archive.db.execute("select count(*) from pages where state = 'gone'").fetchone()[0]
        query = "select site, max(walk) from walks where site glob 's[0-9]*' group by site"
        walks = dict(archive.db.execute(query).fetchall())
        for n in range(here, number):
            key = f"s{n % len(walks)}"
            url = f"http://{key}.gov.cn/old/{n}.htm"
            archive.db.execute("insert into pages (url, identity, site, state, first_seen, last_seen) values (?1, ?1, "
                               "?2, 'gone', '2020-01-01T00:00:00Z', '2020-01-01T00:00:00Z')", (url, key))
            archive.db.execute("insert into listings (site, channel, url, title, position, first_walk, last_walk) "
                               "values (?1, 'tzgg', ?2, '通知', ?3, ?4, ?4)", (key, url, n, walks[key]))


def insert(folder: str, characters: int) -> None:
    """Store documents as a crawl does; prints ms of processor, ms by the clock, and MB."""
    with Archive(folder, write=True) as archive:
        archive.group(ROWS)
        held = archive.db.execute("select count(*) from documents where n > 0").fetchone()[0]
        texts = islice(made(held + WARM + MORE, characters), held, None)
        pages = [page(site(n % 50), FIRST + held + n, *text) for n, text in enumerate(texts)]
        for one in pages[:WARM]:
            store(archive, site(one.n % 50), one)
        begun = time.process_time(), time.perf_counter()
        for one in pages[WARM:]:
            store(archive, site(one.n % 50), one)
        archive.flush()
        spent = (time.process_time() - begun[0], time.perf_counter() - begun[1])
    print(*(1000 * one / MORE for one in spent), own_memory())


def reread(folder: str) -> None:
    """Read again what was stored so last; prints ms of processor for each, and MB."""
    with Archive(folder) as archive:
        last = archive.db.execute("select max(capture) from readings where document is not null").fetchone()[0]
        begun = time.process_time()
        read = sum(_read(to, _tasks(archive, to - 50, to)).alike for to in range(last - 950, last + 1, 50))
    print(1000 * (time.process_time() - begun) / read, 0, own_memory())


def opened(folder: str) -> None:
    """Open to write, and close; prints ms of processor, ms by the clock, and MB."""
    begun = time.process_time(), time.perf_counter()
    Archive(folder, write=True).close()
    print(*(1000 * (now - then) for then, now in zip(begun, (time.process_time(), time.perf_counter()), strict=True)),
          own_memory())  # fmt: skip


def apart(what: str, *given: object) -> list[float]:
    """What one of these functions prints, in a process of its own."""
    done = run([sys.executable, "-c", f"from benchmarks.flat import *; {what}({', '.join(map(repr, given))})"])
    assert done.code == 0, done.output
    return [float(word) for word in done.output.split()[-3:]]


def crawled(folder: Path) -> Iterator[tuple[str, Run]]:
    """A small site, met for the first time, and once more."""
    with Archive(folder) as archive:
        times = archive.db.execute("select count(*) from sites where site like ?", (f"{KEY}%",)).fetchone()[0]
    small = FakeSite(documents=SMALL, seed=times + 1, oddities=False)
    with tempfile.TemporaryDirectory() as made_here, small.serve() as base:
        (Path(made_here) / f"{KEY}{times}.toml").write_text(small.site_toml(base), "utf-8")
        for name in ("crawl of a new site of 24", "the same, unchanged"):
            yield name, gongkai("crawl", *PER_SITE, archive=folder, catalogue=Path(made_here))


def measured(folder: Path, size: int, characters: int) -> Iterator[tuple[str, str, str]]:
    """What was done, its processor time, its memory."""
    cpu, wall, held = apart("insert", str(folder), characters)
    yield "insert, a document", f"{cpu:.2f} ms ({wall:.1f} by the clock)", f"{held:.0f}"
    cpu, _, held = apart("reread", str(folder))
    yield "reextract, a document", f"{cpu:.2f} ms", f"{held:.0f}"
    cpu, wall, held = apart("opened", str(folder))
    yield "open to write and close", f"{cpu:.0f} ms", f"{held:.0f}"
    for name, done in crawled(folder):
        yield name, f"{done.cpu:.2f} s", f"{done.memory:.0f}"
    for asked in ASKED:
        done = gongkai(*asked, archive=folder)
        assert done.code in (0, 1), done.output
        yield " ".join(asked), f"{done.cpu:.2f} s", f"{done.memory:.0f}"
    for form in ("jsonl", "parquet"):
        with tempfile.TemporaryDirectory() as made_here:
            done = gongkai("export", "--site", "s7", "-o", f"{made_here}/x.{form}", archive=folder)
        yield f"export of a site, {form}", f"{done.cpu:.2f} s", f"{done.memory:.0f}"
    done = gongkai("changes", "s7", archive=folder)
    yield "changes of a site, whole", f"{done.cpu:.2f} s", f"{done.memory:.0f}"
    done = gongkai("verify", archive=folder)
    yield "verify, a document", f"{1000 * done.cpu / size:.3f} ms", f"{done.memory:.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--characters", type=int, default=CHARACTERS)
    parser.add_argument("--known", type=int, default=0, help="addresses that are gone, in the largest")
    asked = parser.parse_args()
    columns: list[dict[str, tuple[str, str]]] = []
    for size in asked.sizes:
        folder = asked.folder / str(size)
        if not folder.exists():
            make(folder, size, asked.characters)
        if size == max(asked.sizes):
            know(folder, asked.known)
        columns.append({})
        for name, cpu, memory in measured(folder, size, asked.characters):
            columns[-1][name] = cpu, memory
            print(f"{size}: {name}: {cpu}, {memory} MB", file=sys.stderr, flush=True)
    print(f"Processor time, and memory in MB; {machine()}; {asked.known} addresses more at {max(asked.sizes)}\n")
    print(table(("what", *(f"{size:,}" for size in asked.sizes)),
                [(name, *(f"{said[name][0]}, {said[name][1]} MB" for said in columns)) for name in columns[0]]))


if __name__ == "__main__":
    main()
