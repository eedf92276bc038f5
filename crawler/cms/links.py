"""The links that turn a list, as a person sees them: 下一页, the number after this one, `>`, 后5页 (platforms.md §0.2).

Words are believed; a glyph is not where the addresses speak against it: `»` behind 1 2 3 4 5 leads to page 6 of one
site, to the last page of another. Where nothing says how to ask for what follows, `goes_on` says that something does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from lxml.html import HtmlElement

from crawler.cms import rows

NEXT = re.compile(
    r"(?:下一?[页頁张屏批]|后一?页|[向往]?[下后]翻页?|[向往]后|[更较]早的?(?:信息|内容|文章)?|"
    r"next(?:page)?|older(?:posts|entries)?)[>›»≫→]*", re.I
)  # fmt: skip
AHEAD = re.compile(r"[>›»≫→]{1,2}")
LAST = re.compile(r"(?:尾|末|最后一)页|last|>\||>>\|?|»", re.I)
NAMED = {  # class names of such links, where they show a picture or nothing
    AHEAD: re.compile(r"(?:p_|page-?|pager-?|btn-?)?next(?:-?(?:page|btn))?", re.I),
    LAST: re.compile(r"(?:p_|page-?|pager-?|btn-?)?(?:last|end)(?:-?(?:page|btn))?", re.I),
}
GLYPHS = re.compile(r"[>›»≫→|]+")
PLAIN = re.compile(r"\A(?!\W?\d+\W?$)(?:[^\w<«‹←《]|\d|[下后一组页頁屏翻])*")  # 后5页, …, 下一组; no 上, no number
MORE = re.compile(r"\A(?:查看|点击|加载)*更多")
LOADS = re.compile(r"\A(?:点击|查看|加载)+更多")
CURRENT = re.compile(r"cur|active|\bon\b|now|select|p_no_d|disabled", re.I)
PRINTED = re.compile(r"\A[\[(（【第\s]*(\d{1,6})[\])）】页頁\s]*")  # 3, [3], 第3页
YEARS = frozenset(range(1990, 2051))  # years of an archive are no pages
NUMBER = re.compile(r"\d{1,9}")
QUERY = re.compile(r"[?&](?:[\w.-]*(?:page|pn)(?!_?(?:size|count))\w*|p)=(\d{1,6})(?=&|$)", re.I)
FILE = re.compile(r"[/_](\d{1,6})\.\w+$")  # /3.html, index_3.html
CALLED = re.compile(r"\(\s*(?:[^()]{0,80},\s*)?['\"]?(\d{1,6})['\"]?\s*[),]")  # gopage(2), turn('list', '2')
WIDE = 60  # links of a pager; beside that it is an alphabet or a calendar


def next_link(root: HtmlElement, url: str) -> str | None:
    """The address behind 下一页; the number that follows the current one; `>` beside page numbers; or, whatever it is
    called, the link of a pager to this very address with the next number."""
    base = rows.base_of(root, url)
    for way in (_worded, _number_after, _ahead, _counted_on):
        for target in way(root, base, url):
            if target and not same(target, url):
                return target
    return None


def goes_on(root: HtmlElement, url: str) -> bool:
    """Is there more than this page, by a number above its own, a 尾页 that lies elsewhere, a call for page 2 behind
    下一页, or 加载更多?"""
    base, own = rows.base_of(root, url), number_in(url) or 1
    for node in root.iter("a", "input", "button", "span", "li", "div", "p"):
        if node.tag in ("div", "p", "span", "li") and len(node):
            continue
        called = CALLED.search(f"{node.get('onclick') or ''} {node.get('href') or ''}")
        target = rows.address(node, base) or ""
        if _says(node, LAST) and not same(target, url) and (number_in(target) or 0) > max(own, 1):
            return True
        if called and int(called[1]) == own + 1 and (_says(node, NEXT) or _says(node, AHEAD)):
            return True
        if LOADS.fullmatch(_text(node)) and "none" not in (node.get("style") or ""):
            return True
    strips = ((strip, _current(strip, base, url)) for strip in _strips(root))
    return any(number > now for strip, now in strips if now for number in _linked(strip))


def same(target: str, url: str) -> bool:
    return re.sub(r"#.*|/index\.\w+$|/$", "", target) == re.sub(r"#.*|/index\.\w+$|/$", "", url)


def number_in(url: str) -> int | None:
    """The number of a page, as far as its address says that: `?page=3`, `/3.html`, `index_3.html`."""
    found = QUERY.search(url) or FILE.search(url)
    return int(found[1]) if found else None


def last_page(root: HtmlElement, url: str, page: int | None, following: str | None) -> int | None:
    """Pages of the list by its 尾页 link: the numbers in it and in the next link differ by what is between them."""
    base = rows.base_of(root, url)
    ends = (rows.address(node, base) for node in root.iter("a") if _says(node, LAST))
    last = next(filter(None, ends), None)
    elided = next(filter(None, map(_elided, _strips(root))), None)
    if elided or last is None or following is None or page is None:
        return elided
    ours, theirs = NUMBER.split(following), NUMBER.split(last)
    differ = [(int(a), int(b)) for a, b in zip(NUMBER.findall(following), NUMBER.findall(last), strict=False) if a != b]
    if ours != theirs or len(differ) > 1 or (not differ and not page):
        return None
    return page + 1 + (abs(differ[0][1] - differ[0][0]) if differ else 0)


# --- ways to the next page -----------------------------------------------------------------------------------------

Targets = Iterator[str | None]


def _worded(root: HtmlElement, base: str, url: str) -> Targets:
    """What says 下一页 in words, and `<link rel="next">`."""
    for node in root.iter("a", "area", "input", "button", "span", "li"):
        if (node.tag in ("a", "area") or node.get("onclick")) and _says(node, NEXT):
            yield rows.address(node, base)
    for node in root.getroottree().iterfind(".//link[@rel='next'][@href]"):
        yield rows.joined(base, node.get("href"))


def _number_after(root: HtmlElement, base: str, url: str) -> Targets:
    """Page numbers without a word: the link after the number of this page."""
    for strip in _strips(root):
        current = _current(strip, base, url)
        if current:
            yield from _linked(strip, base).get(current + 1, ())


def _ahead(root: HtmlElement, base: str, url: str) -> Targets:
    """`>` beside numbers, but where its address shows that it skips pages: `»` is the last one of many sites."""
    for node in root.iter("a", "input", "button", "span", "li"):
        if (node.tag == "a" or node.get("onclick")) and _says(node, AHEAD) and (target := rows.address(node, base)):
            step = _step(url, target)
            if abs(step) == 1 if step is not None else (number_in(target) or 0) <= 2:
                yield target


def _counted_on(root: HtmlElement, base: str, url: str) -> Targets:
    """By its address alone: 后5页 or `…` behind the numbers leads from `?page=5` to `?page=6`. Columns are numbered as
    well, and 更多 leads to them: it must be called a page then."""
    for node in root.iter("a", "area"):
        text, target = "".join(rows.shown(node).split()), rows.address(node, base)
        if not target or not (MORE.fullmatch(text) or (PLAIN.fullmatch(text) and (text or _beside_numbers(node)))):
            continue
        asked, step = QUERY.search(target), _step(url, target)
        begins = step is None and number_in(url) is None and asked is not None and int(asked[1]) == 2
        follows = step == 1 and (asked or FILE.search(target)) and (asked or not MORE.fullmatch(text))
        if begins or follows:
            yield target


def _step(url: str, target: str) -> int | None:
    """How many pages lie between two addresses that differ in one number; None where they differ otherwise."""
    pairs = [(int(a), int(b)) for a, b in zip(NUMBER.findall(url), NUMBER.findall(target), strict=False) if a != b]
    return pairs[0][1] - pairs[0][0] if NUMBER.split(url) == NUMBER.split(target) and len(pairs) == 1 else None


# --- what links say ------------------------------------------------------------------------------------------------


def _text(node: HtmlElement) -> str:
    """What a link shows, without spaces (下 一 页) and the brackets around it."""
    return re.sub(r"\s+", "", node.get("value") or rows.shown(node)).strip("[]()（）<《")


def _says(node: HtmlElement, wanted: re.Pattern[str]) -> bool:
    """Is this what the link says, in its text, title, label or class? A bare glyph counts only beside numbers."""
    text = _text(node)
    if wanted.fullmatch(text):
        return GLYPHS.fullmatch(text) is None or _beside_numbers(node)
    pictures = (image.get("alt") for image in islice(node.iter("img"), 2))
    hints = (node.get("title"), node.get("alt"), node.get("aria-label"), *pictures)
    if any(hint and wanted.fullmatch("".join(hint.split())) for hint in hints):
        return True
    classes = f"{node.get('class') or ''} {node.get('rel') or ''} {node.getparent().get('class') or ''}".split()
    named = NAMED.get(wanted)
    return bool(named and len(text) <= 2 and any(map(named.fullmatch, classes)) and _beside_numbers(node))


def _beside_numbers(node: HtmlElement) -> bool:
    around = node.getparent()
    while around is not None and around.tag in ("li", "span", "b", "td"):
        around = around.getparent()
    return around is not None and any(_printed(a) is not None for a in islice(around.iter("a"), WIDE))


# --- strips of numbers ---------------------------------------------------------------------------------------------


def _printed(node: HtmlElement) -> int | None:
    """The number that an element shows and nothing else: 3, [3], 第3页, 03, ３."""
    found = PRINTED.fullmatch(rows.shown(node))
    return int(found[1]) if found else None


def _strips(root: HtmlElement) -> list[HtmlElement]:
    """Elements that hold at least two numbers of pages, one of them a link, in the page's order."""
    links = list(islice((node for node in root.iter("a") if _printed(node) is not None), WIDE))
    around = [list(islice(node.iterancestors(), 3)) for node in links]
    held = Counter(up for ups in around for up in ups)
    nearest = (next((up for up in ups if held[up] >= 2 or _unlinked(up) or _bare(up)), None) for ups in around)
    strips = [strip for strip in dict.fromkeys(nearest) if strip is not None]
    return [strip for strip in strips if not YEARS.issuperset(_linked(strip))]


