"""What came of what: the graph and its keys, the table, what breaks, and the state in the URL."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect
from rest import MLFLOW, Rest, fresh
from seeds import deploy, finish_run, log_dataset, registered_model, start_run
from watch import kept, mark

LIT = re.compile(r"\blit\b")
CROWD = 150
# By then all that a page asks again because it has just begun to listen is answered.
SETTLED_MS = 1500
FAIL_UNTIL_TRIED_AGAIN = """
const ask = window.fetch;
let fails = true;
addEventListener("click", (event) => { fails &&= event.target.textContent !== "Try again"; }, true);
window.fetch = (url, ...rest) => fails && String(url).startsWith("/api/v1/lineage")
  ? Promise.resolve(Response.json({ error_code: "INTERNAL_ERROR", message: "The walk failed." }, { status: 500 }))
  : ask(url, ...rest);
"""


class Chain(NamedTuple):
    """dataset → two runs; one of them → version 1 of a model → endpoint."""

    dataset: str
    model: str
    run: str

    @property
    def path(self) -> str:
        return place("dataset_version", f"{self.dataset}/41")


def place(kind: str, name: str) -> str:
    return f"/lineage/{kind}/{quote(name, safe='')}"


def chain(rest: Rest, versions: int = 1) -> Chain:
    dataset = fresh("prices")
    model = registered_model(rest, versions)
    run = rest.get(f"{MLFLOW}/model-versions/get", name=model, version="1")["model_version"]["run_id"]
    log_dataset(rest, run, dataset, "41")
    log_dataset(rest, start_run(rest, rest.experiment(), "idle-wren"), dataset, "41")
    deploy(rest, model, "1")
    return Chain(dataset, model, run)


def box(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name="Graph").get_by_role("link", name=name)


def boxes(page: Page) -> Locator:
    return page.get_by_role("region", name="Graph").get_by_role("link")


def steps(page: Page, way: str) -> Locator:
    return page.get_by_role("combobox", name=f"Steps {way}")


def test_the_way_through_a_thing_is_lit(page: Page, rest: Rest) -> None:
    made = chain(rest)
    page.goto(made.path)
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Lineage of {made.dataset}")
    expect(page.get_by_text("0 upstream, 4 downstream")).to_be_visible()
    expect(boxes(page)).to_have_count(5)
    root, run, version = (box(page, name) for name in (made.dataset, "train-0", f"{made.model} 1"))
    left = [one.bounding_box() for one in (root, run, version, box(page, "endpoint"))]
    places = [one["x"] for one in left if one]
    assert places == sorted(places) and len(set(places)) == 4
    version.hover()
    for lit in (root, run, version, box(page, "endpoint")):
        expect(lit).to_have_class(LIT)
    expect(box(page, "idle-wren")).not_to_have_class(LIT)
    expect(page.locator(".lineage-edge.lit")).to_have_count(3)
    page.get_by_role("heading", level=1).hover()
    expect(page.locator(".lit")).to_have_count(0)
    box(page, "idle-wren").focus()
    expect(box(page, "idle-wren")).to_have_class(LIT)
    expect(version).not_to_have_class(LIT)


def test_arrows_walk_the_graph_and_enter_opens(page: Page, rest: Rest) -> None:
    made = chain(rest)
    page.goto(place("run", made.run))
    expect(boxes(page)).to_have_count(4)
    stops = page.locator(".lineage-graph [tabindex='0']")
    expect(stops).to_have_count(1)
    steps(page, "downstream").focus()
    page.keyboard.press("Tab")
    expect(box(page, "train-0")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(box(page, made.dataset)).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    expect(box(page, f"{made.model} 1")).to_be_focused()
    expect(stops).to_have_count(1)
    expect(box(page, f"{made.model} 1")).to_have_attribute("tabindex", "0")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(box(page, "endpoint")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/models/{made.model}/versions/1$"))
    page.get_by_role("main").get_by_role("link", name="Lineage", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Lineage of {made.model} 1")


def test_up_and_down_move_within_a_layer(page: Page, rest: Rest) -> None:
    made = chain(rest)
    page.goto(made.path)
    names = ("train-0", "idle-wren")
    upper, lower = sorted((box(page, name) for name in names), key=lambda one: (one.bounding_box() or {})["y"])
    upper.focus()
    page.keyboard.press("ArrowDown")
    expect(lower).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(lower).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(upper).to_be_focused()


def test_what_breaks_is_all_of_it_endpoints_first(page: Page, rest: Rest) -> None:
    made = chain(rest)
    page.goto(f"{made.path}?down=1")
    expect(boxes(page)).to_have_count(3)
    panel = page.locator(".panel", has=page.get_by_role("heading", name="What breaks if this changes"))
    expect(panel.locator("summary")).to_have_text(["1 endpoint", "1 model version", "2 runs"])
    expect(panel.locator(".note")).to_have_text("4")
    endpoint = panel.get_by_role("listitem").filter(has_text=made.model).first
    expect(endpoint).to_contain_text("serves it now")
    rest.send("DELETE", f"/api/v1/mlflow/serving/endpoints/{made.model}")
    expect(endpoint).to_contain_text("not deployed now")
    panel.get_by_role("link", name=f"{made.model} 1").click()
    expect(page).to_have_url(re.compile(f"/models/{made.model}/versions/1$"))


def test_an_endpoint_that_serves_another_version_is_said(page: Page, rest: Rest) -> None:
    made = chain(rest, versions=2)
    deploy(rest, made.model, "2")
    page.goto(made.path)
    expect(page.get_by_text("serves another version now")).to_be_visible()


def test_the_table_has_what_the_graph_has(page: Page, rest: Rest) -> None:
    made = chain(rest)
    page.goto(made.path)
    page.get_by_role("radio", name="table").check()
    expect(page).to_have_url(re.compile("view=table"))
    table = page.get_by_role("region", name="Lineage")
    expect(table.get_by_role("row")).to_have_count(6)
    version = table.get_by_role("row", name=re.compile(f"^{made.model} 1"))
    expect(version).to_contain_text("2 steps downstream")
    expect(version).to_contain_text("train-0 (produced)")
    expect(boxes(page)).to_have_count(0)
    version.get_by_role("link", name=f"Lineage of {made.model} 1").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Lineage of {made.model} 1")
    expect(page).to_have_url(re.compile(f"{re.escape(place('model_version', f'{made.model}/1'))}$"))


def test_the_url_is_the_state(page: Page, rest: Rest) -> None:
    made = chain(rest)
    page.goto(place("model_version", f"{made.model}/1"))
    expect(boxes(page)).to_have_count(4)
    steps(page, "upstream").select_option("1")
    steps(page, "downstream").select_option("0")
    expect(boxes(page)).to_have_count(2)
    page.reload()
    expect(boxes(page)).to_have_count(2)
    expect(steps(page, "upstream")).to_have_value("1")
    page.get_by_role("radio", name="table").check()
    page.reload()
    expect(page.get_by_role("radio", name="table")).to_be_checked()
    expect(page.get_by_role("region", name="Lineage").get_by_role("row")).to_have_count(3)
    page.goto(made.path)
    page.get_by_role("checkbox", name="2 runs").check()
    expect(box(page, "2 runs together")).to_be_visible()
    page.reload()
    expect(box(page, "2 runs together")).to_be_visible()
    expect(page.get_by_role("checkbox", name="2 runs")).to_be_checked()


def test_a_crowd_is_one_box_until_each_is_asked_for(page: Page, rest: Rest) -> None:
    dataset, experiment = fresh("prices"), rest.experiment()
    for index in range(CROWD):
        log_dataset(rest, start_run(rest, experiment, f"sweep-{index}"), dataset, "41")
    page.goto(place("dataset_version", f"{dataset}/41"))
    crowd = box(page, f"{CROWD} runs together")
    expect(crowd).to_be_visible()
    expect(boxes(page)).to_have_count(2)
    crowd.focus()
    page.keyboard.press("Enter")
    expect(boxes(page)).to_have_count(CROWD + 1)
    expect(page).to_have_url(re.compile("collapse=none"))
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").endswith("1 step downstream")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowLeft")
    expect(box(page, dataset)).to_be_focused()
    expect(box(page, dataset)).to_be_in_viewport()
    page.go_back()
    expect(crowd).to_be_visible()


def test_a_version_that_comes_of_it_appears_by_itself(page: Page, rest: Rest) -> None:
    made = chain(rest)
    page.goto(made.path)
    expect(boxes(page)).to_have_count(5)
    expect(page.get_by_text("live", exact=True)).to_be_visible()
    mark(page)
    version = rest.get(f"{MLFLOW}/model-versions/get", name=made.model, version="1")["model_version"]
    body = {"name": made.model, "source": version["source"], "run_id": made.run}
    rest.post(f"{MLFLOW}/model-versions/create", body)
    expect(box(page, f"{made.model} 2")).to_be_visible()
    assert kept(page)


def test_a_run_that_reads_it_appears_by_itself(page: Page, rest: Rest) -> None:
    dataset, experiment = fresh("prices"), rest.experiment()
    log_dataset(rest, start_run(rest, experiment, "idle-wren"), dataset, "41")
    page.goto(place("dataset_version", f"{dataset}/41"))
    expect(boxes(page)).to_have_count(2)
    expect(page.get_by_text("live", exact=True)).to_be_visible()
    page.wait_for_timeout(SETTLED_MS)
    mark(page)
    run = start_run(rest, experiment, "late-heron")
    log_dataset(rest, run, dataset, "41")
    finish_run(rest, run)
    expect(box(page, "late-heron")).to_be_visible()
    assert kept(page)


def test_runs_and_endpoints_lead_to_their_lineage(page: Page, rest: Rest) -> None:
    made = chain(rest)
    page.goto(f"/runs/{made.run}")
    page.get_by_role("link", name=made.dataset).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Lineage of {made.dataset}")
    page.go_back()
    page.get_by_role("main").get_by_role("link", name="Lineage", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Lineage of train-0")
    page.goto(f"/serving?endpoint={made.model}")
    page.get_by_role("main").get_by_role("link", name="Lineage", exact=True).click()
    expect(page.get_by_text("3 upstream, 0 downstream")).to_be_visible()
    expect(page.get_by_text("Nothing came of it.")).to_be_visible()


def test_a_thing_alone_is_said(page: Page, rest: Rest) -> None:
    page.goto(place("run", rest.run()))
    expect(page.get_by_text("Nothing is known to have led to it")).to_be_visible()


def test_a_failure_is_said_and_tried_again(page: Page, rest: Rest) -> None:
    page.add_init_script(FAIL_UNTIL_TRIED_AGAIN)
    page.goto(chain(rest).path)
    expect(page.get_by_role("alert")).to_contain_text("The walk failed.")
    page.get_by_role("button", name="Try again").click()
    expect(boxes(page)).to_have_count(5)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_names_are_shown_as_they_are(page: Page, rest: Rest) -> None:
    run = start_run(rest, rest.experiment(), "<b>x</b> " + "long " * 30)
    dataset = f'a/b "c" <i> {fresh("ש")}'
    log_dataset(rest, run, dataset, "41")
    page.goto(place("dataset_version", f"{dataset}/41"))
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Lineage of {dataset}")
    expect(boxes(page)).to_have_count(2)
    box(page, "<b>x</b>").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/runs/{run}$"))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_while_a_way_is_lit(page: Page, rest: Rest, theme: str) -> None:
    made = chain(rest)
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.goto(made.path)
    page.get_by_role("checkbox", name="2 runs").check()
    box(page, f"{made.model} 1").focus()
    expect(page.locator(".lineage-edge.lit")).to_have_count(3)
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
