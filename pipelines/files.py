"""Text of one file: what it is by its bytes, what it says, and how that went.

    text_of(raw, "附件1.doc").status == "ok"

`text_of` is pure and may be made to use much memory or time by a hostile file; crawls use `read_in_child`
(pipelines/child.py), which is the same behind limits.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

from archive.records import File
from pipelines import html
from pipelines.filenames import display_name, suffix
from pipelines.formats import (
    Encrypted,
    FileProblem,
    Full,
    Member,
    NeedsOcr,
    Status,
    Text,
    Unsupported,
    bundles,
    fixed,
    rtf,
    sheets,
    slides,
    web,
    word,
    word97,
)
from pipelines.formats.ole import open_ole
from pipelines.formats.package import Package

# Kind of file → its media type. A kind is what the bytes are, whatever the name says.
MEDIA_TYPES: Mapping[str, str] = {
    "pdf": "application/pdf",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt": "application/vnd.ms-powerpoint",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "rtf": "application/rtf",
    "ofd": "application/ofd",
    "txt": "text/plain",
    "html": "text/html",
    "mht": "multipart/related",
    "wordml": "application/xml",
    "zip": "application/zip",
    "rar": "application/vnd.rar",
    "7z": "application/x-7z-compressed",
    "gzip": "application/gzip",
    "image": "image/*",
    "sound": "audio/*",
    "film": "video/*",
    "other": "application/octet-stream",
}
READERS: Mapping[str, Callable[[bytes, Text], None]] = {
    "pdf": fixed.read_pdf,
    "doc": word97.read,
    "docx": word.read,
    "xls": sheets.read_xls,
    "xlsx": sheets.read_xlsx,
    "ppt": slides.read_ppt,
    "pptx": slides.read_pptx,
    "rtf": rtf.read,
    "ofd": fixed.read_ofd,
    "txt": web.read_text,
    "html": web.read_html,
    "mht": web.read_mht,
    "wordml": web.read_word_xml,
    "rar": bundles.read_rar,
}
# Which folder tells what a package is, which stream what a container is; WPS Writer, ET and DPS are the same inside.
_FOLDERS = {"word": "docx", "xl": "xlsx", "ppt": "pptx"}
_STREAMS = {
    "EncryptedPackage": "encrypted", "WordDocument": "doc", "Workbook": "xls", "Book": "xls",
    "PowerPoint Document": "ppt",
}  # fmt: skip
_KINDS = {media_type: kind for kind, media_type in MEDIA_TYPES.items()} | {"audio": "sound", "video": "film"}
_IMAGES = (b"II*\x00", b"MM\x00*")  # TIFF, what scanners write
_HTML_NAMES = frozenset({"", "html", "htm", "shtml", "xhtml", "jsp", "asp", "aspx", "php", "txt"})
# Kinds, what shows that there is something in them that runs, and what that is. It is kept, and run by nobody here.
_ACTIVE: tuple[tuple[tuple[str, ...], bytes, str], ...] = (
    (("docx", "xlsx", "pptx"), b"vbaProject.bin", "macros"),
    (("doc", "xls", "ppt"), "_VBA_PROJECT".encode("utf-16-le"), "macros"),
    (("pdf",), b"/JavaScript", "scripts"),
    (("pdf",), b"/Launch", "commands that start programs"),
)
_STRANGE = 0.2  # share of characters that no document uses, above which text was read in a wrong encoding


@dataclass(frozen=True, slots=True)
class FileText:
    """What one file says. `kind` is a key of `MEDIA_TYPES`; `name` is ready to show; `text` has paragraphs separated
    by newlines, tabs between the cells of a table row; `parts` are pages, sheets or slides (0 where the format has
    none); `problem` says in one sentence why the text is missing or not all, also beside status ok, and what in the
    file a person should not run."""

    kind: str
    name: str
    status: Status
    text: str = ""
    parts: int = 0
    members: tuple[Member, ...] = ()
    problem: str | None = None

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self.kind]


def as_file(digest: str, size: int, said: FileText) -> File:
    """What a reader found, as the archive keeps it."""
    members = tuple(asdict(member) for member in said.members)
    return File(digest, said.kind, said.media_type, size, said.status, said.text, said.parts, members, said.problem)


def text_of(raw: bytes, name: str | None = None, media_type: str | None = None) -> FileText:
    """Read a file. `name` and `media_type` are what the server calls it; the bytes decide. Never raises."""
    text = Text()
    shown = display_name(name) if name else ""
    kind, status, problem = read(raw, suffix(name) or called(media_type), text)
    runs = [f"it holds {what}: open it with care" for kinds, mark, what in _ACTIVE if kind in kinds and mark in raw]
    remarks = "; ".join(filter(None, [problem, *text.remarks, *runs])) or None
    return FileText(kind, shown, status, "\n".join(text.lines), text.parts, tuple(text.members), remarks)


def read(raw: bytes, goes_by: str, text: Text, inside: bool = False) -> tuple[str, Status, str | None]:
    """Say a file's text; returns its kind, the status and the problem. `goes_by` is the suffix of its name, `inside`
    says that it is a member of a ZIP."""
    kind = "other"
    if not raw.strip(b"\0 \r\n\t"):
        return kind, "empty", "the file is empty"
    try:
        kind = kind_of(raw)
        read_as(kind, raw, goes_by, text, inside)
    except Full:
        return kind, "ok", None
    except FileProblem as problem:
        return kind, problem.status, str(problem)
    except MemoryError:
        return kind, "too_big", "reading it takes more memory than is allowed"
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # five parsers, hostile bytes: what they raise is written nowhere; calamine panics
        return kind, "damaged", f"it cannot be read to its end ({type(error).__name__})"
    if strange(text.lines):
        text.lines.clear()
        fonts = "its fonts do not say which characters they show"
        return (kind, "needs_ocr", fonts) if kind == "pdf" else (kind, "damaged", "its text is garbled")
    return (kind, "ok", None) if text.lines else (kind, "empty", "it holds no text")


def read_as(kind: str, raw: bytes, goes_by: str, text: Text, inside: bool) -> None:
    """Let the reader of a kind read. Raises `FileProblem` or whatever its parser does."""
    if kind == "image":
        raise NeedsOcr("it is a picture")
    if kind == "html" and goes_by not in _HTML_NAMES:
        web.read_html_called(goes_by, raw, text)
        return
    if kind == "zip" and not inside:
        bundles.read_zip(raw, text, read_member)
        return
    reader = READERS.get(kind)
    if reader is None:
        raise Unsupported("a ZIP inside a ZIP is not opened" if kind == "zip" else "no reader for this kind of file")
    reader(raw, text)


def read_member(raw: bytes, name: str) -> tuple[str, Status, list[str]]:
    text = Text()
    kind, status, _problem = read(raw, suffix(name), text, inside=True)
    return kind, status, text.lines


def called(media_type: str | None) -> str:
    """The suffix that a Content-Type stands for; empty for those that say nothing (application/octet-stream)."""
    kind = _KINDS.get((media_type or "").partition(";")[0].strip().lower(), "")
    return "" if kind == "other" else kind


def kind_of(raw: bytes) -> str:
    """What the bytes are: a key of `MEDIA_TYPES`. Raises `FileProblem` for packages and containers that are broken."""
    media_type = html.magic(raw)
    if media_type == "application/zip":
        package = Package(raw)
        return "ofd" if "OFD.xml" in package else _FOLDERS.get(package.main().partition("/")[0], "zip")
    if media_type == "application/x-ole-storage":
        return kind_of_ole(raw)
    return kind_by_magic(raw) if media_type or raw.startswith(_IMAGES) else kind_of_text(raw)


def kind_by_magic(raw: bytes) -> str:
    """What the first bytes alone say; `other` for text, packages and containers."""
    media_type = html.magic(raw) or ""
    if raw.startswith(_IMAGES) or media_type.startswith("image/"):
        return "image"
    return (
        "other"
        if media_type == "application/zip"
        else _KINDS.get(media_type) or _KINDS.get(media_type.split("/")[0], "other")
    )


def kind_of_ole(raw: bytes) -> str:
    ole = open_ole(raw)
    kind = next((kind for stream, kind in _STREAMS.items() if ole.exists(stream)), "other")
    if kind == "encrypted":
        raise Encrypted
    return kind


def kind_of_text(raw: bytes) -> str:
    head = raw[:2000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[:13].lower() == b"mime-version:" or b"Content-Type: multipart/related" in head:
        return "mht"
    if b"w:wordDocument" in head or b'progid="Word.Document"' in head:
        return "wordml"
    said, _encoding, _reason = html.decode(raw[:200_000])
    return "html" if html.text_type(raw[:200_000], said, "", "") == "text/html" else "txt"


def strange(lines: list[str]) -> bool:
    """Was it read in a wrong encoding, or by fonts that map to nothing? Then many characters are of private use,
    unassigned, replaced, or Latin letters with accents."""
    sample = [c for c in "".join(lines)[:20_000] if not c.isascii()]
    odd = sum(unicodedata.category(c) in ("Co", "Cn") or c == "\ufffd" or "\u0080" <= c < "\u0250" for c in sample)
    return len(sample) > 20 and odd > len(sample) * _STRANGE
