"""Files of versions that were changed behind the server's back are not handed out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import mlflow
import pytest
import requests
from martlet import Martlet
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient
from rest import fresh
from s3 import BUCKET, Bucket

Launch = Callable[..., Martlet]
ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"


@pytest.fixture(params=["folder", "s3"])
def kept(request: pytest.FixtureRequest, launch: Launch) -> tuple[Martlet, Callable[[str, bytes], None]]:
    """A server, and how others write into its storage."""
    if request.param == "folder":
        martlet = launch().start()
        return martlet, lambda path, data: (martlet.folder / "data" / "artifacts" / path).write_bytes(data) and None
    bucket = Bucket()
    martlet = launch(options=bucket.options, environment=bucket.environment).start()
    return martlet, lambda path, data: bucket.client.put_object(Bucket=BUCKET, Key=bucket.key(path), Body=data) and None


def test_a_changed_file_of_a_version_is_refused_by_every_path(
    kept: tuple[Martlet, Callable[[str, bytes], None]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    martlet, write = kept
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    mlflow.set_tracking_uri(martlet.url)
    mlflow.set_registry_uri(martlet.url)
    client = MlflowClient(martlet.url)
    run = client.create_run(client.create_experiment(fresh("changed"))).info
    for name in ("weights.bin", "notes.txt"):
        (tmp_path / name).write_bytes(b"as it was " * 1000)
        client.log_artifact(run.run_id, str(tmp_path / name), "model" if name == "weights.bin" else "beside")
    model = client.create_registered_model(fresh("changed")).name
    version = client.create_model_version(model, f"runs:/{run.run_id}/model", run.run_id).version
    folder = f"{run.artifact_uri.removeprefix('mlflow-artifacts:/')}"
    ways = {
        "proxy": f"{ARTIFACTS}/{folder}/model/weights.bin",
        "run": f"/get-artifact?run_id={run.run_id}&path=model/weights.bin",
        "version": f"/model-versions/get-artifact?name={model}&version={version}&path=weights.bin",
    }

    def statuses() -> dict[str, int]:
        return {way: requests.get(martlet.url + path, timeout=30).status_code for way, path in ways.items()}

    assert statuses() == dict.fromkeys(ways, 200)
    write(f"{folder}/model/weights.bin", b"as it wax " * 1000)
    write(f"{folder}/beside/notes.txt", b"nobody is pinned to these")
    for _ in range(2):
        assert statuses() == dict.fromkeys(ways, 409)
    answer = requests.get(martlet.url + ways["proxy"], headers={"Range": "bytes=0-4"}, timeout=30)
    assert (answer.status_code, answer.json()["error_code"]) == (409, "RESOURCE_CONFLICT")
    assert f"(name={model}, version={version})" in answer.json()["message"]
    with pytest.raises(MlflowException, match="Failed to download artifacts"):
        mlflow.artifacts.download_artifacts(f"models:/{model}/{version}", dst_path=str(tmp_path / "down"))
    beside = requests.get(f"{martlet.url}{ARTIFACTS}/{folder}/beside/notes.txt", timeout=30)
    assert beside.content == b"nobody is pinned to these"

    write(f"{folder}/model/weights.bin", b"as it was " * 1000)
    assert statuses() == dict.fromkeys(ways, 200)
    write(f"{folder}/model/weights.bin", b"as it wax " * 1000)
    client.delete_model_version(model, version)
    assert statuses() == {**dict.fromkeys(ways, 200), "version": 404}
