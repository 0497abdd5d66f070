#!/usr/bin/env python3
"""Times searches of runs on stores of growing size.

usage: Benchmarks/search.py [--runs 1000,10000,100000] [--queries 60] [--binary FILE] [--json FILE]

The server makes an empty store and stops; the runs are then written straight into its file, some thousands a second,
and the server is started on it. Standard library only.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from measuring import ROOT, Server, machine, say, table

START = 1_700_000_000_000
SEARCHES: dict[str, dict[str, Any]] = {
    "metric and param, by metric": {
        "filter": "metrics.acc > 0.9 and params.opt = 'adam'",
        "order_by": ["metrics.acc DESC"],
    },
    "tag LIKE and status": {"filter": "tags.team LIKE 're%' and attributes.status = 'RUNNING'"},
    "newest 100": {"order_by": ["attributes.start_time DESC"]},
    "by a metric": {"order_by": ["metrics.acc DESC"]},
    "by a param of 4 values": {"order_by": ["params.lr ASC"]},
    "by a param and a metric": {"order_by": ["params.lr ASC", "metrics.loss ASC"]},
    "by a param of its own": {"order_by": ["params.seed DESC"]},
    "by a tag half have": {"order_by": ["tags.half DESC"]},
    "one run by its param": {"filter": "params.seed = '777'"},
    "no run by two common params": {"filter": "params.lr = '0.1' and params.lr = '0.01'"},
    "a rare tag by LIKE": {"filter": "tags.note LIKE '%needle%'", "order_by": ["metrics.loss ASC"]},
    "page 10": {"order_by": ["params.lr ASC"], "offset": 900},
}


def rows_of(number: int, chance: random.Random) -> tuple[dict[str, float], dict[str, str], dict[str, str]]:
    """Metrics, params and tags of the run of that number."""
    metrics = {"acc": round(chance.random(), 6), "loss": round(chance.random() * 3, 6)}
    metrics |= {f"x{place}": float(place + number) for place in range(3)}
    params = {"lr": chance.choice(["0.1", "0.01", "0.001", "0.0001"]), "seed": str(number)}
    params |= {"opt": chance.choice(["adam", "sgd", "rmsprop", "adagrad"])}
    params |= {f"p{place}": str(number % 10 + place) for place in range(3)}
    tags = {"mlflow.user": "bench", "mlflow.source.name": "bench.py", "mlflow.source.type": "LOCAL"}
    tags |= {"team": chance.choice(["red", "green", "blue"]), "mlflow.runName": f"run-{number}"}
    if number % 2:
        tags["half"] = str(chance.randint(0, 9))
    tags["note"] = "a needle" if number % 5000 == 17 else f"nothing {number % 100}"
    return metrics, params, tags


def fill(path: Path, experiment: int, count: int) -> None:
    """Writes `count` runs into the store, each as runs/create and log-batch would."""
    chance = random.Random(7)
    database = sqlite3.connect(path, isolation_level=None)
    database.create_collation("C", lambda left, right: (left > right) - (left < right))
    database.executescript("PRAGMA synchronous = OFF; PRAGMA cache_size = -400000; BEGIN")
    keys = {key: place + 1 for place, key in enumerate(["acc", "loss", "x0", "x1", "x2"])}
    database.executemany("INSERT INTO metric_keys (key, key_id) VALUES (?, ?)", keys.items())

    def batches() -> Iterator[range]:
        for first in range(1, count + 1, 20_000):
            yield range(first, min(first + 20_000, count + 1))

    for batch in batches():
        runs, metrics, params, tags = [], [], [], []
        for number in batch:
            id = f"{chance.getrandbits(128):032x}"
            uri = f"mlflow-artifacts:/{experiment}/{id}/artifacts"
            runs.append((number, id, experiment, f"run-{number}", "bench", 1, START + number, uri))
            of_metrics, of_params, of_tags = rows_of(number, chance)
            metrics += [(number, keys[key], 0, START + number, value, 0) for key, value in of_metrics.items()]
            params += [(number, key, value) for key, value in sorted(of_params.items())]
            tags += [(number, key, value) for key, value in sorted(of_tags.items())]
        database.executemany(
            "INSERT INTO runs (run_number, run_id, experiment_id, name, user_id, status, started_at, artifact_uri) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            runs,
        )
        for name in ("metric_points", "latest_metrics"):
            columns = "run_number, key_id, step, timestamp, value, is_nan"
            database.executemany(f"INSERT INTO {name} ({columns}) VALUES (?, ?, ?, ?, ?, ?)", metrics)
        database.executemany("INSERT INTO run_params (run_number, key, value) VALUES (?, ?, ?)", params)
        database.executemany("INSERT INTO run_tags (run_number, key, value) VALUES (?, ?, ?)", tags)
    database.execute("UPDATE tracking_counters SET value = ? WHERE name = 'run'", (count,))
    database.execute("UPDATE tracking_counters SET value = ? WHERE name = 'metric_key'", (len(keys),))
    database.execute("COMMIT")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


class Client:
    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"}
        self.connection.request("POST", f"/api/2.0/mlflow/{path}", json.dumps(body), headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path} answered {answer.status}: {text[:300]!r}")
        return json.loads(text)

    def page_token(self, offset: int, experiment: str, search: dict[str, Any]) -> str:
        """The token of a page, made by asking for all before it."""
        return self.post("runs/search", {**search, "experiment_ids": [experiment], "max_results": offset})[
            "next_page_token"
        ]


def timed(
    server: Server, client: Client, experiment: str, search: dict[str, Any], count: int
) -> tuple[float, float, float]:
    """Median and 99th percentile in milliseconds, and the server's processor time for each answer."""
    body = {key: value for key, value in search.items() if key != "offset"}
    if "offset" in search:
        body["page_token"] = client.page_token(search["offset"], experiment, body)
    body |= {"experiment_ids": [experiment], "max_results": 100}
    for _ in range(2):
        client.post("runs/search", body)
    times = []
    before = server.cpu_seconds()
    for _ in range(count):
        started = time.perf_counter()
        client.post("runs/search", body)
        times.append((time.perf_counter() - started) * 1000)
    cpu = (server.cpu_seconds() - before) * 1000 / count
    return statistics.median(times), sorted(times)[min(len(times) - 1, int(len(times) * 0.99))], cpu


