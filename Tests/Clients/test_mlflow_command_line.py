"""MLflow's own command line, pointed at the server by its tracking URI alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from call_recorder import Watch
from click.testing import CliRunner
from mlflow.cli import cli
from mlflow.tracking import MlflowClient
from models import rows_of
from rest import fresh
from sklearn.linear_model import LinearRegression

pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)


def said(*words: str) -> str:
    result = CliRunner().invoke(cli, words, catch_exceptions=False)
    assert result.exit_code == 0, f"mlflow {' '.join(words)}: {result.output}"
    return result.output


@pytest.fixture
def name() -> str:
    return fresh("cli")


@pytest.fixture
def experiment(watch: Watch, name: str) -> str:
    said("experiments", "create", "--experiment-name", name)
    found = MlflowClient().get_experiment_by_name(name)
    assert found is not None
    return found.experiment_id


@pytest.fixture
def run(experiment: str) -> str:
    with mlflow.start_run(experiment_id=experiment, run_name="first") as run:
        mlflow.log_metric("loss", 0.25)
        mlflow.log_param("depth", 3)
    return run.info.run_id


def test_as_a_command_of_its_own(experiment: str, name: str, watch: Watch) -> None:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("MLFLOW_")}
    done = subprocess.run(
        [sys.executable, "-m", "mlflow", "experiments", "search"],
        env={**kept, "MLFLOW_TRACKING_URI": watch.url},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stdout.splitlines() if name in line]
    assert line.split()[:2] == [experiment, name]
    assert "WARNING" not in done.stderr and "ERROR" not in done.stderr, done.stderr


def test_experiments(experiment: str, run: str, name: str, folder: Path, watch: Watch) -> None:
    got = json.loads(said("experiments", "get", "--experiment-id", experiment, "--output", "json"))
    assert (got["experiment_id"], got["name"], got["lifecycle_stage"]) == (experiment, name, "active")
    said("experiments", "csv", "--experiment-id", experiment, "--filename", str(folder / "runs.csv"))
    table = pd.read_csv(folder / "runs.csv")
    assert table[["run_id", "metrics.loss", "params.depth"]].values.tolist() == [[run, 0.25, 3]]
    said("experiments", "rename", "--experiment-id", experiment, "--new-name", f"{name}-again")
    assert f"{name}-again" in said("experiments", "search")
    said("experiments", "delete", "--experiment-id", experiment)
    assert name not in said("experiments", "search")
    assert name in said("experiments", "search", "--view", "deleted_only")
    said("experiments", "restore", "--experiment-id", experiment)
    assert mlflow.get_experiment(experiment).lifecycle_stage == "active"
    watch.assert_untroubled()


def test_runs(experiment: str, run: str, watch: Watch) -> None:
    assert run in said("runs", "list", "--experiment-id", experiment)
    described = json.loads(said("runs", "describe", "--run-id", run))
    assert described["info"]["run_name"] == "first"
    assert described["data"]["metrics"] == {"loss": 0.25}
    assert described["data"]["params"] == {"depth": "3"}
    said("runs", "delete", "--run-id", run)
    assert run not in said("runs", "list", "--experiment-id", experiment)
    assert run in said("runs", "list", "--experiment-id", experiment, "--view", "deleted_only")
    said("runs", "restore", "--run-id", run)
    assert run in said("runs", "list", "--experiment-id", experiment)
    said("runs", "create", "--experiment-id", experiment, "--run-name", "second", "--status", "FAILED")
    (made,) = MlflowClient().search_runs([experiment], "attributes.run_name = 'second'")
    assert made.info.status == "FAILED"
    watch.assert_untroubled()


def test_artifacts(run: str, folder: Path, watch: Watch) -> None:
    (folder / "plots").mkdir()
    (folder / "note.txt").write_text("hello")
    (folder / "plots" / "a.txt").write_text("curve")
    said("artifacts", "log-artifact", "--local-file", str(folder / "note.txt"), "--run-id", run)
    plots = str(folder / "plots")
    said("artifacts", "log-artifacts", "--local-dir", plots, "--run-id", run, "--artifact-path", "plots")
    listed = json.loads(said("artifacts", "list", "--run-id", run))
    assert [(file["path"], file["is_dir"]) for file in listed] == [("note.txt", False), ("plots", True)]
    back = folder / "back"
    back.mkdir()
    said("artifacts", "download", "--run-id", run, "--artifact-path", "plots", "--dst-path", str(back))
    assert (back / "plots" / "a.txt").read_text() == "curve"
    said("artifacts", "download", "--artifact-uri", f"runs:/{run}/note.txt", "--dst-path", str(back))
    assert (back / "note.txt").read_text() == "hello"
    watch.assert_untroubled()


def test_a_registered_model_predicts(experiment: str, name: str, folder: Path, watch: Watch) -> None:
    rows = rows_of(20)
    fitted = LinearRegression().fit(rows, rows["age"] * 3)
    with mlflow.start_run(experiment_id=experiment):
        mlflow.sklearn.log_model(
            fitted, name="model", registered_model_name=name, pip_requirements=["scikit-learn"], input_example=rows[:2]
        )
    asked, answered = folder / "asked.json", folder / "answered.json"
    asked.write_text(json.dumps({"dataframe_split": rows.to_dict(orient="split", index=False)}))
    said(
        *("models", "predict", "--model-uri", f"models:/{name}/1", "--env-manager", "local"),
        *("--input-path", str(asked), "--output-path", str(answered)),
    )
    assert json.loads(answered.read_text())["predictions"] == pytest.approx(fitted.predict(rows).tolist())
    watch.assert_untroubled()
