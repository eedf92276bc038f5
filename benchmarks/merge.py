"""Shards that were crawled apart and merged, beside one crawl of the same sites: is it the same archive?

    .venv/bin/python -m benchmarks.merge [--shards 10] [--documents 1000]

Goal: equal, in whatever order they are merged, and merged again.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from pathlib import Path
from unittest.mock import patch

from benchmarks.measure import gongkai, machine
from tests.test_merge import said, shard, without_uuids


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shards", type=int, default=10)
    parser.add_argument("--documents", type=int, default=1000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder_name, patch("archive.ledger.now", lambda: "2026-01-01T00:00:00Z"):
        folder = Path(folder_name)
        shard(folder / "one", range(options.shards), options.documents)
        shards = [folder / f"shard{number}" for number in range(options.shards)]
        for number, one in enumerate(shards):
            shard(one, range(number, number + 1), options.documents)
        whole = without_uuids(said(folder / "one"))
        for order, name in (("as they are", "a"), ("shuffled", "b"), ("shuffled, into the last one once more", "b")):
            into = folder / name
            done = gongkai("merge", *map(str, shards), archive=into)
            equal = without_uuids(said(into)) == whole
            print(f"{len(shards)} shards of {options.documents} documents, {order}: "
                  f"{'equal to one crawl' if equal else 'NOT equal'}, {len(whole['documents'])} documents; "
                  f"{done.cpu:.0f} s of processor, {done.memory:.0f} MB, exit {done.code}")
            random.Random(1).shuffle(shards)
    print(machine())


if __name__ == "__main__":
    main()
