"""Broker and database that go away, hang, or are cut off in the middle of the one statement that must not be lost."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from sqlalchemy import Connection, func, select, text
from tests.faults.production.conftest import Record
from tests.faults.production.faulty import FaultyFleet, go, holders, seconds_until
from tests.processes import until

from hounsfield.points.models import Charge, JournalEntry, LedgerAccount
from hounsfield.tasks.models import TaskFile

# how long the broker is away beyond what the test has to see: 60 in the form that is run by hand
AWAY_SECONDS = float(os.environ.get("HOUNSFIELD_TEST_FAULT_SECONDS", "0"))
GATE = 7_170_421  # an advisory lock that is nobody else's


def test_the_broker_is_away_and_orders_are_taken_all_the_same(
    fleet: FaultyFleet, hold: Path, record: Record
) -> None:
    running = fleet.order(hold=str(hold))
    until(lambda: bool(holders(hold)), "an engine to begin")
    fleet.broker.cut()
    ordered = [fleet.order() for _ in fleet.names("engine")]  # as many as can be given out
    go(hold)
    assert fleet.wait(running).status == "COMPLETED"  # engines report over HTTP
    until(lambda: set(ordered) <= _offered(fleet), "the outbox to keep what nobody takes")
    time.sleep(AWAY_SECONDS)
    assert {fleet.row(task_id).status for task_id in ordered} <= {"QUEUED", "ASSIGNED"}
    fleet.broker.heal()
    told = seconds_until(lambda: not fleet.outbox("offer"), "the offers to be published", 120)
    took = seconds_until(
        lambda: {fleet.row(task_id).status for task_id in ordered} == {"COMPLETED"},
        "the tasks to be done",
        120,
    )
    assert {fleet.row(task_id).attempt for task_id in ordered} == {1}
    record(seconds=round(told + took, 2), published_after=told, away=AWAY_SECONDS)


def _offered(fleet: FaultyFleet) -> set[str]:
    """Return the tasks whose offers wait in the outbox, one for each epoch that nobody has claimed."""
    return {str(message.body["task_id"]) for message in fleet.outbox("offer")}


def test_the_broker_hangs_and_goes_on(fleet: FaultyFleet, hold: Path, record: Record) -> None:
    running = fleet.order(hold=str(hold))
    until(lambda: bool(holders(hold)), "an engine to begin")
    fleet.broker.stall()
    ordered = [fleet.order() for _ in fleet.names("engine")]
    go(hold)
    assert fleet.wait(running).status == "COMPLETED"
    until(lambda: set(ordered) <= _offered(fleet), "the outbox to keep what is not confirmed")
    fleet.broker.heal()
    took = seconds_until(lambda: not fleet.outbox("job", "offer"), "the outbox to be empty", 120)
    fleet.wait_all()
    assert {(fleet.row(task_id).status, fleet.row(task_id).attempt) for task_id in ordered} == {
        ("COMPLETED", 1)
    }
    record(seconds=took)


@contextmanager
def _holding(fleet: FaultyFleet, statement: str, **values: object) -> Iterator[Connection]:
    """Hold a lock of the database that the platform will wait for."""
    with fleet.db.engine.connect() as connection:
        connection.execute(text(statement), values)
        yield connection
        connection.rollback()


def _somebody_waits(fleet: FaultyFleet, kind: str) -> bool:
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with fleet.db.engine.connect() as connection:
        return bool(connection.scalar(text(f"{query} AND wait_event = :kind"), {"kind": kind}))


def _charges(fleet: FaultyFleet, order_no: str) -> tuple[int, int]:
    with fleet.db.read() as session:
        charges = select(func.count()).where(Charge.order_no == order_no)
        captures = select(func.count()).where(
            JournalEntry.order_no == order_no, JournalEntry.kind == "capture"
        )
        return session.scalar(charges) or 0, session.scalar(captures) or 0


def test_the_database_is_cut_off_in_the_middle_of_the_charge(
    fleet: FaultyFleet, hold: Path, record: Record
) -> None:
    fleet.wait(fleet.order())  # its charge opens the pot that the next one will wait for
    task_id = fleet.order(hold=str(hold))
    until(lambda: bool(holders(hold)), "an engine to begin")
    pots = select(LedgerAccount.id).where(LedgerAccount.kind == "revenue").with_for_update()
    with fleet.db.engine.connect() as connection:
        assert connection.execute(pots).all()
        go(hold)
        until(lambda: _somebody_waits(fleet, "transactionid"), "the charge to wait for its pot")
        fleet.database.cut()
        connection.rollback()
    until(lambda: not _somebody_waits(fleet, "transactionid"), "the server to notice")
    assert fleet.row(task_id).status == "IN_PROGRESS"
    assert _charges(fleet, fleet.row(task_id).order_no) == (0, 0)
    fleet.database.heal()
    took = seconds_until(lambda: fleet.row(task_id).status == "COMPLETED", "the task to be completed")
    assert _charges(fleet, fleet.row(task_id).order_no) == (1, 1)
    record(seconds=took, attempts=fleet.row(task_id).attempt)


def test_the_answer_to_the_commit_of_the_charge_is_lost(
    fleet: FaultyFleet, hold: Path, record: Record
) -> None:
    task_id = fleet.order(hold=str(hold))
    until(lambda: bool(holders(hold)), "an engine to begin")
    with _gate_at_commit(fleet), _holding(fleet, "SELECT pg_advisory_lock(:gate)", gate=GATE) as gate:
        go(hold)
        until(lambda: _somebody_waits(fleet, "advisory"), "the commit to begin")
        fleet.database.cut()
        gate.execute(text("SELECT pg_advisory_unlock(:gate)"), {"gate": GATE})
        until(lambda: fleet.row(task_id).status == "COMPLETED", "the commit to be done")
    fleet.database.heal()
    # the engine has had no answer and asks again, even where its heartbeat hears first that nothing runs there any more
    done = "attempt.completed task=" + task_id
    engine = fleet.processes[str(fleet.row(task_id).assigned_engine_id)]
    took = seconds_until(lambda: done in engine.log.read_text(), "the engine to have its answer")
    assert [_complete_again(fleet, task_id) for _ in range(2)] == [(200, "COMPLETED")] * 2
    assert _charges(fleet, fleet.row(task_id).order_no) == (1, 1)
    record(seconds=took)


def _complete_again(fleet: FaultyFleet, task_id: str) -> tuple[int, str]:
    """Say what the engine of a completed task has said, and return how that was answered."""
    with fleet.db.read() as session:
        files = session.scalars(select(TaskFile).where(TaskFile.task_id == task_id, TaskFile.final)).all()
    named = ("name", "kind", "sha256", "size", "content_type")
    results = [{name: getattr(file, name) for name in named} for file in files]
    answers: list[httpx.Response] = []

    def answered() -> bool:
        """An API may find only now that its connections were cut; an engine asks again where it says 503."""
        answers.append(
            httpx.post(
                f"{fleet.url}/api/v1/tasks/{task_id}/complete",
                json={"epoch": fleet.row(task_id).epoch, "results": results},
                headers={"Authorization": f"Bearer {fleet.engine_token}"},
                timeout=30,
            )
        )
        return answers[-1].status_code != 503

    until(answered, "an answer to a repeated completion")
    return answers[-1].status_code, answers[-1].json().get("status")


@contextmanager
def _gate_at_commit(fleet: FaultyFleet) -> Iterator[None]:
    """Let every commit that has charged somebody wait for the gate."""
    make = (
        f"CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN PERFORM pg_advisory_xact_lock({GATE}); RETURN NULL; END $$",
        "CREATE CONSTRAINT TRIGGER gate AFTER INSERT ON charges DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION gate()",
    )
    with fleet.db.engine.begin() as connection:
        for statement in make:
            connection.execute(text(statement))
    try:
        yield
    finally:
        with fleet.db.engine.begin() as connection:
            connection.execute(text("DROP FUNCTION gate() CASCADE"))
