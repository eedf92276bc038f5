"""Text of fixed pages: PDF by PDFium, OFD (GB/T 33190) by our own reader.

A page knows lines, not paragraphs. `paragraphs` joins lines that run on: in Chinese no space tells where a word was
broken, and a search for 档案整理 must find it across the edge of a line.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw
from lxml import etree

from pipelines.formats import Damaged, Encrypted, NeedsOcr, Text, TooBig, tidy
from pipelines.formats.package import Package, attribute, child, children, descendants, resolved

PAGES = 3_000
FEW = 10  # characters: a page with a picture and fewer is a scan

_PAGE_NUMBER = re.compile(r"[-—–―－\s]{1,4}\d{1,4}[-—–―－\s]{1,4}|第\s?\d{1,4}\s?页(?:\s?[,，/]?\s?共\s?\d{1,4}\s?页)?")
_SPACED = re.compile(r"(?<=[\u2e80-\u9fff\uff00-\uffef]) (?=[0-9A-Za-z])|(?<=[0-9A-Za-z%.]) (?=[\u2e80-\u9fff])")
_WIDE = 40  # halves of a character; pages of short lines have no edge that text runs to


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page: its left and right edge and the height of its characters, in the page's unit."""

    text: str
    left: float
    right: float
    height: float


def width(text: str) -> int:
    """The width of a text in halves of a Chinese character."""
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text)


def paragraphs(pages: Iterable[Sequence[Line]]) -> list[str]:
    """Lines of pages → paragraphs. A line runs on if it reaches the right edge of its page's text and the next one
    begins at the left edge: paragraphs of official documents are indented. Page numbers are not text."""
    joined: list[str] = []
    runs_on = False
    for page in pages:
        lines = [line for line in page if line.text]
        if lines and _PAGE_NUMBER.fullmatch(f" {lines[-1].text} "):
            lines.pop()
        right, left = max((line.right for line in lines), default=0), min((line.left for line in lines), default=0)
        for line in lines:
            if runs_on and line.left < left + line.height:
                gap = " " if joined[-1][-1].isascii() and line.text[0].isascii() else ""
                joined[-1] += gap + line.text
            else:
                joined.append(line.text)
            runs_on = line.right > right - 1.5 * line.height and width(line.text) >= _WIDE
    return joined


def say(pages: Sequence[Sequence[Line]], pictures: int, text: Text) -> None:
    """The paragraphs of all pages; raises `NeedsOcr` where pages are pictures."""
    text.parts = len(pages)
    for line in paragraphs(pages):
        text.say(line)
    if pictures:
        raise NeedsOcr(f"{pictures} of {len(pages)} pages {'is a picture' if pictures == 1 else 'are pictures'}")


# --- PDF ---------------------------------------------------------------------------------------------------------


def read_pdf(raw: bytes, text: Text) -> None:
    """PDF. A page that cannot be loaded makes the file damaged; the others are kept."""
    try:
        document = pypdfium2.PdfDocument(raw)
    except pypdfium2.PdfiumError as error:
        if pypdfium2.raw.FPDF_GetLastError() == pypdfium2.raw.FPDF_ERR_PASSWORD or "assword" in str(error):
            raise Encrypted from error
        raise Damaged("PDFium cannot open it; it was probably cut off") from error
    if len(document) > PAGES:
        raise TooBig(f"it has {len(document):,} pages")
    pages, pictures, lost = [], 0, 0
    for number in range(len(document)):
        try:
            lines, is_picture = pdf_page(document[number])
        except pypdfium2.PdfiumError:
            lines, is_picture, lost = [], False, lost + 1
        pages.append(lines)
        pictures += is_picture
    if lost or not pages:
        text.remarks.append(f"{lost} of {len(pages)} pages cannot be loaded")
    say(pages, pictures, text)
    if lost or not pages:
        raise Damaged(f"{lost} of {len(pages)} pages cannot be loaded")


def pdf_page(page: pypdfium2.PdfPage) -> tuple[list[Line], bool]:
    """The lines of a page, and whether it is a picture of one."""
    layer = page.get_textpage()
    lines = list(pdf_lines(layer))
    layer.close()
    images = page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE], max_depth=3) if few(lines) else ()
    is_picture = any(True for _ in images)
    page.close()
    return lines, is_picture


def few(lines: Sequence[Line]) -> bool:
    return sum(len("".join(line.text.split())) for line in lines) < FEW


