"""MLflow without its chatter: set before it is imported, and around the calls that print."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import warnings
from collections.abc import Iterator

SETTINGS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
    "GIT_PYTHON_REFRESH": "quiet",
    "MPLBACKEND": "Agg",
}


def settle() -> None:
    """Call before `mlflow` is imported."""
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    warnings.simplefilter("ignore")
    for name in ("mlflow", "skl2onnx", "matplotlib"):
        logging.getLogger(name).setLevel(logging.ERROR)


@contextlib.contextmanager
def chatter_off() -> Iterator[None]:
    """Drops what is printed inside, and puts it on the error when there is one."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            yield
    except Exception as error:
        if text := said.getvalue().strip():
            error.add_note(text)
        raise
