"""Pages in the browser on made documents: p95 of each kind of page, and the memory of the server.

    .venv/bin/python -m benchmarks.browse [--documents 100000] [--archive DIR] [--rounds 20]

Goals, p95 at 100,000 documents: document <= 80 ms, home <= 250 ms, results with facets <= 300 ms; memory <= 300 MB.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

from archive.browse import datasette, pages
from archive.database import Archive
from benchmarks.made import make
from benchmarks.measure import machine, own_memory, table
from benchmarks.search import words

# Kind of page → address; {n} is a document, {word} a word of 2–6 characters that stands in some text
KINDS = {
    "home": "/", "document": "/document/{n}", "results with facets": "/search?q={word}",
    "results by date": "/search?q={word}&sort=date", "results of a site": "/search?q={word}&site=s7",
    "results of a publisher": "/search?q={word}&publisher=" + quote("第11局"),
    "results of a year": "/search?q={word}&year=2020",
    "results of a topic": "/search?q={word}&topic=" + quote("主题7"), "everything by date": "/search",
    "site": "/site/s7", "publisher": "/publisher/" + quote("第11局"), "changes": "/changes",
    "feed of a search": "/feed.atom?q={word}", "feed of a site": "/feed.atom?site=s7",
}


async def measured(application: Any, kind: str, sampled: list[str]) -> tuple[object, ...]:
    """p50 and p95 of one kind of page in ms, by the clock and of processor, and its size in KB."""
    spent, worked, size = [], [], 0
    for n, word in enumerate(sampled):
        begun, idle = time.perf_counter(), time.process_time()
        answer = await application.client.get(KINDS[kind].format(n=1 + n * 97, word=quote(word)))
        spent.append(1000 * (time.perf_counter() - begun))
        worked.append(1000 * (time.process_time() - idle))
        assert answer.status_code == 200, (kind, word, answer.status_code)
        size = max(size, len(answer.content))
    told = [part for times in (spent, worked)
            for part in (statistics.median(times), statistics.quantiles(times, n=20)[-1])]
    return kind, *(f"{value:.0f}" for value in told), f"{size / 1024:.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--archive", type=Path, help="one that was made before")
    parser.add_argument("--rounds", type=int, default=20)
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = asked.archive or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if not asked.archive:
            make(folder, asked.documents)
        with Archive(folder) as archive:
            sampled = words(archive, asked.rounds, (2, 3, 4, 6))
            number = archive.db.execute("select count(*) from documents").fetchone()[0]
        application = datasette(folder)
        pages.TIME = 60_000  # ms: on a busy machine slow answers are measured, not cut

        async def every() -> list[tuple[object, ...]]:
            return [await measured(application, kind, sampled) for kind in KINDS]

        rows = asyncio.run(every())
    print(f"{number} documents; {machine()}\n")
    print(table(("page", "p50 ms", "p95 ms", "CPU p50 ms", "CPU p95 ms", "KB"), rows))
    print(f"\nmemory: {own_memory():.0f} MB")


if __name__ == "__main__":
    main()
