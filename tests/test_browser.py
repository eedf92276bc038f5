"""The pages in a real browser (Debian's chromium): they work with mouse, keyboard and without script, axe-core finds
nothing serious, nothing of an archive runs, nothing is asked of another host, and no console has anything to say.
Skipped where there is no chromium."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from archive.browse import datasette
from archive.database import Archive
from crawler.browser import chromium
from tests.samples import SITE, store, url

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not chromium(), reason="no chromium here: apt install chromium")]
# A browser that asks nobody but us.
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium(), args=QUIET)
        yield launched
        launched.close()


@contextmanager
def serving(folder: Path, public: bool) -> Iterator[str]:
    """The archive under an address on loopback."""
    application: Any = datasette(folder, public)
    server = uvicorn.Server(uvicorn.Config(application.app(), port=0, log_level="critical"))
    bound = server.config.bind_socket()
    bound.listen()  # a page that is asked for before the thread has begun waits, and is not refused
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    server.should_exit = True
    thread.join()


@contextmanager
def watched(browser: Browser, base: str, **options: Any) -> Iterator[tuple[Page, list[str]]]:
    """A page, and what it does that it must not: says on the console, asks, asks of others."""
    page, amiss = browser.new_context(base_url=base, **options).new_page(), list[str]()
    page.set_default_timeout(20_000)
    page.on("console", lambda message: None if "status of 404" in message.text else amiss.append(message.text))
    page.on("pageerror", lambda error: amiss.append(str(error)))
    page.on("dialog", lambda dialog: (amiss.append(f"dialog {dialog.message}"), dialog.dismiss()))
    page.on("request", lambda asked: None if asked.url.startswith((base, "data:")) else amiss.append(asked.url))
    yield page, amiss
    page.context.close()


# --- an ordinary archive -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ordinary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Document 1 was changed into 12; the numbers of 2 to 11 lack two."""
    folder = tmp_path_factory.mktemp("ordinary")
    with Archive(folder, write=True) as archive:
        archive.enrol(SITE)
        store(archive, url(1), "甲县政务公开年度报告", "一、总体情况\n主动公开政府信息12条。", site="a",
              publisher="甲县人民政府", document_number="甲政〔2024〕1号", summary="概述" * 30)
        for number in (2, 3, 5, 6, 7, 9, 10, 11, 12, 13):
            store(archive, url(number), f"关于公开第{number}件事的通知", f"公开{number}", site="a",
                  published_on=f"20{10 + number}-03-05", publisher="甲县人民政府",
                  topic="综合政务" if number % 2 else None, document_number=f"甲政〔2024〕{number}号")
        store(archive, url(1), "甲县政务公开年度报告", "一、总体情况\n主动公开政府信息15条。",
              at="2026-02-01T00:00:00Z", site="a", publisher="甲县人民政府")
    with serving(folder, public=False) as base:
        yield base


KINDS = ("/", "/search", "/search?q=公开", "/search?q=无此", "/search?q=-x", "/document/1", "/document/12",
         "/document/12/against/1", "/sites", "/site/a", "/site/a/bg", f"/publisher/{quote('甲县人民政府')}", "/changes",
         "/document/999", "/gongkai/disclosures", "/gongkai/documents/1", "/gongkai", "/gongkai?sql=select+1",
         "/gongkai/search?q=公开")
every_kind = pytest.mark.parametrize("path", KINDS)


@every_kind
def test_axe_finds_nothing_serious(browser: Browser, ordinary: str, path: str) -> None:
    with watched(browser, ordinary) as (page, amiss):
        page.goto(path)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]})
            serious = [one for one in found.response["violations"] if one["impact"] in ("serious", "critical")]
            assert not serious, (scheme, [(one["id"], one["nodes"][0]["html"]) for one in serious])
        assert not amiss


@every_kind
def test_it_fits_a_telephone_and_needs_no_script(browser: Browser, ordinary: str, path: str) -> None:
    with watched(browser, ordinary, viewport={"width": 360, "height": 740}) as (page, _):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.evaluate("document.querySelectorAll('button[data-copy]').forEach(button => button.hidden = true)")
        shown = page.locator("main").inner_text()
    with watched(browser, ordinary, viewport={"width": 360, "height": 740}, java_script_enabled=False) as (page, _):
        page.goto(path)
        bare = page.locator("main").inner_text()
    if not path.startswith("/gongkai"):  # Datasette's tables get a menu
        assert bare == shown


