"""Every mistake a user can make gets one clear sentence with the remedy, the right exit code, and no stack trace."""

from __future__ import annotations

import gzip
import json
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.database import Archive
from archive.warc import WarcWriter
from tests.fake_site import KEY, FakeSite
from tests.loopback import Answer, Loopback, Request
from tests.running import MORTAL, Ran, catalogue_of, gongkai
from tests.samples import store
from tests.samples import url as page_url

pytestmark = pytest.mark.slow

USAGE, DAMAGED = 2, 3
GOOD = 'name = "甲市"\nurl = "http://a.gov.cn/"\ncms = "html"\n[[channels]]\nkey = "b"\nname = "乙"\nurl = "http://a.gov.cn/b/"\n'


def complains(ran: Ran, code: int, *words: str) -> None:
    """One sentence on stderr that has the words; nothing that looks like our own mistake."""
    assert "Traceback" not in ran.err, ran.err
    assert ran.code == code, ran.err
    for word in words:
        assert word in ran.err, (word, ran.err)
    assert len(ran.err.strip().splitlines()) <= 3, ran.err


def test_an_unknown_site(tmp_path: Path) -> None:
    complains(gongkai("crawl", "fuyan", archive=tmp_path / "a"), USAGE, "fuyan", "did you mean fuyang")


BROKEN = {
    "not-toml": ('name = "甲', ("not-toml.toml", "line 1")),
    "no-url": (GOOD.replace('url = "http://a.gov.cn/"\n', "", 1), ("no-url.toml", "'url'", "missing")),
    "wrong-type": (GOOD.replace('cms = "html"', 'cms = "html"\ndelay = "soon"'), ("line 4", "'delay'", "seconds")),
    "unknown-key": (GOOD.replace("cms =", "dealy = 1\ncms ="), ("line 3", "'dealy'", "did you mean delay")),
    "no-address": (GOOD.replace("http://a.gov.cn/b/", "a.gov.cn/b"), ("line 7", "'url'", "http://")),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_site_file(name: str, tmp_path: Path) -> None:
    text, words = BROKEN[name]
    (tmp_path / "sites").mkdir()
    (tmp_path / "sites" / f"{name}.toml").write_text(text, "utf-8")
    complains(gongkai("crawl", name, archive=tmp_path / "a", catalogue=tmp_path / "sites"), USAGE, *words)


@pytest.mark.parametrize("url", ["ftp://a.gov.cn/x", "file:///etc/passwd", "a.gov.cn/x", "javascript:alert(1)"])
def test_an_address_that_is_not_http(url: str, tmp_path: Path) -> None:
    complains(gongkai("scrape", url, archive=tmp_path / "a"), USAGE, url, "http://")
    assert not (tmp_path / "a").exists()


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    complains(gongkai("scrape", "http://127.0.0.1:9/", archive=tmp_path / "file" / "a"), DAMAGED, "file", "--archive")


def test_an_archive_of_another_running_crawl(tmp_path: Path) -> None:
    with Archive(tmp_path / "a", write=True) as archive:
        archive.lease("127.0.0.1")
        ran = gongkai("scrape", "http://127.0.0.1:9/", archive=tmp_path / "a")
        alone = gongkai("reextract", archive=tmp_path / "a")
    complains(ran, DAMAGED, "127.0.0.1 is being crawled", str(os.getpid()))
    complains(alone, DAMAGED, "running crawl", str(os.getpid()))


def test_an_archive_of_a_newer_version(tmp_path: Path) -> None:
    Archive(tmp_path / "a", write=True).close()
    with sqlite3.connect(tmp_path / "a" / "gongkai.db") as db:
        db.execute("pragma user_version = 99")
    for command in (["coverage"], ["search", "预算"], ["scrape", "http://127.0.0.1:9/"]):
        complains(gongkai(*command, archive=tmp_path / "a"), DAMAGED, "99", "newer gongkai")


def test_no_archive_yet(tmp_path: Path) -> None:
    for command in ("coverage", "status", "verify", "browse"):
        complains(gongkai(command, archive=tmp_path / "none"), DAMAGED, "none", "gongkai crawl")


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "gongkai.db").write_bytes(b"this is no database, however long it may be made " * 40)
    complains(gongkai("coverage", archive=tmp_path / "a"), DAMAGED, "gongkai.db")


def test_a_recording_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "x.warc.gz").write_bytes(gzip.compress(b"nothing of the kind"))
    (tmp_path / "y.warc.gz").write_bytes(b"<html>not even packed</html>")
    for name in ("x.warc.gz", "y.warc.gz", "missing.warc.gz"):
        complains(gongkai("import", tmp_path / name, archive=tmp_path / "a"), USAGE, name)
        replay = gongkai("crawl", "fuyang", "--replay", tmp_path / name, archive=tmp_path / "b")
        complains(replay, USAGE, name)


