"""Very many points of metrics on one run: out of order, some of them sent twice, and all there in their order.

`MARTLET_METRIC_POINTS` says how many. With a million the debug build takes minutes, most of them for the pages of the
longest history, each of which it puts together from the whole; so it is 200,000 by default.
"""

from __future__ import annotations

import json
import math
import os
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import requests
from martlet import DATABASES, Martlet, store_of
from rest import MLFLOW, Rest
from search_twins import written
from test_large_files import forget_peak, status

BATCH = 1000
BATCHES = int(os.environ.get("MARTLET_METRIC_POINTS", "200000")) // BATCH
# How many of a batch's points each key has; "loss" has most of them, and steps that it shares with the next batch.
SHARES = {"loss": 600, "val/loss": 100, "größe": 100, "a b": 100, "lr": 100}
OVERLAP = 100
START = 1_700_000_000_000
WRITERS = 4
GROWTH_MAX = 60_000_000
# A page is cut out of its key's whole history, which is in memory meanwhile.
GROWTH_OF_A_POINT = 500
POINT = np.dtype([("timestamp", "<i8"), ("step", "<i8"), ("value", "<f8"), ("nan", "?")])


@dataclass
class Long:
    """A server with the run, and what was sent of each key, once each and in the order of a history."""

    server: Martlet
    rest: Rest
    run: str = ""
    # Bytes of memory that the server took more for being sent them.
    grown: int = 0
    points: dict[str, Any] = field(default_factory=dict)

    def latest(self, key: str) -> Any:
        points = self.points[key]
        return points[np.lexsort((points["value"], points["timestamp"], points["step"]))[-1]]


def some_points(number: int, key: str) -> Any:
    """What batch `number` has of `key`."""
    chance = np.random.default_rng([number, len(key)])
    count = SHARES[key]
    points = np.zeros(count, POINT)
    points["step"] = np.arange(count) + number * (count - (OVERLAP if key == "loss" else 0)) - 5 * BATCH
    points["timestamp"] = START + points["step"] // 7 * 1000 + chance.integers(-3000, 3000, count)
    points["value"] = chance.standard_normal(count) * 10.0 ** chance.integers(-300, 300, count)
    points["nan"] = chance.random(count) < 0.001
    points["value"][points["nan"]] = 0
    return points


def body(run: str, number: int) -> bytes:
    metrics = [
        {"key": key, "value": "NaN" if nan else value, "timestamp": timestamp, "step": step}
        for key in SHARES
        for timestamp, step, value, nan in some_points(number, key).tolist()
    ]
    random.Random(number).shuffle(metrics)
    return json.dumps({"run_id": run, "metrics": metrics}).encode()


def send_all(url: str, run: str) -> None:
    """Every batch, shuffled, every tenth twice, as a client does that has had no answer to the first."""
    numbers = [*range(BATCHES), *range(0, BATCHES, 10)]
    random.Random(BATCHES).shuffle(numbers)

    def send(mine: list[int]) -> None:
        with requests.Session() as session:
            session.headers["Content-Type"] = "application/json"
            for number in mine:
                answer = session.post(f"{url}{MLFLOW}/runs/log-batch", data=body(run, number), timeout=60)
                assert answer.status_code == 200, answer.text

    with ThreadPoolExecutor(WRITERS) as writers:
        list(writers.map(send, [numbers[first::WRITERS] for first in range(WRITERS)]))


@pytest.fixture(scope="module", params=DATABASES)
def long(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Long]:
    folder = tmp_path_factory.mktemp(f"points-{request.param}")
    server = Martlet(folder, store_of(request.param)).start()
    try:
        made = Long(server, Rest(server.url))
        made.run = made.rest.run("0")
        for key in SHARES:
            made.points[key] = np.unique(np.concatenate([some_points(number, key) for number in range(BATCHES)]))
        forget_peak(server)
        before = status(server, "VmRSS")
        send_all(server.url, made.run)
        made.grown = status(server, "VmHWM") - before
        yield made
    finally:
        server.kill()


