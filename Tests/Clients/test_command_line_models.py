"""Models, versions, endpoints and alerts by the command line."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from command_line import CommandLine, rows
from martlet import Martlet
from mlflow.tracking import MlflowClient
from models import column_signature, register, regressor_graph, rows_of
from rest import Rest, fresh
from test_monitoring import check, send


@pytest.fixture(scope="session")
def cli(server: Martlet) -> CommandLine:
    return CommandLine(server.url)


@pytest.fixture
def files(client: MlflowClient) -> str:
    """A run with a folder `model`."""
    run = client.create_run(client.create_experiment(fresh("files"))).info.run_id
    client.log_text(run, "flavors: {}\n", "model/MLmodel")
    return run


def test_the_life_of_a_model(cli: CommandLine, client: MlflowClient) -> None:
    name = fresh("life")
    made = cli.json("models", "create", name, "--description", "what it is for", "--tag", "team=flowers")
    assert (made["name"], made["description"]) == (name, "what it is for")
    assert client.get_registered_model(name).tags == {"team": "flowers"}
    assert "already exists" in cli.refused(1, "models", "create", name)
    text = cli.text("models", "show", name)
    assert all(word in text for word in (name, "what it is for", "flowers"))
    listed = cli.text("models", "list", "--filter", f"name = '{name}'")
    assert rows(listed)[0][0] == name
    assert "--yes" in cli.refused(2, "models", "delete", name)
    assert cli.json("models", "delete", name, "--yes") == {"name": name, "deleted": True}
    assert name in cli.refused(1, "models", "show", name)


def test_the_life_of_versions(cli: CommandLine, client: MlflowClient, files: str) -> None:
    name = fresh("versions")
    cli.text("models", "create", name)
    create = ["versions", "create", name, "--run", files, "--path", "model"]
    assert cli.json(*create, "--description", "the first")["version"] == "1"
    assert "version 2" in cli.text(*create, "--tag", "kind=second")
    assert [found["version"] for found in cli.json("versions", "list", name)] == ["2", "1"]
    moved = cli.json("stages", "set", name, "1", "Production")
    assert moved["current_stage"] == "Production"
    cli.text("stages", "set", name, "2", "Production", "--archive-existing")
    stages = {str(found.version): found.current_stage for found in client.search_model_versions(f"name = '{name}'")}
    assert stages == {"1": "Archived", "2": "Production"}
    assert "Somewhere" in cli.refused(1, "stages", "set", name, "1", "Somewhere")
    cli.text("aliases", "set", name, "champion", "2")
    assert str(client.get_model_version_by_alias(name, "champion").version) == "2"
    assert "champion" in cli.text("versions", "show", name, "2")
    assert rows(cli.text("versions", "list", name))[0][:4] == [name, "2", "Production", "champion"]
    compared = cli.json("versions", "compare", name, "1", "2")
    assert compared["version"]["stage"] == ["Archived", "Production"]
    assert compared["version_tags"] == {"kind": [None, "second"]}
    assert "source" not in compared["version"]
    assert "Archived" in cli.text("versions", "compare", name, "1", "2")
    cli.text("aliases", "delete", name, "champion")
    assert "champion" not in cli.text("versions", "show", name, "2")
    cli.text("versions", "delete", name, "1", "--yes")
    assert [found["version"] for found in cli.json("versions", "list", name)] == ["2"]
    assert "99" in cli.refused(1, "versions", "show", name, "99")


def test_a_version_is_named_by_its_semantic_version(cli: CommandLine, rest: Rest, files: str) -> None:
    name = fresh("semantic")
    cli.text("models", "create", name)
    for number, version in (("1", "1.3.0"), ("2", "1.4.0")):
        cli.text("versions", "create", name, "--run", files, "--path", "model", "--tag", f"kind={version}")
        place = f"/api/v1/registry/models/{name}/versions/{number}"
        assert rest.send("PATCH", place, json={"semantic_version": version}).ok
    assert cli.json("versions", "show", name, "1.4.0")["version"] == "2"
    assert cli.json("versions", "compare", name, "1.3.0", "2")["version_tags"] == {"kind": ["1.3.0", "1.4.0"]}
    assert cli.json("versions", "files", name, "1.4.0") == cli.json("versions", "files", name, "2")
    assert cli.json("stages", "set", name, "1.4.0", "Staging")["version"] == "2"
    assert cli.json("stages", "set", name, "1.4.0", "development")["current_stage"] == "None"
    cli.text("aliases", "set", name, "champion", "1.3.0")
    assert cli.json("versions", "show", name, "1.3.0")["aliases"] == ["champion"]
    asked = cli.json("transitions", "request", name, "1.4.0", "Production")
    assert cli.json("transitions", "list", name, "1.4.0") == [asked]
    cli.text("aliases", "delete", name, "champion")
    cli.text("versions", "delete", name, "1.3.0", "--yes")
    assert [found["version"] for found in cli.json("versions", "list", name)] == ["2"]
    for words in (("versions", "show"), ("versions", "compare"), ("stages", "set")):
        more = {"compare": ["2"], "set": ["Staging"]}.get(words[1], [])
        assert "version=9.9.9) not found" in cli.refused(1, *words, name, "9.9.9", *more)


@pytest.mark.parametrize("stem", ["it's", "größe 雨", 'say "so"'])
def test_the_versions_of_a_model_of_any_name(cli: CommandLine, files: str, stem: str) -> None:
    name = fresh(stem)
    cli.text("models", "create", name)
    cli.text("versions", "create", name, "--run", files, "--path", "model")
    assert [found["name"] for found in cli.json("versions", "list", name)] == [name]
    assert cli.refused(1, "versions", "list", name + "-nobody")


def test_the_files_of_a_version_come_with_their_digests(cli: CommandLine, client: MlflowClient, files: str) -> None:
    name = fresh("pinned")
    cli.text("models", "create", name)
    cli.text("versions", "create", name, "--run", files, "--path", "model")
    shown = cli.json("versions", "files", name, "1")
    digest = "sha256:" + hashlib.sha256(b"flavors: {}\n").hexdigest()
    assert shown["files"] == [{"path": "MLmodel", "size_bytes": 12, "digest": digest}]
    text = cli.text("versions", "files", name, "1")
    assert shown["digest"] in text
    assert ["12 B", "MLmodel", digest] in rows(text)
    client.create_model_version(name, "s3://elsewhere/model")
    assert "not pinned" in cli.text("versions", "files", name, "2")
    graph = regressor_graph()
    model = register(client, graph, column_signature(graph))
    assert re.search(r"Inputs\n.*double", cli.text("versions", "files", model.name, model.version))


def test_an_answer_that_is_piped_in_is_none(cli: CommandLine) -> None:
    name = fresh("asked")
    cli.text("models", "create", name)
    said = cli.refused(2, "models", "delete", name, answer="y\n")
    assert said.startswith(f"martlet: Delete model '{name}'")
    assert "--yes" in said
    assert cli.json("models", "show", name)["name"] == name


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 1), ("", 1)])
def test_a_person_is_asked_before_a_model_is_gone(cli: CommandLine, answer: str, code: int) -> None:
    name = fresh("asked")
    cli.text("models", "create", name)
    seen = cli.on_terminal(80, "models", "delete", name, answer=answer + "\n", code=code)
    assert f"Delete model '{name}'" in seen
    assert cli.run("models", "show", name).returncode == (1 if code == 0 else 0)


def test_the_life_of_an_endpoint(cli: CommandLine, client: MlflowClient) -> None:
    graph = regressor_graph()
    model = register(client, graph, column_signature(graph))
    endpoint = fresh("endpoint")
    deployed = cli.json("endpoints", "deploy", model.name, model.version, "--endpoint", endpoint)
    assert (deployed["name"], deployed["state"]) == (endpoint, "ready")
    client.transition_model_version_stage(model.name, model.version, "Staging")
    assert "serves version" in cli.text("endpoints", "deploy", model.name, "--stage", "Staging")
    client.set_registered_model_alias(model.name, "best", model.version)
    cli.text("endpoints", "deploy", model.name, "--alias", "best")
    table = cli.text("endpoints", "list")
    assert [endpoint, model.name, model.version, "ready"] in [row[:4] for row in rows(table)]
    shown = cli.text("endpoints", "show", endpoint)
    assert all(word in shown for word in (model.name, "ready", "FP32", "onnx"))
    assert cli.json("endpoints", "show", endpoint)["model_version"] == model.version
    assert cli.refused(1, "versions", "delete", model.name, model.version, "--yes")
    for name in (endpoint, model.name):
        assert cli.json("endpoints", "delete", name) == {"name": name, "deleted": True}
    assert endpoint in cli.refused(1, "endpoints", "show", endpoint)
    assert endpoint not in {found["name"] for found in cli.json("endpoints", "list")}


def test_alerts_are_listed_and_acknowledged(cli: CommandLine, client: MlflowClient, rest: Rest, folder: Path) -> None:
    graph = regressor_graph()
    reference = rows_of(2000, seed=21)
    model = register(client, graph, column_signature(graph), reference=reference, folder=folder)
    cli.text("endpoints", "deploy", model.name, model.version)
    send(rest, model, rows_of(500, seed=23).assign(length=lambda frame: frame["length"] + 1.5))
    assert check(rest, model)["verdict"] == "alert"
    alerts = [found for found in cli.json("alerts", "list", "--state", "open") if found["endpoint"] == model.name]
    assert alerts
    identity = alerts[0]["id"]
    assert identity in cli.text("alerts", "list", "--type", "DRIFT", "--all")
    acknowledged = cli.json("alerts", "acknowledge", identity, "--note", "the sensor was replaced")
    assert (acknowledged["state"], acknowledged["note"]) == ("acknowledged", "the sensor was replaced")
    assert identity not in cli.text("alerts", "list", "--state", "open", "--all")
    assert "nonsense" in cli.refused(2, "alerts", "list", "--state", "nonsense")
    assert cli.refused(1, "alerts", "acknowledge", "nobody")
