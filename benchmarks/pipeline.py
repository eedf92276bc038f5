"""The whole pipeline beside what it is measured by, on one site, in one run, in turn, several times over:

    bare      Scrapy with default settings, that walks the same lists and yields raw responses
    evening   Scrapy, trafilatura and one INSERT per page
    gongkai   everything: recorded, read, indexed for search, linked, taken apart, durable

    .venv/bin/python -m benchmarks.pipeline [--documents 2000] [--rounds 3] [--python RIVALS/bin/python] [-s NAME=VALUE]

The rivals need an environment with benchmarks/readers_requirements.txt; without `--python` only bare Scrapy runs, in
ours. Columns: pages a second of the wall clock from start to exit, CPU ms a page, the largest process in MB, and of the
documents how many have the title, the day, and the whole text right. Goals: >= 0.7 x bare, >= 3 x evening, <= 200 MB.
"""

from __future__ import annotations

import argparse
import sqlite3
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks.measure import Run, gongkai, machine, run, table
from benchmarks.site import Served, rendered
from tests.fake_site import KEY, Held

RIVALS = str(Path(__file__).with_name("rivals.py"))
OURS = "select v.url, v.title, v.published_on, d.text from disclosures v join documents d on d.n = v.document"
THEIRS = "select url, title, date, text from pages"
Row = tuple[str, str, str, str]


def bare(site: Served, folder: Path, python: str) -> Run:
    return run([python, RIVALS, "bare", *site.lists()])


def evening(site: Served, folder: Path, python: str) -> Run:
    return run([python, RIVALS, "evening", *site.lists(), "--to", str(folder / "evening.db")])


def ours(site: Served, folder: Path, changes: Iterable[str]) -> Run:
    words = [word for change in ("GONGKAI_ATTACHMENTS=0", *changes) for word in ("-s", change)]
    return gongkai("crawl", KEY, *words, archive=folder / "archive", catalogue=site.catalogue(folder / "sites"))


def rows(file: Path, query: str) -> list[Row]:
    db = sqlite3.connect(file)
    found = db.execute(query).fetchall()
    db.close()
    return found


def right(found: list[Row], truth: dict[str, Held]) -> str:
    """Of the documents of the site: those that came with the right title, day and text, white space aside."""
    good = [0, 0, 0]
    for url, title, day, text in found:
        held = truth.get(url.split("/", 3)[3])
        if held:
            good[0] += title == held.title
            good[1] += day == held.published_on
            good[2] += "".join((text or "").split()) == "".join(held.text.split())
    return " / ".join(f"{n / len(truth):.1%}" for n in good)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--python", help="the interpreter that has Scrapy and trafilatura")
    parser.add_argument("-s", dest="changes", action="append", default=[], help="a setting of crawler/settings.py")
    given = parser.parse_args()
    truth = {held.url.removeprefix("/"): held for held in rendered(given.documents)[0].held()}
    site = Served.start(given.documents)
    python = given.python or sys.executable
    contenders: dict[str, Callable[[Path], Run]] = {"bare": lambda folder: bare(site, folder, python)}
    if given.python:
        contenders["evening"] = lambda folder: evening(site, folder, python)
    contenders["gongkai"] = lambda folder: ours(site, folder, given.changes)
    runs: dict[str, list[Run]] = {name: [] for name in contenders}
    accuracy = dict.fromkeys(contenders, "–")
    for _ in range(given.rounds):
        for name, contend in contenders.items():
            with tempfile.TemporaryDirectory() as name_of_folder:
                folder = Path(name_of_folder)
                runs[name].append(contend(folder))
                if name == "gongkai":
                    accuracy[name] = right(rows(folder / "archive" / "gongkai.db", OURS), truth)
                elif name == "evening":
                    accuracy[name] = right(rows(folder / "evening.db", THEIRS), truth)
            if runs[name][-1].code:
                print(runs[name][-1].output[-2000:], file=sys.stderr)
    site.close()
    report(runs, accuracy, len(truth))


def report(runs: dict[str, list[Run]], accuracy: dict[str, str], pages: int) -> None:
    first = statistics.median(done.wall for done in runs["bare"])
    lines = []
    for name, done in runs.items():
        wall = statistics.median(one.wall for one in done)
        cpu, memory = statistics.median(one.cpu for one in done), max(one.memory for one in done)
        lines.append((name, f"{pages / wall:.0f}", f"{cpu / pages * 1000:.2f}", f"{first / wall:.2f}", f"{memory:.0f}",
                      accuracy[name], "/".join(f"{one.wall:.1f}" for one in done)))  # fmt: skip
    print(f"{pages} documents, medians of {len(runs['bare'])}; {machine()}\n")
    columns = ("pipeline", "pages/s", "CPU ms/page", "x bare", "peak MB", "title / day / text right", "wall s")
    print(table(columns, lines))


if __name__ == "__main__":
    main()
