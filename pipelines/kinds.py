"""What a page is: document, listing, gone, blocked, redirect, shell or unreadable, and why.

A status of 200 proves nothing: challenges, error templates and empty shells come with it. A page is a document only
when something speaks for it (the meta `ArticleTitle`, an index block, an article's URL, running text) and it has a
body, a picture or a file; nothing else ever becomes one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from urllib.parse import urlsplit

from lxml import etree
from scrapy.http import Response

from archive.records import Attachment, Document, Kind, Reading
from pipelines import blocks as walk
from pipelines.body import Body
from pipelines.draft import Draft
from pipelines.html import Element, Page, chinese, garbled, parse, text_in
from pipelines.index import Stated
from pipelines.phrases import BROKEN, EMPTY, GONE, LOGIN, MOVED, REFUSAL, UNFINISHED
from pipelines.runs import CLOSE, ENTRY, LINK, OPEN, Run
from pipelines.titles import metas


@dataclass(frozen=True, slots=True)
class Verdict:
    """The kind, one sentence of reason unless it is a document or listing, and where a redirect leads."""

    kind: Kind
    problem: str | None = None
    target: str | None = None


SAYS = "the page says"  # how a reason begins that quotes it

# Signatures of refusals, in lower case, in the source of pages that show (nearly) nothing else. platforms.md §19.
CHALLENGES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("瑞数", ("$_ts", "$_ss", "fssbbil1", "nsd=")),  # 412, gibberish meta, cookies ending in S, T, P
    ("加速乐", ("__jsl_clearance", "__jsluid", "jsl_clearance_s", 'go({"bts"')),  # 521, script sets a cookie
    ("云锁", ("yunsuoautojump", "security_verify_data", "security_session_")),
    ("阿里云盾", ("acw_sc__v", "aliyun_waf", "errors.aliyun.com", "aliyunwaf", "var arg1='", "_nocaptcha", "awsc.js")),
    ("创宇盾", ("创宇", "yunaq.com", "jiasule", "knownsec", "365cyd")),
    ("WZWS", ("wzws_sessionid", "wzws-waf-cgi", "wzws-ray", "wzwsconfirm", "wzwstemplate")),
    ("360安域", ("安域", "focus shield", "网站卫士", "wangzhan.360", "qaxwzws")),
    ("C3VK", ("c3vk=",)),
    ("cookie probe", ("ct6t=", "ct6ts=", "hoy_tr", "yd_cookie", "__tst_status", "cookietest")),
    ("a check for scripts", ("please enable javascript and refresh the page",)),
    ("奇安信", ("reason:geobl", "reason: geobl", "奇安信", "qax waf", "qianxin")),
    ("雷池", ("safeline", "chaitin", "雷池", "sl-challenge")),
    ("安全狗", ("safedog", "安全狗")),
    ("玄武盾", ("玄武盾", "dbappsecurity", "安恒")),
    ("腾讯云", ("wafcaptcha", "waf.tencent", "tcaptcha", "t-sec waf")),
    ("Cloudflare", ("cf-browser-verification", "cf_chl_", "challenge-platform", "attention required! | cloudflare")),
    ("NWAF", ("nwafjs", "/nwaf", "nwaf_", "盛邦")),
)

NOT_THERE: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (GONE, "gone"),
    (BROKEN, "unreadable"),
    (UNFINISHED, "unreadable"),
)

# URLs of articles (platforms.md §20) and of listings (§0.2).
ARTICLE_URL = re.compile(
    r"/t\d{8}_\d+\.|/art_|/content_\d+\.|/c_\d+\.|/c\d+/content\.|/post_\d+|/info/(?:\w+/)?\d+/\d+\.|/content/(?:article/)?\d+|/public/content/"
    r"|/detail/|/show/|/(?:19|20)\d{2}[-/]?\d{2}[-/]?\d{0,2}/\w+\.|/ARTI\w+\.|/\d{5,}\.s?html?$|/[0-9a-f]{24,}\.s?html?$|[?&](?:id|articleid|docid|infoid|contentid)=\w+",
    re.I,
)
LIST_URL = re.compile(
    r"/$|/(?:index|default|list|home|main|more|column|node)[_\w]*\.(?:s?html?|jhtml|jsp|aspx?|php)|/col/col\d+|/column/|/list/|list\.\w+$|/(?:zfxxgk|gkml|xxgkml|zwgk)/?$"
    r"|page(?:index|no|num)?=|[_/]list|createPage",
    re.I,
)
DATED = re.compile(
    r"^[\[【(（\s]*(?:[\u4e00-\u9fff]{2,4}[:：]\s*)?(?:(?:19|20)\d{2}\s*[-/.年]\s*)?\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?[\]】)）\s]*(?:\d{1,2}:\d{2}(?::\d{2})?)?\s*$"
)
DAY_ENDS = frozenset("日月]】)）")
SPLIT = re.compile(r"\A\s*(?:19|20)\d{2}\s*[-/.年]\s*\d{1,2}\s*月?\s*")  # <b>28</b><span>2023-12</span> of a card
TURNED = etree.XPath("boolean(//body//a[@href][normalize-space() = '下一页' or normalize-space() = '下页'])")
SHOWN = "<!-- The page as a browser showed it after its scripts had run"  # how what crawler/browser.py hands on begins
UNOPENED = "an empty template that a script fills: it needs a browser (`browser = true` in the site file)"
UNFILLED = "an empty template, in a browser too, after its scripts had run"
LOGS_IN = "the page asks to log in"
LITTLE = 1_500  # characters up to which a page may be something else than it seems
PLENTY = 400  # characters that neither a challenge nor an error page has
REFUSING = frozenset({401, 403, 405, 407, 412, 418, 429, 451, 521})
NAMED_IN_TEXT = frozenset({"360安域", "创宇盾", "安全狗", "玄武盾", "雷池", "奇安信"})  # guards that explain themselves
XML_RECORDS = re.compile(r"<(?:record|datastore|recordset|row|item|li|tr)\b", re.I)
TEMPLATES = re.compile(r"\{\{[^{}]{1,80}\}\}|<%=[^<>]{0,80}%>|\$\{[\w.]{1,80}\}")
# Traces of what fills an empty template, in lower case.
FILLED_BY_SCRIPT = (
    'id="app"', "id='app'", 'id="root"', "id='root'", "v-cloak", "ng-app", "unitbuild.js", "/querylist",
    "loadpagedata", "dataproxy.jsp", "search.jsp", "$.ajax(", "$.get(", "$.post(", "$.getjson(", "axios", "fetch(",
    "id=app>", "id=root>", "chunk-vendors", "without javascript enabled", "enable javascript to run this app",
    "xmlhttprequest", "new vue", "avalon.define", "templateid", "template-id", "text/template", "text/x-template",
    "text/handlebars", "text/x-handlebars",
)  # fmt: skip
# Lists whose rows stand in a script, or come with a request that the page itself spells out; in lower case.
LIST_SCRIPT = (
    "<datastore>", "<recordset>", ".jpage(", "urls[", "dataproxy.jsp",  # Hanweb §1.2
    "/module/xxgk/search", "unitbuild.js", "jpaas-publish-server",  # Hanweb §1.3, §1.4
    "loadpagedata(", "/querylist",  # queryList §10
    "createpage(", "createpagehtml(", "pagechnlinfo", ".trsapi", "/was5/web/", "/irs/front/", "/igs/front/",  # TRS §7
    "getgovinfolist", "lightfrontaction",  # Epoint §9
    "/site/label/8888", "searchdatalist", "/common/search/",  # Lonsun §5, Kaipu §6
    "xxgkml!querylist", "opennesstarget", "getmessage.do",  # eportal §8, openness §11, truecms §12
)  # fmt: skip
# What a script shows a person: alert("该信息已被删除！"); and one that sets a cookie of any name and asks again.
ALERT = re.compile(r"\balert\(\s*[\"']([^\"']{2,200})[\"']")
COOKIE_PROBE = re.compile(
    r"document\s*\.\s*cookie\s*=.{0,2000}?\blocation\b(?:\.href)?\s*(?:=\s*location|\.reload)", re.S
)
PASSWORD = re.compile(r"type=[\"']?password", re.I)
LINKS = etree.XPath("//body//a[@href]")
SCRIPTED = re.compile(
    r"(?:location(?:\.href)?\s*=\s*|location\.(?:replace|assign)\(\s*|window\.open\(\s*)[\"'](?P<url>[^\"'+]{2,300})[\"']"
    r"(?!\s*\+)",  # 'list.php?page=' + n is where a function leads that turns pages
    re.I,
)
FOR_PHONES = re.compile(r"//(?:m|wap|mobile)\.|/(?:m|wap|mobile)(?:/|$|\.\w+$)", re.I)  # if (phone) location = "/wap/"
HANDLERS = re.compile(  # what a person clicks on leads nowhere by itself
    r"\bonclick\s*=\s*(?:\"[^\"]{0,500}\"|'[^']{0,500}')|\bhref\s*=\s*(?:\"\s*javascript[^\"]{0,500}\"|'\s*javascript[^']{0,500}')",
    re.I,
)
NOT_CONTENT = re.compile(
    r"\.(?:pdf|jpg|png|swf|mp4)\b|about:blank|\bblank\.|javascript:|share|stat|count|weather|tianqi|header|footer|top\.|bottom\.|left\.|nav",
    re.I,
)
FRAMES = etree.XPath("//frame/@src|//iframe/@src", smart_strings=False)
UNSEEN = frozenset({"script", "style", "noscript", "option", "template", "textarea"})


def verdict(page: Page, body: Body | None, stated: Stated | None, files: Sequence[Attachment] = ()) -> Verdict:
    """The kind of a page whose parts have been read; `body` and `stated` are None where nothing was parsed."""
    if page.status in (404, 410):
        return Verdict("gone", f"the server answers {page.status}")
    if page.status >= 400:
        return refused(page)
    if page.tree is None:
        return without_tree(page, body, stated)
    if garbled(body.text if body is not None and body.text else page.text):
        return Verdict("unreadable", f"the text is garbled: no encoding fits ({page.encoding}, {page.encoding_reason})")
    found = metas(page)
    has_body = body is not None and (long_enough(body) or bool(body.images) or bool(files))
    titled = bool(found.get("articletitle")) and has_body
    if titled and body is not None and body.running > PLENTY:
        return Verdict("document")
    shown = seen(page.tree, stated.runs if stated is not None else ()) or alerted(page.text)
    dated = is_dated(body, stated)
    if len(shown) < PLENTY or not titled:
        own = titled or dated
        early = challenge(page, shown) or absent(body, shown, dated) or redirect(page, shown, own) or moved(shown, own)
        if early:
            return early
    if body is not None and stated is not None:
        kind = document_or_listing(page, body, stated, found, has_body)
        if kind:
            return Verdict(kind)
    return nothing(page, shown)


def is_dated(body: Body | None, stated: Stated | None) -> bool:
    """Does the page print a day of publication under the heading that its <title> names, as no error page does?"""
    if body is None or body.heading is None or stated is None or stated.head.how != "named":
        return False
    day = stated.evidence.get("published_on")
    return day is not None and day.where in ("line", "header")


def long_enough(body: Body) -> bool:
    """A reply may be no longer than 同意。此复。 when a heading stands over it."""
    shown = TEMPLATES.sub("", body.text) if "{" in body.text or "<%" in body.text else body.text
    return walk.length(shown) >= (6 if body.heading is not None else 20)


def refused(page: Page) -> Verdict:
    """A status of 400 and more: the name of the guard if it gives one."""
    named = guard(page.text)
    if page.status in REFUSING or named:
        return Verdict("blocked", f"the server answers {page.status}" + (f" ({named})" if named else ""))
    return Verdict("unreadable", f"the server answers {page.status}")


def without_tree(page: Page, body: Body | None, stated: Stated | None) -> Verdict:
    """Plain text, JSON, XML, files."""
    if page.plain and body is not None and is_chinese(body.text) and not garbled(page.text):
        said = challenge(page, page.text) if len(page.text) < 400 else None
        return said or absent(body, page.text) or Verdict("document")
    if page.parsed is not None:
        if body is not None and body.text and stated is not None and stated.title:
            return Verdict("document")
        return (
            Verdict("listing") if records(page.parsed) else Verdict("unreadable", "JSON without records or a document")
        )
    if page.media_type == "application/xml" and XML_RECORDS.search(page.text):
        return Verdict("listing")
    if not page.raw.strip():
        return Verdict("unreadable", "the answer is empty")
    if page.plain or page.media_type == "text/html":
        return Verdict("unreadable", "the answer holds no text that could be a document")
    return Verdict("unreadable", f"not a page but a file ({page.media_type})")


def is_chinese(text: str) -> bool:
    """Enough Chinese to be a document for which nothing else speaks."""
    sample = text[:20_000]
    return chinese(sample) >= max(10, len(sample) // 10)


def records(value: object, depth: int = 3) -> bool:
    """Does a JSON answer hold a list of records (objects), or of HTML rows, or the HTML of a list?"""
    if isinstance(value, list):
        return any(isinstance(one, dict) or (isinstance(one, str) and "<a" in one) for one in value)
    if isinstance(value, dict) and depth:
        return any(records(one, depth - 1) for one in value.values())
    return isinstance(value, str) and value.lstrip()[:1] in ("<", "{", "[") and bool(XML_RECORDS.search(value))


# --- what shows no document --------------------------------------------------------------------------------------


def seen(tree: Element, found: Sequence[Run]) -> str:
    """The text a person sees, without white space. Where there is little of it, buttons and forms count as well."""
    shown = "".join("".join(run.text for run in found).split())
    for mark in (OPEN, LINK, CLOSE, ENTRY):
        shown = shown.replace(mark, "")
    return shown if len(shown) > LITTLE else "".join("".join(visible(tree)).split())


def visible(tree: Element) -> Iterator[str]:
    """The text of the body, whatever holds it, but for scripts and the like."""
    for top in (body for body in tree.iter("body") if next(body.iterancestors("body"), None) is None):
        for event, element in etree.iterwalk(top, events=("start", "end")):
            if event == "start":
                yield (element.text or "") if element.tag not in UNSEEN else ""
            elif element is not top and element.tail and element.getparent().tag not in UNSEEN:
                yield element.tail


def alerted(source: str) -> str:
    """What a page that shows nothing says in a window of its own."""
    said = ALERT.search(source[:60_000])
    return "".join(said[1].split()) if said else ""


def challenge(page: Page, shown: str) -> Verdict | None:
    """A guard's page, by its signature or in words. A page with text may carry a guard's script and be whole."""
    named = guard(page.text) if len(shown) < 200 else None
    if named:
        return Verdict("blocked", f"a challenge of {named} instead of the page")
    named = guard(shown, NAMED_IN_TEXT) if len(shown) < 1500 else None
    if named:
        return Verdict("blocked", f"an error page of {named} instead of the page")
    said = REFUSAL.search(shown) if len(shown) < 400 else None
    said = said or (REFUSAL.search(page.head_title()) if len(shown) < 40 else None)
    if said:
        return Verdict("blocked", f"{SAYS} “{said[0]}”")
    if len(shown) < 40 and COOKIE_PROBE.search(page.text[:60_000]):
        return Verdict("blocked", "a script that sets a cookie and asks again instead of the page")
    asks = len(shown) < 400 and (LOGIN.search(shown) or LOGIN.search(page.head_title()))
    if asks and PASSWORD.search(page.text[:60_000]):
        return Verdict("blocked", LOGS_IN)
    return None


def guard(source: str, among: Collection[str] = ()) -> str | None:
    """The guard whose signature the first 60,000 characters hold."""
    start = source[:60_000].lower()
    asked = (one for one in CHALLENGES if not among or one[0] in among)
    return next((name for name, signs in asked if any(sign in start for sign in signs)), None)


def redirect(page: Page, shown: str, has_document: bool) -> Verdict | None:
    """Meta refresh, a script, a frame: pages that only lead elsewhere."""
    if has_document or page.tree is None:
        return None
    target, how = refresh(page), "a meta refresh"
    if not target and len(shown) < 400:
        scripts = SCRIPTED.finditer(HANDLERS.sub("", page.text[:60_000]))
        target, how = next((found["url"] for found in scripts if not FOR_PHONES.search(found["url"])), None), "a script"
    if not target and len(shown) < 80:
        frame = next((src for src in FRAMES(page.tree) if not NOT_CONTENT.search(src)), None)
        target, how = frame, "a frame"
    url = walk.absolute(page.url, target) if target else ""
    if not url or url.split("#")[0] == page.url.split("#")[0]:
        return None
    return Verdict("redirect", f"{how} leads elsewhere", url)


def refresh(page: Page) -> str | None:
    leading = (meta for meta in page.having("meta") if (meta.get("http-equiv") or "").lower() == "refresh")
    for content in (meta.get("content") or "" for meta in leading):
        found = re.match(r"\s*(\d+)[^;]*;\s*(?:url\s*=)?\s*['\"]?([^'\">]+)", content, re.I)
        if found and int(found[1]) <= 30:
            return found[2].strip()
    return None


def absent(body: Body | None, shown: str, dated: bool = False) -> Verdict | None:
    """Does the page say, in a short line and with hardly any other text, that the document is not there? A dated notice
    of one sentence may itself be of a system's maintenance."""
    size = walk.length(body.text) if body is not None else 0
    lines = [line for line in body.text.splitlines() if size - len(line) < 100] if body is not None else []
    lines += [shown] if len(shown) < 300 else []
    for sign, kind in NOT_THERE:
        said = next((found for line in lines if len(line) < 300 and (found := sign.search(line))), None)
        if said and (kind == "gone" or body is None or not (body.images or body.running > (20 if dated else 80))):
            return Verdict(kind, f"{SAYS} “{said[0]}”")
    return None


