"""Whoever brings images in sees them being taken in, and the end of it."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from tests.factories import dicom
from tests.factories.engines import FakeEngine, engine_token

from hounsfield.kit.jobs import run_job
from hounsfield.kit.platform import Platform

Headers = dict[str, str]
Connect = Callable[..., Any]
IMAGES = 150
TUS = {"Tus-Resumable": "1.0.0"}


@pytest.fixture
def http(live: str, platform: Platform, as_owner: Headers) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{live}/api/v1", headers=as_owner) as client:
        yield client


@pytest.fixture
def upload_id(http: httpx.Client) -> str:
    """An upload that has arrived: images, and one file that is none."""
    content = dicom.zip_of({**dicom.ct_series(slices=IMAGES, rows=8), "readme.txt": b"not an image"})
    made = http.post("/uploads", headers={**TUS, "Upload-Length": str(len(content))})
    address = made.headers["Location"].removeprefix("/api/v1")
    headers = {**TUS, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    assert http.patch(address, content=content, headers=headers).status_code == 204
    return address.rpartition("/")[2]


def heard(client: Any, until: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    """Return every event up to the first that is wanted."""
    events: list[dict[str, Any]] = []
    while not events or not until(events[-1]):
        events.append(client.next())
    return events


def shows_progress(events: list[dict[str, Any]], **known: Any) -> None:
    reports = [event["data"] for event in events if event["name"] == "ingest_progress"]
    assert all(report[key] == value for report in reports for key, value in known.items())
    assert {report["total"] for report in reports} == {IMAGES}
    done = [report["done"] for report in reports]
    assert done[0] == 0
    assert done == sorted(done)
    assert any(0 < number < IMAGES for number in done), "nothing was said between the beginning and the end"
    assert (done[-1], reports[-1]["instances"], reports[-1]["skipped"]) == (IMAGES, IMAGES, 1)


def test_an_archived_upload_reports_its_progress(
    connect: Connect, http: httpx.Client, platform: Platform, as_owner: Headers, upload_id: str
) -> None:
    client = connect(token=as_owner["Authorization"].removeprefix("Bearer "))
    client.expect("connect")
    assert http.post(f"/uploads/{upload_id}/ingest").status_code == 202
    owner_id = http.get("/users/profile").json()["user_id"]
    run_job(platform, "imaging.ingest", {"upload_id": upload_id, "owner_id": owner_id})
    events = heard(client, lambda event: event["name"] == "ingest_finished")
    shows_progress(events, upload_id=upload_id, task_id=None)
    assert (events[-1]["data"]["upload_id"], events[-1]["data"]["status"]) == (upload_id, "DONE")


def test_an_ordered_upload_reports_its_progress_with_its_task(
    connect: Connect, http: httpx.Client, live: str, platform: Platform, as_owner: Headers, upload_id: str
) -> None:
    with httpx.Client(base_url=live) as engine:
        FakeEngine(engine, engine_token(platform)).register()  # type: ignore[arg-type]  # the same calls
    client = connect(token=as_owner["Authorization"].removeprefix("Bearer "))
    client.expect("connect")
    answer = http.post("/tasks", json={"task_type": "ct_surface", "upload_id": upload_id})
    task_id = answer.json()["task_id"]
    run_job(platform, "tasks.prepare", {"task_id": task_id})
    events = heard(client, lambda event: event["data"].get("status") == "QUEUED")
    shows_progress(events, upload_id=upload_id, task_id=task_id)
