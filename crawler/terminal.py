"""What every command shares: where things are, common options, tables and progress on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.errors import UsageError

if TYPE_CHECKING:
    from archive.changes import Line
    from archive.database import Archive
    from archive.records import Site

DONE, MISSING, USAGE, DAMAGED, INTERRUPTED = 0, 1, 2, 3, 130  # exit codes, design.md §7


class Context:
    """What every command may need: where the archive and the catalogue are."""

    def __init__(self, folder: Path, catalogue: Path | None) -> None:
        from_package = Path(__file__).parent / "sites"
        self.folder, self.catalogue = folder, catalogue or from_package
        self.named = catalogue is not None  # a catalogue of the person's own

    def archive(self, *, write: bool = False) -> Archive:
        from archive.database import Archive

        return Archive(self.folder, write=write)

    def sites(self) -> dict[str, Site]:
        from crawler import sites

        return sites.load(self.catalogue)


as_json = click.option("--json", "as_json", is_flag=True, help="One JSON object (or one per line), for programs.")
replayed = click.option(
    "--replay", multiple=True, metavar="FILE", help="Answer every request from this WARC; no network."
)
verbosely = click.option("-v", "--verbose", is_flag=True, help="Say what happens, page by page.")
setting = click.option(
    "-s", "changes", multiple=True, metavar="NAME=VALUE", help="Override a setting of crawler/settings.py."
)


def show(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table that fits the terminal; tab-separated where the output is no terminal."""
    if not sys.stdout.isatty():
        for row in rows:
            click.echo("\t".join(row))
        return
    from rich.console import Console
    from rich.table import Table

    table: Table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def show_certificates(certificates: Iterable[Any]) -> None:
    """The certificate of each channel: the sum, term by term."""
    rows = [certificate.row() for certificate in certificates]
    if not rows:
        click.echo("no channel has been walked yet: gongkai crawl SITE")
        return
    from archive.coverage import COLUMNS

    if not sys.stdout.isatty():
        click.echo("\t".join(COLUMNS))
    show(COLUMNS, rows)


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
    """NAME=VALUE as a dictionary."""
    for change in changes:
        if "=" not in change:
            raise UsageError(f"-s {change}: expected NAME=VALUE, as -s DOWNLOAD_DELAY=1")
    return dict(change.split("=", 1) for change in changes)


def web_address(url: str) -> str:
    """The URL itself, if it is one. Raises `UsageError`."""
    if not url.startswith(("http://", "https://")):
        raise UsageError(f"{url}: not an address that begins with http:// or https://")
    return url
