"""Confidence and explanations over the wire, by samples that are logged beside the model."""

from __future__ import annotations

from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.tracking import MlflowClient
from models import COLUMNS, Model, classifier_graph, column_signature, register, regressor_graph, rows_of
from rest import JSON, Rest
from test_serving import deployed

BACKGROUND_ROWS = 100


def ask(rest: Rest, model: Model, **options: object) -> JSON:
    body = {"model_name": model.name, "model_version": model.version, "options": options}
    return rest.post("/predict", {**body, "inputs": model.rows.iloc[0].to_dict()})


@pytest.fixture
def reference() -> pd.DataFrame:
    return rows_of(BACKGROUND_ROWS, seed=21)


def test_a_linear_model_is_explained_by_its_weights(
    client: MlflowClient, rest: Rest, reference: pd.DataFrame, tmp_path: Path
) -> None:
    graph = regressor_graph()
    model = deployed(rest, register(client, graph, column_signature(graph), reference=reference, folder=tmp_path))
    explanation = ask(rest, model, return_explanation=True)["explanation"]
    weights = {"length": 2.0, "width": 0.0, "weight": 0.0, "age": -5.0}
    for column in COLUMNS:
        expected = weights[column] * (model.rows.iloc[0][column] - reference[column].mean())
        assert explanation["values"][column] == pytest.approx(expected, abs=1e-3)
    assert explanation["method"] == "exact" and explanation["background_rows"] == BACKGROUND_ROWS
    total = explanation["base_value"] + sum(explanation["values"].values())
    assert total == pytest.approx(explanation["prediction"], abs=1e-5)


def test_a_classifier_is_sure_of_its_class(
    client: MlflowClient, rest: Rest, reference: pd.DataFrame, tmp_path: Path
) -> None:
    graph = classifier_graph(zipmap=True)
    model = deployed(rest, register(client, graph, column_signature(graph), reference=reference, folder=tmp_path))
    answer = ask(rest, model, return_confidence=True, return_explanation=True)
    label = answer["prediction"]["output_label"]
    probability = answer["prediction"]["output_probability"][label]
    assert answer["confidence"]["method"] == "class_probability" and answer["confidence"]["class"] == label
    assert answer["confidence"]["probability"] == pytest.approx(probability)
    assert answer["explanation"]["class"] == label
    assert answer["explanation"]["prediction"] == pytest.approx(probability, abs=1e-6)
    body = {"model_name": model.name, "inputs": model.rows.iloc[:3].to_dict("records")}
    many = rest.post("/predict/batch", {**body, "options": {"return_confidence": True, "return_explanation": True}})
    assert len(many["confidences"]) == len(many["explanations"]) == len(many["predictions"]) == 3


def test_a_regressor_says_where_the_truth_lies(client: MlflowClient, rest: Rest, tmp_path: Path) -> None:
    graph = regressor_graph()
    model = deployed(rest, register(client, graph, column_signature(graph)))
    body = {"model_name": model.name, "inputs": model.rows.iloc[0].to_dict(), "options": {"return_confidence": True}}
    refused = rest.send("POST", "/predict", json=body)
    assert refused.status_code == 400 and "martlet/calibration.parquet" in refused.json()["message"]
    residuals = np.random.default_rng(1).normal(size=199)
    file = tmp_path / "calibration.parquet"
    pd.DataFrame({"prediction": np.zeros(199), "target": residuals}).to_parquet(file)
    version = client.get_model_version(model.name, model.version)
    mlflow.MlflowClient().log_artifact(version.run_id, str(file), "martlet")
    answer = rest.post("/predict", body)
    margin = np.sort(np.abs(residuals))[180 - 1]
    confidence = answer["confidence"]
    assert confidence["method"] == "conformal_interval" and confidence["coverage"] == 0.9
    assert confidence["calibration_rows"] == 199
    assert confidence["upper"] - answer["prediction"] == pytest.approx(margin, rel=1e-5)
    assert answer["prediction"] - confidence["lower"] == pytest.approx(margin, rel=1e-5)
