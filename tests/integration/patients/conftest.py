"""A clinic, and images of one of its patients."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.factories.dicom import ct_zip
from tests.factories.patients import Clinic, Headers, make_clinic

from hounsfield.kit.platform import Platform


@pytest.fixture
def clinic(platform: Platform) -> Clinic:
    return make_clinic(platform)


@pytest.fixture
def as_doctor(clinic: Clinic) -> Headers:
    return clinic.headers["doctor"]


@pytest.fixture
def bring_in(client: TestClient, run_outbox: Any) -> Callable[..., str]:
    """Uploads a small CT of a patient and returns its study's UID."""

    def bring(headers: Headers, **attributes: Any) -> str:
        seed = f"study {attributes}"
        archive = ct_zip(slices=3, rows=8, columns=8, attributes=attributes, seed=seed)
        before = {s["study_uid"] for s in _studies(client, headers)}
        tus = {**headers, "Tus-Resumable": "1.0.0"}
        upload = client.post("/api/v1/uploads", headers={**tus, "Upload-Length": str(len(archive))})
        assert upload.status_code == 201, upload.text
        upload_id = upload.headers["Location"].rsplit("/", 1)[-1]
        stretch = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
        sent = client.patch(f"/api/v1/uploads/{upload_id}", content=archive, headers={**tus, **stretch})
        assert sent.status_code == 204, sent.text
        taken = client.post(f"/api/v1/uploads/{upload_id}/ingest", headers=headers)
        assert taken.status_code == 202, taken.text
        run_outbox()
        (new,) = {s["study_uid"] for s in _studies(client, headers)} - before
        return str(new)

    return bring


def _studies(client: TestClient, headers: Headers) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/api/v1/studies?size=200", headers=headers).json()["items"]
    return found
