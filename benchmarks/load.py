"""Ten minutes of strangers at the public pages: what they are answered, how long it takes, and the server's memory.

    .venv/bin/python -m benchmarks.load --archive DIR [--seconds 600] [--seed 1] [--at-once 4]

Goals: nothing answered with 5xx; no answer after more than 2 s on an idle machine; memory <= 300 MB.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import statistics
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import httpx

from benchmarks.measure import GONGKAI, machine
from tests.strangers import addresses

PORT = 8777


async def strangers(base: str, seconds: float, seed: int, at_once: int) -> tuple[Counter[int], list[tuple[float, str]]]:
    """How often each status was answered, and how long each answer took. What fails is named."""
    statuses: Counter[int] = Counter()
    spent: list[tuple[float, str]] = []
    end = time.monotonic() + seconds

    async def stranger(number: int) -> None:
        async with httpx.AsyncClient(timeout=60) as client:
            for path in addresses(seed * 1000 + number):
                if time.monotonic() > end:
                    return
                begun = time.monotonic()
                answer = await client.get(base + path)
                spent.append((time.monotonic() - begun, path))
                statuses[answer.status_code] += 1
                if answer.status_code >= 500 or "Traceback" in answer.text:
                    print(answer.status_code, path[:300], flush=True)

    await asyncio.gather(*map(stranger, range(at_once)))
    return statuses, spent


def peak(pid: int) -> int:
    """MB that a process held at most."""
    return int(re.findall(r"VmHWM:\s*(\d+)", Path(f"/proc/{pid}/status").read_text())[0]) // 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--archive", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--at-once", type=int, default=4)
    asked = parser.parse_args()
    command = [*GONGKAI, "--archive", str(asked.archive), "browse", "--public", "--port", str(PORT)]
    with subprocess.Popen(command, stderr=sys.stderr, stdout=subprocess.DEVNULL) as server:
        base = f"http://127.0.0.1:{PORT}"
        for _ in range(600):
            try:
                httpx.get(f"{base}/robots.txt")
                break
            except httpx.ConnectError:
                time.sleep(0.2)
        statuses, spent = asyncio.run(strangers(base, asked.seconds, asked.seed, asked.at_once))
        held = peak(server.pid)
        server.terminate()
    times = sorted(spent, reverse=True)
    print(f"{len(spent)} requests in {asked.seconds:.0f} s, {asked.at_once} at once; {machine()}")
    print("answered:", ", ".join(f"{number} × {status}" for status, number in sorted(statuses.items())))
    p95 = statistics.quantiles([took for took, _ in spent], n=20)[-1]
    print(f"p95 {p95:.2f} s, longest {times[0][0]:.2f} s {times[0][1][:120]}; memory {held} MB at most")
    sys.exit(any(status >= 500 for status in statuses))


if __name__ == "__main__":
    main()
