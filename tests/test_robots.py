"""robots.txt by RFC 9309: what may be asked for each kind of answer, and exactly that is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from archive.database import Archive
from tests.hostile_server import SCRIPT, page
from tests.loopback import Answer, Loopback, Request
from tests.running import gongkai

RULES = b"User-agent: *\nDisallow: /closed/\n"
OPEN, CLOSED = "/open/1.html", "/closed/1.html"
SETTINGS = ("-s", "RETRY_TIMES=1", "-s", "GONGKAI_BACK_OFF=0", "-s", "DOWNLOAD_TIMEOUT=2", "-s", "DOWNLOAD_DELAY=0")


def text(body: bytes, status: int = 200) -> Answer:
    return Answer(status, {"Content-Type": "text/plain"}, body)


@dataclass(frozen=True, slots=True)
class Case:
    """What /robots.txt answers, and which of the two pages may be asked for then."""

    answer: Callable[[Request], Answer]
    allowed: frozenset[str]


BOTH, ONE, NONE = frozenset({OPEN, CLOSED}), frozenset({OPEN}), frozenset[str]()
CASES: Mapping[str, Case] = {
    "rules": Case(lambda r: text(RULES), ONE),
    "rules for us": Case(lambda r: text(b"User-agent: *\nDisallow:\n\nUser-agent: gongkai\nDisallow: /closed/\n"), ONE),
    "rules for another": Case(lambda r: text(b"User-agent: other\nDisallow: /\n"), BOTH),
    "byte order mark": Case(lambda r: text(b"\xef\xbb\xbf" + RULES), ONE),
    "long": Case(lambda r: text(b"#" + b"x" * 490_000 + b"\n" + RULES), ONE),
    "empty": Case(lambda r: text(b""), BOTH),
    "everything closed": Case(lambda r: text(b"User-agent: *\nDisallow: /\n"), NONE),
    "redirected": Case(lambda r: Answer.redirect("/r2/robots.txt") if r.path == "/robots.txt" else text(RULES), ONE),
    "404": Case(lambda r: text(b"", 404), BOTH),
    "403": Case(lambda r: Answer.html("<html><h1>403 Forbidden</h1></html>", status=403), BOTH),
    "a soft 404": Case(lambda r: Answer.html("<html><body><h1>页面不存在</h1></body></html>"), BOTH),
    "a challenge": Case(lambda r: Answer(412, {"Content-Type": "text/html"}, SCRIPT), NONE),
    "429": Case(lambda r: text(b"", 429), NONE),
    "503": Case(lambda r: text(b"", 503), NONE),
    "500": Case(lambda r: text(RULES, 500), NONE),
    "redirects for ever": Case(lambda r: Answer.redirect(r.path + "x"), NONE),
}


class Site:
    def __init__(self, case: Case) -> None:
        self.case = case

    def answer(self, request: Request) -> Answer:
        if request.path in BOTH:
            return Answer(200, {"Content-Type": "text/html; charset=utf-8"}, page())
        return self.case.answer(request)


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[Loopback, str, Path]]]:
    """Every case is a host of its own; all are asked in one run, and two that never answer their robots.txt."""
    folder, served = tmp_path_factory.mktemp("robots") / "a", {}
    with ExitStack() as stack:
        for number, (name, case) in enumerate(CASES.items(), start=1):
            loopback = Loopback(Site(case))
            served[name] = loopback, stack.enter_context(loopback.serve(host=f"127.0.2.{number}")), folder
        for number, name in ((101, "hangs up"), (102, "silent")):
            loopback = Loopback(Site(CASES["rules"]))
            served[name] = loopback, stack.enter_context(loopback.serve(host=f"127.0.2.{number}")), folder
        served["hangs up"][0].fail("/robots.txt")
        served["silent"][0].delay("/robots.txt", 30.0)
        ran = gongkai("scrape", *(base + path for _, base, _ in served.values() for path in (OPEN, CLOSED)), *SETTINGS,
                      archive=folder)  # fmt: skip
        assert ran.code == 1, ran.err
        yield served


@pytest.mark.parametrize("name", [*CASES, "hangs up", "silent"])
def test_exactly_what_is_allowed_is_asked(crawled: dict[str, tuple[Loopback, str, Path]], name: str) -> None:
    loopback, base, folder = crawled[name]
    allowed = CASES[name].allowed if name in CASES else NONE
    assert {hit.path for hit in loopback.log if hit.path in BOTH} == allowed
    with Archive(folder) as archive:
        states = {page.url: (page.state, page.reason) for page in archive.states([base + OPEN, base + CLOSED])}
    for path in (OPEN, CLOSED):
        state, reason = states[base + path]
        if path in allowed:
            assert state == "archived"
        else:
            assert state in ("blocked", "failed"), (path, state)
            assert "robots.txt" in (reason or "")


def test_it_is_asked_once_for_all_pages(crawled: dict[str, tuple[Loopback, str, Path]]) -> None:
    assert [hit.path for hit in crawled["rules"][0].log].count("/robots.txt") == 1
