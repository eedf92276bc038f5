"""What an auditor of disclosure (政务公开评估) asks of an archive: which serials are missing, which codes and dates
disagree, what was disclosed late, which channels fell silent. Every finding is a lead, with what to look at; never a
verdict: a number may have been skipped, or stand in a channel that nobody walks.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby, pairwise
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any

from pipelines.numbers import document_number, index_number

if TYPE_CHECKING:
    import sqlite3

LEAST = 5  # documents of a series, below which its gaps mean nothing
SHARE = 0.5  # of a series that must be here: sparse ones are disclosed elsewhere, or quoted from another office
PROMPT = 28  # days; 20 working days from when a document is made: 政府信息公开条例 (2019) §26
RHYTHM = 8  # different days on which a channel published, before it has a rhythm
SILENT = 3  # times as long as nine of ten of its pauses, and longer than any


@dataclass(frozen=True, slots=True)
class Near:
    """A document to look at: where the numbers on both sides of a gap stand, or what a lead is about."""

    url: str
    title: str | None
    said: str | None = None


@dataclass(frozen=True, slots=True)
class Lead:
    """One finding. `kind` is a key of `KINDS`; `about` names the series, publisher or channel, `says` is one sentence;
    `missing` are the serials of a gap."""

    kind: str
    site: str | None
    about: str
    says: str
    near: tuple[Near, ...] = ()
    missing: tuple[int, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        near = [{"url": one.url, "title": one.title, "said": one.said} for one in self.near]
        return {"kind": self.kind, "site": self.site, "about": self.about, "says": self.says,
                "missing": list(self.missing), "near": near}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Disclosed:
    """What one page states, as far as an audit looks at it. `rivals` are dates that disagreed with the one chosen."""

    url: str
    site: str | None
    title: str | None
    publisher: str | None
    index_number: str | None
    document_number: str | None
    published_on: str | None
    written_on: str | None
    rivals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


KINDS: Mapping[str, str] = {
    "gap": "serials missing from a series of 索引号 or 文号",
    "code": "an organisation code with several publishers",
    "dates": "dates that disagree",
    "late": "disclosed late",
    "silent": "a channel that fell silent",
}


def audit(db: sqlite3.Connection, sites: Collection[str] = ()) -> Iterator[Lead]:
    """Every lead of an archive, or of some of its sites, in the order of `KINDS`."""
    pages = list(disclosed(db, sites))
    yield from gaps(pages)
    yield from codes(pages)
    yield from disagreements(pages)
    yield from late(pages)
    yield from silent(db, sites)


def disclosed(db: sqlite3.Connection, sites: Collection[str]) -> Iterator[Disclosed]:
    """The latest reading of every page, also of those that are gone."""
    where = f"where p.site in ({', '.join('?' * len(sites))})" if sites else ""
    rows = db.execute(
        "select p.url, p.site, d.title, r.publisher, r.index_number, r.document_number, r.published_on, r.written_on, "
        "json_extract(r.evidence, '$.published_on.rivals'), json_extract(r.evidence, '$.written_on.rivals') "
        f"from pages p join readings r on r.capture = p.reading join documents d on d.n = r.document {where} "
        "order by p.n", tuple(sites))  # fmt: skip
    for row in rows:
        rivals = {name: tuple(rival["value"] for rival in json.loads(found))
                  for name, found in zip(("published_on", "written_on"), row[8:], strict=True) if found}  # fmt: skip
        yield Disclosed(*(*row[:8], rivals))


# --- serials -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Numbered:
    """A number with a serial. `series` is what it shares with its neighbours; `month` only where it may begin anew
    each month."""

    series: tuple[str, ...]
    month: int | None
    serial: int
    near: Near
    site: str | None


def gaps(pages: Sequence[Disclosed]) -> Iterator[Lead]:
    """The serials that a series lacks between 1 and the highest one here, each run of them with its neighbours."""
    found: defaultdict[tuple[str, ...], list[Numbered]] = defaultdict(list)
    for page in pages:
        for one in (by_index_number(page), by_document_number(page)):
            if one is not None:
                found[one.series].append(one)
    for series, numbers in found.items():
        for months in by_month(numbers):
            yield from gaps_of(series, months)


def by_index_number(page: Disclosed) -> Numbered | None:
    """The series of 003158495/202012-00407 is 003158495/2020-; one without a code is that of its publisher."""
    found = index_number(page.index_number or "")
    if not found.serial or not found.serial.isdigit():
        return None
    stem = "".join(found.raw.upper().split())[: -len(found.serial)]
    if found.month and not found.day:
        stem = re.sub(rf"{found.year}-?{found.month:02d}", str(found.year), stem, count=1)
    coded = found.organisation or found.region or "unit" in found.scheme
    whose = () if coded else (page.site or "", page.publisher or "")
    near = Near(page.url, page.title, page.index_number)
    month = None if found.day else found.month
    return Numbered((f"索引号 {stem}", *whose), month, int(found.serial), near, page.site)


def by_document_number(page: Disclosed) -> Numbered | None:
    """The series of 国办发〔2017〕47号 is 国办发〔2017〕."""
    found = document_number(page.document_number or "")
    if not (found.org and found.year and found.number and found.number.isdigit()):
        return None
    near = Near(page.url, page.title, page.document_number)
    return Numbered((f"文号 {found.org}〔{found.year}〕",), None, int(found.number), near, page.site)


def by_month(numbers: Sequence[Numbered]) -> Iterator[Sequence[Numbered]]:
    """A series of a year, or of each month where a serial comes back in another month: it begins anew then."""
    months: defaultdict[int, set[int | None]] = defaultdict(set)
    for one in numbers:
        months[one.serial].add(one.month)
    if all(len(found) == 1 for found in months.values()):
        yield numbers
        return
    ordered = sorted(numbers, key=lambda one: one.month or 0)
    yield from (list(found) for _, found in groupby(ordered, key=lambda one: one.month))


def gaps_of(series: tuple[str, ...], numbers: Sequence[Numbered]) -> Iterator[Lead]:
    here = {one.serial: one for one in sorted(numbers, key=lambda one: one.near.url, reverse=True)}
    if len(here) < LEAST or len(here) < SHARE * max(here):
        return
    before = 0
    for serial in sorted(here):
        if serial > before + 1:
            missing = tuple(range(before + 1, serial))
            around = tuple(here[n].near for n in (before, serial) if n in here)
            span = str(missing[0]) if len(missing) == 1 else f"{missing[0]}–{missing[-1]}"
            says = f"{span} not here; {len(here)} of 1–{max(here)} are"
            yield Lead("gap", here[serial].site, " ".join(filter(None, series)), says, around, missing)
        before = serial


# --- codes and dates ---------------------------------------------------------------------------------------------


def codes(pages: Sequence[Disclosed]) -> Iterator[Lead]:
    """Organisation codes, unique by GB 11714, that stand in the 索引号 of several publishers."""
    found: defaultdict[str, dict[str, Disclosed]] = defaultdict(dict)
    counts: Counter[tuple[str, str]] = Counter()
    for page in pages:
        code = index_number(page.index_number or "").organisation
        if code and page.publisher:
            found[code].setdefault(page.publisher, page)
            counts[code, page.publisher] += 1
    for code, publishers in found.items():
        if len(publishers) > 1:
            said = ", ".join(f"{name} ({counts[code, name]})" for name in publishers)
            near = tuple(Near(page.url, page.title, page.publisher) for page in publishers.values())
            yield Lead("code", next(iter(publishers.values())).site, code, said, near)


def disagreements(pages: Sequence[Disclosed]) -> Iterator[Lead]:
    """Pages that state two days for one thing, or that were published before they were written or numbered."""
    for page in pages:
        for says in disagreeing(page):
            yield Lead("dates", page.site, page.publisher or "", says, (Near(page.url, page.title),))


def disagreeing(page: Disclosed) -> Iterator[str]:
    for name, values in page.rivals.items():
        others = sorted({value for value in values if value != getattr(page, name)})
        if others:
            yield f"{name} is {getattr(page, name)}, but also {', '.join(others)}"
    if page.written_on and page.published_on and page.written_on > page.published_on:
        yield f"written on {page.written_on}, after it was published on {page.published_on}"
    year = document_number(page.document_number).year if page.document_number else None
    if year and page.published_on and year > int(page.published_on[:4]):
        yield f"numbered {page.document_number}, and published on {page.published_on}"


def late(pages: Sequence[Disclosed]) -> Iterator[Lead]:
    """Publishers of documents that came out later than the rule allows, with the slowest ones."""
    found: defaultdict[tuple[str | None, str], list[tuple[int, Disclosed]]] = defaultdict(list)
    for page in pages:
        if page.written_on and page.published_on and page.written_on <= page.published_on:
            days = (date.fromisoformat(page.published_on) - date.fromisoformat(page.written_on)).days
            found[page.site, page.publisher or ""].append((days, page))
    for (site, publisher), waits in found.items():
        slow = sorted((wait for wait in waits if wait[0] > PROMPT), key=lambda wait: -wait[0])
        if slow:
            says = (f"{len(slow)} of {len(waits)} later than {PROMPT} days after they were written; "
                    f"half of all within {median(days for days, _ in waits):.0f} days")  # fmt: skip
            near = tuple(Near(page.url, page.title, f"{days} days") for days, page in slow[:3])
            yield Lead("late", site, publisher, says, near)


# --- channels ----------------------------------------------------------------------------------------------------


def silent(db: sqlite3.Connection, sites: Collection[str]) -> Iterator[Lead]:
    """Channels whose last entry was, when they were last walked, older than their own rhythm explains."""
    where = f"and l.site in ({', '.join('?' * len(sites))})" if sites else ""
    rows = db.execute(
        "select l.site, l.channel, c.name, c.url, substr((select max(started) from walks w where w.site = l.site "
        "and w.channel = l.channel), 1, 10), json_group_array(distinct l.date) from listings l "
        "join channels c on c.site = l.site and c.channel = l.channel "
        f"where l.date is not null {where} group by l.site, l.channel", tuple(sites))  # fmt: skip
    for site, _, name, url, walked, found in rows:
        days = sorted(date.fromisoformat(day) for day in json.loads(found) if day <= walked)
        if says := silence(days, date.fromisoformat(walked)):
            yield Lead("silent", site, name, says, (Near(url, name),))


def silence(days: Sequence[date], walked: date) -> str | None:
    """Why a channel counts as silent, None if it does not. `days`, in order, are those on which it published."""
    if len(days) < RHYTHM:
        return None
    pauses = [(after - before).days for before, after in pairwise(days)]
    quiet, usual = (walked - days[-1]).days, quantiles(pauses, n=10)[-1]
    if quiet <= max(SILENT * usual, *pauses):
        return None
    return f"nothing since {days[-1]}, {quiet} days; nine of ten of its pauses were at most {usual:.0f} days long"
