"""`--replay` answers every request from a recording and never touches the network."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archive.database import Archive
from archive.recording import Recording
from archive.warc import Request, recorded
from tests.fake_site import KEY, FakeSite
from tests.running import catalogue_of, gongkai
from tests.test_kill import interpretation

pytestmark = pytest.mark.slow

SHARED = Path(__file__).resolve().parents[2] / "shared" / "realpages"

PINGTAN = """
name = "平潭综合实验区"
url = "https://www.pingtan.gov.cn/"
cms = "trs"
delay = 0
[[channels]]
key = "qygh"
name = "区域规划"
url = "https://www.pingtan.gov.cn/zwgk/ghxx/qygh/"
[[channels]]
key = "gzjzqk"
name = "工作进展情况"
url = "https://www.pingtan.gov.cn/zwgk/ghxx/gzjzqk/"
"""


def test_a_recorded_crawl_can_be_repeated_without_its_site(tmp_path: Path) -> None:
    site = FakeSite(documents=40)
    with site.serve():
        catalogue = catalogue_of(site, tmp_path / "sites")
        gongkai("crawl", KEY, archive=tmp_path / "a", catalogue=catalogue)
    asked = len(site.log)
    (recording,) = (tmp_path / "a" / "warc").glob("*.warc.gz")
    gongkai("crawl", KEY, "--replay", recording, archive=tmp_path / "b", catalogue=catalogue)
    assert len(site.log) == asked
    pages, *rest = interpretation(tmp_path / "b")
    once, *before = interpretation(tmp_path / "a")
    assert [page for page in pages if page[1] == "archived"] == [page for page in once if page[1] == "archived"]
    assert rest == before
    assert gongkai("verify", archive=tmp_path / "b").code == 0


@pytest.mark.skipif(not SHARED.exists(), reason="the real pages are not beside this checkout")
def test_a_real_site_from_its_recording(tmp_path: Path) -> None:
    """What is recorded is archived; the rest is in coverage as failed, with the reason."""
    (tmp_path / "sites").mkdir()
    (tmp_path / "sites" / "pingtan.toml").write_text(PINGTAN, "utf-8")
    replay = ("crawl", "pingtan", "--replay", SHARED / "pingtan.warc.gz")
    assert gongkai(*replay, archive=tmp_path / "a", catalogue=tmp_path / "sites").code == 1
    report = gongkai("coverage", "--json", archive=tmp_path / "a").out
    found = {row["channel"]: row for row in map(json.loads, report.splitlines())}
    assert (found["qygh"]["claimed"], found["qygh"]["archived"], found["qygh"]["failed"]) == (25, 2, 23)
    assert found["gzjzqk"]["claimed"] == 107
    assert found["gzjzqk"]["archived"] == 1
    with Archive(tmp_path / "a") as archive:
        reasons = archive.db.execute("select distinct reason from pages where state = 'failed'").fetchall()
    assert reasons == [("not in the recording pingtan.warc.gz",)]


@pytest.mark.skipif(not SHARED.exists(), reason="the real pages are not beside this checkout")
def test_the_collection_of_real_pages_is_imported_once(tmp_path: Path) -> None:
    first = gongkai("import", SHARED / "realpages.warc.gz", archive=tmp_path / "a")
    assert first.code == 0, first.err
    again = gongkai("import", SHARED / "realpages.warc.gz", archive=tmp_path / "a")
    assert "already here" in again.out
    with Archive(tmp_path / "a") as archive:
        assert archive.counts()["documents"] == 45
        assert archive.counts()["captures"] == 74


def test_what_was_posted_tells_two_answers_of_one_address_apart(tmp_path: Path) -> None:
    with Archive(tmp_path, write=True) as archive:
        for asked in (Request("POST", b"page=1"), Request("POST", b"page=2"), Request()):
            archive.warc.append("http://a.gov.cn/list", 200, "OK", [], asked.body, "2026-01-01T00:00:00Z", asked)
    (file,) = (tmp_path / "warc").iterdir()
    recording = Recording(file)

    def body(*asked: Request) -> list[bytes]:
        found = [recording.find("https://a.gov.cn/list", one) for one in asked]
        return [one[0].body for one in found if one]

    assert body(Request("POST", b"page=1"), Request("POST", b"page=2"), Request()) == [b"page=1", b"page=2", b""]
    assert recording.find("http://a.gov.cn/other", Request()) is None


def test_what_a_script_posted_to_its_own_page_is_not_taken_for_the_page(tmp_path: Path) -> None:
    """As ASP.NET pages do: the page, and then a POST to the same address. Replay knows both, an import the page."""
    url, posted = "http://a.gov.cn/list", Request("POST", b"page=1")
    with Archive(tmp_path, write=True) as archive:
        archive.warc.append(url, 200, "OK", [], b"page", "2026-01-01T00:00:00Z")
        archive.warc.append(url, 200, "OK", [], b"rows", "2026-01-01T00:00:01Z", posted, asked_by=url)
    (file,) = (tmp_path / "warc").iterdir()
    found = [Recording(file).find(url, asked) for asked in (Request(), posted)]
    assert [one[0].body for one in found if one] == [b"page", b"rows"]
    assert [(answer.request, answer.response.body) for answer in recorded(file)] == [(Request(), b"page")]
