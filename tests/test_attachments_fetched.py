"""Files that documents enclose: fetched politely, kept once, read behind limits, found by search, lost by no kill."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from urllib.parse import urljoin

import pytest

from archive.database import Archive
from archive.records import Attachment, Document, File, Index, Location, Reading
from pipelines.dedupe import hashes
from tests import fake_files
from tests.fake_site import KEY, FakeSite
from tests.loopback import Answer, Loopback, Request
from tests.running import catalogue_of, gongkai
from tests.samples import capture, url
from tests.test_kill import kill_after


def squeezed(text: str) -> str:
    return "".join(text.split())


def enclosed(site: FakeSite) -> dict[str, str]:
    """The text of every file that the bundled site's documents enclose, by its address."""
    texts = {}
    for posting in site._all_listed():
        held = site._held(posting)
        texts.update(zip((link for _, link in held.attachments), (one.text for one in site._paper(posting).enclosures),
                         strict=True))  # fmt: skip
    return {link: texts[link] for held in site.held() for _, link in held.attachments}


def archived(folder: Path) -> dict[str, tuple[str, str]]:
    """Status and text of every file fetched, by its address."""
    with Archive(folder) as archive:
        rows = archive.db.execute("select w.url, f.text_status, f.text from downloads w join files f using (sha256)")
        return {url: (status, text) for url, status, text in rows}


def waiting(folder: Path) -> tuple[int, int]:
    """How many files the certificates count, and how many of them are still to be fetched."""
    rows = [json.loads(line) for line in gongkai("coverage", "--json", archive=folder).out.splitlines()]
    return sum(row["attachments"] for row in rows), sum(row["unfetched"] for row in rows)


def test_every_file_is_fetched_read_and_kept(city: FakeSite, tmp_path: Path) -> None:
    folder, catalogue = tmp_path / "a", catalogue_of(city, tmp_path / "sites")
    gongkai("crawl", KEY, archive=folder, catalogue=catalogue)
    wanted, found = enclosed(city), archived(folder)
    assert len(wanted) > 20
    assert found.keys() == wanted.keys()
    assert {url: squeezed(text) for url, (_, text) in found.items()} == {u: squeezed(t) for u, t in wanted.items()}
    with Archive(folder) as archive:
        assert archive.db.execute("select count(*) from attachments where sha256 is null").fetchone() == (0,)
    assert gongkai("verify", archive=folder).code == 0
    status = json.loads(gongkai("status", "--json", archive=folder).out)
    assert (status["attachments"], status["attachments fetched"]) == (len(wanted), len(wanted))


def test_search_finds_words_that_stand_only_in_a_file(city: FakeSite, tmp_path: Path) -> None:
    folder, catalogue = tmp_path / "a", catalogue_of(city, tmp_path / "sites")
    gongkai("crawl", KEY, archive=folder, catalogue=catalogue)
    bodies = "".join(held.title + held.text for held in city.held())
    line = next(line for text in enclosed(city).values() for line in text.splitlines()
                if len(line) > 6 and " " not in line and line not in bodies)  # fmt: skip
    hits = [json.loads(row) for row in gongkai("search", line, "--json", archive=folder).out.splitlines()]
    assert hits
    for hit in hits:
        assert hit["attachment"]
        assert f"【{line}】" in hit["snippet"]
        held = next(held for held in city.held() if held.url == hit["url"])
        assert hit["attachment"] in [name for name, _ in held.attachments]


def test_files_may_wait_for_a_later_crawl(tmp_path: Path) -> None:
    site, folder = FakeSite(documents=60), tmp_path / "a"
    with site.serve():
        catalogue = catalogue_of(site, tmp_path / "sites")
        gongkai("crawl", KEY, "-s", "GONGKAI_ATTACHMENTS=False", archive=folder, catalogue=catalogue)
        assert archived(folder) == {}
        assert waiting(folder) == (26, 26)
        gongkai("crawl", KEY, archive=folder, catalogue=catalogue)
        assert waiting(folder) == (26, 0)
        assert archived(folder).keys() == enclosed(site).keys()


