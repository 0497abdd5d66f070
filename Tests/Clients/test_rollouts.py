"""Rollouts over the wire: policies, feedback, rollback, the paths beside, metrics and the command line."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from command_line import CommandLine
from martlet import Martlet
from mlflow.tracking import MlflowClient
from models import Model, column_signature, register, regressor_graph
from rest import JSON, Rest, fresh

ENDPOINTS = "/api/v1/mlflow/serving/endpoints"
DEPLOY = "/api/v1/mlflow/serving/deploy"


@pytest.fixture
def pair(client: MlflowClient, rest: Rest) -> tuple[Model, Model]:
    """Two versions of a model that answer differently, the first one deployed."""
    graph = regressor_graph()
    first = register(client, graph, column_signature(graph))
    other = regressor_graph(seed=6)
    second = register(client, other, column_signature(other), name=first.name)
    rest.post(DEPLOY, {"model_name": first.name, "version": first.version})
    return first, second


def share_out(rest: Rest, name: str, traffic: JSON) -> JSON:
    response = rest.send("PUT", f"{ENDPOINTS}/{name}/traffic", json=traffic)
    assert response.status_code == 200, response.text
    return response.json()


def ask(rest: Rest, model: Model, headers: dict[str, str] | None = None, **more: JSON) -> JSON:
    body = {"model_name": model.name, "inputs": model.rows.iloc[0].to_dict(), **more}
    return rest.post("/predict", body, headers=headers or {})


def first_number(model: Model) -> float:
    """What ONNX Runtime answers in Python for the first row."""
    return next(iter(model.truth().values())).ravel()[0]


def rollout(rest: Rest, name: str) -> JSON:
    return rest.get(f"{ENDPOINTS}/{name}/rollouts")["rollouts"][0]


def wait_for(what: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def test_a_canary_takes_over_by_itself(rest: Rest, pair: tuple[Model, Model]) -> None:
    first, second = pair
    endpoint = share_out(
        rest,
        first.name,
        {
            "policy": "canary",
            "variants": [{"version": second.version}],
            "steps": [30, 60],
            "requests_min": 20,
            "seconds_min": 0.1,
            "checks": ["error_rate", "metric"],
        },
    )
    assert [variant["share"] for variant in endpoint["variants"]] == [0.7, 0.3]
    seen: Counter[str] = Counter()

    def is_over() -> bool:
        for _ in range(20):
            seen[ask(rest, first)["model_version"]] += 1
        return rest.get(f"{ENDPOINTS}/{first.name}")["traffic"]["policy"] == "single"

    wait_for(is_over)
    found = rest.get(f"{ENDPOINTS}/{first.name}")
    assert found["model_version"] == second.version and found["previous"]["variants"][0]["model_version"] == "1"
    assert set(seen) == {first.version, second.version}
    assert rollout(rest, first.name)["status"] == "promoted"
    back = rest.post(f"{ENDPOINTS}/{first.name}/rollback", {})
    assert back["model_version"] == first.version
    assert ask(rest, first)["model_version"] == first.version


def test_a_canary_whose_metric_is_worse_goes_by_itself(rest: Rest, pair: tuple[Model, Model]) -> None:
    first, second = pair
    share_out(
        rest,
        first.name,
        {"policy": "canary", "variants": [{"version": second.version}], "steps": [50], "requests_min": 1000},
    )
    answers = [ask(rest, first) for _ in range(300)]
    values = np.random.default_rng(3).normal(size=len(answers))
    feedback = [
        {"request_id": answer["request_id"], "value": value - (2 if answer["variant"] == "v2" else 0)}
        for answer, value in zip(answers, values)
    ]
    receipt = rest.post("/api/v1/feedback", {"feedback": [*feedback, {"request_id": "0" * 32, "value": 1}]})
    assert receipt == {"received": 301, "matched": 300, "unknown": ["0" * 32]}
    wait_for(lambda: rest.get(f"{ENDPOINTS}/{first.name}")["traffic"]["policy"] == "single", 5)
    found = rollout(rest, first.name)
    assert found["status"] == "rolled_back" and "metric differs by -" in found["reason"]
    assert {ask(rest, first)["model_version"] for _ in range(20)} == {first.version}

    def actions() -> set[str]:
        return {activity["action"] for activity in rest.get("/api/v1/activities", limit=1000)["activities"]}

    # Activities have their number a moment after their commit.
    wait_for(lambda: "endpoint.canary_rolled_back" in actions(), 5)
    logged = rest.get("/api/v1/predictions", endpoint=first.name, variant="v2", limit=1000)["predictions"]
    assert logged and all(entry["metric_value"] is not None and entry["policy_version"] == 2 for entry in logged)


def test_an_experiment_is_sticky_and_has_a_verdict(rest: Rest, pair: tuple[Model, Model]) -> None:
    first, second = pair
    endpoint = share_out(
        rest,
        first.name,
        {
            "policy": "ab_test",
            "name": "first against second",
            "description": "Compare with 20 % of the traffic",
            "control_model": {"version": first.version},
            "treatment_model": {"version": second.version},
            "traffic_split": {"control": 80, "treatment": 20},
            "start_date": "2026-01-01T00:00:00Z",
            "status": "running",
            "success_metrics": ["accuracy", "latency"],
            "created_by": "ada",
        },
    )
    assert [variant["name"] for variant in endpoint["variants"]] == ["control", "treatment"]
    assert endpoint["traffic"]["traffic_split"] == {"control": 80, "treatment": 20}
    by_user = {}
    feedback = []
    for _ in range(2):
        for user in range(120):
            answer = ask(rest, first, headers={"X-Martlet-Key": f"user-{user}"})
            assert by_user.setdefault(user, answer["variant"]) == answer["variant"]
            truth = answer["prediction"] if answer["variant"] == "treatment" else None
            feedback.append({"request_id": answer["request_id"], "ground_truth": truth or "other"})
    counts = Counter(by_user.values())
    assert 8 <= counts["treatment"] <= 45
    rest.post("/api/v1/feedback", {"feedback": feedback})
    found = rollout(rest, first.name)
    accuracy = found["metrics"][0]
    assert accuracy["metric"] == "accuracy" and accuracy["control"] == 0 and accuracy["treatment"] == 1
    assert found["status"] == "running" and 0 <= found["confidence"] <= 1
    if accuracy["treatment_count"] >= 30:
        assert accuracy["winner"] == "treatment" and accuracy["confidence"] > 0.97


def test_an_experiment_is_read_back_as_it_was_posted(rest: Rest, pair: tuple[Model, Model]) -> None:
    first, second = pair
    for model, version in ((first, "1.0.0"), (second, "1.1.0")):
        place = f"/api/v1/registry/models/{model.name}/versions/{model.version}"
        assert rest.send("PATCH", place, json={"semantic_version": version}).ok
    posted: JSON = {
        "name": "Fraud Detector v1.0 vs v1.1",
        "description": "Compare new model with 7% traffic",
        "control_model": {"model_id": first.name, "version": "1.0.0"},
        "treatment_model": {"model_id": first.name, "version": "1.1.0"},
        "traffic_split": {"control": 93, "treatment": 7},
        "start_date": "2026-02-01T12:30:00.250Z",
        "status": "running",
        "success_metrics": ["precision", "recall", "latency"],
        "created_by": "ml-engineer@company.com",
    }
    traffic = share_out(rest, first.name, {"policy": "ab_test", **posted})["traffic"]
    named = {f"{name}_model": {"name": name, **posted[f"{name}_model"]} for name in ("control", "treatment")}
    assert {name: traffic[name] for name in posted} == posted | named
    assert rollout(rest, first.name)["traffic"] == traffic
    # What was answered may be sent again, and is then the same experiment.
    version = rest.get(f"{ENDPOINTS}/{first.name}")["policy_version"]
    again = share_out(rest, first.name, traffic | {"status": "paused", "end_date": 1_900_000_000_000})
    assert again["traffic"] == traffic | {"status": "paused", "end_date": "2030-03-17T17:46:40.000Z"}
    assert again["policy_version"] == version + 1
    assert len(rest.get(f"{ENDPOINTS}/{first.name}/rollouts")["rollouts"]) == 1
    both = {"policy": "ab_test", **posted, "variants": [{"version": second.version}]}
    status, _ = rest.refused("PUT", f"{ENDPOINTS}/{first.name}/traffic", both)
    assert status == 400
    share_out(rest, first.name, {"policy": "single", "variants": [{"version": first.version}]})
    another = {"policy": "ab_test", "name": "another", "variants": [{"version": second.version}]}
    assert share_out(rest, first.name, another)["traffic"]["created_by"] == rest.get("/api/v1/me")["name"]


def test_the_log_tells_times_in_iso_8601_and_is_asked_by_either(rest: Rest, pair: tuple[Model, Model]) -> None:
    first, _ = pair
    before = datetime.now(UTC)
    ask(rest, first)
    (logged,) = rest.get("/api/v1/predictions", endpoint=first.name)["predictions"]
    time = datetime.fromisoformat(logged["timestamp"])
    assert logged["timestamp"].endswith("Z")
    assert before - timedelta(milliseconds=1) <= time <= datetime.now(UTC)
    milliseconds = round(time.timestamp() * 1000)
    for moment in (logged["timestamp"], milliseconds):
        for name in ("start_time", "end_time"):
            answer = rest.get("/api/v1/predictions", endpoint=first.name, **{name: moment})
            assert len(answer["predictions"]) == 1
    late = rest.get("/api/v1/predictions", endpoint=first.name, start_time="2100-01-01T00:00:00Z")
    assert late.get("predictions", []) == []
    refused = rest.send("GET", "/api/v1/predictions", params={"start_time": "soon"})
    assert refused.status_code == 400 and "start_time" in refused.json()["message"]


def test_a_shadow_sees_copies_and_nobody_else_sees_it(rest: Rest, pair: tuple[Model, Model]) -> None:
    first, second = pair
    share_out(rest, first.name, {"policy": "shadow", "variants": [{"version": second.version}]})
    answers = [ask(rest, first) for _ in range(30)]
    assert {answer["model_version"] for answer in answers} == {first.version}
    wait_for(lambda: rollout(rest, first.name)["comparison"]["rows"] == 30)
    comparison = rollout(rest, first.name)["comparison"]
    assert comparison["agreement"] == 0 and comparison["mean_absolute_difference"] > 0
    expected = first_number(second) - first_number(first)
    assert abs(comparison["mean_difference"] - expected) < 1e-4
    shadows = rest.get("/api/v1/predictions", endpoint=first.name, shadow="true", limit=100)["predictions"]
    assert {entry["shadow_of"] for entry in shadows} == {answer["request_id"] for answer in answers}
    callers = rest.get("/api/v1/predictions", endpoint=first.name, limit=100)["predictions"]
    assert len(callers) == 30 and {entry["model_version"] for entry in callers} == {first.version}


def test_blue_green_and_ensemble(rest: Rest, pair: tuple[Model, Model]) -> None:
    first, second = pair
    name = first.name
    share_out(rest, name, {"policy": "blue_green", "variants": [{"name": "green", "version": second.version}]})
    assert ask(rest, first)["model_version"] == first.version
    assert ask(rest, first, model_version=second.version)["variant"] == "green"
    share_out(rest, name, {"policy": "blue_green", "live": "green"})
    assert ask(rest, first)["model_version"] == second.version
    rest.post(f"{ENDPOINTS}/{name}/rollback", {})
    assert ask(rest, first)["model_version"] == first.version
    share_out(
        rest,
        name,
        {
            "policy": "ensemble",
            "variants": [{"version": first.version}, {"version": second.version}],
            "weights": [1, 3],
        },
    )
    truths = [first_number(model) for model in (first, second)]
    assert abs(np.ravel(ask(rest, first)["prediction"])[0] - (truths[0] + 3 * truths[1]) / 4) < 1e-4
    for model in (first, second):
        _, refusal = rest.refused(
            "DELETE", "/api/2.0/mlflow/model-versions/delete", {"name": name, "version": model.version}
        )
        assert name in refusal["message"]


def test_what_is_wrong_is_said_and_changes_nothing(rest: Rest, pair: tuple[Model, Model]) -> None:
    first, _ = pair
    path = f"{ENDPOINTS}/{first.name}"
    for body, said in [
        ({"policy": "round robin"}, "one of"),
        ({"policy": "canary"}, "2 variants"),
        ({"policy": "canary", "variants": [{"version": "99"}]}, "99"),
        ({"policy": "canary", "variants": [{"version": "2"}], "steps": [50, 20]}, "growing"),
        ({"policy": "ab_test", "variants": [{"version": "2"}]}, "name"),
        ({"policy": "ensemble", "variants": [{"version": "1"}, {"version": "2"}], "weights": [1]}, "weights"),
    ]:
        status, refusal = rest.refused("PUT", f"{path}/traffic", body)
        assert status in (400, 404) and said in refusal["message"], (body, refusal)
    assert rest.refused("POST", f"{path}/rollback", {})[0] == 409
    assert rest.refused("POST", f"{ENDPOINTS}/{fresh('none')}/rollback", {})[0] == 404
    assert rest.get(path)["policy_version"] == 1
    for body in [{"request_id": "x", "value": 1}, {"request_id": "0" * 32}, {"feedback": [{}]}, {}]:
        assert rest.refused("POST", "/api/v1/feedback", body)[0] == 400


def test_short_paths_and_metrics(rest: Rest, client: MlflowClient, pair: tuple[Model, Model]) -> None:
    first, second = pair
    endpoint = fresh("short")
    deployed = rest.post("/mlops/deploy", {"model_name": first.name, "version": "1", "endpoint": endpoint})
    assert deployed["name"] == endpoint and deployed["state"] == "ready"
    share_out(rest, endpoint, {"policy": "blue_green", "variants": [{"name": "green", "version": second.version}]})
    models = [model for model in rest.get("/mlops/models")["models"] if model["endpoint"] == endpoint]
    assert [(model["variant"], model["model_version"], model["share"]) for model in models] == [
        ("v1", first.version, 1),
        ("green", second.version, 0),
    ]
    rest.post("/predict", {"model_name": endpoint, "inputs": first.rows.iloc[0].to_dict()})
    text = rest.send("GET", "/metrics").text
    labels = f'endpoint="{endpoint}",variant="v1"'
    assert f'martlet_serving_variant_requests_total{{{labels},outcome="success"}} 1' in text
    assert f"martlet_serving_variant_share{{{labels}}} 1" in text
    assert f'martlet_serving_policy_version{{endpoint="{endpoint}"}} 2' in text


@pytest.fixture
def cli(server: Martlet) -> CommandLine:
    return CommandLine(server.url)


def test_the_command_line(cli: CommandLine, rest: Rest, pair: tuple[Model, Model]) -> None:
    first, second = pair
    name = first.name
    said = cli.text("endpoints", "traffic", name, "canary", "--version", second.version, "--steps", "10,50")
    assert "policy canary" in said and "10 %" in said
    shown = cli.text("endpoints", "show", name)
    assert all(word in shown for word in ("canary running", "v1", "v2", "90 %", "10 %"))
    found = cli.json("endpoints", "show", name)
    assert found["traffic"]["steps"] == [10, 50, 100] and found["rollouts"][0]["status"] == "running"
    assert "again" in cli.text("endpoints", "rollback", name)
    assert cli.json("endpoints", "show", name)["traffic"]["policy"] == "single"
    changed = cli.json(
        *("endpoints", "traffic", name, "ab_test", "--version", second.version, "--name", "x"),
        *("--split", "80,20", "--key-field", "user", "--set", 'success_metrics=["latency"]', "--set", "created_by=ada"),
    )
    assert changed["traffic"]["key"] == {"field": "user"} and changed["traffic"]["created_by"] == "ada"
    assert "growing" in cli.refused(1, "endpoints", "traffic", name, "canary", "--version", "2", "--steps", "9,3")
    assert "numbers" in cli.refused(2, "endpoints", "traffic", name, "canary", "--steps", "a")
