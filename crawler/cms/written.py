"""Rows that a script writes into the page (platforms.md §7.1, §19): strings of markup, or objects pushed to a table.

    document.write('<a href="' + url + '">' + title + '</a>')       var doctitle = '<a href="./t20180105_1.html">…</a>'
    datajson.push({title: "…", url: "…", date: "2024-01-05"})       var list = [{"title": "…", "url": "…", …}, …]
"""

from __future__ import annotations

import base64
import copy
import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote_plus

from lxml.html import HtmlElement

from crawler.cms import rows, source

_STRING = r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\""
ASSIGNED = re.compile(  # no line break after one: of many, each would look through all that follow
    rf"(?:\b(?:var|let|const)\s*|[;{{}}\n][ \t\r]*)([A-Za-z_$][\w$]*)\s*=\s*({_STRING})\s*(?=[;\n}}]|$)"
)
SUM = re.compile(rf"(?:{_STRING}|[A-Za-z_$][\w$.\[\]]*)(?:\s*\+\s*(?:{_STRING}|[A-Za-z_$][\w$.\[\]]*))*")
TERM = re.compile(rf"({_STRING})|([A-Za-z_$][\w$.\[\]]*)")
LINK = re.compile(r"<a\b[^<>\x00]{0,2000}\bhref\s*=[^<>\x00]{0,2000}>[^\x00]{0,2000}?</a>", re.I)
OBJECT = re.compile(r"\{([^{}]{10,2000})\}")
MEMBER = re.compile(rf"[\"']?(?<!\w)(\w+)[\"']?\s*:\s*({_STRING}|\d+)")
PACKED = re.compile(r">\s*(JTND[A-Za-z\d+/=]{40,40000})\s*<")  # base64 of %3C…, as jyhcms in Yunnan has it
UNKNOWN = "\x00"
LONGEST = 300_000  # characters of one script that are read


def expanded(root: HtmlElement) -> HtmlElement:
    """The page as it is after its scripts have written their links; the page itself where none writes any. A link
    whose address a script works out elsewhere stays unwritten."""
    scripts = [(n, markup) for n, node in enumerate(root.iter("script")) if (markup := _markup(node.text or ""))]
    if not scripts:
        return root
    grown = copy.deepcopy(root)
    places = list(grown.iter("script"))
    for n, markup in scripts:
        places[n].addnext(rows.fragment(markup))
    return grown


def _markup(code: str) -> str:
    """The links of a script's string expressions, joined, with what stands around them in the same string."""
    if "<a" not in code and "<A" not in code:
        return ""
    code = code[:LONGEST]
    known = {name: _text(value) for name, value in ASSIGNED.findall(code)}
    sums = (_evaluated(found[0], known) for found in SUM.finditer(code) if "<" in found[0])
    return "".join(text.replace(UNKNOWN, "") for text in sums if LINK.search(text))


def _evaluated(expression: str, known: Mapping[str, str]) -> str:
    return "".join(_text(string) if string else known.get(name, UNKNOWN) for string, name in TERM.findall(expression))


def _text(literal: str) -> str:
    """What a string literal says: `\\"` → `"`, `\\/` → `/`, `\\u4e2d` → 中."""
    plain = re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), literal[1:-1])
    return re.sub(r"\\(.)", lambda m: {"n": "\n", "t": " ", "r": ""}.get(m[1], m[1]), plain)


def packed(markup: str) -> str:
    """The pager that stands in a page as base64 of its escaped markup; empty where none does."""
    found = PACKED.search(markup) if "JTND" in markup else None
    try:
        return unquote_plus(base64.b64decode(found[1], validate=True).decode("ascii")) if found else ""
    except ValueError:
        return ""


def objects(markup: str) -> Iterator[dict[str, str]]:
    """The flat objects that stand in a page's scripts, as name → text."""
    for code in source.scripts(markup):
        for found in OBJECT.finditer(code):
            yield {name: _text(value) if value[0] in "'\"" else value for name, value in MEMBER.findall(found[1])}
