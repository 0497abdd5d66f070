"""The model registry through MLflow's client: models, versions, stages, aliases, tags."""

from __future__ import annotations

import pytest
from mlflow.exceptions import MlflowException, RestException
from mlflow.tracking import MlflowClient
from rest import MLFLOW, Rest, fresh

SOURCE = "s3://bucket/model"


@pytest.fixture
def name(client: MlflowClient) -> str:
    made = fresh("model")
    client.create_registered_model(made, tags={"kind": "test"}, description="first words")
    return made


def stages(client: MlflowClient, name: str) -> dict[str, str]:
    found = client.search_model_versions(f"name = '{name}'")
    return {str(version.version): version.current_stage for version in found}


def test_a_model_is_made_described_and_renamed(client: MlflowClient, name: str) -> None:
    made = client.get_registered_model(name)
    assert (made.description, made.tags) == ("first words", {"kind": "test"})
    client.update_registered_model(name, "other words")
    client.create_model_version(name, SOURCE)
    renamed = fresh("renamed")
    client.rename_registered_model(name, renamed)
    assert client.get_registered_model(renamed).description == "other words"
    assert client.get_model_version(renamed, "1").source == SOURCE
    with pytest.raises(RestException) as refused:
        client.get_registered_model(name)
    assert refused.value.error_code == "RESOURCE_DOES_NOT_EXIST"


def test_a_name_that_is_taken_is_refused(client: MlflowClient, name: str) -> None:
    with pytest.raises(RestException) as refused:
        client.create_registered_model(name)
    assert refused.value.error_code == "RESOURCE_ALREADY_EXISTS"


def test_numbers_of_versions_are_never_used_again(client: MlflowClient, name: str) -> None:
    assert [str(client.create_model_version(name, SOURCE).version) for _ in range(3)] == ["1", "2", "3"]
    client.delete_model_version(name, "3")
    assert str(client.create_model_version(name, SOURCE).version) == "4"
    assert set(stages(client, name)) == {"1", "2", "4"}


def test_a_promoted_version_archives_the_one_it_replaces(client: MlflowClient, name: str) -> None:
    for _ in range(3):
        client.create_model_version(name, SOURCE)
    assert set(stages(client, name).values()) == {"None"}
    client.transition_model_version_stage(name, "1", "production")
    client.transition_model_version_stage(name, "2", "Staging")
    assert stages(client, name) == {"1": "Production", "2": "Staging", "3": "None"}
    client.transition_model_version_stage(name, "2", "Production", archive_existing_versions=True)
    assert stages(client, name) == {"1": "Archived", "2": "Production", "3": "None"}
    client.transition_model_version_stage(name, "3", "Production")
    assert stages(client, name) == {"1": "Archived", "2": "Production", "3": "Production"}
    latest = {version.current_stage: str(version.version) for version in client.get_latest_versions(name)}
    assert latest == {"Archived": "1", "Production": "3"}


def test_an_alias_names_one_version_and_moves(client: MlflowClient, name: str) -> None:
    for _ in range(2):
        client.create_model_version(name, SOURCE)
    client.set_registered_model_alias(name, "champion", "1")
    client.set_registered_model_alias(name, "champion", "2")
    assert str(client.get_model_version_by_alias(name, "champion").version) == "2"
    assert client.get_model_version(name, "1").aliases == []
    assert client.get_model_version(name, "2").aliases == ["champion"]
    client.delete_registered_model_alias(name, "champion")
    with pytest.raises(RestException, match="champion not found"):
        client.get_model_version_by_alias(name, "champion")
    for reserved in ("latest", "v3"):
        with pytest.raises(MlflowException, match="reserved"):
            client.set_registered_model_alias(name, reserved, "1")


def test_versions_are_tagged_and_described(client: MlflowClient, name: str) -> None:
    client.create_model_version(name, SOURCE, tags={"a": "1"}, description="one")
    client.set_model_version_tag(name, "1", "b", "2")
    client.delete_model_version_tag(name, "1", "a")
    client.update_model_version(name, "1", "two")
    client.set_registered_model_tag(name, "owner", "me")
    client.delete_registered_model_tag(name, "kind")
    version = client.get_model_version(name, "1")
    assert (version.tags, version.description) == ({"b": "2"}, "two")
    assert client.get_registered_model(name).tags == {"owner": "me"}


def test_a_deleted_version_and_a_deleted_model_are_gone(client: MlflowClient, name: str) -> None:
    client.create_model_version(name, SOURCE)
    client.delete_model_version(name, "1")
    for lost in (
        lambda: client.get_model_version(name, "1"),
        lambda: client.transition_model_version_stage(name, "1", "Production"),
        lambda: client.delete_model_version(name, "1"),
    ):
        with pytest.raises(RestException) as refused:
            lost()
        assert refused.value.error_code == "RESOURCE_DOES_NOT_EXIST"
    client.delete_registered_model(name)
    with pytest.raises(RestException):
        client.get_registered_model(name)
    assert client.search_model_versions(f"name = '{name}'") == []


def test_models_are_searched(client: MlflowClient, name: str) -> None:
    other = fresh("other")
    client.create_registered_model(other)
    assert [model.name for model in client.search_registered_models(f"name = '{name}'")] == [name]
    assert [model.name for model in client.search_registered_models(f"name LIKE '{name[:-2]}%'")] == [name]
    tagged = client.search_registered_models("tags.kind = 'test'", max_results=1000)
    assert name in {model.name for model in tagged}
    assert other not in {model.name for model in tagged}


def test_an_unknown_stage_changes_nothing(rest: Rest, client: MlflowClient, name: str) -> None:
    client.create_model_version(name, SOURCE)
    body = {"name": name, "version": "1", "stage": "Prod", "archive_existing_versions": False}
    status, error = rest.refused("POST", f"{MLFLOW}/model-versions/transition-stage", body)
    assert (status, error["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert "Value must be one of None, Staging, Production, Archived" in error["message"]
    assert stages(client, name) == {"1": "None"}


@pytest.mark.parametrize("bad", ["", "  ", "a/b", "a:b"])
def test_a_name_that_cannot_be_is_refused(rest: Rest, bad: str) -> None:
    status, error = rest.refused("POST", f"{MLFLOW}/registered-models/create", {"name": bad})
    assert (status, error["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


@pytest.mark.parametrize("source", ["/etc", "file:///etc/passwd", "mlflow-artifacts:/../x", "s3://b/../c"])
def test_a_source_that_reaches_elsewhere_is_refused(rest: Rest, name: str, source: str) -> None:
    status, error = rest.refused("POST", f"{MLFLOW}/model-versions/create", {"name": name, "source": source})
    assert (status, error["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert "Invalid model version source" in error["message"]
