"""A store that MLflow itself wrote, with awkward content, and what a client reads out of any server or store."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlflow.entities import (
    Dataset,
    DatasetInput,
    InputTag,
    LoggedModelInput,
    LoggedModelOutput,
    Metric,
    Param,
    RunTag,
    ViewType,
)
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
from mlflow.tracking import MlflowClient

# MLflow takes letters of any script in a key, and 250 characters.
KEY = "Größe/размер/サイズ"
LONG_KEY = "k" * 250

# What a search finds, and in what order.
FILTERS = [
    "",
    "metrics.tied >= -1",
    "metrics.`curve/valid` > 5",
    f"metrics.`{KEY}` = 0.5",
    "params.empty = ''",
    f"params.`{KEY}` LIKE '%ü%'",
    "tags.lines LIKE '%two%'",
    "attributes.status = 'FAILED'",
    "attributes.run_name LIKE 'Ünï%'",
    "datasets.digest = 'd1gest'",
]
ORDERS = [["attributes.start_time ASC"], ["metrics.tied DESC"], ["params.long ASC", "attributes.run_id ASC"]]

AWKWARD = "Ünï→ 'quoted' \"twice\" 50% \\ $1; DROP TABLE runs; --"


@dataclass
class Store:
    """MLflow's database at `uri`; `places` has each folder of an experiment and where Martlet puts what is in it."""

    uri: str
    root: Path
    places: dict[str, str] = field(default_factory=dict)

    @property
    def client(self) -> MlflowClient:
        return MlflowClient(tracking_uri=self.uri, registry_uri=self.uri)

    def place(self, uri: str) -> str:
        for folder, place in self.places.items():
            if uri == folder or uri.startswith(folder + "/"):
                return place + uri[len(folder) :]
        return uri


def written(uri: str, root: Path) -> Store:
    """Fills the empty database at `uri` by MLflow's own code; artifacts go below `root`."""
    SqlAlchemyStore(uri, str(root / "0"))
    store = Store(uri, root)
    client = store.client
    store.places[client.get_experiment("0").artifact_location] = "mlflow-artifacts:/0"
    local = client.create_experiment(f"local {AWKWARD}"[:200], str(root / "local"), tags={"team": AWKWARD, "empty": ""})
    store.places[str(root / "local")] = f"mlflow-artifacts:/{local}"
    client.set_experiment_tag("0", "of-default", "yes")
    remote = client.create_experiment("on s3", "s3://bucket/prefix")
    gone = client.create_experiment("gone", "mlflow-artifacts:/3")
    run = full_run(client, local, store.root / "local")
    child = client.create_run(remote, run_name="far away", tags={"mlflow.parentRunId": run}).info.run_id
    client.create_run(remote, run_name="grandchild", tags={"mlflow.parentRunId": child})
    deleted = client.create_run("0", start_time=5).info.run_id
    client.log_metric(deleted, "kept", 1.5)
    client.delete_run(deleted)
    client.delete_experiment(gone)
    registered(client, run, store.root / "local" / run / "artifacts" / "model")
    return store


