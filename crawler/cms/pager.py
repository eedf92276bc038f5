"""Where the next page of a list is: the links a person sees (links.py), or the call that writes them (§7.1).

`read` is a list page of which nothing but its markup is known: its rows, its claims, and the next page it names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from archive.records import Ask, Listing
from crawler.cms import counts, links, rows, source, written
from pipelines.html import Page

NUMBER = re.compile(r"\d{1,9}")


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
    url, packed = directory(page.url), written.packed(page.text)
    found = rows.entries(written.expanded(page.tree), url)
    claimed, called = counts.totals(page.text + packed), call(page.text, url)
    chosen, turns = options(page.tree, url), rows.fragment(packed) if packed else page.tree
    following = links.next_link(turns, url) or (called.next(url) if called else None) or chosen.following
    number = claimed.page or (called.page if called else None) or chosen.page or number_of(url, following)
    total = claimed.records if claimed.records is not None else called.records if called else None
    count = (called.pages if called else None) or claimed.pages or chosen.pages
    count = count or links.last_page(turns, url, number, following)
    if count is None and total and claimed.size:
        count = -(-total // claimed.size)
    ended = not found or (count is not None and number is not None and number >= count)
    empty = not found and (total == 0 or counts.says_empty(page.text))
    more = not ended and following is None and links.goes_on(turns, url)
    return Listing(found, total, count, Ask(following) if following and not ended else None, empty, goes_on=more)


# --- select boxes and addresses ---------------------------------------------------------------------------------------


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
    if SUFFIX.search(urlsplit(url).path):
        return None
    ours, theirs = NUMBER.findall(url), NUMBER.findall(following or "")
    turned = [(int(a), int(b)) for a, b in zip(ours, theirs, strict=False) if a != b]
    if len(ours) == len(theirs) and len(turned) == 1 and turned[0][1] == turned[0][0] + 1:
        return turned[0][0]
    return None if following is None and (links.number_in(url) or 1) > 1 else 1


# --- calls -----------------------------------------------------------------------------------------------------

COMMENT = re.compile(r"<!--(?!\s*//)"), re.compile(r"-->")  # <!-- // stands for old browsers inside scripts
SHIELD = re.compile(r"(<script\b[^<>]*>\s*)<!--", re.I)  # <script><!-- createPageHTML(9, 0); //--> runs
FUNCTION = re.compile(r"(?<!function )(?<!//)(?<!// )\bcreatePage(?:HTML)?\s*\(([^(){}]{0,300})\)")
SETTINGS = re.compile(r"\bPager\s*\(\s*\{([^{}]{0,600})\}\s*\)")  # Pager({size:4, current:0, prefix:'index'})
COUNTED = re.compile(  # var countPage = 25; createPageHTML(parseInt('25'), …); {countPage: parseInt('25'), PAGE_NAME: …
    r"\bcountPage\s*(?:=|:\s*parseInt\()\s*[\"']?(\d+)|\bcreatePage\w*\s*\(\s*parseInt\([\"'](\d+)[\"']"
)
CURRENT_PAGE = re.compile(r"\b(?:currentPage|currPage|nCurrIndex)\s*(?:=|:\s*parseInt\()\s*[\"']?(\d+)")
BUILT = re.compile(r"[\"']\.?/?(?:([A-Za-z][\w-]*)_[\"']\s*\+|(index_\d+)_1\.)")  # "index_" + i, "index_8597_1.shtml"
ENDING = re.compile(r"(?:[\"']\.?|index_\d+_1\.)(s?html?|jsp|aspx?)[\"']")
LIKEWISE = re.compile(r"/t\d{8}_\d+\.(s?html?)[\"']")  # where no script says it: pages end as the articles they list
SHOWN = re.compile(r"\btotalData\b[\"']?\s*[:=]\s*[\"']?(\d+)"), re.compile(r"\bshowData\b[\"']?\s*[:=]\s*[\"']?(\d+)")
SUFFIX = re.compile(r"_(\d+)\.\w+$")


def call(markup: str, url: str) -> Call | None:
    """The pager call in a page's source; None where there is none that is known."""
    code = source.without(SHIELD.sub(r"\1", markup), *COMMENT) if "<script" in markup else markup
    return _function(code, url) or _settings(code) or _counted(code, url) or _shown(code, url)


def _function(code: str, url: str) -> Call | None:
    for found in FUNCTION.finditer(code):
        words = [word.strip().strip("\"'") for word in found[1].split(",")]
        if words[0] and not words[0].isdigit():  # createPageHTML('page_div', 20, 1, 'list', 'shtml'): Kaipu
            kaipu = _numbers(words[1:])
            if len(kaipu) >= 1 and re.fullmatch(r"[\w-]+", words[0]):
                page = max(kaipu[1], 1) if len(kaipu) > 1 else 1
                return Call(kaipu[0], page, _name(words[1:], code), 0, _last(words, kaipu[0]))
            continue
        numbers = _numbers(words)
        if len(numbers) >= 3 and not re.fullmatch(r"\d+", words[3] if len(words) > 3 else ""):
            # createPageHTML(500, 25, 1, "index", "html"): records first; what the third counts from is not known
            return Call(numbers[1], _from_url(url), _name(words, code), -1, numbers[0])
        if numbers:  # createPageHTML(25, 0, "index", "html"), createPage("25", 0, …)
            page = numbers[1] + 1 if len(numbers) > 1 else _from_url(url)
            return Call(numbers[0], page, _name(words, code), -1, _last(words, numbers[0]))
    return None


def _last(words: Sequence[str], pages: int) -> int | None:
    """The records, where a call ends with them, behind the file name: `(17, 0, "index", "shtml", "black2", 250)`."""
    counted = len(words) > 4 and words[-1].isdigit() and any(word.isalpha() for word in words[-3:-1])
    return int(words[-1]) if counted and int(words[-1]) >= pages else None


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
    ending = ending or LIKEWISE.search(code)
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
