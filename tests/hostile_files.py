"""Files made to break their reader: bombs, loops, lies about sizes. Each is small; none is what it seems."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping

from tests import fake_files

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
S = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
OFD = 'xmlns="http://www.ofdspec.org/2016"'
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
WORKBOOK = f'<workbook {S} {R}><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>'
SHEET_RELATION = f'<Relationships xmlns="{RELATIONS}"><Relationship Id="r1" Target="sheet1.xml"/></Relationships>'


def package(**parts: str | bytes) -> bytes:
    """A ZIP of parts; `word__document_xml` is the part word/document.xml."""
    return zipped({name.replace("__", "/").replace("_xml", ".xml"): content for name, content in parts.items()})


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return target.getvalue()


def docx(body: str) -> bytes:
    return package(word__document_xml=f"<w:document {W}><w:body>{body}</w:body></w:document>")


def xlsx(rows: str, strings: str = "") -> bytes:
    return zipped(
        {
            "xl/workbook.xml": WORKBOOK,
            "xl/_rels/workbook.xml.rels": SHEET_RELATION,
            "xl/sheet1.xml": f"<worksheet {S}><sheetData>{rows}</sheetData></worksheet>",
            "xl/sharedStrings.xml": f"<sst {S}>{strings}</sst>",
        }
    )


def diagonal(number: int) -> str:
    """A row whose only cell stands one column further right."""
    letters = "".join(chr(65 + number // step % 26) for step in (676, 26, 1))
    return f'<row><c r="{letters}1"><v>1</v></c></row>'


def ofd(*lines: tuple[str, str], image: bool = False) -> bytes:
    """A page with one text object for each boundary and text."""
    objects = "".join(
        f'<TextObject Boundary="{boundary}" Size="4"><TextCode X="0" Y="3">{text}</TextCode></TextObject>'
        for boundary, text in lines
    ) + ("<ImageObject/>" if image else "")
    page = "Pages/Page_0/Content.xml"
    return zipped(
        {
            "OFD.xml": f"<OFD {OFD}><DocBody><DocRoot>Doc_0/Document.xml</DocRoot></DocBody></OFD>",
            "Doc_0/Document.xml": f"<Document {OFD}><Pages><Page BaseLoc='{page}'/></Pages></Document>",
            f"Doc_0/{page}": f"<Page {OFD}><Content><Layer>{objects}</Layer></Content></Page>",
        }
    )


def pdf(*objects: str | bytes) -> bytes:
    """Objects numbered from 1, without a cross-reference table: readers rebuild it."""
    raw = b"%PDF-1.4\n"
    for number, content in enumerate(objects, 1):
        raw += b"%d 0 obj\n%s\nendobj\n" % (number, content if isinstance(content, bytes) else content.encode())
    return raw + b"trailer\n<< /Root 1 0 R >>\n%%EOF\n"


def pdf_page(content: bytes, extra: str = "") -> bytes:
    """One page that draws a compressed stream."""
    packed = zlib.compress(content, 9)
    return pdf(
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << {extra} >> >>",
        b"<< /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (len(packed), packed),
        b"<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 /Length 1 >>"
        b"\nstream\n\xff\nendstream",
    )


def scan() -> bytes:
    return pdf_page(b"q 500 0 0 700 0 0 cm /I Do Q", "/XObject << /I 5 0 R >>")


def ole(**streams: bytes) -> bytes:
    names = {name.replace("_", " "): content for name, content in streams.items()}
    return fake_files._ole(dict(sorted(names.items(), key=lambda pair: len(pair[0]))))


def biff(*records: tuple[int, bytes]) -> bytes:
    """An XLS of these records behind the first."""
    all_records = ((0x0809, struct.pack("<4H", 0x0600, 0x0005, 0, 0) + bytes(8)), *records, (0x000A, b""))
    raw = b"".join(struct.pack("<2H", kind, len(content)) + content for kind, content in all_records)
    return ole(Workbook=raw, Ctls=b"")


def ppt(token: int, slides: bytes) -> bytes:
    return ole(Current_User=bytes(12) + struct.pack("<2I", token, 8), PowerPoint_Document=slides)


def patched(raw: bytes, at: int, content: bytes) -> bytes:
    return raw[:at] + content + raw[at + len(content) :]


def word_stream(raw: bytes) -> int:
    """Where the stream WordDocument begins in a file of fake_files."""
    return raw.index(b"\xec\xa5\xc1\x00")


def bad_doc(offset: int, content: bytes) -> bytes:
    raw = fake_files.doc("临江县人民政府办公室")
    return patched(raw, word_stream(raw) + offset, content)


def piece_table(content: bytes) -> bytes:
    raw = fake_files.doc("临江县人民政府办公室")
    return patched(raw, raw.index(b"\x02\x10\x00\x00\x00"), content)


def locked_zip() -> bytes:
    raw = bytearray(zipped({"a.txt": "x" * 100}))
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    return bytes(raw)


def unknown_method() -> bytes:
    raw = bytearray(zipped({"a.txt": "x" * 100}))
    raw[8] = raw[raw.index(b"PK\x01\x02") + 10] = 99
    return bytes(raw)


def overlapping(copies: int) -> bytes:
    """One compressed member that the directory lists again and again: every copy unpacks to 30 MB."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("0.txt", "甲" * 10_000_000)
        made.filelist *= copies
    return target.getvalue()


