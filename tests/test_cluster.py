"""A crawl on a cluster, of real processes: what comes of it is what one machine makes, whoever dies on the way."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import crawler
from archive import shards
from archive.database import DATABASE, WARC, Archive
from archive.errors import UsageError
from archive.records import Channel, Site
from archive.shipping import Store
from crawler import legs
from crawler.cluster import _agree, _run, together
from tests.fake_site import FakeSite
from tests.running import COMMAND, Ran, gongkai
from tests.samples import store
from tests.test_shards import state

pytestmark = pytest.mark.slow

psutil = pytest.importorskip("psutil")  # comes with distributed
Client = pytest.importorskip("distributed").Client
CommClosedError = pytest.importorskip("distributed.comm").CommClosedError
SITES = 3
BUSY = 24  # requests after which a crawl is in full swing
FEW = ("-s", "GONGKAI_ATTACHMENTS=0")
QUICK = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "1s"}


@dataclass
class Cluster:
    """A scheduler and its workers, each a process of its own."""

    folder: Path
    address: str = ""
    nannies: tuple[int, ...] = ()

    @contextmanager
    def started(self) -> Iterator[Cluster]:
        scheduler = self.folder / "scheduler.json"
        with running("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
                     "--scheduler-file", str(scheduler)):
            self.address = until(lambda: address(scheduler))
            yield self

    def worker(self, name: str, **environment: str) -> Any:
        return running("dask_worker", self.address, "--name", name, "--nthreads", "2", "--no-dashboard",
                       "--host", "127.0.0.1", "--local-directory", str(self.folder), **environment)  # fmt: skip


def address(scheduler: Path) -> str | None:
    """Where a scheduler listens, by its file, once that is there and written to its end."""
    written = scheduler.read_text("utf-8") if scheduler.exists() else ""
    return found[1] if (found := re.search(r'"address": "([^"]+)"', written)) else None


@contextmanager
def running(command: str, *arguments: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A command of Dask, in a session of its own, which ends with the block."""
    made = [sys.executable, "-m", f"distributed.cli.{command}", *arguments]
    started = subprocess.Popen(made, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True,
                               cwd=tempfile.gettempdir(), env={**os.environ, **environment})  # fmt: skip
    try:
        yield started
    finally:
        os.killpg(started.pid, signal.SIGKILL)
        started.wait()


def until(true: Callable[[], Any]) -> Any:
    """Wait until something is so; gives it."""
    end = time.monotonic() + 180
    while not (found := true()):
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.02)
    return found


