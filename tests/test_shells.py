"""Lists that only a script fills, crawled with the system's chromium: the whole list arrives, the evidence is what was
read, and every guard that holds for the crawler holds for a page's scripts."""

from __future__ import annotations

import gzip
import json
import random
import shutil
import socket
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from urllib.parse import urlsplit

import pytest
from warcio.archiveiterator import ArchiveIterator

from archive.database import Archive
from archive.records import Location
from crawler.browser import lacking
from pipelines.kinds import SHOWN
from tests.loopback import Answer, Loopback, Request
from tests.running import Ran, gongkai
from tests.stand_ins import StandIn
from tests.test_guard import FAST as REFUSED
from tests.test_guard import SPELLINGS

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(lacking()), reason=str(lacking()))]

FAST = ("-s", "RETRY_TIMES=0", "-s", "GONGKAI_BACK_OFF=0")
LIST = """<!DOCTYPE html><html><head><meta charset="gbk"><title>通知公告</title><link rel="stylesheet" href="/a.css">
<script src="/js/app.js"></script></head><body><img src="/logo.png"><div id="app" v-cloak></div></body></html>"""
APP = """
addEventListener('load', async () => {
  const page = Number(new URLSearchParams(location.search).get('page') || 1);
  const found = await (await fetch(`/api/list?page=${page}`)).json();
  const rows = found.rows.map(one => `<li><a href="${one.url}">${one.title}</a><span>${one.day}</span></li>`);
  const pager = page < found.pages ? `<a href="?page=${page + 1}">下一页</a>` : '';
  document.getElementById('app').innerHTML =
    `<ul class="list">${rows.join('')}</ul><div class="page">共 ${found.total} 条 ${pager}</div>`;
});
"""
SHELLS = ("/detail/10.html", "/detail/20.html")
DOCUMENT = """<!DOCTYPE html><html><head><title>示例市</title></head><body><div id="app"></div><script>

fetch('/api' + location.pathname, {method: 'POST', body: 'q=1'}).then(answer => answer.text()).then(html => {
  document.getElementById('app').innerHTML = html});</script></body></html>"""


class Scripted(StandIn):
    """A column of 23 documents: a script fills its pages from JSON, and two of the documents by a POST. The shell is in
    GBK. `scripts` run in the list besides; `api` answers in place of the JSON."""

    family, column, size = "html", "/tzgg/", 15

    def __init__(self, scripts: str = "", api: Answer | None = None) -> None:
        super().__init__(count=23)
        self.scripts, self.api = scripts, api

    def answer(self, request: Request) -> Answer:
        if request.path in SHELLS:
            return Answer.html(DOCUMENT)
        shell = request.path.removeprefix("/api")
        return super().answer(Request("GET", shell) if shell in SHELLS else request)

    def listing(self, request: Request) -> Answer | None:
        served = {
            self.column: Answer(200, {"Content-Type": "text/html"}, (LIST + self.scripts).encode("gbk")),
            "/js/app.js": Answer(200, {"Content-Type": "text/javascript; charset=utf-8"}, APP.encode()),
        }
        if request.path == "/api/list":
            return self.api or self.json(int(request.query["page"]))
        return served.get(request.path)

    def json(self, k: int) -> Answer:
        rows = [{"url": self.path(held), "title": held.title, "day": held.published_on} for held in self.page(k)]
        return Answer.of_json({"rows": rows, "total": self.count, "pages": self.pages})


def site_file(folder: Path, base: str, more: str = "browser = true", channels: tuple[str, ...] = ("tzgg",)) -> Path:
    (folder / "sites").mkdir(exist_ok=True)
    text = f'name = "甲市"\nurl = "{base}/"\ncms = "html"\nprivate = true\ndelay = 0.0\n{more}\n'
    for key in channels:
        text += f'[[channels]]\nkey = "{key}"\nname = "{key}"\nurl = "{base}/{key}/"\n'
    (folder / "sites" / "jia.toml").write_text(text, "utf-8")
    return folder / "sites"


@contextmanager
def crawled(
    folder: Path, site: object, more: str = "browser = true", **environment: str
) -> Iterator[tuple[Ran, Loopback]]:
    loopback = Loopback(site)  # type: ignore[arg-type]
    with loopback.serve() as base:
        catalogue = site_file(folder, base, more)
        yield gongkai("crawl", "jia", *FAST, archive=folder / "a", catalogue=catalogue, **environment), loopback


