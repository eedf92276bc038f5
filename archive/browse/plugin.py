"""The one plug-in: Chinese search as SQL functions for Datasette's connections, and cells that read well."""

from __future__ import annotations

import sqlite3
from typing import Any

from datasette import hookimpl
from markupsafe import Markup, escape

from archive.errors import UsageError
from archive.query import Query, parse
from archive.search import snippet

OPENING, CLOSING = "⟦", "⟧"  # around a word found, in JSON and CSV; <mark> on a page
NOTHING = '"nothing"'  # no document matches: every token of the index is one character


@hookimpl  # type: ignore[untyped-decorator]
def prepare_connection(conn: sqlite3.Connection) -> None:
    """gongkai_match(query, 'titles' | 'all') for `match` on titles_fts, documents_fts; gongkai_snippet(text, query)."""
    conn.create_function("gongkai_match", 2, _match, deterministic=True)
    conn.create_function("gongkai_snippet", 2, _snippet, deterministic=True)


@hookimpl  # type: ignore[untyped-decorator]
def render_cell(value: Any, column: str, table: str | None, database: str, datasette: Any) -> Any:
    """Snippets with the words found marked, texts in paragraphs, documents as links."""
    if column == "snippet" and isinstance(value, str):
        return Markup(str(escape(value)).replace(OPENING, "<mark>").replace(CLOSING, "</mark>"))
    if column == "text" and table == "documents":
        return Markup('<div style="white-space: pre-wrap; max-width: 45em">{}</div>').format(value)
    if column == "document" and isinstance(value, int):
        return Markup('<a href="{}">{}</a>').format(datasette.urls.row(database, "documents", str(value)), value)
    return None


def _parsed(query: str | None) -> Query | None:
    try:
        return parse(query or "")
    except UsageError:  # an empty box, or nothing but -words
        return None


def _match(query: str | None, index: str) -> str:
    parsed = _parsed(query)
    if parsed is None:
        return NOTHING
    return parsed.match_titles() if index == "titles" else parsed.match()


def _snippet(text: str, query: str | None) -> str:
    parsed = _parsed(query)
    parts = snippet(text, parsed.words if parsed else ())
    return "".join(f"{OPENING}{part}{CLOSING}" if hit else part for part, hit in parts).replace("\n", " ")
