"""A clock that is wrong, or set back while a site is crawled: the same rows, only the times of the crawl differ."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.database import Archive
from tests.fake_site import KEY, FakeSite
from tests.running import COMMAND, catalogue_of
from tests.test_kill import certificate, interpretation

FOUND = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not FOUND, reason="no libfaketime here: apt install libfaketime")]

DOCUMENTS = 24
CLOCKS = {
    "just after its beginning": ("@1970-01-02 00:00:00",),
    "when 32 bits are full": ("@2038-01-19 03:14:00",),
    "far ahead": ("@2099-06-01 12:00:00",),
    "set back in between": ("+0d", "-400d"),
    "set forward in between": ("+0d", "+400d"),
}


@pytest.fixture(scope="module")
def site() -> Iterator[FakeSite]:
    served = FakeSite(DOCUMENTS)
    with served.serve():
        yield served


def crawled(site: FakeSite, folder: Path, *clock: str) -> tuple[dict[str, object], object, object]:
    """The report of a crawl whose wall clock says so, and what the archive says; a second clock after ten requests."""
    catalogue, file, before = catalogue_of(site, folder / "sites"), folder / "clock", len(site.log)
    file.write_text(clock[0] if clock else "+0d")
    faked = {"LD_PRELOAD": str(FOUND[0]), "FAKETIME_TIMESTAMP_FILE": str(file), "FAKETIME_NO_CACHE": "1",
             "FAKETIME_DONT_FAKE_MONOTONIC": "1", "TZ": "UTC"}  # fmt: skip
    command = [*COMMAND, "--archive", str(folder / "a"), "--catalogue", str(catalogue), "crawl", KEY, "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               env={**os.environ, **(faked if clock else {})})  # fmt: skip
    while process.poll() is None and len(site.log) - before < 10:
        with site.asked:
            site.asked.wait(timeout=0.05)
    file.write_text(clock[-1] if clock else "+0d")
    out, err = process.communicate(timeout=120)
    assert (process.returncode, "Traceback" in err) == (1, False), err
    return json.loads(out), interpretation(folder / "a"), certificate(folder / "a")


@pytest.fixture(scope="module")
def usual(site: FakeSite, tmp_path_factory: pytest.TempPathFactory) -> tuple[object, object]:
    report, says, certified = crawled(site, tmp_path_factory.mktemp("usual"))
    assert report["new"]
    return says, certified


@pytest.mark.parametrize("name", CLOCKS)
def test_the_same_rows_whatever_the_clock_says(
    name: str, site: FakeSite, usual: tuple[object, object], tmp_path: Path
) -> None:
    report, says, certified = crawled(site, tmp_path, *CLOCKS[name])
    assert (says, certified) == usual
    assert 0 <= report["seconds"] < 100  # not 400 days
    with Archive(tmp_path / "a") as archive:
        years = {at[:4] for (at,) in archive.db.execute("select fetched_at from captures")}
    wanted = {clock[1:5] for clock in CLOCKS[name] if clock.startswith("@")}
    assert wanted <= years if wanted else len(years) >= 2
