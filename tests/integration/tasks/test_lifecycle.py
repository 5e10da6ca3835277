"""A task from order to result through the API: states, money, fencing, news."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.factories.engines import FakeEngine, result

from hounsfield.kit.platform import Platform
from hounsfield.tasks.scheduler import schedule

Headers = dict[str, str]


def order(client: TestClient, headers: Headers, **wish: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/tasks", json={"task_type": "plain", **wish}, headers=headers)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def balance(client: TestClient, headers: Headers) -> tuple[int, int]:
    low = client.get("/api/v1/points/balance", headers=headers).json()["low"]
    return low["available"], low["held"]


def task(client: TestClient, headers: Headers, task_id: str) -> dict[str, Any]:
    body: dict[str, Any] = client.get(f"/api/v1/tasks/{task_id}", headers=headers).json()
    return body


@pytest.fixture
def assigned(
    client: TestClient, platform: Platform, as_owner: Headers, engine: FakeEngine, run_outbox: Any
) -> str:
    """The id of a task that is assigned to the engine."""
    task_id: str = order(client, as_owner)["task_id"]
    run_outbox()
    assert schedule(platform) == 1
    return task_id


def test_a_completed_task_is_charged_once_and_its_result_can_be_downloaded(
    client: TestClient, as_owner: Headers, engine: FakeEngine, assigned: str, run_outbox: Any
) -> None:
    assert balance(client, as_owner) == (90, 10)
    claimed = engine.claim(assigned, 1).json()
    assert claimed["attempt"] == 1
    assert claimed["output_url_prefix"] == f"/api/v1/tasks/{assigned}/outputs/"
    assert engine.progress(assigned, 1, 40.7, "half way").json() == {"cancel": False}
    assert engine.upload(assigned, 1, "report.txt", b"fine").status_code == 201
    done = engine.complete(assigned, 1, result("report.txt", b"fine"))
    assert done.json() == {"task_id": assigned, "status": "COMPLETED"}
    assert engine.complete(assigned, 1, result("report.txt", b"fine")).json()["status"] == "COMPLETED"
    assert balance(client, as_owner) == (90, 0)
    seen = task(client, as_owner, assigned)
    assert [event["to"] for event in seen["events"]] == [
        "CREATED",
        "QUEUED",
        "ASSIGNED",
        "IN_PROGRESS",
        "COMPLETED",
    ]
    assert client.get(seen["results"][0]["url"], headers=as_owner).content == b"fine"
    told = [event for event in run_outbox().of("event") if event["name"] == "task_status"]
    assert [event["data"]["status"] for event in told][-1] == "COMPLETED"
    assert told[-1]["data"]["result_count"] == 1
    assert [event["data"]["seq"] for event in told] == sorted(event["data"]["seq"] for event in told)


def test_a_cancelled_task_costs_nothing_and_its_engine_is_told_to_stop(
    client: TestClient, as_owner: Headers, engine: FakeEngine, assigned: str
) -> None:
    engine.claim(assigned, 1)
    assert client.post(f"/api/v1/tasks/{assigned}/cancel", headers=as_owner).json()["status"] == "CANCELLED"
    assert balance(client, as_owner) == (100, 0)
    beat = engine.heartbeat({"task_id": assigned, "epoch": 1, "progress": 50, "message": ""})
    assert beat.json()["cancel"] == [assigned]
    refused = engine.complete(assigned, 1)
    assert (refused.status_code, refused.json()["code"]) == (409, "STALE_EPOCH")
    again = client.post(f"/api/v1/tasks/{assigned}/cancel", headers=as_owner)
    assert (again.status_code, again.json()["code"]) == (409, "ILLEGAL_TRANSITION")
    assert balance(client, as_owner) == (100, 0)
    assert task(client, as_owner, assigned)["payment_status"] == "REFUNDED"


def test_a_failure_of_the_input_ends_the_task_and_a_retry_is_a_new_order(
    client: TestClient, platform: Platform, as_owner: Headers, engine: FakeEngine, assigned: str
) -> None:
    engine.claim(assigned, 1)
    assert engine.fail(assigned, 1, "user_facing", "NO_BONE").json()["status"] == "FAILED"
    seen = task(client, as_owner, assigned)
    assert (seen["failure_code"], seen["error_message"]) == ("NO_BONE", "it broke")
    assert balance(client, as_owner) == (100, 0)
    again = client.post(f"/api/v1/tasks/{assigned}/retry", headers=as_owner)
    assert again.status_code == 201
    assert again.json()["retry_of"] == assigned
    assert again.json()["order_no"] != seen["order_no"]
    assert balance(client, as_owner) == (90, 10)


def test_a_lost_attempt_is_handed_out_again_under_a_new_epoch_and_the_old_one_is_fenced(
    client: TestClient, platform: Platform, as_owner: Headers, engine: FakeEngine, assigned: str
) -> None:
    engine.claim(assigned, 1)
    engine.upload(assigned, 1, "old.txt", b"old")
    assert engine.fail(assigned, 1, "retry_elsewhere").json()["status"] == "QUEUED"
    assert schedule(platform) == 1
    assert engine.claim(assigned, 1).status_code == 409
    assert engine.claim(assigned, 2).json()["attempt"] == 2
    assert engine.progress(assigned, 1, 99).json()["code"] == "STALE_EPOCH"
    assert engine.upload(assigned, 1, "late.txt", b"late").status_code == 409
    missing = engine.complete(assigned, 2, result("old.txt", b"old"))
    assert (missing.status_code, missing.json()["code"]) == (422, "RESULT_MISSING")
    assert engine.complete(assigned, 2).json()["status"] == "COMPLETED"
    assert task(client, as_owner, assigned)["results"] == []


def test_the_third_engine_that_dies_of_a_task_makes_it_poison(
    client: TestClient, platform: Platform, as_owner: Headers, engine: FakeEngine, assigned: str
) -> None:
    current = engine
    for number in (1, 2, 3):
        current.claim(assigned, number)
        state = current.fail(assigned, number, "retry_elsewhere", "ENGINE_CHILD_CRASHED").json()["status"]
        if number < 3:
            assert state == "QUEUED"
            current = FakeEngine(client, engine.token, engine_id=f"engine-{number + 1}")
            current.register()
            _skip_pause(platform)
            assert schedule(platform) == 1
    seen = task(client, as_owner, assigned)
    assert (seen["status"], seen["failure_code"]) == ("FAILED", "POISON")
    assert "not tried again" in seen["error_message"]
    assert balance(client, as_owner) == (100, 0)


def _skip_pause(platform: Platform) -> None:
    from sqlalchemy import update

    from hounsfield.tasks.models import Task

    with platform.db.write() as session:
        session.execute(update(Task).values(not_before=None))


def test_an_engine_that_restarts_gives_back_what_its_old_process_ran(
    client: TestClient, platform: Platform, as_owner: Headers, engine: FakeEngine, assigned: str
) -> None:
    engine.claim(assigned, 1)
    newer = FakeEngine(client, engine.token)
    newer.register()
    assert engine.heartbeat().json()["code"] == "ENGINE_SUPERSEDED"
    assert task(client, as_owner, assigned)["status"] == "QUEUED"
    assert schedule(platform) == 1
    assert newer.claim(assigned, 2).status_code == 200


def test_insufficient_points_create_nothing(
    client: TestClient, as_owner: Headers, as_admin: Headers, engine: FakeEngine, run_outbox: Any
) -> None:
    price = client.put("/api/v1/admin/configs/calculation_price", json={"value": 1000}, headers=as_admin)
    assert price.status_code == 200
    refused = client.post("/api/v1/tasks", json={"task_type": "plain"}, headers=as_owner)
    assert (refused.status_code, refused.json()["code"]) == (402, "INSUFFICIENT_POINTS")
    assert "100" in refused.json()["detail"]
    assert client.get("/api/v1/tasks", headers=as_owner).json()["total"] == 0
    assert balance(client, as_owner) == (100, 0)
    assert run_outbox().of("job") == []


def test_postpaid_results_open_after_payment(
    client: TestClient,
    as_owner: Headers,
    as_admin: Headers,
    engine: FakeEngine,
    platform: Platform,
    run_outbox: Any,
) -> None:
    client.put("/api/v1/admin/configs/payment_mode", json={"value": "postpaid_mode"}, headers=as_admin)
    made = order(client, as_owner)
    assert (made["payment_status"], balance(client, as_owner)) == ("UNPAID", (100, 0))
    run_outbox()
    schedule(platform)
    engine.claim(made["task_id"], 1)
    engine.upload(made["task_id"], 1, "a.txt", b"a")
    early = client.post(f"/api/v1/tasks/{made['task_id']}/pay", headers=as_owner)
    assert early.json()["code"] == "NOTHING_TO_PAY"
    engine.complete(made["task_id"], 1, result("a.txt", b"a"))
    listed = task(client, as_owner, made["task_id"])
    assert (listed["payment_status"], listed["results"][0]["url"]) == ("PENDING", None)
    closed = client.get(f"/api/v1/tasks/{made['task_id']}/results/a.txt", headers=as_owner)
    assert (closed.status_code, closed.json()["code"]) == (402, "NOT_PAID")
    key = {**as_owner, "Idempotency-Key": "pay-1"}
    paid = client.post(f"/api/v1/tasks/{made['task_id']}/pay", headers=key).json()
    assert paid["payment_status"] == "PAID"
    assert client.post(f"/api/v1/tasks/{made['task_id']}/pay", headers=key).json() == paid
    assert client.get(paid["results"][0]["url"], headers=as_owner).content == b"a"
    assert balance(client, as_owner) == (90, 0)
    twice = client.post(f"/api/v1/tasks/{made['task_id']}/pay", headers=as_owner)
    assert twice.json()["code"] == "NOTHING_TO_PAY"


def test_the_same_idempotency_key_orders_once_and_another_body_is_refused(
    client: TestClient, as_owner: Headers, engine: FakeEngine
) -> None:
    headers = {**as_owner, "Idempotency-Key": "order-1"}
    first, second = order(client, headers, name="x"), order(client, headers, name="x")
    assert first["task_id"] == second["task_id"]
    other = client.post("/api/v1/tasks", json={"task_type": "plain", "name": "y"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert balance(client, as_owner) == (90, 10)


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"task_type": "nothing"}, "UNKNOWN_TASK_TYPE"),
        ({"task_type": "ct_surface"}, "INPUT_MISSING"),
        ({"task_type": "ct_surface", "parameters": {"tissues": ["soul"]}}, "INVALID_PARAMETERS"),
        ({"task_type": "ct_surface", "study_uid": "1.2.3"}, "NOT_FOUND"),
        ({"task_type": "ct_surface", "upload_id": "0" * 32}, "NOT_FOUND"),
        ({"task_type": "plain", "priority": 10}, "VALIDATION_FAILED"),
        ({"task_type": "plain", "priority": "high"}, "VALIDATION_FAILED"),
        ({"task_type": "plain", "surprise": 1}, "VALIDATION_FAILED"),
    ],
)
def test_a_wish_that_cannot_be_fulfilled_is_refused_with_its_reason(
    client: TestClient, as_owner: Headers, engine: FakeEngine, wish: dict[str, Any], code: str
) -> None:
    refused = client.post("/api/v1/tasks", json=wish, headers=as_owner)
    assert refused.status_code in (404, 422)
    assert refused.json()["code"] == code
    assert refused.headers["content-type"] == "application/problem+json"
    assert balance(client, as_owner) == (100, 0)


def test_filters_take_both_vocabularies_and_text_takes_wildcards_literally(
    client: TestClient, as_owner: Headers, engine: FakeEngine
) -> None:
    order(client, as_owner, name="100% bone")
    order(client, as_owner, name="skin")

    def names(query: str) -> list[str]:
        return [
            item["name"] for item in client.get(f"/api/v1/tasks?{query}", headers=as_owner).json()["items"]
        ]

    assert names("status=pending") == ["skin", "100% bone"]
    assert names("status=CREATED,QUEUED&sort=created_at") == ["100% bone", "skin"]
    assert names("status=success") == []
    assert names("q=100%25") == ["100% bone"]
    assert names("q=%25") == ["100% bone"]
    assert names("limit=1&offset=1") == ["100% bone"]
    assert client.get("/api/v1/tasks?status=odd", headers=as_owner).json()["code"] == "UNKNOWN_FILTER"


def test_an_administrator_moves_tasks_only_along_the_table(
    client: TestClient, as_owner: Headers, as_admin: Headers, engine: FakeEngine, assigned: str
) -> None:
    def put(status: str, headers: Headers = as_admin) -> tuple[int, str]:
        answer = client.put(f"/api/v1/tasks/{assigned}/status", json={"new_status": status}, headers=headers)
        return answer.status_code, answer.json().get("code") or answer.json()["status"]

    assert put("FAILED", as_owner) == (403, "FORBIDDEN")
    assert put("COMPLETED") == (409, "ILLEGAL_TRANSITION")
    assert put("NONSENSE") == (409, "ILLEGAL_TRANSITION")
    assert put("FAILED") == (200, "FAILED")
    assert put("QUEUED") == (409, "ILLEGAL_TRANSITION")
    assert balance(client, as_owner) == (100, 0)


def test_an_ended_task_can_be_deleted_and_a_running_one_cannot(
    client: TestClient, as_owner: Headers, engine: FakeEngine, assigned: str
) -> None:
    assert client.delete(f"/api/v1/tasks/{assigned}", headers=as_owner).json()["code"] == "STILL_RUNNING"
    client.post(f"/api/v1/tasks/{assigned}/cancel", headers=as_owner)
    assert client.delete(f"/api/v1/tasks/{assigned}", headers=as_owner).status_code == 204
    assert client.get(f"/api/v1/tasks/{assigned}", headers=as_owner).status_code == 404


def test_a_drained_engine_stays_drained_when_its_process_starts_again(
    client: TestClient,
    platform: Platform,
    as_owner: Headers,
    as_admin: Headers,
    engine: FakeEngine,
    run_outbox: Any,
) -> None:
    client.put(f"/api/v1/engines/{engine.engine_id}/drain", json={"drain": True}, headers=as_admin)
    newer = FakeEngine(client, engine.token)
    newer.register()
    assert newer.heartbeat().json()["drain"] is True
    order(client, as_owner)
    run_outbox()
    schedule(platform)
    assert [offer["queue"] for offer in run_outbox().of("offer")] == ["algorithm.plain"]
    client.put(f"/api/v1/engines/{engine.engine_id}/drain", json={"drain": False}, headers=as_admin)
    assert newer.heartbeat().json()["drain"] is False