def test_a_search_is_typed_narrowed_and_opened(browser: Browser, ordinary: str) -> None:
    with watched(browser, ordinary) as (page, amiss):
        page.goto("/")
        page.get_by_role("searchbox").fill("公开")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("12")
        assert page.locator("mark").first.inner_text() == "公开"
        facet = page.locator("aside li", has_text="综合政务")
        counted = facet.locator(".n").inner_text()
        facet.get_by_role("link").click()
        expect(page.get_by_role("status")).to_contain_text(f"{counted} 条结果")
        feed = page.locator("link[type='application/atom+xml']").last.get_attribute("href")
        assert feed is not None
        assert page.request.get(feed).ok
        page.locator(".chip").click()
        page.locator("ol .title").first.click()
        expect(page.locator("article h1")).to_be_visible()
        assert not amiss


def test_evidence_is_shown_to_mouse_and_keyboard(browser: Browser, ordinary: str) -> None:
    with watched(browser, ordinary) as (page, _):
        page.goto("/document/1")
        said = page.locator(".evidence", has_text="2024年3月5日")
        expect(said).not_to_be_visible()
        page.locator("summary", has_text="2024-03-05").hover()
        expect(said).to_be_visible()
        page.mouse.move(0, 0)
        expect(said).not_to_be_visible()
        page.locator("summary", has_text="2024-03-05").focus()
        page.keyboard.press("Enter")
        expect(said).to_be_visible()
        expect(said).to_contain_text("20240306")


def test_a_citation_is_copied(browser: Browser, ordinary: str) -> None:
    with watched(browser, ordinary, permissions=["clipboard-read", "clipboard-write"]) as (page, _):
        page.goto("/document/1")
        page.locator("button[data-copy=gbt]").click()
        expect(page.locator("button[data-copy=gbt]")).to_have_text("已复制")
        assert page.evaluate("navigator.clipboard.readText()").startswith("甲县人民政府. 甲县政务公开年度报告")


def test_a_difference_is_coloured(browser: Browser, ordinary: str) -> None:
    with watched(browser, ordinary) as (page, _):
        page.goto("/document/12/against/1")
        colours = page.evaluate("[...document.querySelectorAll('.difference li')].map(li => "
                                "[li.className, getComputedStyle(li).backgroundColor])")
        assert {kind for kind, _ in colours} == {"gone", "come"}
        assert len({colour for _, colour in colours}) == 2


def test_the_first_key_leads_past_the_head(browser: Browser, ordinary: str) -> None:
    with watched(browser, ordinary) as (page, _):
        page.goto("/document/1")
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        page.keyboard.press("Enter")
        assert page.url.endswith("#content")


def test_on_paper_stands_the_document_and_where_it_is_from(browser: Browser, ordinary: str) -> None:
    with watched(browser, ordinary) as (page, _):
        page.goto("/document/1")
        page.emulate_media(media="print")
        for shown in ("article h1", ".index", ".body", ".provenance"):
            expect(page.locator(shown)).to_be_visible()
        for hidden in (".top", ".side", ".captures", ".bottom"):
            expect(page.locator(hidden)).not_to_be_visible()


# --- a hostile archive -------------------------------------------------------------------------------------------

