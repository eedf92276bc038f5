"""The first page: what is in here, over time and by region, what is new, what changed, and how complete it is."""

from __future__ import annotations

import sqlite3
from datetime import date
from typing import Any

from archive.browse import charts, recent, results
from archive.browse.asked import Asked
from archive.browse.regions import by_province
from archive.query import Only, Query
from archive.search import EPOCH, PER_DAY, found

REGIONS = """select s.region, sum(n) from (select site, count(*) as n from pages where state = 'archived' group by site)
             join sites s using (site) group by s.region order by 2 desc, 1"""
# By site first, which is how an index has them: else all of them are sorted.
STATES = """select state, sum(n) from (select state, count(*) as n from pages group by site, state)
            where state in ('blocked', 'failed', 'unread', 'pending', 'gone') group by state order by 2 desc"""
CHANNELS = "select count(gap = 0 or null), count(gap > 0 or null), count(*) from channels"


def read(db: sqlite3.Connection, asked: Asked) -> dict[str, Any]:
    """Everything on the first page; nothing of it looks at more than an index."""
    regions = db.execute(REGIONS).fetchall()
    whole, lacking, channels = db.execute(CHANNELS).fetchone()
    events, _ = recent.events(db, again=True)
    return {
        "counts": _counts(db), "years": charts.filled(by_year(db)),
        "provinces": by_province(regions), "regions": regions[:15],
        "newest": results.cards(db, found(db, Query((), Only()), 8)),
        "changed": [event for event in events if event["change"] == "changed"][:6],
        "withdrawn": [event for event in events if event["change"] in ("withdrawn", "returned")][:6],
        "whole": whole, "lacking": lacking, "open": channels - whole - lacking, "states": db.execute(STATES).fetchall(),
    }


def _counts(db: sqlite3.Connection) -> dict[str, Any]:
    def one(query: str) -> Any:
        return db.execute(query).fetchone()[0]

    return {"文件": one("select count(*) from documents"), "网站": one("select count(*) from sites"),
            "栏目": one("select count(*) from channels"), "抓取": one("select count(*) from captures"),
            "最近更新": one("select max(coalesce(ended, started)) from runs") or ""}


def by_year(db: sqlite3.Connection) -> list[tuple[int, int]]:
    """(year, documents) from the first year to the last: places tell the day (archive/search.py)."""
    first, last = db.execute(f"select min(place), max(place) from documents where place >= {PER_DAY}").fetchone()
    if first is None:
        return []
    years = range(date.fromordinal(EPOCH + first // PER_DAY).year, date.fromordinal(EPOCH + last // PER_DAY).year + 1)
    return [(year, db.execute("select count(*) from documents where place >= ? and place < ?",
                              (_start(year), _start(year + 1))).fetchone()[0]) for year in years]


def _start(year: int) -> int:
    return (date(year, 1, 1).toordinal() - EPOCH) * PER_DAY
