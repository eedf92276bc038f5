"""Index metadata (索引信息) of one page: every place where it stands, with evidence and with what disagreed.

A page is cut into runs (`runs.py`); labels of `labels.py` in them are claims (`claims.py`), of which some are metadata
of this document (`header.py`). Other places claim too: metas, the page's own JSON, attributes, the breadcrumb, the row
of the listing. For each field the most trusted place wins, the others that disagree are kept as rivals:

    header      the index block: a table, list or grid with labels of the index proper
    line        the 发布时间 / 来源 line under or over the title, or a bare date there
    json        the page's own record (window._CONFIG.DETAIL, a JSON detail)
    meta        PubDate, ContentSource … of 国办发〔2017〕47号
    title       a 文号 in brackets at the end of the title
    body        a 文号 on a line of its own between title and first sentence, or right before the salutation
    breadcrumb  the last column of 首页 > 政务公开 > 规划计划, as category
    url         VSB: the last two path segments are the index number
    listing     what the row of the listing says

In plain text all of the header is "text". Two fields have stand-ins: `published_on` takes 发文日期, else 成文/生成日期,
where no place states a publication; `category` takes the 主题分类 of a page that files its document by topic alone.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from lxml import etree

from archive.records import INDEX_FIELDS, Attachment, Entry, Evidence, Index, Rival, Where
from pipelines import dates, header, record
from pipelines.claims import BARE, DATED, OPENS, Claim, claims, clean, in_run
from pipelines.draft import Draft
from pipelines.heading import NOWHERE, Head, head, is_sentence
from pipelines.html import Element, Page, parse
from pipelines.labels import ATTRIBUTES, CONTENT_PAGE, META, Label, squeeze
from pipelines.numbers import find_document_number
from pipelines.runs import CLOSE, LINK, OPEN, Run, printed, runs

TRUST: tuple[Where, ...] = ("header", "text", "line", "json", "meta", "title", "body", "breadcrumb", "url", "listing")
DATES = frozenset({"published_on", "written_on", "effective_on", "expires_on"})
_NUMBER = Label("", "document_number", 0, True)


@dataclass(frozen=True, slots=True)
class Stated:
    """What a page states beside its body.

    `nodes` are the elements that hold index blocks and the 发布时间 line, for the body to leave out; none of them holds
    the body or the heading. `runs` is all the text of a web page, `head` where its heading stands in it. `title` is a
    labelled 名称/标题, the JSON's, or a title line of plain text. `lines` is the span (start, end) of header lines in
    `page.text.splitlines()` of plain text, (0, 0) if none; the title line may stand inside it. `attachments` are those
    the JSON states, or lines of plain text that are only a file name. `body_html` is the body that stands in the page's
    JSON and nowhere else.
    """

    index: Index
    evidence: dict[str, Evidence] = field(default_factory=dict)
    nodes: tuple[Element, ...] = ()
    runs: Sequence[Run] = ()
    head: Head = NOWHERE
    title: str | None = None
    lines: tuple[int, int] = (0, 0)
    attachments: tuple[Attachment, ...] = ()
    body_html: str | None = None


def read(page: Page, entry: Entry | None = None) -> Stated:
    """Everything the page states in labels, tags and records. Pure; never raises on foreign input."""
    if page.tree is not None:
        return _of_html(page, page.tree, entry)
    if page.plain:
        return _of_text(page, entry)
    return _of_record(page.parsed if isinstance(page.parsed, dict) else {}, entry)


# --- a web page --------------------------------------------------------------------------------------------------



def _of_html(page: Page, tree: Element, entry: Entry | None) -> Stated:
    body = tree.find("body")
    found = runs(body if body is not None else tree)
    metas = dict(reversed(page.metas()))  # the first of each name
    site_title = page.head_title().strip()
    printed_claims = claims(found)
    at = head(found, printed_claims, _titles(metas.get("articletitle", ""), site_title), site_title)
    kept = list(header.completed(found, header.accepted(found, printed_claims, at), page.text))
    own = record.embedded(page.text) if page.may_hold("_CONFIG") else {}
    lines = header.loose(found, printed_claims, at)
    title = at.text(found) or metas.get("articletitle") or site_title
    decided = _decided(
        *kept,
        *(_from_attributes(tree) if page.may_hold("syh=") and "syh=" in page.text else ()),
        *record.stated(own),
        *_from_meta(metas, found, title, site_title),
        *(_from_dates([*_dates_of(found, at), *lines[:8]]) if at.title >= 0 else ()),
        *_from_title(title),
        *_from_lines(lines),
        *_from_crumb(
            (printed(run.text) for run in found[: at.end] if len(run.text) < 800 and _MAY_BE_CRUMB.search(run.text)),
            title,
        ),
        *_from_url(page.url),
        *_from_entry(entry),
    )
    nodes, hidden = header.nodes(found, kept, at), record.body_beside(own, found)
    return replace(decided, nodes=nodes, runs=found, head=at, attachments=record.files(own), body_html=hidden)


def _titles(*names: str) -> frozenset[str]:
    """What the heading may say: ArticleTitle, <title>, and what stands there before a site name (标题_某市人民政府)."""
    ends = [(name, m.start()) for name in names for m in re.finditer(r"[-_|–—>]", name[:300])]
    return frozenset(squeeze(part) for part in (*names, *(name[:end] for name, end in ends[:12]))) - {""}


# --- places other than labels ------------------------------------------------------------------------------------

_WITH_ATTRIBUTES: Any = etree.XPath("//*[@syh]")
_TITLE_NUMBER = re.compile(r"[（(\[【]([^（(【]{2,30}号)[）)\]】]?\s*$")
_RETOLD = re.compile("解读|图解|问答|转发|转载|宣传|废止|失效")  # titles that name another document's number
_SMALL = re.compile(rf"{OPEN}\s*([(（\[【]?{DATED.pattern}[)）\]】]?)\s*{CLOSE}\s*\Z")
_DATE_LINE = 60  # characters of a line with a bare date
# 〔2022〕64号, of no office: it stands in the heading (the securities commission)
_BARE_NUMBER = re.compile(r"[(（]?\s?([〔﹝\[［]\s?(?:19|20)\d\d\s?[〕﹞\]］]\s?\d{1,5}\s?号)\s?[)）]?")
_LINE = 80  # a line with a document number and a salutation is not longer
_STAMPED = re.compile(r"[,，]\d{4}(?:-\d\d){3}:\d\d:\d\d$")  # gov.cn: 摘要…,2021-08-01-06:08:00
_CRUMB = re.compile(r"\s{0,9}(?:>{1,3}|＞|»|›|→|->|/|\\|·)\s{0,9}")
_CRUMB_START = re.compile(r"(?:当前|所在|您)[^:：>＞]{0,8}位置|首\s?页\s{0,9}(?:>|＞|»|›|→|-|/|·)|^\s{0,9}位置\s?[:：]")
_MAY_BE_CRUMB = re.compile("[位首]")
_CRUMB_END = frozenset(
    ("正文", "详情", "内容", "信息内容", "文章内容", "详细内容", "详细页面", "信息详情", "首页", "网站首页", "列表")
)
_VSB = re.compile(r"/info/egovinfo/.{1,200}/([\w-]{4,24})/((?:19|20)\d\d-\d{7})\.html?$")


def _from_meta(metas: Mapping[str, str], found: Sequence[Run], title: str, site_title: str) -> Iterator[Claim]:
    """Metas of a content page. Keywords and Description often speak of the site: they count if the title has one of
    the words that the site's name has not, and if the page prints how the description begins."""
    if not CONTENT_PAGE & metas.keys():
        return
    site = site_title.replace(title, "") + metas.get("sitename", "")
    for name, content in metas.items():
        target = META.get(name)
        if not target or (target == "keywords" and not _word_in(content, title, site)):
            continue
        if target == "summary":
            content = _STAMPED.sub("", content)
            told = squeeze(content)
            if told == squeeze(title) or told in squeeze(site) or not _begins_in(content, found):
                continue
        label = Label(name, target, 0, False)
        value = re.split("[,，>]", content)[-1] if name == "columnname" else content
        yield Claim(label, clean(value, label), "meta")


