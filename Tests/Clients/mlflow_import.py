"""Runs `martlet import mlflow`, and looks at what it brought."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from typing import Any

from martlet import Martlet, binary, fresh_postgres_url
from mlflow.tracking import MlflowClient


def mlflow_postgres_url() -> str:
    """A PostgreSQL database as people name it to MLflow: with the driver that it has there."""
    return fresh_postgres_url().replace("://", "+psycopg2://", 1)


def command(uri: str, server: Martlet, *options: str) -> list[str]:
    store = ["--backend-store-uri", server.store] if server.store else []
    return [binary(), "import", "mlflow", "--from", uri, "--data-dir", str(server.folder / "data"), *store, *options]


def imported(uri: str, server: Martlet, *options: str, status: int = 0) -> dict[str, Any]:
    done = subprocess.run(
        command(uri, server, "--json", *options), capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == status, differing(done.stdout) + done.stderr
    return dict(json.loads(done.stdout))


def differing(report: str) -> str:
    """The kinds of a report whose two sides differ, for a message."""
    return str([kind for kind in json.loads(report or "{}").get("kinds", []) if not kind["equal"]])


def refused(uri: str, server: Martlet, *options: str, status: int = 1) -> str:
    done = subprocess.run(command(uri, server, *options), capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == status, done.stdout
    return done.stderr


def opened(server: Martlet) -> sqlite3.Connection:
    """Martlet's SQLite file, with the order that its indices have."""
    database = sqlite3.connect(server.folder / "data/martlet.sqlite")
    database.create_collation("C", lambda a, b: (a.encode() > b.encode()) - (a.encode() < b.encode()))
    return database


def counts(report: dict[str, Any]) -> dict[str, int]:
    return {kind["kind"]: kind["target"] for kind in report["kinds"]}


def reader(server: Martlet) -> MlflowClient:
    return MlflowClient(tracking_uri=server.url, registry_uri=server.url)


def rows(server: Martlet) -> dict[str, int]:
    """How many rows each table has."""
    with opened(server) as database:
        tables = [
            name
            for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            if not name.startswith(("sqlite", "activit", "schema"))
        ]
        return {name: database.execute(f"SELECT COUNT(*) FROM {name}").fetchone()[0] for name in tables}
