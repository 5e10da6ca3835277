"""A version in the shadow: it runs beside orders, and nothing of anybody's knows of it."""

import gzip
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from numpy.typing import NDArray
from sqlalchemy import func, select
from tests.factories.engines import FakeEngine, result
from tests.invariants import faults

from hounsfield.kit.platform import Platform
from hounsfield.models3d.models import ModelInfo
from hounsfield.points.models import JournalEntry
from hounsfield.tasks.models import Task
from hounsfield.tasks.scheduler import schedule

Headers = dict[str, str]


def label_map(labels: NDArray[np.uint8]) -> bytes:
    """A label map as engines send it."""
    head = bytearray(352)
    struct.pack_into("<i", head, 0, 348)
    struct.pack_into("<8h", head, 40, 3, *labels.shape[::-1], 1, 1, 1, 1)
    struct.pack_into("<2h", head, 70, 2, 8)
    struct.pack_into("<4f", head, 76, 1, 1, 1, 1)
    struct.pack_into("<2f", head, 108, 352, 1)
    struct.pack_into("<h", head, 254, 1)
    struct.pack_into("<12f", head, 280, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0)
    head[344:348] = b"n+1\0"
    return gzip.compress(bytes(head) + labels.tobytes())


def box(*corners: int) -> NDArray[np.uint8]:
    labels = np.zeros((8, 8, 8), np.uint8)
    labels[corners[0] : corners[1]] = 1
    return labels


@pytest.fixture
def pair(
    platform: Platform,
    runner: FakeEngine,
    add_version: Callable[..., str],
    switch: Callable[..., Any],
    order: Callable[..., Any],
    run_outbox: Any,
) -> tuple[str, str]:
    """The ids of an order and of the task in its shadow, both queued."""
    add_version("1.0.0")
    add_version("2.0.0")
    switch("1.0.0", state="ENABLED")
    switch("2.0.0", state="ENABLED", shadow=True)
    task_id: str = order().json()["task_id"]
    run_outbox()
    with platform.db.read() as session:
        beside = session.scalars(select(Task.id).where(Task.shadow_of == task_id)).all()
    assert len(beside) == 1
    return task_id, beside[0]


def finish(engine: FakeEngine, task_id: str, labels: NDArray[np.uint8], volume: float) -> None:
    claim = engine.claim(task_id, 1)
    assert claim.status_code == 200, claim.text
    data = label_map(labels)
    assert engine.upload(task_id, 1, "labels.nii.gz", data).status_code == 201
    engine.upload(task_id, 1, "dense.stl", b"mesh")
    done = engine.post(
        f"/tasks/{task_id}/complete",
        {
            "epoch": 1,
            "results": [
                result("labels.nii.gz", data, "label_map", labels={"1": "dense"}),
                result("dense.stl", b"mesh", "mesh_stl", tissue="dense"),
            ],
            "metrics": {"labels": {"dense": {"value": 1, "voxels": 1, "volume_ml": volume}}},
        },
    )
    assert done.json()["status"] == "COMPLETED", done.text


def shadows(client: TestClient, headers: Headers) -> list[dict[str, Any]]:
    answer = client.get("/api/v1/admin/algorithms/dense_tissue/shadows", headers=headers)
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def test_it_charges_nothing_and_nobody_but_administrators_sees_it(
    client: TestClient,
    platform: Platform,
    as_owner: Headers,
    as_admin: Headers,
    runner: FakeEngine,
    pair: tuple[str, str],
    run_outbox: Any,
) -> None:
    task_id, beside = pair
    published = run_outbox()
    assert schedule(platform) == 2
    finish(runner, task_id, box(0, 4), 4.0)
    before = client.get("/api/v1/points/balance", headers=as_owner).json()
    with platform.db.read() as session:
        entries = session.scalar(select(func.count()).select_from(JournalEntry))
        sets = session.scalar(select(func.count()).select_from(ModelInfo))
    run_outbox()
    told = len(published.of("event"))
    runner.heartbeat({"task_id": beside, "epoch": 1, "progress": 10})
    finish(runner, beside, box(2, 6), 5.0)
    run_outbox()

    assert client.get("/api/v1/points/balance", headers=as_owner).json() == before
    with platform.db.read() as session:
        assert session.scalar(select(func.count()).select_from(JournalEntry)) == entries
        assert session.scalar(select(func.count()).select_from(ModelInfo)) == sets == 1
        shadow = session.get_one(Task, beside)
        assert (shadow.price_amount, shadow.model_info_id) == (0, None)
    assert all(
        beside not in str(event["data"]) and shadow.order_no not in str(event["data"])
        for event in published.of("event")
    )
    assert len(published.of("event")) == told
    for headers in (as_owner, as_admin):
        items = client.get("/api/v1/tasks", headers=headers).json()["items"]
        assert [item["task_id"] for item in items] == [task_id]
    for path in (f"tasks/{beside}", f"tasks/{beside}/results/labels.nii.gz"):
        assert client.get(f"/api/v1/{path}", headers=as_owner).status_code == 404
        assert client.get(f"/api/v1/{path}", headers=as_admin).status_code == 200
    assert client.post(f"/api/v1/tasks/{beside}/cancel", headers=as_owner).status_code == 404
    assert faults(platform) == []


