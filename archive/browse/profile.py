"""Two profiles: for oneself on one's own machine, and `--public`, for everybody (reliability: R1, R3).

Neither runs anything that an archive holds: no page of ours has a script, a style or a picture that is not a file of
ours, and a snapshot is shown in a sandbox without origin, or in public only given as a download.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote

OURS = ("default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
# Datasette's own pages bring a <style> for narrow screens, and where SQL may be typed an editor that starts itself.
TABLES = OURS.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
EDITOR = TABLES.replace("script-src 'self'", "script-src 'self' 'unsafe-inline'")
SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
DATASETTE = re.compile(r"/(gongkai($|[/.])|-/)")

LIMITS: dict[str, int | bool] = {"default_allow_sql": False, "max_returned_rows": 100, "sql_time_limit_ms": 1000,
                                 "facet_time_limit_ms": 500, "allow_csv_stream": False}
# What tables tell that no page of ours does: what is withheld, whose numbers stand where, titles of lists.
INNER = ("pages", "listings", "captures", "walks", "runs", "withheld", "flags", "personal", "sketches", "downloads",
         "absences", "unmapped_labels", "sqlite_stat1", "sqlite_stat4",
         *(f"{index}_fts{part}" for index in ("documents", "titles", "files")  # parts may hold words until they merge
           for part in ("", "_data", "_idx", "_docsize", "_config")))
# Where files are, how it is set; rows by way of another table.
CLOSED = re.compile(r"\A(?:/-/(?!static)|.*[?&]_through=)")
ROBOTS = "User-agent: *\nDisallow: /\n"

App = Callable[[Any, Any, Any], Awaitable[None]]


def is_public(datasette: Any) -> bool:
    """Whether everybody may come, as `gongkai browse --public` says."""
    return bool((datasette.plugin_config("gongkai") or {}).get("public"))


def guarded(app: App, public: bool) -> App:
    """The application with headers of safety on all it answers; a page may bring a stricter policy of its own."""

    async def guard(scope: Any, receive: Any, send: Any) -> None:
        async def answer(event: Any) -> None:
            if event["type"] == "http.response.start":
                event = {**event, "headers": [*event.get("headers", ()), *_headers(scope["path"], event, public)]}
            await send(event)

        asked = f"{scope.get('path', '')}?{scope.get('query_string', b'').decode('latin-1')}"
        if public and scope["type"] == "http" and CLOSED.match(unquote(asked)):
            scope = {**scope, "path": "/closed", "raw_path": b"/closed", "query_string": b""}  # where there is nothing
        await app(scope, receive, answer)

    return guard


def _headers(path: str, event: Any, public: bool) -> list[tuple[bytes, bytes]]:
    policy = OURS if not DATASETTE.match(path) else TABLES if public else EDITOR
    wanted = {"content-security-policy": policy, "x-content-type-options": "nosniff", "x-frame-options": "DENY",
              "referrer-policy": "no-referrer", "cross-origin-resource-policy": "same-origin"}
    if public:
        wanted["x-robots-tag"] = "noindex, nofollow"
    there = {bytes(name).lower() for name, _ in event.get("headers", ())}
    return [(name.encode(), value.encode()) for name, value in wanted.items() if name.encode() not in there]
