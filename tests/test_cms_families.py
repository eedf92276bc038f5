"""Every CMS family, walked through its stand-in by the pure loop ask → answer → listing → next, without a network."""

from __future__ import annotations

import importlib
import json
from dataclasses import asdict, dataclass, field
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scrapy.http import HtmlResponse, Request, Response

from archive.errors import CatalogueError
from archive.records import Ask, Channel, Entry, Listing
from crawler import cms
from crawler.cms import enorth, eportal, govcn, irs, jpaas, lonsun, vsb
from tests import loopback
from tests.stand_ins import Gkmlpt, StandIn, every

STAND_INS = list(every())


def family(stand_in: StandIn) -> ModuleType:
    return importlib.import_module(f"crawler.cms.{stand_in.family}")


def fetched(stand_in: StandIn, ask: Ask) -> Response:
    """The stand-in's answer to an ask, as the spider would hand it to the adapter."""
    request = Request(
        ask.url, method=ask.method, body=ask.body or b"", headers=dict(ask.headers), meta={"state": dict(ask.state)}
    )
    headers = {name.decode(): b",".join(values).decode() for name, values in request.headers.items()}
    answer = stand_in.answer(loopback.Request.of(request.url, request.method, request.body, headers))
    return HtmlResponse(ask.url, status=answer.status, headers=dict(answer.headers), body=answer.body, request=request)


@dataclass
class Walked:
    """What a walk brought home."""

    entries: dict[str, Entry] = field(default_factory=dict)
    listings: list[Listing] = field(default_factory=list)
    requests: int = 0
    end: str = "limit"


def walk(stand_in: StandIn, limit: int = 40) -> Walked:
    """The universal rule of platforms.md §0.2 included: a further page without a new address ends the walk, cut."""
    walked, ask, adapter = Walked(), family(stand_in).first(stand_in.channel()), family(stand_in)
    while walked.requests < limit:
        walked.requests += 1
        listing = adapter.listing(fetched(stand_in, carried(ask)))
        if not listing.frame:
            new = {entry.url: entry for entry in listing.entries if entry.url not in walked.entries}
            if not listing.entries:
                walked.end = "empty" if listing.says_empty else "broken"
                return walked
            if not new:
                walked.end = "truncated"
                return walked
            walked.entries |= new
            walked.listings.append(listing)
        if listing.next is None:
            walked.end = "exhausted"
            return walked
        ask = listing.next
    return walked


def carried(ask: Ask) -> Ask:
    """The ask as it comes back from the ledger: a walk that was killed goes on from there."""
    return Ask(**json.loads(json.dumps(asdict(ask))))


@pytest.fixture(params=STAND_INS, ids=lambda kind: kind.__name__)
def stand_in(request: pytest.FixtureRequest) -> StandIn:
    kind: type[StandIn] = request.param
    return kind()


def test_walk_brings_home_exactly_what_is_held(stand_in: StandIn) -> None:
    walked, held = walk(stand_in), stand_in.held()
    assert walked.end in ("exhausted", "empty")
    assert {url.partition("#")[0] for url in walked.entries} == set(held)
    for url, entry in walked.entries.items():
        document = held[url.partition("#")[0]]
        assert entry.title == document.title
        assert entry.date == (document.published_on if stand_in.dated else None)


def test_rows_state_index_fields(stand_in: StandIn) -> None:
    held = stand_in.held()
    for url, entry in walk(stand_in).entries.items():
        document = held[url.partition("#")[0]]
        for name in stand_in.stated:
            assert entry.stated[name] == getattr(document, name, entry.stated[name])
        assert not {"null", "undefined", ""} & set(entry.stated.values())


def test_site_claims_are_passed_on(stand_in: StandIn) -> None:
    """What the site claims is reported as claimed, true or not."""
    for site in (stand_in, type(stand_in)(lie=3)):
        assert {listing.total for listing in walk(site).listings} == {site.claimed}


def test_walk_asks_no_more_than_it_must(stand_in: StandIn) -> None:
    walked = walk(stand_in)
    assert walked.requests <= len(walked.listings) + 3


def test_small_channel_is_one_page(stand_in: StandIn) -> None:
    small = type(stand_in)(count=4)
    walked = walk(small)
    assert {url.partition("#")[0] for url in walked.entries} == set(small.held())
    assert walked.end in ("exhausted", "empty")


def test_total_that_claims_too_little_loses_nothing(stand_in: StandIn) -> None:
    modest = type(stand_in)(lie=-20)
    walked = walk(modest)
    if stand_in.family in ("gkmlpt", "truecms"):  # their end is the count (platforms.md §2.1)
        assert len(walked.entries) >= modest.says
    else:
        assert {url.partition("#")[0] for url in walked.entries} == set(modest.held())


def column_page(stand_in: StandIn) -> Response:
    ask = Ask(stand_in.channel().url)
    first = family(stand_in).first(stand_in.channel())
    return fetched(stand_in, ask if first.url == ask.url.partition("#")[0] and first.method == "GET" else first)


