"""The archive in Datasette: every table and view opens, search works in Chinese, nothing of the archive runs."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from archive.browse import datasette, serve
from archive.browse.metadata import METADATA
from archive.database import Archive
from archive.errors import UsageError
from tests.samples import SITE, store, url

SHOWN = METADATA["databases"]["gongkai"]["tables"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("browse")
    with Archive(made, write=True) as archive:
        archive.enrol(SITE)
        store(archive, url(1), "甲县政务公开年度报告", "主动公开政府信息。", site="a", publisher="甲县人民政府")
        store(archive, url(2), "<script>alert(1)</script>", "<img src=x onerror=alert(1)>公开", site="a",
              published_on="2023-01-01")
        store(archive, url(3), "通知", "主动公开政府信息。", site="a", published_on=None)
    return made


def get(folder: Path, path: str) -> Any:
    return asyncio.run(datasette(folder).client.get(path))  # type: ignore[attr-defined]


@pytest.mark.parametrize("table", SHOWN)
def test_every_table_and_view_opens(folder: Path, table: str) -> None:
    answer = get(folder, f"/gongkai/{table}")
    assert answer.status_code == 200
    assert SHOWN[table]["description"] in answer.text


def test_every_table_and_view_is_described(folder: Path) -> None:
    with Archive(folder) as archive:
        names = {name for (name,) in archive.db.execute(
            "select name from sqlite_schema where type in ('table', 'view') and name not like '%fts%' "
            "and name not like 'sqlite%'")}
    assert names == SHOWN.keys()


def test_disclosures_are_counted_by_site_publisher_and_year(folder: Path) -> None:
    facets = get(folder, "/gongkai/disclosures.json").json()["facet_results"]
    counted = {name: {row["value"]: row["count"] for row in facet["results"]} for name, facet in facets.items()}
    assert counted == {"site": {"a": 3}, "publisher": {"甲县人民政府": 1}, "year": {2024: 1, 2023: 1}}


@pytest.mark.parametrize(("query", "urls"), [
    ("公开", [url(1), url(3), url(2)]), ("公开 -主动", [url(2)]), ("年度", [url(1)]), ("<script>", [url(2)]),
    ("", []), ("-公开", []), ("\"'*:", []),
])
def test_search(folder: Path, query: str, urls: list[str]) -> None:
    rows = get(folder, f"/gongkai/search.json?_shape=array&q={quote(query)}").json()
    assert sorted(row["url"] for row in rows) == sorted(urls)
    assert [row["url"] for row in rows][:1] == urls[:1]


def test_words_found_are_marked_and_nothing_of_a_document_runs(folder: Path) -> None:
    page = get(folder, "/gongkai/search?q=公开").text
    assert "主动<mark>公开</mark>政府信息。" in page
    for path in ("/gongkai/search?q=公开", "/gongkai/disclosures", "/gongkai/documents", "/gongkai/documents/2"):
        text = get(folder, path).text
        assert "<script>alert" not in text
        assert "<img src=x" not in text


def test_it_only_reads(folder: Path) -> None:
    answer = get(folder, "/gongkai.json?sql=delete+from+pages")
    assert answer.status_code == 400


def test_a_port_that_is_taken_is_named(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=rf"127.0.0.1:{port} cannot be used .*--port"):
            serve(folder, port=port)
