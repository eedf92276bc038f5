"""Full text in Chinese that finds words of any length, in a stock FTS5 table that any `sqlite3` reads.

*Every* character is a token: `政务公开` is indexed as `政 务 公 开` and searched as the phrase "政 务 公 开", so
whatever stands in the text is found, of one character or of many, and nothing else is. Measured on 100,000
documents: 0.94 × the text (bigrams 1.6, trigrams 2.2 and no two-character words), built three times as fast as
bigrams. Its only fault, hits across punctuation, goes away because punctuation, blanks and line breaks are tokens
too: characters that the tokenizer would skip are written as twins in Unicode's private planes, which it takes for
letters.

What a reader calls the same is the same: case, full width, and the brackets of 文号 (〔2020〕 = [2020] = （2020）).

Titles first and newest first cost nothing: titles have a small index of their own, and a document's rowid in both is
its `place`, which grows with its date. Nothing is ever sorted, however many hits there are.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from archive.errors import UsageError

if TYPE_CHECKING:
    import sqlite3

# What a reader calls the same character: full width (！–～ and the blank) and the kinds of brackets.
SAME: dict[int, str] = (
    {0xFF01 + n: chr(0x21 + n).casefold() for n in range(94)}
    | dict.fromkeys(map(ord, "\u3000\u00a0\u2002\u2003\u2009"), " ")
    | dict.fromkeys(map(ord, "（〔［【﹝[{"), "(")
    | dict.fromkeys(map(ord, "）〕］】﹞]}"), ")")
)
PLAIN = (range(0x30, 0x3A), range(0x61, 0x7B), range(0x3400, 0x4DC0), range(0x4E00, 0xA000), range(0x20000, 0x32400))
UNPAIRED = "\ufffd"  # stands for what is no text: surrogates, planes 4 to 16
EPOCH = date(1900, 1, 1).toordinal()
PER_DAY = 1 << 17  # places of a day; a fuller one spills over into the next, undated documents come before all


class _Folded(dict[int, str]):
    """For `str.translate`: each character as a reader sees it."""

    def __missing__(self, code: int) -> str:
        seen = SAME.get(code) or (UNPAIRED if 0xD800 <= code < 0xE000 or code >= 0x40000 else chr(code).casefold())
        self[code] = seen.translate(SAME)
        return self[code]


class _Tokens(dict[int, str]):
    """For `str.translate`: each character as the index holds it, folded, and what is no letter as its twin."""

    def __missing__(self, code: int) -> str:
        self[code] = "".join(map(_twin, map(ord, FOLDED[code])))
        return self[code]


def _twin(code: int) -> str:
    if any(code in plain for plain in PLAIN):
        return chr(code)
    return chr(0xF0000 + code if code < 0x10000 else 0x100000 + (code & 0xFFFF))


FOLDED, TOKENS = _Folded(), _Tokens()


def fold(text: str) -> str:
    """The text as search sees it: two texts that differ only in what a reader calls the same are equal."""
    return text.translate(FOLDED)


def tokens(text: str) -> str:
    """The text as the index holds it: folded characters with blanks between."""
    return " ".join(text.translate(TOKENS))


# --- the index ---------------------------------------------------------------------------------------------------


def add(db: sqlite3.Connection, day: str | None, title: str | None, text: str) -> int:
    """Index a document of a day (ISO, None if undated); gives its place."""
    place = _free(db, date.fromisoformat(day).toordinal() - EPOCH if day else 0)
    titled = tokens(title or "")
    db.execute("insert into documents_fts (rowid, title, body) values (?, ?, ?)", (place, titled, tokens(text)))
    db.execute("insert into titles_fts (rowid, title) values (?, ?)", (place, titled))
    return place


def remove(db: sqlite3.Connection, place: int, title: str | None, text: str) -> None:
    """Take a document out of the index; a contentless table must be told what it held."""
    titled = tokens(title or "")
    db.execute("insert into documents_fts (documents_fts, rowid, title, body) values ('delete', ?, ?, ?)",
               (place, titled, tokens(text)))
    db.execute("insert into titles_fts (titles_fts, rowid, title) values ('delete', ?, ?)", (place, titled))


def _free(db: sqlite3.Connection, day: int) -> int:
    first = max(day, 0) * PER_DAY + 1
    last = db.execute("select max(place) from documents where place >= ? and place < ?",
                      (first, first + PER_DAY - 1)).fetchone()[0]
    if last is None:
        return first
    return int(last) + 1 if last + 1 < first + PER_DAY - 1 else _free(db, max(day, 0) + 1)


# --- queries -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Group:
    """Words that must all stand in a document, and words that must not; each may be a phrase."""

    words: tuple[str, ...]
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """Any of these groups: `a b -c OR d` is (a and b, not c) or d."""

    groups: tuple[Group, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """Every word looked for, once: what a snippet shows."""
        return tuple(dict.fromkeys(word for group in self.groups for word in group.words))

    def matches(self, *fields: str) -> bool:
        """The same judgement without an index, by looking through the fields of a document."""
        seen = [fold(field) for field in fields]

        def found(word: str) -> bool:
            return any(fold(word) in field for field in seen)

        return any(all(map(found, group.words)) and not any(map(found, group.without)) for group in self.groups)

    def match(self) -> str:
        """For `match` on documents_fts: every document that it finds."""
        return " OR ".join(f"({' NOT '.join([_all(group.words), *map(_phrase, group.without)])})"
                           for group in self.groups)

    def match_titles(self) -> str:
        """For `match` on titles_fts: the words of a group stand in the title, whatever else does."""
        return " OR ".join(_all(group.words) for group in self.groups)


def _all(words: tuple[str, ...]) -> str:
    return f"({' AND '.join(map(_phrase, words))})"


def _phrase(word: str) -> str:
    return f'"{tokens(word)}"'


# -word, "a phrase", “短语”, 「短语」; a quote that is never closed is a character like any other
WORD = re.compile(r'(?P<minus>-?)(?:"(?P<a>[^"]+)"|“(?P<b>[^”]+)”|「(?P<c>[^」]+)」|(?P<d>\S+))')
LONGEST = 500  # characters of a query


def parse(query: str) -> Query:
    """What a person typed. Several words must all be there; `"…"` keeps blanks and signs together; `-word` or NOT
    excludes; OR gives a choice. Raises UsageError.

    >>> parse('预算 "三公 经费" -决算 OR 工资')
    Query(groups=(Group(words=('预算', '三公 经费'), without=('决算',)), Group(words=('工资',), without=())))
    """
    if len(query) > LONGEST:
        raise UsageError(f"the search has {len(query)} characters, at most {LONGEST} are looked for; shorten it.")
    groups: list[tuple[list[str], list[str]]] = [([], [])]
    negate = False
    for found in WORD.finditer(query.strip()):
        bare = found["d"] if not found["minus"] else None
        if bare in ("OR", "|", "或者"):
            groups.append(([], []))
        elif bare == "NOT":
            negate = True
        elif bare != "AND":
            groups[-1][bool(found["minus"]) or negate].append(found["a"] or found["b"] or found["c"] or found["d"])
            negate = False
    if not all(words for words, _ in groups):
        raise UsageError(f"the search {query!r} names nothing to be found; give a word, as: gongkai search 预算 -决算")
    return Query(tuple(Group(tuple(words), tuple(without)) for words, without in groups))


# --- hits --------------------------------------------------------------------------------------------------------

Marked = tuple[tuple[str, bool], ...]  # a text in parts: (part, whether it was looked for)

BEFORE, WINDOW = 24, 100  # characters of a snippet before the first word found, and in all


@dataclass(frozen=True, slots=True)
class Hit:
    """A document found: the page that holds it (`current`) or held it, what it states, and where the words stand."""

    document: int
    url: str
    site: str | None
    title: str | None
    publisher: str | None
    published_on: str | None
    current: bool
    in_title: bool
    title_marked: Marked
    snippet_marked: Marked

    @property
    def snippet(self) -> str:
        """The place in the text on one line, words found in 【】."""
        return "".join(f"【{part}】" if hit else part for part, hit in self.snippet_marked).replace("\n", " ")

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        shown = ("document", "url", "site", "title", "publisher", "published_on", "current", "in_title", "snippet")
        return {name: getattr(self, name) for name in shown}


def count(db: sqlite3.Connection, query: str) -> int:
    """How many documents a query finds."""
    found = db.execute("select count(*) from documents_fts where documents_fts match ?", (parse(query).match(),))
    return int(found.fetchone()[0])


def search(
    db: sqlite3.Connection, query: str, limit: int = 20, site: str | None = None, since: str | None = None,
    until: str | None = None,
) -> list[Hit]:
    """The documents that a query finds: those with the words in the title first, and then the newer ones first.
    `since` and `until` are ISO days of publication, both inclusive. Raises UsageError."""
    asked = parse(query)
    titled = [(*row, True) for row in _rows(db, TITLED, asked, limit, site, since, until)]
    rest = [(*row, False) for row in _rows(db, UNTITLED, asked, limit - len(titled), site, since, until)]
    return [_hit(db, asked.words, *row) for row in [*titled, *rest]]


# Both read their index from the newest place down and stop at the limit.
TITLED = """from titles_fts f join documents d on d.place = f.rowid where titles_fts match :titles
            and (not :excludes or f.rowid in (select rowid from documents_fts where documents_fts match :all))"""
UNTITLED = """from documents_fts f join documents d on d.place = f.rowid where documents_fts match :all
              and f.rowid not in (select rowid from titles_fts where titles_fts match :titles)"""
OF_SITE = """exists (select 1 from readings r join pages p on p.reading = r.capture
                      where r.document = d.n and p.site = :site)"""


def _rows(
    db: sqlite3.Connection, tier: str, asked: Query, limit: int, site: str | None, since: str | None, until: str | None,
) -> list[tuple[int, str | None, str]]:
    """(n, title, text) of the documents of a tier by falling place."""
    return db.execute(
        f"select d.n, d.title, d.text {tier} and f.rowid > :first and f.rowid <= :last "
        f"and (:site is null or {OF_SITE}) order by f.rowid desc limit :limit", {
            "all": asked.match(), "titles": asked.match_titles(), "site": site, "limit": limit,
            "excludes": any(group.without for group in asked.groups),
            "first": _day(since) * PER_DAY if since else 0,
            "last": (_day(until) + 1) * PER_DAY if until else 1 << 62,
        }).fetchall()


def _day(day: str) -> int:
    try:
        return max(date.fromisoformat(day).toordinal() - EPOCH, 0)
    except ValueError:
        raise UsageError(f"{day}: not a day; write it as 2024-03-05.") from None


def _hit(
    db: sqlite3.Connection, words: tuple[str, ...], document: int, title: str | None, text: str, in_title: bool,
) -> Hit:
    url, site, publisher, published_on, current = db.execute(
        "select k.url, p.site, r.publisher, r.published_on, p.reading is r.capture from readings r "
        "join captures k on k.id = r.capture left join pages p on p.url = k.url where r.document = ? "
        "order by p.reading is r.capture desc, k.fetched_at desc limit 1", (document,)
    ).fetchone() or ("", None, None, None, 0)
    return Hit(document, url, site, title, publisher, published_on, bool(current), in_title,
               marked(title or "", words), snippet(text, words))


def marked(text: str, words: tuple[str, ...]) -> Marked:
    """A text in parts, every place where a word stands marked; the text itself is untouched."""
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
    seen, places = _folded_with_places(text)
    found = min((at for word in words if (at := seen.find(fold(word))) >= 0), default=0)
    start = max(0, places(found) - BEFORE) if seen else 0
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
