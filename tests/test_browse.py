"""The archive in a browser: every page opens in both languages, says what is wrong, and runs nothing of the archive."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import socket
import sqlite3
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import pytest
from lxml import etree, html

from archive.browse import HERE, datasette, language, recent, serve
from archive.browse.citing import bibtex, gbt7714
from archive.browse.metadata import METADATA
from archive.browse.profile import INNER
from archive.browse.publishers import gaps
from archive.browse.typeset import typeset
from archive.database import Archive
from archive.errors import Gone, UsageError
from archive.records import Ask, File, Listing, Reading
from archive.suppress import suppress
from tests.samples import CHANNEL, SITE, capture, entry, store, url
from tests.strangers import addresses

SHOWN = METADATA["databases"]["gongkai"]["tables"]
HOSTILE = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Documents 1: changed into 4; 2: hostile; 3: undated; 5: withdrawn."""
    made = tmp_path_factory.mktemp("browse")
    with Archive(made, write=True) as archive:
        archive.enrol(SITE)
        store(archive, url(1), "甲县政务公开年度报告", "一、总体情况\n主动公开政府信息12条。", site="a",
              publisher="甲县人民政府", document_number="甲政〔2024〕1号")
        store(archive, url(2), HOSTILE, f"{HOSTILE}公开", site="a", published_on="2023-01-01", publisher=HOSTILE,
              topic=HOSTILE, validity=HOSTILE, document_number=HOSTILE, other={HOSTILE: HOSTILE})
        store(archive, url(3), "通知", "主动公开政府信息。", site="a", published_on=None)
        store(archive, url(1), "甲县政务公开年度报告", "一、总体情况\n主动公开政府信息15条。",
              at="2026-02-01T00:00:00Z", site="a", publisher="甲县人民政府")
        store(archive, url(5), "将要撤下的公告", "公开。", site="a")
        gone = capture(archive, url(5), b"gone", "2026-03-01T00:00:00Z", 404)
        said = Reading("gone", url(5), "utf-8", problem="HTTP 404")
        archive.refuse(url(5), Gone(url(5), "HTTP 404"), gone, said, "a")
    return made


def get(folder: Path, path: str, public: bool = False) -> Any:
    return asyncio.run(datasette(folder, public).client.get(path))  # type: ignore[attr-defined]


PAGES = ("/", "/search", "/search?q=公开", "/search?q=公开&site=a&year=2024&attached=1&sort=date", "/document/1",
         "/document/2", "/document/3", "/document/5", "/document/4/against/1", "/sites", "/site/a", "/site/a/bg",
         "/changes", f"/publisher/{quote('甲县人民政府')}", f"/publisher/{quote(HOSTILE, safe='')}")
every_page = pytest.mark.parametrize("path", PAGES)


@every_page
@pytest.mark.parametrize("public", [False, True])
def test_every_page_opens_in_both_languages(folder: Path, path: str, public: bool) -> None:
    for spoken in ("", "_lang=en"):
        answer = get(folder, f"{path}{'&' if '?' in path else '?'}{spoken}", public)
        assert answer.status_code == 200
        page = html.fromstring(answer.text)
        assert page.get("lang") == ("en" if spoken else "zh-CN")
        assert len(page.xpath("//h1")) == 1
        assert page.xpath("//main")
        assert not page.xpath("//input[not(@aria-label) and not(@type='hidden') and not(ancestor::label)]")


@every_page
def test_links_of_english_pages_stay_english(folder: Path, path: str) -> None:
    answer = get(folder, f"{path}{'&' if '?' in path else '?'}_lang=en")
    ours = [link for link in html.fromstring(answer.text).xpath("//main//a/@href")
            if re.match("/(search|document|site|publisher|changes)", link) and ".json" not in link]
    assert not [link for link in ours if "_lang=en" not in link]


