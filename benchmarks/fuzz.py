"""Ten minutes of altered bytes for each parser of our own (reliability.md §4 and §5.5), steered by what they reach:
files, dates, encodings, headers, robots.txt, whole pages. No parser may raise anything.

    .venv/bin/python -m pip install --target fuzzer atheris
    PYTHONPATH=fuzzer .venv/bin/python -m benchmarks.fuzz [NAME ...] [--seconds 600] [--kept fuzzed]

Every kind of failure is one row: its exception, the line of ours where it arose, and the file below `--kept` that
brings it about. What libFuzzer itself stops (a single input over 30 s, memory over 2 GB) is a row too.
"""

from __future__ import annotations

import argparse
import gzip
import io
import re
import subprocess
import sys
import traceback
import zipfile
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from pathlib import Path

from scrapy.http import HtmlResponse

from benchmarks.measure import machine, table
from crawler.patience import retry_after
from crawler.reading import read as read_page
from crawler.robots import rules_of
from pipelines import dates, html
from pipelines.filenames import from_disposition
from pipelines.files import text_of
from tests.hostile_files import docx, ofd, xlsx, zipped

TESTS = Path(__file__).parent.parent / "tests"
OURS = re.compile(r"/(?:crawler|pipelines|archive)/")
NOW, TODAY = datetime(2026, 11, 27, 12, tzinfo=UTC), date(2026, 11, 27)
URL = "http://www.linjiang.gov.cn/xxgk/list.html"


PARTS = {  # of packages: a sound one, and the part of it that is altered
    "docx": (docx("<w:p><w:r><w:t>临江县</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl>"),
             "word/document.xml"),
    "xlsx": (xlsx('<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><v>45000.5</v></c></row>', "<si><t>甲</t></si>"),
             "xl/sheet1.xml"),
    "ofd": (ofd(("0 0 60 5", "临江县"), ("0 8 60 5", "2024年")), "Doc_0/Pages/Page_0/Content.xml"),
}  # fmt: skip


def parts(name: str) -> dict[str, bytes]:
    """The parts of the sound package of a format."""
    with zipfile.ZipFile(io.BytesIO(PARTS[name][0])) as package:
        return {part: package.read(part) for part in package.namelist()}


def packed(name: str, raw: bytes) -> bytes:
    """That package with another main part."""
    return zipped({**parts(name), PARTS[name][1]: raw})


def page(raw: bytes, url: str = URL) -> HtmlResponse:
    return HtmlResponse(url, body=raw)


PARSERS: dict[str, Callable[[bytes], object]] = {
    "doc": lambda raw: text_of(raw, "a.doc"),
    "xls": lambda raw: text_of(raw, "a.xls"),
    "ppt": lambda raw: text_of(raw, "a.ppt"),
    "rtf": lambda raw: text_of(raw, "a.rtf"),
    "docx": lambda raw: text_of(packed("docx", raw), "a.docx"),
    "xlsx": lambda raw: text_of(packed("xlsx", raw), "a.xlsx"),
    "ofd": lambda raw: text_of(packed("ofd", raw), "a.ofd"),
    "rar": lambda raw: text_of(raw, "a.rar"),
    "dates": lambda raw: (dates.read(raw.decode("utf-8", "replace"), TODAY), dates.read_last(raw.decode("latin-1"))),
    "charset": lambda raw: html.parse(page(raw)),
    "retry_after": lambda raw: retry_after(raw.decode("latin-1"), NOW),
    "disposition": from_disposition,
    "robots": lambda raw: rules_of(page(raw, "http://www.linjiang.gov.cn/robots.txt")),
    "pages": lambda raw: read_page(page(raw)),
}
SEEN = ["pipelines", "crawler.patience", "crawler.reading", "crawler.robots", "crawler.cms", "olefile"]  # by the fuzzer
START = f"import atheris\nwith atheris.instrument_imports({SEEN}):\n    import benchmarks.fuzz\nbenchmarks.fuzz.main()"
LINES = {
    "dates": ("2024年3月5日", "二〇二四年三月五日", "2024-03-05 10:11", "1709600000000", "3天前", "2024-13-41"),
    "retry_after": ("120", "Fri, 20 Nov 2026 12:01:00 GMT", "-1", "Thu, 01 Jan 1970 00:00:00 GMT"),
    "disposition": ("attachment; filename*=UTF-8''%E9%99%84%E4%BB%B6.doc", 'attachment; filename="=?GBK?B?uL28/g==?="',
                    "attachment; filename=%B8%BD%BC%FE.doc; filename*=GBK''%B8"),
    "robots": ("User-agent: *\nDisallow: /a\nCrawl-delay: 3\n", "<html>403</html>"),
}  # fmt: skip


