"""Webhooks on the page, told to a real receiver: made, watched, tried, changed, paused and deleted."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect
from receiver import Receiver, receiver
from rest import Rest, fresh
from seeds import webhook
from watch import Watch, kept, mark

EVENT = "experiment.created"
# Deliveries are read again every few seconds.
SOON_MS = 20_000


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@pytest.fixture
def made(rest: Rest, hook: Receiver) -> Iterator[tuple[str, str]]:
    """A webhook of EVENT."""
    id, name = webhook(rest, hook.url, EVENT)
    yield id, name
    hush(rest, name)


def deliveries(page: Page) -> Locator:
    """The rows of the table, its head not among them."""
    return page.get_by_role("region", name="Deliveries").locator("tbody tr")


def hush(rest: Rest, name: str) -> None:
    """Pauses a webhook whose receiver ends; the page may still look at it."""
    for one in rest.get("/api/v1/webhooks", limit=1000)["webhooks"]:
        if one["name"] == name:
            rest.send("PATCH", f"/api/v1/webhooks/{one['id']}", json={"status": "DISABLED"})


def test_a_webhook_is_made_and_its_deliveries_come_by_themselves(
    page: Page, rest: Rest, hook: Receiver, watch: Watch
) -> None:
    watch.expect("status of 400")
    name = fresh("hook")
    page.goto("/monitoring")
    page.get_by_role("main").get_by_role("link", name="Webhooks").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Webhooks")
    page.get_by_role("button", name="New webhook").click()
    dialog = page.get_by_role("dialog", name="New webhook")
    expect(dialog.get_by_label("Name", exact=True)).to_be_focused()
    dialog.get_by_label("Name", exact=True).fill("not a name")
    dialog.get_by_label("URL", exact=True).fill("ftp://example.com")
    make = dialog.get_by_role("button", name="Make webhook")
    make.click()
    expect(dialog.get_by_role("alert")).to_contain_text("It must start and end with a letter or digit")
    dialog.get_by_label("Name", exact=True).fill(name)
    make.click()
    expect(dialog.get_by_role("alert")).to_contain_text("1 to 100 events")
    dialog.get_by_role("checkbox", name=EVENT).check()
    dialog.get_by_role("checkbox", name="model_version_tag.set").check()
    expect(dialog.get_by_text("the events chosen here: 2")).to_be_visible()
    make.click()
    expect(dialog.get_by_role("alert")).to_contain_text("Invalid webhook URL scheme: 'ftp'")
    dialog.get_by_label("URL", exact=True).fill(hook.url)
    dialog.get_by_role("textbox", name="Secret").fill("a word")
    make.click()
    expect(page).to_have_url(re.compile("/webhooks/[0-9a-f]{32}$"))
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page.get_by_text("Nothing was sent yet.")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("with a secret")
    expect(page.get_by_text("a word")).to_have_count(0)
    mark(page)

    hook.answers = [(200, {}), (410, {})]
    rest.experiment()
    rows = deliveries(page)
    expect(rows).to_have_count(1, timeout=SOON_MS)
    expect(rows.first).to_contain_text(re.compile(f"{EVENT}.*Delivered.*1.*200"), timeout=SOON_MS)
    assert "x-mlflow-signature" in hook.wait(1)[0].headers
    page.mouse.move(0, 0)
    experiment = rest.experiment()
    expect(rows).to_have_count(2, timeout=SOON_MS)
    expect(rows.first).to_contain_text(re.compile("Failed.*1.*410.*HTTP 410"), timeout=SOON_MS)
    rows.first.get_by_role("button", name=EVENT, exact=True).click()
    body = page.get_by_role("dialog", name=f"What {EVENT} tells")
    expect(body).to_contain_text(f'"id": "{experiment}"')
    page.keyboard.press("Escape")
    expect(body).to_have_count(0)
    assert kept(page)
    hush(rest, name)


def test_deliveries_are_narrowed_and_sent_again(page: Page, rest: Rest, hook: Receiver, made: tuple[str, str]) -> None:
    id, _ = made
    hook.answers = [(200, {}), (404, {})]
    rest.experiment()
    hook.wait(1)
    rest.experiment()
    failed = hook.wait(2)[1].headers["x-mlflow-delivery-id"]
    page.goto(f"/webhooks/{id}")
    rows = deliveries(page)
    expect(rows.filter(has_text="Failed")).to_have_count(1, timeout=SOON_MS)
    expect(rows).to_have_count(2)
    page.get_by_role("radio", name="failed").check()
    expect(page).to_have_url(re.compile(r"\?state=failed$"))
    expect(rows).to_have_count(1)
    page.reload()
    expect(page.get_by_role("radio", name="failed")).to_be_checked()
    expect(rows).to_have_count(1)
    rows.first.get_by_role("button", name="Send again").click()
    assert hook.wait(3)[2].headers["x-mlflow-delivery-id"] == failed
    expect(page.get_by_text("None.")).to_be_visible()
    page.get_by_role("radio", name="delivered").check()
    expect(rows).to_have_count(2, timeout=SOON_MS)


def test_many_deliveries_are_paged_and_new_ones_wait(
    page: Page, rest: Rest, hook: Receiver, made: tuple[str, str]
) -> None:
    id, _ = made
    for _ in range(53):
        rest.experiment()
    hook.wait(53)
    page.goto(f"/webhooks/{id}")
    rows = deliveries(page)
    expect(rows).to_have_count(50)
    expect(page.get_by_role("button", name="Previous")).to_be_disabled()
    page.get_by_role("button", name="Next").click()
    expect(page).to_have_url(re.compile(r"\?page="))
    expect(rows).to_have_count(3)
    expect(page.get_by_role("button", name="Next")).to_be_disabled()
    page.reload()
    expect(rows).to_have_count(3)
    page.go_back()
    expect(rows).to_have_count(50)
    newest = rows.first.get_by_role("button", name="Send again")
    first = newest.get_attribute("aria-label") or ""
    rows.first.hover()
    rest.experiment()
    expect(page.get_by_role("button", name="1 new ↑")).to_be_visible(timeout=SOON_MS)
    expect(newest).to_have_accessible_name(first)
    page.mouse.move(0, 0)
    expect(newest).not_to_have_accessible_name(first)


def test_a_webhook_is_tried(page: Page, hook: Receiver, made: tuple[str, str]) -> None:
    id, name = made
    hook.answers = [(200, {}), (404, {})]
    page.goto(f"/webhooks/{id}")
    page.get_by_role("button", name="Send an example").click()
    dialog = page.get_by_role("dialog", name=f"Try {name}")
    dialog.get_by_role("button", name="Send").click()
    expect(dialog.get_by_role("status")).to_contain_text("The receiver took it with HTTP 200.")
    expect(dialog.get_by_label("Answer")).to_have_text("read")
    assert hook.wait(1)[0].body["entity"] == "experiment"
    dialog.get_by_role("button", name="Send").click()
    expect(dialog.get_by_role("status")).to_contain_text("The receiver refused it with HTTP 404.")
    dialog.get_by_role("button", name="Close").click()
    expect(page.get_by_text("Nothing was sent yet.")).to_be_visible()


def test_a_webhook_is_changed_paused_and_deleted(page: Page, rest: Rest, hook: Receiver, made: tuple[str, str]) -> None:
    id, name = made
    page.goto("/webhooks")
    page.get_by_label("Find by name").fill(name)
    row = page.get_by_role("region", name="Webhooks").get_by_role("row", name=name)
    expect(row).to_contain_text(re.compile(f"Active.*—.*{EVENT}.*{re.escape(hook.url)}"))
    row.get_by_role("link", name=name).click()
    page.get_by_role("button", name="Edit").click()
    dialog = page.get_by_role("dialog", name=f"Edit {name}")
    expect(dialog.get_by_role("checkbox", name=EVENT)).to_be_checked()
    dialog.get_by_role("radio", name="every change").check()
    expect(dialog.get_by_role("checkbox", name=EVENT)).to_have_count(0)
    dialog.get_by_label("Description").fill("Tells the team.")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("main")).to_contain_text("Tells the team.")
    expect(page.get_by_role("main").locator(".chip", has_text="every change")).to_be_visible()
    hook.wait(1)

    page.get_by_role("button", name="Pause").click()
    dialog = page.get_by_role("dialog", name=f"Pause {name}")
    expect(dialog).to_contain_text("not told, not later either")
    dialog.get_by_role("button", name="Pause").click()
    expect(page.locator(".screen-detail").get_by_text("Paused")).to_be_visible()
    assert rest.get(f"/api/v1/webhooks/{id}")["status"] == "DISABLED"
    page.get_by_role("button", name="Resume").click()
    expect(page.locator(".screen-detail").get_by_text("Active")).to_be_visible()
    assert rest.get(f"/api/v1/webhooks/{id}")["events"] == ["*"]

    page.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog", name=f"Delete {name}")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="Delete").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(page).to_have_url(re.compile("/webhooks$"))
    expect(page.get_by_role("link", name=name)).to_have_count(0)
    assert rest.send("GET", f"/api/v1/webhooks/{id}").status_code == 404


def test_the_keyboard_makes_a_webhook_and_reaches_it(page: Page, rest: Rest, hook: Receiver) -> None:
    name = fresh("a-keyboard")
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Home")
    page.keyboard.press("g")
    page.keyboard.press("w")
    expect(page.get_by_role("heading", level=1)).to_have_text("Webhooks")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="New webhook")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type(hook.url)
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(page.get_by_role("radio", name="the events chosen here")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("radio", name="every change")).to_be_checked()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    page.keyboard.press("Control+k")
    page.keyboard.type("webhooks")
    expect(page.get_by_role("option", name="Webhooks")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Webhooks")
    # At once, before the screen moves the focus to its heading: what is typed goes on into the field.
    page.keyboard.press("/")
    page.keyboard.type(name)
    expect(page).to_have_url(re.compile(f"find={name}"))
    page.get_by_role("heading", level=1).focus()
    page.keyboard.press("j")
    expect(page.get_by_role("main").get_by_role("link", name=name)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    hush(rest, name)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_the_dialogs(
    page: Page, rest: Rest, hook: Receiver, made: tuple[str, str], theme: str
) -> None:
    id, name = made
    rest.send("PATCH", f"/api/v1/webhooks/{id}", json={"secret": "s"})
    rest.experiment()
    hook.wait(1)
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.goto(f"/webhooks/{id}")
    expect(deliveries(page)).to_have_count(1)
    for button, title in [
        ("Edit", f"Edit {name}"),
        ("Send an example", f"Try {name}"),
        ("Pause", f"Pause {name}"),
        (EVENT, f"What {EVENT} tells"),
    ]:
        page.get_by_role("main").get_by_role("button", name=re.compile(f"^{button}…?$")).click()
        dialog = page.get_by_role("dialog", name=title)
        expect(dialog).to_be_visible()
        if button == "Edit":
            expect(dialog.get_by_role("checkbox", name=EVENT)).to_be_checked()
        if button == "Send an example":
            dialog.get_by_role("button", name="Send").click()
            expect(dialog.get_by_label("Answer")).to_be_visible()
        results = Axe().run(page)
        assert results.violations_count == 0, f"{button}: {results.generate_report()}"
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)


def test_a_webhook_that_is_not_there_is_said(page: Page, watch: Watch) -> None:
    watch.expect("status of 404")
    page.goto("/webhooks/nothing")
    expect(page.get_by_text("There is no such webhook.")).to_be_visible()


def test_the_trail_leads_to_a_webhook(page: Page, made: tuple[str, str]) -> None:
    id, name = made
    page.goto("/activities?kind=webhook")
    page.get_by_role("region", name="Activities").get_by_role("link", name=name).click()
    expect(page).to_have_url(re.compile(f"/webhooks/{id}$"))
    expect(page.get_by_role("navigation", name="Breadcrumbs")).to_contain_text("Webhooks")


def test_the_last_delivery_moves_in_the_list(page: Page, rest: Rest, hook: Receiver, made: tuple[str, str]) -> None:
    _, name = made
    page.goto(f"/webhooks?find={name}")
    row = page.get_by_role("region", name="Webhooks").get_by_role("row", name=name)
    expect(row).to_contain_text("Active")
    mark(page)
    hook.answers = [(503, {"Retry-After": "8"})]
    rest.experiment()
    expect(row).to_contain_text("Waiting", timeout=SOON_MS)
    hook.wait(2)
    expect(row).to_contain_text("Delivered", timeout=SOON_MS)
    assert kept(page)
