"""Walks the channels of sites, newest first, and fetches what is new.

scrapy crawl listings -a site=fuyang                 or several: -a site=fuyang,wendeng
scrapy crawl listings -a site=fuyang -a full=1 -a limit=20 -a since=2026-01-01
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

from scrapy import Request

from archive.errors import UsageError
from crawler.spiders.pages import PagesSpider, hosts_of
from crawler.walk import Wishes


class ListingSpider(PagesSpider):
    """One walk per channel; its documents come first, so a killed run leaves little that is listed but not fetched."""

    name = "listings"

    def __init__(
        self, site: str = "", full: str | bool = False, since: str | date | None = None, begun: str = "", **kwargs: Any
    ) -> None:
        super().__init__(site=site, **kwargs)
        self.begun = begun  # when a crawl began of which this is a further leg (crawler/cluster.py)
        self.sites = self.sites or list(self.catalogue.values())
        self.wishes = Wishes(full in (True, "1", "true", "yes"), self.limit, day(since))

    async def start(self) -> AsyncIterator[Request]:
        with self.kept():
            for site in self.sites:
                for channel in site.channels:
                    done = self.begun and self.archive.ended_since(channel, self.begun)
                    request = None if done else self.walker.start(channel, hosts_of(site), self.wishes)
                    if request:
                        request.meta["is_start_request"] = True  # Scrapy's scheduler lets such wait behind others
                        yield request


def day(given: str | date | None) -> date | None:
    """A day as Scrapy's `-a since=` gives it. Raises `UsageError`."""
    try:
        return date.fromisoformat(given) if isinstance(given, str) else given
    except ValueError:
        raise UsageError(f"since={given}: expected a day as 2026-01-31") from None
