"""Models in folders and buckets that clients keep themselves: read in the background, pinned, served."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow
import pytest
from command_line import CommandLine
from martlet import DATABASES, Martlet, free_port, store_of
from mlflow.tracking import MlflowClient
from mlflow_import import imported, reader
from mlflow_store import Store
from models import Model, column_signature, register, regressor_graph
from rest import Rest
from s3 import BUCKET, Bucket
from test_s3 import client_of, expect_truth
from test_serving import DEPLOY, deployed

Launch = Callable[..., Martlet]
LARGE_BYTES = 3 << 30


def files_of(server: Martlet, name: str, version: str = "1") -> Any:
    return Rest(server.url).get(f"/api/v1/registry/models/{name}/versions/{version}/files")


def settled(server: Martlet, name: str, version: str = "1", seconds: float = 60) -> Any:
    """What a version is made of, once it does not wait for its pin any more."""
    deadline = time.monotonic() + seconds
    while (files := files_of(server, name, version))["pin_state"] == "pending":
        assert time.monotonic() < deadline, files
        time.sleep(0.05)
    return files


def wait_until_open(server: Martlet, name: str) -> None:
    """Waits until the server's process is reading a file of that name."""
    assert server.process is not None
    open_files = Path(f"/proc/{server.process.pid}/fd")
    deadline = time.monotonic() + 30
    while not any(os.path.realpath(entry).endswith(name) for entry in open_files.iterdir()):
        assert time.monotonic() < deadline
        time.sleep(0.005)


def source_of(client: MlflowClient, model: Model) -> str:
    source = client.get_model_version(model.name, model.version).source
    return client.get_logged_model(source.removeprefix("models:/")).artifact_location


def refused_deployment(server: Martlet, model: Model) -> tuple[int, str, str]:
    status, error = Rest(server.url).refused("POST", DEPLOY, {"model_name": model.name, "version": model.version})
    return status, error["error_code"], error["message"]


@pytest.mark.parametrize("database", DATABASES)
def test_a_model_in_a_folder_of_the_clients_is_deployed_at_once(launch: Launch, tmp_path: Path, database: str) -> None:
    root = tmp_path / "root of clients"
    server = launch(store=store_of(database), options=["--default-artifact-root", root.as_uri()]).start()
    client, graph = client_of(server), regressor_graph()
    model = register(client, graph, column_signature(graph))
    deployed(Rest(server.url), model)
    expect_truth(Rest(server.url), model)
    files = files_of(server, model.name)
    assert files["pin_state"] == "pinned"
    assert {"MLmodel", "model.onnx"} <= {file["path"] for file in files["files"]}
    assert len(files["signature"]["inputs"]) == 4
    source = source_of(client, model)
    assert source.startswith(root.as_uri())
    path = Path(mlflow.artifacts.download_artifacts(f"{source}/model.onnx"))
    assert path.is_relative_to(root)
    path.write_bytes(regressor_graph(seed=2).SerializeToString())
    status, code, message = refused_deployment(server, model)
    assert (status, code) == (409, "RESOURCE_CONFLICT"), message
    assert "model.onnx" in message
    expect_truth(Rest(server.url), model)


def test_a_model_in_a_bucket_of_the_clients_is_deployed_and_a_changed_one_is_not(
    launch: Launch, bucket: Bucket
) -> None:
    server = launch(options=["--default-artifact-root", bucket.uri]).start()
    client, graph = client_of(server), regressor_graph()
    model, other = (register(client, graph, column_signature(graph)) for _ in range(2))
    deployed(Rest(server.url), model)
    expect_truth(Rest(server.url), model)
    assert settled(server, other.name)["pin_state"] == "pinned"
    key = source_of(client, other).removeprefix(f"s3://{BUCKET}/") + "/MLmodel"
    bucket.client.put_object(Bucket=BUCKET, Key=key, Body=b"flavors: {}")
    status, code, message = refused_deployment(server, other)
    assert (status, code) == (409, "RESOURCE_CONFLICT"), message


