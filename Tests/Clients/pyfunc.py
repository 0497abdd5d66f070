"""Models that are no ONNX, registered as users do it, and MLflow's own scoring server to compare with."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cloudpickle
import lightgbm
import mlflow
import numpy as np
import pandas as pd
import requests
from martlet import dies_with_us, free_port
from mlflow.models import infer_signature
from rest import Rest, fresh
from sklearn.linear_model import LogisticRegression

COLUMNS = ["length", "width", "age"]
DEPLOY = "/api/v1/mlflow/serving/deploy"
ENDPOINTS = "/api/v1/mlflow/serving/endpoints"
SERVE_SECONDS_MAX = 240.0

# Else the models would hold this module's name, and need it and all that it imports wherever they are loaded.
cloudpickle.register_pickle_by_value(sys.modules[__name__])


class Scaled(mlflow.pyfunc.PythonModel):
    """A function of the user's own, with params, that answers a data frame."""

    def predict(self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        factor = (params or {}).get("factor", 2.0)
        print("what a model prints harms nobody")
        return pd.DataFrame({"scaled": model_input["x"] * factor, "word": model_input["word"].str.upper()})


class Sleeping(mlflow.pyfunc.PythonModel):
    """Sleeps as many seconds as its input says."""

    def predict(self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> np.ndarray:
        time.sleep(float(model_input["x"].max()))
        return model_input["x"].to_numpy() * 2


def rows_of(count: int) -> pd.DataFrame:
    values = np.random.default_rng(7).normal(size=(count, len(COLUMNS))).round(6)
    return pd.DataFrame(values, columns=COLUMNS)


def logged_sklearn(name: str) -> str:
    rows = rows_of(200)
    words = np.where(rows["length"] > 0, "bird", np.where(rows["width"] > 0, "cat", "dog"))
    fitted = LogisticRegression().fit(rows, words)
    signature = infer_signature(rows, fitted.predict(rows))
    info = mlflow.sklearn.log_model(
        fitted, name="m", signature=signature, registered_model_name=name, pip_requirements=["scikit-learn"]
    )
    return str(info.model_uri)


def logged_lightgbm(name: str) -> str:
    rows = rows_of(200)
    fitted = lightgbm.LGBMRegressor(n_estimators=5, min_child_samples=5, verbose=-1, n_jobs=1)
    fitted.fit(rows, rows["length"] * 2 - rows["age"])
    signature = infer_signature(rows, fitted.predict(rows))
    info = mlflow.lightgbm.log_model(
        fitted, name="m", signature=signature, registered_model_name=name, pip_requirements=["lightgbm"]
    )
    return str(info.model_uri)


def logged_custom(name: str, model: mlflow.pyfunc.PythonModel | None = None) -> str:
    example = pd.DataFrame({"x": [1.0], "word": ["a"]})
    given = pd.DataFrame({"scaled": [2.0], "word": ["A"]})
    info = mlflow.pyfunc.log_model(
        name="m",
        python_model=model or Scaled(),
        signature=infer_signature(example, given, params={"factor": 2.0}),
        registered_model_name=name,
        pip_requirements=["pandas"],
    )
    return str(info.model_uri)


LOGGED = {"sklearn": logged_sklearn, "lightgbm": logged_lightgbm, "custom": logged_custom}


def registered(kind: str) -> tuple[str, str]:
    """A fresh model of `kind`: its name, and the URI that MLflow loads it by."""
    name = fresh(kind)
    mlflow.set_experiment(fresh("pyfunc"))
    with mlflow.start_run():
        return name, LOGGED[kind](name)


def registered_sleeper() -> str:
    name = fresh("sleeper")
    mlflow.set_experiment(fresh("pyfunc"))
    with mlflow.start_run():
        logged_custom(name, Sleeping())
    return name


def deployed(rest: Rest, name: str, version: int = 1, **options: Any) -> dict[str, Any]:
    endpoint = rest.post(DEPLOY, {"model_name": name, "version": version, **options})
    assert endpoint["state"] == "ready" and endpoint["runtime"] == "python", endpoint
    return endpoint


def processes(rest: Rest, name: str) -> list[int]:
    """The system's numbers of an endpoint's processes, those that are up."""
    replicas = rest.get(f"{ENDPOINTS}/{name}")["replicas"]
    return [replica["pid"] for replica in replicas if replica["pid"] is not None]


def is_alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def eventually_gone(ids: list[int], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and any(is_alive(process) for process in ids):
        time.sleep(0.02)
    return not any(is_alive(process) for process in ids)


@contextmanager
def scoring_server(uri: str, log: Path) -> Iterator[str]:
    """MLflow's own scoring server with the model at `uri`; its address."""
    port = free_port()
    folder = mlflow.artifacts.download_artifacts(uri)
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "mlflow", "models", "serve", "-m", folder),
                *("--env-manager", "local", "-h", "127.0.0.1", "-p", str(port)),
            ],
            stdout=sink,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
            preexec_fn=dies_with_us,
            process_group=0,
        )
    try:
        deadline = time.monotonic() + SERVE_SECONDS_MAX
        while not answers(f"http://127.0.0.1:{port}/ping"):
            assert process.poll() is None and time.monotonic() < deadline, log.read_text(errors="replace")[-2000:]
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).status_code == 200
    except requests.RequestException:
        return False
