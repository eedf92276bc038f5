"""The catalogue: one TOML file per site, 8–15 lines; the file's name is the site's key.

    name = "阜阳市人民政府"             # as the site calls itself
    url = "https://www.fy.gov.cn/"
    cms = "openness"                   # family of all channels, unless a channel says otherwise
    region = "安徽省阜阳市"             # and code = "341200", GB/T 2260
    tried = "never"                    # the day it was last crawled live, or "never"

    [[channels]]
    key = "gztj"
    name = "工作推进"
    url = "https://www.fy.gov.cn/…"
    # every key the catalogue does not know is a parameter of the family

A site file says what and where, never how: no selectors, no logic.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from archive.errors import CatalogueError, UsageError
from archive.records import Channel, Site

BUNDLED = Path(__file__).parent
KEY = re.compile(r"[a-z0-9][a-z0-9_-]*")
EVERY = re.compile(r"\d+[hdw]")
CODE = re.compile(r"\d{6}(\d{3})?|")

Check = tuple[type | tuple[type, ...], Callable[[Any], bool], str]


def _http(value: str) -> bool:
    parts = urlsplit(value)
    return parts.scheme in ("http", "https") and bool(parts.hostname)


TEXT: Check = (str, lambda value: bool(value.strip()), "a text that is not empty")
FREE: Check = (str, lambda value: True, "a text")
LINK: Check = (str, _http, "a full address that begins with http:// or https://")
YESNO: Check = (bool, lambda value: True, "true or false")

SITE_KEYS: Mapping[str, Check] = {
    "name": TEXT,
    "url": LINK,
    "cms": TEXT,
    "region": FREE,
    "code": (str, lambda value: CODE.fullmatch(value) is not None, 'six or nine digits of GB/T 2260, as "341200"'),
    "hosts": (list, lambda hosts: all(isinstance(host, str) for host in hosts), 'host names, as ["a.gov.cn"]'),
    "delay": ((int, float), lambda seconds: seconds >= 0, "seconds between two requests, 0 or more"),
    "every": (str, lambda value: EVERY.fullmatch(value) is not None, 'how often to crawl, as "12h", "1d" or "2w"'),
    "browser": YESNO,
    "private": YESNO,
    "source": FREE,
    "tried": FREE,
    "channels": (list, lambda channels: bool(channels), "at least one [[channels]] table"),
}
CHANNEL_KEYS: Mapping[str, Check] = {
    "key": (str, lambda key: KEY.fullmatch(key) is not None, "small letters, digits, - and _"),
    "url": LINK,
    "name": TEXT,
    "cms": TEXT,
    "ordered": YESNO,
}
SITE_NEEDS = ("name", "url", "cms", "channels")
CHANNEL_NEEDS = ("key", "url", "name")


def load(folder: Path = BUNDLED) -> dict[str, Site]:
    """Every site of the catalogue by key, in the order of their keys. Raises `CatalogueError`, `UsageError`."""
    if not folder.is_dir():
        raise UsageError(f"{folder}: there is no catalogue; name a folder of site files with --catalogue DIR")
    return {file.stem: read(file) for file in sorted(folder.glob("*.toml"))}


def pick(sites: Mapping[str, Site], keys: tuple[str, ...]) -> list[Site]:
    """The named sites, or all of them. An unknown name is answered with the nearest ones."""
    for key in keys:
        if key not in sites:
            near = difflib.get_close_matches(key, sites, n=3)
            hint = f"; did you mean {' or '.join(near)}?" if near else "; `gongkai sites` lists those that are"
            raise UsageError(f"{key}: no such site in the catalogue{hint}")
    return [sites[key] for key in keys or sites]


def read(file: Path) -> Site:
    """One site file. Raises `CatalogueError` with file, line, key and what was expected."""
    text = _text(file)
    table = _table(file, text)
    if not KEY.fullmatch(file.stem):
        raise CatalogueError(file, None, "a site file is named with small letters, digits, - and _")
    _check(file, text, table, SITE_KEYS, SITE_NEEDS, strict=True)
    channels = tuple(_channel(file, text, table, channel) for channel in table.pop("channels"))
    _unique(file, text, channels)
    table["hosts"] = tuple(table.get("hosts", ()))
    return Site(key=file.stem, channels=channels, **table)


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise CatalogueError(file, None, f"a site file is UTF-8, this one is not at byte {error.start}") from None


def _table(file: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"\(at line (\d+)", str(error))
        raise CatalogueError(file, None, f"not TOML: {error}", int(at[1]) if at else None) from None


def _channel(file: Path, text: str, site: Mapping[str, Any], table: Any) -> Channel:
    if not isinstance(table, dict):
        raise CatalogueError(file, "channels", "each channel is a [[channels]] table", _line(text, "channels"))
    _check(file, text, table, CHANNEL_KEYS, CHANNEL_NEEDS, strict=False)
    known = {key: table[key] for key in CHANNEL_KEYS if key in table}
    options = {key: value for key, value in table.items() if key not in CHANNEL_KEYS}
    return Channel(site=file.stem, options=options, **{"cms": site["cms"], **known})


def _check(
    file: Path, text: str, table: Mapping[str, Any], keys: Mapping[str, Check], needs: tuple[str, ...], *, strict: bool
) -> None:
    for key in needs:
        if key not in table:
            raise CatalogueError(file, key, f"is missing; expected {keys[key][2]}")
    for key, value in table.items():
        if key in keys:
            wanted, fits, expected = keys[key]
            if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool) or not fits(value):
                raise CatalogueError(file, key, f"expected {expected}, found {value!r}", _line(text, key))
        elif strict:
            near = difflib.get_close_matches(key, keys, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise CatalogueError(file, key, f"is not a key of a site{hint}", _line(text, key))


def _unique(file: Path, text: str, channels: tuple[Channel, ...]) -> None:
    seen: set[str] = set()
    for channel in channels:
        if channel.key in seen:
            raise CatalogueError(file, "key", f"two channels are called {channel.key!r}", _line(text, channel.key))
        seen.add(channel.key)


def _line(text: str, needle: str) -> int | None:
    """The first line that begins with the key, or holds it."""
    lines = text.splitlines()
    starts = (n for n, line in enumerate(lines, 1) if line.lstrip(" [").startswith(needle))
    return next(starts, None) or next((n for n, line in enumerate(lines, 1) if needle in line), None)
