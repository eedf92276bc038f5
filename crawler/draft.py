"""Drafts the file of a new site from one of its pages: `gongkai add URL`.

    conversation = draft(url)          a generator: it yields the request it wants answered (`Ask`), is sent the answer
                                       (a response, or the sentence why there is none) and returns a `Draft`
    propose(response)                  its core: the site and its channels, from one page alone
    toml(draft)                        the site file, with comments; `crawler.sites.read` reads it back equal

There is no network in it; `crawler.fetch` answers for the command, a dictionary for a test. Nothing is guessed in
silence: what was tried stands in the previews, what could not be told in the comments of the file.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import parse_qsl, urldefrag, urlencode, urljoin, urlsplit

from lxml.html import HtmlElement
from scrapy.http import HtmlResponse, Response

from archive.errors import GongkaiError, UsageError
from archive.identity import canonical
from archive.records import Ask, Channel, Kind, Listing, Site
from crawler import cms
from crawler.browser import lacking
from crawler.cms import rows
from crawler.middlewares import within
from crawler.sites import PROVINCES
from pipelines import extract
from pipelines.html import parse
from pipelines.kinds import filled_by_script

CANDIDATES = 12  # columns of a home page that are looked at
UNORDERED = frozenset({"nc"})  # the order of its pages is not known (platforms.md §14.1): always walked to the end
REDIRECTS = 3
FRAMES = 3  # requests from a shell to the list inside it

# What columns of disclosure are called and how their folders are spelled, nationwide (platforms.md §B.4), the more
# telling ones first. 指南 and 依申请公开 are single pages and forms.
COLUMNS: tuple[tuple[str, str], ...] = (
    ("法定主动公开内容|主动公开目录", r"fdzdgk(?:nr)?"),
    ("(?:行政)?规范性文件", r"(?:xz)?gfxwj"),
    ("政府文件|政策文件|政策法规|文件公开", r"zcwj|z?fwj|szfwj|zcfg"),
    ("信息公开目录|公开目录", r"(?:zf)?(?:xx)?gkml"),
    ("年度报告|公开年报|工作年报|工作报告", r"(?:zf)?(?:xx)?gknb"),
    ("通知公告|公示公告|公告公示|通知通告", r"tzgg|gsgg|gggs|tztg"),
    ("履职依据", r"lzyj"),
    ("政策解读", r"zcjd"),
    ("基层政务公开", r"jcxxgk|jczwgk"),
    ("政府信息公开|信息公开|政务公开", r"(?:zf)?xxgk|zwgk"),
)
NOT_A_LIST = re.compile(r"指南|依申请|意见箱|zfxxgkzn|ysqgk")
SOUGHT = "政府信息公开, 政策文件, 规范性文件, 通知公告, 年报"

CRUMBS = re.compile(r"位\s*置\s*[:：]|首\s*页\s*(?:[>›»＞→]|&gt;)")
CRUMB = re.compile(r"(?<!\s)\s*(?:[>›»＞→]+|::|\s-\s)\s*")
BODY = re.compile(r"(?:政府|委员会|管委会|办公室|厅|局|部|署|院|中心|集团|总社|网)(?:门户)?(?:网站|网)?$")
WEBSITE = re.compile(r"^欢迎(?:访问|光临|您来到)|(?:门户|官方)?网站$|_?首页$")
NUMBERED = re.compile(r"pageNum|pageNumber|pageNo|pageIndex|page|currentPage|currpage|PAGENUM|cur_page", re.I)
FILE = re.compile(r"\A(?:(?:index|default|home|[a-z_]*list)_?\d{0,5}(?:\.[a-z]+)?|\d{1,3}\.s?html?)")  # …/tzgg/1.html
HOME = re.compile(r"/?(?:index|default|home)?(?:\.[a-z]+)?")
HASH = re.compile(r"[0-9a-f-]{24,}")  # UUIDs and MD5 sums say nothing


@dataclass(frozen=True, slots=True)
class Preview:
    """What one look at a proposed channel gave. `second` is the number of entries that page 2 brought and page 1 had
    not, None where there is no page 2 or it was `lost`, and why; `problem` says why the channel was not kept."""

    channel: Channel
    entries: int = 0
    total: int | None = None
    second: int | None = None
    lost: str | None = None
    problem: str | None = None
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A site as it could stand in the catalogue, what was seen of each proposed channel, and what is uncertain."""

    site: Site
    previews: tuple[Preview, ...]
    doubts: tuple[str, ...] = ()


