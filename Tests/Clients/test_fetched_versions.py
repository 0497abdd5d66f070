"""Versions of a real MLflow server behind Martlet are fetched when they are deployed, and answer as they do there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import mlflow
import numpy as np
import pytest
from command_line import CommandLine
from martlet import Martlet
from mlflow.tracking import MlflowClient
from mlflow_process import MLflowProcess
from models import COLUMNS, Model, column_signature, register, regressor_graph
from rest import Rest, fresh

DEPLOY = "/api/v1/mlflow/serving/deploy"
OWN = "/api/v1/registry/models"


@pytest.fixture(scope="module", params=["served", "at a root"])
def behind(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MLflowProcess]:
    """MLflow that serves its artifacts to clients, and one whose clients go to the root themselves, as it does too."""
    folder = tmp_path_factory.mktemp("behind")
    options = []
    if request.param == "at a root":
        options = ["--no-serve-artifacts", "--default-artifact-root", str(folder / "root")]
    server = MLflowProcess(folder / "mlflow", *options)
    yield server
    server.stop()


@pytest.fixture
def theirs(behind: MLflowProcess) -> MlflowClient:
    """MLflow's client of the server behind, which knows nothing of Martlet."""
    mlflow.set_tracking_uri(behind.url)
    mlflow.set_registry_uri(behind.url)
    return MlflowClient(behind.url, behind.url)


@pytest.fixture
def front(behind: MLflowProcess, launch: Callable[..., Martlet]) -> Martlet:
    return launch(options=["--with-mlflow", behind.url]).start()


def numbers(value: Any) -> np.ndarray:
    """All numbers of an answer, whatever its nesting."""
    if isinstance(value, dict):
        return np.concatenate([numbers(inner) for inner in value.values()])
    if isinstance(value, list):
        return np.concatenate([numbers(inner) for inner in value])
    return np.asarray([value], dtype="float64")


def check_predictions(rest: Rest, model: Model) -> None:
    """The endpoint called like the model answers as ONNX Runtime does in Python."""
    body = {"dataframe_split": {"columns": COLUMNS, "data": model.rows.to_numpy().tolist()}}
    answer = rest.post("/invocations", body, headers={"X-Martlet-Endpoint": model.name})["predictions"]
    (truth,) = model.truth().values()
    np.testing.assert_allclose(numbers(answer), np.ravel(truth), rtol=1e-5)


def registered(theirs: MlflowClient, seed: int, name: str | None = None) -> Model:
    graph = regressor_graph(seed)
    return register(theirs, graph, column_signature(graph), name=name)


def fetched(rest: Rest, model: str) -> int:
    """How many versions of `model` were taken in, by an audit trail that has what was done last."""
    rest.post(f"{OWN}", {"name": (last := fresh("last")), "version": "1.0.0", "artifact_uri": "s3://bucket/own"})
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = rest.get("/api/v1/activities", limit=1000)["activities"]
        made = [one["subject_id"] for one in found if one["action"] == "model_version.created"]
        if f"{last}/1" in made:
            return sum(subject.startswith(f"{model}/") for subject in made)
        time.sleep(0.1)
    raise AssertionError("the audit trail does not tell of the last version")


def test_a_version_is_fetched_by_number_stage_and_alias_and_answers(front: Martlet, theirs: MlflowClient) -> None:
    rest = Rest(front.url)
    first = registered(theirs, 1)
    second = registered(theirs, 2, first.name)
    theirs.set_registered_model_alias(first.name, "best", "1")
    theirs.transition_model_version_stage(first.name, "2", "Staging")
    assert rest.refused("GET", f"{OWN}/{first.name}/versions/1")[0] == 404
    endpoint = rest.post(DEPLOY, {"model_name": first.name, "version": "1"})
    assert (endpoint["model_version"], endpoint["state"]) == ("1", "ready"), endpoint
    check_predictions(rest, first)
    rest.post("/mlops/deploy", {"model_name": first.name, "stage": "Staging"})
    check_predictions(rest, second)
    CommandLine(front.url).text("endpoints", "deploy", first.name, "--alias", "best")
    check_predictions(rest, first)
    assert rest.get(f"{OWN}/{first.name}/versions/1")
    assert fetched(rest, first.name) == 2
    front.stop()
    front.start()
    deadline = time.monotonic() + 60
    while rest.send("GET", "/readyz").status_code != 200:
        assert time.monotonic() < deadline, "the endpoint did not come back"
        time.sleep(0.1)
    check_predictions(rest, first)


def test_two_deployments_at_once_fetch_once(front: Martlet, theirs: MlflowClient) -> None:
    rest = Rest(front.url)
    model = registered(theirs, 3)
    with ThreadPoolExecutor(4) as pool:
        bodies = [{"model_name": model.name, "version": "1", "endpoint": f"{model.name}-{n}"} for n in range(4)]
        list(pool.map(lambda body: Rest(front.url).post(DEPLOY, body), bodies))
    assert fetched(rest, model.name) == 1


def test_a_version_that_was_made_anew_is_refused(front: Martlet, theirs: MlflowClient) -> None:
    rest = Rest(front.url)
    model = registered(theirs, 4)
    rest.post(DEPLOY, {"model_name": model.name, "version": "1"})
    theirs.delete_registered_model(model.name)
    other = registered(theirs, 5, model.name)
    assert other.version == "1"
    status, error = rest.refused("POST", DEPLOY, {"model_name": model.name, "version": "1"})
    assert (status, error["error_code"]) == (409, "RESOURCE_CONFLICT"), error
    assert "another number or name" in error["message"]
    check_predictions(rest, model)
    again = registered(theirs, 5, model.name)
    rest.post(DEPLOY, {"model_name": model.name, "version": again.version})
    check_predictions(rest, again)


def test_files_that_only_clients_reach_are_told(front: Martlet, theirs: MlflowClient) -> None:
    rest = Rest(front.url)
    name = fresh("away")
    theirs.create_registered_model(name)
    run = theirs.create_run("0").info.run_id
    theirs.create_model_version(name, "s3://bucket/model", run_id=run)
    status, error = rest.refused("POST", DEPLOY, {"model_name": name, "version": "1"})
    assert (status, error["error_code"]) == (400, "INVALID_PARAMETER_VALUE"), error
    assert "`martlet import mlflow`" in error["message"] and "--artifact-roots" in error["message"]
    assert rest.refused("GET", f"{OWN}/{name}/versions/1")[0] == 404
    assert rest.refused("POST", DEPLOY, {"model_name": name, "version": "2"})[0] == 404
    assert rest.refused("POST", DEPLOY, {"model_name": name, "alias": "none"})[0] == 404


def test_traffic_is_shared_with_a_version_that_was_not_here(front: Martlet, theirs: MlflowClient) -> None:
    rest = Rest(front.url)
    first = registered(theirs, 6)
    registered(theirs, 7, first.name)
    rest.post(DEPLOY, {"model_name": first.name, "version": "1"})
    shadow = {"policy": "shadow", "variants": [{"version": "2"}]}
    answer = rest.send("PUT", f"/api/v1/mlflow/serving/endpoints/{first.name}/traffic", json=shadow)
    assert answer.status_code == 200, answer.text
    assert fetched(rest, first.name) == 2
