"""What happened lately: the view `changes` over the pages that were captured, or missed in their lists, last."""

from __future__ import annotations

import sqlite3
from typing import Any

from archive.browse.asked import Asked
from archive.errors import UsageError

WINDOW = 200  # captures of pages whose events make up one page: the view is asked for their addresses only

CAPTURES = """select k.id, k.fetched_at, k.url from captures k left join pages p on p.url = k.url
               where k.walk is null and k.id < :before and (:site is null or p.site = :site)
                 and (:publisher is null or exists (select 1 from readings r where r.capture = k.id
                                                    and r.publisher = :publisher))
               order by k.id desc limit :window"""
ABSENCES = """select distinct a.url from absences a join pages p on p.url = a.url
                left join readings r on r.capture = p.reading
               where (a.since between :from and :to or a.until between :from and :to)
                 and (:site is null or p.site = :site) and (:publisher is null or r.publisher = :publisher) limit 500"""
EVENTS = """select at, site, url, change, what, title, publisher, document, before, capture,
                   (select document from readings where capture = c.before) as earlier,
                   (select document from readings where capture = c.capture) as later,
                   (select name from sites where site = c.site) as site_name
              from changes c where url in ({addresses}) and at between ? and ? order by at desc, url"""


def read(db: sqlite3.Connection, asked: Asked) -> dict[str, Any]:
    """A page of events, of a site or publisher if the arguments name one; `before` is a capture."""
    before = asked.arguments.get("before", "")
    if before and not (before.isascii() and before.isdigit() and len(before) < 19):
        raise UsageError(f"before={before[:20]}: not the number of a capture.")
    site, publisher = asked.arguments.get("site"), asked.arguments.get("publisher")
    found, earlier = events(db, int(before) if before else None, site, publisher)
    named = db.execute("select name from sites where site = ?", (site,)).fetchone() or (None,)
    return {"events": found, "site": site, "site_name": named[0], "publisher": publisher, "earlier": earlier}


def events(
    db: sqlite3.Connection, before: int | None = None, site: str | None = None, publisher: str | None = None,
    window: int = WINDOW,
) -> tuple[list[dict[str, Any]], int | None]:
    """The events of a window of captures, latest first, as `archive/changes.py` names them, and the capture before
    which there may be more. A changed page was the document `earlier` and became `later`."""
    whose = {"site": site, "publisher": publisher}
    captures = db.execute(CAPTURES, {**whose, "before": before or 1 << 62, "window": window}).fetchall()
    more = captures[-1][0] if len(captures) == window else None
    times = {"from": min((at for _, at, _ in captures), default="") if more else "",
             "to": max((at for _, at, _ in captures), default="9") if before else "9"}
    missed = [url for (url,) in db.execute(ABSENCES, {**whose, **times})]
    urls = sorted({url for _, _, url in captures} | set(missed))
    sql = EVENTS.format(addresses=", ".join("?" * len(urls)))  # written out, SQLite looks at no other pages
    rows = db.execute(sql, (*urls, times["from"], times["to"]))
    names = [column[0] for column in rows.description]
    return [dict(zip(names, row, strict=True)) for row in rows], more
