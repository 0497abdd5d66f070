"""What came of a run: the runs nested in it, the models that it logged, and their registration."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect
from rest import MLFLOW, Rest, fresh
from seeds import MLMODEL, onnx_model, registered_model, start_run, upload


def versions(rest: Rest, name: str) -> list[dict[str, str]]:
    return rest.get(f"{MLFLOW}/model-versions/search", filter=f"name='{name}'").get("model_versions", [])


def test_a_run_lists_the_runs_nested_in_it(page: Page, rest: Rest) -> None:
    experiment = rest.experiment()
    parent = start_run(rest, experiment, "study")
    for index in range(12):
        start_run(rest, experiment, f"trial-{index:02}", start=1_700_000_000_000 + index, parent=parent)
    page.goto(f"/runs/{parent}")
    expect(page.get_by_role("main").get_by_role("link", name=re.compile("trial-"))).to_have_count(10)
    expect(page.get_by_text("the newest 10")).to_be_visible()
    page.get_by_role("link", name="Show as table").click()
    rows = page.get_by_role("region", name="Runs", exact=True).get_by_role("row", name=re.compile("trial-"))
    expect(rows).to_have_count(12)
    page.get_by_role("main").get_by_role("link", name="trial-03").click()
    page.get_by_role("link", name="parent run").click()
    expect(page).to_have_url(re.compile(f"/runs/{parent}$"))


def test_a_model_among_the_artifacts_is_registered_under_a_new_name(page: Page, rest: Rest) -> None:
    experiment = rest.experiment()
    run = start_run(rest, experiment, "brave-kite")
    upload(rest, experiment, run, "model/MLmodel", MLMODEL.encode())
    upload(rest, experiment, run, "model/model.onnx", onnx_model())
    name = fresh("kite")
    page.goto(f"/runs/{run}?tab=artifacts&path=model/model.onnx")
    expect(page.get_by_role("link", name="Download")).to_be_visible()
    expect(page.get_by_role("button", name="Register…")).to_have_count(0)
    page.get_by_role("button", name="MLmodel").click()
    page.get_by_role("button", name="Register…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Model").fill(name)
    expect(dialog).to_contain_text("A model of a new name is made")
    dialog.get_by_role("button", name="Register", exact=True).click()
    expect(page).to_have_url(re.compile(f"/models/{name}/versions/1$"))
    (version,) = versions(rest, name)
    assert version["run_id"] == run
    assert version["source"].endswith(f"/{run}/artifacts/model")


def test_a_logged_model_becomes_the_next_version_of_a_model(page: Page, rest: Rest) -> None:
    name = registered_model(rest, versions=1)
    experiment = rest.experiment()
    run = start_run(rest, experiment, "brave-kite")
    body = {"experiment_id": experiment, "name": "kite", "source_run_id": run}
    model = rest.post(f"{MLFLOW}/logged-models", body)["model"]["info"]
    for path, content in (("MLmodel", MLMODEL.encode()), ("model.onnx", onnx_model())):
        target = f"/api/2.0/mlflow-artifacts/artifacts/{experiment}/models/{model['model_id']}/artifacts/{path}"
        assert rest.send("PUT", target, data=content).ok
    rest.post(f"{MLFLOW}/runs/outputs", {"run_id": run, "models": [{"model_id": model["model_id"], "step": 0}]})
    page.goto(f"/runs/{run}")
    expect(page.get_by_role("main").get_by_text("Pending")).to_be_visible()
    expect(page.get_by_role("button", name="Register kite")).to_have_count(0)
    ready = {"model_id": model["model_id"], "status": "LOGGED_MODEL_READY"}
    assert rest.send("PATCH", f"{MLFLOW}/logged-models/{model['model_id']}", json=ready).ok
    page.get_by_role("button", name="Register kite").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Model").fill(name)
    expect(dialog).to_contain_text(f"It becomes the next version of {name}.")
    dialog.get_by_role("button", name="Register", exact=True).click()
    expect(page).to_have_url(re.compile(f"/models/{name}/versions/2$"))
    newest = next(version for version in versions(rest, name) if version["version"] == "2")
    assert newest["run_id"] == run
    assert newest["source"] == model["artifact_uri"]
    page.goto(f"/runs/{run}")
    expect(page.get_by_role("main").get_by_role("link", name=f"{name} 2")).to_be_visible()
