"""Takes the better version through the stages None → Staging → Production; the one it replaces is archived."""

from __future__ import annotations

from mlflow.tracking import MlflowClient

from .quiet import chatter_off
from .training import Version
from .usecase import UseCase

PRODUCTION, STAGING = "Production", "Staging"


def best(versions: list[Version]) -> Version:
    return min(versions, key=lambda version: version.deciding)


def promote(client: MlflowClient, case: UseCase, version: Version) -> list[str]:
    """The stages that `version` went through; empty when it is in Production already."""
    stage = stage_of(client, case, version)
    path = [stage]
    with chatter_off():
        for following in (STAGING, PRODUCTION):
            if stage in (PRODUCTION, following):
                continue
            client.transition_model_version_stage(
                case.model, version.number, following, archive_existing_versions=following == PRODUCTION
            )
            stage = stage_of(client, case, version)
            path.append(stage)
        if len(path) > 1:
            client.set_registered_model_alias(case.model, "champion", version.number)
    return path if len(path) > 1 else []


def stage_of(client: MlflowClient, case: UseCase, version: Version) -> str:
    return client.get_model_version(case.model, version.number).current_stage
