"""Which tables hang on captures, readings and documents, as the schema itself says: `merge` takes their rows along with
new numbers, `suppress` takes them out. A table that is added to the schema needs nothing here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

NUMBERED = {("captures", "id"): "capture", ("readings", "capture"): "capture", ("documents", "n"): "document"}


@dataclass(frozen=True, slots=True)
class Table:
    """An ordinary table: its columns that can be written, the one that only numbers its rows, if any, and which columns
    hold the number of a `capture` or a `document`."""

    name: str
    columns: tuple[str, ...]
    number: str | None
    numbers: dict[str, str]


def tables(db: sqlite3.Connection) -> dict[str, Table]:
    """Every ordinary table of the archive by its name, in the order in which they were made."""
    names = [name for (name,) in db.execute(
        "select t.name from pragma_table_list t join main.sqlite_schema s on s.name = t.name "
        "where t.schema = 'main' and t.type = 'table' and t.name not like 'sqlite_%' order by s.rowid")]
    return {name: _table(db, name) for name in names}


def _table(db: sqlite3.Connection, name: str) -> Table:
    described = db.execute("select name, type, pk from pragma_table_info(?)", (name,)).fetchall()
    references = db.execute('select "table", "from", "to" from pragma_foreign_key_list(?)', (name,))
    numbers = {column: NUMBERED[parent, to] for parent, column, to in references if (parent, to) in NUMBERED}
    keys = [(column, kind) for column, kind, key in described if key]
    number = keys[0][0] if len(keys) == 1 and keys[0][1].upper() == "INTEGER" and keys[0][0] not in numbers else None
    return Table(name, tuple(column for column, _, _ in described), number, numbers)


def rows_of(db: sqlite3.Connection, kind: str) -> list[tuple[str, str]]:
    """(table, column) of every reference to a `capture` or a `document`, those that hang on others first."""
    return [(table.name, column) for table in reversed(tables(db).values())
            for column, found in table.numbers.items() if found == kind]
