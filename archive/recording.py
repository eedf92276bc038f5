"""A WARC file of any tool as a thing to look answers up in: what `--replay` answers from."""

from __future__ import annotations

from pathlib import Path

from archive.errors import ArchiveError, UsageError
from archive.warc import Request, Response, placed, recorded_at


class Recording:
    """Knows where each answer stands in the file (memory: addresses and what was posted), reads it when it is asked
    for; of several answers to one request the last counts. Raises `UsageError` for what is no WARC, or breaks off."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.places: dict[tuple[str, Request], tuple[int, str]] = {}
        try:
            for offset, answer in placed(path):
                if not answer.converted:
                    self.places[answer.url, answer.request] = offset, answer.fetched_at
        except ArchiveError as error:
            raise UsageError(str(error)) from None
        if not self.places:
            raise UsageError(f"{path}: no WARC file with HTTP responses; `gzip -t` and `warcio check` say more")

    def find(self, url: str, asked: Request) -> tuple[Response, str] | None:
        """The answer to a request, and when it was fetched; http and https are one, as in the ledger of the people who
        recorded it. Where a recording does not tell what was posted, any answer of the address is the one."""
        other = (
            url.replace("https://", "http://", 1) if url.startswith("https") else url.replace("http://", "https://", 1)
        )
        keys = ((name, request) for request in (asked, Request()) for name in (url, other))
        found = next((self.places[key] for key in keys if key in self.places), None)
        return (recorded_at(self.path, found[0]), found[1]) if found else None
