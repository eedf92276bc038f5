"""A crawl of a site of 100,000 documents that has nothing new: how many requests it makes, and what processor it takes.

    .venv/bin/python -m benchmarks.unchanged [--documents 100000] [--archive DIR] [--revisits 50]

The archive of the first crawl is made (benchmarks/made.py); the site is served from the same documents, so that the
second crawl meets what the ledger says. `--revisits` pages that are due are asked for again and answered 304, for which
the recording of their last capture is read: the archive is then made with recordings (slower). Goals: at most 0.1 % of
the requests of a whole crawl, and 10 s of processor.
"""

from __future__ import annotations

import argparse
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from archive.database import Archive
from archive.records import Site
from benchmarks.made import HEADERS, ROWS, make, site
from benchmarks.measure import gongkai, machine, table
from tests.loopback import Answer, Loopback, Request

CHARACTERS = 60  # of a text: what is measured does not read them
PORT = 8779  # it stands in the addresses of an archive that is kept
TOML = """name = "{name}"
url = "{url}"
cms = "html"
private = true
delay = 0
[[channels]]
key = "tzgg"
name = "通知公告"
url = "{url}tzgg/"
"""


@dataclass(slots=True)
class Unchanged:
    """The site: its list, newest first as the walk met it, and that nothing has changed."""

    rows: list[tuple[str, str, str]]

    def answer(self, request: Request) -> Answer:
        if request.path == "/robots.txt":
            return Answer(404)
        if request.path.startswith("/tzgg/") and request.path.endswith(".htm"):
            return Answer(304, {"Last-Modified": dict(HEADERS)["Last-Modified"]})
        number = int(request.path.strip("/").partition("/")[2] or 1)
        rows = "".join(f'<li><a href="{url}">{title}</a><span>{day}</span></li>'
                       for url, title, day in self.rows[(number - 1) * ROWS : number * ROWS])
        more = f'<a href="/tzgg/{number + 1}/">下一页</a>' if number * ROWS < len(self.rows) else ""
        return Answer.html(f"<html><head><title>通知公告</title></head><body><ul>{rows}</ul><div>共{len(self.rows)}条"
                           f"{more}</div></body></html>")


def met(folder: Path) -> list[tuple[str, str, str]]:
    with Archive(folder) as archive:
        return archive.db.execute("select url, title, date from listings order by position").fetchall()


def made_for(folder: Path, documents: int, recorded: bool) -> Site:
    one = site(0, f"http://127.0.0.1:{PORT}")
    if not folder.exists():
        make(folder, documents, CHARACTERS, (one,), crawled=recorded)
    return one


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--archive", type=Path, help="one that was made so before, or is to be kept")
    parser.add_argument("--revisits", type=int, default=0)
    asked = parser.parse_args()
    with ExitStack() as stack:
        spare = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder, catalogue = asked.archive or spare / "archive", spare / "sites"
        one = made_for(folder, asked.documents, asked.revisits > 0)
        catalogue.mkdir()
        (catalogue / f"{one.key}.toml").write_text(TOML.format(name=one.name, url=one.url), "utf-8")
        served = Loopback(Unchanged(met(folder)))
        stack.enter_context(served.serve(port=PORT))
        done = gongkai("crawl", "-s", "GONGKAI_ATTACHMENTS=0", "-s", f"GONGKAI_REVISITS={asked.revisits}",
                       archive=folder, catalogue=catalogue)  # fmt: skip
        whole = asked.documents + -(-asked.documents // ROWS)
        print(f"{asked.documents} documents; {machine()}\n")
        print(table(("requests", "of a whole crawl", "CPU s", "peak MB", "exit"),
                    [(len(served.log), f"{len(served.log) / whole:.4%}", f"{done.cpu:.1f}", f"{done.memory:.0f}",
                      done.code)]))
        print(f"\n{done.output[-600:]}")


if __name__ == "__main__":
    main()
