"""Where the crawler may go: no spelling, redirect, link or answer of a resolver leads it to a private address."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import scrapy
from twisted.internet import reactor
from twisted.internet.base import ThreadedResolver
from twisted.internet.defer import succeed

from archive.database import Archive
from crawler import middlewares
from crawler.middlewares import GuardResolver, led_here, public, refusal, within
from tests.loopback import Answer, Loopback, Request
from tests.running import gongkai

# Every way to write an address of this machine, its network or the cloud's metadata service that some resolver takes.
SPELLINGS = (
    "localhost", "LOCALHOST", "localhost.", "localhost.localdomain", "ip6-localhost", "127.1", "127.0.1", "127.0.0.01",
    "0177.0.0.1", "0x7f.0.0.1", "0x7f.1", "0x7f000001", "0X7F000001", "2130706433", "017700000001",
    "127.0.0.2", "127.255.255.254", "0", "0.0.0.0", "0x0", "00000000000", "[::1]", "[::]", "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]", "[0:0:0:0:0:0:0:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fe80::1]",
    "[fd00::1]", "１２７.0.0.1", "①②⑦.⓪.⓪.①", "127。0。0。1", "ⓛocalhost", "10.0.0.5", "192.168.0.1", "172.16.0.1",
    "169.254.169.254", "0xa9fea9fe", "100.64.0.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1",
)  # fmt: skip
STATUSES = (301, 302, 303, 307, 308)


class Trap:
    """The listener that nothing may reach; on all addresses of this machine."""

    def __init__(self) -> None:
        self.loopback = Loopback(self)

    def answer(self, request: Request) -> Answer:
        return Answer.html("<html><body>secret</body></html>")


class Bait:
    """A site whose every answer leads to the trap."""

    def __init__(self) -> None:
        self.port = 0

    def urls(self, path: str = "/x.html") -> list[str]:
        return [f"http://{name}:{self.port}{path}" for name in SPELLINGS]

    def answer(self, request: Request) -> Answer:
        first, _, rest = request.path.strip("/").partition("/")
        if first == "robots.txt":
            return Answer(404)
        if first == "go":
            status, _, number = rest.partition("/")
            return Answer.redirect(self.raw(int(number)), int(status))
        if first == "refresh":
            url = self.urls()[int(rest)]
            return Answer.html(f"<html><head><meta http-equiv='refresh' content='0;url={url}'></head></html>")
        rows = "".join(f"<li><a href='{url}'>关于第{n}号事项的通知</a><span>2021-03-05</span></li>"
                       for n, url in enumerate(self.links()))  # fmt: skip
        return Answer.html(f"<html><body><ul>{rows}</ul><a href='{self.urls()[0]}'>下一页</a></body></html>")

    def raw(self, number: int) -> str:
        """For a header, which has no full-width digits."""
        return self.urls()[number].encode("utf-8").decode("latin-1")

    def links(self) -> list[str]:
        numbers = range(len(SPELLINGS))
        hops = [f"/go/{status}/{number}" for status, number in itertools.product(STATUSES, numbers)]
        return [*self.urls(), *hops, *(f"/refresh/{number}" for number in numbers)]


@pytest.fixture
def trap() -> Iterator[Loopback]:
    """On every address of this machine, at a port that the guard would allow."""
    loopback = Trap().loopback
    for port in range(8100, 9000):
        try:
            with loopback.serve(port, "0.0.0.0"):
                loopback.port = port  # type: ignore[attr-defined]
                yield loopback
                return
        except OSError:
            continue


FAST = ("-s", "RETRY_TIMES=0", "-s", "GONGKAI_BACK_OFF=0", "-s", "GONGKAI_FAILURES=9999", "-s", "DOWNLOAD_TIMEOUT=5",
        "-s", "DOWNLOAD_DELAY=0", "-s", "GONGKAI_REFUSALS=9999")  # fmt: skip


def test_no_door_leads_to_a_private_address(trap: Loopback, tmp_path: Path) -> None:
    """Links, five kinds of redirect, meta refresh and a next page: to the trap under every spelling. The site file even
    lists those hosts; only it says not that they may be private. The bait itself was named by a person."""
    bait = Bait()
    bait.port = trap.port  # type: ignore[attr-defined]
    (tmp_path / "sites").mkdir()
    with Loopback(bait).serve(host="127.0.0.3") as base:
        hosts = ", ".join(f'"{name.strip("[]")}"' for name in SPELLINGS)
        (tmp_path / "sites" / "jia.toml").write_text(
            f'name = "甲市"\nurl = "{base}/"\ncms = "html"\ndelay = 0\nhosts = [{hosts}]\n'
            f'[[channels]]\nkey = "a"\nname = "甲"\nurl = "{base}/list/"\n', "utf-8")  # fmt: skip
        ran = gongkai("scrape", f"{base}/list/", *FAST, archive=tmp_path / "a", catalogue=tmp_path / "sites")
    assert ran.code == 1, ran.err
    assert "Traceback" not in ran.err, ran.err
    assert trap.log == []
    with Archive(tmp_path / "a") as archive:
        states = archive.db.execute("select url, state, reason from pages").fetchall()
    assert len(states) >= 40 * 7
    assert not [row for row in states if row[1] not in ("failed", "foreign")]
    assert all(reason for _, _, reason in states)
    assert sum("private address" in reason for _, _, reason in states) > 150


def test_an_address_that_somebody_names_is_reached(trap: Loopback, tmp_path: Path) -> None:
    """The positive control: what is refused above could have been reached."""
    gongkai("scrape", f"http://127.0.0.1:{trap.port}/x.html", *FAST, archive=tmp_path / "a")  # type: ignore[attr-defined]
    assert [hit.path for hit in trap.log] == ["/robots.txt", "/x.html"]


def test_robots_txt_does_not_lead_there_either(trap: Loopback, tmp_path: Path) -> None:
    class Site:
        def answer(self, request: Request) -> Answer:
            return Answer.redirect(f"http://localhost:{trap.port}/robots.txt")  # type: ignore[attr-defined]

    loopback = Loopback(Site())
    with loopback.serve() as base:
        ran = gongkai("scrape", f"{base}/x.html", *FAST, archive=tmp_path / "a")
    assert (ran.code, trap.log) == (1, [])
    assert "robots.txt could not be fetched" in ran.out
    assert {hit.path for hit in loopback.log} == {"/robots.txt"}


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> GuardResolver:
    monkeypatch.setattr(GuardResolver, "trusted", set())
    monkeypatch.setattr(GuardResolver, "refused", {})
    return GuardResolver(reactor, 0, 5.0)


def test_a_name_that_changes_its_address_is_looked_at_every_time(
    resolver: GuardResolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: a public address for the first look, a private one for the connection. Here every answer is the
    one that is connected to, so of 1,000 alternating ones exactly the public half passes."""
    answers = itertools.cycle(["93.184.215.14", "127.0.0.1"])
    monkeypatch.setattr(ThreadedResolver, "getHostByName", lambda self, name, timeout=(): succeed(next(answers)))
    given: list[Any] = []
    for _ in range(1000):
        resolver.getHostByName("rebind.example").addBoth(given.append)
    assert given.count("93.184.215.14") == 500
    assert sum("private address 127.0.0.1" in str(answer) for answer in given) == 500


