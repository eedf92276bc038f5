"""The nouns of gongkai as frozen, typed records; design.md §4 says what each means.

Identifiers are English; Chinese stands only in the tables that map it and in what a person sees.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

Kind = Literal["document", "listing", "gone", "blocked", "redirect", "shell", "unreadable"]
State = Literal["pending", "archived", "gone", "blocked", "failed", "unread", "foreign"]
Outcome = Literal["exhausted", "caught_up", "truncated", "broken", "limited", "failed", "moved"]
CLOSED: frozenset[str] = frozenset({"exhausted", "caught_up"})  # only these close a walk (design.md §6)


# --- the catalogue -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Channel:
    """A column (栏目) that lists disclosures. `options` are the family's own parameters, kept from the site file."""

    site: str
    key: str
    url: str
    name: str = ""
    cms: str = "html"
    ordered: bool = True
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Site:
    """One site file. `delay` in seconds between two requests to a host; `hosts` are further hosts it may use."""

    key: str
    name: str
    url: str
    cms: str
    channels: tuple[Channel, ...]
    region: str = ""
    code: str = ""
    hosts: tuple[str, ...] = ()
    delay: float = 3.0
    every: str = "1d"
    window: str = ""
    browser: bool = False
    private: bool = False
    source: str = ""
    tried: str = "never"


# --- the walk ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ask:
    """The request for one listing page. `state` is what the adapter carries to it; JSON values only, so a walk
    that was killed can go on from the ledger. `browser`: the answer is wanted as a browser shows it, whatever a site
    file says."""

    url: str
    method: str = "GET"
    body: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict)
    browser: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a listing. `date` is ISO; `stated` are Index fields that the row itself states, as printed."""

    title: str
    url: str
    date: str | None = None
    stated: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a channel. `total` records and `pages` as the site claims them. `says_empty`: the page states in
    words (暂无相关信息) or by total 0 that there is nothing. `frame`: the entries come with `next`, not with
    this page. `goes_on`: there is more, though nothing says how to ask for it."""

    entries: tuple[Entry, ...]
    total: int | None = None
    pages: int | None = None
    next: Ask | None = None
    says_empty: bool = False
    frame: bool = False
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Walk:
    """One pass over a channel. `next` is the request it goes on with: None at its first page, and, when `pages` were
    listed already, at its end, where only a look at the top is left. `full`: it goes to the end whatever is known;
    `resumed`: an earlier crawl began it."""

    id: str
    site: str
    channel: str
    full: bool
    next: Ask | None
    pages: int
    resumed: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """What the ledger made of one listing page: `new` URLs this walk had not seen, `fresh` URLs to fetch now, and
    whether everything below this page is known (the closed-walk rule, archive/ledger.py)."""

    new: int
    fresh: tuple[str, ...]
    caught_up: bool


@dataclass(frozen=True, slots=True)
class Page:
    """A URL of the ledger. `row` grows in the order in which pages came to be known; `listed` says how a channel, or
    the link that led here, called it."""

    row: int
    url: str
    site: str | None
    state: State
    reason: str | None
    attempts: int
    listed: Entry | None = None


# --- evidence ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Location:
    """Where a record stands: file name below `warc/`, offset and length in bytes (of the compressed member)."""

    file: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Capture:
    """One fetch of a page. `fetched_at` is UTC `YYYY-MM-DDTHH:MM:SSZ`; `payload` is the SHA-256 (hex) of the body as
    received after transfer decoding; `media_type` as served."""

    url: str
    final_url: str
    fetched_at: str
    status: int
    media_type: str
    payload: str
    location: Location


# --- interpretation ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Index:
    """The index metadata (索引信息) as the page states it. Dates are ISO or None; `other` is every label nobody
    mapped yet. The Chinese labels of each field stand in pipelines/index.py."""

    index_number: str | None = None
    publisher: str | None = None
    published_on: str | None = None
    written_on: str | None = None
    document_number: str | None = None
    category: str | None = None
    topic: str | None = None
    genre: str | None = None
    keywords: str | None = None
    summary: str | None = None
    source: str | None = None
    validity: str | None = None
    effective_on: str | None = None
    expires_on: str | None = None
    disclosure: str | None = None
    other: Mapping[str, str] = field(default_factory=dict)


