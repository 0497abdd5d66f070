"""Ten thousand connections at once: all are answered, those that vanish leave nothing behind."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import socket
import struct
from collections.abc import Callable, Iterator

import mlflow
import pytest
from martlet import Martlet
from mlflow.tracking import MlflowClient
from models import column_signature, register, regressor_graph
from rest import Rest
from streams import wait_until
from test_serving import DEPLOY, record

Launch = Callable[..., Martlet]

WANTED = 10_000
# What both processes need besides.
SPARE = 500


@pytest.fixture
def connections_max() -> Iterator[int]:
    """As many connections as this process may hold, as a shell starts it and beyond."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = hard if hard != resource.RLIM_INFINITY else WANTED + SPARE
    if allowed < 2_000 + SPARE:
        pytest.skip(f"the system allows a process {allowed} open files, too few for many connections")
    yield min(WANTED, allowed - SPARE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def open_files(server: Martlet) -> int:
    assert server.process is not None
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


async def answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK"), head
    length = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    return await reader.readexactly(int(length.split(b":")[1]))


async def hold(server: Martlet, count: int, request: bytes, expected: object) -> None:
    gate = asyncio.Semaphore(200)
    streams: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def connect() -> None:
        async with gate:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert await answer(reader) == b"OK"
            streams.append((reader, writer))

    async def predict(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(request)
        assert json.loads(await answer(reader))["prediction"] == expected

    await asyncio.gather(*(connect() for _ in range(count)))
    assert open_files(server) >= count
    # All of them at once.
    await asyncio.gather(*(predict(*stream) for stream in streams))
    gone, left = streams[::2], streams[1::2]
    for _, writer in gone:
        # The other end gets a reset, as from a machine that went away.
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.write(request[:-5])
        writer.transport.abort()
    await asyncio.gather(*(predict(*stream) for stream in left))
    for _, writer in left:
        writer.close()
    await asyncio.gather(*(writer.wait_closed() for _, writer in left), return_exceptions=True)


def test_many_connections_are_answered_and_let_go(launch: Launch, connections_max: int) -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    # The server raises what a shell leaves it.
    resource.setrlimit(resource.RLIMIT_NOFILE, (1_024, hard))
    server = launch("many").start()
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    mlflow.set_tracking_uri(server.url)
    mlflow.set_registry_uri(server.url)
    rest, graph = Rest(server.url), regressor_graph()
    model = register(MlflowClient(server.url), graph, column_signature(graph))
    rest.post(DEPLOY, {"model_name": model.name, "version": model.version})
    asked = {"model_name": model.name, "inputs": record(model, 0)}
    body = json.dumps(asked).encode()
    head = f"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
    before = open_files(server)
    expected = rest.post("/predict", asked)["prediction"]
    asyncio.run(hold(server, connections_max, head.encode() + body, expected))
    wait_until(lambda: open_files(server) <= before + 20, "the connections to be let go")
    assert server.stop() == 0
