"""Sentences that other rooms write in English (reasons, doubts, notes of walks, what is wrong with a search), as a
Chinese page says them. The ledger keeps one language; what is not in this table stays as it is."""

from __future__ import annotations

import re

# Pattern of a whole sentence → Chinese, with what the groups held. Above each, one that was seen.
TABLE: tuple[tuple[str, str], ...] = (
    # the server answers 521 (加速乐)
    (r"the server answers (\d+)(.*)", r"服务器答 \1\2"),
    (r"no longer listed", "不再列出"),
    (r"listed again", "重新列出"),
    (r"gone", "已撤下"),
    # moved to its parent http://…
    (r"moved to its parent (.+)", r"转到上级栏目 \1"),
    (r"robots\.txt disallows it", "robots.txt 不许抓取"),
    (r"robots\.txt answers (\d+), so nothing may be asked", r"robots.txt 答 \1，故不得抓取"),
    (r"robots\.txt could not be fetched, so nothing may be asked: (.+)", r"取不到 robots.txt，故不得抓取：\1"),
    (r"the host name cannot be resolved(.*)", r"域名无法解析\1"),
    (r"the host refuses connections(.*)", r"主机拒绝连接\1"),
    (r"no complete answer in time(.*)", r"未在时限内答完\1"),
    (r"the answer is too large(.*)", r"应答过大\1"),
    (r"(?:the answer|the compressed answer) breaks off(.*)", r"应答中断\1"),
    (r"the answer is no valid HTTP, or the line was cut(.*)", r"应答不合 HTTP，或线路中断\1"),
    (r"it redirects without end: .*", "循环转向"),
    (r"not in the recording (.+)", r"录制文件 \1 中没有"),
    (r"a challenge of (.+) instead of the page", r"所得非网页，而是\1的验证页"),
    (r"an error page of (.+) instead of the page", r"所得非网页，而是\1的拦截页"),
    (r"the page says [“\"](.+)[”\"]", r"页面称“\1”"),
    (r"the page asks to log in", "须登录"),
    (r"a script that sets a cookie and asks again instead of the page", "所得非网页，而是验证脚本"),
    (r"(?:a meta refresh|a script|a frame) leads elsewhere", "转向别处"),
    (r"the answer is empty", "应答为空"),
    (r"the answer holds no text that could be a document", "应答中没有可作文件的文字"),
    (r"not a page but a file \((.+)\)", r"不是网页而是文件（\1）"),
    (r"a (?:listing|redirect|shell), no document", "不是文件页"),
    (r"another site: (.+)", r"属于别的网站：\1"),
    (r"a web page, no file", "所得为网页，不是文件"),
    # doubts of a reading
    (r"no known layout: the densest part below the heading was taken", "版式未知，取标题下文字最密的部分为正文"),
    (r"no text: the document is only its pictures", "没有文字，正文只是图片"),
    (r"no text", "没有文字"),
    (r"short body: (\d+) characters", r"正文很短，只有 \1 字"),
    (r"no title", "没有标题"),
    # notes of walks
    (r"the list shrank by (\d+) while it was walked; walk it again", r"遍历途中列表少了 \1 条，须重走"),
    (r"what the site counts and what it lists do not add up \((.+)\); walk it again",
     r"网站所称与所列不符（\1），须重走"),
    (r"the list leads back to (.+), or does not end", r"列表绕回 \1，或没有尽头"),
    # what is wrong with a question
    (r"the search has (\d+) characters, at most (\d+) are looked for; shorten it\.",
     r"检索式有 \1 字，最多 \2 字；请缩短。"),
    (r"the search (?s:.)+ names nothing to be found; give a word, as: .+",
     "检索式里没有要找的词；请至少给出一个词，例如：预算 -决算"),
    (r"(.+): not a day; write it as (.+)\.", r"“\1”不是日期；请写作 \2。"),
    (r"(.+): not a year; write it as (.+)\.", r"“\1”不是年份；请写作 \2。"),
    (r"日期:(.+): not days; write (\S+) or (\S+)\.", r"“日期:\1”不是日期；请写作 \2 或 \3。"),
    (r"-(.+): takes words out, not fields; leave out the minus, or the field\.",
     r"减号只能排除词语，不能排除“\1:”；请去掉减号或字段名。"),
    (r"page=(.+): pages go from 1 to (\d+); narrow the search for the rest\.",
     r"没有第“\1”页；最多看到第 \2 页，其余请缩小范围再查。"),
    (r"(.+): changes are narrowed by site and publisher alone\.",
     r"“\1”：动态只能按网站（site）或机构（publisher）查看。"),
    (r"(.+): attached is 1 or 0\.", r"“\1”：attached 只能是 1（有附件）或 0（无附件）。"),
    (r"(.+): hits are sorted by date alone, or titles first\.",
     r"“\1”：只能按相关（不写 sort）或按日期（sort=date）排序。"),
    (r"before=(.+): not the number of a capture\.", r"“before=\1”不是抓取记录的编号。"),
)
PATTERNS = tuple((re.compile(rf"\A{pattern}"), chinese) for pattern, chinese in TABLE)


def say(sentence: str | None, language: str) -> str:
    """The sentence in Chinese where it is known and Chinese is spoken."""
    if not sentence or language == "en":
        return sentence or ""
    for pattern, chinese in PATTERNS:
        if found := pattern.fullmatch(sentence):
            return found.expand(chinese)
    return sentence
