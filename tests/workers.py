"""Several processes crawl into one archive, and some of them are killed: sites that share hosts, on a server that keeps
account of who asked what, when, and over how many connections."""

from __future__ import annotations

import os
import random
import subprocess
import threading
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from archive.database import Archive
from archive.verify import verify
from tests.hostile_server import listing, page
from tests.loopback import Answer, Loopback, Request
from tests.running import COMMAND

ROWS = 20  # entries of a page of a list


@dataclass(frozen=True, slots=True)
class Plan:
    """What is tried: every worker has a site on every host, of so many documents; kills come at seeded moments."""

    workers: int = 3
    hosts: int = 2
    documents: int = 10
    delay: float = 0.05
    kills: int = 2
    seed: int = 7

    @property
    def sites(self) -> list[tuple[int, int]]:
        return [(worker, host) for worker in range(self.workers) for host in range(self.hosts)]

    @property
    def pages(self) -> int:
        """Documents and pages of lists: the least that has to be asked for."""
        lists = -(-self.documents // ROWS)
        return len(self.sites) * (self.documents + lists + (lists > 1))  # the first page is read once more at the end


@dataclass(slots=True)
class Outcome:
    """What came of it."""

    plan: Plan
    documents: int = 0
    twice: int = 0  # pages with more than one capture
    unsound: list[str] = field(default_factory=list)  # what `verify` finds
    unbalanced: int = 0  # certificates
    requests: int = 0  # without robots.txt
    robots: int = 0
    shortest: float = float("inf")  # seconds between two requests to a host
    under: int = 0  # gaps shorter than the delay
    connections: int = 0  # most that were open to a host when it was asked
    killed: int = 0

    @property
    def extra(self) -> float:
        """Share of requests beyond what had to be asked."""
        return self.requests / self.plan.pages - 1


class Sites:
    """The government sites `/s<worker>/` of every host; the hosts are addresses of loopback."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.loopback = plan, Loopback(self)
        self.connections: Counter[str] = Counter()

    def answer(self, request: Request) -> Answer:
        host = request.headers["host"].partition(":")[0]
        lines = [line.transport.get_extra_info("sockname")[0] for line in list(self.loopback.lines)]
        self.connections[host] = max(self.connections[host], lines.count(host))
        parts = request.path.strip("/").split("/")
        if parts[0] == "robots.txt":
            return Answer(404)
        kind = {"Content-Type": "text/html; charset=utf-8"}
        if parts[1] == "list":
            return Answer(200, kind, self.list_page(parts[0], int(parts[2])))
        name = f"{host} 第{parts[0]}站第{parts[2]}号"
        return Answer(200, kind, page(f"关于{name}事项的通知", f"<p>本件为{name}。</p>"))

    def list_page(self, site: str, number: int) -> bytes:
        first = (number - 1) * ROWS
        urls = [f"/{site}/doc/{n}/" for n in range(first, min(first + ROWS, self.plan.documents))]
        more = f"/{site}/list/{number + 1}/" if first + ROWS < self.plan.documents else None
        return listing(urls, more)


def catalogue(plan: Plan, port: int, folder: Path) -> None:
    folder.mkdir(parents=True)
    for worker, host in plan.sites:
        base = f"http://127.0.2.{host + 1}:{port}/s{worker}"
        (folder / f"{key(worker, host)}.toml").write_text(
            f'name = "甲市{worker}-{host}"\nurl = "{base}/"\ncms = "html"\nprivate = true\ndelay = {plan.delay}\n'
            f'[[channels]]\nkey = "a"\nname = "甲"\nurl = "{base}/list/1/"\n', "utf-8")  # fmt: skip


def key(worker: int, host: int) -> str:
    return f"w{worker}h{host}"


def work(plan: Plan, folder: Path) -> Outcome:
    """Crawl with all workers, kill, start again what was killed, until every worker came to its end."""
    sites, outcome = Sites(plan), Outcome(plan)
    with sites.loopback.serve(host="0.0.0.0") as base:
        catalogue(plan, int(base.rsplit(":", 1)[1]), folder / "sites")
        die = random.Random(plan.seed)
        moments = sorted(die.randint(1, plan.pages) for _ in range(plan.kills))
        threads = [threading.Thread(target=keep_crawling, args=(plan, worker, sites, moments, folder, outcome))
                   for worker in range(plan.workers)]  # fmt: skip
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    judge(sites, folder, outcome)
    return outcome


def keep_crawling(
    plan: Plan, worker: int, sites: Sites, moments: list[int], folder: Path, outcome: Outcome
) -> None:
    """One worker: the first that sees a moment come takes it as its own death, and begins anew."""
    mine = [key(worker, host) for host in range(plan.hosts)]
    command = [*COMMAND, "--archive", str(folder / "a"), "--catalogue", str(folder / "sites"), "crawl", *mine]
    while True:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ)
        begun = len(sites.loopback.log)
        while process.poll() is None:
            with sites.loopback.asked:
                sites.loopback.asked.wait(timeout=0.2)
                asked = len(sites.loopback.log)
                if moments and asked >= moments[0] and asked > begun:
                    moments.pop(0)
                    process.kill()
                    outcome.killed += 1
        if process.wait() >= 0:
            return


def judge(sites: Sites, folder: Path, outcome: Outcome) -> None:
    log = sorted(sites.loopback.log, key=lambda hit: hit.at)
    outcome.robots = sum(hit.path == "/robots.txt" for hit in log)
    outcome.requests = len(log) - outcome.robots
    outcome.connections = max(sites.connections.values())
    for host in {hit.headers["host"] for hit in log}:
        gaps = [b.at - a.at for a, b in pairwise(hit for hit in log if hit.headers["host"] == host)]
        outcome.shortest = min([outcome.shortest, *gaps])
        outcome.under += sum(gap < outcome.plan.delay for gap in gaps)
    with closing(Archive(folder / "a")) as archive:
        one = lambda query: int(archive.db.execute(query).fetchone()[0])  # noqa: E731
        outcome.documents = one("select count(*) from documents")
        outcome.twice = one("select count(*) from (select url from captures where walk is null group by url "
                            "having count(*) > 1)")  # fmt: skip
        outcome.unbalanced = len(outcome.plan.sites) - one(
            "select count(*) from coverage where outcome = 'exhausted' and pending + failed + blocked + unread = 0")
        outcome.unsound = [str(finding) for finding in verify(folder / "a", archive.db)]
