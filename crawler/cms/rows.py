"""Rows of a list, as HTML states them: which links are the entries, their titles, dates, and what the list claims.

`entries` finds the one list of entries among navigation, side lists and friend links (platforms.md §16), or reads the
rows an adapter names. `clean_title` and `date_in` follow §D.1 and §D.3, `totals` and `says_empty` §D.4.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import urljoin, urlsplit

from lxml import etree
from lxml import html as lxml_html
from lxml.html import HtmlElement

from archive.records import Entry
from crawler.cms import source
from pipelines import dates

# --- dates (platforms.md §D.1) -------------------------------------------------------------------------------------

DAY = r"(?:19|20)\d\d\s{0,8}[-./年－]\s{0,8}\d{1,2}\s{0,8}[-./月－]\s{0,8}\d{1,2}(?:\s+\d{1,2}:\d\d(?::\d\d)?)?"
SPLIT: tuple[tuple[re.Pattern[str], tuple[int, int, int]], ...] = (  # cells of one date: groups of year, month, day
    (re.compile(r"(?<!\d)(\d{1,2})日?\s+((?:19|20)\d\d)\s*[-./年]\s*(\d{1,2})(?![\d])"), (2, 3, 1)),  # 28 2026-09
    (re.compile(r"(?<!\d)(\d{1,2})[-./月](\d{1,2})日?\s+((?:19|20)\d\d)(?!\d)"), (3, 1, 2)),  # 09-28 2026
    (re.compile(r"(?<!\d)((?:19|20)\d\d)年?\s+(\d{1,2})[-./月](\d{1,2})(?!\d)"), (1, 2, 3)),  # 2026 09-28
    (re.compile(r"(?<!\d)((?:19|20)\d\d)[-./年](\d{1,2})月?\s+(\d{1,2})(?![\d:])"), (1, 2, 3)),  # 2026-09 28
)
PARTIAL = re.compile(r"(?<![\d./-])(\d{1,2})[-./月](\d{1,2})(?![\d./-])日?")  # [09-04], 9月28日
URL_DAYS = (  # the date in an entry's address, the most exact first; of a month its middle
    re.compile(r"(?<!\d)((?:19|20)\d\d)(\d\d)(\d\d)(?!\d)"),  # /t20240903_1.html
    re.compile(r"(?<!\d)((?:19|20)\d\d)[-/_](\d\d?)[-/_](\d\d?)(?!\d)"),  # /2024/9/3/, /2024-09/03/
    re.compile(r"(?<!\d)((?:19|20)\d\d)[-/]?(\d\d)()(?!\d)"),  # /202409/
)
NEAR = 45  # days between a printed [09-04] and the date in its URL that still names its year
LEAD = re.compile(  # the date of a card, in cells of its own, before a long summary
    r"(?:\d{1,2}\s+(?:19|20)\d\d[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}\s+(?:19|20)\d\d|(?:19|20)\d\d(?:[-./]\d{1,2}){2})(?=\s)"
)
TAIL = 200  # characters of a row in which its date stands; before that it is a summary


def date_in(text: str) -> str | None:
    """The last fully written date of a text as ISO, or None: `[2021-03-05]`, `2026-\\n01-\\n23`, `28 2026-09`."""
    tail = text[-TAIL:]
    if not re.search(r"\d\d|[〇○零一二]{2}", tail):
        return None
    return dates.read_last(tail).iso or next(filter(None, (_split(tail, *form) for form in SPLIT)), None)


def _split(text: str, pattern: re.Pattern[str], order: tuple[int, int, int]) -> str | None:
    found = pattern.search(text)
    return dates.read("-".join(found[group] for group in order)).iso if found else None


def _completed(text: str, url: str) -> str | None:
    """A month and day that the date in the entry's own URL completes: `[09-04]` beside `t20240903_1.html`."""
    found = PARTIAL.findall(text)
    near = next(filter(None, (_url_day(pattern, url) for pattern in URL_DAYS)), None) if found else None
    if near is None:
        return None
    given = date.fromisoformat(near)
    years = (dates.read(f"{given.year + step}-{found[-1][0]}-{found[-1][1]}").iso for step in (0, 1, -1))
    return next((iso for iso in years if iso and abs((date.fromisoformat(iso) - given).days) <= NEAR), None)


