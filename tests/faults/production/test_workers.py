"""Workers that die with a job in their hands, and messages that nobody can use."""

import time
from pathlib import Path

import pytest
from kombu import Connection, Producer
from sqlalchemy import select
from tests.factories.dicom import ct_zip
from tests.faults.production.conftest import Record
from tests.faults.production.faulty import FaultyFleet, seconds_until
from tests.processes import until

from hounsfield.imaging.models import Instance, Series, Upload
from hounsfield.kit.broker import COMPUTE, Broker
from hounsfield.kit.dead_letters import DeadLetter
from hounsfield.kit.jobs import MAX_REDELIVERIES

NOTHING = b"\xff not a message"
SLICES = 70  # more than one batch of an ingest
DEATHS = MAX_REDELIVERIES + 1  # of a worker, before its job is set aside


def test_a_worker_dies_in_the_middle_of_an_archive(
    fleet: FaultyFleet, tmp_path: Path, record: Record
) -> None:
    reached = tmp_path / "reached"
    fleet.sabotage(["worker-1"], "in_ingest", reached)
    task_id = fleet.order_on(ct_zip(slices=SLICES, rows=16, seed="killed"), "looker")
    until(reached.exists, "the first batch to be stored")
    fleet.kill("worker-1")
    assert _instances(fleet, task_id) == 64
    fleet.again("worker-1")
    took = seconds_until(lambda: fleet.row(task_id).status == "COMPLETED", "the task to be done", 60)
    assert _instances(fleet, task_id) == SLICES
    record(seconds=took)


def _instances(fleet: FaultyFleet, task_id: str) -> int:
    with fleet.db.read() as session:
        upload = session.get_one(Upload, fleet.row(task_id).upload_id)
        made = select(Series.id).where(Series.created_at >= upload.created_at)
        return len(session.scalars(select(Instance.id).where(Instance.series_id.in_(made))).all())


@pytest.mark.timeout(600)  # the worker starts seven times
def test_a_job_that_takes_its_worker_down_is_set_aside_and_can_be_sent_again(
    fleet: FaultyFleet, tmp_path: Path, record: Record
) -> None:
    wanted = tmp_path / "wanted"
    wanted.touch()
    fleet.sabotage(["worker-1"], "deadly", wanted)
    worker, began = fleet.processes["worker-1"], time.monotonic()
    upload_id = fleet.upload(ct_zip(slices=8, rows=16, seed="deadly"))
    beside = fleet.order()  # a sound job that is in the worker's other hand
    for death in range(1, DEATHS + 1):
        until(lambda: not worker.running, f"the worker to die, for the {death}. time")
        fleet.start("worker-1")
    until(lambda: bool(_letters(fleet)), "a dead letter")
    took = round(time.monotonic() - began, 2)
    letter = _letters(fleet)[0]
    assert (letter.kind, letter.body["name"]) == ("job", "imaging.ingest")
    assert fleet.wait(beside).status == "COMPLETED"
    assert fleet.wait(fleet.order()).status == "COMPLETED"  # the worker lives and works
    (shown,) = fleet.get("/admin/queues/dead-letters")["items"]
    wanted.unlink()
    assert fleet.post(f"/admin/queues/dead-letters/{shown['id']}/redrive", None).status_code == 200
    until(lambda: _upload_status(fleet, upload_id) == "DONE", "the archive to be taken in")
    assert fleet.post(f"/admin/queues/dead-letters/{shown['id']}/redrive", None).status_code == 409
    record(seconds=took, deaths=DEATHS)


def _letters(fleet: FaultyFleet) -> list[DeadLetter]:
    with fleet.db.read() as session:
        return list(session.scalars(select(DeadLetter).where(DeadLetter.redriven_at.is_(None))))


def _upload_status(fleet: FaultyFleet, upload_id: str) -> str:
    with fleet.db.read() as session:
        return session.get_one(Upload, upload_id).status


def test_an_unreadable_message_is_set_aside_and_an_expired_offer_is_not(
    fleet: FaultyFleet, record: Record
) -> None:
    known = {letter.id for letter in _letters(fleet)}
    broker = Broker(fleet.broker_direct_url)
    gone = broker.compute_queue("engine.gone")
    with Connection(fleet.broker_direct_url) as connection:
        channel = connection.channel()
        bound = gone(channel)
        bound.declare()
        Producer(channel).publish(
            {"task_id": "t", "epoch": 1}, exchange=COMPUTE, routing_key="engine.gone", expiration=0.001
        )
        # it has left its queue for that of the dead before anything else does
        until(lambda: bound.queue_declare(passive=True).message_count == 0, "the offer to expire")
        offer = {"task": "engine.offer", "id": "1"}
        for body, headers in ((NOTHING, offer), (NOTHING, {}), (b'[[], {"task_id": 5}, {}]', offer)):
            Producer(channel).publish(
                body,
                exchange=COMPUTE,
                routing_key="engine.engine-1",
                headers=headers,
                content_type="application/json",
                content_encoding="utf-8",
            )
        bound.delete()
    broker.close()
    took = seconds_until(lambda: len(_letters(fleet)) == len(known) + 3, "three dead letters")
    new = [letter for letter in _letters(fleet) if letter.id not in known]
    assert [(letter.queue, letter.reason) for letter in new] == [("engine.engine-1", "rejected")] * 3
    assert fleet.get("/admin/queues")["dead_letters"] == len(known) + 3
    assert fleet.wait(fleet.order()).status == "COMPLETED"
    record(seconds=took)
