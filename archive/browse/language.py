"""The words of the pages: Chinese as written in the templates, and its English."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from archive.records import INDEX_FIELDS

BEIJING = timezone(timedelta(hours=8))

LABELS: dict[str, str] = dict(zip(INDEX_FIELDS, (
    "索引号", "发布机构", "发布日期", "成文日期", "文号", "信息分类", "主题分类", "体裁分类", "主题词", "内容概述",
    "信息来源", "有效性", "生效日期", "废止日期", "公开方式"), strict=True))

ENGLISH: dict[str, str] = {
    "公开": "gongkai",
    "政府信息公开存档": "Archive of government disclosure",
    "跳到正文": "Skip to content",
    "检索": "Search",
    "全文检索": "Full text",
    "词、\"短语\"、-排除、标题:、机构:、文号": "words, \"phrases\", -without, 标题:, 机构:, numbers",
    "首页": "Home",
    "动态": "Changes",
    "数据表": "Tables",
    "网站": "Sites",
    "文件": "Documents",
    "栏目": "Channels",
    "抓取": "Captures",
    "最近更新": "Last run",
    "逐年文件数": "Documents by year",
    "各地文件数": "Documents by region",
    "最新文件": "Newest",
    "最近变动": "Lately changed",
    "最近撤下": "Lately withdrawn",
    "近来没有改动。": "Nothing has changed lately.",
    "完整性": "Completeness",
    "年份": "Year",
    "件数": "Number",
    "地区": "Region",
    "未注明地区": "no region given",
    "尚无内容。运行 gongkai crawl 开始存档。": "Nothing is here yet. Begin with gongkai crawl.",
    "个栏目与网站所称总数相符": "channels agree with what their sites claim",
    "个栏目有缺": "channels lack something",
    "个栏目未声明总数或尚未走完": "channels claim no total or are not walked to the end",
    "以表格显示": "As a table",
    "主题": "Topic",
    "有无附件": "Attachments",
    "有附件": "with attachments",
    "无附件": "without attachments",
    "起": "from",
    "止": "until",
    "按相关": "Titles first",
    "按日期": "Newest first",
    "排序": "Order",
    "条结果": "results",
    "条以上结果": "or more results",
    "没有找到。": "Nothing was found.",
    "可试：减少词语，去掉引号或筛选，换用单字。": "Try fewer words, no quotes or filters, or a single character.",
    "筛选": "Narrow",
    "分面按最新的若干条计数，共": "counted on the newest",
    "条": "",
    "取消": "remove",
    "上一页": "Previous",
    "下一页": "Next",
    "订阅": "Feed",
    "旧版本": "an earlier version",
    "未注明日期": "undated",
    "无标题": "Untitled",
    "索引信息": "Index",
    "其他标签": "Other labels",
    "出处": "Where it stood",
    "原样": "As printed",
    "异说": "Also stated",
    "目录": "Outline",
    "附件": "Attachments",
    "附件文字": "Text of the attachment",
    "本页无正文，以下文字取自附件：": "This page has no text of its own; what follows is from its attachments: ",
    "下载存档": "Archived copy",
    "来源": "Where it is",
    "原文": "Original",
    "快照": "Snapshot",
    "版本": "Versions",
    "抓取记录": "Captures",
    "引用格式": "Cite",
    "本版": "this one",
    "与本版比较": "compare",
    "看改动": "what changed",
    "本页现已撤下": "This page has been withdrawn",
    "这是旧版本；": "This is an earlier version;",
    "看最新版本": "see the latest",
    "可疑之处": "Doubts",
    "同文另见": "The same text elsewhere",
    "引用的文件": "Cites",
    "相近的文件": "Much the same",
    "被引用于": "Cited by",
    "字": "characters",
    "时间": "Time",
    "状态": "Status",
    "类型": "Type",
    "大小": "Size",
    "读作": "Read as",
    "名称": "Name",
    "两个版本的差异": "What changed between two versions",
    "两份文件的差异": "How two documents differ",
    "它们出自不同的页面，不是同一页的先后版本。": "They are of different pages, not versions of one.",
    "与本文比较": "compare",
    "旧": "Old",
    "新": "New",
    "删去": "removed",
    "增加": "added",
    "文字相同。": "The texts are the same.",
    "完整性证明": "Certificate",
    "网站所称": "Claimed",
    "已存": "Archived",
    "已撤": "Gone",
    "被拒": "Blocked",
    "失败": "Failed",
    "未读懂": "Unread",
    "待取": "Pending",
    "站外": "Foreign",
    "重列": "Twice",
    "不明": "Unexplained",
    "最近一次遍历": "Last walk",
    "发布节奏": "Rhythm of publishing",
    "未能存档的页面": "Pages that could not be archived",
    "原因": "Reason",
    "链接": "Address",
    "日期": "Day",
    "遍历记录": "Walks",
    "页数": "Pages",
    "所见": "Seen",
    "新增": "Fresh",
    "结局": "Outcome",
    "备注": "Note",
    "该机构的文件": "Its documents",
    "文号缺号": "Serials that are missing here",
    "线索而非定论：文号可能未公开或未在所存网站发布。":
        "A lead, not a verdict: they may never have been published, or not on these sites.",
    "尚无记录。": "Nothing yet.",
    "变动": "What",
    "页面": "Page",
    "更早": "Earlier",
    "出错了": "Something is wrong",
    "返回首页": "Back to the first page",
    "查看": "Show",
    "下载": "Download",
    "快照在沙盒中显示，不运行脚本。": "Snapshots are shown in a sandbox; no script runs.",
    "等": "and more",
    "全部文件": "All documents",
    "全部动态": "All changes",
    "全部网站": "All sites",
    "时间均为北京时间": "All times are Beijing time (UTC+8)",
    "少": "fewer", "多": "more",
    "正文": "text",
    "点按各项可见其出处": "press a value to see where it stood",
    "复制": "Copy", "已复制": "Copied",
    "未取得": "not fetched", "种": "kinds",
    "附件已取": "Files fetched",
    "主办": "by", "本存档收录": "In this archive", "件": "documents",
    "分面数为至少数：只数最新的": "Numbers are at least that: counted on the newest",
    "条。": ".",
    "检索方法": "How to search",
    "字数": "Characters",
    "中央": "central", "其他": "elsewhere",
    "该网站": "of this site", "版": "version",
    "没有内容": "nothing",
    "页": "pages ",
    "有效": "in force",
    # index fields
    "索引号": "Index number", "发布机构": "Publisher", "发布日期": "Published",
    "成文日期": "Written", "文号": "Document number",
    "信息分类": "Category", "主题分类": "Topic", "体裁分类": "Genre", "主题词": "Keywords", "内容概述": "Summary",
    "信息来源": "Source", "有效性": "Validity", "生效日期": "In force from",
    "废止日期": "Until", "公开方式": "Disclosure",
    # evidence
    "header": "header", "listing": "listing",
    # the calendar
    "一": "M", "三": "W", "五": "F", "日": "S",
    "1月": "Jan", "2月": "Feb", "3月": "Mar", "4月": "Apr", "5月": "May", "6月": "Jun", "7月": "Jul", "8月": "Aug",
    "9月": "Sep", "10月": "Oct", "11月": "Nov", "12月": "Dec",
}
# Where a value stood, and how a walk ended, in Chinese; in English they are as they are.
CHINESE: dict[str, str] = {
    "header": "索引栏", "line": "标题旁一行", "meta": "网页元信息", "json": "页面数据", "title": "标题", "body": "正文",
    "breadcrumb": "当前位置", "text": "纯文本", "listing": "列表", "url": "网址",
    "exhausted": "走完", "caught_up": "接上", "truncated": "被截断",
    "broken": "版式已变", "limited": "限量", "failed": "失败",
    "moved": "途中移动", "open": "未完", "never": "未走",
    "archived": "已存", "gone": "已撤下", "blocked": "被拒", "unread": "未读懂", "pending": "待取", "foreign": "站外",
    "document": "文件", "redirect": "转向", "shell": "空壳", "unreadable": "未读懂",
    "new": "新发", "changed": "改动", "withdrawn": "撤下", "metadata": "索引信息", "attachment": "附件",
    "returned": "恢复", "no longer listed": "不再列出", "listed again": "重新列出",
}


def translate(words: str | None, language: str) -> str:
    """The words in a language, `zh` or `en`; words nobody translated stay as they are."""
    if not words:
        return ""
    return ENGLISH.get(words, words) if language == "en" else CHINESE.get(words, words)


def moment(at: str | None) -> str:
    """A time of the archive (UTC) as China's clocks had it, to the minute."""
    try:
        return f"{datetime.fromisoformat(at).astimezone(BEIJING):%Y-%m-%d %H:%M}" if at else ""
    except ValueError:  # an archive that others filled: T25:00:00Z
        return str(at)


def size(count: int | None) -> str:
    """Bytes as a person says them."""
    if count is None or count < 1024:
        return f"{count or 0} B"
    return f"{count / 1024:.0f} KB" if count < 1 << 20 else f"{count / (1 << 20):.1f} MB"
