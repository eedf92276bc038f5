"""What is not shown any more and not fetched again: the rows of `withheld`, as the ledger and the archive ask for them.
suppress.py writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.identity import canonical, identity

if TYPE_CHECKING:
    import sqlite3

HIDDEN = "（已隐去）"  # in place of the title in lists
WHY = "withheld: "  # begins the reason of such a page


def why(db: sqlite3.Connection, url: str, content: str | None = None) -> str | None:
    """The reason for which a page, or a document of this content hash, is withheld; None if it is not."""
    row = db.execute(
        "select reason from withheld where (kind = 'page' and target = ?1) or (kind = 'document' and target = ?2) "
        "or (kind = 'prefix' and substr(?3, 1, length(target)) = target) limit 1",
        (identity(url), content, canonical(url))).fetchone() if any_at_all(db) else None
    return f"{WHY}{row[0]}" if row else None


def any_at_all(db: sqlite3.Connection) -> bool:
    """Is anything withheld? Mostly nothing is, and nobody need look further."""
    return db.execute("select 1 from withheld limit 1").fetchone() is not None


def met_again(db: sqlite3.Connection, url: str, content: str) -> None:
    """An erased text stands at another address: that page is withheld as well, and its bytes go with the next
    `gongkai erase`."""
    db.execute("insert or ignore into withheld (target, kind, asked, reason, since, erased) "
               "select ?1, 'page', asked, reason, since, erased from withheld where kind = 'document' and target = ?2",
               (identity(url), content))
