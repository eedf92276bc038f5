"""Real listing pages with hand-checked answers, where the collection lies beside the checkout; skipped without it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from scrapy.http import HtmlResponse

from archive.records import Listing
from crawler import cms

PAGES = Path(__file__).parents[2] / "shared" / "realpages"
SETS = (PAGES, PAGES / "pingtan")
ELSEWHERE = ("dataproxy.jsp", "/site/label/", "search")  # next pages that the collection describes in words


def manifest(kind: str) -> list[Any]:
    """The pages of one kind, with the folder they lie in."""
    found = []
    for folder in SETS:
        file = folder / "manifest.jsonl"
        lines = file.read_text("utf-8").splitlines() if file.exists() else []
        pages = (json.loads(line) for line in lines if line.strip())
        found += [pytest.param(folder, page, id=page["file"]) for page in pages if page["kind"] == kind]
    return found


def read(folder: Path, page: dict[str, Any]) -> tuple[str, Listing, str]:
    """The family, what its adapter reads, and the address that links start from."""
    response = HtmlResponse(page["url"], body=(folder / page["file"]).read_bytes())
    name = cms.recognise(response)
    base = response.xpath("//base/@href").get() if response.body[:1] == b"<" else None
    return name, cms.family(name).listing(response), base or page["url"]


@pytest.mark.skipif(not PAGES.exists(), reason="the collection of real pages is not here")
@pytest.mark.parametrize(("folder", "page"), manifest("listing"))
def test_entries_titles_dates_totals_and_next(folder: Path, page: dict[str, Any]) -> None:
    gold = page["gold"]
    if gold.get("entries_in_html") == 0:
        pytest.skip("its entries come from an interface that the page does not name")
    _, listing, base = read(folder, page)
    wanted = {
        urljoin(base, entry["href"].strip()): entry
        for entry in gold.get("entries_all") or gold["entries"]
        if entry["href"]
    }
    found = {entry.url: entry for entry in listing.entries}
    assert found.keys() == wanted.keys()
    for url, entry in wanted.items():
        if url == "javascript:;":  # of several rows; they are told apart by their titles
            continue
        assert found[url].date == entry["date"]
        if not entry.get("title_truncated"):
            assert _bare(found[url].title) == _bare(entry["title"])
    assert gold["total_records"] in (None, listing.total)
    assert gold["total_pages"] in (None, listing.pages)
    following = gold["next_page"]
    assert bool(listing.next) >= bool(following)
    if following and listing.next and not any(word in following for word in ELSEWHERE):
        assert listing.next.url == urljoin(base, following)


def _bare(title: str) -> str:
    return "".join(title.split())


@pytest.mark.skipif(not PAGES.exists(), reason="the collection of real pages is not here")
@pytest.mark.parametrize(("folder", "page"), manifest("trap"))
def test_a_trap_holds_no_entries(folder: Path, page: dict[str, Any]) -> None:
    if "list" not in page["gold"]["trap"]:
        pytest.skip("no list")
    assert read(folder, page)[1] == Listing(entries=())


@pytest.mark.skipif(not PAGES.exists(), reason="the collection of real pages is not here")
@pytest.mark.parametrize(("folder", "page"), manifest("listing"))
def test_a_page_cut_anywhere_is_read_without_a_word(folder: Path, page: dict[str, Any]) -> None:
    body = (folder / page["file"]).read_bytes()
    for tenth in range(0, 10, 3):
        response = HtmlResponse(page["url"], body=body[: len(body) * tenth // 10])
        for name in ("hanweb", "trs", "html"):
            cms.family(name).listing(response)
