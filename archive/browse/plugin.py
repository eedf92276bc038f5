"""The one plug-in of Datasette: our pages beside its tables, Chinese search in SQL, and headers that keep what
an archive holds from doing anything. Uses only hooks that Datasette 1.0 keeps."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from datasette import hookimpl
from datasette.utils.asgi import Response
from markupsafe import Markup, escape

from archive.browse import failures, pages, profile
from archive.errors import UsageError
from archive.query import Query, parse
from archive.search import snippet

OPENING, CLOSING = "⟦", "⟧"  # around a word found, in JSON and CSV; <mark> on a page
NOTHING = '"nothing"'  # no document matches: every token of the index is one character


@hookimpl  # type: ignore[untyped-decorator]
def register_routes() -> list[tuple[str, Callable[..., Awaitable[Response]]]]:
    """Our pages, each under its address and as `.json`."""
    return pages.routes()


@hookimpl  # type: ignore[untyped-decorator]
def extra_template_vars(request: Any, datasette: Any) -> dict[str, Any]:
    """What every template needs: words in the visitor's language, addresses that keep it, the profile."""
    return pages.vocabulary(request, datasette)


@hookimpl(specname="handle_exception")  # type: ignore[untyped-decorator]
def tell_failure(datasette: Any, request: Any, exception: Exception) -> Callable[[], Awaitable[Response]]:
    """Says in one sentence what is wrong; a trace is for the log, and only where the mistake is ours."""

    async def told() -> Response:
        tables = bool(profile.DATASETTE.match(request.path))
        failure = failures.told(exception, pages.language(request), tables)
        if failure.ours:
            print(f"{request.path}: {type(exception).__name__}: {exception}", file=sys.stderr)
        if request.path.endswith(".json"):
            return Response.json({"ok": False, "error": failure.text, "status": failure.status}, status=failure.status)
        page = await datasette.render_template("failure.html", {"failure": failure}, request=request)
        return Response.html(page, status=failure.status)

    return told


@hookimpl  # type: ignore[untyped-decorator]
def asgi_wrapper(datasette: Any) -> Callable[[Any], Any]:
    """Headers of safety on every answer."""
    return lambda app: profile.guarded(app, public=profile.is_public(datasette))


@hookimpl  # type: ignore[untyped-decorator]
def prepare_connection(conn: sqlite3.Connection) -> None:
    """gongkai_match(query, 'titles' | 'all') for `match` on titles_fts, documents_fts; gongkai_snippet(text, query)."""
    conn.create_function("gongkai_match", 2, _match, deterministic=True)
    conn.create_function("gongkai_snippet", 2, _snippet, deterministic=True)


@hookimpl  # type: ignore[untyped-decorator]
def render_cell(value: Any, column: str, table: str | None, database: str, datasette: Any) -> Any:
    """Snippets with the words found marked, texts in paragraphs, documents as links to their page."""
    if column == "snippet" and isinstance(value, str):
        return Markup(str(escape(value)).replace(OPENING, "<mark>").replace(CLOSING, "</mark>"))
    if column == "text" and table == "documents":
        return Markup('<div class="pre">{}</div>').format(value)
    if column == "document" and isinstance(value, int):
        return Markup('<a href="{}">{}</a>').format(datasette.urls.path(f"/document/{value}"), value)
    return None


def _parsed(query: str | None) -> Query | None:
    try:
        parsed = parse(query or "")
    except UsageError:  # an empty box, or nothing but -words
        return None
    return parsed if parsed.groups else None


def _match(query: str | None, index: str) -> str:
    parsed = _parsed(query)
    if parsed is None:
        return NOTHING
    return parsed.match_titles() if index == "titles" else parsed.match()


def _snippet(text: str, query: str | None) -> str:
    parsed = _parsed(query)
    parts = snippet(text, parsed.words if parsed else ())
    return "".join(f"{OPENING}{part}{CLOSING}" if hit else part for part, hit in parts).replace("\n", " ")
