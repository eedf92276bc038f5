"""What is handed on is what the archive holds, in forms that other tools open, and no spreadsheet runs any of it."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import random
import zipfile
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from warcio.archiveiterator import ArchiveIterator

from archive.changes import changes, differences
from archive.database import Archive
from archive.errors import Gone, UsageError
from archive.export import FIELDS, FORMATS, NAMES, Wish, fields, rows, snapshot, whole
from archive.records import Ask, File, Listing
from archive.wacz import surt, write_wacz
from tests.running import Ran, gongkai
from tests.samples import CHANNEL, SITE, capture, entry, store, url

EVIL = "=cmd|' /C calc'!A0"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four pages of a site, one of no site, one that changed, one gone."""
    folder = tmp_path / "archive"
    with Archive(folder, write=True) as archive:
        archive.enrol(SITE)
        walk = archive.begin_walk(CHANNEL)
        listing = Listing(tuple(map(entry, range(4))))
        archive.listed(walk.id, Ask(CHANNEL.url), listing, capture(archive, CHANNEL.url))
        archive.end_walk(walk.id, "exhausted")
        for number in range(4):
            store(archive, url(number), f"报告{number}", f"正文{number}。\n=1+1", site="a", other={"栏目": "通知"})
        store(archive, "http://b.gov.cn/1.htm", EVIL, "别处。")
        store(archive, url(1), "报告1", "改过。", at="2026-02-01T00:00:00Z", publisher="＝2+2")
        archive.refuse(url(2), Gone(url(2), "404"), capture(archive, url(2), b"", "2026-02-02T00:00:00Z", status=404))
    return folder


def exported(folder: Path, **wish: Any) -> list[dict[str, Any]]:
    with Archive(folder) as archive, snapshot(archive.db):
        return list(rows(archive.db, Wish(**wish)))


def written(folder: Path, form: str, raw: bool = False, **wish: Any) -> bytes:
    out, wanted = io.BytesIO(), Wish(**wish)
    with Archive(folder) as archive, snapshot(archive.db):
        FORMATS[form](out, rows(archive.db, wanted), wanted.fields, raw=raw)
    return out.getvalue()


def run(folder: Path, *arguments: str | Path) -> Ran:
    return gongkai("export", *arguments, archive=folder)


# --- which rows --------------------------------------------------------------------------------------------------


def test_a_row_says_what_the_page_says_now(folder: Path) -> None:
    found = {row["url"]: row for row in exported(folder)}
    assert len(found) == 5
    assert tuple(found[url(1)]) == NAMES
    changed, gone = found[url(1)], found[url(2)]
    assert (changed["text"], changed["state"], changed["channels"]) == ("改过。", "archived", "年度报告")
    assert (gone["text"], gone["state"], gone["other"]) == ("正文2。\n=1+1", "gone", {"栏目": "通知"})
    assert changed["attachments"] == [{"name": "附件.pdf", "url": "http://a.gov.cn/f.pdf", "sha256": None}]


def test_since_a_cursor_nothing_is_missed_and_nothing_comes_twice(folder: Path) -> None:
    everything = [row["cursor"] for row in exported(folder)]
    assert everything == sorted(everything)
    for cursor in [0, *everything]:
        assert [row["cursor"] for row in exported(folder, since=str(cursor))] == [n for n in everything if n > cursor]
    with Archive(folder) as archive, snapshot(archive.db) as now:
        assert list(rows(archive.db, Wish(since=str(now)))) == []
    with Archive(folder, write=True) as archive:
        store(archive, url(9))
    assert [row["url"] for row in exported(folder, since=str(now))] == [url(9)]


def said(row: dict[str, Any]) -> tuple[str, ...]:
    return row["state"], row["text"], row["publisher"], row["attachments"][0]["sha256"]


