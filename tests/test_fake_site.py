"""The bundled site is what it claims to be: a crawler that fails on it has failed on something real."""

from __future__ import annotations

import io
import re
import select
import signal
import subprocess
import sys
import threading
from collections import Counter
from html import unescape
from http.client import HTTPConnection, RemoteDisconnected
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import olefile
import pypdfium2
import pytest
from striprtf.striprtf import rtf_to_text

from crawler import sites
from tests import fake_files
from tests.fake_documents import OFFICES, organisation_code
from tests.fake_site import COLUMNS, FORBIDDEN, HANWEB, KEY, FakeSite
from tests.loopback import Answer, Loopback, Request

PROXY = "/module/web/jpage/dataproxy.jsp"


def ask(site: FakeSite, url: str, **headers: str) -> Answer:
    return site.answer(Request.of(url, headers={name.replace("_", "-"): value for name, value in headers.items()}))


def listed(markup: str, base: str) -> list[str]:
    """The URLs of the rows in a list or an XML answer: links that stand before a date."""
    rows = re.findall(r'<a[^>]*href="([^"]+)"[^>]*>[^<]+</a>(?:</td><td>|<span[^>]*>)\[?\d{4}', markup)
    rows += re.findall(r'<span class="date">[^<]+</span><a href="([^"]+)"', markup)
    return [urljoin(base, unescape(href)) for href in rows]


def urls(site: FakeSite, channel: str) -> list[str]:
    return [posting.path for posting in site.listed[channel]]


def test_equal_arguments_give_equal_sites() -> None:
    one, two, other = FakeSite(seed=1), FakeSite(seed=1), FakeSite(seed=2)
    assert one.held() == two.held()
    assert [held.text for held in one.held()] != [held.text for held in other.held()]


def test_it_holds_what_the_issue_asks_for() -> None:
    site = FakeSite()
    assert len(site.states()) == 120
    assert Counter(site.states().values()) == {"archived": 115, "gone": 2, "blocked": 3}
    assert {posting.header for posting in site._all_listed()} == {"table", "dl", "bars", "line", "none"}
    assert {name.rpartition(".")[2] for held in site.held() for name, _ in held.attachments} == {"pdf", "doc", "rtf"}
    texts = Counter((held.title, held.text) for held in site.held())
    assert sorted(texts.values())[-2:] == [1, 2], "one text stands in two channels"


def test_documents_have_four_to_eight_kilobytes_of_text_in_pages_of_ten_to_sixty() -> None:
    site = FakeSite(documents=200, oddities=False)
    for held in site.held():
        assert 4_000 <= len(held.text.encode()) <= 8_000
        assert 10_000 <= len(ask(site, held.url).body) <= 60_000


def test_trs_pages_enumerate_the_channel_in_order() -> None:
    site, found = FakeSite(), []
    for page in ("index.html", "index_1.html", "index_2.html"):
        body = ask(site, f"/zfxxgk/tzgg/{page}").body.decode()
        assert "createPageHTML(3, " in body
        found += listed(body, "/zfxxgk/tzgg/")
    assert found == urls(site, "tzgg")
    assert ask(site, "/zfxxgk/tzgg/index_3.html").status == 404
    assert ask(site, "/zfxxgk/tzgg").headers["Location"] == "/zfxxgk/tzgg/"


def test_plain_pages_enumerate_the_channel_in_gbk() -> None:
    site, found = FakeSite(), []
    for page in ("", "list_2.html", "list_3.html"):
        body = ask(site, f"/article/66/{page}").body.decode("gb18030")
        assert "共30条" in body
        found += listed(body, "/article/66/")
    assert found == urls(site, "gzbg")
    assert "下一页" not in body


def test_jpage_answers_both_calling_forms_with_the_same_rows() -> None:
    site = FakeSite()
    first = listed(ask(site, "/col/col90012/index.html").body.decode(), "/")
    form = "&".join(f"{name}={value}" for name, value in HANWEB.items())
    offset = site.answer(Request.of(f"{PROXY}?startrecord=31&endrecord=60&perpage=10", "POST", form))
    paged = ask(site, f"{PROXY}?page=1&{form}")
    assert listed(offset.body.decode(), "/") == listed(paged.body.decode(), "/")
    assert first + listed(paged.body.decode(), "/") == urls(site, "zcwj")
    assert "<totalrecord>45</totalrecord>" in paged.body.decode()
    assert not listed(ask(site, f"{PROXY}?page=1&columnid=1&unitid=1").body.decode(), "/"), "of another column"


