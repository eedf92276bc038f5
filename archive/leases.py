"""Who works on an archive, by locks of the kernel on files of its folder. They go with the process that has them,
however it ends: none is renewed, none expires, no clock is trusted.

    lock            crawls share it, maintenance has it alone; the numbers of the processes that have it stand in it
    opening         had by whoever opens the archive: migrations and recovery happen once
    leases/sites/   a file per site: the process that crawls it
    leases/hosts/   a file per host: the process that asks it now, and when it may be asked again
"""

from __future__ import annotations

import fcntl
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import quote

from archive.errors import ArchiveError, writing

LOCK, OPENING, SITES, HOSTS = "lock", "opening", "leases/sites", "leases/hosts"


class Leases:
    """The part of this process in an archive's folder. Raises ArchiveError, which names who has it, where it cannot
    have it: `alone`, or beside others that crawl."""

    def __init__(self, folder: Path, alone: bool) -> None:
        self.folder, self.alone = folder, alone
        for name in (SITES, HOSTS):
            (folder / name).mkdir(parents=True, exist_ok=True)
        self._sites: dict[str, IO[bytes]] = {}
        self._read, self._others = (0, 0), list[int]()
        lock = _locked(folder / LOCK, shared=not alone)
        if lock is None:
            raise ArchiveError(_taken(folder, _signed(folder / LOCK)))
        self._lock = lock
        self._sign([*_signed(folder / LOCK), os.getpid()] if not alone else [os.getpid()])

    def close(self) -> None:
        """Let everything go."""
        for file in self._sites.values():
            file.close()
        self._sites.clear()
        self._lock.close()

    def alone_for_now(self) -> bool:
        """While this process opens the archive: can it have the folder to itself? If not, it has nothing any more."""
        return _had(self._lock.fileno(), fcntl.LOCK_EX)

    def share(self) -> None:
        """After `alone_for_now`: others may come in again."""
        if not self.alone:
            fcntl.flock(self._lock, fcntl.LOCK_SH)

    @property
    def crowded(self) -> bool:
        """Does another process write here too?"""
        stat = os.fstat(self._lock.fileno())
        if (changed := (stat.st_mtime_ns, stat.st_size)) != self._read:
            self._read, self._others = changed, [pid for pid in _signed(self.folder / LOCK) if pid != os.getpid()]
        return any(map(_lives, self._others))

    @property
    def sites(self) -> list[str]:
        """Those that this process has."""
        return list(self._sites)

    def site(self, key: str) -> int | None:
        """Have a site to oneself from now on; the process that has it already, if another one does."""
        if key in self._sites:
            return None
        path = self.folder / SITES / quote(key, safe="")
        file = _locked(path)
        if file is None:
            return next(iter(_numbers(path)), 0)
        with writing(path):
            file.truncate(0)
            file.write(b"%d\n" % os.getpid())
            file.flush()
        self._sites[key] = file
        return None

    def host(self, name: str) -> HostLease:
        return HostLease(self.folder / HOSTS / quote(name, safe=""))

    def _sign(self, pids: list[int]) -> None:
        with writing(self.folder / LOCK):
            self._lock.truncate(0)
            self._lock.write("".join(f"{pid}\n" for pid in dict.fromkeys(pids)).encode())
            self._lock.flush()


class HostLease:
    """One host, asked by one process at a time. What stands in the file outlives the process that wrote it: when the
    host was asked last, and until when it is to be left alone, in seconds since the machine started (`time.monotonic`
    of Linux is one clock for all processes)."""

    FORM = struct.Struct("<dd")

    def __init__(self, path: Path) -> None:
        with writing(path):
            self._path, self._file = path, os.open(path, os.O_RDWR | os.O_CREAT, 0o666)

    def take(self) -> bool:
        """Try to have it."""
        return _had(self._file, fcntl.LOCK_EX)

    def release(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_UN)

    @property
    def times(self) -> tuple[float, float]:
        """Asked last, to be left alone until."""
        said = os.pread(self._file, self.FORM.size, 0)
        return self.FORM.unpack(said) if len(said) == self.FORM.size else (float("-inf"), float("-inf"))

    @times.setter
    def times(self, said: tuple[float, float]) -> None:
        with writing(self._path):
            os.pwrite(self._file, self.FORM.pack(*said), 0)

    def close(self) -> None:
        os.close(self._file)


@contextmanager
def opening(folder: Path) -> Iterator[None]:
    """Inside, nobody else opens the archive: it is waited for."""
    with (folder / OPENING).open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _locked(path: Path, shared: bool = False) -> IO[bytes] | None:
    """The file, locked for as long as it is open; None: another process has it."""
    with writing(path):
        file = path.open("ab")
    if _had(file.fileno(), fcntl.LOCK_SH if shared else fcntl.LOCK_EX):
        return file
    file.close()
    return None


def _had(file: int, lock: int) -> bool:
    """Try to have a lock, without waiting for it."""
    try:
        fcntl.flock(file, lock | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _signed(path: Path) -> list[int]:
    """The living among the processes that wrote their number into a file."""
    return [pid for pid in _numbers(path) if _lives(pid)]


def _numbers(path: Path) -> list[int]:
    return [int(word) for word in path.read_text("ascii", "replace").split() if word.isdecimal()]


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _taken(folder: Path, pids: list[int]) -> str:
    who = ", ".join(map(str, pids)) or "?"
    return (f"{folder} belongs to a running crawl or another command that writes (process {who}); wait for its end, "
            "or name another folder with --archive.")
