"""`mlflow.autolog()` against the server: what each library logs by itself is there, to the value."""

from __future__ import annotations

import json
from typing import Any

import lightgbm
import mlflow
import numpy as np
import pandas as pd
import pytest
import xgboost
from call_recorder import Watch
from mlflow.entities import Run
from mlflow.tracking import MlflowClient
from models import rows_of
from rest import fresh
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV

ROUNDS = 5
ON_SQLITE = pytest.mark.parametrize("server", ["sqlite"], indirect=True)


@pytest.fixture
def rows() -> pd.DataFrame:
    return rows_of(40)


@pytest.fixture
def labels(rows: pd.DataFrame) -> pd.Series:
    return (rows["length"] > 0).astype(int)


def experiment() -> str:
    return mlflow.set_experiment(fresh("auto")).experiment_id


def only_run(experiment: str) -> Run:
    (run,) = MlflowClient().search_runs([experiment])
    assert run.info.status == "FINISHED"
    return run


def files(run: Run) -> set[str]:
    return {file.path for file in MlflowClient().list_artifacts(run.info.run_id)}


def history(run: Run, key: str) -> list[tuple[int, float]]:
    return [(point.step, point.value) for point in MlflowClient().get_metric_history(run.info.run_id, key)]


def logged_model(run: Run) -> Any:
    """The model that the run made, with its metrics."""
    (made,) = run.outputs.model_outputs
    model = MlflowClient().get_logged_model(made.model_id)
    assert (model.status, model.source_run_id) == ("READY", run.info.run_id)
    return model


def test_scikit_learn(autologging: Watch, rows: pd.DataFrame, labels: pd.Series) -> None:
    where = experiment()
    fitted = LogisticRegression(C=0.3).fit(rows, labels)
    run = only_run(where)
    assert run.data.params == {name: str(value) for name, value in fitted.get_params().items()}
    assert run.data.metrics["training_accuracy_score"] == fitted.score(rows, labels)
    assert run.data.tags["estimator_name"] == "LogisticRegression"
    assert run.data.tags["mlflow.autologging"] == "sklearn"
    (read,) = run.inputs.dataset_inputs
    assert json.loads(read.dataset.profile) == {"num_rows": 40, "num_elements": 160}
    assert [(tag.key, tag.value) for tag in read.tags] == [("mlflow.data.context", "train")]
    assert {"estimator.html", "training_confusion_matrix.png", "training_roc_curve.png"} <= files(run)
    model = logged_model(run)
    assert model.params == run.data.params
    on_model = {metric.key: (metric.value, metric.dataset_digest) for metric in model.metrics}
    assert on_model["training_score"] == (run.data.metrics["training_score"], read.dataset.digest)
    back = mlflow.sklearn.load_model(f"runs:/{run.info.run_id}/model")
    assert np.array_equal(back.predict_proba(rows), fitted.predict_proba(rows))
    autologging.assert_untroubled("/artifacts/model")


@ON_SQLITE
def test_a_search_of_parameters_has_a_run_for_each_candidate(autologging: Watch, rows: pd.DataFrame) -> None:
    where = experiment()
    search = GridSearchCV(Ridge(), {"alpha": [0.1, 1.0, 10.0]}, cv=2).fit(rows, rows["length"])
    frame = mlflow.search_runs([where])
    parent = frame[frame["tags.mlflow.parentRunId"].isna()].iloc[0]
    children = frame[frame["tags.mlflow.parentRunId"] == parent["run_id"]]
    assert len(frame) == 4
    scores = dict(zip(children["params.alpha"], children["metrics.mean_test_score"]))
    expected = dict(zip(("0.1", "1.0", "10.0"), search.cv_results_["mean_test_score"]))
    assert scores == pytest.approx(expected)
    assert parent["params.best_alpha"] == str(search.best_params_["alpha"])
    assert parent["metrics.best_cv_score"] == pytest.approx(search.best_score_)
    autologging.assert_untroubled()


@ON_SQLITE
def test_lightgbm(autologging: Watch, rows: pd.DataFrame, labels: pd.Series) -> None:
    where = experiment()
    data = lightgbm.Dataset(rows, labels)
    losses: dict[str, Any] = {}
    settings = {"objective": "binary", "metric": "binary_logloss", "num_leaves": 3, "num_threads": 1, "verbose": -1}
    fitted = lightgbm.train(settings, data, ROUNDS, [data], ["seen"], callbacks=[lightgbm.record_evaluation(losses)])
    run = only_run(where)
    assert run.data.params.items() >= {"num_leaves": "3", "num_boost_round": "5", "objective": "binary"}.items()
    assert history(run, "seen-binary_logloss") == list(enumerate(losses["seen"]["binary_logloss"]))
    importance = f"runs:/{run.info.run_id}/feature_importance_split.json"
    expected = dict(zip(fitted.feature_name(), fitted.feature_importance("split").tolist()))
    assert mlflow.artifacts.load_dict(importance) == expected
    model = logged_model(run)
    back = mlflow.lightgbm.load_model(model.model_uri)
    assert np.array_equal(back.predict(rows), fitted.predict(rows))
    autologging.assert_untroubled()


@ON_SQLITE
def test_xgboost(autologging: Watch, rows: pd.DataFrame, labels: pd.Series) -> None:
    where = experiment()
    data = xgboost.DMatrix(rows, labels)
    losses: dict[str, Any] = {}
    fitted = xgboost.train(
        {"objective": "binary:logistic", "max_depth": 2, "nthread": 1},
        data,
        ROUNDS,
        [(data, "seen")],
        evals_result=losses,
        verbose_eval=False,
    )
    run = only_run(where)
    assert run.data.params.items() >= {"max_depth": "2", "num_boost_round": "5", "nthread": "1"}.items()
    assert history(run, "seen-logloss") == list(enumerate(losses["seen"]["logloss"]))
    importance = f"runs:/{run.info.run_id}/feature_importance_weight.json"
    assert mlflow.artifacts.load_dict(importance) == fitted.get_score(importance_type="weight")
    model = logged_model(run)
    back = mlflow.xgboost.load_model(model.model_uri)
    assert np.array_equal(back.predict(data), fitted.predict(data))
    autologging.assert_untroubled()


@ON_SQLITE
def test_models_that_autologging_registers_are_loaded_by_number_alias_and_stage(
    autologging: Watch, rows: pd.DataFrame, labels: pd.Series
) -> None:
    name = fresh("registered")
    experiment()
    mlflow.xgboost.autolog(registered_model_name=name)
    data = xgboost.DMatrix(rows, labels)
    said = {}
    for depth in (1, 2, 3):
        settings = {"objective": "binary:logistic", "max_depth": depth, "min_child_weight": 0, "nthread": 1}
        said[depth] = xgboost.train(settings, data, depth * 2).predict(data)
    assert not np.array_equal(said[1], said[2]) and not np.array_equal(said[2], said[3])
    client = MlflowClient()
    client.set_registered_model_alias(name, "champion", "1")
    client.transition_model_version_stage(name, "2", "Production")
    for uri, depth in (("3", 3), ("latest", 3), ("Production", 2)):
        assert np.array_equal(mlflow.pyfunc.load_model(f"models:/{name}/{uri}").predict(rows), said[depth])
    assert np.array_equal(mlflow.pyfunc.load_model(f"models:/{name}@champion").predict(rows), said[1])
    autologging.assert_untroubled()
