"""The house rules that a reader relies on: who may import whom, and what things are called (design.md §2–§4)."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler import sites

ROOT = Path(__file__).parent.parent
LAYERS = ("archive", "pipelines", "crawler")  # each may import those before it
NO_NAMES_FOR_FILES = {"utils", "util", "helpers", "helper", "common", "core", "base", "misc", "manager", "lib"}
NO_WORDS = {"item", "items", "data", "info", "infos", "process", "handle", "handler", "manager"}
FORCED = {  # by Scrapy's and Python's interfaces
    "process_item", "process_request", "process_response", "process_exception", "process_start",
    "process_spider_input", "process_spider_output", "process_spider_exception", "item",
    "ITEM_PIPELINES", "CONCURRENT_ITEMS", "Handler", "data_received",
}  # fmt: skip
SOURCES = sorted(file for layer in LAYERS for file in (ROOT / layer).rglob("*.py"))
NAMES = [str(file.relative_to(ROOT)) for file in SOURCES]


def imported(tree: ast.AST) -> Iterator[str]:
    """Every module that a file imports, at its top or inside a function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def given(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every name that a file gives, with its line: functions, classes, arguments, variables, fields."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.attr


def words(name: str) -> set[str]:
    """`ListedItem` and `listed_item` are the words listed, item."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)}


@pytest.mark.parametrize("file", SOURCES, ids=NAMES)
def test_imports_point_downwards(file: Path) -> None:
    layer = file.relative_to(ROOT).parts[0]
    above = {*LAYERS[LAYERS.index(layer) + 1 :], "tests", "benchmarks"} | ({"scrapy"} if layer == "archive" else set())
    wrong = {module for module in imported(ast.parse(file.read_text("utf-8"))) if module.split(".")[0] in above}
    assert not wrong, f"{file.name} belongs to {layer} and may not import {wrong}"


@pytest.mark.parametrize("file", SOURCES, ids=NAMES)
def test_names_are_the_nouns_of_the_design(file: Path) -> None:
    wrong = [
        f"line {line}: {name}"
        for line, name in given(ast.parse(file.read_text("utf-8")))
        if name not in FORCED and words(name) & NO_WORDS
    ]
    assert not wrong, f"{file.name}: {'; '.join(wrong)}; design.md §4 has the words to use"


def test_files_are_named_for_what_they_do() -> None:
    assert not [name for file, name in zip(SOURCES, NAMES, strict=True) if file.stem in NO_NAMES_FOR_FILES]


def test_every_package_is_installed() -> None:
    """What pyproject.toml does not name is missing from a wheel, though not from a checkout."""
    named = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["packages"]
    found = {".".join(file.parent.relative_to(ROOT).parts) for file in SOURCES if file.name == "__init__.py"}
    assert set(named) == found


def test_no_site_has_python_of_its_own() -> None:
    code = {file.stem for file in SOURCES}
    assert {file.name for file in (ROOT / "crawler/sites").rglob("*.py")} == {"__init__.py"}
    assert not code & set(sites.load())


@pytest.mark.parametrize("file", SOURCES, ids=NAMES)
def test_no_machine_stands_in_the_source(file: Path) -> None:
    assert not re.search(r"/(work|root|home|tmp|Users)/", file.read_text("utf-8"))


def test_the_rules_can_be_broken() -> None:
    """Each rule sees what it forbids."""
    tree = ast.parse("from crawler.walk import Walker\ndef get_item(raw_data):\n    self.user_info = 1\n")
    assert list(imported(tree)) == ["crawler.walk"]
    assert {name for _, name in given(tree) if words(name) & NO_WORDS} == {"get_item", "raw_data", "user_info"}
    assert not words("metadata") & NO_WORDS