def test_a_killed_crawl_fetches_what_is_missing_and_nothing_twice(tmp_path: Path) -> None:
    die, site = random.Random(3), FakeSite(documents=60, oddities=False)
    with site.serve():
        folder, catalogue = tmp_path / "a", catalogue_of(site, tmp_path / "sites")
        gongkai("crawl", KEY, "-s", "GONGKAI_ATTACHMENTS=False", archive=folder, catalogue=catalogue)
        site.log.clear()
        for _ in range(3):
            kill_after(site, die.randint(5, 12), folder, catalogue)
        gongkai("crawl", KEY, archive=folder, catalogue=catalogue)
        wanted = enclosed(site)
        assert archived(folder).keys() == wanted.keys()
        pages = {"/robots.txt", "/zfxxgk/tzgg/", "/col/col90012/index.html", "/article/66/"}
        asked = Counter(hit.path for hit in site.log if hit.path not in pages)
        assert asked.total() - len(wanted) <= 3 * 10  # a group of files that were not acknowledged, for each kill
        assert gongkai("verify", archive=folder).code == 0


# --- servers as they are ---------------------------------------------------------------------------------------------

ERROR = "<html><head><title>404</title></head><body><h1>您访问的页面不存在或已被删除</h1></body></html>"
RTF = fake_files.make("a.rtf", "附件正文：水利工程建设计划安排。")
PDF = fake_files.make("b.pdf", "另一附件：林业工程建设计划安排。")
FILES: dict[str, Answer] = {
    "/f/1.rtf": Answer(200, {"Content-Type": "application/octet-stream"}, RTF),
    "/f/same.rtf": Answer(200, {"Content-Type": "application/rtf"}, RTF),
    "/f/lies.doc": Answer(200, {"Content-Type": "application/msword"}, PDF),
    "/f/gone.doc": Answer(404, {"Content-Type": "text/html"}, ERROR.encode()),
    "/f/soft.doc": Answer(200, {"Content-Type": "text/html; charset=utf-8"}, ERROR.encode()),
    "/f/refused.doc": Answer(403, {}, b""),
    "/f/empty.doc": Answer(200, {"Content-Type": "application/msword"}, b""),
    "/f/cut.docx": Answer(200, {}, b"PK\x03\x04" + bytes(2000)),
    "/f/large.zip": Answer(200, {}, bytes(70_000)),
    "/f/moved.rtf": Answer.redirect("/f/1.rtf"),
    "/module/download/downfile.jsp?classid=0&filename=1.rtf": Answer(200, {
        "Content-Disposition": 'attachment; filename="' + "计划表.rtf".encode("gb18030").decode("latin-1") + '"',
    }, RTF),
    "/f/away.doc": Answer.redirect("http://files.example.com/x.doc"),
}  # fmt: skip
BECOMES = {
    "/f/1.rtf": ("archived", "ok"), "/f/same.rtf": ("archived", "ok"), "/f/lies.doc": ("archived", "ok"),
    "/f/gone.doc": ("gone", None), "/f/soft.doc": ("gone", None), "/f/refused.doc": ("blocked", None),
    "/f/empty.doc": ("archived", "empty"), "/f/cut.docx": ("archived", "damaged"), "/f/large.zip": ("unread", None),
    "/f/moved.rtf": ("archived", "ok"), "/f/away.doc": ("foreign", None),
    "/module/download/downfile.jsp?classid=0&filename=1.rtf": ("archived", "ok"),
}  # fmt: skip


