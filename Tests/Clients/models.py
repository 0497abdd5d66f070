"""Models that the tests register, and the answers that ONNX Runtime gives for them in Python."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow
import mlflow.onnx
import numpy as np
import onnx
import onnxruntime
import pandas as pd
from mlflow.models import ModelSignature
from mlflow.tracking import MlflowClient
from mlflow.types import ColSpec, Schema, TensorSpec
from onnx import TensorProto, helper
from rest import fresh
from skl2onnx import to_onnx
from sklearn.linear_model import LinearRegression, LogisticRegression

COLUMNS = ["length", "width", "weight", "age"]
SEED = 5


@dataclass(frozen=True)
class Model:
    """A registered model with the graph, and rows to ask it with."""

    name: str
    version: str
    graph: onnx.ModelProto
    rows: pd.DataFrame

    def truth(self, rows: pd.DataFrame | None = None) -> dict[str, Any]:
        """What ONNX Runtime answers in Python, by output."""
        rows = self.rows if rows is None else rows
        session = onnxruntime.InferenceSession(self.graph.SerializeToString(), providers=["CPUExecutionProvider"])
        names = [output.name for output in session.get_outputs()]
        values = session.run(names, {session.get_inputs()[0].name: rows.to_numpy("float32")})
        return dict(zip(names, values))


def rows_of(count: int, seed: int = SEED) -> pd.DataFrame:
    values = np.random.default_rng(seed).normal(size=(count, len(COLUMNS))).round(6)
    return pd.DataFrame(values, columns=COLUMNS)


def classifier_graph(zipmap: bool, seed: int = SEED) -> onnx.ModelProto:
    rows = rows_of(200, seed)
    labels = np.where(rows["length"] > 0, "bird", np.where(rows["width"] > 0, "cat", "dog"))
    fitted = LogisticRegression().fit(rows.to_numpy("float32"), labels)
    return to_onnx(fitted, rows.to_numpy("float32")[:1], options={"zipmap": zipmap})


def regressor_graph(seed: int = SEED) -> onnx.ModelProto:
    rows = rows_of(200, seed)
    target = rows["length"] * 2 - rows["age"] * seed
    return to_onnx(LinearRegression().fit(rows.to_numpy("float32"), target), rows.to_numpy("float32")[:1])


def column_signature(graph: onnx.ModelProto) -> ModelSignature:
    return ModelSignature(inputs=Schema([ColSpec("double", name) for name in COLUMNS]))


def tensor_signature(graph: onnx.ModelProto) -> ModelSignature:
    spec = TensorSpec(np.dtype("float32"), (-1, len(COLUMNS)), graph.graph.input[0].name)
    return ModelSignature(inputs=Schema([spec]))


def register(
    client: MlflowClient,
    graph: onnx.ModelProto,
    signature: ModelSignature,
    name: str | None = None,
    reference: pd.DataFrame | None = None,
    folder: Path | None = None,
) -> Model:
    """Logs and registers a graph as a user would; with a reference, the sample beside it."""
    name = name or fresh("model")
    mlflow.set_experiment(fresh("models"))
    with mlflow.start_run():
        if reference is not None:
            assert folder is not None
            reference.to_parquet(folder / "reference.parquet", index=False)
            mlflow.log_artifact(str(folder / "reference.parquet"), "martlet")
        mlflow.onnx.log_model(
            graph, name="onnx", registered_model_name=name, signature=signature, pip_requirements=["onnxruntime"]
        )
    version = max(int(found.version) for found in client.search_model_versions(f"name = '{name}'"))
    return Model(name, str(version), graph, rows_of(16, seed=SEED + 1))


def typed_graph() -> onnx.ModelProto:
    """One input of each element type, one column each, and what went in comes out."""
    kinds = {
        "real": TensorProto.FLOAT,
        "fine": TensorProto.DOUBLE,
        "whole": TensorProto.INT64,
        "yes": TensorProto.BOOL,
        "word": TensorProto.STRING,
    }
    graph = helper.make_graph(
        [helper.make_node("Identity", [name], [f"{name}_out"]) for name in kinds],
        "types",
        [helper.make_tensor_value_info(name, kind, [None, 1]) for name, kind in kinds.items()],
        [helper.make_tensor_value_info(f"{name}_out", kind, [None, 1]) for name, kind in kinds.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def typed_signature() -> ModelSignature:
    columns = {"real": "float", "fine": "double", "whole": "long", "yes": "boolean", "word": "string"}
    return ModelSignature(inputs=Schema([ColSpec(kind, name) for name, kind in columns.items()]))


def by_files(client: MlflowClient, content: bytes, signature: bool = True, name: str | None = None) -> tuple[str, str]:
    """Registers a folder that claims to be an ONNX model, whatever its file holds; its name and version."""
    name = name or fresh("claimed")
    run = client.create_run(client.create_experiment(fresh("claims")))
    columns = '[{"type": "double", "name": "x", "required": true}]'
    text = "flavors:\n  onnx:\n    data: model.onnx\n    onnx_version: 1.23.2\n"
    if signature:
        text += f"signature:\n  inputs: '{columns}'\n  outputs: null\n"
    client.log_text(run.info.run_id, text, "model/MLmodel")
    path = Path(mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="model/MLmodel"))
    graph = path.with_name("model.onnx")
    graph.write_bytes(content)
    client.log_artifact(run.info.run_id, str(graph), "model")
    client.create_registered_model(name)
    made = client.create_model_version(name, f"{run.info.artifact_uri}/model", run.info.run_id)
    return name, str(made.version)
