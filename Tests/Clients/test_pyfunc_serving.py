"""Models that Python runs: the answers of MLflow's own scoring server, and processes that come and go unnoticed."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pytest
import requests
from martlet import Martlet, free_port
from mlflow.tracking import MlflowClient
from pyfunc import (
    COLUMNS,
    DEPLOY,
    ENDPOINTS,
    deployed,
    eventually_gone,
    is_alive,
    processes,
    registered,
    registered_sleeper,
    rows_of,
    scoring_server,
)
from rest import Rest

JSON_TYPE = "application/json"


def numeric_bodies() -> dict[str, tuple[str, str]]:
    """Bodies of every kind for a model of ``COLUMNS``: the type and the text."""
    rows = rows_of(3)
    data = rows.to_numpy().tolist()
    records = rows.to_dict(orient="records")
    columns = {name: rows[name].tolist() for name in COLUMNS}
    dump = requests.compat.json.dumps
    return {
        "split": (JSON_TYPE, dump({"dataframe_split": {"columns": COLUMNS, "data": data}})),
        "split in another order": (
            JSON_TYPE,
            dump({"dataframe_split": {"columns": COLUMNS[::-1], "data": [row[::-1] for row in data]}}),
        ),
        "whole numbers": (JSON_TYPE, dump({"dataframe_split": {"columns": COLUMNS, "data": [[1, -2, 3], [0, 1, 0]]}})),
        "a column too many": (JSON_TYPE, dump({"dataframe_records": [{**records[0], "extra": "word"}]})),
        "records": (JSON_TYPE, dump({"dataframe_records": records})),
        "instances": (JSON_TYPE, dump({"instances": records})),
        "inputs": (JSON_TYPE, dump({"inputs": columns})),
        "comma": ("text/csv", rows.to_csv(index=False)),
    }


def custom_bodies() -> dict[str, tuple[str, str]]:
    dump = requests.compat.json.dumps
    records = [{"x": 1.5, "word": "wren"}, {"x": -2, "word": "owl"}]
    split = {"columns": ["word", "x"], "data": [["wren", 1.5], ["owl", 2]]}
    return {
        "split": (JSON_TYPE, dump({"dataframe_split": split})),
        "records": (JSON_TYPE, dump({"dataframe_records": records})),
        "params": (JSON_TYPE, dump({"dataframe_records": records, "params": {"factor": 0.1}})),
        "instances": (JSON_TYPE, dump({"instances": records})),
        "inputs": (JSON_TYPE, dump({"inputs": {"x": [1.5], "word": ["wren"]}})),
        "comma": ("text/csv", "x,word\n1.5,wren\n3,owl\n"),
    }


BAD_BODIES = {
    "no JSON": (JSON_TYPE, "{", 400),
    "no kind": (JSON_TYPE, '{"rows": []}', 400),
    "two kinds": (JSON_TYPE, '{"inputs": [], "instances": []}', 400),
    "columns missing": (JSON_TYPE, '{"dataframe_records": [{"nothing": 1}]}', 400),
    "a word for a number": (
        JSON_TYPE,
        '{"dataframe_split": {"columns": ["length", "width", "age", "x", "word"], "data": [["a", "b", "c", "d", 1]]}}',
        400,
    ),
}


@pytest.mark.parametrize("kind", ["sklearn", "lightgbm", "custom"])
def test_answers_as_mlflow_does(server: Martlet, client: MlflowClient, rest: Rest, folder: Path, kind: str) -> None:
    name, uri = registered(kind)
    deployed(rest, name)
    bodies = custom_bodies() if kind == "custom" else numeric_bodies()
    with scoring_server(uri, folder / "mlflow.log") as theirs:
        for what, (content_type, body) in bodies.items():
            headers = {"Content-Type": content_type}
            expected = requests.post(f"{theirs}/invocations", data=body, headers=headers, timeout=60)
            headers["X-Martlet-Endpoint"] = name
            answer = requests.post(f"{server.url}/invocations", data=body, headers=headers, timeout=60)
            assert (expected.status_code, answer.status_code) == (200, 200), (what, expected.text, answer.text)
            assert answer.json() == expected.json(), what
        for what, (content_type, body, status) in BAD_BODIES.items():
            headers = {"Content-Type": content_type}
            expected = requests.post(f"{theirs}/invocations", data=body, headers=headers, timeout=60)
            headers["X-Martlet-Endpoint"] = name
            answer = requests.post(f"{server.url}/invocations", data=body, headers=headers, timeout=60)
            assert (expected.status_code, answer.status_code) == (status, status), (what, expected.text, answer.text)
            assert answer.json()["error_code"] == expected.json()["error_code"], what
    rest.send("DELETE", f"{ENDPOINTS}/{name}").raise_for_status()


def test_speaks_every_protocol(client: MlflowClient, rest: Rest) -> None:
    name, uri = registered("sklearn")
    endpoint = deployed(rest, name, replicas=2)
    assert [replica["state"] for replica in endpoint["replicas"]] == ["ready", "ready"]
    assert [tensor["datatype"] for tensor in endpoint["inputs"]] == ["FP64"] * 3
    rows = rows_of(4)
    expected = list(mlflow.pyfunc.load_model(uri).predict(rows))
    records = rows.to_dict(orient="records")
    one = rest.post("/predict", {"model_name": name, "inputs": records[0]})
    assert one["prediction"] == expected[0]
    assert rest.post(f"/api/v1/mlflow/serve/{name}", {"inputs": records[1]})["prediction"] == expected[1]
    assert rest.post("/predict/batch", {"model_name": name, "inputs": records})["predictions"] == expected
    inputs = [{"name": column, "datatype": "FP64", "shape": [4], "data": rows[column].tolist()} for column in COLUMNS]
    answer = rest.post(f"/v2/models/{name}/infer", {"inputs": inputs})
    assert answer["outputs"] == [{"name": "predictions", "datatype": "BYTES", "shape": [4], "data": expected}]
    assert rest.get(f"/v2/models/{name}")["platform"] == "mlflow_pyfunc"
    logged = rest.get("/api/v1/predictions", endpoint=name)["predictions"]
    assert len(logged) == 10 and {entry["prediction"] for entry in logged} <= {"bird", "cat", "dog"}
    metrics = rest.send("GET", "/metrics").text
    for line in (
        f'martlet_serving_workers{{endpoint="{name}",state="ready"}} 2',
        f'martlet_serving_worker_restarts_total{{endpoint="{name}"}} 0',
        f'martlet_serving_worker_batch_rows_sum{{endpoint="{name}"}} 10',
    ):
        assert line in metrics, line
    rest.send("DELETE", f"{ENDPOINTS}/{name}").raise_for_status()


def wait_until_ready(rest: Rest, name: str) -> None:
    """Until all processes of an endpoint's model are up again."""
    deadline = time.monotonic() + 60
    while len(processes(rest, name)) < len(states := replica_states(rest, name)) or "starting" in states:
        assert time.monotonic() < deadline, states
        time.sleep(0.05)


