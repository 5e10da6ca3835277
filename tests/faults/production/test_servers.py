"""Object store and Redis that are away: no result that is not stored, and nothing but news that is late."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.factories.dicom import ct_zip
from tests.faults.production.conftest import Record, whole
from tests.faults.production.faulty import FaultyFleet, go, holders, seconds_until
from tests.processes import until

from hounsfield.imaging.models import Upload

RESULT_BYTES = 24 << 20  # more than the buffers between an API and the bucket hold


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyFleet]:
    """A layout whose machines share a database, a broker, a bucket and Redis, and no disk."""
    folder = tmp_path_factory.mktemp("apart")
    with FaultyFleet(
        folder, apis=1, realtimes=1, workers=1, schedulers=1, engines=1, bucket=True, redis=True
    ) as fleet:
        yield fleet


@pytest.fixture
def fleet(apart: FaultyFleet) -> Iterator[FaultyFleet]:
    yield from whole(apart)


def test_the_bucket_is_overloaded_in_the_middle_of_a_result(
    fleet: FaultyFleet, hold: Path, record: Record
) -> None:
    task_id = fleet.order(hold=str(hold), bytes=RESULT_BYTES)
    until(lambda: bool(holders(hold)), "the engine to begin")
    fleet.bucket.stall_after(RESULT_BYTES // 3)
    go(hold)
    until(lambda: fleet.bucket.stalled, "a third of the result to be stored")
    fleet.bucket.refuse()
    said = [fleet.processes[api].log for api in fleet.names("api")]

    def given_up() -> bool:
        """The API has asked the bucket as often as it does, or has called the task done all the same."""
        told = any("object store" in log.read_text() for log in said)
        return fleet.bucket.refused >= 3 and (told or fleet.row(task_id).status != "IN_PROGRESS")

    until(given_up, "the API to have no bucket to store the result in")
    assert fleet.row(task_id).status == "IN_PROGRESS"
    assert fleet.sound(at_rest=False) == []
    fleet.bucket.heal()
    took = seconds_until(lambda: fleet.row(task_id).status == "COMPLETED", "the result to be stored", 120)
    assert len(fleet.result(task_id)) == RESULT_BYTES
    record(seconds=took, refused=fleet.bucket.refused)


def test_the_bucket_is_overloaded_while_an_archive_is_taken_in(fleet: FaultyFleet, record: Record) -> None:
    held = fleet.order_on(ct_zip(slices=8, rows=16, seed="before"), "looker")
    assert fleet.wait(held).status == "COMPLETED"
    refused = fleet.bucket.refused
    fleet.stop("worker-1")
    task_id = fleet.order_on(ct_zip(slices=70, rows=16, seed="overloaded"), "looker")
    fleet.bucket.refuse()
    fleet.cont("worker-1")
    until(lambda: fleet.bucket.refused > refused, "the worker to be refused")
    assert fleet.row(task_id).status == "CREATED"
    fleet.bucket.heal()
    took = seconds_until(lambda: fleet.row(task_id).status == "COMPLETED", "the archive to be taken in", 120)
    with fleet.db.read() as session:
        assert session.get_one(Upload, fleet.row(task_id).upload_id).status == "DONE"
    record(seconds=took, refused=fleet.bucket.refused - refused)


def test_redis_is_away_and_only_news_are_late(fleet: FaultyFleet, record: Record) -> None:
    fleet.redis.cut()
    began = time.monotonic()
    tasks = [fleet.order() for _ in range(2)]
    tasks.append(fleet.order_on(ct_zip(slices=8, rows=16, seed="without news"), "looker"))
    fleet.wait_all()
    assert {fleet.row(task_id).status for task_id in tasks} == {"COMPLETED"}
    done = round(time.monotonic() - began, 2)
    assert fleet.outbox("event")  # kept for whoever listens
    assert not fleet.outbox("job", "offer")
    fleet.redis.heal()
    took = seconds_until(lambda: not fleet.outbox("event"), "the news to be told")
    record(seconds=took, three_tasks_meanwhile=done)
