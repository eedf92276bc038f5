"""Title and body of a page: which element holds the document, which of its blocks are the document's, how sure that is.

A layout that the tables know (`layouts.py`) decides; where none matches, the densest part below the heading does.
Either way the run of blocks is then trimmed at both ends: heading, date line and font buttons at the top; editors,
neighbours, share bar and footer at the bottom.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from itertools import islice

from lxml import etree

from pipelines import blocks as walk
from pipelines import layouts
from pipelines.blocks import Block
from pipelines.density import SENTENCE, densest
from pipelines.draft import Draft
from pipelines.edges import ending, trim
from pipelines.html import Element, Page, grow, text_in
from pipelines.index import Stated
from pipelines.labels import squeeze
from pipelines.layouts import Marks, called, is_noise
from pipelines.phrases import HEAD_LINE, TAIL_LINE
from pipelines.titles import title_of

EDGE = 120  # characters beyond which nothing but text stands in a body
MOST = 60  # elements of one name that are weighed; nested ones make the work quadratic
SHORT = 60  # characters under which a body is doubted and the fallback is asked as well
# Between page and site name in <title>: `关于…的通知_政策文件_某某市人民政府`.


@dataclass(slots=True)
class Body:
    """What `read` found. `node` holds the text (None for plain text), `images` are its pictures' absolute URLs."""

    title: str | None
    text: str
    html: str
    layout: str
    node: Element | None
    confidence: float = 1.0
    doubts: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    heading: Element | None = None
    running: int = 0  # characters in lines that hold a sentence, outside links
    linked: float = 0.0  # share of the text inside links


def read(page: Page, stated: Stated) -> Body:
    """Title and body of a page whose index metadata has been read. Never raises on a parsed page."""
    if page.plain:
        return plain(page, stated)
    if page.tree is None:
        return from_fragment(page, stated)
    found = layouts.marks(page.tree)
    title, heading, doubts = title_of(page, found, stated)
    roots, layout = container(page, found, title or "", heading, stated)
    blocks = unheaded([block for root in roots for block in inside(root, page.url)], stated)
    kept = trim(blocks, title or "", heading, strict=layout != "density")
    if not kept and stated.body_html:
        return from_fragment(page, stated)
    return judged(made(kept, title, layout, roots[0] if roots else None, heading), doubts)


def from_fragment(page: Page, stated: Stated) -> Body:
    """The body that a JSON answer or an embedded JSON holds (gkmlpt `DETAIL.content`, gov.cn's twin)."""
    root, _ = grow(f"<div>{stated.body_html or ''}</div>")
    if root is None:
        return judged(Body(stated.title, "", "", "json", None), [])
    kept = trim(walk.read(root, page.url), stated.title or "", None, strict=True)
    return judged(made(kept, stated.title, "json", root), [])


def made(
    kept: list[Block], title: str | None, layout: str, node: Element | None, heading: Element | None = None
) -> Body:
    """A body of the blocks that were kept."""
    total = sum(block.chars for block in kept)
    return Body(
        title, walk.to_text(kept), walk.to_html(kept), layout, node, heading=heading,
        images=tuple(dict.fromkeys(url for block in kept for url in block.images)),
        running=sum(block.chars - block.linked for block in kept if block.chars > 15 and SENTENCE.search(block.text)),
        linked=sum(block.linked for block in kept) / total if total else 0.0,
    )  # fmt: skip


def judged(body: Body, doubts: list[str]) -> Body:
    """Add what speaks against the reading, and what is left of its confidence."""
    size = walk.length(body.text)
    if body.layout in ("density", "loose"):
        doubts.append("no known layout: the densest part below the heading was taken")
    if not size:
        doubts.append("no text: the document is only its pictures" if body.images else "no text")
    elif size < SHORT:
        doubts.append(f"short body: {size} characters")
    if body.title is None:
        doubts.append("no title")
    body.doubts = tuple(doubts)
    body.confidence = round(0.98 * 0.85 ** len(doubts), 2)
    return body


# --- the title ---------------------------------------------------------------------------------------------------


# --- the container -----------------------------------------------------------------------------------------------

