"""Text of DOCX (ECMA-376): paragraphs, tables as rows, text boxes, notes, and the numbers that Word counts itself.

Official documents number their headings 一、（一）1.; where Word does it, the number is nowhere in the text, and
without it there is no outline. So `Numbering` counts as Word does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from pipelines.formats import Damaged, Text
from pipelines.formats.package import Package, attribute, child, children, descendants, local

_BREAKS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": "\t"}
# What holds text that is not on the page (again): the old form of a drawing, what was moved away, ruby, text boxes
# (read after their paragraph).
_PASSED_OVER = frozenset({"Fallback", "moveFrom", "rt", "txbxContent", "pPr"})
_WRAPPERS = frozenset({"sdt", "sdtContent", "customXml", "ins", "smartTag", "moveTo"})


def read(raw: bytes, text: Text) -> None:
    """A Word document. `parts` is left 0: only Word knows where pages end."""
    package = Package(raw)
    root = package.tree("word/document.xml")
    body = child(root, "body")
    if body is None:
        raise Damaged("the package has no word/document.xml with a body")
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


@dataclass(slots=True)
class Level:
    """One level of a list: its first number, its form (`chineseCounting`), its text (`（%2）`)."""

    start: int = 1
    form: str = "decimal"
    text: str = ""


@dataclass(slots=True)
class Numbering:
    """The lists of a document, and how far each was counted."""

    numbering: etree._Element | None
    styles: etree._Element | None
    lists: dict[str, str] = field(default_factory=dict)  # numId → abstractNumId
    levels: dict[tuple[str, int], Level] = field(default_factory=dict)
    of_style: dict[str, tuple[str, int]] = field(default_factory=dict)
    counts: dict[str, dict[int, int]] = field(default_factory=dict)
    restarted: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        if self.numbering is None:
            return
        for abstract in children(self.numbering, "abstractNum"):
            for level in children(abstract, "lvl"):
                key = attribute(abstract, "abstractNumId") or "", whole(attribute(level, "ilvl"))
                start, form = whole(value(level, "start"), 1), value(level, "numFmt") or "decimal"
                self.levels[key] = Level(start, form, value(level, "lvlText") or "")
        for number in children(self.numbering, "num"):
            self.lists[attribute(number, "numId") or ""] = value(number, "abstractNumId") or ""
        for style in children(self.styles, "style") if self.styles is not None else ():
            properties = child(style, "pPr", "numPr")
            if properties is not None:
                listed = value(properties, "numId") or "", whole(value(properties, "ilvl"))
                self.of_style[attribute(style, "styleId") or ""] = listed

    def label(self, paragraph: etree._Element) -> str:
        """The number in front of a paragraph (`（三）`), counting it; empty for bullets and plain paragraphs."""
        number, depth = self.place(paragraph)
        abstract = self.lists.get(number)
        level = self.levels.get((abstract or "", depth))
        if abstract is None or level is None:
            return ""
        self.restart(number, abstract)
        counts = self.counts.setdefault(abstract, {})
        counts[depth] = counts.get(depth, level.start - 1) + 1
        for deeper in [d for d in counts if d > depth]:
            del counts[deeper]
        if level.form in ("bullet", "none"):
            return ""
        return re.sub(r"%([1-9])", lambda m: self.shown(abstract, int(m[1]) - 1), level.text)

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

    def restart(self, number: str, abstract: str) -> None:
        """A list that overrides its start begins again when it is first met."""
        if number in self.restarted or self.numbering is None:
            return
        self.restarted.add(number)
        for listed in children(self.numbering, "num"):
            if attribute(listed, "numId") == number:
                for override in children(listed, "lvlOverride"):
                    start = value(override, "startOverride")
                    if start is not None:
                        self.counts.setdefault(abstract, {})[whole(attribute(override, "ilvl"))] = whole(start, 1) - 1

    def shown(self, abstract: str, depth: int) -> str:
        level = self.levels.get((abstract, depth), Level())
        return written(self.counts[abstract].get(depth, level.start), level.form)


def value(element: etree._Element, name: str) -> str | None:
    """The `val` of a child: `<w:start w:val="1"/>`."""
    found = child(element, name)
    return attribute(found, "val") if found is not None else None


def whole(written: str | None, otherwise: int = 0) -> int:
    return int(written) if written and re.fullmatch(r"\d{1,6}", written) else otherwise


_DIGITS = "〇一二三四五六七八九"
_ROMAN = ((100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


def written(number: int, form: str) -> str:
    """A number in one of Word's forms (ST_NumberFormat); forms we do not know are written in digits."""
    if form in ("chineseCounting", "chineseCountingThousand", "japaneseCounting", "taiwaneseCountingThousand"):
        return chinese(number)
    if form in ("ideographDigital", "chineseDigital", "japaneseDigitalTenThousand"):
        return "".join(_DIGITS[int(digit)] for digit in str(number))
    if form.startswith("decimalEnclosedCircle") and 1 <= number <= 20:
        return chr(0x2460 + number - 1)
    if form in ("upperLetter", "lowerLetter") and number <= 26:
        return chr((ord("A") if form == "upperLetter" else ord("a")) + number - 1)
    if form in ("upperRoman", "lowerRoman") and number < 400:
        return roman(number).upper() if form == "upperRoman" else roman(number)
    return str(number).translate(_WIDE) if form == "decimalFullWidth" else str(number)


_WIDE: Mapping[int, str] = {ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)}


def chinese(number: int) -> str:
    """1–99 as official documents count: 十, 十一, 二十, 二十三; larger ones digit by digit with 百."""
    if number >= 100:
        hundreds, rest = divmod(number, 100)
        tail = "" if not rest else chinese(rest) if rest >= 20 else ("一" if rest >= 10 else "零") + chinese(rest)
        return f"{chinese(hundreds)}百{tail}"
    tens, ones = divmod(number, 10)
    ten = "" if not tens else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return ten + (_DIGITS[ones] if ones or not tens else "")


def roman(number: int) -> str:
    shown = ""
    for amount, letters in _ROMAN:
        shown += letters * (number // amount)
        number %= amount
    return shown
