"""ZIP packages with XML parts (DOCX, PPTX, XLSX, OFD), opened with limits: a bomb is `TooBig`, not 3.7 GB of memory.

Sizes that a package states about itself are not believed; what comes out is counted.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator

from lxml import etree

from pipelines.formats import Damaged, Encrypted, TooBig, Unsupported

PART_LIMIT = 40_000_000  # bytes of one part; a document of 2,000 pages has 15 MB
PACKAGE_LIMIT = 200_000_000  # bytes of all parts that were opened
ENCRYPTED = 1  # bit of a member's flags
_MAIN = ("word/document.xml", "xl/workbook.xml", "ppt/presentation.xml")
_DOCTYPE = re.compile(rb"<!DOCTYPE|<\x00!\x00D\x00O\x00C|\x00<\x00!\x00D\x00O", re.I)  # OOXML and OFD forbid them


class Package:
    """The parts of a package by path. Paths are compared without case, as Office does."""

    def __init__(self, raw: bytes) -> None:
        try:
            self.zip = zipfile.ZipFile(io.BytesIO(raw))
        except (zipfile.BadZipFile, ValueError, OSError, EOFError) as error:
            raise Damaged("the package has no readable directory; it was probably cut off") from error
        self.parts = {entry.filename.replace("\\", "/").lstrip("/").lower(): entry for entry in self.zip.infolist()}
        self.opened = 0

    def __contains__(self, path: str) -> bool:
        return path.lower() in self.parts

    def part(self, path: str) -> bytes:
        """The bytes of a part; empty if there is none. Raises `TooBig`, `Encrypted`, `Damaged`."""
        entry = self.parts.get(path.lower())
        return self.unpack(entry) if entry else b""

    def unpack(self, entry: zipfile.ZipInfo) -> bytes:
        """The bytes of one member, counted."""
        if entry.flag_bits & ENCRYPTED:
            raise Encrypted
        try:
            with self.zip.open(entry) as part:
                raw = part.read(PART_LIMIT + 1)
        except NotImplementedError as error:
            raise Unsupported(f"{entry.filename} is packed in a way that cannot be read here") from error
        self.opened += len(raw)
        if len(raw) > PART_LIMIT or self.opened > PACKAGE_LIMIT:
            raise TooBig(f"{entry.filename} unpacks to more than {PART_LIMIT // 1_000_000} MB")
        return raw

    def tree(self, path: str) -> etree._Element | None:
        """The root of an XML part without comments; None if there is no such part. Entities are not expanded."""
        raw = self.part(path)
        if not raw:
            return None
        if _DOCTYPE.search(raw[:4096]):
            raise Damaged(f"{path} declares a document type, which the format forbids")
        parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
        try:
            return etree.fromstring(raw, parser)
        except etree.XMLSyntaxError as error:
            raise Damaged(f"{path} is not well-formed XML") from error

    def main(self) -> str:
        """The path of the part that is the document: word/document.xml, and what Office 365 calls
        word/document2.xml; empty for packages of another kind."""
        root = self.tree("_rels/.rels")
        for relation in children(root, "Relationship") if root is not None else ():
            if relation.get("Type", "").endswith("/officeDocument"):
                return resolved("", relation.get("Target", ""))
        return next((path for path in _MAIN if path in self), "")

    def relations(self, path: str) -> dict[str, str]:
        """Id → path of the parts that a part refers to (`word/_rels/document.xml.rels`)."""
        folder, name = posixpath.split(path)
        root = self.tree(f"{folder}/_rels/{name}.rels".lstrip("/"))
        return {
            relation.get("Id", ""): resolved(folder, relation.get("Target", ""))
            for relation in (children(root, "Relationship") if root is not None else ())
        }


def resolved(folder: str, target: str) -> str:
    """A target as it stands in a part of `folder`: `../media/a.png`, `/ppt/slides/slide1.xml`."""
    return posixpath.normpath(posixpath.join("/", folder, target.replace("\\", "/"))).lstrip("/")


def local(element: etree._Element) -> str:
    """The name without its name space: transitional and strict OOXML, and each version of OFD, have their own."""
    return str(element.tag).rpartition("}")[2]


def attribute(element: etree._Element, name: str) -> str | None:
    """An attribute by its name without name space."""
    return next((str(value) for key, value in element.attrib.items() if str(key).rpartition("}")[2] == name), None)


def children(element: etree._Element, *names: str) -> Iterator[etree._Element]:
    """The children with one of these names."""
    return (child for child in element if local(child) in names)


def descendants(element: etree._Element, *names: str) -> Iterator[etree._Element]:
    """All below with one of these names, in order."""
    yield from element.iter(*(f"{{*}}{name}" for name in names))


def child(element: etree._Element | None, *path: str) -> etree._Element | None:
    """The first child along a path of names."""
    for name in path:
        element = next(children(element, name), None) if element is not None else None
    return element
