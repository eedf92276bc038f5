"""Lists asked for by a number: how requests are turned, answers read, and ends known (crawler/cms/numbered.py)."""

from __future__ import annotations

import json

import pytest
from scrapy.http import Request, TextResponse

from archive.records import Ask, Channel, Listing
from crawler.cms import numbered
from crawler.cms.numbered import Numbered

API = Numbered(
    path="/list", page="query:page", size="query:n", rows="data", total="total", stated={"written_on": "signed"}
)


def answer(value: object, ask: Ask, encoding: str = "utf-8") -> TextResponse:
    body = value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode(encoding)
    request = Request(ask.url, method=ask.method, body=ask.body or b"", headers=dict(ask.headers))
    return TextResponse(ask.url, body=body, request=request)


def rows(count: int, start: int = 1) -> list[dict[str, object]]:
    return [
        {"title": f"关于第{n}号事项的通知", "url": f"/{n}.html", "date": "2024-04-01"}
        for n in range(start, start + count)
    ]


def listing(value: object, url: str = "http://a.gov.cn/list?n=15&page=1") -> Listing:
    return numbered.listing(answer(value, Ask(url)), [API])


# --- requests ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "ask", "turned"),
    [
        ("query:page", Ask("http://a/l?q=%CD%A8&page=1&x="), Ask("http://a/l?q=%CD%A8&page=2&x=")),  # GBK stays GBK
        ("query:page", Ask("http://a/l"), Ask("http://a/l?page=2")),
        ("query:p/no", Ask('http://a/l?p={"no":"1"}'), Ask("http://a/l?p=%7B%22no%22%3A%222%22%7D")),
        ("form:current", Ask("http://a/l", "POST", "u%5B%5D=7&current=1"),
         Ask("http://a/l", "POST", "u%5B%5D=7&current=2")),
        ("json:params/page", Ask("http://a/l", "POST", '{"params":{"page":1,"k":"v"}}'),
         Ask("http://a/l", "POST", '{"params":{"page":2,"k":"v"}}')),
        ("json:pn", Ask("http://a/l", "POST", '{"pn":"0"}'), Ask("http://a/l", "POST", '{"pn":"2"}')),
        ("path:{stem}_{k}", Ask("http://a/c/list.shtml"), Ask("http://a/c/list_2.shtml")),
        ("path:{stem}_{k}", Ask("http://a/c/list_7.shtml"), Ask("http://a/c/list_2.shtml")),
        ("path:{stem}_{k}", Ask("http://a/c/"), Ask("http://a/c/index_2.html")),
        ("path:page_{k}", Ask("http://a/c/page_1.html"), Ask("http://a/c/page_2.html")),
        ("path:{k}", Ask("http://a/c/1.html"), Ask("http://a/c/2.html")),
    ],
)  # fmt: skip
def test_a_request_is_turned_at_its_place_and_nowhere_else(place: str, ask: Ask, turned: Ask) -> None:
    assert numbered.put(ask, place, 2) == turned
    assert int(numbered.get(turned, place)) == 2


def test_a_channel_is_asked_with_its_own_parameters_over_the_usual_ones() -> None:
    api = Numbered(path="/list", page="form:p", send={"n": "15", "q": ""})
    channel = Channel("s", "c", "http://a.gov.cn/list", options={"n": "20", "fields": {"a": "b"}})
    ask = numbered.first(channel, [api], reserved=["fields"])
    assert (ask.method, ask.body) == ("POST", "n=20&q=&p=1")
    assert ask.state == {"options": {"fields": {"a": "b"}}}
    assert ask.headers["Content-Type"].startswith("application/x-www-form-urlencoded")


def test_a_column_page_is_asked_as_it_is() -> None:
    assert numbered.first(Channel("s", "c", "http://a.gov.cn/zwgk/"), [API]) == Ask("http://a.gov.cn/zwgk/")


# --- values ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "day"),
    [
        (1715391000, "2024-05-11"),  # seconds: 09:30 in China
        (1715353200, "2024-05-10"),  # 23:00 in China, already the 10th in Greenwich too
        (1711900800000, "2024-04-01"),  # milliseconds: midnight in China is the day before in Greenwich
        ("2024-04-01T00:00:00.000Z", "2024-04-01"),  # a written date is taken as written
        ("2024-03-31T16:00:00.000Z", "2024-03-31"),
        ("2024.07.04", "2024-07-04"),
        ("20240401000000", "2024-04-01"),
        ("2024年4月1日", "2024-04-01"),
        ("2024-04-01 09:00:00", "2024-04-01"),
        (0, None),
        ("", None),
        ("1970-01-01 08:00:00", None),
        ("2024-02-30", None),
        ("04-01", None),
        (None, None),
    ],
)
def test_days(value: object, day: str | None) -> None:
    assert numbered.day(value) == day


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("关于<em>环境</em>的通知<br/>（试行）", "关于环境的通知（试行）"),
        ("&lt;示例&gt;&nbsp;通知", "<示例> 通知"),
        ("PM2.5<35 达标", "PM2.5<35 达标"),
        ("undefined", ""), ("null", ""), ("/", ""), (None, ""), ({"a": 1}, ""),
    ],
)  # fmt: skip
def test_plain_text(value: object, text: str) -> None:
    assert numbered.plain(value) == text


