"""Bad input: always a kind and a reason, never an exception or 300 MB. How long it takes:
benchmarks/hostile_pages.py."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines import extract
from tests.pages import TITLE, article, page, paragraphs, response

LINE = "各县（区）人民政府，市政府各部门：请认真抓好落实。"
GOOD = page(article('<div id="zoom">'), f'<meta name="ArticleTitle" content="{TITLE}">')

# name → (the page, the kinds it may have)
HOSTILE: dict[str, tuple[bytes, set[str]]] = {
    "empty": (b"", {"unreadable"}),
    "one byte": (b"<", {"unreadable"}),
    "one letter": (b"a", {"unreadable"}),
    "spaces": (b" " * 30_000_000, {"unreadable"}),
    "NULs": (b"\0" * 1_000, {"unreadable"}),
    "random": (random.Random(1).randbytes(30_000_000), {"unreadable"}),
    "30 MB of paragraphs": (f"<body><h1>{TITLE}</h1>".encode() + f"<p>{LINE}</p>".encode() * 380_000, {"document"}),
    "30 MB in GBK": (b"<meta charset=gbk><body>" + f"<p>{LINE}</p>".encode("gbk") * 500_000, {"document"}),
    "30 MB of one picture": (
        b'<img src="data:image/png;base64,' + b"QUJD" * 7_000_000 + b'">' + GOOD.encode(),
        {"document"},
    ),
    "200,000 nested": (b"<body>" + b"<div>" * 200_000 + LINE.encode() * 9, {"document"}),
    "200,000 nested and closed": (
        b"<body>" + b"<div>" * 200_000 + LINE.encode() * 9 + b"</div>" * 200_000,
        {"document"},
    ),
    "200,000 nested tables": (b"<body>" + b"<table><tr><td>" * 200_000 + LINE.encode() * 9, {"document"}),
    "1,900 nested bodies": (
        b"<body>" + f'<div id="zoom" class="share">{LINE}'.encode() * 1_900,
        {"document", "unreadable"},
    ),
    "1,900 nested hidden": (
        b"<body>" + f'<div style="display:none">{LINE}'.encode() * 1_900,
        {"unreadable", "document"},
    ),
    "1,900 nested bold": (b"<body>" + b"<b><i>" * 950 + f"<p>{LINE}".encode() * 950, {"document"}),
    "a table of 100,000 rows": (
        b"<table>" + "<tr><td>政</td><td>务，公开。</td></tr>".encode() * 100_000,
        {"document"},
    ),
    "60,000 rows of links": (
        b"<ul>" + '<li><a href="/a/1.html">关于某某事项的通知</a>2020-01-01</li>'.encode() * 60_000,
        {"listing"},
    ),
    "one line of 5 MB": (f"<html><body><p>{LINE * 70_000}".encode(), {"document"}),
    "plain text of 5 MB": ((LINE * 70_000).encode(), {"document"}),
    "500,000 attributes": (b"<body " + b'a="1" ' * 500_000 + b">x", {"unreadable"}),
    "200,000 names of attributes": (
        b"<body><p" + b"".join(b" a%d=1" % n for n in range(200_000)) + f">{LINE * 9}".encode(),
        {"document", "unreadable"},
    ),
    "200,000 names, no spaces": (
        b"<body><script" + b"".join(b'/a%d=">"' % n for n in range(200_000)) + f"></script>{LINE * 9}".encode(),
        {"document", "unreadable"},
    ),
    "1,000 tags of 900 names": (
        b"<body>" + b"".join((b"<p" + b"".join(b" a%d" % n for n in range(900)) + b">x") for _ in range(700)),
        {"document", "unreadable"},
    ),
    "open quotes in tags": (b"<p a=\"<p a='" * 300_000, {"unreadable"}),
    "open tags": (b"<p a=" * 300_000, {"unreadable"}),
    "open comments": (b"<!--" * 500_000, {"unreadable"}),
    "angle brackets": (b"<" * 1_000_000, {"unreadable"}),
    "ampersands": (b"&" * 2_000_000, {"unreadable"}),
    "character references": (b"<p>" + b"&#x4e2d;" * 400_000, {"document", "unreadable"}),
    "brackets": (("<p>" + "【（" * 300_000).encode(), {"unreadable", "document"}),
    "buttons": ("<p>【打印】【关闭】大 中 小 字体</p>".encode() * 20_000, {"unreadable", "document"}),
    "open quotes in a script": (b"<script>" + b'var fj="' * 300_000, {"unreadable"}),
    "30,000 headings": ("<h2>关于印发通知的通知</h2>".encode() * 30_000, {"unreadable", "document"}),
    "a title of 1 MB": (f"<title>{'通知' * 170_000}</title><p>{LINE}".encode(), {"document", "unreadable"}),
    "HTML called PDF": (GOOD.encode(), {"document"}),
    "PDF called HTML": (b"%PDF-1.7\n" + b"x" * 1_000, {"unreadable"}),
    "JSON": (b'{"code": 0}', {"unreadable"}),
    "JSON nested 200,000": (b"[" * 200_000, {"unreadable"}),
    "XML with entities": (
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "lol"><!ENTITY c "'
        + b"&b;" * 999
        + b'">]><a>'
        + b"&c;" * 999
        + b"</a>",
        {"unreadable"},
    ),
    "HTML with a file entity": (
        b'<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]><html><body>' + f"<p>&x;{LINE}</p>".encode() * 9,
        {"document"},
    ),
    "broken URLs": (
        f'<base href="http://[x"><a href="http://[::1">a.doc</a><img src="http://[">{GOOD}'.encode(),
        {"document"},
    ),
    "surrogates": (f"<p>&#xD800;&#xDFFF;{LINE}</p>".encode() * 9 + b"\xed\xa0\x80", {"document"}),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pages_have_a_kind_and_a_reason(name: str) -> None:
    raw, kinds = HOSTILE[name]
    header = {"Content-Type": "application/pdf"} if name == "HTML called PDF" else {}
    reading = extract(response(raw, headers=header))
    assert reading.kind in kinds, reading.problem
    assert reading.problem or reading.document or reading.kind == "listing"
    assert "root:" not in (reading.document.text if reading.document else "")


def test_no_hostile_page_needs_300_mb() -> None:
    """In a process of its own, for the peak is the process's; its own imports and the page count."""
    code = (
        "import resource\nfrom tests.test_hostile_pages import HOSTILE, extract, response\n"
        "base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "for raw, _ in HOSTILE.values():\n    if len(raw) > 2_000_000: extract(response(raw))\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base) // 1024)"
    )
    peak = int(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
    assert peak < 300


@pytest.mark.parametrize("tenth", range(10))
def test_a_page_cut_anywhere_is_read_or_refused(tenth: int) -> None:
    for raw in (GOOD.encode(), GOOD.replace("utf-8", "gbk").encode("gbk")):
        reading = extract(response(raw[: len(raw) * tenth // 10]))
        assert not (reading.problem or "").startswith("the extractor failed")
        assert reading.document is None or "\ufffd" not in reading.document.text


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=600), st.integers(0, len(GOOD.encode())))
def test_random_bytes_anywhere_in_a_page(noise: bytes, at: int) -> None:
    good = GOOD.encode()
    for raw in (noise, good[:at] + noise + good[at:]):
        reading = extract(response(raw))
        assert not (reading.problem or "").startswith("the extractor failed")


MARKUP = "<div |<p>|</p>|<table>|<tr>|<td>|<a href='|<br>|<b>|</div>|<!--|-->|<script>|</script>"
NAMES = "id='zoom' |class='TRS_Editor' |style='display:none' "
WORDS = "附件|发布时间：2020-12-18|索引号：|来源：|2020-01-01|.pdf|\x00|<|>|&|\"|'|/|=| |\n"
TOKENS = st.sampled_from([*MARKUP.split("|"), *NAMES.split("|"), *WORDS.split("|"), TITLE, LINE])


@settings(max_examples=150, deadline=None)
@given(st.lists(TOKENS, max_size=120))
def test_random_markup(tokens: list[str]) -> None:
    reading = extract(response("".join(tokens)))
    assert not (reading.problem or "").startswith("the extractor failed")
    assert reading.problem or reading.kind in ("document", "listing")


def test_a_failure_inside_becomes_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.body.read", lambda *_: 1 / 0)
    reading = extract(response(page(paragraphs())))
    assert reading.kind == "unreadable"
    assert "ZeroDivisionError" in (reading.problem or "")
