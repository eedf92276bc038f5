"""A network without a way out: a namespace with loopback, an address that looks public, a private one and that of cloud
metadata, and a name server that says what it is told. Only in there may a test use public addresses.

`python -m tests.namespace SPELLINGS SHAPES REBOUND` is run inside, by `guarded`, and prints what it found as JSON.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from archive.database import Archive
from tests.hostile_server import listing, page
from tests.loopback import Answer, Loopback, Request
from tests.running import gongkai
from tests.test_guard import FAST, SPELLINGS, STATUSES

PUBLIC, PRIVATE, METADATA = "93.184.215.14", "10.0.0.5", "169.254.169.254"
SHAPES = ("http://{}/{}.html", "http://{}:8080/{}.pdf", "http://{}:8080/a/{}?b=1#c", "http://{}/{}/")  # of an address
PORTS = (80, 8080)
BAIT, REBIND = "bait.gov.cn", "rebind.gov.cn"


def missing() -> str | None:
    """Why there can be no namespace here."""
    if os.geteuid() or not (shutil.which("unshare") and shutil.which("ip")):
        return "needs root, unshare and ip"
    done = subprocess.run(["unshare", "-n", "-m", "true"], capture_output=True, text=True)
    return f"no namespace: {done.stderr.strip()}" if done.returncode else None


def guarded(spellings: int, shapes: int, rebound: int) -> dict[str, int]:
    """What became of every attempt to lead a crawl to the trap, by so many spellings of its address."""
    numbers = map(str, (spellings, shapes, rebound))
    command = ["unshare", "-n", "-m", sys.executable, "-m", "tests.namespace", *numbers]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    return found


def furnish() -> None:
    """Inside: the addresses, and the name server in place of the machine's."""
    links = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(links) == 1, "not in a namespace of our own"
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for address in (PUBLIC, PRIVATE, METADATA):
        subprocess.run(["ip", "addr", "add", f"{address}/32", "dev", "lo"], check=True)
    for name, text in (("resolv.conf", "nameserver 127.0.0.1\n"), ("nsswitch.conf", "hosts: files dns\n")):
        with tempfile.NamedTemporaryFile("w", delete=False) as file:
            file.write(text)
        target = Path("/etc", name).resolve()
        target.touch()
        subprocess.run(["mount", "--bind", file.name, str(target)], check=True)


