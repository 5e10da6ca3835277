"""What comes in: forms and tus, good and bad; a refusal keeps nothing and costs nothing."""

import base64
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.factories import dicom
from tests.factories.engines import FakeEngine

from hounsfield.kit.platform import Platform

Headers = dict[str, str]
TUS = {"Tus-Resumable": "1.0.0"}


def post_zip(client: TestClient, headers: Headers, content: bytes, **fields: str) -> Any:
    form: dict[str, Any] = {
        name: (None, value) for name, value in {"task_type": "ct_surface", **fields}.items()
    }
    form["file"] = ("../../ct.zip", content, "application/zip")
    return client.post("/api/v1/files/upload", files=form, headers=headers)


def nothing_was_kept(client: TestClient, platform: Platform, headers: Headers) -> bool:
    spool = [path.name for path in platform.settings.spool_dir.iterdir()]
    low = client.get("/api/v1/points/balance", headers=headers).json()["low"]
    counts = [
        client.get(f"/api/v1/{what}", headers=headers).json()["total"]
        for what in ("tasks", "uploads", "models")
    ]
    return spool == [] and low == {"available": 100, "held": 0} and counts == [0, 0, 0]


def test_a_zip_becomes_a_searchable_study_and_a_queued_task(
    client: TestClient, platform: Platform, as_owner: Headers, engine: FakeEngine, run_outbox: Any
) -> None:
    answer = post_zip(
        client, as_owner, dicom.ct_zip(slices=5), model_name="knee", parameters='{"tissues":["bone"]}'
    )
    assert answer.status_code == 202
    assert answer.json()["status"] == "CREATED"
    run_outbox()
    task = client.get(f"/api/v1/tasks/{answer.json()['task_id']}", headers=as_owner).json()
    assert (task["status"], task["name"], task["parameters"]) == ("QUEUED", "knee", {"tissues": ["bone"]})
    study = client.get(f"/api/v1/studies/{task['study_uid']}", headers=as_owner).json()
    assert (study["instance_count"], study["modalities"]) == (5, ["CT"])
    assert study["series"][0]["gate"]["ok"] is True
    assert study["series"][0]["size"] == [32, 32, 5]
    upload = client.get(f"/api/v1/uploads/{task['upload_id']}", headers=as_owner).json()
    assert (upload["status"], upload["ingest"]["instances"], upload["filename"]) == (
        "DONE",
        5,
        "../../ct.zip",
    )
    assert list(platform.settings.spool_dir.iterdir()) == []


def test_the_same_images_again_are_recognised(
    client: TestClient, as_owner: Headers, engine: FakeEngine, run_outbox: Any
) -> None:
    for _ in range(2):
        last = post_zip(client, as_owner, dicom.ct_zip(slices=4)).json()
        run_outbox()
    upload_id = client.get(f"/api/v1/tasks/{last['task_id']}", headers=as_owner).json()["upload_id"]
    ingest = client.get(f"/api/v1/uploads/{upload_id}", headers=as_owner).json()["ingest"]
    assert (ingest["instances"], ingest["duplicates"]) == (0, 4)
    assert client.get("/api/v1/studies", headers=as_owner).json()["total"] == 1


def test_members_that_are_no_images_are_listed_and_skipped(
    client: TestClient, as_owner: Headers, engine: FakeEngine, run_outbox: Any
) -> None:
    files = {
        **dicom.ct_series(slices=4),
        "readme.txt": b"hello",
        "old.zip": b"PK\x03\x04",
        "bad.dcm": b"\0" * 128 + b"DICM",
    }
    task_id = post_zip(client, as_owner, dicom.zip_of(files)).json()["task_id"]
    run_outbox()
    task = client.get(f"/api/v1/tasks/{task_id}", headers=as_owner).json()
    assert task["status"] == "QUEUED"
    skipped = client.get(f"/api/v1/uploads/{task['upload_id']}", headers=as_owner).json()["ingest"]["skipped"]
    assert {item["name"] for item in skipped} == {"readme.txt", "old.zip", "bad.dcm"}


