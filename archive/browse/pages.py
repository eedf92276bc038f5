"""The table of our pages: address, template, and the function that reads what is shown. Each answers as `.json` too."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlencode

from datasette.utils import sqlite_timelimit
from datasette.utils.asgi import Response

from archive.browse import charts, documents, feeds, home, profile, publishers, recent, results, sites, snapshots
from archive.browse.asked import Asked
from archive.browse.language import LABELS, moment, size, translate
from archive.browse.sentences import say

TIME = 5000  # ms that a page may take to read, in public 2000


@dataclass(frozen=True, slots=True)
class Page:
    """`address` is a pattern whose groups are given to `read` as parts; `template` is shown with what it returns."""

    address: str
    template: str
    read: Callable[[sqlite3.Connection, Asked], dict[str, Any]]


PAGES: tuple[Page, ...] = (
    Page(r"/", "home.html", home.read),
    Page(r"/search", "results.html", results.read),
    Page(r"/document/(?P<n>[0-9]{1,18})", "document.html", documents.read),
    Page(r"/document/(?P<new>[0-9]{1,18})/against/(?P<old>[0-9]{1,18})", "difference.html", documents.difference),
    Page(r"/sites", "sites.html", sites.read_all),
    Page(r"/site/(?P<site>[^/]+)", "site.html", sites.read),
    Page(r"/site/(?P<site>[^/]+)/(?P<channel>[^/]+)", "channel.html", sites.read_channel),
    Page(r"/publisher/(?P<publisher>.+)", "publisher.html", publishers.read),
    Page(r"/changes", "changes.html", recent.read),
)
Answer = Callable[..., Awaitable[Response]]


def routes() -> list[tuple[str, Answer]]:
    """For Datasette: pattern and view of every page, feed, snapshot and of robots.txt."""
    found = [(rf"{page.address}\.json$" if page.address != "/" else r"/index\.json$", _view(page, as_json=True))
             for page in PAGES]
    found += [(rf"{page.address}$", _view(page, as_json=False)) for page in PAGES]
    return [(r"/feed\.atom$", _feed), (r"/capture/(?P<capture>[0-9]{1,18})/raw$", _snapshot),
            (r"/robots\.txt$", _robots), *found]


def _view(page: Page, as_json: bool) -> Answer:
    async def view(request: Any, datasette: Any) -> Response:
        shown = await _read(datasette, request, page.read)
        if as_json:
            text = json.dumps(shown, ensure_ascii=False, default=list)  # rows of SQLite are lists
            return Response(text, content_type="application/json; charset=utf-8")
        return Response.html(await datasette.render_template(page.template, shown, request=request))

    return view


async def _feed(request: Any, datasette: Any) -> Response:
    base = f"{request.scheme}://{request.host}"
    atom = await _read(datasette, request, lambda db, asked: feeds.atom(db, asked, base))
    return Response(atom, content_type="application/atom+xml; charset=utf-8")


async def _snapshot(request: Any, datasette: Any) -> Response:
    found = await _read(datasette, request, snapshots.read)
    return Response(found.body, status=200, headers=found.headers, content_type=found.media_type)


async def _robots(datasette: Any) -> Response:
    return Response.text(profile.ROBOTS if profile.is_public(datasette) else "User-agent: *\nAllow: /\n")


async def _read(datasette: Any, request: Any, read: Callable[[sqlite3.Connection, Asked], Any]) -> Any:
    """Runs a reading function in a thread of Datasette's, on its connection, within the time of the profile."""
    db = datasette.get_database("gongkai")
    public = profile.is_public(datasette)
    parts = {name: unquote(value) for name, value in request.url_vars.items()}
    arguments = {name: request.args[name] for name in request.args}
    asked = Asked(parts, arguments, language(request), public, Path(db.path).parent)

    def run(connection: sqlite3.Connection) -> Any:
        with sqlite_timelimit(connection, 2000 if public else TIME):
            return read(connection, asked)

    return await db.execute_fn(run)


def language(request: Any) -> str:
    """`en` where the address asks for it, else `zh`."""
    return "en" if request is not None and request.args.get("_lang") == "en" else "zh"


def vocabulary(request: Any, datasette: Any) -> dict[str, Any]:
    """What templates call: `t` words, `say` sentences, `href` addresses that keep the language, `here` this page asked
    otherwise, `moment` and `size` numbers as a person says them."""
    spoken = language(request)

    def href(*parts: object, **parameters: object) -> str:
        path = "/" + "/".join(quote(str(part), safe="") for part in parts)
        return str(datasette.urls.path(path)) + _query({**parameters, "_lang": spoken if spoken == "en" else None})

    def here(**changes: object) -> str:
        kept = {name: request.args[name] for name in request.args} if request else {}
        return (request.path if request else "/") + _query({**kept, **changes})

    return {"t": lambda words: translate(words, spoken), "say": lambda sentence: say(sentence, spoken), "href": href,
            "here": here, "lang": spoken, "LABELS": LABELS, "public": profile.is_public(datasette), "size": size,
            "moment": moment, "charts": charts}


def _query(parameters: Mapping[str, object]) -> str:
    given = {name: value for name, value in parameters.items() if value not in (None, "")}
    return "?" + urlencode(given) if given else ""
