"""docs/scale.md says what the simulator prints, and the simulator says what it must where the answer is known."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from archive.export import NAMES
from benchmarks import scale
from benchmarks.scale import Country, days, report

PAGE = Path(__file__).parent.parent / "docs/scale.md"


def test_the_page_quotes_what_is_printed() -> None:
    text = PAGE.read_text("utf-8")
    assert [part for part in report().split("\n\n") if part not in text] == []


def test_the_query_names_columns_that_an_export_has() -> None:
    query = PAGE.read_text("utf-8").split("```sql\n")[1].split("```")[0]
    assert set(re.findall(r"\((\w+)\)", query)) == {"published_on"} <= set(NAMES)


def test_the_largest_site_sets_the_pace_and_one_machine_takes_the_sum(monkeypatch: pytest.MonkeyPatch) -> None:
    country = Country([1000, 10, 10, 10])
    requests = country.requests(1000)
    assert requests == pytest.approx((1000 * 1.35 + 50 + 12) * 1.03)
    assert days(country, 2.0, 100)[-1] == pytest.approx(requests * 2 * (1 + 3 / 600) / scale.DAY)
    monkeypatch.setattr(scale, "abreast", lambda machines: 1)
    whole = sum(map(country.requests, country.sites))
    assert days(country, 2.0, 1)[-1] == pytest.approx(whole * 2 * (1 + 3 / 600) / scale.DAY)


def test_the_draw_is_seeded() -> None:
    first, second = (Country.drawn(random.Random(scale.SEED)).documents for _ in range(2))
    assert first == second
