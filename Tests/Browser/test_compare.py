"""Runs side by side: chosen in the table, compared at a URL of their own."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect
from rest import MLFLOW, Rest
from seeds import curve, experiment_with_runs, finish_run, log_metrics, log_params, start_run
from watch import Watch


def runs_of_two_models(rest: Rest, count: int) -> tuple[str, list[str]]:
    """Runs whose learning rates and losses differ; the last one's loss is NaN and it has no depth."""
    experiment = rest.experiment()
    ids = []
    for index in range(count):
        run = start_run(rest, experiment, f"calm-owl-{index}")
        params = {"lr": str(10.0 ** -(index + 1)), "model": ["lgbm", "xgb"][index % 2], "seed": "7"}
        last = index == count - 1
        log_params(rest, run, params if last else {**params, "depth": str(index + 3)})
        log_metrics(rest, run, curve(20))
        log_metrics(rest, run, [("rmse", "NaN" if last else 0.1 * (index + 1), 0)])
        finish_run(rest, run)
        ids.append(run)
    return experiment, ids


def test_runs_chosen_in_the_table_are_compared(page: Page, rest: Rest) -> None:
    experiment, ids = runs_of_two_models(rest, 3)
    page.goto(f"/experiments/{experiment}")
    page.get_by_label("Select calm-owl-0").check()
    page.get_by_label("Select calm-owl-2").check()
    expect(page.get_by_text("2 selected")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Select calm-owl-2")).to_be_checked()
    expect(page.get_by_label("Select calm-owl-1")).not_to_be_checked()
    page.get_by_role("link", name="Compare", exact=True).click()
    expect(page).to_have_url(re.compile(f"/compare\\?runs={ids[0]},{ids[2]}$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Compare 2 runs")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    table = page.get_by_role("region", name="Runs side by side")
    expect(table.get_by_role("row", name="lr")).to_contain_text("0.001")
    expect(table.get_by_role("row", name="rmse")).to_contain_text("NaN")
    expect(table.get_by_role("row", name="depth")).to_contain_text("—")
    expect(table.get_by_role("row", name="seed")).to_have_count(0)
    page.get_by_label("differing only").uncheck()
    expect(table.get_by_role("row", name="seed")).to_be_visible()
    page.reload()
    expect(table.get_by_role("row", name="seed")).to_be_visible()
    page.get_by_role("list", name="Runs compared").get_by_role("link", name="calm-owl-0").click()
    expect(page).to_have_url(re.compile(f"/runs/{ids[0]}$"))


def test_curves_lie_over_each_other_and_move(page: Page, rest: Rest) -> None:
    experiment, ids = runs_of_two_models(rest, 2)
    live = start_run(rest, experiment, "late-heron")
    log_metrics(rest, live, [("train/loss", 0.5, 1)])
    page.goto(f"/compare?runs={','.join([*ids, live])}")
    chart = page.get_by_role("img", name=re.compile("train.loss of 3 runs"))
    chart.scroll_into_view_if_needed()
    expect(chart).to_have_accessible_name(re.compile("late-heron 0.5"))
    expect(chart.locator("canvas")).to_have_count(1)
    log_metrics(rest, live, [("train/loss", 0.25, 2)])
    expect(chart).to_have_accessible_name(re.compile("late-heron 0.25"))
    chart.focus()
    chart.press("End")
    expect(page.get_by_text("step 19: calm-owl-0 0.05, calm-owl-1 0.05")).to_be_attached()
    page.get_by_role("button", name="train/loss as a table").click()
    expect(page.get_by_role("region", name="Values of train/loss")).to_contain_text("late-heron")


def test_histories_are_shaped_by_the_server(page: Page, rest: Rest) -> None:
    experiment = rest.experiment()
    ids = []
    for index in range(2):
        run = start_run(rest, experiment, f"long-{index}")
        for first in range(0, 3000, 1000):
            log_metrics(rest, run, [("loss", 1.0 / (step + 1), step) for step in range(first, first + 1000)])
        ids.append(run)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "get-history" in request.url else None)
    page.goto(f"/compare?runs={','.join(ids)}")
    chart = page.get_by_role("img", name=re.compile("loss of 2 runs: last long-0"))
    chart.scroll_into_view_if_needed()
    expect(chart.locator("canvas")).to_have_count(1)
    assert len(asked) == 1 and "get-history-bulk-interval" in asked[0] and "max_results=1000" in asked[0]


def test_an_area_drawn_along_an_axis_chooses_runs_for_every_plot(page: Page, rest: Rest) -> None:
    _, ids = runs_of_two_models(rest, 4)
    page.goto(f"/compare?runs={','.join(ids)}&axes=params.model|metrics.val/auc")
    plot = page.get_by_role("img", name=re.compile("Parallel coordinates of 4 runs: model, val.auc"))
    expect(plot.locator("canvas")).to_have_count(1)
    table = page.get_by_role("region", name="Runs side by side")
    expect(table.get_by_role("columnheader")).to_have_count(5)
    box = plot.bounding_box()
    assert box is not None
    across, top, reach = box["x"] + 56, box["y"] + 34, box["height"] - 54
    page.mouse.move(across, top + 0.05 * reach)
    page.mouse.down()
    page.mouse.move(across, top + 0.45 * reach, steps=8)
    page.mouse.up()
    expect(page.get_by_text("2 of 4 runs")).to_be_visible()
    expect(table.get_by_role("columnheader")).to_have_count(3)
    expect(page.get_by_role("img", name=re.compile("Scatter of .*2 runs"))).to_be_visible()
    page.get_by_role("button", name="All runs").click()
    expect(table.get_by_role("columnheader")).to_have_count(5)


def test_axes_and_hidden_runs_are_in_the_url(page: Page, rest: Rest) -> None:
    _, ids = runs_of_two_models(rest, 3)
    page.goto(f"/compare?runs={','.join(ids)}")
    page.get_by_label("x axis").select_option(label="depth")
    page.get_by_label("y on a log axis").check()
    page.get_by_label("Show calm-owl-1").uncheck()
    expect(page.get_by_role("img", name=re.compile("Scatter of .* against depth, 2 runs"))).to_be_visible()
    page.get_by_role("button", name="Axes").click()
    page.get_by_label("seed", exact=True).check()
    expect(page.get_by_role("img", name=re.compile("Parallel coordinates of 2 runs: .*, seed"))).to_be_visible()
    page.keyboard.press("Escape")
    page.reload()
    expect(page.get_by_role("img", name=re.compile("Scatter of .* against depth, 2 runs"))).to_be_visible()
    expect(page.get_by_label("y on a log axis")).to_be_checked()
    expect(page.get_by_label("Show calm-owl-1")).not_to_be_checked()
    expect(page.get_by_role("img", name=re.compile("Parallel coordinates of 2 runs: .*, seed"))).to_be_visible()
    scatter = page.get_by_role("img", name=re.compile("Scatter of"))
    scatter.focus()
    scatter.press("End")
    expect(page.get_by_text(re.compile("calm-owl-2: depth —, "))).to_be_attached()
    page.get_by_role("button", name="Take calm-owl-2 out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Compare 2 runs")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Compare 3 runs")


def test_the_keyboard_chooses_and_compares(page: Page, rest: Rest) -> None:
    experiment, _, _ = experiment_with_runs(rest, runs=2)
    page.goto(f"/experiments/{experiment}")
    expect(page.get_by_label("Select calm-owl-1")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_text("2 selected")).to_be_visible()
    page.keyboard.press("c")
    expect(page.get_by_role("heading", level=1)).to_have_text("Compare 2 runs")


def test_what_is_lost_or_empty_is_said(page: Page, rest: Rest, watch: Watch) -> None:
    watch.expect("status of 404")
    _, _, ids = experiment_with_runs(rest, runs=1)
    rest.post(f"{MLFLOW}/runs/delete", {"run_id": ids[0]})
    page.goto(f"/compare?runs={ids[0]},{'0' * 32}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Compare 1 run")
    expect(page.get_by_text(f"Not found: {'0' * 32}")).to_be_visible()
    page.goto("/compare")
    expect(page.get_by_text("No runs to compare")).to_be_visible()
