"""Text of spreadsheets: XLSX by our own reader, XLS and ET by calamine. A row is a line, with tabs between its cells.

Rows and columns that hold nothing are left out: two cells at opposite corners are two lines, not 550 GB.
"""

from __future__ import annotations

import io
import math
import re
import struct
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta

import python_calamine
from lxml import etree

from pipelines.formats import Damaged, Encrypted, Text, TooBig
from pipelines.formats.ole import open_ole, stream
from pipelines.formats.package import Package, attribute, child, children, descendants, local

CELLS = 500_000  # filled cells of a workbook
AREA = 2_000_000  # cells of the rectangle that calamine makes of an XLS sheet
Row = dict[int, str]  # column → what the cell shows


def say(name: str, rows: Mapping[int, Row], alone: bool, text: Text) -> None:
    """One sheet; its name is said where it is not the only one."""
    if not rows:
        return
    if not alone:
        text.say(name)
    columns = sorted({column for row in rows.values() for column in row})
    for number in sorted(rows):
        row, last = rows[number], max(rows[number])
        text.row([row.get(column, "") for column in columns if column <= last])


# --- XLSX --------------------------------------------------------------------------------------------------------

_DATE_FORMATS = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])  # built in
_PERCENT_FORMATS = {9: 0, 10: 2}
_LITERAL = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.')  # parts of a number format that are not codes


def read_xlsx(raw: bytes, text: Text) -> None:
    """XLSX: the sheets a person sees, in their order."""
    package = Package(raw)
    workbook = package.tree(package.main())
    if workbook is None:
        raise Damaged("its main part is missing")
    targets = package.relations(package.main())
    listed = child(workbook, "sheets")
    sheets = list(listed if listed is not None else ())
    shown = [sheet for sheet in sheets if attribute(sheet, "state") in (None, "visible")]
    remark_hidden(len(sheets) - len(shown), text)
    cells = Cells(package, workbook)
    for sheet in shown:
        text.parts += 1
        root = package.tree(targets.get(attribute(sheet, "id") or "", ""))
        if root is not None:
            say(attribute(sheet, "name") or "", cells.rows(root), len(shown) == 1, text)


def remark_hidden(count: int, text: Text) -> None:
    if count:
        text.remarks.append(f"{count} hidden sheet{'s were' if count > 1 else ' was'} not read")


class Cells:
    """What the cells of a workbook show: shared strings, number formats, the day that dates count from."""

    def __init__(self, package: Package, workbook: etree._Element) -> None:
        strings = package.tree("xl/sharedStrings.xml")
        self.strings = [plain(entry) for entry in children(strings, "si")] if strings is not None else []
        self.formats = list(formats(package.tree("xl/styles.xml")))
        properties = child(workbook, "workbookPr")
        counts_from_1904 = properties is not None and attribute(properties, "date1904") in ("1", "true")
        self.epoch = datetime(1904, 1, 1) if counts_from_1904 else datetime(1899, 12, 30)
        self.left = CELLS

    def rows(self, sheet: etree._Element) -> dict[int, Row]:
        """Row number → cells that show something."""
        rows: dict[int, Row] = {}
        for number, row in enumerate(descendants(sheet, "row")):
            shown = {column(cell, place): self.shown(cell) for place, cell in enumerate(row.iterchildren("{*}c"))}
            cells = {place: said for place, said in shown.items() if said}
            self.left -= len(cells)
            if self.left < 0:
                raise TooBig(f"more than {CELLS:,} cells are filled")
            if cells:
                rows[number] = cells
        return rows

    def shown(self, cell: etree._Element) -> str:
        kind, content = cell.get("t") or "n", next(cell.iterchildren("{*}v"), None)
        if kind == "inlineStr":
            inline = child(cell, "is")
            return plain(inline) if inline is not None else ""
        written = (content.text or "") if content is not None else ""
        if kind == "s":
            return self.strings[int(written)] if written.isdigit() and int(written) < len(self.strings) else ""
        if kind == "b":
            return {"1": "TRUE", "0": "FALSE"}.get(written, "")
        return self.number(written, int(cell.get("s") or 0)) if kind == "n" and written else written

    def number(self, written: str, style: int) -> str:
        """A number in its cell's format, as far as it changes the meaning: dates and percentages."""
        form = self.formats[style] if 0 <= style < len(self.formats) else ""
        try:
            number = float(written)
        except ValueError:
            return written
        if not math.isfinite(number):
            return written
        if form == "date" and 0 <= number < 2_958_466:  # until 9999-12-31
            return moment(self.epoch + timedelta(seconds=round(number * 86_400)), number)
        if form.endswith("%"):
            return f"{number * 100:.{form[:-1]}f}%"
        return figure(number)


