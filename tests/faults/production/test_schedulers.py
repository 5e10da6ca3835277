"""Schedulers that die, and two that both believe they lead."""

import time
from collections import Counter
from pathlib import Path

import httpx
from sqlalchemy import select
from tests.faults.production.conftest import Record
from tests.faults.production.faulty import LEADER, FaultyFleet, go, holders, seconds_until
from tests.processes import until

from hounsfield.kit.leader import Leader
from hounsfield.tasks.models import TaskEvent


def _leader(fleet: FaultyFleet) -> tuple[str, int]:
    """Return who leads, and how often the lead has changed."""
    with fleet.db.read() as session:
        leader = session.get_one(Leader, "scheduler")
        return leader.holder, leader.term


def test_the_leading_scheduler_dies_and_the_other_leads(fleet: FaultyFleet, record: Record) -> None:
    fleet.kill("scheduler-2")
    fleet.wait(fleet.order())  # so scheduler-1 leads, whoever did before
    first = _leader(fleet)
    fleet.again("scheduler-2")
    time.sleep(LEADER)
    assert _leader(fleet) == first  # who stands by leaves the lead to whoever has it
    fleet.kill("scheduler-1")
    task_id = fleet.order()
    took = seconds_until(lambda: _leader(fleet) != first, "the other to lead", LEADER + 30)
    assert fleet.wait(task_id).status == "COMPLETED"
    assert _leader(fleet)[1] == first[1] + 1
    record(seconds=took)


def test_two_schedulers_that_both_lead_give_everything_out_once_and_fairly(
    fleet: FaultyFleet, hold: Path, tmp_path: Path, record: Record
) -> None:
    fleet.sabotage(fleet.names("scheduler"), "usurper", tmp_path / "unused")
    held = [fleet.order(hold=str(hold)) for _ in range(3)]
    until(lambda: len(holders(hold)) == 3, "every engine to be busy")
    many = [fleet.order() for _ in range(30)]
    until(lambda: {fleet.row(task_id).status for task_id in many} == {"QUEUED"}, "a backlog")
    stranger = fleet.register("stranger")
    answer = httpx.post(f"{fleet.url}/api/v1/tasks", json={"task_type": "toy"}, headers=stranger)
    single = str(answer.json()["task_id"])
    fleet.wait(single, "QUEUED")
    go(hold)
    fleet.wait_all()
    with fleet.db.read() as session:
        ours = select(TaskEvent).where(TaskEvent.task_id.in_([*held, *many, single])).order_by(TaskEvent.id)
        events = list(session.scalars(ours))
    for state in ("ASSIGNED", "IN_PROGRESS"):
        times = Counter((event.task_id, event.epoch) for event in events if event.to_status == state)
        assert set(times.values()) == {1}
    given = [event.task_id for event in events if event.to_status == "ASSIGNED"]
    place = given.index(single) - len(held)
    # not behind the thirty of the other organization: what one of the two is just looking at the other passes over, once
    assert place <= 2 * len(fleet.names("engine"))
    record(given=len(given), place_of_the_single_order=place)