def measure(binary: str, folder: Path, port: int, count: int, queries: int) -> dict[str, tuple[float, float, float]]:
    command = [binary, "server", "--host", "127.0.0.1", "--port", str(port), "--data-dir", str(folder)]
    server = Server("martlet", command, f"http://127.0.0.1:{port}/health", folder.with_suffix(".log"))
    server.start()
    experiment = Client(port).post("experiments/create", {"name": "bench"})["experiment_id"]
    server.stop()
    started = time.perf_counter()
    fill(folder / "martlet.sqlite", int(experiment), count)
    say(f"{count} runs written in {time.perf_counter() - started:.1f} s")
    server.start()
    try:
        client = Client(port)
        found = {}
        for name, search in SEARCHES.items():
            found[name] = timed(server, client, experiment, search, queries)
            median, p99, cpu = found[name]
            say(f"  {name:28} {median:9.2f} ms, p99 {p99:9.2f} ms, processor {cpu:9.2f} ms")
        say(f"  memory {server.memory_mib():.0f} MiB")
        return found
    finally:
        server.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", default="1000,10000,100000", help="sizes of the stores; 1000000 takes some minutes")
    parser.add_argument("--queries", type=int, default=60, help="times that each search is asked")
    parser.add_argument("--port", type=int, default=5177)
    parser.add_argument("--json", type=Path, help="where to keep the figures")
    parser.add_argument("--binary", default=os.environ.get("MARTLET_BINARY", str(ROOT / ".build/release/martlet")))
    options = parser.parse_args()
    sizes = [int(size) for size in options.runs.split(",")]
    figures: dict[int, dict[str, tuple[float, float, float]]] = {}
    with tempfile.TemporaryDirectory(prefix="martlet-search-") as folder:
        for size in sizes:
            figures[size] = measure(options.binary, Path(folder) / f"runs-{size}", options.port, size, options.queries)
    heads = ["search", *(f"{size:,}".replace(",", " ") for size in sizes)]
    rows = [[name, *("{:.1f} ({:.1f}), {:.1f}".format(*figures[size][name]) for size in sizes)] for name in SEARCHES]
    print(machine())
    print("Milliseconds: median (99th percentile), processor time of the server.\n")
    print(table(heads, rows))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    sys.exit(main())
