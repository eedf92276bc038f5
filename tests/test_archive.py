"""The archive as one thing: what is stored, in whole transactions, by several processes, through any kill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from archive.database import Archive
from archive.errors import ArchiveError, Gone, Unreadable
from archive.query import parse
from archive.records import Attachment, Hashes, Reading
from archive.schema import VERSION, sqlite3
from archive.search import search
from archive.verify import verify
from pipelines.dedupe import content_hash, hashes, metadata_hash
from tests.samples import capture, document, store, url

LATER = "2026-02-01T00:00:00Z"


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path, write=True) as made:
        yield made


def changes(archive: Archive, address: str) -> list[str]:
    rows = archive.db.execute("select change from history where url = ? order by fetched_at", (address,))
    return [change for (change,) in rows]


def fail(why: str) -> None:
    raise RuntimeError(why)


def now(archive: Archive) -> tuple[str, str]:
    """Text and state of the one page that is disclosed."""
    (row,) = archive.db.execute("select d.text, v.state from disclosures v join documents d on d.n = v.document")
    return row[0], row[1]


# --- documents and readings --------------------------------------------------------------------------------------


def test_a_reading_is_kept_with_its_evidence(archive: Archive) -> None:
    stored = store(archive, url(1), "报告", "正文。", site="a.gov.cn", index_number="K-1", other={"栏目": "通知"})
    assert (stored.new_document, stored.changed) == (True, False)
    row = archive.db.execute("select index_number, published_on, year, other, doubts, layout, extractor, evidence "
                             "from readings").fetchone()
    assert row[:7] == ("K-1", "2024-03-05", 2024, '{"栏目":"通知"}', '["short body"]', "trs", "1")
    assert json.loads(row[7]) == {"published_on": {
        "raw": "2024年3月5日", "where": "header", "label": "发布日期",
        "rivals": [{"value": "2024-03-06", "raw": "20240306", "where": "meta"}]}}
    assert archive.db.execute("select name, url from attachments").fetchall() == [("附件.pdf", "http://a.gov.cn/f.pdf")]
    assert archive.db.execute("select label, example from unmapped_labels").fetchall() == [("栏目", "通知")]
    assert archive.db.execute("select site, state from pages").fetchall() == [("a.gov.cn", "archived")]


def test_one_text_at_two_addresses_is_one_document(archive: Archive) -> None:
    first, second = store(archive, url(1), publisher="甲局"), store(archive, url(2), publisher="乙局")
    assert (first.document, second.new_document) == (second.document, False)
    pages, urls = archive.db.execute("select pages, urls from reposts").fetchone()
    assert (pages, json.loads(urls)) == (2, [url(1), url(2)])
    assert archive.db.execute("select publisher from disclosures order by url").fetchall() == [("甲局",), ("乙局",)]


def test_changes_are_told_apart(archive: Archive) -> None:
    store(archive, url(1), text="原文。")
    same = store(archive, url(1), text="原文。", at="2026-01-02T00:00:00Z")
    corrected = store(archive, url(1), text="原文。", at="2026-01-03T00:00:00Z", index_number="K-2")
    changed = store(archive, url(1), text="改过的。", at="2026-01-04T00:00:00Z", index_number="K-2")
    archive.refuse(url(1), Gone(url(1), "404"), capture(archive, url(1), b"", "2026-01-05T00:00:00Z", 404))
    assert [same.changed, corrected.changed, changed.changed] == [False, False, True]
    assert changes(archive, url(1)) == ["first", "nothing", "metadata", "text", "kind"]
    assert archive.db.execute("select title, url from withdrawn").fetchall() == [("报告", url(1))]


def test_an_older_capture_that_comes_in_later_changes_nothing_now(archive: Archive) -> None:
    store(archive, url(1), text="新。", at=LATER)
    old = store(archive, url(1), text="旧。", at="2026-01-01T00:00:00Z")
    assert not old.changed
    archive.refuse(url(1), Gone(url(1), "404"), capture(archive, url(1), b"", "2025-01-01T00:00:00Z", 404))
    assert now(archive) == ("新。", "archived")


def test_reading_a_capture_again_replaces_its_reading(archive: Archive) -> None:
    taken = capture(archive, url(1))
    for text in ("旧规则。", "新规则。"):
        found = document("报告", text)
        reading = Reading("document", url(1), "utf-8", document=found, extractor=text)
        archive.store(taken, reading, hashes(found, url(1)))
    assert archive.db.execute("select extractor from readings").fetchall() == [("新规则。",)]
    assert archive.prune() == 1
    assert archive.db.execute("select text from documents").fetchall() == [("新规则。",)]
    assert list(verify(archive.folder, archive.db)) == []


def test_a_document_that_turns_out_to_be_none_falls_back_on_the_one_before(archive: Archive) -> None:
    store(archive, url(1), text="原文。")
    taken = capture(archive, url(1), b"error page", LATER)
    found = document("出错了", "页面出错。")
    archive.store(taken, Reading("document", url(1), "utf-8", document=found), hashes(found, url(1)))
    archive.refuse(url(1), Unreadable(url(1), "an error page"), taken, Reading("unreadable", url(1), "utf-8"))
    assert now(archive) == ("原文。", "unread")
    assert archive.prune() == 1


def test_reading_a_refusal_again_is_no_further_attempt(archive: Archive) -> None:
    taken = capture(archive, url(1), b"", status=404)
    for _ in range(2):
        archive.refuse(url(1), Gone(url(1), "404"), taken)
    assert [page.attempts for page in archive.states([url(1)])] == [1]
    assert archive.db.execute("select kind, problem from readings").fetchall() == [("gone", "404")]


def test_only_documents_are_stored_as_documents(archive: Archive) -> None:
    taken = capture(archive, url(1))
    with pytest.raises(ValueError, match="a shell is not stored as a document"):
        archive.store(taken, Reading("shell", url(1), "utf-8"), Hashes("0" * 64, "0" * 64))
    assert archive.counts()["captures"] == 0


# --- content hashes ----------------------------------------------------------------------------------------------


def test_content_is_title_text_and_attachment_names() -> None:
    one = document("报告", "正文 一。\n二。", index_number="K-1", publisher="甲")
    assert content_hash(one, url(1)) == content_hash(document("报告", "正文  一。\n\n二。 "), url(2))
    assert metadata_hash(one.index) != metadata_hash(document("报告", "", index_number="K-2", publisher="甲").index)
    for other in (document("报 告", "正文 一。\n二。"), document("报告", "正文一。\n二。")):
        assert content_hash(one, url(1)) != content_hash(other, url(1))
    assert content_hash(one, url(1)) != content_hash(replace(one, attachments=(Attachment("表.xls"),)), url(1))


def test_composed_and_decomposed_characters_are_equal() -> None:
    assert content_hash(document("e\u0301", "x"), "") == content_hash(document("\u00e9", "x"), "")


def test_pages_without_text_are_never_the_same() -> None:
    assert content_hash(document("图片", " \n"), url(1)) != content_hash(document("图片", ""), url(2))


# --- several processes, whole transactions -----------------------------------------------------------------------


def test_maintenance_has_an_archive_alone_or_not_at_all(tmp_path: Path) -> None:
    for first, second in (({"alone": True}, {"write": True}), ({"write": True}, {"alone": True})):
        with Archive(tmp_path, **first):
            with pytest.raises(ArchiveError, match=rf"running crawl .*\(process {os.getpid()}\)"):
                Archive(tmp_path, **second)
            Archive(tmp_path).close()
    Archive(tmp_path, alone=True).close()


def test_an_older_archive_is_not_migrated_under_a_running_crawl(tmp_path: Path) -> None:
    with Archive(tmp_path, write=True) as running:
        running.db.execute("pragma user_version = 0")
        with pytest.raises(ArchiveError, match="older version"):
            Archive(tmp_path, write=True)
        running.db.execute(f"pragma user_version = {VERSION}")


def test_two_crawls_share_an_archive_but_no_site(tmp_path: Path) -> None:
    with Archive(tmp_path, write=True) as one, Archive(tmp_path, write=True) as two:
        assert (one.lease("a"), two.lease("a"), two.lease("b")) == (None, os.getpid(), None)
        for number in range(1, 9):
            store(one if number % 2 else two, url(number), text=f"第{number}条。")
        assert len(list((tmp_path / "warc").glob("*.open"))) == 2
    assert len(list((tmp_path / "warc").glob("*.gz"))) == 2
    with Archive(tmp_path, write=True) as three:
        assert three.lease("a") is None
        assert three.counts()["documents"] == 8
        assert list(verify(three.folder, three.db)) == []


def test_a_group_waits_only_while_nobody_else_writes(tmp_path: Path) -> None:
    with Archive(tmp_path, write=True) as one:
        one.group(99)
        store(one, url(1), text="一。")
        assert one.db.in_transaction
        other = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent.parent)
        assert other.stdout
        assert other.stdout.readline() == "open\n"
        store(one, url(2), text="二。")
        assert not one.db.in_transaction
        other.communicate("end")
        store(one, url(3), text="三。")
        assert one.db.in_transaction


HOLDER = """
import sys
from archive.database import Archive
with Archive(sys.argv[1], write=True):
    print("open", flush=True)
    sys.stdin.read()
