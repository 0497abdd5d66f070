"""How many runs are nested in others."""

from __future__ import annotations

from typing import Any

import pytest
from mlflow.tracking import MlflowClient
from rest import Rest

NESTED = "/api/v1/tracking/nested-runs"


def test_children_of_mlflow_are_counted(rest: Rest) -> None:
    client = MlflowClient(rest.url)
    experiment = rest.experiment()
    parent = client.create_run(experiment).info.run_id
    children = [client.create_run(experiment, tags={"mlflow.parentRunId": parent}).info.run_id for _ in range(3)]
    client.delete_run(children[0])
    answer = rest.get(NESTED, run_id=[parent, children[1], "nobody's"])
    counts = {one["run_id"]: (one["count"], one["truncated"]) for one in answer["nested_runs"]}
    assert counts == {parent: (2, False), children[1]: (0, False)}
    client.restore_run(children[0])
    assert rest.get(NESTED, run_id=parent)["nested_runs"] == [{"run_id": parent, "count": 3, "truncated": False}]


@pytest.mark.parametrize("query", [{}, {"run_id": ["a"] * 101}])
def test_none_and_too_many_are_refused(rest: Rest, query: dict[str, Any]) -> None:
    status, refusal = rest.refused("GET", NESTED, params=query)
    assert status == 400
    assert refusal["error_code"] == "INVALID_PARAMETER_VALUE"
    assert "1 to 100 times" in refusal["message"]
