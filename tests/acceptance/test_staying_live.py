"""The page keeps up with the platform: without asking again and again, and over its stops and its death."""

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect
from tests.acceptance import acts, files
from tests.acceptance.conftest import OpenContext
from tests.acceptance.people import Person, newcomer
from tests.acceptance.server import Server
from tests.acceptance.words import Words
from tests.factories.engines import PLAIN, FakeEngine

RECOVERY_MS = 60_000
LONGEST_TASK_MS = 90_000
QUIET_SECONDS = 20  # less than the connection's own heartbeat, which a faked clock would starve


WITHOUT_ENGINE = {**PLAIN, "name": "without_engine"}


@pytest.fixture
def queued(server: Server, admin: Person, person: Person) -> str:
    """A task that stays queued: the only engine that could do it has gone."""
    token = admin.api.post("/engines/tokens", json={"name": "passing through"}).json()["token"]
    with httpx.Client(base_url=server.url) as client:
        engine = FakeEngine(client, token, "passing", algorithms=[WITHOUT_ENGINE])
        assert engine.register().status_code == 201
    assert admin.api.delete("/engines/passing").status_code == 204
    answer = person.api.post("/tasks", json={"task_type": WITHOUT_ENGINE["name"], "name": "Waiting"})
    assert answer.status_code in (201, 202), answer.text
    return str(answer.json()["task_id"])


def test_an_open_page_asks_for_nothing_by_the_clock(
    open_context: OpenContext, server: Server, person: Person, queued: str, words: Words
) -> None:
    context, _ = open_context()
    person.enter(context, server.url)
    page = context.new_page()
    page.clock.install()
    # a model that never gets ready
    failed = person.order(files.real_ct("quiet", missing=[3]))
    page.goto(f"/tasks/{failed}")
    expect(acts.status_of(page)).to_have_text(words("tasks:status.FAILED"))
    for path in (f"/tasks/{queued}", "/tasks", "/models", "/studies", "/points", "/upload"):
        page.goto(path)
        _online(page, words)
        page.wait_for_load_state("networkidle")
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
    task = person.order(files.real_ct("killed", finer=2), "Long one")
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
    charges = [
        move for move in person.get("/points/transactions")["items"] if move["kind"].startswith("capture")
    ]
    assert len(charges) == 1
    assert person.balance() == 90
    acts.shows_balance(page, words, 90)


def _dot(page: Page, words: Words, state: str) -> Locator:
    return page.get_by_role("status").filter(has_text=words(f"connection.{state}")).first


def _online(page: Page, words: Words) -> None:
    expect(_dot(page, words, "online")).to_be_visible(timeout=RECOVERY_MS)
