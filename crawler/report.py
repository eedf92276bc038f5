"""What one run came to: what is new, changed, withdrawn, failed and why, and whether a channel looks unlike itself.

The report stands in `runs.report` (JSON), `gongkai status` shows the last one, `--json` prints it. When a run is not
complete, or a channel fell silent since the run before, the command `GONGKAI_ALARM` is run with the report on its
standard input; `GONGKAI_METRICS` names a text file for Prometheus (node exporter's textfile collector).
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.changes import counted
from archive.database import Archive
from archive.errors import ArchiveError, GongkaiError
from archive.ledger import now
from crawler.fetch import settings
from crawler.leads import silent
from crawler.signs import Signs, signs, suspicions

if TYPE_CHECKING:
    import sqlite3

MOST = 20  # different reasons that a report lists
ALARM_TIME = 60  # seconds that the alarm command may take

# What other processes write into the archive meanwhile is theirs to report: a site is one process's at a time.
OURS = "(select value from json_each(:sites))"
CAPTURES = f"""select count(*) from captures c where id > :mark and coalesce(
    (select site from pages where url = c.url), (select site from walks where walk = c.walk),
    (select site from downloads where url = c.url)) in {OURS}"""
FAILED = f"""select state, reason, count(*), min(url) from pages where state in ('blocked', 'failed', 'unread')
    and last_seen >= :since and +site in {OURS} group by state, reason order by count(*) desc"""
WAITING = f"select count(*) from pages where site in {OURS} and state = 'pending'"
WALKS = f"""select site, channel, outcome, pages, seen, note from walks
    where ended >= :since and +site in {OURS} union all select site, channel, outcome, pages, seen, note from walks
    where outcome is null and (note is not null or started >= :since) and +site in {OURS}"""


class Run:
    """One command that writes, from its first line in `runs` to its report."""

    def __init__(self, archive: Archive, command: str) -> None:
        self.archive = archive
        self.since, self.begun = now(), time.monotonic()
        self.mark = archive.db.execute("select coalesce(max(id), 0) from captures").fetchone()[0]
        self.number = archive.begin_run(command)

    def end(self, outcome: str, complete: bool, tops: Signs) -> dict[str, Any]:
        """Write the report; what could not be written (a full disk) is said by the command itself. `tops` are the signs
        of the first pages of the lists that were walked."""
        made = {"run": self.number, "outcome": outcome, "complete": complete, **self.came_to(tops)}
        made["complete"] = complete and not made["suspicions"]
        with contextlib.suppress(ArchiveError):
            self.archive.end_run(self.number, outcome, made)
        return made

    def came_to(self, tops: Signs) -> dict[str, Any]:
        """What the archive holds that it did not hold before, and what it lacks."""
        db, ours = self.archive.db, self.archive.leased
        known = {"mark": self.mark, "since": self.since, "sites": json.dumps(ours)}

        def one(query: str) -> int:
            return int(db.execute(query, known).fetchone()[0])

        seen, events = signs(db, tops, self.mark, ours), counted(db, self.mark, self.since, ours)
        walks, before = db.execute(WALKS, known).fetchall(), list(earlier(self.archive, self.number))
        quiet = silences(db, {site for site, *_ in walks})
        return {
            "started": self.since, "seconds": round(time.monotonic() - self.begun, 1),
            "captures": one(CAPTURES),
            **{kind: events[kind] for kind in ("new", "changed", "withdrawn", "returned")},
            "failed": [dict(zip(("state", "reason", "pages", "example"), row, strict=True))
                       for row in db.execute(FAILED, known).fetchmany(MOST)],
            "waiting": one(WAITING),
            "walks": [dict(zip(("site", "channel", "outcome", "pages", "seen", "note"), row, strict=True))
                      for row in walks],
            "signs": seen, "suspicions": suspicions(seen, [report.get("signs", {}) for report in before]),
            "silent": quiet, "fell_silent": fallen(quiet, before),
        }  # fmt: skip


def last(archive: Archive) -> dict[str, Any] | None:
    """The report of the last run; of one that was killed only when it began. None before the first."""
    row = archive.db.execute("select started, outcome, report from runs order by run desc limit 1").fetchone()
    if row is None:
        return None
    started, outcome, report = row
    return json.loads(report) if report else {"started": started, "outcome": outcome or "not ended"}


def silences(db: sqlite3.Connection, sites: Collection[str]) -> dict[str, str]:
    """The channels of these sites that fell silent by their own rhythm, and how that shows."""
    return {f"{lead.site} {lead.about}": lead.says for lead in silent(db, sites)} if sites else {}


def fallen(quiet: Mapping[str, str], before: Sequence[Mapping[str, Any]]) -> list[str]:
    """Those that were not silent when their site was walked last; a first walk has nothing to compare them with."""

    def was_heard(name: str) -> bool:
        known = (report for report in before if any(walk["site"] == name.split()[0] for walk in report["walks"]))
        return name not in next(known, {"silent": {name: ""}}).get("silent", {})

    return [name for name in quiet if was_heard(name)]


def earlier(archive: Archive, run: int) -> Iterator[dict[str, Any]]:
    """The reports of the runs before this one, newest first."""
    rows = archive.db.execute(
        "select report from runs where run < ? and report is not null order by run desc limit 50", (run,)
    )
    return (json.loads(report) for (report,) in rows)


def sentence(report: dict[str, Any]) -> str:
    """The report in one line of counts, and a line for each thing that is wrong."""
    counts = ", ".join(f"{report[name]} {name}" for name in ("new", "changed", "withdrawn", "waiting"))
    wrong = [f"{row['pages']} {row['state']}: {row['reason']}, as {row['example']}" for row in report["failed"]]
    wrong += [f"{row['site']}/{row['channel']}: walk {row['outcome'] or 'open'}, {row['note']}"
              for row in report["walks"] if row["note"]]  # fmt: skip
    counts += f"; {report['captures']} answers in {report['seconds']} s"
    quiet = [f"{name} fell silent: {report['silent'][name]}" for name in report.get("fell_silent", ())]
    return "\n".join([counts, *wrong, *report["suspicions"], *quiet])


@contextlib.contextmanager
def beginning(changes: Mapping[str, str]) -> Iterator[None]:
    """What keeps a run from beginning (no room, a damaged archive, no scheduler) is told like what came of one: nobody
    looks at a machine that is silent."""
    try:
        yield
    except GongkaiError as error:
        made = settings(**changes)
        report: dict[str, Any] = {"run": None, "outcome": f"broken: {error}", "complete": False, "started": now()}
        report |= dict.fromkeys(("seconds", "captures", "new", "changed", "withdrawn", "returned", "waiting"), 0)
        report |= {name: [] for name in ("failed", "walks", "suspicions", "fell_silent")}
        publish(report, made["GONGKAI_METRICS"], made["GONGKAI_ALARM"])
        raise


def publish(report: dict[str, Any], metrics: str, alarm: str) -> None:
    """Tell the machine's own watchers, where settings name them."""
    if metrics:
        try:
            _write_metrics(Path(metrics), report)
        except OSError as error:  # the crawl itself is none the worse
            click.echo(f"GONGKAI_METRICS: {metrics}: {error.strerror}", err=True)
    if alarm and (report["fell_silent"] or not report["complete"]):
        text = json.dumps(report, ensure_ascii=False)
        try:
            subprocess.run(alarm, shell=True, input=text, text=True, timeout=ALARM_TIME, check=True,
                           stdout=sys.stderr.fileno())  # our own output may be the report (--json)
        except subprocess.CalledProcessError as error:  # its text is the command, which may hold a token
            click.echo(f"GONGKAI_ALARM: the command ended with {error.returncode}", err=True)
        except subprocess.TimeoutExpired:
            click.echo(f"GONGKAI_ALARM: the command took more than {ALARM_TIME} s", err=True)


def _write_metrics(file: Path, report: dict[str, Any]) -> None:
    """Whole or not at all: the collector may read at any time."""
    failed = sum(row["pages"] for row in report["failed"])
    values = {name: report[name] for name in ("new", "changed", "withdrawn", "waiting", "captures", "seconds")}
    values |= {"failed": failed, "suspicions": len(report["suspicions"]), "complete": int(report["complete"])}
    lines = [f"# TYPE gongkai_run_{name} gauge\ngongkai_run_{name} {value}\n" for name, value in values.items()]
    lines.append(f"# TYPE gongkai_run_ended_seconds gauge\ngongkai_run_ended_seconds {int(time.time())}\n")
    new = file.with_name(f"{file.name}.{os.getpid()}")
    new.write_text("".join(lines), "utf-8")
    new.chmod(0o644)  # the collector is somebody else, and the unit of `gongkai schedule` hides what it makes
    new.replace(file)
