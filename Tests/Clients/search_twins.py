"""One and the same store twice: in Martlet, and in MLflow's own store, written straight into its tables."""

from __future__ import annotations

import math
import random
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mlflow.entities import ViewType
from mlflow.exceptions import MlflowException
from mlflow.store.model_registry.dbmodels import models as registry_tables
from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore as RegistryStore
from mlflow.store.tracking.dbmodels import models as tracking_tables
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore as TrackingStore
from rest import MLFLOW, Rest
from search_rows import insert_experiments, insert_runs
from search_values import KEYS, START, TEXTS, Run, some_run
from sqlalchemy import insert, update


@dataclass
class Answer:
    """The ids that a search gave in their order, and whether there are more; or the code it was refused with."""

    ids: list[str] = field(default_factory=list)
    has_more: bool = False
    refusal: str = ""


def refusal_of(fault: Exception) -> str:
    """What MLflow's server answers; faults that it does not expect are internal errors."""
    return fault.error_code if isinstance(fault, MlflowException) else "INTERNAL_ERROR"


class Twins:
    """A Martlet server and MLflow's stores that hold the same."""

    def __init__(self, rest: Rest, folder: Path, seed: int) -> None:
        self.rest = rest
        self.chance = random.Random(seed)
        uri = f"sqlite:///{folder}/mlflow.db"
        self.tracking = TrackingStore(uri, str(folder / "artifacts"))
        self.registry = RegistryStore(uri)
        self.experiments: list[str] = []

    # Writing

    def fill_runs(self, count: int) -> None:
        """Two experiments of `count` runs together, a tenth of them in the second."""
        names = [f"search-{uuid.uuid4().hex}" for _ in range(2)]
        self.experiments = [self.rest.experiment(name) for name in names]
        insert_experiments(self.tracking.engine, dict(zip(map(int, self.experiments), names, strict=True)))
        runs = [some_run(self.chance) for _ in range(count)]
        for index, run in enumerate(runs):
            run.experiment = int(self.experiments[index % 10 == 0])
            self._send(run)
        insert_runs(self.tracking.engine, runs)

    def _send(self, run: Run) -> None:
        post = self.rest.post
        body = {
            "experiment_id": str(run.experiment),
            "start_time": run.start,
            "run_name": run.name,
            "user_id": run.user,
        }
        info = post(f"{MLFLOW}/runs/create", body)["run"]["info"]
        run.id, run.artifact_uri = info["run_id"], info["artifact_uri"]
        metrics = [
            {"key": key, "value": value if math.isfinite(value) else written(value), "timestamp": START, "step": 0}
            for key, value in run.metrics.items()
        ]
        params = [{"key": key, "value": value} for key, value in run.params.items()]
        tags = [{"key": key, "value": value} for key, value in run.tags.items()]
        post(f"{MLFLOW}/runs/log-batch", {"run_id": run.id, "metrics": metrics, "params": params, "tags": tags})
        if run.datasets:
            post(f"{MLFLOW}/runs/log-inputs", {"run_id": run.id, "datasets": [sent(each) for each in run.datasets]})
        change = {"run_id": run.id, "status": run.status} | ({"end_time": run.end} if run.end else {})
        post(f"{MLFLOW}/runs/update", change)
        if run.deleted:
            post(f"{MLFLOW}/runs/delete", {"run_id": run.id})

    def fill_experiments(self, count: int) -> None:
        """Experiments with tags, some of them deleted; those that are in both already get Martlet's times."""
        for index in range(count):
            name = f"{self.chance.choice(['alpha', 'Beta', 'größe', 'x_y', 'x%y', 'ключ'])}{index}"
            number = self.rest.experiment(name)
            for key in self.chance.sample(KEYS, self.chance.randint(0, 4)):
                value = self.chance.choice(TEXTS)
                body = {"experiment_id": number, "key": key, "value": value}
                self.rest.post(f"{MLFLOW}/experiments/set-experiment-tag", body)
            if self.chance.random() < 0.2:
                self.rest.post(f"{MLFLOW}/experiments/delete", {"experiment_id": number})
        found = self.rest.post(f"{MLFLOW}/experiments/search", {"max_results": 1000, "view_type": "ALL"})["experiments"]
        table = tracking_tables.SqlExperiment
        with self.tracking.engine.begin() as connection:
            for each in found:
                number = int(each["experiment_id"])
                row = {
                    **{"name": each["name"], "lifecycle_stage": each["lifecycle_stage"]},
                    **{"creation_time": int(each["creation_time"]), "last_update_time": int(each["last_update_time"])},
                }
                if number == 0 or each["experiment_id"] in self.experiments:
                    connection.execute(update(table).where(table.experiment_id == number).values(**row))
                    continue
                connection.execute(insert(table), {"experiment_id": number, "workspace": "default", **row})
                tags = [{"experiment_id": number, **tag} for tag in each.get("tags", [])]
                if tags:
                    connection.execute(insert(tracking_tables.SqlExperimentTag), tags)

    def fill_registry(self, count: int) -> None:
        """Registered models with up to four versions each, with tags, every eighth a prompt."""
        post = self.rest.post
        for index in range(count):
            name = f"{self.chance.choice(['alpha', 'Beta', 'größe', 'x_y', 'x%y', 'ключ'])}{index}"
            post(f"{MLFLOW}/registered-models/create", {"name": name, "tags": self._tags(index % 8 == 7)})
            for _ in range(self.chance.randint(0, 4)):
                source = (
                    "prompt-template"
                    if index % 8 == 7
                    else self.chance.choice(["s3://b/one", "s3://b/Two", "s3://b/größe", "s3://b/50%"])
                )
                run = {"run_id": uuid.UUID(int=self.chance.randint(1, 3)).hex} if self.chance.random() < 0.4 else {}
                body = {"name": name, "source": source, "tags": self._tags(index % 8 == 7), **run}
                post(f"{MLFLOW}/model-versions/create", body)
        self._copy_registry()

    def _tags(self, is_prompt: bool) -> list[dict[str, str]]:
        tags = {key: self.chance.choice(TEXTS[1:]) for key in self.chance.sample(KEYS, self.chance.randint(0, 4))}
        return [
            {"key": key, "value": value}
            for key, value in (tags | ({"mlflow.prompt.is_prompt": "true"} if is_prompt else {})).items()
        ]

    def _copy_registry(self) -> None:
        tables = registry_tables
        models, versions = {}, {}
        for wanted in ("", "tags.`mlflow.prompt.is_prompt` = 'true'"):
            query = {"max_results": 1000, "filter": wanted}
            for model in self.rest.get(f"{MLFLOW}/registered-models/search", **query).get("registered_models", []):
                models[model["name"]] = model
            for version in self.rest.get(f"{MLFLOW}/model-versions/search", **query).get("model_versions", []):
                versions[version["name"], version["version"]] = version

        def times(each: dict[str, Any]) -> dict[str, Any]:
            return {
                **{"workspace": "default", "name": each["name"], "creation_time": int(each["creation_timestamp"])},
                "last_updated_time": int(each["last_updated_timestamp"]),
            }

        with self.registry.engine.begin() as connection:
            for model in models.values():
                connection.execute(insert(tables.SqlRegisteredModel), times(model))
                for tag in model.get("tags", []):
                    row = {"workspace": "default", "name": model["name"], **tag}
                    connection.execute(insert(tables.SqlRegisteredModelTag), row)
            for version in versions.values():
                number = int(version["version"])
                row = {"version": number, "source": version["source"], "run_id": version.get("run_id", "")}
                connection.execute(insert(tables.SqlModelVersion), {**times(version), **row, "current_stage": "None"})
                for tag in version.get("tags", []):
                    row = {"workspace": "default", "name": version["name"], "version": number, **tag}
                    connection.execute(insert(tables.SqlModelVersionTag), row)

    def fill_traces(self, count: int) -> list[str]:
        """Traces in the experiments of the runs, a tenth of them in the second; answers their ids."""
        chance, tables = self.chance, tracking_tables
        infos, tags, metadata = [], [], []
        for index in range(count):
            trace, experiment = f"tr-{uuid.UUID(int=chance.getrandbits(128)).hex}", self.experiments[index % 10 == 0]
            time, took = START + chance.randint(0, 60), chance.choice([None, 0, 7, 1500])
            state = chance.choice(["OK", "OK", "ERROR", "IN_PROGRESS", "STATE_UNSPECIFIED"])
            name, mine = chance.choice([None, "ask", "Answer", "größe"]), chance.choice([None, "mine", "Mine"])
            items = [{key: chance.choice(TEXTS) for key in chance.sample(KEYS, chance.randint(0, 4))} for _ in range(2)]
            info = {
                "trace_id": trace,
                "trace_location": {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}},
                "request_time": datetime.fromtimestamp(time / 1000, UTC).isoformat(timespec="milliseconds"),
                "state": state,
                "tags": items[0] | ({"mlflow.traceName": name} if name else {}),
                "trace_metadata": items[1],
            }
            info |= {"execution_duration": f"{took / 1000:.3f}s"} if took is not None else {}
            info |= {"client_request_id": mine} if mine else {}
            self.rest.post("/api/3.0/mlflow/traces", {"trace": {"trace_info": info}})
            infos.append(
                {
                    **{"request_id": trace, "experiment_id": int(experiment), "timestamp_ms": time, "status": state},
                    **{"execution_time_ms": took, "client_request_id": mine, "trace_name": name},
                }
            )
            tags += [{"request_id": trace, "key": key, "value": value} for key, value in items[0].items()]
            metadata += [{"request_id": trace, "key": key, "value": value} for key, value in items[1].items()]
        with self.tracking.engine.begin() as connection:
            connection.execute(insert(tables.SqlTraceInfo), infos)
            connection.execute(insert(tables.SqlTraceTag), tags)
            connection.execute(insert(tables.SqlTraceMetadata), metadata)
        return [info["request_id"] for info in infos]

    # Searching

    def traces_of_martlet(self, query: dict[str, Any]) -> Answer:
        places = [{"mlflow_experiment": {"experiment_id": each}} for each in query["experiment_ids"]]
        body = {**query, "locations": places}
        response = self.rest.send("POST", "/api/3.0/mlflow/traces/search", json=body)
        return Answer(**{**vars(answered(response, "traces", lambda each: each["trace_id"])), "has_more": False})

    def traces_of_mlflow(self, query: dict[str, Any]) -> Answer:
        """MLflow says that there is more whenever a page is full."""
        options = {"max_results": query["max_results"], "order_by": query["order_by"]}
        try:
            found, _ = self.tracking.search_traces(query["experiment_ids"], query["filter"], **options)
        except Exception as fault:
            return Answer(refusal=refusal_of(fault))
        return Answer([each.trace_id for each in found])

    def runs_of_martlet(self, query: dict[str, Any]) -> Answer:
        return runs_of_martlet(self.rest, query)

    def runs_of_mlflow(self, query: dict[str, Any]) -> Answer:
        return runs_of_mlflow(self.tracking, query)

    def experiments_of_martlet(self, query: dict[str, Any]) -> Answer:
        response = self.rest.send("POST", f"{MLFLOW}/experiments/search", json=query)
        return answered(response, "experiments", lambda each: each["experiment_id"])

    def experiments_of_mlflow(self, query: dict[str, Any]) -> Answer:
        view = ViewType.from_string(query["view_type"].lower())
        try:
            page = self.tracking.search_experiments(
                view, query["max_results"], query["filter"], query["order_by"], query.get("page_token")
            )
        except Exception as fault:
            return Answer(refusal=refusal_of(fault))
        return Answer([each.experiment_id for each in page], bool(page.token))

    def models_of_martlet(self, query: dict[str, Any]) -> Answer:
        response = self.rest.send("GET", f"{MLFLOW}/registered-models/search", params=query)
        return answered(response, "registered_models", lambda each: each["name"])

    def models_of_mlflow(self, query: dict[str, Any]) -> Answer:
        return self._registry(self.registry.search_registered_models, query, lambda each: each.name)

    def versions_of_martlet(self, query: dict[str, Any]) -> Answer:
        response = self.rest.send("GET", f"{MLFLOW}/model-versions/search", params=query)
        return answered(response, "model_versions", lambda each: f"{each['name']}/{each['version']}")

    def versions_of_mlflow(self, query: dict[str, Any]) -> Answer:
        return self._registry(self.registry.search_model_versions, query, lambda each: f"{each.name}/{each.version}")

    def _registry(self, search: Any, query: dict[str, Any], name: Any) -> Answer:
        try:
            page = search(query["filter"], query["max_results"], query["order_by"], query.get("page_token"))
        except Exception as fault:
            return Answer(refusal=refusal_of(fault))
        return Answer([name(each) for each in page], bool(page.token))


