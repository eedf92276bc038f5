"""Does a channel still look like itself? A changed layout often answers 200 and reads as less: fewer entries, no dates,
documents without text. What a channel looks like is learned from its own last runs.

The signs of a run, by `site/channel`, are taken from the first page of its list and from the documents that were read.
One that falls far below the median of the last runs is a suspicion, and the run is not complete. What stays so for
three runs is how the channel is now; a list that became empty never is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import TYPE_CHECKING

from archive.records import INDEX_FIELDS, Listing

if TYPE_CHECKING:
    import sqlite3

Signs = Mapping[str, Mapping[str, float]]  # site/channel → sign → value

LEARN_FROM = 5  # runs
FEWEST = 5  # documents, below which their average says nothing

# Sign → the share of its usual value below which it is a suspicion, and how to say it.
LEAST: Mapping[str, tuple[float, str]] = {
    "entries": (0.5, "entries on the first page of its list"),
    "claimed": (0.5, "entries claimed by the site"),
    "dated": (0.5, "of the entries have a date"),
    "titles": (0.5, "of the titles differ"),
    "documents": (0.5, "of the pages read are documents"),
    "fields": (0.34, "index fields in a document"),  # a few documents of another genre may have fewer
    "characters": (0.1, "characters in a document"),  # lengths differ widely: only next to nothing is a sign
}

FILLED = " + ".join(f"(r.{name} is not null)" for name in INDEX_FIELDS)
READ = f"""select site || '/' || channel, count(*), avg(kind = 'document'), avg(filled), avg(characters) from (
    select l.site, l.channel, r.kind, iif(r.kind = 'document', {FILLED}, null) as filled, d.characters
      from captures k join readings r on r.capture = k.id join listings l on l.url = k.url
      left join documents d on d.n = r.document where k.id > ? and k.walk is null
        and l.site in (select value from json_each(?)))
 group by site, channel"""


def signs(db: sqlite3.Connection, tops: Signs, mark: int, sites: Sequence[str]) -> dict[str, dict[str, float]]:
    """What a run saw: `tops` are the signs of the first pages of the lists it walked, `mark` is the last capture before
    it, `sites` are those that were its own."""
    found = {channel: dict(seen) for channel, seen in tops.items()}
    for channel, read, documents, fields, characters in db.execute(READ, (mark, json.dumps(sites))):
        if read >= FEWEST:
            seen = {"documents": documents, "fields": fields or 0.0, "characters": characters or 0.0}
            found.setdefault(channel, {}).update({name: round(value, 2) for name, value in seen.items()})
    return found


def of_list(listing: Listing) -> dict[str, float]:
    """The signs of the first page of a list."""
    entries = listing.entries
    found: dict[str, float] = {"entries": len(entries)}
    if listing.total is not None:
        found["claimed"] = listing.total
    if entries:
        found["dated"] = round(sum(entry.date is not None for entry in entries) / len(entries), 2)
        found["titles"] = round(len({entry.title for entry in entries}) / len(entries), 2)
    return found


def suspicions(seen: Signs, before: Sequence[Signs]) -> list[str]:
    """A sentence for each channel and sign that is not as usual. `before` are the signs of earlier runs, newest
    first."""
    return [
        f"{channel}: {value:g} {LEAST[name][1]}, usually {usual:g}"
        for channel, now in seen.items()
        for name, value in now.items()
        if (usual := _usual(channel, name, before)) is not None and _odd(name, value, usual, channel, before)
    ]


def _odd(name: str, value: float, usual: float, channel: str, before: Sequence[Signs]) -> bool:
    emptied = name == "entries" and value == 0 and any(_values(channel, name, before))
    return emptied or value < usual * LEAST[name][0]


def _usual(channel: str, name: str, before: Sequence[Signs]) -> float | None:
    values = list(_values(channel, name, before))[:LEARN_FROM]
    return median(values) if values else None


def _values(channel: str, name: str, before: Sequence[Signs]) -> Iterator[float]:
    return (signs[channel][name] for signs in before if name in signs.get(channel, {}))
