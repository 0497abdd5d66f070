"""`martlet import mlflow`: traces with their spans, webhooks, and what MLflow 3.18 keeps."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
import sqlalchemy
from martlet import DATABASES, Martlet, store_of
from mlflow.entities import TraceState
from mlflow.entities.webhook import Webhook, WebhookAction, WebhookEntity, WebhookEvent
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
from mlflow_import import counts, imported, mlflow_postgres_url, opened, reader, refused
from mlflow_store import Store, written
from mlflow_traces import IN_FILES, UNFINISHED, all_traces, linked, tell, upgraded, write_traces

# An address that MLflow takes without asking for its name.
HOOK = "https://93.184.215.14/hook"
EVENTS = [
    WebhookEvent(WebhookEntity.MODEL_VERSION_ALIAS, WebhookAction.DELETED),
    WebhookEvent(WebhookEntity.REGISTERED_MODEL, WebhookAction.CREATED),
]


@pytest.fixture(scope="module", params=DATABASES)
def source(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """What MLflow wrote, on each database, as MLflow 3.18 has it."""
    root = tmp_path_factory.mktemp(f"mlflow-{request.param}")
    uri = f"sqlite:///{root}/mlflow.db" if request.param == "sqlite" else mlflow_postgres_url()
    store = written(uri, root / "art")
    write_traces(store)
    store.client.create_webhook("open", HOOK, EVENTS, description="whý")
    store.client.create_webhook("sealed", HOOK, EVENTS[:1], secret="s3cret")
    store.client.create_webhook("paused", HOOK, EVENTS[:1], status="DISABLED")
    gone = store.client.create_webhook("gone", HOOK, EVENTS)
    store.client.delete_webhook(gone.webhook_id)
    return store


def only_traces(uri: str, tmp_path: Path) -> Store:
    """A store with nothing but traces in it."""
    store = Store(uri, tmp_path / "art")
    SqlAlchemyStore(store.uri, str(store.root / "0"))
    write_traces(store)
    return store


def small(tmp_path: Path) -> Store:
    return only_traces(f"sqlite:///{tmp_path}/mlflow.db", tmp_path)


@pytest.mark.parametrize("target", DATABASES)
def test_traces_are_answered_as_mlflow_answers_them(source: Store, target: str, launch: Callable[..., Martlet]) -> None:
    server = launch(store=store_of(target))
    report = imported(source.uri, server)
    assert report["equal"], report
    found = counts(report)
    assert (found["traces"], found["spans"], found["runs of traces"], found["assessments"]) == (5, 6, 2, 5)
    assert report["left_out"] == {}
    assert imported(source.uri, server)["kinds"] == report["kinds"]
    server.start()
    theirs = all_traces(source.uri)
    ours = all_traces(server.url)
    assert ours.keys() == theirs.keys()
    for trace in theirs:
        assert ours[trace] == theirs[trace], trace
    assert sorted(len(trace["spans"]) for trace in ours.values()) == [0, 0, 2, 2, 2]
    client = source.client
    run = client.search_runs([client.get_experiment_by_name("traced").experiment_id])[0].info.run_id
    assert linked(server.url, run) == linked(source.uri, run)
    assert len(linked(server.url, run)) == 2
    (attachment,) = (server.folder / "data" / "artifacts").rglob("attachments/*")
    assert attachment.read_bytes() == bytes(range(256))


@pytest.mark.parametrize("target", DATABASES)
def test_webhooks_come_without_their_secrets(source: Store, target: str, launch: Callable[..., Martlet]) -> None:
    server = launch(store=store_of(target))
    report = imported(source.uri, server)
    assert counts(report)["webhooks"] == 3
    assert report["webhooks_unsigned"] == 1
    server.start()
    theirs = {webhook.webhook_id: webhook for webhook in source.client.list_webhooks()}
    ours = {webhook.webhook_id: webhook for webhook in reader(server).list_webhooks()}
    assert ours.keys() == theirs.keys()
    for id, webhook in ours.items():
        their = theirs[id]
        assert told(webhook) == told(their)
    statuses = {webhook.name: webhook.status for webhook in ours.values()}
    assert statuses == {"open": "ACTIVE", "sealed": "DISABLED", "paused": "DISABLED"}
    deleted = next(id for id, webhook in ours.items() if webhook.name == "open")
    reader(server).delete_webhook(deleted)
    server.stop()
    again = imported(source.uri, server, status=1)
    assert [kind["kind"] for kind in again["kinds"] if not kind["equal"]] == ["webhooks"]
    server.start()
    assert deleted not in {webhook.webhook_id for webhook in reader(server).list_webhooks()}


def told(webhook: Webhook) -> tuple[Any, ...]:
    events = {(event.entity, event.action) for event in webhook.events}
    times = (webhook.creation_timestamp, webhook.last_updated_timestamp)
    return webhook.name, webhook.url, webhook.description or "", events, times


def test_a_trace_that_went_on_has_its_end_after_the_next_import(tmp_path: Path, launch: Callable[..., Martlet]) -> None:
    store = small(tmp_path)
    server = launch()
    imported(store.uri, server)
    with sqlite3.connect(tmp_path / "mlflow.db") as database:
        ended = "UPDATE trace_info SET status = 'OK', execution_time_ms = 5 WHERE request_id = ?"
        database.execute(ended, (UNFINISHED,))
        database.execute("INSERT INTO trace_tags VALUES ('late', 'yes', ?)", (UNFINISHED,))
        database.execute(
            "INSERT INTO spans (trace_id, experiment_id, span_id, name, status, start_time_unix_nano, content)"
            " SELECT trace_id, experiment_id, 'more', name, status, 9, content FROM spans LIMIT 1"
        )
    later = store.client.create_experiment("later", "s3://bucket/later")
    tell(SqlAlchemyStore(store.uri, "/unused"), "tr-" + "b" * 32, later, TraceState.OK)
    report = imported(store.uri, server)
    assert report["equal"], report
    assert (counts(report)["traces"], counts(report)["spans"]) == (6, 7)
    with opened(server) as database:
        found = database.execute("SELECT state, duration_ms FROM traces WHERE trace_id = ?", (UNFINISHED,)).fetchone()
    assert found == ("OK", 5)


def test_a_changed_trace_is_a_difference(tmp_path: Path, launch: Callable[..., Martlet]) -> None:
    store = small(tmp_path)
    server = launch()
    imported(store.uri, server)
    with opened(server) as database:
        database.execute("UPDATE trace_tags SET value = 'other' WHERE key = 'mood'")
        database.execute("DELETE FROM trace_assessments WHERE name = 'number'")
        database.execute("UPDATE trace_metadata SET value = 'other' WHERE key = 'own'")
    # As long as it was: only what is in it tells.
    changed = next(
        path for path in (server.folder / "data/artifacts").rglob("traces.json") if IN_FILES not in str(path)
    )
    changed.write_bytes(changed.read_bytes().replace(b"apples", b"orange"))
    report = imported(store.uri, server, status=1)
    differing = [kind["kind"] for kind in report["kinds"] if not kind["equal"]]
    assert differing == ["trace tags", "trace metadata", "spans"]
    assert counts(report)["assessments"] == 5


def test_a_trace_that_is_there_already_is_refused_by_name(tmp_path: Path, launch: Callable[..., Martlet]) -> None:
    store = small(tmp_path)
    server = launch().start()
    tell_server(server)
    server.stop()
    said = refused(store.uri, server)
    assert f"trace '{IN_FILES}'" in said and "Nothing was written" in said


def tell_server(server: Martlet) -> None:
    """Tells a server of a trace that an MLflow has too."""
    trace = {
        "trace_id": IN_FILES,
        "trace_location": {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "0"}},
        "request_time": "2026-01-01T00:00:00Z",
        "state": "OK",
    }
    done = requests.post(f"{server.url}/api/3.0/mlflow/traces", json={"trace": {"trace_info": trace}}, timeout=30)
    assert done.status_code == 200, done.text


@pytest.mark.parametrize("kind", DATABASES)
def test_databases_of_mlflow_3_18_are_taken(kind: str, tmp_path: Path, launch: Callable[..., Martlet]) -> None:
    uri = f"sqlite:///{tmp_path}/mlflow.db" if kind == "sqlite" else mlflow_postgres_url()
    only_traces(uri, tmp_path)
    theirs = all_traces(uri)
    upgraded(uri)
    with sqlalchemy.create_engine(uri).begin() as connection:
        connection.exec_driver_sql("INSERT INTO skills (name, created_at, last_updated_at) VALUES ('s', 1, 1)")
        connection.exec_driver_sql(
            "INSERT INTO skill_versions (name, version, created_at, last_updated_at)"
            " VALUES ('s', 1, 1, 1), ('s', 2, 1, 1)"
        )
    server = launch()
    report = imported(uri, server)
    assert report["equal"], report
    assert report["left_out"] == {"skills": 1, "versions of skills": 2}
    server.start()
    assert all_traces(server.url) == theirs
