"""Export of a large archive in every format: time, rows a second, peak memory.

    .venv/bin/python -m benchmarks.export [--documents 100000]

Goal: 100,000 documents in <= 300 MB, whatever the format.
"""

from __future__ import annotations

import argparse
import tempfile
from multiprocessing import Process
from pathlib import Path

from archive.database import Archive
from benchmarks.measure import gongkai, machine, table
from tests.samples import store

TEXT = "各县、区人民政府，市政府各部门、各直属机构：为进一步做好政府信息公开工作，现就有关事项通知如下。"
BATCH = 500


def fill(folder: Path, documents: int) -> None:
    """An archive of documents of about 1,500 characters."""
    with Archive(folder, write=True) as archive:
        for begin in range(0, documents, BATCH):
            with archive.batch():
                for number in range(begin, min(begin + BATCH, documents)):
                    text = f"第{number}号。" + TEXT * 30
                    store(archive, f"http://a.gov.cn/{number}.htm", f"第{number}号通知", text, site="a.gov.cn")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=100_000)
    documents = parser.parse_args().documents
    with tempfile.TemporaryDirectory() as name:
        folder, rows = Path(name), []
        filling = Process(target=fill, args=(folder / "archive", documents))  # its memory is not to be counted below
        filling.start()
        filling.join()
        for form in ("csv", "jsonl", "parquet", "zip", "wacz"):
            done = gongkai("export", "-o", str(folder / f"x.{form}"), archive=folder / "archive")
            size = (folder / f"x.{form}").stat().st_size / 2**20
            (folder / f"x.{form}").unlink()
            rows.append((form, f"{done.wall:.1f}", f"{documents / done.wall:.0f}", f"{done.memory:.0f}", f"{size:.0f}",
                         done.code))
    print(f"Export of {documents} documents; {machine()}\n")
    print(table(("format", "wall s", "rows/s", "peak MB", "file MB", "exit"), rows))


if __name__ == "__main__":
    main()
