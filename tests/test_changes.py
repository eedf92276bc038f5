"""Random histories of pages, played into an archive day by day: every event is found, and none is invented.

Each page has a fate of its own: published, corrected, its metadata or attachment replaced, its visitor counter turned,
taken down in four ways, dropped from the list, brought back; and on some days its server fails or refuses, which means
nothing. What should be found is worked out beside it, from what the site did and what could be seen of it.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from archive import ledger
from archive.changes import changes, compare, differences
from archive.database import Archive
from archive.errors import Blocked, Gone, PageError, Unreachable, Unreadable
from archive.records import Ask, Attachment, Capture, Document, Entry, Index, Listing, Reading
from pipelines.dedupe import hashes
from tests.running import gongkai
from tests.samples import CHANNEL, SITE, capture, store, url

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
TAKEN_DOWN = {"404": 404, "soft": 200, "410": 410, "parent": 200}  # how a page can be gone → status
TROUBLE: dict[str, type[PageError]] = {"down": Unreachable, "challenge": Blocked, "garbled": Unreadable}
DAYS, PAGES = 12, 1000


@dataclass(frozen=True)
class Standing:
    """What a site has of one page: which version of each part, whether it is listed, how it was taken down."""

    text: int = 0
    metadata: int = 0
    attachment: int = 0
    chrome: int = 0
    listed: bool = True
    gone: str = ""


def next_day(rng: random.Random, now: Standing) -> Standing:
    """What the site does to a page over night: mostly nothing."""
    for part in ("text", "metadata", "attachment", "chrome"):
        if rng.random() < 0.12:
            now = replace(now, **{part: getattr(now, part) + rng.choice((-1, 1, 1))})  # or back to what it was
    if rng.random() < 0.1:
        now = replace(now, gone="" if now.gone else rng.choice(list(TAKEN_DOWN)))
    if rng.random() < 0.1:
        now = replace(now, listed=not now.listed)
    return now


class Player:
    """One page: what the site has, what was seen of it, and what events that makes."""

    def __init__(self, seed: int) -> None:
        self.rng, self.url = random.Random(seed), url(seed)
        self.now = Standing(text=1000 * seed)
        self.born = self.rng.randrange(4)
        self.read: Standing | None = None
        self.listed, self.answers, self.lost = True, True, False
        self.tangled = False  # it came back, or came, while no list had it: several days may be called the first
        self.expected: list[tuple[str, str, str]] = []

    def wake(self, day: int) -> None:
        if day > self.born:
            self.now = next_day(self.rng, self.now)

    def note(self, at: str) -> None:
        """What was seen makes the page lost, or found."""
        lost = self.read is not None and not (self.listed and self.answers)
        if lost != self.lost:
            self.expected.append((at, "withdrawn" if lost else "returned", ""))
        self.lost, self.tangled = lost, self.tangled and lost

    def missed(self) -> str:
        """When the page was first missed, this time."""
        return max(at for at, kind, _ in self.expected if kind == "withdrawn")

    def seen_in_list(self, at: str) -> None:
        self.listed = self.now.listed
        self.note(at)

    def fetched(self, archive: Archive, at: str) -> None:
        """Ask for the page: it is archived, gone, or in trouble."""
        if self.rng.random() < 0.1:
            self.trouble(archive, at)
        elif self.now.gone:
            error = Gone(self.url, f"taken down: {self.now.gone}")
            reading = Reading("gone", self.url, "", problem=error.reason) if self.now.gone != "parent" else None
            archive.refuse(self.url, error, self.taken(archive, at, TAKEN_DOWN[self.now.gone]), reading, "a")
            self.answers = False
        else:
            found = document_of(self.now)
            reading = Reading("document", self.url, "utf-8", document=found)
            archive.store(self.taken(archive, at), reading, hashes(found, self.url), "a")
            self.tell(at)
            self.tangled = self.tangled or (not self.listed and not (self.answers and self.read))
            self.read, self.answers = self.now, True
        self.note(at)

    def trouble(self, archive: Archive, at: str) -> None:
        kind = self.rng.choice(list(TROUBLE))
        error = TROUBLE[kind](self.url, kind)
        archive.refuse(self.url, error, None if kind == "down" else self.taken(archive, at, 412), site="a")

    def taken(self, archive: Archive, at: str, status: int = 200) -> Capture:
        return capture(archive, self.url, json.dumps([str(self.now)]).encode(), at, status)

    def tell(self, at: str) -> None:
        """The page says something: is it news?"""
        if self.read is None:
            self.expected.append((at, "new", ""))
            return
        parts = [part for part in ("text", "metadata", "attachment")
                 if getattr(self.read, part) != getattr(self.now, part)]  # fmt: skip
        if parts:
            self.expected.append((at, "changed", ", ".join(parts)))


def document_of(now: Standing) -> Document:
    index = Index(publisher="甲局", index_number=f"K-{now.metadata}")
    file = Attachment("附件.pdf", f"http://a.gov.cn/f{now.attachment}.pdf")
    return Document("报告", f"一、总体情况。\n二、收到申请{now.text}件。", "", index, attachments=(file,))


def walk(archive: Archive, players: list[Player]) -> None:
    """One walk over the whole list, which has no counter."""
    entries = tuple(Entry("报告", player.url) for player in players if player.now.listed)
    begun = archive.begin_walk(CHANNEL, full=True)
    archive.listed(begun.id, Ask(CHANNEL.url), Listing(entries), None)
    assert archive.end_walk(begun.id, "exhausted") == "exhausted"


def play(archive: Archive, players: list[Player], clock: pytest.MonkeyPatch) -> None:
    """Every morning the list is walked, at noon every page is asked for."""
    archive.enrol(SITE)
    for day in range(DAYS):
        awake = [player for player in players if player.born <= day]
        for player in awake:
            player.wake(day)
        morning, noon = (ledger.stamp(BEGIN + timedelta(days=day, hours=hour)) for hour in (6, 12))
        clock.setattr(ledger, "now", lambda morning=morning: morning)
        with archive.batch():
            walk(archive, awake)
            for player in awake:
                player.seen_in_list(morning)
                player.fetched(archive, noon)


def found(archive: Archive) -> dict[str, list[tuple[str, str, str]]]:
    """The events of each page; reasons of a withdrawal are told elsewhere."""
    events: dict[str, list[tuple[str, str, str]]] = {}
    for one in changes(archive.db):
        events.setdefault(one.url, []).append((one.at, one.change, one.what if one.change == "changed" else ""))
    return events


def test_a_thousand_histories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    players = [Player(seed) for seed in range(1, PAGES + 1)]
    with Archive(tmp_path, write=True) as archive:
        play(archive, players, monkeypatch)
        events = found(archive)
        counted = dict.fromkeys(("new", "changed", "withdrawn", "returned"), 0)
        for player in players:
            assert sorted(events.get(player.url, [])) == sorted(player.expected), f"page {player.url}"
            for _, kind, _ in player.expected:
                counted[kind] += 1
        assert all(number > PAGES / 4 for number in counted.values()), counted
        missed = dict(archive.db.execute("select url, missed from withdrawn").fetchall())
        assert missed.keys() == {player.url for player in players if player.lost}
        simple = [player for player in players if player.lost and not player.tangled]
        assert {player.url: missed[player.url] for player in simple} == {one.url: one.missed() for one in simple}
        assert len(simple) > 0.9 * len(missed)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path, write=True) as made:
        yield made


def only(archive: Archive) -> list[tuple[str, str]]:
    return [(one.change, one.what) for one in changes(archive.db)]


def test_equal_bytes_are_no_change_whatever_better_rules_read_in_them(archive: Archive) -> None:
    store(archive, url(1), text="原文。")
    body, at = b"\xe5\x8e\x9f\xe6\x96\x87\xe3\x80\x82", "2026-02-01T00:00:00Z"
    better = Document("报告", "原文，读全了。", "", Index(), layout="new")
    taken = capture(archive, url(1), body, at)
    archive.store(taken, Reading("document", url(1), "utf-8", document=better, extractor="2"), hashes(better, url(1)))
    assert only(archive) == [("new", "")]


def test_white_space_is_no_change(archive: Archive) -> None:
    store(archive, url(1), text="一、申请。\n二、答复。")
    store(archive, url(1), text="一、申请。 \n\n二、答复。 ", at="2026-01-02T00:00:00Z")
    assert only(archive) == [("new", "")]


def test_since_and_sites(archive: Archive) -> None:
    store(archive, url(1), at="2026-01-01T23:59:59Z", site="a")
    store(archive, url(2), text="另一篇。", at="2026-01-02T00:00:00Z", site="b")
    assert [one.url for one in changes(archive.db, date(2026, 1, 2))] == [url(2)]
    assert [one.url for one in changes(archive.db, sites=["a"])] == [url(1)]
    assert [one.url for one in changes(archive.db, date(2026, 1, 2), ["a"])] == []


# --- diffs ---------------------------------------------------------------------------------------------------------

DIFFS = {
    "a number": ("收到12件。办结12件。", "收到15件。办结12件。", ["- 收到1[-2-]件。", "+ 收到1{+5+}件。"]),
    "a sentence more": ("一、甲。\n二、乙。", "一、甲。\n一点五、丙丁戊己庚。\n二、乙。", ["+ 一点五、丙丁戊己庚。"]),
    "a sentence less": ("甲。乙。丙。", "甲。丙。", ["- 乙。"]),
    "another sentence": ("甲。自发布之日起施行。", "甲。电话另行公布！", ["- 自发布之日起施行。", "+ 电话另行公布！"]),
    "quotation marks": ("他说：“好。”他走了。", "他说：“好。”他来了。", ["- 他[-走-]了。", "+ 他{+来+}了。"]),
    "nothing": ("甲。 乙。", "甲。\n乙。", []),
    "from nothing": ("", "甲。", ["+ 甲。"]),
}


@pytest.mark.parametrize(("before", "after", "expected"), DIFFS.values(), ids=DIFFS.keys())
def test_texts_are_compared_by_sentences_and_characters(before: str, after: str, expected: list[str]) -> None:
    assert [str(line) for line in compare(before, after)] == expected


def test_a_change_says_what_changed_in_fields_and_files_and_text(archive: Archive) -> None:
    store(archive, url(1), text="收到12件。", publisher="甲局")
    store(archive, url(1), text="收到15件。", publisher="甲县局", index_number="K-1", at="2026-02-01T00:00:00Z")
    _, changed = changes(archive.db)
    assert (changed.change, changed.what) == ("changed", "text, metadata")
    assert [str(line) for line in differences(archive.db, changed)] == [
        "- publisher: 甲局", "+ publisher: 甲{+县+}局", "+ index_number: K-1", "- 收到1[-2-]件。", "+ 收到1{+5+}件。"
    ]  # fmt: skip


def test_the_command_prints_events_and_diffs(tmp_path: Path) -> None:
    with Archive(tmp_path, write=True) as archive:
        store(archive, url(1), text="收到12件。", site="a")
        store(archive, url(1), text="收到15件。", site="a", at="2026-02-01T00:00:00Z")
    plain = gongkai("changes", "--diff", archive=tmp_path)
    assert plain.out.splitlines() == [
        f"2026-01-01T00:00:00Z\ta\tnew\t\t报告\t{url(1)}",
        f"2026-02-01T00:00:00Z\ta\tchanged\ttext\t报告\t{url(1)}",
        "  - 收到1[-2-]件。",
        "  + 收到1{+5+}件。",
    ]
    (row,) = gongkai("changes", "a", "--since", "2026-01-15", "--diff", "--json", archive=tmp_path).out.splitlines()
    assert json.loads(row)["diff"] == ["- 收到1[-2-]件。", "+ 收到1{+5+}件。"]
