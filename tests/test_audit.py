"""`gongkai audit`: what was taken out is found, all of it and nothing else, and every other lead where it stands."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from archive.database import Archive
from crawler.leads import Disclosed, Lead, audit, disagreeing, gaps, late, silence
from pipelines.numbers import index_number
from tests.running import gongkai
from tests.samples import SITE, store, url

# How a series is printed, and what its leads call it: the national rule, two that count by month, 文号 of two shapes.
SERIES = {
    "000014349/2020-{:05d}": "索引号 000014349/2020-",
    "003158495/202012-{:05d}": "索引号 003158495/2020-",
    "114403006955506492/2021-{:05d}": "索引号 114403006955506492/2021-",
    "国办发〔2017〕{}号": "文号 国办发〔2017〕",
    "道人社[2017]{}号": "文号 道人社〔2017〕",
}


def page(number: int, **said: Any) -> Disclosed:
    fields: dict[str, Any] = dict.fromkeys(("index_number", "document_number", "published_on", "written_on"))
    return Disclosed(url(number), "a", f"第{number}号", said.pop("publisher", "甲县财政局"), **{**fields, **said})


def numbered(form: str, serial: int) -> Disclosed:
    name = "document_number" if "号" in form else "index_number"
    return page(serial, **{name: form.format(serial)})


def planted(seed: int) -> tuple[list[Disclosed], dict[str, set[int]]]:
    """Several series without some of their serials, shuffled; and which these are."""
    die = random.Random(seed)
    pages, taken = [], {}
    for form, called in SERIES.items():
        last = die.randint(20, 200)
        out = set(die.sample(range(1, last), die.randint(0, last // 4)))
        pages += [numbered(form, serial) for serial in range(1, last + 1) if serial not in out]
        taken[called] = out
    die.shuffle(pages)
    return pages, taken


@pytest.mark.parametrize("seed", range(50))
def test_planted_deletions_are_found_and_nothing_else(seed: int) -> None:
    pages, taken = planted(seed)
    found: dict[str, set[int]] = {called: set() for called in taken}
    for lead in gaps(pages):
        found[lead.about] |= set(lead.missing)
    assert found == taken


def test_a_gap_has_its_neighbours() -> None:
    pages = [numbered("000014349/2020-{:05d}", serial) for serial in (1, 2, 3, 6, 7, 8)]
    (lead,) = gaps(pages)
    assert lead.missing == (4, 5)
    assert [near.url for near in lead.near] == [url(3), url(6)]
    assert lead.says == "4–5 not here; 6 of 1–8 are"


def test_the_first_of_a_series_is_missed_too() -> None:
    pages = [numbered("国办发〔2017〕{}号", serial) for serial in range(3, 12)]
    assert [lead.missing for lead in gaps(pages)] == [(1, 2)]


def test_a_series_that_is_hardly_here_says_nothing() -> None:
    """A county quotes a handful of the State Council's numbers: the rest are not its to disclose."""
    assert not list(gaps([numbered("国办发〔2017〕{}号", serial) for serial in (3, 17, 40, 47, 71, 99)]))
    assert not list(gaps([numbered("国办发〔2017〕{}号", serial) for serial in (1, 4)]))


def test_serials_may_begin_anew_each_month() -> None:
    """003158495/202011-00001 and /202012-00001 are two, so neither month lacks what the other has."""
    pages = [page(100 * month + serial, index_number=f"003158495/2020{month}-{serial:05d}")
             for month in (11, 12) for serial in range(1, 9) if (month, serial) != (12, 5)]  # fmt: skip
    assert [lead.missing for lead in gaps(pages)] == [(5,)]


def test_numbers_without_a_code_are_their_publishers() -> None:
    pages = [page(n, index_number=f"2012-{n:05d}", publisher="甲" if n % 2 else "乙") for n in range(1, 21)]
    assert not [lead for lead in gaps(pages) if len(lead.missing) > 1]
    assert {lead.about for lead in gaps(pages)} <= {"索引号 2012- a 甲", "索引号 2012- a 乙"}


@pytest.mark.parametrize(("said", "expected"), [
    ({"written_on": "2024-03-01", "published_on": "2024-03-05"}, None),
    ({"written_on": "2024-03-09", "published_on": "2024-03-05"}, "written on 2024-03-09, after it was published"),
    ({"document_number": "甲府〔2025〕1号", "published_on": "2024-12-31"}, "numbered 甲府〔2025〕1号"),
    ({"published_on": "2024-03-05", "rivals": {"published_on": ("2024-03-06", "2024-03-05")}}, "but also 2024-03-06"),
])  # fmt: skip
def test_dates_that_disagree(said: dict[str, Any], expected: str | None) -> None:
    found = list(disagreeing(page(1, **said)))
    assert (len(found) == 1 and expected in found[0]) if expected else not found


def test_what_came_late_is_counted_by_publisher() -> None:
    days = (0, 3, 5, 28, 29, 200)
    pages = [page(n, written_on="2024-01-01", published_on=str(date(2024, 1, 1) + timedelta(days=wait)))
             for n, wait in enumerate(days)]  # fmt: skip
    (lead,) = late(pages)
    assert lead.says.startswith("2 of 6 later than 28 days")
    assert [near.said for near in lead.near] == ["200 days", "29 days"]


def test_a_channel_is_silent_only_against_its_own_rhythm() -> None:
    weekly = [date(2024, 1, 1) + timedelta(weeks=n) for n in range(20)]
    yearly = [date(2010 + n, 3, 31) for n in range(14)]
    assert silence(weekly, weekly[-1] + timedelta(days=60))
    assert not silence(weekly, weekly[-1] + timedelta(days=20))
    assert not silence(yearly, yearly[-1] + timedelta(days=360))
    assert not silence(weekly[:5], date(2026, 1, 1)), "five days are no rhythm"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with Archive(tmp_path / "a", write=True) as archive:
        archive.enrol(SITE)
        for n in (1, 2, 3, 5, 6, 7):
            number = f"000014349/2024-{n:05d}"
            store(archive, url(n), f"第{n}号", f"正文{n}。", site="a", index_number=number, publisher="甲县财政局")
        store(archive, url(8), "别处", "别处。", site="a", index_number="000014349/2024-00008", publisher="甲县民政局")
    assert index_number("000014349/2024-00001").organisation == "000014349"
    return tmp_path / "a"


def test_the_command_prints_every_lead(folder: Path) -> None:
    done = gongkai("audit", "a", "--json", archive=folder)
    assert done.code == 0, done.err
    leads = [json.loads(line) for line in done.out.splitlines()]
    assert [lead["missing"] for lead in leads if lead["kind"] == "gap"] == [[4]]
    assert [lead["about"] for lead in leads if lead["kind"] == "code"] == ["000014349"]
    assert sum(lead["kind"] == "dates" for lead in leads) == 7  # the sample's meta tag disagrees
    assert "4 not here" in gongkai("audit", archive=folder).out


def test_an_unknown_site_is_named(folder: Path) -> None:
    done = gongkai("audit", "b", archive=folder)
    assert (done.code, "no such site" in done.err) == (2, True)


def test_what_is_gone_still_counts(folder: Path) -> None:
    """A page that was taken down is known: its number is not missing."""
    from archive.errors import Gone

    with Archive(folder, write=True) as archive:
        archive.refuse(url(6), Gone(url(6), "404"), site="a")
        found: list[Lead] = [lead for lead in audit(archive.db, ["a"]) if lead.kind == "gap"]
    assert [lead.missing for lead in found] == [(4,)]
