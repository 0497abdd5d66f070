"""What was told of versions, on the page of a version, in the table of its model, and side by side."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect
from rest import Rest
from seeds import describe, registered_model
from watch import Watch

DOCUMENT = {
    "semantic_version": "2.0.0-rc.1",
    "framework": "onnx",
    "model_type": "regression",
    "author": "ann",
    "metrics": {"rmspe": 0.0912},
    "hyperparameters": {"depth": 9, "booster": {"kind": "gbtree"}},
    "datasets": [
        {"dataset_id": "prices", "version": "41", "split": "train", "size": 140000},
        {"dataset_id": "macro", "version": 12},
    ],
    "code": {"repository": "https://git.example.com/vol", "commit": "4f2a9c1be07d", "digest": "sha256:" + "ab" * 32},
}


def described(rest: Rest) -> str:
    """A model whose second version came of the first."""
    name = registered_model(rest, versions=3)
    describe(rest, name, "1", semantic_version="1.0.0", framework="onnx", metrics={"rmspe": 0.0957})
    parents = [
        {"model_id": name, "version": "1.0.0", "relationship": "fine-tuned"},
        {"model_id": "elsewhere", "version": "0.9.0", "relationship": "distilled"},
    ]
    describe(rest, name, "2", **DOCUMENT, parent_models=parents)
    return name


def test_a_version_shows_its_document(page: Page, rest: Rest) -> None:
    name = described(rest)
    page.goto(f"/models/{name}/versions/2")
    main = page.get_by_role("main")
    expect(page.locator(".screen-detail")).to_contain_text("2.0.0-rc.1")
    facts = page.locator(".panel", has=page.get_by_role("heading", name="Registration"))
    for text in ("onnx", "regression", "ann", "kB", "4f2a9c1be07d", "distilled from", "abababababab…"):
        expect(facts).to_contain_text(text)
    expect(facts.get_by_role("link", name="https://git.example.com/vol")).to_be_visible()
    data = main.get_by_role("region", name="Datasets")
    expect(data.get_by_role("row", name="prices")).to_contain_text(re.compile("41.*train.*140,000"))
    expect(data.get_by_role("row", name="macro")).to_contain_text(re.compile("12.*—.*—"))
    metrics = main.get_by_role("region", name="Metrics", exact=True)
    expect(metrics.get_by_role("row", name="rmspe")).to_contain_text("0.0912")
    values = main.get_by_role("region", name="Hyperparameters")
    expect(values.get_by_role("row", name="booster")).to_contain_text('{"kind":"gbtree"}')
    expect(values.get_by_role("row", name="depth")).to_contain_text("9")
    facts.get_by_role("link", name=f"{name} 1.0.0").click()
    expect(page).to_have_url(re.compile(f"/models/{name}/versions/1$"))
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{name} version 1")
    page.go_back()
    data.get_by_role("link", name="macro").click()
    expect(page).to_have_url(re.compile("/lineage/dataset_version/macro%2F12$"))


def test_a_version_without_a_document_says_how_to_tell_of_it(page: Page, rest: Rest) -> None:
    name = described(rest)
    page.goto(f"/models/{name}/versions/3")
    expect(page.get_by_text("Nothing was told of it yet.")).to_be_visible()
    expect(page.get_by_role("region", name="Datasets")).to_have_count(0)
    describe(rest, name, "3", author="bob")
    expect(page.get_by_text("Nothing was told of it yet.")).to_have_count(0)


def test_a_parent_that_is_not_here_is_said(page: Page, rest: Rest, watch: Watch) -> None:
    watch.expect("status of 40")
    name = described(rest)
    page.goto(f"/models/{name}/versions/2")
    page.get_by_role("link", name="elsewhere 0.9.0").click()
    expect(page).to_have_url(re.compile("/lineage/external_model/elsewhere%2F0.9.0$"))
    expect(page.get_by_role("main")).to_contain_text("elsewhere/0.9.0")
    page.goto(f"/models/{name}/versions/newest")
    expect(page.get_by_text("There is no such version.")).to_be_visible()


def test_the_table_of_versions_has_their_semantic_versions(page: Page, rest: Rest) -> None:
    name = described(rest)
    page.goto(f"/models/{name}")
    table = page.get_by_role("region", name="Versions")
    expect(table.get_by_role("row", name="version 2")).to_contain_text("2.0.0-rc.1")
    expect(table.get_by_role("columnheader", name="Semantic")).to_be_visible()
    page.goto(f"/models/{registered_model(rest, versions=1)}")
    expect(table.get_by_role("row", name="version 1")).to_be_visible()
    expect(table.get_by_role("columnheader", name="Semantic")).to_have_count(0)


def test_documents_are_compared(page: Page, rest: Rest) -> None:
    name = described(rest)
    page.goto(f"/models/{name}/compare?versions=1,2,3")
    table = page.get_by_role("region", name="Versions side by side")
    expect(page.get_by_role("heading", level=1)).to_have_text("Compare 3 versions")
    expect(table.get_by_role("columnheader", name="version 2 2.0.0-rc.1")).to_be_visible()
    expect(table.get_by_role("row", name="rmspe")).to_contain_text(re.compile("0.0957.*0.0912.*0.08"))
    expect(table.get_by_role("row", name="framework")).to_contain_text("onnx")
    expect(table.get_by_role("row", name="prices (train)")).to_contain_text(re.compile("—.*41, 140,000 rows.*—"))
    expect(table.get_by_role("row", name="fine-tuned")).to_contain_text(f"{name} 1.0.0")
    expect(table.get_by_role("row", name="commit")).to_contain_text("4f2a9c1be07d")


def test_a_comparison_with_a_version_that_is_not_there_is_said(page: Page, rest: Rest, watch: Watch) -> None:
    watch.expect("status of 404")
    name = described(rest)
    page.goto(f"/models/{name}/compare?versions=1,9")
    expect(page.get_by_text("One of them is not there.")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name=f"the page of {name}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
