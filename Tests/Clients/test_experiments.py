"""Experiments and runs through MLflow's client: made, found, renamed, deleted, restored."""

from __future__ import annotations

import mlflow
import pytest
from mlflow.entities import RunStatus, ViewType
from mlflow.exceptions import MlflowException, RestException
from mlflow.tracking import MlflowClient
from rest import fresh


def test_an_experiment_is_made_and_found_by_id_and_by_name(client: MlflowClient) -> None:
    name = fresh("made")
    made = client.create_experiment(name, tags={"team": "blue"})
    by_id, by_name = client.get_experiment(made), client.get_experiment_by_name(name)
    assert by_id.name == name
    assert by_name.experiment_id == made
    assert by_id.tags == {"team": "blue"}
    assert by_id.lifecycle_stage == "active"
    assert by_id.artifact_location == f"mlflow-artifacts:/{made}"
    assert by_id.creation_time > 1_600_000_000_000


def test_the_default_experiment_is_there_from_the_start(client: MlflowClient) -> None:
    assert client.get_experiment("0").name == "Default"


def test_a_name_that_is_taken_is_refused(client: MlflowClient) -> None:
    name = fresh("taken")
    made = client.create_experiment(name)
    with pytest.raises(RestException) as refused:
        client.create_experiment(name)
    assert refused.value.error_code == "RESOURCE_ALREADY_EXISTS"
    assert refused.value.get_http_status_code() == 400
    client.delete_experiment(made)
    with pytest.raises(RestException, match="already exists"):
        client.create_experiment(name)


def test_an_unknown_experiment_is_not_found(client: MlflowClient) -> None:
    assert client.get_experiment_by_name(fresh("nowhere")) is None
    with pytest.raises(RestException) as refused:
        client.get_experiment("999999999")
    assert refused.value.error_code == "RESOURCE_DOES_NOT_EXIST"


def test_a_deleted_experiment_hides_its_runs_and_comes_back_with_them(client: MlflowClient) -> None:
    made = client.create_experiment(fresh("gone"))
    run = client.create_run(made).info.run_id
    client.delete_experiment(made)
    assert client.get_experiment(made).lifecycle_stage == "deleted"
    assert client.get_run(run).info.lifecycle_stage == "deleted"
    with pytest.raises(MlflowException):
        client.create_run(made)
    client.restore_experiment(made)
    assert client.get_run(run).info.lifecycle_stage == "active"


def test_an_experiment_is_renamed_and_tagged(client: MlflowClient) -> None:
    made, name = client.create_experiment(fresh("old")), fresh("new")
    client.rename_experiment(made, name)
    client.set_experiment_tag(made, "stage", "late")
    found = client.get_experiment_by_name(name)
    assert (found.experiment_id, found.tags) == (made, {"stage": "late"})
    client.delete_experiment_tag(made, "stage")
    assert client.get_experiment(made).tags == {}


def test_experiments_are_searched_in_pages(client: MlflowClient) -> None:
    stem = fresh("page")
    made = [client.create_experiment(f"{stem}-{index}") for index in range(5)]
    client.delete_experiment(made[0])
    query = {"filter_string": f"name LIKE '{stem}-%'", "order_by": ["name ASC"]}
    first = client.search_experiments(max_results=3, **query)
    second = client.search_experiments(max_results=3, page_token=first.token, **query)
    assert [e.experiment_id for e in [*first, *second]] == made[1:]
    assert not second.token
    everything = client.search_experiments(view_type=ViewType.ALL, **query)
    assert [e.experiment_id for e in everything] == made


def test_experiments_are_ordered_by_a_key_that_is_named_twice(client: MlflowClient) -> None:
    """MLflow refuses that of runs, models and versions, but not of experiments; the second time changes nothing."""
    stem = fresh("twice")
    made = [client.create_experiment(f"{stem}-{index}") for index in range(3)]
    order = ["name DESC", "attribute.name ASC"]
    found = client.search_experiments(filter_string=f"name LIKE '{stem}%'", order_by=order)
    assert [each.experiment_id for each in found] == made[::-1]


def test_a_run_has_a_name_a_status_and_times(client: MlflowClient) -> None:
    made = client.create_experiment(fresh("run"))
    run = client.create_run(made, start_time=1_700_000_000_123, tags={"a": "1"}, run_name="first")
    assert run.info.run_name == "first"
    assert run.info.status == "RUNNING"
    assert run.info.start_time == 1_700_000_000_123
    assert run.data.tags["mlflow.runName"] == "first"
    assert run.info.artifact_uri == f"mlflow-artifacts:/{made}/{run.info.run_id}/artifacts"
    client.set_terminated(run.info.run_id, RunStatus.to_string(RunStatus.FINISHED), end_time=1_700_000_001_000)
    client.update_run(run.info.run_id, name="renamed")
    ended = client.get_run(run.info.run_id)
    assert (ended.info.status, ended.info.end_time) == ("FINISHED", 1_700_000_001_000)
    assert ended.data.tags["mlflow.runName"] == ended.info.run_name == "renamed"
    named = client.create_run(made)
    assert len(named.info.run_name.split("-")) == 3


def test_a_deleted_run_takes_no_writes_until_it_is_restored(client: MlflowClient) -> None:
    run = client.create_run(client.create_experiment(fresh("deleted"))).info.run_id
    client.delete_run(run)
    for write in (lambda: client.log_metric(run, "m", 1), lambda: client.set_tag(run, "t", "1")):
        with pytest.raises(MlflowException, match="must be in the 'active' state"):
            write()
    client.restore_run(run)
    client.log_metric(run, "m", 1)
    assert client.get_run(run).data.metrics == {"m": 1.0}


def test_the_fluent_way_works(client: MlflowClient) -> None:
    mlflow.set_experiment(fresh("fluent"))
    with mlflow.start_run(run_name="outer", tags={"k": "v"}) as outer:
        mlflow.log_param("depth", 3)
        mlflow.log_metric("loss", 0.5, step=1)
        mlflow.log_dict({"a": 1}, "config.json")
        with mlflow.start_run(run_name="inner", nested=True) as inner:
            mlflow.log_metrics({"a": 1.0, "b": 2.0}, step=4)
    found = client.get_run(outer.info.run_id)
    assert found.info.status == "FINISHED"
    assert found.data.params == {"depth": "3"}
    assert found.data.tags["k"] == "v"
    assert client.get_run(inner.info.run_id).data.tags["mlflow.parentRunId"] == outer.info.run_id


def test_a_dataset_is_recorded_as_an_input(client: MlflowClient) -> None:
    import pandas as pd

    frame = pd.DataFrame({"x": [1.0, 2.0], "y": [0, 1]})
    mlflow.set_experiment(fresh("inputs"))
    with mlflow.start_run() as run:
        mlflow.log_input(mlflow.data.from_pandas(frame, source="here", name="tiny", targets="y"), context="training")
    (entry,) = client.get_run(run.info.run_id).inputs.dataset_inputs
    assert entry.dataset.name == "tiny"
    assert {tag.key: tag.value for tag in entry.tags} == {"mlflow.data.context": "training"}
