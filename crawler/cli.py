"""The command line: `gongkai`. Commands are thin; what they do stands in the module that each imports when it runs, so
that `--help` answers at once."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.errors import GongkaiError, UsageError
from crawler import __version__

if TYPE_CHECKING:
    from archive.database import Archive

    from archive.records import Site

DONE, MISSING, USAGE, DAMAGED, INTERRUPTED = 0, 1, 2, 3, 130  # design.md §7

GROUPS: dict[str, tuple[str, ...]] = {
    "Get documents": ("crawl", "scrape", "import", "reextract"),
    "Look at pages and sites": ("read", "sites", "add", "check", "golden"),
    "See what is there": ("search", "browse", "coverage", "status", "verify"),
}


class Grouped(click.Group):
    """Lists the commands by what a person wants."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for heading, names in GROUPS.items():
            rows = [(name, found.get_short_help_str(80)) for name in names if (found := self.get_command(ctx, name))]
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


class Context:
    """What every command may need: where the archive and the catalogue are."""

    def __init__(self, folder: Path, catalogue: Path | None) -> None:
        from_package = Path(__file__).parent / "sites"
        self.folder, self.catalogue = folder, catalogue or from_package

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


# --- get documents ------------------------------------------------------------------------------------------------


@cli.command()
@click.argument("site", nargs=-1)
@click.option("--full", is_flag=True, help="Walk every channel to its end, past what is known.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="At most N new documents per channel.")
@click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="Only what is listed as of this day or later."
)
@replayed
@setting
@verbosely
@click.pass_obj
def crawl(
    context: Context,
    site: tuple[str, ...],
    full: bool,
    limit: int | None,
    since: datetime | None,
    replay: tuple[str, ...],
    changes: tuple[str, ...],
    verbose: bool,
) -> int:
    """Walk the channels of sites (all of the catalogue, or those named), archive what is new.

    \b
    gongkai crawl                         every site of the catalogue
    gongkai crawl fuyang wendeng          these two
    gongkai crawl fuyang --limit 20       try it: at most 20 documents per channel
    gongkai crawl fuyang --replay a.warc.gz
    """
    from crawler import sites
    from crawler.run import recordings, run

    files = recordings(replay)
    chosen = [found.key for found in sites.pick(context.sites(), site)]
    with context.archive(write=True) as archive:
        ended = run(
            "listings",
            archive,
            verbose=verbose,
            changes=pairs(changes),
            site=",".join(chosen),
            catalogue=context.catalogue,
            full=full,
            limit=limit,
            since=since.date() if since else None,
            replay=files,
        )
        return judge(ended, archive, chosen)


@cli.command()
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
    files = recordings(replay)
    with context.archive(write=True) as archive:
        wishes = {"url": " ".join(url), "limit": limit, "replay": files, "catalogue": context.catalogue}
        ended = run("pages", archive, verbose=verbose, changes=pairs(changes), **wishes)
        return scraped(ended, archive, [canonical(address) for address in url])


def judge(ended: Any, archive: Archive, sites: Sequence[str]) -> int:
    """What came of a crawl: the certificate, and the exit code that means it."""
    from archive.coverage import certificates

    found = certificates(archive.db, sites)
    show_certificates(found)
    return stopped(ended) or (DONE if all(certificate.balanced for certificate in found) else MISSING)


def scraped(ended: Any, archive: Archive, urls: Sequence[str]) -> int:
    """What became of each address: a page of the ledger, or a list that was walked."""
    from archive.coverage import certificates

    states = archive.states(urls)
    pages = {row.url for row in states}
    walked = [found for found in certificates(archive.db) if found.channel in urls and found.channel not in pages]
    show(["state", "page", "why"], [(row.state, row.url, row.reason or "") for row in states])
    if walked:
        show_certificates(walked)
    complete = all(row.state == "archived" for row in states) and all(found.balanced for found in walked)
    return stopped(ended) or (DONE if complete else MISSING)


def stopped(ended: Any) -> int:
    """The exit code of a run that did not come to its own end, else 0."""
    if ended.broken:
        raise ended.broken
    if ended.interrupted:
        click.echo("interrupted; run the same command again to go on", err=True)
    return INTERRUPTED if ended.interrupted else DONE


@cli.command("import")
@click.argument("warc", nargs=-1, required=True)
@click.pass_context
def import_(ctx: click.Context, warc: tuple[str, ...]) -> int:
    """Read recorded responses (WARC files of any tool) into the archive. Repeating it adds nothing.

    \b
    gongkai import old-crawl.warc.gz
    """
    from crawler.recorded import import_file
    from crawler.run import recordings

    files = recordings(warc)
    with ctx.obj.archive(write=True) as archive:
        counts = {file.name: import_file(archive, file) for file in files}
    rows = [(name, kind, str(number)) for name, found in counts.items() for kind, number in sorted(found.items())]
    show(["recording", "became", "pages"], rows)
    return DONE


