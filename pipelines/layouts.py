"""Where the families put body and title, and what stands in their way: tables, one example each.

A selector is `#id`, `.class` or a tag; a final `*` makes it a prefix (`.titlestyle*`: VSB numbers its units). Names
are compared without case. To mend a layout, add a selector to its family's row and a page to `tests/golden`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from lxml import etree

from pipelines.html import Element


@dataclass(frozen=True, slots=True)
class Layout:
    """One family's names for body and title, with a page that has them and the section of platforms.md."""

    family: str
    bodies: str
    titles: str
    example: str


# Names that mean "the body" wherever they stand.
LAYOUTS: tuple[Layout, ...] = (
    Layout("shared", "#zoom #zoomcon #zoomcon1 #js_content #ozoom #artibody #articlecontent .article_zoom",
           "#artibodytitle .article-title .article_title .arti_title .arttitle", "§0.1: six families use #zoom"),
    Layout("hanweb", ".bt_content .artile_zw .main-txt .bfr_article_content .wip_art_con #con_con .zc_article_con"
           " .article-conter .three_xilan_07 .bt-article-02 .info-cont", "#arttitmob #con_title td.title",
           "§1.5: /art/2021/3/5/art_1_2.html; #con_con is miit, .Three_xilan_07 samr"),
    Layout("gkmlpt", ".article-content .newscontainer_text .news_cont_d_wrap .tyxxy_main .artcontent",
           ".document-number .content_title", "§2.1, §2.2: /gkmlpt/content/7/7789/post_7789305.html"),
    Layout("gov.cn", "#ucap-content .pages_content", ".pages-title",
           "§3.3: /zhengce/content/202403/content_6938710.htm"),
    Layout("vsb", "#vsb_content* .v_news_content #newscontent .contentstyle*", ".titlestyle* .w_title",
           "§4.4: /info/1001/123.htm"),
    Layout("lonsun", ".j-fontcontent .wzcon .newscontnet .is-newscontnet .content-text", ".newstitle .is-newstitle",
           "§5.4: /public/content/8457219"),
    Layout("kaipu", "ucapcontent .ucapcontent .gknbxq_detail .contentshow .detail-news",
           "ucaptitle .affairs-detail-title", "§6.5: /zbxzf/xzfwj/202404/0f3c….shtml"),
    Layout("trs", ".trs_editor .trs_ueditor .trs_editor_view .trs_preappend .my_conboxzw .content_body_box .arc_body"
           " .gkxl-article .maintextbox #ofdneed #nw_detail .custom_unionstyle #maintext .view-content",
           ".xl_title .gkxl-title", "§7.1: /zwgk/202401/t20240105_123.html"),
    Layout("eportal", ".easysite-news-peruse #easysitetext", ".easysite-news-title",
           "§8: /eportal/ui?pageId=1; /12345/index.html"),
    Layout("epoint", ".ewb-article-content .ewb-article-info .ewb-info-content .xlxlcont",
           ".ewb-article-tt .ewb-article-title", "§9: /001/001002/20240304/<guid>.html"),
    Layout("openness", ".is-contentbox .m-article", ".is-newstitle",
           "§11.1: /openness/detail/content/5fdc72127f8b9ae53e8b4569.html"),
    Layout("cicro", ".info_content", "", "§13: /info/iIndex.jsp?node_id=GKmzs&site_id=CMSmzs"),
    Layout("n/c", ".zsy_comain", ".zsy_cotitle", "§14.1: /n2588035/c123/content.html"),
    Layout("cac", "#zwxinx .conbox", ".title7", "§14.4: /viewCmsCac.do?cacId=…"),
    Layout("webforms", ".zwnr", ".mc", "§14.7: gkmlDetail.aspx; the title is prefixed 名称："),
    Layout("shanghai", "#ivs_content .article_content", "#ivs_title", "§15.1: /nw12344/20240511/b5c2….html"),
)  # fmt: skip

# Names of headings that belong to no family; a heading of these counts when <title> or a meta confirms it.
LOOSE_TITLES = (
    "h1 h2.title .title .tit .bt .biaoti .con_title .content_title .news_title .article-tit .detail_title .detail-title"
    " .art_tit .info_title .infotitle .contenttitle .titles .view_title .details-title h2 h3"
)

