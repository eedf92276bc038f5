"""Entries that are files: the list links a PDF, and that is the disclosure."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from archive.database import Archive
from pipelines import extract
from tests import fake_files
from tests.loopback import Answer, Loopback, Request
from tests.pages import response
from tests.running import Ran, gongkai

LINES = "云岭县人民政府关于公布第{}批行政许可事项的公告\n现将经清理的行政许可事项予以公布，请遵照执行。\n2024年3月1日"
FILES = {  # what the list links; the title it shows
    "/f/P020240301.pdf": ("application/pdf", "关于公布行政许可事项的公告"),
    "/f/download.jsp": ("application/octet-stream", "关于公布收费目录的公告"),
    "/f/tongzhi.rtf": ("application/rtf", "关于公布权责清单的公告"),
}
BROKEN = ("/f/broken.pdf", "关于公布失信名单的公告")
PICTURE = ("/f/scan.jpg", "关于公布监督电话的公告")


def raw(path: str) -> bytes:
    kind = path.rpartition(".")[2].replace("jsp", "doc")
    return fake_files.make(f"a.{kind}", LINES.format(list(FILES).index(path) + 1))


class Site:
    def answer(self, request: Request) -> Answer:
        if request.path in FILES:
            headers = {"Content-Type": FILES[request.path][0]}
            if request.path.endswith(".jsp"):
                headers["Content-Disposition"] = "attachment; filename*=UTF-8''%E7%9B%AE%E5%BD%95.doc"
            return Answer(200, headers, raw(request.path))
        if request.path == BROKEN[0]:
            return Answer(200, {"Content-Type": "application/pdf"}, b"%PDF-1.4\n%%EOF")
        if request.path == PICTURE[0]:
            return Answer(200, {"Content-Type": "image/jpeg"}, b"\xff\xd8\xff" + bytes(99))
        links = [*((path, title) for path, (_, title) in FILES.items()), BROKEN, PICTURE]
        rows = "".join(f"<li><a href='{path}'>{title}</a><span>2024-03-0{n}</span></li>"
                       for n, (path, title) in enumerate(links, 1))  # fmt: skip
        found = request.path == "/gg/"
        return Answer.html(
            f"<html><body><ul>{rows}</ul></body></html>" if found else "404", status=200 if found else 404
        )


@dataclass(frozen=True)
class Crawled:
    archive: Path
    catalogue: Path
    base: str
    first: Ran
    hits: dict[str, int]
    after: dict[str, int]


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    folder = tmp_path_factory.mktemp("alone")
    (folder / "sites").mkdir()
    served = Loopback(Site())
    with served.serve() as base:
        text = f'name = "甲市"\nurl = "{base}/"\ncms = "html"\nprivate = true\ndelay = 0.0\n'
        text += f'[[channels]]\nkey = "gg"\nname = "公告"\nurl = "{base}/gg/"\n'
        (folder / "sites" / "jia.toml").write_text(text, "utf-8")
        ran = gongkai("crawl", "jia", archive=folder / "a", catalogue=folder / "sites")
        hits = {path: len(served.hits(path)) for path in FILES}
        gongkai("crawl", "jia", archive=folder / "a", catalogue=folder / "sites")
        after = {path: len(served.hits(path)) for path in FILES}
        yield Crawled(folder / "a", folder / "sites", base, ran, hits, after)


def said(archive: Path) -> dict[str, tuple[object, ...]]:
    with Archive(archive) as opened:
        rows = opened.db.execute(
            "select p.url, d.title, replace(d.text, char(10), ''), r.published_on, a.name, a.url, f.kind, "
            "f.text_status from pages p join readings r on r.capture = p.reading join documents d on d.n = r.document "
            "join attachments a on a.capture = r.capture join files f on f.sha256 = a.sha256"
        ).fetchall()
    return {url: tuple(rest) for url, *rest in rows}


def expected(base: str) -> dict[str, tuple[object, ...]]:
    names = ("P020240301.pdf", "目录.doc", "tongzhi.rtf")
    return {
        base + path: (
            title,
            LINES.format(n).replace("\n", ""),
            f"2024-03-0{n}",
            name,
            base + path,
            name.rpartition(".")[2],
            "ok",
        )
        for n, ((path, (_, title)), name) in enumerate(zip(FILES.items(), names, strict=True), 1)
    }


def test_the_file_is_the_document(crawled: Crawled) -> None:
    """Title and day from the row, text from the file, which is its attachment."""
    assert said(crawled.archive) == expected(crawled.base)


def test_it_is_asked_for_once(crawled: Crawled) -> None:
    assert set(crawled.hits.values()) == set(crawled.after.values()) == {1}


def test_what_cannot_be_read_is_unread_with_its_reason(crawled: Crawled) -> None:
    assert crawled.first.code == 1
    with Archive(crawled.archive) as archive:
        told = dict(archive.db.execute("select url, reason from pages where state = 'unread'"))
    assert "cannot be read" in told[crawled.base + BROKEN[0]]
    assert "not a page but a file (image/jpeg)" in told[crawled.base + PICTURE[0]]
    assert len(told) == 2


def test_reading_it_again_changes_nothing(crawled: Crawled) -> None:
    ran = gongkai("reextract", "--jobs", "1", archive=crawled.archive)
    assert ran.code == 0, ran.err
    assert " 0 changed" in ran.out + ran.err
    assert said(crawled.archive) == expected(crawled.base)


def test_it_is_found_by_its_text(crawled: Crawled) -> None:
    assert FILES["/f/P020240301.pdf"][1] in gongkai("search", "第1批行政许可事项", archive=crawled.archive).out


def test_it_comes_back_from_the_recordings_alone(crawled: Crawled, tmp_path: Path) -> None:
    shutil.copytree(crawled.archive / "warc", tmp_path / "warc")
    ran = gongkai("rebuild", archive=tmp_path)
    assert ran.code == 0, ran.err
    assert said(tmp_path) == expected(crawled.base)
    assert gongkai("verify", archive=tmp_path).out == "intact\n"
    assert gongkai("rebuild", archive=tmp_path).code == 0
    assert said(tmp_path) == expected(crawled.base)


def test_a_file_that_a_person_names_is_archived(tmp_path: Path) -> None:
    with Loopback(Site()).serve() as base:
        ran = gongkai("scrape", base + "/f/P020240301.pdf", "-s", "DOWNLOAD_DELAY=0", archive=tmp_path)
    assert (ran.code, ran.out.split("\t")[0]) == (0, "archived"), ran.out + ran.err


def test_a_file_that_no_list_names_is_no_document() -> None:
    """In a foreign recording it may be the attachment of another page."""
    reading = extract(response(raw("/f/P020240301.pdf"), "http://a.gov.cn/f/P020240301.pdf"))
    assert (reading.kind, reading.problem) == ("unreadable", "not a page but a file (application/pdf)")
