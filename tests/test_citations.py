"""What documents cite, and why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.citations import Citation, citations

SEEDS = Path(__file__).parents[2] / "shared" / "seeds"
CHECKED = json.loads((Path(__file__).parent / "golden_files" / "seeds.json").read_text("utf-8"))

# A sentence, and what it cites: kind, title, number.
SENTENCES = [
    ("根据《临江县档案管理办法》（临政发〔2019〕3号）要求，", [("basis", "临江县档案管理办法", "临政发〔2019〕3号")]),
    (
        "按照《档案法》和《机关档案管理规定》（国家档案局令第13号）的规定及《县政府办关于清理的通知》要求，",
        [
            ("basis", "档案法", None),
            ("basis", "机关档案管理规定", "国家档案局令第13号"),
            ("basis", "县政府办关于清理的通知", None),
        ],
    ),
    ("现将《临江县档案管理办法》印发给你们，请遵照执行。", [("issues", "临江县档案管理办法", None)]),
    ("现将《省局清理通知》（浙档〔2024〕9号）转发你们。", [("forwards", "省局清理通知", "浙档〔2024〕9号")]),
    (
        "《临江县档案暂行办法》（临政发〔2009〕3号）、《临江县保管规定》（临政发〔2011〕8号）同时废止。",
        [("repeals", "临江县档案暂行办法", "临政发〔2009〕3号"), ("repeals", "临江县保管规定", "临政发〔2011〕8号")],
    ),
    ("县政府决定对《临江县档案管理办法》作如下修改：", [("amends", "临江县档案管理办法", None)]),
    ("新修订的《政府信息公开条例》实施以来，", [("mentions", "政府信息公开条例", None)]),
    ("制定了《临江县村级档案实施方案（试行）》。", [("issues", "临江县村级档案实施方案（试行）", None)]),
    ("3.印发《规定》的通知（临政办〔2007〕26号）；", [("mentions", "印发《规定》的通知", "临政办〔2007〕26号")]),
    ("我县下发了临政发〔2015〕3号文件，", [("issues", None, "临政发〔2015〕3号")]),
    ("办理结果在《临江日报》和《今夜有说法》栏目公布。", []),
    ("详见《改革蓝皮书》（2016版）。", []),
]  # fmt: skip


def briefly(found: tuple[Citation, ...]) -> list[tuple[str, str | None, str | None]]:
    return [(citation.kind, citation.title, citation.number) for citation in found]


@pytest.mark.parametrize(("sentence", "expected"), SENTENCES, ids=[sentence[:12] for sentence, _ in SENTENCES])
def test_what_a_sentence_cites(sentence: str, expected: list[tuple[str, str | None, str | None]]) -> None:
    assert briefly(citations("", [sentence])) == expected


def test_places_and_canonical_numbers() -> None:
    found = citations("关于转发《省局关于清理的通知》的通知", ["各乡镇：", "依据《档案法》及浙档[2024]9号文件，"])
    assert found[0] == Citation("省局关于清理的通知", None, None, "forwards", "title", "《省局关于清理的通知》")
    assert [(c.place, c.number, c.canonical) for c in found[1:]] == [
        ("p2", None, None), ("p2", "浙档[2024]9号", "浙档〔2024〕9号"),
    ]  # fmt: skip


def test_short_names_mean_what_they_were_introduced_for() -> None:
    lines = [
        "根据《中华人民共和国政府信息公开条例》（国务院令第711号，以下简称《条例》）和《浙江省档案办法》，",
        "《条例》第十条和《办法》第三条规定……",
        "《细则》另行制定。",
    ]
    assert briefly(citations("", lines)) == [
        ("basis", "中华人民共和国政府信息公开条例", "国务院令第711号"),
        ("basis", "浙江省档案办法", None),
        ("mentions", "中华人民共和国政府信息公开条例", "国务院令第711号"),
        ("mentions", "浙江省档案办法", None),
    ]


def test_a_list_is_cited_for_what_its_heading_says() -> None:
    lines = [
        "宣布失效的文件目录",
        "1.关于收费标准的通知（临价〔2001〕2号）",
        "继续有效的文件目录",
        "1.临江县殡葬管理办法（临政发〔2003〕5号）",
    ]
    assert [c.kind for c in citations("", lines)] == ["repeals", "mentions"]


def test_a_document_does_not_cite_itself() -> None:
    assert citations("", ["临政发〔2024〕17号"], own="临政发[2024]17号") == ()


@given(st.lists(st.text("《》（）()〔〕2024号发根据《条例》废止、，。临政 ", max_size=40), max_size=10))
def test_any_text_can_be_searched_for_citations(lines: list[str]) -> None:
    for citation in citations("", lines):
        assert citation.title or citation.number


@pytest.mark.parametrize(
    "text",
    [
        "《" * 50_000,
        "《甲、" * 20_000,
        "《甲办法》、" * 20_000,
        "根据" * 50_000,
        "依据临政发〔2015〕3号" * 10_000,
        "（临政发" * 20_000,
    ],
)
def test_a_hostile_line_is_read_in_linear_time(text: str) -> None:
    assert isinstance(citations("", [text]), tuple)


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the real texts are not beside this checkout")
def test_citations_of_real_texts() -> None:
    """Checked by hand: place, kind, title and number of what five reports of 2016 to 2020 cite."""
    expected = {(name, *citation) for name, answers in CHECKED.items() for citation in answers["citations"]}
    found = {
        (path.name, c.place, c.kind, c.title, c.number)
        for path in SEEDS.glob("*.txt")
        for c in citations("", [line.strip() for line in path.read_text("utf-8").splitlines() if line.strip()])
    }
    assert len(expected) > 40
    assert 2 * len(expected & found) / (len(expected) + len(found)) >= 0.97, expected ^ found
