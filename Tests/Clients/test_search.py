"""Searching runs: the filter grammar, the order, the pages."""

from __future__ import annotations

import math

import pytest
from mlflow.entities import Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient
from rest import fresh

START = 1_700_000_000_000
RUNS = 12


@pytest.fixture(scope="module")
def shelf(server: object) -> dict[str, object]:
    """An experiment of a dozen runs: loss falls, every third is blue, odd ones have a depth, the last loss is NaN."""
    client = MlflowClient(server.url)  # type: ignore[attr-defined]
    experiment = client.create_experiment(fresh("search"))
    runs = []
    for index in range(RUNS):
        run = client.create_run(experiment, start_time=START + index, run_name=f"run-{index:02}").info.run_id
        loss = math.nan if index == RUNS - 1 else 1.0 - index / RUNS
        params = [Param("depth", str(index))] if index % 2 else []
        tags = [RunTag("colour", "blue" if index % 3 == 0 else "Red")]
        client.log_batch(run, [Metric("val loss", loss, START, 0), Metric("acc", index / RUNS, START, 0)], params, tags)
        if index >= 6:
            client.set_terminated(run, "FINISHED", end_time=START + 100 + index)
        runs.append(run)
    return {"experiment": experiment, "runs": runs}


def found(client: MlflowClient, shelf: dict[str, object], text: str, **options: object) -> list[int]:
    runs = client.search_runs([shelf["experiment"]], text, **options)
    return [shelf["runs"].index(run.info.run_id) for run in runs]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", set(range(12))),
        ("metrics.acc > 0.5", {7, 8, 9, 10, 11}),
        ("metrics.`val loss` <= 0.5", {6, 7, 8, 9, 10}),
        ("metrics.`val loss` != 1", set(range(1, 12))),
        ("params.depth = '3'", {3}),
        ("params.depth != '3'", {1, 5, 7, 9, 11}),
        ("params.depth IS NULL", {0, 2, 4, 6, 8, 10}),
        ("tags.colour = 'blue'", {0, 3, 6, 9}),
        ("tags.colour LIKE 'R%'", {1, 2, 4, 5, 7, 8, 10, 11}),
        ("tags.colour LIKE 'r%'", set()),
        ("tags.colour ILIKE 'r%' AND metrics.acc < 0.2", {1, 2}),
        ("attributes.status = 'FINISHED' and tags.colour = 'blue'", {6, 9}),
        ("attributes.run_name LIKE 'run-1%'", {10, 11}),
        (f"attributes.start_time >= {START + 10}", {10, 11}),
        ("params.depth = '3' AND params.depth = '5'", set()),
    ],
)
def test_a_filter_finds_its_runs(client: MlflowClient, shelf: dict[str, object], text: str, expected: set[int]) -> None:
    assert set(found(client, shelf, text)) == expected


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ([], list(range(11, -1, -1))),
        (["metrics.acc ASC"], list(range(12))),
        (["metrics.`val loss` ASC"], [10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 11]),
        (["params.depth DESC"], [9, 7, 5, 3, 11, 1, 10, 8, 6, 4, 2, 0]),
        (["tags.colour DESC", "metrics.acc DESC"], [9, 6, 3, 0, 11, 10, 8, 7, 5, 4, 2, 1]),
    ],
)
def test_runs_come_in_order(
    client: MlflowClient, shelf: dict[str, object], order: list[str], expected: list[int]
) -> None:
    assert found(client, shelf, "", order_by=order) == expected


def test_pages_join_to_the_whole(client: MlflowClient, shelf: dict[str, object]) -> None:
    whole, token, pages = [], None, 0
    while pages == 0 or token:
        page = client.search_runs([shelf["experiment"]], order_by=["metrics.acc DESC"], max_results=5, page_token=token)
        whole += [shelf["runs"].index(run.info.run_id) for run in page]  # type: ignore[attr-defined]
        token, pages = page.token, pages + 1
    assert (whole, pages) == (list(range(11, -1, -1)), 3)


def test_deleted_runs_are_found_when_asked_for(client: MlflowClient) -> None:
    experiment = client.create_experiment(fresh("views"))
    kept, gone = (client.create_run(experiment).info.run_id for _ in range(2))
    client.delete_run(gone)

    def seen(view: int) -> set[str]:
        return {run.info.run_id for run in client.search_runs([experiment], run_view_type=view)}

    assert seen(ViewType.ACTIVE_ONLY) == {kept}
    assert seen(ViewType.DELETED_ONLY) == {gone}
    assert seen(ViewType.ALL) == {kept, gone}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("metrics.acc > 0.5 OR metrics.acc < 0.1", "Invalid clause"),
        ("metrics.acc > 'high'", "numeric"),
        ("params.depth = 3", "quoted string"),
        ("weather.rain = '1'", "Invalid entity type"),
        ("attributes.shoe = '1'", "Invalid attribute key"),
    ],
)
def test_a_filter_that_is_wrong_is_refused(
    client: MlflowClient, shelf: dict[str, object], text: str, said: str
) -> None:
    with pytest.raises(MlflowException, match=said) as refused:
        found(client, shelf, text)
    assert refused.value.error_code == "INVALID_PARAMETER_VALUE"
