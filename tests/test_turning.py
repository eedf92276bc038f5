"""Lists that count their pages in another way than they say, and lists that are traps: walked to their true end, or
ended early with the reason, and never called complete."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from archive.database import Archive
from archive.records import Channel
from crawler import turning
from tests.loopback import Answer, Loopback, Request
from tests.running import gongkai
from tests.test_walk_bad_input import SIZE, after, document, numbered, page, rows
from tests.walking import Steps

PAGES = 4
MISSING = Answer.html("<html><title>404</title>页面不存在</html>", status=404)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path / "a", write=True) as made:
        yield made


def walked(archive: Archive, answer: Callable[[Request], Answer], cms: str) -> tuple[str, int, str | None, int]:
    """Outcome, documents listed, note, and how many pages were asked for."""
    asked = Steps(archive, answer).crawl(Channel("jia", "tzgg", "http://a.gov.cn/tzgg/", cms=cms))
    return (*archive.db.execute("select outcome, pending, note from coverage").fetchone(), asked)


# --- the other way of counting ------------------------------------------------------------------------------------

TRS = "<script>var countPage = 4; link('index_' + i + '.html')</script>"  # says that index_1.html is page 2
KAIPU = "<script>createPageHTML('page_div', 4, 1, 'index', 'shtml')</script>"  # says that index_2.shtml is


def filed(pager: str, files: dict[str, int], missing: Answer) -> Callable[[Request], Answer]:
    """A site whose files are pages of the list, counted from 1."""

    def answer(request: Request) -> Answer:
        k = files.get(request.path.removeprefix("/tzgg/"))
        return numbered(100 * k, pager) if k else missing

    return answer


FROM_1 = {"": 1, "index_2.html": 2, "index_3.html": 3, "index_4.html": 4}
FROM_0 = {"": 1, "index_1.shtml": 2, "index_2.shtml": 3, "index_3.shtml": 4}
COUNTED = {  # family, site, pages
    "index_1.html is page 1 again": ("trs", filed(TRS, {**FROM_1, "index_1.html": 1}, MISSING), PAGES),
    "there is no index_1.html": ("trs", filed(TRS, FROM_1, MISSING), PAGES),
    "index_1.html is empty": ("trs", filed(TRS, FROM_1, page("<div>当前位置：首页</div>")), PAGES),
    "index_2.shtml is not there": ("html", filed(KAIPU.replace("4", "2"), {"": 1, "index_1.shtml": 2}, MISSING), 2),
}


@pytest.mark.parametrize("case", COUNTED)
def test_the_other_way_of_counting_is_tried_once_and_followed(archive: Archive, case: str) -> None:
    cms, answer, pages = COUNTED[case]
    outcome, listed, note, asked = walked(archive, answer, cms)
    assert (outcome, listed, note) == ("exhausted", pages * SIZE, None)
    assert asked <= pages + 3  # the wrong page, once more if it is not there, and the look at the top


def test_where_neither_way_leads_on_the_walk_is_truncated(archive: Archive) -> None:
    outcome, listed, note, asked = walked(archive, filed(TRS, {"": 1}, MISSING), "trs")
    assert (outcome, listed) == ("truncated", SIZE)
    assert "holds no entries" in (note or "")
    assert asked <= 4


def test_a_page_that_was_passed_over_costs_the_walk_its_end(archive: Archive) -> None:
    """index_2.shtml is page 3 of this site and says so; the number after it is not there."""

    def answer(request: Request) -> Answer:
        k = FROM_0.get(request.path.removeprefix("/tzgg/"))
        return numbered(100 * k, KAIPU.replace("1", str(k))) if k else MISSING

    outcome, listed, note, _ = walked(archive, answer, "html")
    assert (outcome, listed) == ("truncated", 2 * SIZE)
    assert "index_4.shtml holds no entries" in (note or "")


REVERSED = {"": 1, "index_3.html": 2, "index_2.html": 3, "index_1.html": 4}


@pytest.mark.parametrize("last", ["index_4.html", "index.html"])
def test_numbers_that_run_backwards_are_followed(archive: Archive, last: str) -> None:
    """Page 1 has no number, or leads to itself under the highest one."""
    order = [last, *list(REVERSED)[1:]]

    def answer(request: Request) -> Answer:
        k = REVERSED.get(request.path.removeprefix("/tzgg/"), 1)
        links = (f"<b>{n}</b>" if n == k else f"<a href='/tzgg/{order[n - 1]}'>{n}</a>" for n in range(1, PAGES + 1))
        return numbered(100 * k, f"<div>{' '.join(links)}</div>")

    assert walked(archive, answer, "html") == ("exhausted", PAGES * SIZE, None, PAGES + 1)


def test_a_frame_that_leads_to_itself_breaks_the_walk(archive: Archive) -> None:
    """A Kaipu column without rows leads to the interface of its channel; this one answers with the column again."""
    column = page("<div id='UCAP-CONTENT'></div><script>var channelId = '5';</script>")
    channel = Channel("jia", "tzgg", "http://a.gov.cn/common/search/5.html", cms="kaipu")
    steps = Steps(archive, lambda _: column)
    steps.crawl(channel)
    outcome, note = archive.db.execute("select outcome, note from coverage").fetchone()
    assert (outcome, steps.asked <= 3) == ("broken", True), (note, steps.asked)


def test_what_is_page_2_by_the_first_way_is_not_asked_for_otherwise(archive: Archive) -> None:
    files = {"": 1, "index_1.html": 2, "index_2.html": 3, "index_3.html": 4}
    assert walked(archive, filed(TRS, files, MISSING), "trs") == ("exhausted", PAGES * SIZE, None, PAGES + 1)


# --- traps --------------------------------------------------------------------------------------------------------


def day(request: Request) -> int:
    return int(request.query.get("day", "1"))


def calendar(request: Request) -> Answer:
    """Every day has a page with one entry of its own, and leads to the day before."""
    return page(rows(f"/doc/{day(request)}.html") + after(f"?day={day(request) + 1}"))


def with_a_side_list(request: Request) -> Answer:
    """The same among entries that stand on every page."""
    always = (f"/doc/{n}.html" for n in range(9000, 9000 + SIZE))
    return page(rows(*always, f"/doc/{day(request)}.html") + after(f"?day={day(request) + 1}"))


def samepage(request: Request) -> Answer:
    return numbered(500, after(f"?page={int(request.query.get('page', '1')) + 1}"))


def sessionid(request: Request) -> Answer:
    """Every answer gives a new session, in the addresses of entries and of the next page."""
    visit = f"{int(request.query.get('PHPSESSID', '1')) + 1}"
    links = (f"/doc/{n}.html?PHPSESSID={visit}" for n in range(1, 1 + SIZE))
    return page(rows(*links) + after(f"?page=2&PHPSESSID={visit}"))


def repeatpath(request: Request) -> Answer:
    """A relative link that grows: /tzgg/list/list/list/…"""
    deep = request.path.count("list")
    return numbered(1000 + 100 * deep, after(f"{request.path}list/"))


def endless(request: Request) -> Answer:
    return numbered(1000 + SIZE * day(request), after(f"?day={day(request) + 1}"))


TRAPS = {  # how many pages may be asked for, which reason is given
    "calendar": (calendar, turning.LEAN + 5, "trap:calendar"),
    "calendar with a side list": (with_a_side_list, turning.LEAN + 5, "trap:calendar"),
    "samepage": (samepage, 5, "trap:samepage"),
    "sessionid": (sessionid, 5, "trap:"),
    "repeatpath": (repeatpath, 5, "trap:repeatpath"),
}


@pytest.mark.parametrize("name", TRAPS)
def test_a_trap_ends_early_and_says_which_it_is(archive: Archive, name: str) -> None:
    answer, most, why = TRAPS[name]
    outcome, _, note, asked = walked(archive, answer, "html")
    assert (outcome, asked <= most) == ("truncated", True), (asked, note)
    assert (note or "").startswith(why)


def test_a_list_without_end_ends_at_the_cap(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    assert turning.CAP == 5_000
    monkeypatch.setattr(turning, "CAP", 30)
    outcome, listed, note, asked = walked(archive, endless, "html")
    assert (outcome, listed, asked) == ("truncated", 30 * SIZE, 30)
    assert (note or "").startswith("trap:endless")


def test_a_short_list_of_single_entries_is_none(archive: Archive) -> None:
    def answer(request: Request) -> Answer:
        return page(rows(f"/doc/{day(request)}.html") + (after(f"?day={day(request) + 1}") if day(request) < 9 else ""))

    assert walked(archive, answer, "html")[:3] == ("exhausted", 9, None)


class Site:
    """A channel for each trap."""

    def answer(self, request: Request) -> Answer:
        folder, _, rest = request.path.lstrip("/").partition("/")
        if folder == "doc":
            return document(int(rest.removesuffix(".html")))
        return TRAPS[folder][0](request) if folder in TRAPS else MISSING


def test_traps_cost_the_run_its_zero(tmp_path: Path) -> None:
    (tmp_path / "sites").mkdir()
    names = [name for name in TRAPS if " " not in name and name != "calendar"]
    with Loopback(Site()).serve() as base:
        text = f'name = "甲市"\nurl = "{base}/"\ncms = "html"\nprivate = true\ndelay = 0.0\n'
        text += "".join(f'[[channels]]\nkey = "{key}"\nname = "{key}"\nurl = "{base}/{key}/"\n' for key in names)
        (tmp_path / "sites" / "jia.toml").write_text(text, "utf-8")
        ran = gongkai("crawl", "jia", archive=tmp_path / "a", catalogue=tmp_path / "sites")
    assert ran.code == 1, ran.err
    with Archive(tmp_path / "a") as archive:
        told = archive.db.execute("select outcome, note from coverage").fetchall()
    assert [outcome for outcome, note in told if note.startswith("trap:")] == ["truncated"] * len(names)


# --- a page that is too long to be read ---------------------------------------------------------------------------


def test_a_list_that_was_cut_is_not_complete(archive: Archive) -> None:
    row = "<li><a href='/doc/{}.html'>关于做好有关事项的通知</a><span>2020-01-01</span></li>"
    long = page(f"<ul>{''.join(map(row.format, range(22_000)))}</ul>")
    outcome, _, note, _ = walked(archive, lambda _: long, "html")
    assert outcome == "truncated"
    assert "rows are missing: only the first 80,000 tags were read" in (note or "")


# --- copies -------------------------------------------------------------------------------------------------------


def copied(request: Request, counted: str = "", stale: bool = True) -> Answer:
    """Four pages; the third is an old copy of the second."""
    k = int(request.query.get("page", "1"))
    shown = 2 if k == 3 and stale else k
    return numbered(100 * shown, counted + (after(f"?page={k + 1}") if k < PAGES else ""))


@pytest.mark.parametrize("counted", ["", f"<p>共{PAGES * SIZE}条</p>"])
def test_a_page_in_the_middle_that_repeats_another_is_not_the_list(archive: Archive, counted: str) -> None:
    """Its rows are no entries that the site lists twice: what it should have shown stays unexplained."""
    outcome, listed, note, asked = walked(archive, lambda request: copied(request, counted), "html")
    assert (outcome, listed) == ("truncated", (PAGES - 1) * SIZE)
    assert "in the middle repeat" in (note or "")
    assert asked == 2 * PAGES  # once more from the top: a cache forgets
    claimed, twice, unexplained = archive.db.execute(
        "select claimed, listed_twice, unexplained from coverage").fetchone()  # fmt: skip
    assert (twice, unexplained) == (0, SIZE if claimed else None)


def test_a_cache_that_forgets_is_walked_to_the_end(archive: Archive) -> None:
    hits = {"3": 0}

    def answer(request: Request) -> Answer:
        if request.query.get("page") == "3":
            hits["3"] += 1
        return copied(request, stale=hits["3"] < 2)

    assert walked(archive, answer, "html")[:3] == ("exhausted", PAGES * SIZE, None)


def test_rows_that_stick_to_every_page_explain_nothing_that_is_missing(archive: Archive) -> None:
    always = [f"/doc/{n}.html" for n in (1, 2)]

    def answer(request: Request) -> Answer:
        k = int(request.query.get("page", "1"))
        own = [f"/doc/{n}.html" for n in range(100 * k, 100 * k + SIZE) if k != 3 or n % 2]  # page 3 lacks three
        more = after(f"?page={k + 1}") if k < PAGES else ""
        return page(rows(*always, *own) + f"<p>共{PAGES * SIZE + 2}条</p>" + more)

    walked(archive, answer, "html")
    assert archive.db.execute("select listed_twice, unexplained from coverage").fetchone() == (0, 3)
