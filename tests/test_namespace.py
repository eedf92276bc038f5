"""A sample of benchmarks/guard.py: with addresses that look public, in a network without a way out."""

from __future__ import annotations

import pytest

from tests.namespace import guarded, missing

pytestmark = pytest.mark.slow


@pytest.mark.skipif(missing() is not None, reason=str(missing()))
def test_no_door_leads_to_a_private_address_and_no_name_is_rebound() -> None:
    found = guarded(spellings=9, shapes=1, rebound=10)
    assert found["reach the trap unguarded"] >= 25
    assert found["connections to the trap"] == 0
    assert found["positive control"] > 0
    assert (found["rebound archived"], found["rebound refused"]) == (5, 5)
    assert found["pages"] + found["pages that wait, as their host rests"] == 9 * 9  # a link, 5 redirects, refresh …
    assert found["attachments"] == 9
    assert found["walks"] == 9 * 3  # starts, next pages, frames