def certificate(folder: Path) -> dict[str, object]:
    (found,) = map(json.loads, gongkai("coverage", "--json", archive=folder / "a").out.splitlines())
    return dict(found)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran, Loopback]:
    folder = tmp_path_factory.mktemp("shells")
    with crawled(folder, Scripted()) as (ran, loopback):
        return folder, ran, loopback


def test_a_list_that_a_script_fills_is_archived_whole(whole: tuple[Path, Ran, Loopback]) -> None:
    folder, ran, _ = whole
    assert ran.code == 0, ran.err
    found = certificate(folder)
    assert (found["claimed"], found["archived"], found["outcome"], found["balanced"]) == (23, 23, "exhausted", True)
    with Archive(folder / "a") as archive:
        titles = {title for (title,) in archive.db.execute("select title from disclosures")}
    assert titles == {held.title for held in Scripted().all}


def test_the_site_is_asked_as_politely_as_ever(whole: tuple[Path, Ran, Loopback]) -> None:
    """Nothing that a list does not need, a script once, everything under our name and without a browser's headers."""
    _, _, loopback = whole
    assert len(loopback.hits("/js/app.js")) == len(loopback.hits("/robots.txt")) == 1
    assert len(loopback.hits("/api/list")) == len(loopback.hits("/tzgg/")) == 3  # two pages, and the first once more
    assert not loopback.hits("/*.css") + loopback.hits("/*.png")
    assert {hit.headers["user-agent"].partition("/")[0] for hit in loopback.log} == {"gongkai"}
    assert not [hit for hit in loopback.log if any(name.startswith(("sec-", "cookie")) for name in hit.headers)]


def test_the_evidence_is_what_was_sent_and_what_was_shown(whole: tuple[Path, Ran, Loopback]) -> None:
    folder = whole[0]
    records: dict[str, list[tuple[str, str, str]]] = {}
    (file,) = (folder / "a/warc").glob("*.warc.gz")
    with file.open("rb") as stream:
        for record in ArchiveIterator(stream):
            says = record.rec_headers.get_header
            path = urlsplit(says("WARC-Target-URI") or "").path
            records.setdefault(path, []).append((record.rec_type, says("WARC-Record-ID"), says("WARC-Refers-To")))
    (sent, sent_id, _), (shown, _, of) = records["/detail/20.html"]
    assert (sent, shown, of) == ("response", "conversion", sent_id)
    assert [kind for kind, *_ in records["/api/detail/20.html"]] == ["request", "response"]
    with Archive(folder / "a") as archive:
        place = archive.db.execute('select file, "offset", length, media_type from captures where url like ?',
                                   ("%/detail/20.html",)).fetchone()  # fmt: skip
        body = archive.read_payload(Location(*place[:3])).body.decode()
    assert body.startswith(SHOWN)
    assert (place[3], "第20号" in body) == ("text/html; charset=utf-8", True)


def texts(folder: Path) -> set[tuple[str, str, str]]:
    with Archive(folder) as archive:
        return set(archive.db.execute("select p.url, d.title, d.text from pages p join readings r on "
                                      "r.capture = p.reading join documents d on d.n = r.document"))


def test_reading_it_again_needs_no_browser(whole: tuple[Path, Ran, Loopback], tmp_path: Path) -> None:
    """Verified, read again, rebuilt, and imported elsewhere: each time the same documents, and nothing that only a
    script asked for is one of them."""
    folder = whole[0]
    none = {"PATH": str(tmp_path)}
    assert gongkai("verify", archive=folder / "a", **none).code == 0
    again = json.loads(gongkai("reextract", "--dry-run", "--json", "--jobs", "1", archive=folder / "a", **none).out)
    assert (again["read"], again["altered"], again["damaged"]) == (23, 0, [])
    shutil.copytree(folder / "a/warc", tmp_path / "b/warc")
    assert gongkai("rebuild", archive=tmp_path / "b", **none).code == 0
    assert texts(tmp_path / "b") == texts(folder / "a")
    gongkai("import", *(folder / "a/warc").glob("*.warc.gz"), archive=tmp_path / "c", **none)
    assert texts(tmp_path / "c") == texts(folder / "a")
    assert gongkai("verify", archive=tmp_path / "c", **none).code == 0


