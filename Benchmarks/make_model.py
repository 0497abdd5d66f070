"""Writes the model that serving is measured with: 200 boosted trees of 31 leaves on 30 columns, always the same.

usage: make_model.py FOLDER [--register URL]     (--register: and registers it on that server as `bench-trees`)
FOLDER/model.onnx is for the hand-written server, FOLDER/mlflow is MLflow's ONNX flavor for its scoring server.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

os.environ.update(MLFLOW_DISABLE_TELEMETRY="true", MLFLOW_LOGGING_LEVEL="ERROR", GIT_PYTHON_REFRESH="quiet")

import mlflow
import mlflow.onnx
import numpy as np
import onnx
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema, TensorSpec
from skl2onnx import to_onnx
from sklearn.ensemble import GradientBoostingClassifier

COLUMNS, ROWS, SEED = 30, 5_000, 4
INPUT = "X"
NAME = "bench-trees"
REQUIREMENTS = ["onnxruntime"]


def trained() -> onnx.ModelProto:
    draw = np.random.default_rng(SEED)
    features = draw.uniform(-2, 2, (ROWS, COLUMNS)).astype(np.float32)
    pattern = features[:, :10].sum(1) + features[:, 10] * features[:, 11] + np.sin(3 * features[:, 12])
    target = pattern + draw.normal(0, 1, ROWS) > 0
    trees = GradientBoostingClassifier(
        n_estimators=200, max_leaf_nodes=31, max_depth=None, learning_rate=0.05, max_features=0.3, random_state=SEED
    )
    return to_onnx(trees.fit(features, target), features[:1], options={"zipmap": False})


def write(folder: Path) -> None:
    if (folder / "mlflow").exists():
        return
    model = trained()
    assert model.graph.input[0].name == INPUT
    onnx.save(model, folder / "model.onnx")
    signature = ModelSignature(inputs=Schema([TensorSpec(np.dtype("float32"), (-1, COLUMNS), INPUT)]))
    shutil.rmtree(folder / "partial", ignore_errors=True)
    mlflow.onnx.save_model(
        model,
        str(folder / "partial"),
        signature=signature,
        pip_requirements=REQUIREMENTS,
        onnx_session_options={"intra_op_num_threads": 1},
    )
    os.rename(folder / "partial", folder / "mlflow")


def register(folder: Path, url: str) -> None:
    mlflow.set_tracking_uri(url)
    mlflow.set_registry_uri(url)
    mlflow.set_experiment("bench")
    with mlflow.start_run():
        mlflow.onnx.log_model(
            onnx.load(folder / "model.onnx"),
            name="onnx",
            registered_model_name=NAME,
            signature=ModelSignature(inputs=Schema([ColSpec("double", f"f{index}") for index in range(COLUMNS)])),
            pip_requirements=REQUIREMENTS,
        )


if __name__ == "__main__":
    target_folder = Path(sys.argv[1])
    target_folder.mkdir(parents=True, exist_ok=True)
    write(target_folder)
    if sys.argv[2:3] == ["--register"]:
        register(target_folder, sys.argv[3])
