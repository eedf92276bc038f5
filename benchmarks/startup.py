"""How long `gongkai --help` takes: median of 15 runs. Goal: <= 0.3 s.

.venv/bin/python -m benchmarks.startup
"""

from __future__ import annotations

import argparse
import statistics

from benchmarks.measure import GONGKAI, machine, run


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    times = [run([*GONGKAI, "--help"]).wall for _ in range(15)]
    spread = f"{min(times):.2f}–{max(times):.2f}"
    print(f"gongkai --help: {statistics.median(times):.2f} s ({spread}); {machine()}")


if __name__ == "__main__":
    main()
