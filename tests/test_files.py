"""Text of attachments: every format to the letter, names as people see them, and files made to break their reader."""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.child import Child, read_in_child
from pipelines.filenames import display_name, from_disposition, suffix
from pipelines.files import MEDIA_TYPES, FileText, text_of
from pipelines.formats import LIMIT, Member, tidy
from tests import fake_files
from tests.hostile_files import HOSTILE, docx, ofd, scan, xlsx, zipped

GOLDEN = Path(__file__).parent / "golden_files"
TEXT = "临江县人民政府办公室\n临政办发〔2024〕17号\n联系人：朱镕、郭喆，𠮷田㐂"


def golden(name: str) -> bytes:
    raw = (GOLDEN / name).read_bytes()
    return gzip.decompress(raw) if name.endswith(".gz") else raw


# --- formats -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kind", "parts"),
    [
        ("notice.doc", "doc", 0),
        ("notice.docx", "docx", 0),
        ("notice.rtf", "rtf", 0),
        ("notice.pdf", "pdf", 1),
        ("table.xls", "xls", 2),
        ("table.xlsx", "xlsx", 2),
        ("slides.ppt.gz", "ppt", 2),
        ("slides.pptx", "pptx", 2),
    ],
)
def test_files_of_an_office_program_to_the_letter(name: str, kind: str, parts: int) -> None:
    """Made by LibreOffice; the expected texts were read by eye."""
    name, raw = name.removesuffix(".gz"), golden(name)
    found = text_of(raw, name)
    assert (found.kind, found.status, found.parts) == (kind, "ok", parts)
    assert found.text == (GOLDEN / f"{name}.txt").read_text("utf-8").rstrip("\n")
    assert read_in_child(raw, name) == found


@pytest.mark.parametrize("kind", fake_files.FORMATS)
def test_minimal_files_to_the_letter(kind: str) -> None:
    assert text_of(fake_files.make(f"附件.{kind}", TEXT), f"附件.{kind}") == FileText(
        kind, f"附件.{kind}", "ok", TEXT, int(kind == "pdf")
    )


@pytest.mark.parametrize("name", ["附件.wps", "附件.pdf", "附件", None])
def test_the_bytes_decide_not_the_name(name: str | None) -> None:
    assert text_of(fake_files.doc(TEXT), name, "application/pdf").kind == "doc"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_plain_text_in_any_encoding(encoding: str) -> None:
    found = text_of(TEXT.encode(encoding), "说明.txt")
    assert (found.kind, found.status, found.text) == ("txt", "ok", TEXT)


def test_word_counts_its_headings_and_restarts_them() -> None:
    level = '<w:lvl w:ilvl="{}"><w:start w:val="1"/><w:numFmt w:val="{}"/><w:lvlText w:val="{}"/></w:lvl>'
    levels = level.format(0, "chineseCounting", "第%1条") + level.format(1, "decimalEnclosedCircle", "%2")
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    numbering = (
        f'<w:numbering {space}><w:abstractNum w:abstractNumId="7">{levels}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="7"/>'
        '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num></w:numbering>'
    )

    def paragraph(number: int, depth: int, text: str) -> str:
        place = f'<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{number}"/></w:numPr>'
        return f"<w:p><w:pPr>{place}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"

    places = [(1, 0, "甲"), (1, 1, "乙"), (1, 1, "丙"), (1, 0, "丁"), (1, 1, "戊"), (2, 0, "己")]
    body = "".join(paragraph(*place) for place in places)
    raw = zipped(
        {
            "word/document.xml": f"<w:document {space}><w:body>{body}</w:body></w:document>",
            "word/numbering.xml": numbering,
        }
    )
    assert text_of(raw).text.split("\n") == ["第一条甲", "①乙", "②丙", "第二条丁", "①戊", "第一条己"]


def test_word_says_a_text_box_once_and_nothing_deleted() -> None:
    box = "<w:txbxContent><w:p><w:r><w:t>红头</w:t></w:r></w:p></w:txbxContent>"
    body = (
        f"<w:p><w:r><w:t>正文</w:t></w:r><w:r><a><Choice>{box}</Choice><Fallback>{box}</Fallback></a></w:r></w:p>"
        "<w:p><w:del><w:r><w:delText>删去</w:delText></w:r></w:del><w:r><w:rPr><w:vanish/></w:rPr><w:t>隐藏</w:t></w:r>"
        "<w:r><w:instrText>PAGE</w:instrText><w:t>3</w:t></w:r></w:p>"
    )
    assert text_of(docx(body)).text == "正文\n红头\n3"