@cli.command()
@click.option("--dry-run", is_flag=True, help="Show which fields would change, and change nothing.")
@click.option("--jobs", type=click.IntRange(1), help="Processes that read. [default: all cores]")
@as_json
@click.pass_obj
def reextract(context: Context, dry_run: bool, jobs: int | None, as_json: bool) -> int:
    """Read every capture again with the rules of this version; nothing is downloaded.

    \b
    gongkai reextract --dry-run           which fields would a change of rules alter?
    gongkai reextract
    """
    from crawler.recorded import reextract as again

    with context.archive(write=not dry_run) as archive:
        changes = again(archive, dry_run=dry_run, jobs=jobs, progress=progress("reading again"))
    if as_json:
        click.echo(json.dumps(changes.as_dict(), ensure_ascii=False))
    else:
        show(["field", "changes", "example", "was", "becomes"], changes.rows())
        click.echo(
            f"{changes.read} captures read, {changes.altered} {'would change' if dry_run else 'changed'}", err=True
        )
    return DONE


# --- look at pages and sites --------------------------------------------------------------------------------------


@cli.command()
@click.argument("page", nargs=-1)
@click.option("--manifest", type=click.Path(path_type=Path), metavar="FILE", help='JSON lines of {"file", "url"}.')
@click.option("--url", help="The address a saved page had: relative links are resolved against it.")
@as_json
@click.pass_context
def read(ctx: click.Context, page: tuple[str, ...], manifest: Path | None, url: str | None, as_json: bool) -> int:
    """Say what pages are and what they state; archive nothing. Files (.html, .txt) or addresses.

    \b
    gongkai read report.html
    gongkai read saved.html --url http://www.example.gov.cn/a/1.html --json
    gongkai read http://www.example.gov.cn/art/2021/3/5/art_1_2.html
    gongkai read --manifest pages.jsonl --json > readings.jsonl
    """
    from crawler import reading

    if bool(page) == bool(manifest):
        raise UsageError("name pages to read, or --manifest FILE; see gongkai read --help")
    for file, address, response in pages_of(page, manifest, url):
        if isinstance(response, str):
            raise UsageError(f"{address}: {response}")
        found = reading.contract(reading.read(response), file, address)
        click.echo(json.dumps(found, ensure_ascii=False) if as_json else reading.text(found))
    return DONE


def pages_of(
    pages: tuple[str, ...], manifest: Path | None, url: str | None
) -> Iterable[tuple[str | None, str | None, Any]]:
    """(file, url, response) of everything named; addresses are fetched in one go."""
    from archive.records import Ask
    from crawler import reading

    if manifest:
        for name, file, address in reading.manifest(manifest):
            yield name, address, reading.response_of(file, address)
        return
    addresses = [page for page in pages if "://" in page]
    answers: dict[str, Any] = {}
    if addresses:
        from crawler.fetch import fetch

        answers = dict(zip(addresses, fetch([Ask(web_address(page)) for page in addresses]), strict=True))
    for page in pages:
        yield (None, page, answers[page]) if page in answers else (page, url, reading.response_of(Path(page), url))


@cli.command()
@as_json
@click.pass_obj
def sites(context: Context, as_json: bool) -> int:
    """List the catalogue: family, region, channels, and what the last crawl came to."""
    from archive.errors import ArchiveError

    catalogue = context.sites()
    try:
        with context.archive() as archive:
            last = archive.last_walks()
    except ArchiveError:
        last = {}
    rows = [
        (site.key, site.name, site.cms, site.region, str(len(site.channels)), last.get(site.key, site.tried))
        for site in catalogue.values()
    ]
    if as_json:
        keys = ("site", "name", "cms", "region", "channels", "last")
        for row in rows:
            click.echo(json.dumps(dict(zip(keys, row, strict=True)), ensure_ascii=False))
    else:
        show(["site", "name", "family", "region", "channels", "last crawl"], rows)
    return DONE


@cli.command()
@click.argument("site", nargs=-1)
@click.option("--live", is_flag=True, help="Also ask each channel for its first page.")
@click.pass_obj
def check(context: Context, site: tuple[str, ...], live: bool) -> int:
    """Are the site files right? With --live each channel is asked for one listing page; nothing is archived.

    \b
    gongkai check
    gongkai check fuyang --live
    """
    from crawler import sites as catalogue
    from crawler.checking import check_live, check_site

    chosen = catalogue.pick(context.sites(), site)
    rows = check_live(chosen) if live else [row for found in chosen for row in check_site(found)]
    show(["site", "channel", "family", "result"], [row[:4] for row in rows])
    return MISSING if any(row[4] for row in rows) else DONE


