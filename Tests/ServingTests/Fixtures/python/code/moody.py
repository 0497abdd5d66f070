"""A model whose column `mood` says how it is to behave."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd


class Moody:
    def __init__(self, data: str) -> None:
        self.data = data
        if (Path(data).parent / "broken").exists():
            raise ValueError("this model can't be loaded")
        gate = Path(data).parent / "gate"
        if gate.exists():
            awaited = Path(gate.read_text())
            awaited.with_name("begun").touch()
            while not awaited.exists():
                time.sleep(0.05)

    def predict(self, frame: pd.DataFrame, params: dict[str, Any] | None = None) -> Any:
        mood = frame["mood"].iloc[0]
        print("something on standard output", flush=True)
        print("something on standard error", file=sys.stderr)
        if mood == "asleep":
            time.sleep(3_600)
        if mood == "slow":
            time.sleep(0.1)
        if mood == "dying" or (mood == "dying once" and not Path("died").exists()):
            Path("died").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if mood == "failing":
            raise ValueError("x is not to my taste")
        if mood == "leaving":
            sys.exit(3)
        if mood == "short":
            return frame["x"].to_numpy()[:-1]
        if mood == "huge":
            return np.zeros(32 << 20)
        if mood == "vast":
            return np.broadcast_to(0.0, 10 << 27)
        if mood == "greedy":
            hoard = []
            while True:
                hoard.append(np.ones(1 << 20))
        factor = (params or {}).get("factor", 2.0)
        if mood == "nested":
            return [{"deep": [x * factor]} for x in frame["x"]]
        if mood == "array":
            return frame["x"].to_numpy() * factor
        if mood == "nan":
            return frame["x"].to_numpy() * float("nan")
        return pd.DataFrame({"twice": frame["x"] * factor})


def _load_pyfunc(data: str) -> Moody:
    return Moody(data)
