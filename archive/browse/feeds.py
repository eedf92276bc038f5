"""Atom (RFC 4287): what a search finds, or what happens on a site or at a publisher."""

from __future__ import annotations

import sqlite3
from operator import itemgetter
from typing import Any
from urllib.parse import quote, urlencode

from lxml import etree

from archive.browse import recent
from archive.browse.asked import NARROWS, Asked
from archive.browse.language import translate
from archive.ledger import now
from archive.search import Hit, found, hits

ATOM = "http://www.w3.org/2005/Atom"
SHOWN = 50
LOOKED = 3000  # the newest documents of a search, among which those that came last are shown
CONTROL = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF, *range(0xD800, 0xE000)))


def atom(db: sqlite3.Connection, asked: Asked, base: str) -> bytes:
    """The feed of `q` and the fields that narrow it; without `q`, the events of `site` or `publisher` or of all."""
    given = {name: asked.arguments[name] for name in ("q", *NARROWS) if asked.arguments.get(name)}
    searched = bool(set(given) - {"site", "publisher"})
    entries = _hits(db, asked) if searched else _events(db, asked)
    feed = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})
    query = urlencode(given | ({"_lang": "en"} if asked.language == "en" else {}))
    address = f"{base}/feed.atom{'?' + query if query else ''}"
    _add(feed, "title", " ".join(["公开", *given.values()]))
    _add(feed, "id", address)
    _add(feed, "link", None, rel="self", href=address)
    page = f"{base}/{'search' if searched else 'changes'}{'?' + query if query else ''}"
    _add(feed, "link", None, rel="alternate", href=page)
    _add(feed, "updated", max((entry["at"] for entry in entries), default=_written(db)))
    _add(_add(feed, "author", None), "name", "gongkai")
    for entry in entries:
        _entry(feed, entry, base, asked.language)
    return bytes(etree.tostring(feed, xml_declaration=True, encoding="utf-8"))


def _entry(feed: etree._Element, entry: dict[str, Any], base: str, language: str) -> None:
    element = _add(feed, "entry", None)
    change = f"[{translate(entry['change'], language)}] " if entry["change"] else ""
    _add(element, "title", change + (entry["title"] or "–"))
    _add(element, "id", f"urn:gongkai:{quote(entry['key'])}")
    _add(element, "link", None, rel="alternate", href=f"{base}/document/{entry['document']}")
    _add(element, "link", None, rel="via", href=entry["url"])
    _add(element, "updated", entry["at"])
    if entry["publisher"]:
        _add(_add(element, "author", None), "name", entry["publisher"])
    _add(element, "summary", entry["summary"])


def _hits(db: sqlite3.Connection, asked: Asked) -> list[dict[str, Any]]:
    """The documents that a search finds which came here last, whatever their date, and what became of any it finds."""
    numbers = found(db, asked.query, LOOKED)
    became = [event for event in recent.events(db, again=True)[0]
              if event["change"] in ("withdrawn", "returned") and event["document"] in set(numbers)]
    shown = hits(db, asked.query, sorted(numbers, reverse=True)[:SHOWN])
    return sorted([*map(_event, became), *(_document(db, hit) for hit in shown)], key=itemgetter("at"), reverse=True)


def _document(db: sqlite3.Connection, hit: Hit) -> dict[str, Any]:
    """When it was first seen, under its content's name, not its number, which another archive has for another: a
    reader must not be told twice, nor miss one."""
    content, at = db.execute("select d.content, min(k.fetched_at) from documents d join readings r on r.document = d.n "
                             "join captures k on k.id = r.capture where d.n = ?", (hit.document,)).fetchone()
    where = f"（附件：{hit.attachment}）" if hit.attachment else ""
    return {"key": f"document:{content}", "change": "", "title": hit.title, "document": hit.document, "url": hit.url,
            "publisher": hit.publisher, "summary": where + "".join(part for part, _ in hit.snippet_marked), "at": at}


def _events(db: sqlite3.Connection, asked: Asked) -> list[dict[str, Any]]:
    site, publisher = recent.whose(db, asked)
    events, _ = recent.events(db, site=site, publisher=publisher)
    return list(map(_event, events[:SHOWN]))


def _written(db: sqlite3.Connection) -> str:
    """When the archive was last looked after: since then a feed has been as empty as it is (RFC 4287 §4.2.15)."""
    at = db.execute("select coalesce((select max(coalesce(ended, started)) from runs), "
                    "(select max(fetched_at) from captures))").fetchone()[0]
    return str(at or now())


def _event(event: dict[str, Any]) -> dict[str, Any]:
    return {**event, "key": f"{event['change']}:{event['at']}:{event['url']}",
            "summary": " ".join(filter(None, (event["publisher"], event["what"], event["url"])))}


def _add(parent: etree._Element, name: str, text: str | None, **attributes: str) -> etree._Element:
    element = etree.SubElement(parent, f"{{{ATOM}}}{name}", {key: _plain(value) for key, value in attributes.items()})
    element.text = _plain(text) if text is not None else None
    return element


def _plain(text: str) -> str:
    """Without what XML 1.0 cannot hold."""
    return text.translate(CONTROL)
