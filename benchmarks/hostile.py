"""Every fault of the hostile server through every door (reliability.md §5.1), then the heavy ones alone: seconds of
processor and memory beyond what an honest page takes (B1, B2, B4).

python -m benchmarks.hostile
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests import hostile_server
from tests.hostile_doors import DOORS, run
from tests.hostile_server import MODES, HostileServer

HEAVY = ("bomb-gzip", "bomb-deflate", "bomb-br", "bomb-zstd", "bomb-nested", "endless", "endless-chunks",
         "endless-headers", "many-headers", "huge-header")  # fmt: skip
BOMB = 600 * 1024 * 1024


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    with HostileServer().serve() as server:
        for door in DOORS:
            with tempfile.TemporaryDirectory() as folder:
                wrong, memory = door(server, Path(folder))
            verdict = "met" if not wrong and memory <= 400 else "NOT MET"
            print(f"{door.__name__:16} {len(MODES)} modes, {len(wrong)} wrong, {memory:.0f} MiB  {verdict}", flush=True)
            print("\n".join(f"    {line[:300]}" for line in wrong[:12]))
    hostile_server.BOMB = BOMB
    hostile_server.bomb.cache_clear()
    with HostileServer().serve() as server:
        alone(server, "ok")  # what is compiled and cached once
        _, usual, seconds = alone(server, "ok")
        for mode in HEAVY:
            server.said(f"/{mode}/1.html")  # made before it is asked for
            state, memory, taken = alone(server, mode)
            limit = 100 if "header" in mode else 150
            met = memory - usual <= limit and taken - seconds <= 2 and state == "failed"
            figures = f"{memory - usual:+.0f} MiB, {taken - seconds:+.1f} s"
            print(f"{mode:16} {state}, {figures}  {'met' if met else 'NOT MET'}", flush=True)


def alone(server: HostileServer, mode: str) -> tuple[str, float, float]:
    """State of the page, memory in MiB and seconds of processor of a crawl that asks for nothing else."""
    from archive.database import Archive

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "sites").mkdir()
        _, memory, seconds = run(Path(folder), "scrape", server.address(mode), "-s", "RETRY_TIMES=0")
        with Archive(Path(folder) / "a") as archive:
            state = str(archive.db.execute("select state from pages").fetchone()[0])
    return state, memory, seconds


if __name__ == "__main__":
    main()
