"""Which version an order gets, and the trace that every change leaves."""

import hashlib
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from tests.factories.accounts import make_actor
from tests.factories.engines import MANIFEST, FakeEngine

from hounsfield.accounts.models import User
from hounsfield.algorithms import service
from hounsfield.kit.platform import Platform
from hounsfield.system import configs
from hounsfield.tasks import orders
from hounsfield.tasks.models import Task
from hounsfield.tasks.schemas import OrderWish

Headers = dict[str, str]
Add = Callable[..., str]
Switch = Callable[..., Any]


def shares(line: dict[str, Any]) -> dict[str, int]:
    return {version["version"]: version["share_percent"] for version in line["versions"]}


def test_the_newest_without_a_share_is_the_main_one_and_disabling_it_goes_back(
    add_version: Add, switch: Switch
) -> None:
    for version in ("1.0.0", "1.1.0", "2.0.0"):
        add_version(version)
    assert shares(switch("1.0.0", state="ENABLED").json()) == {"1.0.0": 100, "1.1.0": 0, "2.0.0": 0}
    switch("2.0.0", state="ENABLED", canary_percent=10)
    assert shares(switch("1.1.0", state="ENABLED").json()) == {"1.0.0": 0, "1.1.0": 90, "2.0.0": 10}
    assert shares(switch("1.1.0", state="DISABLED").json()) == {"1.0.0": 90, "1.1.0": 0, "2.0.0": 10}
    assert shares(switch("1.0.0", state="DISABLED").json()) == {"1.0.0": 0, "1.1.0": 0, "2.0.0": 100}
    assert shares(switch("2.0.0", state="DISABLED").json()) == {"1.0.0": 0, "1.1.0": 0, "2.0.0": 0}


def test_a_thousand_orders_are_divided_exactly_as_their_numbers_say(
    platform: Platform, owner: User, add_version: Add, switch: Switch, study: str
) -> None:
    for version in ("1.0.0", "2.0.0", "3.0.0"):
        name = add_version(version)
        switch(version, state="ENABLED")
    switch("2.0.0", canary_percent=20)
    switch("3.0.0", canary_percent=5)
    actor = make_actor(platform, owner)
    with platform.db.write() as session:
        configs.put(session, "calculation_price", 0, actor_id=None)
        wish = OrderWish(task_type=name, study_uid=study)
        for _ in range(1000):
            orders.order(session, actor, wish)
    with platform.db.read() as session:
        query = select(Task.order_no, Task.algorithm_version).where(Task.task_type == name)
        made = dict(session.execute(query).all())
    assert len(made) == 1000

    def expected(order_no: str) -> str:
        place = int(hashlib.sha256(order_no.encode()).hexdigest()[:16], 16) % 100
        return "2.0.0" if place < 20 else "3.0.0" if place < 25 else "1.0.0"

    assert made == {order_no: expected(order_no) for order_no in made}
    counts = Counter(made.values())
    # 5 standard deviations: this fails once in a million runs
    assert 137 <= counts["2.0.0"] <= 263
    assert 16 <= counts["3.0.0"] <= 84


def test_the_hundredths_are_all_there_and_even() -> None:
    counts = Counter(service.bucket(f"T261122{number:010d}") for number in range(20_000))
    assert set(counts) == set(range(100))
    assert max(counts.values()) < 2 * min(counts.values())


def test_a_version_that_was_ordered_stays_the_orders_whatever_becomes_of_it(
    client: TestClient,
    platform: Platform,
    as_owner: Headers,
    runner: FakeEngine,
    add_version: Add,
    switch: Switch,
    order: Callable[..., Any],
    run_outbox: Any,
) -> None:
    from hounsfield.tasks.scheduler import schedule

    add_version("1.0.0", memory_mb=700)
    switch("1.0.0", state="ENABLED")
    made = order().json()
    add_version("2.0.0", memory_mb=900)
    switch("2.0.0", state="ENABLED")
    switch("1.0.0", state="DISABLED")
    run_outbox()
    schedule(platform)
    claim = runner.claim(made["task_id"], 1).json()
    assert claim["model"]["manifest"]["version"] == "1.0.0"
    assert 700 <= claim["memory_mb"] < 900
    assert order().json()["algorithm_version"] == "2.0.0"


def test_what_is_switched_off_cannot_be_ordered(
    client: TestClient,
    as_admin: Headers,
    as_owner: Headers,
    engine: FakeEngine,
    add_version: Add,
    switch: Switch,
    order: Callable[..., Any],
) -> None:
    add_version("1.0.0")
    switch("1.0.0", state="ENABLED")
    for name in ("dense_tissue", "plain"):
        path = f"/api/v1/admin/algorithms/{name}"
        line = client.put(path, json={"enabled": False}, headers=as_admin).json()
        assert line["enabled"] is False
        assert set(shares(line).values()) == {0}
        assert order(name).json()["code"] == "UNKNOWN_TASK_TYPE"
        assert client.put(path, json={"enabled": True}, headers=as_admin).json()["enabled"] is True
        assert order(name).status_code == 201