@dataclass
class Country:
    """Several of the bundled sites, each on a host of its own, and their catalogue."""

    sites: dict[str, FakeSite]
    catalogue: Path

    def asked(self) -> int:
        return sum(len(site.log) for site in self.sites.values())

    def tire(self) -> None:
        """Every site answers its share of `BUSY` at once and then takes its time: a crawl comes to be in full swing,
        and not to its end before a signal reaches it, however late that is sent (a fast machine had all 72 pages)."""
        for site in self.sites.values():
            site.tire(BUSY // SITES + 1, seconds=3)

    def overlapping(self) -> list[str]:
        """Sites of which a page was asked for more often than a kill excuses."""
        times = {key: Counter(hit.path for hit in site.log) for key, site in self.sites.items()}
        return [f"{key}: {found.most_common(1)}" for key, found in times.items() if max(found.values()) > 3]


@pytest.fixture
def country(tmp_path: Path) -> Iterator[Country]:
    with ExitStack() as serving:
        sites = {f"s{n}": FakeSite(documents=24, seed=n) for n in range(SITES)}
        (tmp_path / "sites").mkdir()
        for n, (key, site) in enumerate(sites.items(), start=2):
            base = serving.enter_context(site.serve(host=f"127.0.0.{n}"))
            slower = site.site_toml(base).replace("delay = 0", "delay = 0.02")
            (tmp_path / f"sites/{key}.toml").write_text(slower, "utf-8")
        yield Country(sites, tmp_path / "sites")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A scheduler with three workers."""
    with ExitStack() as workers, Cluster(tmp_path_factory.mktemp("cluster")).started() as made:
        made.nannies = tuple(workers.enter_context(made.worker(name)).pid for name in ("a", "b", "c"))
        yield made


def crawling(cluster: Cluster) -> list[tuple[psutil.Process, list[psutil.Process]]]:
    """The workers, each below its nanny, that have crawls under way, and these: forks of what a worker forks from."""
    below = [worker for nanny in cluster.nannies for worker in psutil.Process(nanny).children()]
    found = [(worker, [fork for child in worker.children() for fork in child.children()]) for worker in below]
    return [(worker, forks) for worker, forks in found if forks]


def begun(cluster: Cluster, folder: Path, country: Country, *more: str) -> subprocess.Popen[str]:
    """A crawl that goes on beside the test."""
    command = [*COMMAND, "--archive", str(folder), "--catalogue", str(country.catalogue), "crawl", "--cluster",
               cluster.address, *more]  # fmt: skip
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def alone(country: Country, folder: Path, *more: str) -> tuple[Ran, Any]:
    """What one machine makes of the same sites, and how it says so."""
    ran = gongkai("crawl", *more, archive=folder, catalogue=country.catalogue)
    for site in country.sites.values():
        site.log.clear()
    return ran, state(folder)



# --- as one machine ---------------------------------------------------------------------------------------------------


def test_it_comes_to_what_one_machine_makes_though_a_worker_is_killed(
    cluster: Cluster, country: Country, tmp_path: Path
) -> None:
    one, whole = alone(country, tmp_path / "one", *FEW)
    crawl = begun(cluster, tmp_path / "many", country, *FEW, "-s", "GONGKAI_LEG=4")
    killed, crawls = until(lambda: country.asked() > BUSY and crawling(cluster))[0]
    killed.kill()
    psutil.wait_procs(crawls, timeout=30)
    assert not any(crawl.is_running() for crawl in crawls)  # it died with its worker
    out, err = crawl.communicate(timeout=300)
    assert (crawl.returncode, out) == (one.code, one.out), err
    assert state(tmp_path / "many") == whole
    assert "sites crawled: 3/3" in err
    assert country.overlapping() == []
    assert [path for path in (tmp_path / "many/shards").rglob("*") if path.is_file()] == []
    assert gongkai("verify", archive=tmp_path / "many").code == 0


def test_a_cluster_of_its_own(country: Country, tmp_path: Path) -> None:
    one, whole = alone(country, tmp_path / "one", *FEW)
    many = gongkai("crawl", "--cluster", "local", *FEW, archive=tmp_path / "many", catalogue=country.catalogue)
    assert (many.code, many.out) == (one.code, one.out), many.err
    assert re.search(r"^dashboard: http://127\.0\.0\.1:\d+/status$", many.err, re.M)
    assert state(tmp_path / "many") == whole


def test_what_is_known_is_not_asked_for_again(cluster: Cluster, country: Country, tmp_path: Path) -> None:
    alone(country, tmp_path / "a", *FEW)
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    for site in country.sites.values():
        site.publish("tzgg")
    gongkai("crawl", *FEW, archive=tmp_path / "a", catalogue=country.catalogue)
    asked = Counter(hit.path for site in country.sites.values() for hit in site.log)
    for site in country.sites.values():
        site.log.clear()
    crawl = begun(cluster, tmp_path / "b", country, *FEW)
    crawl.communicate(timeout=300)
    assert Counter(hit.path for site in country.sites.values() for hit in site.log) == asked
    assert state(tmp_path / "a") == state(tmp_path / "b")


def test_what_is_interrupted_or_killed_goes_on(cluster: Cluster, country: Country, tmp_path: Path) -> None:
    one, whole = alone(country, tmp_path / "one", *FEW)
    country.tire()
    crawl = begun(cluster, tmp_path / "many", country, *FEW)
    until(lambda: country.asked() > BUSY)
    crawl.send_signal(signal.SIGINT)
    _, err = crawl.communicate(timeout=300)
    assert crawl.returncode == 130, err
    with Archive(tmp_path / "many") as archive:
        assert 0 < len(archive.captures()) < len(whole["interpretation"][0])
    asked = country.asked()
    country.tire()
    crawl = begun(cluster, tmp_path / "many", country, *FEW)
    until(lambda: country.asked() > asked + BUSY)
    crawl.kill()
    crawl.communicate(timeout=60)
    for site in country.sites.values():
        site.mend()
    crawl = begun(cluster, tmp_path / "many", country, *FEW)
    out, err = crawl.communicate(timeout=300)
    assert (crawl.returncode, out) == (one.code, one.out), err
    assert "merged what an earlier crawl left: s" in err
    assert state(tmp_path / "many")["interpretation"] == whole["interpretation"]
    assert country.overlapping() == []


# --- what does not come as it should ----------------------------------------------------------------------------------


def test_parcels_that_are_torn_double_or_of_nobody(cluster: Cluster, country: Country, tmp_path: Path) -> None:
    """Shards of a run that was killed: one twice, one torn, one of a site that the archive does not know."""
    catalogue, home = country.catalogue, tmp_path / "home"
    gongkai("crawl", "s0", "--limit", "2", *FEW, archive=home, catalogue=catalogue)
    with Archive(home, write=True) as archive:
        run = _run(*archive.db.execute("select started, pid from runs").fetchone())
        shards.carve(archive, ["s0"], [], tmp_path / "part")
    gongkai("crawl", "s0", *FEW, archive=tmp_path / "part", catalogue=catalogue)
    shards.close(tmp_path / "part")
    store = Store(str(home / "shards"))
    for number, sites in ((1, ["s0"]), (1, ["s0"]), (2, ["s0"]), (3, ["elsewhere"])):
        parcel = store.send(tmp_path / "part", (DATABASE, WARC), f"{run}.{number}.shard", {"sites": sites})
        if number == 2:
            torn = parcel
            (home / f"shards/{torn}/{DATABASE}").write_bytes(b"half")
    asked = country.asked()
    crawl = begun(cluster, home, country, "s0", *FEW)
    _, err = crawl.communicate(timeout=300)
    assert crawl.returncode == 1  # three pages refuse
    assert err.count("merged what an earlier crawl left: s0") == 2
    assert f"{torn} is torn: {DATABASE} is not what was sent. What it held is asked for again." in err
    assert f"{run}.3.shard" in err
    assert "is of elsewhere, which this archive does not know; it stays there" in err
    assert [name.split(".")[1] for name in store.parcels()] == ["3"]
    assert country.asked() - asked < 12  # nothing that was in a shard
    gongkai("crawl", "s0", *FEW, archive=tmp_path / "one", catalogue=catalogue)
    assert state(home)["interpretation"] == state(tmp_path / "one")["interpretation"]


def test_a_store_that_cannot_be_written_is_named(cluster: Cluster, country: Country, tmp_path: Path) -> None:
    (tmp_path / "store").write_bytes(b"no folder")
    ran = gongkai("crawl", "s0", "--cluster", cluster.address, "--store", tmp_path / "store", archive=tmp_path / "a",
                  catalogue=country.catalogue)  # fmt: skip
    assert ran.code == 3
    assert f"{tmp_path / 'store'}: cannot be written" in ran.err
    assert "Traceback" not in ran.err
    assert country.asked() == 0


def test_a_shard_that_the_store_does_not_take_is_sent_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / DATABASE).write_bytes(b"database")
    (tmp_path / "store").write_bytes(b"no folder")
    monkeypatch.setattr("crawler.legs.time.sleep", lambda seconds: (tmp_path / "store").unlink())
    store = Store(str(tmp_path / "store"))
    parcel = legs._sent(store, tmp_path / "part", "run.1.shard", {})
    assert store.parcels() == [parcel]


def test_a_worker_of_another_version_is_refused(cluster: Cluster, country: Country, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(Path(crawler.__file__).parent, other / "crawler")
    (other / "crawler/__init__.py").write_text('__version__ = "0.0.9"\n', "utf-8")
    with cluster.worker("old", PYTHONPATH=str(other)):
        with Client(cluster.address) as client:
            client.wait_for_workers(4, timeout=60)
        ran = gongkai("crawl", "--cluster", cluster.address, archive=tmp_path / "a", catalogue=country.catalogue)
    assert ran.code == 2
    assert re.search(r"worker tcp://127\.0\.0\.1:\d+ has another version: gongkai 0\.0\.9 instead of", ran.err)
    assert country.asked() == 0


def test_a_worker_that_dies_while_it_is_asked_its_version_keeps_nobody_from_crawling() -> None:
    class Dying:
        died: Exception

        def run_on_scheduler(self, asked: Callable[..., Any], rules: legs.Rules) -> Any:
            return asked(rules)

        def run(self, asked: Callable[..., Any], rules: legs.Rules, on_error: str) -> dict[str, Any]:
            return {"tcp://a:1": asked(rules), "tcp://b:1": self.died}

    client = Dying()
    client.died = CommClosedError("Stream is closed")
    _agree(client)
    client.died = ModuleNotFoundError("No module named 'crawler'")
    with pytest.raises(UsageError, match="worker tcp://b:1 cannot run gongkai"):
        _agree(client)


def test_a_scheduler_that_is_not_there(country: Country, tmp_path: Path) -> None:
    for address in ("tcp://127.0.0.1:9", "nowhere"):
        ran = gongkai("crawl", "--cluster", address, archive=tmp_path / "a", catalogue=country.catalogue, **QUICK)
        assert ran.code == 2, ran.err
        assert f"--cluster {address}: no scheduler answers there" in ran.err
        assert "Traceback" not in ran.err


def test_what_listens_and_is_no_scheduler(country: Country, tmp_path: Path) -> None:
    """Dask waits for a web server to speak as a scheduler does, for ever."""
    web = country.sites["s0"].base_url.replace("http", "tcp").rstrip("/")
    ran = gongkai("crawl", "--cluster", web, archive=tmp_path / "a", catalogue=country.catalogue, **QUICK)
    assert ran.code == 2, ran.err
    assert f"--cluster {web}: no scheduler answers there" in ran.err


def test_a_scheduler_that_goes_while_captures_are_read_again(tmp_path: Path) -> None:
    """It had no worker, which is said; nobody waits without knowing for what."""
    with Archive(tmp_path / "a", write=True) as archive:
        store(archive, "http://a.gov.cn/1.html")
    made = Cluster(tmp_path)
    with ExitStack() as living:
        living.enter_context(made.started())
        command = [*COMMAND, "--archive", str(tmp_path / "a"), "reextract", "--cluster", made.address]
        reading = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, **QUICK})
        said = next(line for line in reading.stderr or () if "no worker" in line)
        assert f"dask worker {made.address}" in said
        living.close()
        _, err = reading.communicate(timeout=60)
    assert reading.returncode == 1, err
    assert "gongkai: --cluster" in err
    assert "run it again to go on" in err


def test_sites_that_may_meet_at_a_host_travel_together() -> None:
    def site(key: str, url: str, *hosts: str) -> Site:
        return Site(key, key, url, "html", (Channel(key, "a", url),), hosts=hosts)

    sites = [site("province", "http://www.hunan.gov.cn/"), site("finance", "http://czt.hunan.gov.cn/zwgk/"),
             site("nation", "http://www.gov.cn/"), site("city", "https://fy.gov.cn/", ".yun.com"),
             site("cloud", "http://a.yun.com/"), site("twin", "http://www.fy.gov.cn/b/"),
             site("alone", "http://www.xa.gov.cn/")]  # fmt: skip
    found = sorted(sorted(site.key for site in group) for group in together(sites))
    assert found == [["alone"], ["city", "cloud", "twin"], ["finance", "province"], ["nation"]]


# --- reading again ----------------------------------------------------------------------------------------------------


def test_captures_are_read_again_afield(cluster: Cluster, country: Country, tmp_path: Path) -> None:
    gongkai("crawl", "s0", *FEW, archive=tmp_path / "a", catalogue=country.catalogue)
    before = state(tmp_path / "a")
    with Archive(tmp_path / "a", write=True) as archive:
        archive.db.execute("update readings set publisher = '别处' where kind = 'document'")
    ran = gongkai("reextract", "--cluster", cluster.address, archive=tmp_path / "a")
    assert ran.code == 0, ran.err
    assert "publisher" in ran.out
    assert state(tmp_path / "a") == before
