"""What a person reads of their points: one line an operation, which order it was for, and why."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.factories.accounts import bearer, make_user
from tests.factories.engines import FakeEngine

from hounsfield.accounts.models import Tier, User
from hounsfield.kit.platform import Platform
from hounsfield.tasks.scheduler import schedule

Headers = dict[str, str]


def lines(
    client: TestClient, headers: Headers, query: str = "", language: str = "en"
) -> list[dict[str, Any]]:
    answer = client.get(
        f"/api/v1/points/transactions?{query}", headers={**headers, "Accept-Language": language}
    )
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    assert answer.json()["total"] == len(found)
    return found


def moved(line: dict[str, Any]) -> tuple[str, int, int, int]:
    return line["kind"], line["amount"], line["held_change"], line["available_after"]


@pytest.fixture
def spent(
    client: TestClient, platform: Platform, as_owner: Headers, engine: FakeEngine, run_outbox: Any
) -> list[str]:
    """Two orders, the first done, the second cancelled; their task ids."""
    made = []
    for name in ("Knee", "Hip"):
        wish = {"task_type": "plain", "name": name}
        made.append(client.post("/api/v1/tasks", json=wish, headers=as_owner).json()["task_id"])
    client.post(f"/api/v1/tasks/{made[1]}/cancel", headers=as_owner)
    run_outbox()
    schedule(platform)
    engine.claim(made[0], 1)
    assert engine.complete(made[0], 1).status_code == 200
    return made


def test_each_operation_is_one_line_that_names_its_order(
    client: TestClient, as_owner: Headers, spent: list[str]
) -> None:
    told = lines(client, as_owner)
    assert [moved(line) for line in told] == [
        ("capture", 0, -10, 90),
        ("release", 10, -10, 90),
        ("hold", -10, 10, 80),
        ("hold", -10, 10, 90),
        ("grant", 100, 0, 100),
    ]
    assert [line["order_name"] for line in told] == ["Knee", "Hip", "Hip", "Knee", None]
    assert [line["task_id"] for line in told] == [spent[0], spent[1], spent[1], spent[0], None]
    assert told[0]["order_no"] == client.get(f"/api/v1/tasks/{spent[0]}", headers=as_owner).json()["order_no"]


def test_a_deleted_task_keeps_its_name_and_leads_nowhere(
    client: TestClient, as_owner: Headers, spent: list[str]
) -> None:
    assert client.delete(f"/api/v1/tasks/{spent[0]}", headers=as_owner).status_code == 204
    line = lines(client, as_owner)[0]
    assert (line["order_name"], line["task_id"]) == ("Knee", None)


@pytest.mark.parametrize(
    ("language", "reasons"),
    [("en", ["The task was cancelled", "A new account"]), ("zh-CN", ["任务已取消", "新注册账户"])],
)
def test_reasons_are_in_the_readers_language(
    client: TestClient, as_owner: Headers, spent: list[str], language: str, reasons: list[str]
) -> None:
    told = lines(client, as_owner, language=language)
    assert [line["reason"] for line in told if line["reason"]] == reasons


def test_both_sides_of_an_allocation_are_told_who_it_was(
    client: TestClient, platform: Platform, as_admin: Headers
) -> None:
    parent = make_user(platform, "parent", tier=Tier.ADMIN)
    child = make_user(platform, "child", parent=parent)
    as_parent, as_child = bearer(platform, parent), bearer(platform, child)
    given = {"sub_user_id": child.id, "point_type": "POINT_LOW", "points": 30}
    assert client.post("/api/v1/points/allocate", json=given, headers=as_parent).status_code == 200
    gave, received = lines(client, as_parent)[0], lines(client, as_child)[0]
    assert (moved(gave), gave["reason"]) == (("allocate", -30, 0, 70), "Given to child")
    assert (moved(received), received["reason"]) == (
        ("allocate", 30, 0, 30),
        "Received from the account above",
    )


def test_the_history_is_filtered_by_unit_and_by_kind_of_operation(
    client: TestClient, owner: User, as_owner: Headers, as_admin: Headers, spent: list[str]
) -> None:
    path = f"/api/v1/admin/quotas/users/{owner.id}/adjust"
    client.put(path, json={"quota_type": "POINT_HIGH", "delta": 7, "reason": "thanks"}, headers=as_admin)
    assert [moved(line) for line in lines(client, as_owner, "unit=POINT_HIGH")] == [("grant", 7, 0, 7)]
    assert len(lines(client, as_owner, "unit=POINT_LOW")) == 5
    assert [line["order_name"] for line in lines(client, as_owner, "type=hold")] == ["Hip", "Knee"]
    assert lines(client, as_owner, "unit=POINT_HIGH&type=hold") == []


@pytest.mark.parametrize(
    "query", ["unit=POINT", "unit=", "type=hold_held", "type=HOLD", "page=0", "size=9999"]
)
def test_a_filter_that_means_nothing_is_refused(client: TestClient, as_owner: Headers, query: str) -> None:
    refused = client.get(f"/api/v1/points/transactions?{query}", headers=as_owner)
    assert (refused.status_code, refused.json()["code"]) == (422, "VALIDATION_FAILED")