def _url_day(pattern: re.Pattern[str], url: str) -> str | None:
    days = (dates.read(f"{year}-{month}-{day or 15}").iso for year, month, day in pattern.findall(urlsplit(url).path))
    return next(filter(None, days), None)


# --- titles (platforms.md §D.3) ------------------------------------------------------------------------------------

CUT = re.compile(r"(?:…+|\.{2,})$")
BULLET = re.compile(r"^(?:[·•・●○■□◆◇▪▫►▶★☆※»›>\-—*\s]|\d{1,3}[.、](?=\D))+(?=\S)")
FLAG = re.compile(r"^(?:[\[【(（]?(?:置顶|顶|NEW|New|new|HOT|热)[!！]?[\]】)）]|置顶\s|(?:NEW|New|new)\b!?)\s*")
OFFICE = re.compile(r"^[\[［]\s*[\u4e00-\u9fff]{1,14}[局委办厅部府院处会镇乡区县市省心道]\s*[\]］]\s*")  # [市科技局]
_DAY = r"(?:19|20)\d\d[-./]\d{1,2}[-./]\d{1,2}(?:\s+\d{1,2}:\d\d(?::\d\d)?)?"
DAY_ONLY = re.compile(rf"\W*{_DAY}\W*")
DATE_EDGE = re.compile(rf"^[\[(（]?{_DAY}[\])）]?\s*(?=\D)|\s+{_DAY}$|\s*[\[(（]{_DAY}[\])）]$")
ICON = re.compile(r"\s+[\[(（]?(?:图解|HTML|PDF|NEW|New|new)[!！]?[\])）]?$")
STATED_TITLE = re.compile(r"(?:标\s*题|名\s*称)\s*[:：]\s*([^\n\r]+)")  # title="标题：…\n发布时间：…"


def clean_title(text: str, attribute: str = "") -> str:
    """The title a person would read. `attribute` is `@title`: it wins where the text is cut or absent."""
    title, hint = _squeezed(text), _attribute(attribute)
    start = CUT.sub("", title)
    if hint and (not title or (start != title and _same_start(hint, start)) or _opens_with(hint, title)):
        title = hint
    return _stripped(title)


def _attribute(value: str) -> str:
    stated = STATED_TITLE.search(value)
    hint = _squeezed(re.sub(r"<[^>]+>", "", stated[1] if stated else value))
    return "" if GENERIC.fullmatch(hint) else hint


def _same_start(whole: str, start: str) -> bool:
    bare = re.compile(r"\s+")
    return bare.sub("", whole).startswith(bare.sub("", _stripped(start))[:8])


def _opens_with(hint: str, title: str) -> bool:
    """The text is more than the title (a link around a whole row), or the hint is the longer form of the text."""
    return len(hint) >= 6 and (title.startswith(hint) or hint.startswith(title))


def _stripped(title: str) -> str:
    for pattern in (BULLET, FLAG, DATE_EDGE, OFFICE, ICON):
        title = pattern.sub("", title).strip() or title
    return title


def _squeezed(text: str) -> str:
    return " ".join(text.replace("\u200b", "").replace("\ufeff", "").split())


# --- links ---------------------------------------------------------------------------------------------------------

