"""Reading recorded pages into an archive (`import`) and reading an archive again (`reextract`): pages per second.

    .venv/bin/python -m benchmarks.recorded [WARC] [--pages 4000] [--site]

Takes the collection of real pages beside the checkout, each repeated under different addresses until there are so
many; with `--site` so many documents of benchmarks/site.py. Goals: import >= 150 pages/s, reextract >= 500 pages/s on
two cores, and >= 1.8 x what one core does. On a busy machine the processor time of all its processes is the honest
column.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from archive.warc import WarcWriter, recorded
from benchmarks.measure import gongkai, machine, table
from benchmarks.site import rendered

AT = "2026-11-27T00:00:00Z"
REAL = Path(__file__).resolve().parents[2] / "shared" / "realpages" / "realpages.warc.gz"


def repeat(source: Path, folder: Path, pages: int) -> tuple[Path, int]:
    """A recording with every page of the source under many addresses."""
    answers = list(recorded(source))
    writer, number = WarcWriter(folder), 0
    while number < pages:
        for answer in answers:
            got = answer.response
            url = f"{answer.url}{'&' if '?' in answer.url else '?'}copy={number // len(answers)}"
            writer.append(url, got.status, got.reason, got.headers, got.body, answer.fetched_at)
            number += 1
    writer.close()
    return next(folder.glob("*.warc.gz")), number


def of_site(folder: Path, pages: int) -> tuple[Path, int]:
    """A recording with every document of a site of benchmarks/site.py."""
    site, answers = rendered(pages)
    writer = WarcWriter(folder)
    for held in site.held():
        body = answers[held.url.encode()].partition(b"\r\n\r\n")[2]
        writer.append(f"http://127.0.0.1{held.url}", 200, "OK", [("Content-Type", "text/html")], body, AT)
    writer.close()
    return next(folder.glob("*.warc.gz")), len(site.held())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", metavar="WARC", type=Path, nargs="?", default=REAL)
    parser.add_argument("--pages", type=int, default=4000)
    parser.add_argument("--site", action="store_true")
    asked = parser.parse_args()
    source = "benchmarks/site.py" if asked.site else asked.source.name
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with ProcessPoolExecutor(1) as maker:  # what it took would be counted as the commands' memory
            made = of_site if asked.site else partial(repeat, asked.source)
            warc, pages = maker.submit(made, folder, asked.pages).result()
        rows = []
        for command in (["import", str(warc)], ["reextract", "--dry-run"], ["reextract"], ["reextract", "--jobs", "1"]):
            done = gongkai(*command, archive=folder / "archive")
            figures = (f"{done.wall:.1f}", f"{pages / done.wall:.0f}", f"{1000 * done.cpu / pages:.2f}",
                       f"{done.memory:.0f}", done.code)
            rows.append((" ".join(command[:1] + command[1:][-2:] if command[0] != "import" else ["import"]), *figures))
    print(f"{pages} pages of {source}; {machine()}, load {os.getloadavg()[0]:.0f}\n")
    print(table(("command", "wall s", "pages/s", "CPU ms/page", "peak MB", "exit"), rows))


if __name__ == "__main__":
    main()
