"""A disk that fills up: writes are refused and say why, reads go on, and writes too once there is room."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import mlflow
import pytest
from martlet import Martlet
from mlflow.tracking import MlflowClient
from models import column_signature, register, regressor_graph
from rest import MLFLOW, Rest

ROOM = "24m"
# What the log of predictions holds in memory at most.
BUFFERED_MAX = 131_072
ARTIFACT = "/api/2.0/mlflow-artifacts/artifacts/full/large.bin"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small file system")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(folder)], check=True)
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(path: Path) -> None:
    """Takes all the room that is left."""
    with path.open("ab", buffering=0) as ballast:
        for size in (1 << 20, 1 << 12):
            try:
                while True:
                    ballast.write(b"0" * size)
            except OSError:
                pass


def test_writes_are_refused_while_there_is_no_room(small_disk: Path, launch: Callable[..., Martlet]) -> None:
    server = launch(small_disk.name).start()
    rest = Rest(server.url)
    run = rest.run(rest.experiment())

    def log(step: int) -> int:
        points = [{"key": f"m{key}", "value": step, "timestamp": 1, "step": step} for key in range(200)]
        params = [{"key": f"p{step}", "value": "x" * 5000}]
        response = rest.send(
            "POST", f"{MLFLOW}/runs/log-batch", json={"run_id": run, "metrics": points, "params": params}
        )
        if response.status_code != 200:
            assert response.status_code == 503, response.text
            assert "full; nothing was written" in response.json()["message"]
        return response.status_code

    assert log(0) == 200
    ballast = small_disk / "ballast"
    fill(ballast)
    logged = [step for step in range(1, 400) if log(step) == 200]
    assert len(logged) < 399, "the disk never was full"
    refused = rest.send("PUT", ARTIFACT, data=b"1" * 1_000_000)
    assert refused.status_code == 503 and "storage is full" in refused.json()["message"], refused.text
    assert rest.send("GET", ARTIFACT).status_code == 404
    assert rest.send("GET", "/health").ok
    # A batch that was refused left nothing behind, and what was acknowledged can be read.
    params = {param["key"] for param in rest.run_data(run)["params"]}
    assert params == {f"p{step}" for step in [0, *logged]}

    ballast.unlink()
    assert log(1000) == 200
    assert rest.send("PUT", ARTIFACT, data=b"1" * 1_000_000).ok
    server.kill()
    server.start()
    assert {point["step"] for point in rest.history(run, "m0")} == {0, 1000, *logged}
    assert rest.send("GET", ARTIFACT).content == b"1" * 1_000_000


def test_predictions_go_on_while_their_log_has_no_room(small_disk: Path, launch: Callable[..., Martlet]) -> None:
    server = launch(small_disk.name).start()
    rest = Rest(server.url)
    mlflow.set_tracking_uri(server.url)
    mlflow.set_registry_uri(server.url)
    graph = regressor_graph()
    model = register(MlflowClient(server.url), graph, column_signature(graph))
    rest.post("/api/v1/mlflow/serving/deploy", {"model_name": model.name, "version": model.version})
    row = model.rows.iloc[0].to_dict()
    asked = 0

    def ask(count: int) -> list[str]:
        nonlocal asked
        answer = rest.post("/predict/batch", {"model_name": model.name, "inputs": [row] * count})
        asked += count
        ids: list[str] = answer["request_ids"]
        return ids

    def counted(name: str) -> int:
        (value,) = re.findall(rf"^martlet_serving_prediction_log_{name} (\d+)", rest.send("GET", "/metrics").text, re.M)
        return int(value)

    def logged(request_id: str) -> list[str]:
        found = rest.get("/api/v1/predictions", request_id=request_id)["predictions"]
        return [prediction["request_id"] for prediction in found]

    (before,) = ask(1)
    assert logged(before) == [before]
    ballast = small_disk / "ballast"
    fill(ballast)
    (kept,) = ask(1)
    while counted("dropped_total") == 0:
        ask(4_096)
        assert asked < 3 * BUFFERED_MAX, "the log's memory has no bound"
    assert counted("failures_total") > 0
    # What is in the database can be read.
    assert logged(before) == [before]

    dropped = counted("dropped_total")
    # What waits is more than the disk ever had room for.
    subprocess.run(["mount", "-o", "remount,size=256m", str(small_disk)], check=True)
    deadline = time.monotonic() + 60
    while counted("buffered") > 0:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert counted("written_total") + dropped == asked
    assert logged(kept) == [kept]
