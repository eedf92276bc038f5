"""Epoint EWB 新点 (platforms.md §9): `POST …/rest/lightfrontaction/getgovinfolist`, pages counted from 0.

A channel is the column page (`/dynamic/zwgk/govInfoPub.html?categorynum=003&deptcode=…`); it names the script in
which the site's GUID and the application's path stand. `script = "/js/webBuilderCommon.js"` in the site file saves
the column page, the interface as URL with `siteGuid` saves both. Older applications wrap the parameters:
`params = { … }` in the site file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

from scrapy.http import Response

from archive.records import Ask, Channel, Listing
from crawler.cms import numbered, pager, state
from crawler.cms.numbered import Numbered
from pipelines.html import from_json, parse

INTERFACE = Numbered(
    path=r"/rest/(?:lightfrontaction/getgovinfolist|frontAppNotNeedLoginAction/getGovInfoList)",
    page="json:pageIndex",
    first=0,
    size="json:pageSize",
    rows="custom/data",
    title="realtitle|title",
    url="infourl",
    date="infodate",
    total="custom/total",
    send={"pageSize": 15},
)
WRAPPED = replace(INTERFACE, page="json:params/pageIndex", size="json:params/pageSize", send={})
SIGNS = re.compile(r"""categorynum=|/rest/lightfrontaction/|webBuilderCommon\.js|class=["']ewb-""")
WORDS = ("categorynum=", "/rest/lightfrontaction/", "webbuildercommon.js", "ewb-")  # of which each sign has one
SCRIPT = re.compile(r"""["']([^"']*/(?:webBuilderCommon|ajaxReq)\.js[^"']*)["']""")
SITE = re.compile(r"""siteGuid["']?\s*:\s*["']([^"']+)["']""")
PROJECT = re.compile(r"""projectName["']?\s*:\s*["'](/[^"']*)["']""")


def recognise(response: Response) -> bool:
    return numbered.bears(response, WORDS, SIGNS)


def first(channel: Channel) -> Ask:
    if numbered.match([INTERFACE], channel.url):
        return numbered.first(channel, _dialect(channel.options))
    options = dict(channel.options)
    if script := options.pop("script", None):
        return Ask(urljoin(channel.url, script), state={"column": channel.url, "options": options})
    return Ask(channel.url, state={"options": options})


def listing(response: Response) -> Listing:
    if numbered.match([INTERFACE], response.url):
        body = from_json(numbered.asked(response).body or "")
        return numbered.listing(response, _dialect(body if isinstance(body, Mapping) else {}))
    stated = pager.read(parse(response))
    if stated.entries:  # a column of files, as trading centres have it: its rows stand in the page
        return stated
    carried, text = state(response), numbered.decoded(response)
    if site := SITE.search(text):
        return _opened(response, site[1], PROJECT.search(text), carried)
    script = SCRIPT.search(text)
    if not script:
        return Listing(entries=())
    kept = {"column": response.url, "options": dict(carried.get("options", {}))}
    return Listing((), next=Ask(urljoin(response.url, script[1]), state=kept), frame=True)


def _dialect(parameters: Mapping[str, Any]) -> Sequence[Numbered]:
    return [WRAPPED if "params" in parameters else INTERFACE]


def _opened(response: Response, site: str, project: re.Match[str] | None, carried: Mapping[str, Any]) -> Listing:
    """Page 1 of the category that the column page's address names."""
    column = carried.get("column", response.url)
    query = {name: values[0] for name, values in parse_qs(urlsplit(column).query).items()}
    parameters = {name: query.get(name, "") for name in ("categorynum", "deptcode")} | carried.get("options", {})
    if not parameters["categorynum"]:
        return Listing(entries=())
    url = urljoin(response.url, (project[1] if project else "") + "/rest/lightfrontaction/getgovinfolist")
    ask = numbered.opening(INTERFACE, url, {**parameters, "siteGuid": site}, referer=column)
    return Listing((), next=ask, frame=True)
