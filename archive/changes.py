"""What became of pages since: new, changed, withdrawn, returned; and what exactly a change changed.

The view `changes` (schema.py) finds the events, from evidence and the ledger alone, so that `reextract` and `merge`
need no bookkeeping. A change compares a page with the last time it was a document: text, metadata or attachment. Bytes
that differ without one of these are chrome (a counter, a date of today) and no event; equal bytes never are one,
whatever better rules read in them. A page is withdrawn while it says that it is gone, or while no list has it after a
walk to the end; a failure or a refusal says nothing about a page.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from difflib import SequenceMatcher
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from archive.records import INDEX_FIELDS

if TYPE_CHECKING:
    import sqlite3

SENTENCE = re.compile(r"[^。！？；\n]+(?:[。！？；]+[”’」』）]*)?|[。！？；]+")  # “…。”: the closing mark belongs to it
CLOSE = 0.5  # two sentences at least so alike are one that was changed: its characters are compared
LONG = 2000  # characters of a sentence (a whole table) beyond which they are not
MANY = 4_000  # sentences beyond which those that recur often are passed over, as difflib does by itself

Mark = Literal["-", "+"]


@dataclass(frozen=True, slots=True)
class Change:
    """One event. `at` is when it was seen (UTC, as in `Capture`); `change` is new, changed, withdrawn or returned;
    `what` changed (text, metadata, attachment), or why it is thought withdrawn or returned. `title`, `publisher` and
    `document` are those of the newest reading; a change lies between the captures `before` and `capture`."""

    at: str
    site: str | None
    url: str
    change: str
    what: str
    title: str | None
    publisher: str | None
    document: int
    before: int | None
    capture: int | None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a diff, which went (`-`) or came (`+`): its pieces, each with whether the line it replaces, or that
    replaces it, has another one there."""

    mark: Mark
    pieces: tuple[tuple[str, bool], ...]

    def __str__(self) -> str:
        """As plain text, marked as by `git diff --word-diff`.

        >>> str(Line("-", (("收到申请", False), ("12", True), ("件。", False))))
        '- 收到申请[-12-]件。'
        """
        opening, closing = ("[-", "-]") if self.mark == "-" else ("{+", "+}")
        marked = len(self.pieces) > 1
        return f"{self.mark} " + "".join(
            f"{opening}{text}{closing}" if differs and marked else text for text, differs in self.pieces)


TOGETHER = 500  # pages that are looked at in one query
ALL = "select at, site, url, change, what, title, publisher, document, before, capture from changes"
HEARD_OF = """select url from captures where fetched_at >= :since
    union all select url from captures where id > :mark
    union all select url from absences where since >= :since or until >= :since"""


def changes(db: sqlite3.Connection, since: date | None = None, sites: Sequence[str] = ()) -> Iterator[Change]:
    """Every event since a day (UTC), oldest first; of these sites, or of all."""
    if since is None and not sites:
        return (Change(*row) for row in db.execute(f"{ALL} order by at, url, change"))
    moment = since.isoformat() if since else ""
    urls = _heard_of(db, moment) if since else _pages(db, sites)
    found = [change for change in _events(db, urls) if change.at >= moment and (not sites or change.site in sites)]
    return iter(sorted(found, key=lambda change: (change.at, change.url, change.change)))


def counted(db: sqlite3.Connection, mark: int, since: str, sites: Collection[str]) -> Counter[str]:
    """How many events of each kind a run made at its sites: by its captures, whose ids are above `mark` (a replay's are
    of other days), and by its walks, as of a moment."""
    return Counter(change.change for change in _events(db, _heard_of(db, since, mark)) if change.site in sites
                   and (change.capture > mark if change.capture is not None else change.at >= since))


def _heard_of(db: sqlite3.Connection, since: str, mark: int = sys.maxsize) -> Iterable[str]:
    """The pages that were heard of lately."""
    return {url for (url,) in db.execute(HEARD_OF, {"since": since, "mark": mark})}


