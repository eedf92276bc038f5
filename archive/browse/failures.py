"""What a visitor is told when something is wrong: one sentence, what to do, never a trace."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from archive.browse.sentences import say
from archive.errors import ArchiveError, UsageError

# What SQLite says → status, what a visitor is told in Chinese and in English. An example each.
SIGNS: tuple[tuple[str, int, str, str], ...] = (
    # a query that the time limit cut
    ("interrupted", 400, "查询用时过长，已停止；请缩小范围后再试。", "This took too long and was stopped; narrow it."),
    # database is locked
    ("locked", 503, "存档正在写入，请稍后再试。", "The archive is being written to; try again in a moment."),
    # the folder was moved or removed: unable to open database file
    ("unable to open", 503, "找不到存档文件，可能已被移动；请在新位置重新运行 gongkai browse。",
     "The archive's file is not there; it may have been moved. Run gongkai browse where it is now."),
    # no such table: files_fts
    ("no such", 503, "存档的版本与本程序不符；请先用本程序运行一次 gongkai crawl，再运行 gongkai browse。",
     "The archive is of another version; run gongkai crawl of this version on it, then gongkai browse again."),
    # malformed, not a database, disk I/O error
    ("", 503, "存档文件已损坏；请运行 gongkai verify 查明，或从备份恢复。",
     "The archive's file is damaged; gongkai verify says where, or restore a copy."),
)
# What SQLite says where an argument of Datasette's own pages names a column that there is not, or half a key.
ARGUMENTS = ("no such column", "supply a value", "unrecognized token", "syntax error", "datatype mismatch", "too large")
# What it says, whatever was asked, where the file is to blame.
FILE = ("unable to open", "is malformed", "malformed database", "database is locked", "not a database", "disk I/O")
STATUSES: dict[int, tuple[str, str]] = {
    400: ("无法理解这个请求。", "This request cannot be understood."),
    403: ("此处不开放。", "This is not open to visitors."),
    404: ("这里没有所要的内容：从未存档，或地址有误。", "Nothing is here: never archived, or the address is wrong."),
    500: ("程序出错，已记入日志；如再次发生，请运行 gongkai verify 检查存档。",
          "A mistake of ours, noted in the log; if it comes again, let gongkai verify look at the archive."),
}


class Missing(UsageError):
    """There is no such document, site, channel or capture."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What is shown. `ours`: the mistake is the program's, not the visitor's, and belongs in the log."""

    status: int
    text: str
    ours: bool = False


def told(error: Exception, language: str, tables: bool = False) -> Failure:
    """What to say of an error. `tables`: it was met in Datasette's own pages, which fail at arguments that are none
    (`_sort=nope`, `_next=x`)."""
    english = language == "en"
    if isinstance(error, Missing):
        return Failure(404, STATUSES[404][english])
    if isinstance(error, UsageError):
        return Failure(400, say(str(error), language))
    said = _of_the_archive(error)
    if said is not None and tables and not any(sign in said for sign in FILE) and any(
            sign in said for sign in ARGUMENTS):
        return Failure(400, STATUSES[400][english])
    if said is not None:
        _, status, chinese, in_english = next(sign for sign in SIGNS if sign[0] in said)
        return Failure(status, in_english if english else chinese, ours=True)
    status = 400 if tables and _status(error) == 500 else _status(error)
    if getattr(error, "message_is_html", False):  # of Datasette only its word on a query that took too long
        return Failure(400, SIGNS[0][3] if english else SIGNS[0][2])
    said = getattr(error, "message", None)  # Datasette's own, as of SQL that does not parse
    return Failure(status, str(said) if said else STATUSES.get(status, STATUSES[400])[english], ours=status >= 500)


def _of_the_archive(error: Exception) -> str | None:
    """What SQLite says, or would say of files that are gone or damaged; None where the archive is not to blame."""
    if isinstance(error, FileNotFoundError):  # the database was moved while it was served
        return "unable to open"
    if isinstance(error, (ArchiveError, UnicodeDecodeError)):  # a recording; SQLite's own word on a damaged schema
        return "database disk image is malformed"
    if error.__context__ and any(sign in str(error.__context__) for sign in FILE):  # Datasette's "Invalid SQL"
        return str(error.__context__)
    return str(error) if _is_sqlite(error) else None


def _is_sqlite(error: Exception) -> bool:
    """Of Python's SQLite or of the one that Datasette found (pysqlite3)."""
    return isinstance(error, sqlite3.Error) or type(error).__module__.startswith(("pysqlite3", "sqlite3"))


def _status(error: Any) -> int:
    status = getattr(error, "status", 500)
    return int(status) if type(error).__name__ != "QueryInterrupted" else 400
