"""Lists on sites that nobody has seen read right: a floor under the rules that know no family."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from crawler.reading import read
from tests.made_lists import MadeList, listed
from tests.pages import response

PAGES = 150
FEW = 4  # of fewer rows with a summary nobody could say whether they are a list or the beginning of a document
FLOOR, FLOOR_OF_FEW = 0.99, 0.85  # pages without any fault


def tight(text: str | None) -> str:
    return "".join((text or "").split())


def faults(page: MadeList, raw: bytes) -> list[str]:
    """What our reading of a list says wrongly."""
    reading = read(response(raw, page.url))
    if reading.listing is None:
        return [f"{reading.kind}: {reading.problem}"]
    found, listing = {entry.url: (tight(entry.title), entry.date) for entry in reading.listing.entries}, reading.listing
    wanted = {url: (tight(title), day) for title, url, day in page.entries}
    wrong = [f"{url}: {found.get(url)}" for url in wanted if found.get(url) != wanted[url]]
    wrong += [f"{url}: no entry" for url in found if url not in wanted]
    wrong += [f"total {listing.total}"] if page.total not in (None, listing.total) else []
    wrong += [f"pages {listing.pages}"] if page.pages not in (None, listing.pages or 1) else []
    following = listing.next.url if listing.next else None
    return wrong + ([f"next {following}"] if following != page.next else [])


def wrong(encoding: str, few: bool) -> Iterator[tuple[int, tuple[str, ...], list[str]]]:
    for number, page in enumerate(map(listed, range(PAGES))):
        if (len(page.entries) < FEW) == few:
            yield number, page.parts, faults(page, page.html.encode(encoding))


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize(("few", "floor"), [(False, FLOOR), (True, FLOOR_OF_FEW)])
def test_lists_of_unknown_make_read_right(encoding: str, few: bool, floor: float) -> None:
    """In GBK the meta still says utf-8: pages lie."""
    read_so = list(wrong(encoding, few))
    faulty = [one for one in read_so if one[2]]
    assert len(faulty) <= (1 - floor) * len(read_so), "\n".join(map(str, faulty))
