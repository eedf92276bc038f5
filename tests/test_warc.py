"""WARC files: what we write is read by warcio and gzip, what a kill left is mended, what others wrote is read."""

from __future__ import annotations

import gzip
import os
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.warcwriter import WARCWriter

from archive import warc
from archive.database import Archive
from archive.errors import ArchiveError
from archive.records import Location
from archive.warc import Recorded, Request, Response, WarcWriter, read_response, recorded, recover
from tests.samples import store, url

AT = "2026-01-01T00:00:00Z"
HEADERS = [("Content-Type", "text/html; charset=gb2312"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]


def write(folder: Path, *bodies: bytes) -> list[Location]:
    writer = WarcWriter(folder)
    places = [writer.append(url(n), 200, "OK", HEADERS, body, AT) for n, body in enumerate(bodies)]
    writer.close()
    return places


def test_what_was_written_is_read_by_its_place(tmp_path: Path) -> None:
    places = write(tmp_path, b"one", "二".encode("gb18030"), b"")
    assert [read_response(tmp_path, place).body for place in places] == [b"one", "二".encode("gb18030"), b""]
    assert read_response(tmp_path, places[0]) == Response(200, "OK", HEADERS, b"one")


LINE = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0")).map(lambda line: line.strip(" \t"))
NAME = st.from_regex(r"\A[A-Za-z-]{1,12}\Z")


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300), st.lists(st.tuples(NAME, LINE), max_size=4))
def test_any_body_and_headers_survive(tmp_path_factory: pytest.TempPathFactory, body: bytes,
                                      headers: list[tuple[str, str]]) -> None:
    folder = tmp_path_factory.mktemp("warc")
    writer = WarcWriter(folder)
    place = writer.append(url(1), 404, "", headers, body, AT)
    got = read_response(folder, place)
    writer.close()
    assert (got.status, got.body) == (404, body)
    assert got.headers == [(n, v) for n, v in headers if n.lower() != "transfer-encoding"]


def test_warcio_reads_it_and_its_digests_are_right(tmp_path: Path) -> None:
    write(tmp_path, b"one", b"two")
    (file,) = tmp_path.glob("*.warc.gz")
    with file.open("rb") as stream:
        records = ArchiveIterator(stream, check_digests="raise")
        seen = [(r.rec_type, r.rec_headers.get_header("WARC-Target-URI"), r.content_stream().read()) for r in records]
    assert [kind for kind, _, _ in seen] == ["warcinfo", "response", "response"]
    assert seen[2][1:] == (url(1), b"two")
    assert b"WARC/1.1" in gzip.decompress(file.read_bytes())


def test_a_post_is_recorded_with_what_was_sent(tmp_path: Path) -> None:
    writer = WarcWriter(tmp_path)
    for page in (b"page=1", b"page=2"):
        writer.append("http://a.gov.cn/list?x", 200, "OK", [], b"answer to " + page, AT, Request("POST", page))
    writer.close()
    (file,) = tmp_path.glob("*.warc.gz")
    assert [(r.request, r.response.body) for r in recorded(file)] == [
        (Request("POST", b"page=1"), b"answer to page=1"), (Request("POST", b"page=2"), b"answer to page=2")]
    assert b"POST /list?x HTTP/1.1" in gzip.decompress(file.read_bytes())


def test_files_are_open_until_closed_and_read_meanwhile(tmp_path: Path) -> None:
    writer = WarcWriter(tmp_path)
    place = writer.append(url(1), 200, "OK", [], b"one", AT)
    assert [path.name for path in tmp_path.iterdir()] == [place.file + warc.OPEN]
    assert read_response(tmp_path, place).body == b"one"
    writer.close()
    assert [path.name for path in tmp_path.iterdir()] == [place.file]
    assert read_response(tmp_path, place).body == b"one"


def test_a_large_file_is_followed_by_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warc, "ROLL_OVER", 2000)
    places = write(tmp_path, *[os.urandom(900) for _ in range(6)])
    assert len({place.file for place in places}) == len(list(tmp_path.glob("*.warc.gz"))) == 3