def test_the_calendar_speaks_english_too(tmp_path: Path) -> None:
    with Archive(tmp_path, write=True) as archive:
        archive.enrol(SITE)
        archive.listed(archive.begin_walk(CHANNEL).id, Ask(CHANNEL.url), Listing((entry(1),)), None)
    words = {spoken: html.fromstring(get(tmp_path, f"/site/a{spoken}").text).xpath("//svg//text/text()")
             for spoken in ("", "?_lang=en")}
    assert {"一", "12月"} <= set(words[""])
    assert {"M", "Dec"} <= set(words["?_lang=en"])
    assert not re.search("[一-鿿]", "".join(words["?_lang=en"]))


@every_page
def test_every_page_answers_as_json(folder: Path, path: str) -> None:
    address, _, asked = path.partition("?")
    answer = get(folder, f"{'/index' if address == '/' else address}.json?{asked}")
    assert answer.headers["content-type"].startswith("application/json")
    assert isinstance(json.loads(answer.text), dict)


@every_page
@pytest.mark.parametrize("public", [False, True])
def test_nothing_of_a_document_runs(folder: Path, path: str, public: bool) -> None:
    answer = get(folder, path, public)
    page = html.fromstring(answer.text)
    assert not page.xpath("//script[not(@src)] | //iframe | //object | //embed | //style | //*[@style] | //base")
    assert not [attribute for element in page.iter() for attribute in element.attrib if attribute.startswith("on")]
    addresses = page.xpath("//@href | //@src | //@action")
    assert not [link for link in addresses if not re.match(r"(/(?!/)|https?:|#|\?)", link)]
    assert not [link for link in page.xpath("//@src | //link/@href") if link.startswith("http")]
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_every_word_of_the_pages_is_in_english_too() -> None:
    templates = [path.read_text("utf-8") for path in (HERE / "templates").glob("*.html")]
    spoken = {word for text in templates for word in re.findall(r"\bt\('([^']+)'\)", text)}
    assert len(spoken) > 80
    assert not [word for word in spoken if word not in language.ENGLISH]


def test_a_document_page_has_what_is_known_of_it(folder: Path) -> None:
    page = html.fromstring(get(folder, "/document/1").text)
    text = page.text_content()
    for said in ("甲县人民政府", "甲政〔2024〕1号", "2024年3月5日", "20240306", "附件.pdf", "short body", "这是旧版本",
                 "@online{gongkai1"):
        assert said in text, said
    assert page.xpath("//nav//a[@href='#s1']")
    assert page.xpath("//p[@id='s1']")
    assert page.xpath("//a[@href='/document/1/against/4' or @href='/document/4/against/1']")
    assert page.xpath("//a[@href='http://a.gov.cn/bg/1.htm' and contains(@rel, 'noopener')]")
    assert "本页现已撤下" in get(folder, "/document/5").text


def test_a_difference_marks_what_went_and_what_came(folder: Path) -> None:
    page = html.fromstring(get(folder, "/document/4/against/1").text)
    assert [one.text for one in page.xpath("//ul//del")] == ["2"]
    assert [one.text for one in page.xpath("//ul//ins")] == ["5"]
    assert "文字相同" in get(folder, "/document/1/against/1").text
    assert page.xpath("string(//h1)") == "两个版本的差异"


def test_a_difference_between_two_pages_is_not_called_one_of_versions(folder: Path) -> None:
    page = html.fromstring(get(folder, "/document/3/against/1").text)
    assert page.xpath("string(//h1)") == "两份文件的差异"
    assert "不是同一页的先后版本" in page.text_content()
    assert page.xpath("//main//li/a/text()") == ["甲县政务公开年度报告", "通知"]


