"""Traces that MLflow itself wrote into a store, and what a client reads of them out of any server or store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import mlflow
from mlflow.entities import AssessmentSource, TraceInfo, TraceLocation, TraceState
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
from mlflow.tracking import MlflowClient
from mlflow_store import Store, ids

# Where spans and artifacts lie is not the same on both sides.
PLACES = ("mlflow.artifactLocation", "mlflow.trace.spansLocation")
IN_FILES = "tr-" + "f" * 32
UNFINISHED = "tr-" + "a" * 32


@contextmanager
def tracking(uri: str) -> Iterator[MlflowClient]:
    """What is traced meanwhile goes to `uri`."""
    mlflow.set_tracking_uri(uri)
    try:
        yield MlflowClient(uri, uri)
        mlflow.flush_trace_async_logging()
    finally:
        mlflow.set_tracking_uri(None)


def write_traces(store: Store) -> None:
    """Traces whose spans are in the database and in files, one that goes on, and what is said of them."""
    with tracking(store.uri) as client:
        local = client.create_experiment("traced", str(store.root / "traced"))
        remote = client.create_experiment("traced far away", "s3://bucket/traces")
        whole, other, _ = (traced(client, home, name) for home, name in ((local, "Ünï"), (local, "b"), (remote, "c")))
        run = client.create_run(local).info.run_id
        client.link_traces_to_run([whole, other], run)
        client.set_trace_tag(whole, "mood", "gööd")
        judge(whole)
        attachment = store.root / "traced" / "traces" / whole / "artifacts" / "attachments" / "Ünï.bin"
        attachment.parent.mkdir(parents=True)
        attachment.write_bytes(bytes(range(256)))
    database = SqlAlchemyStore(store.uri, str(store.root / "0"))
    tell(database, IN_FILES, local, TraceState.OK)
    # As MLflow kept spans before its database had a place for them.
    spans = store.root / "traced" / "traces" / IN_FILES / "artifacts" / "traces.json"
    spans.parent.mkdir(parents=True)
    spans.write_text('{"spans": []}')
    tell(database, UNFINISHED, local, TraceState.IN_PROGRESS)
    with database.engine.begin() as connection:
        # No price is known here of a model of that name.
        connection.exec_driver_sql(
            "UPDATE trace_info SET input_cost = 0.1, output_cost = 0.00001, total_cost = 3"
            f" WHERE request_id = '{whole}'"
        )


def traced(client: MlflowClient, home: str, name: str) -> str:
    """A trace with two spans and tokens."""
    root = client.start_trace(name, inputs={"q": "→"}, attributes={"unit": "apples"}, experiment_id=home)
    usage = {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}
    child = client.start_span("inner", root.trace_id, root.span_id, inputs=[1, 2.5])
    child.set_attribute("mlflow.chat.tokenUsage", usage)
    client.end_span(root.trace_id, child.span_id, outputs={"deep": [None, True]})
    client.end_trace(root.trace_id, outputs="done")
    mlflow.flush_trace_async_logging()
    return root.trace_id


def tell(database: SqlAlchemyStore, trace: str, home: str, state: TraceState) -> None:
    location = TraceLocation.from_experiment_id(home)
    metadata = {"mlflow.trace.session": "s-1", "own": "1"}
    database.start_trace(TraceInfo(trace, location, 1_700_000_000_123, state, trace_metadata=metadata))


def judge(trace: str) -> None:
    """Something said of each kind, and something in the place of another."""
    person = AssessmentSource("HUMAN", "me")
    said = mlflow.log_feedback(trace_id=trace, name="ok", value=True, rationale="r", metadata={"a": "b"}, source=person)
    mlflow.override_feedback(trace_id=trace, assessment_id=said.assessment_id, value=0.25, source=person)
    mlflow.log_feedback(trace_id=trace, name="failed", error=ValueError("x"))
    mlflow.log_expectation(trace_id=trace, name="wanted", value={"a": [1, "→"]})
    mlflow.log_expectation(trace_id=trace, name="number", value=3)


def all_traces(uri: str) -> dict[str, dict[str, Any]]:
    """All that a client can read of traces, in a form that is the same for MLflow's store and for Martlet."""
    with tracking(uri) as client:
        infos = client.search_traces(locations=ids(client), include_spans=False, max_results=500)
        return {trace.info.trace_id: read(client, trace.info) for trace in infos}


def read(client: MlflowClient, info: TraceInfo) -> dict[str, Any]:
    told = info.to_dict()
    told["tags"] = {key: value for key, value in told["tags"].items() if key not in PLACES}
    told["assessments"] = sorted(told.get("assessments", []), key=lambda said: said["assessment_id"])
    for said in told["assessments"]:
        if "expectation" in said:
            # MLflow's client takes no validity of an expectation from a server.
            said.pop("valid", None)
    is_whole = info.state != TraceState.IN_PROGRESS
    return {
        "info": told,
        "spans": [span.to_dict() for span in client.get_trace(info.trace_id).data.spans] if is_whole else [],
    }


def linked(uri: str, run: str) -> set[str]:
    """The traces that are found by a run."""
    with tracking(uri) as client:
        found = client.search_traces(locations=ids(client), run_id=run, include_spans=False)
        return {trace.info.trace_id for trace in found}


def upgraded(uri: str) -> None:
    """Brings MLflow's database from 3.17.2 to 3.18."""
    text = (Path(__file__).parent / "Fixtures" / "mlflow_3_18.sql").read_text()
    lines = [line for line in text.splitlines() if not line.startswith("--")]
    engine = SqlAlchemyStore(uri, "/unused").engine
    with engine.begin() as connection:
        for statement in "\n".join(lines).split(";"):
            if statement.strip():
                connection.exec_driver_sql(statement)
