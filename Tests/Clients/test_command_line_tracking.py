"""Experiments and runs by the command line."""

from __future__ import annotations

import csv
import json
import math
import re
from pathlib import Path

import pytest
from command_line import CommandLine, rows
from martlet import Martlet
from mlflow.entities import Metric
from mlflow.tracking import MlflowClient
from rest import Rest, fresh

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")


@pytest.fixture(scope="session")
def cli(server: Martlet) -> CommandLine:
    return CommandLine(server.url)


def test_the_life_of_an_experiment(cli: CommandLine, client: MlflowClient) -> None:
    name, later = fresh("life"), fresh("later")
    made = cli.json("experiments", "create", name, "--tag", "team=flowers", "--tag", "note=a=b")
    identity = made["experiment_id"]
    assert made["name"] == name
    shown = cli.json("experiments", "show", name)
    assert {tag["key"]: tag["value"] for tag in shown["tags"]} == {"team": "flowers", "note": "a=b"}
    assert cli.json("experiments", "show", identity) == shown
    text = cli.text("experiments", "show", identity)
    assert all(word in text for word in (name, identity, "flowers", "active"))
    assert TIME.search(text)
    cli.text("experiments", "rename", name, later)
    assert client.get_experiment(identity).name == later
    assert "deleted" in cli.text("experiments", "delete", later)
    assert client.get_experiment(identity).lifecycle_stage == "deleted"
    listed = ["experiments", "list", "--filter", f"name = '{later}'"]
    assert cli.json(*listed) == []
    assert [found["experiment_id"] for found in cli.json(*listed, "--view", "deleted")] == [identity]
    assert cli.json("experiments", "restore", identity) == {"experiment_id": identity, "lifecycle_stage": "active"}
    assert "already" in cli.refused(1, "experiments", "create", later)


def test_an_experiment_whose_name_is_digits_is_found(cli: CommandLine, rest: Rest) -> None:
    name = "9" * 17 + fresh("")[1:].translate(str.maketrans("abcdef", "123456"))
    identity = rest.experiment(name)
    assert cli.json("experiments", "show", name)["experiment_id"] == identity


def test_runs_are_listed_filtered_and_sorted(cli: CommandLine, client: MlflowClient) -> None:
    name = fresh("runs")
    experiment = client.create_experiment(name)
    ids = []
    for depth in range(5):
        run = client.create_run(experiment, run_name=f"run-{depth}", start_time=1_700_000_000_000 + depth)
        client.log_param(run.info.run_id, "depth", depth)
        client.log_metric(run.info.run_id, "loss", 1 / (1 + depth))
        client.set_terminated(run.info.run_id, end_time=1_700_000_061_000 + depth)
        ids.append(run.info.run_id)
    listed = ["runs", "list", "--experiment", name]
    assert [run["info"]["run_id"] for run in cli.json(*listed)] == ids[::-1]
    best = [*listed, "--filter", "metrics.loss < 0.4", "--order-by", "metrics.loss ASC"]
    assert [run["info"]["run_name"] for run in cli.json(*best)] == ["run-4", "run-3", "run-2"]
    table = cli.text(*best, "--column", "metrics.loss", "--column", "params.depth", "--column", "tags.none")
    assert "loss" in table.splitlines()[0]
    first = rows(table)[0]
    assert first[:5] == [ids[4], "run-4", "FINISHED", "0.2", "4"]
    assert "1 min 01 s" in first
    ended = cli.run(*listed, "--limit", "2")
    assert len(rows(ended.stdout)) == 2
    assert "--all" in ended.stderr
    cut = cli.run(*listed, "--limit", "2", "--json")
    assert len(json.loads(cut.stdout)) == 2
    assert "Only the first 2 are shown" in cut.stderr
    assert len(cli.json(*listed, "--limit", "2", "--all")) == 5
    assert "Invalid comparator" in cli.refused(1, *listed, "--filter", "metrics.loss ~ 3")


def test_a_list_goes_on_over_pages(cli: CommandLine, rest: Rest) -> None:
    experiment = rest.experiment()
    expected = {rest.run(experiment) for _ in range(1003)}
    found = cli.json("runs", "list", "--experiment", experiment, "--all")
    assert {run["info"]["run_id"] for run in found} == expected
    assert len(found) == len(expected)
    assert len(cli.json("runs", "list", "--experiment", experiment, "--limit", "1001")) == 1001


def test_runs_of_all_experiments_are_listed_without_one(cli: CommandLine, rest: Rest) -> None:
    tag = fresh("tag")
    runs = {rest.run(), rest.run()}
    for run in runs:
        rest.post("/api/2.0/mlflow/runs/set-tag", {"run_id": run, "key": "which", "value": tag})
    found = cli.json("runs", "list", "--filter", f"tags.which = '{tag}'")
    assert {run["info"]["run_id"] for run in found} == runs


