"""Servers under measurement: started, timed, weighed, driven by wrk, and stopped. Standard library only."""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PEERS = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "martlet-peers"
START_SECONDS_MAX = 120.0
TICKS = os.sysconf("SC_CLK_TCK")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@dataclass
class Server:
    """One server process tree. `ready` is the URL whose first 200 ends the cold start."""

    label: str
    command: list[str]
    ready: str
    log: Path
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Seconds from exec to the first 200."""
        started = time.perf_counter()
        with self.log.open("ab") as sink:
            self.process = subprocess.Popen(
                self.command,
                stdout=sink,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.environment},
                start_new_session=True,
            )
        while time.perf_counter() - started < START_SECONDS_MAX:
            if self.process.poll() is not None:
                break
            with suppress(urllib.error.URLError, OSError), urllib.request.urlopen(self.ready, timeout=2) as answer:
                if answer.status == 200:
                    return time.perf_counter() - started
            time.sleep(0.002)
        self.stop()
        raise SystemExit(f"{self.label} did not start; see {self.log}")

    def stop(self) -> None:
        """Ends the process group that `start` made, and nothing else."""
        if self.process is None:
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(10)
                break
        self.process = None

    def processes(self) -> list[int]:
        """The process and all below it."""
        found, left = [], [self.process.pid] if self.process else []
        while left:
            pid = left.pop()
            found.append(pid)
            with suppress(OSError):
                for task in os.listdir(f"/proc/{pid}/task"):
                    left += [int(child) for child in Path(f"/proc/{pid}/task/{task}/children").read_text().split()]
        return found

    def cpu_seconds(self) -> float:
        total = 0.0
        for pid in self.processes():
            with suppress(OSError):
                numbers = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
                total += (int(numbers[11]) + int(numbers[12])) / TICKS
        return total

    def memory_mib(self) -> float:
        """Resident memory of the whole tree; pages that processes share count once in each."""
        total = 0
        for pid in self.processes():
            with suppress(OSError):
                for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                    if line.startswith("Rss:"):
                        total += int(line.split()[1])
        return total / 1024


@dataclass(frozen=True)
class Load:
    """What one turn of wrk gave."""

    requests: int
    per_second: float
    p50_ms: float
    p99_ms: float
    failed: int
    cpu_ms_a_request: float


def drive(server: Server, url: str, script: str, connections: int, seconds: float, settings: dict[str, str]) -> Load:
    """One turn of wrk with one thread; its script prints one line of JSON."""
    before = server.cpu_seconds()
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--timeout", "20s", "-s", str(HERE / script), url]
    ended = subprocess.run(command, env={**os.environ, **settings}, capture_output=True, text=True, check=False)
    if ended.returncode != 0 or not ended.stdout.strip():
        raise SystemExit(f"wrk failed on {url}: {ended.stderr or ended.stdout}")
    told = json.loads(ended.stdout.strip().splitlines()[-1])
    cpu_ms = (server.cpu_seconds() - before) * 1000 / max(1, told["requests"])
    return Load(told["requests"], told["per_second"], told["p50_ms"], told["p99_ms"], told["failed"], cpu_ms)


def starts(server: Server, count: int, idle_seconds: float) -> tuple[list[float], float]:
    """Cold starts in seconds, and the memory of the last one after a while without work, in MiB. Leaves it running."""
    times = []
    for index in range(count):
        times.append(server.start())
        if index < count - 1:
            server.stop()
    time.sleep(idle_seconds)
    return times, server.memory_mib()


def median(loads: Sequence[Load], value: Callable[[Load], float]) -> float:
    return statistics.median(value(load) for load in loads)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown; all columns but the first to the right."""
    lines = ["| " + " | ".join(heads) + " |", "|---" + "|---:" * (len(heads) - 1) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def machine() -> str:
    model = next(line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name"))
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} cores of {model.split(':')[1].strip()}, load average {load:.1f} at the start"
