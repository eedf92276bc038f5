"""Processes that begin at once: forks of one that has all the imports of a crawl behind it. Twisted starts once in a
process, so that each leg of a crawl (crawler/legs.py) needs one of its own, and its imports take a second of processor.

A fork and whoever began it hold the two ends of a line. If one end breaks, the other ends: a fork never outlives the
process that it works for, however that dies.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from importlib import import_module

STOP = b"."
LONGEST = 65_536  # bytes of what a fork is told
PARTS = ("DOWNLOADER_MIDDLEWARES", "SPIDER_MIDDLEWARES", "ITEM_PIPELINES", "EXTENSIONS", "DOWNLOAD_HANDLERS")
MODULES = ("crawler.run", "crawler.cms", "crawler.spiders")  # and all below these packages


class Fork:
    """A process that was begun, from the side of whoever began it."""

    def __init__(self, line: socket.socket) -> None:
        self.line = line

    def ended(self, within: float) -> bool:
        """Has it ended, or does it in so many seconds?"""
        return bool(select.select([self.line], [], [], within)[0])  # it says nothing: what comes is its end

    def stop(self) -> None:
        """Let it come to an end, as by SIGTERM."""
        with contextlib.suppress(OSError):
            self.line.send(STOP)

    def kill(self) -> None:
        self.line.close()


class Forks:
    """Begins processes, from several threads. What they fork from is begun when first needed, anew if it died."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.line: socket.socket | None = None

    def begin(self, does: str, *given: str, environment: Mapping[str, str]) -> Fork:
        """A process that calls a function (`module.name`) with these arguments."""
        told = json.dumps([does, given, dict(environment)]).encode()
        ours, theirs = socket.socketpair()
        with theirs, self.lock:
            try:
                socket.send_fds(self._parent(), [told], [theirs.fileno()])
            except OSError:
                self.line = None
                socket.send_fds(self._parent(), [told], [theirs.fileno()])
        return Fork(ours)

    def _parent(self) -> socket.socket:
        if self.line is None:
            self.line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:  # a session of its own: Ctrl-C is for whoever began the crawl
                subprocess.Popen([sys.executable, "-m", "crawler.forks", str(theirs.fileno())], start_new_session=True,
                                 pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)  # fmt: skip
        return self.line


# --- the process that is forked ---------------------------------------------------------------------------------------


def serve(line: socket.socket) -> None:
    """Fork for each request until nobody can ask any more."""
    line.set_inheritable(False)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system buries them
    _import_all()
    while (asked := socket.recv_fds(line, LONGEST, 1))[0]:
        told, (theirs,) = asked[:2]
        os.set_inheritable(theirs, False)
        if os.fork() == 0:
            line.close()
            _be(theirs, *json.loads(told))
        os.close(theirs)


def _be(line: int, does: str, given: list[str], environment: dict[str, str]) -> None:
    """Be the fork: do what was asked, and end."""
    code = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.environ.update(environment)
        sys.modules.pop("crawler.settings", None)  # it reads the environment
        threading.Thread(target=_obey, args=(line,), daemon=True).start()
        module, _, name = does.rpartition(".")
        call: Callable[..., None] = getattr(import_module(module), name)
        call(*given)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _obey(line: int) -> None:
    while os.read(line, 1):
        os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGKILL)


def _import_all() -> None:
    """Import what a crawl will. No reactor is among it: each fork has its own."""
    from scrapy.utils.misc import load_object, walk_modules_iter

    from crawler.fetch import settings

    for name in MODULES:
        list(walk_modules_iter(name))
    made = settings()
    for part in PARTS:
        for one, other in made.getwithbase(part).items():
            if other is not None:
                load_object(other if part == "DOWNLOAD_HANDLERS" else one)
    for name in ("SCHEDULER", "DOWNLOADER", "STATS_CLASS", "SCHEDULER_PRIORITY_QUEUE", "SCHEDULER_MEMORY_QUEUE"):
        load_object(made[name])


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
