"""`make demo`: the main job on the bundled site, as a person would type it, and proof of what came of it.

Starts the site on loopback, crawls it with `gongkai crawl` into a fresh `demo/`, prints the certificate and a search,
and compares the archive with what the site holds. Exit code 0 only if they agree.
"""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from tests.fake_site import KEY, FakeSite

ROOT = Path(__file__).parent.parent
GONGKAI = Path(sys.executable).with_name("gongkai")


def main(archive: Path = ROOT / "demo") -> int:
    """Crawl, show, compare."""
    site = FakeSite()
    with site.serve() as base_url:
        _fresh(archive, site.site_toml(base_url))
        print(f"A government site of an invented city answers at {base_url}/\n", flush=True)
        gongkai(archive, "crawl", KEY, expected=1)
    print(
        "That is the certificate, as `gongkai coverage` prints it. Of the rows that the site lists, three refuse (two"
    )
    print(
        "challenges, one by robots.txt) and two are gone. What refuses is missing, so `gongkai crawl` exits with 1.\n"
    )
    gongkai(archive, "search", "政务公开", "--limit", "5", expected=0)
    wrong = differences(site, archive / "gongkai.db")
    print("\n".join(wrong) or f"{len(site.held())} documents, each as it was published; {len(site.log)} requests.")
    print(f"Open it in a browser: .venv/bin/gongkai --archive {archive.name} browse --open")
    return 1 if wrong else 0


def _fresh(archive: Path, site_file: str) -> None:
    """An empty archive, with a catalogue of the one site in it. Only what an earlier demo left is removed."""
    catalogue = archive / "sites"
    if archive.exists() and any(archive.iterdir()) and not catalogue.exists():
        sys.exit(f"{archive} is not from an earlier demo; move it away first")
    shutil.rmtree(archive, ignore_errors=True)
    catalogue.mkdir(parents=True)
    (catalogue / f"{KEY}.toml").write_text(site_file, "utf-8")


def gongkai(archive: Path, *arguments: str, expected: int) -> None:
    """One command, shown as it would be typed, with its output. Another exit code than expected ends the demo."""
    print("$ gongkai", *arguments, flush=True)
    places = ("--archive", str(archive), "--catalogue", str(archive / "sites"))
    code = subprocess.run([GONGKAI, *places, *arguments], cwd=ROOT, check=False).returncode
    if code != expected:
        sys.exit(f"gongkai {arguments[0]} ended with {code}, not {expected}")
    print(flush=True)


def differences(site: FakeSite, database: Path) -> list[str]:
    """Where the archive is not what the site holds, one sentence each."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        states = dict(db.execute("select url, state from pages"))
        texts = {url: (title, text) for url, title, text in db.execute(
            "select a.url, d.title, d.text from disclosures a join documents d on d.n = a.document")}  # fmt: skip
    wrong = [
        f"{url}: the ledger says {states.get(url, 'nothing')}, the site says {state}"
        for url, state in site.states().items()
        if states.get(url) != state
    ]
    wrong += [
        f"{held.url}: not the text that was published"
        for held in site.held()
        if texts.get(held.url, texts.get(held.final_url)) != (held.title, held.text)
    ]
    return wrong


if __name__ == "__main__":
    sys.exit(main())
