"""Martlet's own HTTP API, as far as the demo needs it beside MLflow's client."""

from __future__ import annotations

from typing import Any

import requests

JSON = Any


class Refused(Exception):
    """The server answered, but not with what was asked for."""


class Server:
    """One Martlet server, by its base URL."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._session = requests.Session()

    def get(self, path: str, **query: str | int) -> JSON:
        return self._answer("GET", path, params=query)

    def post(self, path: str, body: JSON, headers: dict[str, str] | None = None) -> JSON:
        return self._answer("POST", path, json=body, headers=headers)

    def page(self, path: str) -> str:
        """The URL of a page for people."""
        return self.url + path

    def _answer(self, method: str, path: str, **options: Any) -> JSON:
        response = self._session.request(method, self.url + path, timeout=60, **options)
        if not response.ok:
            raise Refused(f"{method} {path} → {response.status_code} {response.text[:400]}")
        return response.json()
