"""Provinces, and China as a map of tiles: a square for each, about where it lies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

CENTRAL, ELSEWHERE = "中央", "其他"


class Tile(NamedTuple):
    """How a province is written in one character, and its square."""

    short: str
    column: int
    row: int


PROVINCES: dict[str, Tile] = {
    CENTRAL: Tile("央", 0, 0), ELSEWHERE: Tile("他", 1, 0), "黑龙江省": Tile("黑", 8, 0),
    "内蒙古自治区": Tile("蒙", 5, 1), "辽宁省": Tile("辽", 7, 1), "吉林省": Tile("吉", 8, 1),
    "新疆维吾尔自治区": Tile("新", 0, 2), "青海省": Tile("青", 1, 2), "甘肃省": Tile("甘", 2, 2),
    "宁夏回族自治区": Tile("宁", 3, 2), "山西省": Tile("晋", 4, 2), "河北省": Tile("冀", 5, 2),
    "北京市": Tile("京", 6, 2), "天津市": Tile("津", 7, 2),
    "西藏自治区": Tile("藏", 1, 3), "陕西省": Tile("陕", 3, 3), "河南省": Tile("豫", 4, 3), "山东省": Tile("鲁", 5, 3),
    "江苏省": Tile("苏", 6, 3),
    "四川省": Tile("川", 2, 4), "重庆市": Tile("渝", 3, 4), "湖北省": Tile("鄂", 4, 4), "安徽省": Tile("皖", 5, 4),
    "浙江省": Tile("浙", 6, 4), "上海市": Tile("沪", 7, 4),
    "云南省": Tile("云", 2, 5), "贵州省": Tile("贵", 3, 5), "湖南省": Tile("湘", 4, 5), "江西省": Tile("赣", 5, 5),
    "福建省": Tile("闽", 6, 5), "台湾省": Tile("台", 7, 5),
    "广西壮族自治区": Tile("桂", 3, 6), "广东省": Tile("粤", 4, 6), "香港特别行政区": Tile("港", 5, 6),
    "海南省": Tile("琼", 3, 7), "澳门特别行政区": Tile("澳", 4, 7),
}


def province(region: str) -> str:
    """广东省深圳市 → 广东省; what lies in none of them is elsewhere."""
    return next((name for name in PROVINCES if region.startswith(name)), ELSEWHERE)


def by_province(counted: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """Numbers of regions as numbers of provinces, the largest first."""
    sums: Counter[str] = Counter()
    for region, number in counted:
        sums[province(region)] += number
    return sums.most_common()
