"""The pages in a real browser (Debian's chromium): nothing of an archive runs, nothing is asked of another host, and no
console has anything to say. Skipped where there is no chromium."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import uvicorn

from archive.browse import datasette
from archive.database import Archive
from crawler.browser import chromium
from tests.samples import SITE, store, url

CHROMIUM = chromium() or ""
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no chromium here: apt install chromium")
# Quiet: a browser that asks nobody but us.
QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update", "--enable-logging=stderr",
         "--virtual-time-budget=3000")
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
def base(tmp_path_factory: pytest.TempPathFactory, leaks: tuple[str, list[str]]) -> Iterator[str]:
    """An archive of hostile documents, served to strangers; document 1 holds every payload."""
    folder = tmp_path_factory.mktemp("browser")
    payloads = list(dict.fromkeys(shape.format(do=action.format(leak=leaks[0]), leak=leaks[0])
                                  for shape in SHAPES for action in ACTIONS))
    assert len(payloads) >= 150
    with Archive(folder, write=True) as archive:
        archive.enrol(SITE)
        everything = "\n".join(payloads)
        store(archive, url(1), everything[:4000], f"公开\n{everything}", site="a", publisher=payloads[1],
              topic=payloads[0], other={payloads[0]: payloads[2]})
        store(archive, url(1), "公开", f"公开 2\n{everything}", site="a", at="2026-02-01T00:00:00Z")
        for number, payload in enumerate(payloads[:60], start=2):
            store(archive, url(number), payload, f"公开{number} {payload}", site="a", publisher=payload)
    application: Any = datasette(folder, public=True)
    config = uvicorn.Config(application.app(), port=0, log_level="critical")
    server = uvicorn.Server(config)
    bound = config.bind_socket()
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    server.should_exit = True
    thread.join()


PAGES = ("/", "/document/1", "/document/2", "/document/2/against/1", "/search?q=公开", "/search?q=" + quote(SHAPES[1]),
         "/site/a", "/changes", "/gongkai/disclosures", "/gongkai/documents/1", "/gongkai/search?q=公开",
         "/document/9999")


@pytest.mark.parametrize("path", PAGES)
def test_nothing_runs_and_nobody_else_is_asked(
    base: str, leaks: tuple[str, list[str]], tmp_path: Path, path: str,
) -> None:
    done = subprocess.run([CHROMIUM, *QUIET, f"--user-data-dir={tmp_path}", "--dump-dom", base + path],
                          capture_output=True, text=True, timeout=90)
    assert "</html>" in done.stdout
    assert "<title>owned" not in done.stdout
    said = [line for line in done.stderr.splitlines() if ":CONSOLE" in line and "status of 404" not in line]
    assert said == []
    assert leaks[1] == []
