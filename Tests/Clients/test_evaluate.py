"""`mlflow.models.evaluate` with MLflow's default evaluator: what it finds is kept with run, model and data."""

from __future__ import annotations

import mlflow
import pandas as pd
import pytest
from call_recorder import Watch
from mlflow.entities import Run
from mlflow.models import EvaluationResult, infer_signature
from mlflow.tracking import MlflowClient
from models import rows_of
from rest import fresh
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score, mean_absolute_error, recall_score

pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)

ROWS = rows_of(40)
# Explanations ask for a package of their own and send nothing that plots do not.
PLAIN = {"default": {"log_model_explainability": False, "log_explainer": False}}


def evaluated(
    fitted: LinearRegression | LogisticRegression, targets: pd.Series, kind: str, deprecated: bool = False
) -> tuple[Run, EvaluationResult, str]:
    mlflow.set_experiment(fresh("evaluated"))
    with mlflow.start_run() as run:
        info = mlflow.sklearn.log_model(
            fitted, name="model", signature=infer_signature(ROWS, targets), pip_requirements=["scikit-learn"]
        )
        data = mlflow.data.from_pandas(ROWS.assign(truth=targets), targets="truth", name="held-out")
        evaluate = mlflow.evaluate if deprecated else mlflow.models.evaluate
        result = evaluate(info.model_uri, data, model_type=kind, evaluators=["default"], evaluator_config=PLAIN)
    return mlflow.get_run(run.info.run_id), result, info.model_id


def assert_kept(run: Run, result: EvaluationResult, model_id: str) -> None:
    """Run and model have each metric of the result, the run names data set and model."""
    assert run.data.metrics == pytest.approx({key: float(value) for key, value in result.metrics.items()})
    (read,) = run.inputs.dataset_inputs
    assert read.dataset.name == "held-out"
    assert [model.model_id for model in run.inputs.model_inputs] == [model_id]
    model = MlflowClient().get_logged_model(model_id)
    on_model = {metric.key: metric for metric in model.metrics}
    assert {key: metric.value for key, metric in on_model.items()} == pytest.approx(run.data.metrics)
    assert {metric.dataset_digest for metric in on_model.values()} == {read.dataset.digest}


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning")
def test_a_classifier(watch: Watch) -> None:
    labels = (ROWS["length"] > 0).map({True: "long", False: "short"})
    fitted = LogisticRegression().fit(ROWS, labels)
    run, result, model_id = evaluated(fitted, labels, "classifier")
    assert_kept(run, result, model_id)
    said = fitted.predict(ROWS)
    assert run.data.metrics["accuracy_score"] == accuracy_score(labels, said)
    assert run.data.metrics["recall_score"] == recall_score(labels, said, pos_label="short")
    assert run.data.metrics["example_count"] == len(ROWS)
    plots = {"roc_curve_plot", "precision_recall_curve_plot", "lift_curve_plot", "confusion_matrix"}
    assert plots <= result.artifacts.keys()
    for name in plots:
        assert result.artifacts[name].uri == f"{run.info.artifact_uri}/{name}.png"
        image = mlflow.artifacts.load_image(result.artifacts[name].uri)
        assert image.size == result.artifacts[name].content.size
    watch.assert_untroubled()


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("deprecated", [False, True], ids=["models.evaluate", "evaluate"])
def test_a_regressor(watch: Watch, deprecated: bool) -> None:
    targets = ROWS["length"] * 2 + ROWS["width"] ** 2
    fitted = LinearRegression().fit(ROWS, targets)
    run, result, model_id = evaluated(fitted, targets, "regressor", deprecated)
    assert_kept(run, result, model_id)
    assert run.data.metrics["mean_absolute_error"] == pytest.approx(mean_absolute_error(targets, fitted.predict(ROWS)))
    assert run.data.metrics["r2_score"] == pytest.approx(fitted.score(ROWS, targets))
    watch.assert_untroubled()


def test_a_function_is_evaluated_without_a_model_on_the_server(watch: Watch) -> None:
    mlflow.set_experiment(fresh("evaluated"))
    with mlflow.start_run() as run:
        result = mlflow.models.evaluate(
            lambda frame: frame["length"] * 2,
            ROWS.assign(truth=ROWS["length"] * 2 + 1),
            targets="truth",
            model_type="regressor",
            evaluators=["default"],
            evaluator_config=PLAIN,
        )
    assert result.metrics["max_error"] == pytest.approx(1)
    assert mlflow.get_run(run.info.run_id).data.metrics["mean_absolute_error"] == pytest.approx(1)
    watch.assert_untroubled()
