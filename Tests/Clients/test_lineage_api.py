"""What came from what, as things are told of, renamed, deleted and asked for by their names."""

from __future__ import annotations

from typing import Any

from mlflow.tracking import MlflowClient
from rest import JSON, Rest, fresh

REGISTRY = "/api/v1/registry"
LINEAGE = "/api/v1/lineage"


def register(rest: Rest, name: str, version: str | None = None, **told: Any) -> JSON:
    body = {"name": name, "artifact_uri": "/models/one.pt", **told}
    return rest.post(f"{REGISTRY}/models", body if version is None else {**body, "version": version})


def parent(name: str, version: str) -> list[JSON]:
    return [{"model_id": name, "version": version, "relationship": "fine-tuned"}]


def edges(rest: Rest, kind: str, name: str, **query: Any) -> set[tuple[str, str, str]]:
    """The edges around a thing; what tells one deletion from another is left out."""
    answer = rest.get(LINEAGE, kind=kind, id=name, **query)
    return {tuple(_text(edge[part]) for part in ("from", "relation", "to")) for edge in answer["edges"]}


def _text(end: Any) -> str:
    return end if isinstance(end, str) else f"{end['kind']} {end['id'].partition('@')[0]}"


def test_a_model_of_a_deleted_ones_name_begins_anew(rest: Rest, client: MlflowClient) -> None:
    base, child, run = fresh("base"), fresh("child"), rest.run()
    register(rest, base, "1.0.0", run_id=run, datasets=[{"dataset_id": base, "version": "1"}])
    register(rest, child, parent_models=parent(base, "1.0.0"))
    client.delete_registered_model(base)
    gone = ("deleted_model_version " + f"{base}/1", "fine-tuned", f"model_version {child}/1")
    kept = {
        (f"dataset_version {base}/1", "data", gone[0]),
        (f"run {run}", "produced", gone[0]),
        gone,
    }
    assert edges(rest, "model_version", f"{child}/1") == kept
    register(rest, base, "1.0.0")
    assert edges(rest, "model_version", f"{base}/1") == set()
    rest.send("PATCH", f"{REGISTRY}/models/{child}/versions/1", json={"framework": "onnx"}).raise_for_status()
    assert edges(rest, "model_version", f"{child}/1") == kept
    # The node that was left is one that can be asked for.
    answer = rest.get(LINEAGE, kind="model_version", id=f"{child}/1", direction="upstream", depth=1)
    left = next(node["id"] for node in answer["nodes"] if node["kind"] == "deleted_model_version")
    assert edges(rest, "deleted_model_version", left) == kept


def test_a_renamed_parent_is_one_parent(rest: Rest, client: MlflowClient) -> None:
    base, child, core = fresh("base"), fresh("child"), fresh("core")
    register(rest, base)
    register(rest, child, parent_models=parent(base, "1"))
    client.rename_registered_model(base, core)
    place = f"{REGISTRY}/models/{child}/versions/1"
    for change in ({}, {"framework": "onnx"}, {"parent_models": rest.get(place)["parent_models"]}):
        rest.send("PATCH", place, json=change).raise_for_status()
        expected = {(f"model_version {core}/1", "fine-tuned", f"model_version {child}/1")}
        assert edges(rest, "model_version", f"{child}/1") == expected
    assert rest.get(place)["parent_models"] == parent(core, "1")
    assert rest.refused("GET", LINEAGE, params={"kind": "model_version", "id": f"{base}/1"})[0] == 404


def test_a_parent_may_be_registered_after_its_child(rest: Rest) -> None:
    base, child = fresh("base"), fresh("child")
    register(rest, child, parent_models=parent(base, "0.9.0"))
    assert edges(rest, "external_model", f"{base}/0.9.0", direction="downstream") == {
        (f"external_model {base}/0.9.0", "fine-tuned", f"model_version {child}/1")
    }
    register(rest, base, "0.9.0")
    assert edges(rest, "model_version", f"{base}/0.9.0") == {
        (f"model_version {base}/1", "fine-tuned", f"model_version {child}/1")
    }
    assert rest.refused("GET", LINEAGE, params={"kind": "external_model", "id": f"{base}/0.9.0"})[0] == 404


def test_a_run_is_told_of_a_version_once(rest: Rest, client: MlflowClient) -> None:
    name, run, other = fresh("told"), rest.run(), rest.run()
    register(rest, name)
    place = f"{REGISTRY}/models/{name}/versions/1"
    rest.send("PATCH", place, json={"run_id": run}).raise_for_status()
    status, error = rest.refused("PATCH", place, {"run_id": other})
    assert (status, error["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert f"came of run {run}" in error["message"] and "Register a new version" in error["message"]
    assert rest.get(place)["run_id"] == run
    assert client.get_model_version(name, "1").run_id == run
    assert [version.name for version in client.search_model_versions(f"run_id = '{run}'")] == [name]
    assert client.search_model_versions(f"run_id = '{other}'") == []
    assert edges(rest, "model_version", f"{name}/1") == {(f"run {run}", "produced", f"model_version {name}/1")}


def test_a_version_is_found_by_each_of_its_names(rest: Rest, client: MlflowClient) -> None:
    name, run = fresh("named"), rest.run()
    register(rest, name, "1.4.0", run_id=run)
    client.set_registered_model_alias(name, "champion", "1")
    for text in ("/1", "/1.4.0", "@champion"):
        answer = rest.get(LINEAGE, kind="model_version", id=name + text)
        assert answer["root"] == {"kind": "model_version", "id": f"{name}/1"}
        assert len(answer["edges"]) == 1


def test_what_is_not_there_is_said(rest: Rest, client: MlflowClient) -> None:
    status, error = rest.refused("GET", LINEAGE, params={"kind": "model", "id": "x"})
    assert (status, error["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    for kind in ("run", "logged_model", "model_version", "dataset_version", "endpoint", "external_model", "code"):
        assert kind in error["message"]
        status, error_of_kind = rest.refused("GET", LINEAGE, params={"kind": kind, "id": f"{fresh('none')}/1"})
        assert (status, error_of_kind["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST"), kind
    name = fresh("few")
    register(rest, name)
    for text, expected in (("/2", 404), ("/1.0.0", 404), ("@champion", 404), ("/first", 400), ("", 400)):
        query = {"kind": "model_version", "id": name + text}
        assert rest.refused("GET", LINEAGE, params=query)[0] == expected, text
    run = rest.run()
    client.delete_run(run)
    assert rest.get(LINEAGE, kind="run", id=run)["edges"] == []