def runs_of_martlet(rest: Rest, query: dict[str, Any]) -> Answer:
    response = rest.send("POST", f"{MLFLOW}/runs/search", json=query)
    return answered(response, "runs", lambda run: run["info"]["run_id"])


def runs_of_mlflow(store: TrackingStore, query: dict[str, Any]) -> Answer:
    view = ViewType.from_string(query["run_view_type"].lower())
    options = {"order_by": query["order_by"], "page_token": query.get("page_token")}
    try:
        page = store.search_runs(
            query["experiment_ids"], query["filter"], view, max_results=query["max_results"], **options
        )
    except Exception as fault:
        return Answer(refusal=refusal_of(fault))
    return Answer([run.info.run_id for run in page], bool(page.token))


def answered(response: Any, member: str, name: Any) -> Answer:
    body = response.json()
    if response.status_code != 200:
        return Answer(refusal=body["error_code"])
    return Answer([name(each) for each in body.get(member, [])], bool(body.get("next_page_token")))


def written(value: float) -> str:
    """A number that JSON has not, as MLflow's clients send it."""
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def sent(dataset: tuple[str, str, str | None]) -> dict[str, Any]:
    name, digest, context = dataset
    tags = [] if context is None else [{"key": "mlflow.data.context", "value": context}]
    return {"tags": tags, "dataset": {"name": name, "digest": digest, "source_type": "local", "source": "{}"}}
