"""The table of an experiment's runs: nested runs, groups, saved views, and acts on several runs."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect
from rest import MLFLOW, Rest
from seeds import experiment_with_runs, log_metrics, log_params, start_run
from watch import Watch

PAGE = 100
MANY_VIEWS = 120


def study(rest: Rest, trials: int, others: int = 0) -> tuple[str, str, list[str]]:
    """An experiment whose oldest run has trials, older than its other runs: its id, the parent, the trials."""
    experiment = rest.experiment()
    start = 1_700_000_000_000
    parent = start_run(rest, experiment, "study", start)
    ids = [start_run(rest, experiment, f"trial-{index:03}", start + 1 + index, parent) for index in range(trials)]
    for index in range(others):
        start_run(rest, experiment, f"other-{index:03}", start + 1000 + index)
    return experiment, parent, ids


def table(page: Page) -> Locator:
    return page.get_by_role("region", name="Runs", exact=True)


def row(page: Page, name: str) -> Locator:
    return table(page).get_by_role("row", name=re.compile(rf"\b{name}\b"))


def names(page: Page) -> list[str]:
    return table(page).locator("[data-row-link]").all_inner_texts()


def test_children_stand_under_a_parent_of_another_page(page: Page, rest: Rest) -> None:
    experiment, parent, _ = study(rest, trials=3, others=PAGE - 2)
    page.goto(f"/experiments/{experiment}")
    expect(row(page, "trial-002")).to_be_visible()
    expect(row(page, "study")).to_contain_text("elsewhere")
    assert names(page)[-3:] == ["study", "trial-002", "trial-001"]
    toggle = page.get_by_role("button", name="3 runs nested in study")
    expect(toggle).to_have_attribute("aria-expanded", "true")
    expect(table(page)).to_contain_text("2 of 3 nested runs.")
    page.get_by_role("button", name="Show all").click()
    expect(row(page, "trial-000")).to_be_visible()
    assert names(page)[-4:] == ["study", "trial-002", "trial-001", "trial-000"]
    toggle.click()
    expect(toggle).to_have_attribute("aria-expanded", "false")
    expect(row(page, "trial-002")).to_have_count(0)
    rest.post(f"{MLFLOW}/runs/delete", {"run_id": parent})
    page.reload()
    # A child whose parent is deleted stands alone.
    expect(row(page, "trial-002")).to_be_visible()
    expect(row(page, "study")).to_have_count(0)


def test_the_top_level_unfolds_and_follows_the_sort(page: Page, rest: Rest) -> None:
    experiment, _, trials = study(rest, trials=3, others=1)
    for run, loss in zip(trials, (0.2, 0.3, 0.1), strict=True):
        log_metrics(rest, run, [("loss", loss, 0)])
    start_run(rest, experiment, "grandchild", 1_700_000_005_000, trials[0])
    page.goto(f"/experiments/{experiment}")
    expect(row(page, "trial-000")).to_be_visible()
    page.get_by_label("Which runs").select_option("Top level")
    expect(page).to_have_url(re.compile("runs=top"))
    expect(row(page, "trial-000")).to_have_count(0)
    assert names(page) == ["other-000", "study"]
    page.get_by_role("button", name="3 runs nested in study").click()
    expect(row(page, "trial-000")).to_be_visible()
    assert names(page) == ["other-000", "study", "trial-002", "trial-001", "trial-000"]
    page.goto(f"/experiments/{experiment}?runs=top&sort=metrics.loss&columns=metrics.loss")
    page.get_by_role("button", name="3 runs nested in study").click()
    expect(row(page, "trial-000")).to_be_visible()
    assert names(page)[-3:] == ["trial-002", "trial-000", "trial-001"]
    page.get_by_role("button", name="1 runs nested in trial-000").click()
    expect(row(page, "grandchild")).to_be_visible()


def test_more_nested_runs_than_a_page_are_told(page: Page, rest: Rest) -> None:
    experiment, parent, _ = study(rest, trials=PAGE + 2)
    page.goto(f"/experiments/{experiment}?runs=top")
    page.get_by_role("button", name=f"{PAGE + 2} runs nested in study").click()
    expect(table(page)).to_contain_text(f"{PAGE} of {PAGE + 2} nested runs.")
    page.get_by_role("button", name="List all of them").click()
    expect(page.get_by_label("Filter runs")).to_have_value(f'tags.`mlflow.parentRunId` = "{parent}"')


def test_groups_tell_mean_and_deviation_and_lead_to_their_runs(page: Page, rest: Rest) -> None:
    experiment = rest.experiment()
    for index, (model, loss) in enumerate((("lgbm", 1.0), ("lgbm", 3.0), ("xgb", "NaN"), ("xgb", 5.0), (None, 7.0))):
        run = start_run(rest, experiment, f"calm-owl-{index}")
        log_metrics(rest, run, [("loss", loss, 0)])
        if model:
            log_params(rest, run, {"model": model})
    page.goto(f"/experiments/{experiment}?sort=start_time")
    page.get_by_label("Group by").select_option("by model")
    expect(page).to_have_url(re.compile("group=params.model"))
    groups = page.get_by_role("region", name="Groups of runs").get_by_role("row")
    expect(groups).to_have_count(4)
    expect(groups.filter(has_text="lgbm")).to_contain_text("2 ± 1.4")
    expect(groups.filter(has_text="xgb")).to_contain_text("5 n 1, 1 NaN or infinite")
    page.get_by_label("Select the runs of lgbm").check()
    expect(page.get_by_role("group", name="Selected runs")).to_contain_text("2 selected")
    page.get_by_role("button", name="Show the runs of none").click()
    expect(table(page).get_by_role("row")).to_have_count(2)
    expect(page.get_by_label("Filter runs")).to_have_value("params.`model` IS NULL")


def test_a_view_is_saved_opened_changed_and_deleted(page: Page, rest: Rest) -> None:
    experiment, _, _ = experiment_with_runs(rest, runs=4)
    page.goto(f"/experiments/{experiment}")
    views = page.get_by_role("navigation", name="Views")
    expect(row(page, "calm-owl-1")).to_be_visible()
    expect(views).to_have_count(0)
    page.get_by_role("button", name="Filter by xgb").first.click()
    page.get_by_role("button", name="Save view…").click()
    page.get_by_role("dialog").get_by_label("Name").fill("only xgb")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(views.get_by_role("link", name="only xgb")).to_have_attribute("aria-current", "page")
    tags = {tag["key"]: tag["value"] for tag in experiment_tags(rest, experiment)}
    assert tags["martlet.view.only xgb"].startswith("filter=params.model")
    views.get_by_role("link", name="All", exact=True).click()
    expect(table(page).get_by_role("row")).to_have_count(5)
    views.get_by_role("link", name="only xgb").click()
    expect(table(page).get_by_role("row")).to_have_count(3)
    page.get_by_role("button", name="val/auc").click()
    expect(views).to_contain_text("changed")
    page.get_by_role("button", name="Save view…").click()
    expect(page.get_by_role("dialog")).to_contain_text("takes the place")
    page.get_by_role("dialog").get_by_role("button", name="Replace").click()
    expect(views).not_to_contain_text("changed")
    # Somebody else opens the experiment and sees the view.
    page.goto(f"/experiments/{experiment}")
    views.get_by_role("link", name="only xgb").click()
    expect(page.get_by_role("columnheader", name="val/auc")).to_have_attribute("aria-sort", "ascending")
    page.get_by_role("button", name="Delete view only xgb").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(views.get_by_role("link", name="only xgb")).to_have_count(0)
    assert not any(tag["key"].startswith("martlet.view.") for tag in experiment_tags(rest, experiment))


def test_each_of_many_views_is_within_reach(page: Page, rest: Rest) -> None:
    experiment, _, _ = experiment_with_runs(rest, runs=4)
    for index in range(MANY_VIEWS):
        tag = {"key": f"martlet.view.view {index:03}", "value": "filter=params.model+%3D+%22xgb%22"}
        rest.post(f"{MLFLOW}/experiments/set-experiment-tag", {"experiment_id": experiment, **tag})
    page.goto(f"/experiments/{experiment}")
    views = page.get_by_role("navigation", name="Views")
    expect(views.get_by_role("link")).to_have_count(MANY_VIEWS + 1)
    bounds = views.bounding_box()
    assert bounds and bounds["height"] < page.viewport_size["height"] / 3
    last = f"view {MANY_VIEWS - 1:03}"
    views.get_by_role("link", name=last).click()
    expect(table(page).get_by_role("row")).to_have_count(3)
    page.get_by_role("button", name=f"Delete view {last}").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(views.get_by_role("link")).to_have_count(MANY_VIEWS)


def experiment_tags(rest: Rest, experiment: str) -> list[dict[str, str]]:
    return rest.get(f"{MLFLOW}/experiments/get", experiment_id=experiment)["experiment"].get("tags", [])


def test_several_runs_are_tagged_deleted_and_taken_back(page: Page, rest: Rest) -> None:
    experiment, _, runs = experiment_with_runs(rest, runs=3)
    page.goto(f"/experiments/{experiment}?select={runs[0]},{runs[1]}")
    bar = page.get_by_role("group", name="Selected runs")
    bar.get_by_role("button", name="Set tag…").click()
    page.get_by_role("dialog").get_by_label("Name").fill("team")
    page.get_by_role("dialog").get_by_label("Value").fill("risk")
    page.get_by_role("dialog").get_by_role("button", name="Set tag").click()
    expect(page.get_by_role("status").filter(has_text="2 runs tagged.")).to_be_visible()
    assert [tags_of(rest, run).get("team") for run in runs] == ["risk", "risk", None]
    bar.get_by_role("button", name="Delete…").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(row(page, "calm-owl-2")).to_be_visible()
    expect(table(page).get_by_role("row")).to_have_count(2)
    expect(bar).to_have_count(0)
    page.get_by_role("group", name="Deleted runs").get_by_role("button", name="Undo").click()
    expect(table(page).get_by_role("row")).to_have_count(4)
    rest.post(f"{MLFLOW}/runs/delete", {"run_id": runs[2]})
    page.get_by_label("Which runs").select_option("Deleted")
    expect(table(page).get_by_role("row")).to_have_count(2)
    page.get_by_label("Select calm-owl-2").check()
    expect(bar.get_by_role("button", name="Delete…")).to_have_count(0)
    bar.get_by_role("button", name="Restore…").click()
    page.get_by_role("dialog").get_by_role("button", name="Restore", exact=True).click()
    expect(page.get_by_text("No deleted runs")).to_be_visible()
    page.get_by_label("Which runs").select_option("All runs")
    expect(table(page).get_by_role("row")).to_have_count(4)


def tags_of(rest: Rest, run: str) -> dict[str, str]:
    return {tag["key"]: tag["value"] for tag in rest.run_data(run)["tags"]}


def test_a_run_that_is_refused_is_told_and_stays_chosen(page: Page, rest: Rest, watch: Watch) -> None:
    watch.expect("status of 404")
    experiment, _, runs = experiment_with_runs(rest, runs=2)
    page.goto(f"/experiments/{experiment}?select={runs[0]},{'0' * 32}")
    bar = page.get_by_role("group", name="Selected runs")
    bar.get_by_role("button", name="Delete…").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("1 run of 2 refused")
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(bar).to_contain_text("1 selected")
    expect(table(page).get_by_role("row")).to_have_count(2)