Answer = Response | str
Talk = Generator[Ask, Answer, Preview]


# --- the conversation ----------------------------------------------------------------------------------------------


def draft(url: str) -> Generator[Ask, Answer, Draft]:
    """Asks for the page, then for pages 1 and 2 of every column it proposes; keeps those that are lists. Where a script
    fills the page, the same in a browser, and the site file says so. Raises `UsageError` with what was looked for and
    not found."""
    try:
        return (yield from _drafted(url))
    except Scripted as error:
        if why := lacking():
            raise UsageError(f"{error}; {why}") from None
    made = yield from _in_browser(_drafted(url))
    return replace(made, site=replace(made.site, browser=True))


class Scripted(UsageError):
    """Nothing was found, on a page that only a script fills."""


def _in_browser(talk: Generator[Ask, Answer, Draft]) -> Generator[Ask, Answer, Draft]:
    """The same conversation, with every answer as a browser shows it."""
    ask = next(talk)
    while True:
        answer = yield replace(ask, browser=True)
        try:
            ask = talk.send(answer)
        except StopIteration as end:
            made: Draft = end.value
            return made


def _drafted(url: str) -> Generator[Ask, Answer, Draft]:
    answer = yield from look(Ask(urldefrag(url).url))
    for _ in range(REDIRECTS):
        if isinstance(answer, str) or not (elsewhere := _leads_to(answer)):
            break
        answer = yield from look(Ask(elsewhere))
    page = _by_address(url, answer) if isinstance(answer, str) else answer
    try:
        site = propose(page, url)
        previews = []
        for channel in site.channels:
            previews.append((yield from preview(channel, None if isinstance(answer, str) else answer)))
        return settled(site, tuple(previews), region(page)[2])
    except UsageError as error:
        raise Scripted(str(error)) if filled_by_script(page) else error from None


def look(ask: Ask) -> Generator[Ask, Answer, Answer]:
    """The answer to one request; an error page is none, but what it says."""
    answer = yield ask
    if isinstance(answer, str) or answer.status < 400:
        return answer
    return extract(answer).problem or f"status {answer.status}"


def _leads_to(page: Response) -> str | None:
    """Where a stub leads: many a home page is nothing but `location.href = "/x/index.html"`."""
    reading = extract(page)
    return urljoin(page.url, reading.target) if reading.kind == "redirect" and reading.target else None


def _by_address(url: str, reason: str) -> Response:
    """An interface refuses a plain look (it wants a POST, a Referer …), but its address alone says the family."""
    page = HtmlResponse(urldefrag(url).url, body=b"", encoding="utf-8")
    if cms.recognise(page) == "html":
        raise UsageError(f"{url}: {reason}")
    return page


def preview(channel: Channel, page: Response | None = None) -> Talk:
    """Looks at pages 1 and 2 of a channel. `page` answers for its first request where it is the same. A link's family
    is not known before it was fetched: where the channel has none yet ("html"), page 1 decides."""
    try:
        ask = cms.family(channel.cms).first(channel)
        answer = page if page is not None and _is_plain(ask, page.url) else (yield from look(ask))
        if isinstance(answer, str):
            return Preview(channel, problem=answer)
        if channel.cms == "html":
            channel = replace(channel, cms=cms.recognise(answer))
        return (yield from _read(channel, answer))
    except GongkaiError as error:
        return Preview(channel, problem=str(error))


def _read(channel: Channel, answer: Response) -> Talk:
    family = cms.family(channel.cms)
    listing, asked = family.listing(answer), [answer.url]
    for _ in range(FRAMES):
        if not listing.frame or listing.next is None:
            break
        asked.append(listing.next.url)
        inside = yield from look(listing.next)
        if isinstance(inside, str):
            return Preview(channel, problem=f"{listing.next.url}: {inside}")
        answer, listing = inside, family.listing(inside)
    if not listing.entries:
        return Preview(channel, problem=_nothing(answer, listing))
    found = Preview(channel, len(listing.entries), listing.total, hosts=_hosts(channel, asked, listing))
    if listing.next is None:
        return found
    following = yield from look(listing.next)
    if isinstance(following, str):
        return replace(found, lost=f"{listing.next.url}: {following}")
    return replace(found, second=_fresh(listing, family.listing(following)))