def test_both_are_compared_label_by_label(
    client: TestClient,
    platform: Platform,
    as_admin: Headers,
    runner: FakeEngine,
    pair: tuple[str, str],
    run_outbox: Any,
) -> None:
    task_id, beside = pair
    schedule(platform)
    finish(runner, beside, box(2, 6), 5.0)
    run_outbox()
    assert shadows(client, as_admin)[0]["comparison"] is None
    finish(runner, task_id, box(0, 4), 4.0)
    run_outbox()
    (found,) = shadows(client, as_admin)
    assert (found["task_id"], found["order_task_id"]) == (beside, task_id)
    assert (found["version"], found["order_version"]) == ("2.0.0", "1.0.0")
    assert found["comparison"]["labels"] == {
        "dense": {"volume_ml": 4.0, "shadow_volume_ml": 5.0, "dice": 0.5}
    }
    assert found["comparison"]["seconds"] >= 0
    filtered = "/api/v1/admin/algorithms/dense_tissue/shadows?version=1.0.0"
    assert client.get(filtered, headers=as_admin).json()["total"] == 0


def test_maps_that_cannot_be_compared_leave_the_volumes(
    client: TestClient,
    platform: Platform,
    as_admin: Headers,
    runner: FakeEngine,
    pair: tuple[str, str],
    run_outbox: Any,
) -> None:
    task_id, beside = pair
    schedule(platform)
    finish(runner, beside, box(2, 6)[:4], 5.0)
    finish(runner, task_id, box(0, 4), 4.0)
    run_outbox()
    comparison = shadows(client, as_admin)[0]["comparison"]
    assert comparison["labels"] == {"dense": {"volume_ml": 4.0, "shadow_volume_ml": 5.0, "dice": None}}


@pytest.mark.parametrize("decision", ["user_facing", "poison"])
def test_its_failure_touches_nothing_of_the_owners(
    decision: str,
    client: TestClient,
    platform: Platform,
    as_owner: Headers,
    as_admin: Headers,
    runner: FakeEngine,
    pair: tuple[str, str],
    run_outbox: Any,
) -> None:
    task_id, beside = pair
    schedule(platform)
    runner.claim(task_id, 1)
    published = run_outbox()
    before = client.get(f"/api/v1/tasks/{task_id}", headers=as_owner).json()
    balance = client.get("/api/v1/points/balance", headers=as_owner).json()
    told = len(published.of("event"))
    runner.claim(beside, 1)
    assert runner.fail(beside, 1, decision).json()["status"] == "FAILED"
    run_outbox()
    assert client.get(f"/api/v1/tasks/{task_id}", headers=as_owner).json() == before
    assert client.get("/api/v1/points/balance", headers=as_owner).json() == balance
    assert len(published.of("event")) == told
    assert shadows(client, as_admin)[0]["status"] == "FAILED"
    again = client.post(f"/api/v1/tasks/{beside}/retry", headers=as_admin)
    assert (again.status_code, again.json()["code"]) == (409, "NOT_RETRYABLE")
    assert faults(platform) == []


def test_what_the_owner_cancels_is_cancelled_in_the_shadow_too(
    client: TestClient,
    platform: Platform,
    as_owner: Headers,
    as_admin: Headers,
    runner: FakeEngine,
    pair: tuple[str, str],
) -> None:
    task_id, beside = pair
    schedule(platform)
    runner.claim(beside, 1)
    assert client.post(f"/api/v1/tasks/{task_id}/cancel", headers=as_owner).status_code == 200
    assert shadows(client, as_admin)[0]["status"] == "CANCELLED"
    beat = runner.heartbeat({"task_id": beside, "epoch": 1, "progress": 50})
    assert beat.json()["cancel"] == [beside]
    assert faults(platform) == []


def test_it_stands_behind_every_order(
    platform: Platform, runner: FakeEngine, pair: tuple[str, str], order: Callable[..., Any], run_outbox: Any
) -> None:
    task_id, beside = pair
    late = order(priority=0).json()["task_id"]
    run_outbox()
    assert schedule(platform) == 2
    with platform.db.read() as session:
        status = dict(session.execute(select(Task.id, Task.status)).all())
    assert (status[task_id], status[late], status[beside]) == ("ASSIGNED", "ASSIGNED", "QUEUED")


def test_the_job_makes_one_shadow_however_often_it_runs(
    platform: Platform, pair: tuple[str, str], run_outbox: Any
) -> None:
    from hounsfield.kit.jobs import run_job

    task_id, _ = pair
    run_job(platform, "tasks.shadow", {"task_id": task_id})
    with platform.db.read() as session:
        assert session.scalar(select(func.count()).where(Task.shadow_of == task_id)) == 1


def test_a_shadow_takes_no_orders_and_without_it_there_is_none(
    platform: Platform,
    pair: tuple[str, str],
    switch: Callable[..., Any],
    order: Callable[..., Any],
    run_outbox: Any,
) -> None:
    assert {order().json()["algorithm_version"] for _ in range(5)} == {"1.0.0"}
    switch("2.0.0", state="DISABLED")
    task_id = order().json()["task_id"]
    run_outbox()
    with platform.db.read() as session:
        assert session.scalar(select(func.count()).where(Task.shadow_of == task_id)) == 0
