"""Text of DOC ([MS-DOC]) and WPS Writer: Word 97 to 2003, and the 8-bit text of Word 6 and 95.

The text lies in pieces, UTF-16 or 8-bit; a table in the text is only marks (U+0007) after cells and after rows, and
which of them end a row stands in the paragraph properties.
"""

from __future__ import annotations

import contextlib
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from pipelines.formats import Damaged, Encrypted, Text
from pipelines.formats.numbering import Level, Lists
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
_LIST, _DEPTH = 0x460B, 0x260A  # sprmPIlfo, sprmPIlvl
_NARROW = 0x40000000  # bit of a piece's place: 8-bit text at half that place
_OPERAND = (1, 1, 2, 4, 2, 2, 0, 3)  # bytes, by the top three bits of a property's code; 0: its first byte says
_LONG = frozenset({0xD606, 0xD608})  # table definitions tell their length in two bytes
_CHARACTERS = 20_000_000

_FIELD_CODE = re.compile("\x13[^\x13\x14\x15]*(?:\x14|(?=\x15))")  # begin, code, separator; the result stays
_MARKS = re.compile("[\x01\x02\x05\x08\x15\x14]")  # picture, note, comment, drawing, ends of fields
_PARAGRAPH = re.compile("[^\r\x07\x0c\x1d]*[\r\x07\x0c\x1d]|[^\r\x07\x0c\x1d]+")
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


@dataclass(frozen=True, slots=True)
class Paragraph:
    """What its properties say of a paragraph: its place in a table, its list (0: none) and its depth there."""

    ends_row: bool
    in_table: bool
    number: int
    depth: int


def visible(word: bytes, table: bytes) -> str:
    """The text of the parts a reader sees, with `ROW` where a row ends, and with the numbers that Word counts."""
    characters, paragraphs = read_pieces(word, table)
    lists = Word97Lists(word, table)
    said, start = [], 0
    for place, seen in _COUNTS:
        end = start + int(struct.unpack_from("<I", word, place)[0])
        for match in _PARAGRAPH.finditer(characters, start, end) if seen else ():
            paragraph = paragraphs.get(match.end() - 1)
            said.append((lists.label(paragraph) if paragraph else "") + match[0])
        said.append("\r")
        start = end
    return "".join(said).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def read_pieces(word: bytes, table: bytes) -> tuple[str, dict[int, Paragraph]]:
    """The text, one character per UTF-16 unit as positions count, and the paragraphs by where their mark stands."""
    ends = paragraph_ends(word, table)
    paragraphs: dict[int, Paragraph] = {}
    read, length = [], 0
    for units, offset, width in pieces(word, table):
        for mark in _PARAGRAPH_END.finditer(units) if ends else ():
            paragraph = ends.get(offset + mark.end() * width)
            if paragraph:
                paragraphs[length + mark.start()] = paragraph
        read.append(units)
        length += len(units)
    characters = "".join(read)
    return _PARAGRAPH_END.sub(lambda mark: meant(mark[0], paragraphs.get(mark.start())), characters), paragraphs


def meant(mark: str, paragraph: Paragraph | None) -> str:
    """What the mark of a paragraph means: one inside a cell runs on, one of a row ends it."""
    if paragraph is None or not (paragraph.in_table or paragraph.ends_row):
        return mark
    return ROW if paragraph.ends_row else " " if mark == "\r" else mark


def pieces(word: bytes, table: bytes) -> Iterator[tuple[str, int, int]]:
    """The pieces: their units, where they stand in the stream, and how wide a unit is there."""
    bounds, descriptors = piece_table(word, table)
    left = _CHARACTERS
    for (start, end), place in zip(pairwise(bounds), descriptors, strict=True):
        size = min(max(end - start, 0), left)
        left -= size
        if place & _NARROW:
            offset = (place & ~_NARROW) // 2
            yield word[offset : offset + size].decode("cp1252", "replace"), offset, 1
        else:
            raw = word[place : place + size * 2]
            yield "".join(map(chr, memoryview(raw[: len(raw) & ~1]).cast("H"))), place, 2


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


def paragraph_ends(word: bytes, table: bytes) -> dict[int, Paragraph]:
    """The paragraphs by where they end in the stream (`PlcBtePapx` → pages of 512 bytes)."""
    at, length = struct.unpack_from("<2I", word, _PAPX)
    count = (min(length, len(table) - at) - 4) // 8
    found: dict[int, Paragraph] = {}
    for page in struct.unpack_from(f"<{count}I", table, at + 4 * (count + 1)) if count > 0 else ():
        found.update(paragraphs_of_page(word[(page & 0x3FFFFF) * 512 :][:512]))
    return found


