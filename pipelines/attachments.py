"""The files of a document: links, download handlers, viewers, script variables; with the names that people see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, unquote, urlsplit

from lxml import etree

from archive.records import Attachment
from pipelines import blocks as walk
from pipelines.blocks import FILE_NAME, FILE_TYPES
from pipelines.body import Body
from pipelines.draft import Draft
from pipelines.html import Element, Page, text_in
from pipelines.index import Stated

TYPES = re.compile(rf"\.(?:{FILE_TYPES}|tiff?|mp[34]|gz|tar)$", re.I)
TYPED = re.compile(rf"\.(?:{FILE_TYPES}|tiff?|mp[34]|gz|tar)(?![A-Za-z0-9])", re.I)
VIEWED = re.compile(rf"\.(?:{FILE_TYPES})$", re.I)
PICTURE = re.compile(r"\.(?:jpe?g|png|gif|bmp|webp)$", re.I)
# URLs that give a file without saying so (platforms.md §D.2), each with its product.
HANDLERS = re.compile(
    r"download\.jsp|wbfileid=|DownloadAttach"  # VSB /system/_content/download.jsp?…&wbfileid=1
    r"|downfile\.jsp|/attach/\d"  # Hanweb /module/download/downfile.jsp?classid=0&filename=be5f.pdf
    r"|jpaas\S*fileUrl="  # Hanweb jpaas: the gateway's URL is valid for minutes only
    r"|/attachment/\d"  # gkmlpt /attachment/7/7789/7789305/10200153.pdf
    r"|/group\d+/M\d\d/|/site/\S{1,60}/download"  # Lonsun, FastDFS
    r"|/files/[0-9a-f]{32}"  # gov.cn
    r"|(?:file|attach\w{0,6})down(?:load)?|down(?:load)?_?(?:file|attach|\.do|\.action|\.ash|\.aspx|\.jsp|\.php|\?)",
    re.I,
)
HANDLING = ("down", "attach", "wbfileid=", "fileurl=", "/group", "/files/")  # a word of each of them
WRAPPED = re.compile(r"^(?:附件)?\s*【(.+)】(?:已下载.*)?$")  # VSB: 附件【名称.doc】已下载 3 次
COUNTER = re.compile(
    r"(?<!\s)\s*+(?:已?下载(?:次数)?[:：]?\s*+\d*+\s*+次|[(（]\s*[\d.,]+\s*(?:[KMG]i?B?|字节)\s*[)）]|点击(?:下载|查看))\s*$",
    re.I,
)
WORDLESS = re.compile(
    r"^[\s\[【(（]*+(?:点击|立即|在线|附件|文件|文档|原文|全文|浏览|预览|打开)?(?:下载|查看|预览|附件|PDF|WORD|EXCEL|OFD)?(?:此处|附件|文件|全文)?[\]】)）\s]*$",
    re.I,
)
PLACES = re.compile(r"fj|fujian|attach|appendix|annex|enclosure|accessory|xiazai|download|file|insertfiletag", re.I)
LISTS_FILES = re.compile(r"\bfj|fujian|attach|appendix|annex|enclosure|accessory|insertfiletag", re.I)
ANNOUNCED = re.compile(r"\A\s*[【\[]?(?:相关|本文)?附件(?:下载|列表)?\s*[\d一二三四五六七八九十]*\s*[:：、.】\]]?")
OPENING = 5  # characters that tell it
OUTSIDE = re.compile(r"share|qrcode|ewm|footer|copyright|breadcrumb|sidebar|relat|xgxx|xgwz|xglj", re.I)

LINKS = etree.XPath(".//a[@href or @data-url or @data-href or @oldsrc or @onclick]")
ELSEWHERE = ("data-url", "data-href", "oldsrc")  # where a link whose href is a script keeps its file
VIEWERS = etree.XPath(
    ".//iframe/@src | .//embed/@src | .//object/@data | .//*[@id='pdfshow']/@data-value | .//*[@data-pdf]/@data-pdf"
)
IN_SCRIPT = re.compile(
    rf"""href=\\?["']([^"'\s<>\\]{{3,300}}\.(?:{FILE_TYPES}))\\?["'][^<>]{{0,200}}>([^<>"']{{0,200}})</a""", re.I
)
VARIABLE = re.compile(
    rf"""(?:fj|file|pdf|attach|appendix|url)\w{{0,12}}["']?\s*[=:]\s*["']([^"'\s<>]{{3,300}}\.(?:{FILE_TYPES}))["']""",
    re.I,
)
ARGUMENT = re.compile(rf"""["']([^"'\s<>]{{3,300}}\.(?:{FILE_TYPES})(?:\?[^"'\s<>]{{0,200}})?)["']""", re.I)
SCRIPTED_TYPES = (".pdf", ".doc", ".xls", ".zip", ".rar", ".wps", ".ofd")
LEVELS = 3  # how far above the body the list of its files may stand


def find(page: Page, body: Body, stated: Stated | None = None) -> tuple[Attachment, ...]:
    """Every file of the document once, in the order of the page, under its best name. Pictures in the text are no
    files of their own; neither are share icons, QR codes and the files of header, sidebar and footer."""
    found: dict[str, Attachment] = {}
    named = [Attachment(clean(one.name), one.url) for one in stated.attachments] if stated else []
    for one in (*named, *linked(page, body), *viewed(page, body), *scripted(page, body, bool(named))):
        key = one.url or one.name
        if key not in found or worth(one) > worth(found[key]):
            found[key] = one
    return tuple(found.values())


def worth(one: Attachment) -> int:
    """Which of two names for one file a person would choose: a name before none, the longer one."""
    return len(one.name) if one.name and not one.name.startswith("http") else 0


def scope(body: Body) -> Element | None:
    """The part of the page in which the document's files stand: the body and what surrounds it closely."""
    node = body.node
    while node is not None and node.tag in ("td", "tr", "tbody"):
        node = node.getparent()
    for _ in range(LEVELS):
        parent = node.getparent() if node is not None else None
        if parent is None or (parent.tag in ("body", "html") and node is not body.node):
            break
        node = parent
    return node


def areas(body: Body) -> Iterator[Element]:
    """The scope, and what follows it under a name (`div.article-appendix`, `ul.fjlist`) or the word 附件."""
    area = scope(body)
    if area is None:
        return
    yield area
    announced = False  # by `<p>附件：</p>`, which the paragraphs with the files follow
    for one in area.itersiblings(etree.Element):
        called, text = f"{one.get('class', '')} {one.get('id', '')}", opening(one)
        goes_on = announced and one.tag == "p" and any(True for _ in one.iter("a"))
        announced = goes_on or bool(ANNOUNCED.match(text))
        if announced or LISTS_FILES.search(called):
            yield one


def opening(element: Element) -> str:
    """The first words below an element, as many as tell 附件."""
    text = ""
    for part in element.itertext():
        text = (text + part).lstrip()
        if len(text) > OPENING:
            break
    return text


def linked(page: Page, body: Body) -> Iterator[Attachment]:
    """Files behind links of the body, and behind links near it that stand under 附件 or are plainly files."""
    for link in (link for area in areas(body) for link in LINKS(area)):
        raw = link.get("href") or ""
        if not raw or raw.startswith(("javascript", "#")):
            raw = next((value for name in ELSEWHERE if (value := link.get(name))), called(link) or raw)
        if not may_be_file(raw, link):
            continue
        url = walk.absolute(page.url, raw)
        name = name_of(link, url)
        if not is_file(url, raw, name) or not belongs(link, body):
            continue
        yield Attachment(name or file_name(url), url or None)


def called(link: Element) -> str:
    """The file that a link's script names: `onclick="download('/f/1.doc')"`, `javascript:downloadFile('/f/1.doc')`."""
    said = ARGUMENT.search(f"{link.get('href', '')} {link.get('onclick', '')}")
    return said[1] if said else ""


def may_be_file(raw: str, link: Element) -> bool:
    """The cheap half of `is_file`, which spares most links the rest: a type in the address or in what the link says,
    a handler's address, or a bare 下载 behind some name."""
    text = text_in(link)
    said = f"{raw} {link.get('title', '')} {link.get('download', '')} {text}"
    handled = any(word in (address := raw.lower()) for word in HANDLING) and HANDLERS.search(address)
    return bool(TYPED.search(said) or handled or WORDLESS.match(text) or PICTURE.search(text.rstrip()))


def is_file(url: str, raw: str, name: str) -> bool:
    """A file by its path, its handler, or its name (mirrors blank the link and keep the name)."""
    path = urlsplit(url).path
    if PICTURE.search(path):  # 附件：<a href="1.jpg">标的信息.JPG</a>
        return bool(FILE_NAME.match(name) or PICTURE.search(name))
    if TYPES.search(path) or (url and HANDLERS.search(url)):
        return True
    by_name = bool(FILE_NAME.match(name)) and not name.startswith(("http", "www."))
    return by_name and not raw.lower().startswith(("file:", "c:"))


def belongs(link: Element, body: Body) -> bool:
    """Is the link part of the document, not of a share bar, a list of related texts or the footer?"""
    for up in link.iterancestors():
        if up is body.node:
            return True
        called = f"{up.get('class', '')} {up.get('id', '')}"
        if OUTSIDE.search(called) and not PLACES.search(called):
            return False
    return True


def name_of(link: Element, url: str) -> str:
    """The link's text, or what says more: its `title`, `download`, the handler's `showname=`, the text before it."""
    text = clean(text_in(link))
    title = clean(link.get("title") or link.get("download") or "")
    query = parse_qs(urlsplit(url).query)
    shown = clean(unquote((query.get("showname") or query.get("showName") or query.get("name") or [""])[0]))
    if text.endswith(("...", "…")) and title:
        return title
    if not WORDLESS.match(text):
        return text
    return next((other for other in (title, shown, before(link)) if other and not WORDLESS.match(other)), text)


def before(link: Element) -> str:
    """The words of the line that a bare `下载` ends."""
    parent = link.getparent()
    words = text_in(parent) if parent is not None else ""
    return clean(words.replace(text_in(link), "")) if len(words) < 150 else ""


def clean(name: str) -> str:
    name = COUNTER.sub("", walk.clean(name))
    wrapped = WRAPPED.match(name)
    return wrapped[1].strip() if wrapped else name


def file_name(url: str) -> str:
    return unquote(urlsplit(url).path.rsplit("/", 1)[-1]) or url


def viewed(page: Page, body: Body) -> Iterator[Attachment]:
    """The file that a viewer shows in place of text: `viewer.html?file=/a.pdf`, `<embed src>`, `#pdfshow`."""
    area = scope(body)
    for source in VIEWERS(area) if area is not None else ():
        outer = walk.absolute(page.url, source)
        inner = parse_qs(urlsplit(outer).query).get("file", [outer])[0]
        url = walk.absolute(page.url, unquote(inner))
        if url and VIEWED.search(urlsplit(url).path):
            yield Attachment(body.title or file_name(url), url)


def scripted(page: Page, body: Body, known: bool) -> Iterator[Attachment]:
    """Files that a script puts into the page: `var fj = '<a href="./P0….pdf">名称</a>'`."""
    if page.tree is None or known:
        return
    for element in page.having("script"):
        script = element.text or ""
        if len(script) > 200_000 or not any(kind in script for kind in SCRIPTED_TYPES):
            continue
        if element.get("src") is not None or next(element.iterancestors("body"), None) is None:
            continue
        for found in IN_SCRIPT.finditer(script):
            yield Attachment(clean(found[2]) or file_name(found[1]), walk.absolute(page.url, found[1]) or None)
        for found in VARIABLE.finditer(script):
            yield Attachment(file_name(found[1]), walk.absolute(page.url, found[1]) or None)


# --- the step ----------------------------------------------------------------------------------------------------


def step(draft: Draft) -> None:
    """List the files of a page that has a body."""
    if draft.page is not None and draft.body is not None:
        draft.attachments = find(draft.page, draft.body, draft.stated)
