"""System metrics, as MLflow's client samples them beside a run."""

from __future__ import annotations

import time

import mlflow
import pytest
from call_recorder import Watch
from mlflow.tracking import MlflowClient

pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)

MEMORY = "system/system_memory_usage_megabytes"
SECONDS_MAX = 20


@pytest.mark.parametrize("everywhere", [True, False], ids=["enabled", "asked-for-one-run"])
def test_samples_are_points_of_metrics(watch: Watch, monkeypatch: pytest.MonkeyPatch, everywhere: bool) -> None:
    monkeypatch.setenv("MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL", "0.1")
    monkeypatch.setenv("MLFLOW_SYSTEM_METRICS_SAMPLES_BEFORE_LOGGING", "2")
    if everywhere:
        monkeypatch.setenv("MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING", "false")
        mlflow.enable_system_metrics_logging()
    client = MlflowClient()
    with mlflow.start_run(log_system_metrics=None if everywhere else True) as run:
        deadline = time.monotonic() + SECONDS_MAX
        while len(client.get_metric_history(run.info.run_id, MEMORY)) < 2 and time.monotonic() < deadline:
            time.sleep(0.1)
        mlflow.log_metric("own", 1)
    points = client.get_metric_history(run.info.run_id, MEMORY)
    assert len(points) >= 2
    assert [point.step for point in points] == list(range(len(points)))
    assert all(point.value > 0 for point in points)
    metrics = client.get_run(run.info.run_id).data.metrics
    assert 0 < metrics["system/disk_usage_percentage"] <= 100
    assert {"system/cpu_utilization_percentage", "system/network_receive_megabytes", "own"} <= metrics.keys()
    watch.assert_untroubled()
