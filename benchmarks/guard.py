"""Can a crawl be led to a private address (reliability.md N1 and N2)? Every spelling of such an address through every
door, and a name whose address changes from answer to answer, in a network namespace of its own. Needs root.

python -m benchmarks.guard
"""

from __future__ import annotations

import sys

from tests.namespace import SHAPES, guarded, missing
from tests.test_guard import SPELLINGS

REBOUND = 1000  # requests to the name that changes


def main() -> None:
    if why := missing():
        sys.exit(why)
    found = guarded(len(SPELLINGS), len(SHAPES), REBOUND)
    for name, number in found.items():
        print(f"{name:40} {number}")
    met = (
        found["attempts"] >= 2000 and not found["connections to the trap"] and found["positive control"] > 0
        and found["rebound archived"] + found["rebound refused"] == REBOUND and found["rebound refused"] >= REBOUND // 3
    )  # fmt: skip
    print("met" if met else "NOT MET")


if __name__ == "__main__":
    main()
