"""An experiment goes, comes back, or is collected for good, while clients log to its runs and make new ones."""

from __future__ import annotations

import json
import random
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

import psycopg2
import pytest
import requests
from martlet import DATABASES, Martlet, dies_with_us, store_of
from mlflow_import import opened
from rest import MLFLOW, Rest
from test_artifacts import ARTIFACTS
from test_gc import collected, command
from writers import Acknowledged, Writer, content, verify

WRITERS = 4
ROUNDS = 5
# What says that the run or the experiment is deleted, or gone.
REFUSALS = {(400, "INVALID_PARAMETER_VALUE"), (404, "RESOURCE_DOES_NOT_EXIST")}
OF_A_RUN = ["run_params", "run_tags", "metric_points", "latest_metrics", "metric_chunks", "run_dataset_inputs"]
OF_A_RUN += ["run_models", "trace_runs"]
OF_AN_EXPERIMENT = ["runs", "experiment_tags", "logged_models", "run_datasets", "traces"]


class Logger(Writer):
    """Writes to one run whatever becomes of it; makes runs beside it, and puts files into its folder."""

    def __init__(self, url: str, experiment: str, kept: Acknowledged) -> None:
        super().__init__(url, kept, 0)
        self.experiment = experiment
        self.files: set[int] = set()
        self.runs: list[str] = []
        self.late = 0

    def run(self) -> None:
        kinds = [self.metric, self.batch, self.tag, self.batch, self.file, self.create]
        while not self.stop.is_set():
            kinds[self.number % len(kinds)](self.number)
            self.number += 1

    def path(self, number: int) -> str:
        return f"{ARTIFACTS}/{self.experiment}/{self.kept.run}/artifacts/{number}.bin"

    def file(self, number: int) -> None:
        if self.acknowledged(self.rest.send("PUT", self.path(number), data=content(number))):
            self.files.add(number)

    def create(self, number: int) -> None:
        body = {"experiment_id": self.experiment, "tags": [{"key": "n", "value": str(number)}]}
        answer = self.rest.send("POST", f"{MLFLOW}/runs/create", json=body)
        if self.acknowledged(answer):
            self.runs.append(answer.json()["run"]["info"]["run_id"])

    def acknowledged(self, response: requests.Response) -> bool:
        refused = response.status_code >= 400 and (response.status_code, response.json()["error_code"]) in REFUSALS
        self.late += refused
        return not refused and super().acknowledged(response)

    def written(self) -> int:
        """How much was acknowledged that a deleted run must not take."""
        return self.kept.total() + len(self.runs)


class Load:
    """Clients that log to runs of one experiment."""

    def __init__(self, server: Martlet) -> None:
        self.server, self.rest = server, Rest(server.url)
        self.experiment = self.rest.experiment()
        runs = [self.rest.run(self.experiment) for _ in range(WRITERS)]
        self.loggers = [Logger(server.url, self.experiment, Acknowledged(run)) for run in runs]
        for logger in self.loggers:
            logger.start()

    def ask(self, verb: str) -> requests.Response:
        return self.rest.send("POST", f"{MLFLOW}/experiments/{verb}", json={"experiment_id": self.experiment})

    def active_runs(self) -> list[Any]:
        body = {"experiment_ids": [self.experiment], "run_view_type": "ACTIVE_ONLY", "max_results": 1000}
        return self.rest.post(f"{MLFLOW}/runs/search", body).get("runs", [])

    def written(self) -> int:
        return sum(logger.written() for logger in self.loggers)

    def go_on(self) -> None:
        """Waits until every client was answered some more."""
        before = [logger.number for logger in self.loggers]
        deadline = time.monotonic() + 30
        while any(logger.number < number + 12 for logger, number in zip(self.loggers, before)):
            assert time.monotonic() < deadline and all(logger.is_alive() for logger in self.loggers)
            time.sleep(0.01)

    def stop(self) -> None:
        for logger in self.loggers:
            logger.stop.set()
        for logger in self.loggers:
            logger.join()
            assert not logger.kept.failures, logger.kept.failures[:3]

    def verify(self) -> None:
        """All that was acknowledged is there."""
        for logger in self.loggers:
            verify(self.rest, logger.kept)
            for number in logger.files:
                assert self.rest.send("GET", logger.path(number)).content == content(number)
            for run in logger.runs:
                assert self.rest.run_data(run)["tags"]


@pytest.fixture(params=DATABASES)
def own(request: pytest.FixtureRequest, launch: Callable[..., Martlet]) -> Martlet:
    return launch(store=store_of(request.param)).start()


def count(server: Martlet, query: str) -> int:
    """What a query for a number gives, asked of the database itself."""
    database: Any = psycopg2.connect(server.store) if server.store else opened(server)
    with closing(database), closing(database.cursor()) as cursor:
        cursor.execute(query)
        return int(cursor.fetchone()[0])