def paragraphs_of_page(page: bytes) -> Iterator[tuple[int, Paragraph]]:
    if len(page) < 512:
        return
    runs = min(page[511], (511 - 4) // 17)
    for number, end in enumerate(struct.unpack_from(f"<{runs}I", page, 4)):
        place = page[4 * (runs + 1) + 13 * number] * 2
        if place and place < 510:
            size = page[place] * 2 - 1 if page[place] else page[place + 1] * 2
            first = place + (1 if page[place] else 2) + 2  # behind the length and the style
            stated = dict(properties(page[first : first + size - 2]))
            ends_row = bool(stated.get(_ROW_END) or stated.get(_ROW_END_INNER))
            yield end, Paragraph(ends_row, bool(stated.get(_IN_TABLE)), stated.get(_LIST, 0), stated.get(_DEPTH, 0))


def properties(raw: bytes) -> Iterator[tuple[int, int]]:
    """Code and operand of the properties, as far as the operand is a number."""
    at = 0
    while at + 3 <= len(raw):
        (code,) = struct.unpack_from("<H", raw, at)
        size = _OPERAND[code >> 13]
        yield code, int.from_bytes(raw[at + 2 : at + 2 + size], "little")
        if not size:
            is_long = code in _LONG and at + 4 <= len(raw)
            size = 1 + (struct.unpack_from("<H", raw, at + 2)[0] if is_long else raw[at + 2])
        at += 2 + size


# --- lists -------------------------------------------------------------------------------------------------------

_LISTS, _OVERRIDES = 0x02E2, 0x02EA  # where the FIB tells place and length of PlfLst and PlfLfo
# Forms of numbers (MSONFC) → those of DOCX; others are written in digits.
_FORMS = {
    0: "decimal", 1: "upperRoman", 2: "lowerRoman", 3: "upperLetter", 4: "lowerLetter", 10: "ideographDigital",
    11: "japaneseCounting", 14: "decimalFullWidth", 18: "decimalEnclosedCircle", 23: "bullet",
    28: "decimalEnclosedCircleChinese", 33: "taiwaneseCounting", 35: "taiwaneseCountingThousand",
    37: "chineseCounting", 39: "chineseCountingThousand", 255: "none",
}  # fmt: skip


class Word97Lists:
    """The lists of a DOC. A paragraph names an override (LFO) of a list (LST); the list is what is counted. A list
    that cannot be read has no numbers."""

    def __init__(self, word: bytes, table: bytes) -> None:
        self.lists = Lists()
        self.of_number: list[str] = []  # LFO → LST
        with contextlib.suppress(struct.error, IndexError):
            self.define(table, *struct.unpack_from("<2I", word, _LISTS))
            self.override(table, *struct.unpack_from("<2I", word, _OVERRIDES))

    def label(self, paragraph: Paragraph) -> str:
        """The number in front of a paragraph, counting it."""
        if not 0 < paragraph.number <= len(self.of_number):
            return ""
        return self.lists.label(self.of_number[paragraph.number - 1], paragraph.depth)

    def define(self, table: bytes, at: int, length: int) -> None:
        """The levels: those of all lists follow the array of lists; a simple list has one, others nine."""
        count = struct.unpack_from("<H", table, at)[0] if length else 0
        place = at + length
        for number in range(count):
            start = at + 2 + 28 * number
            (name,) = struct.unpack_from("<i", table, start)
            for depth in range(1 if table[start + 26] & 1 else 9):
                level, place = self.level(table, place)
                self.lists.levels[str(name), depth] = level

    def level(self, table: bytes, at: int) -> tuple[Level, int]:
        """One level, and the place behind it: 28 bytes, properties, then its text, in which U+0000 is the number of
        the first level."""
        start, form = struct.unpack_from("<iB", table, at)
        at += 28 + table[at + 24] + table[at + 25]
        (length,) = struct.unpack_from("<H", table, at)
        shown = table[at + 2 : at + 2 + 2 * length].decode("utf-16-le", "replace")
        text = "".join(f"%{ord(unit) + 1}" if unit < "\t" else unit for unit in shown)
        return Level(start, _FORMS.get(form, "decimal"), text), at + 2 + 2 * length

    def override(self, table: bytes, at: int, length: int) -> None:
        count = struct.unpack_from("<I", table, at)[0] if length else 0
        for number in range(min(count, (len(table) - at) // 16)):
            self.of_number.append(str(struct.unpack_from("<i", table, at + 4 + 16 * number)[0]))


# --- what it says ------------------------------------------------------------------------------------------------


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
