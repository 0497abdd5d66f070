"""Issues through MLflow's own store for REST servers."""

from __future__ import annotations

import pytest
from mlflow.entities.issue import IssueSeverity, IssueStatus
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient
from rest import fresh


def test_an_issue_lives_through_the_client(client: MlflowClient) -> None:
    store = client._tracking_client.store
    home = client.create_experiment(fresh("issues"))
    run = client.create_run(home).info.run_id
    made = store.create_issue(
        home,
        "slow",
        "It takes ten seconds.",
        severity=IssueSeverity.HIGH,
        root_causes=["disk"],
        source_run_id=run,
        categories=["speed"],
        created_by="ada",
    )
    assert store.get_issue(made.issue_id) == made
    assert (made.status, made.severity, made.root_causes) == (IssueStatus.PENDING, IssueSeverity.HIGH, ["disk"])
    other = store.create_issue(home, "odd", "It says so.")
    changed = store.update_issue(other.issue_id, status=IssueStatus.RESOLVED, name="fine")
    assert (changed.status, changed.name, changed.description) == (IssueStatus.RESOLVED, "fine", "It says so.")
    found = store.search_issues(home)
    assert [each.issue_id for each in found] == [made.issue_id, other.issue_id]
    assert [each.name for each in store.search_issues(home, "status = 'resolved'")] == ["fine"]
    page = store.search_issues(home, max_results=1, include_trace_count=True)
    assert (len(page), page[0].trace_count) == (1, None)
    assert [each.name for each in store.search_issues(home, max_results=1, page_token=page.token)] == ["fine"]
    with pytest.raises(MlflowException, match="not found"):
        store.get_issue("iss-none")
    with pytest.raises(MlflowException, match="No Experiment"):
        store.create_issue("987654321", "n", "d")
