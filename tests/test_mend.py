"""`gongkai verify --repair`: what is damaged is made whole from what is left, or by asking again, or is said lost."""

from __future__ import annotations

import json
import random
import shutil
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.database import Archive
from archive.query import parse
from archive.search import search
from archive.warc import RECEIVED, members, named
from crawler.mend import CLOSED
from tests.fake_site import KEY, FakeSite
from tests.faults import COMPILER, Fault, calls
from tests.loopback import Answer, Loopback, Request
from tests.nursery import Nursery
from tests.running import catalogue_of, gongkai
from tests.samples import store, url
from tests.test_verify import TAMPERING, findings, folder, left_open, tampered

pytestmark = pytest.mark.slow

__all__ = ["folder"]  # a fixture
DATABASE = {name: statement for name, (_, statement) in TAMPERING.items()}


def repaired(archive: Path, catalogue: Path | None = None) -> tuple[int, list[dict[str, str]]]:
    ran = gongkai("verify", "--repair", "--json", archive=archive, catalogue=catalogue)
    assert ran.code in (0, 3), ran.err
    rows = [json.loads(line) for line in ran.out.splitlines()]
    return ran.code, [row for row in rows if "made again" not in row.get("how", "")]


def flip(file: Path, place: int, bit: int = 1) -> None:
    raw = bytearray(file.read_bytes())
    raw[place] ^= bit
    file.write_bytes(raw)


def texts(folder: Path) -> dict[str, str]:
    with Archive(folder) as archive:
        return dict(archive.db.execute("select url, text from disclosures v join documents d on d.n = v.document"))


# --- the recordings ------------------------------------------------------------------------------------------------


@pytest.fixture
def city() -> Iterator[FakeSite]:
    site = FakeSite(documents=40)
    with site.serve():
        yield site


def test_flipped_bits_are_repaired_from_the_site(city: FakeSite, tmp_path: Path) -> None:
    archive, catalogue = tmp_path / "a", catalogue_of(city, tmp_path / "sites")
    gongkai("crawl", KEY, archive=archive, catalogue=catalogue)
    before, rnd = texts(archive), random.Random(5)
    with Archive(archive) as open_:
        rows = open_.db.execute('select file, "offset", length, id, url, fetched_at from captures where walk is null '
                                "and status = 200 order by id").fetchall()
    hit = rnd.sample(rows, 12)
    for file, offset, length, *_ in hit:
        flip(archive / "warc" / file, offset + 10 + rnd.randrange(length - 18))  # in the deflated record itself
    assert len(findings(archive)) == 12
    code, done = repaired(archive, catalogue)
    assert (code, [row for row in done if "problem" in row]) == (0, [])
    assert findings(archive) == []
    assert texts(archive) == before
    assert {row["where"] for row in done} == {row[4] for row in hit}
    asked = [row for row in done if row["how"] == "asked for again: the same bytes"]
    assert len(asked) > 6
    with Archive(archive) as open_:
        after = open_.db.execute("select id, url, fetched_at from captures where id in "
                                 f"({', '.join(str(row[3]) for row in hit)})").fetchall()  # fmt: skip
    assert sorted(after) == sorted(row[3:] for row in hit)
    again = [record for file in (archive / "warc").iterdir() for _, record in members(file) if named(record, RECEIVED)]
    assert len(again) == len([row for row in done if not row["how"].startswith("packed anew")])
    assert gongkai("rebuild", archive=archive).code == 0
    assert {key: text for key, text in texts(archive).items() if key in before} == before


SITE = """name = "甲县人民政府"
url = "{0}/"
cms = "html"
private = true
delay = 0

[[channels]]
key = "bg"
name = "报告"
url = "{0}/bg/"
"""