NO_ADDRESS = re.compile(r"^(?:javascript|mailto|tel|file|data|about|[a-z]:\\)|^#|[{}<>]|^\s*$|\$\{|^['\"]", re.I)
OPENED = re.compile(  # window.open('/a.html'), location.href=encodeURI('index_2.jhtml'), gotoPage("b.html")
    r"(?:open|href\s*=|location\s*=|replace|encodeURI|goto\w*|jump\w*|url\w*)\W{0,3}['\"]([^'\"\s]+)", re.I
)
GENERIC = re.compile(
    r"[\s\[【(（<>《》«»‹›+>\]】)）.…:：|/-]*(?:更多|more|查看更多|首页|上一?页|前一?页|下一?页|后一?页|尾页|末页|最后一页|第一页|"
    r"返回\w*|详情|详细|全文|查看全文|点击进入|进入|查看|查看详情|阅读|阅读全文|点击查看|下载|附件|解读|政策解读|图解|相关解读|打印|关闭|跳转|确定|go|转到|收藏|分享|\d{1,4}|)"
    r"[\s\[【(（<>《》«»‹›+>\]】)）.…:：|/-]*",
    re.I,
)
ARTICLE = re.compile(  # article addresses, platforms.md §20
    r"/t(?:19|20)\d{6}_\d+\.|/art_\d|/art/\d{4}/|content_\d+\.|/c_\d+\.|/m?post_\d+|/[0-9a-f]{32}\.|/ARTI\d|/c\d+/content\.|"
    r"/(?:19|20)\d{6}/|/(?:19|20)\d{2}[-/]?\d{2}[-/]\d{2}/|/(?:19|20)\d{4}/\S*\d|/info/(?:egovinfo/)?\w+/|"
    r"/(?:public|content|article|show|detail|view)s?/\S*\d|[?&](?:id|newsid|wbnewsid|articleId|infoid)=\w*\d|"
    r"/\d{5,}(?:/index)?\.s?html?|/\d{12,}/|[0-9a-f]{24,}|/P0\d{10,}|\.(?:pdf|docx?|xlsx?|wps|zip)(?:$|\?)",
    re.I,
)
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5"})
VOID = frozenset({"script", "style", "noscript", "template", "textarea", "select", "option"})
INLINE = frozenset({"em", "font", "b", "strong", "i", "u", "a", "sup", "sub"})
ROW_TAGS = frozenset({"li", "tr", "dd", "dt"})
LIST_TAGS = frozenset({"body", "html", "ul", "ol"})
TABLE_PARTS = frozenset({"tbody", "thead", "tfoot"})
ASIDE = re.compile(  # names of what stands around a list
    r"nav|menu|foot|header|crumb|position|weizhi|friend|yqlj|link|side|hot|rank|relat|banner|slide|swiper|focus|share"
)
DATED = re.compile(r"date|time|riqi|\bsj\b", re.I)
TITLED = re.compile(r"(?:^|[-_\s])(?:title|tit|bt|biaoti|file-title|name|h\d)", re.I)


@dataclass(frozen=True, slots=True)
class _Link:
    """An anchor that may be an entry: its address, and the title it shows."""

    node: HtmlElement
    url: str
    title: str


@dataclass(slots=True)
class _Group:
    """Rows that stand in one list, with the anchors they hold."""

    rows: list[tuple[HtmlElement, list[_Link]]] = field(default_factory=list)
    score: float = 0.0

    @property
    def home(self) -> HtmlElement:
        """The element that holds its first row."""
        return self.rows[0][0].getparent()


def fragment(html: str) -> HtmlElement:
    """HTML that is part of a page (a record, an answer) as one `<div>`; anything that is no HTML gives an empty one."""
    text = re.sub(r"<\?xml[^>]*\?>|[\x00-\x08\x0b\x0c\x0e-\x1f]", "", html)
    try:
        return lxml_html.fromstring(f"<div>{text}</div>")
    except (etree.ParserError, ValueError):
        return lxml_html.fromstring("<div></div>")


def address(node: HtmlElement, base: str) -> str | None:
    """Where a link leads, absolute; also `onclick="window.open('…')"`, `data-url` and eportal's `tagname`. None for
    blanked links."""
    for name in ("href", "data-url", "data-href", "tagname", "onclick"):
        value = (node.get(name) or "").strip()
        if name == "onclick" or value[:10].lower() == "javascript":
            opened = OPENED.search(value)
            value = opened[1] if opened else ""
        if value and not NO_ADDRESS.search(value):
            return joined(base, value)
    return None


def joined(base: str, raw: str) -> str | None:
    """An absolute http(s) address as a browser makes it: no line breaks in it, spaces escaped, `\\` for `/`."""
    try:
        url = urljoin(base, re.sub(r"[\t\r\n]", "", raw.strip()).replace("\\", "/").replace(" ", "%20"))
    except ValueError:  # http://[ in a typed link
        return None
    return url if url.startswith(("http://", "https://")) else None


def base_of(root: HtmlElement, url: str) -> str:
    """What relative links of the page start from: `<base href>`, else its own address."""
    named = root.getroottree().find(".//base[@href]")
    return urljoin(url, named.get("href").strip()) if named is not None else url


