"""Every regular expression of gongkai against strings made to hurt it (reliability.md B17): 50 ms each at most.

python -m benchmarks.regexes [--strings 2000]

The strings, of up to 4,000 characters, are made of what stands in the expression itself, repeated, mixed by a die,
and broken off at the end, which is where a search goes back.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import random
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import archive
import crawler
import pipelines

LONGEST, LIMIT = 4_000, 0.05
USUAL = " \t\n0123456789年月日〔〕[]（）()《》：:.-/\"'<>=&;公开的一"


def patterns() -> dict[str, re.Pattern[str]]:
    """By where they stand: those that modules hold, on their own or in tables."""
    found = {}
    for package in (archive, crawler, pipelines):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            for name, value in vars(importlib.import_module(module.name)).items():
                for n, pattern in enumerate(_within(value)):
                    found.setdefault(pattern.pattern, (f"{module.name}.{name}[{n}]", pattern))
    return dict(found.values())


def _within(value: Any, depth: int = 3) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
        yield value
    elif depth and isinstance(value, Mapping):
        yield from _each(value.values(), depth)
        yield from _each(value.keys(), depth)
    elif depth and isinstance(value, (tuple, list, frozenset, set)):
        yield from _each(value, depth)


def _each(values: Iterable[Any], depth: int) -> Iterator[re.Pattern[str]]:
    for value in values:
        yield from _within(value, depth - 1)


def strings(pattern: str, number: int, die: random.Random) -> Iterator[str]:
    own = [word for word in re.split(r"[\\\[\](){}|?*+^$.,\d]+", pattern) if word]
    pieces = [*own, *"".join(own), *USUAL]
    for n in range(number):
        few = die.choices(pieces, k=die.choice((1, 1, 2, 3, 8)))
        repeated = "".join(few) * (LONGEST // max(1, len("".join(few))))
        mixed = "".join(die.choices(pieces, k=LONGEST // 2)) if n % 4 == 3 else repeated
        yield mixed[: die.choice((LONGEST, LONGEST, LONGEST // 4))] + die.choice(("", "!", "\0", "x", few[0]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--strings", type=int, default=2_000)
    number, die = parser.parse_args().strings, random.Random(7)
    worst: dict[str, tuple[float, str]] = {}
    tried = patterns()
    for name, pattern in tried.items():
        for text in strings(pattern.pattern, number, die):
            begun = time.thread_time()
            for _ in pattern.finditer(text):
                pass
            taken = time.thread_time() - begun
            if taken > worst.get(name, (0.0, ""))[0]:
                worst[name] = (taken, text)
            if taken > 20 * LIMIT:
                break  # known to be bad
    slow = sorted(((taken, name, text) for name, (taken, text) in worst.items() if taken > LIMIT), reverse=True)
    print(f"{len(tried)} expressions, {number} strings each, {len(slow)} over {LIMIT * 1000:.0f} ms, worst "
          f"{max(taken for taken, _ in worst.values()) * 1000:.0f} ms  {'NOT MET' if slow else 'met'}")  # fmt: skip
    for taken, name, text in slow:
        print(f"{taken * 1000:8.0f} ms  {name}  {text[:40]!r}")


if __name__ == "__main__":
    main()
