"""The main job: crawl the bundled site as a user does, and compare the archive with what the site holds."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from archive.database import Archive
from tests.fake_site import KEY, FakeSite
from tests.running import catalogue_of, gongkai


@pytest.fixture
def catalogue(city: FakeSite, tmp_path: Path) -> Path:
    return catalogue_of(city, tmp_path / "sites")


def compare(site: FakeSite, folder: Path) -> None:
    """The archive holds exactly what the site holds, field by field, and the ledger knows the rest."""
    with Archive(folder) as archive:
        states = dict(archive.db.execute("select url, state from pages").fetchall())
        assert states == site.states()
        rows = archive.db.execute(
            "select p.url, d.title, d.text, r.* from pages p join readings r on r.capture = p.reading "
            "join documents d on d.n = r.document"
        )
        names = [column[0] for column in rows.description]
        found = {row[0]: dict(zip(names, row, strict=True)) for row in rows}
        held = {document.url: document for document in site.held()}
        assert found.keys() == held.keys()
        for url, document in held.items():
            assert (url, found[url]["title"]) == (url, document.title)
            assert (url, found[url]["published_on"]) == (url, document.published_on)
            assert squeezed(found[url]["text"]) == squeezed(document.text), url
            for name, value in document.index.items():
                assert (url, name, found[url][name]) == (url, name, value)
            attached = archive.db.execute(
                "select name, url from attachments where capture = ? order by position", (found[url]["capture"],)
            ).fetchall()
            assert attached == list(document.attachments), url
        fetched = dict(archive.db.execute("select url, state from downloads").fetchall())
        assert fetched == {link: "archived" for one in site.held() for _, link in one.attachments}


def fetched_pages(archive: Archive) -> int:
    """How many answers of pages there are, without listings and files."""
    query = "select count(*) from captures where walk is null and not enclosed"
    return int(archive.db.execute(query).fetchone()[0])


def squeezed(text: str) -> str:
    return "".join(text.split())


def test_the_whole_site_is_archived_and_certified(city: FakeSite, catalogue: Path, tmp_path: Path) -> None:
    done = gongkai("crawl", KEY, archive=tmp_path / "a", catalogue=catalogue)
    assert done.code == 1, done.err  # challenge pages and a forbidden page are missing, and the report says so
    compare(city, tmp_path / "a")
    report = [json.loads(line) for line in gongkai("coverage", "--json", archive=tmp_path / "a").out.splitlines()]
    assert {row["channel"] for row in report} == {"tzgg", "zcwj", "gzbg"}
    for row in report:
        terms = ("archived", "gone", "blocked", "failed", "unread", "pending", "foreign", "listed_twice", "unexplained")
        assert row["claimed"] in (None, sum(row[term] or 0 for term in terms))
        assert not row["unexplained"]
    article = next(hit for hit in city.log if hit.target.endswith(".html") and hit.target.startswith("/article/66/3"))
    assert article.headers["referer"].startswith(f"{city.base_url}/article/66/")  # the list that names it


def test_an_unchanged_site_costs_two_requests_a_channel(city: FakeSite, catalogue: Path, tmp_path: Path) -> None:
    gongkai("crawl", KEY, archive=tmp_path / "a", catalogue=catalogue)
    city.log.clear()
    gongkai("crawl", KEY, archive=tmp_path / "a", catalogue=catalogue)
    assert len(city.log) <= 2 * 3 + 1


def test_what_is_published_later_is_found(city: FakeSite, catalogue: Path, tmp_path: Path) -> None:
    gongkai("crawl", KEY, archive=tmp_path / "a", catalogue=catalogue)
    for channel in ("tzgg", "zcwj", "gzbg", "tzgg"):
        city.publish(channel)
    gongkai("crawl", KEY, archive=tmp_path / "a", catalogue=catalogue)
    compare(city, tmp_path / "a")


def test_a_limit_is_kept_and_the_next_crawl_completes(city: FakeSite, catalogue: Path, tmp_path: Path) -> None:
    limited = gongkai("crawl", KEY, "--limit", "5", archive=tmp_path / "a", catalogue=catalogue)
    assert limited.code == 1
    with Archive(tmp_path / "a") as archive:
        assert fetched_pages(archive) <= 15
    gongkai("crawl", KEY, archive=tmp_path / "a", catalogue=catalogue)
    compare(city, tmp_path / "a")


def test_an_archive_verifies_and_reads_again_the_same(city: FakeSite, catalogue: Path, tmp_path: Path) -> None:
    gongkai("crawl", KEY, archive=tmp_path / "a", catalogue=catalogue)
    assert gongkai("verify", archive=tmp_path / "a").code == 0
    again = json.loads(gongkai("reextract", "--dry-run", "--json", archive=tmp_path / "a").out)
    assert again["altered"] == 0
    assert again["read"] > 100
    assert gongkai("reextract", archive=tmp_path / "a").code == 0
    compare(city, tmp_path / "a")
    assert gongkai("verify", archive=tmp_path / "a").code == 0


def test_scrape_takes_one_page_and_a_list(city: FakeSite, catalogue: Path, tmp_path: Path) -> None:
    url = city.held()[0].url
    done = gongkai("scrape", url, archive=tmp_path / "a", catalogue=catalogue)
    assert done.code == 0, done.err
    done = gongkai(
        "scrape", f"{city.base_url}/article/66/", "--limit", "4", archive=tmp_path / "a", catalogue=catalogue
    )
    with Archive(tmp_path / "a") as archive:
        assert fetched_pages(archive) == 5


def test_a_site_that_another_process_crawls_is_left_to_it(city: FakeSite, catalogue: Path, tmp_path: Path) -> None:
    with Archive(tmp_path / "a", write=True) as archive:
        archive.lease(KEY)
        done = gongkai("crawl", KEY, archive=tmp_path / "a", catalogue=catalogue)
    assert done.code == 1
    assert f"{KEY} is being crawled by process {os.getpid()}; left to it" in done.err
    assert not city.log
