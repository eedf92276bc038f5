"""Files that hold files: ZIP is listed and read one level deep, RAR only listed."""

from __future__ import annotations

import contextlib
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator

from pipelines.filenames import display_name, repaired
from pipelines.formats import Damaged, Encrypted, FileProblem, Full, Member, Status, Text, Unsupported
from pipelines.formats.package import ENCRYPTED, Package

MEMBERS = 1_000  # listed
READ = 200  # read
_UTF8 = 0x800  # bit of a member's flags: its name is UTF-8

Said = tuple[str, Status, list[str]]  # kind, status, lines
ReadMember = Callable[[bytes, str], Said]  # of bytes and name


def read_zip(raw: bytes, text: Text, read_member: ReadMember) -> None:
    """List the members, and say the text of each under its name."""
    package = Package(raw)
    packed = [entry for entry in package.zip.infolist() if not entry.is_dir()]
    if len(packed) > MEMBERS:
        text.remarks.append(f"{len(packed):,} files are in it; the first {MEMBERS:,} are listed")
    for entry in packed[:MEMBERS]:
        name = display_name(member_name(entry))
        if len(text.members) >= READ or text.is_full:
            text.members.append(Member(name, entry.file_size))
            continue
        kind, status, lines = unpacked(package, entry, name, read_member)
        text.members.append(Member(name, entry.file_size, kind, status))
        with contextlib.suppress(Full):  # the rest is still listed
            for line in [name, *lines] if lines else []:
                text.add(line)
    if packed and all(entry.flag_bits & ENCRYPTED for entry in packed):
        raise Encrypted


def unpacked(package: Package, entry: zipfile.ZipInfo, name: str, read_member: ReadMember) -> Said:
    """What a member says, or why it cannot be unpacked."""
    try:
        return read_member(package.unpack(entry), name)
    except FileProblem as problem:
        return "other", problem.status, []
    except (OSError, EOFError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error):
        return "other", "damaged", []


def member_name(entry: zipfile.ZipInfo) -> str:
    """The name as the packer wrote it: without the UTF-8 flag Chinese Windows writes GBK, and Python reads cp437."""
    return entry.filename if entry.flag_bits & _UTF8 else repaired(entry.orig_filename.encode("cp437", "replace"))


# --- RAR: the headers of versions 1.5 to 4, and of 5 (RAR technical note) -----------------------------------------

_RAR_4, _RAR_5 = b"Rar!\x1a\x07\x00", b"Rar!\x1a\x07\x01\x00"
_MAIN_4, _FILE_4, _END_4 = 0x73, 0x74, 0x7B
_FILE_5, _ENCRYPTION_5, _END_5 = 2, 4, 5


def read_rar(raw: bytes, text: Text) -> None:
    """List the members; unpacking RAR needs a program with a licence of its own."""
    try:
        for name, size in members_of_rar5(raw) if raw.startswith(_RAR_5) else members_of_rar4(raw):
            text.members.append(Member(display_name(name), size))
            if len(text.members) >= MEMBERS:
                break
    except (struct.error, IndexError) as error:
        raise Damaged("its list of files is cut off") from error
    raise Unsupported("RAR files are listed, not unpacked")


def members_of_rar4(raw: bytes) -> Iterator[tuple[str, int]]:
    """Name and unpacked size. A block is CRC, type, flags and its length, then what it adds."""
    at = len(_RAR_4)
    while at + 7 <= len(raw):
        kind, flags, length = struct.unpack_from("<BHH", raw, at + 2)
        added = struct.unpack_from("<I", raw, at + 7)[0] if flags & 0x8000 else 0
        if kind == _MAIN_4 and flags & 0x80:
            raise Encrypted("its list of files is encrypted")
        if kind == _END_4 or length < 7:
            return
        if kind == _FILE_4:
            size, name_length = struct.unpack_from("<I", raw, at + 11)[0], struct.unpack_from("<H", raw, at + 26)[0]
            start = at + (40 if flags & 0x100 else 32)  # sizes above 4 GB take 8 bytes more
            yield rar4_name(raw[start : start + name_length], bool(flags & 0x200)), size
        at += length + added


def rar4_name(raw: bytes, is_wide: bool) -> str:
    """A name in the packer's code page; a packed wide form may follow it after a zero, which is not needed in China
    (the first form is GBK)."""
    return repaired(raw.split(b"\0")[0] if is_wide else raw)


def members_of_rar5(raw: bytes) -> Iterator[tuple[str, int]]:
    """Name and unpacked size. Numbers are 7 bits a byte; a header is CRC, size, type, flags …"""
    at = len(_RAR_5)
    while at + 7 <= len(raw):
        size, start = number(raw, at + 4)
        kind, place = number(raw, start)
        flags, place = number(raw, place)
        if kind == _ENCRYPTION_5:
            raise Encrypted("its list of files is encrypted")
        if kind == _END_5:
            return
        _extra, place = number(raw, place) if flags & 1 else (0, place)
        packed, place = number(raw, place) if flags & 2 else (0, place)
        if kind == _FILE_5:
            yield rar5_member(raw, place)
        at = start + size + packed


def rar5_member(raw: bytes, place: int) -> tuple[str, int]:
    flags, place = number(raw, place)
    size, place = number(raw, place)
    _attributes, place = number(raw, place)
    place += (4 if flags & 2 else 0) + (4 if flags & 4 else 0)  # time, CRC
    _method, place = number(raw, place)
    _system, place = number(raw, place)
    length, place = number(raw, place)
    return raw[place : place + length].decode("utf-8", "replace"), size


def number(raw: bytes, at: int) -> tuple[int, int]:
    """A RAR 5 number and the place behind it."""
    found = shift = 0
    while True:
        found |= (raw[at] & 0x7F) << shift
        shift += 7
        at += 1
        if not raw[at - 1] & 0x80 or shift > 63:
            return found, at
