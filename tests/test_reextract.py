"""Reading an archive again on several cores: what differs is written, a run that stopped goes on, a reader that dies
costs no page."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest

from archive.database import Archive
from crawler import reextract as module
from crawler.reextract import MARK, Changes, Worker, reextract
from tests.fake_site import KEY, FakeSite
from tests.running import catalogue_of, gongkai

PAGES = "select count(*) from captures where walk is null and not enclosed"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reextract")
    site = FakeSite(documents=140, oddities=False)
    with site.serve():
        words = ("-s", "GONGKAI_ATTACHMENTS=0")
        assert gongkai("crawl", KEY, *words, archive=folder / "a", catalogue=catalogue_of(site, folder / "s")).code == 0
    return folder / "a"


@pytest.fixture
def archive(folder: Path) -> Iterator[Archive]:
    with Archive(folder, write=True) as archive:
        yield archive


def spoil(archive: Archive) -> int:
    """As if older rules had read every third publisher wrong; gives how many."""
    return archive.db.execute("update readings set publisher = '某局' where capture % 3 = 0 and kind = 'document'"
                              ).rowcount  # fmt: skip


def test_what_differs_is_written_and_nothing_else(archive: Archive) -> None:
    spoiled, total = spoil(archive), archive.db.execute(PAGES).fetchone()[0]
    tried = reextract(archive, dry_run=True, jobs=2)
    assert (tried.read, tried.altered, tried.fields, tried.damaged) == (total, spoiled, {"publisher": spoiled}, [])
    assert reextract(archive, dry_run=False, jobs=2).altered == spoiled
    assert reextract(archive, dry_run=False, jobs=1).altered == 0
    assert not (archive.folder / MARK).exists()


class Stopped(Exception):
    pass


def stopped(archive: Archive) -> Changes:
    """A run that ends after its second part."""
    told: list[int] = []

    def tell(done: int, total: int) -> None:
        told.append(done)
        if len(told) == 2:
            raise Stopped

    with pytest.raises(Stopped):
        reextract(archive, dry_run=False, jobs=2, progress=tell)
    return reextract(archive, dry_run=True, jobs=1)


def test_a_run_that_stopped_is_taken_up_where_it_was(archive: Archive) -> None:
    spoiled, total = spoil(archive), archive.db.execute(PAGES).fetchone()[0]
    left = stopped(archive)
    assert (left.skipped, left.read) == (0, total)  # a dry run begins at the beginning
    assert 0 < left.altered < spoiled
    again = reextract(archive, dry_run=False, jobs=2)
    assert again.skipped > 0
    assert (again.skipped + again.read, again.altered) == (total, left.altered)
    assert reextract(archive, dry_run=True, jobs=2).altered == 0


def test_rules_that_changed_meanwhile_begin_anew(archive: Archive) -> None:
    stopped(archive)
    mark = archive.folder / MARK
    mark.write_text(json.dumps({**json.loads(mark.read_text()), "rules": "older"}))
    again = reextract(archive, dry_run=False, jobs=1)
    assert (again.skipped, again.read) == (0, archive.db.execute(PAGES).fetchone()[0])


def test_readers_that_are_killed_cost_no_page(archive: Archive) -> None:
    spoiled, total = spoil(archive), archive.db.execute(PAGES).fetchone()[0]
    killed: list[int] = []

    def tell(done: int, total: int) -> None:
        for child in multiprocessing.active_children() if not killed else ():
            killed.append(child.pid or 0)
            child.kill()

    again = reextract(archive, dry_run=False, jobs=2, progress=tell)
    assert killed
    assert (again.read, again.altered, again.damaged) == (total, spoiled, [])


def test_the_page_that_ends_its_reader_is_named(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for processes: one that dies of a certain capture."""
    (_, capture, _), = archive.captures(70, 1)
    number = archive.captures(70, 1)[0][0]

    class Mortal:
        def submit(self, read: Any, after: int, last: int) -> Future[Any]:
            answer: Future[Any] = Future()
            if after < number <= last:
                answer.set_exception(BrokenProcessPool())
            else:
                answer.set_result(read(after, last))
            return answer

        def shutdown(self, cancel_futures: bool = False) -> None: ...

        def __enter__(self) -> Mortal:
            return self

        def __exit__(self, *error: object) -> None: ...

    monkeypatch.setattr(module, "_pool", lambda folder, jobs: Mortal())
    monkeypatch.setattr(Worker, "archive", archive, raising=False)
    again = reextract(archive, dry_run=True, jobs=2)
    assert again.damaged == [f"{capture.url}: reading it ended the process that read it"]
    assert again.read == archive.db.execute(PAGES).fetchone()[0] - 1
