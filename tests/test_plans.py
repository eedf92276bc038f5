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
from tests.running import catalogue_of

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


def plans(archive: Archive, log: Path) -> dict[str, list[str]]:
    """Every kind of statement in the log, with the steps of its plan."""
    kinds: dict[str, str] = {}
    for sent in log.read_text("utf-8", "replace").splitlines():
        if SENT.match(sent):
            kinds.setdefault(LITERAL.sub("?", sent), sent)
    return {kind: [row[3] for row in archive.db.execute(f"explain query plan {sent}")] for kind, sent in kinds.items()}


def scans(steps: list[str], kind: str) -> list[str]:
    """The steps that go through all rows of a table that grows with the archive."""
    named = {alias: table for table, alias in re.findall(rf"\b({GROWING})(?: as)? (\w+)", kind)}
    found = [(step, re.match(r"SCAN (\w+)", step)) for step in steps]
    tables = [(step, named.get(match[1], match[1])) for step, match in found if match and not PARTIAL.search(step)]
    return [step for step, table in tables if re.fullmatch(GROWING, table)]


def test_no_statement_of_a_crawl_goes_through_a_whole_table(city: FakeSite, tmp_path: Path) -> None:
    catalogue, log = catalogue_of(city, tmp_path / "sites"), tmp_path / "sent"
    options = ("--archive", str(tmp_path / "a"), "--catalogue", str(catalogue))
    command, environment = [sys.executable, "-c", TRACED, *options, "crawl", KEY], {**os.environ, "SENT": str(log)}
    for _ in range(2):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == 1, done.stderr
    with Archive(tmp_path / "a", write=True) as archive:
        archive.db.executescript("delete from sqlite_stat1; analyze sqlite_schema")  # that say how few rows there are
        found = plans(archive, log)
    assert len(found) > 80
    bad = {kind: scans(steps, kind) for kind, steps in found.items() if not any(part in kind for part in ALLOWED)}
    assert {kind: steps for kind, steps in bad.items() if steps} == {}


@pytest.mark.parametrize(("query", "whole"), [("select * from pages p where state = 'x'", True),
                                              ("select * from pages where url = 'x'", False)])  # fmt: skip
def test_a_scan_is_seen(tmp_path: Path, query: str, whole: bool) -> None:
    with Archive(tmp_path / "a", write=True) as archive:
        steps = [row[3] for row in archive.db.execute(f"explain query plan {query}")]
    assert bool(scans(steps, query)) is whole