def _word_in(keywords: str, title: str, site: str) -> bool:
    words = [word for word in re.split(r"[,，;；、\s]+", keywords) if len(word) > 1 and word not in site]
    return squeeze(keywords) != squeeze(title) and any(word in title for word in words)


def _begins_in(description: str, found: Sequence[Run]) -> bool:
    start = "".join(description.split())[:10]
    return bool(start) and any(start[:2] in run.text and start in "".join(printed(run.text).split()) for run in found)


def _from_attributes(tree: Element) -> Iterator[Claim]:
    """`<a syh="…" mc="…" rq="…" wh="…">` of Hanweb: the block as attributes, if the page has one such element only."""
    elements = _WITH_ATTRIBUTES(tree)
    for name, target in ATTRIBUTES.items() if len(elements) == 1 else ():
        label = Label(name, target, 0, True)
        yield Claim(label, clean(elements[0].get(name) or "", label), "header")


def _from_title(title: str) -> Iterator[Claim]:
    """国家金融监督管理总局行政处罚信息公开表(金罚决字〔2024〕36号)"""
    match = _TITLE_NUMBER.search(title[-60:]) if not _RETOLD.search(title) else None
    number = find_document_number(match.group(1)) if match else None
    if number:
        yield Claim(_NUMBER, number, "title")


