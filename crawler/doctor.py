"""What is wrong with this machine, this archive and this catalogue, each in one sentence with the remedy."""

from __future__ import annotations

import locale
import os
import resource
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from archive.database import DATABASE, Archive
from archive.errors import GongkaiError
from archive.schema import sqlite3
from crawler import browser, settings, sites
from crawler.schedule import standing

Grade = Literal["fine", "mind", "wrong"]

WAL_RESET = ((3, 7, 0), (3, 51, 3))  # SQLite from … to before …: two writers that checkpoint may damage a database
MANY_FILES = 256  # descriptors: one per connection and WARC, and some to spare


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: fine, to be minded, or wrong."""

    what: str
    grade: Grade
    says: str


def examine(folder: Path, catalogue: Path) -> Iterator[Finding]:
    """Looks at everything; nothing is changed, nothing is asked over the network."""
    for look in (_python, _sqlite, _files, _clock, _encoding, _contact):
        yield look()
    yield _browser(catalogue)
    yield _room(folder)
    yield from _archive(folder)
    yield from _catalogue(catalogue)


# --- the machine -----------------------------------------------------------------------------------------------------


def _python() -> Finding:
    return Finding("python", "fine", f"{sys.version.split()[0]} in {sys.prefix}")


def _sqlite() -> Finding:
    version = sqlite3.sqlite_version
    if WAL_RESET[0] <= sqlite3.sqlite_version_info < WAL_RESET[1]:
        return Finding("sqlite", "mind", f"{version} has the WAL-reset bug: never write with two programs at once; "
                                         "a wheel of pysqlite3 brings a newer one")  # fmt: skip
    return Finding("sqlite", "fine", f"{version}, without the WAL-reset bug")


def _files() -> Finding:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < MANY_FILES:
        return Finding("open files", "wrong", f"only {soft} are allowed; raise it: ulimit -n 1024")
    return Finding("open files", "fine", f"{soft} allowed")


def _clock() -> Finding:
    now = datetime.now(UTC)
    built = datetime.fromtimestamp(Path(settings.__file__).stat().st_mtime, UTC)
    if now < built or now.year > built.year + 20:
        return Finding("clock", "wrong", f"it says {now:%Y-%m-%d %H:%M} UTC, which cannot be; set it, or run NTP")
    return Finding("clock", "fine", f"{now:%Y-%m-%d %H:%M} UTC, local time is {time.strftime('%H:%M %Z')}")


def _encoding() -> Finding:
    encoding = locale.getpreferredencoding(False)
    if encoding.lower().replace("-", "") != "utf8":
        return Finding("locale", "mind", f"{encoding} cannot show Chinese; export LANG=C.UTF-8")
    return Finding("locale", "fine", encoding)


def _contact() -> Finding:
    if not settings.GONGKAI_CONTACT:
        return Finding("contact", "mind", "sites cannot reach you: export GONGKAI_CONTACT=you@example.org")
    return Finding("contact", "fine", settings.GONGKAI_CONTACT)


def _browser(catalogue: Path) -> Finding:
    """Is there one, if any site wants it?"""
    lacks, want = browser.lacking(), []
    with suppress(GongkaiError):  # what is wrong with the catalogue is said below
        want = [site.key for site in sites.load(catalogue, []).values() if site.browser]
    if lacks and want:
        return Finding("browser", "wrong", f"{lacks}; wanted by {', '.join(want)}")
    return Finding("browser", "fine", f"none, and no site wants one ({lacks})" if lacks else browser.chromium() or "")


def _room(folder: Path) -> Finding:
    there = standing(folder)
    free, needed = shutil.disk_usage(there).free, settings.GONGKAI_FREE
    said = f"{free / 2**30:.1f} GiB free at {there}"
    if free < needed:
        return Finding("disk", "wrong", f"{said}; a crawl stops below {needed / 2**30:.1f} GiB (GONGKAI_FREE)")
    return Finding("disk", "fine", said)


# --- the archive and the catalogue -----------------------------------------------------------------------------------


def _archive(folder: Path) -> Iterator[Finding]:
    if not (folder / DATABASE).exists():
        if not (standing(folder).is_dir() and os.access(standing(folder), os.W_OK)):
            yield Finding("archive", "wrong", f"none can be made at {folder}: {standing(folder)} is no folder that may "
                                              "be written; name another with --archive")  # fmt: skip
            return
        yield Finding("archive", "fine", f"none at {folder} yet; the first crawl makes it")
        return
    try:
        with Archive(folder) as archive:
            yield from (look(archive) for look in (_sound, _dated, _may_be_written, _ended, _open_files))
    except (GongkaiError, sqlite3.Error) as error:
        yield Finding("archive", "wrong", str(error))


def _sound(archive: Archive) -> Finding:
    problem = archive.db.execute("pragma quick_check(1)").fetchone()[0]
    if problem != "ok":
        return Finding("archive", "wrong", f"{archive.file}: {problem}; gongkai verify names the rest")
    documents = archive.db.execute("select count(*) from documents").fetchone()[0]
    return Finding("archive", "fine", f"{archive.folder}, {documents} documents; gongkai verify checks every byte")


def _dated(archive: Archive) -> Finding:
    last = archive.db.execute("select max(started) from runs").fetchone()[0]
    if last and datetime.fromisoformat(last) > datetime.now(UTC) + timedelta(hours=1):
        return Finding("dates", "mind", f"a run is dated {last}, which is yet to come: the clock was wrong")
    return Finding("dates", "fine", "no run is of the future")


def _may_be_written(archive: Archive) -> Finding:
    """A crawl writes into all of these."""
    closed = [path for path in (archive.folder, archive.file, archive.warc_folder) if not os.access(path, os.W_OK)]
    if closed:
        return Finding("writing", "mind", f"{', '.join(map(str, closed))} cannot be written, so this user cannot "
                                          "crawl; mend the permissions")  # fmt: skip
    return Finding("writing", "fine", "permitted")


def _ended(archive: Archive) -> Finding:
    last = archive.db.execute("select started, ended, outcome from runs order by run desc limit 1").fetchone()
    if last is None:
        return Finding("last run", "fine", "none yet")
    started, ended, outcome = last
    if ended is None:
        return Finding("last run", "mind", f"of {started} was killed, or runs still; the same command goes on")
    if outcome != "complete":
        return Finding("last run", "mind", f"of {started}: {outcome}; gongkai status says what is missing")
    return Finding("last run", "fine", f"of {started}: complete")


def _open_files(archive: Archive) -> Finding:
    left = sorted(archive.warc_folder.glob("*.open"))
    says = f"{len(left)} still open; the next crawl makes whole what a kill left" if left else "all closed"
    return Finding("warc files", "fine", says)


def _catalogue(folder: Path) -> Iterator[Finding]:
    broken, files = 0, sorted(folder.glob("*.toml"))
    if not files:
        yield Finding("catalogue", "wrong", f"{folder} holds no site file; name a folder that does with --catalogue")
        return
    for file in files:
        try:
            sites.read(file)
        except GongkaiError as error:
            broken += 1
            yield Finding("catalogue", "wrong", str(error))
    if not broken:
        yield Finding("catalogue", "fine", f"{len(files)} sites at {folder}")
