"""An endpoint on the page: how it does now, its traffic and rollouts, the way back, and a form to try it."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect
from rest import Rest
from seeds import ask, experiment_with_winner, served, share_out
from watch import Watch, kept, mark

PATIENCE_SECONDS = 40.0


def endpoint(rest: Rest, name: str) -> Any:
    return rest.get(f"/api/v1/mlflow/serving/endpoints/{name}")


def ask_until(rest: Rest, name: str, seen: Locator) -> None:
    """Asks on and on until the page shows something."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not seen.is_visible():
        assert time.monotonic() < deadline, f"{seen} was never seen"
        for _ in range(20):
            ask(rest, name)


def ask_until_step(rest: Rest, name: str, number: int) -> None:
    """Asks until a canary is at its step `number`, from 0, and hardly more: enough more would take it further."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while rest.get(f"/api/v1/mlflow/serving/endpoints/{name}/rollouts")["rollouts"][0]["step"] < number:
        assert time.monotonic() < deadline, f"the canary never was at step {number}"
        for _ in range(5):
            ask(rest, name)


def step(page: Page, percent: int, state: str) -> Locator:
    steps = page.get_by_role("list", name="Steps of the canary").get_by_role("listitem")
    return steps.filter(has_text=re.compile(rf"^{percent}%\s*{state}$"))


def edit(page: Page, policy: str) -> Locator:
    """The open dialog with a policy chosen."""
    page.get_by_role("button", name="Edit traffic…").click()
    dialog = page.get_by_role("dialog", name="Edit the traffic of")
    dialog.get_by_label("Policy").select_option(label=policy)
    return dialog


def test_requests_errors_and_latency_are_told_as_they_come(page: Page, rest: Rest) -> None:
    name = served(rest)
    page.goto(f"/serving?endpoint={name}")
    now = page.get_by_role("group", name="Now")
    expect(now).to_contain_text("Ready")
    expect(now).to_contain_text("0/s")
    mark(page)
    ask_until(rest, name, now.get_by_text(re.compile(r"^[1-9][\d.]*/s$")))
    expect(now).to_contain_text(re.compile(r"Errors\s*0%"))
    expect(now).to_contain_text(re.compile(r"p99\s*[\d.]+ ms"))
    expect(page.get_by_role("img", name=re.compile(r"^Requests a second: v1 last .*highest [1-9]"))).to_be_visible()
    latency = page.get_by_role("img", name=re.compile(r"^Mean time of an answer: v1 last [\d.]+ ms"))
    expect(latency).to_be_visible()
    latency.focus()
    page.keyboard.press("End")
    expect(page.get_by_text(re.compile(r"^\d\d:\d\d:\d\d: v1"))).to_have_count(1)
    page.get_by_role("button", name="Requests a second as a table").click()
    values = page.get_by_role("region", name="Values of requests a second")
    expect(values.get_by_role("row").filter(has_text=re.compile(r"[1-9][\d.]*/s")).first).to_be_visible()
    assert kept(page)


def test_a_request_that_fails_is_among_the_errors(page: Page, rest: Rest) -> None:
    name = served(rest)
    page.goto(f"/serving?endpoint={name}")
    now = page.get_by_role("group", name="Now")
    expect(now).to_contain_text("0/s")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not now.get_by_text("100%").is_visible():
        assert time.monotonic() < deadline, "no error was seen"
        rest.refused("POST", "/predict", {"model_name": name, "inputs": {"spread": "wide"}})


def test_a_canary_is_seen_ramping_until_it_takes_over(page: Page, rest: Rest) -> None:
    name = served(rest)
    # Without the other checks, which may refuse a canary that is as good.
    share_out(rest, name, "canary", steps=[10, 60, 100], requests_min=15, seconds_min=1, checks=["error_rate"])
    page.goto(f"/serving?endpoint={name}")
    expect(step(page, 10, "now")).to_be_visible()
    expect(step(page, 60, "coming")).to_be_visible()
    expect(page.get_by_text("0 of 15: 15 to come")).to_be_visible()
    variants = page.get_by_role("region", name="Variants")
    expect(variants.get_by_role("row", name="v2 canary")).to_contain_text("10%")
    mark(page)
    ask_until_step(rest, name, 1)
    expect(step(page, 60, "now")).to_be_visible()
    expect(step(page, 10, "done")).to_be_visible()
    # With the five that may have come since the step, too few for fifteen of each.
    for _ in range(24):
        ask(rest, name)
    errors = page.get_by_role("region", name="Checks of the canary").get_by_role("row", name="Errors")
    expect(errors).to_contain_text("no errors on either side")
    expect(errors).to_contain_text("1 × the stable variant's")
    ask_until(rest, name, page.get_by_text("Took over"))
    expect(step(page, 100, "done")).to_be_visible()
    expect(variants.get_by_role("row")).to_have_count(2)
    expect(variants.get_by_role("row", name="v2")).to_contain_text("100%")
    page.get_by_role("tab", name="History").click()
    rollouts = page.get_by_role("region", name="Rollouts")
    expect(rollouts.get_by_role("row", name="canary of v1 and v2")).to_contain_text("all steps")
    assert kept(page)


def test_a_step_says_what_it_waits_for(page: Page, rest: Rest) -> None:
    name = served(rest)
    share_out(rest, name, "canary", steps=[50, 100], requests_min=1000, seconds_min=3600, feedback_min=5)
    page.goto(f"/serving?endpoint={name}")
    needs = page.locator(".needs")
    expect(needs).to_contain_text(re.compile(r"Time\s*(59 min( \d+ s)?|1 h) of 1 h to go"))
    expect(needs).to_contain_text("0 of 5: 5 to come")
    ask_until(rest, name, needs.get_by_text(re.compile(r"of 1,000: \d+ to come, about .* at the present rate")))
    checks = page.get_by_role("region", name="Checks of the canary")
    expect(checks.get_by_role("row", name="Metric")).to_contain_text("too little seen to compare")
    expect(checks.get_by_role("row", name="Latency")).to_contain_text("1.2 × the stable variant's")


def test_traffic_is_edited(page: Page, rest: Rest) -> None:
    name = served(rest, versions=3)
    page.goto(f"/serving?endpoint={name}")
    mark(page)
    dialog = edit(page, "canary")
    expect(dialog.get_by_label("Stable")).to_have_value("variant v1")
    dialog.get_by_role("combobox", name="Canary", exact=True).select_option(label="version 2")
    dialog.get_by_label("Steps").fill("15, 40")
    dialog.get_by_label("Requests of a step").fill("700")
    expect(dialog).to_contain_text("version 2 gets 15% of the requests at first, then 40%; the rest stays with v1.")
    dialog.get_by_role("button", name="Share out").click()
    expect(dialog).to_have_count(0)
    expect(step(page, 15, "now")).to_be_visible()
    expect(step(page, 100, "coming")).to_be_visible()
    traffic = endpoint(rest, name)["traffic"]
    assert [traffic["policy"], traffic["steps"], traffic["requests_min"]] == ["canary", [15, 40, 100], 700]
    assert kept(page)


@pytest.mark.parametrize(
    ("policy", "kind", "row"),
    [
        ("shadow", "shadow", "copies of 100%"),
        ("blue/green", "blue_green", "stands by"),
        ("ensemble", "ensemble", "weight 75%"),
    ],
)
def test_every_policy_can_be_set(page: Page, rest: Rest, policy: str, kind: str, row: str) -> None:
    name = served(rest)
    page.goto(f"/serving?endpoint={name}")
    dialog = edit(page, policy)
    if kind == "ensemble":
        dialog.get_by_label("Weight").nth(1).fill("3")
        dialog.get_by_role("button", name="Add a variant").click()
        expect(dialog.get_by_label("Weight")).to_have_count(3)
        dialog.get_by_role("button", name="Remove variant 3").click()
    dialog.get_by_role("button", name="Share out").click()
    variants = page.get_by_role("region", name="Variants")
    expect(variants.get_by_role("row", name="v2")).to_contain_text(row)
    assert endpoint(rest, name)["traffic"]["policy"] == kind
    dialog = edit(page, "one version")
    dialog.get_by_role("combobox", name="Version", exact=True).select_option("variant v2")
    expect(dialog).to_contain_text("All requests are answered by v2.")
    dialog.get_by_role("button", name="Share out").click()
    expect(variants.get_by_role("row")).to_have_count(2)
    assert [one["name"] for one in endpoint(rest, name)["variants"]] == ["v2"]


def test_an_experiment_is_begun_paused_and_keeps_what_was_seen(page: Page, rest: Rest) -> None:
    name = served(rest)
    page.goto(f"/serving?endpoint={name}")
    dialog = edit(page, "A/B experiment")
    dialog.get_by_label("Name of the experiment").fill("layout")
    dialog.get_by_label("Share of the control").fill("80")
    dialog.get_by_label("Share of the treatment").fill("20")
    dialog.get_by_label("End, if any").fill("2100-03-01T12:00")
    dialog.get_by_label("Latency").check()
    dialog.get_by_role("button", name="Share out").click()
    expect(page.get_by_text("80% control, 20% treatment")).to_be_visible()
    expect(page.get_by_text("until 2100-03-01 12:00:00")).to_be_visible()
    ask(rest, name)
    page.get_by_role("button", name="Edit traffic…").click()
    dialog = page.get_by_role("dialog", name="Edit the traffic of")
    dialog.get_by_label("Status").select_option("paused")
    dialog.get_by_role("button", name="Share out").click()
    expect(page.get_by_text("paused: all get the control")).to_be_visible()
    (only,) = rest.get(f"/api/v1/mlflow/serving/endpoints/{name}/rollouts")["rollouts"]
    assert only["reference"]["requests"] + only["current"]["requests"] == 1
    assert only["traffic"]["success_metrics"] == ["metric", "latency"]


def test_a_refusal_stands_beside_its_field(page: Page, rest: Rest, watch: Watch) -> None:
    watch.expect("status of 400")
    name = served(rest)
    page.goto(f"/serving?endpoint={name}")
    dialog = edit(page, "canary")
    steps = dialog.get_by_label("Steps")
    steps.fill("50, 20")
    dialog.get_by_role("button", name="Share out").click()
    expect(steps.locator("..").get_by_role("alert")).to_contain_text("growing shares in percent")
    expect(steps).to_have_attribute("aria-invalid", "true")
    expect(steps).to_have_accessible_description(re.compile("growing shares in percent"))
    dialog.get_by_label("Policy").select_option(label="ensemble")
    dialog.get_by_label("Weight").first.fill("0")
    dialog.get_by_role("button", name="Share out").click()
    versions = dialog.get_by_role("group", name="Versions")
    expect(versions.get_by_role("alert")).to_contain_text("numbers from 0.000001")
    expect(dialog.get_by_role("alert")).to_have_count(1)
    dialog.get_by_label("Weight").first.fill("1")
    dialog.get_by_label("Variant 2").select_option("variant v1")
    dialog.get_by_role("button", name="Share out").click()
    expect(versions.get_by_role("alert")).to_contain_text('Two variants are called "v1"')
    dialog.get_by_role("button", name="Cancel").click()
    assert endpoint(rest, name)["traffic"]["policy"] == "single"


def test_an_experiment_shows_its_winner(page: Page, rest: Rest) -> None:
    name = served(rest)
    experiment_with_winner(rest, name)
    page.goto(f"/serving?endpoint={name}")
    panel = page.locator(".panel", has=page.get_by_role("heading", name="Rollout"))
    expect(panel).to_contain_text("60% control, 40% treatment")
    metrics = page.get_by_role("region", name="Success metrics")
    row = metrics.get_by_role("row", name=re.compile("^Metric "))
    expect(row).to_contain_text("Treatment wins")
    expect(row).to_contain_text(re.compile(r"1\.\d+ n \d+.*3\.\d+ n \d+"))
    expect(metrics.get_by_role("row", name="Errors")).to_contain_text("Undecided")
    expect(panel.locator(".facts")).to_contain_text(re.compile(r"Winner\s*Treatment wins.*Confidence\s*\d+%"))


def test_a_shadow_is_compared_and_its_answers_are_listed_apart(page: Page, rest: Rest) -> None:
    name = served(rest)
    share_out(rest, name, "shadow")
    for _ in range(6):
        ask(rest, name)
    page.goto(f"/serving?endpoint={name}")
    panel = page.locator(".panel", has=page.get_by_role("heading", name="Rollout"))
    expect(panel).to_contain_text(re.compile(r"Rows compared\s*6"))
    expect(panel).to_contain_text("100% of the rows")
    expect(panel).to_contain_text(re.compile(r"Errors of the shadow\s*0\s*Copies dropped\s*0"))
    page.get_by_role("tab", name="Predictions").click()
    table = page.get_by_role("region", name="Latest predictions")
    expect(table.get_by_role("row", name="v1")).to_have_count(6)
    page.get_by_label("Answers of shadows").check()
    expect(table.get_by_role("row", name="v2")).to_have_count(6)
    expect(table.get_by_role("row", name="v1")).to_have_count(0)
    page.reload()
    expect(table.get_by_role("row", name="v2")).to_have_count(6)


def test_a_canary_is_rolled_back_and_history_says_why(page: Page, rest: Rest) -> None:
    name = served(rest)
    share_out(rest, name, "canary", seconds_min=3600)
    page.goto(f"/serving?endpoint={name}")
    expect(step(page, 5, "now")).to_be_visible()
    page.get_by_role("button", name="Roll back…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("version 1")
    dialog.get_by_role("button", name="Roll back", exact=True).click()
    expect(step(page, 5, "ended here")).to_be_visible()
    expect(step(page, 20, "not reached")).to_be_visible()
    page.get_by_role("tab", name="History").click()
    row = page.get_by_role("region", name="Rollouts").get_by_role("row", name="canary of v1 and v2")
    expect(row).to_contain_text("Rolled back")
    expect(row).to_contain_text("by local")
    row.get_by_role("button").click()
    expect(page).to_have_url(re.compile(r"tab=history&rollout=\d+"))
    expect(step(page, 5, "ended here")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Chosen rollout")).to_be_visible()


def test_a_row_is_tried_by_its_columns(page: Page, rest: Rest, watch: Watch) -> None:
    watch.expect("status of 400")
    name = served(rest)
    share_out(rest, name, "blue_green")
    page.goto(f"/serving?endpoint={name}&tab=try")
    page.get_by_label("spread").fill("2")
    page.get_by_label("log_return").fill("4")
    page.get_by_label("Ask").select_option(label="v2")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Predict").click()
    expect(page.get_by_text("Prediction of v2, version 2,")).to_be_visible()
    expect(page.locator("output")).to_have_text("3")
    page.get_by_label("spread").fill("wide")
    page.get_by_role("button", name="Predict").click()
    expect(page.get_by_role("alert")).to_contain_text("spread")
    page.get_by_label("spread").fill("2")
    page.get_by_role("button", name="Write JSON").click()
    expect(page).to_have_url(re.compile("inputs=json"))
    expect(page.get_by_label("Inputs: an object")).to_have_value('{"spread":2,"log_return":4}')


def test_tabs_are_in_the_url_and_the_keyboard_reaches_them(page: Page, rest: Rest) -> None:
    name = served(rest)
    page.goto(f"/serving?endpoint={name}&tab=config")
    expect(page.get_by_label("Traffic policy as JSON")).to_contain_text('"policy": "single"')
    page.get_by_role("tab", name="Config").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("Nothing was rolled out yet.")).to_be_visible()
    expect(page).to_have_url(re.compile("tab=history"))
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("region", name="Variants")).to_be_visible()
    expect(page).to_have_url(re.compile(f"endpoint={name}$"))
    opener = page.get_by_role("button", name="Edit traffic…")
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_label("Policy")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(opener).to_be_focused()


def test_a_long_list_leaves_room_for_the_one_that_is_chosen(page: Page, rest: Rest) -> None:
    name = max(served(rest, versions=1) for _ in range(12))
    page.set_viewport_size({"width": 1440, "height": 600})
    page.goto(f"/serving?endpoint={name}")
    listed = page.get_by_role("region", name="Endpoints").get_by_role("row", name=name)
    expect(listed).to_be_in_viewport()
    expect(page.get_by_role("group", name="Now")).to_be_in_viewport()
    expect(page.get_by_role("tab", name="Traffic")).to_be_in_viewport()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_the_form(page: Page, rest: Rest, watch: Watch, theme: str) -> None:
    watch.expect("status of 400")
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.goto(f"/serving?endpoint={served(rest)}")
    for policy in ("canary", "A/B experiment", "shadow", "ensemble"):
        dialog = edit(page, policy)
        if policy == "canary":
            dialog.get_by_label("Steps").fill("50, 20")
            dialog.get_by_role("button", name="Share out").click()
            expect(dialog.get_by_role("alert")).to_be_visible()
        results = Axe().run(page)
        assert results.violations_count == 0, results.generate_report()
        dialog.get_by_role("button", name="Cancel").click()


def test_the_form_is_usable_on_a_small_screen(browser: Browser, url: str, rest: Rest) -> None:
    context = browser.new_context(base_url=url, viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(f"/serving?endpoint={served(rest)}")
    for policy in ("A/B experiment", "ensemble"):
        dialog = edit(page, policy)
        assert dialog.evaluate("(one) => one.scrollWidth <= one.clientWidth")
        dialog.get_by_role("button", name="Share out").scroll_into_view_if_needed()
        dialog.get_by_role("button", name="Cancel").click()
    context.close()