def _fresh(one: Listing, two: Listing) -> int:
    return len({entry.url for entry in two.entries} - {entry.url for entry in one.entries})


def _nothing(answer: Response, listing: Listing) -> str:
    """Why an answer lists nothing, as far as it says so."""
    if listing.says_empty:
        return "the list says that it is empty"
    reading = extract(answer)
    return reading.problem or f"no entries found; status {answer.status}, the page looks like: {reading.kind}"


def _hosts(channel: Channel, asked: list[str], listing: Listing) -> tuple[str, ...]:
    """Further hosts that the channel needs: those of its interface, and the one where most of its documents are."""
    home = [urlsplit(channel.url).hostname or ""]
    wanted = [urlsplit(url).hostname or "" for url in asked]
    common = Counter(urlsplit(entry.url).hostname or "" for entry in listing.entries).most_common(1)
    wanted += [host for host, count in common if count > len(listing.entries) / 2]
    return tuple(dict.fromkeys(host for host in wanted if host and not within(host, home)))


def settled(site: Site, previews: tuple[Preview, ...], doubts: tuple[str, ...] = ()) -> Draft:
    """The draft with those channels that are lists. Raises `UsageError` where none is."""
    kept = [seen for seen in previews if seen.problem is None]
    if not kept:
        tried = "; ".join(f"{seen.channel.name} ({seen.channel.url}): {seen.problem}" for seen in previews)
        raise UsageError(f"{site.url}: looked at {len(previews)} columns, none is a list that can be read: {tried}")
    family = Counter(seen.channel.cms for seen in kept).most_common(1)[0][0]
    hosts = tuple(dict.fromkeys(host for seen in kept for host in seen.hosts))
    channels = tuple(replace(seen.channel, ordered=seen.channel.cms not in UNORDERED) for seen in kept)
    return Draft(replace(site, cms=family, hosts=hosts, channels=channels), previews, doubts)


# --- one page ------------------------------------------------------------------------------------------------------


def propose(response: Response, url: str = "") -> Site:
    """The site a page belongs to and the channels it shows: the page itself where it is a list, else its links to
    columns of disclosure. `url` is the address as a person gave it. Raises `UsageError`."""
    address = url if url and canonical(url) == canonical(response.url) else response.url
    family = cms.recognise(response)
    channels = channels_of(response, address, family)
    if not channels:
        raise UsageError(_not_found(response, family))
    place, code, _ = region(response)
    root = urljoin(response.url, "/")
    source = f"gongkai add {url or response.url}"
    named = Site(key_of(root), site_name(response), root, family, channels, place, code, source=source)
    return replace(named, private=is_private(urlsplit(root).hostname or ""))


