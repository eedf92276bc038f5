"""Small but true attachments: a PDF, a Word 97 document and an RTF file that state a given text, and nothing else.

Each is what its name says, down to the bytes: the PDF has a font with a ToUnicode map, the DOC is an OLE container
with a WordDocument stream and a piece table, the RTF is in code page 936.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping

SECTOR = 512
END_OF_CHAIN, FREE, FAT_SECTOR = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
SMALL_STREAM = 4096  # shorter streams would have to live in the mini stream; ours are filled up to this length


def make(name: str, text: str) -> bytes:
    """The bytes of an attachment with this name, by its extension."""
    return FORMATS[name.rpartition(".")[2]](text)


def pdf(text: str) -> bytes:
    """One page, one line of text for each line, in a font that is named but not embedded."""
    codes = {char: n for n, char in enumerate(sorted(set(text) - {"\n"}), 1)}
    shown = "".join(f"<{''.join(f'{codes[char]:04x}' for char in line)}> Tj T*\n" for line in text.split("\n"))
    to_unicode = "".join(f"<{code:04x}> <{char.encode('utf-16-be').hex()}>\n" for char, code in codes.items())
    return _pdf_file(
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        "/Resources << /Font << /F1 5 0 R >> >> >>",
        _pdf_stream(f"BT /F1 12 Tf 20 TL 60 780 Td\n{shown}ET"),
        "<< /Type /Font /Subtype /Type0 /BaseFont /SimSun /Encoding /Identity-H "
        "/DescendantFonts [6 0 R] /ToUnicode 7 0 R >>",
        "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /SimSun /DW 1000 /FontDescriptor 8 0 R "
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>",
        _pdf_stream(
            "/CIDInit /ProcSet findresource begin begincmap /CMapType 2 def\n"
            "1 begincodespacerange <0000> <ffff> endcodespacerange\n"
            f"{len(codes)} beginbfchar\n{to_unicode}endbfchar endcmap end"
        ),
        "<< /Type /FontDescriptor /FontName /SimSun /Flags 4 /FontBBox [0 -200 1000 900] /ItalicAngle 0 "
        "/Ascent 860 /Descent -140 /CapHeight 700 /StemV 80 >>",
    )


def _pdf_stream(content: str) -> str:
    return f"<< /Length {len(content)} >>\nstream\n{content}\nendstream"


def _pdf_file(*objects: str) -> bytes:
    """The objects, numbered from 1, with header, cross-reference table and trailer."""
    raw, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(raw))
        raw += f"{number} 0 obj\n{body}\nendobj\n".encode("ascii")
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    end = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>\n"
    return raw + f"{end}startxref\n{len(raw)}\n%%EOF\n".encode("ascii")


def rtf(text: str) -> bytes:
    """Code page 936, as Word writes it in China: every Chinese character as two escaped bytes."""
    lines = ["".join(f"\\'{byte:02x}" for byte in line.encode("gb18030")) for line in text.split("\n")]
    body = "\\par\n".join(lines)
    return f"{{\\rtf1\\ansi\\ansicpg936\\deff0{{\\fonttbl{{\\f0\\fcharset134 SimSun;}}}}\\f0 {body}\\par}}".encode()


def doc(text: str) -> bytes:
    """Word 97 ([MS-DOC]): the text as one UTF-16 piece behind the FIB, the piece table in the stream `1Table`."""
    content = (text.replace("\n", "\r") + "\r").encode("utf-16-le")
    length = len(content) // 2
    piece = struct.pack("<2I", 0, length) + struct.pack("<HIH", 0, 0x600, 0)  # from, to; flags, offset, no properties
    table = b"\x02" + struct.pack("<I", len(piece)) + piece
    word = _fib(length, len(content), len(table)).ljust(0x600, b"\0") + content
    return _ole({"1Table": table, "WordDocument": word})


def _fib(characters: int, text_bytes: int, table_bytes: int) -> bytes:
    """The file information block of nFib 0x00C1: 22 + 88 bytes of numbers, then 93 offset-length pairs."""
    base = struct.pack("<7HIBB2H2I", 0xA5EC, 0x00C1, 0, 0x0804, 0, 0x0200, 0x00BF, 0, 0, 0, 0, 0, 0x600, 0)
    words = struct.pack("<H14H", 14, *[0] * 13, 0x0804)
    longs = [0] * 22
    longs[0], longs[3] = 0x600 + text_bytes, characters  # cbMac, ccpText
    pairs = [0] * 186
    pairs[66], pairs[67] = 0, table_bytes  # fcClx, lcbClx: the 34th pair
    return base[:32] + words + struct.pack("<H22I", 22, *longs) + struct.pack("<H186I", 93, *pairs) + b"\0\0"


def _ole(streams: Mapping[str, bytes]) -> bytes:
    """A compound file ([MS-CFB] version 3) of two streams, the shorter name first: header, one FAT sector, one sector
    of directory, the streams."""
    fat, body, entries = [FAT_SECTOR, END_OF_CHAIN], b"", [_entry("Root Entry", 5, END_OF_CHAIN, 0, child=1)]
    for number, (name, content) in enumerate(streams.items(), 1):
        padded = content.ljust(max(SMALL_STREAM, -(-len(content) // SECTOR) * SECTOR), b"\0")
        start, count = len(fat), len(padded) // SECTOR
        fat += [*range(start + 1, start + count), END_OF_CHAIN]
        body += padded
        entries.append(_entry(name, 2, start, len(padded), right=2 if number == 1 else FREE))
    directory = b"".join(entries).ljust(SECTOR, b"\0")
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack("<5H6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<3I4xI", 0, 1, 1, SMALL_STREAM) + struct.pack("<4I", END_OF_CHAIN, 0, END_OF_CHAIN, 0)
    header += struct.pack("<109I", 0, *[FREE] * 108)
    return header + struct.pack("<128I", *fat, *[FREE] * (128 - len(fat))) + directory + body


def _entry(name: str, kind: int, start: int, size: int, child: int = FREE, right: int = FREE) -> bytes:
    """A directory entry of 128 bytes; kind 5 is the root, 2 a stream."""
    raw = (name + "\0").encode("utf-16-le")
    links = struct.pack("<3I", FREE, right, child)
    return (
        raw.ljust(64, b"\0")
        + struct.pack("<HBB", len(raw), kind, 1)
        + links
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )


FORMATS: Mapping[str, Callable[[str], bytes]] = {"pdf": pdf, "doc": doc, "rtf": rtf}
