"""Sends events at a steady pace through `martlet stream`, and measures what a reader of the output sees.

usage: python Benchmarks/stream.py [--kind redis|kafka] [--pace N] [--seconds N] [--processes N] [--json FILE]
MARTLET_BINARY names another build. Latency is from the moment at which an event was to be sent to the moment at which
its reply was read. redis-server and librdkafka's mock cluster run on the same machine, and so does this program: all of
them share its cores. The model is make_model.py's: trees over 30 columns.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import redis
from artifacts import free_port, serving
from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition

HERE = Path(__file__).resolve().parent
BINARY = os.environ.get("MARTLET_BINARY", str(HERE.parent / ".build/release/martlet"))
COLUMNS, SEED, PARTITIONS = 30, 9, 4
TICK_S, WAIT_S = 0.01, 60.0
Sent = tuple[str, str]


class Ends(Protocol):
    def addresses(self) -> list[str]: ...

    def send(self, events: list[Sent]) -> None: ...

    def read(self) -> list[str]:
        """The ids of replies that came since the last call."""


class RedisEnds:
    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        words = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""]
        self.process = subprocess.Popen(["redis-server", *words], stdout=subprocess.DEVNULL)
        self.writer, self.reader = (redis.Redis(port=self.port, decode_responses=True) for _ in range(2))
        self.last = "0"
        wait(self.answers, "Redis answers")

    def answers(self) -> bool:
        try:
            return bool(self.writer.ping())
        except redis.RedisError:
            return False

    def addresses(self) -> list[str]:
        base = f"redis://127.0.0.1:{self.port}/0"
        return ["--in", f"{base}/in?group=bench", "--out", f"{base}/out", "--dead-letters", f"{base}/dead"]

    def send(self, events: list[Sent]) -> None:
        pipe = self.writer.pipeline(transaction=False)
        for identity, value in events:
            pipe.xadd("in", {"id": identity, "value": value})
        pipe.execute()

    def read(self) -> list[str]:
        found: Any = self.reader.xread({"out": self.last}, count=5_000, block=100)
        if not found:
            return []
        entries = found[0][1]
        self.last = entries[-1][0]
        return [fields["id"] for _, fields in entries]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


class KafkaEnds:
    def __init__(self, folder: Path) -> None:
        topics = [f"{name}:{PARTITIONS}" for name in ("in", "out", "dead")]
        self.process = subprocess.Popen(
            [sys.executable, HERE.parent / "Tests/Clients/kafka_mock.py", *topics],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout is not None
        self.servers = self.process.stdout.readline().strip()
        common = {"bootstrap.servers": self.servers, "log_level": 0}
        self.writer = Producer({**common, "enable.idempotence": True, "linger.ms": 1})
        # The mock does not wake a fetch that waits, and half a second is usual.
        self.reader = Consumer({**common, "group.id": "nobody", "fetch.wait.max.ms": 10})
        self.reader.assign([TopicPartition("out", part, OFFSET_BEGINNING) for part in range(PARTITIONS)])

    def addresses(self) -> list[str]:
        base = f"kafka://{self.servers}"
        source = f"{base}/in?group=bench&session_timeout_ms=6000"
        return ["--in", source, "--out", f"{base}/out", "--dead-letters", f"{base}/dead"]

    def send(self, events: list[Sent]) -> None:
        for identity, value in events:
            self.writer.produce("in", value, key=identity, headers={"id": identity})
        self.writer.poll(0)

    def read(self) -> list[str]:
        found = [message for message in self.reader.consume(5_000, timeout=0.02) if message.error() is None]
        return [message.key().decode() for message in found]

    def stop(self) -> None:
        self.reader.close()
        self.process.communicate(timeout=20)


def comes(is_so: Callable[[], bool]) -> bool:
    end = time.monotonic() + WAIT_S
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def wait(is_so: Callable[[], bool], what: str) -> None:
    assert comes(is_so), what


class Replies(threading.Thread):
    """Reads the output and keeps when each reply was seen first, and how often it stands there."""

    def __init__(self, ends: Ends) -> None:
        super().__init__(daemon=True)
        self.ends = ends
        self.seen: dict[str, float] = {}
        self.counts: Counter[str] = Counter()
        self.is_over = threading.Event()

    def run(self) -> None:
        while not self.is_over.is_set():
            ids = self.ends.read()
            now = time.monotonic()
            self.counts.update(ids)
            for identity in ids:
                self.seen.setdefault(identity, now)


def measured(ends: Ends, options: argparse.Namespace) -> dict[str, float]:
    draw = np.random.default_rng(SEED)
    rows = [
        json.dumps({f"f{column}": float(value) for column, value in enumerate(row)})
        for row in draw.uniform(-2, 2, (1_000, COLUMNS)).round(4)
    ]
    replies = Replies(ends)
    replies.start()
    warm = [f"warm-{number}" for number in range(200)]
    ends.send([(identity, rows[0]) for identity in warm])
    wait(lambda: all(identity in replies.seen for identity in warm), "the first replies")
    due: dict[str, float] = {}
    each = round(options.pace * TICK_S)
    start = time.monotonic()
    for tick in range(round(options.seconds / TICK_S)):
        at = start + tick * TICK_S
        time.sleep(max(0.0, at - time.monotonic()))
        batch = [(f"e{tick}-{number}", rows[(tick * each + number) % len(rows)]) for number in range(each)]
        due.update((identity, at) for identity, _ in batch)
        ends.send(batch)
    sent_in = time.monotonic() - start
    # Those that never come are told as lost.
    comes(lambda: len(replies.seen) >= len(due) + len(warm))
    done_in = time.monotonic() - start
    # A consumer must not be closed while it reads.
    replies.is_over.set()
    replies.join()
    latencies = sorted(
        (replies.seen[identity] - at) * 1_000 for identity, at in due.items() if identity in replies.seen
    )
    return {
        "events": len(due),
        "sent_per_s": len(due) / sent_in,
        "answered_per_s": len(latencies) / done_in,
        "p50_ms": statistics.median(latencies),
        "p99_ms": latencies[int(len(latencies) * 0.99)],
        "max_ms": latencies[-1],
        "lost": len(due) - len(latencies),
        "doubled": sum(count - 1 for count in replies.counts.values()),
    }


def stream(folder: Path, url: str, options: argparse.Namespace) -> dict[str, float]:
    subprocess.run([sys.executable, HERE / "make_model.py", folder / "model", "--register", url], check=True)
    ends = {"redis": RedisEnds, "kafka": KafkaEnds}[options.kind](folder)
    words = [BINARY, "stream", "--model", "bench-trees/1", *ends.addresses()]
    environment = {**os.environ, "MARTLET_URL": url}
    streams = [subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL) for _ in range(options.processes)]
    try:
        return measured(ends, options)
    finally:
        for process in streams:
            process.terminate()
            process.wait()
        ends.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", choices=["redis", "kafka"], default="redis")
    parser.add_argument("--pace", type=int, default=5_000)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, serving(BINARY, Path(name)) as (_, port):
        found = stream(Path(name), f"http://127.0.0.1:{port}", options)
    print("| " + " | ".join(found) + " |\n|" + "---|" * len(found))
    print("| " + " | ".join(f"{value:,.0f}" for value in found.values()) + " |")
    if options.json:
        options.json.write_text(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