def replica_states(rest: Rest, name: str) -> list[str]:
    return [replica["state"] for replica in rest.get(f"{ENDPOINTS}/{name}")["replicas"]]


class Load:
    """Requests for predictions, one after the other on each of some threads, until told to stop."""

    def __init__(self, url: str, name: str, threads: int = 4) -> None:
        self.url, self.name = url, name
        self.done = threading.Event()
        self.answers: list[int] = []
        self.threads = [threading.Thread(target=self.ask, daemon=True) for _ in range(threads)]

    def ask(self) -> None:
        session = requests.Session()
        body = {"model_name": self.name, "inputs": rows_of(1).iloc[0].to_dict()}
        while not self.done.is_set():
            self.answers.append(session.post(f"{self.url}/predict", json=body, timeout=60).status_code)

    def __enter__(self) -> Load:
        for thread in self.threads:
            thread.start()
        return self

    def wait(self, count: int, seconds: float = 60.0) -> None:
        """Until so many more answers have come."""
        wanted, deadline = len(self.answers) + count, time.monotonic() + seconds
        while len(self.answers) < wanted:
            assert time.monotonic() < deadline, f"{len(self.answers)} of {wanted} answers came"
            time.sleep(0.01)

    def __exit__(self, *_: object) -> None:
        self.done.set()
        for thread in self.threads:
            thread.join()


@pytest.fixture
def python_server(launch: Callable[..., Martlet]) -> Iterator[tuple[Martlet, Rest]]:
    """A server of the test's own."""
    martlet = launch("python").start()
    mlflow.set_tracking_uri(martlet.url)
    mlflow.set_registry_uri(martlet.url)
    yield martlet, Rest(martlet.url)


