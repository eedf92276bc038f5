"""The archive: the only writer of the database and its WARC files. Every public method that writes is one transaction.

Order of writes: WARC record → fdatasync → SQLite commit (synchronous = FULL). A kill at any moment leaves at worst a
record that no row mentions; `recover` cuts it off at the next start. Group commits: inside `with archive.batch():`
several calls become durable together, which saves their syncs and widens the window of what is fetched again.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from archive import chain, files, ledger, personal, search, similar, withheld
from archive.errors import ArchiveError, PageError
from archive.leases import HostLease, Leases, opening
from archive.records import (
    INDEX_FIELDS,
    Ahead,
    Ask,
    Capture,
    Channel,
    Derived,
    Document,
    Download,
    Entry,
    Evidence,
    File,
    Hashes,
    Kind,
    Listed,
    Listing,
    Location,
    Outcome,
    Page,
    Reading,
    Site,
    Stored,
    Walk,
)
from archive.schema import migrate, outdated, sqlite3, version
from archive.wal import WriteAheadLog
from archive.warc import Response, WarcWriter, read_response, recover

DATABASE, WARC = "gongkai.db", "warc"
BUSY = 60_000  # ms that a transaction waits for another process, as Datasette's connections and `reextract`
ANEW = "restore a copy of it, or make it anew from the WARC files: gongkai rebuild"
COPY = "its last writer left a log, which nobody can read who may not write here: let somebody who may run " \
       "gongkai status, or copy the folder"
SKETCHED = 200  # documents that are linked in one transaction
KINDS: Mapping[str, Kind] = {"gone": "gone", "blocked": "blocked", "unread": "unreadable"}  # state → kind of a refusal


class Archive:
    """One archive: a folder with `gongkai.db` and `warc/`. Reading needs no lock; several processes may write, each of
    them sites of its own (`lease`), unless one has it `alone`. Raises ArchiveError, in one sentence with the remedy,
    where it cannot be used. Not for several threads."""

    def __init__(self, folder: Path | str, *, write: bool = False, alone: bool = False) -> None:
        self.folder = Path(folder)
        self.file, self.warc_folder = self.folder / DATABASE, self.folder / WARC
        self.leases: Leases | None = None
        self.recovered: list[str] = []  # WARC files that killed writers had left open
        self._depth = 0
        self._group, self._held = 1, 0  # calls that become durable together, and how many wait for it
        self._lost: BaseException | None = None  # why calls that were taken for written are not
        self._unindexed: list[tuple[int, str, str]] = []  # what they add to the search index (search.index)
        try:
            self.db = self._open_to_write(alone) if write or alone else self._open_to_read()
        except sqlite3.DatabaseError as error:
            self._unlock()
            if "is full" in str(error):
                raise _told(error, self.file) from error
            remedy = COPY if not write and ("readonly" in str(error) or "unable to open" in str(error)) else ANEW
            raise ArchiveError(f"{self.file} cannot be used ({error}); {remedy}.") from error
        except BaseException:
            self._unlock()
            raise
        self._sketches = similar.Sketches(self.db)
        self.log = WriteAheadLog(self.db, self.file)
        self.warc = WarcWriter(self.warc_folder, on_append=lambda: _kill_point("after_warc"))

    # --- opening and closing ---------------------------------------------------------------------------------------

    def _open_to_read(self) -> sqlite3.Connection:
        if not self.file.exists():
            raise ArchiveError(f"{self.folder} holds no archive (no {DATABASE}); name another with --archive, "
                               "or begin one: gongkai crawl.")
        db = _connect(f"{self.file.absolute().as_uri()}?mode=ro{'&immutable=1' if still(self.folder) else ''}")
        if not version(db, self.file):
            db.close()
            raise ArchiveError(f"{self.file} is empty; {ANEW}.")
        if not outdated(db, self.file):
            return db
        db.close()  # a reader asks views that an older one lacks
        Archive(self.folder, write=True).close()
        return self._open_to_read()

    def _open_to_write(self, alone: bool) -> sqlite3.Connection:
        try:
            self.warc_folder.mkdir(parents=True, exist_ok=True)
            with opening(self.folder):
                self.leases = Leases(self.folder, alone)
                return self._opened(self.leases)
        except OSError as error:
            raise ArchiveError(f"{error.filename or self.folder} cannot be written ({error.strerror}); mend its "
                               "permissions or name another folder with --archive.") from None

    def _opened(self, leases: Leases) -> sqlite3.Connection:
        db = _connect(f"{self.file.absolute().as_uri()}?mode=rwc")
        old = outdated(db, self.file)
        db.execute("pragma journal_mode = wal")
        if old:
            if not leases.alone_for_now():
                raise ArchiveError(f"{self.file} is of an older version, and others use it; wait for their end.")
            migrate(db, self.file)
            leases.share()
        db.execute("pragma synchronous = full")
        db.execute("pragma journal_size_limit = 67108864")
        self.recovered = recover(self.warc_folder, lambda name: _end(db, name))
        return db

    def _unlock(self) -> None:
        if self.leases is not None:
            self.leases.close()
            self.leases = None

    def close(self) -> None:
        """Finish the WARC file, fold the write-ahead log into the database, and let the folder go."""
        try:
            self.flush()
            self.warc.close()
            if self.leases is not None:
                self.db.execute("pragma optimize")
                self.db.execute(f"pragma wal_checkpoint({'passive' if self.leases.crowded else 'truncate'})")
        except sqlite3.Error as error:
            if "locked" not in str(error):  # else a reader holds a snapshot: the log waits for the next writer
                raise _told(error, self.file) from error
        finally:
            self.db.close()
            self._unlock()

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Raises ArchiveError in place of an error of SQLite's own, as of a damaged page that was met while reading."""
        self.close()
        if isinstance(error, sqlite3.DatabaseError) and (told := _told(error, self.file)) is not error:
            raise told from error

    # --- transactions -----------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def batch(self) -> Iterator[None]:
        """Everything written inside becomes durable together, or not at all. A call that fails inside takes back only
        what it did itself. After a commit that failed nothing more is written: an answer that was on its way would
        stand where the list that led to it, or the page before it, was taken back."""
        if self._lost is not None:
            raise ArchiveError(f"{self.file}: nothing more is written after what failed ({self._lost})")
        self._depth += 1
        unindexed = len(self._unindexed)
        try:
            if not self.db.in_transaction:
                self.db.execute("begin immediate")
            self.db.execute("savepoint one_call")
            yield
            self.db.execute("release one_call")
            self._held += self._depth == 1
            if self._depth == 1 and (self._held >= self._group or self.crowded):
                self._commit()
        except sqlite3.Error as error:
            self._take_back(unindexed)
            raise _told(error, self.file) from error
        except BaseException:
            self._take_back(unindexed)
            raise
        finally:
            self._depth -= 1

    def group(self, calls: int) -> None:
        """From now on so many calls become durable together, or those since the last `flush`; each for itself while
        another process writes, which would wait for them. What a kill takes back was never acknowledged: the ledger
        still wants it, and it is asked for again."""
        self._group = calls

    @property
    def crowded(self) -> bool:
        """Does another process write into this archive too?"""
        return self.leases is not None and self.leases.crowded

    def lease(self, site: str) -> int | None:
        """Have a site for this process, which may then walk it and ask for its pages, until it closes the archive or
        ends in any other way. Gives the process that has it, where that is another one."""
        assert self.leases is not None, "to read, no site is leased"
        return self.leases.site(site)

    @property
    def leased(self) -> list[str]:
        """The sites that this process has."""
        return self.leases.sites if self.leases is not None else []

    def host(self, name: str) -> HostLease:
        """The turn at a host that this process shares with others."""
        assert self.leases is not None, "to read, no host is asked"
        return self.leases.host(name)

    def flush(self) -> None:
        """Make everything that was written durable now."""
        try:
            if self._held:
                self._commit()
        except sqlite3.Error as error:
            self._take_back(0)
            raise _told(error, self.file) from error

    def _commit(self) -> None:
        self._held = 0
        try:
            self._index()
            self.warc.sync()
            _kill_point("before_commit")
            self.db.execute("commit")
        except BaseException as error:
            self._lost = error
            raise
        _kill_point("after_commit")
        self.log.shorten()

    def _index(self) -> None:
        search.index(self.db, self._unindexed)
        self._unindexed.clear()

    def _take_back(self, unindexed: int) -> None:
        """Undo the call that failed, before which so many documents waited to be indexed; without others that wait, the
        whole transaction."""
        self._sketches.known.clear()  # a document that is taken back leaves its number to another
        if self.db.in_transaction and (self._depth > 1 or self._held):
            self.db.execute("rollback to one_call")
            self.db.execute("release one_call")
            del self._unindexed[unindexed:]
        elif self.db.in_transaction:
            self.db.execute("rollback")
            self._unindexed.clear()

    # --- the ledger -------------------------------------------------------------------------------------------------

    def enrol(self, site: Site) -> None:
        """Mirror a site file into `sites` and `channels`."""
        with self.batch():
            ledger.enrol(self.db, site)

    def begin_walk(self, channel: Channel, full: bool = False) -> Walk:
        """Go on with the channel's open walk (at the request it saved), or begin a new one."""
        with self.batch():
            return ledger.begin_walk(self.db, channel, full)

    def listed(
        self, walk: str, ask: Ask, listing: Listing, capture: Capture | None, foreign: Mapping[str, str] | None = None,
    ) -> Listed:
        """Take in one listing page, the answer to `ask`, kept as `capture`. `foreign` says of URLs that are not ours
        to fetch why. The request to go on with is saved, so a kill resumes there."""
        with self.batch():
            if capture is not None:
                self._capture(capture, walk)
            return ledger.listed(self.db, walk, ask, listing, foreign or {})

    def last_listed(self, channel: Channel) -> tuple[int, str] | None:
        """How many entries the channel lists as far as is known, and the day a walk was closed last; None: none was."""
        row: tuple[int, str] | None = self.db.execute(
            "select c.listed, substr(max(w.ended), 1, 10) from channels c join walks w using (site, channel) "
            "where w.closed and site = ? and channel = ? group by site, channel", (channel.site, channel.key),
        ).fetchone()
        return row

    def turn_walk(self, walk: str, ask: Ask) -> None:
        """The walk goes on with another request than the list named."""
        with self.batch():
            ledger.turn_walk(self.db, walk, ask)

    def ended_since(self, channel: Channel, moment: str) -> bool:
        """Was a walk of the channel begun at that moment or later, and none left open?"""
        return bool(self.db.execute(
            "select coalesce(max(started) >= ? and min(outcome is not null), 0) from walks where site = ? "
            "and channel = ?", (moment, channel.site, channel.key)).fetchone()[0])

    def walk_seen(self, walk: str) -> int:
        """How many entries a walk has seen so far."""
        return int(self.db.execute("select seen from walks where walk = ?", (walk,)).fetchone()[0])

    def pause_walk(self, walk: str, note: str) -> None:
        """The walk could not go on and stays open; `note` says why."""
        with self.batch():
            ledger.pause_walk(self.db, walk, note)

    def end_walk(self, walk: str, outcome: Outcome, note: str | None = None) -> Outcome:
        """End a walk; gives the outcome recorded, which is `moved` where the list shrank under a walk that thought
        itself complete: begin another one at once."""
        with self.batch():
            return ledger.end_walk(self.db, walk, outcome, note)

    def offer(
        self, urls: Iterable[str], site: str | None = None, title: str | None = None, *, force: bool = False,
    ) -> list[str]:
        """Put URLs into the ledger; gives those to fetch: pending ones, with `force` all."""
        with self.batch():
            return ledger.offer(self.db, urls, site, title, force)

    def known_as(self, url: str) -> str:
        """The address under which the ledger has a page, whatever alias this is; the alias itself if it has none."""
        return ledger.known_as(self.db, url)

    def unchanged(self, url: str) -> None:
        """The server says (304) that the page is what its last capture holds."""
        with self.batch():
            ledger.unchanged(self.db, url)

    def forget(self, url: str) -> None:
        """Take a pending page out again that turned out to be no page (a list given to `gongkai scrape`)."""
        with self.batch():
            ledger.forget(self.db, url)

    def due(self, sites: Collection[str] | None, limit: int, after: int = 0, now: str | None = None) -> list[Page]:
        """Pages to fetch now, oldest in the ledger first; `after` is the `row` of the last one seen."""
        return ledger.due(self.db, sites, limit, after, now)

    def entry(self, url: str) -> Entry | None:
        """How the page was listed (title, date), for the reading."""
        return ledger.entry(self.db, url)

    def states(self, urls: Iterable[str]) -> list[Page]:
        """What the ledger knows of these URLs."""
        return [page for url in urls if (page := ledger.page(self.db, url))]

    # --- evidence and interpretation --------------------------------------------------------------------------------

    def read_payload(self, location: Location) -> Response:
        """The archived answer at a place: status, reason, headers, body."""
        return read_response(self.warc_folder, location)

    def captures(
        self, after: int = 0, limit: int = 1000, last: int = 2**63 - 1,
    ) -> list[tuple[int, Capture, str | None]]:
        """Captures of pages (not of listings) in the order of their ids, with the page's site: what `reextract` reads
        again. `after` is the last id seen, `last` the last one wanted."""
        rows = self.db.execute(
            'select id, c.url, final_url, fetched_at, status, media_type, payload, file, "offset", length, p.site '
            "from captures c left join pages p on p.url = c.url where id > ? and walk is null and not enclosed "
            "and p.state is not 'foreign' and id <= ? order by id limit ?",
            (after, last, limit))
        return [(n, Capture(url, final, at, status, media, payload, Location(file, offset, length)), site)
                for n, url, final, at, status, media, payload, file, offset, length, site in rows]

    def withheld(self, url: str) -> str | None:
        """Why a page is not shown and not fetched any more (archive/suppress.py); None if it is."""
        return withheld.why(self.db, url)

    def has_capture(self, url: str, fetched_at: str, payload: str) -> bool:
        """Whether this very answer is here already, so that importing it again adds nothing."""
        return self.db.execute("select 1 from captures where url = ? and fetched_at = ? and payload = ?",
                               (url, fetched_at, payload)).fetchone() is not None

    def place_of(self, url: str, fetched_at: str) -> Location | None:
        """Where the last answer of a page to one fetch stands."""
        row = self.db.execute('select file, "offset", length from captures where url = ? and fetched_at = ? '
                              "order by id desc limit 1", (url, fetched_at)).fetchone()
        return Location(*row) if row else None

    def store(
        self, capture: Capture, reading: Reading, hashes: Hashes, site: str | None = None, ahead: Ahead | None = None,
    ) -> Stored:
        """Archive a document: its capture, its text if nobody said the same before, what the page states, and the
        state of the page. Storing a reading of the same capture again replaces it. What was worked out `ahead` need
        not be done after the run."""
        if reading.kind != "document" or reading.document is None:
            raise ValueError(f"{capture.url}: a {reading.kind} is not stored as a document")
        with self.batch():
            number, arrived = self._capture(capture)
            if why := withheld.why(self.db, capture.url, hashes.content):
                withheld.met_again(self.db, capture.url, hashes.content)
                ledger.put_aside(self.db, capture.url, site, capture.fetched_at, why)
                return Stored(0, False, False)
            said, said_at, latest = self._said(capture.url)
            document, new = self._document(reading.document, hashes, ahead)
            later = capture.fetched_at >= said_at
            changed = later and said is not None and said != document
            had = files.enclosed(self.db, latest if arrived and said == document else number)
            if not arrived:  # it is read again: what follows from it may be another
                self.db.execute("delete from derived where document = ?", (document,))
            self._reading(number, reading, document, hashes.metadata)
            files.enclose(self.db, number, reading.document.attachments, had, anew=arrived and changed)
            ledger.archived(self.db, capture.url, site, capture.fetched_at, number if later else None,
                            newest=self._newest(capture))
            files.want(self.db, reading.document.attachments, site, anew=arrived and changed)
            if new and ahead is not None:
                self._derive(replace(ahead.derived, document=document), ahead.rules)
                if ahead.sketch:
                    self._sketches.link(document, reading.document.text, ahead.sketch)
            return Stored(document, new, changed)

    def refuse(
        self, url: str, error: PageError, capture: Capture | None = None, reading: Reading | None = None,
        site: str | None = None,
    ) -> None:
        """The page could not be archived: keep the capture if there is one, and why in its reading and its state. What
        an older capture says, or the same one says again, leaves the state alone."""
        with self.batch():
            heard = True
            if capture is not None:
                number, new = self._capture(capture)
                if kind := reading.kind if reading else KINDS.get(error.state):
                    self._reading(number, reading or Reading(kind, url, "", problem=error.reason), None, None)
                    ledger.demoted(self.db, number)
                known = ledger.page(self.db, url)
                heard = self._newest(capture) and (new or known is None or known.state != error.state)
            if heard:
                ledger.refused(self.db, error, site)

    def files_due(
        self, sites: Collection[str] | None, limit: int, after: int = 0, since: str = "",
    ) -> list[Download]:
        """Files to fetch now; `after` is the `row` of the last one seen, `since` leaves out those that no document
        enclosed lately."""
        return files.due(self.db, sites, limit, after, since)

    def has_file(self, sha256: str) -> bool:
        """Are these bytes here, and read?"""
        return files.known(self.db, sha256)

    def keep_file(self, capture: Capture, sha256: str, file: File | None, name: str | None = None) -> None:
        """Archive a file that documents enclose: its capture, what it is and says (None: it is here already), and the
        state of its address. `name` is what its server calls it."""
        with self.batch():
            self._capture(capture, enclosed=True)
            if file is not None:
                files.keep(self.db, file, capture.url)
            files.fetched(self.db, capture.url, sha256, name)

    def kept_files(self) -> list[tuple[str, str, str | None, str | None, Capture]]:
        """The files that `reextract` reads again: hash, text, name by its server, name by its link, newest capture."""
        rows = self.db.execute(
            'select f.sha256, f.text, w.name, (select name from attachments a where a.url = w.url limit 1), max(k.id), '
            'k.url, final_url, fetched_at, k.status, k.media_type, payload, k.file, k."offset", k.length from files f '
            "join downloads w on w.sha256 = f.sha256 join captures k on k.url = w.url and k.enclosed "
            "and k.status = 200 group by f.sha256")
        return [(*row[:4], Capture(*(*row[5:11], Location(*row[11:])))) for row in rows]

    def reread_file(self, file: File, url: str) -> None:
        """Write what a file is and says by the rules of now."""
        with self.batch():
            files.keep(self.db, file, url)
            files.reread(self.db, url)

    def file_texts(self, document: int) -> list[tuple[int, str]]:
        """Position and text of each file that a document encloses."""
        return files.texts(self.db, document)

    def exclude(self, url: str, site: str | None, why: str) -> None:
        """A page that waits turned out to be none that can be asked for."""
        with self.batch():
            ledger.put_aside(self.db, url, site, ledger.now(), why)

    def refuse_file(self, error: PageError, capture: Capture | None = None, state: str | None = None) -> None:
        """A file could not be had: keep the answer if there is one, and why. `state` in place of the error's own."""
        with self.batch():
            if capture is not None:
                self._capture(capture, enclosed=True)
            files.refused(self.db, error, state)

    def link(self) -> int:
        """Link documents that are much alike (archive/similar.py), those that came in since this was done last; gives
        how many these were. In several transactions: it takes a while after a long crawl."""
        linked = after = 0
        while True:
            with self.batch():
                done = self._sketches.link_waiting(after, SKETCHED)
            if not done:
                return linked
            linked, after = linked + len(done), done[-1]

    def underived(self, rules: str, after: int, limit: int) -> list[tuple[int, str, str, str, str | None]]:
        """Documents whose text was not taken apart by these rules: number, title, text, HTML and 文号."""
        return self.db.execute(
            f"select d.n, coalesce(d.title, ''), {files.SAID}, d.html, (select document_number from readings r "
            "where r.document = d.n order by capture desc limit 1) from (select n from documents w "
            "indexed by documents_by_number where n > ? and not exists (select 1 from derived v "
            "where v.document = w.n and v.rules = ?) order by n limit ?) join documents d using (n) order by d.n",
            (after, rules, limit)).fetchall()

    def derive(self, found: Iterable[Derived], rules: str) -> None:
        """Write what was read out of documents, in place of what was there."""
        with self.batch():
            for one in found:
                for table in ("derived", "sections", "citations", "facts"):
                    self.db.execute(f"delete from {table} where document = ?", (one.document,))
                self._derive(one, rules)

    def _derive(self, one: Derived, rules: str) -> None:
        self.db.execute("insert into derived values (?, ?, ?, ?)",
                        (one.document, one.document_number, one.name, rules))
        for table in ("sections", "citations", "facts"):
            if rows := [(one.document, n, *row) for n, row in enumerate(getattr(one, table), start=1)]:
                marks = ", ".join("?" * len(rows[0]))
                self.db.executemany(f"insert into {table} values ({marks})", rows)

    def prune(self) -> int:
        """Drop documents that no reading means any more, after `reextract`; gives how many."""
        with self.batch():
            self._index()
            idle = self.db.execute("select n, title, text, place from documents d where not exists "
                                   "(select 1 from readings r where r.document = d.n)").fetchall()
            for n, title, text, place in idle:
                search.remove(self.db, place, title, text)
                self.db.execute("delete from documents where n = ?", (n,))
            return len(idle)

    def _capture(self, capture: Capture, walk: str | None = None, enclosed: bool = False) -> tuple[int, bool]:
        """The capture's id, and whether it came in now."""
        place = capture.location
        found = self.db.execute('select id from captures where file = ? and "offset" = ?',
                                (place.file, place.offset)).fetchone()
        if found:
            return found[0], False
        said = (capture.url, capture.final_url, capture.fetched_at, capture.status, capture.media_type, capture.payload)
        row = self.db.execute(
            "insert into captures (url, final_url, fetched_at, status, media_type, payload, file, \"offset\", length, "
            "walk, enclosed, chain) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) returning id",
            (*said, place.file, place.offset, place.length, walk, int(enclosed), chain.link(chain.end(self.db), said)))
        return row.fetchone()[0], True

    def _newest(self, capture: Capture) -> bool:
        return self.db.execute("select 1 from captures where url = ? and fetched_at > ? and walk is null "
                               "and not enclosed", (capture.url, capture.fetched_at)).fetchone() is None

    def _said(self, url: str) -> tuple[int | None, str, int | None]:
        """The document that the page was last read as, when that was fetched, and as which capture."""
        row = self.db.execute("select r.document, k.fetched_at, k.id from pages p join readings r on r.capture = "
                              "p.reading join captures k on k.id = p.reading where p.url = ?", (url,)).fetchone()
        return row or (None, "", None)

    def _document(self, document: Document, hashes: Hashes, ahead: Ahead | None) -> tuple[int, bool]:
        found = self.db.execute("select n from documents where content = ?", (hashes.content,)).fetchone()
        if found:
            return found[0], False
        place = search.free_place(self.db, document.index.published_on)
        self._unindexed.append((place, *(ahead.indexed if ahead else search.indexed(document.title, document.text))))
        row = self.db.execute(
            "insert into documents (content, title, characters, place, text, html) values (?, ?, ?, ?, ?, ?) "
            "returning n", (hashes.content, document.title, len(document.text), place, document.text, document.html))
        number = row.fetchone()[0]
        personal.flag(self.db, ahead.numbers if ahead else personal.counted(document.text), document=number)
        return number, True

    def _reading(self, capture: int, reading: Reading, document: int | None, metadata: str | None) -> None:
        said = reading.document if document is not None else None
        self.db.execute("delete from attachments where capture = ?", (capture,))
        self.db.execute(WRITE_READING, {
            "capture": capture, "kind": reading.kind, "document": document, "metadata": metadata,
            **{name: getattr(said.index, name) if said else None for name in INDEX_FIELDS},
            "other": _json(dict(said.index.other)) if said else "{}",
            "evidence": _json({name: _evidence(found) for name, found in said.evidence.items()}) if said else "{}",
            "confidence": said.confidence if said else None, "doubts": _json(said.doubts) if said else "[]",
            "layout": said.layout if said else None, "problem": reading.problem, "target": reading.target,
            "encoding": reading.encoding, "encoding_reason": reading.encoding_reason, "cms": reading.cms,
            "extractor": reading.extractor,
        })

    # --- runs and counts --------------------------------------------------------------------------------------------

    def begin_run(self, command: str) -> int:
        """Note that a command begins to write; gives the number for `end_run`."""
        with self.batch():
            return int(self.db.execute("insert into runs (command, pid, started) values (?, ?, ?) returning run",
                                       (command, os.getpid(), ledger.now())).fetchone()[0])

    def end_run(self, run: int, outcome: str, report: Mapping[str, Any] | None = None) -> None:
        """Note how it ended, with a report of JSON values."""
        with self.batch():
            self.db.execute("update runs set ended = ?, outcome = ?, report = ? where run = ?",
                            (ledger.now(), outcome, _json(dict(report)) if report is not None else None, run))

    def counts(self) -> dict[str, int | str | None]:
        """How much is here, when it was last added to, and what waits."""

        def one(query: str) -> Any:
            return self.db.execute(query).fetchone()[0]

        states = Counter[str]()  # by site as well, which is how an index has them: else six million are sorted first
        for state, number in self.db.execute("select state, count(*) from pages group by site, state"):
            states[state] += number
        return {
            "sites": one("select count(*) from sites"), "channels": one("select count(*) from channels"),
            "documents": one("select count(*) from documents"), "captures": one("select count(*) from captures"),
            "pages": states.total(), **dict(sorted(states.items())),
            "attachments": one("select count(*) from downloads"),
            "attachments fetched": one("select count(*) from downloads where state = 'archived'"),
            "attachments waiting": one("select count(*) from downloads where state in "
                                       "('pending', 'failed', 'blocked')"),
            "open walks": one("select count(*) from walks where outcome is null"),
            "last fetched": one("select max(fetched_at) from captures"),
        }

    def site_keys(self) -> list[str]:
        """The sites of this archive."""
        return [key for (key,) in self.db.execute("select site from sites order by site")]

    def last_walks(self) -> dict[str, str]:
        """For each site, when it was walked last and how that ended."""
        return {site: f"{started[:10]} {outcomes}" for site, started, outcomes in self.db.execute(
            "select c.site, max(w.started), group_concat(distinct coalesce(w.outcome, 'open')) "
            "from channels c join walks w on w.walk = (select v.walk from walks v where v.site = c.site and "
            "v.channel = c.channel order by v.started desc, v.rowid desc limit 1) group by c.site")}


