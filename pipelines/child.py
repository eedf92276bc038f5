"""Read files in a child process with limits: nothing a file does to its reader reaches the crawl.

The child has 1 GiB of memory, 20 s of processor time and 30 s in all per file; it can open no file and no socket,
write nowhere and start nothing. It is kept warm for a hundred files (a fresh one costs 0.4 s), and replaced after
any that broke it.
"""

from __future__ import annotations

import atexit
import codecs
import contextlib
import dataclasses
import json
import os
import resource
import signal
import struct
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any

from pipelines.filenames import display_name
from pipelines.files import FileText, kind_by_magic, text_of
from pipelines.formats import Member, Status

MEMORY = 1 << 30  # bytes of address space
CPU = 20  # seconds a file
WALL = 30  # seconds a file
ANSWER = 8 << 20  # bytes; a million characters of Chinese text are 3 MB
FILES = 100  # read by one child
WORN = 300_000  # KB of memory a child may have grown by before it is replaced
RAW = 200_000_000  # bytes of one file
_LENGTHS = struct.Struct("<2Q")
_ENCODINGS = ("gb18030", "big5hkscs", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "cp437", "latin-1", "ascii", "idna")

# How a child died → what that says about the file. Allocators abort, PDFium traps.
_DEATHS: dict[int, tuple[Status, str]] = {
    signal.SIGXCPU: ("timeout", f"reading it takes more than {CPU} s of processor time"),
    signal.SIGABRT: ("too_big", "reading it takes more memory than is allowed"),
    signal.SIGTRAP: ("too_big", "reading it takes more memory than is allowed"),
    signal.SIGILL: ("too_big", "reading it takes more memory than is allowed"),
}


class Child:
    """A process that reads one file after the other. Safe to use from several threads, one at a time."""

    def __init__(self, wall: float = WALL) -> None:
        self.wall = wall
        self.lock = threading.Lock()
        self.running: subprocess.Popen[bytes] | None = None
        self.served = 0

    def read(self, raw: bytes, name: str | None = None, media_type: str | None = None) -> FileText:
        """`text_of` behind limits. Never raises for anything the file does."""
        shown = display_name(name) if name else ""
        if len(raw) > RAW:
            return FileText(kind_by_magic(raw), shown, "too_big", problem=f"it has more than {RAW // 1_000_000} MB")
        with self.lock:
            if self.running is not None and self.running.poll() is not None:
                self.close()  # it died between two files
            running = self.running or self.start()
            alarm = threading.Timer(self.wall, running.kill)
            alarm.start()
            answer = ask(running, raw, json.dumps([name, media_type]).encode())
            late = not alarm.is_alive()
            alarm.cancel()
            self.served += 1
            if answer is None or late or answer["tired"] or self.served >= FILES:
                self.close()
            if answer is not None:
                return from_json(answer["file"])
            status, problem = self.verdict(running, late)
            return FileText(kind_by_magic(raw), shown, status, problem=problem)

    def start(self) -> subprocess.Popen[bytes]:
        root = str(Path(__file__).resolve().parents[1])
        self.served = 0
        self.running = subprocess.Popen(
            [sys.executable, "-c", "from pipelines.child import serve; serve()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PYTHONPATH": root, "LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "1"},
            cwd=root,
        )
        return self.running

    def close(self) -> None:
        """End the child, if there is one."""
        running, self.running = self.running, None
        if running is not None:
            running.kill()
            for pipe in (running.stdin, running.stdout):
                if pipe is not None:
                    with_no_reader(pipe)
            running.wait()

    def verdict(self, running: subprocess.Popen[bytes], late: bool) -> tuple[Status, str]:
        """What the death of a child says."""
        if late:
            return "timeout", f"reading it takes more than {self.wall:g} s"
        return _DEATHS.get(-running.returncode, ("damaged", "its reader broke"))


def with_no_reader(pipe: IO[bytes]) -> None:
    """Close a pipe whose other end may be gone, with bytes still to be written."""
    with contextlib.suppress(BrokenPipeError):
        pipe.close()


def ask(running: subprocess.Popen[bytes], raw: bytes, names: bytes) -> dict[str, Any] | None:
    """Send a file, wait for the answer; None if the child died of it or answers too much."""
    assert running.stdin is not None
    assert running.stdout is not None
    try:
        running.stdin.write(_LENGTHS.pack(len(names), len(raw)) + names)
        running.stdin.write(raw)
        running.stdin.flush()
    except BrokenPipeError:
        running.wait()
        return None
    head = running.stdout.read(8)
    length = struct.unpack("<Q", head)[0] if len(head) == 8 else ANSWER + 1
    answer = running.stdout.read(length) if length <= ANSWER else b""
    if len(answer) < length:
        running.kill() if length <= ANSWER or len(head) == 8 else None
        running.wait()
        return None
    found: dict[str, Any] = json.loads(answer)
    return found


def from_json(stored: dict[str, Any]) -> FileText:
    return FileText(**stored | {"members": tuple(Member(**member) for member in stored["members"])})


_CHILD = Child()
atexit.register(_CHILD.close)


def read_in_child(raw: bytes, name: str | None = None, media_type: str | None = None) -> FileText:
    """`text_of` in the warm child that this process shares. Blocks for at most 30 s: call it from a thread."""
    return _CHILD.read(raw, name, media_type)


# --- the child's side --------------------------------------------------------------------------------------------


def serve() -> None:
    """Read files from standard input until it ends."""
    warm()
    confine()
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    at_first = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # inherited: it is not less than our parent's
    while len(head := source.read(_LENGTHS.size)) == _LENGTHS.size:
        names_length, length = _LENGTHS.unpack(head)
        name, media_type = json.loads(source.read(names_length))
        used = resource.getrusage(resource.RUSAGE_SELF)
        limit = int(used.ru_utime + used.ru_stime) + CPU
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
        found = text_of(source.read(length), name, media_type)
        tired = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > at_first + WORN
        answer = json.dumps({"file": dataclasses.asdict(found), "tired": tired}, ensure_ascii=False).encode()
        sink.write(struct.pack("<Q", len(answer)) + answer)
        sink.flush()


def warm() -> None:
    """Load what is loaded at first use, for there will be no opening of files any more."""
    for encoding in _ENCODINGS:
        codecs.lookup(encoding)
    text_of("<html><body><p>政府信息公开</p></body></html>".encode("gb18030"), "a.html")
    text_of(bytes(range(128, 256)) * 20, "a.txt")
    text_of(rb"{\rtf1\ansi\ansicpg936{\fonttbl{\f0\fcharset134 SimSun;}}\f0 \'c0\'bd}", "a.rtf")


def confine() -> None:
    """Limits that hold for the rest of the child's life. Without descriptors there is no file and no network."""
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    os.nice(5)