# --- the list ------------------------------------------------------------------------------------------------------


def entries(root: HtmlElement, base: str, rows_xpath: str | None = None) -> tuple[Entry, ...]:
    """The entries of the one list below `root`, in the page's order, one per address; or those of the rows named by
    `rows_xpath`. Rows without an address (blanked, template, `javascript:`) are no entries."""
    base = base_of(root, base)
    links = list(_links(root, base))
    found = _named(root, rows_xpath, links) if rows_xpath else _list(root, links)
    return unique(entry for rows in found for entry in _read(rows))


def _links(root: HtmlElement, base: str) -> Iterator[_Link]:
    for node in root.iter("a"):
        url = address(node, base)
        if url is None:
            continue
        title = _title(node)
        if title and not GENERIC.fullmatch(title) and "<?" not in title and "{{" not in title:
            yield _Link(node, url, title)


def _title(node: HtmlElement) -> str:
    """The title a link shows. Where it wraps a whole row, the part that is called a title speaks for it."""
    parts = [part for part in node.iter() if isinstance(part.tag, str) and part is not node and part.tag not in VOID]
    named = [part for part in parts if part.tag in HEADINGS or TITLED.search(part.get("class") or "")]
    days = [part for part in parts if re.match(r"\W*\d", part.text or "") and DAY_ONLY.fullmatch(shown(part))]
    said = shown(named[0]) if named and len(parts) > 1 else shown(node, days)
    return clean_title(said or shown(node), node.get("title") or node.get("mc") or "")


def shown(node: HtmlElement, without: Collection[HtmlElement] = ()) -> str:
    """What an element shows, on one line; without scripts, and without the elements `without`."""
    return _squeezed("".join(_strings(node, without, INLINE)))


def _apart(node: HtmlElement, without: Collection[HtmlElement]) -> str:
    """The same with every element on its own, for dates in cells: `<b>05</b><i>2024-03</i>`."""
    return _squeezed("".join(_strings(node, without, frozenset())))


def _strings(node: HtmlElement, without: Collection[HtmlElement], inline: frozenset[str]) -> Iterator[str]:
    """The strings of an element in order, without recursion: pages nest 2,000 deep."""
    waiting: list[HtmlElement | str] = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            yield part
            continue
        inner: list[HtmlElement | str] = [part.text or ""]
        for child in part:
            if isinstance(child.tag, str) and child.tag not in VOID and child not in without:
                gap = "" if child.tag in inline else " "
                inner += [gap, child, gap]
            inner.append(child.tail or "")
        waiting += reversed(inner)


def _named(root: HtmlElement, xpath: str, links: Sequence[_Link]) -> Iterator[_Group]:
    """The rows an adapter points at; each of them is one entry."""
    inside = defaultdict(list)
    for link in links:
        for up in (link.node, *link.node.iterancestors()):
            inside[up].append(link)
    chosen = [row for row in root.xpath(xpath) if row in inside]
    if chosen:
        yield _Group([(row, inside[row]) for row in chosen])


def _list(root: HtmlElement, links: Sequence[_Link]) -> list[_Group]:
    """The group that looks most like the list, with what belongs to it: the other columns of an overview, and lists
    that adjoin it (rows on top, every five rows in a `<ul>` of its own)."""
    groups = _groups(links)
    for group in groups:
        group.score = _score(group)
    best = max(groups, key=lambda group: group.score, default=None)
    if best is None or best.score <= 0:
        return []
    overview = _has_more(best)
    return [
        group
        for group in groups
        if group is best or (group.score > 0 and ((overview and _has_more(group)) or _adjoins(group, best)))
    ]


def _adjoins(group: _Group, best: _Group) -> bool:
    """Is the group a list beside the best one, made of the same elements, with nothing said between them?"""
    home, main = group.home, best.home
    if home is None or home.getparent() is not main.getparent() or home.tag != main.tag:
        return False
    first, last = sorted((home, main), key=lambda node: node.getparent().index(node))
    between = list(first.itersiblings())
    between = between[: between.index(last)] if last in between else []
    said = (first.tail or "", *(f"{shown(node)}{node.tail or ''}" for node in between if isinstance(node.tag, str)))
    return group.rows[0][0].tag == best.rows[0][0].tag and not "".join(said).strip()


