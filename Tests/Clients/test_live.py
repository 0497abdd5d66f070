"""What a watching page sees: the event stream, Prometheus, health and versions."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import requests
from mlflow.tracking import MlflowClient
from rest import JSON, MLFLOW, Rest, fresh


@dataclass
class Stream:
    """Reads an event stream in a thread, until it is closed."""

    response: requests.Response
    events: list[tuple[str, str | None, JSON]] = field(default_factory=list)

    def read(self) -> None:
        name, number, data = "message", None, ""
        try:
            for line in self.response.iter_lines(decode_unicode=True, chunk_size=1):
                if line.startswith("event:"):
                    name = line[6:].strip()
                elif line.startswith("id:"):
                    number = line[3:].strip()
                elif line.startswith("data:"):
                    data += line[5:].strip()
                elif not line and data:
                    self.events.append((name, number, json.loads(data)))
                    name, number, data = "message", None, ""
        except (requests.RequestException, AttributeError, ValueError):
            return

    def close(self) -> None:
        """Hangs up at once; closing alone would wait for the next byte that the reader waits for."""
        connection = getattr(self.response.raw, "_connection", None)
        if connection is not None and connection.sock is not None:
            connection.sock.shutdown(socket.SHUT_RDWR)

    def wait_for(self, name: str, count: int = 1) -> list[JSON]:
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            found = [data for kind, _, data in self.events if kind == name]
            if len(found) >= count:
                return found
            time.sleep(0.02)
        raise AssertionError(f"no {count} '{name}' within 5 s, but {self.events}")


@pytest.fixture
def watch(rest: Rest) -> Iterator[object]:
    streams: list[Stream] = []

    def open_stream(topics: str, last: str | None = None) -> Stream:
        headers = {"Last-Event-ID": last} if last else {}
        response = requests.get(
            f"{rest.url}/api/v1/events", params={"topics": topics}, headers=headers, stream=True, timeout=30
        )
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        stream = Stream(response)
        threading.Thread(target=stream.read, daemon=True).start()
        streams.append(stream)
        return stream

    yield open_stream
    for stream in streams:
        stream.close()


def test_metrics_stream_to_who_watches_the_run(rest: Rest, watch: object) -> None:
    run = rest.run()
    stream = watch(f"run:{run}")  # type: ignore[operator]
    time.sleep(0.2)
    for step in range(5):
        body = {"run_id": run, "key": "loss", "value": 1 / (step + 1), "timestamp": 1_700_000_000_000, "step": step}
        rest.post(f"{MLFLOW}/runs/log-metric", body)
    deadline = time.monotonic() + 5
    points: list[JSON] = []
    while len(points) < 5 and time.monotonic() < deadline:
        points = [point for event in stream.wait_for("metrics") for point in event["points"]]
        time.sleep(0.05)
    assert [(point["key"], point["step"], point["value"]) for point in points] == [
        ("loss", step, 1 / (step + 1)) for step in range(5)
    ]


def test_changes_stream_and_a_reader_that_comes_back_misses_none(
    rest: Rest, client: MlflowClient, watch: object
) -> None:
    stream = watch("experiments,models")  # type: ignore[operator]
    time.sleep(0.2)
    first = fresh("streamed")
    client.create_experiment(first)
    (seen,) = (event for event in stream.wait_for("activity") if first in str(event))
    assert seen["action"] == "experiment.created"
    stream.close()
    second = fresh("missed")
    client.create_registered_model(second)
    back = watch("experiments,models", last=str(seen["sequence"]))  # type: ignore[operator]
    assert [event["action"] for event in back.wait_for("activity") if second in str(event)] == [
        "registered_model.created"
    ]
    assert all(int(number or 0) > seen["sequence"] for kind, number, _ in back.events if kind == "activity")


def test_prometheus_can_read_the_metrics(rest: Rest) -> None:
    response = rest.send("GET", "/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain")
    lines = [line for line in response.text.splitlines() if line and not line.startswith("#")]
    sample = re.compile(r"^[a-zA-Z_:][\w:]*(\{[^{}]*\})? (-?[0-9.eE+-]+|NaN|[+-]Inf)$")
    assert lines and all(sample.match(line) for line in lines)
    assert any(line.startswith("martlet_") for line in lines)


def test_health_and_versions(rest: Rest) -> None:
    assert (rest.send("GET", "/health").status_code, rest.send("GET", "/health").text) == (200, "OK")
    assert rest.send("GET", "/livez").status_code == rest.send("GET", "/readyz").status_code == 200
    assert rest.send("GET", "/version").text == "3.18.0"
    assert set(rest.get("/api/v1/version")) >= {"version", "mlflow_level"}


def test_a_page_is_served_at_the_root_and_below(rest: Rest) -> None:
    for path in ("/", "/experiments", "/models", "/serving", "/monitoring"):
        response = rest.send("GET", path)
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/html")
        assert "default-src 'self'" in response.headers["content-security-policy"]
    assets = re.findall(r'(?:src|href)="(/assets/[^"]+)"', rest.send("GET", "/").text)
    assert assets
    for asset in assets:
        response = rest.send("GET", asset)
        assert response.status_code == 200
        assert "immutable" in response.headers["cache-control"]


def test_a_foreign_host_or_origin_is_refused(rest: Rest) -> None:
    assert rest.send("GET", f"{MLFLOW}/experiments/get-by-name", headers={"Host": "evil.example"}).status_code == 403
    body = {"name": fresh("crossed")}
    crossed = rest.send("POST", f"{MLFLOW}/experiments/create", json=body, headers={"Origin": "http://evil.example"})
    assert crossed.status_code == 403
