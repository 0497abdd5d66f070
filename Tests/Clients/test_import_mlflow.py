"""`martlet import mlflow`: a store that MLflow wrote, brought over, and read again by MLflow's own client."""

from __future__ import annotations

import fcntl
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from martlet import DATABASES, Martlet, store_of
from mlflow.tracking import MlflowClient
from mlflow_import import counts, imported, mlflow_postgres_url, opened, reader, refused, rows
from mlflow_store import Store, everything, files_below, write_files, written


@pytest.fixture(scope="module", params=DATABASES)
def source(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """What MLflow wrote, on each database."""
    root = tmp_path_factory.mktemp(f"mlflow-{request.param}")
    uri = f"sqlite:///{root}/mlflow.db" if request.param == "sqlite" else mlflow_postgres_url()
    return written(uri, root / "art")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The SQLite file of a store with little in it, to be copied."""
    root = tmp_path_factory.mktemp("mlflow-small")
    store = written(f"sqlite:///{root}/mlflow.db", root / "art")
    return Path(store.uri.removeprefix("sqlite:///"))


@pytest.mark.parametrize("target", DATABASES)
def test_what_mlflow_wrote_is_answered_as_mlflow_answers_it(
    source: Store, target: str, launch: Callable[..., Martlet]
) -> None:
    server = launch(store=store_of(target))
    report = imported(source.uri, server)
    assert report["equal"], report
    assert report["artifacts_in_place"] == {"s3://bucket": 2}
    again = imported(source.uri, server)
    assert again["kinds"] == report["kinds"]
    server.start()
    ours = everything(reader(server), source)
    theirs = everything(source.client, source)
    for kind in theirs:
        assert ours[kind] == theirs[kind], kind
    assert len(ours["runs"]) == 4
    check_files(source, server)
    check_lineage(server)
    check_life_goes_on(server)


def check_files(source: Store, server: Martlet) -> None:
    """Every file is there, and the versions whose files are here are pinned to them."""
    for folder, place in source.places.items():
        there = server.folder / "data" / "artifacts" / place.removeprefix("mlflow-artifacts:/")
        if Path(folder).exists():
            assert files_below(there) == files_below(Path(folder))
    run = next(run.info.run_id for run in reader(server).search_runs(["1"], "params.empty = ''"))
    # MLflow's client decodes the names once more; the server's own answer has them as they are.
    listed = requests.get(f"{server.url}/api/2.0/mlflow/artifacts/list", {"run_id": run}, timeout=30).json()["files"]
    names = [file["path"] for file in listed]
    assert sorted(names) == ["50%41 off.txt", "deep", "empty", "model"]
    content = reader(server).download_artifacts(run, "model/model.onnx", str(server.folder))
    assert Path(content).read_bytes() == bytes(range(256)) * 4096
    if server.store is None:
        with opened(server) as database:
            pins = dict(database.execute("SELECT number, pin_digest IS NOT NULL FROM model_versions").fetchall())
        assert pins == {1: 1, 2: 1, 3: 1, 5: 0}


def check_lineage(server: Martlet) -> None:
    """What came from what is known as if all had been logged here."""
    client = reader(server)
    run = next(run for run in client.search_runs(["1"]) if run.inputs.dataset_inputs)
    dataset = run.inputs.dataset_inputs[0].dataset
    root = {"kind": "dataset_version", "id": f"{dataset.name}/{dataset.digest}"}
    graph = requests.get(f"{server.url}/api/v1/lineage", root, timeout=30).json()
    edges = {(edge["from"]["id"], edge["relation"], edge["to"]["id"]) for edge in graph["edges"]}
    made, run_id = run.outputs.model_outputs[0].model_id, run.info.run_id
    versions = {(run_id, "produced", f"net/{number}") for number in (1, 2, 3)}
    assert edges == {(root["id"], "used_by", run_id), (run_id, "made", made), *versions}
    up = requests.get(f"{server.url}/api/v1/lineage", {"kind": "logged_model", "id": made}, timeout=30).json()
    used = run.inputs.model_inputs[0].model_id
    assert {edge["from"]["id"] for edge in up["edges"]} == {root["id"], used, run_id}


def check_life_goes_on(server: Martlet) -> None:
    """Numbers that MLflow gave are not given again, and what came can be changed."""
    client = reader(server)
    assert int(client.create_experiment("after the import")) > 3
    assert client.create_model_version("net", "s3://bucket/new").version in (7, "7")
    run = client.search_runs(["1"])[0].info.run_id
    client.log_metric(run, "curve/valid", 1.0, step=100)
    assert client.get_run(run).data.metrics["curve/valid"] == 1.0


def test_what_is_there_already_is_refused_by_name(small: Path, launch: Callable[..., Martlet]) -> None:
    server = launch().start()
    client = reader(server)
    client.create_registered_model("net")
    own = client.create_experiment("my own")
    uri = f"sqlite:///{small}"
    assert "Another server holds" in refused(uri, server)
    server.stop()
    before = rows(server)
    said = refused(uri, server)
    assert f"experiment {own} 'my own'" in said
    assert "registered model 'net'" in said
    assert "Nothing was written" in said
    after = rows(server)
    assert {name: after[name] for name in before} == before
    assert "my own" in refused(uri, server, "--dry-run")


def test_beside_a_garbage_collection_it_is_refused(small: Path, launch: Callable[..., Martlet]) -> None:
    server = launch()
    uri = f"sqlite:///{small}"
    imported(uri, server, "--dry-run")
    with (server.folder / "data/martlet.sqlite-hold").open("a") as hold:
        fcntl.flock(hold, fcntl.LOCK_SH)
        assert "garbage collection" in refused(uri, server)
    assert rows(server)["runs"] == 0
    assert imported(uri, server)["equal"]


def test_artifacts_of_mlflows_server_come_when_their_folder_is_named(
    small: Path, tmp_path: Path, launch: Callable[..., Martlet]
) -> None:
    path = tmp_path / "mlflow.db"
    shutil.copy(small, path)
    uri = f"sqlite:///{path}"
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    served = client.create_experiment("served", "mlflow-artifacts:/9")
    run = client.create_run(served)
    write_files(tmp_path / "served" / "9" / run.info.run_id / "artifacts")
    client.create_model_version("bare", f"{run.info.artifact_uri}/model", run.info.run_id)
    server = launch()
    planned = imported(uri, server, "--dry-run")
    assert {kind["kind"]: kind["source"] for kind in planned["kinds"]}["runs"] == 5
    assert rows(server)["runs"] == 0
    first = imported(uri, server)
    assert first["artifacts_not_found"] == 1
    assert first["unpinned"]["there were no files when they were read"] == 1
    second = imported(uri, server, "--artifact-root", str(tmp_path / "served"))
    assert second["artifacts_not_found"] == 0
    assert counts(second)["artifact files"] == counts(first)["artifact files"] + 5
    assert "there were no files when they were read" not in second["unpinned"]


def test_a_changed_byte_and_a_lost_row_are_differences(small: Path, launch: Callable[..., Martlet]) -> None:
    server = launch()
    uri = f"sqlite:///{small}"
    imported(uri, server)
    changed = next((server.folder / "data/artifacts").rglob("model.onnx"))
    changed.write_bytes(b"\0" * changed.stat().st_size)
    with opened(server) as database:
        database.execute("UPDATE run_params SET value = 'other' WHERE key = 'long'")
    report = imported(uri, server, status=1)
    assert [kind["kind"] for kind in report["kinds"] if not kind["equal"]] == ["params", "artifact files"]


def test_a_file_that_no_address_names_is_a_difference_that_is_named(
    small: Path, tmp_path: Path, launch: Callable[..., Martlet]
) -> None:
    path = tmp_path / "mlflow.db"
    shutil.copy(small, path)
    uri = f"sqlite:///{path}"
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    run = client.create_run(client.create_experiment("files", str(tmp_path / "files")))
    folder = tmp_path / "files" / run.info.run_id / "artifacts"
    folder.mkdir(parents=True)
    (folder / "back\\slash").write_bytes(b"1")
    (folder / "slash").write_bytes(b"2")
    (folder / "circle").symlink_to(folder)
    server = launch()
    for _ in range(2):
        report = imported(uri, server, status=1)
        assert [kind["kind"] for kind in report["kinds"] if not kind["equal"]] == ["artifact files"]
        assert sorted(report["artifacts_refused"]) == [f"{folder}/back\\slash", f"{folder}/circle"]
    server.start()
    content = reader(server).download_artifacts(run.info.run_id, "slash", str(server.folder))
    assert Path(content).read_bytes() == b"2"


def test_a_folder_that_cannot_come_is_named_and_the_rest_comes(
    small: Path, tmp_path: Path, launch: Callable[..., Martlet]
) -> None:
    path = tmp_path / "mlflow.db"
    shutil.copy(small, path)
    uri = f"sqlite:///{path}"
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    large, odd, last = (client.create_run(client.create_experiment(name, str(tmp_path / name))) for name in "abc")
    folder = tmp_path / "a" / large.info.run_id / "artifacts"
    folder.mkdir(parents=True)
    for number in range(100_001):
        (folder / str(number)).touch()
    with sqlite3.connect(path) as database:
        database.execute("UPDATE runs SET artifact_uri = ? WHERE run_uuid = ?", (f"{tmp_path}/b/../x", odd.info.run_id))
    write_files(tmp_path / "c" / last.info.run_id / "artifacts")
    server = launch()
    report = imported(uri, server, status=1)
    assert [kind["kind"] for kind in report["kinds"] if not kind["equal"]] == ["artifact files"]
    assert sorted(report["artifacts_refused"]) == [
        f"{folder}: more than 100000 files and folders",
        f"{tmp_path}/b/../x: its address is not one of a folder",
    ]
    server.start()
    content = reader(server).download_artifacts(last.info.run_id, "deep/Ünï/→/x.txt", str(server.folder))
    assert Path(content).read_bytes() == b"deep"


def test_what_belongs_to_nothing_is_counted_and_left(
    small: Path, tmp_path: Path, launch: Callable[..., Martlet]
) -> None:
    path = tmp_path / "mlflow.db"
    shutil.copy(small, path)
    with sqlite3.connect(path) as database:
        database.execute("DELETE FROM experiments WHERE experiment_id = 2")
        database.execute("DELETE FROM logged_models WHERE name = 'net'")
        database.execute("DELETE FROM registered_models WHERE name = 'greeting'")
        database.execute("DELETE FROM model_versions WHERE name = 'net' AND version = 2")
        database.execute("INSERT INTO experiment_tags VALUES ('k', 'v', 77)")
    report = imported(f"sqlite:///{path}", launch())
    assert report["left_out"] == {
        "experiment tags of what is gone": 1,
        "runs of what is gone": 2,
        "tags of what is gone": 4,
        "logged model params of what is gone": 1,
        "logged model tags of what is gone": 1,
        "logged model metrics of what is gone": 1,
        "model versions of what is gone": 1,
        "model version tags of what is gone": 4,
        "registered model tags of what is gone": 3,
        "aliases of what is gone": 1,
    }


def test_a_change_in_mlflow_shows_as_a_difference(small: Path, tmp_path: Path, launch: Callable[..., Martlet]) -> None:
    path = tmp_path / "mlflow.db"
    shutil.copy(small, path)
    server = launch()
    uri = f"sqlite:///{path}"
    imported(uri, server)
    client = Store(uri, tmp_path).client
    client.set_tag(client.search_runs(["1"])[0].info.run_id, "t", "2")
    report = imported(uri, server, status=1)
    assert [kind["kind"] for kind in report["kinds"] if not kind["equal"]] == ["tags"]


def test_what_stays_behind_is_named(small: Path, tmp_path: Path, launch: Callable[..., Martlet]) -> None:
    path = tmp_path / "mlflow.db"
    shutil.copy(small, path)
    with sqlite3.connect(path) as database:
        run = database.execute("SELECT run_uuid FROM runs LIMIT 1").fetchone()[0]
        database.execute("INSERT INTO tags VALUES ('nul', ?, ?)", ("a\0b", run))
        database.execute("INSERT INTO scorers (experiment_id, scorer_name, scorer_id) VALUES (0, 's', '1')")
        database.executemany(
            "INSERT INTO scorer_versions (scorer_id, scorer_version, serialized_scorer) VALUES ('1', ?, '{}')",
            [(1,), (2,)],
        )
        database.execute("INSERT INTO trace_tags VALUES ('k', 'v', 'nobody')")
        database.execute("CREATE TABLE of_a_plugin (x)")
    server = launch()
    report = imported(f"sqlite:///{path}", server)
    assert report["left_out"] == {
        "tags of traces that are gone": 1,
        "scorers": 1,
        "versions of scorers": 2,
        "table of_a_plugin, not counted": 0,
    }
    server.start()
    assert reader(server).get_run(run).data.tags["nul"] == "a␀b"


@pytest.mark.parametrize("revision", ["bd07f7e963c5", "ffffffffffff"])
def test_a_schema_that_is_not_known_is_refused(
    small: Path, tmp_path: Path, launch: Callable[..., Martlet], revision: str
) -> None:
    path = tmp_path / "mlflow.db"
    shutil.copy(small, path)
    with sqlite3.connect(path) as database:
        database.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    said = refused(f"sqlite:///{path}", launch())
    assert revision in said
    assert "MLflow 2.0" in said and "3.18" in said and "newer Martlet" in said


def test_what_is_no_mlflow_is_refused(tmp_path: Path, launch: Callable[..., Martlet]) -> None:
    sqlite3.connect(tmp_path / "other.db").execute("CREATE TABLE t (x)")
    assert "not MLflow's" in refused(f"sqlite:///{tmp_path}/other.db", launch())
    assert "can't be read" in refused(f"sqlite:///{tmp_path}/missing.db", launch())
    assert not (tmp_path / "missing.db").exists()
    server = launch()
    assert "postgresql://" in refused("http://127.0.0.1:5000", server, status=2)
    assert not (server.folder / "data").exists()