def is_private(host: str) -> bool:
    """An address of one's own network, as a person typed it: only `private = true` lets a crawl go there."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost"


def channels_of(response: Response, url: str, family: str) -> tuple[Channel, ...]:
    """What a page offers: itself; the column that a document stands in; else the columns it links to. A home page shows
    some entries of many columns: there the columns are what is wanted. A page of a known family that is none of these
    is proposed all the same; the preview says what is missing."""
    page = Channel(key_of(url), channel_key(url), _from_the_start(url), channel_name(response), family)
    home = HOME.fullmatch(urlsplit(url).path) is not None
    tree, document = parse(response).tree, is_document(response, family)
    if not home and not document and is_list(response, page):
        return (page,)
    if found := (document and column_of(tree, response.url)) or columns(tree, response.url):
        return found
    return (page,) if not document and (family != "html" or is_list(response, page)) else ()


def is_document(response: Response, family: str) -> bool:
    """Is it a document, whatever lists stand beside its text?"""
    return extract(response).kind == "document" and not _turns(response, family)


def _turns(response: Response, family: str) -> bool:
    """Does it go on to a next page? A list of rows with an index block each looks like a document (VSB egovinfo)."""
    try:
        listing = cms.family(family).listing(response)
    except GongkaiError:
        return False
    return listing.next is not None and not listing.frame


def is_list(response: Response, channel: Channel) -> bool:
    """Is the page a list, a frame around one, or the address of an interface (`/igs/front/…`), which its family would
    ask in another way than by a plain request?"""
    family = cms.family(channel.cms)
    try:
        listing = family.listing(response)
        if listing.entries or listing.says_empty or listing.frame or not _is_plain(family.first(channel), channel.url):
            return True
    except GongkaiError:
        return True  # the preview says what is missing
    return extract(response).kind == "listing"  # a list whose entries lead nowhere (blanked links) is one all the same


def leads_to_list(response: Response, channel: Channel, kind: Kind) -> bool:
    """Is what somebody gave to `gongkai scrape`, read as `kind`, a list after all: one whose rows have an index block
    each, a shell that loads it, or the address of an interface?"""
    if kind == "document":
        return _turns(response, channel.cms)
    family = cms.family(channel.cms)
    try:
        return family.listing(response).frame or not _is_plain(family.first(channel), channel.url)
    except GongkaiError:
        return False


def column_of(tree: HtmlElement | None, url: str) -> tuple[Channel, ...]:
    """The column a document stands in: the last link of its breadcrumb on the same host."""
    crumbs, host = _crumbs(tree), [urlsplit(url).hostname or ""]
    if tree is None or crumbs is None:
        return ()
    base = rows.base_of(tree, url)
    links = [(rows.shown(node), rows.address(node, base)) for node in crumbs.iter("a")]
    inside = [(name, target) for name, target in links if target and within(urlsplit(target).hostname or "", host)]
    name, target = inside[-1] if inside else ("", url)
    if HOME.fullmatch(urlsplit(target).path) or _same_page(target, url):
        return ()
    return (Channel(key_of(url), channel_key(target), target, _clean(name) or "列表", "html"),)


def _is_plain(ask: Ask, url: str) -> bool:
    """Is this what an ordinary look at the address asks for?"""
    carried = any(ask.state.values())
    return (ask.method, ask.body, carried) == ("GET", None, False) and _same_page(ask.url, url)


def _from_the_start(url: str) -> str:
    """The list from page 1: `…/index.html?uid=445&pageNum=2` → `…/index.html?uid=445`."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    kept = [
        (name, value) for name, value in query if not (NUMBERED.fullmatch(name) and value.isdigit() and value > "1")
    ]
    return url if kept == query else parts._replace(query=urlencode(kept)).geturl()


def columns(tree: HtmlElement | None, url: str) -> tuple[Channel, ...]:
    """Links of a page to columns of disclosure on the same host, the more telling ones first."""
    if tree is None:
        return ()
    found = sorted(_ranked(tree, url), key=lambda column: column[0])
    chosen: dict[str, tuple[str, str]] = {}
    for _, name, target in found:
        chosen.setdefault(canonical(target), (name, target))
    taken: set[str] = set()
    channels = []
    for name, target in list(chosen.values())[:CANDIDATES]:
        channels.append(Channel(key_of(url), _unlike(channel_key(target), taken), target, _clean(name), "html"))
    return tuple(channels)


def _ranked(tree: HtmlElement, url: str) -> Iterator[tuple[int, str, str]]:
    """(rank, name, address) of every link that says disclosure, by its text or by its folder."""
    base, host = rows.base_of(tree, url), [urlsplit(url).hostname or ""]
    for node in tree.iter("a"):
        name, target = rows.shown(node) or node.get("title") or "", rows.address(node, base)
        if target is None or not within(urlsplit(target).hostname or "", host) or _same_page(target, url):
            continue
        folder = urlsplit(target).path.lower()
        if not NOT_A_LIST.search(name + folder) and (rank := _rank(name, folder)) is not None:
            yield rank, name[:40], target


def _rank(name: str, path: str) -> int | None:
    """How telling a link is: its words first, then the last folders of its path."""
    words = next((n for n, (text, _) in enumerate(COLUMNS) if len(name) <= 20 and re.search(text, name)), None)
    if words is not None:
        return words
    last = "/".join(path.rstrip("/").split("/")[-2:])
    spelled = (n for n, (_, folder) in enumerate(COLUMNS) if re.search(rf"(?:^|[/_]){folder}\d*(?:[/_.]|$)", last))
    rank = next(spelled, None)
    return None if rank is None or not 2 <= len(name) <= 20 else rank + len(COLUMNS)


