"""Lists on sites that nobody has seen: rows, side lists, menus and pagers as real sites combine them, under names that
say nothing. `listed(number)` is one page and what it must read as; the mixture is drawn by the number.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urljoin

from tests.made_pages import OFFICES, PLACES, Draw, name

SUBJECTS = (
    "关于印发{place}防汛抗旱应急预案的通知",
    "{place}2023年度法治政府建设情况报告",
    "关于公布{place}行政规范性文件清理结果的公告（2024年第{n}号）",
    "{place}{office}关于第{n}次常务会议有关事项的批复",
    "2024年1-{n}月{place}经济运行情况",
    "关于对{place}第三届人大二次会议第{n}号建议的答复",
    "《{place}城市供水管理办法》（2017年6月1日起施行）",
    "{place}召开老旧小区改造{n}期工程推进会",
    "拟征收土地公告（第{n}号）",
    "{n}号公告",
    "{place}政府工作部门权责清单（{n}）",
    "关于“{place}智慧校园”项目（{n}标段）竞争性磋商结果的公示",
)
HOT = ("热点推荐", "点击排行", "最新发布", "相关信息", "图片新闻", "推荐阅读")
MENU = ("首页", "政务公开", "政务服务", "互动交流", "走进云岭", "数据开放", "专题专栏", "新闻中心")
COLUMNS = ("领导之窗", "机构职能", "政策文件", "规划计划", "统计信息", "财政资金", "法定主动公开内容目录", "人事信息",
           "政府信息公开工作年度报告", "重大决策预公开", "行政执法公示")  # fmt: skip
FRIENDS = ("中国政府网", "示例省人民政府", "示例省发展和改革委员会", "示例省教育厅门户网站", "新华网", "人民网")


@dataclass(frozen=True, slots=True)
class Row:
    """One entry: its title, where it leads as the page writes it, and its day."""

    title: str
    href: str
    day: str


@dataclass(frozen=True, slots=True)
class MadeList:
    """A page and its answers: (title, address, day or None) of its entries, its claims, the address that follows."""

    html: str
    url: str
    entries: tuple[tuple[str, str, str | None], ...]
    total: int | None
    pages: int | None
    next: str | None
    parts: tuple[str, ...]


# --- what is listed ----------------------------------------------------------------------------------------------

ADDRESSES = {  # as the page writes them; {m} is 202403, {d} the day without hyphens
    "trs": "./{m}/t{d}_{n}.html",
    "hanweb": "/art/{y}/{n2}/5/art_284_{n}.html",
    "post": "content/post_{n}.html",
    "query": "show.asp?id={n}&cid=12",
    "number": "{n}.html",
    "hex": "/zwgk/show/{hex}.html",
    "folder": "/zwgk/tzgg/{n}/index.html",
    "vsb": "../info/1042/{n}.htm",
    "detail": "/portal/detail.jsp?docid={n}",
    "slug": "/xwzx/gzdt/gs-{short}.html",
}


def rows_of(draw: Draw, count: int, first: int, form: str) -> list[Row]:
    place, office, day, found = draw.choice(PLACES), draw.choice(OFFICES), date(2024, 6, 20), []
    for n in range(count):
        day -= timedelta(days=draw.randrange(9))
        number = first + count - n
        key = f"{random.Random(number).getrandbits(128):032x}"
        href = ADDRESSES[form].format(
            m=f"{day:%Y%m}", d=f"{day:%Y%m%d}", y=day.year, n=number, n2=day.month, hex=key, short=key[:6]
        )
        title = draw.choice(SUBJECTS).format(place=place, office=office, n=number)
        found.append(Row(title, href, day.isoformat()))
    return found


# --- how days are written ----------------------------------------------------------------------------------------

DAYS: dict[str, Callable[[str], str]] = {
    "iso": lambda day: day,
    "brackets": lambda day: f"[{day}]",
    "round": lambda day: f"（{day}）",
    "slashes": lambda day: day.replace("-", "/"),
    "points": lambda day: day.replace("-", "."),
    "chinese": lambda day: f"{day[:4]}年{int(day[5:7])}月{int(day[8:])}日",
    "time": lambda day: f"{day} 09:31:02",
    "label": lambda day: f"发布时间：{day}",
}

# --- rows: frame|row; {t} title, {c} title that may be cut, {u} address, {d} day, {a} a name ----------------------

FORMS = {
    "li": "<ul class='{a}'>{rows}</ul>|<li><a href='{u}' target='_blank'>{t}</a><span>{d}</span></li>",
    "li, day first": "<ul>{rows}</ul>|<li><span class='{a}'>{d}</span><a href='{u}'>{t}</a></li>",
    "li, attribute": "<ul>{rows}</ul>|<li><a href='{u}' title='{t}'>{c}</a><em>{d}</em></li>",
    "li, dots": "<ul>{rows}</ul>|<li>· <a href='{u}'>{t}</a>{d}</li>",
    "li, day in link": "<ul>{rows}</ul>|<li><a href='{u}'><i>{d}</i>{t}</a></li>",
    "li, divs": "<ul>{rows}</ul>|<li><div class='{a}'><a href='{u}'>{t}</a></div><div class='{b}'>{d}</div></li>",
    "li, onclick": "<ul>{rows}</ul>|<li><a href='javascript:void(0)' onclick=\"window.open('{u}')\">{t}</a>{d}</li>",
    "li, script": "<ul>{rows}</ul>|<li><a href=\"javascript:location.href='{u}'\">{t}</a><span>{d}</span></li>",
    "li, office": "<ul>{rows}</ul>|<li><a href='../bm/'>[县政府办]</a><a href='{u}'>{t}</a><span>{d}</span></li>",
    "li, reading": "<ul>{rows}</ul>|<li><a href='{u}'>{t}</a><a href='/jd/{n}.html'>[解读]</a><span>{d}</span></li>",
    "li, picture": "<ul>{rows}</ul>|<li><a href='{u}'><img src='{n}.jpg'></a><h4><a href='{u}'>{t}</a></h4>"
    "<p>{s}</p><span>{d}</span></li>",
    "li in fives": "<div class='{a}'>{fives}</div>|<li><a href='{u}'>{t}</a><span>{d}</span></li>",
    "table": "<table>{rows}</table>|<tr><td><a href='{u}'>{t}</a></td><td align=center>{d}</td></tr>",
    "table with head": "<table><tr><th>序号</th><th>标题</th><th>文号</th><th>日期</th></tr>{rows}</table>"
    "|<tr><td>{n}</td><td><a href='{u}'>{t}</a></td><td>云政发〔2024〕{n}号</td><td>{d}</td></tr>",
    "table each": "<div>{rows}</div>|<table width=98%><tr><td><img src=dot.gif></td><td><a href='{u}'>{t}</a></td>"
    "<td>{d}</td></tr></table>",
    "table in tables": "<table><tr><td><table><tbody>{rows}</tbody></table></td></tr></table>"
    "|<tr><td><table><tr><td><a href='{u}'>{t}</a></td><td>{d}</td></tr></table></td></tr>",
    "dl": "<dl>{rows}</dl>|<dt><a href='{u}'>{t}</a></dt><dd>{d}</dd>",
    "dl, day first": "<dl>{rows}</dl>|<dt>{d}</dt><dd><a href='{u}'>{t}</a></dd>",
    "dl each": "<div class='{a}'>{rows}</div>|<dl><dt><a href='{u}'>{t}</a></dt><dd>{s}</dd><dd>{d}</dd></dl>",
    "divs": "<div>{rows}</div>|<div class='{a}'><a href='{u}'>{t}</a><span class='{b}'>{d}</span></div>",
    "divs, siblings": "<div>{rows}</div>|<div class='{a}'><a href='{u}'>{t}</a></div><div class='{b}'>{d}</div>",
    "cards": "<div class='{a}'>{rows}</div>"
    "|<div class='{b}'><h3><a href='{u}'>{t}</a></h3><p>{s}</p><p><i>{d}</i><i>来源：县政府办</i></p></div>",
    "cards, link around": "<div>{rows}</div>|<a href='{u}'><div><h4>{t}</h4><p>{s}</p><i>{d}</i></div></a>",
    "link around, plain": "<div>{rows}</div>|<a href='{u}'><div class='{a}'>{t}</div><div class='{b}'>{d}</div></a>",
    "split day": "<ul>{rows}</ul>|<li><div class='{a}'><b>{dd}</b><span>{ym}</span></div>"
    "<div><a href='{u}'>{t}</a><p>{s}</p></div></li>",
    "split day, year below": "<ul>{rows}</ul>|<li><p>{md}<br><span>{y}</span></p><a href='{u}'>{t}</a></li>",
    "br": "<div class='{a}'>{rows}</div>|<a href='{u}'>{t}</a> {d}<br>",
    "p": "<div>{rows}</div>|<p><a href='{u}'>{t}</a>　{d}</p>",
    "p, day first": "<div>{rows}</div>|<p>{d} <a href='{u}'>{t}</a></p>",
    "li, more": "<ul>{rows}</ul>|<li><a href='{u}'>{t}</a><p>{s}<a href='{u}'>[查看全文]</a></p><span>{d}</span></li>",
    "li, index": "<ul>{rows}</ul>"
    "|<li><a href='{u}'>{t}</a><p>索引号：01526{n}-3/2024-00{n} 文号：云政发〔2024〕{n}号</p>"
    "<p>成文日期：2024-01-02 发布日期：{iso}</p></li>",
    "undated": "<ul>{rows}</ul>|<li><a href='{u}'>{t}</a></li>",
}  # fmt: skip
SUMMARY = "各乡镇人民政府，县政府各部门：为进一步规范工作程序，现将有关事项通知如下，请认真贯彻执行……"


def laid_out(draw: Draw, rows: Sequence[Row]) -> tuple[str, str, bool]:
    """Name, markup, and whether days are printed."""
    form = draw.choice(sorted(FORMS))
    frame, row = FORMS[form].split("|", 1)
    written = draw.choice(sorted(DAYS))
    names = {"a": name(draw), "b": name(draw)}
    lines = [
        row.format(
            t=one.title, c=one.title[:9] + "…" if len(one.title) > 12 else one.title, u=one.href, n=n, s=SUMMARY,
            d=DAYS[written](one.day), iso=one.day, dd=one.day[8:], ym=one.day[:7], md=one.day[5:], y=one.day[:4],
            **names,
        )
        for n, one in enumerate(rows, 1)
    ]  # fmt: skip
    fives = "".join(f"<ul>{''.join(lines[n : n + 5])}</ul>" for n in range(0, len(lines), 5))
    return f"{form} {written}", frame.format(rows="".join(lines), fives=fives, **names), form != "undated"


# --- pagers: markup by (number, pages, records); None where only a script knows -----------------------------------


@dataclass(frozen=True, slots=True)
class Pager:
    """How a list is turned: its markup, what that says about records and pages, the file of page k."""

    markup: Callable[[Callable[[int], str], int, int, int], str]
    file: str = "index_{k}.html"
    shift: int = 0
    total: bool = False
    pages: str = "all"  # which pages say how many there are: "all" in words, "first" by a link to the last, or "none"
    follows: bool = True


def _links(file: Callable[[int], str], k: int, last: int, total: int) -> str:
    before = f"<a href='{file(1)}'>首页</a><a href='{file(k - 1)}'>上一页</a>" if k > 1 else "<span>首页</span>"
    after = f"<a href='{file(k + 1)}'>下一页</a><a href='{file(last)}'>尾页</a>" if k < last else "<span>下一页</span>"
    return before + after


def _numbers(file: Callable[[int], str], k: int, last: int, marked: str = "<span class='on'>{}</span>") -> str:
    near = range(max(1, k - 2), min(last, k + 3) + 1)
    return "".join(marked.format(n) if n == k else f"<a href='{file(n)}'>{n}</a>" for n in near)


def _glyphs(file: Callable[[int], str], k: int, last: int, total: int) -> str:
    after = f"<a href='{file(k + 1)}'>&gt;</a><a href='{file(last)}'>&gt;&gt;</a>" if k < last else ""
    return _numbers(file, k, last) + after


def _image(file: Callable[[int], str], k: int, last: int, total: int) -> str:
    after = f"<a href='{file(k + 1)}'><img src='/n.gif' alt='下一页'></a>" if k < last else ""
    return f"第{k}页/共{last}页 {after}"


def _select(file: Callable[[int], str], k: int, last: int, total: int) -> str:
    options = "".join(
        f"<option value='{file(n)}'{' selected' if n == k else ''}>{n}</option>" for n in range(1, last + 1)
    )
    return f"共{total}条 转到<select onchange='location.href=this.value'>{options}</select>页"


PAGERS = {
    "links": Pager(_links, pages="first"),
    "links and claims": Pager(
        lambda f, k, n, t: f"<span>共{t}条记录</span> <span>{k}/{n}页</span> {_links(f, k, n, t)}",
        total=True,
        pages="all",
    ),
    "claims after": Pager(lambda f, k, n, t: f"{_links(f, k, n, t)} 第{k}页 共{n}页 共{t}条", total=True, pages="all"),
    "claims in tags": Pager(
        lambda f, k, n, t: f"总共<b>{t}</b>条 每页<b>20</b>条 当前第<b>{k}</b>/<b>{n}</b>页 {_links(f, k, n, t)}",
        total=True,
    ),
    "numbers": Pager(lambda f, k, n, t: _numbers(f, k, n), pages="none"),
    "numbers, bare": Pager(lambda f, k, n, t: _numbers(f, k, n, "<b>{}</b>"), pages="none"),
    "numbers, self": Pager(lambda f, k, n, t: _numbers(f, k, n, "<a class='active' href='#'>{}</a>"), pages="none"),
    "glyphs": Pager(_glyphs, pages="first"),
    "picture": Pager(_image),
    "select": Pager(_select, total=True, pages="all"),
    "query": Pager(_links, file="?cid=12&page={k}", pages="first"),
    "query and claims": Pager(
        lambda f, k, n, t: f"共 {n} 页 {t} 条 {_links(f, k, n, t)}",
        file="list.aspx?lcid=52&page={k}",
        total=True,
        pages="all",
    ),
    "folder": Pager(_links, file="/zwgk/tzgg/{k}.html", pages="first"),
    "onclick": Pager(
        lambda f, k, n, t: (
            f"第{k}/{n}页"
            + (f" <input type=button value='下一页' onclick=\"location.href='{f(k + 1)}'\">" if k < n else "")
        )
    ),
    "createPageHTML": Pager(
        lambda f, k, n, t: f"<script>createPageHTML({n}, {k - 1}, 'index', 'html');</script>", shift=-1
    ),
    "createPageHTML, records": Pager(
        lambda f, k, n, t: f"<script>createPageHTML({t}, {n}, {k}, 'index', 'html');</script>",
        shift=-1,
        total=True,
        pages="all",
    ),
    "countPage": Pager(
        lambda f, k, n, t: (
            f"<script>var currentPage = {k - 1};//所在页从0开始\nvar countPage = {n}//共多少页\n"
            "document.write('<a href=\"index_' + i + '.html\">')</script>"
        ),
        shift=-1,
    ),
    "Kaipu": Pager(lambda f, k, n, t: f"<script>createPageHTML('page_div', {n}, {k}, 'index', 'html');</script>"),
    "rel": Pager(
        lambda f, k, n, t: (f"<a rel='next' href='{f(k + 1)}'>后一页</a>" if k < n else "") + f" 页次：{k}/{n}"
    ),
    "data": Pager(
        lambda f, k, n, t: (f"<a data-href='{f(k + 1)}'>下一页</a>" if k < n else "") + f" 总页数：{n} 总记录数：{t}",
        total=True,
        pages="all",
    ),
    "script only": Pager(
        lambda f, k, n, t: f"共{t}条 第{k}/{n}页 <a href='javascript:turn({k + 1})'>下一页</a>",
        total=True,
        pages="all",
        follows=False,
    ),
    "one page": Pager(lambda f, k, n, t: "", pages="none", follows=False),
}


# --- the rest of the page ----------------------------------------------------------------------------------------


def menu(draw: Draw, words: Sequence[str], where: str) -> str:
    links = (f"<a href='{where}{n}/'>{word}</a>" for n, word in enumerate(words))
    return draw.choice(
        (
            lambda: f"<ul class='{name(draw)}'>{''.join(f'<li>{one}</li>' for one in links)}</ul>",
            lambda: f"<div class='{name(draw)}'>{''.join(links)}</div>",
            lambda: f"<table><tr>{''.join(f'<td>{one}</td>' for one in links)}</tr></table>",
        )
    )()


def beside(draw: Draw, rows: Sequence[Row], dated: bool) -> str:
    """A short list of other things, under its heading."""
    lines = "".join(
        f"<li><a href='{one.href}'>{one.title}</a>{f'<span>{one.day}</span>' if dated else ''}</li>" for one in rows
    )
    return f"<div class='{name(draw)}'><h3>{draw.choice(HOT)}</h3><ul class='{name(draw)}'>{lines}</ul></div>"


def framed(draw: Draw, main: str, side: str, place: str) -> tuple[str, str]:
    top = menu(draw, MENU, "/c") + ("<div>今天是2024年6月25日 星期二</div>" if draw.random() < 0.3 else "")
    tree = menu(draw, COLUMNS, "/zwgk/l") if draw.random() < 0.6 else ""
    crumb = "<div>您当前所在位置：<a href='/'>首页</a> &gt; <a href='/zwgk/'>政务公开</a> &gt; 通知公告</div>"
    friends = menu(draw, FRIENDS, "http://www.gov.cn/")
    foot = f"<div>{friends}主办：{place}人民政府　更新日期：2024-06-25　滇ICP备11000123号</div>"
    forms = {
        "plain": f"{top}{crumb}<div>{tree}<div class='{name(draw)}'>{main}</div>{side}</div>{foot}",
        "side first": f"{top}<div>{tree}{side}</div><div class='{name(draw)}'>{crumb}{main}</div>{foot}",
        "deep": f"{top}<div><div><div>{crumb}<div><h2>通知公告</h2><div>{main}</div></div></div>{side}</div></div>"
        f"{foot}",
        "tables": f"<table><tr><td>{top}</td></tr></table><table><tr><td>{tree}{side}</td><td>{crumb}{main}</td></tr>"
        f"</table><table><tr><td>{foot}</td></tr></table>",
        "alone": f"{top}{crumb}{main}{foot}",
    }
    form = draw.choice(sorted(forms))
    return form, forms[form]


URLS = ("index.html", "")


def listed(number: int) -> MadeList:
    """The page of that number."""
    draw = random.Random(number)
    place = draw.choice(PLACES)
    base = f"http://www.yunling{number}.gov.cn/zwgk/tzgg/"
    form = draw.choice(sorted(ADDRESSES))
    rows = rows_of(draw, draw.choice((1, 2, 3, 6, 10, 15, 20, 20)), 300, form)
    row_form, row_html, dated = laid_out(draw, rows)
    count = len(rows)
    called = draw.choice(sorted(PAGERS))
    pager = PAGERS[called]
    last = draw.choice((2, 5, 28)) if count > 3 and called != "one page" else 1
    k = 1 if draw.random() < 0.7 or last == 1 else draw.randrange(1, last + 1)
    total = (last - 1) * 20 + count
    start = "?cid=12" if pager.file.startswith("?") else draw.choice(URLS)

    def file(n: int) -> str:
        return start or "index.html" if n == 1 else pager.file.format(k=n + pager.shift)

    turn = pager.markup(file, k, last, total)
    turned = turn and f"<div class='{name(draw)}'>{turn}</div>"
    side_form = draw.choice(("none", "dated", "undated"))
    side_rows = rows_of(draw, min(6, draw.randrange(4, 9)), 900, form)
    side = "" if side_form == "none" else beside(draw, side_rows, side_form == "dated")
    frame, body = framed(draw, row_html + turned, side, place)
    url = base + (file(k) if k > 1 else start)
    url = urljoin(base, url if "://" in url else file(k))
    following = urljoin(url, file(k + 1)) if pager.follows and k < last else None
    claimed = last if pager.pages == "all" or (pager.pages == "first" and k == 1) else None
    entries = tuple((one.title, urljoin(url, one.href), one.day if dated else None) for one in rows)
    return MadeList(
        f"<!DOCTYPE html><html><head><meta charset='utf-8'><title>通知公告_{place}人民政府</title></head>"
        f"<body>{body}</body></html>",
        url, entries, total if pager.total else None, claimed, following,
        (row_form, f"{count} rows", f"{called} {k}/{last}", form, side_form, frame),
    )  # fmt: skip
