"""A sample of benchmarks/hostile.py: faults of the hostile server, through every door. Each leaves one explained row,
the process alive and small."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from archive.database import Archive
from archive.warc import members, named
from tests.hostile_doors import DOORS, Found, as_addresses
from tests.hostile_server import ELSEWHERE, MODES, HostileServer

pytestmark = pytest.mark.slow

LARGEST = 400  # MiB of memory
BOMBS = [name for name in MODES if name.startswith("bomb")]  # each must be let go before the next
SAMPLE = list(dict.fromkeys(["ok", "loop", "self-loop", *BOMBS, *random.Random(7).sample(sorted(MODES), 22)]))


@pytest.fixture(scope="module")
def server() -> Iterator[HostileServer]:
    with HostileServer(dict.fromkeys(SAMPLE)).serve() as served:
        yield served


def test_there_are_modes_enough() -> None:
    assert len(MODES) >= 60


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_each_leaves_one_explained_row(door: Callable[..., Found], server: HostileServer, tmp_path: Path) -> None:
    server.log.clear()
    wrong, memory = door(server, tmp_path)
    assert not wrong, "\n".join(wrong)
    assert memory < LARGEST
    assert not [url for url in server.log if url.startswith(ELSEWHERE)]
    asked = Counter(url.split("/")[3] for url in server.log)
    assert max(asked["loop"], asked["self-loop"]) <= 2 * 11


def test_what_breaks_off_is_recorded_as_such_and_is_no_document(tmp_path: Path) -> None:
    """WARC 1.1 §5.13: a replay must not take it for the page."""
    with HostileServer(["short-gzip", "ok"]).serve() as server:
        as_addresses(server, tmp_path)
        (file,) = (tmp_path / "a/warc").iterdir()
        cut = {named(record, "WARC-Target-URI") for _, record in members(file) if named(record, "WARC-Truncated")}
        assert cut == {server.address("short-gzip")}
    with Archive(tmp_path / "a") as archive:
        kept = archive.db.execute("select url from pages where state = 'archived'").fetchall()
    assert kept == [(server.address("ok"),)]
