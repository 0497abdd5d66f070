"""Clients whose clocks go wrong: times, orders and latest values are those that MLflow's own store has."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from command_line import CommandLine
from martlet import DATABASES, Martlet, store_of
from mlflow.entities import Metric, RunStatus, ViewType
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
from rest import MLFLOW, Rest
from search_twins import written

NOW = time.time_ns() // 1_000_000
HOUR = 3_600_000
LEAST, MOST = -(2**63), 2**63 - 1
# Start and end as a client says them; every start another, for runs that started together are ordered by their ids.
CLOCKS: dict[str, tuple[int, int | None]] = {
    "right": (NOW - 1000, NOW),
    "hours ahead": (NOW + 5 * HOUR, NOW + 6 * HOUR),
    "hours behind": (NOW - 7 * HOUR, NOW - 6 * HOUR),
    "set back while it ran": (NOW + 3 * HOUR, NOW - 3 * HOUR),
    "set back a little": (NOW + 10, NOW + 9),
    "no time at all": (NOW + 20, NOW + 20),
    "ends at 0": (NOW - 5, 0),
    "begins at 0": (0, 10),
    "in seconds": (NOW // 1000, NOW // 1000 + 60),
    "in microseconds": (NOW * 1000, NOW * 1000 + 1),
    "in nanoseconds": (NOW * 1_000_000, None),
    "beyond exact doubles": (2**53 + 1, 2**53 + 3),
    "goes on": (NOW + 30, None),
    "before 1970": (-HOUR, -1),
    "the last moment": (MOST - 1, MOST),
    "all there is": (LEAST, MOST),
}
ORDERS = [[], *([f"{name} {way}"] for name in ("start_time", "end_time") for way in ("ASC", "DESC"))]
FILTERS = [
    *(f"start_time {sign} {moment}" for sign in (">", "<=", "=", "!=") for moment in (NOW, 0, 2**53 + 1, 2**53 + 2)),
    *(f"end_time {sign} {moment}" for sign in (">=", "<", "=", "!=") for moment in (NOW, 0, NOW + 9, MOST - 1)),
    f"start_time > {NOW} AND end_time < {NOW}",
    "metrics.m > 0",
    "metrics.m != 0",
    "metrics.m <= 0",
]
STEPS = [LEAST, -5, 0, 0, 0, 1, 1, 7, MOST]
TIMES = [0, 1, NOW - 7 * HOUR, NOW, NOW, NOW + 5 * HOUR, 2**53 + 1, 2**53 + 2, MOST]
VALUES = [0.0, 1.0, -1.0, 5e-324, 1e300, math.nan, math.inf, -math.inf]


@dataclass
class Twins:
    """The same runs in Martlet and in MLflow's store, by their names."""

    rest: Rest
    mlflow: SqlAlchemyStore
    experiment: str
    experiment_of_mlflow: str
    ids: dict[str, str] = field(default_factory=dict)
    ids_of_mlflow: dict[str, str] = field(default_factory=dict)

    def create(self, name: str, start: int) -> None:
        body = {"experiment_id": self.experiment, "start_time": start, "run_name": name, "user_id": "ada"}
        self.ids[name] = self.rest.post(f"{MLFLOW}/runs/create", body)["run"]["info"]["run_id"]
        made = self.mlflow.create_run(self.experiment_of_mlflow, "ada", start, [], name)
        self.ids_of_mlflow[name] = made.info.run_id

    def end(self, name: str, end: int) -> None:
        self.rest.post(f"{MLFLOW}/runs/update", {"run_id": self.ids[name], "status": "FINISHED", "end_time": end})
        self.mlflow.update_run_info(self.ids_of_mlflow[name], RunStatus.FINISHED, end, None)

    def log(self, name: str, points: list[tuple[int, int, float]]) -> None:
        metrics = [
            {"key": "m", "step": step, "timestamp": moment, "value": value if math.isfinite(value) else written(value)}
            for step, moment, value in points
        ]
        if len(points) == 1:
            self.rest.post(f"{MLFLOW}/runs/log-metric", {"run_id": self.ids[name], **metrics[0]})
        else:
            self.rest.post(f"{MLFLOW}/runs/log-batch", {"run_id": self.ids[name], "metrics": metrics})
        given = [Metric("m", value, moment, step) for step, moment, value in points]
        self.mlflow.log_batch(self.ids_of_mlflow[name], given, [], [])

    def found(self, text: str, order: list[str]) -> list[str]:
        body = {"experiment_ids": [self.experiment], "filter": text, "order_by": order, "max_results": 1000}
        runs = self.rest.post(f"{MLFLOW}/runs/search", body).get("runs", [])
        return [run["info"]["run_name"] for run in runs]

    def found_by_mlflow(self, text: str, order: list[str]) -> list[str]:
        runs = self.mlflow.search_runs([self.experiment_of_mlflow], text, ViewType.ACTIVE_ONLY, 1000, order)
        return [run.info.run_name for run in runs]


