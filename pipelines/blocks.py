"""A part of the tree as the sequence of blocks a reader sees: paragraphs, headings, list items, table rows.

One walk gives text and HTML of the same blocks, so that they cannot disagree; the caller picks the run of blocks that
is the body. The walk does not recurse: pages nest thousands of elements.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from urllib.parse import urljoin, urlsplit

import nh3
from lxml import etree

from pipelines.html import Element, text_in

# Elements that do not end a paragraph; all others do, known (`div`) or not (`ucapcontent`). Word adds `o:p`, `st1:*`.
INLINE = frozenset({
    "a", "abbr", "acronym", "b", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "img", "ins",
    "kbd", "label", "mark", "nobr", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time",
    "tt", "u", "var", "wbr",
})  # fmt: skip
SILENT = frozenset({  # their text is not the page's
    "script", "style", "noscript", "template", "iframe", "frame", "object", "embed", "applet", "select", "option",
    "input", "button", "textarea", "svg", "math", "video", "audio", "canvas", "head", "title", "meta", "link", "map",
})  # fmt: skip
SHOWN = frozenset({"a", "img", "b", "strong", "em", "i", "sub", "sup", "u"})  # inline elements that the HTML keeps
UNSHOWN = INLINE - SHOWN
KEPT = {"b": "strong", "strong": "strong", "em": "em", "i": "em", "sub": "sub", "sup": "sup", "u": "u"}
HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
GAP = re.compile(r"[ \t\r\n\xa0\u2002-\u200a\u200b\ufeff\xad]+")
CJK = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
WRAPPED = re.compile(rf"(?<=[{CJK}])[ \t]*[\r\n]\s*(?=[{CJK}])")  # a line broken in the source between two characters
HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
HIDDEN_CLASSES = frozenset({"ng-hide", "hide", "hidden", "d-none", "layui-hide"})
ICON = re.compile(
    r"filetype|/icons?[/_]|icon_|/ico[/_.]|\.ico\b|spacer|blank\.gif|/dot\.|arrow|line\.(?:gif|png)|qrcode|/share", re.I
)
FILE_TYPES = "pdf|docx?|docm|xlsx?|xlsm|wps|et|dps|pptx?|zip|rar|7z|ofd|ceb|rtf|csv|txt"
FILE_NAME = re.compile(rf"^\s*[^<>|\"\n]{{1,200}}\.(?:{FILE_TYPES})\s*$", re.I)
LAZY = ("data-src", "data-original", "oldsrc", "_src", "src")
CELL = "\t"  # between the cells of a row: pastes into a spreadsheet and is no character of the text
TAGS = {*HEADINGS, *KEPT.values(), "p", "ul", "ol", "li", "table", "tr", "td", "th", "a", "img", "br", "pre"}
ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
CLEANER = nh3.Cleaner(tags=TAGS, attributes=ATTRIBUTES, url_schemes={"http", "https"}, link_rel=None)


@dataclass(slots=True)
class Block:
    """One line of the page. `linked` of its `chars` characters (no white space) stand in links, and `files` says that
    one of these shows a file's name; `group` is the list or table it belongs to, `element` the block that holds it."""

    text: str
    html: str
    tag: str
    element: Element
    chars: int = 0
    linked: int = 0
    images: tuple[str, ...] = ()
    files: bool = False
    group: Element | None = None
    plain: bool = False  # no table, and nothing between its tags that is markup or was escaped


@dataclass(slots=True)
class Line:
    """What has been gathered of the block under way."""

    words: list[str] = field(default_factory=list)
    markup: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    linked: int = 0
    files: bool = False

    def plain(self) -> bool:
        """Is all of it words that stand in the markup as they are?"""
        return self.markup == self.words

    def inner(self, text: str) -> str:
        """The markup between the tags of the block."""
        return text if self.plain() else clean("".join(self.markup))


def clean(text: str) -> str:
    """White space as a browser shows it, without indents; punctuation and full-width forms stay as they are."""
    bare = text.strip(" \u3000")
    if bare.isprintable() and "  " not in bare:  # told in a tenth of the time: no white space but single blanks
        return bare
    if "\n" in text or "\r" in text:
        text = WRAPPED.sub("", text)
    return GAP.sub(" ", text).strip(" \u3000")


def measured(text: str) -> tuple[str, int]:
    """A text as `clean` gives it, and its length. In most there are no blanks but of one kind."""
    bare = text.strip(" \u3000")
    if bare.isprintable() and "  " not in bare:
        return bare, len(bare) - bare.count(" ")
    bare = clean(text)
    return bare, length(bare)


