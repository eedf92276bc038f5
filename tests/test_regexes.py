"""No regular expression of the project takes long on 4,000 hostile characters (reliability.md B17). A search that goes
back over what it has seen takes hundreds of milliseconds on these strings and one that does not takes one or two, so
the limit, in time of processor, is no measurement: benchmarks/regexes.py measures, with 2,000 strings for each."""

from __future__ import annotations

import random
import re

from benchmarks.regexes import LIMIT, patterns, seconds, strings


def slow(pattern: re.Pattern[str], mixtures: int) -> str:
    """A string that it takes long for, each time; empty: there is none."""
    made = strings(pattern.pattern, mixtures, random.Random(7))
    return next((text for text in made if all(seconds(pattern, text) > LIMIT for _ in range(3))), "")


def test_the_strings_hurt_what_can_be_hurt() -> None:
    for bad in (r"(\w+)\s*:", r"\s+\[?(?:NEW|new)$"):
        assert slow(re.compile(bad), 0), bad


def test_none_goes_back_for_long() -> None:
    tried = patterns()
    assert len(tried) > 400
    assert {name.split(".")[0] for name in tried} == {"archive", "crawler", "pipelines"}
    found = {name: text for name, pattern in tried.items() if (text := slow(pattern, 2))}
    assert not found, {name: (text[:30], text[-5:]) for name, text in found.items()}
