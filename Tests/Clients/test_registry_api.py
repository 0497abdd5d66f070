"""The registry beyond MLflow: documents, transition requests, protection, comparison, lineage."""

from __future__ import annotations

from typing import Any

import pytest
from mlflow.data.pandas_dataset import from_pandas
from mlflow.entities import Dataset, DatasetInput
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient
from pandas import DataFrame
from rest import JSON, MLFLOW, Rest, fresh
from test_identity import made

REGISTRY = "/api/v1/registry"


def document(name: str, version: str = "1.0.0") -> dict[str, Any]:
    return {
        "name": name,
        "version": version,
        "framework": "pytorch",
        "model_type": "classification",
        "stage": "development",
        "author": "data-science-team",
        "artifact_uri": "/models/fraud_detector_v1.pt",
        "model_size_bytes": 1024000,
        "metrics": {"accuracy": 0.95, "precision": 0.93, "recall": 0.94, "f1": 0.935},
        "hyperparameters": {"learning_rate": 0.001, "batch_size": 32, "hidden_size": 128},
        "tags": ["fraud-detection", "production-ready"],
        "parent_models": [{"model_id": "previous_model_id", "version": "0.9.0", "relationship": "fine-tuned"}],
        "datasets": [{"dataset_id": "fraud_training_2024", "version": "1.0", "split": "train", "size": 100000}],
        "experiment_id": "exp-123",
        "run_id": "run-456",
        "code": {"commit": "4f2a9c1", "digest": "sha256:00"},
    }


def as_user(user: str, secrets: dict[str, str]) -> dict[str, Any]:
    return {"headers": {"Authorization": f"Bearer {secrets[user]}"}}


@pytest.fixture(scope="module")
def secrets(server: Any) -> dict[str, str]:
    return {user: made(server, user) for user in ("ada", "bob")}


def test_a_registration_document_comes_back_as_it_was(rest: Rest, client: MlflowClient) -> None:
    told = document(fresh("fraud"))
    name = told["name"]
    registered = rest.post(f"{REGISTRY}/models", told)
    for version in ("1.0.0", "1"):
        found = rest.get(f"{REGISTRY}/models/{name}/versions/{version}")
        assert found == registered
        assert {key: found[key] for key in told} == told
    version = client.get_model_version(name, "1")
    assert (version.current_stage, version.source) == ("None", told["artifact_uri"])
    assert version.tags == {"fraud-detection": "", "production-ready": ""}
    status, error = rest.refused("POST", f"{REGISTRY}/models", told)
    assert (status, error["error_code"]) == (400, "RESOURCE_ALREADY_EXISTS")
    assert rest.post(f"{REGISTRY}/models", document(name, "1.1.0-rc.1"))["number"] == 2


def test_a_version_of_mlflows_client_is_described_later(rest: Rest, client: MlflowClient) -> None:
    name = fresh("described")
    client.create_registered_model(name)
    client.create_model_version(name, "s3://bucket/model")
    place = f"{REGISTRY}/models/{name}/versions"
    change = {"semantic_version": "2.0.0", "author": "me"}
    response = rest.send("PATCH", f"{place}/1", json=change)
    assert response.status_code == 200, response.text
    described = rest.get(f"{place}/2.0.0")
    assert (described["version"], described["number"], described["author"]) == ("2.0.0", 1, "me")
    assert "framework" not in described


