"""What a list claims: records, pages, this page, records per page; or that it is empty (platforms.md §D.4)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from crawler.cms import source

_N = r"\s?[\"'“]?\s?(\d[\d,]{0,11})\s?[\"'”]?\s?"
_END = r"(?=[^\u4e00-\u9fff]|[共第每当总首上下尾]|$)"  # 共35条措施 is a title
_INPUT = r"<input[^<>]{{0,200}}?\b(?:id|name)=[\"']?(?:{})\b[^<>]{{0,200}}?\bvalue=[\"']?(\d{{1,9}})"
RECORDS = (
    rf"[共有到][:：]?{_N}(?:条|篇|件|项|个)(?:记录|信息|数据|文件|结果|内容)?{_END}",  # 共632条记录
    rf"(?:总记录数?|记录总?数|总条数|信息总数|总数)[:：]?{_N}(?:条|$|\s)",  # 总记录数：632
    rf"(?<=页){_N}条",  # 共10页 186条
    rf"(?<![\d每第]){_N}条\s?(?=首页|上一?页)",  # 1463条 上一页 1 2 3
)
SCRIPT_RECORDS = (
    r"\b(?:totalRecords?|recordCount|totalCount|totalRows?|rowCount|total_count|totalSize|listCount|dataTotal)[\"']?\s*[:=]"
    r"\s*(?:parseInt\()?[\"'(]{0,2}(\d{1,9})",
    r"\{(?=[^{}]{0,600}page)[^{}]{0,600}?\btotal[\"']?\s*:\s*[\"']?(\d{1,9})",  # Ls.pagination({ total: 454, pageCount:
    r"\blaypage\b[^;]{0,300}?\bcount\s*:\s*[\"']?(\d{1,9})",  # laypage.render({elem: 'page', count: 213, limit: 20
    _INPUT.format("total_?(?:count|records?|rows?)|record_?count"),
)
PAGES = (
    rf"[共计]{_N}页",  # 共28页
    r"第\s?\d{1,9}\s?页?\s?[/／]\s?共?\s?(\d{1,9})\s?页?",  # 第1/20页
    rf"(?:总页数|页数|总页)[:：]?{_N}",
    r"页[次码][:：]\s?\d{1,9}\s?[/／]\s?(\d{1,9})",  # 页次：2/28
    r"(?<![\d/])\d{1,9}\s?/\s?(\d{1,9})\s?页",  # 1/28页
    r"(?<![\d/.-])\d{1,9}\s?/\s?(\d{1,9})\s(?=下一?页|尾页|末页)",  # 上一页 1/1037 下一页
    r"(?:条|记录|页次|当前页?|页码)\s?[:：]?\s?\d{1,9}\s?/\s?(\d{1,9})(?![\d/])",  # 共391条  1/20
)
SCRIPT_PAGES = (
    r"\b(?:countPage|totalPages?|pageCount|pageTotal|maxPage|total_page|pagesCount)[\"']?\s*[:=]\s*"
    r"(?:parseInt\()?[\"'(]{0,2}(\d{1,9})",
    _INPUT.format("total_?pages?|page_?count|count_?page|max_?page"),
)
SIZES = (
    rf"每页{_N}条",
    r"\b(?:pageSize|perPage|prepage|showData)[\"']?\s*[:=]\s*[\"']?(\d{1,9})",
    r"\blaypage\b[^;]{0,300}?\blimit\s*:\s*[\"']?(\d{1,9})",
)
CURRENT = (
    rf"第{_N}[/／页]",
    rf"当前第?{_N}页",
    r"(?<![\d/])(\d{1,9})\s?/\s?\d{1,9}\s?页",
    r"页[次码][:：]\s?(\d{1,9})\s?[/／]",
)
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
    return " ".join(re.sub(r"<[^<>]*>", " ", bare).replace("&nbsp;", " ").split())


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