@pytest.mark.parametrize("name", sorted({kind.family for kind in STAND_INS}))
def test_recognise_knows_its_own_and_no_other(name: str) -> None:
    module = importlib.import_module(f"crawler.cms.{name}")
    recognised = {kind.__name__ for kind in STAND_INS if module.recognise(column_page(kind()))}
    assert recognised == {kind.__name__ for kind in STAND_INS if kind.family == name}


def test_the_sniffer_names_the_family(stand_in: StandIn) -> None:
    assert cms.recognise(column_page(stand_in)) == stand_in.family


# --- what is no list ---------------------------------------------------------------------------------------------

NO_LIST = {
    "empty": b"",
    "pdf": b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj",
    "challenge": b"<html><head><meta content='q8x!'><script>$_ts={};$_ts.nsd=51</script></head></html>",
    "login": "<html><body><form><input name='user'><input type='password'></form>请先登录</body></html>".encode(),
    "json error": b'{"success":false,"code":500,"msg":"error","data":null}',
    "json numbers": b"[1, 2, 3]",
    "cut json": b'{"data": {"list": [{"title": "x',
    "gibberish": bytes(range(256)) * 4,
}


@pytest.mark.parametrize("body", NO_LIST.values(), ids=NO_LIST.keys())
def test_what_is_no_list_gives_no_entries_and_no_end(stand_in: StandIn, body: bytes) -> None:
    """Neither an error nor a claim of emptiness: the spider sees a list that has changed, and says so."""
    module, channel = family(stand_in), stand_in.channel()
    ask = module.first(channel)
    while True:
        request = Request(ask.url, method=ask.method, body=ask.body or b"", meta={"state": dict(ask.state)})
        listing = module.listing(HtmlResponse(ask.url, body=body, request=request))
        assert (listing.entries, listing.says_empty, listing.next) == ((), False, None)
        module.recognise(HtmlResponse(ask.url, body=body))
        good = module.listing(fetched(stand_in, ask))
        if not good.frame:
            return
        ask = good.next


def page(url: str, text: str, /, **request: object) -> Response:
    asked = Request(url, **request) if request else None
    return HtmlResponse(url, body=text.encode(), request=asked)


def test_gov_cn_tells_nothing_found_from_throttled() -> None:
    url = "https://sousuo.www.gov.cn/search-gov/data?t=zhengcelibrary_gw&p=4&n=20"
    nothing = govcn.listing(page(url, '{"code":1001,"msg":"没有找到相关结果","searchVO":null}'))
    throttled = govcn.listing(page(url, '{"code":200,"msg":"操作成功","searchVO":null}'))
    assert (nothing.says_empty, throttled.says_empty) == (True, False)


def test_gov_cn_categories_side_by_side_are_not_empty_where_only_one_is() -> None:
    row = '{"title":"关于示例的公告","url":"https://www.gov.cn/a.htm","pubtimeStr":"2024.07.03"}'
    block = '{"totalCount":%d,"listVO":[%s]}'
    blocks = f'"gongwen":{block % (20, "")},"bumenfile":{block % (90, row)},"otherfile":{block % (0, "")}'
    body = f'{{"code":200,"searchVO":{{"totalCount":0,"catMap":{{{blocks}}}}}}}'
    found = govcn.listing(page("https://sousuo.www.gov.cn/search-gov/data?t=zhengcelibrary&p=3&n=20", body))
    assert (len(found.entries), found.total) == (1, 110)
    assert found.next is not None


# --- what a site file must say -----------------------------------------------------------------------------------


def irs_answer(row: dict[str, str], options: dict[str, object]) -> Listing:
    body = json.dumps({"data": {"list": [row], "pager": {"total": 1}}}, ensure_ascii=False)
    meta = {"state": {"options": options}}
    return irs.listing(page("http://a.gov.cn/irs/front/list", body, method="POST", body=b'{"pageNo":1}', meta=meta))


ROW = {
    "f_1": "示例局关于示例的公告",
    "f_2": "http://a.gov.cn/t1.html",
    "f_3": "2024-04-01",
    "f_4": "有效",
    "f_5": "<p>正文</p>",
}


def test_irs_takes_a_field_that_can_mean_nothing_else() -> None:
    assert irs_answer(ROW, {}).entries == (Entry(ROW["f_1"], ROW["f_2"], "2024-04-01"),)


def test_irs_asks_which_of_two_dates_is_meant() -> None:
    with pytest.raises(CatalogueError, match=r"示例\.toml, key 'fields\.date'.*f_3, f_6"):
        irs_answer({**ROW, "f_6": "2024-03-28"}, {"site": "示例"})
    named = irs_answer({**ROW, "f_6": "2024-03-28"}, {"fields": {"date": "f_3", "written_on": "f_6"}})
    assert (named.entries[0].date, named.entries[0].stated) == ("2024-04-01", {"written_on": "2024-03-28"})


def test_irs_names_the_constant_that_the_site_file_lacks() -> None:
    channel = Channel("site", "c", "http://a.gov.cn/irs/front/list", options={"code": "1", "tenantId": "9"})
    with pytest.raises(CatalogueError, match="'tableName'"):
        irs.first(channel)


