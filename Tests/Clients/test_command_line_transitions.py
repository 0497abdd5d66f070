"""Changes of stage that need two people, by the command line."""

from __future__ import annotations

import pytest
from command_line import CommandLine, rows
from martlet import Martlet
from mlflow.tracking import MlflowClient
from rest import fresh
from test_identity import made


@pytest.fixture(scope="module")
def ada(server: Martlet) -> CommandLine:
    return CommandLine(server.url, {"MARTLET_TOKEN": made(server, "ada")})


@pytest.fixture(scope="module")
def bob(server: Martlet) -> CommandLine:
    return CommandLine(server.url, {"MLFLOW_TRACKING_USERNAME": "bob", "MLFLOW_TRACKING_PASSWORD": made(server, "bob")})


@pytest.fixture
def model(client: MlflowClient) -> str:
    """A model with two versions, the first in Production."""
    run = client.create_run(client.create_experiment(fresh("files"))).info.run_id
    client.log_text(run, "flavors: {}\n", "model/MLmodel")
    name = fresh("model")
    client.create_registered_model(name)
    for _ in range(2):
        client.create_model_version(name, f"runs:/{run}/model", run)
    client.transition_model_version_stage(name, "1", "Production")
    return name


def test_a_protected_model_is_promoted_by_two_people(ada: CommandLine, bob: CommandLine, model: str) -> None:
    assert ada.json("models", "show", model)["protected"] is False
    assert ada.json("models", "protect", model) == {"name": model, "protected": True}
    assert ada.json("models", "show", model)["protected"] is True
    assert "approved requests alone" in ada.text("models", "show", model)
    assert "protected" in ada.refused(1, "stages", "set", model, "2", "Production")
    words = ["transitions", "request", model, "2", "Production", "--done", "tests pass", "--open", "card written"]
    asked = ada.json(*words, "--comment", "better on all counts")
    assert (asked["state"], asked["requested_by"]) == ("pending", "ada")
    assert asked["checklist"] == [
        {"item": "tests pass", "completed": True},
        {"item": "card written", "completed": False},
    ]
    identity = asked["id"]
    assert "already" in ada.refused(1, *words)
    assert "somebody else" in ada.refused(1, "transitions", "approve", identity, "--all-done")
    assert "card written" in bob.refused(1, "transitions", "approve", identity)
    assert "'card written'" in bob.refused(1, "transitions", "approve", identity, "--done", "card writen")
    bob.text("transitions", "comment", identity, "which data?")
    listed = bob.text("transitions", "list", model, "--state", "pending")
    assert rows(listed)[0][:7] == [identity, model, "2", "None", "Production", "pending", "ada"]
    approve = ["transitions", "approve", identity, "--done", "card written", "--comment", "fine"]
    assert f"Version 2 of '{model}' is in Production." in bob.text(*approve)
    shown = bob.text("transitions", "show", identity)
    for word in ("approved", "ada", "bob", "card written", "better on all counts", "which data?", "fine"):
        assert word in shown
    assert "open" not in shown
    stages = {found["version"]: found["current_stage"] for found in bob.json("versions", "list", model)}
    assert stages == {"1": "Archived", "2": "Production"}
    assert "approved already by bob" in bob.refused(1, "transitions", "reject", identity)


def test_a_request_is_taken_back_and_a_model_set_free(ada: CommandLine, bob: CommandLine, model: str) -> None:
    asked = ada.json("transitions", "request", model, "2", "Staging", "--no-archive-existing")
    assert asked["archive_existing_versions"] is False
    rejected = ada.json("transitions", "reject", asked["id"], "--comment", "too early")
    assert (rejected["state"], rejected["comments"][0]["text"]) == ("rejected", "too early")
    assert ada.json("transitions", "show", asked["id"]) == rejected
    ada.text("models", "protect", model)
    assert "until a user other than ada says the same" in ada.text("models", "unprotect", model)
    assert "somebody else must" in ada.refused(1, "models", "unprotect", model)
    assert ada.json("models", "show", model)["lift_requested_by"] == "ada"
    assert "protected" in ada.refused(1, "stages", "set", model, "2", "Staging")
    assert bob.json("models", "unprotect", model) == {"name": model, "protected": False}
    ada.text("stages", "set", model, "2", "Staging")


def test_requests_are_listed_by_model_version_and_state(ada: CommandLine, bob: CommandLine, model: str) -> None:
    first = ada.json("transitions", "request", model, "1", "Archived")["id"]
    second = ada.json("transitions", "request", model, "2", "Staging", "--open", "card")["id"]
    assert bob.json("transitions", "approve", second, "--all-done")["state"] == "approved"
    assert [found["id"] for found in ada.json("transitions", "list", model)] == [second, first]
    assert [found["id"] for found in ada.json("transitions", "list", model, "1")] == [first]
    assert [found["id"] for found in ada.json("transitions", "list", model, "--state", "approved")] == [second]
    assert ada.json("transitions", "list", model, "--state", "rejected") == []
    assert first in {found["id"] for found in ada.json("transitions", "list", "--state", "pending", "--all")}
    said = ada.refused(2, "transitions", "list", "--state", "nonsense")
    assert all(word in said for word in ("pending", "approved", "rejected", "Usage: martlet"))
    assert "nobody" in ada.refused(1, "transitions", "list", "nobody")
    assert "nothing" in ada.refused(1, "transitions", "show", "nothing")


def test_a_wrong_token_is_told_how_to_log_in(server: Martlet) -> None:
    stranger = CommandLine(server.url, {"MLFLOW_TRACKING_TOKEN": "martlet_wrong"})
    said = stranger.refused(1, "transitions", "list")
    assert "MARTLET_TOKEN" in said
    assert "martlet_wrong" not in said
