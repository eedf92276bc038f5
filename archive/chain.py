"""The hash chain over captures: each row holds a hash of what it says and of the row before it. Whoever alters, slips
in or takes away a capture later must write every row after it anew, and whoever noted the end of the chain (`gongkai
verify` prints it) can show that this was done. Where a record stands in the WARC is not part of it: `erase` moves
records, and their bytes have the `payload` hash.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

LINKED = ("url", "final_url", "fetched_at", "status", "media_type", "payload")  # what a row's link vouches for
START = "0" * 64  # before the first capture


def link(before: str, said: Sequence[str | int]) -> str:
    """The link of a row that says `LINKED`, in this order, after the row whose link is `before`."""
    return sha256(json.dumps([before, *said], ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
                  ).hexdigest()


def end(db: sqlite3.Connection) -> str:
    """The link of the last capture: note it somewhere else."""
    row = db.execute("select chain from captures order by id desc limit 1").fetchone()
    return row[0] if row else START


def holds(db: sqlite3.Connection, noted: str) -> bool:
    """Is an end that was noted earlier still in the chain? False: rows before it were written anew."""
    return noted == START or db.execute("select 1 from captures where chain = ?", (noted,)).fetchone() is not None


def breaks(db: sqlite3.Connection) -> Iterator[tuple[int, str]]:
    """(id, url) of the captures whose link does not follow from the row before."""
    before = START
    for capture, chain, *said in db.execute(f"select id, chain, {', '.join(LINKED)} from captures order by id"):
        if chain != link(before, said):
            yield capture, said[0]
        before = chain