class OnePage:
    """A document that encloses everything of `FILES`."""

    text = "本通知自印发之日起施行，请各单位认真贯彻执行，确保各项工作落到实处。"

    def answer(self, request: Request) -> Answer:
        if request.path == "/robots.txt":
            return Answer(404)
        links = "".join(f'<p><a href="{url}">附件{n}：材料{n}</a></p>' for n, url in enumerate(FILES, 1))
        page = (
            "<html><head><title>关于印发计划的通知</title></head><body><h1>关于印发计划的通知</h1>"
            "<table><tr><td>索引号：</td><td>000014349/2020-00012</td><td>发布日期：</td><td>2020-03-04</td></tr></table>"
            f'<div class="TRS_Editor"><p>{self.text}</p><p>{self.text}</p>{links}</div></body></html>'
        )
        files = {url.partition("?")[0]: answer for url, answer in FILES.items()}
        return files.get(request.path) or Answer.html(page)


@pytest.fixture(scope="module")
def scraped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, list[str]]:
    """An archive into which the page was scraped, its address, and what was asked of the server."""
    site, folder = Loopback(OnePage()), tmp_path_factory.mktemp("odd") / "a"
    with site.serve() as base:
        address = f"{base}/art/2020/3/4/art_1_2.html"
        done = gongkai("scrape", address, "-s", "GONGKAI_FILE_SIZE=60000", "-s", "DOWNLOAD_DELAY=0", archive=folder)
        assert done.code == 0, done.err
        return folder, address, [hit.path for hit in site.log]


class OnlyAFile:
    """A document that is a heading, an index and a link: its text stands in the file."""

    def answer(self, request: Request) -> Answer:
        if request.path == "/robots.txt":
            return Answer(404)
        if request.path == "/f/1.rtf":
            return FILES["/f/1.rtf"]
        return Answer.html(
            "<html><head><title>关于印发计划的通知</title></head><body><h1>关于印发计划的通知</h1>"
            "<table><tr><td>索引号：</td><td>000014349/2020-00012</td><td>发布日期：</td><td>2020-03-04</td></tr></table>"
            '<div class="TRS_Editor"><p>附件：<a href="/f/1.rtf">建设计划.rtf</a></p></div></body></html>'
        )


def test_a_document_that_is_only_an_attachment_gets_its_text_from_there(tmp_path: Path) -> None:
    site = Loopback(OnlyAFile())
    with site.serve() as base:
        done = gongkai("scrape", f"{base}/art/2020/3/4/art_1_2.html", "-s", "DOWNLOAD_DELAY=0", archive=tmp_path)
    assert done.code == 0, done.err
    (row,) = map(json.loads, gongkai("export", "--format", "jsonl", archive=tmp_path).out.splitlines())
    assert (row["text"].strip(), row["text_from"]) == ("附件正文：水利工程建设计划安排。", "建设计划.rtf")
    assert row["index_number"] == "000014349/2020-00012"
    assert gongkai("verify", archive=tmp_path).code == 0


@pytest.mark.parametrize("link", BECOMES)
def test_what_a_server_sends_has_a_status(link: str, scraped: tuple[Path, str, list[str]]) -> None:
    folder, address, _ = scraped
    with Archive(folder) as archive:
        row = archive.db.execute(
            "select w.state, f.text_status, w.reason from downloads w left join files f using (sha256) where url = ?",
            (urljoin(address, link),),
        ).fetchone()
    assert row is not None
    assert row[:2] == BECOMES[link], row
    assert (row[2] is None) == (row[0] == "archived")


def test_the_same_bytes_are_kept_once(scraped: tuple[Path, str, list[str]]) -> None:
    folder, _, _ = scraped
    with Archive(folder) as archive:
        kinds = Counter(kind for (kind,) in archive.db.execute("select kind from files"))
        assert kinds["rtf"] == kinds["pdf"] == 1
        assert archive.db.execute("select count(*) from attachments a join files f using (sha256) where f.kind = 'rtf'"
                                  ).fetchone() == (4,)  # fmt: skip


def test_a_name_in_a_header_is_read_in_its_own_encoding(scraped: tuple[Path, str, list[str]]) -> None:
    folder, _, _ = scraped
    with Archive(folder) as archive:
        names = {url: name for url, name in archive.db.execute("select url, name from downloads") if name}
    assert list(names.values()) == ["计划表.rtf"]


