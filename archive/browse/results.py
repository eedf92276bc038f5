"""Search in the browser: the same engine as `gongkai search`, with facets."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from dataclasses import asdict
from typing import Any

from archive.browse.asked import NARROWS, Asked
from archive.browse.sentences import say
from archive.errors import UsageError
from archive.query import Query
from archive.search import day_of, found, search, within

SHOWN = 20  # hits of a page
COUNTED = 1000  # the newest hits, on which facets are counted: constant work however many hits there are
TOLD = 3000  # hits are counted up to here, and said to be more beyond
FACETS = ("site", "region", "publisher", "topic", "year", "validity", "attached")
CHOICES = 8  # values of a facet that are shown

OF_HITS = """select d.n, d.place, p.site, s.region, r.publisher, r.topic, r.validity,
                    exists (select 1 from attachments a where a.capture = r.capture) as attached
               from json_each(:numbers) j cross join documents d on d.n = j.value
               cross join readings r on r.document = d.n cross join captures k on k.id = r.capture
               cross join pages p on p.url = k.url left join sites s on s.site = p.site"""

CARDS = """select d.n as document, d.title, r.publisher, r.published_on, p.site, s.name as site_name, k.url
             from json_each(?) j cross join documents d on d.n = j.value cross join readings r on r.document = d.n
             cross join captures k on k.id = r.capture left join pages p on p.url = k.url
             left join sites s on s.site = p.site group by d.n order by j.key"""


def read(db: sqlite3.Connection, asked: Asked) -> dict[str, Any]:
    """Hits with facets; without a query, everything by date. What is wrong with a query is said on the page."""
    typed = asked.arguments.get("q", "")
    narrowed = {name: asked.arguments[name] for name in NARROWS if asked.arguments.get(name)}
    shown: dict[str, Any] = {
        "q": typed[:500], "narrowed": narrowed, "hits": [], "facets": {}, "number": 0, "more": False, "page": 1,
        "problem": None, "sort": asked.arguments.get("sort", ""), "counted": COUNTED, "names": names(db)}
    try:
        query = asked.query if typed.strip() else Query((), asked.only)
        return shown | _hits(db, query, asked)
    except UsageError as error:
        return shown | {"problem": say(str(error), asked.language)}


def _hits(db: sqlite3.Connection, query: Query, asked: Asked) -> dict[str, Any]:
    page, newest = asked.page, _newest(asked)
    limits = within(db, query.only, TOLD + 1)
    numbers = found(db, query, TOLD + 1, limits)  # once through the index: for the number of hits and for the facets
    hits = search(db, query, SHOWN, (page - 1) * SHOWN, newest, limits)
    return {"hits": [asdict(hit) for hit in hits], "number": min(len(numbers), TOLD), "more": len(numbers) > TOLD,
            "page": page, "pages": -(-len(numbers) // SHOWN), "facets": facets(db, numbers[:COUNTED]),
            "words": query.words}


def _newest(asked: Asked) -> bool:
    sort = asked.arguments.get("sort", "")
    if sort not in ("", "date"):
        raise UsageError(f"sort={sort[:20]}: hits are sorted by date alone, or titles first.")
    return sort == "date"


def names(db: sqlite3.Connection) -> dict[str, str]:
    """Every site as a person calls it."""
    return dict(db.execute("select site, name from sites").fetchall())


def facets(db: sqlite3.Connection, numbers: list[int]) -> dict[str, list[tuple[str, int]]]:
    """Per facet the commonest values among these documents, with how many bear each."""
    seen: dict[str, set[tuple[str, int]]] = {name: set() for name in FACETS}
    rows = db.execute(OF_HITS, {"numbers": json.dumps(numbers)})
    for n, place, site, region, publisher, topic, validity, attached in rows:
        year = (day_of(place) or "")[:4]
        for name, value in zip(FACETS, (site, region, publisher, topic, year, validity, str(attached)), strict=True):
            if value:
                seen[name].add((value, n))
    counted = {name: Counter(value for value, _ in pairs).most_common(CHOICES) for name, pairs in seen.items()}
    counted["year"] = sorted(Counter(value for value, _ in seen["year"]).most_common(15), reverse=True)
    return {name: values for name, values in counted.items() if values}


def cards(db: sqlite3.Connection, numbers: list[int]) -> list[dict[str, Any]]:
    """Documents in a line each: what a list of them shows, in the order of the numbers."""
    rows = db.execute(CARDS, (json.dumps(numbers),))
    names = [column[0] for column in rows.description]
    return [dict(zip(names, row, strict=True)) for row in rows]
