"""Guangdong's disclosure directory 政府信息公开目录管理平台 (platforms.md §2.1): a JSON interface behind `/gkmlpt/`.

A channel is `<base>/gkmlpt/index#<category id>`, or the interface itself, `<base>/gkmlpt/api/all/<category id>`;
category 0 is the whole site. The index page states the SID that the interface wants; `sid` in the site file saves
asking it. 100 articles a page; `page=0` is page 1 again.
"""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import urldefrag, urljoin

from scrapy.http import Response

from archive.records import Ask, Channel, Listing
from crawler.cms import numbered, state
from crawler.cms.numbered import Numbered

INTERFACES = (
    Numbered(
        path=r"/gkmlpt/api/all/\d+",
        page="query:page",
        size="100",
        rows="articles",
        url="url|post_url",
        date="display_publish_time|created_at|create_time",
        stated={
            "index_number": "identifier",
            "document_number": "document_number",
            "publisher": "publisher",
            "written_on": "date",
            "category": "classify_main_name",
            "genre": "classify_genre_name",
            "topic": "classify_theme_name",
            "keywords": "keywords",
            "summary": "abstract",
            "source": "source",
            "expires_on": "expired_time",
        },
        total="classify/post_count",
        headers=numbered.XHR,
    ),
)
PAST_THE_END = frozenset({404, 410, 550})  # what it answers to a page that its count promises and it has not
CONFIG = re.compile(r"window\._CONFIG[\s\S]*\bTREE\b")
SID = re.compile(r"""\bSID['"]?\s*:\s*['"]?(\d+)""")


def recognise(response: Response) -> bool:
    return "/gkmlpt/" in response.url or bool(CONFIG.search(numbered.decoded(response)))


def first(channel: Channel) -> Ask:
    url, category = urldefrag(channel.url)
    if numbered.match(INTERFACES, url):
        return numbered.first(channel, INTERFACES)
    if sid := channel.options.get("sid"):
        return _opening(url, category, str(sid))
    return Ask(url, state={"category": category})


def listing(response: Response) -> Listing:
    if numbered.match(INTERFACES, response.url):
        page = numbered.listing(response, INTERFACES)
        past = response.status in PAST_THE_END and numbered.page_of(INTERFACES[0], numbered.asked(response)) > 1
        return replace(page, says_empty=page.says_empty or past)
    sid = SID.search(numbered.decoded(response))
    if not sid:
        return Listing(entries=())
    category = state(response).get("category") or urldefrag(response.url).fragment
    return Listing((), next=_opening(response.url, category, sid[1]), frame=True)


def _opening(index: str, category: str, sid: str) -> Ask:
    """Page 1 of a category (all of them without one), asked as the index page would."""
    url = urljoin(index.partition("/gkmlpt/")[0] + "/", f"gkmlpt/api/all/{category or 0}")
    ask = numbered.opening(INTERFACES[0], url, {}, referer=index)
    return replace(numbered.put(ask, "query:sid", sid), state={})
