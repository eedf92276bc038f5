"""Seconds of processor that reading each hostile page of tests/test_hostile_pages.py takes (reliability.md B8 and B9).

python -m benchmarks.hostile_pages
"""

from __future__ import annotations

import argparse
import time

from pipelines import extract
from tests.pages import response
from tests.test_hostile_pages import HOSTILE

MOST = 2.0  # seconds for pages of up to 30 MB


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    extract(response(b"<p>x"))  # what is made once
    taken = {}
    for name, (raw, _) in HOSTILE.items():
        begun = time.process_time()
        extract(response(raw))
        taken[name] = time.process_time() - begun
    for name, seconds in sorted(taken.items(), key=lambda one: -one[1])[:10]:
        print(f"{seconds:6.2f} s  {len(HOSTILE[name][0]) / 2**20:6.1f} MiB  {name}")
    late = [name for name, seconds in taken.items() if seconds > MOST]
    print(f"{len(taken)} pages, {sum(taken.values()):.1f} s, {len(late)} over {MOST} s: "
          f"{'NOT MET' if late else 'met'}")  # fmt: skip


if __name__ == "__main__":
    main()
