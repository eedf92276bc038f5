"""Sites and channels: the certificate, the rhythm of publishing, and what could not be archived and why."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from archive.browse import results
from archive.browse.asked import Asked
from archive.browse.failures import Missing
from archive.browse.regions import PROVINCES, province
from archive.coverage import Certificate, certificates
from archive.query import Only, Query
from archive.search import found

RHYTHM = """select date, count(*) from listings where site = :site and (:channel is null or channel = :channel)
            and date is not null group by date"""
REFUSED = """select p.url, p.state, p.reason, p.title, p.last_seen from pages p
              where p.site = :site and p.state in ('blocked', 'failed', 'unread', 'gone')
                and (:channel is null or exists (select 1 from listings l
                     where l.url = p.url and l.site = :site and l.channel = :channel))
              order by p.state, p.last_seen desc limit 100"""
SITES = """select s.site, s.name, s.region, s.url, s.cms, count(c.channel) as channels,
                  coalesce(sum(c.listed), 0) as listed,
                  (select count(*) from pages p where p.site = s.site and p.state = 'archived') as archived,
                  (select max(started) from walks w where w.site = s.site) as walked
             from sites s left join channels c using (site) group by s.site order by s.region, s.site"""
WALKS = """select started, ended, coalesce(outcome, 'open') as outcome, pages, seen, fresh, claimed, note from walks
            where site = :site and channel = :channel order by started desc limit 30"""


def read_all(db: sqlite3.Connection, asked: Asked) -> dict[str, Any]:
    """Every site, by province."""
    known = [{**site, "province": province(site["region"])} for site in rows(db, SITES)]
    order = list(PROVINCES)
    return {"sites": sorted(known, key=lambda site: order.index(site["province"]))}


def read(db: sqlite3.Connection, asked: Asked) -> dict[str, Any]:
    """One site: its channels with their certificates."""
    site = _site(db, asked.parts["site"])
    return {**site, **_shared(db, site["site"], None),
            "certificates": [shown(one) for one in certificates(db, [site["site"]])],
            "newest": results.cards(db, found(db, Query((), Only(site=site["site"])), 10))}


def read_channel(db: sqlite3.Connection, asked: Asked) -> dict[str, Any]:
    """One channel: its certificate and its walks."""
    site, channel = _site(db, asked.parts["site"]), asked.parts["channel"]
    own = [shown(one) for one in certificates(db, [site["site"]]) if one.channel == channel]
    address = db.execute("select url from channels where site = ? and channel = ?", (site["site"], channel)).fetchone()
    if not own or not address:
        raise Missing(channel)
    return {**_shared(db, site["site"], channel), "site": site["site"], "site_name": site["name"], "channel": channel,
            "name": own[0]["name"], "url": address[0], "certificates": own,
            "walks": rows(db, WALKS, site=site["site"], channel=channel)}


def shown(certificate: Certificate) -> dict[str, Any]:
    """A certificate with the findings of its sum."""
    return certificate.as_dict() | {"walk": (certificate.outcome or "open") if certificate.walked else "never"}


def _site(db: sqlite3.Connection, key: str) -> dict[str, Any]:
    for row in rows(db, "select site, name, url, cms, region from sites where site = :site", site=key):
        return row
    raise Missing(key)


def _shared(db: sqlite3.Connection, site: str, channel: str | None) -> dict[str, Any]:
    """What a site and a channel both show."""
    days = dict(db.execute(RHYTHM, {"site": site, "channel": channel}).fetchall())
    last = _last(days)
    return {"days": days, "last": last.isoformat(), "months": _months(days, last),
            "refused": rows(db, REFUSED, site=site, channel=channel)}


def _last(days: Iterable[str]) -> date:
    """The latest day of publication that is not in the future, where lists hold mistyped years."""
    today = datetime.now(UTC).date().isoformat()
    return date.fromisoformat(max((day for day in days if day <= today), default=today))


def _months(days: dict[str, int], last: date) -> list[tuple[str, int]]:
    """The numbers of the calendar as a table: the last twelve months, latest first."""
    counted: dict[str, int] = {}
    for day, number in days.items():
        counted[day[:7]] = counted.get(day[:7], 0) + number
    return sorted((pair for pair in counted.items() if pair[0] <= last.isoformat()[:7]), reverse=True)[:12]


def rows(db: sqlite3.Connection, sql: str, **values: object) -> list[dict[str, Any]]:
    """The rows of a query by column name."""
    found_rows = db.execute(sql, values)
    names = [column[0] for column in found_rows.description]
    return [dict(zip(names, row, strict=True)) for row in found_rows]
