"""An archive of made documents to measure on.

    .venv/bin/python -m benchmarks.made --archive DIR [--documents 100000] [--characters 2600] [--crawled]

Texts are sentences of the bundled site's documents in any order, with words of rare characters strewn in; the same
number gives the same text. What the reader would say of their pages is written down, not read. `--crawled` writes them
as a crawl does: lists taken in by a walk, pages into the WARC, documents by `Archive.store`. Else only their rows are
written, many at a time: the same (tests/test_made.py compares them) but for outlines and citations, and no WARC.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from archive import chain, ledger, search, similar
from archive.database import Archive, _evidence, _json
from archive.identity import identity
from archive.records import (
    INDEX_FIELDS,
    Ask,
    Attachment,
    Capture,
    Channel,
    Document,
    Entry,
    Evidence,
    Index,
    Listing,
    Reading,
    Site,
)
from archive.warc import payload_hash
from benchmarks.measure import own_memory
from pipelines.dedupe import hashes
from pipelines.derive import RULES, ahead, name
from pipelines.numbers import document_number
from tests.fake_site import FakeSite

SITES, PUBLISHERS, TOPICS, CHARACTERS = 50, 300, 40, 2600
ROWS, TOGETHER = 20, 25  # entries of a page of a list; such pages that are written at a time
NO_WARC = "none.warc.gz"
FIRST = date(2014, 1, 1)
HEADERS = [("Content-Type", "text/html; charset=utf-8"), ("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")]
LABELS = {"index_number": "索引号", "publisher": "发布机构", "published_on": "发布日期", "document_number": "文号",
          "topic": "主题分类", "validity": "有效性"}
ANSWER = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title}</title></head><body><table>{index}</table>
<h1>{title}</h1><div class="TRS_Editor">{html}{files}</div></body></html>"""
COLUMNS = {  # in an order in which each can refer to those before it
    "captures": 'id, url, final_url, fetched_at, status, media_type, payload, file, "offset", length, chain',
    "readings": "capture, kind, document, metadata, evidence, confidence, layout, encoding, encoding_reason, "
                + ", ".join(("extractor", *INDEX_FIELDS)),
    "pages": "n, url, identity, site, state, first_seen, last_seen, checked, reading",
    "listings": "site, channel, url, title, date, position, first_walk, last_walk",
    "attachments": "capture, position, name, url",
    "downloads": "url, site, state, first_seen, last_seen",
    "sketches": "hash, document",
    "derived": "document, document_number, name, rules",
}


class Page(NamedTuple):
    """A made document: its number, its address, when it was fetched, and what its reader says."""

    n: int
    url: str
    at: str
    reading: Reading
    said: Document


class List(NamedTuple):
    """A page of a list: the walk that meets it, its turn from 0, what the site claims, and the pages of its entries."""

    walk: str
    site: Site
    turn: int
    total: int
    last: bool
    pages: list[Page]

    def ask(self, turn: int = 0) -> Ask:
        return Ask(f"{self.site.channels[0].url}{self.turn + turn + 1}/")

    @property
    def next(self) -> Ask | None:
        return None if self.last else self.ask(1)


