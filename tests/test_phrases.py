"""Every phrase of the tables matches the line that taught it, and none takes a document's own lines."""

from __future__ import annotations

import re

import pytest

from pipelines import phrases
from tests.pages import TEXT, TITLE

TABLES = {name: value for name, value in vars(phrases).items() if name.endswith("_ROWS")}
ROWS = [(name, pattern, example) for name, rows in TABLES.items() for pattern, example in rows]


@pytest.mark.parametrize(("name", "pattern", "example"), ROWS)
def test_a_phrase_matches_its_example(name: str, pattern: str, example: str) -> None:
    assert re.search(pattern, example, re.I)
    others = [row for row in TABLES[name] if row[0] != pattern]
    assert not any(other == pattern for other, _ in others)


@pytest.mark.parametrize(("name", "pattern", "example"), ROWS)
def test_a_row_that_begins_at_the_start_does_so_in_every_alternative(name: str, pattern: str, example: str) -> None:
    assert phrases.union(TABLES[name]).search(example)
    depth, bracket = 0, False
    for at, mark in enumerate(pattern):
        escaped = pattern[at - 1 : at] == "\\"
        bracket = (bracket or mark == "[") and not (mark == "]" and not escaped)
        depth += (mark == "(") - (mark == ")") if not bracket and not escaped else 0
        if pattern.startswith("^") and mark == "|" and not depth and not bracket:
            assert pattern[at + 1] == "^"


@pytest.mark.parametrize("name", sorted(TABLES))
def test_no_phrase_takes_a_line_of_a_document(name: str) -> None:
    dated = TEXT[:-1] if name == "HEAD_ROWS" else TEXT  # a bare day under the heading is a date line
    own = (
        TITLE,
        *dated,
        "附件：1.平川市政务公开任务分解表",
        "（此件公开发布）",
        "小微企业",
        "大中小学",
        "第一条 为了规范",
    )
    assert not [line for line in own if phrases.union(TABLES[name]).search(line)]


def test_a_long_row_of_buttons_takes_no_time() -> None:
    assert not phrases.TAIL_LINE.search("【打印】 " * 20_000 + "正文")
    assert not phrases.HEAD_LINE.search("大中小" * 20_000 + "学")