def full_run(client: MlflowClient, experiment: str, folder: Path) -> str:
    run = client.create_run(experiment, start_time=1_700_000_000_123, run_name=AWKWARD, tags={"t": "1"})
    run_id = run.info.run_id
    values = [0.0, -0.0, math.nan, math.inf, -math.inf, 5e-324, 1.7976931348623157e308, 0.1 + 0.2]
    curve = [Metric("curve/valid", value, 1000 + place, place - 2) for place, value in enumerate(values)]
    tied = [Metric("tied", value, 77, 7) for value in (math.nan, 0.0, -1.0)]
    far = [Metric("far", 1.0, 2**62, 2**62), Metric("far", 2.0, 0, -(2**62))]
    client.log_batch(run_id, metrics=curve + tied + far)
    client.log_batch(run_id, metrics=[Metric("curve/valid", 9.0, 1003, 1)])
    client.log_batch(
        run_id,
        metrics=[Metric(KEY, 0.5, 1, 0), Metric(LONG_KEY, 1.0, 1, 0)],
        params=[
            *(Param("long", "x" * 6000), Param("a/b.c - d", AWKWARD), Param("empty", "")),
            *(Param(KEY, AWKWARD), Param(LONG_KEY, "→" * 6000)),
        ],
        tags=[
            *(RunTag("lines", "one\ntwo\r\n\tthree"), RunTag("long", "→" * 8000)),
            *(RunTag(KEY, AWKWARD), RunTag(LONG_KEY, "")),
        ],
    )
    dataset = Dataset(AWKWARD[:40], "d1gest", "http", '{"url": "http://x/y"}', schema='{"a": 1}', profile=None)
    tags = [InputTag("mlflow.data.context", "training"), InputTag("odd", AWKWARD)]
    model = client.create_logged_model(experiment, "net", run_id, {"k": AWKWARD}, {"p": "1"}, "torch")
    used = client.create_logged_model(experiment, "base")
    client.finalize_logged_model(model.model_id, "READY")
    client.delete_logged_model(client.create_logged_model(experiment, "dropped").model_id)
    client.log_inputs(run_id, [DatasetInput(dataset, tags)], [LoggedModelInput(used.model_id)])
    client.log_outputs(run_id, [LoggedModelOutput(model.model_id, 12)])
    client.log_metric(
        run_id, "of-model", 0.25, timestamp=9, step=3, dataset_name="d", dataset_digest="e", model_id=model.model_id
    )
    client.set_terminated(run_id, "FAILED", 1_700_000_000_999)
    write_files(folder / run_id / "artifacts")
    write_files(folder / "models" / model.model_id / "artifacts")
    return run_id


