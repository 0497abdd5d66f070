"""Metrics, params and tags: the values that went in come back, bit for bit."""

from __future__ import annotations

import math
import random
import sys

import pytest
from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException, RestException
from mlflow.tracking import MlflowClient
from rest import MLFLOW, Rest, fresh

START = 1_700_000_000_000


@pytest.fixture
def run(client: MlflowClient) -> str:
    return client.create_run(client.create_experiment(fresh("metrics"))).info.run_id


def test_a_history_keeps_steps_times_and_order(client: MlflowClient, run: str) -> None:
    for step in (0, 5, 3, -2):
        client.log_metric(run, "loss", step / 7, timestamp=START + step, step=step)
    history = client.get_metric_history(run, "loss")
    assert [point.step for point in history] == [-2, 0, 3, 5]
    assert [point.timestamp for point in history] == [START - 2, START, START + 3, START + 5]
    assert client.get_run(run).data.metrics["loss"] == 5 / 7


def test_doubles_come_back_bit_for_bit(client: MlflowClient, run: str) -> None:
    seed = 20_261_121
    draw = random.Random(seed)
    values = [draw.uniform(-1, 1) * 10.0 ** draw.randint(-300, 300) for _ in range(500)]
    values += [0.1, 5e-324, sys.float_info.max, 2.0**53 + 2, 1 / 3]
    metrics = [Metric("v", value, START, index) for index, value in enumerate(values)]
    client.log_batch(run, metrics=metrics)
    back = [point.value for point in sorted(client.get_metric_history(run, "v"), key=lambda point: point.step)]
    assert [value.hex() for value in back] == [value.hex() for value in values], f"seed {seed}"


def test_nan_stays_nan_and_infinities_are_clamped_as_mlflow_does(client: MlflowClient, run: str) -> None:
    client.log_metric(run, "nan", math.nan, step=1)
    client.log_metric(run, "high", math.inf, step=1)
    client.log_metric(run, "low", -math.inf, step=1)
    metrics = client.get_run(run).data.metrics
    assert math.isnan(metrics["nan"])
    assert math.isnan(client.get_metric_history(run, "nan")[0].value)
    assert metrics["high"] == sys.float_info.max
    assert metrics["low"] == -sys.float_info.max


def test_an_infinity_is_the_number_that_is_answered_for_it(client: MlflowClient, run: str) -> None:
    """MLflow stores the greatest number; so an import brings that, and it must not differ from what is logged here."""
    for value in (math.inf, sys.float_info.max):
        client.log_metric(run, "m", value, timestamp=START, step=0)
    # MLflow's filters know no plus in an exponent.
    greatest = repr(sys.float_info.max).replace("e+", "e")
    found = client.search_runs([client.get_run(run).info.experiment_id], f"metrics.m = {greatest}")
    assert [each.info.run_id for each in found] == [run]
    assert len(client.get_metric_history(run, "m")) == 1


def test_the_latest_value_is_that_of_the_greatest_step_then_time_then_value(client: MlflowClient, run: str) -> None:
    for value, time, step in [(9.0, START, 1), (1.0, START + 5, 2), (7.0, START + 9, 1), (2.0, START + 5, 2)]:
        client.log_metric(run, "m", value, timestamp=time, step=step)
    assert client.get_run(run).data.metrics["m"] == 2.0


def test_a_repeated_point_is_kept_once(client: MlflowClient, run: str) -> None:
    for _ in range(3):
        client.log_metric(run, "m", 0.25, timestamp=START, step=1)
    assert len(client.get_metric_history(run, "m")) == 1


def test_the_history_of_nothing_is_empty(client: MlflowClient, run: str) -> None:
    assert client.get_metric_history(run, "never") == []


def test_histories_of_several_runs_come_sampled(client: MlflowClient, rest: Rest, run: str) -> None:
    metrics = [Metric("m", float(index), START + index, index) for index in range(1000)]
    client.log_batch(run, metrics=metrics)
    query = {"run_ids": run, "metric_key": "m", "max_results": 50}
    points = rest.get(f"{MLFLOW}/metrics/get-history-bulk-interval", **query)["metrics"]
    assert len(points) == 50
    assert {points[0]["step"], points[-1]["step"]} == {0, 999}
    assert all(point["run_id"] == run for point in points)


