"""Contracts over the wire: set, kept, counted, shown and removed, by the API and the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import CommandLine
from martlet import Martlet
from mlflow.tracking import MlflowClient
from models import Model, classifier_graph, column_signature, register
from rest import JSON, Rest
from test_serving import deployed

ENDPOINTS = "/api/v1/mlflow/serving/endpoints"


@pytest.fixture
def model(client: MlflowClient, rest: Rest) -> Model:
    graph = classifier_graph(zipmap=False)
    return deployed(rest, register(client, graph, column_signature(graph)))


@pytest.fixture
def cli(server: Martlet) -> CommandLine:
    return CommandLine(server.url)


def put(rest: Rest, model: Model, contract: JSON, status: int = 200) -> JSON:
    response = rest.send("PUT", f"{ENDPOINTS}/{model.name}/contract", json=contract)
    assert response.status_code == status, response.text
    return response.json()


def ask(rest: Rest, model: Model, **changes: float | None) -> tuple[int, JSON]:
    row = {**model.rows.iloc[0].to_dict(), **changes}
    response = rest.send("POST", "/predict", json={"model_name": model.name, "inputs": row})
    return response.status_code, response.json()


def test_a_contract_is_kept_and_its_violations_are_counted(rest: Rest, model: Model) -> None:
    contract = put(rest, model, {"inputs": {"age": {"min": -100, "max": 100, "nullable": False}}})
    assert contract["inputs"]["age"] == {"min": -100, "max": 100, "nullable": False}
    assert contract["set_by"] and rest.get(f"{ENDPOINTS}/{model.name}/contract") == contract
    assert ask(rest, model)[0] == 200
    status, body = ask(rest, model, age=101)
    assert (status, body["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert body["message"] == ('inputs, row 0, column "age": the endpoint\'s contract takes numbers from -100 to 100')
    assert ask(rest, model, age=None)[0] == 400
    (variant,) = rest.get(f"{ENDPOINTS}/{model.name}")["variants"]
    assert variant["contract_violations"] == {"inputs_refused": 2, "outputs_refused": 0, "outputs_clipped": 0}
    line = f'martlet_serving_contract_violations_total{{endpoint="{model.name}",variant="v1",side="input"'
    assert f'{line},outcome="refused"}} 2' in rest.send("GET", "/metrics").text
    put(rest, model, {"inputs": {"height": {"min": 0}}}, status=400)


def test_answers_are_refused_as_the_servers_fault_or_clipped(rest: Rest, model: Model) -> None:
    put(rest, model, {"outputs": {"probabilities": {"max": 0.4}}})
    status, body = ask(rest, model)
    assert (status, body["error_code"]) == (500, "INVALID_STATE")
    assert 'output "probabilities", row 0: must be numbers of at most 0.4' in body["message"]
    put(rest, model, {"outputs": {"probabilities": {"max": 0.4, "action": "clip"}}})
    status, body = ask(rest, model)
    assert status == 200 and max(body["prediction"]["probabilities"]) == pytest.approx(0.4)
    assert rest.send("DELETE", f"{ENDPOINTS}/{model.name}/contract").status_code == 200
    assert rest.send("GET", f"{ENDPOINTS}/{model.name}/contract").status_code == 404
    status, body = ask(rest, model)
    assert max(body["prediction"]["probabilities"]) > 0.4


def test_the_command_line_sets_shows_and_removes(cli: CommandLine, rest: Rest, model: Model, tmp_path: Path) -> None:
    rule = '={"min": -100, "max": 100}'
    cli.text("endpoints", "contract", model.name, "--input", f"age{rule}", "--output", 'probabilities={"finite": true}')
    shown = cli.text("endpoints", "contract", model.name)
    assert "age" in shown and '"max":100' in shown.replace(" ", "") and "probabilities" in shown
    ask(rest, model, age=1e6)
    assert "broken by 1 requests" in cli.text("endpoints", "show", model.name)
    file = tmp_path / "contract.json"
    file.write_text(json.dumps({"inputs": {"width": {"max": 50}}}))
    cli.text("endpoints", "contract", model.name, "--file", str(file))
    assert list(rest.get(f"{ENDPOINTS}/{model.name}/contract")["inputs"]) == ["width"]
    cli.text("endpoints", "contract", model.name, "--remove")
    assert rest.get(f"{ENDPOINTS}/{model.name}")["contract"] is None
