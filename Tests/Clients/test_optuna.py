"""Optuna with its studies and trials kept by the server, through MLflow's storage."""

from __future__ import annotations

from collections.abc import Iterator

import mlflow
import optuna
import pytest
from call_recorder import Watch
from mlflow.optuna.storage import MlflowStorage
from mlflow.tracking import MlflowClient
from optuna.trial import FrozenTrial
from rest import fresh

TRIALS = 4


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    yield
    optuna.logging.set_verbosity(level)


def parabola(trial: optuna.Trial) -> float:
    x = trial.suggest_float("x", -2, 2)
    kind = trial.suggest_categorical("kind", ["up", "down"])
    trial.report(abs(x), step=0)
    if trial.number == TRIALS - 1:
        raise optuna.TrialPruned
    return (x - 0.5) ** 2 + (kind == "down")


def in_order(study: optuna.Study) -> list[FrozenTrial]:
    """MLflow's storage hands trials out as a search gives its runs: the last one first."""
    return sorted(study.trials, key=lambda trial: trial.number)


def studied(experiment: str, name: str) -> optuna.Study:
    storage = MlflowStorage(experiment_id=experiment)
    study = optuna.create_study(
        study_name=name, storage=storage, sampler=optuna.samplers.RandomSampler(seed=7), load_if_exists=True
    )
    study.optimize(parabola, n_trials=TRIALS)
    storage.flush_all_batches()
    return study


def test_a_study_is_kept_trial_by_trial(watch: Watch) -> None:
    experiment = mlflow.set_experiment(fresh("study")).experiment_id
    trials = in_order(studied(experiment, fresh("tiny")))

    frame = mlflow.search_runs([experiment])
    runs = frame[frame["tags.mlflow.parentRunId"].notna()].sort_values("tags.numbers")
    assert list(runs["status"]) == ["FINISHED"] * (TRIALS - 1) + ["KILLED"]
    assert [float(x) for x in runs["params.x"]] == [trial.params["x"] for trial in trials]
    assert list(runs["params.kind"]) == [trial.params["kind"] for trial in trials]
    assert list(runs["metrics.value"])[:-1] == [trial.value for trial in trials[:-1]]
    watch.assert_untroubled()


def test_another_process_goes_on_with_the_study(watch: Watch) -> None:
    experiment = mlflow.set_experiment(fresh("study")).experiment_id
    name = fresh("tiny")
    first = studied(experiment, name)
    again = optuna.load_study(study_name=name, storage=MlflowStorage(experiment_id=experiment))
    trials = in_order(again)
    assert [trial.params for trial in trials] == [trial.params for trial in in_order(first)]
    assert [trial.state.name for trial in trials] == ["COMPLETE"] * (TRIALS - 1) + ["PRUNED"]
    assert (again.best_params, again.best_value) == (first.best_params, first.best_value)
    assert trials[0].intermediate_values == {0: abs(trials[0].params["x"])}
    again.enqueue_trial({"x": 0.5, "kind": "up"})
    again.optimize(parabola, n_trials=1)
    assert again.best_value == 0
    watch.assert_untroubled()


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
def test_trials_as_runs_below_one_run(watch: Watch) -> None:
    """What the documentation tells users to write: a run, and a nested run for each trial."""
    experiment = mlflow.set_experiment(fresh("study")).experiment_id

    def objective(trial: optuna.Trial) -> float:
        with mlflow.start_run(nested=True, run_name=f"trial-{trial.number}"):
            x = trial.suggest_float("x", -2, 2)
            mlflow.log_param("x", x)
            mlflow.log_metric("loss", x * x)
            return x * x

    with mlflow.start_run() as run:
        study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=7))
        study.optimize(objective, n_trials=TRIALS)
        mlflow.log_metric("best_loss", study.best_value)
    (best, *others) = MlflowClient().search_runs(
        [experiment], f"tags.`mlflow.parentRunId` = '{run.info.run_id}'", order_by=["metrics.loss ASC"]
    )
    assert len(others) == TRIALS - 1
    assert best.info.run_name == f"trial-{study.best_trial.number}"
    assert best.data.metrics["loss"] == study.best_value
    assert mlflow.get_run(run.info.run_id).data.metrics == {"best_loss": study.best_value}
    watch.assert_untroubled()
