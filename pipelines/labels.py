"""The vocabulary of index metadata: printed labels, meta names, JSON keys and attributes → fields of `Index`.

From platforms.md §A.2 (frequency there), §B.3, §1.3, §2, §6.2. A field has one or more groups of labels. Labels of
one group mean the same and may contradict each other; those of a later group are another thing that stands in for
the first where the first is missing, and is kept in `Index.other` where it is not:

    category  信息分类, then 组配分类 and 公开目录 (the catalogue's own terms), then the 栏目; if a page files its
              document by topic alone, the 主题分类 is its category as well (pipelines/index.py)
    written_on  成文/生成日期, then 发文日期, which on sites without any 发布日期 is the date of publication
    publisher  发布机构, then 发文机关, then names that also occur in texts
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from archive.characters import compatible

_VOCABULARY: dict[str, tuple[str, ...]] = {
    "index_number": ("索引号 信息索引 信息索引号 索引码 索引编号 信息索取号 索取号 目录号 信息编号",),
    "title": (
        "名称 标题 信息名称 信息标题 文件名称 公文名称 公文标题 文件标题 事务名称 题名 公开事项名称 法规名称 政策名称",
    ),
    "document_number": (
        "文号 发文字号 文件编号 发文号 发文文号 公文文号 文件文号 文件字号 发布文号 文件号 公文号 发文编号 政策文号 "
        "字号",
        "编号",
    ),
    "publisher": (
        "发布机构 发布机关 发布单位 发布部门 公开机构 信息发布机构",
        "发文机关 发文机构 发文单位 发文部门 制定机关 制发机关 制定单位 印发机关 印发单位 颁布机关 颁布单位 颁布部门 "
        "公布机关 公布单位 公布部门",
        "所属机构 信息所属单位 信息提供单位 机构 发布者",
    ),
    "written_on": (
        "成文日期 生成日期 成文时间 生成时间 产生日期 形成日期 写作日期 制作日期 信息生成日期 "
        "签发日期 签发时间 签署日期 制发日期 制定日期 落款日期",
        "发文日期 发文时间 印发日期 印发时间",
    ),
    "published_on": (
        "发布日期 发布时间 公开日期 公开时间 信息公开日期 信息发布日期 信息发布时间 公布日期 公布时间 "
        "上网日期 上网时间 信息提供日期 发表时间 发表日期 发稿时间 发布于",
        "录入日期 录入时间 添加日期 添加时间 上传日期 上传时间 创建日期 创建时间 登记日期 编辑时间 更新时间 更新日期 "
        "公告日期 公告时间 颁布日期 颁布时间 时间 日期 发布 发表",
    ),
    "effective_on": ("生效日期 生效时间 实施日期 实施时间 施行日期 施行时间 执行日期",),
    "expires_on": ("废止日期 废止时间 失效日期 失效时间 有效期 有效期至 有效期限 终止日期",),
    "validity": (
        "有效性 时效性 时效 时效状态 信息有效性 是否有效 信息状态 文件状态 效力状态 有效状态 信息时效性 文件有效性",
        "状态",
    ),
    "topic": ("主题分类 政策主题 所属主题 信息主题 主题",),
    "genre": ("体裁分类 体裁 公文种类 文种 文种分类 文件种类 文件类型 公文类型 信息体裁",),
    "category": (
        "信息分类 分类 信息类别 信息种类 文件类别 目录分类 所属分类 文件分类 类别",
        "组配分类 公开目录 所属目录 公开分类 扩展分类",
        "栏目 所属栏目 栏目名称",
    ),
    "keywords": ("关键词 主题词 关键字 标签",),
    "summary": ("内容概述 内容摘要 内容概要 摘要 概述 信息概述 信息摘要 内容简介",),
    "source": (
        "信息来源 来源 稿件来源 文章来源 新闻来源 消息来源 发布来源 原文来源 来源单位 来源部门 来源机构 来源网站 出处 "
        "转载自 稿源",
    ),
    "disclosure": (
        "公开方式 公开属性 公开类别 公开类型",
        "公开形式 发布形式 公开渠道 公开渠道和载体",
    ),
    # Kept in `other` under the printed label.
    "other": (
        "信息顺序号 顺序号 副标题 上标题 引题 统一编号 统一登记号 规范性文件编号 规范性文件统一编号 "
        "登记号 备案号 联合发文单位 联合发布机构 会签单位 责任部门 责任部门(处室) 责任部门/科室 "
        "公开责任部门 责任处室 主办单位 承办单位 公开主体 签发人 审核人 服务对象分类 服务对象 "
        "公开对象 不公开理由 公开方式/不公开理由 公开依据 公开时限 公开期限 公开范围 审核程序 "
        "公开程序 载体类型 记录形式 信息格式 信息载体 语种 语言 涉密状态 密级 备注 位置关键词 "
        "文章类型 作者 编辑 责任编辑 责编 审核 初审 复审 终审 记者 通讯员 撰稿 供稿 校对 信息员",
    ),
    # Ends a value, says nothing.
    "ignore": (
        "浏览次数 浏览量 浏览数 浏览 点击数 点击量 点击率 点击次数 点击 访问量 访问次数 阅读次数 "
        "阅读量 阅读数 阅读 人气 查看次数 字体 字体大小 浏览字号 大小 打印 打印本页 关闭 关闭窗口 "
        "收藏 分享 分享到 我要纠错 语音阅读 语音播报 保护视力色 视力保护色 背景色 扫一扫 下载 附件 "
        "附件下载 相关附件 文件下载 相关下载 相关文件 相关解读 解读文件 相关信息 "
        "在线链接地址 链接地址 原文链接 当前位置 您的位置 您现在的位置 您当前的位置 您所在的位置 "
        "当前所在位置 所在位置 上一篇 下一篇",
    ),
}
# Of these, what stands over the files of a document.
ENCLOSING = frozenset({"附件", "附件下载", "相关附件", "文件下载", "相关下载", "相关文件"})
# Words of everyday texts: labels only beside labels of the index proper.
_WEAK = (
    "编号 机构 发布者 时间 日期 主题 分类 类别 状态 栏目 标签 体裁 摘要 概述 名称 标题 题名 登记日期 执行日期 "
    "制定日期 终止日期 有效期 有效期限 字号 时效 主题词 关键词 关键字 公开范围 公开形式 公开方式 实施时间 施行时间 "
    "实施日期 施行日期"
)
_PREFIXES = ("信息", "公文", "文件", "所属", "文章")  # 信息X says the same as X

# Meta tags of 国办发〔2017〕47号 (case does not matter), of gov.cn, and one misspelling of a whole portal.
META = {
    "pubdate": "published_on",
    "publishdate": "published_on",
    "firstpublishedtime": "published_on",
    "contentsource": "source",
    "keywords": "keywords",
    "description": "summary",
    "desctiption": "summary",
    "columnname": "category",
}
CONTENT_PAGE = frozenset({"articletitle", "pubdate", "publishdate", "firstpublishedtime"})  # has them; columns do not

# Keys of the JSON that details are made of: gkmlpt and postmeta, gov.cn, Kaipu, IGS, Suzhou.
JSON_KEYS = {
    "identifier": "index_number",
    "indexnumber": "index_number",
    "index": "index_number",
    "c_syh": "index_number",
    "serial_number": "index_number",
    "document_number": "document_number",
    "pcode": "document_number",
    "refno": "document_number",
    "filenum": "document_number",
    "fwzh": "document_number",
    "c_wjbh": "document_number",
    "ext_wh": "document_number",
    "ext_zh": "document_number",
    "publisher": "publisher",
    "puborg": "publisher",
    "organ": "publisher",
    "fwjg_name": "publisher",
    "ext_fbjg": "publisher",
    "ext_fwdw": "publisher",
    "display_publish_time": "published_on",
    "pubtimestr": "published_on",
    "publishedtimestr": "published_on",
    "docreltime": "published_on",
    "published_at": "published_on",
    "fbrq": "published_on",
    "date": "published_on",
    "ptime": "written_on",
    "writedate": "written_on",
    "c_fwrq_format": "written_on",
    "classify_main_name": "category",
    "classify_theme_name": "topic",
    "ext_ztfl": "topic",
    "theme": "topic",
    "childtype": "topic",
    "classify_genre_name": "genre",
    "wzfl_name": "genre",
    "keywords": "keywords",
    "subjectword": "keywords",
    "abstract": "summary",
    "summary": "summary",
    "source": "source",
    "expired_time": "expires_on",
    "effectivestate": "validity",
    "ext_sx": "validity",
    "title": "title",
}
EPOCH_KEYS = {"date": "written_on"}  # gkmlpt's record: a time stamp is the 成文日期, a printed date the 发布日期
# Hanweb xxgk prints the block as attributes of the title link.
ATTRIBUTES = {"syh": "index_number", "mc": "title", "rq": "published_on", "wh": "document_number"}

PLACEHOLDERS = frozenset(
    {
        "无",
        "暂无",
        "空",
        "null",
        "undefined",
        "none",
        "nan",
        "nbsp",
        "无文号",
        "暂无内容",
        "号",
        "不限",
        "全部",
        "请选择",
    }
)

SPACE = re.compile(r"[\s\x01-\x04\u200b\u200c\u200d\ufeff]+")  # \x01–\x04 mark inline elements, see pipelines/index.py
_WRAPPERS = "【】[]〔〕()<>「」:﹕·、,;|*•. "
_ORDINAL = re.compile(r"^(?:\d{1,2}[.、]|[一二三四五六七八九十]{1,2}、)")


@dataclass(frozen=True, slots=True)
class Label:
    """What a printed label stands for. `group` 0 is the field's own; `strong` labels occur in index blocks only."""

    printed: str
    field: str
    group: int
    strong: bool


