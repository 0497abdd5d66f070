"""The short paths under /api/v1/mlflow and MLflow's own, over Martlet's store and over a real MLflow behind it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlflow
import pytest
from command_line import CommandLine, rows
from martlet import Martlet, binary
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient
from mlflow_process import MLflowProcess
from rest import Rest, fresh

SHORT = "/api/v1/mlflow"


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MLflowProcess]:
    server = MLflowProcess(tmp_path_factory.mktemp("behind") / "mlflow")
    yield server
    server.stop()


@pytest.fixture(scope="module", params=["martlet", "mlflow"])
def front(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Martlet]:
    """Martlet by itself, and before a real MLflow server."""
    options = []
    if request.param == "mlflow":
        options = ["--with-mlflow", request.getfixturevalue("behind").url + "/"]
    martlet = Martlet(tmp_path_factory.mktemp(f"front-{request.param}"), options=options).start()
    yield martlet
    assert martlet.stop() == 0


@pytest.fixture
def rest(front: Martlet) -> Rest:
    return Rest(front.url)


@pytest.fixture
def client(front: Martlet) -> MlflowClient:
    mlflow.set_tracking_uri(front.url)
    mlflow.set_registry_uri(front.url)
    return MlflowClient(front.url, front.url)


def test_experiments_and_runs(rest: Rest, client: MlflowClient, tmp_path: Path) -> None:
    name = f"a b/{fresh('experiment')}"
    made = rest.post(f"{SHORT}/experiments", {"name": name, "tags": {"team": "quant"}})
    assert (made["name"], made["tags"]) == (name, [{"key": "team", "value": "quant"}])
    path = f"{SHORT}/experiments/{name.replace(' ', '%20').replace('/', '%2F')}"
    assert rest.get(path)["experiment_id"] == made["experiment_id"]
    assert rest.get(f"{path}/runs") == {"runs": []}
    listed = rest.get(f"{SHORT}/experiments", filter=f"name = '{name}'")["experiments"]
    assert [item["name"] for item in listed] == [name]
    runs = [client.create_run(made["experiment_id"]).info.run_id for _ in range(3)]
    for place, run in enumerate(runs):
        client.log_param(run, "depth", place)
        for step in range(3):
            client.log_metric(run, "loss", 1 / (1 + step + place), timestamp=1000 + step, step=step)
    (tmp_path / "note.txt").write_text("hello")
    client.log_artifact(runs[0], str(tmp_path / "note.txt"), "notes")
    found = rest.get(f"{path}/runs", order_by="metrics.loss DESC, attributes.start_time", max_results=2)
    assert [run["info"]["run_id"] for run in found["runs"]] == runs[:2]
    rest_of = rest.get(f"{path}/runs", order_by="metrics.loss DESC", max_results=2, page_token=found["next_page_token"])
    assert [run["info"]["run_id"] for run in rest_of["runs"]] == runs[2:]
    assert len(rest.get(f"{path}/runs", filter="params.depth = '1'")["runs"]) == 1
    assert rest.get(f"{SHORT}/runs/{runs[1]}")["data"]["params"] == [{"key": "depth", "value": "1"}]
    last = rest.get(f"{SHORT}/runs/{runs[1]}/metrics")["metrics"]
    assert [(item["key"], item["value"], item["step"]) for item in last] == [("loss", 0.25, 2)]
    history = rest.get(f"{SHORT}/runs/{runs[0]}/metrics", key="loss")
    assert [item["value"] for item in history["metrics"]] == [1, 0.5, 1 / 3]
    assert [file["path"] for file in rest.get(f"{SHORT}/runs/{runs[0]}/artifacts")["files"]] == ["notes"]
    (file,) = rest.get(f"{SHORT}/runs/{runs[0]}/artifacts", path="notes")["files"]
    assert (file["path"], file["file_size"]) == ("notes/note.txt", 5)
    assert rest.get(f"{SHORT}/runs/{runs[1]}/artifacts")["files"] == []
    table = rest.post(f"{SHORT}/runs/compare", {"run_ids": runs[::-1]})
    assert table["params"] == [{"key": "depth", "values": ["2", "1", "0"], "differs": True}]
    assert table["metrics"][0]["values"] == [0.2, 0.25, 1 / 3]


def test_models(rest: Rest, client: MlflowClient) -> None:
    name = fresh("regime_detector")
    client.create_registered_model(name)
    status, error = rest.refused("GET", f"{SHORT}/models/{name}/latest")
    assert (status, error["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")
    for _ in range(3):
        client.create_model_version(name, "s3://bucket/model")
    assert rest.get(f"{SHORT}/models/{name}/latest")["version"] == "3"
    for version in ("1", 2):
        body = {"name": name, "version": version, "stage": "Production"}
        assert rest.post(f"{SHORT}/models/transition", body)["current_stage"] == "Production"
    assert client.get_model_version(name, "1").current_stage == "Archived"
    assert rest.get(f"{SHORT}/models/{name}/latest", stage="Production")["version"] == "2"
    rest.post(f"{SHORT}/models/transition", body | {"version": 3, "archive_existing_versions": False})
    assert client.get_model_version(name, "2").current_stage == "Production"
    found = rest.get(f"{SHORT}/models", filter=f"name = '{name}'")
    assert [model["name"] for model in found["models"]] == [name]
    for wrong in (
        {"name": name, "version": "9", "stage": "Staging"},
        {"name": fresh("no"), "version": 1, "stage": "None"},
    ):
        assert rest.refused("POST", f"{SHORT}/models/transition", wrong)[1]["error_code"] == "RESOURCE_DOES_NOT_EXIST"
    wrong = {"name": name, "version": "1", "stage": "Nowhere"}
    assert rest.refused("POST", f"{SHORT}/models/transition", wrong)[0] == 400
    assert rest.refused("POST", f"{SHORT}/models/transition", {"stage": "None"})[0] == 400


def test_what_was_looked_for_in_martlets_registry_alone_says_so(
    front: Martlet, rest: Rest, client: MlflowClient
) -> None:
    name = fresh("looked_for")
    client.create_registered_model(name)
    for method, path, body in (
        ("GET", f"/api/v1/registry/models/{name}/versions/1", None),
        ("POST", "/mlops/deploy", {"model_name": name, "version": "1"}),
    ):
        status, error = rest.refused(method, path, body)
        assert (status, error["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")
        assert ("`martlet import mlflow`" in error["message"]) == ("--with-mlflow" in front.options), error


def test_what_is_not_there_is_refused_as_mlflow_refuses_it(rest: Rest) -> None:
    for path in (f"experiments/{fresh('none')}", f"experiments/{fresh('none')}/runs", "runs/none", "runs/none/metrics"):
        status, error = rest.refused("GET", f"{SHORT}/{path}")
        assert (status, error["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST"), path
    assert rest.refused("GET", f"{SHORT}/experiments", params={"max_results": "1001"})[0] == 400
    assert rest.refused("GET", f"{SHORT}/experiments", params={"filter": "nonsense ="})[0] == 400


def test_mlflows_client_works_whole(client: MlflowClient, tmp_path: Path) -> None:
    large = tmp_path / "large.bin"
    large.write_bytes(os.urandom(3 << 20))
    mlflow.set_experiment(fresh("whole"))
    with mlflow.start_run() as run:
        mlflow.log_params({"a": 1})
        mlflow.log_artifact(str(large))
    (tmp_path / "back").mkdir()
    back = mlflow.artifacts.download_artifacts(
        run_id=run.info.run_id, artifact_path="large.bin", dst_path=tmp_path / "back"
    )
    assert Path(back).read_bytes() == large.read_bytes()
    assert client.get_run(run.info.run_id).data.params == {"a": "1"}
    with pytest.raises(MlflowException, match="not found"):
        client.get_run("0" * 32)


def test_the_command_line_works(front: Martlet, client: MlflowClient) -> None:
    name = fresh("listed")
    experiment = client.create_experiment(name)
    run = client.create_run(experiment).info.run_id
    client.create_registered_model(name)

    def said(*words: str) -> str:
        ended = subprocess.run(
            [binary(), *words, "--server", front.url], capture_output=True, text=True, timeout=60, check=True
        )
        return ended.stdout

    assert name in said("experiments", "list", "--json")
    assert run in said("runs", "list", "--experiment", name, "--json")
    assert name in said("models", "show", name)


def test_the_command_line_works_on_versions(front: Martlet, client: MlflowClient, rest: Rest) -> None:
    cli = CommandLine(front.url)
    is_behind = bool(front.options)
    name = fresh("versions")
    if is_behind:
        # Martlet's own registry knows others of that name, which are not meant.
        for number in "12":
            own = {"name": name, "version": f"1.0.{number}", "artifact_uri": "s3://bucket/own", "framework": "other"}
            rest.post("/api/v1/registry/models", own)
    client.create_registered_model(name)
    create = ["versions", "create", name, "--source", "s3://bucket/model"]
    assert cli.json(*create, "--tag", "kind=first")["version"] == "1"
    cli.text(*create)
    assert [found["version"] for found in cli.json("versions", "list", name)] == ["2", "1"]
    assert rows(cli.text("versions", "list", name))[0][:3] == [name, "2", "None"]
    shown = cli.json("versions", "show", name, "1")
    assert shown["tags"] == [{"key": "kind", "value": "first"}]
    assert ("document" in shown) is not is_behind
    assert all(("document" in found) is not is_behind for found in cli.json("versions", "list", name))
    assert "s3://bucket/model" in cli.text("versions", "show", name, "1")
    compared = cli.json("versions", "compare", name, "1", "2")
    assert compared["version_tags"] == {"kind": ["first", None]}
    assert "framework" not in compared["version"]
    assert "first" in cli.text("versions", "compare", name, "1", "2")
    for words in ([*create, "--framework", "onnx"], ["versions", "describe", name, "1", "--framework", "onnx"]):
        if is_behind:
            assert "MLflow server's behind" in cli.refused(1, *words)
        else:
            assert cli.json(*words)["document"]["framework"] == "onnx"
    assert len(client.search_model_versions(f"name = '{name}'")) == (2 if is_behind else 3)


def test_the_command_line_works_on_versions_of_a_plain_mlflow(behind: MLflowProcess) -> None:
    cli = CommandLine(behind.url)
    name = fresh("plain")
    cli.text("models", "create", name)
    create = ["versions", "create", name, "--source", "s3://bucket/model"]
    for kind in ("first", "second"):
        cli.text(*create, "--tag", f"kind={kind}")
    assert [found["version"] for found in cli.json("versions", "list", name)] == ["2", "1"]
    assert "document" not in cli.json("versions", "show", name, "1")
    assert cli.json("versions", "compare", name, "1", "2")["version_tags"] == {"kind": ["first", "second"]}
    for words in ([*create, "--framework", "onnx"], ["versions", "describe", name, "1", "--framework", "onnx"]):
        assert "Is it a Martlet server?" in cli.refused(1, *words)
    assert len(cli.json("versions", "list", name)) == 2


def test_status(front: Martlet, rest: Rest) -> None:
    status = rest.get(f"{SHORT}/status")
    assert status["connected"] is True and status["version"]
    expected: dict[str, Any] = {"server": "mlflow" if front.options else "martlet"}
    if front.options:
        expected["tracking_uri"] = front.options[1].rstrip("/")
    assert expected.items() <= status.items()


def test_a_server_behind_that_is_gone_is_told(tmp_path: Path) -> None:
    martlet = Martlet(tmp_path / "front", options=["--with-mlflow", "http://127.0.0.1:9"]).start()
    try:
        rest = Rest(martlet.url)
        status = rest.get(f"{SHORT}/status")
        assert (status["connected"], status["server"]) == (False, "mlflow")
        assert rest.refused("GET", f"{SHORT}/experiments")[0] == 503
        assert rest.refused("GET", "/api/2.0/mlflow/runs/get", params={"run_id": "a"})[0] == 503
        assert rest.refused("POST", "/mlops/deploy", {"model_name": "a", "version": 1})[0] == 503
    finally:
        assert martlet.stop() == 0


def test_an_address_that_is_none_is_refused(tmp_path: Path) -> None:
    for wrong in ("localhost:5000", "ftp://a.example", "http://user:open-sesame@a.example", ""):
        ended = subprocess.run(
            [binary(), "server", "--port", "0", "--data-dir", str(tmp_path / "data"), "--with-mlflow", wrong],
            capture_output=True,
            text=True,
            timeout=30,
        )
        assert ended.returncode == 2 and "--with-mlflow takes the address" in ended.stderr
        assert "open-sesame" not in ended.stdout + ended.stderr
        assert not (tmp_path / "data").exists()