def test_a_site_of_the_page_form_ignores_start_records() -> None:
    site = FakeSite(forms="page")
    form = "&".join(f"{name}={value}" for name, value in HANWEB.items())
    answer = site.answer(Request.of(f"{PROXY}?startrecord=31&endrecord=60&perpage=10", "POST", form))
    assert listed(answer.body.decode(), "/") == urls(site, "zcwj")[:30]
    assert "nextgroup" not in ask(FakeSite(forms="offset"), "/col/col90012/index.html").body.decode()


def test_every_document_states_what_the_truth_says() -> None:
    site = FakeSite()
    for held in site.held():
        posting = site.pages[held.url]
        body = ask(site, held.final_url).body.decode(posting.charset.codec)
        assert held.title in body
        assert all(line in unescape(body) for line in held.text.split("\n") if "\t" not in line)
        for field, value in held.index.items():
            assert value in unescape(body), (held.url, field)


def test_some_pages_lie_about_their_charset() -> None:
    site, lies = FakeSite(), 0
    for held in site.held():
        answer = ask(site, held.final_url)
        served = re.search(r"charset=(\S+)", answer.headers["Content-Type"])
        try:
            honest = held.title in answer.body.decode(served[1]) if served else True
        except UnicodeDecodeError:
            honest = False
        meta = re.search(rb"charset=([\w-]+)\">", answer.body)
        lies += not honest or (meta is not None and held.title not in answer.body.decode(meta[1].decode(), "replace"))
    assert lies == 4


def test_what_is_no_document_says_so_in_its_own_way() -> None:
    site = FakeSite()
    by_fate = {posting.fate: posting.path for posting in site._all_listed()}
    assert ask(site, by_fate["gone"]).status == 404
    soft = ask(site, by_fate["soft404"])
    assert soft.status == 200
    assert "页面不存在" in soft.body.decode()
    challenge = ask(site, by_fate["ruishu"])
    assert challenge.status == 412
    assert b"$_ts" in challenge.body
    assert ask(site, by_fate["jiasule"]).status == 521
    moved = ask(site, by_fate["moved"])
    assert moved.status == 302
    assert ask(site, moved.headers["Location"]).status == 200
    assert b'http-equiv="refresh"' in ask(site, by_fate["refresh"]).body
    assert by_fate["forbidden"].startswith(FORBIDDEN)
    assert f"Disallow: {FORBIDDEN}" in ask(site, "/robots.txt").body.decode()


def test_attachments_are_what_their_names_say() -> None:
    site, seen = FakeSite(), set()
    for held in site.held():
        for name, url in held.attachments:
            answer = ask(site, url)
            kind = name.rpartition(".")[2]
            assert answer.body.startswith({"pdf": b"%PDF-", "doc": b"\xd0\xcf\x11\xe0", "rtf": b"{\\rtf1"}[kind])
            seen.add((kind, "Content-Disposition" in answer.headers))
    assert {kind for kind, _ in seen} == {"pdf", "doc", "rtf"}
    assert {True, False} == {named for _, named in seen}


def test_libraries_read_the_attachments() -> None:
    text = "澜江市统计表\n项目 自然人 总计\n〔2020〕12号"
    page = pypdfium2.PdfDocument(fake_files.pdf(text))[0]
    assert page.get_textpage().get_text_range().replace("\r", "") == text
    assert rtf_to_text(fake_files.rtf(text).decode()).strip() == text
    word = olefile.OleFileIO(io.BytesIO(fake_files.doc(text)))
    assert not word.parsing_issues
    stream = word.openstream("WordDocument").read()
    assert stream[0x600:].decode("utf-16-le").startswith(text.replace("\n", "\r"))


def test_copies_that_are_current_are_not_sent_again() -> None:
    site = FakeSite()
    url = site.held()[0].url
    first = ask(site, url)
    assert ask(site, url, if_none_match=first.headers["ETag"]).status == 304
    assert ask(site, url, if_modified_since=first.headers["Last-Modified"]).status == 304
    site.change(url, paragraph="补充说明。")
    assert ask(site, url, if_none_match=first.headers["ETag"]).status == 200
    assert ask(site, url, if_modified_since=first.headers["Last-Modified"]).status == 200


def test_documents_are_published_changed_and_removed_while_it_runs(city: FakeSite) -> None:
    new = city.publish("gzbg")
    assert new in city.held()
    assert new.url == city.base_url + listed(ask(city, "/article/66/").body.decode("gb18030"), "/article/66/")[0]
    changed = city.change(new.url, paragraph="特此更正。", index={"source": "办公室"})
    assert changed.text == new.text + "\n特此更正。"
    assert "特此更正。" in ask(city, urlsplit(new.url).path).body.decode("gb18030")
    city.remove(new.url)
    assert new.url not in city.states()
    assert ask(city, urlsplit(new.url).path).status == 404
    still = city.held()[0].url
    city.remove(still, soft=True, listed=True)
    assert city.states()[still] == "gone"