INDEX_FIELDS: tuple[str, ...] = tuple(f.name for f in fields(Index) if f.name != "other")

Where = Literal["header", "line", "meta", "json", "title", "body", "breadcrumb", "text", "listing", "url"]


@dataclass(frozen=True, slots=True)
class Rival:
    """A value that disagreed with the one chosen, kept with its place: conflicts are recorded, never overwritten."""

    value: str
    raw: str
    where: Where


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a field has its value: the string as printed, its label if it had one, where it stood, what disagreed."""

    raw: str
    where: Where
    label: str | None = None
    rivals: tuple[Rival, ...] = ()


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that belongs to a document: its name as a person would see it, and its absolute URL. In plain text the
    URL is unknown (None)."""

    name: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Download:
    """A file of the ledger that is to be fetched. `row` grows in the order in which files came to be known; `name` is
    that of the link."""

    row: int
    url: str
    site: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class File:
    """What a file is and says. `sha256` (hex) and `bytes` are those of the file itself, without content coding; `kind`
    is what the bytes are; `parts` are pages, sheets or slides; `members` those of a ZIP or RAR, as JSON; `status` is
    that of the text, `problem` says in one sentence why it is missing or not all."""

    sha256: str
    kind: str
    media_type: str
    bytes: int
    status: str
    text: str = ""
    parts: int = 0
    members: tuple[Mapping[str, Any], ...] = ()
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A disclosed document as one page states it. `text` has its paragraphs on lines of their own, a table row as one
    line with tabs between its cells (a bar would be a character that the page does not have); `html` is the sanitised
    form of the same. `layout` names the body rule that matched ("density" for the fallback). `confidence` is 0–1,
    `doubts` say why it might be wrong."""

    title: str | None
    text: str
    html: str
    index: Index
    attachments: tuple[Attachment, ...] = ()
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    layout: str = ""
    confidence: float = 1.0
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What one capture says, by one version of the extractor. Exactly one of `document` (kind document) and
    `listing` (kind listing, filled in by the adapters) may be there. `problem` says in one sentence why it is
    neither, or that only the first part of a listing was read; `target` is where a redirect leads. `extractor`
    is the version of the rules that read it."""

    kind: Kind
    url: str
    encoding: str
    encoding_reason: str = ""
    cms: str | None = None
    document: Document | None = None
    listing: Listing | None = None
    target: str | None = None
    problem: str | None = None
    extractor: str = "1"


@dataclass(frozen=True, slots=True)
class Derived:
    """What was read out of the text of a document (pipelines/derive.py): rows of the tables `sections`, `citations` and
    `facts` in their order, without document and position; its own 文号 and its title as they are matched."""

    document: int
    document_number: str | None
    name: str
    sections: tuple[tuple[str | int, ...], ...]
    citations: tuple[tuple[str | None, ...], ...]
    facts: tuple[tuple[str | float | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Ahead:
    """What a reader of pages works out ahead of time, so that storing a new document only writes: title and text as the
    index holds them, how many numbers of persons there are by kind, the hashes of its sketch (archive/similar.py), and
    its `Derived` by which rules, with no document yet."""

    indexed: tuple[str, str]
    numbers: Mapping[str, int]
    sketch: tuple[int, ...]
    derived: Derived
    rules: str


@dataclass(frozen=True, slots=True)
class Hashes:
    """SHA-256 (hex) of a document's content and of its index metadata, as pipelines/dedupe.py computes them: equal
    content is one document, equal content with other metadata another reading of it."""

    content: str
    metadata: str


@dataclass(frozen=True, slots=True)
class Stored:
    """What storing a reading did: its document, whether that text was never seen before, and whether the page said
    something else when it was read last."""

    document: int
    new_document: bool
    changed: bool
