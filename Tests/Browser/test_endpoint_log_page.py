"""The log of an endpoint on its page: charts over time, search, pages, and what turned out to be true."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect
from rest import Rest
from seeds import ask, served, share_out
from watch import Watch, kept, mark

PAGE_ROWS = 50
LOGGED_SECONDS_MAX = 20.0
# The page asks for the log every five seconds, for its charts every ten.
NEWS_MS_MAX = 20_000


def asked(rest: Rest, name: str, count: int) -> list[Any]:
    """So many predictions, once the log has them."""
    answers = [ask(rest, name) for _ in range(count)]
    deadline = time.monotonic() + LOGGED_SECONDS_MAX
    while not rest.get("/api/v1/predictions", request_id=answers[-1]["request_id"])["predictions"]:
        assert time.monotonic() < deadline, "the predictions are not in the log"
        time.sleep(0.05)
    return answers


def log_of(page: Page, name: str, **params: str) -> Locator:
    """The rows of the log, once they are shown."""
    search = "".join(f"&{key}={value}" for key, value in params.items())
    page.goto(f"/serving?endpoint={name}&tab=predictions{search}")
    return page.get_by_role("region", name="Latest predictions").locator("tbody tr")


def drawn(page: Page, sentence: str) -> Locator:
    """The chart that says this."""
    return page.get_by_role("img", name=re.compile(sentence))


def test_metrics_are_drawn_out_of_the_log(page: Page, rest: Rest) -> None:
    name = served(rest)
    asked(rest, name, 12)
    rest.refused("POST", "/predict", {"model_name": name, "inputs": {"spread": "wide"}})
    page.goto(f"/serving?endpoint={name}&tab=metrics&range=15m")
    status = page.get_by_role("status").filter(has_text="predictions")
    expect(status).to_have_text("12 predictions, 1 failed request, by 10 s", timeout=NEWS_MS_MAX)
    rate = drawn(page, r"^Predictions a second: v1 last .*highest [\d.]+")
    expect(rate).to_be_visible(timeout=NEWS_MS_MAX)
    expect(drawn(page, r"^Latency, p50: v1 last [\d.]+ ms")).to_be_visible(timeout=NEWS_MS_MAX)
    slowest = drawn(page, r"^Latency, p99: v1 last [\d.]+ ms")
    expect(slowest).to_be_visible(timeout=NEWS_MS_MAX)
    failed = drawn(page, r"^Share of entries that failed: v1 last [\d.]+%, highest [1-9]")
    expect(failed).to_be_visible(timeout=NEWS_MS_MAX)
    slowest.focus()
    page.keyboard.press("End")
    expect(page.get_by_text(re.compile(r"^\d\d:\d\d:\d\d: v1"))).to_have_count(1)
    page.get_by_role("button", name="Predictions a second as a table").click()
    values = page.get_by_role("region", name="Values of predictions a second")
    rates = values.get_by_role("row").filter(has_text=re.compile(r"[\d.]*[1-9][\d.]*/s"))
    expect(rates.first).to_be_visible(timeout=NEWS_MS_MAX)
    expect(drawn(page, r"^Requests that wait: v1 last 0 requests")).to_be_visible()


def test_the_time_of_the_metrics_is_in_the_url(page: Page, rest: Rest) -> None:
    name = served(rest)
    asked(rest, name, 3)
    page.goto(f"/serving?endpoint={name}&tab=metrics")
    mark(page)
    expect(page.get_by_role("status").filter(has_text="3 predictions, 0 failed requests, by 30 s")).to_be_visible()
    page.get_by_role("radio", name="24 h").check()
    expect(page).to_have_url(re.compile("range=24h"))
    expect(page.get_by_role("status").filter(has_text="by 15 min")).to_be_visible()
    assert kept(page)
    page.reload()
    expect(page.get_by_role("radio", name="24 h")).to_be_checked()


def test_each_variant_has_a_line_and_a_queue(page: Page, rest: Rest) -> None:
    name = served(rest)
    share_out(rest, name, "shadow")
    asked(rest, name, 4)
    page.goto(f"/serving?endpoint={name}&tab=metrics&range=15m")
    chart = page.get_by_role("article", name="Latency, p99")
    both = chart.get_by_role("img", name=re.compile("v1 last .* v2 last "))
    expect(both).to_be_visible(timeout=NEWS_MS_MAX)
    page.get_by_role("tab", name="Traffic").click()
    variants = page.get_by_role("region", name="Variants")
    heads = [one.lower() for one in variants.get_by_role("columnheader").all_inner_texts()]
    # The first column has the name of the row, and is no cell.
    queue = variants.get_by_role("row", name="v1").get_by_role("cell").nth(heads.index("queue") - 1)
    expect(queue).to_have_text("0")


def test_an_endpoint_that_nobody_asked_says_so(page: Page, rest: Rest) -> None:
    name = served(rest)
    page.goto(f"/serving?endpoint={name}&tab=metrics")
    expect(page.get_by_text("Nothing was logged in the last hour.")).to_be_visible()
    page.get_by_role("tab", name="Predictions").click()
    expect(page.get_by_text("None logged yet.")).to_be_visible()


def test_an_error_is_told_with_a_way_to_try_again(page: Page, rest: Rest, watch: Watch) -> None:
    watch.expect("status of 503")
    name = served(rest)
    asked(rest, name, 1)
    refusal = {"error_code": "TEMPORARILY_UNAVAILABLE", "message": "The log is away."}
    series = "**/api/v1/predictions/series?*"
    page.route(series, lambda route: route.fulfill(status=503, json=refusal))
    page.goto(f"/serving?endpoint={name}&tab=metrics")
    alert = page.get_by_role("alert").filter(has_text="The log is away.")
    expect(alert).to_be_visible()
    page.unroute(series)
    alert.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("status").filter(has_text="1 prediction")).to_be_visible()
    expect(alert).to_have_count(0)


def test_the_log_is_searched_by_request_version_and_time(page: Page, rest: Rest) -> None:
    name = served(rest)
    answers = asked(rest, name, 6)
    rows = log_of(page, name)
    expect(rows).to_have_count(6)
    mark(page)
    search = page.get_by_role("search", name="Predictions")
    wanted = answers[2]["request_id"]
    search.get_by_label("Request").fill(wanted)
    page.keyboard.press("Enter")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text(wanted[-8:])
    expect(page).to_have_url(re.compile(f"request={wanted}"))
    page.reload()
    expect(rows).to_have_count(1)
    expect(search.get_by_label("Request")).to_have_value(wanted)
    search.get_by_role("button", name="Clear").click()
    expect(rows).to_have_count(6)
    search.get_by_label("Version").fill("2")
    search.get_by_role("button", name="Search").click()
    expect(page.get_by_text("The log has nothing like that.")).to_be_visible()
    search.get_by_label("Version").fill("1")
    search.get_by_role("button", name="Search").click()
    expect(rows).to_have_count(6)
    search.get_by_label("Until").fill((datetime.now() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M"))
    search.get_by_role("button", name="Search").click()
    expect(page.get_by_text("The log has nothing like that.")).to_be_visible()
    search.get_by_label("Until").fill("")
    search.get_by_label("From").fill((datetime.now() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M"))
    page.keyboard.press("Enter")
    expect(rows).to_have_count(6)
    expect(page).to_have_url(re.compile(r"from=\d{13}"))


def test_a_value_of_a_row_narrows_the_log(page: Page, rest: Rest) -> None:
    name = served(rest)
    share_out(rest, name, "ab_test", name="layout", traffic_split={"control": 50, "treatment": 50})
    answers = [ask(rest, name, **{"x-martlet-key": f"caller-{index}"}) for index in range(30)]
    ours = sum(one["variant"] == "v2" for one in answers)
    rows = log_of(page, name)
    expect(rows).to_have_count(30)
    rows.get_by_role("link", name="v2", exact=True).first.click()
    expect(rows).to_have_count(ours)
    expect(page.get_by_label("Variant")).to_have_value("v2")
    page.go_back()
    expect(rows).to_have_count(30)


def test_pages_of_the_log_are_turned(page: Page, rest: Rest) -> None:
    name = served(rest)
    asked(rest, name, PAGE_ROWS + 7)
    rows = log_of(page, name)
    expect(rows).to_have_count(PAGE_ROWS)
    expect(page.get_by_text(f"{PAGE_ROWS} shown, newest first; older ones follow")).to_be_visible()
    first = rows.first.inner_text()
    page.get_by_role("button", name="Next").click()
    expect(rows).to_have_count(7)
    expect(page.get_by_role("button", name="Next")).to_be_disabled()
    page.reload()
    expect(rows).to_have_count(7)
    page.go_back()
    expect(rows).to_have_count(PAGE_ROWS)
    assert rows.first.inner_text().split()[0] == first.split()[0]


def test_new_predictions_wait_while_the_pointer_is_on_the_rows(page: Page, rest: Rest) -> None:
    name = served(rest)
    asked(rest, name, PAGE_ROWS)
    rows = log_of(page, name)
    expect(rows).to_have_count(PAGE_ROWS)
    before = rows.first.get_by_role("rowheader").inner_text()
    rows.first.hover()
    asked(rest, name, 3)
    fresh = page.get_by_role("button", name=re.compile("^3 new"))
    expect(fresh).to_be_visible(timeout=NEWS_MS_MAX)
    expect(rows).to_have_count(PAGE_ROWS)
    expect(rows.first.get_by_role("rowheader")).to_have_text(before)
    fresh.click()
    expect(rows.nth(3).get_by_role("rowheader")).to_have_text(before)


def test_ground_truth_is_told_and_shown(page: Page, rest: Rest) -> None:
    name = served(rest)
    (answer,) = asked(rest, name, 1)
    rows = log_of(page, name)
    mark(page)
    opener = rows.first.get_by_role("button")
    opener.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name=f"Prediction {answer['request_id']}")
    expect(dialog).to_contain_text("version 1")
    expect(dialog.get_by_label("Features")).to_contain_text('"spread": 1')
    expect(page).to_have_url(re.compile(f"prediction={answer['request_id']}"))
    dialog.get_by_label("Ground truth").fill("up")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("must be JSON")
    dialog.get_by_label("Ground truth").fill('"up"')
    dialog.get_by_label("Metric").fill("12.5")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    expect(rows.first).to_contain_text("up")
    expect(rows.first).to_contain_text("12.5")
    expect(opener).to_be_focused()
    (logged,) = rest.get("/api/v1/predictions", request_id=answer["request_id"])["predictions"]
    assert (logged["ground_truth"], logged["metric_value"]) == ("up", 12.5)
    assert kept(page)


def test_what_failed_says_why(page: Page, rest: Rest) -> None:
    name = served(rest)
    rest.refused("POST", "/predict", {"model_name": name, "inputs": {"spread": "wide"}})
    rows = log_of(page, name)
    expect(rows.first).to_contain_text("Failed, 400")
    rows.first.get_by_role("button").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("spread")
    expect(dialog.get_by_role("button", name="Save")).to_have_count(0)
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)


def test_a_shadow_leads_to_what_the_caller_got(page: Page, rest: Rest) -> None:
    name = served(rest)
    share_out(rest, name, "shadow")
    (answer,) = asked(rest, name, 1)
    rows = log_of(page, name, shadow="true")
    rows.first.get_by_role("button").click()
    page.get_by_role("dialog").get_by_role("link", name=answer["request_id"]).click()
    dialog = page.get_by_role("dialog", name=f"Prediction {answer['request_id']}")
    expect(dialog.get_by_label("Ground truth")).to_be_visible()


def test_one_that_the_log_does_not_have_is_said_to_be_missing(page: Page, rest: Rest) -> None:
    name = served(rest)
    log_of(page, name, prediction="0" * 32)
    expect(page.get_by_role("dialog")).to_contain_text(f"The log of {name} has no such prediction.")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_a_prediction(page: Page, rest: Rest, theme: str) -> None:
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    name = served(rest)
    (answer,) = asked(rest, name, 1)
    log_of(page, name, prediction=answer["request_id"])
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Ground truth").fill("up")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


def test_the_log_is_usable_on_a_small_screen(browser: Browser, url: str, rest: Rest) -> None:
    name = served(rest)
    (answer,) = asked(rest, name, 1)
    context = browser.new_context(base_url=url, viewport={"width": 360, "height": 740})
    page = context.new_page()
    for tab in ("metrics", "predictions"):
        page.goto(f"/serving?endpoint={name}&tab={tab}")
        expect(page.get_by_role("status").filter(has_text=re.compile("prediction|shown"))).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.goto(f"/serving?endpoint={name}&tab=predictions&prediction={answer['request_id']}")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Metric")).to_be_visible()
    assert dialog.evaluate("(one) => one.scrollWidth <= one.clientWidth")
    context.close()
