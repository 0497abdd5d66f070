"""Plain HTTP to a Martlet server, for what MLflow's client cannot or will not send."""

from __future__ import annotations

import uuid
from typing import Any

import requests

MLFLOW = "/api/2.0/mlflow"
JSON = Any


def fresh(stem: str) -> str:
    """A name that no other test uses."""
    return f"{stem}-{uuid.uuid4().hex[:10]}"


class Rest:
    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()

    def send(self, method: str, path: str, **options: Any) -> requests.Response:
        options.setdefault("timeout", 60)
        return self.session.request(method, self.url + path, **options)

    def get(self, path: str, /, **query: Any) -> JSON:
        return self._json(self.send("GET", path, params=query))

    def post(self, path: str, body: JSON, **options: Any) -> JSON:
        return self._json(self.send("POST", path, json=body, **options))

    def refused(self, method: str, path: str, body: JSON = None, **options: Any) -> tuple[int, JSON]:
        """Status and JSON of an answer that is not a success."""
        if body is not None:
            options["json"] = body
        response = self.send(method, path, **options)
        assert response.status_code >= 400, f"{method} {path} was not refused: {response.text[:300]}"
        assert response.headers["content-type"].startswith("application/json"), response.text[:300]
        return response.status_code, response.json()

    def experiment(self, name: str | None = None) -> str:
        answer = self.post(f"{MLFLOW}/experiments/create", {"name": name or fresh("experiment")})
        return answer["experiment_id"]

    def run(self, experiment: str | None = None) -> str:
        body = {"experiment_id": experiment or self.experiment(), "start_time": 1_700_000_000_000}
        return self.post(f"{MLFLOW}/runs/create", body)["run"]["info"]["run_id"]

    def run_data(self, run: str) -> JSON:
        return self.get(f"{MLFLOW}/runs/get", run_id=run)["run"]["data"]

    def history(self, run: str, key: str) -> list[JSON]:
        """All points of a metric, page by page."""
        points: list[JSON] = []
        query: dict[str, Any] = {"run_id": run, "metric_key": key, "max_results": 25_000}
        while True:
            answer = self.get(f"{MLFLOW}/metrics/get-history", **query)
            points += answer.get("metrics", [])
            if not answer.get("next_page_token"):
                return points
            query["page_token"] = answer["next_page_token"]

    def _json(self, response: requests.Response) -> JSON:
        assert response.ok, f"{response.request.method} {response.url} → {response.status_code} {response.text[:500]}"
        return response.json() if response.content else {}
