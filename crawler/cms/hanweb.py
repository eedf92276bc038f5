"""Hanweb 大汉 JCMS: `jpage` columns, the array dialect and the classic catalogue `/module/xxgk/` (platforms.md §1).

A jpage column carries its first group (three screens) as `<record>`s in an XML island; `dataproxy.jsp` gives the
others, in one of two calling forms:

    A  POST …/dataproxy.jsp?startrecord=46&endrecord=90&perpage=15   body col=1&webid=…&columnid=…&unitid=…
    B  GET  …/dataproxy.jsp?page=2&appid=1&webid=…&columnid=…&unitid=…

A page that prints `ajaxParam` is asked in form A, one that prints only the `<nextgroup>` link in form B. Some hosts
ignore `startrecord` and answer the first group again: then form B is tried, once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from scrapy.http import Response

from archive.records import Ask, Channel, Entry, Listing
from crawler.cms import counts, html, numbered, rows, source, state
from pipelines import dates
from pipelines import html as pages

SIGNS = re.compile(r"<datastore>|\.jpage\(\s*\{|dataproxy\.jsp|<nextgroup>|/module/xxgk/|\burls\[\w+\]\s*=\s*[\"']")
WORDS = ("<datastore>", ".jpage(", "dataproxy.jsp", "<nextgroup>", "/module/xxgk/", "urls[")  # each sign has one
ADDRESS = re.compile(
    r"/module/xxgk/|/module/(?:\w+/)*jpage/|[?&]vc_xxgkarea=|/art/\d{4}/(?:\d\d?/\d\d?/)?art_\w+\.html"
)
COLUMN = re.compile(r"/col(?:umn)?/col(\d+)")

STORE = re.compile(r"<datastore>"), re.compile(r"</datastore>")
RECORD = re.compile(r"<record>\s{0,9}<!\[CDATA\["), re.compile(r"\]\]>\s{0,9}</record>")
NEXT_GROUP = re.compile(r"<nextgroup>"), re.compile(r"</nextgroup>")
HREF = re.compile(r"href\s*=\s*[\"']([^\"']+)[\"']")
STATED = {"records": re.compile(r"<totalrecord>\s*(\d+)"), "pages": re.compile(r"<totalpage>\s*(\d+)")}
JPAGE = re.compile(r"\$\(\s*[\"']#([\w-]+)[\"']\s*\)\.jpage\(\s*\{((?:[^{}]|\{[^{}]{0,2000}\}){0,9000})\}")
PARAMETERS = r"\b{}\s*[=:]\s*\{{([^{{}}]*)\}}"
PAIR = re.compile(r"(?<!\w)(\w+)\s*:\s*(?:'([^']*)'|\"([^\"]*)\"|([\w.]+))")
PLACEHOLDER = 1000  # totalRecord of the search form's own jpage call, printed before the list's
SCREENS = 3  # of one group, where the page does not say


@dataclass(frozen=True, slots=True)
class _Unit:
    """One jpage list as the page prints it: its records, its calls, its totals."""

    records: tuple[str, ...] = ()
    link: str | None = None  # of <nextgroup>, form B
    proxy: str | None = None  # proxyUrl, form A
    body: Mapping[str, str] = field(default_factory=dict)  # ajaxParam, form A
    total: int | None = None
    pages: int | None = None
    screen: int | None = None  # perPage
    screens: int = SCREENS  # groupSize

    @property
    def group(self) -> int:
        """Records of one answer."""
        return (self.screen or len(self.records)) * (self.screens if self.screen else 1)


def recognise(response: Response) -> bool:
    text = numbered.decoded(response)
    return bool(ADDRESS.search(response.url) or (any(word in text for word in WORDS) and SIGNS.search(text)))


def first(channel: Channel) -> Ask:
    """The column page. `?uid=…&pageNum=2` is a bookmark that only a browser follows."""
    return Ask(re.sub(r"[?&](?:uid|pageNum)=[^&]*", "", channel.url), state=_carried(channel.options))


def _carried(options: Mapping[str, Any]) -> dict[str, Any]:
    return {"options": dict(options)} if options else {}


def listing(response: Response) -> Listing:
    page = pages.parse(response)
    if "<datastore>" in page.text or "<record>" in page.text:
        return _jpage(response, page.text)
    if found := tuple(_arrays(page.text, response.url)):
        return Listing(found, len(found), 1)
    if "/module/xxgk/" in urlsplit(response.url).path:
        return _catalogue(response, page)
    if shell := _shell(page.text, response):
        return Listing((), next=shell, frame=True)
    return html.read(page) if page.tree is not None else Listing(entries=())


# --- jpage -----------------------------------------------------------------------------------------------------


def _jpage(response: Response, text: str) -> Listing:
    unit = _unit(text, response.url)
    found = rows.unique(entry for record in unit.records for entry in _record(record, response.url))
    before = state(response)
    unit = replace(unit, **_remembered(unit, before))
    if before.get("shown") and _ends(found) == before["shown"]:  # the host ignored what it was asked for
        return _other_form(response, unit, before)
    upto = before.get("upto", _asked_upto(response, unit)) + (len(unit.records) if "upto" in before else 0)
    count = unit.pages or (-(-unit.total // unit.screen) if unit.total is not None and unit.screen else None)
    following = None
    if found and (unit.total is None or upto < unit.total):
        following = _next(response, unit, {**before, "upto": upto, "shown": before.get("shown") or _ends(found)})
    return Listing(found, unit.total, count, following, says_empty=not found and unit.total == 0)


def _record(record: str, base: str) -> tuple[Entry, ...]:
    """A record is one row, whatever it is made of."""
    return rows.entries(rows.fragment(record), base, ".")[:1]


def _ends(found: tuple[Entry, ...]) -> list[str]:
    """What tells one answer from another: its first and last address."""
    return [found[0].url, found[-1].url] if found else []


def _unit(text: str, url: str) -> _Unit:
    """The list of the page's own column, else the largest one."""
    column = COLUMN.search(url)
    units = list(_units(text))
    own = [unit for unit in units if column and column[1] in _columns(unit)]
    return max(own or units, key=lambda unit: len(unit.records), default=_Unit())


