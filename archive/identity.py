"""One page, one row of the ledger: the aliases under which the same page is listed (platforms.md §17).

`canonical` is the address we ask for; `identity` is the key under which the ledger knows it. Two addresses with one
identity are one page, fetched once (at the address seen first) and disclosed in each channel that lists it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

DEFAULT_PORTS = {"http": 80, "https": 443}
SAFE = "/%:@!$&'()*+,;=~-._"
LONGEST = 2_083  # characters of an address: Scrapy drops longer ones without a word (URLLENGTH_LIMIT)
MET = 4096  # addresses that are remembered: each is asked for a handful of times while its page is on its way

# A word that is in it, pattern over host + path → the key. One example each.
ALIASES: tuple[tuple[str, re.Pattern[str], str], ...] = tuple(
    (word, re.compile(rf"\A([^/]+)/{pattern}"), rf"\1/{key}/\2")
    for word, pattern, key in (
        # Hanweb: an article has one address per column, /art/2021/3/5/art_70626_2061823.html
        ("art_", r".*\bart_\d+_(\d+)\.html", "art"),
        # Hanweb, newer: /art/2024/art_<32 hex>.html and /col/col1/art/2024/art_<32 hex>.html
        ("art_", r".*\bart_([0-9a-f]{32})\.html", "art"),
        # gkmlpt and NFCMS: /gkmlpt/content/8/8123/post_8123456.html, /x/content/post_8123456.html, mpost_8123456.html
        ("post_", r".*\bm?post_(\d+)\.html", "post"),
        # Kaipu: one manuscript in several channels, /site/c101/202103/<32 hex>.shtml
        (".shtml", r".*/\d{6}/([0-9a-f]{32})\.shtml", "manuscript"),
        # Lonsun: /public/content/123456 and /public/21711/123456.html
        ("public/", r"(?:[^/]+/)?public/(?:content|\d+)/(\d+)(?:\.html)?", "public"),
        # openness, mobile twin: /mobileOpenness/detail/content/<24 hex>.html
        ("penness/", r"(?:mobileO|o)penness/detail/content/([0-9a-f]{24})\.html", "openness"),
    )
)
SESSION = re.compile(  # ;jsessionid=…, ?PHPSESSID=…: of a visit, not of a page
    r";jsessionid=[^?;/]*|(?<=[?&])(?:jsessionid|phpsessid|aspsessionid\w*|session_?id|sid(?==[0-9a-f]{16}))=[^&]*&?",
    re.I,
)
HOST_TWIN = re.compile(r"^(?:www|m|wap)\.")
INDEX = re.compile(r"/(?:index|default)\.s?html?$")


@lru_cache(MET)
def canonical(url: str) -> str:
    """The address as it is asked for: no fragment, host in small letters as the name system has it, no default port,
    escapes for what is not ASCII. What is no web address, or has a user name in it, stays as it is: see `unfit`.

    >>> canonical("HTTP://WWW.Example.gov.cn:80/公开/a.html#zoom")
    'http://www.example.gov.cn/%E5%85%AC%E5%BC%80/a.html'
    >>> canonical("http://中国政府.中国/")
    'http://xn--fiqs8sirgfmh.xn--fiqs8s/'
    """
    parts = _web_address(url.strip())
    if parts is None or "@" in parts.netloc:
        return url.strip()
    name = ascii_host(parts.hostname or "")
    host = f"[{name}]" if ":" in name else name
    netloc = host if parts.port in (None, DEFAULT_PORTS[parts.scheme]) else f"{host}:{parts.port}"
    return urlunsplit(
        (parts.scheme, netloc, quote(parts.path or "/", safe=SAFE), quote(parts.query, safe=SAFE + "?[]"), "")
    )


@lru_cache(MET)
def identity(url: str) -> str:
    """The key of a page, the same for all its aliases.

    >>> identity("https://www.a.gov.cn/art/2021/3/5/art_7_206.html") == identity("http://a.gov.cn/art/2021/3/5/art_9_206.html")
    True
    >>> identity("http://a.gov.cn/x/index.html") == identity("https://a.gov.cn/x/")
    True
    >>> identity("http://a.gov.cn/x.jsp;jsessionid=8F2A?id=7") == identity("http://a.gov.cn/x.jsp?id=7&PHPSESSID=1b")
    True
    """
    asked = canonical(url)
    parts = _web_address((SESSION.sub("", asked) if "=" in asked else asked).rstrip("?&"))
    if parts is None or "@" in parts.netloc:
        return url
    place = HOST_TWIN.sub("", parts.netloc) + INDEX.sub("/", parts.path)
    for word, pattern, key in ALIASES:
        if word in place and (found := pattern.fullmatch(place)):
            return found.expand(key)
    return f"{place}?{parts.query}" if parts.query else place


def unfit(url: str) -> str | None:
    """Why an address cannot be asked for, wherever it leads; None if it can.

    >>> unfit("http://a.gov.cn:99999/"), unfit("http://me@a.gov.cn/"), unfit("http://a.gov.cn/")
    ('not a web address', 'an address with a user name in it', None)
    """
    parts = _web_address(url.strip())
    if parts is None:
        return "not a web address"
    if "@" in parts.netloc:
        return "an address with a user name in it"
    return f"an address of more than {LONGEST:,} characters" if len(canonical(url)) > LONGEST else None


def without_user(url: str) -> str:
    """An address as it may be shown and kept: what stands before its host may be a password.

    >>> without_user("http://me:secret@a.gov.cn/x@y"), without_user("http://a.gov.cn/x@y")
    ('http://***@a.gov.cn/x@y', 'http://a.gov.cn/x@y')
    """
    return re.sub(r"^([\w+.-]*:?//)[^/?#]*@", r"\1***@", url.strip())


def ascii_host(host: str) -> str:
    """A host as it is asked for (UTS 46), also one with a dot before it; as it is if there can be no such name.

    >>> ascii_host("中国政府.中国"), ascii_host(".政务.cn"), ascii_host("A.gov.cn")
    ('xn--fiqs8sirgfmh.xn--fiqs8s', '.xn--zfr164b.cn', 'a.gov.cn')
    """
    if host.isascii():
        return host.lower()
    import idna  # its tables are large, and such hosts are rare

    try:
        return "." * host.startswith(".") + idna.encode(host.removeprefix("."), uts46=True).decode("ascii")
    except ValueError:
        return host


def _web_address(url: str) -> SplitResult | None:
    """The parts of a web address; None for `javascript:`, "http://[broken", "http://host:99999" and "http://中_国.cn"."""
    try:
        parts = urlsplit(url)
        host = ascii_host(parts.hostname or "")
        return parts if parts.scheme in DEFAULT_PORTS and parts.port != 0 and host and host.isascii() else None
    except ValueError:
        return None
