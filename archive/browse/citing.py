"""How to cite a document: GB/T 7714-2015 (electronic resource, [EB/OL]) and BibTeX."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archive.browse.language import moment


def gbt7714(title: str | None, index: Mapping[str, str | None], reading: Mapping[str, Any]) -> str:
    """甲县人民政府. 政府信息公开年度报告: 甲政〔2020〕1号[EB/OL]. (2020-01-31)[2026-11-20]. http://….

    §4.6.2: 主要责任者. 题名: 其他题名信息[文献类型/载体]. (更新日期)[引用日期]. 获取和访问路径.
    """
    author = index.get("publisher") or reading.get("site_name") or ""
    number = f": {index['document_number']}" if index.get("document_number") else ""
    published = f"({index['published_on']})" if index.get("published_on") else ""
    lead = f"{author}. " if author else ""
    seen = f"[{moment(reading['fetched_at'])[:10]}]"
    return f"{lead}{title or '[无标题]'}{number}[EB/OL]. {published}{seen}. {reading['url']}."


def bibtex(n: int, title: str | None, index: Mapping[str, str | None], reading: Mapping[str, Any]) -> str:
    """An @online entry of BibLaTeX, which BibTeX takes too where the style knows it."""
    fields = {
        "author": _braced(index.get("publisher") or reading.get("site_name")), "title": _escaped(title),
        "number": _escaped(index.get("document_number")), "date": index.get("published_on"), "url": reading["url"],
        "urldate": moment(reading["fetched_at"])[:10], "langid": "chinese",
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@online{{gongkai{n},", *lines, "}"])


def _braced(name: str | None) -> str | None:
    """An institution is one name, not given name and family name."""
    return f"{{{_escaped(name)}}}" if name else None


def _escaped(text: str | None) -> str:
    return "".join(f"\\{char}" if char in "&%$#_" else char for char in text or "" if char not in "{}\\")