def test_a_param_is_written_once(client: MlflowClient, run: str) -> None:
    client.log_param(run, "lr", 0.1)
    client.log_param(run, "lr", 0.1)
    with pytest.raises(MlflowException, match="Changing param values is not allowed"):
        client.log_param(run, "lr", 0.2)
    client.log_param(run, "empty", "")
    assert client.get_run(run).data.params == {"lr": "0.1", "empty": ""}


def test_tags_are_replaced_and_deleted(client: MlflowClient, run: str) -> None:
    client.set_tag(run, "ünï/cødé key", "Grüße 雨 \U0001f426")
    client.set_tag(run, "t", "1")
    client.set_tag(run, "t", "2")
    tags = client.get_run(run).data.tags
    assert (tags["t"], tags["ünï/cødé key"]) == ("2", "Grüße 雨 \U0001f426")
    client.delete_tag(run, "t")
    assert "t" not in client.get_run(run).data.tags
    with pytest.raises(MlflowException, match="No tag with name"):
        client.delete_tag(run, "t")


def test_a_thousand_metrics_go_in_one_batch_and_a_thousand_and_one_do_not(rest: Rest, run: str) -> None:
    points = [{"key": f"k{index % 7}", "value": index, "timestamp": START, "step": index} for index in range(1001)]
    rest.post(f"{MLFLOW}/runs/log-batch", {"run_id": run, "metrics": points[:1000]})
    assert sum(len(rest.history(run, f"k{index}")) for index in range(7)) == 1000
    status, error = rest.refused("POST", f"{MLFLOW}/runs/log-batch", {"run_id": run, "metrics": points})
    assert (status, error["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert "at most 1000 metrics" in error["message"]
    assert sum(len(rest.history(run, f"k{index}")) for index in range(7)) == 1000


@pytest.mark.parametrize(
    "spoiled",
    [
        {"params": [{"key": "lr", "value": "other"}]},
        {"params": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]},
        {"metrics": [{"key": "../up", "value": 1, "timestamp": START, "step": 0}]},
        {"metrics": [{"key": "m", "value": 1, "timestamp": -1, "step": 0}]},
        {"tags": [{"key": "x" * 251, "value": "1"}]},
    ],
    ids=["changed param", "param twice", "key that climbs", "time before 1970", "key too long"],
)
def test_a_batch_is_all_or_nothing(rest: Rest, run: str, spoiled: dict[str, list[dict[str, object]]]) -> None:
    rest.post(f"{MLFLOW}/runs/log-parameter", {"run_id": run, "key": "lr", "value": "0.1"})
    before = rest.run_data(run)
    body = {
        "run_id": run,
        "metrics": [{"key": "m", "value": 1.0, "timestamp": START, "step": 0}, *spoiled.get("metrics", [])],
        "params": [{"key": "new", "value": "1"}, *spoiled.get("params", [])],
        "tags": [{"key": "new", "value": "1"}, *spoiled.get("tags", [])],
    }
    status, error = rest.refused("POST", f"{MLFLOW}/runs/log-batch", body)
    assert (status, error["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert rest.run_data(run) == before
    assert rest.history(run, "m") == []


def test_a_batch_takes_all_kinds_at_once(client: MlflowClient, run: str) -> None:
    metrics = [Metric("m", 1.5, START, 1), Metric("n", 2.5, START, 1)]
    client.log_batch(run, metrics, [Param("p", "1")], [RunTag("t", "x"), RunTag("t", "y")])
    data = client.get_run(run).data
    assert (data.metrics, data.params, data.tags["t"]) == ({"m": 1.5, "n": 2.5}, {"p": "1"}, "y")


def test_a_run_that_is_not_there_takes_nothing(client: MlflowClient) -> None:
    with pytest.raises(RestException) as refused:
        client.log_metric("0" * 32, "m", 1)
    assert refused.value.error_code == "RESOURCE_DOES_NOT_EXIST"
