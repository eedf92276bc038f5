"""What a crawl asks of the archive costs the same at ten documents as at ten million: its statements, as they are sent,
find their rows by an index. `explain query plan` says so, for every statement of a first and a second crawl."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from archive.database import Archive
from tests.fake_site import KEY, FakeSite
from tests.running import catalogue_of, gongkai

TRACED = """
import os
import archive.database as database
from crawler.cli import main
connect, log = database._connect, open(os.environ["SENT"], "a")
def traced(*given):
    db = connect(*given)
    db.set_trace_callback(lambda sent: log.write(" ".join(sent.split()) + "\\n"))
    return db
database._connect = traced
main()
"""
LITERAL = re.compile(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b")
SENT = re.compile(r"(?:select|insert|update|delete|with)\b", re.I)
GROWING = "pages|listings|captures|documents|readings|attachments|files|downloads|sketches|derived|walks"
PARTIAL = re.compile("walks_open|pages_waiting")  # indexes of what waits only: short, whatever there is
# Each looks through an index, never through rows of text, once a run; or stops at the first row.
ALLOWED = (
    "indexed by documents_by_number",  # which document was not linked, or not taken apart? a microsecond each
    "order by id desc limit",  # the end of the chain
    "select coalesce(max(id), ?) from captures",
)


def planned(folder: Path, log: Path) -> dict[str, list[str]]:
    """Every kind of statement in the log, with the steps of its plan in an archive of any size."""
    kinds: dict[str, str] = {}
    for sent in log.read_text("utf-8", "replace").splitlines():
        if SENT.match(sent):
            kinds.setdefault(LITERAL.sub("?", sent), sent)
    with Archive(folder, write=True) as archive:
        archive.db.executescript("delete from sqlite_stat1; analyze sqlite_schema")  # that say how few rows there are
        return {kind: [row[3] for row in archive.db.execute(f"explain query plan {sent}")]
                for kind, sent in kinds.items()}


def scans(steps: list[str], kind: str) -> list[str]:
    """The steps that go through all rows of a table that grows with the archive."""
    named = {alias: table for table, alias in re.findall(rf"\b({GROWING})(?: as)? (\w+)", kind)}
    found = [(step, re.match(r"SCAN (\w+)", step)) for step in steps]
    tables = [(step, named.get(match[1], match[1])) for step, match in found if match and not PARTIAL.search(step)]
    return [step for step, table in tables if re.fullmatch(GROWING, table)]


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of the bundled site."""
    folder, site = tmp_path_factory.mktemp("crawled"), FakeSite()
    with site.serve():
        catalogue = catalogue_of(site, folder / "sites")
        gongkai("crawl", "-s", "GONGKAI_ATTACHMENTS=0", archive=folder / "a", catalogue=catalogue)
    return folder / "a"


def test_no_statement_of_a_crawl_goes_through_a_whole_table(city: FakeSite, tmp_path: Path) -> None:
    catalogue, log = catalogue_of(city, tmp_path / "sites"), tmp_path / "sent"
    options = ("--archive", str(tmp_path / "a"), "--catalogue", str(catalogue))
    command, environment = [sys.executable, "-c", TRACED, *options, "crawl", KEY], {**os.environ, "SENT": str(log)}
    for _ in range(2):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == 1, done.stderr
    found = planned(tmp_path / "a", log)
    assert len(found) > 80
    bad = {kind: scans(steps, kind) for kind, steps in found.items() if not any(part in kind for part in ALLOWED)}
    assert {kind: steps for kind, steps in bad.items() if steps} == {}


@pytest.mark.parametrize("asked", [
    ("coverage", KEY), ("changes", KEY), ("changes", "--since", "2026-01-01"), ("search", "公开"),
    ("search", f"网站:{KEY} 公开"), ("schedule",), ("audit", KEY),
])  # fmt: skip
def test_nor_does_a_question_about_a_part(asked: tuple[str, ...], crawled: Path, tmp_path: Path) -> None:
    log = tmp_path / "sent"
    done = subprocess.run([sys.executable, "-c", TRACED, "--archive", str(crawled), *asked], capture_output=True,
                          env={**os.environ, "SENT": str(log)}, text=True, timeout=300)  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    found = planned(crawled, log)
    assert found
    assert {kind: steps for kind in found if (steps := scans(found[kind], kind))} == {}


@pytest.mark.parametrize(("query", "whole"), [("select * from pages p where state = 'x'", True),
                                              ("select * from pages where url = 'x'", False)])  # fmt: skip
def test_a_scan_is_seen(tmp_path: Path, query: str, whole: bool) -> None:
    with Archive(tmp_path / "a", write=True) as archive:
        steps = [row[3] for row in archive.db.execute(f"explain query plan {query}")]
    assert bool(scans(steps, query)) is whole