def test_a_recording_answers_the_scripts_as_well(whole: tuple[Path, Ran, Loopback], tmp_path: Path) -> None:
    """The site is gone; what its pages asked for is in the WARC."""
    folder = whole[0]
    (file,) = (folder / "a/warc").glob("*.warc.gz")
    ran = gongkai("crawl", "jia", "--replay", file, archive=tmp_path / "b", catalogue=folder / "sites")
    assert ran.code == 0, ran.err
    assert texts(tmp_path / "b") == texts(folder / "a")


def test_what_is_erased_goes_with_what_its_script_asked_for(whole: tuple[Path, Ran, Loopback], tmp_path: Path) -> None:
    shutil.copytree(whole[0] / "a", tmp_path / "a")
    with Archive(tmp_path / "a") as archive:
        (url,) = archive.db.execute("select url from pages where url like '%/detail/20.html'").fetchone()
    assert gongkai("erase", url, "--yes", "--reason", "本人要求", archive=tmp_path / "a").code == 0
    (file,) = (tmp_path / "a/warc").glob("*.warc.gz")
    raw = gzip.decompress(file.read_bytes()).decode("utf-8", "replace")
    assert "第20号事项" not in raw
    assert "POST /api/detail/20.html" not in raw
    assert "第10号事项" in raw
    assert "POST /api/detail/10.html" in raw
    assert gongkai("verify", archive=tmp_path / "a").code == 0


# --- where there is no browser ---------------------------------------------------------------------------------------


def test_without_browser_true_the_walk_says_what_to_do(tmp_path: Path) -> None:
    with crawled(tmp_path, Scripted(), more="") as (ran, loopback):
        assert ran.code == 1
    found = certificate(tmp_path)
    assert found["outcome"] == "broken"
    assert "`browser = true` in the site file" in str(found["note"])
    assert not loopback.hits("/api/*")


def test_without_chromium_the_walk_says_what_to_install(tmp_path: Path) -> None:
    """The other channel goes on; nothing is asked in vain."""
    with crawled(tmp_path, Scripted(), PATH=str(tmp_path)) as (ran, loopback):
        pass
    assert ran.code == 1
    found = certificate(tmp_path)
    assert "apt install chromium" in str(found["note"])
    assert found["outcome"] is None
    assert [hit.path for hit in loopback.log] == []


# --- a new site ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    with Loopback(Scripted()).serve() as base:
        yield base


def test_add_drafts_a_site_whose_lists_a_script_fills(served: str, tmp_path: Path) -> None:
    (tmp_path / "sites").mkdir()
    ran = gongkai("add", f"{served}/tzgg/", "--key", "jia", "-s", "DOWNLOAD_DELAY=0",
                  archive=tmp_path / "a", catalogue=tmp_path / "sites")  # fmt: skip
    assert ran.code == 0, ran.err
    assert "15 entries of 23; page 2 brings 8 more" in ran.out
    assert "browser = true" in (tmp_path / "sites/jia.toml").read_text("utf-8")
    ran = gongkai("check", "jia", "--live", archive=tmp_path / "a", catalogue=tmp_path / "sites")
    assert (ran.code, "15 entries, 23 claimed, next page found" in ran.out) == (0, True), ran.out


def test_without_a_browser_each_command_says_what_to_do(served: str, tmp_path: Path) -> None:
    none = {"PATH": str(tmp_path)}
    (tmp_path / "none").mkdir()
    with_it = site_file(tmp_path, served)
    for command, code, says in (
        (("add", f"{served}/tzgg/", "-s", "DOWNLOAD_DELAY=0"), 2, "apt install chromium"),
        (("check", "jia", "--live"), 1, "apt install chromium"),
        (("scrape", f"{served}/tzgg/"), 1, "`browser = true` in the site file"),
        (("doctor",), 1, "apt install chromium; wanted by jia"),
    ):
        catalogue = tmp_path / "none" if command[0] in ("add", "scrape") else with_it
        ran = gongkai(*command, archive=tmp_path / "a", catalogue=catalogue, **none)
        assert (command[0], ran.code) == (command[0], code), ran.out + ran.err
        assert says in " ".join((ran.out + ran.err).split())


