"""What the browser tests put into a server, through its public API alone."""

from __future__ import annotations

import random
import time
from typing import Any

from rest import MLFLOW, Rest, fresh

COLUMNS = ["spread", "log_return"]
REFERENCE_ROWS = 600


def now_ms() -> int:
    return int(time.time() * 1000)


def start_run(rest: Rest, experiment: str, name: str, start: int | None = None, parent: str | None = None) -> str:
    """A run that runs, begun now or at `start` in milliseconds, nested in `parent` where one is given: its id."""
    tags = [{"key": "mlflow.parentRunId", "value": parent}] if parent else []
    body = {"experiment_id": experiment, "run_name": name, "start_time": start or now_ms(), "tags": tags}
    return rest.post(f"{MLFLOW}/runs/create", body)["run"]["info"]["run_id"]


def finish_run(rest: Rest, run: str) -> None:
    rest.post(f"{MLFLOW}/runs/update", {"run_id": run, "status": "FINISHED", "end_time": now_ms()})


def log_metrics(rest: Rest, run: str, points: list[tuple[str, float | str, int]]) -> None:
    """Points are (key, value, step); a value may be the text NaN."""
    metrics = [{"key": key, "value": value, "step": step, "timestamp": now_ms()} for key, value, step in points]
    rest.post(f"{MLFLOW}/runs/log-batch", {"run_id": run, "metrics": metrics})


def log_params(rest: Rest, run: str, params: dict[str, str]) -> None:
    pairs = [{"key": key, "value": value} for key, value in params.items()]
    rest.post(f"{MLFLOW}/runs/log-batch", {"run_id": run, "params": pairs})


def log_dataset(rest: Rest, run: str, name: str, digest: str) -> None:
    """Notes that the run read a dataset."""
    dataset = {"name": name, "digest": digest, "source_type": "local", "source": "{}"}
    rest.post(f"{MLFLOW}/runs/log-inputs", {"run_id": run, "datasets": [{"dataset": dataset, "tags": []}]})


def upload(rest: Rest, experiment: str, run: str, path: str, content: bytes) -> None:
    target = f"/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/{path}"
    answer = rest.send("PUT", target, data=content, headers={"Content-Type": "application/octet-stream"})
    assert answer.ok, answer.text


def curve(steps: int) -> list[tuple[str, float | str, int]]:
    """A loss that falls, one NaN in it, and a validation metric."""
    points: list[tuple[str, float | str, int]] = []
    for step in range(steps):
        points.append(("train/loss", "NaN" if step == 7 else 1.0 / (step + 1), step))
        points.append(("val/auc", 0.5 + 0.4 * step / steps, step))
    return points


def experiment_with_runs(rest: Rest, runs: int = 3) -> tuple[str, str, list[str]]:
    """An experiment of finished runs: its id, its name, theirs."""
    name = fresh("volatility")
    experiment = rest.experiment(name)
    ids = []
    for index in range(runs):
        run = start_run(rest, experiment, f"calm-owl-{index}")
        log_metrics(rest, run, curve(30))
        log_params(rest, run, {"model": ["lgbm", "xgb"][index % 2], "lr": "0.03"})
        finish_run(rest, run)
        ids.append(run)
    return experiment, name, ids


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number: int, value: int | bytes | str) -> bytes:
    """One field of a protobuf message: a number, or bytes, text or a message by its length."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def tensor_type(name: str, width: int) -> bytes:
    """A ValueInfoProto: float tensor of any number of rows."""
    rows = field(1, field(2, "n"))
    columns = field(1, field(1, width))
    tensor = field(1, 1) + field(2, rows + columns)
    return field(1, name) + field(2, field(1, tensor))


def onnx_model() -> bytes:
    """An ONNX model of one node: Y = ReduceMean(X) over the columns."""
    attribute = field(1, "axes") + field(8, 1) + field(20, 7)
    node = field(1, "X") + field(2, "Y") + field(3, "mean") + field(4, "ReduceMean") + field(5, attribute)
    graph = field(1, node) + field(2, "mean") + field(11, tensor_type("X", len(COLUMNS)))
    graph += field(12, tensor_type("Y", 1))
    return field(1, 8) + field(2, "browser-test") + field(7, graph) + field(8, field(1, "") + field(2, 13))


MLMODEL = """flavors:
  onnx:
    code: null
    data: model.onnx
    onnx_version: 1.16.0
  python_function:
    data: model.onnx
    loader_module: mlflow.onnx
signature:
  inputs: '[{"type": "double", "name": "spread"}, {"type": "double", "name": "log_return"}]'
  outputs: '[{"type": "float", "name": "Y"}]'
  params: null