def _columns(unit: _Unit) -> tuple[str | None, str | None]:
    return unit.body.get("columnid"), _query(unit.link).get("columnid")


def _units(text: str) -> Iterator[_Unit]:
    calls = _calls(text)
    stores = [(end.start(), text[start.end() : end.start()]) for start, end in source.spans(text, *STORE)]
    for at, store in stores or [(0, text)]:
        link = _link(store)
        number = _container(text, at, calls) or _query(link).get("unitid")
        settings = calls.get(number or "", {})
        stated = {name: int(hit[1]) for name, sign in STATED.items() if (hit := sign.search(store))}
        yield _Unit(
            tuple(source.between(store, *RECORD)),
            link,
            settings.get("proxyUrl"),
            dict(_pairs(settings.get("ajaxParam", ""))),
            stated.get("records", _integer(settings.get("totalRecord"))),
            stated.get("pages"),
            _integer(settings.get("perPage")),
            _integer(settings.get("groupSize")) or SCREENS,
        )


def _link(store: str) -> str | None:
    """The address in `<nextgroup>`; its columnid may be an encrypted blob: nothing in it is read as a number."""
    hrefs = (HREF.search(group) for group in source.between(store, *NEXT_GROUP))
    return next((unescape(href[1]) for href in hrefs if href), None)


def _calls(text: str) -> dict[str, dict[str, str]]:
    """The settings of each unit's jpage call. A unit's search form prints a call of its own with the placeholder
    `totalRecord:1000` before the list's: the one with a `dataStore` counts, else the last that says another total."""
    chosen: dict[str, dict[str, str]] = {}
    for found in JPAGE.finditer(text):
        settings = dict(_pairs(found[2]))
        inner = re.search(PARAMETERS.format("ajaxParam"), found[2])
        named = re.search(r"\bajaxParam\s*:\s*([A-Za-z_]\w*)", found[2])
        outer = re.search(PARAMETERS.format(re.escape(named[1])), text) if named and not inner else None
        settings["ajaxParam"] = inner[1] if inner else outer[1] if outer else ""
        settings["dataStore"] = "yes" if "dataStore" in found[2] else ""
        known = chosen.get(found[1])
        if known is None or _trust(settings) >= _trust(known):
            chosen[found[1]] = settings
    return chosen