def _same_page(one: str, two: str) -> bool:
    return canonical(urldefrag(one).url) == canonical(urldefrag(two).url)


def _unlike(key: str, taken: set[str]) -> str:
    """The key, or with a number behind it where another channel has it."""
    number = 2
    unique = key
    while unique in taken:
        unique, number = f"{key}-{number}", number + 1
    taken.add(unique)
    return unique


def _not_found(response: Response, family: str) -> str:
    reading = extract(response)
    looks = {"document": "it is a document: `gongkai scrape` archives it", "listing": "it looks like a list"}
    why = reading.problem or looks.get(reading.kind, f"it looks like: {reading.kind}")
    return (
        f"{response.url}: looked for a list of documents (as {family} sites have it) and for links to columns such as "
        f"{SOUGHT}; found neither ({why}). Give the address of a page that lists documents"
    )


# --- names ---------------------------------------------------------------------------------------------------------


def metas(response: Response) -> dict[str, str]:
    """The page's `<meta name>` by name in small letters (国办发〔2017〕47号: SiteName, SiteIDCode, ColumnName)."""
    tree = parse(response).tree
    nodes: Iterable[HtmlElement] = tree.iter("meta") if tree is not None else ()
    pairs = ((node.get("name") or "", _clean(node.get("content") or "")) for node in nodes)
    return {name.lower(): content for name, content in pairs if name and content}


def _titles(response: Response) -> list[str]:
    """The parts of `<title>`: 通知公告_滁州市科学技术局 → [通知公告, 滁州市科学技术局]."""
    tree = parse(response).tree
    title = tree.findtext(".//title") if tree is not None else None
    return [part for part in re.split(r"\s*[-_|–—]+\s*|\s+", _clean(title or "")) if part]


def site_name(response: Response) -> str:
    """What the site calls itself: its meta, else the part of the title that names a body, else its host."""
    parts = _titles(response)
    named = next((part for part in parts if BODY.search(part)), parts[-1] if parts else "")
    name = metas(response).get("sitename") or named
    return WEBSITE.sub("", name).strip() or urlsplit(response.url).hostname or response.url


def channel_name(response: Response) -> str:
    """What the list is called: its meta (its last part, where that is a path), the breadcrumb, the title."""
    stated = re.split(r"[,，>/]", metas(response).get("columnname", ""))[-1].strip()
    others = (part for part in _titles(response) if not BODY.search(part))
    return (stated or _crumb(response) or next(others, "") or "列表")[:40]


def _crumb(response: Response) -> str:
    """The end of 当前位置：首页 > 政务公开 > 通知公告."""
    crumbs = _crumbs(parse(response).tree)
    last = CRUMB.split(rows.shown(crumbs))[-1].strip() if crumbs is not None else ""
    return "" if CRUMBS.search(last + "：") or last == "首页" else _clean(last)


def _crumbs(tree: HtmlElement | None) -> HtmlElement | None:
    """The innermost short element that says 位置：, or 首页 >."""
    found = None
    for node in tree.iter("div", "p", "span", "ul", "td", "nav") if tree is not None else ():
        if len(node) <= 12 and len(text := rows.shown(node)) <= 100 and CRUMBS.search(text) and CRUMB.search(text):
            if found is not None and found not in node.iterancestors():
                break
            found = node
    return found


def key_of(url: str) -> str:
    """The site's key by its host, the place before the department: kjj.chuzhou.gov.cn → chuzhou-kjj."""
    host = re.sub(r"^www\.", "", (urlsplit(url).hostname or "site").lower())
    labels = re.sub(r"\.(?:gov|org|com|net)\.cn$|\.(?:cn|com|org|net)$", "", host).split(".")
    ordered = labels if labels[-1].isdigit() else labels[::-1]
    return re.sub(r"[^a-z0-9-]+", "-", "-".join(ordered)).strip("-") or "site"


