"""One of two engines is killed while a person watches the task: it comes back on the other and is done, charged once."""

import json
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.acceptance import acts, files
from tests.acceptance.browser import RESULTS
from tests.acceptance.conftest import OpenContext, watched
from tests.acceptance.people import newcomer
from tests.acceptance.words import LANGUAGES, Words
from tests.fleet import Fleet

RECOVERY_MS = 120_000
FINER = 3  # a task that takes its time
SILENT = {"en": "engine {} fell silent", "zh-CN": "引擎 {} 失去联系"}


@pytest.fixture
def fleet(browser: Browser, built_page: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """The production layout: every role a process, with a bucket and Redis between them, and two engines."""
    folder = tmp_path_factory.mktemp("fleet")
    with Fleet(folder, apis=2, realtimes=1, schedulers=2, engines=2, bucket=True, redis=True) as fleet:
        yield fleet


@pytest.fixture
def open_context(browser: Browser, fleet: Fleet, request: pytest.FixtureRequest) -> Iterator[OpenContext]:
    with watched(browser, fleet.url, request.node.name) as open_one:
        yield open_one


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_engine_dies_and_the_page_sees_the_other_take_over(
    open_context: OpenContext, fleet: Fleet, words: Words, language: str
) -> None:
    person = newcomer(fleet.url, language)
    context, _ = open_context(language)
    person.enter(context, fleet.url)
    page = context.new_page()
    task_id = person.order(files.real_ct("failover", finer=FINER), "Watched")
    page.goto(f"/tasks/{task_id}")
    status = acts.status_of(page)
    acts.remember(status)
    expect(status).to_have_text(words("tasks:status.IN_PROGRESS"), timeout=RECOVERY_MS)
    first = str(person.get(f"/tasks/{task_id}")["assigned_engine_id"])
    second = next(name for name in fleet.names("engine") if name != first)
    _keep(page, language, "1-computing")

    fleet.kill(first)
    killed = time.monotonic()
    line = page.get_by_role("listitem").filter(has_text=words("tasks:attemptNo", attempt=2))
    again = line.filter(has_text=words("tasks:actor.engine", engine=second))
    expect(again.first).to_be_visible(timeout=RECOVERY_MS)
    taken_over = time.monotonic() - killed
    expect(page.get_by_text(SILENT[language].format(first)).first).to_be_visible()
    _keep(page, language, "2-taken-over")

    expect(status).to_have_text(words("tasks:status.COMPLETED"), timeout=RECOVERY_MS)
    _keep(page, language, "3-completed")
    shown = acts.remembered(page)
    # that it waited again may be over before it is painted: the timeline keeps it
    assert shown[-1] == words("tasks:status.COMPLETED")
    states = [event["to"] for event in person.get(f"/tasks/{task_id}")["events"]]
    assert "QUEUED" in states[states.index("IN_PROGRESS") :]
    task = person.get(f"/tasks/{task_id}")
    assert (task["attempt"], task["assigned_engine_id"]) == (2, second)
    moves = person.get("/points/transactions")["items"]
    assert [move["kind"].startswith("capture") for move in moves].count(True) == 1
    assert person.balance() == 90
    told = {"seconds_until_taken_over": round(taken_over, 1), "shown": shown}
    (RESULTS / f"failover-{language}.json").write_text(json.dumps(told, indent=2, ensure_ascii=False))


def _keep(page: Page, language: str, moment: str) -> None:
    RESULTS.mkdir(exist_ok=True)
    page.screenshot(path=RESULTS / f"failover-{language}-{moment}.png", full_page=True)
