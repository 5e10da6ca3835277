"""Results and inputs out of a bucket: through the API in whole or in part, or by a signed address where that is wanted."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from tests.factories.engines import FakeEngine, result
from tests.servers import ACCESS_KEY, SECRET_KEY, S3Server

from hounsfield.kit.platform import Platform
from hounsfield.kit.storage import open_store
from hounsfield.tasks.scheduler import schedule

Headers = dict[str, str]
CONTENT = b"0123456789" * 1000


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    server = S3Server(tmp_path_factory.mktemp("s3"))
    server.start()
    yield server
    server.remove()


@pytest.fixture
def platform(platform: Platform, s3: S3Server, tmp_path: Path) -> Platform:
    """The usual platform with its objects in a bucket, under a prefix of this test."""
    platform.blobs = open_store(
        s3.url("downloads", f"/{tmp_path.name}"),
        access_key=ACCESS_KEY,
        secret_key=SECRET_KEY,
        cache_dir=tmp_path / "cache",
    )
    return platform


@pytest.fixture
def address(
    client: TestClient, platform: Platform, as_owner: Headers, engine: FakeEngine, run_outbox: Any
) -> str:
    """The address of a result of a completed task."""
    ordered = client.post("/api/v1/tasks", json={"task_type": "plain"}, headers=as_owner).json()
    run_outbox()
    assert schedule(platform) == 1
    task_id = ordered["task_id"]
    epoch = engine.claim(task_id, 1).json()["epoch"]
    assert engine.upload(task_id, epoch, "report.bin", CONTENT).status_code == 201
    assert engine.complete(task_id, epoch, result("report.bin", CONTENT)).status_code == 200
    return f"/api/v1/tasks/{task_id}/results/report.bin"


def test_a_result_comes_whole(client: TestClient, address: str, as_owner: Headers) -> None:
    answer = client.get(address, headers=as_owner)
    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["content-length"] == str(len(CONTENT))
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-disposition"] == "attachment; filename*=utf-8''report.bin"


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [("bytes=0-0", 0, 0), ("bytes=5-14", 5, 14), ("bytes=9990-99999", 9990, 9999), ("bytes=-3", 9997, 9999)],
)
def test_a_part_of_it_comes_alone(
    client: TestClient, address: str, as_owner: Headers, wanted: str, first: int, last: int
) -> None:
    answer = client.get(address, headers={**as_owner, "Range": wanted})
    assert (answer.status_code, answer.content) == (206, CONTENT[first : last + 1])
    assert answer.headers["content-range"] == f"bytes {first}-{last}/{len(CONTENT)}"


@pytest.mark.parametrize("wanted", ["bytes=10000-", "bytes=-0", "bytes=7-3"])
def test_a_part_that_is_not_there_is_refused(
    client: TestClient, address: str, as_owner: Headers, wanted: str
) -> None:
    answer = client.get(address, headers={**as_owner, "Range": wanted})
    assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{len(CONTENT)}")


@pytest.mark.parametrize(
    "headers", [{"Range": "lines=1-2"}, {"Range": "bytes=0-1,5-6"}, {"Range": "bytes=-"}]
)
def test_what_is_not_understood_is_answered_with_all_of_it(
    client: TestClient, address: str, as_owner: Headers, headers: Headers
) -> None:
    assert client.get(address, headers={**as_owner, **headers}).content == CONTENT


def test_a_part_of_what_has_changed_is_not_given(client: TestClient, address: str, as_owner: Headers) -> None:
    etag = client.get(address, headers=as_owner).headers["etag"]
    for condition, status in ((etag, 206), ('"other"', 200)):
        headers = {**as_owner, "Range": "bytes=0-4", "If-Range": condition}
        assert client.get(address, headers=headers).status_code == status


def test_a_client_may_be_sent_to_the_bucket(
    client: TestClient, platform: Platform, address: str, as_owner: Headers, as_stranger: Headers
) -> None:
    platform.settings = platform.settings.model_copy(update={"storage_redirect": True})
    answer = client.get(address, headers=as_owner, follow_redirects=False)
    assert answer.status_code == 307
    assert httpx.get(answer.headers["location"]).content == CONTENT
    assert client.get(address, headers=as_stranger, follow_redirects=False).status_code == 404


def test_what_is_gone_from_the_bucket_is_not_found(
    client: TestClient, platform: Platform, address: str, as_owner: Headers, s3: S3Server
) -> None:
    assert platform.blobs.bucket
    for key, _ in platform.blobs.bucket.keys("objects"):
        platform.blobs.bucket.delete(key)
    assert client.get(address, headers=as_owner).status_code == 404
