"""When a site is crawled: `every` and `window` of its file against what the archive says of its last walks. There is no
daemon: cron or a systemd timer runs `gongkai crawl --due` every hour, and most of the time nothing is due."""

from __future__ import annotations

import shlex
import shutil
import sqlite3
import sys
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, timezone
from ipaddress import ip_address
from pathlib import Path

from archive.ledger import stamp
from archive.records import Site

UNITS: Mapping[str, timedelta] = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
BEIJING = timezone(timedelta(hours=8))  # of all Chinese sites, without summer time
SLACK = 0.9  # of the interval: a timer that comes a minute early today must not skip a day
# A walk that a wrong clock dates from the future says nothing: else nothing would be due until then.
LAST = """select c.channel, (select max(started) from walks w where w.site = c.site and w.channel = c.channel
        and started <= ?2),
    exists (select 1 from walks w where w.site = c.site and w.channel = c.channel and outcome is null)
    from channels c where c.site = ?1"""
# Did the crawl that last walked a site not come to its own end, and leave what it had not asked for? A host that was
# left to rest has such pages too, and waits for its turn. (The three states are those of an index.)
LEFT = """select (select outcome is null or outcome not in ('complete', 'incomplete') from runs
        where command = 'listings' and started <= (select max(started) from walks where site = ?1)
        order by run desc limit 1)
    and (exists (select 1 from pages where site = ?1 and state = 'pending') or exists (select 1 from downloads
        where site = ?1 and state in ('pending', 'failed', 'blocked') and state = 'pending'))"""


@dataclass(frozen=True, slots=True)
class Turn:
    """When a site's turn is: `last` is when its least recently walked channel was begun (None: one never was), `next`
    the moment from which it is due by `every`; both with a time zone. `due` heeds its window too."""

    site: Site
    last: datetime | None
    next: datetime | None
    due: bool


def turns(db: sqlite3.Connection | None, sites: Iterable[Site], moment: datetime) -> list[Turn]:
    """The turn of each site at a moment (with a time zone). Its window means the site's own time, wherever this machine
    is. `db` None: no archive yet, so every site is due. What was broken off is due at once."""
    return [_turn(db, site, moment) for site in sites]


def _turn(db: sqlite3.Connection | None, site: Site, moment: datetime) -> Turn:
    at = stamp(moment.astimezone(UTC))
    rows = {name: (last, still) for name, last, still in db.execute(LAST, (site.key, at))} if db else {}
    begun = [rows.get(channel.key, (None, 0)) for channel in site.channels]
    inside = within_window(site.window, moment.astimezone(BEIJING))
    if not all(last for last, _ in begun):
        return Turn(site, None, None, inside)
    last = min(datetime.fromisoformat(last) for last, _ in begun)
    following = last + interval(site.every) * SLACK
    broken_off = any(still for _, still in begun) or bool(db and db.execute(LEFT, (site.key,)).fetchone()[0])
    return Turn(site, last, following, inside and (moment >= following or broken_off))


def interval(every: str) -> timedelta:
    """How long `12h`, `1d` or `2w` is."""
    return int(every[:-1]) * UNITS[every[-1]]


def within_window(window: str, moment: datetime) -> bool:
    """Is the time of day inside `22:00-06:00`? No window is always.

    >>> within_window("22:00-06:00", datetime(2026, 11, 20, 3)), within_window("09:00-17:00", datetime(2026, 11, 20, 3))
    (True, False)
    """
    if not window:
        return True
    begin, end = (time.fromisoformat(part) for part in window.split("-"))
    at = moment.time()
    return begin <= at < end if begin <= end else at >= begin or at < end


# --- what runs it --------------------------------------------------------------------------------------------------

METRICS = "GONGKAI_METRICS"
TOLD = ("GONGKAI_CONTACT", "GONGKAI_ALARM", METRICS)
PRIVATE = ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10", "::1/128",
           "fc00::/7", "fe80::/10")  # fmt: skip
