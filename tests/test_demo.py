"""`make demo` is the first thing that anybody sees of this project."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import demo
from tests.fake_site import FakeSite

pytestmark = pytest.mark.slow


def test_the_demo_ends_well_and_again(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        assert demo.main(tmp_path / "demo") == 0
        shown = capfd.readouterr().out
        assert "115 documents, each as it was published" in shown
        assert "claimed" in shown
        assert "【政务公开】" in shown


def test_the_demo_removes_nothing_that_is_not_its_own(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("chapter 1")
    with pytest.raises(SystemExit, match="move it away"):
        demo.main(tmp_path)
    assert (tmp_path / "thesis.txt").exists()


def test_the_demo_notices_what_is_not_as_published(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    demo.main(tmp_path / "demo")
    site = FakeSite()
    site.base_url = capfd.readouterr().out.partition(" answers at ")[2].partition("/\n")[0]
    assert not demo.differences(site, tmp_path / "demo/gongkai.db")
    changed = site.change(site.held()[0].url, paragraph="补充一段。")
    site.remove(gone := site.held()[1].url, listed=True)
    wrong = demo.differences(site, tmp_path / "demo/gongkai.db")
    assert [sentence.split(": ")[0] for sentence in wrong] == [gone, changed.url]
