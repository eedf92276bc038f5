"""Where the next page of a list is: the links a person sees, or the call that writes them (platforms.md §0.2, §7.1).

`read` is a list page of which nothing but its markup is known: its rows, its claims, and the next page it names.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from archive.records import Ask, Listing
from crawler.cms import counts, rows, source, written
from pipelines.html import Page

NEXT = re.compile(r"(?:下一?[页頁]|后一?页|next(?:\s*page)?)\s*[>›»≫→]*|[>›»≫→]{1,2}", re.I)
LAST = re.compile(r"(?:尾|末|最后一)页|last|>\||>>\|?|»", re.I)
NAMED = {  # class names of such links, where they show a picture or nothing
    NEXT: re.compile(r"(?:p_|page-?|pager-?|btn-?)?next(?:-?(?:page|btn))?", re.I),
    LAST: re.compile(r"(?:p_|page-?|pager-?|btn-?)?(?:last|end)(?:-?(?:page|btn))?", re.I),
}
GLYPHS = re.compile(r"[>›»≫→|]+")
CURRENT = re.compile(r"cur|active|\bon\b|now|select|p_no_d|disabled", re.I)
PAGED = re.compile(r"page|pagi|fenye|\bfy\b|flip", re.I)
NUMBER = re.compile(r"\d{1,9}")
PAGED_QUERY = re.compile(r"(?:^|&)[\w.-]*(?:page|pn)\w*=(?!0?1(?:&|$))\d", re.I)
NUMBERED_FILE = re.compile(r"/(?!1\.)\d{1,4}\.\w+$")
WIDE = 60  # links of a pager; beside that it is an alphabet or a calendar


@dataclass(frozen=True, slots=True)
class Call:
    """A pager that a script writes: pages of the list, number of this one (from 1), and how page k is called."""

    pages: int
    page: int
    name: str  # file name of page k: "index_{}.html"
    shift: int  # what is added to k in that name: -1 where index_1.html is page 2
    records: int | None = None

    def next(self, url: str) -> str | None:
        """The address of the page after this one, relative to the directory of the list page."""
        if self.page >= self.pages:
            return None
        return urljoin(directory(url), self.name.format(self.page + 1 + self.shift))


def directory(url: str) -> str:
    """The list page's folder: `…/tzgg` without a slash is the folder itself, `…/tzgg/index.html` stands in it."""
    path = urlsplit(url).path
    return url if path.endswith("/") or "." in path.rpartition("/")[2] else urljoin(url, path + "/")


