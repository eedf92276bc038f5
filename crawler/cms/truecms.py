"""truecms of Nantong and Rugao (platforms.md §12): Hanweb-like records, counted by start and end, as JSONP.

A channel is the column page (`/<site>/<col>/<col>.html`), which states `columnId` and `proxyUrl`. A host may answer
fewer records than asked (50, 20 or 10), so the next page starts after what came. Without a Referer it answers 404.
"""

from __future__ import annotations

import re
from urllib.parse import urljoin

from scrapy.http import Response

from archive.records import Ask, Channel, Entry, Listing
from crawler.cms import numbered, rows
from crawler.cms.numbered import Numbered
from pipelines.html import from_json

STEP = 50
INTERFACE = Numbered(path=r"messageController/getMessage\.do", page="query:startrecord", markup="result", total="total")
CONSTANT = r"""\b{}["']?\s*:\s*["']([^"']+)["']"""
RECORD = re.compile(r"<record><!\[CDATA\[(.*?)\]\]></record>", re.DOTALL)


def recognise(response: Response) -> bool:
    text = numbered.decoded(response)
    if any("messageController/getMessage.do" in place for place in (response.url, text)):
        return True
    named = "proxyUrl" in text and "dataproxy.jsp" not in text
    return named and all(re.search(CONSTANT.format(name), text) for name in ("proxyUrl", "columnId"))


def first(channel: Channel) -> Ask:
    return Ask(channel.url)


def listing(response: Response) -> Listing:
    if not numbered.match([INTERFACE], response.url):
        return _column(response)
    ask, answer = numbered.asked(response), from_json(numbered.decoded(response))
    records = str(next(numbered.walk(answer, INTERFACE.markup), ""))
    entries = tuple(_entries(records, response.url))
    total = numbered.number(numbered.said(answer, INTERFACE.total))
    start = int(numbered.get(ask, INTERFACE.page) or 1)
    reached = start - 1 + len(entries)
    empty = not entries and "<recordset" in records and start > 1
    more = bool(entries) and (total is None or reached < total)
    return Listing(entries, total, next=_turned(ask, reached + 1) if more else None, says_empty=empty)


def _entries(records: str, base: str) -> list[Entry]:
    return [entry for record in RECORD.findall(records) for entry in rows.entries(rows.fragment(record), base)]


def _turned(ask: Ask, start: int) -> Ask:
    ask = numbered.put(ask, "query:startrecord", start)
    return numbered.put(ask, "query:endrecord", start + STEP - 1)


def _column(response: Response) -> Listing:
    text = numbered.decoded(response)
    proxy, column = (re.search(CONSTANT.format(name), text) for name in ("proxyUrl", "columnId"))
    if not proxy or not column:
        return Listing(entries=())
    ask = Ask(urljoin(response.url, proxy[1]), headers={"Referer": response.url, **numbered.XHR})
    for name, value in {"perpage": STEP, "columnId": column[1], "callback": "cb"}.items():
        ask = numbered.put(ask, f"query:{name}", value)
    return Listing((), next=_turned(ask, 1), frame=True)
