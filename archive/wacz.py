"""WACZ 1.1.1 (specs.webrecorder.net/wacz): the recordings with an index and a list of pages in one zip, which
replayweb.page and pywb show as the sites looked. Records are copied byte by byte as they stand in our WARC files."""

from __future__ import annotations

import json
import re
import sqlite3 as private
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

from archive.export import PAGES, Counted, Tell, Wish
from archive.ledger import now
from archive.records import Location
from archive.warc import packed_member

if TYPE_CHECKING:
    import sqlite3

RECORDS, INDEX, LIST = "archive/gongkai.warc.gz", "indexes/index.cdx", "pages/pages.jsonl"

# Every capture of the pages asked for, with the files that they enclose; without a filter also the lists that the walks
# went through.
CAPTURES = f"""
select url, final_url, fetched_at, status, media_type, payload, file, "offset", length from captures k
 where (:all and k.walk is not null) or k.url in (
       select p.url from pages p join ({PAGES}) w on w.n = p.n union
       select a.url from attachments a join pages p on p.reading = a.capture join ({PAGES}) w on w.n = p.n)
 order by file, "offset"
"""
TITLES = f"""
select v.url, v.title, v.fetched_at from disclosures v join pages p on p.url = v.url join ({PAGES}) w on w.n = p.n
"""


def write_wacz(into: IO[bytes], folder: Path, db: sqlite3.Connection, wish: Wish, tell: Tell | None = None) -> None:
    """The captures of the pages that are wished for; `folder` holds the WARC files. Raises ArchiveError when a record
    cannot be read."""
    bound = {**wish.bound(db), "all": not (wish.sites or wish.query or wish.since)}
    total = db.execute(f"select count(*) from ({CAPTURES})", bound).fetchone()[0]
    index = private.connect("")  # of its own, on disk when it grows: the index must be sorted
    index.execute("create table lines (line text)")
    with zipfile.ZipFile(into, "w") as package:
        parts = [_part(package, RECORDS, _records(folder, db.execute(CAPTURES, bound), index, total, tell))]
        parts.append(_part(package, INDEX, (line for (line,) in index.execute("select line from lines order by line"))))
        parts.append(_part(package, LIST, _pages(db, bound)))
        package.writestr("datapackage.json", json.dumps(_descriptor(parts), ensure_ascii=False, indent=2))
    index.close()


def _part(package: zipfile.ZipFile, name: str, blocks: Iterator[bytes]) -> dict[str, Any]:
    """Write one file of the zip, stored as it is so that players can read from its middle; gives its description."""
    with package.open(name, "w", force_zip64=True) as entry:
        counted = Counted(entry)
        for block in blocks:
            counted.write(block)
    return {"name": name.rpartition("/")[2], "path": name, "hash": f"sha256:{counted.sha256.hexdigest()}",
            "bytes": counted.length}


def _records(
    folder: Path, found: sqlite3.Cursor, index: private.Connection, total: int, tell: Tell | None,
) -> Iterator[bytes]:
    """The records one after the other; where each stands goes into the index."""
    begin = 0
    for done, (_, final, at, status, media, payload, file, offset, length) in enumerate(found, start=1):
        index.execute("insert into lines values (?)", (_line(final, at, status, media, payload, begin, length),))
        yield packed_member(folder, Location(file, offset, length))
        begin += length
        if tell and (done % 100 == 0 or done == total):
            tell(done, total)


def _line(url: str, at: str, status: int, media: str, payload: str, offset: int, length: int) -> bytes:
    """One line of a CDXJ index."""
    says = {"url": url, "mime": media.partition(";")[0].strip() or "unk", "status": str(status),
            "digest": f"sha256:{payload}", "length": str(length), "offset": str(offset), "filename": "gongkai.warc.gz"}
    return f"{surt(url)} {_digits(at)} {json.dumps(says, ensure_ascii=False)}\n".encode()


def surt(url: str) -> str:
    """The key under which indexes sort an address: its host from the end, small letters, parameters in order.

    >>> surt("http://www.a.gov.cn:8080/B?z=1&a=2")
    'cn,gov,a:8080)/b?a=2&z=1'
    """
    parts = urlsplit(url.lower())
    host = re.sub(r"^www\d*\.", "", parts.hostname or "")
    port = "" if parts.port in (None, 80, 443) else f":{parts.port}"
    query = "?" + "&".join(sorted(parts.query.split("&"))) if parts.query else ""
    return f"{','.join(reversed(host.split('.')))}{port}){parts.path or '/'}{query}"


def _digits(at: str) -> str:
    return re.sub(r"\D", "", at)


def _pages(db: sqlite3.Connection, bound: dict[str, Any]) -> Iterator[bytes]:
    yield b'{"format": "json-pages-1.0", "id": "pages", "title": "All Pages"}\n'
    for number, (url, title, at) in enumerate(db.execute(TITLES, bound), start=1):
        page = {"id": str(number), "url": url, "title": title or url, "ts": at}
        yield f"{json.dumps(page, ensure_ascii=False)}\n".encode()


def _descriptor(parts: list[dict[str, Any]]) -> dict[str, Any]:
    return {"profile": "data-package", "wacz_version": "1.1.1", "software": "gongkai", "created": now(),
            "resources": parts}
