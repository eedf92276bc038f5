"""快照: an answer as it was archived, out of the WARC. On one's own machine HTML is shown in a sandbox without origin
and without scripts; in public, and for every other type, it is a download."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass

from archive.browse.asked import Asked
from archive.browse.failures import Missing
from archive.browse.profile import SANDBOX
from archive.records import Location
from archive.warc import read_response
from archive.withheld import why

SHOWN = re.compile(r"(text/html|application/xhtml\+xml|text/plain)\b", re.I)
SAFE = re.compile(r"\A[\w.+-]+/[\w.+-]+(;\s*charset=[\w-]+)?")
ENCODINGS = frozenset({"gzip", "deflate", "br", "zstd"})


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is answered: bytes as received, so still content-encoded where they were."""

    body: bytes
    media_type: str
    headers: dict[str, str]


def read(db: sqlite3.Connection, asked: Asked) -> Snapshot:
    """One capture. Raises ArchiveError where its bytes are damaged."""
    row = db.execute('select file, "offset", length, media_type, id, url, walk from captures where id = ?',
                     (asked.number("capture"),)).fetchone()
    if row is None or why(db, row[5]) or (asked.public and row[6]):  # lists name what was withheld since
        raise Missing("no such capture")
    response = read_response(asked.folder / "warc", Location(*row[:3]))
    media_type = row[3] if SAFE.fullmatch(row[3]) else "application/octet-stream"
    headers = {"content-security-policy": SANDBOX}
    encoding = next((value for name, value in response.headers if name.lower() == "content-encoding"), "").lower()
    if encoding in ENCODINGS:
        headers["content-encoding"] = encoding
    if asked.public or not SHOWN.match(media_type):
        headers["content-disposition"] = f'attachment; filename="capture-{row[4]}{_suffix(media_type)}"'
        media_type = "application/octet-stream"
    return Snapshot(response.body, media_type, headers)


SUFFIXES = {"text/html": ".html", "application/pdf": ".pdf", "application/json": ".json", "text/plain": ".txt"}


def _suffix(media_type: str) -> str:
    return SUFFIXES.get(media_type.partition(";")[0].strip().lower(), ".bin")
