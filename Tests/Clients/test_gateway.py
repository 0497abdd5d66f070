"""The gateway's configuration and scorers through the store of MLflow's client, and what is not told of secrets."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
from martlet import Martlet
from mlflow.entities import (
    FallbackConfig,
    FallbackStrategy,
    GatewayEndpointModelConfig,
    GatewayEndpointTag,
    GatewayModelLinkageType,
    GatewayResourceType,
    RoutingStrategy,
)
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient
from rest import Rest, fresh

Store = Any
KEY = "sk-0123456789-of-a-test"


@pytest.fixture
def store(client: MlflowClient) -> Store:
    return client._tracking_client.store


def model_of(store: Store, provider: str = "openai") -> Any:
    secret = store.create_gateway_secret(fresh("key"), {"api_key": KEY}, provider=provider)
    return store.create_gateway_model_definition(fresh("model"), secret.secret_id, provider, "gpt-4")


def linked(model: Any, linkage: GatewayModelLinkageType = GatewayModelLinkageType.PRIMARY) -> Any:
    return GatewayEndpointModelConfig(model_definition_id=model.model_definition_id, linkage_type=linkage)


def endpoint_of(store: Store, **settings: Any) -> Any:
    return store.create_gateway_endpoint(fresh("endpoint"), [linked(model_of(store))], **settings)


def test_a_secret_is_masked_and_told_nowhere(store: Store, rest: Rest, server: Martlet) -> None:
    called = fresh("aws")
    made = store.create_gateway_secret(
        called,
        {"aws_access_key_id": "AKIATEST1234", "aws_secret_access_key": KEY},
        provider="bedrock",
        auth_config={"aws_region_name": "us-east-1"},
        created_by="ada",
    )
    assert made.masked_values == {"aws_access_key_id": "AKI...1234", "aws_secret_access_key": "sk-...test"}
    assert (made.secret_name, made.auth_config, made.created_by) == (called, {"aws_region_name": "us-east-1"}, "ada")
    found = store.get_secret_info(made.secret_id)
    assert (found.masked_values, found.auth_config) == (made.masked_values, made.auth_config)
    rotated = store.update_gateway_secret(made.secret_id, {"api_key": KEY + "2"})
    assert rotated.masked_values == {"api_key": "sk-...est2"} and rotated.last_updated_at > made.created_at
    assert made.secret_id in [each.secret_id for each in store.list_secret_infos(provider="bedrock")]
    with pytest.raises(MlflowException, match=f"Secret with name '{called}' already exists"):
        store.create_gateway_secret(called, {"api_key": KEY})
    with pytest.raises(MlflowException, match="must not contain base_url"):
        store.create_gateway_secret(fresh("bad"), {"api_key": KEY, "base_url": "https://203.0.113.9"})
    body = {"secret_name": "x", "secret_value": [KEY]}
    status, answer = rest.refused("POST", "/api/3.0/mlflow/gateway/secrets/create", body)
    assert status == 400 and KEY not in json.dumps(answer)
    store.delete_gateway_secret(made.secret_id)
    with pytest.raises(MlflowException, match="GatewaySecret not found"):
        store.get_secret_info(made.secret_id)
    told = json.dumps(rest.get("/api/v1/activities", limit=1000))
    assert KEY not in told and "0123456789" not in server.log.read_text(errors="replace")


def test_model_definitions(store: Store) -> None:
    made = model_of(store)
    changed = store.update_gateway_model_definition(
        made.model_definition_id, provider="anthropic", model_name="claude", updated_by="eve"
    )
    assert (changed.provider, changed.model_name, changed.last_updated_by) == ("anthropic", "claude", "eve")
    assert (changed.name, changed.secret_id) == (made.name, made.secret_id)
    found = store.get_gateway_model_definition(made.model_definition_id)
    assert found.provider == "anthropic"
    listed = store.list_gateway_model_definitions(secret_id=made.secret_id)
    assert [each.model_definition_id for each in listed] == [made.model_definition_id]
    store.delete_gateway_secret(made.secret_id)
    orphan = store.get_gateway_model_definition(made.model_definition_id)
    assert (orphan.secret_id, orphan.secret_name) == (None, None)
    store.delete_gateway_model_definition(made.model_definition_id)
    with pytest.raises(MlflowException, match="GatewayModelDefinition not found"):
        store.get_gateway_model_definition(made.model_definition_id)


def test_endpoints(store: Store, client: MlflowClient) -> None:
    first, second = model_of(store), model_of(store, "anthropic")
    made = store.create_gateway_endpoint(
        fresh("endpoint"),
        [linked(first), linked(second, GatewayModelLinkageType.FALLBACK)],
        routing_strategy=RoutingStrategy.REQUEST_BASED_TRAFFIC_SPLIT,
        fallback_config=FallbackConfig(strategy=FallbackStrategy.SEQUENTIAL, max_attempts=2),
        created_by="ada",
    )
    assert client.get_experiment(made.experiment_id).name == f"gateway/{made.name}"
    for endpoint in (made, store.get_gateway_endpoint(made.endpoint_id), store.get_gateway_endpoint(name=made.name)):
        models = [mapping.model_definition.name for mapping in endpoint.model_mappings]
        assert models == [first.name, second.name] and endpoint.usage_tracking and endpoint.created_by == "ada"
        assert endpoint.model_mappings[1].linkage_type == GatewayModelLinkageType.FALLBACK
        assert endpoint.fallback_config == FallbackConfig(FallbackStrategy.SEQUENTIAL, 2)
        assert endpoint.routing_strategy == RoutingStrategy.REQUEST_BASED_TRAFFIC_SPLIT
    assert made.endpoint_id in [each.endpoint_id for each in store.list_gateway_endpoints(provider="anthropic")]
    with pytest.raises(MlflowException, match="currently in use by endpoints"):
        store.delete_gateway_model_definition(first.model_definition_id)
    third = model_of(store)
    mapping = store.attach_model_to_endpoint(made.endpoint_id, linked(third), created_by="eve")
    assert (mapping.model_definition.name, mapping.weight) == (third.name, 1.0)
    with pytest.raises(MlflowException, match="is already attached"):
        store.attach_model_to_endpoint(made.endpoint_id, linked(third))
    store.detach_model_from_endpoint(made.endpoint_id, second.model_definition_id)
    store.set_gateway_endpoint_tag(made.endpoint_id, GatewayEndpointTag("team", "ml"))
    changed = store.update_gateway_endpoint(made.endpoint_id, name=fresh("other"))
    assert [(tag.key, tag.value) for tag in changed.tags] == [("team", "ml")]
    assert [each.model_definition.name for each in changed.model_mappings] == [first.name, third.name]
    store.delete_gateway_endpoint_tag(made.endpoint_id, "team")
    assert store.get_gateway_endpoint(made.endpoint_id).tags == []
    store.delete_gateway_endpoint(made.endpoint_id)
    with pytest.raises(MlflowException, match="GatewayEndpoint not found"):
        store.get_gateway_endpoint(made.endpoint_id)


def test_bindings(store: Store) -> None:
    endpoint, job = endpoint_of(store, usage_tracking=False), fresh("job")
    assert endpoint.experiment_id is None and not endpoint.usage_tracking
    store.create_endpoint_binding(endpoint.endpoint_id, GatewayResourceType.SCORER, job, created_by="ada")
    (found,) = store.list_endpoint_bindings(resource_id=job)
    assert (found.endpoint_id, found.resource_type, found.created_by) == (
        endpoint.endpoint_id,
        GatewayResourceType.SCORER,
        "ada",
    )
    store.delete_endpoint_binding(endpoint.endpoint_id, "scorer", job)
    assert store.list_endpoint_bindings(endpoint_id=endpoint.endpoint_id) == []
    with pytest.raises(MlflowException, match="GatewayEndpointBinding not found"):
        store.delete_endpoint_binding(endpoint.endpoint_id, "scorer", job)


def test_scorers_and_their_judges(store: Store, client: MlflowClient) -> None:
    home = client.create_experiment(fresh("scored"))
    endpoint = endpoint_of(store, usage_tracking=False)
    definition = {"name": "s", "instructions_judge_pydantic_data": {"model": f"gateway:/{endpoint.name}"}}
    one = store.register_scorer(home, "s", json.dumps(definition))
    assert (one.scorer_version, one.experiment_id) == (1, home)
    (binding,) = store.list_endpoint_bindings(endpoint_id=endpoint.endpoint_id)
    assert (binding.resource_id, binding.display_name) == (one.scorer_id, "s")
    store.update_gateway_endpoint(endpoint.endpoint_id, name=f"{endpoint.name}.2")
    (listed,) = store.list_scorers(home)
    judge = json.loads(listed._serialized_scorer)["instructions_judge_pydantic_data"]
    assert judge["model"] == f"gateway:/{endpoint.name}.2"
    said = store.upsert_online_scoring_config(home, "s", 0.25, "status = 'OK'")
    assert store.get_online_scoring_configs([one.scorer_id]) == [said]
    two = store.register_scorer(home, "s", json.dumps({"name": "without"}))
    assert [each.scorer_version for each in store.list_scorer_versions(home, "s")] == [1, 2]
    assert store.get_scorer(home, "s").scorer_version == two.scorer_version
    with pytest.raises(MlflowException, match="does not use a gateway model"):
        store.upsert_online_scoring_config(home, "s", 0.25)
    with pytest.raises(MlflowException, match="Custom scorers"):
        store.register_scorer(home, "t", json.dumps({"call_source": "import os"}))
    store.delete_scorer(home, "s")
    assert store.list_scorers(home) == [] and store.get_online_scoring_configs([one.scorer_id]) == []
    assert store.list_endpoint_bindings(endpoint_id=endpoint.endpoint_id) == []


def test_providers(rest: Rest) -> None:
    base = "/ajax-api/3.0/mlflow/gateway"
    assert "openai" in rest.get(f"{base}/supported-providers")["providers"]
    assert rest.get(f"{base}/supported-models") == {"models": []}
    modes = rest.get(f"{base}/provider-config", provider="bedrock")
    assert modes["default_mode"] == "api_key" and len(modes["auth_modes"]) == 4
    assert rest.send("GET", f"{base}/provider-config").status_code == 400
    assert rest.get(f"{base}/secrets/config") == {"secrets_available": True, "using_default_passphrase": True}


def test_a_passphrase_is_needed_again(launch: Any) -> None:
    secret: dict[str, Any] = {"secret_name": "key", "secret_value": {"api_key": KEY}}
    for passphrase, masked in (("correct horse", {"api_key": "sk-...test"}), ("another", None)):
        server = launch(environment={"MLFLOW_CRYPTO_KEK_PASSPHRASE": passphrase}).start()
        base = f"{server.url}/api/3.0/mlflow/gateway/secrets"
        assert requests.get(f"{base}/config", timeout=10).json()["using_default_passphrase"] is False
        if masked:
            requests.post(f"{base}/create", json=secret, timeout=10).raise_for_status()
        (found,) = requests.get(f"{base}/list", timeout=10).json()["secrets"]
        assert found.get("masked_values") == masked
        assert server.stop() == 0
