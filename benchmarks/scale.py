"""What it takes to crawl every government site of China, worked out: docs/scale.md quotes what this prints.

    .venv/bin/python -m benchmarks.scale

Sites are drawn by lot (seeded) from `ASSUMED` and given to the slots of a cluster, the largest first, as
`gongkai crawl --cluster` would with enough machines; each takes what its delay makes of its requests. Nothing here is
measured; what is measured elsewhere says where.
"""

from __future__ import annotations

import argparse
import heapq
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from benchmarks.measure import table

SEED, SITES, DAY = 20261127, 14_000, 86_400.0

# name → (value, unit, where it is from)
ASSUMED: Mapping[str, tuple[float, str, str]] = {
    "documents of a site, median": (4_000, "", "guess: counties list some thousands, ministries tens of thousands"),
    "spread of that (sigma of its logarithm)": (1.4, "", "guess: the largest twentieth holds two fifths of all"),
    "most documents of a site": (500_000, "", "guess"),
    "entries of a listing page": (20, "", "families of crawler/cms: 15 to 20"),
    "channels of a site": (12, "", "guess; the bundled catalogue has fewer, chosen ones"),
    "files a document encloses": (0.35, "", "guess, between the recorded pages and the bundled site"),
    "asked again after a failure": (0.03, "of requests", "guess"),
    "a page as recorded": (18_000, "bytes", "guess from the recorded pages: 56 KB, gzipped to a third"),
    "a file as recorded": (350_000, "bytes", "guess"),
    "database for a document": (25_600, "bytes", "measured: 3,000 of benchmarks/made.py, 2,600 characters each"),
    "a document in Parquet": (4_500, "bytes", "guess: text and index, compressed to a fifth"),
    "processor for a document": (0.0094, "s", "measured: docs/benchmarks.md, 106 documents/s"),
    "merging a document": (0.003, "s", "measured: 0.9 ms to take in, 2.0 ms to link"),
    "a leg": (600, "s", "GONGKAI_LEG"),
    "a leg beside its crawl": (3, "s", "guess: start, slice, shipping, merging"),
    "memory of a site's process": (0.15, "GB", "measured: docs/benchmarks.md, 142 MB"),
    "memory of a machine for crawls": (10, "GB", "of 16"),
    "new documents in a year": (0.12, "of a site's", "guess: eight years of disclosure stand on a site"),
    "listing requests a day": (1.3, "a channel", "measured: 4 requests for 3 channels"),
    "pages asked again a day": (50, "a site", "GONGKAI_REVISITS"),
    "of these answered 304": (0.6, "", "guess: where a server knows entity tags or dates"),
}  # fmt: skip
# Counties and districts by province, as of 2020: sites are given out in proportion.
PROVINCES: Mapping[str, int] = {
    "北京": 16, "天津": 16, "河北": 167, "山西": 117, "内蒙古": 103, "辽宁": 100, "吉林": 60, "黑龙江": 121, "上海": 16,
    "江苏": 95, "浙江": 90, "安徽": 104, "福建": 84, "江西": 100, "山东": 136, "河南": 158, "湖北": 103, "湖南": 122,
    "广东": 122, "广西": 111, "海南": 25, "重庆": 38, "四川": 183, "贵州": 88, "云南": 129, "西藏": 74, "陕西": 107,
    "甘肃": 86, "青海": 44, "宁夏": 22, "新疆": 107,
}  # fmt: skip
MACHINES = (1, 10, 50, 210)


def value(name: str) -> float:
    return ASSUMED[name][0]


@dataclass(frozen=True)
class Country:
    """The documents of every site, and what follows from them."""

    sites: Sequence[int]

    @classmethod
    def drawn(cls, chance: random.Random) -> Country:
        mean, spread = math.log(value("documents of a site, median")), value("spread of that (sigma of its logarithm)")
        most = value("most documents of a site")
        return cls([int(min(most, chance.lognormvariate(mean, spread))) for _ in range(SITES)])

    @cached_property
    def documents(self) -> int:
        return sum(self.sites)

    def requests(self, documents: int) -> float:
        """Of a first crawl of a site."""
        lists = documents / value("entries of a listing page") + value("channels of a site")
        pages = documents * (1 + value("files a document encloses")) + lists
        return pages * (1 + value("asked again after a failure"))

    def recorded(self) -> float:
        """Bytes of WARC after a first crawl."""
        pages = self.documents * (1 + 1 / value("entries of a listing page"))
        return pages * value("a page as recorded") + self.enclosed()

    def enclosed(self) -> float:
        """Of these, files that documents enclose."""
        return self.documents * value("files a document encloses") * value("a file as recorded")

    def daily(self, documents: int) -> float:
        """Requests of a day that finds a site as it was yesterday, but for what is new."""
        new = documents * value("new documents in a year") / 365 * (1 + value("files a document encloses"))
        again = min(value("pages asked again a day"), documents)
        return new + again + value("listing requests a day") * value("channels of a site")


def abreast(machines: int) -> int:
    """Sites that so many machines crawl at a time: memory is what binds."""
    return min(SITES, int(machines * value("memory of a machine for crawls") / value("memory of a site's process")))


