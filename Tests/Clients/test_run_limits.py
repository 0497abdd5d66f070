"""An ONNX model that hangs, or answers without end, harms neither the server nor other models."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
import requests
from martlet import Martlet, binary

FIXTURES = Path(__file__).parents[1] / "InferenceTests" / "Fixtures"
ENDLESS = 1e12
SECONDS_MAX = 2


@dataclass
class Served(Martlet):
    """A `martlet serve` process of the models in `folder`."""

    def command(self) -> list[str]:
        models = ["--models", str(self.folder / "models.toml"), "--allow-unpinned"]
        return [binary(), "serve", *models, "--port", str(self.port), "--run-timeout", str(SECONDS_MAX)]

    def asked(self, model: str, number: float) -> requests.Response:
        body = {"model_name": model, "inputs": [number]}
        return requests.post(f"{self.url}/predict", json=body, timeout=60)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("limits")
    for name in ("turns", "room"):
        shutil.copy(FIXTURES / f"{name}.onnx", folder)
    tables = [f'[models.{name}]\nversion = "1"\nartifact_path = "{name}.onnx"\n' for name in ("turns", "room")]
    (folder / "models.toml").write_text("\n".join(tables))
    served = Served(folder).start()
    yield served
    assert served.stop() == 0, served.log.read_text()[-2000:]


def test_a_model_that_hangs_is_ended_and_holds_nobody_up(served: Served) -> None:
    with ThreadPoolExecutor(8) as pool:
        hanging = [pool.submit(served.asked, "turns", ENDLESS) for _ in range(8)]
        slowest, count = 0.0, 0
        while not all(one.done() for one in hanging):
            start = time.monotonic()
            assert requests.get(f"{served.url}/health", timeout=60).status_code == 200
            assert served.asked("room", 2).status_code == 200
            slowest, count = max(slowest, time.monotonic() - start), count + 1
        answers = [one.result() for one in hanging]
    assert count > 1 and slowest < SECONDS_MAX, "others waited for the one that hangs"
    assert {answer.status_code for answer in answers} == {504}
    assert {answer.json()["error_code"] for answer in answers} == {"DEADLINE_EXCEEDED"}
    assert served.asked("turns", 3).status_code == 200


def test_an_answer_without_end_is_refused_before_it_is_there(served: Served) -> None:
    assert served.process is not None
    process = psutil.Process(served.process.pid)
    before = process.memory_info().rss
    for number in (2.5e9, 1e12, 17e6):
        answer = served.asked("room", number)
        assert answer.status_code == 500 and "MiB" in answer.json()["message"], answer.text
    assert process.memory_info().rss - before < 1 << 30
    assert served.asked("room", 2).status_code == 200
