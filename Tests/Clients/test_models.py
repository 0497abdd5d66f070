"""Models through MLflow's client: logged in one flavor, loaded back, and answering the same."""

from __future__ import annotations

from pathlib import Path

import mlflow
import numpy as np
import pytest
from mlflow.models import infer_signature
from mlflow.tracking import MlflowClient
from models import classifier_graph, column_signature, register, regressor_graph, rows_of
from rest import fresh
from sklearn.linear_model import LogisticRegression


def test_a_scikit_learn_model_comes_back_the_same(client: MlflowClient) -> None:
    rows = rows_of(100)
    labels = (rows["length"] > 0).astype(int)
    fitted = LogisticRegression().fit(rows, labels)
    name = fresh("sklearn")
    mlflow.set_experiment(fresh("models"))
    with mlflow.start_run() as run:
        info = mlflow.sklearn.log_model(
            fitted,
            name="model",
            registered_model_name=name,
            signature=infer_signature(rows, labels),
            pip_requirements=["scikit-learn"],
        )
    logged = client.get_logged_model(info.model_id)
    assert logged.status == "READY"
    assert logged.source_run_id == run.info.run_id
    version = client.get_model_version(name, "1")
    assert (version.run_id, version.status) == (run.info.run_id, "READY")
    for uri in (info.model_uri, f"models:/{name}/1", f"runs:/{run.info.run_id}/model"):
        back = mlflow.sklearn.load_model(uri)
        assert np.array_equal(back.predict_proba(rows), fitted.predict_proba(rows))
    assert mlflow.models.get_model_info(f"models:/{name}/1").signature == infer_signature(rows, labels)


def test_an_onnx_model_comes_back_the_same(client: MlflowClient) -> None:
    graph = regressor_graph()
    model = register(client, graph, column_signature(graph))
    back = mlflow.onnx.load_model(f"models:/{model.name}/{model.version}")
    assert back.SerializeToString() == graph.SerializeToString()
    loaded = mlflow.pyfunc.load_model(f"models:/{model.name}/1")
    assert loaded.metadata.signature == column_signature(graph)
    (truth,) = model.truth().values()
    assert np.allclose(np.ravel(loaded.predict(model.rows)), truth.ravel(), atol=1e-6)


def test_stages_and_aliases_name_models_to_load(client: MlflowClient) -> None:
    graph = classifier_graph(zipmap=False)
    first = register(client, graph, column_signature(graph))
    other = classifier_graph(zipmap=False, seed=9)
    register(client, other, column_signature(other), name=first.name)
    client.transition_model_version_stage(first.name, "1", "Production")
    client.set_registered_model_alias(first.name, "challenger", "2")
    assert mlflow.onnx.load_model(f"models:/{first.name}/Production") == graph
    assert mlflow.onnx.load_model(f"models:/{first.name}@challenger") == other
    assert mlflow.onnx.load_model(f"models:/{first.name}/latest") == other


def test_a_version_is_copied_to_another_model(client: MlflowClient) -> None:
    graph = regressor_graph()
    model = register(client, graph, column_signature(graph))
    copied = client.copy_model_version(f"models:/{model.name}/1", fresh("copied"))
    assert copied.source == f"models:/{model.name}/1"
    assert mlflow.onnx.load_model(f"models:/{copied.name}/1") == graph


def test_metrics_are_logged_on_a_model(client: MlflowClient) -> None:
    mlflow.set_experiment(fresh("models"))
    with mlflow.start_run():
        model = mlflow.initialize_logged_model(name="candidate", params={"depth": "3"}, tags={"kind": "test"})
        mlflow.log_metric("accuracy", 0.75, step=2, model_id=model.model_id)
    mlflow.finalize_logged_model(model.model_id, "READY")
    found = mlflow.get_logged_model(model.model_id)
    assert (found.params, found.tags["kind"]) == ({"depth": "3"}, "test")
    assert [(metric.key, metric.value, metric.step) for metric in found.metrics] == [("accuracy", 0.75, 2)]


def test_a_run_that_autologs_is_whole(client: MlflowClient, folder: Path) -> None:
    rows = rows_of(60)
    mlflow.set_experiment(fresh("auto"))
    mlflow.sklearn.autolog(log_models=False, silent=True)
    try:
        with mlflow.start_run() as run:
            LogisticRegression(C=0.3).fit(rows, rows["length"] > 0)
    finally:
        mlflow.sklearn.autolog(disable=True)
    data = client.get_run(run.info.run_id).data
    assert data.params["C"] == "0.3"
    assert data.metrics["training_accuracy_score"] == pytest.approx(1.0, abs=0.1)
