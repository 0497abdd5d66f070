"""A browser on a server. Every page that a test opens is watched; whatever it does wrong fails the test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from martlet import Martlet
from people import VIEW, Desks, People
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from rest import Rest
from watch import Watch

CHROMIUM = "/usr/bin/chromium"
TO_THIS_MACHINE = {"MLFLOW_WEBHOOK_ALLOWED_SCHEMES": "http,https", "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS": "true"}
REPORT_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`content policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));
"""


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server that MARTLET_URL names, or one started from MARTLET_BINARY on a folder of its own.

    Its webhooks may lead to this machine.
    """
    given = os.environ.get("MARTLET_URL", "").rstrip("/")
    if given:
        yield given
        return
    martlet = Martlet(tmp_path_factory.mktemp("martlet-browser"), environment=TO_THIS_MACHINE).start()
    yield martlet.url
    martlet.kill()


@pytest.fixture(scope="session")
def rest(url: str) -> Rest:
    return Rest(url)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def watch(url: str) -> Watch:
    return Watch(url)


@pytest.fixture
def context(browser: Browser, url: str, watch: Watch) -> Iterator[BrowserContext]:
    made = browser.new_context(base_url=url, viewport=VIEW, color_scheme="light", accept_downloads=True)
    made.add_init_script(REPORT_VIOLATIONS)
    made.on("page", watch.follow)
    made.set_default_timeout(15_000)
    yield made
    made.close()
    watch.verify()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    """Ada and Bob, and a server that knows them."""
    made = People(tmp_path_factory.mktemp("martlet-people"), "ada", "bob")
    yield made
    made.server.kill()


@pytest.fixture
def desks(people: People, browser: Browser) -> Iterator[Desks]:
    made = Desks(people, browser)
    yield made
    made.close()
    made.watch.verify()


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Where screenshots are kept for people."""
    folder = Path(os.environ.get("MARTLET_ARTIFACTS") or ".artifacts") / "browser"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