"""


def test_after_a_commit_that_failed_nothing_more_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is full for a moment: the next page of a list must not stand where the one before was taken back."""
    with Archive(tmp_path, write=True) as archive:
        archive.group(3)
        for number in (1, 2):
            store(archive, url(number), text=f"第{number}条。")
        with monkeypatch.context() as full:
            full.setattr(archive.warc, "sync", lambda: fail("no space"))
            with pytest.raises(RuntimeError, match="no space"):
                store(archive, url(3), text="三。")
        with pytest.raises(ArchiveError, match="nothing more is written after what failed"):
            store(archive, url(4), text="四。")
    with Archive(tmp_path, write=True) as archive:
        assert archive.counts()["documents"] == 0
        store(archive, url(4), text="四。")
        assert list(verify(archive.folder, archive.db)) == []


def test_no_archive_is_no_empty_archive(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=r"holds no archive .*--archive"):
        Archive(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(ArchiveError, match=r"file/warc cannot be written .*--archive"):
        Archive(tmp_path / "file", write=True)


def test_a_batch_is_there_together_or_not_at_all(archive: Archive) -> None:
    with pytest.raises(RuntimeError, match="half way"), archive.batch():
        fail(f"half way: {store(archive, url(1), text='一。')}")
    assert archive.counts()["documents"] == 0
    with archive.batch():
        store(archive, url(1), text="一。")
        with pytest.raises(ValueError, match="not stored as a document"):
            archive.store(capture(archive, url(2)), Reading("gone", url(2), ""), Hashes("0" * 64, "0" * 64))
        store(archive, url(3), text="三。")
    assert archive.counts()["documents"] == 2


@pytest.mark.parametrize(("field", "why"), [("published_on", "5 March"), ("written_on", "CHECK")])
def test_a_call_that_fails_takes_back_only_itself(field: str, why: str, archive: Archive) -> None:
    """Out of a batch, and out of a group: from the search index too, where one of them is indexed with the others."""
    bad = document("报告", "二。", **{field: "5 March"})

    def fail() -> None:
        with pytest.raises((ValueError, sqlite3.IntegrityError), match=why):
            archive.store(capture(archive, url(2)), Reading("document", url(2), "", document=bad), hashes(bad, url(2)))

    with archive.batch():
        store(archive, url(1), text="一。")
        fail()
    archive.group(9)
    store(archive, url(4), text="四。", published_on="2024-03-06")
    fail()
    store(archive, url(3), text="三。")
    archive.flush()
    assert archive.db.execute("select url from captures order by id").fetchall() == [(url(1),), (url(4),), (url(3),)]
    assert list(verify(archive.folder, archive.db)) == []
    assert [[hit.url for hit in search(archive.db, parse(word))] for word in "四二三"] == [[url(4)], [], [url(3)]]


def test_runs_are_noted(archive: Archive) -> None:
    run = archive.begin_run("crawl a")
    archive.end_run(run, "done", {"documents": 3})
    assert archive.db.execute("select command, outcome, report from runs").fetchall() == [
        ("crawl a", "done", '{"documents":3}')]


WRITER = """
import sys
from pathlib import Path
from archive.database import Archive
from tests.samples import store, url
with Archive(Path(sys.argv[1]), write=True) as archive:
    for number in range(archive.counts()["documents"] + 1, 8):
        store(archive, url(number), text=f"正文{number}。")
        print(number, flush=True)
"""


@pytest.mark.parametrize("point", ["after_warc:3", "before_commit:3", "after_commit:3"])
def test_a_kill_loses_nothing_that_was_acknowledged(tmp_path: Path, point: str) -> None:
    def run(**environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-c", WRITER, str(tmp_path)], env={**os.environ, **environment},
                              capture_output=True, text=True, check=False, cwd=Path(__file__).parent.parent)

    killed = run(GONGKAI_KILL=point)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    said = len(killed.stdout.split())
    with Archive(tmp_path) as archive:
        assert archive.counts()["documents"] == said + (point == "after_commit:3")
    finished = run()
    assert finished.returncode == 0, finished.stderr
    with Archive(tmp_path) as archive:
        assert archive.counts()["documents"] == 7
        assert list(verify(archive.folder, archive.db)) == []
    assert not list((tmp_path / "warc").glob("*.open"))
