"""Pages are read in processes of their own, beside the one that downloads and writes: a second core works, and what a
page does to its reader ends that reader, never the crawl.

They are forked before the crawl begins, when everything that reads is imported and no thread runs: a fork costs some
milliseconds, an interpreter of its own most of a second. Readers answer in the order in which they were asked: one that
dies died of the page that it owes first. That one is unreadable, with why; the others are read by another reader. A
reader that was killed may have died of something else, since who is short of memory kills whom it likes: its page is
tried once more.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import pickle
import resource
import signal
import socket
import struct
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn, cast

from scrapy.http import Response

from archive.records import Ahead, Entry, Hashes, Reading
from pipelines import Draft, read
from pipelines.alone import is_file
from pipelines.derive import ahead

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

log = logging.getLogger(__name__)

AHEAD = 4  # pages that a reader has before it: enough that it never waits, few enough that memory stays flat
WALL = 60  # seconds a page may take
MEMORY = 1 << 30  # bytes of address space of a reader
NICE = 4  # the crawl goes first where all want a processor: it feeds the readers
LENGTH = struct.Struct("<Q")
READY = b""  # what a reader says first

Asked = tuple[str, int, dict[bytes, list[bytes]], bytes, str, Entry | None]  # response, the ledger's address, its row
Said = tuple[Reading, Hashes | None, Ahead | None]

KILLED = "its reader was killed: it takes more memory than there is"
DEATHS = {signal.SIGALRM: f"reading it takes more than {WALL} s", signal.SIGKILL: KILLED}


class Reader(asyncio.Protocol):
    """One process, and what it owes."""

    def __init__(self) -> None:
        self.line, theirs = socket.socketpair()
        with theirs:
            gc.freeze()  # what is there by now stays, and need not be looked through, or copied by a look, in either
            self.pid = os.fork()
            if not self.pid:
                be_reader(theirs)
        self.ready = self.ended = False
        self.begun = asyncio.Event()  # it is one or the other
        self.owed: deque[asyncio.Future[Said | str | None]] = deque()
        self.heard = bytearray()
        self.transport: asyncio.Transport | None = None

    async def connect(self) -> None:
        """Until it reads, or has ended."""
        if self.transport is None:
            await asyncio.get_running_loop().create_connection(lambda: self, sock=self.line)
        await self.begun.wait()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is none by its class

    def ask(self, draft: Draft) -> asyncio.Future[Said | str | None]:
        """What the page says; why it ended its reader; or None: the reader ended and this page was not it."""
        got = draft.response
        asked: Asked = (got.url, got.status, dict(got.headers), got.body, draft.url, draft.entry)
        assert self.transport
        self.transport.write(framed(pickle.dumps(asked, pickle.HIGHEST_PROTOCOL)))
        self.owed.append(asyncio.get_running_loop().create_future())
        return self.owed[-1]

    def data_received(self, said: bytes) -> None:
        self.heard += said
        while len(self.heard) >= LENGTH.size:
            end = LENGTH.size + LENGTH.unpack_from(self.heard)[0]
            if len(self.heard) < end:
                return
            message = bytes(self.heard[LENGTH.size : end])
            del self.heard[:end]
            if message == READY:
                self.ready = True
                self.begun.set()
            else:
                settle(self.owed.popleft(), pickle.loads(message))

    def connection_lost(self, error: Exception | None) -> None:
        if self.ended:
            return
        self.ended = True
        self.begun.set()
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        why = DEATHS.get(-code, f"its reader broke ({code})")  # type: ignore[call-overload]
        for place, owed in enumerate(self.owed):
            settle(owed, None if place else why)

    def close(self) -> None:
        """End the process; what it owes is not wanted any more."""
        if self.ended:
            return
        self.ended = True
        (self.transport or self.line).close()
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def settle(owed: asyncio.Future[Any], said: Said | str | None) -> None:
    if not owed.done():  # whoever asked may have been cancelled meanwhile
        owed.set_result(said)


class Readers:
    """So many readers."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.readers: list[Reader] = []
        self.staffing = asyncio.Lock()
        self.room = asyncio.Semaphore(number * AHEAD)
        self.hire()

    def hire(self) -> None:
        """Start what is missing. Where the system lets none be started, those that there are must do."""
        try:
            while len(self.readers) < self.number:
                self.readers.append(Reader())
        except OSError as error:
            log.warning("no process can be started to read (%s)", error.strerror)
            self.number = len(self.readers)

    async def free(self) -> None:
        """Until another page would be read at once: what is fetched before that, a kill takes back."""
        if self.number:
            async with self.room:
                pass

    async def read(self, draft: Draft) -> Draft:
        """Every step but the last, as `pipelines.read`; a reader also takes the text apart."""
        if is_file(draft.response):  # a limited child of its own reads it
            return await asyncio.to_thread(read, draft)
        if self.number == 0:
            return read(draft)
        async with self.room:
            said = await self.asked(draft)
            if said == KILLED:
                said = await self.asked(draft)
        if said is None:
            return read(draft)
        if isinstance(said, str):
            log.error("%s: %s; please report this page", draft.url, said)
            reading = Reading("unreadable", draft.response.url, "", problem=f"the extractor failed: {said}")
            said = reading, None, None
        draft.reading, draft.hashes, draft.ahead = said
        return draft

    async def asked(self, draft: Draft) -> Said | str | None:
        """What a reader says of a page, or why that ended it; None: there are no readers."""
        said: Said | str | None = None
        while said is None:
            await self.staff()
            if not (reader := self.idlest()):
                break
            said = await reader.ask(draft)
        return said

    async def staff(self) -> None:
        """Replace those that ended, and wait until all read. One that ended before it could read is not replaced:
        something here forbids it, and pages are read without."""
        async with self.staffing:
            for gone in [reader for reader in self.readers if reader.ended]:
                self.readers.remove(gone)
                self.number -= not gone.ready
            self.hire()
            for reader in self.readers:
                await reader.connect()

    def idlest(self) -> Reader | None:
        able = [reader for reader in self.readers if not reader.ended]
        return min(able, key=lambda reader: len(reader.owed), default=None)

    def close(self) -> None:
        for reader in self.readers:
            reader.close()


