"""The trash, holds, retention, and whether what is stored is still what it was."""

import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient
from sqlalchemy import func, select, update
from tests.factories.accounts import bearer, make_user
from tests.factories.dicom import ct_series
from tests.factories.engines import FakeEngine

from hounsfield.accounts.models import Tier, User
from hounsfield.archive import retention, trash
from hounsfield.archive.models import OrphanObject, StorageSample
from hounsfield.cli import storage
from hounsfield.imaging.intake import Intake
from hounsfield.imaging.models import Instance, Study
from hounsfield.kit.clock import utc_now
from hounsfield.kit.jobs import run_job
from hounsfield.kit.platform import Platform
from hounsfield.kit.storage import FileStore
from hounsfield.notifications.models import UserEvent

Headers = dict[str, str]
Bring = Callable[..., str]
Worklist = Callable[[], list[str]]


@pytest.fixture
def chief(platform: Platform, owner: User) -> User:
    return make_user(platform, "chief", organization_id=owner.organization_id, tier=Tier.ADMIN)


@pytest.fixture
def as_chief(platform: Platform, chief: User) -> Headers:
    return bearer(platform, chief)


def test_a_deleted_study_vanishes_at_once_and_comes_back_as_it_was(
    client: TestClient,
    as_owner: Headers,
    as_stranger: Headers,
    engine: FakeEngine,
    bring: Bring,
    worklist: Worklist,
    run_outbox: Any,
) -> None:
    uid = bring(slices=4)
    before = client.get(f"/api/v1/studies/{uid}", headers=as_owner).json()
    order = {"task_type": "ct_surface", "study_uid": uid}
    task = client.post("/api/v1/tasks", json=order, headers=as_owner).json()
    assert client.delete(f"/api/v1/studies/{uid}", headers=as_stranger).status_code == 404
    assert client.delete(f"/api/v1/studies/{uid}", headers=as_owner).status_code == 204
    assert worklist() == []
    assert client.get(f"/api/v1/studies/{uid}", headers=as_owner).status_code == 404
    assert client.post("/api/v1/tasks", json=order, headers=as_owner).status_code == 404
    ended = client.get(f"/api/v1/tasks/{task['task_id']}", headers=as_owner).json()
    assert (ended["status"], ended["payment_status"], ended["events"][-1]["reason_code"]) == (
        "CANCELLED",
        "REFUNDED",
        "STUDY_DELETED",
    )
    assert client.get("/api/v1/trash", headers=as_owner).json()["items"][0]["study_uid"] == uid
    assert client.get("/api/v1/trash", headers=as_stranger).json()["total"] == 0
    assert client.post(f"/api/v1/studies/{uid}/restore", headers=as_stranger).status_code == 404
    assert client.post(f"/api/v1/studies/{uid}/restore", headers=as_owner).status_code == 204
    assert client.get(f"/api/v1/studies/{uid}", headers=as_owner).json() == before
    assert client.get("/api/v1/trash", headers=as_owner).json()["total"] == 0


def test_who_sends_a_study_again_brings_it_back(
    client: TestClient, as_owner: Headers, bring: Bring, worklist: Worklist
) -> None:
    uid = bring(slices=2)
    client.delete(f"/api/v1/studies/{uid}", headers=as_owner)
    assert worklist() == []
    assert bring(slices=2) == uid
    assert worklist() == [uid]


def overdue(platform: Platform) -> None:
    with platform.db.write() as session:
        session.execute(update(Study).where(Study.deleted_at.is_not(None)).values(purge_at=utc_now()))
    trash.purge_due(platform)


def test_a_purged_study_is_gone_with_the_objects_that_nobody_else_has(
    client: TestClient, platform: Platform, as_owner: Headers, bring: Bring
) -> None:
    uid = bring(slices=3)
    stranger = make_user(platform, "also")
    shared = next(iter(ct_series(slices=3).values()))
    Intake(platform, stranger.organization_id, stranger.id, "stow").take([shared])
    with platform.db.read() as session:
        objects = set(session.scalars(select(Instance.sha256)))
        (kept,) = session.scalars(
            select(Instance.sha256).where(Instance.organization_id == stranger.organization_id)
        )
    client.delete(f"/api/v1/studies/{uid}", headers=as_owner)
    trash.purge_due(platform)
    assert client.get("/api/v1/trash", headers=as_owner).json()["total"] == 1, "its time is not over"
    overdue(platform)
    assert client.get("/api/v1/trash", headers=as_owner).json()["total"] == 0
    assert trash.remove_orphans(platform) == 0, "a moment ago somebody may have counted on them"
    assert trash.remove_orphans(platform, older_than=-1) == 2
    assert {sha256 for sha256 in objects if platform.blobs.exists(sha256)} == {kept}
    with platform.db.read() as session:
        assert session.scalar(select(func.count()).select_from(OrphanObject)) == 0
        assert session.scalar(select(func.count()).select_from(Instance)) == 1


