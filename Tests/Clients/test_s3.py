"""Artifacts in S3: what MLflow's client sees is what it sees of a folder, and models are served from a copy."""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import mlflow
import numpy as np
import pytest
import requests
from martlet import Martlet
from mlflow.tracking import MlflowClient
from models import Model, column_signature, register, regressor_graph
from rest import Rest
from s3 import BUCKET, Bucket
from test_artifacts import ARTIFACTS
from test_serving import DEPLOY, ENDPOINTS, ask_predict, deployed, numbers

Launch = Callable[..., Martlet]


@pytest.fixture
def bucket() -> Bucket:
    return Bucket()


@pytest.fixture
def stored(launch: Launch, bucket: Bucket) -> Martlet:
    """A server whose artifacts are in the bucket."""
    return launch(options=bucket.options, environment=bucket.environment).start()


def client_of(server: Martlet) -> MlflowClient:
    mlflow.set_tracking_uri(server.url)
    mlflow.set_registry_uri(server.url)
    return MlflowClient(server.url)


def expect_truth(rest: Rest, model: Model) -> None:
    truth = next(iter(model.truth().values()))
    assert np.allclose(numbers(ask_predict(rest, model)), numbers(truth), atol=1e-5)


def source_of(client: MlflowClient, model: Model) -> str:
    source = client.get_model_version(model.name, model.version).source
    if source.startswith("models:/"):
        source = client.get_logged_model(source.removeprefix("models:/")).artifact_location
    return source.removeprefix("mlflow-artifacts:/")


def test_a_large_file_is_sent_in_parts_and_the_folder_has_no_copy(
    stored: Martlet, bucket: Bucket, tmp_path: Path
) -> None:
    client = client_of(stored)
    run = client.create_run("0").info.run_id
    content = random.Random(3).randbytes(20_000_000)
    (tmp_path / "large.bin").write_bytes(content)
    client.log_artifact(run, str(tmp_path / "large.bin"), "big")
    name = f"0/{run}/artifacts/big/large.bin"
    head = bucket.client.head_object(Bucket=BUCKET, Key=bucket.key(name))
    assert (head["ContentLength"], head["ETag"].count("-")) == (len(content), 1)
    assert Path(client.download_artifacts(run, "big/large.bin")).read_bytes() == content
    assert not [path for path in (stored.folder / "data").rglob("*") if path.is_file() and path.stat().st_size > 10**7]
    part = requests.get(f"{stored.url}{ARTIFACTS}/{name}", headers={"Range": "bytes=9000000-9000999"}, timeout=10)
    assert (part.status_code, part.content) == (206, content[9_000_000:9_001_000])
    assert requests.delete(f"{stored.url}{ARTIFACTS}/0/{run}", timeout=10).ok
    assert bucket.names() == []


def test_a_model_is_served_and_comes_back_from_its_copy(stored: Martlet, bucket: Bucket) -> None:
    client, rest = client_of(stored), Rest(stored.url)
    graph = regressor_graph()
    model = deployed(rest, register(client, graph, column_signature(graph)))
    expect_truth(rest, model)
    source = source_of(client, model)
    status, error = rest.refused("DELETE", f"{ARTIFACTS}/{source}")
    assert (status, error["error_code"]) == (409, "RESOURCE_CONFLICT")
    assert stored.stop() == 0
    # The model's own file is not asked for again.
    bucket.client.delete_object(Bucket=BUCKET, Key=bucket.key(f"{source}/model.onnx"))
    stored.start()
    rest = Rest(stored.url)
    deadline = time.monotonic() + 30
    while rest.get(f"{ENDPOINTS}/{model.name}")["state"] != "ready":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    expect_truth(rest, model)


def test_a_file_changed_in_the_bucket_is_not_deployed(stored: Martlet, bucket: Bucket) -> None:
    client, rest = client_of(stored), Rest(stored.url)
    graph = regressor_graph()
    model = register(client, graph, column_signature(graph))
    other = regressor_graph(seed=2).SerializeToString()
    bucket.client.put_object(Bucket=BUCKET, Key=bucket.key(f"{source_of(client, model)}/model.onnx"), Body=other)
    status, error = rest.refused("POST", DEPLOY, {"model_name": model.name, "version": model.version})
    assert (status, error["error_code"]) == (409, "RESOURCE_CONFLICT"), error
    assert "model.onnx" in error["message"]


def test_two_servers_share_a_bucket(launch: Launch, bucket: Bucket) -> None:
    first, second = (
        launch(name, options=bucket.options, environment=bucket.environment).start() for name in ("first", "second")
    )
    url = f"{ARTIFACTS}/1/shared.txt"
    assert requests.put(first.url + url, data=b"shared", timeout=10).ok
    assert requests.get(second.url + url, timeout=10).content == b"shared"


@pytest.mark.parametrize(
    ("uri", "missing", "word", "code"),
    [
        ("s3://no-such-bucket/x", "", "NoSuchBucket", 1),
        (f"s3://{BUCKET}/x", "AWS_SECRET_ACCESS_KEY", "AWS_SECRET_ACCESS_KEY", 1),
        ("s3://", "", "names no bucket", 2),
        ("gs://bucket/x", "", "gs://bucket/x", 2),
    ],
)
def test_a_place_that_cannot_be_used_is_told_in_one_line(
    launch: Launch, bucket: Bucket, uri: str, missing: str, word: str, code: int
) -> None:
    server = launch(options=["--artifacts-destination", uri])
    environment = {name: value for name, value in bucket.environment.items() if name != missing}
    ended = subprocess.run(server.command(), capture_output=True, text=True, timeout=30, env=environment)
    assert ended.returncode == code
    # A wrong option comes with the usage behind the line.
    assert len(ended.stderr.strip().splitlines()) == 1 or code == 2, ended.stderr
    assert word in ended.stderr.splitlines()[0]
