"""The network goes away in the middle of a crawl and comes back (reliability.md D11): in a namespace of its own, whose
only link is taken down. Needs root.

python -m benchmarks.outage [--seconds 60]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from archive.database import Archive
from tests.hostile_server import listing, page
from tests.loopback import Answer, Loopback, Request
from tests.namespace import PUBLIC, Names, furnish, missing
from tests.running import gongkai

HOSTS, DOCUMENTS, DELAY = 3, 60, 0.3


class Sites:
    """A list and its documents, on every host."""

    def answer(self, request: Request) -> Answer:
        kind = {"Content-Type": "text/html; charset=utf-8"}
        if request.path == "/robots.txt":
            return Answer(404)
        if request.path == "/list/":
            return Answer(200, kind, listing([f"/doc/{n}.html" for n in range(DOCUMENTS)]))
        name = request.headers["host"] + request.path
        return Answer(200, kind, page(f"关于{name}的通知", f"<p>{name}</p>"))


def inside(seconds: float, folder: Path) -> bool:
    furnish()
    loopback = Loopback(Sites())
    (folder / "sites").mkdir()
    for n in range(HOSTS):
        (folder / "sites" / f"s{n}.toml").write_text(
            f'name = "甲{n}"\nurl = "http://s{n}.gov.cn/"\ncms = "html"\ndelay = {DELAY}\n'
            f'[[channels]]\nkey = "a"\nname = "甲"\nurl = "http://s{n}.gov.cn/list/"\n', "utf-8")  # fmt: skip

    def cut() -> None:
        while len(loopback.log) < HOSTS * DOCUMENTS // 3:
            time.sleep(0.1)
        for state, pause in (("down", seconds), ("up", 0)):
            subprocess.run(["ip", "link", "set", "lo", state], check=True)
            print(f"link {state} after {len(loopback.log)} requests", flush=True)
            time.sleep(pause)

    with Names().serve(), loopback.serve(80, PUBLIC):
        threading.Thread(target=cut, daemon=True).start()
        begun = time.monotonic()
        ran = gongkai("crawl", archive=folder / "a", catalogue=folder / "sites")
    print(ran.err)
    with Archive(folder / "a") as archive:
        states = dict(archive.db.execute("select state, count(*) from pages group by state").fetchall())
        withdrawn = archive.db.execute("select count(*) from withdrawn").fetchone()[0]
    extra = len(loopback.log) - HOSTS * (DOCUMENTS + 2)
    print(f"{states}, {withdrawn} withdrawn, exit code {ran.code}, {time.monotonic() - begun:.0f} s, "
          f"{extra} requests more than needed")  # fmt: skip
    return states == {"archived": HOSTS * DOCUMENTS} and not withdrawn and ran.code == 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if not given.inside:
        if why := missing():
            sys.exit(why)
        command = ["unshare", "-n", "-m", sys.executable, "-m", "benchmarks.outage", "--inside"]
        sys.exit(subprocess.run([*command, "--seconds", str(given.seconds)]).returncode)
    with tempfile.TemporaryDirectory() as folder:
        print("met" if inside(given.seconds, Path(folder)) else "NOT MET")


if __name__ == "__main__":
    main()