def test_office_365_calls_its_main_part_document2() -> None:
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    relation = f'<Relationship Id="a" Type="{kind}" Target="word/document2.xml"/>'
    body = "<w:body><w:p><w:r><w:t>甲</w:t></w:r></w:p></w:body>"
    parts = {"_rels/.rels": f"<Relationships>{relation}</Relationships>"}
    raw = zipped(parts | {"word/document2.xml": f"<w:document {space}>{body}</w:document>"})
    assert (text_of(raw).kind, text_of(raw).text) == ("docx", "甲")


def test_ofd_lines_by_their_place() -> None:
    found = text_of(
        ofd(("60 20 90 6", "第二列"), ("10 20 20 6", "第一"), ("18 20 20 6", "列"), ("10 10 90 6", "标题")), "a.ofd"
    )
    assert (found.kind, found.status, found.parts, found.text) == ("ofd", "ok", 1, "标题\n第一列 第二列")


def test_numbers_of_a_sheet_as_people_see_them() -> None:
    rows = "<row><c><v>0.30000000000000004</v></c><c><v>1203</v></c><c t='b'><v>1</v></c><c t='e'><v>#N/A</v></c></row>"
    assert text_of(xlsx(rows)).text == "0.3\t1203\tTRUE\t#N/A"


def test_word_saves_web_pages_as_doc() -> None:
    table = "<table><tr><td>乡镇</td><td>卷数</td></tr></table><p>朱镕</p>"
    page = f"<html xmlns:o='urn:schemas-microsoft-com:office:office'>{table}"
    found = text_of(page.encode("gb18030"), "表.doc")
    assert (found.kind, found.status, found.text) == ("html", "ok", "乡镇\t卷数\n朱镕")


def test_a_web_archive_called_doc() -> None:
    head = "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n"
    page = f"{head}--b\r\nContent-Type: text/html\r\n\r\n<p>甲</p>\r\n--b--"
    assert text_of(page.encode(), "a.doc").text == "甲"


def test_an_error_page_is_no_file() -> None:
    page = "<html><title>404</title><body>您访问的文件不存在</body></html>".encode()
    assert text_of(page, "年报.pdf").status == "is_html"
    assert text_of(page, None, "application/pdf;charset=utf-8").status == "is_html"
    assert text_of(page, "年报.doc") == FileText(
        "html", "年报.doc", "is_html", problem="the server sent a short web page instead of a .doc file"
    )


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (golden("locked.pdf"), "encrypted"),
        (scan(), "needs_ocr"),
        (b"\xff\xd8\xff" + bytes(50), "needs_ocr"),
        (b"", "empty"),
        (docx("<w:p/>"), "empty"),
        (golden("notice.docx")[:5000], "damaged"),
        (b"7z\xbc\xaf\x27\x1c", "unsupported"),
    ],
)
def test_every_end_has_a_status_and_a_sentence(raw: bytes, status: str) -> None:
    found = text_of(raw, "附件")
    assert found.status == status
    assert found.problem
    assert found.kind in MEDIA_TYPES


def test_long_texts_are_cut_and_say_so() -> None:
    found = text_of("甲".encode() * (LIMIT + 5), "a.txt")
    assert (found.status, len(found.text), found.problem) == (
        "ok",
        LIMIT,
        "only the first 1,000,000 characters were read",
    )


def test_text_in_a_wrong_encoding_is_not_kept() -> None:
    mojibake = "".join(f"<w:p><w:r><w:t>{'ÁÙ½­ÏØÕþ¸®'}</w:t></w:r></w:p>" for _ in range(5))
    found = text_of(docx(mojibake), "a.docx")
    assert (found.status, found.text) == ("damaged", "")


def test_radicals_of_fonts_become_characters() -> None:
    assert tidy("⼯作\u200b⻔户 \xa0 网") == "工作门户 网"


# --- bundles -----------------------------------------------------------------------------------------------------


def test_a_zip_is_listed_and_read_one_level_deep() -> None:
    raw = zipped(
        {"附件1.doc": fake_files.doc(TEXT), "照片.jpg": b"\xff\xd8\xff" + bytes(9), "b.zip": zipped({"c.txt": "乙"})}
    )
    found = text_of(raw, "附件.zip")
    assert found.members == (
        Member("附件1.doc", len(fake_files.doc(TEXT)), "doc", "ok"),
        Member("照片.jpg", 12, "image", "needs_ocr"),
        Member("b.zip", len(zipped({"c.txt": "乙"})), "zip", "unsupported"),
    )
    assert (found.status, found.text) == ("ok", f"附件1.doc\n{TEXT}")


