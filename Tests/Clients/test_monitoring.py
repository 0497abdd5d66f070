"""Drift: the reference that came with the version, the checks, the alerts, and what is written down about them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mlflow.tracking import MlflowClient
from models import COLUMNS, Model, column_signature, register, regressor_graph, rows_of
from rest import JSON, Rest
from test_serving import deployed, logged

CHECK = "/api/v1/monitoring/drift/check"
REFERENCE_ROWS, CURRENT_ROWS = 2000, 500


@pytest.fixture
def watched(client: MlflowClient, rest: Rest, folder: Path) -> Model:
    graph = regressor_graph()
    reference = rows_of(REFERENCE_ROWS, seed=21)
    return deployed(rest, register(client, graph, column_signature(graph), reference=reference, folder=folder))


def send(rest: Rest, model: Model, rows: pd.DataFrame, before: int = 0) -> None:
    for start in range(0, len(rows), 100):
        records = rows.iloc[start : start + 100].to_dict("records")
        rest.post("/predict/batch", {"model_name": model.name, "inputs": records})
    query = {"endpoint": model.name, "limit": 1000}
    for _ in range(100):
        if len(rest.get("/api/v1/predictions", **query)["predictions"]) >= before + len(rows):
            return
        logged(rest, model, 1)
    raise AssertionError("the predictions were not logged")


def check(rest: Rest, model: Model, rows: int = CURRENT_ROWS, method: str = "all") -> JSON:
    body = {"endpoint": model.name, "method": method, "window": {"last_rows": rows}}
    return rest.post(CHECK, body)


def statistic(report: JSON, column: str, method: str) -> JSON:
    (found,) = (each for each in report["columns"] if each["column"] == column)
    return next(each for each in found["statistics"] if each["method"] == method)


def psi(reference: np.ndarray, current: np.ndarray) -> float:
    """Over the reference's deciles with open ends; an empty bin counts as 0.0001."""
    edges = np.quantile(reference, np.linspace(0, 1, 11))
    edges[0], edges[-1] = -np.inf, np.inf
    shares = [np.histogram(values, edges)[0] / len(values) for values in (reference, current)]
    was, now = (np.where(share == 0, 1e-4, share) for share in shares)
    return float(np.sum((now - was) * np.log(now / was)))


def test_traffic_like_the_reference_does_not_drift(rest: Rest, watched: Model) -> None:
    rows = rows_of(CURRENT_ROWS, seed=22)
    send(rest, watched, rows)
    report = check(rest, watched)
    assert (report["reference_rows"], report["current_rows"]) == (REFERENCE_ROWS, CURRENT_ROWS)
    assert report["verdict"] == "none"
    assert {column["column"] for column in report["columns"]} >= set(COLUMNS)
    reference = rows_of(REFERENCE_ROWS, seed=21)
    for name in COLUMNS:
        ours, expected = statistic(report, name, "psi")["value"], psi(reference[name], rows[name])
        assert ours == pytest.approx(expected, abs=0.002)
    assert rest.get("/mlops/alerts", state="open").get("alerts", []) == [] or all(
        alert["endpoint"] != watched.name for alert in rest.get("/mlops/alerts", state="open")["alerts"]
    )


def test_shifted_traffic_raises_an_alert_once_that_can_be_acknowledged(rest: Rest, watched: Model) -> None:
    rows = rows_of(CURRENT_ROWS, seed=23).assign(length=lambda frame: frame["length"] + 1.5)
    send(rest, watched, rows)
    report = check(rest, watched)
    assert report["verdict"] == "alert"
    assert statistic(report, "length", "psi")["verdict"] == "alert"
    assert statistic(report, "age", "psi")["verdict"] == "none"
    for method in ("ks", "jensenshannon"):
        assert statistic(report, "length", method)["value"] > 0.2
    newest = rest.get("/api/v1/monitoring/drift", endpoint=watched.name, limit=1)["reports"][0]
    assert newest["id"] == report["id"]
    (alert,) = open_alerts(rest, watched, "length")
    assert (alert["type"], alert["state"], alert["endpoint"]) == ("DRIFT", "open", watched.name)
    assert alert["value"] == pytest.approx(statistic(report, "length", "psi")["value"])
    check(rest, watched)
    (again,) = open_alerts(rest, watched, "length")
    assert (again["id"], again["count"]) == (alert["id"], alert["count"] + 1)
    done = rest.post(f"/mlops/alerts/{alert['id']}/acknowledge", {"note": "seen"})
    assert (done["state"], done["note"], done["acknowledged_at"] > 0) == ("acknowledged", "seen", True)
    assert open_alerts(rest, watched, "length") == []
    listed = rest.get("/mlops/alerts", state="acknowledged")["alerts"]
    assert alert["id"] in {each["id"] for each in listed}


def open_alerts(rest: Rest, model: Model, feature: str) -> list[JSON]:
    alerts = rest.get("/mlops/alerts", state="open", type="DRIFT", limit=1000).get("alerts", [])
    return [
        alert
        for alert in alerts
        if alert["endpoint"] == model.name and alert.get("feature") == feature and alert.get("method") == "psi"
    ]


def test_a_check_that_cannot_be_made_says_why(rest: Rest, client: MlflowClient) -> None:
    graph = regressor_graph()
    bare = deployed(rest, register(client, graph, column_signature(graph)))
    rest.post("/predict", {"model_name": bare.name, "inputs": bare.rows.iloc[0].to_dict()})
    status, error = rest.refused("POST", CHECK, {"endpoint": bare.name})
    assert 400 <= status < 500
    assert "reference" in error["message"].lower()
    assert rest.refused("POST", CHECK, {"endpoint": f"{bare.name}-not"})[0] == 404
    status, error = rest.refused("POST", CHECK, {"endpoint": bare.name, "method": "astrology"})
    assert (status, error["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    status, _ = rest.refused("POST", "/mlops/alerts/no-such-alert/acknowledge", {})
    assert status == 404


def test_what_changed_is_written_down_in_order(rest: Rest, client: MlflowClient, watched: Model) -> None:
    client.transition_model_version_stage(watched.name, "1", "Staging")
    import time

    deadline = time.monotonic() + 5
    while True:
        activities = all_activities(rest)
        actions = [each["action"] for each in activities if watched.name in str(each)]
        if "model_version.transitioned" in actions:
            break
        assert time.monotonic() < deadline, actions
        time.sleep(0.1)
    expected = ["registered_model.created", "model_version.created", "endpoint.deployed", "model_version.transitioned"]
    assert [action for action in actions if action in expected] == expected
    sequences = [each["sequence"] for each in activities]
    assert sequences == list(range(sequences[0], sequences[0] + len(sequences)))
    assert len({each["hash"] for each in activities}) == len(activities)


def all_activities(rest: Rest) -> list[JSON]:
    found: list[JSON] = []
    while True:
        after = found[-1]["sequence"] if found else 0
        page = rest.get("/api/v1/activities", after=after, limit=1000)["activities"]
        if not page:
            return found
        found += page
