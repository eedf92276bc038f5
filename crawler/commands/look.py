"""Look at pages and sites: read, sites, check, add, golden."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.errors import UsageError
from crawler.terminal import (
    DONE,
    MISSING,
    USAGE,
    Context,
    as_json,
    pairs,
    setting,
    show,
    show_broken,
    web_address,
)

if TYPE_CHECKING:
    from archive.errors import CatalogueError


@click.command()
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


@click.command()
@as_json
@click.pass_obj
def sites(context: Context, as_json: bool) -> int:
    """List the catalogue: family, region, channels, and what the last crawl came to."""
    from archive.errors import ArchiveError

    broken: list[CatalogueError] = []
    catalogue = context.sites(broken)
    show_broken(broken)
    try:
        with context.archive() as archive:
            last = archive.last_walks()
    except ArchiveError:
        last = {}
    rows = [
        (site.key, site.name, site.cms, site.region, str(len(site.channels)), last.get(site.key, site.tried))
        for site in sorted(catalogue.values(), key=lambda site: site.code)  # ministries, then place by place
    ]
    if as_json:
        keys = ("site", "name", "cms", "region", "channels", "last")
        for row in rows:
            click.echo(json.dumps(dict(zip(keys, row, strict=True)), ensure_ascii=False))
    else:
        show(["site", "name", "family", "region", "channels", "last crawl"], rows)
    return USAGE if broken else DONE


@click.command()
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

    broken: list[CatalogueError] = []
    chosen = catalogue.pick(context.sites(broken), site, broken)
    rows = check_live(chosen) if live else [row for found in chosen for row in check_site(found)]
    show(["site", "channel", "family", "result"], [row[:4] for row in rows])
    if broken and not site:
        show_broken(broken)
        return USAGE
    return MISSING if any(row[4] for row in rows) else DONE


@click.command()
@click.argument("url")
@click.option("--key", help="What the site is to be called, as in `gongkai crawl KEY`. [default: by its host]")
@click.option("--dry-run", is_flag=True, help="Show the file, write nothing.")
@setting
@click.pass_obj
def add(context: Context, url: str, key: str | None, dry_run: bool, changes: tuple[str, ...]) -> int:
    """Draft the file of a new site from one of its pages: a list, a document of it, or the home page.

    \b
    gongkai add http://www.example.gov.cn/zwgk/tzgg/
    gongkai add http://www.example.gov.cn/ --key example --dry-run
    """
    from crawler import draft, sites
    from crawler.fetch import converse

    made = converse(web_address(url), draft.draft(url), **pairs(changes))
    file = sites.new_file(context.catalogue, key or made.site.key)
    rows = [(seen.channel.name, seen.channel.cms, seen.channel.url, draft.said(seen)) for seen in made.previews]
    show(["channel", "family", "list", "what was seen"], rows)
    if dry_run:
        click.echo("\n" + draft.toml(made), nl=False)
        return DONE
    file.write_text(draft.toml(made), "utf-8")
    click.echo(f"wrote {file}; look it through, then: gongkai crawl {file.stem} --limit 5")
    return DONE


@click.command()
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
