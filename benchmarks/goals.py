"""The goals of running unattended, as one table: what is asked, what was measured, and the command that measures it.

    .venv/bin/python -m benchmarks.goals measured          what stands in this folder
    .venv/bin/python -m benchmarks.goals measured --run    measures what it lacks, for hours

The folder holds what each command printed, in a file of its own (`kills.txt`), with its exit code at the end; to
measure one anew, remove its file. Figures are read there by their patterns, and nothing is typed in by hand.
`benchmarks.fuzz` wants a fuzzer beside it, which is told there.
"""

from __future__ import annotations

import argparse
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from pathlib import Path

from benchmarks.measure import machine, table

COMMANDS = {  # file → module and arguments
    "kills": "benchmarks.kills --kills 1000",
    "faults": "benchmarks.faults",
    "full_disk": "benchmarks.full_disk",
    "hostile": "benchmarks.hostile",
    "files": "pytest tests/test_files.py",
    "fuzz": "benchmarks.fuzz",
    "layouts": "pytest tests/test_signs.py",
    "recrawls": "benchmarks.recrawls",
    "guard": "benchmarks.guard",
    "workers": "benchmarks.workers --kills 10",
    "politeness": "benchmarks.workers --hosts 40 --documents 80 --delay 0.5",
    "patience": "benchmarks.patience",
    "outage": "benchmarks.outage",
    "regexes": "benchmarks.regexes",
    "crawl": "benchmarks.crawl --documents 2000 20000",
    "search": "benchmarks.search",
    "long_reader": "benchmarks.long_reader --commits 50000",
    "bitrot": "benchmarks.bitrot",
    "rebuild": "pytest tests/test_rebuild.py",
    "soak": "benchmarks.soak --minutes 120",
    "fast": "pytest -n auto --dist loadfile -m 'not slow'",
}


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure, in the first group of a pattern, that is not less or more than this, wherever the pattern is found."""

    name: str
    file: str
    pattern: str
    least: float = -inf
    most: float = inf

    @property
    def asked(self) -> str:
        return f"≥ {self.least:,g}" if self.most == inf else f"≤ {self.most:,g}" if self.most else "0"

    def read(self, folder: Path) -> tuple[str, str]:
        """What was found, and whether the goal is met."""
        file = folder / f"{self.file}.txt"
        if not file.exists():
            return "not measured", "–"
        found = [float(figure) for figure in re.findall(self.pattern, file.read_text("utf-8"), re.M)]
        if not found:
            return "not in what was printed", "**no**"
        worst = max(found) if self.most < inf else min(found)
        return f"{worst:,g}", "yes" if self.least <= worst <= self.most else "**no**"


PASSED = r"^(\d+) passed"  # and nothing failed: that would stand before it
EXIT = r"^exit code (\d+)$"
GOALS = (
    Goal("kills with -9", "kills", r"^(\d+) kills in \d+ rounds of", least=1000),
    Goal("… acknowledged captures lost", "kills", r"captures lost \| 0 \| (\d+) of", most=0),
    Goal("… broken invariants, rows without bytes among them", "kills", r"broken invariants \| 0 \| (\d+),", most=0),
    Goal("requests for 1,000 documents through a kill, %", "kills", r"with 1 kill .* ([\d.]+) %.* complete", most=105),
    Goal("every step failed once: what was wrong", "faults", r"^\| .* \| (\d+) \|$", most=0),
    Goal("full disks of 20 sizes: what was wrong", "full_disk", r"^20 sizes, (\d+) wrong", most=0),
    Goal("hostile answers: modes", "hostile", r"(\d+) modes", least=60),
    Goal("… rows that are not as they should be", "hostile", r"modes, (\d+) wrong", most=0),
    Goal("… memory, MiB", "hostile", r"wrong, (\d+) MiB", most=400),
    Goal("hostile files and others, tests passed", "files", PASSED, least=60),
    Goal("ten minutes of altered bytes for each parser: failures", "fuzz", r"calls, (\d+) failures", most=0),
    Goal("changed layouts flagged, tests passed", "layouts", PASSED, least=15),
    Goal("false alarms in 100 crawls", "recrawls", r"^(\d+) alarms in 100 crawls", most=0),
    Goal("address guard: attempts", "guard", r"^attempts +(\d+)", least=2000),
    Goal("… connections to the trap", "guard", r"^connections .*?(\d+)$", most=0),
    Goal("three workers, ten kills: requests too many, %", "workers", r"^requests, without .*\+([\d.]+)%", most=5),
    Goal("… findings of verify", "workers", r"^findings of verify +(\d+)", most=0),
    Goal("three workers: gaps under the delay", "politeness", r"^gaps under the delay +(\d+)", most=0),
    Goal("a host beside one that asks for patience, %", "patience", r"^median ([\d.]+) %", least=90),
    Goal("network cut for a minute, all complete: withdrawn", "outage", r"(\d+) withdrawn, exit code 0", most=0),
    Goal("slowest expression on 4,000 characters, ms", "regexes", r"worst (\d+) ms", most=50),
    Goal("a crawl of 20,000 documents, MB", "crawl", r"^\| 20000 \| .* \| (\d+) \| \d+ \| \d+ \|$", most=300),
    Goal("search of 100,000, p95, ms", "search", r"^\| \d+ \| [\d.]+ \| ([\d.]+) \|", most=100),
    Goal("log while people read, MB", "long_reader", r"^\('datasette', \d+, \d+, '(\d+)'", most=300),
    Goal("flips found of 1,000", "bitrot", r"^(\d+) of 1000 flips found", least=1000),
    Goal("… blamed on one record alone", "bitrot", r"found, (\d+) blamed", least=1000),
    Goal("a lost database, tests passed", "rebuild", PASSED, least=1),
    Goal("soak, minutes", "soak", r"^(\d+) minutes, \d+ workers", least=120),
    Goal("… exit code: every goal at its end", "soak", EXIT, most=0),
    Goal("the fast suite, s", "fast", r" in ([\d.]+)s", most=300),
)


def measure(folder: Path) -> Iterator[str]:
    """Run what the folder lacks; gives the names of the files that are made."""
    for name, command in COMMANDS.items():
        file = folder / f"{name}.txt"
        if not file.exists():
            yield name
            ran = subprocess.run([sys.executable, "-m", *shlex.split(command)], capture_output=True, text=True)
            file.write_text(f"{ran.stdout}{ran.stderr}\nexit code {ran.returncode}\n", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--run", action="store_true", help="measure what is not there yet")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    for name in measure(given.folder) if given.run else ():
        print(f"{name} …", file=sys.stderr, flush=True)
    rows = [(goal.name, goal.asked, *goal.read(given.folder), f"`{COMMANDS[goal.file]}`") for goal in GOALS]
    print(f"{machine()}\n\n{table(('goal', 'asked for', 'found', 'met', 'python -m'), rows)}")
    raise SystemExit(any(row[3] == "**no**" for row in rows))


if __name__ == "__main__":
    main()
