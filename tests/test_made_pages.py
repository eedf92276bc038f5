"""Documents on sites that nobody has seen read right: a floor under the rules that know no layout."""

from __future__ import annotations

from urllib.parse import urljoin

import pytest

from pipelines import extract
from tests.made_pages import CHROME, Made, made
from tests.pages import response

PAGES = 120


def tight(text: str | None) -> str:
    return "".join((text or "").split())


def faults(page: Made, raw: str | bytes) -> list[str]:
    """What our reading of a page says wrongly."""
    reading = extract(response(raw, page.url))
    document = reading.document
    if document is None:
        return [f"{reading.kind}: {reading.problem}"]
    text = tight(document.text)
    wanted = {urljoin(page.url, url) for _, url in page.files}
    found = {one.url for one in document.attachments}
    wrong = [f"title {document.title}"] if tight(document.title) != tight(page.title) else []
    wrong += [f"without {line}" for line in page.text if tight(line) not in text]
    wrong += [f"with {words}" for words in CHROME if words in text]
    wrong += [f"too long: {len(text)}"] if len(text) > sum(len(tight(line)) for line in page.text) + 60 else []
    wrong += [f"{key} {got}" for key, value in page.index.items() if (got := getattr(document.index, key)) != value]
    return wrong + ([f"files {found}"] if found != wanted else [])


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_pages_of_unknown_layout_read_right(encoding: str) -> None:
    """In GBK the meta still says utf-8: pages lie."""
    pages = map(made, range(PAGES))
    wrong = {n: (page.parts, got) for n, page in enumerate(pages) if (got := faults(page, page.html.encode(encoding)))}
    assert not wrong


def test_a_footer_in_another_encoding_does_not_matter() -> None:
    for page in map(made, range(0, PAGES, 6)):
        start, end = page.html.rsplit("主办：", 1)
        assert not faults(page, start.encode() + "主办：".encode("gb18030") + end.encode("gb18030")), page.parts


def test_a_cut_page_is_no_other_document() -> None:
    """What is read of a page cut anywhere is the beginning of it, without broken characters."""
    for page in map(made, range(0, PAGES, 10)):
        raw = page.html.encode()
        for tenth in range(1, 10):
            document = extract(response(raw[: len(raw) * tenth // 10], page.url)).document
            assert document is None or "\ufffd" not in document.text
            assert document is None or tight(document.title) in tight(page.title), page.parts