def _entries() -> dict[str, Label]:
    table: dict[str, Label] = {}
    weak = frozenset(_WEAK.split())
    for field, groups in _VOCABULARY.items():
        for group, labels in enumerate(groups):
            for printed in labels.split():
                plain = field in ("published_on", "source", "other", "ignore", "title")
                table[printed] = Label(printed, field, group, not plain and printed not in weak)
    return table


LABELS = _entries()


def squeeze(text: str) -> str:
    """A label or number without white space and marks, NFKC: `索 引 号：` → `索引号:`."""
    if " " in text or not text.isprintable():  # without white space and marks, as most are
        text = SPACE.sub("", text)
    normal = compatible(text)
    return text if normal == text else SPACE.sub("", normal)


def lookup(text: str) -> Label | None:
    """The label that `text` consists of, wrappers, bullets and colon aside; platforms.md §A.1. Most values begin with a
    Chinese character that begins no label."""
    first = text.lstrip(_BEFORE)[:1]
    return None if "\u4e00" <= first <= "\u9fff" and first not in _OPENING else _lookup(text[:60])


@lru_cache(maxsize=4_000)  # the pages of a site repeat their labels
def _lookup(text: str) -> Label | None:
    name = squeeze(text)
    if not name or len(name) > 20:
        return None
    name = _ORDINAL.sub("", name.strip(_WRAPPERS))
    return LABELS.get(name) or _prefixed(name)


