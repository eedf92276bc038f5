"""The two numbers of a disclosed document: 索引号 (index number) and 文号 (document number).

Shapes are platforms.md §C; check characters GB 11714-1997 (organisation code) and GB 32100-2015 (unified social
credit code, USCC); document numbers GB/T 9704-2012 and what stands in the wild (platforms.md §B.7). A failed check
is a warning, never a reason to drop a record: the often quoted 11341200003158495Y fails.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from archive.characters import compatible

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no I O S V Z
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_SPACE = re.compile(r"[\s\u200b\ufeff]+")


@dataclass(frozen=True, slots=True)
class IndexNumber:
    """An index number taken apart. `organisation` is the 9-character code without hyphen, `region` a GB/T 2260 code
    of 6 digits; `scheme` names the row of the table that matched ("other" for none); `warnings` are sentences."""

    raw: str
    organisation: str | None = None
    uscc: str | None = None
    region: str | None = None
    year: int | None = None
    month: int | None = None
    day: int | None = None
    serial: str | None = None
    scheme: str = "other"
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentNumber:
    """A document number taken apart. `org` is the 机关代字 (国办发), `canonical` one spelling for matching,
    `国办发〔2017〕47号`; joint numbers are joined by `；` there, and the parts are those of the first."""

    org: str | None
    year: int | None
    number: str | None
    canonical: str
    raw: str


# --- check characters --------------------------------------------------------------------------------------------


def organisation_code_ok(code: str) -> bool:
    """GB 11714: 8 characters and a check character, with or without hyphen (00001434-9)."""
    code = code.replace("-", "").upper()
    if not re.fullmatch(r"[0-9A-Z]{8}[0-9X]", code):
        return False
    rest = 11 - sum(int(c, 36) * w for c, w in zip(code, _ORGANISATION_WEIGHTS, strict=False)) % 11
    return code[8] == {10: "X", 11: "0"}.get(rest, str(rest))


def credit_code_ok(code: str) -> bool:
    """GB 32100: 17 characters and a check character (114403006955506492)."""
    code = code.upper()
    if len(code) != 18 or any(c not in _USCC_ALPHABET for c in code):
        return False
    total = sum(_USCC_ALPHABET.index(c) * w for c, w in zip(code, _USCC_WEIGHTS, strict=False))
    return code[17] == _USCC_ALPHABET[(31 - total % 31) % 31]


# --- index numbers -----------------------------------------------------------------------------------------------

_O = r"(?P<organisation>[0-9A-Z]{8}-?[0-9X])"
_U = r"(?P<uscc>[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10})"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_MONTH = r"(?P<month>0[1-9]|1[0-2])"
_DAY = r"(?P<day>0[1-9]|[12]\d|3[01])"
_SERIAL = r"(?P<serial>\d{2,8})"

# Name, shape after NFKC with white space removed, in upper case; an example above each. The first match wins.
_SCHEMES = {
    # 114403006955506492/2021-00426
    "credit code/year-serial": rf"{_U}/{_YEAR}-{_SERIAL}",
    # 11341200003158495Y/202012-00407
    "credit code/month-serial": rf"{_U}/{_YEAR}{_MONTH}-{_SERIAL}",
    # 000014349/2020-00012 (the national rule)
    "organisation/year-serial": rf"{_O}/{_YEAR}-{_SERIAL}",
    # 003158495/202012-00407
    "organisation/month-serial": rf"{_O}/{_YEAR}{_MONTH}-{_SERIAL}",
    # 01606072-9-30/2020-1117005, 01526095-6-/2018-0102001 (VSB; the catalogue may be empty)
    "organisation-category/day": rf"{_O}-\w{{0,12}}-?/{_YEAR}-{_MONTH}{_DAY}(?P<serial>\d{{3}})",
    # CXS001-/2023-1026015 (VSB with a local unit code)
    "unit/day": rf"[A-Z]{{1,12}}\d{{0,6}}-\w{{0,12}}-?/{_YEAR}-{_MONTH}{_DAY}(?P<serial>\d{{3}})",
    # 01527918X-2020-153077 (Nujiang)
    "organisation-year-serial": rf"{_O}-{_YEAR}-{_SERIAL}",
    # K16185922-201704-00036 (Hefei)
    "organisation-month-serial": rf"{_O}-{_YEAR}{_MONTH}-{_SERIAL}",
    # 6107280000/2024-001005
    "region/year-serial": rf"(?P<region>\d{{6}})\d{{4}}/{_YEAR}-{_SERIAL}",
    # 330201-01-02-03-20240312-1 (the rule of Ningbo)
    "region-unit-day-serial": rf"(?P<region>\d{{6}})(?:-\w{{2,4}}){{3}}-{_YEAR}{_MONTH}{_DAY}-(?P<serial>\d{{1,6}})",
    # 20191202-189769
    "day-serial": rf"{_YEAR}{_MONTH}{_DAY}-{_SERIAL}",
    # 2026-02-00018
    "month-serial": rf"{_YEAR}-{_MONTH}-(?P<serial>\d{{5,8}})",
    # 2012-00407 (the back part alone)
    "year-serial": rf"{_YEAR}-{_SERIAL}",
    # PZ00101-1300-2019-00020, 360A12-07-2024-0008-1, A0300-010000-2013-000072
    "unit-category-year-serial": rf"[0-9A-Z]{{4,10}}(?:-\w{{2,8}}){{1,3}}-{_YEAR}-(?P<serial>\d{{2,8}}(?:-\d)?)",
    # 30643-2026-001
    "unit-year-serial": rf"[0-9A-Z]{{3,10}}-{_YEAR}-{_SERIAL}",
    # 076478684Q/2024-00112
    "unit/year-serial": rf"[0-9A-Z]{{6,12}}/{_YEAR}-{_SERIAL}",
}
_SHAPES = tuple((scheme, re.compile(shape)) for scheme, shape in _SCHEMES.items())


def index_number(raw: str) -> IndexNumber:
    """Take an index number apart; any value is accepted and `raw` is kept as printed."""
    text = _SPACE.sub("", compatible(raw[:80])).upper()
    for scheme, shape in _SHAPES:
        match = shape.fullmatch(text)
        if match:
            return _taken_apart(raw.strip(), scheme, match.groupdict())
    return IndexNumber(raw.strip())


def _taken_apart(raw: str, scheme: str, part: dict[str, str | None]) -> IndexNumber:
    uscc, organisation = part.get("uscc"), part.get("organisation")
    warnings = []
    if uscc and not credit_code_ok(uscc):
        warnings.append(f"the credit code {uscc} fails the check of GB 32100")
    if uscc:
        organisation = uscc[8:17]
    organisation = organisation.replace("-", "") if organisation else None
    if organisation and not organisation_code_ok(organisation):
        warnings.append(f"the organisation code {organisation} fails the check of GB 11714")
    year, month, day = (int(value) if value else None for value in map(part.get, ("year", "month", "day")))
    region = uscc[2:8] if uscc else part.get("region")
    return IndexNumber(raw, organisation, uscc, region, year, month, day, part.get("serial"), scheme, tuple(warnings))


# --- document numbers --------------------------------------------------------------------------------------------

_OPEN, _CLOSE = r"[\[〔﹝［【{（(<《〈]", r"[\]〕﹞］】}）)>》〉]"
_Y = r"(?P<year>(?:19|20)\d\d)"
_ = r"[ \t\u3000\xa0]{0,4}"
_ORG = r"(?P<org>[\u4e00-\u9fffA-Za-z]{2,20})"
_NUMBER = r"(?P<number>\d{1,5}|[〇零一二三四五六七八九十百]{1,5})"

# Printed form → canonical spelling, an example above each. The first is the standard's, the others stand in the wild.
_FORMS = (
    # 国办发〔2017〕47号, 道人社[2017]16号, 粤府（2019）第3号, 国发〔2016 5号
    (re.compile(rf"{_ORG}{_}{_OPEN}{_}{_Y}{_}年?{_}{_CLOSE}?{_}第?{_}{_NUMBER}{_}号"), "{org}〔{year}〕{number}号"),
    # 财税2016-36号
    (re.compile(rf"{_ORG}{_}{_Y}{_}[-—－]{_}{_NUMBER}{_}号"), "{org}〔{year}〕{number}号"),
    # 国家税务总局公告2020年第5号, 公告2020年第5号; this and what follows has a 第
    (re.compile(rf"{_ORG}{_}{_Y}{_}年{_}第{_}{_NUMBER}{_}号"), "{org}{year}年第{number}号"),
    # 2020年第5号
    (re.compile(rf"(?P<org>){_Y}{_}年{_}第{_}{_NUMBER}{_}号"), "{year}年第{number}号"),
    # 国令第711号, 国务院令第492号, 公告第12号
    (re.compile(rf"(?P<org>[\u4e00-\u9fff]{{0,20}}(?:令|公告)){_}(?P<year>)第{_}{_NUMBER}{_}号"), "{org}第{number}号"),
    # 第492号令
    (re.compile(rf"(?P<year>)第{_}{_NUMBER}{_}号(?P<org>令|公告)"), "{org}第{number}号"),
)
_WITHOUT = 2  # of these forms may have no 第
_COUNTED = re.compile(rf"[\d〇零一二三四五六七八九十百]{_}号")  # how every one of them ends, a 令 or 公告 aside
_FULL_WIDTH = str.maketrans("０１２３４５６７８９", "0123456789")  # one for one, so that spans hold in the printed text
_LEAD_IN = re.compile("^(?:根据|按照|依据|依照|落实|转发|印发|关于|以|经|原|和|及|与)+")  # 根据国办发〔2017〕47号


def document_number(raw: str) -> DocumentNumber:
    """Take a labelled document number apart. What has no known shape stays one: its canonical form is the text
    itself, NFKC without white space."""
    text = raw[:200].translate(_FULL_WIDTH)
    parts = _parts(text) or _parts(text.rstrip() + "号")  # 浙政发[2010]15
    if not parts:
        return DocumentNumber(None, None, None, _squeezed(raw), raw.strip())
    first = parts[0][1]
    year = int(first["year"]) if first["year"] else None
    canonical = "；".join(dict.fromkeys(_squeezed(form.format(**part)) for form, part in parts))
    return DocumentNumber(first["org"] or None, year, first["number"], canonical, raw.strip())


def find_document_number(text: str) -> str | None:
    """The first document number in `text`, as printed; None if there is none."""
    if "号" not in text:
        return None
    digits = text.translate(_FULL_WIDTH)
    if not _COUNTED.search(digits):  # 账号, 文号
        return None
    matches = [m for m in (form.search(digits) for form, _canonical in _forms(digits)) if m]
    if not matches:
        return None
    start, end = min((m.start(), -m.end()) for m in matches)
    return text[start + len(_lead_in(text[start:])) : -end].strip()


def _forms(text: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """The forms that a number in a text may have."""
    return _FORMS if "第" in text else _FORMS[:_WITHOUT]


def _lead_in(text: str) -> str:
    match = _LEAD_IN.match(text)
    return match.group() if match else ""


def _parts(text: str) -> list[tuple[str, dict[str, str]]]:
    """Every number in `text` with the canonical form of its row; 国发〔2024〕1号、财发〔2024〕2号 are two."""
    for form, canonical in _forms(text):
        found = [(canonical, match.groupdict()) for match in form.finditer(text)]
        for _canonical, part in found:
            part["number"] = part["number"].lstrip("0") or "0"  # 003号 is 3号
        if found:
            return found
    return []


def _squeezed(text: str) -> str:
    return _SPACE.sub("", compatible(text))