def test_paths_open_text_that_is_json_and_choose_by_key() -> None:
    row = {
        "ext": '{"wh":"示发〔2024〕8号"}',
        "meta": [{"key": "a", "value": "null"}, {"key": "b", "value": "2"}],
        "n": [],
    }
    assert numbered.said(row, "ext/wh") == "示发〔2024〕8号"
    assert numbered.said(row, "meta/*/key=b/value") == "2"
    assert numbered.said(row, "meta/*/key=a/value|meta/*/key=b/value") == "2"  # "null" says nothing
    assert numbered.said(row, "ext/none|n/x") == ""


def test_an_address_elsewhere_is_kept_and_one_that_is_none_is_left_out() -> None:
    found = [
        {"title": "转发", "url": "https://mp.weixin.qq.com/s/x"},
        {"title": "脚本", "url": "javascript:void(0)"},
        {"title": "本机", "url": "file:///c:/a.doc"},
        {"title": "", "url": "/3.html"},
        {"title": "没有地址的一行"},
        "no object",
    ]
    assert [entry.url for entry in listing({"data": found}).entries] == ["https://mp.weixin.qq.com/s/x"]


def test_gbk_is_read() -> None:
    found = numbered.listing(answer({"data": rows(1)}, Ask("http://a.gov.cn/list"), "gbk"), [API])
    assert found.entries[0].title == "关于第1号事项的通知"


# --- ends --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "page", "following", "empty"),
    [
        ({"total": 47, "data": rows(15)}, 1, True, False),
        ({"total": 47, "data": rows(2)}, 4, False, False),  # the last by the count
        ({"total": 47, "data": rows(15)}, 4, True, False),  # the count lies: more came than it says
        ({"total": 0, "data": rows(15)}, 1, True, False),  # a count of 0 beside rows is none
        ({"data": rows(15)}, 3, True, False),  # no count: until nothing comes
        ({"data": []}, 4, False, True),  # which is the end
        ({"total": 0, "data": []}, 1, False, True),  # an empty channel
        ({"data": []}, 1, False, False),  # nothing at once, and no word why
        ({"total": 47, "data": []}, 1, False, False),  # claimed and not there
        ({"code": 500, "msg": "系统繁忙"}, 4, False, False),  # an error is no end
        (b"<html>412</html>", 4, False, False),
    ],
)
def test_ends(value: object, page: int, following: bool, empty: bool) -> None:
    found = listing(value, f"http://a.gov.cn/list?n=15&page={page}")
    assert (found.next is not None, found.says_empty) == (following, empty)
    if found.next:
        assert found.next.url == f"http://a.gov.cn/list?n=15&page={page + 1}"


def test_a_list_without_page_size_ends_when_all_rows_came() -> None:
    api = Numbered(path="/list", page="query:page", rows="data", total="total")
    ask: Ask | None = Ask("http://a.gov.cn/list?page=1")
    counts = [15, 15, 15, 2]
    for count in counts:
        assert ask is not None
        request = Request(ask.url, meta={"state": dict(ask.state)})
        body = json.dumps({"total": sum(counts), "data": rows(count)}).encode()
        ask = numbered.listing(TextResponse(ask.url, body=body, request=request), [api]).next
    assert ask is None


def test_a_saved_answer_to_a_posted_request_has_no_next() -> None:
    """What was posted is lost, so nobody knows what to post next."""
    api = Numbered(path="/list", page="form:p", rows="data", total="total")
    saved = TextResponse("http://a.gov.cn/list", body=json.dumps({"total": 47, "data": rows(15)}).encode())
    found = numbered.listing(saved, [api])
    assert (len(found.entries), found.total, found.next) == (15, 47, None)


def test_a_page_without_count_is_followed_by_its_link_only() -> None:
    api = Numbered(path="/", page="path:{stem}_{k}", markup=".")
    items = "".join(
        f'<li><a href="/{n}.html">关于第{n}号事项的通知公告</a><span>2024-04-01</span></li>' for n in range(9)
    )
    without = answer(f"<html><body><ul>{items}</ul></body></html>".encode(), Ask("http://a.gov.cn/c/index.html"))
    assert numbered.listing(without, [api]).next is None
    linked = f'<html><body><ul>{items}</ul><a href="index_2.html">下一页</a></body></html>'
    with_link = answer(linked.encode(), Ask("http://a.gov.cn/c/index.html"))
    assert numbered.listing(with_link, [api]).next == Ask("http://a.gov.cn/c/index_2.html", state={"seen": 9})