def moved(shown: str, has_document: bool) -> Verdict | None:
    """A notice that the site has another address now, which does not lead there itself."""
    said = None if has_document or len(shown) > PLENTY else MOVED.search(shown)
    return Verdict("gone", f"{SAYS} “{said[0]}”") if said else None


def nothing(page: Page, shown: str) -> Verdict:
    """Neither document nor listing: say what it is instead."""
    gone = GONE.search(shown[:5000]) or GONE.search(page.head_title())
    if gone:
        return Verdict("gone", f"{SAYS} “{gone[0]}”")
    source = page.text.lower()
    rows = link_rows(page.tree) if page.tree is not None else 0
    if rows >= 5 or EMPTY.search(shown) or any(sign in source for sign in LIST_SCRIPT):
        return Verdict("listing")
    if TEMPLATES.search(shown) or any(sign in source for sign in FILLED_BY_SCRIPT):
        return Verdict("shell", UNFILLED if page.text.startswith(SHOWN) else UNOPENED)
    if len(shown) < 40:
        return Verdict("unreadable", "the page shows no text")
    return Verdict("unreadable", "no title or body recognised: mend a layout and run `gongkai reextract`")


def filled_by_script(response: Response) -> bool:
    """Does an answer without entries, of whatever kind, bear the traces of a script that may bring them in a browser?
    Not if that is what a browser showed."""
    page = parse(response)
    if page.tree is None or page.text.startswith(SHOWN):
        return False
    source = page.text.lower()
    return any(sign in source for sign in FILLED_BY_SCRIPT)


