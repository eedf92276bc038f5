"""Much the same text at several places: reposts with a sentence more, drafts and final versions, yearly repetitions.
Linked, with how alike they are (view `similar`, which adds documents with one 文号), never merged.

Two texts are as alike as the sets of their runs of four characters: common ones over all (Jaccard). Whom to compare
with is found by a sketch: the eight smallest hashes of these runs, each of which two texts of likeness j share with
probability j: at 0.7 all but 1 % of pairs share three, at 0.8 all but 0.1 %. Found so, a pair is compared exactly.

Before that, the 128 smallest hashes of both, where they are still known, tell most pairs apart that only follow
one form: at 0.7 they come below 0.57 once in a thousand pairs.

A reader of pages draws the sketch of a text as well, and its document is linked when it is stored. What has no sketch
yet, after an import, a merge or a kill, is linked after the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from typing import TYPE_CHECKING

from archive.files import SAID

if TYPE_CHECKING:
    import sqlite3

ALIKE = 0.7  # from here on a pair is linked; unrelated texts on one subject, of one house, come to 0.1–0.4
SHORT = 60  # characters below which a text says too little (见附件) to be like another
KEYS, SHARED = 8, 3  # hashes of a sketch, and how many two have in common before they are compared
NEAR, UNLIKE = 128, 0.57  # hashes that are kept in memory, and how alike two texts seem by them that are not compared
KNOWN = 1_000  # documents whose hashes are kept: 12 MB
RIVALS, LINKS = 30, 5  # documents of one hash that are looked at, the newest; documents that one is compared with
LONGEST = 100_000  # characters of a text that count
ODD, MASK = 0x9E3779B97F4A7C15, 2**63 - 1  # multiplicative hashing (Knuth 6.4); SQLite's integers are signed

WAITING = f"""select n, {SAID} from documents d indexed by documents_by_number where n > ?
    and (characters >= ? or not characters) and not exists (select 1 from sketches s where s.document = d.n)
    order by n limit ?"""
# Documents that have enough of so many hashes, those with the most first, of these the newest.
SHARING = tuple(
    f"""select document from ({" union all ".join([f"select * from (select document from sketches where hash = ? "
                                                    f"order by document desc limit {RIVALS})"] * keys)})
    group by document having count(*) >= {SHARED} order by count(*) desc, document desc limit {LINKS}"""
    if keys else "select 0 where 0" for keys in range(KEYS + 1))


class Sketches:
    """Links documents of one archive; remembers the hashes of those that it linked last."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self.known: dict[int, frozenset[int]] = {}

    def link_waiting(self, after: int, limit: int) -> list[int]:
        """Sketch so many documents beyond `after` that have no sketch, and link each with those like it; gives them."""
        waiting = self.db.execute(WAITING, (after, SHORT, limit)).fetchall()
        for document, text in waiting:
            if smallest := sketch(text):
                self.link(document, text, smallest)
        return [document for document, _ in waiting]

    def link(self, document: int, text: str, smallest: Sequence[int]) -> None:
        """Link a document with those like it that came before, and remember its sketch."""
        near, keys, own = frozenset(smallest), smallest[:KEYS], None
        for (other,) in self.db.execute(SHARING[len(keys)], keys).fetchall():
            if other in self.known and unlike(near, self.known[other]):
                continue
            own = own or runs(text)
            self._compare(document, other, own)
        self.db.executemany("insert into sketches (hash, document) values (?, ?)", [(key, document) for key in keys])
        self.known[document] = near
        if len(self.known) > KNOWN:
            del self.known[next(iter(self.known))]

    def _compare(self, document: int, other: int, own: set[int]) -> None:
        (text,) = self.db.execute(f"select {SAID} from documents d where n = ?", (other,)).fetchone()
        alike = likeness(own, runs(text))
        if alike >= ALIKE:
            self.db.execute("insert into likenesses (document, other, likeness) values (?, ?, ?)",
                            (document, other, round(alike, 4)))


def likeness(one: set[int], other: set[int]) -> float:
    """How alike two texts are by their runs, 0–1."""
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared) if one or other else 0.0


def runs(text: str) -> set[int]:
    """Every run of four characters (UTF-16 units), white space left out, as the 64-bit number that it is in memory.

    >>> len(runs("公开条例 公开条例")), len(runs("公开\\n条例")), len(runs("公开"))
    (4, 1, 0)
    """
    return set(_runs(text))


def _runs(text: str) -> memoryview:
    units = "".join(text[:LONGEST].split()).encode("utf-16-le", "surrogatepass")
    shifted = (units[start : start + (len(units) - start) // 8 * 8] for start in range(0, 8, 2))
    return memoryview(b"".join(shifted)).cast("Q")


def sketch(text: str) -> list[int]:
    """The smallest hashes of the runs of a text, in their order, the same on every machine that stores numbers little
    end first; none for a text that says too little."""
    if len(text) < SHORT:
        return []
    found = _runs(text)
    few = {run * ODD & MASK for run in compress(found, _low(found))}
    return sorted(few if len(few) >= NEAR else {run * ODD & MASK for run in found})[:NEAR]


def _low(found: memoryview) -> bytes:
    """For each run, 1 if its hash begins so low that only twice as many as are wanted do, else 0. All runs are
    multiplied as one number, sixteen bytes apart, which takes a fifth of the time of one after the other."""
    spaced = bytearray(2 * found.nbytes)
    memoryview(spaced).cast("Q")[::2] = found
    highest = (int.from_bytes(spaced, "little") * ODD).to_bytes(len(spaced), "little")[7::16]
    most = min(127, 2 * NEAR * 128 // max(1, len(found)))
    return highest.translate((b"\1" * (most + 1)).ljust(128, b"\0") * 2)  # the sign is not part of the hash


def unlike(one: frozenset[int], other: frozenset[int]) -> bool:
    """Are two texts unlike by their smallest hashes? Of the smallest of both, too few are in both."""
    shared = one & other
    enough = UNLIKE * min(NEAR, len(one) + len(other) - len(shared))
    return len(shared) < enough or len(shared.intersection(sorted(one | other)[:NEAR])) < enough
