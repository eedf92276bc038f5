"""Our CSV in a real spreadsheet: LibreOffice, where there is one, runs no cell of it and changes no text."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest
from lxml import etree

from archive.export import fields, write_csv

OFFICE = shutil.which("soffice")
RUN = ("=cmd|' /C calc'!A0", '=HYPERLINK("http://x.cn","y")', "=1+1;2")  # what it would run if nobody guarded it
TEXTS = (
    *RUN, "+1+1", "-2+3", "@SUM(1+1)", "\t=1+1", "\r=1+1", "\n=1+1", "＝1+1", "＋1+1", "－2+3", "＠SUM(1+1)",
    "'=1+1", " =1+1", "\u3000=1+1", "\u200b=1+1", "，=1+1", "{=1+1}", '"=1+1"', ";=1", "|=1", '他说"好"', "''引号",
    "第一行\n第二行\r\n=第三行", "表格\t一\t二", "- 一、总则", "000014349/2020-00012", "国办发〔2019〕60号", "𠮷田㐂",
)  # fmt: skip
UTF8 = "CSV:44,34,76"  # comma, quote, UTF-8
NS = {name: f"{{urn:oasis:names:tc:opendocument:xmlns:{name}:1.0}}" for name in ("table", "text", "office")}

pytestmark = pytest.mark.skipif(OFFICE is None, reason="no LibreOffice (soffice) here; Debian: libreoffice-calc")


class Cell(NamedTuple):
    formula: str | None
    kind: str | None
    text: str


def opened(folder: Path, raw: bool) -> list[list[Cell]]:
    """The cells of an export after LibreOffice has opened it and saved it as its own."""
    out = io.BytesIO()
    rows = [{"title": text, "text": f"{text}，正文"} for text in TEXTS]
    write_csv(out, rows, fields("title,text"), raw=raw)
    (folder / "x.csv").write_bytes(out.getvalue())
    command = [str(OFFICE), "--headless", "--norestore", f"-env:UserInstallation={(folder / 'profile').as_uri()}",
               f"--infilter={UTF8}", "--convert-to", "ods", "--outdir", str(folder), str(folder / "x.csv")]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    with zipfile.ZipFile(folder / "x.ods") as package:
        sheet = etree.fromstring(package.read("content.xml"))
    return [list(map(cell, row.findall(f"{NS['table']}table-cell"))) for row in sheet.iter(f"{NS['table']}table-row")]


def cell(element: etree._Element) -> Cell:
    lines = ["".join(shown(line)) for line in element.findall(f"{NS['text']}p")]
    return Cell(element.get(f"{NS['table']}formula"), element.get(f"{NS['office']}value-type"), "\n".join(lines))


def shown(line: etree._Element) -> list[str]:
    signs = {f"{NS['text']}tab": "\t", f"{NS['text']}line-break": "\n"}
    parts = [line.text or ""]
    for part in line:
        blanks = " " * int(part.get(f"{NS['text']}c", 1)) if part.tag == f"{NS['text']}s" else ""
        parts += [signs.get(part.tag, blanks), *shown(part), part.tail or ""]
    return parts


def in_lines(text: str) -> str:
    """As a spreadsheet has line breaks."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def test_a_spreadsheet_runs_nothing_and_changes_no_text(tmp_path: Path) -> None:
    header, *found = opened(tmp_path, raw=False)
    assert [one.text for one in header] == ["title", "text"]
    assert [one for row in found for one in row if one.formula or one.kind != "string"] == []
    for text, row in zip(TEXTS, found, strict=True):
        guarded, whole = (one.text.removeprefix("'") if text[:1] != "'" else one.text for one in row)
        assert (guarded, whole) == (in_lines(text), in_lines(f"{text}，正文"))


def test_without_the_guard_it_would(tmp_path: Path) -> None:
    """So the test above can fail."""
    found = {text: row[0].formula for text, row in zip(TEXTS, opened(tmp_path, raw=True)[1:], strict=True)}
    assert {text for text, formula in found.items() if formula} >= set(RUN)
