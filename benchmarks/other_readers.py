"""What other readers make of pages, one JSON line each; run by `benchmarks/readers.py` in their own environment.

    python other_readers.py READER < pages.jsonl > readings.jsonl

Every line in has `file`, `url` and `html` (decoded, so that no reader loses by a wrong guess of the encoding); every
line out has `file`, `title`, `date`, `text` and `seconds` (of processor, the best of three).
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable
from typing import Any

Answer = dict[str, Any]
Reader = Callable[[str, str], Answer]


def trafilatura(html: str, url: str, **options: Any) -> Answer:
    from trafilatura import bare_extraction

    found = bare_extraction(html, url=url, with_metadata=True, include_comments=False, **options)
    return {"title": found.title, "date": found.date, "text": found.text} if found else {}


def trafilatura_fast(html: str, url: str) -> Answer:
    return trafilatura(html, url, fast=True)


def readability(html: str, url: str) -> Answer:
    from lxml.html import fromstring
    from readability import Document

    found = Document(html, url=url)
    return {"title": found.short_title(), "text": fromstring(found.summary()).text_content()}


def gne(html: str, url: str) -> Answer:
    from gne import GeneralNewsExtractor

    found = GeneralNewsExtractor().extract(html, host=url)
    return {"title": found["title"], "date": found["publish_time"], "text": found["content"]}


def newspaper4k(html: str, url: str) -> Answer:
    from newspaper import Article

    article = Article(url, language="zh", fetch_images=False)
    article.download(input_html=html)
    article.parse()
    date = article.publish_date
    return {"title": article.title, "date": date.isoformat() if date else None, "text": article.text}


def resiliparse(html: str, url: str) -> Answer:
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.html import HTMLTree

    tree = HTMLTree.parse(html)
    return {"title": tree.title, "text": extract_plain_text(tree, main_content=True)}


READERS: dict[str, Reader] = {
    "trafilatura": trafilatura, "trafilatura, fast": trafilatura_fast, "readability-lxml": readability, "GNE": gne,
    "newspaper4k": newspaper4k, "resiliparse": resiliparse,
}  # fmt: skip


def timed(reader: Reader, html: str, url: str) -> Answer:
    """The answer and its time. A reader that fails has read nothing."""
    best = float("inf")
    answer: Answer = {}
    for _ in range(3):
        begun = time.process_time()
        try:
            answer = reader(html, url)
        except Exception as error:
            answer = {"failed": f"{type(error).__name__}: {error}"}
        best = min(best, time.process_time() - begun)
    return {**answer, "seconds": best}


def main() -> None:
    logging.disable(logging.CRITICAL)
    reader = READERS[sys.argv[1]]
    pages = [json.loads(line) for line in sys.stdin]
    timed(reader, pages[0]["html"], pages[0]["url"])
    for page in pages:
        answer = {"file": page["file"], **timed(reader, page["html"], page["url"])}
        print(json.dumps(answer, ensure_ascii=False, default=str))


if __name__ == "__main__":
    main()
