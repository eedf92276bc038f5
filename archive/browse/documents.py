"""The document page: text as it was set, what it states and why we think so, its versions, captures and citations."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from archive.browse import citing, typeset
from archive.browse.asked import Asked
from archive.browse.failures import Missing
from archive.browse.language import LABELS
from archive.changes import compare
from archive.files import SAID
from archive.records import INDEX_FIELDS

DOCUMENT = "select n, content, title, html from documents where n = ?"
COMPARED = f"select n, title, {SAID} as text from documents d where n = ?"
# The reading that a document is shown by: one a page holds now, else the latest.
READING = """select r.capture, r.other, r.evidence, r.doubts, r.confidence, k.url, k.fetched_at, p.site, p.state,
                    p.reason, p.reading is r.capture as current, s.name as site_name, r.{fields}
               from readings r join captures k on k.id = r.capture left join pages p on p.url = k.url
               left join sites s on s.site = p.site
              where r.document = ? order by current desc, k.fetched_at desc limit 1""".format(
    fields=", r.".join(INDEX_FIELDS))
CAPTURES = """select k.id, k.fetched_at, k.status, k.media_type, k.length, r.kind, r.document, r.metadata
                from captures k left join readings r on r.capture = k.id
               where k.url = ? and k.walk is null order by k.fetched_at desc, k.id desc limit 200"""
ONE_PAGE = """select 1 from readings r join captures k on k.id = r.capture join captures l on l.url = k.url
                join readings s on s.capture = l.id where r.document = ? and s.document = ? limit 1"""
PAGES = """select distinct k.url, p.site, p.state
             from readings r join captures k on k.id = r.capture left join pages p on p.url = k.url
            where r.document = :n limit 50"""
ATTACHMENTS = """select a.name, a.url, f.media_type, f.kind, f.bytes, f.text_status, substr(f.text, 1, 20000) as text,
                        (select max(id) from captures where url = a.url) as capture
                   from attachments a left join files f on f.sha256 = a.sha256 where a.capture = ? order by position"""

CITES = """select coalesce(title, number) as title, max(number) as number, max(archived) as document from cited
            where document = ? group by coalesce(document_number, name) order by min(place), title limit 60"""
CITED_BY = """select c.document, d.title from derived v join citations c on c.document_number = v.document_number
                join documents d on d.n = c.document where v.document = :n and c.document != :n
               union select c.document, d.title from derived v join citations c on c.name = v.name
                join documents d on d.n = c.document
               where v.document = :n and c.document != :n and c.document_number is null limit 60"""
SIMILAR = """select other as document, d.title, likeness from likenesses join documents d on d.n = other
              where document = :n union select l.document, d.title, likeness from likenesses l
               join documents d on d.n = l.document where other = :n order by likeness desc limit 20"""


def read(db: sqlite3.Connection, asked: Asked) -> dict[str, Any]:
    """Everything about one document, by its number."""
    n = asked.number("n")
    document = _one(db, DOCUMENT, n)
    reading = _one(db, READING, n)
    index = {name: reading.pop(name) for name in INDEX_FIELDS}
    captures = _all(db, CAPTURES, reading["url"])
    said = _one(db, "select text, text_from, length(text) as characters from texts where capture = ?",
                reading["capture"])
    own = document.pop("html")
    html, outline = typeset.typeset(typeset.paragraphs(said["text"]) if said["text_from"] else own)
    evidence, other = json.loads(reading.pop("evidence")), json.loads(reading.pop("other"))
    return {
        **document, **reading, **said, "doubts": json.loads(reading["doubts"]), "index": index, "evidence": evidence,
        "other": other, "html": html, "outline": outline, "captures": captures, "versions": versions(captures),
        "pages": _all(db, PAGES, {"n": n}), "attachments": _all(db, ATTACHMENTS, reading["capture"]),
        "citation": citing.gbt7714(document["title"], index, reading),
        "cites": _all(db, CITES, n), "cited_by": _all(db, CITED_BY, {"n": n}), "similar": _all(db, SIMILAR, {"n": n}),
        "bibtex": citing.bibtex(n, document["title"], index, reading),
    }


def versions(captures: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The documents that a page was, latest first, each since when it was seen."""
    found: list[dict[str, Any]] = []
    for capture in captures:
        if capture["document"] is None:
            continue
        if found and found[-1]["document"] == capture["document"]:
            found[-1]["since"] = capture["fetched_at"]
        else:
            found.append({"document": capture["document"], "since": capture["fetched_at"]})
    return found


def difference(db: sqlite3.Connection, asked: Asked) -> dict[str, Any]:
    """What went and what came between two documents, `versions` of one page or not: what they state of themselves,
    title, and text by sentence."""
    old, new = (_one(db, COMPARED, asked.number(name)) for name in ("old", "new"))
    lines = compare(*("\n".join((*_stated(db, one["n"]), one["title"] or "", one["text"])) for one in (old, new)))
    versions = db.execute(ONE_PAGE, (old["n"], new["n"])).fetchone() is not None
    return {"old": old["n"], "new": new["n"], "title": new["title"], "old_title": old["title"], "versions": versions,
            "lines": [{"mark": line.mark, "pieces": line.pieces} for line in lines]}


def _stated(db: sqlite3.Connection, n: int) -> list[str]:
    """The index metadata of a document, a line each, as its page has them."""
    reading = _one(db, READING, n)
    return [f"{label}：{reading[name]}" for name, label in LABELS.items() if reading[name]]


def _one(db: sqlite3.Connection, sql: str, *values: object) -> dict[str, Any]:
    rows = _all(db, sql, values)
    if not rows:
        raise Missing("no such row")
    return rows[0]


def _all(db: sqlite3.Connection, sql: str, values: Any) -> list[dict[str, Any]]:
    rows = db.execute(sql, (values,) if isinstance(values, (int, str)) else values)
    names = [column[0] for column in rows.description]
    return [dict(zip(names, row, strict=True)) for row in rows]
