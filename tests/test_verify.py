"""`verify` finds what is wrong, names it, and finds nothing wrong with what is whole."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from archive.database import Archive
from archive.errors import Gone
from archive.records import Ask, Listing
from archive.verify import verify
from archive.warc import Request
from tests.samples import CHANNEL, SITE, capture, entry, store, url


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An archive with something of everything."""
    with Archive(tmp_path, write=True) as archive:
        archive.enrol(SITE)
        walk = archive.begin_walk(CHANNEL)
        archive.listed(walk.id, Ask(CHANNEL.url), Listing(tuple(map(entry, range(6)))), capture(archive, CHANNEL.url))
        archive.end_walk(walk.id, "exhausted")
        archive.warc.append("http://a.gov.cn/robots.txt", 404, "Not Found", [], b"", "2026-01-01T00:00:00Z")
        for number in range(4):
            store(archive, url(number), text=f"正文{number}。" * 50)
        store(archive, url(1), text="改过。", at="2026-02-01T00:00:00Z")
        archive.refuse(url(4), Gone(url(4), "404"), capture(archive, url(4), b"", status=404))
        archive.warc.append("http://a.gov.cn/q", 200, "OK", [], b"[]", "2026-01-01T00:00:00Z", Request("POST", b"q=1"))
    return tmp_path


@contextmanager
def tampered(folder: Path) -> Iterator[sqlite3.Connection]:
    """The database with nothing to protect it."""
    db = sqlite3.connect(folder / "gongkai.db", isolation_level=None)
    yield db
    db.close()


def findings(folder: Path) -> list[tuple[str, str, str]]:
    with Archive(folder) as archive:
        return [(found.kind, found.where, found.problem) for found in verify(archive.folder, archive.db)]


def test_what_is_whole_is_found_whole(folder: Path) -> None:
    assert findings(folder) == []


def test_every_flipped_bit_of_evidence_is_found_and_only_there(folder: Path) -> None:
    (file,) = (folder / "warc").iterdir()
    whole = file.read_bytes()
    rnd = random.Random(7)
    for _ in range(400):
        place, bit = rnd.randrange(len(whole)), 1 << rnd.randrange(8)
        file.write_bytes(whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :])
        found = findings(folder)
        assert len(found) == 1, (place, bit, found)
        assert found[0][0] == "WARC"
    file.write_bytes(whole)
    assert findings(folder) == []


def test_a_file_cut_short_or_gone_is_found(folder: Path) -> None:
    (file,) = (folder / "warc").iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[:-5])
    assert [found[0] for found in findings(folder)] == ["WARC"]
    file.unlink()
    assert findings(folder) == [("WARC", file.name, "the file is missing, with 7 captures")]


def test_bytes_that_are_not_those_received_are_found(folder: Path) -> None:
    with tampered(folder) as db:
        db.execute("drop trigger captures_stay_so")
        db.execute("update captures set payload = ? where id = 3", ("0" * 64,))
    (chain, (kind, where, problem)) = findings(folder)
    assert chain[:2] == ("chain", "capture 3")
    assert (kind, where) == ("WARC", url(1))
    assert "not the bytes that were received" in problem


TAMPERING = {
    "a document that search cannot find": ("search index", "update documents set place = place + 100 where n = 2"),
    "a text that was cut": ("documents", "update documents set text = substr(text, 2) where n = 1"),
    "an archived page without a document": ("ledger", "update pages set reading = null where n = 1"),
    "a page with another page's reading": ("ledger", "update pages set reading = 7 where n = 6"),
    "a counter that is off": ("ledger", "update channels set listed = 99"),
    "a foreign page that was fetched": ("ledger", "update pages set state = 'foreign' where n = 1"),
    "a reading without its document": ("database", "update readings set document = 77 where capture = 2"),
    "an entry of no page": ("database", "update listings set url = 'http://x/' where url like '%5.htm'"),
}


@pytest.mark.parametrize(("kind", "statement"), TAMPERING.values(), ids=TAMPERING.keys())
def test_what_does_not_agree_is_found(folder: Path, kind: str, statement: str) -> None:
    with tampered(folder) as db:
        db.execute(statement)
    assert kind in {found[0] for found in findings(folder)}


def test_a_damaged_database_is_a_finding(folder: Path) -> None:
    with Archive(folder, write=True) as archive:
        page, = archive.db.execute("select rootpage from sqlite_schema where name = 'readings_by_publisher'").fetchone()
        size, = archive.db.execute("pragma page_size").fetchone()
    file = folder / "gongkai.db"
    raw = bytearray(file.read_bytes())
    raw[(page - 1) * size : (page - 1) * size + 200] = b"\xa5" * 200
    file.write_bytes(raw)
    assert "database" in {found[0] for found in findings(folder)}


def test_an_archive_that_is_written_to_can_be_verified(tmp_path: Path) -> None:
    with Archive(tmp_path, write=True) as archive:
        store(archive, url(1))
        assert findings(tmp_path) == []
        with archive.batch():
            store(archive, url(2), text="二。")
            assert findings(tmp_path) == []


@pytest.mark.parametrize("part", [0, 0.1, 0.5, 0.9])
def test_a_file_cut_anywhere_is_found(folder: Path, part: float) -> None:
    """Also where records that no row mentions should stand behind the cut: here robots.txt and a POST."""
    (file,) = (folder / "warc").iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * part)])
    found = findings(folder)
    assert {kind for kind, _, _ in found} == {"WARC"}
    assert any("breaks off" in problem for _, _, problem in found)


def test_every_capture_behind_a_cut_is_found(folder: Path) -> None:
    with Archive(folder) as archive:
        rows = archive.db.execute('select url, "offset", length from captures order by "offset"').fetchall()
    (file,) = (folder / "warc").iterdir()
    whole = file.read_bytes()
    for cut in range(0, len(whole), 211):
        file.write_bytes(whole[:cut])
        lost = [page for page, offset, length in rows if offset + length > cut]
        assert [where for _, where, _ in findings(folder) if where.startswith("http")] == lost, cut


def left_open(folder: Path, tail: bytes) -> Path:
    """The WARC file as a killed writer leaves it, with so much behind its last capture."""
    (file,) = (folder / "warc").iterdir()
    with Archive(folder) as archive:
        (end,) = archive.db.execute('select max("offset" + length) from captures').fetchone()
    opened = file.with_name(f"{file.name}.open")
    opened.write_bytes(file.read_bytes()[:end] + tail)
    file.unlink()
    return opened


def test_what_a_killed_writer_left_is_named_with_its_place_and_the_remedy(folder: Path) -> None:
    opened = left_open(folder, b"\x1f\x8b\x08torn")
    end = opened.stat().st_size - 7
    ((kind, where, problem),) = findings(folder)
    assert (kind, where) == ("WARC", opened.name.removesuffix(".open"))
    assert f"{opened.name} at byte {end}: its writer was killed, and the 7 bytes" in problem
    assert "gongkai verify --repair" in problem
    opened.with_name("gongkai-0.warc.gz.open").write_bytes(b"nothing of it is known")
    assert len(findings(folder)) == 2
