"""log-metric and log-batch on Martlet beside `mlflow server`, each on SQLite, turn by turn in one run.

usage: tracking.py [--rounds 3] [--seconds 4] [--starts 2] [--json FILE]
The peers: MLflow with 1 worker, with 4 workers and uvloop, and its default (4 workers, whose answers wait for delayed
acknowledgements on kept connections). The fair bar is the better of the first two; the default is shown beside them.
Every point has a time of its own, and the points that came back are counted, so that nothing is dropped unseen.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
import urllib.parse
import urllib.request
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from measuring import PEERS, Load, Server, drive, machine, median, say, starts, table
from serving import martlet

IDLE_SECONDS = 8.0
RUNS = 8
BATCH_POINTS = 1000
API = "/api/2.0/mlflow"
PHASES = [("one", 1), ("one", 8), ("one", 32), ("batch", 1), ("batch", 4)]
FAIR = ("MLflow, 1 worker", "MLflow, 4 workers + uvloop")


@dataclass
class Subject:
    server: Server
    runs: list[str]
    next_time: int = 1_700_000_000_000
    points: int = 0

    @property
    def url(self) -> str:
        return self.server.ready.removesuffix("/health")


def mlflow(label: str, work: Path, port: int, workers: int, uvloop: bool) -> Server:
    folder = work / f"mlflow-{port}"
    folder.mkdir()
    command = [str(PEERS / "mlflow/bin/mlflow"), "server", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", str(workers), "--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}"]
    command += ["--artifacts-destination", str(folder / "artifacts")]
    environment = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    environment |= {"PYTHONPATH": str(PEERS / "uvloop")} if uvloop else {}
    environment["PATH"] = f"{PEERS / 'mlflow/bin'}:{os.environ['PATH']}"
    return Server(label, command, f"http://127.0.0.1:{port}/health", folder / "log", environment)


def ask(url: str, body: dict[str, Any] | None = None) -> Any:
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read())


def prepared(server: Server) -> Subject:
    url = server.ready.removesuffix("/health") + API
    experiment = ask(f"{url}/experiments/create", {"name": "bench"})["experiment_id"]
    body = {"experiment_id": experiment, "start_time": 1}
    return Subject(server, [ask(f"{url}/runs/create", body)["run"]["info"]["run_id"] for _ in range(RUNS)])


def turn(subject: Subject, kind: str, connections: int, seconds: float) -> Load:
    settings = {"KIND": kind, "RUNS": ",".join(subject.runs), "START": str(subject.next_time)}
    load = drive(subject.server, subject.url, "metrics.lua", connections, seconds, settings)
    subject.next_time += load.requests + 1000
    subject.points += load.requests * (1 if kind == "one" else BATCH_POINTS)
    return load


def stored_points(subject: Subject) -> int:
    """The points that the server gives back, of all runs and keys."""
    count = 0
    for run in subject.runs:
        for key in ["loss", *(f"m{index}" for index in range(10))]:
            token = ""
            while True:
                query = {
                    "run_id": run,
                    "metric_key": key,
                    "max_results": 25_000,
                    **({"page_token": token} if token else {}),
                }
                page = ask(f"{subject.url}{API}/metrics/get-history?{urllib.parse.urlencode(query)}")
                count += len(page.get("metrics", []))
                token = page.get("next_page_token", "")
                if not token:
                    break
    return count


def rate(kind: str, load: Load) -> float:
    return load.per_second * (1 if kind == "one" else BATCH_POINTS)


def report(subjects: list[Subject], found: dict[tuple[str, str, int], list[Load]]) -> None:
    rows = []
    for kind, connections in PHASES:
        told = "log-metric, calls/s" if kind == "one" else "log-batch of 1000, metrics/s"
        per_second = partial(rate, kind)
        fair = max(median(found[label, kind, connections], per_second) for label in FAIR)
        for subject in subjects:
            loads = found[subject.server.label, kind, connections]
            value = median(loads, per_second)
            latency = f"{median(loads, lambda load: load.p50_ms):.2f} / {median(loads, lambda load: load.p99_ms):.2f}"
            cpu = f"{median(loads, lambda load: load.cpu_ms_a_request):.3f}"
            failed = str(sum(load.failed for load in loads))
            rows.append(
                [
                    told,
                    str(connections),
                    subject.server.label,
                    f"{value:,.0f}",
                    latency,
                    cpu,
                    f"{value / fair:.1f}×",
                    failed,
                ]
            )
    heads = [
        "what",
        "connections",
        "server",
        "a second",
        "p50 / p99 ms",
        "CPU ms/request",
        "to MLflow's better",
        "failed",
    ]
    print("\n" + table(heads, rows), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--starts", type=int, default=2)
    parser.add_argument("--port", type=int, default=8610, help="the first of four")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    print(f"Tracking on SQLite, {time.strftime('%Y-%m-%d')}, {machine()}\n")
    with tempfile.TemporaryDirectory(prefix="martlet-bench.") as folder:
        work, port = Path(folder), arguments.port
        servers = [
            martlet(work, port),
            mlflow(FAIR[0], work, port + 1, workers=1, uvloop=False),
            mlflow(FAIR[1], work, port + 2, workers=4, uvloop=True),
            mlflow("MLflow, default (4 workers)", work, port + 3, workers=4, uvloop=False),
        ]
        found: dict[tuple[str, str, int], list[Load]] = {}
        try:
            rows = []
            for server in servers:
                times, memory = starts(server, arguments.starts, IDLE_SECONDS)
                rows.append([server.label, f"{times[0]:.3f}", f"{statistics.median(times):.3f}", f"{memory:.0f}"])
            print(table(["server", "first start, s", "median", "idle memory, MiB"], rows), flush=True)
            subjects = [prepared(server) for server in servers]
            for index in range(arguments.rounds):
                for kind, connections in PHASES:
                    for subject in subjects:
                        load = turn(subject, kind, connections, arguments.seconds)
                        found.setdefault((subject.server.label, kind, connections), []).append(load)
                        told = f"{subject.server.label:28} {rate(kind, load):11,.0f} /s"
                        say(f"  round {index + 1}, {kind:5} {connections:2} connections, {told}")
            report(subjects, found)
            for subject in subjects:
                stored = stored_points(subject)
                verdict = "all there" if stored >= subject.points else "SOME ARE MISSING"
                print(
                    f"\n{subject.server.label}: {subject.points:,} points acknowledged, {stored:,} read back: {verdict}"
                )
        finally:
            for server in servers:
                server.stop()
    if arguments.json:
        loads = [
            {"server": label, "kind": kind, "connections": count, "rounds": [asdict(each) for each in all_loads]}
            for (label, kind, count), all_loads in found.items()
        ]
        arguments.json.write_text(json.dumps(loads, indent=1) + "\n")


if __name__ == "__main__":
    main()