def write_files(folder: Path) -> None:
    files = {
        "model/MLmodel": b"flavors:\n  onnx:\n    data: model.onnx\n",
        "model/model.onnx": bytes(range(256)) * 4096,
        "empty": b"",
        "50%41 off.txt": b"percent",
        "deep/Ünï/→/x.txt": b"deep",
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def registered(client: MlflowClient, run: str, folder: Path) -> None:
    client.create_registered_model("net", tags={"owner": AWKWARD}, description=AWKWARD)
    for number, stage in enumerate(("Archived", "Production", "Staging", "None"), 1):
        source = f"runs:/{run}/model" if number % 2 else str(folder)
        version = client.create_model_version("net", source, run, tags={"n": str(number)}, description=f"v{number}")
        if stage != "None":
            client.transition_model_version_stage("net", version.version, stage)
    client.create_model_version("net", "s3://bucket/elsewhere")
    client.delete_model_version("net", "4")
    client.set_registered_model_alias("net", "champion", "2")
    client.create_model_version("net", str(folder), run, run_link="http://link")
    client.delete_model_version("net", "6")
    client.create_registered_model("bare")
    client.register_prompt("greeting", "Say {{word}}", tags={"mood": "good"})


def everything(client: MlflowClient, store: Store) -> dict[str, Any]:
    """All that a client can read, in a form that is the same for MLflow's store and for Martlet."""
    return {
        "experiments": {e.experiment_id: experiment(e, store) for e in client.search_experiments(ViewType.ALL)},
        "runs": {r.info.run_id: run(client, r.info.run_id, store) for r in all_runs(client)},
        "models": {m.model_id: logged_model(m, store) for m in all_logged_models(client)},
        "registered": {m.name: registered_model(client, m, store) for m in client.search_registered_models()},
        "found": {text: found(client, text, ["attributes.run_id ASC"]) for text in FILTERS},
        "ordered": {str(order): found(client, "", order) for order in ORDERS},
        "staged": [int(v.version) for v in client.get_latest_versions("net", ["Production", "Staging"])],
        "champion": int(client.get_model_version_by_alias("net", "champion").version),
        "prompt": prompt(client),
    }


def found(client: MlflowClient, text: str, order: list[str]) -> list[str]:
    return [r.info.run_id for r in client.search_runs(ids(client), text, ViewType.ALL, 1000, order)]


def prompt(client: MlflowClient) -> tuple[Any, ...]:
    p = client.get_prompt_version("greeting", 1)
    return p.template, p.version, p.tags, p.creation_timestamp


def ids(client: MlflowClient) -> list[str]:
    return [e.experiment_id for e in client.search_experiments(ViewType.ALL)]


def all_runs(client: MlflowClient) -> list[Any]:
    return list(client.search_runs(ids(client), run_view_type=ViewType.ALL, max_results=1000))


def all_logged_models(client: MlflowClient) -> list[Any]:
    return list(client.search_logged_models(ids(client)))


def experiment(e: Any, store: Store) -> dict[str, Any]:
    own = {} if e.experiment_id == "0" else {"created": e.creation_time, "updated": e.last_update_time}
    return {
        "name": e.name,
        "stage": e.lifecycle_stage,
        "location": store.place(e.artifact_location),
        "tags": e.tags,
        **own,
    }


def run(client: MlflowClient, run_id: str, store: Store) -> dict[str, Any]:
    # MLflow's search leaves out which models a run used.
    r = client.get_run(run_id)
    keys = sorted(r.data.metrics)
    return {
        "info": {**dict(r.info), "artifact_uri": store.place(r.info.artifact_uri)},
        "params": r.data.params,
        "tags": r.data.tags,
        "latest": [(k, bits(r.data.metrics[k])) for k in keys],
        "history": {
            k: sorted((m.step, m.timestamp, bits(m.value)) for m in client.get_metric_history(r.info.run_id, k))
            for k in keys
        },
        "datasets": [(dict(i.dataset), sorted((t.key, t.value) for t in i.tags)) for i in r.inputs.dataset_inputs],
        "used": sorted(m.model_id for m in r.inputs.model_inputs),
        "made": sorted((m.model_id, m.step) for m in r.outputs.model_outputs),
    }


def bits(value: float) -> str:
    """The value exactly; one zero, as SQLite has it."""
    return (value + 0.0).hex()


def logged_model(m: Any, store: Store) -> dict[str, Any]:
    return {
        "name": m.name,
        "experiment": m.experiment_id,
        "location": store.place(m.artifact_location),
        "times": (m.creation_timestamp, m.last_updated_timestamp),
        "status": str(m.status),
        "type": m.model_type or "",
        "run": m.source_run_id or "",
        "tags": m.tags,
        "params": m.params,
        "metrics": sorted(
            (x.key, bits(x.value), x.timestamp, x.step, x.run_id, x.dataset_name, x.dataset_digest)
            for x in m.metrics or []
        ),
    }


def registered_model(client: MlflowClient, m: Any, store: Store) -> dict[str, Any]:
    versions = client.search_model_versions("name = '{}'".format(m.name.replace("'", "''")))
    return {
        "times": (m.creation_timestamp, m.last_updated_timestamp),
        "description": m.description or "",
        "tags": m.tags,
        "aliases": {alias: str(number) for alias, number in m.aliases.items()},
        "versions": {int(v.version): version(client, v, store) for v in versions},
    }


def version(client: MlflowClient, v: Any, store: Store) -> dict[str, Any]:
    return {
        "stage": v.current_stage,
        "source": store.place(v.source),
        "download": store.place(client.get_model_version_download_uri(v.name, v.version)),
        "run": v.run_id or "",
        "link": v.run_link or "",
        "times": (v.creation_timestamp, v.last_updated_timestamp),
        "description": v.description or "",
        "tags": v.tags,
    }


def files_below(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.relative_to(folder).parts[0].startswith(".")
    }