def test_a_feed_taken_again_and_again_is_the_archive(tmp_path: Path) -> None:
    """Pages come, change and go, and their files arrive, between any two times that it is taken."""
    rnd, fed, cursor = random.Random(3), {}, 0
    with Archive(tmp_path, write=True) as archive:
        for day in range(1, 25):
            at = f"2026-01-{day:02}T00:00:00Z"
            for number in rnd.sample(range(12), rnd.randrange(4)):
                if url(number) in fed and rnd.random() < 0.2:
                    archive.refuse(url(number), Gone(url(number), "404"), capture(archive, url(number), b"", at, 404))
                else:
                    store(archive, url(number), text=rnd.choice(("", f"正文{rnd.randrange(2)}。")), at=at,
                          publisher=rnd.choice(("甲局", "乙局")))
            wanted = archive.db.execute("select 1 from attachments where sha256 is null").fetchone()
            arrives = wanted and rnd.random() < 0.4
            if arrives:
                keep(archive, f"文件{rnd.randrange(4)}。", at)
            with snapshot(archive.db) as end:
                came = [(row["url"], said(row)) for row in rows(archive.db, Wish(since=str(cursor)))]
                cursor = end
            assert len(dict(came)) == len(came)
            assert arrives or not set(came) & set(fed.items()), "only who encloses a file may be told twice"
            fed |= dict(came)
            assert fed == {row["url"]: said(row) for row in rows(archive.db, Wish())}


def test_a_page_that_went_comes_once_more(folder: Path) -> None:
    assert [(row["url"], row["state"]) for row in exported(folder, since="2026-02-02")] == [(url(2), "gone")]
    assert len(exported(folder, since="2026-02-01")) == 2


FILE = "http://a.gov.cn/f.pdf"  # what every document of tests/samples.py encloses


def keep(archive: Archive, text: str, at: str, address: str = FILE) -> None:
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    archive.keep_file(capture(archive, address, text.encode(), at), sha256,
                      File(sha256, "pdf", "application/pdf", len(text), "ok", text))


def test_what_is_only_an_attachment_says_what_its_file_says(tmp_path: Path) -> None:
    """The file arrives after the page: the row comes once more then, and its text says where it stands."""
    with Archive(tmp_path, write=True) as archive:
        store(archive, url(1), "有正文", "正文。")
        store(archive, url(2), "只有附件", "")
        with snapshot(archive.db) as before:
            assert [row["text"] for row in rows(archive.db, Wish())] == ["正文。", ""]
        keep(archive, "一、预算。\n二、决算。", "2026-01-02T00:00:00Z")
    came = exported(tmp_path, since=str(before))
    assert [(row["url"], row["text"], row["text_from"]) for row in came] == [
        (url(1), "正文。", None), (url(2), "一、预算。\n二、决算。", "附件.pdf")]
    digest = hashlib.sha256(came[1]["text"].encode()).hexdigest()
    assert [row["attachments"][0]["sha256"] for row in came] == [digest, digest]
    assert exported(tmp_path, since=str(came[-1]["cursor"])) == []
    assert len(exported(tmp_path, since="2026-01-02")) == 2


def test_each_version_of_a_page_has_the_files_of_its_time(tmp_path: Path) -> None:
    with Archive(tmp_path, write=True) as archive:
        store(archive, url(1), "第一版", "")
        keep(archive, "旧文件。", "2026-01-01T00:00:01Z")
        store(archive, url(1), "第二版", "", "2026-02-01T00:00:00Z", publisher="甲县人民政府")
        assert [row["text"] for row in rows(archive.db, Wish())] == [""]  # the new one has not come yet
        keep(archive, "新文件。", "2026-02-01T00:00:01Z")
        said = archive.db.execute("select text, text_from from texts order by capture").fetchall()
        assert said == [("旧文件。", "附件.pdf"), ("新文件。", "附件.pdf")]
        assert [row["text"] for row in rows(archive.db, Wish())] == ["新文件。"]
        (changed,) = [one for one in changes(archive.db) if one.change == "changed"]
        told = [str(line) for line in differences(archive.db, changed)]
        assert told[-2:] == ["- [-旧-]文件。", "+ {+新+}文件。"]


def test_by_site_by_query_and_by_field(folder: Path) -> None:
    assert len(exported(folder, sites=("a",))) == 4
    assert [row["url"] for row in exported(folder, query="别处")] == ["http://b.gov.cn/1.htm"]
    assert exported(folder, query="正文3", fields=fields("title, site")) == [{"title": "报告3", "site": "a"}]


