"""The project is a plain Scrapy project too: `scrapy list`, `scrapy crawl …` with arguments, in the archive that the
environment names."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from archive.database import Archive
from tests.fake_site import KEY, FakeSite
from tests.running import catalogue_of
from tests.test_crawl import compare

ROOT = Path(__file__).resolve().parent.parent


def scrapy(*arguments: str, archive: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scrapy", *arguments]
    environment = {**os.environ, "GONGKAI_ARCHIVE": str(archive)}
    return subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=ROOT, env=environment)


def test_scrapy_lists_the_spiders(tmp_path: Path) -> None:
    assert scrapy("list", archive=tmp_path / "a").stdout.split() == ["listings", "pages"]


def test_scrapy_walks_a_site(city: FakeSite, tmp_path: Path) -> None:
    catalogue = catalogue_of(city, tmp_path / "sites")
    done = scrapy("crawl", "listings", "-a", f"site={KEY}", "-a", f"catalogue={catalogue}", archive=tmp_path / "a")
    assert done.returncode == 0, done.stderr
    compare(city, tmp_path / "a")


def test_scrapy_fetches_a_page(city: FakeSite, tmp_path: Path) -> None:
    url = city.held()[0].url
    done = scrapy("crawl", "pages", "-a", f"url={url}", archive=tmp_path / "a")
    assert done.returncode == 0, done.stderr
    with Archive(tmp_path / "a") as archive:
        assert archive.db.execute("select url, state from pages").fetchall() == [(url, "archived")]
