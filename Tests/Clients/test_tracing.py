"""Functions that users trace: whatever becomes of a trace, what the function does is not held up by it."""

from __future__ import annotations

import time

import mlflow
import pytest
from call_recorder import Watch
from mlflow.tracking import MlflowClient
from rest import fresh

pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)

SECONDS_MAX = 20


def test_a_traced_function_answers_and_its_run_is_whole(watch: Watch) -> None:
    @mlflow.trace
    def doubled(value: int) -> int:
        mlflow.log_metric("value", value, step=value)
        return value * 2

    mlflow.set_experiment(fresh("traced"))
    with mlflow.start_run() as run:
        assert [doubled(value) for value in range(3)] == [0, 2, 4]
    started = time.monotonic()
    mlflow.flush_trace_async_logging()
    assert time.monotonic() - started < SECONDS_MAX
    points = MlflowClient().get_metric_history(run.info.run_id, "value")
    assert [(point.step, point.value) for point in points] == [(0, 0), (1, 1), (2, 2)]
    traced = watch.asked("/traces")
    assert traced, "nothing was traced"
    # Clients ask again, with a pause that doubles, what was answered 5xx or 429.
    assert {exchange.status for exchange in traced} <= {200, 404}
