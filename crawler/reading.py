"""Says what a page is and what it states, from a file, an address or a recording: `gongkai read`, `golden`.

`read` joins the two kinds of pure functions: `pipelines.extract` for the page, `cms.<family>.listing` where it is a
list. `contract` is the JSON of design.md §8: keys are added, none renamed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from scrapy.http import HtmlResponse, Response, TextResponse

from archive.errors import UsageError
from archive.identity import unfit
from archive.records import Document, Listing, Reading
from crawler import cms
from crawler.cms.rows import is_web
from pipelines import extract

NO_ADDRESS = "the address of this list is not known, nor where its links lead: name it with --url"
TEXT = frozenset({".txt", ".text"})


def read(response: Response) -> Reading:
    """Kind, document or listing of one response. A page of which nothing else can be made is a list where its family
    finds entries: one of a single row looks like nothing. Raises nothing on any input."""
    reading = replace(extract(response), cms=cms.recognise(response))
    if reading.kind not in ("listing", "unreadable") or response.status >= 400:
        return reading
    listing = cms.family(reading.cms or "html").listing(response)
    if reading.kind == "unreadable" and not listing.entries:
        return reading
    problem = reading.problem if reading.kind == "listing" else None
    if not is_web(response.url):  # a saved page: nobody knows where its links lead
        listing, problem = replace(listing, next=None), problem or NO_ADDRESS
    return replace(reading, kind="listing", problem=problem, listing=listing)


def response_of(file: Path, url: str | None = None) -> Response:
    """A saved page as the response it was. Raises `UsageError` where the file cannot be read."""
    try:
        body = file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}; name a file that is there, or an address with http://") from None
    if url is not None and (why := unfit(url)):
        raise UsageError(f"{file}: its address {url!r} is not http(s): {why}")
    kind, media = (TextResponse, "text/plain") if file.suffix.lower() in TEXT else (HtmlResponse, "")
    headers = {"Content-Type": media} if media else None
    return kind(url or file.resolve().as_uri(), body=body, headers=headers)


def manifest(file: Path) -> Iterator[tuple[str, Path, str | None]]:
    """(name as written, path, url) of every line of a JSON-lines manifest; paths are relative to it."""
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: cannot be read as a manifest ({error})") from None
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _manifest_line(file, number, line)


def _manifest_line(file: Path, number: int, line: str) -> tuple[str, Path, str | None]:
    try:
        row = json.loads(line)
        name = row["file"]
    except (ValueError, KeyError, TypeError):
        raise UsageError(
            f'{file}, line {number}: expected a JSON object as {{"file": "a.html", "url": "http://…"}}'
        ) from None
    return name, file.parent / name, row.get("url")


def contract(reading: Reading, file: str | None, url: str | None) -> dict[str, Any]:
    """The reading as the JSON object of design.md §8."""
    listing = _listing(reading.listing) if reading.listing and reading.kind == "listing" else None
    return {
        "file": file,
        "url": url,
        "kind": reading.kind,
        "encoding": reading.encoding,
        "encoding_reason": reading.encoding_reason,
        "cms": reading.cms,
        "document": _document(reading.document) if reading.document else None,
        "listing": listing,
        "target": reading.target,
        "problem": reading.problem,
    }


def _document(document: Document) -> dict[str, Any]:
    index = asdict(document.index)
    other = dict(index.pop("other"))
    return {
        "title": document.title,
        "text": document.text,
        **index,
        "other": other,
        "attachments": [{"name": a.name, "url": a.url} for a in document.attachments],
        "evidence": {name: asdict(evidence) for name, evidence in document.evidence.items()},
        "layout": document.layout,
        "confidence": document.confidence,
        "doubts": list(document.doubts),
    }


def _listing(listing: Listing) -> dict[str, Any]:
    following = listing.next
    ask = {"method": following.method, "url": following.url, "body": following.body} if following else None
    return {
        "entries": [{"title": e.title, "url": e.url, "date": e.date, **_stated(e.stated)} for e in listing.entries],
        "total": listing.total,
        "pages": listing.pages,
        "next": {**ask, "headers": dict(following.headers)} if ask and following else None,
        "says_empty": listing.says_empty,
    }


def _stated(stated: Mapping[str, str]) -> dict[str, Any]:
    return {"stated": dict(stated)} if stated else {}


# --- for a person -------------------------------------------------------------------------------------------------

SHOWN = (  # what `gongkai read` prints of a document, in this order: contract key → what a person calls it
    ("title", "标题"), ("index_number", "索引号"), ("publisher", "发布机构"), ("published_on", "发布日期"),
    ("written_on", "成文日期"), ("document_number", "文号"), ("category", "信息分类"), ("topic", "主题分类"),
    ("genre", "体裁分类"), ("keywords", "关键词"), ("summary", "内容概述"), ("source", "信息来源"),
    ("validity", "有效性"), ("effective_on", "生效日期"), ("expires_on", "废止日期"), ("disclosure", "公开方式"),
)  # fmt: skip
SAID = 400  # characters of the text that are shown


def text(found: Mapping[str, Any]) -> str:
    """A contract object as a few lines for a terminal."""
    lines = [f"{found['file'] or found['url']}: {found['kind']} ({found['cms']}, {found['encoding']})"]
    lines += [f"  {found['problem']}"] if found["problem"] else []
    lines += [f"  → {found['target']}"] if found["target"] else []
    if found["document"]:
        lines += _document_lines(found["document"])
    if found["listing"]:
        lines += _listing_lines(found["listing"])
    return "\n".join(lines)


def _document_lines(document: Mapping[str, Any]) -> list[str]:
    evidence = document["evidence"]
    lines = [
        f"  {label}: {document[key]}"
        + (f"   [{evidence[key]['where']}: {evidence[key]['raw'][:60]}]" if key in evidence else "")
        for key, label in SHOWN
        if document[key]
    ]
    lines += [f"  {label}: {value}" for label, value in document["other"].items()]
    lines += [f"  附件: {a['name']} {a['url'] or ''}" for a in document["attachments"]]
    lines.append(f"  confidence {document['confidence']:.2f}" + "".join(f"; {doubt}" for doubt in document["doubts"]))
    body = document["text"]
    return [*lines, "", body[:SAID] + ("…" if len(body) > SAID else ""), f"  ({len(body)} characters)"]


def _listing_lines(listing: Mapping[str, Any]) -> list[str]:
    lines = [f"  {entry['date'] or '          '}  {entry['title']}  {entry['url']}" for entry in listing["entries"]]
    claims = f"{listing['total'] or '?'} records on {listing['pages'] or '?'} pages claimed"
    following = listing["next"]
    return [*lines, f"  {len(listing['entries'])} entries; {claims}; next: {following['url'] if following else 'none'}"]


def save_golden(response: Response, into: Path, name: str) -> Path:
    """Writes `<family>/<name>.html` and its reading `<name>.expected.json`; returns the latter. Never overwrites."""
    reading = read(response)
    folder = into / (reading.cms or "html")
    folder.mkdir(parents=True, exist_ok=True)
    page, answer = folder / f"{name}.html", folder / f"{name}.expected.json"
    for file in (page, answer):
        if file.exists():
            raise UsageError(f"{file} exists already; give the case another --name")
    page.write_bytes(response.body)
    expected = contract(reading, None, response.url)
    answer.write_text(json.dumps(expected, ensure_ascii=False, indent=2) + "\n", "utf-8")
    return answer
