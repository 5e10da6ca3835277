"""When an order is queued at once, when a worker is asked, and how often."""

from datetime import timedelta
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import select, update
from tests.factories.dicom import ct_series, ct_zip
from tests.factories.engines import FakeEngine

from hounsfield.accounts.models import User
from hounsfield.imaging.intake import Intake
from hounsfield.imaging.models import Series
from hounsfield.imaging.store import refresh
from hounsfield.kit.db import db_now
from hounsfield.kit.outbox import OutboxMessage, waiting_jobs
from hounsfield.kit.platform import Platform
from hounsfield.notifications.models import UserEvent
from hounsfield.tasks.models import Task
from hounsfield.tasks.reaper import reap

Headers = dict[str, str]


def upload(client: TestClient, headers: Headers, **form: str) -> str:
    """Order `ct_surface` on an archive and return the task's id."""
    files = {"file": ("ct.zip", ct_zip(slices=8, rows=16), "application/zip")}
    answer = client.post(
        "/api/v1/files/upload", files=files, data={"task_type": "ct_surface"} | form, headers=headers
    )
    assert answer.status_code == 202, answer.text
    return str(answer.json()["task_id"])


def kinds(platform: Platform) -> list[str]:
    with platform.db.read() as session:
        return list(session.scalars(select(OutboxMessage.kind).order_by(OutboxMessage.id)))


def test_an_order_that_needs_no_images_is_queued_by_itself(
    client: TestClient, platform: Platform, owner: User, as_owner: Headers, engine: FakeEngine
) -> None:
    platform.relay.drain()
    body = client.post("/api/v1/tasks", json={"task_type": "plain"}, headers=as_owner).json()
    assert body["status"] == "QUEUED"
    assert [event["to"] for event in body["events"]] == ["CREATED", "QUEUED"]
    assert client.get(f"/api/v1/tasks/{body['task_id']}", headers=as_owner).json()["events"] == body["events"]
    assert "job" not in kinds(platform)
    with platform.db.read() as session:
        query = select(UserEvent.seq, UserEvent.name).where(UserEvent.user_id == owner.id)
        told = session.execute(query.order_by(UserEvent.seq)).all()
    assert told == [(1, "task_status"), (2, "balance_changed"), (3, "task_status")]


def test_an_order_on_images_that_were_checked_is_queued_by_itself(
    client: TestClient, platform: Platform, as_owner: Headers, engine: FakeEngine, run_outbox: Any
) -> None:
    first = upload(client, as_owner)
    assert kinds(platform).count("job") == 1
    run_outbox()
    seen = client.get(f"/api/v1/tasks/{first}", headers=as_owner).json()
    assert seen["status"] == "QUEUED"
    wish = {"task_type": "ct_surface", "study_uid": seen["study_uid"]}
    again = client.post("/api/v1/tasks", json=wish, headers=as_owner).json()
    assert (again["status"], again["series_uid"]) == ("QUEUED", seen["series_uid"])
    assert "job" not in kinds(platform)


def test_images_that_have_just_come_from_a_scanner_are_judged_at_the_order(
    client: TestClient, platform: Platform, owner: User, as_owner: Headers, engine: FakeEngine
) -> None:
    come = Intake(platform, owner.organization_id, owner.id, "dimse:CT1")
    first, second = come.take(list(ct_series(slices=8, rows=16).values()))[:2]
    assert first.series_uid == second.series_uid
    body = client.post(
        "/api/v1/tasks", json={"task_type": "ct_surface", "study_uid": first.study_uid}, headers=as_owner
    ).json()
    assert (body["status"], body["series_uid"]) == ("QUEUED", first.series_uid)


def test_images_that_come_after_a_verdict_are_judged_again(
    client: TestClient, platform: Platform, owner: User, as_owner: Headers, engine: FakeEngine
) -> None:
    slices = list(ct_series(slices=8, rows=16).values())
    come = Intake(platform, owner.organization_id, owner.id, "dimse:CT1")
    study = come.take([slices[0], slices[1], slices[5]])[0].study_uid
    with platform.db.write() as session:
        refresh(session, session.scalars(select(Series.id)))
        assert session.scalars(select(Series)).one().gate["ok"] is False
    come.take(slices)
    wish = {"task_type": "ct_surface", "study_uid": study}
    assert client.post("/api/v1/tasks", json=wish, headers=as_owner).json()["status"] == "QUEUED"


def test_what_cannot_be_computed_on_is_refused_by_a_worker_and_costs_nothing(
    client: TestClient, platform: Platform, as_owner: Headers, engine: FakeEngine, run_outbox: Any
) -> None:
    upload(client, as_owner)
    run_outbox()
    with platform.db.read() as session:
        study = session.scalars(select(Task.study_uid)).one()
    wish = {"task_type": "ct_surface", "study_uid": study, "series_uid": "1.2.3"}
    body = client.post("/api/v1/tasks", json=wish, headers=as_owner).json()
    assert body["status"] == "CREATED"
    run_outbox()
    ended = client.get(f"/api/v1/tasks/{body['task_id']}", headers=as_owner).json()
    assert (ended["status"], ended["failure_code"], ended["payment_status"]) == (
        "FAILED",
        "INPUT_GONE",
        "REFUNDED",
    )


def test_the_reaper_asks_once_while_nobody_can_be_asked(
    client: TestClient, platform: Platform, as_owner: Headers, engine: FakeEngine, run_outbox: Any
) -> None:
    task_id = upload(client, as_owner)
    with platform.db.write() as session:
        session.execute(update(Task).values(created_at=db_now(session) - timedelta(hours=1)))
    for _ in range(3):
        reap(platform)
    with platform.db.read() as session:
        assert waiting_jobs(session, "tasks.prepare") == [{"task_id": task_id}]
    with platform.db.write() as session:  # the broker lost it
        session.execute(OutboxMessage.__table__.delete())  # type: ignore[attr-defined]
    for _ in range(3):
        reap(platform)
    with platform.db.read() as session:
        assert waiting_jobs(session, "tasks.prepare") == [{"task_id": task_id}]
    run_outbox()
    assert client.get(f"/api/v1/tasks/{task_id}", headers=as_owner).json()["status"] == "QUEUED"


def test_a_task_that_is_handed_out_again_is_not_old(
    client: TestClient, platform: Platform, as_owner: Headers, engine: FakeEngine
) -> None:
    task_id = client.post("/api/v1/tasks", json={"task_type": "plain"}, headers=as_owner).json()["task_id"]
    with platform.db.read() as session:
        first = session.get_one(Task, task_id)
        assert first.queued_at == first.created_at or first.queued_at > first.created_at
    with platform.db.write() as session:
        long_ago = db_now(session) - timedelta(hours=1)
        values = {"status": "IN_PROGRESS", "assigned_engine_id": engine.engine_id}
        session.execute(update(Task).values({**values, "queued_at": long_ago, "lease_until": long_ago}))
    reap(platform)
    with platform.db.read() as session:
        again = session.get_one(Task, task_id)
        assert again.status == "QUEUED"
        assert db_now(session) - again.queued_at < timedelta(minutes=1)
