"""What a visitor asks a page for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from archive.browse.failures import Missing
from archive.errors import UsageError
from archive.query import Only, Query, parse

LONGEST_PAGE = 50  # pages of hits that are shown; who wants more takes `gongkai export`
NARROWS = tuple(field.name for field in fields(Only))


@dataclass(frozen=True, slots=True)
class Asked:
    """`parts` of the address, `arguments` after its question mark, `language` zh or en; `folder` of the archive."""

    parts: Mapping[str, str]
    arguments: Mapping[str, str]
    language: str
    public: bool
    folder: Path

    def number(self, name: str) -> int:
        """A part that is a number SQLite can hold."""
        found = int(self.parts[name])
        if found >= 1 << 63:
            raise Missing(name)
        return found

    @property
    def only(self) -> Only:
        """Where the arguments say to look."""
        given = {name: self.arguments[name] for name in NARROWS if self.arguments.get(name)}
        return Only(**given)

    @property
    def query(self) -> Query:
        """The search asked for, as typed in `q` and narrowed by the other arguments."""
        return parse(self.arguments.get("q", ""), self.only)

    @property
    def page(self) -> int:
        """Which page of hits, from 1."""
        typed = self.arguments.get("page", "1")
        if not (typed.isascii() and typed.isdigit() and 1 <= int(typed[:9]) <= LONGEST_PAGE):
            raise UsageError(f"page={typed[:20]}: pages go from 1 to {LONGEST_PAGE}; narrow the search for the rest.")
        return int(typed)
