"""`martlet predict`: files of rows in, files of predictions out, whatever happens on the way."""

from __future__ import annotations

import datetime
import decimal
import hashlib
import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command_line import CommandLine, clean_environment
from martlet import Martlet, binary, dies_with_us, free_port
from mlflow.tracking import MlflowClient
from models import COLUMNS, Model, column_signature, register, regressor_graph, rows_of
from pyfunc import registered
from rest import Rest

MANY = 1_000_000
SECONDS_MAX = 120.0


@pytest.fixture
def cli(server: Martlet) -> CommandLine:
    return CommandLine(server.url, {"MARTLET_PYTHON": sys.executable})


@pytest.fixture
def model(client: MlflowClient) -> Model:
    graph = regressor_graph()
    return register(client, graph, column_signature(graph))


@pytest.fixture(scope="session")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of a million rows in one row group."""
    path = tmp_path_factory.mktemp("many") / "in.parquet"
    values = np.random.default_rng(3).normal(size=(MANY, len(COLUMNS))).astype("float32")
    frame = pd.DataFrame(values, columns=COLUMNS)
    frame.insert(0, "id", np.arange(MANY))
    pq.write_table(pa.Table.from_pandas(frame), path, row_group_size=MANY)
    return path


def words_of(model: str, source: Path, target: Path, *more: str) -> list[str]:
    return ["predict", "--model", model, "--in", str(source), "--out", str(target), *more]


def begun(server: Martlet, words: list[str], parts: int) -> subprocess.Popen[str]:
    """The command, once its journal has so many parts."""
    process = subprocess.Popen(
        [binary(), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=clean_environment(MARTLET_URL=server.url),
        preexec_fn=dies_with_us,
    )
    journal = Path(words[words.index("--out") + 1] + ".martlet") / "journal"
    end = time.monotonic() + SECONDS_MAX
    while not journal.exists() or len(journal.read_text().splitlines()) <= parts:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end, "the journal does not grow"
        time.sleep(0.005)
    return process


def digest_of(path: Path) -> str:
    return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()


def test_every_reference_predicts_what_the_endpoint_does(
    cli: CommandLine, rest: Rest, client: MlflowClient, model: Model, tmp_path: Path
) -> None:
    client.set_registered_model_alias(model.name, "champion", model.version)
    client.transition_model_version_stage(model.name, model.version, "Production")
    described = f"/api/v1/registry/models/{model.name}/versions/{model.version}"
    assert rest.send("PATCH", described, json={"semantic_version": "1.4.0"}).status_code == 200
    rest.post("/api/v1/mlflow/serving/deploy", {"model_name": model.name, "version": model.version})
    asked = {"model_name": model.name, "inputs": model.rows.to_dict(orient="records")}
    online = np.asarray(rest.post("/predict/batch", asked)["predictions"], "float32").ravel()
    (truth,) = model.truth().values()
    source, target = tmp_path / "in.parquet", tmp_path / "out.parquet"
    model.rows.to_parquet(source)
    for which in ("@champion", "/1", "/Production", "/latest", "/1.4.0"):
        for scheme in ("", "models:/"):
            text = cli.text(*words_of(f"{scheme}{model.name}{which}", source, target))
            assert f"Predicted {len(model.rows)} rows" in text and "version 1" in text
            predicted = pd.read_parquet(target)["variable"].to_numpy()
            assert predicted.dtype == np.float32
            assert (predicted == online).all() and (predicted == truth.ravel()).all()
            target.unlink()
    for text in (source.with_suffix(".csv"), target.with_suffix(".csv")):
        text.unlink(missing_ok=True)
    model.rows.to_csv(source.with_suffix(".csv"), index=False)
    cli.text(*words_of(f"{model.name}@champion", source.with_suffix(".csv"), target.with_suffix(".csv")))
    assert (pd.read_csv(target.with_suffix(".csv"))["variable"].to_numpy("float32") == online).all()


def test_the_server_remembers_the_output(cli: CommandLine, rest: Rest, model: Model, tmp_path: Path) -> None:
    source, target = tmp_path / "rows.parquet", tmp_path / "predicted.parquet"
    model.rows.to_parquet(source)
    record = cli.json(*words_of(f"{model.name}/1", source, target))
    assert record["input"] == {"name": "rows.parquet", "digest": digest_of(source), "rows": len(model.rows)}
    assert record["output"] == {"name": "predicted.parquet", "digest": digest_of(target), "rows": len(model.rows)}
    assert record["schema"] == [{"name": "variable", "type": "FLOAT"}] and record["failed_rows"] == 0
    assert rest.get(f"/api/v1/prediction-sets/{record['id']}") == record
    assert rest.get("/api/v1/prediction-sets", model_name=model.name)["prediction_sets"] == [record]
    output = f"predicted.parquet/{record['output']['digest'].removeprefix('sha256:')}"
    graph = rest.get("/api/v1/lineage", kind="dataset_version", id=output, direction="upstream", depth=1)
    edges = {(edge["from"]["kind"], edge["relation"]) for edge in graph["edges"]}
    assert edges == {("model_version", "predicted"), ("dataset_version", "scored")}
    # The same again is the same.
    assert cli.json(*words_of(f"{model.name}/1", source, target)) == record


def test_kept_columns_stay_what_they_are(cli: CommandLine, model: Model, tmp_path: Path) -> None:
    rows = model.rows.head(3)
    table = pa.Table.from_pandas(rows, preserve_index=False)
    kept: dict[str, pa.Array] = {
        "day": pa.array([datetime.date(2026, 1, 1), None, datetime.date(1969, 7, 20)]),
        "price": pa.array([decimal.Decimal("1.10"), decimal.Decimal("-3.25"), None], pa.decimal128(9, 2)),
        "words": pa.array([["a", "b"], [], None], pa.list_(pa.string())),
        "key": pa.array([2**63 - 1, -1, 0], pa.int64()),
    }
    for name, values in kept.items():
        table = table.append_column(name, values)
    source, target = tmp_path / "in.parquet", tmp_path / "out.parquet"
    pq.write_table(table, source)
    cli.text(*words_of(f"{model.name}/1", source, target, "--keep", *kept))
    found = pq.read_table(target)
    assert found.column_names == [*kept, "variable"]
    for name, values in kept.items():
        assert found[name].to_pylist() == values.to_pylist(), name
    assert found["day"].type == pa.date32() and found["price"].type == pa.decimal128(9, 2)


def test_a_killed_run_goes_on(cli: CommandLine, server: Martlet, model: Model, many: Path, tmp_path: Path) -> None:
    name = f"{model.name}/1"
    whole = cli.json(*words_of(name, many, tmp_path / "whole.parquet", "--keep", "id"))
    target = tmp_path / "out.parquet"
    words = words_of(name, many, target, "--keep", "id")
    for parts in (2, 5):
        process = begun(server, words, parts)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        assert not target.exists() and (tmp_path / "out.parquet.martlet").is_dir()
    ended = cli.run(*words)
    assert ended.returncode == 0, ended.stderr
    done = re.search(r"Going on after ([\d,]+) rows", ended.stderr)
    assert done and 5 * 65_536 <= int(done[1].replace(",", "")) < MANY
    assert digest_of(target) == whole["output"]["digest"]
    ids = pq.read_table(target)["id"].to_numpy()
    assert (ids == np.arange(MANY)).all()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.parquet", "whole.parquet"]


def test_an_interrupted_run_ends_cleanly(
    cli: CommandLine, server: Martlet, model: Model, many: Path, tmp_path: Path
) -> None:
    target = tmp_path / "out.parquet"
    words = words_of(f"{model.name}/1", many, target)
    process = begun(server, words, 1)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=SECONDS_MAX)[1]
    assert process.returncode == 130 and "The same command goes on" in said
    assert not target.exists()
    folder = tmp_path / "out.parquet.martlet"
    assert not (folder / "model").exists()
    copy = tmp_path / "other.parquet"
    pq.write_table(pq.read_table(many).slice(1), copy)
    refused = cli.refused(1, *words_of(f"{model.name}/1", copy, target))
    assert "input digest" in refused and "--restart" in refused
    record = cli.json(*words_of(f"{model.name}/1", copy, target, "--restart"))
    assert record["output"]["rows"] == MANY - 1


def test_programs_are_told_of_an_end_and_of_going_on(
    cli: CommandLine, server: Martlet, model: Model, many: Path, tmp_path: Path
) -> None:
    words = words_of(f"{model.name}/1", many, tmp_path / "out.parquet", "--json")
    process = begun(server, words, 1)
    process.send_signal(signal.SIGTERM)
    said = process.communicate(timeout=SECONDS_MAX)[1]
    assert process.returncode == 143
    assert json.loads(said.splitlines()[-1]) == {"note": "Stopped. The same command goes on."}
    ended = cli.run(*words)
    assert ended.returncode == 0
    first, *others = [json.loads(line) for line in ended.stderr.splitlines()]
    assert first["note"].startswith("Going on after ") and all("rows" in line for line in others)


def test_progress_is_told_to_programs(cli: CommandLine, model: Model, many: Path, tmp_path: Path) -> None:
    words = words_of(f"{model.name}/1", many, tmp_path / "out.csv", "--json", "--threads", "1")
    ended = cli.run(*words)
    assert ended.returncode == 0 and json.loads(ended.stdout)["output"]["rows"] == MANY
    told = [json.loads(line) for line in ended.stderr.splitlines()]
    assert told and told[-1]["rows"] == MANY
    assert all(line["total"] == MANY and 0 < line["rows"] <= MANY for line in told)
    assert [line["rows"] for line in told] == sorted(line["rows"] for line in told)
    on_terminal = cli.on_terminal(100, *words_of(f"{model.name}/1", many, tmp_path / "again.csv", "--threads", "1"))
    assert "rows/s" in on_terminal and "of 1,000,000 rows" in on_terminal


@pytest.mark.parametrize("kind", ["sklearn", "lightgbm"])
def test_models_of_python_predict(cli: CommandLine, client: MlflowClient, tmp_path: Path, kind: str) -> None:
    from pyfunc import rows_of as python_rows

    name, uri = registered(kind)
    rows = python_rows(5_000)
    source, target = tmp_path / "in.parquet", tmp_path / "out.parquet"
    rows.to_parquet(source)
    cli.text(*words_of(f"{name}/1", source, target))
    (column,) = pq.read_table(target).columns
    truth = mlflow.pyfunc.load_model(uri).predict(rows)
    predicted: Any = column.to_pylist()
    if kind == "sklearn":
        assert predicted == list(truth)
    else:
        assert np.allclose(predicted, truth, rtol=0, atol=1e-12)


def test_what_makes_no_sense_is_refused(cli: CommandLine, model: Model, tmp_path: Path) -> None:
    source, target = tmp_path / "in.parquet", tmp_path / "out.parquet"
    rows_of(3).to_parquet(source)
    assert "names no version" in cli.refused(2, *words_of(model.name, source, target))
    assert ".parquet or .csv" in cli.refused(2, *words_of(f"{model.name}/1", source, tmp_path / "out.txt"))
    assert "not found" in cli.refused(1, *words_of(f"{model.name}/7", source, target))
    assert "can't be read" in cli.refused(1, *words_of(f"{model.name}/1", tmp_path / "none.parquet", target))
    source.with_suffix(".csv").write_text("length,width,weight,age\n1,2,3,4\n1,2,3,4,5\n")
    torn = cli.refused(1, *words_of(f"{model.name}/1", source.with_suffix(".csv"), target))
    assert "Line: 3" in torn
    nowhere = CommandLine(f"http://127.0.0.1:{free_port()}")
    nowhere.refused(3, *words_of(f"{model.name}/1", source, target))
