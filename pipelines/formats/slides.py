"""Text of presentations: PPTX (ECMA-376) and PPT ([MS-PPT]), slide by slide, without masters and notes."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from lxml import etree

from pipelines.formats import Damaged, Encrypted, Text
from pipelines.formats.ole import open_ole, stream
from pipelines.formats.package import Package, child, children, descendants, local

SLIDES = 5_000


def read_pptx(raw: bytes, text: Text) -> None:
    """PPTX: the slides in the order of the presentation; hidden ones too, they are one click away."""
    package = Package(raw)
    root = package.tree(package.main())
    if root is None:
        raise Damaged("its main part is missing")
    targets = package.relations(package.main())
    listed = child(root, "sldIdLst")
    for entry in list(listed if listed is not None else ())[:SLIDES]:
        related = next((str(value) for key, value in entry.attrib.items() if str(key).endswith("}id")), "")
        slide = package.tree(targets.get(related, ""))
        if slide is not None:
            text.parts += 1
            say_shapes(slide, text)


def say_shapes(slide: etree._Element, text: Text) -> None:
    """Paragraphs and table rows of a slide, in drawing order."""
    walker = etree.iterwalk(slide, events=("start",))
    for _event, element in walker:
        name = local(element)
        if name == "Fallback":
            walker.skip_subtree()
        elif name == "tr":
            text.row([" ".join(words(p) for p in descendants(cell, "p")) for cell in children(element, "tc")])
            walker.skip_subtree()
        elif name == "p":
            text.say(words(element))
            walker.skip_subtree()


def words(paragraph: etree._Element) -> str:
    return "".join("\n" if local(run) == "br" else run.text or "" for run in descendants(paragraph, "t", "br"))


# --- PPT: a stream of nested records -----------------------------------------------------------------------------

_CONTAINER = 0xF
_SLIDE, _SLIDE_LIST, _SLIDE_PERSIST = 0x03EE, 0x0FF0, 0x03F3
_TEXT_HEADER, _TEXT_WIDE, _TEXT_NARROW, _OUTLINE_REFERENCE = 0x0F9F, 0x0FA0, 0x0FA8, 0x0F9E
_USER_EDIT, _PERSIST_DIRECTORY = 0x0FF5, 0x1772
_ENCRYPTED_USER = 0xF3D1C4DF
_DEEP = 32

Record = tuple[int, int, int, int, int]  # version, instance, type, start and end of the content


def read_ppt(raw: bytes, text: Text) -> None:
    """PPT. A file keeps old versions of its slides; the directory says which are current ([MS-PPT] 2.1.2)."""
    ole = open_ole(raw)
    user = stream(ole, "Current User")
    if len(user) < 20:
        raise Damaged("the stream Current User is missing or cut")
    token, edit = struct.unpack_from("<2I", user, 12)
    if token == _ENCRYPTED_USER:
        raise Encrypted
    slides = stream(ole, "PowerPoint Document")
    places, document = directory(slides, edit)
    for reference, outline in listed_slides(slides, places.get(document, len(slides))):
        text.parts += 1
        for said in shapes(slides, places.get(reference, len(slides)), outline):
            text.say(said)


def directory(raw: bytes, edit: int) -> tuple[dict[int, int], int]:
    """Where each persisted object stands, by the newest edit that wrote it; and the id of the document."""
    places: dict[int, int] = {}
    document, seen = 0, set[int]()
    while edit and edit not in seen and len(seen) < SLIDES:
        seen.add(edit)
        _version, _instance, kind, start, _end = record(raw, edit)
        if kind != _USER_EDIT:
            raise Damaged("the chain of edits is broken")
        previous, at, reference = struct.unpack_from("<3I", raw, start + 8)
        document = document or reference
        for number, place in persisted(raw, at):
            places.setdefault(number, place)
        edit = previous
    return places, document


def persisted(raw: bytes, at: int) -> Iterator[tuple[int, int]]:
    """Id and place of the objects of one directory: runs of a first id (20 bits), a count (12), and the places."""
    _version, _instance, kind, start, end = record(raw, at)
    if kind != _PERSIST_DIRECTORY:
        raise Damaged("the directory of slides is missing")
    while start + 4 <= end:
        (run,) = struct.unpack_from("<I", raw, start)
        first, count = run & 0xFFFFF, run >> 20
        for offset in range(min(count, (end - start - 4) // 4)):
            yield first + offset, struct.unpack_from("<I", raw, start + 4 + 4 * offset)[0]
        start += 4 + 4 * count


def record(raw: bytes, at: int) -> Record:
    head, kind, length = struct.unpack_from("<HHI", raw, at)
    return head & 0xF, head >> 4, kind, at + 8, min(at + 8 + length, len(raw))


def records(raw: bytes, start: int, end: int) -> Iterator[Record]:
    """The records that follow each other between two places."""
    while start + 8 <= end:
        found = record(raw, start)
        yield found
        start = found[4]


def listed_slides(raw: bytes, at: int) -> list[tuple[int, list[str]]]:
    """The slides in order: their persist id, and the texts of their placeholders (title, body)."""
    _version, _instance, _kind, start, end = record(raw, at)
    found: list[tuple[int, list[str]]] = []
    for version, instance, kind, begin, stop in records(raw, start, end):
        if kind == _SLIDE_LIST and version == _CONTAINER and instance == 0:
            for _v, _i, atom, place, after in records(raw, begin, stop):
                if atom == _SLIDE_PERSIST:
                    found.append((struct.unpack_from("<I", raw, place)[0], []))
                elif atom == _TEXT_HEADER and found:
                    found[-1][1].append("")
                elif atom in (_TEXT_WIDE, _TEXT_NARROW) and found and found[-1][1]:
                    found[-1][1][-1] = decoded(raw[place:after], atom)
    return found[:SLIDES]


def shapes(raw: bytes, at: int, outline: list[str]) -> Iterator[str]:
    """The texts of a slide's shapes in drawing order; a placeholder refers to its text in the list of slides."""
    stack = [iter([record(raw, at)])]
    while stack:
        found = next(stack[-1], None)
        if found is None:
            stack.pop()
            continue
        version, _instance, kind, start, end = found
        if version == _CONTAINER and len(stack) < _DEEP:
            stack.append(records(raw, start, end))
        elif kind in (_TEXT_WIDE, _TEXT_NARROW):
            yield decoded(raw[start:end], kind)
        elif kind == _OUTLINE_REFERENCE:
            (number,) = struct.unpack_from("<I", raw, start)
            yield outline[number] if number < len(outline) else ""


def decoded(raw: bytes, kind: int) -> str:
    """Narrow text is UTF-16 without its zero bytes."""
    return raw.decode("latin-1") if kind == _TEXT_NARROW else raw.decode("utf-16-le", "replace")
