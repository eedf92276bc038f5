"""Numbers of persons are found, and what only looks like them is not, on 2,000 made lines."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from archive.database import Archive
from archive.personal import found
from tests.samples import store, url

SURNAMES, GIVEN = "赵钱孙李周吴郑王", "伟芳娜敏静丽强磊军洋"
PROVINCES = ("110101", "320582", "440106", "510107", "650102")


def identity(rnd: random.Random) -> str:
    day = f"{rnd.randrange(1940, 2010)}{rnd.randrange(1, 13):02}{rnd.randrange(1, 29):02}"
    number = f"{rnd.choice(PROVINCES)}{day}{rnd.randrange(1000):03}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # as GB 11643 prints them
    return number + "10X98765432"[sum(int(d) * w for d, w in zip(number, weights, strict=True)) % 11]


def wrong_identity(rnd: random.Random) -> str:
    number = identity(rnd)
    return number[:17] + rnd.choice([c for c in "0123456789X" if c != number[17]])


def mobile(rnd: random.Random) -> str:
    return f"{rnd.choice(('138', '139', '150', '177', '189', '199'))}{rnd.randrange(10**8):08}"


def luhn(number: str) -> str:
    """The digit that completes a card number, by the table of the standard."""
    doubled = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
    total = sum(doubled[int(d)] if place % 2 == 0 else int(d) for place, d in enumerate(reversed(number)))
    return str(-total % 10)


def card(rnd: random.Random) -> str:
    number = rnd.choice(("622202", "621700", "622848", "623058")) + f"{rnd.randrange(10**12):012}"
    return number + luhn(number)


def credit_code(rnd: random.Random) -> str:
    return f"{rnd.choice(('91', '11', '12', '52'))}{rnd.randrange(10**15):015}{rnd.choice('0123456789ABCXY')}"


def wide(number: str) -> str:
    return number.translate({ord(str(n)): 0xFF10 + n for n in range(10)})


def grouped(number: str) -> str:
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))


def line_with(rnd: random.Random) -> tuple[str, str]:
    name = rnd.choice(SURNAMES) + rnd.choice(GIVEN)
    person, phone, bank = identity(rnd), mobile(rnd), card(rnd)
    return rnd.choice([
        ("identity", f"{name}，身份证号码：{person}，住本市。"), ("identity", f"{name}\t男\t{person}\t低保"),
        ("identity", f"被处罚人{name}（公民身份号码{person.lower()}）"), ("identity", f"证件号 {wide(person)}"),
        ("identity", f"身份证编号：{person[:6]} {person[6:14]} {person[14:]}"),
        ("mobile", f"联系人：{name}，{phone}"), ("mobile", f"手机{phone[:3]}-{phone[3:7]}-{phone[7:]}。"),
        ("mobile", f"联系电话：+86 {phone}；邮箱 a@b.cn"), ("mobile", f"{name}{phone}、0558-1234567"),
        ("mobile", f"电话：{wide(phone)}"),
        ("card", f"开户名{name}，卡号{bank}"), ("card", f"{name}\t{bank}\t1,200.00"),
        ("card", f"补贴账户：{grouped(bank)}"),
    ])  # fmt: skip


def line_without(rnd: random.Random) -> str:
    day = f"{rnd.randrange(2008, 2024)}{rnd.randrange(1, 13):02}{rnd.randrange(1, 29):02}"
    return rnd.choice([
        f"统一社会信用代码：{credit_code(rnd)}", f"统一社会信用代码 {credit_code(rnd)} 法定代表人：李某",
        f"索引号：{rnd.randrange(10**9):09}/{day[:4]}-{rnd.randrange(10**5):05}",
        f"阜政办〔{day[:4]}〕{rnd.randrange(1, 200)}号", f"项目代码：{day[:4]}-341200-78-03-{rnd.randrange(10**6):06}",
        f"{wrong_identity(rnd)}", f"身份证号：{identity(rnd)[:6]}********{rnd.randrange(10**4):04}",
        f"联系电话：0{rnd.randrange(100, 999)}-{rnd.randrange(10**7):07}", f"资金{mobile(rnd)}元",
        f"共计{mobile(rnd)}.50元",
        f"http://www.a.gov.cn/art/{day[:4]}/3/5/art_{mobile(rnd)}.html", f"许可证号：{mobile(rnd)}",
        f"编号：{day}{rnd.randrange(10**10):010}", f"发布时间：{day[:4]}-{day[4:6]}-{day[6:]} 10:20:30",
        f"订单号{card(rnd)}", f"经纬度：115.{rnd.randrange(10**13):013}", f"{rnd.randrange(10**20):020}",
        f"预算{rnd.randrange(10**6)}万元，同比增长{rnd.randrange(100)}.{rnd.randrange(10)}%。",
    ])  # fmt: skip


def test_recall_and_precision_on_two_thousand_lines() -> None:
    rnd = random.Random(2026)
    hits = misses = false = 0
    for _ in range(1000):
        kind, line = line_with(rnd)
        told = [hit[0] for hit in found(line)]
        hits += told.count(kind) == 1
        misses += kind not in told
        false += len([other for other in told if other != kind])
    for _ in range(1000):
        false += len(list(found(line_without(rnd))))
    assert hits / (hits + misses) >= 0.99
    assert hits / (hits + false) >= 0.98


def test_where_it_stands() -> None:
    assert list(found("王某，11010519491231002X，13812345678")) == [("identity", 3, 21), ("mobile", 22, 33)]


@pytest.mark.parametrize("text", ["", "政府信息公开", "1" * 100_000, "1 " * 50_000, "62" * 50_000, "4-" * 50_000])
def test_long_numbers_take_no_long_time(text: str) -> None:
    assert list(found(text)) == []


def test_flags_say_how_many_and_never_which(tmp_path: Path) -> None:
    with Archive(tmp_path, write=True) as archive:
        store(archive, url(1), text="甲 11010519491231002X，乙 110101199003070038，电话13812345678。")
        store(archive, url(2), text="没有。")
        told = archive.db.execute("select url, kind, times from personal order by kind").fetchall()
        assert told == [(url(1), "identity", 2), (url(1), "mobile", 1)]
        dump = "\n".join(str(row) for row in archive.db.execute("select * from flags"))
        assert "13812345678" not in dump
        store(archive, url(1), text="改过，没有了。", at="2026-02-01T00:00:00Z")
        assert archive.db.execute("select * from personal").fetchall() == []
