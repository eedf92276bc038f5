"""A site that changed its layout answers 200 and reads as less: every such change is noticed, and none where there is
none; nothing is called withdrawn because of it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from archive.database import Archive
from archive.records import Entry, Listing
from crawler.signs import of_list, signs, suspicions
from tests.fake_site import KEY, FakeSite
from tests.loopback import Answer, Request
from tests.running import gongkai

pytestmark = pytest.mark.slow

LIST, PAGE = "/article/66/", re.compile(r"/article/66/\d+\.html")
Change = Callable[[str], str]


class Changing(FakeSite):
    """The bundled site, whose column 工作报告 can be made to look different."""

    of_lists: Change | None = None
    of_pages: Change | None = None

    def answer(self, request: Request) -> Answer:
        answer = super().answer(request)
        if not request.path.startswith(LIST) or answer.status != 200:
            return answer
        change = self.of_pages if PAGE.fullmatch(request.path) else self.of_lists
        return Answer.html(change(answer.body.decode("utf-8", "replace"))) if change else answer



def emptied(text: str) -> str:
    return re.sub(r"<body.*</body>", "<body><div class='list'>暂无相关信息</div></body>", text, flags=re.S)


# What happens to the list of a column, or to its documents: fifteen changes that sites make.
OF_LISTS: Mapping[str, Change] = {
    "the list says that it is empty": emptied,
    "the list is filled by a script": lambda text: re.sub(r"<a .*?</a>", "", text, flags=re.S),
    "links became buttons": lambda text: re.sub(r'href="([^"]*)"', r'''onclick="go('\1')"''', text),
    "an empty page": lambda text: "<html><body></body></html>",
    "a page of maintenance": lambda text: "<html><body><h1>系统维护中，请稍后访问</h1></body></html>",
    "only JSON": lambda text: '{"code": 0, "rows": []}',
    "a login": lambda text: "<html><body><form><input type='password' name='p'></form>请登录</body></html>",
    "a home page": lambda text: "<html><body><p>欢迎访问本网站</p></body></html>",
}
# The same as signs alone: what a run saw of a list and of its documents, where it usually is as `USUAL`.
USUAL = {"entries": 15.0, "claimed": 300.0, "dated": 1.0, "titles": 1.0}
USUAL |= {"documents": 1.0, "fields": 9.0, "characters": 1500.0}
OF_SIGNS: Mapping[str, dict[str, float]] = {
    "fewer rows are recognised": {"entries": 4},
    "the site counts another list": {"claimed": 12},
    "dates stand elsewhere": {"dated": 0.0},
    "every title is 详情": {"titles": 0.07},
    "documents are no documents": {"documents": 0.2},
    "labels were renamed": {"fields": 2.0},
    "texts are cut off": {"characters": 20.0},
}


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Changing, Path]]:
    """A site that was crawled three times as it is."""
    folder, site = tmp_path_factory.mktemp("usual"), Changing(documents=60, oddities=False)
    with site.serve():
        (folder / "sites").mkdir()
        (folder / "sites" / f"{KEY}.toml").write_text(site.site_toml(site.base_url), "utf-8")
        for full in ([], ["--full"], []):
            assert crawl(folder, folder / "a", *full)["suspicions"] == []
        yield site, folder


def crawl(folder: Path, archive: Path, *options: str) -> dict[str, object]:
    ran = gongkai("crawl", KEY, "--json", *options, archive=archive, catalogue=folder / "sites")
    assert "Traceback" not in ran.err, ran.err
    report: dict[str, object] = json.loads(ran.out)
    report["code"] = ran.code
    return report


@pytest.mark.parametrize("name", OF_LISTS)
def test_a_list_that_changed_is_noticed(name: str, usual: tuple[Changing, Path], tmp_path: Path) -> None:
    site, folder = usual
    shutil.copytree(folder / "a", tmp_path / "a")
    site.of_lists = OF_LISTS[name]
    try:
        report = crawl(folder, tmp_path / "a", "--full")
    finally:
        site.of_lists = None
    assert (report["code"], report["complete"]) == (1, False)
    assert "gzbg" in json.dumps([report["suspicions"], [walk for walk in report["walks"] if walk["note"]]])  # type: ignore[attr-defined]
    assert report["withdrawn"] == 0
    with Archive(tmp_path / "a") as archive:
        assert archive.db.execute("select count(*) from listings where missing_since is not null").fetchone()[0] == 0
    assert crawl(folder, tmp_path / "a", "--full")["complete"] is True  # mended: as if nothing had been


@pytest.mark.parametrize("name", OF_SIGNS)
def test_every_sign_is_noticed(name: str) -> None:
    before = [{"jia/a": USUAL}] * 5
    (sentence,) = suspicions({"jia/a": {**USUAL, **OF_SIGNS[name]}}, before)
    assert sentence.startswith("jia/a: ")


def test_there_are_fifteen() -> None:
    assert len(OF_LISTS) + len(OF_SIGNS) == 15


def test_a_site_that_lives_on_raises_no_alarm(usual: tuple[Changing, Path]) -> None:
    site, folder = usual
    for _ in range(5):
        for channel in ("tzgg", "zcwj", "gzbg", "gzbg", "gzbg"):
            site.publish(channel)
        assert crawl(folder, folder / "a")["suspicions"] == []


def test_usual_differences_are_none() -> None:
    before = [{"jia/a": {**USUAL, "entries": n, "characters": 300.0 * n}} for n in (15.0, 14, 12, 15, 9)]
    for entries, characters in ((9, 800.0), (15, 40_000.0), (8, 600.0)):
        assert suspicions({"jia/a": {**USUAL, "entries": entries, "characters": characters}}, before) == []


def test_what_stays_so_is_how_the_channel_is() -> None:
    """Three alarms, then it is learned; but an emptied list never is."""
    now, history = {"jia/a": {"entries": 5.0}}, [{"jia/a": {"entries": 15.0}}] * 5
    alarms = []
    for _ in range(5):
        alarms.append(bool(suspicions(now, history)))
        history.insert(0, now)
    assert alarms == [True, True, True, False, False]
    empty = {"jia/a": {"entries": 0.0}}
    assert all(suspicions(empty, [*[empty] * n, *history]) for n in range(6))


def test_the_first_run_knows_nothing() -> None:
    assert suspicions({"jia/a": USUAL}, []) == []
    assert suspicions({"jia/b": {"entries": 0.0}}, [{"jia/a": USUAL}]) == []


def test_signs_of_a_list(tmp_path: Path) -> None:
    entries = tuple(Entry(f"关于{n % 2}的通知", f"http://a.gov.cn/{n}", "2026-01-01" if n else None) for n in range(4))
    with Archive(tmp_path / "a", write=True) as archive:
        tops = {"jia/a": of_list(Listing(entries, total=90)), "jia/b": of_list(Listing(()))}
        found = signs(archive.db, tops, 0, ["jia"])
    assert found == {"jia/a": {"entries": 4, "claimed": 90, "dated": 0.75, "titles": 0.5}, "jia/b": {"entries": 0}}
