"""What a process commits is handed to its own relay in memory; the rows are there for when the process is not."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select, update
from tests.processes import until

from hounsfield.kit.clock import utc_now
from hounsfield.kit.outbox import OutboxMessage, send_job
from hounsfield.kit.platform import Platform
from hounsfield.kit.relay import Relay


@contextmanager
def running(relay: Relay) -> Iterator[None]:
    relay.start()
    try:
        yield
    finally:
        relay.stop()


def commit(platform: Platform, *names: str) -> None:
    with platform.db.write() as session:
        for name in names:
            send_job(session, name)


def left(platform: Platform) -> int:
    with platform.db.read() as session:
        return session.scalar(select(func.count()).select_from(OutboxMessage)) or 0


def test_a_relay_does_not_ask_for_what_its_process_has_committed(platform: Platform) -> None:
    published: list[OutboxMessage] = []
    asked: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("SELECT") and "FROM outbox" in statement:
            asked.append(statement)

    with running(Relay(platform.db, published.append, idle_seconds=60)):
        commit(platform, "first")
        until(lambda: published, "the first message")
        until(lambda: not left(platform), "it to be struck off")
        event.listen(platform.db.engine, "before_cursor_execute", note)
        for number in range(5):
            commit(platform, f"job {number}", f"another {number}")
        until(lambda: len(published) == 11, "the others")
        event.remove(platform.db.engine, "before_cursor_execute", note)
        until(lambda: not left(platform), "them to be struck off")
    assert not asked
    names = [message.body["name"] for message in published]
    assert names == ["first", *(f"{word} {n}" for n in range(5) for word in ("job", "another"))]


def test_what_a_dead_process_has_committed_is_published_by_another(platform: Platform) -> None:
    platform.db.info["relayed"] = {"job"}  # its relay will not come to it
    commit(platform, "left behind")
    published: list[OutboxMessage] = []
    other = Relay(platform.db, published.append)
    assert other.drain() == 0
    with platform.db.write() as session:
        session.execute(update(OutboxMessage).values(claimed_until=utc_now() - timedelta(seconds=1)))
    assert other.drain() == 1
    assert [message.body["name"] for message in published] == ["left behind"]
    assert left(platform) == 0


def test_what_the_broker_would_not_take_is_anybodys(platform: Platform) -> None:
    def away(_message: OutboxMessage) -> None:
        raise OSError("no broker")

    def free() -> bool:
        with platform.db.read() as session:
            return session.scalars(select(OutboxMessage.claimed_until)).all() == [None, None]

    relay = Relay(platform.db, away, idle_seconds=60)
    with running(relay):
        until(lambda: "job" in platform.db.info.get("relayed", ()), "the relay to take jobs")
        commit(platform, "one", "two")
        until(free, "them to be left to others")
    published: list[OutboxMessage] = []
    assert Relay(platform.db, published.append).drain() == 2


@pytest.mark.parametrize("count", [1, 3])
def test_a_relay_that_stops_publishes_what_it_was_handed(platform: Platform, count: int) -> None:
    published: list[OutboxMessage] = []
    relay = Relay(platform.db, published.append, idle_seconds=60)
    with running(relay):
        commit(platform, "first")
        until(lambda: published and not left(platform), "the first to be struck off")
        relay.gather_seconds = 60
        commit(platform, *(f"job {number}" for number in range(count)))
    assert len(published) == 1 + count
    assert left(platform) == 0