def _trust(settings: Mapping[str, str]) -> tuple[bool, bool]:
    return bool(settings["dataStore"]), _integer(settings.get("totalRecord")) != PLACEHOLDER


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for name, single, double, bare in PAIR.findall(text):
        yield name, single or double or bare


def _integer(value: str | None) -> int | None:
    return int(value) if value and value.isdigit() else None


def _query(link: str | None) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(link or "").query, keep_blank_values=True))


def _container(text: str, at: int, calls: Mapping[str, object]) -> str | None:
    """The unit whose `<div id="<unitid>">` holds the island."""
    before = [(text.rfind(f'id="{name}"', 0, at), name) for name in calls]
    return max(before)[1] if before and max(before)[0] >= 0 else None


def _remembered(unit: _Unit, before: Mapping[str, Any]) -> dict[str, Any]:
    """What an answer does not repeat, from the column page that led to it."""
    kept = ("proxy", "body", "screen", "screens", "total", "link")
    return {name: before[name] for name in kept if name in before and not getattr(unit, name) and before[name]} | (
        {"screens": before["screens"]} if "screens" in before else {}
    )


def _asked_upto(response: Response, unit: _Unit) -> int:
    """How far a saved page reaches into the list: an answer says so in its own address."""
    asked = _query(response.url)
    if asked.get("endrecord", "").isdigit():
        return int(asked["endrecord"])
    page = _integer(asked.get("page")) if "dataproxy.jsp" in response.url else None
    return (page or 1) * len(unit.records)


def _next(response: Response, unit: _Unit, carried: Mapping[str, Any]) -> Ask | None:
    """The request for the group after `carried["upto"]`."""
    keep = {name: getattr(unit, name) for name in ("proxy", "body", "link", "screen", "screens", "total")}
    follow = {**keep, **carried, "form": carried.get("form", "A" if unit.proxy and unit.body else "B")}
    if follow["form"] == "A":
        return _form_a(response, unit, follow)
    return _form_b(response, unit, follow)


def _form_a(response: Response, unit: _Unit, follow: Mapping[str, Any]) -> Ask:
    start, screen = int(follow["upto"]) + 1, unit.screen or len(unit.records)
    window = f"startrecord={start}&endrecord={start + unit.group - 1}&perpage={screen}"
    url = urljoin(response.url, f"{unit.proxy}?{window}")
    return Ask(url, "POST", urlencode(unit.body), _headers(response, follow, numbered.FORM), _own(response, follow))


def _form_b(response: Response, unit: _Unit, follow: Mapping[str, Any]) -> Ask | None:
    """The `<nextgroup>` link verbatim but for `page=`; its columnid may be an encrypted blob. The column page's own
    link is asked first as it is printed: hosts do not agree whether its page=1 is the first group or the next."""
    if not unit.link:
        return None
    number = follow.get("page")
    link = unit.link if number is None else re.sub(r"([?&]page=)\d+", rf"\g<1>{number}", unit.link, count=1)
    asked = re.search(r"[?&]page=(\d+)", link)
    follow = {**follow, "page": int(asked[1]) + 1 if asked else None}
    return Ask(urljoin(response.url, link), headers=_headers(response, follow, {}), state=_own(response, follow))


def _headers(response: Response, follow: Mapping[str, Any], more: Mapping[str, str]) -> dict[str, str]:
    return {**more, **numbered.XHR, "Referer": str(follow.get("referer", response.url))}


def _own(response: Response, follow: Mapping[str, Any]) -> dict[str, Any]:
    return {"referer": response.url, **follow}


def _other_form(response: Response, unit: _Unit, before: Mapping[str, Any]) -> Listing:
    """The first group came again. After form A try form B, once; in form B the printed link was the first group."""
    tries = int(before.get("again", 0)) + 1
    if tries > 2 or not unit.link:
        return Listing((), unit.total)
    following = _form_b(response, unit, {**before, "form": "B", "again": tries})
    return Listing((), unit.total, next=following, frame=following is not None)


# --- the array dialect -----------------------------------------------------------------------------------------

ASSIGNED = re.compile(
    r"\b(urls|headers|titles|year|month|day)\[\w+\]\s*=\s*(?:'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\")"
)


