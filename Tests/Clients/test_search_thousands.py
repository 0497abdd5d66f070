"""Thousands of runs that MLflow's own store holds, imported: Martlet finds the same of them, in the same order.

Where there are few runs every search sorts all of them; here they are also found from a condition and along an order.
`MARTLET_SEARCH_THOUSANDS` says how many thousands of runs, and `MARTLET_SEARCH_QUESTIONS` and `MARTLET_SEARCH_SEED`
are those of test_search_twins.py. MLflow is asked once for both databases, because it takes the longest.
"""

from __future__ import annotations

import json
import os
import random
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from martlet import DATABASES, Martlet, store_of
from mlflow_import import imported
from rest import MLFLOW, Rest
from search_questions import Questions
from search_rows import insert_experiments, insert_runs
from search_twins import Answer, TrackingStore, runs_of_martlet, runs_of_mlflow
from search_values import NUMBERS, some_run
from test_search_twins import QUESTIONS, SEED, compare

RUNS = 1000 * int(os.environ.get("MARTLET_SEARCH_THOUSANDS", "3"))
EXPERIMENTS = {11: "most of them", 12: "some of them", 13: "few of them"}
WEIGHTS = [88, 10, 2]
PAGE = 997
# So that none of them takes as long as a test may.
PARTS = 4


class Held:
    """MLflow's store, and what it answered."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.experiments = [str(number) for number in EXPERIMENTS]
        self.mlflow = TrackingStore(f"sqlite:///{folder}/mlflow.db", str(folder / "artifacts"))
        self.answers: dict[str, Answer] = {}
        chance = random.Random(SEED)
        runs = [some_run(chance) for _ in range(RUNS)]
        for run, experiment in zip(runs, chance.choices(list(EXPERIMENTS), WEIGHTS, k=RUNS), strict=True):
            run.id, run.experiment = uuid.UUID(int=chance.getrandbits(128)).hex, experiment
            run.artifact_uri = f"mlflow-artifacts:/{experiment}/{run.id}/artifacts"
            run.earlier = {key: chance.choice(NUMBERS) for key in run.metrics if chance.random() < 0.3}
        self.ids = [run.id for run in runs[:20]]
        insert_experiments(self.mlflow.engine, EXPERIMENTS)
        insert_runs(self.mlflow.engine, runs)

    def asked(self, query: dict[str, Any]) -> Answer:
        key = json.dumps(query)
        if key not in self.answers:
            self.answers[key] = runs_of_mlflow(self.mlflow, query)
        return self.answers[key]


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Held:
    return Held(tmp_path_factory.mktemp("thousands"))


@pytest.fixture(scope="module", params=DATABASES)
def martlet(request: pytest.FixtureRequest, held: Held) -> Iterator[Rest]:
    server = Martlet(held.folder / request.param, store_of(request.param))
    report = imported(f"sqlite:///{held.folder}/mlflow.db", server)
    assert report["equal"] and not report["left_out"], report
    server.start()
    try:
        yield Rest(server.url)
    finally:
        server.kill()


@pytest.mark.parametrize("part", range(PARTS))
def test_questions(held: Held, martlet: Rest, part: int) -> None:
    questions = Questions(random.Random(f"{SEED} {part}"), held.ids).runs(held.experiments)
    compare(questions, QUESTIONS // 2, held.asked, lambda query: runs_of_martlet(martlet, query))


@pytest.mark.parametrize("order", [[], ["metrics.lr DESC"], ["params.lr ASC", "metrics.lr ASC", "tags.lr"]], ids=str)
def test_pages_put_together_are_the_whole(held: Held, martlet: Rest, order: list[str]) -> None:
    query = {"experiment_ids": held.experiments, "filter": "", "order_by": order, "run_view_type": "ALL"}
    together: list[str] = []
    token = None
    while token or not together:
        part = {**query, "max_results": PAGE} | ({"page_token": token} if token else {})
        answer = martlet.post(f"{MLFLOW}/runs/search", part)
        together += [run["info"]["run_id"] for run in answer["runs"]]
        token = answer.get("next_page_token")
    assert together == held.asked({**query, "max_results": RUNS}).ids
    assert len(set(together)) == RUNS
