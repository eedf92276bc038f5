"""A crawl of the bundled site, unthrottled, everything durable: documents per second, memory, and what an incremental
crawl of the unchanged site asks for.

    .venv/bin/python -m benchmarks.crawl [--documents 2000 20000] [--attachments]

Goals: >= 150 documents/s on two cores; <= 200 MB at 2,000 documents, and at 20,000 no more than 30 MB above that;
incremental: <= 2 requests per channel plus robots.txt.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

from benchmarks.measure import gongkai, machine, table
from tests.fake_site import KEY, FakeSite

SERVER = """
import sys, time
from tests.fake_site import FakeSite
site = FakeSite(documents=int(sys.argv[1]), oddities=False)
with site.serve() as base:
    print(base, flush=True)
    for line in sys.stdin:
        print(len(site.log), flush=True)
        site.log.clear()
"""
FAST = ("-s", "CONCURRENT_REQUESTS_PER_DOMAIN=8")


class Server:
    """The bundled site in a process of its own, so that it does not share a core's lock with the crawler."""

    def __init__(self, documents: int) -> None:
        command = [sys.executable, "-c", SERVER, str(documents)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        assert self.process.stdin
        self.out, self.into = self.process.stdout, self.process.stdin
        self.base = self.out.readline().strip()

    def hits(self) -> int:
        """Requests since this was asked last."""
        self.into.write("\n")
        self.into.flush()
        return int(self.out.readline())

    def close(self) -> None:
        self.into.close()
        self.process.wait()


def measure(documents: int, folder: Path, fast: tuple[str, ...]) -> list[tuple[object, ...]]:
    """First crawl and incremental crawl of one site."""
    server = Server(documents)
    catalogue = folder / "sites"
    catalogue.mkdir()
    toml = FakeSite(documents=1).site_toml(server.base)
    (catalogue / f"{KEY}.toml").write_text(toml, "utf-8")
    urllib.request.urlopen(f"{server.base}/robots.txt").read()
    server.hits()
    rows = []
    for name in ("first", "incremental"):
        done = gongkai("crawl", KEY, *fast, archive=folder / "archive", catalogue=catalogue)
        hits = server.hits()
        rate = f"{documents / done.wall:.0f}" if name == "first" else "-"
        rows.append(
            (documents, name, f"{done.wall:.1f}", f"{done.cpu:.1f}", rate, f"{done.memory:.0f}", hits, done.code)
        )
        if done.code:
            print(done.output[-2000:], file=sys.stderr)
    server.close()
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, nargs="+", default=[2000, 20000])
    parser.add_argument("--attachments", action="store_true", help="fetch and read the files of documents too")
    parser.add_argument("-s", dest="changes", action="append", default=[], help="a setting of crawler/settings.py")
    given = parser.parse_args()
    changes = [*given.changes, *([] if given.attachments else ["GONGKAI_ATTACHMENTS=0"])]
    fast = (*FAST, *(word for change in changes for word in ("-s", change)))
    rows: list[tuple[object, ...]] = []
    for documents in given.documents:
        with tempfile.TemporaryDirectory() as folder:
            rows += measure(documents, Path(folder), fast)
    print(f"Crawl of the bundled site, three channels; {machine()}\n")
    columns = ("documents", "crawl", "wall s", "CPU s", "documents/s", "peak MB", "requests", "exit")
    print(table(columns, rows))


if __name__ == "__main__":
    main()