# --- what scripts may not do -----------------------------------------------------------------------------------------

HOSTILE = """
<form id='f' method='post' action='/elsewhere'></form><a id='d' href='/elsewhere' download>x</a>
<link rel='prefetch' href='/elsewhere'><link rel='preload' as='image' href='/elsewhere'>
<script>const jar = 'cookie'; document[jar] = 'a=1'; open('/elsewhere'); navigator.serviceWorker.register('/elsewhere');
navigator.sendBeacon('/elsewhere', 'x'); alert(1); confirm(2); prompt(3);
new MutationObserver(() => {  // when the list is there
  const leave = [() => location.href = '/elsewhere', () => location.reload(), () => f.submit(), () => d.click(),
    () => document.head.insertAdjacentHTML('beforeend', "<meta http-equiv='refresh' content='0;url=/elsewhere'>")];
  leave.forEach((way, n) => setTimeout(way, 100 * n));
}).observe(document.getElementById('app'), {childList: true});</script>
"""
ENDLESS = "<script>addEventListener('load', () => { for (;;); })</script>"
CHALLENGE = "<script>document.cookie='__jsl_clearance=1;path=/';location.href=location.pathname</script>"  # 加速乐


@dataclass(frozen=True)
class Bad:
    """A list of one page: what else its shell holds, what its JSON is; how its walk ends (None: it stays open), a word
    of the reason, and how many entries it gave."""

    scripts: str
    api: Answer
    outcome: str | None
    why: str
    entries: int = 0


GOOD = Answer.of_json({"rows": [{"url": "/detail/1.html", "title": "关于做好第1项工作的通知", "day": "2024-03-05"}],
                       "total": 1, "pages": 1})  # fmt: skip
CASES = {
    "refused": Bad("", Answer(403), None, "answers 403, which refuses"),
    "down": Bad("", Answer(502), None, "answers 502"),
    "guarded": Bad("", Answer.html("<script>var arg1='3F';</script>"), None, "which refuses"),  # 阿里云盾
    "absent": Bad("", Answer(404), "broken", "an empty template, in a browser too"),
    "challenge": Bad(CHALLENGE, GOOD, None, "a challenge of 加速乐"),
    "endless": Bad(ENDLESS, GOOD, None, "not complete in the browser"),
    "hostile": Bad(HOSTILE, GOOD, "exhausted", "", 1),
    "good": Bad("", GOOD, "exhausted", "", 1),
}


class Worst:
    """One channel for each case."""

    def answer(self, request: Request) -> Answer:
        key = request.path.strip("/").removeprefix("api/")
        if request.path.startswith("/api/"):
            return CASES[key].api
        if key == "challenge" and "cookie" not in request.headers:
            return Answer.html(CHALLENGE)
        if key in CASES:
            app = APP.replace("/api/list", f"/api/{key}")
            return Answer.html(LIST.replace(' src="/js/app.js">', f">{app}") + CASES[key].scripts)
        return Answer(404)


@pytest.fixture(scope="module")
def worst(tmp_path_factory: pytest.TempPathFactory) -> tuple[Loopback, dict[str, dict[str, object]]]:
    folder, loopback = tmp_path_factory.mktemp("worst"), Loopback(Worst())
    with loopback.serve() as base:
        catalogue = site_file(folder, base, channels=tuple(CASES))
        bounds = ("-s", "DOWNLOAD_TIMEOUT=12", "-s", "GONGKAI_REFUSALS=99")
        ran = gongkai("crawl", "jia", *FAST, *bounds, archive=folder / "a", catalogue=catalogue)
    assert "Traceback" not in ran.err, ran.err
    told = map(json.loads, gongkai("coverage", "--json", archive=folder / "a").out.splitlines())
    return loopback, {found["channel"]: found for found in told}


@pytest.mark.parametrize("key", CASES)
def test_what_does_not_come_is_not_taken_for_an_empty_list(
    worst: tuple[Loopback, dict[str, dict[str, object]]], key: str
) -> None:
    bad, found = CASES[key], worst[1][key]
    assert (found["outcome"], found["listed"]) == (bad.outcome, bad.entries), found["note"]
    assert bad.why in str(found["note"] or "")


