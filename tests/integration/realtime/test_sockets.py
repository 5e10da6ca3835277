"""Live news over real sockets: who gets in, what they hear, what they missed, when they are put out."""

from collections.abc import Callable
from typing import Any

import httpx
import orjson
import pytest
from tests.factories.accounts import make_user
from tests.factories.engines import FakeEngine, engine_token
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect as plain_connect

from hounsfield.accounts.models import User
from hounsfield.kit.platform import Platform
from hounsfield.notifications.service import MAX_REPLAY, tell

Headers = dict[str, str]
Connect = Callable[..., Any]


def ticket(live: str, headers: Headers) -> str:
    answer = httpx.post(f"{live}/api/v1/realtime/ticket", headers=headers)
    assert answer.status_code == 201
    return str(answer.json()["ticket"])


def say(platform: Platform, user: User, number: int) -> None:
    with platform.db.write() as session:
        tell(session, user.id, "task_status", {"number": number})


def test_a_ticket_opens_one_connection_and_its_owner_hears_their_own_news_only(
    live: str, connect: Connect, platform: Platform, owner: User, as_owner: Headers
) -> None:
    one = ticket(live, as_owner)
    client = connect(ticket=one)
    client.expect("connect")
    say(platform, make_user(platform, "somebody"), 1)
    say(platform, owner, 2)
    heard = client.expect("task_status")
    assert (heard["number"], heard["seq"]) == (2, 1)
    second = connect(ticket=one)
    assert second.expect("connect_error") == {"code": "UNAUTHORIZED"}


@pytest.mark.parametrize(
    "auth", [{}, {"ticket": "hft_x"}, {"token": "x.y.z"}, {"token": 7}, {"ticket": {"a": 1}}]
)
def test_whoever_cannot_say_who_they_are_is_refused(
    live: str, connect: Connect, auth: dict[str, Any]
) -> None:
    assert connect(**auth).expect("connect_error")["code"] in ("UNAUTHORIZED", "TOKEN_INVALID")


def test_whoever_comes_back_gets_exactly_what_they_missed(
    live: str, connect: Connect, platform: Platform, owner: User, as_owner: Headers
) -> None:
    for number in range(1, 6):
        say(platform, owner, number)
    client = connect(token=as_owner["Authorization"].removeprefix("Bearer "))
    client.expect("connect")
    client.emit("resume", {"last_seq": 2})
    assert [client.expect("task_status")["number"] for _ in range(3)] == [3, 4, 5]
    assert client.expect("resumed") == {"recovered": True, "from": 2, "to": 5}
    client.expect("ack")
    client.emit("resume", {})
    assert client.expect("resumed") == {"recovered": True, "from": 5, "to": 5}
    client.expect("ack")
    for impossible in (99, -1):
        client.emit("resume", {"last_seq": impossible})
        told = client.expect("resumed")
        assert told["recovered"] is (impossible == -1)
        client.expect("ack")


def test_a_gap_that_is_too_long_says_so(
    live: str, connect: Connect, platform: Platform, owner: User, as_owner: Headers
) -> None:
    with platform.db.write() as session:
        for number in range(MAX_REPLAY + 2):
            tell(session, owner.id, "task_status", {"number": number})
    client = connect(ticket=ticket(live, as_owner))
    client.expect("connect")
    client.emit("resume", {"last_seq": 1})
    while (event := client._heard.get(timeout=20))["name"] == "task_status":
        continue  # the relay may still be sending what was just told
    assert event["data"]["recovered"] is False


def test_a_disabled_user_is_put_out(
    live: str, connect: Connect, platform: Platform, owner: User, as_owner: Headers, as_admin: Headers
) -> None:
    client = connect(ticket=ticket(live, as_owner))
    client.expect("connect")
    answer = httpx.put(
        f"{live}/api/v1/users/{owner.id}/status", json={"status": "DISABLED"}, headers=as_admin
    )
    assert answer.status_code == 200, answer.text
    assert client.expect("disconnect")["reason"] == "io server disconnect"
    assert httpx.post(f"{live}/api/v1/realtime/ticket", headers=as_owner).status_code == 401


def test_rooms_of_others_cannot_be_joined(
    live: str, connect: Connect, platform: Platform, owner: User, as_owner: Headers
) -> None:
    other = make_user(platform, "other")
    client = connect(ticket=ticket(live, as_owner))
    client.expect("connect")
    client.emit("subscribe", [f"user:{other.id}", "control", f"user:{owner.id}", 7])
    assert client.expect("ack") == {
        "joined": [f"user:{owner.id}"],
        "refused": [f"user:{other.id}", "control"],
    }
    say(platform, other, 1)
    say(platform, owner, 2)
    assert client.expect("task_status")["number"] == 2


def test_plain_sockets_carry_the_same_json(
    live: str, platform: Platform, owner: User, as_owner: Headers
) -> None:
    address = live.replace("http", "ws") + "/ws/task-status"
    with plain_connect(address) as socket:
        socket.send(orjson.dumps({"ticket": ticket(live, as_owner)}).decode())
        assert orjson.loads(socket.recv(timeout=20)) == {"connected": True}
        say(platform, owner, 1)
        assert orjson.loads(socket.recv(timeout=20))["number"] == 1
    with plain_connect(address) as socket:
        socket.send('{"token": "no"}')
        with pytest.raises(ConnectionClosed, match="1008"):
            socket.recv(timeout=20)


def test_progress_travels_from_an_engine_to_the_owner(
    live: str, connect: Connect, platform: Platform, owner: User, as_owner: Headers
) -> None:
    from hounsfield.kit.jobs import run_job
    from hounsfield.tasks.scheduler import schedule

    client = connect(ticket=ticket(live, as_owner))
    client.expect("connect")
    with httpx.Client(base_url=live) as http:
        engine = FakeEngine(http, engine_token(platform))  # type: ignore[arg-type]  # the same calls
        engine.register()
        task_id = http.post("/api/v1/tasks", json={"task_type": "plain"}, headers=as_owner).json()["task_id"]
        assert client.expect("task_status")["status"] == "CREATED"
        client.expect("balance_changed")
        run_job(platform, "tasks.prepare", {"task_id": task_id})
        assert client.expect("task_status")["status"] == "QUEUED"
        schedule(platform)
        assert client.expect("task_status")["status"] == "ASSIGNED"
        engine.claim(task_id, 1)
        assert client.expect("task_status")["status"] == "IN_PROGRESS"
        engine.progress(task_id, 1, 30, "surface of bone")
        heard = client.expect("task_progress")
        assert (heard["progress"], heard["message"], heard["task_id"]) == (30, "surface of bone", task_id)
        engine.complete(task_id, 1)
        assert client.expect("task_status")["status"] == "COMPLETED"
        client.expect("balance_changed")
