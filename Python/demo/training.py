"""Trains the candidates of a use case, records all of it through MLflow's client, and registers each as a version."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow
import mlflow.onnx
import mlflow.sklearn
import onnx
import onnxruntime
import pandas as pd
import sklearn
from mlflow.models import ModelSignature, infer_signature
from mlflow.tracking import MlflowClient
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType

from .quiet import chatter_off
from .usecase import Candidate, Metrics, Split, Training, UseCase

INPUT = "features"
# Where the server looks for the sample that a version's traffic is compared with.
REFERENCE = "martlet/reference.parquet"
REFERENCE_ROWS_MAX = 10_000
# The nodes of a tree, which skops saves but asks about on loading; these trees are our own.
TRUSTED_TYPES = ["sklearn.tree._tree.Tree"]


@dataclass(frozen=True)
class Version:
    """A registered version, with the metric that decides."""

    number: str
    candidate: Candidate
    run_id: str
    steps: int
    deciding: float


def registered(client: MlflowClient, case: UseCase) -> dict[str, Version]:
    """The versions that an earlier demo left, by the candidate's name."""
    candidates = {candidate.name: candidate for candidate in case.candidates}
    found: dict[str, Version] = {}
    for version in client.search_model_versions(f"name = '{case.model}'"):
        run = client.get_run(version.run_id)
        candidate = candidates.get(run.data.tags.get("candidate", ""))
        if candidate and case.deciding_metric in run.data.metrics:
            deciding = run.data.metrics[case.deciding_metric]
            found[candidate.name] = Version(str(version.version), candidate, version.run_id, 0, deciding)
    return found


def train(client: MlflowClient, case: UseCase, candidate: Candidate) -> Version:
    """One run and one registered version. The scikit-learn flavor lies beside the ONNX one, unregistered."""
    split = case.split.only(candidate.columns)
    mlflow.set_experiment(case.experiment)
    with chatter_off(), mlflow.start_run(run_name=candidate.name, description=candidate.description) as run:
        mlflow.set_tags({"candidate": candidate.name, "data": case.source, "framework": "scikit-learn"})
        mlflow.log_params(candidate.params | {"features": len(candidate.columns)})
        mlflow.log_input(
            mlflow.data.from_pandas(
                pd.concat([split.train.features, split.train.target], axis=1),
                source=case.source,
                name=f"{case.experiment}-train",
                targets=str(split.train.target.name),
            ),
            context="training",
        )
        estimator, steps = _record(candidate.train(split))
        judged = _judge(case, estimator, split)
        mlflow.log_metrics(judged, step=steps)
        _log_files(case, candidate, estimator, split)
        _log_models(case, candidate, estimator, split)
    version = _version_of(client, case, run.info.run_id)
    client.update_model_version(case.model, version, candidate.description)
    return Version(version, candidate, run.info.run_id, steps, judged[case.deciding_metric])


def _record(training: Training) -> tuple[Any, int]:
    """Logs each step as it happens, so that whoever watches the run sees it grow."""
    steps = 0
    while True:
        try:
            metrics: Metrics = next(training)
        except StopIteration as end:
            return end.value, steps
        steps += 1
        mlflow.log_metrics(metrics, step=steps)


def _judge(case: UseCase, estimator: Any, split: Split) -> Metrics:
    return case.judge(estimator, split.validation, "validation") | case.judge(estimator, split.test, "test")


def _log_files(case: UseCase, candidate: Candidate, estimator: Any, split: Split) -> None:
    mlflow.log_figure(case.picture(estimator, split.test), "plots/test.png")
    mlflow.log_dict({"columns": candidate.columns, "rows": len(split.train.features)}, "data.json")
    with tempfile.TemporaryDirectory() as folder:
        sample = Path(folder) / Path(REFERENCE).name
        split.train.features.head(REFERENCE_ROWS_MAX).to_parquet(sample, index=False)
        mlflow.log_artifact(str(sample), str(Path(REFERENCE).parent))


def _log_models(case: UseCase, candidate: Candidate, estimator: Any, split: Split) -> None:
    example = split.train.features.head(5)
    mlflow.sklearn.log_model(
        estimator,
        name="scikit-learn",
        signature=infer_signature(example, estimator.predict(example)),
        skops_trusted_types=TRUSTED_TYPES,
        pip_requirements=[f"scikit-learn=={sklearn.__version__}"],
    )
    model = to_onnx(case, candidate, estimator)
    mlflow.onnx.log_model(
        model,
        name="onnx",
        registered_model_name=case.model,
        signature=_signature(model, example),
        pip_requirements=[f"onnxruntime=={onnxruntime.__version__}"],
    )


def to_onnx(case: UseCase, candidate: Candidate, estimator: Any) -> onnx.ModelProto:
    options = {id(estimator): case.onnx_options} if case.onnx_options else None
    shape = FloatTensorType([None, len(candidate.columns)])
    return convert_sklearn(estimator, initial_types=[(INPUT, shape)], options=options)


def _signature(model: onnx.ModelProto, example: pd.DataFrame) -> ModelSignature:
    """Columns by name in, the tensors of the ONNX graph out."""
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    values = session.run(names, {INPUT: example.to_numpy("float32")})
    return infer_signature(example, dict(zip(names, values)))


def _version_of(client: MlflowClient, case: UseCase, run_id: str) -> str:
    versions = client.search_model_versions(f"name = '{case.model}' AND run_id = '{run_id}'")
    return str(max(int(version.version) for version in versions))
