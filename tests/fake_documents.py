"""What the offices of an invented city disclose: annual reports, summaries, notices, announcements, explanations.

Every place, office, number and sentence here is made up. `paper(serial, day, seed)` writes the same document for the
same arguments, 4–8 KB of text each, so that a site of 20,000 documents needs no memory for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

Table = tuple[tuple[str, ...], ...]
Block = str | Table


@dataclass(frozen=True, slots=True)
class Office:
    """Who publishes. `short` heads its 文号, `code` is its organisation code (GB 11714), `we` how it calls itself."""

    name: str
    place: str
    we: str
    short: str
    code: str


@dataclass(frozen=True, slots=True)
class Enclosure:
    """An attachment: the name a person sees, and its text; the bytes are made of it by fake_files.py."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Paper:
    """One document as its office wrote it. `index` holds the Index fields as printed, dates included."""

    serial: int
    office: Office
    title: str
    blocks: tuple[Block, ...]
    published_on: str
    index: Mapping[str, str] = field(default_factory=dict)
    enclosures: tuple[Enclosure, ...] = ()

    @property
    def clock(self) -> str:
        """The time of day at which it was put on line."""
        return f"{8 + self.serial % 10:02d}:{self.serial * 7 % 60:02d}:{self.serial * 11 % 60:02d}"

    @property
    def text(self) -> str:
        """What an archive must hold: paragraphs on lines, a table row on one line with tabs between its cells."""
        return "\n".join(_lines(self.blocks))


def _lines(blocks: Sequence[Block]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, str):
            yield block
        else:
            yield from ("\t".join(row) for row in block)


def organisation_code(body: str) -> str:
    """Eight characters with the check character of GB 11714-1997: `00731284` gives `007312847`."""
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    rest = 11 - sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11
    return body + {10: "X", 11: "0"}.get(rest, str(rest))


def _office(name: str, place: str, we: str, short: str, body: str) -> Office:
    return Office(name, place, we, short, organisation_code(body))


OFFICES: tuple[Office, ...] = (
    _office("澜江市人民政府办公室", "澜江市", "我市", "澜政办", "00731284"),
    _office("青沙县人民政府办公室", "青沙县", "我县", "青政办", "00732076"),
    _office("石岭县人民政府办公室", "石岭县", "我县", "石政办", "00732148"),
    _office("白渡区人民政府办公室", "白渡区", "我区", "白政办", "00732201"),
    _office("澜江市教育局", "澜江市", "我局", "澜教发", "00731305"),
    _office("澜江市民政局", "澜江市", "我局", "澜民发", "00731348"),
    _office("澜江市住房和城乡建设局", "澜江市", "我局", "澜建发", "00731372"),
    _office("澜江市卫生健康委员会", "澜江市", "我委", "澜卫发", "00731399"),
    _office("澜江市市场监督管理局", "澜江市", "我局", "澜市监发", "00731444"),
    _office("青沙县柳桥镇人民政府", "柳桥镇", "我镇", "柳政发", "01482630"),
    _office("石岭县云台乡人民政府", "云台乡", "我乡", "云政发", "01482665"),
    _office("白渡区河湾街道办事处", "河湾街道", "我街道", "河街办", "01482702"),
)

TOPICS: tuple[str, ...] = (
    "政务公开", "基层政务公开标准化规范化", "优化营商环境", "农村人居环境整治", "义务教育阶段招生",
    "城乡居民医疗保险参保缴费", "食品安全监督抽检", "安全生产专项整治", "地质灾害防治", "城镇老旧小区改造",
    "困难群众救助", "公共资源配置领域信息公开", "财政预决算公开", "行政规范性文件清理", "权责清单动态调整",
    "森林草原防灭火", "河湖长制", "惠企政策兑现", "耕地地力保护补贴发放", "公共场所卫生监督",
)  # fmt: skip

