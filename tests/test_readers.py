"""Pages are read in processes of their own: what one does to its reader is its own affair."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import Mock

import pytest
from scrapy.http import HtmlResponse

from archive.database import Archive
from archive.records import Entry
from crawler import readers
from crawler.readers import READY, Readers, framed
from pipelines import Draft, read
from pipelines.derive import derive
from tests.fake_site import KEY, FakeSite
from tests.loopback import Request
from tests.running import catalogue_of, gongkai

SITE = FakeSite(documents=24, oddities=False)


def drafts() -> Iterator[Draft]:
    for held in SITE.held():
        answer = SITE.answer(Request.of(held.url))
        url = f"http://www.lanjiang.example{held.url}"
        response = HtmlResponse(url, headers=dict(answer.headers), body=answer.body)
        yield Draft(response, url, "lanjiang", entry=Entry(held.title, url, held.published_on))


def test_a_reader_says_what_is_read_here() -> None:
    async def main() -> list[Draft]:
        pool = Readers(2)
        got = await asyncio.gather(*map(pool.read, drafts()))
        assert pool.idlest() is not None
        pool.close()
        return got

    for got, draft in zip(asyncio.run(main()), drafts(), strict=True):
        expected = read(draft)
        assert (got.made, got.hashes, got.page) == (expected.made, expected.hashes, None)


def six(monkeypatch: pytest.MonkeyPatch, end: Callable[[], None]) -> list[tuple[str, str | None]]:
    """Kind and problem of six pages, read by one reader; at the second it does this first."""
    answer, own, second = readers.answer, os.getpid(), list(drafts())[1].url.encode()

    def at_the_second(asked: bytes) -> bytes:
        assert os.getpid() != own, "read in the crawl itself"
        if second in asked:
            end()
        return answer(asked)

    async def main() -> list[Draft]:
        pool = Readers(1)
        got = await asyncio.gather(*[pool.read(draft) for draft in list(drafts())[:6]])
        pool.close()
        return got

    monkeypatch.setattr(readers, "answer", at_the_second)
    return [(draft.made.kind, draft.made.problem) for draft in asyncio.run(main())]


def test_the_page_that_ends_its_reader_is_unread_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader owes several pages when it ends: the first is blamed, the others are read by its successor."""
    kinds = six(monkeypatch, lambda: os.kill(os.getpid(), signal.SIGALRM))
    slow = "the extractor failed: reading it takes more than 60 s"
    assert kinds == [("document", None), ("unreadable", slow), *[("document", None)] * 4]


@pytest.mark.parametrize("kills", [1, 2])
def test_a_page_whose_reader_is_killed_is_tried_once_more(
    kills: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The system kills whom it likes when memory is short; a page whose reader it kills twice takes too much."""

    def end() -> None:
        if (before := len(list(tmp_path.iterdir()))) < kills:
            (tmp_path / str(before)).touch()
            os.kill(os.getpid(), signal.SIGKILL)

    killed = "the extractor failed: its reader was killed: it takes more memory than there is"
    second = ("document", None) if kills == 1 else ("unreadable", killed)
    assert six(monkeypatch, end) == [("document", None), second, *[("document", None)] * 4]


@pytest.mark.parametrize(
    ("where", "name", "error"), [(readers, "serve", MemoryError), (os, "fork", BlockingIOError)]
)
def test_readers_that_cannot_start_are_done_without(
    where: object, name: str, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(where, name, Mock(side_effect=error))

    async def main() -> list[Draft]:
        pool = Readers(2)
        got = [await pool.read(draft) for draft in list(drafts())[:3]]
        assert pool.number == 0
        return got

    assert [draft.made.kind for draft in asyncio.run(main())] == ["document"] * 3


def test_a_reader_ends_with_the_crawl_and_holds_nothing_of_it(tmp_path: Path) -> None:
    """A killed crawl must not leave a lock behind, or a line, that one of its readers still has open."""
    with (tmp_path / "lock").open("w") as held:
        pool = Readers(2)
        for reader in pool.readers:
            assert reader.line.recv(99) == framed(READY)
            names = [str(file.readlink()) for file in Path(f"/proc/{reader.pid}/fd").iterdir()]
            assert held.name not in names
            assert sum(name.startswith("socket:") for name in names) == 1
        for reader in pool.readers:
            reader.line.close()
            assert os.waitpid(reader.pid, 0)[1] == 0


def test_what_readers_take_apart_is_what_is_taken_apart_after_the_run(tmp_path: Path) -> None:
    """A crawl with readers leaves nothing to do after it, and what it left is what would have been made then."""
    site = FakeSite(documents=60, oddities=False)
    with site.serve():
        catalogue = catalogue_of(site, tmp_path / "sites")
        words = ("-s", "GONGKAI_ATTACHMENTS=0", "-s", "GONGKAI_READERS=1")
        assert gongkai("crawl", KEY, *words, archive=tmp_path / "a", catalogue=catalogue).code == 0
    with Archive(tmp_path / "a", write=True) as archive:
        before = followed(archive)
        assert all(before.values())
        for table in ("derived", "sections", "citations", "facts", "sketches", "likenesses"):
            archive.db.execute(f"delete from {table}")
        assert archive.link() == derive(archive) == 60
        assert followed(archive) == before


def followed(archive: Archive) -> dict[str, list[object]]:
    tables = ("derived", "sections", "citations", "facts", "sketches")
    return {name: archive.db.execute(f"select * from {name} order by 1, 2").fetchall() for name in tables}
