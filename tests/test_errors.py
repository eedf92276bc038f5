"""One class of error for one consequence (design.md §7): a state of the ledger for each `PageError`, an exit code of
README.md for each other."""

from __future__ import annotations

import re
from pathlib import Path

from archive import errors, schema
from pipelines.store import ERRORS

README = Path(__file__).parent.parent / "README.md"
NOT_OF_AN_ERROR = {"pending", "archived", "foreign"}


def of_pages() -> list[type[errors.PageError]]:
    return errors.PageError.__subclasses__()


def test_each_state_that_is_a_failure_has_one_error_and_each_error_one_state() -> None:
    states = re.search(r"create table pages .*?state in \(([^)]*)\)", schema.LEDGER, re.DOTALL)
    assert states
    assert sorted(kind.state for kind in of_pages()) == sorted(set(re.findall(r"\w+", states[1])) - NOT_OF_AN_ERROR)


def test_every_kind_of_page_that_is_none_is_an_error_of_a_page() -> None:
    assert set(ERRORS.values()) <= set(of_pages())


def test_every_exit_code_is_in_the_readme() -> None:
    told = set(map(int, re.findall(r"^\| (\d+) \|", README.read_text("utf-8"), re.MULTILINE)))
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.GongkaiError)]
    assert {kind.exit_code for kind in kinds} <= told