def read(points: list[dict[str, Any]]) -> Any:
    rows = [(int(each["timestamp"]), int(each["step"]), float(each["value"]), False) for each in points]
    found = np.array(rows, POINT)
    found["nan"] = np.isnan(found["value"])
    found["value"][found["nan"]] = 0
    return found


def test_points_by_the_thousand_are_logged_in_little_memory(long: Long) -> None:
    print(f"{long.grown / 1e6:.0f} MB more")
    assert long.grown < GROWTH_MAX


@pytest.mark.parametrize("key", SHARES)
def test_a_history_is_read_whole_by_pages(long: Long, key: str) -> None:
    expected = long.points[key]
    forget_peak(long.server)
    before = status(long.server, "VmRSS")
    found = read(long.rest.history(long.run, key))
    grown = status(long.server, "VmHWM") - before
    print(f"{grown / 1e6:.0f} MB more")
    assert len(found) == len(expected)
    assert (found == expected).all()
    assert grown < GROWTH_MAX + GROWTH_OF_A_POINT * len(expected)


def sampled(points: Any, most: int) -> Any:
    """The first of each of `most` parts, as equal as can be, and the last point, in a curve's order."""
    curve = points[np.lexsort((points["nan"], points["value"], points["timestamp"], points["step"]))]
    places = [part[0] for part in np.array_split(np.arange(len(curve)), most)]
    return curve[[*places[:-1], len(curve) - 1]]


@pytest.mark.parametrize("most", [1, 2, 320, 2500])
def test_a_history_is_sampled(long: Long, most: int) -> None:
    points = long.points["loss"]
    query = {"run_ids": long.run, "metric_key": "loss", "max_results": most}
    found = read(long.rest.get(f"{MLFLOW}/metrics/get-history-bulk-interval", **query)["metrics"])
    assert (found == sampled(points, most)).all()
    middle = int(np.median(points["step"]))
    query |= {"start_step": middle, "end_step": middle + 4000}
    found = read(long.rest.get(f"{MLFLOW}/metrics/get-history-bulk-interval", **query)["metrics"])
    between = points[(points["step"] >= middle) & (points["step"] <= middle + 4000)]
    assert len(between) > 4000
    assert (found == sampled(between, most)).all()


def test_the_first_points_of_a_history_come_at_once(long: Long) -> None:
    query = {"run_id": long.run, "metric_key": "loss", "max_results": 25_000}
    found = read(long.rest.get(f"{MLFLOW}/metrics/get-history-bulk", **query)["metrics"])
    assert (found == long.points["loss"][: len(found)]).all() and len(found) == 25_000


def test_the_latest_values_are_those_of_the_last_steps(long: Long) -> None:
    found = {each["key"]: read([each])[0] for each in long.rest.run_data(long.run)["metrics"]}
    assert found == {key: long.latest(key) for key in SHARES}


def test_the_run_is_found_by_its_latest_values(long: Long) -> None:
    """Also after one more point changed it, which is older than most."""
    others = {}
    for name, bound in (("less", -math.inf), ("more", math.inf)):
        others[name] = long.rest.run("0")
        point = {"run_id": others[name], "key": "lr", "value": written(bound), "timestamp": START, "step": 0}
        long.rest.post(f"{MLFLOW}/runs/log-metric", point)
    latest = long.latest("lr")
    # MLflow reads no plus in an exponent.
    value = repr(float(latest["value"])).replace("e+", "e")

    def found(text: str) -> list[str]:
        body = {"experiment_ids": ["0"], "filter": text, "order_by": ["metrics.lr ASC"]}
        return [run["info"]["run_id"] for run in long.rest.post(f"{MLFLOW}/runs/search", body).get("runs", [])]

    assert found("") == [others["less"], long.run, others["more"]]
    assert found(f"metrics.lr = {value}") == [long.run]
    assert found(f"metrics.lr > {value}") == [others["more"]]
    step = int(latest["step"])
    for moved, logged in ((step - 1, 1.5), (step, 2.5)):
        point = {"run_id": long.run, "key": "lr", "value": logged, "timestamp": 2 * START, "step": moved}
        long.rest.post(f"{MLFLOW}/runs/log-metric", point)
        assert (found("metrics.lr = 2.5") == [long.run]) == (moved == step)