def days(country: Country, delay: float, machines: int) -> list[float]:
    """When half, nine tenths, 99 in 100 and all of the documents are home, with so many machines, in days."""
    slots = [0.0] * abreast(machines)
    beside = 1 + value("a leg beside its crawl") / value("a leg")
    busy = value("processor for a document") * len(slots) / machines / 4  # of four cores
    ended: list[tuple[float, int]] = []
    for documents in sorted(country.sites, reverse=True):
        end = heapq.heappop(slots) + country.requests(documents) * max(delay, busy) * beside
        heapq.heappush(slots, end)
        ended.append((end, documents))
    ended.sort()
    home = list(accumulate(documents for _, documents in ended))
    return [next(at for (at, _), held in zip(ended, home, strict=True) if held >= share * country.documents) / DAY
            for share in (0.5, 0.9, 0.99, 1)]  # fmt: skip


# --- what is printed --------------------------------------------------------------------------------------------------


def assumptions() -> str:
    rows = [(name, f"{number:,g} {unit}".strip(), source) for name, (number, unit, source) in ASSUMED.items()]
    return table(("assumed", "value", "from"), rows)


def first(country: Country) -> str:
    """The first crawl, in sums."""
    requests, largest = sum(map(country.requests, country.sites)), max(country.sites)
    rows = [
        ("documents", f"{country.documents / 1e6:,.0f} million; the largest site has {largest:,}"),
        ("requests", f"{requests / 1e6:,.0f} million"),
        ("recorded (WARC)", f"{country.recorded() / 1e12:.1f} TB, of it files {country.enclosed() / 1e12:.1f} TB"),
        ("databases", f"{country.documents * value('database for a document') / 1e12:.1f} TB"),
        ("Parquet", f"{country.documents * value('a document in Parquet') / 1e9:,.0f} GB"),
        ("processor", f"{country.documents * value('processor for a document') / DAY:,.0f} core-days to crawl, "
                      f"{country.documents * value('merging a document') / DAY:.1f} to merge"),
    ]  # fmt: skip
    return table(("first crawl", ""), rows)


def schedule(country: Country) -> str:
    """Days until a share of the documents is home."""
    rows = []
    for delay in (1.0, 3.0):
        for machines in MACHINES:
            half, most, nearly, every = (f"{day:,.1f}" for day in days(country, delay, machines))
            rows.append((f"{delay:g} s", machines, f"{abreast(machines):,}", half, most, nearly, every))
    return table(("delay", "machines", "sites at a time", "days to 50 %", "90 %", "99 %", "all"), rows)


def every_day(country: Country) -> str:
    """A day when all is known."""
    requests = sum(map(country.daily, country.sites))
    new = country.documents * value("new documents in a year") / 365
    full = SITES * value("pages asked again a day") * (1 - value("of these answered 304"))
    files = new * value("files a document encloses") * value("a file as recorded")
    rows = [
        ("new documents", f"{new:,.0f}"),
        ("requests", f"{requests / 1e6:.2f} million, {requests / SITES:.0f} a site"),
        ("recorded", f"{((new + full) * value('a page as recorded') + files) / 1e9:.0f} GB"),
        ("one machine at 3 s", f"{requests * 3 / abreast(1) / 3600:.0f} hours"),
        ("four machines at 3 s", f"{requests * 3 / abreast(4) / 3600:.0f} hours"),
    ]
    return table(("every day", ""), rows)


def provinces(country: Country) -> str:
    """One archive for each province: the largest, the median and the smallest."""
    counties = sum(PROVINCES.values())
    sized = sorted(((country.documents * number / counties, name) for name, number in PROVINCES.items()), reverse=True)
    rows = [
        (name, f"{SITES * PROVINCES[name] / counties:,.0f}", f"{documents / 1e6:.1f} million",
         f"{documents * value('database for a document') / 1e9:,.0f} GB",
         f"{country.recorded() * documents / country.documents / 1e12:.2f} TB",
         f"{documents * value('a document in Parquet') / 1e9:.1f} GB")
        for documents, name in (sized[0], sized[len(sized) // 2], sized[-1])
    ]  # fmt: skip
    return table(("province", "sites", "documents", "database", "WARC", "Parquet"), rows)


def breaks(country: Country) -> str:
    """Which limit comes first."""
    merged = 1 / value("merging a document")
    asked = SITES / 1.0 / (1 + value("files a document encloses") + 1 / value("entries of a listing page"))
    cycle = int(value("pages asked again a day") * 182)
    beyond = sum(documents > cycle for documents in country.sites)
    deep = sum(documents > 100_000 for documents in country.sites)
    rows = [
        ("one process merges", f"{merged:,.0f} documents/s", f"{int(merged * SITES / asked):,} sites at a time at 1 s",
         "an archive, and a crawl, for each province"),
        ("memory of a machine", f"{abreast(1)} sites at a time", f"{abreast(1)} sites", "more machines"),
        ("search in one archive", "about 10 million documents", "one large province", "an archive for each prefecture"),
        ("pages asked again", f"{value('pages asked again a day'):g} a site and day",
         f"{cycle:,} documents: {beyond:,} sites have more", "a larger GONGKAI_REVISITS for these"),
        ("pages of one walk", "5,000", f"100,000 entries in one channel: at most {deep} sites",
         "the walk ends truncated, and says so"),
    ]  # fmt: skip
    return table(("limit", "is", "reached at", "then"), rows)


def report() -> str:
    """All of it, as docs/scale.md quotes it."""
    country = Country.drawn(random.Random(SEED))
    parts = (assumptions(), first(country), schedule(country), every_day(country), provinces(country), breaks(country))
    return "\n\n".join(parts)


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    print(report())


if __name__ == "__main__":
    main()