def escaped(text: str) -> str:
    """The text as markup; most have nothing to escape, which is told in a third of the time."""
    return html.escape(text, quote=False) if "&" in text or "<" in text or ">" in text else text


def length(text: str) -> int:
    """Characters without white space."""
    return len("".join(text.split()))


class Walk:
    """The state of one walk; `blocks` is its result."""

    def __init__(self, base: str, skip: Collection[Element], markup: bool) -> None:
        self.base, self.skip, self.markup = base, skip, markup
        self.blocks: list[Block] = []
        self.line = Line()
        self.link: Element | None = None
        self.places: list[Element] = []  # open block elements
        self.groups: list[Element] = []  # open lists
        self.table: Element | None = None  # the open table of values; layout tables are just blocks
        self.cells: list[tuple[str, str]] = []
        self.linked_cells = 0

    def run(self, root: Element) -> list[Block]:
        walker = etree.iterwalk(root, events=("start", "end"))
        self.places.append(root)
        for event, element in walker:
            tag = element.tag
            if event == "end":
                if tag in SHOWN:
                    self.shut_inline(tag)
                elif tag not in UNSHOWN:
                    self.shut_block(element, tag)
                if (text := element.tail) and element is not root:
                    self.say(text)
            elif element is not root and (tag in SILENT or self.passes_over(element)):
                walker.skip_subtree()
            else:
                if tag in SHOWN:
                    self.open_inline(element, tag)
                elif tag not in UNSHOWN:
                    self.open_block(element, tag)
                if text := element.text:
                    self.say(text)
        self.end_line("p")
        return self.blocks

    def passes_over(self, element: Element) -> bool:
        return element in self.skip or (is_hidden(element) and not holds_a_page(element))

    def open_inline(self, element: Element, tag: str) -> None:
        if tag == "a":
            self.link = element
            self.write(f'<a href="{html.escape(absolute(self.base, element.get("href")))}">' if self.markup else "")
        elif tag == "img":
            self.picture(element)
        elif tag in KEPT:
            self.write(f"<{KEPT[tag]}>")

    def open_block(self, element: Element, tag: str) -> None:
        if not self.is_block(element, tag):
            return
        if tag == "br":
            self.end_line(self.places[-1].tag)
            return
        if self.table is None or tag not in ("td", "th", "tr"):
            self.end_line(self.places[-1].tag)
        self.places.append(element)
        if tag in ("ul", "ol"):
            self.groups.append(element)
        elif tag == "table" and self.table is None and holds_values(element):
            self.table = element

    def is_block(self, element: Element, tag: str) -> bool:
        return tag not in SILENT and ":" not in tag and element not in self.skip

    def shut_inline(self, tag: str) -> None:
        if tag == "a":
            self.link = None
            self.write("</a>")
        elif tag in KEPT:
            self.write(f"</{KEPT[tag]}>")

    def shut_block(self, element: Element, tag: str) -> None:
        if tag == "br" or not self.is_block(element, tag):
            return
        if self.table is not None and tag in ("td", "th"):
            self.end_cell(element)
        elif self.table is not None and tag == "tr":
            self.end_row(element)
        else:
            self.end_line(tag)
        if element is self.table:
            self.table = None
        if self.groups and element is self.groups[-1]:
            self.groups.pop()
        if self.places[-1] is element and len(self.places) > 1:
            self.places.pop()

    def say(self, text: str) -> None:
        if text.isspace():
            text = "\n" if "\n" in text else " "
        line = self.line
        line.words.append(text)
        if self.markup:
            line.markup.append(escaped(text))
        if self.link is not None:
            line.linked += length(text)
            line.files = line.files or bool(FILE_NAME.match(text))

    def write(self, markup: str) -> None:
        if self.markup:
            self.line.markup.append(markup)

    def picture(self, element: Element) -> None:
        source = next((value for name in LAZY if (value := element.get(name)) and not value.startswith("data:")), None)
        url = absolute(self.base, source)
        if url and not ICON.search(url):
            self.line.images.append(url)
            self.write(f'<img src="{html.escape(url)}" alt="{html.escape(element.get("alt") or "")}">')

    def end_line(self, tag: str) -> None:
        """Close the paragraph under way. Inside a table of values paragraphs of a cell run on."""
        line = self.line
        if not line.words and not line.images:
            return
        if self.table is not None:
            line.words.append(" ")
            self.write(" ")
            return
        self.line = Line()
        text, chars = measured("".join(line.words))
        if (not text and not line.images) or text == "#PAGE_BREAK#":  # gov.cn's mark of a split only its script makes
            return
        group = self.groups[-1] if self.groups and tag == "li" else None
        shown = tag if tag in HEADINGS or group is not None or tag == "pre" else "p"
        markup = f"<{shown}>{line.inner(text)}</{shown}>" if self.markup else ""
        self.blocks.append(
            Block(text, markup, shown, self.places[-1], chars, line.linked, tuple(line.images), line.files,
                  group, shown != "pre" and line.plain())
        )  # fmt: skip

    def end_cell(self, cell: Element) -> None:
        line, self.line = self.line, Line(images=self.line.images)
        spans = "".join(f' {n}="{cell.get(n)}"' for n in ("colspan", "rowspan") if (cell.get(n) or "").isdigit())
        text = clean("".join(line.words))
        self.cells.append((text, f"<{cell.tag}{spans}>{line.inner(text)}</{cell.tag}>"))
        self.linked_cells += line.linked

    def end_row(self, row: Element) -> None:
        text = CELL.join(words for words, _ in self.cells).rstrip()
        images, self.line.images = tuple(self.line.images), []
        if text or images:
            markup = f"<tr>{''.join(cell for _, cell in self.cells)}</tr>"
            self.blocks.append(
                Block(text, markup, "tr", row, length(text), self.linked_cells, images, False, self.table)
            )
        self.cells, self.linked_cells = [], 0