FILES = dicom.ct_series(slices=3)
BAD_ARCHIVES = {
    "not a zip": (b"hello, I am not an archive", "NOT_A_ZIP"),
    "one file": (next(iter(FILES.values())), "NOT_A_ZIP"),
    "cut off": (dicom.zip_truncated(FILES), "ZIP_TRUNCATED"),
    "encrypted": (dicom.zip_encrypted(FILES), "ZIP_ENCRYPTED"),
    "slip": (dicom.zip_slip(), "ZIP_UNSAFE_NAME"),
    "bomb": (dicom.zip_bomb(), "ZIP_BOMB"),
    "overlap": (dicom.zip_overlapping(next(iter(FILES.values()))), "ZIP_OVERLAP"),
    "no image": (dicom.zip_of({"a.txt": b"x"}), "NO_DICOM_IMAGE"),
    "nested": (dicom.zip_nested(FILES), "NO_DICOM_IMAGE"),
}


@pytest.mark.parametrize("name", BAD_ARCHIVES)
def test_a_bad_archive_is_refused_at_once_with_its_reason_and_nothing_is_kept(
    client: TestClient, platform: Platform, as_owner: Headers, engine: FakeEngine, name: str
) -> None:
    content, code = BAD_ARCHIVES[name]
    answer = post_zip(client, {**as_owner, "Accept-Language": "zh-CN"}, content)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert any("\u4e00" <= letter <= "\u9fff" for letter in answer.json()["detail"])
    assert nothing_was_kept(client, platform, as_owner)


@pytest.mark.parametrize(
    ("defects", "code"),
    [
        ({"missing": [5]}, "SLICES_MISSING"),
        ({"repeated": [3]}, "DUPLICATE_POSITIONS"),
        ({"tilt": 15.0}, "GANTRY_TILT"),
        ({"attributes": {"Modality": "MR"}}, "NOT_CT"),
    ],
)
def test_a_series_that_is_no_volume_fails_the_task_with_a_reason_and_no_charge(
    client: TestClient,
    as_owner: Headers,
    engine: FakeEngine,
    run_outbox: Any,
    defects: dict[str, Any],
    code: str,
) -> None:
    task_id = post_zip(client, as_owner, dicom.ct_zip(slices=12, **defects)).json()["task_id"]
    run_outbox()
    task = client.get(f"/api/v1/tasks/{task_id}", headers={**as_owner, "Accept-Language": "zh-CN"}).json()
    assert (task["status"], task["failure_code"]) == ("FAILED", code)
    assert any("\u4e00" <= letter <= "\u9fff" for letter in task["error_message"])
    assert client.get("/api/v1/points/balance", headers=as_owner).json()["low"] == {
        "available": 100,
        "held": 0,
    }


@pytest.mark.parametrize(
    "fields",
    [
        {"parameters": "{"},
        {"parameters": "[1]"},
        {"priority": "soon"},
        {"priority": "11"},
        {"task_type": ""},
        {"unknown": "1"},
    ],
)
def test_a_bad_field_is_named_and_nothing_is_kept(
    client: TestClient, platform: Platform, as_owner: Headers, engine: FakeEngine, fields: dict[str, str]
) -> None:
    answer = post_zip(client, as_owner, dicom.ct_zip(slices=3), **fields)
    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_FIELD")
    assert next(iter(fields)) in answer.json()["detail"]
    assert nothing_was_kept(client, platform, as_owner)


