"""Which claims are metadata of this document, and which elements hold nothing else.

A page is full of labels: navigation, search forms, hover tables of other documents, tables of the body. Metadata
stands in an index block (two labels of the index proper, or an index number) or in the line at the title.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from pipelines.claims import CHROME, DATED, LABELLED, LINE, Claim, clean
from pipelines.heading import Head, is_sentence, within
from pipelines.html import Element
from pipelines.labels import ENCLOSING, Label, lookup, squeeze
from pipelines.runs import Run, filled, printed, text_of

_NEAR = 4  # runs between two labels of one block: value, a cell without label, a heading
_ROWS = 40  # rows of an index block that are looked through for labels nobody mapped
_EPOCH = re.compile(r"1\d{12}")
_CLOCK = re.compile(r"\d{1,2}:\d\d")
_HOUR = re.compile("[上下]午|星期|[（(]")
_EVERYDAY = frozenset({"时间", "日期", "发布", "发表"})  # of these the text of a notice speaks as well
_ALONE = frozenset(
    {"document_number", "publisher", "written_on", "index_number"}
)  # may stand on a line without a block


def loose(found: Sequence[Run], claims: Sequence[Claim], at: Head) -> list[str]:
    """What is printed from the heading to the first sentence, labels and their values aside."""
    below = {c.run + 1 for c in claims if c.raw and c.cell is None and lookup(found[c.run].text)}
    labelled = below | {claim.run for claim in claims}
    values = within(claims)
    numbers = range(at.last + 1, min(at.end + 1, len(found)))
    return [
        printed(found[n].text)
        for n in numbers
        if n not in labelled and len(found[n].text) < 500 and found[n].owner not in values
    ]


# --- which claims count ------------------------------------------------------------------------------------------


def accepted(found: Sequence[Run], claims: Sequence[Claim], at: Head) -> list[Claim]:
    """The claims that are metadata of this document: index blocks of the head, its line; what stands after the body
    only where the head is silent (the source at the foot of the page). A second line of the head, the original's
    own in a page that reprints it, is evidence of the body."""
    kept: list[Claim] = []
    for block in _blocks(claims, at.end):
        if _is_index(block) and not _of_another(block, kept) and (block[0].run < at.end or not _has_block(kept)):
            kept += _placed(found, block)
        elif block[0].run < at.end:
            line = [c._replace(where="line") for c in block if _stands_alone(found, c, block)]
            kept += _second(line, kept)
        else:
            known = {c.label.field for c in kept if c.raw}
            kept += [c for c in block if c.label.field in LINE - known and c.label.group == 0 and _at_foot(found, c)]
    return kept


def _blocks(claims: Sequence[Claim], end: int) -> list[list[Claim]]:
    """Claims that follow each other closely, on one side of the head's end."""
    blocks: list[list[Claim]] = []
    for claim in claims:
        last = blocks[-1][-1].run if blocks else claim.run - _NEAR - 1
        if claim.run - last <= _NEAR and (last < end) == (claim.run < end):
            blocks[-1].append(claim)
        else:
            blocks.append([claim])
    return blocks


def _is_index(block: Sequence[Claim]) -> bool:
    filled_first = sorted(block, key=lambda claim: bool(claim.raw))  # the block may stand twice, once empty and hidden
    strong = {claim.label.field: claim.raw for claim in filled_first if claim.label.strong}
    return (len(strong) > 1 and any(strong.values())) or bool(strong.get("index_number"))


def _has_block(kept: Sequence[Claim]) -> bool:
    return any(claim.where == "header" for claim in kept)


def _of_another(block: Sequence[Claim], kept: Sequence[Claim]) -> bool:
    """A hover table of a related document carries another index number."""
    ours, theirs = (
        {squeeze(c.raw) for c in part if c.label.field == "index_number" and c.raw} for part in (kept, block)
    )
    return bool(ours and theirs and not ours & theirs)


def _placed(found: Sequence[Run], block: Sequence[Claim]) -> Iterator[Claim]:
    """The claims of an index block; a 发布时间 or 来源 that shares no list or table with it is the line beside it."""
    strong = [claim for claim in block if claim.label.strong]
    places = {_container(found[c.run].owner) for c in strong}
    numbers = {c.run for c in strong}
    for claim in block:
        inside = claim.cell is not None or claim.run in numbers or _container(found[claim.run].owner) in places
        yield claim._replace(where="header" if inside or claim.label.field not in LINE else "line")


def _container(owner: Element | None) -> Element | None:
    """The list or table around a label, else its parent: `div.row > div.label`."""
    if owner is None:
        return None
    chain = [owner, *islice(owner.iterancestors(), 7)]
    return next((e for e in chain if e.tag in ("table", "ul", "ol", "dl")), chain[min(1, len(chain) - 1)])


