"""Who is next, and where: shares between organizations, room in memory, tasks that nothing can run."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update
from tests.factories.accounts import make_actor, make_user
from tests.factories.engines import PLAIN, FakeEngine, engine_token

from hounsfield.accounts.models import User
from hounsfield.engines.models import Engine
from hounsfield.kit.db import db_now
from hounsfield.kit.platform import Platform
from hounsfield.points import ledger
from hounsfield.system import configs
from hounsfield.tasks import orders
from hounsfield.tasks.models import Task
from hounsfield.tasks.scheduler import GENERAL_OFFERS, schedule
from hounsfield.tasks.schemas import OrderWish

LARGE = {**PLAIN, "name": "large", "memory_mb": 6000}


@pytest.fixture
def fleet(client: TestClient, platform: Platform) -> Any:
    """Registers engines that say how much memory they have."""
    token = engine_token(platform)

    def register(engine_id: str, *, capacity: int = 1, memory_mb: int | None = None) -> FakeEngine:
        engine = FakeEngine(client, token, engine_id, capacity=capacity, algorithms=[PLAIN, LARGE])
        body = {
            "engine_id": engine_id,
            "boot_id": engine.boot_id,
            "hostname": "here",
            "port": 0,
            "capacity": capacity,
            "memory_mb": memory_mb,
            "supported_algorithms": engine.algorithms,
        }
        assert engine.post("/engines", body).status_code == 201
        return engine

    return register


def place(
    platform: Platform, user: User, count: int = 1, *, kind: str = "plain", priority: int = 4
) -> list[str]:
    """Order tasks for a person who has points enough, and return their ids."""
    actor = make_actor(platform, user)
    with platform.db.write() as session:
        ledger.grant(session, user.id, ledger.POINT_LOW, 10 * count, actor_id=None, reason="test")
        made = [
            orders.order(session, actor, OrderWish(task_type=kind, priority=priority)) for _ in range(count)
        ]
        return [task.id for task in made]


def work_off(platform: Platform, engine: FakeEngine) -> list[str]:
    """Let an engine do what it was given, one pass after the other, and return the owners in order."""
    order: list[str] = []
    while schedule(platform):
        with platform.db.read() as session:
            given = session.scalars(
                select(Task).where(Task.status == "ASSIGNED").order_by(Task.queue_rank)
            ).all()
        for task in given:
            order.append(task.owner_id)
            assert engine.claim(task.id, task.epoch).status_code == 200
            assert engine.complete(task.id, task.epoch).status_code == 200
    return order


def test_one_order_does_not_wait_behind_another_organizations_hundred(
    platform: Platform, fleet: Any, run_outbox: Any
) -> None:
    many, one, engine = make_user(platform, "many"), make_user(platform, "one"), fleet("a")
    place(platform, many, 40)
    run_outbox()
    for _ in range(5):  # it has had the engine to itself for a while
        schedule(platform)
        with platform.db.read() as session:
            task = session.scalars(select(Task).where(Task.status == "ASSIGNED")).one()
        engine.claim(task.id, 1)
        engine.complete(task.id, 1)
    place(platform, one, 1)
    run_outbox()
    assert one.id in work_off(platform, engine)[:2]


def test_organizations_with_backlogs_take_turns_by_weight(
    platform: Platform, fleet: Any, run_outbox: Any
) -> None:
    heavy, light = make_user(platform, "heavy"), make_user(platform, "light")
    with platform.db.write() as session:
        configs.put(session, "scheduling_weights", {heavy.organization_id: 3.0}, actor_id=None)
    engine = fleet("a")
    place(platform, heavy, 24)
    place(platform, light, 24)
    run_outbox()
    done = work_off(platform, engine)
    for upto in (8, 16, 24):
        assert done[:upto].count(light.id) == pytest.approx(upto / 4, abs=1)
    assert len(done) == 48


def test_priority_comes_before_shares(platform: Platform, fleet: Any, run_outbox: Any) -> None:
    first, urgent, engine = make_user(platform, "first"), make_user(platform, "urgent"), fleet("a")
    place(platform, first, 3)
    place(platform, urgent, 3, priority=9)
    run_outbox()
    assert work_off(platform, engine)[:3] == [urgent.id] * 3


def test_cancelled_orders_do_not_count_against_later_ones(
    client: TestClient, platform: Platform, fleet: Any, run_outbox: Any
) -> None:
    hasty, calm, engine = make_user(platform, "hasty"), make_user(platform, "calm"), fleet("a")
    actor = make_actor(platform, hasty)
    for task_id in place(platform, hasty, 30):
        run_outbox()
        with platform.db.write() as session:
            orders.cancel(session, actor, session.get_one(Task, task_id))
    place(platform, calm, 10)
    place(platform, hasty, 1)
    run_outbox()
    assert hasty.id in work_off(platform, engine)[:2]


def test_an_engine_gets_no_more_than_its_memory_holds(
    platform: Platform, fleet: Any, run_outbox: Any
) -> None:
    user = make_user(platform, "user")
    fleet("small", capacity=4, memory_mb=2100)
    place(platform, user, 4)  # 1024 MB each
    run_outbox()
    assert schedule(platform) == 2
    assert schedule(platform) == 0


def test_a_large_task_is_not_kept_out_by_small_ones(platform: Platform, fleet: Any, run_outbox: Any) -> None:
    user, engine = make_user(platform, "user"), fleet("a", capacity=4, memory_mb=6500)
    place(platform, user, 1)
    run_outbox()
    assert schedule(platform) == 1  # now 6000 MB are not free
    (large,) = place(platform, user, 1, kind="large", priority=6)
    place(platform, user, 5)
    run_outbox()
    assert schedule(platform) == 0  # the engine is kept for the large one
    with platform.db.read() as session:
        first = session.scalars(select(Task).where(Task.status == "ASSIGNED")).one()
    engine.claim(first.id, 1)
    engine.complete(first.id, 1)
    assert schedule(platform) == 1
    with platform.db.read() as session:
        assert session.get_one(Task, large).status == "ASSIGNED"


def test_the_least_loaded_engine_is_chosen_by_load_over_capacity(
    platform: Platform, fleet: Any, run_outbox: Any
) -> None:
    user = make_user(platform, "user")
    fleet("narrow", capacity=2)
    fleet("wide", capacity=8)
    place(platform, user, 5)
    run_outbox()
    schedule(platform)
    with platform.db.read() as session:
        given = session.scalars(select(Task.assigned_engine_id)).all()
    assert sorted(filter(None, given)) == ["narrow", "wide", "wide", "wide", "wide"]


@pytest.mark.parametrize(
    ("memory_mb", "kind", "code"), [(4000, "large", "NOT_ENOUGH_MEMORY"), (None, "gone", "NO_ENGINE")]
)
def test_a_task_that_nothing_can_ever_run_is_reported_and_not_charged(
    client: TestClient,
    platform: Platform,
    fleet: Any,
    run_outbox: Any,
    memory_mb: int | None,
    kind: str,
    code: str,
) -> None:
    user = make_user(platform, "user")
    fleet("a", memory_mb=memory_mb)
    (task_id,) = place(platform, user, kind="plain" if kind == "gone" else kind)
    run_outbox()
    if kind == "gone":
        with platform.db.write() as session:
            session.execute(update(Engine).values(algorithms=[]))
    schedule(platform)
    with platform.db.read() as session:
        task = session.get_one(Task, task_id)
    assert (task.status, task.waiting_reason) == ("QUEUED", code)  # an engine may be about to register
    with platform.db.write() as session:
        patience = timedelta(seconds=platform.settings.unschedulable_seconds + 1)
        session.get_one(Task, task_id).queued_at = db_now(session) - patience
    assert schedule(platform) == 1
    with platform.db.read() as session:
        task = session.get_one(Task, task_id)
        assert (task.status, task.failure_code, task.payment_status) == ("FAILED", code, "REFUNDED")
        assert ledger.balance(session, user.id, ledger.POINT_LOW, "held") == 0


def test_silent_engines_are_offered_so_many_tasks_and_no_more(
    platform: Platform, fleet: Any, run_outbox: Any
) -> None:
    user = make_user(platform, "user")
    fleet("asleep")
    place(platform, user, GENERAL_OFFERS + 10)
    run_outbox()
    with platform.db.write() as session:
        session.execute(update(Engine).values(heartbeat_at=db_now(session) - timedelta(minutes=5)))
    while schedule(platform):
        pass
    offers = run_outbox().of("offer")
    assert {offer["queue"] for offer in offers} == {"algorithm.plain"}
    assert len(offers) == GENERAL_OFFERS


def test_what_ran_out_of_memory_is_given_more_next_time(
    platform: Platform, fleet: Any, run_outbox: Any
) -> None:
    user, engine = make_user(platform, "user"), fleet("a", memory_mb=4000)
    (task_id,) = place(platform, user)
    run_outbox()
    schedule(platform)
    assert engine.claim(task_id, 1).json()["memory_mb"] == 1024
    assert engine.fail(task_id, 1, "retry_elsewhere", "OUT_OF_MEMORY").json()["status"] == "QUEUED"
    assert schedule(platform) == 1
    assert engine.claim(task_id, 2).json()["memory_mb"] == 2048


def test_a_task_waits_for_an_engine_it_has_not_crashed(
    platform: Platform, fleet: Any, run_outbox: Any
) -> None:
    first, second = fleet("first"), fleet("second")
    user = make_user(platform, "user")
    (fatal,) = place(platform, user)
    run_outbox()
    assert schedule(platform) == 1
    first.claim(fatal, 1)
    (other,) = place(platform, user)
    run_outbox()
    assert schedule(platform) == 1
    second.claim(other, 1)
    first.fail(fatal, 1, "retry_elsewhere", "ENGINE_CHILD_CRASHED")
    assert schedule(platform) == 0  # the first is free, and has died of it
    second.complete(other, 1)
    assert schedule(platform) == 1
    with platform.db.read() as session:
        assert session.get_one(Task, fatal).assigned_engine_id == "second"
