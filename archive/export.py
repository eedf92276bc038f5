"""The archive handed on: one row per disclosed page, streamed as CSV, JSON lines, Parquet or a Frictionless data
package. WACZ, the recordings themselves, is archive/wacz.py.

`FIELDS` is the schema, field by field; the column names, the Parquet types and `datapackage.json` all come from it.
Rows stand in the order of their `cursor`, the capture that made them what they are: `--since CURSOR` gives what came
or changed after it, so that a downstream parser never scrapes, and never reads anything twice.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from archive import search
from archive.errors import UsageError, unwritten
from archive.ledger import now
from archive.query import parse

if TYPE_CHECKING:
    import sqlite3

BATCH = 200  # rows that are held at a time: texts may be long
Row = dict[str, Any]
Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Field:
    """One column: its name, its type as Frictionless calls it, what it means in Chinese and English, and its SQL."""

    name: str
    type: str
    chinese: str
    english: str
    sql: str


FIELDS: tuple[Field, ...] = tuple(Field(*row) for row in (
    ("url", "string", "网址", "Address of the page; the key of a row", "v.url"),
    ("site", "string", "网站代号", "Key of the site, null for pages of no known site", "v.site"),
    ("site_name", "string", "网站名称", "Name of the site", "v.site_name"),
    ("region", "string", "地区", "Place of the site", "v.region"),
    ("channels", "string", "栏目", "Channels that list the page, joined by 、", "v.channels"),
    ("title", "string", "标题", "Title as the page prints it", "v.title"),
    ("index_number", "string", "索引号", "Index number", "v.index_number"),
    ("publisher", "string", "发布机构", "Publisher as printed", "v.publisher"),
    ("published_on", "date", "发布日期", "Day of publication; null if not fully written", "v.published_on"),
    ("written_on", "date", "成文日期", "Day of writing (成文日期, 生成日期, 发文日期)", "v.written_on"),
    ("document_number", "string", "文号", "Number of an official document (发文字号)", "v.document_number"),
    ("category", "string", "信息分类", "Category or directory", "v.category"),
    ("topic", "string", "主题分类", "Topic", "v.topic"),
    ("genre", "string", "体裁分类", "Genre", "v.genre"),
    ("keywords", "string", "关键词", "Keywords (主题词)", "v.keywords"),
    ("summary", "string", "内容概述", "Summary that the page itself gives", "v.summary"),
    ("source", "string", "信息来源", "Source", "v.source"),
    ("validity", "string", "有效性", "Validity as stated", "v.validity"),
    ("effective_on", "date", "生效日期", "Day from which it applies", "v.effective_on"),
    ("expires_on", "date", "废止日期", "Day on which it ends", "v.expires_on"),
    ("disclosure", "string", "公开方式", "Form of disclosure", "v.disclosure"),
    ("other", "object", "其他标签", "Labels of the index block that no field takes: label → value", "r.other"),
    ("attachments", "array", "附件", "Attachments: name, address, SHA-256 once fetched",
     "(select json_group_array(json_object('name', a.name, 'url', a.url, 'sha256', a.sha256)) "
     "from (select * from attachments where capture = v.capture order by position) a)"),
    ("state", "string", "状态", "State of the page now: archived, gone …", "v.state"),
    ("first_seen", "datetime", "首次发现", "When the address came to be known (UTC)", "v.first_seen"),
    ("fetched_at", "datetime", "抓取时间", "When this text was fetched last (UTC)", "v.fetched_at"),
    ("confidence", "number", "可信度", "How sure the reading is, 0 to 1", "v.confidence"),
    ("payload", "string", "原始字节哈希", "SHA-256 of the answer as received, as its WARC record has it", "k.payload"),
    ("content", "string", "内容哈希", "SHA-256 of title, text and names of attachments", "d.content"),
    ("document", "integer", "文档编号", "Number of the text in this archive", "v.document"),
    ("cursor", "integer", "游标", "Capture that made this row what it is; for --since", ":cursor"),
    ("text_from", "string", "正文出处",
     "Names of the attachments, joined by 、, that the text is from; null where it is the page's own", "t.text_from"),
    ("text", "string", "正文", "Text; paragraphs on lines of their own, table cells parted by tabs; of a page without "
     "any, the text of its attachments in their order", "t.text"),
))  # fmt: skip
NAMES = tuple(field.name for field in FIELDS)
STRUCTURED = ("object", "array")  # types whose value is JSON

ENCLOSED = "(select group_concat(a.name || coalesce(a.url, ''), ' ') from attachments a where a.capture = {}.capture)"
# A page comes anew when it says something else than before (not whenever it was fetched again), when a file of it
# arrives (its text may stand there), when it goes and when it is back.
PAGES = f"""
select n, cursor from (
    select p.n, p.site, p.reading, max(
           coalesce((select min(k.id) from captures k join readings s on s.capture = k.id
                      where k.url = p.url and s.kind = 'document' and k.id > coalesce((
                            select max(j.id) from captures j join readings o on o.capture = j.id
                             where j.url = p.url and (o.kind = 'gone' or (o.kind = 'document' and (
                                   o.document != r.document or o.metadata != r.metadata
                                   or {ENCLOSED.format("o")} is not {ENCLOSED.format("r")})))), 0)), p.reading),
           coalesce((select max(k.id) from attachments a join captures k on k.url = a.url and k.enclosed
                      where a.capture = p.reading and a.sha256 is not null), 0),
           iif(p.state = 'gone', coalesce((select min(k.id) from captures k join readings g on g.capture = k.id
                      where k.url = p.url and g.kind = 'gone' and k.id > p.reading), 0), 0)) as cursor
      from pages p join readings r on r.capture = p.reading)
 where (:after is null or cursor > :after)
   and (:day is null or (select fetched_at from captures where id = cursor) >= :day)
   and (:sites is null or site in (select value from json_each(:sites)))
   and (:found is null or (select document from readings where capture = reading) in (
        select value from json_each(:found)))
