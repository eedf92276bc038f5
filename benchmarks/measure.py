"""What every benchmark needs: a command as a whole process, its time and its memory, and a table."""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

GONGKAI = (sys.executable, "-c", "from crawler.cli import main; main()")


@dataclass(frozen=True, slots=True)
class Run:
    """One finished command: wall and CPU seconds, largest resident memory in MB, exit code, what it printed."""

    wall: float
    cpu: float
    memory: float
    code: int
    output: str


def run(command: Sequence[str], **environment: str) -> Run:
    """Runs a command to its end; memory is that of the largest process of it, as the system accounts it."""
    begun = time.monotonic()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, **environment}
    )
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.monotonic() - begun
    return Run(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, os.waitstatus_to_exitcode(status), output)


def gongkai(*arguments: str, archive: Path, catalogue: Path | None = None) -> Run:
    """Runs `gongkai` on an archive."""
    catalogued = ("--catalogue", str(catalogue)) if catalogue else ()
    return run([*GONGKAI, "--archive", str(archive), *catalogued, *arguments])


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    return "\n".join([*lines, *("| " + " | ".join(map(str, row)) + " |" for row in rows)])


def machine() -> str:
    """What this was measured on."""
    cores = os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**30
    return f"{cores} cores, {memory} GB, {platform.system()} {platform.machine()}, Python {platform.python_version()}"


def own_memory() -> float:
    """Largest resident memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
