"""What follows from the text of archived documents: outline, citations, facts, as rows. It is interpretation: it can be
made again at any time, and is, document by document, when the rules change.
"""

from __future__ import annotations

import re
from dataclasses import replace

from archive import personal, search, similar
from archive.database import Archive
from archive.records import Ahead, Derived, Document
from pipelines.citations import Citation, citations
from pipelines.facts import Fact, facts, is_report, report_year
from pipelines.numbers import document_number
from pipelines.outline import outline, walk
from pipelines.printed import of_lines
from pipelines.tables import tables

RULES = "2"  # raised when one of these modules would read a text differently
BATCH = 200  # documents that become durable together
_UNSAID = re.compile(r"[\s《》〈〉“”\"]+")


def derive(archive: Archive) -> int:
    """Take apart every document that was not yet, by these rules; gives how many. Restartable."""
    count = after = 0
    while rows := archive.underived(RULES, after, BATCH):
        archive.derive((with_files(archive, taken_apart(*row), *row[1:3]) for row in rows), RULES)
        count, after = count + len(rows), rows[-1][0]
    return count


def ahead(found: Document) -> Ahead:
    """What can be worked out of a document before it is stored."""
    derived = taken_apart(0, found.title or "", found.text, found.html, found.index.document_number)
    indexed = search.indexed(found.title, found.text)
    return Ahead(indexed, personal.counted(found.text), tuple(similar.sketch(found.text)), derived, RULES)


def taken_apart(document: int, title: str, text: str, html: str, number: str | None) -> Derived:
    """The rows of one document."""
    lines = text.split("\n")
    found = facts(title, lines, tables(html)) if is_report(title, lines) else ()
    own = document_number(number).canonical if number else None
    return Derived(
        document,
        own,
        name(title),
        tuple((s.anchor, s.kind, s.number, s.label, s.title, s.start + 1, s.end) for s in walk(outline(lines))),
        tuple(row(citation) for citation in citations(title, lines, number)),
        tuple(map(numbered, found)),
    )


def with_files(archive: Archive, derived: Derived, title: str, text: str) -> Derived:
    """A report whose page has no tables has them in a file: their numbers are its facts too."""
    lines = text.split("\n")
    if not is_report(title, lines) or any(str(place).startswith("t") for *_, place, _ in derived.facts):
        return derived
    found: list[Fact] = []
    for position, said in archive.file_texts(derived.document):
        printed = said.split("\n")
        found += of_lines(printed, f"f{position}", report_year(title, [*lines[:10], *printed]))
    return replace(derived, facts=(*derived.facts, *map(numbered, found)))


def numbered(fact: Fact) -> tuple[str, float, str | None, int | None, int, str, str]:
    return fact.name, fact.value, fact.unit, fact.year, int(fact.about), fact.place, fact.raw


def row(found: Citation) -> tuple[str | None, ...]:
    shown = name(found.title) if found.title else None
    return found.kind, found.title, found.number, found.canonical, shown, found.place, found.raw


def name(title: str) -> str:
    """A title as it is matched.

    >>> name("国务院办公厅关于印发《工作要点》的 通知")
    '国务院办公厅关于印发工作要点的通知'
    """
    return _UNSAID.sub("", title)
