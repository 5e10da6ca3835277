"""A disk that is full: nothing is called done that is not there, and work goes on when there is room again."""

from pathlib import Path

import httpx
import pytest
from tests.factories.dicom import ct_zip
from tests.faults.production.conftest import Record
from tests.faults.production.faulty import FaultyFleet, go, holders, seconds_until
from tests.processes import until

RESULT_BYTES = 3 << 20


@pytest.fixture
def full_spool(fleet: FaultyFleet) -> Path:
    """The file that fills the spool; remove it, and there is room again."""
    if fleet.small_spool is None:
        pytest.skip("a small disk of its own can only be mounted by root")
    filler = fleet.small_spool / "filler"
    with pytest.raises(OSError, match="No space left"):
        _write_without_end(filler)
    return filler


def _write_without_end(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(1 << 16))


def test_a_result_waits_for_room_on_the_disk(
    fleet: FaultyFleet, hold: Path, full_spool: Path, record: Record
) -> None:
    task_id = fleet.order(hold=str(hold), bytes=RESULT_BYTES)
    until(lambda: bool(holders(hold)), "an engine to begin")
    go(hold)
    said = [fleet.processes[api].log for api in fleet.names("api")]
    until(lambda: any("No space left" in log.read_text() for log in said), "an API to find no room")
    assert fleet.row(task_id).status == "IN_PROGRESS"
    assert fleet.sound(at_rest=False) == []
    full_spool.unlink()
    took = seconds_until(lambda: fleet.row(task_id).status == "COMPLETED", "the result to be taken")
    assert len(fleet.result(task_id)) == RESULT_BYTES
    record(seconds=took, attempts=fleet.row(task_id).attempt)


def test_an_upload_without_room_is_refused_whole(
    fleet: FaultyFleet, full_spool: Path, record: Record
) -> None:
    archive = ct_zip(slices=8, rows=64, seed="no room")
    before = sorted(full_spool.parent.iterdir())
    answer = httpx.post(
        f"{fleet.url}/api/v1/files/upload",
        files={"file": ("ct.zip", archive, "application/zip")},
        data={"task_type": "looker"},
        headers=fleet.headers,
        timeout=30,
    )
    assert (answer.status_code, answer.json()["code"]) == (503, "UNAVAILABLE")
    assert sorted(full_spool.parent.iterdir()) == before
    full_spool.unlink()
    assert fleet.wait(fleet.order_on(archive, "looker")).status == "COMPLETED"
    record(status=answer.status_code, code=answer.json()["code"])
