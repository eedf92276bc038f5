"""The figures on real pages with hand-checked answers, which lie beside the repository or are not there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from archive.records import INDEX_FIELDS, Reading
from pipelines import extract, layouts
from tests.pages import response

SHARED = Path(__file__).parents[2] / "shared"
SCORE = SHARED / "score" / "score.py"
SETS = {
    "real": SHARED / "realpages" / "manifest.jsonl",
    "pingtan": SHARED / "realpages" / "pingtan" / "manifest.jsonl",
    "seeds": SHARED / "seeds" / "manifest.jsonl",
}
# Figures of this reader's own steps; the listings' are held in test_listing_realpages.py, the index's in test_index.py.
FLOORS = {
    "kind: document": 1.0,
    "kind: listing": 1.0,
    "trap not archived": 1.0,
    "trap named": 1.0,
    "title": 0.98,
    "body whole": 0.98,
    "body pass": 0.97,
    "body length": 0.97,
    "body clean": 0.95,
    "attachments": 0.97,
}

pytestmark = pytest.mark.skipif(not SCORE.exists(), reason="the real pages are not beside the repository")


def contract(file: str, reading: Reading) -> dict[str, object]:
    """One line of `gongkai read --json`, as far as the score looks at it."""
    found = reading.document
    document = found and {
        "title": found.title,
        "text": found.text,
        "attachments": [{"name": one.name, "url": one.url} for one in found.attachments],
        **{name: getattr(found.index, name) for name in INDEX_FIELDS},
    }
    return {"file": file, "url": reading.url, "kind": reading.kind, "document": document}


def figures(manifest: Path, out: Path) -> dict[str, float]:
    """The score of our readings of all pages of a manifest."""
    with manifest.open(encoding="utf-8") as lines, out.open("w", encoding="utf-8") as readings:
        for line in map(json.loads, lines):
            raw = (manifest.parent / line["file"]).read_bytes()
            reading = extract(response(raw, line["url"] or f"file:///{line['file']}"))
            readings.write(json.dumps(contract(line["file"], reading), ensure_ascii=False) + "\n")
    command = [sys.executable, str(SCORE), str(manifest), str(out), "--json"]
    scored: dict[str, float] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return scored


@pytest.mark.parametrize("name", SETS)
def test_the_figures_do_not_fall(name: str, tmp_path: Path) -> None:
    scored = figures(SETS[name], tmp_path / "readings.jsonl")
    low = {figure: (scored[figure], floor) for figure, floor in FLOORS.items() if scored.get(figure, 1.0) < floor}
    assert not low


@pytest.mark.parametrize("name", ["real", "pingtan"])
def test_the_figures_hold_without_any_known_layout(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Sites that nobody here has seen have layouts that nobody here has listed."""
    layouts.meaning.cache_clear()
    monkeypatch.setattr(layouts, "BODIES", layouts.Names(iter(())))
    request.addfinalizer(layouts.meaning.cache_clear)
    scored = figures(SETS[name], tmp_path / "readings.jsonl")
    assert scored["kind: document"] == 1.0
    assert scored["body pass"] >= 0.97
    assert scored["body clean"] >= 0.95


@pytest.mark.parametrize("name", ["real", "pingtan"])
def test_no_cut_of_a_real_page_raises_or_garbles(name: str) -> None:
    with SETS[name].open(encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            raw = (SETS[name].parent / line["file"]).read_bytes()
            for tenth in range(1, 10):
                reading = extract(response(raw[: len(raw) * tenth // 10], line["url"]))
                assert not (reading.problem or "").startswith("the extractor failed"), (line["file"], tenth)
                assert reading.encoding == "utf-8"
                assert reading.document is None or line["kind"] != "trap", (line["file"], tenth)


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-8-sig"])
def test_real_pages_in_another_encoding_read_the_same(encoding: str) -> None:
    with SETS["real"].open(encoding="utf-8") as lines:
        for line in [one for one in map(json.loads, lines) if one["kind"] == "detail"][::5]:
            text = (SETS["real"].parent / line["file"]).read_text("utf-8")
            plain, other = extract(response(text, line["url"])), extract(response(text.encode(encoding), line["url"]))
            assert plain.document
            assert other.document
            assert other.document.text == plain.document.text
            assert other.document.index == plain.document.index
