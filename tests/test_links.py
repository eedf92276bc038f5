"""Pagers as towns make them: walked to the last page, or known to go on; a page is never skipped, none made up."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from scrapy.http import HtmlResponse

from archive.records import Listing
from crawler.cms import html

URL = "http://www.yunshan.gov.cn/tzgg/list.php"
PAGES, SIZE, SHOWN = 13, 4, 5
Pager = Callable[[int], str]


def link(k: int, says: object = None, where: str = "?page={}") -> str:
    return f"<a href='{where.format(k)}'>{k if says is None else says}</a> "


def window(k: int, here: str = "<b>{}</b> ", says: str = "{}") -> str:
    """Numbers around the current one."""
    shown = range(max(1, k - 2), min(PAGES, k + 2) + 1)
    return "".join(here.format(n) if n == k else link(n, says.format(n)) for n in shown)


def group(k: int, onward: str) -> str:
    """The numbers of this five, and what leads to the next five."""
    start = (k - 1) // SHOWN * SHOWN
    shown = range(start + 1, min(PAGES, start + SHOWN) + 1)
    back = link(start, "前5页") if start else ""
    numbers = "".join(f"<b>{n}</b> " if n == k else link(n) for n in shown)
    return back + numbers + (link(start + SHOWN + 1, onward) if start + SHOWN < PAGES else "")


def onward(says: str, before: str = "") -> Pager:
    return lambda k: (link(k - 1, before) if before and k > 1 else "") + (link(k + 1, says) if k < PAGES else "")


FOLLOWED: dict[str, Pager] = {
    "groups, 后5页": lambda k: group(k, "后5页"),
    "groups, …": lambda k: group(k, "…"),
    "groups, 下一组": lambda k: group(k, "下一组"),
    "groups, >> to the next five": lambda k: group(k, "&gt;&gt;"),
    "groups, a picture": lambda k: group(k, "<img src='r.gif'>"),
    "the current one in brackets": lambda k: window(k, "[{}] ", "[{}]"),
    "第3页": lambda k: window(k, "第{}页 ", "第{}页"),
    "the current one is a link too": lambda k: window(k, "<a href='?page={0}' style='color:red'>{0}</a> "),
    "beside a count": lambda k: f"共<b>{PAGES}</b>页 <b>50</b>条 " + window(k),
    "between bars": lambda k: " | ".join(str(n) if n == k else link(n) for n in range(1, PAGES + 1)),
    "of full width": lambda k: window(k).translate({ord("1"): "１"}).replace("page=１", "page=1"),
    "下 一 页": onward("下 一 页"),
    "向后": onward("向后", "向前"),
    "向下翻页": onward("向下翻页"),
    "翻页 both ways": onward("翻页", "翻页"),
    "查看更多": onward("查看更多"),
    "下一张": onward("下一张", "上一张"),
    "更早的": onward("更早的 »", "« 更新的"),
    "Older posts": onward("Older posts", "Newer posts"),
    "an arrow alone": onward("→", "←"),
    "rel=next": lambda k: f"<link rel='next' href='?page={k + 1}'>" if k < PAGES else "",
    "an area of a map": lambda k: f"<area href='?page={k + 1}' alt='下一页'>" if k < PAGES else "",
    "> and >> to the end": lambda k: window(k) + (link(k + 1, "&gt;") + link(PAGES, "&gt;&gt;") if k < PAGES else ""),
}
GOES_ON = {
    "numbers that call": "<b>1</b> <a href='javascript:go(2)'>2</a> <a href='javascript:go(3)'>3</a>",
    "下一页 that calls": "<a href='#' onclick='go(2)'>下一页</a>",
    "only the end": "<a href='?page=1'>首页</a> <a href='?page=13'>尾页</a>",
    "加载更多": "<div class='load'>加载更多</div>",
    "five pages, and >> is the last one": None,
}
ENDS = {
    "no pager": "",
    "a pager of one page": "<a href='list.php'>首页</a> 上一页 下一页 <a href='?page=1'>尾页</a>",
    "a next page that is no link": "<a href='javascript:;'>下一页</a>",
    "years": "<b>2024</b> <a href='?year=2025'>2025</a> <a href='?year=2023'>2023</a>",
    "the next column": "<a href='list.php?cid=2'>更多</a> <a href='list.php?cid=2'>&gt;&gt;</a>",
    "a template's": "<div style='display:none'>加载更多</div>",
}


def listed(url: str, pager: str, k: int = 1) -> Listing:
    rows = "".join(
        f"<li><a href='show_{n}.html'>关于做好第{n}号事项工作的通知</a><span>2024-01-{n % 28 + 1:02}</span></li>"
        for n in range((k - 1) * SIZE, k * SIZE)
    )
    body = f"<html><head><title>通知公告</title></head><body><ul>{rows}</ul><div>{pager}</div></body></html>"
    return html.listing(HtmlResponse(url, body=body.encode(), encoding="utf-8"))


@pytest.mark.parametrize("name", FOLLOWED)
def test_every_page_is_walked_in_turn(name: str) -> None:
    url, walked = URL, []
    for _ in range(PAGES + 1):
        k = int(url.partition("page=")[2] or 1)
        walked.append(k)
        listing = listed(url, FOLLOWED[name](k), k)
        if listing.next is None:
            break
        url = listing.next.url
    assert walked == list(range(1, PAGES + 1))
    assert not listing.goes_on


@pytest.mark.parametrize("name", GOES_ON)
def test_what_cannot_be_asked_for_is_known_to_be_there(name: str) -> None:
    said = GOES_ON[name]
    numbers = "".join(link(n) for n in range(1, SHOWN)) + f"<b>{SHOWN}</b> " + link(PAGES, "&gt;&gt;")
    listing = listed(URL, said) if said else listed(f"{URL}?page={SHOWN}", numbers)
    assert listing.next is None
    assert listing.goes_on


@pytest.mark.parametrize("name", ENDS)
def test_a_list_of_one_page_ends(name: str) -> None:
    listing = listed(URL + "?cid=1" if name == "the next column" else URL, ENDS[name])
    assert listing.next is None
    assert not listing.goes_on
