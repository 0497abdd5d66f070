"""`martlet serve`: predictions alone, of models out of files, in every protocol, without a database."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import psutil
import pytest
import requests
import tritonclient.grpc
import tritonclient.http
from martlet import Martlet, binary, free_port
from mlflow.deployments import get_deploy_client
from mlflow.pyfunc.scoring_server.client import ScoringServerClient
from models import COLUMNS, regressor_graph, rows_of
from rest import JSON, Rest

ROWS = rows_of(8)


@dataclass
class Served(Martlet):
    """A `martlet serve` process; `folder` has its file of models."""

    arguments: list[str] = field(default_factory=list)

    def command(self) -> list[str]:
        ports = ["--port", str(self.port), "--grpc-port", str(self.grpc_port)]
        return [binary(), "serve", "--models", str(self.folder / "models.toml"), *ports, *self.arguments]


def table(name: str, file: Path, **more: Any) -> str:
    """The table of a model in a file of models."""
    entry = {"name": name, "version": "3", "artifact_path": file.name} | more
    if "sha256" not in entry:
        entry["sha256"] = hashlib.sha256(file.read_bytes()).hexdigest()
    lines = [f"{key} = {value!r}".replace("'", '"') for key, value in entry.items() if value is not None]
    return "\n".join([f"[models.{name}]", *lines, ""])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("serve")
    for name, seed in (("price", 5), ("cost", 7)):
        (folder / f"{name}.onnx").write_bytes(regressor_graph(seed).SerializeToString())
    text = "".join(table(name, folder / f"{name}.onnx", mlflow_run_id="abc123") for name in ("price", "cost"))
    (folder / "models.toml").write_text(text)
    return folder


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[Served]:
    served = Served(folder, grpc_port=free_port(), arguments=["--default-endpoint", "price"]).start()
    yield served
    assert served.stop() == 0, served.log.read_text()[-2000:]


@pytest.fixture(scope="module")
def truth(folder: Path) -> np.ndarray:
    session = onnxruntime.InferenceSession(folder / "price.onnx")
    (answer,) = session.run(None, {session.get_inputs()[0].name: ROWS.to_numpy("float32")})
    return answer.ravel()


def flat(value: Any) -> np.ndarray:
    if isinstance(value, dict):
        (value,) = value.values()
    return np.asarray(value, "float64").ravel()


def test_every_protocol_answers(served: Served, truth: np.ndarray) -> None:
    rest = Rest(served.url)
    rows = ROWS.to_numpy("float32").tolist()
    one = rest.post("/predict", {"model_name": "price", "inputs": rows[0]})
    assert (one["model_name"], one["model_version"]) == ("price", "3")
    assert abs(flat(one["prediction"])[0] - truth[0]) < 1e-5
    assert abs(flat(rest.post("/api/v1/mlflow/serve/price", {"inputs": rows[1]})["prediction"])[0] - truth[1]) < 1e-5
    many = rest.post("/predict/batch", {"model_name": "price", "model_version": 3, "inputs": rows})
    assert np.abs(np.concatenate([flat(each) for each in many["predictions"]]) - truth).max() < 1e-5
    for headers in ({}, {"X-Martlet-Endpoint": "price"}):
        answer = rest.post("/invocations", {"inputs": rows}, headers=headers)
        assert np.abs(flat(answer["predictions"]) - truth).max() < 1e-5
    assert rest.send("GET", "/health").status_code == 200
    assert rest.send("GET", "/readyz").status_code == 200
    metrics = rest.send("GET", "/metrics").text
    assert 'martlet_serving_requests_total{endpoint="price",outcome="success"}' in metrics


def test_mlflows_own_clients_are_answered(served: Served, truth: np.ndarray) -> None:
    client = ScoringServerClient("127.0.0.1", served.port)
    client.wait_server_ready()
    values = ROWS.to_numpy("float32")
    for given in (ROWS, values, values.tolist(), json.dumps({"inputs": {"X": values.tolist()}})):
        assert np.abs(flat(client.invoke(given)["predictions"]) - truth).max() < 1e-5
    deployments = get_deploy_client(served.url)
    for name, alike in (("price", True), ("cost", False)):
        answer = deployments.predict(endpoint=name, inputs={"inputs": values.tolist()})
        assert (np.abs(flat(answer["predictions"]) - truth).max() < 1e-5) == alike


@pytest.mark.parametrize("module", [tritonclient.http, tritonclient.grpc])
def test_tritons_client_is_answered(served: Served, truth: np.ndarray, module: Any) -> None:
    port = served.port if module is tritonclient.http else served.grpc_port
    with module.InferenceServerClient(f"127.0.0.1:{port}") as caller:
        assert caller.is_server_ready() and caller.is_model_ready("price", "3")
        described = caller.get_model_metadata("price")
        name = described["inputs"][0]["name"] if isinstance(described, dict) else described.inputs[0].name
        tensor = module.InferInput(name, [len(ROWS), len(COLUMNS)], "FP32")
        tensor.set_data_from_numpy(ROWS.to_numpy("float32"))
        result = caller.infer("price", [tensor])
        said = result.get_response()
        output = said["outputs"][0]["name"] if isinstance(said, dict) else said.outputs[0].name
        assert np.abs(result.as_numpy(output).ravel() - truth).max() < 1e-5
        for change in (caller.load_model, caller.unload_model):
            with pytest.raises(Exception, match="nothing is loaded or unloaded"):
                change("price")


def test_nothing_can_be_changed_and_nothing_is_kept(served: Served, folder: Path) -> None:
    rest = Rest(served.url)
    for method, path in [
        ("POST", "/api/v1/mlflow/serving/deploy"),
        ("DELETE", "/api/v1/mlflow/serving/endpoints/price"),
        ("GET", "/api/v1/predictions"),
        ("POST", "/api/2.0/mlflow/runs/create"),
    ]:
        assert rest.refused(method, path, {} if method == "POST" else None)[0] == 404
    endpoint = rest.get("/api/v1/mlflow/serving/endpoints/cost")
    assert (endpoint["state"], endpoint["model_version"]) == ("ready", "3")
    document = rest.get("/api/v1/mlflow/serving/endpoints/cost/openapi.json")
    assert "/v2/models/cost/infer" in document["paths"]
    assert {path.name for path in folder.iterdir()} == {"models.toml", "price.onnx", "cost.onnx", "test-server.log"}


def test_it_is_ready_soon_and_small(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "price.onnx"
    file.write_bytes((folder / "price.onnx").read_bytes())
    (tmp_path / "models.toml").write_text(table("price", file))
    served = Served(tmp_path, grpc_port=free_port())
    started = time.monotonic()
    served.start()
    seconds = time.monotonic() - started
    assert served.process is not None
    resident = psutil.Process(served.process.pid).memory_info().rss / 2**20
    assert served.stop() == 0
    print(f"ready after {seconds:.3f} s, {resident:.0f} MiB resident")
    # The targets, 0.3 s and 100 MiB, are for a release build on a machine that does nothing else.
    assert seconds < 10
    assert resident < 200


def faults(folder: Path) -> list[tuple[str, list[str], str]]:
    file = folder / "price.onnx"
    other = "0" * 64
    return [
        (table("price", file, sha256=other), [], "line 5: sha256: the file's SHA-256 is"),
        (table("price", file, sha256=None), [], "line 1: sha256: is missing"),
        (
            table("price", file, artifact_path="none.onnx"),
            [],
            "line 4: artifact_path none.onnx: the file can't be read",
        ),
        (table("price", file, input_names=["x"]), [], "line 5: input_names: the model's inputs are"),
        (table("price", file, output_names=["x"]), [], "line 5: output_names: the model's outputs are"),
        (table("price", file, input_shape=[-1, 5]), [], "line 5: input_shape: the model's input has the shape"),
        (table("price", file, version="x"), [], "line 3: version: expected a whole number"),
        ("[models.price\n", [], "line 1: "),
        ("", [], "there is no table [models.NAME]"),
        (table("price", folder / "bad.onnx"), [], "artifact_path"),
        (table("price", file), ["--host", "0.0.0.0"], "nobody could log in"),
    ]


@pytest.mark.parametrize("index", range(11))
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, folder: Path, index: int) -> None:
    (tmp_path / "price.onnx").write_bytes((folder / "price.onnx").read_bytes())
    (tmp_path / "bad.onnx").write_bytes(b"this is no model")
    text, arguments, said = faults(tmp_path)[index]
    (tmp_path / "models.toml").write_text(text)
    status, error = ended(tmp_path, *arguments)
    assert status == 1, error
    assert said in error, error


def ended(folder: Path, *arguments: str) -> tuple[int, str]:
    command = [binary(), "serve", "--models", str(folder / "models.toml"), "--port", "0", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stderr


def test_wrong_options_and_a_port_in_use_are_told(served: Served, folder: Path) -> None:
    for arguments in (["--port", "x"], ["--models", "a", "--grpc-port", "99999"], []):
        done = subprocess.run([binary(), "serve", *arguments], capture_output=True, timeout=60, check=False)
        assert done.returncode == 2
    for option, port in (("--port", served.port), ("--grpc-port", served.grpc_port)):
        status, error = ended(folder, option, str(port))
        assert status == 1 and option in error and str(port) in error


def test_an_unpinned_file_is_served_where_that_is_allowed(tmp_path: Path, folder: Path, truth: np.ndarray) -> None:
    file = tmp_path / "price.onnx"
    file.write_bytes((folder / "price.onnx").read_bytes())
    names = {"input_names": ["X"], "output_names": ["variable"], "input_shape": [-1, 4]}
    (tmp_path / "models.toml").write_text(table("price", file, sha256=None, **names))
    served = Served(tmp_path, grpc_port=free_port(), arguments=["--allow-unpinned"]).start()
    body = {"inputs": ROWS.to_numpy("float32").tolist()}
    assert np.abs(flat(Rest(served.url).post("/invocations", body)["predictions"]) - truth).max() < 1e-5
    assert served.stop() == 0


def test_a_token_is_asked_for_in_every_protocol(tmp_path: Path, folder: Path) -> None:
    file = tmp_path / "price.onnx"
    file.write_bytes((folder / "price.onnx").read_bytes())
    (tmp_path / "models.toml").write_text(table("price", file))
    served = Served(tmp_path, grpc_port=free_port(), environment={"MARTLET_TOKEN": "open sesame"}).start()
    good = {"Authorization": "Bearer open sesame"}
    for path in ("/predict", "/v2/models/price/infer"):
        for headers, status in (({}, 401), ({"Authorization": "Bearer no"}, 401), (good, 400)):
            answer: requests.Response = Rest(served.url).send("POST", path, data=b"{}", headers=headers)
            assert answer.status_code == status
    basic: JSON = Rest(served.url).send("GET", "/v2", auth=("user", "open sesame"))
    assert basic.status_code == 200
    with tritonclient.grpc.InferenceServerClient(f"127.0.0.1:{served.grpc_port}") as caller:
        for headers in (None, {"authorization": "Bearer no"}):
            with pytest.raises(Exception, match="UNAUTHENTICATED"):
                caller.get_server_metadata(headers=headers)
        assert caller.get_server_metadata(headers={"authorization": good["Authorization"]}).name == "martlet"
    assert served.stop() == 0
    assert "MARTLET_TOKEN" not in os.environ
