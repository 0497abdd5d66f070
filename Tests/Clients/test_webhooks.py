"""Webhooks: MLflow's client makes them, a real receiver gets what happened, also after errors and crashes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import sqlite3
import time
from collections.abc import Callable, Iterator

import pytest
from martlet import DATABASES, Martlet, store_of
from mlflow.entities.webhook import WebhookEvent, WebhookStatus
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient
from receiver import Receiver, receiver
from rest import Rest, fresh

Launch = Callable[..., Martlet]
LOCAL = {"MLFLOW_WEBHOOK_ALLOWED_SCHEMES": "http,https", "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS": "true"}
CREATED = WebhookEvent("registered_model", "created")


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@pytest.fixture(scope="module", params=DATABASES)
def local(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Martlet]:
    """A server that lets webhooks lead to this machine."""
    folder = tmp_path_factory.mktemp(f"webhooks-{request.param}")
    martlet = Martlet(folder, store_of(request.param), environment=LOCAL).start()
    yield martlet
    assert martlet.stop() == 0


def client_of(server: Martlet) -> MlflowClient:
    return MlflowClient(server.url, server.url)


def test_mlflows_client_manages_webhooks(local: Martlet) -> None:
    client = client_of(local)
    events = [WebhookEvent("model_version_alias", "created"), WebhookEvent("model_version", "created")]
    made = client.create_webhook("hook_1", "https://example.com/hook", events, description="why", secret="s")
    assert (made.name, made.url, made.description) == ("hook_1", "https://example.com/hook", "why")
    assert (made.secret, made.status) == (None, WebhookStatus.ACTIVE)
    assert set(made.events) == set(events)
    found = client.get_webhook(made.webhook_id)
    assert (found.name, set(found.events), found.creation_timestamp) == ("hook_1", set(events), made.creation_timestamp)
    changed = client.update_webhook(made.webhook_id, name="hook_2", status="DISABLED", events=events[:1])
    assert (changed.name, changed.status, changed.events) == ("hook_2", WebhookStatus.DISABLED, events[:1])
    assert (changed.url, changed.description) == (made.url, "why")
    others = [client.create_webhook(f"more{n}", "https://example.com", events).webhook_id for n in range(3)]
    listed, token = [], None
    while True:
        page = client.list_webhooks(max_results=2, page_token=token)
        assert len(page) <= 2
        listed += [webhook.webhook_id for webhook in page]
        token = page.token
        if not token:
            break
    assert listed == [*reversed(others), made.webhook_id]
    for id in listed:
        client.delete_webhook(id)
    assert client.list_webhooks() == []
    for refused in (client.get_webhook, client.delete_webhook, client.update_webhook, client.test_webhook):
        with pytest.raises(MlflowException, match=f"Webhook with ID {made.webhook_id} not found"):
            refused(made.webhook_id)
    for url, reason in [
        ("   ", "cannot be empty"),
        ("ftp://a.example", "Invalid webhook URL scheme"),
        ("http://[a", "URL"),
    ]:
        with pytest.raises(MlflowException, match=reason):
            client.create_webhook("hook", url, events)


def test_changes_are_told_as_mlflow_tells_them(local: Martlet, hook: Receiver) -> None:
    client, name, prompt = client_of(local), fresh("model"), fresh("prompt")
    kinds = {
        "registered_model": ["created"],
        "model_version": ["created"],
        "model_version_tag": ["set", "deleted"],
        "model_version_alias": ["created", "deleted"],
        "prompt": ["created"],
        "prompt_version": ["created"],
        "prompt_tag": ["set", "deleted"],
        "prompt_version_tag": ["set", "deleted"],
        "prompt_alias": ["created", "deleted"],
    }
    events = [WebhookEvent(kind, action) for kind, actions in kinds.items() for action in actions]
    webhook = client.create_webhook("all", hook.url + "/in", events)
    client.create_registered_model(name, tags={"k": "ü"}, description="why")
    version = client.create_model_version(name, "s3://bucket/model", tags={"t": "1"}, description="first").version
    client.set_model_version_tag(name, version, "key", "value")
    client.delete_model_version_tag(name, version, "key")
    client.set_registered_model_alias(name, "best", version)
    client.delete_registered_model_alias(name, "best")
    client.create_prompt(prompt, description="asks", tags={"team": "a"})
    client.create_prompt_version(prompt, "Hello {{name}}!", description="greets", tags={"v": "1"})
    client.set_prompt_tag(prompt, "team", "b")
    client.delete_prompt_tag(prompt, "team")
    client.set_prompt_version_tag(prompt, "1", "q", "good")
    client.delete_prompt_version_tag(prompt, "1", "q")
    client.set_prompt_alias(prompt, "live", 1)
    client.delete_prompt_alias(prompt, "live")
    one = {"name": name, "version": "1"}
    asked = {"name": prompt, "version": "1"}
    version_made = {"source": "s3://bucket/model", "run_id": None, "tags": {"t": "1"}, "description": "first"}
    expected = [
        ("registered_model.created", {"name": name, "tags": {"k": "ü"}, "description": "why"}),
        ("model_version.created", one | version_made),
        ("model_version_tag.set", one | {"key": "key", "value": "value"}),
        ("model_version_tag.deleted", one | {"key": "key"}),
        ("model_version_alias.created", one | {"alias": "best"}),
        ("model_version_alias.deleted", {"name": name, "alias": "best"}),
        ("prompt.created", {"name": prompt, "tags": {"team": "a"}, "description": "asks"}),
        (
            "prompt_version.created",
            asked | {"template": "Hello {{name}}!", "tags": {"v": "1"}, "description": "greets"},
        ),
        ("prompt_tag.set", {"name": prompt, "key": "team", "value": "b"}),
        ("prompt_tag.deleted", {"name": prompt, "key": "team"}),
        ("prompt_version_tag.set", asked | {"key": "q", "value": "good"}),
        ("prompt_version_tag.deleted", asked | {"key": "q"}),
        ("prompt_alias.created", asked | {"alias": "live"}),
        ("prompt_alias.deleted", {"name": prompt, "alias": "live"}),
    ]
    taken = sorted(hook.wait(len(expected)), key=lambda delivery: delivery.body["sequence"])
    told = [(f"{body['entity']}.{body['action']}", body["data"]) for body in (item.body for item in taken)]
    assert told == expected
    assert {item.path for item in taken} == {"/in"} and {item.body["actor"] for item in taken} == {"local"}
    client.delete_webhook(webhook.webhook_id)


def test_deliveries_are_signed(local: Martlet, hook: Receiver) -> None:
    client = client_of(local)
    webhook = client.create_webhook("signed", hook.url, [CREATED], secret="schlüssel")
    name = fresh("signed")
    client.create_registered_model(name)
    (taken,) = hook.wait(1)
    headers = taken.headers
    text = f"{headers['x-mlflow-delivery-id']}.{headers['x-mlflow-timestamp']}.{taken.text}"
    code = hmac.new("schlüssel".encode(), text.encode(), hashlib.sha256).digest()
    assert headers["x-mlflow-signature"] == "v1," + base64.b64encode(code).decode()
    assert abs(int(headers["x-mlflow-timestamp"]) - time.time()) < 60
    assert headers["content-type"] == "application/json"
    client.update_webhook(webhook.webhook_id, secret="")
    client.create_registered_model(fresh("unsigned"))
    assert "x-mlflow-signature" not in hook.wait(2)[1].headers
    client.delete_webhook(webhook.webhook_id)


def test_a_webhook_can_be_tried(local: Martlet, hook: Receiver) -> None:
    client = client_of(local)
    webhook = client.create_webhook("tried", hook.url, [CREATED, WebhookEvent("model_version_tag", "set")], secret="s")
    result = client.test_webhook(webhook.webhook_id)
    assert (result.success, result.response_status, result.response_body) == (True, 200, "read")
    hook.answers = [(404, {})]
    result = client.test_webhook(webhook.webhook_id, WebhookEvent("model_version_tag", "set"))
    assert (result.success, result.response_status, result.error_message) == (False, 404, None)
    first, second = hook.wait(2)
    assert first.body["data"]["name"] == "example_model" and "x-mlflow-signature" in first.headers
    assert second.body["data"] == {
        "name": "example_model",
        "version": "1",
        "key": "example_key",
        "value": "example_value",
    }
    client.update_webhook(webhook.webhook_id, url="http://127.0.0.1:9")
    result = client.test_webhook(webhook.webhook_id)
    assert (result.success, result.response_status) == (False, None) and result.error_message
    client.delete_webhook(webhook.webhook_id)


def test_what_fails_is_sent_again_and_shown(local: Martlet, hook: Receiver) -> None:
    rest, client = Rest(local.url), client_of(local)
    body = {"name": "own", "url": hook.url, "events": ["registered_model.created", "model_version.transitioned"]}
    id = rest.post("/api/v1/webhooks", body)["id"]
    hook.answers = [(500, {}), (429, {"Retry-After": "1"}), (200, {}), (410, {})]
    name = fresh("flaky")
    client.create_registered_model(name)
    taken = hook.wait(3)
    assert len({item.headers["x-mlflow-delivery-id"] for item in taken}) == 1
    assert {item.body["data"]["name"] for item in taken} == {name}
    client.create_model_version(name, "s3://bucket/model")
    client.transition_model_version_stage(name, "1", "Staging")
    transition = hook.wait(4)[3].body
    assert (transition["entity"], transition["action"]) == ("model_version", "transitioned")
    assert transition["data"]["details"] == {"from": "None", "to": "Staging"}
    deadline = time.monotonic() + 10
    while True:
        listed = rest.get(f"/api/v1/webhooks/{id}/deliveries")["deliveries"]
        if [item["state"] for item in listed] == ["failed", "delivered"]:
            break
        assert time.monotonic() < deadline, listed
        time.sleep(0.05)
    assert [(item["attempts"], item["response_status"]) for item in listed] == [(1, 410), (3, 200)]
    rest.post(f"/api/v1/webhooks/{id}/deliveries/{listed[0]['id']}/retry", {})
    assert hook.wait(5)[4].headers["x-mlflow-delivery-id"] == listed[0]["id"]
    assert rest.get(f"/api/v1/webhooks/{id}/deliveries", state="failed")["deliveries"] == []
    assert rest.send("DELETE", f"/api/v1/webhooks/{id}").status_code == 200


def test_a_webhook_shows_its_last_delivery_and_what_it_can_be_told_of(local: Martlet, hook: Receiver) -> None:
    rest = Rest(local.url)
    offered = rest.get("/api/v1/webhooks/events")["events"]
    names = [event["name"] for event in offered]
    assert names == sorted(set(names)) and {"prompt_tag.set", "endpoint.deployed"} <= set(names)
    created = {"name": "model_version.created", "entity": "model_version", "action": "created", "mlflow": True}
    assert created in offered
    body = {"name": "shown", "url": hook.url, "events": names}
    made = rest.post("/api/v1/webhooks", body)
    assert made["events"] == names and "last_delivery" not in made
    path = f"/api/v1/webhooks/{made['id']}"
    rest.send("PATCH", path, json={"events": ["experiment.created"]})
    for _ in range(2):
        rest.experiment()
    deadline = time.monotonic() + 10
    while True:
        listed = rest.get(f"{path}/deliveries")["deliveries"]
        if [item["state"] for item in listed if item["event"] == "experiment.created"] == ["delivered"] * 2:
            break
        assert time.monotonic() < deadline, listed
        time.sleep(0.05)
    newest = listed[0]
    del newest["body"]
    assert rest.get(path)["last_delivery"] == newest
    (found,) = [webhook for webhook in rest.get("/api/v1/webhooks")["webhooks"] if webhook["id"] == made["id"]]
    assert found["last_delivery"] == newest
    paused = rest.send("PATCH", path, json={"status": "DISABLED"}).json()
    assert (paused["status"], paused["last_delivery"]) == ("DISABLED", newest)
    rest.send("DELETE", path)


def test_a_webhook_is_told_nothing_that_it_does_not_know(local: Martlet) -> None:
    rest = Rest(local.url)
    body = {"name": fresh("hook"), "url": "https://example.com/", "events": ["experiment.created"]}
    status, error = rest.refused("POST", "/api/v1/webhooks", {**body, "event": "run.created"})
    assert (status, error["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert "'event' can't be told here" in error["message"]
    assert body["name"] not in [webhook["name"] for webhook in rest.get("/api/v1/webhooks")["webhooks"]]
    made = rest.post("/api/v1/webhooks", body)
    path = f"/api/v1/webhooks/{made['id']}"
    status, error = rest.refused("PATCH", path, {"status": "DISABLED", "statuz": "ACTIVE"})
    assert (status, error["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert rest.get(path) == made
    rest.send("DELETE", path)


@pytest.mark.parametrize("database", DATABASES)
def test_a_change_that_was_acknowledged_is_told_after_a_crash(launch: Launch, database: str, hook: Receiver) -> None:
    server = launch(store=store_of(database), environment=LOCAL).start()
    client = client_of(server)
    client.create_webhook("hook", hook.url, [CREATED], secret="a secret")
    names = [fresh("crash") for _ in range(20)]
    for name in names:
        client.create_registered_model(name)
    server.kill()
    server.start()
    # A delivery that was on its way when the server died is sent again when its claim has run out.
    deadline = time.monotonic() + 90
    while {item.body["data"]["name"] for item in hook.wait(1)} != set(names):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert all("x-mlflow-signature" in item.headers for item in hook.wait(len(names)))
    if database == "sqlite":
        (path,) = (server.folder / "data").glob("martlet.sqlite")
        assert b"a secret" not in path.read_bytes()
        (sealed,) = sqlite3.connect(path).execute("SELECT sealed_secret FROM webhooks").fetchone()
        assert sealed and "a secret" not in sealed


def test_webhooks_lead_to_no_private_address_unless_told(launch: Launch) -> None:
    client = client_of(launch().start())
    with pytest.raises(MlflowException, match="Invalid webhook URL scheme: 'http'"):
        client.create_webhook("hook", "http://example.com", [CREATED])
    for host in ("127.0.0.1:9", "localhost", "169.254.169.254", "[::1]"):
        with pytest.raises(MlflowException, match="must not lead to a non-public address"):
            client.create_webhook("hook", f"https://{host}/", [CREATED])
