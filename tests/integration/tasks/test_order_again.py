"""Ordering a task again is offered where it can help, and refused with a reason where it cannot."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.factories import dicom
from tests.factories.engines import FakeEngine

from hounsfield.kit.platform import Platform
from hounsfield.tasks.scheduler import schedule

Headers = dict[str, str]


def uploaded(client: TestClient, headers: Headers, content: bytes) -> str:
    form: dict[str, Any] = {"task_type": (None, "ct_surface"), "file": ("ct.zip", content, "application/zip")}
    task_id: str = client.post("/api/v1/files/upload", files=form, headers=headers).json()["task_id"]
    return task_id


def test_what_the_integrity_gate_refused_is_not_offered_again(
    client: TestClient, as_owner: Headers, engine: FakeEngine, run_outbox: Any
) -> None:
    task_id = uploaded(client, as_owner, dicom.ct_zip(slices=12, missing=[5]))
    run_outbox()
    seen = client.get(f"/api/v1/tasks/{task_id}", headers=as_owner).json()
    assert (seen["failure_code"], seen["can"]["retry"]) == ("SLICES_MISSING", False)
    listed = client.get("/api/v1/tasks", headers=as_owner).json()["items"][0]
    assert listed["can"]["retry"] is False
    for language, word in (("en", "complete images"), ("zh-CN", "完整的影像")):
        refused = client.post(
            f"/api/v1/tasks/{task_id}/retry", headers={**as_owner, "Accept-Language": language}
        )
        assert (refused.status_code, refused.json()["code"]) == (409, "IMAGES_REFUSED")
        assert word in refused.json()["detail"]
    assert client.get("/api/v1/tasks", headers=as_owner).json()["total"] == 1


@pytest.mark.parametrize("code", ["TISSUE_NOT_FOUND", "TIMEOUT"])
def test_what_an_engine_could_not_do_may_be_ordered_again(
    client: TestClient, platform: Platform, as_owner: Headers, engine: FakeEngine, run_outbox: Any, code: str
) -> None:
    task_id = uploaded(client, as_owner, dicom.ct_zip(slices=4))
    run_outbox()
    schedule(platform)
    engine.claim(task_id, 1)
    engine.fail(task_id, 1, "user_facing", code)
    assert client.get(f"/api/v1/tasks/{task_id}", headers=as_owner).json()["can"]["retry"] is True
    assert client.post(f"/api/v1/tasks/{task_id}/retry", headers=as_owner).status_code == 201