"""


def registered_model(rest: Rest, versions: int) -> str:
    """A registered model whose versions can be served, with a reference for drift beside each."""
    name = fresh("vol-ensemble")
    rest.post(f"{MLFLOW}/registered-models/create", {"name": name, "description": "For the browser tests."})
    experiment = rest.experiment()
    source = random.Random(7)
    rows = [",".join(COLUMNS)] + [f"{source.gauss(0, 1):.5f},{source.gauss(0, 1):.5f}" for _ in range(REFERENCE_ROWS)]
    for index in range(versions):
        run = start_run(rest, experiment, f"train-{index}")
        log_metrics(rest, run, [("rmspe", 0.1 - 0.01 * index, 0)])
        upload(rest, experiment, run, "model/MLmodel", MLMODEL.encode())
        upload(rest, experiment, run, "model/model.onnx", onnx_model())
        upload(rest, experiment, run, "model/martlet/reference.csv", "\n".join(rows).encode())
        finish_run(rest, run)
        body = {"name": name, "source": f"mlflow-artifacts:/{experiment}/{run}/artifacts/model", "run_id": run}
        rest.post(f"{MLFLOW}/model-versions/create", body)
    return name


def transition(rest: Rest, name: str, version: str, stage: str) -> None:
    body = {"name": name, "version": version, "stage": stage, "archive_existing_versions": True}
    rest.post(f"{MLFLOW}/model-versions/transition-stage", body)


def describe(rest: Rest, name: str, version: str, **document: Any) -> None:
    """Tells more of a version."""
    answer = rest.send("PATCH", f"/api/v1/registry/models/{name}/versions/{version}", json=document)
    assert answer.ok, answer.text


def protect(rest: Rest, name: str, protected: bool = True) -> None:
    answer = rest.send("PUT", f"/api/v1/registry/models/{name}/protection", json={"protected": protected})
    assert answer.ok, answer.text


def request_transition(rest: Rest, name: str, version: str, stage: str, *items: str, comment: str = "") -> str:
    """A request with a checklist of which nothing is done: its id."""
    checklist = [{"item": item, "completed": False} for item in items]
    body = {"model_name": name, "version": version, "stage": stage, "checklist": checklist, "comment": comment}
    return rest.post("/api/v1/registry/transition-requests", body)["id"]


def deploy(rest: Rest, name: str, version: str) -> Any:
    return rest.post("/api/v1/mlflow/serving/deploy", {"model_name": name, "version": version})


def served(rest: Rest, versions: int = 2) -> str:
    """A model whose first version is served at an endpoint of its name."""
    name = registered_model(rest, versions)
    deploy(rest, name, "1")
    return name


def share_out(rest: Rest, endpoint: str, policy: str, **settings: Any) -> None:
    """Sets a policy; where no variants are given with version 2 beside the one that is served."""
    body = {"policy": policy, "variants": [{"version": "2"}], **settings}
    answer = rest.send("PUT", f"/api/v1/mlflow/serving/endpoints/{endpoint}/traffic", json=body)
    assert answer.ok, answer.text


def ask(rest: Rest, name: str, **headers: str) -> Any:
    """One prediction."""
    body = {"model_name": name, "inputs": {"spread": 1, "log_return": 3}}
    return rest.post("/predict", body, headers=headers)


def experiment_with_winner(rest: Rest, name: str, callers: int = 160) -> None:
    """An A/B experiment in which the treatment is worth three times as much as the control."""
    split = {"control": 60, "treatment": 40}
    settings = {"name": "layout", "traffic_split": split, "success_metrics": ["metric", "error_rate"]}
    share_out(rest, name, "ab_test", **settings, end_date="2100-03-01T00:00:00Z")
    answers = [ask(rest, name, **{"x-martlet-key": f"caller-{index}"}) for index in range(callers)]
    worth = {"v1": 1.0, "v2": 3.0}
    feedback = [
        {"request_id": one["request_id"], "value": worth[one["variant"]] + index % 5 / 10}
        for index, one in enumerate(answers)
    ]
    deadline = time.monotonic() + 20
    while rest.post("/api/v1/feedback", {"feedback": feedback})["unknown"]:
        assert time.monotonic() < deadline, "the predictions are not in the log"
        time.sleep(0.1)


def predict_shifted(rest: Rest, name: str, rows: int) -> None:
    """Predictions on rows whose `spread` has moved by two deviations."""
    source = random.Random(11)
    inputs = [{"spread": source.gauss(2, 1), "log_return": source.gauss(0, 1)} for _ in range(rows)]
    rest.post("/predict/batch", {"model_name": name, "inputs": inputs})


def webhook(rest: Rest, url: str, *events: str) -> tuple[str, str]:
    """A webhook that leads to `url`: its id, its name."""
    name = fresh("hook")
    return rest.post("/api/v1/webhooks", {"name": name, "url": url, "events": list(events)})["id"], name


def refused_webhook(rest: Rest) -> str:
    """A webhook with a delivery that never arrives, for nobody listens on that port: the notice of its own making."""
    hook, _ = webhook(rest, "http://127.0.0.1:9/hook", "webhook.created", "model_version.transitioned")
    deadline = time.monotonic() + 20
    while not rest.get(f"/api/v1/webhooks/{hook}").get("last_delivery", {}).get("error"):
        assert time.monotonic() < deadline, "nothing was sent"
        time.sleep(0.05)
    return hook
