"""Single-row predictions on Martlet beside FastAPI + onnxruntime and MLflow's scoring server, turn by turn in one run.

usage: serving.py [--rounds 3] [--seconds 4] [--connections 1,16,64] [--starts 5] [--json FILE]
Prints Markdown: cold start and idle memory, then requests a second, latency and CPU. Medians over the rounds, so that
what else runs on the machine meets all servers alike.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path

from make_model import INPUT, NAME
from measuring import HERE, PEERS, ROOT, Load, Server, drive, machine, median, say, starts, table

IDLE_SECONDS = 8.0
WARM_UP_SECONDS = 1.0
# Made once; remove it to make it again.
MODEL_FOLDER = PEERS / "model-trees"


@dataclass(frozen=True)
class Question:
    """One way to ask one server."""

    label: str
    server: Server
    path: str
    form: str


def martlet(work: Path, port: int) -> Server:
    binary = os.environ.get("MARTLET_BINARY", str(ROOT / ".build/release/martlet"))
    command = [binary, "server", "--host", "127.0.0.1", "--port", str(port), "--data-dir", str(work / "data")]
    return Server("Martlet", command, f"http://127.0.0.1:{port}/health", work / "martlet.log")


def fastapi(work: Path, port: int) -> Server:
    command = [str(PEERS / "fastapi/bin/uvicorn"), "peer_fastapi:app", "--app-dir", str(HERE), "--host", "127.0.0.1"]
    command += [
        "--port",
        str(port),
        "--no-access-log",
        "--log-level",
        "warning",
        "--loop",
        "uvloop",
        "--http",
        "httptools",
    ]
    environment = {"MODEL": str(MODEL_FOLDER / "model.onnx")}
    return Server(
        "FastAPI + onnxruntime", command, f"http://127.0.0.1:{port}/health", work / "fastapi.log", environment
    )


def mlflow(work: Path, port: int) -> Server:
    programs = PEERS / "mlflow/bin"
    command = [
        str(programs / "mlflow"),
        "models",
        "serve",
        "-m",
        str(MODEL_FOLDER / "mlflow"),
        "--env-manager",
        "local",
    ]
    environment = {"PATH": f"{programs}:{os.environ['PATH']}", "MLFLOW_DISABLE_TELEMETRY": "true"}
    ready = f"http://127.0.0.1:{port}/health"
    return Server(
        "MLflow, ONNX flavor", [*command, "-h", "127.0.0.1", "-p", str(port)], ready, work / "mlflow.log", environment
    )


def deploy(server: Server) -> None:
    url = server.ready.removesuffix("/health")
    subprocess.run(
        [sys.executable, str(HERE / "make_model.py"), str(MODEL_FOLDER), "--register", url],
        check=True,
        capture_output=True,
    )
    body = json.dumps({"model_name": NAME, "version": "1"}).encode()
    request = urllib.request.Request(
        f"{url}/api/v1/mlflow/serving/deploy", body, {"Content-Type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 201, answer.read()


def measure(
    questions: list[Question], rounds: int, seconds: float, connections: list[int]
) -> dict[tuple[str, int], list[Load]]:
    found: dict[tuple[str, int], list[Load]] = {}
    for turn in range(rounds):
        for count in connections:
            for question in questions:
                url = question.server.ready.removesuffix("/health") + question.path
                settings = {"FORM": question.form, "MODEL": NAME, "INPUT": INPUT}
                if turn == 0 and count == connections[0]:
                    drive(question.server, url, "predict.lua", 4, WARM_UP_SECONDS, settings)
                load = drive(question.server, url, "predict.lua", count, seconds, settings)
                found.setdefault((question.label, count), []).append(load)
                say(f"  round {turn + 1}, {count:3} connections, {question.label:28} {load.per_second:9.0f} /s")
    return found


def report(questions: list[Question], found: dict[tuple[str, int], list[Load]], connections: list[int]) -> None:
    rows = []
    for count in connections:
        for question in questions:
            loads = found[question.label, count]
            rate = median(loads, lambda load: load.per_second)
            peers = [
                median(found[peer, count], lambda load: load.per_second)
                for peer in ("FastAPI /predict", "MLflow /invocations")
            ]
            latency = " / ".join(
                f"{median(loads, value):.2f}" for value in (lambda load: load.p50_ms, lambda load: load.p99_ms)
            )
            cells = [
                str(count),
                question.label,
                f"{rate:,.0f}",
                latency,
                f"{median(loads, lambda load: load.cpu_ms_a_request):.3f}",
            ]
            rows.append([*cells, *(f"{rate / peer:.1f}×" for peer in peers), str(sum(load.failed for load in loads))])
    heads = [
        "connections",
        "server",
        "requests/s",
        "p50 / p99 ms",
        "CPU ms/request",
        "to FastAPI",
        "to MLflow",
        "failed",
    ]
    print("\n" + table(heads, rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--connections", default="1,16,64")
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--port", type=int, default=8600, help="the first of three")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    connections = [int(count) for count in arguments.connections.split(",")]
    print(f"Serving, {time.strftime('%Y-%m-%d')}, {machine()}\n")
    with tempfile.TemporaryDirectory(prefix="martlet-bench.") as folder:
        work = Path(folder)
        subprocess.run([sys.executable, str(HERE / "make_model.py"), str(MODEL_FOLDER)], check=True)
        ours, hand, theirs = (make(work, arguments.port + at) for at, make in enumerate((martlet, fastapi, mlflow)))
        servers = [ours, hand, theirs]
        try:
            rows = []
            for server in servers:
                times, memory = starts(server, arguments.starts, IDLE_SECONDS)
                cells = [f"{times[0]:.3f}", f"{statistics.median(times):.3f}", f"{max(times):.3f}", f"{memory:.0f}"]
                rows.append([server.label, *cells, str(len(server.processes()))])
            print(
                table(["server", "first start, s", "median", "slowest", "idle memory, MiB", "processes"], rows),
                flush=True,
            )
            deploy(ours)
            questions = [
                Question("Martlet /predict", ours, "/predict", "row"),
                Question("Martlet /invocations", ours, "/invocations", "nested"),
                Question("Martlet /v2 infer", ours, f"/v2/models/{NAME}/infer", "v2"),
                Question("FastAPI /predict", hand, "/predict", "nested"),
                Question("MLflow /invocations", theirs, "/invocations", "nested"),
            ]
            found = measure(questions, arguments.rounds, arguments.seconds, connections)
            report(questions, found, connections)
            print(
                f"\nMemory after the load: {', '.join(f'{each.label} {each.memory_mib():.0f} MiB' for each in servers)}"
            )
        finally:
            for server in servers:
                server.stop()
    if arguments.json:
        loads = [
            {"server": label, "connections": count, "rounds": [asdict(each) for each in all_loads]}
            for (label, count), all_loads in found.items()
        ]
        arguments.json.write_text(json.dumps(loads, indent=1) + "\n")


if __name__ == "__main__":
    main()
