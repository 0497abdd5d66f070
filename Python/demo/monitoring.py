"""Traffic as usual, traffic that has shifted, and what the drift checks make of it."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

from .api import JSON, Server
from .serving import record
from .usecase import UseCase

SEED = 11
ROWS = 400
BATCH_ROWS = 50
LOGGED_WITHIN_SECONDS = 5.0
# A scanner that is set wrong: every length reads a quarter too long, and areas by the square of that.
WRONG_SCALE = {"mean radius": 1.25, "mean perimeter": 1.25, "mean area": 1.25**2}
CALM_YEAR = "2017"


def usual(case: UseCase) -> pd.DataFrame:
    """Rows drawn from all that was measured."""
    everything = pd.concat([case.split.train.features, case.split.validation.features, case.split.test.features])
    return everything.sample(ROWS, replace=True, random_state=SEED)


def mismeasured(case: UseCase) -> pd.DataFrame:
    rows = usual(case)
    return rows.assign(**{column: rows[column] * factor for column, factor in WRONG_SCALE.items()})


def calm_year(case: UseCase) -> pd.DataFrame:
    """The days of 2017, one of the calmest years on record: drift that nobody made up."""
    return case.split.test.features.loc[CALM_YEAR]


def send_one_by_one(server: Server, case: UseCase, rows: pd.DataFrame) -> None:
    answer: JSON = {}
    for index in range(len(rows)):
        answer = server.post("/predict", {"model_name": case.model, "inputs": record(rows, index)})
    _await_logged(server, case, answer["request_id"])


def send_in_batches(server: Server, case: UseCase, rows: pd.DataFrame) -> None:
    answer: JSON = {}
    for start in range(0, len(rows), BATCH_ROWS):
        part = rows.iloc[start : start + BATCH_ROWS]
        inputs = [record(part, index) for index in range(len(part))]
        answer = server.post("/predict/batch", {"model_name": case.model, "inputs": inputs})
    _await_logged(server, case, answer["request_ids"][-1])


def check(server: Server, case: UseCase, rows: int) -> JSON:
    """A drift report on the newest `rows` predictions, by every method."""
    body = {"endpoint": case.model, "method": "all", "window": {"last_rows": rows}}
    return server.post("/api/v1/monitoring/drift/check", body)


def open_alerts(server: Server, case: UseCase) -> list[JSON]:
    alerts = server.get("/mlops/alerts", state="open", type="DRIFT").get("alerts", [])
    return [alert for alert in alerts if alert["endpoint"] == case.model]


def acknowledge(server: Server, alert: JSON, note: str) -> JSON:
    return server.post(f"/mlops/alerts/{alert['id']}/acknowledge", {"note": note})


def value_of(column: JSON, method: str) -> float:
    for statistic in column["statistics"]:
        if statistic["method"] == method:
            return float(statistic["value"])
    return float(np.nan)


def strongest(report: JSON, count: int) -> list[JSON]:
    """The columns that moved most, by PSI."""
    return sorted(report["columns"], key=lambda column: -value_of(column, "psi"))[:count]


def _await_logged(server: Server, case: UseCase, request_id: str) -> None:
    """Predictions are logged in batches a moment after they are answered."""
    deadline = time.monotonic() + LOGGED_WITHIN_SECONDS
    while time.monotonic() < deadline:
        newest = server.get("/api/v1/predictions", endpoint=case.model, limit=BATCH_ROWS)["predictions"]
        if any(str(prediction["request_id"]).startswith(request_id) for prediction in newest):
            return
        time.sleep(0.05)