def _upsert(table: str, columns: tuple[str, ...]) -> str:
    """The statement that writes one row, the first column being its key."""
    return (f"insert into {table} ({', '.join(columns)}) values ({', '.join(f':{name}' for name in columns)}) "
            f"on conflict do update set {', '.join(f'{name} = excluded.{name}' for name in columns[1:])}")


WRITE_READING = _upsert("readings", (
    "capture", "kind", "document", "metadata", *INDEX_FIELDS, "other", "evidence", "confidence", "doubts", "layout",
    "problem", "target", "encoding", "encoding_reason", "cms", "extractor",
))


def still(folder: Path) -> bool:
    """Does nobody write into an archive that we may only read? SQLite would begin a log beside it, and cannot; it reads
    the file alone if it is told that this is all there is."""
    left = any(folder.joinpath(f"{DATABASE}{suffix}").exists() for suffix in ("-wal", "-shm"))
    return not left and not os.access(folder, os.W_OK)


def _connect(uri: str) -> sqlite3.Connection:
    db = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, cached_statements=256)
    db.execute(f"pragma busy_timeout = {BUSY}")
    db.execute("pragma foreign_keys = on")
    db.execute("pragma cache_size = -32768")
    return db


def _end(db: sqlite3.Connection, file: str) -> int:
    """Where the last record of a WARC file ends that a row mentions."""
    row = db.execute('select coalesce(max("offset" + length), 0) from captures where file = ?', (file,)).fetchone()
    return int(row[0])


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _evidence(found: Evidence) -> dict[str, Any]:
    said: dict[str, Any] = {"raw": found.raw, "where": found.where}
    if found.label is not None:
        said["label"] = found.label
    if found.rivals:
        said["rivals"] = [{"value": r.value, "raw": r.raw, "where": r.where} for r in found.rivals]
    return said


def _told(error: sqlite3.Error, file: Path) -> Exception:
    """What SQLite could not do for want of room or a whole file, as an ArchiveError; the rest are our own mistakes."""
    text = str(error)
    if any(sign in text for sign in ("malformed", "not a database")):
        return ArchiveError(f"{file}: {text}; `gongkai verify` says where; {ANEW}.")
    if "readonly" in text:
        return ArchiveError(f"{file}: {text}; mend its permissions and run it again: nothing is lost.")
    if any(sign in text for sign in ("full", "disk I/O", "locked")):
        return ArchiveError(f"{file}: {text}; nothing that was archived is lost: free space, or mend what "
                            "`gongkai verify` names, and run it again.")
    return error


def _kill_point(name: Literal["after_warc", "before_commit", "after_commit"]) -> None:
    """Die here if the environment says so, as `GONGKAI_KILL=before_commit:5` (the fifth time): for the kill tests."""
    wanted, _, nth = os.environ.get("GONGKAI_KILL", "").partition(":")
    if wanted == name:
        _passed[name] += 1
        if _passed[name] >= int(nth or 1):
            os.kill(os.getpid(), signal.SIGKILL)


_passed: Counter[str] = Counter()
