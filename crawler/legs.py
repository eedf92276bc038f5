"""One leg of a crawl on a cluster (crawler/cluster.py), as a worker does it: a slice from the store is crawled on this
disk, in a process of its own (crawler/forks.py), and what became of it, the shard, is put into the store.

The process dies with its worker. Its crawl is taken up where it was if the leg comes to this machine again.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from archive import shards
from archive.database import DATABASE, WARC, Archive
from archive.errors import GongkaiError, StoreError, UsageError
from archive.records import Reading
from archive.schema import VERSION
from archive.shipping import Store
from crawler import __version__
from crawler.forks import Forks
from pipelines.derive import RULES, derive

SITES, LEG, REPORT = "sites", "leg.json", "report.json"  # in the folder of a leg, beside the archive
SHARD = ".shard."  # in the name of a parcel
GLANCE = 0.2  # seconds between two looks at what became of things
PAUSES = (1.0, 5.0)  # seconds before a shard that the store did not take is sent again


@dataclass(frozen=True, slots=True)
class Rules:
    """What must be the same on every machine: the program, its readings, and the form of its archives."""

    gongkai: str = __version__
    extractor: str = Reading("gone", "", "").extractor
    derivation: str = RULES
    schema: int = VERSION


@dataclass(frozen=True, slots=True)
class Leg:
    """One journey of sites: its run and number, the store, and the parcel there with the slice."""

    run: str
    number: int
    sites: tuple[str, ...]
    store: str
    slice: str
    rules: Rules = field(default_factory=Rules)

    @property
    def name(self) -> str:
        return f"{self.run}.{self.number}"


def differing(who: str, there: Rules, here: Rules) -> str:
    names = [f.name for f in fields(Rules) if getattr(there, f.name) != getattr(here, f.name)]
    said = ", ".join(f"{name} {getattr(there, name)} instead of {getattr(here, name)}" for name in names)
    return f"{who} has another version: {said}; install gongkai {here.gongkai} there and start it again"


# --- on a worker ------------------------------------------------------------------------------------------------------

_crawling: dict[str, Leg] = {}  # in this worker, by name
_stopped: set[str] = set()  # runs that are to come home
_forks = Forks()


def travel(leg: Leg) -> str:
    """Crawl a leg; gives the parcel with the shard. One that was sent already, before its worker died, is enough."""
    if (here := Rules()) != leg.rules:
        raise UsageError(differing(f"the worker on {os.uname().nodename}", here, leg.rules))
    store = Store(leg.store)
    if sent := store.parcels(f"{leg.name}{SHARD}"):
        return sent[0]
    folder = _scratch() / leg.run / str(leg.number)
    if not folder.exists():
        _unpack(store, leg.slice, folder)
    report = _crawl_in(folder, leg)
    shards.close(folder)
    parcel = _sent(store, folder, f"{leg.name}{SHARD[:-1]}", {"sites": leg.sites, **report})
    shutil.rmtree(folder, ignore_errors=True)
    return parcel


def _sent(store: Store, folder: Path, name: str, about: Mapping[str, Any]) -> str:
    """Send a shard; one that the store does not take stays here meanwhile."""
    for pause in PAUSES:
        with contextlib.suppress(StoreError):
            return store.send(folder, (DATABASE, WARC), name, about)
        time.sleep(pause)
    return store.send(folder, (DATABASE, WARC), name, about)


def _scratch() -> Path:
    """Where workers of this machine crawl; a worker that comes in a dead one's place finds its legs there."""
    from distributed import get_worker

    return Path(get_worker().local_directory).parent / "gongkai"


def _unpack(store: Store, parcel: str, folder: Path) -> None:
    """A slice on this disk: whole, or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    half = Path(tempfile.mkdtemp(prefix="half-", dir=folder.parent))
    with store.opened(parcel) as sent:
        shutil.copytree(sent, half, dirs_exist_ok=True)
    half.rename(folder)


def _crawl_in(folder: Path, leg: Leg) -> dict[str, Any]:
    """Run the crawl of a leg in a process of its own until it ends, or its run is stopped; gives its report."""
    (folder / REPORT).unlink(missing_ok=True)
    contact = json.loads((folder / LEG).read_text("utf-8"))["contact"]
    _crawling[leg.name] = leg
    crawl, asked = _forks.begin("crawler.legs.main", str(folder), environment={"GONGKAI_CONTACT": contact}), False
    try:
        while not crawl.ended(GLANCE):
            if not asked and (asked := leg.run in _stopped):
                crawl.stop()
    finally:
        crawl.kill()
        del _crawling[leg.name]
    if (folder / REPORT).exists():
        return dict(json.loads((folder / REPORT).read_text("utf-8")))
    broken = None if asked else f"the crawl on {os.uname().nodename} ended before its time; the worker's log says why"
    return {"done": False, "broken": broken, "tops": {}}


def stop(runs: Collection[str]) -> list[Leg]:
    """Let legs of these runs come home with what they have; gives those that are still out on this worker."""
    _stopped.update(runs)
    return [leg for leg in _crawling.values() if leg.run in runs]


def out() -> list[Leg]:
    """The legs that this worker is crawling."""
    return list(_crawling.values())


def sweep(run: str, dask_worker: Any) -> None:
    """Remove what a run has left on this machine, as legs that were crawled elsewhere in the end."""
    shutil.rmtree(Path(dask_worker.local_directory).parent / "gongkai" / run, ignore_errors=True)


def clock(rules: Rules) -> tuple[Rules, float]:
    """By which rules this machine works, and what its clock says; `rules` are only here to be understood there."""
    return Rules(), time.time()


# --- the process that crawls, beside a worker -------------------------------------------------------------------------


def main(folder_name: str) -> None:
    """Crawl the slice in a folder; what it came to stands in its report."""
    folder = Path(folder_name)
    leg = json.loads((folder / LEG).read_text("utf-8"))
    try:
        with _mine(folder):
            report = _crawl(folder, leg)
    except GongkaiError as error:
        report = {"done": False, "broken": str(error), "tops": {}}
    (folder / f"{REPORT}.part").write_text(json.dumps(report, ensure_ascii=False), "utf-8")
    (folder / f"{REPORT}.part").rename(folder / REPORT)


@contextlib.contextmanager
def _mine(folder: Path) -> Iterator[None]:
    """Have a leg's folder; one that crawled here before, whose worker just died, may take a moment to end."""
    with (folder / f"{LEG}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _crawl(folder: Path, leg: Mapping[str, Any]) -> dict[str, Any]:
    from crawler.run import crawled

    with Archive(folder, alone=True) as archive:
        ended = crawled("listings", archive, verbose=leg["verbose"], changes=leg["changes"],
                        catalogue=folder / SITES, **leg["wishes"])  # fmt: skip
        if not ended.broken:
            derive(archive)
    broken = str(ended.broken) if ended.broken else None
    return {"done": ended.reason == "finished" and not broken, "broken": broken, "tops": ended.tops}
