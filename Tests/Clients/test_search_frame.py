"""`mlflow.search_runs`: runs as a table of pandas."""

from __future__ import annotations

import mlflow
import pandas as pd
import pytest
from call_recorder import Watch
from rest import fresh

pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)


@pytest.fixture
def experiment(watch: Watch) -> str:
    name = fresh("frame")
    mlflow.set_experiment(name)
    for index, (depth, loss) in enumerate([("2", 0.5), ("4", 0.25), ("8", float("nan"))]):
        with mlflow.start_run(run_name=f"run-{index}"):
            mlflow.log_params({"depth": depth, f"only-{index}": "yes"})
            mlflow.log_metric("loss", loss)
            mlflow.set_tag("kind", "even" if index % 2 == 0 else "odd")
    return name


def test_each_run_is_a_row_and_each_key_a_column(experiment: str, watch: Watch) -> None:
    frame = mlflow.search_runs(experiment_names=[experiment], order_by=["attributes.start_time ASC"])
    assert list(frame["tags.mlflow.runName"]) == ["run-0", "run-1", "run-2"]
    assert list(frame["params.depth"]) == ["2", "4", "8"]
    assert frame["metrics.loss"].iloc[:2].tolist() == [0.5, 0.25]
    assert pd.isna(frame["metrics.loss"].iloc[2])
    assert frame["params.only-1"].tolist()[1] == "yes" and frame["params.only-1"].isna().tolist() == [True, False, True]
    assert set(frame["status"]) == {"FINISHED"}
    assert (frame["end_time"] >= frame["start_time"]).all()
    assert str(frame["start_time"].dtype).endswith("UTC]")
    watch.assert_untroubled()


def test_filter_order_and_limit(experiment: str, watch: Watch) -> None:
    best = mlflow.search_runs(
        experiment_names=[experiment],
        filter_string="tags.kind = 'even' AND metrics.loss > 0.1",
        order_by=["metrics.loss ASC"],
    )
    assert list(best["params.depth"]) == ["2"]
    frame = mlflow.search_runs(experiment_names=[experiment], order_by=["metrics.loss ASC"], max_results=2)
    assert list(frame["params.depth"]) == ["4", "2"]
    everywhere = mlflow.search_runs(search_all_experiments=True, filter_string="params.`only-2` = 'yes'")
    assert "8" in list(everywhere["params.depth"])
    listed = mlflow.search_runs(experiment_names=[experiment], output_format="list", max_results=1)
    assert [run.info.run_name for run in listed] == ["run-2"]
    watch.assert_untroubled()


def test_nothing_found_is_an_empty_table(experiment: str, watch: Watch) -> None:
    frame = mlflow.search_runs(experiment_names=[experiment], filter_string="params.depth = '99'")
    assert len(frame) == 0 and "run_id" in frame.columns
    watch.assert_untroubled()
