"""Hanweb's JPaaS 集约化平台 (platforms.md §1.4): the list of a column comes from `…/front/page/build/unit`.

A channel is the column page; its `unitbuild.js` scripts name the units. Several of them stand on a page, and the
list is known by its tag (`TAGS`, or `tag` in the site file). The server obeys the page number only in `paramJson`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from urllib.parse import urljoin

from scrapy.http import Response

from archive.records import Ask, Channel, Listing
from crawler.cms import numbered, rows, state
from crawler.cms.numbered import Numbered
from pipelines.html import from_json

UNIT = Numbered(
    path=r"/jpaas-publish-server/front/page/build/unit",
    page="query:paramJson/pageNo",
    size="query:paramJson/pageSize",
    markup="data/html|data",
    holder="<(?:ul|table|div)",
)
TAGS = ("信息列表", "当前栏目list", "当前栏目列表", "分页列表", "规章库列表")  # what the list unit is called
PAGER = {"size": re.compile(r"""\brows=["'](\d+)"""), "total": re.compile(r"""\bcount=["'](\d+)""")}


def recognise(response: Response) -> bool:
    signs = numbered.signs(response)
    return "AuthorizedRead/unitbuild.js" in signs or "/api-gateway/jpaas-publish-server/" in signs


def first(channel: Channel) -> Ask:
    return Ask(channel.url, state={"tag": channel.options.get("tag")})


def listing(response: Response) -> Listing:
    if not numbered.match([UNIT], response.url):
        return _column(response)
    ask, answer = numbered.asked(response), from_json(numbered.decoded(response))
    markup = next(numbered.walk(answer, UNIT.markup), None)
    if not isinstance(markup, str):
        return Listing(entries=())
    entries = rows.entries(rows.fragment(markup), response.url)
    claimed = {name: int(found[1]) for name, pattern in PAGER.items() if (found := pattern.search(markup))}
    sized = replace(UNIT, size=str(claimed["size"])) if "size" in claimed else UNIT
    return numbered.finished(sized, ask, entries, claimed.get("total"), None, answered="total" in claimed)


def _column(response: Response) -> Listing:
    """The column page: the list unit's request for its first page."""
    units = list(_units(response))
    wanted = (state(response).get("tag"),) if state(response).get("tag") else TAGS
    chosen = next((unit for tag in wanted for unit in units if unit[1].get("tagId") == tag), None)
    if chosen is None and len(units) == 1:
        chosen = units[0]
    if chosen is None:
        return Listing(entries=())
    url, query = chosen
    ask = Ask(urljoin(response.url, url), headers={"Referer": response.url, **numbered.XHR})
    for name, value in query.items():
        ask = numbered.put(ask, f"query:{name}", value)
    ask = numbered.put(ask, "query:paramJson", '{"pageNo":1,"pageSize":"15"}')
    return Listing((), next=ask, frame=True)


def _units(response: Response) -> Iterator[tuple[str, Mapping[str, str]]]:
    """(address, query) of every unit: `queryData` is JSON with single quotes, which is a Python literal."""
    for script in rows.fragment(numbered.decoded(response)).iter("script"):
        if "unitbuild.js" not in script.get("src", ""):
            continue
        try:
            query = ast.literal_eval(script.get("querydata", "{}"))
        except (ValueError, SyntaxError):
            continue
        if script.get("url") and isinstance(query, dict):
            yield script.get("url"), {str(name): str(value) for name, value in query.items()}
