"""Writes the MLmodel files of this folder with MLflow 3.17.2 (pip: mlflow, scikit-learn, skl2onnx, onnx, pandas)."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import mlflow
import numpy
import pandas
from mlflow.models import infer_signature
from mlflow.models.signature import ModelSignature
from mlflow.types import DataType, ParamSchema, ParamSpec, Schema, TensorSpec
from skl2onnx import to_onnx
from sklearn.linear_model import LogisticRegression

HERE = Path(__file__).parent


def save(name: str, signature: ModelSignature, model: object) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model"
        mlflow.onnx.save_model(model, str(path), signature=signature, pip_requirements=["onnxruntime"])
        shutil.copy(path / "MLmodel", HERE / name)


def main() -> None:
    random = numpy.random.default_rng(7)
    rows = random.normal(size=(40, 3)).astype(numpy.float32)
    labels = (rows[:, 0] > 0).astype(int)
    fitted = LogisticRegression().fit(rows, labels)
    model = to_onnx(fitted, rows[:1])
    frame = pandas.DataFrame(rows.astype(float), columns=["age", "income", "score"])
    frame["kind"] = "a"
    params = {"temperature": 0.5, "stops": ["x"]}
    save("columns.MLmodel", infer_signature(frame, labels, params), model)
    tensors = ModelSignature(
        inputs=Schema([TensorSpec(numpy.dtype("float32"), (-1, 3), "X")]),
        outputs=Schema([TensorSpec(numpy.dtype("int64"), (-1,))]),
        params=ParamSchema([ParamSpec("limit", DataType.long, 3)]),
    )
    save("tensors.MLmodel", tensors, model)


if __name__ == "__main__":
    main()
