"""Text of DOC ([MS-DOC]) and WPS Writer: Word 97 to 2003, and the 8-bit text of Word 6 and 95.

The text lies in pieces, UTF-16 or 8-bit; a table in the text is only marks (U+0007) after cells and after rows, and
which of them end a row stands in the paragraph properties. Numbers that Word counts itself are not in the text.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from itertools import pairwise

from pipelines.formats import Damaged, Encrypted, Text
from pipelines.formats.ole import open_ole, stream

_WORD_97, _WORD_6 = 0xA5EC, 0xA5DC
_ENCRYPTED, _TABLE_1 = 0x0100, 0x0200  # bits at 0x0A
_CLX, _PAPX = 0x01A2, 0x0102  # where the FIB tells place and length of piece table and paragraph properties
# Character counts of the parts of a document, in their order in the text, and whether a reader sees them there.
# Main text, footnotes, headers, (macros), comments, endnotes, text boxes, text boxes of headers.
_COUNTS = (
    (0x4C, True), (0x50, True), (0x54, False), (0x58, False), (0x5C, False), (0x60, True), (0x64, True), (0x68, False),
)  # fmt: skip
_IN_TABLE, _ROW_END, _ROW_END_INNER = 0x2416, 0x2417, 0x244C  # sprmPFInTable, sprmPFTtp, sprmPFInnerTtp
_OPERAND = (1, 1, 2, 4, 2, 2, 0, 3)  # bytes, by the top three bits of a property's code; 0: its first byte says
_LONG = frozenset({0xD606, 0xD608})  # table definitions tell their length in two bytes
_CHARACTERS = 20_000_000

_FIELD_CODE = re.compile("\x13[^\x13\x14\x15]*(?:\x14|(?=\x15))")  # begin, code, separator; the result stays
_MARKS = re.compile("[\x01\x02\x05\x08\x15\x14]")  # picture, note, comment, drawing, ends of fields
_PARAGRAPH_END = re.compile("[\r\x07]")
CELL = "\x07"
ROW = "\x1d"  # what we put for a mark that ends a row; Word does not use it


def read(raw: bytes, text: Text) -> None:
    """A Word document in an OLE container."""
    ole = open_ole(raw)
    word = stream(ole, "WordDocument")
    if len(word) < 0x200:
        raise Damaged("the stream WordDocument is cut")
    ident, flags = struct.unpack_from("<H8xH", word, 0)
    if ident not in (_WORD_97, _WORD_6):
        raise Damaged("the stream WordDocument does not begin as one")
    if flags & _ENCRYPTED:
        raise Encrypted
    if ident == _WORD_6:
        start, end = struct.unpack_from("<2I", word, 0x18)
        say(word[start:end].decode("gb18030", "replace"), text)
    else:
        say(visible(word, stream(ole, "1Table" if flags & _TABLE_1 else "0Table")), text)


def visible(word: bytes, table: bytes) -> str:
    """The text of the parts a reader sees, with `ROW` where a row ends."""
    characters = "".join(pieces(word, table))
    said, start = [], 0
    for place, seen in _COUNTS:
        (count,) = struct.unpack_from("<I", word, place)
        said.append(characters[start : start + count] if seen else "")
        start += count
    return "\r".join(said).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def pieces(word: bytes, table: bytes) -> Iterator[str]:
    """The text piece by piece, one character per UTF-16 unit, as positions count."""
    bounds, descriptors = piece_table(word, table)
    marks = paragraph_marks(word, table)
    left = _CHARACTERS
    for (start, end), place in zip(pairwise(bounds), descriptors, strict=True):
        size = min(max(end - start, 0), left)
        left -= size
        narrow, offset = bool(place & 0x40000000), place & 0x3FFFFFFF
        width, offset = (1, offset // 2) if narrow else (2, offset)
        raw = word[offset : offset + size * width]
        units = (
            raw.decode("cp1252", "replace") if narrow else "".join(map(chr, memoryview(raw[: len(raw) & ~1]).cast("H")))
        )
        for mark in _PARAGRAPH_END.finditer(units) if marks else ():
            shown = marks.get(offset + mark.end() * width, {}).get(mark[0])
            if shown:
                units = units[: mark.start()] + shown + units[mark.end() :]
        yield units


def piece_table(word: bytes, table: bytes) -> tuple[list[int], list[int]]:
    """Bounds in characters, and the place of each piece (bit 30: 8-bit, then twice the place)."""
    at, length = struct.unpack_from("<2I", word, _CLX)
    end = min(at + length, len(table))
    while at + 3 <= end and table[at] == 1:  # property modifiers come first
        at += 3 + struct.unpack_from("<H", table, at + 1)[0]
    if at + 5 > end or table[at] != 2:
        raise Damaged("the piece table is missing or cut")
    (size,) = struct.unpack_from("<I", table, at + 1)
    count = (min(size, end - at - 5) - 4) // 12
    if count < 1:
        raise Damaged("the piece table is empty")
    bounds = list(struct.unpack_from(f"<{count + 1}I", table, at + 5))
    first = at + 5 + 4 * (count + 1)
    return bounds, [struct.unpack_from("<I", table, first + 8 * n + 2)[0] for n in range(count)]


def paragraph_marks(word: bytes, table: bytes) -> dict[int, dict[str, str]]:
    """Where in the stream paragraphs end that stand in tables → what their mark means there: a paragraph of a cell
    runs on, a cell mark may end the row (`PlcBtePapx` → pages of 512 bytes)."""
    at, length = struct.unpack_from("<2I", word, _PAPX)
    count = (min(length, len(table) - at) - 4) // 8
    found: dict[int, dict[str, str]] = {}
    for page in struct.unpack_from(f"<{count}I", table, at + 4 * (count + 1)) if count > 0 else ():
        found.update(marks_of_page(word[(page & 0x3FFFFF) * 512 :][:512]))
    return found


def marks_of_page(page: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    if len(page) < 512:
        return
    runs = min(page[511], (511 - 4) // 17)
    for number, end in enumerate(struct.unpack_from(f"<{runs}I", page, 4)):
        place = page[4 * (runs + 1) + 13 * number] * 2
        if place and place < 510:
            size = page[place] * 2 - 1 if page[place] else page[place + 1] * 2
            first = place + (1 if page[place] else 2) + 2  # behind the length and the style
            codes = set(properties(page[first : first + size - 2]))
            if codes & {_ROW_END, _ROW_END_INNER}:
                yield end, {CELL: ROW, "\r": ROW}
            elif _IN_TABLE in codes:
                yield end, {"\r": " "}


def properties(raw: bytes) -> Iterator[int]:
    """The codes of the properties that are switched on."""
    at = 0
    while at + 3 <= len(raw):
        (code,) = struct.unpack_from("<H", raw, at)
        if raw[at + 2]:
            yield code
        size = _OPERAND[code >> 13] or 1 + raw[at + 2]
        if code in _LONG and at + 4 <= len(raw):
            size = 1 + struct.unpack_from("<H", raw, at + 2)[0]
        at += 2 + size


def say(characters: str, text: Text) -> None:
    """Paragraphs and rows: ends of cells become tabs, paragraphs inside a cell run on."""
    while (shorter := _FIELD_CODE.sub("", characters)) != characters:  # fields nest
        characters = shorter
    characters = _MARKS.sub("", characters).replace("\x1e", "-").replace("\x1f", "")
    *rows, rest = characters.split(ROW)
    for row in rows:
        before, cells = first_cell(row)
        for paragraph in before:
            text.say(paragraph)
        text.row(cells)
    text.say(rest.replace(CELL, "\r"))


def first_cell(row: str) -> tuple[list[str], list[str]]:
    """Paragraphs before a table, and the cells of its row."""
    start, *cells = row.split(CELL)
    *before, first = re.split("[\r\x0c]", start)
    return before, [first, *cells]