"""


@dataclass(frozen=True, slots=True)
class Wish:
    """What to hand on: `fields` in their order, pages of `sites`, documents that a `query` finds, and what came or
    changed `since` a cursor or a day (ISO)."""

    fields: tuple[Field, ...] = FIELDS
    sites: tuple[str, ...] = ()
    query: str | None = None
    since: str | None = None

    def bound(self, db: sqlite3.Connection) -> dict[str, Any]:
        """The parameters of `PAGES`. Raises UsageError."""
        after = int(self.since) if self.since and self.since.isascii() and self.since.isdigit() else None
        if after is not None and after > (last := _last(db)):
            raise UsageError(f"--since {after}: this archive counts up to {last}; if it was made anew since (rebuild), "
                             "its cursors were too: take everything once more, without --since")
        return {
            "after": after, "day": _day(self.since) if self.since and after is None else None,
            "sites": json.dumps(self.sites) if self.sites else None,
            "found": json.dumps(search.found(db, parse(self.query), sys.maxsize)) if self.query else None,
        }


def fields(names: str | None) -> tuple[Field, ...]:
    """The fields named, parted by commas, in that order; all without names. Raises UsageError."""
    wanted = [name.strip() for name in names.split(",")] if names else list(NAMES)
    unknown = [name for name in wanted if name not in NAMES]
    if unknown or len(set(wanted)) < len(wanted):
        wrong = f"no field {unknown[0]!r}" if unknown else "a field is named twice"
        raise UsageError(f"--fields: {wrong}; there are {', '.join(NAMES)}")
    return tuple(FIELDS[NAMES.index(name)] for name in wanted)


def _day(since: str) -> str:
    try:
        return date.fromisoformat(since).isoformat()
    except ValueError:
        raise UsageError(f"--since {since}: expected a cursor (a number that export printed), or a day as 2024-03-05"
                         ) from None


def _last(db: sqlite3.Connection) -> int:
    return int(db.execute("select coalesce(max(id), 0) from captures").fetchone()[0])


@contextmanager
def snapshot(db: sqlite3.Connection) -> Iterator[int]:
    """One moment of the archive; gives the cursor to go on with."""
    db.execute("begin")
    try:
        yield _last(db)
    finally:
        db.rollback()


def count(db: sqlite3.Connection, wish: Wish) -> int:
    """How many rows there will be."""
    return int(db.execute(f"select count(*) from ({PAGES})", wish.bound(db)).fetchone()[0])


def rows(db: sqlite3.Connection, wish: Wish) -> Iterator[Row]:
    """The rows by rising cursor. Values are str, int, float, None, and decoded JSON for `other` and `attachments`."""
    columns = ", ".join(field.sql for field in wish.fields)
    one = (f"select {columns} from pages p join disclosures v on v.url = p.url "
           "join readings r on r.capture = v.capture join documents d on d.n = v.document "
           "join texts t on t.capture = v.capture join captures k on k.id = v.capture where p.n = :n")
    for n, cursor in db.execute(f"{PAGES} order by cursor, n", wish.bound(db)):
        values = db.execute(one, {"n": n, "cursor": cursor}).fetchone()
        yield {field.name: json.loads(value) if field.type in STRUCTURED else value
               for field, value in zip(wish.fields, values, strict=True)}


# --- the formats -------------------------------------------------------------------------------------------------

# What a spreadsheet would take for a formula, also in full width: =cmd|' /C calc'!A0
FORMULA = re.compile("[=+\\-@\t\r\n＝＋－＠]")


def write_csv(into: IO[bytes], found: Iterable[Row], columns: Sequence[Field], *, raw: bool = False) -> None:
    """CSV (RFC 4180, UTF-8) for spreadsheets: with a byte-order mark, since they take it for GBK otherwise, and with '
    in front of a cell that would be run as a formula. `raw` leaves both away."""
    if not raw:
        into.write(b"\xef\xbb\xbf")
    _csv(into, found, columns, raw)


def _csv(into: IO[bytes], found: Iterable[Row], columns: Sequence[Field], raw: bool) -> None:
    text = io.TextIOWrapper(into, "utf-8", errors="replace", newline="", write_through=True)
    try:
        writer = csv.writer(text)
        writer.writerow([field.name for field in columns])
        for row in found:
            writer.writerow([_cell(value, raw) for value in row.values()])
    finally:
        text.detach()


def _cell(value: Any, raw: bool) -> Any:
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    return f"'{value}" if isinstance(value, str) and not raw and FORMULA.match(value) else value


def write_jsonl(into: IO[bytes], found: Iterable[Row], columns: Sequence[Field], *, raw: bool = False) -> None:
    """One JSON object a line, UTF-8."""
    for row in found:
        into.write(json.dumps(row, ensure_ascii=False).encode("utf-8", "replace") + b"\n")


def write_parquet(into: IO[bytes], found: Iterable[Row], columns: Sequence[Field], *, raw: bool = False) -> None:
    """Parquet with dates, times and numbers as such, zstd. Raises UsageError without pyarrow."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise UsageError("Parquet needs pyarrow, which is not installed: pip install 'gongkai[export]'") from None
    types = {
        "string": pa.string(), "integer": pa.int64(), "number": pa.float64(), "date": pa.date32(),
        "datetime": pa.timestamp("s", "UTC"), "object": pa.map_(pa.string(), pa.string()),
        "array": pa.list_(pa.struct([(name, pa.string()) for name in ("name", "url", "sha256")])),
    }  # fmt: skip
    schema = pa.schema([(field.name, types[field.type]) for field in columns])
    stream = iter(found)
    with pq.ParquetWriter(into, schema, compression="zstd") as writer:
        while batch := list(islice(stream, BATCH)):
            typed = [{field.name: _typed(row[field.name], field.type) for field in columns} for row in batch]
            writer.write_table(pa.Table.from_pylist(typed, schema=schema))


