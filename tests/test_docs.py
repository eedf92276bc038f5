"""What the READMEs say is true: every command, option, table, view, setting, site-file key and exit code is there,
nothing is there that does not exist, and the commands do what they say.

Fenced blocks marked `sh` are run, in their order, in one folder, with the bundled site in the catalogue; a line that
must not end with 0 says `# exits N`. Blocks marked `console` and `text` are shown only.
"""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from archive import schema
from archive.errors import ArchiveError, GongkaiError, UsageError
from archive.records import INDEX_FIELDS
from crawler import cms, settings, sites
from crawler.cli import cli
from crawler.terminal import DAMAGED, DONE, INTERRUPTED, MISSING, USAGE
from tests.fake_site import KEY, FakeSite

CONTEXT = click.Context(cli)
COMMANDS = {name: cli.get_command(CONTEXT, name) for name in cli.list_commands(CONTEXT)}

ROOT = Path(__file__).parent.parent
READMES = {"en": ROOT / "README.md", "zh": ROOT / "README.zh-CN.md"}
PAGES = [*READMES.values(), ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
PACKAGES = ("crawler", "pipelines", "archive")
EXAMPLE = "http://127.0.0.1:8000"

readmes = pytest.mark.parametrize("file", READMES.values(), ids=READMES)
pages = pytest.mark.parametrize("file", PAGES, ids=[file.name for file in PAGES])


def blocks(file: Path, kind: str) -> list[str]:
    """The fenced blocks of one kind."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", file.read_text("utf-8"), re.M | re.S)


def lines(file: Path, kind: str) -> Iterator[tuple[str, int]]:
    """Every command of the blocks of one kind, without its comment, and the exit code that it says."""
    for line in "".join(blocks(file, kind)).splitlines():
        command, _, comment = line.removeprefix("$ ").partition("  #")
        says = re.search(r"exits (\d+)|退出码 (\d+)", comment)
        yield command.strip(), int(says[1] or says[2]) if says else 0


def code_words(file: Path) -> str:
    """All that stands in back quotes or fences."""
    text = file.read_text("utf-8")
    return "\n".join(re.findall(r"^```.*?^```$|`[^`\n]+`", text, re.M | re.S))


def options(command: click.Command) -> list[str]:
    """The long names of a command's options."""
    named = (param for param in command.params if isinstance(param, click.Option))
    return [max(param.opts, key=len) for param in named]


def row_of(file: Path, start: str) -> str:
    """The table row that begins with this code."""
    found = [line for line in file.read_text("utf-8").splitlines() if line.startswith(f"| `{start}")]
    assert len(found) == 1, f"{file.name}: {len(found)} rows begin with `{start}"
    return found[0]


@readmes
@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_a_row_with_its_options(file: Path, name: str) -> None:
    row = row_of(file, f"gongkai {name}")
    missing = [option for option in options(COMMANDS[name]) if f"`{option}" not in row]
    assert not missing, f"{file.name}: the row of {name} lacks {missing}"


@readmes
def test_options_of_all_commands_are_there(file: Path) -> None:
    text = code_words(file)
    assert not [option for option in [*options(cli), "NO_COLOR", "GONGKAI_ARCHIVE"] if option not in text]


@pages
def test_no_command_or_option_is_there_that_does_not_exist(file: Path) -> None:
    text = code_words(file)
    assert set(re.findall(r"\bgongkai ([a-z]+)\b", text)) <= set(COMMANDS)
    known = {option for command in (cli, *COMMANDS.values()) for param in command.params for option in param.opts}
    known |= {"--help", "--port", "--catalogue", "--csv", "--strict", "--documents", "--plain"}
    known |= {"--nworkers", "--nthreads", "--local-directory", "--now"}  # of Dask, of systemctl
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) <= known


@readmes
def test_every_table_and_view_is_there(file: Path) -> None:
    db = sqlite3.connect(":memory:")
    for script in schema.MIGRATIONS:
        db.executescript(script)
    names = [name for (name,) in db.execute("select name from sqlite_schema where type in ('table', 'view')")]
    ours = [name for name in names if not re.match(r"sqlite_|(documents|titles|files)_fts_", name)]
    assert len(ours) > 12
    assert not [name for name in ours if f"`{name}`" not in file.read_text("utf-8")]


