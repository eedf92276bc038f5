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
import json
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from archive.errors import CatalogueError, UsageError
from archive.records import Channel, Site
from crawler.cms import FAMILIES, OPTIONS

BUNDLED = Path(__file__).parent
PROVINCES: Mapping[str, str] = {  # GB/T 2260, the first two digits
    "11": "北京市", "12": "天津市", "13": "河北省", "14": "山西省", "15": "内蒙古自治区", "21": "辽宁省",
    "22": "吉林省", "23": "黑龙江省", "31": "上海市", "32": "江苏省", "33": "浙江省", "34": "安徽省",
    "35": "福建省", "36": "江西省", "37": "山东省", "41": "河南省", "42": "湖北省", "43": "湖南省",
    "44": "广东省", "45": "广西壮族自治区", "46": "海南省", "50": "重庆市", "51": "四川省", "52": "贵州省",
    "53": "云南省", "54": "西藏自治区", "61": "陕西省", "62": "甘肃省", "63": "青海省", "64": "宁夏回族自治区",
    "65": "新疆维吾尔自治区",
}  # fmt: skip
KEY = re.compile(r"[a-z0-9][a-z0-9_-]*")
EVERY = re.compile(r"\A\d+[hdw]")
WINDOW = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d")
CODE = re.compile(r"\d{6}(\d{3})?|")

Check = tuple[type | tuple[type, ...], Callable[[Any], bool], str]


def _http(value: str) -> bool:
    parts = urlsplit(value)
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _day(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


FAMILY: Check = (
    str,
    lambda value: value in FAMILIES,
    f"a family of crawler/cms: {', '.join(FAMILIES)}",
)
TEXT: Check = (str, lambda value: bool(value.strip()), "a text that is not empty")
FREE: Check = (str, lambda value: True, "a text")
LINK: Check = (str, _http, "a full address that begins with http:// or https://")
YESNO: Check = (bool, lambda value: True, "true or false")

SITE_KEYS: Mapping[str, Check] = {
    "name": TEXT,
    "url": LINK,
    "cms": FAMILY,
    "region": FREE,
    "code": (str, lambda value: CODE.fullmatch(value) is not None, 'six or nine digits of GB/T 2260, as "341200"'),
    "hosts": (list, lambda hosts: all(isinstance(host, str) for host in hosts), 'host names, as ["a.gov.cn"]'),
    "delay": ((int, float), lambda seconds: seconds >= 0, "seconds between two requests, 0 or more"),
    "every": (str, lambda value: EVERY.fullmatch(value) is not None, 'how often to crawl, as "12h", "1d" or "2w"'),
    "window": (str, lambda value: WINDOW.fullmatch(value) is not None, 'Beijing times to crawl in, as "22:00-06:00"'),
    "browser": YESNO,
    "private": YESNO,
    "source": FREE,
    "tried": (str, lambda value: value == "never" or _day(value), 'a day as "2026-11-20", or "never"'),
    "channels": (list, lambda channels: bool(channels), "at least one [[channels]] table"),
}
CHANNEL_KEYS: Mapping[str, Check] = {
    "key": (str, lambda key: KEY.fullmatch(key) is not None, "small letters, digits, - and _"),
    "url": LINK,
    "name": TEXT,
    "cms": FAMILY,
    "ordered": YESNO,
}
# Easily written one table too low.
OF_THE_SITE = frozenset({"hosts", "delay", "every", "window", "browser", "private", "tried"})
SITE_NEEDS = ("name", "url", "cms", "channels")
CHANNEL_NEEDS = ("key", "url", "name")


def load(folder: Path = BUNDLED, broken: list[CatalogueError] | None = None) -> dict[str, Site]:
    """Every site of the catalogue by key, in the order of their keys. Files that are wrong go to `broken`, so that
    they do not stop the other sites. Raises `UsageError`; `CatalogueError` where there is no `broken`."""
    if not folder.is_dir():
        raise UsageError(f"{folder}: there is no catalogue; name a folder of site files with --catalogue DIR")
    found = {}
    for file in sorted(folder.glob("*.toml")):
        try:
            found[file.stem] = read(file)
        except CatalogueError as error:
            if broken is None:
                raise
            broken.append(error)
    return found


def pick(sites: Mapping[str, Site], keys: tuple[str, ...], broken: Sequence[CatalogueError] = ()) -> list[Site]:
    """The named sites, or all of them. An unknown name is answered with the nearest ones, that of a file that is
    `broken` with what is wrong with it."""
    for error in broken:
        if Path(error.file).stem in keys:
            raise error
    for key in keys:
        if key not in sites:
            near = difflib.get_close_matches(key, sites, n=3)
            hint = f"; did you mean {' or '.join(near)}?" if near else "; `gongkai sites` lists those that are"
            raise UsageError(f"{key}: no such site in the catalogue{hint}")
    return [sites[key] for key in keys or sites]


def new_file(folder: Path, key: str) -> Path:
    """Where a new site's file goes. Raises `UsageError` for a bad name, no folder, or a file that is there."""
    file = folder / f"{key}.toml"
    if not KEY.fullmatch(key):
        raise UsageError(f"--key {key}: a site is named with small letters, digits, - and _")
    if not folder.is_dir():
        raise UsageError(f"{folder}: there is no catalogue; name a folder of site files with --catalogue DIR")
    if file.exists():
        raise UsageError(f"{file} is there already; call the new one something else with --key, or move that one away")
    return file


def read(file: Path) -> Site:
    """One site file. Raises `CatalogueError` with file, line, key and what was expected."""
    text = _text(file)
    table = _table(file, text)
    if not KEY.fullmatch(file.stem):
        raise CatalogueError(file, None, "a site file is named with small letters, digits, - and _")
    _known(file, text, table)
    _needed(file, table, SITE_KEYS, SITE_NEEDS, "the site")
    _fitting(file, text, table, SITE_KEYS)
    channels = tuple(_channel(file, text, table, number) for number in range(len(table["channels"])))
    _unique(file, text, channels)
    del table["channels"]
    table["hosts"] = tuple(table.get("hosts", ()))
    return Site(key=file.stem, channels=channels, **table)


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")  # editors on Windows write a mark in front
    except UnicodeDecodeError as error:
        raise CatalogueError(file, None, f"is not UTF-8 at byte {error.start}; save it as UTF-8") from None
    except OSError as error:
        raise CatalogueError(file, None, f"cannot be read: {error.strerror}") from None


def _table(file: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"\(at line (\d+)", str(error))
        raise CatalogueError(file, None, f"not TOML: {error}", int(at[1]) if at else text.count("\n") + 1) from None


def _channel(file: Path, text: str, site: Mapping[str, Any], number: int) -> Channel:
    table = site["channels"][number]
    if not isinstance(table, dict):
        raise CatalogueError(file, "channels", "each channel is a [[channels]] table", _line(text, "channels"))
    options = {key: value for key, value in table.items() if key not in CHANNEL_KEYS}
    for key, value in options.items():
        _option(file, text, key, value)
    _needed(file, table, CHANNEL_KEYS, CHANNEL_NEEDS, f"channel {number + 1}")
    _fitting(file, text, table, CHANNEL_KEYS)
    known = {key: table[key] for key in CHANNEL_KEYS if key in table}
    _taken(file, text, options, table.get("cms", site["cms"]))
    return Channel(site=file.stem, options=options, **{"cms": site["cms"], **known})


def _needed(file: Path, table: Mapping[str, Any], keys: Mapping[str, Check], needs: Sequence[str], whose: str) -> None:
    for key in needs:
        if key not in table:
            raise CatalogueError(file, key, f"is missing in {whose}; expected {keys[key][2]}")


def _fitting(file: Path, text: str, table: Mapping[str, Any], keys: Mapping[str, Check]) -> None:
    """Are the values of the known keys what they should be?"""
    for key in (key for key in keys if key in table):
        wanted, fits, expected = keys[key]
        value = table[key]
        if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool) or not fits(value):
            raise CatalogueError(file, key, f"expected {expected}, found {value!r}", _line(text, key, value))