class Town:
    """A site of single pages whose text can be changed; it counts what is asked for."""

    def __init__(self) -> None:
        self.text = "一、原来的正文，说的是政府信息公开工作。" * 20

    def answer(self, request: Request) -> Answer:
        if request.path == "/robots.txt":
            return Answer(404)
        page = f"<html><head><title>公开报告</title></head><body><h1>某县公开报告</h1><p>{self.text}</p></body></html>"
        return Answer.html(page)


@pytest.fixture
def town() -> Iterator[tuple[Town, Loopback, str]]:
    site = Town()
    server = Loopback(site)
    with server.serve() as address:
        yield site, server, address


def scraped(folder: Path, address: str) -> Path:
    """One page archived, its record damaged; gives the catalogue."""
    catalogue = folder / "sites"
    catalogue.mkdir()
    (catalogue / "town.toml").write_text(SITE.format(address), "utf-8")
    assert gongkai("scrape", f"{address}/a/1.html", archive=folder, catalogue=catalogue).code == 0
    with Archive(folder) as archive:
        file, offset, length = archive.db.execute('select file, "offset", length from captures').fetchone()
    flip(folder / "warc" / file, offset + length // 2)
    return catalogue


def test_another_answer_takes_no_place_and_is_a_capture_of_its_own(
    town: tuple[Town, Loopback, str], tmp_path: Path
) -> None:
    site, _, address = town
    catalogue = scraped(tmp_path, address)
    was, site.text = site.text, "二、改过的正文，说的是另一件事情。" * 20
    code, done = repaired(tmp_path, catalogue)
    assert code == 3
    assert [row["how"] for row in done if "how" in row] == [
        "asked for again, but its server sends something else now (200)"]  # fmt: skip
    (left,) = [row for row in done if "problem" in row]
    assert left["where"] == f"{address}/a/1.html"
    with Archive(tmp_path) as archive:
        said = archive.db.execute("select text from readings r join documents d on d.n = r.document order by capture")
        assert ["原来的正文" in text for (text,) in said] == [True, False]
        assert archive.db.execute("select change from changes order by at").fetchall() == [("new",), ("changed",)]
    site.text = was  # it comes back, and with it what was lost
    assert repaired(tmp_path, catalogue)[0] == 0
    with Archive(tmp_path) as archive:
        assert archive.db.execute("select count(*) from captures").fetchone() == (2,)


def test_what_the_host_refuses_stays_lost(town: tuple[Town, Loopback, str], tmp_path: Path) -> None:
    _, server, address = town
    catalogue = scraped(tmp_path, address)
    server.fail("/robots.txt", Answer(200, {"Content-Type": "text/plain"}, b"User-agent: *\nDisallow: /"))
    asked = len(server.hits("/a/*"))
    code, done = repaired(tmp_path, catalogue)
    assert code == 3
    assert any("robots.txt" in row.get("how", "") for row in done)
    assert len(server.hits("/a/*")) == asked


def test_what_only_surrounds_a_record_is_packed_anew_without_asking(folder: Path) -> None:
    (file,) = (folder / "warc").iterdir()
    places = [place for place, _ in members(file)]
    for place, at in zip(places[1:6], (3, -1, -5, -7, 9), strict=True):  # head, length, sum
        flip(file, place.offset + (at if at > 0 else place.length + at))
    whole = [record for _, record in members_of(folder)]
    assert len(findings(folder)) == 5
    code, done = repaired(folder)
    assert code == 0
    assert {row["how"] for row in done} == {"packed anew: only what surrounds the record was hit"}
    assert [record for _, record in members_of(folder)] == whole


def members_of(folder: Path) -> list[tuple[str, bytes]]:
    """Every record of an archive, whatever its sums say."""
    found = []
    for file in sorted((folder / "warc").glob("*.warc.gz")):
        raw = file.read_bytes()
        while raw:
            inflate = zlib.decompressobj(wbits=-15)
            found.append((file.name, inflate.decompress(raw[10:])))
            raw = inflate.unused_data[8:]
    return found


def test_a_record_of_no_capture_is_put_aside_and_others_read_the_file_to_its_end(folder: Path) -> None:
    (file,) = (folder / "warc").iterdir()
    (robots,) = [place for place, record in members(file) if b"robots.txt" in record]
    whole = len(list(members(file)))
    flip(file, robots.offset + 60, 0xFF)
    code, done = repaired(folder)
    assert (code, len(done)) == (0, 1)
    (new,) = (folder / "warc").glob("*.warc.gz")
    assert len(list(members(new))) == whole - 1
    assert (folder / "warc" / f"{file.name}.torn").stat().st_size == robots.length


def test_the_same_bytes_in_another_record_are_enough(tmp_path: Path) -> None:
    with Archive(tmp_path, write=True) as archive:
        store(archive, url(1), text="同一段文字。")
        store(archive, url(1), text="同一段文字。", at="2026-02-01T00:00:00Z")
    (file,) = (tmp_path / "warc").iterdir()
    flip(file, [place for place, _ in members(file)][1].offset + 100, 0xFF)
    code, done = repaired(tmp_path)
    assert code == 0
    assert [row["how"] for row in done] == ["the same bytes stand in another record"]


@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_a_file_that_was_cut_is_repaired_as_far_as_it_goes(folder: Path, part: float) -> None:
    (file,) = (folder / "warc").iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * part)])
    lost = {where for _, where, _ in findings(folder) if where.startswith("http")}
    code, done = repaired(folder)  # a.gov.cn leads nowhere from here
    left = [row["where"] for row in done if "problem" in row]
    assert (code, set(left)) == ((3, lost) if lost else (0, set()))
    assert repaired(folder)[0] == code
    assert [row[1] for row in findings(folder)] == left