# --- document or listing -----------------------------------------------------------------------------------------


def document_or_listing(page: Page, body: Body, stated: Stated, found: dict[str, str], has_body: bool) -> Kind | None:
    """What the page's own words decide first, then its URL, then what most of it consists of."""
    in_header = sum(one.where == "header" for one in stated.evidence.values())
    links = dated_links(page.tree) if page.tree is not None else set()
    made_of_rows = of_rows(page, body, stated, links)
    if found.get("articletitle") or (in_header >= 2 and not made_of_rows):
        return "document" if has_body else None
    if made_of_rows:
        return "listing"
    dated = any(one.where == "line" for one in stated.evidence.values())
    rows = len(links)
    if rows >= 5 and not body.running and LIST_URL.search(urlsplit(page.url).path):
        return "listing"
    running, linked, path = body.running, body.linked, urlsplit(page.url).path
    if rows >= 3 and (linked > 0.4 or not has_body) and running < 400:
        return "listing"
    speaks = is_chinese(body.text) or body.heading is not None
    if has_body and speaks and ARTICLE_URL.search(page.url) and not LIST_URL.search(path):
        return "document"
    if rows >= 5 and page.tree is not None and TURNED(page.tree):
        return "listing"  # of cards: their summaries are text that runs
    if has_body and linked < 0.2 and (dated or (body.heading is not None and len(body.title or "") >= 10)):
        return "document"
    if rows >= 5 and running < 400:
        return "listing"
    if linked > 0.6 and walk.length(body.text) > 60:
        return "listing"
    if not speaks:
        return None
    if running >= 60 and linked < 0.4 and not (LIST_URL.search(path) and rows >= 3):
        return "document"
    return "document" if has_body and dated and body.heading is not None else None


