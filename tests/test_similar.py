"""Documents that are much alike are linked, with what differs, and nothing else is; none is ever merged."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest

from archive.database import Archive
from archive.errors import Unreadable
from archive.records import Reading
from archive.similar import ALIKE, LINKS, likeness, runs
from archive.verify import verify
from tests.samples import store, url

WORDS = re.findall("..", (
    "政府信息公开年度报告主动申请办理答复部门单位工作情况根据条例规定以上有关通知要求"
    "加强管理服务群众建设项目资金预算决算会议审议决定批准实施方案办法标准检查监督责任"
))  # fmt: skip


def text_of(rng: random.Random, words: int = 300) -> str:
    return "".join(rng.choice(WORDS) + ("。" if n % 12 == 11 else "") for n in range(words))


def edited(rng: random.Random, text: str, edits: int) -> str:
    """The text with so many words put in somewhere."""
    for _ in range(edits):
        place = rng.randrange(len(text))
        text = text[:place] + rng.choice(WORDS) + text[place:]
    return text


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path, write=True) as made:
        yield made


def linked(archive: Archive, columns: str = "url, other_url") -> list[tuple[object, ...]]:
    archive.link()
    return archive.db.execute(f"select {columns} from similar order by url, other_url").fetchall()


def test_a_repost_with_a_sentence_more_is_linked_with_what_differs(archive: Archive) -> None:
    text = text_of(random.Random(1))
    store(archive, url(1), "关于公开的通知", text, publisher="甲局")
    store(archive, url(2), "转发关于公开的通知", f"{text}\n请遵照执行。", publisher="乙局")
    store(archive, url(3), "另一件事", text_of(random.Random(2)))
    ((one, other, alike, differs, characters),) = linked(archive, "url, other_url, likeness, differs, characters")
    assert (one, other, differs, characters) == (url(1), url(2), "title, publisher", 7)
    assert isinstance(alike, float)
    assert 0.95 < alike < 1
    assert archive.db.execute("select count(*) from documents").fetchone() == (3,)


def test_documents_of_one_number_are_linked_however_it_is_printed(archive: Archive) -> None:
    printed = ("国办发〔2017〕47号", "国办发[2017] 47 号", "国办发【2017】第47号", "国办发〔2017〕48号")
    for n, number in enumerate(printed, start=1):
        store(archive, url(n), text=f"第{n}种说法。", document_number=number)
    for n in (5, 6):
        store(archive, url(n), text=f"第{n}种说法。", document_number="第3号")  # of any house: says nothing
    assert linked(archive) == [(url(1), url(2)), (url(1), url(3)), (url(2), url(3))]
    assert {row[0] for row in linked(archive, "number")} == {"国办发〔2017〕47号"}


def test_short_texts_and_versions_of_one_page_are_not(archive: Archive) -> None:
    for n in (1, 2):
        store(archive, url(n), f"第{n}件", "详见附件。")
    rng = random.Random(3)
    text = text_of(rng)
    store(archive, url(3), text=text)
    store(archive, url(3), text=edited(rng, text, 1), at="2026-02-01T00:00:00Z")
    assert linked(archive) == []


def test_linking_goes_on_where_it_stopped_and_forgets_what_is_dropped(archive: Archive) -> None:
    rng = random.Random(4)
    text = text_of(rng)
    store(archive, url(1), text=text)
    assert archive.link() == 1
    assert archive.link() == 0
    store(archive, url(2), text=edited(rng, text, 2))
    assert linked(archive) == [(url(1), url(2))]
    (taken,) = [found for _, found, _ in archive.captures() if found.url == url(2)]
    archive.refuse(url(2), Unreadable(url(2), "none"), taken, Reading("unreadable", url(2), "utf-8"))
    assert archive.prune() == 1
    assert linked(archive) == []
    assert list(verify(archive.folder, archive.db)) == []


def test_hundreds_of_texts_against_all_pairs(archive: Archive) -> None:
    """Against comparing every text with every other: what is linked is alike, and next to nothing else is."""
    rng = random.Random(5)
    texts = []
    for _ in range(120):
        original = text_of(rng, rng.randrange(60, 400))
        texts += [original, edited(rng, original, 1), edited(rng, original, 12)][: rng.randrange(1, 4)]
    with archive.batch():
        for n, text in enumerate(texts):
            store(archive, url(n), str(n), text)
    found = {frozenset((str(one), str(other))) for one, other in linked(archive)}
    known = [runs(text) for text in texts]
    alike = {frozenset((url(one), url(other))) for one, other in combinations(range(len(texts)), 2)
             if likeness(known[one], known[other]) >= ALIKE}  # fmt: skip
    assert len(alike) > 100
    assert found <= alike
    assert len(found) >= 0.99 * len(alike)


def test_a_thousand_copies_of_one_form_do_not_link_each_with_all(archive: Archive) -> None:
    """Every text is compared with a few at most, so a channel of filled-in forms stays cheap."""
    form = text_of(random.Random(6), 100)
    with archive.batch():
        for n in range(150):
            store(archive, url(n), str(n), f"{form}许可第{n}号。")
    archive.link()
    links = "select count(*) as n from likenesses group by document"
    (most,) = archive.db.execute(f"select max(n) from ({links})").fetchone()
    assert 1 <= most <= LINKS
