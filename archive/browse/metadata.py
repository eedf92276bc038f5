"""What Datasette shows of an archive, in the words of its readers."""

from __future__ import annotations

from typing import Any

SEARCH = """
with found (place, titled) as (
  select * from (select rowid, 1 from titles_fts where titles_fts match gongkai_match(:q, 'titles')
                  and rowid in (select rowid from documents_fts where documents_fts match gongkai_match(:q, 'all'))
                  order by rowid desc limit 100)
  union all
  select * from (select rowid, 0 from documents_fts where documents_fts match gongkai_match(:q, 'all')
                  and rowid not in (select rowid from titles_fts where titles_fts match gongkai_match(:q, 'titles'))
                  order by rowid desc limit 100)
), pages_found as (
  select f.titled, f.place, d.n, d.title, d.text,
         (select r.capture from readings r left join pages p on p.reading = r.capture
           where r.document = d.n order by p.url is null limit 1) as capture
    from found f join documents d on d.place = f.place
)
select r.published_on, g.title, gongkai_snippet(g.text, :q) as snippet, r.publisher, p.site, k.url, g.n as document
  from pages_found g join readings r on r.capture = g.capture join captures k on k.id = g.capture
  left join pages p on p.url = k.url
 order by g.titled desc, g.place desc limit 100
""".strip()

# Reading a row must not be held up by what nobody asked for: suggesting facets costs more than the page itself.
SETTINGS: dict[str, int | bool] = {
    "suggest_facets": False,
    "default_page_size": 50,
    "facet_time_limit_ms": 1000,
    "sql_time_limit_ms": 3000,
    "max_returned_rows": 1000,
    "truncate_cells_html": 400,
    "allow_download": False,
}

METADATA: dict[str, Any] = {
    "title": "公开 gongkai",
    "description": "政府信息公开文件存档：每一页何时说了什么，列了什么，缺了什么。",
    "databases": {
        "gongkai": {
            "queries": {
                "search": {
                    "title": "全文检索",
                    "description": "任意长度的词；\"…\" 为短语；多个词须同时出现；-词 为排除；OR 为任选。"
                                   "标题命中在前，新的在前。",
                    "sql": SEARCH,
                    "params": ["q"],
                },
            },
            "tables": {
                "disclosures": {
                    "description": "公开文件：每一页最近一次的读取结果。",
                    "facets": ["site", "publisher", "year"],
                    "size": 50,
                },
                "texts": {"description": "每次读取的正文；页面本身无正文的，取其附件的文字，并注明出自哪个附件。"},
                "coverage": {"description": "完整性证明：网站所称总数 = 其后各项之和。"},
                "history": {"description": "每一页的历次读取，及与上一次的不同。"},
                "changes": {"description": "动态：新发、改动（改了什么）、撤下、恢复。"},
                "personal": {"description": "文本中可能有个人号码的页面：只记次数，不记号码。"},
                "similar": {"description": "相近的文件：相同的文号，或文字大部分相同。"},
                "cited": {"description": "引用：每处引用及其所指的存档文件。"},
                "leads": {"description": "线索：被引用而未存档的文件，引用多的在前。"},
                "reposts": {"description": "同一文本见于多处。"},
                "withdrawn": {"description": "曾经公开，现已撤下或不再列出。"},
                "unmapped_labels": {"description": "尚未归入任何字段的标签。"},
                "documents": {"description": "文本，相同者只存一份。", "label_column": "title"},
                "readings": {"description": "某次抓取说了什么：索引信息及其依据。", "label_column": "index_number"},
                "captures": {"description": "抓取记录：原始字节在 warc/ 的位置。", "sort_desc": "id"},
                "pages": {"description": "台账：已知的每个网址及其状态。", "facets": ["site", "state"]},
                "listings": {"description": "各栏目列出的条目。"},
                "walks": {"description": "对栏目的每次遍历及其结局。"},
                "channels": {"description": "栏目。"},
                "sites": {"description": "网站。", "label_column": "name"},
                "attachments": {"description": "附件。"},
                "files": {"description": "附件文件，按内容只存一份。"},
                "downloads": {"description": "附件台账：文件的网址及其状态。", "facets": ["site", "state"]},
                "absences": {"description": "走完全部列表仍未见到的页面，自何时至何时。"},
                "withheld": {"description": "不再显示、不再抓取的内容及其理由。"},
                "flags": {"description": "个人号码的次数。"},
                "sketches": {"description": "文本的指纹，用以寻找相近的文件。"},
                "likenesses": {"description": "相近的文件，两两一行。"},
                "derived": {"description": "从文本得出的名称与文号，供引用匹配。"},
                "sections": {"description": "文件的层次：章节条与一、（一）。"},
                "citations": {"description": "文件中每处对其他文件的引用。"},
                "facts": {"description": "年度报告中的数字。", "facets": ["name", "year"]},
                "runs": {"description": "每次运行。", "sort_desc": "run"},
            },
        },
    },
}
