"""The page keeps up with the platform: without asking again and again, and over its stops and its death."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.acceptance import acts, files
from tests.acceptance.conftest import OpenContext
from tests.acceptance.people import Person, newcomer
from tests.acceptance.server import Server
from tests.acceptance.words import Words

RECOVERY_MS = 60_000
LONGEST_TASK_MS = 90_000
QUIET_SECONDS = 20  # less than the connection's own heartbeat, which a faked clock would starve


@pytest.fixture
def no_engine(admin: Person) -> Iterator[None]:
    """Let the engine take nothing, so that tasks stay queued."""
    admin.put("/engines/local/drain", {"drain": True})
    yield
    admin.put("/engines/local/drain", {"drain": False})


@pytest.mark.usefixtures("no_engine")
def test_an_open_page_asks_for_nothing_by_the_clock(
    open_context: OpenContext, server: Server, person: Person, words: Words
) -> None:
    context, _ = open_context()
    person.enter(context, server.url)
    page = context.new_page()
    page.clock.install()
    task = person.order(files.real_ct("quiet"))
    queued = words("tasks:status.QUEUED")
    for path in (f"/tasks/{task}", "/tasks", "/models", "/studies", "/points", "/upload"):
        page.goto(path)
        _online(page, words)
        page.wait_for_load_state("networkidle")
        if path.startswith("/tasks"):
            expect(page.get_by_role("main").get_by_text(queued, exact=True).first).to_be_visible()
        asked: list[str] = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.clock.run_for(QUIET_SECONDS * 1000)
        assert asked == [], f"{path} polls"


def test_a_stop_shows_and_a_start_is_noticed(
    open_context: OpenContext, server: Server, person: Person, words: Words
) -> None:
    context, watch = open_context()
    person.enter(context, server.url)
    page = context.new_page()
    page.goto("/tasks")
    _online(page, words)
    with watch.server_away():
        server.stop()
        expect(page.get_by_text(words("connection.banner")).first).to_be_visible()
        expect(_dot(page, words, "offline")).to_be_visible()
        server.start()
        # ordered while the page is not connected: it can only come with the recovery
        person.order(files.real_ct("while away"), "Ordered while away")
        _online(page, words)
    expect(page.get_by_text(words("connection.banner"))).to_have_count(0)
    row = page.get_by_role("row").filter(has_text="Ordered while away")
    expect(row).to_be_visible()
    expect(row).to_contain_text(words("tasks:status.COMPLETED"), timeout=LONGEST_TASK_MS)


def test_a_task_survives_the_death_of_the_platform(
    open_context: OpenContext, server: Server, words: Words
) -> None:
    person = newcomer(server.url)
    context, watch = open_context()
    person.enter(context, server.url)
    page = context.new_page()
    page.goto("/tasks")
    task = person.order(files.real_ct("killed"), "Long one", max_triangles=5_000_000)
    page.goto(f"/tasks/{task}")
    status = acts.status_of(page)
    with watch.server_away():
        expect(status).to_have_text(words("tasks:status.IN_PROGRESS"))
        server.kill()
        expect(_dot(page, words, "offline")).to_be_visible()
        server.start()
        _online(page, words)
        expect(status).to_have_text(words("tasks:status.COMPLETED"), timeout=LONGEST_TASK_MS)
    told = person.get(f"/tasks/{task}")
    assert told["attempt"] >= 2, "it was done before the platform died; nothing was tested"
    charges = [move for move in person.get("/points/transactions")["items"] if move["kind"] == "CAPTURE"]
    assert len(charges) == 1
    assert person.balance() == 90
    acts.shows_balance(page, words, 90)


def _dot(page: Page, words: Words, state: str) -> Locator:
    return page.get_by_role("status").filter(has_text=words(f"connection.{state}")).first


def _online(page: Page, words: Words) -> None:
    expect(_dot(page, words, "online")).to_be_visible(timeout=RECOVERY_MS)
