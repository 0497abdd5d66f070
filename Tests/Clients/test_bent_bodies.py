"""Bodies that nobody meant: in every protocol they are answered, or refused as the caller's fault."""

from __future__ import annotations

import json
import os
import random

import grpc
import pytest
from kinds import identity_model, typed_request
from martlet import Martlet
from mlflow.tracking import MlflowClient
from models import Model, column_signature, register, regressor_graph
from rest import JSON, Rest


@pytest.fixture
def model(client: MlflowClient, rest: Rest) -> Model:
    graph = regressor_graph()
    model = register(client, graph, column_signature(graph))
    rest.post("/api/v1/mlflow/serving/deploy", {"model_name": model.name, "version": model.version})
    return model


@pytest.fixture
def identity(client: MlflowClient, rest: Rest) -> str:
    return identity_model(client, rest)


# Another number tries other bodies.
SEED = int(os.environ.get("MARTLET_TEST_SEED", "20261122"))


def bent(chance: random.Random, body: bytes) -> bytes:
    """`body` with some bytes changed, taken out, doubled or cut off."""
    changed = bytearray(body)
    for _ in range(chance.randint(1, 4)):
        if not changed:
            break
        place = chance.randrange(len(changed))
        match chance.randrange(5):
            case 0:
                changed[place] = chance.randrange(256)
            case 1:
                del changed[place : place + chance.randint(1, 20)]
            case 2:
                changed[place:place] = changed[place : place + chance.randint(1, 20)]
            case 3:
                del changed[place:]
            case _:
                changed[place:place] = chance.choice([b"[", b"{", b'"', b"null", b"1e999", b"\x00", b"-"])
    return bytes(changed)


def test_a_request_without_rows_is_refused_and_logged(rest: Rest, model: Model, identity: str) -> None:
    def no_rows(name: str, shape: list[int]) -> JSON:
        return {"name": name, "datatype": "FP32", "shape": shape, "data": []}

    def logged(endpoint: str) -> list[int]:
        return [one["status"] for one in rest.get("/api/v1/predictions", endpoint=endpoint, limit=10)["predictions"]]

    name = model.graph.graph.input[0].name
    for shape in ([0], [0, 0], [0, 1]):
        status, _ = rest.refused("POST", f"/v2/models/{model.name}/infer", {"inputs": [no_rows(name, shape)]})
        assert status == 400, shape
    for shape in ([0], [0, 0], [0, 1], [0, 4]):
        status, _ = rest.refused("POST", f"/v2/models/{identity}/infer", {"inputs": [no_rows("x", shape)]})
        assert status == 400, shape
    headers = {"X-Martlet-Endpoint": model.name}
    status, _ = rest.refused("POST", "/invocations", {"inputs": {}}, headers=headers)
    assert status == 400
    # No rows of the model's own shape are answered with none, of which there is nothing to log.
    answer = rest.post(f"/v2/models/{model.name}/infer", {"inputs": [no_rows(name, [0, 4])]})
    assert [output["data"] for output in answer["outputs"]] == [[]]
    assert logged(model.name) == [400] * 4 and logged(identity) == [400] * 4
    assert rest.send("GET", "/health").status_code == 200


def test_a_character_that_no_database_holds_harms_nobody(rest: Rest, model: Model) -> None:
    odd = {"name": "a\0b", "datatype": "FP32", "shape": [1, 4], "data": [1, 2, 3, 4]}
    status, _ = rest.refused("POST", f"/v2/models/{model.name}/infer", {"inputs": [odd]})
    assert status == 400
    answer = rest.post("/predict", {"model_name": model.name, "inputs": [1, 2, 3, 4]})
    logged = rest.get("/api/v1/predictions", endpoint=model.name, limit=10)["predictions"]
    assert any(str(one["request_id"]).startswith(answer["request_id"]) for one in logged)
    assert any("a␀b" in (one.get("error") or "") for one in logged), logged
    for path in (
        "/api/v1/registry/models/a%00b/versions",
        "/api/v1/registry/models/a%00b/protection",
        "/api/2.0/mlflow/metrics/get-history-bulk-interval?metric_key=m&run_ids=%00",
        "/api/v1/prediction-sets/a%00b",
        "/api/3.0/mlflow/scorers/online-configs?scorer_ids=%00",
    ):
        status, error = rest.refused("GET", path)
        assert status in (400, 404), (path, error)
    for path in ("/api/v1/mlflow/serving/endpoints/a%00b", "/api/3.0/mlflow/datasets/a%00b/tags/a%00b"):
        status, error = rest.refused("DELETE", path)
        assert status in (400, 404), (path, error)


def test_bent_bodies_are_the_callers_fault(rest: Rest, model: Model) -> None:
    chance = random.Random(SEED)
    row = model.rows.iloc[0].to_dict()
    tensor = {"name": model.graph.graph.input[0].name, "datatype": "FP32", "shape": [1, 4], "data": [*row.values()]}
    bodies: list[tuple[str, JSON]] = [
        ("/predict", {"model_name": model.name, "inputs": row}),
        ("/predict/batch", {"model_name": model.name, "inputs": [row, row]}),
        (f"/api/v1/mlflow/serve/{model.name}", {"inputs": row}),
        ("/invocations", {"dataframe_records": [row]}),
        (f"/v2/models/{model.name}/infer", {"inputs": [tensor]}),
    ]
    for _ in range(300):
        path, body = chance.choice(bodies)
        headers = {"X-Martlet-Endpoint": model.name, "Content-Type": "application/json"}
        if chance.random() < 0.3:
            headers["Inference-Header-Content-Length"] = chance.choice(["0", "10", "-1", "1e9", "99999999999", "x"])
        if chance.random() < 0.1:
            headers["Content-Encoding"] = chance.choice(["gzip", "deflate", "br"])
        answer = rest.send("POST", path, data=bent(chance, json.dumps(body).encode()), headers=headers)
        assert answer.status_code == 200 or 400 <= answer.status_code < 500, (SEED, answer.status_code, answer.text)
        assert answer.content, SEED


def test_bent_messages_are_the_callers_fault(server: Martlet, identity: str) -> None:
    chance = random.Random(SEED)
    whole = typed_request(identity).SerializeToString()
    refused = 0
    with grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}") as channel:
        call = channel.unary_unary("/inference.GRPCInferenceService/ModelInfer")
        for _ in range(300):
            try:
                call(bent(chance, whole), timeout=20)
            except grpc.RpcError as error:
                refused += 1
                wanted = (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND)
                assert error.code() in wanted, (SEED, error.code(), error.details())
                assert error.details()
        assert refused > 100
        with pytest.raises(grpc.RpcError) as nothing:
            channel.unary_unary("/inference.GRPCInferenceService/Nothing")(b"", timeout=20)
        assert nothing.value.code() == grpc.StatusCode.UNIMPLEMENTED
