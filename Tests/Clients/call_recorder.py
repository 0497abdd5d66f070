"""What MLflow's client asked of a server while a test ran, and what it warned of."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

# What the client says of itself or of other packages, whatever the server answers.
OF_THE_CLIENT = (
    "Saving scikit-learn models in the pickle or cloudpickle format",
    "`artifact_path` is deprecated",
    "SHAP or matplotlib package is not installed",
    "According to the evaluation dataset label values",
)

# What the client asks to see whether something is there, and goes on whatever it hears.
QUESTIONS = {
    ("/experiments/get-by-name", "RESOURCE_DOES_NOT_EXIST"),
    ("/registered-models/create", "RESOURCE_ALREADY_EXISTS"),
}


@dataclass(frozen=True)
class Exchange:
    method: str
    path: str
    status: int
    text: str


@dataclass
class Watch(logging.Handler):
    """Tests run with no retries of the client's, so that an answer that would be asked for again is seen here."""

    url: str
    exchanges: list[Exchange] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(logging.WARNING)

    __hash__ = logging.Handler.__hash__

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if not text.startswith(OF_THE_CLIENT):
            self.warned.append(f"{record.name}: {text}")

    def asked(self, part: str) -> list[Exchange]:
        return [exchange for exchange in self.exchanges if part in exchange.path]

    def assert_untroubled(self, *absent: str) -> None:
        """No warning, and no refusal but those of `QUESTIONS` and of files whose paths end as `absent` does."""
        assert self.exchanges, "nothing was asked of the server"
        assert self.warned == []
        expected = QUESTIONS | {(path, "RESOURCE_DOES_NOT_EXIST") for path in absent}
        for exchange in self.exchanges:
            if exchange.status >= 400:
                code = json.loads(exchange.text)["error_code"]
                assert any(exchange.path.endswith(path) and code == known for path, known in expected), exchange
        assert self.asked("/traces") == [], "the client traces without being told to"


@contextmanager
def watching(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    watch = Watch(url)
    send = requests.Session.send

    def remembered(session: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        response = send(session, request, **options)
        if (request.url or "").startswith(url):
            path = urlsplit(request.url or "").path
            # The body of a success may be a file that the client reads piece by piece.
            text = response.text if response.status_code >= 400 else ""
            watch.exchanges.append(Exchange(request.method or "", path, response.status_code, text))
        return response

    monkeypatch.setattr(requests.Session, "send", remembered)
    logger = logging.getLogger("mlflow")
    level = logger.level
    logger.addHandler(watch)
    logger.setLevel(logging.WARNING)
    try:
        yield watch
    finally:
        logger.setLevel(level)
        logger.removeHandler(watch)
