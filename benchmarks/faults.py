"""Every call of a crawl that writes, failed in its turn with ENOSPC and with EIO, once and from then on: the archive
stays whole, the command says what failed or was not harmed, and the same command completes afterwards.

    .venv/bin/python -m benchmarks.faults [--every 1] [--minutes 60]

`--every N` takes each Nth call, with a phase drawn by lot.
"""

from __future__ import annotations

import argparse
import errno
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import machine, table
from tests.faults import Call, Fault
from tests.nursery import Nursery
from tests.test_faults import Bench

KINDS = [(number, stays) for number in (errno.ENOSPC, errno.EIO) for stays in (False, True)]


def sampled(calls: list[Call], every: int) -> Iterator[tuple[Call, int, bool]]:
    """Each call that is to fail, with how."""
    phase = random.Random(3).randrange(every)
    for number, stays in KINDS:
        for call in calls[phase::every]:
            yield call, number, stays


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=600, help="after which it stops, whatever is left")
    given, begun = parser.parse_args(), time.monotonic()
    found: Counter[tuple[str, str]] = Counter()
    wrong: list[str] = []
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as name, Nursery(Path(name) / "nursery") as nursery:
        bench = Bench(Path(name), nursery)
        with bench.site.serve():
            calls = bench.calls()
            trials = list(sampled(calls, given.every))
            random.Random(4).shuffle(trials)
            for done, (call, number, stays) in enumerate(trials):
                if time.monotonic() - begun > given.minutes * 60:
                    break
                said = bench.tried(Fault(call.number, number, stays=stays))
                found[kind(call), said if said in ("told", "unharmed") else "wrong"] += 1
                if said not in ("told", "unharmed"):
                    wrong.append(f"{call} {errno.errorcode[number]} stays={stays}: {said}")
                    print(wrong[-1], flush=True)
                if done % 20 == 0:
                    print(f"{done} of {len(trials)}, {len(wrong)} wrong", flush=True)
    kinds = sorted({one for one, _ in found})
    rows = [(one, found[one, "told"], found[one, "unharmed"], found[one, "wrong"]) for one in kinds]
    print(f"\n{sum(found.values())} faults of {len(calls)} calls x {len(KINDS)} ways; {machine()}\n")
    print(table(("call", "exit code 3, path named", "no harm done", "wrong"), rows))
    raise SystemExit(bool(wrong))


def kind(call: Call) -> str:
    """Which call on which of the files."""
    ends = (".warc.gz.open", "db-wal", "db-shm", "db-journal", "gongkai.db")
    return f"{call.name} {next((end for end in ends if call.file.endswith(end)), call.file)}"


if __name__ == "__main__":
    main()
