"""The bundled government site: 澜江市, a city that does not exist, on loopback.

    site = FakeSite(documents=120, seed=1)
    with site.serve() as base_url:
        ...                                  # crawl it; site.site_toml(base_url) is its site file
        site.publish("tzgg")                 # while it is crawled: publish, change, remove
    site.held()                              # what an archive must hold, field by field
    site.states()                            # what the ledger must say of every listed URL
    site.log                                 # every request, with its time

Three channels on three families (static TRS pages, Hanweb jpage, plain links in GBK), and the oddities of real sites:
lying charsets, a repost, a gone page (once with status 404, once with 200), challenge pages, redirects, a page that
robots.txt forbids. Equal arguments give equal sites. By hand: `python -m tests.fake_site --port 8000`.
"""

from __future__ import annotations

import argparse
import re
import threading
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urljoin

from tests import fake_files, fake_pages
from tests.fake_documents import Paper, paper
from tests.fake_pages import HONEST_GBK, HONEST_UTF8, LIES, Charset, Header, Row
from tests.loopback import Answer, Loopback, Request

KEY = "lanjiang"
FIRST_DAY, DAYS = date(2016, 1, 4), 3200
HANWEB = {"webid": "90", "columnid": "90012", "unitid": "700012"}
FORBIDDEN = "/article/66/nb/"

Fate = Literal["", "gone", "soft404", "ruishu", "jiasule", "moved", "refresh", "forbidden"]
Forms = Literal["both", "offset", "page"]


@dataclass(frozen=True, slots=True)
class Column:
    """A channel: `size` rows on a screen, the header blocks its pages have in turn, how they are encoded."""

    key: str
    name: str
    cms: str
    path: str
    size: int
    headers: tuple[Header, ...]
    charset: Charset


COLUMNS: Mapping[str, Column] = {
    column.key: column
    for column in (
        Column("tzgg", "通知公告", "trs", "/zfxxgk/tzgg/", 15, ("table", "dl", "table"), HONEST_UTF8),
        Column("zcwj", "政策文件", "hanweb", "/col/col90012/index.html", 10, ("line", "table"), HONEST_UTF8),
        Column("gzbg", "工作报告", "html", "/article/66/", 12, ("line", "bars", "none"), HONEST_GBK),
    )
}
SHARE = ("tzgg", "zcwj", "tzgg", "gzbg", "zcwj", "tzgg", "gzbg", "zcwj")  # of eight documents, where each is published

# By channel and place in its list, newest first: what becomes of a page, and how it lies about its charset.
FATES: Mapping[tuple[str, int], Fate] = {
    ("tzgg", 4): "gone",
    ("tzgg", 8): "moved",
    ("zcwj", 3): "ruishu",
    ("zcwj", 16): "soft404",
    ("gzbg", 2): "refresh",
    ("gzbg", 7): "jiasule",
    ("gzbg", 11): "forbidden",
}
LYING: Mapping[tuple[str, int], Charset] = {
    ("tzgg", 2): LIES[0],
    ("tzgg", 6): LIES[2],
    ("gzbg", 1): LIES[1],
    ("gzbg", 4): LIES[3],
}
REPOST, ORIGINAL = ("zcwj", 6), ("tzgg", 5)
STATES: Mapping[Fate, str] = {
    "gone": "gone",
    "soft404": "gone",
    "ruishu": "blocked",
    "jiasule": "blocked",
    "forbidden": "blocked",
}  # every other page is archived


@dataclass(slots=True)
class Posting:
    """One paper on one page. `paper` is set where it is not simply the one of its serial; `at` is when it last
    changed."""

    serial: int
    column: Column
    day: date
    header: Header
    charset: Charset
    path: str
    at: datetime
    fate: Fate = ""
    paper: Paper | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """What an archive must hold of one listed URL: `index` has the fields that the page states, as ISO dates and
    printed text, `attachments` are pairs of name and URL, `final_url` differs after a redirect."""

    url: str
    final_url: str
    channel: str
    title: str
    published_on: str
    index: Mapping[str, str]
    text: str
    attachments: tuple[tuple[str, str], ...]


