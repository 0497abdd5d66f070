"""The shortest way from training to a prediction: MLflow's client as it is, and two calls to Martlet.

Start a server (`martlet server`), then: python Examples/train_and_serve.py
"""

from __future__ import annotations

import os

import mlflow
import mlflow.onnx
import requests
from mlflow.models import infer_signature
from skl2onnx import to_onnx
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

URL = os.environ.get("MLFLOW_TRACKING_URI", "http://127.0.0.1:5000")
MODEL = "iris"


def train() -> str:
    """Trains, logs and registers a model; the number of the new version."""
    iris = load_iris(as_frame=True)
    features, species = iris.data, iris.target_names[iris.target]
    classifier = LogisticRegression(max_iter=500).fit(features.to_numpy("float32"), species)
    mlflow.set_tracking_uri(URL)
    mlflow.set_experiment(MODEL)
    with mlflow.start_run():
        mlflow.log_param("max_iter", 500)
        mlflow.log_metric("train_accuracy", classifier.score(features.to_numpy("float32"), species))
        info = mlflow.onnx.log_model(
            to_onnx(classifier, features.to_numpy("float32")[:1]),
            name="model",
            registered_model_name=MODEL,
            signature=infer_signature(features),
        )
    return str(info.registered_model_version)


def main() -> None:
    version = train()
    deployed = requests.post(
        f"{URL}/api/v1/mlflow/serving/deploy", json={"model_name": MODEL, "version": version}, timeout=30
    )
    deployed.raise_for_status()
    flower = {
        "sepal length (cm)": 6.1,
        "sepal width (cm)": 2.9,
        "petal length (cm)": 4.7,
        "petal width (cm)": 1.4,
    }
    answer = requests.post(f"{URL}/predict", json={"model_name": MODEL, "inputs": flower}, timeout=30)
    answer.raise_for_status()
    print(answer.json())


if __name__ == "__main__":
    main()
