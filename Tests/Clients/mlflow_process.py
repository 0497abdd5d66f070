"""A real MLflow server, for what stands before one."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

import requests
from martlet import dies_with_us, free_port

SECONDS_MAX = 120


class MLflowProcess:
    """A real MLflow server."""

    def __init__(self, folder: Path, *options: str) -> None:
        """Starts one with its data in `folder`; it serves its artifacts to clients, unless `options` say otherwise."""
        folder.mkdir()
        self._options = options or ("--artifacts-destination", str(folder / "artifacts"))
        self.url = f"http://127.0.0.1:{free_port()}"
        self.log = folder / "mlflow.log"
        self._folder = folder
        self.start()

    def start(self) -> None:
        words = ["server", "--host", "127.0.0.1", "--port", self.url.rsplit(":", 1)[1], "--workers", "1"]
        words += ["--backend-store-uri", f"sqlite:///{self._folder}/mlflow.db"]
        words += self._options
        with self.log.open("ab") as sink:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "mlflow", *words],
                stdout=sink,
                stderr=subprocess.STDOUT,
                env={**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
                preexec_fn=dies_with_us,
                start_new_session=True,
            )
        deadline = time.monotonic() + SECONDS_MAX
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if requests.get(f"{self.url}/health", timeout=2).ok:
                    return
            except requests.RequestException:
                time.sleep(0.2)
        self.stop()
        raise AssertionError(f"MLflow did not start:\n{self.log.read_text()[-2000:]}")

    def stop(self) -> None:
        # Its workers are children of their own.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, 9)
        self.process.wait(20)
