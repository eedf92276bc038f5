"""`kill -9` at named points and at random moments: the archive becomes what an uninterrupted crawl makes it."""

from __future__ import annotations

import os
import random
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from archive.database import Archive
from crawler import settings
from crawler.readers import AHEAD
from tests.fake_site import KEY, FakeSite
from tests.running import COMMAND, catalogue_of, gongkai
from tests.test_crawl import compare

pytestmark = pytest.mark.slow

POINTS = [f"{point}:{nth}" for point, nths in {
    "after_warc": (1, 7, 40),
    "before_commit": (3, 12, 33, 55),
    "after_commit": (2, 9, 31, 52),
}.items() for nth in nths]  # fmt: skip


GROUPED = ["after_warc:50", "before_commit:3", "after_commit:4"]  # with several answers to a sync
EACH = ("-s", "GONGKAI_GROUP=1", "-s", "GONGKAI_READERS=0")
APART = ()  # pages are on their way to readers and back:
WITH_READERS = settings.GONGKAI_READERS * AHEAD  # so many at most: then the host waits
CRAWL = ("crawl", KEY)


def certificate(folder: Path) -> object:
    with Archive(folder) as archive:
        columns = "site, channel, claimed, archived, gone, blocked, failed, unread, pending, unexplained"
        return archive.db.execute(f"select {columns} from coverage order by site, channel").fetchall()


def interpretation(folder: Path) -> object:
    """What an archive says, without what depends on when it was fetched."""
    with Archive(folder) as archive:
        pages = archive.db.execute("select url, state from pages order by url").fetchall()
        readings = archive.db.execute(
            "select k.url, r.kind, d.content, r.metadata, r.evidence from pages p "
            "join readings r on r.capture = p.reading join captures k on k.id = r.capture "
            "join documents d on d.n = r.document order by k.url"
        ).fetchall()
        return pages, readings, archive.db.execute("select content from documents order by content").fetchall()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[object, object, int]:
    """What a crawl nobody disturbed makes of the site, and how often it asks."""
    folder = tmp_path_factory.mktemp("whole")
    site = FakeSite(documents=60)
    with site.serve(port=0):
        site_folder = catalogue_of(site, folder / "sites")
        gongkai("crawl", KEY, archive=folder / "a", catalogue=site_folder)
        requests = len(site.log)
        return _without_port(interpretation(folder / "a"), site.base_url), certificate(folder / "a"), requests


def _without_port(said: object, base: str) -> object:
    return eval(repr(said).replace(base, "http://site"))


def finish(
    site: FakeSite, folder: Path, catalogue: Path, whole: tuple[object, object, int], kills: int, group: int
) -> None:
    """Crawl to the end, then everything must be as if nothing had happened, and hardly anything asked twice."""
    gongkai("crawl", KEY, archive=folder, catalogue=catalogue)
    compare(site, folder)
    assert _without_port(interpretation(folder), site.base_url) == whole[0]
    assert certificate(folder) == whole[1]
    assert gongkai("verify", archive=folder).code == 0
    asked = Counter(hit.path for hit in site.log if hit.path != "/robots.txt")
    assert sum(asked.values()) - whole[2] <= kills * (group + 4)  # what was in flight: answered, not durable yet


@pytest.mark.parametrize(("point", "each"), [(point, EACH) for point in POINTS] + [(point, APART) for point in GROUPED])
def test_killed_at_a_named_point(
    point: str, each: tuple[str, ...], whole: tuple[object, object, int], tmp_path: Path
) -> None:
    site = FakeSite(documents=60)
    with site.serve():
        catalogue = catalogue_of(site, tmp_path / "sites")
        killed = gongkai(*CRAWL, *each, archive=tmp_path / "a", catalogue=catalogue, GONGKAI_KILL=point)
        assert killed.code == -9
        group = 1 if each is EACH else settings.GONGKAI_GROUP + WITH_READERS
        finish(site, tmp_path / "a", catalogue, whole, kills=1, group=group)


def test_killed_at_random_moments(whole: tuple[object, object, int], tmp_path: Path) -> None:
    """Ten kills of one crawl, each after so many requests as a seeded die says."""
    die, site = random.Random(7), FakeSite(documents=60)
    with site.serve():
        catalogue = catalogue_of(site, tmp_path / "sites")
        for _ in range(10):
            kill_after(site, die.randint(1, 14), tmp_path / "a", catalogue)
        finish(site, tmp_path / "a", catalogue, whole, kills=10, group=settings.GONGKAI_GROUP + WITH_READERS)


def kill_after(site: FakeSite, requests: int, folder: Path, catalogue: Path) -> None:
    """Starts a crawl and kills it as soon as the site has had so many requests from it."""
    command = [*COMMAND, "--archive", str(folder), "--catalogue", str(catalogue), "crawl", KEY]
    before = len(site.log)
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ)
    while process.poll() is None and len(site.log) - before < requests:
        with site.asked:
            site.asked.wait(timeout=0.05)
    process.kill()
    process.wait()
