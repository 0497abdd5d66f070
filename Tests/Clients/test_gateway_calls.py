"""Endpoints of the gateway are asked: a provider on loopback gets question and key, and others when it fails."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests
from martlet import DATABASES, Martlet, store_of
from mlflow.entities import GatewayEndpointModelConfig, GatewayModelLinkageType
from mlflow.tracking import MlflowClient
from rest import fresh

LOCAL = {
    "MLFLOW_GATEWAY_API_BASE_ALLOWED_SCHEMES": "http,https",
    "MLFLOW_GATEWAY_API_BASE_ALLOW_PRIVATE_IPS": "true",
}
KEY = "sk-0123456789-of-a-test"
CHAT = {"messages": [{"role": "user", "content": "Hi"}]}
Asked = tuple[str, str, dict[str, Any]]
Answer = Callable[[dict[str, Any]], tuple[int, str]]


class Provider:
    """Answers as `answer` says, and remembers path, key and body of what it was asked."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[Asked] = []
        self.answer: Answer = lambda body: (200, json.dumps({"model": body["model"], "choices": []}))


@contextmanager
def provider() -> Iterator[Provider]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            here.asked.append((self.path, self.headers["Authorization"], body))
            status, text = here.answer(body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    here = Provider(f"http://127.0.0.1:{server.server_address[1]}/v1")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def upstream() -> Iterator[Provider]:
    with provider() as made:
        yield made


@pytest.fixture(scope="module", params=DATABASES)
def local(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Martlet]:
    """A server whose providers may be on this machine."""
    folder = tmp_path_factory.mktemp(f"gateway-{request.param}")
    martlet = Martlet(folder, store_of(request.param), environment=LOCAL).start()
    yield martlet
    assert martlet.stop() == 0


def endpoint_of(server: Martlet, *models: tuple[str, str, GatewayModelLinkageType]) -> str:
    """The name of a new endpoint of models, each of a provider's address, with a name and a part."""
    store = MlflowClient(server.url)._tracking_client.store
    links = []
    for address, model, linkage in models:
        secret = store.create_gateway_secret(
            fresh("key"), {"api_key": KEY}, provider="openai", auth_config={"api_base": address}
        )
        made = store.create_gateway_model_definition(fresh("model"), secret.secret_id, "openai", model)
        links.append(GatewayEndpointModelConfig(made.model_definition_id, linkage))
    return store.create_gateway_endpoint(fresh("endpoint"), links).name


def asked(server: Martlet, path: str, body: dict[str, Any]) -> requests.Response:
    return requests.post(f"{server.url}/gateway/{path}", json=body, timeout=30)


def test_a_question_goes_to_the_provider_with_its_key(local: Martlet, upstream: Provider) -> None:
    name = endpoint_of(local, (upstream.url, "gpt-4", GatewayModelLinkageType.PRIMARY))
    answers = [
        asked(local, f"{name}/mlflow/invocations", {**CHAT, "temperature": 0.5}),
        asked(local, "mlflow/v1/chat/completions", {**CHAT, "model": name}),
        asked(local, f"{name}/mlflow/invocations", {"input": ["text"]}),
    ]
    for answer in answers:
        assert (answer.status_code, answer.json()) == (200, {"model": "gpt-4", "choices": []})
    assert [path for path, _, _ in upstream.asked] == ["/v1/chat/completions"] * 2 + ["/v1/embeddings"]
    assert {key for _, key, _ in upstream.asked} == {f"Bearer {KEY}"}
    assert upstream.asked[0][2] == {**CHAT, "temperature": 0.5, "model": "gpt-4"}
    assert KEY not in local.log.read_text(errors="replace")


def test_another_model_is_asked_when_one_fails(local: Martlet, upstream: Provider) -> None:
    name = endpoint_of(
        local,
        (upstream.url, "down", GatewayModelLinkageType.PRIMARY),
        ("http://127.0.0.1:9/v1", "nobody", GatewayModelLinkageType.FALLBACK),
        (upstream.url, "up", GatewayModelLinkageType.FALLBACK),
    )
    upstream.answer = lambda body: (500, "oh") if body["model"] == "down" else (200, json.dumps(body))
    answer = asked(local, f"{name}/mlflow/invocations", CHAT)
    assert (answer.status_code, answer.json()["model"]) == (200, "up")
    assert [body["model"] for _, _, body in upstream.asked] == ["down", "up"]


@pytest.mark.parametrize(
    ("status", "text", "answered", "message"),
    [
        (401, json.dumps({"error": {"message": f"Incorrect key {KEY}"}}), 403, "does not accept the secret"),
        (400, json.dumps({"error": {"message": "no such model"}}), 400, "refuses: no such model"),
        (400, json.dumps({"error": {"message": f"not for {KEY}"}}), 400, "refuses: not for sk-...test"),
        (429, "", 429, "has too many requests"),
        (502, "<html>", 503, "answered with status 502"),
        (200, "<html>", 503, "answered no JSON object"),
        (200, json.dumps({"much": "x" * (17 << 20)}), 503, "answered no JSON object"),
    ],
)
def test_what_a_provider_refuses(
    local: Martlet, upstream: Provider, status: int, text: str, answered: int, message: str
) -> None:
    name = endpoint_of(local, (upstream.url, "gpt-4", GatewayModelLinkageType.PRIMARY))
    upstream.answer = lambda _: (status, text)
    answer = asked(local, f"{name}/mlflow/invocations", CHAT)
    assert answer.status_code == answered and message in answer.json()["message"] and KEY not in answer.text


def test_questions_that_are_none(local: Martlet, upstream: Provider) -> None:
    name = endpoint_of(local, (upstream.url, "gpt-4", GatewayModelLinkageType.PRIMARY))
    for body, status in (({"prompt": "x"}, 400), ({**CHAT, "stream": True}, 501)):
        assert asked(local, f"{name}/mlflow/invocations", body).status_code == status
    assert asked(local, "no-such/mlflow/invocations", CHAT).status_code == 404
    assert asked(local, "mlflow/v1/chat/completions", CHAT).status_code == 400
    assert upstream.asked == []


def test_private_addresses_are_not_asked(launch: Callable[..., Martlet], upstream: Provider) -> None:
    """What was kept while they were allowed is refused again when it is asked."""
    server = launch(environment=LOCAL).start()
    name = endpoint_of(server, (upstream.url, "gpt-4", GatewayModelLinkageType.PRIMARY))
    assert server.stop() == 0
    schemes = {"MLFLOW_GATEWAY_API_BASE_ALLOWED_SCHEMES": "http,https"}
    for environment, message in (
        ({}, "Allowed schemes are: https"),
        (schemes, "must not lead to a non-public address"),
    ):
        server = launch(environment=environment).start()
        answer = asked(server, f"{name}/mlflow/invocations", CHAT)
        assert answer.status_code == 503 and message in answer.json()["message"]
        assert server.stop() == 0
    assert upstream.asked == []


def test_a_key_stands_in_no_log_though_no_header_can_carry_it(local: Martlet) -> None:
    for ending in ("\n", "\r\n", "\x7f"):
        body = {"secret_name": fresh("key"), "secret_value": {"api_key": KEY + ending}, "provider": "openai"}
        answer = requests.post(f"{local.url}/api/3.0/mlflow/gateway/secrets/create", json=body, timeout=30)
        assert answer.status_code == 400 and "control characters" in answer.json()["message"]
        assert KEY not in answer.text
    assert KEY not in local.log.read_text(errors="replace")
