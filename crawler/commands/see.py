"""See what is there: search, browse, coverage, status, verify."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import click

from archive.errors import UsageError
from crawler.terminal import (
    DAMAGED,
    DONE,
    MISSING,
    Context,
    as_json,
    show,
    show_certificates,
    show_diff,
)

if TYPE_CHECKING:
    from archive.database import Archive
    from archive.mend import Mended


def known_here(archive: Archive, sites: Sequence[str]) -> None:
    """Are these sites of the archive? Raises `UsageError` with those that are."""
    known = archive.site_keys()
    for name in sites:
        if name not in known:
            raise UsageError(f"{name}: no such site in this archive; it has {', '.join(known) or 'none yet'}")


@click.command(context_settings={"ignore_unknown_options": True})  # gongkai search 预算 -决算
@click.argument("query", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, metavar="N")
@click.option("--newest", is_flag=True, help="By date alone; else those with the words in the title come first.")
@as_json
@click.pass_obj
def search(context: Context, query: tuple[str, ...], limit: int, newest: bool, as_json: bool) -> int:
    """Full text in Chinese: words of any length, phrases in quotes, several words, -without, OR; numbers (文号, 索引号)
    with any brackets; fields 标题: 机构: 网站: 地区: 主题: 有效性: 年份: 日期: (or title: publisher: …).

    \b
    gongkai search 预算
    gongkai search '"政务公开"' 报告 -计划
    gongkai search 标题:预算 机构:财政局 日期:2023-01-01..2023-06-30
    """
    from archive.query import parse
    from archive.search import search as find

    for word in query:
        if word.startswith("--"):
            raise click.NoSuchOption(word)
    asked = parse(" ".join(query))
    with context.archive() as archive:
        found = find(archive.db, asked, limit, newest=newest)
    if as_json:
        for hit in found:
            click.echo(json.dumps(hit.as_dict(), ensure_ascii=False))
    else:
        show(
            ["date", "site", "title", "where it stands"],
            [(h.published_on or "", h.site or "", f"{'[gone] ' * (h.state == 'gone')}{h.title or ''}", h.snippet)
             for h in found],
        )
    return DONE if found else MISSING


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8001, show_default=True)
@click.option("--open", "open_browser", is_flag=True, help="Open a browser on it.")
@click.option("--public", is_flag=True, help="For strangers: no SQL of their own, snapshots as downloads only, limits.")
@click.pass_obj
def browse(context: Context, host: str, port: int, open_browser: bool, public: bool) -> int:
    """Browse and search the archive: documents, sites, changes, feeds; Datasette's tables, SQL and JSON below.

    \b
    gongkai browse --open
    gongkai browse --public --host 0.0.0.0 --port 8001     behind a proxy that speaks HTTPS
    """
    from archive.browse import serve

    context.archive().close()  # says what is wrong before a server starts
    serve(context.folder, host=host, port=port, open_browser=open_browser, public=public)
    return DONE


@click.command()
@click.argument("site", nargs=-1)
@as_json
@click.pass_obj
def coverage(context: Context, site: tuple[str, ...], as_json: bool) -> int:
    """The certificate: what each channel claims, and where every entry of it is. Exit code 1 if anything is missing."""
    from archive.coverage import certificates

    with context.archive() as archive:
        known_here(archive, site)
        found = certificates(archive.db, site)
    if as_json:
        for certificate in found:
            click.echo(json.dumps(certificate.as_dict(), ensure_ascii=False))
    else:
        show_certificates(found)
    return DONE if all(certificate.balanced for certificate in found) else MISSING


@click.command()
@click.argument("site", nargs=-1)
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="Only what was seen as of this day.")
@click.option("--diff", is_flag=True, help="Of what changed: the fields and sentences that went (-) and came (+).")
@as_json
@click.pass_obj
def changes(context: Context, site: tuple[str, ...], since: datetime | None, diff: bool, as_json: bool) -> int:
    """What is new, changed (text, metadata, attachment), withdrawn or returned, and when that was seen.

    \b
    gongkai changes --since 2026-11-01
    gongkai changes fuyang --diff
    """
    from archive.changes import changes as find
    from archive.changes import differences

    with context.archive() as archive:
        known_here(archive, site)
        for found in find(archive.db, since.date() if since else None, site):
            lines = list(differences(archive.db, found)) if diff else []
            if as_json:
                shown = {"diff": [str(line) for line in lines]} if diff else {}
                click.echo(json.dumps(found.as_dict() | shown, ensure_ascii=False))
            else:
                row = (found.at, found.site, found.change, found.what, found.title, found.url)
                click.echo("\t".join(field or "" for field in row))
                show_diff(lines)
    return DONE


@click.command()
@click.argument("site", nargs=-1)
@as_json
@click.pass_obj
def audit(context: Context, site: tuple[str, ...], as_json: bool) -> int:
    """Leads for an auditor: serials missing from 索引号 and 文号, codes and dates that disagree, what came out late,
    channels that fell silent. None of them is a verdict.

    \b
    gongkai audit fuyang
    gongkai audit --json | jq 'select(.kind == "gap")'
    """
    from crawler.leads import audit as leads

    with context.archive() as archive:
        known_here(archive, site)
        found = list(leads(archive.db, site))
    if as_json:
        for lead in found:
            click.echo(json.dumps(lead.as_dict(), ensure_ascii=False))
    else:
        rows = [(one.kind, one.site or "", one.about, one.says, " ".join(near.url for near in one.near[:2]))
                for one in found]  # fmt: skip
        show(["lead", "site", "about", "finding", "look at"], rows)
    return DONE


@click.command()
@as_json
@click.pass_obj
def status(context: Context, as_json: bool) -> int:
    """How much is here, when it was last added to, what waits, and what the last run came to."""
    from crawler.report import last, sentence

    with context.archive() as archive:
        found, run = archive.counts(), last(archive)
    if as_json:
        click.echo(json.dumps({**found, "last run": run}, ensure_ascii=False))
        return DONE
    show(["what", "number"], [(name, str(value)) for name, value in found.items()])
    if run:
        click.echo(f"\nlast run, {run['started']}: {run['outcome']}")
        click.echo(sentence(run) if "new" in run else "it was killed, or runs still; the same command goes on")
    return DONE


@click.command()
@click.option("--chain", "noted", metavar="HASH", help="This end of the chain was noted earlier: does it still hold?")
@click.option("--repair", is_flag=True, help="Make whole what can be; ask again for recordings that are damaged.")
@as_json
@click.pass_obj
def verify(context: Context, noted: str | None, repair: bool, as_json: bool) -> int:
    """Is the archive intact? Every capture's bytes, hashes, references and the index are checked.

    It prints the end of the chain of captures. Note it elsewhere: --chain shows later whether anything before it was
    altered or taken away. With --repair, what follows from the recordings is made again, and a damaged recording is
    asked for once more: only the very bytes that were received take its place. What is left then is listed.
    """
    from archive.chain import end
    from archive.verify import verify as check_archive

    with context.archive(alone=repair) as archive:
        findings = list(check_archive(archive.folder, archive.db, noted))
        if repair and (findings or archive.recovered):
            from crawler.mend import mend

            show_mended(mend(archive, findings, context.catalogue), as_json)
            findings = list(check_archive(archive.folder, archive.db, noted))
        last = "" if findings else end(archive.db)
    if as_json:
        for finding in findings:
            click.echo(json.dumps(finding.as_dict(), ensure_ascii=False))
    elif findings:
        show(["what", "where", "finding"], [(f.kind, f.where, f.problem) for f in findings])
    else:
        click.echo("intact")
        click.echo(f"the chain of captures ends in {last}", err=True)
    return DAMAGED if findings else DONE


def show_mended(done: Sequence[Mended], as_json: bool) -> None:
    """What a repair did, finding by finding."""
    if as_json:
        for one in done:
            click.echo(json.dumps(one.as_dict(), ensure_ascii=False))
    else:
        show(["what", "where", "repair"], [(one.kind, one.where, one.how) for one in done])
