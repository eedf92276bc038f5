"""The command line: `gongkai`. Commands are thin and stand in crawler/commands; what they do stands in the module that
each imports when it runs, so that `--help` answers at once."""

from __future__ import annotations

import difflib
import importlib
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from archive.errors import REMEDIES, GongkaiError
from crawler import __version__
from crawler.terminal import DAMAGED, DONE, INTERRUPTED, USAGE, Context

# Heading → module of crawler/commands → its commands, in the order of --help.
GROUPS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "Get documents": ("get", ("crawl", "scrape", "import", "reextract")),
    "Look at pages and sites": ("look", ("read", "sites", "check", "add", "golden")),
    "Keep it running": ("keep", ("schedule", "doctor")),
    "See what is there": ("see", ("search", "browse", "coverage", "changes", "audit", "status", "verify")),
    "Hand on and keep": ("share", ("export", "merge", "suppress", "erase", "rebuild")),
}


class Grouped(click.Group):
    """Finds commands by name in their module, and lists them by what a person wants."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for _, names in GROUPS.values() for name in names]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = next((module for module, names in GROUPS.values() if cmd_name in names), None)
        if module is None:
            return None
        commands = vars(importlib.import_module(f"crawler.commands.{module}")).values()
        return next(found for found in commands if isinstance(found, click.Command) and found.name == cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        near = difflib.get_close_matches(args[0], self.list_commands(ctx), n=1)
        if near and args[0] not in self.list_commands(ctx):
            ctx.fail(f"{args[0]}: no such command; did you mean {near[0]}?")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for heading, (_, names) in GROUPS.items():
            rows = [(name, found.get_short_help_str(300)) for name in names if (found := self.get_command(ctx, name))]
            with formatter.section(heading):
                formatter.write_dl(rows)


@click.group(cls=Grouped, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--archive", "folder", metavar="DIR", envvar="GONGKAI_ARCHIVE", default="archive/data", show_default=True,
              help="The archive: a folder with gongkai.db and warc/.")  # fmt: skip
@click.option("--catalogue", metavar="DIR", envvar="GONGKAI_CATALOGUE", help="The site files. [default: those bundled]")
@click.version_option(__version__, prog_name="gongkai")
@click.pass_context
def cli(ctx: click.Context, folder: str, catalogue: str | None) -> None:
    """gongkai 公开: crawl and archive Chinese government information disclosure, and prove what you got.

    \b
      gongkai crawl fuyang            walk a site's channels, archive what is new
      gongkai scrape URL              one page, or a list of them, without a site file
      gongkai read FILE-OR-URL        what is this page, what does it state?
      gongkai coverage                is everything that the sites list really here?
      gongkai search 政务公开          Chinese full text

    Exit codes: 0 done and complete, 1 something is missing (the report says what), 2 wrong usage, 3 the archive
    cannot be used, 130 interrupted (run again to go on).
    """
    ctx.obj = Context(Path(folder), Path(catalogue) if catalogue else None)


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command; every error that is the user's to mend is one sentence on stderr, no stack trace."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: what is open is closed, and the code is 130
    color = None if "NO_COLOR" not in os.environ else False
    try:
        code = cli.main(args=arguments, standalone_mode=False, color=color)
    except click.exceptions.Abort:
        code = INTERRUPTED
    except click.ClickException as error:
        error.show()
        code = USAGE
    except click.exceptions.Exit as error:
        code = error.exit_code
    except GongkaiError as error:
        click.echo(f"gongkai: {error}", err=True)
        code = error.exit_code
    except OSError as error:
        said = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        click.echo(f"gongkai: {said}{f'; {REMEDIES[error.errno]}' if error.errno in REMEDIES else ''}", err=True)
        code = DAMAGED
    sys.exit(code if isinstance(code, int) else DONE)
