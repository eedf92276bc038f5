"""Get documents: crawl, scrape, import, reextract."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.errors import UsageError
from crawler.terminal import (
    DAMAGED,
    DONE,
    INTERRUPTED,
    MISSING,
    Context,
    as_json,
    clustered,
    pairs,
    progress,
    replayed,
    setting,
    show,
    show_broken,
    show_certificates,
    verbosely,
    web_address,
)

if TYPE_CHECKING:
    from archive.database import Archive
    from archive.errors import CatalogueError
    from archive.records import Site
    from crawler.run import Ended


@click.command()
@click.argument("site", nargs=-1)
@click.option("--full", is_flag=True, help="Walk every channel to its end, past what is known.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="At most N new documents per channel.")
@click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="Only what is listed as of this day or later."
)
@click.option("--due", is_flag=True, help="Only sites whose turn it is: `every` and `window` of their files.")
@clustered
@click.option("--store", metavar="URL", help="With --cluster: what all its machines see, a folder or an address that "
              "fsspec knows. [default: shards/ in the archive]")  # fmt: skip
@replayed
@setting
@verbosely
@as_json
@click.pass_obj
def crawl(
    context: Context,
    site: tuple[str, ...],
    due: bool,
    as_json: bool,
    full: bool,
    limit: int | None,
    since: datetime | None,
    replay: tuple[str, ...],
    changes: tuple[str, ...],
    verbose: bool,
    cluster: str | None,
    store: str | None,
) -> int:
    """Walk the channels of sites (all of the catalogue, or those named), archive what is new.

    \b
    gongkai crawl                         every site of the catalogue
    gongkai crawl fuyang wendeng          these two
    gongkai crawl fuyang --limit 20       try it: at most 20 documents per channel
    gongkai crawl --due                   for a timer: whoever's turn it is (gongkai schedule)
    gongkai crawl fuyang --replay a.warc.gz
    gongkai crawl --cluster tcp://10.0.0.1:8786 --store /shared/gongkai
    """
    from crawler import sites
    from crawler.report import beginning
    from crawler.run import recordings, run

    if (store and not cluster) or (cluster and replay):
        raise UsageError("--store goes with --cluster, and --replay does not")
    files = recordings(replay)
    wanted = pairs(changes)
    broken: list[CatalogueError] = []
    picked = sites.pick(context.sites(broken), site, broken)
    if not picked and not broken:
        raise UsageError(f"{context.catalogue} holds no site file; name a folder that does with --catalogue DIR")
    lacking = MISSING if broken and not site else DONE
    if lacking:
        show_broken(broken)
    with beginning(wanted):
        opened = context.archive(write=True)
    with opened as archive:
        turn = whose_turn(archive, picked) if due else [found.key for found in picked]
        chosen = free(archive, turn)
        lacking = lacking if chosen == turn else MISSING
        if not chosen:
            return lacking
        wishes = {"full": full, "limit": limit, "since": f"{since:%Y-%m-%d}" if since else None}
        with beginning(wanted):
            if cluster:
                from crawler.cluster import crawl as afield

                going = [found for found in picked if found.key in chosen]
                ended = afield(archive, going, cluster, store, context.catalogue, wanted, verbose, **wishes)
            else:
                places = {"site": ",".join(chosen), "catalogue": context.catalogue, "replay": files}
                ended = run("listings", archive, verbose=verbose, changes=wanted, **places, **wishes)
        return judge(ended, archive, chosen, as_json) or lacking


@click.command()
@click.argument("url", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Of a list: at most N documents.")
@replayed
@setting
@verbosely
@click.pass_obj
def scrape(
    context: Context,
    url: tuple[str, ...],
    limit: int | None,
    replay: tuple[str, ...],
    changes: tuple[str, ...],
    verbose: bool,
) -> int:
    """Archive single pages: addresses of documents or of lists, of a known site or not.

    \b
    gongkai scrape http://www.example.gov.cn/art/2021/3/5/art_1_2.html
    gongkai scrape http://www.example.gov.cn/col/col1/index.html --limit 10
    """
    from archive.identity import canonical
    from crawler.run import recordings, run

    for address in url:
        web_address(address)
    files, wanted = recordings(replay), pairs(changes)
    with context.archive(write=True) as archive:
        wishes = {"url": url, "limit": limit, "replay": files, "catalogue": context.catalogue}
        ended = run("pages", archive, verbose=verbose, changes=wanted, **wishes)
        return scraped(ended, archive, [canonical(address) for address in url])


def whose_turn(archive: Archive, sites: Sequence[Site]) -> list[str]:
    """The sites that are due now; says so if none is."""
    from crawler.schedule import turns

    found = turns(archive.db, sites, datetime.now().astimezone())
    coming = min((turn.next for turn in found if turn.next and not turn.due), default=None)
    if not any(turn.due for turn in found):
        click.echo(f"nothing is due{f' before {coming.astimezone():%Y-%m-%d %H:%M}' if coming else ''}", err=True)
    return [turn.site.key for turn in found if turn.due]


def free(archive: Archive, sites: Sequence[str]) -> list[str]:
    """Those of the sites that are this process's from now on; says of the others who crawls them."""
    owners = {key: archive.lease(key) for key in sites}
    for key, owner in owners.items():
        if owner is not None:
            click.echo(f"{key} is being crawled by process {owner}; left to it", err=True)
    return [key for key, owner in owners.items() if owner is None]