def _typed(value: Any, kind: str) -> Any:
    if value is None:
        return None
    if kind == "date":
        return date.fromisoformat(value)
    if kind == "datetime":
        return datetime.fromisoformat(value)
    return list(value.items()) if kind == "object" else value


def write_package(into: IO[bytes], found: Iterable[Row], columns: Sequence[Field], *, raw: bool = False) -> None:
    """A Frictionless data package (specs.frictionlessdata.io): a zip with `disclosures.csv` and `datapackage.json`,
    which documents each field in Chinese and English."""
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as package:
        with package.open("disclosures.csv", "w", force_zip64=True) as entry:
            counted = Counted(entry)
            _csv(counted, found, columns, raw)  # type: ignore[arg-type]
        descriptor = _descriptor(columns, counted, raw)
        package.writestr("datapackage.json", json.dumps(descriptor, ensure_ascii=False, indent=2))


class Counted(io.RawIOBase):
    """Passes bytes on; knows afterwards how many, and their SHA-256."""

    def __init__(self, into: IO[bytes]) -> None:
        self.into, self.length, self.sha256 = into, 0, hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, block: Any) -> int:
        self.into.write(block)
        self.length += len(block)
        self.sha256.update(block)
        return len(block)


ABOUT = "每个公开页面一行，取其最近一次的读取结果。One row per disclosed page, as it was read last."
GUARDED = "可能被当作公式的单元格前加了 '。A cell that a spreadsheet would run as a formula has ' before it."


