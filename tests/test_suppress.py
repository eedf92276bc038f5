"""What is suppressed is nowhere to be seen and can come back; what is erased is nowhere at all and cannot."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.database import Archive
from archive.errors import UsageError
from archive.export import Wish, rows
from archive.merge import merge
from archive.query import parse
from archive.records import Ask, Listing
from archive.search import search
from archive.suppress import erase, lift, suppress
from archive.verify import verify
from archive.wacz import write_wacz
from archive.warc import WarcWriter
from crawler.recorded import import_file
from crawler.reextract import reextract, reread
from tests.running import gongkai
from tests.samples import CHANNEL, SITE, capture, entry, store, url

CANARY = "金丝雀王某住址"
PAGE = """<html><head><title>{title}</title><meta name="ArticleTitle" content="{title}"></head><body>
<div class="TRS_Editor"><p>{text}</p><p>{more}</p></div></body></html>"""


def page(number: int, text: str) -> bytes:
    more = f"关于印发第{number}号文件的通知，请各单位认真贯彻执行。" * 8
    return PAGE.format(title=f"第{number}号通知", text=text, more=more).encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four pages read from a recording, the canary on two of them, one of these fetched twice; a list; a backup."""
    folder, recording = tmp_path / "archive", tmp_path / "recording"
    recording.mkdir()
    writer = WarcWriter(recording)
    for number, text in ((0, "无。"), (1, CANARY), (2, "无。"), (3, f"又见{CANARY}")):
        for at in ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")[: 1 + number % 2]:
            body = page(number, text + at)
            writer.append(url(number), 200, "OK", [("Content-Type", "text/html; charset=utf-8")], body, at)
    writer.close()
    with Archive(folder, write=True) as archive:
        archive.enrol(SITE)
        walk = archive.begin_walk(CHANNEL)
        listing = Listing(tuple(map(entry, range(4))), total=4)
        archive.listed(walk.id, Ask(CHANNEL.url), listing, capture(archive, CHANNEL.url))
        archive.end_walk(walk.id, "exhausted")
        import_file(archive, next(recording.iterdir()))
    (folder / "gongkai.db.v0.bak").write_text(CANARY)
    return folder