def test_irs_never_asks_for_the_whole_site() -> None:
    shell = "<script>var q={url:'/irs/front/list',code:'1',tenantId:'9',tableName:'t_1'}</script>"
    assert irs.listing(page("http://a.gov.cn/c/", shell)) == Listing(entries=())


def test_jpaas_chooses_no_unit_it_does_not_know() -> None:
    unit = "<script src='/AuthorizedRead/unitbuild.js' url='/api-gateway/unit' querydata=\"{{'tagId':'{}'}}\"></script>"
    shell = unit.format("通栏") + unit.format("友情链接")
    url = "http://a.gov.cn/col/col1/index.html"
    assert jpaas.listing(page(url, shell)) == Listing(entries=())
    chosen = jpaas.listing(page(url, shell, meta={"state": {"tag": "通栏"}}))
    assert chosen.next is not None
    assert "tagId=%E9%80%9A%E6%A0%8F" in chosen.next.url


def test_lonsun_asks_no_label_without_its_template() -> None:
    """A wrong `file` brings other rows, so a script that names none is not completed by guessing."""
    shell = "<meta name='SiteId' content='6781961'><script>Ls.ajax({data:{labelName:'publicInfoList'}})</script>"
    assert lonsun.listing(page("http://a.gov.cn/public/column/21691?catId=1", shell)) == Listing(entries=())


# --- pages without links -----------------------------------------------------------------------------------------

ROWS = "".join(
    f'<li id="line_u9_{n}"><a href="/info/1021/{n}.htm">关于第{n}号事项的通知公告</a><span>2024-03-08</span></li>'
    for n in range(9)
)


@pytest.mark.parametrize(
    ("url", "following"),
    [
        ("http://a.gov.cn/index/tzgg.htm", "http://a.gov.cn/index/tzgg/37.htm"),
        ("http://a.gov.cn/index/tzgg/37.htm", "http://a.gov.cn/index/tzgg/36.htm"),
        ("http://a.gov.cn/index/tzgg/1.htm", None),
    ],
)
def test_vsb_counts_down_where_the_template_has_no_link(url: str, following: str | None) -> None:
    body = f"<ul>{ROWS}</ul><a href='javascript:;' onclick=\"_simple_list_gotopage_fun(38,'u9_goto',2)\">跳转</a>"
    found = vsb.listing(page(url, body))
    assert (found.pages, found.next.url if found.next else None) == (38, following)


COUNTER = "http://a.gov.cn/system/count//0012003/000000000000/000/000/c0012003000000000000_00000003{}.shtml"


@pytest.mark.parametrize(("here", "following"), [("7", "6"), ("1", "0")])
def test_enorth_counts_down_where_the_page_has_no_link(here: str, following: str) -> None:
    found = enorth.listing(page(COUNTER.format(here), f"<ul>{ROWS}</ul>"))
    assert found.next is not None
    assert found.next.url == COUNTER.format(following)


def test_eportal_puts_the_address_together_from_hidden_inputs() -> None:
    hidden = "<input id='eprotalCurrentPageId' value='12'><input id='eportalappPortletId' value='ab'>"
    found = eportal.listing(page("http://a.gov.cn/zwgk/index.html", f"{hidden}<ul>{ROWS}</ul>共30条 共2页"))
    assert found.next is not None
    assert found.next.url == "http://a.gov.cn/eportal/ui?pageId=12&moduleId=ab&currentPage=2"


def test_a_list_of_one_page_ends(stand_in: StandIn) -> None:
    assert walk(type(stand_in)(count=1)).end in ("exhausted", "empty")


def test_a_link_to_another_portal_is_no_sign_of_its_cms() -> None:
    link = '<a href="https://www.ah.gov.cn/public/column/1681?type=4&action=list">省政府文件</a>'
    assert lonsun.recognise(page("https://www.ah.gov.cn/zwgk/", link))
    assert lonsun.recognise(page("https://kjj.ah.gov.cn/zwgk/", link))
    assert not lonsun.recognise(page("https://www.huoshan.gov.cn/zwgk/", link))


def test_gkmlpt_ends_where_it_answers_550() -> None:
    """Its count includes articles it does not list: the page after the last is an error, and the end."""
    walked = walk(Gkmlpt(lie=300))
    assert (walked.end, len(walked.entries)) == ("empty", 230)


@pytest.mark.parametrize("name", [one for one in cms.FAMILIES if hasattr(cms.family(one), "WORDS")])
def test_every_sign_of_a_family_has_one_of_its_words(name: str) -> None:
    """The words are looked for first: a sign without one would never be found."""
    module = importlib.import_module(f"crawler.cms.{name}")

    @settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.from_regex(module.SIGNS))
    def has_one(text: str) -> None:
        sign = module.SIGNS.search(text)
        assert sign is not None
        assert any(word in sign[0].lower() for word in module.WORDS), sign[0]

    has_one()
