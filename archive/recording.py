"""A WARC file of any tool as a thing to look pages up in: what `--replay` answers from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord

from archive.errors import UsageError


@dataclass(frozen=True, slots=True)
class Answer:
    """One recorded answer: `body` as received after transfer decoding, `fetched_at` as in `Capture`."""

    url: str
    fetched_at: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Recording:
    """Knows where each address stands in the file (memory: its addresses), reads an answer when it is asked for; of
    several answers to one address the last counts. Raises `UsageError` for what is no WARC, or breaks off."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.places: dict[str, int] = {}
        try:
            with path.open("rb") as file:
                records = ArchiveIterator(file, arc2warc=True)
                for record in records:
                    if record.rec_type == "response" and record.http_headers is not None:
                        self.places[record.rec_headers.get_header("WARC-Target-URI")] = records.get_record_offset()
                    record.raw_stream.read()
        except AttributeError:  # what warcio makes of a record whose head lacks its address
            raise UsageError(f"{path}: no WARC file, or one that breaks off (in the head of a record)") from None
        except (ArchiveLoadFailed, EOFError, OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error).strip() or type(error).__name__
            raise UsageError(f"{path}: no WARC file, or one that breaks off ({reason})") from None
        if not self.places:
            raise UsageError(f"{path}: no WARC file with HTTP responses; `gzip -t` and `warcio check` say more")

    def find(self, url: str) -> Answer | None:
        """The answer to an address; http and https are one, as in the ledger of the people who recorded it."""
        other = (
            url.replace("https://", "http://", 1) if url.startswith("https") else url.replace("http://", "https://", 1)
        )
        found = next((name for name in (url, other) if name in self.places), None)
        if found is None:
            return None
        with self.path.open("rb") as file:
            file.seek(self.places[found])
            return _answer(next(iter(ArchiveIterator(file, arc2warc=True))))


def _answer(record: ArcWarcRecord) -> Answer:
    http = record.http_headers
    return Answer(
        url=record.rec_headers.get_header("WARC-Target-URI"),
        fetched_at=record.rec_headers.get_header("WARC-Date")[:19] + "Z",
        status=int(http.get_statuscode()),
        headers=tuple((name, value) for name, value in http.headers if name.lower() != "transfer-encoding"),
        body=record.raw_stream.read(),
    )
