"""Searches that give no more pages than they please: asked again from the day where they left off."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.database import Archive
from tests import stand_ins
from tests.loopback import Answer, Request
from tests.stand_ins import Held
from tests.walking import Steps

CAP = 3  # pages that the search gives, whatever it counts


class Capped:
    """Hanweb's search over 100 documents, newest first; `deaf`: it ignores the day."""

    def __init__(self, deaf: bool = False, one_day: bool = False) -> None:
        self.site, self.deaf = stand_ins.Jsearch(count=100), deaf
        self.days = {held.number: "2024-03-05" if one_day else held.published_on for held in self.site.all}

    def answer(self, request: Request) -> Answer:
        form = request.form
        end = "" if self.deaf else form.get("end", "")
        found = [held for held in self.site.all if not end or self.days[held.number].replace("-", "") <= end]
        k, size = int(form["p"]), int(form["pg"])
        page = found[(k - 1) * size : k * size] if k <= CAP else []
        return Answer.of_json({"total": len(found), "result": [self.row(held) for held in page]})

    def row(self, held: Held) -> str:
        return (f'<div class="titleWrapper"><a data-title="{held.title}" href="{self.site.url(held)}">{held.title}</a>'
                f'</div><div class="sourceTime"><span>时间:{self.days[held.number]}</span></div>')  # fmt: skip


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path, write=True) as made:
        yield made


def walked(archive: Archive, site: Capped) -> tuple[object, ...]:
    """(outcome, what the site claims, entries listed, requests)."""
    asked = Steps(archive, site.answer).crawl(site.site.channel())
    row = archive.db.execute("select outcome, claimed, pending from coverage").fetchone()
    return *row, asked


def test_windows_bring_home_what_the_cap_hides(archive: Archive) -> None:
    outcome, claimed, listed, asked = walked(archive, Capped())
    assert (outcome, claimed, listed) == ("exhausted", 100, 100)
    assert asked == 12  # three windows of three pages, an empty page after the first two, page 1 once more


def test_a_search_that_ignores_the_day_is_truncated(archive: Archive) -> None:
    outcome, claimed, listed, _ = walked(archive, Capped(deaf=True))
    assert (outcome, claimed, listed) == ("truncated", 100, 36)


def test_a_day_that_fills_the_cap_is_truncated(archive: Archive) -> None:
    outcome, claimed, listed, _ = walked(archive, Capped(one_day=True))
    assert (outcome, claimed, listed) == ("truncated", 100, 36)
