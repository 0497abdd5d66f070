"""MLflow's clients of its own scoring server, pointed at ours."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import mlflow
import numpy as np
import pytest
import requests
from martlet import Martlet
from mlflow.deployments import get_deploy_client
from mlflow.pyfunc.scoring_server.client import ScoringServerClient
from mlflow.tracking import MlflowClient
from models import COLUMNS, Model, column_signature, register, regressor_graph
from rest import Rest

DEPLOY = "/api/v1/mlflow/serving/deploy"
TOLERANCE = 1e-5


@pytest.fixture
def own(launch: Callable[..., Martlet]) -> Iterator[Martlet]:
    """A server whose endpoints are those of one test."""
    server = launch().start()
    mlflow.set_tracking_uri(server.url)
    mlflow.set_registry_uri(server.url)
    yield server
    assert server.stop() == 0


def deployed(server: Martlet, seed: int) -> Model:
    graph = regressor_graph(seed)
    model = register(MlflowClient(server.url), graph, column_signature(graph))
    Rest(server.url).post(DEPLOY, {"model_name": model.name, "version": model.version})
    return model


def distance(answer: dict[str, dict[str, list[float]]], model: Model) -> float:
    """How far the answer is from what ONNX Runtime says in Python, at most."""
    (truth,) = model.truth().values()
    (values,) = answer["predictions"].values()
    return float(np.abs(np.ravel(values) - truth.ravel()).max())


def test_the_scoring_client_asks_the_only_endpoint(own: Martlet) -> None:
    model = deployed(own, 5)
    client = ScoringServerClient("127.0.0.1", own.port)
    client.wait_server_ready()
    assert client.get_version() == requests.get(f"{own.url}/version", timeout=10).text != ""
    columns = {name: model.rows[name].tolist() for name in COLUMNS}
    shuffled = model.rows[COLUMNS[::-1]].assign(unknown="word")
    # Of a dict MLflow's client takes the keys for pairs; JSON it sends as it is.
    for given in (model.rows, shuffled, model.rows.to_numpy(), model.rows.to_numpy().tolist()):
        assert distance(client.invoke(given), model) <= TOLERANCE
    for kind, given in (("inputs", columns), ("dataframe_records", model.rows.to_dict("records"))):
        assert distance(client.invoke(json.dumps({kind: given})), model) <= TOLERANCE
    assert distance(client.invoke(model.rows, params={"unknown": 1}), model) <= TOLERANCE
    frame = client.invoke(model.rows).get_predictions()
    assert len(frame) == len(model.rows)
    with pytest.raises(Exception, match=r"error code 400.*age.*is missing"):
        client.invoke(model.rows.drop(columns="age"))


def test_of_several_endpoints_each_is_asked_by_its_path(own: Martlet) -> None:
    models = [deployed(own, seed) for seed in (5, 7)]
    with pytest.raises(Exception, match=r"error code 400.*Which endpoint is meant"):
        ScoringServerClient("127.0.0.1", own.port).invoke(models[0].rows)
    client = get_deploy_client(own.url)
    for model, other in zip(models, models[::-1]):
        answer = client.predict(
            endpoint=model.name, inputs={"dataframe_split": model.rows.to_dict("split", index=False)}
        )
        assert distance(answer, model) <= TOLERANCE < distance(answer, other)
        path = f"{own.url}/endpoints/{model.name}/invocations"
        # The path says which one, though a header says otherwise; with a query the router answers.
        headers = {"Content-Type": "text/csv", "X-Martlet-Endpoint": other.name}
        for address in (path, path + "?by=the-router"):
            answer = requests.post(address, data=model.rows.to_csv(index=False), headers=headers, timeout=10)
            assert distance(answer.json(), model) <= TOLERANCE
    with pytest.raises(requests.HTTPError, match="nobody"):
        client.predict(endpoint="nobody", inputs={"inputs": []})
