"""From bytes to a page: what the bytes are, how they are encoded, and one tree that every reader shares.

Neither headers nor metas are believed: HTML is served as `application/pdf`, PDF as `text/html`, GBK as UTF-8. The
first bytes decide the media type; the order BOM → strict UTF-8 → declared → detected decides the encoding.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

import charset_normalizer
from lxml import etree
from resiliparse.parse.html import HTMLTree
from scrapy.http import Response

Element: TypeAlias = etree._Element  # plain elements: lxml.html's cost a third of the time of a page in class look-ups

LIMIT = 4_000_000  # bytes read of one page; the longest real page without inlined pictures has 0.6 MB
TAGS = 80_000  # tags read of one page; a table of 5,000 names with three columns has 40,000
PIECES = 1_000  # names and values read of one tag: libxml2 compares each attribute with all before it
DEEPEST = 2_000  # tags that a page must have to nest deeper than libxml2 follows
SAMPLE = 60_000  # bytes the detector sees; it is quadratic in surprises

# First bytes of what is not text: magic → media type. Zip holds docx, xlsx, ofd; OLE holds doc, xls, wps.
MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"{\\rtf", "application/rtf"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\x1f\x8b", "application/gzip"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"BM", "image/bmp"),
    (b"RIFF", "audio/x-riff"),
    (b"ID3", "audio/mpeg"),
    (b"\x00\x00\x00\x18ftyp", "video/mp4"),
    (b"\x00\x00\x00\x20ftyp", "video/mp4"),
)
FIRST_BYTES = tuple(first for first, _ in MAGIC)
BOMS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Names pages use → the superset that reads them: "gb2312" pages are full of GBK characters (镕, 喆).
SUPERSETS = {
    "gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "x-gbk": "gb18030", "chinese": "gb18030",
    "gb18030": "gb18030", "big5": "big5hkscs", "utf8": "utf-8", "utf-8": "utf-8", "iso-8859-1": "cp1252",
}  # fmt: skip
CANDIDATES = ["gb18030", "big5hkscs", "utf_8", "utf_16", "cp1252"]  # what the detector may answer

DECLARED = re.compile(rb"""charset\s*=\s*+(?:["']\s*+)?([\w.:-]+)|<\?xml[^>]{0,80}encoding=["']([\w.:-]+)""", re.I)
INLINED = re.compile(rb"data:[\w/+.-]{0,60};base64,[A-Za-z0-9+/=\s%]{200,}")
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
CONTROL_BYTES = bytes(code for code in range(128) if CONTROLS.match(chr(code)))
ODD_BYTES = bytes(range(1, 9))  # that many of them no text has
ASCII = bytes(range(128))
TAG = re.compile(
    rb"<(?:!doctype|html|head|body|meta|title|script|div|table|p|br|a|span|td|ul|li|h\d|form|frameset)\b", re.I
)
JSONP = re.compile(r"\A\s*[\w.$]{1,60}\s*\(\s*(?=[\[{])")
ENDS = re.compile(r"</(?:html|body)\s{0,9}>", re.I)
SEGMENT = re.compile(rb"[<>\r\n]+")
VALUE = r"""=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>]*+)"""
START = re.compile(  # a comment, or what opens an element (and what a script holds, where <a is no tag)
    rf"<!--(?:[^-]++|-(?!->))*+|(?P<tag><(?:(?P<script>script)\b|[a-z])(?:[^=>]++|{VALUE})*+)"
    r"(?(script)(?:[^<]++|<(?!/script))*+)",
    re.I,
)
PIECE = re.compile(rf"{VALUE}|[\s/]++")
# So short a tag has at most `PIECES` of them: 23 values, and what stands between them.
SHORT = rf"[^=>]{{0,40}}+(?:{VALUE}[^=>]{{0,40}}+){{0,23}}+(?=>)"
SHORT_TAGS = re.compile(  # a page of such tags alone, read as `START` reads it
    rf"\A(?:[^<]++|<(?:(?!script\b)[a-z]{SHORT}|script\b{SHORT}(?:[^<]++|<(?!/script))*+|!--(?:[^-]++|-(?!->))*+"
    r"|!(?!--)|(?![a-z!])))*+\Z",
    re.I,
)


@dataclass(slots=True)
class Page:
    """One capture, decoded and parsed once. `tree` is None for plain text, JSON, XML and binary; `parsed` is the
    value of a JSON or JSONP answer; `notes` say what had to be given up while reading it."""

    url: str
    status: int
    media_type: str
    raw: bytes
    text: str
    encoding: str
    encoding_reason: str
    tree: Element | None
    plain: bool
    parsed: object = None
    notes: tuple[str, ...] = ()
    named: list[tuple[str, str]] | None = None  # for `metas` only

    def may_hold(self, word: str) -> bool:
        """May an ASCII word stand in the text? The bytes tell it in a tenth of the time, where ASCII is as it is."""
        return self.encoding not in ("utf-8", "gb18030") or word.encode() in self.raw

    def having(self, tag: str) -> Iterator[Element]:
        """The elements of a tag, in document order."""
        return self.tree.iter(tag) if self.tree is not None else iter(())

    def head_title(self) -> str:
        """What <title> says; empty where there is none."""
        return next(map(text_in, self.having("title")), "")

    def metas(self) -> list[tuple[str, str]]:
        """Every `<meta name content>`: its name in small letters, and its content."""
        if self.named is None:
            found = ((meta.get("name"), meta.get("content")) for meta in self.having("meta"))
            self.named = [(name.strip().lower(), said) for name, said in found if name is not None and said is not None]
        return self.named


def text_in(element: Element) -> str:
    """All text below an element. Most elements hold nothing but text, which is told without a walk."""
    return "".join(element.itertext()) if len(element) else element.text or ""


def parse(response: Response) -> Page:
    """Read a response from the network, a WARC record, a file or a test. Never raises."""
    raw: bytes = response.body
    notes: list[str] = []
    header = (response.headers.get("Content-Type") or b"").decode("latin-1")
    binary = magic(raw)
    if binary:
        return Page(response.url, response.status, binary, raw, "", "", "binary", None, False)
    lean = INLINED.sub(b"", raw) if b";base64," in raw else raw
    if len(lean) > LIMIT:
        notes.append(f"only the first {LIMIT / 1e6:.0f} MB of {len(lean) / 1e6:.0f} MB were read")
        lean = lean[:LIMIT]
    text, encoding, reason = decode(lean, header)
    text = without_controls(lean, text, encoding)
    page = Page(response.url, response.status, "text/html", raw, text, encoding, reason, None, False)
    page.media_type = text_type(lean, text, header, response.url)
    if page.media_type == "application/json":
        page.parsed = from_json(text)
    page.plain = page.media_type == "text/plain"
    if page.media_type == "text/html":
        short, given_up = bounded(text)
        page.tree, lost = grow(short)
        notes += filter(None, (given_up, lost))
    page.notes = tuple(notes)
    return page


def without_controls(raw: bytes, text: str, encoding: str) -> str:
    """The text without what no tree may hold. Pages without such characters, nearly all, are told by their bytes in a
    fifth of the time."""
    clean = encoding in ("utf-8", "gb18030") and len(raw.translate(None, CONTROL_BYTES)) == len(raw)
    return text if clean and "\ufffe" not in text and "\uffff" not in text else CONTROLS.sub("", text)


# --- what the bytes are ------------------------------------------------------------------------------------------


def magic(raw: bytes) -> str | None:
    """The media type of bytes that are not text, by their first bytes: `%PDF-` → application/pdf."""
    head = raw[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    if raw.startswith(FIRST_BYTES) or head.startswith(FIRST_BYTES):
        return next(kind for first, kind in MAGIC if raw.startswith(first) or head.startswith(first))
    if raw[4:8] == b"ftyp":
        return "video/mp4"
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return None  # half of every Chinese character may look like a control byte: 一 is 00 4E, 丁 is 01 4E
    head = raw[:1024]
    odd = len(head) - len(head.translate(None, ODD_BYTES))
    return "application/octet-stream" if odd > max(8, len(head) // 50) else None


def text_type(raw: bytes, text: str, header: str, url: str) -> str:
    """The media type of bytes that are text; the header counts only where the bytes say nothing."""
    start = text[:400].lstrip("\ufeff \t\r\n").lower()
    if (start[:1] in ("{", "[") or JSONP.match(start)) and from_json(text) is not None:
        return "application/json"
    if start.startswith("<?xml") and "<html" not in start and not re.search(r"<!doctype html", start):
        return "application/xml"
    if TAG.search(raw[:LIMIT]) and not (url.lower().endswith(".txt") and not start.startswith("<")):
        return "text/html"
    return "text/html" if start.startswith("<") else "text/plain"


def from_json(text: str) -> object:
    """The value of a JSON or JSONP answer, or None. Raw newlines inside strings are common (WAS docs.jsp)."""
    wrapped = JSONP.match(text)
    body = text[wrapped.end() :].rstrip(" \t\r\n;)") if wrapped else text.strip(" \t\r\n\ufeff;")
    try:
        return json.loads(body, strict=False)
    except (ValueError, RecursionError):
        return None


# --- encoding ----------------------------------------------------------------------------------------------------


def decode(raw: bytes, header: str = "") -> tuple[str, str, str]:
    """Text, encoding and the reason for it. A multi-byte character cut at the end does not count as an error."""
    for bom, encoding in BOMS:
        if raw.startswith(bom):
            return raw[len(bom) :].decode(encoding, "replace"), encoding, "bom"
    wide = without_bom(raw)
    if wide:
        return raw.decode(wide, "replace"), wide, "every second byte is zero"
    named = declared(raw, header)
    text = strict(raw, "utf-8")
    if text is not None and not (named == "gb18030" and looks_unlike_chinese(text)):
        return text, "utf-8", "ascii" if len(text) == len(raw) else "valid utf-8"
    for encoding in dict.fromkeys(filter(None, (named, "gb18030"))):
        text = strict(raw, encoding) if encoding != "cp1252" else None
        if text is not None and not garbled(text):
            return text, encoding, "declared" if encoding == named else "no valid utf-8, valid gb18030"
    return by_segment(raw, named) or detected(raw)


def strict(raw: bytes, encoding: str) -> str | None:
    """The text if all bytes are valid, whatever was cut at the end; else None."""
    try:
        return codecs.getincrementaldecoder(encoding)().decode(raw)
    except (UnicodeDecodeError, LookupError):
        return None


def declared(raw: bytes, header: str) -> str | None:
    """The encoding that the page's own meta names, else the header's; the page knows better than its server."""
    for place in (raw[:4096], header.encode("latin-1", "replace"), raw[4096:100_000]):
        found = DECLARED.search(place)
        if found:
            name = (found[1] or found[2]).decode("ascii", "replace").lower()
            return SUPERSETS.get(name, name if known(name) else None)
    return None


def known(name: str) -> bool:
    """Does Python read this encoding as text? (`rot13` and `base64` are codecs too, but not of text.)"""
    try:
        return codecs.lookup(name)._is_text_encoding
    except (LookupError, ValueError):
        return False


def without_bom(raw: bytes) -> str | None:
    """UTF-16 without its mark: the markup's every second byte is zero."""
    head = raw[:400]
    if head[1::2].count(0) > len(head) // 5 and head[::2].count(0) < 4:
        return "utf-16-le"
    if head[::2].count(0) > len(head) // 5 and head[1::2].count(0) < 4:
        return "utf-16-be"
    return None


def looks_unlike_chinese(text: str) -> bool:
    """Bytes of a short GBK page can be valid UTF-8 by chance ("联通" → "ͨ"), but never give a Chinese character."""
    return any(c > "\x7f" for c in text) and not any(c > "\u07ff" for c in text)


# Accented letters, private use, replacement, 锟 of 锟斤拷. Scripts of China's other languages are not odd.
ODD = re.compile("[\xa8-\xb6\xb8-\xd6\xd8-\xf6\xf8-\u024f\ue000-\uf8ff\ufffd\u951f\U00030000-\U0010ffff]")
# Upper bytes of characters: of none that is odd, \ufffd and 锟 aside; of none that is Chinese (\u4e00-\u9fff).
NOT_ODD = bytes([*range(3, 0xD8), *range(0xF9, 256)])
NOT_CHINESE = bytes([*range(0x4E), *range(0xA0, 256)])


def garbled(text: str) -> bool:
    """Was the text read, here or before it was saved, in the wrong encoding? Chinese pages use few odd characters,
    and right text never turns into valid UTF-8 when its bytes are taken in another encoding ("涓浗" → "中国")."""
    sample = foreign(text[:100_000])[:20_000]
    if len(sample) < 20:
        return False
    most = len(sample) * 0.1
    if may_be_odd(sample) > most and len(ODD.findall(sample)) > most:
        return True
    return any(turns_into_utf8(sample[:200], encoding) for encoding in ("gb18030", "cp1252"))


def may_be_odd(text: str) -> int:
    """How many characters of a text have a byte that odd ones have: no fewer than are odd, in a fifth of the time."""
    return len(uppers(text).translate(None, NOT_ODD)) + text.count("\ufffd") + text.count("\u951f")


def foreign(text: str) -> str:
    """What is not ASCII. By way of bytes, in a fifth of the time that an expression takes."""
    return text.encode("utf-8", "surrogatepass").translate(None, ASCII).decode("utf-8", "surrogatepass")


def turns_into_utf8(sample: str, encoding: str) -> bool:
    """Are the bytes of a text in another encoding mostly Chinese in UTF-8?"""
    back = sample.encode(encoding, "ignore")
    return chinese(back.decode("utf-8", "ignore")) * 5 > len(back)


def chinese(text: str) -> int:
    """How many characters of a text are Chinese. By way of bytes, in a tenth of the time that an expression takes."""
    return len(uppers(text).translate(None, NOT_CHINESE))


def uppers(text: str) -> bytes:
    """The upper byte of each character, or of either half of one."""
    return text.encode("utf-16-be", "surrogatepass")[::2]


def by_segment(raw: bytes, named: str | None) -> tuple[str, str, str] | None:
    """A page put together from parts in two encodings (a GBK footer in a UTF-8 page), read piece by piece between
    markup; None when the pieces fit neither."""
    pieces: list[str] = []
    lost = multibyte = at = 0
    for boundary in [*SEGMENT.finditer(raw), None]:
        piece = raw[at : boundary.start() if boundary else len(raw)]
        text = strict(piece, "utf-8")
        text = text if text is not None else strict(piece, "gb18030")
        multibyte += len(piece) - len(piece.translate(None, bytes(range(128, 256))))
        if text is None:
            text = piece.decode(named or "utf-8", "replace")
            lost += text.count("\ufffd")
        pieces += [text, boundary[0].decode("ascii") if boundary else ""]
        at = boundary.end() if boundary else at
    joined = "".join(pieces)
    if lost * 20 > multibyte or garbled(joined):
        return None
    main = named if named in ("utf-8", "gb18030") else "utf-8"
    return joined, main, "declared, with invalid bytes" if lost else "mixed utf-8 and gb18030"


def detected(raw: bytes) -> tuple[str, str, str]:
    """The detector's answer on a sample around the first bytes that are not ASCII."""
    first = re.search(rb"[\x80-\xff]", raw)
    start = max(0, first.start() - 200) if first else 0
    best = charset_normalizer.from_bytes(raw[start : start + SAMPLE], steps=3, cp_isolation=CANDIDATES).best()
    encoding = best.encoding if best else "utf-8"
    return raw.decode(encoding, "replace"), encoding.replace("_", "-"), "detected" if best else "nothing fits"


# --- the tree ----------------------------------------------------------------------------------------------------


def bounded(text: str) -> tuple[str, str | None]:
    """The text with at most `PIECES` names and values in a tag, and what had to be given up: 20,000 attributes take
    libxml2 0.4 s, 200,000 forty."""
    if SHORT_TAGS.match(text):
        return text, None
    tags = [found for found in START.finditer(text) if len(found["tag"] or "") > PIECES]
    cuts = [(begin, found.end("tag")) for found in tags if (begin := surplus(found)) is not None]
    if not cuts:
        return text, None
    starts, ends = [0, *(end for _, end in cuts)], [*(begin for begin, _ in cuts), len(text)]
    kept = (text[start:end] for start, end in zip(starts, ends, strict=True))
    return "".join(kept), f"only the first attributes were read of {len(cuts):,} tags that have more than {PIECES:,}"


def surplus(opening: re.Match[str]) -> int | None:
    """Where the part of a tag begins that is not read; None for a tag that is read whole."""
    piece = next(islice(PIECE.finditer(opening["tag"]), PIECES, None), None)
    return opening.start() + piece.start() if piece else None


def grow(text: str) -> tuple[Element | None, str | None]:
    """The tree, and what had to be given up. libxml2 stops at 2,048 open elements and drops what follows, with a
    fatal error; lexbor reads such a page (200,000 in 0.03 s), of which we keep title and lines."""
    tree, deep = grown(text)
    if deep:
        return flat(text), "nested too deeply for its structure to be kept"
    if text.count("<") > TAGS:
        short = "<".join(text.split("<", TAGS)[:TAGS])
        return grown(short)[0], f"only the first {TAGS:,} tags were read ({len(short):,} of {len(text):,} characters)"
    return tree, None


def grown(text: str) -> tuple[Element | None, bool]:
    """What libxml2 makes of a page, and whether it gave up for depth."""
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_pis=True, remove_comments=True)
    whole = ENDS.sub("", text)  # what follows </html>, often half the page, would become a tree of its own
    try:
        tree: Element | None = etree.fromstring(whole.encode("utf-8", "replace"), parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None, False
    if text.count("<") < DEEPEST:
        return tree, False
    last = parser.error_log.last_error
    return tree, last is not None and last.type_name == "ERR_RESOURCE_LIMIT"


def flat(text: str) -> Element:
    """Title and lines of a page too deep for libxml2, as a shallow tree."""
    deep = HTMLTree.parse(text)
    tree = etree.Element("html")
    etree.SubElement(etree.SubElement(tree, "head"), "title").text = CONTROLS.sub("", deep.title or "")
    body = etree.SubElement(tree, "body")
    for line in CONTROLS.sub("", (deep.body.text if deep.body else None) or "").splitlines():
        if line.strip():
            etree.SubElement(body, "p").text = line.strip()
    return tree