def test_an_object_that_is_put_again_outlives_the_purge(
    platform: Platform, bring: Bring, client: TestClient, as_owner: Headers
) -> None:
    uid = bring(slices=2)
    with platform.db.read() as session:
        sha256 = session.scalars(select(Instance.sha256)).first()
    assert sha256
    client.delete(f"/api/v1/studies/{uid}", headers=as_owner)
    overdue(platform)
    assert isinstance(platform.blobs, FileStore)
    path = platform.blobs.path(sha256)
    data = path.read_bytes()
    os.utime(path, (1, 1))
    platform.blobs.put(data)
    assert platform.blobs.discard(sha256, time.time() - 60) is False
    os.utime(path, (1, 1))
    assert platform.blobs.discard(sha256, time.time() - 60) is True


def test_what_is_held_is_not_deleted_by_anybody(
    client: TestClient, platform: Platform, as_owner: Headers, as_chief: Headers, bring: Bring
) -> None:
    uid = bring(slices=2)
    hold = {"hold": True, "reason": "case 17"}
    assert client.put(f"/api/v1/studies/{uid}/hold", json=hold, headers=as_owner).status_code == 403
    assert client.put(f"/api/v1/studies/{uid}/hold", json=hold, headers=as_chief).status_code == 200
    answer = client.delete(f"/api/v1/studies/{uid}", headers=as_owner)
    assert (answer.status_code, answer.json()["code"]) == (409, "UNDER_LEGAL_HOLD")
    client.put(f"/api/v1/studies/{uid}/hold", json={"hold": False}, headers=as_chief)
    client.delete(f"/api/v1/studies/{uid}", headers=as_owner)
    client.put(f"/api/v1/studies/{uid}/hold", json=hold, headers=as_chief)
    overdue(platform)
    assert client.get("/api/v1/trash", headers=as_owner).json()["total"] == 1


def age(platform: Platform, uid: str, days: int) -> None:
    with platform.db.write() as session:
        then = utc_now() - timedelta(days=days)
        session.execute(update(Study).where(Study.study_uid == uid).values(created_at=then))


def test_retention_warns_first_and_then_puts_into_the_trash_what_is_not_held(
    client: TestClient, platform: Platform, as_chief: Headers, chief: User, bring: Bring, worklist: Worklist
) -> None:
    old, held, young = bring(slices=2), bring(slices=2, seed="held"), bring(slices=2, seed="young")
    other = bring(slices=2, seed="mr", attributes={"Modality": "MR"})
    for uid in (old, held, other):
        age(platform, uid, 400)
    client.put(f"/api/v1/studies/{held}/hold", json={"hold": True}, headers=as_chief)
    policy = {"policies": [{"modality": "CT", "days": 365}]}
    answer = client.put("/api/v1/retention", json=policy, headers=as_chief).json()
    assert (answer["due_soon"], answer["held"]) == (1, 1)
    retention.enforce(platform)
    assert set(worklist()) == {old, held, young, other}, "nothing without a warning"
    with platform.db.read() as session:
        events = session.scalars(select(UserEvent).where(UserEvent.user_id == chief.id)).all()
    assert [event.data["type"] for event in events if event.name == "notification"] == ["retention_warning"]
    with platform.db.write() as session:
        long_ago = utc_now() - timedelta(days=15)
        session.execute(
            update(Study).where(Study.retention_warned_at.is_not(None)).values(retention_warned_at=long_ago)
        )
    retention.enforce(platform)
    assert set(worklist()) == {held, young, other}
    assert client.get("/api/v1/trash", headers=as_chief).json()["items"][0]["deleted_by"] is None


