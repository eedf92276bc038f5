"""What can go wrong, one class per consequence. Errors carry facts; who catches them decides what to log.

Every `PageError` corresponds to exactly one state of the ledger (`tests/test_errors.py` holds the bijection).
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar


class GongkaiError(Exception):
    """Base of all that gongkai raises on purpose; its text is one clear sentence with the remedy."""

    exit_code: ClassVar[int] = 1


class UsageError(GongkaiError):
    """What was asked cannot be done: an unknown site, a URL that is not http(s), a manifest line without a file."""

    exit_code = 2


class CatalogueError(UsageError):
    """A site file is wrong: names file, line where known, key, and what was expected."""

    def __init__(self, file: Path | str, key: str | None, expected: str, line: int | None = None) -> None:
        self.file, self.key, self.expected, self.line = str(file), key, expected, line
        place = self.file + (f", line {line}" if line else "") + (f", key {key!r}" if key else "")
        super().__init__(f"{place}: {expected}")


class ArchiveError(GongkaiError):
    """The archive is damaged, locked, out of space, or of a newer version."""

    exit_code = 3


REMEDIES: Mapping[int | None, str] = {  # what mends what the system refuses
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), "free some space and run it again"),
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), "mend its permissions and run it again"),
    **dict.fromkeys((errno.ENOENT, errno.ENOTDIR, errno.EISDIR), "name another"),
}


def unwritten(path: Path, error: OSError) -> ArchiveError:
    remedy = REMEDIES.get(error.errno, REMEDIES[errno.ENOSPC])
    return ArchiveError(f"{path}: cannot write ({error.strerror}); {remedy}: nothing that was archived is lost.")


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """What the system refuses inside is told with the path."""
    try:
        yield
    except OSError as error:
        raise unwritten(path, error) from error


class ClusterError(GongkaiError):
    """Some sites could not be crawled on the cluster; what did come home is in the archive."""


class StoreError(ArchiveError):
    """The shared store of a cluster cannot be written or read, or what stands there is torn or not ours."""


class LayoutChanged(GongkaiError):
    """A listing parsed to nothing it should contain: the walk is broken, never "finished with 0"."""

    def __init__(self, url: str, looked_for: str) -> None:
        self.url, self.looked_for = url, looked_for
        super().__init__(f"{url}: no entries found; looked for {looked_for}")


class PageError(GongkaiError):
    """One page could not be archived. `state` is the ledger state it leads to, `retry` whether time may mend it."""

    state: ClassVar[str]
    retry: ClassVar[bool]

    def __init__(self, url: str, reason: str, retry_after: float | None = None) -> None:
        self.url, self.reason, self.retry_after = url, reason, retry_after
        super().__init__(f"{url}: {reason}")


class Gone(PageError):
    """404, 410, 页面不存在, 已删除, redirected to the parent. The last text is kept."""

    state = "gone"
    retry = False


class Blocked(PageError):
    """Challenge, captcha, login, 403/412/521, robots.txt. The site rests; a refusal is reported, never evaded."""

    state = "blocked"
    retry = True


class Unreachable(PageError):
    """DNS, TLS, time-out, 5xx after retries, not in the recording. Retried later."""

    state = "failed"
    retry = True


class Unreadable(PageError):
    """Fetched, but no title or body recognised. Raw bytes are kept: mend a layout and `gongkai reextract`."""

    state = "unread"
    retry = False
