"""Where the head of a page stands among its runs: the heading, and the first sentence of the text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from pipelines.claims import DATED, LINE, Claim
from pipelines.html import Element
from pipelines.labels import lookup, squeeze
from pipelines.numbers import find_document_number
from pipelines.runs import BLANK, LINK, Run, printed

_SENTENCE = 24  # characters of a run with a full stop: the body has begun
_TITLE = range(8, 120)  # characters of a heading that no markup shows
_NO_TITLE = re.compile(
    r"[。；>＞»|｜]|[:：]$|^\d{4}|^(?:首页|分享|打印|字体|字号|附件)|^\S{2,25}(?:政府|局|厅|办公室|委员会)文件$"
)
_SITE = re.compile(r"^(?!.*关于).{2,25}(?:网站?|门户|平台|政府|局|厅|委员会|办公室|中心|首页)$")


class Head(NamedTuple):
    """`title` and `last` are the first and last run of the heading (-1 unknown), `end` is the first of the body. `how`
    it was found: "named" by <title> or ArticleTitle, "within" a <title>, by its "tag", or "above" the date line."""

    title: int
    end: int
    last: int = -1
    how: str = ""

    def text(self, found: Sequence[Run]) -> str:
        """The heading as printed, over several runs where it has them; empty where it is unknown."""
        return "".join(printed(run.text) for run in found[self.title : self.last + 1]) if self.title >= 0 else ""

    def element(self, found: Sequence[Run]) -> Element | None:
        """The block that prints all of the heading."""
        owner = found[self.title].owner if self.title >= 0 else None
        return owner if owner is not None and found[self.last].owner is owner else None


NOWHERE = Head(-1, 0)


def head(found: Sequence[Run], claims: Sequence[Claim], titles: frozenset[str], document: str) -> Head:
    """The heading is the first run that says what <title> or ArticleTitle say, a labelled 名称 aside; else the longest
    that <title> holds, else an h1 or what stands over the date line, whichever comes first."""
    values = within(claims)
    labelled = {claim.run for claim in claims}
    found_at = (
        _named(found, titles, values)
        or _within_title(found, squeeze(document), labelled, values)
        or min(filter(None, (_by_tag(found), _above_line(found, claims, labelled, values))), default=None)
        or _named(found, titles, values, places=True)
    )
    first, last, how = found_at or (-1, -1, "")
    start = last if last >= 0 else min((c.run for c in claims if c.raw), default=0)
    for number in range(start + 1, len(found)):
        if is_sentence(found[number].text) and number not in labelled and found[number].owner not in values:
            return Head(first, number, last, how)
    return Head(first, len(found), last, how)


Found = tuple[int, int, str]


def _named(
    found: Sequence[Run], titles: frozenset[str], values: set[Element], places: bool = False
) -> Found | None:
    starts = {title[0] for title in titles}
    says = (n for n, run in enumerate(found) if _says(run, titles, starts) and run.owner not in values)
    return next(((n, n, "named") for n in says if places or not is_site(squeeze(found[n].text))), None)


def _says(run: Run, titles: frozenset[str], starts: set[str]) -> bool:
    text = run.text
    first = text.lstrip(BLANK)[:1]
    if "\u4e00" <= first <= "\u9fff" and first not in starts:  # nearly all; others may begin differently in NFKC
        return False
    return len(text) < 500 and not starts.isdisjoint(text) and len(name := squeeze(text)) > 5 and name in titles


def _within_title(found: Sequence[Run], document: str, labelled: set[int], values: set[Element]) -> Found | None:
    """The longest run, or runs in a row, that <title> holds among names of the site and the column."""
    best: tuple[int, Found] | None = None
    for number, run in enumerate(found):
        size, last = _length_in(found, number, document)
        if size >= _TITLE.start and (best is None or size > best[0]) and number not in labelled:
            text = squeeze("".join(one.text for one in found[number : last + 1]))
            if not is_site(text) and run.owner not in values:
                best = size, (number, last, "within")
    return best[1] if best else None


def _length_in(found: Sequence[Run], first: int, document: str) -> tuple[int, int]:
    """How many characters of a title the runs from `first` on spell, and the last of these runs."""
    text, last = "", first
    for number in range(first, min(first + 3, len(found))):
        run = found[number]
        name = squeeze(run.text) if len(run.text) < 300 and LINK not in run.text else ""
        if not name or text + name not in document:
            break
        text, last = text + name, number
    return len(text), last


def _by_tag(found: Sequence[Run]) -> Found | None:
    tagged = (n for n, run in enumerate(found) if _is_heading(run))
    return next(((n, n, "tag") for n in tagged), None)


def _is_heading(run: Run) -> bool:
    tagged = run.owner is not None and run.owner.tag in ("h1", "h2") and LINK not in run.text
    return tagged and len(name := squeeze(run.text)) > 8 and not is_site(name)


def _above_line(
    found: Sequence[Run], claims: Sequence[Claim], labelled: set[int], values: set[Element]
) -> Found | None:
    """What stands right over the 发布时间 line or a bare date, where neither markup nor <title> say so; perhaps on two
    lines of one element. An office over a day signs the text."""
    for number in _lines(found, claims):
        last = number - 1
        if last < 0 or last in labelled or not _may_be_title(found[last], values):
            continue
        if is_site(squeeze(found[last].text)):
            continue
        joined = last > 0 and last - 1 not in labelled and _begins_title(found[last - 1], found[last], values)
        return last - 1 if joined else last, last, "above"
    return None


def _begins_title(before: Run, run: Run, values: set[Element]) -> bool:
    """Is the heading on two lines: of one element, or of two, the first of which names who speaks?"""
    if before.owner is run.owner:
        return _may_be_title(before, values)
    beside = before.owner is not None and before.owner.getnext() is run.owner and LINK not in before.text
    return beside and printed(run.text).startswith("关于") and is_site(squeeze(before.text))


def _lines(found: Sequence[Run], claims: Sequence[Claim]) -> Iterator[int]:
    """The runs that look like the line under a title, in document order: 发布时间 and 来源, a bare date, a 文号."""
    stated = {claim.run for claim in claims if claim.raw and claim.cell is None and claim.label.field in LINE}
    for number, run in enumerate(found):
        dated = len(run.text) < 60 and DATED.fullmatch(printed(run.text)) and not _in_row(run.owner)
        if number in stated or dated or _is_number(run):
            yield number


def _is_number(run: Run) -> bool:
    """A line that is a 文号 and nothing else: （云自然资告字〔2024〕3号）."""
    text = printed(run.text).strip("()（）") if len(run.text) < 60 and "号" in run.text else ""
    return bool(text) and find_document_number(text) == text and not _in_row(run.owner)


def _in_row(owner: Element | None) -> bool:
    """Is a date all that a cell beside others holds? It is the value of one of them then."""
    around = [owner, *owner.iterancestors()][:4] if owner is not None else []
    cell = next((one for one in around if one.tag == "td"), None)
    row = cell.getparent() if cell is not None and sum(map(len, cell.itertext())) < 80 else None
    return row is not None and sum(one.tag in ("td", "th") for one in row) > 1


def _may_be_title(run: Run, values: set[Element]) -> bool:
    text = printed(run.text) if len(run.text) < 300 and LINK not in run.text else ""
    fits = len(text) in _TITLE and not _NO_TITLE.search(text) and not _is_number(run)
    return fits and not lookup(text) and run.owner not in values


def is_site(text: str) -> bool:
    """Does a line read like the name of a site or an office: 平川市人民政府门户网站?"""
    return bool(_SITE.search(text))


def is_sentence(text: str) -> bool:
    """Running text, not a title or a label: 各单位要高度重视，认真组织实施，确保取得实效。"""
    return len(text) > _SENTENCE and "。" in text and len(printed(text)) > _SENTENCE


def within(claims: Iterable[Claim]) -> set[Element]:
    """The elements in which values stand: the cells of claims, and four levels below them."""
    level = {claim.cell for claim in claims if claim.cell is not None}
    held = set(level)
    for _ in range(4):
        level = {below for element in level for below in element}
        held |= level
    return held