def test_the_versions_of_a_model_are_listed_with_their_documents(rest: Rest, client: MlflowClient) -> None:
    name = fresh("listed")
    for version in ("1.0.0", "1.1.0", "1.2.0-rc.1"):
        rest.post(f"{REGISTRY}/models", document(name, version))
    client.create_model_version(name, "s3://bucket/model")
    client.set_registered_model_alias(name, "champion", "2")
    place = f"{REGISTRY}/models/{name}/versions"
    whole = rest.get(place)
    assert "next_page_token" not in whole
    assert [found["version"] for found in whole["versions"]] == ["4", "1.2.0-rc.1", "1.1.0", "1.0.0"]
    assert whole["versions"] == [rest.get(f"{place}/{number}") for number in (4, 3, 2, 1)]
    assert whole["versions"][2]["aliases"] == ["champion"]
    first = rest.get(place, limit=3)
    second = rest.get(place, limit=3, page_token=first["next_page_token"])
    assert first["versions"] + second["versions"] == whole["versions"]
    assert (len(first["versions"]), "next_page_token" in second) == (3, False)
    client.create_registered_model(empty := fresh("empty"))
    assert rest.get(f"{REGISTRY}/models/{empty}/versions") == {"versions": []}
    assert rest.refused("GET", f"{REGISTRY}/models/{fresh('nobody')}/versions")[0] == 404
    for limit in ("0", "1001", "x"):
        assert rest.refused("GET", place, params={"limit": limit})[0] == 400