# In the sentences below `#` is a number that differs from document to document.
PROACTIVE: tuple[str, ...] = (
    "{we}坚持以公开为常态、不公开为例外，全年通过政府门户网站主动公开政府信息#条，其中工作动态#条，政策文件#件，"
    "财政资金信息#条，人事信息#条，办理人大代表建议和政协委员提案答复#件。",
    "对照《中华人民共和国政府信息公开条例》第二十条逐项核对公开内容，补充机构职能、行政许可、行政处罚等信息#条，"
    "更正失效链接和错敏表述#处，确保每一项法定内容都查得到、看得懂。",
    "围绕群众关心的教育、医疗、住房、养老等事项，公开办事指南#项，绘制流程图#张，把办理条件、所需材料、办理时限"
    "和咨询电话一次写清，减少群众跑动。",
    "做好政策解读。坚持政策文件与解读材料同步起草、同步审签、同步发布，全年发布解读材料#篇，其中图文和视频解读#篇，"
    "主要负责人参与解读#次。",
    "及时回应社会关切，办理网民留言#件，按期答复率达到100%，对反映集中的#个问题形成专题答复并在网站公布。",
    "推进重大行政决策公开，就涉及公众利益的事项征求意见#次，收到意见建议#条，采纳#条，采纳情况和未采纳的理由一并公布。",
    "强化财政信息公开，按规定公开本级预决算和“三公”经费，指导#个预算单位同步公开，公开内容细化到支出功能分类的项级"
    "科目，并对增减变化较大的项目作出说明，方便群众对照监督。",
    "聚焦重点领域，集中公开重大建设项目批准和实施信息#条、公共资源配置信息#条、社会公益事业建设信息#条，做到过程可"
    "查询、结果可追溯，群众通过网站即可了解项目名称、规模、进度和责任单位。",
    "推行政务公开与业务工作同部署、同落实，把公开要求嵌入公文办理、会议组织和项目审批的各个环节，常务会议邀请群众"
    "代表列席#次，议定事项除依法不予公开的以外，均在会后一周内向社会公布。",
)
REQUESTS: tuple[str, ...] = (
    "畅通受理渠道，通过网络、信函和窗口受理政府信息公开申请，登记、转办、审核、答复各环节均有记录，全部在法定期限内"
    "办结，平均办理时间#个工作日。",
    "完善申请的登记、审核、办理、答复、归档全流程台账，对疑难申请会同司法行政部门研究，补正告知#件，"
    "电话沟通#次，答复文书引用法条准确、说理充分。",
    "在政务服务大厅设立申请受理窗口，配备查阅点电脑#台，接待现场查阅#人次，为老年人和残疾人提供代填服务#次。",
    "全年因政府信息公开被申请行政复议#件，被提起行政诉讼0件，没有被纠正的情形。",
    "加强与申请人的沟通，对申请内容不明确的一次性告知补正事项，对不属于本机关负责的告知其联系方式，全年解答咨询#次，"
    "没有因程序不当引起争议。",
)
RECORDS: tuple[str, ...] = (
    "严格落实先审查后公开、一事一审的要求，对拟公开的#件信息逐件审查，涉及个人隐私的#件作了隐名处理。",
    "建立文件公开属性源头认定制度，拟制公文时明确主动公开、依申请公开或者不予公开，全年认定#件，不予公开的均写明理由。",
    "集中清理现行有效的行政规范性文件，保留#件，修改#件，废止#件，清理结果向社会公布，并在文件页面标注有效性。",
    "对历史信息分类归档，迁移栏目#个、信息#条，核对附件#个，统一索引号编制规则，补齐缺失的成文日期和文号。",
    "落实信息动态管理，对标注失效、废止的文件及时调整，对转载信息注明来源，对图片和附件逐一核验，发现无法打开或者"
    "内容不一致的附件#个，当日完成更换。",
    "完善政府信息公开目录，细化一级类目#个、二级类目#个，逐项明确公开主体、公开依据、公开时限和公开渠道，目录每半年"
    "更新一次，更新情况在栏目首页提示。",
)
PLATFORM: tuple[str, ...] = (
    "优化政府信息公开专栏，按照统一格式设置指南、制度、法定主动公开内容和年度报告，调整栏目#个，栏目更新均不超过规定期限。",
    "门户网站全年访问量#万人次，政务新媒体发布信息#条，总阅读量#万次，关停长期不更新的账号#个。",
    "在镇村两级设置公开栏#块，配合便民服务点放置公开手册#册，让不上网的群众也能及时了解惠民政策。",
    "完成网站适老化和无障碍改造，新增语音朗读、大字版和智能问答功能，问答库收录常见问题#个。",
    "加强平台安全管理，落实信息发布三审三校制度，定期开展漏洞扫描和应急演练#次，全年未发生网络安全事件，网站可用率"
    "达到99.#%。",
    "推动线上线下融合，在政务服务大厅设置政务公开专区，配备触摸查询屏#台，提供政策咨询、文件查阅、打印复印等一站式"
    "服务，接待群众#人次。",
)
OVERSIGHT: tuple[str, ...] = (
    "将政务公开纳入年度绩效考核，权重不低于百分之四，每季度开展一次检查，通报问题#个，均已整改到位。",
    "举办业务培训#期，参训#人次，内容包括条例解读、申请答复文书、保密审查和网站信息发布规范。",
    "聘请社会监督员#名，开展社会评议#次，收集意见#条，评议满意度为9#.#%。全年没有因政府信息公开工作追究责任的情形。",
    "主要负责人听取政务公开工作汇报#次，分管负责人每季度召开推进会，研究解决公开中的难点问题#个。",
    "建立问题整改清单，对上级通报和第三方评估指出的#个问题逐条分析原因、制定措施、明确时限，整改结果经分管负责人"
    "审核后报备，形成发现、整改、反馈、巩固的闭环。",
    "健全工作机构，明确办公室为牵头科室，配备专职工作人员#名，落实专项经费#万元，为政务公开各项工作的开展提供了"
    "有力保障。",
)
PROBLEMS: tuple[str, ...] = (
    "一年来，{we}政府信息公开工作取得了一定成效，但仍存在一些不足：一是个别单位对公开工作重视不够，信息更新不够及时；"
    "二是政策解读形式较为单一，群众参与度不高；三是基层工作人员变动较快，业务能力有待提高。",
    "对照上级要求和群众期待，主要差距是：公开内容的针对性还不强，部分栏目信息数量偏少；依申请公开答复的规范化水平"
    "需要进一步提升；公开与政务服务的衔接还不够紧密。",
    "当前工作中还有一些薄弱环节：主动公开的深度不够，少数文件只公开正文而未公开附件；与群众互动的渠道不够多，意见"
    "征集的反馈不够具体；有的镇街对标准目录理解不深，公开内容与群众需求存在差距。",
)
PLANS: tuple[str, ...] = (
    "下一步，{we}将重点做好以下工作：一是健全制度，明确#项公开任务的责任单位和完成时限；二是丰富解读形式，提高图文"
    "和短视频解读比例；三是加强培训，分批轮训工作人员，提高依法公开的能力。",
    "今后将坚持问题导向，对薄弱环节列出清单、逐项销号；加强对镇街和部门的日常指导，每月抽查不少于#个栏目；推动"
    "公开与服务融合，让公开成果更多惠及企业和群众。",
    "针对上述问题，{we}将进一步提高认识，把公开透明贯穿于决策、执行、管理、服务和结果的全过程；进一步规范流程，从源头"
    "上认定公开属性；进一步强化考核，把群众评议结果作为改进工作的重要依据，不断提升政府工作的透明度和公信力。",
)
GOALS: tuple[str, ...] = (
    "深入贯彻落实党中央、国务院决策部署和省委、省政府工作要求，坚持以人民为中心的发展思想，紧扣{topic}的重点任务，"
    "做到目标明确、责任到人、公开透明，切实增强企业和群众的获得感。",
    "到{year}年底，{topic}各项制度基本健全，#项重点任务全部完成，群众满意度达到9#%以上，形成可复制、可推广的经验做法。",
    "坚持问题导向、分类施策，坚持先急后缓、量力而行，坚持全程公开、群众监督，确保{topic}工作积极稳妥、有序推进。",
    "坚持政府引导、部门联动、社会参与，统筹用好现有政策和资金，加强各环节的衔接配合，避免重复安排、重复填报，切实"
    "减轻基层负担，让{topic}的各项措施落到实处、见到实效。",
)
TASKS: tuple[str, ...] = (
    "摸清底数。各单位要于{year}年6月底前完成调查摸底，建立{topic}工作台账，逐项登记责任人、完成时限和进展情况，"
    "做到底数清、情况明、数字准，摸底结果经主要负责人签字后报送。",
    "细化措施。结合本地实际制定实施细则，将任务分解为#个方面、#项措施，明确牵头单位和配合单位，避免职责交叉和"
    "工作空档，对跨部门事项建立会商机制。",
    "规范程序。严格按照申报、审核、公示、批准、公布的程序办理，公示时间不少于七个工作日，公示期间收到的意见要逐条"
    "核实并书面答复，核实材料存档备查。",
    "强化资金保障。{year}年安排专项资金#万元，实行专账管理、专款专用，资金分配方案和使用结果在政府网站公开，"
    "接受审计和社会监督。",
    "加强宣传引导。通过政府网站、广播电视、宣传栏和村务公开栏宣传{topic}的政策要求，印发明白纸#份，组织宣讲#场，"
    "引导群众理解、支持和参与。",
    "推进信息公开。凡不涉及国家秘密、商业秘密和个人隐私的，应当自信息形成之日起二十个工作日内主动公开，公开内容"
    "包括政策依据、实施方案、进展情况和最终结果。",
    "严格监督检查。市政府督查室会同有关部门每季度抽查#个单位，对工作不力、弄虚作假的予以通报，对典型经验及时总结推广。",
    "做好风险防控。对可能影响社会稳定的事项开展评估，制定应急预案，明确值守电话和处置流程，发生突发情况两小时内报告。",
    "加强协作配合。牵头单位每半月召开一次协调会，通报{topic}的进展和问题；配合单位要主动认领任务，及时提供数据和材料，"
    "对需要多个单位共同解决的事项，在#个工作日内提出处理意见。",
    "建立长效机制。及时总结{topic}的经验做法，把行之有效的措施上升为制度，修订完善相关管理办法#项，健全日常巡查、"
    "定期评估、责任追究等机制，防止问题反弹。",
)
SAFEGUARDS: tuple[str, ...] = (
    "加强组织领导。成立由分管负责人任组长、#个单位为成员的工作专班，专班办公室负责日常协调，每月调度一次进展，"
    "重大问题及时提请研究。",
    "压实工作责任。各单位主要负责人是第一责任人，要亲自研究、亲自部署，明确一名联络员，于每月25日前报送工作进展。",
    "严肃工作纪律。坚决防止形式主义和层层加码，不得以任何名义向企业和群众摊派费用，违规违纪问题移交有关机关处理。",
    "加强业务指导。组织业务骨干深入基层开展面对面辅导，年内举办专题培训不少于#期，编印操作手册和常见问题解答，帮助"
    "一线人员准确把握政策口径和工作要求。",
)
LAWS: tuple[str, ...] = (
    "《中华人民共和国政府信息公开条例》（国务院令第711号）",
    "《云湖省政务公开工作要点》（云政办发〔{year}〕#号）",
    "《澜江市人民政府办公室关于全面推进基层政务公开标准化规范化工作的实施意见》（澜政办〔{last}〕#号）",
    "《云湖省行政规范性文件管理办法》（云湖省人民政府令第#号）",
)