def _known(file: Path, text: str, table: Mapping[str, Any]) -> None:
    for key in (key for key in table if key not in SITE_KEYS):
        near = difflib.get_close_matches(key, SITE_KEYS, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise CatalogueError(file, key, f"is not a key of a site{hint}", _line(text, key))


def _option(file: Path, text: str, key: str, value: Any) -> None:
    """A key that we do not know is the family's, unless it looks like one of ours."""
    if key in OF_THE_SITE:
        expected = "belongs to the site: write it above the first [[channels]]"
        raise CatalogueError(file, key, expected, _line(text, key, value))
    if near := difflib.get_close_matches(key, CHANNEL_KEYS, n=1, cutoff=0.85):
        raise CatalogueError(file, key, f"is not a key of a channel; did you mean {near[0]}?", _line(text, key, value))
    try:
        json.dumps(value, allow_nan=False)  # what a walk carries from page to page is kept as JSON
    except (TypeError, ValueError):
        expected = f"expected a text, a number, true or false, found {value}; put it in quotes"
        raise CatalogueError(file, key, expected, _line(text, key)) from None


def _taken(file: Path, text: str, options: Mapping[str, Any], family: str) -> None:
    """A key that its family does not read would be passed over in silence."""
    for key in options if family in OPTIONS else ():
        if key not in OPTIONS[family]:
            takes = " or ".join(OPTIONS[family]) or "none beside key, name, url, cms and ordered"
            raise CatalogueError(file, key, f"is not a key that {family} takes, which is {takes}", _line(text, key))


def _unique(file: Path, text: str, channels: tuple[Channel, ...]) -> None:
    seen: set[str] = set()
    for channel in channels:
        if channel.key in seen:
            line = _line(text, "key", channel.key, last=True)
            raise CatalogueError(file, "key", f"two channels are called {channel.key!r}", line)
        seen.add(channel.key)


def _line(text: str, key: str, value: Any = "", *, last: bool = False) -> int | None:
    """The line that sets the key, to this value where several do; the first of them or the last."""
    setting = re.compile(rf"[\s\[\"']*{re.escape(key)}[\s\"'\]]*(=|$)")
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if setting.match(line)]
    written = f'"{value}"' if isinstance(value, str) and value else str(value)
    exact = [number for number, line in lines if written in line.partition("=")[2]]
    found = exact or [number for number, _ in lines]
    return found[-1 if last else 0] if found else None