def test_a_run_is_shown_whole(cli: CommandLine, client: MlflowClient) -> None:
    run = client.create_run(client.create_experiment(fresh("show")), run_name="the run").info.run_id
    client.log_param(run, "depth", "7")
    client.log_metric(run, "loss", 0.123456789012, step=3)
    client.log_metric(run, "broken", math.nan)
    client.set_tag(run, "team", "a long value " * 20)
    text = cli.text("runs", "show", run)
    for word in ("the run", "depth", "7", "0.123456789012", "nan", "a long value " * 20, "RUNNING"):
        assert word.strip() in text
    shown = cli.json("runs", "show", run)
    assert shown["info"]["run_id"] == run
    assert shown["data"]["params"] == [{"key": "depth", "value": "7"}]
    assert run[:-1] in cli.refused(1, "runs", "show", run[:-1])


def test_a_comparison_holds_what_differs(cli: CommandLine, client: MlflowClient) -> None:
    experiment = client.create_experiment(fresh("compare"))
    first, second = (client.create_run(experiment, run_name=name).info.run_id for name in ("one", "two"))
    for run, depth, loss in ((first, "3", 0.5), (second, "4", 0.25)):
        client.log_param(run, "depth", depth)
        client.log_param(run, "same", "equal")
        client.log_metric(run, "loss", loss)
    client.log_metric(second, "extra", 1)
    compared = cli.json("runs", "compare", first, second)
    assert [run["run_id"] for run in compared["runs"]] == [first, second]
    assert compared["params"] == {"depth": ["3", "4"]}
    assert compared["metrics"] == {"extra": [None, 1], "loss": [0.5, 0.25]}
    text = cli.text("runs", "compare", first, second)
    assert "depth" in text
    assert "equal" not in text
    assert ["loss", "0.5", "0.25"] in rows(text)
    assert "equal" in cli.text("runs", "compare", first, second, "--all")
    ended = cli.run("runs", "compare", first, first)
    assert (ended.returncode, ended.stdout) == (0, "")
    assert "not differ" in ended.stderr
    client.log_metric(second, "loss", float("nan"))
    assert cli.json("runs", "compare", first, second)["metrics"]["loss"] == [0.5, "NaN"]


@pytest.mark.parametrize("suffix", ["json", "csv"])
def test_an_export_holds_every_point(cli: CommandLine, client: MlflowClient, folder: Path, suffix: str) -> None:
    run = client.create_run(client.create_experiment(fresh("export"))).info.run_id
    client.log_param(run, "text", 'quoted "so", and\nbroken')
    client.log_batch(run, [Metric("loss", 1 / (1 + step), 1000 + step, step) for step in range(1000)])
    client.log_batch(run, [Metric("odd", value, 5, 0) for value in (math.nan, math.inf)])
    words = ["runs", "export", run, "--output", f"deep/er/run.{suffix}"]
    assert cli.json(*words, folder=folder)["points"] == 1002
    path = folder / "deep/er" / f"run.{suffix}"
    if suffix == "json":
        document = json.loads(path.read_text())
        assert document["info"]["run_id"] == run
        points = [(p["step"], p["timestamp"], p["value"]) for p in document["metric_history"]["loss"]]
    else:
        with path.open(newline="") as file:
            table = list(csv.DictReader(file))
        assert [row["value"] for row in table if row["key"] == "text"] == ['quoted "so", and\nbroken']
        assert len([row for row in table if row["key"] == "odd"]) == 2
        points = [(int(r["step"]), int(r["timestamp"]), float(r["value"])) for r in table if r["key"] == "loss"]
    assert sorted(points) == [(step, 1000 + step, 1 / (1 + step)) for step in range(1000)]
    assert [child.name for child in path.parent.iterdir()] == [path.name]


def test_an_export_goes_to_standard_output_or_a_file_by_the_runs_id(cli: CommandLine, rest: Rest, folder: Path) -> None:
    run = rest.run()
    assert json.loads(cli.text("runs", "export", run, "--output", "-"))["info"]["run_id"] == run
    cli.text("runs", "export", run, "--format", "csv", folder=folder)
    assert (folder / f"{run}.csv").read_text().startswith("kind,key,value,step,timestamp\n")
    (folder / "taken").write_text("a file, not a folder")
    said = cli.refused(1, "runs", "export", run, "--output", "taken/run.json", folder=folder)
    assert said == "martlet: taken can't be made: File exists.\n"


def test_runs_are_deleted_and_restored(cli: CommandLine, client: MlflowClient, rest: Rest) -> None:
    runs = [rest.run(), rest.run()]
    half = cli.run("runs", "delete", runs[0], "f" * 32, runs[1], "--json")
    assert half.returncode == 1 and "f" * 32 in half.stderr
    assert json.loads(half.stdout) == [{"run_id": runs[0], "lifecycle_stage": "deleted"}]
    cli.text("runs", "restore", runs[0])
    assert [each["lifecycle_stage"] for each in cli.json("runs", "delete", *runs)] == ["deleted"] * 2
    assert client.get_run(runs[0]).info.lifecycle_stage == "deleted"
    cli.text("runs", "restore", *runs)
    assert client.get_run(runs[1]).info.lifecycle_stage == "active"
