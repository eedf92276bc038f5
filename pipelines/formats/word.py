"""Text of DOCX (ECMA-376): paragraphs, tables as rows, text boxes, notes, and the numbers that Word counts itself.

Numbers that Word counts itself are nowhere in the text; formats/numbering.py counts them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from pipelines.formats import Damaged, Text
from pipelines.formats.numbering import Level, Lists
from pipelines.formats.package import Package, attribute, child, children, descendants, local

_BREAKS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": "\t"}
# What holds text that is not on the page (again): the old form of a drawing, what was moved away, ruby, text boxes
# (read after their paragraph).
_PASSED_OVER = frozenset({"Fallback", "moveFrom", "rt", "txbxContent", "pPr"})
_WRAPPERS = frozenset({"sdt", "sdtContent", "customXml", "ins", "smartTag", "moveTo"})


def read(raw: bytes, text: Text) -> None:
    """A Word document. `parts` is left 0: only Word knows where pages end."""
    package = Package(raw)
    body = child(package.tree(package.main()), "body")
    if body is None:
        raise Damaged("its main part has no body")
    numbering = Numbering(package.tree("word/numbering.xml"), package.tree("word/styles.xml"))
    say(body, numbering, text)
    for path in ("word/footnotes.xml", "word/endnotes.xml"):
        notes = package.tree(path)
        for note in children(notes, "footnote", "endnote") if notes is not None else ():
            if attribute(note, "type") in (None, "normal"):
                say(note, numbering, text)


def say(container: etree._Element, numbering: Numbering, text: Text) -> None:
    for line in lines(container, numbering):
        if isinstance(line, str):
            text.say(line)
        else:
            text.row(line)


def lines(container: etree._Element, numbering: Numbering) -> Iterator[str | list[str]]:
    """The paragraphs of a body, a cell, a note or a text box, and rows as their cells."""
    for block in container:
        name = local(block)
        if name == "p":
            yield numbering.label(block) + words(block)
            for box in descendants(block, "txbxContent"):
                if not any(local(above) == "Fallback" for above in box.iterancestors()):
                    yield from lines(box, numbering)
        elif name == "tbl":
            yield from rows(block, numbering)
        elif name in _WRAPPERS:
            yield from lines(block, numbering)


def rows(table: etree._Element, numbering: Numbering) -> Iterator[list[str]]:
    """The rows of a table; what a cell holds is joined by spaces."""
    for row in children(table, "tr"):
        yield [
            " ".join(line if isinstance(line, str) else " ".join(line) for line in lines(cell, numbering))
            for cell in cells_of(row)
        ]


def cells_of(row: etree._Element) -> Iterator[etree._Element]:
    """The cells of a row, also those that a content control wraps."""
    for part in row:
        if local(part) == "tc":
            yield part
        elif local(part) in _WRAPPERS:
            yield from cells_of(part)


def words(paragraph: etree._Element) -> str:
    """The text of a paragraph's runs; field codes and deleted text have other element names."""
    said: list[str] = []
    walker = etree.iterwalk(paragraph, events=("start",))
    for _event, element in walker:
        name = local(element)
        if name in _PASSED_OVER or (name == "r" and hidden(element)):
            walker.skip_subtree()
        elif name == "t":
            said.append(element.text or "")
        elif name in _BREAKS:
            said.append(_BREAKS[name])
    return "".join(said)


def hidden(run: etree._Element) -> bool:
    vanish = child(run, "rPr", "vanish")
    return vanish is not None and attribute(vanish, "val") not in ("0", "false")


# --- numbers that Word counts ------------------------------------------------------------------------------------


class Numbering:
    """The lists of a DOCX: which list a paragraph is of, and its number there."""

    def __init__(self, numbering: etree._Element | None, styles: etree._Element | None) -> None:
        self.abstract: dict[str, str] = {}  # numId → abstractNumId, which is counted
        self.starts: dict[str, list[tuple[int, int]]] = {}  # numId → depth and number it restarts with when first met
        self.of_style: dict[str, tuple[str, int]] = {}
        self.lists = Lists()
        if numbering is not None:
            self.define(numbering)
        for style in children(styles, "style") if styles is not None else ():
            properties = child(style, "pPr", "numPr")
            if properties is not None:
                listed = value(properties, "numId") or "", whole(value(properties, "ilvl"))
                self.of_style[attribute(style, "styleId") or ""] = listed

    def define(self, numbering: etree._Element) -> None:
        for abstract in children(numbering, "abstractNum"):
            for level in children(abstract, "lvl"):
                key = attribute(abstract, "abstractNumId") or "", whole(attribute(level, "ilvl"))
                first, form = whole(value(level, "start"), 1), value(level, "numFmt") or "decimal"
                self.lists.levels[key] = Level(first, form, value(level, "lvlText") or "")
        for listed in children(numbering, "num"):
            number = attribute(listed, "numId") or ""
            self.abstract[number] = value(listed, "abstractNumId") or ""
            self.starts[number] = [
                (whole(attribute(override, "ilvl")), whole(start, 1))
                for override in children(listed, "lvlOverride")
                if (start := value(override, "startOverride")) is not None
            ]

    def label(self, paragraph: etree._Element) -> str:
        """The number in front of a paragraph (`（三）`), counting it; empty for bullets and plain paragraphs."""
        number, depth = self.place(paragraph)
        name = self.abstract.get(number, "")
        for restarted, first in self.starts.pop(number, ()):
            self.lists.restart(name, restarted, first)
        return self.lists.label(name, depth)

    def place(self, paragraph: etree._Element) -> tuple[str, int]:
        """List and level of a paragraph, by its own properties or its style's; `("", 0)` for none."""
        properties = child(paragraph, "pPr")
        if properties is None:
            return "", 0
        listed, depth = self.of_style.get(value(properties, "pStyle") or "", ("", 0))
        own = child(properties, "numPr")
        if own is None:
            return listed, depth
        return value(own, "numId") or listed, whole(value(own, "ilvl"), depth)


def value(element: etree._Element, name: str) -> str | None:
    """The `val` of a child: `<w:start w:val="1"/>`."""
    found = child(element, name)
    return attribute(found, "val") if found is not None else None


def whole(written: str | None, otherwise: int = 0) -> int:
    return int(written) if written and re.fullmatch(r"\d{1,6}", written) else otherwise
