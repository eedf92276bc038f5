"""Text of files that are text: TXT, HTML that is called .doc or .xls, MHT and the flat XML of Word 2003."""

from __future__ import annotations

import email
import email.policy
import re

from lxml import etree
from scrapy.http import HtmlResponse

from pipelines import blocks, html
from pipelines.blocks import CELL
from pipelines.formats import Damaged, IsHtml, Text, Unsupported

# Programs and scripts write HTML and call it .doc or .xls; nobody writes HTML and calls it .pdf.
WRITTEN_AS_HTML = frozenset({"doc", "wps", "xls", "et", "rtf", "docx", "xlsx"})
_OFFICE = re.compile(
    rb"schemas-microsoft-com:office|ProgId|Generator[^>]{0,40}(?:Microsoft|WPS|LibreOffice)|mso-", re.I
)
# What error, login and challenge pages say; a document may say it too, but not in few words.
_ERROR = re.compile(
    r"404|403|50[0-4]|not found|forbidden|error|错误|出错|不存在|已删除|无法访问|找不到|验证|登录|被拒绝", re.I
)
_SHORT = 400  # characters


def read_text(raw: bytes, text: Text) -> None:
    """Plain text in whatever encoding."""
    said, _encoding, _reason = html.decode(raw)
    text.say(said)


def read_html(raw: bytes, text: Text) -> None:
    """HTML as pages are read: blocks in order, table rows with tabs."""
    page = html.parse(HtmlResponse("file:///attachment", body=raw))
    if page.tree is None:
        raise Damaged("it begins as HTML and has no elements")
    for block in blocks.read(page.tree, "", markup=False):
        text.row(block.text.split(CELL))


def read_html_called(suffix: str, raw: bytes, text: Text) -> None:
    """HTML under another name: a document if an office program or a script wrote it, else the server's excuse."""
    if suffix not in WRITTEN_AS_HTML:
        raise IsHtml(f"the server sent a web page instead of a .{suffix} file")
    read_html(raw, text)
    said = "\n".join(text.lines)
    if not _OFFICE.search(raw[:20_000]) and len(said) < _SHORT and (_ERROR.search(said) or CELL not in said):
        text.lines.clear()
        raise IsHtml(f"the server sent a short web page instead of a .{suffix} file")


def read_mht(raw: bytes, text: Text) -> None:
    """A web archive (Word's *single file web page*): its first HTML part."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    for part in message.walk():
        if part.get_content_type() == "text/html":
            content = part.get_payload(decode=True)
            return read_html(content if isinstance(content, bytes) else b"", text)
    raise Unsupported("the web archive holds no HTML")


def read_word_xml(raw: bytes, text: Text) -> None:
    """Word 2003 XML: paragraphs of `w:t` in any nesting."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(raw, parser)
    except etree.XMLSyntaxError as error:
        raise Damaged("it is not well-formed XML") from error
    for paragraph in root.iter("{*}p"):
        text.say("".join(run.text or "" for run in paragraph.iter("{*}t")))