SERVICE = """\
# gongkai.service
[Unit]
Description=gongkai: crawl what is due
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
User={user}
{environment}ExecStart={command} crawl --due
# 1: finished, but something is missing (gongkai status says what); 130: stopped, to be continued
SuccessExitStatus=1 130
# the first signal lets what is in flight finish
KillSignal=SIGINT
TimeoutStopSec=90
Nice=10
MemoryMax=2G
TasksMax={tasks}
UMask=0027
NoNewPrivileges=yes
CapabilityBoundingSet=
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths={archive}
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectHostname=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
{addresses}"""
TIMER = """\
# gongkai.timer
[Unit]
Description=gongkai: look every hour what is due

[Timer]
OnCalendar=hourly
RandomizedDelaySec=10min
Persistent=yes

[Install]
WantedBy=timers.target
"""


def units(
    archive: Path, catalogue: Path | None, sites: Collection[Site], resolv: str, told: Mapping[str, str]
) -> dict[str, str]:
    """The systemd units by file name, hardened. It is run by the owner of the archive, and hears what `told` tells
    us (`spoken`). Private addresses are closed to it, but for the name servers of `resolv` (the text of
    /etc/resolv.conf), unless a site is private itself."""
    command = " ".join(_quoted(part).replace("$", "$$") for part in _command(archive, catalogue))
    written = [str(archive.absolute()), *(str(Path(file).absolute().parent) for file in [told.get(METRICS)] if file)]
    service = SERVICE.format(
        command=command, user=_owner(archive), environment="".join(f"Environment={_quoted(f'{name}={value}')}\n"
                                                                   for name, value in told.items()),
        tasks=512 if any(site.browser for site in sites) else 64,  # chromium has a hundred threads
        archive=" ".join(_quoted(path) for path in written),
        addresses="" if any(site.private for site in sites) else _closed(resolv))  # fmt: skip
    return {"gongkai.service": service, "gongkai.timer": TIMER}


def cron(archive: Path, catalogue: Path | None, told: Mapping[str, str]) -> str:
    """A line for crontab. `flock` lets a crawl that still runs go on alone."""
    command = shlex.join([*_command(archive, catalogue), "crawl", "--due"])
    lock, log = (shlex.quote(str(archive.absolute() / name)) for name in ("cron.lock", "crawl.log"))
    heard = "".join(f"{name}={shlex.quote(value)} " for name, value in told.items())
    return f"17 * * * *  {heard}flock -n {lock} {command} >>{log} 2>&1\n".replace("%", r"\%")


def spoken(environment: Mapping[str, str]) -> dict[str, str]:
    """What the person who asks has told gongkai by its environment: neither systemd nor cron would hear it."""
    return {name: environment[name] for name in TOLD if environment.get(name)}


def _owner(folder: Path) -> str:
    """Whose the archive is, or the place where it will be: without its capabilities, root may not write there."""
    there = standing(folder)
    try:
        return there.owner()
    except KeyError:  # nobody has this number any more
        return str(there.stat().st_uid)


def standing(folder: Path) -> Path:
    """The folder, or of those above it the nearest that is there."""
    return next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())


def _command(archive: Path, catalogue: Path | None) -> list[str]:
    program = shutil.which("gongkai", path=str(Path(sys.executable).parent)) or shutil.which("gongkai") or "gongkai"
    catalogued = ["--catalogue", str(catalogue.absolute())] if catalogue else []
    return [program, "--archive", str(archive.absolute()), *catalogued]


def _quoted(part: str) -> str:
    """As systemd reads it: quoted where there are spaces, `%` doubled."""
    escaped = part.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"' if set(escaped) & set(" \t'\"\\") else escaped


def _closed(resolv: str) -> str:
    lines = [line.split() for line in resolv.splitlines() if line.startswith("nameserver ")]
    servers = [words[1].split("%")[0] for words in lines if len(words) > 1]
    local = [server for server in servers if not ip_address(server).is_global]
    allowed = [f"IPAddressAllow={' '.join(local)}"] if local else []
    return "\n".join([*allowed, f"IPAddressDeny={' '.join(PRIVATE)}", ""])