class ReadStage:
    """Scrapy's stage: every step of reading, in a reader or here."""

    def __init__(self, readers: Readers) -> None:
        self.readers = readers

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ReadStage:
        return cls(Readers(crawler.settings.getint("GONGKAI_READERS")))

    async def process_item(self, item: Draft) -> Draft:
        return await self.readers.read(item)

    def close_spider(self) -> None:
        self.readers.close()


# --- the reader's side -------------------------------------------------------------------------------------------


def framed(message: bytes) -> bytes:
    return LENGTH.pack(len(message)) + message


def be_reader(line: socket.socket) -> NoReturn:
    """What a forked process is from now on. It holds nothing of the crawl: no archive, no lock, no line of another
    reader, which else would not hear that the crawl has ended. Ctrl-C is for the crawl, which ends its readers, so they
    are groups of their own; but of its session, since Linux shares out processors by sessions (sched_autogroup)."""
    code = 1
    try:
        os.setpgid(0, 0)
        os.nice(NICE)
        signal.set_wakeup_fd(-1)
        for sent in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM):
            signal.signal(sent, signal.SIG_DFL)
        signal.alarm(WALL)  # one that was forked beside threads may wait for what none of them will give
        os.closerange(3, line.fileno())
        os.closerange(line.fileno() + 1, os.sysconf("SC_OPEN_MAX"))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        serve(line)
        code = 0
    finally:
        os._exit(code)


def serve(line: socket.socket) -> None:
    """Read page after page, until nobody asks any more."""
    with line.makefile("rwb") as stream:
        said = READY
        while True:
            stream.write(framed(said))
            stream.flush()
            signal.alarm(0)
            head = stream.read(LENGTH.size)
            if len(head) < LENGTH.size:
                return
            signal.alarm(WALL)
            said = answer(stream.read(LENGTH.unpack(head)[0]))


def answer(asked: bytes) -> bytes:
    """What one page says."""
    url, status, headers, body, address, entry = pickle.loads(asked)
    draft = read(Draft(Response(url, status=status, headers=headers, body=body), address, entry=entry))
    if draft.made.document is not None:
        with suppress(Exception):  # is done later, and fails there for all to see
            draft.ahead = ahead(draft.made.document)
    said: Said = draft.made, draft.hashes, draft.ahead
    return pickle.dumps(said, pickle.HIGHEST_PROTOCOL)