def seeds(name: str) -> Iterable[bytes]:
    """What is altered: sound examples."""
    yield from (line.encode() for line in LINES.get(name, ()))
    for file in sorted((TESTS / "golden_files").glob(f"*.{name}*")):
        if name not in PARTS and file.suffix not in (".txt", ".json"):
            yield gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    if name in ("pages", "charset"):
        yield from (file.read_bytes()[:60_000] for file in sorted((TESTS / "golden").rglob("*.html")))
    if name in PARTS:
        yield parts(name)[PARTS[name][1]]
    if name == "rar":
        yield from (b"Rar!\x1a\x07\x00" + bytes(60), b"Rar!\x1a\x07\x01\x00" + bytes(60))


def alter(name: str, arguments: list[str], kept: Path) -> None:
    """Runs one parser under libFuzzer, in this process, which ends with it."""
    import atheris

    seen: set[str] = set()

    def once(raw: bytes) -> None:
        try:
            PARSERS[name](raw)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a panic of Rust is no Exception
            where = [frame for frame in traceback.extract_tb(error.__traceback__) if OURS.search(frame.filename)][-1]
            told = f"{type(error).__name__} at {Path(where.filename).name}:{where.lineno}"
            if told not in seen:
                seen.add(told)
                example = kept / f"{name}-{len(seen)}"
                example.write_bytes(raw)
                print(f"FOUND {told} ({error!s:.80}) by {example}", flush=True)

    atheris.Setup([sys.argv[0], *arguments], once)
    atheris.Fuzz()


def tried(name: str, seconds: int, kept: Path) -> tuple[str, int, list[str]]:
    """How often a parser was called, and what was found."""
    corpus = kept / f"{name}.corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, raw in enumerate(seeds(name)):
        (corpus / f"seed{number}").write_bytes(raw)
    limits = [f"-max_total_time={seconds}", "-timeout=30", "-rss_limit_mb=2048", "-max_len=65536",
              f"-artifact_prefix={kept}/{name}."]  # fmt: skip
    ran = subprocess.run([sys.executable, "-c", START, name, "--kept", str(kept), "--one", *limits, str(corpus)],
                         capture_output=True, text=True, errors="replace")  # fmt: skip
    said = ran.stdout + ran.stderr
    found = re.findall(r"^FOUND (.*)$", said, re.M) + re.findall(r"^==\d+== ?ERROR: (libFuzzer.*)$", said, re.M)
    if ran.returncode and not found:
        found = [said.strip().splitlines()[-1]]
    calls = [int(number) for number in re.findall(r"^(?:#|Done )(\d+)", said, re.M)]
    return name, max(calls, default=0), found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(PARSERS))
    parser.add_argument("--seconds", type=int, default=600, help="for each parser")
    parser.add_argument("--kept", type=Path, default=Path("fuzzed"), help="where inputs are kept that fail")
    parser.add_argument("--one", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        return alter(given.names[0], given.one, given.kept)
    rows = [tried(name, given.seconds, given.kept) for name in given.names or PARSERS]
    shown = [(name, f"{calls:,}", len(found), "; ".join(found[:3])) for name, calls, found in rows]
    print(f"{machine()}; {given.seconds} s for each parser\n\n{table(('parser', 'calls', 'found', ''), shown)}")
    failures = sum(len(found) for _, _, found in rows)
    print(f"\n{len(rows)} parsers, {sum(calls for _, calls, _ in rows)} calls, {failures} failures")
    raise SystemExit(bool(failures))


if __name__ == "__main__":
    main()
