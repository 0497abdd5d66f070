"""`martlet import mlflow` that was ended before its end, or is done again after MLflow has gone on."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from martlet import DATABASES, Martlet, store_of
from mlflow.entities import LoggedModelOutput, Metric, Param
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient
from mlflow_import import command, imported, mlflow_postgres_url, opened, reader, refused, rows
from mlflow_store import Store, everything, ids, written

MANY_POINTS = 20_000


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


def test_an_import_that_is_killed_goes_on(small: Path, tmp_path: Path, launch: Callable[..., Martlet]) -> None:
    path = tmp_path / "mlflow.db"
    shutil.copy(small, path)
    add_points(path)
    uri = f"sqlite:///{path}"
    server, whole = launch("killed"), launch("whole")
    stops = [killed_after(uri, server, kind) for kind in ("params", "metric points", "latest metrics", "logged models")]
    assert any(stops), "no attempt was ended before its end"
    report = imported(uri, server)
    assert report["equal"]
    assert report["kinds"] == imported(uri, whole)["kinds"]
    assert rows(server) == rows(whole)


def add_points(path: Path) -> None:
    """Gives the runs in MLflow's SQLite file many points."""
    with sqlite3.connect(path) as database:
        runs = [row[0] for row in database.execute("SELECT run_uuid FROM runs ORDER BY run_uuid")]
        points = ((f"m{n % 7}", n / 3, n, runs[n % len(runs)], n // 5, 0) for n in range(MANY_POINTS))
        database.executemany("INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?)", points)
        database.execute(
            "INSERT OR IGNORE INTO latest_metrics SELECT key, value, MAX(timestamp), step, is_nan, run_uuid"
            " FROM metrics WHERE key LIKE 'm_' GROUP BY run_uuid, key"
        )


def test_what_mlflow_wrote_between_a_kill_and_the_next_attempt_comes(
    small: Path, tmp_path: Path, launch: Callable[..., Martlet]
) -> None:
    path = tmp_path / "mlflow.db"
    shutil.copy(small, path)
    add_points(path)
    uri = f"sqlite:///{path}"
    server = launch()
    assert killed_after(uri, server, "metric points")
    # What is new belongs to something new, and some of it lies before where the attempt was ended.
    store = Store(uri, tmp_path)
    grow(store.client)
    imported_until_equal(uri, server)
    server.start()
    assert everything(reader(server), store)["runs"].keys() == everything(store.client, store)["runs"].keys()


@pytest.mark.parametrize("target", DATABASES)
def test_an_import_that_is_done_again_adds_what_is_new_and_doubles_nothing(
    source: Store, target: str, launch: Callable[..., Martlet]
) -> None:
    server = launch(store=store_of(target))
    imported(source.uri, server)
    grow(source.client)
    report = imported(source.uri, server)
    assert report["equal"], report
    once = launch("once", store=store_of(target))
    assert imported(source.uri, once)["kinds"] == report["kinds"]
    server.start()
    theirs = everything(source.client, source)
    ours = everything(reader(server), source)
    for kind in theirs:
        assert ours[kind] == theirs[kind], kind
    if target == "sqlite":
        (alone, together), (alone_at_once, together_at_once) = points(server), points(once)
        # What came later lies in chunks of its own, which begin with a time of eight bytes.
        assert alone == alone_at_once
        assert together - together_at_once < 32


@pytest.mark.parametrize("target", DATABASES)
def test_a_version_made_here_is_not_mixed_with_mlflows(
    small: Path, tmp_path: Path, target: str, launch: Callable[..., Martlet]
) -> None:
    path = tmp_path / "mlflow.db"
    shutil.copy(small, path)
    store, server = Store(f"sqlite:///{path}", tmp_path), launch(store=store_of(target))
    imported(store.uri, server)
    server.start()
    ours = reader(server)
    ours.delete_model_version("net", "5")
    mine = ours.create_model_version("net", "s3://bucket/mine", tags={"whose": "mine"})
    server.stop()
    report = imported(store.uri, server, status=1)
    differing = {kind["kind"] for kind in report["kinds"] if not kind["equal"]}
    # Each change of a version is one of its model's time.
    assert {"model versions"} <= differing <= {"model versions", "registered models"}
    theirs = store.client.create_model_version("net", "s3://bucket/theirs", tags={"whose": "theirs", "n": "1"})
    assert str(theirs.version) == str(mine.version)
    said = refused(store.uri, server)
    assert f"model version 'net/{mine.version}'" in said and "Nothing was written" in said
    server.start()
    kept = ours.get_model_version("net", str(mine.version))
    assert (kept.source, kept.tags) == ("s3://bucket/mine", {"whose": "mine"})
    with pytest.raises(MlflowException):
        ours.get_model_version("net", "5")


def grow(client: MlflowClient) -> None:
    """New points of old metrics, before and after those that are there, and new things of every kind."""
    experiment = client.create_experiment(f"new {len(client.search_experiments())}", "s3://bucket/new")
    run = client.create_run(experiment, tags={"new": "yes"}).info.run_id
    client.log_batch(run, [Metric("loss", 1 / (n + 1), n, n) for n in range(50)], [Param("p", "1")])
    model = client.create_logged_model(experiment, "new", run, {"k": "v"}, {"p": "1"})
    client.log_outputs(run, [LoggedModelOutput(model.model_id, 1)])
    for running in client.search_runs(ids(client), "attributes.status = 'RUNNING'"):
        client.set_terminated(running.info.run_id)
    client.create_run(experiment)
    for pending in client.search_logged_models(["1"]):
        if pending.status == "PENDING":
            client.finalize_logged_model(pending.model_id, "READY")
    client.create_logged_model("1", "pending")
    old = client.search_runs(["1"], "params.empty = ''")[0].info.run_id
    client.log_batch(old, [Metric("curve/valid", 0.25, 5, step) for step in (-100, 100)])
    client.log_metric(old, "first of its name", 1.0)
    version = client.create_model_version("net", "s3://bucket/later", tags={"new": "yes"})
    client.set_registered_model_alias("net", f"newest-{version.version}", version.version)


def imported_until_equal(uri: str, server: Martlet) -> None:
    """What came before the place where an attempt was ended may need one import more; never two."""
    done = subprocess.run(command(uri, server), capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode in (0, 1), done.stderr
    if done.returncode == 1:
        assert "The two sides differ." in done.stdout, done.stdout + done.stderr
    assert imported(uri, server)["equal"]


def points(server: Martlet) -> tuple[int, int]:
    """How many points of metrics lie in Martlet's tables, alone and in bytes of chunks."""
    with opened(server) as database:
        alone = database.execute("SELECT COUNT(*) FROM metric_points").fetchone()[0]
        together = database.execute("SELECT COALESCE(SUM(LENGTH(points)), 0) FROM metric_chunks").fetchone()[0]
    return alone, together


def killed_after(uri: str, server: Martlet, kind: str) -> bool:
    """Whether an attempt was killed once it had begun with `kind`."""
    data = server.folder / "data" / "martlet.sqlite"
    with subprocess.Popen(command(uri, server), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as attempt:
        while attempt.poll() is None and not has_begun(data, kind):
            time.sleep(0.002)
        attempt.kill()
        return attempt.wait() == -9


def has_begun(data: Path, kind: str) -> bool:
    if not data.exists():
        return False
    try:
        with sqlite3.connect(f"file:{data}?mode=ro", uri=True, timeout=1) as database:
            found = database.execute("SELECT 1 FROM mlflow_import_cursors WHERE kind = ?", (kind,)).fetchone()
    except sqlite3.OperationalError:
        return False
    return found is not None
