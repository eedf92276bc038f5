"""Title and body of a page: which element holds the document, which of its blocks are the document's, how sure that is.

A layout that the tables know (`layouts.py`) decides; where none matches, the densest part below the heading does.
Either way the run of blocks is then trimmed at both ends: heading, date line and font buttons at the top; editors,
neighbours, share bar and footer at the bottom.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache

from lxml import etree

from pipelines import blocks as walk
from pipelines import layouts
from pipelines.blocks import Block
from pipelines.draft import Draft, Stage
from pipelines.html import Element, Page, grow
from pipelines.index import Stated
from pipelines.layouts import Marks
from pipelines.phrases import END_LINE, HEAD_LINE, SOURCE_LINE, TAIL_LINE

EDGE = 120  # characters beyond which nothing but text stands in a body
MOST = 60  # elements of one name that are weighed; nested ones make the work quadratic
SHORT = 60  # characters under which a body is doubted and the fallback is asked as well
MARKUP = re.compile(r"<[^>]{1,80}>")
DATE = re.compile(r"(?:19|20)\d{2}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}")
# Between page and site name in <title>: `关于…的通知_政策文件_某某市人民政府`.
TAIL = re.compile(r"\s*(?:_+|(?<!-)-{1,2}(?!-)|[－|｜]|\s—+\s|&gt;|>|»|::)\s*")
SITE = re.compile(
    r"政府|门户|网站?$|厅$|局$|委员会$|公开|首页|中国\S{0,8}网|办公室$|管理部门|信息|中心$|政务|新闻|动态"
)
NAMELIKE = re.compile(r"(?:网站?|门户|平台|政府|局|厅|委员会|办公室|中心|首页)$")
SENTENCE = re.compile(r"[，。；：、！？,;!?]")


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


def squeeze(text: str) -> str:
    """For comparing: NFKC without white space."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def letters(text: str) -> str:
    """For comparing where brackets and line breaks differ: letters and digits only."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text)))


def metas(tree: Element) -> dict[str, str]:
    """`<meta name content>` by lower-case name; the first that is not empty counts."""
    found: dict[str, str] = {}
    for meta in METAS(tree):
        content = meta.get("content") or ""
        if content.strip():
            found.setdefault(meta.get("name").strip().lower(), content)
    return found


METAS = etree.XPath("//meta[@name and @content]")
HEAD_TITLE = etree.XPath("string(//head/title|//title[1])")


def title_of(page: Page, found: Marks, stated: Stated) -> tuple[str | None, Element | None, list[str]]:
    """The heading as printed, the element that prints it, and doubts. A heading counts when <title> or the meta
    `ArticleTitle` confirms it, or when the layout names it; else the meta, the label 名称, <title> stand in."""
    tree = page.tree
    assert tree is not None
    meta = flat(metas(tree).get("articletitle", ""))
    document = flat(HEAD_TITLE(tree))
    known = [squeeze(text) for text in (meta, stated.title or "") if text]
    headings = ((heading_text(element), element) for element in (*found.titles, *found.headings))
    printed = [(text, element) for text, element in headings if 4 <= len(text) <= 200]
    for text, element in printed:
        if squeeze(text) in known:
            return text, element, []
    parts = {squeeze(part) for part in TAIL.split(document) if not SITE.search(part)}
    for text, element in printed:
        tight = squeeze(text)
        in_title = tight in parts or (len(tight) > 10 and tight in squeeze(document))
        if in_title or any(similar(tight, other) for other in known):
            return undated(text), element, []
    if meta or stated.title:
        return meta or stated.title, None, []
    trusted = [(text, element) for text, element in printed if element in found.titles or element.tag == "h1"]
    trusted = [(text, element) for text, element in trusted if len(text) > 6 and squeeze(text) not in squeeze(document)]
    if len(trusted) == 1 and not is_chrome(trusted[0][1], None):
        return undated(trusted[0][0]), trusted[0][1], []
    first = without_site(document)
    above = over_date_line(page, stated) if len(first) < 10 or NAMELIKE.search(first) else None
    if above:
        return above[0], above[1], ["title taken from the line over the date"]
    return first or None, None, ["title taken from <title>"] if first else []


def over_date_line(page: Page, stated: Stated) -> tuple[str, Element] | None:
    """The line right over the 发布时间 line, when it looks like a title and no markup says so."""
    lines = [node for node in stated.nodes if DATE.search(text := "".join(node.itertext())) and len(text.strip()) < 200]
    assert page.tree is not None
    previous: Block | None = None
    for block in walk.read(page.tree, page.url, markup=False) if lines else ():
        if any(block.element is node or node in block.element.iterancestors() for node in lines):
            break
        previous = block if not is_head(block) else previous
    if previous is None or not 6 <= previous.chars <= 100 or previous.linked:
        return None
    if re.search(r"[。；>»]|[:：]$", previous.text):
        return None
    return previous.text, previous.element


def undated(text: str) -> str:
    """A heading without the date that some print behind it: `…的通知 ( 2024-05-11)`."""
    return re.sub(r"\s*[(（\[【]?\s*\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?\s*[)）\]】]?$", "", text)


def similar(one: str, other: str) -> bool:
    """Is one the other with a bit more or less: a subtitle, an editor's mark, a part cut off by `...`?"""
    short, long = sorted((one.rstrip(".…"), other.rstrip(".…")), key=len)
    return len(short) >= 8 and len(short) * 2 > len(long) and short in long


