"""Slices: crawled elsewhere, they come to what a crawl of the archive itself would have come to."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archive import shards
from archive.database import Archive
from archive.errors import Gone
from archive.merge import merge
from archive.records import Ask, File, Listing
from archive.related import tables
from archive.verify import verify
from crawler.revisit import overdue
from tests.fake_site import KEY, FakeSite
from tests.running import catalogue_of, gongkai
from tests.samples import CHANNEL, SITE, capture, entry, store, url
from tests.test_kill import certificate, interpretation

STATES = {
    "walks": "select channel, whole, outcome, pages, seen, fresh, claimed, gap, note from walks",
    "listings": "select channel, url, title, date, position, settled, late, missing_since is null from listings",
    "channels": "select channel, listed, gap, arrived, reach, disorder from channels",
    "pages": "select url, identity, site, state, reason, attempts, reading is null from pages",
    "downloads": "select url, site, state, reason, attempts, name, sha256 from downloads",
    "attachments": "select k.url, a.position, a.name, a.url, a.sha256 from pages p join captures k on k.id = p.reading "
                   "join attachments a on a.capture = k.id",
    "files": "select sha256, kind, text_status, text from files",
    "absences": "select url, until is null from absences",
    "changes": "select url, change, what from changes",
    "facts": "select d.content, f.position, f.name, f.value from facts f join documents d on d.n = f.document",
    "likenesses": "select max(a.content, b.content), min(a.content, b.content), l.likeness from likenesses l "
                  "join documents a on a.n = l.document join documents b on b.n = l.other",
}  # fmt: skip


def state(folder: Path) -> dict[str, Any]:
    """What an archive says, with no number in it that is its own, and no moment."""
    with Archive(folder) as archive:
        assert [found.as_dict() for found in verify(archive.folder, archive.db)] == []
        found = {name: sorted(archive.db.execute(query), key=repr) for name, query in STATES.items()}
    return {**found, "interpretation": interpretation(folder), "certificate": certificate(folder)}


def of_today(site: FakeSite, archive: Path) -> None:
    """Time goes by: documents come, change and go; a crawl that was killed has left files and a page to be fetched."""
    for _ in range(3):
        site.publish("tzgg")
    held = site.held()
    site.change(held[0].url, paragraph="更正：以此为准。")
    site.remove(held[1].url)
    with Archive(archive, write=True) as home, home.batch():
        home.db.execute("update pages set checked = '2020-01-01T00:00:00Z' where checked is not null")
        home.db.execute("update attachments set sha256 = null where url in (select url from downloads where n < 4)")
        home.db.execute("update downloads set state = 'pending', sha256 = null where n < 4")
        home.db.execute("update pages set state = 'pending' where n in (2, 5)")


def asked(site: FakeSite) -> Counter[Any]:
    """What the site was asked for since this was asked last, and under which conditions."""
    found = Counter((hit.path, hit.headers.get("if-none-match")) for hit in site.log)
    site.log.clear()
    return found


@pytest.fixture
def city() -> Any:
    site = FakeSite(documents=60)
    with site.serve():
        yield site


def test_a_slice_is_crawled_as_the_archive_would_be(city: FakeSite, tmp_path: Path) -> None:
    catalogue, home, alone, part = (tmp_path / name for name in ("sites", "home", "alone", "part"))
    catalogue_of(city, catalogue)
    gongkai("crawl", KEY, archive=home, catalogue=catalogue)
    of_today(city, home)
    shutil.copytree(home, alone)
    asked(city)
    gongkai("crawl", KEY, archive=alone, catalogue=catalogue)
    whole = asked(city)

    with Archive(home, write=True) as archive:
        shards.carve(archive, [KEY], overdue(archive, KEY, 50, datetime.now(UTC)), part)
    size = sum(file.stat().st_size for file in part.rglob("*"))
    gongkai("crawl", KEY, archive=part, catalogue=catalogue)
    assert asked(city) == whole
    assert any(tag for _, tag in whole)
    shards.close(part)
    with Archive(home, write=True) as archive:
        captures = archive.db.execute("select count(*) from captures").fetchone()
        merge(archive, part)
        archive.link()
        assert archive.db.execute("select count(*) from captures").fetchone() > captures
        assert archive.db.execute("select count(*) from runs").fetchone() == (1,)
    assert state(home) == state(alone)
    assert size < sum(file.stat().st_size for file in home.rglob("*"))
    once = state(home)
    with Archive(home, write=True) as archive:
        assert merge(archive, part).captures == 0
    assert state(home) == once


def test_what_waits_again_out_there_waits_at_home(tmp_path: Path) -> None:
    """A page that had gone is listed again, a changed document wants its file anew: then the leg ends."""
    home, part = tmp_path / "home", tmp_path / "part"
    with Archive(home, write=True) as archive:
        archive.enrol(SITE)
        store(archive, url(1), site=SITE.key)
        missing = capture(archive, url(1), b"", "2026-01-02T00:00:00Z", 404)
        archive.refuse(url(1), Gone(url(1), "404"), missing, site=SITE.key)
        archive.db.execute("update pages set checked = '2026-01-02T00:00:00Z', last_seen = '2026-01-02T00:00:00Z'")
        pdf = capture(archive, "http://a.gov.cn/f.pdf", b"pdf")
        archive.keep_file(pdf, pdf.payload, File(pdf.payload, "pdf", "application/pdf", 3, "ok", "第一"))
        shards.carve(archive, [SITE.key], [], part)
    with Archive(part, write=True) as there:
        assert there.db.execute("select text, characters from files").fetchall() == [("", 2)]
        walk = there.begin_walk(CHANNEL)
        there.listed(walk.id, Ask(CHANNEL.url), Listing((entry(1), entry(2))), None)
        there.db.execute("update pages set state = 'pending' where url = ?", (url(1),))
        store(there, url(2), text="又一份。", site=SITE.key)
        there.db.execute("update downloads set state = 'pending', last_seen = '2099-01-01T00:00:00Z'")
    with Archive(home, write=True) as archive:
        merge(archive, part)
        assert dict(archive.db.execute("select url, state from pages")) == {url(1): "pending", url(2): "archived"}
        assert archive.db.execute("select state, sha256 from downloads").fetchone() == ("pending", pdf.payload)
        assert archive.db.execute("select text from files").fetchall() == [("第一",)]
        archive.keep_file(pdf, pdf.payload, None)
        merge(archive, part)
        assert archive.db.execute("select state from downloads").fetchone() == ("archived",)


def test_every_table_goes_along_or_stays(tmp_path: Path) -> None:
    stays = {"runs", "flags", "sketches", "likenesses", "derived", "sections", "citations", "facts"}
    with Archive(tmp_path, write=True) as archive:
        assert set(shards.ALONG) | stays == set(tables(archive.db))