def link_rows(tree: Element) -> int:
    """How many rows the longest run of links has whose texts are as long as titles. Menus have shorter ones."""
    runs: Counter[Element] = Counter()
    for link in LINKS(tree):
        row = link.getparent()
        if row is not None and row.getparent() is not None and walk.length(text_in(link)) >= 10:
            runs[row.getparent()] += 1
    return max(runs.values(), default=0)


def of_rows(page: Page, body: Body, stated: Stated, links: set[Element]) -> bool:
    """Is what was taken for the text made of rows of a list: does it show their titles, is it one card of several, are
    there many index blocks, does its heading lead elsewhere?"""
    if sum(titled_in(link, body.text) for link in links) >= 3 or one_of_many(body.node, links):
        return True
    if sum(one.text.count("索引号") for one in stated.runs) >= 5:
        return True
    return leads_elsewhere(body, page.url) and body.running < PLENTY and not ARTICLE_URL.search(page.url)


def one_of_many(node: Element | None, links: set[Element]) -> bool:
    """Does the text stand in one of several blocks of one make, each with a dated link?"""
    cards = {up for link in links for up in islice(link.iterancestors(), 5)}
    within = [node, *islice(node.iterancestors(), 3)] if node is not None else []
    for block, around in pairwise(within):
        alike = [one for one in around if one.tag == block.tag and one.get("class") == block.get("class")]
        if block in cards and sum(one in cards for one in alike) >= 3:
            return True
    return False