def flat(text: str) -> str:
    """A title on one line; metas hold escaped markup: `凝聚力量<div>——热烈祝贺…</div>`."""
    if "<" in text or "&" in text:
        text = MARKUP.sub(" ", html.unescape(text))
    return walk.clean(text)


def heading_text(element: Element) -> str:
    texts = element.xpath(".//text()[not(ancestor::script or ancestor::style)]")
    text = walk.clean("".join(texts)) if len(texts) < 20 else ""
    return re.sub(r"^(?:名\s*称|标\s*题)\s*[:：]\s*", "", text)


def without_site(title: str) -> str:
    """`<title>` without the names of site and column that stand before or behind, joined by `_`, `-`, `|`."""
    parts = [part for part in TAIL.split(title) if part]
    while len(parts) > 1 and (SITE.search(parts[-1]) or len(parts[-1]) <= 6):
        parts.pop()
    while len(parts) > 1 and SITE.search(parts[0]) and len(parts[0]) < len(parts[1]):
        parts.pop(0)
    return "-".join(parts) if len(parts) < 3 else max(parts, key=len)


# --- the container -----------------------------------------------------------------------------------------------

OWN_TEXT = etree.XPath("descendant-or-self::*[not(self::script or self::style or self::a or self::noscript)]/text()")
CONTENTS = etree.XPath(
    "boolean(.//img[@src] | .//iframe | .//embed | .//a[@href and not(starts-with(@href, 'javascript'))])"
)

PICTURES_AND_FILES = etree.XPath("boolean(.//p//img[@src] | .//p//a[@href] | .//iframe | .//embed | .//div/img[@src])")


def own(element: Element) -> int:
    """Characters of an element outside links and scripts."""
    return walk.length("".join(OWN_TEXT(element)))


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
    return ([dense], "density") if dense is not None else ([], "density")


def beside(heading: Element) -> Element | None:
    """The closest element around the heading that holds a picture or a link: a document without text."""
    around = (up for up in heading.iterancestors() if up.tag not in ("body", "html"))
    return next((up for up in around if PICTURES_AND_FILES(up)), None)


def narrowed(best: Element, size: int, sized: list[tuple[int, Element, str]]) -> list[Element]:
    """The innermost listed element that still has nearly all of the text; with its equals beside it."""
    for inner_size, inner, _ in sized:
        if inner is not best and inner_size >= 0.9 * size and best in inner.iterancestors():
            best, size = inner, inner_size
    beside = [one for _, one, _ in sized if one.getparent() is best.getparent()]
    twins = [one for one in beside if one.get("class") == best.get("class")]
    return twins if best in twins and best.get("class") else [best]


def densest(page: Page, title: str, heading: Element | None, stated: Stated) -> tuple[Element | None, int]:
    """The element below which most of the running text stands, looking below the heading and outside the chrome."""
    assert page.tree is not None
    top = page.tree.find("body")
    top = page.tree if top is None else top
    chrome = {element for element in NAMED_BELOW(top) if is_chrome(element, heading)}
    blocks = walk.read(top, page.url, {*stated.nodes, *chrome}, markup=False)
    blocks = after(blocks, heading) if heading is not None else blocks[after_title(blocks, title, len(blocks)) :]
    weights: dict[Element, float] = defaultdict(float)
    told: set[str] = set()  # pages hold the article twice: for print, for telephones
    for block in blocks:
        if block.text in told or (block.chars < 80 and END_LINE.search(block.text)):
            continue
        told.add(block.text)
        weight = max(0, block.chars - 2 * block.linked) * (1.0 + min(4, len(SENTENCE.findall(block.text))) / 2)
        for element in (block.element, *block.element.iterancestors()):
            weights[element] += weight
    return descend(top, weights)


NAMED_BELOW = etree.XPath(".//*[@id or @class or self::header or self::footer or self::nav or self::aside]")


def called(element: Element) -> tuple[str, str]:
    return element.get("class", ""), element.get("id", "")


