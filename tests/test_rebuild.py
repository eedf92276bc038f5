"""The database is lost, the recordings are there: the same documents with the same texts come back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from archive.database import Archive
from archive.errors import ArchiveError
from archive.suppress import erase, suppress
from archive.verify import verify
from crawler.rebuild import rebuild
from tests.fake_site import KEY, FakeSite
from tests.running import catalogue_of, gongkai

pytestmark = pytest.mark.slow

HTML = [("Content-Type", "text/html; charset=utf-8")]
ARTICLE = ("<html><title>甲县人民政府</title><h1>关于做好第{0}件工作的通知</h1><p>发布时间：2026-01-0{1}</p>"
           "<div>各乡镇人民政府：现就做好第{0}件工作通知如下，请认真贯彻执行，并于月底前报告落实情况。</div></html>")
TOLD = {
    "documents": "select content, title, text from documents order by 1",
    "pages": "select p.url, k.fetched_at, d.content from pages p join readings r on r.capture = p.reading "
             "join captures k on k.id = r.capture join documents d on d.n = r.document where state = 'archived' "
             "order by 1",
    "captures": "select k.url, final_url, fetched_at, status, media_type, payload, file, \"offset\", length "
                "from captures k join readings r on r.capture = k.id where r.kind = 'document' order by 1, 3",
    "files": "select sha256, kind, bytes, text_status, text from files order by 1",
    "attachments": "select k.url, a.position, a.name, a.url, a.sha256 from attachments a "
                   "join captures k on k.id = a.capture order by 1, 2",
}  # fmt: skip


def told(folder: Path) -> dict[str, list[Any]]:
    with Archive(folder) as archive:
        assert [found.as_dict() for found in verify(archive.folder, archive.db)] == []
        return {name: archive.db.execute(query).fetchall() for name, query in TOLD.items()}


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The bundled site, crawled and still there; `sites` is its catalogue."""
    home, site = tmp_path_factory.mktemp("crawled"), FakeSite()
    with site.serve():
        gongkai("crawl", KEY, archive=home / "archive", catalogue=catalogue_of(site, home / "sites"))
        yield home


@pytest.fixture
def folder(crawled: Path, tmp_path: Path) -> Path:
    """An archive of it to spoil."""
    shutil.copytree(crawled / "archive", tmp_path / "archive")
    return tmp_path / "archive"


def lost(folder: Path) -> None:
    for path in folder.glob("gongkai.db*"):
        path.unlink()


def test_a_lost_database_comes_back_with_the_same_documents(folder: Path, crawled: Path) -> None:
    before = told(folder)
    assert len(before["documents"]) > 50
    assert before["files"]
    lost(folder)
    ran = gongkai("rebuild", archive=folder)
    assert ran.code == 0, ran.err
    assert told(folder) == before
    assert gongkai("rebuild", archive=folder).code == 0
    assert told(folder) == before
    assert len(list(folder.glob("*.bak"))) == 1
    assert gongkai("crawl", KEY, archive=folder, catalogue=crawled / "sites").code == 1
    assert told(folder)["documents"] == before["documents"]


def test_what_a_killed_writer_left_open_comes_back_to_its_last_whole_record(folder: Path) -> None:
    before = told(folder)
    lost(folder)
    (file, *_) = sorted((folder / "warc").iterdir())
    with file.open("ab") as end:
        end.write(file.read_bytes()[:50])
    file.rename(file.with_name(f"{file.name}.open"))
    rebuild(folder)
    assert told(folder) == before
    assert (folder / "warc" / file.name.replace(".gz", ".gz.torn")).stat().st_size == 50


def test_what_was_withheld_stays_withheld(folder: Path) -> None:
    with Archive(folder, write=True) as archive:
        one, other = (url for (url,) in archive.db.execute("select url from pages where state = 'archived' limit 2"))
        suppress(archive, one, "申请")
        erase(archive, other, "判决")
    before = told(folder)
    rebuild(folder)
    assert told(folder) == before
    with Archive(folder, write=True) as archive:
        assert archive.withheld(one)
    lost(folder)
    rebuild(folder)
    with Archive(folder) as archive:
        assert archive.withheld(other) == "withheld: 判决"  # its tombstone says so


def test_a_document_keeps_the_address_it_was_asked_for_wherever_its_record_stands(tmp_path: Path) -> None:
    """A repair writes what a redirect led to into a file of its own; under its address another document comes later."""
    answers = (("a", 302, [("Location", "/b")], ""), ("b", 200, HTML, ARTICLE.format("一", 1)),
               ("b", 200, HTML, ARTICLE.format("二", 2)))  # fmt: skip
    for path, status, headers, body in answers:
        with Archive(tmp_path, write=True) as archive:  # each a file of its own
            archive.warc.append(f"http://a.gov.cn/{path}", status, "", headers, body.encode(), "2026-01-01T00:00:00Z")
    lost(tmp_path)
    rebuild(tmp_path)
    with Archive(tmp_path) as archive:
        found = archive.db.execute("select p.url, d.title from disclosures p join documents d on d.n = p.document")
        assert sorted(found) == [("http://a.gov.cn/a", "关于做好第一件工作的通知"),
                                 ("http://a.gov.cn/b", "关于做好第二件工作的通知")]  # fmt: skip


def test_nothing_is_rebuilt_from_nothing_or_under_a_running_crawl(tmp_path: Path) -> None:
    (tmp_path / "warc").mkdir(parents=True)
    with pytest.raises(ArchiveError, match="no WARC file"):
        rebuild(tmp_path)
    with Archive(tmp_path, write=True) as archive:
        archive.warc.append("http://a/", 200, "OK", [], b"", "2026-01-01T00:00:00Z")
        with pytest.raises(ArchiveError, match="running crawl"):
            rebuild(tmp_path)
    shutil.rmtree(tmp_path / "warc")
    with pytest.raises(ArchiveError):
        rebuild(tmp_path)
