"""Serving: five protocols, one model, the numbers of ONNX Runtime in Python."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from mlflow.tracking import MlflowClient
from models import (
    COLUMNS,
    Model,
    classifier_graph,
    column_signature,
    register,
    regressor_graph,
    tensor_signature,
    typed_graph,
    typed_signature,
)
from rest import JSON, Rest

ENDPOINTS = "/api/v1/mlflow/serving/endpoints"
DEPLOY = "/api/v1/mlflow/serving/deploy"
TOLERANCE = 1e-6


@pytest.fixture
def regressor(client: MlflowClient, rest: Rest) -> Model:
    graph = regressor_graph()
    return deployed(rest, register(client, graph, column_signature(graph)))


@pytest.fixture
def classifier(client: MlflowClient, rest: Rest) -> Model:
    graph = classifier_graph(zipmap=False)
    return deployed(rest, register(client, graph, column_signature(graph)))


def deployed(rest: Rest, model: Model) -> Model:
    endpoint = rest.post(DEPLOY, {"model_name": model.name, "version": model.version})
    assert endpoint["state"] == "ready", endpoint
    return model


def numbers(value: Any) -> np.ndarray:
    """All numbers of an answer, whatever its nesting."""
    if isinstance(value, dict):
        return np.concatenate([numbers(inner) for inner in value.values()])
    return np.asarray(value, dtype="float64").ravel()


def record(model: Model, index: int) -> dict[str, float]:
    return model.rows.iloc[index].to_dict()


def ask_predict(rest: Rest, model: Model) -> list[Any]:
    bodies = [{"model_name": model.name, "inputs": record(model, index)} for index in range(len(model.rows))]
    return [rest.post("/predict", body)["prediction"] for body in bodies]


def ask_batch(rest: Rest, model: Model) -> list[Any]:
    records = [record(model, index) for index in range(len(model.rows))]
    return rest.post("/predict/batch", {"model_name": model.name, "inputs": records})["predictions"]


def ask_serve(rest: Rest, model: Model) -> list[Any]:
    path = f"/api/v1/mlflow/serve/{model.name}"
    return [rest.post(path, {"inputs": record(model, i)})["prediction"] for i in range(len(model.rows))]


def ask_invocations(rest: Rest, model: Model) -> list[Any]:
    body = {"dataframe_split": {"columns": COLUMNS, "data": model.rows.to_numpy().tolist()}}
    answer = rest.post("/invocations", body, headers={"X-Martlet-Endpoint": model.name})["predictions"]
    if isinstance(answer, dict):
        return [{name: values[index] for name, values in answer.items()} for index in range(len(model.rows))]
    return list(answer)


def ask_infer(rest: Rest, model: Model) -> list[Any]:
    answer = infer(rest, model)
    outputs = {out["name"]: np.reshape(np.array(out["data"], object), out["shape"]) for out in answer["outputs"]}
    return [{name: values[index] for name, values in outputs.items()} for index in range(len(model.rows))]


def tensor(model: Model, **changes: Any) -> JSON:
    values = model.rows.to_numpy("float32")
    name = model.graph.graph.input[0].name
    whole = {"name": name, "datatype": "FP32", "shape": list(values.shape), "data": values.ravel().tolist()}
    return whole | changes


def infer(rest: Rest, model: Model, **extra: Any) -> JSON:
    return rest.post(f"/v2/models/{model.name}/infer", {"inputs": [tensor(model)], **extra})


PROTOCOLS: list[Callable[[Rest, Model], list[Any]]] = [
    ask_predict,
    ask_batch,
    ask_serve,
    ask_invocations,
    ask_infer,
]


@pytest.mark.parametrize("ask", PROTOCOLS)
def test_a_regressor_answers_as_in_python(
    rest: Rest, regressor: Model, ask: Callable[[Rest, Model], list[Any]]
) -> None:
    answers = [numbers(answer) for answer in ask(rest, regressor)]
    (truth,) = regressor.truth().values()
    assert np.abs(np.concatenate(answers) - truth.ravel()).max() <= TOLERANCE


@pytest.mark.parametrize("ask", PROTOCOLS)
def test_a_classifier_answers_as_in_python(
    rest: Rest, classifier: Model, ask: Callable[[Rest, Model], list[Any]]
) -> None:
    answers, truth = ask(rest, classifier), classifier.truth()
    assert set(answers[0]) == set(truth)
    label, chances = truth
    assert [str(np.ravel(answer[label])[0]) for answer in answers] == list(truth[label])
    for answer, expected in zip(answers, truth[chances], strict=True):
        assert np.abs(numbers(answer[chances]) - expected).max() <= TOLERANCE


def test_maps_by_class_come_as_objects(client: MlflowClient, rest: Rest) -> None:
    graph = classifier_graph(zipmap=True)
    model = deployed(rest, register(client, graph, column_signature(graph)))
    _, chances = model.truth()
    for answer, expected in zip(ask_predict(rest, model), model.truth()[chances], strict=True):
        given = answer[chances]
        given = given[0] if isinstance(given, list) else given
        assert set(given) == set(expected) == {"bird", "cat", "dog"}
        assert all(abs(given[name] - expected[name]) <= TOLERANCE for name in expected)


def test_every_element_type_goes_through(client: MlflowClient, rest: Rest) -> None:
    model = deployed(rest, register(client, typed_graph(), typed_signature()))
    row = {"real": 0.5, "fine": 1 / 3, "whole": 2**53 + 1, "yes": True, "word": "größe 雨"}
    answer = rest.post("/predict", {"model_name": model.name, "inputs": row})["prediction"]
    assert {name: np.ravel(answer[f"{name}_out"]).tolist()[0] for name in row} == row


def test_a_model_with_a_tensor_signature_is_served(client: MlflowClient, rest: Rest) -> None:
    graph = regressor_graph()
    model = deployed(rest, register(client, graph, tensor_signature(graph)))
    (truth,) = model.truth().values()
    body = {"inputs": model.rows.to_numpy("float32").tolist()}
    answer = rest.post("/invocations", body, headers={"X-Martlet-Endpoint": model.name})["predictions"]
    assert np.abs(numbers(answer) - truth.ravel()).max() <= TOLERANCE
    one = rest.post("/predict", {"model_name": model.name, "inputs": model.rows.to_numpy().tolist()[0]})
    assert abs(numbers(one["prediction"])[0] - truth.ravel()[0]) <= TOLERANCE


def test_an_endpoint_says_what_it_is(rest: Rest, client: MlflowClient) -> None:
    graph = regressor_graph()
    model = register(client, graph, column_signature(graph))
    response = rest.send("POST", DEPLOY, json={"model_name": model.name, "version": int(model.version)})
    assert response.status_code == 201
    endpoint = response.json()
    assert (endpoint["name"], endpoint["model_name"], endpoint["model_version"]) == (model.name, model.name, "1")
    assert endpoint["runtime"] == "onnx"
    assert endpoint["digest"].startswith("sha256:")
    (taken,) = endpoint["inputs"]
    assert (taken["datatype"], taken["shape"]) == ("FP32", [-1, len(COLUMNS)])
    assert rest.get(f"{ENDPOINTS}/{model.name}")["digest"] == endpoint["digest"]
    assert model.name in {found["name"] for found in rest.get(ENDPOINTS)["endpoints"]}
    ask_predict(rest, model)
    after = rest.get(f"{ENDPOINTS}/{model.name}")
    assert after["requests_total"] == len(model.rows)
    assert 0 < after["latency_ms_p50"] <= after["latency_ms_p99"]


def test_a_version_is_found_by_stage_and_by_alias(rest: Rest, client: MlflowClient) -> None:
    graph = regressor_graph()
    model = register(client, graph, column_signature(graph))
    client.transition_model_version_stage(model.name, "1", "Production")
    client.set_registered_model_alias(model.name, "champion", "1")
    by_stage = rest.post(DEPLOY, {"model_name": model.name, "stage": "Production", "endpoint": f"{model.name}-s"})
    by_alias = rest.post(DEPLOY, {"model_name": model.name, "alias": "champion", "endpoint": f"{model.name}-a"})
    assert (by_stage["name"], by_stage["model_version"]) == (f"{model.name}-s", "1")
    assert (by_alias["name"], by_alias["model_version"]) == (f"{model.name}-a", "1")


def test_an_endpoint_changes_its_version_in_place_and_ends(rest: Rest, client: MlflowClient) -> None:
    first_graph, second_graph = regressor_graph(), regressor_graph(seed=3)
    first = deployed(rest, register(client, first_graph, column_signature(first_graph)))
    before = numbers(ask_predict(rest, first)[0])
    second = deployed(rest, register(client, second_graph, column_signature(second_graph), name=first.name))
    assert rest.get(f"{ENDPOINTS}/{first.name}")["model_version"] == "2"
    (truth,) = second.truth().values()
    assert abs(numbers(ask_predict(rest, second)[0])[0] - truth.ravel()[0]) <= TOLERANCE
    assert abs(before[0] - truth.ravel()[0]) > TOLERANCE
    assert rest.send("DELETE", f"{ENDPOINTS}/{first.name}").json() == {}
    body = {"model_name": first.name, "inputs": record(first, 0)}
    assert rest.refused("POST", "/predict", body)[0] == 404


def test_a_version_may_be_named_in_the_question(rest: Rest, regressor: Model) -> None:
    for version in ("1", 1):
        body = {"model_name": regressor.name, "model_version": version, "inputs": record(regressor, 0)}
        answer = rest.post("/predict", body)
        assert (answer["model_name"], answer["model_version"]) == (regressor.name, "1")
        assert answer["request_id"]
        assert answer["latency_ms"] > 0
    status, _ = rest.refused("POST", "/predict", {**body, "model_version": "77"})
    assert status == 404


def test_a_semantic_version_is_deployed_and_asked_for(rest: Rest, client: MlflowClient) -> None:
    graph = regressor_graph()
    model = register(client, graph, column_signature(graph))
    place = f"/api/v1/registry/models/{model.name}/versions/1"
    assert rest.send("PATCH", place, json={"semantic_version": "1.4.0"}).ok
    named = {"model_name": model.name, "endpoint": f"{model.name}-blue"}
    assert rest.post(DEPLOY, {**named, "version": "1.4.0"})["model_version"] == "1"
    status, error = rest.refused("POST", DEPLOY, {**named, "version": "9.9.9"})
    assert (status, error["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert "version=9.9.9" in error["message"]
    rows = [record(model, index) for index in range(2)]
    for name in (model.name, f"{model.name}-blue"):
        body = {"model_name": name, "model_version": "1.4.0", "inputs": rows[0]}
        plain = numbers(rest.post("/predict", {**body, "model_version": 1})["prediction"])
        answer = rest.post("/predict", body)
        assert answer["model_version"] == "1"
        for prediction in (
            answer["prediction"],
            rest.post(f"/api/v1/mlflow/serve/{name}", body)["prediction"],
            rest.post("/predict/batch", {**body, "inputs": rows})["predictions"][0],
        ):
            assert np.abs(numbers(prediction) - plain).max() <= TOLERANCE
        for path, inputs in (("/predict", rows[0]), ("/predict/batch", rows)):
            refused = {**body, "model_version": "9.9.9", "inputs": inputs}
            status, error = rest.refused("POST", path, refused)
            assert (status, error["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")


def test_a_row_may_be_a_list_in_the_order_of_the_signature(rest: Rest, regressor: Model) -> None:
    (truth,) = regressor.truth().values()
    body = {"model_name": regressor.name, "inputs": regressor.rows.to_numpy().tolist()[0]}
    assert abs(numbers(rest.post("/predict", body)["prediction"])[0] - truth.ravel()[0]) <= TOLERANCE


@pytest.mark.parametrize("form", ["dataframe_records", "inputs", "instances"])
def test_invocations_takes_all_of_mlflows_forms(rest: Rest, regressor: Model, form: str) -> None:
    rows = regressor.rows
    body = {
        "dataframe_records": rows.to_dict("records"),
        "inputs": {name: rows[name].tolist() for name in COLUMNS},
        "instances": rows.to_dict("records"),
    }[form]
    (truth,) = regressor.truth().values()
    answer = rest.post("/invocations", {form: body}, headers={"X-Martlet-Endpoint": regressor.name})
    assert np.abs(numbers(answer["predictions"]) - truth.ravel()).max() <= TOLERANCE


def test_open_inference_describes_the_model(rest: Rest, regressor: Model) -> None:
    for path in ("/v2/health/live", "/v2/health/ready", f"/v2/models/{regressor.name}/ready"):
        assert rest.send("GET", path).status_code == 200
    assert {"name", "version", "extensions"} <= set(rest.get("/v2"))
    described = rest.get(f"/v2/models/{regressor.name}")
    assert described["name"] == regressor.name
    assert described["inputs"][0]["datatype"] == "FP32"
    answer = infer(rest, regressor, id="question-7")
    assert (answer["id"], answer["model_name"]) == ("question-7", regressor.name)
    nested = tensor(regressor, data=regressor.rows.to_numpy("float32").tolist())
    assert rest.post(f"/v2/models/{regressor.name}/infer", {"inputs": [nested]})["outputs"] == answer["outputs"]


def test_predictions_are_logged(rest: Rest, regressor: Model) -> None:
    body = {"model_name": regressor.name, "inputs": record(regressor, 3)}
    answer = rest.post("/predict", body)
    found = logged(rest, regressor, 1)[0]
    assert found["request_id"] == answer["request_id"]
    assert (found["model_name"], found["model_version"]) == (regressor.name, "1")
    assert found["features"] == pytest.approx(record(regressor, 3), abs=TOLERANCE)
    assert numbers(found["prediction"]) == pytest.approx(numbers(answer["prediction"]), abs=TOLERANCE)
    assert found["ground_truth"] is None


def test_a_series_counts_what_was_logged(rest: Rest, regressor: Model) -> None:
    began = int(time.time() * 1000) - 1
    for index in range(4):
        rest.post("/predict", {"model_name": regressor.name, "inputs": record(regressor, index)})
    rest.refused("POST", "/predict", {"model_name": regressor.name, "inputs": {}})
    path = "/api/v1/predictions/series"
    series = rest.get(path, endpoint=regressor.name, start_time=began)
    assert (series["endpoint"], series["is_cut"]) == (regressor.name, False)
    assert series["span_ms"] in (100, 200, 500)
    assert series["start_time"] <= began < series["end_time"]
    points = series["points"]
    assert {each["variant"] for each in points} == {"v1"}
    # The first span may have begun before, with predictions of other tests.
    assert sum(each["predictions"] for each in points) >= 4
    assert sum(each["errors"] for each in points) >= 1
    for each in points:
        if each["predictions"]:
            assert 0 < each["latency_ms_p50"] <= each["latency_ms_p99"]
    day = rest.get(path, endpoint=regressor.name, start_time=began - 86_400_000, end_time=began + 1000)
    assert day["span_ms"] == 900_000
    assert rest.get(path, endpoint="nobody", start_time=0)["points"] == []
    assert "start_time" in rest.refused("GET", path, params={"endpoint": regressor.name})[1]["message"]
    late = {"endpoint": regressor.name, "start_time": began, "end_time": began}
    assert rest.refused("GET", path, params=late)[0] == 400


def logged(rest: Rest, model: Model, count: int) -> list[JSON]:
    """The logged predictions of an endpoint, once `count` are there; they are written a moment after the answer."""
    deadline = time.monotonic() + 5
    while True:
        listed = rest.get("/api/v1/predictions", endpoint=model.name)["predictions"]
        found = [each for each in listed if each["prediction"] is not None]
        if len(found) >= count:
            return found
        assert time.monotonic() < deadline, f"{len(found)} of {count} predictions were logged"
        time.sleep(0.05)


@pytest.mark.parametrize("path", ["/predict", "/predict/batch", "/invocations", "/v2/models/{}/infer"])
def test_the_short_way_and_the_long_way_answer_alike(rest: Rest, regressor: Model, path: str) -> None:
    """A path with a query goes through the router; without one it need not."""
    rows = [record(regressor, index) for index in range(2)]
    right: JSON = {
        "/predict": {"model_name": regressor.name, "inputs": rows[0]},
        "/predict/batch": {"model_name": regressor.name, "inputs": rows},
        "/invocations": {"dataframe_records": rows},
    }.get(path, {"inputs": [tensor(regressor)]})
    address = path.format(regressor.name)
    headers = {"X-Martlet-Endpoint": regressor.name} if path == "/invocations" else {}
    wrong: list[Any] = [{}, [], {**right, "model_name": "nobody"}, {"inputs": "x", "model_name": regressor.name}]
    for body in [right, *wrong]:
        short = rest.send("POST", address, json=body, headers=headers)
        long = rest.send("POST", address + "?way=long", json=body, headers=headers)
        assert short.status_code == long.status_code, (body, short.text, long.text)
        assert short.headers["content-type"] == long.headers["content-type"]
        assert short.headers["x-content-type-options"] == "nosniff"
        answers = [answer.json() for answer in (short, long)]
        for answer in answers:
            for changing in ("request_id", "request_ids", "latency_ms"):
                answer.pop(changing, None)
        assert answers[0] == answers[1], body
    foreign = {"Host": "evil.example", **headers}
    assert rest.send("POST", address, json=right, headers=foreign).status_code == 403
    assert rest.send("POST", address, json=right, headers={"Origin": "http://evil.example"}).status_code == 403