def _second(line: Sequence[Claim], kept: Sequence[Claim]) -> Iterator[Claim]:
    """A line that contradicts the first one; a table of the body that repeats its labels does not count at all."""
    before = {c.label.field: c.raw for c in reversed(kept) if c.where == "line" and c.raw}
    for claim in line:
        if claim.label.field not in before or squeeze(claim.raw) == squeeze(before[claim.label.field]):
            yield claim
        elif claim.cell is None:
            yield claim._replace(where="body")


def _stands_alone(found: Sequence[Run], claim: Claim, block: Sequence[Claim]) -> bool:
    """May a label outside any index block speak for the document?"""
    label = claim.label
    if claim.cell is not None and any(True for _ in _unknown_cells(_table(found[claim.run].owner, claim.cell))):
        return False  # a table of the body: 采购单位, 发布日期, 中标金额
    if label.field == "published_on":
        return label.group == 0 or _of_line(found, claim, block)
    if label.field == "source":
        return label.printed != "转载自" and len(claim.raw) <= 80
    if label.field in _ALONE:
        return label.strong and 0 < len(claim.raw) <= 60 and claim.cell is None
    beside_line = label.field == "other" and any(c.label.field in LINE and c.raw for c in block)
    return beside_line and claim.cell is None and 0 < len(claim.raw) <= 30


def _of_line(found: Sequence[Run], claim: Claim, block: Sequence[Claim]) -> bool:
    """May 时间： or a bare date be the line's? Not where a 发布时间 stands on another line, nor when it says the hour
    of a meeting: 时间：2024年6月5日（星期三）上午9时."""
    stated = any(c.label.field == "published_on" and c.label.group == 0 and c.raw and c.run != claim.run for c in block)
    if stated or _HOUR.search(claim.raw):
        return False
    if claim.label.printed and claim.label.printed not in _EVERYDAY:  # 【信息时间：2023/5/6】, 上传时间：2023-05-06
        return True
    return _companions(found, claim) or _is_whole(found, claim)


def _companions(found: Sequence[Run], claim: Claim) -> bool:
    """时间：, 日期： and bare dates are the line's only with a time of day, a source, a counter or the like beside
    them; `时间：3月5日 地点：三楼会议室` opens the text of a notice."""
    text = found[claim.run].text
    around = found[max(0, claim.run - 1) : claim.run + 2]
    sourced = any(len(run.text) < 120 and "来源" in squeeze(run.text) for run in around)
    return sourced or bool(_CLOCK.search(text) or CHROME.search(printed(text))) or len(LABELLED.findall(text)) > 1


def _is_whole(found: Sequence[Run], claim: Claim) -> bool:
    """`日期：2023-05-06`, and no 地点： after it."""
    after = found[claim.run + 1].text if claim.run + 1 < len(found) else ""
    return bool(DATED.fullmatch(claim.raw)) and claim.cell is None and not re.search("[:：]", after[:10])


def _at_foot(found: Sequence[Run], claim: Claim) -> bool:
    return claim.cell is None and len(found[claim.run].text) < 160 and 0 < len(claim.raw) <= 40


# --- values that need a second look ------------------------------------------------------------------------------


def completed(found: Sequence[Run], kept: Sequence[Claim], source: str) -> Iterator[Claim]:
    """The claims, empty ones filled from the script that fills them in a browser (`$("#zhuTi").html(…)`), and what is
    printed beside a label that no table knows."""
    for claim in kept:
        yield claim if claim.raw or claim.where != "header" else _from_script(found, claim, source)
    yield from _unmapped(found, kept)


def _from_script(found: Sequence[Run], claim: Claim, source: str) -> Claim:
    place = claim.cell if claim.cell is not None else found[claim.run].owner
    names = (
        [e.get("id") for e in place.iter() if e.get("id") and not (e.text or "").strip()] if place is not None else []
    )
    value = next(filter(None, (filled(source, name) for name in names if name)), "") or _stamp(place)
    return claim._replace(raw=clean(value, claim.label)) if value else claim


def _stamp(place: Element | None) -> str:
    """The time stamp of which a script makes a date: `<input class="fwrq" type="hidden" value="1645150682000"/><span>`
    (the securities commission)."""
    hidden = (e.get("value", "") for e in place.iter("input") if e.get("type") == "hidden") if place is not None else ()
    return next((value for value in hidden if _EPOCH.fullmatch(value)), "")


_UNKNOWN = re.compile(
    r"\A[\s\x01-\x03]*[【\[]?([\u4e00-\u9fff][\u4e00-\u9fff\s（）()/]{1,11})[】\]]?[\s\x01-\x03]*[:：]"
)