# Blocks inside the body's container that are not of the body, by class or id. Dropped when short or full of links.
NOISE = re.compile(
    r"share|bds_|jiathis|social|print(?!content|-class|area|box)|dayin|fenxiang|font-?size|fontsiz|ewm|erweima|"
    r"qr-?code|saoyisao|weixin|wechat|sinaweibo|relat|xiangguan|xgwz|xgxx|xglj|xgyd|xgjd|xgfj_tit|pagination|pagebar|page_div|fenye|"
    r"breadcrumb|crumb|dqwz|location|position|curpos|wz_top|toolbar|tools?$|comment|pinglun|dianzan|zan\b|"
    r"prev|next|shangyi|xiayi|sxpage|nav(?!y)|menu|sidebar|footer|foot$|copyright|close|guanbi|player|speech|langdu|"
    r"readcount|visit|browse|counter|hits|djs\b|tipbox|popup|dialog|mask|gotop|totop|editor-?name|zrbj|bianji",
    re.I,
)
# Where no body stands: tags, and classes or ids as whole words.
CHROME_TAGS = frozenset(["header", "footer", "nav", "aside", "form", "select", "button"])
CHROME = re.compile(
    r"(?:^|[\s_-])(?:head(?:er)?-?(?:box|wrap|top)?|top-?(?:bar|nav|box)|foot(?:er)?-?(?:box|wrap)?|bottom|nav|navbar|"
    r"menu|side-?bar|left-?(?:nav|menu|bar)|breadcrumb|crumbs?|copyright|links?|friend-?links?|yqlj|banner|search(?:box)?|login|daohang)(?:$|[\s_-])",
    re.I,
)


@dataclass(slots=True)
class Marks:
    """The elements of one page that the tables name, in document order."""

    bodies: list[tuple[Element, str]]
    titles: list[Element]
    headings: list[Element]


class Names:
    """Selectors of one purpose, compiled to two look-ups: whole names and prefixes."""

    def __init__(self, rows: Iterator[tuple[str, str]]) -> None:
        self.whole: dict[str, str] = {}
        self.prefixes: dict[str, str] = {}
        for family, selectors in rows:
            for selector in selectors.split():
                table = self.prefixes if selector.endswith("*") else self.whole
                table.setdefault(selector.rstrip("*").lower(), family)
        self.starts = tuple(self.prefixes)

    def family(self, names: list[str]) -> str | None:
        """The family of the first of an element's names (`#zoom`, `.trs_editor`, `div`, `td.title`) that is listed."""
        for name in names:
            if name in self.whole:
                return self.whole[name]
            if self.starts and name.startswith(self.starts):
                return next(family for start, family in self.prefixes.items() if name.startswith(start))
        return None


BODIES = Names((row.family, row.bodies) for row in LAYOUTS)
TITLES = Names((row.family, row.titles) for row in LAYOUTS)
HEADINGS = Names(iter([("", LOOSE_TITLES)]))
NAMED_TAGS = frozenset(("h1", "h2", "h3", "article", "ucaptitle", "ucapcontent"))  # that need no class or id


@lru_cache(maxsize=20_000)  # the pages of a site repeat their names
def meaning(tag: str, classes: str, identity: str) -> tuple[str | None, bool, bool]:
    """What an element of these names may be: (family whose body it is, listed title, other heading)."""
    dotted = ["." + name for name in classes.lower().split()]
    called = ["#" + identity.strip().lower(), *dotted, tag, *(tag + name for name in dotted)]
    return BODIES.family(called), TITLES.family(called) is not None, HEADINGS.family(called) is not None


def marks(tree: Element) -> Marks:
    """One pass over the elements of the body that have a name or are headings."""
    found = Marks([], [], [])
    top = tree.find("body")
    for element in (tree if top is None else top).iterdescendants(etree.Element):
        classes, identity = element.get("class", ""), element.get("id", "")
        if not (classes or identity or element.tag in NAMED_TAGS):
            continue
        body, title, heading = meaning(element.tag, classes, identity)
        if body:
            found.bodies.append((element, body))
        if title:
            found.titles.append(element)
        elif heading:
            found.headings.append(element)
    return found


# --- what stands in the way ---------------------------------------------------------------------------------------


def called(element: Element) -> tuple[str, str]:
    return element.get("class", ""), element.get("id", "")


@lru_cache(maxsize=20_000)  # the pages of a site repeat their names
def is_noise(classes: str, identity: str) -> bool:
    return bool(NOISE.search(f"{classes} {identity}"))


@lru_cache(maxsize=20_000)
def is_furniture(classes: str, identity: str) -> bool:
    return bool(CHROME.search(f"{classes} {identity}"))


def is_chrome(element: Element, heading: Element | None) -> bool:
    """Navigation, header, footer by tag or name, unless the heading stands in it."""
    if element.tag in CHROME_TAGS or is_furniture(*called(element)):
        return heading is None or element not in heading.iterancestors()
    return False
