"""Engines that die, freeze, leave, crash or keep wrong time, while people wait for their tasks."""

import re
from datetime import datetime
from pathlib import Path

import psutil
from sqlalchemy import select
from tests.factories.dicom import ct_zip
from tests.faults.production.conftest import Record
from tests.faults.production.faulty import LEASE, REAPER, FaultyFleet, go, holders, seconds_until
from tests.processes import until
from tests.servers import missing

from hounsfield.tasks.models import TaskFile

FAKETIME = [*Path("/usr/lib").glob("*/faketime/libfaketime.so.1")]
ORDINARY = 60  # tasks beside one that crashes three engines
CANCEL_SECONDS = 5.0  # what a person who cancels is promised


def the_holder(hold: Path) -> str:
    until(lambda: bool(holders(hold)), "an engine to begin")
    return holders(hold)[0]


def test_an_engine_is_killed_and_another_takes_its_task(
    fleet: FaultyFleet, hold: Path, record: Record
) -> None:
    task_id = fleet.order(hold=str(hold))
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
    fenced = f"attempt.fenced task={task_id} epoch=1"
    until(lambda: fenced in fleet.processes[first].log.read_text(), "the first engine to be refused")
    assert fleet.row(task_id).status == "IN_PROGRESS"
    with fleet.db.read() as session:
        assert session.scalars(select(TaskFile).where(TaskFile.task_id == task_id)).all() == []
    go(hold, second)
    task = fleet.wait(task_id)
    assert (task.status, task.epoch, task.attempt) == ("COMPLETED", 2, 2)
    assert fleet.result(task_id) == f"{second}:2".encode()
    record(seconds=lost)


def test_a_task_that_crashes_three_engines_is_kept_from_the_fourth(
    fleet: FaultyFleet, record: Record
) -> None:
    poison = fleet.order(crash=True, priority=9)
    others = [fleet.order() for _ in range(ORDINARY)]
    fleet.wait_all()
    task = fleet.row(poison)
    assert (task.status, task.failure_code) == ("FAILED", "POISON")
    assert sorted(task.crashed_on) == ["engine-1", "engine-2", "engine-3"]
    rows = [fleet.row(task_id) for task_id in others]
    assert [(row.status, row.attempt) for row in rows] == [("COMPLETED", 1)] * ORDINARY
    # what the crashes took from the others is attempts, of which all engines together made so many
    made = sum(row.attempt for row in rows) + task.attempt
    assert ORDINARY / made >= 0.95
    took = task.completed_at - task.created_at
    record(seconds=round(took.total_seconds(), 2), share_of_attempts=round(ORDINARY / made, 3))


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


def test_clocks_five_minutes_off_change_nothing(fleet: FaultyFleet, record: Record) -> None:
    if not FAKETIME:
        missing("libfaketime is not installed (Debian: libfaketime)")
    for name, shift in {"engine-1": "+5m", "engine-2": "-5m"}.items():
        fleet.wrap(name, "env", f"LD_PRELOAD={FAKETIME[0]}", f"FAKETIME={shift}", "DONT_FAKE_MONOTONIC=1")
    fleet.end("engine-3")
    tasks = [fleet.order() for _ in range(10)]
    fleet.wait_all()
    rows = [fleet.row(task_id) for task_id in tasks]
    assert {(row.status, row.attempt) for row in rows} == {("COMPLETED", 1)}
    assert {row.assigned_engine_id for row in rows} == {"engine-1", "engine-2"}
    told = [_last_time(fleet.processes[name].log) for name in ("engine-1", "engine-2")]
    assert (told[0] - told[1]).total_seconds() > 500  # by their own logs they really lived ten minutes apart
    record(requeued=sum(row.requeues for row in rows))


def _last_time(log: Path) -> datetime:
    found = re.findall(r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)", log.read_text(), re.MULTILINE)
    return datetime.fromisoformat(found[-1])


def test_cancel_ends_the_childs_computation(fleet: FaultyFleet, hold: Path, record: Record) -> None:
    task_id = fleet.order(hold=str(hold))
    engine = the_holder(hold)
    child = psutil.Process(int(Path(f"{hold}.{engine}").read_text()))
    fleet.cancel(task_id)
    took = seconds_until(lambda: not alive(child), "the child to be gone", CANCEL_SECONDS)
    record(seconds=took)


def alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def test_cancel_ends_a_download_that_hangs(
    fleet: FaultyFleet, hold: Path, tmp_path: Path, record: Record
) -> None:
    _cut_short(fleet, "mute_inputs", tmp_path / "asked", record, archive=ct_zip(slices=8, rows=16))


def test_cancel_ends_an_upload_that_hangs(
    fleet: FaultyFleet, hold: Path, tmp_path: Path, record: Record
) -> None:
    _cut_short(fleet, "mute_outputs", tmp_path / "asked", record)


def _cut_short(
    fleet: FaultyFleet, fault: str, asked: Path, record: Record, archive: bytes | None = None
) -> None:
    fleet.sabotage(fleet.names("api"), fault, asked)
    task_id = fleet.order_on(archive, "looker") if archive else fleet.order()
    until(asked.exists, "a transfer to hang")
    task = fleet.row(task_id)
    folder = fleet.folder / str(task.assigned_engine_id) / f"{task_id}-1"
    assert folder.is_dir()
    fleet.cancel(task_id)
    record(seconds=seconds_until(lambda: not folder.exists(), "the engine to let go", CANCEL_SECONDS))
