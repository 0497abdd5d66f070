"""Servers and clients that the tests share. Tests that only read and write run once on each database."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.update(
    MLFLOW_DISABLE_TELEMETRY="true",
    MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR="false",
    MLFLOW_HTTP_REQUEST_MAX_RETRIES="0",
    MLFLOW_LOGGING_LEVEL="ERROR",
    GIT_PYTHON_REFRESH="quiet",
    MPLBACKEND="Agg",
)

import mlflow
import pytest
from call_recorder import Watch, watching
from martlet import DATABASES, Martlet, free_port, store_of
from mlflow.tracking import MlflowClient
from mlflow.utils.autologging_utils import AUTOLOGGING_INTEGRATIONS
from rest import Rest
from s3 import Bucket


@pytest.fixture(scope="session", params=DATABASES)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Martlet]:
    """A server that lives for the whole session, on each database."""
    folder = tmp_path_factory.mktemp(f"martlet-{request.param}")
    martlet = Martlet(folder, store_of(request.param), grpc_port=free_port()).start()
    yield martlet
    assert martlet.stop() == 0, martlet.log.read_text(errors="replace")[-2000:]


@pytest.fixture(autouse=True)
def alive(request: pytest.FixtureRequest) -> Iterator[None]:
    """The test that ends the shared server is the one that fails; those after it get the server back."""
    yield
    if "server" not in request.fixturenames:
        return
    server: Martlet = request.getfixturevalue("server")
    if server.answers():
        return
    server.kill()
    said = "\n".join(line for line in server.log.read_text(errors="replace").splitlines() if "rror" in line)
    server.start()
    pytest.fail(f"the server ended in this test:\n{said[:2000]}")


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Callable[..., Martlet]]:
    """Makes servers that no other test uses; whatever becomes of the test, none outlives it."""
    made: list[Martlet] = []

    def make(name: str = "server", **settings: Any) -> Martlet:
        made.append(Martlet(tmp_path / name, **settings))
        return made[-1]

    yield make
    for martlet in made:
        martlet.kill()


@pytest.fixture(scope="session")
def rest(server: Martlet) -> Rest:
    return Rest(server.url)


@pytest.fixture
def client(server: Martlet) -> MlflowClient:
    """MLflow's client, as a user has it."""
    mlflow.set_tracking_uri(server.url)
    mlflow.set_registry_uri(server.url)
    return MlflowClient(server.url)


@pytest.fixture
def watch(server: Martlet, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    """MLflow's client with nothing set but where the server is, and what it asks and warns of."""
    mlflow.set_tracking_uri(server.url)
    mlflow.set_registry_uri("")
    monkeypatch.delenv("MLFLOW_REGISTRY_URI", raising=False)
    with watching(server.url, monkeypatch) as watch:
        yield watch


@pytest.fixture
def autologging(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    """`mlflow.autolog()`, as a user says it. Finding what a model needs takes half a minute and is left out."""

    def listed(uri: str, flavor: str, fallback: list[str] | None = None, **options: Any) -> list[str]:
        return fallback or []

    monkeypatch.setattr(mlflow.models, "infer_pip_requirements", listed)
    # What another test set for one library, autolog() would leave as it is.
    for settings in AUTOLOGGING_INTEGRATIONS.values():
        settings.clear()
    mlflow.autolog()
    yield watch
    mlflow.autolog(disable=True)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """A folder of the bucket, which MLflow's client writes to itself."""
    bucket = Bucket()
    for name, value in bucket.environment.items():
        monkeypatch.setenv(name, value)
    return bucket


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path
