"""Every screen in both themes: no finding of axe, no overflow on a small screen, and a picture for people."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from rest import MLFLOW, Rest
from seeds import (
    ask,
    deploy,
    describe,
    experiment_with_runs,
    experiment_with_winner,
    log_dataset,
    predict_shifted,
    refused_webhook,
    registered_model,
    request_transition,
    served,
    share_out,
    start_run,
    transition,
    upload,
)

SCREENS = [
    *("home", "experiments", "experiment", "nested", "groups", "run", "metrics", "artifacts", "compare"),
    *("models", "model", "version", "versions", "serving", "monitoring", "activities"),
    *("webhooks", "webhook"),
    *("lineage", "lineage-table"),
    *("canary", "experiment-of-versions", "shadow", "serving-metrics", "predictions", "try", "config", "history"),
]
OVERFLOW = "(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.querySelector('.screen'))"
# A chart is drawn when it comes onto the screen.
DRAWN = """() => [...document.querySelectorAll('.chart:not(:has(canvas))')].every(
  (chart) => chart.getBoundingClientRect().top > innerHeight)"""


@pytest.fixture(scope="module")
def paths(rest: Rest) -> dict[str, str]:
    """A path for each screen, with something on it."""
    experiment, _, runs = experiment_with_runs(rest)
    start_run(rest, experiment, "still-running")
    start_run(rest, experiment, "trial", parent=runs[0])
    view = {"experiment_id": experiment, "key": "martlet.view.best", "value": "runs=top"}
    rest.post(f"{MLFLOW}/experiments/set-experiment-tag", view)
    upload(rest, experiment, runs[0], "report.txt", b"rmspe 0.0912\n")
    name = registered_model(rest, versions=3)
    transition(rest, name, "2", "Production")
    transition(rest, name, "3", "Staging")
    parents = [{"model_id": name, "version": "1", "relationship": "fine-tuned"}]
    code = {"repository": "https://git.example.com/vol", "commit": "4f2a9c1be07d", "digest": "sha256:" + "ab" * 32}
    data = [{"dataset_id": "prices", "version": 41, "split": "train", "size": 140000}]
    describe(rest, name, "2", semantic_version="1.3.2", framework="onnx", author="ann", metrics={"rmspe": 0.0957})
    describe(rest, name, "2", hyperparameters={"depth": 9}, parent_models=parents, datasets=data, code=code)
    request_transition(rest, name, "2", "Archived", "nobody serves it", "card says so", comment="Superseded by 3.")
    deploy(rest, name, "2")
    predict_shifted(rest, name, rows=400)
    trained = rest.get(f"{MLFLOW}/model-versions/get", name=name, version="2")["model_version"]["run_id"]
    log_dataset(rest, start_run(rest, experiment, "reader"), "prices", name)
    log_dataset(rest, trained, "prices", name)
    rest.post("/api/v1/monitoring/drift/check", {"endpoint": name, "method": "all"})
    hook = refused_webhook(rest)
    canary, rivals, copied = served(rest), served(rest), served(rest)
    share_out(rest, canary, "canary", steps=[5, 20, 50, 100], step=1)
    experiment_with_winner(rest, rivals)
    share_out(rest, copied, "shadow")
    ask(rest, copied)
    return {
        "home": "/",
        "experiments": "/experiments",
        "experiment": f"/experiments/{experiment}",
        "nested": f"/experiments/{experiment}?runs=top&view=best&select={runs[0]}",
        "groups": f"/experiments/{experiment}?group=params.model",
        "run": f"/runs/{runs[0]}",
        "metrics": f"/runs/{runs[0]}?tab=metrics",
        "artifacts": f"/runs/{runs[0]}?tab=artifacts&path=report.txt",
        "compare": f"/compare?runs={','.join(runs)}",
        "models": "/models",
        "model": f"/models/{name}",
        "version": f"/models/{name}/versions/2",
        "versions": f"/models/{name}/compare?versions=1,2",
        "serving": f"/serving?endpoint={name}",
        "activities": "/activities",
        "lineage": f"/lineage/dataset_version/prices%2F{name}",
        "lineage-table": f"/lineage/dataset_version/prices%2F{name}?view=table",
        "monitoring": f"/monitoring?endpoint={name}",
        "canary": f"/serving?endpoint={canary}",
        "experiment-of-versions": f"/serving?endpoint={rivals}",
        "shadow": f"/serving?endpoint={copied}",
        "serving-metrics": f"/serving?endpoint={rivals}&tab=metrics",
        "predictions": f"/serving?endpoint={rivals}&tab=predictions",
        "try": f"/serving?endpoint={rivals}&tab=try",
        "config": f"/serving?endpoint={canary}&tab=config",
        "history": f"/serving?endpoint={rivals}&tab=history&rollout=2",
        "webhooks": "/webhooks",
        "webhook": f"/webhooks/{hook}",
    }


def settle(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    expect(page.locator(".loading")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
def test_axe_finds_nothing(page: Page, paths: dict[str, str], pictures: Path, screen: str, theme: str) -> None:
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.goto(paths[screen])
    settle(page)
    page.wait_for_function(DRAWN)
    page.screenshot(path=pictures / f"{screen}-{theme}.png")
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize("screen", SCREENS)
def test_a_small_screen_is_enough(
    browser: Browser, url: str, paths: dict[str, str], pictures: Path, screen: str
) -> None:
    context = browser.new_context(base_url=url, viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(paths[screen])
    settle(page)
    page.screenshot(path=pictures / f"{screen}-small.png")
    overflow = page.evaluate(OVERFLOW)
    assert overflow <= 0, f"{screen} is {overflow} px too wide"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Navigation").click()
    expect(page.get_by_role("navigation", name="Resources").get_by_role("link", name="Models")).to_be_visible()
    context.close()
