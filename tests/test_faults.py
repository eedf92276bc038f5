"""Every call of a crawl that writes, failed in its turn: a seeded sample (all: `python -m benchmarks.faults`)."""

from __future__ import annotations

import errno
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.database import Archive
from archive.verify import verify
from tests.fake_site import KEY, FakeSite
from tests.faults import COMPILER, Call, Fault, calls
from tests.nursery import Nursery
from tests.running import catalogue_of
from tests.test_crawl import compare

DOCUMENTS = 8
SAMPLE = 5

pytestmark = [pytest.mark.slow, pytest.mark.skipif(COMPILER is None, reason="no C compiler here, which the shim needs")]


class Bench:
    """A site and a crawl of it, again and again into new archives."""

    def __init__(self, folder: Path, nursery: Nursery) -> None:
        self.folder, self.nursery, self.number = folder, nursery, 0
        self.site = FakeSite(DOCUMENTS, oddities=False)

    def calls(self, only: str = "") -> list[Call]:
        """The calls of a first crawl that nobody disturbs."""
        self.number += 1
        archive, log = self.folder / f"whole{self.number}", self.folder / f"log{self.number}"
        ran = self.nursery.run(self.command(archive), Fault(only=only).environment(archive, log))
        assert ran.code == 0, ran.said
        return calls(log)

    def command(self, archive: Path) -> list[str]:
        catalogue = catalogue_of(self.site, self.folder / "sites")
        return ["--archive", str(archive), "--catalogue", str(catalogue), "crawl", KEY]

    def tried(self, fault: Fault) -> str:
        """A crawl with this fault and the same command once more; `told` (exit code 3, the path named), `unharmed`
        (complete all the same), or what is wrong."""
        self.number += 1
        archive = self.folder / f"a{self.number}"
        ran = self.nursery.run(self.command(archive), fault.environment(archive))
        if "Traceback" in ran.said or "Warning" in ran.said:
            return f"not for users: {ran.said[-600:]}"
        if ran.code != 0 and (ran.code != 3 or str(self.folder) not in ran.said):
            return f"exit code {ran.code}: {ran.said[-300:]}"
        if problem := unsound(archive, ran.acknowledged):
            return problem
        again = self.nursery.run(self.command(archive), {})
        if again.code:
            return f"once more: {again.code}, {again.said[-300:]}"
        try:
            compare(self.site, archive)
        except AssertionError as error:
            return f"not what the site holds: {' '.join(str(error).split())[:300]}"
        return unsound(archive, ran.acknowledged) or ("told" if ran.code else "unharmed")


def unsound(folder: Path, acknowledged: int) -> str:
    """What is wrong with an archive that may just have been begun."""
    if not (folder / "gongkai.db").exists() or not (folder / "gongkai.db").stat().st_size:
        return "" if not acknowledged else "there is no database"
    with Archive(folder, write=True) as archive:
        rows = archive.db.execute("select count(*) from captures").fetchone()[0]
    if rows < acknowledged:
        return f"{acknowledged - rows} captures are lost"
    with Archive(folder) as archive:
        return "; ".join(f"{found.where}: {found.problem}" for found in verify(folder, archive.db))


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("faults")
    with Nursery(folder / "nursery") as nursery:
        made = Bench(folder, nursery)
        with made.site.serve():
            yield made


def test_every_kind_of_call_is_counted(bench: Bench) -> None:
    kinds = {(call.name, call.file.rpartition(".")[2]) for call in bench.calls()}
    assert {("pwrite", "db-wal"), ("fsync", "db-wal"), ("pwrite", "db"), ("fsync", "db"), ("write", "open"),
            ("fsync", "open"), ("rename", "open"), ("open", "open"), ("open", "db")} <= kinds  # fmt: skip


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO], ids=["ENOSPC", "EIO"])
def test_a_call_that_fails_is_told_and_loses_nothing(number: int, bench: Bench) -> None:
    die, many = random.Random(number), len(bench.calls())
    faults = [Fault(die.randint(1, many), number, stays=die.random() < 0.5) for _ in range(SAMPLE)]
    assert {fault: said for fault in faults if (said := bench.tried(fault)) not in ("told", "unharmed")} == {}


@pytest.mark.parametrize("only", ["fsync:warc.gz.open", "fsync:db-wal", "write:lock"])
def test_what_is_written_is_told_by_its_path(only: str, bench: Bench) -> None:
    """Also where the system knows a file by its number alone. A sync that failed is never tried again: it would say
    that all is well."""
    assert bench.tried(Fault(1, errno.EIO, only)) == "told"


def test_a_recording_from_which_nothing_can_be_taken_back_is_told_too(bench: Bench) -> None:
    """A record is begun, and neither it nor the cut behind the last whole one can be written."""
    writes = [number for number, call in enumerate(bench.calls(only=":warc.gz.open"), start=1) if call.name == "write"]
    for at in (writes[0], writes[1], writes[-1]):
        assert bench.tried(Fault(at, errno.EIO, ":warc.gz.open", stays=True)) == "told"


def test_a_lease_that_cannot_be_written_is_no_fault_of_a_page(bench: Bench) -> None:
    """What was to be asked then waits for the next run, not for an hour."""
    port = bench.site.base_url.rpartition(":")[2]
    many = [call for call in bench.calls() if call.name == "pwrite" and call.file.endswith(port)]
    assert many
    said = {bench.tried(Fault(at, errno.EIO, f"pwrite:{port}")) for at in (2, len(many) // 2, len(many))}
    assert "told" in said <= {"told", "unharmed"}  # the last one comes after the last answer