@pytest.mark.parametrize(("name", "value"), [
    ("since", "gestern"), ("since", "2026-13-01"), ("since", "9"), ("since", "99999999999999999999"), ("since", "²"),
    ("query", "-x"),
])  # fmt: skip
def test_a_wish_that_means_nothing_is_refused(folder: Path, name: str, value: str) -> None:
    with pytest.raises(UsageError):
        exported(folder, **{name: value})


@pytest.mark.parametrize("names", ["url,heading", "url,url", ","])
def test_fields_that_are_none_are_refused(names: str) -> None:
    with pytest.raises(UsageError, match="--fields"):
        fields(names)


# --- the formats -------------------------------------------------------------------------------------------------


def test_csv_holds_every_value_and_no_formula(folder: Path) -> None:
    told = list(csv.DictReader(io.StringIO(written(folder, "csv").decode("utf-8-sig"))))
    assert [row["title"] for row in told if row["site"] == ""] == [f"'{EVIL}"]
    assert not [cell for row in told for cell in row.values() if cell[:1] in tuple("=+-@\t＝＋－＠")]
    raw = written(folder, "csv", raw=True)
    assert raw.startswith(b"url,site,")
    expected = [{name: value if isinstance(value, str) else None for name, value in row.items()}
                for row in exported(folder)]
    for row, want in zip(csv.DictReader(io.StringIO(raw.decode(), newline="")), expected, strict=True):
        assert {name: row[name] for name in NAMES if want[name] is not None} == {k: v for k, v in want.items() if v}


def test_json_lines_are_the_rows(folder: Path) -> None:
    assert [json.loads(line) for line in written(folder, "jsonl").splitlines()] == exported(folder)


def test_parquet_has_types(folder: Path) -> None:
    table = pq.read_table(io.BytesIO(written(folder, "parquet")))
    assert table.column_names == list(NAMES)
    assert str(table.schema.field("published_on").type) == "date32[day]"
    found, expected = table.to_pylist(), exported(folder)
    assert [dict(row["other"]) for row in found] == [row["other"] for row in expected]
    for name in ("url", "text", "attachments", "cursor", "confidence"):
        assert [row[name] for row in found] == [row[name] for row in expected]
    assert [f"{row['fetched_at']:%Y-%m-%dT%H:%M:%SZ}" for row in found] == [row["fetched_at"] for row in expected]


def test_the_data_package_documents_every_field_and_its_bytes(folder: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(written(folder, "zip"))) as package:
        said = json.loads(package.read("datapackage.json"))
        table = package.read("disclosures.csv")
    (resource,) = said["resources"]
    assert resource["bytes"] == len(table)
    assert resource["hash"] == f"sha256:{hashlib.sha256(table).hexdigest()}"
    documented = resource["schema"]["fields"]
    assert [field["name"] for field in documented] == next(csv.reader(io.StringIO(table.decode())))
    assert all(field["title"] and field["description"] for field in documented)
    assert {field["type"] for field in documented} <= {"string", "date", "datetime", "integer", "number", "object",
                                                       "array"}


def test_wacz_gives_back_every_answer_by_its_index(folder: Path) -> None:
    out = io.BytesIO()
    with Archive(folder) as archive:
        write_wacz(out, archive.warc_folder, archive.db, Wish())
        payloads = sorted(archive.db.execute("select final_url, payload from captures"))
    with zipfile.ZipFile(out) as package:
        assert {entry.compress_type for entry in package.infolist() if "warc" in entry.filename} == {zipfile.ZIP_STORED}
        records = package.read("archive/gongkai.warc.gz")
        index = package.read("indexes/index.cdx").decode().splitlines()
        pages = [json.loads(line) for line in package.read("pages/pages.jsonl").splitlines()]
        for part in json.loads(package.read("datapackage.json"))["resources"]:
            assert part["hash"] == f"sha256:{hashlib.sha256(package.read(part['path'])).hexdigest()}"
    assert index == sorted(index)
    found = []
    for line in index:
        says = json.loads(line.split(" ", 2)[2])
        at, length = int(says["offset"]), int(says["length"])
        record = next(iter(ArchiveIterator(io.BytesIO(records[at : at + length]))))
        body = record.raw_stream.read()
        assert record.rec_headers.get_header("WARC-Target-URI") == says["url"]
        found.append((says["url"], hashlib.sha256(body).hexdigest()))
    assert sorted(found) == payloads
    assert {page["url"] for page in pages[1:]} == {row["url"] for row in exported(folder)}
    assert gzip.decompress(records)


