"""Callers are held to a rate, answers to a deadline, and gRPC's callers to their variant."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import mlflow
import numpy as np
import pytest
import requests
import tritonclient.grpc
from martlet import Martlet, free_port
from mlflow.tracking import MlflowClient
from models import Model, column_signature, register, regressor_graph
from pyfunc import deployed, registered_sleeper
from rest import JSON, Rest
from tritonclient.utils import InferenceServerException

Launch = Callable[..., Martlet]
DEPLOY = "/api/v1/mlflow/serving/deploy"
ENDPOINTS = "/api/v1/mlflow/serving/endpoints"


def served(launch: Launch, *options: str) -> tuple[Rest, Model, Martlet]:
    """A server with `options`, and a model that it serves."""
    martlet = launch(options=list(options), grpc_port=free_port()).start()
    mlflow.set_tracking_uri(martlet.url)
    mlflow.set_registry_uri(martlet.url)
    rest = Rest(martlet.url)
    graph = regressor_graph()
    model = register(MlflowClient(martlet.url), graph, column_signature(graph))
    rest.post(DEPLOY, {"model_name": model.name, "version": model.version})
    return rest, model, martlet


def body(model: Model, **more: JSON) -> JSON:
    return {"model_name": model.name, "inputs": model.rows.iloc[0].to_dict(), **more}


def grpc_client(martlet: Martlet) -> tritonclient.grpc.InferenceServerClient:
    return tritonclient.grpc.InferenceServerClient(f"127.0.0.1:{martlet.grpc_port}")


def inferred(client: tritonclient.grpc.InferenceServerClient, model: Model, **how: Any) -> Any:
    values = model.rows.to_numpy("float32")
    tensor = tritonclient.grpc.InferInput(model.graph.graph.input[0].name, list(values.shape), "FP32")
    tensor.set_data_from_numpy(values)
    return client.infer(model.name, [tensor], **how)


def asked_over_grpc(martlet: Martlet, model: Model, **how: Any) -> Any:
    with grpc_client(martlet) as client:
        return inferred(client, model, **how)


def until(is_wanted: Callable[[Any], bool], ask: Callable[[], Any]) -> list[Any]:
    """What comes of asking eight times at once, again and again until an answer is wanted, however long each takes."""
    deadline = time.monotonic() + 30
    answers: list[Any] = []
    with ThreadPoolExecutor(8) as pool:
        while not any(map(is_wanted, answers)):
            assert time.monotonic() < deadline, answers
            answers += [asked.result() for asked in [pool.submit(ask) for _ in range(8)]]
    return answers


def test_a_caller_who_asks_too_much_is_refused_for_a_moment(launch: Launch) -> None:
    rest, model, martlet = served(launch, "--caller-rate", "1")
    batch = {"model_name": model.name, "inputs": model.rows.head(2).to_dict("records")}

    def predict() -> requests.Response:
        return requests.post(f"{martlet.url}/predict", json=body(model), timeout=30)

    def predict_batch() -> requests.Response:
        return requests.post(f"{martlet.url}/predict/batch", json=batch, timeout=30)

    assert predict().status_code == 200
    for ask in (predict, predict_batch):
        answers = until(lambda answer: answer.status_code == 429, ask)
        assert {answer.status_code for answer in answers} <= {200, 429}
        for refused in [answer for answer in answers if answer.status_code == 429]:
            assert refused.json()["error_code"] == "REQUEST_LIMIT_EXCEEDED" and refused.headers["Retry-After"] == "1"
        # What was refused does not count.
        answers = until(lambda answer: answer.status_code == 200, ask)
        assert {answer.status_code for answer in answers} <= {200, 429}
    with grpc_client(martlet) as client:

        def infer() -> str:
            try:
                inferred(client, model)
            except InferenceServerException as error:
                return str(error.status())
            return "OK"

        codes = until(lambda code: "RESOURCE_EXHAUSTED" in code, infer)
        assert all(code == "OK" or "RESOURCE_EXHAUSTED" in code for code in codes)
        until(lambda code: code == "OK", infer)
    assert rest.get(f"{ENDPOINTS}/{model.name}")["state"] == "ready"


def test_an_answer_that_comes_too_late_is_not_waited_for(launch: Launch) -> None:
    rest, model, martlet = served(launch, "--prediction-timeout", "1.5")
    sleeper = registered_sleeper()
    deployed(rest, sleeper)

    def asked(seconds: float, **headers: str) -> tuple[int, float]:
        start = time.monotonic()
        sent = {"model_name": sleeper, "inputs": {"x": seconds, "word": "w"}}
        answer = requests.post(f"{martlet.url}/predict", json=sent, headers=headers, timeout=60)
        if answer.status_code == 504:
            assert answer.json()["error_code"] == "DEADLINE_EXCEEDED"
        return answer.status_code, time.monotonic() - start

    assert asked(0.0)[0] == 200
    status, seconds = asked(6.0)
    assert status == 504 and 1.4 < seconds < 5
    # It waits behind the one before, which runs to its end, and may do so.
    assert asked(0.0, **{"X-Request-Timeout-Ms": "30000"})[0] == 200
    status, seconds = asked(3.0, **{"X-Request-Timeout-Ms": "200"})
    assert status == 504 and 0.2 < seconds < 2.5
    for wrong in ("0", "-1", "1e3", "soon", "99999999999999999999"):
        assert asked(0.0, **{"X-Request-Timeout-Ms": wrong})[0] == 400
    failed = rest.get("/api/v1/predictions", endpoint=sleeper, limit="100")["predictions"]
    assert [one["status"] for one in failed].count(504) == 2
    # Others are answered all the while.
    assert requests.post(f"{martlet.url}/predict", json=body(model), timeout=10).status_code == 200


@pytest.mark.parametrize("options", [["--caller-rate", "0"], ["--caller-rate", "x"], ["--prediction-timeout", "0"]])
def test_limits_that_are_none_are_wrong_options(launch: Launch, options: list[str]) -> None:
    martlet = launch(options=options)
    with pytest.raises(AssertionError, match="did not start"):
        martlet.start()
    assert martlet.process is not None and martlet.process.returncode == 2


@pytest.mark.parametrize("key", [{"header": "x-user"}, {"field": "user"}], ids=["metadata", "parameter"])
def test_a_caller_over_grpc_stays_with_its_variant(launch: Launch, key: JSON) -> None:
    rest, first, martlet = served(launch)
    other = regressor_graph(seed=6)
    second = register(MlflowClient(martlet.url), other, column_signature(other), name=first.name)
    traffic = {
        "policy": "ab_test",
        "name": "over gRPC",
        "control_model": {"version": first.version},
        "treatment_model": {"version": second.version},
        "traffic_split": {"control": 50, "treatment": 50},
        "start_date": "2026-01-01T00:00:00Z",
        "status": "running",
        "success_metrics": ["latency"],
        "key": key,
    }
    changed = rest.send("PUT", f"{ENDPOINTS}/{first.name}/traffic", json=traffic)
    assert changed.ok, changed.text
    truths = [next(iter(model.truth().values())).ravel() for model in (first, second)]

    def variants(user: str) -> set[int]:
        how = {"headers": {"x-user": user}} if "header" in key else {"parameters": {"user": user}}
        name = next(iter(first.truth()))
        answers = [asked_over_grpc(martlet, first, **how).as_numpy(name).ravel() for _ in range(6)]
        return {int(np.argmin([np.abs(answer - truth).max() for truth in truths])) for answer in answers}

    seen = [variants(f"user {number}") for number in range(12)]
    assert all(len(one) == 1 for one in seen)
    assert set.union(*seen) == {0, 1}
