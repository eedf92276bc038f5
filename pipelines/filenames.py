"""Names of files: as headers and packers write them, and as a person may see them.

Files are stored by the hash of their bytes; a name is only shown, so it needs no suffix it does not have.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from email.errors import HeaderParseError
from email.header import decode_header
from urllib.parse import unquote_to_bytes

LONGEST = 200  # bytes of UTF-8
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})  # controls, marks of direction, halves, unassigned
_FORBIDDEN = str.maketrans('<>:"|?*', "_______")  # by Windows
_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))})
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}$")
_NAMELESS = "附件"


def display_name(name: str) -> str:
    """A name to show and to offer for download: the last part of a path, without what cannot be seen, at most 200
    bytes; `附件` if nothing is left. Applying it again changes nothing."""
    visible = "".join(c for c in unicodedata.normalize("NFC", name) if unicodedata.category(c) not in _UNSEEN)
    last = re.split(r"[/\\]", visible.rstrip("/\\ ."))[-1].translate(_FORBIDDEN)
    last = " ".join(last.split()).strip(" .") or _NAMELESS
    return shortened(f"_{last}" if last.split(".")[0].strip().lower() in _DEVICES else last)


def shortened(name: str) -> str:
    """At most `LONGEST` bytes, the suffix kept."""
    suffix = match[0] if (match := _SUFFIX.search(name)) else ""
    stem = name[: len(name) - len(suffix)].encode()
    kept = stem[: LONGEST - len(suffix)].decode(errors="ignore")
    return name if len(stem) + len(suffix) <= LONGEST else kept.rstrip(" .") + suffix


def repaired(raw: bytes) -> str:
    """Bytes of a name in an unknown encoding: UTF-8 where they are, else GB 18030, else Latin-1."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def suffix(name: str | None) -> str:
    """`xls` for `情况表.XLS`; empty for none."""
    match = _SUFFIX.search(name or "")
    return match[0][1:].lower() if match else ""


# --- Content-Disposition -----------------------------------------------------------------------------------------

_PARAMETER = re.compile(rb""";\s*(filename\*?(?:\d+\*?)?)\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^;]*))""", re.I)
_EXTENDED = re.compile(rb"\A([\w-]*)'[\w-]*'(.*)", re.S)
_PERCENT = re.compile(rb"%[0-9A-Fa-f]{2}")
_ENCODED_WORD = re.compile(rb"=\?[\w-]+\?[BbQq]\?")


def from_disposition(header: bytes) -> str | None:
    """The name that a Content-Disposition header gives, ready to show; None if it gives none.

    Seen in the wild, besides RFC 6266: raw GBK and UTF-8 bytes, percent-encoded UTF-8 and GBK in `filename`, and the
    encoded words of mail.

        attachment; filename*=UTF-8''%E9%99%84%E4%BB%B6.doc    attachment; filename=%B8%BD%BC%FE.doc
    """
    given = {key.lower(): value for key, value in parameters(header[:4000])}
    for key in (b"filename*", b"filename"):
        if key in given:
            name = extended(given[key]) if key.endswith(b"*") else plain(given[key])
            if name.strip():
                return display_name(name)
    return None


def parameters(header: bytes) -> Iterator[tuple[bytes, bytes]]:
    for match in _PARAMETER.finditer(b";" + header.partition(b";")[2] if b";" in header else b";" + header):
        quoted = match[2] or b""
        yield match[1], match[3] or (quoted if _is_path(quoted) else re.sub(rb"\\(.)", rb"\1", quoted))


def _is_path(quoted: bytes) -> bool:
    r"""`"C:\upload\附件.doc"`: old servers give a path, whose backslashes escape nothing."""
    return bool(re.match(rb"[A-Za-z]:\\", quoted))


def extended(value: bytes) -> str:
    """`UTF-8''%E9%99%84`: the charset is named, and wrong often enough to be checked."""
    match = _EXTENDED.fullmatch(value.strip().strip(b'"'))
    if not match:
        return plain(value)
    raw = unquote_to_bytes(match[2])
    try:
        return raw.decode(match[1].decode() or "utf-8")
    except (UnicodeDecodeError, LookupError):
        return repaired(raw)


def plain(value: bytes) -> str:
    value = value.strip()
    if _ENCODED_WORD.search(value):
        with suppress(HeaderParseError):  # its base64 is none: the name as it stands
            parts = decode_header(value.decode("latin-1"))
            return "".join(part if isinstance(part, str) else repaired(part) for part, _charset in parts)
    return repaired(unquote_to_bytes(value) if _PERCENT.search(value) else value)
