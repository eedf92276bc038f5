"""Are the site files right? `gongkai check`, without and with the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from scrapy.http import Response

from archive.errors import GongkaiError
from archive.records import Ask, Channel, Site
from crawler import cms
from crawler.middlewares import within
from crawler.spiders.pages import hosts_of
from pipelines import extract

Row = tuple[str, str, str, str, bool]  # site, channel, family, result, is it wrong?


def check_site(site: Site) -> list[Row]:
    """Each channel of a site file: does its family exist, and does it know how to begin?"""
    return [check_channel(site, channel) for channel in site.channels]


def check_channel(site: Site, channel: Channel) -> Row:
    ask = first(channel)
    if isinstance(ask, str):
        return site.key, channel.key, channel.cms, ask, True
    if not within(urlsplit(ask.url).hostname or "", hosts_of(site)):
        return site.key, channel.key, channel.cms, f"begins on another host: {ask.url}; add it to hosts", True
    return site.key, channel.key, channel.cms, f"ok, tried {site.tried}", False


def first(channel: Channel) -> Ask | str:
    """The channel's first request, or the sentence why there is none."""
    try:
        return cms.family(channel.cms).first(channel)
    except GongkaiError as error:
        return str(error)


def check_live(sites: Sequence[Site]) -> list[Row]:
    """Asks the first page of every channel and says what came; a frame is said to be one."""
    from crawler.fetch import fetch

    rows = [row for site in sites for row in check_site(site)]
    pairs = [(site, channel) for site in sites for channel in site.channels]
    asked = [
        (n, ask) for n, (_, channel) in enumerate(pairs) if isinstance(ask := first(channel), Ask) and not rows[n][4]
    ]
    answers = fetch([replace(ask, browser=pairs[n][0].browser) for n, ask in asked])
    for (n, _), answer in zip(asked, answers, strict=True):
        site, channel = pairs[n]
        rows[n] = (site.key, channel.key, channel.cms, *said(channel, answer))
    return rows


def said(channel: Channel, answer: Response | str) -> tuple[str, bool]:
    """What one answer came to, and whether that is wrong."""
    if isinstance(answer, str):
        return answer, True
    listing = cms.family(channel.cms).listing(answer)
    found = cms.recognise(answer)
    if listing.frame and listing.next:
        return f"a frame; its entries come from {listing.next.url}", False
    if not listing.entries and not listing.says_empty:
        why = f"; {problem}" if (problem := extract(answer).problem) else ""
        return f"no entries (status {answer.status}); the page looks like {found}{why}", True
    more = listing.goes_on or (listing.pages or 0) > 1
    following = "found" if listing.next else "not found, though there is one" if more else "none"
    return f"{len(listing.entries)} entries, {listing.total or '?'} claimed, next page {following}", False
