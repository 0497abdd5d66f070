"""Changes of stage that need two people, on the page: asked for, discussed, approved, rejected and taken back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from people import Desks, People
from playwright.sync_api import Locator, Page, expect
from rest import MLFLOW, Rest
from seeds import protect, registered_model, request_transition, transition
from watch import kept, mark

REQUESTS = "/api/v1/registry/transition-requests"


@pytest.fixture
def ada(people: People) -> Rest:
    return people.rest("ada")


@pytest.fixture
def bob(people: People) -> Rest:
    return people.rest("bob")


@pytest.fixture
def model(ada: Rest) -> str:
    """A model of three versions, the first in Production."""
    name = registered_model(ada, versions=3)
    transition(ada, name, "1", "Production")
    return name


def requests(page: Page) -> Locator:
    """The requests that the page lists."""
    return page.locator(".request-list > li")


def protect_by_hand(page: Page, model: str) -> None:
    page.get_by_role("button", name="Protect…").click()
    dialog = page.get_by_role("dialog", name=f"Protect {model}")
    expect(dialog).to_contain_text("one person asks for it and another approves")
    dialog.get_by_role("button", name="Protect", exact=True).click()
    expect(dialog).to_have_count(0)
    expect(page.locator(".screen-detail")).to_contain_text("protected")


def ask_for_production(page: Page) -> None:
    """Asks for version 3 with a checklist of three items, of which the first is done."""
    page.get_by_label("Ask for a stage of version 3").select_option("Production")
    dialog = page.get_by_role("dialog", name="Request a transition")
    expect(dialog.get_by_role("combobox", name="Version")).to_have_value("3")
    expect(dialog.get_by_role("combobox", name="To stage")).to_have_value("Production")
    expect(dialog.locator(".moves")).to_contain_text("version 1 leaves")
    item = dialog.get_by_label("New item")
    item.fill("tests pass")
    item.press("Enter")
    dialog.get_by_role("checkbox", name="tests pass").check()
    item.fill("card written")
    dialog.get_by_role("button", name="Add item").click()
    item.fill("written but not added")
    dialog.get_by_label("Why").fill("Better on all counts.\nSee its run.")
    dialog.get_by_role("button", name="Send request").click()
    expect(dialog).to_have_count(0)


def approve_version_3(page: Page) -> None:
    """Ticks what is not done, and approves."""
    page.get_by_role("button", name="Approve… version 3 to Production").click()
    dialog = page.get_by_role("dialog", name="Approve version 3 to Production")
    expect(dialog.get_by_text("2 items are not done")).to_be_visible()
    approve = dialog.get_by_role("button", name="Approve", exact=True)
    expect(approve).to_be_disabled()
    dialog.get_by_role("checkbox", name="card written").check()
    dialog.get_by_role("checkbox", name="written but not added").check()
    dialog.get_by_label("Why, if you like").fill("Agreed.")
    approve.click()
    expect(dialog).to_have_count(0)
    expect(page.locator("#transition-requests")).to_be_focused()


def test_two_people_move_a_version_of_a_protected_model(desks: Desks, bob: Rest, model: str) -> None:
    adas, bobs = desks.page("ada"), desks.page("bob")
    adas.goto(f"/models/{model}")
    protect_by_hand(adas, model)
    ask_for_production(adas)
    (asked,) = bob.get(REQUESTS, model_name=model)["transition_requests"]
    items = [(item["item"], item["completed"]) for item in asked["checklist"]]
    assert items == [("tests pass", True), ("card written", False), ("written but not added", False)]
    hers = requests(adas)
    expect(hers).to_contain_text(re.compile("Waiting.*version 3.*Production.*1 of 3 done.*asked by ada"))
    hers_to_approve = hers.get_by_role("button", name="Approve… version 3 to Production")
    expect(hers_to_approve).to_be_disabled()
    expect(hers_to_approve).to_have_accessible_description(
        "You, ada, made this request, so somebody else must approve it."
    )

    mark(adas)
    bobs.goto("/")
    bobs.get_by_role("link", name=re.compile(f"{model} version 3 to Production, asked by ada")).click()
    expect(bobs).to_have_url(re.compile(f"/models/{model}/versions/3\\?request={asked['id']}$"))
    his = requests(bobs)
    expect(his).to_contain_text("Better on all counts.")
    expect(his).to_contain_text("Version 1 leaves Production for the archive then.")
    his.get_by_label("Comment on version 3 to Production").fill("On which data?")
    his.get_by_role("button", name="Comment").click()
    for shown in (his, hers):
        expect(shown.get_by_role("list", name="Comments")).to_contain_text("On which data?")
    approve_version_3(bobs)
    expect(his).to_contain_text(re.compile("Approved.*3 of 3 done.*approved by bob"))
    expect(bobs.locator(".screen-detail").get_by_text("Production")).to_be_visible()

    expect(adas.get_by_role("region", name="Stage Production")).to_contain_text("v3")
    expect(adas.get_by_role("region", name="Stage Archived")).to_contain_text("v1")
    expect(hers).to_contain_text("approved by bob")
    assert kept(adas)
    adas.get_by_role("button", name="Details of version 3 to Production").click()
    expect(adas).to_have_url(re.compile(f"request={asked['id']}"))
    adas.reload()
    expect(hers.get_by_role("list", name="Comments")).to_contain_text("Agreed.")


def test_a_request_is_rejected_with_a_reason_and_one_is_taken_back(desks: Desks, ada: Rest, model: str) -> None:
    request_transition(ada, model, "2", "Production")
    page = desks.page("bob")
    page.goto(f"/models/{model}/versions/2")
    page.get_by_role("button", name="Reject… version 2 to Production").click()
    dialog = page.get_by_role("dialog", name="Reject version 2 to Production")
    dialog.get_by_role("button", name="Reject", exact=True).click()
    expect(dialog).to_be_visible()
    dialog.get_by_label("Why: ada reads it").fill("Drift is unexplained.")
    dialog.get_by_role("button", name="Reject", exact=True).click()
    expect(dialog).to_have_count(0)
    expect(requests(page)).to_contain_text(re.compile("Rejected.*rejected by bob"))

    page.get_by_role("button", name="Request a transition…").click()
    asking = page.get_by_role("dialog", name="Request a transition")
    expect(asking.get_by_role("combobox", name="To stage")).to_have_value("Staging")
    asking.get_by_role("button", name="Send request").click()
    expect(asking).to_have_count(0)
    page.get_by_role("button", name="Take back… version 2 to Staging").click()
    page.get_by_role("dialog").get_by_role("button", name="Take back").click()
    expect(requests(page).first).to_contain_text("Taken back")
    page.get_by_role("radio", name="waiting").check()
    expect(page).to_have_url(re.compile(r"\?requests=pending$"))
    expect(page.get_by_text("None.", exact=True)).to_be_visible()
    page.get_by_role("radio", name="rejected").check()
    expect(requests(page)).to_have_count(2)
    page.reload()
    expect(page.get_by_role("radio", name="rejected")).to_be_checked()
    expect(requests(page)).to_have_count(2)


def test_all_without_a_token_are_one_person(desks: Desks, people: People, bob: Rest, model: str) -> None:
    request_transition(people.rest(), model, "2", "Staging")
    page = desks.page()
    page.goto(f"/models/{model}")
    approve = page.get_by_role("button", name="Approve… version 2 to Staging")
    expect(approve).to_be_disabled()
    expect(page.get_by_text("all who come without a token count as one person")).to_be_visible()
    approve.click(force=True)
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("link", name="1 transition request waits").click()
    expect(page.locator("#transition-requests")).to_be_in_viewport()
    request_transition(bob, model, "3", "Staging")
    expect(page.get_by_role("link", name="2 transition requests wait")).to_be_visible()
    expect(page.get_by_role("button", name="Approve… version 3 to Staging")).to_be_enabled()


def test_a_request_from_a_stage_that_was_left_can_only_be_rejected(desks: Desks, ada: Rest, model: str) -> None:
    request_transition(ada, model, "2", "Production")
    page = desks.page("bob")
    page.goto(f"/models/{model}/versions/2")
    expect(page.get_by_role("button", name="Approve… version 2 to Production")).to_be_enabled()
    transition(ada, model, "2", "Staging")
    expect(page.get_by_role("button", name="Approve… version 2 to Production")).to_be_disabled()
    expect(page.get_by_text("Version 2 was in None when this was asked, and is in Staging now.")).to_be_visible()
    expect(page.get_by_role("button", name="Reject… version 2 to Production")).to_be_enabled()


def test_what_the_server_refuses_stays_on_the_screen(desks: Desks, ada: Rest, model: str) -> None:
    desks.watch.expect("status of 4")
    request_transition(ada, model, "2", "Production", "card written")
    page = desks.page("bob")
    page.goto(f"/models/{model}")
    page.get_by_role("button", name="Request a transition…").click()
    dialog = page.get_by_role("dialog", name="Request a transition")
    dialog.get_by_role("combobox", name="Version").select_option("2")
    dialog.get_by_role("combobox", name="To stage").select_option("Production")
    expect(dialog.get_by_text("These are the items of the last request to Production.")).to_be_visible()
    expect(dialog.get_by_role("checkbox", name="card written")).not_to_be_checked()
    dialog.get_by_role("button", name="Send request").click()
    expect(dialog.get_by_role("alert")).to_contain_text("is asked for already")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_protection_is_lifted_by_two_people_with_the_keyboard(desks: Desks, ada: Rest, model: str) -> None:
    protect(ada, model)
    adas, page = desks.page("ada"), desks.page("bob")
    adas.goto(f"/models/{model}")
    adas.get_by_role("button", name="Lift protection…").click()
    expect(adas.get_by_role("dialog")).to_contain_text("stays protected until somebody else agrees")
    adas.get_by_role("button", name="Ask for it").click()
    expect(adas.get_by_role("dialog")).to_have_count(0)
    expect(adas.get_by_role("button", name="Keep protection…")).to_be_visible()
    expect(adas.get_by_role("button", name="Agree to lift…")).to_have_count(0)
    page.goto(f"/models/{model}/versions/2")
    expect(page.get_by_label("Ask for a stage of version 2")).to_be_visible()
    page.goto(f"/models/{model}")
    expect(page.locator(".panel-body", has_text="to lift the protection")).to_contain_text("ada asked")
    page.get_by_role("button", name="Agree to lift…").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("anybody can move its versions to any stage at once")
    page.get_by_role("button", name="Lift the protection").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Protect…")).to_be_focused()
    page.get_by_label("Move version 2 to a stage").select_option("Staging")
    page.get_by_role("dialog").get_by_role("button", name="Move to Staging").click()
    expect(page.get_by_role("region", name="Stage Staging")).to_contain_text("v2")
    moved = ada.get(f"{MLFLOW}/model-versions/get", name=model, version="2")["model_version"]
    assert moved["current_stage"] == "Staging"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_requests_and_dialogs(
    desks: Desks, ada: Rest, bob: Rest, model: str, theme: str, pictures: Path
) -> None:
    protect(ada, model)
    old = request_transition(ada, model, "2", "Staging", comment="first")
    bob.post(f"{REQUESTS}/{old}/reject", {"comment": "not yet"})
    request_transition(ada, model, "3", "Production", "tests pass", "card written", comment="better")
    request_transition(bob, model, "2", "Production", "tests pass")
    page = desks.page("bob")
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.goto(f"/models/{model}?request={old}")
    expect(requests(page)).to_have_count(3)
    opened = [
        ("Approve… version 3 to Production", "approve"),
        ("Reject… version 3 to Production", "reject"),
        ("Request a transition…", "request"),
        ("Lift protection…", "protection"),
    ]
    page.screenshot(path=pictures / f"requests-{theme}.png")
    reports = [Axe().run(page)]
    for button, word in opened:
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        page.screenshot(path=pictures / f"requests-{word}-{theme}.png")
        reports.append(Axe().run(page))
        page.keyboard.press("Escape")
    for report in reports:
        assert report.violations_count == 0, report.generate_report()
