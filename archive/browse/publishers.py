"""A publisher: what it published when, and which serials of its 文号 are not here."""

from __future__ import annotations

import re
import sqlite3
from collections import defaultdict
from typing import Any

from archive.browse import charts, results
from archive.browse.asked import Asked
from archive.browse.failures import Missing
from archive.query import Only, Query
from archive.search import found

YEARS = """select year, count(distinct document) from readings where publisher = ? and document is not null
           and year is not null group by year order by year"""
NUMBERS = """select distinct document_number from readings where publisher = ? and document_number is not null
             limit 20000"""
# 澜政办〔2021〕22号: word of the organisation, year, serial
SERIAL = re.compile(r"(?P<word>\S{1,12}?)[〔\[（(［](?P<year>[12]\d{3})[〕\]）)］]第?(?P<serial>\d{1,4})号")
FEWEST = 3  # serials of a year that must be here before others count as missing


def read(db: sqlite3.Connection, asked: Asked) -> dict[str, Any]:
    """One publisher, by the name it is printed with."""
    publisher = asked.parts["publisher"]
    years = db.execute(YEARS, (publisher,)).fetchall()
    newest = results.cards(db, found(db, Query((), Only(publisher=publisher)), 20))
    if not years and not newest:
        raise Missing(publisher)
    return {"publisher": publisher, "years": charts.filled(years), "newest": newest,
            "gaps": gaps(number for (number,) in db.execute(NUMBERS, (publisher,)))}


def gaps(numbers: Any) -> list[dict[str, Any]]:
    """Per word and year the serials between the first and the last that are not here; a lead, never a verdict."""
    series: dict[tuple[str, str], set[int]] = defaultdict(set)
    for number in numbers:
        if said := SERIAL.fullmatch(number.strip()):
            series[said["word"], said["year"]].add(int(said["serial"]))
    return [{"word": word, "year": year, "here": len(here), "missing": missing[:50], "number": len(missing)}
            for (word, year), here in sorted(series.items(), key=lambda pair: (pair[0][1], pair[0][0]), reverse=True)
            if len(here) >= FEWEST and (missing := sorted(set(range(min(here), max(here))) - here))]
