"""Lets one call of a crawl that writes fail, or ends the process there: each in its turn, as curl and SQLite are
tested.

tests/faults.c is compiled with the machine's compiler and preloaded, so that SQLite's own calls are among them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

SOURCE = Path(__file__).with_suffix(".c")
COMPILER = shutil.which("cc")

Deed = Literal["kill", "torn", "late"]  # before the call; after half of a write; after the call


@dataclass(frozen=True, slots=True)
class Fault:
    """The `at`th call (0: none) fails with an errno, or the process ends there. `only` counts calls of one kind on
    files whose name ends so, as `pwrite:db-wal`; `stays`: everything later fails too, as on a disk that stays full."""

    at: int = 0
    do: int | Deed = "kill"
    only: str = ""
    stays: bool = False

    def environment(self, folder: Path, log: Path | None = None) -> dict[str, str]:
        """For a process that writes below a folder; `log` gets a line for each call."""
        named = {"LD_PRELOAD": str(library()), "FAULTS_FOLDER": f"{folder.resolve()}/", "FAULTS_ONLY": self.only,
                 "FAULTS_AT": str(self.at), "FAULTS_DO": str(self.do)}  # fmt: skip
        return named | ({"FAULTS_STAYS": "1"} if self.stays else {}) | ({"FAULTS_LOG": str(log)} if log else {})


@cache
def library() -> Path:
    """The shim, compiled once for this version of it."""
    made = Path(tempfile.gettempdir()) / f"gongkai-faults-{os.getuid()}-{int(SOURCE.stat().st_mtime)}.so"
    if not made.exists():
        new = made.with_suffix(f".{os.getpid()}")
        subprocess.run([COMPILER or "cc", "-shared", "-fPIC", "-O1", "-o", str(new), str(SOURCE), "-ldl"], check=True)
        new.replace(made)
    return made


@dataclass(frozen=True, slots=True)
class Call:
    """One call that was counted: what it did to which file below the folder."""

    number: int
    name: str
    file: str


def calls(log: Path) -> list[Call]:
    """What a log holds."""
    lines = (line.split(" ", 2) for line in log.read_text().splitlines())
    return [Call(int(number), name, file) for number, name, file in lines]