def titled_in(link: Element, text: str) -> bool:
    """Does the text show the title that a link has?"""
    return " ".join(text_in(link).split()) in text


def leads_elsewhere(body: Body, url: str) -> bool:
    """Is the heading over the text a link to another page, as it is in a list of one card?"""
    link = body.heading if body.heading is None or body.heading.tag == "a" else body.heading.find(".//a[@href]")
    href = link.get("href") or "" if link is not None else ""
    if not href or href.startswith("#") or NOT_CONTENT.search(href):
        return False
    return walk.absolute(url, href).split("#")[0] != url.split("#")[0]


def dated_links(tree: Element) -> set[Element]:
    """The links that have a date standing beside them (or inside), as the rows of a listing do."""
    links: set[Element] = set()
    for place in dated_places(tree):
        for _ in range(4):
            if place is None or place.tag == "body":
                break
            inside = [place] if place.tag == "a" else list(place.iter("a"))
            if inside:
                titled = max(inside[:4], key=lambda link: walk.length(text_in(link)))
                if len(inside) <= 3 and walk.length(text_in(titled)) >= 6:
                    links.add(titled)
                break
            place = place.getparent()
    return links


def dated_places(tree: Element) -> Iterator[Element | None]:
    """The elements that have a date, and nothing else, between two tags."""
    top = tree.find("body")
    for element in () if top is None else top.iter(etree.Element):
        text, tail = element.text, element.tail
        if text and len(text) < 60 and ends_as_day(text) and (DATED.match(text) or SPLIT.fullmatch(text)):
            yield element
        if tail and len(tail) < 60 and ends_as_day(tail) and DATED.match(tail):
            yield element.getparent()