def test_a_script_does_what_it_can_and_nothing_comes_of_it(
    worst: tuple[Loopback, dict[str, dict[str, object]]]
) -> None:
    """It may not leave its page, which is how a challenge would be answered, nor keep a cookie."""
    loopback = worst[0]
    assert len(loopback.hits("/hostile/")) == len(loopback.hits("/challenge/")) == 1
    assert not loopback.hits("/elsewhere")
    assert not [hit for hit in loopback.log if "cookie" in hit.headers]


# --- where scripts may go --------------------------------------------------------------------------------------------

# Every way in which a page may ask for an address; {go} leads there by a redirect of its own host.
WAYS = {
    "fetch": "fetch(url, {mode: 'no-cors'})",
    "post": "fetch(url, {method: 'POST', mode: 'no-cors', body: 'x'})",
    "redirect": "fetch(go)",
    "xhr": "{const asked = new XMLHttpRequest(); asked.open('GET', url); asked.send()}",
    "script": "add('script', {src: url})",
    "frame": "add('iframe', {src: url})",
    "frame-redirect": "add('iframe', {src: go})",
    "picture": "add('img', {src: url})",
    "object": "add('object', {data: url})",
    "style": "add('link', {rel: 'stylesheet', href: url})",
    "connect": "add('link', {rel: 'preconnect', href: url})",
    "prefetch": "add('link', {rel: 'prefetch', href: url})",
    "refresh": "add('meta', {httpEquiv: 'refresh', content: '0;url=' + url})",
    "leave": "setTimeout(() => location.href = url, 10 * n)",
    "window": "open(url)",
    "socket": "new WebSocket(url.replace('http', 'ws'))",
    "events": "new EventSource(url)",
    "beacon": "navigator.sendBeacon(url, 'x')",
    "worker": "new Worker(URL.createObjectURL(new Blob([`fetch('${url}', {mode: 'no-cors'})`])))",
    "turn": "{const urls = ['udp', 'tcp'].map(by => url.replace('http://', 'turn:').replace('/x', `?transport=${by}`));"
            "const peer = new RTCPeerConnection({iceServers: [{username: 'a', credential: 'b', urls}]});"
            "peer.createDataChannel('x'); peer.createOffer().then(offer => peer.setLocalDescription(offer))}",
}  # fmt: skip
ASKED = ("fetch", "post", "redirect", "xhr", "script", "frame", "frame-redirect", "worker")  # by us, who refuse


class Lure:
    """A site of one shell for each way, whose script tries it with every spelling."""

    def __init__(self, port: int, spellings: Sequence[str]) -> None:
        self.urls = [f"http://{name}:{port}/x" for name in spellings]

    def answer(self, request: Request) -> Answer:
        first, _, way = request.path.strip("/").partition("/")
        if first == "go":
            return Answer.redirect(self.urls[int(way)].encode().decode("latin-1"))
        if first != "way":
            return Answer(404)
        return Answer.html(f"""<html><body><div id="app"></div><script>
            const add = (kind, its) => document.body.append(Object.assign(document.createElement(kind), its));
            {json.dumps(self.urls)}.forEach((url, n) => {{
                const go = `/go/${{n}}`; try {{ {WAYS[way]} }} catch {{}} }});
            </script></body></html>""")


