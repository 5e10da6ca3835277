"""A defect that shows at one task or message: it is logged, and the loops that keep everything moving go on."""

import os
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from kombu import Queue
from sqlalchemy import select, update
from tests.factories.engines import FakeEngine
from tests.processes import until
from tests.servers import own_vhost

from hounsfield.kit import undertaker
from hounsfield.kit.broker import DEAD, DEAD_LETTERS, Broker
from hounsfield.kit.db import db_now
from hounsfield.kit.dead_letters import DeadLetter
from hounsfield.kit.outbox import OutboxMessage, send_job, send_offer
from hounsfield.kit.platform import Platform
from hounsfield.kit.relay import Relay
from hounsfield.tasks import loop, requeue
from hounsfield.tasks.models import Task
from hounsfield.tasks.reaper import reap

Headers = dict[str, str]


class Once:
    """Calls what it stands for, but for the first time."""

    def __init__(self, call: Any) -> None:
        self._call, self.times = call, 0

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        self.times += 1
        if self.times == 1:
            raise KeyError("a defect")
        return self._call(*arguments, **named)


def test_a_task_that_cannot_be_moved_keeps_no_other_from_being_found(
    client: TestClient,
    platform: Platform,
    as_owner: Headers,
    engine: FakeEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    orders = [client.post("/api/v1/tasks", json={"task_type": "plain"}, headers=as_owner) for _ in range(2)]
    with platform.db.write() as session:
        values = {"status": "IN_PROGRESS", "assigned_engine_id": engine.engine_id}
        past = db_now(session) - timedelta(seconds=1)
        session.execute(update(Task).values({**values, "lease_until": past}))
    monkeypatch.setattr(requeue, "move", Once(requeue.move))
    assert reap(platform) == 2
    with platform.db.read() as session:
        states = {session.get_one(Task, order.json()["task_id"]).status for order in orders}
    assert states == {"IN_PROGRESS", "QUEUED"}
    assert reap(platform) == 1


def test_a_pass_that_breaks_does_not_end_the_scheduler(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes = Once(loop.schedule)
    monkeypatch.setattr(loop, "schedule", passes)
    running = loop.SchedulerLoop(platform)
    running.start()
    try:
        until(lambda: passes.times > 1, "another pass")
    finally:
        running.stop()


def test_a_message_that_breaks_does_not_end_the_relay(platform: Platform) -> None:
    published: list[OutboxMessage] = []
    relay = Relay(platform.db, Once(published.append), idle_seconds=0.05)
    relay.start()
    try:
        with platform.db.write() as session:
            send_job(session, "a.job")
        until(lambda: len(published) == 1, "the message to be published")
    finally:
        relay.stop()


def test_a_letter_that_cannot_be_kept_does_not_end_what_reads_them(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeping = Once(undertaker.bury)
    monkeypatch.setattr(undertaker, "bury", keeping)
    tap = undertaker.DeadLetterTap(platform)
    with platform.broker.celery.connection_for_write() as connection:
        connection.Producer().publish(
            {}, routing_key=DEAD, declare=[DEAD_LETTERS], exchange=DEAD_LETTERS.exchange
        )
    tap.start()
    try:
        until(lambda: keeping.times > 1, "it to be read again")
    finally:
        tap.stop()
    with platform.db.read() as session:
        assert session.scalars(select(DeadLetter.kind)).all() == ["other"]


def test_a_message_that_the_broker_refuses_holds_up_no_other(platform: Platform) -> None:
    with ExitStack() as stack:
        broker = Broker(own_vhost(stack, f"hounsfield_refused_{os.getpid()}"))
        stack.callback(broker.close)
        with broker.celery.connection_for_write() as connection:
            Queue("engine.taken", durable=False).declare(channel=connection.default_channel)
        relay = Relay(platform.db, broker.publish)
        with platform.db.write() as session:
            for queue in ("engine.taken", "engine.free"):
                send_offer(session, queue, task_id="t", epoch=1, priority=4)
        assert relay.drain() == 1
        assert broker.depth("engine.free") == 1
        assert relay.drain() == 0  # not again at once
        with platform.db.read() as session:
            left = session.scalars(select(OutboxMessage)).one()
        assert left.body["queue"] == "engine.taken"