def test_search_finds_narrows_and_counts(folder: Path) -> None:
    shown = get(folder, "/search.json?q=公开").json()
    assert [hit["document"] for hit in shown["hits"]] == [4, 1, 5, 2, 3]
    assert shown["number"] == 5
    assert dict(map(tuple, shown["facets"]["year"])) == {"2024": 3, "2023": 1}
    assert dict(map(tuple, shown["facets"]["site"])) == {"a": 5}
    narrowed = get(folder, f"/search.json?q=公开&publisher={quote('甲县人民政府')}&year=2024").json()
    assert [hit["document"] for hit in narrowed["hits"]] == [4, 1]
    page = get(folder, "/search?q=公开")
    assert "<mark>公开</mark>" in page.text
    assert {hit["document"] for hit in shown["hits"] if hit["state"] == "gone"} == {5}
    gone = html.fromstring(page.text).xpath("//li[.//*[contains(@class, 'withdrawn')][.='已撤下']]/a/text()")
    assert gone == ["将要撤下的公告"]


def test_changes_say_what_happened(folder: Path) -> None:
    events = [(event["change"], event["url"]) for event in get(folder, "/changes.json").json()["events"]]
    assert events[:2] == [("withdrawn", url(5)), ("changed", url(1))]
    assert sorted(events[2:]) == [("new", url(n)) for n in (1, 2, 3, 5)]
    home = get(folder, "/index.json").json()
    assert [event["url"] for event in home["changed"]] == [url(1)]
    assert [event["url"] for event in home["withdrawn"]] == [url(5)]
    assert home["years"] == [[2023, 1], [2024, 3]]


@pytest.mark.parametrize("asked", [
    "", "?q=公开", "?q=公开&_lang=en", "?site=a", f"?publisher={quote('甲县人民政府')}", "?q=标题:公开&year=2024"])
def test_feeds_are_atom(folder: Path, asked: str) -> None:
    answer = get(folder, f"/feed.atom{asked}")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = etree.fromstring(answer.content)
    entries = feed.findall(f"{ATOM}entry")
    assert entries
    for element in (feed, *entries):
        assert all(len(element.findall(f"{ATOM}{name}")) == 1 for name in ("id", "title", "updated"))
        assert re.match(r"(https?://|urn:gongkai:)\S+$", element.findtext(f"{ATOM}id") or "")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", element.findtext(f"{ATOM}updated") or "")
        links = {link.get("rel"): link.get("href") for link in element.findall(f"{ATOM}link")}
        assert "alternate" in links
        assert all(re.match(r"https?://\S+$", address) for address in links.values())
    address = feed.find(f"{ATOM}link[@rel='self']").get("href")
    assert unquote(urlsplit(address).query) == unquote(asked).removeprefix("?")
    assert feed.findtext(f"{ATOM}author/{ATOM}name")
    assert (feed.findtext(f"{ATOM}updated") or "") == max(e.findtext(f"{ATOM}updated") or "" for e in entries)
    assert {child.tag for entry in entries for child in entry} <= {
        f"{ATOM}{name}" for name in ("id", "title", "updated", "link", "author", "summary")}
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == len(entries)


def test_a_feed_of_a_search_tells_what_came_last_and_what_went(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "copy")
    with Archive(tmp_path / "copy", write=True) as archive:
        store(archive, url(8), "很早的公告", "公开。", at="2026-04-01T00:00:00Z", site="a", published_on="1999-01-01")
    feed = etree.fromstring(get(tmp_path / "copy", "/feed.atom?q=公开").content)
    titles = [entry.findtext(f"{ATOM}title") for entry in feed.findall(f"{ATOM}entry")]
    assert titles[:2] == ["很早的公告", "[撤下] 将要撤下的公告"]


@pytest.mark.parametrize(("asked", "page"), [
    ("", "changes"), ("?site=a", "changes?site=a"), ("?year=1999", "search?year=1999"), ("?q=无此", None)])
def test_a_feed_names_the_page_that_shows_the_same(folder: Path, asked: str, page: str | None) -> None:
    """A feed narrowed by a year led to all changes; one without entries was dated 1970."""
    feed = etree.fromstring(get(folder, f"/feed.atom{asked}").content)
    if page:
        assert str(feed.find(f"{ATOM}link[@rel='alternate']").get("href")).endswith(f"/{page}")
    assert (feed.findtext(f"{ATOM}updated") or "")[:4] == "2026"


