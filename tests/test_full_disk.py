"""A disk that fills up, at seeded sizes so that WARC, write-ahead log and database each fail first: exit code 3, one
sentence that names the path, everything acknowledged intact, and the same command completes once there is room."""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
from pathlib import Path

import pytest

from archive.database import Archive
from tests.fake_site import KEY, FakeSite
from tests.running import COMMAND, catalogue_of, gongkai
from tests.test_crawl import compare

pytestmark = pytest.mark.slow

DIE = random.Random(20261120)
SIZES = sorted(DIE.randint(64, 1400) * 1024 for _ in range(3))


def limited(folder: Path, size: int) -> subprocess.CompletedProcess[str]:
    """A crawl of which no file may grow past this many bytes: EFBIG stands for ENOSPC."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    command = [*COMMAND, "--archive", str(folder / "a"), "--catalogue", str(folder / "sites"), "crawl", KEY]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, preexec_fn=limit,
                          env={**os.environ, "NO_COLOR": "1"})  # fmt: skip


@pytest.mark.parametrize("size", SIZES)
def test_files_that_may_not_grow(size: int, tmp_path: Path) -> None:
    site = FakeSite()
    with site.serve():
        catalogue = catalogue_of(site, tmp_path / "sites")
        ran = limited(tmp_path, size)
        assert "Traceback" not in ran.stderr, ran.stderr
        assert ran.returncode == 3, ran.stderr
        assert str(tmp_path / "a") in ran.stderr
        assert len(site.log) < 140  # nothing more is asked when nothing can be kept
        sound(tmp_path / "a")
        assert gongkai("crawl", KEY, archive=tmp_path / "a", catalogue=catalogue).code == 1
        compare(site, tmp_path / "a")
        assert gongkai("verify", archive=tmp_path / "a").code == 0


def sound(folder: Path) -> None:
    """Every row that was committed has its bytes."""
    if not (folder / "gongkai.db").exists() or not (folder / "gongkai.db").stat().st_size:
        return
    with Archive(folder, write=True) as archive:
        assert archive.db.execute("pragma integrity_check").fetchone()[0] == "ok"
        for _, capture, _ in archive.captures(limit=10_000):
            assert archive.read_payload(capture.location).status == capture.status


def test_a_disk_with_too_little_left(city: FakeSite, tmp_path: Path) -> None:
    """It stops before the disk is full."""
    catalogue = catalogue_of(city, tmp_path / "sites")
    ran = gongkai("crawl", KEY, "-s", f"GONGKAI_FREE={2**62}", archive=tmp_path / "a", catalogue=catalogue)
    assert ran.code == 3
    assert "GONGKAI_FREE" in ran.err
    assert str(tmp_path / "a") in ran.err
    assert city.log == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a file system")
@pytest.mark.parametrize("kib", [700])
def test_a_file_system_that_is_full(kib: int, city: FakeSite, tmp_path: Path) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        catalogue = catalogue_of(city, tmp_path / "sites")
        ran = gongkai("crawl", KEY, "-s", "GONGKAI_FREE=0", archive=folder, catalogue=catalogue)
        assert (ran.code, "Traceback" in ran.err) == (3, False), ran.err
        assert str(folder) in ran.err
        subprocess.run(["mount", "-o", "remount,size=64m", str(folder)], check=True)
        sound(folder)
        assert gongkai("crawl", KEY, "-s", "GONGKAI_FREE=0", archive=folder, catalogue=catalogue).code == 1
        compare(city, folder)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
