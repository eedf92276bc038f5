"""Archives united: a set union, whatever the order and however often, and nothing else."""

from __future__ import annotations

import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from archive.database import Archive
from archive.errors import ArchiveError, Gone, Unreachable, UsageError
from archive.merge import merge
from archive.query import parse
from archive.records import Ask, Channel, Entry, Listing, Site
from archive.search import search
from archive.verify import verify
from tests.running import gongkai
from tests.samples import CHANNEL, SITE, capture, entry, store, url

# What an archive says, with no number in it that is its own.
SAID = {
    "documents": "select content, title, text from documents",
    "captures": "select url, final_url, fetched_at, status, media_type, payload, walk from captures",
    "readings": "select k.url, k.fetched_at, r.kind, r.publisher, r.other, d.content from readings r "
                "join captures k on k.id = r.capture left join documents d on d.n = r.document",
    "attachments": "select k.url, k.fetched_at, a.position, a.name, a.url from attachments a "
                   "join captures k on k.id = a.capture",
    "pages": "select p.url, p.identity, p.site, p.state, p.reason, p.attempts, p.first_seen, p.last_seen, p.title, "
             "k.fetched_at, k.payload from pages p left join captures k on k.id = p.reading",
    "listings": "select site, channel, url, title, date, position, first_walk, last_walk, missing_since from listings",
    "channels": "select site, channel, name, listed, gap from channels",
    "sites": "select * from sites",
    "walks": "select * from walks",
    "runs": "select command, pid, started, outcome from runs",
}  # fmt: skip


def said(folder: Path) -> dict[str, list[Any]]:
    with Archive(folder) as archive:
        assert [found.as_dict() for found in verify(archive.folder, archive.db)] == []
        return {name: sorted(archive.db.execute(query), key=repr) for name, query in SAID.items()}


def united(folder: Path, *others: Path) -> dict[str, list[Any]]:
    """A new archive with all of these, in this order."""
    with Archive(folder, write=True) as archive:
        for other in others:
            merge(archive, other)
    return said(folder)


