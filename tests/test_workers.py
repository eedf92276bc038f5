"""A sample of benchmarks/workers.py: three processes on one archive, on sites that share their hosts, one of them
killed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workers import Plan, work

pytestmark = pytest.mark.slow


def test_three_processes_and_a_kill(tmp_path: Path) -> None:
    plan = Plan(hosts=1, documents=24, delay=0.05, kills=1)
    found = work(plan, tmp_path)
    assert (found.documents, found.twice, found.unbalanced, found.unsound) == (72, 0, 0, [])
    assert found.killed == 1
    assert found.under == 0
    assert found.connections <= 2  # an idle one, of a process that was alone until now, may be there still
