"""What happened lately: the view `changes` over the pages that were captured, or missed in their lists, last."""

from __future__ import annotations

import sqlite3
from typing import Any

from archive.browse.asked import NARROWS, Asked
from archive.browse.failures import Missing
from archive.errors import UsageError

WINDOW = 200  # captures of pages whose events make up one page: the view is asked for their addresses only
LOOKED = 20_000  # captures among which they are looked for at a time, where no site or publisher is asked for

BEFORE = """(select b.id from captures b where b.url = k.url and b.walk is null and (b.fetched_at, b.id) <
            (k.fetched_at, k.id) order by b.fetched_at desc, b.id desc limit 1)"""
# What says all that the capture before it said is no event: fifty of these come with each run, of each site.
CAPTURES = f"""select k.id, k.fetched_at, k.url from captures k left join pages p on p.url = k.url
               where k.walk is null and not k.enclosed and k.id < :before and k.id >= :floor
                 and (:site is null or p.site = :site)
                 and (:publisher is null or exists (select 1 from readings r where r.capture = k.id
                                                    and r.publisher = :publisher))
                 and (not :again or {BEFORE} is not null)
                 and not exists (select 1 from readings r join readings o on o.capture = {BEFORE}
                      where r.capture = k.id and o.kind = r.kind and o.document is r.document
                        and o.metadata is r.metadata
                        and (select count(*) from attachments where capture = r.capture)
                            = (select count(*) from attachments where capture = o.capture)
                        and not exists (select name, url, sha256 from attachments where capture = r.capture
                                        except select name, url, sha256 from attachments where capture = o.capture))
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
    for name in NARROWS:
        if asked.arguments.get(name) and name not in WHOSE:
            raise UsageError(f"{name}={asked.arguments[name][:20]}: changes are narrowed by site and publisher alone.")
    site, publisher = whose(db, asked)
    found, earlier = events(db, int(before) if before else None, site, publisher)
    named = db.execute("select name from sites where site = ?", (site,)).fetchone() or (None,)
    return {"events": found, "site": site, "site_name": named[0], "publisher": publisher, "earlier": earlier}


WHOSE = {"site": "select 1 from sites where site = ?",
         "publisher": "select 1 from readings where publisher = ? limit 1"}


def whose(db: sqlite3.Connection, asked: Asked) -> tuple[str | None, str | None]:
    """The site and the publisher that the arguments name. Raises Missing where there is no such one."""
    for name, sql in WHOSE.items():
        if (value := asked.arguments.get(name)) and not db.execute(sql, (value,)).fetchone():
            raise Missing(value)
    return asked.arguments.get("site") or None, asked.arguments.get("publisher") or None


def events(
    db: sqlite3.Connection, before: int | None = None, site: str | None = None, publisher: str | None = None,
    again: bool = False,
) -> tuple[list[dict[str, Any]], int | None]:
    """The events of a window of captures, latest first, as `archive/changes.py` names them, and the capture before
    which there may be more. A changed page was the document `earlier` and became `later`. `again`: only of pages that
    were captured before, so nothing new."""
    whole = {"site": site, "publisher": publisher}
    last = db.execute("select max(id) from captures").fetchone()[0] or 0
    end = min(before or last + 1, last + 1)
    floor = 0 if site or publisher else max(end - LOOKED, 0)
    captures = db.execute(CAPTURES, {**whole, "before": end, "floor": floor, "again": again,
                                     "window": WINDOW}).fetchall()
    more = captures[-1][0] if len(captures) == WINDOW else floor
    at = [at for _, at, _ in captures]
    times = {"from": min((*at, _at(db, more))) if more else "", "to": max((*at, _at(db, end))) if before else "9"}
    missed = [url for (url,) in db.execute(ABSENCES, {**whole, **times})]
    urls = sorted({url for _, _, url in captures} | set(missed))
    sql = EVENTS.format(addresses=", ".join("?" * len(urls)))  # written out, SQLite looks at no other pages
    rows = db.execute(sql, (*urls, times["from"], times["to"]))
    names = [column[0] for column in rows.description]
    found = [dict(zip(names, row, strict=True)) for row in rows]
    return [event for event in found if event["change"] != "new"] if again else found, more or None


def _at(db: sqlite3.Connection, capture: int) -> str:
    """When a capture was made, or the next after it that is here."""
    row = db.execute("select fetched_at from captures where id >= ? order by id limit 1", (capture,)).fetchone()
    return str(row[0]) if row else "9"