@lru_cache(maxsize=20_000)  # the pages of a site repeat their names
def is_noise(classes: str, identity: str) -> bool:
    return bool(layouts.NOISE.search(f"{classes} {identity}"))


@lru_cache(maxsize=20_000)
def is_furniture(classes: str, identity: str) -> bool:
    return bool(layouts.CHROME.search(f"{classes} {identity}"))


def is_chrome(element: Element, heading: Element | None) -> bool:
    """Navigation, header, footer by tag or name, unless the heading stands in it."""
    if element.tag in layouts.CHROME_TAGS or is_furniture(*called(element)):
        return heading is None or element not in heading.iterancestors()
    return False


def after(blocks: list[Block], heading: Element) -> list[Block]:
    """The blocks after the heading's own, if it is among them."""
    inside = {heading, *heading.iterdescendants()}
    wanted = squeeze("".join(heading.itertext()))
    if heading.tag in walk.INLINE:
        inside.add(heading.getparent())
    own_lines = [at for at, one in enumerate(blocks) if one.element in inside and squeeze(one.text) in wanted]
    return blocks[max(own_lines, default=-1) + 1 :]


LINES = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "th", "span", "pre", "blockquote", "strong", "b"))


def descend(top: Element, weights: dict[Element, float]) -> tuple[Element | None, int]:
    """From the whole page down to the smallest element that holds three quarters of the weight."""
    node, total = top, weights.get(top, 0.0)
    if not total:
        return None, 0
    while True:
        child = max((one for one in node if one in weights), key=lambda one: weights[one], default=None)
        if child is None or weights[child] < 0.75 * weights[node] or child.tag in LINES:
            break
        node = child
    while node.tag in ("tr", "tbody", "font", "center") and node.getparent() is not None:
        node = node.getparent()
    return node, int(weights[node])


# --- the blocks --------------------------------------------------------------------------------------------------


def inside(root: Element, base: str) -> list[Block]:
    """The blocks of a container without the bars inside it and without the lines that are only links to files."""
    total = own(root)
    noisy = [element for element in NAMED_BELOW(root) if is_noise(*called(element))][:MOST]
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
    linked = walk.length("".join(element.itertext())) - size
    return size < 40 or linked > size


def trim(blocks: list[Block], title: str, heading: Element | None, strict: bool) -> list[Block]:
    """Cut what stands before and after the document. `strict`: the container is known, so only what is certain. A
    heading that the text repeats below the page's own stays: it is the document's."""
    blocks = after(blocks, heading) if heading is not None else blocks
    start = 0 if heading is not None else after_title(blocks, title, 2 if strict else 15)
    if strict and not (start < len(blocks) and is_head(blocks[start])):
        start = 0
    while start < len(blocks) and is_head(blocks[start]):
        start += 1
    blocks = blocks[start:]
    end = ending(blocks)
    while end and not blocks[end - 1].images and is_tail(blocks[end - 1]):
        end -= 1
    return blocks[:end]


def is_tail(block: Block) -> bool:
    if block.chars < 60 and TAIL_LINE.search(block.text):
        return True
    return block.chars < 200 and bool(SOURCE_LINE.match(block.text))


def is_head(block: Block) -> bool:
    short = block.chars < 120 and not block.images and not block.text.endswith("。")
    return short and bool(HEAD_LINE.search(block.text))


def after_title(blocks: list[Block], title: str, lines: int) -> int:
    """Where the text begins when a heading nobody marked stands in the first `lines`, perhaps over several of them."""
    wanted = letters(title)
    for start in range(min(len(blocks), lines)) if wanted else ():
        rest = wanted
        for at in range(start, min(start + 6, len(blocks))):
            block = blocks[at]
            piece = letters(block.text) if block.chars < 200 and block.linked * 2 <= block.chars else ""
            if not piece or not rest.startswith(piece):
                break
            rest = rest[len(piece) :]
            if not rest:
                return at + 1
    return 0


def ending(blocks: list[Block]) -> int:
    """The index after the last block of the document: before the first end line in the second half of the text, or
    anywhere when only links and short lines follow."""
    total = sum(block.chars for block in blocks)
    before = 0
    for at, block in enumerate(blocks):
        if block.chars < 80 and END_LINE.search(block.text):
            following = sum(max(0, one.chars - one.linked) for one in blocks[at:])
            if before * 2 >= total or following < 200:
                return at
        before += block.chars
    return len(blocks)


# --- plain text --------------------------------------------------------------------------------------------------

CRUMBS = re.compile(r"^\S{0,8}首页\s*[>»›/]|\S\s+[>»›]\s+\S+.*[>»›]")
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


class BodyStage(Stage):
    step = step