def test_bytes_are_evidence(scraped: tuple[Path, str, list[str]]) -> None:
    """Every answer stands in the WARC, also the refusals; nothing is asked for twice, and no other site at all."""
    folder, address, asked = scraped
    assert Counter(asked).most_common(2)[0][1] <= 2  # /f/1.rtf, which another address leads to as well
    assert gongkai("verify", archive=folder).code == 0
    with Archive(folder) as archive:
        captures = archive.db.execute("select count(*) from captures where enclosed").fetchone()[0]
        assert captures == len(FILES) - 2  # the one that is too large, and the one on another site
        (place,) = archive.db.execute('select file, "offset", length from captures where url = ?',
                                      (urljoin(address, "/f/lies.doc"),))  # fmt: skip
        assert archive.read_payload(Location(*place)).body == PDF


def test_files_are_read_again_from_the_recording(scraped: tuple[Path, str, list[str]]) -> None:
    """What an earlier version made of a file is mended by `reextract`; what is right stays."""
    folder, _, _ = scraped
    before = archived(folder)
    with Archive(folder, write=True) as archive:
        (digest,) = archive.db.execute("select sha256 from files where kind = 'rtf'").fetchone()
        archive.reread_file(File(digest, "rtf", "application/rtf", len(RTF), "damaged", "乱码"), "")
    assert archived(folder) != before
    again = json.loads(gongkai("reextract", "--dry-run", "--json", archive=folder).out)
    assert again["fields"] == {"attachment": 1}
    done = gongkai("reextract", archive=folder)
    assert done.code == 0, done.err
    assert archived(folder) == before
    with Archive(folder) as archive:
        assert archive.db.execute("select count(*) from attachments where sha256 is not null").fetchone() == (7,)


def test_ten_documents_enclose_the_same_bytes_at_ten_addresses(tmp_path: Path) -> None:
    """One blob, a hundred links; and new bytes at an address are another blob for whoever is read from then on."""
    links = tuple(Attachment(f"附件{n}.pdf", f"http://a.gov.cn/f{n}.pdf") for n in range(10))

    def keep(link: str, sign: str, at: str) -> None:
        sha256 = sign * 64
        file = None if archive.has_file(sha256) else File(sha256, "pdf", "application/pdf", 4, "ok", f"文件{sign}。")
        archive.keep_file(capture(archive, link, sign.encode(), at), sha256, file)

    def say(number: int, text: str, at: str) -> None:
        found = Document("通知", text, "", Index(), attachments=links)
        reading = Reading("document", url(number), "utf-8", document=found)
        archive.store(capture(archive, url(number), text.encode(), at), reading, hashes(found, url(number)))

    def enclosed(number: int) -> list[tuple[str, int]]:
        return archive.db.execute("select a.sha256, count(*) from attachments a join pages p on p.reading = a.capture "
                                  "where p.url = ? group by 1 order by 1", (url(number),)).fetchall()

    with Archive(tmp_path, write=True) as archive:
        for number in range(10):
            say(number, f"第{number}号。", "2026-01-01T00:00:00Z")
        for link in links:
            keep(str(link.url), "a", "2026-01-01T00:00:01Z")
        assert archive.db.execute("select count(*) from files").fetchone() == (1,)
        assert archive.db.execute("select count(*), count(distinct sha256) from attachments").fetchone() == (100, 1)
        say(3, "改过。", "2026-02-01T00:00:00Z")
        keep(str(links[0].url), "b", "2026-02-01T00:00:01Z")
        for link in links[1:]:
            keep(str(link.url), "a", "2026-02-01T00:00:01Z")
        assert enclosed(3) == [("a" * 64, 9), ("b" * 64, 1)]
        assert enclosed(4) == [("a" * 64, 10)]
        assert archive.db.execute("select count(*) from files").fetchone() == (2,)