def _from_lines(lines: Iterable[str]) -> Iterator[Claim]:
    """A document number on a line of its own, or with the salutation behind it: 道人社〔2017〕16号 各乡镇人民政府："""
    for line in lines:
        if bare := _BARE_NUMBER.fullmatch(line):
            yield Claim(_NUMBER, bare[1].replace(" ", ""), "body")
            return
        number = find_document_number(line) if "号" in line and len(line) <= _LINE else None
        rest = line.replace(number, "", 1).strip(" 　()（）[]【】") if number else ""
        opens = bool(number) and line.lstrip("（([【 ").startswith(str(number))
        if number and opens and (not rest or rest.endswith(("：", ":"))):
            yield Claim(_NUMBER, number, "body")
            return


def _from_dates(lines: Iterable[str]) -> Iterator[Claim]:
    """A bare date right under the title: 2022-02-11 09:52, （2024-05-11）, 云州日报　2023-05-06."""
    for line in lines:
        match = (
            DATED.search(line)
            if len(line) < _DATE_LINE and not re.search("[，。；：:《]", DATED.sub("", line))
            else None
        )
        if match and (match.start() == 0 or match.end() == len(line)):
            yield Claim(BARE, match.group(1), "line")
            return


def _dates_of(found: Sequence[Run], at: Head) -> Iterator[str]:
    """A date that the heading prints in small, or that stands alone right over it: `<h2>标题<small>(2024年5月11日)`,
    `<div>2024-05-11</div><h1>`."""
    small = _SMALL.search(found[at.last].text)
    if small:
        yield small[1]
    over = found[at.title - 1] if at.title else None
    if over is not None and over.owner is not None and over.owner.getnext() is found[at.title].owner:
        yield printed(over.text) if len(over.text) < _DATE_LINE and LINK not in over.text else ""


def _from_crumb(texts: Iterable[str], title: str) -> Iterator[Claim]:
    """当前位置：首页 > 信息公开 > 规划计划 → 规划计划"""
    for text in texts:
        if len(text) < 200 and _CRUMB_START.search(text):
            steps = [step.strip(" :：") for step in _CRUMB.split(text)]
            named = [step for step in steps if step and step not in _CRUMB_END and squeeze(step) != squeeze(title)]
            if len(steps) > 1 and len(named) > 0 and named[-1] != steps[0] and len(named[-1]) <= 30:
                yield Claim(Label("", "category", 2, False), named[-1], "breadcrumb")
                return


def _from_url(url: str) -> Iterator[Claim]:
    """/info/egovinfo/1001/xxgk_content/01606072-9-30/2020-1117005.htm"""
    match = _VSB.search(url)
    if match:
        yield Claim(Label("", "index_number", 0, True), f"{match.group(1)}/{match.group(2)}", "url")


