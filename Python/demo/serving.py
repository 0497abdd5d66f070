"""Deploys what is in Production, and asks it through all five protocols: the same numbers as ONNX Runtime in Python."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import mlflow.onnx
import numpy as np
import onnxruntime
import pandas as pd

from .api import JSON, Refused, Server
from .quiet import chatter_off
from .training import INPUT, Version
from .usecase import UseCase

DIFFERENCE_MAX = 1e-6
# The expected values of rows, by the name of the model's output; the first axis is the row.
Expected = dict[str, np.ndarray]


class Differs(Exception):
    """The server's numbers are not ONNX Runtime's."""


@dataclass(frozen=True)
class Comparison:
    protocol: str
    rows: int
    difference: float
    latency_ms: float


def deploy(server: Server, case: UseCase, version: Version) -> JSON:
    """The endpoint of the version in Production; deployed only when another one, or none, is there."""
    endpoints = server.get("/api/v1/mlflow/serving/endpoints").get("endpoints", [])
    for endpoint in endpoints:
        if endpoint["name"] == case.model and str(endpoint["model_version"]) == version.number:
            return endpoint
    return server.post("/api/v1/mlflow/serving/deploy", {"model_name": case.model, "stage": "Production"})


def expected(case: UseCase, version: Version, rows: pd.DataFrame) -> Expected:
    """What ONNX Runtime answers here, for the very model that the registry holds."""
    with chatter_off():
        model = mlflow.onnx.load_model(f"models:/{case.model}/{version.number}")
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {INPUT: rows.to_numpy("float32")})))


def compare(server: Server, case: UseCase, endpoint: JSON, version: Version, rows: pd.DataFrame) -> list[Comparison]:
    """Asks for `rows` in each protocol. Throws ``Differs`` where an answer is not ONNX Runtime's."""
    truth = expected(case, version, rows)
    questions = {
        "/predict": (_predict, rows.head(1)),
        "/predict/batch": (_predict_batch, rows),
        "/api/v1/mlflow/serve/…": (_serve, rows.head(1)),
        "/invocations": (_invocations, rows),
        "/v2/models/…/infer": (_infer, rows),
    }
    comparisons = []
    for protocol, (ask, asked) in questions.items():
        ask(server, case, endpoint, asked)
        started = time.perf_counter()
        answers = ask(server, case, endpoint, asked)
        latency_ms = (time.perf_counter() - started) * 1000
        difference = max(
            _difference(protocol, answer, {name: values[index] for name, values in truth.items()})
            for index, answer in enumerate(answers)
        )
        if difference > DIFFERENCE_MAX or len(answers) != len(asked):
            raise Differs(f"{protocol}: {len(answers)} rows of {len(asked)}, off by {difference:g}")
        comparisons.append(Comparison(protocol, len(asked), difference, latency_ms))
    return comparisons


def record(rows: pd.DataFrame, index: int) -> dict[str, float]:
    return {str(name): float(value) for name, value in rows.iloc[index].items()}


# Each of these gives, for every row, its prediction: values by the name of the output, or the only output's values.


def _predict(server: Server, case: UseCase, endpoint: JSON, rows: pd.DataFrame) -> list[Any]:
    body = {"model_name": case.model, "inputs": record(rows, 0)}
    return [server.post("/predict", body)["prediction"]]


def _predict_batch(server: Server, case: UseCase, endpoint: JSON, rows: pd.DataFrame) -> list[Any]:
    body = {"model_name": case.model, "inputs": [record(rows, index) for index in range(len(rows))]}
    return server.post("/predict/batch", body)["predictions"]


def _serve(server: Server, case: UseCase, endpoint: JSON, rows: pd.DataFrame) -> list[Any]:
    return [server.post(f"/api/v1/mlflow/serve/{case.model}", {"inputs": record(rows, 0)})["prediction"]]


def _invocations(server: Server, case: UseCase, endpoint: JSON, rows: pd.DataFrame) -> list[Any]:
    body = {"dataframe_split": {"columns": list(rows.columns), "data": rows.to_numpy().tolist()}}
    answer = server.post("/invocations", body, {"X-Martlet-Endpoint": endpoint["name"]})["predictions"]
    return _by_row(answer, len(rows))


def _infer(server: Server, case: UseCase, endpoint: JSON, rows: pd.DataFrame) -> list[Any]:
    values = rows.to_numpy("float32")
    tensor = {"name": INPUT, "datatype": "FP32", "shape": list(values.shape), "data": values.ravel().tolist()}
    answer = server.post(f"/v2/models/{endpoint['name']}/infer", {"inputs": [tensor]})
    tensors = {out["name"]: np.reshape(out["data"], out["shape"]).tolist() for out in answer["outputs"]}
    return _by_row(tensors, len(rows))


def _by_row(answer: Any, count: int) -> list[Any]:
    """Columns of values by output, or a list of rows, as one prediction a row."""
    if isinstance(answer, dict):
        return [{name: values[index] for name, values in answer.items()} for index in range(count)]
    return list(answer)


def _difference(protocol: str, answer: Any, truth: Expected) -> float:
    """The largest difference of one row's prediction from the truth of that row."""
    if not isinstance(answer, dict):
        if len(truth) != 1:
            raise Refused(f"{protocol}: one value where the model has {', '.join(truth)}")
        answer = dict.fromkeys(truth, answer)
    difference = 0.0
    for name, values in truth.items():
        if name not in answer:
            raise Refused(f"{protocol}: no output '{name}' among {', '.join(answer)}")
        got = np.asarray(answer[name], dtype="float64").ravel()
        difference = max(difference, float(np.abs(got - np.ravel(values)).max()))
    return difference