def test_what_a_killed_writer_left_is_closed_and_told(folder: Path) -> None:
    opened = left_open(folder, b"\x1f\x8b\x08torn")
    code, done = repaired(folder)
    assert (code, [row["how"] for row in done]) == (0, [CLOSED])
    closed = opened.with_name(opened.name.removesuffix(".open"))
    assert len(list(members(closed))) == 9
    assert closed.with_name(closed.name.replace(".gz", ".gz.torn")).read_bytes() == b"\x1f\x8b\x08torn"
    assert repaired(folder) == (0, [])


ANYWHERE = ("a document that search cannot find", "a text that was cut", "an archived page without a document",
            "a counter that is off", "a foreign page that was fetched")  # what any archive can suffer of TAMPERING


@pytest.mark.parametrize("part", [0.2, 0.5, 0.8])
def test_what_a_killed_repair_had_half_written_harms_nothing(folder: Path, part: float) -> None:
    """Its new file stands under the name that the next repair takes, and is torn."""
    before, (file,) = said(folder), (folder / "warc").iterdir()
    raw = file.read_bytes()
    file.with_name(file.name.replace(".warc", "~1.warc")).write_bytes(raw[: int(len(raw) * part)])
    (robots,) = [place for place, record in members(file) if b"robots.txt" in record]
    flip(file, robots.offset + robots.length - 3)
    flip(file, robots.offset - 3)
    assert repaired(folder)[0] == 0
    assert findings(folder) == []
    assert said(folder) == before


