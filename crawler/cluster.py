"""A crawl on several machines, by Dask: sites go out from here, and what they bring comes home into this archive.

Politeness binds a host to one process, so what goes out is a site, together with those that it may share a host with.
It goes out in *legs* of some minutes. For each, a slice of the archive (archive/shards.py) is put into the shared store
(archive/shipping.py), a worker crawls it (crawler/legs.py) and puts the shard that became of it into the store; here it
is merged, and the site goes out again until its crawl is done.

A worker may die at any moment: Dask gives its legs to others, and a leg that is crawled again costs its time, never a
document. This process may die as well: what is in the store then is merged when the next crawl of this archive begins.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import signal
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError as cancelled
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import click

from archive import shards
from archive.database import DATABASE, WARC, Archive
from archive.errors import ArchiveError, ClusterError, StoreError, UsageError
from archive.merge import merge
from archive.records import Site
from archive.shipping import Store
from crawler import __version__
from crawler.legs import GLANCE, LEG, SHARD, SITES, Leg, Rules, clock, differing, out, stop, sweep, travel
from crawler.revisit import overdue
from crawler.terminal import progress

if TYPE_CHECKING:
    from distributed import Client, LocalCluster
    from scrapy.settings import Settings

    from crawler.report import Run
    from crawler.run import Ended

ABREAST = 8  # sites that a worker of `--cluster local` crawls at a time, each in a process of 150 MB
TRIES = 5  # how often in a row a leg may fail before its sites are given up
APART = 60.0  # seconds that two clocks may differ: whichever machine looked later is believed
FRUGAL = {"GONGKAI_READERS": "0"}  # at the pace of one site a process reads beside downloading; many share a machine
SILENT = {"GONGKAI_ALARM": "", "GONGKAI_METRICS": ""}  # a leg is no run: this process has the report


@contextlib.contextmanager
def connected(where: str) -> Iterator[Client]:
    """A client of the cluster at an address, or of one made on this machine (`local`). Raises UsageError where none
    answers, or where a machine has another version of gongkai."""
    try:
        from distributed import Client
    except ImportError:
        raise UsageError("--cluster needs Dask: pip install 'gongkai[cluster]'") from None
    with contextlib.ExitStack() as stack:
        try:
            cluster = stack.enter_context(_local()) if where == "local" else where
            client = stack.enter_context(_in_time(lambda: Client(cluster)))
        except (OSError, ValueError) as error:
            raise UsageError(f"--cluster {where}: no scheduler answers there ({error}); start one (dask scheduler), or "
                             "give its address as it says it, as tcp://10.0.0.1:8786") from None
        click.echo(f"dashboard: {client.dashboard_link}", err=True)
        _agree(client)
        if not client.nthreads():
            click.echo(f"no worker is there yet; start some: dask worker {client.scheduler.address}", err=True)
        yield client


def _in_time(begin: Callable[[], Client]) -> Client:
    """A client once it has begun. Dask waits for ever for what listens but is no scheduler, as a web server."""
    import dask
    from dask.utils import parse_timedelta

    longest = 2 * parse_timedelta(dask.config.get("distributed.comm.timeouts.connect"))
    begun: Future[Client] = Future()

    def wait() -> None:
        try:
            begun.set_result(begin())
        except BaseException as error:
            begun.set_exception(error)

    Thread(target=wait, daemon=True).start()
    try:
        return begun.result(longest)
    except TimeoutError:
        raise OSError(f"nothing that a scheduler would say came in {longest:.0f} s") from None


def _local() -> LocalCluster:
    """A worker for each core. They leave Ctrl-C, which a terminal sends to all of us, to this process, and do not look
    a hundred times a second at threads that only wait."""
    import dask
    from distributed import LocalCluster

    dask.config.set({"distributed.worker.profile.enabled": False})
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return LocalCluster(os.cpu_count(), threads_per_worker=ABREAST, silence_logs=logging.ERROR)
    finally:
        signal.signal(signal.SIGINT, before)


def _agree(client: Client) -> None:
    """Does every machine work by our rules and by the same clock?"""
    rules = Rules()
    found = {"the scheduler": _answer(lambda: client.run_on_scheduler(clock, rules))}
    found |= {f"worker {address}": said for address, said in client.run(clock, rules, on_error="return").items()
              if not isinstance(said, OSError)}  # it died just now; what comes in its place is asked by its first leg
    for who, said in found.items():
        if isinstance(said, BaseException):
            raise UsageError(f"{who} cannot run gongkai ({said}); install gongkai {__version__} with [cluster] there")
        if said[0] != rules:
            raise UsageError(differing(who, said[0], rules))
        if abs(said[1] - time.time()) > APART:
            raise UsageError(f"the clock of {who} differs by {said[1] - time.time():+.0f} s; let NTP set both")


def _answer(asked: Any) -> Any:
    try:
        return asked()
    except Exception as error:  # of whatever kind: it came from there
        return error


def together(sites: Sequence[Site]) -> list[list[Site]]:
    """The sites by the hosts that they may meet at: a site asks its own hosts, and for files also those below them
    (oss.example.gov.cn). What belongs to nobody (gov.cn) binds nobody together."""
    from crawler.spiders.pages import hosts_of

    above: dict[str, str] = {}

    def root(name: str) -> str:
        while above.setdefault(name, name) != name:
            above[name] = name = above[above[name]]
        return name

    hosts = {site.key: hosts_of(site) for site in sites}
    domains = {key: [host.removeprefix(".").removeprefix("www.") for host in found] for key, found in hosts.items()}
    known = {domain for found in domains.values() for domain in found if domain.count(".") > 1}
    known |= {host.removeprefix(".") for found in hosts.values() for host in found if host.startswith(".")}
    for key, found in domains.items():
        for domain in found:
            above[root(domain)] = root(f"site {key}")
            parents = (domain.split(".", n)[n] for n in range(1, domain.count(".")))
            for parent in known.intersection(parents):
                above[root(domain)] = root(parent)
    groups: dict[str, list[Site]] = {}
    for site in sites:
        groups.setdefault(root(f"site {site.key}"), []).append(site)
    return list(groups.values())


def crawl(
    archive: Archive, sites: Sequence[Site], where: str, store: str | None, catalogue: Path, changes: Mapping[str, str],
    verbose: bool, **wishes: Any,
) -> Ended:
    """Crawl sites, which are this process's, on a cluster, as `crawler.run` does here."""
    from crawler.fetch import settings
    from crawler.report import Run
    from crawler.run import Ended, finished

    made = settings(**changes)
    leg = {} if wishes["limit"] else {"CLOSESPIDER_TIMEOUT": made["GONGKAI_LEG"]}  # a limit is that of one leg
    told = {**FRUGAL, **changes, **SILENT, **leg}
    task = {"changes": told, "contact": made["GONGKAI_CONTACT"], "verbose": verbose, "wishes": wishes}
    with connected(where) as client:
        journey = Journey(archive, client, Store(store or str((archive.folder / "shards").absolute())), made)
        journey.take_up({site.key for site in sites})
        noted = Run(archive, "listings")
        with _stopping(journey):
            broken = journey.go(noted, sites, catalogue, task)
        journey.clear()
    return finished(Ended("shutdown" if journey.stopped else "finished", broken, noted, journey.tops, made))