def dangling(server: Martlet) -> dict[str, int]:
    """Rows, by their table, of runs and experiments that are not there, and work that a collection left."""
    found = {"purged_runs": count(server, "SELECT COUNT(*) FROM purged_runs")}
    found["artifact_removals"] = count(server, "SELECT COUNT(*) FROM artifact_removals")
    for owner, key, tables in (("runs", "run_number", OF_A_RUN), ("experiments", "experiment_id", OF_AN_EXPERIMENT)):
        for table in tables:
            query = f"SELECT COUNT(*) FROM {table} WHERE {key} NOT IN (SELECT {key} FROM {owner})"
            found[table] = count(server, query)
    return {table: number for table, number in found.items() if number}


def test_what_was_acknowledged_before_is_there_after_the_restore(own: Martlet) -> None:
    for _ in range(ROUNDS):
        load = Load(own)
        load.go_on()
        assert load.ask("delete").status_code == 200
        assert load.active_runs() == []
        # What was under way at that moment has been answered by now.
        load.go_on()
        before = load.written()
        load.go_on()
        assert load.written() == before
        assert load.active_runs() == []
        assert load.ask("restore").status_code == 200
        load.go_on()
        load.stop()
        assert load.written() > before and all(logger.late for logger in load.loggers)
        load.verify()
        assert len(load.active_runs()) == WRITERS + sum(len(logger.runs) for logger in load.loggers)
    assert dangling(own) == {}


def test_deleted_and_restored_again_and_again(own: Martlet) -> None:
    load = Load(own)
    for _ in range(20):
        for verb in ("delete", "restore"):
            load.go_on() if verb == "delete" else time.sleep(0.01)
            assert load.ask(verb).status_code == 200
    load.stop()
    load.verify()
    assert len(load.active_runs()) == WRITERS + sum(len(logger.runs) for logger in load.loggers)


def collecting(server: Martlet) -> subprocess.Popen[str]:
    words = command(server, "--yes", "--json")
    pipe = subprocess.PIPE
    return subprocess.Popen(words, stdout=pipe, stderr=pipe, text=True, preexec_fn=dies_with_us)


def ended(process: subprocess.Popen[str]) -> dict[str, Any]:
    said, fault = process.communicate(timeout=120)
    assert process.returncode == 0, fault
    return dict(json.loads(said))


def test_a_collection_takes_runs_whole_while_they_are_logged_to(own: Martlet) -> None:
    loads = []
    for _ in range(ROUNDS):
        load = Load(own)
        loads.append(load)
        load.go_on()
        assert load.ask("delete").status_code == 200
        both = [collecting(own), collecting(own)]
        reports = [ended(process) for process in both]
        load.go_on()
        load.stop()
        gone = [run for report in reports for run in report["runs"]["ids"]]
        assert len(gone) == len(set(gone)) and {logger.kept.run for logger in load.loggers} <= set(gone)
        for run in (run for logger in load.loggers for run in (logger.kept.run, *logger.runs)):
            assert load.rest.refused("GET", f"{MLFLOW}/runs/get?run_id={run}")[0] == 404
        assert load.ask("restore").status_code == 404
    finish(own, loads)


def test_whoever_restores_beside_a_collection_gets_all_or_nothing(own: Martlet) -> None:
    chance, loads, restored = random.Random(11), [], 0
    for _ in range(ROUNDS + 3):
        load = Load(own)
        loads.append(load)
        load.go_on()
        assert load.ask("delete").status_code == 200
        process = collecting(own)
        time.sleep(chance.uniform(0, 0.4))
        answer = load.ask("restore")
        assert answer.status_code in (200, 404), answer.text
        restored += answer.ok
        ended(process)
        load.go_on()
        load.stop()
        for logger in load.loggers:
            known = load.rest.send("GET", f"{MLFLOW}/runs/get", params={"run_id": logger.kept.run})
            assert known.status_code in (200, 404), known.text
            if known.ok:
                verify(load.rest, logger.kept)
    print(f"{restored} of {ROUNDS + 3} were restored")
    finish(own, loads)


def finish(server: Martlet, loads: list[Load]) -> None:
    """One more collection takes what was uploaded for runs that were gone; nothing of them is left anywhere."""
    collected(server, "--orphans-older-than", "0s")
    assert dangling(server) == {}
    folder = server.folder / "data" / "artifacts"
    for load in loads:
        for logger in load.loggers:
            known = load.rest.send("GET", f"{MLFLOW}/runs/get", params={"run_id": logger.kept.run}).ok
            files = list((folder / load.experiment / logger.kept.run).rglob("*.bin"))
            assert len(files) == (len(logger.files) if known else 0)
