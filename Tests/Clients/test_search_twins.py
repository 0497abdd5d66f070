"""Martlet finds what MLflow's own store finds, in the same order, or refuses with the same code.

`MARTLET_SEARCH_RUNS`, `MARTLET_SEARCH_QUESTIONS` and `MARTLET_SEARCH_SEED` make more of it than the default. Where
the two differ on purpose stands in docs/search.md; the questions leave these out, and `tolerated` knows the rest.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from martlet import DATABASES, Martlet, store_of
from rest import MLFLOW, Rest
from search_questions import HOSTILE, Questions
from search_twins import Answer, Twins
from search_values import START

RUNS = int(os.environ.get("MARTLET_SEARCH_RUNS", "100"))
QUESTIONS = int(os.environ.get("MARTLET_SEARCH_QUESTIONS", "100"))
SEED = int(os.environ.get("MARTLET_SEARCH_SEED", "20261121"))


@pytest.fixture(scope="module", params=DATABASES)
def twins(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twins]:
    folder = tmp_path_factory.mktemp(f"twins-{request.param}")
    martlet = Martlet(folder / "martlet", store_of(request.param)).start()
    try:
        made = Twins(Rest(martlet.url), folder, SEED)
        made.fill_runs(RUNS)
        made.fill_experiments(24)
        made.fill_registry(24)
        yield made
    finally:
        martlet.kill()


def tolerated(mlflow: Answer, martlet: Answer) -> bool:
    """MLflow answers some faults of a caller as its own."""
    return mlflow.refusal == "INTERNAL_ERROR" and martlet.refusal == "INVALID_PARAMETER_VALUE"


def compare(
    questions: Iterator[dict[str, Any]],
    count: int,
    mlflow: Callable[[dict[str, Any]], Answer],
    martlet: Callable[[dict[str, Any]], Answer],
) -> None:
    differences, found, refused = [], 0, 0
    for query in itertools.islice(questions, count):
        expected, given = mlflow(query), martlet(query)
        found += bool(given.ids)
        refused += bool(given.refusal)
        if expected != given and not tolerated(expected, given):
            differences.append(f"{json.dumps(query, ensure_ascii=False)}\n  MLflow  {expected}\n  Martlet {given}")
    assert not differences, f"seed {SEED}: {len(differences)} of {count}\n" + "\n".join(differences[:20])
    # A test that finds or refuses everything compares nothing.
    assert found > count / 5 and refused > count / 50, (found, refused)


def test_runs(twins: Twins) -> None:
    everything = {"experiment_ids": twins.experiments, "run_view_type": "ALL", "max_results": 20}
    ids = twins.runs_of_martlet({**everything, "filter": "", "order_by": []}).ids
    questions = Questions(random.Random(SEED), ids)
    compare(questions.runs(twins.experiments), QUESTIONS, twins.runs_of_mlflow, twins.runs_of_martlet)


def test_pages_of_runs(twins: Twins) -> None:
    questions = Questions(random.Random(SEED + 1), [])
    for order in itertools.islice((questions.run_order() for _ in itertools.count()), 8):
        query = {"experiment_ids": twins.experiments, "filter": "tags.lr IS NOT NULL", "order_by": order}
        query |= {"run_view_type": "ALL", "max_results": 10_000}
        whole = twins.runs_of_mlflow(query)
        pages, token = [], None
        while len(pages) < 100 and (token or not pages):
            part = {**query, "max_results": 29} | ({"page_token": token} if token else {})
            answer = twins.rest.send("POST", f"{MLFLOW}/runs/search", json=part).json()
            pages.append([run["info"]["run_id"] for run in answer.get("runs", [])])
            token = answer.get("next_page_token")
        if whole.refusal:
            continue
        assert [run for page in pages for run in page] == whole.ids, order


def test_experiments(twins: Twins) -> None:
    chance = random.Random(SEED)
    questions = Questions(chance, [])
    names = ["alpha0", "Beta1", "größe2", "x_y3", "x%y4", "Default", "nope"]
    times = [f"{START}", "0", f"{2 * START}"]

    def condition() -> str:
        numbers = {"creation_time": times, "last_update_time": times, "attribute.creation_time": ["1.5", "'1'", *times]}
        attributes = {"name": names, "attribute.name": names, "experiment_id": ["0", "1", "7", "99"]}
        text = questions.named(attributes, numbers, ["experiment_id", "experiment_id", "name"])
        return text.replace("experiment_id LIKE", "experiment_id =").replace("experiment_id ILIKE", "experiment_id !=")

    def calls() -> Iterator[dict[str, Any]]:
        while True:
            keys = ["name", "attribute.name", "experiment_id", "creation_time", "last_update_time", "tags.a", "nope"]
            order = [
                f"{key} {chance.choice(['ASC', 'DESC'])}" for key in chance.sample(keys, chance.choice([0, 0, 1, 1, 2]))
            ]
            yield {
                "filter": questions.joined(condition),
                "order_by": order if len({key.split(".")[-1] for key in order}) == len(order) else [],
                "view_type": chance.choice(["ACTIVE_ONLY", "ACTIVE_ONLY", "DELETED_ONLY", "ALL"]),
                "max_results": chance.choice([3, 100]),
            }

    compare(calls(), QUESTIONS // 2, twins.experiments_of_mlflow, twins.experiments_of_martlet)


@pytest.mark.parametrize("kind", ["models", "versions"])
def test_registry(twins: Twins, kind: str) -> None:
    chance = random.Random(SEED)
    questions = Questions(chance, [])
    names = ["alpha0", "Beta1", "größe2", "x_y3", "x%y4", "ключ5", "nope"]
    runs = ["00000000000000000000000000000001", "00000000000000000000000000000002", ""]
    attributes, numbers, lists = {"name": names}, {}, ["name"]
    orders = ["name", "timestamp", "last_updated_timestamp"]
    if kind == "versions":
        attributes |= {"run_id": runs, "source_path": ["s3://b/one", "s3://b/Two", "s3://b/größe", "s3://b/50%", "s3%"]}
        numbers, lists = {"version_number": ["1", "2", "'3'", "1.5", "'x'"]}, ["name", "run_id"]
        orders = ["name", "version_number", "creation_timestamp", "last_updated_timestamp"]

    def condition() -> str:
        if chance.random() < 0.1:
            wanted = chance.choice(["= 'true'", "!= 'true'", "= 'false'", "!= 'false'", "= 'TRUE'", "LIKE 't%'"])
            return f"tags.`mlflow.prompt.is_prompt` {wanted}"
        return questions.named(attributes, numbers, lists)

    def calls() -> Iterator[dict[str, Any]]:
        while True:
            keys = chance.sample(orders, chance.choice([0, 0, 1, 1, 2]))
            order = [f"{key} {chance.choice(['ASC', 'DESC', 'desc'])}" for key in keys]
            yield {
                "filter": questions.joined(condition),
                "order_by": order if "timestamp" not in keys else order[:1],
                "max_results": chance.choice([3, 100]),
            }

    mlflow = {"models": twins.models_of_mlflow, "versions": twins.versions_of_mlflow}[kind]
    martlet = {"models": twins.models_of_martlet, "versions": twins.versions_of_martlet}[kind]
    compare(calls(), QUESTIONS // 2, mlflow, martlet)


def test_traces(twins: Twins) -> None:
    ids = twins.fill_traces(RUNS)
    chance = random.Random(SEED)
    questions = Questions(chance, [])
    states = ["OK", "ERROR", "IN_PROGRESS", "ok", "%R%"]
    attributes = {"request_id": ids[:9], "client_request_id": ["mine", "Mine", "M%"], "status": states}
    attributes |= {"name": ["ask", "Answer", "A%", "nope"], "trace.status": states, "attributes.name": ["größe", "%s%"]}
    times = [str(START + each) for each in (0, 7, 30, 60)] + [f"{START}.5", "'1'"]
    took = ["0", "7", "1500", "1.5"]
    numbers = {"timestamp_ms": times, "trace.timestamp": times, "execution_time_ms": took, "attribute.end_time": times}
    orders = ["timestamp_ms", "timestamp", "execution_time", "attributes.status", "request_id", "name", "tags.lr"]
    orders += ["metadata.`a.b`", "request_metadata.lr", "trace.execution_time_ms", "nope"]

    def condition() -> str:
        if chance.random() < 0.3:
            return questions.keyed(["metadata", "request_metadata"])
        return questions.named(attributes, numbers, ["request_id", "client_request_id", "status"])

    def calls() -> Iterator[dict[str, Any]]:
        while True:
            wanted = questions.joined(condition)
            # Lists of tags and patterns of another language, which only one of both has.
            if re.search(r"tags?\.\S+ (NOT )?IN|RLIKE", wanted):
                continue
            keys = chance.sample(orders, chance.choice([0, 0, 1, 1, 2]))
            yield {
                "experiment_ids": chance.choice([twins.experiments[:1], twins.experiments]),
                "filter": wanted,
                "order_by": [f"{key} {chance.choice(['ASC', 'DESC', 'desc'])}" for key in keys],
                "max_results": chance.choice([3, 100]),
            }

    compare(calls(), QUESTIONS, twins.traces_of_mlflow, twins.traces_of_martlet)


def test_nothing_leaks_and_nothing_changes(twins: Twins) -> None:
    """Hostile texts find no run that does not hold them, and leave the store as it was."""
    everything = {"experiment_ids": twins.experiments, "run_view_type": "ALL", "max_results": 1000, "filter": ""}
    before = twins.runs_of_martlet({**everything, "order_by": []})
    nowhere = {"experiment_ids": ["999999"], "run_view_type": "ALL", "max_results": 1000, "order_by": []}
    for text in HOSTILE:
        for mark in ("'", '"', ""):
            for name in ("params.lr", "tags.lr", "run_name", "dataset.context", f"tags.`{text}`", f"params.{text}"):
                answer = twins.runs_of_martlet({**nowhere, "filter": f"{name} = {mark}{text}{mark}"})
                assert answer in (Answer(), Answer(refusal="INVALID_PARAMETER_VALUE")), (name, text, answer)
        for order in (text, f"metrics.`{text}`", f"params.`{text}` DESC", f"{text} DESC"):
            answer = twins.runs_of_martlet({**nowhere, "filter": "", "order_by": [order]})
            assert answer in (Answer(), Answer(refusal="INVALID_PARAMETER_VALUE")), (order, answer)
    assert twins.runs_of_martlet({**everything, "order_by": []}) == before
    assert len(before.ids) == RUNS
