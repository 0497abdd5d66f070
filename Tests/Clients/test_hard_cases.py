"""What must be refused: with the status and the JSON that the protocol's clients understand, and without a trace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import pytest
from martlet import Martlet
from mlflow.tracking import MlflowClient
from models import COLUMNS, Model, by_files, column_signature, register, regressor_graph
from rest import MLFLOW, Rest, fresh
from test_serving import DEPLOY, ENDPOINTS, deployed, logged, record, tensor

HUGE_BYTES = 100_000_000


@pytest.fixture
def model(client: MlflowClient, rest: Rest) -> Model:
    graph = regressor_graph()
    return deployed(rest, register(client, graph, column_signature(graph)))


def refused_deploy(rest: Rest, body: dict[str, Any]) -> tuple[int, dict[str, str]]:
    """Asks for a deployment that must fail, and sees that no endpoint came or changed."""

    def endpoints() -> list[tuple[str, str, str]]:
        found = rest.get(ENDPOINTS).get("endpoints", [])
        return sorted((each["name"], each["model_version"], each["state"]) for each in found)

    before = endpoints()
    status, error = rest.refused("POST", DEPLOY, body)
    assert set(error) >= {"error_code", "message"}
    assert endpoints() == before
    return status, error


@pytest.mark.parametrize("content", [b"this is no model", b"", b"\x08\x07" * 500], ids=["text", "empty", "noise"])
def test_a_file_that_is_not_onnx_is_not_deployed(client: MlflowClient, rest: Rest, content: bytes) -> None:
    name, version = by_files(client, content)
    status, error = refused_deploy(rest, {"model_name": name, "version": version})
    assert (status, error["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_what_is_not_registered_is_not_deployed(rest: Rest, client: MlflowClient, model: Model) -> None:
    assert refused_deploy(rest, {"model_name": fresh("nowhere"), "version": "1"})[0] == 404
    assert refused_deploy(rest, {"model_name": model.name, "version": "99"})[0] == 404
    status, error = refused_deploy(rest, {"model_name": model.name, "stage": "Prod"})
    assert (status, error["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert refused_deploy(rest, {"model_name": model.name, "stage": "Staging"})[0] == 404
    assert refused_deploy(rest, {"model_name": model.name, "alias": "nobody"})[0] in (400, 404)
    assert refused_deploy(rest, {"model_name": model.name})[0] == 400
    client.delete_registered_model(name := register(client, model.graph, column_signature(model.graph)).name)
    assert refused_deploy(rest, {"model_name": name, "version": "1"})[0] == 404


def test_what_the_server_does_not_hold_is_not_deployed(rest: Rest, client: MlflowClient) -> None:
    name = fresh("elsewhere")
    client.create_registered_model(name)
    client.create_model_version(name, "s3://bucket/model")
    status, _ = refused_deploy(rest, {"model_name": name, "version": "1"})
    assert 400 <= status < 500


def test_a_file_changed_after_it_was_registered_is_not_deployed(
    server: Martlet, rest: Rest, client: MlflowClient
) -> None:
    name, version = by_files(client, regressor_graph().SerializeToString())
    source = client.get_model_version(name, version).source.removeprefix("mlflow-artifacts:/")
    other = regressor_graph(seed=2).SerializeToString()
    (server.folder / "data/artifacts" / source / "model.onnx").write_bytes(other)
    status, error = refused_deploy(rest, {"model_name": name, "version": version})
    assert (status, error["error_code"]) == (409, "RESOURCE_CONFLICT"), error


def test_the_files_of_a_served_version_stay(rest: Rest, client: MlflowClient, model: Model) -> None:
    source = client.get_model_version(model.name, model.version).source
    if source.startswith("models:/"):
        source = client.get_logged_model(source.removeprefix("models:/")).artifact_location
    path = f"/api/2.0/mlflow-artifacts/artifacts{source.removeprefix('mlflow-artifacts:')}"
    file = f"{path}/model.onnx"
    content = rest.send("GET", file).content
    for method, at, data in (
        ("DELETE", file, None),
        ("DELETE", path, None),
        ("DELETE", path.rpartition("/")[0], None),
        ("PUT", file, b"other"),
        ("PUT", f"{path}/MLmodel", b"flavors: {}"),
    ):
        status, error = rest.refused(method, at, data=data)
        assert (status, error["error_code"]) == (409, "RESOURCE_CONFLICT"), error
        assert f"(name={model.name}, version={model.version})" in error["message"]
        assert f"endpoint '{model.name}'" in error["message"]
    assert rest.send("PUT", file, data=content).status_code == 200
    assert rest.send("GET", file).content == content
    deployed(rest, model)
    assert rest.send("DELETE", f"{ENDPOINTS}/{model.name}").ok
    client.delete_model_version(model.name, model.version)
    assert rest.send("DELETE", path).status_code == 200
    assert rest.send("GET", file).status_code == 404


QUESTIONS: dict[str, Callable[[Model], Any]] = {
    "a column that is unknown": lambda model: {"depth": 1.0, **record(model, 0)} | {"length": None},
    "a column that is missing": lambda model: {name: 1.0 for name in COLUMNS[1:]},
    "a column that holds text": lambda model: record(model, 0) | {"age": "old"},
    "a column that holds a list": lambda model: record(model, 0) | {"age": [1, 2]},
    "too few values": lambda model: [1.0, 2.0],
    "too many values": lambda model: [1.0] * 5,
    "a number": lambda model: 7,
    "nothing": lambda model: None,
}


@pytest.mark.parametrize("case", QUESTIONS)
@pytest.mark.parametrize("path", ["/predict", "/api/v1/mlflow/serve/{}"])
def test_a_question_that_does_not_fit_is_refused(rest: Rest, model: Model, case: str, path: str) -> None:
    body = {"model_name": model.name, "inputs": QUESTIONS[case](model)}
    status, error = rest.refused("POST", path.format(model.name), body)
    assert (status, error["error_code"]) == (400, "INVALID_PARAMETER_VALUE"), error


def test_one_bad_row_refuses_the_whole_batch(rest: Rest, model: Model) -> None:
    rows = [record(model, 0), {"length": 1.0}]
    status, error = rest.refused("POST", "/predict/batch", {"model_name": model.name, "inputs": rows})
    assert (status, error["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    # The failure may be on record, but no row was predicted.
    found = rest.get("/api/v1/predictions", endpoint=model.name).get("predictions", [])
    assert [each["prediction"] for each in found if each["prediction"] is not None] == []


@pytest.mark.parametrize(
    "body",
    [
        {"dataframe_split": {"columns": COLUMNS[1:], "data": [[1, 2, 3]]}},
        {"dataframe_split": {"columns": COLUMNS, "data": [["a", 2, 3, 4]]}},
        {"dataframe_records": [{"length": 1}], "instances": []},
        {},
    ],
    ids=["missing column", "text for a number", "two forms", "no form"],
)
def test_invocations_refuses_as_mlflow_does(rest: Rest, model: Model, body: dict[str, Any]) -> None:
    headers = {"X-Martlet-Endpoint": model.name}
    status, error = rest.refused("POST", "/invocations", body, headers=headers)
    assert status == 400
    assert error["error_code"] in ("BAD_REQUEST", "INVALID_PARAMETER_VALUE")


OPEN_INFERENCE: dict[str, dict[str, Any]] = {
    "unknown input": {"name": "nobody"},
    "wrong rank": {"shape": [4]},
    "wrong columns": {"shape": [1, 3], "data": [1, 2, 3]},
    "data and shape differ": {"shape": [9, 4]},
    "wrong datatype": {"datatype": "INT64", "shape": [1, 4], "data": [1, 2, 3, 4]},
    "unknown datatype": {"datatype": "FP31"},
    "text for numbers": {"shape": [1, 4], "data": ["a", "b", "c", "d"]},
    "negative shape": {"shape": [-1, 4]},
    "huge shape": {"shape": [2**62, 4]},
}


@pytest.mark.parametrize("case", OPEN_INFERENCE)
def test_open_inference_refuses_what_does_not_fit(rest: Rest, model: Model, case: str) -> None:
    body = {"inputs": [tensor(model, **OPEN_INFERENCE[case])]}
    status, error = rest.refused("POST", f"/v2/models/{model.name}/infer", body)
    assert status == 400
    assert set(error) == {"error"}


def test_a_tensor_that_does_not_fit_harms_neither_the_log_nor_the_server(rest: Rest, model: Model) -> None:
    body = {"inputs": [tensor(model, shape=[1, 3], data=[1, 2, 3])]}
    assert rest.refused("POST", f"/v2/models/{model.name}/infer", body)[0] == 400
    answer = rest.post("/predict", {"model_name": model.name, "inputs": record(model, 0)})
    found = logged(rest, model, 1)
    assert answer["request_id"] in {each["request_id"] for each in found}


def test_open_inference_does_not_know_other_models(rest: Rest, model: Model) -> None:
    name = fresh("nowhere")
    for method, path in (("POST", f"/v2/models/{name}/infer"), ("GET", f"/v2/models/{name}")):
        status, error = rest.refused(method, path, {"inputs": [tensor(model)]} if method == "POST" else None)
        assert (status, set(error)) == (404, {"error"})
    assert rest.send("GET", f"/v2/models/{name}/ready").status_code == 400


@pytest.mark.parametrize("text", ["{", "", '{"inputs": [1,]}', '{"inputs": NaN}', "\xff\xfe", "[" * 100_000])
@pytest.mark.parametrize("path", ["/predict", "/predict/batch", "/invocations", DEPLOY, "/v2/models/{}/infer"])
def test_a_body_that_is_not_json_is_refused(rest: Rest, model: Model, path: str, text: str) -> None:
    headers = {"Content-Type": "application/json", "X-Martlet-Endpoint": model.name}
    response = rest.send("POST", path.format(model.name), data=text.encode("latin-1"), headers=headers)
    assert response.status_code == 400, response.text
    assert set(response.json()) & {"error_code", "error"}


def test_a_not_a_number_is_refused_where_a_number_is_asked(rest: Rest, model: Model) -> None:
    values = ", ".join(f'"{name}": 1' for name in COLUMNS[1:])
    text = f'{{"model_name": "{model.name}", "inputs": {{"length": NaN, {values}}}}}'
    response = rest.send("POST", "/predict", data=text, headers={"Content-Type": "application/json"})
    assert (response.status_code, response.json()["error_code"] != "") == (400, True)
    run = rest.run()
    text = f'{{"run_id": "{run}", "key": "m", "value": NaN, "timestamp": 1, "step": 0}}'
    response = rest.send("POST", f"{MLFLOW}/runs/log-metric", data=text, headers={"Content-Type": "application/json"})
    assert response.status_code in (200, 400)
    if response.status_code == 400:
        assert rest.history(run, "m") == []
    else:
        assert np.isnan(float(rest.history(run, "m")[0]["value"]))


@pytest.mark.parametrize(
    "path", ["/predict", "/invocations", "/v2/models/{}/infer", f"{MLFLOW}/runs/log-batch", DEPLOY]
)
def test_a_body_of_100_megabytes_is_refused_early(rest: Rest, model: Model, path: str) -> None:
    body = b'{"inputs": "' + b"x" * HUGE_BYTES + b'"}'
    headers = {"Content-Type": "application/json", "X-Martlet-Endpoint": model.name}
    response = rest.send("POST", path.format(model.name), data=body, headers=headers)
    assert response.status_code == 413
    assert set(response.json()) & {"error_code", "error"}
    assert rest.send("GET", "/health").status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "missing"),
    [
        ("experiments/create", {}, "name"),
        ("runs/log-metric", {"run_id": "x", "key": "m", "value": 1}, "timestamp"),
        ("runs/log-parameter", {"run_id": "x"}, "key"),
        ("model-versions/create", {"name": "x"}, "source"),
    ],
)
def test_a_missing_field_is_named(rest: Rest, path: str, body: dict[str, Any], missing: str) -> None:
    status, error = rest.refused("POST", f"{MLFLOW}/{path}", body)
    assert (status, error["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert f"Missing value for required parameter '{missing}'" in error["message"]


def test_unknown_paths_and_methods_are_refused_without_harm(rest: Rest) -> None:
    assert rest.send("GET", f"{MLFLOW}/nothing/here").status_code == 404
    assert rest.send("GET", f"{MLFLOW}/runs/log-metric").status_code in (404, 405)
    assert rest.send("POST", "/api/v1/nothing").status_code == 404


def test_a_graph_that_needs_what_is_not_there_is_not_deployed(client: MlflowClient, rest: Rest) -> None:
    graph = regressor_graph()
    graph.graph.node[0].op_type = "NoSuchOperator"
    name, version = by_files(client, onnx.ModelProto.SerializeToString(graph))
    status, error = refused_deploy(rest, {"model_name": name, "version": version})
    assert status == 400
    assert "NoSuchOperator" in error["message"]
