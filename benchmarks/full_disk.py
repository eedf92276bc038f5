"""Crawls into a full disk, at seeded sizes (reliability.md D4 and D5): files that may not grow past a size, and file
systems of a size (those need root). Each must end with exit code 3 and the path, lose nothing, and complete afterwards.

    .venv/bin/python -m benchmarks.full_disk [--sizes 20] [--seed 7]
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.fake_site import FakeSite
from tests.test_full_disk import test_a_file_system_that_is_full, test_files_that_may_not_grow

LARGEST = 1_400  # KiB: with more room than that the crawl of the bundled site ends before it is used up


def file_system(kib: int, folder: Path) -> None:
    site = FakeSite()
    with site.serve():
        test_a_file_system_that_is_full(kib, site, folder)


def wrong(trial: Callable[[int, Path], None], size: int) -> str:
    """What was wrong; empty: nothing."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            trial(size, Path(folder))
        except Exception as error:  # an assertion, or what the archive could not do
            return " ".join(f"{type(error).__name__}: {error}".split())[:300]
    return ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, default=20)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    die, bad = random.Random(given.seed), 0
    sizes = sorted(die.randint(64, LARGEST) for _ in range(given.sizes))
    for size in sizes:
        for name, said in (
            ("files", wrong(lambda kib, folder: test_files_that_may_not_grow(kib * 1024, folder), size)),
            ("disk", wrong(file_system, size) if os.geteuid() == 0 else ""),
        ):
            bad += bool(said)
            print(f"{size:6} KiB, {name:5}  {said or 'nothing lost'}", flush=True)
    print(f"{len(sizes)} sizes, {bad} wrong  {'NOT MET' if bad else 'met'}")


if __name__ == "__main__":
    main()
