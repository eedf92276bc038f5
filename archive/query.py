"""What a person asks of the archive, in Chinese: words, phrases, fields, and where to look.

    预算 "三公 经费" -决算 OR 标题:工资 机构:财政局 日期:2023-01-01..2023-06-30
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date

from archive.characters import fold, tokens
from archive.errors import UsageError


@dataclass(frozen=True, slots=True)
class Group:
    """Words that must all stand in a document, and words that must not; each may be a phrase. `titled` must stand in
    its title."""

    words: tuple[str, ...]
    without: tuple[str, ...] = ()
    titled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Only:
    """Where to look: each field that is set must hold. `named` stands in the publisher's name; the others are the whole
    value. `since` and `until` are ISO days of publication, both inclusive; `attached` is "1" for documents with
    attachments, "0" for those without."""

    site: str | None = None
    region: str | None = None
    publisher: str | None = None
    named: str | None = None
    topic: str | None = None
    validity: str | None = None
    attached: str | None = None
    year: str | None = None
    since: str | None = None
    until: str | None = None

    def __post_init__(self) -> None:
        for day in (self.since, self.until):
            _check(day)
        if self.year and not re.fullmatch("[12][0-9]{3}", self.year):
            raise UsageError(f"{self.year}: not a year; write it as 2024.")
        if self.attached not in (None, "0", "1"):
            raise UsageError(f"attached={self.attached[:20]}: attached is 1 or 0.")


def _check(day: str | None) -> None:
    try:
        date.fromisoformat(day or "2024-03-05")
    except ValueError:
        raise UsageError(f"{day}: not a day; write it as 2024-03-05.") from None


@dataclass(frozen=True, slots=True)
class Query:
    """Any of these groups: `a b -c OR d` is (a and b, not c) or d. No group at all: everything `only` lets through."""

    groups: tuple[Group, ...]
    only: Only = Only()

    @property
    def words(self) -> tuple[str, ...]:
        """Every word looked for, once: what a snippet shows."""
        return tuple(dict.fromkeys(word for group in self.groups for word in (*group.words, *group.titled)))

    @property
    def number(self) -> str | None:
        """The words of a query that asks for no more, run together: they may be a 文号 or 索引号."""
        plain = len(self.groups) == 1 and not self.groups[0].without and not self.groups[0].titled
        return "".join(self.words) if plain else None

    def matches(self, title: str, body: str) -> bool:
        """The same judgement without an index, by looking through the text of a document."""
        head, seen = fold(title), (fold(title), fold(body))

        def found(word: str) -> bool:
            return any(fold(word) in field for field in seen)

        return any(all(map(found, group.words)) and not any(map(found, group.without))
                   and all(fold(word) in head for word in group.titled) for group in self.groups)

    def match(self) -> str:
        """For `match` on documents_fts: every document that it finds."""
        return " OR ".join(f"({' NOT '.join([_all(group.words, group.titled), *map(_phrase, group.without)])})"
                           for group in self.groups)

    def match_titles(self) -> str:
        """For `match` on titles_fts: the words of a group stand in the title, whatever else does."""
        return " OR ".join(_all((*group.words, *group.titled)) for group in self.groups)

    def match_files(self) -> str | None:
        """For `match` on files_fts: what needs no word in a title; None if every group does."""
        groups = [group for group in self.groups if not group.titled]
        return " OR ".join(f"({' NOT '.join([_all(group.words), *map(_phrase, group.without)])})"
                           for group in groups) or None


def _all(words: tuple[str, ...], titled: tuple[str, ...] = ()) -> str:
    return f"({' AND '.join([*map(_phrase, words), *(f'title : {_phrase(word)}' for word in titled)])})"


def _phrase(word: str) -> str:
    return f'"{tokens(word)}"'


# Name before a colon → what is narrowed: 标题:预算 机构:财政局 网站:fuyang 日期:2023-01-01..2023-06-30 年份:2024
FIELDS: dict[str, str] = {
    "标题": "titled", "title": "titled", "机构": "named", "publisher": "named", "网站": "site", "site": "site",
    "地区": "region", "region": "region", "主题": "topic", "topic": "topic", "有效性": "validity",
    "validity": "validity", "年份": "year", "year": "year", "日期": "days", "date": "days",
}
# -word, "a phrase", “短语”, 「短语」, 标题:短语; a quote that is never closed is a character like any other
WORD = re.compile(
    rf'(?P<minus>-?)(?:(?P<field>{"|".join(FIELDS)})[:：]\s*(?=\S))?'
    r'(?:"(?P<a>[^"]+)"|“(?P<b>[^”]+)”|「(?P<c>[^」]+)」|(?P<d>\S+))')
DAYS = re.compile(r"(\d{4}-\d\d-\d\d)?(\.\.)?(\d{4}-\d\d-\d\d)?")
LONGEST = 500  # characters of a query


def parse(query: str, only: Only = Only()) -> Query:
    """What a person typed, within `only`. Several words must all be there; `"…"` keeps blanks and signs together;
    `-word` or NOT excludes; OR gives a choice; `FIELDS:` narrow. Raises UsageError.

    >>> parse('预算 "三公 经费" -决算 OR 标题:工资').groups
    (Group(words=('预算', '三公 经费'), without=('决算',), titled=()), Group(words=(), without=(), titled=('工资',)))
    """
    if len(query) > LONGEST:
        raise UsageError(f"the search has {len(query)} characters, at most {LONGEST} are looked for; shorten it.")
    groups, narrowed = _read(query)
    if narrowed:
        only = replace(only, **narrowed)
    if groups == [{}] and only != Only():
        return Query((), only)
    if not all(group.get("words") or group.get("titled") for group in groups):
        raise UsageError(f"the search {query!r} names nothing to be found; give a word, as: gongkai search 预算 -决算")
    return Query(tuple(Group(tuple(group.get("words", ())), tuple(group.get("without", ())),
                             tuple(group.get("titled", ()))) for group in groups), only)


def _read(query: str) -> tuple[list[dict[str, list[str]]], dict[str, str]]:
    """The groups of words, each by what is asked of them, and what the fields narrow."""
    groups: list[dict[str, list[str]]] = [{}]
    narrowed: dict[str, str] = {}
    negate = False
    for found in WORD.finditer(query.strip()):
        bare = found["d"] if not found["minus"] and not found["field"] else None
        field = FIELDS.get(found["field"] or "")
        if bare in ("OR", "|", "或者"):
            groups.append({})
        elif bare in ("NOT", "AND"):
            negate = bare == "NOT"
        elif field and (negate or found["minus"]):
            raise UsageError(f"-{found['field']}: takes words out, not fields; leave out the minus, or the field.")
        elif field and field != "titled":
            narrowed |= _narrowed(field, found["a"] or found["b"] or found["c"] or found["d"])
        else:
            without = found["minus"] or negate
            kind = "without" if without else field or "words"
            groups[-1].setdefault(kind, []).append(found["a"] or found["b"] or found["c"] or found["d"])
            negate = False
    return groups, narrowed


def _narrowed(field: str, value: str) -> dict[str, str]:
    if field != "days":
        return {field: value}
    days = DAYS.fullmatch(value)
    if not days or not (days[1] or days[3]):
        raise UsageError(f"日期:{value}: not days; write 日期:2023-01-01..2023-06-30 or 日期:2023-01-01.")
    ends = (days[1], days[3]) if days[2] else (days[1], days[1])
    return {name: day for name, day in zip(("since", "until"), ends, strict=True) if day}