def test_a_recording_that_breaks_off(city: FakeSite, tmp_path: Path) -> None:
    """What could be read is in, and the sentence says how much."""
    gongkai("crawl", KEY, archive=tmp_path / "a", catalogue=catalogue_of(city, tmp_path / "sites"))
    (recording,) = (tmp_path / "a" / "warc").glob("*.warc.gz")
    cut = tmp_path / "cut.warc.gz"
    cut.write_bytes(recording.read_bytes()[: recording.stat().st_size // 2])
    complains(gongkai("import", cut, archive=tmp_path / "b"), USAGE, "cut.warc.gz", "breaks off", "in the archive")
    with Archive(tmp_path / "b") as archive:
        assert archive.counts()["documents"]


def test_a_listing_where_a_document_was_expected(city: FakeSite, tmp_path: Path) -> None:
    """It is recorded as what it is, never as a document."""
    toml = city.site_toml(city.base_url)
    catalogue = catalogue_of(city, tmp_path / "sites")
    document = city.held()[0].url
    (catalogue / f"{KEY}.toml").write_text(toml.replace(f"{city.base_url}/article/66/", document), "utf-8")
    ran = gongkai("crawl", KEY, archive=tmp_path / "a", catalogue=catalogue)
    assert ran.code == 1
    assert "broken" in ran.out
    with Archive(tmp_path / "a") as archive:
        outcomes = dict(archive.db.execute("select channel, outcome from coverage").fetchall())
    assert outcomes["gzbg"] == "broken"
    assert outcomes["tzgg"] == "exhausted"  # other channels are unaffected


def test_a_manifest_line_without_a_file(tmp_path: Path) -> None:
    manifest = tmp_path / "m.jsonl"
    (tmp_path / "p.html").write_text("<html><body><p>一页</p></body></html>", "utf-8")
    manifest.write_text('{"file": "p.html"}\n{"url": "http://a.gov.cn/"}\n', "utf-8")
    complains(
        gongkai("read", "--manifest", manifest, "--json", archive=tmp_path / "a"), USAGE, "m.jsonl", "line 2", '"file"'
    )
    manifest.write_text('{"file": "gone.html"}\n', "utf-8")
    complains(gongkai("read", "--manifest", manifest, "--json", archive=tmp_path / "a"), USAGE, "gone.html")


def test_a_setting_without_a_value(tmp_path: Path) -> None:
    complains(gongkai("crawl", "fuyang", "-s", "DOWNLOAD_DELAY", archive=tmp_path / "a"), USAGE, "NAME=VALUE")


def test_a_word_to_leave_out_is_no_option(tmp_path: Path) -> None:
    """As the command's own advice has it: gongkai search 预算 -决算."""
    with Archive(tmp_path / "a", write=True) as archive:
        store(archive, page_url(1), "预算", "收入。")
        store(archive, page_url(2), "预算", "决算。")
    ran = gongkai("search", "预算", "-决算", "--json", archive=tmp_path / "a")
    assert [json.loads(line)["url"] for line in ran.out.splitlines()] == [page_url(1)], ran.err
    ran = gongkai("search", "预算", "--limt", "5", archive=tmp_path / "a")
    assert (ran.code, "No such option" in ran.err) == (USAGE, True)


def test_nothing_to_read(tmp_path: Path) -> None:
    complains(gongkai("read", archive=tmp_path / "a"), USAGE, "--manifest")
    complains(gongkai("read", tmp_path / "none.html", archive=tmp_path / "a"), USAGE, "none.html")


def crawled(city: FakeSite, tmp_path: Path) -> tuple[Path, Path]:
    """An archive of the test site, and its one WARC file."""
    gongkai("crawl", KEY, archive=tmp_path / "a", catalogue=catalogue_of(city, tmp_path / "sites"))
    (file,) = (tmp_path / "a" / "warc").glob("*.warc.gz")
    return tmp_path / "a", file


def test_every_whole_answer_before_a_break_is_imported(tmp_path: Path) -> None:
    """Fewer than fill one batch, as in a short recording: they were lost with the batch that the break cut short."""
    writer = WarcWriter(tmp_path)
    page = [("Content-Type", "text/html")]
    places = [writer.append(page_url(n), 200, "OK", page, b"<p>%d" % n, "2026-01-01T00:00:00Z") for n in range(9)]
    writer.close()
    (file,) = tmp_path.glob("*.warc.gz")
    file.write_bytes(file.read_bytes()[: places[8].offset + places[8].length // 2])
    complains(gongkai("import", file, archive=tmp_path / "a"), USAGE, "breaks off", " 8 responses before that")
    with Archive(tmp_path / "a") as archive:
        assert [taken.url for _, taken, _ in archive.captures()] == [page_url(n) for n in range(8)]
    complains(gongkai("crawl", "fuyang", "--replay", file, archive=tmp_path / "b"), USAGE, "breaks off")


def test_captures_that_cannot_be_read_are_named_and_the_others_read(city: FakeSite, tmp_path: Path) -> None:
    folder, file = crawled(city, tmp_path)
    with Archive(folder) as archive:
        pages = [taken for _, taken, _ in archive.captures()]
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    lost = [taken.url for taken in pages if taken.location.offset + taken.location.length > file.stat().st_size]
    assert 0 < len(lost) < len(pages)
    ran = gongkai("reextract", "--dry-run", archive=folder)
    assert (ran.code, "Traceback" in ran.err) == (DAMAGED, False), ran.err
    assert [line.partition(": ")[0] for line in ran.err.splitlines() if line.startswith("http")][: len(lost)] == lost
    whole = json.loads(gongkai("reextract", "--json", archive=folder).out)
    read, damaged = whole["read"], len(whole["damaged"])
    assert f"read {read} of {read + damaged} captures, {damaged} damaged" in ran.err
    assert read >= len(pages) - len(lost)
    file.unlink()
    assert json.loads(gongkai("reextract", "--json", archive=folder).out)["read"] == 0


@pytest.mark.parametrize("command", [["status"], ["coverage"], ["search", "预算"], ["verify"], ["changes"], ["browse"],
                                     ["export"]])
def test_a_database_that_is_empty(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "gongkai.db").touch()
    complains(gongkai(*command, archive=tmp_path / "a"), DAMAGED, "gongkai.db is empty", "gongkai rebuild")


def test_a_damaged_database_is_not_sent_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "gongkai.db").write_bytes(b"this is no database, however long it may be made " * 40)
    ran = gongkai("verify", archive=tmp_path / "a")
    complains(ran, DAMAGED, "gongkai rebuild", "restore a copy")
    assert "gongkai verify" not in ran.err


# --- addresses that cannot be asked for -----------------------------------------------------------------------------

NO_ADDRESS = ("http://", "http://[::1", "http://127.0.0.1:99999/", "http://127.0.0.1:x/", "http://me:pw@127.0.0.1:9/",
              "http://中_国.cn/", f"http://127.0.0.1:9/{'a' * 2083}")  # fmt: skip


@pytest.mark.parametrize("command", ["scrape", "read", "add", "golden"])
def test_an_address_that_cannot_be_asked_for(command: str, tmp_path: Path) -> None:
    for address in NO_ADDRESS:
        shown = address.replace("me:pw", "***")[:60]  # a password is never printed
        complains(gongkai(command, address, archive=tmp_path / "a"), USAGE, shown, "address")
    assert not (tmp_path / "a").exists()


def test_the_address_of_a_saved_page(tmp_path: Path) -> None:
    (tmp_path / "p.html").write_text("<html><body><p>一页</p></body></html>", "utf-8")
    complains(gongkai("read", tmp_path / "p.html", "--url", "http://[::1", archive=tmp_path / "a"), USAGE, "p.html")


TEXT = "".join(f"<p>第{n}条 各有关单位应当认真落实文件的要求，按期报送有关情况。</p>" for n in range(1, 6))
MALFORMED = ("http://127.0.0.1:99999/a.html", "http://127.0.0.1:x/b.html", "http://me:pw@127.0.0.1:9/c.html")


class Careless:
    """A list whose rows lead to documents and to what is no address; every other page is a document."""

    def answer(self, request: Request) -> Answer:
        if request.path != "/list/":
            title = f"<h1>关于{sum(request.path.encode())}的通知</h1><div>发布时间：2024-03-05</div>"
            return Answer.html(f"<html><body>{title}<div class='TRS_Editor'>{TEXT}</div></body></html>")
        links = ("/1.html", *MALFORMED, "http://[::1", f"/{'a' * 2083}.html", "/2.html")
        rows = "".join(f"<li><a href='{link}'>关于做好第{n}项工作的通知</a><span>2024-03-{n:02}</span></li>"
                       for n, link in enumerate(links, 1))  # fmt: skip
        return Answer.html(f"<html><body><ul class='list'>{rows}</ul></body></html>")


def states(folder: Path) -> dict[str, tuple[str, str | None]]:
    with Archive(folder) as archive:
        rows = archive.db.execute("select url, state, reason from pages").fetchall()
    return {url: (state, reason) for url, state, reason in rows}


def test_a_list_with_addresses_that_are_none(tmp_path: Path) -> None:
    """They are in the ledger with the reason; the others are fetched, in this run and in every later one."""
    with Loopback(Careless()).serve() as base:
        catalogue = one_list(base, tmp_path / "sites")
        ran = gongkai("crawl", "jia", archive=tmp_path / "a", catalogue=catalogue)
        found = states(tmp_path / "a")
        with Archive(tmp_path / "a", write=True) as archive:
            archive.db.execute("update pages set state = 'pending', reason = null where state = 'foreign'")
            archive.db.commit()
        later = gongkai("crawl", "jia", archive=tmp_path / "a", catalogue=catalogue)
    for told in (ran, later):
        assert "Traceback" not in told.err, told.err
    for ledger in (found, states(tmp_path / "a")):
        assert ledger[f"{base}/1.html"][0] == ledger[f"{base}/2.html"][0] == "archived"
        assert {ledger[url][0] for url in MALFORMED} == {"foreign"}
        assert "not a web address" in str(ledger[MALFORMED[0]][1])
        (longest,) = (row for url, row in ledger.items() if len(url) > 2083)
        assert longest[0] == "foreign"
        assert "more than 2,083 characters" in str(longest[1])


def one_list(base: str, folder: Path) -> Path:
    """A catalogue of one site, the one that is served, whose only channel is the list."""
    folder.mkdir()
    channel = f'[[channels]]\nkey = "list"\nname = "甲"\nurl = "{base}/list/"\n'
    site = f'name = "甲"\nurl = "{base}/"\ncms = "html"\nprivate = true\ndelay = 0\n{channel}'
    (folder / "jia.toml").write_text(site, "utf-8")
    return folder


def test_spaces_capitals_and_characters_in_an_address(tmp_path: Path) -> None:
    loopback = Loopback(Careless())
    with loopback.serve() as base:
        shout = base.replace("http://127.0.0.1", "HTTP://127.0.0.1")
        ran = gongkai("scrape", f"{base}/文件/a b.html", f"{shout}/c.html", "-s", "DOWNLOAD_DELAY=0",
                      archive=tmp_path / "a")  # fmt: skip
    assert ran.code == 0, ran.err + ran.out
    assert set(states(tmp_path / "a")) == {f"{base}/%E6%96%87%E4%BB%B6/a%20b.html", f"{base}/c.html"}


@pytest.fixture
def lent(tmp_path: Path) -> Iterator[Path]:
    """An archive that we may read, and not write."""
    with Archive(tmp_path / "lent", write=True) as archive:
        store(archive, page_url(1))
    everything = [tmp_path / "lent", *(tmp_path / "lent").rglob("*")]
    for path in everything:
        path.chmod(0o555 if path.is_dir() else 0o444)
    yield tmp_path / "lent"
    for path in everything:
        path.chmod(0o755 if path.is_dir() else 0o644)


def test_an_archive_that_may_not_be_written_is_read(lent: Path, tmp_path: Path) -> None:
    for command in (("status",), ("verify",), ("changes",), ("export", "-o", tmp_path / "x.csv"), ("coverage",)):
        ran = gongkai(*command, archive=lent, under=MORTAL)
        assert (ran.code, "gongkai:" in ran.err) == (0, False), (command, ran.err)
    assert not list(lent.glob("*-wal"))


def test_what_may_not_be_written_is_named(lent: Path) -> None:
    complains(gongkai("rebuild", archive=lent, under=MORTAL), DAMAGED, str(lent), "permissions")
    for command in (("crawl", "fuyang"), ("reextract",)):
        complains(gongkai(*command, archive=lent, under=MORTAL), DAMAGED, str(lent), "permissions")
    lent.chmod(0o755)
    (lent / "opening").chmod(0o644)
    (lent / "lock").chmod(0o644)
    complains(gongkai("crawl", "fuyang", archive=lent, under=MORTAL), DAMAGED, "gongkai.db", "permissions")


def test_a_log_that_only_a_writer_can_read_says_so(lent: Path) -> None:
    lent.chmod(0o755)
    (lent / "gongkai.db-wal").write_bytes(b"\x37\x7f\x06\x82" + bytes(60))
    lent.chmod(0o555)
    complains(gongkai("status", archive=lent, under=MORTAL), DAMAGED, "gongkai.db", "log", "copy the folder")
    lent.chmod(0o755)


def test_an_export_that_finds_no_room_names_its_file(lent: Path, tmp_path: Path) -> None:
    ran = gongkai("export", "-o", tmp_path / "x.csv", archive=lent, under=(*MORTAL, "prlimit", "--fsize=10"))
    complains(ran, DAMAGED, "x.csv", "free some space")
