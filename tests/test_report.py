"""The report of a run counts what that run did, whatever other processes write into the archive meanwhile."""

from __future__ import annotations

from pathlib import Path

from archive.database import Archive
from archive.errors import Unreachable
from crawler.report import Run
from tests.samples import store


def test_what_another_process_writes_is_its_own(tmp_path: Path) -> None:
    with Archive(tmp_path, write=True) as ours, Archive(tmp_path, write=True) as theirs:
        assert (ours.lease("jia"), theirs.lease("yi")) == (None, None)
        run, other = Run(ours, "listings"), Run(theirs, "listings")
        store(ours, "http://jia.gov.cn/1.html", site="jia")
        for number in range(3):
            store(theirs, f"http://yi.gov.cn/{number}.html", f"第{number}号", f"正文{number}", site="yi")
        theirs.refuse("http://yi.gov.cn/9.html", Unreachable("http://yi.gov.cn/9.html", "no answer"), site="yi")
        theirs.offer(["http://yi.gov.cn/10.html"], "yi")
        reports = [one.end("complete", True, {}) for one in (run, other)]
    counts = [(report["captures"], report["new"], len(report["failed"]), report["waiting"]) for report in reports]
    assert counts == [(1, 1, 0, 0), (3, 3, 1, 1)]