def test_names_of_chinese_windows_in_a_zip() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        made.writestr("AAAAAAAA.txt", "甲")
    raw = target.getvalue().replace(b"AAAAAAAA", "情况说明".encode("gb18030"))
    assert [member.name for member in text_of(raw).members] == ["情况说明.txt"]


def test_rar_files_are_listed() -> None:
    name = "情况.doc".encode("gb18030")
    header = (
        b"\0\0\x74\0\x80"
        + (32 + len(name)).to_bytes(2, "little")
        + (9).to_bytes(4, "little")
        + (77).to_bytes(4, "little")
    )
    rar4 = b"Rar!\x1a\x07\x00" + header + bytes(11) + len(name).to_bytes(2, "little") + bytes(4) + name + bytes(9)
    name5 = "表.xls".encode()
    body = bytes([2, 0, 0, 50, 0, 0, 0, len(name5)]) + name5
    rar5 = b"Rar!\x1a\x07\x01\x00" + bytes(4) + bytes([len(body)]) + body
    assert text_of(rar4).members == (Member("情况.doc", 77),)
    assert text_of(rar5).members == (Member("表.xls", 50),)
    assert text_of(rar5).status == "unsupported"


# --- names -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (b"attachment; filename*=UTF-8''%E9%99%84%E4%BB%B6.doc", "附件.doc"),
        (b"attachment; filename=old.doc; filename*=utf-8''%E9%99%84.doc", "附.doc"),
        (b"attachment; filename*=GBK''%B8%BD%BC%FE.doc", "附件.doc"),
        (b"attachment; filename*=UTF-8''%B8%BD%BC%FE.doc", "附件.doc"),
        ('attachment; filename="附件.doc"'.encode("gbk"), "附件.doc"),
        ('attachment; filename="附件 1.doc"'.encode(), "附件 1.doc"),
        (b"attachment;filename=%E9%99%84%E4%BB%B6.doc;size=3", "附件.doc"),
        (b"attachment; filename=%B8%BD%BC%FE.doc", "附件.doc"),
        (b'attachment; filename="=?UTF-8?B?6ZmE5Lu2LmRvYw==?="', "附件.doc"),
        (b"attachment; filename==?GBK?B?uL28i?=", "=_GBK_B_uL28i_="),
        (rb'attachment; filename="C:\upload\fj.doc"', "fj.doc"),
        (rb'attachment; filename="a\"b.doc"', "a_b.doc"),
        (b'attachment; filename="../../etc/passwd"', "passwd"),
        (b"inline", None),
        (b'attachment; filename=""', None),
    ],
)
def test_names_in_headers(header: bytes, name: str | None) -> None:
    assert from_disposition(header) == name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("附件1：情况表.xls", "附件1：情况表.xls"),
        ("a/b\\c.doc", "c.doc"),
        ("CON.txt", "_CON.txt"),
        ("..", "附件"),
        ("\u202egpj.exe\x00", "gpj.exe"),
        ("甲" * 100 + ".docx", "甲" * 65 + ".docx"),
        ("表?.doc ", "表_.doc"),
    ],
)
def test_names_as_people_see_them(name: str, shown: str) -> None:
    assert display_name(name) == shown


@settings(max_examples=500)
@given(st.text(max_size=300))
@example("con" + "." + "x" * 250)
@example("甲" * 66 + " .doc")
def test_every_name_is_safe_and_stays_as_it_is(name: str) -> None:
    shown = display_name(name)
    assert shown
    assert len(shown.encode()) <= 200
    assert not set(shown) & set('/\\:*?"<>|\0\n')
    assert shown not in (".", "..")
    assert display_name(shown) == shown


@given(st.text("附件政府信息表12（）一—·AbC", min_size=1, max_size=30), st.sampled_from(["doc", "xlsx", "PDF"]))
def test_good_names_are_kept(stem: str, ending: str) -> None:
    assert display_name(f"{stem}.{ending}") == f"{stem}.{ending}"
    assert suffix(f"{stem}.{ending}") == ending.lower()


@given(st.binary(max_size=200))
def test_any_header_is_read(header: bytes) -> None:
    name = from_disposition(b"attachment; filename=" + header)
    assert name is None or display_name(name) == name