def make(
    folder: Path, documents: int, characters: int = CHARACTERS, sites: tuple[Site, ...] = (), crawled: bool = False,
    tell: Callable[[int], None] | None = None,
) -> None:
    """Fills an archive, of the fifty made sites or of others; `tell` hears after each page of a list how far it is."""
    sites = sites or tuple(site(n) for n in range(SITES))
    lists, write = -(-documents // ROWS), _as_crawled if crawled else _at_once
    with Archive(folder, write=True) as archive:
        archive.group(1 if crawled else TOGETHER)
        for one in sites:
            archive.enrol(one)
        walks = [archive.begin_walk(one.channels[0], full=True).id for one in sites]
        texts = enumerate(made(documents, characters), start=1)
        totals = Counter(min(n // ROWS, lists) % len(sites) for n in range(documents))
        for number in range(lists):
            of, turn = number % len(sites), number // len(sites)
            pages = [page(sites[of], n, *text) for n, text in islice(texts, ROWS)]
            with archive.batch():
                write(archive, List(walks[of], sites[of], turn, totals[of], number + len(sites) >= lists, pages))
            if tell:
                tell(min((number + 1) * ROWS, documents))
        for walk in walks:
            archive.end_walk(walk, "exhausted")
        archive.flush()
        archive.db.execute("analyze")


def made(documents: int, characters: int = CHARACTERS) -> Iterator[tuple[str, str, str]]:
    """(day, title, text) of each document."""
    chance = random.Random(20261120)
    texts = (document.text for document in FakeSite(documents=120).held())
    lines = (line.replace("\t", " ") for text in texts for line in text.splitlines())  # as a paragraph is read
    pool = sorted({sentence + "。" for line in lines for sentence in line.split("。") if len(sentence) > 8})
    for n in range(1, documents + 1):
        parts: list[str] = []
        long = 0
        while long < characters:
            part = chance.choice(pool)
            if chance.random() < 0.2:
                part = "".join(chr(chance.randrange(0x4E00, 0x9FA5)) for _ in range(chance.randrange(2, 6))) + part
            parts.append(part + ("\n" if chance.random() < 0.3 else ""))
            long += len(part)
        day = FIRST + timedelta(days=chance.randrange(4600))
        yield day.isoformat(), f"关于{parts[0][:14].strip()}的第{n}号通知", "".join(parts).rstrip()


def site(n: int, base: str = "") -> Site:
    """The nth of the made sites; `base` where it can be asked."""
    base = base or f"http://s{n}.gov.cn"
    channel = Channel(f"s{n}", "tzgg", f"{base}/tzgg/", "通知公告")
    return Site(f"s{n}", f"第{n}县人民政府", f"{base}/", "html", (channel,), region=f"某省第{n % 12}市")


def page(of: Site, n: int, day: str, title: str, text: str) -> Page:
    """What the reader says of a document's page."""
    url = f"{of.url}tzgg/{n}.htm"
    index = Index(publisher=f"第{n * 11 % PUBLISHERS}局", published_on=day, topic=f"主题{n % TOPICS}",
                  category=f"主题{n % TOPICS}", validity="有效" if n % 5 else "失效",
                  document_number=f"某政发〔{day[:4]}〕{n}号", index_number=f"{n:09}/{day[:4]}-{n:05}")
    evidence = {name: Evidence(getattr(index, name), "header", label) for name, label in LABELS.items()}
    html = "".join(f"<p>{line}</p>" for line in text.splitlines())
    files = (Attachment("附件.pdf", url + ".pdf"),) if n % 4 == 0 else ()
    said = Document(title, text, html, index, files, evidence)
    return Page(n, url, f"2026-01-{1 + n % 28:02}T00:00:00Z", Reading("document", url, "utf-8", document=said), said)


def answer(said: Document) -> bytes:
    """The page of a document as its server sends it."""
    index = "".join(f"<tr><td>{label}：</td><td>{getattr(said.index, name)}</td></tr>"
                    for name, label in LABELS.items())
    files = "".join(f'<p><a href="{file.url}">{file.name}</a></p>' for file in said.attachments)
    return ANSWER.format(title=said.title, index=index, html=said.html, files=files).encode()


def _as_crawled(archive: Archive, of: List) -> None:
    archive.listed(of.walk, of.ask(), Listing(tuple(entry(one) for one in of.pages), of.total, next=of.next), None)
    for one in of.pages:
        store(archive, of.site, one)


def store(archive: Archive, of: Site, one: Page) -> None:
    """Archive a page as a crawl does."""
    body = answer(one.said)
    place = archive.warc.append(one.url, 200, "OK", HEADERS, body, one.at)
    capture = Capture(one.url, one.url, one.at, 200, "text/html", payload_hash(body), place)
    archive.store(capture, one.reading, hashes(one.said, one.url), of.key, ahead(one.said))


def entry(one: Page) -> Entry:
    return Entry(one.said.title or "", one.url, one.said.index.published_on)


def _at_once(archive: Archive, of: List) -> None:
    """The rows that `_as_crawled` writes, table by table."""
    db, before = archive.db, chain.end(archive.db)
    db.execute("update walks set pages = ?2, seen = seen + ?3, fresh = fresh + ?3, claimed = ?4, next = ?5 "
               "where walk = ?1", (of.walk, of.turn + 1, len(of.pages), of.total, ledger._saved(of.next)))
    db.execute("update channels set listed = listed + ? where site = ?", (len(of.pages), of.site.key))
    rows: dict[str, list[tuple[object, ...]]] = {table: [] for table in COLUMNS}
    for position, one in enumerate(of.pages, start=of.turn * ROWS + 1):
        said, both = one.said, hashes(one.said, one.url)
        place = search.add(db, said.index.published_on, said.title, said.text)
        db.execute("insert into documents (n, content, title, characters, place, text, html) values (?, ?, ?, ?, ?, "
                   "?, ?)", (one.n, both.content, said.title, len(said.text), place, said.text, said.html))
        told = (one.url, one.url, one.at, 200, "text/html", both.metadata)
        before = chain.link(before, told)
        rows["captures"].append((one.n, *told, NO_WARC, one.n, 9, before))
        for table, row in _follows(of, one, position, both.metadata):
            rows[table].append(row)
    for table, found in rows.items():
        marks = ", ".join("?" * (COLUMNS[table].count(",") + 1))
        db.executemany(f"insert into {table} ({COLUMNS[table]}) values ({marks})", found)


def _follows(of: List, one: Page, position: int, metadata: str) -> Iterator[tuple[str, tuple[object, ...]]]:
    """Table and row of what follows from a page's capture and document."""
    said, index, site, moment = one.said, one.said.index, of.site.key, ledger.now()
    evidence = _json({field: _evidence(found) for field, found in said.evidence.items()})
    yield "readings", (one.n, "document", one.n, metadata, evidence, 1.0, "", "utf-8", "", one.reading.extractor,
                       *(getattr(index, field) for field in INDEX_FIELDS))  # fmt: skip
    yield "pages", (one.n, one.url, identity(one.url), site, "archived", moment, moment, one.at, one.n)
    yield "listings", (site, of.site.channels[0].key, one.url, said.title, index.published_on, position, of.walk,
                       of.walk)  # fmt: skip
    for file in said.attachments:
        yield "attachments", (one.n, 1, file.name, file.url)
        yield "downloads", (file.url, site, "pending", moment, moment)
    yield from (("sketches", (key, one.n)) for key in similar.sketch(said.text)[: similar.KEYS])
    own = document_number(index.document_number or "")
    yield "derived", (one.n, own.canonical if own else None, name(said.title or ""), RULES)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--archive", type=Path, required=True)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--characters", type=int, default=CHARACTERS)
    parser.add_argument("--crawled", action="store_true", help="as a crawl writes them")
    asked = parser.parse_args()
    before = time.process_time(), time.monotonic()

    def tell(n: int) -> None:
        nonlocal before
        if n % 10_000 == 0:
            now = time.process_time(), time.monotonic()
            cpu, wall = ((b - a) / 10 for a, b in zip(before, now, strict=True))
            before = now
            print(f"{n} documents: {cpu:.2f} ms of processor and {wall:.2f} by the clock each, {own_memory():.0f} MB",
                  flush=True)

    make(asked.archive, asked.documents, asked.characters, crawled=asked.crawled, tell=tell)


if __name__ == "__main__":
    main()