def test_it_grows_from_many_threads_without_losing_one(city: FakeSite) -> None:
    threads = [threading.Thread(target=city.publish, args=(channel,)) for channel in COLUMNS for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(city.states()) == 150
    assert len({held.url for held in city.held()}) == 145


@pytest.fixture
def line(city: FakeSite) -> HTTPConnection:
    return HTTPConnection(urlsplit(city.base_url).netloc, timeout=30)


def fetch(line: HTTPConnection, target: str) -> tuple[int, bytes]:
    line.request("GET", target)
    answer = line.getresponse()
    return answer.status, answer.read()


def test_one_connection_serves_many_requests_and_each_is_in_the_log(city: FakeSite, line: HTTPConnection) -> None:
    assert [fetch(line, path)[0] for path in ("/", "/robots.txt", "/none?x=1")] == [200, 200, 404]
    assert [(hit.target, hit.status) for hit in city.log] == [("/", 200), ("/robots.txt", 200), ("/none?x=1", 404)]
    assert [hit.path for hit in city.hits("/no*")] == ["/none"]
    assert city.log[0].at <= city.log[1].at


def test_paths_fail_as_told_and_mend(city: FakeSite, line: HTTPConnection) -> None:
    city.fail("/article/*", Answer(503, {"Retry-After": "3"}), times=2)
    assert [fetch(line, "/article/66/")[0] for _ in range(3)] == [503, 503, 200]
    city.fail("/", None)
    with pytest.raises(RemoteDisconnected):
        fetch(line, "/")
    line.close()
    city.mend()
    assert fetch(line, "/")[0] == 200


def test_delays_hold_back_one_line_and_no_other(city: FakeSite, line: HTTPConnection) -> None:
    city.delay("/robots.txt", 3600)
    city.delay("/article/*", 0.01)
    waiting = HTTPConnection(urlsplit(city.base_url).netloc, timeout=30)
    waiting.request("GET", "/robots.txt")
    assert [fetch(line, path)[0] for path in ("/", "/article/66/")] == [200, 200]
    assert not select.select([waiting.sock], [], [], 0)[0]


def test_the_end_of_the_server_ends_its_connections() -> None:
    site = FakeSite(documents=8)
    with site.serve():
        line = HTTPConnection(urlsplit(site.base_url).netloc, timeout=30)
        fetch(line, "/")
    with pytest.raises(ConnectionError):
        fetch(line, "/")
    assert not site.lines


def test_any_object_that_answers_can_be_served() -> None:
    class Echo:
        def answer(self, request: Request) -> Answer:
            return Answer.of_json([request.method, request.path, dict(request.query), dict(request.form)])

    with Loopback(Echo()).serve() as base_url:
        line = HTTPConnection(urlsplit(base_url).netloc, timeout=30)
        line.request("POST", "/%E5%85%AC%E5%BC%80?page=2", "col=1&path=%2F")
        assert line.getresponse().read().decode() == '["POST", "/公开", {"page": "2"}, {"col": "1", "path": "/"}]'


def test_organisation_codes_have_the_check_character_of_the_standard() -> None:
    assert [organisation_code(body) for body in ("00315849", "01606072", "01527918")] == [
        "003158495",
        "016060729",
        "01527918X",
    ]  # codes seen in the wild, platforms.md §B.5
    assert len({office.code for office in OFFICES}) == len(OFFICES)


def test_it_can_be_served_by_hand(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.fake_site", "--port", "0", "--documents", "16",
               "--catalogue", str(tmp_path)]  # fmt: skip
    # What runs in the background of a shell ignores SIGINT, and its children inherit that.
    with subprocess.Popen(command, cwd=Path(__file__).parent.parent, stdout=subprocess.PIPE, text=True,
                          preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)) as served:  # fmt: skip
        assert served.stdout is not None
        try:
            base_url = served.stdout.readline().partition("/ ")[0]
            assert fetch(HTTPConnection(urlsplit(base_url).netloc, timeout=30), "/robots.txt")[0] == 200
            assert sites.load(tmp_path)[KEY].url == f"{base_url}/"
            served.send_signal(signal.SIGINT)
            assert served.communicate(timeout=30)[0] == "1 requests answered\n"
        finally:
            served.kill()
    assert served.returncode == 0
