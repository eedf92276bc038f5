"""What benchmarks/pipeline.py compares a crawl with. Runs in an environment of its own: it imports nothing of ours.

    python benchmarks/rivals.py bare LIST…                Scrapy with default settings, that walks the lists and yields
                                                          raw responses
    python benchmarks/rivals.py evening LIST… --to FILE   the same with trafilatura and one INSERT per page into SQLite

Prints how many documents came.
"""

from __future__ import annotations

import argparse
import re
import sqlite3
import sys
from collections.abc import Iterator
from typing import Any

import scrapy
from scrapy.crawler import CrawlerProcess

DOCUMENT = re.compile(r"/t\d{8}_\d+\.html$|/article/66/\d+\.html$")
SCREENS = re.compile(r"createPageHTML\((\d+), (\d+)")
came = 0


class Bare(scrapy.Spider):
    """Lists, their next pages, their documents; nothing is looked at."""

    name = "bare"

    def parse(self, response: Any) -> Iterator[Any]:
        for link in response.css("a::attr(href)").getall():
            if DOCUMENT.search(link):
                yield response.follow(link, self.parse_document)
        if screens := SCREENS.search(response.text):
            number, place = int(screens[1]), int(screens[2]) + 1
            if place < number:
                yield response.follow(f"index_{place}.html")
        else:
            yield from response.follow_all(xpath="//a[text()='下一页']")

    def parse_document(self, response: Any) -> Iterator[dict[str, Any]]:
        global came
        came += 1
        yield {"response": response}


class Evening(Bare):
    """What a person writes in an evening: the ready-made reader, and a row a page."""

    name = "evening"

    def __init__(self, to: str, **kwargs: Any) -> None:
        import trafilatura

        super().__init__(**kwargs)
        self.read, self.db = trafilatura.bare_extraction, sqlite3.connect(to)
        self.db.execute("create table pages (url text primary key, title text, date text, author text, text text)")

    def parse_document(self, response: Any) -> Iterator[dict[str, Any]]:
        global came
        came += 1
        said = self.read(response.text, url=response.url, with_metadata=True)
        row = (said.title, said.date, said.author, said.text) if said else (None, None, None, None)
        self.db.execute("insert or replace into pages values (?, ?, ?, ?, ?)", (response.url, *row))
        self.db.commit()
        yield {"url": response.url}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rival", choices=("bare", "evening"))
    parser.add_argument("lists", nargs="+")
    parser.add_argument("--to")
    given = parser.parse_args()
    process = CrawlerProcess({"LOG_LEVEL": "WARNING"})
    spider, wishes = (Bare, {}) if given.rival == "bare" else (Evening, {"to": given.to})
    process.crawl(spider, start_urls=given.lists, **wishes)
    process.start()
    print(came, file=sys.stdout)


if __name__ == "__main__":
    main()
