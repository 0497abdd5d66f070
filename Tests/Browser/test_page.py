"""The page as a whole on a real server: it moves by itself, the keyboard reaches it, a broken stream is taken up."""

from __future__ import annotations

import re
import time

from playwright.sync_api import BrowserContext, Page, expect
from relay import Relay
from rest import MLFLOW, Rest, fresh
from seeds import (
    experiment_with_runs,
    finish_run,
    log_metrics,
    start_run,
)
from watch import Watch, kept, mark


def test_a_new_run_and_its_metrics_appear_in_the_table(page: Page, rest: Rest) -> None:
    experiment, name, _ = experiment_with_runs(rest)
    page.goto(f"/experiments/{experiment}")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page.get_by_role("region", name="Runs").get_by_role("row")).to_have_count(4)
    expect(page.get_by_text("live", exact=True)).to_be_visible()
    mark(page)

    run = start_run(rest, experiment, "late-heron")
    row = page.get_by_role("row", name="late-heron")
    expect(row).to_be_visible()
    expect(row).to_contain_text("Running")
    log_metrics(rest, run, [("train/loss", 0.123, 1)])
    expect(row).to_contain_text("0.123")
    log_metrics(rest, run, [("train/loss", 0.0456, 2)])
    expect(row).to_contain_text("0.0456")
    finish_run(rest, run)
    expect(row).to_contain_text("Finished")
    assert kept(page)


def test_curves_move_as_points_are_logged(page: Page, rest: Rest) -> None:
    experiment = rest.experiment()
    run = start_run(rest, experiment, "brave-kite")
    log_metrics(rest, run, [("train/loss", 1.0 / (step + 1), step) for step in range(50)])
    page.goto(f"/runs/{run}?tab=metrics")
    chart = page.get_by_role("img", name=re.compile("train.loss of brave-kite"))
    expect(chart).to_have_accessible_name(re.compile(r"50 points to step 49, last 0\.02,"))
    expect(page.locator("canvas")).to_have_count(1)
    mark(page)

    log_metrics(rest, run, [("train/loss", 0.0125, 50), ("val/auc", 0.875, 50)])
    expect(chart).to_have_accessible_name(re.compile(r"51 points to step 50, last 0\.0125,"))
    expect(page.get_by_role("img", name=re.compile("val.auc of brave-kite"))).to_be_visible()
    page.get_by_role("button", name="train/loss as a table").click()
    expect(page.get_by_role("region", name="Values of train/loss")).to_contain_text("0.0125")
    assert kept(page)


def test_home_shows_what_happens(page: Page, rest: Rest) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Home")
    expect(page.get_by_text("live", exact=True)).to_be_visible()
    mark(page)
    name = fresh("home")
    experiment = rest.experiment(name)
    expect(page.get_by_role("main").get_by_role("link", name=name)).to_be_visible()
    start_run(rest, experiment, "late-heron")
    expect(page.get_by_role("region", name="Newest runs").get_by_role("row", name=name)).to_be_visible()
    expect(page.get_by_role("main").get_by_text("started run late-heron").first).to_be_visible()
    assert kept(page)


def test_home_sees_a_run_of_any_experiment(page: Page, rest: Rest) -> None:
    oldest = rest.experiment(fresh("oldest"))
    for _ in range(35):
        rest.experiment()
    page.goto("/")
    expect(page.get_by_text("live", exact=True)).to_be_visible()
    rows = page.get_by_role("region", name="Newest runs")
    name = fresh("far-heron")
    mark(page)
    run = start_run(rest, oldest, name)
    expect(rows.get_by_role("row", name=name)).to_contain_text("Running")
    finish_run(rest, run)
    expect(rows.get_by_role("row", name=name)).to_contain_text("Finished")
    assert kept(page)


