"""Studies in the archive, brought in as a client does it: one resumable upload, then its ingest."""

import io
import zipfile
from collections.abc import Callable, Iterable
from typing import Any

from fastapi.testclient import TestClient

TUS = {"Tus-Resumable": "1.0.0"}


def zipped(files: Iterable[bytes]) -> bytes:
    """Return a ZIP of these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number, data in enumerate(files):
            archive.writestr(f"{number:05}.dcm", data)
    return buffer.getvalue()


def archived(
    client: TestClient, headers: dict[str, str], archive: bytes, run_outbox: Callable[[], Any]
) -> None:
    """Take a ZIP into the archive of whoever asks."""
    begun = client.post(
        "/api/v1/uploads", headers={**headers, **TUS, "Upload-Length": str(len(archive))}
    ).headers["Location"]
    part = {**headers, **TUS, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    assert client.patch(begun, content=archive, headers=part).status_code == 204
    asked = client.post(f"{begun}/ingest", headers=headers)
    assert asked.status_code == 202, asked.text
    run_outbox()
    assert client.get(begun, headers=headers).json()["status"] == "DONE"
