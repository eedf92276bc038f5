"""Is the network there? Where several hosts, one failure after another and no answer in between, cannot be reached any
more, it is the network of this machine that is gone, not they: all requests wait, one of them now and then tries
whether it is back, and what fails meanwhile is no failure of its host.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

log = logging.getLogger(__name__)

FAILURES, HOSTS = 10, 2  # in a row, of so many hosts at least
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 60.0  # seconds between two tries, doubled each time
GLANCE = 0.2  # seconds


class Outage:
    """What the answers and failures of this run say of the network."""

    def __init__(self) -> None:
        self.failures, self.hosts = 0, set[str]()
        self.answered = False  # did anybody answer in this run? Without that there is nothing to tell it by
        self.since: float | None = None
        self.pause, self.next = FIRST_PAUSE, 0.0
        self.known = 0  # requests that wait, to hosts that answered in this run: they are the ones to try with

    @property
    def lasts(self) -> bool:
        return self.since is not None

    @property
    def seconds(self) -> float:
        return 0.0 if self.since is None else time.monotonic() - self.since

    def heard(self) -> None:
        """Somebody answered."""
        if self.lasts:
            log.warning("the network is back after %.0f s", self.seconds)
        self.failures, self.answered, self.since, self.pause = 0, True, None, FIRST_PAUSE
        self.hosts.clear()

    def unheard(self, host: str) -> None:
        """A host could not be reached."""
        self.failures += 1
        self.hosts.add(host)
        if not self.lasts and self.answered and self.failures >= FAILURES and len(self.hosts) >= HOSTS:
            self.since = time.monotonic()
            self.next = self.since + self.pause
            log.warning("%d hosts one after another cannot be reached: the network is gone; waiting", len(self.hosts))

    @contextmanager
    def waiting(self, answered: bool) -> Iterator[None]:
        """Inside, a request waits for its turn at a host that `answered` before, or never did."""
        self.known += answered
        try:
            yield
        finally:
            self.known -= answered

    def wait(self, answered: bool) -> float:
        """Seconds that a request has to wait for the network; 0 for the one that tries whether it is back."""
        now = time.monotonic()
        if not self.lasts:
            return 0.0
        if now < self.next or (self.known and not answered):
            return max(self.next - now, GLANCE)
        self.pause = min(self.pause * 2, LONGEST_PAUSE)
        self.next = now + self.pause
        return 0.0
