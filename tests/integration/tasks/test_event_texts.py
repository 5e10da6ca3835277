"""Why a task changed: a stable code for programs, a sentence in the reader's language for people."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.factories import dicom
from tests.factories.engines import FakeEngine

from hounsfield.kit import i18n
from hounsfield.kit.platform import Platform
from hounsfield.tasks.scheduler import schedule

Headers = dict[str, str]


def reasons(
    client: TestClient, headers: Headers, task_id: str, language: str
) -> list[tuple[str | None, str]]:
    told = client.get(f"/api/v1/tasks/{task_id}", headers={**headers, "Accept-Language": language}).json()
    return [(event["reason_code"], event["reason"]) for event in told["events"]]


@pytest.fixture
def assigned(
    client: TestClient, platform: Platform, as_owner: Headers, engine: FakeEngine, run_outbox: Any
) -> str:
    made = client.post("/api/v1/tasks", json={"task_type": "plain"}, headers=as_owner)
    run_outbox()
    schedule(platform)
    task_id: str = made.json()["task_id"]
    return task_id


def test_each_change_says_why_in_both_languages(
    client: TestClient, platform: Platform, as_owner: Headers, engine: FakeEngine, assigned: str
) -> None:
    engine.claim(assigned, 1)
    engine.fail(assigned, 1, "retry_elsewhere", "OUT_OF_MEMORY")
    schedule(platform)
    engine.claim(assigned, 2)
    engine.fail(assigned, 2, "retry_elsewhere", "GPU_BUSY")
    client.post(f"/api/v1/tasks/{assigned}/cancel", headers=as_owner)
    english, chinese = (reasons(client, as_owner, assigned, language) for language in ("en", "zh-CN"))
    assert english == [
        ("ORDERED", "ordered"),
        (None, ""),
        ("ENGINE_CHOSEN", "chose engine engine-1"),
        ("CLAIMED", "took the task"),
        ("OUT_OF_MEMORY", "the engine ran out of memory"),
        ("ENGINE_CHOSEN", "chose engine engine-1"),
        ("CLAIMED", "took the task"),
        ("GPU_BUSY", "handed it back (GPU_BUSY)"),
        ("CANCELLED", "cancelled"),
    ]
    assert [code for code, _ in chinese] == [code for code, _ in english]
    assert [text for _, text in chinese] == [
        "下单",
        "",
        "选定引擎 engine-1",
        "接手任务",
        "引擎内存不足",
        "选定引擎 engine-1",
        "接手任务",
        "交回任务（GPU_BUSY）",
        "取消",
    ]


def test_a_refusal_of_the_images_says_in_its_event_what_it_says_of_the_task(
    client: TestClient, as_owner: Headers, engine: FakeEngine, run_outbox: Any
) -> None:
    content = dicom.ct_zip(slices=12, missing=[5])
    form: dict[str, Any] = {"task_type": (None, "ct_surface"), "file": ("ct.zip", content, "application/zip")}
    task_id = client.post("/api/v1/files/upload", files=form, headers=as_owner).json()["task_id"]
    run_outbox()
    code, text = reasons(client, as_owner, task_id, "zh-CN")[-1]
    assert (code, "缺少 1 层" in text) == ("SLICES_MISSING", True)


def test_what_an_administrator_wrote_stays_as_it_is(
    client: TestClient, as_owner: Headers, as_admin: Headers, assigned: str
) -> None:
    wish = {"new_status": "FAILED", "message": "Scanner service, please order again."}
    client.put(f"/api/v1/tasks/{assigned}/status", json=wish, headers=as_admin)
    assert reasons(client, as_owner, assigned, "zh-CN")[-1] == (None, "Scanner service, please order again.")


def test_an_engine_that_uses_a_code_of_the_platform_without_its_values_is_quoted(
    client: TestClient, as_owner: Headers, engine: FakeEngine, assigned: str
) -> None:
    engine.claim(assigned, 1)
    engine.fail(assigned, 1, "user_facing", "TOO_FEW_SLICES")
    told = client.get(f"/api/v1/tasks/{assigned}", headers=as_owner).json()
    assert (told["failure_code"], told["error_message"]) == ("TOO_FEW_SLICES", "it broke")


def test_the_platforms_reasons_are_known_in_every_language() -> None:
    texts = {code: words for code, words in i18n.codes().items() if code.startswith("event.")}
    assert len(texts) > 20
    assert all(set(words) == set(i18n.LANGUAGES) for words in texts.values())
