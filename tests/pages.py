"""Pages of government sites, written by us in the style of real ones: chrome, header, article, footer."""

from __future__ import annotations

from scrapy.http import Response

TITLE = "平川市人民政府办公室关于印发政务公开工作要点的通知"
TEXT = (
    "各县（区）人民政府，市政府各部门：",
    "《平川市2020年政务公开工作要点》已经市政府同意，现印发给你们，请结合实际，认真抓好落实。",
    "一、持续推进决策公开，凡涉及公众利益的重大事项，应当听取意见。",
    "二、规范“依申请公开”办理流程——做到件件有着落、事事有回音。",
    "平川市人民政府办公室",
    "2020年12月17日",
)
NAVIGATION = "".join(
    f'<li><a href="/{n}/">{name}</a></li>' for n, name in enumerate(("首页", "政务公开", "办事服务", "互动交流"))
)
RELATED = "".join(f'<li><a href="/r/{n}.html">平川市关于做好第{n}批相关工作的通知</a></li>' for n in range(4))
FOOTER = '<div class="footer">主办：平川市人民政府 网站标识码：3700000001 鲁ICP备05000001号</div>'


def response(
    body: str | bytes, url: str = "http://www.pingchuan.gov.cn/xxgk/t20201218_1.html", **kwargs: object
) -> Response:
    """A saved page as the network would have brought it."""
    return Response(url, body=body.encode() if isinstance(body, str) else body, **kwargs)


def paragraphs(lines: tuple[str, ...] = TEXT) -> str:
    return "".join(f"<p>　　{line}</p>" for line in lines)


def page(article: str, head: str = "") -> str:
    """An article inside the usual chrome."""
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{TITLE}_平川市人民政府</title>{head}</head><body>'
        f'<div class="header"><ul class="nav">{NAVIGATION}</ul></div><div class="crumb">'
        f"您的位置：首页 &gt; 政务公开</div>"
        f'<div class="main">{article}</div><div class="side"><h3>相关阅读</h3><ul>'
        f"{RELATED}</ul></div>{FOOTER}</body></html>"
    )


def article(container: str, heading: str = "<h1>{}</h1>", inner: str = "") -> str:
    """Heading, date line and body; `container` is the body's opening tag."""
    tag = container[1:].split()[0].rstrip(">")
    return (
        f'{heading.format(TITLE)}<div class="info">发布时间：2020-12-18 来源：市政府办 字体：大 中 小</div>'
        f'{container}{inner or paragraphs()}</{tag}><div class="share">分享到：微信 微博</div><p>'
        f"【打印】【关闭窗口】</p>"
    )
