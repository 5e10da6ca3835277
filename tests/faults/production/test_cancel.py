"""Whoever cancels gets the engine free within five seconds: timed with the settings of production, not with ours."""

from pathlib import Path

import psutil
from tests.factories.dicom import ct_zip
from tests.faults.production.conftest import Record
from tests.faults.production.faulty import FaultyFleet, alive, seconds_until, the_holder
from tests.processes import until

from hounsfield.kit.settings import Settings

CANCEL_SECONDS = 5.0  # what a person who cancels is promised
PRODUCTION = {
    f"HOUNSFIELD_{name.upper()}": str(Settings.model_fields[name].default)
    for name in ("lease_seconds", "heartbeat_interval_seconds", "reaper_interval_seconds")
}


def test_cancel_frees_the_engine_with_the_clocks_of_production(
    fleet: FaultyFleet, hold: Path, tmp_path: Path, record: Record
) -> None:
    assert float(PRODUCTION["HOUNSFIELD_HEARTBEAT_INTERVAL_SECONDS"]) > CANCEL_SECONDS
    fleet.sabotage(fleet.names("api"), "mute", tmp_path / "asked", **PRODUCTION)
    fleet.wrap([*fleet.names("scheduler"), *fleet.names("engine")], **PRODUCTION)
    record(
        computing=_computing(fleet, hold, deaf=False),
        computing_deaf_and_silent=_computing(fleet, hold.with_name("deaf"), deaf=True),
        input_on_its_way=_transfer(fleet, tmp_path / "input", ct_zip(slices=8, rows=16, seed="cancelled")),
        result_on_its_way=_transfer(fleet, tmp_path / "output", None),
    )


def _computing(fleet: FaultyFleet, hold: Path, *, deaf: bool) -> float:
    """Cancel a computation; a deaf one says nothing and does not hear SIGTERM."""
    task_id = fleet.order(hold=str(hold), deaf=deaf)
    child = psutil.Process(int(Path(f"{hold}.{the_holder(hold)}").read_text()))
    fleet.cancel(task_id)
    return seconds_until(lambda: not alive(child), "the child to be gone", CANCEL_SECONDS)


def _transfer(fleet: FaultyFleet, asked: Path, archive: bytes | None) -> float:
    """Cancel a task whose input, or else whose result, hangs on its way."""
    task_id = fleet.order_on(archive, "looker") if archive else fleet.order()
    until(asked.exists, "a transfer to hang")
    folder = fleet.folder / str(fleet.row(task_id).assigned_engine_id) / f"{task_id}-1"
    assert folder.is_dir()
    fleet.cancel(task_id)
    return seconds_until(lambda: not folder.exists(), "the engine to let go", CANCEL_SECONDS)
