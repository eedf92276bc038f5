"""The archives that are made to measure on are what a crawl makes, whichever way their rows are written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scrapy.http import HtmlResponse

from archive.database import Archive
from benchmarks.made import COLUMNS, answer, made, make, page, site
from pipelines import Draft, read

SAME = {**COLUMNS, "documents": "n, content, title, characters, place, text, html",
        "channels": "site, channel, listed, gap",
        "walks": "site, channel, outcome, pages, seen, fresh, claimed, gap, next"}  # fmt: skip
WHERE = ("file", '"offset"', "length", "payload", "chain", "first_walk", "last_walk", "first_seen", "last_seen")


def held(folder: Path) -> dict[str, Any]:
    with Archive(folder) as archive:
        return {table: archive.db.execute("select {} from {} order by 1, 2".format(
                    ", ".join(name for name in columns.split(", ") if name not in WHERE), table)).fetchall()
                for table, columns in SAME.items()}


def test_rows_written_at_once_are_those_of_a_crawl(tmp_path: Path) -> None:
    for crawled in (False, True):
        make(tmp_path / str(crawled), 90, 200, (site(0), site(1)), crawled=crawled)
    at_once, crawl = held(tmp_path / "False"), held(tmp_path / "True")
    assert len(at_once["documents"]) == 90
    for table, rows in at_once.items():
        assert rows == crawl[table], table


def test_the_reader_says_of_a_made_page_what_is_written_down() -> None:
    for n, text in enumerate(made(8, 300), start=1):
        one = page(site(3), n, *text)
        sent = {"Content-Type": "text/html; charset=utf-8"}
        said = read(Draft(HtmlResponse(one.url, headers=sent, body=answer(one.said)), one.url)).made.document
        assert said is not None
        assert (said.title, said.text, said.index, said.attachments) == (
            one.said.title, one.said.text, one.said.index, one.said.attachments)