def test_gauges_say_what_is_stored_of_what(
    client: TestClient, platform: Platform, as_chief: Headers, as_admin: Headers, bring: Bring
) -> None:
    bring(slices=2)
    run_job(platform, "archive.sweep", {})
    bring(slices=3, seed="mr", attributes={"Modality": "MR"})
    (today,) = client.get("/api/v1/admin/storage", headers=as_chief).json()["items"]
    assert today["growth_30_days"] is None, "hours tell nothing"
    with platform.db.write() as session:
        session.execute(update(StorageSample).values(day=f"{utc_now() - timedelta(days=1):%Y%m%d}"))
    (line,) = client.get("/api/v1/admin/storage", headers=as_chief).json()["items"]
    assert (line["studies"], line["instances"], set(line["by_modality"])) == (2, 5, {"CT", "MR"})
    assert line["size_bytes"] == sum(line["by_modality"].values())
    assert line["growth_30_days"] == line["by_modality"]["MR"]
    assert client.get("/api/v1/admin/storage", headers=as_admin).json()["total_bytes"] == line["size_bytes"]


@pytest.fixture
def damaged(platform: Platform, bring: Bring) -> list[str]:
    """One object that is missing and one that is not what it was, of four."""
    bring(slices=4)
    with platform.db.read() as session:
        objects = sorted(session.scalars(select(Instance.sha256)))
    assert isinstance(platform.blobs, FileStore)
    platform.blobs.path(objects[0]).unlink()
    path = platform.blobs.path(objects[1])
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    return objects


def test_a_check_names_what_is_missing_and_what_is_corrupt(
    client: TestClient, as_admin: Headers, as_chief: Headers, damaged: list[str], run_outbox: Any
) -> None:
    assert client.post("/api/v1/admin/storage/checks", headers=as_chief).status_code == 403
    begun = client.post("/api/v1/admin/storage/checks", headers=as_admin)
    assert begun.status_code == 202, begun.text
    assert client.post("/api/v1/admin/storage/checks", headers=as_admin).json()["code"] == "CHECK_RUNNING"
    run_outbox()
    (check,) = client.get("/api/v1/admin/storage/checks", headers=as_admin).json()["items"]
    assert (check["status"], check["checked"], check["lost"], check["repaired"]) == ("DONE", 4, 2, 0)
    assert {bad["sha256"]: bad["what"] for bad in check["bad"]} == {
        damaged[0]: "missing",
        damaged[1]: "corrupt",
    }


def test_what_a_second_copy_has_is_repaired(
    client: TestClient,
    platform: Platform,
    as_admin: Headers,
    bring: Bring,
    damaged: list[str],
    run_outbox: Any,
    tmp_path: Path,
) -> None:
    copy = FileStore(tmp_path / "copy")
    for data in ct_series(slices=4).values():
        copy.put(data)
    platform.settings = platform.settings.model_copy(
        update={"storage_copy_url": f"file://{tmp_path / 'copy'}"}
    )
    client.post("/api/v1/admin/storage/checks", headers=as_admin)
    run_outbox()
    (check,) = client.get("/api/v1/admin/storage/checks", headers=as_admin).json()["items"]
    assert (check["lost"], check["repaired"]) == (0, 2)
    client.post("/api/v1/admin/storage/checks", headers=as_admin)
    run_outbox()
    assert client.get("/api/v1/admin/storage/checks", headers=as_admin).json()["items"][0]["bad"] == []


def test_the_command_ends_with_8_where_an_object_is_lost(
    platform: Platform, damaged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "open_platform", lambda _settings: platform)
    monkeypatch.setattr(platform, "close", lambda: None)
    result = CliRunner().invoke(storage.storage, ["check"])
    assert result.exit_code == 8, result.output
    assert "4 objects, 0 repaired, 2 lost" in result.output


def test_views_of_the_worklist_are_kept_for_their_owner(
    client: TestClient, as_owner: Headers, as_stranger: Headers
) -> None:
    wish = {"name": "CT today", "filters": {"modality": "CT", "days": 1}}
    view = client.post("/api/v1/worklist-views", json=wish, headers=as_owner).json()
    assert (
        client.post("/api/v1/worklist-views", json=wish, headers=as_owner).json()["code"] == "VIEW_NAME_TAKEN"
    )
    (kept,) = client.get("/api/v1/worklist-views", headers=as_owner).json()["items"]
    assert (kept["name"], kept["filters"]["days"]) == ("CT today", 1)
    url = f"/api/v1/worklist-views/{view['view_id']}"
    assert client.delete(url, headers=as_stranger).status_code == 404
    assert client.delete(url, headers=as_owner).status_code == 204