class FakeSite(Loopback):
    """The city's web site, and the truth about it. `oddities=False` leaves out what no archive could hold; `forms`
    says which calling forms of `dataproxy.jsp` the Hanweb column prints."""

    def __init__(self, documents: int = 120, seed: int = 1, *, oddities: bool = True, forms: Forms = "both") -> None:
        super().__init__(self)
        self.seed, self.forms, self.base_url = seed, forms, ""
        self.lock = threading.RLock()
        self.listed: dict[str, list[Posting]] = {key: [] for key in COLUMNS}
        self.pages: dict[str, Posting] = {}
        self.moved: dict[str, Posting] = {}
        self.postings: dict[int, Posting] = {}
        for serial in range(1, documents + 1):
            self._post(serial, SHARE[serial % len(SHARE)], FIRST_DAY + timedelta(days=serial * DAYS // documents))
        if oddities:
            self._spoil()

    # --- what a test does to it ----------------------------------------------------------------------------------

    @contextmanager
    def serve(self, port: int = 0, host: str = "127.0.0.1") -> Iterator[str]:
        with super().serve(port, host) as self.base_url:
            yield self.base_url

    def publish(self, channel: str = "tzgg", day: date | None = None) -> Held:
        """A new document at the top of a channel, one day younger than the youngest unless a day is given."""
        with self.lock:
            youngest = max((posting.day for posting in self.postings.values()), default=FIRST_DAY)
            posting = self._post(max(self.postings, default=0) + 1, channel, day or youngest + timedelta(days=1))
            return self._held(posting)

    def change(self, url: str, *, paragraph: str = "", title: str = "", index: Mapping[str, str] | None = None) -> Held:
        """Add a paragraph to a document, or give it another title or other index fields."""
        with self.lock:
            posting = self._posting(url)
            old = self._paper(posting)
            blocks = (*old.blocks, paragraph) if paragraph else old.blocks
            fields = {**old.index, **(index or {})}
            published_on = fields["published_on"]
            posting.paper = replace(
                old, title=title or old.title, blocks=blocks, index=fields, published_on=published_on
            )
            posting.at += timedelta(days=1)
            return self._held(posting)

    def remove(self, url: str, *, soft: bool = False, listed: bool = False) -> None:
        """Take a document down: from now on 404, or a page that says so with status 200 (`soft`); its row goes from
        the list, unless `listed`."""
        with self.lock:
            posting = self._posting(url)
            posting.fate = "soft404" if soft else "gone"
            if not listed:
                self.listed[posting.column.key].remove(posting)

    def held(self) -> list[Held]:
        """What an archive must hold, channel by channel, newest first."""
        with self.lock:
            return [self._held(posting) for posting in self._all_listed() if posting.fate not in STATES]

    def states(self) -> dict[str, str]:
        """The state in the ledger of every listed URL after a complete crawl."""
        with self.lock:
            return {self.base_url + one.path: STATES.get(one.fate, "archived") for one in self._all_listed()}

    def site_toml(self, base_url: str) -> str:
        """The site file, as the catalogue wants it."""
        channels = "".join(
            f'\n[[channels]]\nkey = "{one.key}"\nname = "{one.name}"\nurl = "{base_url}{one.path}"\ncms = "{one.cms}"\n'
            for one in COLUMNS.values()
        )
        return (
            f'# The bundled site: an invented city on loopback.\nname = "{fake_pages.CITY}"\nurl = "{base_url}/"\n'
            f'cms = "html"\nregion = "云湖省澜江市"\ndelay = 0\nprivate = true\ntried = "never"\n{channels}'
        )

    # --- what it holds -------------------------------------------------------------------------------------------

    def _post(self, serial: int, channel: str, day: date) -> Posting:
        column = COLUMNS[channel]
        header = column.headers[serial // len(SHARE) % len(column.headers)]
        at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
        posting = Posting(serial, column, day, header, column.charset, ADDRESS[column.cms](serial, day), at)
        self.listed[channel].insert(0, posting)
        self.pages[posting.path] = self.postings[serial] = posting
        return posting

    def _spoil(self) -> None:
        """Give the pages their oddities, as far as the lists are long enough for them."""
        for (channel, place), fate in FATES.items():
            if place < len(self.listed[channel]):
                self._doom(self.listed[channel][place], fate)
        for (channel, place), charset in LYING.items():
            if place < len(self.listed[channel]):
                self.listed[channel][place].charset = charset
        if all(place < len(self.listed[channel]) for channel, place in (REPOST, ORIGINAL)):
            copy, original = (self.listed[channel][place] for channel, place in (REPOST, ORIGINAL))
            text, day = self._paper(original), copy.day.isoformat()
            copy.paper = replace(text, published_on=day, index={**text.index, "published_on": day})

    def _doom(self, posting: Posting, fate: Fate) -> None:
        posting.fate = fate
        if fate in ("moved", "refresh"):
            self.moved[self._target(posting)] = posting
        if fate == "forbidden":
            del self.pages[posting.path]
            posting.path = f"{FORBIDDEN}{posting.serial}.html"
            self.pages[posting.path] = posting

    @staticmethod
    def _target(posting: Posting) -> str:
        """Where a page that moved is now."""
        return posting.path.replace("/66/", "/67/").replace("/tzgg/", "/gsgg/")

    def _all_listed(self) -> Iterator[Posting]:
        return (posting for postings in self.listed.values() for posting in postings)

    def _posting(self, url: str) -> Posting:
        return self.pages[url.removeprefix(self.base_url)]

    def _paper(self, posting: Posting) -> Paper:
        return posting.paper or paper(posting.serial, posting.day, self.seed)

    def _held(self, posting: Posting) -> Held:
        text = self._paper(posting)
        index = fake_pages.stated(text, posting.header, posting.column.cms, posting.column.name)
        path = self._target(posting) if posting.fate in ("moved", "refresh") else posting.path
        names = (enclosure.name for enclosure in text.enclosures)
        links = (urljoin(self.base_url + path, link) for link in _links(posting, text))
        return Held(
            url=self.base_url + posting.path,
            final_url=self.base_url + path,
            channel=posting.column.key,
            title=text.title,
            published_on=text.published_on,
            index=index,
            text=text.text,
            attachments=tuple(zip(names, links, strict=True)),
        )

    # --- what it answers -----------------------------------------------------------------------------------------

    def answer(self, request: Request) -> Answer:
        """The answer to one request; a 304 where the crawler's copy is the current one."""
        with self.lock:
            answer = self._fixed(request) or self._list(request) or self._page(request) or self._file(request)
        return _conditional(request, answer or Answer.html(fake_pages.missing(), status=404))

    def _fixed(self, request: Request) -> Answer | None:
        if request.path == "/robots.txt":
            return Answer(200, {"Content-Type": "text/plain"}, f"User-agent: *\nDisallow: {FORBIDDEN}\n".encode())
        if request.path == "/":
            return _tagged(fake_pages.home([(column.name, column.path) for column in COLUMNS.values()]))
        if request.path + "/" in (column.path for column in COLUMNS.values()):
            return Answer.redirect(request.path + "/", 301)
        return None

    def _list(self, request: Request) -> Answer | None:
        return next((answer for read in (self._trs, self._hanweb, self._html) if (answer := read(request))), None)

    def _trs(self, request: Request) -> Answer | None:
        match = re.fullmatch(r"/zfxxgk/tzgg/(?:index(?:_(\d+))?\.html)?", request.path)
        column = COLUMNS["tzgg"]
        page, pages = int(match[1] or 0) if match else 0, self._screens(column)
        if not match or page >= pages:
            return None
        return _tagged(
            fake_pages.trs_list(column.name, self._rows(column, page * column.size, column.size), pages, page)
        )

    def _html(self, request: Request) -> Answer | None:
        match = re.fullmatch(r"/article/66/(?:list_(\d+)\.html)?", request.path)
        column = COLUMNS["gzbg"]
        page, pages = int(match[1] or 1) if match else 1, self._screens(column)
        if not match or not 1 <= page <= pages:
            return None
        rows, total = self._rows(column, (page - 1) * column.size, column.size), len(self.listed["gzbg"])
        return _tagged(fake_pages.html_list(column.name, rows, total, pages, page), charset=None)

    def _hanweb(self, request: Request) -> Answer | None:
        column = COLUMNS["zcwj"]
        group, total = 3 * column.size, len(self.listed["zcwj"])
        if request.path == column.path:
            rows = self._rows(column, 0, group)
            return _tagged(fake_pages.hanweb_column(column.name, rows, total, column.size, HANWEB, self.forms))
        if request.path != fake_pages.PROXY:
            return None
        asked = {**request.query, **request.form}
        if asked.get("columnid") != HANWEB["columnid"] or asked.get("unitid") != HANWEB["unitid"]:
            return Answer.html("<datastore><recordset></recordset></datastore>")
        if self.forms != "page" and "startrecord" in asked:
            first, last = int(asked["startrecord"]) - 1, int(asked.get("endrecord", 0))
        else:
            first = int(asked.get("page", 0)) * group
            last = first + group
        rows = self._rows(column, first, last - first)
        body = fake_pages.hanweb_group(rows, total, column.size, HANWEB, last // group, self.forms)
        return _tagged(body)

    def _screens(self, column: Column) -> int:
        return max(1, -(-len(self.listed[column.key]) // column.size))

    def _rows(self, column: Column, first: int, many: int) -> list[Row]:
        base = column.path if column.cms == "trs" else ""
        return [
            Row(
                one.path.replace(base, "./", 1) if base else one.path,
                self._paper(one).title,
                self._paper(one).published_on,
            )
            for one in self.listed[column.key][first : first + many]
        ]

    def _page(self, request: Request) -> Answer | None:
        if posting := self.moved.get(request.path):
            return self._document(posting)
        posting = self.pages.get(request.path)
        return None if posting is None else self._by_fate(posting)

    def _by_fate(self, posting: Posting) -> Answer:
        match posting.fate:
            case "gone":
                return Answer.html(fake_pages.missing(), status=404)
            case "soft404":
                return Answer.html(fake_pages.missing())
            case "ruishu":
                return Answer.html(fake_pages.ruishu(), status=412)
            case "jiasule":
                return Answer.html(fake_pages.jiasule(), status=521)
            case "moved":
                return Answer.redirect(self._target(posting))
            case "refresh":
                return Answer.html(fake_pages.refresh(self._target(posting)))
        return self._document(posting)

    def _document(self, posting: Posting) -> Answer:
        text, column, charset = self._paper(posting), posting.column, posting.charset
        links = _links(posting, text)
        body = fake_pages.document(text, column.cms, posting.header, column.name, links, charset)
        return _tagged(body, charset.served, posting.at)

    def _file(self, request: Request) -> Answer | None:
        name = request.query.get("filename", request.path)
        match = re.search(r"(\d{8})(\d)\.(pdf|doc|rtf)$", name)
        posting = self.postings.get(int(match[1])) if match else None
        if not match or posting is None:
            return None
        enclosures = self._paper(posting).enclosures
        if int(match[2]) >= len(enclosures):
            return None
        enclosure = enclosures[int(match[2])]
        headers = {"Content-Type": MEDIA_TYPES[match[3]]}
        if request.query:  # download handlers name the file in a header, the bytes as they are on disk
            raw = enclosure.name.encode("gb18030").decode("latin-1")
            headers["Content-Disposition"] = f'attachment; filename="{raw}"'
        return Answer(200, headers, fake_files.make(enclosure.name, enclosure.text))


MEDIA_TYPES = {"pdf": "application/pdf", "doc": "application/msword", "rtf": "application/rtf"}
ADDRESS = {
    "trs": lambda serial, day: f"/zfxxgk/tzgg/{day:%Y%m}/t{day:%Y%m%d}_{300_000 + serial}.html",
    "hanweb": lambda serial, day: f"/art/{day.year}/{day.month}/{day.day}/art_90012_{1_000_000 + serial}.html",
    "html": lambda serial, day: f"/article/66/{30_000 + serial}.html",
}


def _links(posting: Posting, text: Paper) -> list[str]:
    """The addresses of the enclosures as the page has them: in each, the serial in eight digits and a place in one."""
    marks = [
        (f"{posting.serial:08d}{place}.{enclosure.name.rpartition('.')[2]}", enclosure.name)
        for place, enclosure in enumerate(text.enclosures)
    ]
    match posting.column.cms:
        case "trs":
            return [f"./P0{posting.day:%Y%m%d}{mark}" for mark, _ in marks]
        case "hanweb":
            proxy = "/module/download/downfile.jsp?classid=0"
            return [f"{proxy}&showname={quote(name)}&filename={mark}" for mark, name in marks]
    return [f"/upload/{mark}" for mark, _ in marks]


def _tagged(body: bytes, charset: str | None = "utf-8", at: datetime | None = None) -> Answer:
    """A page with its entity tag, and the day of its last change where it has one."""
    kind = "text/html" + (f"; charset={charset}" if charset else "")
    headers = {"Content-Type": kind, "ETag": f'"{zlib.crc32(body):08x}"'}
    if at:
        headers["Last-Modified"] = format_datetime(at, usegmt=True)
    return Answer(200, headers, body)


def _conditional(request: Request, answer: Answer) -> Answer:
    """RFC 9110: the entity tag decides where the crawler sends one, else the date."""
    tag, since = request.headers.get("if-none-match"), request.headers.get("if-modified-since")
    modified = answer.headers.get("Last-Modified")
    if tag:
        fresh = tag == answer.headers.get("ETag")
    else:
        fresh = bool(since and modified and parsedate_to_datetime(modified) <= parsedate_to_datetime(since))
    return Answer(304, answer.headers) if fresh else answer


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve by hand until Ctrl-C; the site file goes into a catalogue folder if one is named."""
    parser = argparse.ArgumentParser(prog="python -m tests.fake_site", description="Serve the bundled site.")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--documents", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plain", action="store_true", help="without the oddities")
    parser.add_argument("--catalogue", type=Path, help="write the site file into this folder")
    options = parser.parse_args(arguments)
    site = FakeSite(options.documents, options.seed, oddities=not options.plain)
    with site.serve(options.port) as base_url:
        if options.catalogue:
            options.catalogue.mkdir(parents=True, exist_ok=True)
            (options.catalogue / f"{KEY}.toml").write_text(site.site_toml(base_url), "utf-8")
        try:
            print(f"{base_url}/ has {len(site.states())} documents; Ctrl-C ends", flush=True)
            threading.Event().wait()
        except KeyboardInterrupt:
            print(f"{len(site.log)} requests answered")


if __name__ == "__main__":
    main()
