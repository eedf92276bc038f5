"""Keep it running: schedule, doctor."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from archive.errors import CatalogueError, UsageError
from archive.records import Site
from crawler.terminal import DONE, MISSING, Context, as_json, show, show_broken


@click.command()
@click.argument("form", type=click.Choice(["systemd", "cron"]), required=False)
@click.option("--into", type=click.Path(path_type=Path, file_okay=False, exists=True), metavar="DIR",
              help="Write the units of systemd there.")  # fmt: skip
@click.pass_obj
def schedule(context: Context, form: str | None, into: Path | None) -> int:
    """When each site's turn is; or what runs `gongkai crawl --due` every hour: units for systemd, a line for cron.

    \b
    gongkai schedule
    gongkai schedule systemd --into /etc/systemd/system && systemctl enable --now gongkai.timer
    (crontab -l; gongkai schedule cron) | crontab -

    What GONGKAI_CONTACT, GONGKAI_ALARM and GONGKAI_METRICS say now goes into the units, or the line.
    """
    from crawler.schedule import cron, spoken, units

    if into and form != "systemd":
        raise UsageError("--into goes with systemd; a crontab takes its line: "
                         "(crontab -l; gongkai schedule cron) | crontab -")  # fmt: skip
    catalogue = context.catalogue if context.named else None
    broken: list[CatalogueError] = []
    sites = context.sites(broken).values()
    show_broken(broken)
    if form is None:
        show_turns(context, sites)
    elif form == "cron":
        click.echo(cron(context.folder, catalogue, spoken(os.environ)), nl=False)
    else:
        resolv = Path("/etc/resolv.conf")
        servers = resolv.read_text() if resolv.exists() else ""
        for name, text in units(context.folder, catalogue, sites, servers, spoken(os.environ)).items():
            (into / name).write_text(text) if into else click.echo(text)
    if form and not context.folder.is_dir():
        click.echo(f"gongkai: {context.folder} is not there yet: make it, or crawl once, before this runs.", err=True)
    return MISSING if broken else DONE


def show_turns(context: Context, sites: Iterable[Site]) -> None:
    """A row for each site, the next one first."""
    from archive.database import DATABASE
    from crawler.schedule import turns

    moment = datetime.now().astimezone()
    archive = context.archive() if (context.folder / DATABASE).exists() else None
    found = sorted(turns(archive.db if archive else None, sites, moment),
                   key=lambda turn: turn.next.timestamp() if turn.next else 0)  # fmt: skip
    rows = [(turn.site.key, turn.site.every, turn.site.window, f"{turn.last:%Y-%m-%d %H:%M}" if turn.last else "never",
             f"{turn.next.astimezone():%Y-%m-%d %H:%M}" if turn.next else "now", "due" if turn.due else "")
            for turn in found]  # fmt: skip
    show(["site", "every", "window", "last walk (UTC)", "due from", ""], rows)


@click.command()
@as_json
@click.pass_obj
def doctor(context: Context, as_json: bool) -> int:
    """What is wrong with this machine, the archive and the catalogue? Exit code 1 if anything is."""
    from crawler.doctor import examine

    found = list(examine(context.folder, context.catalogue))
    if as_json:
        for finding in found:
            click.echo(json.dumps(asdict(finding), ensure_ascii=False))
    else:
        show(["what", "is", ""], [(finding.what, finding.grade, finding.says) for finding in found])
    return MISSING if any(finding.grade == "wrong" for finding in found) else DONE
