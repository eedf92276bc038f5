"""Accepts what the reader says now as what the golden pages must read as: `python -m tests.regolden`."""

from __future__ import annotations

import json

from crawler.reading import contract, read, response_of
from tests.test_golden import CASES


def main() -> None:
    for case in CASES:
        expected = json.loads(case.read_text("utf-8"))
        page = next(file for file in case.parent.glob(case.name.split(".")[0] + ".*") if file != case)
        found = contract(read(response_of(page, expected["url"])), expected["file"], expected["url"])
        if json.loads(json.dumps(found)) != expected:
            case.write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", "utf-8")
            print(f"{case}: changed")


if __name__ == "__main__":
    main()
