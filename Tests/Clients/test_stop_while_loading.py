"""Commands that are told to stop while their model is being loaded, which may take half an hour."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import cloudpickle
import mlflow
import pandas as pd
import pytest
from command_line import clean_environment
from martlet import Martlet, binary, dies_with_us
from mlflow.tracking import MlflowClient
from pyfunc import logged_custom
from rest import fresh
from streams import wait_until

SECONDS_MAX = 60.0
# Nobody listens there; nobody is asked before the model is loaded.
NOWHERE = "redis://127.0.0.1:1/0"

cloudpickle.register_pickle_by_value(sys.modules[__name__])


class Slow(mlflow.pyfunc.PythonModel):
    """Leaves a mark when it is being loaded in another process, and takes its time."""

    def __init__(self, mark: Path) -> None:
        self.mark = str(mark)
        self.maker = os.getpid()

    def load_context(self, context: Any) -> None:
        if os.getpid() != self.maker:
            Path(self.mark).touch()
            time.sleep(600)

    def predict(self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        return model_input


@pytest.mark.parametrize(
    ("command", "number", "code"),
    [("stream", signal.SIGINT, 130), ("stream", signal.SIGTERM, 143), ("predict", signal.SIGINT, 130)],
)
def test_a_signal_ends_it_at_once(
    server: Martlet, client: MlflowClient, tmp_path: Path, command: str, number: signal.Signals, code: int
) -> None:
    mark, scratch, name = tmp_path / "mark", tmp_path / "scratch", fresh("slow")
    scratch.mkdir()
    mlflow.set_experiment(fresh("pyfunc"))
    with mlflow.start_run():
        logged_custom(name, Slow(mark))
    words = [command, "--model", f"{name}/1", "--worker-start-timeout", "600"]
    if command == "stream":
        words += ["--in", f"{NOWHERE}/in?group=g", "--out", f"{NOWHERE}/out", "--dead-letters", f"{NOWHERE}/dead"]
    else:
        source = tmp_path / "in.parquet"
        pd.DataFrame({"x": [1.0], "word": ["a"]}).to_parquet(source)
        words += ["--in", str(source), "--out", str(tmp_path / "out.parquet")]
    environment = clean_environment(MARTLET_URL=server.url, MARTLET_PYTHON=sys.executable, TMPDIR=str(scratch))
    process = subprocess.Popen(
        [binary(), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        preexec_fn=dies_with_us,
    )
    try:
        wait_until(lambda: mark.exists() or process.poll() is not None, "the model is being loaded")
        process.send_signal(number)
        said = process.communicate(timeout=SECONDS_MAX)[1]
    finally:
        process.kill()
    assert process.returncode == code, said
    assert "Stopped" in said
    assert not list(scratch.glob("martlet-stream-*"))