Part = tuple[str, tuple[str, ...], int]  # heading, its sentences, how many of them
REVIEW: tuple[Part, ...] = (
    ("主动公开情况", PROACTIVE, 7),
    ("依申请公开情况", REQUESTS, 3),
    ("政府信息管理情况", RECORDS, 4),
    ("平台建设情况", PLATFORM, 4),
    ("监督保障情况", OVERSIGHT, 4),
    ("存在的主要问题", PROBLEMS, 2),
    ("下一步工作打算", PLANS, 2),
)
ORDER: tuple[Part, ...] = (
    ("总体要求", GOALS, 3),
    ("重点任务", TASKS, 9),
    ("信息公开", PROACTIVE[1:3] + PLATFORM + RECORDS, 7),
    ("保障措施", SAFEGUARDS, 3),
)
NUMERALS = "一二三四五六七八九十"


class Writer:
    """Fills the sentences of one document: the same seed and serial fill them in the same way."""

    def __init__(self, serial: int, day: date, seed: int) -> None:
        self.random = Random(seed * 1_000_003 + serial)
        self.office = self.random.choice(OFFICES)
        self.topic = self.random.choice(TOPICS)
        self.year = day.year
        self.words = {
            "we": self.office.we,
            "topic": self.topic,
            "year": str(self.year),
            "last": str(self.year - 1),
            "place": self.office.place,
            "office": self.office.name,
        }

    def fill(self, sentence: str) -> str:
        """The sentence with its words and numbers; a `#` that follows a digit is one digit, as in `9#.#%`."""
        pieces = sentence.format_map(self.words).split("#")
        filled = [pieces[0]]
        for piece in pieces[1:]:
            digit = filled[-1][-1:].isdigit() or filled[-1].endswith(".")
            filled += [str(self.random.randrange(10) if digit else self.random.randrange(2, 97)), piece]
        return "".join(filled)

    def parts(self, parts: Sequence[Part]) -> list[Block]:
        """Numbered headings (一、), under each its numbered sentences (（一）)."""
        blocks: list[Block] = []
        for numeral, (heading, sentences, many) in zip(NUMERALS, parts, strict=False):
            blocks.append(f"{numeral}、{heading}")
            chosen = self.random.sample(sentences, many)
            blocks += [f"（{NUMERALS[n]}）" * (many > 1) + self.fill(one) for n, one in enumerate(chosen)]
        return blocks

    def lead(self, purpose: str) -> str:
        laws = "、".join(self.fill(law) for law in self.random.sample(LAWS, 2))
        return f"根据{laws}等规定，{purpose}"

    def signature(self, day: date) -> list[Block]:
        return [self.office.name, f"{day.year}年{day.month}月{day.day}日"]

    def number(self) -> str:
        """A 文号, 机关代字〔年〕序号."""
        return f"{self.office.short}〔{self.year}〕{self.random.randrange(1, 180)}号"


