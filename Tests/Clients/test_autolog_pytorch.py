"""What MLflow's autologging of PyTorch Lightning sends for a fit of three epochs, without PyTorch."""

from __future__ import annotations

import mlflow
import pytest
from call_recorder import Watch
from mlflow.tracking import MlflowClient
from rest import MLFLOW, Rest

STARTED = 1_795_270_000_000
EPOCHS = 3
CHECKPOINT = "checkpoints/latest_checkpoint.pth"
# MLflow's client waits for half a second's metrics and sends them as one: the first epoch, then the two that came while
# the first was on its way.
BATCHES = [[0], [1, 2]]


def loss(epoch: int) -> float:
    return 1 / (epoch + 1)


class Replay:
    """One fit, call by call in the order of `Trainer.fit`."""

    def __init__(self, rest: Rest) -> None:
        self.rest = rest
        experiment = rest.experiment()
        tags = [{"key": "mlflow.user", "value": "ada"}, {"key": "mlflow.autologging", "value": "pytorch"}]
        body = {"experiment_id": experiment, "user_id": "ada", "start_time": STARTED, "tags": tags}
        self.run = rest.post(f"{MLFLOW}/runs/create", body)["run"]["info"]
        body = {
            "experiment_id": experiment,
            "name": "model",
            "source_run_id": self.run["run_id"],
            "tags": tags,
        }
        self.model = rest.post(f"{MLFLOW}/logged-models", body)["model"]["info"]

    def batch(self, **items: object) -> None:
        assert self.rest.post(f"{MLFLOW}/runs/log-batch", {"run_id": self.run["run_id"], **items}) == {}

    def put(self, uri: str, path: str, content: bytes) -> None:
        where = uri.removeprefix("mlflow-artifacts:/")
        address = f"/api/2.0/mlflow-artifacts/artifacts/{where}/{path}"
        response = self.rest.send("PUT", address, data=content, headers={"Content-Type": "application/octet-stream"})
        assert (response.status_code, response.content) == (200, b"")

    def epochs(self, epochs: list[int]) -> None:
        model = self.model["model_id"]
        named = [(name, factor, epoch) for epoch in epochs for name, factor in (("train_loss", 1), ("val_loss", 2))]
        self.batch(
            metrics=[
                {
                    "key": name,
                    "value": factor * loss(epoch),
                    "timestamp": STARTED + epoch,
                    "step": epoch,
                    "model_id": model,
                }
                for name, factor, epoch in named
            ]
        )

    def checkpoint(self, epoch: int) -> None:
        body = {"run_uuid": self.run["run_id"], "run_id": self.run["run_id"]}
        tag = {"key": "mlflow.latest_checkpoint_artifact", "value": CHECKPOINT}
        self.rest.post(f"{MLFLOW}/runs/set-tag", {**body, **tag})
        metrics = b'{"val_loss": %f, "epoch": %d}' % (2 * loss(epoch), epoch)
        self.put(self.run["artifact_uri"], "checkpoints/latest_checkpoint_metrics.json", metrics)
        self.put(self.run["artifact_uri"], CHECKPOINT, b"weights of epoch %d" % epoch)

    def fit(self) -> None:
        early = {"monitor": "val_loss", "mode": "min", "patience": "2", "min_delta": "-0.0", "stopped_epoch": "0"}
        self.batch(params=[{"key": key, "value": value} for key, value in early.items()])
        adam = {"epochs": "3", "optimizer_name": "Adam", "lr": "0.01", "betas": "(0.9, 0.999)", "fused": "None"}
        self.batch(
            params=[{"key": key, "value": value} for key, value in adam.items()],
            tags=[{"key": "Mode", "value": "training"}],
        )
        for epochs in BATCHES:
            self.epochs(epochs)
            self.checkpoint(epochs[-1])
        self.put(self.run["artifact_uri"], "model_summary.txt", b"4 parameters")
        body = {"run_id": self.run["run_id"], "models": [{"model_id": self.model["model_id"], "step": 0}]}
        self.rest.post(f"{MLFLOW}/runs/outputs", body)
        for path in ("MLmodel", "data/model.pth", "data/pickle_module_info.txt", "requirements.txt"):
            self.put(self.model["artifact_uri"], path, path.encode())
        ready = {"model_id": self.model["model_id"], "status": "LOGGED_MODEL_READY"}
        answer = self.rest.send("PATCH", f"{MLFLOW}/logged-models/{self.model['model_id']}", json=ready)
        assert answer.json()["model"]["info"]["status"] == "LOGGED_MODEL_READY"
        done = {"run_id": self.run["run_id"], "status": "FINISHED", "end_time": STARTED + 60_000}
        self.rest.post(f"{MLFLOW}/runs/update", done)


@pytest.fixture
def fitted(rest: Rest) -> Replay:
    replay = Replay(rest)
    replay.fit()
    return replay


def test_the_run_has_settings_and_each_epoch(fitted: Replay, watch: Watch) -> None:
    client = MlflowClient()
    run = client.get_run(fitted.run["run_id"])
    assert run.info.status == "FINISHED"
    assert run.data.params["betas"] == "(0.9, 0.999)"
    assert (run.data.params["patience"], run.data.params["min_delta"]) == ("2", "-0.0")
    assert run.data.tags["Mode"] == "training"
    assert run.data.metrics == {"train_loss": loss(2), "val_loss": 2 * loss(2)}
    points = client.get_metric_history(run.info.run_id, "val_loss")
    expected = [(epoch, 2 * loss(epoch), STARTED + epoch) for epoch in range(EPOCHS)]
    assert [(point.step, point.value, point.timestamp) for point in points] == expected
    watch.assert_untroubled()


def test_the_last_checkpoint_is_found_by_its_tag(fitted: Replay, watch: Watch) -> None:
    run = mlflow.get_run(fitted.run["run_id"])
    path = run.data.tags["mlflow.latest_checkpoint_artifact"]
    text = mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/{path}")
    assert text == "weights of epoch 2"
    metrics = mlflow.artifacts.load_dict(f"runs:/{run.info.run_id}/checkpoints/latest_checkpoint_metrics.json")
    assert metrics == {"val_loss": pytest.approx(2 * loss(2), abs=1e-6), "epoch": 2}
    watch.assert_untroubled()


def test_the_model_has_the_metrics_of_its_training(fitted: Replay, watch: Watch) -> None:
    model = MlflowClient().get_logged_model(fitted.model["model_id"])
    assert (model.status, model.source_run_id) == ("READY", fitted.run["run_id"])
    assert {metric.key for metric in model.metrics} == {"train_loss", "val_loss"}
    assert max((metric.step, metric.value) for metric in model.metrics if metric.key == "val_loss") == (2, 2 * loss(2))
    (made,) = mlflow.get_run(fitted.run["run_id"]).outputs.model_outputs
    assert made.model_id == model.model_id
    folder = MlflowClient().list_logged_model_artifacts(model.model_id, "data")
    assert {file.path.split("/")[-1] for file in folder} == {"model.pth", "pickle_module_info.txt"}
    watch.assert_untroubled()


def test_models_are_found_by_what_an_epoch_measured(fitted: Replay, watch: Watch) -> None:
    found = mlflow.search_logged_models(
        [fitted.model["experiment_id"]], filter_string="metrics.val_loss < 1", output_format="list"
    )
    assert [model.model_id for model in found] == [fitted.model["model_id"]]
    watch.assert_untroubled()
