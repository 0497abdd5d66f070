"""Starting and stopping: one clear line when it cannot be, and nothing lost when it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import mlflow
import pytest
import requests
from martlet import Martlet, binary, free_port
from mlflow.tracking import MlflowClient
from models import Model, column_signature, register, regressor_graph
from rest import Rest

SECONDS_MAX = 10
Launch = Callable[..., Martlet]


def failed_start(server: Martlet, *words: str) -> None:
    """The server ends by itself, not with 0, after one line on standard error that holds `words`."""
    ended = subprocess.run(server.command(), capture_output=True, text=True, timeout=SECONDS_MAX)
    assert ended.returncode != 0
    lines = ended.stderr.strip().splitlines()
    assert len(lines) == 1, ended.stderr
    assert all(word in lines[0] for word in words), lines[0]


def test_a_port_that_is_taken(launch: Launch) -> None:
    first = launch("first").start()
    failed_start(launch("second", port=first.port), str(first.port))
    assert requests.get(f"{first.url}/health", timeout=5).status_code == 200
    assert first.stop() == 0


def test_a_data_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    failed_start(Martlet(tmp_path / "file"), str(tmp_path / "file"))


def test_a_database_that_is_not_there(tmp_path: Path) -> None:
    failed_start(Martlet(tmp_path, store=f"postgresql://nobody@127.0.0.1:{free_port()}/nothing"))


def test_an_open_address_needs_a_word_of_consent(tmp_path: Path) -> None:
    server = Martlet(tmp_path)
    command = [part if part != "127.0.0.1" else "0.0.0.0" for part in server.command()]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_MAX)
    assert ended.returncode != 0
    assert "--allow-anonymous" in ended.stderr


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_signal_ends_it_with_0(launch: Launch, name: str) -> None:
    server = launch().start()
    assert server.process is not None
    server.process.send_signal(getattr(signal, name))
    assert server.process.wait(SECONDS_MAX) == 0


def test_what_is_in_flight_is_finished(launch: Launch) -> None:
    server = launch().start()
    sending, answers = threading.Event(), []

    def slowly() -> object:
        for index in range(20):
            sending.set()
            yield bytes([index]) * 1000
            time.sleep(0.05)

    def upload() -> None:
        path = f"{server.url}/api/2.0/mlflow-artifacts/artifacts/slow.bin"
        answers.append(requests.put(path, data=slowly(), timeout=SECONDS_MAX).status_code)

    thread = threading.Thread(target=upload)
    thread.start()
    sending.wait(SECONDS_MAX)
    time.sleep(0.2)
    assert server.process is not None
    server.process.terminate()
    thread.join(SECONDS_MAX)
    assert server.process.wait(SECONDS_MAX) == 0
    assert answers == [200]
    server.start()
    stored = requests.get(f"{server.url}/api/2.0/mlflow-artifacts/artifacts/slow.bin", timeout=5).content
    assert stored == b"".join(bytes([index]) * 1000 for index in range(20))


@pytest.mark.parametrize("announced", [1000, 1_000_000])
def test_a_client_that_stalls_within_a_body_holds_up_the_end_for_moments(launch: Launch, announced: int) -> None:
    server = launch().start()
    assert server.process is not None
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=SECONDS_MAX) as stalled:
        path = "/api/2.0/mlflow-artifacts/artifacts/stalled.bin"
        head = f"PUT {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {announced}\r\n\r\n"
        stalled.sendall(head.encode() + b"x" * 500)
        assert requests.get(f"{server.url}/health", timeout=SECONDS_MAX).status_code == 200
        server.process.terminate()
        started = time.monotonic()
        assert server.process.wait(SECONDS_MAX) == 0
        assert time.monotonic() - started < 12


def test_without_native_libraries_it_starts_and_deploy_says_what_is_missing(tmp_path: Path, launch: Launch) -> None:
    (tmp_path / "none").mkdir()
    server = launch(environment={"MARTLET_NATIVE_DIR": str(tmp_path / "none")}).start()
    model, rest = registered(server), Rest(server.url)
    body = {"model_name": model.name, "version": "1"}
    _, error = rest.refused("POST", "/api/v1/mlflow/serving/deploy", body)
    assert "onnx" in error["message"].lower()
    assert rest.get("/api/v1/mlflow/serving/endpoints").get("endpoints", []) == []
    assert server.stop() == 0


def registered(server: Martlet) -> Model:
    mlflow.set_tracking_uri(server.url)
    mlflow.set_registry_uri(server.url)
    graph = regressor_graph()
    return register(MlflowClient(server.url), graph, column_signature(graph))


def doctor(tmp_path: Path, *options: str, native: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **({"MARTLET_NATIVE_DIR": str(native)} if native else {})}
    command = [binary(), "doctor", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, env=environment, cwd=tmp_path)


def test_the_doctor_finds_all_that_set_up_brought(tmp_path: Path) -> None:
    found = doctor(tmp_path)
    assert found.returncode == 0, found.stdout + found.stderr
    assert "1.31.1" in found.stdout
    assert "2.0.0" in found.stdout
    assert json.loads(doctor(tmp_path, "--json").stdout)


def test_the_doctor_names_what_is_missing_and_how_to_get_it(tmp_path: Path) -> None:
    missing = doctor(tmp_path, native=tmp_path)
    assert missing.returncode != 0
    assert "onnxruntime" in missing.stdout.lower().replace(" ", "")
    assert "make setup" in missing.stdout
    assert json.loads(doctor(tmp_path, "--json", native=tmp_path).stdout)


def test_a_deployment_is_there_after_a_restart(launch: Launch) -> None:
    server = launch().start()
    model = registered(server)
    Rest(server.url).post("/api/v1/mlflow/serving/deploy", {"model_name": model.name, "version": "1"})
    assert server.stop() == 0
    server.start()
    # It answers before all models are loaded; a question that comes too early is told to try again.
    deadline = time.monotonic() + SECONDS_MAX
    while Rest(server.url).get(f"/api/v1/mlflow/serving/endpoints/{model.name}")["state"] != "ready":
        assert time.monotonic() < deadline, "the model was not loaded again"
        time.sleep(0.05)
    body = {"model_name": model.name, "inputs": model.rows.iloc[0].to_dict()}
    assert Rest(server.url).post("/predict", body)["model_version"] == "1"
