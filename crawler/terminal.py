"""What every command shares: where things are, common options, tables and progress on a terminal."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.errors import UsageError
from archive.identity import unfit, without_user

if TYPE_CHECKING:
    from archive.changes import Line
    from archive.coverage import Certificate
    from archive.database import Archive
    from archive.errors import CatalogueError
    from archive.records import Site

DONE, MISSING, USAGE, DAMAGED, INTERRUPTED = 0, 1, 2, 3, 130  # exit codes, design.md §7
SHOWN = 200  # characters of an address in a message

# What a setting of this type can be, and what raises ValueError where it is not; the rest (texts, classes) is free.
VALUES: Mapping[type, tuple[str, Callable[[str], object]]] = {
    bool: ("True or False", lambda value: ("true", "false", "1", "0").index(value.lower())),
    int: ("a whole number", int),
    float: ("a number", lambda value: round(float(value))),  # not nan, not inf
}
FRACTIONS = ("_DELAY", "_TIMEOUT", "_SECONDS", "_BACK_OFF", "_PATIENCE", "_JITTER", "_INTERVAL")  # of seconds


class Context:
    """What every command may need: where the archive and the catalogue are."""

    def __init__(self, folder: Path, catalogue: Path | None) -> None:
        from_package = Path(__file__).parent / "sites"
        self.folder, self.catalogue = folder, catalogue or from_package
        self.named = catalogue is not None  # a catalogue of the person's own

    def archive(self, *, write: bool = False, alone: bool = False) -> Archive:
        from archive.database import Archive

        return Archive(self.folder, write=write, alone=alone)

    def sites(self, broken: list[CatalogueError] | None = None) -> dict[str, Site]:
        from crawler import sites

        return sites.load(self.catalogue, broken)


as_json = click.option("--json", "as_json", is_flag=True, help="One JSON object (or one per line), for programs.")
replayed = click.option(
    "--replay", multiple=True, metavar="FILE", help="Answer every request from this WARC; no network."
)
verbosely = click.option("-v", "--verbose", is_flag=True, help="Say what happens, page by page.")
clustered = click.option(
    "--cluster", metavar="ADDRESS", help="On the workers of a Dask scheduler, as tcp://10.0.0.1:8786, or `local`."
)
setting = click.option(
    "-s", "changes", multiple=True, metavar="NAME=VALUE", help="Override a setting of crawler/settings.py."
)


def show(columns: Sequence[str], rows: Iterable[Sequence[str]], numbers: Collection[str] = ()) -> None:
    """A table that fits the terminal, columns of `numbers` to the right; tab-separated where it is no terminal."""
    if not sys.stdout.isatty():
        for row in rows:
            click.echo("\t".join(row))
        return
    from rich.console import Console
    from rich.table import Table

    table: Table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, justify="right" if column in numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def show_certificates(certificates: Iterable[Certificate]) -> None:
    """The certificate of each channel: the sum, term by term. On a terminal without the terms that are 0 everywhere,
    and the sentences below."""
    found = list(certificates)
    if not found:
        click.echo("no channel has been walked yet: gongkai crawl SITE")
        return
    from archive.coverage import COLUMNS, KEPT, TERMS

    rows = [certificate.row() for certificate in found]
    if not sys.stdout.isatty():
        click.echo("\t".join(COLUMNS))
        show(COLUMNS, rows)
        return
    columns = list(zip(COLUMNS, zip(*rows, strict=True), strict=True))
    shown = {name: cells for name, cells in columns if name in KEPT or (name in TERMS and set(cells) != {"0"})}
    shown["walk"] = tuple(cell.partition(":")[0] for cell in shown["walk"])  # its note is among the remarks
    show(list(shown), list(zip(*shown.values(), strict=True)), TERMS)
    show_remarks(found)


def show_remarks(found: Iterable[Certificate]) -> None:
    """Each sentence once, behind the channels that it is true of."""
    from rich.console import Console

    said: dict[str, list[str]] = {}
    for certificate in found:
        for remark in certificate.remarks:
            said.setdefault(remark, []).append(f"{certificate.site} {certificate.name}")
    click.echo()
    for remark, channels in said.items():
        Console().print(f"{', '.join(channels)}: {remark}", markup=False, highlight=False)


def show_broken(broken: Iterable[CatalogueError]) -> None:
    """Site files that are wrong, a sentence each; what is asked of all sites goes on without them."""
    for error in broken:
        click.echo(f"gongkai: {error}", err=True)


def show_diff(lines: Iterable[Line]) -> None:
    """The lines of a diff: red and green on a terminal, as `git diff --word-diff` marks them elsewhere."""
    for line in lines:
        if not sys.stdout.isatty() or "NO_COLOR" in os.environ:
            click.echo(f"  {line}")
            continue
        color = "red" if line.mark == "-" else "green"
        pieces = (click.style(text, fg=color, bold=differs, underline=differs and len(line.pieces) > 1)
                  for text, differs in line.pieces)  # fmt: skip
        click.echo(click.style(f"  {line.mark} ", fg=color) + "".join(pieces))


def progress(what: str) -> Callable[[int, int], None]:
    """Called with (done, all): a bar on a terminal's stderr, a line each tenth elsewhere."""
    said = -1

    def tell(done: int, total: int) -> None:
        nonlocal said
        tenth = 10 * done // max(total, 1)
        if sys.stderr.isatty():
            click.echo(f"\r{what}: {done}/{total}", nl=done == total, err=True)
        elif tenth > said:
            said = tenth
            click.echo(f"{what}: {done}/{total}", err=True)

    return tell


def pairs(changes: tuple[str, ...]) -> dict[str, str]:
    """NAME=VALUE as a dictionary. Raises `UsageError` for a setting that is none, or a value it cannot have."""
    from crawler.fetch import settings

    for change in changes:
        if "=" not in change:
            raise UsageError(f"-s {change}: expected NAME=VALUE, as -s DOWNLOAD_DELAY=1")
    made, known = dict(change.split("=", 1) for change in changes), settings()
    for name, value in made.items():
        if name not in known:
            near = difflib.get_close_matches(name, list(known), n=1)
            hint = f"did you mean {near[0]}?" if near else "docs/settings.md lists those of gongkai"
            raise UsageError(f"-s {name}: no such setting; {hint}")
        expected, fits = VALUES.get(type(known[name]), ("", str))
        if name.endswith(FRACTIONS):
            expected, fits = VALUES[float]
        try:
            fits(value)
        except (ValueError, OverflowError):
            raise UsageError(f"-s {name}={value}: expected {expected}, as {known[name]}") from None
    return made


def web_address(url: str) -> str:
    """The URL itself, if it can be asked for. Raises `UsageError`."""
    if why := unfit(url):
        shown = without_user(url)
        shown = shown if len(shown) <= SHOWN else f"{shown[:SHOWN]}…"
        raise UsageError(f"{shown}: {why}; expected one like http://www.example.gov.cn/ (or https://)")
    return url
