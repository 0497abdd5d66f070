"""Writers of all kinds of things, who remember what the server acknowledged and look for it afterwards."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import requests
from rest import MLFLOW, Rest, fresh

BATCH_POINTS = 10
TIME = 1_700_000_000_000


@dataclass
class Acknowledged:
    """What the server said is kept, by one writer into its own run."""

    run: str
    metrics: set[int] = field(default_factory=set)
    batches: set[int] = field(default_factory=set)
    tags: set[int] = field(default_factory=set)
    artifacts: set[int] = field(default_factory=set)
    models: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    refused: int = 0

    def total(self) -> int:
        return sum(map(len, (self.metrics, self.batches, self.tags, self.artifacts, self.models)))


class Writer(threading.Thread):
    """Writes unique things of all kinds until the server is gone or `stop` is set; notes what was answered with 200."""

    def __init__(self, url: str, kept: Acknowledged, first: int) -> None:
        super().__init__(daemon=True)
        self.rest, self.kept, self.number = Rest(url), kept, first
        self.stop = threading.Event()

    def run(self) -> None:
        kinds: list[Callable[[int], None]] = [self.metric, self.batch, self.tag, self.metric, self.artifact, self.model]
        try:
            while not self.stop.is_set():
                kinds[self.number % len(kinds)](self.number)
                self.number += 1
        except requests.RequestException:
            return

    def metric(self, number: int) -> None:
        body = {"run_id": self.kept.run, "key": "m", "value": number, "timestamp": TIME, "step": number}
        if self.acknowledged(self.rest.send("POST", f"{MLFLOW}/runs/log-metric", json=body)):
            self.kept.metrics.add(number)

    def batch(self, number: int) -> None:
        points = [
            {"key": "b", "value": number, "timestamp": TIME, "step": number * BATCH_POINTS + index}
            for index in range(BATCH_POINTS)
        ]
        params = [{"key": f"p{number}", "value": str(number)}]
        body = {"run_id": self.kept.run, "metrics": points, "params": params}
        if self.acknowledged(self.rest.send("POST", f"{MLFLOW}/runs/log-batch", json=body)):
            self.kept.batches.add(number)

    def tag(self, number: int) -> None:
        body = {"run_id": self.kept.run, "key": f"t{number}", "value": str(number)}
        if self.acknowledged(self.rest.send("POST", f"{MLFLOW}/runs/set-tag", json=body)):
            self.kept.tags.add(number)

    def artifact(self, number: int) -> None:
        if self.acknowledged(self.rest.send("PUT", artifact_path(self.kept.run, number), data=content(number))):
            self.kept.artifacts.add(number)

    def model(self, number: int) -> None:
        name = fresh("model")
        if self.acknowledged(self.rest.send("POST", f"{MLFLOW}/registered-models/create", json={"name": name})):
            self.kept.models.append(name)

    def acknowledged(self, response: requests.Response) -> bool:
        """Under load every answer is a success or says that the same may be sent again later, or there is none."""
        if response.status_code == 503 and response.json()["error_code"] == "TEMPORARILY_UNAVAILABLE":
            self.kept.refused += 1
            self.stop.wait(0.02)
        elif response.status_code != 200:
            self.kept.failures.append(f"{response.request.path_url} → {response.status_code} {response.text[:200]}")
        return response.status_code == 200


def artifact_path(run: str, number: int) -> str:
    return f"/api/2.0/mlflow-artifacts/artifacts/crash/{run}/{number}.bin"


def content(number: int) -> bytes:
    return random.Random(number).randbytes(3000)


def verify(rest: Rest, kept: Acknowledged) -> None:
    assert not kept.failures, kept.failures[:3]
    data = rest.run_data(kept.run)
    points = {point["step"] for point in rest.history(kept.run, "m")}
    assert kept.metrics <= points, f"lost metrics: {sorted(kept.metrics - points)[:10]}"
    tags = {tag["key"] for tag in data.get("tags", [])}
    assert {f"t{number}" for number in kept.tags} <= tags
    params = {param["key"] for param in data.get("params", [])}
    batched: dict[int, int] = {}
    for point in rest.history(kept.run, "b"):
        batched[point["step"] // BATCH_POINTS] = batched.get(point["step"] // BATCH_POINTS, 0) + 1
    assert kept.batches <= set(batched), f"lost batches: {sorted(kept.batches - set(batched))[:10]}"
    # One that was not acknowledged may be there, but then whole.
    assert set(batched.values()) <= {BATCH_POINTS}
    assert {f"p{number}" for number in batched} == params
    for number in kept.artifacts:
        assert rest.send("GET", artifact_path(kept.run, number)).content == content(number)
    for name in kept.models:
        assert rest.get(f"{MLFLOW}/registered-models/get", name=name)["registered_model"]["name"] == name


def check_chain(rest: Rest) -> None:
    """Activities committed with the changes are numbered without gaps, whenever the server died."""
    deadline = time.monotonic() + 5
    while True:
        sequences, after = [], 0
        while page := rest.get("/api/v1/activities", after=after, limit=1000)["activities"]:
            sequences += [each["sequence"] for each in page]
            after = sequences[-1]
        if sequences or time.monotonic() > deadline:
            break
        time.sleep(0.1)
    assert sequences == list(range(1, len(sequences) + 1))
