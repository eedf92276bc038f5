"""A page that is a file: the list links `…/P020240305.pdf`, and that is the disclosure. Its text comes from the file,
its title and index from the row that lists it.

Only what a list or a person named becomes a document: in a foreign recording nobody can tell a file that is one from
those that others enclose.
"""

from __future__ import annotations

import html
from hashlib import sha256
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from scrapy.http import Response

from archive.records import Attachment, Document, File, Reading
from pipelines import index
from pipelines.child import read_in_child
from pipelines.draft import Draft
from pipelines.filenames import display_name, from_disposition, suffix
from pipelines.files import as_file
from pipelines.html import magic

FILES = frozenset({  # by their first bytes; pictures, sound and film are no documents
    "application/pdf", "application/zip", "application/x-ole-storage", "application/rtf", "application/vnd.rar",
})  # fmt: skip
READ = frozenset({"ok", "needs_ocr"})


def is_file(response: Response) -> bool:
    """Is the answer a file that may be a document?"""
    return response.status == 200 and magic(response.body) in FILES


def document_of(draft: Draft, name: str, file: File) -> Document:
    """The file as a document. A scanned one has no text, and says so."""
    assert draft.page is not None
    entry, lines = draft.entry, file.text.splitlines()
    stated = index.read(draft.page, entry)  # a file states nothing; the row does
    title = entry.title if entry is not None and entry.title else name.removesuffix(f".{suffix(name)}")
    return Document(
        title, file.text, "".join(f"<p>{html.escape(line, quote=False)}</p>" for line in lines if line.strip()),
        stated.index, (Attachment(name, draft.url),), stated.evidence, "file", 0.9 if file.status == "ok" else 0.5,
        (file.problem,) if file.problem else (),
    )  # fmt: skip


def named(response: Response) -> str:
    """What the server calls the file, else the last part of its address."""
    given = from_disposition(response.headers.get(b"Content-Disposition") or b"")
    return display_name(given or unquote(PurePosixPath(urlsplit(response.url).path).name))


# --- the step ----------------------------------------------------------------------------------------------------


def step(draft: Draft) -> None:
    """Read the file, behind limits; blocks for as long as that takes."""
    response = draft.response
    if (draft.entry is None and draft.site is None) or not is_file(response):
        return
    name = named(response)
    media_type = (response.headers.get(b"Content-Type") or b"").decode("latin-1")
    said = read_in_child(response.body, name, media_type)
    file = as_file(sha256(response.body).hexdigest(), len(response.body), said)
    if said.status in READ:
        draft.file = file
        draft.reading = Reading("document", response.url, "binary", document=document_of(draft, name, file))
    else:
        problem = f"a file ({said.media_type}) that cannot be read: {said.problem or said.status}"
        draft.reading = Reading("unreadable", response.url, "binary", problem=problem)