def _unmapped(found: Sequence[Run], kept: Sequence[Claim]) -> Iterator[Claim]:
    """Labels nobody mapped yet: cells that look like the block's label cells, runs that are built like its runs."""
    header = [c for c in kept if c.where == "header"]
    tables = dict.fromkeys(_table(found[c.run].owner, c.cell) for c in header if c.cell is not None)
    known = {squeeze(c.label.printed) for c in kept}
    for table in tables:
        yield from (c for c in _unknown_cells(table) if c.label.printed not in known)
    lists = {_container(found[c.run].owner) for c in header if c.cell is None}
    numbers = [c.run for c in header]
    for run in found[min(numbers, default=0) : max(numbers, default=-1) + 1]:
        match = _UNKNOWN.match(run.text) if len(run.text) < 200 else None
        name = squeeze(match.group(1)) if match else ""
        if match and not lookup(name) and _container(run.owner) in lists:
            label = Label(name, "other", 0, False)
            yield Claim(label, clean(run.text[match.end() :], label), "header")


def _table(owner: Element | None, cell: Element) -> Element | None:
    """The table in which label and value stand side by side."""
    row = next(cell.iterancestors("tr"), None)
    return (
        next(cell.iterancestors("table"), None)
        if row is not None and owner is not None and _holds(row, owner)
        else None
    )


def _unknown_cells(table: Element | None) -> Iterator[Claim]:
    for row in islice(table.iter("tr"), _ROWS) if table is not None else []:
        cells = [c for c in row if c.tag in ("td", "th")]
        at = 0
        while at + 1 < len(cells):
            text = text_of(cells[at])
            name = squeeze(text).rstrip(":")
            labelled = cells[at].tag == "th" or text.rstrip().endswith((":", "：")) or at % 2 == 0
            if labelled and not lookup(text) and 1 < len(name) <= 12 and not re.search(r"[\d。，]", name):
                label = Label(name, "other", 0, False)
                yield Claim(label, clean(text_of(cells[at + 1]), label), "header", cell=cells[at + 1])
            at += 2 if labelled else 1


# --- elements for the body to leave out --------------------------------------------------------------------------

_ROOM = 40  # characters of a header element that belong to no claim: 浏览次数 123 【打印】


def nodes(found: Sequence[Run], kept: Sequence[Claim], at: Head) -> tuple[Element, ...]:
    """The largest elements around accepted claims that hold little else, and neither heading nor body: the line
    附件：通知.pdf may be all the body there is."""
    claims = [c for c in kept if c.where in ("header", "line") and c.run >= 0
              and squeeze(c.label.printed) not in ENCLOSING]
    values = within(claims)
    stated = {claim.run for claim in claims} | {n for n, run in enumerate(found) if run.owner in values}
    title = found[at.title].owner if at.title >= 0 else None
    left_out: list[Element] = []
    for number in dict.fromkeys(claim.run for claim in claims):
        owner = found[number].owner
        if owner is not None and not any(_holds(node, owner) for node in left_out):
            left_out += _around(found, number, stated, title)
    return tuple(left_out)


def _around(found: Sequence[Run], number: int, stated: set[int], title: Element | None) -> list[Element]:
    """The element to leave out for the claims of one run; its inline parts if it shares a block with the heading."""
    owner = found[number].owner
    if owner is None:
        return []
    best = None
    for element in [owner, *owner.iterancestors()][:8]:
        if (
            element.tag == "body"
            or (title is not None and _holds(element, title))
            or not _mostly(found, number, element, stated)
        ):
            break
        best = element
    if best is not None:
        return [best]
    inline = [c for c in owner if isinstance(c.tag, str) and LABELLED.search(text_of(c))]
    return [c for c in inline if squeeze(text_of(c)) in squeeze(found[number].text)]


def _mostly(found: Sequence[Run], number: int, element: Element, stated: set[int]) -> bool:
    """Do accepted claims make up most of the text of an element that holds run `number`?"""
    foreign = claimed = 0
    for step, start in ((-1, number), (1, number + 1)):
        n = start
        while 0 <= n < len(found) and _holds(element, found[n].owner):
            size = len(printed(found[n].text[:600]))
            claimed, foreign = (claimed + size, foreign) if n in stated else (claimed, foreign + size)
            if foreign > 400 + claimed or (n not in stated and is_sentence(found[n].text)):
                return False
            n += step
    return foreign <= _ROOM + claimed // 2


def _holds(element: Element, inner: Element | None) -> bool:
    return inner is not None and (element is inner or element in inner.iterancestors())