def channel_key(url: str) -> str:
    """The channel's key: the last folder or file of its address that says something."""
    parts = urlsplit(url)
    steps = [step for step in parts.path.lower().split("/") if step]
    if steps and FILE.fullmatch(steps[-1]):
        steps = steps[:-1]
    last = re.sub(r"\.[a-z]+$", "", steps[-1]) if steps else parts.fragment
    if last.isdigit() and len(steps) > 1:  # /article/66/
        last = f"{steps[-2]}-{last}"
    key = re.sub(r"[^a-z0-9-]+", "-", last).strip("-")
    return "list" if not key or HASH.fullmatch(key) else key[:24].strip("-")


def region(response: Response) -> tuple[str, str, tuple[str, ...]]:
    """(region, GB/T 2260 code, doubts) by SiteIDCode: six digits of the region and four of the site, or `bm` for
    ministries. Templates are copied with their codes (河南省商务厅 was seen with 4500000021, which is Guangxi's):
    where the name says another province, the code is not taken."""
    code, name = metas(response).get("siteidcode", ""), site_name(response)
    if code.lower().startswith("bm"):
        return "中央", "", ()
    said = next((place for place in PROVINCES.values() if name.startswith(place)), "")
    province = PROVINCES.get(code[:2], "") if re.fullmatch(r"\d{10}", code) else ""
    if not province:
        stated = f"SiteIDCode {code} is no province's" if code else "the page states no SiteIDCode"
        return said, "", (f"{stated}: the code is left out",)
    if said not in ("", province):
        return said, "", (f"SiteIDCode {code} is {province}'s, which {name} does not fit: the code is left out",)
    place = name if name.endswith("人民政府") else ""
    return province + place.removesuffix("人民政府").removeprefix(province), code[:6], ()


def _clean(text: str) -> str:
    return re.sub(r"[\x00-\x20\x7f\u3000\xa0\ufeff\u200b\ud800-\udfff]+", " ", text).strip()


# --- the file ------------------------------------------------------------------------------------------------------


def toml(made: Draft) -> str:
    """The site file: what was seen as comments, defaults left out."""
    site = made.site
    lines = [f"# {site.name}: drafted by gongkai, {site.cms}. Look it through before the first crawl."]
    lines += [f"# {doubt}" for doubt in made.doubts]
    lines += _table(site, {"key", "channels"})
    seen = {found.channel.key: found for found in made.previews}
    for channel in site.channels:
        lines += ["", f"# {said(seen[channel.key])}"] if channel.key in seen else [""]
        family = {"cms"} if channel.cms == site.cms else set()
        lines += ["[[channels]]", *_table(channel, {"site", "options", *family})]
        lines += [f"{_name(name)} = {_value(value)}" for name, value in channel.options.items()]
    for found in made.previews:
        if found.problem:
            lines += ["", *_left_out(found)]
    return "\n".join(lines) + "\n"


def said(found: Preview) -> str:
    """One preview in one line: `15 entries of 386; page 2 brings 15 more`."""
    if found.problem:
        return found.problem
    of = f" of {found.total}" if found.total is not None else ", how many there are is not said"
    more = {None: "no page 2 found", 0: "page 2 brings nothing new"}.get(
        found.second, f"page 2 brings {found.second} more"
    )
    return _clean(f"{found.entries} entries{of}; " + (f"page 2 did not come: {found.lost}" if found.lost else more))


def _left_out(found: Preview) -> list[str]:
    channel = found.channel
    return [f"# left out: {_clean(found.problem or '')}", f"# {_clean(channel.name)}: {channel.url}"]


def _table(record: Site | Channel, without: set[str]) -> list[str]:
    """Every field that is not as it would be anyway."""
    values = {field.name: getattr(record, field.name) for field in fields(record) if field.name not in without}
    defaults = {field.name: field.default for field in fields(record)}
    wanted = {name: value for name, value in values.items() if value != defaults[name] or name in ("tried", "cms")}
    first = [name for name in ("key", "name", "url") if name in wanted]
    ordered = first + [name for name in wanted if name not in first]
    return [f"{name} = {_value(wanted[name])}" for name in ordered]


def _name(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _value(name)


def _value(value: Any) -> str:
    """A value as TOML. Its basic strings are JSON's, but for DEL."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_name(str(name))} = {_value(inner)}" for name, inner in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(inner) for inner in value) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
