"""Where a document begins and ends in a run of blocks: after heading, date line and font buttons; before editors,
neighbours, share bar and footer. The phrases are tables of `phrases.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

from archive.characters import compatible
from pipelines.blocks import INLINE, Block
from pipelines.html import Element
from pipelines.labels import squeeze
from pipelines.numbers import find_document_number
from pipelines.phrases import BUTTON_LINE, END_LINE, HEAD_LINE, SOURCE_LINE, TAIL_LINE


def letters(text: str) -> str:
    """For comparing where brackets and line breaks differ: letters and digits only."""
    return "".join(filter(str.isalnum, compatible(text)))


def after(blocks: list[Block], heading: Element) -> list[Block]:
    """The blocks after the heading's own, if it is among them."""
    inside = {heading, *heading.iterdescendants()}
    wanted = squeeze("".join(heading.itertext()))
    if heading.tag in INLINE:
        inside.add(heading.getparent())
    own_lines = [at for at, one in enumerate(blocks) if one.element in inside and squeeze(one.text) in wanted]
    return blocks[max(own_lines, default=-1) + 1 :]


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
    end = ending([(block.text, block.chars, block.linked) for block in blocks])
    while end and is_tail(blocks[end - 1]):
        end -= 1
    return blocks[:end]


def is_number(block: Block) -> bool:
    """A line that is a document number and nothing else."""
    return block.chars < 40 and squeeze(find_document_number(block.text) or "") == squeeze(block.text)


def is_tail(block: Block) -> bool:
    if block.images:  # <a><img src="print.png">【打印】</a>
        return block.linked == block.chars > 0 and bool(BUTTON_LINE.match(block.text))
    if block.chars < 60 and TAIL_LINE.search(block.text):
        return True
    return block.chars < 200 and bool(SOURCE_LINE.match(block.text))


def is_head(block: Block) -> bool:
    short = block.chars < 120 and not block.images and not block.text.endswith("。")
    return short and bool(HEAD_LINE.search(block.text))


def after_title(blocks: list[Block], title: str, lines: int) -> int:
    """Where the text begins when a heading nobody marked stands in the first `lines`, perhaps over several of them.
    Under a line with the 文号 it is the document's own (岚综管综〔2019〕87号) and stays."""
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
                return start - 1 if start and is_number(blocks[start - 1]) else at + 1
    return 0


def ending(lines: Sequence[tuple[str, int, int]]) -> int:
    """The index after the last line of the document: before the first end line in the second half of the text, or
    anywhere when only links and short lines follow. A line is its text, its characters, and those of them in links."""
    total = sum(chars for _, chars, _ in lines)
    before, following = 0, sum(max(0, chars - linked) for _, chars, linked in lines)
    for at, (text, chars, linked) in enumerate(lines):
        late = before * 2 >= total or following < 200
        if late and chars < 80 and END_LINE.search(text):
            return at
        before, following = before + chars, following - max(0, chars - linked)
    return len(lines)
