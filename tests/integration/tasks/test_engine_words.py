"""What an engine says reaches people in their language, where its manifest brought the words."""

from typing import Any

from fastapi.testclient import TestClient
from tests.factories.engines import PLAIN, FakeEngine

from hounsfield.kit.platform import Platform
from hounsfield.tasks.scheduler import schedule

Headers = dict[str, str]
WORDS = {
    "{tissue} done": "{tissue}已完成",
    "Bone": "骨骼",
    "no {tissue} was found": "没有找到{tissue}",
    "bone": "骨骼",
}


def test_progress_and_failure_are_told_in_the_readers_language(
    client: TestClient, platform: Platform, as_owner: Headers, engine: FakeEngine, run_outbox: Any
) -> None:
    engine.algorithms = [{**PLAIN, "version": "1.0.1", "translations": {"zh-CN": WORDS}}]
    engine.register()
    task_id = client.post("/api/v1/tasks", json={"task_type": "plain"}, headers=as_owner).json()["task_id"]
    run_outbox()
    schedule(platform)
    engine.claim(task_id, 1)
    engine.progress(task_id, 1, 40, "Bone done")
    event = next(body for body in run_outbox().of("event") if body["name"] == "task_progress")
    assert (event["data"]["message"], event["data"]["messages"]) == ("Bone done", {"zh-CN": "骨骼已完成"})

    def seen(language: str) -> dict[str, Any]:
        headers = {**as_owner, "Accept-Language": language}
        found: dict[str, Any] = client.get(f"/api/v1/tasks/{task_id}", headers=headers).json()
        return found

    assert seen("en")["progress_message"] == "Bone done"
    assert seen("zh-CN")["progress_message"] == "骨骼已完成"
    body = {"epoch": 1, "code": "TISSUE_NOT_FOUND", "message": "no bone was found", "decision": "user_facing"}
    engine.post(f"/tasks/{task_id}/fail", body)
    assert seen("en")["error_message"] == "no bone was found"
    assert seen("zh-CN")["error_message"] == "没有找到骨骼"