@pytest.fixture
def moments(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The clock of the ledger, moved by hand."""
    def at(moment: str) -> None:
        monkeypatch.setattr("archive.ledger.now", lambda: moment)

    return at


def walked(archive: Archive, site: Site, channel: Channel, entries: range, outcome: str | None = "exhausted") -> None:
    archive.enrol(site)
    walk = archive.begin_walk(channel, full=True)
    found = Listing(tuple(map(entry, entries)), total=len(entries))
    archive.listed(walk.id, Ask(channel.url), found, capture(archive, channel.url, str(entries).encode()))
    if outcome:
        archive.end_walk(walk.id, outcome)  # type: ignore[arg-type]


def random_archive(folder: Path, rnd: random.Random, moments: Any) -> None:
    """Any of ten pages, archived, changed, gone or failed at random moments; walks at random."""
    with Archive(folder, write=True) as archive:
        run = archive.begin_run("crawl")
        for day in sorted(rnd.sample(range(1, 29), 6)):
            moment, number = f"2026-01-{day:02}T00:00:00Z", rnd.randrange(10)
            moments(moment)
            match rnd.randrange(5):
                case 0:
                    outcome = rnd.choice(["exhausted", None, "broken"])
                    walked(archive, SITE, CHANNEL, range(rnd.randrange(4), 10), outcome)
                case 1:
                    archive.refuse(url(number), Gone(url(number), "404"),
                                   capture(archive, url(number), b"", moment, 404), site="a.gov.cn")
                case 2:
                    archive.refuse(url(number), Unreachable(url(number), "timeout"))
                case _:
                    store(archive, url(number), text=f"正文{rnd.randrange(5)}。", at=moment, site="a.gov.cn")
        archive.end_run(run, "finished")


@pytest.mark.parametrize("seed", range(25))
def test_the_union_is_commutative_and_idempotent(tmp_path: Path, moments: Any, seed: int) -> None:
    rnd = random.Random(seed)
    shards = [tmp_path / name for name in "abc"]
    for shard in shards:
        random_archive(shard, rnd, moments)
    before = [said(shard) for shard in shards]
    whole = united(tmp_path / "1", *shards)
    assert united(tmp_path / "2", *reversed(shards)) == whole
    assert united(tmp_path / "1", *rnd.sample(shards, 3)) == whole
    assert united(tmp_path / "1", tmp_path / "2") == whole
    assert [said(shard) for shard in shards] == before


def shard(folder: Path, sites: range, documents: int) -> None:
    """Sites of so many documents each, crawled into one archive; a few of their texts are the same everywhere."""
    with Archive(folder, write=True) as archive:
        for number in sites:
            host = f"s{number}.gov.cn"
            channel = Channel(f"s{number}", "bg", f"http://{host}/", "报告")
            archive.enrol(Site(f"s{number}", f"{number}市", f"http://{host}/", "html", (channel,)))
            walk = archive.begin_walk(channel)
            entries = tuple(Entry(f"{n}号", f"http://{host}/{n}.htm") for n in range(documents))
            answer = capture(archive, channel.url, host.encode())
            archive.listed(walk.id, Ask(channel.url), Listing(entries, total=documents), answer)
            archive.end_walk(walk.id, "exhausted")
            with archive.batch():
                for n in range(documents):
                    text = f"转发第{n}号。" if n < 5 else f"{host}第{n}号。"
                    store(archive, f"http://{host}/{n}.htm", f"{n}号", text, site=f"s{number}")


def without_uuids(found: dict[str, list[Any]]) -> dict[str, Any]:
    """What an archive says, but for the names that walks were given by chance."""
    cut = {"captures": slice(0, 6), "listings": slice(0, 6), "walks": slice(1, None)}
    return {name: sorted((row[cut.get(name, slice(None))] for row in rows), key=repr) for name, rows in found.items()}


def test_ten_shards_are_one_crawl(tmp_path: Path, moments: Any) -> None:
    moments("2026-01-01T00:00:00Z")
    shard(tmp_path / "one", range(10), 30)
    for number in range(10):
        shard(tmp_path / f"shard{number}", range(number, number + 1), 30)
    whole = united(tmp_path / "whole", *(tmp_path / f"shard{number}" for number in range(10)))
    assert without_uuids(whole) == without_uuids(said(tmp_path / "one"))
    assert len(whole["documents"]) == 255
    with Archive(tmp_path / "whole") as archive:
        assert len(search(archive.db, parse("转发"), limit=100)) == 5
        assert archive.db.execute("select count(*), sum(unexplained) from coverage").fetchone() == (10, 0)


def test_the_same_page_under_two_aliases_stays_twice(tmp_path: Path, moments: Any) -> None:
    aliases = [f"http://a.gov.cn/art/2021/3/5/art_{column}_9.html" for column in (1, 2)]
    for name, address, day in (("a", aliases[1], 2), ("b", aliases[0], 1)):
        moments(f"2026-01-0{day}T00:00:00Z")
        with Archive(tmp_path / name, write=True) as archive:
            store(archive, address, at=f"2026-01-0{day}T00:00:00Z")
    whole = united(tmp_path / "1", tmp_path / "a", tmp_path / "b")
    assert [row[:2] for row in whole["pages"]] == [(aliases[0], "a.gov.cn/art/9"), (aliases[1], aliases[1])]
    assert united(tmp_path / "2", tmp_path / "b", tmp_path / "a") == whole


# --- the files ---------------------------------------------------------------------------------------------------


def test_an_archive_in_use_comes_in_as_far_as_it_goes_and_the_rest_later(tmp_path: Path) -> None:
    with Archive(tmp_path / "a", write=True) as live:
        store(live, url(1))
        assert len(united(tmp_path / "whole", tmp_path / "a")["captures"]) == 1
        store(live, url(2), text="二。")
        assert len(united(tmp_path / "whole", tmp_path / "a")["captures"]) == 2
    assert united(tmp_path / "whole", tmp_path / "a")["documents"] == said(tmp_path / "a")["documents"]
    assert len(list((tmp_path / "whole/warc").iterdir())) == 1


def test_files_of_one_name_that_are_not_the_same_are_both_kept(tmp_path: Path) -> None:
    for name, text in (("a", "甲。"), ("b", "乙。")):
        with Archive(tmp_path / name, write=True) as archive:
            store(archive, url(1), text=text, at=f"2026-01-0{len(text)}T00:00:00Z")
        (file,) = (tmp_path / name / "warc").iterdir()
        file.rename(file.with_name("same.warc.gz"))
        with Archive(tmp_path / name, write=True) as archive:
            archive.db.execute("update captures set file = 'same.warc.gz'")
    assert len(united(tmp_path / "whole", tmp_path / "a", tmp_path / "b", tmp_path / "b")["captures"]) == 2
    assert sorted(file.name for file in (tmp_path / "whole/warc").iterdir()) == ["same-1.warc.gz", "same.warc.gz"]


def test_what_is_killed_on_the_way_is_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Archive(tmp_path / "a", write=True) as archive:
        store(archive, url(1))
    with Archive(tmp_path / "b", write=True) as archive:
        store(archive, url(2), text="二。")
    before = said(tmp_path / "b")
    killed = gongkai("merge", tmp_path / "a", archive=tmp_path / "b", GONGKAI_KILL="before_commit:1")
    assert killed.code < 0
    assert said(tmp_path / "b") == before
    assert gongkai("merge", tmp_path / "a", archive=tmp_path / "b").code == 0
    assert len(said(tmp_path / "b")["documents"]) == 2


# --- what is refused ---------------------------------------------------------------------------------------------


def test_an_archive_is_not_merged_into_itself(tmp_path: Path) -> None:
    with Archive(tmp_path / "a", write=True) as archive:
        store(archive, url(1))
        (tmp_path / "link").symlink_to(tmp_path / "a")
        for name in ("a", "link"):
            with pytest.raises(UsageError, match="this very archive"):
                merge(archive, tmp_path / name)


def test_what_is_no_archive_or_lacks_a_file_is_refused_and_nothing_changes(tmp_path: Path) -> None:
    with Archive(tmp_path / "a", write=True) as archive:
        store(archive, url(1))
    shutil.rmtree(tmp_path / "a/warc")
    with Archive(tmp_path / "b", write=True) as archive:
        for name in ("a", "nothing"):
            with pytest.raises(ArchiveError, match=r"missing|no archive"):
                merge(archive, tmp_path / name)
        assert archive.db.execute("select count(*) from captures").fetchone() == (0,)


@pytest.mark.parametrize("hurt", ["mine", "theirs"])
def test_of_two_archives_the_damaged_one_is_named(tmp_path: Path, hurt: str) -> None:
    for name in ("mine", "theirs"):
        with Archive(tmp_path / name, write=True) as archive:
            store(archive, url(1 if name == "mine" else 2))
            (page,) = archive.db.execute("select rootpage from sqlite_schema where name = 'documents'").fetchone()
            (size,) = archive.db.execute("pragma page_size").fetchone()
    with (tmp_path / hurt / "gongkai.db").open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xa5" * size)
    with Archive(tmp_path / "mine", alone=True) as archive, pytest.raises(ArchiveError, match=f"{hurt}/gongkai.db"):
        merge(archive, tmp_path / "theirs")


def test_the_command_says_what_came_in(tmp_path: Path) -> None:
    for name, number in (("a", 1), ("b", 2)):
        with Archive(tmp_path / name, write=True) as archive:
            store(archive, url(number), text=f"{number}。")
    ran = gongkai("merge", tmp_path / "a", tmp_path / "b", archive=tmp_path / "whole")
    assert ran.code == 0
    assert [line.split("\t")[1:] for line in ran.out.splitlines()] == [["1", "1", "1"], ["1", "1", "1"]]
    again = gongkai("merge", tmp_path / "a", archive=tmp_path / "whole")
    assert [line.split("\t")[1:] for line in again.out.splitlines()] == [["0", "0", "0"]]
    itself = gongkai("merge", tmp_path / "whole", archive=tmp_path / "whole")
    assert (itself.code, itself.out) == (2, "")