@pytest.fixture(scope="module", params=DATABASES)
def twins(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twins]:
    folder = tmp_path_factory.mktemp(f"clocks-{request.param}")
    server = Martlet(folder / "martlet", store_of(request.param)).start()
    store = SqlAlchemyStore(f"sqlite:///{folder}/mlflow.db", str(folder / "artifacts"))
    try:
        rest = Rest(server.url)
        made = Twins(rest, store, rest.experiment("clocks"), store.create_experiment("clocks"))
        for name, (start, end) in CLOCKS.items():
            made.create(name, start)
            if end is not None:
                made.end(name, end)
        yield made
    finally:
        server.kill()


def whole(number: Any) -> int | None:
    return None if number is None else int(number)


@pytest.mark.parametrize("name", CLOCKS)
def test_times_are_kept_as_they_were_said(twins: Twins, name: str) -> None:
    info = twins.rest.get(f"{MLFLOW}/runs/get", run_id=twins.ids[name])["run"]["info"]
    theirs = twins.mlflow.get_run(twins.ids_of_mlflow[name]).info
    given = (whole(info.get("start_time")), whole(info.get("end_time")), info["status"])
    assert given == (theirs.start_time, theirs.end_time, theirs.status) == (*CLOCKS[name], given[2])


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_runs_are_ordered_by_what_their_clients_said(twins: Twins, order: list[str]) -> None:
    expected = twins.found_by_mlflow("", order)
    assert twins.found("", order) == expected
    assert set(CLOCKS) <= set(expected)


def histories(twins: Twins) -> Iterator[str]:
    """Runs whose points came one by one, in one batch, and in several, each as the clock happened to go."""
    chance = random.Random(20_261_121)
    for number in range(30):
        points = [(chance.choice(STEPS), chance.choice(TIMES), chance.choice(VALUES)) for _ in range(12)]
        cut = sorted({0, 12, *chance.sample(range(1, 12), chance.choice([0, 0, 1, 3, 11]))})
        name = f"history {number}"
        twins.create(name, NOW + 1000 + number)
        for first, last in zip(cut, cut[1:]):
            twins.log(name, points[first:last])
        yield name


def exact(value: float) -> str:
    """The value, to be compared; one zero, as SQLite has it."""
    return (float(value) + 0.0).hex()


def test_the_latest_value_is_mlflows_whatever_the_clock_said(twins: Twins) -> None:
    for name in histories(twins):
        run = twins.rest.run_data(twins.ids[name])
        theirs = twins.mlflow.get_run(twins.ids_of_mlflow[name]).data._metric_objs
        ours = [(exact(each["value"]), int(each["timestamp"]), int(each["step"])) for each in run["metrics"]]
        assert ours == [(exact(each.value), each.timestamp, each.step) for each in theirs], name
        points = twins.rest.history(twins.ids[name], "m")
        history = [(int(each["timestamp"]), int(each["step"]), exact(each["value"])) for each in points]
        kept = twins.mlflow.get_metric_history(twins.ids_of_mlflow[name], "m")
        # MLflow leaves it to the database which of a NaN and a zero of one moment comes first.
        assert sorted(history) == sorted((each.timestamp, each.step, exact(each.value)) for each in kept), name
        assert [each[:2] for each in history] == [(each.timestamp, each.step) for each in kept], name
    for order in ("metrics.m ASC", "metrics.m DESC"):
        assert twins.found("", [order]) == twins.found_by_mlflow("", [order])


@pytest.mark.parametrize("text", FILTERS)
def test_conditions_on_times_find_what_mlflow_finds(twins: Twins, text: str) -> None:
    assert twins.found(text, []) == twins.found_by_mlflow(text, [])


def test_a_long_batch_of_wild_times_comes_back(twins: Twins) -> None:
    """Points in thousands are kept packed, by the differences of their times and steps."""
    chance = random.Random(5)
    points = {(chance.choice([*STEPS, index]), chance.choice([*TIMES, index])): float(index) for index in range(1000)}
    sent = [(step, moment, value) for (step, moment), value in points.items()]
    twins.create("wild", NOW + 5000)
    twins.log("wild", sent)
    found = twins.rest.history(twins.ids["wild"], "m")
    expected = sorted((moment, step, value) for step, moment, value in sent)
    assert [(int(each["timestamp"]), int(each["step"]), float(each["value"])) for each in found] == expected
    (latest,) = twins.rest.run_data(twins.ids["wild"])["metrics"]
    assert (int(latest["step"]), int(latest["timestamp"]), latest["value"]) == max(sent)


def test_a_person_is_shown_every_run(twins: Twins) -> None:
    cli = CommandLine(twins.rest.url)
    table = cli.text("runs", "list", "--experiment", "clocks", "--all")
    assert all(twins.ids[name] in table for name in CLOCKS)
    for name in CLOCKS:
        shown = cli.text("runs", "show", twins.ids[name])
        assert name in shown
