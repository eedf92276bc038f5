"""One page, one row of the ledger, whatever address lists it (platforms.md §17)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from scrapy import Request

from archive.coverage import certificates
from archive.database import Archive
from archive.errors import Gone
from archive.identity import canonical, identity, unfit
from archive.records import Ask, Channel, Entry, Listing, Site
from crawler.middlewares import refusal
from crawler.spiders.pages import hosts_of
from tests.samples import store

KEY = "0123456789abcdef0123456789abcdef"
ONE = Channel("a", "one", "http://a.gov.cn/one/")
TWO = Channel("a", "two", "http://a.gov.cn/two/")
SITE = Site("a", "甲县", "http://a.gov.cn/", "html", (ONE, TWO))

# What a site writes in one place, and what it or its other columns write in another: the same page.
SAME = {
    "encrypted or not": ("http://a.gov.cn/x/1.htm", "https://a.gov.cn/x/1.htm"),
    "with www or bare": ("http://www.a.gov.cn/x/1.htm", "http://a.gov.cn/x/1.htm"),
    "the port that goes without saying": ("https://a.gov.cn:443/x/1.htm", "https://a.gov.cn/x/1.htm"),
    "a fragment": ("http://a.gov.cn/x/1.htm#123", "http://a.gov.cn/x/1.htm"),
    "the index of a folder": ("http://a.gov.cn/x/1/index.html", "http://a.gov.cn/x/1/"),
    "the mobile host": ("http://m.a.gov.cn/x/1.htm", "http://www.a.gov.cn/x/1.htm"),
    "Hanweb: an article of two columns": (
        "http://a.gov.cn/art/2021/3/5/art_70626_2061823.html", "http://a.gov.cn/art/2021/3/5/art_9_2061823.html"),
    "Hanweb, newer": (f"http://a.gov.cn/art/2024/art_{KEY}.html", f"http://a.gov.cn/col/col1/art/2024/art_{KEY}.html"),
    "gkmlpt: url and post_url": (
        "http://a.gov.cn/gkmlpt/content/8/8123/post_8123456.html", "http://a.gov.cn/zwgk/content/post_8123456.html"),
    "gkmlpt: the mobile page": (
        "http://a.gov.cn/gkmlpt/content/8/8123/mpost_8123456.html", "http://a.gov.cn/zwgk/content/post_8123456.html"),
    "Kaipu: a manuscript of two channels": (
        f"http://a.gov.cn/site/c101/202103/{KEY}.shtml", f"http://a.gov.cn/site/c202/202103/{KEY}.shtml"),
    "Lonsun": ("http://a.gov.cn/public/content/123456", "http://a.gov.cn/public/21711/123456.html"),
    "openness: the mobile page": (
        f"http://a.gov.cn/openness/detail/content/{KEY[:24]}.html",
        f"http://a.gov.cn/mobileOpenness/detail/content/{KEY[:24]}.html"),
}  # fmt: skip

OTHER = {
    "another article": (
        "http://a.gov.cn/art/2021/3/5/art_9_2061823.html", "http://a.gov.cn/art/2021/3/5/art_9_2061824.html"),
    "another host": ("http://a.gov.cn/x/1.htm", "http://b.gov.cn/x/1.htm"),
    "another query": ("http://a.gov.cn/x?id=1", "http://a.gov.cn/x?id=2"),
    "another port": ("http://a.gov.cn:8080/x/1.htm", "http://a.gov.cn/x/1.htm"),
    "a subdomain that only begins alike": ("http://wwwa.gov.cn/x/1.htm", "http://a.gov.cn/x/1.htm"),
}  # fmt: skip


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path, write=True) as made:
        made.enrol(SITE)
        yield made


def walk(archive: Archive, channel: Channel, *urls: str) -> tuple[str, ...]:
    """A walk of one page, to its end; gives what it wants fetched."""
    begun = archive.begin_walk(channel)
    entries = tuple(Entry("关于印发工作要点的通知", canonical(url)) for url in urls)
    step = archive.listed(begun.id, Ask(channel.url), Listing(entries, total=len(urls)), None)
    archive.end_walk(begun.id, "exhausted")
    return step.fresh


@pytest.mark.parametrize("pair", SAME.values(), ids=SAME)
def test_aliases_are_one_page_fetched_once_and_disclosed_in_each_channel(
    archive: Archive, pair: tuple[str, str]
) -> None:
    first, second = map(canonical, pair)
    assert identity(first) == identity(second)
    assert walk(archive, ONE, first) == (first,)
    store(archive, first, site="a")
    assert walk(archive, TWO, second) == ()
    assert archive.db.execute("select url, channels from disclosures").fetchall() == [(first, "one、two")]
    listed = archive.db.execute("select channel, url, listed_as from listings order by channel").fetchall()
    assert listed == [("one", first, None), ("two", first, None if second == first else second)]
    assert [found.archived for found in certificates(archive.db)] == [1, 1]
    assert all(found.balanced for found in certificates(archive.db))


@pytest.mark.parametrize("pair", OTHER.values(), ids=OTHER)
def test_what_only_looks_alike_is_two_pages(archive: Archive, pair: tuple[str, str]) -> None:
    assert walk(archive, ONE, *pair) == tuple(map(canonical, pair))


def test_an_alias_still_pending_is_asked_for_where_it_was_met_first(archive: Archive) -> None:
    walk(archive, ONE, "http://a.gov.cn/x/1.htm")
    assert walk(archive, TWO, "https://www.a.gov.cn/x/1.htm") == ("http://a.gov.cn/x/1.htm",)
    assert archive.offer(["https://www.a.gov.cn/x/1.htm"]) == ["http://a.gov.cn/x/1.htm"]
    assert archive.db.execute("select count(*) from pages").fetchone() == (1,)


def test_one_list_that_has_a_page_under_two_addresses_lists_it_twice(archive: Archive) -> None:
    walk(archive, ONE, "http://a.gov.cn/x/1.htm", "https://a.gov.cn/x/1.htm#top")
    store(archive, "http://a.gov.cn/x/1.htm", site="a")
    found = certificates(archive.db)[0]
    assert (found.claimed, found.archived, found.listed_twice, found.unexplained) == (2, 1, 1, 0)


def test_a_site_that_moves_to_https_is_not_fetched_again(archive: Archive) -> None:
    walk(archive, ONE, "http://a.gov.cn/x/1.htm", "http://a.gov.cn/x/2.htm")
    for number in (1, 2):
        store(archive, f"http://a.gov.cn/x/{number}.htm", text=f"正文{number}", site="a")
    assert walk(archive, ONE, "https://a.gov.cn/x/1.htm", "https://a.gov.cn/x/2.htm") == ()
    assert archive.db.execute("select count(*) from listings where missing_since is not null").fetchone() == (0,)


def test_a_refusal_under_an_alias_is_that_of_the_page(archive: Archive) -> None:
    walk(archive, ONE, "http://a.gov.cn/x/1.htm")
    archive.refuse("https://a.gov.cn/x/1.htm", Gone("https://a.gov.cn/x/1.htm", "404"))
    (page,) = archive.states(["https://www.a.gov.cn/x/1.htm"])
    assert (page.url, page.state) == ("http://a.gov.cn/x/1.htm", "gone")


NONE = ("javascript:void(0)", "file:///c:/1.doc", "http://", "http://[broken", "http://h:99999/", "http://h:0/",
        "http://h:x/", "http://中_国.cn/", f"http://{'中' * 80}.cn/", "http://me:pw@h/", "")  # fmt: skip


@pytest.mark.parametrize("address", NONE)
def test_what_is_no_web_address_stays_as_it_is(address: str) -> None:
    assert canonical(address) == address
    assert identity(address) == address
    assert unfit(address)


def test_an_address_may_have_so_many_characters_and_no_more() -> None:
    most = "http://a.gov.cn/".ljust(2083, "a")
    assert unfit(most) is None
    assert unfit(f"{most}a") == "an address of more than 2,083 characters"
    assert unfit(most[:-1] + "公")  # %E5%85%AC


@pytest.mark.parametrize("host", ["中国政府.中国", "WWW.中国政府.中国", "中国政府。中国"])
def test_a_host_in_characters_is_that_of_the_name_system(host: str) -> None:
    """What Scrapy asks for, what the ledger knows and what the scope of a site is must be one host."""
    address = canonical(f"http://{host}/a.html")
    assert address == Request(f"http://{host}/a.html").url.lower()
    assert identity(address) == identity(f"https://{host}/a.html") == "xn--fiqs8sirgfmh.xn--fiqs8s/a.html"
    site = replace(SITE, url="http://中国政府.中国/", channels=(), hosts=(".政务.cn",))
    assert refusal(address, hosts_of(site)) is None
    assert refusal("http://xx.xn--zfr164b.cn/", hosts_of(site)) is None
