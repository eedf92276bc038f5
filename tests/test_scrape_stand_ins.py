"""`gongkai scrape LIST` over every stand-in: it is walked as what it is, and leaves no site file."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from archive.coverage import certificates
from archive.database import Archive
from archive.identity import canonical
from tests.loopback import Loopback
from tests.running import gongkai
from tests.stand_ins import StandIn, every
from tests.test_draft import NEED_A_SITE_FILE

LIMIT = 3
NO_PLAIN_LOOK = {"Gdnps"}  # its interface answers nothing but what it expects


def test_a_list_is_walked_as_what_it_is(tmp_path: Path) -> None:
    catalogue = tmp_path / "sites"
    catalogue.mkdir()
    with ExitStack() as served:
        sites: dict[str, StandIn] = {}
        for kind in every():
            stand_in = kind(count=20)
            stand_in.base = served.enter_context(Loopback(stand_in).serve())
            sites[stand_in.base + stand_in.column] = stand_in
        settings = ("-s", "DOWNLOAD_DELAY=0", "-s", "GONGKAI_BACK_OFF=0", "-s", "RETRY_TIMES=0")
        ran = gongkai("scrape", *sites, "--limit", str(LIMIT), *settings, archive=tmp_path / "a", catalogue=catalogue)
    assert "Traceback" not in ran.err
    with Archive(tmp_path / "a") as archive:
        walked = {found.channel: found.archived for found in certificates(archive.db)}
        told = {page.url: page.reason for page in archive.states(sites)}
    wrong = {}
    for url, stand_in in sites.items():
        if walked.get(canonical(url)) != LIMIT and type(stand_in).__name__ not in NO_PLAIN_LOOK | set(NEED_A_SITE_FILE):
            wrong[type(stand_in).__name__] = (walked.get(url), told.get(url))
    assert not wrong, "\n".join(f"{name}: {why}" for name, why in wrong.items())
    assert not list(catalogue.iterdir())
