"""Engines that die, freeze, leave, crash or keep wrong time, while people wait for their tasks."""

import hashlib
import re
from collections import defaultdict
from datetime import datetime, timedelta
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

import httpx
import psutil
import pytest
from sqlalchemy import select
from tests.faults.production.conftest import Record
from tests.faults.production.faulty import (
    LEASE,
    REAPER,
    FaultyFleet,
    alive,
    go,
    holders,
    seconds_until,
    the_holder,
)
from tests.processes import until
from tests.servers import missing

from hounsfield.tasks.models import TaskEvent, TaskFile

FAKETIME = [*Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")]  # MT: engines have threads
ORDINARY = 60  # tasks beside one that crashes three engines
TASK_SECONDS = 0.3  # what one of them takes, so that they last beyond the pauses of the one that crashes
KEPT = 0.95  # of the throughput of all others


def test_an_engine_is_killed_and_another_takes_its_task(
    fleet: FaultyFleet, hold: Path, record: Record
) -> None:
    # one that says something to its dead engine would die of that alone
    task_id = fleet.order(hold=str(hold), deaf=True)
    first = the_holder(hold)
    child = psutil.Process(int(Path(f"{hold}.{first}").read_text()))
    fleet.kill(first)
    lost = seconds_until(lambda: len(holders(hold)) == 2, "another engine to begin", LEASE + REAPER + 20)
    assert not alive(child)
    second = next(name for name in holders(hold) if name != first)
    go(hold)
    task = fleet.wait(task_id)
    assert (task.status, task.epoch, task.attempt) == ("COMPLETED", 2, 2)
    assert fleet.result(task_id) == f"{second}:2".encode()
    record(seconds=lost)


def test_a_computation_does_not_outlive_what_watches_over_it(
    fleet: FaultyFleet, hold: Path, record: Record
) -> None:
    task_id = fleet.order(hold=str(hold), deaf=True)
    child = psutil.Process(int(Path(f"{hold}.{the_holder(hold)}").read_text()))
    keeper = child.parent()
    assert keeper is not None
    keeper.kill()
    gone = seconds_until(lambda: not alive(child), "the child to be gone", 5)
    until(lambda: len(holders(hold)) == 2, "another engine to begin")
    go(hold)
    task = fleet.wait(task_id)
    assert (task.status, task.epoch, task.attempt) == ("COMPLETED", 2, 2)
    record(seconds=gone)


def test_an_engine_that_slept_past_its_lease_changes_nothing(
    fleet: FaultyFleet, hold: Path, record: Record
) -> None:
    task_id = fleet.order(hold=str(hold))
    first = the_holder(hold)
    fleet.stop(first)
    lost = seconds_until(lambda: len(holders(hold)) == 2, "another engine to begin", LEASE + REAPER + 20)
    second = next(name for name in holders(hold) if name != first)
    go(hold, first)  # its child is done before it wakes up: it comes with a result
    fleet.cont(first)
    # it hears so in answer to its result, or before that to its heartbeat
    refused = re.compile(rf"attempt.(fenced|failure-not-taken) task={task_id} ")
    until(lambda: refused.search(fleet.processes[first].log.read_text()) is not None, "it to be refused")
    assert set(_said_late(fleet, task_id, epoch=1)) == {(409, "STALE_EPOCH")}
    assert fleet.row(task_id).status == "IN_PROGRESS"
    with fleet.db.read() as session:
        assert session.scalars(select(TaskFile).where(TaskFile.task_id == task_id)).all() == []
    go(hold, second)
    task = fleet.wait(task_id)
    assert (task.status, task.epoch, task.attempt) == ("COMPLETED", 2, 2)
    assert fleet.result(task_id) == f"{second}:2".encode()
    record(seconds=lost)


def _said_late(fleet: FaultyFleet, task_id: str, epoch: int) -> list[tuple[int, str]]:
    """Say all that an engine can say of an attempt, and return how each word was answered."""
    content, sha256 = b"late", hashlib.sha256(b"late").hexdigest()
    words = {
        "progress": {"progress": 50, "message": ""},
        "complete": {"results": []},
        "fail": {"code": "ENGINE_SHUTDOWN", "message": "", "decision": "retry_elsewhere"},
        "wait": {"message": "", "form": {}},
    }
    with httpx.Client(
        base_url=f"{fleet.url}/api/v1/tasks/{task_id}/",
        headers={
            "Authorization": f"Bearer {fleet.engine_token}",
            "X-Attempt-Epoch": str(epoch),
            "X-Content-SHA256": sha256,
        },
        timeout=30,
    ) as engine:
        answers = [engine.put("outputs/result.bin", content=content), engine.get(f"inputs/{sha256}")]
        answers += [engine.post(word, json={"epoch": epoch, **body}) for word, body in words.items()]
    return [(answer.status_code, answer.json().get("code", "")) for answer in answers]


@pytest.mark.timeout(600)  # twice sixty tasks, and five seconds of pauses
def test_a_task_that_crashes_three_engines_leaves_the_others_their_throughput(
    fleet: FaultyFleet, record: Record
) -> None:
    alone, _ = _load(fleet)
    beside, poison = _load(fleet, poisoned=True)
    assert poison is not None
    task = fleet.row(poison)
    assert (task.status, task.failure_code) == ("FAILED", "POISON")
    assert sorted(task.crashed_on) == ["engine-1", "engine-2", "engine-3"]
    # by count: how many others were done by the time the engines had done as much work as without it
    assert [turn.task_id for turn in alone].count(poison) == 0
    others = [turn.task_id for turn in beside[:ORDINARY]].count(poison)
    assert (ORDINARY - others) / ORDINARY >= KEPT
    # by time, what it took of the engines', their recovery included: told, for on a busy machine it proves nothing
    taken = sum(turn.seconds for turn in beside if turn.task_id == poison)
    share = 1 - taken / sum(turn.seconds for turn in beside)
    took = task.completed_at - task.created_at
    record(
        seconds=round(took.total_seconds(), 2),
        kept_of_the_engines_time=round(share, 3),
        seconds_a_task_without=_mean(alone, None),
        seconds_a_task_with=_mean(beside, poison),
    )


class Turn(NamedTuple):
    """From a claim of an engine to its next: the attempt, and whatever the engine needs until it can take another."""

    task_id: str
    began: datetime
    seconds: float


def _load(fleet: FaultyFleet, *, poisoned: bool = False) -> tuple[list[Turn], str | None]:
    """Run the same load, with or without a task that crashes, and return the engines' turns in their order."""
    poison = fleet.order(crash=True, priority=9) if poisoned else None
    others = [fleet.order(seconds=TASK_SECONDS) for _ in range(ORDINARY)]
    fleet.wait_all()
    rows = [fleet.row(task_id) for task_id in others]
    assert [(row.status, row.attempt) for row in rows] == [("COMPLETED", 1)] * ORDINARY
    with fleet.db.read() as session:
        mine = TaskEvent.task_id.in_([*others, *([poison] if poison else [])])
        events = list(session.scalars(select(TaskEvent).where(mine).order_by(TaskEvent.id)))
    claims: dict[str, list[TaskEvent]] = defaultdict(list)
    for event in events:
        if event.to_status == "IN_PROGRESS":
            claims[event.actor].append(event)
    end = max(event.at for event in events)
    turns = [
        Turn(this.task_id, this.at, ((then.at if then else end) - this.at).total_seconds())
        for mine in claims.values()
        for this, then in zip_longest(mine, mine[1:])
    ]
    return sorted(turns, key=lambda turn: turn.began), poison


def _mean(turns: list[Turn], poison: str | None) -> float:
    seconds = [turn.seconds for turn in turns if turn.task_id != poison]
    return round(sum(seconds) / len(seconds), 3)


def test_an_engine_drains_under_load_and_nothing_is_lost(
    fleet: FaultyFleet, hold: Path, record: Record
) -> None:
    held = [fleet.order(hold=str(hold)) for _ in range(3)]
    until(lambda: len(holders(hold)) == 3, "every engine to be busy")
    waiting = [fleet.order() for _ in range(10)]
    assert fleet.put("/engines/engine-2/drain", {"drain": True}).status_code == 200
    until(lambda: "engine.draining" in fleet.processes["engine-2"].log.read_text(), "engine-2 to hear of it")
    assert fleet.processes["engine-2"].running  # it finishes what it runs
    go(hold)
    left = seconds_until(lambda: not fleet.processes["engine-2"].running, "engine-2 to leave")
    assert fleet.processes["engine-2"].wait(1) == 0
    fleet.wait_all()
    rows = [fleet.row(task_id) for task_id in (*held, *waiting)]
    assert {(row.status, row.attempt, row.epoch) for row in rows} == {("COMPLETED", 1, 1)}
    assert {row.assigned_engine_id for row in rows[3:]} == {"engine-1", "engine-3"}
    record(seconds=left)


def test_clocks_five_minutes_off_change_nothing(fleet: FaultyFleet, hold: Path, record: Record) -> None:
    if not FAKETIME:
        missing("libfaketime is not installed (Debian: libfaketime)")
    for name, shift in {"engine-1": "+5m", "engine-2": "-5m"}.items():
        fleet.wrap([name], LD_PRELOAD=str(FAKETIME[0]), FAKETIME=shift, DONT_FAKE_MONOTONIC="1")
    fleet.end("engine-3")
    held = [fleet.order(hold=str(hold)) for _ in range(2)]
    until(lambda: len(holders(hold)) == 2, "both engines to be busy")
    first = {task_id: _lease_until(fleet, task_id) for task_id in held}
    kept = timedelta(seconds=2 * LEASE)
    until(lambda: all(_lease_until(fleet, task_id) > first[task_id] + kept for task_id in held), "two leases")
    go(hold)
    tasks = [*held, *(fleet.order() for _ in range(8))]
    fleet.wait_all()
    rows = [fleet.row(task_id) for task_id in tasks]
    assert {(row.status, row.attempt) for row in rows} == {("COMPLETED", 1)}
    assert {row.assigned_engine_id for row in rows} == {"engine-1", "engine-2"}
    told = [_last_time(fleet.processes[name].log) for name in ("engine-1", "engine-2")]
    assert (told[0] - told[1]).total_seconds() > 500  # by their own logs they really lived ten minutes apart
    record(requeued=sum(row.requeues for row in rows))


def _lease_until(fleet: FaultyFleet, task_id: str) -> datetime:
    lease = fleet.row(task_id).lease_until
    assert lease is not None, fleet.told(task_id)
    return lease


def _last_time(log: Path) -> datetime:
    found = re.findall(r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)", log.read_text(), re.MULTILINE)
    return datetime.fromisoformat(found[-1])
