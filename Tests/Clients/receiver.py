"""A receiver of webhooks: a real server on loopback that remembers what it was sent."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SECONDS_MAX = 20


@dataclass(frozen=True)
class Delivery:
    path: str
    headers: dict[str, str]
    text: str

    @property
    def body(self) -> dict[str, Any]:
        return json.loads(self.text)


class Receiver:
    """Answers with `answers` one after another, then with 200."""

    def __init__(self, address: str) -> None:
        self.url = address
        self.answers: list[tuple[int, dict[str, str]]] = []
        self._taken: list[Delivery] = []
        self._changed = threading.Condition()

    def take(self, delivery: Delivery) -> tuple[int, dict[str, str]]:
        with self._changed:
            self._taken.append(delivery)
            self._changed.notify_all()
            return self.answers.pop(0) if self.answers else (200, {})

    def wait(self, count: int) -> list[Delivery]:
        """The first `count` deliveries, once they are there."""
        deadline = time.monotonic() + SECONDS_MAX
        with self._changed:
            while len(self._taken) < count:
                left = deadline - time.monotonic()
                assert left > 0 and self._changed.wait(left), f"{len(self._taken)} of {count} deliveries came"
            return self._taken[:]


@contextmanager
def receiver(port: int = 0) -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, more = here.take(Delivery(self.path, headers, text))
            self.send_response(status)
            for name, value in more.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"read")

        def log_message(self, *words: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    here = Receiver(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