def test_a_price_is_the_price_tables(
    client: TestClient,
    as_admin: Headers,
    as_owner: Headers,
    add_version: Add,
    switch: Switch,
    order: Callable[..., Any],
) -> None:
    add_version("1.0.0")
    switch("1.0.0", state="ENABLED")
    path = "/api/v1/admin/algorithms/dense_tissue"
    rule = {"amount": 25, "units": ["POINT_LOW"]}
    line = client.put(path, json={"price": rule}, headers=as_admin).json()
    assert (line["price"]["amount"], line["own_price"]) == (25, True)
    table = client.get("/api/v1/admin/configs/task_prices", headers=as_admin).json()["value"]
    assert table == {"dense_tissue": rule}
    assert order().json()["price"] == {"amount": 25, "unit": "POINT_LOW"}
    line = client.put(path, json={"price": None}, headers=as_admin).json()
    assert (line["price"]["amount"], line["own_price"]) == (10, False)
    wrong = client.put(path, json={"price": {"amount": -1}}, headers=as_admin)
    assert wrong.status_code == 422


@pytest.mark.parametrize(
    ("version", "wish", "status", "code"),
    [
        ("1.0.0", {"canary_percent": 101}, 422, "VALIDATION_FAILED"),
        ("1.0.0", {"state": "MAYBE"}, 422, "VALIDATION_FAILED"),
        ("1.0.0", {"sha256": "0"}, 422, "VALIDATION_FAILED"),
        ("2.0.0", {"canary_percent": 60}, 422, "CANARY_OVER_100"),
        ("1.0.0", {"shadow": True}, 422, "SHADOW_TAKES_NO_ORDERS"),
        ("7.0.0", {"state": "ENABLED"}, 404, "NOT_FOUND"),
    ],
)
def test_shares_that_make_no_sense_change_nothing(
    version: str,
    wish: dict[str, Any],
    status: int,
    code: str,
    client: TestClient,
    as_admin: Headers,
    add_version: Add,
    switch: Switch,
) -> None:
    for name in ("1.0.0", "2.0.0"):
        add_version(name)
        switch(name, state="ENABLED")
    before = switch("1.0.0", canary_percent=50).json()
    answer = switch(version, **wish)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    after = client.get("/api/v1/admin/algorithms", headers=as_admin).json()["items"]
    assert after == [before]


def test_versions_of_engines_are_kept_but_not_switched_here(
    client: TestClient, as_admin: Headers, engine: FakeEngine, switch: Switch
) -> None:
    engine.algorithms = [{**MANIFEST, "version": "1.1.0", "memory_mb": 77}]
    engine.register()
    items = client.get("/api/v1/admin/algorithms", headers=as_admin).json()["items"]
    line = next(item for item in items if item["name"] == "ct_surface")
    assert {v["version"]: v["share_percent"] for v in line["versions"]} == {"1.1.0": 100, "1.0.0": 0}
    assert line["versions"][0]["manifest"]["memory_mb"] == 77
    answer = switch("1.1.0", name="ct_surface", state="DISABLED")
    assert (answer.status_code, answer.json()["code"]) == (409, "VERSION_OF_ENGINE")
    told = client.get("/api/v1/admin/algorithms/ct_surface/changes", headers=as_admin).json()["items"]
    assert [item["change"] for item in told] == [
        {"engine_version": ["1.0.0", "1.1.0"]},
        {"engine_version": [None, "1.0.0"]},
    ]
    assert {item["actor"] for item in told} == {"engine:engine-1"}


def test_what_an_engine_does_not_say_stays_as_it_was_known(platform: Platform, engine: FakeEngine) -> None:
    shorter = {key: MANIFEST[key] for key in ("name", "title")}
    for version in ("1.0.0", "1.2.0"):
        engine.algorithms = [{**shorter, "version": version}]
        engine.register()
        with platform.db.read() as session:
            known = service.described(session, "ct_surface", version)
        assert known is not None
        assert (known.input_kind, known.memory_mb, known.version) == ("ct_series", 1024, version)


def test_every_change_leaves_a_trace(
    client: TestClient, as_admin: Headers, add_version: Add, switch: Switch
) -> None:
    add_version("1.0.0")
    switch("1.0.0", state="ENABLED", canary_percent=30)
    switch("1.0.0", state="ENABLED")
    switch("1.0.0", canary_percent=0, shadow=True)
    path = "/api/v1/admin/algorithms/dense_tissue"
    client.put(path, json={"enabled": False}, headers=as_admin)
    client.put(path, json={"price": {"amount": 3}}, headers=as_admin)
    told = client.get(f"{path}/changes", headers=as_admin).json()["items"]
    assert {item["actor"] for item in told} == {"root"}
    assert [(item["version"], item["change"]) for item in told] == [
        (None, {"price": [None, {"amount": 3, "units": ["POINT_LOW", "POINT_HIGH"]}]}),
        (None, {"enabled": [True, False]}),
        ("1.0.0", {"canary_percent": [30, 0], "shadow": [False, True]}),
        ("1.0.0", {"state": ["DISABLED", "ENABLED"], "canary_percent": [0, 30]}),
        ("1.0.0", {"model_sha256": [None, hashlib.sha256(b"model 1.0.0").hexdigest()]}),
    ]
    assert all(item["at"] for item in told)
