"""Hand on and keep: export, merge, suppress, erase, rebuild."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from archive.errors import UsageError
from crawler.terminal import DONE, Context, progress, show

if TYPE_CHECKING:
    from archive.database import Archive
    from archive.export import Wish
    from archive.suppress import Taken

FORMATS = ("csv", "jsonl", "parquet", "zip", "wacz")
TEXT = ("csv", "jsonl")  # what makes sense on standard output


@click.command()
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write here. [default: stdout]")
@click.option("--format", "form", type=click.Choice(FORMATS), help="[default: what FILE ends with, else csv]")
@click.option("--site", multiple=True, metavar="SITE", help="Only pages of this site; may be repeated.")
@click.option("--query", metavar="QUERY", help="Only documents that this search finds.")
@click.option("--since", metavar="CURSOR|DAY", help="Only what came or changed after it.")
@click.option("--fields", metavar="NAME,…", help="These columns, in this order.")
@click.option("--raw", is_flag=True, help="CSV for programs: formulas as they are, no byte-order mark.")
@click.pass_obj
def export(
    context: Context,
    output: Path | None,
    form: str | None,
    site: tuple[str, ...],
    query: str | None,
    since: str | None,
    fields: str | None,
    raw: bool,
) -> int:
    """Hand the documents on: csv, jsonl, parquet, zip (a Frictionless data package) or wacz (the recordings).

    \b
    gongkai export -o disclosures.csv               for a spreadsheet
    gongkai export --format jsonl --since 1234      what is new since the cursor that was printed last
    gongkai export --site fuyang --query 预算 --fields url,title,text -o budget.parquet
    gongkai export -o fuyang.wacz --site fuyang     for replayweb.page
    """
    from archive.export import Wish
    from archive.export import fields as named

    form = form or (output.suffix.lstrip(".").lower() if output else "csv")
    if form not in FORMATS:
        raise UsageError(f"{output}: no format is called {form!r}; give --format, one of {', '.join(FORMATS)}")
    if output is None and form not in TEXT:
        raise UsageError(f"{form} is no text for a terminal: name a file with -o FILE.{form}")
    wish = Wish(named(fields), site, query, since)
    with context.archive() as archive:
        check_sites(archive, site)
        number, cursor = handed_on(archive, output, form, wish, raw)
    click.echo(f"{number} pages; what comes after: --since {cursor}", err=True)
    return DONE


def check_sites(archive: Archive, sites: tuple[str, ...]) -> None:
    """Raises `UsageError` for a site that is not in the archive."""
    known = archive.site_keys()
    for name in sites:
        if name not in known:
            raise UsageError(f"{name}: no such site in this archive; it has {', '.join(known) or 'none yet'}")


def handed_on(archive: Archive, output: Path | None, form: str, wish: Wish, raw: bool) -> tuple[int, int]:
    """Write the rows; gives how many there are, and the cursor to go on with."""
    from archive import export as out
    from archive.wacz import write_wacz

    with out.snapshot(archive.db) as cursor, opened(output) as file:
        number = out.count(archive.db, wish)
        tell = progress("export") if output else None
        if form == "wacz":
            write_wacz(file, archive.warc_folder, archive.db, wish, tell)
        else:
            found = out.told(out.rows(archive.db, wish), number, tell)
            out.FORMATS[form](file, found, wish.fields, raw=raw)
    return number, cursor


@contextmanager
def opened(output: Path | None) -> Iterator[IO[bytes]]:
    """The file, which is there only once it is whole; or standard output."""
    from archive.export import whole

    if output is None:
        yield sys.stdout.buffer
        sys.stdout.flush()
    else:
        with whole(output) as file:
            yield file


@click.command()
@click.argument("other", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.pass_obj
def merge(context: Context, other: tuple[Path, ...]) -> int:
    """Take in other archives: a union, so it may be repeated, and the order makes no difference.

    \b
    gongkai merge shard1 shard2 shard3
    """
    from archive.merge import merge as unite

    with context.archive(alone=True) as archive:
        came = [(folder, unite(archive, folder, progress(f"{folder}"))) for folder in other]
        archive.link()
    rows = [(str(folder), str(found.documents), str(found.captures), str(found.files)) for folder, found in came]
    show(["archive", "documents", "captures", "WARC files"], rows)
    return DONE


Command = Callable[..., int]


def withholds(command: Command) -> Command:
    """What `suppress` and `erase` take both: what is meant, and why."""
    reason = click.option("--reason", metavar="TEXT", help="Why; kept in the archive.")
    return click.argument("target", required=False)(reason(click.pass_obj(command)))


def because(reason: str | None) -> str:
    """The reason. Raises `UsageError` where there is none."""
    if not reason:
        raise UsageError("say why: --reason TEXT; it is kept in the archive for whoever asks later")
    return reason


def taken_out(taken: Taken, how: str) -> int:
    """Say what was taken out."""
    click.echo(f"{taken.asked or 'what came in again'}: {taken.pages} pages and {taken.documents} documents {how}, "
               f"{taken.records} records with them")
    return DONE


@click.command()
@click.option("--lift", is_flag=True, help="Take it back: read again from the recordings.")
@withholds
def suppress(context: Context, target: str | None, reason: str | None, lift: bool) -> int:
    """Hide a document (by its number), a page (by its address) or pages (by the beginning of it and *) from search,
    browse and export. The recordings stay, and --lift takes it back. Without TARGET: list what is withheld.

    \b
    gongkai suppress 1234 --reason 当事人申请
    gongkai suppress 'http://www.example.gov.cn/list/*' --reason 个人信息
    gongkai suppress 'http://www.example.gov.cn/list/*' --lift
    """
    from archive import suppress as withhold

    if target is None:
        return show_withheld(context)
    with context.archive(write=True) as archive:
        if lift:
            from crawler.reextract import reread

            click.echo(f"{reread(archive, withhold.lift(archive, target))} captures read again")
            return DONE
        return taken_out(withhold.suppress(archive, target, because(reason)), "hidden")


def show_withheld(context: Context) -> int:
    """A row for everything that was ever taken out."""
    columns = ("asked", "reason", "since", "erased")
    with context.archive() as archive:
        rows = archive.db.execute(f"select distinct {', '.join(columns)} from withheld order by since")
        show(columns, [tuple(map(str, row)) for row in rows])
    return DONE


@click.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@withholds
def erase(context: Context, target: str | None, reason: str | None, yes: bool) -> int:
    """Destroy a document, page or pages: out of the database, the index and the WARC files; a tombstone stays. It
    cannot be undone, and no later crawl brings it back. Without TARGET: take out what came in again of all that was
    erased.

    \b
    gongkai erase 1234 --reason 法院判决
    """
    from archive import suppress as withhold

    why = because(reason) if target else ""
    with context.archive(alone=True) as archive:
        if target and not yes:
            number = len(withhold.find(archive.db, target).urls)
            click.confirm(f"destroy {target} ({number} pages) for good?", abort=True, err=True)
        return taken_out(withhold.erase(archive, target, why), "erased")


@click.command()
@click.pass_obj
def rebuild(context: Context) -> int:
    """Make the database anew from the WARC files alone, as when it is lost or damaged. One that is there is kept as
    gongkai.db.….bak. Walks, lists and sites cannot be known from recordings: the next crawl walks every channel anew.

    \b
    gongkai rebuild
    """
    from crawler.rebuild import rebuild as again

    counts = again(context.folder, progress("rebuild"))
    show(["became", "answers"], [(kind, str(number)) for kind, number in sorted(counts.items())])
    click.echo("walks, lists and sites are not known any more: gongkai crawl", err=True)
    return DONE
