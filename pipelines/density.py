"""Where the running text of a page is densest: finds the body on sites whose layout nobody has listed.

It weighs the runs that `index.py` has cut the page into; no second walk over the tree.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from pipelines.blocks import Block, holds_a_page, holds_values, is_hidden, length
from pipelines.edges import after, after_title
from pipelines.html import Element, Page
from pipelines.index import Stated
from pipelines.layouts import is_chrome
from pipelines.phrases import END_LINE
from pipelines.runs import CLOSE, LINK, Run, printed

SENTENCE = re.compile(r"[，。；：、！？,;!?]")
PIECES = re.compile(r"([\x01-\x03])([^\x01-\x03]*)")
LINES = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "th", "span", "pre", "blockquote", "strong", "b"))


def densest(page: Page, title: str, heading: Element | None, stated: Stated) -> tuple[Element | None, int]:
    """The element below which most of the running text stands, looking below the heading and outside the chrome."""
    assert page.tree is not None
    top = page.tree.find("body")
    nodes = set(stated.nodes)
    blocks = list(rough(stated.runs, lambda one: one in nodes or is_chrome(one, heading) or is_unseen(one)))
    blocks = after(blocks, heading) if heading is not None else blocks[after_title(blocks, title, len(blocks)) :]
    weights: dict[Element, float] = defaultdict(float)
    told: set[str] = set()  # pages hold the article twice: for print, for telephones
    for block in blocks:
        if block.text in told or (block.chars < 200 and END_LINE.search(block.text)):
            continue
        told.add(block.text)
        weight = max(0, block.chars - 2 * block.linked) * (0.5 + min(4, len(SENTENCE.findall(block.text))) / 2)
        for element in (block.element, *block.element.iterancestors()) if weight else ():
            weights[element] += weight
    return descend(page.tree if top is None else top, weights)


def is_unseen(element: Element) -> bool:
    """Hidden, unless it is a page of the article, or the whole page until a script shows it."""
    return is_hidden(element) and element.tag != "body" and not holds_a_page(element)


def rough(found: Sequence[Run], left_out: Callable[[Element], bool]) -> Iterator[Block]:
    """The runs as blocks without markup, except those inside elements that are to be left out."""
    standing: dict[Element | None, tuple[bool, bool]] = {None: (False, False)}  # (left out, inside a link)
    for run in found:
        out, in_link = place(run.owner, standing, left_out)
        if run.owner is not None and not out:
            text = printed(run.text)
            chars = length(text)
            yield Block(text, "", "p", run.owner, chars, chars if in_link else linked(run.text))


def place(
    element: Element | None, standing: dict[Element | None, tuple[bool, bool]], left_out: Callable[[Element], bool]
) -> tuple[bool, bool]:
    """What the elements around a run say; each of them is asked once."""
    chain: list[Element] = []
    while element is not None and element not in standing:
        chain.append(element)
        element = element.getparent()
    out, in_link = standing[element]
    for one in reversed(chain):
        out, in_link = out or left_out(one), in_link or one.tag == "a"
        standing[one] = out, in_link
    return out, in_link


def linked(text: str) -> int:
    """How many characters of a run stand in links."""
    depth = total = 0
    for mark, words in PIECES.findall(text) if LINK in text else ():
        if depth:
            depth += -1 if mark == CLOSE else 1
        elif mark == LINK:
            depth = 1
        total += length(words) if depth else 0
    return total


def descend(top: Element, weights: dict[Element, float]) -> tuple[Element | None, int]:
    """From the whole page down to the smallest element that holds three quarters of the weight."""
    node, total = top, weights.get(top, 0.0)
    if not total:
        return None, 0
    while True:
        child = max((one for one in node if one in weights), key=lambda one: weights[one], default=None)
        if child is None or weights[child] < 0.75 * weights[node] or child.tag in LINES or has_twin(child, weights):
            break
        node = child
    table = next(node.iterancestors("table"), None)
    if table is not None and holds_values(table):  # one long cell of a table is not the whole document
        return table, int(weights[table])
    while node.tag in ("tr", "tbody", "font", "center") and node.getparent() is not None:
        node = node.getparent()
    return node, int(weights[node])


def has_twin(child: Element, weights: dict[Element, float]) -> bool:
    """Is this one line of several (`<section>…</section><section>此复。</section>`), beside a table of values, or such
    a table among paragraphs (`<p>现将名单公示如下：</p><table>…</table><p>平川市财政局</p>`)?"""
    beside = [one for one in child.getparent() if one is not child and one in weights]
    table = only_table(child, weights)
    if table is not None and holds_values(table) and any(one.tag in LINES for one in beside):
        return True
    if child.tag == "table":
        return any(one.tag == "table" and holds_values(one) for one in beside)
    leaf = not any(True for one in child if one in weights)
    return leaf and any(one.tag == child.tag and one.get("class") == child.get("class") for one in beside)


def only_table(child: Element, weights: dict[Element, float]) -> Element | None:
    """The table that an element is, or wraps and nothing else."""
    while child.tag != "table":
        inner = [one for one in child if one in weights]
        if len(inner) != 1 or weights[inner[0]] < weights[child]:
            return None
        child = inner[0]
    return child