def _pages(db: sqlite3.Connection, sites: Sequence[str]) -> Iterable[str]:
    return [url for (url,) in db.execute(f"select url from pages where site in ({_marks(sites)})", tuple(sites))]


def _events(db: sqlite3.Connection, urls: Iterable[str]) -> Iterator[Change]:
    """All events of pages: 0.05 ms a page, however many others there are. Only addresses in the statement itself find
    their way into the view, and no sub-query does."""
    rest = iter(urls)
    while some := list(islice(rest, TOGETHER)):
        yield from (Change(*row) for row in db.execute(f"{ALL} where url in ({_marks(some)})", some))


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values))


# --- diffs -------------------------------------------------------------------------------------------------------


def differences(db: sqlite3.Connection, change: Change) -> Iterator[Line]:
    """What a change took away and put in: title and index metadata by field, attachments by name, text by sentence.
    Nothing for an event that is no change."""
    if change.change != "changed":
        return
    was, now = _said(db, change.before), _said(db, change.capture)
    for name in [*was, *(name for name in now if name not in was)]:
        if was.get(name) != now.get(name):
            yield from _replaced(*(f"{name}: {value}" if value else "" for value in (was.get(name), now.get(name))))
    texts = [_text(db, capture) for capture in (change.before, change.capture)]
    yield from compare(*texts)


def compare(before: str, after: str) -> Iterator[Line]:
    """The sentences that differ between two texts, and in those that were changed the characters.

    >>> [str(line) for line in compare("一、总体情况。二、申请12件。", "一、总体情况。二、申请15件。三、无。")]
    ['- 二、申请1[-2-]件。', '+ 二、申请1{+5+}件。', '+ 三、无。']
    """
    was, now = _sentences(before), _sentences(after)
    matched = SequenceMatcher(None, was, now, autojunk=max(len(was), len(now)) > MANY)
    for kind, i, j, k, m in matched.get_opcodes():
        if kind != "equal":
            gone, come = was[i:j], now[k:m]
            both = min(len(gone), len(come))
            for old, new in zip(gone, come, strict=False):
                yield from _replaced(old, new)
            yield from (Line("-", ((text, True),)) for text in gone[both:])
            yield from (Line("+", ((text, True),)) for text in come[both:])


def _replaced(old: str, new: str) -> Iterator[Line]:
    """One sentence for another, an empty one for none; where they are much alike, piece by piece."""
    pieces: tuple[list[tuple[str, bool]], list[tuple[str, bool]]] = ([(old, True)], [(new, True)])
    if max(len(old), len(new)) <= LONG:
        matched = SequenceMatcher(None, old, new, autojunk=False)
        if matched.ratio() >= CLOSE:
            codes = matched.get_opcodes()
            pieces = ([(old[i:j], kind != "equal") for kind, i, j, _, _ in codes if j > i],
                      [(new[k:m], kind != "equal") for kind, _, _, k, m in codes if m > k])
    if old:
        yield Line("-", tuple(pieces[0]))
    if new:
        yield Line("+", tuple(pieces[1]))


def _sentences(text: str) -> list[str]:
    return [sentence for found in SENTENCE.findall(text) if (sentence := found.strip())]


def _said(db: sqlite3.Connection, capture: int | None) -> Mapping[str, str]:
    """Title, index metadata and attachments of a reading, by name; what it does not state is not there."""
    row = db.execute(f"select d.title, r.other, {', '.join(f'r.{name}' for name in INDEX_FIELDS)} from readings r "
                     "join documents d on d.n = r.document where r.capture = ?", (capture,)).fetchone()
    fields = {"title": row[0], **dict(zip(INDEX_FIELDS, row[2:], strict=True)), **json.loads(row[1])}
    files = db.execute("select name, coalesce(sha256, url, '') from attachments where capture = ? order by position",
                       (capture,))
    return {name: value for name, value in fields.items() if value} | {
        f"attachment {name}": place for name, place in files}


def _text(db: sqlite3.Connection, capture: int | None) -> str:
    return str(db.execute("select text from texts where capture = ?", (capture,)).fetchone()[0])
