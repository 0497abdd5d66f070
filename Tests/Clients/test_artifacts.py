"""Artifacts through MLflow's client: up, down, listed, deleted; whole folders, large files, strange names."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest
import requests
from martlet import DATABASES, Martlet, store_of
from mlflow.tracking import MlflowClient
from rest import Rest, fresh
from s3 import Bucket

ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"


@pytest.fixture(scope="session", params=[*DATABASES, "s3"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Martlet]:
    """A server on each database that keeps artifacts in a folder, and one that keeps them in S3."""
    folder = tmp_path_factory.mktemp(f"artifacts-{request.param}")
    if request.param == "s3":
        bucket = Bucket()
        martlet = Martlet(folder, options=bucket.options, environment=bucket.environment).start()
    else:
        martlet = Martlet(folder, store_of(request.param)).start()
    yield martlet
    assert martlet.stop() == 0, martlet.log.read_text(errors="replace")[-2000:]


@pytest.fixture(scope="session")
def rest(server: Martlet) -> Rest:
    """Of this file's servers: the shared one would be remembered, and asked for by the tests of other files."""
    return Rest(server.url)


@pytest.fixture
def run(client: MlflowClient) -> str:
    return client.create_run(client.create_experiment(fresh("artifacts"))).info.run_id


def test_a_folder_goes_up_is_listed_and_comes_down_the_same(client: MlflowClient, run: str, folder: Path) -> None:
    tree = {"a.txt": b"hello", "empty.bin": b"", "deep/er/b.bin": random.Random(1).randbytes(70_000)}
    for name, content in tree.items():
        (folder / "up" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "up" / name).write_bytes(content)
    client.log_artifacts(run, str(folder / "up"), "tree")
    listed = {file.path: (file.is_dir, file.file_size) for file in client.list_artifacts(run, "tree")}
    assert listed == {"tree/a.txt": (False, 5), "tree/empty.bin": (False, None), "tree/deep": (True, None)}
    (folder / "down").mkdir()
    down = Path(client.download_artifacts(run, "tree", str(folder / "down")))
    assert {str(path.relative_to(down)): path.read_bytes() for path in down.rglob("*") if path.is_file()} == tree


def test_a_large_file_comes_back_whole_and_in_ranges(client: MlflowClient, rest: Rest, run: str, folder: Path) -> None:
    content = random.Random(2).randbytes(40_000_000)
    (folder / "large.bin").write_bytes(content)
    client.log_artifact(run, str(folder / "large.bin"))
    (folder / "down").mkdir()
    down = Path(client.download_artifacts(run, "large.bin", str(folder / "down")))
    assert hashlib.sha256(down.read_bytes()).digest() == hashlib.sha256(content).digest()
    uri = client.get_run(run).info.artifact_uri.removeprefix("mlflow-artifacts:")
    part = rest.send("GET", f"{ARTIFACTS}{uri}/large.bin", headers={"Range": "bytes=1000-1999"})
    assert (part.status_code, part.content) == (206, content[1000:2000])
    etag = part.headers["ETag"]
    client.log_text(run, "another", "large.bin")
    resumed = rest.send("GET", f"{ARTIFACTS}{uri}/large.bin", headers={"Range": "bytes=2-", "If-Range": etag})
    assert (resumed.status_code, resumed.content) == (200, b"another")
    etag = resumed.headers["ETag"]
    resumed = rest.send("GET", f"{ARTIFACTS}{uri}/large.bin", headers={"Range": "bytes=2-", "If-Range": etag})
    assert (resumed.status_code, resumed.content) == (206, b"other")


def test_names_of_all_scripts_work(client: MlflowClient, run: str, folder: Path) -> None:
    for name in ("mit Leerzeichen.txt", "größe-雨.txt", "100% sure.txt", "plus+and&.txt"):
        (folder / name).write_text(name, encoding="utf-8")
        client.log_artifact(run, str(folder / name), "names")
        assert Path(client.download_artifacts(run, f"names/{name}")).read_text(encoding="utf-8") == name
    assert len(client.list_artifacts(run, "names")) == 4


def test_what_is_deleted_is_gone(client: MlflowClient, rest: Rest, run: str) -> None:
    client.log_text(run, "x", "notes/x.txt")
    uri = client.get_run(run).info.artifact_uri.removeprefix("mlflow-artifacts:")
    assert rest.send("DELETE", f"{ARTIFACTS}{uri}/notes/x.txt").status_code == 200
    assert client.list_artifacts(run, "notes") == []
    status, error = rest.refused("GET", f"{ARTIFACTS}{uri}/notes/x.txt")
    assert (status, error["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")


def test_a_missing_artifact_is_not_found(client: MlflowClient, run: str) -> None:
    assert client.list_artifacts(run, "nowhere") == []
    with pytest.raises(Exception, match=r"all\.txt"):
        mlflow.artifacts.download_artifacts(run_id=run, artifact_path="nowhere/at/all.txt")


@pytest.mark.parametrize(
    "path",
    [
        "../outside.txt",
        "a/../../outside.txt",
        "%2e%2e/outside.txt",
        "%252e%252e/outside.txt",
        "a%5C..%5Cb",
        "%2Fetc%2Fx",
    ],
)
def test_no_path_climbs_out(rest: Rest, path: str) -> None:
    # A session of its own, whose URL is sent as it is written.
    request = requests.Request("PUT", "http://placeholder/", data=b"x").prepare()
    request.url = f"{rest.url}{ARTIFACTS}/{path}"
    response = requests.Session().send(request, timeout=10)
    assert response.status_code in (400, 404), response.text
