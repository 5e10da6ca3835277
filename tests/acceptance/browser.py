"""Chromium, and a watch on what no page may do: fail in the console, break the content policy, call another host."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Playwright, Request

RESULTS = Path(__file__).resolve().parents[2] / "test-results"
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


def launch(playwright: Playwright) -> Browser:
    path = shutil.which("chromium")
    if path is None:
        reason = "chromium is not installed"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return playwright.chromium.launch(executable_path=path, args=FLAGS)


class Watch:
    """Collects what went wrong in a context's pages."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.faults: list[str] = []
        self.offline = False
        self._host = urlsplit(url).netloc
        context.on("console", self._console)
        context.on("weberror", lambda error: self.faults.append(f"error: {error.error}"))
        context.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type != "error" or (self.offline and "ERR_CONNECTION_" in message.text):
            return
        self.faults.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("blob", "data") and parts.netloc != self._host:
            self.faults.append(f"another host: {request.url}")

    @contextmanager
    def server_away(self) -> Iterator[None]:
        """Failed connections are expected inside."""
        self.offline = True
        yield
        self.offline = False
