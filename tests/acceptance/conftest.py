"""One platform and one browser for the whole suite; a context, watched for faults, for each test."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from tests.acceptance import browser as chromium
from tests.acceptance.browser import DESKTOP, RESULTS, Watch
from tests.acceptance.people import Person, newcomer, sign_in
from tests.acceptance.server import ADMIN_PASSWORD, Server
from tests.acceptance.words import WEB, Words

PATIENCE_MS, TEST_SECONDS = 30_000, 600
expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(TEST_SECONDS))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def built_page() -> None:
    """The page must have been built."""
    if not (WEB / "dist" / "index.html").is_file():
        missing = pytest.fail if os.environ.get("CI") else pytest.skip
        missing("the page is not built: run scripts/page.py")


@pytest.fixture(scope="session")
def server(browser: Browser, built_page: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The platform with its demonstration; asked for after the browser, so that nothing starts in vain."""
    server = Server(tmp_path_factory.mktemp("platform"))
    server.start()
    yield server
    if server.running:
        server.stop()


@pytest.fixture
def admin(server: Server) -> Person:
    """The administrator, signed in anew: a suite may last longer than a token."""
    return sign_in(server.url, "admin", ADMIN_PASSWORD)


@pytest.fixture
def person(server: Server) -> Person:
    return newcomer(server.url)


@pytest.fixture
def words(request: pytest.FixtureRequest) -> Words:
    """The language of the test, where it is given as `language`."""
    return Words(request.node.callspec.params["language"] if hasattr(request.node, "callspec") else "en")


OpenContext = Callable[..., tuple[BrowserContext, Watch]]


@pytest.fixture
def open_context(browser: Browser, server: Server, request: pytest.FixtureRequest) -> Iterator[OpenContext]:
    """Open browser contexts; a fault in any of their pages fails the test, and its last sight is kept."""
    with watched(browser, server.url, request.node.name) as open_one:
        yield open_one


@contextmanager
def watched(browser: Browser, url: str, test: str) -> Iterator[OpenContext]:
    """Lend what opens contexts on a platform; see `open_context`."""
    with ExitStack() as stack:
        opened: list[tuple[BrowserContext, Watch]] = []

        def open_one(language: str = "en", **options: Any) -> tuple[BrowserContext, Watch]:
            options = {"viewport": DESKTOP, "locale": language, "base_url": url, **options}
            context = stack.enter_context(browser.new_context(**options))
            context.set_default_timeout(PATIENCE_MS)
            opened.append((context, Watch(context, url)))
            return opened[-1]

        yield open_one
        RESULTS.mkdir(exist_ok=True)
        for number, (context, _) in enumerate(opened):
            for page in context.pages:
                name = "".join(c if c.isalnum() or c in "-_" else "-" for c in test)
                page.screenshot(path=RESULTS / f"last-{name}-{number}.png")
        faults = [fault for _, watch in opened for fault in watch.faults]
    assert not faults, "\n".join(faults)


@pytest.fixture
def page(open_context: OpenContext, words: Words) -> Page:
    """A page of a browser that has never been here."""
    context, _ = open_context(words.language)
    return context.new_page()


@pytest.fixture
def office(
    open_context: OpenContext, server: Server, admin: Person, words: Words, language: str
) -> Iterator[Page]:
    """A page of the administrator, in the language of the test."""
    admin.speaks(language)
    context, _ = open_context(language)
    admin.enter(context, server.url)
    yield context.new_page()
    admin.speaks("en")