def disclosed(random: Random) -> Table:
    """第二十条第（一）项 of the fixed table of an annual report (国办公开办函〔2021〕30号)."""
    rules, orders = (random.randrange(0, 6) for _ in range(2))
    return (
        ("信息内容", "本年制发件数", "本年废止件数", "现行有效件数"),
        ("规章", str(rules), "0", str(rules + 4)),
        ("行政规范性文件", str(orders), str(random.randrange(4)), str(orders + random.randrange(20, 60))),
    )


def requested(random: Random) -> tuple[str, Table]:
    """收到和处理政府信息公开申请情况: one sentence, and the rows of the fixed table without their sub-divisions."""
    persons, firms, kept = random.randrange(5, 90), random.randrange(20), random.randrange(4)
    fresh = persons + firms
    sentence = f"本年新收政府信息公开申请{fresh}件，上年结转{kept}件，共{fresh + kept}件，均在法定期限内答复。"
    table = (
        ("项目", "自然人", "法人或其他组织", "总计"),
        ("本年新收政府信息公开申请数量", str(persons), str(firms), str(fresh)),
        ("上年结转政府信息公开申请数量", str(kept), "0", str(kept)),
        ("本年度办理结果总计", str(persons + kept), str(firms), str(fresh + kept)),
        ("结转下年度继续办理", "0", "0", "0"),
    )
    return sentence, table