BOMB = "<w:p/>" * 8_000_000  # 48 MB of XML in 50 KB
NESTED = "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True))
ENTITIES = f'<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa">{NESTED}]>'
OUTSIDE = '<!DOCTYPE w [<!ENTITY a SYSTEM "file:///etc/passwd">]><w>&a;</w>'
TWO_CELLS = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
NUMBER = struct.Struct("<3Hd")

# What it is → how it is made, under which name, and how reading it may end.
HOSTILE: Mapping[str, tuple[Callable[[], bytes], str, str]] = {
    "docx that unpacks to 48 MB": (lambda: docx(BOMB), "a.docx", "too_big"),
    "docx nested 100,000 deep": (lambda: docx("<w:sdt>" * 100_000), "a.docx", "damaged"),
    "docx of tables in tables": (
        lambda: docx("<w:tbl><w:tr><w:tc>" * 60 + "<w:p/>" + "</w:tc></w:tr></w:tbl>" * 60),
        "a.docx",
        "empty",
    ),
    "docx of 300,000 paragraphs": (lambda: docx("<w:p><w:r><w:t>甲</w:t></w:r></w:p>" * 300_000), "a.docx", "ok"),
    "docx with one line of 9 MB": (
        lambda: docx(f"<w:p><w:r><w:t>{'甲' * 3_000_000}</w:t></w:r></w:p>"),
        "a.docx",
        "ok",
    ),
    "docx with a billion laughs": (lambda: package(word__document_xml=f"{ENTITIES}<w>&j;</w>"), "a.docx", "damaged"),
    "docx with an outside entity": (lambda: package(word__document_xml=OUTSIDE), "a.docx", "damaged"),
    "docx without a body": (lambda: package(word__document_xml="<w/>"), "a.docx", "damaged"),
    "docx in UTF-16 with entities": (
        lambda: package(word__document_xml=f"{ENTITIES}<w>&j;</w>".encode("utf-16")),
        "a.docx",
        "damaged",
    ),
    "docx with 500,000 attributes": (
        lambda: package(word__document_xml="<w " + " ".join(f'a{n}=""' for n in range(500_000)) + "/>"),
        "a.docx",
        "damaged",
    ),
    "xlsx that unpacks to 48 MB": (lambda: xlsx('<row r="1"/>' * 4_000_000), "a.xlsx", "too_big"),
    "xlsx with two cells far apart": (lambda: xlsx(TWO_CELLS), "a.xlsx", "ok"),
    "xlsx with a diagonal": (lambda: xlsx("".join(map(diagonal, range(16_000)))), "a.xlsx", "ok"),
    "xlsx with 510,000 cells": (lambda: xlsx(f"<row>{'<c><v>1</v></c>' * 510_000}</row>"), "a.xlsx", "too_big"),
    "xlsx with strings that are not there": (
        lambda: xlsx('<row><c t="s"><v>99999999999</v></c></row>'),
        "a.xlsx",
        "empty",
    ),
    "xlsx with wrong numbers": (
        lambda: xlsx('<row><c s="-1"><v>1e999</v></c><c><v>甲</v></c></row>'),
        "a.xlsx",
        "ok",
    ),
    "xls with two cells far apart": (
        lambda: biff((0x0203, NUMBER.pack(0, 0, 0, 1.0)), (0x0203, NUMBER.pack(65_535, 255, 0, 2.0))),
        "a.xls",
        "too_big",
    ),
    "xls with a password": (lambda: biff((0x002F, b"\0\0")), "a.xls", "encrypted"),
    "xls that is cut": (lambda: ole(Workbook=b"\x09\x08\xff\xff", Ctls=b""), "a.xls", "damaged"),
    "xls of nothing": (lambda: ole(Workbook=b"", Ctls=b""), "a.xls", "empty"),
    "xlsx with a password": (lambda: ole(EncryptedPackage=bytes(5000), Version=b""), "a.xlsx", "encrypted"),
    "doc with a password": (lambda: bad_doc(0x0A, b"\x00\x01"), "a.doc", "encrypted"),
    "doc with a piece table elsewhere": (
        lambda: bad_doc(0x01A2, b"\xff\xff\xff\x7f\xff\xff\xff\x7f"),
        "a.doc",
        "damaged",
    ),
    "doc with pieces of 4 GB": (
        lambda: piece_table(b"\x02\x10\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff"),
        "a.doc",
        "ok",
    ),
    "doc with an endless piece table": (lambda: piece_table(b"\x02\xff\xff\xff\xff"), "a.doc", "any"),
    "doc with backward pieces": (
        lambda: piece_table(b"\x02\x10\x00\x00\x00\xff\x00\x00\x00\x00\x00\x00\x00"),
        "a.doc",
        "empty",
    ),
    "doc of another program": (lambda: ole(WordDocument=b"\xff" * 2000, Ctls=b""), "a.doc", "damaged"),
    "ppt whose edits chase each other": (
        lambda: ppt(0xE391C05F, bytes(8) + struct.pack("<HHI5I", 0, 0x0FF5, 28, 0, 0, 8, 8, 1)),
        "a.ppt",
        "damaged",
    ),
    "ppt with a password": (lambda: ppt(0xF3D1C4DF, bytes(64)), "a.ppt", "encrypted"),
    "ppt of zeros": (lambda: ole(Current_User=bytes(20), PowerPoint_Document=bytes(64)), "a.ppt", "damaged"),
    "ole of nothing": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), "a.doc", "damaged"),
    "ole whose sectors go round": (
        lambda: patched(fake_files.doc("甲"), 512 + 8, struct.pack("<I", 2) * 8),
        "a.doc",
        "any",
    ),
    "zip that unpacks to 30 MB a thousand times": (lambda: overlapping(1000), "a.zip", "any"),
    "zip in zip in zip": (lambda: zipped({"b.zip": zipped({"c.zip": zipped({"d.txt": "甲"})})}), "a.zip", "empty"),
    "zip with a password": (locked_zip, "a.zip", "encrypted"),
    "zip packed in an unknown way": (unknown_method, "a.zip", "empty"),
    "zip of 60,000 names": (lambda: zipped({f"{n}.bin": b"" for n in range(60_000)}), "a.zip", "empty"),
    "zip without a directory": (lambda: zipped({"a.txt": "x"})[:40], "a.zip", "damaged"),
    "zip that lies about its directory": (
        lambda: zipped({"a.txt": "x"})[:-6] + b"\xff\xff\xff\x7f\0\0",
        "a.zip",
        "any",
    ),
    "pdf whose pages go round": (
        lambda: pdf("<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 >>"),
        "a.pdf",
        "damaged",
    ),
    "pdf of a billion pages": (
        lambda: pdf("<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [] /Count 1000000000 >>"),
        "a.pdf",
        "any",
    ),
    "pdf whose stream unpacks to 300 MB": (lambda: pdf_page(b" " * 300_000_000), "a.pdf", "any"),
    "pdf of 100,000 operators": (lambda: pdf_page(b"0 0 m 9 9 l S\n" * 100_000), "a.pdf", "empty"),
    "pdf that draws itself": (
        lambda: pdf(
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            "<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << /XObject << /I 4 0 R >> >> >>",
            "<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /I 4 0 R >> >> /Length 5 >>\n"
            "stream\n/I Do\nendstream",
        ),
        "a.pdf",
        "empty",
    ),
    "pdf of arrays in arrays": (lambda: pdf("[" * 200_000), "a.pdf", "damaged"),
    "pdf of a picture": (scan, "a.pdf", "needs_ocr"),
    "pdf of nothing": (lambda: b"%PDF-1.7\n", "a.pdf", "damaged"),
    "rtf of 200,000 braces": (lambda: b"{\\rtf1 " + b"{" * 200_000, "a.rtf", "any"),
    "rtf with 20 MB of picture": (lambda: b"{\\rtf1{\\pict " + b"00ff" * 5_000_000 + b"} \\'bc\\'d7}", "a.rtf", "ok"),
    "rtf of 500,000 surrogates": (lambda: b"{\\rtf1 " + b"\\u-10178 " * 500_000 + b"}", "a.rtf", "any"),
    "rtf of wrong escapes": (lambda: b"{\\rtf1\\ansicpg99999 \\'zz\\u99999999 \\bin9999999999 x}", "a.rtf", "any"),
    "ofd with an encrypted body": (
        lambda: zipped({"OFD.xml": "<OFD/>", "Encryptions.xml": "<a/>"}),
        "a.ofd",
        "encrypted",
    ),
    "ofd without a document": (lambda: zipped({"OFD.xml": "<OFD/>"}), "a.ofd", "empty"),
    "ofd of a picture": (lambda: ofd(image=True), "a.ofd", "needs_ocr"),
    "ofd with numbers that are none": (lambda: ofd(("1e9 nan inf -", "甲")), "a.ofd", "ok"),
    "html nested 200,000 deep, called doc": (lambda: b"<div>" * 200_000 + "甲".encode() * 500, "a.doc", "any"),
    "html of the server, called doc": (
        lambda: "<html><body>404 您访问的页面不存在</body></html>".encode(),
        "a.doc",
        "is_html",
    ),
    "html called pdf": (lambda: "<html><body><p>请登录后下载</p></body></html>".encode(), "a.pdf", "is_html"),
    "txt of one line of 20 MB": (lambda: "甲".encode() * 7_000_000, "a.txt", "ok"),
    "txt of zeros": (lambda: bytes(5_000_000), "a.txt", "empty"),
    "bytes of all kinds": (lambda: bytes(range(256)) * 4000, "a.doc", "any"),
    "rar that goes round": (lambda: b"Rar!\x1a\x07\x00" + b"\0\0\x74\0\x80\x07\0\xff\xff\xff\xff" * 9, "a.rar", "any"),
    "rar 5 of endless numbers": (lambda: b"Rar!\x1a\x07\x01\x00" + b"\xff" * 5000, "a.rar", "unsupported"),
    "mht without html": (
        lambda: b"MIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n\n" + b"--b\n" * 50_000,
        "a.doc",
        "any",
    ),
    "word xml of 2003 cut": (lambda: b'<?xml version="1.0"?><w:wordDocument xmlns:w="w"><w:p>', "a.doc", "damaged"),
    "picture called pdf": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(100), "a.pdf", "needs_ocr"),
    "nothing": (lambda: b"", "a.doc", "empty"),
    "7z": (lambda: b"7z\xbc\xaf\x27\x1c" + bytes(100), "a.7z", "unsupported"),
}
