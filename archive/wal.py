"""The write-ahead log of the database. SQLite folds it back when nobody reads in it; a reader that holds a snapshot, or
readers that take turns, keep it growing. A writer that finds it long waits a moment for a gap between them, and says so
when there is none."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

log = logging.getLogger(__name__)

MIB = 1 << 20
LONG = 32 * MIB  # from here on it is folded back at every further STEP
STEP = 16 * MIB
MUCH = 256 * MIB  # somebody should look at who reads
GAP = 500  # ms that a writer waits for a gap between readers


class WriteAheadLog:
    """That of one writer. `shorten` after every commit."""

    def __init__(self, db: sqlite3.Connection, file: Path) -> None:
        self.db, self.file = db, file.with_name(f"{file.name}-wal")
        self.next = LONG  # bytes at which it is tried again
        self.warned = False

    @property
    def size(self) -> int:
        """Bytes of its file."""
        return self.file.stat().st_size if self.file.exists() else 0

    def shorten(self) -> None:
        """Fold it back into the database if it is long and no reader needs it. Never fails for a reader's sake."""
        size = self.size
        if size < self.next:
            return
        held = self._fold()
        self.next = size + STEP if held else LONG
        if held and size >= MUCH and not self.warned:
            self.warned = True
            log.warning("%s has grown to %d MiB: a program that reads the archive keeps one moment of it and lets no "
                        "log be folded back; end it, or its transaction", self.file, size // MIB)  # fmt: skip

    def _fold(self) -> bool:
        """Whether readers were in the way."""
        usual = self.db.execute("pragma busy_timeout").fetchone()[0]
        self.db.execute(f"pragma busy_timeout = {GAP}")
        try:
            return bool(self.db.execute("pragma wal_checkpoint(truncate)").fetchone()[0])
        finally:
            self.db.execute(f"pragma busy_timeout = {usual}")
