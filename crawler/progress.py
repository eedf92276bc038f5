"""What a crawl says while it runs: one line that moves on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from typing import Any

from scrapy import signals
from scrapy.crawler import Crawler

MOVING, PLAIN = 0.2, 30.0  # seconds between two lines on a terminal, and elsewhere


class Progress:
    """Scrapy extension: counts answers and pages that were read, on stderr."""

    def __init__(self, crawler: Crawler) -> None:
        self.terminal = sys.stderr.isatty()
        self.begun = self.said = time.monotonic()
        self.answers = self.pages = 0
        self.where = ""
        crawler.signals.connect(self.on_answer, signals.response_received)
        crawler.signals.connect(self.on_page, signals.item_scraped)
        crawler.signals.connect(self.on_end, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Progress:
        return cls(crawler)

    def on_answer(self, request: Any) -> None:
        self.answers += 1
        self.where = request.url
        if time.monotonic() - self.said >= (MOVING if self.terminal else PLAIN):
            self.tell()

    def on_page(self) -> None:
        self.pages += 1

    def on_end(self) -> None:
        if self.terminal:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def tell(self) -> None:
        """Answers, pages and pace so far, and what was asked last."""
        self.said = time.monotonic()
        pace = self.answers / max(self.said - self.begun, 0.001)
        line = f"{self.answers} answers, {self.pages} pages read, {pace:.1f} a second; {self.where}"
        if self.terminal:
            print(f"\r\x1b[K{line[:110]}", end="", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)
