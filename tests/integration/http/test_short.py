"""The short way answers what the long one would, and takes only what it understands."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.routing import Match
from tests.factories.accounts import bearer, make_user
from tests.factories.engines import PLAIN, FakeEngine, engine_token

from hounsfield.http.rooms import ORDERS, WORDS
from hounsfield.kit.platform import Platform
from hounsfield.points import ledger

JSON = {"content-type": "application/json", "content-length": "2"}
VARIES = ("task_id", "order_no", "created_at", "events")


@pytest.mark.parametrize(
    ("method", "path", "query", "headers", "taken"),
    [
        ("POST", "/api/v1/tasks", "", JSON, True),
        ("POST", "/api/v1/tasks/1/complete", "", JSON, True),
        ("POST", "/api/v1/tasks/1/progress", "", JSON, True),
        ("POST", "/api/v1/engines/1/claim", "", JSON, True),
        ("POST", "/api/v1/engines/1/heartbeat", "", JSON, True),
        ("GET", "/api/v1/tasks", "", JSON, False),
        ("POST", "/api/v1/tasks", "a=1", JSON, False),
        ("POST", "/api/v1/tasks", "", {**JSON, "idempotency-key": "1"}, False),
        ("POST", "/api/v1/tasks", "", {**JSON, "content-type": "text/plain"}, False),
        ("POST", "/api/v1/tasks", "", {**JSON, "content-length": "0"}, False),
        ("POST", "/api/v1/tasks", "", {"content-type": "application/json"}, False),
        ("POST", "/api/v1/tasks/1/2/complete", "", JSON, False),
        ("POST", "/tasks/1/complete", "", JSON, False),
    ],
)
def test_what_is_taken(method: str, path: str, query: str, headers: dict[str, str], taken: bool) -> None:
    said = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": said}
    ways = [way for way in (WORDS, ORDERS) if way.matches(scope)[0] is Match.FULL]
    assert bool(ways) is taken


def both(client: TestClient, path: str, body: str, headers: dict[str, str]) -> list[Any]:
    """Send the same by both ways."""
    headers = {"Content-Type": "application/json", **headers}
    return [client.post(f"/api/v1{path}{end}", content=body, headers=headers) for end in ("", "?long=1")]


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/tasks", "{", 422),
        ("/tasks", "{}", 422),
        ("/tasks", "[]", 422),
        ("/tasks", "null", 422),
        ("/tasks", '{"task_type": 1}', 422),
        ("/tasks", '{"task_type": "x", "priority": 77, "more": 1}', 422),
        ("/tasks", '{"task_type": "nothing of the kind"}', 422),
        ("/engines/e/claim", '{"task_id": "t"}', 422),
        ("/engines/e/claim", '{"task_id": "t", "epoch": 1, "boot_id": "b"}', 404),
        ("/tasks/t/complete", '{"epoch": 0}', 422),
        ("/tasks/t/complete", '{"epoch": 1, "results": [], "metrics": {}}', 404),
    ],
)
def test_refusals_are_those_of_the_long_way(
    client: TestClient, platform: Platform, path: str, body: str, status: int, language: str
) -> None:
    person = bearer(platform, make_user(platform, "somebody"))
    engine = {"Authorization": f"Bearer {engine_token(platform)}"}
    who = {**(person if path == "/tasks" else engine), "Accept-Language": language}
    short, long = both(client, path, body, who)
    assert (short.status_code, short.json()) == (long.status_code, long.json())
    assert short.status_code == status
    said = [{k: v for k, v in answer.headers.items() if k != "date"} for answer in (short, long)]
    assert said[0] == said[1]


@pytest.mark.parametrize("token", ["", "Basic abc", "Bearer ", "Bearer nonsense", "Bearer hfe_nonsense"])
@pytest.mark.parametrize("path", ["/tasks", "/tasks/t/complete", "/engines/e/claim"])
def test_nobody_comes_in_by_it(client: TestClient, path: str, token: str) -> None:
    word = {"task_type": "x", "task_id": "t", "epoch": 1, "boot_id": "b"}
    wanted = {"/tasks": ["task_type"], "/tasks/t/complete": ["epoch"]}.get(
        path, ["task_id", "epoch", "boot_id"]
    )
    body = json.dumps({name: word[name] for name in wanted})
    for answer in both(client, path, body, {"Authorization": token}):
        assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")


def test_an_order_is_answered_alike(client: TestClient, platform: Platform) -> None:
    engine = FakeEngine(client, engine_token(platform), algorithms=[PLAIN])
    engine.register()
    customer = make_user(platform, "customer")
    with platform.db.write() as session:
        ledger.grant(session, customer.id, ledger.POINT_LOW, 100, actor_id=None, reason="test")
    body = '{"task_type": "plain", "name": "名", "parameters": {"a": [1, null, 2.5]}}'
    short, long = both(client, "/tasks", body, bearer(platform, customer))
    assert (short.status_code, long.status_code) == (201, 201)
    told = [{k: v for k, v in answer.json().items() if k not in VARIES} for answer in (short, long)]
    assert told[0] == told[1]
    assert list(short.json()) == list(long.json())
    assert [set(event) for event in short.json()["events"]] == [set(event) for event in long.json()["events"]]
    assert short.headers["content-type"] == long.headers["content-type"]