@dataclass(frozen=True, slots=True)
class Genre:
    """What sort of document it is, as its index block would say."""

    name: str
    category: str
    genre: str


REPORT = Genre("report", "政府信息公开年报", "报告")
SUMMARY = Genre("summary", "工作总结", "其他")
NOTICE = Genre("notice", "政策文件", "通知")
ANNOUNCEMENT = Genre("announcement", "公示公告", "公告")
EXPLANATION = Genre("explanation", "政策解读", "其他")
GENRES: tuple[Genre, ...] = (REPORT, NOTICE, SUMMARY, NOTICE, ANNOUNCEMENT, EXPLANATION)


def paper(serial: int, day: date, seed: int = 1) -> Paper:
    """The document with this serial, published on `day`; 1,350–2,700 characters."""
    writer = Writer(serial, day, seed)
    genre = GENRES[serial % len(GENRES)]
    signed = day - timedelta(days=writer.random.randrange(0, 12))
    title, blocks, number = WRITE[genre.name](writer, signed)
    index = _index(writer, genre, serial, day, signed, title)
    if number:
        index["document_number"] = number
    return Paper(serial, writer.office, title, tuple(blocks), day.isoformat(), index, _enclosures(writer, genre, title))


def _index(writer: Writer, genre: Genre, serial: int, day: date, signed: date, title: str) -> dict[str, str]:
    """The index block; 索引号 as organisation code / year and month - serial (platforms.md §C)."""
    return {
        "index_number": f"{writer.office.code}/{day:%Y%m}-{serial % 100_000:05d}",
        "publisher": writer.office.name,
        "published_on": day.isoformat(),
        "written_on": signed.isoformat(),
        "category": genre.category,
        "topic": writer.topic,
        "genre": genre.genre,
        "keywords": f"{writer.topic};{genre.category}",
        "summary": title,
        "source": writer.office.name,
        "validity": "有效",
        "disclosure": "主动公开",
    }


Written = tuple[str, list[Block], str | None]