def test_a_bucket_is_read_when_the_server_is_told_to_and_answers(launch: Launch, bucket: Bucket) -> None:
    own = ["--default-artifact-root", bucket.uri]
    server = launch(options=own).start()
    client, graph = client_of(server), regressor_graph()
    model = register(client, graph, column_signature(graph))
    copy = f"s3://{BUCKET}/{bucket.prefix}-other/model"
    folder = source_of(client, model).removeprefix(f"s3://{BUCKET}/")
    for name in ("MLmodel", "model.onnx"):
        bucket.client.copy_object(
            Bucket=BUCKET,
            Key=f"{bucket.prefix}-other/model/{name}",
            CopySource={"Bucket": BUCKET, "Key": f"{folder}/{name}"},
        )
    other = client.create_model_version(model.name, copy)
    outside = Model(model.name, str(other.version), model.graph, model.rows)
    status, code, message = refused_deployment(server, outside)
    assert (status, code) == (400, "INVALID_PARAMETER_VALUE")
    assert "--artifact-roots" in message
    server.stop()
    server.options = [*own, "--artifact-roots", copy.removesuffix("/model")]
    server.environment = {"MLFLOW_S3_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}"}
    server.start()
    pin = f"/api/v1/registry/models/{model.name}/versions/{other.version}/pin"
    assert Rest(server.url).post(pin, {})["pin_state"] == "pending"
    deadline = time.monotonic() + 30
    while "unpinned_reason" not in (files := files_of(server, model.name, outside.version)):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert files["pin_state"] == "pending", files
    assert "can't be reached" in files["unpinned_reason"]
    server.stop()
    server.environment = {}
    server.start()
    assert settled(server, model.name, outside.version)["pin_state"] == "pinned"
    deployed(Rest(server.url), outside)
    expect_truth(Rest(server.url), outside)


@pytest.mark.parametrize("database", DATABASES)
def test_a_reading_that_a_kill_ended_is_done_again(launch: Launch, tmp_path: Path, database: str) -> None:
    root = tmp_path / "root"
    server = launch(store=store_of(database), options=["--default-artifact-root", root.as_uri()]).start()
    client = client_of(server)
    run = client.create_run(client.create_experiment("large"))
    folder = root / "1" / run.info.run_id / "artifacts" / "model"
    folder.mkdir(parents=True)
    (folder / "MLmodel").write_text("flavors: {}")
    with (folder / "weights.bin").open("wb") as weights:
        weights.truncate(LARGE_BYTES)
    client.create_registered_model("large")
    client.create_model_version("large", f"{run.info.artifact_uri}/model", run.info.run_id)
    wait_until_open(server, "weights.bin")
    assert files_of(server, "large")["pin_state"] == "pending"
    server.kill()
    server.start()
    assert files_of(server, "large")["pin_state"] == "pending"
    files = settled(server, "large")
    assert files["pin_state"] == "pinned", files
    assert [(file["path"], file["size_bytes"]) for file in files["files"]] == [
        ("MLmodel", 11),
        ("weights.bin", LARGE_BYTES),
    ]


def test_what_failed_is_told_and_read_again_by_the_command_line(launch: Launch, tmp_path: Path) -> None:
    root = tmp_path / "root"
    server = launch(options=["--default-artifact-root", root.as_uri()]).start()
    client, cli = client_of(server), CommandLine(server.url)
    run = client.create_run("0")
    client.create_registered_model("m")
    client.create_model_version("m", f"{run.info.artifact_uri}/model", run.info.run_id)
    assert "not there" in settled(server, "m")["unpinned_reason"]
    assert "not there" in cli.text("versions", "files", "m", "1")
    client.log_text(run.info.run_id, "flavors: {}", "model/MLmodel")
    assert cli.json("versions", "pin", "m", "1")["pin_state"] == "pending"
    files = settled(server, "m")
    assert files["pin_state"] == "pinned"
    assert files["digest"] in cli.text("versions", "files", "m", "1")


def test_imported_versions_that_stay_where_they_are_are_read_by_the_server(launch: Launch, tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/mlflow.db", tmp_path)
    root = tmp_path / "models"
    client = store.client
    run = client.create_run(client.create_experiment("files", root.as_uri()))
    folder = root / run.info.run_id / "artifacts" / "model"
    folder.mkdir(parents=True)
    (folder / "MLmodel").write_text("flavors: {}")
    client.create_registered_model("net")
    client.create_model_version("net", f"{run.info.artifact_uri}/model", run.info.run_id)
    client.create_model_version("net", "s3://bucket/elsewhere")
    server = launch()
    for _ in range(2):
        report = imported(store.uri, server)
        assert (report["pins_pending"], report["unpinned"]) == (2, {})
    server.options = ["--artifact-roots", str(root)]
    server.start()
    assert settled(server, "net")["pin_state"] == "pinned"
    assert "--artifact-roots" in settled(server, "net", "2")["unpinned_reason"]
    assert reader(server).get_model_version("net", "1").source == f"{run.info.artifact_uri}/model"
