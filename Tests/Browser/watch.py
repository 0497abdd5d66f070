"""What a page must not do while a test looks at it."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page, Request


class Watch:
    """Collects errors on the console, breaches of the content policy, and questions to other hosts."""

    def __init__(self, url: str) -> None:
        self.host = urlsplit(url).netloc
        self.faults: list[str] = []
        self.expected: list[str] = []

    def expect(self, text: str) -> None:
        """Errors that hold this text are what the test is about."""
        self.expected.append(text)

    def follow(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"exception: {error}"))
        page.on("request", self._request)

    def verify(self) -> None:
        found = [fault for fault in self.faults if not any(text in fault for text in self.expected)]
        assert not found, "\n".join(found)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != self.host:
            self.faults.append(f"asked another host: {request.url}")


def mark(page: Page) -> None:
    """Leaves a mark in the document; see `kept`."""
    page.evaluate("window.__mark = 'kept'")


def kept(page: Page) -> bool:
    """Whether the document is the one that was marked: it was never read again."""
    return bool(page.evaluate("window.__mark === 'kept'"))
