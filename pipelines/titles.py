"""The title of a page: the heading as printed, confirmed by <title>, a meta or a label; else what stands in for it."""

from __future__ import annotations

import html
import re

from lxml import etree

from pipelines import layouts
from pipelines.blocks import clean
from pipelines.heading import is_site
from pipelines.html import Element, Page
from pipelines.index import Stated
from pipelines.labels import squeeze
from pipelines.layouts import Marks
from pipelines.numbers import find_document_number
from pipelines.runs import printed

SHOWN_TEXTS = etree.XPath(".//text()[not(ancestor::script or ancestor::style)]", smart_strings=False)
MARKUP = re.compile(r"<[^>]{1,80}>")
# Between page and site name in <title>: `关于…的通知_政策文件_某某市人民政府`.
TAIL = re.compile(r"(?<!\s)\s*(?:_+|(?<!-)-{1,2}(?!-)|[－|｜]|\s—+\s|&gt;|>|»|::)\s*")
SITE = re.compile(
    r"政府|门户|网站?$|厅$|局$|委员会$|公开|首页|中国\S{0,8}网|办公室$|管理部门|信息|中心$|政务|新闻|动态"
)
LINE_INSIDE = re.compile(
    r"(?<=\S{4})[\s\u3000【\[(（]{0,40}(?:(?:文章|信息|稿件|新闻)?来\s*源|(?:发布|公开|更新)(?:时间|日期))\s*[:：]"
)


def metas(page: Page) -> dict[str, str]:
    """`<meta name content>` by lower-case name; the first that is not empty counts."""
    return {name: content for name, content in reversed(page.metas()) if content.strip()}


def title_of(page: Page, found: Marks, stated: Stated) -> tuple[str | None, Element | None, list[str]]:
    """The heading as printed, the element that prints it, and doubts. A heading counts when <title> or the meta
    `ArticleTitle` confirms it, or when the layout names it; else the meta, the label 名称, <title> stand in."""
    meta = flat(metas(page).get("articletitle", ""))
    document = flat(page.head_title())
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
        if (in_title and not is_site(tight)) or any(similar(tight, other) for other in known):
            return undated(text), element, []
    text, element = undated(stated.head.text(stated.runs)), stated.head.element(stated.runs)
    if meta or stated.title:
        own = squeeze(text) not in known or in_body(element, found) or is_own(stated)
        return meta or stated.title, None if own else element, []
    if text and stated.head.how in ("named", "within"):
        return text, element, []
    trusted = [(text, element) for text, element in printed if element in found.titles or element.tag == "h1"]
    trusted = [(text, element) for text, element in trusted if len(text) > 6 and squeeze(text) not in squeeze(document)]
    if len(trusted) == 1 and not layouts.is_chrome(trusted[0][1], None):
        return undated(trusted[0][0]), trusted[0][1], []
    first = without_site(document)
    names_page = len(first) < 10 or is_site(first) or (stated.head.how == "above" and not is_site(squeeze(text)))
    if text and stated.head.how in ("tag", "above") and names_page:
        return text, element, ["title taken from the line over the date"]
    return first or None, None, ["title taken from <title>"] if first else []


def in_body(element: Element | None, found: Marks) -> bool:
    """Does a heading stand in the text itself, as its first line? It is the document's then, and stays."""
    bodies = {body for body, _ in found.bodies}
    return element is not None and any(up in bodies for up in element.iterancestors())


def is_own(stated: Stated) -> bool:
    """Does a heading stand under a line with the 文号? It is the document's own."""
    above = printed(stated.runs[stated.head.title - 1].text) if stated.head.title > 0 else ""
    return bool(above) and find_document_number(above) == above


def undated(text: str) -> str:
    """A heading without the date that some print behind it: `…的通知 ( 2024-05-11)`."""
    return re.sub(r"(?<!\s)\s*+(?:[(（\[【]\s*+)?\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?\s*[)）\]】]?$", "", text)


def similar(one: str, other: str) -> bool:
    """Is one the other with a bit more or less: a subtitle, an editor's mark, a part cut off by `...`?"""
    short, long = sorted((one.rstrip(".…"), other.rstrip(".…")), key=len)
    return len(short) >= 8 and len(short) * 2 > len(long) and short in long


def flat(text: str) -> str:
    """A title on one line; metas hold escaped markup: `凝聚力量<div>——热烈祝贺…</div>`."""
    if "<" in text or "&" in text:
        text = MARKUP.sub(" ", html.unescape(text))
    return clean(text)


def heading_text(element: Element) -> str:
    is_bare = not len(element) and element.tag not in ("script", "style")
    texts = [element.text or ""] if is_bare else SHOWN_TEXTS(element)
    text = clean("".join(texts)) if len(texts) < 20 else ""
    text = re.sub(r"^(?:名\s*称|标\s*题)\s*[:：]\s*", "", text)
    return unlined(text)


def unlined(text: str) -> str:
    """A heading without the line that SASAC's pages print inside its element: `…的通知<p>文章来源：质量局`."""
    line = LINE_INSIDE.search(text)
    return text[: line.start()].rstrip() if line else text


def without_site(title: str) -> str:
    """`<title>` without the names of site and column that stand before or behind, joined by `_`, `-`, `|`."""
    parts = [part for part in TAIL.split(title) if part]
    while len(parts) > 1 and (SITE.search(parts[-1]) or len(parts[-1]) <= 6):
        parts.pop()
    while len(parts) > 1 and SITE.search(parts[0]) and len(parts[0]) < len(parts[1]):
        parts.pop(0)
    words = "-".join(parts) if len(parts) < 3 else max(parts, key=len)
    while (cut := words.find(" ")) > 0 and SITE.search(words[:cut]) and cut * 2 < len(words):  # 某县政府 政务公开 关于…
        words = words[cut + 1 :]
    return words