def _arrays(text: str, base: str) -> Iterator[Entry]:
    """`urls[i]='/art/…';headers[i]="…";year[i]='2021';month[i]='03';day[i]='05';` — the whole list in one page."""
    cells: dict[str, str] = {}
    for name, single, double in [*ASSIGNED.findall(text), ("urls", "", "")]:
        if name == "urls" and cells:
            yield from _cell(cells, base)
            cells = {}
        cells["headers" if name == "titles" else name] = re.sub(r"\\(.)", r"\1", single or double)


def _cell(cells: Mapping[str, str], base: str) -> Iterator[Entry]:
    title, url = rows.clean_title(numbered.plain(cells.get("headers", ""))), rows.joined(base, cells.get("urls", ""))
    day = dates.read("-".join(cells.get(part, "") for part in ("year", "month", "day"))).iso
    if title and url and cells.get("urls"):
        yield Entry(title, url, day)


# --- /module/xxgk/ ---------------------------------------------------------------------------------------------

SEARCH = "/module/xxgk/search.jsp"
ROWS = (  # rows of the catalogue's skins, the first that is there
    "//*[contains(@class, 'tr_main_value_odd') or contains(@class, 'tr_main_value_even')]",
    "//div[contains(@class, 'wip_lists')][.//a]",
    "//div[contains(@class, 'zfxxgk_zdgkc')]//ul/li",
)
TREE = re.compile(r"/module/xxgk/(?:tree|search)\.jsp\?([^\"'\s<>]+)")
ORDER = ",createdatetime:0,orderid:0"
QUERY = (
    "standardXxgk={standard}&isAllList=1&texttype=0&fbtime=-1&vc_all=&vc_filenumber=&vc_title=&vc_number="
    f"&currpage=1&sortfield={ORDER}"
)


def _catalogue(response: Response, page: pages.Page) -> Listing:
    """An answer of search.jsp and its siblings; page k is `currpage=k` wherever the request says it."""
    if page.tree is None:
        return Listing(())
    options = state(response).get("options", {})
    skin = next((xpath for xpath in ROWS if page.tree.xpath(xpath)), None)
    found = rows.entries(page.tree, response.url, skin)
    claimed, ask = counts.totals(page.text), numbered.asked(response)
    number = _currpage(ask) or 1
    following = None
    if found and claimed.pages is not None and number < claimed.pages:
        following = _turned(ask, number + 1)
    if column := options.get("column"):  # search.jsp may answer for the whole region
        found = tuple(entry for entry in found if f"art_{column}_" in entry.url)
    empty = not found and (claimed.records == 0 or counts.says_empty(page.text))
    return Listing(found, claimed.records, claimed.pages, following, says_empty=empty)


def _currpage(ask: Ask) -> int | None:
    found = re.search(r"(?:^|[?&])currpage=(\d+)", ask.body or "") or re.search(r"[?&]currpage=(\d+)", ask.url)
    return int(found[1]) if found else None


def _turned(ask: Ask, number: int) -> Ask:
    def turn(text: str) -> str:
        return re.sub(r"((?:^|[?&])currpage=)\d+", rf"\g<1>{number}", text)

    return replace(ask, url=turn(ask.url), body=turn(ask.body) if ask.body else ask.body)


def _shell(text: str, response: Response) -> Ask | None:
    """A column page that only loads the catalogue: the request for its first page, from what the page, its address
    and the site file say. Without organisation and category nothing is asked."""
    tree = TREE.search(text)
    if not tree:
        return None
    options = state(response).get("options", {})
    said = {**_query("?" + unescape(tree[1])), **_query(response.url), **{k: str(v) for k, v in options.items()}}
    column = COLUMN.search(response.url)
    body = {
        "infotypeId": said.get("infotypeId") or said.get("number", ""),
        "jdid": said.get("jdid", ""),
        "area": said.get("area") or said.get("vc_xxgkarea", ""),
        "divid": said.get("divid") or (f"div{column[1]}" if column else ""),
        "vc_title": "", "vc_number": "", "sortfield": ORDER, "currpage": "1", "vc_filenumber": "", "vc_all": "",
        "texttype": "0", "fbtime": "-1",
    }  # fmt: skip
    if not body["area"] and not body["infotypeId"]:
        return None
    query = QUERY.format(standard=said.get("standardXxgk", "0"))
    url = urljoin(response.url, f"{SEARCH}?{query}")
    headers = {**numbered.FORM, **numbered.XHR, "Referer": response.url}
    return Ask(url, "POST", urlencode(body), headers, _carried(options))