def test_a_semantic_version_names_a_version_wherever_a_number_does(rest: Rest, client: MlflowClient) -> None:
    name = fresh("named")
    for version in ("1.3.0", "1.4.0"):
        rest.post(f"{REGISTRY}/models", document(name, version))
    named = {"name": name, "version": "1.4.0"}
    moved = rest.post("/api/v1/mlflow/models/transition", {**named, "stage": "Staging"})
    assert (moved["version"], moved["current_stage"]) == ("2", "Staging")
    assert rest.get(f"{MLFLOW}/model-versions/get", **named)["model_version"]["version"] == "2"
    rest.post(f"{MLFLOW}/registered-models/alias", {**named, "alias": "champion"})
    rest.post(f"{MLFLOW}/model-versions/set-tag", {**named, "key": "a", "value": "b"})
    found = client.get_model_version(name, "2")
    assert (found.aliases, found.tags["a"]) == (["champion"], "b")
    place = f"{REGISTRY}/models/{name}/versions"
    assert rest.get(f"{place}/1.4.0/files") == rest.get(f"{place}/2/files")
    asked = rest.post(f"{REGISTRY}/transition-requests", {"model_name": name, "version": "1.3.0", "stage": "staging"})
    listed = rest.get(f"{REGISTRY}/transition-requests", model_name=name, version="1.3.0")
    assert listed["transition_requests"] == [asked]
    unknown = {"name": name, "version": "9.9.9"}
    for method, path, options in (
        ("POST", "/api/v1/mlflow/models/transition", {"body": {**unknown, "stage": "Staging"}}),
        ("GET", f"{MLFLOW}/model-versions/get", {"params": unknown}),
        ("GET", f"{place}/9.9.9", {}),
        ("GET", f"{place}/9.9.9/files", {}),
    ):
        status, error = rest.refused(method, path, **options)
        assert (status, error["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")
        assert error["message"] == f"Model Version (name={name}, version=9.9.9) not found"
    status, error = rest.refused("GET", f"{MLFLOW}/model-versions/get", params={"name": name, "version": "1.4"})
    assert (status, error["message"]) == (400, "Parameter 'version' must be an integer, got '1.4'.")


def test_a_change_of_a_document_says_what_it_takes(rest: Rest, client: MlflowClient) -> None:
    name = fresh("changed")
    told = rest.post(f"{REGISTRY}/models", document(name))
    place = f"{REGISTRY}/models/{name}/versions/1"
    for other in ("version", "stage", "description", "tags", "artifact_uri", "bogus", "created_at"):
        status, error = rest.refused("PATCH", place, {"author": "me", other: told.get(other, "x")})
        assert (status, error["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
        assert f"'{other}'" in error["message"]
        assert "semantic_version, framework, model_type, author, model_size_bytes" in error["message"]
    assert rest.get(place) == told
    before = client.get_model_version(name, "1").last_updated_timestamp
    same = rest.send("PATCH", place, json={"author": told["author"]}).json()
    assert same == told
    assert client.get_model_version(name, "1").last_updated_timestamp == before
    gone = {"author": None, "metrics": None, "code": None, "datasets": None, "modelType": None}
    changed = rest.send("PATCH", place, json={**gone, "framework": "onnx"}).json()
    assert changed["updated_at"] > told["updated_at"]
    assert client.get_model_version(name, "1").last_updated_timestamp == changed["updated_at"]
    left = {key: value for key, value in told.items() if key not in (*gone, "model_type")}
    assert changed == {**left, "framework": "onnx", "updated_at": changed["updated_at"]}


def test_a_version_that_begins_in_production_replaces_the_one_there(rest: Rest, client: MlflowClient) -> None:
    name = fresh("begins")
    for version in ("1.0.0", "2.0.0"):
        rest.post(f"{REGISTRY}/models", {**document(name, version), "stage": "production"})
    beside = {**document(name, "3.0.0"), "stage": "production", "archive_existing_versions": False}
    rest.post(f"{REGISTRY}/models", beside)
    stages = [client.get_model_version(name, number).current_stage for number in "123"]
    assert stages == ["Archived", "Production", "Production"]


def test_development_is_a_name_of_the_stage_none(rest: Rest, client: MlflowClient) -> None:
    name = fresh("developed")
    rest.post(f"{REGISTRY}/models", {**document(name), "stage": "staging"})
    body = {"name": name, "version": "1.0.0", "stage": "Development"}
    assert rest.post("/api/v1/mlflow/models/transition", body)["current_stage"] == "None"


def test_protection_is_asked_for_and_lifted_by_two_people(
    rest: Rest, client: MlflowClient, secrets: dict[str, str]
) -> None:
    client.create_registered_model(name := fresh("asked"))
    place = f"{REGISTRY}/models/{name}/protection"
    for is_protected in (False, True):
        put = rest.send("PUT", place, json={"protected": is_protected}).json()
        assert rest.get(place) == put == {"name": name, "protected": is_protected}
    lift: JSON = {"protected": False}
    asked = rest.send("PUT", place, json=lift, **as_user("ada", secrets))
    told = asked.json()
    assert (asked.status_code, told["protected"], told["lift_requested_by"]) == (202, True, "ada")
    assert rest.get(place) == told
    again = rest.send("PUT", place, json=lift, **as_user("ada", secrets))
    assert (again.status_code, again.json()["error_code"]) == (403, "PERMISSION_DENIED")
    for change in (
        lambda: client.delete_registered_model(name),
        lambda: client.rename_registered_model(name, name + "-2"),
    ):
        with pytest.raises(MlflowException, match="is protected") as refused:
            change()
        assert refused.value.error_code == "PERMISSION_DENIED"
    agreed = rest.send("PUT", place, json=lift, **as_user("bob", secrets))
    assert (agreed.status_code, agreed.json()) == (200, {"name": name, "protected": False})
    client.delete_registered_model(name)
    status, error = rest.refused("GET", f"{REGISTRY}/models/{fresh('nobody')}/protection")
    assert (status, error["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")


@pytest.mark.parametrize(
    "change",
    [
        {"version": "1.0"},
        {"stage": "testing"},
        {"metrics": {"a": "b"}},
        {"hyperparameters": []},
        {"artifact_uri": ""},
        {"artifact_uri": "mlflow-artifacts:/0/somebody-elses/artifacts"},
        {"parent_models": [{"model_id": "x", "version": "1"}]},
        {"tags": [1]},
        {"tags": "a"},
        {"metric": {"accuracy": 0.5}},
        {"semanticversion": "1.0.0"},
    ],
)
def test_a_document_that_cannot_be_is_refused_and_leaves_nothing(rest: Rest, change: JSON) -> None:
    name = fresh("never")
    status, error = rest.refused("POST", f"{REGISTRY}/models", {**document(name), **change})
    assert (status, error["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert rest.refused("GET", f"{MLFLOW}/registered-models/get", params={"name": name})[0] == 404


def test_a_protected_model_is_promoted_by_two_people(rest: Rest, client: MlflowClient, secrets: dict[str, str]) -> None:
    name = fresh("protected")
    for version in ("1.0.0", "1.1.0"):
        rest.post(f"{REGISTRY}/models", document(name, version))
    client.transition_model_version_stage(name, "1", "Production")
    answer = rest.send("PUT", f"{REGISTRY}/models/{name}/protection", json={"protected": True})
    assert answer.json() == {"name": name, "protected": True}
    with pytest.raises(MlflowException, match="POST /api/v1/registry/transition-requests") as refused:
        client.transition_model_version_stage(name, "2", "Production")
    assert refused.value.error_code == "PERMISSION_DENIED"
    wanted = {
        "model_name": name,
        "version": "1.1.0",
        "stage": "Production",
        "comment": "Model passed all validation tests",
        "checklist": [{"item": "Unit tests passing", "completed": True}, {"item": "Card written", "completed": False}],
    }
    asked = rest.post(f"{REGISTRY}/transition-requests", wanted, **as_user("ada", secrets))
    assert (asked["state"], asked["requested_by"], asked["version"]) == ("pending", "ada", "2")
    place = f"{REGISTRY}/transition-requests/{asked['id']}"
    done = {"checklist": [{**item, "completed": True} for item in wanted["checklist"]], "comment": "fine"}
    assert rest.refused("POST", f"{place}/approve", done, **as_user("ada", secrets))[0] == 403
    assert rest.refused("POST", f"{place}/approve", **as_user("bob", secrets))[0] == 409
    rest.post(f"{place}/comments", {"text": "which data?"}, **as_user("bob", secrets))
    approved = rest.post(f"{place}/approve", done, **as_user("bob", secrets))
    assert (approved["state"], approved["decided_by"]) == ("approved", "bob")
    assert [comment["text"] for comment in approved["comments"]] == [wanted["comment"], "which data?", "fine"]
    assert client.get_model_version(name, "2").current_stage == "Production"
    assert client.get_model_version(name, "1").current_stage == "Archived"
    listed = rest.get(f"{REGISTRY}/transition-requests", model_name=name, state="approved")
    assert listed["transition_requests"] == [approved]
    assert rest.refused("POST", f"{place}/reject", **as_user("ada", secrets))[0] == 409


def test_local_is_one_person(rest: Rest, client: MlflowClient) -> None:
    name = fresh("alone")
    rest.post(f"{REGISTRY}/models", document(name))
    asked = rest.post(f"{REGISTRY}/transition-requests", {"model_id": name, "version": 1, "stage": "staging"})
    place = f"{REGISTRY}/transition-requests/{asked['id']}"
    assert rest.refused("POST", f"{place}/approve")[1]["error_code"] == "PERMISSION_DENIED"
    assert rest.post(f"{place}/reject", {})["state"] == "rejected"
    assert client.get_model_version(name, "1").current_stage == "None"


def test_versions_and_runs_stand_side_by_side(rest: Rest, client: MlflowClient) -> None:
    name = fresh("compared")
    other = {**document(name, "2.0.0"), "metrics": {"f1": 0.95}, "tags": []}
    for told in (document(name), other):
        rest.post(f"{REGISTRY}/models", told)
    versions = [{"model_id": name, "version": "1.0.0"}, {"model_name": name, "version": 2}]
    table = rest.post(f"{REGISTRY}/versions/compare", {"versions": versions})
    assert [version["version"] for version in table["versions"]] == ["1.0.0", "2.0.0"]
    metrics = {row["key"]: (row["values"], row["differs"]) for row in table["metrics"]}
    assert metrics["f1"] == ([0.935, 0.95], True)
    assert metrics["recall"] == ([0.94, None], True)
    assert [row["differs"] for row in table["hyperparameters"]] == [False, False, False]

    runs = [rest.run() for _ in range(2)]
    for index, run in enumerate(runs):
        client.log_param(run, "depth", index)
        client.log_param(run, "same", "x")
        client.log_metric(run, "loss", [0.5, float("nan")][index])
    table = rest.post("/api/v1/mlflow/runs/compare", {"run_ids": runs})
    assert [run["run_id"] for run in table["runs"]] == runs
    assert table["params"] == [
        {"key": "depth", "values": ["0", "1"], "differs": True},
        {"key": "same", "values": ["x", "x"], "differs": False},
    ]
    assert table["metrics"][0]["values"] == [0.5, "NaN"]
    again = [runs[1], runs[0], runs[1]]
    table = rest.post("/api/v1/mlflow/runs/compare", {"run_ids": again})
    assert [run["run_id"] for run in table["runs"]] == again
    assert table["metrics"][0]["values"] == ["NaN", 0.5, "NaN"]
    assert rest.refused("POST", "/api/v1/mlflow/runs/compare", {"run_ids": [runs[0], "none"]})[0] == 404
    for wrong in ([], runs[:1] * 101):
        status, error = rest.refused("POST", "/api/v1/mlflow/runs/compare", {"run_ids": wrong})
        assert (status, error["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_a_slash_in_a_digest_makes_no_two_datasets_one(rest: Rest, client: MlflowClient) -> None:
    name = fresh("data")
    runs = {(name, "day/1"): "day%2F1", (f"{name}/day", "1"): "1", (name, "day%2F1"): "day%252F1"}
    for (dataset, digest), written in runs.items():
        run = rest.run()
        kept = Dataset(name=dataset, digest=digest, source_type="local", source="{}")
        client.log_inputs(run, datasets=[DatasetInput(kept)])
        graph = rest.get("/api/v1/lineage", kind="run", id=run, direction="upstream")
        found = [node["id"] for node in graph["nodes"] if node["kind"] == "dataset_version"]
        assert found == [f"{dataset}/{written}"]


def test_lineage_is_walked_from_data_to_version_and_back(rest: Rest, client: MlflowClient) -> None:
    data = from_pandas(DataFrame({"x": [1, 2, 3]}), name=fresh("data"))
    run, name, child = rest.run(), fresh("walked"), fresh("child")
    client.log_inputs(run, datasets=[DatasetInput(data._to_mlflow_entity())])
    client.create_registered_model(name)
    client.create_model_version(name, "s3://bucket/model", run_id=run)
    parent = {"model_id": name, "version": "1", "relationship": "distilled"}
    rest.post(f"{REGISTRY}/models", {**document(child), "parent_models": [parent]})
    dataset = ("dataset_version", f"{data.name}/{data.digest}")

    def places(answer: JSON) -> list[tuple[int, str, str]]:
        return [(node["depth"], node["kind"], node["id"]) for node in answer["nodes"]]

    down = rest.get("/api/v1/lineage", kind=dataset[0], id=dataset[1], direction="downstream")
    assert places(down) == [
        (0, *dataset),
        (1, "run", run),
        (2, "model_version", f"{name}/1"),
        (3, "model_version", f"{child}/1"),
    ]
    up = rest.get("/api/v1/lineage", kind="model_version", id=f"{child}/1", direction="upstream")
    assert (-3, *dataset) in places(up)
    assert (-1, "dataset_version", "fraud_training_2024/1.0") in places(up)
    short = rest.get("/api/v1/lineage", kind="run", id=run, depth=1)
    assert places(short) == [(-1, *dataset), (0, "run", run), (1, "model_version", f"{name}/1")]
    relations = {(edge["from"]["kind"], edge["relation"], edge["to"]["kind"]) for edge in short["edges"]}
    assert relations == {("dataset_version", "used_by", "run"), ("run", "produced", "model_version")}
    for query in ({"kind": "run"}, {"kind": "run", "id": run, "direction": "sideways"}):
        assert rest.refused("GET", "/api/v1/lineage", params=query)[0] == 400