def _groups(links: Sequence[_Link]) -> list[_Group]:
    """Links gathered into rows, rows into lists; lists of one make are one (blocks of five `<li>`)."""
    reach: dict[HtmlElement, set[str]] = defaultdict(set)
    for link in links:
        for up in link.node.iterancestors():
            reach[up].add(link.url)
    rows: dict[HtmlElement, list[_Link]] = defaultdict(list)
    for link in links:
        rows[_row(link, reach)].append(link)
    groups: dict[object, _Group] = defaultdict(_Group)
    for row, held in rows.items():
        groups[_make(row)].rows.append((row, held))
    return list(groups.values())


def _row(link: _Link, reach: dict[HtmlElement, set[str]]) -> HtmlElement:
    """The element that is the link's row: its `li`, `tr`, `dd`, if that is one entry; else the largest element that
    holds no other entry."""
    for up in link.node.iterancestors():
        if up.tag in ROW_TAGS:
            if len(reach[up]) == 1 or (len(reach[up]) <= 4 and len(re.findall(DAY, shown(up))) <= 1):
                return up
            break
    node = link.node
    while (up := node.getparent()) is not None and reach[up] == {link.url} and up.tag not in LIST_TAGS:
        node = up
    return node


def _make(row: HtmlElement) -> object:
    """What rows of one list share: how they and their containers are made, and where these stand."""
    home = row.getparent()
    while home is not None and home.tag in TABLE_PARTS:
        home = home.getparent()
    if home is None:
        return None
    over = home.getparent()
    above = over.getparent() if over is not None else None
    if over is None or above is None or over.tag in ("body", "html"):
        return (row.tag, home)
    return (row.tag, home.tag, _class(home), over.tag, _class(over), above)


def _class(node: HtmlElement) -> str:
    return re.sub(r"\d+", "", node.get("class") or "")


def _score(group: _Group) -> float:
    """How much a group looks like the list: dated rows first, article addresses, titles that are sentences."""
    dated = sum(1 for entry in _read(group) if entry.date) if len(group.rows) < 2000 else len(group.rows)
    best = [_best(held) for _, held in group.rows]
    article = sum(1 for link in best if ARTICLE.search(link.url))
    pages = sum(1 for link in best if re.search(r"\d[^/]*$", link.url))  # not …/zcwj/, …/index.html: navigation
    long = sum(1 for link in best if len(link.title) >= 9)
    undated = min(article, long) >= len(best) / 2 or (len(best) > 2 and min(long, pages) > len(best) * 0.7)
    if not dated and not undated:
        return 0.0
    return (3 * dated + 1.5 * article + long) * _standing(group)


def _standing(group: _Group) -> float:
    """Less for lists in navigation, footers and side columns, judged by the names of what they stand in."""
    weight = 1.0
    for up in group.rows[0][0].iterancestors():
        named = f"{up.get('class') or ''} {up.get('id') or ''}".lower()
        if up.tag in ("nav", "header", "footer", "aside") or (up.tag not in ("body", "html") and ASIDE.search(named)):
            weight *= 0.5
    return max(weight, 0.125)


def _has_more(group: _Group) -> bool:
    """An overview shows the first rows of several columns, each with its 更多: then all of them are entries."""
    near = [group.home.getprevious(), group.home.getnext()] if group.home is not None else []
    return any(node is not None and isinstance(node.tag, str) and MORE.search(shown(node)) for node in near)


MORE = re.compile(r"(?:更多|more)\s*[>»＞+]*", re.I)


def _best(held: Sequence[_Link]) -> _Link:
    """The link that is the entry: the one with the longest title (not [机关], not 解读)."""
    return max(held, key=lambda link: len(link.title))


def _read(group: _Group) -> Iterator[Entry]:
    beside = _beside(group)
    for row, held in group.rows:
        link = _best(held)
        own = {other.node for other in held if other.url == link.url}
        outside = _apart(row, own) if row is not link.node else ""
        spot = outside + " " + beside.get(row, "")
        inside = _apart(link.node, ()).replace(link.title, " ")
        lead = LEAD.match(outside) if len(outside) > TAIL else None
        day = date_in(_dated_part(row, own)) or (date_in(lead[0]) if lead else None) or date_in(spot) or date_in(inside)
        yield Entry(link.title, link.url, day or _completed(f"{spot} {inside}", link.url), _stated(link))