def test_a_disk_that_is_full_leaves_no_torn_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = WarcWriter(tmp_path)
    first = writer.append(url(1), 200, "OK", [], b"one", AT)
    real = writer._file

    class Full:
        def __getattr__(self, name: str) -> object:
            return getattr(real, name)

        def write(self, data: bytes) -> int:
            assert real is not None
            return real.write(data[: len(data) // 2])

    writer._file = Full()  # type: ignore[assignment]
    with pytest.raises(ArchiveError, match=r"cannot write .*free some space"):
        writer.append(url(2), 200, "OK", [], b"two" * 100, AT)
    writer._file = real
    third = writer.append(url(3), 200, "OK", [], b"three", AT)
    writer.close()
    assert [read_response(tmp_path, place).body for place in (first, third)] == [b"one", b"three"]
    (file,) = tmp_path.glob("*.warc.gz")
    assert [answer.url for answer in recorded(file)] == [url(1), url(3)]


# --- recovery ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("torn", [b"", b"\x1f\x8b half a record", b"x" * 5000])
def test_what_a_killed_writer_left_is_cut_where_sqlite_ends(tmp_path: Path, torn: bytes) -> None:
    writer = WarcWriter(tmp_path)
    place = writer.append(url(1), 200, "OK", [], b"one", AT)
    unknown = writer.append(url(2), 200, "OK", [], b"two", AT)
    assert writer._file is not None
    writer._file.write(torn)
    writer._file.close()  # as the kernel does for the dead
    assert recover(tmp_path, lambda name: place.offset + place.length) == [place.file]
    assert [answer.url for answer in recorded(tmp_path / place.file)] == [url(1)]
    aside = (tmp_path / f"{place.file}.torn").read_bytes()
    assert len(aside) == unknown.length + len(torn)
    assert recover(tmp_path, lambda name: 0) == []


def test_a_file_that_no_row_knows_is_put_aside(tmp_path: Path) -> None:
    writer = WarcWriter(tmp_path)
    writer.append(url(1), 200, "OK", [], b"one", AT)
    assert writer._file is not None
    writer._file.close()
    recover(tmp_path, lambda name: 0)
    assert [path.suffix for path in tmp_path.iterdir()] == [".torn"]


def test_a_living_writers_file_is_left_alone(tmp_path: Path) -> None:
    writer = WarcWriter(tmp_path)
    writer.append(url(1), 200, "OK", [], b"one", AT)
    assert recover(tmp_path, lambda name: 0) == []
    writer.close()


# --- damage ------------------------------------------------------------------------------------------------------


def test_damage_and_loss_are_named_with_their_place(tmp_path: Path) -> None:
    with Archive(tmp_path, write=True) as archive:
        store(archive, url(1))
        (_, taken, _), = archive.captures()
    place, path = taken.location, tmp_path / "warc" / taken.location.file
    whole = path.read_bytes()
    for broken, problem in ((whole[: place.offset + 40], "breaks off"),
                            (whole[: place.offset + 40] + b"\0" * 40 + whole[place.offset + 80 :], "damaged")):
        path.write_bytes(broken)
        with pytest.raises(ArchiveError, match=rf"at byte {place.offset}: the record .*{problem}|is damaged"):
            read_response(tmp_path / "warc", place)
    path.unlink()
    with pytest.raises(ArchiveError, match="is missing"):
        read_response(tmp_path / "warc", place)


# --- files of others ---------------------------------------------------------------------------------------------


def foreign(path: Path, packed: bool) -> None:
    """As most crawlers write: the request after its response, chunks and all, and records that are no exchange."""
    with path.open("wb") as stream:
        writer = WARCWriter(stream, gzip=packed)
        writer.write_record(writer.create_warcinfo_record("x", {"software": "another"}))
        answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: 1\r\n\r\n3\r\none\r\n0\r\n\r\n"
        response = writer.create_warc_record(
            "http://b.gov.cn/", "response", payload=BytesIO(answer), length=len(answer),
            warc_headers_dict={"WARC-Date": "2020-05-06T07:08:09.123Z"})
        asked = b"POST / HTTP/1.1\r\nHost: b.gov.cn\r\n\r\nq=1"
        request = writer.create_warc_record("http://b.gov.cn/", "request", payload=BytesIO(asked), length=len(asked))
        writer.write_request_response_pair(request, response)
        dns = writer.create_warc_record("dns:b.gov.cn", "response", payload=BytesIO(b"1.2.3.4"), length=7,
                                        warc_content_type="text/dns")
        writer.write_record(dns)


@pytest.mark.parametrize("packed", [True, False])
def test_other_peoples_files_are_read(tmp_path: Path, packed: bool) -> None:
    foreign(tmp_path / "x.warc", packed)
    assert list(recorded(tmp_path / "x.warc")) == [Recorded(
        "http://b.gov.cn/", "2020-05-06T07:08:09Z", Request("POST", b"q=1"), Response(200, "OK", [("X", "1")], b"one"))]


def test_a_file_that_breaks_off_gives_what_it_has_and_says_so(tmp_path: Path) -> None:
    places = write(tmp_path, *[b"body %d" % n for n in range(5)])
    (file,) = tmp_path.glob("*.warc.gz")
    whole, seams = file.read_bytes(), {place.offset for place in places}  # cut at a seam, a file is merely shorter
    sums = {place.offset + place.length - n for place in places for n in range(1, 9)}  # behind them the record is whole
    for cut in (cut for cut in range(100, len(whole), 97) if cut not in seams | sums):
        file.write_bytes(whole[:cut])
        seen: list[str] = []
        with pytest.raises(ArchiveError, match="fetch or copy it again"):
            seen.extend(answer.url for answer in recorded(file))
        assert seen == [url(n) for n, place in enumerate(places) if place.offset + place.length <= cut]


@pytest.mark.parametrize("content", [b"", b"<html>", b"PK\x03\x04zip", gzip.compress(b"no records", mtime=0)])
def test_what_is_no_warc_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(ArchiveError, match="is no WARC file"):
        list(recorded(tmp_path / "x"))