def plain(string: etree._Element) -> str:
    """A string without its phonetic reading (`rPh`)."""
    return "".join(part.text or "" for part in descendants(string, "t") if local(part.getparent()) != "rPh")


def column(cell: etree._Element, place: int) -> int:
    """The column of a cell, A is 0; a cell without reference stands where it stands."""
    letters = re.match(r"[A-Z]{1,3}", cell.get("r") or "")
    number = 0
    for letter in letters[0] if letters else "":
        number = number * 26 + ord(letter) - 64
    return number - 1 if letters else place


def formats(styles: etree._Element | None) -> Iterator[str]:
    """For each cell style: `date`, `1%` (a percentage with one decimal) or nothing."""
    if styles is None:
        return
    own = {attribute(form, "numFmtId"): attribute(form, "formatCode") or "" for form in descendants(styles, "numFmt")}
    crossed = child(styles, "cellXfs")
    for style in crossed if crossed is not None else ():
        number = attribute(style, "numFmtId") or "0"
        code = _LITERAL.sub("", own[number]).split(";")[0] if number in own else None
        built_in = int(number) if number.isdigit() and code is None else -1
        decimals = percent_decimals(built_in, code)
        is_date = built_in in _DATE_FORMATS or (code is not None and re.search(r"[ymdhs]", code, re.I))
        yield "date" if is_date else f"{decimals}%" if decimals is not None else ""


def figure(number: float) -> str:
    """1203, not 1203.0; 0.3, not 0.30000000000000004."""
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else f"{number:.15g}"


def moment(when: datetime, serial: float) -> str:
    """2024-03-12, with the time where there is one; 09:30:00 where there is no day."""
    if serial < 1 and serial:
        return when.time().isoformat()
    return when.date().isoformat() if when.time() == time(0) else when.isoformat(" ")


# --- XLS and ET --------------------------------------------------------------------------------------------------

_BEGIN, _FILE_PASSWORD, _SHEET, _FORMAT, _STYLE = 0x0809, 0x002F, 0x0085, 0x041E, 0x00E0  # BOF … BOUNDSHEET, XF
_FORMULA, _NUMBER, _RK, _MANY = 0x0006, 0x0203, 0x027E, 0x00BD  # the records of cells that hold numbers
_OTHERS = frozenset({0x0201, 0x0204, 0x0205, 0x00FD, 0x00D6, 0x00BE})  # blanks, labels, booleans


def read_xls(raw: bytes, text: Text) -> None:
    """XLS or ET, once `Biff` has seen that no sheet is larger than its text could be."""
    ole = open_ole(raw)
    biff = Biff(stream(ole, "Workbook") or stream(ole, "Book"))
    workbook = python_calamine.load_workbook(io.BytesIO(raw))
    kinds, seen = python_calamine.SheetTypeEnum, python_calamine.SheetVisibleEnum
    sheets = [(at, sheet) for at, sheet in enumerate(workbook.sheets_metadata) if sheet.typ == kinds.WorkSheet]
    shown = [(at, sheet) for at, sheet in sheets if sheet.visible == seen.Visible]
    remark_hidden(len(sheets) - len(shown), text)
    for at, sheet in shown:
        text.parts += 1
        percent = biff.percentages(at)
        cells = workbook.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
        rows = {
            number: {at: shown_value(cell, percent.get((number, at))) for at, cell in enumerate(row) if cell != ""}
            for number, row in enumerate(cells)
        }
        say(sheet.name, {number: row for number, row in rows.items() if row}, len(shown) == 1, text)


