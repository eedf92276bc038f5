"""Small things to archive: one site, documents by number, and the calls that put them there."""

from __future__ import annotations

from typing import Any

from archive.database import Archive
from archive.records import (
    Attachment,
    Capture,
    Channel,
    Document,
    Entry,
    Evidence,
    Index,
    Reading,
    Rival,
    Site,
    Stored,
)
from archive.warc import payload_hash
from pipelines.dedupe import hashes

CHANNEL = Channel("a", "bg", "http://a.gov.cn/bg/", "年度报告")
SITE = Site("a", "甲县人民政府", "http://a.gov.cn/", "html", (CHANNEL,), region="某省某市甲县", code="110101")


def url(number: int) -> str:
    return f"http://a.gov.cn/bg/{number}.htm"


def entry(number: int, **changes: Any) -> Entry:
    return Entry(**{"title": f"第{number}号报告", "url": url(number), "date": "2024-03-05", **changes})


def capture(archive: Archive, address: str, body: bytes = b"<html>", at: str = "2026-01-01T00:00:00Z",
            status: int = 200) -> Capture:
    location = archive.warc.append(address, status, "OK", [("Content-Type", "text/html")], body, at)
    return Capture(address, address, at, status, "text/html", payload_hash(body), location)


def document(title: str, text: str, **index: Any) -> Document:
    rival = Rival("2024-03-06", "20240306", "meta")
    return Document(
        title, text, f"<p>{text}</p>", Index(**{"published_on": "2024-03-05", **index}),
        attachments=(Attachment("附件.pdf", "http://a.gov.cn/f.pdf"),), layout="trs", doubts=("short body",),
        evidence={"published_on": Evidence("2024年3月5日", "header", "发布日期", (rival,))})


def store(archive: Archive, address: str, title: str = "报告", text: str = "正文。", at: str = "2026-01-01T00:00:00Z",
          site: str | None = None, **index: Any) -> Stored:
    """Archive one document as fetched at a moment; its payload is its text, and the index fields that it states."""
    found = document(title, text, **index)
    taken = capture(archive, address, (text + "".join(map(str, index.values()))).encode(), at)
    return archive.store(taken, Reading("document", address, "utf-8", document=found), hashes(found, address), site)
