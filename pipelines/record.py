"""The page's own record: the JSON from which a script fills it (gkmlpt's _CONFIG.DETAIL), or that is all of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from archive.records import Attachment
from pipelines.claims import Claim, clean
from pipelines.labels import EPOCH_KEYS, JSON_KEYS, Label, squeeze
from pipelines.runs import Run

_DETAIL = re.compile(r"[\"']?(?:DETAIL|article)[\"']?\s{0,9}:\s{0,9}(?=\{)")
_TAG = re.compile(r"<[^<>]{0,2000}>|&\w{1,8};")


def embedded(text: str) -> dict[str, Any]:
    """`window._CONFIG = {… DETAIL: {…}}` of gkmlpt."""
    start = _DETAIL.search(text, text.find("_CONFIG")) if "_CONFIG" in text else None
    try:
        record = json.JSONDecoder(strict=False).raw_decode(text, start.end())[0] if start else {}
    except (ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def stated(record: Mapping[str, Any]) -> Iterator[Claim]:
    """The keys of JSON_KEYS, in the records inside the record first: they are the disclosure's own."""
    for inner in (_inner(record.get("json_ext")), _inner(record.get("gkml_data")), record):
        for key, value in inner.items():
            if not value or not isinstance(value, (str, int)) or isinstance(value, bool):
                continue
            name = key.lower()
            target = EPOCH_KEYS.get(name) if isinstance(value, int) else None
            label = Label(key, target or JSON_KEYS.get(name, "ignore"), 0, False)
            yield Claim(label, clean(_TAG.sub("", str(value)), label), "json")


def _inner(value: Any) -> Mapping[str, Any]:
    """A record given as such or as text (`"gkml_data": "{…}"`)."""
    try:
        inner = json.loads(value) if isinstance(value, str) and value.startswith("{") else value
    except (ValueError, RecursionError):
        return {}
    return inner if isinstance(inner, dict) else {}


def files(record: Mapping[str, Any]) -> tuple[Attachment, ...]:
    """gkmlpt's `attachment[]`."""
    listed = record.get("attachment")
    files = [f for f in listed if isinstance(f, dict) and f.get("url")] if isinstance(listed, list) else []
    return tuple(Attachment(str(f.get("name") or ""), str(f["url"])) for f in files)


def body_beside(record: Mapping[str, Any], found: Sequence[Run]) -> str | None:
    content = record.get("content")
    if not isinstance(content, str) or not content.strip():
        return None
    start = squeeze(_TAG.sub("", content[:6000]))[:24]
    return None if start and start in squeeze("".join(run.text for run in found)) else content