ALL_TEXT = etree.XPath("string()", smart_strings=False)
FOREIGN = ("script", "style", "a", "noscript")
CONTENTS = etree.XPath(
    "boolean(.//img[@src] | .//iframe | .//embed | .//*[@id='pdfshow' or @data-pdf]"
    " | .//a[@href and not(starts-with(@href, 'javascript'))])"
)
PICTURES_AND_FILES = etree.XPath(
    "boolean(.//p//img[@src] | .//p//a[@href] | .//iframe | .//embed | .//object | .//div/img[@src]"
    " | .//*[@id='pdfshow' or @data-pdf])"
)

FILE_URL = re.compile(rf"\.(?:{walk.FILE_TYPES})(?:$|[?#&])", re.I)
SITE_PICTURE = re.compile(r"logo|beian|gongan|jiucuo|dzjg|wza|banner|foot|[_/]bg|ewm|weixin|wechat|weibo", re.I)
ROW_DATE = re.compile(r"(?:19|20)\d\d\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d")


def own(element: Element) -> int:
    """Characters of an element outside links and scripts. By difference: asked for the text that counts, libxml2 sorts
    it, which takes as long as it is deep (1,900 nested bodies: 1.2 s)."""
    foreign: list[str | None] = []
    for one in element.iter(*FOREIGN):
        foreign += (one.text, *(child.tail for child in one))
    return walk.length(ALL_TEXT(element)) - walk.length("".join(filter(None, foreign)))


def container(
    page: Page, found: Marks, title: str, heading: Element | None, stated: Stated
) -> tuple[list[Element], str]:
    """The elements that hold the body (several when an article is split over siblings), and the rule that says so."""
    skip = set(stated.nodes)
    listed = [(element, family) for element, family in found.bodies if element not in skip][:MOST]
    sized = [(own(element), element, family) for element, family in listed]
    best = max(sized, key=lambda one: one[0], default=(0, None, ""))
    if best[0] >= SHORT and best[1] is not None:
        return narrowed(best[1], best[0], sized), best[2]
    dense, weight = densest(page, title, heading, stated)
    if best[1] is not None and (best[0] * 3 > weight or (CONTENTS(best[1]) and weight < 4 * SHORT)):
        return narrowed(best[1], best[0], sized), best[2]
    if weight < SHORT and heading is not None:
        near = beside(heading)
        dense = near if near is not None else dense
    if weight < SHORT and dense is None:
        dense = only_files(page.tree, heading, skip)
    return ([dense], "density") if dense is not None else ([], "density")


def beside(heading: Element) -> Element | None:
    """The closest element around the heading that holds a picture or a link: a document without text."""
    around = (up for up in heading.iterancestors() if up.tag not in ("body", "html"))
    return next((up for up in around if PICTURES_AND_FILES(up)), None)


def only_files(tree: Element | None, heading: Element | None, skip: set[Element]) -> Element | None:
    """What stands in place of text where no name tells the body: `<div id="ccc"><a href="P02.pdf">通知.pdf</a>`.
    Without a heading a picture says nothing (a logo). Files in dated rows are a listing."""
    order = list(tree.iter(etree.Element)) if tree is not None else []
    below = order[order.index(heading) + 1 :] if heading is not None else order
    shown = [one for one in below if is_shown(one, heading) and not around(one, skip)]
    if sum(bool(ROW_DATE.search("".join(one.getparent().itertext())[:200])) for one in shown) > 2:
        return None
    return widest(shown[0], heading) if shown else None


def is_shown(element: Element, heading: Element | None) -> bool:
    """A link to a file, a viewer of one, or, below a heading, a picture that is no link."""
    if element.tag == "img":
        source, link = element.get("src") or "", next(element.iterancestors("a"), None)
        return heading is not None and link is None and not (walk.ICON.search(source) or SITE_PICTURE.search(source))
    if element.tag == "a":
        return bool(FILE_URL.search(element.get("href") or ""))
    return element.tag in ("iframe", "embed", "object") and bool(
        FILE_URL.search(element.get("src") or element.get("data") or "")
    )


def around(element: Element, skip: set[Element]) -> bool:
    """Does it stand in the chrome, in a bar, in the index block, or hidden?"""
    return any(
        up in skip or layouts.is_chrome(up, None) or is_noise(*called(up)) or walk.is_hidden(up)
        for up in element.iterancestors()
        if up.tag not in ("body", "html")
    )


