"""The union of archives: what was crawled in shards, or on several machines, becomes one archive.

It is a union of sets, so it may be repeated, and the order makes no difference: documents by content, captures by
address, time and payload, walks by their uuid, and of everything that has a state, as pages and lists, whichever was
looked at later. Each archive comes in whole, in one transaction, its WARC files before that: a kill leaves at worst a
file that nothing refers to, which the next merge takes.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from archive import chain, files, search
from archive.database import ANEW, DATABASE, Archive
from archive.errors import ArchiveError, UsageError
from archive.related import Table, tables
from archive.suppress import enforce, erase
from archive.warc import OPEN, located

if TYPE_CHECKING:
    import sqlite3

Tell = Callable[[int, int], None]
BLOCK = 1 << 20  # bytes compared or copied at a time


@dataclass(frozen=True, slots=True)
class Merged:
    """What came in from another archive: captures and documents that were not here, and WARC files."""

    captures: int
    documents: int
    files: int


def merge(archive: Archive, folder: Path, tell: Tell = lambda done, total: None) -> Merged:
    """Take in the archive of another folder, which stays as it is; it may be in use. Raises UsageError for the archive
    itself, ArchiveError for what is none, is of a newer version, or lacks a WARC file."""
    if (folder / DATABASE).exists() and (folder / DATABASE).samefile(archive.file):
        raise UsageError(f"{folder} is this very archive; name another one to merge into it.")
    Archive(folder).close()  # brings an older one up to date
    with beside(archive.db, folder / DATABASE), archive.batch():
        archive.db.execute("pragma defer_foreign_keys = on")
        known = tables(archive.db)
        _catalogue(archive.db, known)
        _walks(archive.db, known["walks"])
        _pages(archive.db)
        warcs, captures = _captures(archive, known["captures"], folder, tell)
        documents = _documents(archive.db, known)
        _listings(archive.db)
        _channels(archive.db)
        _runs(archive.db, known["runs"])
        _downloads(archive.db, known["downloads"])
        _take(archive.db, known["withheld"], "other.withheld", "kind, target", "{0}.erased")
        _latest(archive.db)
    match archive.db.execute("select max(erased) from withheld").fetchone()[0]:
        case 1:
            erase(archive, None)
        case 0:
            enforce(archive)
    return Merged(captures, documents, warcs)


@contextlib.contextmanager
def beside(db: sqlite3.Connection, file: Path) -> Iterator[None]:
    """The other database as the schema `other`, and room for what is worked out on the way."""
    db.execute("attach database ? as other", (f"{file.absolute().as_uri()}?mode=ro",))
    try:
        yield
    except ArchiveError as error:
        if "malformed" in str(error) and _whole(db, "main") and not _whole(db, "other"):
            raise ArchiveError(f"{file} is damaged, and nothing of it came in; {ANEW}.") from error
        raise
    finally:
        for name in ("sides", "their_walks", "capture_of", "document_of"):
            db.execute(f"drop table if exists temp.{name}")
        db.execute("detach database other")


def _whole(db: sqlite3.Connection, schema: str) -> bool:
    return bool(db.execute(f"pragma {schema}.quick_check(1)").fetchone()[0] == "ok")


# --- what has a state: the later look counts -----------------------------------------------------------------------


def _take(
    db: sqlite3.Connection, table: Table, source: str, key: str, rank: str = "", but: tuple[str, ...] = (),
) -> None:
    """Insert the rows of `source`. Of two with one key the higher `rank` stays, and then the greater in any column, so
    that the order of merging makes no difference; columns in `but` stay as they are."""
    written = ", ".join(column for column in table.columns if column != table.number)
    columns = [column for column in written.split(", ") if column not in (*key.split(", "), *but)]
    changes = ", ".join(f'"{column}" = excluded."{column}"' for column in columns)
    compared = f"{rank}, " if rank else ""
    compared += ", ".join(f"coalesce({{0}}.\"{column}\", '')" for column in columns)
    db.execute(f"insert into {table.name} ({written}) select {written} from {source} where true "
               f"on conflict ({key}) do update set {changes} "
               f"where ({compared.format('excluded')}) > ({compared.format(table.name)})")


LEARNED = ("listed", "gap", "arrived", "reach", "disorder")  # of a channel: from its lists, not from its site file
DOUBLE = "merged with an archive in which another walk of this channel went on"


def _catalogue(db: sqlite3.Connection, known: dict[str, Table]) -> None:
    """Sites and channels. A site file beats a site that is only a host so far."""
    _take(db, known["sites"], "other.sites", "site", "{0}.name != {0}.site, {0}.tried != 'never'")
    walked = "(select max(started) from {0}.walks w where w.site = c.site and w.channel = c.channel and closed)"
    db.execute("create temp table sides as " + " union all ".join(
        f"select site, channel, {', '.join(LEARNED)}, coalesce({walked.format(side)}, '') as walked "
        f"from {side}.channels c where (site, channel) in (select site, channel from other.channels)"
        for side in ("main", "other")))
    _take(db, known["channels"], "other.channels", "site, channel", but=LEARNED)


def _walks(db: sqlite3.Connection, table: Table) -> None:
    """A walk that went on in one of two copies counts as far as it went. Of two open walks of a channel the longer
    one stays open."""
    db.execute("create temp table their_walks as select * from other.walks")
    ended = f"set outcome = 'failed', ended = started, note = '{DOUBLE}'"
    rival = ("select 1 from {0} r where r.outcome is null and {1}.outcome is null and r.walk != {1}.walk and "
             "(r.site, r.channel) = ({1}.site, {1}.channel) and (r.pages, r.started, r.walk) > "
             "({1}.pages, {1}.started, {1}.walk)")
    db.execute(f"update their_walks {ended} where exists ({rival.format('main.walks', 'their_walks')})")
    db.execute(f"update main.walks {ended} where outcome is null and exists ({rival.format('their_walks', 'walks')})")
    _take(db, table, "their_walks", "walk", "{0}.outcome is not null, {0}.pages")


# What a page's state is ranked by. One that waits although it was something before came back: that was found out.
SEEN = ("(case when {0}.state = 'foreign' then 0 when {0}.state = 'pending' and {0}.checked is null then 1 else 2 end, "
        "coalesce({0}.checked, ''), {0}.last_seen, {0}.state != 'pending', {0}.state, coalesce({0}.reason, ''), "
        "{0}.attempts, coalesce({0}.next_attempt, ''))")


def _pages(db: sqlite3.Connection) -> None:
    """A state that was found out beats one that waits, then the later check. Where the archives met a page under
    different aliases, it stays two pages, and the one that was met first keeps the identity."""
    db.execute(
        "update pages set identity = url where identity in (select identity from other.pages) and exists (select 1 "
        "from other.pages o where o.identity = pages.identity and o.url != pages.url "
        "and (o.first_seen, o.url) < (pages.first_seen, pages.url)) "
        "and not exists (select 1 from other.pages o where o.url = pages.url)")
    later = f"{SEEN.format('excluded')} > {SEEN.format('pages')}"
    states = ", ".join(f"{name} = iif({later}, excluded.{name}, {name})"
                       for name in ("state", "reason", "attempts", "next_attempt"))
    least = {"site": "min", "title": "min", "first_seen": "min", "last_seen": "max", "checked": "max"}
    either = ", ".join(f"{name} = coalesce({of}({name}, excluded.{name}), {name}, excluded.{name})"
                       for name, of in least.items())
    names = "site, state, reason, attempts, next_attempt, first_seen, last_seen, checked, title"
    db.execute(
        f"insert into pages (url, identity, {names}) select url, iif(exists (select 1 from main.pages p where "
        f"p.identity = o.identity and p.url != o.url), url, identity), {names} from other.pages o where true "
        f"on conflict do update set {states}, {either}")


BEGUN = "(select started from walks where walk = {0})"


def _listings(db: sqlite3.Connection) -> None:
    """An entry is as it was seen last. It is missing if a walk that began later than that missed it."""
    later = " > ".join(f"({BEGUN.format(f'{row}.last_walk')}, {row}.last_walk)" for row in ("excluded", "listings"))
    earlier = " < ".join(f"({BEGUN.format(f'{row}.first_walk')}, {row}.first_walk)" for row in ("excluded", "listings"))
    seen = ("listed_as", "title", "date", "stated", "position", "last_walk", "settled", "late")
    newest = ", ".join(f"{name} = iif({later}, excluded.{name}, {name})" for name in seen)
    missing = "nullif(max(coalesce(missing_since, ''), coalesce(excluded.missing_since, '')), '')"
    last = f"max({BEGUN.format('listings.last_walk')}, {BEGUN.format('excluded.last_walk')})"
    names = ", ".join(("site", "channel", "url", "first_walk", "missing_since", *seen))
    db.execute(
        f"insert into listings ({names}) select {names} from other.listings where true on conflict do update set "
        f"{newest}, first_walk = iif({earlier}, excluded.first_walk, first_walk), "
        f"missing_since = iif({missing} > {last}, {missing}, null)")
    db.execute("insert into absences (url, since, until) select url, since, until from other.absences where true "
               "on conflict do update set until = coalesce(min(until, excluded.until), until, excluded.until)")


def _downloads(db: sqlite3.Connection, table: Table) -> None:
    """As pages: one that waits although it was fetched before is to be fetched anew. What one archive has fetched and
    documents of the other enclose is in these now."""
    _take(db, table, "other.downloads", "url",
          "{0}.state != 'pending' or {0}.sha256 is not null, {0}.last_seen, {0}.state != 'pending'")
    arrived = db.execute(
        "update attachments set sha256 = (select sha256 from downloads w where w.url = attachments.url) "
        "where sha256 is null and url in (select url from downloads where state = 'archived' "
        "and url in (select url from other.downloads)) returning url").fetchall()
    for (url,) in set(arrived):
        files.reread(db, url)


def _channels(db: sqlite3.Connection) -> None:
    """What is learned from lists, over both. The gap is known where one of them knew the list that the union has."""
    best = "(select max({0}) from sides s where (s.site, s.channel) = (channels.site, channels.channel))"
    db.execute("update channels set listed = (select count(*) from listings l where l.site = channels.site and "
               "l.channel = channels.channel and l.missing_since is null), " + ", ".join(
                   f"{name} = {best.format(name)}" for name in LEARNED[2:])
               + " where (site, channel) in (select site, channel from other.channels)")
    db.execute("update channels set gap = (select gap from sides s where (s.site, s.channel) = (channels.site, "
               f"channels.channel) and s.listed = channels.listed and s.walked = {best.format('walked')} "
               "order by gap desc limit 1) where (site, channel) in (select site, channel from other.channels)")


def _runs(db: sqlite3.Connection, table: Table) -> None:
    names = ", ".join(column for column in table.columns if column != table.number)
    db.execute(f"insert into runs ({names}) select {names} from other.runs o where not exists "
               "(select 1 from main.runs r where (r.command, r.pid, r.started) = (o.command, o.pid, o.started))")


# --- evidence ----------------------------------------------------------------------------------------------------

HERE = ("(select min(id) from main.captures k "
        "where (k.url, k.fetched_at, k.payload) = (o.url, o.fetched_at, o.payload) and k.walk is o.walk)")


def _captures(archive: Archive, table: Table, folder: Path, tell: Tell) -> tuple[int, int]:
    """The captures that are not here, with their files; gives how many files and captures came in."""
    db = archive.db
    fresh = f"from other.captures o where {HERE} is null"
    names = [name for (name,) in db.execute(f"select distinct file {fresh} order by file")]
    renamed = {name: _file(archive, folder, name, done, len(names), tell) for done, name in enumerate(names, start=1)}
    last = db.execute("select coalesce(max(id), 0) from main.captures").fetchone()[0]
    number, before = 0, chain.end(db)
    said = ", ".join(chain.LINKED)
    rest = [f'"{column}"' for column in table.columns if column not in ("id", "chain", "file", *chain.LINKED)]
    columns = f"chain, file, {', '.join(rest)}, {said}"
    for file, *row in db.execute(f"select {columns.removeprefix('chain, ')} {fresh} order by id"):
        before = chain.link(before, row[len(rest):])
        db.execute(f"insert into captures ({columns}) values ({', '.join('?' * (len(row) + 2))})",
                   (before, renamed[file], *row))
        number += 1
    db.execute(f"create temp table capture_of as select id as theirs, {HERE} as ours, {HERE} > {last} as fresh "
               "from other.captures o")
    db.execute("create unique index temp.capture_of_theirs on capture_of (theirs)")
    return len(names), number


def _file(archive: Archive, folder: Path, name: str, done: int, total: int, tell: Tell) -> str:
    """Bring in a WARC file, unless it is here; gives the name that it has here. A file that is still being written
    comes in as far as it goes, and the rest next time."""
    source = located(folder / "warc", name)
    for number in range(1000):
        mine = name if not number else name.replace(".warc.gz", f"-{number}.warc.gz")
        target = archive.warc_folder / mine
        if target.exists() and not _same_beginning(source, target):
            continue  # of another machine, by chance: take another name
        if not target.exists() or target.stat().st_size < source.stat().st_size:
            _copy(source, target)
        tell(done, total)
        return mine
    raise ArchiveError(f"{source}: a thousand different files of this name are here already; rename it.")


def _same_beginning(one: Path, other: Path) -> bool:
    """Is one of the files the beginning of the other, or equal to it?"""
    if one.samefile(other):
        return True
    rest = min(one.stat().st_size, other.stat().st_size)
    with one.open("rb") as a, other.open("rb") as b:
        while rest:
            block = a.read(min(BLOCK, rest))
            if block != b.read(min(BLOCK, rest)):
                return False
            rest -= len(block)
    return True


def _copy(source: Path, target: Path) -> None:
    """A hard link where that can be, as we never write into a finished file; else a copy, which appears when whole."""
    if not source.name.endswith(OPEN) and not target.exists():
        with contextlib.suppress(OSError):
            os.link(source, target)
            return
    part = target.with_name(f"{target.name}.part")
    shutil.copyfile(source, part)
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(target)


# --- interpretation ------------------------------------------------------------------------------------------------

APART = frozenset({"sites", "channels", "walks", "pages", "listings", "absences", "runs", "captures", "documents",
                   "files", "downloads", "sketches", "likenesses", "withheld"})


def _documents(db: sqlite3.Connection, known: dict[str, Table]) -> int:
    """Documents, readings and all that hangs on them, of captures that came in; gives how many texts are new."""
    last = db.execute("select coalesce(max(n), 0) from main.documents").fetchone()[0]
    columns = [column for column in known["documents"].columns if column not in ("n", "place")]
    names = ", ".join(columns)
    wanted = db.execute(
        f"select {names}, (select published_on from other.readings r where r.document = d.n order by capture limit 1) "
        "from other.documents d where content not in (select content from main.documents) and n in (select document "
        "from other.readings where capture in (select theirs from capture_of where fresh)) order by n")
    for *row, day in wanted:
        said = dict(zip(columns, row, strict=True))
        place = search.add(db, day, said["title"], said["text"])
        db.execute(f"insert into documents ({names}, place) values ({', '.join('?' * len(row))}, ?)", (*row, place))
    db.execute(f"create temp table document_of as select o.n as theirs, d.n as ours, d.n > {last} as fresh "
               "from other.documents o join main.documents d on d.content = o.content")
    db.execute("create unique index temp.document_of_theirs on document_of (theirs)")
    _files(db, known["files"])
    for table in known.values():
        if table.name not in APART:
            _hanging(db, table)
    return int(db.execute("select count(*) from main.documents where n > ?", (last,)).fetchone()[0])


def _files(db: sqlite3.Connection, table: Table) -> None:
    columns = [column for column in table.columns if column != "place"]
    names = ", ".join(columns)
    dated = ("select max(r.published_on) from other.attachments a join other.readings r on r.capture = a.capture "
             "where a.sha256 = f.sha256")
    for *row, day in db.execute(f"select {names}, ({dated}) from other.files f where sha256 not in "
                                "(select sha256 from main.files) and (characters = 0 or text != '')"):
        text = row[columns.index("text")]
        place = search.add_file(db, day, text) if text else None
        db.execute(f"insert into files ({names}, place) values ({', '.join('?' * len(row))}, ?)", (*row, place))


def _hanging(db: sqlite3.Connection, table: Table) -> None:
    """The rows of a table that hang on what came in, with our numbers; all rows of one that hangs on nothing."""
    columns = [column for column in table.columns if column != table.number]
    values = ", ".join(f'of_{c}.ours' if c in table.numbers else f't."{c}"' for c in columns)
    joins = " ".join(f'left join {kind}_of of_{c} on of_{c}.theirs = t."{c}"' for c, kind in table.numbers.items())
    anchors = [c for c, kind in table.numbers.items() if kind == "capture"] or list(table.numbers)
    fresh = " or ".join(f"of_{c}.fresh" for c in anchors) or "true"
    if anchors:  # a row may hang on none of them, as the flag of a file
        fresh += f" or coalesce({', '.join(f't.{c}' for c in anchors)}, null) is null"
    whole = "".join(f' and (t."{c}" is null or of_{c}.ours is not null)' for c in table.numbers)
    names = ", ".join(f'"{column}"' for column in columns)
    db.execute(f"insert or ignore into main.{table.name} ({names}) select {values} from other.{table.name} t {joins} "
               f"where ({fresh}){whole}")


def _latest(db: sqlite3.Connection) -> None:
    """The reading of each page that is in both: its newest that is a document."""
    db.execute(
        "update pages set reading = (select r.capture from captures k join readings r on r.capture = k.id "
        "where k.url = pages.url and r.kind = 'document' order by k.fetched_at desc, k.payload desc limit 1) "
        "where url in (select url from other.pages)")
