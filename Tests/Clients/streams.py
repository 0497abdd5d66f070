"""Streams for tests: a Redis server, a broker that speaks Kafka's protocol, and `martlet stream` between them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import mlflow
import redis
import requests
from command_line import clean_environment
from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition
from martlet import Martlet, binary, dies_with_us, free_port
from mlflow.tracking import MlflowClient
from models import Model, column_signature, register, regressor_graph
from rest import Rest

SECONDS_MAX = 60.0
HERE = Path(__file__).parent


def wait_until(is_so: Callable[[], bool], what: str, seconds: float = SECONDS_MAX) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.02)


@dataclass
class Served:
    """A server with a deployed model, whose online answers are the truth."""

    server: Martlet
    rest: Rest
    model: Model

    def online(self, row: dict[str, Any]) -> Any:
        return self.rest.post("/predict", {"model_name": self.model.name, "inputs": row})["prediction"]

    def online_many(self, rows: list[dict[str, Any]]) -> Any:
        return self.rest.post("/predict/batch", {"model_name": self.model.name, "inputs": rows})["predictions"]

    def rows(self) -> list[dict[str, float]]:
        rows: list[dict[str, float]] = self.model.rows.to_dict(orient="records")
        return rows


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    server = Martlet(folder).start()
    try:
        mlflow.set_tracking_uri(server.url)
        mlflow.set_registry_uri(server.url)
        client = MlflowClient(server.url)
        graph = regressor_graph()
        model = register(client, graph, column_signature(graph))
        client.set_registered_model_alias(model.name, "champion", model.version)
        rest = Rest(server.url)
        rest.post("/api/v1/mlflow/serving/deploy", {"model_name": model.name, "version": model.version})
        yield Served(server, rest, model)
    finally:
        server.kill()


@dataclass
class Stream:
    """One `martlet stream`, answering until it is stopped or killed."""

    served: Served
    log: Path
    words: list[str]
    metrics_port: int = field(default_factory=free_port)
    process: subprocess.Popen[str] | None = None

    def start(self) -> Stream:
        options = ["--metrics-port", str(self.metrics_port), "--json", *self.words]
        if "--endpoint" not in self.words and "--model" not in self.words:
            options += ["--model", f"{self.served.model.name}@champion"]
        environment = clean_environment(MARTLET_URL=self.served.server.url, MARTLET_PYTHON=sys.executable)
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [binary(), "stream", *options],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=environment,
                preexec_fn=dies_with_us,
            )
        return self

    def kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> dict[str, Any]:
        """SIGTERM; what it has done in the end."""
        assert self.process is not None and self.process.poll() is None, self.log.read_text()[-3000:]
        self.process.send_signal(signal.SIGTERM)
        said = self.process.communicate(timeout=SECONDS_MAX)[0]
        assert self.process.returncode == 0, self.log.read_text()[-3000:]
        done: dict[str, Any] = json.loads(said)
        return done

    def hear(self, words: str, after: int) -> None:
        """Waits until its log says `words` behind the first `after` characters."""
        wait_until(lambda: words in self.log.read_text()[after:], f"a word about {words}")

    def metric(self, name: str) -> float | None:
        """The sum of a metric's samples; nothing while there are none."""
        try:
            text = requests.get(f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=5).text
        except requests.RequestException:
            return None
        found = [line.rsplit(" ", 1)[1] for line in text.splitlines() if line.startswith((name + " ", name + "{"))]
        return sum(float(value) for value in found) if found else None


Launch = Callable[..., Stream]


def launching(served: Served, folder: Path) -> Iterator[Launch]:
    """For a fixture: starts streams with the words that it is given, and kills them all in the end."""
    made: list[Stream] = []

    def make(*words: str) -> Stream:
        made.append(Stream(served, folder / "stream.log", list(words)).start())
        return made[-1]

    yield make
    for stream in made:
        stream.kill()


@dataclass
class RedisServer:
    """A Redis server of its own, whose data outlive a restart."""

    folder: Path
    port: int = field(default_factory=free_port)
    password: str | None = None
    options: list[str] = field(default_factory=list)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> RedisServer:
        self.folder.mkdir(parents=True, exist_ok=True)
        words = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder), "--save", ""]
        words += ["--appendonly", "yes", "--appendfsync", "always", "--logfile", "log"]
        if self.password:
            words += ["--requirepass", self.password]
        self.process = subprocess.Popen(["redis-server", *words, *self.options], preexec_fn=dies_with_us)
        wait_until(self.answers, "Redis answers")
        return self

    def answers(self) -> bool:
        try:
            return bool(self.client().ping())
        except redis.RedisError:
            return False

    def client(self) -> redis.Redis:
        return redis.Redis(port=self.port, password=self.password, decode_responses=True)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
            self.process = None

    def url(self, stream: str, **options: Any) -> str:
        login = f":{self.password}@" if self.password else ""
        return f"redis://{login}127.0.0.1:{self.port}/0/{stream}" + query_of(options)


@dataclass
class KafkaBroker:
    """librdkafka's mock cluster, in another process."""

    process: subprocess.Popen[str]
    servers: str

    @staticmethod
    def start() -> KafkaBroker:
        process = subprocess.Popen(
            [sys.executable, str(HERE / "kafka_mock.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            preexec_fn=dies_with_us,
        )
        assert process.stdout is not None
        return KafkaBroker(process, process.stdout.readline().strip())

    def tell(self, command: str) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline().strip() == "0", command

    def stop(self) -> None:
        self.process.communicate(timeout=20)

    def url(self, topic: str, **options: Any) -> str:
        return f"kafka://{self.servers}/{topic}" + query_of(options)

    def producer(self) -> Producer:
        return Producer({"bootstrap.servers": self.servers, "enable.idempotence": True, "linger.ms": 2, "log_level": 0})


@dataclass
class Reader:
    """Reads a topic from its beginning, outside of any group."""

    broker: KafkaBroker
    topic: str
    partitions: int
    messages: list[Any] = field(default_factory=list)
    consumer: Consumer | None = None

    def read(self) -> list[Any]:
        """All messages so far."""
        if self.consumer is None:
            settings = {"bootstrap.servers": self.broker.servers, "group.id": "nobody", "log_level": 0}
            self.consumer = Consumer({**settings, "isolation.level": "read_uncommitted"})
            places = [TopicPartition(self.topic, part, OFFSET_BEGINNING) for part in range(self.partitions)]
            self.consumer.assign(places)
        for message in self.consumer.consume(5_000, timeout=0.2):
            if message.error() is None:
                self.messages.append(message)
        return self.messages

    def wait_for(self, count: int, seconds: float = SECONDS_MAX) -> list[Any]:
        wait_until(lambda: len(self.read()) >= count, f"{count} messages in {self.topic}", seconds)
        return self.messages


def query_of(options: dict[str, Any]) -> str:
    return "?" + "&".join(f"{name}={value}" for name, value in options.items()) if options else ""
