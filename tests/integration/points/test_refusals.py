"""What a person reads who has not enough points: which points, how many, and what to do."""

import pytest
from fastapi.testclient import TestClient
from tests.factories.engines import FakeEngine

from hounsfield.accounts.models import User

Headers = dict[str, str]


def price(client: TestClient, as_admin: Headers, **rule: object) -> None:
    value = {"plain": rule}
    client.put("/api/v1/admin/configs/task_prices", json={"value": value}, headers=as_admin)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["101 low points or 101 high points needed", "100 low points and 0 high points available"]),
        ("zh-CN", ["需要 101 低级积分 或 101 高级积分", "可用 100 低级积分、0 高级积分", "联系管理员"]),
    ],
)
def test_the_points_that_are_missing_are_named_with_their_number(
    client: TestClient,
    as_owner: Headers,
    as_admin: Headers,
    engine: FakeEngine,
    language: str,
    words: list[str],
) -> None:
    price(client, as_admin, amount=101, units=["POINT_LOW", "POINT_HIGH"])
    refused = client.post(
        "/api/v1/tasks", json={"task_type": "plain"}, headers={**as_owner, "Accept-Language": language}
    )
    assert (refused.status_code, refused.json()["code"]) == (402, "INSUFFICIENT_POINTS")
    detail = refused.json()["detail"]
    assert all(word in detail for word in words), detail
    assert "POINT" not in detail


def test_a_single_point_is_not_called_many(
    client: TestClient, owner: User, as_owner: Headers, as_admin: Headers, engine: FakeEngine
) -> None:
    price(client, as_admin, amount=1, units=["MEMBER_CREDIT"])
    refused = client.post("/api/v1/tasks", json={"task_type": "plain"}, headers=as_owner).json()
    assert "1 member credit needed, 0 member credits available" in refused["detail"]
    path = f"/api/v1/admin/quotas/users/{owner.id}/adjust"
    taken = {"quota_type": "POINT_LOW", "delta": -101, "reason": "test"}
    assert (
        "101 low points needed, 100 low points available"
        in (client.put(path, json=taken, headers=as_admin).json()["detail"])
    )
