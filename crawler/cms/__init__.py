"""The contract of a CMS family: what every module in this folder offers.

    recognise(response) -> bool       is this page of the family? URL and HTML signals of platforms.md §0.1
    first(channel) -> Ask             the request that opens the channel's list
    listing(response) -> Listing      the entries of one answer, what the site claims, and the next request

All three are pure: they look at nothing but their argument, and raise nothing on foreign input: a page without
entries gives `Listing(entries=())`; whether that is a broken walk is the spider's to judge. `listing` takes an
ordinary Scrapy response, from the network, a recording, a file or a test. A response that answers an `Ask` has
`response.request` (method, body) and `response.meta["state"]`; one that was saved has neither, and then `listing`
reads the page alone. `FAMILIES` is in the order in which a sniffer tests them; `html` is the fallback.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, Protocol, cast

from scrapy.http import Response

from archive.errors import CatalogueError
from archive.records import Ask, Channel, Listing

# In the order of platforms.md §0.1: decisive signs first, signs that other families share last.
FAMILIES: tuple[str, ...] = (
    "gkmlpt", "nfcms", "jpaas", "hanweb", "lonsun", "vsb", "trs", "irs", "igs", "was", "kaipu", "govcn", "eportal",
    "epoint", "querylist", "openness", "truecms", "cicro", "nc", "enorth", "jeecms", "regions", "searchapi", "oneoffs",
    "aspnet", "html",
)  # fmt: skip

# Known by one word, which may be that of a search box on a page of any make: `<form action="/igs/front/search.jhtml">`.
BY_A_WORD = frozenset({"jpaas", "irs", "igs", "querylist"})

# What a family reads in a channel's table of the site file beside our own keys, as `tag = "当前栏目"`. One that is not
# here hands everything to its interface.
OPTIONS: Mapping[str, tuple[str, ...]] = {
    "html": (), "regions": (), "nc": (), "enorth": (), "truecms": (), "jpaas": ("tag",), "trs": ("search",),
    "querylist": ("unitid", "webSiteCode", "channelCode"),
    "hanweb": ("column", "infotypeId", "number", "jdid", "area", "vc_xxgkarea", "divid", "standardXxgk"),
}  # fmt: skip


class Family(Protocol):
    """What an adapter module looks like from outside."""

    def recognise(self, response: Response) -> bool: ...
    def first(self, channel: Channel) -> Ask: ...
    def listing(self, response: Response) -> Listing: ...


def family(name: str) -> Family:
    """The module of a family. Raises `KeyError` for a name that is none."""
    if name not in FAMILIES:
        raise KeyError(name)
    return cast(Family, importlib.import_module(f"crawler.cms.{name}"))


def recognise(response: Response) -> str:
    """The name of the first family that knows the page; "html" where none does, or one by a word that found nothing
    where rows stand."""
    found = next((name for name in FAMILIES if family(name).recognise(response)), "html")
    return "html" if found in BY_A_WORD and _finds_nothing(found, response) else found


def _finds_nothing(name: str, response: Response) -> bool:
    try:
        listing = family(name).listing(response)
    except CatalogueError:  # what the column needs is not in the page: it is the family's
        return False
    said = listing.entries or listing.next or listing.says_empty
    return not said and bool(family("html").listing(response).entries)


def state(response: Response) -> Mapping[str, Any]:
    """What the adapter carried to this answer; empty for a saved page."""
    request = response.request
    return request.meta.get("state", {}) if request is not None else {}
