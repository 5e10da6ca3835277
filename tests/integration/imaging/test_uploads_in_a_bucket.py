"""The same uploads where API and workers share a bucket and no disk: any process may take the next request."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from tests.factories import dicom
from tests.factories.engines import FakeEngine
from tests.integration.imaging.test_uploads import (  # noqa: F401  the same tests, on a bucket
    TUS,
    post_zip,
    test_a_bad_archive_is_refused_at_once_with_its_reason_and_nothing_is_kept,
    test_a_retry_after_a_crash_in_mid_ingest_finishes_the_work,
    test_a_zip_becomes_a_searchable_study_and_a_queued_task,
    test_a_zip_that_cannot_be_paid_for_is_not_kept,
    test_an_upload_can_be_archived_without_an_order,
    test_an_upload_goes_on_where_it_was_left_and_can_then_be_ordered_on,
    test_tus_speaks_the_protocol,
)
from tests.servers import ACCESS_KEY, SECRET_KEY, S3Server

from hounsfield.imaging import spool, tus
from hounsfield.imaging.models import UploadPart
from hounsfield.kit.jobs import run_job
from hounsfield.kit.platform import Platform
from hounsfield.kit.storage import open_store

Headers = dict[str, str]


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    server = S3Server(tmp_path_factory.mktemp("s3"))
    server.start()
    yield server
    server.remove()


@pytest.fixture
def platform(
    platform: Platform, s3: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Platform]:
    """The usual platform with its objects in a bucket, under a prefix of this test."""
    monkeypatch.setattr("hounsfield.kit.storage.bucket.RETRIES", 1)  # a store that is away is soon found out
    if not s3.running:
        s3.start()
    platform.blobs = open_store(
        s3.url("uploads", f"/{tmp_path.name}"),
        access_key=ACCESS_KEY,
        secret_key=SECRET_KEY,
        cache_dir=tmp_path / "cache",
    )
    yield platform
    assert list(platform.settings.spool_dir.iterdir()) == []


def objects(platform: Platform) -> list[str]:
    assert platform.blobs.bucket
    return [key for key, _ in platform.blobs.bucket.keys(spool.PREFIX)]


def parts(platform: Platform) -> int:
    with platform.db.read() as session:
        return session.scalar(select(func.count()).select_from(UploadPart)) or 0


def begin(client: TestClient, headers: Headers, size: int) -> str:
    answer = client.post("/api/v1/uploads", headers={**headers, **TUS, "Upload-Length": str(size)})
    assert answer.status_code == 201
    return str(answer.headers["location"])


def append(client: TestClient, headers: Headers, place: str, offset: int, content: bytes) -> Any:
    more = {**TUS, "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
    return client.patch(place, headers={**headers, **more}, content=content)


def test_nothing_is_left_once_an_upload_is_taken_in(
    client: TestClient, platform: Platform, as_owner: Headers, engine: FakeEngine, run_outbox: Any
) -> None:
    assert post_zip(client, as_owner, dicom.ct_zip(slices=5)).status_code == 202
    assert (len(objects(platform)), parts(platform)) == (1, 1)
    run_outbox()
    assert (objects(platform), parts(platform)) == ([], 0)


def test_parts_that_several_processes_took_come_together_in_order(
    client: TestClient,
    platform: Platform,
    as_owner: Headers,
    run_outbox: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tus, "FLUSH_BYTES", 1000)
    archive = dicom.ct_zip(slices=5)
    place, third = begin(client, as_owner, len(archive)), len(archive) // 3
    for start in (0, third, 2 * third):
        stop = len(archive) if start == 2 * third else start + third
        assert append(client, as_owner, place, start, archive[start:stop]).status_code == 204
    assert parts(platform) >= 3
    assert client.post(f"{place}/ingest", headers=as_owner).status_code == 202
    run_outbox()
    upload = client.get(place, headers=as_owner).json()
    assert (upload["status"], upload["ingest"]["instances"]) == ("DONE", 5)
    assert (objects(platform), parts(platform)) == ([], 0)


def test_of_two_requests_at_one_offset_one_counts(
    client: TestClient, platform: Platform, as_owner: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = begin(client, as_owner, 20)
    bucket = platform.blobs.bucket
    assert bucket
    put, raced = bucket.put, []

    def overtaken(key: str, data: Any) -> None:
        """While the first request writes its object, another one comes and goes."""
        put(key, data)
        if not raced:
            raced.append(key)
            assert append(client, as_owner, place, 0, b"second").status_code == 204

    monkeypatch.setattr(bucket, "put", overtaken)
    late = append(client, as_owner, place, 0, b"first.....")
    assert (late.status_code, late.json()["code"]) == (409, "UPLOAD_OFFSET_MISMATCH")
    assert client.head(place, headers={**as_owner, **TUS}).headers["upload-offset"] == "6"
    assert len(objects(platform)) == parts(platform) == 1


def test_a_store_that_is_away_is_told_and_the_upload_goes_on_afterwards(
    client: TestClient, platform: Platform, as_owner: Headers, engine: FakeEngine, s3: S3Server
) -> None:
    place = begin(client, as_owner, 20)
    assert append(client, as_owner, place, 0, b"0123456789").status_code == 204
    s3.kill()
    refused = append(client, as_owner, place, 10, b"0123456789")
    assert (refused.status_code, refused.json()["code"]) == (503, "UNAVAILABLE")
    form = post_zip(client, as_owner, dicom.ct_zip(slices=3))
    assert form.status_code == 503
    s3.start()
    assert client.head(place, headers={**as_owner, **TUS}).headers["upload-offset"] == "10"
    assert append(client, as_owner, place, 10, b"0123456789").status_code == 204
    assert client.get("/api/v1/tasks", headers=as_owner).json()["total"] == 0


def test_strays_are_swept_and_what_is_needed_stays(
    client: TestClient, platform: Platform, as_owner: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = begin(client, as_owner, 20)
    append(client, as_owner, place, 0, b"0123456789")
    needed = objects(platform)
    assert platform.blobs.bucket
    platform.blobs.bucket.put(f"{spool.PREFIX}gone/0-1", b"x")
    run_job(platform, "imaging.sweep", {})
    assert len(objects(platform)) == 2  # it may belong to a request that is going on
    tomorrow = time.time() + 100_000
    monkeypatch.setattr(time, "time", lambda: tomorrow)
    run_job(platform, "imaging.sweep", {})
    assert objects(platform) == needed


def test_the_spool_is_empty_after_a_refused_form(
    client: TestClient, platform: Platform, as_owner: Headers, engine: FakeEngine
) -> None:
    assert post_zip(client, as_owner, b"PK no archive").status_code == 422
    assert (objects(platform), os.listdir(platform.settings.spool_dir)) == ([], [])


def test_the_same_form_with_the_same_key_is_one_object(
    client: TestClient, platform: Platform, as_owner: Headers, engine: FakeEngine
) -> None:
    headers, content = {**as_owner, "Idempotency-Key": "once"}, dicom.ct_zip(slices=3)
    answers = [post_zip(client, headers, content).json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert len(objects(platform)) == 1


def test_a_removed_upload_leaves_no_object(client: TestClient, platform: Platform, as_owner: Headers) -> None:
    place = begin(client, as_owner, 20)
    append(client, as_owner, place, 0, b"0123456789")
    assert client.delete(place, headers={**as_owner, **TUS}).status_code == 204
    assert (objects(platform), parts(platform)) == ([], 0)