def read(page: Page) -> Listing:
    """What a page states by its markup alone; an address of page 2 that it does not name is never made up."""
    if page.tree is None:
        return Listing(entries=())
    url = directory(page.url)
    found = rows.entries(written.expanded(page.tree), url)
    claimed, called = counts.totals(page.text), call(page.text, url)
    chosen = options(page.tree, url)
    following = next_link(page.tree, url) or (called.next(url) if called else None) or chosen.following
    number = claimed.page or (called.page if called else None) or chosen.page or number_of(url, following)
    total = claimed.records if claimed.records is not None else called.records if called else None
    count = (called.pages if called else None) or claimed.pages or chosen.pages
    count = count or last_page(page.tree, url, number, following)
    if count is None and total and claimed.size:
        count = -(-total // claimed.size)
    ended = not found or (count is not None and number is not None and number >= count)
    empty = not found and (total == 0 or counts.says_empty(page.text))
    return Listing(found, total, count, Ask(following) if following and not ended else None, says_empty=empty)


# --- links -----------------------------------------------------------------------------------------------------


def next_link(root: HtmlElement, url: str) -> str | None:
    """The address behind 下一页, `>` beside page numbers, or the number that follows the current one."""
    base = rows.base_of(root, url)
    for node in root.iter("a", "input", "button", "span", "li"):
        if (node.tag == "a" or node.get("onclick")) and _says(node, NEXT):
            target = rows.address(node, base)
            if target and not _same(target, url):
                return target
    return _number_after(root, base, url)


def _says(node: HtmlElement, wanted: re.Pattern[str]) -> bool:
    """Is this what the link says, in its text, title, label or class? A bare glyph counts only beside numbers."""
    text = (node.get("value") or rows.shown(node)).strip(" \xa0[]()（）<《")
    if wanted.fullmatch(text):
        return GLYPHS.fullmatch(text) is None or _beside_numbers(node)
    hints = (node.get("title"), node.get("aria-label"), *(image.get("alt") for image in islice(node.iter("img"), 2)))
    if any(hint and wanted.fullmatch(hint.strip()) for hint in hints):
        return True
    classes = f"{node.get('class') or ''} {node.get('rel') or ''} {node.getparent().get('class') or ''}".split()
    return len(text) <= 2 and any(NAMED[wanted].fullmatch(name) for name in classes) and _beside_numbers(node)


def _beside_numbers(node: HtmlElement) -> bool:
    around = node.getparent()
    while around is not None and around.tag in ("li", "span", "b", "td"):
        around = around.getparent()
    return around is not None and any(rows.shown(a).isdigit() for a in islice(around.iter("a"), WIDE))


def _number_after(root: HtmlElement, base: str, url: str) -> str | None:
    """Page numbers without a word: the link after the number that is no link, or that is marked as current."""
    for strip in _strips(root):
        current = _current(strip)
        for node in strip.iter("a"):
            target = rows.address(node, base)
            if current and rows.shown(node) == str(current + 1) and target and not _same(target, url):
                return target
    return None


def _strips(root: HtmlElement) -> list[HtmlElement]:
    """Elements that hold at least two numbers of pages, one of them a link, in the page's order."""
    links = list(islice((node for node in root.iter("a") if rows.shown(node).isdigit()), WIDE))
    around = [list(islice(node.iterancestors(), 3)) for node in links]
    held = Counter(up for ups in around for up in ups)
    nearest = (next((up for up in ups if held[up] >= 2 or _current(up)), None) for ups in around)
    return [strip for strip in dict.fromkeys(nearest) if strip is not None]


def _current(strip: HtmlElement) -> int | None:
    for node in islice(strip.iter("a", "span", "li", "b", "strong", "em", "font", "i", "td"), 4 * WIDE):
        number = rows.shown(node)
        if number.isdigit() and not node.findall(".//a"):
            linked = node.tag == "a" and rows.address(node, "http://a/") is not None
            marked = CURRENT.search(f"{node.get('class') or ''} {node.getparent().get('class') or ''}")
            inside = node.tag != "a" and any(up.tag == "a" for up in node.iterancestors())
            if marked or not (linked or inside):
                return int(number)
    return None


@dataclass(frozen=True, slots=True)
class Options:
    """A select box that turns the list: how many pages it has, which of them this is, where the next one is."""

    pages: int | None = None
    page: int | None = None
    following: str | None = None


def options(root: HtmlElement, url: str) -> Options:
    """The select box whose options are the numbers of all pages, with their addresses or the numbers as values."""
    base = rows.base_of(root, url)
    for box in root.iter("select"):
        offered = list(box.iter("option"))
        numbers = [found[0] if (found := NUMBER.findall(rows.shown(one))) else "" for one in offered]
        if len(offered) < 2 or numbers != [str(n) for n in range(1, len(offered) + 1)]:
            continue
        page = next((n for n, one in enumerate(offered, 1) if one.get("selected") is not None), 1)
        value = offered[page].get("value") or "" if page < len(offered) else ""
        leads = not value.isdigit() and not rows.NO_ADDRESS.search(value)
        return Options(len(offered), page, rows.joined(base, value) if leads else None)
    return Options()


def number_of(url: str, following: str | None) -> int | None:
    """The number of a page by its address: what has none is the first. `list_3.html` is page 3 of one site and page 4
    of another: that is not known; `?page=3` and `/3.html` are page 3."""
    path, query = urlsplit(url).path, urlsplit(url).query
    if SUFFIX.search(path):
        return None
    ours, theirs = NUMBER.findall(url), NUMBER.findall(following or "")
    turned = [(int(a), int(b)) for a, b in zip(ours, theirs, strict=False) if a != b]
    if len(ours) == len(theirs) and len(turned) == 1 and turned[0][1] == turned[0][0] + 1:
        return turned[0][0]
    return None if following is None and (PAGED_QUERY.search(query) or NUMBERED_FILE.search(path)) else 1


def _same(target: str, url: str) -> bool:
    return re.sub(r"#.*|/index\.\w+$|/$", "", target) == re.sub(r"#.*|/index\.\w+$|/$", "", url)


def last_page(root: HtmlElement, url: str, page: int | None, following: str | None) -> int | None:
    """Pages of the list by its 尾页 link: the numbers in it and in the next link differ by what is between them."""
    base = rows.base_of(root, url)
    ends = (rows.address(node, base) for node in root.iter("a") if _says(node, LAST))
    last = next(filter(None, ends), None)
    if last is None or following is None or page is None:
        return None
    ours, theirs = NUMBER.split(following), NUMBER.split(last)
    differ = [(int(a), int(b)) for a, b in zip(NUMBER.findall(following), NUMBER.findall(last), strict=False) if a != b]
    if ours != theirs or len(differ) > 1 or (not differ and not page):
        return None
    return page + 1 + (abs(differ[0][1] - differ[0][0]) if differ else 0)


# --- calls -----------------------------------------------------------------------------------------------------

COMMENT = re.compile(r"<!--(?!\s*//)"), re.compile(r"-->")  # <!-- // stands for old browsers inside scripts
FUNCTION = re.compile(r"(?<!function )\bcreatePage(?:HTML)?\s*\(([^(){}]{0,300})\)")
SETTINGS = re.compile(r"\bPager\s*\(\s*\{([^{}]{0,600})\}\s*\)")  # Pager({size:4, current:0, prefix:'index'})
COUNTED = re.compile(r"\bcountPage\s*=\s*[\"']?(\d+)|\bcreatePage\w*\s*\(\s*parseInt\([\"'](\d+)[\"']")
CURRENT_PAGE = re.compile(r"\b(?:currentPage|currPage|nCurrIndex)\s*=\s*[\"']?(\d+)")
BUILT = re.compile(r"[\"']\.?/?(?:([A-Za-z][\w-]*)_[\"']\s*\+|(index_\d+)_1\.)")  # "index_" + i, "index_8597_1.shtml"
ENDING = re.compile(r"(?:[\"']\.?|index_\d+_1\.)(s?html?|jsp|aspx?)[\"']")
SHOWN = re.compile(r"\btotalData\b[\"']?\s*[:=]\s*[\"']?(\d+)"), re.compile(r"\bshowData\b[\"']?\s*[:=]\s*[\"']?(\d+)")
SUFFIX = re.compile(r"_(\d+)\.\w+$")


def call(markup: str, url: str) -> Call | None:
    """The pager call in a page's source; None where there is none that is known."""
    code = source.without(markup, *COMMENT) if "<script" in markup else markup
    return _function(code, url) or _settings(code) or _counted(code, url) or _shown(code, url)


def _function(code: str, url: str) -> Call | None:
    for found in FUNCTION.finditer(code):
        words = [word.strip().strip("\"'") for word in found[1].split(",")]
        if words[0] and not words[0].isdigit():  # createPageHTML('page_div', 20, 1, 'list', 'shtml'): Kaipu
            kaipu = _numbers(words[1:])
            if len(kaipu) >= 1 and re.fullmatch(r"[\w-]+", words[0]):
                return Call(kaipu[0], max(kaipu[1], 1) if len(kaipu) > 1 else 1, _name(words[1:], code), 0)
            continue
        numbers = _numbers(words)
        if len(numbers) >= 3 and not re.fullmatch(r"\d+", words[3] if len(words) > 3 else ""):
            # createPageHTML(500, 25, 1, "index", "html"): records first; what the third counts from is not known
            return Call(numbers[1], _from_url(url), _name(words, code), -1, numbers[0])
        if numbers:  # createPageHTML(25, 0, "index", "html"), createPage("25", 0, …)
            page = numbers[1] + 1 if len(numbers) > 1 else _from_url(url)
            return Call(numbers[0], page, _name(words, code), -1)
    return None


def _numbers(words: Sequence[str]) -> list[int]:
    """The integers that lead."""
    leading: list[int] = []
    for word in words:
        if not word.isdigit():
            break
        leading.append(int(word))
    return leading


def _name(words: Sequence[str], code: str) -> str:
    """How page k is called, from the call's own prefix and extension, else from the script that builds it."""
    named = [word for word in words if word and not word.isdigit()]
    built, ending = BUILT.search(code), ENDING.search(code)
    prefix = named[0] if named else built[1] or built[2] if built else "index"
    extension = named[1] if len(named) > 1 else ending[1] if ending else "html"
    return f"{prefix}_{{}}.{extension.lstrip('.')}"


def _from_url(url: str) -> int:
    """The number of a page by its file name: `index_1.html` is page 2."""
    found = SUFFIX.search(urlsplit(url).path)
    return int(found[1]) + 1 if found and int(found[1]) < 10_000 else 1


def _settings(code: str) -> Call | None:
    found = SETTINGS.search(code)
    if not found:
        return None
    pairs = dict(re.findall(r"(?<!\w)(\w+)\s*:\s*[\"']?([\w.-]+)", found[1]))
    if not pairs.get("size", "").isdigit():
        return None
    name = f"{pairs.get('prefix', 'index')}_{{}}.{pairs.get('suffix', 'html')}"
    return Call(int(pairs["size"]), int(pairs.get("current", "0")) + 1, name, -1)


def _counted(code: str, url: str) -> Call | None:
    """`var countPage = 25//共多少页 … "index_" + i + ".html"`."""
    found = COUNTED.search(code)
    if not found:
        return None
    current = CURRENT_PAGE.search(code)
    page = int(current[1]) + 1 if current else _from_url(url)
    return Call(int(found[1] or found[2]), page, _name([], code), -1)


def _shown(code: str, url: str) -> Call | None:
    """`totalData: 500, showData: 20` with `index_pc_1.html` as page 1 and `index_pc_2.html` as page 2 (NDA)."""
    records, size = (pattern.search(code) for pattern in SHOWN)
    if not records or not size or not int(size[1]):
        return None
    file = urlsplit(url).path.rpartition("/")[2]
    numbered = SUFFIX.search(file)
    name = SUFFIX.sub(lambda found: f"_{{}}{found[0][found[0].index('.') :]}", file) if numbered else _name([], code)
    page = int(numbered[1]) if numbered else 1
    return Call(-(-int(records[1]) // int(size[1])), page, name, 0, int(records[1]))
