"""Tables of a document's sanitised HTML as rows, spans resolved: every cell that a span covers holds its text."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

from lxml import etree

from pipelines.html import Element

_SPAN = 200  # a larger span is an error; a hostile one asks for memory
_ROWS = etree.XPath("./tr|./tbody/tr|./thead/tr|./tfoot/tr")
_CELLS = etree.XPath("./td|./th")


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `anchor` is `t1` for the first of the document, its third row is `t1r3`. `begins` says for each row at
    which columns a cell begins: what spans three columns stands in all of them, and begins at the first."""

    anchor: str
    rows: tuple[tuple[str, ...], ...]
    begins: tuple[tuple[int, ...], ...] = ()


def tables(html: str) -> tuple[Table, ...]:
    """The tables of a document in order. `html` is sanitised (pipelines/blocks.py)."""
    if "<table" not in html:
        return ()
    root = etree.HTML(html[html.index("<table") :])
    return tuple(Table(f"t{number}", *grid(table)) for number, table in enumerate(root.iter("table"), 1))


def grid(table: Element) -> tuple[tuple[tuple[str, ...], ...], tuple[tuple[int, ...], ...]]:
    """The rows of one table, all of one width, and where their cells begin."""
    rows = _ROWS(table)
    covered: dict[tuple[int, int], str] = {}
    begins: list[set[int]] = [set() for _ in rows]
    for at, row in enumerate(rows):
        place = 0
        for cell in _CELLS(row):
            while (at, place) in covered:
                place += 1
            text = " ".join(chain.from_iterable(part.split() for part in cell.itertext()))
            for below in range(min(span(cell, "rowspan"), len(rows) - at)):
                begins[at + below].add(place)
                for right in range(span(cell, "colspan")):
                    covered.setdefault((at + below, place + right), text)
    width = max((place + 1 for _at, place in covered), default=0)
    texts = tuple(tuple(covered.get((at, place), "") for place in range(width)) for at in range(len(rows)))
    return texts, tuple(tuple(sorted(columns)) for columns in begins)


def span(cell: Element, name: str) -> int:
    written = cell.get(name) or "1"
    return min(max(int(written), 1), _SPAN) if written.isdigit() else 1
