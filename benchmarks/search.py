"""Search on made documents: time of the ranked top 20 by length of word, size and cost of the index, and recall and
precision against a plain look through every text.

    .venv/bin/python -m benchmarks.search [--documents 100000] [--archive DIR] [--queries 2000]

Goals: p95 <= 100 ms for words of 2-6 characters, <= 150 ms for one; index <= 1.1 x the text; recall and precision 1.0.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from archive.characters import fold
from archive.database import Archive
from archive.query import Group, Query
from archive.search import add, found, search
from benchmarks.made import make
from benchmarks.measure import machine, table

A_LENGTH = 60  # words of each length that are timed
LENGTHS = (1, 2, 3, 4, 6, 8)


def words(archive: Archive, number: int, lengths: tuple[int, ...], seed: int = 7) -> list[str]:
    """Words of these lengths, cut out of texts anywhere; the more often one stands there, the likelier it is."""
    chance = random.Random(seed)
    last = archive.db.execute("select max(n) from documents").fetchone()[0]
    found = []
    while len(found) < number:
        text = archive.db.execute("select text from documents where n = ?", (chance.randint(1, last),)).fetchone()[0]
        long = chance.choice(lengths)
        at = chance.randrange(len(text) - long)
        found.append(text[at : at + long])
    return found


def indexing(archive: Archive, folder: Path) -> float:
    """ms of processor that the index of a document takes: that of 1,000 of the archive, made anew."""
    texts = archive.db.execute("select title, text from documents order by n limit 1000").fetchall()
    with Archive(folder, write=True) as other, other.batch():
        begun = time.process_time()
        for title, text in texts:
            add(other.db, None, title, text)
        return 1000 * (time.process_time() - begun) / len(texts)


def timed(archive: Archive) -> list[tuple[object, ...]]:
    """p50 and p95 of the ranked top 20 and of a count, per length, in ms."""
    rows = []
    for long in LENGTHS:
        spent: tuple[list[float], list[float]] = [], []
        for word in words(archive, A_LENGTH, (long,)):
            query = Query((Group((word,)),))
            for times, ask in zip(spent, (search, partial(found, limit=1 << 62)), strict=True):
                begun = time.perf_counter()
                ask(archive.db, query)
                times.append(1000 * (time.perf_counter() - begun))
        rows.append((long, *(f"{value:.1f}" for times in spent
                             for value in (statistics.median(times), statistics.quantiles(times, n=20)[-1]))))
    return rows


def compared(archive: Archive, queries: int) -> tuple[int, int, int]:
    """(found, missed, false) over many words of 1-8 characters, against the newest 2,000 texts."""
    texts = {n: (fold(title or ""), fold(text)) for n, title, text in archive.db.execute(
        "select n, title, text from documents order by n desc limit 2000")}
    hits = missed = false = 0
    for word in words(archive, queries, tuple(range(1, 9)), seed=8):
        match = Query((Group((word,)),)).match()
        told = {n for (n,) in archive.db.execute(
            "select n from documents where n >= ? and place in (select rowid from documents_fts where documents_fts "
            "match ?)", (min(texts), match))}
        true = {n for n, fields in texts.items() if any(fold(word) in field for field in fields)}
        hits, missed, false = hits + len(told & true), missed + len(true - told), false + len(told - true)
    return hits, missed, false


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--archive", type=Path, help="one that was made before")
    parser.add_argument("--queries", type=int, default=2000)
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = asked.archive or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if not asked.archive:
            make(folder, asked.documents)
        archive = stack.enter_context(Archive(folder))
        spare = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        print(f"index: {indexing(archive, spare):.2f} ms CPU a document")
        number = archive.db.execute("select count(*) from documents").fetchone()[0]
        text = archive.db.execute("select sum(length(cast(text as blob))) from documents").fetchone()[0]
        index = archive.db.execute("select sum(length(block)) from documents_fts_data").fetchone()[0]
        titles = archive.db.execute("select sum(length(block)) from titles_fts_data").fetchone()[0]
        print(f"{number} documents, {text / 1e6:.0f} MB of text, index {(index + titles) / text:.2f} x; {machine()}\n")
        columns = ("characters", "top 20 p50 ms", "top 20 p95 ms", "count p50 ms", "count p95 ms")
        print(table(columns, timed(archive)))
        hits, missed, false = compared(archive, asked.queries)
        print(f"\n{asked.queries} words: {hits} hits, {missed} missed, {false} false")


if __name__ == "__main__":
    main()