@cli.command()
@click.argument("page")
@click.option("--url", help="The address a saved page had.")
@click.option("--into", type=click.Path(path_type=Path), default=Path("tests/golden"), show_default=True, metavar="DIR")
@click.option("--name", help="Name of the case. [default: from the page]")
@click.pass_context
def golden(ctx: click.Context, page: str, url: str | None, into: Path, name: str | None) -> int:
    """Save a page and its reading as a regression test. Look at the reading and mend it by hand: it is the answer.

    \b
    gongkai golden saved.html --url http://www.example.gov.cn/a/1.html
    """
    from crawler import reading

    ((file, address, response),) = pages_of((page,), None, url)
    if isinstance(response, str):
        raise UsageError(f"{address}: {response}")
    saved = reading.save_golden(response, into, name or Path(file or address or "page").stem)
    click.echo(f"{saved}: check every field by hand, then commit it with the page")
    return DONE


# --- see what is there --------------------------------------------------------------------------------------------


@cli.command()
@click.argument("query", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, metavar="N")
@as_json
@click.pass_obj
def search(context: Context, query: tuple[str, ...], limit: int, as_json: bool) -> int:
    """Full text in Chinese: words of any length, phrases in quotes, several words, -without, OR.

    \b
    gongkai search 预算
    gongkai search '"政务公开" 报告 -计划'
    """
    from archive.search import search as find

    with context.archive() as archive:
        found = find(archive.db, " ".join(query), limit=limit)
    if as_json:
        for hit in found:
            click.echo(json.dumps(hit.as_dict(), ensure_ascii=False))
    else:
        show(
            ["date", "site", "title", "where it stands"],
            [(h.published_on or "", h.site or "", h.title or "", h.snippet) for h in found],
        )
    return DONE if found else MISSING


@cli.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8001, show_default=True)
@click.option("--open", "open_browser", is_flag=True, help="Open a browser on it.")
@click.pass_obj
def browse(context: Context, host: str, port: int, open_browser: bool) -> int:
    """Open the archive in Datasette: tables, facets, search, SQL and JSON."""
    from archive.browse import serve

    context.archive().close()  # says what is wrong before a server starts
    serve(context.folder, host=host, port=port, open_browser=open_browser)
    return DONE


@cli.command()
@click.argument("site", nargs=-1)
@as_json
@click.pass_obj
def coverage(context: Context, site: tuple[str, ...], as_json: bool) -> int:
    """The certificate: what each channel claims, and where every entry of it is. Exit code 1 if anything is missing."""
    from archive.coverage import certificates

    with context.archive() as archive:
        found = certificates(archive.db, site)
        known = archive.site_keys()
    for name in site:
        if name not in known:
            raise UsageError(f"{name}: no such site in this archive; it has {', '.join(known) or 'none yet'}")
    if as_json:
        for certificate in found:
            click.echo(json.dumps(certificate.as_dict(), ensure_ascii=False))
    else:
        show_certificates(found)
    return DONE if all(certificate.balanced for certificate in found) else MISSING


@cli.command()
@as_json
@click.pass_obj
def status(context: Context, as_json: bool) -> int:
    """How much is here, when it was last added to, and what waits."""
    with context.archive() as archive:
        found = archive.counts()
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        show(["what", "number"], [(name, str(value)) for name, value in found.items()])
    return DONE


@cli.command()
@as_json
@click.pass_obj
def verify(context: Context, as_json: bool) -> int:
    """Is the archive intact? Every capture's bytes, hashes, references and the index are checked."""
    from archive.verify import verify as check_archive

    with context.archive() as archive:
        findings = list(check_archive(archive.folder, archive.db))
    if as_json:
        for finding in findings:
            click.echo(json.dumps(finding.as_dict(), ensure_ascii=False))
    elif findings:
        show(["what", "where", "finding"], [(f.kind, f.where, f.problem) for f in findings])
    else:
        click.echo("intact")
    return DAMAGED if findings else DONE


# --- how it looks -------------------------------------------------------------------------------------------------


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


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command; every error that is the user's to mend is one sentence on stderr, no stack trace."""
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
        click.echo(f"gongkai: {error.filename or ''}: {error.strerror}", err=True)
        code = DAMAGED
    sys.exit(code if isinstance(code, int) else DONE)