class Biff:
    """What calamine does not tell of a workbook ([MS-XLS]): how large its sheets are, before it makes them, and which
    cells are percentages."""

    def __init__(self, workbook: bytes) -> None:
        self.raw = workbook
        self.starts: list[int] = []  # of each sheet, in their order
        self.codes: dict[int, str] = {}  # own number formats; 8-bit or UTF-16, we only look for the percent sign
        self.styles: list[int] = []  # the number format of each style
        self.cells: dict[int, dict[tuple[int, int], int]] = {}  # sheet → row and column of a number → its style
        self.scan()

    def scan(self) -> None:
        """Walk the records. Raises where the workbook is encrypted, or a sheet's rectangle too large to be made."""
        at, start, bottom, right = 0, 0, 0, 0
        while at + 4 <= len(self.raw):
            kind, length = struct.unpack_from("<2H", self.raw, at)
            body = self.raw[at + 4 : at + 4 + length]
            if kind == _FILE_PASSWORD:
                raise Encrypted
            if kind == _BEGIN:
                start, bottom, right = at, 0, 0
            for row, place, style in cells_of(kind, body):
                bottom, right = max(bottom, row), max(right, place)
                if style is not None:
                    self.cells.setdefault(start, {})[row, place] = style
            if (bottom + 1) * (right + 1) > AREA:
                raise TooBig(f"a sheet spans {bottom + 1:,} rows and {right + 1:,} columns")
            self.note(kind, body)
            at += 4 + length

    def note(self, kind: int, body: bytes) -> None:
        if kind == _SHEET and len(body) >= 4:
            self.starts.append(struct.unpack_from("<I", body)[0])
        elif kind == _STYLE and len(body) >= 4:
            self.styles.append(struct.unpack_from("<H", body, 2)[0])
        elif kind == _FORMAT and len(body) > 5:
            self.codes[struct.unpack_from("<H", body)[0]] = body[5:].replace(b"\0", b"").decode("latin-1")

    def percentages(self, sheet: int) -> dict[tuple[int, int], int]:
        """Row and column → decimals, for the cells of a sheet that are shown as percentages."""
        decimals = [percent_decimals(number, self.codes.get(number)) for number in self.styles]
        cells = self.cells.get(self.starts[sheet], {}) if sheet < len(self.starts) else {}
        styles = ((place, decimals[style] if style < len(decimals) else None) for place, style in cells.items())
        return {place: shown for place, shown in styles if shown is not None}


def cells_of(kind: int, body: bytes) -> Iterator[tuple[int, int, int | None]]:
    """Row, column and, for numbers, style of the cells of one record."""
    if len(body) < 6:
        return
    row, place, style = struct.unpack_from("<3H", body)
    if kind in (_FORMULA, _NUMBER, _RK):
        yield row, place, style
    elif kind in _OTHERS:
        yield row, place, None
    elif kind == _MANY:  # row, first column, then 6 bytes for each cell
        for number in range((len(body) - 6) // 6):
            yield row, place + number, struct.unpack_from("<H", body, 4 + 6 * number)[0]


def percent_decimals(number: int, code: str | None) -> int | None:
    """`0.0%` has one decimal, `0.00` is no percentage."""
    if code is None:
        return _PERCENT_FORMATS.get(number)
    decimals = re.search(r"\.([0#]+)%", code)
    return (len(decimals[1]) if decimals else 0) if "%" in code else None


def shown_value(cell: object, decimals: int | None) -> str:
    """What calamine made of a cell, as in XLSX; `decimals` of a percentage."""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, int | float):
        return f"{cell * 100:.{decimals}f}%" if decimals is not None else figure(float(cell))
    if isinstance(cell, datetime):
        return moment(cell, 1)
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)