def ends_as_day(text: str) -> bool:
    """Does a text end as dates do? Hardly any other does."""
    last = text.rstrip()[-1:]
    return last in DAY_ENDS or last.isdecimal()


# --- the step ----------------------------------------------------------------------------------------------------


def step(draft: Draft) -> None:
    """Judge the page, and put the reading together."""
    page, body, stated = draft.page, draft.body, draft.stated
    if draft.reading is not None:  # it is a file
        return
    assert page is not None
    found = verdict(page, body, stated, draft.attachments)
    cut = "; ".join(page.notes) if found.kind == "listing" else ""  # a document says so among its doubts
    problem = found.problem or cut or None
    draft.reading = Reading(
        found.kind, page.url, page.encoding, page.encoding_reason, problem=problem, target=found.target
    )
    if found.kind == "document" and body is not None and stated is not None:
        draft.reading = replace(draft.reading, document=document(page, body, stated, draft.attachments))


def document(page: Page, body: Body, stated: Stated, attachments: tuple[Attachment, ...]) -> Document:
    """The parts of a document as one record; each doubt that is not the body's own lowers the confidence a little."""
    more = (*page.notes, *(f"conflicting {name}" for name, one in stated.evidence.items() if one.rivals))
    confidence = round(body.confidence * 0.9 ** len(more), 2)
    return Document(
        body.title, body.text, body.html, stated.index, attachments, stated.evidence, body.layout, confidence,
        (*body.doubts, *more),
    )  # fmt: skip