@contextlib.contextmanager
def readers(where: str) -> Iterator[tuple[Executor, int]]:
    """The workers of a cluster as processes that read (crawler/recorded.py), and how many pages they read at a time."""
    from distributed import CancelledError, KilledWorker
    from distributed.comm import CommClosedError

    with connected(where) as client, client.get_executor(pure=False) as afield:
        try:
            yield afield, max(1, sum(client.nthreads().values()))
        except (CancelledError, cancelled, KilledWorker, CommClosedError) as error:
            raise ClusterError(f"--cluster {where}: its scheduler or its workers are gone "
                               f"({str(error) or 'cancelled'}); run it again to go on.") from None  # fmt: skip


@contextlib.contextmanager
def _stopping(journey: Journey) -> Iterator[None]:
    """Inside, the first Ctrl-C lets everything come home; the second ends this process as usual."""

    def come_home(number: int, frame: object) -> None:
        if journey.stopped:
            raise KeyboardInterrupt
        journey.stopped = True
        click.echo("stopping: what is out comes home with what it has; once more to leave it", err=True)

    before = [(number, signal.signal(number, come_home)) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        yield
    finally:
        for number, usual in before:
            signal.signal(number, usual)


@dataclass(slots=True)
class Party:
    """Sites that travel together: the pages that this run is to ask for again, and how often a leg of theirs failed."""

    sites: list[Site]
    again: list[str]
    failed: int = 0


class Journey:
    """One run: what is out, and what came home."""

    def __init__(self, archive: Archive, client: Client, store: Store, made: Settings) -> None:
        self.archive, self.client, self.store, self.made = archive, client, store, made
        self.out: dict[Any, tuple[Party, Leg]] = {}  # by their futures
        self.tops: dict[str, Any] = {}  # as `Ended` has them
        self.lost: dict[str, str] = {}  # sites that were given up, and why
        self.stopped = False
        self.legs = 0

    # --- what an earlier run has left --------------------------------------------------------------------------------

    def take_up(self, sites: set[str]) -> None:
        """Call home what runs of this archive that were killed have out, and merge what they put into the store. Only
        what is of `sites`, which are this process's: of others a crawl may live."""
        runs = {_run(*row) for row in self.archive.db.execute("select started, pid from runs")}
        while any(leg.run in runs and sites >= set(leg.sites) for leg in self._everywhere(out)):
            self._everywhere(stop, runs)
            time.sleep(GLANCE)
        for parcel in self.store.parcels():
            if parcel.partition(".")[0] in runs:
                self._left(parcel, sites)

    def _left(self, parcel: str, sites: set[str]) -> None:
        try:
            whose = self._whose(parcel)
        except StoreError as error:
            click.echo(f"gongkai: {error}", err=True)
            return
        if not sites >= whose:
            return
        try:
            if SHARD in parcel:
                self.merge(parcel)
                click.echo(f"merged what an earlier crawl left: {', '.join(sorted(whose))}", err=True)
        except StoreError as error:
            click.echo(f"gongkai: {error} What it held is asked for again.", err=True)
        self.store.drop(parcel)

    def _everywhere(self, what: Any, *arguments: Any) -> list[Leg]:
        """What every worker that is there says."""
        said = self.client.run(what, *arguments, on_error="ignore")
        return [leg for legs in said.values() for leg in legs]

    # --- this run ----------------------------------------------------------------------------------------------------

    def go(self, noted: Run, sites: Sequence[Site], catalogue: Path, task: Mapping[str, Any]) -> Exception | None:
        """Send the sites out until each is done; gives what ended that early, or kept some from being crawled. `task`
        is what each leg is told beside."""
        self.run, self.begun = _run(noted.since, os.getpid()), noted.since
        self.catalogue, self.task = catalogue, task
        try:
            for site in sites:
                self.archive.enrol(site)
            self._all(deque(self._party(group) for group in together(sites)))
        except (ArchiveError, ClusterError) as error:
            return error
        lost = "; ".join(f"{site}: {why}" for site, why in self.lost.items())
        return ClusterError(f"not crawled to the end ({lost}); run it again.") if lost else None

    def clear(self) -> None:
        """Leave nothing behind, in the store or on the workers."""
        self.store.clear(f"{self.run}.")
        self.client.run(sweep, self.run, on_error="ignore")

    def _party(self, sites: list[Site]) -> Party:
        budget, moment = self.made.getint("GONGKAI_REVISITS"), datetime.now(UTC)
        return Party(sites, [page for site in sites for page in overdue(self.archive, site.key, budget, moment)])

    def _all(self, waiting: deque[Party]) -> None:
        tell, done, total = progress("sites crawled"), 0, sum(len(party.sites) for party in waiting)
        while self.out or (waiting and not self.stopped):
            while waiting and not self.stopped and len(self.out) < self._room() and self._departs(waiting[0]):
                waiting.popleft()
            for future in self._arrived():
                party, leg = self.out.pop(future)
                match self._came(future, party, leg):
                    case "done":
                        done += len(party.sites)
                        tell(done, total)
                    case "on":
                        waiting.appendleft(party)

    def _room(self) -> int:
        """How many legs may be out: one for each thread, and one to wait at each worker."""
        threads: dict[str, int] = self.client.nthreads()
        return sum(threads.values()) + len(threads)

    def _departs(self, party: Party) -> bool:
        """Send a party out; false where the store is full and what is out will make room in it."""
        try:
            self._submit(party, self._leg(party))
        except StoreError:
            if not self.out:
                raise
            return False
        return True

    def _leg(self, party: Party) -> Leg:
        """The next leg of a party, its slice in the store."""
        keys, self.legs = tuple(site.key for site in party.sites), self.legs + 1
        wishes = {**self.task["wishes"], "site": ",".join(keys), "begun": self.begun}
        with tempfile.TemporaryDirectory(prefix="gongkai-") as made:
            folder = Path(made)
            shards.carve(self.archive, keys, self._still(party.again), folder)
            (folder / SITES).mkdir()
            for key in keys:
                shutil.copyfile(self.catalogue / f"{key}.toml", folder / SITES / f"{key}.toml")
            (folder / LEG).write_text(json.dumps({**self.task, "wishes": wishes}), "utf-8")
            parcel = self.store.send(folder, (DATABASE, WARC, SITES, LEG), f"{self.run}.{self.legs}.slice",
                                     {"sites": keys})  # fmt: skip
        return Leg(self.run, self.legs, keys, self.store.url, parcel)

    def _still(self, pages: Sequence[str]) -> list[str]:
        """Those that no leg of this run has asked for yet."""
        query = "select 1 from pages where url = ? and checked < ?"
        return [url for url in pages if self.archive.db.execute(query, (url, self.begun)).fetchone()]

    def _submit(self, party: Party, leg: Leg) -> None:
        future = self.client.submit(travel, leg, key=f"{leg.sites[0]}-{leg.name}-{party.failed}", pure=False)
        self.out[future] = party, leg

    def _arrived(self) -> list[Any]:
        """The legs that came home, or failed, since this was asked last; it waits a moment for one."""
        from distributed import wait

        if self.stopped:
            self._everywhere(stop, {self.run})
        if self.client.status != "running":
            raise ClusterError("the scheduler is gone; what workers still send is merged when this is run again.")
        if not self.out:
            time.sleep(GLANCE)
            return []
        with contextlib.suppress(TimeoutError):
            return list(wait(list(self.out), timeout=1, return_when="FIRST_COMPLETED").done)
        return []

    def _came(self, future: Any, party: Party, leg: Leg) -> str:
        """Take in what a leg has brought: is the party `done`, does it go `on` to its next leg, or is this one tried
        again (`out`)?"""
        try:
            parcel = future.result()
            said = self.store.about(parcel)
        except Exception as error:  # of whatever kind: it came from there
            return self._again(party, leg, str(error) or type(error).__name__)
        try:
            self.merge(parcel)
        except StoreError as error:
            self.store.drop(parcel)
            return self._again(party, leg, str(error))
        self.store.drop(parcel)
        self.store.drop(leg.slice)
        self.tops |= said["tops"]
        if said["broken"]:
            return "done" if self._given_up(party, said["broken"]) else "on"
        party.failed = 0
        return "done" if said["done"] else "on"

    def merge(self, parcel: str) -> None:
        """Take a shard in. StoreError where it is torn, or not of sites that this archive has."""
        self._whose(parcel)
        with self.store.opened(parcel) as folder:
            merge(self.archive, folder)

    def _whose(self, parcel: str) -> set[str]:
        """The sites of a parcel."""
        whose = set(self.store.about(parcel)["sites"])
        if unknown := whose - set(self.archive.site_keys()):
            raise StoreError(f"{self.store.url}: {parcel} is of {', '.join(sorted(unknown))}, which this archive does "
                             "not know; it stays there, and `gongkai merge` can take it.")  # fmt: skip
        return whose

    def _again(self, party: Party, leg: Leg, why: str) -> str:
        if self._given_up(party, why) or self.stopped:
            return "done"
        self._submit(party, leg)
        return "out"

    def _given_up(self, party: Party, why: str) -> bool:
        """Note that a leg failed. Was that once too often?"""
        party.failed += 1
        click.echo(f"gongkai: {party.sites[0].key}, try {party.failed} of {TRIES}: {why}", err=True)
        if party.failed >= TRIES:
            self.lost |= {site.key: why for site in party.sites}
        return party.failed >= TRIES


def _run(started: str, pid: int) -> str:
    """What a run is called on its journey."""
    return f"{started.replace(':', '').replace('-', '')}-{pid}"
