"""Full text in Chinese that finds words of any length, in a stock FTS5 table that any `sqlite3` reads.

*Every* character is a token: `政务公开` is indexed as `政 务 公 开` and searched as the phrase "政 务 公 开", so
whatever stands in the text is found, of one character or of many, and nothing else is. Measured on 100,000
documents: 0.94 × the text (bigrams 1.6, trigrams 2.2 and no two-character words), built three times as fast as
bigrams. Its only fault, hits across punctuation, goes away because punctuation, blanks and line breaks are tokens
too: characters that the tokenizer would skip are written as twins in Unicode's private planes, which it takes for
letters.

What a reader calls the same is the same: case, full width, and the brackets of 文号 (〔2020〕 = [2020] = （2020）);
`characters.py` has the tables, `query.py` what a person may type.

Titles first and newest first cost nothing: titles have a small index of their own, and a document's rowid in both is
its `place`, which grows with its date. Nothing is ever sorted, however many hits there are.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from archive.characters import compatible, fold, tokens
from archive.query import Only, Query

if TYPE_CHECKING:
    import sqlite3

EPOCH = date(1900, 1, 1).toordinal()
PER_DAY = 1 << 17  # places of a day; a fuller one spills over into the next, undated documents come before all


# --- the index ---------------------------------------------------------------------------------------------------


def indexed(title: str | None, text: str) -> tuple[str, str]:
    """Title and text as the index holds them."""
    return tokens(title or ""), tokens(text)


def add(db: sqlite3.Connection, day: str | None, title: str | None, text: str) -> int:
    """Index a document of a day (ISO, None if undated); gives its place."""
    place = free_place(db, day)
    index(db, [(place, *indexed(title, text))])
    return place


def free_place(db: sqlite3.Connection, day: str | None) -> int:
    """The place for a further document of a day (ISO, None if undated)."""
    return _free(db, date.fromisoformat(day).toordinal() - EPOCH if day else 0)


def index(db: sqlite3.Connection, rows: Iterable[tuple[int, str, str]]) -> None:
    """Index documents, each with its place and what `indexed` says of it. Many at once and in the order of their
    places: FTS5 writes out what it holds at every savepoint, and at every place that is not the highest yet, and has
    each of these pieces to merge with others later (two thirds of the cost, for one document at a time)."""
    for place, titled, body in sorted(rows):
        db.execute("insert into documents_fts (rowid, title, body) values (?, ?, ?)", (place, titled, body))
        db.execute("insert into titles_fts (rowid, title) values (?, ?)", (place, titled))


def refill(db: sqlite3.Connection) -> int:
    """Index every text anew, in an index that is empty; gives how many."""
    documents = db.execute("select place, title, text from documents")
    files = db.execute("select place, text from files where place is not null")
    number = 0
    for place, title, text in documents:
        index(db, [(place, *indexed(title, text))])
        number += 1
    for place, text in files:
        db.execute("insert into files_fts (rowid, body) values (?, ?)", (place, tokens(text)))
        number += 1
    return number


def remove(db: sqlite3.Connection, place: int, title: str | None, text: str) -> None:
    """Take a document out of the index; a contentless table must be told what it held."""
    titled = tokens(title or "")
    db.execute("insert into documents_fts (documents_fts, rowid, title, body) values ('delete', ?, ?, ?)",
               (place, titled, tokens(text)))
    db.execute("insert into titles_fts (titles_fts, rowid, title) values ('delete', ?, ?)", (place, titled))


def add_file(db: sqlite3.Connection, day: str | None, text: str) -> int:
    """Index the text of a file that a document of a day encloses; gives its place among files."""
    place = _free(db, date.fromisoformat(day).toordinal() - EPOCH if day else 0, "files")
    db.execute("insert into files_fts (rowid, body) values (?, ?)", (place, tokens(text)))
    return place


def remove_file(db: sqlite3.Connection, place: int, text: str) -> None:
    """Take a file out of the index."""
    db.execute("insert into files_fts (files_fts, rowid, body) values ('delete', ?, ?)", (place, tokens(text)))


def _free(db: sqlite3.Connection, day: int, table: str = "documents") -> int:
    first = max(day, 0) * PER_DAY + 1
    last = db.execute(f"select max(place) from {table} where place >= ? and place < ?",
                      (first, first + PER_DAY - 1)).fetchone()[0]
    if last is None:
        return first
    return int(last) + 1 if last + 1 < first + PER_DAY - 1 else _free(db, max(day, 0) + 1, table)


# --- hits --------------------------------------------------------------------------------------------------------

Marked = tuple[tuple[str, bool], ...]  # a text in parts: (part, whether it was looked for)

BEFORE, WINDOW = 24, 100  # characters of a snippet before the first word found, and in all


@dataclass(frozen=True, slots=True)
class Hit:
    """A document found: the page that holds it (`current`) or held it, the `state` of that page, what it states, and
    where the words stand."""

    document: int
    url: str
    site: str | None
    title: str | None
    publisher: str | None
    published_on: str | None
    current: bool
    state: str | None
    in_title: bool
    title_marked: Marked
    snippet_marked: Marked
    attachment: str | None = None  # the name of the file in which the words stand, where the document has none of them

    @property
    def snippet(self) -> str:
        """The place in the text on one line, words found in 【】."""
        found = "".join(f"【{part}】" if hit else part for part, hit in self.snippet_marked).replace("\n", " ")
        return f"（附件：{self.attachment}）{found}" if self.attachment else found

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        shown = ("document", "url", "site", "title", "publisher", "published_on", "current", "state", "in_title",
                 "snippet", "attachment")
        return {name: getattr(self, name) for name in shown}


def search(
    db: sqlite3.Connection, query: Query, limit: int = 20, offset: int = 0, newest: bool = False,
    limits: Within | None = None,
) -> list[Hit]:
    """The documents that a query finds: those that bear the number looked for, those with the words in the title, the
    rest, and those with the words in a file that they enclose, each the newer ones first. `newest`: all of them by date
    alone. `limits`, from `within`, where several questions share them."""
    limits = limits or within(db, query.only, limit + offset)
    if newest or not query.groups:
        return hits(db, query, found(db, query, limit + offset, limits)[offset:])
    numbers, titled = _ranked(db, query, limit + offset, limits)
    return [_hit(db, query, n, n in titled) for n in numbers[offset : offset + limit]]


def hits(db: sqlite3.Connection, query: Query, numbers: Iterable[int]) -> list[Hit]:
    """These documents, as a query finds them."""
    return [_hit(db, query, n, False) for n in numbers]


def found(db: sqlite3.Connection, query: Query, limit: int, limits: Within | None = None) -> list[int]:
    """The newest documents that a query finds, by number."""
    limits = limits or within(db, query.only, limit)
    numbers = _newest(db, query, _tier(query, limits), limit, limits)
    further = {*_newest(db, query, NUMBERED, limit, limits), *_attached(db, query, limit, limits)}.difference(numbers)
    if not further:
        return numbers
    rows = db.execute("select n from documents where n in (select value from json_each(?)) order by place desc limit ?",
                      (json.dumps([*numbers, *further]), limit))
    return [n for (n,) in rows]


class Tier(NamedTuple):
    """Tables, condition, and the rowid that grows with the date: read from its newest down, up to a limit. The words
    are looked for first (`cross join`): asking the index of words for one document after another takes seconds."""

    tables: str
    words: str
    place: str = "f.rowid"


TITLED = Tier("titles_fts f cross join documents d on d.place = f.rowid", """titles_fts match :titles
              and (not :partly or f.rowid in (select rowid from documents_fts where documents_fts match :all))""")
UNTITLED = Tier("documents_fts f cross join documents d on d.place = f.rowid", """documents_fts match :all
                and f.rowid not in (select rowid from titles_fts where titles_fts match :titles)""")
ANYWHERE = Tier("documents_fts f cross join documents d on d.place = f.rowid", "documents_fts match :all")
EVERYTHING = Tier("documents d", "1", "d.place")
GATHERED = Tier("json_each(:numbers) j cross join documents d on d.n = j.value", "1", "d.place")  # without words
NUMBERED = Tier("({}) f cross join documents d on d.n = f.document".format(" union ".join(
    f"select document from readings where {column} in (select value from json_each(:forms))"
    for column in ("document_number", "canonical", "index_number"))), "1", "d.place")
ATTACHED = Tier("""files_fts f cross join files x on x.place = f.rowid
                   join attachments z on z.sha256 = x.sha256
                   join readings y on y.capture = z.capture join documents d on d.n = y.document""",
                """files_fts match :files
                   and d.place not in (select rowid from documents_fts where documents_fts match :all)""")


def _tier(query: Query, limits: Within) -> Tier:
    """Where all that a query finds, but for files, is looked for."""
    if query.groups:
        return ANYWHERE
    return GATHERED if limits.numbers is not None and len(limits.numbers) <= SORTED else EVERYTHING


def _ranked(db: sqlite3.Connection, query: Query, limit: int, limits: Within) -> tuple[list[int], set[int]]:
    """The numbers of the first documents in their order, and which of them have the words in the title."""
    numbers = _newest(db, query, NUMBERED, limit, limits)
    titled = _newest(db, query, TITLED, limit, limits)
    numbers += [n for n in titled if n not in numbers]
    if len(numbers) < limit:
        numbers += [n for n in _newest(db, query, UNTITLED, limit, limits) if n not in numbers]
    if len(numbers) < limit:
        numbers += [n for n in _attached(db, query, limit, limits) if n not in numbers]
    return numbers, set(titled)


def _attached(db: sqlite3.Connection, query: Query, limit: int, limits: Within) -> list[int]:
    """The newest documents that have the words only in files that they enclose, by number."""
    if query.match_files() is None:
        return []
    sql = f"select d.n {_where(query, ATTACHED, limits)} order by f.rowid desc, d.place desc"
    rows = db.execute(sql, _told(query, limits))
    numbers: dict[int, None] = {}
    while len(numbers) < limit and (row := rows.fetchone()):
        numbers.setdefault(row[0])  # a document has several of them
    return list(numbers)


def _newest(db: sqlite3.Connection, query: Query, tier: Tier, limit: int, limits: Within) -> list[int]:
    sql = f"select d.n {_where(query, tier, limits)} order by {tier.place} desc limit :limit"
    return [n for (n,) in db.execute(sql, {**_told(query, limits), "limit": limit})]


# A number is printed with whatever brackets a site likes: each pair is tried.
BRACKETS = ("〔〕", "()", "（）", "[]", "［］", "【】", "﹝﹞")
SAME_BRACKETS = str.maketrans({mark: "〔〕"[n] for pair in BRACKETS for n, mark in enumerate(pair)})


def _forms(number: str) -> list[str]:
    """How a 文号 or 索引号 that was typed may be printed: in any brackets, half width, capitals, without blanks."""
    plain = compatible(number).strip().translate(SAME_BRACKETS)
    spelled = {form for typed in (plain, "".join(plain.split()).replace("第", "")) for form in (typed, typed.upper())}
    return [form.replace("〔", pair[0]).replace("〕", pair[1]) for form in spelled for pair in BRACKETS]


# What `only` asks of one reading of a document.
OF_READING: dict[str, str] = {
    "site": "p.site = :site",
    "region": "p.site in (select site from sites where region = :region)",
    "publisher": "r.publisher = :publisher",
    "named": "r.publisher in (select distinct publisher from readings where instr(publisher, :named) > 0)",
    "topic": "r.topic = :topic",
    "validity": "r.validity = :validity",
    "attached": "exists (select 1 from attachments a where a.capture = r.capture) = (:attached = '1')",
}
BY_SITE = "pages p cross join captures k on k.url = p.url cross join readings r on r.capture = k.id"
BY_READING = "readings r cross join captures k on k.id = r.capture cross join pages p on p.url = k.url"
SORTED = 2000  # so many documents are put in order; of more, the newest are looked for in the order of all


class Within(NamedTuple):
    """Which documents `only` lets through: a condition on a document `d`, or all of their `numbers`."""

    condition: str
    numbers: list[int] | None


def within(db: sqlite3.Connection, only: Only, limit: int) -> Within:
    """That one reading of the document is as asked. To gather these documents costs as much as there are; to ask each
    hit costs as many hits as are passed until `limit` are found. The cheaper of the two is taken."""
    asked = [name for name in OF_READING if getattr(only, name)]
    if not asked:
        return Within("1", None)
    conditions, told = " and ".join(OF_READING[name] for name in asked), _asked(only)
    last = db.execute("select max(n) from documents").fetchone()[0] or 0
    if _at_most(db, only, asked, math.isqrt(limit * last) + 1) is None:
        return Within(f"exists (select 1 from {BY_READING} where r.document = d.n and {conditions})", None)
    tables = BY_SITE if only.site or only.region else BY_READING
    rows = db.execute(f"select distinct r.document from {tables} where {conditions} and r.document is not null", told)
    return Within("+d.n in (select value from json_each(:numbers))", [n for (n,) in rows])


def _at_most(db: sqlite3.Connection, only: Only, asked: list[str], most: int) -> int | None:
    """How many there can be, by the index that has the fewest; None if `most` or more, or if no index tells."""
    counts = []
    for name in asked:
        table = "pages p" if name in ("site", "region") else "readings r"
        if name != "attached":
            sql = f"select count(*) from (select 1 from {table} where {OF_READING[name]} limit :most)"
            counts.append(db.execute(sql, {**_asked(only), "most": most}).fetchone()[0])
    return min(counts) if counts and min(counts) < most else None


def _where(query: Query, tier: Tier, limits: Within) -> str:
    """From where, and the conditions on a document `d`: its words, its day (which its place tells), its readings."""
    days = f"{tier.place} > {_first(query.only)} and {tier.place} <= {_last(query.only)}"
    return f"from {tier.tables} where {tier.words} and {days} and {limits.condition}"


def _told(query: Query, limits: Within) -> dict[str, str | bool | None]:
    partly = any(group.without or group.titled for group in query.groups)
    return {**_asked(query.only), "all": query.match(), "titles": query.match_titles(), "files": query.match_files(),
            "partly": partly, "numbers": json.dumps(limits.numbers),
            "forms": json.dumps(_forms(query.number) if query.number else [], ensure_ascii=False)}


def _asked(only: Only) -> dict[str, str | None]:
    return {name: getattr(only, name) for name in OF_READING}


def _first(only: Only) -> int:
    days = [day for day in (only.since, f"{only.year}-01-01" if only.year else None) if day]
    return _day(max(days)) * PER_DAY if days else PER_DAY if only.until else 0  # what is undated is not until a day


def _last(only: Only) -> int:
    days = [day for day in (only.until, f"{only.year}-12-31" if only.year else None) if day]
    return (_day(min(days)) + 1) * PER_DAY if days else 1 << 62


def _day(day: str) -> int:
    return max(date.fromisoformat(day).toordinal() - EPOCH, 0)


def day_of(place: int) -> str | None:
    """The day of publication that a place stands for; None for undated documents."""
    day = place // PER_DAY
    return date.fromordinal(EPOCH + day).isoformat() if day else None


def _hit(db: sqlite3.Connection, query: Query, document: int, in_title: bool) -> Hit:
    words = query.words
    title, text = db.execute("select title, text from documents where n = ?", (document,)).fetchone()
    url, site, publisher, published_on, current, state = db.execute(
        "select k.url, p.site, r.publisher, r.published_on, p.reading is r.capture, p.state from readings r "
        "join captures k on k.id = r.capture left join pages p on p.url = k.url where r.document = ? "
        "order by p.reading is r.capture desc, k.fetched_at desc limit 1", (document,)
    ).fetchone() or ("", None, None, None, 0, None)
    name, text = (None, text) if _tells(query, title or "", text) else _file(db, query, document) or (None, text)
    return Hit(document, url, site, title, publisher, published_on, bool(current), state, in_title,
               marked(title or "", words), snippet(text, words), name)


def _tells(query: Query, title: str, text: str) -> bool:
    """Whether the document itself has the words. They are looked for as typed first: folding a long text takes long."""
    asked = [word for group in query.groups[:1] for word in group.words]
    return all(word in text or word in title for word in asked) or query.matches(title, text)


def _file(db: sqlite3.Connection, query: Query, document: int) -> tuple[str, str] | None:
    """Name and text of a file in which a document has the words."""
    if query.match_files() is None:
        return None
    row = db.execute(
        "select z.name, x.text from readings y join attachments z on z.capture = y.capture join files x "
        "on x.sha256 = z.sha256 where y.document = :n and x.place in (select rowid from files_fts where files_fts "
        "match :files) order by y.capture desc, z.position limit 1",
        {"n": document, "files": query.match_files()}).fetchone()
    return (row[0], row[1]) if row else None


def marked(text: str, words: tuple[str, ...]) -> Marked:
    """A text in parts, every place where a word stands marked; the text itself is untouched."""
    if not words:
        return ((text, False),) if text else ()
    pattern = "|".join(re.escape(fold(word)) for word in sorted(words, key=len, reverse=True))
    seen, places = _folded_with_places(text)
    parts: list[tuple[str, bool]] = []
    end = 0
    for found in re.finditer(pattern, seen):
        start, stop = places(found.start()), places(found.end() - 1) + 1
        if start > end:
            parts.append((text[end:start], False))
        if stop > end:
            parts.append((text[max(start, end):stop], True))
        end = max(end, stop)
    return tuple([*parts, (text[end:], False)] if end < len(text) else parts)


def snippet(text: str, words: tuple[str, ...]) -> Marked:
    """The part of a text around the first word found, or its beginning."""
    found = min((at for word in words if (at := text.find(word)) >= 0), default=-1)
    if words and found < 0:  # as typed it is nowhere: look for what a reader calls the same
        seen, places = _folded_with_places(text)
        found = min((places(at) for word in words if (at := seen.find(fold(word))) >= 0), default=0)
    start = max(0, found - BEFORE)
    cut = text[start : start + max(WINDOW, BEFORE + max(map(len, words), default=0))]
    more = start + len(cut) < len(text)
    dots: Marked = (("…", False),)
    return (*(dots if start else ()), *marked(cut, words), *(dots if more else ()))


def _folded_with_places(text: str) -> tuple[str, Callable[[int], int]]:
    """The folded text, and where its n-th character stands in the text: ß becomes two."""
    seen = fold(text)
    if len(seen) == len(text):
        return seen, lambda place: place
    places = [at for at, char in enumerate(text) for _ in fold(char)]
    return seen, places.__getitem__
