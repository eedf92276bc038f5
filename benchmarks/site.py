"""A site to crawl at full speed: the bundled site's two static lists and their documents, every page made beforehand
and served from memory by a process of its own, so that the server is never what is measured.

    .venv/bin/python -m benchmarks.site --documents 2000      prints its address; ends with its standard input

Documents are 17-50 KB, half of them in UTF-8 and half in GBK, with texts of 7.6 KB in the mean.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.made import made
from tests.fake_site import COLUMNS, KEY, FakeSite, Held
from tests.loopback import Request, wire

LISTS = ("tzgg", "gzbg")  # of the third a client must know how to ask a Hanweb proxy
PARAGRAPH = 1_650  # characters, at most, that are added to a document: it has 1,700 in the mean


class Line(asyncio.Protocol):
    """One connection: an answer is looked up and written whole."""

    def __init__(self, pages: dict[bytes, bytes]) -> None:
        self.pages, self.missing = pages, pages[b"/robots.txt"].replace(b"200 OK", b"404 Not Found")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        for ask in data.split(b"\r\n\r\n")[:-1]:
            self.transport.write(self.pages.get(ask.split(b" ", 2)[1], self.missing))


def rendered(documents: int) -> tuple[FakeSite, dict[bytes, bytes]]:
    """The site, and every answer of it as it goes over the line."""
    site = FakeSite(documents * 2 + 8, oddities=False)
    for column in set(COLUMNS) - set(LISTS):
        site.listed[column].clear()
    for column in LISTS:
        del site.listed[column][documents // 2 :]
    chance, paths = random.Random(20261127), ["/robots.txt"]
    for held, (_, _, text) in zip(site.held(), made(documents), strict=False):
        site.change(held.url, paragraph=text[: chance.randrange(PARAGRAPH)].replace("\n", "") or "。")
        paths.append(held.url)
    for column, first, page in (("tzgg", 0, "index_{}.html"), ("gzbg", 1, "list_{}.html")):
        screens = -(-len(site.listed[column]) // COLUMNS[column].size)
        paths += [COLUMNS[column].path, *(COLUMNS[column].path + page.format(first + n) for n in range(1, screens))]
    return site, {path.encode(): wire(site.answer(Request.of(path))) for path in paths}


async def serve(pages: dict[bytes, bytes]) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Line(pages), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


@dataclass(slots=True)
class Served:
    """The site in its process, as a benchmark uses it."""

    process: subprocess.Popen[str]
    base: str
    held: list[Held]

    @classmethod
    def start(cls, documents: int) -> Served:
        command = [sys.executable, "-m", "benchmarks.site", "--documents", str(documents)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert process.stdout
        return cls(process, process.stdout.readline().strip(), [])

    def lists(self) -> list[str]:
        return [self.base + COLUMNS[column].path for column in LISTS]

    def catalogue(self, folder: Path) -> Path:
        """Writes the site file; gives its folder."""
        folder.mkdir(parents=True)
        head, *channels = FakeSite(documents=1).site_toml(self.base).split("\n[[channels]]")
        kept = [one for one in channels if any(f'key = "{column}"' in one for column in LISTS)]
        (folder / f"{KEY}.toml").write_text("\n[[channels]]".join([head, *kept]), "utf-8")
        return folder

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=2000)
    _, pages = rendered(parser.parse_args().documents)
    asyncio.run(serve(pages))


if __name__ == "__main__":
    main()