def _from_entry(entry: Entry | None) -> Iterator[Claim]:
    """What the listing's row says; `stated` has fields of `Index` as keys."""
    stated = dict(entry.stated) | ({"published_on": entry.date} if entry.date else {}) if entry else {}
    for name, raw in stated.items():
        label = Label("" if name in INDEX_FIELDS else name, name if name in INDEX_FIELDS else "other", 0, True)
        yield Claim(label, clean(raw, label), "listing")


# --- a JSON answer -----------------------------------------------------------------------------------------------


def _of_record(answer: Mapping[str, Any], entry: Entry | None) -> Stated:
    """A JSON answer that is one document: postmeta's post, gov.cn's content_<id>.json, a gkmlpt detail."""
    inner = next((answer[k] for k in ("data", "article", "detail") if isinstance(answer.get(k), dict)), answer)
    content = inner.get("content") or inner.get("contentHtml")
    decided = _decided(*record.stated(inner), *_from_entry(entry))
    return replace(decided, attachments=record.files(inner), body_html=content if isinstance(content, str) else None)


# --- plain text --------------------------------------------------------------------------------------------------

_NAMED = r"\S.{0,120}\.(?:pdf|docx?|xlsx?|wps|et|pptx?|zip|rar|7z|ofd|ceb|rtf|csv)"
_FILE_NAME = re.compile(rf"\A{_NAMED}", re.I)
_ENCLOSED = re.compile(
    rf"\A(?:(?:相关)?附\s?件\s?\d{{0,2}}\s?[:：]\s*)?(?:\d{{1,2}}\s?[.．、]\s*)?({_NAMED})", re.I
)
_NOT_A_TITLE = re.compile(r"^[（(]?[一二三四五六七八九十\d]{1,3}[)）、.]|[。；;：:]$")
_HEADER_LINES = 60


def _of_text(page: Page, entry: Entry | None) -> Stated:
    """Saved text: breadcrumb, title, rows of labels (also separated by `|`), names of files, then the body."""
    lines = [line.strip() for line in page.text.replace("\ufeff", "").splitlines()]
    end = next((n for n, line in enumerate(lines) if is_sentence(line) and not OPENS.match(line)), _HEADER_LINES)
    top = lines[: min(end, _HEADER_LINES)]
    labelled = [claim for n, line in enumerate(top) for claim in in_run(line, n, "text")]
    files = [n for n, line in enumerate(top) if _FILE_NAME.fullmatch(line)]
    numbers = {c.run for c in labelled} | {n for n, line in enumerate(top) if _CRUMB_START.search(line)} | set(files)
    span = (min(numbers), max(numbers) + 1) if numbers else (0, 0)
    title = next((line for n, line in enumerate(top[: span[1]]) if n not in numbers and _may_be_title(line)), None)
    crumb = _from_crumb(top, title or "")
    decided = _decided(*labelled, *_from_lines(top), *crumb, *_from_url(page.url), *_from_entry(entry))
    below = (match[1] for line in lines[len(top) :] if (match := _ENCLOSED.fullmatch(line)))  # 附件：1.任务表.doc
    attachments = tuple(map(Attachment, dict.fromkeys([*(lines[n] for n in files), *below])))
    return replace(decided, title=decided.title or title, lines=span, attachments=attachments)


def _may_be_title(line: str) -> bool:
    return 5 < len(line) < 100 and not _NOT_A_TITLE.search(line)


# --- the decision ------------------------------------------------------------------------------------------------

_COMPARABLE = DATES | {"index_number", "document_number", "publisher", "source", "validity"}  # one truth, many places
_STAND_IN = 3  # the group of a 主题分类 that serves as category
_DIGIT = re.compile(r"[\d一二三四五六七八九十]")


class _Candidate(NamedTuple):
    value: str | None  # None: printed, but not a value of the field (a partial date)
    claim: Claim