def test_wacz_of_one_site_has_nothing_of_another(folder: Path) -> None:
    out = io.BytesIO()
    with Archive(folder) as archive:
        write_wacz(out, archive.warc_folder, archive.db, Wish(sites=("a",)))
    with zipfile.ZipFile(out) as package:
        records = gzip.decompress(package.read("archive/gongkai.warc.gz"))
    assert b"WARC-Target-URI: http://a.gov.cn/bg/1.htm" in records
    assert b"b.gov.cn" not in records


@pytest.mark.parametrize(("address", "key"), [
    ("http://www.a.gov.cn/", "cn,gov,a)/"),
    ("https://a.gov.cn:443/B/c.htm", "cn,gov,a)/b/c.htm"),
    ("http://a.gov.cn:8080/B?z=1&a=2", "cn,gov,a:8080)/b?a=2&z=1"),
])  # fmt: skip
def test_the_key_of_an_address(address: str, key: str) -> None:
    assert surt(address) == key


def fail_half_way(path: Path) -> None:
    with whole(path) as file:
        file.write(b"half")
        raise RuntimeError


def test_a_file_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with pytest.raises(RuntimeError):
        fail_half_way(path)
    assert list(tmp_path.iterdir()) == []


# --- the command -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet", "a.zip", "a.wacz"])
def test_export_writes_what_the_file_is_called(folder: Path, tmp_path: Path, name: str) -> None:
    ran = run(folder, "-o", tmp_path / name)
    assert (ran.code, ran.out) == (0, "")
    assert "5 pages; what comes after: --since 8" in ran.err
    assert (tmp_path / name).stat().st_size


def test_export_to_a_pipe_is_rows_alone(folder: Path) -> None:
    ran = run(folder, "--format", "jsonl", "--fields", "url", "--since", "6")
    assert ran.code == 0
    assert [json.loads(line) for line in ran.out.splitlines()] == [{"url": url(1)}, {"url": url(2)}]


@pytest.mark.parametrize(("arguments", "says"), [
    (("--format", "parquet"), "name a file"), (("-o", "a.xlsx"), "no format"), (("--site", "zz"), "no such site"),
    (("--fields", "zz"), "no field"), (("--since", "x"), "expected a cursor"),
    (("-o", "nowhere/a.csv"), "a folder that exists"), (("--since", "999"), "counts up to 8"),
])  # fmt: skip
def test_what_cannot_be_is_said_in_a_sentence(folder: Path, arguments: tuple[str, ...], says: str) -> None:
    ran = run(folder, *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err
    assert "Traceback" not in ran.err


def test_a_damaged_page_of_the_database_is_said_in_a_sentence(folder: Path, tmp_path: Path) -> None:
    """Also by a command that only reads; and no half of a file is left."""
    with Archive(folder, write=True) as archive:
        (page,) = archive.db.execute("select rootpage from sqlite_schema where name = 'documents'").fetchone()
        (size,) = archive.db.execute("pragma page_size").fetchone()
    with (folder / "gongkai.db").open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xa5" * size)
    ran = run(folder, "-o", tmp_path / "x.csv")
    assert ran.code == 3
    assert "Traceback" not in ran.err
    assert "malformed" in ran.err
    assert "gongkai verify" in ran.err
    assert not list(tmp_path.glob("x.csv*"))


def test_every_field_has_a_name_of_its_own() -> None:
    assert len({field.name for field in FIELDS}) == len(FIELDS)
