"""`martlet gc` beside a running server: what is deleted and unused goes for good, and nothing else does."""

from __future__ import annotations

import fcntl
import json
import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow
import pytest
import requests
from command_line import CommandLine, clean_environment, plain
from martlet import DATABASES, Martlet, binary, dies_with_us, store_of
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient
from mlflow_import import opened
from models import column_signature, register, regressor_graph
from rest import Rest, fresh
from s3 import BUCKET, Bucket

SECONDS_MAX = 120
ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"
MULTIPART = "/api/2.0/mlflow-artifacts/mpu"
Launch = Callable[..., Martlet]


def command(server: Martlet, *words: str) -> list[str]:
    store = ["--backend-store-uri", server.store] if server.store else []
    return [binary(), "gc", "--data-dir", str(server.folder / "data"), *store, *server.options, *words]


def gc(server: Martlet, *words: str, status: int = 0) -> subprocess.CompletedProcess[str]:
    environment = clean_environment(**server.environment)
    ended = subprocess.run(
        command(server, *words), capture_output=True, text=True, timeout=SECONDS_MAX, env=environment, input=""
    )
    assert ended.returncode == status, f"{words}: {ended.returncode}\n{ended.stdout}\n{ended.stderr}"
    return ended


def report(server: Martlet, *words: str) -> Any:
    return json.loads(gc(server, "--json", *words).stdout)


def collected(server: Martlet, *words: str) -> Any:
    return report(server, "--yes", *words)


def client_of(server: Martlet) -> MlflowClient:
    mlflow.set_tracking_uri(server.url)
    mlflow.set_registry_uri(server.url)
    return MlflowClient(server.url)


def full_run(client: MlflowClient, experiment: str = "0", size: int = 1000) -> str:
    run = client.create_run(experiment).info.run_id
    client.log_param(run, "p", "1")
    for step in range(3):
        client.log_metric(run, "loss", step, step=step)
    client.log_text(run, "x" * size, "notes/a.txt")
    client.log_text(run, "y", "b.txt")
    return run


def is_there(server: Martlet, run: str) -> bool:
    """Whether the run's file is; its content is compared."""
    answer = requests.get(f"{server.url}{ARTIFACTS}/0/{run}/artifacts/b.txt", timeout=10)
    return answer.status_code == 200 and answer.text == "y"


def is_known(client: MlflowClient, run: str) -> bool:
    try:
        client.get_run(run)
    except MlflowException as error:
        assert error.error_code == "RESOURCE_DOES_NOT_EXIST"
        return False
    return True


@pytest.fixture(params=DATABASES)
def own(request: pytest.FixtureRequest, launch: Launch) -> Martlet:
    """A server that only this test uses, for a collection takes whatever is deleted."""
    return launch(store=store_of(request.param)).start()


def test_what_is_deleted_goes_and_the_rest_stays(own: Martlet) -> None:
    client = client_of(own)
    kept, gone, restored = full_run(client), full_run(client), full_run(client)
    home = client.create_experiment("home")
    inside = full_run(client, home)
    for run in (gone, restored):
        client.delete_run(run)
    client.restore_run(restored)
    client.delete_experiment(home)

    would = report(own, "--dry-run")
    assert would["dry_run"] and sorted(would["runs"]["ids"]) == sorted([gone, inside])
    assert would["experiments"]["ids"] == [home] and would["artifacts"] == {"files": 4, "bytes": 2002}
    assert is_known(client, gone) and is_there(own, gone)
    assert "Would remove" in gc(own, "--dry-run").stdout

    done = collected(own)
    assert (done["runs"], done["experiments"], done["artifacts"]) == (
        would["runs"],
        would["experiments"],
        would["artifacts"],
    )
    assert not is_known(client, gone) and not is_there(own, gone)
    assert not is_known(client, inside)
    assert client.get_experiment_by_name("home") is None
    for run in (kept, restored):
        assert is_there(own, run)
        assert client.get_run(run).data.params == {"p": "1"}
        assert [point.step for point in client.get_metric_history(run, "loss")] == [0, 1, 2]
    assert not (own.folder / "data" / "artifacts" / "0" / gone).exists()
    assert collected(own)["runs"]["count"] == 0
    with pytest.raises(MlflowException):
        client.restore_run(gone)
    actions = trail(own, "run.purged", "experiment.purged", "artifact.purged")
    assert {subject for action, subject, _ in actions if action == "run.purged"} == {gone, inside}
    assert ("artifact.purged", f"0/{gone}/artifacts", {"files": 2, "bytes": 1001}) in actions
    assert requests.get(f"{own.url}/health", timeout=5).ok


