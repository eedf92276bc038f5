"""Commands of gongkai by the hundred: each is a fork of one process that has imported everything already.

The child is as if it had been started by hand, but for the 0.7 s of imports: it has its own arguments, environment and
output. It tells the number of the last capture after every commit (`acknowledged`), and tests/faults.c ends or fails it
where it is told to.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tests.faults import library


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: exit code (negative: the signal), what it printed, the last capture it had committed."""

    code: int
    said: str
    acknowledged: int


class Nursery:
    """Runs one command after the other. `folder` is where their output goes."""

    def __init__(self, folder: Path) -> None:
        self.output, self.told = folder / "output", folder / "told"
        folder.mkdir(parents=True, exist_ok=True)
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from tests.nursery import serve; serve()"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, env={**os.environ, "LD_PRELOAD": str(library()), "NO_COLOR": "1"},
        )  # fmt: skip

    def __enter__(self) -> Nursery:
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()

    def run(
        self, arguments: list[str], environment: Mapping[str, str] = {}, meanwhile: Callable[[int], object] = id
    ) -> Ended:
        """A command to its end; `meanwhile` is called with its process number."""
        assert self.process.stdin
        assert self.process.stdout
        wish = {"arguments": arguments, "environment": dict(environment), "output": str(self.output),
                "told": str(self.told)}  # fmt: skip
        self.process.stdin.write(json.dumps(wish) + "\n")
        self.process.stdin.flush()
        meanwhile(int(self.process.stdout.readline()))
        code = int(self.process.stdout.readline())
        told = self.told.read_text().split()
        return Ended(code, self.output.read_text(), int(told[-1]) if told else 0)


def serve() -> None:
    """One line in, a child, its number and its code out."""
    import crawler.cli
    import crawler.run  # imported once for all children
    import crawler.spiders.listings  # noqa: F401

    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            _be(json.loads(line))
        print(pid, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


def _be(wish: dict[str, Any]) -> None:
    """Become the command."""
    from crawler.cli import main

    os.environ.update(wish["environment"])
    with Path(wish["output"]).open("w") as output, Path(wish["told"]).open("w", buffering=1) as told:
        for descriptor in (1, 2):
            os.dup2(output.fileno(), descriptor)
        _acknowledge(told)
        _die_after(*wish["environment"].get("NURSERY_KILL", "").split())
        ctypes.CDLL(None).faults_begin()
        code: Any = 1
        try:
            main(wish["arguments"])
        except SystemExit as ended:
            code = ended.code
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code if isinstance(code, int) else 0)


def _die_after(place: str = "", nth: str = "1") -> None:
    """End the process when a function returns for the nth time: `archive.search:index`."""
    if not place:
        return
    module, name = importlib.import_module(place.partition(":")[0]), place.partition(":")[2]
    function, left = getattr(module, name), [int(nth)]

    def mortal(*arguments: Any, **named: Any) -> Any:
        result = function(*arguments, **named)
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(module, name, mortal)


def _acknowledge(told: IO[str]) -> None:
    """After every commit, tell what is durable now."""
    from archive.database import Archive

    commit = Archive._commit

    def committed(archive: Archive) -> None:
        commit(archive)
        told.write(f"{archive.db.execute('select coalesce(max(id), 0) from captures').fetchone()[0]}\n")

    Archive._commit = committed  # type: ignore[method-assign]