class Names:
    """A name server: what ends in gov.cn has the public address, `rebind.gov.cn` by turns the private one as well, and
    all else that one alone."""

    def __init__(self) -> None:
        self.turns = itertools.cycle([PUBLIC, PRIVATE])
        self.asked = 0

    def answer(self, question: bytes) -> bytes:
        """RFC 1035 §4: the question once more, and an address with a life of 0 s if it asked for one (type A)."""
        end = question.index(b"\0", 12) + 5
        name, kind = question[12 : end - 4], int.from_bytes(question[end - 4 : end - 2])
        if kind != 1:
            return question[:2] + b"\x81\x80\0\1\0\0\0\0\0\0" + question[12:end]
        rebound = name.startswith(b"\x06rebind\x03gov")
        self.asked += rebound
        address = socket.inet_aton(next(self.turns) if rebound else PUBLIC if b"\x03gov\x02cn" in name else PRIVATE)
        record = b"\xc0\x0c\0\1\0\1\0\0\0\0\0\4" + address
        return question[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + question[12:end] + record

    @contextmanager
    def serve(self) -> Iterator[None]:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.bind(("127.0.0.1", 53))
            threading.Thread(target=self.go_on, args=(line,), daemon=True).start()
            yield

    def go_on(self, line: socket.socket) -> None:
        while True:
            question, asker = line.recvfrom(512)
            line.sendto(self.answer(question), asker)


class Trap:
    """The listener that nothing may reach: on every address but the public one, and it counts connections."""

    def __init__(self) -> None:
        self.reached = 0

    @contextmanager
    def serve(self) -> Iterator[None]:
        with ExitStack() as stack:
            doors = [(host, port) for port in PORTS for host in ("127.0.0.1", "127.0.0.2", PRIVATE, METADATA, "::1")]
            for host, port in doors:
                family = socket.AF_INET6 if ":" in host else socket.AF_INET
                line = stack.enter_context(socket.create_server((host, port), family=family))
                threading.Thread(target=self.count, args=(line,), daemon=True).start()
            yield

    def count(self, line: socket.socket) -> None:
        while True:
            caller, _ = line.accept()
            self.reached += 1
            with caller:
                caller.recv(4096)
                caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nsecret")


class Bait:
    """A public site whose every answer leads to the trap, through each kind of door."""

    def __init__(self, spellings: int, shapes: int) -> None:
        spread = SPELLINGS[:: max(1, len(SPELLINGS) // spellings)][:spellings]
        addresses = itertools.product(spread, SHAPES[:shapes])
        self.urls = [shape.format(name, n) for n, (name, shape) in enumerate(addresses)]

    @property
    def entries(self) -> list[str]:
        """What the list links: the trap itself, and pages that lead there."""
        doors = [*(f"go/{status}" for status in STATUSES), "refresh", "script", "encloses"]
        hops = [f"http://{BAIT}/{door}/{n}/" for door in doors for n in range(len(self.urls))]
        robots = [f"http://r{n}.gov.cn/1.html" for n in range(len(self.urls))]
        return [*self.urls, *hops, *robots]

    def channels(self) -> dict[str, str]:
        """Channels that begin at the trap, or whose second page, frame or interface is there."""
        numbered = list(enumerate(self.urls))
        starts = {f"start{n}": url for n, url in numbered}
        doors = {f"{door}{n}": f"http://{BAIT}/{door}/{n}/" for door in ("next", "frame") for n, _ in numbered}
        return {"all": f"http://{BAIT}/all/", **starts, **doors}

    def answer(self, request: Request) -> Answer:
        host = request.headers["host"].partition(":")[0]
        door, _, rest = request.path.strip("/").partition("/")
        if door == "robots.txt":
            return Answer.redirect(self.raw(int(host[1:].partition(".")[0]))) if host[0] == "r" and host != REBIND \
                else Answer(404)  # fmt: skip
        if door == "all":
            return self.html(listing(self.entries))
        if door == "rebound":
            return self.html(listing([f"http://{REBIND}/doc/{n}.html" for n in range(int(rest))]))
        if door == "doc":
            return self.html(page(f"关于第{rest}号事项的通知", f"<p>{rest}</p>"))
        number = int(rest.rpartition("/")[2])
        url = self.urls[number]
        if door == "go":
            return Answer.redirect(self.raw(number), int(rest.partition("/")[0]))
        bodies = {
            "refresh": f"<html><head><meta http-equiv='refresh' content='0;url={url}'></head></html>".encode(),
            "script": f"<html><head><script>location.href='{url}'</script></head></html>".encode(),
            "encloses": page(f"第{number}号", f"<p>附件：<a href='{url}'>{number}.pdf</a></p>"),
            "next": listing([f"http://{BAIT}/doc/{number}-{n}.html" for n in range(3)], url),
            "frame": f"<html><body><iframe src='{url}' width='100%' height='900'></iframe></body></html>".encode(),
        }
        return self.html(bodies[door])

    def raw(self, number: int) -> str:
        """For a header, which has no full-width digits."""
        return self.urls[number].encode("utf-8").decode("latin-1")

    def html(self, body: bytes) -> Answer:
        return Answer(200, {"Content-Type": "text/html; charset=utf-8", "Connection": "close"}, body)


def site_file(folder: Path, key: str, channels: dict[str, str], hosts: list[str]) -> None:
    named = ", ".join(f'"{name}"' for name in hosts)
    text = f'name = "甲市"\nurl = "http://{BAIT}/"\ncms = "html"\ndelay = 0\nhosts = [{named}]\n'
    text += "".join(f'[[channels]]\nkey = "{name}"\nname = "{name}"\nurl = "{url}"\n' for name, url in channels.items())
    (folder / f"{key}.toml").write_text(text, "utf-8")


def reachable() -> int:
    """How many of the spellings lead to the trap where nobody guards it."""
    reached = 0
    for name in SPELLINGS:
        try:
            with socket.create_connection((name.strip("[]"), 8080), timeout=2):
                reached += 1
        except (OSError, UnicodeError):
            continue
    return reached


def attempt(folder: Path, spellings: int, shapes: int, rebound: int) -> dict[str, int]:
    bait, trap, names = Bait(spellings, shapes), Trap(), Names()
    (folder / "sites").mkdir()
    hosts = [*(name.strip("[]") for name in SPELLINGS), ".gov.cn"]
    site_file(folder / "sites", "bait", bait.channels(), hosts)
    site_file(folder / "sites", "rebind", {"all": f"http://{BAIT}/rebound/{rebound}"}, [REBIND])
    loopback = Loopback(bait)
    with names.serve(), trap.serve(), loopback.serve(80, PUBLIC):
        unguarded = reachable()
        while trap.reached < unguarded:  # the last of them may still wait to be accepted
            time.sleep(0.05)
        before = trap.reached
        ran = gongkai("crawl", "bait", *FAST, archive=folder / "a", catalogue=folder / "sites")
        assert "Traceback" not in ran.err, ran.err
        gongkai("crawl", "rebind", *FAST, "-s", "DNSCACHE_ENABLED=False", archive=folder / "b",
                catalogue=folder / "sites")  # fmt: skip
        through = trap.reached - before
        gongkai("scrape", f"http://{PRIVATE}:8080/x.html", *FAST, archive=folder / "c", catalogue=folder / "sites")
        control = trap.reached - before - through
    with Archive(folder / "a") as archive:
        one = lambda query: int(archive.db.execute(query).fetchone()[0])  # noqa: E731
        led = f"url not like 'http://{BAIT}/doc/%' and url not like '%/encloses/%'"
        explained = {
            "pages": one(f"select count(*) from pages where {led} and state in ('failed', 'foreign', 'unread', "
                         "'blocked') and reason is not null"),
            "pages that wait, as their host rests": one(
                f"select count(*) from pages where {led} and state = 'pending'"),
            "attachments": one("select count(*) from downloads where state in ('failed', 'foreign')"),
            "walks": one("select count(*) from walks where channel != 'all' and note is not null"),
        }  # fmt: skip
    with Archive(folder / "b") as archive:
        states = dict(archive.db.execute("select state, count(*) from pages group by state").fetchall())
    return {
        "spellings": spellings, "reach the trap unguarded": unguarded,
        "attempts": len(bait.entries) + len(bait.channels()) - 1, **explained,
        "rebound names asked": names.asked, "rebound archived": states.get("archived", 0),
        "rebound refused": sum(states.values()) - states.get("archived", 0),
        "connections to the trap": through, "positive control": control,
    }  # fmt: skip


if __name__ == "__main__":
    furnish()
    with tempfile.TemporaryDirectory() as place:
        print(json.dumps(attempt(Path(place), *map(int, sys.argv[1:4]))))
