"""What administrators read about engines and queues, and what they may not."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.factories.accounts import bearer, make_user
from tests.factories.engines import FakeEngine

from hounsfield.accounts.models import Tier
from hounsfield.http import figures, queues_api
from hounsfield.kit.dead_letters import bury
from hounsfield.kit.platform import Platform
from hounsfield.tasks.scheduler import schedule

Headers = dict[str, str]


@pytest.fixture
def running(
    client: TestClient, platform: Platform, as_owner: Headers, engine: FakeEngine, run_outbox: Any
) -> dict[str, Any]:
    """The owner's task, claimed by the engine."""
    order = client.post("/api/v1/tasks", json={"task_type": "plain"}, headers=as_owner)
    assert order.status_code == 201, order.text
    run_outbox()
    assert schedule(platform) == 1
    assert engine.claim(order.json()["task_id"], 1).status_code == 200
    body: dict[str, Any] = order.json()
    return body


def line(client: TestClient, headers: Headers) -> dict[str, Any]:
    answer = client.get("/api/v1/engines", headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["total"] == 1
    body: dict[str, Any] = answer.json()["items"][0]
    return body


def test_an_engine_shows_what_it_holds(
    client: TestClient, as_admin: Headers, engine: FakeEngine, running: dict[str, Any]
) -> None:
    seen = line(client, as_admin)
    assert (seen["engine_id"], seen["status"], seen["current_load"]) == (engine.engine_id, "BUSY", 1)
    assert seen["memory_used_mb"] == 1024
    assert [task["order_no"] for task in seen["tasks"]] == [running["order_no"]]
    assert seen["tasks"][0]["started_at"]
    assert (seen["tasks_of_others"], seen["last_failure"]) == (0, None)

    assert engine.fail(running["task_id"], 1, "user_facing", "NO_BODY_FOUND").status_code == 200
    seen = line(client, as_admin)
    assert (seen["status"], seen["current_load"], seen["tasks"]) == ("AVAILABLE", 0, [])
    assert seen["last_failure"]["code"] == "NO_BODY_FOUND"
    assert seen["last_failure"]["order_no"] == running["order_no"]


def test_an_administrator_of_another_organization_sees_that_it_works_and_not_for_whom(
    client: TestClient, platform: Platform, engine: FakeEngine, running: dict[str, Any]
) -> None:
    elsewhere = bearer(platform, make_user(platform, "elsewhere", tier=Tier.ADMIN))
    seen = line(client, elsewhere)
    assert (seen["current_load"], seen["tasks"], seen["tasks_of_others"]) == (1, [], 1)
    engine.fail(running["task_id"], 1, "user_facing", "NO_BODY_FOUND")
    failure = line(client, elsewhere)["last_failure"]
    assert (failure["code"], failure["order_no"]) == ("NO_BODY_FOUND", None)


def test_a_queue_shows_what_waits_and_who_can_take_it(
    client: TestClient,
    platform: Platform,
    as_owner: Headers,
    as_admin: Headers,
    running: dict[str, Any],
    run_outbox: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(figures.figures, "seconds", 0.0)
    monkeypatch.setattr(queues_api.depths, "seconds", 0.0)
    client.post("/api/v1/tasks", json={"task_type": "plain"}, headers=as_owner)
    run_outbox()
    with platform.db.write() as session:
        bury(
            session, "job", "platform", {"name": "accounts.sweep", "arguments": {}}, "ValueError at every try"
        )
    seen = client.get("/api/v1/admin/queues", headers=as_admin).json()
    lines = {queue["name"]: queue for queue in seen["items"]}
    assert lines["plain"] == {
        "name": "plain",
        "waiting": 1,
        "oldest_seconds": lines["plain"]["oldest_seconds"],
        "running": 1,
        "engines": 1,
        "free_slots": 0,
        "messages": None,
    }
    assert lines["ct_surface"]["waiting"] == 0
    assert seen["dead_letters"] == 1
    assert seen["outbox_waiting"] >= 0


def test_a_dead_letter_is_sent_again_once(
    client: TestClient, platform: Platform, as_admin: Headers, published: Any
) -> None:
    letter = {"name": "accounts.sweep", "arguments": {}}
    with platform.db.write() as session:
        bury(session, "job", "platform", letter, "ValueError at every try")
    path = "/api/v1/admin/queues/dead-letters"
    (waiting,) = client.get(path, headers=as_admin).json()["items"]
    assert (waiting["body"], waiting["reason"]) == (letter, "ValueError at every try")
    sent = client.post(f"{path}/{waiting['id']}/redrive", headers=as_admin)
    assert sent.json()["redriven_at"]
    again = client.post(f"{path}/{waiting['id']}/redrive", headers=as_admin)
    assert (again.status_code, again.json()["code"]) == (409, "NOT_REDRIVABLE")
    platform.relay.drain()
    assert published.of("job") == [letter]
    assert client.get(path, headers=as_admin).json()["total"] == 0
    assert client.get(f"{path}?redriven=true", headers=as_admin).json()["total"] == 1
    assert client.post(f"{path}/{waiting['id'] + 1}/redrive", headers=as_admin).status_code == 404


@pytest.mark.parametrize("tier", [Tier.USER, Tier.ADMIN])
def test_the_platforms_queues_are_nobody_elses_business(
    client: TestClient, platform: Platform, tier: Tier
) -> None:
    headers = bearer(platform, make_user(platform, "curious", tier=tier))
    assert client.get("/api/v1/admin/queues", headers=headers).status_code == 403
    assert client.get("/api/v1/admin/queues/dead-letters", headers=headers).status_code == 403
    engines = client.get("/api/v1/engines", headers=headers)
    assert engines.status_code == (200 if tier is Tier.ADMIN else 403)