def trail(server: Martlet, *actions: str) -> list[tuple[str, str, Any]]:
    """What the audit trail tells of `actions`, once the server has sealed what the other process wrote."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        activities = Rest(server.url).get("/api/v1/activities", limit=1000)["activities"]
        found = [(one["action"], one["subject_id"], one["details"]) for one in activities if one["action"] in actions]
        if {action for action, _, _ in found} == set(actions):
            return found
        time.sleep(0.1)
    raise AssertionError(f"the trail does not tell of all of {actions}")


def test_what_a_version_needs_stays_until_the_version_is_deleted(own: Martlet) -> None:
    client, graph = client_of(own), regressor_graph()
    model = register(client, graph, column_signature(graph))
    version = client.get_model_version(model.name, model.version)
    client.delete_run(version.run_id)
    named = version.source.removeprefix("models:/") if version.source.startswith("models:/") else None
    if named:
        client.delete_logged_model(named)
    done = collected(own)
    assert done["runs"]["count"] == done["logged_models"]["count"] == done["artifacts"]["files"] == 0
    reasons = {item["id"]: item["reason"] for item in done["kept"]["items"]}
    assert reasons[version.run_id] == f"model version {model.name}/{model.version} comes from it"
    assert f"model version {model.name}/{model.version} comes from it" in gc(own, "--dry-run").stdout
    uri = f"models:/{model.name}/{model.version}"
    mlflow.onnx.load_model(uri)

    client.delete_model_version(model.name, model.version)
    done = collected(own)
    assert done["runs"]["ids"] == [version.run_id] and done["artifacts"]["files"] > 0
    assert done["logged_models"]["ids"] == ([named] if named else [])
    assert not list((own.folder / "data" / "artifacts").rglob("model.onnx"))


def test_named_things_and_ages(own: Martlet) -> None:
    client = client_of(own)
    first, second, active = full_run(client), full_run(client), full_run(client)
    home = client.create_experiment("home")
    client.delete_experiment(home)
    for run in (first, second):
        client.delete_run(run)
    assert collected(own, "--older-than", "1h")["runs"]["count"] == 0
    ended = gc(own, "--yes", "--run-ids", f"{first},{active}", status=1)
    assert f"Run {active} is not in the deleted stage" in ended.stderr and is_known(client, first)
    done = collected(own, "--run-ids", first, "--tracking-uri", own.url)
    assert done["runs"]["ids"] == [first] and done["experiments"]["count"] == 0
    assert is_known(client, second) and client.get_experiment(home).lifecycle_stage == "deleted"
    assert collected(own, "--run-ids", first)["missing"]["ids"] == [first]
    assert collected(own, "--experiment-ids", home)["experiments"]["ids"] == [home]
    assert collected(own, "--older-than", "0s")["runs"]["ids"] == [second]
    assert is_there(own, active)


def test_it_asks_first_and_refuses_what_makes_no_sense(own: Martlet, tmp_path: Path) -> None:
    client = client_of(own)
    run = full_run(client)
    client.delete_run(run)
    assert "--yes" in gc(own, status=2).stderr
    assert is_there(own, run)
    gc(own, "--older-than", "soon", status=2)
    elsewhere = subprocess.run(
        [binary(), "gc", "--yes", "--data-dir", str(tmp_path / "none")], capture_output=True, text=True, timeout=30
    )
    assert elsewhere.returncode == 1 and "--data-dir" in elsewhere.stderr
    assert not (tmp_path / "none").exists()
    (tmp_path / "other").mkdir()
    ended = gc(own, "--yes", "--artifacts-destination", str(tmp_path / "other"), status=1)
    assert "--artifacts-destination" in ended.stderr and is_there(own, run)


def test_files_without_a_run_go_after_a_while(own: Martlet) -> None:
    client, rest = client_of(own), Rest(own.url)
    run = full_run(client)
    client.delete_run(run)
    collected(own)
    # A client that still uploads does not know that the run is gone.
    assert rest.send("PUT", f"{ARTIFACTS}/0/{run}/artifacts/late.txt", data=b"late").ok
    assert rest.send("PUT", f"{ARTIFACTS}/0/shared/notes.txt", data=b"ours").ok
    unknown = own.folder / "data" / "artifacts" / "0" / ("ab" * 16) / "artifacts"
    unknown.mkdir(parents=True)
    (unknown / "of another server.txt").write_text("theirs")
    # Whoever reads it here with its digest has that recorded; the file stays the other server's.
    path = f"{ARTIFACTS}/0/{'ab' * 16}/artifacts/of another server.txt"
    read = rest.send("GET", path, headers={"Want-Repr-Digest": "sha-256=10"})
    assert read.ok and read.headers["Repr-Digest"]
    assert collected(own)["orphans"]["count"] == 0
    done = collected(own, "--orphans-older-than", "0s")
    assert done["orphans"]["ids"] == [f"0/{run}/artifacts"] and done["artifacts"]["files"] == 1
    assert rest.send("GET", f"{ARTIFACTS}/0/shared/notes.txt").ok
    assert (unknown / "of another server.txt").exists()


def traced(client: MlflowClient, home: str) -> str:
    """The id of a trace whose spans have been uploaded."""
    begun = client.start_trace("asked", inputs={"q": "?"}, experiment_id=home)
    client.end_trace(begun.trace_id)
    mlflow.flush_trace_async_logging()
    return begun.trace_id


def test_traces_go_with_their_experiment(own: Martlet) -> None:
    client = client_of(own)
    home = client.create_experiment("home")
    gone, deleted, kept = traced(client, home), traced(client, "0"), traced(client, "0")
    folders = {
        trace: own.folder / "data" / "artifacts" / experiment / "traces" / trace / "artifacts"
        for trace, experiment in ((gone, home), (deleted, "0"), (kept, "0"))
    }
    assert all((folder / "traces.json").exists() for folder in folders.values())
    client.delete_experiment(home)
    assert client.delete_traces("0", trace_ids=[deleted]) == 1

    would = report(own, "--dry-run", "--orphans-older-than", "0s")
    assert would["traces"]["ids"] == [gone] and would["experiments"]["ids"] == [home]
    assert would["orphans"]["ids"] == [f"0/traces/{deleted}/artifacts"] and would["artifacts"]["files"] == 2
    assert "1 trace" in gc(own, "--dry-run").stdout
    done = collected(own, "--orphans-older-than", "0s")
    assert {**done, "dry_run": True} == would
    assert [trace for trace, folder in folders.items() if (folder / "traces.json").exists()] == [kept]
    assert client.get_trace(kept).data.spans[0].inputs == {"q": "?"}
    ((_, subject, details),) = trail(own, "experiment.traces_purged")
    assert (subject, details) == (home, {"traces": 1})


def test_kill_9_in_the_middle_leaves_nothing_that_the_next_does_not_take(own: Martlet) -> None:
    client = client_of(own)
    kept = full_run(client)
    runs = [full_run(client, size=20_000) for _ in range(60)]
    for run in runs:
        client.delete_run(run)
    chance = random.Random(7)
    in_the_middle = 0
    for _ in range(6):
        process = subprocess.Popen(
            command(own, "--yes"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=dies_with_us
        )
        # Once without a look, so that it may be before the first row, then while files of removed runs lie there.
        while in_the_middle == 0 and process.poll() is None and is_known(client, runs[0]):
            pass
        time.sleep(chance.uniform(0, 0.02) if in_the_middle == 0 else chance.uniform(0.05, 0.8))
        process.send_signal(signal.SIGKILL)
        in_the_middle += process.wait() == -signal.SIGKILL and not is_known(client, runs[0])
        # Never a row without its files.
        for run in runs:
            assert is_there(own, run) or not is_known(client, run)
    assert in_the_middle > 0
    collected(own)
    assert not any(is_known(client, run) or is_there(own, run) for run in runs)
    left = {path.name for path in (own.folder / "data" / "artifacts" / "0").iterdir()}
    assert left == {kept} and is_there(own, kept)
    assert client.get_run(kept).data.metrics == {"loss": 2}
    assert len([one for one in trail(own, "run.purged") if one[1] in runs]) == len(runs)


def test_two_at_once_beside_a_server_under_load(own: Martlet) -> None:
    client = client_of(own)
    runs = [full_run(client) for _ in range(40)]
    busy = client.create_run("0").info.run_id
    for run in runs:
        client.delete_run(run)
    both = [
        subprocess.Popen(
            command(own, "--yes", "--json"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=dies_with_us,
        )
        for _ in range(2)
    ]
    written = 0
    while any(process.poll() is None for process in both):
        client.log_metric(busy, "m", written, step=written)
        written += 1
    said = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    gone = [set(json.loads(out)["runs"]["ids"]) for out, _ in said]
    assert gone[0] | gone[1] == set(runs) and not gone[0] & gone[1]
    assert len(client.get_metric_history(busy, "m")) == written
    assert not any(is_there(own, run) for run in runs)


def test_beside_an_import_it_is_refused(launch: Launch) -> None:
    server = launch().start()
    client = client_of(server)
    run = full_run(client)
    client.delete_run(run)
    with (server.folder / "data" / "martlet.sqlite-hold").open("a") as hold:
        fcntl.flock(hold, fcntl.LOCK_EX)
        assert "An import into this database is going on" in gc(server, "--yes", status=1).stderr
        assert report(server, "--dry-run")["runs"]["ids"] == [run]
    assert is_known(client, run) and is_there(server, run)
    assert collected(server)["runs"]["ids"] == [run]


def test_a_person_is_asked_to_finish_what_was_interrupted(launch: Launch) -> None:
    server = launch().start()
    client = client_of(server)
    run = full_run(client)
    client.delete_run(run)
    collected(server)
    for row in ("INSERT INTO purged_runs VALUES (1)", "INSERT INTO artifact_removals VALUES ('0/none/artifacts', 1)"):
        with opened(server) as database:
            database.execute(row)
        assert report(server, "--dry-run")["unfinished_work"]
        words = command(server)[1:]
        told = plain(CommandLine(server.url).on_terminal(100, *words, answer="yes\n"))
        assert "Left over" in told and "Remove all that for good?" in told
        assert not report(server, "--dry-run")["unfinished_work"]
    told = plain(CommandLine(server.url).on_terminal(100, *command(server)[1:]))
    assert "Would remove" in told and "Remove all that for good?" not in told


def test_uploads_in_parts_whose_time_is_over_are_counted_first(launch: Launch) -> None:
    server = launch().start()
    folder = f"0/{full_run(client_of(server))}/artifacts"
    for name in ("over", "open"):
        made = Rest(server.url).post(f"{MULTIPART}/create/{folder}", {"path": f"/x/{name}", "num_parts": 1})
        (part,) = made["credentials"]
        assert requests.put(part["url"], data=b"x", headers=part["headers"], timeout=10).ok
    with opened(server) as database:
        database.execute("UPDATE artifact_uploads SET expires_at = 0 WHERE key = ?", [f"{folder}/over"])
    assert report(server, "--dry-run")["unfinished_uploads"] == 1
    told = plain(CommandLine(server.url).on_terminal(100, *command(server)[1:], answer="yes\n"))
    assert "Unfinished uploads" in told and "Remove all that for good?" in told
    assert report(server, "--dry-run")["unfinished_uploads"] == 0
    with opened(server) as database:
        assert database.execute("SELECT key FROM artifact_uploads").fetchall() == [(f"{folder}/open",)]


def test_artifacts_in_s3(launch: Launch) -> None:
    bucket = Bucket()
    server = launch(options=bucket.options, environment=bucket.environment).start()
    client = client_of(server)
    kept, gone = full_run(client), full_run(client)
    key = bucket.key(f"0/{gone}/artifacts/large.bin")
    bucket.client.create_multipart_upload(Bucket=BUCKET, Key=key)
    client.delete_run(gone)
    assert is_there(server, gone)
    time.sleep(1.1)
    assert report(server, "--orphans-older-than", "0s", "--dry-run")["unfinished_uploads"] == 1
    done = collected(server, "--orphans-older-than", "0s")
    assert done["runs"]["ids"] == [gone] and done["artifacts"]["files"] == 2
    assert all(kept in name for name in bucket.names()) and len(bucket.names()) == 2
    time.sleep(1.1)
    unfinished = collected(server, "--orphans-older-than", "0s")["unfinished_uploads"]
    assert done["unfinished_uploads"] + unfinished == 1


def test_artifacts_that_clients_keep_are_named_and_left_alone(own: Martlet, tmp_path: Path) -> None:
    client = client_of(own)
    home = client.create_experiment(fresh("theirs"), artifact_location=(tmp_path / "theirs").as_uri())
    run = full_run(client, home)
    client.delete_run(run)
    done = collected(own)
    assert done["runs"]["ids"] == [run] and done["artifacts"]["files"] == 0
    (item,) = done["elsewhere"]["items"]
    assert item["id"] == run and item["artifact_uri"].startswith((tmp_path / "theirs").as_uri())
    assert (tmp_path / "theirs" / run / "artifacts" / "b.txt").read_text() == "y"
