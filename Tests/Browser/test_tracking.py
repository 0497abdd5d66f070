"""Experiments and runs on the page."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect
from rest import MLFLOW, Rest
from seeds import (
    experiment_with_runs,
    log_metrics,
    log_params,
    start_run,
    upload,
)
from watch import Watch


def test_rows_wait_while_the_pointer_is_on_them(page: Page, rest: Rest) -> None:
    experiment, _, _ = experiment_with_runs(rest)
    page.goto(f"/experiments/{experiment}")
    page.get_by_role("row", name="calm-owl-1").hover()
    start_run(rest, experiment, "late-heron")
    waiting = page.get_by_role("button", name="1 new run")
    expect(waiting).to_be_visible()
    expect(page.get_by_role("region", name="Runs").get_by_role("row", name="late-heron")).to_have_count(0)
    waiting.click()
    expect(page.get_by_role("region", name="Runs").get_by_role("row", name="late-heron")).to_be_visible()


def test_rows_wait_while_the_focus_is_on_them(page: Page, rest: Rest) -> None:
    experiment, _, _ = experiment_with_runs(rest)
    page.goto(f"/experiments/{experiment}")
    rows = page.get_by_role("region", name="Runs").get_by_role("row")
    rows.filter(has_text="calm-owl-1").get_by_role("link").focus()
    page.keyboard.press("Shift+Tab")
    start_run(rest, experiment, "late-heron")
    expect(page.get_by_role("button", name="1 new run")).to_be_visible()
    expect(rows.filter(has_text="late-heron")).to_have_count(0)
    page.get_by_label("Filter runs").focus()
    expect(rows.filter(has_text="late-heron")).to_be_visible()


def test_a_chart_says_its_points_to_the_keyboard_and_the_pointer(page: Page, rest: Rest) -> None:
    run = start_run(rest, rest.experiment(), "brave-kite")
    log_metrics(rest, run, [("loss", "NaN" if step == 3 else 0.5, step) for step in range(10)])
    page.goto(f"/runs/{run}?tab=metrics&smooth=50")
    chart = page.get_by_role("img", name=re.compile("loss of brave-kite.*1 not finite"))
    expect(page.locator("canvas")).to_have_count(1)
    chart.hover()
    expect(page.locator(".chart-tip")).to_contain_text("step")
    chart.focus()
    chart.press("ArrowRight")
    chart.press("End")
    expect(page.get_by_text("step 9: 0.5")).to_be_attached()


def test_filter_sort_and_columns_are_in_the_url(page: Page, rest: Rest) -> None:
    experiment, _, _ = experiment_with_runs(rest, runs=4)
    page.goto(f"/experiments/{experiment}")
    rows = page.get_by_role("region", name="Runs").get_by_role("row")
    page.get_by_role("button", name="Filter by xgb").first.click()
    expect(page).to_have_url(re.compile("filter="))
    expect(rows).to_have_count(3)
    page.get_by_role("button", name="val/auc").click()
    expect(page.get_by_role("columnheader", name="val/auc")).to_have_attribute("aria-sort", "ascending")
    page.get_by_role("button", name="Columns").click()
    page.get_by_label("lr", exact=True).uncheck()
    expect(page.get_by_role("columnheader", name="lr", exact=True)).to_have_count(0)
    page.reload()
    expect(rows).to_have_count(3)
    expect(page.get_by_role("columnheader", name="val/auc")).to_have_attribute("aria-sort", "ascending")
    expect(page.get_by_role("columnheader", name="lr", exact=True)).to_have_count(0)


def test_pages_are_turned_by_the_buttons_and_by_the_browser(page: Page, rest: Rest) -> None:
    experiment = rest.experiment()
    for index in range(201):
        body = {"experiment_id": experiment, "run_name": f"owl-{index:03}", "start_time": 1_700_000_000_000 + index}
        rest.post(f"{MLFLOW}/runs/create", body)
    page.goto(f"/experiments/{experiment}")
    runs = page.get_by_role("region", name="Runs")
    first, second, third = (runs.get_by_role("row", name=name) for name in ("owl-200", "owl-100", "owl-000"))
    previous, following = (page.get_by_role("button", name=name, exact=True) for name in ("Previous", "Next"))
    expect(first).to_be_visible()
    expect(previous).to_be_disabled()
    following.click()
    expect(second).to_be_visible()
    following.click()
    expect(third).to_be_visible()
    expect(following).to_be_disabled()
    page.go_back()
    expect(second).to_be_visible()
    previous.click()
    expect(first).to_be_visible()
    expect(previous).to_be_disabled()
    page.go_back()
    expect(second).to_be_visible()
    following.click()
    expect(third).to_be_visible()
    previous.click()
    expect(second).to_be_visible()


def test_a_wrong_filter_says_what_is_wrong(page: Page, rest: Rest, watch: Watch) -> None:
    watch.expect("status of 400")
    experiment, _, _ = experiment_with_runs(rest)
    page.goto(f"/experiments/{experiment}")
    page.get_by_label("Filter runs").fill("metrics.loss ~ 1")
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Filter runs")).to_have_attribute("aria-invalid", "true")


def test_params_tags_and_artifacts_of_a_run(page: Page, rest: Rest) -> None:
    experiment = rest.experiment()
    run = start_run(rest, experiment, "brave-kite")
    log_params(rest, run, {"lr": "0.03", "note": "<b>not markup</b>"})
    upload(rest, experiment, run, "report.txt", b"rmspe 0.0912\n")
    upload(rest, experiment, run, "model/metrics.json", b'{"rmspe":0.0912}')
    page.goto(f"/runs/{run}")
    expect(page.get_by_text("<b>not markup</b>")).to_be_visible()
    page.get_by_role("tab", name="Overview").press("End")
    expect(page.get_by_role("tab", name="Artifacts")).to_be_focused()
    page.get_by_role("button", name="report.txt").click()
    expect(page.locator("pre")).to_have_text("rmspe 0.0912\n")
    page.get_by_role("button", name="model", exact=True).click()
    page.get_by_role("button", name="metrics.json").click()
    expect(page.locator("pre")).to_contain_text('"rmspe": 0.0912')
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "metrics.json"


def test_a_table_and_a_page_among_the_artifacts(page: Page, rest: Rest, watch: Watch) -> None:
    watch.expect("Blocked script execution")
    experiment = rest.experiment()
    run = start_run(rest, experiment, "brave-kite")
    upload(rest, experiment, run, "errors.csv", b'name,note\nada,"one, two"\nbob,"say ""hi"""\n')
    upload(rest, experiment, run, "pixel.svg", b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    report = b"<style>h1{color:#123}</style><h1>Report</h1><script>document.title='ran'</script>"
    upload(rest, experiment, run, "report.html", report)
    page.goto(f"/runs/{run}?tab=artifacts")
    page.get_by_role("button", name="errors.csv").click()
    rows = page.get_by_role("region", name="Rows of errors.csv").get_by_role("row")
    expect(rows).to_have_count(3)
    expect(rows.nth(1)).to_contain_text("one, two")
    expect(rows.nth(2)).to_contain_text('say "hi"')
    page.get_by_role("button", name="pixel.svg").click()
    expect(page.get_by_role("img", name="pixel.svg")).to_be_visible()
    page.get_by_role("button", name="report.html").click()
    frame = page.frame_locator("iframe[title='report.html']")
    expect(frame.get_by_role("heading", name="Report")).to_be_visible()
    expect(page).to_have_title(re.compile("brave-kite"))
    assert page.locator("iframe").get_attribute("sandbox") == ""
    shown = rest.send("GET", "/get-artifact", params={"run_id": run, "path": "report.html", "inline": "true"})
    assert shown.headers["Content-Disposition"].startswith("inline")
    assert shown.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")


def test_a_run_is_described_tagged_deleted_and_taken_back(page: Page, rest: Rest) -> None:
    experiment, _, runs = experiment_with_runs(rest, runs=1)
    page.goto(f"/runs/{runs[0]}")
    page.get_by_role("button", name="Edit description").click()
    page.get_by_role("textbox", name="Description").fill("Best so far.\nSee the report.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Best so far.")).to_be_visible()
    page.get_by_label("Tag name").fill("team")
    page.get_by_label("Tag value").fill("risk")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Remove tag team")).to_be_visible()
    tags = {tag["key"]: tag["value"] for tag in rest.get(f"{MLFLOW}/runs/get", run_id=runs[0])["run"]["data"]["tags"]}
    assert tags["team"] == "risk" and tags["mlflow.note.content"] == "Best so far.\nSee the report."
    page.get_by_role("button", name="Remove tag team").click()
    expect(page.get_by_role("button", name="Remove tag team")).to_have_count(0)
    page.get_by_role("button", name="Delete…").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("main").get_by_text("deleted", exact=True)).to_be_visible()
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_role("main").get_by_text("deleted", exact=True)).to_have_count(0)
    page.get_by_role("link", name="Compare with…").click()
    expect(page).to_have_url(re.compile(f"/experiments/{experiment}\\?select={runs[0]}$"))
    expect(page.get_by_label("Select calm-owl-0")).to_be_checked()


def test_deleted_and_unknown_things_say_so(page: Page, rest: Rest, watch: Watch) -> None:
    watch.expect("status of 404")
    page.goto(f"/runs/{'0' * 32}")
    expect(page.get_by_role("alert")).to_contain_text("not found")
    experiment, _, runs = experiment_with_runs(rest, runs=1)
    rest.post(f"{MLFLOW}/runs/delete", {"run_id": runs[0]})
    page.goto(f"/runs/{runs[0]}")
    expect(page.get_by_role("main").get_by_text("deleted")).to_be_visible()
    page.goto(f"/experiments/{experiment}")
    expect(page.get_by_text("No runs yet")).to_be_visible()
