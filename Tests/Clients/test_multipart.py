"""Files that MLflow's own client sends in parts, on every database and store; and what becomes of them in between."""

from __future__ import annotations

import hashlib
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow
import pytest
import requests
from martlet import DATABASES, Martlet, store_of
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.http_artifact_repo import HttpArtifactRepository
from mlflow.tracking import MlflowClient
from rest import JSON, Rest, fresh
from s3 import BUCKET, Bucket
from test_artifacts import ARTIFACTS
from test_identity import made

MULTIPART = "/api/2.0/mlflow-artifacts/mpu"
CHUNK = 100_000
SECONDS_MAX = 60
Launch = Callable[..., Martlet]


@dataclass
class Kept:
    """A server with its own database and store."""

    server: Martlet
    bucket: Bucket | None

    def parts(self) -> list[str]:
        """What lies in the store unseen."""
        if self.bucket:
            unfinished = self.bucket.client.list_multipart_uploads(Bucket=BUCKET, Prefix=self.bucket.prefix)
            return self.bucket.names(".martlet-uploads/") + [each["Key"] for each in unfinished.get("Uploads", [])]
        folder = self.server.folder / "data" / "artifacts" / ".martlet-uploads"
        return [str(path) for path in folder.rglob("*") if path.is_file()]


@pytest.fixture(params=[*DATABASES, "s3"])
def kept(request: pytest.FixtureRequest, launch: Launch) -> Kept:
    if request.param == "s3":
        bucket = Bucket()
        return Kept(launch(options=bucket.options, environment=bucket.environment).start(), bucket)
    return Kept(launch(store=store_of(request.param)).start(), None)


@pytest.fixture(autouse=True)
def in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD", "true")
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE", str(CHUNK))
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE", str(CHUNK))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What plain `requests` sent, by method and path: the parts."""
    sent: list[str] = []
    put = requests.put

    def noting(url: str, **options: Any) -> requests.Response:
        sent.append(url)
        return put(url, **options)

    monkeypatch.setattr(requests, "put", noting)
    yield sent


def client_of(server: Martlet) -> MlflowClient:
    mlflow.set_tracking_uri(server.url)
    mlflow.set_registry_uri(server.url)
    return MlflowClient(server.url)


def file_in(folder: Path, name: str, size: int, seed: int = 1) -> Path:
    path = folder / name
    path.write_bytes(random.Random(seed).randbytes(size))
    return path


class Upload:
    """An upload in parts, step by step."""

    def __init__(self, server: Martlet, path: str, parts: int) -> None:
        self.rest, self.path = Rest(server.url), path
        folder, _, self.name = path.rpartition("/")
        self.folder = folder
        answer = self.rest.post(f"{MULTIPART}/create/{folder}", {"path": f"/x/{self.name}", "num_parts": parts})
        self.id, self.credentials = answer["upload_id"], answer["credentials"]

    def put(self, number: int, content: bytes) -> JSON:
        credential = self.credentials[number - 1]
        answer = requests.put(credential["url"], data=content, headers=credential["headers"], timeout=60)
        assert answer.status_code == 200, answer.text
        return {"part_number": number, "etag": answer.headers["ETag"], "url": credential["url"]}

    def ask(self, step: str, **more: Any) -> requests.Response:
        body = {"path": f"/x/{self.name}", "upload_id": self.id, **more}
        return self.rest.send("POST", f"{MULTIPART}/{step}/{self.folder}", json=body)

    def content(self) -> bytes | None:
        answer = self.rest.send("GET", f"{ARTIFACTS}/{self.path}")
        return answer.content if answer.status_code == 200 else None


def test_mlflows_client_sends_a_file_in_parts_and_reads_it_back(kept: Kept, asked: list[str], tmp_path: Path) -> None:
    client = client_of(kept.server)
    run = client.create_run("0").info.run_id
    sizes = {"one.bin": CHUNK, "even.bin": 4 * CHUNK, "odd größe 100%.bin": 25 * CHUNK + 1, "small.txt": 10}
    for index, (name, size) in enumerate(sizes.items()):
        client.log_artifact(run, str(file_in(tmp_path, name, size, index)), "deep/er")
    assert len(asked) == 1 + 4 + 26
    assert all(url.startswith(f"{kept.server.url}{MULTIPART}/parts/") for url in asked)
    listed = {file.path: file.file_size for file in client.list_artifacts(run, "deep/er")}
    assert listed == {f"deep/er/{name}": size for name, size in sizes.items()}
    down = Path(client.download_artifacts(run, "deep/er"))
    assert all((down / name).read_bytes() == (tmp_path / name).read_bytes() for name in sizes)
    checked = Rest(kept.server.url).post("/api/v1/artifacts/check", {"path": f"0/{run}/artifacts"})
    assert {file["state"] for file in checked["files"]} == {"intact"}
    digests = {file["sha256"] for file in checked["files"]}
    assert digests == {hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in sizes}
    assert kept.parts() == []


