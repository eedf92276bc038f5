"""An archive of made documents to measure on: rows as a crawl writes them, without the bytes of a WARC.

Texts are sentences of the bundled site's documents in any order, with words of rare characters strewn in, 2,600
characters (7.6 KB) each; the same number gives the same text.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from archive import search
from archive.database import Archive
from archive.records import Channel, Site
from tests.fake_site import FakeSite

SITES, PUBLISHERS, TOPICS, CHARACTERS, A_BATCH = 50, 300, 40, 2600, 500
FIRST = date(2014, 1, 1)
CONTENT = "{:064x}"


def make(folder: Path, documents: int) -> float:
    """Fills an archive; gives the seconds that its index took."""
    with Archive(folder, write=True) as archive:
        for site in _sites():
            archive.enrol(site)
        spent = 0.0
        texts = made(documents)
        for start in range(1, documents + 1, A_BATCH):
            with archive.batch():
                for n in range(start, min(start + A_BATCH, documents + 1)):
                    spent += _write(archive, n, *next(texts))
        archive.db.execute("analyze")
    return spent


def made(documents: int) -> Iterator[tuple[str, str, str]]:
    """(day, title, text) of each document."""
    chance = random.Random(20261120)
    texts = (document.text for document in FakeSite(documents=120).held())
    pool = sorted({sentence + "。" for text in texts for line in text.splitlines() for sentence in line.split("。")
                   if len(sentence) > 8})
    for n in range(1, documents + 1):
        parts: list[str] = []
        long = 0
        while long < CHARACTERS:
            part = chance.choice(pool)
            if chance.random() < 0.2:
                part = "".join(chr(chance.randrange(0x4E00, 0x9FA5)) for _ in range(chance.randrange(2, 6))) + part
            parts.append(part + ("\n" if chance.random() < 0.3 else ""))
            long += len(part)
        day = FIRST + timedelta(days=chance.randrange(4600))
        yield day.isoformat(), f"关于{parts[0][:14].strip()}的第{n}号通知", "".join(parts)


def _sites() -> Iterator[Site]:
    for n in range(SITES):
        channel = Channel(f"s{n}", "tzgg", f"http://s{n}.gov.cn/tzgg/", "通知公告")
        yield Site(f"s{n}", f"第{n}县人民政府", f"http://s{n}.gov.cn/", "html", (channel,), region=f"某省第{n % 12}市")


def _write(archive: Archive, n: int, day: str, title: str, text: str) -> float:
    db, site, url = archive.db, f"s{n * 7 % SITES}", f"http://s{n * 7 % SITES}.gov.cn/tzgg/{n}.htm"
    at = f"2026-01-{1 + n % 28:02}T00:00:00Z"
    begun = time.process_time()
    place = search.add(db, day, title, text)
    spent = time.process_time() - begun
    db.execute("insert into documents (n, content, title, characters, place, text, html) values (?, ?, ?, ?, ?, ?, ?)",
               (n, CONTENT.format(n), title, len(text), place, text, f"<p>{'</p><p>'.join(text.splitlines())}</p>"))
    db.execute('insert into captures (id, url, final_url, fetched_at, status, media_type, payload, file, "offset", '
               "length, chain) values (?, ?, ?, ?, 200, 'text/html', ?, 'none.warc.gz', ?, 9, ?)",
               (n, url, url, at, CONTENT.format(n), n, CONTENT.format(n)))
    db.execute("insert into readings (capture, kind, document, publisher, published_on, topic, validity, "
               "document_number, index_number, metadata, extractor, evidence) "
               "values (?, 'document', ?, ?, ?, ?, ?, ?, ?, ?, '1', ?)",
               (n, n, f"第{n * 11 % PUBLISHERS}局", day, f"主题{n % TOPICS}", "有效" if n % 5 else "失效",
                f"某政发〔{day[:4]}〕{n}号", f"{n:09}/{day[:4]}-{n:05}", CONTENT.format(n),
                '{"publisher": {"raw": "局", "where": "header", "label": "发布机构"}}'))
    if n % 4 == 0:
        db.execute("insert into attachments (capture, position, name, url) values (?, 1, '附件.pdf', ?)",
                   (n, url + ".pdf"))
    db.execute("insert into pages (n, url, identity, site, state, first_seen, last_seen, reading) values "
               "(?, ?, ?, ?, 'archived', ?, ?, ?)", (n, url, url, site, at, at, n))
    return spent
