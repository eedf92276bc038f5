"""Outlines, citations and facts as tables: filled by every command that brings documents in, resolved as they come."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.database import Archive
from archive.records import File
from pipelines.derive import derive
from pipelines.outline import outline, walk
from tests.fake_site import KEY, FakeSite
from tests.running import catalogue_of, gongkai
from tests.samples import SITE, capture, store, url

LAW = "中华人民共和国政府信息公开条例"
TEXT = f"""一、总体要求
（一）目标。根据《{LAW}》（国务院令第711号），制定本办法。
二、工作任务
按照《甲县公开办法》（甲政发〔2019〕3号）执行。"""


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    found = Archive(tmp_path / "a", write=True)
    found.enrol(SITE)
    store(found, url(1), "甲县工作要点", TEXT, site="a")
    return found


def archived(archive: Archive) -> dict[str, int | None]:
    return dict(archive.db.execute("select number, archived from cited").fetchall())


def test_a_document_is_taken_apart_once(archive: Archive) -> None:
    assert (derive(archive), derive(archive)) == (1, 0)
    rows = archive.db.execute("select anchor, label, title, first, last from sections order by position").fetchall()
    assert rows[0] == ("h1", "一、", "总体要求", 1, 2)
    assert [row[0] for row in rows] == [section.anchor for section in walk(outline(TEXT.split("\n")))]
    found = archive.db.execute("select kind, title, number, place from citations order by position").fetchall()
    assert found[0] == ("basis", LAW, "国务院令第711号", "p2")
    assert len(found) == 2


def test_a_citation_is_resolved_when_its_document_comes(archive: Archive) -> None:
    derive(archive)
    assert set(archived(archive).values()) == {None}
    leads = archive.db.execute("select title, number, documents from leads").fetchall()
    assert sorted(leads) == sorted([(LAW, "国务院令第711号", 1), ("甲县公开办法", "甲政发〔2019〕3号", 1)])
    number = "甲政发[2019]3号"  # with other brackets than the one that cites it
    by_number = store(archive, url(2), "关于印发甲县公开办法的通知", "正文一。", document_number=number).document
    by_title = store(archive, url(3), f"《{LAW}》", "第一条　为了保障公民权利。").document
    derive(archive)
    said = {"国务院令第711号": by_title, "甲政发〔2019〕3号": by_number, None: by_title}  # whose title names itself
    assert archived(archive) == said
    assert not archive.db.execute("select * from leads").fetchall()


def test_what_a_notice_issues_is_archived_with_it(archive: Archive) -> None:
    issued = store(archive, url(2), "关于印发《甲县公开办法》的通知", "正文一。").document
    derive(archive)
    assert archived(archive)["甲政发〔2019〕3号"] == issued


def test_another_number_is_another_document(archive: Archive) -> None:
    """A title alone does not resolve a citation whose number says otherwise."""
    store(archive, url(2), "甲县公开办法", "正文二。", document_number="甲政发〔2010〕9号")
    derive(archive)
    assert archived(archive)["甲政发〔2019〕3号"] is None


def test_other_rules_take_everything_apart_again(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    derive(archive)
    before = archive.db.execute("select * from sections").fetchall()
    monkeypatch.setattr("pipelines.derive.RULES", "next")
    assert derive(archive) == 1
    assert archive.db.execute("select * from sections").fetchall() == before


def test_a_crawl_leaves_nothing_to_take_apart(city: FakeSite, tmp_path: Path) -> None:
    folder = tmp_path / "a"
    gongkai("crawl", KEY, archive=folder, catalogue=catalogue_of(city, tmp_path / "sites"))
    with Archive(folder) as archive:
        counts = [archive.db.execute(f"select count(*) from {name}").fetchone()[0]
                  for name in ("documents", "derived", "sections", "citations", "facts")]  # fmt: skip
        assert counts[0] == counts[1]
        assert all(counts)
        made = archive.db.execute("select name, value, year from facts order by document, position").fetchall()
    assert gongkai("reextract", archive=folder).code == 0
    with Archive(folder) as archive:
        assert archive.db.execute("select count(*) from derived").fetchone()[0] == counts[0]
        assert archive.db.execute("select name, value, year from facts order by document, position").fetchall() == made
    assert gongkai("verify", archive=folder).code == 0


def test_the_numbers_of_a_report_may_stand_in_its_file(archive: Archive) -> None:
    """They are facts of the document as soon as the file is here, and once more when it is read better."""
    said = "甲县2023年政府信息公开工作年度报告\n信息内容 本年处理决定数量\n行政许可 5210"
    store(archive, url(2), "甲县2023年政府信息公开工作年度报告", "报告全文见附件。", site="a")
    derive(archive)
    assert not archive.db.execute("select * from facts").fetchall()
    (attached,) = archive.db.execute("select a.url from attachments a join captures k on k.id = a.capture "
                                     "where k.url = ?", (url(2),)).fetchone()  # fmt: skip
    taken = capture(archive, attached, b"%PDF")
    archive.keep_file(taken, "f" * 64, File("f" * 64, "pdf", "application/pdf", 4, "ok", said))
    assert derive(archive) == 1
    row = archive.db.execute("select name, value, unit, year, place, raw from facts").fetchone()
    assert row == ("licences/decisions", 5210, "件", 2023, "f1p3", "行政许可 5210")


def test_what_is_only_an_attachment_is_taken_apart_by_the_text_of_its_file(archive: Archive) -> None:
    """Once its file is here: outline, citations, and what it is like."""
    store(archive, url(2), "甲县工作要点的附件", "", site="a")
    derive(archive)
    archive.link()
    taken = capture(archive, "http://a.gov.cn/f.pdf", b"%PDF")
    archive.keep_file(taken, "e" * 64, File("e" * 64, "pdf", "application/pdf", 4, "ok", TEXT))
    assert derive(archive) == 1
    outlines = [archive.db.execute("select anchor, first, last from sections where document = ? order by position",
                                   (n,)).fetchall() for n in (1, 2)]  # fmt: skip
    assert outlines[0] == outlines[1] != []
    assert archive.db.execute("select count(*) from citations where document = 2").fetchone() == (2,)
    archive.link()
    assert archive.db.execute("select document, other, likeness from likenesses").fetchall() == [(2, 1, 1.0)]
    assert archive.link() == 0
