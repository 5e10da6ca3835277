"""Points under concurrent requests: nobody spends the same point twice, on any database."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Row
from sqlalchemy.orm import Session
from tests.factories.accounts import bearer, make_user
from tests.factories.engines import FakeEngine

from hounsfield.accounts.models import User
from hounsfield.kit.errors import DomainError
from hounsfield.kit.platform import Platform
from hounsfield.points import ledger

Headers = dict[str, str]


def test_twenty_orders_at_once_take_what_there_is_and_no_more(
    client: TestClient, platform: Platform, owner: User, as_owner: Headers, engine: FakeEngine
) -> None:
    def one(_: int) -> int:
        return int(client.post("/api/v1/tasks", json={"task_type": "plain"}, headers=as_owner).status_code)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(one, range(20)))
    assert sorted(answers) == [201] * 10 + [402] * 10
    with platform.db.read() as session:
        assert ledger.balance(session, owner.id, ledger.POINT_LOW) == 0
        assert ledger.balance(session, owner.id, ledger.POINT_LOW, "held") == 100


def test_a_hold_that_is_captured_and_released_at_once_resolves_once(platform: Platform, owner: User) -> None:
    with platform.db.write() as session:
        ledger.hold(session, owner.id, ledger.POINT_LOW, 40, order_no="o")

    def resolve(number: int) -> str:
        try:
            with platform.db.write() as session:
                (ledger.capture if number % 2 else ledger.release)(session, "o")
        except DomainError as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(resolve, range(8)))
    assert sorted(answers) == ["HOLD_RESOLVED"] * 7 + ["done"]


def test_an_account_that_another_transaction_has_just_opened_is_found(
    platform: Platform, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for order in ("first", "second"):
        with platform.db.write() as session:
            ledger.hold(session, owner.id, ledger.POINT_LOW, 40, order_no=order)
    with platform.db.write() as session:
        ledger.capture(session, "first")
    add, blind = ledger._add, [ledger.revenue(ledger.POINT_LOW)]

    def too_early(session: Session, move: ledger.Move) -> Row[Any] | None:
        """Try once as if the account were not there yet."""
        if move.pot in blind:
            blind.remove(move.pot)
            return None
        return add(session, move)

    monkeypatch.setattr(ledger, "_add", too_early)
    with platform.db.write() as session:
        ledger.capture(session, "second")
    with platform.db.read() as session:
        assert ledger.balance(session, ledger.SYSTEM, ledger.POINT_LOW, "revenue") == 80


def test_allocation_moves_points_to_a_sub_account_and_only_there(
    client: TestClient, platform: Platform, owner: User, as_owner: Headers
) -> None:
    child, stranger = make_user(platform, "child", parent=owner), make_user(platform, "other")

    def give(user: User, points: object) -> tuple[int, str]:
        body = {"sub_user_id": user.id, "point_type": "POINT_LOW", "points": points}
        answer = client.post("/api/v1/points/allocate", json=body, headers=as_owner)
        return answer.status_code, answer.json().get("code", "")

    assert give(stranger, 10) == (404, "NOT_FOUND")
    assert give(child, 101)[0] in (402, 404)
    for nonsense in (0, -5, 1.5, "7", 10**12):
        assert give(child, nonsense) == (422, "VALIDATION_FAILED")


def test_an_administrator_adjusts_by_delta_or_to_a_limit_with_a_reason(
    client: TestClient, platform: Platform, owner: User, as_admin: Headers, as_owner: Headers
) -> None:
    def adjust(headers: Headers = as_admin, **body: object) -> tuple[int, object]:
        path = f"/api/v1/admin/quotas/users/{owner.id}/adjust"
        answer = client.put(path, json={"quota_type": "POINT_LOW", "reason": "test", **body}, headers=headers)
        told = answer.json()
        return answer.status_code, told.get("code") or told["balance"]["low"]["available"]

    assert adjust(delta=50) == (200, 150)
    assert adjust(limit=20) == (200, 20)
    assert adjust(delta=-21) == (402, "INSUFFICIENT_POINTS")
    assert adjust(delta=1, limit=1) == (422, "DELTA_OR_LIMIT")
    assert adjust(delta=1, reason="") == (422, "VALIDATION_FAILED")
    assert adjust(as_owner, delta=1) == (403, "FORBIDDEN")
    history = client.get("/api/v1/points/transactions", headers=as_owner).json()["items"]
    assert [item["amount"] for item in history] == [-130, 50, 100]
    assert history[0]["available_after"] == 20


def test_sub_accounts_start_without_a_grant_of_their_own(
    client: TestClient, platform: Platform, owner: User
) -> None:
    child = make_user(platform, "child", parent=owner)
    low = client.get("/api/v1/points/balance", headers=bearer(platform, child)).json()["low"]
    assert low == {"available": 0, "held": 0}