def _decided(*claimed: Claim) -> Stated:
    """Index, evidence and title out of all claims, by the order of TRUST and of the groups of labels."""
    stated: dict[str, list[Claim]] = defaultdict(list)
    for claim in claimed:
        if claim.raw:
            stated[claim.label.field].append(claim)
    values: dict[str, str] = {}
    evidence: dict[str, Evidence] = {}
    other = {claim.label.printed: claim.raw for claim in reversed(stated["other"])}
    for name in INDEX_FIELDS:
        candidates = _candidates(name, stated)
        if candidates:
            chosen = next((c for c in candidates if c.value), candidates[0])
            evidence[name] = _evidence(name, chosen, candidates)
            other |= _left_over(chosen, candidates)
            if chosen.value:
                values[name] = _whole(chosen.value, candidates)
    dated = evidence.get("published_on")
    other.pop(dated.label if dated and dated.label else "", None)  # a 发文日期 that has found its place
    title = next((claim.raw for claim in stated["title"]), None)
    return Stated(Index(**values, other=other), evidence, title=title)


def _candidates(name: str, stated: Mapping[str, Sequence[Claim]]) -> list[_Candidate]:
    """Claims for one field, most trusted first, and its stand-ins (see the top of this file)."""
    own = list(stated.get(name, ()))
    if name == "category":
        own += [c._replace(label=replace(c.label, group=_STAND_IN)) for c in stated.get("topic", ())]
    own.sort(key=lambda claim: (TRUST.index(claim.where), claim.label.group))
    candidates = [_Candidate(_valued(name, claim.raw), claim) for claim in own]
    if name == "published_on" and not any(candidate.value for candidate in candidates):
        written = sorted(stated.get("written_on", ()), key=lambda c: -c.label.group)
        dated = [_Candidate(value, claim) for claim in written if (value := _valued(name, claim.raw))]
        candidates = dated[:1] + candidates
    return candidates


def _valued(name: str, raw: str) -> str | None:
    """The field's value in a printed string; None if it holds none."""
    if name in DATES:
        return (dates.read_last(raw) if name == "expires_on" else dates.read(raw)).iso
    if name == "index_number":
        number = raw.replace(" ", "")
        return number if len(number) >= 6 and _DIGIT.search(number) else None
    if name == "document_number":
        return raw if _DIGIT.search(raw) and len(raw) < 120 else None
    return raw


def _evidence(name: str, chosen: _Candidate, candidates: Sequence[_Candidate]) -> Evidence:
    """Why the chosen one; rivals are what means the same and says something else."""
    claim, own = chosen.claim, squeeze(chosen.value or "")
    rivals: dict[str, Rival] = {}
    for value, other in candidates:
        comparable = name in _COMPARABLE or other.where == claim.where
        same = other.label.group == claim.label.group or (name in _COMPARABLE and other.where != claim.where)
        if value and comparable and same and value != chosen.value and squeeze(value) != own:
            rivals.setdefault(squeeze(value), Rival(value, other.raw, other.where))
    return Evidence(claim.raw, claim.where, claim.label.printed or None, tuple(rivals.values()))


def _left_over(chosen: _Candidate, candidates: Sequence[_Candidate]) -> dict[str, str]:
    """What is printed under a label and found no place: a partial date, the 组配分类 beside a 信息分类."""
    group = chosen.claim.label.group
    return {
        claim.label.printed: claim.raw
        for value, claim in candidates
        if claim.label.printed and claim.where in ("header", "line", "text")
        if not value or (group < claim.label.group < _STAND_IN and value != chosen.value)
    }


def _whole(value: str, candidates: Sequence[_Candidate]) -> str:
    """A value that the page cuts (综合自学习强国、川观新闻...) as another place gives it in full."""
    start = squeeze(value).rstrip(".…")
    if not start or not value.endswith(("...", "…")):
        return value
    longer = (c.value for c in candidates if c.value and c.value != value and squeeze(c.value).startswith(start))
    return next(longer, value)


# --- the step ----------------------------------------------------------------------------------------------------


def step(draft: Draft) -> None:
    """Parse the page and read what it states; nothing to read leaves `stated` empty."""
    draft.page = parse(draft.response)
    if draft.page.tree is not None or draft.page.plain or draft.page.parsed is not None:
        draft.stated = read(draft.page, draft.entry)
