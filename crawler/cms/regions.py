"""Places with static lists of their own (platforms.md §15): Shanghai, Xi'an and its neighbours, Hebei, Tianjin.

They are no CMS of their own, but each numbers its pages in a way that no other family does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from scrapy.http import Response

from archive.records import Ask, Channel, Listing
from crawler.cms import numbered
from crawler.cms.numbered import Numbered

_FILE = r"(?:/|\.s?html?)(?:\?|$)"
DIALECTS: Mapping[str, tuple[tuple[str, ...], re.Pattern[str], Numbered]] = {  # words and signs of it → its files
    "上海": (  # articles /nw<n>/YYYYMMDD/<32 hex>.html, `.pagination({totalPage:12`; entries repeated in comments
        ("/nw", "totalpage"),
        re.compile(r"/nw\d+/\d{8}/[0-9a-f]{32}\.html|pagination\(\s*\{\s*totalPage"),
        Numbered(path=_FILE, page="path:{stem}_{k}", markup="."),
    ),
    "西安": (  # /<column>/1.html, `maxPage = parseInt('12')`, articles /<column>/<19 digits>.html
        ("maxpage", "m-lst36"),
        re.compile(r"maxPage\s*=\s*parseInt\(|\bm-lst36\b"),
        Numbered(path=_FILE, page="path:{k}", markup="."),
    ),
    "天津": (  # TRS files (index_1 is page 2), `parseInt('12'` for the count
        ("commonlist-body",),
        re.compile(r"\bcommonList-body\b"),
        Numbered(path=_FILE, page="path:{stem}_{k}", first=0, markup="."),
    ),
    "河北": (  # /columns/<uuid>/index.html; how its further pages are called is not known: only links are followed
        ("/columns/",),
        re.compile(r"/columns/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/"),
        Numbered(path=_FILE, page="path:{stem}_{k}", markup="."),
    ),
}


def recognise(response: Response) -> bool:
    return _dialect(response) is not None


def first(channel: Channel) -> Ask:
    return Ask(channel.url)


def listing(response: Response) -> Listing:
    dialect = _dialect(response)
    return numbered.page(response, dialect) if dialect else Listing(entries=())


def _dialect(response: Response) -> Numbered | None:
    found = (numbers for words, sign, numbers in DIALECTS.values() if numbered.bears(response, words, sign))
    return next(found, None)
