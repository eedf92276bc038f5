"""Step 4: what makes two documents the same.

Content is title, text and attachment names; two pages with equal content are one document read twice. Index
metadata, view counters, fetch times and page chrome are not part of it: a corrected 索引号 is a new *reading* of the
same document.
"""

from __future__ import annotations

import json
from dataclasses import fields
from hashlib import sha256
from unicodedata import is_normalized, normalize

from archive.records import Document, Hashes, Index
from pipelines.draft import Draft

STATED = tuple(field.name for field in fields(Index))
FIELD, NAME = "\x1f", "\x1e"  # separators that no page holds: control characters are taken out of text


def hashes(document: Document, url: str) -> Hashes:
    """Both hashes of a document found at `url`."""
    return Hashes(content_hash(document, url), metadata_hash(document.index))


def content_hash(document: Document, url: str) -> str:
    """SHA-256 (hex) over title, text and attachment names, NFC-normalised, white space collapsed (design.md §4). A page
    without text says nothing that could be the same elsewhere, so it hashes together with its URL."""
    text = canonical(document.text)
    names = NAME.join(sorted(canonical(attachment.name) for attachment in document.attachments))
    parts = [canonical(document.title or ""), text, names, *([] if text else [url])]
    return sha256(FIELD.join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def metadata_hash(index: Index) -> str:
    """SHA-256 (hex) over the index metadata as stated, the labels nobody mapped yet included."""
    stated = {name: value for name in STATED if (value := getattr(index, name))}
    return sha256(
        json.dumps(stated, ensure_ascii=False, sort_keys=True, default=dict).encode("utf-8", "surrogatepass")
    ).hexdigest()


def canonical(text: str) -> str:
    """NFC, every run of white space one blank. Both tests are far cheaper than the work that they mostly save."""
    if not text.isascii() and not is_normalized("NFC", text):
        text = normalize("NFC", text)
    return " ".join(text.split())


# --- the step ----------------------------------------------------------------------------------------------------


def step(draft: Draft) -> None:
    """Hash a document; what is none has nothing to be equal in."""
    if draft.made.document is not None:
        draft.hashes = hashes(draft.made.document, draft.url)
