"""NFCMS, the CMS of Guangdong's ordinary columns (platforms.md §2.2): static pages or `/postmeta/i/<column id>.json`.

Page k of `index.html` is `index_<k>.html`. The column's JSON has up to 2,500 newest articles in one answer, and
`publish_count` says how many there are: a bigger column is better walked by its pages.
"""

from __future__ import annotations

import re

from scrapy.http import Response

from archive.records import Ask, Channel, Listing
from crawler.cms import numbered
from crawler.cms.numbered import Numbered

INTERFACES = (
    Numbered(
        path=r"/postmeta/i/\d+\.json",
        page="",
        rows="articles",
        date="display_publish_time|publish_time|visible_publish_time|date|created_at",
        # custom fields stand in json_ext and beside it and may disagree: json_ext wins
        stated={
            "document_number": "json_ext/EXT_wh|json_ext/EXT_zh|EXT_wh|EXT_zh",
            "publisher": "json_ext/EXT_fbjg|json_ext/EXT_fwdw|EXT_fbjg|EXT_fwdw",
            "topic": "json_ext/EXT_ztfl|EXT_ztfl",
            "genre": "json_ext/EXT_wjlb|EXT_wjlb",
            "validity": "json_ext/EXT_sx|EXT_sx",
            "summary": "abstract",
            "source": "source",
        },
        total="publish_count",
    ),
    Numbered(path=r"/(?:[\w-]+\.html)?(?:\?|$)", page="path:{stem}_{k}", markup="."),
)
SIGNS = re.compile(r"NFCMS_(?:SITE|POST)_ID|/content/m?post_\d+\.html")
WORDS = ("nfcms_", "/content/post_", "/content/mpost_")


def recognise(response: Response) -> bool:
    if "/gkmlpt/" in response.url:
        return False
    return "/postmeta/" in response.url or numbered.bears(response, WORDS, SIGNS)


def first(channel: Channel) -> Ask:
    return numbered.first(channel, INTERFACES)


def listing(response: Response) -> Listing:
    return numbered.listing(response, INTERFACES)