def test_a_killed_process_costs_nobody_an_answer(python_server: tuple[Martlet, Rest]) -> None:
    martlet, rest = python_server
    name, _ = registered("sklearn")
    deployed(rest, name, replicas=2)
    with Load(martlet.url, name) as load:
        for _ in range(3):
            load.wait(20)
            victim = processes(rest, name)[0]
            os.kill(victim, signal.SIGKILL)
            load.wait(20)
            assert not is_alive(victim)
            wait_until_ready(rest, name)
    assert set(load.answers) == {200}, load.answers
    restarts = sum(replica["restarts_total"] for replica in rest.get(f"{ENDPOINTS}/{name}")["replicas"])
    assert restarts == 3


def test_a_swap_under_load_fails_no_request(python_server: tuple[Martlet, Rest]) -> None:
    martlet, rest = python_server
    name, _ = registered("sklearn")
    before = processes(rest, deployed(rest, name)["name"])
    with Load(martlet.url, name) as load:
        load.wait(20)
        deployed(rest, name)
        load.wait(20)
    assert set(load.answers) == {200}, load.answers
    assert eventually_gone(before)
    after = processes(rest, name)
    rest.send("DELETE", f"{ENDPOINTS}/{name}").raise_for_status()
    assert eventually_gone(after)


def test_a_model_that_hangs_is_ended_at_its_time(launch: Callable[..., Martlet]) -> None:
    martlet = launch("python", environment={"MARTLET_WORKER_TIMEOUT": "4"}).start()
    mlflow.set_tracking_uri(martlet.url)
    mlflow.set_registry_uri(martlet.url)
    rest = Rest(martlet.url)
    name = registered_sleeper()
    process = processes(rest, deployed(rest, name)["name"])[0]
    start = time.monotonic()
    status, error = rest.refused("POST", "/predict", {"model_name": name, "inputs": {"x": 600.0, "word": "w"}})
    assert status == 504 and "did not answer within 4 s" in error["message"], error
    assert time.monotonic() - start < 8
    assert eventually_gone([process])
    wait_until_ready(rest, name)
    assert rest.post("/predict", {"model_name": name, "inputs": {"x": 0.0, "word": "w"}})["prediction"] == 0.0


def test_no_process_outlives_the_server(python_server: tuple[Martlet, Rest]) -> None:
    martlet, rest = python_server
    name = registered_sleeper()
    killed = processes(rest, deployed(rest, name, replicas=2)["name"])
    asleep = threading.Thread(target=lambda: swallow(rest, name), daemon=True)
    asleep.start()
    time.sleep(0.5)
    martlet.kill()
    assert len(killed) == 2 and eventually_gone(killed)
    martlet.port = free_port()
    martlet.start()
    rest = Rest(martlet.url)
    deadline = time.monotonic() + 60
    while rest.send("GET", "/readyz").status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    stopped = processes(rest, name)
    assert len(stopped) == 2
    assert martlet.stop() == 0 and eventually_gone(stopped)


def swallow(rest: Rest, name: str) -> None:
    """Asks a model to sleep, whatever becomes of the answer."""
    try:
        rest.send("POST", "/predict", json={"model_name": name, "inputs": {"x": 600.0, "word": "w"}})
    except requests.RequestException:
        return


def test_says_what_it_cannot_do(server: Martlet, client: MlflowClient, rest: Rest) -> None:
    name, _ = registered("custom")
    status, error = rest.refused("POST", DEPLOY, {"model_name": name, "version": 1, "replicas": 0})
    assert status == 400 and "from 1 to 64" in error["message"]
    status, error = rest.refused("POST", DEPLOY, {"model_name": name, "version": 1, "batching": "perhaps"})
    assert status == 400 and "auto, on or off" in error["message"]


def test_keeps_what_a_model_prints_out_of_its_answers(python_server: tuple[Martlet, Rest]) -> None:
    martlet, rest = python_server
    name, _ = registered("custom")
    deployed(rest, name)
    answer: Any = rest.post("/predict", {"model_name": name, "inputs": {"x": 1.5, "word": "secretword"}})
    assert answer["prediction"] == {"scaled": 3.0, "word": "SECRETWORD"}
    assert np.isclose(answer["prediction"]["scaled"], 3.0)
    assert "secretword" not in martlet.log.read_text(errors="replace").lower()
