"""Real crawls of a site that takes pages down, changes them and brings them back: what is told of it, what is not."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from archive.database import Archive
from archive.verify import verify
from tests import fake_pages
from tests.fake_site import KEY, FakeSite, Held
from tests.loopback import Answer
from tests.running import catalogue_of, gongkai

Events = dict[str, tuple[str, str]]


class Town:
    """A site without oddities, crawled once; `crawl` comes by again half a year later, to the end of every list."""

    def __init__(self, site: FakeSite, folder: Path) -> None:
        self.site, self.archive = site, folder / "a"
        self.catalogue = catalogue_of(site, folder / "sites")
        self.seen = 0
        self.crawl()
        self.events()

    def crawl(self) -> None:
        if self.archive.exists():
            with closing(sqlite3.connect(self.archive / "gongkai.db")) as db, db:
                db.execute("update pages set checked = '2020-01-01T00:00:00Z', next_attempt = null")
        gongkai("crawl", KEY, "--full", "-s", "GONGKAI_BACK_OFF=0.01", "-s", "GONGKAI_REVISITS=100",
                archive=self.archive, catalogue=self.catalogue)  # fmt: skip

    def events(self) -> Events:
        """What was told since we asked last, of each page."""
        rows = [json.loads(line) for line in gongkai("changes", "--json", archive=self.archive).out.splitlines()]
        fresh, self.seen = rows[self.seen :], len(rows)
        return {row["url"]: (row["change"], row["what"]) for row in fresh}

    def pages(self) -> list[Held]:
        return [held for held in self.site.held() if held.channel == "tzgg"]

    def path(self, held: Held) -> str:
        return held.url.removeprefix(self.site.base_url)

    def withdrawn(self) -> dict[str, str]:
        with Archive(self.archive) as archive:
            assert list(verify(self.archive, archive.db)) == []
            return dict(archive.db.execute("select url, reason from withdrawn").fetchall())


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    site = FakeSite(documents=40, oddities=False)
    with site.serve():
        yield Town(site, tmp_path)


def test_what_is_taken_down_is_told_and_its_text_kept(town: Town) -> None:
    gone, soft, parent, dropped, both, *_ = town.pages()
    texts = {held.url: held.text for held in (gone, soft, parent, dropped, both)}
    town.site.fail(town.path(gone), Answer.html(fake_pages.missing(), status=410))
    town.site.fail(town.path(soft), Answer.html(fake_pages.missing()))
    town.site.fail(town.path(parent), Answer.redirect("/zfxxgk/tzgg/"))
    posting = town.site.pages[town.path(dropped)]
    town.site.listed["tzgg"].remove(posting)
    town.site.remove(both.url)
    town.crawl()
    told = town.events()
    assert {url: change for url, (change, _) in told.items()} == dict.fromkeys(texts, "withdrawn")
    assert told[dropped.url] == ("withdrawn", "no longer listed")
    assert "its parent" in told[parent.url][1]
    assert town.withdrawn().keys() == texts.keys()
    with Archive(town.archive) as archive:
        kept = dict(archive.db.execute(
            "select v.url, d.text from disclosures v join documents d on d.n = v.document").fetchall())  # fmt: skip
    assert {url: kept[url] for url in texts} == texts
    town.crawl()
    assert town.events() == {}, "nothing is told twice"

    town.site.mend()
    town.site.listed["tzgg"].insert(0, posting)
    both_posting = town.site.pages[town.path(both)]
    both_posting.fate = ""
    town.site.listed["tzgg"].insert(0, both_posting)
    town.crawl()
    assert {url: change for url, (change, _) in town.events().items()} == dict.fromkeys(texts, "returned")
    assert town.withdrawn() == {}


@pytest.mark.parametrize(
    "answer",
    [None, Answer(503), Answer.html(fake_pages.ruishu(), status=412), Answer(403)],
    ids=["hung up", "503", "a challenge", "forbidden"],
)
def test_a_failure_or_a_refusal_is_no_withdrawal(town: Town, answer: Answer | None) -> None:
    town.site.fail(town.path(town.pages()[3]), answer)
    town.crawl()
    assert (town.events(), town.withdrawn()) == ({}, {})


def test_changes_are_told_with_what_changed(town: Town) -> None:
    text, title, index, *_ = town.pages()
    town.site.change(text.url, paragraph="二、办结申请15件。")
    town.site.change(title.url, title="关于另一件事的通知")
    town.site.change(index.url, index={"publisher": "澜江市另一局"})
    fresh = town.site.publish("tzgg")
    town.crawl()
    assert town.events() == {
        text.url: ("changed", "text"),
        title.url: ("changed", "text"),
        index.url: ("changed", "metadata"),
        fresh.url: ("new", ""),
    }
    shown = gongkai("changes", "--diff", archive=town.archive).out
    assert "  + 二、办结申请15件。\n" in shown
    assert "publisher: 澜江市" in shown