def test_only_hosts_that_are_trusted_may_be_private(
    resolver: GuardResolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ThreadedResolver, "getHostByName", lambda self, name, timeout=(): succeed("10.0.0.5"))
    resolver.trusted.add("inside.example")
    given: list[Any] = []
    resolver.getHostByName("inside.example").addBoth(given.append)
    resolver.getHostByName("outside.example").addBoth(given.append)
    assert given[0] == "10.0.0.5"
    assert "private address" in str(given[1])


ADDRESSES = {
    "1.1.1.1": True, "93.184.215.14": True, "2606:4700::1111": True, "127.0.0.1": False, "10.1.2.3": False,
    "172.31.255.255": False, "192.168.1.1": False, "169.254.169.254": False, "100.64.0.1": False, "0.0.0.0": False,
    "224.0.0.1": False, "255.255.255.255": False, "::1": False, "fe80::1": False, "fd00::1": False, "ff02::1": False,
    "::ffff:10.0.0.1": False, "2002:7f00:1::": False, "2001:0:4136:e378:8000:63bf:80ff:fffe": False,
}  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_which_addresses_are_public(address: str) -> None:
    assert public(address) is ADDRESSES[address]


REFUSED = {
    "ftp://a.gov.cn/": "not a web address", "file:///etc/passwd": "not a web address",
    "javascript:alert(1)": "not a web", "http:///x": "not a web address", "http://[::1": "not a web address",
    "http://a.gov.cn:99999/": "not a web address",
    "http://u:p@a.gov.cn/": "user name", "http://u@a.gov.cn/": "user name", "http://b.com/": "leaves the site",
    "http://a.gov.cn.b.com/": "leaves the site", "http://b.com/a.gov.cn": "leaves the site",
    "http://a.gov.cn:22/": "port 22", "http://a.gov.cn:6379/": "port 6379", "http://a.gov.cn/x/x/x/1.html": "a trap",
    "http://a.gov.cn/a/b/a/b/a/b/": "a trap", "http://a.gov.cn/" + "/".join("abcdefghijklmnopqrstuv"): "a trap",
}  # fmt: skip
ALLOWED = ("http://a.gov.cn/", "https://a.gov.cn:443/", "http://www.a.gov.cn:8080/", "http://a.gov.cn/2023/3/3/3/1.html",
           "http://A.GOV.CN/x/y/x/1.html")  # fmt: skip


@pytest.mark.parametrize("url", REFUSED)
def test_addresses_that_are_not_asked_for(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(middlewares.Guard, "ports", set(middlewares.PORTS))
    assert REFUSED[url] in (refusal(url, ["a.gov.cn"]) or "")


@pytest.mark.parametrize("url", ALLOWED)
def test_addresses_that_are(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(middlewares.Guard, "ports", set(middlewares.PORTS))
    assert refusal(url, ["a.gov.cn"]) is None


def test_a_host_is_not_within_another_that_ends_like_it() -> None:
    assert not within("eviltest.gov.cn", ["test.gov.cn"])
    assert not within("evil-fy.gov.cn", [".fy.gov.cn"])
    assert within("a.b.fy.gov.cn", [".fy.gov.cn"])


def test_there_are_spellings_enough() -> None:
    assert len(set(SPELLINGS)) >= 40


def test_other_sites_are_not_told_where_we_were() -> None:
    asked = [led_here(scrapy.Request(url), "http://a.gov.cn/list/") for url in ("http://a.gov.cn/1", "http://b.gov.cn/1")]
    assert [request.headers.get("Referer") for request in asked] == [b"http://a.gov.cn/list/", None]