def test_a_model_is_logged_in_parts_and_its_files_stay(kept: Kept, asked: list[str], tmp_path: Path) -> None:
    client = client_of(kept.server)
    run = client.create_run("0").info.run_id
    folder = tmp_path / "model"
    folder.mkdir()
    file_in(folder, "weights.bin", 3 * CHUNK)
    (folder / "MLmodel").write_text("flavors: {}\n")
    client.log_artifacts(run, str(folder), "model")
    name = fresh("parts")
    client.create_registered_model(name)
    client.create_model_version(name, f"{client.get_run(run).info.artifact_uri}/model", run)
    before = (folder / "weights.bin").read_bytes()
    client.log_artifacts(run, str(folder), "model")
    file_in(folder, "weights.bin", 3 * CHUNK, 2)
    with pytest.raises(Exception, match="can't be overwritten"):
        client.log_artifacts(run, str(folder), "model")
    assert len(asked) == 9
    assert Path(client.download_artifacts(run, "model/weights.bin")).read_bytes() == before
    # The client gave up what was refused.
    assert kept.parts() == []


def test_a_part_that_fails_ends_the_upload_and_nothing_is_left(
    kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(kept.server)
    run = client.create_run("0").info.run_id
    send = HttpArtifactRepository._upload_part

    def failing(credential: Any, **options: Any) -> Any:
        if credential.part_number == 3:
            raise OSError("the line broke")
        return send(credential, **options)

    monkeypatch.setattr(HttpArtifactRepository, "_upload_part", staticmethod(failing))
    with pytest.raises(MlflowException, match="the line broke"):
        client.log_artifact(run, str(file_in(tmp_path, "large.bin", 5 * CHUNK)))
    assert client.list_artifacts(run) == []
    assert kept.parts() == []


def test_a_wrong_tag_and_a_missing_part_are_refused(kept: Kept) -> None:
    upload = Upload(kept.server, "1/x/a.bin", 2)
    first = upload.put(1, b"one")
    missing = upload.ask("complete", parts=[first])
    assert (missing.status_code, missing.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    second = upload.put(2, b"two")
    wrong = upload.ask("complete", parts=[first, {**second, "etag": first["etag"]}])
    assert wrong.status_code == 400 and "ETag" in wrong.json()["message"]
    assert upload.content() is None
    for _ in range(2):
        assert upload.ask("complete", parts=[first, second]).json() == {}
    assert upload.content() == b"onetwo"
    assert upload.ask("abort").status_code == 409
    assert kept.parts() == []


def test_parts_are_sent_without_the_users_token(kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = made(kept.server, "ada")
    kept.server.stop()
    # On another address than loopback everybody needs a token.
    kept.server.options = [*kept.server.options, "--host", "0.0.0.0"]
    kept.server.start()
    with pytest.raises(Exception, match="answers to users only"):
        client_of(kept.server).create_run("0")
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", secret)
    client = client_of(kept.server)
    run = client.create_run("0").info.run_id
    path = file_in(tmp_path, "large.bin", 3 * CHUNK)
    client.log_artifact(run, str(path))
    assert Path(client.download_artifacts(run, "large.bin")).read_bytes() == path.read_bytes()
    log = kept.server.log.read_text(errors="replace")
    assert "mpu/parts" not in log


def test_an_upload_goes_on_after_the_server_was_killed(kept: Kept) -> None:
    upload = Upload(kept.server, "1/x/a.bin", 3)
    parts = [upload.put(1, b"one"), upload.put(2, b"two")]
    kept.server.kill()
    kept.server.start()
    assert upload.content() is None
    parts.append(upload.put(3, b"three"))
    assert upload.ask("complete", parts=parts).status_code == 200
    kept.server.kill()
    kept.server.start()
    assert upload.ask("complete", parts=parts).status_code == 200
    assert upload.content() == b"onetwothree"
    assert kept.parts() == []


def test_a_server_that_is_killed_while_it_completes_shows_all_or_nothing(kept: Kept) -> None:
    count, size, draw = 12, 3_000_000, random.Random(5)
    for round_number in range(4):
        contents = [draw.randbytes(size) for _ in range(count)]
        upload = Upload(kept.server, f"1/kill/{round_number}.bin", count)
        parts = [upload.put(index + 1, content) for index, content in enumerate(contents)]
        outcome: list[int] = []

        def complete(upload: Upload = upload, parts: list[JSON] = parts, outcome: list[int] = outcome) -> None:
            try:
                outcome.append(upload.ask("complete", parts=parts).status_code)
            except requests.RequestException:
                outcome.append(0)

        thread = threading.Thread(target=complete)
        thread.start()
        time.sleep(draw.uniform(0, 0.4))
        kept.server.kill()
        thread.join()
        kept.server.start()
        whole = b"".join(contents)
        assert upload.content() in ([whole] if outcome == [200] else [None, whole])
        assert upload.ask("complete", parts=parts).status_code == 200
        assert upload.content() == whole
    checked = Rest(kept.server.url).post("/api/v1/artifacts/check", {"path": "1/kill"})
    assert checked["intact"] and len(checked["files"]) == 4


def test_the_server_needs_little_memory_for_large_files(kept: Kept, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE", str(40_000_000))
    client = client_of(kept.server)
    run = client.create_run("0").info.run_id
    client.log_artifact(run, str(file_in(tmp_path, "first.bin", CHUNK)))
    before = most_resident(kept.server)
    client.log_artifact(run, str(file_in(tmp_path, "large.bin", 160_000_000)))
    grown = most_resident(kept.server) - before
    assert grown < 100_000_000, f"{grown} bytes"


def most_resident(server: Martlet) -> int:
    assert server.process is not None
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024