def _report(writer: Writer, signed: date) -> Written:
    year = writer.year - 1
    writer.words |= {"year": str(year), "last": str(year - 1)}
    opening = writer.lead(
        f"现将{writer.office.name}{year}年政府信息公开工作情况报告如下。本报告所列数据的统计期限"
        f"自{year}年1月1日起至{year}年12月31日止。"
    )
    blocks: list[Block] = [opening]
    blocks += writer.parts((("总体情况", (*PROACTIVE, *RECORDS), 9),))
    blocks += ["二、主动公开政府信息情况", disclosed(writer.random)]
    blocks += ["三、收到和处理政府信息公开申请情况", *requested(writer.random)]
    blocks += ["四、政府信息公开行政复议、行政诉讼情况", writer.fill(REQUESTS[3])]
    blocks += ["五、存在的主要问题及改进情况", writer.fill(writer.random.choice(PROBLEMS))]
    blocks += [writer.fill(writer.random.choice(PLANS))]
    blocks += ["六、其他需要报告的事项", *(writer.fill(one) for one in writer.random.sample(OVERSIGHT + PLATFORM, 6))]
    blocks += writer.signature(signed)
    return f"{writer.office.name}{year}年政府信息公开工作年度报告", blocks, None


def _summary(writer: Writer, signed: date) -> Written:
    opening = (
        f"{writer.year}年以来，在上级部门的正确领导和精心指导下，{writer.office.we}认真贯彻落实政府信息公开条例"
        "和政务公开工作要点，以公开促落实、促规范、促服务，各项工作取得新的进展。现将有关情况总结如下。"
    )
    title = f"{writer.office.place}{writer.year}年政务公开工作总结"
    return title, [opening, *writer.parts(REVIEW), *writer.signature(signed)], None


def _notice(writer: Writer, signed: date) -> Written:
    title = f"{writer.office.name}关于做好{writer.year}年{writer.topic}工作的通知"
    greeting = f"各有关单位，{writer.office.place}各相关机构："
    opening = writer.lead(f"为扎实做好{writer.year}年{writer.topic}工作，现就有关事项通知如下。")
    return title, [greeting, opening, *writer.parts(ORDER), *writer.signature(signed)], writer.number()


def _announcement(writer: Writer, signed: date) -> Written:
    title = f"{writer.office.name}关于公布{writer.topic}有关事项的公告"
    opening = writer.lead(f"经研究，现将{writer.topic}有关事项公告如下，请社会各界予以监督。")
    contact = writer.fill("公告期间如有异议，请以书面形式反映。联系电话：0990—55#1#3；电子邮箱：gk@lanjiang.example。")
    parts = (("办理依据和范围", GOALS, 3), ("办理程序", TASKS, 9), ("公开内容", PROACTIVE + RECORDS, 8))
    return title, [opening, *writer.parts(parts), contact, *writer.signature(signed)], None


def _explanation(writer: Writer, signed: date) -> Written:
    title = f"《{writer.office.place}{writer.topic}实施办法》政策解读"
    opening = f"近日，{writer.office.name}印发了《{writer.office.place}{writer.topic}实施办法》。现将有关内容解读如下。"
    parts = (("出台背景", GOALS, 3), ("主要内容", TASKS, 9), ("公开要求", PROACTIVE + PLATFORM, 7))
    return title, [opening, *writer.parts((*parts, ("组织实施", SAFEGUARDS, 3))), *writer.signature(signed)], None


WRITE = {
    "report": _report,
    "summary": _summary,
    "notice": _notice,
    "announcement": _announcement,
    "explanation": _explanation,
}


def _enclosures(writer: Writer, genre: Genre, title: str) -> tuple[Enclosure, ...]:
    """Every report has its table, every other notice its forms; in turn PDF, DOC and RTF."""
    if genre is REPORT:
        kind = writer.random.choice(("pdf", "doc", "rtf"))
        text = "\n".join(" ".join(row) for row in requested(writer.random)[1])
        return (Enclosure(f"{writer.office.place}政府信息公开工作情况统计表.{kind}", text),)
    if genre is NOTICE and writer.random.random() < 0.5:
        text = f"{title}\n填报单位：{writer.office.name}\n任务分解表"
        return (Enclosure(f"{writer.topic}任务分解表.doc", text), Enclosure(f"{writer.topic}工作方案.pdf", text))
    return ()
