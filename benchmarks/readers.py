"""Our reading of real documents beside other readers': body, title, date, and time per page, in one run.

    .venv/bin/python -m benchmarks.readers [--python READERS/bin/python]

Needs the real pages beside the checkout and, for the others, an environment with benchmarks/readers_requirements.txt;
readers that are not there are left out. Columns:

    body F1   how many of the characters are the document's: F1 over pairs of neighbouring characters, white space and
              punctuation aside, against the page's text from the first to the last words of the checked answer
    whole     pages whose first and last words and three samples are there and no words of the chrome are
    title     pages whose title is the checked one
    date      of the pages with a checked date, those where it is found; – where a reader never gives one
    ms        processor time a page, from its bytes (others: from its text), the median, best of three
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from lxml import etree

from benchmarks.measure import machine, table
from benchmarks.other_readers import READERS
from pipelines import extract
from pipelines.html import decode, grow
from tests.pages import response

REAL = Path(__file__).resolve().parents[2] / "shared" / "realpages"
MANIFESTS = (REAL / "manifest.jsonl", REAL / "pingtan" / "manifest.jsonl")
GOAL = 3.0  # ms a page
TEXT = etree.XPath("//body//text()[not(parent::script or parent::style or parent::noscript)]")

Page = dict[str, Any]


def documents() -> list[Page]:
    """The real documents with their checked answers, bytes and decoded text."""
    found = []
    for manifest in MANIFESTS:
        for page in map(json.loads, manifest.read_text("utf-8").splitlines()):
            if page["kind"] == "detail":
                raw = (manifest.parent / page["file"]).read_bytes()
                found.append({**page, "raw": raw, "html": decode(raw)[0], "url": page["url"] or "http://x.gov.cn/"})
    return found


def letters(text: str | None) -> str:
    """Letters and digits only: readers differ in white space and punctuation, and none of that matters here."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text or "")))


def wanted(page: Page) -> str | None:
    """The page's text from the first to the last words of the answer: of all such spans the one as long as the answer
    says. None where none is (words in another order, a body in a script)."""
    tree, _ = grow(page["html"])
    text = letters("".join(TEXT(tree))) if tree is not None else ""
    gold = page["gold"]
    first, last, size = letters(gold["body_first"]), letters(gold["body_last"]), gold.get("body_chars") or 0
    starts = [one.start() for one in re.finditer(re.escape(first), text)]
    ends = [one.end() for one in re.finditer(re.escape(last), text)]
    spans = [text[start:end] for start in starts for end in ends if start < end]
    best = min(spans, key=lambda span: abs(len(span) - size * 0.9), default=None)
    return best if best and (not size or 0.6 * size < len(best) < 1.1 * size) else None


def overlap(wanted: str, got: str) -> float:
    """F1 of two texts over pairs of neighbouring characters."""
    one, other = (Counter(pairwise(text)) for text in (wanted, got))
    both, total = (one & other).total(), one.total() + other.total()
    return 2 * both / total if total else 1.0


def is_whole(gold: dict[str, Any], got: str) -> bool:
    inside = [gold["body_first"], gold["body_last"], *gold["body_must_contain"]]
    return all(letters(one) in got for one in inside) and not any(
        letters(one) in got for one in gold["body_must_not_contain"]
    )


def ours(pages: Sequence[Page]) -> Iterator[Page]:
    """Our readings, from the bytes, with every step of the pipeline."""
    for page in [pages[0], *pages]:
        best = float("inf")
        for _ in range(3):
            begun = time.process_time()
            reading = extract(response(page["raw"], page["url"]))
            best = min(best, time.process_time() - begun)
        found = reading.document
        yield {
            "file": page["file"], "seconds": best, "title": found and found.title,
            "date": found and found.index.published_on, "text": found and found.text,
        }  # fmt: skip


def theirs(reader: str, pages: Sequence[Page], python: str) -> list[Page]:
    """Another reader's readings, from the decoded text; nothing where it is not installed."""
    lines = "".join(json.dumps({key: page[key] for key in ("file", "url", "html")}) + "\n" for page in pages)
    command = [python, str(Path(__file__).with_name("other_readers.py")), reader]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    missing = [answer for answer in answers if "ModuleNotFoundError" in answer.get("failed", "")]
    if missing:
        print(f"{reader}: not installed for {python} ({missing[0]['failed']}); left out", file=sys.stderr)
    return [] if missing else answers


def figures(pages: Sequence[Page], answers: Sequence[Page]) -> list[str]:
    """One row of the table."""
    by_file = {answer["file"]: answer for answer in answers}
    bodies, whole, titles, dates = [], [], [], []
    for page in pages:
        got, gold = by_file[page["file"]], page["gold"]
        text = letters(got.get("text"))
        if expected := wanted(page):
            bodies.append(overlap(expected, text))
        whole.append(is_whole(gold, text))
        titles.append(letters(got.get("title")) in map(letters, (gold["title"], *gold.get("title_alt", ()))))
        if gold.get("publish_date"):
            dates.append((got.get("date") or "")[:10] == gold["publish_date"])
    times = [answer["seconds"] * 1000 for answer in answers]
    shares = [f"{sum(column) / len(column):.3f}" for column in (bodies, whole, titles, dates)]
    shares[-1] = shares[-1] if any(answer.get("date") for answer in answers) else "–"
    return [*shares, f"{statistics.median(times):.1f}", f"{statistics.mean(times):.1f}"]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--python", default=sys.executable, help="the interpreter that has the other readers")
    python = arguments.parse_args().python
    if not REAL.exists():
        sys.exit(f"{REAL} is not there: nothing to read")
    pages = documents()
    rows = [["gongkai", *figures(pages, list(ours(pages)))]]
    for reader in READERS:
        answers = theirs(reader, pages, python)
        rows += [[reader, *figures(pages, answers)]] if answers else []
    known = sum(wanted(page) is not None for page in pages)
    print(f"{len(pages)} documents ({known} with a known span of text); {machine()}; goal: {GOAL} ms\n")
    print(table(("reader", "body F1", "whole", "title", "date", "ms median", "ms mean"), rows))


if __name__ == "__main__":
    main()
