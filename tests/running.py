"""Runs `gongkai` as a person does: a process of its own, its output and its exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.fake_site import KEY, FakeSite

COMMAND = (sys.executable, "-c", "from crawler.cli import main; main()")


@dataclass(frozen=True, slots=True)
class Ran:
    """One finished command."""

    code: int
    out: str
    err: str


# As somebody to whom permissions apply: root without its capabilities is a stranger in what it may not write.
MORTAL = ("setpriv", "--bounding-set=-all", "--inh-caps=-all") if os.geteuid() == 0 else ()


def gongkai(
    *arguments: str | Path, archive: Path, catalogue: Path | None = None, under: Sequence[str] = (), **environment: str
) -> Ran:
    """Runs a command on an archive, to its end, `under` another one."""
    catalogued = ("--catalogue", str(catalogue)) if catalogue else ()
    command = [*under, *COMMAND, "--archive", str(archive), *catalogued, *map(str, arguments)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=900, env={**os.environ, "NO_COLOR": "1", **environment}
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def catalogue_of(site: FakeSite, folder: Path, delay: float = 0) -> Path:
    """A catalogue that holds the bundled site as it is served now."""
    folder.mkdir(exist_ok=True)
    toml = site.site_toml(site.base_url)
    (folder / f"{KEY}.toml").write_text(toml, "utf-8")
    return folder
