"""Every regular expression of gongkai against strings made to hurt it (reliability.md B17): 50 ms each at most.

python -m benchmarks.regexes [--strings 2000]

The strings, of up to 4,000 characters, are what the expression itself repeats, and what stands in it mixed by a die,
broken off at the end, which is where a search goes back. Each is searched for as if anything might stand before it: an
expression that is only matched at the beginning says so (`\\A`).
"""

from __future__ import annotations

import argparse
import ast
import importlib
import pkgutil
import random
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from re import _parser as parser  # type: ignore[attr-defined]  # what `re` itself makes of an expression
from typing import Any

import archive
import crawler
import pipelines

LONGEST, LIMIT = 4_000, 0.05
REPEATS = (parser.MAX_REPEAT, parser.MIN_REPEAT, parser.POSSESSIVE_REPEAT)
CATEGORIES = {"CATEGORY_SPACE": " ", "CATEGORY_DIGIT": "7", "CATEGORY_WORD": "a", "CATEGORY_NOT_SPACE": "，"}
USUAL = " \t\n0123456789年月日〔〕[]（）()《》：:.-/\"'<>=&;公开的一"


def patterns() -> dict[str, re.Pattern[str]]:
    """By where they stand: what modules hold, on its own or in tables, and what is written where it is used."""
    found: dict[str, tuple[str, re.Pattern[str]]] = {}
    for package in (archive, crawler, pipelines):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            imported = importlib.import_module(module.name)
            source = Path(imported.__file__ or "").read_text("utf-8")
            for name, value in (*vars(imported).items(), ("a function", list(_written(source)))):
                for n, pattern in enumerate(_within(value)):
                    found.setdefault(pattern.pattern, (f"{module.name}.{name}[{n}]", pattern))
    return dict(found.values())


def _written(source: str) -> Iterator[re.Pattern[str]]:
    """Expressions that a module hands to functions of `re`, as literals."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(ast.Attribute(ast.Name("re"), called), [ast.Constant(str(text)), *_]):
                yield re.compile(rf"\A(?:{text})" if called in ("match", "fullmatch") else text)


def _within(value: Any, depth: int = 3) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern):
        of_bytes = isinstance(value.pattern, bytes)
        yield re.compile(value.pattern.decode("latin-1"), value.flags | re.ASCII) if of_bytes else value
    elif depth and isinstance(value, Mapping):
        yield from _each(value.values(), depth)
        yield from _each(value.keys(), depth)
    elif depth and isinstance(value, (tuple, list, frozenset, set)):
        yield from _each(value, depth)


def _each(values: Iterable[Any], depth: int) -> Iterator[re.Pattern[str]]:
    for value in values:
        yield from _within(value, depth - 1)


def strings(pattern: str, number: int, die: random.Random) -> Iterator[str]:
    """For each repetition in the expression what it repeats, over and over, with and without what leads to it; then
    so many mixtures of what stands in the expression."""
    for before, again in dict.fromkeys(_repeated(parser.parse(pattern))):
        for text in (again, before + again, before):
            many = text * (LONGEST // max(1, len(text)))
            yield from (before + many, many + "\0")
    own = [word for word in re.split(r"[\\\[\](){}|?*+^$.,\d]+", pattern) if word]
    pieces = [*own, *"".join(own), *USUAL]
    for n in range(number):
        few = die.choices(pieces, k=die.choice((1, 1, 2, 3, 8)))
        repeated = "".join(few) * (LONGEST // max(1, len("".join(few))))
        mixed = "".join(die.choices(pieces, k=LONGEST // 2)) if n % 4 == 3 else repeated
        yield mixed[: die.choice((LONGEST, LONGEST, LONGEST // 4))] + die.choice(("", "!", "\0", "x", few[0]))


def _repeated(parsed: Iterable[tuple[Any, Any]], before: str = "") -> Iterator[tuple[str, str]]:
    """What may be repeated without end, each after what matches up to there."""
    for op, given in parsed:
        bodies = [part for part in (given if isinstance(given, tuple) else ()) if isinstance(part, parser.SubPattern)]
        if op is parser.BRANCH:
            bodies = given[1]
        if op in REPEATS and given[1] > 100:
            yield from ((before, char) for char in _characters(given[2]))
            yield before, _sample(given[2])
        for body in bodies:
            yield from _repeated(body, before)
        before += _sample([(op, given)])


def _sample(parsed: Iterable[tuple[Any, Any]]) -> str:
    """A string that it matches, or nearly so."""
    found = ""
    for op, given in parsed:
        if op in REPEATS:
            found += _sample(given[2]) * max(1, given[0])
        elif op is parser.BRANCH:
            found += _sample(given[1][0])
        elif op in (parser.SUBPATTERN, parser.ATOMIC_GROUP):
            found += _sample(given[-1] if op is parser.SUBPATTERN else given)
        elif op not in (parser.AT, parser.ASSERT, parser.ASSERT_NOT, parser.GROUPREF):
            found += next(iter(_characters([(op, given)])), "")
    return found


def _characters(parsed: Iterable[tuple[Any, Any]]) -> Iterator[str]:
    """One of every kind that it names by itself."""
    for op, given in parsed:
        if op is parser.LITERAL:
            yield chr(given)
        elif op is parser.RANGE:
            yield chr(given[0])
        elif op is parser.CATEGORY:
            yield CATEGORIES.get(str(given), "(")
        elif op in (parser.ANY, parser.NOT_LITERAL) or (op is parser.IN and given[0][0] is parser.NEGATE):
            yield "的"
        elif op is parser.IN:
            yield from _characters(given)


def seconds(pattern: re.Pattern[str], text: str) -> float:
    """Of processor, to find all of it in a text."""
    begun = time.thread_time()
    for _ in pattern.finditer(text):
        pass
    return time.thread_time() - begun


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--strings", type=int, default=2_000)
    number, die = arguments.parse_args().strings, random.Random(7)
    worst: dict[str, tuple[float, str]] = {}
    tried = patterns()
    for name, pattern in tried.items():
        for text in strings(pattern.pattern, number, die):
            worst[name] = max(worst.get(name, (0.0, "")), (seconds(pattern, text), text))
            if worst[name][0] > 20 * LIMIT:
                break  # known to be bad
    slow = sorted(((taken, name, text) for name, (taken, text) in worst.items() if taken > LIMIT), reverse=True)
    print(f"{len(tried)} expressions, {number} strings each and more, {len(slow)} over {LIMIT * 1000:.0f} ms, worst "
          f"{max(taken for taken, _ in worst.values()) * 1000:.0f} ms  {'NOT MET' if slow else 'met'}")  # fmt: skip
    for taken, name, text in slow:
        print(f"{taken * 1000:8.0f} ms  {name}  {text[:40]!r}")


if __name__ == "__main__":
    main()