def test_two_archives_name_one_document_alike_and_two_differently(tmp_path: Path) -> None:
    """RFC 4287 §4.2.6: an entry's id is one of a kind in the world; "document 1" is in every archive."""
    for name, texts in (("a", ("甲公开", "乙公开")), ("b", ("丙公开", "甲公开"))):
        with Archive(tmp_path / name, write=True) as archive:
            for text in texts:
                store(archive, url(ord(text[0])), text, text)
    feeds = [etree.fromstring(get(tmp_path / name, "/feed.atom?q=公开").content) for name in "ab"]
    ids = [{e.findtext(f"{ATOM}title"): e.findtext(f"{ATOM}id") for e in feed.findall(f"{ATOM}entry")}
           for feed in feeds]
    assert ids[0]["甲公开"] == ids[1]["甲公开"]
    assert len({*ids[0].values(), *ids[1].values()}) == 3


def test_a_feed_of_an_empty_archive_is_dated(tmp_path: Path) -> None:
    Archive(tmp_path, write=True).close()
    assert "<updated>1970" not in (feed := get(tmp_path, "/feed.atom")).text
    assert feed.status_code == 200


def test_what_says_the_same_again_hides_no_change(folder: Path, tmp_path: Path) -> None:
    """Neither on the first page nor in a feed: fifty captures that say nothing new come with every run of a site."""
    shutil.copytree(folder, tmp_path / "copy")
    with Archive(tmp_path / "copy", write=True) as archive, archive.batch():
        for day in range(recent.WINDOW + 50):
            at = f"2026-05-01T00:{day // 60:02}:{day % 60:02}Z"
            store(archive, url(3), "通知", "主动公开政府信息。", at=at, site="a", published_on=None)
    feed = etree.fromstring(get(tmp_path / "copy", "/feed.atom?site=a").content)
    titles = [entry.findtext(f"{ATOM}title") for entry in feed.findall(f"{ATOM}entry")]
    assert titles[:2] == ["[撤下] 将要撤下的公告", "[改动] 甲县政务公开年度报告"]
    with Archive(tmp_path / "copy", write=True) as archive, archive.batch():
        for number in range(recent.WINDOW + 50):
            store(archive, url(100 + number), f"第{number}号", f"全新{number}。", at="2026-06-01T00:00:00Z", site="a")
    home = get(tmp_path / "copy", "/index.json").json()
    assert [event["url"] for event in home["changed"] + home["withdrawn"]] == [url(1), url(5)]
    assert "近来没有改动" not in get(tmp_path / "copy", "/").text