def _dated_part(row: HtmlElement, own: Collection[HtmlElement]) -> str:
    """What a row itself calls its date or time."""
    parts = (part for part in row.iter() if isinstance(part.tag, str) and part not in own)
    called = [part for part in parts if DATED.search(part.get("class") or "")]
    return " ".join(_apart(part, own) for part in called)


ATTRIBUTES = {"syh": "index_number", "wh": "document_number", "rq": "published_on"}  # §1.3; mc is the title


def _stated(link: _Link) -> dict[str, str]:
    """Index fields that hang on the link as attributes: `<a syh="000014349/2020-1" wh="国发〔2020〕1号" …>`."""
    values = {name: _squeezed(link.node.get(key) or "") for key, name in ATTRIBUTES.items()}
    return {name: value for name, value in values.items() if value}


def _beside(group: _Group) -> dict[HtmlElement, str]:
    """Text that stands beside each row, where rows are no elements of their own: `<a>…</a> 2024-01-05<br>`. Whether
    dates follow or lead is decided for the list, by its first and last row."""
    taken = {row for row, _ in group.rows}
    after = {row: _until(row, taken, forward=True) for row in taken}
    before = {row: _until(row, taken, forward=False) for row in taken}
    first, last = group.rows[0][0], group.rows[-1][0]
    leads = bool(date_in(before[first])) and not date_in(after[last])
    return before if leads else after


def _until(row: HtmlElement, taken: set[HtmlElement], *, forward: bool) -> str:
    """Text between a row and the next one, in one direction, among its siblings."""
    strings = [(row.tail or "")] if forward else []
    for other in row.itersiblings(preceding=not forward):
        if other in taken or (isinstance(other.tag, str) and other.find(".//a") is not None):
            return " ".join(strings if forward else [other.tail or "", *strings])
        inner = _apart(other, ()) if isinstance(other.tag, str) and other.tag not in VOID else ""
        strings += [inner, other.tail or ""] if forward else []
        strings = strings if forward else [inner, other.tail or "", *strings]
    home = row.getparent()
    return " ".join(strings if forward or home is None else [home.text or "", *strings])


def unique(found: Iterable[Entry]) -> tuple[Entry, ...]:
    """One entry per address; a repetition fills in the date the first one lacked."""
    kept: dict[str, Entry] = {}
    for entry in found:
        known = kept.get(entry.url)
        if known is None:
            kept[entry.url] = entry
        elif known.date is None and entry.date:
            kept[entry.url] = Entry(known.title, known.url, entry.date, {**entry.stated, **known.stated})
    return tuple(kept.values())


# --- what the list claims (platforms.md §D.4) ----------------------------------------------------------------------