def spoil(folder: Path, die: random.Random) -> None:
    """Damage of every kind that `--repair` mends, each at a random place."""
    with Archive(folder) as archive:
        rows = archive.db.execute('select file, "offset", length from captures where status = 200 and walk is null '
                                  "order by id").fetchall()
    for file, offset, length in die.sample(rows, 4):
        flip(folder / "warc" / file, offset + die.choice((3, length // 2, length - 3)))
    with tampered(folder) as db:
        for name in die.sample(ANYWHERE, 2):
            db.execute(DATABASE[name])
    with (folder / "warc" / die.choice(rows)[0]).open("ab") as end:
        end.write(die.randbytes(40))


@pytest.mark.skipif(COMPILER is None, reason="no C compiler here, which the shim needs")
def test_a_repair_that_is_killed_anywhere_is_finished_by_the_next_one(tmp_path: Path) -> None:
    """A seeded sample of the calls that write (more: `python -m benchmarks.kills`)."""
    die, site = random.Random(11), FakeSite(documents=8, oddities=False)
    with site.serve(), Nursery(tmp_path / "nursery") as nursery:
        sites = ["--catalogue", str(catalogue_of(site, tmp_path / "sites"))]
        nursery.run([*sites, "--archive", str(tmp_path / "whole"), "crawl", KEY])
        before = texts(tmp_path / "whole")
        for number in range(3):
            folder, log = tmp_path / f"a{number}", tmp_path / f"log{number}"
            shutil.copytree(tmp_path / "whole", folder)
            spoil(folder, die)
            shutil.copytree(folder, tmp_path / f"b{number}")
            repair = [*sites, "--archive", str(folder), "verify", "--repair"]
            counted = nursery.run([*repair[:3], str(tmp_path / f"b{number}"), *repair[4:]],
                                  Fault().environment(tmp_path / f"b{number}", log))  # fmt: skip
            assert counted.code == 0, counted.said
            fault = Fault(die.randint(1, len(calls(log))), die.choice(("kill", "torn", "late")))
            assert nursery.run(repair, fault.environment(folder)).code == -9
            ended = nursery.run(repair)
            assert ended.code == 0, (fault, ended.said)
            assert findings(folder) == []
            assert texts(folder) == before


# --- the database --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("statement", DATABASE.values(), ids=DATABASE.keys())
def test_what_does_not_agree_in_the_database_is_worked_out_again(folder: Path, statement: str) -> None:
    before = said(folder)
    with tampered(folder) as db:
        db.execute(statement)
    code, done = repaired(folder)
    assert (code, [row for row in done if "problem" in row]) == (0, [])
    assert said(folder)["found"] == before["found"]
    if "http://x/" not in statement:  # nobody knows what that entry was
        assert said(folder) == before


def said(folder: Path) -> dict[str, object]:
    with Archive(folder) as archive:
        return {
            "pages": archive.db.execute("select p.url, p.state, d.text from pages p left join readings r on "
                                        "r.capture = p.reading left join documents d on d.n = r.document "
                                        "order by p.url").fetchall(),
            "found": sorted(hit.url for hit in search(archive.db, parse("正文"))),
            "listed": archive.db.execute("select listed from channels").fetchall(),
        }  # fmt: skip


def test_an_index_that_lacks_a_row_is_made_anew(folder: Path) -> None:
    """As after a crash of a file system: the index was away while a row changed."""
    name = "readings_by_publisher"
    with tampered(folder) as db:
        row = db.execute("select * from sqlite_schema where name = ?", (name,)).fetchone()
        db.execute("pragma writable_schema = on")
        db.execute("delete from sqlite_schema where name = ?", (name,))
    with tampered(folder) as db:
        db.execute("update readings set publisher = '某局' where document = 1")
        db.execute("pragma writable_schema = on")
        db.execute("insert into sqlite_schema values (?, ?, ?, ?, ?)", row)
    assert "database" in {kind for kind, _, _ in findings(folder)}
    assert repaired(folder)[0] == 0


def test_a_chain_that_breaks_is_never_mended(folder: Path) -> None:
    with tampered(folder) as db:
        db.execute("drop trigger captures_stay_so")
        db.execute("update captures set fetched_at = '2025-01-01T00:00:00Z' where id = 3")
    code, done = repaired(folder)
    assert code == 3
    assert [row["kind"] for row in done if "problem" in row] == ["chain"]


def test_what_is_intact_is_left_alone(folder: Path) -> None:
    files = sorted((folder / "warc").iterdir())
    ran = gongkai("verify", "--repair", archive=folder)
    assert (ran.code, ran.out) == (0, "intact\n")
    assert sorted((folder / "warc").iterdir()) == files
