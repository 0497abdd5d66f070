"""A file of 2 GiB up and down, never held whole by anybody: not by the server, and not by the test.

`MARTLET_LARGE_FILE_MIB` says how large the file is.
"""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
import requests
from martlet import DATABASES, Martlet, store_of
from rest import MLFLOW, Rest
from test_artifacts import ARTIFACTS

MIB = 1 << 20
SIZE = MIB * int(os.environ.get("MARTLET_LARGE_FILE_MIB", "2048"))
GROWTH_MAX = 50_000_000
PATTERN = random.Random(3).randbytes(MIB - 8)
WARM_UP = b"x" * MIB * 8


def pieces(digest: Any) -> Iterator[bytes]:
    """The file as it is sent, every mebibyte another; `digest` is told of each."""
    for number in range(SIZE // MIB):
        sent = piece(number)
        digest.update(sent)
        yield sent


def piece(number: int) -> bytes:
    return number.to_bytes(8) + PATTERN


def part(first: int, count: int) -> bytes:
    """Bytes out of the middle of the file."""
    number, skipped = divmod(first, MIB)
    return (piece(number) + piece(number + 1))[skipped : skipped + count]


def status(server: Martlet, line: str) -> int:
    """Bytes that a line of the kernel's notes on the server tells."""
    assert server.process is not None
    noted = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(noted.split(f"{line}:")[1].split()[0]) * 1024


def forget_peak(server: Martlet) -> None:
    assert server.process is not None
    Path(f"/proc/{server.process.pid}/clear_refs").write_text("5")


@pytest.fixture(params=DATABASES)
def own(request: pytest.FixtureRequest, launch: Callable[..., Martlet]) -> Iterator[Martlet]:
    """A server whose folder is empty afterwards: pytest keeps those of the last runs."""
    server = launch(store=store_of(request.param)).start()
    yield server
    for path in (server.folder / "data" / "artifacts").rglob("*"):
        if path.is_file():
            path.unlink()


def test_two_gibibytes_go_up_and_come_down_in_little_memory(own: Martlet) -> None:
    rest = Rest(own.url)
    run = rest.run("0")
    folder = rest.get(f"{MLFLOW}/runs/get", run_id=run)["run"]["info"]["artifact_uri"].partition("mlflow-artifacts:/")[
        2
    ]
    warm(own, folder)
    forget_peak(own)
    before = status(own, "VmRSS")

    path = f"{ARTIFACTS}/{folder}/large.bin"
    digest = hashlib.sha256()
    connection = HTTPConnection("127.0.0.1", own.port, timeout=170)
    connection.request("PUT", path, pieces(digest), {"Content-Length": str(SIZE)})
    assert connection.getresponse().status == 200
    connection.close()
    after_upload = status(own, "VmHWM") - before

    back, size = hashlib.sha256(), 0
    with requests.get(own.url + path, stream=True, timeout=60) as answer:
        assert answer.status_code == 200 and int(answer.headers["Content-Length"]) == SIZE
        for piece_of_answer in answer.iter_content(MIB):
            back.update(piece_of_answer)
            size += len(piece_of_answer)
    assert (size, back.hexdigest()) == (SIZE, digest.hexdigest())

    for first in (0, SIZE // 2 - 5, SIZE * 3 // 4 + 123_456, SIZE - MIB + 1):
        count = min(MIB - 1, SIZE - first)
        ranged = rest.send("GET", path, headers={"Range": f"bytes={first}-{first + count - 1}"})
        assert ranged.status_code == 206 and ranged.headers["Content-Range"].endswith(f"/{SIZE}")
        assert ranged.content == part(first, count), first

    checked = requests.post(f"{own.url}/api/v1/artifacts/check", json={"path": folder}, timeout=170).json()["files"]
    (file,) = (each for each in checked if each["path"].endswith("large.bin"))
    assert (file["state"], file["sha256"], file["size_bytes"]) == ("intact", digest.hexdigest(), SIZE)
    grown = status(own, "VmHWM") - before
    print(f"{SIZE // MIB} MiB: {after_upload / 1e6:.1f} MB more by the upload, {grown / 1e6:.1f} MB by all")
    assert grown < GROWTH_MAX, f"{after_upload} bytes by the upload, {grown} by all"

    assert rest.send("DELETE", path).status_code == 200
    assert not [path for path in own.folder.rglob("*large*")]


def warm(server: Martlet, folder: str) -> None:
    """What the first file of all costs is no part of what a large one does."""
    url = f"{server.url}{ARTIFACTS}/{folder}/small.bin"
    assert requests.put(url, data=WARM_UP, timeout=60).ok
    assert requests.get(url, timeout=60).content == WARM_UP
    Rest(server.url).post("/api/v1/artifacts/check", {"path": folder})