def _linked(strip: HtmlElement, base: str = "") -> dict[int, list[str | None]]:
    """Where the numbers of a strip lead."""
    found: dict[int, list[str | None]] = {}
    for node in strip.iter("a"):
        if (number := _printed(node)) is not None:
            found.setdefault(number, []).append(rows.address(node, base))
    return found


def _elided(strip: HtmlElement) -> int | None:
    """The last number of a strip, where it leaves out those before it: `1 2 3 .. 59 下一页`."""
    last = max(_linked(strip))
    return last if re.search(rf"(?:\.{{2,}}|…)\s*{last}(?!\d)", rows.shown(strip)) else None


def _current(strip: HtmlElement, base: str, url: str) -> int | None:
    """The number of this page: that of the link that leads here; else the one that is marked or no link, and has a
    neighbour that is (共13页 is neither); else 1 where the address has no number and all the others are links."""
    linked = _linked(strip, base)
    here = next((n for n, targets in linked.items() if any(one and same(one, url) for one in targets)), None)
    if here is not None:
        return here
    standing = _unlinked(strip) or [n for n in _bare(strip) if n not in linked]
    near = [n for n in standing if n + 1 in linked or n - 1 in linked]
    if near:
        return max(near, key=lambda n: (n + 1 in linked) + (n - 1 in linked))
    return 1 if not standing and number_in(url) is None and {1, 2} <= linked.keys() else None


def _unlinked(strip: HtmlElement) -> list[int]:
    """Numbers of elements that are marked as current, or are no links."""
    found = []
    for node in islice(strip.iter("a", "span", "li", "b", "strong", "em", "font", "i", "td"), 4 * WIDE):
        number = _printed(node)
        if number is not None and not node.findall(".//a"):
            linked = node.tag == "a" and rows.address(node, "http://a/") is not None
            marked = CURRENT.search(f"{node.get('class') or ''} {node.getparent().get('class') or ''}")
            inside = node.tag != "a" and any(up.tag == "a" for up in node.iterancestors())
            if marked or not (linked or inside):
                found.append(number)
    return found


def _bare(strip: HtmlElement) -> list[int]:
    """Numbers that stand between the links: `1 | <a>2</a> | <a>3</a>`."""
    beside = [strip.text or "", *(child.tail or "" for child in strip)]
    words = (word for text in beside for word in re.split(r"[\s|,，·]+", text))
    return [int(found[1]) for word in words if (found := PRINTED.fullmatch(word))]