def judge(ended: Ended, archive: Archive, sites: Sequence[str], as_json: bool) -> int:
    """What came of a crawl: the certificate or the report, and the exit code that means it."""
    from archive.coverage import certificates
    from crawler.report import sentence

    found = certificates(archive.db, sites)
    report = ended.close(all(certificate.balanced for certificate in found))
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
    else:
        show_certificates(found)
    code = stopped(ended)
    click.echo(sentence(report), err=True)
    return code or (DONE if report["complete"] else MISSING)


def scraped(ended: Ended, archive: Archive, urls: Sequence[str]) -> int:
    """What became of each address: a page of the ledger, or a list that was walked."""
    from archive.coverage import certificates

    states = archive.states(urls)
    pages = {row.url for row in states}
    walked = [found for found in certificates(archive.db) if found.channel in urls and found.channel not in pages]
    show(["state", "page", "why"], [(row.state, row.url, row.reason or "") for row in states])
    if walked:
        show_certificates(walked)
    complete = all(row.state == "archived" for row in states) and all(found.balanced for found in walked)
    ended.close(complete)
    return stopped(ended) or (DONE if complete else MISSING)


def stopped(ended: Ended) -> int:
    """The exit code of a run that did not come to its own end, else 0."""
    if ended.broken:
        raise ended.broken
    if ended.interrupted:
        click.echo("interrupted; run the same command again to go on", err=True)
    return INTERRUPTED if ended.interrupted else DONE


@click.command("import")
@click.argument("warc", nargs=-1, required=True)
@click.pass_context
def import_(ctx: click.Context, warc: tuple[str, ...]) -> int:
    """Read recorded responses (WARC files of any tool) into the archive. Repeating it adds nothing.

    \b
    gongkai import old-crawl.warc.gz
    """
    from crawler.recorded import import_file

    files = [Path(name) for name in warc]
    if missing := next((file for file in files if not file.is_file()), None):
        raise UsageError(f"{missing}: no such file")
    with ctx.obj.archive(write=True) as archive:
        counts = {file.name: import_file(archive, file) for file in files}
    rows = [(name, kind, str(number)) for name, found in counts.items() for kind, number in sorted(found.items())]
    show(["recording", "became", "pages"], rows)
    return DONE


@click.command()
@click.option("--dry-run", is_flag=True, help="Show which fields would change, and change nothing.")
@click.option("--jobs", type=click.IntRange(1), help="Processes that read. [default: all cores]")
@clustered
@as_json
@click.pass_obj
def reextract(context: Context, dry_run: bool, jobs: int | None, cluster: str | None, as_json: bool) -> int:
    """Read every capture again with the rules of this version; nothing is downloaded. Exit code 3 if the bytes of any
    cannot be read: these are named, and what was read of them before stays.

    \b
    gongkai reextract --dry-run           which fields would a change of rules alter?
    gongkai reextract
    """
    from crawler.reextract import reextract as again

    tell = progress("reading again")
    with context.archive(alone=not dry_run) as archive:
        if cluster:
            from crawler.cluster import readers

            with readers(cluster) as (afield, number):
                changes = again(archive, dry_run=dry_run, jobs=number, progress=tell, afield=afield)
        else:
            changes = again(archive, dry_run=dry_run, jobs=jobs, progress=tell)
    if as_json:
        click.echo(json.dumps(changes.as_dict(), ensure_ascii=False))
    else:
        show(["field", "changes", "example", "was", "becomes"], changes.rows())
        for problem in changes.damaged:
            click.echo(problem, err=True)
        click.echo(changes.sentence(dry_run), err=True)
    return DAMAGED if changes.damaged else DONE