def read(root: Element, base: str, skip: Collection[Element] = (), markup: bool = True) -> list[Block]:
    """The blocks below an element. `base` makes links absolute; elements of `skip` and what they hold stay out;
    without `markup` the blocks have text only, in half the time."""
    return Walk(base, skip, markup).run(root)


def absolute(base: str, url: str | None) -> str:
    """An absolute http(s) URL, or the empty string for `javascript:`, `file:///C:/…`, `data:` and nonsense."""
    try:
        written = url.strip().replace("\\", "/") if url and not url.startswith("#") else ""
        joined = written if written.startswith(("http://", "https://")) else urljoin(base, written) if written else ""
        urlsplit(joined)  # http://[bad is found out only here
    except ValueError:
        return ""
    return joined if joined[:7].lower() == "http://" or joined[:8].lower() == "https://" else ""


CELLS = etree.XPath("./tr|./tbody/tr|./thead/tr|./tfoot/tr")
BLOCKS_IN_CELL = etree.XPath("count(.//p|.//div|.//br|.//li)")
LAID_OUT = etree.XPath("boolean(.//h1|.//h2|.//h3|.//ul|.//form|.//iframe|.//div[@class or @id])")


def holds_values(table: Element) -> bool:
    """A table of values, not one that lays out the page: two cells with text in a row, no table inside a cell, no
    cell that holds a whole article (a 2008 portal puts title, date line and 40 paragraphs into one `td`)."""
    if table.find(".//table") is not None or LAID_OUT(table):
        return False
    wide = False
    for row in CELLS(table):
        texts = [len(text_in(cell).strip()) for cell in row]
        wide = wide or sum(map(bool, texts)) > 1
        if any(size > 800 and BLOCKS_IN_CELL(cell) > 8 for size, cell in zip(texts, row, strict=True)):
            return False
    return wide


@lru_cache(maxsize=1_000)  # Word writes the same few styles a thousand times
def hides(style: str) -> bool:
    return ("none" in style or "hidden" in style) and HIDDEN.search(style) is not None


def is_hidden(element: Element) -> bool:
    style, classes = element.get("style"), element.get("class")
    if style and hides(style):
        return True
    return classes is not None and not HIDDEN_CLASSES.isdisjoint(classes.split())


def holds_a_page(element: Element) -> bool:
    """A hidden part that is a further page of the article, not a template, a tip or a twin for telephones."""
    return element.tag == "div" and length("".join(element.xpath(".//p//text()"))) > 200


def to_text(blocks: Iterable[Block]) -> str:
    """Paragraphs separated by newlines, table rows as cells separated by tabs."""
    return "\n".join(block.text for block in blocks if block.text)


def to_html(blocks: Collection[Block]) -> str:
    """The same blocks as strict HTML: no styles, scripts, events or relative URLs. Plain ones, as most documents have
    alone, are so already: they are words between tags of ours."""
    parts: list[str] = []
    for (_, tag), run in groupby(blocks, lambda block: (block.group, block.tag)):
        inner = "".join(block.html for block in run)
        parts.append(f"<table>{inner}</table>" if tag == "tr" else f"<ul>{inner}</ul>" if tag == "li" else inner)
    markup = "\n".join(parts)
    return markup if all(block.plain for block in blocks) else CLEANER.clean(markup)
