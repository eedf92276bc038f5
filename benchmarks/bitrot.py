"""Random single bit flips in the WARC files of a small archive: how many does `verify` find, each in one record?

    .venv/bin/python -m benchmarks.bitrot [--flips 1000]

Goal: every one.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from pathlib import Path

from archive.database import Archive
from archive.verify import verify
from benchmarks.measure import machine
from tests.samples import store, url


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flips", type=int, default=1000)
    flips, rnd, found, alone = parser.parse_args().flips, random.Random(11), 0, 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Archive(folder, write=True) as archive:
            for number in range(12):
                store(archive, url(number), text="".join(chr(rnd.randrange(0x4E00, 0x9FA5)) for _ in range(400)))
        (file,) = (folder / "warc").iterdir()
        whole, begun = file.read_bytes(), time.monotonic()
        for _ in range(flips):
            place = rnd.randrange(len(whole))
            file.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << rnd.randrange(8)]) + whole[place + 1 :])
            with Archive(folder) as archive:
                findings = len(list(verify(archive.folder, archive.db)))
            found, alone = found + bool(findings), alone + (findings == 1)
    print(f"{found} of {flips} flips found, {alone} blamed on one record alone, in {time.monotonic() - begun:.0f} s; "
          f"{machine()}")


if __name__ == "__main__":
    main()
