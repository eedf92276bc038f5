"""Pages that pretend to be documents (reliability.md B14): none of them is archived, and no real page is refused.

python -m benchmarks.fakes [--manifest ../shared/realpages/manifest.jsonl]

A fake is a sentence of a server, a firewall or a login, in each of several dresses: bare, in the frame of a government
site, under the title of the site with its links around it, and in the container that its documents stand in. Real pages
are those of a manifest (JSON lines of {"file", "url"}; of kind document or detail) and made ones (tests/made_pages.py).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

from scrapy.http import HtmlResponse

from pipelines import extract
from tests.made_pages import made

URL = "http://www.pingchuan.gov.cn/zwgk/2023/5/{}.html"
MADE = 200
SAID = (
    ("页面不存在", "对不起，您访问的页面不存在或已删除！5秒后返回首页"),
    ("404", "很抱歉，您要访问的页面不存在，可能已被删除、名称已被更改或暂时不可用。"),
    ("提示信息", "该信息已被删除，请返回首页查看其他信息。"),
    ("信息提示", "您查看的文章已下线"),
    ("系统提示", "抱歉，没有找到您要查看的内容"),
    ("网站维护", "网站正在维护升级，给您带来不便敬请谅解，请稍后访问。"),
    ("系统维护公告", "系统维护中，请稍后再试"),
    ("访问被拦截", "您的请求疑似攻击行为，已被网站防火墙拦截。如有疑问请联系管理员。事件编号：a1b2c3"),
    ("访问过于频繁", "您的访问过于频繁，请稍后再试或输入验证码继续访问"),
    ("安全验证", "请完成安全验证后继续访问。请输入验证码"),
    ("用户登录", "请先登录后再查看。用户名 密码 验证码"),
    ("统一身份认证", "登录超时，请重新登录"),
    ("服务器错误", "服务器内部错误，请与管理员联系"),
    ("建设中", "栏目建设中，敬请期待"),
    ("无权访问", "您没有权限访问该页面，请联系管理员"),
)
WORDS = ("首页", "要闻动态", "政务公开", "政务服务", "互动交流", "专题")
NAV = "".join(f"<a href='/{n}/'>{word}</a>" for n, word in enumerate(WORDS))
FOOT = ("<div class='footer'>主办：平川市人民政府办公室　网站标识码：4312000001　湘ICP备05000001号　"
        "联系我们 网站地图</div>")  # fmt: skip
DRESSES = (
    "<html><head><title>{0}</title></head><body><p>{1}</p></body></html>",
    "<html><head><title>{0}</title></head><body><div class='nav'>" + NAV + "</div><div class='tip'>{1}</div>" + FOOT
    + "</body></html>",
    "<html><head><title>平川市人民政府</title></head><body>" + NAV + "<div class='box'><h2>{0}</h2><p>{1}</p>"
    "<a href='/'>返回首页</a></div>" + FOOT + "</body></html>",
    "<html><head><title>{0}-平川市人民政府</title></head><body>" + NAV + "<h1>{0}</h1>"
    "<div class='TRS_Editor' id='zoom'><p>{1}</p></div>" + FOOT + "</body></html>",
)  # fmt: skip


def fakes() -> Iterator[tuple[str, str]]:
    for dress, page in enumerate(DRESSES, start=1):
        for title, words in SAID:
            yield f"{title}, dress {dress}", page.format(title, words)


def real(manifest: Path | None) -> Iterator[tuple[str, str, bytes]]:
    for number in range(MADE):
        page = made(number)
        yield f"made {number}", page.url, page.html.encode()
    for line in manifest.read_text("utf-8").splitlines() if manifest else ():
        row = json.loads(line)
        if row["kind"] in ("document", "detail"):
            yield row["file"], row["url"], (manifest.parent / row["file"]).read_bytes()  # type: ignore[union-attr]


def kind(url: str, body: bytes) -> tuple[str, str | None]:
    reading = extract(HtmlResponse(url, body=body))
    return reading.kind, reading.problem


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--manifest", type=Path)
    pages = list(fakes())
    taken = [name for n, (name, page) in enumerate(pages) if kind(URL.format(n), page.encode())[0] == "document"]
    judged = [(name, *kind(url, body)) for name, url, body in real(parser.parse_args().manifest)]
    refused = [f"{name}: {found}, {problem}" for name, found, problem in judged if found != "document"]
    print(f"{len(taken)} of {len(pages)} fake pages taken for documents  {'NOT MET' if taken else 'met'}")
    print(f"{len(refused)} of {len(judged)} real pages refused  {'NOT MET' if refused else 'met'}")
    print("\n".join([*taken, *refused]))


if __name__ == "__main__":
    main()
