"""Administrators hear that engines or queues have changed; nobody else does."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update
from tests.factories.engines import FakeEngine

from hounsfield.accounts.models import User
from hounsfield.engines.models import Engine
from hounsfield.engines.news import EVENT, ROOM, Watch
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
    assert admin.expect(EVENT)["timestamp"]
    assert member.expect("task_status")["number"] == 1
    with platform.db.write() as session:
        tell(session, owner.id, "balance_changed", {"number": 2})
    assert member.expect("balance_changed")["number"] == 2


def test_what_changes_the_fleet_is_told(
    client: TestClient, platform: Platform, engine: FakeEngine, as_admin: Headers, run_outbox: Any
) -> None:
    def told() -> int:
        return sum(event["name"] == EVENT for event in run_outbox().of("event"))

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


def test_an_engine_that_falls_silent_or_comes_back_is_noticed(
    platform: Platform, engine: FakeEngine, run_outbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    watch = Watch(platform.db, 60)

    def told_after_a_look() -> int:
        clock[0] += 5
        watch.look()
        return sum(event["name"] == EVENT for event in run_outbox().of("event"))

    first = told_after_a_look()
    assert told_after_a_look() == first
    with platform.db.write() as session:
        session.execute(update(Engine).values(heartbeat_at=utc_now().replace(year=2020)))
    watch.look()  # too soon to look again
    assert sum(event["name"] == EVENT for event in run_outbox().of("event")) == first
    assert told_after_a_look() == first + 1
    assert engine.heartbeat().status_code == 200
    assert told_after_a_look() == first + 2
