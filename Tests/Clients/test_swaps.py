"""An endpoint that changes its version a hundred times under load: every answer is whole, and of one version."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from mlflow.tracking import MlflowClient
from models import Model, column_signature, register, regressor_graph
from rest import JSON, Rest
from test_serving import DEPLOY

SWAPS = 100
ASKERS = 3


@pytest.fixture
def versions(client: MlflowClient) -> dict[str, Model]:
    """Two versions of a model that answer otherwise, by their numbers."""
    first = register(client, regressor_graph(seed=1), column_signature(regressor_graph(seed=1)))
    graph = regressor_graph(seed=2)
    second = register(client, graph, column_signature(graph), name=first.name)
    return {model.version: model for model in (first, second)}


def test_a_hundred_swaps_under_load_drop_and_mix_nothing(rest: Rest, versions: dict[str, Model]) -> None:
    (name,) = {model.name for model in versions.values()}
    rows = next(iter(versions.values())).rows
    truths = {version: next(iter(model.truth(rows).values())).ravel() for version, model in versions.items()}
    batch = {"model_name": name, "inputs": rows.to_dict(orient="records")}
    faults: list[JSON] = []
    seen: dict[str, int] = dict.fromkeys(versions, 0)
    # The askers that went on to the end.
    ended: list[bool] = []
    is_over = threading.Event()
    asked = threading.Lock()

    def ask() -> None:
        try:
            ended.append(went_on())
        except Exception as error:
            faults.append({"dropped": repr(error)})

    def went_on() -> bool:
        mine = Rest(rest.url)
        while not is_over.is_set():
            response = mine.send("POST", "/predict/batch", json=batch)
            answer = response.json()
            if not response.ok or answer["model_version"] not in truths:
                faults.append(answer)
                return False
            truth = truths[answer["model_version"]]
            if not np.allclose(np.ravel(answer["predictions"]), truth, rtol=1e-5, atol=1e-6):
                faults.append({"answer": answer, "truth": truth.tolist()})
                return False
            with asked:
                seen[answer["model_version"]] += 1
        return True

    rest.post(DEPLOY, {"model_name": name, "version": "1"})
    askers = [threading.Thread(target=ask) for _ in range(ASKERS)]
    for asker in askers:
        asker.start()
    try:
        for number in range(SWAPS):
            version = str(2 - number % 2)
            deployed = rest.post(DEPLOY, {"model_name": name, "version": version})
            assert (deployed["model_version"], deployed["state"]) == (version, "ready")
    finally:
        is_over.set()
        for asker in askers:
            asker.join()
    assert faults == [] and ended == [True] * ASKERS
    assert min(seen.values()) > 0, seen
