"""What MLflow's page does with language models: prompts that were tried, and the way to the server that was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import mlflow
import pytest
from martlet import Martlet
from mlflow.tracking import MlflowClient
from rest import JSON, Rest

PROXY = "/ajax-api/2.0/mlflow/gateway-proxy"


def test_a_prompt_that_was_tried_can_be_loaded(client: MlflowClient, rest: Rest, tmp_path: Any) -> None:
    awkward = 'Say "{{ greeting }}":\n\tnow \\ — 😀'
    run = rest.post(
        "/ajax-api/2.0/mlflow/runs/create-promptlab-run",
        {
            "experiment_id": rest.experiment(),
            "prompt_template": awkward,
            "prompt_parameters": [{"key": "greeting", "value": "yes"}, {"key": "two: words", "value": "# no"}],
            "model_route": "chat",
            "model_parameters": [{"key": "temperature", "value": 0.1}],
            "model_input": "Say hello",
            "mlflow_version": mlflow.__version__,
        },
    )["run"]
    assert run["info"]["status"] == "FINISHED"
    found = client.get_run(run["info"]["run_id"])
    assert found.data.params == {"model_route": "chat", "prompt_template": awkward, "temperature": "0.1"}
    path = mlflow.artifacts.download_artifacts(run_id=found.info.run_id, artifact_path="model", dst_path=str(tmp_path))
    model = mlflow.pyfunc.load_model(path)
    assert (model.metadata.run_id, model.metadata.flavors.keys()) == (found.info.run_id, {"python_function"})
    assert model.metadata.get_input_schema().input_names() == ["greeting", "two: words"]
    assert model.metadata.load_input_example(path) == {"inputs": ["yes", "# no"]}
    inner = model._model_impl
    assert (inner.prompt_template, inner.model_route) == (awkward, "chat")
    assert {each.key: each.value for each in inner.prompt_parameters} == {"greeting": "yes", "two: words": "# no"}
    table = mlflow.artifacts.load_dict(f"{found.info.artifact_uri}/eval_results_table.json")
    assert table == {
        "columns": ["greeting", "two: words", "prompt", "output"],
        "data": [["yes", "# no", "Say hello", None]],
    }


class Models:
    """A server of language models that remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, JSON]] = []
        self.status = 200
        self.answer: Any = {"endpoints": [{"name": "chat"}]}
        models = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                models.asked.append(("GET", self.path, None))
                self.reply()

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                models.asked.append(("POST", self.path, body))
                self.reply()

            def reply(self) -> None:
                data = json.dumps(models.answer).encode()
                self.send_response(models.status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *words: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def models() -> Iterator[Models]:
    made = Models()
    thread = threading.Thread(target=made.server.serve_forever, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


def test_endpoints_are_listed_and_called_through_the_server(launch: Callable[..., Martlet], models: Models) -> None:
    rest = Rest(launch(environment={"MLFLOW_DEPLOYMENTS_TARGET": models.url}).start().url)
    assert rest.get(PROXY, gateway_path="api/2.0/endpoints") == models.answer
    # Longer than what is read of a webhook's receiver.
    models.answer = {"choices": [{"message": {"content": "hello " * 10_000}}]}
    body = {"messages": [{"role": "user", "content": "?"}]}
    call = {"gateway_path": "gateway/chat/invocations", "json_data": body}
    assert rest.post(PROXY, call) == models.answer
    assert models.asked == [("GET", "/api/2.0/endpoints", None), ("POST", "/gateway/chat/invocations", body)]
    models.status, models.answer = 429, "slow down"
    status, answer = rest.refused("POST", PROXY, call)
    assert (status, "error code 429" in answer["message"], "slow down" in answer["message"]) == (400, True, True)
    models.status = 500
    assert rest.refused("POST", PROXY, call)[0] == 503


def test_what_no_proxy_asks_for_is_not_sent(launch: Callable[..., Martlet], models: Models) -> None:
    rest = Rest(launch(environment={"MLFLOW_DEPLOYMENTS_TARGET": models.url}).start().url)
    assert rest.refused("POST", PROXY, {"gateway_path": "api/2.0/endpoints"})[0] == 400
    assert rest.refused("GET", f"{PROXY}?gateway_path=gateway/chat/invocations")[0] == 400
    assert rest.refused("DELETE", PROXY)[0] == 405
    assert models.asked == []