def everywhere(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file as it is, and every gzip member in it unpacked."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            raw = path.read_bytes()
            yield path.name, raw
            while raw.startswith(b"\x1f\x8b"):
                member = zlib.decompressobj(wbits=31)
                yield path.name, member.decompress(raw)
                raw = member.unused_data


def canaries(folder: Path) -> list[str]:
    forms = [CANARY.encode(), CANARY.encode("gb18030"), " ".join(CANARY).encode(), CANARY.encode("utf-16-le")]
    return [name for name, raw in everywhere(folder) if any(form in raw for form in forms)]


def clean(archive: Archive) -> bool:
    return [found.as_dict() for found in verify(archive.folder, archive.db)] == []


def seen(archive: Archive) -> list[str]:
    """Where the canary can be seen: by search, in exports, in any text of the interpretation."""
    out = io.BytesIO()
    write_wacz(out, archive.warc_folder, archive.db, Wish())
    unpacked = b"".join(raw for raw in _members(out.getvalue()))
    places = {"search": search(archive.db, parse(CANARY), limit=9), "wacz": CANARY.encode() in unpacked,
              "export": [row for row in rows(archive.db, Wish()) if CANARY in str(row)]}
    for table in ("documents", "readings", "files", "listings", "pages", "attachments", "flags", "changes", "history"):
        places[table] = [row for row in archive.db.execute(f"select * from {table}") if CANARY in str(row)]
    return [name for name, found in places.items() if found]


def _members(raw: bytes) -> Iterator[bytes]:
    import zipfile

    with zipfile.ZipFile(io.BytesIO(raw)) as package:
        yield gzip.decompress(package.read("archive/gongkai.warc.gz"))


def ends(archive: Archive) -> tuple[int, int | None]:
    """Documents, and what the certificate cannot explain."""
    return (archive.db.execute("select count(*) from documents").fetchone()[0],
            archive.db.execute("select unexplained from coverage").fetchone()[0])


# --- suppress ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", [url(1), "http://a.gov.cn/bg/1*", "number", "hash"])
def test_what_is_suppressed_is_nowhere_to_be_seen_and_comes_back(folder: Path, asked: str) -> None:
    with Archive(folder, write=True) as archive:
        erase(archive, url(3), "判决")
        before, captures = ends(archive), archive.db.execute("select * from captures").fetchall()
        assert {"search", "wacz", "export", "documents"} <= set(seen(archive))
        n, content = archive.db.execute("select d.n, d.content from documents d join readings r on r.document = d.n "
                                        "join pages p on p.reading = r.capture where p.url = ?", (url(1),)).fetchone()
        taken = suppress(archive, {"number": str(n), "hash": content}.get(asked, asked), "当事人申请")
        assert taken.pages == 1
        assert seen(archive) == []
        assert clean(archive)
        assert archive.states([url(1)])[0].reason == "withheld: 当事人申请"
        assert archive.db.execute("select * from captures").fetchall() == captures
        assert ends(archive)[1] == 0
        assert reextract(archive, dry_run=False, jobs=1).altered == 0
        assert seen(archive) == []
        assert reread(archive, lift(archive, taken.asked)) == 2
        assert {"search", "wacz", "export", "documents"} <= set(seen(archive))
        assert ends(archive) == before
        assert clean(archive)


def test_what_is_suppressed_is_not_fetched_listed_or_imported_again(folder: Path) -> None:
    with Archive(folder, write=True) as archive:
        suppress(archive, url(1), "申请")
        assert archive.offer([url(1)], force=True) == []
        walk = archive.begin_walk(CHANNEL, full=True)
        listed = archive.listed(walk.id, Ask(CHANNEL.url), Listing((entry(1, title=CANARY), entry(9))), None)
        assert listed.fresh == (url(9),)
        assert archive.due(None, 10) == archive.states([url(9)])
        assert import_file(archive, next((folder.parent / "recording").iterdir()))["withheld"] == 2
        assert url(1) not in {row["url"] for row in rows(archive.db, Wish())}
        assert archive.db.execute("select title from listings where url = ?", (url(1),)).fetchone() == ("（已隐去）",)


def test_a_suppressed_text_at_another_address_is_not_shown_either(folder: Path) -> None:
    with Archive(folder, write=True) as archive:
        stored = store(archive, url(20), "甲", CANARY * 3)
        suppress(archive, str(stored.document), "申请")
        store(archive, url(21), "甲", CANARY * 3)
        assert [page.state for page in archive.states([url(20), url(21)])] == ["foreign", "foreign"]
        assert clean(archive)


@pytest.mark.parametrize("asked", ["999", "0" * 64, "http://a.gov.cn/none.htm", "第一号"])
def test_what_is_not_here_is_not_withheld(folder: Path, asked: str) -> None:
    with Archive(folder, write=True) as archive:
        with pytest.raises(UsageError):
            suppress(archive, asked, "x")
        with pytest.raises(UsageError):
            lift(archive, asked)


# --- erase -------------------------------------------------------------------------------------------------------


def test_what_is_erased_is_in_no_file_and_verify_is_clean(folder: Path) -> None:
    assert canaries(folder)
    with Archive(folder, write=True) as archive:
        chained = archive.db.execute("select url, payload, chain from captures order by id").fetchall()
        taken = erase(archive, "http://a.gov.cn/bg/1*", "判决")
        again = erase(archive, url(3), "判决")
        assert (taken.pages, taken.documents, taken.records) == (1, 2, 2)
        assert again.records == 2
        assert archive.db.execute("select url, payload, chain from captures order by id").fetchall() == chained
        assert clean(archive)
        assert seen(archive) == []
        assert ends(archive) == (2, 0)
        for number in (0, 2):
            assert number in [int(hit.url[-5]) for hit in search(archive.db, parse(f"第{number}号文件"), limit=9)]
    assert canaries(folder) == []
    with Archive(folder, write=True) as archive:
        assert reextract(archive, dry_run=False, jobs=1).damaged == []
        assert clean(archive)


def test_erase_is_for_good(folder: Path) -> None:
    with Archive(folder, write=True) as archive:
        for number in (1, 3):
            suppress(archive, url(number), "申请")
            erase(archive, url(number), "判决")
        with pytest.raises(UsageError, match="erased for good"):
            lift(archive, url(1))
        assert import_file(archive, next((folder.parent / "recording").iterdir()))["withheld"] == 4
    assert canaries(folder) == []


def test_what_comes_in_again_by_merge_goes_again(folder: Path, tmp_path: Path) -> None:
    with Archive(tmp_path / "other", write=True) as other:
        merge(other, folder)
    with Archive(folder, write=True) as archive:
        for number in (1, 3):
            erase(archive, url(number), "判决")
        with Archive(tmp_path / "other", write=True) as other:
            store(other, url(7), text="新的。")
        merge(archive, tmp_path / "other")
        assert clean(archive)
        assert archive.states([url(7)])[0].state == "archived"
    assert canaries(folder) == []
    with Archive(tmp_path / "other", write=True) as other:
        merge(other, folder)
        assert clean(other)
    assert canaries(tmp_path / "other") == []


def test_erased_text_that_turns_up_elsewhere_goes_with_the_next_erase(folder: Path) -> None:
    with Archive(folder, write=True) as archive:
        for number in (1, 3):
            erase(archive, url(number), "判决")
        stored = store(archive, url(20), "甲", CANARY * 3)
        erase(archive, str(stored.document), "判决")
        store(archive, url(21), "甲", CANARY * 3)
    assert canaries(folder)
    with Archive(folder, write=True) as archive:
        erase(archive, None)
        assert clean(archive)
    assert canaries(folder) == []


def test_a_kill_between_the_files_is_mended_by_the_next_erase(folder: Path) -> None:
    (old,) = [path for path in (folder / "warc").iterdir() if CANARY.encode() in gzip.decompress(path.read_bytes())]
    kept = old.read_bytes()
    with Archive(folder, write=True) as archive:
        for number in (1, 3):
            erase(archive, url(number), "判决")
    old.write_bytes(kept)  # as if it had been killed before the old file went
    with Archive(folder, write=True) as archive:
        erase(archive, None)
        assert clean(archive)
    assert canaries(folder) == []


# --- the commands ------------------------------------------------------------------------------------------------


def test_the_commands(folder: Path) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        ran = gongkai(*arguments, archive=folder)
        assert "Traceback" not in ran.err
        return ran.code, ran.out

    assert run("suppress", url(1)) == (2, "")
    assert run("suppress", url(1), "--reason", "申请") == (
        0, f"{url(1)}: 1 pages and 2 documents hidden, 0 records with them\n")
    assert run("suppress")[1].startswith(f"{url(1)}\t申请\t")
    assert run("search", CANARY)[1].count("\n") == 2
    assert run("suppress", url(1), "--lift") == (0, "2 captures read again\n")
    assert run("search", CANARY)[1].count("\n") == 4
    assert run("erase", url(1), "--reason", "判决")[0] == 130
    assert run("erase", url(1), "--reason", "判决", "--yes")[0] == 0
    assert run("erase") == (0, "what came in again: 0 pages and 0 documents erased, 0 records with them\n")
    assert run("verify")[0] == 0
