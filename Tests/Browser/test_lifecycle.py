"""Models, endpoints and drift on the page: from a stage to an acknowledged alert."""

from __future__ import annotations

import re
from urllib.parse import quote

from playwright.sync_api import Page, Route, expect
from rest import MLFLOW, Rest, fresh
from seeds import (
    COLUMNS,
    deploy,
    predict_shifted,
    registered_model,
    start_run,
    transition,
    upload,
)
from watch import Watch, kept, mark


def test_a_change_of_stage_says_which_version_leaves(page: Page, rest: Rest) -> None:
    name = registered_model(rest, versions=2)
    transition(rest, name, "1", "Production")
    page.goto(f"/models/{name}")
    expect(page.get_by_role("region", name="Stage Production")).to_contain_text("v1")
    mark(page)
    page.get_by_label("Move version 2 to a stage").select_option("Production")
    dialog = page.get_by_role("dialog", name="Move version 2 to Production")
    expect(dialog).to_contain_text("version 1")
    expect(dialog).to_contain_text("Archived")
    dialog.get_by_role("button", name="Move to Production").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("region", name="Stage Production")).to_contain_text("v2")
    expect(page.get_by_role("region", name="Stage Archived")).to_contain_text("v1")
    transition(rest, name, "1", "Staging")
    expect(page.get_by_role("region", name="Stage Staging")).to_contain_text("v1")
    assert kept(page)


def test_deploy_try_and_undeploy(page: Page, rest: Rest) -> None:
    name = registered_model(rest, versions=1)
    page.goto(f"/models/{name}")
    page.get_by_role("button", name="Deploy version 1").click()
    page.get_by_role("dialog").get_by_role("button", name="Deploy", exact=True).click()
    expect(page).to_have_url(re.compile(f"/serving\\?endpoint={name}"))
    row = page.get_by_role("region", name="Endpoints").get_by_role("row", name=name)
    expect(row).to_contain_text("Ready")
    page.get_by_role("tab", name="Try it").click()
    page.get_by_role("button", name="Write JSON").click()
    page.get_by_label("Inputs: an object by column").fill('{"spread": 1, "log_return": 3}')
    page.get_by_role("button", name="Predict").click()
    expect(page.get_by_text("Prediction of version 1")).to_be_visible()
    expect(page.locator("output")).to_contain_text("2")
    page.get_by_role("tab", name="Predictions").click()
    expect(page.get_by_role("region", name="Latest predictions").get_by_role("row")).to_have_count(2)
    page.get_by_role("button", name="Undeploy").click()
    page.get_by_role("dialog").get_by_role("button", name="Undeploy").click()
    expect(row).to_have_count(0)


def test_drift_raises_an_alert_that_can_be_acknowledged(page: Page, rest: Rest) -> None:
    name = registered_model(rest, versions=1)
    deploy(rest, name, "1")
    predict_shifted(rest, name, rows=400)
    page.goto(f"/monitoring?endpoint={name}")
    expect(page.get_by_text("Not checked yet")).to_be_visible()
    page.get_by_role("button", name="Check now").click()
    table = page.get_by_role("region", name="Drift of each column")
    expect(table.get_by_role("row", name=COLUMNS[0])).to_contain_text("Alert")
    expect(page.get_by_role("img", name=re.compile(f"Shares of {COLUMNS[0]}"))).to_be_visible()
    alerts = page.get_by_role("region", name="Alerts").get_by_role("row", name=name)
    expect(alerts.first).to_be_visible()
    count = alerts.count()
    alerts.first.get_by_role("button", name="Acknowledge").click()
    page.get_by_role("dialog").get_by_label("Note").fill("known")
    page.get_by_role("dialog").get_by_role("button", name="Acknowledge").click()
    expect(alerts).to_have_count(count - 1)


