"""The body of a document for a page of ours: cleaned once more whoever filled the archive, headings with anchors."""

from __future__ import annotations

import re
from typing import NamedTuple

import nh3
from lxml import etree
from lxml import html as parser
from markupsafe import Markup, escape

TAGS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "table", "thead", "tbody", "tr", "td", "th", "a",
        "br", "pre", "b", "strong", "em", "i", "u", "sub", "sup", "blockquote", "div", "span"}
ATTRIBUTES = {"a": {"href", "title"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
# Rank in the outline → how such a line begins (GB/T 9704-2012 §7.3.3); it, or its first sentence, is short.
HEADINGS: tuple[re.Pattern[str], ...] = (
    re.compile(r"第[一二三四五六七八九十百]{1,4}[编章]"),  # 第一章　总则
    re.compile(r"[一二三四五六七八九十]{1,3}、"),  # 一、总体要求
    re.compile(r"[（(][一二三四五六七八九十]{1,3}[)）]"),  # （一）加强领导。各单位……
)
# Whom a document is for stands at the margin, who signed it and when at the right (GB/T 9704-2012 §7.3.2, §7.3.5).
BODIES, FIGURES = "单位|部门|机构|政府|局|委|办|厅|会|院|校|社|企业|公司|处|所|中心", r"[\d〇○零一二三四五六七八九十]"
ADDRESSED = re.compile(rf"\A(?!.{{0,300}}如下)[^。；]{{1,300}}({BODIES})[：:]")  # 各县人民政府，市直各单位：
SIGNED_ON = re.compile(rf"{FIGURES}{{4}}\s*年\s*{FIGURES}{{1,3}}\s*月\s*{FIGURES}{{1,3}}\s*日")
SIGNER = re.compile(rf"(?!附件)[\u4e00-\u9fff\s（）()]{{2,40}}({BODIES}|府|部|署|室|站|队|关|司|行|团|组)")
PICTURE = re.compile(r'<img\b(?:(?!<img\b)[^>])*?\bsrc="(https?://[^"]*)"[^>]*>', re.I)
LONGEST, MOST = 40, 60  # characters of an entry of the outline, and entries


class Heading(NamedTuple):
    """An entry of the outline: `anchor` in the page, `rank` from 0."""

    anchor: str
    rank: int
    text: str


def paragraphs(text: str) -> str:
    """A text without markup, that of a file, as a body."""
    return "".join(f"<p>{escape(line)}</p>" for line in text.splitlines() if line.strip())


def typeset(body: str) -> tuple[Markup, list[Heading]]:
    """The body as safe HTML, and its outline. Pictures, which stand on another host, become links to it."""
    linked = PICTURE.sub(r'<a href="\1">〔图片〕</a>', body)
    clean = nh3.clean(linked, tags=TAGS, attributes=ATTRIBUTES, url_schemes={"http", "https"},
                      link_rel="noopener noreferrer nofollow")
    if not clean.strip():
        return Markup(""), []
    root = parser.fragment_fromstring(clean, create_parent="div")
    outline = _anchored(root)
    _signed(root.xpath(".//p[not(ancestor::td or ancestor::th or ancestor::li)]"))
    _scrolling(root)
    for link in root.xpath(".//a[not(@href) or @href = '']"):  # what it led to was no address
        link.attrib.clear()
    return Markup(etree.tostring(root, encoding="unicode", method="html")), outline


def _anchored(root: etree._Element) -> list[Heading]:
    outline: list[Heading] = []
    for block in root.iter("p", "h1", "h2", "h3", "h4", "h5", "h6"):
        text = "".join(block.itertext()).strip()
        rank = next((rank for rank, begins in enumerate(HEADINGS) if begins.match(text)), None)
        heading = re.split("[。；：]", text, maxsplit=1)[0]
        if rank is not None and len(heading) <= LONGEST and len(outline) < MOST:
            outline.append(Heading(f"s{len(outline) + 1}", rank, heading))
            block.set("id", outline[-1].anchor)
            block.set("class", f"heading rank{rank}")
    return outline


def _signed(blocks: list[etree._Element]) -> None:
    """Sets the addressee, and above each day that has a line to itself those who signed."""
    texts = ["".join(block.itertext()).strip() for block in blocks]
    for block, text in [pair for pair in zip(blocks, texts, strict=True) if pair[1]][:2]:
        if ADDRESSED.fullmatch(text) and block.get("class") is None:
            block.set("class", "addressed")
    for last, text in enumerate(texts):
        if SIGNED_ON.fullmatch(text) and last > 1:
            first = last
            while first > 1 and SIGNER.fullmatch(texts[first - 1]) and blocks[first - 1].get("class") is None:
                first -= 1
            for block in blocks[first:last + 1]:
                block.set("class", "signed")


def _scrolling(root: etree._Element) -> None:
    """Tables that are wider than a telephone scroll in a box of their own, reachable by keyboard."""
    for table in list(root.iter("table")):
        box = etree.Element("div", {"class": "scroll", "tabindex": "0"})
        parent = table.getparent()
        assert parent is not None
        parent.replace(table, box)
        box.tail, table.tail = table.tail, None
        box.append(table)
