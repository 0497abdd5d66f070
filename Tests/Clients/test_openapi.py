"""/openapi.json is a valid 3.1 document; its paths answer, and what they answer is what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from rest import JSON, Rest

METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="session")
def document(rest: Rest) -> JSON:
    return rest.get("/openapi.json")


def operations(document: JSON) -> Iterator[tuple[str, str, JSON]]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def resolved(document: JSON, value: JSON) -> JSON:
    while isinstance(value, dict) and "$ref" in value:
        found = document
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        value = found
    return value


def validator(document: JSON, schema: JSON) -> Draft202012Validator:
    """References in `schema` lead into the whole document."""
    return Draft202012Validator({**schema, "components": document.get("components", {})})


def test_the_document_is_valid(document: JSON) -> None:
    assert document["openapi"].startswith("3.1")
    faults = [
        f"{list(error.absolute_path)}: {error.message}" for error in OpenAPIV31SpecValidator(document).iter_errors()
    ]
    assert faults == []


def test_it_describes_what_stands(document: JSON) -> None:
    paths = set(document["paths"])
    needed = {
        "/health",
        "/predict",
        "/predict/batch",
        "/invocations",
        "/api/v1/mlflow/serving/deploy",
        "/api/v1/mlflow/serving/endpoints",
        "/api/v1/predictions",
        "/api/v1/monitoring/drift",
        "/api/v1/monitoring/drift/check",
        "/mlops/alerts",
        "/api/v1/activities",
        "/api/v1/events",
        "/api/2.0/mlflow/runs/log-batch",
        "/api/2.0/mlflow/registered-models/create",
    }
    assert needed <= paths, needed - paths


def test_operations_have_ids_of_their_own_and_answers(document: JSON) -> None:
    ids = [operation.get("operationId") for _, _, operation in operations(document)]
    assert None not in ids
    assert len(ids) == len(set(ids))
    for path, method, operation in operations(document):
        assert operation["responses"], f"{method} {path}"


def test_every_path_answers(rest: Rest, document: JSON) -> None:
    """No such subject, or no such question, but never no such path; 501 only where nothing else is promised."""
    silent = []
    for path, method, operation in operations(document):
        url = rest.url + re.sub(r"\{[^}]*\}", "no-such-thing", path)
        body: dict[str, Any] = {"json": {}} if method in ("post", "put", "patch") else {}
        with requests.request(method, url, timeout=10, stream=True, **body) as response:
            kind = response.headers.get("content-type", "")
            nothing_there = response.status_code == 404 and "json" not in kind
            refuses_always = response.status_code == 501 and all(code >= "4" for code in operation["responses"])
            if (response.status_code in (405, 500, 501) and not refuses_always) or nothing_there:
                silent.append(f"{method} {path} → {response.status_code}")
    assert silent == []


def test_examples_are_what_their_schemas_say(document: JSON) -> None:
    faults = []
    for path, method, operation in operations(document):
        for place, media in described(document, operation):
            if "schema" not in media:
                continue
            checker = validator(document, media["schema"])
            for example in examples(document, media):
                faults += [f"{method} {path} {place}: {error.message}" for error in checker.iter_errors(example)]
    assert faults == []


def described(document: JSON, operation: JSON) -> Iterator[tuple[str, JSON]]:
    body = resolved(document, operation.get("requestBody", {}))
    for media in body.get("content", {}).values():
        yield "request", media
    for status, response in operation["responses"].items():
        for media in resolved(document, response).get("content", {}).values():
            yield status, media


def examples(document: JSON, media: JSON) -> Iterator[JSON]:
    if "example" in media:
        yield media["example"]
    for example in media.get("examples", {}).values():
        yield resolved(document, example)["value"]


def test_answers_are_what_their_schemas_say(rest: Rest, document: JSON) -> None:
    """Every GET that needs nothing to be asked."""
    faults, asked = [], 0
    for path, method, operation in operations(document):
        parameters = [resolved(document, each) for each in operation.get("parameters", [])]
        needs = "{" in path or any(each.get("required") for each in parameters) or path.endswith("/events")
        answer = resolved(document, operation["responses"].get("200", {}))
        schema = answer.get("content", {}).get("application/json", {}).get("schema")
        if method != "get" or needs or schema is None:
            continue
        response = rest.send("GET", path)
        if response.status_code == 200:
            asked += 1
            checker = validator(document, schema)
            faults += [f"{path}: {error.json_path} {error.message}" for error in checker.iter_errors(response.json())]
    assert faults == []
    assert asked > 0
