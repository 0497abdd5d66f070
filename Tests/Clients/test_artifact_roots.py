"""Where artifacts lie: at the server, in a folder that clients write to, or where only clients go."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import mlflow
import pytest
import requests
from martlet import DATABASES, Martlet, store_of
from mlflow.tracking import MlflowClient

Launch = Callable[..., Martlet]


@pytest.mark.parametrize("database", DATABASES)
def test_a_folder_is_written_by_clients_and_read_for_the_page(launch: Launch, tmp_path: Path, database: str) -> None:
    root = tmp_path / "root"
    options = ["--default-artifact-root", root.as_uri()]
    server = launch(store=store_of(database), options=options).start()
    client = MlflowClient(server.url)
    run = client.create_run(client.create_experiment("local"))
    assert run.info.artifact_uri == f"{root.as_uri()}/1/{run.info.run_id}/artifacts"
    assert not root.exists()
    client.log_text(run.info.run_id, "hello", "notes/a.txt")
    assert (root / "1" / run.info.run_id / "artifacts/notes/a.txt").read_text() == "hello"
    assert [file.path for file in client.list_artifacts(run.info.run_id, "notes")] == ["notes/a.txt"]
    page = requests.get(
        f"{server.url}/get-artifact", params={"run_id": run.info.run_id, "path": "notes/a.txt"}, timeout=10
    )
    assert (page.status_code, page.text) == (200, "hello")
    assert page.headers["Content-Disposition"] == "attachment; filename=a.txt"
    assert [path.name for path in root.iterdir()] == ["1"]


def test_the_server_keeps_what_it_is_sent_where_it_was_told(launch: Launch, tmp_path: Path) -> None:
    server = launch(options=["--artifacts-destination", str(tmp_path / "kept")]).start()
    client = MlflowClient(server.url)
    run = client.create_run("0")
    client.log_text(run.info.run_id, "hello", "a.txt")
    assert (tmp_path / "kept/0" / run.info.run_id / "artifacts/a.txt").read_text() == "hello"


def test_a_server_without_artifacts_says_so(launch: Launch, tmp_path: Path) -> None:
    root = (tmp_path / "root").as_uri()
    server = launch(options=["--no-serve-artifacts", "--default-artifact-root", root]).start()
    mlflow.set_tracking_uri(server.url)
    with mlflow.start_run() as run:
        mlflow.log_text("hello", "a.txt")
    assert mlflow.artifacts.load_text(f"{run.info.artifact_uri}/a.txt") == "hello"
    answer = requests.put(f"{server.url}/api/2.0/mlflow-artifacts/artifacts/a.txt", data=b"x", timeout=10)
    assert answer.status_code == 503


def test_a_registered_model_in_such_a_folder_is_loaded_from_there(launch: Launch, tmp_path: Path) -> None:
    server = launch(options=["--default-artifact-root", (tmp_path / "root").as_uri()]).start()
    client = MlflowClient(server.url)
    run = client.create_run("0")
    client.log_text(run.info.run_id, "flavors: {}", "model/MLmodel")
    client.create_registered_model("m")
    source = f"{run.info.artifact_uri}/model"
    version = client.create_model_version("m", source, run.info.run_id)
    assert client.get_model_version_download_uri("m", version.version) == source
    answer = requests.get(
        f"{server.url}/model-versions/get-artifact",
        params={"name": "m", "version": version.version, "path": "MLmodel"},
        timeout=10,
    )
    assert (answer.status_code, answer.text) == (200, "flavors: {}")
