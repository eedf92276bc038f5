"""TRS IRS 海云 (platforms.md §7.5): `POST /irs/front/list`, whose field names are different on every site.

A channel is the interface (or the column page), with the constants of the column page's script as options:
    code = "18aa0000000"
    tenantId = "99"
    tableName = "t_19999aaaaaa"
    channel_id = "90001"             # or customFilter, verbatim; without either the whole site would be answered
    fields = { title = "f_202399000001", url = "f_202399000002", date = "f_202399000003" }
`fields` names what the site's own names mean: title, url, date, or an Index field. Where title, address or date is
not named, a field that can mean nothing else is taken; where several could, the site file must say which.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from scrapy.http import Response

from archive.errors import CatalogueError
from archive.records import Ask, Channel, Listing
from crawler.cms import numbered, state
from crawler.cms.numbered import Numbered
from pipelines.html import from_json

LIST = Numbered(
    path=r"/irs/front/list(?:\?|$)",
    page="json:pageNo",
    size="json:pageSize",
    rows="data/list",
    total="data/pager/total",
    pages="data/pager/pageCount",
    send={
        "pageSize": 15,
        "isPage": True,
        "searchFields": [],
        "sorts": [{"sortField": "save_time", "sortOrder": "DESC"}],
    },
)
SEARCH = Numbered(  # the site search: two skins of answer
    path=r"/irs/front/search(?:\?|$)",
    page="json:pageNo",
    size="json:pageSize",
    rows="data/middle/listAndBox/*/data|data/middle/list/*/data|data/middle/list|data/list",
    title="titleO|title",
    date="docDate|time",
    stated={"source": "source"},
    total="data/pager/total",
    pages="data/pager/pageCount",
    send={"pageSize": 15, "searchWord": "", "orderBy": "time", "filters": []},
)
REQUIRED = ("code", "tenantId", "tableName")
FIXED = {"title": "DOCTITLE", "url": "DOCPUBURL|doc_pub_url", "date": "DOCRELTIME|PUBDATE"}  # some sites have them too
SHAPES = {  # what a value must look like to mean it
    "url": re.compile(r"(?:https?:)?//\S+$|/\S+\.s?html?$"),
    "date": re.compile(r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?(?:[ T].*)?$"),
    "title": re.compile(r"\A(?=.*[\u4e00-\u9fff])[^<>]{6,200}$"),
}
BOOKKEEPING = frozenset({"save_time", "channel_id", "doc_pub_url"})
CONSTANT = r"""["']?\b{}["']?\s*[:=]\s*["']([\w-]+)["']"""


def recognise(response: Response) -> bool:
    return "/irs/front/" in numbered.signs(response)


def first(channel: Channel) -> Ask:
    options = {**channel.options, "site": channel.site}
    if numbered.match([SEARCH], channel.url):
        return numbered.first(channel, [SEARCH])
    if not numbered.match([LIST], channel.url):
        return Ask(channel.url, state={"options": options})
    for name in REQUIRED:
        if not options.get(name):
            raise CatalogueError(f"{channel.site}.toml", name, "expected a constant of the column page's script")
    return _opening(channel.url, options)


def listing(response: Response) -> Listing:
    if numbered.match([SEARCH], response.url):
        return numbered.listing(response, [SEARCH])
    if not numbered.match([LIST], response.url):
        return _column(response)
    answer = from_json(numbered.decoded(response))
    options = state(response).get("options", {})
    named = dict(options.get("fields", {}))
    found = {**_by_shape(list(numbered.records(answer, LIST.rows)), named, options.get("site", "site")), **named}
    stated = {name: path for name, path in named.items() if name not in SHAPES}
    mapped = {name: found.get(name, "-") for name in SHAPES}
    return numbered.listing(response, [replace(LIST, **mapped, stated=stated)])


def _column(response: Response) -> Listing:
    """A column page: its script has the constants of the request; what it does not state, the site file must."""
    text, options = numbered.decoded(response), dict(state(response).get("options", {}))
    for name in (*REQUIRED, "channel_id"):
        if name not in options and (found := re.search(CONSTANT.format(name), text)):
            options[name] = found[1]
    complete = all(options.get(name) for name in REQUIRED) and ("channel_id" in options or "customFilter" in options)
    endpoint = re.search(r"""["']((?:https?:)?[^"'\s]*/irs/front/list)["']""", text)
    if not complete or not endpoint:
        return Listing(entries=())
    ask = _opening(response.urljoin(endpoint[1]), options)
    return Listing((), next=replace(ask, headers={**ask.headers, "Referer": response.url}), frame=True)


def _opening(url: str, options: Mapping[str, Any]) -> Ask:
    parameters = {name: value for name, value in options.items() if name not in ("fields", "channel_id", "site")}
    if "customFilter" not in parameters and "channel_id" in options:
        only = {"property": "channel_id", "operator": "eq", "value": str(options["channel_id"])}
        parameters["customFilter"] = {"operator": "and", "properties": [only], "filters": []}
    kept = {"fields": dict(options.get("fields", {})), "site": options.get("site", "")}
    return replace(numbered.opening(LIST, url, parameters), state={"options": kept})


def _by_shape(found: Sequence[Mapping[str, Any]], named: Mapping[str, str], site: str) -> dict[str, str]:
    """Fields by what their values look like in every row, for what the site file does not name."""
    return {
        name: path for name in SHAPES if found and name not in named and (path := _alike(found, name, named, site))
    }


def _alike(found: Sequence[Mapping[str, Any]], name: str, named: Mapping[str, str], site: str) -> str:
    if fixed := [key for key in FIXED[name].split("|") if all(numbered.plain(row.get(key)) for row in found)]:
        return fixed[0]
    free = [key for key in found[0] if key not in BOOKKEEPING and key not in named.values()]
    alike = [key for key in free if all(SHAPES[name].match(numbered.plain(row.get(key))) for row in found)]
    if len(alike) > 1:
        choice = ", ".join(alike)
        raise CatalogueError(f"{site}.toml", f"fields.{name}", f"expected the name of one field; any of {choice} fits")
    return alike[0] if alike else ""