_N = r"\s?[\"'“]?\s?(\d[\d,]{0,11})\s?[\"'”]?\s?"
_END = r"(?=[^\u4e00-\u9fff]|[共第每当总首上下尾]|$)"  # 共35条措施 is a title
_INPUT = r"<input[^<>]{{0,200}}?\b(?:id|name)=[\"']?(?:{})\b[^<>]{{0,200}}?\bvalue=[\"']?(\d{{1,9}})"
RECORDS = (
    rf"[共有到]{_N}(?:条|篇|件|项|个)(?:记录|信息|数据|文件|结果|内容)?{_END}",  # 共632条记录
    rf"(?:总记录数?|记录总?数|总条数|信息总数|总数)[:：]?{_N}(?:条|$|\s)",  # 总记录数：632
    rf"(?<=页){_N}条",  # 共10页 186条
)
SCRIPT_RECORDS = (
    r"\b(?:totalRecords?|recordCount|totalCount|totalRows?|rowCount|total_count)[\"']?\s*[:=]\s*[\"']?(\d{1,9})",
    r"\{(?=[^{}]{0,600}page)[^{}]{0,600}?\btotal[\"']?\s*:\s*[\"']?(\d{1,9})",  # Ls.pagination({ total: 454, pageCount:
    _INPUT.format("total_?(?:count|records?|rows?)|record_?count"),
)
PAGES = (
    rf"[共计]{_N}页",  # 共28页
    r"第\s?\d{1,9}\s?页?\s?[/／]\s?共?\s?(\d{1,9})\s?页?",  # 第1/20页
    rf"(?:总页数|页数|总页)[:：]?{_N}",
    r"(?<![\d/])\d{1,9}\s?/\s?(\d{1,9})\s?页",  # 1/28页
    r"(?:条|记录|页次|当前页?|页码)\s?[:：]?\s?\d{1,9}\s?/\s?(\d{1,9})(?![\d/])",  # 共391条  1/20
)
SCRIPT_PAGES = (
    r"\b(?:countPage|totalPages?|pageCount|pageTotal|maxPage|total_page|pagesCount)[\"']?\s*[:=]\s*"
    r"(?:parseInt\()?[\"'(]{0,2}(\d{1,9})",
    _INPUT.format("total_?pages?|page_?count|count_?page|max_?page"),
)
SIZES = (rf"每页{_N}条", r"\b(?:pageSize|perPage|prepage|showData)[\"']?\s*[:=]\s*[\"']?(\d{1,9})")
CURRENT = (rf"第{_N}[/／页]", rf"当前第?{_N}页")
EMPTY = re.compile(
    r"暂无(?:相关)?(?:信息|数据|内容|记录|文章|文件|资料)|没有(?:找到|查询到|检索到)?(?:相关|符合|任何)?\S{0,6}(?:记录|信息|内容|数据|结果)|"
    r"未(?:查询|找|检索)到|对不起，没有您要|该栏目暂无|暂无$"
)


UNSHOWN = re.compile(  # <div ms-if="error">暂无数据</div>, <p style="display:none">…</p>: shown only by a script
    r"<(\w{1,9})\b[^<>]{0,300}?(?:\b(?:ms|v|ng|x|wx|data)-(?:if|show|else|visible|bind)|display\s?:\s?none|\shidden\b)"
    r"[^<>]{0,300}>[^<]{0,300}</\1>",
    re.I,
)
ENTRY = re.compile(r"<a\b[^<>]{0,2000}>[^<]{6,2000}</a>", re.I)  # the text of a long link is a title, not a claim


@dataclass(frozen=True, slots=True)
class Totals:
    """What a list claims: records, pages, the number of this page, records per page; None where it says nothing."""

    records: int | None = None
    pages: int | None = None
    page: int | None = None
    size: int | None = None


def totals(text: str) -> Totals:
    """The claims in a page's text or source: `共632条记录 1/28页`, `createPageHTML(25, 0, …)`, `totalPage: 20`."""
    seen = visible(text)
    inputs = re.findall(r"<input\b[^<>]{0,400}>", text, re.I)
    code = "\n".join([*source.scripts(text), *inputs]) if "<" in text else text
    return Totals(
        records=_number(RECORDS, seen, SCRIPT_RECORDS, code),
        pages=_number(PAGES, seen, SCRIPT_PAGES, code),
        page=_number(CURRENT, seen),
        size=_number(SIZES, seen, SIZES, code),
    )


def visible(markup: str) -> str:
    """What a person sees of HTML source, on one line; links of six characters and more are entries and left out."""
    bare = markup
    for opening, closing in source.HIDDEN:
        bare = source.without(bare, opening, closing)
    bare = ENTRY.sub(" ", UNSHOWN.sub(" ", bare))
    return _squeezed(re.sub(r"<[^<>]*>", " ", bare).replace("&nbsp;", " "))


def _number(patterns: Iterable[str], text: str, others: Iterable[str] = (), other_text: str = "") -> int | None:
    """The number behind the first pattern that is found: in what is shown, else in the scripts. 0 counts."""
    tried = [(pattern, text) for pattern in patterns] + [(pattern, other_text) for pattern in others]
    for pattern, where in tried:
        if found := re.search(pattern, where, re.I):
            return int(found[1].replace(",", ""))
    return None


def says_empty(text: str) -> bool:
    """Does the page say in words that there is nothing (暂无相关信息)?"""
    return bool(EMPTY.search(visible(text)))
