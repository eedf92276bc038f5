"""The queryList platform of Jiangxi and others (platforms.md §10): `POST /queryList` behind `…/pc/list.html`.

A channel is the column page. Its script states unit, site and channel codes; `unitid`, `webSiteCode` and
`channelCode` in the site file replace what it states.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from scrapy.http import Response

from archive.records import Ask, Channel, Listing
from crawler.cms import numbered, state
from crawler.cms.numbered import Numbered

INTERFACES = (
    Numbered(
        path=r"/queryList(?:\?|$)",
        page="form:current",
        size="form:pageSize",
        rows="data/results/*/source",
        title="showTitle|title",
        url="urls/pc",
        date="pubDate",
        total="data/total",
        send={"dataBefore": "", "dataAfter": "", "perPage": "15", "showMode": "full", "groupSize": "1",
              "barPosition": "bottom", "titleMax": "39", "themeName": "default", "pageSize": "15"},
        headers=numbered.XHR,
    ),
)  # fmt: skip
CODES = {  # in the script of the column page, or, for the channel and the site, in its URL /<site>/<channel>/…
    "unitid": r"""unitid["']?\s*[:=]\s*["']?(\w+)""",
    "webSiteCode": r"""webSiteCode(?:\[\])?["']?\s*[:=]\s*\[?\s*["']([\w-]+)""",
    "channelCode": r"""channelCode(?:\[\])?["']?\s*[:=]\s*\[?\s*["']([\w-]+)""",
    "channelId": r"""channelId(?:\[\])?["']?\s*[:=]\s*\[?\s*["']([\w-]+)""",
}
SIGN = re.compile(r"""["'/]queryList\b(?!\.portlet)""")


def recognise(response: Response) -> bool:
    column = re.search(r"/pc/list\.html", response.url)
    return bool(column) or numbered.bears(response, ("querylist",), SIGN)


def first(channel: Channel) -> Ask:
    return Ask(channel.url, state={"options": dict(channel.options)})


def listing(response: Response) -> Listing:
    if numbered.match(INTERFACES, response.url):
        return numbered.listing(response, INTERFACES)
    codes = _codes(numbered.decoded(response), response.url, state(response).get("options", {}))
    if not codes.get("unitid") or not codes.get("webSiteCode"):
        return Listing(entries=())
    unit = codes["unitid"]
    channel = {f"{name}[]": codes[name] for name in ("channelCode", "channelId") if name in codes}
    parameters = {"unitid": unit, "webSiteCode[]": codes["webSiteCode"], **channel, "templateContainerId": f"div{unit}"}
    ask = numbered.opening(INTERFACES[0], urljoin(response.url, "/queryList"), parameters, referer=response.url)
    return Listing((), next=ask, frame=True)


def _codes(text: str, url: str, options: Mapping[str, Any]) -> dict[str, str]:
    """Unit, site and channel codes: the site file's, else the script's, else the address's."""
    found = {name: match[1] for name, pattern in CODES.items() if (match := re.search(pattern, text))}
    column = re.match(r"/(\w+)/(?:col/)?(c\w+)/", urlsplit(url).path)
    if column and "channelId" not in found:
        found = {"webSiteCode": column[1], "channelCode": column[2], **found}
    return {**found, **{name: str(value) for name, value in options.items() if name in CODES}}
