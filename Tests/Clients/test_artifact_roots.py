"""Where artifacts lie: at the server, in a folder that clients write to, or where only clients go."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import mlflow
import pytest
import requests
from martlet import DATABASES, Martlet, free_port, store_of
from mlflow.tracking import MlflowClient
from s3 import Bucket

Launch = Callable[..., Martlet]
LARGE_BYTES = 256 << 20


def peak_bytes(server: Martlet) -> int:
    """The most memory that the server's process has held."""
    assert server.process is not None
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) << 10


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


def test_a_bucket_is_written_by_clients_and_listed_and_read_through_the_server(launch: Launch, bucket: Bucket) -> None:
    server = launch(options=["--default-artifact-root", bucket.uri]).start()
    client = MlflowClient(server.url)
    run = client.create_run(client.create_experiment("bucket"))
    assert run.info.artifact_uri == f"{bucket.uri}/1/{run.info.run_id}/artifacts"
    client.log_text(run.info.run_id, "hello", "notes/a b.txt")
    assert bucket.names(f"1/{run.info.run_id}/") == ["artifacts/notes/a b.txt"]
    lists = f"{server.url}/api/2.0/mlflow/artifacts/list"
    for folder in ("", "notes"):
        mine = [(file.path, file.is_dir, file.file_size) for file in client.list_artifacts(run.info.run_id, folder)]
        answer = requests.get(lists, params={"run_id": run.info.run_id, "path": folder}, timeout=30).json()
        assert answer["root_uri"] == run.info.artifact_uri
        assert [(file["path"], file["is_dir"], file.get("file_size")) for file in answer["files"]] == mine
    page = f"{server.url}/get-artifact"
    query = {"run_id": run.info.run_id, "path": "notes/a b.txt"}
    assert requests.get(page, params=query, timeout=30).text == "hello"
    for path in ("../../../secret", "notes/../../x", "..%2fx", "/etc/passwd"):
        for url in (page, lists):
            refused = requests.get(url, params={"run_id": run.info.run_id, "path": path}, timeout=30)
            assert (refused.status_code, refused.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE"), path
    elsewhere = client.create_run(client.create_experiment("elsewhere", bucket.uri + "-other"))
    client.log_text(elsewhere.info.run_id, "secret", "a.txt")
    for url in (page, lists):
        refused = requests.get(url, params={"run_id": elsewhere.info.run_id, "path": "a.txt"}, timeout=30)
        assert refused.status_code == 400
        assert "--artifact-roots" in refused.json()["message"]


def test_a_large_file_of_a_bucket_goes_through_the_server_piece_by_piece(
    launch: Launch, bucket: Bucket, tmp_path: Path
) -> None:
    server = launch(options=["--default-artifact-root", bucket.uri]).start()
    client = MlflowClient(server.url)
    run = client.create_run("0").info.run_id
    with (tmp_path / "large.bin").open("wb") as large:
        large.truncate(LARGE_BYTES)
    client.log_artifact(run, str(tmp_path / "large.bin"))
    query, before = {"run_id": run, "path": "large.bin"}, peak_bytes(server)
    with requests.get(f"{server.url}/get-artifact", params=query, stream=True, timeout=60) as answer:
        assert sum(len(chunk) for chunk in answer.iter_content(1 << 20)) == LARGE_BYTES
    assert peak_bytes(server) - before < LARGE_BYTES // 4
    part = requests.get(
        f"{server.url}/get-artifact", params=query, headers={"Range": f"bytes={LARGE_BYTES - 3}-"}, timeout=30
    )
    assert (part.status_code, part.content) == (206, bytes(3))


def test_a_bucket_that_cannot_be_read_says_why(launch: Launch, bucket: Bucket) -> None:
    server = launch(options=["--default-artifact-root", bucket.uri]).start()
    client = MlflowClient(server.url)
    run = client.create_run("0").info.run_id
    client.log_text(run, "hello", "a.txt")
    for environment, status, words in [
        ({"AWS_ACCESS_KEY_ID": ""}, 400, "AWS_ACCESS_KEY_ID"),
        ({"MLFLOW_S3_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}"}, 503, "can't be reached"),
    ]:
        server.stop()
        server.environment = environment
        server.start()
        for path in ("get-artifact", "api/2.0/mlflow/artifacts/list"):
            answer = requests.get(f"{server.url}/{path}", params={"run_id": run, "path": "a.txt"}, timeout=60)
            assert (answer.status_code, words in answer.json()["message"]) == (status, True), answer.text
