"""The names under which predictions are logged: who asks is told them, and joins what turns out to be true by them."""

from __future__ import annotations

import grpc
import numpy as np
import pytest
import tritonclient.grpc
from martlet import Martlet
from mlflow.tracking import MlflowClient
from models import COLUMNS, Model, classifier_graph, column_signature, register
from rest import Rest
from test_serving import deployed


@pytest.fixture
def model(client: MlflowClient, rest: Rest) -> Model:
    graph = classifier_graph(zipmap=False)
    return deployed(rest, register(client, graph, column_signature(graph)))


@pytest.mark.parametrize("count", [1, 3, 101])
def test_what_is_logged_is_named_in_a_header(server: Martlet, model: Model, rest: Rest, count: int) -> None:
    values = np.resize(model.rows.to_numpy("float32"), (count, len(COLUMNS)))
    tensor = {"name": model.graph.graph.input[0].name, "datatype": "FP32", "shape": [count, len(COLUMNS)]}
    records = [dict(zip(COLUMNS, row)) for row in values.tolist()]
    asked = [
        (f"/v2/models/{model.name}/infer", {"inputs": [tensor | {"data": values.ravel().tolist()}]}, {}),
        ("/invocations", {"dataframe_records": records}, {"X-Martlet-Endpoint": model.name}),
    ]
    for path, body, headers in asked:
        for address in (path, path + "?by=the-router"):
            answer = rest.send("POST", address, json=body, headers=headers)
            assert answer.ok
            assert ("X-Request-Id" in answer.headers) == (count <= 100)
            if count > 100:
                continue
            names = answer.headers["X-Request-Id"].split(",")
            assert len(names) == count
            told = rest.post(
                "/api/v1/feedback", {"feedback": [{"request_id": name, "ground_truth": 1} for name in names]}
            )
            assert told.get("unknown", []) == []
            for name in names:
                (found,) = rest.get("/api/v1/predictions", request_id=name)["predictions"]
                assert (found["endpoint"], found["ground_truth"]) == (model.name, 1)
    late = rest.get("/api/v1/predictions", endpoint=model.name, start_time=2_000_000_000_000)
    assert late["predictions"] == []
    soon = rest.get("/api/v1/predictions", endpoint=model.name, end_time=2_000_000_000_000, model_version=1, limit=1000)
    assert len(soon["predictions"]) == 4 * count


@pytest.mark.parametrize("count", [1, 3, 101])
def test_what_is_logged_is_named_over_grpc(server: Martlet, model: Model, rest: Rest, count: int) -> None:
    channel = grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}")
    service = tritonclient.grpc.service_pb2_grpc.GRPCInferenceServiceStub(channel)
    values = np.resize(model.rows.to_numpy("float32"), (count, len(COLUMNS)))
    request = tritonclient.grpc.service_pb2.ModelInferRequest(model_name=model.name, id="mine")
    tensor = request.inputs.add(name=model.graph.graph.input[0].name, datatype="FP32", shape=values.shape)
    tensor.contents.fp32_contents.extend(values.ravel().tolist())
    with channel:
        answer, call = service.ModelInfer.with_call(request)
        told = [dict(call.initial_metadata()).get("x-request-id")]
        for each in service.ModelStreamInfer(iter([request, request])):
            named = each.infer_response.parameters.get("x-request-id")
            told.append(named and named.string_param)
    assert answer.id == "mine"
    assert (told == [None] * 3) == (count > 100)
    names = [name for text in told if text for name in text.split(",")]
    assert len(names) == len(set(names)) == (0 if count > 100 else 3 * count)
    for name in names:
        told_of = rest.post("/api/v1/feedback", {"feedback": [{"request_id": name, "ground_truth": 1}]})
        assert told_of.get("unknown", []) == []
        (found,) = rest.get("/api/v1/predictions", request_id=name)["predictions"]
        assert (found["endpoint"], found["ground_truth"]) == (model.name, 1)