@pytest.mark.parametrize(
    "body", [b"", b"--x\r\n", b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc']
)
def test_a_broken_form_is_refused_and_nothing_is_kept(
    client: TestClient, platform: Platform, as_owner: Headers, body: bytes
) -> None:
    headers = {**as_owner, "Content-Type": "multipart/form-data; boundary=x"}
    answer = client.post("/api/v1/files/upload", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_FORM")
    assert nothing_was_kept(client, platform, as_owner)


def test_the_size_limit_is_said_before_the_transfer_and_kept_during_it(
    client: TestClient, platform: Platform, as_owner: Headers, as_admin: Headers, engine: FakeEngine
) -> None:
    client.put("/api/v1/admin/configs/max_upload_bytes", json={"value": 1000}, headers=as_admin)
    assert client.get("/api/v1/system/info").json()["max_upload_bytes"] == 1000
    announced = client.post("/api/v1/uploads", headers={**as_owner, **TUS, "Upload-Length": "1001"})
    sent = post_zip(client, as_owner, dicom.ct_zip(slices=12, rows=64))
    for answer in (announced, sent):
        assert (answer.status_code, answer.json()["code"]) == (413, "FILE_TOO_LARGE")
    assert nothing_was_kept(client, platform, as_owner)


def begin(client: TestClient, headers: Headers, size: int) -> str:
    name = base64.b64encode("扫描.zip".encode()).decode()
    made = client.post(
        "/api/v1/uploads",
        headers={**headers, **TUS, "Upload-Length": str(size), "Upload-Metadata": f"filename {name}"},
    )
    assert made.status_code == 201
    return str(made.headers["Location"])


def append(client: TestClient, headers: Headers, place: str, offset: int, content: bytes, **more: str) -> Any:
    sent = {
        **headers,
        **TUS,
        "Upload-Offset": str(offset),
        "Content-Type": "application/offset+octet-stream",
        **more,
    }
    return client.patch(place, content=content, headers=sent)


def test_an_upload_goes_on_where_it_was_left_and_can_then_be_ordered_on(
    client: TestClient, as_owner: Headers, engine: FakeEngine, run_outbox: Any
) -> None:
    content = dicom.ct_zip(slices=4)
    place = begin(client, as_owner, len(content))
    assert append(client, as_owner, place, 0, content[:1000]).headers["Upload-Offset"] == "1000"
    upload_id = place.rsplit("/", 1)[1]
    early = client.post(
        "/api/v1/tasks", json={"task_type": "ct_surface", "upload_id": upload_id}, headers=as_owner
    )
    assert early.json()["code"] == "UPLOAD_INCOMPLETE"
    wrong = append(client, as_owner, place, 500, content[500:])
    assert (wrong.status_code, wrong.json()["code"]) == (409, "UPLOAD_OFFSET_MISMATCH")
    assert client.head(place, headers={**as_owner, **TUS}).headers["Upload-Offset"] == "1000"
    assert append(client, as_owner, place, 1000, content[1000:] + b"x").status_code == 413
    assert append(client, as_owner, place, 1000, content[1000:]).status_code == 204
    listed = client.get(f"/api/v1/uploads/{upload_id}", headers=as_owner).json()
    assert (listed["status"], listed["filename"]) == ("RECEIVED", "扫描.zip")
    form = {"task_type": (None, "ct_surface"), "upload_id": (None, upload_id)}
    ordered = client.post("/api/v1/files/upload", files=form, headers=as_owner)
    assert ordered.status_code == 202
    run_outbox()
    assert (
        client.get(f"/api/v1/tasks/{ordered.json()['task_id']}", headers=as_owner).json()["status"]
        == "QUEUED"
    )


def test_tus_speaks_the_protocol(client: TestClient, as_owner: Headers, as_stranger: Headers) -> None:
    offered = client.options("/api/v1/uploads", headers=as_owner).headers
    assert (offered["Tus-Version"], offered["Tus-Extension"]) == ("1.0.0", "creation,termination,expiration")
    place = begin(client, as_owner, 10)
    assert client.head(place, headers=as_owner).status_code == 412
    assert client.head(place, headers={**as_stranger, **TUS}).status_code == 404
    assert append(client, as_stranger, place, 0, b"x").status_code == 404
    assert append(client, as_owner, place, 0, b"x", **{"Content-Type": "text/plain"}).status_code == 422
    for length in ("0", "-1", "many", str(10**30)):
        refused = client.post("/api/v1/uploads", headers={**as_owner, **TUS, "Upload-Length": length})
        assert refused.status_code == 422, length
    assert client.delete(place, headers={**as_owner, **TUS}).status_code == 204
    assert client.head(place, headers={**as_owner, **TUS}).status_code == 404


def test_a_retry_after_a_crash_in_mid_ingest_finishes_the_work(
    client: TestClient,
    platform: Platform,
    as_owner: Headers,
    engine: FakeEngine,
    run_outbox: Any,
    monkeypatch: Any,
) -> None:
    from hounsfield.imaging import ingest as room

    task_id = post_zip(client, as_owner, dicom.ct_zip(slices=5)).json()["task_id"]
    whole = room.refresh

    def dies(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(room, "refresh", dies)
    with pytest.raises(KeyboardInterrupt):
        run_outbox()
    monkeypatch.setattr(room, "refresh", whole)
    from hounsfield.tasks.recovery import recover

    recover(platform)
    run_outbox()
    task = client.get(f"/api/v1/tasks/{task_id}", headers=as_owner).json()
    assert task["status"] == "QUEUED"
    assert client.get(f"/api/v1/studies/{task['study_uid']}", headers=as_owner).json()["instance_count"] == 5


def test_a_zip_that_cannot_be_paid_for_is_not_kept(
    client: TestClient, platform: Platform, as_owner: Headers, as_admin: Headers, engine: FakeEngine
) -> None:
    client.put("/api/v1/admin/configs/calculation_price", json={"value": 1000}, headers=as_admin)
    answer = post_zip(client, as_owner, dicom.ct_zip(slices=3))
    assert (answer.status_code, answer.json()["code"]) == (402, "INSUFFICIENT_POINTS")
    assert nothing_was_kept(client, platform, as_owner)


def test_the_same_form_with_the_same_key_is_one_upload_and_one_order(
    client: TestClient, platform: Platform, as_owner: Headers, engine: FakeEngine
) -> None:
    headers = {**as_owner, "Idempotency-Key": "zip-1"}
    content = dicom.ct_zip(slices=3)  # made once: a ZIP carries the time it was made at
    first, second = (post_zip(client, headers, content).json() for _ in range(2))
    assert first == second
    assert client.get("/api/v1/uploads", headers=as_owner).json()["total"] == 1
    assert len(list(platform.settings.spool_dir.iterdir())) == 1


def test_an_upload_can_be_archived_without_an_order(
    client: TestClient, as_owner: Headers, as_stranger: Headers, run_outbox: Any
) -> None:
    content = dicom.ct_zip(slices=4)
    place = begin(client, as_owner, len(content))
    assert client.post(f"{place}/ingest", headers=as_owner).json()["code"] == "UPLOAD_INCOMPLETE"
    append(client, as_owner, place, 0, content)
    assert client.post(f"{place}/ingest", headers=as_stranger).status_code == 404
    assert client.post(f"{place}/ingest", headers=as_owner).status_code == 202
    run_outbox()
    assert client.post(f"{place}/ingest", headers=as_owner).json()["status"] == "DONE"
    assert client.get("/api/v1/studies", headers=as_owner).json()["items"][0]["instance_count"] == 4
    assert client.get("/api/v1/points/balance", headers=as_owner).json()["low"]["available"] == 100


def test_a_finished_upload_can_be_removed_unless_something_was_ordered_on_it(
    client: TestClient, platform: Platform, as_owner: Headers, engine: FakeEngine
) -> None:
    content = dicom.ct_zip(slices=3)
    for ordered, status in ((False, 204), (True, 409)):
        place = begin(client, as_owner, len(content))
        append(client, as_owner, place, 0, content)
        if ordered:
            wish = {"task_type": "ct_surface", "upload_id": place.rsplit("/", 1)[1]}
            assert client.post("/api/v1/tasks", json=wish, headers=as_owner).status_code == 201
        assert client.delete(place, headers={**as_owner, **TUS}).status_code == status
    assert len(list(platform.settings.spool_dir.iterdir())) == 1
