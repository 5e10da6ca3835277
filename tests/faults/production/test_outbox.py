"""Between the commit and the broker: what is committed is published, however often, and happens once."""

from pathlib import Path

from sqlalchemy import func, select
from tests.factories.dicom import ct_zip
from tests.faults.production.conftest import Record
from tests.faults.production.faulty import FaultyFleet, seconds_until
from tests.faults.production.sabotage import COPIES
from tests.processes import until

from hounsfield.imaging.models import Instance, Series
from hounsfield.tasks.models import Task

SLICES = 8


def _order_until(fleet: FaultyFleet, api: str, reached: Path) -> list[str]:
    """Order at an API until its own relay, and not another process's, is where the fault is."""
    ordered = []
    while not reached.exists():
        archive = ct_zip(slices=8, rows=16, seed=f"{api} {len(ordered)}")
        ordered.append(fleet.order_on(archive, "looker", at=api))
        until(lambda: reached.exists() or not fleet.outbox("job"), "the relay to take the job")
    return ordered


def test_a_relay_that_dies_before_or_after_it_published(
    fleet: FaultyFleet, tmp_path: Path, record: Record
) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    fleet.sabotage(["api-1"], "before_publish", before)
    fleet.sabotage(["api-2"], "after_publish", after)
    lost = _order_until(fleet, "api-1", before)[-1]
    doubled = _order_until(fleet, "api-2", after)[-1]
    for api in ("api-1", "api-2"):
        fleet.kill(api)
    # jobs of other kinds may be published and not yet struck off
    left = {message.body["arguments"].get("task_id") for message in fleet.outbox("job")}
    assert {lost, doubled} <= left
    assert fleet.row(lost).status == "CREATED"
    fleet.again("api-2")  # its fault has struck, and strikes no more
    took = seconds_until(lambda: not fleet.outbox("job"), "another relay to publish them", 40)
    for task_id in (lost, doubled):
        assert fleet.wait(task_id).status == "COMPLETED"
        assert fleet.told(task_id).count("QUEUED/1 platform images checked") == 1
    record(seconds=took)


def test_every_message_three_times_and_in_any_order(
    fleet: FaultyFleet, tmp_path: Path, record: Record
) -> None:
    relays = [*fleet.names("api"), *fleet.names("worker"), *fleet.names("scheduler")]
    fleet.sabotage(relays, "thrice", tmp_path / "unused")
    # one engine has room for the copies of an offer that it is working on, and the others have not
    fleet.wrap(["engine-1"], HOUNSFIELD_ENGINE_CAPACITY=str(COPIES))
    tasks = [fleet.order(seconds=0.5) for _ in range(12)]
    tasks.append(fleet.order_on(ct_zip(slices=SLICES, rows=16, seed="thrice"), "looker"))
    fleet.wait_all()
    rows = [fleet.row(task_id) for task_id in tasks]
    assert {(row.status, row.attempt, row.epoch) for row in rows} == {("COMPLETED", 1, 1)}
    logs = [fleet.processes[engine].log.read_text() for engine in fleet.names("engine")]
    begun = {task_id: sum(log.count(f"attempt.started task={task_id}") for log in logs) for task_id in tasks}
    assert begun == dict.fromkeys(tasks, 1)
    assert _instances(fleet, rows[-1]) == SLICES
    refused = sum(log.count(f"offer.dropped task={task_id}") for log in logs for task_id in tasks)
    assert refused >= len(tasks)  # the copies were there, and were refused
    record(refused=refused, requeued=sum(row.requeues for row in rows))


def _instances(fleet: FaultyFleet, task: Task) -> int:
    with fleet.db.read() as session:
        stored = select(func.count(Instance.id)).join(Series, Series.id == Instance.series_id)
        return session.scalar(stored.where(Series.series_uid == task.series_uid)) or 0