@pytest.mark.parametrize(
    ("raw", "name", "what"),
    [
        (zipped({"word/document.xml": "<w/>", "word/vbaProject.bin": b"x"}), "a.docm", "macros"),
        (golden("notice.doc") + "_VBA_PROJECT".encode("utf-16-le"), "a.doc", "macros"),
        (golden("notice.pdf") + b"<< /S /JavaScript /JS (app.alert(1)) >>", "a.pdf", "scripts"),
        (golden("notice.pdf") + b"<< /S /Launch >>", "a.pdf", "commands"),
        (golden("notice.pdf"), "a.pdf", None),
        (golden("notice.docx"), "a.docx", None),
    ],
    ids=["docm", "doc", "pdf script", "pdf launch", "pdf", "docx"],
)
def test_what_could_run_is_told_and_read_all_the_same(raw: bytes, name: str, what: str | None) -> None:
    found = text_of(raw, name)
    assert (f"it holds {what}" in (found.problem or "")) == (what is not None)
    assert what is None or name == "a.docm" or found.status == "ok"


# --- the child ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    one = Child()
    yield one
    one.close()


def resident() -> int:
    """This process's memory in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="measures memory by /proc")
@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_files_are_contained(what: str, child: Child) -> None:
    make, name, status = HOSTILE[what]
    raw = make()
    before = resident()
    found = child.read(raw, name)
    assert resident() - before < 20_000_000
    assert status in ("any", found.status), found
    assert found.problem or found.status == "ok"


@pytest.mark.parametrize("name", sorted(path.name for path in GOLDEN.iterdir() if path.suffix not in (".txt", ".json")))
def test_files_cut_at_each_tenth_end_with_a_status(name: str, child: Child) -> None:
    raw = golden(name)
    for tenth in range(1, 10):
        found = child.read(raw[: len(raw) * tenth // 10], name)
        assert found.problem or found.text


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(
        [
            b"",
            b"%PDF-1.4\n",
            b"PK\x03\x04",
            b"{\\rtf1 ",
            b"Rar!\x1a\x07\x00",
            b"Rar!\x1a\x07\x01\x00",
            b"<html>",
            b"II*\x00",
        ]
    ),
    st.binary(max_size=2000),
)
def test_any_bytes_end_with_a_status(first: bytes, rest: bytes) -> None:
    found = text_of(first + rest, "附件.doc")
    assert found.kind in MEDIA_TYPES
    assert found.problem or found.text


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["notice.doc", "table.xls", "slides.ppt.gz"]),
    st.lists(st.tuples(st.integers(512, 13_000), st.integers(0, 255)), min_size=1, max_size=20),
)
def test_containers_with_changed_bytes_end_with_a_status(name: str, changes: list[tuple[int, int]]) -> None:
    raw = bytearray(golden(name))
    for at, value in changes:
        raw[at % len(raw)] = value
    found = read_in_child(bytes(raw), name)
    assert found.problem or found.text


def test_a_panic_of_a_reader_is_damage() -> None:
    """Calamine is written in Rust: what it raises then is no `Exception`. Found by benchmarks.fuzz."""
    raw = bytearray(golden("table.xls"))
    raw[1616] = 85
    found = text_of(bytes(raw), "table.xls")
    assert (found.status, found.problem) == ("damaged", "it cannot be read to its end (PanicException)")


def test_a_reader_that_takes_too_long_is_stopped() -> None:
    slow = Child(wall=0.01)  # less than a child needs to start
    found = slow.read(fake_files.doc(TEXT), "a.doc")
    assert (found.status, found.problem) == ("timeout", "reading it takes more than 0.01 s")
    slow.wall = 30
    assert slow.read(fake_files.doc(TEXT), "a.doc").text == TEXT
    slow.close()


def test_a_child_that_died_is_replaced() -> None:
    one = Child()
    assert one.read(fake_files.doc(TEXT)).status == "ok"
    assert one.running is not None
    one.running.kill()
    one.running.wait()
    assert one.read(fake_files.doc(TEXT)).status == "ok"
    one.close()


def test_the_child_can_open_no_file_and_no_socket() -> None:
    """What a broken reader could do: in a process of our own, confined in the same way."""
    script = """
import os, socket, sys
from pipelines.child import confine
confine()
for attempt in (lambda: open("/etc/hostname"), lambda: socket.socket(), lambda: os.dup(1), lambda: os.pipe()):
    try:
        attempt()
    except OSError:
        sys.stdout.write("refused ")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "refused refused refused refused "


def test_a_file_that_is_too_large_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.child.RAW", 10)
    assert Child().read(b"%PDF-" + bytes(10), "a.pdf") == FileText(
        "pdf", "a.pdf", "too_big", problem="it has more than 0 MB"
    )