FIRST = "".join(sorted({name[0] for name in LABELS} | {p[0] for p in _PREFIXES}))
_BEFORE = " \t\r\n\xa0\u3000\x01\x02\x03\x04\u200b" + _WRAPPERS  # as stands before a label; others are squeezed away
_OPENING = frozenset(FIRST + "一二三四五六七八九十")


def _prefixed(name: str) -> Label | None:
    for prefix in _PREFIXES:
        known = LABELS.get(name[len(prefix) :]) if name.startswith(prefix) else None
        if known and known.field not in ("ignore", "other"):
            return Label(name, known.field, known.group, known.strong)
    return None


# Two ranges at most: for each further class `re` goes over all characters, which for all labels took 0.15 s.
GAP = r"[\s\x01-\x04\u200b-\u200d]{0,40}"


def _pattern() -> str:
    """Every label with white space and marks allowed between its characters, linear to match. A look at the first
    character spares the tree where there is none, which is nearly everywhere."""
    prefix = "|".join(GAP.join(p) for p in _PREFIXES)
    return f"(?=[{re.escape(FIRST)}])(?:(?:{prefix}){GAP})?{_branches(sorted(LABELS))}"


def _branches(names: list[str]) -> str:
    """Names as a tree of their characters, the longest first; a flat list of names takes five times as long."""
    firsts = sorted({name[:1] for name in names} - {""})
    inner = {first: [name[1:] for name in names if name[:1] == first] for first in firsts}
    grown = (re.escape(first) + (f"{GAP}{_branches(rest)}" if any(rest) else "") for first, rest in inner.items())
    return f"(?:{'|'.join(grown)}){'?' if '' in names else ''}"


PATTERN = _pattern()
