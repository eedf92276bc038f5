"""What Scrapy was warned of, through our settings: a test for each published advisory, and the settings that close its
doors. Bombs (GHSA-2qfp-q593-8484, GHSA-7j7m-v7m3-jqm7) are among the modes of tests/hostile_server.py."""

from __future__ import annotations

from pathlib import Path

import pytest
from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.http import Response

from crawler.fetch import settings
from tests.hostile_server import page
from tests.loopback import Answer, Loopback
from tests.loopback import Request as Asked
from tests.running import gongkai

HOLDS: dict[str, object] = {
    "REMOTE_CONTROL_ENABLED": False, "TELNETCONSOLE_ENABLED": False, "DOWNLOAD_MAXSIZE": 32 * 2**20,
    "DOWNLOAD_TIMEOUT": 30, "DOWNLOAD_VERIFY_CERTIFICATES": True, "COOKIES_ENABLED": False, "ROBOTSTXT_OBEY": False,
    "TWISTED_DNS_RESOLVER": "crawler.middlewares.GuardResolver", "MEMUSAGE_LIMIT_MB": 1024, "URLLENGTH_LIMIT": 2083,
    "LOG_LEVEL": "INFO", "REDIRECT_MAX_TIMES": 10,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
}  # fmt: skip
CLOSED = ("offsite.OffsiteMiddleware", "robotstxt.RobotsTxtMiddleware", "httpauth.HttpAuthMiddleware",
          "redirect.MetaRefreshMiddleware", "httpproxy.HttpProxyMiddleware", "retry.RetryMiddleware")  # fmt: skip


@pytest.mark.parametrize("name", HOLDS)
def test_a_setting_holds(name: str) -> None:
    assert settings()[name] == HOLDS[name]


def test_only_web_addresses_have_a_handler() -> None:
    """GHSA-23j4-mw76-5v7h (redirects to file: and s3:), GHSA-76g3-c3x4-crvx (s3 over plain HTTP)."""
    handlers = settings()["DOWNLOAD_HANDLERS"]
    open_ones = {scheme for scheme, handler in settings().getwithbase("DOWNLOAD_HANDLERS").items() if handler}
    assert open_ones == {"http", "https"}
    assert {handlers["http"], handlers["https"]} == {"crawler.download.Handler"}


@pytest.mark.parametrize("name", CLOSED)
def test_a_stage_of_scrapy_is_not_used(name: str) -> None:
    assert not any(name in str(used) for used in settings().getwithbase("DOWNLOADER_MIDDLEWARES"))


def redirected(request: Request, to: str, status: int = 301) -> Request:
    stage = RedirectMiddleware(settings())
    stage.crawler = Crawler(Spider, settings())
    following = stage.process_response(request, Response(request.url, status=status, headers={"Location": to}))
    assert isinstance(following, Request)
    return following


@pytest.mark.parametrize("to", ["https://b.gov.cn/", "https://a.gov.cn:8443/", "http://a.gov.cn/"])
def test_credentials_stay_where_they_were_sent(to: str) -> None:
    """GHSA-cw9j-q3vf-hrrv, GHSA-4qqq-9vqf-3h3f: another domain, another port, another scheme."""
    request = Request("https://a.gov.cn/", headers={"Authorization": "Basic YTpi", "Cookie": "a=b"})
    assert b"Authorization" not in redirected(request, to).headers


def test_a_posted_form_is_not_sent_on() -> None:
    """2.14.2: a 301 that answers a POST kept its body."""
    following = redirected(Request("http://a.gov.cn/", method="POST", body=b"secret"), "http://a.gov.cn/b")
    assert (following.method, following.body) == ("GET", b"")


def test_no_parser_of_scrapy_with_expressions_is_used() -> None:
    """GHSA-cc65-xxvf-f7r9: `xmliter` looked for nodes with a regular expression."""
    for package in ("archive", "crawler", "pipelines"):
        for file in Path(package).rglob("*.py"):
            assert "xmliter" not in file.read_text("utf-8"), file


class Site:
    """Sets a cookie, and names a function where a policy should stand."""

    def answer(self, request: Asked) -> Answer:
        headers = {"Content-Type": "text/html; charset=utf-8", "Referrer-Policy": "os.abort", "Set-Cookie": "a=b"}
        return Answer(404) if request.path == "/robots.txt" else Answer(200, headers, page())


def test_a_policy_is_not_called_cookies_are_not_kept_and_no_proxy_is_asked(tmp_path: Path) -> None:
    """GHSA-cwxj-rr6w-m6w7 (a header was executed), GHSA-cjvr-mfj7-j4j8 and GHSA-mfjm-vh54-3f96 (cookies across
    domains), GHSA-jm3v-qxmh-hxwv (proxies, which would also get around the guard)."""
    site = Loopback(Site())
    with site.serve() as base:
        ran = gongkai("scrape", f"{base}/1.html", f"{base}/2.html", "-s", "DOWNLOAD_DELAY=0", archive=tmp_path / "a",
                      http_proxy="http://127.0.0.1:1", HTTP_PROXY="http://127.0.0.1:1")  # fmt: skip
    assert ran.code == 0, ran.err
    assert len(site.hits("/*.html")) == 2
    assert not [hit for hit in site.log if "cookie" in hit.headers or "proxy-authorization" in hit.headers]