def test_a_version_has_a_page_with_files_and_signature(page: Page, rest: Rest) -> None:
    name = registered_model(rest, versions=2)
    transition(rest, name, "1", "Production")
    page.goto(f"/models/{name}")
    page.get_by_role("link", name="version 2", exact=True).click()
    expect(page).to_have_url(re.compile(f"/models/{name}/versions/2$"))
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{name} version 2")
    files = page.get_by_role("region", name="Files")
    expect(files.get_by_role("row", name="model.onnx")).to_contain_text(re.compile("[0-9a-f]{12}…"))
    with page.expect_download() as download:
        files.get_by_role("link", name="Download MLmodel").click()
    assert download.value.suggested_filename == "MLmodel"
    expect(page.get_by_role("region", name="Inputs").get_by_role("row", name="spread")).to_contain_text("double")
    expect(page.get_by_role("main").get_by_role("link", name="train-1")).to_be_visible()
    page.get_by_label("Move version 2 to a stage").select_option("Staging")
    page.get_by_role("dialog").get_by_role("button", name="Move to Staging").click()
    expect(page.locator(".screen-detail").get_by_text("Staging")).to_be_visible()
    page.get_by_role("button", name="Edit description").click()
    page.get_by_role("textbox", name="Description").fill("Trained on more days.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Trained on more days.")).to_be_visible()
    page.get_by_label("Tag name").fill("reviewed")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Remove tag reviewed")).to_be_visible()


def test_the_files_of_a_version_without_a_pin_are_read_again(page: Page, rest: Rest) -> None:
    name, experiment = fresh("late"), rest.experiment()
    run = start_run(rest, experiment, "late")
    rest.post(f"{MLFLOW}/registered-models/create", {"name": name})
    source = f"mlflow-artifacts:/{experiment}/{run}/artifacts/model"
    rest.post(f"{MLFLOW}/model-versions/create", {"name": name, "source": source, "run_id": run})
    page.goto(f"/models/{name}/versions/1")
    files = page.get_by_role("region", name="Files")
    expect(page.get_by_text("Not pinned: there were no files when they were read")).to_be_visible()
    upload(rest, experiment, run, "model/MLmodel", b"flavors: {}")
    asked: list[Route] = []
    page.route("**/pin", lambda route: asked.append(route))
    page.get_by_role("button", name="Read again").click()
    expect(page.get_by_role("button", name="Read again")).to_be_disabled()
    (asking,) = asked
    asking.continue_()
    expect(files.get_by_role("row", name="MLmodel")).to_be_visible()
    expect(page.get_by_role("button", name="Read again")).to_have_count(0)


def test_an_alias_moves_after_a_question(page: Page, rest: Rest) -> None:
    name = registered_model(rest, versions=2)
    rest.post(f"{MLFLOW}/registered-models/alias", {"name": name, "alias": "champion", "version": "1"})
    page.goto(f"/models/{name}/versions/2")
    page.get_by_label("New alias").fill("champion")
    page.get_by_role("button", name="Set alias").click()
    dialog = page.get_by_role("dialog", name="Move alias champion")
    expect(dialog).to_contain_text("It is version 1 now.")
    dialog.get_by_role("button", name="Move alias").click()
    expect(page.get_by_role("button", name="Remove alias champion")).to_be_visible()
    held = rest.get(f"{MLFLOW}/registered-models/alias", name=name, alias="champion")
    assert held["model_version"]["version"] == "2"
    page.get_by_role("button", name="Remove alias champion").click()
    expect(page.get_by_role("button", name="Remove alias champion")).to_have_count(0)


def test_versions_are_compared(page: Page, rest: Rest) -> None:
    name = registered_model(rest, versions=3)
    page.goto(f"/models/{name}")
    page.get_by_label("Select version 1").check()
    page.get_by_label("Select version 3").check()
    page.get_by_role("link", name="Compare", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Compare 2 versions")
    expect(page).to_have_url(re.compile(f"/models/{name}/compare\\?versions=1,3$"))
    row = page.get_by_role("region", name="Versions side by side").get_by_role("row", name="rmspe")
    expect(row).to_contain_text("0.1")
    expect(row).to_contain_text("0.08")


def test_a_version_that_is_not_there_is_said(page: Page, rest: Rest, watch: Watch) -> None:
    watch.expect("status of 404")
    name = registered_model(rest, versions=1)
    page.goto(f"/models/{name}/versions/9")
    expect(page.get_by_text("There is no such version.")).to_be_visible()


def test_a_name_with_an_apostrophe_shows_its_versions(page: Page, rest: Rest) -> None:
    name = f"Ann's {fresh('model')}"
    rest.post(f"{MLFLOW}/registered-models/create", {"name": name})
    rest.post(f"{MLFLOW}/model-versions/create", {"name": name, "source": "s3://elsewhere/model"})
    page.goto(f"/models/{quote(name)}")
    expect(page.get_by_role("region", name="Versions").get_by_role("link", name="version 1")).to_be_visible()
    page.goto(f"/models/{quote(name)}/versions/1")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{name} version 1")
