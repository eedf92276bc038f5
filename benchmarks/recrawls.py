"""Crawls of a site that lives on as usual: how many of them raise an alarm (reliability.md B15)?

python -m benchmarks.recrawls [--crawls 100]

That fifteen changes of its layout do is tested in tests/test_signs.py.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from pathlib import Path

from tests.fake_site import KEY, FakeSite
from tests.running import catalogue_of, gongkai

CHANNELS = ("tzgg", "zcwj", "gzbg")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crawls", type=int, default=100)
    crawls, die, alarms, incomplete = parser.parse_args().crawls, random.Random(7), [], 0
    site = FakeSite(documents=60, oddities=False)
    with tempfile.TemporaryDirectory() as place, site.serve():
        folder = Path(place)
        catalogue = catalogue_of(site, folder / "sites")
        for number in range(crawls):
            for _ in range(die.choice((0, 0, 1, 3)) if number else 0):  # half of the nights nothing is published
                site.publish(die.choice(CHANNELS))
            full = ["--full"] if number % 10 == 9 else []
            report = json.loads(gongkai("crawl", KEY, "--json", *full, archive=folder / "a", catalogue=catalogue).out)
            alarms += [f"crawl {number}: {said}" for said in report["suspicions"]]
            incomplete += not report["complete"]
    print(f"{len(alarms)} alarms in {crawls} crawls, {incomplete} incomplete  {'NOT MET' if alarms else 'met'}")
    print("\n".join(alarms))


if __name__ == "__main__":
    main()
