"""A host that asks to be left alone (429, Retry-After) must cost another one nothing (reliability.md N8): the pages a
second of the other, beside it and alone, in turn.

    .venv/bin/python -m benchmarks.patience [--pages 60] [--delay 0.25] [--rounds 3]

Goals: at least 0.9 of what it gets alone, and no request before the moment that was asked for.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from itertools import count, pairwise
from pathlib import Path

from tests.hostile_server import page
from tests.loopback import Answer, Loopback, Request
from tests.running import gongkai

ASKED, EVERY = 2, 4  # seconds that it asks for, at every so manieth request


class Tired:
    """Asks now and then to be left alone; `every` 0: never."""

    def __init__(self, every: int) -> None:
        self.every, self.asked = every, count(1)

    def answer(self, request: Request) -> Answer:
        if request.path == "/robots.txt":
            return Answer(404)
        if self.every and next(self.asked) % self.every == 0:
            return Answer(429, {"Retry-After": str(ASKED)})
        return Answer.html(page().decode())


def crawl(folder: Path, pages: int, delay: float, beside: bool) -> tuple[float, float]:
    """Pages a second of the quiet host, and the shortest time that the other was left alone after it asked for that."""
    quiet, tired = Loopback(Tired(0)), Loopback(Tired(EVERY))
    with quiet.serve() as base, tired.serve(host="127.0.0.4") as other:
        urls = [f"{base}/{n}.html" for n in range(pages)] + [f"{other}/{n}.html" for n in range(pages // 3) if beside]
        changes = (f"DOWNLOAD_DELAY={delay}", "GONGKAI_BACK_OFF=0", "RETRY_TIMES=9", "GONGKAI_REFUSALS=99")
        gongkai("scrape", *urls, *(word for change in changes for word in ("-s", change)), archive=folder)
    times = [hit.at for hit in quiet.hits("/*.html")]
    gaps = [after.at - hit.at for hit, after in pairwise(tired.hits("/*.html"))]
    return (len(times) - 1) / (times[-1] - times[0]), min(gaps[EVERY - 1 :: EVERY], default=ASKED)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=60)
    parser.add_argument("--delay", type=float, default=0.25)
    parser.add_argument("--rounds", type=int, default=3)
    given, shares, gaps = parser.parse_args(), [], []
    for _ in range(given.rounds):
        with tempfile.TemporaryDirectory() as folder:
            alone, _ = crawl(Path(folder) / "alone", given.pages, given.delay, False)
            together, gap = crawl(Path(folder) / "together", given.pages, given.delay, True)
        shares.append(100 * together / alone)
        gaps.append(gap)
        print(f"{alone:.2f} pages a second alone, {together:.2f} beside the other: {shares[-1]:.1f} %", flush=True)
    met = statistics.median(shares) >= 90 and min(gaps) >= ASKED - 0.1
    print(f"median {statistics.median(shares):.1f} %; left alone for {min(gaps):.2f} s where {ASKED} were asked for  "
          f"{'met' if met else 'NOT MET'}")  # fmt: skip


if __name__ == "__main__":
    main()