def widest(shown: Element, heading: Element | None) -> Element:
    """The largest element around a file that holds hardly any text, no other links, and not the heading."""
    node = shown.getparent()
    above = set(heading.iterancestors()) if heading is not None else set()
    for up in node.iterancestors():
        links = (link.get("href") for link in up.iter("a") if link.get("href"))
        if up.tag == "body" or up in above or own(up) >= SHORT or not all(map(FILE_URL.search, links)):
            break
        node = up
    return node


def narrowed(best: Element, size: int, sized: list[tuple[int, Element, str]]) -> list[Element]:
    """The innermost listed element that still has nearly all of the text; with its equals beside it."""
    for inner_size, inner, _ in sized:
        if inner is not best and inner_size >= 0.9 * size and best in inner.iterancestors():
            best, size = inner, inner_size
    beside = [one for _, one, _ in sized if one.getparent() is best.getparent()]
    twins = [one for one in beside if one.get("class") == best.get("class")]
    return twins if best in twins and best.get("class") else [best]


# --- the blocks --------------------------------------------------------------------------------------------------


def inside(root: Element, base: str) -> list[Block]:
    """The blocks of a container without the bars inside it and without the lines that are only links to files."""
    below = root.iterdescendants(etree.Element)
    noisy = list(islice((element for element in below if is_noise(*called(element))), MOST))
    total = own(root) if noisy else 0
    skip = {element for element in noisy if is_bar(element, total)}
    return [block for block in walk.read(root, base, skip) if not (block.files and block.linked > 0.7 * block.chars)]


def unheaded(blocks: list[Block], stated: Stated) -> list[Block]:
    """Without the index block and the date line. They stand at the edges of a container; what looks like them in the
    midst of the text is text."""
    header = {element for node in stated.nodes for element in node.iter()}
    below = sum(block.chars for block in blocks if block.element not in header)
    above, kept = 0, []
    for block in blocks:
        if block.element not in header:
            above, below = above + block.chars, below - block.chars
        elif min(above, below) <= EDGE:
            continue
        kept.append(block)
    return kept


def is_bar(element: Element, total: int) -> bool:
    """A block too small, or too full of links, to be part of the text."""
    size = own(element)
    if size > total // 2 or size > 300:
        return False
    linked = walk.length(text_in(element)) - size
    return size < 40 or linked > size


# --- plain text --------------------------------------------------------------------------------------------------

CRUMBS = re.compile(r"^\S{0,8}首页\s*[>»›/]|\S\s+[>»›]\s+\S.*[>»›]")
NUMBERED = re.compile(r"^[(（]?[一二三四五六七八九十\d]+[)）、.．]")


def plain(page: Page, stated: Stated) -> Body:
    """A page saved as text: breadcrumb, header lines, title, then the body to the end."""
    start, end = stated.lines
    files = {squeeze(one.name) for one in stated.attachments}
    lines = [walk.clean(line) for number, line in enumerate(page.text.splitlines()) if not start <= number < end]
    lines = [line for line in lines if line and not CRUMBS.search(line) and squeeze(line) not in files]
    title = stated.title
    while lines and len(lines[0]) < 120 and (HEAD_LINE.search(lines[0]) or squeeze(lines[0]) == squeeze(title or "")):
        lines.pop(0)
    if not title and len(lines) > 1 and is_title(lines[0]):
        title = lines.pop(0)
        while lines and HEAD_LINE.search(lines[0]) and len(lines[0]) < 120:
            lines.pop(0)
    lines = lines[: ending([(line, walk.length(line), 0) for line in lines])]
    while lines and TAIL_LINE.search(lines[-1]) and len(lines[-1]) < 60:
        lines.pop()
    markup = "".join(f"<p>{html.escape(line, quote=False)}</p>" for line in lines)
    return judged(Body(title, "\n".join(lines), markup, "text", None), [])


def is_title(line: str) -> bool:
    """A first line that is a heading: short, no sentence, no numbering."""
    return 4 <= len(line) <= 80 and not re.search(r"[。；;]|[，,].*[，,]", line) and not NUMBERED.match(line)


# --- the step ----------------------------------------------------------------------------------------------------


def step(draft: Draft) -> None:
    """Read title and body of a page that has text."""
    if draft.page is not None and draft.stated is not None:
        draft.body = read(draft.page, draft.stated)