@readmes
def test_every_index_field_and_state_is_there(file: Path) -> None:
    text = file.read_text("utf-8")
    states = re.findall(r"'(\w+)'", re.search(r"check \(state in \(([^)]*)\)\)", schema.LEDGER)[1])  # type: ignore[index]
    assert len(states) == 7
    assert not [name for name in (*INDEX_FIELDS, "other", *states) if f"`{name}`" not in text]


@readmes
def test_every_key_of_a_site_file_is_there(file: Path) -> None:
    text = file.read_text("utf-8")
    assert not [key for key in (*sites.SITE_KEYS, *sites.CHANNEL_KEYS) if f"`{key}`" not in text]


@readmes
def test_every_exit_code_is_there(file: Path) -> None:
    codes = {DONE, MISSING, USAGE, DAMAGED, INTERRUPTED}
    assert {error.exit_code for error in (GongkaiError, UsageError, ArchiveError)} <= codes
    assert not [code for code in codes if not re.search(rf"^\| {code} \|", file.read_text("utf-8"), re.M)]


def test_every_setting_is_there_and_no_other() -> None:
    ours = {name for name in vars(settings) if name.isupper() and not name.startswith("_")}
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs/settings.md").read_text("utf-8"), re.M))
    assert documented == ours


def test_every_family_is_there_and_no_other() -> None:
    documented = re.findall(r"^\| `([a-z]+)` \|", (ROOT / "docs/families.md").read_text("utf-8"), re.M)
    assert sorted(documented) == sorted(cms.FAMILIES)


@readmes
def test_the_map_of_the_code_is_complete(file: Path) -> None:
    (mapped,) = [block for block in blocks(file, "text") if "crawler/  " in block]
    modules = [
        path.name
        for package in PACKAGES
        for path in sorted((ROOT / package).glob("*.py"))
        if path.name != "__init__.py"
    ]
    assert not [name for name in modules if name not in mapped]
    known = {path.name for package in (*PACKAGES, "tests") for path in (ROOT / package).rglob("*.py")}
    assert set(re.findall(r"\b[a-z_0-9]+\.py\b", mapped)) <= known


@pages
def test_links_lead_somewhere(file: Path) -> None:
    text = file.read_text("utf-8")
    for target in re.findall(r"\]\(([^)]+)\)", text):
        if target.startswith("#"):
            headings = [re.sub(r"[^\w -]", "", line).strip().lower() for line in re.findall(r"^#+ (.*)$", text, re.M)]
            assert target[1:] in [heading.replace(" ", "-") for heading in headings]
        elif not target.startswith("https://"):
            assert (file.parent / target).exists(), target


def test_both_languages_say_the_same() -> None:
    english, chinese = READMES.values()
    for kind in ("sh", "console"):
        assert list(lines(english, kind)) == list(lines(chinese, kind))
    shape = [re.findall(r"^(#+|\||```\w*)", file.read_text("utf-8"), re.M) for file in (english, chinese)]
    assert shape[0] == shape[1]


def test_the_site_file_of_the_readme_is_right(tmp_path: Path) -> None:
    for file in READMES.values():
        (text,) = blocks(file, "toml")
        (tmp_path / f"{KEY}.toml").write_text(text, "utf-8")
        site = sites.load(tmp_path)[KEY]
        assert [channel.key for channel in site.channels] == ["tzgg"]


@pytest.mark.slow
def test_the_commands_of_the_readme_do_what_it_says(city: FakeSite, tmp_path: Path) -> None:
    catalogue = tmp_path / "my-sites"
    catalogue.mkdir()
    (catalogue / f"{KEY}.toml").write_text(city.site_toml(city.base_url), "utf-8")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    places = {"GONGKAI_CATALOGUE": "my-sites", "GONGKAI_ARCHIVE": "my-archive", "PATH": path}
    commands = list(lines(READMES["en"], "sh"))
    assert len(commands) > 10
    for command, code in commands:
        ran = subprocess.run(
            command.replace(EXAMPLE, city.base_url),
            shell=True,
            cwd=tmp_path,
            env={**os.environ, **places},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert (command, ran.returncode) == (command, code), ran.stderr
        assert "Traceback" not in ran.stderr
    assert all(file.stat().st_size for file in (tmp_path / "reading.json", tmp_path / "years.csv"))
