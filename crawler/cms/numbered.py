"""Lists whose pages are asked for by a number in the request: what every interface of this kind has in common.

A family states its interfaces as a table of `Numbered`: how the request carries the page number, where the answer
keeps its rows. Everything else (the next request, the end, absent values, JSONP, epochs) is decided once, here.

A *place* says where in a request a value stands:
    query:page                 ?page=2
    query:paramJson/pageNo     ?paramJson={"pageNo":2}    JSON text inside a parameter
    form:current               current=2 in a form body
    json:params/pageIndex      {"params": {"pageIndex": 2}} as body
    path:{stem}_{k}            list.shtml, then list_2.shtml: page 1 has no number
A *path* says where in an answer: `data/list`, alternatives with `|`, every member with `*`, the member that has a
value with `key=refno`; JSON text inside a string is opened on the way (`json_ext/EXT_wh`); `.` is the answer itself.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote_plus, urljoin, urlsplit, urlunsplit

from scrapy.http import Response

from archive.records import Ask, Channel, Entry, Listing
from crawler.cms import counts, days, links, pager, rows, state
from pipelines.html import decode, from_json, parse

FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
JSON = {"Content-Type": "application/json; charset=UTF-8"}
XHR = {"X-Requested-With": "XMLHttpRequest"}
KEPT = ("Content-Type", "X-Requested-With", "Referer", "Origin", "Ls-Language")  # headers an interface may insist on
ABSENT = frozenset({"", "null", "undefined", "none", "无", "-", "--", "/", "[]"})
SHANGHAI = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class Numbered:
    """One interface. `path` is a regular expression found in its URL. `page` is the place of the page number, empty
    where one answer holds all; `first` is the number of page 1; with `offset` the number counts records. `size` is
    the place of the page size, or the size itself where it is fixed. `send` are parameters sent unless the URL or the
    site file has them. `markup` instead of `rows` is the path of HTML, whose entries stand in `select` (XPath; None
    lets `rows.entries` find them); `holder` is what an empty last page has all the same (a regular expression).
    `until` is the place of the last day that is searched, written `until_as`: a search that gives no more pages than it
    pleases, newest first, is asked again from the day where it left off."""

    path: str
    page: str
    rows: str = ""
    title: str = "title"
    url: str = "url"
    date: str = "date"
    stated: Mapping[str, str] = field(default_factory=dict)
    total: str = ""
    pages: str = ""
    first: int = 1
    offset: bool = False
    size: str = ""
    send: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = ""
    markup: str = ""
    select: str | None = None
    holder: str = "$^"
    until: str = ""
    until_as: str = "%Y-%m-%d"


# --- requests ----------------------------------------------------------------------------------------------------


def asked(response: Response) -> Ask:
    """The request that was answered; for a saved page the GET of its URL."""
    request = response.request
    if request is None:
        return Ask(response.url)
    kept = {name: value.decode("latin-1") for name in KEPT if (value := request.headers.get(name))}
    body = request.body.decode("utf-8") or None
    return Ask(response.url, request.method, body, kept, dict(state(response)))


def get(ask: Ask, place: str) -> Any:
    """The value at a place of the request, None where there is none."""
    carrier, _, path = place.partition(":")
    name, *inner = path.split("/")
    if carrier == "path":
        return _file(ask.url, path)[1]
    if carrier == "json":
        return next(walk(from_json(ask.body or ""), path), None)
    raw = next((value for key, value in _pairs(_form(ask, carrier)) if unquote_plus(key) == name), None)
    value = None if raw is None else unquote_plus(raw)
    return next(walk(from_json(value or ""), "/".join(inner)), None) if inner else value


def put(ask: Ask, place: str, value: Any) -> Ask:
    """The same request with another value at that place; all other parameters stay as they are spelled."""
    carrier, _, path = place.partition(":")
    name, *inner = path.split("/")
    if carrier == "path":
        return replace(ask, url=_with_file(ask.url, path, value))
    if carrier == "json":
        return replace(ask, body=_dumps(_set(from_json(ask.body or ""), path.split("/"), value)))
    if inner:
        value = _dumps(_set(from_json(get(ask, f"{carrier}:{name}") or ""), inner, value))
    pairs = _pairs(_form(ask, carrier))
    fresh = quote(value if isinstance(value, str) else _text(value), safe=",")
    if any(unquote_plus(key) == name for key, _ in pairs):
        pairs = [(key, fresh if unquote_plus(key) == name else old) for key, old in pairs]
    else:
        pairs.append((quote(name, safe=""), fresh))
    joined = "&".join(f"{key}={value}" for key, value in pairs)
    return replace(ask, body=joined) if carrier == "form" else _with_query(ask, joined)


def _file(url: str, form: str) -> tuple[str, str | None, str]:
    """(stem, number, extension) of the file of a URL: `list_2.shtml` by `{stem}_{k}` is (list, 2, .shtml)."""
    name = urlsplit(url).path.rpartition("/")[2] or "index.html"
    stem, dot, extension = name.rpartition(".")
    pattern = re.escape(form).replace(r"\{stem\}", r"(?P<stem>.+)").replace(r"\{k\}", r"(?P<k>\d+)")
    if numbered := re.fullmatch(pattern, stem):
        return numbered.groupdict().get("stem", ""), numbered["k"], dot + extension
    return stem, None, dot + extension


def _with_file(url: str, form: str, k: int) -> str:
    stem, _, extension = _file(url, form)
    return urljoin(url.partition("?")[0], form.format(stem=stem, k=k) + extension)


def _form(ask: Ask, carrier: str) -> str:
    return (ask.body or "") if carrier == "form" else urlsplit(ask.url).query


def _pairs(encoded: str) -> list[tuple[str, str]]:
    return [(key, value) for key, _, value in (pair.partition("=") for pair in encoded.split("&")) if key]


def _with_query(ask: Ask, query: str) -> Ask:
    return replace(ask, url=urlunsplit(urlsplit(ask.url)._replace(query=query, fragment="")))


def _set(tree: Any, steps: Sequence[str], value: Any) -> Any:
    """A copy of a JSON object with one member replaced, spelled (number or text) like the one it replaces."""
    branch = dict(tree) if isinstance(tree, Mapping) else {}
    head, *rest = steps
    old = branch.get(head)
    branch[head] = _set(old, rest, value) if rest else str(value) if isinstance(old, str) else value
    return branch


def _dumps(tree: Any) -> str:
    return json.dumps(tree, ensure_ascii=False, separators=(",", ":"))


def _text(value: Any) -> str:
    return _dumps(value) if isinstance(value, (dict, list, bool)) else str(value)


# --- answers -----------------------------------------------------------------------------------------------------


def decoded(response: Response) -> str:
    """The text of a page or an answer."""
    return _decoded(response.body, (response.headers.get("Content-Type") or b"").decode("latin-1"))


def signs(response: Response) -> str:
    """The address and the text of a page without the addresses of other sites: a county's page that links to the
    province's portal has the portal's signs in it, and is not built on its CMS."""
    site = ".".join((urlsplit(response.url).hostname or "").split(".")[-3:])  # chuzhou.gov.cn of kjj.chuzhou.gov.cn
    return _signs(response.url, decoded(response), site)


@lru_cache(maxsize=2)  # a sniffer asks every family about the same page
def _signs(url: str, text: str, site: str) -> str:
    local = re.sub(rf"https?://(?![\w.-]*{re.escape(site)}\b)[^\s\"'<>]+", "", text)
    return f"{url}\n{local}"


def bears(response: Response, words: Iterable[str], shape: re.Pattern[str]) -> bool:
    """Does a page bear a sign of this shape? Each sign has one of the words (in small letters): looking for these
    first takes a hundredth of the time."""
    text = signs(response)
    lowered = _lowered(text)
    return any(word in lowered for word in words) and shape.search(text) is not None


@lru_cache(maxsize=2)
def _lowered(text: str) -> str:
    return text.lower()


@lru_cache(maxsize=2)
def _decoded(body: bytes, header: str) -> str:
    return decode(body, header)[0]


def walk(tree: Any, path: str) -> Iterator[Any]:
    """What stands at a path; the first alternative that has something wins."""
    for alternative in path.split("|"):
        found = list(_descend(tree, alternative.split("/") if alternative not in ("", ".") else []))
        if found:
            yield from found
            return


def _descend(node: Any, steps: Sequence[str]) -> Iterator[Any]:
    if not steps:
        if node is not None:
            yield node
        return
    if isinstance(node, str):
        node = from_json(node)
    head, *rest = steps
    if "=" in head and isinstance(node, Mapping):
        name, _, wanted = head.partition("=")
        yield from _descend(node, rest) if node.get(name) == wanted else ()
    elif head == "*":
        for member in node.values() if isinstance(node, Mapping) else node if isinstance(node, list) else ():
            yield from _descend(member, rest)
    elif isinstance(node, Mapping) and head in node:
        yield from _descend(node[head], rest)


def said(row: Any, path: str) -> str:
    """The first alternative of a path that says something, as a person would see it."""
    return next((text for way in path.split("|") for value in walk(row, way) if (text := plain(value))), "")


def plain(value: Any) -> str:
    """A JSON value as a person would see it: no tags, no entities, white space collapsed; "" where it is absent."""
    if value is None or isinstance(value, (dict, list, bool)):
        return ""
    text = html.unescape(re.sub(r"</?[a-zA-Z][^>]*>", "", str(value)))
    text = re.sub(r"\s+", " ", text).strip()
    return "" if text.lower() in ABSENT else text


def day(value: Any) -> str | None:
    """ISO date of a JSON value. Epochs (s or ms) are instants and are read in China's time; a written date is
    taken as written: `2024-04-01T00:00:00.000Z` is 2024-04-01, as every crawler of these sites reads it."""
    text = plain(value)
    if re.fullmatch(r"\d{9,10}|\d{12,13}", text):
        instant = int(text) / (1000 if len(text) > 10 else 1)
        return _plausible((datetime.fromtimestamp(instant, UTC) + SHANGHAI).date().isoformat())
    if compact := re.fullmatch(r"(\d{4})(\d{2})(\d{2})(\d{6})?", text):  # 20240401000000 (gdnps)
        text = "-".join(compact.groups()[:3])
    return _plausible(days.date_in(text.split("T")[0]))


def _plausible(iso: str | None) -> str | None:
    return iso if iso and iso[:4] not in ("1900", "1970") else None  # 0 and the null of old databases


def number(value: Any) -> int | None:
    """A count that may be written as text; None where there is none."""
    text = plain(value).replace(",", "")
    return int(text) if text.isdecimal() else None


# --- the three functions a family is made of -----------------------------------------------------------------------


def match(table: Sequence[Numbered], url: str) -> Numbered | None:
    """The interface a URL belongs to."""
    return next((api for api in table if re.search(api.path, url)), None)


def first(channel: Channel, table: Sequence[Numbered], reserved: Sequence[str] = ()) -> Ask:
    """Page 1 of a channel. A channel whose URL is an interface is asked there, with the parameters of the site file
    (`reserved` are options for us, not for the site); any other URL is a column page that leads to it."""
    options = dict(channel.options)
    api = match(table, channel.url)
    if api is None:
        return Ask(channel.url, state={"options": options} if options else {})
    parameters = {name: value for name, value in options.items() if name not in reserved}
    ask = opening(api, channel.url, parameters)
    kept = {name: options[name] for name in reserved if name in options}
    return replace(ask, state={"options": kept}) if kept else ask


def opening(api: Numbered, url: str, parameters: Mapping[str, Any], referer: str = "") -> Ask:
    """The request for page 1: `parameters` over what the interface always gets."""
    carrier = api.page.partition(":")[0]
    method = api.method or ("POST" if carrier in ("form", "json") else "GET")
    encoding = {"form": FORM, "json": JSON}.get(carrier, {})
    headers = {**encoding, **api.headers, **({"Referer": referer} if referer else {})}
    ask = Ask(url, method, None, headers)
    for name, value in {**api.send, **parameters}.items():
        place = f"{carrier if carrier != 'path' else 'query'}:{name}"
        if name in parameters or get(ask, place) is None:
            ask = put(ask, place, value)
    return put(ask, api.page, 0 if api.offset else api.first) if carrier not in ("path", "") else ask


def listing(response: Response, table: Sequence[Numbered]) -> Listing:
    """The rows of one answer, what it claims, and the request for the next page."""
    ask = asked(response)
    api = match(table, ask.url)
    if api is None:  # a page whose address says nothing is read by its markup, where the family has pages at all
        return pager.read(parse(response)) if any(known.markup == "." for known in table) else Listing(entries=())
    if api.markup == ".":
        return page(response, api)
    answer = from_json(decoded(response))
    entries = tuple(_entries(api, answer, response.url))
    total, pages = (number(said(answer, path)) if path else None for path in (api.total, api.pages))
    answered = next(walk(answer, api.markup or api.rows), None) is not None
    return finished(api, ask, entries, total, pages, answered)


def page(response: Response, api: Numbered) -> Listing:
    """A list answered as a page. Files are asked for as the page links them; where it links none and states no count,
    nobody knows whether `index_2.html` is there."""
    ask, text, tree = asked(response), decoded(response), parse(response).tree
    if tree is None:
        return Listing(entries=())
    claimed, called, link = counts.totals(text), pager.call(text, response.url), links.next_link(tree, response.url)
    says_empty = counts.says_empty(text)
    found = rows.entries(tree, response.url, api.select)
    answered = bool(re.search(api.holder, text)) or says_empty
    count = claimed.pages or (called.pages if called else links.last_page(tree, response.url, page_of(api, ask), link))
    total = claimed.records if claimed.records is not None else called.records if called else None
    listing = finished(api, ask, found, total, count, answered)
    if listing.next and api.page.startswith("path:") and (link or listing.pages is None):
        listing = replace(listing, next=replace(listing.next, url=link) if link else None)
    return replace(listing, says_empty=listing.says_empty or (says_empty and not found))


def finished(
    api: Numbered, ask: Ask, entries: tuple[Entry, ...], total: int | None, pages: int | None, answered: bool = True
) -> Listing:
    """A listing with its next request. `answered`: the answer had its list, were it empty. A count of 0 beside
    entries is no count (www.gov.cn says 0 whenever it mixes categories)."""
    total, pages = (None if entries and not total else total), (None if entries and not pages else pages)
    start, size = _start(api, ask), _size(api, ask)
    page = start // max(size, len(entries), 1) + 1 if api.offset else page_of(api, ask)
    seen = int(ask.state.get("seen", 0)) + len(entries)
    claimed = ask.state.get("claimed", total)
    if pages is None and total is not None and size:
        pages = -(-total // size)
    if not entries and (older := _window(api, ask, seen, total)):
        return Listing((), claimed, next=older, frame=True)
    if not entries:
        return Listing((), claimed, pages, says_empty=answered and (page > 1 or total == 0))
    if not _turnable(api, ask) or _ended(len(entries), page, size, seen, total, pages):
        return Listing(entries, claimed, pages)
    following = put(ask, api.page, start + (size or len(entries)) if api.offset else page + api.first)
    oldest = {"oldest": entries[-1].date} if api.until else {}
    return Listing(entries, claimed, pages, replace(following, state={**ask.state, "seen": seen, **oldest}))


def _window(api: Numbered, ask: Ask, seen: int, total: int | None) -> Ask | None:
    """Page 1 of what is older than the pages that a capped search gave: it counts more and answers nothing. None where
    that cannot be asked for, or where one day fills the cap."""
    oldest, before = ask.state.get("oldest"), ask.state.get("until")
    if not (api.until and oldest and seen and total is not None and seen < total) or oldest == before:
        return None
    day = datetime.fromisoformat(oldest).strftime(api.until_as)
    claimed = ask.state.get("claimed", total)
    narrowed = put(put(ask, api.until, day), api.page, 0 if api.offset else api.first)
    return replace(narrowed, state={**ask.state, "seen": 0, "until": oldest, "claimed": claimed})


def _turnable(api: Numbered, ask: Ask) -> bool:
    """Whether the next request can be known: a saved answer to a posted request has lost what was posted."""
    return bool(api.page) and (ask.body is not None or api.page.partition(":")[0] not in ("form", "json"))


def _ended(rows_here: int, page: int, size: int, seen: int, total: int | None, pages: int | None) -> bool:
    """The last page by the site's own count, or, where pages have no stated size, by the rows that came. A full page
    that already exceeds the total shows that the total lies: then the walk goes on until nothing comes."""
    if pages is None:
        return total is not None and seen >= total
    exceeded = total is not None and size > 0 and rows_here >= size and (page - 1) * size + rows_here > total
    return page >= pages and not exceeded


def _size(api: Numbered, ask: Ask) -> int:
    """Rows of a full page as asked for, 0 where neither the interface nor the request says."""
    if api.size.isdigit():
        return int(api.size)
    return (number(get(ask, api.size)) if api.size else None) or 0


def page_of(api: Numbered, ask: Ask) -> int:
    """Which page was asked for, counted from 1."""
    return max(_start(api, ask) - api.first, 0) + 1


def _start(api: Numbered, ask: Ask) -> int:
    """The number that was asked for: where it is not written, that of page 1."""
    written = number(get(ask, api.page)) if api.page else None
    return written if written is not None else 0 if api.offset else api.first


def _entries(api: Numbered, answer: Any, base: str) -> Iterator[Entry]:
    for markup in _strings(answer, api.markup) if api.markup else ():
        yield from rows.entries(rows.fragment(markup), base, api.select)
    for row in records(answer, api.rows) if not api.markup else ():
        if entry := entry_of(api, row, base):
            yield entry


def _address(row: Mapping[str, Any], form: str) -> str:
    """A path of the row, or an address made of its values: `/zfxxgk/news/html/?{id}.html`."""
    if "{" not in form:
        return said(row, form)
    values = {name: said(row, name) for name in re.findall(r"\{(\w+)\}", form)}
    return form.format(**values) if all(values.values()) else ""


def _strings(answer: Any, path: str) -> Iterator[str]:
    for found in walk(answer, path):
        yield from map(str, found if isinstance(found, list) else [found])


def records(tree: Any, path: str) -> Iterator[Mapping[str, Any]]:
    """The rows of an answer: arrays are opened, whatever is no object is skipped."""
    for found in walk(tree, path):
        for row in found if isinstance(found, list) else [found]:
            if isinstance(row, Mapping):
                yield row


def entry_of(api: Numbered, row: Mapping[str, Any], base: str) -> Entry | None:
    """One row as an entry; None without title or address (a group heading, an advertisement)."""
    title, address = said(row, api.title), _address(row, api.url)
    url = rows.joined(base, address) if address else None  # None for `javascript:` and `file:` too
    if not title or not url:
        return None
    stated = {name: said(row, path) for name, path in api.stated.items()}
    stated |= {name: day(value) or "" for name, value in stated.items() if name.endswith("_on")}
    listed = next((iso for way in api.date.split("|") if (iso := day(said(row, way)))), None)
    return Entry(title, url, listed, {name: value for name, value in stated.items() if value})
