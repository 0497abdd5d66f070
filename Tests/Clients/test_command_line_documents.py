"""What is told of a version beyond its files, by the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import CommandLine, rows
from martlet import Martlet
from mlflow.tracking import MlflowClient
from rest import Rest, fresh

TOLD = [
    *("--semantic-version", "1.4.0", "--framework", "pytorch", "--type", "classification", "--author", "ada"),
    *("--size", "1024000", "--experiment", "exp-1", "--metric", "accuracy=0.95", "--metric", "n=3"),
    *("--hyperparameter", "layers=[64,32]", "--hyperparameter", "optimizer=adam"),
    *("--parent", "base@0.9.0:fine-tuned", "--dataset", "flowers@2:train:100000", "--dataset", "weeds@7"),
    *("--code-repository", "https://a.example/x", "--code-commit", "4f2a9c1", "--code-digest", "sha256:00"),
]
DOCUMENT: dict[str, Any] = {
    "framework": "pytorch",
    "model_type": "classification",
    "author": "ada",
    "model_size_bytes": 1024000,
    "experiment_id": "exp-1",
    "metrics": {"accuracy": 0.95, "n": 3},
    "hyperparameters": {"layers": [64, 32], "optimizer": "adam"},
    "parent_models": [{"model_id": "base", "version": "0.9.0", "relationship": "fine-tuned"}],
    "datasets": [
        {"dataset_id": "flowers", "version": "2", "split": "train", "size": 100000},
        {"dataset_id": "weeds", "version": "7"},
    ],
    "code": {"repository": "https://a.example/x", "commit": "4f2a9c1", "digest": "sha256:00"},
}


@pytest.fixture(scope="session")
def cli(server: Martlet) -> CommandLine:
    return CommandLine(server.url)


@pytest.fixture
def run(client: MlflowClient) -> str:
    """A run with a folder `model`, a parameter and a metric."""
    run = client.create_run(client.create_experiment(fresh("files"))).info.run_id
    client.log_text(run, "flavors: {}\n", "model/MLmodel")
    client.log_param(run, "depth", 7)
    client.log_metric(run, "accuracy", 0.5)
    return run


@pytest.fixture
def model(cli: CommandLine) -> str:
    name = fresh("told")
    cli.text("models", "create", name)
    return name


def place(model: str, version: str) -> str:
    return f"/api/v1/registry/models/{model}/versions/{version}"


def facts(text: str) -> dict[str, str]:
    """The names and values that stand in two columns."""
    return {row[0]: row[1] for row in rows("\n" + text) if len(row) == 2}


def test_a_version_is_registered_with_its_document(cli: CommandLine, rest: Rest, run: str, model: str) -> None:
    create = ["versions", "create", model, "--run", run, "--path", "model", "--description", "why", "--tag", "a=b"]
    made = cli.json(*create, *TOLD)
    assert (made["version"], made["run_id"], made["description"]) == ("1", run, "why")
    assert made["tags"] == [{"key": "a", "value": "b"}]
    assert made["document"] == rest.get(place(model, "1"))
    assert {name: made["document"][name] for name in DOCUMENT} == DOCUMENT
    assert (made["document"]["version"], made["document"]["run_id"]) == ("1.4.0", run)
    assert made["document"]["pin_state"] == "pinned"
    assert "1.4.0 already" in cli.refused(1, *create, "--semantic-version", "1.4.0")
    assert "Registered version 2 (1.5.0)" in cli.text(*create, "--semantic-version", "1.5.0")
    assert "Registered version 3 of" in cli.text(*create)
    assert cli.json("versions", "show", model, "3")["document"] == rest.get(place(model, "3"))
    nobody = fresh("nobody")
    assert nobody in cli.refused(1, "versions", "create", nobody, "--source", "s3://a/b", "--author", "ada")
    assert cli.refused(1, "models", "show", nobody)


def test_a_version_is_shown_with_its_document(cli: CommandLine, rest: Rest, run: str, model: str) -> None:
    cli.text("versions", "create", model, "--run", run, "--path", "model", *TOLD)
    shown = cli.text("versions", "show", model, "1.4.0")
    assert cli.text("versions", "show", model, "1") == shown
    expected = {
        **{"version": "1", "semantic version": "1.4.0", "framework": "pytorch", "type": "classification"},
        **{"author": "ada", "size": "1.0 MB", "experiment": "exp-1", "run": run, "stage": "None"},
        **{"accuracy": "0.95", "n": "3", "layers": "[64,32]", "optimizer": "adam"},
        **{"repository": "https://a.example/x", "commit": "4f2a9c1"},
    }
    assert expected.items() <= facts(shown).items()
    printed = rows(shown)
    for row in (["base", "0.9.0", "fine-tuned"], ["flowers", "2", "train", "100000"], ["weeds", "7"]):
        assert row in printed
    found = cli.json("versions", "show", model, "1.4.0")
    assert (found["version"], found["current_stage"]) == ("1", "None")
    assert found["document"] == rest.get(place(model, "1"))


def test_versions_are_listed_with_their_documents(cli: CommandLine, rest: Rest, model: str) -> None:
    create = ["versions", "create", model, "--source", "s3://elsewhere/model"]
    cli.text(*create)
    assert cli.text("versions", "list", model).split("\n")[0].split()[:4] == ["MODEL", "VERSION", "STAGE", "ALIASES"]
    cli.text(*create, *TOLD)
    cli.text(*create, "--framework", "onnx")
    cli.text("aliases", "set", model, "champion", "1.4.0")
    text = cli.text("versions", "list", model, "--order-by", "version_number ASC")
    heading = text.split("\n")[0].split()
    assert heading[:7] == ["MODEL", "VERSION", "SEMANTIC", "STAGE", "ALIASES", "FRAMEWORK", "METRICS"]
    first, second, third = rows(text)
    assert first[:4] == [model, "1", "None", "READY"]
    assert second[:7] == [model, "2", "1.4.0", "None", "champion", "pytorch", "accuracy 0.95, n 3"]
    assert third[:4] == [model, "3", "None", "onnx"]
    listed = cli.json("versions", "list", model)
    assert [found["version"] for found in listed] == ["3", "2", "1"]
    assert [found["document"] for found in listed] == rest.get(f"/api/v1/registry/models/{model}/versions")["versions"]
    (one,) = cli.json("versions", "list", model, "--filter", "version_number = 1")
    assert one["document"]["number"] == 1
    everything = cli.json("versions", "list", "--filter", f"name = '{model}'")
    assert all("document" not in found for found in everything)


def test_documents_are_found_however_many_versions_there_are(cli: CommandLine, rest: Rest, model: str) -> None:
    for number in range(1, 104):
        body = {"name": model, "version": f"1.0.{number}", "artifact_uri": "s3://elsewhere/model"}
        rest.post("/api/v1/registry/models", body)
    listed = cli.json("versions", "list", model, "--all", "--order-by", "version_number ASC")
    assert [found["document"]["version"] for found in listed] == [f"1.0.{number}" for number in range(1, 104)]


def test_a_document_is_told_again_and_told_no_longer(cli: CommandLine, rest: Rest, run: str, model: str) -> None:
    cli.text("versions", "create", model, "--source", "s3://elsewhere/model")
    describe = ["versions", "describe", model, "1"]
    assert f"Version 1 (1.4.0) of '{model}' is described." in cli.text(*describe, *TOLD, "--run", run)
    found = rest.get(place(model, "1"))
    assert {name: found[name] for name in DOCUMENT} == DOCUMENT
    assert found["run_id"] == run
    words = ["versions", "describe", model, "1.4.0", "--metric", "f1=0.9", "--clear", "author", "--clear", "datasets"]
    changed = cli.json(*words)
    assert changed["document"] == (found := rest.get(place(model, "1")))
    assert changed["version"] == "1"
    assert "author" not in found and "datasets" not in found
    assert (found["metrics"], found["framework"]) == ({"f1": 0.9}, "pytorch")
    assert "came of run" in cli.refused(1, *describe, "--clear", "run_id")
    assert "1.4" in cli.refused(1, *describe, "--semantic-version", "1.4")
    assert "model_type" in cli.refused(2, *describe, "--clear", "nonsense")
    assert "at once" in cli.refused(2, *describe, "--clear", "author", "--author", "bob")
    assert "--document" in cli.refused(2, *describe)
    assert "f1=good" in cli.refused(2, *describe, "--metric", "f1=good")
    assert "stands twice" in cli.refused(2, *describe, "--metric", "f1=1", "--metric", "f1=2")
    assert "--code-commit" in cli.refused(2, *describe, "--code-repository", "https://a.example")
    assert "99" in cli.refused(1, "versions", "describe", model, "99", "--author", "bob")
    assert rest.get(place(model, "1")) == found


def test_a_document_is_a_file_or_what_is_piped_in(cli: CommandLine, rest: Rest, model: str, folder: Path) -> None:
    (folder / "document.json").write_text(json.dumps({"semantic_version": "2.0.0", **DOCUMENT}))
    create = ["versions", "create", model, "--source", "s3://elsewhere/model", "--document"]
    made = cli.json(*create, "document.json", "--author", "bob", folder=folder)
    assert {name: made["document"][name] for name in DOCUMENT} == {**DOCUMENT, "author": "bob"}
    assert made["document"]["version"] == "2.0.0"
    describe = ["versions", "describe", model, "2.0.0", "--document", "-"]
    changed = cli.json(*describe, answer='{"semantic_version": "2.0.1", "metrics": null}')
    assert changed["document"]["version"] == "2.0.1"
    assert "metrics" not in changed["document"] and changed["document"]["author"] == "bob"
    assert "byte 0" in cli.refused(2, *describe, answer="")
    assert "standard input must be an object" in cli.refused(2, *describe, answer="[]")
    said = cli.refused(2, *describe, answer='{"stage": "Production"}')
    assert "'stage'" in said and "semantic_version, framework, model_type" in said
    assert "no.json" in cli.refused(1, *create, str(folder / "no.json"))
    assert [found["version"] for found in cli.json("versions", "list", model)] == ["1"]
    assert rest.get(place(model, "1"))["version"] == "2.0.1"


def test_versions_are_compared_by_what_is_told_else_by_their_runs(cli: CommandLine, run: str, model: str) -> None:
    create = ["versions", "create", model, "--run", run, "--path", "model"]
    cli.text(*create)
    cli.text(*create)
    plain = cli.json("versions", "compare", model, "1", "2", "--all")
    assert plain["params"] == {"depth": ["7", "7"]} and plain["metrics"] == {"accuracy": [0.5, 0.5]}
    assert "hyperparameters" not in plain
    cli.text(*create, *TOLD)
    compared = cli.json("versions", "compare", model, "1", "1.4.0")
    assert [found["version"] for found in compared["versions"]] == ["1", "3"]
    assert [found["document"]["version"] for found in compared["versions"]] == ["1", "1.4.0"]
    assert compared["metrics"] == {"accuracy": [0.5, 0.95], "n": [None, 3]}
    assert compared["hyperparameters"] == {
        **{"depth": ["7", None], "layers": [None, [64, 32]], "optimizer": [None, "adam"]},
    }
    assert compared["params"] == {}
    told = {name: values[1] for name, values in compared["version"].items() if values[0] is None}
    assert told == {
        **{"semantic_version": "1.4.0", "framework": "pytorch", "type": "classification", "author": "ada"},
        **{"experiment": "exp-1", "parents": "base@0.9.0:fine-tuned"},
        **{"datasets": "flowers@2:train:100000, weeds@7"},
        **{"code_repository": "https://a.example/x", "code_commit": "4f2a9c1", "code_digest": "sha256:00"},
    }
    # The server knows how large the files are that it keeps, where nobody told it.
    assert compared["version"]["size"] == ["12 B", "1.0 MB"]
    text = cli.text("versions", "compare", model, "1", "1.4.0")
    for row in (["framework", "–", "pytorch"], ["accuracy", "0.5", "0.95"], ["layers", "–", "[64,32]"]):
        assert row in rows(text)
    assert "9.9.9) not found" in cli.refused(1, "versions", "compare", model, "1", "9.9.9")