def test_activities_are_filtered_and_move(page: Page, rest: Rest) -> None:
    name = fresh("watched")
    experiment = rest.experiment(name)
    page.goto("/")
    page.get_by_role("link", name="all", exact=True).click()
    expect(page).to_have_url(re.compile("/activities$"))
    listed = page.get_by_role("region", name="Activities")
    expect(listed.get_by_role("link", name=name)).to_be_visible()
    page.get_by_label("Subject").select_option("run")
    expect(listed.get_by_role("link", name=name)).to_have_count(0)
    run = start_run(rest, experiment, fresh("late-heron"))
    expect(listed.get_by_text("started run").first).to_be_visible()
    page.get_by_label("Find in activities").fill(run)
    expect(listed.get_by_role("listitem")).to_have_count(1)
    page.reload()
    expect(listed.get_by_role("listitem")).to_have_count(1)
    page.get_by_label("Find in activities").fill("nothing is called so")
    expect(page.get_by_text("No activity answers this filter.")).to_be_visible()


def test_mlflow_urls_lead_to_our_pages(page: Page, rest: Rest) -> None:
    experiment, name, runs = experiment_with_runs(rest, runs=1)
    page.goto(f"/#/experiments/{experiment}/runs/{runs[0]}")
    expect(page).to_have_url(re.compile(f"/runs/{runs[0]}$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("calm-owl-0")
    page.goto(f"/#/experiments/{experiment}")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def test_one_stream_serves_many_tabs(context: BrowserContext, rest: Rest) -> None:
    experiment, _, _ = experiment_with_runs(rest, runs=1)
    pages = [context.new_page() for _ in range(8)]
    for page in pages:
        page.goto(f"/experiments/{experiment}")
        expect(page.get_by_role("row", name="calm-owl-0")).to_be_visible()
    start_run(rest, experiment, "late-heron")
    for page in pages:
        page.bring_to_front()
        expect(page.get_by_role("row", name="late-heron")).to_be_visible()


def test_a_stream_that_breaks_is_said_and_taken_up_again(context: BrowserContext, rest: Rest, watch: Watch) -> None:
    watch.expect("ERR_")
    experiment, _, _ = experiment_with_runs(rest, runs=1)
    with Relay(rest.url) as relay:
        watch.host = relay.host
        page = context.new_page()
        page.goto(f"{relay.url}/experiments/{experiment}")
        expect(page.get_by_text("live", exact=True)).to_be_visible()
        # The screen's own file comes after the frame is live; cut before, it would never come.
        expect(page.get_by_role("row", name="calm-owl-0")).to_be_visible()
        relay.cut()
        expect(page.get_by_text("live paused, retrying")).to_be_visible()
        start_run(rest, experiment, "late-heron")
        time.sleep(1)
        relay.mend()
        expect(page.get_by_text("live", exact=True)).to_be_visible()
        expect(page.get_by_role("row", name="late-heron")).to_be_visible()


def test_a_time_that_is_no_date_breaks_nothing(page: Page, rest: Rest) -> None:
    experiment, name, _ = experiment_with_runs(rest, runs=1)
    nanoseconds = time.time_ns()
    body = {"experiment_id": experiment, "run_name": "far-heron", "start_time": nanoseconds}
    run = rest.post(f"{MLFLOW}/runs/create", body)["run"]["info"]["run_id"]
    page.goto(f"/experiments/{experiment}")
    expect(page.get_by_role("row", name="far-heron")).to_be_visible()
    page.goto(f"/runs/{run}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("far-heron")
    page.goto("/experiments?find=" + name)
    expect(page.get_by_role("row", name="far-heron")).to_be_visible()


def test_the_keyboard_reaches_everything(page: Page, rest: Rest) -> None:
    experiment, name, _ = experiment_with_runs(rest, runs=2)
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Home")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Search or do")).to_be_focused()
    page.keyboard.type(name)
    expect(page.get_by_role("option", name=name)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/experiments/{experiment}$"))
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    newest = page.get_by_role("main").get_by_role("link", name="calm-owl-1")
    expect(newest).to_be_visible()
    page.keyboard.press("j")
    expect(newest).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_label("Filter runs")).to_be_focused()
    page.get_by_role("heading", level=1).focus()
    page.keyboard.press("g")
    page.keyboard.press("m")
    expect(page).to_have_url(re.compile("/models$"))