def _descriptor(columns: Sequence[Field], counted: Counted, raw: bool) -> dict[str, Any]:
    key = {"primaryKey": ["url"]} if any(field.name == "url" for field in columns) else {}
    resource = {
        "name": "disclosures", "path": "disclosures.csv", "profile": "tabular-data-resource",
        "format": "csv", "mediatype": "text/csv", "encoding": "utf-8",
        "bytes": counted.length, "hash": f"sha256:{counted.sha256.hexdigest()}",
        "title": "公开文件 · Disclosures", "description": ABOUT if raw else f"{ABOUT} {GUARDED}",
        "schema": {"fields": [_documented(field) for field in columns], "missingValues": [""], **key},
    }  # fmt: skip
    return {
        "profile": "tabular-data-package", "name": "gongkai-disclosures",
        "title": "政府信息公开存档 · Government disclosures", "created": now(), "resources": [resource],
    }  # fmt: skip


def _documented(field: Field) -> Mapping[str, str]:
    form = {"datetime": {"format": "any"}}.get(field.type, {})
    return {"name": field.name, "type": field.type, **form, "title": field.chinese, "description": field.english}


FORMATS: Mapping[str, Callable[..., None]] = {  # name, also the suffix of a file → its writer
    "csv": write_csv, "jsonl": write_jsonl, "parquet": write_parquet, "zip": write_package,
}  # fmt: skip


@contextmanager
def whole(path: Path) -> Iterator[IO[bytes]]:
    """A file that appears under its name when it is complete, or not at all. Raises UsageError where none can be,
    ArchiveError where there is no room for it."""
    if not path.parent.is_dir() or path.is_dir():
        raise UsageError(f"{path}: no file can be written there; name one in a folder that exists")
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:  # a file that is read meanwhile names itself
        raise error if error.filename else unwritten(path, error) from error
    finally:
        part.unlink(missing_ok=True)


def told(found: Iterable[Row], total: int, tell: Tell | None) -> Iterator[Row]:
    """The same rows, progress told now and then."""
    number = 0
    for number, row in enumerate(found, start=1):
        yield row
        if tell and number % 100 == 0:
            tell(number, total)
    if tell:
        tell(number, total)
