"""Several bundled sites for long trials: a catalogue of them, the line that is cut, what an archive of them must hold,
and what it cost them in requests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from tests.fake_site import FakeSite, Held
from tests.loopback import Hit

FILE = re.compile(r"\.(?:pdf|doc|rtf)$")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the sites were asked for: documents and files that answered, how many of these requests were for something
    they had answered before in the same words (which is what a kill costs), and the rest (lists, robots.txt, pages
    that refuse or are gone)."""

    wanted: int
    again: int
    rest: int

    @property
    def extra(self) -> float:
        """Requests that were for nothing, in percent of those that were needed."""
        return 100 * self.again / max(1, self.wanted - self.again)


class Town:
    """So many bundled sites, each on a port of its own that it keeps when the line is cut."""

    def __init__(self, sites: int, documents: int, delay: float = 0.0, *, oddities: bool = True) -> None:
        self.delay = delay
        self.sites = {f"lj{n}": FakeSite(documents, seed=n, oddities=oddities) for n in range(1, sites + 1)}
        self.ports = dict.fromkeys(self.sites, 0)
        self.lines: dict[str, AbstractContextManager[str]] = {}

    def __enter__(self) -> Town:
        self.up()
        return self

    def __exit__(self, *_: object) -> None:
        self.down()

    def up(self) -> None:
        """Let every site answer, where it did before."""
        for key, site in self.sites.items():
            self.lines[key] = site.serve(self.ports[key])
            self.ports[key] = int(self.lines[key].__enter__().rpartition(":")[2])

    def down(self) -> None:
        """Cut every line: connections break off, new ones are refused."""
        while self.lines:
            self.lines.popitem()[1].__exit__(None, None, None)

    def catalogue(self, folder: Path, keys: Iterable[str] | None = None) -> Path:
        """Site files of these sites, or of all."""
        folder.mkdir(parents=True, exist_ok=True)
        for key in keys or self.sites:
            site = self.sites[key]
            toml = site.site_toml(site.base_url).replace("delay = 0", f"delay = {self.delay}")
            (folder / f"{key}.toml").write_text(toml, "utf-8")
        return folder


def asked(sites: Mapping[str, FakeSite]) -> Asked:
    """What sites were asked for so far."""
    hits = [(key, hit) for key, site in sites.items() for hit in list(site.log)]
    wanted = [(key, hit.target) for key, hit in hits if _is_page(sites[key], hit)]
    return Asked(len(wanted), len(wanted) - len(set(wanted)), len(hits) - len(wanted))


def _is_page(site: FakeSite, hit: Hit) -> bool:
    """Did the site answer with a document, a file, or where it went?"""
    here = hit.path in site.pages or hit.path in site.moved or FILE.search(hit.target)
    return bool(here) and hit.status in (200, 302)


@dataclass(frozen=True, slots=True)
class Together:
    """Several sites in one archive, for `tests.test_crawl.compare`."""

    sites: tuple[FakeSite, ...]

    def held(self) -> list[Held]:
        return [held for site in self.sites for held in site.held()]

    def states(self) -> Mapping[str, str]:
        return {url: state for site in self.sites for url, state in site.states().items()}
