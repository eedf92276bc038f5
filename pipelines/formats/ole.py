"""OLE compound files ([MS-CFB]): the containers of DOC, XLS, PPT and of WPS, ET, DPS."""

from __future__ import annotations

import io

import olefile

from pipelines.formats import Damaged, TooBig

STREAM_LIMIT = 200_000_000  # bytes


def open_ole(raw: bytes) -> olefile.OleFileIO:
    """The container, opened. Raises `Damaged`."""
    try:
        return olefile.OleFileIO(io.BytesIO(raw))
    except (OSError, ValueError, IndexError, KeyError) as error:
        raise Damaged("the OLE container has no readable directory; it was probably cut off") from error


def stream(ole: olefile.OleFileIO, name: str) -> bytes:
    """The bytes of a stream; empty if there is none."""
    if not ole.exists(name):
        return b""
    if ole.get_size(name) > STREAM_LIMIT:
        raise TooBig(f"the stream {name} has more than {STREAM_LIMIT // 1_000_000} MB")
    raw: bytes = ole.openstream(name).read()
    return raw
