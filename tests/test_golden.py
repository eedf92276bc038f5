"""The pinned floor: every page of tests/golden reads as its `.expected.json` says, in the whole contract.

The pages are ours, written in the style of each family of sites (platforms.md). A case is added with `gongkai golden`;
where a change of rules is meant, run `python -m tests.regolden` and look at the difference in git.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawler.reading import contract, read, response_of

GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(GOLDEN.glob("*/*.expected.json"))


def test_the_floor_is_wide_enough() -> None:
    families = {case.parent.name for case in CASES}
    assert len(CASES) >= 60
    assert families >= {
        "hanweb", "gkmlpt", "nfcms", "govcn", "vsb", "lonsun", "kaipu", "trs", "eportal", "epoint", "querylist",
        "openness", "truecms", "cicro", "nc", "enorth", "jeecms", "cac", "aspnet", "shanghai", "shaanxi", "yunnan",
        "hebei", "html", "plain",
    }  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name.split('.')[0]}")
def test_the_page_reads_as_it_did(case: Path) -> None:
    expected = json.loads(case.read_text("utf-8"))
    page = next(file for file in case.parent.glob(case.name.split(".")[0] + ".*") if file != case)
    response = response_of(page, expected["url"])
    found = json.loads(json.dumps(contract(read(response), expected["file"], expected["url"])))
    assert found == expected
