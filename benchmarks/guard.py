"""Can a crawl be led to a private address (reliability.md N1 and N2)? Every spelling of such an address through every
door, and a name whose address changes from answer to answer, in a network namespace of its own (needs root); then
every spelling that resolves, by every way in which a script asks (needs chromium).

python -m benchmarks.guard
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from crawler.browser import lacking
from tests.namespace import SHAPES, guarded, missing
from tests.test_guard import SPELLINGS
from tests.test_shells import WAYS, Listener, lured_everywhere

REBOUND = 1000  # requests to the name that changes


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    if why := missing() or lacking():
        sys.exit(why)
    found = guarded(len(SPELLINGS), len(SHAPES), REBOUND)
    found["connections and datagrams of scripts"] = scripted()
    for name, number in found.items():
        print(f"{name:40} {number}")
    met = (
        found["attempts"] >= 2000 and not found["connections to the trap"]
        and not found["connections and datagrams of scripts"] and found["positive control"] > 0
        and found["rebound archived"] + found["rebound refused"] == REBOUND and found["rebound refused"] >= REBOUND // 3
    )  # fmt: skip
    print("met" if met else "NOT MET")


def scripted() -> int:
    """How often the scripts of a page reached the trap, by all ways."""
    with closing(Listener()) as listener, tempfile.TemporaryDirectory() as folder:
        listener.prove()
        return lured_everywhere(Path(folder), listener, list(WAYS))


if __name__ == "__main__":
    main()
