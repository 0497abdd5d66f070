"""What `make run` does after the build: the demo through to its end, and the second start in under a second."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import requests
from martlet import binary, free_port

ROOT = Path(__file__).resolve().parents[2]
DEMO_SECONDS_MAX = 170


def command(folder: Path, port: int, *options: str) -> list[str]:
    where = ["--binary", binary(), "--port", str(port), "--data-dir", str(folder / "data")]
    return [sys.executable, str(ROOT / "Scripts/run"), *where, *options]


def test_the_demo_goes_through_and_the_second_start_is_quick(tmp_path: Path) -> None:
    port = free_port()
    told = subprocess.run(
        command(tmp_path, port, "--leave-after-demo"), capture_output=True, text=True, timeout=DEMO_SECONDS_MAX
    )
    assert told.returncode == 0, told.stdout[-3000:] + told.stderr[-3000:]
    for step in ("Train on real data", "Promote", "Deploy", "Watch", "Where to look"):
        assert step in told.stdout
    assert "Traceback" not in told.stdout + told.stderr
    places = json.loads((tmp_path / "data/demo.json").read_text())["places"]
    assert len(places) >= 6

    started = time.monotonic()
    with subprocess.Popen(
        command(tmp_path, port), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as again:
        try:
            shown = [line for _, line in zip(range(40), iter_until(again, "Ctrl-C"))]
            seconds = time.monotonic() - started
            models = requests.get(f"http://127.0.0.1:{port}/api/2.0/mlflow/registered-models/search", timeout=5).json()[
                "registered_models"
            ]
        finally:
            again.send_signal(signal.SIGINT)
        rest, _ = again.communicate(timeout=20)
    assert again.returncode in (0, 130)
    assert "Traceback" not in rest
    assert seconds < 1.0, shown
    assert {model["name"] for model in models} == {"breast-cancer-classifier", "sp500-volatility"}
    stages = {version["current_stage"] for model in models for version in model["latest_versions"]}
    assert stages == {"Production", "Archived"}


def iter_until(process: subprocess.Popen[str], word: str) -> list[str]:
    lines: list[str] = []
    for line in process.stdout or ():
        lines.append(line)
        if word in line:
            break
    return lines
