"""Runs written straight into the tables of MLflow's own store, thousands in a second."""

from __future__ import annotations

import math
import uuid
from typing import Any

from mlflow.store.tracking.dbmodels import models as tables
from search_values import HUGE, START, Run
from sqlalchemy import Engine, insert

Rows = dict[Any, list[dict[str, Any]]]


def insert_experiments(engine: Engine, names: dict[int, str]) -> None:
    rows = [
        {"experiment_id": number, "name": name, "lifecycle_stage": "active", "workspace": "default"}
        | {"artifact_location": f"mlflow-artifacts:/{number}", "creation_time": START, "last_update_time": START}
        for number, name in names.items()
    ]
    with engine.begin() as connection:
        connection.execute(insert(tables.SqlExperiment), rows)


def insert_runs(engine: Engine, runs: list[Run]) -> None:
    """The runs with all that they carry; each has its id and its experiment's."""
    rows = run_rows(runs) | dataset_rows(runs)
    with engine.begin() as connection:
        for table, values in rows.items():
            if values:
                connection.execute(insert(table), values)


def run_rows(runs: list[Run]) -> Rows:
    latest = [
        {"run_uuid": run.id, "key": key, **stored(value), "timestamp": START, "step": 0}
        for run in runs
        for key, value in run.metrics.items()
    ]
    earlier = [
        {"run_uuid": run.id, "key": key, **stored(value), "timestamp": START + 9, "step": -1}
        for run in runs
        for key, value in run.earlier.items()
    ]
    return {
        tables.SqlRun: [
            {
                **{"run_uuid": run.id, "name": run.name, "user_id": run.user, "status": run.status},
                **{"start_time": run.start, "end_time": run.end, "artifact_uri": run.artifact_uri},
                **{"experiment_id": run.experiment, "lifecycle_stage": "deleted" if run.deleted else "active"},
            }
            for run in runs
        ],
        tables.SqlTag: [
            {"run_uuid": run.id, "key": key, "value": value}
            for run in runs
            for key, value in (run.tags | {"mlflow.runName": run.name}).items()
        ],
        tables.SqlParam: [
            {"run_uuid": run.id, "key": key, "value": value} for run in runs for key, value in run.params.items()
        ],
        tables.SqlMetric: latest + earlier,
        tables.SqlLatestMetric: latest,
    }


def dataset_rows(runs: list[Run]) -> Rows:
    datasets: dict[tuple[int, str, str], str] = {}
    inputs, input_tags = [], []
    for run in runs:
        for name, digest, context in run.datasets:
            source = datasets.setdefault((run.experiment, name, digest), uuid.uuid4().hex)
            one = uuid.uuid4().hex
            inputs.append(
                {
                    **{"input_uuid": one, "source_type": "DATASET", "source_id": source},
                    **{"destination_type": "RUN", "destination_id": run.id},
                }
            )
            if context is not None:
                input_tags.append({"input_uuid": one, "name": "mlflow.data.context", "value": context})
    return {
        tables.SqlDataset: [
            {
                **{"dataset_uuid": number, "experiment_id": experiment, "name": name, "digest": digest},
                **{"dataset_source_type": "local", "dataset_source": "{}"},
            }
            for (experiment, name, digest), number in datasets.items()
        ],
        tables.SqlInput: inputs,
        tables.SqlInputTag: input_tags,
    }


def stored(value: float) -> dict[str, Any]:
    """A metric's value as MLflow's store writes it."""
    if math.isnan(value):
        return {"value": 0.0, "is_nan": True}
    return {"value": math.copysign(HUGE, value) if math.isinf(value) else value, "is_nan": False}
