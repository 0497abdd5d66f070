"""Starts, stops and kills one Martlet server, each with its own folder and, on PostgreSQL, its own database."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import requests

START_SECONDS_MAX = 20.0
STOP_SECONDS_MAX = 20.0
PR_SET_PDEATHSIG = 1
DATABASES = ["sqlite", "postgresql"]


def binary() -> str:
    path = os.environ.get("MARTLET_BINARY", "")
    assert path and Path(path).is_file(), "MARTLET_BINARY must name the martlet executable; `make test` sets it"
    return path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def dies_with_us() -> None:
    """In the child: should the tests be killed, so is the server."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def fresh_postgres_url() -> str:
    """A database of its own on the test server."""
    url = os.environ.get("MARTLET_TEST_POSTGRES_URL", "")
    assert url, "MARTLET_TEST_POSTGRES_URL must name a PostgreSQL server; Scripts/with-postgres sets it"
    name = f"clients_{uuid.uuid4().hex[:12]}"
    subprocess.run(["psql", "-q", "-d", url, "-c", f"CREATE DATABASE {name}"], check=True, capture_output=True)
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def store_of(database: str) -> str | None:
    """What --backend-store-uri takes for one of ``DATABASES``; nothing for SQLite in the data folder."""
    return fresh_postgres_url() if database == "postgresql" else None


@dataclass
class Martlet:
    """A server process. `store` is its database's URL, or nothing for SQLite in its folder."""

    folder: Path
    store: str | None = None
    environment: dict[str, str] = field(default_factory=dict)
    options: list[str] = field(default_factory=list)
    port: int = field(default_factory=free_port)
    grpc_port: int | None = None
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / "test-server.log"

    def command(self) -> list[str]:
        store = ["--backend-store-uri", self.store] if self.store else []
        where = ["--host", "127.0.0.1", "--port", str(self.port), "--data-dir", str(self.folder / "data")]
        grpc = ["--grpc-port", str(self.grpc_port)] if self.grpc_port is not None else []
        return [binary(), "server", *where, *grpc, *store, *self.options]

    def start(self) -> Martlet:
        """Starts the process and waits until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as sink:
            self.process = subprocess.Popen(
                self.command(),
                stdout=sink,
                stderr=subprocess.STDOUT,
                env={**os.environ, "MARTLET_PYTHON": sys.executable, **self.environment},
                preexec_fn=dies_with_us,
            )
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline and self.process.poll() is None:
            if self.answers():
                return self
            time.sleep(0.01)
        self.kill()
        raise AssertionError(f"the server did not start:\n{self.log.read_text(errors='replace')[-2000:]}")

    def answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/health", timeout=2).status_code == 200
        except requests.RequestException:
            return False

    def stop(self) -> int:
        """SIGTERM, as a supervisor sends it; the exit status."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError("the server did not stop on SIGTERM") from None

    def kill(self) -> None:
        """SIGKILL: nothing is finished, nothing is flushed."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
