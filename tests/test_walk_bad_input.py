"""Lists that are none, do not end, or lead elsewhere: each walk says why it ended, and hinders no other."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from archive.database import Archive
from archive.records import Channel
from tests.loopback import Answer, Loopback, Request
from tests.running import Ran, gongkai
from tests.walking import Steps

SIZE = 5


def page(body: str, title: str = "通知公告") -> Answer:
    return Answer.html(f"<html><head><title>{title}</title></head><body>{body}</body></html>")


def document(number: int) -> Answer:
    text = "".join(f"<p>第{n}条 各有关单位应当认真落实第{number}号文件的要求，按期报送。</p>" for n in range(1, 6))
    heading = f"<h1>关于做好第{number}项工作的通知</h1><div>发布时间：2024-03-05</div>"
    return page(f"{heading}<div class='TRS_Editor'>{text}</div>")


def rows(*links: str) -> str:
    cells = (f"<li><a href='{link}'>关于做好第{n}项工作的通知</a><span>2024-03-{n:02}</span></li>"
             for n, link in enumerate(links, start=1))  # fmt: skip
    return f"<ul class='list'>{''.join(cells)}</ul>"


def numbered(first: int, more: str = "") -> Answer:
    """A page of five documents."""
    return page(rows(*(f"/doc/{n}.html" for n in range(first, first + SIZE))) + more)


def after(link: str) -> str:
    return f"<div class='page'><a href='{link}'>下一页</a></div>"


def looping(request: Request) -> Answer:
    """Three pages; the third leads to the first again."""
    k = int(request.query.get("page", "1"))
    return numbered(100 * k, after(f"?page={k % 3 + 1}"))


def deaf(request: Request) -> Answer:
    """Ignores the page number."""
    k = int(request.query.get("page", "1"))
    return numbered(500, after(f"?page={k + 1}"))


LOGIN = "<form action='/login'>请先登录 用户名<input name='u'>密码<input type='password' name='p'>验证码<input></form>"
FORM = "<form method='post'><a href='#' onclick='turn(this.form, 2)'>下一页</a></form>"
CHALLENGE = Answer(412, {"Content-Type": "text/html"}, b"<script>$_ts=window['$_ts'];</script>")
PDF = Answer(200, {"Content-Type": "application/pdf"}, b"%PDF-1.4\n%%EOF")


@dataclass(frozen=True)
class Bad:
    """A list, how its walk must end (None: it stays open) and a word of the reason; how many entries it still gave."""

    answer: Callable[[Request], Answer]
    outcome: str | None
    why: str
    entries: int = 0
    cms: str = "html"


CASES = {
    "login": Bad(lambda _: page(LOGIN, "用户登录"), "broken", "the page asks to log in"),
    "shell": Bad(lambda _: page("<div id='app'></div><script src='/js/app.3f.js'></script>"), "broken", "browser"),
    "pdf": Bad(lambda _: PDF, "broken", "not a page but a file (application/pdf)"),
    "json-error": Bad(lambda _: Answer.of_json({"code": 500, "msg": "系统异常"}), "broken", "JSON without records"),
    "empty": Bad(lambda _: page("<div>当前位置：首页</div><ul class='list'></ul>"), "broken", "a list as html"),
    "empty-said": Bad(lambda _: page("<div>暂无相关信息</div>"), "exhausted", ""),
    "loop": Bad(looping, "truncated", "trap:loop", 3 * SIZE),
    "deaf": Bad(deaf, "truncated", "trap:samepage", SIZE),
    "elsewhere": Bad(lambda _: page(rows("http://other.example.com/1.html", "/doc/1.html", "//b.example.com/2.html")),
                     "exhausted", "", 3),
    "no-links": Bad(lambda _: page(rows("javascript:open(1)", "/doc/2.html", "file:///c:/3.doc", "/doc/4.html")),
                    "exhausted", "", 4),
    "wrong-family": Bad(lambda _: numbered(900), "broken", "a list as jpaas", cms="jpaas"),
    "counted": Bad(lambda _: numbered(900, "<p>共47条</p>"), "truncated", "states 47 entries, lists", SIZE),
    "form": Bad(lambda _: numbered(800, FORM), "truncated", "offers a next page", SIZE),
    "gone": Bad(lambda _: Answer.html("<html><title>404</title>页面不存在</html>", status=404), "broken", "404"),
    "down": Bad(lambda _: Answer(500), None, "500"),
}  # fmt: skip


class Site:
    """One channel for each case, and a good one that is asked last."""

    def answer(self, request: Request) -> Answer:
        folder, _, rest = request.path.lstrip("/").partition("/")
        if folder == "good":
            return numbered(1000)
        if folder == "doc":
            return document(int(rest.removesuffix(".html")))
        return CASES[folder].answer(request) if folder in CASES else Answer.html("页面不存在", status=404)


@dataclass(frozen=True)
class Crawled:
    archive: Path
    ran: Ran
    coverage: dict[str, dict[str, object]]


def crawl(folder: Path, site: object, channels: dict[str, str]) -> Crawled:
    (folder / "sites").mkdir()
    with Loopback(site).serve() as base:  # type: ignore[arg-type]
        text = f'name = "甲市"\nurl = "{base}/"\ncms = "html"\nprivate = true\ndelay = 0.0\n'
        for key, cms in channels.items():
            text += f'[[channels]]\nkey = "{key}"\nname = "{key}"\nurl = "{base}/{key}/"\ncms = "{cms}"\n'
        (folder / "sites" / "jia.toml").write_text(text, "utf-8")
        settings = [word for change in ("RETRY_TIMES=0", "GONGKAI_REFUSALS=99", "GONGKAI_BACK_OFF=0")
                    for word in ("-s", change)]  # fmt: skip
        ran = gongkai("crawl", "jia", *settings, archive=folder / "a", catalogue=folder / "sites")
    told = gongkai("coverage", "--json", archive=folder / "a").out.splitlines()
    return Crawled(folder / "a", ran, {found["channel"]: found for found in map(json.loads, told)})


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    channels = {key: bad.cms for key, bad in CASES.items()} | {"good": "html"}
    return crawl(tmp_path_factory.mktemp("bad"), Site(), channels)


@pytest.mark.parametrize("key", CASES)
def test_the_walk_says_why_it_ended(crawled: Crawled, key: str) -> None:
    bad, found = CASES[key], crawled.coverage[key]
    assert (found["outcome"], found["listed"]) == (bad.outcome, bad.entries), found["note"]
    assert bad.why in str(found["note"] or "")
    assert found["balanced"] is (bad.outcome == "exhausted")


def test_it_hinders_no_other_and_shows_in_the_exit_code(crawled: Crawled) -> None:
    assert (crawled.ran.code, "Traceback" in crawled.ran.err) == (1, False)
    good = crawled.coverage["good"]
    assert (good["archived"], good["balanced"]) == (SIZE, True)


def test_what_is_of_other_sites_is_named_and_not_fetched(crawled: Crawled) -> None:
    with Archive(crawled.archive) as archive:
        foreign = archive.db.execute(
            "select url, reason from pages where state = 'foreign' and url like 'http%' order by url"
        ).fetchall()
        asked = archive.db.execute("select count(*) from captures where url like '%example.com%'").fetchone()
    assert foreign == [
        ("http://b.example.com/2.html", "another site: b.example.com"),
        ("http://other.example.com/1.html", "another site: other.example.com"),
    ]
    assert asked == (0,)


def test_rows_that_lead_nowhere_are_in_the_certificate_each_with_its_reason(crawled: Crawled) -> None:
    with Archive(crawled.archive) as archive:
        told = archive.db.execute(
            "select url, reason from pages where state = 'foreign' and url not like 'http%' order by url"
        ).fetchall()
    assert told == [
        ("file:///c:/3.doc 关于做好第3项工作的通知", "not a web address: file:///c:/3.doc 关于做好第3项工作的通知"),
        ("javascript:open(1) 关于做好第1项工作的通知", "not a web address: javascript:open(1) 关于做好第1项工作的通知"),
    ]
    assert (crawled.coverage["no-links"]["archived"], crawled.coverage["no-links"]["foreign"]) == (2, 2)


def test_a_challenge_rests_its_site_and_no_other(tmp_path: Path) -> None:
    class Guarded(Site):
        def answer(self, request: Request) -> Answer:
            return CHALLENGE if request.path.startswith("/guarded") else super().answer(request)

    found = crawl(tmp_path, Guarded(), {"guarded": "html"}).coverage["guarded"]
    assert (found["outcome"], found["listed"], found["balanced"]) == (None, 0, False)
    assert "412" in str(found["note"])


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path / "in-process", write=True) as made:
        yield made


def test_a_layout_that_changed_breaks_the_walk_and_takes_nothing_away(archive: Archive) -> None:
    channel = Channel("jia", "tzgg", "http://a.gov.cn/tzgg/", cms="html")
    Steps(archive, lambda _: numbered(1)).crawl(channel)
    Steps(archive, lambda _: page("<div>当前位置：首页 > 通知公告</div><div class='new-layout'></div>")).crawl(channel)
    outcome, pending, vanished, note = archive.db.execute(
        "select outcome, pending, vanished, note from coverage").fetchone()  # fmt: skip
    assert (outcome, pending, vanished) == ("broken", SIZE, 0)
    assert "a list as html sites have it" in note
    assert f"it listed {SIZE} entries on 2" in note
    Steps(archive, lambda _: numbered(1)).crawl(channel)
    assert archive.db.execute("select outcome from coverage").fetchone() == ("exhausted",)


def test_a_walk_that_is_stopped_twice_at_one_page_is_begun_anew(archive: Archive) -> None:
    """Else it would wait for that page for ever, and nobody would see what comes in at the top."""
    channel = Channel("jia", "tzgg", "http://a.gov.cn/tzgg/", cms="html")

    def guarded(request: Request) -> Answer:
        return CHALLENGE if request.query.get("page") else numbered(1, after("?page=2"))

    def outcomes() -> list[str | None]:
        return [outcome for (outcome,) in archive.db.execute("select outcome from walks order by rowid")]

    Steps(archive, guarded).crawl(channel)
    assert outcomes() == [None]
    Steps(archive, guarded).crawl(channel)
    assert outcomes() == ["truncated"]
    Steps(archive, lambda request: numbered(50) if request.query else numbered(1, after("?page=2"))).crawl(channel)
    assert outcomes() == ["truncated", "exhausted"]