def test_pages_of_changes_leave_nothing_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An absence fell between two pages, where nothing was captured about its time."""
    with Archive(tmp_path, write=True) as archive:
        for day in range(1, 9):
            store(archive, url(day), f"第{day}号", f"公开{day}。", at=f"2026-01-{3 * day:02}T00:00:00Z")
            archive.db.execute("insert into absences (url, since) values (?, ?)",
                               (url(day), f"2026-01-{3 * day + 1:02}T00:00:00Z"))
    whole = get(tmp_path, "/changes.json").json()["events"]
    monkeypatch.setattr(recent, "WINDOW", 3)
    paged, before = [], ""
    while before is not None:
        page = get(tmp_path, f"/changes.json?before={before}").json()
        paged, before = paged + page["events"], page["earlier"]
    assert paged == whole
    assert len(paged) == 16


def test_pages_name_their_feeds(folder: Path) -> None:
    for path in ("/", "/search?q=公开", "/site/a", f"/publisher/{quote('甲县人民政府')}"):
        page = html.fromstring(get(folder, path).text)
        for address in page.xpath("//link[@type='application/atom+xml']/@href"):
            assert get(folder, address).status_code == 200


# --- snapshots and the public profile ----------------------------------------------------------------------------


def test_a_snapshot_is_shown_in_a_sandbox(folder: Path) -> None:
    answer = get(folder, "/capture/1/raw")
    assert answer.text.startswith("一、总体情况")
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")


def test_in_public_a_snapshot_is_only_a_download(folder: Path) -> None:
    answer = get(folder, "/capture/1/raw", public=True)
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_in_public_there_is_no_sql_of_visitors(folder: Path) -> None:
    assert get(folder, "/gongkai.json?sql=select+1").status_code == 200
    assert get(folder, "/gongkai.json?sql=select+randomblob(900000000)", public=True).status_code == 403
    assert get(folder, "/gongkai.db", public=True).status_code in (403, 404)


def test_sql_that_takes_too_long_is_stopped_in_a_plain_sentence(folder: Path) -> None:
    endless = "with recursive a(x) as (select 1 union all select x+1 from a) select count(*) from a"
    answer = get(folder, f"/gongkai?sql={quote(endless)}")
    assert answer.status_code == 400
    assert "查询用时过长" in answer.text
    assert "&lt;p&gt;" not in answer.text


def test_in_public_the_ledger_is_not_shown(folder: Path) -> None:
    with Archive(folder) as archive:
        there = {name for (name,) in archive.db.execute("select name from sqlite_schema")} & set(INNER)
    assert there >= {"pages", "withheld", "documents_fts_data"}

    async def answers(public: bool) -> set[int]:
        application: Any = datasette(folder, public)
        paths = [f"/gongkai/{name}{form}" for name in there for form in ("", ".json")]
        return {(await application.client.get(path)).status_code for path in paths}

    assert asyncio.run(answers(public=False)) == {200}
    assert asyncio.run(answers(public=True)) == {403}


def test_what_is_suppressed_is_nowhere(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "copy")
    with Archive(tmp_path / "copy", write=True) as archive:
        suppress(archive, url(1), "on request")
    for path in ("/document/1", "/document/4", "/document/4/against/1", "/capture/1/raw", "/document/1.json"):
        assert get(tmp_path / "copy", path).status_code == 404
    for path in ("/", "/search", "/search.json?q=年度报告", "/changes", "/site/a", "/site/a/bg", "/feed.atom",
                 "/feed.atom?q=年度报告", "/gongkai/disclosures", "/gongkai/history", "/gongkai/documents"):
        assert "甲县政务公开" in get(folder, path).text or path.startswith("/site")
        assert "甲县政务公开" not in get(tmp_path / "copy", path).text


def test_in_public_no_table_tells_what_is_suppressed(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "copy")
    with Archive(tmp_path / "copy", write=True) as archive:
        archive.db.execute("analyze")  # keeps samples of what it met
        suppress(archive, url(1), "on request")
        names = [name for (name,) in archive.db.execute("select name from sqlite_schema where sql is not null")]
    application: Any = datasette(tmp_path / "copy", public=True)

    async def every() -> str:
        addresses = [f"/gongkai/{name}{form}" for name in names for form in (".json?_size=max", ".csv", "")]
        return "".join([(await application.client.get(address)).text for address in addresses])

    told = asyncio.run(every())
    assert "通知" in told
    assert not [secret for secret in ("甲县政务公开", url(1), "主动公开政府信息15") if secret in told]


@pytest.mark.parametrize("path", [
    "/gongkai/documents_fts_data", "/gongkai/titles_fts_data/1", "/gongkai/sqlite_stat4", "/-/databases.json",
    "/-/threads", "/%2d/versions.json", "/-/patterns",
    "/gongkai/documents.json?_through=" + quote('{"table": "flags", "column": "kind", "value": "identity"}'),
    "/gongkai/documents.json?%5fthrough=x", "/gongkai.db"])
def test_in_public_the_inside_is_closed(folder: Path, path: str) -> None:
    assert get(folder, path, public=True).status_code in (403, 404)
    assert get(folder, "/-/static/app.css", public=True).status_code == 200


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")  # Datasette, where a facet fails
def test_strangers_get_an_answer_and_never_a_trace(folder: Path) -> None:
    application: Any = datasette(folder, public=True)

    async def asked() -> list[tuple[str, int]]:
        answers = [(path, await application.client.get(path)) for path in islice(addresses(20261127), 250)]
        return [(path, answer.status_code) for path, answer in answers
                if answer.status_code >= 500 or "Traceback" in answer.text]

    assert asyncio.run(asked()) == []


def test_in_public_robots_are_kept_out(folder: Path) -> None:
    assert "Disallow: /\n" in get(folder, "/robots.txt", public=True).text
    assert "noindex" in get(folder, "/", public=True).headers["x-robots-tag"]
    assert "x-robots-tag" not in get(folder, "/").headers


@pytest.mark.parametrize("path", ["/gongkai", "/gongkai/disclosures", "/gongkai/documents/2", "/gongkai/search?q=公开"])
def test_in_public_tables_run_only_files_of_ours(folder: Path, path: str) -> None:
    answer = get(folder, path, public=True)
    assert answer.status_code == 200
    assert "script-src 'self';" in answer.headers["content-security-policy"]
    assert not html.fromstring(answer.text).xpath("//script[not(@src)]")


# --- what is wrong -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", [
    "", " ", "\"", "'", "\"'*:", "。，、", "-公开", "OR", "AND OR NOT", "NEAR(a b)", "title:", "标题:", "日期:x",
    "😀", "\u0000", "'; drop table documents; --", "公" * 7000, "a" * 10_000, "a" * 499, "*", "^公开",
    "{title}:公开", "\ud7ff", "%", "<script>", "(((("])
def test_no_query_is_too_strange(folder: Path, typed: str) -> None:
    for path in ("/search?q={}", "/search.json?q={}", "/feed.atom?q={}", "/gongkai/search.json?q={}"):
        answer = get(folder, path.format(quote(typed)))
        assert answer.status_code in (200, 400), (path, answer.text[:300])
        assert "Traceback" not in answer.text


@pytest.mark.parametrize(("path", "status"), [
    ("/document/999", 404), ("/document/99999999999999999999", 404), ("/document/x", 404),
    ("/document/1/against/99", 404),
    ("/site/none", 404), ("/site/a/none", 404), ("/publisher/none", 404), ("/capture/999/raw", 404), ("/nothing", 404),
    ("/site/%ff%00", 404), ("/changes?before=x", 400), ("/changes?since=abc", 400), ("/changes?site=none", 404),
    ("/changes?publisher=none", 404), ("/feed.atom?site=none", 404), ("/feed.atom?publisher=none", 404),
    ("/document/999.json", 404), ("/feed.atom?q=-x", 400),
    ("/gongkai?sql=select+nonsense", 400), ("/gongkai/none", 404)])
def test_what_is_not_there_is_said(folder: Path, path: str, status: int) -> None:
    answer = get(folder, path)
    assert answer.status_code == status
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("asked", ["page=0", "page=x", "page=51", "page=" + "9" * 5000, "since=yesterday", "year=24",
                                   "attached=7", "sort=size"])
def test_what_cannot_be_asked_is_said_on_the_page(folder: Path, asked: str) -> None:
    page = html.fromstring(get(folder, f"/search?q=公开&{asked}").text)
    assert page.xpath("//*[@role='alert']")[0].text_content().strip()


def test_an_empty_archive_says_how_to_begin(tmp_path: Path) -> None:
    Archive(tmp_path, write=True).close()
    assert "gongkai crawl" in get(tmp_path, "/").text
    for path in ("/search?q=公开", "/sites", "/changes", "/feed.atom"):
        assert get(tmp_path, path).status_code == 200


def test_a_damaged_archive_says_so(folder: Path, tmp_path: Path) -> None:
    with Archive(folder) as archive:
        archive.db.execute("vacuum into ?", (str(tmp_path / "gongkai.db"),))
    whole = (tmp_path / "gongkai.db").read_bytes()
    (tmp_path / "gongkai.db").write_bytes(whole[:8192] + b"\xff" * (len(whole) - 8192))
    answer = get(tmp_path, "/search?q=公开")
    assert answer.status_code == 503
    assert "gongkai verify" in answer.text
    assert "gongkai verify" in get(tmp_path, "/search?q=公开&_lang=en").text


@pytest.mark.parametrize("schema", ["'create txble walks (a)'", "cast(x'637265617465fafb' as text)"])
def test_a_damaged_schema_is_not_taken_for_a_mistake_of_the_visitor(folder: Path, tmp_path: Path, schema: str) -> None:
    """SQLite says "syntax error" of it, or what is no text at all."""
    with Archive(folder) as archive:
        archive.db.execute("vacuum into ?", (str(tmp_path / "gongkai.db"),))
    with closing(sqlite3.connect(tmp_path / "gongkai.db")) as db:
        db.execute("pragma writable_schema = on")
        db.execute(f"update sqlite_schema set sql = {schema} where name = 'walks'")
        db.commit()
    for path in ("/", "/search?q=公开", "/gongkai", "/gongkai/disclosures", "/gongkai/documents/1"):
        answer = get(tmp_path, path)
        assert (answer.status_code, "gongkai verify" in answer.text) == (503, True), path


def test_a_moved_archive_says_so(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "here")
    application: Any = datasette(tmp_path / "here")
    shutil.move(tmp_path / "here", tmp_path / "there")
    answer = asyncio.run(application.client.get("/"))
    assert answer.status_code == 503
    assert "gongkai browse" in answer.text
    served: Any = datasette(tmp_path / "there")

    async def asked() -> list[int]:
        before = await served.client.get("/")
        shutil.move(tmp_path / "there", tmp_path / "here")
        return [before.status_code, *[(await served.client.get("/gongkai")).status_code for _ in range(4)]]

    assert asyncio.run(asked()) == [200, 503, 503, 503, 503]


def test_an_archive_is_read_while_it_is_written(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "copy")
    with Archive(tmp_path / "copy", write=True) as archive, archive.batch():
        store(archive, url(9), "正在写入", "公开。")
        shown = get(tmp_path / "copy", "/search.json?q=正在写入")
        assert (shown.status_code, shown.json()["number"]) == (200, 0)


def test_a_capture_whose_bytes_are_lost_says_so(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "copy")
    shutil.rmtree(tmp_path / "copy" / "warc")
    assert get(tmp_path / "copy", "/capture/1/raw").status_code == 503
    assert get(tmp_path / "copy", "/document/1").status_code == 200


def test_a_port_that_is_taken_is_named(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=rf"127.0.0.1:{port} cannot be used .*--port"):
            serve(folder, port=port)


# --- pieces ------------------------------------------------------------------------------------------------------


def test_bodies_are_cleaned_again_and_headed() -> None:
    body, outline = typeset(
        '<h2>第一章　总则</h2><p>一、总体要求</p><p onclick="x()">（一）加强领导。各单位要……</p><script>x()</script>'
        '<img src="http://a.gov.cn/x.png"><a href="javascript:x()">x</a><table><tr><td colspan="2">1</td></tr></table>')
    assert [(heading.rank, heading.text) for heading in outline] == [
        (0, "第一章　总则"), (1, "一、总体要求"), (2, "（一）加强领导")]
    assert not re.search(r"script|onclick|<img|javascript", body)
    assert 'href="http://a.gov.cn/x.png"' in body
    assert '<div class="scroll" tabindex="0"><table>' in body


def test_addressees_and_signatures_are_set_as_in_an_official_document() -> None:
    lines = ("市直各有关单位：", "现将有关事项通知如下：", "一、经费由财政局", "各单位要抓好落实。", "附件：预算表",
             "甲市财政局", "甲市发展和改革委员会", "2024年7月13日", "（此件公开发布）", "二〇二四年七月十三日")
    table = "<table><tr><td><p>2024年1月1日</p></td></tr></table>"
    body, _ = typeset("".join(f"<p>{line}</p>" for line in lines) + table)
    root = html.fromstring(body)
    assert root.xpath("//p[@class='addressed']/text()") == ["市直各有关单位："]
    assert root.xpath("//p[@class='signed']/text()") == [*lines[5:8], lines[9]]


def test_citations_have_their_forms() -> None:
    index = {"publisher": "甲县人民政府", "published_on": "2020-01-31", "document_number": "甲政〔2020〕1号"}
    reading = {"fetched_at": "2026-11-20T01:02:03Z", "url": "http://a.gov.cn/1.htm", "site_name": "甲县"}
    assert gbt7714("年度报告", index, reading) == (
        "甲县人民政府. 年度报告: 甲政〔2020〕1号[EB/OL]. (2020-01-31)[2026-11-20]. http://a.gov.cn/1.htm.")
    assert gbt7714(None, {}, {**reading, "site_name": None}) == "[无标题][EB/OL]. [2026-11-20]. http://a.gov.cn/1.htm."
    said = bibtex(7, "100% {报告}\\", index, reading)
    assert "title = {100\\% 报告}," in said
    assert "author = {{甲县人民政府}}," in said
    assert said.startswith("@online{gongkai7,\n")


def test_gaps_between_serials_are_leads() -> None:
    here = [f"甲政〔2020〕{n}号" for n in (1, 2, 5, 6)] + ["甲政办[2020]9号", "无号"]
    assert gaps(here) == [{"word": "甲政", "year": "2020", "here": 4, "missing": [3, 4], "number": 2}]


# --- Datasette's own pages ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", SHOWN)
def test_every_table_and_view_opens(folder: Path, table: str) -> None:
    answer = get(folder, f"/gongkai/{table}")
    assert answer.status_code == 200
    assert SHOWN[table]["description"] in answer.text


def test_every_table_and_view_is_described(folder: Path) -> None:
    with Archive(folder) as archive:
        names = {name for (name,) in archive.db.execute(
            "select name from sqlite_schema where type in ('table', 'view') and name not like '%fts%' "
            "and name not like 'sqlite%'")}
    assert names == SHOWN.keys()


def test_disclosures_are_counted_by_site_publisher_and_year(folder: Path) -> None:
    facets = get(folder, "/gongkai/disclosures.json").json()["facet_results"]
    counted = {name: {row["value"]: row["count"] for row in facet["results"]} for name, facet in facets.items()}
    assert counted["site"] == {"a": 4}
    assert counted["year"] == {2024: 2, 2023: 1}


@pytest.mark.parametrize(("query", "urls"), [
    ("公开 -主动", [url(5), url(2)]), ("年度", [url(1), url(1)]), ("owned", [url(2)]), ("", []), ("-公开", []),
])
def test_search_in_sql(folder: Path, query: str, urls: list[str]) -> None:
    rows = get(folder, f"/gongkai/search.json?_shape=array&q={quote(query)}").json()
    assert [row["url"] for row in rows] == urls


def test_it_only_reads(folder: Path) -> None:
    answer = get(folder, "/gongkai.json?sql=delete+from+pages")
    assert answer.status_code == 400


def test_a_document_that_is_only_an_attachment_shows_the_text_of_its_file(tmp_path: Path) -> None:
    with Archive(tmp_path, write=True) as archive:
        store(archive, url(1), "只有附件", "")
        assert "取自附件" not in get(tmp_path, "/document/1").text
        file = File("f" * 64, "pdf", "application/pdf", 4, "ok", "一、预算<b>。\n二、决算。")
        archive.keep_file(capture(archive, "http://a.gov.cn/f.pdf", b"%PDF"), "f" * 64, file)
    page = html.fromstring(get(tmp_path, "/document/1").text)
    assert page.xpath("string(//p[@class='notice'])") == "本页无正文，以下文字取自附件：附件.pdf"
    assert page.xpath("//div[@class='body']//p/text()") == ["一、预算<b>。", "二、决算。"]
    assert page.xpath("//nav[@class='outline']//a/text()") == ["一、预算<b>", "二、决算"]
    said = get(tmp_path, "/document/1.json").json()
    assert (said["text"], said["text_from"], said["characters"]) == ("一、预算<b>。\n二、决算。", "附件.pdf", 14)
