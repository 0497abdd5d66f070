"""Sends a large file through a Martlet server and fetches it back, and measures the server's resident memory.

usage: python Benchmarks/artifacts.py [--megabytes N] [--destination URI]     (MARTLET_BINARY names another build)
The file is made on the way and kept nowhere; what comes back is compared by its SHA-256.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import os
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CHUNK = 1 << 20
START_SECONDS_MAX = 20.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def resident_bytes(process: int) -> int:
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


class Watch(threading.Thread):
    """Keeps the largest resident memory of a process until it is told to end."""

    def __init__(self, process: int) -> None:
        super().__init__(daemon=True)
        self.process, self.largest, self.ended = process, 0, threading.Event()

    def run(self) -> None:
        while not self.ended.wait(0.02):
            self.largest = max(self.largest, resident_bytes(self.process))


def content(megabytes: int, digest: hashlib._Hash) -> Iterator[bytes]:
    block = os.urandom(CHUNK)
    for number in range(megabytes):
        chunk = number.to_bytes(8, "big") + block[8:]
        digest.update(chunk)
        yield chunk


def ready(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.05)
    raise SystemExit("the server did not start")


@contextmanager
def serving(binary: str, folder: Path, *words: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A server over a data folder in `folder`, and its port; ended afterwards."""
    port = free_port()
    command = [binary, "server", "--port", str(port), "--data-dir", str(folder / "data"), *words]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        ready(port)
        yield server, port
    finally:
        server.terminate()
        server.wait()


def round_trip(port: int, megabytes: int) -> tuple[float, float]:
    """Seconds up and down."""
    path = "/api/2.0/mlflow-artifacts/artifacts/1/large.bin"
    sent, received = hashlib.sha256(), hashlib.sha256()
    started = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    connection.request("PUT", path, content(megabytes, sent), {"Content-Length": str(megabytes * CHUNK)})
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    answer.read()
    up = time.monotonic() - started
    started = time.monotonic()
    connection.request("GET", path)
    answer = connection.getresponse()
    while chunk := answer.read(CHUNK):
        received.update(chunk)
    assert received.digest() == sent.digest(), "what came back is not what was sent"
    return up, time.monotonic() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=2048)
    parser.add_argument("--destination", help="what --artifacts-destination is given; nothing for the data folder")
    arguments = parser.parse_args()
    binary = os.environ.get("MARTLET_BINARY", ".build/release/martlet")
    where = ["--artifacts-destination", arguments.destination] if arguments.destination else []
    with tempfile.TemporaryDirectory() as folder, serving(binary, Path(folder), *where) as (server, port):
        round_trip(port, 16)
        before = resident_bytes(server.pid)
        watch = Watch(server.pid)
        watch.start()
        up, down = round_trip(port, arguments.megabytes)
        watch.ended.set()
        grown = (watch.largest - before) / 1e6
        print(f"{arguments.megabytes} MiB: up {up:.1f} s, down {down:.1f} s; resident memory grew {grown:.1f} MB")


if __name__ == "__main__":
    main()
