"""Administrators hear that engines or queues have changed; nobody else does."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update
from tests.factories.engines import FakeEngine, engine_token

from hounsfield.accounts.models import User
from hounsfield.engines.models import Engine
from hounsfield.engines.news import CHANGED, HEARD, ROOM
from hounsfield.kit.clock import utc_now
from hounsfield.kit.dead_letters import bury, redrive
from hounsfield.kit.platform import Platform
from hounsfield.notifications.service import tell

Headers = dict[str, str]
Connect = Callable[..., Any]


def token(headers: Headers) -> str:
    return headers["Authorization"].removeprefix("Bearer ")


def test_only_whoever_may_see_engines_joins_their_room(
    live: str, connect: Connect, platform: Platform, owner: User, as_owner: Headers, as_admin: Headers
) -> None:
    member, admin = connect(token=token(as_owner)), connect(token=token(as_admin))
    for client, joined in ((member, []), (admin, [ROOM])):
        client.expect("connect")
        client.emit("subscribe", [ROOM])
        assert client.expect("ack")["joined"] == joined
    with platform.db.write() as session:
        tell(session, owner.id, "task_status", {"number": 1})
    assert admin.expect(CHANGED)["timestamp"]
    assert member.expect("task_status")["number"] == 1
    with platform.db.write() as session:
        tell(session, owner.id, "balance_changed", {"number": 2})
    assert member.expect("balance_changed")["number"] == 2


def test_what_changes_the_fleet_is_told(
    client: TestClient, platform: Platform, engine: FakeEngine, as_admin: Headers, run_outbox: Any
) -> None:
    def told() -> int:
        return sum(event["name"] == CHANGED for event in run_outbox().of("event"))

    path = f"/api/v1/engines/{engine.engine_id}"
    assert told() == 1  # it has registered
    assert engine.heartbeat().status_code == 200
    assert told() == 1
    assert client.put(f"{path}/drain", json={"drain": True}, headers=as_admin).status_code == 200
    assert told() == 2
    assert client.delete(path, headers=as_admin).status_code == 204
    assert told() == 3
    tokens = client.get("/api/v1/engines/tokens", headers=as_admin).json()["items"]
    client.delete(f"/api/v1/engines/tokens/{tokens[0]['token_id']}", headers=as_admin)
    assert told() == 4
    with platform.db.write() as session:
        bury(session, "job", "platform", {"name": "accounts.sweep", "arguments": {}}, "broken")
    assert told() == 5
    letters = client.get("/api/v1/admin/queues/dead-letters", headers=as_admin).json()["items"]
    with platform.db.write() as session:
        redrive(session, letters[0]["id"], actor="me")
    assert told() == 6


def test_a_watcher_hears_when_engines_were_heard_and_that_one_fell_silent(
    live: str, connect: Connect, platform: Platform, as_admin: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hounsfield.realtime.fleet.LOOK_SECONDS", 0.05)
    with httpx.Client(base_url=live) as http:
        engine = FakeEngine(http, engine_token(platform))  # type: ignore[arg-type]  # they ask alike
        assert engine.register().status_code == 201
    admin = connect(token=token(as_admin))
    admin.expect("connect")
    admin.emit("subscribe", [ROOM])

    def until_heard(name: str, wanted: Callable[[dict[str, Any]], bool]) -> None:
        for _ in range(1000):
            event = admin.next()
            if event["name"] == name and wanted(event["data"]):
                return
        raise AssertionError(f"no such {name}")

    until_heard(HEARD, lambda data: data["ages"][engine.engine_id] < 60)
    with platform.db.write() as session:
        session.execute(update(Engine).values(heartbeat_at=utc_now().replace(year=2020)))
    until_heard(HEARD, lambda data: data["ages"][engine.engine_id] > 60)
    until_heard(CHANGED, lambda _data: True)
