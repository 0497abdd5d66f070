"""A server on which several people look at the page, each with a token of his own."""

from __future__ import annotations

import subprocess
from pathlib import Path

from martlet import Martlet, binary
from playwright.sync_api import Browser, BrowserContext, Page
from rest import Rest
from watch import Watch

VIEW = {"width": 1440, "height": 900}


class People:
    """Their server, their tokens, and what each of them sees."""

    def __init__(self, folder: Path, *names: str) -> None:
        self.server = Martlet(folder).start()
        self.secrets = {name: self._token(name) for name in names}

    @property
    def url(self) -> str:
        return self.server.url

    def rest(self, name: str | None = None) -> Rest:
        """Requests of `name`; without one of somebody who brings no token."""
        rest = Rest(self.url)
        rest.session.headers.update(self._headers(name))
        return rest

    def context(self, browser: Browser, watch: Watch, name: str | None) -> BrowserContext:
        """A browser that sends the token of `name`, or none."""
        context = browser.new_context(
            base_url=self.url, viewport=VIEW, color_scheme="light", extra_http_headers=self._headers(name)
        )
        context.on("page", watch.follow)
        context.set_default_timeout(15_000)
        return context

    def _headers(self, name: str | None) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secrets[name]}"} if name else {}

    def _token(self, name: str) -> str:
        words = ["token", "create", "--user", name, "--data-dir", str(self.server.folder / "data")]
        ended = subprocess.run([binary(), *words], capture_output=True, text=True, timeout=30, check=True)
        (secret,) = ended.stdout.split()
        return secret


class Desks:
    """The pages that people have open in one test; what any of them does wrong fails it."""

    def __init__(self, people: People, browser: Browser) -> None:
        self.people = people
        self.browser = browser
        self.watch = Watch(people.url)
        self.contexts: list[BrowserContext] = []

    def page(self, name: str | None = None) -> Page:
        """A page of `name`; without one of somebody who brings no token."""
        self.contexts.append(self.people.context(self.browser, self.watch, name))
        return self.contexts[-1].new_page()

    def close(self) -> None:
        for context in self.contexts:
            context.close()
