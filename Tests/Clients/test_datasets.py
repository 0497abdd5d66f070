"""Data sets: those that runs read, and those that models are evaluated on."""

from __future__ import annotations

import json

import mlflow
import pandas
import pytest
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient
from rest import MLFLOW, Rest, fresh

DATASETS = "/api/3.0/mlflow/datasets"


def test_the_inputs_of_runs_are_found_by_their_use_and_listed(client: MlflowClient, rest: Rest) -> None:
    experiment = client.create_experiment(fresh("inputs"))
    frame = mlflow.data.from_pandas(pandas.DataFrame({"a": [1.0, 2.0]}), name="numbers")
    runs = {}
    for context in ("training", "testing"):
        with mlflow.start_run(experiment_id=experiment) as run:
            mlflow.log_input(frame, context=context)
        runs[context] = run.info.run_id
    for condition, wanted in (
        ("= 'training'", ["training"]),
        ("!= 'training'", ["testing"]),
        ("LIKE 'te%'", ["testing"]),
        ("IN ('training', 'testing')", ["testing", "training"]),
    ):
        found = client.search_runs([experiment], f"dataset.context {condition}")
        assert sorted(run.info.run_id for run in found) == sorted(runs[context] for context in wanted), condition
    answer = rest.post(f"{MLFLOW}/experiments/search-datasets", {"experiment_ids": [experiment]})
    assert [(each["name"], each["context"]) for each in answer["dataset_summaries"]] == [
        ("numbers", "testing"),
        ("numbers", "training"),
    ]


def test_an_evaluation_dataset_through_the_client(client: MlflowClient) -> None:
    homes = [client.create_experiment(fresh("home")) for _ in range(3)]
    made = client.create_dataset(fresh("qa"), homes[:1], {"env": "dev", "team": "ml"})
    client.set_dataset_tags(made.dataset_id, {"env": "test"})
    client.delete_dataset_tag(made.dataset_id, "team")
    assert client.add_dataset_to_experiments(made.dataset_id, homes).experiment_ids == homes
    assert client.remove_dataset_from_experiments(made.dataset_id, homes[:1]).experiment_ids == homes[1:]
    again = client.get_dataset(made.dataset_id)
    assert (again.name, again.tags["env"], again.experiment_ids) == (made.name, "test", homes[1:])
    assert "team" not in again.tags
    found = client.search_datasets(experiment_ids=homes[1:], filter_string="tags.env = 'test'", order_by=["name ASC"])
    assert [dataset.dataset_id for dataset in found] == [made.dataset_id]
    client.delete_dataset(made.dataset_id)
    with pytest.raises(MlflowException, match="not found"):
        client.get_dataset(made.dataset_id)


def test_records_are_merged_by_their_inputs(client: MlflowClient, rest: Rest) -> None:
    made = client.create_dataset(fresh("qa"), client.create_experiment(fresh("home")))
    made.merge_records(
        [
            {"inputs": {"q": "one?"}, "expectations": {"answer": "1"}},
            {"inputs": {"q": "two?"}, "expectations": {"answer": "2"}},
        ]
    )
    changed = [{"inputs": {"q": "one?"}, "expectations": {"answer": "I", "why": "roman"}}, {"inputs": {"q": "three?"}}]
    answer = rest.post(f"{DATASETS}/{made.dataset_id}/records", {"records": json.dumps(changed)})
    assert answer == {"inserted_count": 1, "updated_count": 1}
    again = client.get_dataset(made.dataset_id)
    assert json.loads(again.profile) == {"num_records": 3}
    assert json.loads(again.schema)["expectations"] == {"answer": "string", "why": "string"}
    frame = again.to_df()
    assert sorted(each["q"] for each in frame["inputs"]) == ["one?", "three?", "two?"]
    first = next(row for _, row in frame.iterrows() if row["inputs"] == {"q": "one?"})
    assert first["expectations"] == {"answer": "I", "why": "roman"}


def test_logged_models_are_found_by_their_metrics(client: MlflowClient) -> None:
    experiment = client.create_experiment(fresh("models"))
    run = client.create_run(experiment)
    for name, value in (("weak", 0.2), ("strong", 0.9)):
        model = client.create_logged_model(experiment, name)
        client.log_metric(run.info.run_id, "f1", value, dataset_name="set", dataset_digest="d", model_id=model.model_id)
    client.create_logged_model(experiment, "unmeasured")
    search = {"experiment_ids": [experiment]}
    by_f1 = [{"field_name": "metrics.f1", "ascending": False}]
    assert [each.name for each in client.search_logged_models(**search, order_by=by_f1)] == [
        "strong",
        "weak",
        "unmeasured",
    ]
    assert [each.name for each in client.search_logged_models(**search, filter_string="metrics.f1 > 0.5")] == ["strong"]
    on = [{"dataset_name": "set", "dataset_digest": "d"}]
    assert {each.name for each in client.search_logged_models(**search, datasets=on)} == {"weak", "strong"}