def pdf_lines(layer: pypdfium2.PdfTextPage) -> Iterator[Line]:
    """The lines as PDFium orders them. It counts places in UTF-16 units, and so must we."""
    units = "".join(map(chr, memoryview(layer.get_text_range().encode("utf-16-le", "surrogatepass")).cast("H")))
    is_placed = len(units) == layer.count_chars()
    for match in re.finditer(r"[^\r\n]+", units):
        first, last = match.span()
        text = tidy_units(drop_narrow(layer, match[0], first) if is_placed else match[0])
        if is_placed:
            left, bottom, _right, top = layer.get_charbox(first)
            yield Line(text, left, layer.get_charbox(last - 1)[2], top - bottom)
        else:
            yield Line(text, 0, 0, 0)


def tidy_units(units: str) -> str:
    return tidy(units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"))


def drop_narrow(layer: pypdfium2.PdfTextPage, units: str, first: int) -> str:
    """Without the spaces that are only the gap which programs put between Chinese and digits (2024 年)."""
    return _SPACED.sub(lambda match: "" if is_narrow(layer, first + match.start()) else " ", units)


def is_narrow(layer: pypdfium2.PdfTextPage, place: int) -> bool:
    """Is the space at a place narrower than three quarters of a character?"""
    before, after = layer.get_charbox(place - 1), layer.get_charbox(place + 1)
    return bool(after[0] - before[2] < (before[3] - before[1] + after[3] - after[1]) * 0.375)


# --- OFD ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Words:
    """Characters of one text object: left edge, middle and height in millimetres."""

    x: float
    y: float
    height: float
    text: str

    @property
    def right(self) -> float:
        return self.x + self.height * width(self.text) / 2


def read_ofd(raw: bytes, text: Text) -> None:
    """OFD: each page's text objects by their place, as lines."""
    package = Package(raw)
    if "OFD.xml" not in package:
        raise Damaged("the package has no OFD.xml")
    if "Encryptions.xml" in package:
        raise Encrypted
    pages, pictures = [], 0
    root = package.tree("OFD.xml")
    for body in descendants(root, "DocRoot") if root is not None else ():
        for path in ofd_pages(package, resolved("", (body.text or "").strip())):
            page = package.tree(path)
            pages.append(ofd_lines(page) if page is not None else [])
            has_image = page is not None and next(descendants(page, "ImageObject"), None) is not None
            pictures += has_image and few(pages[-1])
            if len(pages) > PAGES:
                raise TooBig(f"it has more than {PAGES:,} pages")
    say(pages, pictures, text)


def ofd_pages(package: Package, document: str) -> list[str]:
    """The paths of a document's pages, in order."""
    listed = child(package.tree(document), "Pages")
    folder = document.rpartition("/")[0]
    pages = children(listed, "Page") if listed is not None else ()
    return [resolved(folder, attribute(page, "BaseLoc") or "") for page in pages]


def ofd_lines(page: etree._Element) -> list[Line]:
    """Text objects whose middles differ by less than half their height are one line; a gap wider than a character
    parts words, as in a table."""
    found = [words for place in descendants(page, "TextObject") for words in ofd_words(place)]
    lines: list[list[Words]] = []
    for words in sorted(found, key=lambda w: (w.y, w.x)):
        if lines and words.y - lines[-1][-1].y < words.height / 2:
            lines[-1].append(words)
        else:
            lines.append([words])
    ordered = [sorted(line, key=lambda w: w.x) for line in lines]
    return [Line(tidy("".join(spaced(line))), line[0].x, line[-1].right, line[0].height) for line in ordered]


def ofd_words(place: etree._Element) -> list[Words]:
    x, y, _width, height = numbers(attribute(place, "Boundary"), 4)
    size = numbers(attribute(place, "Size"), 1)[0] or height
    return [
        Words(x + numbers(attribute(code, "X"), 1)[0], y + numbers(attribute(code, "Y"), 1)[0], size, code.text or "")
        for code in children(place, "TextCode")
    ]


def spaced(line: Sequence[Words]) -> Iterable[str]:
    end = None
    for words in line:
        if end is not None and words.x - end > words.height:
            yield " "
        yield words.text
        end = words.right


def numbers(written: str | None, count: int) -> list[float]:
    """`10 20.5 100 8` as numbers; what is missing is 0."""
    found = [float(part) for part in re.findall(r"-?\d{1,6}(?:\.\d{1,9})?", written or "")[:count]]
    return found + [0.0] * (count - len(found))
