"""Going back: step by step through what was served, over a `kill -9`, and within a second of a canary's verdict."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

import mlflow
import pytest
from command_line import CommandLine
from martlet import DATABASES, Martlet, store_of
from mlflow.tracking import MlflowClient
from models import Model, column_signature, register, regressor_graph, typed_graph, typed_signature
from rest import Rest
from test_rollouts import DEPLOY, ENDPOINTS, ask, rollout, share_out, wait_for

SETTLED_MS_MAX = 1000


def served(client: MlflowClient, rest: Rest, count: int) -> list[Model]:
    """So many versions of a model, deployed one after the other."""
    models: list[Model] = []
    for seed in range(5, 5 + count):
        graph = regressor_graph(seed=seed)
        name = models[0].name if models else None
        models.append(register(client, graph, column_signature(graph), name=name))
        rest.post(DEPLOY, {"model_name": models[0].name, "version": models[-1].version})
    return models


def failing(client: MlflowClient, name: str) -> Model:
    """A further version, which takes other inputs, so that it answers the others' requests with an error."""
    return register(client, typed_graph(), typed_signature(), name=name)


def try_out(rest: Rest, model: Model, name: str) -> None:
    """Half the traffic to a canary that nothing but its errors can end."""
    traffic = {"policy": "canary", "variants": [{"version": model.version}], "steps": [50], "seconds_min": 3600}
    share_out(rest, name, traffic)


def status(rest: Rest, model: Model) -> int:
    body = {"model_name": model.name, "inputs": model.rows.iloc[0].to_dict()}
    return rest.send("POST", "/predict", json=body).status_code


def way_back(rest: Rest, name: str) -> str | None:
    previous = rest.get(f"{ENDPOINTS}/{name}")["previous"]
    return previous and previous["variants"][0]["model_version"]


@pytest.mark.parametrize("database", DATABASES)
def test_it_walks_back_through_what_was_served(database: str, launch: Callable[..., Martlet]) -> None:
    server = launch(store=store_of(database)).start()
    mlflow.set_tracking_uri(server.url)
    mlflow.set_registry_uri(server.url)
    rest, cli, client = Rest(server.url), CommandLine(server.url), MlflowClient(server.url)
    first, second, third = served(client, rest, 3)
    name = first.name
    try_out(rest, failing(client, name), name)

    def is_over() -> bool:
        for _ in range(20):
            status(rest, first)
        return rest.get(f"{ENDPOINTS}/{name}")["traffic"]["policy"] == "single"

    wait_for(is_over)
    assert rollout(rest, name)["status"] == "rolled_back" and ask(rest, first)["model_version"] == third.version
    assert f"{name} {second.version}" in cli.text("endpoints", "show", name)
    assert f"version {second.version}" in cli.text("endpoints", "rollback", name)
    assert ask(rest, first)["model_version"] == second.version
    server.kill()
    server.start()
    wait_for(lambda: rest.send("GET", "/readyz").status_code == 200)
    assert way_back(rest, name) == first.version and ask(rest, first)["model_version"] == second.version
    assert rest.post(f"{ENDPOINTS}/{name}/rollback", {})["model_version"] == first.version
    assert way_back(rest, name) is None and ask(rest, first)["model_version"] == first.version
    code, refusal = rest.refused("POST", f"{ENDPOINTS}/{name}/rollback", {})
    assert code == 409 and "nothing was served before" in refusal["message"]
    assert "nothing was served before" in cli.refused(1, "endpoints", "rollback", name)


def test_a_version_that_is_only_a_way_back_may_be_deleted(client: MlflowClient, rest: Rest) -> None:
    first, second, third = served(client, rest, 3)
    name = first.name
    assert way_back(rest, name) == second.version
    client.delete_model_version(name, second.version)
    assert way_back(rest, name) == first.version
    listed = {endpoint["name"]: endpoint for endpoint in rest.get(ENDPOINTS)["endpoints"]}
    assert listed[name]["previous"]["variants"][0]["model_version"] == first.version
    assert rest.post(f"{ENDPOINTS}/{name}/rollback", {})["model_version"] == first.version
    rest.post(DEPLOY, {"model_name": name, "version": third.version})
    client.delete_model_version(name, first.version)
    assert way_back(rest, name) is None
    code, refusal = rest.refused("POST", f"{ENDPOINTS}/{name}/rollback", {})
    assert code == 409 and f"deleted: version {first.version} of {name}" in refusal["message"]
    assert ask(rest, first)["model_version"] == third.version


def test_a_failing_canary_gets_nothing_within_a_second_of_its_verdict(client: MlflowClient, rest: Rest) -> None:
    (first,) = served(client, rest, 1)
    name = first.name
    canary = failing(client, name)
    stop = threading.Event()

    def call() -> None:
        caller = Rest(rest.url)
        while not stop.is_set():
            status(caller, first)

    def newest(variant: str) -> int:
        """When, by the server's clock, the variant answered last, in milliseconds; 0 for never."""
        found = rest.get("/api/v1/predictions", endpoint=name, variant=variant, limit=1)["predictions"]
        return round(datetime.fromisoformat(found[0]["timestamp"]).timestamp() * 1000) if found else 0

    callers = [threading.Thread(target=call) for _ in range(2)]
    for caller in callers:
        caller.start()
    try:
        wait_for(lambda: newest("v1") > 0)
        try_out(rest, canary, name)
        wait_for(lambda: rollout(rest, name)["status"] != "running")
        found = rollout(rest, name)
        # The traffic goes on for as long as the canary could have some of it.
        wait_for(lambda: newest("v1") > found["ended_at"] + SETTLED_MS_MAX)
    finally:
        stop.set()
        for caller in callers:
            caller.join()
    assert found["status"] == "rolled_back" and found["reason"].startswith("The canary fails")
    settled = newest(f"v{canary.version}") - found["ended_at"]
    print(f"the canary answered last {settled} ms after its verdict")
    assert newest(f"v{canary.version}") > 0 and settled < SETTLED_MS_MAX
    assert status(rest, first) == 200
