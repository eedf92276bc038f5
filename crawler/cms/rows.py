"""Rows of a list, as HTML states them: which links are the entries, their titles and days.

`entries` finds the one list of entries among navigation, side lists and friend links (platforms.md §16), or reads the
rows an adapter names. `clean_title` follows §D.3; days.py reads the days, counts.py what the list claims.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from urllib.parse import urljoin

from lxml import etree
from lxml import html as lxml_html
from lxml.html import HtmlElement

from archive.records import Entry
from crawler.cms.days import DAY, LEAD, TAIL, completed, date_in

# --- titles (platforms.md §D.3) ------------------------------------------------------------------------------------

CUT = re.compile(r"(?:(?<!…)…+|(?<!\.)\.{2,})$")
BULLET = re.compile(r"^(?:[·•・●○■□◆◇▪▫►▶★☆※»›>\-—*\s]|\d{1,3}[.、](?=\D))+(?=\S)")
FLAG = re.compile(r"^(?:[\[【(（]?(?:置顶|顶|NEW|New|new|HOT|热)[!！]?[\]】)）]|置顶\s|(?:NEW|New|new)\b!?)\s*")
OFFICE = re.compile(r"^[\[［]\s*[\u4e00-\u9fff]{1,14}[局委办厅部府院处会镇乡区县市省心道]\s*[\]］]\s*")  # [市科技局]
_DAY = r"(?:19|20)\d\d[-./]\d{1,2}[-./]\d{1,2}(?:\s+\d{1,2}:\d\d(?::\d\d)?)?"
DAY_ONLY = re.compile(
    r"\A\W*(?:[\u4e00-\u9fff]{2,4}\s*[:：]\W*)?(?:19|20)\d\d\s?[-./年]\s?\d{1,2}\s?[-./月]\s?\d{1,2}日?(?:\s+\d{1,2}:\d\d(?::\d\d)?)?\W*"
)
DAY_BEGINS = re.compile(r"\A\W*(?:\d|[发更公成]\S{1,3}[:：])")
DATE_EDGE = re.compile(rf"^[\[(（]?{_DAY}[\])）]?\s*(?=\D)|(?<!\s)(?:\s+{_DAY}|\s*[\[(（]{_DAY}[\])）])$")
ICON = re.compile(r"(?<!\s)\s+[\[(（]?(?:图解|HTML|PDF|NEW|New|new)[!！]?[\])）]?$")
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
NO_LINK = re.compile(r"[{}<>]|\$\{|^['\"]|^(?:mailto|tel):", re.I)  # of a template, or to a person
OPENED = re.compile(  # window.open('/a.html'), location.href=encodeURI('index_2.jhtml'), gotoPage("b.html")
    r"(?:open|href\s*=|location\s*=|replace|encodeURI|goto\w*+|jump\w*+|url\w*+)\W{0,3}['\"]([^'\"\s]+)", re.I
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
LINKS = etree.XPath("descendant-or-self::*[self::a or (@onclick and not(self::input or self::button) and not(.//a))]")
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5"})
VOID = frozenset({"script", "style", "noscript", "template", "textarea", "select", "option"})
INLINE = frozenset({"em", "font", "b", "strong", "i", "u", "a", "sup", "sub"})
ROW_TAGS = frozenset({"li", "tr", "dd", "dt"})
ROW_BLOCKS = frozenset({"tr", "li", "table", "div"})
LIST_TAGS = frozenset({"body", "html", "ul", "ol"})
TABLE_PARTS = frozenset({"tbody", "thead", "tfoot"})
ASIDE = re.compile(  # names of what stands around a list
    r"nav|menu|foot|header|crumb|position|weizhi|friend|yqlj|link|side|hot|rank|relat|banner|slide|swiper|focus|share"
)
ELSEWHERE = re.compile(  # headings of side lists
    r"热点|热门|推荐|排行|相关(?:信息|文章|链接|阅读|新闻|内容)|图片新闻|最新(?:发布|更新|文章|资讯|动态|新闻)|友情链接|常用"
)
TURNS = etree.XPath(  # what turns a list: words, numbers, a call
    "descendant::*[text()[contains(., '下一页') or contains(., '下页') or contains(., '尾页') or contains(., '末页') "
    "or (contains(., '页') and (contains(., '共') or contains(., '/')))]] | descendant::img[contains(@alt, '下一页')] "
    "| descendant::input[contains(@value, '下一页')] | descendant::select[@onchange] "
    "| descendant::a[(normalize-space() = '1' or normalize-space() = '2') and @href and not(starts-with(@href, '#'))] "
    "| descendant::body//script[contains(., 'createPage') or contains(., 'countPage') or contains(., '.pagination(')]"
)
BOXED = 12  # links in a row that holds a list of its own; beside that it is a menu
TURNED = 4.0  # how much more the list counts that a pager turns
PAGE = re.compile(r"\d[^/]*$|\d{3,}/(?:index\.\w+)?$")  # not …/zcwj/, …/index.html: navigation
BRACKETED = re.compile(r"[\[【［(（].{1,16}[\]】］)）]")
DATED = re.compile(r"date|time|riqi|\bsj\b", re.I)
TITLED = re.compile(r"(?:^|[-_\s])(?:title|tit|bt|biaoti|file-title|name|h\d)", re.I)


@dataclass(frozen=True, slots=True)
class _Link:
    """An anchor that may be an entry: its address, and the title it shows. A `blank` one leads nowhere that can be
    asked for: its address is what the page has written, `javascript:;`."""

    node: HtmlElement
    url: str
    title: str
    blank: bool = False

    @property
    def key(self) -> str:
        """What tells it from other entries."""
        return f"{self.url} {self.title}" if self.blank else self.url


_Reach = dict[HtmlElement, set[str]]  # the entries below each element


@dataclass(slots=True)
class _Group:
    """Rows that stand in one list, with the anchors they hold."""

    rows: list[tuple[HtmlElement, list[_Link]]] = field(default_factory=list)
    score: float = 0.0
    dated: int = 0

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
    return url if is_web(url) else None


def is_web(url: str) -> bool:
    """Is it an address that can be asked for, not what stands in its place?"""
    return url.startswith(("http://", "https://"))


def base_of(root: HtmlElement, url: str) -> str:
    """What relative links of the page start from: `<base href>`, else its own address."""
    named = root.getroottree().find(".//base[@href]")
    return urljoin(url, named.get("href").strip()) if named is not None else url


# --- the list ------------------------------------------------------------------------------------------------------


def entries(root: HtmlElement, base: str, rows_xpath: str | None = None) -> tuple[Entry, ...]:
    """The entries of the one list below `root`, in the page's order, one per address; or those of the rows named by
    `rows_xpath`. A row that leads nowhere (`javascript:;`, `file:`) has the address that is written there."""
    base = base_of(root, base)
    links = list(_links(root, base))
    found = _named(root, rows_xpath, links) if rows_xpath else _list(root, links, base)
    return unique(entry for group in found for entry in _stated_rows(group))


def _links(root: HtmlElement, base: str) -> Iterator[_Link]:
    for node in LINKS(root):
        url, written = address(node, base), (node.get("href") or node.get("onclick") or "").strip()
        if url is None and (NO_LINK.search(written) or node.tag != "a"):
            continue
        title = _title(node)
        if title and not GENERIC.fullmatch(title) and "<?" not in title and "{{" not in title:
            yield _Link(node, url or written, title, blank=url is None)


def _title(node: HtmlElement) -> str:
    """The title a link shows. Where it wraps a whole row, the part that is called a title speaks for it; where a row
    of a table is the link, its longest cell."""
    if node.tag == "tr":
        return max((clean_title(shown(cell)) for cell in node), key=len, default="")
    parts = [part for part in node.iter() if isinstance(part.tag, str) and part is not node and part.tag not in VOID]
    named = [part for part in parts if part.tag in HEADINGS or TITLED.search(part.get("class") or "")]
    dated = [part for part in parts if DAY_BEGINS.match(part.text or "") and DAY_ONLY.fullmatch(shown(part))]
    said = shown(named[0]) if named and len(parts) > 1 else shown(node, dated)
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


def _list(root: HtmlElement, links: Sequence[_Link], base: str) -> list[_Group]:
    """The group that looks most like the list, with what belongs to it: the other columns of an overview, and lists
    that adjoin it (rows on top, every five rows in a `<ul>` of its own)."""
    groups = _groups(links)
    for group in groups:
        group.score = _score(group)
    likely = _whole([group for group in groups if group.score > 0])
    turned, folder = _turned(root, likely) if len(likely) > 1 else None, base.rpartition("/")[0] + "/"
    for group in likely if len(likely) > 1 else ():
        group.score *= _standing(group) * (TURNED if group is turned else 1.0) * _at_home(group, folder)
    best = max(likely, key=lambda group: group.score, default=None)
    if best is None:
        return []
    overview = best is not turned and _has_more(best)
    return [group for group in likely if group is best or (overview and _has_more(group)) or _adjoins(group, best)]


def _whole(groups: list[_Group]) -> list[_Group]:
    """The groups without those that stand inside dated rows of another one and have no dates: what a row tells of
    itself is no list (相关解读 in a box that opens below each decree of ndrc.gov.cn)."""
    outer = {row for group in groups if group.dated for row, _ in group.rows}
    return [group for group in groups if group.dated or outer.isdisjoint(group.rows[0][0].iterancestors())]


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
    """Links gathered into rows, rows into lists; lists of one make are one (blocks of five `<li>`). Blank links are
    rows only where no other link stands: beside one they are buttons."""
    reach: _Reach = defaultdict(set)
    for link in links:
        for up in link.node.iterancestors():
            if not link.blank:
                reach[up].add(link.key)
    hollow: _Reach = defaultdict(set)
    for link in links:
        for up in link.node.iterancestors():
            if link.blank and up not in reach:
                hollow[up].add(link.key)
    rows: dict[HtmlElement, list[_Link]] = defaultdict(list)
    alike: dict[HtmlElement, Counter[str]] = {}
    for link in links:
        row = _row(link, hollow if link.blank else reach, alike)
        if not (link.blank and row in reach):
            rows[row].append(link)
    groups: dict[object, _Group] = defaultdict(_Group)
    for row, held in rows.items():
        groups[_make(row)].rows.append((row, held))
    return [part for group in groups.values() for part in _columns(group)]


def _columns(group: _Group) -> list[_Group]:
    """The group; or, where it fills cells side by side and prints days in some of them only, these and the others:
    the left column of pages that are laid out by tables is a menu."""
    cells: dict[HtmlElement | None, _Group] = defaultdict(_Group)
    for row, held in group.rows:
        cells[next(row.iterancestors("td"), None)].rows.append((row, held))
    if len(cells) == 1 or len({cell.getparent() if cell is not None else None for cell in cells}) > 1:
        return [group]
    dated, others = _Group(), _Group()
    for cell in cells.values():
        (dated if any(_days(row) for row, _ in cell.rows) else others).rows.extend(cell.rows)
    return [dated, others] if dated.rows and others.rows else [group]


def _row(link: _Link, reach: _Reach, alike: dict[HtmlElement, Counter[str]]) -> HtmlElement:
    """The element that is the link's row: its `li`, `tr`, `dd`, if that is one entry; else the largest element that
    holds no other entry. A row that is a table of its own is the row of the table around it."""
    for up in (link.node, *link.node.iterancestors()):
        if up.tag in ROW_TAGS:
            if len(reach[up]) <= 1 or (len(reach[up]) <= 4 and _days(up) <= 1) or _boxed(up, reach):
                return _outermost(up, reach, alike) if up.tag == "tr" else up
            break
    node = link.node
    while (up := node.getparent()) is not None and reach.get(up) == {link.key} and up.tag not in LIST_TAGS:
        node = up
    return node


def _boxed(row: HtmlElement, reach: _Reach) -> bool:
    """Is this the row of one entry with a list of others inside, by its one day?"""
    return row.tag == "li" and len(reach[row]) <= BOXED and row.find(".//li") is not None and _days(row) == 1


def _days(row: HtmlElement) -> int:
    """How many days a row prints: beside its links, for titles name days of their own; else in them."""
    outside = len(re.findall(DAY, shown(row, set(row.iter("a")))))
    return outside or len(re.findall(DAY, shown(row)))


def _outermost(row: HtmlElement, reach: _Reach, alike: dict[HtmlElement, Counter[str]]) -> HtmlElement:
    """The row itself; or, where it is the only one of its table, the row or block among its likes which that fills."""
    held, node = reach[row], row
    while len(held) == 1 and (up := node.getparent()) is not None and reach.get(up) == held:
        node = up
        over = node.getparent()
        if over is None:
            break
        if over not in alike:
            alike[over] = Counter(str(child.tag) for child in over if len(reach.get(child, ())) == 1)
        if node.tag in ROW_BLOCKS and alike[over][node.tag] > 1:
            row = node
    return row


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
    group.dated = dated = sum(1 for entry in _read(group) if entry.date) if len(group.rows) < 2000 else len(group.rows)
    best = _bests(group)
    article = sum(1 for link in best if ARTICLE.search(link.url))
    pages = sum(1 for link in best if PAGE.search(link.url))
    long = sum(1 for link in best if len(link.title) >= 9)
    undated = min(article, long) >= len(best) / 2 or (len(best) > 2 and min(long, pages) > len(best) * 0.7)
    if not undated and (not dated or (len(best) < 3 and not max(article, pages, long))):
        return 0.0
    return 3 * dated + 1.5 * article + long


def _turned(root: HtmlElement, groups: Sequence[_Group]) -> _Group | None:
    """The group that the pager turns: it stands closest around both, or else is the last one before it."""
    places = [set(place.iterancestors()) | {place} for place in TURNS(root)]
    if not places:
        return None
    above = [set(group.rows[0][0].iterancestors()) for group in groups]
    depths = [max(len(around & ups) for around in places) for ups in above]
    closest = [group for group, depth in zip(groups, depths, strict=True) if depth == max(depths)]
    if len(closest) == 1:
        return closest[0]
    order = {node: n for n, node in enumerate(root.iter())}
    ends = max(order[place] for place in TURNS(root))
    before = [group for group in closest if order[group.rows[0][0]] < ends]
    return max(before, key=lambda group: order[group.rows[0][0]], default=None)


def _at_home(group: _Group, folder: str) -> float:
    """More for rows that lead into the folder of the list itself."""
    inside = sum(1 for link in _bests(group) if link.url.startswith(folder))
    return 1.5 if folder.count("/") > 3 and inside * 2 >= len(group.rows) else 1.0


def _standing(group: _Group) -> float:
    """Less for lists in navigation, footers and side columns, judged by the names of what they stand in, and for those
    whose heading says so."""
    weight = 0.125 if ELSEWHERE.search(_heading(group)) else 1.0
    for up in group.rows[0][0].iterancestors():
        named = f"{up.get('class') or ''} {up.get('id') or ''}".lower()
        if up.tag in ("nav", "header", "footer", "aside") or (up.tag not in ("body", "html") and ASIDE.search(named)):
            weight *= 0.5
    return max(weight, 0.0625)


def _heading(group: _Group) -> str:
    """What stands over a list, if it is short."""
    node = group.home
    for _ in range(4):
        if node is None or node.tag == "body":
            break
        before = islice(node.itersiblings(preceding=True), 3)
        said = next(
            filter(None, (shown(one) for one in before if isinstance(one.tag, str) and one.tag not in VOID)), ""
        )
        if said:
            return said if len(said) <= 20 else ""
        node = node.getparent()
    return ""


def _has_more(group: _Group) -> bool:
    """An overview shows the first rows of several columns, each with its 更多: then all of them are entries."""
    home = group.home
    near = [home.getprevious(), home.getnext()] if home is not None else []
    above = islice(home.iterancestors(), 2) if home is not None else ()
    near += [node for up in above if (node := up.getprevious()) is not None and len(shown(node)) <= HEADED]
    return any(node is not None and isinstance(node.tag, str) and MORE.search(shown(node)) for node in near)


HEADED = 40  # characters of the heading over a box and its 更多; beside that it is a box of its own
MORE = re.compile(r"(?:更多|more)\s*[>»＞+]*", re.I)


def _bests(group: _Group) -> list[_Link]:
    """The link of each row that is the entry: the one with the longest title; not [机关], nor what many rows link."""
    often = Counter(url for _, held in group.rows for url in {link.key for link in held})

    def weight(link: _Link) -> tuple[bool, bool, int, int]:
        return not link.blank, not BRACKETED.fullmatch(link.title), -often[link.key], len(link.title)

    return [max(held, key=weight) for _, held in group.rows]


def _read(group: _Group) -> Iterator[Entry]:
    beside = _beside(group)
    for (row, held), link in zip(group.rows, _bests(group), strict=True):
        own = {other.node for other in held if other.url == link.url}
        outside = _apart(row, own) if row is not link.node else ""
        spot = outside + " " + beside.get(row, "")
        inside = _apart(link.node, ()).replace(link.title, " ")
        lead = LEAD.match(outside) if len(outside) > TAIL else None
        day = date_in(_dated_part(row, own)) or (date_in(lead[0]) if lead else None)
        day = day or date_in(outside) or date_in(spot) or date_in(inside)
        yield Entry(link.title, link.url, day or completed(f"{spot} {inside}", link.url), _stated(link))


def _stated_rows(group: _Group) -> Iterator[Entry]:
    """The entries of a group. Where rows have dates, what has none and leads nowhere, or to a column, is no row."""
    found = list(_read(group))
    dated = any(entry.date for entry in found)
    return (entry for entry in found if entry.date or not dated or _leads_to_a_page(entry))


def _leads_to_a_page(entry: Entry) -> bool:
    return is_web(entry.url) and bool(PAGE.search(entry.url) or ARTICLE.search(entry.url) or len(entry.title) >= 9)


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
    """One entry per address; a repetition fills in the date the first one lacked. Rows that lead nowhere are told apart
    by their titles."""
    kept: dict[object, Entry] = {}
    for entry in found:
        key = entry.url if is_web(entry.url) else (entry.url, entry.title, entry.date)
        known = kept.get(key)
        if known is None:
            kept[key] = entry
        elif known.date is None and entry.date:
            kept[key] = Entry(known.title, known.url, entry.date, {**entry.stated, **known.stated})
    return tuple(kept.values())
