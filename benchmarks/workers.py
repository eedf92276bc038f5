"""Several crawls on one archive (reliability.md D6 and N9): what they ask together, what kills take back.

python -m benchmarks.workers --kills 10                                     1,002 documents, as fast as it goes
python -m benchmarks.workers --hosts 40 --documents 80 --delay 0.5          10,000 requests, politely
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from tests.workers import Plan, work


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--hosts", type=int, default=2)
    parser.add_argument("--documents", type=int, default=167, help="of each site: every worker has one on every host")
    parser.add_argument("--delay", type=float, default=0.05)
    parser.add_argument("--kills", type=int, default=0)
    given = vars(parser.parse_args())
    plan, begun = Plan(**given), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        found = work(plan, Path(folder))
    wanted = len(plan.sites) * plan.documents
    rows = [
        ("documents", f"{found.documents} of {wanted}", found.documents == wanted),
        ("pages captured twice", f"{found.twice}", found.twice == 0),
        ("certificates that do not add up", f"{found.unbalanced}", not found.unbalanced),
        ("findings of verify", f"{len(found.unsound)}", not found.unsound),
        ("kills", f"{found.killed}", found.killed == plan.kills),
        ("requests, without robots.txt", f"{found.requests}, {found.extra:+.1%} of {plan.pages}", found.extra <= 0.05),
        ("requests for robots.txt", f"{found.robots}", True),
        ("shortest gap", f"{found.shortest:.4f} s, delay {plan.delay} s", found.shortest >= plan.delay * 0.9),
        ("gaps under the delay", f"{found.under}", found.under == 0),
        ("connections open to a host at once", f"{found.connections}", found.connections == 1),
    ]
    for name, figure, met in rows:
        print(f"{name:36} {figure:32} {'met' if met else 'NOT MET'}")
    print(f"{time.monotonic() - begun:.0f} s; {'; '.join(found.unsound[:3])}")


if __name__ == "__main__":
    main()
