"""The catalogue: every bundled site file is right, and a wrong one is answered with one sentence that says where."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from archive.errors import CatalogueError, UsageError
from archive.records import Site
from crawler import cms, sites
from crawler.middlewares import within

FIVE_PLACES = ("qianan", "wendeng", "fuyang", "tengchong", "tjhp")
SITES = sites.load()

GOOD = """\
name = "甲市人民政府"
url = "http://www.jia.gov.cn/"
cms = "trs"
tried = "never"

[[channels]]
key = "zcwj"
name = "政策文件"
url = "http://www.jia.gov.cn/zcwj/"

[[channels]]
key = "tzgg"
name = "通知公告"
url = "http://www.jia.gov.cn/tzgg/"
"""


# --- what is bundled ---------------------------------------------------------------------------------------------


def test_the_catalogue_starts_useful() -> None:
    assert len(SITES) >= 65
    assert set(FIVE_PLACES) <= set(SITES)
    assert sum(site.region == "中央" for site in SITES.values()) >= 20


def test_every_province_has_a_site() -> None:
    assert {site.code[:2] for site in SITES.values() if site.code} == set(sites.PROVINCES)


def test_names_are_unique() -> None:
    names = [site.name for site in SITES.values()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("site", SITES.values(), ids=SITES)
def test_a_code_belongs_to_its_region(site: Site) -> None:
    if site.region == "中央":
        assert site.code == ""
    else:
        assert site.region.startswith(sites.PROVINCES[site.code[:2]])
        below = site.region.removeprefix(sites.PROVINCES[site.code[:2]])
        assert site.code.endswith("0000") == (below == ""), "a province's code, and only that, ends in four zeros"


@pytest.mark.parametrize("site", SITES.values(), ids=SITES)
def test_every_channel_can_be_asked_on_a_host_of_its_site(site: Site) -> None:
    hosts = (urlsplit(site.url).hostname or "", *site.hosts)
    for channel in site.channels:
        assert channel.cms in cms.FAMILIES
        ask = cms.family(channel.cms).first(channel)
        assert urlsplit(ask.url).scheme in ("http", "https")
        assert within(urlsplit(ask.url).hostname or "", hosts), f"{channel.key}: {ask.url}"


@pytest.mark.parametrize("site", SITES.values(), ids=SITES)
def test_a_site_says_where_its_knowledge_comes_from(site: Site) -> None:
    assert site.source
    assert re.fullmatch(r"never|\d{4}-\d{2}-\d{2}", site.tried)
    urls = [(channel.url, str(channel.options)) for channel in site.channels]
    assert len(urls) == len(set(urls)), "two channels are the same list"


@pytest.mark.parametrize("file", sorted(sites.BUNDLED.glob("*.toml")), ids=lambda file: file.stem)
def test_a_site_file_is_short_and_says_what_is_uncertain(file: Path) -> None:
    lines = file.read_text("utf-8").splitlines()
    assert lines[0].startswith("# ")
    assert len([line for line in lines if line and not line.startswith("#")]) <= 32


# --- what a person may get wrong ---------------------------------------------------------------------------------


def read(tmp_path: Path, text: str | bytes, name: str = "jia.toml") -> Site:
    file = tmp_path / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return sites.read(file)


def test_a_good_file_is_read(tmp_path: Path) -> None:
    site = read(tmp_path, GOOD + 'search = "/so/search"\n')
    assert (site.key, site.tried, site.hosts) == ("jia", "never", ())
    assert [channel.cms for channel in site.channels] == ["trs", "trs"]
    assert site.channels[1].options == {"search": "/so/search"}


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    assert read(tmp_path, GOOD.encode("utf-8-sig")).name == "甲市人民政府"


WRONG = {  # what was done to the good file: (from, to), line of the error, key, and what the sentence must say
    "broken TOML": ('cms = "trs"', 'cms = "trs', 3, None, "not TOML"),
    "missing key": ('cms = "trs"\n', "", None, "cms", "is missing in the site"),
    "misspelled key": ("tried =", "tired =", 4, "tired", "did you mean tried?"),
    "unknown key": ("tried =", "colour =", 4, "colour", "is not a key of a site"),
    "wrong type": ('name = "甲市人民政府"', "name = 7", 1, "name", "expected a text"),
    "empty name": ('name = "甲市人民政府"', 'name = " "', 1, "name", "not empty"),
    "no such family": ('cms = "trs"', 'cms = "trss"', 3, "cms", "a family of crawler/cms: "),
    "not a web address": ('url = "http://www.jia.gov.cn/tzgg/"', 'url = "www.jia.gov.cn"', 14, "url", "http://"),
    "half a code": ('cms = "trs"', 'cms = "trs"\ncode = "3412"', 4, "code", "GB/T 2260"),
    "negative delay": ('cms = "trs"', 'cms = "trs"\ndelay = -1', 4, "delay", "0 or more"),
    "yes for a number": ('cms = "trs"', 'cms = "trs"\ndelay = true', 4, "delay", "seconds"),
    "no such rhythm": ('cms = "trs"', 'cms = "trs"\nevery = "daily"', 4, "every", '"1d"'),
    "text for yes": ('cms = "trs"', 'cms = "trs"\nbrowser = "yes"', 4, "browser", "true or false"),
    "a day that is none": ('tried = "never"', 'tried = "2026-02-30"', 4, "tried", "expected a day"),
    "a bare date": ('tried = "never"', "tried = 2026-11-20", 4, "tried", '"2026-11-20"'),
    "no channels": (GOOD[GOOD.index("\n[[channels]]") :], "channels = []\n", 5, "channels", "at least one"),
    "channels as texts": (GOOD[GOOD.index("\n[[channels]]") :], 'channels = ["zcwj"]\n', 5, "channels", "[[channels]]"),
    "a channel without a name": ('name = "通知公告"\n', "", None, "name", "is missing in channel 2"),
    "a channel's bad key": ('key = "tzgg"', 'key = "通知"', 12, "key", "small letters"),
    "a channel's misspelled key": ('key = "tzgg"', 'key = "tzgg"\nordred = false', 13, "ordred", "mean ordered?"),
    "a site's key in a channel": ('key = "tzgg"', 'key = "tzgg"\ndelay = 5', 13, "delay", "above the first"),
    "a date as option": ('key = "tzgg"', 'key = "tzgg"\nsince = 2026-11-20', 13, "since", "put it in quotes"),
    "a key of another family": ('key = "tzgg"', 'key = "tzgg"\ntag = "列"', 13, "tag", "trs takes, which is search"),
    "the same channel twice": ('key = "tzgg"', 'key = "zcwj"', 12, "key", "two channels are called 'zcwj'"),
}


@pytest.mark.parametrize(("old", "new", "line", "key", "says"), WRONG.values(), ids=WRONG)
def test_a_wrong_file_is_answered_with_its_place(
    tmp_path: Path, old: str, new: str, line: int | None, key: str | None, says: str
) -> None:
    assert GOOD.count(old) == 1
    with pytest.raises(CatalogueError) as caught:
        read(tmp_path, GOOD.replace(old, new))
    assert (caught.value.line, caught.value.key) == (line, key)
    assert says in str(caught.value)
    assert "jia.toml" in str(caught.value)


def test_a_file_that_is_not_utf8_says_so(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="is not UTF-8 at byte 8; save it as UTF-8"):
        read(tmp_path, GOOD.encode("gb18030"))


def test_a_file_with_a_bad_name_says_so(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="named with small letters"):
        read(tmp_path, GOOD, "甲市.toml")


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    (tmp_path / "jia.toml").mkdir()
    with pytest.raises(CatalogueError, match="cannot be read"):
        sites.load(tmp_path)


def test_a_folder_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--catalogue DIR"):
        sites.load(tmp_path / "nowhere")


def test_a_new_file_takes_no_name_that_is_taken_or_bad(tmp_path: Path) -> None:
    assert sites.new_file(tmp_path, "jia") == tmp_path / "jia.toml"
    (tmp_path / "jia.toml").write_text(GOOD, "utf-8")
    for folder, key, says in (
        (tmp_path, "jia", "is there already"),
        (tmp_path, "../yi", "small letters"),
        (tmp_path / "nowhere", "yi", "--catalogue DIR"),
    ):
        with pytest.raises(UsageError, match=re.escape(says)):
            sites.new_file(folder, key)


def test_an_unknown_site_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"fuyan: no such site .*did you mean fuyang"):
        sites.pick(SITES, ("fuyan",))
    with pytest.raises(UsageError, match="`gongkai sites` lists"):
        sites.pick(SITES, ("纽约",))
    assert [site.key for site in sites.pick(SITES, ("fuyang", "beijing"))] == ["fuyang", "beijing"]
    assert len(sites.pick(SITES, ())) == len(SITES)