class Listener:
    """Knows whoever comes, by TCP or UDP, on every address of this machine, at a port that the guard would allow."""

    def __init__(self) -> None:
        self.came: Queue[str] = Queue()
        self.tcp, self.udp = next(pair for port in range(8100, 9000) if (pair := bound(port)))
        self.port: int = self.tcp.getsockname()[1]
        self.threads = [threading.Thread(target=way, daemon=True) for way in (self.accept, self.receive)]
        for thread in self.threads:
            thread.start()

    def accept(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self.tcp.accept()
                self.came.put("tcp")
                line.close()

    def receive(self) -> None:
        while self.udp.recv(100):  # nothing: it was shut down
            self.came.put("udp")

    def prove(self) -> None:
        """It does hear who comes: a listener that is deaf would find every guard good."""
        socket.create_connection(("127.0.0.1", self.port)).close()
        with socket.socket(type=socket.SOCK_DGRAM) as line:
            line.sendto(b"x", ("127.0.0.1", self.port))
        assert {self.came.get(timeout=60), self.came.get(timeout=60)} == {"tcp", "udp"}

    def close(self) -> None:
        """A thread that still reads would keep the port, and the next listener not get it."""
        for line in (self.tcp, self.udp):
            with suppress(OSError):  # UDP is not connected, it says, and wakes its reader all the same
                line.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join()
        self.tcp.close()
        self.udp.close()


def bound(port: int) -> tuple[socket.socket, socket.socket] | None:
    """A listening TCP socket and a UDP socket, if both are to be had at this port."""
    tcp, udp = socket.socket(), socket.socket(type=socket.SOCK_DGRAM)
    try:
        for line in (tcp, udp):
            line.bind(("", port))
        tcp.listen()
    except OSError:
        tcp.close()
        udp.close()
        return None
    return tcp, udp


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    made.prove()
    yield made
    made.close()


def lured(
    folder: Path, port: int, spellings: Sequence[str], ways: Iterable[str], more: str = ""
) -> tuple[Ran, Loopback]:
    """Scrapes a page for each way; its host was named by a person, those that its scripts want only by `hosts`."""
    loopback = Loopback(Lure(port, spellings))
    with loopback.serve(host="127.0.0.3") as base:
        catalogue = folder / "sites"
        catalogue.mkdir(exist_ok=True)
        (catalogue / "jia.toml").write_text(
            f'name = "甲市"\nurl = "{base}/"\ncms = "html"\ndelay = 0\nbrowser = true\n{more}\n'
            f"hosts = {json.dumps([name.strip('[]') for name in spellings], ensure_ascii=False)}\n"
            f'[[channels]]\nkey = "a"\nname = "甲"\nurl = "{base}/list/"\n', "utf-8")  # fmt: skip
        urls = [f"{base}/way/{way}" for way in ways]
        patient = (*REFUSED, "-s", "DOWNLOAD_TIMEOUT=30")  # chromium is slow on a busy machine
        return gongkai("scrape", *urls, *patient, archive=folder / "a", catalogue=catalogue), loopback


def resolves(name: str) -> bool:
    try:
        return bool(socket.gethostbyname(name))
    except OSError:
        return False


def lured_everywhere(folder: Path, listener: Listener, ways: Sequence[str]) -> int:
    """Some ways, with every spelling that this machine makes an address of; then those that it does not know, where a
    page is given up with the first. Gives how often somebody came to the listener."""
    known = [name for name in SPELLINGS if resolves(name)]
    unknown = [name for name in SPELLINGS if name not in known]
    assert len(known) > 25
    ran, loopback = lured(folder, listener.port, known, ways)
    assert "Traceback" not in ran.err, ran.err
    assert ran.code == 1
    assert len(loopback.hits("/way/*")) == len(ways)
    assert len(loopback.hits("/go/*")) >= len(known) * sum("redirect" in way for way in ways)
    warnings = [line for line in ran.err.splitlines() if " WARNING " in line]  # others tell how far it is
    said = {line.partition(": ")[0].rpartition("/")[2]: line.count("private address") for line in warnings}
    assert min(said[way] for way in ASKED if way in ways) >= 12, said  # the browser writes many spellings alike
    lured(folder, listener.port, unknown, ways[:1])
    listener.prove()
    return listener.came.qsize()


def test_no_script_reaches_a_private_address(listener: Listener, tmp_path: Path) -> None:
    """A sample of the ways, and the one that once led past the proxy; `benchmarks.guard` takes all."""
    ways = random.Random(8).sample([way for way in WAYS if way not in ("fetch", "turn")], 5)
    assert lured_everywhere(tmp_path, listener, ["fetch", "turn", *ways]) == 0


def test_a_script_reaches_what_its_site_may_reach(listener: Listener, tmp_path: Path) -> None:
    """The positive control: what is refused above could have been reached through the browser."""
    lured(tmp_path, listener.port, ["127.0.0.1"], ["fetch"], "private = true")
    assert listener.came.get(timeout=60) == "tcp"