# What would run if it could: {leak} is an address that must never be asked, and the title would tell.
SHAPES = (
    "<script>{do}</script>", "<img src=x onerror={do}>", "<svg onload={do}>", "<svg><script>{do}</script></svg>",
    "<body onload={do}>", "<iframe src=\"javascript:{do}\"></iframe>",
    "<iframe srcdoc=\"<script>{do}</script>\"></iframe>", "<a href=\"javascript:{do}\" autofocus onfocus={do}>x</a>",
    "<details open ontoggle={do}>", "<video><source onerror={do}>",
    "<input autofocus onfocus={do}>", "<math><mtext></form><form><mglyph><style></math><img src onerror={do}>",
    "<style>@import '{leak}';</style>", "<link rel=stylesheet href='{leak}'>", "<img src='{leak}'>",
    "<base href='{leak}'>",
    "<meta http-equiv=refresh content=\"0;url={leak}\">", "<object data='{leak}'></object>", "<embed src='{leak}'>",
    "<table background='{leak}'><td style=\"background:url('{leak}')\">x</td></table>", "</title><script>{do}</script>",
    "</textarea><script>{do}</script>", "--><script>{do}</script>", "]]><script>{do}</script>",
    "\"><script>{do}</script>",
    "'><img src=x onerror={do}>", "`><script>{do}</script>", "{{{{constructor.constructor('{do}')()}}}}",
    "{{% raw %}}<script>{do}</script>", "<scr<script>ipt>{do}</scr</script>ipt>", "<IMG SRC=x ONERROR={do}>",
    "＜script＞{do}＜/script＞", "<img/src=x/onerror={do}>", "<svg/onload={do}>", "\x00<script>{do}</script>",
    "<template><script>{do}</script></template>", "<noscript><p title=\"</noscript><img src=x onerror={do}>\">",
    "<marquee onstart={do}>", "<form action=\"javascript:{do}\"><button autofocus>x</button></form>",
)
ACTIONS = ("document.title='owned'", "alert(1)", "fetch('{leak}')", "location='{leak}'", "document.body.remove()")



class Leak(BaseHTTPRequestHandler):
    """Notes who asks."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_error(404)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def leaks() -> Iterator[tuple[str, list[str]]]:
    """An address on loopback that no page may ask, and what was asked there."""
    asked: list[str] = []
    with ThreadingHTTPServer(("127.0.0.1", 0), type("Noting", (Leak,), {"asked": asked})) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/leak", asked
        server.shutdown()


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory, leaks: tuple[str, list[str]]) -> Path:
    """Every payload as title, text, publisher and label of a document of its own, and all of them in document 1."""
    folder = tmp_path_factory.mktemp("hostile")
    payloads = list(dict.fromkeys(shape.format(do=action.format(leak=leaks[0]), leak=leaks[0])
                                  for shape in SHAPES for action in ACTIONS))
    assert len(payloads) >= 150
    everything = "\n".join(payloads)
    with Archive(folder, write=True) as archive, archive.batch():
        archive.enrol(SITE)
        store(archive, url(1), everything[:4000], f"公开\n{everything}", site="a", publisher=payloads[1],
              topic=payloads[0], other={payload: payload for payload in payloads})
        store(archive, url(1), "公开", f"公开 2\n{everything}", site="a", at="2026-02-01T00:00:00Z")
        for number, payload in enumerate(payloads, start=2):
            store(archive, url(number), payload, f"公开{number} {payload}", site="a", publisher=payload,
                  topic=payload, validity=payload, document_number=payload)
    return folder


HOSTILE = ("/", "/document/1", "/document/2/against/1", *(f"/search?q=公开&page={page}" for page in range(1, 10)),
           *(f"/document/{number}" for number in range(3, 150, 31)), "/search?q=" + quote(SHAPES[1]), "/sites",
           "/site/a", "/site/a/bg", "/changes", "/publisher/" + quote(SHAPES[1].format(do="alert(1)"), safe=""),
           "/document/9999", "/feed.atom?q=公开")
TABLES = ("/gongkai", "/gongkai/disclosures?_size=100&_facet=topic", "/gongkai/documents/1", "/gongkai/documents/9",
          "/gongkai/search?q=公开")


@pytest.mark.parametrize(("public", "paths"), [(True, (*HOSTILE, *TABLES)), (False, (*TABLES, "/document/1"))])
def test_nothing_runs_and_nobody_else_is_asked(
    browser: Browser, hostile: Path, leaks: tuple[str, list[str]], public: bool, paths: tuple[str, ...],
) -> None:
    with serving(hostile, public) as base, watched(browser, base) as (page, amiss):
        for path in paths:
            page.goto(path)
            assert page.title() != "owned", path
            assert page.locator("body, feed").count() == 1, path
            assert not amiss, (path, amiss[:3])
    assert leaks[1] == []


def test_a_snapshot_runs_nothing(browser: Browser, hostile: Path, leaks: tuple[str, list[str]]) -> None:
    with serving(hostile, public=False) as base, watched(browser, base) as (page, amiss):
        page.goto("/capture/1/raw")
        assert page.title() != "owned"
        assert not [said for said in amiss if said.startswith("dialog")]  # the console says what was kept from it
    assert leaks[1] == []
