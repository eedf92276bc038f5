"""Bytes become a page: what they are, how they are encoded and why, one tree however broken the markup."""

from __future__ import annotations

import random

import pytest

from pipelines import html
from tests.pages import response

CHINESE = "关于印发《政务公开工作要点》的通知，请认真贯彻执行。"
RARE = "朱镕基、陶喆"  # outside GB 2312, inside GBK


def marked(charset: str, text: str = CHINESE) -> str:
    return f'<html><head><meta charset="{charset}"></head><body><p>{text}</p></body></html>'


@pytest.mark.parametrize(
    ("raw", "encoding", "reason"),
    [
        (marked("gb2312").encode("utf-8-sig"), "utf-8", "bom"),
        (marked("utf-8").encode("utf-16"), "utf-16-le", "bom"),
        (marked("utf-8").encode("utf-16-be"), "utf-16-be", "every second byte is zero"),
        (marked("utf-8").encode(), "utf-8", "valid utf-8"),
        (marked("gb2312").encode(), "utf-8", "valid utf-8"),  # the meta lies
        (b"<html><body>ok</body></html>", "utf-8", "ascii"),
        (marked("gb2312", RARE * 4).encode("gbk"), "gb18030", "declared"),
        (marked("utf-8").encode("gbk"), "gb18030", "no valid utf-8, valid gb18030"),  # the meta lies the other way
        (f"<p>{CHINESE}</p>".encode("gbk"), "gb18030", "no valid utf-8, valid gb18030"),
        (
            marked("big5", "關於印發政務公開工作要點的通知，請認真貫徹執行。" * 3).encode("big5"),
            "big5hkscs",
            "declared",
        ),
        (marked("gb2312", "联通").encode("gbk"), "gb18030", "declared"),  # also valid UTF-8, by chance
    ],
)
def test_the_encoding_and_its_reason(raw: bytes, encoding: str, reason: str) -> None:
    page = html.parse(response(raw))
    assert (page.encoding, page.encoding_reason) == (encoding, reason)
    assert "\ufffd" not in page.text


def test_the_header_counts_less_than_the_page() -> None:
    page = html.parse(response(marked("gbk").encode("gbk"), headers={"Content-Type": "text/html; charset=utf-8"}))
    assert page.encoding == "gb18030"
    assert CHINESE in page.text


def test_a_character_cut_in_two_does_not_change_the_encoding() -> None:
    for text, encoding in ((marked("utf-8").encode(), "utf-8"), (marked("gbk").encode("gbk"), "gb18030")):
        start = text.index(b"<p>")
        found = {html.parse(response(text[:cut])).encoding for cut in range(start + 9, start + 25)}
        assert found == {encoding}


def test_a_page_in_two_encodings_is_read_piece_by_piece() -> None:
    raw = f"<html><meta charset=utf-8><body><p>{CHINESE}</p>".encode() * 3 + f"<div>{RARE}版权所有</div>".encode("gbk")
    page = html.parse(response(raw))
    assert page.encoding_reason == "mixed utf-8 and gb18030"
    assert CHINESE in page.text
    assert RARE in page.text


def test_nuls_and_control_characters_are_taken_out() -> None:
    page = html.parse(response(f"<p>政\x00务\x0b公\x1f开{CHINESE}</p>".encode()))
    assert "政务公开" in page.text


@pytest.mark.parametrize(
    "text",
    [
        CHINESE.encode().decode("gb18030", "ignore"),  # UTF-8 taken for GBK: 鍏充簬
        CHINESE.encode().decode("cp1252", "ignore"),  # UTF-8 taken for Latin-1: å…³äºŽ
        CHINESE.encode("gbk").decode("latin-1"),
        "锟斤拷" * 30,
        "\ufffd" * 30 + "公开",
    ],
)
def test_mojibake_is_noticed(text: str) -> None:
    assert html.garbled(text)


def test_right_text_is_not_taken_for_mojibake() -> None:
    for text in (
        CHINESE,
        RARE * 10,
        "GB 44721—2026《智能网联汽车》（α、β、γ）№１２３" * 5,
        "ٹەن شىنجاڭ" + CHINESE * 9,
        "OK",
    ):
        assert not html.garbled(text)


@pytest.mark.parametrize(
    ("raw", "media_type"),
    [
        (b"%PDF-1.7 ...", "application/pdf"),
        (b"\xef\xbb\xbf\r\n%PDF-1.7", "application/pdf"),
        (b"PK\x03\x04rest", "application/zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (random.Random(7).randbytes(2000), "application/octet-stream"),
        (b"\xff\xfe" + "<p>丁丂丆丈</p>".encode("utf-16-le") * 200, "text/html"),  # 01 4E 02 4E … are no control bytes
        (b"\xfe\xff" + "<p>Ё丂丆丈</p>".encode("utf-16-be") * 200, "text/html"),
        (b'{"data": [1]}', "application/json"),
        (b'cb({"data": [1]});', "application/json"),
        (b'{"title": "line\nbreak"}', "application/json"),  # raw newline inside a string: WAS docs.jsp
        (b"<?xml version='1.0'?><datastore/>", "application/xml"),
        (b"<p>x</p>", "text/html"),
        (CHINESE.encode(), "text/plain"),
    ],
)
def test_the_bytes_say_what_they_are(raw: bytes, media_type: str) -> None:
    header = {"Content-Type": "application/msword"}  # what the server says does not matter
    assert html.parse(response(raw, headers=header)).media_type == media_type


@pytest.mark.parametrize("depth", [100, 1_900, 3_000, 200_000])
def test_nesting_does_not_lose_text(depth: int) -> None:
    page = html.parse(response(f"<html><title>标题</title><body>{'<div>' * depth}正文在此{'</div>' * depth}"))
    assert page.tree is not None
    assert "正文在此" in "".join(page.tree.itertext())
    assert "标题" in "".join(page.tree.itertext("title"))
    assert bool(page.notes) is (depth > 2_048)


def test_pictures_inlined_as_text_do_not_count_as_size() -> None:
    raw = b'<img src="data:image/png;base64,' + b"QUJD" * 2_000_000 + b'">' + marked("utf-8").encode()
    page = html.parse(response(raw))
    assert CHINESE in page.text
    assert not page.notes


def test_what_was_cut_off_is_said() -> None:
    page = html.parse(response(f"<p>{CHINESE * 500}</p>" * 200))
    assert page.notes == ("only the first 4 MB of 8 MB were read",)


def test_a_page_of_too_many_tags_is_cut() -> None:
    page = html.parse(response(f"<p>{CHINESE}</p>" * 40_001))
    assert page.notes[0].startswith("only the first 80,000 tags were read")


def test_a_tag_of_too_many_attributes_is_cut_and_what_follows_is_read() -> None:
    many = "".join(f' a{n}="<>"' for n in range(2_000))
    page = html.parse(response(f"<body><p class=first{many}>{CHINESE}</p><script>if(i<a{many}) x</script><p>完</p>"))
    assert page.tree is not None
    assert [p.get("class") for p in page.tree.iter("p")] == ["first", None]
    assert "".join(page.tree.itertext("p")) == CHINESE + "完"
    assert page.notes == ("only the first attributes were read of 1 tags that have more than 1,000",)
