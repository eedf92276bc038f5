"""What strangers ask of the public pages: addresses by lot, most of them nonsense; the same seed gives the same."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from urllib.parse import quote, urlencode

WORDS = (
    "公开", "政务公开", "年度报告", '"三公 经费"', "公开 -预算", "标题:通知", "机构:人民政府", "日期:2020-01-01..",
    "国办发〔2020〕1号", "甲政[2024]1号", "OR", "AND OR NOT", "NEAR(a b)", '"', "'", "*", "(((", "。，、", "😀", "𠮷",
    "%", "\x00", "\ufffe", "'; drop table documents; --", "\\", "<script>alert(1)</script>", "公" * 499, "a" * 10_000,
    "", "^公开", "{title}:公开", "-公开", "年份:24", "日期:昨天", " ", "\u3000", "../../etc/passwd", "{{7*7}}", "𝕏",
)  # fmt: skip
NUMBERS = ("1", "2", "17", "0", "-1", "999999", "9" * 18, "9" * 40, "1e9", "x", "１", "1.5", "")
TABLES = (
    "disclosures", "documents", "readings", "history", "changes", "similar", "cited", "leads", "withdrawn", "files",
    "attachments", "coverage", "facts", "sections", "pages", "withheld", "documents_fts", "documents_fts_data",
    "sqlite_stat4", "sqlite_master", "none", "search",
)  # fmt: skip
COLUMNS = (
    "title", "site", "publisher", "published_on", "year", "document", "n", "text", "url", "none", "a+b", '"',
)  # fmt: skip
NARROWS = (
    "site", "region", "publisher", "named", "topic", "validity", "attached", "year", "since", "until", "page", "sort",
    "before", "_lang",
)  # fmt: skip
SPECIAL = (
    "_facet", "_facet_date", "_facet_array", "_sort", "_sort_desc", "_next", "_size", "_shape", "_where", "_search",
    "_through", "_nofacet", "_nocount", "_labels", "_col", "_nocol", "_ttl", "_trace", "_timelimit", "_stream", "_nl",
    "_extra", "_facet_size", "_searchmode", "_json", "_dl",
)  # fmt: skip
TESTS = ("", "__contains", "__like", "__glob", "__gt", "__in", "__arraycontains", "__date", "__isnull", "__none")
VALUES = (
    *WORDS[:14], *NUMBERS, *COLUMNS, "max", "objects", "array", "arrays", "arrayfirst", "object", "on", "[", "{}",
    json.dumps({"table": "withheld", "column": "kind", "value": "page"}), "select 1", "1=1", "2020-01-01",
)  # fmt: skip
OTHER = (
    "/-/databases.json", "/-/threads", "/-/patterns", "/-/static/app.css", "/-/static/../../x", "/gongkai",
    "/gongkai.db", "/gongkai.json", "/gongkai?sql=select+1", "/assets/gongkai.css", "/assets/../plugin.py",
    "/assets/none", "//example.org/", "/%5c/example.org/", "/none", "/favicon.ico", "/gongkai-abc/x", "/index.json",
    "/%ff", "/%00", "/gongkai/%ff", "/.git/config", "/_memory", "/-/logout",
)  # fmt: skip


def addresses(seed: int) -> Iterator[str]:
    """Addresses without end."""
    lot = random.Random(seed)
    kinds = (_search, _search, _page, _table, _table, _row, lambda lot: lot.choice(OTHER))
    while True:
        yield lot.choice(kinds)(lot)


def _asked(lot: random.Random, names: tuple[str, ...], most: int = 3) -> str:
    pairs = [(lot.choice(names), lot.choice(VALUES)) for _ in range(lot.randrange(most + 1))]
    return "?" + urlencode(pairs, errors="replace") if pairs else ""


def _search(lot: random.Random) -> str:
    address = lot.choice(("/search", "/search.json", "/feed.atom", "/gongkai/search", "/gongkai/search.json"))
    rest = _asked(lot, NARROWS, 2)
    return f"{address}{rest}{'&' if rest else '?'}q={quote(lot.choice(WORDS), errors='replace')}"


def _page(lot: random.Random) -> str:
    number, other = lot.choice(NUMBERS), lot.choice(NUMBERS)
    word = quote(lot.choice((*WORDS, "甲县人民政府", "a")), safe="", errors="replace")
    pages = (f"document/{number}", f"document/{number}/against/{other}", f"capture/{number}/raw", f"site/{word}",
             f"site/a/{word}", f"publisher/{word}", "", "sites", "changes", "robots.txt")
    return f"/{lot.choice(pages)}{lot.choice(('', '', '.json'))}{_asked(lot, NARROWS, 2)}"


def _table(lot: random.Random) -> str:
    columns = tuple(f"{lot.choice(COLUMNS)}{lot.choice(TESTS)}" for _ in range(12))
    table = lot.choice(TABLES) + lot.choice(("", "", ".json", ".csv", ".db", ".xyz"))
    return f"/gongkai/{quote(table)}{_asked(lot, (*SPECIAL, *columns), 4)}"


def _row(lot: random.Random) -> str:
    key = ",".join(lot.choice(NUMBERS) for _ in range(lot.randrange(1, 3)))
    return f"/gongkai/{lot.choice(TABLES)}/{quote(key)}{lot.choice(('', '.json'))}{_asked(lot, SPECIAL, 2)}"
