"""`gongkai add`: a page becomes a draft of its site, with what was seen; what cannot be read is said in a sentence."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import TypeVar

import pytest
from scrapy.http import HtmlResponse, Response

from archive.errors import UsageError
from archive.identity import canonical
from archive.records import Ask, Channel, Site
from crawler import sites
from crawler.draft import Draft, Preview, draft, propose, said, toml
from tests.fake_site import FakeSite
from tests.loopback import Request
from tests.running import gongkai
from tests.stand_ins import StandIn, every
from tests.test_cms_families import fetched

pytestmark = pytest.mark.slow

REALPAGES = Path(__file__).parents[2] / "shared" / "realpages"
STAND_INS = tuple(every())
Result = TypeVar("Result")
Answerer = Callable[[Ask], "Response | str"]


def answered(talk: Generator[Ask, Response | str, Result], answer: Answerer) -> Result:
    """Drives a conversation to its end."""
    try:
        ask = next(talk)
        while True:
            ask = talk.send(answer(ask))
    except StopIteration as end:
        result: Result = end.value
        return result


def by(stand_in: StandIn) -> Answerer:
    def answer(ask: Ask) -> Response | str:
        try:
            response = fetched(stand_in, ask)
        except KeyError:  # a parameter that the interface wants is missing
            return "status 500"
        return response if response.status < 400 else f"status {response.status}"

    return answer


def pages(bodies: Mapping[str, str]) -> Answerer:
    return lambda ask: page(ask.url, bodies[ask.url]) if ask.url in bodies else "status 404"


def page(url: str, body: str) -> Response:
    return HtmlResponse(url, body=body.encode(), encoding="utf-8")


def listing(*titles: str, month: str = "202401", more: str = "") -> str:
    link, day = '<a href="./{0}/t{0}{1:02}_{1}.html">{2}</a>', f"{month[:4]}-{month[4:]}-{{:02}}"
    rows = "".join(
        f"<li>{link.format(month, number, title)}<span>{day.format(number)}</span></li>"
        for number, title in enumerate(titles, 1)
    )
    return (
        f'<html><head><title>通知公告_甲市人民政府</title></head><body><ul class="list">{rows}</ul>{more}</body></html>'
    )


TITLES = tuple(f"甲市人民政府办公室关于做好第{n}项工作的通知" for n in range(1, 13))


# --- every family ------------------------------------------------------------------------------------------------

# What only a site file can state (constants that no page prints, wrapped parameters): `add` says so.
NEED_A_SITE_FILE = {
    "Irs": "no entries found",
    "IrsSearch": "key 'code': expected a constant of the column page's script",
    "EpointWrapped": "says that it is empty",
    "Igs": "status 404",
    "KaipuSuzhou": "status 404",
    "Jsearch": "status 404",
}


@pytest.mark.parametrize("kind", STAND_INS, ids=lambda kind: kind.__name__)
def test_every_family_is_recognised_and_drafted(kind: type[StandIn]) -> None:
    stand_in = kind()
    url = stand_in.base + stand_in.column
    if kind.__name__ in NEED_A_SITE_FILE:
        with pytest.raises(UsageError, match=NEED_A_SITE_FILE[kind.__name__]) as caught:
            answered(draft(url), by(stand_in))
        assert url in str(caught.value)
        return
    made = answered(draft(url), by(stand_in))
    (channel,) = made.site.channels
    assert (made.site.cms, channel.cms) == (stand_in.family, stand_in.family)
    assert channel.url == url
    assert made.previews[0].entries > 0
    if stand_in.counted:
        assert made.previews[0].total == stand_in.claimed


@pytest.mark.parametrize("kind", STAND_INS, ids=lambda kind: kind.__name__)
def test_the_answer_of_a_list_names_its_family(kind: type[StandIn]) -> None:
    stand_in = kind()
    url = stand_in.base + stand_in.column
    answer = by(stand_in)(Ask(url))
    site = propose(page(url, "") if isinstance(answer, str) else answer, url)
    assert site.cms == stand_in.family
    assert [channel.url for channel in site.channels] == [url]


# --- pages that lead to lists ------------------------------------------------------------------------------------


def test_a_home_page_offers_its_columns_of_disclosure(tmp_path: Path) -> None:
    fake = FakeSite(documents=150, seed=1)
    base = "http://www.lanjiang.example"

    def answer(ask: Ask) -> Response | str:
        made = fake.answer(Request.of(ask.url, ask.method, ask.body, ask.headers))
        response = HtmlResponse(ask.url, status=made.status, headers=dict(made.headers), body=made.body)
        return response if made.status < 300 else f"status {made.status}"

    made = answered(draft(base + "/"), answer)
    families = {channel.url.removeprefix(base): channel.cms for channel in made.site.channels}
    assert families == {"/zfxxgk/tzgg/": "trs", "/col/col90012/index.html": "hanweb", "/article/66/": "html"}
    assert {channel.name for channel in made.site.channels} == {"通知公告", "政策文件", "工作报告"}
    assert made.site.name == "澜江市人民政府"
    assert all(preview.second for preview in made.previews if not preview.problem)
    assert read_back(made, tmp_path) == made.site  # "html" too is said where the site's family is another


def test_columns_come_in_the_order_of_what_they_tell() -> None:
    links = {
        "/zwgk/": "政务公开",
        "/tzgg/": "通知公告",
        "/zfxxgk/fdzdgknr/": "法定主动公开内容",
        "/zfxxgk/zfxxgkzn/": "政府信息公开指南",
        "/ysqgk/": "依申请公开",
        "/zwgk/gfxwj/": "文件",
        "/about/": "网站地图",
        "http://www.yi.gov.cn/tzgg/": "通知公告",
        "javascript:void(0)": "政策文件",
    }
    body = "".join(f'<a href="{href}">{text}</a>' for href, text in links.items())
    site = propose(page("http://www.jia.gov.cn/", f"<title>甲市人民政府</title><div>{body}</div>"))
    names = [channel.name for channel in site.channels]
    assert names == ["法定主动公开内容", "通知公告", "政务公开", "文件"]
    assert len({channel.key for channel in site.channels}) == len(names)


def test_what_is_no_list_is_left_out_and_said() -> None:
    base = "http://www.jia.gov.cn/"
    links = {"tzgg": "通知公告", "zcwj": "政策文件", "gfxwj": "规范性文件"}
    home = "".join(f'<a href="/{folder}/">{text}</a>' for folder, text in links.items())
    bodies = {base: home, base + "tzgg/": listing(*TITLES), base + "zcwj/": "<p>栏目建设中</p>"}
    made = answered(draft(base), pages(bodies))
    assert [channel.name for channel in made.site.channels] == ["通知公告"]
    problems = {preview.channel.name: preview.problem for preview in made.previews if preview.problem}
    assert problems["规范性文件"] == "status 404"
    assert problems["政策文件"] == "the page says “建设中”"
    assert "# left out: status 404" in toml(made)


def test_a_stub_is_followed_to_the_page_behind_it() -> None:
    base = "http://www.jia.gov.cn/"
    bodies = {base: '<script>location.href="/jia/tzgg/"</script>', base + "jia/tzgg/": listing(*TITLES)}
    made = answered(draft(base), pages(bodies))
    assert made.site.channels[0].url == base + "jia/tzgg/"


DOCUMENT = """<html><head><title>关于做好防火工作的通知_甲市人民政府</title></head><body>
<div class="crumbs">当前位置：<a href="/">首页</a> &gt; <a href="/zwgk/">政务公开</a>
&gt; <a href="/zwgk/tzgg/">通知公告</a></div>
<table><tr><td>索引号：</td><td>000014349/2024-00012</td><td>发布机构：</td><td>甲市人民政府办公室</td></tr>
<tr><td>成文日期：</td><td>2024-01-05</td><td>文号：</td><td>甲政办发〔2024〕1号</td></tr></table>
<h1>关于做好防火工作的通知</h1><div class="TRS_Editor">{}</div>{}</body></html>"""
TEXT = (
    "<p>各县区人民政府，市直各部门：为做好今冬明春森林草原防火工作，现就有关事项通知如下，请结合实际认真贯彻落实。</p>"
    * 6
)


def test_a_document_leads_to_the_column_it_stands_in() -> None:
    base = "http://www.jia.gov.cn/"
    aside = listing(*TITLES[:6]).partition("<body>")[2].partition("</body>")[0]  # latest documents, beside the text
    url = base + "zwgk/tzgg/202401/t20240105_9.html"
    made = answered(draft(url), pages({url: DOCUMENT.format(TEXT, aside), base + "zwgk/tzgg/": listing(*TITLES)}))
    assert [(channel.name, channel.url) for channel in made.site.channels] == [("通知公告", base + "zwgk/tzgg/")]


def test_a_document_that_stands_nowhere_is_said_to_be_one() -> None:
    body = DOCUMENT.format(TEXT, "").replace("crumbs", "x").replace("当前位置：", "").replace("政务公开", "公开")
    with pytest.raises(UsageError, match="it is a document: `gongkai scrape` archives it"):
        propose(page("http://www.jia.gov.cn/zwgk/tzgg/t20240105_9.html", re.sub(r"<a .*?</a>", "", body)))


def test_page_two_is_tried() -> None:
    url = "http://www.jia.gov.cn/tzgg/"
    pager = "<script>createPageHTML(2, 0, 'index', 'html')</script>"
    older = listing(*TITLES[:5], month="202312")
    made = answered(draft(url), pages({url: listing(*TITLES, more=pager), url + "index_1.html": older}))
    assert said(made.previews[0]) == "12 entries, how many there are is not said; page 2 brings 5 more"
    same = answered(draft(url), pages({url: listing(*TITLES, more=pager), url + "index_1.html": listing(*TITLES)}))
    assert said(same.previews[0]).endswith("page 2 brings nothing new")
    lost = answered(draft(url), pages({url: listing(*TITLES, more=pager)}))
    assert said(lost.previews[0]).endswith(f"page 2 did not come: {url}index_1.html: status 404")
    alone = answered(draft(url), pages({url: listing(*TITLES)}))
    assert said(alone.previews[0]).endswith("no page 2 found")


def test_a_deeper_page_gives_the_list_from_its_start() -> None:
    url = "http://www.jia.gov.cn/list.jsp?catId=7&pageIndex=3"
    assert propose(page(url, listing(*TITLES)), url).channels[0].url == "http://www.jia.gov.cn/list.jsp?catId=7"
    first = "http://www.jia.gov.cn/list.jsp?catId=7&page=1"
    assert propose(page(first, listing(*TITLES)), first).channels[0].url == first


def test_documents_on_another_host_of_the_site_are_allowed_for() -> None:
    url = "http://www.jia.gov.cn/tzgg/"
    body = listing(*TITLES).replace('href="./', 'href="http://xxgk.jia.gov.cn/tzgg/')
    assert answered(draft(url), pages({url: body})).site.hosts == ("xxgk.jia.gov.cn",)


# --- what cannot be drafted --------------------------------------------------------------------------------------


def test_a_page_without_list_or_columns_says_what_was_sought() -> None:
    with pytest.raises(UsageError) as caught:
        propose(page("http://www.jia.gov.cn/a/b.html", "<html><body><p>您好</p></body></html>"))
    text = str(caught.value)
    assert text.startswith("http://www.jia.gov.cn/a/b.html: looked for a list of documents")
    assert "政府信息公开" in text
    assert text.endswith("Give the address of a page that lists documents")


def test_an_address_that_does_not_answer_says_why() -> None:
    with pytest.raises(UsageError, match=r"^http://www.jia.gov.cn/a/: DNS lookup failed$"):
        answered(draft("http://www.jia.gov.cn/a/"), lambda ask: "DNS lookup failed")


def test_columns_that_are_no_lists_are_named() -> None:
    base = "http://www.jia.gov.cn/"
    with pytest.raises(UsageError, match=r"looked at 1 columns.*通知公告 \(http://www.jia.gov.cn/tzgg/\): status 404"):
        answered(draft(base), pages({base: '<a href="/tzgg/">通知公告</a>'}))


@pytest.mark.parametrize(
    "body", [b"", b"%PDF-1.7\n%\xe2\xe3", b"{}", b"\xff\xfe\x00", b"<" * 5000, "暂无相关信息".encode()], ids=range(6)
)
def test_foreign_bytes_are_a_usage_error_or_an_empty_list(body: bytes) -> None:
    response = HtmlResponse("http://www.jia.gov.cn/tzgg/", body=body)
    with pytest.raises(UsageError, match=r"www\.jia\.gov\.cn"):
        answered(draft(response.url), lambda ask: response)


REFUSED = (  # what the server answers, and what is said of it
    (404, "<html><head><title>404</title></head><body>页面不存在</body></html>", "页面不存在|404"),
    (502, "<html><body>bad gateway</body></html>", "502"),
    (412, '<html><head><meta content="a1b2"><script>$_ts=window["$_ts"];</script></head></html>', "412"),
)


@pytest.mark.parametrize(("status", "body", "says"), REFUSED, ids=[str(status) for status, _, _ in REFUSED])
def test_an_error_page_is_no_site(status: int, body: str, says: str) -> None:
    url = "http://www.jia.gov.cn/a/b.html"
    with pytest.raises(UsageError, match=says):
        answered(draft(url), lambda ask: HtmlResponse(ask.url, status=status, body=body.encode()))


def test_add_writes_a_file_that_crawls(tmp_path: Path) -> None:
    catalogue, archive = tmp_path / "sites", tmp_path / "archive"
    catalogue.mkdir()
    add = ("add", "-s", "DOWNLOAD_DELAY=0", "--key", "lanjiang")
    with FakeSite(documents=30, seed=1).serve() as base:
        url = f"{base}/zfxxgk/tzgg/"
        shown = gongkai(*add, url, "--dry-run", archive=archive, catalogue=catalogue)
        assert not list(catalogue.iterdir())
        done = gongkai(*add, url, archive=archive, catalogue=catalogue)
        again = gongkai(*add, url, archive=archive, catalogue=catalogue)
        lost = gongkai(*add[:3], f"{base}/none/", archive=archive, catalogue=catalogue)
        check = gongkai("check", archive=archive, catalogue=catalogue)
    assert (shown.code, done.code, again.code, lost.code, check.code) == (0, 0, 2, 2, 0)
    assert "entries, how many there are is not said" in done.out
    assert (catalogue / "lanjiang.toml").read_text("utf-8") in shown.out
    site = sites.read(catalogue / "lanjiang.toml")
    assert (site.cms, site.private, [channel.key for channel in site.channels]) == ("trs", True, ["tzgg"])
    assert "is there already" in again.err
    assert "Traceback" not in again.err + lost.err


# --- names -------------------------------------------------------------------------------------------------------


def head(title: str, crumbs: str = "", **metas: str) -> str:
    stated = "".join(f'<meta name="{name}" content="{content}">' for name, content in metas.items())
    return listing(*TITLES).replace("通知公告_甲市人民政府", title).replace("</head>", f"{stated}</head>{crumbs}")


NAMES = {  # page, site's name, channel's name
    "metas": (head("首页", SiteName="阜阳市人民政府网站", ColumnName="首页,政务公开,通知"), "阜阳市人民政府", "通知"),
    "column before body": (head("通知公告_滁州市科学技术局"), "滁州市科学技术局", "通知公告"),
    "body before column": (head("宁波市商务局 工作通知"), "宁波市商务局", "工作通知"),
    "breadcrumb": (
        head("东莞市科学技术局", "<div>当前位置：首页 &gt; 信息公开 &gt; 公示</div>"), "东莞市科学技术局", "公示",
    ),
    "greeting": (head("欢迎访问陕西省商务厅"), "陕西省商务厅", "列表"),
    "nothing": (head(""), "www.fy.gov.cn", "列表"),
}  # fmt: skip


@pytest.mark.parametrize(("body", "site", "channel"), NAMES.values(), ids=NAMES)
def test_names_are_those_the_page_states(body: str, site: str, channel: str) -> None:
    made = propose(page("http://www.fy.gov.cn/zwgk/tzgg/", body))
    assert (made.name, made.channels[0].name) == (site, channel)


KEYS = {  # address: (site's key, channel's key)
    "http://www.fy.gov.cn/zwgk/tzgg/": ("fy", "tzgg"),
    "https://kjj.chuzhou.gov.cn/tzgg/index.html": ("chuzhou-kjj", "tzgg"),
    "http://swj.ningbo.gov.cn/col/col1229051920/index.html": ("ningbo-swj", "col1229051920"),
    "http://qianan.gov.cn/article/66/": ("qianan", "article-66"),
    "https://www.saac.gov.cn/daj/xxgk/common_list.shtml": ("saac", "xxgk"),
    "https://www.hebei.gov.cn/columns/49f13cc2-db03-4d0c-b4fe-2f3f659d3b6e/index.html": ("hebei", "list"),
    "https://www.xa.gov.cn/gk/zcfg/gfxwj/zfgfxwj/1.html": ("xa", "zfgfxwj"),
    "http://127.0.0.1:8000/zfxxgk/": ("127-0-0-1", "zfxxgk"),
}


@pytest.mark.parametrize(("url", "keys"), KEYS.items(), ids=KEYS)
def test_keys_come_from_the_address(url: str, keys: tuple[str, str]) -> None:
    made = propose(page(url, listing(*TITLES)), url)
    assert (made.key, made.channels[0].key) == keys
    assert sites.KEY.fullmatch(made.key)


REGIONS = {  # SiteName, SiteIDCode: region, code, a doubt?
    ("阜阳市人民政府", "3412000009"): ("安徽省阜阳市", "341200", False),
    ("安徽省人民政府", "3400000001"): ("安徽省", "340000", False),
    ("滁州市科学技术局", "3411000053"): ("安徽省", "341100", False),
    ("国家药品监督管理局", "bm35000001"): ("中央", "", False),
    ("河南省商务厅", "4500000021"): ("河南省", "", True),  # a template copied from Guangxi, as seen
    ("江苏省发展和改革委员会", ""): ("江苏省", "", True),
    ("澜江市人民政府", "9901000001"): ("", "", True),
}


@pytest.mark.parametrize(("stated", "wanted"), REGIONS.items(), ids=[name for name, _ in REGIONS])
def test_region_and_code_come_from_the_site_code(stated: tuple[str, str], wanted: tuple[str, str, bool]) -> None:
    url = "http://www.jia.gov.cn/tzgg/"
    body = head("通知公告", SiteName=stated[0], SiteIDCode=stated[1])
    made = answered(draft(url), pages({url: body}))
    assert (made.site.region, made.site.code, bool(made.doubts)) == wanted


# --- the file ----------------------------------------------------------------------------------------------------


def read_back(made: Draft, folder: Path) -> Site:
    file = folder / f"{made.site.key}.toml"
    file.write_text(toml(made), "utf-8")
    return sites.read(file)


@pytest.mark.parametrize(
    "kind", [kind for kind in STAND_INS if kind.__name__ not in NEED_A_SITE_FILE], ids=lambda k: k.__name__
)
def test_a_drafted_file_loads_back_equal(kind: type[StandIn], tmp_path: Path) -> None:
    stand_in = kind()
    made = answered(draft(stand_in.base + stand_in.column), by(stand_in))
    assert read_back(made, tmp_path) == made.site


def test_every_bundled_site_survives_being_written(tmp_path: Path) -> None:
    for site in sites.load().values():
        assert read_back(Draft(site, ()), tmp_path) == site


def test_awkward_values_survive_being_written(tmp_path: Path) -> None:
    options = {"fields": {"title": "f_1", "成文 日期": "f_2"}, "codes": [1, 2.5, True], "filter[A]": 'a"b\\c\x7f\t'}
    channel = Channel("jia", "list", "http://www.jia.gov.cn/#1", '公告 "甲"', "irs", False, options)
    site = Site(
        "jia", "甲", "http://www.jia.gov.cn/", "trs", (channel,), hosts=("a.jia.gov.cn",), delay=0.5, private=True
    )
    assert read_back(Draft(site, ()), tmp_path) == site


def test_comments_say_what_was_seen_and_what_is_uncertain() -> None:
    channel = Channel("jia", "tzgg", "http://www.jia.gov.cn/tzgg/", "通知公告", "trs")
    lost = Channel("jia", "zcwj", "http://www.jia.gov.cn/zcwj/", "政策\n文件", "trs")
    previews = (Preview(channel, 15, 386, 15), Preview(lost, problem="status 404\nsorry"))
    text = toml(
        Draft(Site("jia", "甲", "http://www.jia.gov.cn/", "trs", (channel,)), previews, ("the code is left out",))
    )
    assert "# the code is left out\n" in text
    assert "# 15 entries of 386; page 2 brings 15 more\n[[channels]]\n" in text
    assert text.endswith("# left out: status 404 sorry\n# 政策 文件: http://www.jia.gov.cn/zcwj/\n")


# --- real pages, where they are ----------------------------------------------------------------------------------

# The manifest's platform is a guess. These are sure: it lumps NFCMS (`post_<id>.html`) with Kaipu.
SURE = {"hanweb": "hanweb", "lonsun": "lonsun", "kaipu": "nfcms"}


@pytest.mark.skipif(not REALPAGES.is_dir(), reason="the real pages are not here")
def test_real_lists_are_recognised_and_proposed() -> None:
    rows = [json.loads(line) for line in (REALPAGES / "manifest.jsonl").read_text("utf-8").splitlines()]
    lists = [row for row in rows if row["kind"] == "listing"]
    right_family, right_channel = [], []
    for row in lists:
        site = propose(HtmlResponse(row["url"], body=(REALPAGES / row["file"]).read_bytes()), row["url"])
        home = canonical(row["url"]).partition("?")[0]
        right_channel.append(canonical(site.channels[0].url).startswith(home))
        if row["platform"] in SURE:
            right_family.append(site.cms == SURE[row["platform"]])
    assert len(right_family) >= 6
    assert all(right_family)
    assert sum(right_channel) >= 0.9 * len(lists)
